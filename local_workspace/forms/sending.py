"""Sending a form: who may, when it is open, and what becomes of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local_workspace.http.wire import ApiError

from .answers import AnswerError, checked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local_workspace.workspace import LocalWorkspace

    from .model import Answered, Form

_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")

CLOSED = {
    "trashed": "The owner has put this form in the bin.",
    "unpublished": "This form is not published.",
    "closed": "This form is no longer accepting responses.",
    "forbidden": "You need permission to answer this form. Choose an account that it was given to, or ask its owner.",
}
"""Why a form cannot be answered."""


def state_of(ws: LocalWorkspace, form: Form, email: str) -> str:
    """`open`, or one of `CLOSED`."""
    file = ws.files[form.id]
    if file.trashed:
        return "trashed"
    if not form.published:
        return "unpublished"
    if not file.may_answer(email):
        return "forbidden"
    return "open" if form.accepting else "closed"


def _check_open(ws: LocalWorkspace, form: Form, email: str) -> None:
    state = state_of(ws, form, email)
    if state != "open":
        raise ApiError(403, CLOSED[state])


def _checked(form: Form, given: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    try:
        return checked(form, given)
    except AnswerError as error:
        violations = [{"field": name, "description": text} for name, text in error.problems.items()]
        detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}
        raise ApiError(400, f"The form cannot be sent: {error}", details=[detail]) from error


def _collected(form: Form, email: str, typed: str) -> str:
    """The address that stands with the answer."""
    kind = form.settings["emailCollectionType"]
    if kind == "RESPONDER_INPUT" and not _ADDRESS.fullmatch(typed):
        raise ApiError(400, "The form cannot be sent: give your e-mail address.")
    return {"VERIFIED": email, "RESPONDER_INPUT": typed}.get(kind, "")


def send(
    ws: LocalWorkspace, form: Form, email: str, given: Mapping[str, Sequence[str]], *, typed: str = ""
) -> Answered:
    """Send a form. Callers hold the workspace's lock.

    Args:
        ws: the workspace.
        form: the form.
        email: the account that sends it.
        given: values by the question's id.
        typed: the address that was typed in, where the form asks for one.

    Raises:
        ApiError: 403 when the form is closed to the account, 400 for answers that cannot be.
    """
    _check_open(ws, form, email)
    return ws.forms.submit(form, _collected(form, email, typed), _checked(form, given))


def send_again(
    ws: LocalWorkspace, form: Form, row: Answered, email: str, given: Mapping[str, Sequence[str]]
) -> Answered:
    """Send changed answers in the place of those that were sent. Callers hold the workspace's lock.

    Raises:
        ApiError: as `send`.
    """
    _check_open(ws, form, email)
    return ws.forms.edit(row, _checked(form, given))
