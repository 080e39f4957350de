"""Copies of events on the guests' calendars, and answers on their way back to the organiser.

The organiser's copy says what is shared. A guest with an account of the workspace has a copy under the same id on
their own calendar; what belongs to that copy alone (reminders, colour, private properties) stays theirs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .bodies import copy_of, own_part, shared_part
from .instances import found
from .model import Event, primary_calendar

if TYPE_CHECKING:
    from collections.abc import Collection

    from .model import Draft

Json = dict[str, Any]


def organizer_copy(draft: Draft, event: Event) -> Event | None:
    """The organiser's copy of an event; None when the organiser is not of this workspace."""
    home = str(event.body.get("organizer", {}).get("email", ""))
    if home == event.calendar:
        return event
    return found(draft, home, event.id) if draft.calendar(home) else None


def is_guest_copy(draft: Draft, event: Event) -> bool:
    """Whether the event is a guest's copy whose organiser is here."""
    source = organizer_copy(draft, event)
    return source is not None and source.calendar != event.calendar


def _guests(event: Event, accounts: Collection[str]) -> dict[str, Json]:
    known = {account.casefold(): account for account in accounts}
    return {
        known[item["email"]]: item
        for item in event.body.get("attendees", [])
        if item["email"] in known and known[item["email"]] != event.calendar
    }


def spread(draft: Draft, event: Event, before: Event | None, accounts: Collection[str]) -> None:
    """Bring the guests' copies into line with the organiser's.

    Args:
        draft: takes the copies.
        event: the organiser's copy as it is now.
        before: as it was, None when it is new.
        accounts: who is of this workspace.
    """
    if event.body.get("privateCopy"):
        return
    now_in = _guests(event, accounts)
    was_in = _guests(before, accounts) if before is not None else {}
    for email in was_in:
        if email not in now_in:
            _take_off(draft, email, event)
    shared = shared_part(event.body)
    for email, item in now_in.items():
        primary_calendar(draft, email)
        held = draft.event(email, event.id)
        own = own_part(held.body) if held else {"reminders": {"useDefault": True}}
        if held is None and "transparency" in event.body:
            own["transparency"] = event.body["transparency"]
        body = copy_of(shared, own)
        removed = _was_removed(draft, email, event, held) and item["responseStatus"] == "declined"
        if removed:
            body["status"] = "cancelled"
        if held is not None and held.body == body:
            continue
        own_choice = removed and held is not None and held.removed
        draft.put_event(Event(email, event.id, body, removed=own_choice))


def _was_removed(draft: Draft, email: str, event: Event, held: Event | None) -> bool:
    """Whether the guest took it off their calendar, alone or with its whole series."""
    master = draft.event(email, event.series) if event.series else None
    return any(row is not None and row.removed for row in (held, master))


def _take_off(draft: Draft, email: str, event: Event) -> None:
    held = draft.event(email, event.id)
    if held is not None and not held.cancelled:
        cancel_rows(draft, held)
    elif held is None and event.series and draft.event(email, event.series) is not None:
        body = {**copy_of(shared_part(event.body), {}), "status": "cancelled"}
        draft.put_event(Event(email, event.id, body))


def cancel_rows(draft: Draft, event: Event, *, removed: bool = False) -> Event:
    """Cancel one copy, with the instances of it that are kept on their own."""
    for row in draft.exceptions_of(event):
        if not row.cancelled:
            draft.put_event(replace(row, body={**row.body, "status": "cancelled"}))
    return draft.put_event(replace(event, body={**event.body, "status": "cancelled"}, removed=removed))


def answer(draft: Draft, event: Event, said: Json, accounts: Collection[str]) -> Event:
    """Take a guest's answer to the organiser's copy, and from there to all copies.

    Args:
        draft: takes the change.
        event: the guest's copy.
        said: of the guest's own attendee entry, what changes.
        accounts: who is of this workspace.

    Returns:
        The organiser's copy as it is now.
    """
    source = organizer_copy(draft, event)
    if source is None:
        source = event
    people = [
        {**item, **said} if item["email"] == event.calendar.casefold() else item
        for item in source.body.get("attendees", [])
    ]
    new = draft.put_event(replace(source, body={**source.body, "attendees": people}))
    spread(draft, new, source, accounts)
    return new
