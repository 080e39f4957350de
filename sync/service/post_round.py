"""Rows of the outbox that are letters: whether the letter is still to be written, to whom, and with which link.

A row says what happened; the letter says how things stand when it is written. Where something happened since, a later
row says so, and this one has nothing left to tell.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from sync.domain.errors import TryAgainError
from sync.domain.families import Notice
from sync.domain.meetings import STAFF_REF, State, Where, purpose_of
from sync.domain.school_clock import instant, wall
from sync.service.letters_out import Meeting
from sync.service.slot_events import asked_conference, known_of, room_of, said, shows_call, wanted
from sync.store import (
    REMINDER,
    Bookings,
    Families,
    Invitations,
    Links,
    NewWork,
    Notices,
    Outbox,
    SlotState,
    Surgeries,
    WaitingList,
)
from sync.store.links import OPEN_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sync.config import Settings
    from sync.domain.families import Adult
    from sync.domain.meetings import Booking, Slot, Surgery
    from sync.post.letters import Letter
    from sync.service.letters_out import Writer
    from sync.service.mailer import Mailer
    from sync.store import Store, StoredSlot, Work

_A_DAY = timedelta(days=1)
_EARLIEST, _LATEST = time(8), time(18)
"""Between these a reminder may arrive, on the school's clock."""

_LINK_WAIT = timedelta(minutes=10)
"""How long a letter waits for Google to make the video call that it is about."""
_EVENT_WAIT = timedelta(hours=2)
"""How long it waits where the event itself cannot be brought up to date: longer than Calendar is ever away."""

_LOOK_FOR_LINK = 15.0


class NotYetError(TryAgainError):
    """It is not time for this yet; `wait` is in seconds."""

    def __init__(self, *problems: str, wait: float) -> None:
        super().__init__(*problems)
        self.wait = wait


