"""What people did in Google Calendar, followed through to the slot, its bookings and, by the outbox, to the families.

docs/calendar-and-letters.md has the table of each case. Every step may be made twice: the store's own changes are
made once however often they are asked for, and a reading counts as read only when all of it was followed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync.domain.errors import RefusedError
from sync.domain.families import Notice
from sync.domain.meetings import GONE
from sync.google.by_hand import Declined, Exposed, MadeSeries, Moved, PlaceChanged, Restored, TitleTypedOver
from sync.google.errors import GoogleRefusedRequestError
from sync.google.events import differences
from sync.log import where
from sync.plan.events import event_id
from sync.service.slot_events import (
    can_be_placed,
    compared,
    digest_of,
    known_of,
    remembered,
    said,
    settled,
    taken_over,
    typed_room,
    wanted,
)
from sync.store import NewWork, SlotState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sync.domain.meetings import Booking, Surgery
    from sync.google.by_hand import Deed
    from sync.google.calendar import Calendar
    from sync.google.events import Body, Event
    from sync.service.slot_events import Known
    from sync.store import Bookings, Notices, Outbox, StoredSlot, Surgeries

_LOG = logging.getLogger(__name__)

_GENERATIONS = 20
"""How many ids of a slot are taken for ours; each was spent by an event that was deleted for good."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What following did.

    Attributes:
        looked: whether Calendar was asked.
        events: how many changed events of ours it told.
        deeds: how many things that people did were followed.
        trouble: why it could not look, a sentence; "" where all went well.
    """

    looked: bool = False
    events: int = 0
    deeds: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class CalendarDesk:
    """What is needed to bring a workbook's slots and its calendar together.

    `renew` is called before each round of requests: it keeps the lease, which lets one process at a time do this.
    """

    workbook_id: int
    calendar: Calendar
    surgeries: Surgeries
    bookings: Bookings
    notices: Notices
    outbox: Outbox
    names: tuple[str, ...]
    now: Callable[[], datetime]
    renew: Callable[[], None]

    def surgery(self, stored: StoredSlot) -> Surgery:
        """The surgery of a slot."""
        return self.surgeries.surgery(self.workbook_id, stored.slot.surgery)

    def wanted(self, stored: StoredSlot) -> Body | None:
        """The event that a slot should have as it stands now."""
        held: Sequence[Booking] = self.bookings.active(self.workbook_id, slot=stored.slot.key)
        return wanted(stored, self.surgery(stored), held, self.names)

    def remember(self, slot: str, known: Known, etag: str | None) -> None:
        """Keeps what is known of an event."""
        self.surgeries.saw(self.workbook_id, [remembered(slot, known, etag)])

    def notify(self, stored: StoredSlot, about: str, what: str) -> None:
        """Leaves a notice for the next sync, one for each slot and matter."""
        notice = Notice(f"calendar:{stored.slot.key}:{about}", f"Calendar, {said(stored.slot)}", what)
        self.notices.put(self.workbook_id, [notice], self.now())

    def tell_again(self, stored: StoredSlot, why: str) -> None:
        """Puts into the outbox that the slot's event is to be looked at."""
        key = stored.slot.key
        work = NewWork(f"slot:{key}", "slot.changed", f"slot:{key}:{why}", {"slot": key})
        self.outbox.put(self.workbook_id, [work], self.now())


def follow(desk: CalendarDesk) -> Followed:
    """Reads what changed since the last reading, and follows it through.

    Raises:
        SensyncError: Calendar cannot be read or written; the next reading begins where this one did.
    """
    kept = desk.surgeries.calendar(desk.workbook_id)
    changes = desk.calendar.changes(kept.sync_token if kept else None)
    slots = desk.surgeries.slots(desk.workbook_id)
    by_event = {each.event_id: each for each in slots if each.event_id}
    by_key = {each.slot.key: each for each in slots}
    count = done = 0
    for event in changes.events:
        desk.renew()
        stored = by_event.get(event.id)
        if stored is not None:
            count += 1
            done += settle(desk, stored, event)
        elif event.slot in by_key and not event.cancelled:
            _look_at_a_copy(desk, by_key[event.slot], event)
    if changes.full:
        listed = {event.id for event in changes.events}
        for stored in slots:
            if stored.event_id and stored.event_id not in listed:
                done += settle(desk, stored, None)
    desk.surgeries.saw(desk.workbook_id, [], changes.token)
    return Followed(looked=True, events=count, deeds=done)


