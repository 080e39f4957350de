"""Where the forms' script and Google Pub/Sub knock: stored, then answered; the work is done elsewhere."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from sync.domain.errors import TryAgainError
from sync.log import where
from sync.service.concern_hooks import MOST_BYTES, Heard

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.service.concern_hooks import ConcernHooks, FormHook, PushHook

_LOG = logging.getLogger(__name__)

FORMS, PUBSUB = "/hooks/forms", "/hooks/pubsub"

STATUS = {
    Heard.STORED: HTTPStatus.NO_CONTENT,
    Heard.KNOWN: HTTPStatus.NO_CONTENT,
    Heard.UNREADABLE: HTTPStatus.BAD_REQUEST,
    Heard.NOT_SIGNED: HTTPStatus.UNAUTHORIZED,
    Heard.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Heard.NO_FORM: HTTPStatus.NOT_FOUND,
    Heard.REPLAYED: HTTPStatus.CONFLICT,
    Heard.LATER: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""How each knock is answered. Pub/Sub tries again after all but the first two, for as long as it keeps its messages."""


def make_concern_hooks(hooks: ConcernHooks) -> Blueprint:
    """The blueprint, with an address for each hook that the school has. Answers have no body: a machine reads them."""
    blueprint = Blueprint("concern_hooks", __name__)
    if hooks.forms is not None:
        _forms(blueprint, hooks.forms)
    if hooks.push is not None:
        _pubsub(blueprint, hooks.push)
    return blueprint


def _forms(blueprint: Blueprint, hook: FormHook) -> None:
    @blueprint.post(FORMS)
    def forms() -> Response:
        timestamp, signature = (request.headers.get(f"X-Sensync-{name}", "") for name in ("Timestamp", "Signature"))
        return _answer(lambda body: hook.take(timestamp, signature, body))


def _pubsub(blueprint: Blueprint, hook: PushHook) -> None:
    @blueprint.post(PUBSUB)
    def pubsub() -> Response:
        return _answer(lambda body: hook.take(request.headers.get("Authorization", ""), body))


def _answer(take: Callable[[bytes], Heard]) -> Response:
    """Reads a small JSON body, hands it on, and says what became of it by the status alone."""
    if request.mimetype != "application/json":
        return Response(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    request.max_content_length = MOST_BYTES
    try:
        body = request.get_data(cache=False)
    except HTTPException as error:
        return Response(status=error.code)
    try:
        heard = take(body)
    except TryAgainError as error:
        _LOG.warning("a hook could not be stored: %s", where(error))
        heard = Heard.LATER
    if heard not in {Heard.STORED, Heard.KNOWN}:
        _LOG.info("a knock at %s was refused: %s", request.path, heard.value)
    return Response(status=STATUS[heard])
