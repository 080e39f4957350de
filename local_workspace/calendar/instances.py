"""Instances of recurring events: found by id, and listed in a window."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .recur import end_for, start_of, starts
from .times import instant, key_of

if TYPE_CHECKING:
    import datetime as dt

    from .model import Draft, Event

Json = dict[str, Any]


def derived(master: Event, start: Json) -> Event:
    """The instance of a recurring event that starts at `start`, as its rules say."""
    body = {name: value for name, value in master.body.items() if name != "recurrence"}
    body["start"] = start
    body["end"] = end_for(start, master.body["start"], master.body["end"])
    body["recurringEventId"] = master.id
    body["originalStartTime"] = start
    return replace(master, id=f"{master.id}_{key_of(start)}", body=body, past=())


def found(draft: Draft, calendar_id: str, event_id: str) -> Event | None:
    """An event or an instance by id; an instance that is not kept on its own is derived."""
    kept = draft.event(calendar_id, event_id)
    if kept is not None:
        return kept
    base, _, key = event_id.rpartition("_")
    master = draft.event(calendar_id, base) if base else None
    if master is None or not master.body.get("recurrence"):
        return None
    start = start_of(master.body["recurrence"], master.body["start"], key)
    return None if start is None else derived(master, start)


def length_of(event: Event, zone: str) -> dt.timedelta:
    """How long an event takes."""
    return instant(event.body["end"], zone) - instant(event.body["start"], zone)


def expanded(
    master: Event, exceptions: list[Event], zone: str, low: dt.datetime | None, high: dt.datetime
) -> list[Event]:
    """The instances of a recurring event, those kept on their own in place of the derived.

    Args:
        master: the recurring event; all of its instances are deleted when it is.
        exceptions: those of its instances that are kept.
        zone: of the calendar.
        low: derived instances that end before it are left out; None for no bound.
        high: derived instances that start at or after it are left out.
    """
    kept = {event.id: event for event in exceptions}
    floor = None if low is None else low - length_of(master, zone)
    found_starts = starts(master.body["recurrence"], master.body["start"], floor, high)
    all_derived = [derived(master, start) for start in found_starts]
    return [event for event in all_derived if event.id not in kept] + list(kept.values())


def former(master: Event, since: int, low: dt.datetime | None, high: dt.datetime) -> list[Event]:
    """The instances that the event had at some time after the change `since`, by series that are no more."""
    out: dict[str, Event] = {}
    for number, start, lines in master.past:
        if number <= since:
            continue
        body = {**master.body, "start": start, "end": start}
        shape = replace(master, body=body)
        gone = [derived(shape, one) for one in starts(list(lines), start, low, high)] if lines else [shape]
        out.update({event.id: event for event in gone})
    return list(out.values())
