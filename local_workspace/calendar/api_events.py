"""The endpoints of events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_workspace.http.wire import ApiError

from . import changes
from .bodies import with_nulls
from .call import Call, route
from .changes import Actor
from .errors import access_level, not_found, required
from .listing import instances, list_events, viewer_of
from .view import details_hidden, resource
from .watching import watch

if TYPE_CHECKING:
    from .model import Calendar, Event

Json = dict[str, Any]


def actor_of(call: Call) -> Actor:
    """Who acts by a call, and how others are to be told."""
    request = call.request
    tell = request.param("sendUpdates") or ("all" if request.flag("sendNotifications") else "none")
    return Actor(
        call.account,
        call.ws.accounts,
        request.base_url,
        conference=request.param("conferenceDataVersion") == "1",
        attachments=request.flag("supportsAttachments"),
        tell=tell,
    )


def _answer(call: Call, calendar: Calendar, event: Event) -> Json:
    return resource(event, viewer_of(call, calendar))


def _found(call: Call, calendar: Calendar) -> Event:
    event = changes.by_id(call.draft, calendar, call.args["event"])
    if event is None:
        raise not_found()
    return event


def _writable(call: Call) -> tuple[Calendar, Event]:
    """The calendar and the event of a change, once the caller may and the etag fits.

    Raises:
        ApiError: 404, 403 or 412.
    """
    calendar = call.calendar("writerWithoutPrivateAccess")
    event = _found(call, calendar)
    call.check_match(event.etag)
    if details_hidden(event, viewer_of(call, calendar)):
        raise access_level("writer")
    return calendar, event


def get(call: Call) -> Json:
    """`events.get`: deleted ones too."""
    calendar = call.calendar("freeBusyReader")
    return _answer(call, calendar, _found(call, calendar))


def insert(call: Call) -> Json:
    """`events.insert`."""
    calendar = call.calendar("writerWithoutPrivateAccess")
    return _answer(call, calendar, changes.insert(call.draft, calendar, call.body, actor_of(call)))


def import_(call: Call) -> Json:
    """`events.import`."""
    calendar = call.calendar("writerWithoutPrivateAccess")
    return _answer(call, calendar, changes.import_(call.draft, calendar, call.body, actor_of(call)))


def patch(call: Call) -> Json:
    """`events.patch`."""
    calendar, event = _writable(call)
    asked = with_nulls(call.request)
    body = changes.patched(event, asked)
    if asked.get("attendeesOmitted") and "attendees" in asked:
        body["attendees"] = _only_mine(event, asked["attendees"] or [])
    return _answer(call, calendar, changes.change(call.draft, calendar, event, body, actor_of(call)))


def update(call: Call) -> Json:
    """`events.update`: what the body leaves out is cleared, but a deleted event stays deleted unless it says."""
    calendar, event = _writable(call)
    body = dict(call.body)
    if event.cancelled:
        body.setdefault("status", "cancelled")
    if body.get("attendeesOmitted"):
        body["attendees"] = _only_mine(event, body.get("attendees", []))
    return _answer(call, calendar, changes.change(call.draft, calendar, event, body, actor_of(call)))


def _only_mine(event: Event, given: list[Json]) -> list[Json]:
    """With `attendeesOmitted` a request speaks for the participant alone (documented)."""
    mine = event.calendar.lower()
    new = next((item for item in given if str(item.get("email", "")).lower() == mine), None)
    held = event.body.get("attendees", [])
    return [{**item, **new} if new is not None and item["email"] == mine else item for item in held]


def delete(call: Call) -> None:
    """`events.delete`."""
    _, event = _writable(call)
    changes.delete(call.draft, event, actor_of(call))


def move(call: Call) -> Json:
    """`events.move`."""
    calendar = call.calendar("writer")
    event = _found(call, calendar)
    call.check_match(event.etag)
    name = call.request.param("destination")
    if not name:
        raise required("Missing destination parameter.", "destination")
    target = call.calendar("writer", name)
    moved = changes.move(call.draft, event, target, actor_of(call))
    return _answer(call, target, moved)


def quick_add(_call: Call) -> Json:
    """`events.quickAdd`: reading plain English is not faked.

    Raises:
        ApiError: 400 always.
    """
    raise ApiError(
        400,
        "The local workspace does not read events from text. Use events.insert with a start and an end.",
        reason="badRequest",
    )


_EVENTS = "/calendars/(?P<calendar>[^/]+)/events"
_EVENT = _EVENTS + "/(?P<event>[^/]+)"

ROUTES = [
    route("GET", _EVENTS, list_events, "events.list"),
    route("POST", _EVENTS, insert, "events.insert"),
    route("POST", _EVENTS + "/import", import_, "events.import"),
    route("POST", _EVENTS + "/quickAdd", quick_add, "events.quickAdd"),
    route("POST", _EVENTS + "/watch", watch("events"), "events.watch"),
    route("GET", _EVENT, get, "events.get"),
    route("PATCH", _EVENT, patch, "events.patch"),
    route("PUT", _EVENT, update, "events.update"),
    route("DELETE", _EVENT, delete, "events.delete"),
    route("POST", _EVENT + "/move", move, "events.move"),
    route("GET", _EVENT + "/instances", instances, "events.instances"),
]
