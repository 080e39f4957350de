"""events.list and events.instances: filters, order, pages and sync tokens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import tokens
from .call import Call, list_etag
from .errors import bad_request, full_sync_required, invalid, not_found, range_empty, updated_min_too_long_ago
from .instances import expanded, former, found
from .times import instant, milli_text, parse_moment
from .view import Viewer, details_hidden, minimal, resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from .model import Calendar, Event

Json = dict[str, Any]

PAGE = 250
MOST = 2500
HORIZON = dt.timedelta(days=730)
"""How far an endless series is expanded when the request sets no end."""
REMEMBERED = dt.timedelta(days=30)
"""How long deletions can be asked for with updatedMin. The real length is not documented."""
TOKEN_LIFE = dt.timedelta(days=30)
"""How long a sync token holds. Google says only that it may expire."""

_NOT_WITH_SYNC = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)
"""Documented at `syncToken`."""


@dataclass(frozen=True, slots=True)
class Window:
    """The times asked for; None for no bound."""

    low: dt.datetime | None
    high: dt.datetime | None

    def holds(self, event: Event, zone: str) -> bool:
        """Whether an event ends after the low bound and starts before the high one."""
        if self.low is not None and instant(event.body["end"], zone) <= self.low:
            return False
        return self.high is None or instant(event.body["start"], zone) < self.high


@dataclass(frozen=True, slots=True)
class Sync:
    """What a sync token says: changes after `since`, of instances up to `horizon`."""

    since: int
    single: bool
    horizon: dt.datetime


def viewer_of(call: Call, calendar: Calendar) -> Viewer:
    """Who looks at a calendar by this call."""
    most = call.request.param("maxAttendees")
    zone = call.answer_zone(calendar)
    return Viewer(call.account, call.role(calendar), zone, call.request.base_url, int(most) if most else None)


def _bound(call: Call, name: str) -> dt.datetime | None:
    text = call.request.param(name)
    if not text:
        return None
    moment = parse_moment(text)
    if moment is None:
        # A bound without an offset is refused by Google as a plain "Bad Request".
        raise bad_request("Bad Request")
    return moment


def _window(call: Call) -> Window:
    window = Window(_bound(call, "timeMin"), _bound(call, "timeMax"))
    if window.low is not None and window.high is not None and window.high <= window.low:
        raise range_empty()
    return window


def _mark(call: Call, calendar: Calendar) -> int:
    """What ties a token to its calendar and caller."""
    return tokens.fingerprint("events", calendar.id, call.account)


def _sync(call: Call, calendar: Calendar) -> Sync | None:
    """The sync token of the call.

    Raises:
        ApiError: 400 when it is none, or comes with what it cannot; 410 when it has expired.
    """
    text = call.request.param("syncToken")
    if not text:
        return None
    for name in _NOT_WITH_SYNC:
        if call.request.param(name):
            raise bad_request("Sync token cannot be used with other query restrictions.")
    if call.request.param("showDeleted").lower() == "false":
        raise bad_request("Sync token cannot be used with other query restrictions.")
    numbers = tokens.unpack(text, 5)
    if numbers is None or numbers[1] != _mark(call, calendar):
        raise invalid("Invalid sync token value.", "syncToken")
    since, _, issued, horizon, single = numbers
    too_old = issued < call.draft.now // 1000 - TOKEN_LIFE.total_seconds()
    if too_old or since < call.draft.tables.oldest_sync or since > call.draft.change:
        raise full_sync_required()
    if bool(single) != call.request.flag("singleEvents"):
        # Google calls the outcome undefined; a client that meets this has a mistake to mend.
        raise bad_request("Sync token cannot be used with other query restrictions.")
    return Sync(since, bool(single), dt.datetime.fromtimestamp(horizon, dt.UTC))


def _issue(call: Call, calendar: Calendar, since: int, horizon: dt.datetime) -> str:
    single = int(call.request.flag("singleEvents"))
    return tokens.pack([since, _mark(call, calendar), call.draft.now // 1000, int(horizon.timestamp()), single])


# ---- filters


def _properties(call: Call, name: str) -> list[tuple[str, str]]:
    wanted = []
    for text in call.request.query.get(name, []):
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise invalid(f'Invalid value for: Invalid format: "{text}"', name)
        wanted.append((key, value))
    return wanted


def _haystack(event: Event) -> str:
    body = event.body
    people = [body.get("organizer", {}), *body.get("attendees", [])]
    places = body.get("workingLocationProperties", {})
    office, custom = places.get("officeLocation", {}), places.get("customLocation", {})
    words = [body.get(name, "") for name in ("summary", "description", "location")]
    words += [person.get(name, "") for person in people for name in ("displayName", "email")]
    words += [office.get(name, "") for name in ("buildingId", "deskId", "label")] + [custom.get("label", "")]
    return "\n".join(words).casefold()


def _filter(call: Call, viewer: Viewer) -> Callable[[Event], bool]:
    """The filters that do not depend on time."""
    words = call.request.param("q").casefold().split()
    uid = call.request.param("iCalUID")
    kinds = call.request.query.get("eventTypes", [])
    private = _properties(call, "privateExtendedProperty")
    shared = _properties(call, "sharedExtendedProperty")

    def passes(event: Event) -> bool:
        body = event.body
        held = body.get("extendedProperties", {})
        if uid and body["iCalUID"] != uid:
            return False
        if kinds and body["eventType"] not in kinds:
            return False
        told = words or private or shared
        if told and details_hidden(event, viewer):
            return False
        if any(held.get("private", {}).get(key) != value for key, value in private):
            return False
        if any(held.get("shared", {}).get(key) != value for key, value in shared):
            return False
        return not words or all(word in _haystack(event) for word in words)

    return passes


# ---- rows


def _series_rows(call: Call, calendar: Calendar, window: Window, high: dt.datetime) -> list[Event]:
    """Single events, and the instances of recurring ones."""
    draft = call.draft
    rows = list(draft.events_of(calendar.id))
    kept: dict[str, list[Event]] = {}
    masters = {row.id for row in rows if row.body.get("recurrence")}
    for row in rows:
        if row.series in masters:
            kept.setdefault(row.series, []).append(row)
    out: list[Event] = []
    for row in rows:
        if row.series in masters:
            continue
        if row.id in masters:
            out += expanded(row, kept.get(row.id, []), calendar.zone, window.low, high)
        else:
            out.append(row)
    return out


def _rows(call: Call, calendar: Calendar, window: Window, *, single: bool, high: dt.datetime) -> list[Event]:
    if single:
        rows = _series_rows(call, calendar, window, high)
        return [row for row in rows if window.holds(row, calendar.zone)]
    out = []
    for row in call.draft.events_of(calendar.id):
        if not row.body.get("recurrence"):
            if window.holds(row, calendar.zone):
                out.append(row)
            continue
        # A series is listed when any of its instances is in the window.
        if (window.low is None and window.high is None) or any(
            window.holds(one, calendar.zone) for one in expanded(row, [], calendar.zone, window.low, high)
        ):
            out.append(row)
    return out


def list_events(call: Call) -> Json:
    """`events.list`."""
    calendar = call.calendar("freeBusyReader")
    viewer = viewer_of(call, calendar)
    sync = _sync(call, calendar)
    if sync is not None:
        return _changes(call, calendar, viewer, sync)
    window = _window(call)
    single, order = call.request.flag("singleEvents"), call.request.param("orderBy")
    if order == "startTime" and not single:
        raise bad_request("The requested ordering is not available for the particular query.")
    updated_min = _bound(call, "updatedMin")
    now = dt.datetime.fromtimestamp(call.draft.now / 1000, dt.UTC)
    if updated_min is not None and updated_min < now - REMEMBERED:
        raise updated_min_too_long_ago()
    high = window.high or now + HORIZON
    passes = _filter(call, viewer)
    show_deleted = call.request.flag("showDeleted")
    floor = None if updated_min is None else int(updated_min.timestamp() * 1000)
    rows = []
    masters = {row.id: row for row in call.draft.events_of(calendar.id)}
    for row in _rows(call, calendar, window, single=single, high=high):
        if floor is not None and row.updated < floor:
            continue
        if row.cancelled and not _deleted_shown(
            row, masters, single=single, deleted=show_deleted, since=floor is not None
        ):
            continue
        if passes(row):
            rows.append(row)
    keys: dict[str, Callable[[Event], list[Any]]] = {
        "startTime": lambda row: [instant(row.body["start"], calendar.zone).timestamp(), row.id],
        "updated": lambda row: [row.updated, row.change, row.id],
        "": lambda row: [row.serial, row.id],
    }
    brief = floor is not None and not show_deleted
    return _page(
        call, calendar, viewer, rows, keys[order], brief=brief, horizon=None if order else high, since=call.draft.change
    )


def _deleted_shown(row: Event, masters: dict[str, Event], *, single: bool, deleted: bool, since: bool) -> bool:
    """Whether a cancelled event is in the answer (documented at `showDeleted` and `updatedMin`)."""
    if deleted or since:
        return True
    master = masters.get(row.series)
    return not single and master is not None and not master.cancelled


def _changes(call: Call, calendar: Calendar, viewer: Viewer, sync: Sync) -> Json:
    """What changed since a sync token, deletions always among it."""
    draft = call.draft
    kinds = call.request.query.get("eventTypes", [])
    changed: dict[str, Event] = {}
    if sync.single:
        for row in draft.events_of(calendar.id):
            if row.change > sync.since:
                changed.update({one.id: one for one in _gone(row, sync)})
        for row in _series_rows(call, calendar, Window(None, None), sync.horizon):
            if row.change > sync.since:
                changed[row.id] = row
    else:
        changed = {row.id: row for row in draft.events_of(calendar.id) if row.change > sync.since}
    rows = [row for row in changed.values() if row.cancelled or not kinds or row.body["eventType"] in kinds]
    return _page(
        call,
        calendar,
        viewer,
        rows,
        lambda row: [row.change, row.id],
        brief=not call.request.flag("showDeleted"),
        horizon=sync.horizon,
        since=draft.change,
    )


def _gone(row: Event, sync: Sync) -> list[Event]:
    """Instances that a changed series no longer has, as cancelled."""
    found_rows = former(row, sync.since, None, sync.horizon)
    return [replace(one, body={**one.body, "status": "cancelled"}) for one in found_rows]


# ---- pages


def _page(
    call: Call,
    calendar: Calendar,
    viewer: Viewer,
    rows: list[Event],
    key: Callable[[Event], list[Any]],
    *,
    brief: bool,
    horizon: dt.datetime | None,
    since: int,
) -> Json:
    """One page of an answer.

    Args:
        call: the call.
        calendar: what is listed.
        viewer: who looks.
        rows: everything that there is.
        key: tells where a row stands; pages go on after the key of the last, so that what is made or deleted between
            two pages shifts nothing.
        brief: whether deleted events are given in brief.
        horizon: of the next sync token; None for an answer without one.
        since: the change up to which the first page knew everything; the sync token goes on from there.
    """
    rows = sorted(rows, key=key)
    text = call.request.param("pageToken")
    if text:
        told = tokens.read_page(text)
        if told is None or len(told) != 3 or told[0] != _mark(call, calendar):
            raise invalid("Invalid page token value.", "pageToken")
        since = told[1]
        rows = [row for row in rows if key(row) > told[2]]
    size = call.number("maxResults", PAGE, MOST)
    page = rows[:size]
    items = [minimal(row, viewer) if row.cancelled and brief else resource(row, viewer) for row in page]
    entry = call.draft.entry(call.account, calendar.id)
    updated = max((row.updated for row in call.draft.events_of(calendar.id)), default=call.draft.now)
    out: Json = {
        "kind": "calendar#events",
        "etag": list_etag(items, calendar.id, str(calendar.change), viewer.role, viewer.zone.key),
        "summary": calendar.body.get("summary", ""),
        "description": calendar.body.get("description", ""),
        "updated": milli_text(updated),
        "timeZone": viewer.zone.key,
        "accessRole": viewer.role,
        "defaultReminders": [] if entry is None else entry.body.get("defaultReminders", []),
    }
    if len(rows) > size:
        out["nextPageToken"] = tokens.page([_mark(call, calendar), since, key(page[-1])])
    elif horizon is not None:
        out["nextSyncToken"] = _issue(call, calendar, since, horizon)
    out["items"] = items
    return out


def instances(call: Call) -> Json:
    """`events.instances`."""
    calendar = call.calendar("freeBusyReader")
    viewer = viewer_of(call, calendar)
    master = found(call.draft, calendar.id, call.args["event"])
    if master is None:
        raise not_found()
    window = _window(call)
    now = dt.datetime.fromtimestamp(call.draft.now / 1000, dt.UTC)
    high = window.high or now + HORIZON
    if master.body.get("recurrence"):
        rows = expanded(master, call.draft.exceptions_of(master), calendar.zone, window.low, high)
    else:
        rows = [master]
    rows = [row for row in rows if window.holds(row, calendar.zone)]
    wanted = call.request.param("originalStart")
    if wanted:
        rows = [row for row in rows if _starts_at(row, wanted)]
    if not call.request.flag("showDeleted"):
        rows = [row for row in rows if not row.cancelled]
    zone = calendar.zone
    return _page(
        call,
        calendar,
        viewer,
        rows,
        lambda row: [instant(row.body["start"], zone).timestamp(), row.id],
        brief=False,
        horizon=None,
        since=call.draft.change,
    )


def _starts_at(row: Event, wanted: str) -> bool:
    original: Json = row.body.get("originalStartTime") or row.body["start"]
    if "date" in original or len(wanted) == 10:
        return bool(original.get("date") == wanted)
    moment = parse_moment(wanted, None)
    return moment is not None and moment == instant(original, "UTC")
