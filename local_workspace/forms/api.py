"""The Forms v1 endpoints of forms themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response

from . import changes

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

    from .model import Form

Json = dict[str, Any]
Args = dict[str, str]


def form_of(ws: LocalWorkspace, request: Request, form_id: str) -> Form:
    """A form that the caller may change; nobody else hears of it through the API.

    Raises:
        ApiError: 404 when there is none, 403 when it is not theirs to change.
    """
    form, file = ws.forms.get(form_id), ws.files.get(form_id)
    if form is None or file is None:
        raise ApiError(404, "Requested entity was not found.")
    if not file.may_write(request.account):
        raise ApiError(403, "The caller does not have permission")
    return form


def publish_settings(form: Form) -> Json:
    """PublishSettings; what is false is left out, as in every answer made from protobuf."""
    state = {
        name: True for name, on in (("isPublished", form.published), ("isAcceptingResponses", form.accepting)) if on
    }
    return {"publishState": state}


def resource(ws: LocalWorkspace, request: Request, form: Form) -> Json:
    """The Form resource."""
    info = {"title": form.title, "documentTitle": ws.files[form.id].name}
    if form.description:
        info["description"] = form.description
    out: Json = {
        "formId": form.id,
        "info": info,
        "settings": form.settings,
        "revisionId": form.revision_id,
        "responderUri": f"{request.base_url}/forms/d/e/{form.public}/viewform",
        "publishSettings": publish_settings(form),
    }
    return {**out, "items": form.items} if form.items else out


def create(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """`forms.create`."""
    body = request.json()
    info = body.get("info", {})
    if set(body) - {"info"} or set(info) - {"title", "documentTitle"}:
        raise ApiError(
            400,
            "Only info.title can be set when creating a form. To add items and change settings, use batchUpdate.",
        )
    if not info.get("title"):
        raise ApiError(400, "info.title is required when creating a form.")
    # Unset means unpublished since June 2026; the discovery document still tells of the time before.
    published = "unpublished" in request.query and not request.flag("unpublished")
    form = ws.forms.create(request.account, info["title"], info.get("documentTitle", ""), published=published)
    return Response(data=resource(ws, request, form))


def get(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`forms.get`."""
    return Response(data=resource(ws, request, form_of(ws, request, args["id"])))


def batch_update(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`forms.batchUpdate`: all of it or, when anything is refused, nothing."""
    form = form_of(ws, request, args["id"])
    body = request.json()
    _check_revision(form, body.get("writeControl", {}))
    draft = form.draft()
    replies = changes.apply(draft, body.get("requests", []))
    ws.forms.commit(draft, request.account)
    out: Json = {"replies": replies, "writeControl": {"requiredRevisionId": draft.revision_id}}
    if body.get("includeFormInResponse"):
        out["form"] = resource(ws, request, draft)
    return Response(data=out)


def _check_revision(form: Form, control: Json) -> None:
    """Refuse a change of another form than the one that stands.

    Raises:
        ApiError: 400.
    """
    wanted = control.get("requiredRevisionId") or control.get("targetRevisionId")
    if wanted and wanted != form.revision_id:
        raise ApiError(
            400,
            f"The revision ID '{wanted}' is not the latest one of the form. Read the form, then try again.",
            canonical="FAILED_PRECONDITION",
        )


def set_publish_settings(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`forms.setPublishSettings`."""
    form = form_of(ws, request, args["id"])
    body = request.json()
    if body.get("updateMask", "*") not in ("", "*", "publish_state", "publishState"):
        raise ApiError(400, f"Invalid update_mask: '{body['updateMask']}'. It is publish_state or *.")
    state = body.get("publishSettings", {}).get("publishState")
    if state is None:
        raise ApiError(400, "publish_settings.publish_state is required.")
    published, accepting = state.get("isPublished", False), state.get("isAcceptingResponses", False)
    if accepting and not published:
        raise ApiError(400, "is_accepting_responses cannot be true while is_published is false.")
    draft = form.draft()
    draft.published, draft.accepting = published, accepting
    ws.forms.commit(draft, request.account)
    return Response(data={"formId": form.id, "publishSettings": publish_settings(draft)})


_ALL = "/v1/forms"
_ONE = _ALL + "/(?P<id>[^/:]+)"

ROUTES = [
    Route("POST", _ALL, create, "forms.forms.create"),
    Route("GET", _ONE, get, "forms.forms.get"),
    Route("POST", _ONE + "(?::|%3A)batchUpdate", batch_update, "forms.forms.batchUpdate"),
    Route("POST", _ONE + "(?::|%3A)setPublishSettings", set_publish_settings, "forms.forms.setPublishSettings"),
]