def settle(desk: CalendarDesk, stored: StoredSlot, event: Event | None) -> int:
    """Follows what people did to one event, puts back what must not stay, and counts the deeds.

    Args:
        desk: the desk.
        stored: the slot as it is in the store.
        event: its event as it is in Calendar; None where Calendar knows it no more.
    """
    if _is_over(stored, event, desk.now()):
        return 0
    known = known_of(stored)
    base, done = compared(event, known, desk.names)
    if event is None or event.cancelled:
        if done:
            desk.surgeries.delete_slot(desk.workbook_id, stored.slot.key, desk.now())
            _log(stored, done)
            desk.remember(stored.slot.key, replace(known, meant=(), gone=True, meet=""), None)
        return len(done)
    if base is None or (event.etag == stored.etag and not known.meant):
        return 0
    declined = {address for address, said_so in event.answers if said_so == "declined"}
    known = replace(known, declined=tuple(each for each in known.declined if each in declined))
    new = [each for each in done if not (isinstance(each, Declined) and each.staff in known.declined)]
    back = [_apply(desk, stored, event, known, each) for each in new]
    _log(stored, new)
    accepted = [each for each, put_back in zip(new, back, strict=True) if not put_back]
    known = taken_over(known, event, base, accepted)
    known = replace(known, declined=(*known.declined, *(each.staff for each in new if isinstance(each, Declined))))
    if any(back):
        _put_back(desk, stored.slot.key, known, event)
    else:
        desk.remember(stored.slot.key, known, event.etag)
    return len(new)


def _is_over(stored: StoredSlot, event: Event | None, now: datetime) -> bool:
    """Whether a slot's time is over, so that tidying the calendar cancels nobody's meeting; unless it was put off."""
    put_off = event is not None and event.starts is not None and event.starts > now
    return stored.slot.ends <= now and not put_off


def _apply(desk: CalendarDesk, stored: StoredSlot, event: Event, known: Known, deed: Deed) -> bool:
    """Follows one deed; whether the event has to be put back for it."""
    now = desk.now()
    match deed:
        case Moved(whole_day=True):
            desk.notify(
                stored,
                "whole day",
                "Its event was made to last a whole day. A meeting needs a time, so it was put back.",
            )
        case Moved(_, ends) if ends <= now:
            desk.notify(
                stored,
                "past",
                "Its event was moved to a time that is over. It was put back, and nobody was written to. If they did "
                "meet then, say so in the Meetings tab.",
            )
        case Moved(starts, ends):
            desk.surgeries.move_slot(desk.workbook_id, stored.slot.key, starts, ends, now)
            return False
        case Restored():
            _restore(desk, stored, event)
            return False
        case Declined():
            desk.notify(
                stored,
                f"declined:{digest_of(deed.staff)}",
                f"{deed.staff} said no to this meeting in Calendar. It stays as it is: find somebody else, or move it.",
            )
            return False
        case PlaceChanged():
            return _place(desk, stored, event, known, deed)
        case TitleTypedOver():
            why = f" (it held {deed.telling})" if deed.telling else ""
            desk.notify(
                stored,
                "title",
                f"Another title was typed into its event{why}. Titles can be seen by others, so ours was put back. "
                "Keep notes in the workbook.",
            )
        case Exposed():
            desk.notify(
                stored,
                "exposed",
                f"Its event was given {_list(deed.what)}. Others may see that, so it was put back. Keep notes in the "
                "workbook, and write to families from there.",
            )
        case MadeSeries():
            desk.notify(
                stored,
                "series",
                "Its event was made to repeat. A slot is one time, so it was put back. Add a row in the Surgeries tab.",
            )
    return True


