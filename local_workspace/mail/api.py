"""The Gmail v1 endpoints: send, and read one's own mail."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from local_workspace.http import resumable
from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response

from . import mime, search

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_workspace.workspace import LocalWorkspace

    from .state import Mailed

Json = dict[str, Any]
Args = dict[str, str]

AUTH = "https://www.googleapis.com/auth/"
FULL = ("https://mail.google.com/", AUTH + "gmail.modify", AUTH + "gmail.readonly", AUTH + "gmail.compose")
MOST_BYTES = 36_700_160
"""35 MB, the most that `messages.send` takes (documented)."""
MOST_PAGE = 500
RFC822 = "message/rfc822"
SYSTEM_LABELS = [
    "CHAT",
    "SENT",
    "INBOX",
    "IMPORTANT",
    "TRASH",
    "DRAFT",
    "SPAM",
    "CATEGORY_FORUMS",
    "CATEGORY_UPDATES",
    "CATEGORY_PERSONAL",
    "CATEGORY_PROMOTIONS",
    "CATEGORY_SOCIAL",
    "STARRED",
    "UNREAD",
]


def refusal(status: int, message: str, reason: str, canonical: str) -> ApiError:
    """Gmail's error body has both a list and a status."""
    return ApiError(status, message, reason=reason, canonical=canonical)


def invalid(message: str) -> ApiError:
    """A 400 of an argument."""
    return refusal(400, message, "invalidArgument", "INVALID_ARGUMENT")


def not_found() -> ApiError:
    """Gmail's 404."""
    return refusal(404, "Requested entity was not found.", "notFound", "NOT_FOUND")


def _check_user(ws: LocalWorkspace, request: Request, args: Args) -> None:
    """Refuse another's mailbox, and a service account's, which has none.

    Raises:
        ApiError: 403 or 400.
    """
    if args["user"] not in ("me", request.account):
        raise refusal(403, f"Delegation denied for {request.account}", "forbidden", "PERMISSION_DENIED")
    if ws.accounts[request.account].is_service:
        raise refusal(400, "Precondition check failed.", "failedPrecondition", "FAILED_PRECONDITION")


def _metadata_only(request: Request) -> bool:
    """Whether the token reads headers alone."""
    return request.scopes is not None and not request.scopes & set(FULL)


def _mine(ws: LocalWorkspace, request: Request, args: Args) -> Mailed:
    row = ws.mail.get(request.account, args["id"])
    if row is None or row.by_calendar:
        if not re.fullmatch(r"[0-9a-f]{1,16}", args["id"]):
            raise invalid("Invalid id value")
        raise not_found()
    return row


def _brief(row: Mailed) -> Json:
    return {"id": row.id, "threadId": row.thread, "labelIds": list(row.labels)}


def resource(row: Mailed, form: str, wanted: list[str] | None = None) -> Json:
    """The Message resource.

    Args:
        row: the message.
        form: minimal, metadata, raw or full.
        wanted: the headers that metadata is to hold; None for all.
    """
    message = mime.parse(row.bytes)
    out = {
        **_brief(row),
        "snippet": mime.snippet(message),
        "sizeEstimate": len(row.bytes),
        "historyId": str(row.history),
        "internalDate": str(row.date),
    }
    if form == "raw":
        out["raw"] = mime.encoded(row.bytes)
    elif form in ("full", "metadata"):
        out["payload"] = mime.payload(message, bodies=form == "full", wanted=wanted if form == "metadata" else None)
    return out


