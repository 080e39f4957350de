"""The endpoints of free and busy times, colours, settings and channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from . import colours
from .call import Call, list_etag, route
from .errors import invalid, not_found, range_empty, required
from .instances import expanded
from .model import primary_calendar
from .times import instant, parse_moment, shown, zone
from .watching import stop, watch

if TYPE_CHECKING:
    import datetime as dt

    from .model import Calendar, Event

Json = dict[str, Any]

CALENDARS_MOST = 50
"""How many calendars one query may ask for (documented)."""


def colors_get(_call: Call) -> Json:
    """`colors.get`."""
    return {
        "kind": "calendar#colors",
        "updated": colours.UPDATED,
        "calendar": colours.CALENDAR,
        "event": colours.EVENT,
    }


# ---- free and busy


def _moment(body: Json, name: str) -> dt.datetime:
    if not body.get(name):
        raise required(f"Missing {name} parameter.", name)
    moment = parse_moment(body[name])
    if moment is None:
        raise invalid(f'Invalid value for: Invalid format: "{body[name]}"', name)
    return moment


def _blocks(event: Event) -> bool:
    """Whether an event makes its calendar busy."""
    if event.cancelled or event.body.get("transparency") == "transparent":
        return False
    mine = event.calendar.lower()
    said = [item["responseStatus"] for item in event.body.get("attendees", []) if item["email"] == mine]
    return said != ["declined"]


def _busy(call: Call, calendar: Calendar, low: dt.datetime, high: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """The times at which a calendar is busy, in order and joined, cut to the window [low, high)."""
    rows = list(call.draft.events_of(calendar.id))
    masters = {row.id for row in rows if row.body.get("recurrence")}
    found: list[Event] = []
    for row in rows:
        if row.id in masters:
            kept = [one for one in rows if one.series == row.id]
            found += [] if row.cancelled else expanded(row, kept, calendar.zone, low, high)
        elif row.series not in masters:
            found.append(row)
    spans = sorted(
        (instant(row.body["start"], calendar.zone), instant(row.body["end"], calendar.zone))
        for row in found
        if _blocks(row)
    )
    joined: list[tuple[dt.datetime, dt.datetime]] = []
    for start, end in spans:
        start, end = max(start, low), min(end, high)  # noqa: PLW2901 - cut to the window
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def freebusy(call: Call) -> Json:
    """`freebusy.query`: what cannot be looked at has an error of its own."""
    body = call.body
    low, high = _moment(body, "timeMin"), _moment(body, "timeMax")
    if high <= low:
        raise range_empty()
    local = zone(body.get("timeZone", "UTC"))
    if local is None:
        raise invalid("Invalid time zone.", "timeZone")
    items = [str(item.get("id", "")) for item in body.get("items", [])]
    most = min(body.get("calendarExpansionMax", CALENDARS_MOST), CALENDARS_MOST)
    calendars: dict[str, Json] = {}
    for name in items:
        calendar = call.known(name)
        if len(items) > most:
            calendars[name] = _failed("calendar", "tooManyCalendarsRequested")
        elif calendar is None or not _may_ask(call, calendar):
            calendars[name] = _failed("global", "notFound")
        else:
            spans = _busy(call, calendar, low, high)
            calendars[name] = {"busy": [{"start": shown(a, local), "end": shown(b, local)} for a, b in spans]}
    utc = ZoneInfo("UTC")
    return {
        "kind": "calendar#freeBusy",
        "timeMin": shown(low, utc).replace("Z", ".000Z"),
        "timeMax": shown(high, utc).replace("Z", ".000Z"),
        "calendars": calendars,
    }


def _may_ask(call: Call, calendar: Calendar) -> bool:
    return call.role(calendar) != "none"


def _failed(domain: str, reason: str) -> Json:
    return {"errors": [{"domain": domain, "reason": reason}], "busy": []}


# ---- settings

_SETTINGS = {
    "autoAddHangouts": "false",
    "dateFieldOrder": "DMY",
    "defaultEventLength": "60",
    "format24HourTime": "false",
    "hideInvitations": "false",
    "hideInvitationsSetting": "PUBLIC",
    "hideWeekends": "false",
    "locale": "en_GB",
    "remindOnRespondedEventsOnly": "false",
    "showDeclinedEvents": "true",
    "useKeyboardShortcuts": "true",
    "weekStart": "1",
}


def _settings(call: Call) -> list[Json]:
    values = {**_SETTINGS, "timezone": primary_calendar(call.draft, call.account).zone}
    return [
        {"kind": "calendar#setting", "etag": list_etag([], name, value), "id": name, "value": value}
        for name, value in sorted(values.items())
    ]


def settings_list(call: Call) -> Json:
    """`settings.list`."""
    items = _settings(call)
    return {"kind": "calendar#settings", "etag": list_etag(items), "nextSyncToken": "CAAQABgA", "items": items}


def settings_get(call: Call) -> Json:
    """`settings.get`."""
    for item in _settings(call):
        if item["id"] == call.args["setting"]:
            return item
    raise not_found()


ROUTES = [
    route("GET", "/colors", colors_get, "colors.get"),
    route("POST", "/freeBusy", freebusy, "freebusy.query"),
    route("GET", "/users/me/settings", settings_list, "settings.list"),
    route("POST", "/users/me/settings/watch", watch("settings"), "settings.watch"),
    route("GET", "/users/me/settings/(?P<setting>[^/]+)", settings_get, "settings.get"),
    route("POST", "/channels/stop", stop, "channels.stop"),
]