_WORDS = {"visibility": "another visibility", "what guests may do": "more rights for guests"}


def _list(what: Sequence[str]) -> str:
    words = [_WORDS.get(each, each) for each in what]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _restore(desk: CalendarDesk, stored: StoredSlot, event: Event) -> None:
    if stored.state in GONE:
        desk.surgeries.restore_slot(desk.workbook_id, stored.slot.key, desk.now())
    if stored.state in {SlotState.CLOSED, SlotState.DROPPED}:
        desk.notify(
            stored,
            "restored",
            "Its event was taken out of the bin, but the slot is no longer in the Surgeries tab, so it was taken away "
            "again. Put the time back into the row to offer it.",
        )
    desk.tell_again(stored, f"restored:{event.etag}")


def _place(desk: CalendarDesk, stored: StoredSlot, event: Event, known: Known, deed: PlaceChanged) -> bool:
    if deed.telling:
        desk.notify(
            stored,
            "place",
            f"The place that was typed into its event holds {deed.telling}, which others could see, so it was put "
            "back. Type a room, such as Room 2.",
        )
        return True
    if not can_be_placed(known, event, desk.surgery(stored)):
        desk.notify(
            stored,
            "place",
            "Another place was typed into its event, but they meet by phone or video, or the text is too long for a "
            "room. It was put back. To meet in another way, ring the family, who can change it with their link.",
        )
        return True
    desk.surgeries.place_slot(desk.workbook_id, stored.slot.key, typed_room(event.place) or None, desk.now())
    # Ways of meeting that were typed over are shown again.
    desk.tell_again(stored, f"placed:{event.etag}")
    return False


def _put_back(desk: CalendarDesk, slot: str, known: Known, event: Event) -> None:
    """Makes the event what it should be, unless somebody changed it again: then the next reading brings it."""
    stored = desk.surgeries.slot(desk.workbook_id, slot)
    body = desk.wanted(stored) if stored is not None else None
    if body is None:
        desk.remember(slot, known, event.etag)
        return
    # Kept as not known until it is done: whoever comes after a crash then looks at this event again.
    known = replace(known, meant=(body,))
    desk.remember(slot, known, None)

    def decide(now: Event) -> Body | None:
        return differences(now, body) if now.etag == event.etag else None

    try:
        outcome = desk.calendar.change(event.id, decide, known=event)
    except (RefusedError, GoogleRefusedRequestError) as error:
        # Not as exc_info: whoever else formats it would print Google's words, which may quote what was typed.
        _LOG.error("the event of slot %s could not be put back: %s", slot, where(error))
        if stored is not None:
            desk.notify(stored, "put back", "Its event could not be put back as it was. Correct it in Calendar.")
        return
    if outcome.event is not None and outcome.event.etag != event.etag and not differences(outcome.event, body):
        desk.remember(slot, settled(known, outcome.event, body), outcome.event.etag)


def _look_at_a_copy(desk: CalendarDesk, stored: StoredSlot, event: Event) -> None:
    """An event that bears our key and is not ours: a copy, or one of a series that an event of ours was made into."""
    ids = {event_id(stored.slot.key, generation) for generation in range(_GENERATIONS)}
    if event.id.partition("_")[0] in ids:
        return
    desk.notify(
        stored,
        f"copy:{digest_of(event.id)}",
        "There is a copy of its event in Calendar. The copy is left as it is: families cannot book it, and what is "
        "done to it is not followed. Delete it, or add a row in the Surgeries tab.",
    )


def _log(stored: StoredSlot, done: Sequence[Deed]) -> None:
    for deed in done:
        _LOG.info("slot %s: %s in Calendar", stored.slot.key, type(deed).__name__)