def profile(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`users.getProfile`."""
    _check_user(ws, request, args)
    rows = ws.mail.of(request.account)
    return Response(
        data={
            "emailAddress": request.account,
            "messagesTotal": len(rows),
            "threadsTotal": len({row.thread for row in rows}),
            "historyId": str(ws.mail.history),
        }
    )


def send(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`users.messages.send` of a message in the body."""
    body = request.json()
    text = body.get("raw", "")
    if not text:
        raise invalid("'raw' RFC822 payload message string or uploading message via /upload/* URL required")
    raw = mime.decoded(text)
    if raw is None:
        raise invalid("Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed")
    return _sent(ws, request, args, raw, body.get("threadId", ""))


def upload(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`users.messages.send` of a message as media, alone or beside its metadata."""
    kind = request.param("uploadType", "media")
    if kind == "media":
        return _sent(ws, request, args, request.body, "")
    if kind == "multipart":
        found = mime.related(request.headers.get("content-type", ""), request.body)
        if found is None:
            raise invalid("Multipart must contain two parts.")
        metadata_text, mime_type, raw = found
        metadata = Request("POST", "", {}, {}, metadata_text).json()
        if mime_type != RFC822:
            raise invalid(f"Media type '{mime_type}' is not supported. Valid media types: [message/*]")
        return _sent(ws, request, args, raw, metadata.get("threadId", ""))
    if kind == "resumable":
        _check_user(ws, request, args)
        return resumable.begin(ws, request, request.json())
    raise invalid("Invalid upload type.")


def resume(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """The bytes of a resumable upload, in chunks or all at once."""
    held = resumable.session_of(ws, request)
    if held is None:
        raise not_found()
    if held.done:
        # The last answer was lost: the mail is not sent a second time.
        return Response(data=_brief(_mine(ws, request, {"id": held.done})))
    more = resumable.receive(held, request)
    if more is not None:
        return more
    answer = _sent(ws, request, args, bytes(held.received), held.metadata.get("threadId", ""))
    resumable.finish(held, answer.data["id"])
    return answer


def _sent(ws: LocalWorkspace, request: Request, args: Args, raw: bytes, thread: str) -> Response:
    _check_user(ws, request, args)
    if len(raw) > MOST_BYTES:
        raise ApiError(413, "Request Entity Too Large", reason="uploadTooLarge")
    message = mime.parse(raw)
    if not mime.addresses(message, "To", "Cc", "Bcc"):
        raise invalid("Recipient address required")
    if thread and not any(row.thread == thread for row in ws.mail.of(request.account)):
        raise not_found()
    row = ws.mail.send(request.account, raw, thread=thread)
    return Response(data=_brief(row))


def list_messages(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`users.messages.list`, the newest first."""
    _check_user(ws, request, args)
    q = request.param("q")
    if q and _metadata_only(request):
        raise refusal(403, "Metadata scope does not support 'q' parameter", "forbidden", "PERMISSION_DENIED")
    wanted = set(request.query.get("labelIds", []))
    hidden = set() if request.flag("includeSpamTrash") else {"TRASH", "SPAM"}
    hidden -= wanted | search.labels_named(q)
    test = search.compiled(q)
    rows = [
        row
        for row in ws.mail.of(request.account)
        if wanted <= set(row.labels) and not hidden & set(row.labels) and test(row)
    ]
    token = request.param("pageToken")
    if token and not token.isdigit():
        raise invalid("Invalid pageToken")
    if token:
        rows = [row for row in rows if row.history < int(token)]
    size = min(int(request.param("maxResults") or 100), MOST_PAGE)
    out: Json = {}
    if rows:
        out["messages"] = [{"id": row.id, "threadId": row.thread} for row in rows[:size]]
    if len(rows) > size:
        out["nextPageToken"] = str(rows[size - 1].history)
    return Response(data={**out, "resultSizeEstimate": len(rows)})


def get(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`users.messages.get`."""
    _check_user(ws, request, args)
    form = request.param("format", "full")
    if form in ("full", "raw") and _metadata_only(request):
        raise refusal(403, f"Metadata scope doesn't allow format {form.upper()}", "forbidden", "PERMISSION_DENIED")
    return Response(data=resource(_mine(ws, request, args), form, request.query.get("metadataHeaders")))


def attachment(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`users.messages.attachments.get`."""
    _check_user(ws, request, args)
    message = mime.parse(_mine(ws, request, args).bytes)
    for number, part in mime.parts_of(message):
        if mime.attachment_id(number) == args["attachment"]:
            data = mime.body_of(part)
            return Response(data={"size": len(data), "data": mime.encoded(data)})
    raise invalid("Invalid attachment token")


def _relabelled(change: Callable[[set[str], Json], set[str]]) -> Callable[[LocalWorkspace, Request, Args], Response]:
    """A handler that changes the labels of a message."""

    def handle(ws: LocalWorkspace, request: Request, args: Args) -> Response:
        _check_user(ws, request, args)
        row = _mine(ws, request, args)
        labels = change(set(row.labels), request.json())
        return Response(data=_brief(ws.mail.keep(replace(row, labels=tuple(sorted(labels))))))

    return handle


def _modified(held: set[str], body: Json) -> set[str]:
    added, removed = set(body.get("addLabelIds", [])), set(body.get("removeLabelIds", []))
    for name in added | removed:
        if name not in SYSTEM_LABELS:
            raise invalid(f"Invalid label: {name}")
    return (held | added) - removed


def delete(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`users.messages.delete`: for good."""
    _check_user(ws, request, args)
    ws.mail.drop(_mine(ws, request, args))
    return Response(204)


def labels_list(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`users.labels.list`: those of the system; others cannot be made here."""
    _check_user(ws, request, args)
    return Response(data={"labels": [{"id": name, "name": name, "type": "system"} for name in SYSTEM_LABELS]})


def send_as_list(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`users.settings.sendAs.list`."""
    _check_user(ws, request, args)
    own, *others = ws.mail.may_send_as(request.account)
    name = ws.name_of(request.account)
    first = {"sendAsEmail": own, "displayName": name, "isPrimary": True, "isDefault": True}
    more = [
        {"sendAsEmail": alias, "displayName": name, "treatAsAlias": True, "verificationStatus": "accepted"}
        for alias in others
    ]
    return Response(data={"sendAs": [first, *more]})


_USER = "/gmail/v1/users/(?P<user>[^/]+)"
_MESSAGES = _USER + "/messages"
_MESSAGE = _MESSAGES + "/(?P<id>[^/]+)"
_METHOD = "gmail.users."

ROUTES = [
    Route("GET", _USER + "/profile", profile, _METHOD + "getProfile"),
    Route("POST", _MESSAGES + "/send", send, _METHOD + "messages.send"),
    Route("POST", "/upload" + _MESSAGES + "/send", upload, scopes_of=_METHOD + "messages.send"),
    Route("PUT", "/upload" + _MESSAGES + "/send", resume, scopes_of=_METHOD + "messages.send"),
    Route("GET", _MESSAGES, list_messages, _METHOD + "messages.list"),
    Route("GET", _MESSAGE, get, _METHOD + "messages.get"),
    Route("DELETE", _MESSAGE, delete, _METHOD + "messages.delete"),
    Route("POST", _MESSAGE + "/modify", _relabelled(_modified), _METHOD + "messages.modify"),
    Route("POST", _MESSAGE + "/trash", _relabelled(lambda held, _: held | {"TRASH"}), _METHOD + "messages.trash"),
    Route("POST", _MESSAGE + "/untrash", _relabelled(lambda held, _: held - {"TRASH"}), _METHOD + "messages.untrash"),
    Route("GET", _MESSAGE + "/attachments/(?P<attachment>[^/]+)", attachment, _METHOD + "messages.attachments.get"),
    Route("GET", _USER + "/labels", labels_list, _METHOD + "labels.list"),
    Route("GET", _USER + "/settings/sendAs", send_as_list, _METHOD + "settings.sendAs.list"),
]
