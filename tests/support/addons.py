"""A small real add-on: a web server on loopback that verifies both tokens with google-auth, and answers as told."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, request
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request as AuthRequest
from google.oauth2 import id_token
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local_workspace import LocalWorkspace

Json = dict[str, Any]
Answer = Json | tuple[int, str]

AUTH = "https://www.googleapis.com/auth/"
SERVICE = "service-123456789@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"
CLIENT = "123456789-abc.apps.googleusercontent.com"
SCOPES = [
    AUTH + name
    for name in (
        "userinfo.email",
        "drive.file",
        "calendar.addons.execute",
        "calendar.addons.current.event.read",
        "workspace.linkpreview",
        "script.locale",
    )
]


def manifest(base: str) -> Json:
    """A whole manifest, every trigger with an address of its own."""
    return {
        "oauthScopes": list(SCOPES),
        "addOns": {
            "common": {
                "name": "SEN register",
                "logoUrl": f"{base}/logo.png",
                "layoutProperties": {"primaryColor": "#1a5276"},
                "useLocaleFromApp": True,
                "homepageTrigger": {"runFunction": f"{base}/addon/home", "enabled": True},
                "universalActions": [
                    {"label": "Settings", "runFunction": f"{base}/addon/settings"},
                    {"label": "Help", "openLink": f"{base}/help"},
                ],
                "openLinkUrlPrefixes": [f"{base}/", "https://school.example/"],
            },
            "sheets": {
                "onFileScopeGrantedTrigger": {"runFunction": f"{base}/addon/granted"},
                "linkPreviewTriggers": [
                    {
                        "runFunction": f"{base}/addon/preview",
                        "labelText": "Pupil",
                        "patterns": [{"hostPattern": "sensync.school.example", "pathPrefix": "p"}],
                    }
                ],
            },
            "calendar": {
                "eventOpenTrigger": {"runFunction": f"{base}/addon/event"},
                "currentEventAccess": "READ",
            },
            "httpOptions": {"authorizationHeader": "SYSTEM_ID_TOKEN", "granularOauthPermissionSupport": "OPT_IN"},
        },
    }


def card(*widgets: Json, title: str = "SEN register", **more: Any) -> Json:
    """A card of one section."""
    return {"header": {"title": title}, "sections": [{"widgets": list(widgets)}], **more}


def words(text: str) -> Json:
    return {"textParagraph": {"text": text}}


def pushed(body: Json) -> Json:
    """The answer to a trigger that shows a card."""
    return {"action": {"navigations": [{"pushCard": body}]}}


def submitted(**action: Any) -> Json:
    """The answer to a button."""
    return {"renderActions": {"action": action}}


class Addon:
    """The add-on's server.

    Attributes:
        answers: by path, an answer or what makes one of the event.
        events: (path, event) of every verified request, in order.
        claims: of the last request's tokens: (system, user).
        bearer: the credential of the last request's Authorization header.
        refused: why requests were refused.
    """

    def __init__(self, workspace: str) -> None:
        self.answers: dict[str, Answer | Callable[[Json], Answer]] = {}
        self.events: list[tuple[str, Json]] = []
        self.claims: tuple[Json, Json] = ({}, {})
        self.bearer = ""
        self.refused: list[str] = []
        self._certs = f"{workspace}/oauth2/v1/certs"
        app = Flask(__name__)
        app.add_url_rule("/<path:path>", view_func=self._answer, methods=["POST"])
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def on(self, path: str, answer: Answer | Callable[[Json], Answer]) -> str:
        """Answer a path; gives its whole address."""
        self.answers[path] = answer
        return self.base + path

    @property
    def last(self) -> Json:
        return self.events[-1][1]

    def _answer(self, path: str) -> Response:
        event = request.get_json()
        self.bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            self._verify(event)
        except (GoogleAuthError, ValueError) as error:
            self.refused.append(f"{path}: {error}")
            return Response("no", status=401)
        self.events.append((f"/{path}", event))
        found = self.answers.get(f"/{path}", pushed(card(words("Hello"))))
        answer = found(event) if callable(found) else found
        return Response(answer[1], status=answer[0]) if isinstance(answer, tuple) else jsonify(answer)

    def _verify(self, event: Json) -> None:
        """Both tokens, with the library that the real add-on uses; the address is this server's own."""
        keys, held = AuthRequest(), event["authorizationEventObject"]
        system = id_token.verify_token(held["systemIdToken"], keys, self.base + request.path, self._certs)
        user = id_token.verify_token(held["userIdToken"], keys, CLIENT, self._certs) if "userIdToken" in held else {}
        if system["email"] != SERVICE:
            raise ValueError("not the add-on's own service account")
        self.claims = (system, user)


@contextmanager
def running(workspace: str) -> Iterator[Addon]:
    """The add-on, started."""
    addon = Addon(workspace)
    threading.Thread(target=addon.server.serve_forever, daemon=True).start()
    try:
        yield addon
    finally:
        addon.server.shutdown()


def install(ws: LocalWorkspace, addon: Addon, **more: Any) -> None:
    """Install the add-on for the school's accounts."""
    ws.addons.install("sensync", {**manifest(addon.base), **more}, CLIENT, SERVICE, "school.example")
