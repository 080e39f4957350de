"""Comments on a file and the replies to them, as Drive v3 keeps them (not those of the Sheets API)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from local_workspace.http.fields import select
from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response

from .api import forbidden, readable, required_mask
from .files import File, rfc3339, user_resource

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]
Args = dict[str, str]

_TEXT = ("content", "htmlContent")
_ACTIONS = {"resolve": True, "reopen": False}
"""What a reply can do to its comment, and whether the comment is resolved after it."""


def _masked(request: Request, data: Json) -> Response:
    return Response(data=select(data, required_mask(request)))


def _shown(ws: LocalWorkspace, request: Request, held: Json) -> Json:
    """A comment or reply as the caller sees it: `me` is about them, not about who wrote it."""
    author = held["author"]["emailAddress"]
    out = {**held, "author": user_resource(author, ws.name_of(author), request.account)}
    if "replies" in held:
        out["replies"] = [_shown(ws, request, reply) for reply in held["replies"] if not reply["deleted"]]
    return out


def _found(items: list[Json], wanted: str, kind: str) -> Json:
    for item in items:
        if item["id"] == wanted and not item["deleted"]:
            return item
    extra = {"locationType": "parameter", "location": f"{kind}Id"}
    raise ApiError(404, f"{kind.capitalize()} not found: {wanted}.", reason="notFound", extra=extra)


def _comment(file: File, args: Args) -> Json:
    return _found(file.comments, args["comment"], "comment")


def _commented(ws: LocalWorkspace, request: Request, args: Args) -> File:
    """The file, for one who may comment on it."""
    required_mask(request)
    file = readable(ws, request, args["id"])
    if file.role_of(request.account) == "reader":
        raise forbidden("The user does not have sufficient permissions for this file.")
    return file


def _new(ws: LocalWorkspace, request: Request, kind: str, content: str) -> Json:
    now = rfc3339(ws.now())
    return {
        "kind": f"drive#{kind}",
        "id": secrets.token_urlsafe(8),
        "createdTime": now,
        "modifiedTime": now,
        "author": user_resource(request.account, ws.name_of(request.account), request.account),
        "htmlContent": content,
        "content": content,
        "deleted": False,
    }


def _content(request: Request) -> str:
    content: str = request.json().get("content") or ""
    if not content:
        raise ApiError(400, "The comment content is required.", reason="required")
    return content


def _may_touch(request: Request, file: File, held: Json, *, owner_too: bool) -> None:
    """Words are changed by their author alone; taken away also by the owner of the file."""
    if held["author"]["emailAddress"] != request.account and not (owner_too and file.owner == request.account):
        raise forbidden("The user does not have sufficient permissions for this file.")


def _put(ws: LocalWorkspace, file: File, old: Json, new: Json) -> None:
    file.comments = [new if item is old else item for item in file.comments]
    ws.note_change(file)


def _without_text(held: Json) -> Json:
    return {**{name: item for name, item in held.items() if name not in _TEXT}, "deleted": True}


def _list(ws: LocalWorkspace, request: Request, items: list[Json], kind: str) -> Response:
    shown = [_shown(ws, request, item) for item in items if request.flag("includeDeleted") or not item["deleted"]]
    name = "comments" if kind == "comment" else "replies"
    return _masked(request, {"kind": f"drive#{kind}List", name: shown})


# ---- comments


def create(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`comments.create`."""
    file = _commented(ws, request, args)
    given = request.json()
    kept = {name: given[name] for name in ("anchor", "quotedFileContent") if name in given}
    comment = {**_new(ws, request, "comment", _content(request)), "resolved": False, "replies": [], **kept}
    file.comments = [*file.comments, comment]
    ws.note_change(file)
    return _masked(request, _shown(ws, request, comment))


