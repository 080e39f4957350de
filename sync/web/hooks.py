"""Where Google Calendar knocks: a message without a body, known by its headers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from sync.service.channels import PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def make_hooks(take: Callable[[Mapping[str, str]], bool]) -> Blueprint:
    """The blueprint; `take` keeps a message and says whether it was Calendar's.

    A message that was not is answered like an address that is not there, so that guessing tells nothing.
    """
    hooks = Blueprint("hooks", __name__)

    @hooks.post(PATH)
    def calendar() -> Response:
        # Calendar waits for the answer and sends again without one: what is to be done is done elsewhere.
        if not take(dict(request.headers.items())):
            raise NotFound
        return Response(status=204)

    return hooks
