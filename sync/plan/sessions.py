"""The Surgeries tab as a whole: each row understood, its slots, and what the machine tabs say of it.

A row that cannot be makes no new slots and changes none that were made: what is booked stays booked until a person has
looked. A draft has slots in its status alone; they are made when it opens.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sync.domain.meetings import GONE, Busy, Slot, SlotState, State
from sync.domain.neutral import betrays
from sync.plan.actions import Attention
from sync.plan.audience import unknown
from sync.plan.cells import text
from sync.plan.facts import is_own_key
from sync.plan.slots import plan_slots, say_diff, session
from sync.plan.surgeries import HEADERS, empty, read_surgery
from sync.plan.surgery_checks import say_busy, what_cannot_be
from sync.plan.surgery_rows import slot_rows, status_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sync.domain.meetings import StoredSlot, Surgery
    from sync.domain.school_days import SchoolCalendar
    from sync.plan.agenda import Agenda
    from sync.plan.mirror import Rows
    from sync.plan.snapshot import BoundTab
    from sync.plan.surgeries import Reading

CLOSED = "Closed"
_OUT = frozenset({SlotState.CLOSED, SlotState.DROPPED})
"""The states of a slot that its row does not have."""

Made = tuple["Surgery", tuple[Slot, ...]]
"""A surgery with the slots that it has now."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """What the Surgeries tab leads to.

    Attributes:
        made: what the store is to keep: each surgery with its slots, at the times that the sheet plans.
        status, slots: rows of the machine tabs, by key.
        attention: families who hold a slot of a row that is no more.
    """

    made: tuple[Made, ...] = ()
    status: Rows = field(default_factory=dict)
    slots: Rows = field(default_factory=dict)
    attention: tuple[Attention, ...] = ()


def plan_sessions(
    bound: BoundTab,
    rows: Mapping[str, int],
    *,
    roll: Rows,
    calendar: SchoolCalendar,
    agenda: Agenda,
    now: datetime,
) -> Sessions:
    """Plan all surgeries of the tab.

    Args:
        bound: the Surgeries tab as read.
        rows: each row's index by its key; rows that get their key in this very run are among them.
        roll: the MIS roll by reference.
        calendar: the school year.
        agenda: what is kept, and her busy times.
        now: an aware instant.
    """
    headers = {**HEADERS, **{k: header for k, header in bound.headers().items() if header}}
    typed = {key: {name: bound.shown_at(index, name) for name in HEADERS} for key, index in rows.items()}
    readings = {key: read_surgery(key, row, calendar, headers) for key, row in typed.items() if not empty(row)}
    read = [reading.surgery for reading in readings.values() if reading.surgery is not None]
    work = _Work(roll, calendar, agenda, now, read)
    for key, reading in readings.items():
        work.plan(key, reading)
    return work.whole(bound.raw.title)


class _Work:
    """All surgeries under work."""

    def __init__(
        self, roll: Rows, calendar: SchoolCalendar, agenda: Agenda, now: datetime, read: Sequence[Surgery]
    ) -> None:
        self.calendar = calendar
        self.agenda = agenda
        self.now = now
        self.read = read
        self.booked = agenda.booked()
        self.roll = roll
        self.names = names_of(roll)
        self.made: list[Made] = []
        self.status: Rows = {}
        self.slots: Rows = {}

    def plan(self, key: str, reading: Reading) -> None:
        """One row: its slots, and what is said of it."""
        if not is_own_key(key):
            said = "The ID is Sensync's: clear what is typed there, and it is filled at the next sync."
            self.status[key] = status_row(key, None, [said], (), {})
            return
        kept = self.agenda.slots_of(key)
        known = self.agenda.surgeries.get(key)
        old = [each for each in kept if each.state not in _OUT or self._has(each)]
        surgery, problems, notes = self._checked(reading, known, [_planned(each) for each in old])
        lost: set[str] = set()
        busy = [*self.agenda.busy, *self.agenda.times_beside(key)]
        if surgery is None or problems:
            slots = shown = self._without_those_in_the_way((_planned(each) for each in old), kept, busy)
            if known is not None:
                # Whoever closes a surgery means it, whatever else is wrong with the row.
                state = surgery.state if surgery is not None and surgery.state is not State.OPEN else known.state
                self.made.append((replace(known, state=state), slots))
        else:
            shown, difference = plan_slots(surgery, [_where_it_counts(each, surgery) for each in old], self.booked)
            by_hand = {each.slot.key for each in old if _was_moved(each)}
            # She knows where a meeting is that she moved herself.
            difference = replace(difference, lost=tuple(s for s in difference.lost if s.key not in by_hand))
            problems += say_diff(difference, self.booked)
            lost = {slot.key for slot in difference.lost}
            free = [slot for slot in shown if not self.booked.get(slot.key)]
            problems += say_busy(surgery, free, busy)
            if known is None and problems:
                slots = ()
            else:
                shown = self._without_those_in_the_way(shown, kept, busy)
                is_open = surgery.state is State.OPEN
                slots = tuple(slot for slot in shown if is_open or self.booked.get(slot.key))
                self.made.append((surgery, slots))
        gone = {each.slot.key for each in kept if each.state in GONE}
        there = (slot for slot in shown if slot.key not in gone)
        self.status[key] = status_row(key, surgery, problems, there, self.booked, notes)
        self._show(slots, kept, lost)

    def _checked(
        self, reading: Reading, known: Surgery | None, made: Sequence[Slot]
    ) -> tuple[Surgery | None, list[str], list[str]]:
        """A row's surgery, what cannot be about it, and what she should merely know."""
        surgery, problems, notes = reading.surgery, list(reading.problems), list[str]()
        if surgery is None:
            return None, problems, notes
        problems += what_cannot_be(surgery, now=self.now, calendar=self.calendar, others=self.read, made=made)
        problems += unknown(surgery.audience, self.roll)
        booked = any(self.booked.get(slot.key) for slot in made)
        if known is not None and booked and known.kind is not surgery.kind:
            problems.append(f"Families have booked it as a {known.kind}: leave 'Kind' so, and use another row.")
        if betrays(surgery.room, self.names):
            surgery = replace(surgery, room="")
            notes.append("'Where' holds a name or a word about needs, so families are told 'at school' instead.")
        return surgery, problems, notes

    def _has(self, slot: StoredSlot) -> bool:
        return bool(self.booked.get(slot.slot.key))

    def _without_those_in_the_way(
        self, slots: Iterable[Slot], kept: Iterable[StoredSlot], busy: Iterable[Busy]
    ) -> tuple[Slot, ...]:
        """The slots without free ones at a time at which she is busy, or to which she moved a meeting."""
        in_the_way = list(busy)
        in_the_way += [
            Busy(each.slot.starts, each.slot.ends)
            for each in kept
            if self._has(each) and each.planned != (each.slot.starts, each.slot.ends)
        ]
        return tuple(
            slot
            for slot in slots
            if self.booked.get(slot.key) or not any(each.meets(slot.starts, slot.ends) for each in in_the_way)
        )

    def _show(self, slots: Iterable[Slot], kept: Iterable[StoredSlot], lost: set[str]) -> None:
        """The rows of *Slots*: where each slot is now, which may be where she moved it in her calendar."""
        stored = {each.slot.key: each for each in kept}
        rows = slot_rows((_as_it_is(slot, stored.get(slot.key)) for slot in slots), self.booked, lost)
        for key, row in rows.items():
            if key in stored and stored[key].state in GONE:
                row["state"] = "Deleted in Calendar"
            row["place"] = (stored[key].place if key in stored else None) or None
        self.slots |= rows

    def whole(self, title: str) -> Sessions:
        """Everything, with the families who hold a slot of a row that is not there any more."""
        there = {surgery.key for surgery, _ in self.made} | self.status.keys()
        left = Counter(
            each.slot.surgery
            for each in self.agenda.slots
            if self._has(each) and each.slot.ends > self.now and each.slot.surgery not in there
        )
        reviews = {key for key, surgery in self.agenda.surgeries.items() if surgery.is_review}
        attention = [
            Attention(
                title,
                f"The row {key} is gone, but {count} of its slots {'is' if count == 1 else 'are'} booked. The bookings "
                f"stand: put the row back with `sensync restore {key}`, or delete the meetings in the calendar, which "
                "tells the families.",
            )
            for key, count in left.items()
            if key not in reviews
        ]
        return Sessions(tuple(self.made), self.status, self.slots, tuple(attention))


