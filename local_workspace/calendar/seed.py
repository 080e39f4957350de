"""Calendars and events from a seed file; what is there already is left as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_workspace.http import schema

from . import changes
from .access import ROLES
from .changes import Actor
from .model import Calendar, Entry, new_calendar_id, primary_calendar, user_rule
from .times import zone

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

    from .model import Draft

Json = dict[str, Any]


def plant_calendars(ws: LocalWorkspace, calendars: list[Json]) -> None:
    """Add calendars with their events.

    Args:
        ws: the workspace, its accounts planted.
        calendars: each `{"id", "owner", "summary", "timeZone", "app", "rules": [{"role", "scope"}], "events": [Event
            resources]}`; without `id` a new one, with the owner's address the owner's own calendar. `app` says that a
            program made it.

    Raises:
        ValueError: an entry lacks what it needs; the message says which.
        ApiError: an event cannot be.
    """
    draft = ws.calendars.draft()
    for index, entry in enumerate(calendars):
        owner = entry.get("owner", "")
        if owner not in ws.accounts:
            raise ValueError(f"calendars[{index}] has the owner {owner!r}, who is not among the accounts")
        if zone(str(entry.get("timeZone", "UTC"))) is None:
            raise ValueError(f"calendars[{index}] has the time zone {entry['timeZone']!r}, which does not exist")
        _check(entry, f"calendars[{index}]")
        calendar = _planted(draft, owner, entry)
        actor = Actor(owner, ws.accounts, ws.base_url, conference=True)
        for event in entry.get("events", []):
            if not event.get("id") or draft.event(calendar.id, event["id"]) is None:
                changes.insert(draft, calendar, event, actor)
    ws.calendars.commit(draft)


def _check(entry: Json, where: str) -> None:
    """Refuse rules and events that are none."""
    for name, schema_name in (("rules", "AclRule"), ("events", "Event")):
        items = entry.get(name, [])
        if not isinstance(items, list):
            raise ValueError(f"{where}.{name} is not a list")  # noqa: TRY004 - a fault of the file
        for number, item in enumerate(items):
            problems: list[tuple[str, str]] = []
            schema.calendar().check(schema_name, item, f"{where}.{name}[{number}]", problems)
            if problems:
                raise ValueError(problems[0][1])
            if name == "rules" and item.get("role") not in ROLES:
                raise ValueError(f"{where}.rules[{number}] has the role {item.get('role')!r}, not {', '.join(ROLES)}")


def _planted(draft: Draft, owner: str, entry: Json) -> Calendar:
    name = entry.get("id") or new_calendar_id()
    if name == owner:
        return primary_calendar(draft, owner, entry.get("timeZone", ""))
    known = draft.calendar(name)
    if known is not None:
        return known
    rules = dict([user_rule(owner, "owner", draft.change + 1)])
    for rule in entry.get("rules", []):
        scope = rule.get("scope", {"type": "default"})
        rule_id = f"{scope['type']}:{scope['value']}" if scope.get("value") else "default"
        rules[rule_id] = {"role": rule["role"], "scope": scope, "change": draft.change + 1}
    fields = ("summary", "description", "location", "timeZone")
    body = {"summary": name, "timeZone": "UTC", **{field: entry[field] for field in fields if field in entry}}
    calendar = draft.put_calendar(Calendar(name, owner, body, rules, app_created=bool(entry.get("app"))))
    primary_calendar(draft, owner)
    draft.put_entry(Entry(owner, name, {"selected": True, "defaultReminders": [], "colorId": "7"}))
    return calendar
