"""The booking desk on the store: who may book what, and what became of it.

Every question is answered for one invitation, and the store checks once more, in the statement that claims, that the
link still opens and the booking is this link's.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sync.clock import utc_now
from sync.domain.errors import RefusedError
from sync.domain.meetings import STAFF_REF, Kind, SlotState, Where, purpose_of
from sync.plan.audience import may_book
from sync.plan.cells import text
from sync.plan.families import first_name
from sync.service.bookings import Child, Day, Invitation, Meeting, Offer, Outcome, Rate, Shut
from sync.service.invitations import SHORT, short_of
from sync.service.slot_events import known_of, shows_call, wanted
from sync.service.which import known_workbook
from sync.store import (
    AlreadyBooked,
    Booked,
    Bookings,
    Cancelled,
    Closed,
    Links,
    Opened,
    OpenSlot,
    Rates,
    Stale,
    Store,
    Surgeries,
    Taken,
    TooOften,
    Unknown,
    WaitingList,
    Why,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from contextlib import AbstractContextManager
    from datetime import date, tzinfo

    from sync.config import Settings
    from sync.domain.meetings import Booking, Choice, Slot, Surgery
    from sync.store import Link, StoredSlot, Workbook

_WINDOW = timedelta(minutes=10)
_POSTS_OF_A_LINK = 40
_MISSES = 30
"""Wrong links from one address in a window. 256 bits need no such help: it keeps the load of guessing off."""


@dataclass(frozen=True, slots=True)
class _Family(Invitation):
    """An invitation that remembers the links it was made of; nothing outside this module sees them."""

    opened: Mapping[str, Opened]


@dataclass(frozen=True, slots=True)
class _Free:
    """A slot that a family can have; `place` is None where the surgery's row says it."""

    slot: Slot
    place: str | None
    held: datetime | None = None


