"""The calendar that Sensync makes for meetings: found again, shared; and when people are busy. All over the `Door`.

Scopes: `calendar.app.created` makes a calendar and its events. It can neither list calendars nor share one (discovery
document), so finding the calendar again needs `calendar.calendarlist.readonly`, and sharing it `calendar.acls`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from sync.domain.errors import UsageError
from sync.google.door import segment
from sync.google.errors import GoogleNeedsPersonError, OutcomeUnknownError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync.google.door import Door

DEFAULT_TITLE = "Meetings with families"

_MARK = "Made by Sensync. Please leave this line as it is: "

_MOST_CALENDARS = 50
"""In one question about free and busy times (documented)."""

_SPAN = timedelta(days=28)
"""Google refuses long spans with `timeRangeTooLong` and does not say from where on; four weeks are taken."""

_NO_SUCH = "sensync-check-there-is-no-such-calendar@group.calendar.google.com"

Role = Literal["reader", "writer"]
_RANK = {"none": 0, "freeBusyReader": 1, "reader": 2, "writerWithoutPrivateAccess": 3, "writer": 4, "owner": 5}


@dataclass(frozen=True, slots=True)
class OurCalendar:
    """The calendar of meetings: its id, and whether it was made just now."""

    id: str
    made: bool


@dataclass(frozen=True, slots=True)
class Busy:
    """When calendars are busy: joined spans [start, end) in UTC by calendar, and those that could not be asked.

    `unknown` gives Google's reason by calendar, such as `notFound` for one that is not shared with us.
    """

    spans: Mapping[str, tuple[tuple[datetime, datetime], ...]] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)


def find_or_make(
    door: Door,
    owner_key: str,
    *,
    known: str | None = None,
    title: str = DEFAULT_TITLE,
    zone: str = "Europe/London",
) -> OurCalendar:
    """Our calendar: the known one, else the one that bears our mark, else a new one.

    Args:
        door: the door to Google.
        owner_key: what tells this Sensync from another in the same account, such as school and store; only its hash
            leaves.
        known: the id that the store keeps.
        title: of a new calendar; people may change it later.
        zone: of a new calendar.

    Raises:
        OutcomeUnknownError: it is not known whether the calendar was made; the next call finds it.
    """
    if known and _exists(door, known):
        return OurCalendar(known, made=False)
    mark = _MARK + hashlib.sha256(f"sensync calendar\0{owner_key}".encode()).hexdigest()[:24]
    found = _marked(door, mark)
    if found is None:
        try:
            body = {"summary": title, "description": mark, "timeZone": zone}
            # Calendars take no id of ours, so this is not repeatable: after an unknown outcome we look.
            made = door.call("POST", f"{door.endpoints.calendar}/calendars", body=body)
            return OurCalendar(str(made["id"]), made=True)
        except OutcomeUnknownError:
            found = _marked(door, mark)
            if found is None:
                raise
    return OurCalendar(found, made=False)


def _exists(door: Door, calendar_id: str) -> bool:
    try:
        door.call("GET", _calendar(door, calendar_id), [("fields", "id")])
    except GoogleNeedsPersonError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return False
    return True


def _marked(door: Door, mark: str) -> str | None:
    """The calendar of this account with our mark; the first by id, so that two who made one at once agree."""
    fields = "nextPageToken,items(id,description,accessRole)"
    params = [("minAccessRole", "owner"), ("showHidden", "true"), ("maxResults", "250"), ("fields", fields)]
    items = _pages(door, f"{door.endpoints.calendar}/users/me/calendarList", params)
    return min((str(each["id"]) for each in items if mark in str(each.get("description", ""))), default=None)


def look(door: Door) -> None:
    """Whether a calendar can be made and found again, without making one.

    Asks for a calendar that cannot be: "not found" comes only where the API is on and the scope was granted.

    Raises:
        SensyncError: as any call does.
    """
    _exists(door, _NO_SUCH)
    door.call("GET", f"{door.endpoints.calendar}/users/me/calendarList", [("maxResults", "1"), ("fields", "kind")])


def look_at_sharing(door: Door) -> None:
    """Whether calendars can be shared, without sharing one; raises as `look` does."""
    try:
        door.call("GET", f"{_calendar(door, _NO_SUCH)}/acl", [("maxResults", "1"), ("fields", "kind")])
    except GoogleNeedsPersonError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise


def share(
    door: Door, calendar_id: str, people: Iterable[str], role: Role = "reader", *, tell: bool = False
) -> tuple[str, ...]:
    """Lets people see the calendar (its events stay private: a reader sees when, and not what for).

    Nobody's access is lessened or taken away.

    Args:
        door: the door to Google, with the scope `calendar.acls`.
        calendar_id: our calendar.
        people: their addresses.
        role: `writer` only for the SENCO, where the calendar belongs to a role mailbox.
        tell: whether Google mails them a link with which they add the calendar to their list.

    Returns:
        The addresses that were given access now.
    """
    url = f"{_calendar(door, calendar_id)}/acl"
    fields = "nextPageToken,items(role,scope)"
    held = {
        str(rule.get("scope", {}).get("value", "")).lower(): _RANK.get(str(rule.get("role")), 0)
        for rule in _pages(door, url, [("maxResults", "250"), ("fields", fields)])
        if rule.get("scope", {}).get("type") == "user"
    }
    given = []
    for person in dict.fromkeys(people):
        if held.get(person.lower(), 0) >= _RANK[role]:
            continue
        body = {"role": role, "scope": {"type": "user", "value": person}}
        # Repeatable: Calendar keeps one rule for a person.
        door.call("POST", url, [("sendNotifications", str(tell).lower())], body, repeatable=True)
        given.append(person)
    return tuple(given)


def busy(door: Door, calendars: Iterable[str], starts: datetime, ends: datetime) -> Busy:
    """When these calendars are busy between two instants: a picture of this moment, which holds nothing free.

    Args:
        door: the door to Google, with the scope `calendar.freebusy`.
        calendars: ids; an account's own calendar has its address for an id.
        starts: aware.
        ends: aware, after `starts`.

    Raises:
        UsageError: there is no time between the two.
    """
    if ends <= starts:
        raise UsageError("The time to look for busy hours in ends before it starts.")
    names = list(dict.fromkeys(calendars))
    spans: dict[str, list[tuple[datetime, datetime]]] = {name: [] for name in names}
    unknown: dict[str, str] = {}
    low = starts
    # Google is asked in whole seconds, and refuses a time that has none.
    while _text(low) < _text(ends):
        high = min(low + _SPAN, ends)
        # Asked for no calendar at all, it still asks once: that shows whether it may.
        for first in range(0, max(1, len(names)), _MOST_CALENDARS):
            chosen = names[first : first + _MOST_CALENDARS]
            body = {"timeMin": _text(low), "timeMax": _text(high), "items": [{"id": each} for each in chosen]}
            answer = door.call("POST", f"{door.endpoints.calendar}/freeBusy", body=body)
            for name in chosen:
                found = (answer.get("calendars") or {}).get(name) or {"errors": [{"reason": "notAnswered"}]}
                for error in found.get("errors") or ():
                    unknown[name] = str(error.get("reason", "unknown"))
                spans[name] += [(_moment(each["start"]), _moment(each["end"])) for each in found.get("busy") or ()]
        low = high
    return Busy({name: _joined(spans[name]) for name in names if name not in unknown}, unknown)


def _joined(spans: list[tuple[datetime, datetime]]) -> tuple[tuple[datetime, datetime], ...]:
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _pages(door: Door, url: str, params: list[tuple[str, str]]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    page = ""
    while True:
        answer = door.call("GET", url, [*params, *([("pageToken", page)] if page else [])])
        items += answer.get("items") or ()
        page = str(answer.get("nextPageToken", ""))
        if not page:
            return items


def _calendar(door: Door, calendar_id: str) -> str:
    return f"{door.endpoints.calendar}/calendars/{segment(calendar_id)}"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