class PostRound:
    """Writes the letters of one round of delivery.

    Args:
        settings: the configuration.
        store: where all is kept.
        workbook_id: whose families.
        writer: makes the letters.
        mailer: sends them.
        now: the clock.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        workbook_id: int,
        writer: Writer,
        mailer: Mailer,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._workbook = workbook_id
        self._writer = writer
        self._mailer = mailer
        self._now = now
        self._bookings = Bookings(store)
        self._surgeries = Surgeries(store)
        self._families = Families(store)
        self._links = Links(store)
        self._notices = Notices(store)
        self._outbox = Outbox(store)
        self._waiting = WaitingList(store)
        self._invitations = Invitations(store)

    def post(self, work: Work) -> None:
        """Does one row; what has nothing left to tell is done.

        Raises:
            NotYetError: the letter waits for a link.
            SensyncError: the letter was not sent, or may not have been.
        """
        kind = work.kind
        if kind.startswith("booking."):
            self._about_booking(work)
        elif kind == REMINDER:
            self._remind(work)
        elif kind == "waiting.offered":
            self._offer(work)
        elif kind == "waiting.withdrawn":
            self._take_back(work)
        elif kind == "invite":
            self._invite(work)

    # Bookings

    def _about_booking(self, work: Work) -> None:
        found = self._as_it_stands(work)
        if found is None:
            return
        booking, stored, surgery = found
        adult = self._families.adult(self._workbook, booking.adult, booking.ref)
        if adult is None:
            # Whom the MIS has no more the school does not write to; the sync has told the SENCO of the meeting.
            return
        if not adult.email:
            what = {"booking.cancelled": "was cancelled", "booking.moved": "was moved or has another place"}
            self._ask_to_phone(
                f"{booking.key}:{booking.version}",
                booking.ref,
                f"The meeting on {said(stored.slot)} {what.get(work.kind, 'was booked or changed')}",
            )
            return
        if booking.cancelled_at is None:
            self._put_reminder(booking, stored)
        meeting = self._meeting(work, booking, stored, surgery)
        if booking.cancelled_at is not None:
            until = self._last_open(purpose_of(surgery))
            url = self._link(adult, surgery, until) if until else ""
            by_school = work.payload.get("by") == "school"
            self._send(self._writer.cancelled(work.key, adult, meeting, url, by_school=by_school))
            return
        self._tell(work, adult, meeting, surgery)

    def _put_reminder(self, booking: Booking, stored: StoredSlot) -> None:
        """Before the letter is tried: should it never go, they are reminded all the same."""
        due = reminder_due(stored.slot.starts)
        if due > self._now():
            key = f"{REMINDER}:{booking.key}:{booking.version}"
            payload = {"booking": booking.key, "version": booking.version}
            self._outbox.put(self._workbook, [NewWork(key, REMINDER, key, payload, due)], self._now())

    def _remind(self, work: Work) -> None:
        found = self._as_it_stands(work)
        if found is None or found[0].cancelled_at is not None or found[1].slot.starts <= self._now():
            return
        booking, stored, surgery = found
        adult = self._families.adult(self._workbook, booking.adult, booking.ref)
        if adult is not None and adult.email:
            self._tell(work, adult, self._meeting(work, booking, stored, surgery), surgery)

    def _as_it_stands(self, work: Work) -> tuple[Booking, StoredSlot, Surgery] | None:
        """The booking of a row with its slot and surgery; None where a later row tells more, or it is over."""
        booking = self._bookings.find(self._workbook, work.payload["booking"])
        if booking is None or booking.version != work.payload["version"]:
            return None
        stored = self._surgeries.slot(self._workbook, booking.slot)
        if stored is not None and booking.cancelled_at is not None:
            # She may have moved the freed time since.
            stored = replace(stored, slot=_as_told(work, stored.slot))
        if stored is None or stored.slot.ends <= self._now():
            return None
        return booking, stored, self._surgery(stored)

    def _surgery(self, stored: StoredSlot) -> Surgery:
        return self._surgeries.surgery(self._workbook, stored.slot.surgery)

    def _tell(self, work: Work, adult: Adult, meeting: Meeting, surgery: Surgery) -> None:
        url = self._link(adult, surgery, meeting.slot.ends + OPEN_AFTER)
        kind = work.kind.removeprefix("booking.")
        notice = timedelta(hours=self._settings.booking.notice_hours)
        until = surgery.changeable_until(meeting.slot, notice, self._now())
        self._send(self._writer.about_meeting(kind, work.key, adult, meeting, url, until))

    def _meeting(self, work: Work, booking: Booking, stored: StoredSlot, surgery: Surgery) -> Meeting:
        room = room_of(stored, surgery)
        if booking.choice.where is not Where.VIDEO or booking.cancelled_at is not None:
            return Meeting(booking, stored.slot, room)
        return Meeting(booking, stored.slot, room, self._video_link(work, stored, surgery))

    def _video_link(self, work: Work, stored: StoredSlot, surgery: Surgery) -> str:
        """The link of this family's video call; of an event that shows another family, the link is another's."""
        if not self._settings.calendar.enabled:
            self._went_without(stored, "Google Calendar is not in use, so there is no link for", "Make one")
            return ""
        held = self._bookings.active(self._workbook, slot=stored.slot.key)
        known = known_of(stored)
        body = wanted(stored, surgery, held, self._writer.names)
        if asked_conference(body) is None:
            self._went_without(stored, "The event in Calendar is gone, so there is no link for", "Make one")
            return ""
        made = shows_call(known, body)
        if made and known.meet:
            return known.meet
        # A reminder was put into the outbox long before it is due.
        since = max(work.made_at, reminder_due(stored.slot.starts)) if work.kind == REMINDER else work.made_at
        if self._now() - since > (_LINK_WAIT if made else _EVENT_WAIT):
            trouble = "Google made no link for" if made else "Calendar could not be brought up to date for"
            self._went_without(stored, trouble, "Add one in Calendar")
            return ""
        raise NotYetError("The letter waits for the link of its video call.", wait=_LOOK_FOR_LINK)

    def _went_without(self, stored: StoredSlot, trouble: str, what_now: str) -> None:
        notice = Notice(
            f"video:{stored.slot.key}",
            f"Calendar, {said(stored.slot)}",
            f"{trouble} this video call, and the family's letter went without one. {what_now}, and send it to the "
            "family.",
        )
        self._notices.put(self._workbook, [notice], self._now())

    # Offers and invitations

    def _offer(self, work: Work) -> None:
        offered = self._waiting.offered(self._workbook, work.payload["waiting"], work.payload["version"])
        stored = self._surgeries.slot(self._workbook, offered.slot) if offered else None
        if offered is None or stored is None or offered.until <= self._now():
            return
        adult = self._families.adult(self._workbook, offered.adult, offered.ref)
        if adult is None:
            return
        if not adult.email:
            # Not the key of the row: of one offer there may be several.
            turn = f"waiting:{work.payload['waiting']}:{work.payload['version']}"
            self._ask_to_phone(turn, offered.ref, f"The waiting list holds {said(stored.slot)} for this family")
            return
        url = self._link(adult, self._surgery(stored), stored.slot.ends + OPEN_AFTER)
        self._send(self._writer.offered(work.key, adult, stored.slot, url, offered.until))

    def _take_back(self, work: Work) -> None:
        """Who was told that a time is held hears that it is not; who is offered another by then hears of that."""
        turn = self._waiting.in_line(self._workbook, work.payload["waiting"], work.payload["version"])
        stored = self._surgeries.slot(self._workbook, work.payload["slot"]) if turn else None
        if turn is None or stored is None:
            return
        slot = _as_told(work, stored.slot)
        adult = self._families.adult(self._workbook, *turn)
        if adult is None or slot.starts <= self._now():
            return
        if not adult.email:
            what = f"The time on {said(slot)} was held for this family and cannot be had any more"
            self._ask_to_phone(f"taken back:{work.key}", adult.ref, what)
            return
        self._send(self._writer.withdrawn(work.key, adult, slot))

    def _invite(self, work: Work) -> None:
        key, ref, purpose = (str(work.payload[name]) for name in ("adult", "ref", "purpose"))
        surgeries = [str(each) for each in work.payload["surgeries"]]
        until = self._last_open(purpose)
        if until is None or not self._can_book_now(surgeries):
            # A draft by now, or it opens later: the sync that finds it open owes the letter anew.
            self._invitations.forget(self._workbook, key, ref, surgeries)
            return
        adult = self._families.adult(self._workbook, key, ref)
        if adult is None:
            # Should they come back, they have not been told.
            self._invitations.forget(self._workbook, key, ref, surgeries)
            return
        if self._has_booked(key, ref, purpose):
            return
        if not adult.email:
            self._ask_to_phone(work.key, ref, "There are times to book, and this family has not been told")
            return
        url = self._issue(adult, purpose, until)
        self._send(self._writer.invited(work.key, adult, purpose, url))

    def _has_booked(self, adult: str, ref: str, purpose: str) -> bool:
        """Whether they have a meeting to come already: who was quicker than the letter is not asked again."""
        surgeries = {each.key for each in self._surgeries.all(self._workbook) if purpose_of(each) == purpose}
        slots = {
            each.slot.key
            for each in self._surgeries.slots(self._workbook)
            if each.slot.surgery in surgeries and each.slot.ends > self._now()
        }
        held = self._bookings.active(self._workbook)
        return any((each.adult, each.ref) == (adult, ref) and each.slot in slots for each in held)

    def _can_book_now(self, surgeries: Collection[str]) -> bool:
        """Whether one of these surgeries takes bookings and has a time to come."""
        now = self._now()
        open_now = {
            each.key
            for each in self._surgeries.all(self._workbook)
            if each.key in surgeries and each.takes_bookings(now)
        }
        return any(
            each.slot.surgery in open_now and each.state is SlotState.OPEN and each.slot.starts > now
            for each in self._surgeries.slots(self._workbook)
        )

    # Links and letters

    def _last_open(self, purpose: str) -> datetime | None:
        """Up to when a link for a purpose is of use: a day after the last slot that can still be booked."""
        surgeries = {
            each.key
            for each in self._surgeries.all(self._workbook)
            if each.state is State.OPEN and purpose_of(each) == purpose
        }
        now = self._now()
        ends = [
            each.slot.ends
            for each in self._surgeries.slots(self._workbook)
            if each.slot.surgery in surgeries and each.state is SlotState.OPEN and each.slot.starts > now
        ]
        return max(ends) + OPEN_AFTER if ends else None

    def _link(self, adult: Adult, surgery: Surgery, expires: datetime) -> str:
        return self._issue(adult, purpose_of(surgery), expires)

    def _issue(self, adult: Adult, purpose: str, expires: datetime) -> str:
        token = self._links.issue(
            self._workbook, adult.key, adult.ref, expires, self._now(), purpose=purpose, to=adult.email
        )
        return f"{self._settings.booking.address}/b/{token}"

    def _send(self, letter: Letter) -> None:
        self._mailer.send(letter, self._writer.names, self._now())

    def _ask_to_phone(self, key: str, ref: str, what: str) -> None:
        notice = Notice(
            f"phone:{key}",
            whose(ref),
            f"{what}, but the MIS has no e-mail address for this adult: please ring them.",
        )
        self._notices.put(self._workbook, [notice], self._now())


def _as_told(work: Work, slot: Slot) -> Slot:
    """A slot at the time that it had when the row was put into the outbox."""
    told = [work.payload.get(name) for name in ("starts", "ends")]
    if None in told:
        return slot
    starts, ends = (datetime.fromisoformat(str(each)) for each in told)
    return replace(slot, starts=starts, ends=ends)


def whose(ref: str) -> str:
    """Whom a letter is for, by reference: the way notices say it."""
    return "A member of staff" if ref == STAFF_REF else f"Family of {ref}"


def reminder_due(starts: datetime) -> datetime:
    """When a reminder is sent: a day before on the school's clock, but not before 8am and not after 6pm."""
    local = wall(starts)
    clock = min(max(local.time(), _EARLIEST), _LATEST)
    return instant(local.date() - _A_DAY, clock).astimezone(UTC)
