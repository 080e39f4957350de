"""Brings the events of slots to what they should be: many in one request, and never over a person's hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync.domain.errors import SensyncError
from sync.google.calendar import Change, Delete, How, Insert
from sync.google.errors import GoogleBusyError, IdSpentError
from sync.google.events import differences
from sync.service.follow import settle
from sync.service.slot_events import Known, as_event, known_of, remembered, settled, unfollowed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.google.calendar import Operation, Outcome
    from sync.google.events import Body, Event
    from sync.service.follow import CalendarDesk
    from sync.store import StoredSlot

_TURNS = 6
"""How often an event that people change at the same time is looked at again before it waits for a later time."""


class _Step:
    """One slot on its way: how it stands, what its event should be, and what is asked of Calendar for it."""

    def __init__(self, desk: CalendarDesk, stored: StoredSlot, known: Known, body: Body | None) -> None:
        self.slot = stored.slot.key
        self.stored = stored
        self.body = body
        # What is about to be sent is ours from now on, whether or not we hear of it.
        self.known = replace(known, meant=(*known.meant, body))
        self._names = desk.names

    def operation(self, event: Event | None) -> Operation | None:
        """What to ask of Calendar, given the event as we know it; None where it is as it should be already."""
        if self.body is None:
            return Delete(event, lambda now: not unfollowed(now, self.known, self._names)) if event else None
        if event is None:
            return Insert(self.body)
        return Change(event, self.decide) if differences(event, self.body) else None

    def decide(self, event: Event) -> Body | None:
        """The patch for the event as it is; nothing where a person did something that was not followed yet."""
        if self.body is None or unfollowed(event, self.known, self._names):
            return None
        return differences(event, self.body)


def bring(desk: CalendarDesk, slots: Iterable[str]) -> dict[str, SensyncError | None]:
    """Makes, changes and deletes the events of these slots until each is what it should be.

    What a person did meanwhile is followed first, so that it is not overwritten. Slots that are over are left.

    Returns:
        By slot, what kept its event from becoming so, or None.
    """
    found: dict[str, SensyncError | None] = dict.fromkeys(slots)
    waiting = list(found)
    for _ in range(_TURNS):
        try:
            waiting = _turn(desk, waiting, found)
        except SensyncError as error:
            return {**found, **dict.fromkeys(waiting, error)}
        if not waiting:
            return found
    restless = GoogleBusyError(
        "Events in Google Calendar kept changing while Sensync tried to change them.",
        next_step="Sensync tries again later by itself.",
    )
    return {**found, **dict.fromkeys(waiting, restless)}


def _turn(desk: CalendarDesk, slots: list[str], found: dict[str, SensyncError | None]) -> list[str]:
    """Tries once for each slot; gives those that have to be looked at again."""
    desk.renew()
    steps = _steps(desk, slots)
    again = _make_sure(desk, [step.stored for step in steps])
    asked: list[tuple[_Step, Operation]] = []
    for step in steps:
        operation = step.operation(as_event(step.stored, step.known)) if step.slot not in again else None
        if operation is not None:
            asked.append((step, operation))
    desk.surgeries.saw(desk.workbook_id, [remembered(s.slot, s.known, s.stored.etag) for s, _ in asked])
    outcomes = desk.calendar.together([operation for _, operation in asked])
    for (step, _), outcome in zip(asked, outcomes, strict=True):
        if isinstance(outcome, IdSpentError):
            desk.remember(step.slot, Known(generation=step.known.generation + 1), None)
            again.append(step.slot)
        elif isinstance(outcome, SensyncError):
            found[step.slot] = outcome
        elif not _took(desk, step, outcome):
            again.append(step.slot)
    return again


def _make_sure(desk: CalendarDesk, slots: list[StoredSlot]) -> list[str]:
    """Looks, in one request, at the events of which we do not know what arrived there; gives their slots."""
    unsure = {each.event_id: each for each in slots if each.event_id and not _is_sure(each)}
    if not unsure:
        return []
    events = {event.id: event for event in desk.calendar.changes().events}
    for event_id, stored in unsure.items():
        event = events.get(event_id)
        if not settle(desk, stored, event) and (event is None or event.cancelled):
            desk.remember(stored.slot.key, settled(known_of(stored), None, None), None)
    return [each.slot.key for each in unsure.values()]


def _is_sure(stored: StoredSlot) -> bool:
    """Whether we know how an event stands, as far as our own writes go."""
    known = known_of(stored)
    return not known.meant and (known.gone or known.body is None or stored.etag is not None)


def _steps(desk: CalendarDesk, slots: list[str]) -> list[_Step]:
    """The slots whose events are to be looked at, each with the body that it should have."""
    surgeries = {each.key: each for each in desk.surgeries.all(desk.workbook_id)}
    stored = {each.slot.key: each for each in desk.surgeries.slots(desk.workbook_id)}
    held = desk.bookings.active(desk.workbook_id)
    now = desk.now()
    steps = []
    for key in slots:
        one = stored.get(key)
        if one is None or one.slot.ends <= now:
            continue
        known = known_of(one)
        booked = [each for each in held if each.slot == key]
        body = wanted(one, surgeries[one.slot.surgery], booked, desk.names)
        never_there = known.body is None and not known.meant
        if body is None and not known.meant and (known.gone or never_there):
            continue
        steps.append(_Step(desk, one, known, body))
    return steps


def _took(desk: CalendarDesk, step: _Step, outcome: Outcome) -> bool:
    """Keeps what became of a slot's event; False where it has to be looked at again."""
    event = outcome.event
    if step.body is None and outcome.how in {How.DONE, How.GONE}:
        desk.remember(step.slot, settled(step.known, None, None), None)
        return True
    if event is None or event.cancelled or step.decide(event) is None or differences(event, step.body or {}):
        # A person was faster: that comes first.
        stored = desk.surgeries.slot(desk.workbook_id, step.slot)
        if stored is not None:
            settle(desk, stored, event)
        return False
    desk.remember(step.slot, settled(step.known, event, step.body), event.etag)
    return True
