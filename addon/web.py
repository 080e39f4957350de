"""The addresses that Google calls. Whoever is not verified gets a status and no word; everybody else a card."""

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request, send_file
from werkzeug.exceptions import HTTPException

from addon import answers, paths
from addon.events import MOST_BYTES, UnreadableError, read_event
from addon.handlers import Handlers
from addon.manifest import EMAIL_SCOPE
from addon.verify import Caller, Doorkeeper, Refused
from sync.domain.errors import SensyncError, TryAgainError
from sync.log import where

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from sync.config_addon import RoleSettings
    from sync.service.addon_desk import AddonDesk

# Ours is the log of `sync`: there it has its place, its level, and no names.
_LOG = logging.getLogger(f"sync.{__name__}")
_PICTURE = Path(__file__).parent / "static" / "addon.png"

STATUS = {
    Refused.NOT_GOOGLE: HTTPStatus.UNAUTHORIZED,
    Refused.NOT_OURS: HTTPStatus.FORBIDDEN,
}
_FOLLOWED = "Paste this link into Google Docs or Sheets and choose the chip: Sensync shows its card there.\n"
_SLOW = 1.0
"""Seconds after which an answer is worth a line in the log."""


def join(app: Flask, desk: AddonDesk, roles: Callable[[], RoleSettings]) -> None:
    """Has the application answer Google's calls for the add-on.

    Args:
        app: the application.
        desk: of the school.
        roles: who sees what, asked at each call.
    """
    app.register_blueprint(make_addon(desk, roles))
    host = urlsplit(desk.base).netloc
    known = app.config["TRUSTED_HOSTS"] or []
    app.config["TRUSTED_HOSTS"] = [*known, *([] if host in known else [host])]


def make_addon(desk: AddonDesk, roles: Callable[[], RoleSettings]) -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint("addon", __name__)
    handlers = Handlers(desk)
    doorkeeper = Doorkeeper(desk.claims, desk.base, desk.settings.addon, roles)
    for path in paths.PATHS:
        blueprint.add_url_rule(
            path,
            path.rpartition("/")[2],
            lambda path=path: _answer(path, handlers, doorkeeper),
            methods=["POST"],
        )

    @blueprint.get(f"{paths.PUPIL}<ref>")
    def pupil(ref: str) -> Response:  # noqa: ARG001 - whoever follows a link is told the same, whatever it names
        return Response(_FOLLOWED, mimetype="text/plain")

    @blueprint.get(paths.PICTURE)
    def picture() -> Response:
        response = send_file(_PICTURE, mimetype="image/png")
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return blueprint


def _answer(path: str, handlers: Handlers, doorkeeper: Doorkeeper) -> Response:
    began = time.monotonic()
    if request.mimetype != "application/json":
        return Response(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    request.max_content_length = MOST_BYTES
    try:
        event = read_event(request.get_data(cache=False))
    except HTTPException as error:
        return Response(status=error.code)
    except UnreadableError as error:
        _LOG.info("a call of %s was refused: %s", path, error)
        return Response(status=HTTPStatus.BAD_REQUEST)
    scheme, _, header = request.headers.get("Authorization", "").partition(" ")
    try:
        caller = doorkeeper.admit(path, (header if scheme.casefold() == "bearer" else "", event.system), event.user)
    except TryAgainError as error:
        # Google's certificates are away: nobody can be verified, so nobody is told anything.
        _LOG.warning("a call of %s could not be verified: %s", path, where(error))
        return Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
    if caller is Refused.NO_USER:
        return jsonify(answers.ask_for_scopes([EMAIL_SCOPE]))
    if not isinstance(caller, Caller):
        _LOG.info("a call of %s was refused: %s", path, caller.value)
        return Response(status=STATUS[caller])
    try:
        told = handlers.answer(path, event, caller)
    except SensyncError as error:
        _LOG.warning("a card failed: %s", where(error))
        what, then = "Sensync cannot do this just now.", "Wait a minute, and try again."
        told = handlers.sorry(path, what, then)
    except Exception as error:  # noqa: BLE001 - a card must come whatever happens; the text may hold anything
        _LOG.error("a card failed: %s", where(error))
        what, then = "Something went wrong that Sensync did not expect.", "Go to the first card, and begin anew."
        told = handlers.sorry(path, what, then)
    took = time.monotonic() - began
    if took > _SLOW:
        _LOG.warning("a call of %s took %.1f s", path, took)
    return jsonify(told)
