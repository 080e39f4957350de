"""What the form's pages ask, and the switches for rehearsals and tests that run in another process.

Google has no such paths. Those under `/forms/d/e/` speak for whoever fills in a form; those under `/local/forms/` for
who may change it, and for the main account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response

from .answers import sections_of
from .model import entry_name
from .responses import resource
from .sending import CLOSED, send, send_again, state_of

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

    from .model import Answered, Form

Json = dict[str, Any]
Args = dict[str, str]


# ---- whoever fills it in


def _public(ws: LocalWorkspace, args: Args) -> Form:
    form = ws.forms.public(args["public"])
    if form is None:
        raise ApiError(404, "There is no such form. Check the link, or ask who sent it.")
    return form


def _edited(ws: LocalWorkspace, request: Request, form: Form, secret: str) -> Answered:
    """The answer that a link to edit one leads to.

    Raises:
        ApiError: 403 when it cannot be edited, or was sent by somebody else.
    """
    row = ws.forms.by_edit(form.id, secret)
    if row is None or not form.editable:
        raise ApiError(403, "This answer can no longer be edited. Fill in the form anew.")
    if form.settings["emailCollectionType"] == "VERIFIED" and row.email != request.account:
        raise ApiError(403, "Somebody else sent this answer. Choose the account that sent it.")
    return row


def content(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """GET /forms/d/e/{public}/content: what the page shows the account, and what was answered with `edit2`."""
    form = _public(ws, args)
    state = state_of(ws, form, request.account)
    out: Json = {"title": form.title, "state": state}
    if state != "open":
        return Response(data={**out, "why": CLOSED[state]})
    sections = [
        {
            "id": name,
            "title": next((item.get("title", "") for item in form.items if item["itemId"] == name), form.title),
            "description": next((item.get("description", "") for item in form.items if item["itemId"] == name), ""),
            "items": items,
        }
        for name, items in sections_of(form)
    ]
    sections[0]["description"] = form.description
    out |= {
        "sections": sections,
        "entries": {entry_name(question["questionId"]): question["questionId"] for _, question in form.questions()},
        "collects": form.settings["emailCollectionType"],
        "email": request.account,
    }
    if request.param("edit2"):
        out["answers"] = _edited(ws, request, form, request.param("edit2")).answers
    return Response(data=out)


def form_response(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """POST /forms/d/e/{public}/formResponse: `{"answers": {id: [value]}, "email": typed, "edit2": secret}`."""
    form, body = _public(ws, args), request.json()
    given = _answers(body)
    if body.get("edit2"):
        row = _edited(ws, request, form, str(body["edit2"]))
        row = send_again(ws, form, row, request.account, given)
    else:
        row = send(ws, form, request.account, given, typed=str(body.get("email", "")))
    return Response(data={"edit2": row.edit} if form.editable else {})


def _answers(body: Json) -> dict[str, list[str]]:
    given = body.get("answers", {})
    if not isinstance(given, dict) or not all(
        isinstance(values, list) and all(isinstance(value, str) for value in values) for values in given.values()
    ):
        raise ApiError(400, 'Answers are lists of texts by the question\'s id: {"answers": {"1a2b": ["Yes"]}}.')
    return given


# ---- who may change it, and the main account


def _form(ws: LocalWorkspace, request: Request, args: Args) -> Form:
    form, file = ws.forms.get(args["id"]), ws.files.get(args["id"])
    if form is None or file is None:
        raise ApiError(404, "There is no such form.")
    if not file.may_write(request.account) and request.account != next(iter(ws.accounts), ""):
        raise ApiError(403, "Only who may change the form, or the main account, may do this.")
    return form


def _row(ws: LocalWorkspace, form: Form, args: Args) -> Answered:
    row = ws.forms.answer(form.id, args["response"])
    if row is None:
        raise ApiError(404, "There is no such answer to this form.")
    return row


def settings(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """GET /local/forms/{id}: the setting that Google's API does not know."""
    return Response(data={"editable": _form(ws, request, args).editable})


def change(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """PATCH /local/forms/{id}: `{"editable": true}` lets people change what they sent."""
    form, body = _form(ws, request, args), request.json()
    if set(body) != {"editable"} or not isinstance(body["editable"], bool):
        raise ApiError(400, 'The setting of a form is {"editable": true} or {"editable": false}.')
    draft = form.draft()
    draft.editable = body["editable"]
    ws.forms.commit(draft, request.account)
    return Response(data={"editable": draft.editable})


def send_for(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """POST /local/forms/{id}/responses: sends the form as `{"email", "answers"}`; all that the page checks holds."""
    form, body = _form(ws, request, args), request.json()
    email = str(body.get("email", ""))
    row = send(ws, form, email, _answers(body), typed=email)
    return Response(data=resource(form, row))


def edit_for(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """PATCH /local/forms/{id}/responses/{id}: sends `{"answers"}` in the place of what was sent."""
    form = _form(ws, request, args)
    row = _row(ws, form, args)
    return Response(
        data=resource(form, send_again(ws, form, row, row.email or request.account, _answers(request.json())))
    )


def delete(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """DELETE /local/forms/{id}/responses/{id}: as its owner deletes one in Google's editor."""
    form = _form(ws, request, args)
    ws.forms.drop(_row(ws, form, args))
    return Response(data={})


_PUBLIC = "/forms/d/e/(?P<public>[^/]+)"
_LOCAL = "/local/forms/(?P<id>[^/]+)"
_RESPONSES = _LOCAL + "/responses"
_RESPONSE = _RESPONSES + "/(?P<response>[^/]+)"

ROUTES = [
    Route("GET", _PUBLIC + "/content", content),
    Route("POST", _PUBLIC + "/formResponse", form_response),
    Route("GET", _LOCAL, settings),
    Route("PATCH", _LOCAL, change),
    Route("POST", _RESPONSES, send_for),
    Route("PATCH", _RESPONSE, edit_for),
    Route("DELETE", _RESPONSE, delete),
]
