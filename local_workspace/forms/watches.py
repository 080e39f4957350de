"""`forms.watches`: who is told, by a message to a topic, that a form was answered or changed."""

from __future__ import annotations

import re
import secrets
import string
from typing import TYPE_CHECKING, Any

from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response

from .api import form_of
from .telling import Watch

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]
Args = dict[str, str]

EVENTS = ("RESPONSES", "SCHEMA")
_ID = re.compile(r"[a-z-]{4,63}")
_TOPIC = re.compile(r"projects/[^/]+/topics/[^/]+")


def create(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`forms.watches.create`."""
    form, body = form_of(ws, request, args["id"]), request.json()
    given = body.get("watch", {})
    event, topic = given.get("eventType", ""), given.get("target", {}).get("topic", {}).get("topicName", "")
    if event not in EVENTS:
        raise ApiError(400, f"watch.event_type is required: {' or '.join(EVENTS)}.")
    if not _TOPIC.fullmatch(topic):
        raise ApiError(400, f"Invalid topic name: '{topic}'. It is projects/P/topics/T.")
    watch_id = body.get("watchId") or "".join(secrets.choice(string.ascii_lowercase) for _ in range(20))
    if given.get("id") or not _ID.fullmatch(watch_id):
        raise ApiError(400, "A watch_id has 4 to 63 characters of a-z and -, and watch.id is not to be set.")
    held = ws.forms.watching.of(form.id)
    if any(one.id == watch_id for one in held):
        raise ApiError(409, "Requested entity already exists", canonical="ALREADY_EXISTS")
    if any((one.account, one.event) == (request.account, event) for one in held):
        raise ApiError(
            400,
            f"The caller has a watch of {event} on this form; one is the limit. Renew or delete it.",
            canonical="FAILED_PRECONDITION",
        )
    _check_topic(ws, topic)
    now = ws.now()
    watch = Watch(form.id, watch_id, request.account, event, topic, created=now.isoformat(), expires="")
    return Response(data=ws.forms.watching.renewed(watch).resource())


def _check_topic(ws: LocalWorkspace, topic: str) -> None:
    """Refuse a topic to which Forms may not publish (documented: create validates this)."""
    fault = ws.forms.watching.fault_of(topic)
    if fault:
        raise ApiError(400, fault, canonical="FAILED_PRECONDITION")


def list_watches(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`forms.watches.list`: the caller's own."""
    form = form_of(ws, request, args["id"])
    held = [watch.resource() for watch in ws.forms.watching.of(form.id) if watch.account == request.account]
    return Response(data={"watches": held} if held else {})


def _mine(ws: LocalWorkspace, request: Request, args: Args) -> Watch:
    form = form_of(ws, request, args["id"])
    for watch in ws.forms.watching.of(form.id):
        if (watch.id, watch.account) == (args["watch"], request.account):
            return watch
    raise ApiError(404, "Requested entity was not found.")


def renew(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`forms.watches.renew`; fails while what suspended it is still so."""
    watch = _mine(ws, request, args)
    _check_topic(ws, watch.topic)
    return Response(data=ws.forms.watching.renewed(watch).resource())


def delete(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`forms.watches.delete`."""
    ws.forms.watching.drop(_mine(ws, request, args))
    return Response(data={})


_ALL = "/v1/forms/(?P<id>[^/:]+)/watches"
_ONE = _ALL + "/(?P<watch>[^/:]+)"
_METHOD = "forms.forms.watches."

ROUTES = [
    Route("POST", _ALL, create, _METHOD + "create"),
    Route("GET", _ALL, list_watches, _METHOD + "list"),
    Route("POST", _ONE + "(?::|%3A)renew", renew, _METHOD + "renew"),
    Route("DELETE", _ONE, delete, _METHOD + "delete"),
]