def _planned(each: StoredSlot) -> Slot:
    return replace(each.slot, starts=each.planned[0], ends=each.planned[1])


def _was_moved(each: StoredSlot) -> bool:
    return each.planned != (each.slot.starts, each.slot.ends)


def _where_it_counts(each: StoredSlot, surgery: Surgery) -> Slot:
    """A slot at the time that was planned; where the row has left that, at the time to which she moved it."""
    planned = _planned(each)
    starts, ends = session(surgery)
    return each.slot if _was_moved(each) and not (starts <= planned.starts and planned.ends <= ends) else planned


def names_of(roll: Rows) -> tuple[str, ...]:
    """The names of the pupils on the roll, which no text that leaves the workbook may hold."""
    named = ("name", "legal_surname", "legal_forename")
    found = (text(row.get(name)) for row in roll.values() for name in named)
    return tuple(dict.fromkeys(filter(None, found)))


def _as_it_is(slot: Slot, stored: StoredSlot | None) -> Slot:
    """A slot at the time to which it was moved, as long as the sheet plans what it planned then."""
    if stored is None or stored.planned != (slot.starts, slot.ends):
        return slot
    return replace(stored.slot, places=slot.places)


def with_closed(rows: Rows, before: Rows) -> Rows:
    """The rows of *Slots* with those that were there and are no more: nothing is deleted by a sync, so they say so."""
    return {key: {**row, "state": CLOSED} for key, row in before.items() if key not in rows} | rows