def list_comments(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`comments.list`, those changed last first."""
    items = sorted(readable(ws, request, args["id"]).comments, key=lambda item: str(item["modifiedTime"]), reverse=True)
    return _list(ws, request, items, "comment")


def get(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`comments.get`."""
    return _masked(request, _shown(ws, request, _comment(readable(ws, request, args["id"]), args)))


def update(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`comments.update` of the words."""
    file = _commented(ws, request, args)
    old = _comment(file, args)
    _may_touch(request, file, old, owner_too=False)
    content = _content(request)
    new = {**old, "content": content, "htmlContent": content, "modifiedTime": rfc3339(ws.now())}
    _put(ws, file, old, new)
    return _masked(request, _shown(ws, request, new))


def delete(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`comments.delete`: its text goes, its place stays."""
    file = readable(ws, request, args["id"])
    old = _comment(file, args)
    _may_touch(request, file, old, owner_too=True)
    _put(ws, file, old, _without_text(old))
    return Response(204)


# ---- replies


def reply_create(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`replies.create`: words, or an action, which resolves or reopens the comment."""
    file = _commented(ws, request, args)
    comment = _comment(file, args)
    action = request.json().get("action")
    if action is not None and action not in _ACTIONS:
        raise ApiError(400, "The action of a reply is resolve or reopen.", reason="invalid")
    content = _content(request) if action is None else request.json().get("content", "")
    reply = _new(ws, request, "reply", content)
    resolved = comment["resolved"]
    if action is not None:
        reply["action"], resolved = action, _ACTIONS[action]
    replies = [*comment["replies"], reply]
    new = {**comment, "replies": replies, "resolved": resolved, "modifiedTime": reply["modifiedTime"]}
    _put(ws, file, comment, new)
    return _masked(request, _shown(ws, request, reply))


def reply_list(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`replies.list`, in the order they were written."""
    return _list(ws, request, _comment(readable(ws, request, args["id"]), args)["replies"], "reply")


def _reply(file: File, args: Args) -> tuple[Json, Json]:
    comment = _comment(file, args)
    return comment, _found(comment["replies"], args["reply"], "reply")


def reply_get(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`replies.get`."""
    return _masked(request, _shown(ws, request, _reply(readable(ws, request, args["id"]), args)[1]))


def _put_reply(ws: LocalWorkspace, file: File, comment: Json, old: Json, new: Json) -> None:
    replies = [new if item is old else item for item in comment["replies"]]
    _put(ws, file, comment, {**comment, "replies": replies})


def reply_update(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`replies.update` of the words."""
    file = _commented(ws, request, args)
    comment, old = _reply(file, args)
    _may_touch(request, file, old, owner_too=False)
    content = _content(request)
    new = {**old, "content": content, "htmlContent": content, "modifiedTime": rfc3339(ws.now())}
    _put_reply(ws, file, comment, old, new)
    return _masked(request, _shown(ws, request, new))


def reply_delete(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`replies.delete`."""
    file = readable(ws, request, args["id"])
    comment, old = _reply(file, args)
    _may_touch(request, file, old, owner_too=True)
    _put_reply(ws, file, comment, old, _without_text(old))
    return Response(204)


_ALL = "/drive/v3/files/(?P<id>[^/]+)/comments"
_ONE = _ALL + "/(?P<comment>[^/]+)"
_REPLIES = _ONE + "/replies"
_REPLY = _REPLIES + "/(?P<reply>[^/]+)"

ROUTES = [
    Route("POST", _ALL, create, "drive.comments.create"),
    Route("GET", _ALL, list_comments, "drive.comments.list"),
    Route("GET", _ONE, get, "drive.comments.get"),
    Route("PATCH", _ONE, update, "drive.comments.update"),
    Route("DELETE", _ONE, delete, "drive.comments.delete"),
    Route("POST", _REPLIES, reply_create, "drive.replies.create"),
    Route("GET", _REPLIES, reply_list, "drive.replies.list"),
    Route("GET", _REPLY, reply_get, "drive.replies.get"),
    Route("PATCH", _REPLY, reply_update, "drive.replies.update"),
    Route("DELETE", _REPLY, reply_delete, "drive.replies.delete"),
]