class StoreDesk:
    """A `BookingDesk` on the real store.

    Args:
        store: migrated.
        workbook: whose parents these are; other schools' links do not open here.
        zone: of the school.
        notice: how long before a meeting parents can no longer change it.
        siblings: whether an adult sees all the children they have links for.
        posts_per_address: how many forms one address may send in ten minutes.
        is_short: whether a family is short of three meetings, for surgeries that are for those; by default as the
            last sync found it. Before one has said, no meeting is known to have been held, so every family is.
        now: the clock, giving aware instants.
    """

    def __init__(
        self,
        store: Store,
        workbook: Workbook,
        *,
        zone: tzinfo,
        notice: timedelta,
        siblings: bool,
        posts_per_address: int,
        is_short: Callable[[str], bool] | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._workbook = workbook
        self._zone = zone
        self._notice = notice
        self._siblings = siblings
        self._is_short = is_short or self._was_short
        self._now = now
        self._links = Links(store)
        self._bookings = Bookings(store)
        self._surgeries = Surgeries(store)
        self._waiting = WaitingList(store)
        self._rates = Rates(store)
        self._limits = {Rate.LINK: _POSTS_OF_A_LINK, Rate.ADDRESS: posts_per_address, Rate.MISS: _MISSES}

    @cached_property
    def secret(self) -> bytes:
        """Made from the school's salt, which never leaves the store."""
        return hmac.new(self._workbook.salt.encode(), b"booking pages", hashlib.sha256).digest()

    def visit(self) -> AbstractContextManager[None]:
        """See `BookingDesk`."""
        return self._store.looking()

    def enter(self, token: str, whose: Mapping[Rate, str], counted: Collection[Rate] = ()) -> Invitation | Shut:
        """See `BookingDesk`."""
        limits = self._limits_of(whose)
        keys = self._limits_of({rate: whose[rate] for rate in counted})
        opened = self._rates.enter(self._workbook.id, token, limits, self._now(), counted=keys, window=_WINDOW)
        if isinstance(opened, TooOften):
            return Shut.TOO_OFTEN
        return Shut.NO_LINK if opened is None else self._invitation(opened)

    def open(self, token: str) -> Invitation | None:
        """See `BookingDesk`."""
        opened = self._links.open(self._workbook.id, token, self._now())
        return None if opened is None else self._invitation(opened)

    def _invitation(self, opened: Opened) -> Invitation:
        now = self._now()
        link, family = opened.link, [opened]
        if self._siblings:
            others = self._links.of_adult(link.workbook_id, link.adult, now, link.purpose)
            family += [self._opened(each) for each in others if each.ref != link.ref]
        children = tuple(self._child(each, now) for each in family)
        return _Family(str(link.id), link.adult, children, {each.link.ref: each for each in family})

    def offers(self, invitation: Invitation, child: Child) -> tuple[Day, ...]:
        """See `BookingDesk`."""
        opened, now = _opened(invitation, child), self._now()
        if child.meeting is not None and child.meeting.until is None:
            return ()
        is_for_them = self._for_whom(opened)
        offered = self._surgeries.on_offer(self._workbook.id, now, leaving=_leaving(child))
        theirs = [each for each in offered if is_for_them(each.surgery)]
        free = self._free(opened.link, child, (slot for each in theirs for slot in each.slots))
        in_order = sorted(free.values(), key=lambda each: (each.slot.starts, each.slot.key))
        days = []
        for each in theirs:
            key = each.surgery.key
            # A review's times are on several days, and the SENCO may have moved any slot to another one.
            by_date: dict[date, list[Offer]] = {}
            for one in in_order:
                if one.slot.surgery == key:
                    on = one.slot.starts.astimezone(self._zone).date()
                    by_date.setdefault(on, []).append(self._offer(each.surgery, one, now))
            days += [Day(key, on, tuple(offers)) for on, offers in by_date.items()]
            if not by_date and each.can_free and (child.meeting is None or key in child.waiting):
                days.append(Day(key, each.surgery.day, ()))
        return tuple(sorted(days, key=lambda day: (day.date, day.surgery)))

    def offer(self, invitation: Invitation, child: Child, slot: str) -> Offer | None:
        """See `BookingDesk`. One slot is looked up by itself: most forms in a rush are for one that is gone."""
        opened, now = _opened(invitation, child), self._now()
        if child.meeting is not None and child.meeting.until is None:
            return None
        standing = self._surgeries.standing(self._workbook.id, slot, _leaving(child))
        if standing is None:
            return None
        stored, surgery, clear = standing
        if not surgery.takes_bookings(now) or not self._for_whom(opened)(surgery):
            return None
        bookable = stored.state is SlotState.OPEN and stored.slot.starts > now
        left = stored.slot.places - stored.taken
        found = [OpenSlot(stored.slot, left, stored.place)] if bookable and clear and left > 0 else []
        free = self._free(opened.link, child, found)
        return self._offer(surgery, free[slot], now) if slot in free else None

    def claim(self, invitation: Invitation, child: Child, slot: str, choice: Choice, once: str) -> Outcome:
        """See `BookingDesk`."""
        opened = _opened(invitation, child)
        if child.meeting is not None and child.meeting.slot.key != slot:
            # One meeting at a time within what the link is for; the store holds to it too.
            return Outcome.ALREADY
        if not self._may_have(opened, child, slot, choice):
            return Outcome.CLOSED
        return _outcome(self._bookings.claim(opened.link, slot, choice, self._now(), once))

    def change(self, invitation: Invitation, child: Child, version: int, slot: str, choice: Choice) -> Outcome:
        """See `BookingDesk`. The version makes a repeated change harmless."""
        opened = _opened(invitation, child)
        if child.meeting is None:
            return Outcome.STALE
        if child.meeting.until is None or not self._may_have(opened, child, slot, choice):
            return Outcome.CLOSED
        return _outcome(self._bookings.change(opened.link, child.meeting.key, slot, choice, version, self._now()))

    def cancel(self, invitation: Invitation, child: Child, version: int) -> Outcome:
        """See `BookingDesk`."""
        if child.meeting is None:
            return Outcome.DONE
        if child.meeting.until is None:
            return Outcome.CLOSED
        done = self._bookings.cancel(_opened(invitation, child).link, child.meeting.key, version, self._now())
        return Outcome.DONE if isinstance(done, Cancelled) else _outcome(done)

    def join_waiting(self, invitation: Invitation, child: Child, surgery: str) -> Outcome:
        """See `BookingDesk`."""
        opened = _opened(invitation, child)
        known = {each.key: each for each in self._surgeries.all(self._workbook.id)}
        if surgery not in known or not self._for_whom(opened)(known[surgery]):
            return Outcome.CLOSED
        joined = self._waiting.join(opened.link, surgery, self._now())
        if isinstance(joined, AlreadyBooked):
            return Outcome.ALREADY
        return Outcome.CLOSED if isinstance(joined, Closed) else Outcome.DONE

    def leave_waiting(self, invitation: Invitation, child: Child, surgery: str) -> Outcome:
        """See `BookingDesk`."""
        self._waiting.leave(_opened(invitation, child).link, surgery, self._now())
        return Outcome.DONE

    def count(self, whose: Mapping[Rate, str]) -> None:
        """See `BookingDesk`."""
        self._rates.allow(self._limits_of(whose), _WINDOW, self._now())

    def _limits_of(self, whose: Mapping[Rate, str]) -> dict[str, int]:
        return {f"{self._workbook.id} {rate.value} {who}": self._limits[rate] for rate, who in whose.items()}

    # What a family sees

    def _opened(self, link: Link) -> Opened:
        """Another link of the adult, with what is read of the first one at the door."""
        rows = self._store.rows_of(self._workbook.id, link.ref, ("roll", "register"))
        return Opened(link, rows.get("roll"), "register" in rows, booked=True, waits=True)

    def _child(self, opened: Opened, now: datetime) -> Child:
        link = opened.link
        bookings = self._bookings.of_link(link) if opened.booked else []
        held = [meeting for each in bookings if (meeting := self._meeting(each, link.purpose, now))]
        waiting: frozenset[str] = frozenset()
        if opened.waits:
            within = {each.key for each in self._surgeries.all(self._workbook.id) if purpose_of(each) == link.purpose}
            waiting = self._waiting.of_link(link) & within
        first = min(held, key=lambda meeting: meeting.slot.starts, default=None)
        staff = link.ref == STAFF_REF
        name = "" if staff else first_name(text((opened.roll or {}).get("name")))
        return Child(link.ref, name, first, waiting, staff)

    def _meeting(self, booking: Booking, purpose: str, now: datetime) -> Meeting | None:
        """A booking for this purpose that is still to come."""
        standing = self._surgeries.standing(self._workbook.id, booking.slot)
        if standing is None:
            return None
        stored, surgery, _ = standing
        if purpose_of(surgery) != purpose or stored.slot.ends <= now:
            return None
        return Meeting(
            booking.key,
            booking.version,
            stored.slot,
            booking.choice,
            stored.place or surgery.room,
            surgery.changeable_until(stored.slot, self._notice, now),
            self._video_link(stored, surgery) if booking.choice.where is Where.VIDEO else "",
        )

    def _video_link(self, stored: StoredSlot, surgery: Surgery) -> str:
        """The address of this family's video call, once Calendar gave it with the slot's event."""
        known = known_of(stored)
        if not str(known.meet).startswith("https://"):
            return ""
        held = self._bookings.active(self._workbook.id, slot=stored.slot.key)
        return known.meet if shows_call(known, wanted(stored, surgery, held, ())) else ""

    def _free(self, link: Link, child: Child, found: Iterable[OpenSlot]) -> dict[str, _Free]:
        """What this family can have, by key: of what anybody may take, what is held for it, and what it has."""
        free = {each.slot.key: _Free(each.slot, each.place) for each in found}
        for stored, until in self._held_for(link, child):
            free[stored.slot.key] = _Free(stored.slot, stored.place, until)
        if child.meeting is not None:
            key = child.meeting.slot.key
            held = free[key].held if key in free else None
            free[key] = _Free(child.meeting.slot, child.meeting.room, held)
        return free

    def _offer(self, surgery: Surgery, free: _Free, now: datetime) -> Offer:
        until = surgery.changeable_until(free.slot, self._notice, now)
        return Offer(free.slot, surgery.where, free.place or surgery.room, until, free.held)

    def _held_for(self, link: Link, child: Child) -> list[tuple[StoredSlot, datetime]]:
        """The slots that the waiting list holds for the family, and until when."""
        held = []
        for key in child.waiting:
            waiting = self._waiting.waiting(link, key)
            if waiting is None or waiting.slot is None or waiting.until is None or waiting.until <= self._now():
                continue
            stored = self._surgeries.slot(self._workbook.id, waiting.slot)
            if stored is not None:
                held.append((stored, waiting.until))
        return held

    # Who may

    def _for_whom(self, opened: Opened) -> Callable[[Surgery], bool]:
        """Tells which surgeries are what this link is for, and are for who has it."""
        link, row = opened.link, opened.roll
        if link.ref == STAFF_REF:
            return lambda surgery: surgery.kind is Kind.STAFF and purpose_of(surgery) == link.purpose
        if row is None:
            return lambda _surgery: False
        return lambda surgery: (
            surgery.kind is not Kind.STAFF
            and purpose_of(surgery) == link.purpose
            and may_book(
                surgery.audience,
                row,
                on_register=opened.on_register,
                short=surgery.audience.short and self._is_short(link.ref),
            )
        )

    def _was_short(self, ref: str) -> bool:
        short = short_of(self._store.document(self._workbook.id, SHORT))
        return short is None or ref in short

    def _may_have(self, opened: Opened, child: Child, slot: str, choice: Choice) -> bool:
        """Whether the slot is of a surgery that is for this family and meets in the way that was chosen."""
        # In the words of `offer`, so that a press that has asked already does not ask again.
        standing = self._surgeries.standing(self._workbook.id, slot, _leaving(child))
        if standing is None:
            return False
        _, surgery, _ = standing
        return self._for_whom(opened)(surgery) and choice.where in surgery.where


def _leaving(child: Child) -> str:
    """The slot that a family gives up when it chooses a time."""
    return child.meeting.slot.key if child.meeting is not None else ""


def _opened(invitation: Invitation, child: Child) -> Opened:
    if not isinstance(invitation, _Family):
        msg = "an invitation comes from `open`"
        raise TypeError(msg)
    return invitation.opened[child.ref]


def _outcome(answer: Booked | Taken | Closed | AlreadyBooked | Stale | Cancelled | Unknown) -> Outcome:
    match answer:
        case Booked():
            return Outcome.DONE
        case Taken():
            return Outcome.TAKEN
        case Closed(why=Why.CLASH):
            return Outcome.CLASH
        case Closed():
            return Outcome.CLOSED
        case AlreadyBooked():
            return Outcome.ALREADY
        case _:
            return Outcome.STALE


def open_booking_desk(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> StoreDesk:
    """The desk of the school in the configuration, on its store.

    Raises:
        ConfigError: the store cannot be used.
        RefusedError: there is no workbook yet, or sensync.toml names another one.
    """
    store = Store(settings.store.url, now=now)
    store.migrate()
    workbook = known_workbook(store, settings)
    if workbook is None:
        raise RefusedError(
            "There is no workbook yet, so no parent can book.", next_step="Run `sensync setup`, then `sensync sync`."
        )
    booking = settings.booking
    return StoreDesk(
        store,
        workbook,
        zone=settings.school.zone,
        notice=timedelta(hours=booking.notice_hours),
        siblings=booking.siblings,
        posts_per_address=booking.posts_per_address,
        now=now,
    )
