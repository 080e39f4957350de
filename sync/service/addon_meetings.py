"""Surgeries and the calendar as cards show them: who booked what, and what an event of ours is about.

An event in Calendar says nothing of a child; the card beside it does, to those who may know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sync.domain.meetings import SlotState, Where
from sync.plan.facts import OURS
from sync.service.addon_school import Meeting, Named, day, word
from sync.service.invitations import invited_now, put_invitations
from sync.service.slot_events import room_of
from sync.store import Bookings, Surgeries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sync.domain.meetings import Booking, StoredSlot, Surgery
    from sync.service.addon_school import School

WEEK = timedelta(days=7)
_WAYS = {Where.ROOM: "In person", Where.PHONE: "By phone", Where.VIDEO: "By video"}


@dataclass(frozen=True, slots=True)
class Booked:
    """One booking. `starts` is on the school's wall clock; `pupil` is None where nobody on roll is meant (staff).

    `meeting` is the key of its row on *Meetings*.
    """

    starts: datetime
    ends: datetime
    pupil: Named | None
    where: str
    language: str
    access: str = field(repr=False)
    bringing: str = field(repr=False)
    words: str = field(repr=False)
    meeting: str


@dataclass(frozen=True, slots=True)
class Sitting:
    """One row of *Surgeries*: `typed` as people typed it, `said` what Sensync understood of it."""

    key: str
    typed: Mapping[str, Any]
    said: str
    taken: str
    booked: tuple[Booked, ...]

    @property
    def title(self) -> str:
        """Kind and day."""
        on = day(self.typed, "date")
        return f"{word(self.typed, 'kind') or 'Surgery'}, {on:%a} {on.day} {on:%b %Y}" if on else "Surgery"

    @property
    def on(self) -> date | None:
        """Its day."""
        return day(self.typed, "date")

    @property
    def state(self) -> str:
        """Draft, Open or Closed."""
        return word(self.typed, "state") or "Draft"


@dataclass(frozen=True, slots=True)
class EventFile:
    """What an event of ours is about: its bookings, none for a slot that is free."""

    starts: datetime
    ends: datetime
    booked: tuple[Booked, ...]
    meetings: Mapping[str, Meeting]


def read_sittings(school: School) -> list[Sitting]:
    """The surgeries of today and later, and those without a day; the next first."""
    rows = school.store.tab(school.workbook_id, "surgeries")
    status = school.store.tab(school.workbook_id, "surgery_status")
    found = [_sitting(key, typed, status.get(key)) for key, typed in rows.items()]
    to_come = [each for each in found if each.on is None or each.on >= school.today]
    return sorted(to_come, key=lambda each: (each.on is None, each.on or school.today, each.key))


def read_sitting(school: School, key: str) -> Sitting | None:
    """One surgery with who booked; None where there is none."""
    typed = school.store.row(school.workbook_id, "surgeries", key)
    if typed is None:
        return None
    slots = {each.slot.key: each for each in Surgeries(school.store).slots(school.workbook_id, key)}
    bookings = Bookings(school.store).active(school.workbook_id, surgery=key)
    status = school.store.row(school.workbook_id, "surgery_status", key)
    return _sitting(key, typed, status, _booked(school, slots, bookings))


def _sitting(
    key: str, typed: Mapping[str, Any], status: Mapping[str, Any] | None, booked: tuple[Booked, ...] = ()
) -> Sitting:
    known = status or {}
    return Sitting(key, typed, word(known, "said"), word(known, "taken"), booked)


def read_week(school: School) -> tuple[Booked, ...]:
    """Everything that is booked from today on, for seven days."""
    slots = {
        each.slot.key: each
        for each in Surgeries(school.store).slots(school.workbook_id)
        if school.today <= each.slot.starts.astimezone(school.zone).date() < school.today + WEEK
    }
    bookings = [each for each in Bookings(school.store).active(school.workbook_id) if each.slot in slots]
    return _booked(school, slots, bookings)


def read_event(school: School, calendar: str, event: str) -> EventFile | None:
    """What an event is about; None where it is none of our calendar's."""
    surgeries = Surgeries(school.store)
    ours = surgeries.calendar(school.workbook_id)
    if ours is None or ours.calendar_id != calendar or not event:
        return None
    slot = next((each for each in surgeries.slots(school.workbook_id) if each.event_id == event), None)
    if slot is None or slot.state is SlotState.DELETED:
        return None
    bookings = Bookings(school.store).active(school.workbook_id, slot=slot.slot.key)
    booked = _booked(school, {slot.slot.key: slot}, bookings)
    meetings = {each.meeting: found for each in booked if (found := school.meeting(each.meeting)) is not None}
    zone = school.zone
    return EventFile(slot.slot.starts.astimezone(zone), slot.slot.ends.astimezone(zone), booked, meetings)


def _booked(school: School, slots: Mapping[str, StoredSlot], bookings: list[Booking]) -> tuple[Booked, ...]:
    surgeries = {each.key: each for each in Surgeries(school.store).all(school.workbook_id)}
    found = []
    for booking in bookings:
        stored = slots.get(booking.slot)
        if stored is None:
            continue
        surgery = surgeries.get(stored.slot.surgery)
        choice = booking.choice
        found.append(
            Booked(
                starts=stored.slot.starts.astimezone(school.zone),
                ends=stored.slot.ends.astimezone(school.zone),
                pupil=school.named(booking.ref),
                where=_where(stored, surgery, choice.where),
                language=choice.language,
                access=choice.access,
                bringing=choice.bringing,
                words=choice.words,
                meeting=surgery.key if surgery is not None and surgery.is_review else f"{OURS}{booking.key}",
            )
        )
    return tuple(sorted(found, key=lambda each: (each.starts, each.meeting)))


def _where(stored: StoredSlot, surgery: Surgery | None, chosen: Where) -> str:
    """The room; how they meet where there is none."""
    room = room_of(stored, surgery) if surgery is not None else stored.place
    return room if room and chosen is Where.ROOM else _WAYS[chosen]


def send_invitations(school: School) -> int:
    """Puts the letters that families are owed into the outbox now, and counts those that are new."""
    invited = invited_now(school.store, school.workbook_id, school.now)
    return put_invitations(school.store, school.workbook_id, invited, school.now)
