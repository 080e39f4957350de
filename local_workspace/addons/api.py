"""What the pages ask: which add-ons there are, an add-on's answer, and what a person agrees to.

Google has no such paths; its pages ask servers of its own, which post to the add-on. So do these: a page never sees the
tokens that the add-on is sent.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from local_workspace.calendar.access import role_by_rules
from local_workspace.calendar.instances import found
from local_workspace.calendar.model import primary_calendar
from local_workspace.calendar.view import Viewer, details_hidden, resource
from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response

from .answers import AnswerError, read
from .asking import NoAnswerError, ask
from .cards import opened
from .events import Asked, Person, Place, event_object
from .manifest import DRIVE_FILE, HOSTS, PREVIEW, Deployment, is_callable
from .markup import markup

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

log = logging.getLogger("local_workspace")

Json = dict[str, Any]
Args = dict[str, str]

FAILED = "There was a problem with this add-on. Try again later, or ask who looks after it."
"""All that Google tells the person, whatever went wrong."""
_TRIGGERS = {"home": "homepageTrigger", "granted": "onFileScopeGrantedTrigger", "event": "eventOpenTrigger"}


@dataclass(frozen=True, slots=True)
class Posting:
    """One request to an add-on, ready to go out."""

    deployment: Deployment
    host: str
    kind: str
    address: str
    body: bytes
    headers: dict[str, str]


def _installed(ws: LocalWorkspace, request: Request, name: str) -> Deployment:
    deployment = ws.addons.installed.get(name)
    if deployment is None or not any(deployment.serves(request.account, host) for host in HOSTS):
        raise ApiError(404, "There is no such add-on for this account. Reload the page.")
    return deployment


def _zone(ws: LocalWorkspace, account: str) -> str:
    return primary_calendar(ws.calendars.draft(), account).zone


def panel(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """GET /addons?host=SHEETS: the add-ons that the account has beside a host."""
    host = request.param("host")
    if host not in HOSTS:
        raise ApiError(400, f"A host is one of {', '.join(HOSTS)}.")
    shown = [one for one in ws.addons.installed.values() if one.serves(request.account, host)]
    return Response(
        data={"addons": [_about(one, host) for one in shown], "timeZone": _zone(ws, request.account)},
    )


def _about(deployment: Deployment, host: str) -> Json:
    common = deployment.common
    actions = [
        {"label": one["label"], **({"openLink": opened(one["openLink"])} if "openLink" in one else {})}
        for one in common.get("universalActions", [])
    ]
    previews = (deployment.host("SHEETS") or {}).get("linkPreviewTriggers", []) if host == "SHEETS" else []
    return {
        "id": deployment.id,
        "name": common["name"],
        "colour": common.get("layoutProperties", {}).get("primaryColor", ""),
        "universalActions": actions,
        "opensEvents": bool(deployment.trigger(host, "eventOpenTrigger")),
        "granted": bool(deployment.trigger(host, "onFileScopeGrantedTrigger")),
        "previews": bool(previews) and PREVIEW in deployment.scopes,
    }


# ---- running


def run(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """POST /addons/{id}/run: asks the add-on, and says what the page does with its answer.

    The body is `Run` of markup.py. A failure is an answer too: `{"kind": "failure", "message", "detail"}`, where the
    detail is for the add-on's developer. `{"kind": "none"}`: the manifest has nothing for this.
    """
    body = request.json()
    problems: list[tuple[str, str]] = []
    asked: Json = markup().check("Run", body, "", problems)
    if problems:
        raise ApiError(400, problems[0][1])
    with ws.lock:
        posting = _posting(ws, request, _installed(ws, request, args["id"]), asked)
    if posting is None:
        return Response(data={"kind": "none"})
    try:
        status, raw = ask(posting.address, posting.body, posting.headers)
        outcome = read(posting.kind, status, raw, posting.deployment, posting.host, ws.base_url)
    except (NoAnswerError, AnswerError) as error:
        # The detail may quote what the card says, so it goes to the page and not into the log.
        log.info("add-on %s: %s failed (%s)", posting.deployment.id, posting.kind, type(error).__name__)
        outcome = {"kind": "failure", "message": FAILED, "detail": str(error)}
    return Response(data=outcome)


def _address(deployment: Deployment, host: str, asked: Json) -> str:
    """Where a request goes; "" where the manifest has no such trigger.

    Raises:
        ApiError: 400 for a function that is none.
    """
    kind = asked.get("kind", "")
    if kind in _TRIGGERS:
        return deployment.trigger(host, _TRIGGERS[kind])
    if kind == "preview":
        return deployment.preview_trigger(asked.get("url", ""))
    if kind == "universal":
        actions, index = deployment.common.get("universalActions", []), asked.get("index", -1)
        if not 0 <= index < len(actions) or "runFunction" not in actions[index]:
            raise ApiError(400, "The add-on has no such action in its menu. Reload the page.")
        return str(actions[index]["runFunction"])
    if not is_callable(asked.get("function", "")):
        raise ApiError(400, "An action's function is the whole address that the add-on is asked at.")
    return str(asked["function"])


def _posting(ws: LocalWorkspace, request: Request, deployment: Deployment, asked: Json) -> Posting | None:
    host, kind = asked.get("host", ""), asked.get("kind", "")
    if not host or not kind:
        raise ApiError(400, "A run names its host and its kind.")
    if not deployment.serves(request.account, host):
        raise ApiError(404, "There is no such add-on beside this page for this account.")
    account = request.account
    address = _address(deployment, host, asked)
    if not address or (kind == "preview" and PREVIEW not in ws.addons.scopes(deployment, account)):
        return None
    place = _sheet(ws, account, asked) if host == "SHEETS" else _event(ws, request, asked)
    file_id = place.file[0] if place.file else ""
    zone = _zone(ws, account)
    person = Person(
        account,
        ws.addons.scopes(deployment, account),
        ws.addons.has_file(deployment, account, file_id),
        request.headers.get("accept-language", "").split(",")[0].split(";")[0].strip() or "en-GB",
        zone,
        ws.now().astimezone(ZoneInfo(zone)).utcoffset() or dt.timedelta(),
    )
    tokens = ws.addons.tokens(deployment, account, address)
    told = event_object(
        deployment, person, place, Asked(asked.get("parameters", {}), asked.get("formInputs", {})), tokens
    )
    signs = {"SYSTEM_ID_TOKEN": tokens.system, "USER_ID_TOKEN": tokens.user}.get(deployment.header)
    headers = {"Authorization": f"Bearer {signs}"} if signs else {}
    return Posting(deployment, host, kind, address, json.dumps(told).encode(), headers)


def _sheet(ws: LocalWorkspace, account: str, asked: Json) -> Place:
    """The open spreadsheet.

    Raises:
        ApiError: 404 or 403 where the account may not see it.
    """
    book = ws.book(asked.get("file", ""), account)
    return Place("SHEETS", file=(book.id, str(book.props["title"])), url=asked.get("url", ""))


def _event(ws: LocalWorkspace, request: Request, asked: Json) -> Place:
    """The open event, as the account sees it.

    Raises:
        ApiError: 404 where there is none that it may see.
    """
    if not asked.get("eventId"):
        return Place("CALENDAR")
    draft = ws.calendars.draft()
    calendar = draft.calendar(asked.get("calendarId", ""))
    role = "none" if calendar is None else role_by_rules(calendar, request.account)
    event = None if calendar is None or role == "none" else found(draft, calendar.id, asked["eventId"])
    if calendar is None or event is None:
        raise ApiError(404, "There is no such event for this account. Reload the page.")
    viewer = Viewer(request.account, role, ZoneInfo(calendar.zone), request.base_url)
    shown = {"id": event.id} if details_hidden(event, viewer) else resource(event, viewer)
    return Place("CALENDAR", event=shown, calendar_id=calendar.id, role=role)


# ---- what a person agrees to


def give_file(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """POST /addons/{id}/files: `{"file": id}` gives the add-on a file that the account may see."""
    deployment = _installed(ws, request, args["id"])
    book = ws.book(str(request.json().get("file", "")), request.account)
    if DRIVE_FILE not in deployment.scopes:
        raise ApiError(400, f"The add-on's manifest lacks the scope {DRIVE_FILE}, so that no file can be given to it.")
    held = ws.addons.files(deployment, request.account)
    scopes = ws.addons.scopes(deployment, request.account)
    ws.addons.agree(deployment, request.account, files=[*held, book.id], scopes=[*scopes, DRIVE_FILE])
    return Response(data={})


def give_scopes(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """POST /addons/{id}/scopes: `{"scopes": [...]}` agrees to some of the manifest's."""
    deployment = _installed(ws, request, args["id"])
    scopes = scopes_of(deployment, request.json().get("scopes"))
    held = ws.addons.scopes(deployment, request.account)
    ws.addons.agree(deployment, request.account, scopes=[*held, *scopes])
    return Response(data={})


def scopes_of(deployment: Deployment, given: Any) -> list[str]:
    """A list of the manifest's scopes.

    Raises:
        ApiError: 400 for anything else.
    """
    if not isinstance(given, list) or not all(scope in deployment.scopes for scope in given):
        raise ApiError(400, f"scopes is a list of some of the manifest's: {', '.join(deployment.scopes)}.")
    return given


ROUTES = [
    Route("GET", "/addons", panel),
    Route("POST", "/addons/(?P<id>[^/]+)/run", run, free=True),
    Route("POST", "/addons/(?P<id>[^/]+)/files", give_file),
    Route("POST", "/addons/(?P<id>[^/]+)/scopes", give_scopes),
]
