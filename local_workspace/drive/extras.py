"""Drive v3 beyond the file list: upload and conversion, export, changes and comments."""

from __future__ import annotations

import secrets
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any, cast

from local_workspace.http.fields import Mask, select
from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response
from local_workspace.sheets.api import asked_mask

from .api import create_file, file_not_found, forbidden, resource, respond
from .content import CONVERTIBLE, CSV, TSV, XLSX, UnreadableError, from_csv, from_xlsx, to_csv, to_xlsx
from .files import SPREADSHEET, File, rfc3339, user_resource

if TYPE_CHECKING:
    from email.message import Message

    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]
Args = dict[str, str]


def _readable(ws: LocalWorkspace, request: Request, file_id: str) -> File:
    file = ws.files.get(file_id)
    if file is None or not file.may_read(request.account):
        raise file_not_found(file_id)
    return file


def _invalid(message: str, location: str = "") -> ApiError:
    extra = {"locationType": "parameter", "location": location} if location else {}
    return ApiError(400, message, reason="badRequest", extra=extra)


# ---- export


def export(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`files.export` of a spreadsheet to CSV (its first tab), TSV or XLSX."""
    file = _readable(ws, request, args["id"])
    book = ws.books.get(file.id)
    if book is None:
        raise forbidden("Export only supports Docs Editors files.", "fileNotExportable")
    kind = request.param("mimeType")
    engine = ws.engine(file.id)
    if kind in (CSV, TSV):
        grid = next(sheet for sheet in book.sheets if sheet.is_grid)
        return Response(body=to_csv(book, engine, grid, "," if kind == CSV else "\t"), content_type=kind)
    if kind == XLSX:
        return Response(body=to_xlsx(book, engine), content_type=XLSX)
    raise _invalid("The requested conversion is not supported.", "convertTo")


def export_link(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """The download link of the editor: `/spreadsheets/d/ID/export?format=csv&gid=0`."""
    file = _readable(ws, request, args["id"])
    book = ws.books.get(file.id)
    kind = request.param("format", "xlsx")
    if book is None or kind not in ("csv", "tsv", "xlsx"):
        raise _invalid("The requested conversion is not supported.", "format")
    engine = ws.engine(file.id)
    disposition = {"Content-Disposition": f'attachment; filename="export.{kind}"'}
    if kind == "xlsx":
        return Response(body=to_xlsx(book, engine), content_type=XLSX, headers=disposition)
    gid = request.param("gid")
    sheet = book.find(int(gid)) if gid.isdigit() else next(tab for tab in book.sheets if tab.is_grid)
    if sheet is None:
        raise file_not_found(args["id"])
    delimiter, mime = (",", CSV) if kind == "csv" else ("\t", TSV)
    return Response(body=to_csv(book, engine, sheet, delimiter), content_type=mime, headers=disposition)


# ---- upload


def upload(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`files.create` and `files.update` with content: media, multipart or resumable."""
    kind = request.param("uploadType")
    file_id = args.get("id", "")
    if kind == "resumable":
        session = secrets.token_urlsafe(24)
        ws.uploads[session] = (
            request.account,
            file_id,
            request.json(),
            request.headers.get("x-upload-content-type", ""),
        )
        location = f"{request.base_url}{request.path}?uploadType=resumable&upload_id={session}"
        return Response(headers={"Location": location, "X-GUploader-UploadID": session})
    if kind == "media":
        return _store(ws, request, file_id, {}, request.headers.get("content-type", ""), request.body)
    if kind == "multipart":
        metadata, mime, content = split_related(request)
        return _store(ws, request, file_id, metadata, mime, content)
    raise _invalid("Invalid upload type.", "uploadType")


def resume(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """The bytes of a resumable upload; in chunks, or all at once."""
    session = request.param("upload_id")
    held = ws.uploads.get(session)
    if held is None or held[0] != request.account:
        raise ApiError(404, "Upload session not found.", reason="notFound")
    received = ws.upload_bytes.setdefault(session, bytearray())
    span, _, total = request.headers.get("content-range", "").removeprefix("bytes ").partition("/")
    if span != "*":
        received.extend(request.body)
    if total not in ("", "*") and len(received) < int(total):
        headers = {"Range": f"bytes=0-{len(received) - 1}"} if received else {}
        return Response(308, headers=headers)
    account, file_id, metadata, mime = ws.uploads.pop(session)
    content = bytes(ws.upload_bytes.pop(session))
    request.account = account
    return _store(ws, request, file_id, metadata, mime, content)


def split_related(request: Request) -> tuple[Json, str, bytes]:
    """A multipart/related body: the metadata, and the type and bytes of the content.

    Raises:
        ApiError: 400 when it has not exactly these two parts.
    """
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + request.body)
    parts = message.get_payload()
    if not isinstance(parts, list) or len(parts) != 2:
        raise _invalid("Multipart must contain two parts.")
    metadata, content = cast("list[Message]", parts)
    first = Request("POST", "", {}, {}, _payload(metadata))
    return first.json(), content.get_content_type(), _payload(content)


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _store(ws: LocalWorkspace, request: Request, file_id: str, metadata: Json, mime: str, content: bytes) -> Response:
    mime = mime.partition(";")[0].strip()
    if file_id:
        return _replace(ws, request, file_id, metadata, mime, content)
    if metadata.get("mimeType") == SPREADSHEET and mime != SPREADSHEET:
        body = _converted(ws, mime, content)
        file = create_file(ws, request, metadata, spreadsheet=body)
    else:
        file = create_file(ws, request, {"mimeType": mime, **metadata}, content)
    return respond(ws, request, file)


def _replace(ws: LocalWorkspace, request: Request, file_id: str, metadata: Json, mime: str, content: bytes) -> Response:
    file = _readable(ws, request, file_id)
    if not file.may_write(request.account):
        raise forbidden("The user does not have sufficient permissions for this file.")
    if file.id in ws.books:
        sheets = _converted(ws, mime, content)["sheets"]
        ws.mutate(file.id, request.account, "replaceContents", {"sheets": sheets})
    else:
        file.content = content
    if metadata.get("name"):
        file.name = metadata["name"]
    ws.touch(file, request.account)
    return respond(ws, request, file)


def _converted(ws: LocalWorkspace, mime: str, content: bytes) -> Json:
    try:
        if mime in (CSV, TSV):
            return from_csv(content, "en_US", ws.now().date(), "," if mime == CSV else "\t")
        if mime == XLSX:
            return from_xlsx(content)
    except UnreadableError as error:
        raise _invalid(f"Bad Request. {error}") from error
    raise _invalid(f"Cannot convert {mime} to a spreadsheet; the local workspace converts {', '.join(CONVERTIBLE)}.")


# ---- changes


def start_token(ws: LocalWorkspace, _request: Request, _args: Args) -> Response:
    """`changes.getStartPageToken`."""
    return Response(data={"kind": "drive#startPageToken", "startPageToken": str(ws.change_count + 1)})


def changes(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """`changes.list`: each file that changed since the token, once, at its latest change."""
    token = request.param("pageToken")
    if not token.isdigit():
        raise ApiError(
            400,
            "Invalid Value",
            reason="invalid",
            extra={"locationType": "parameter", "location": "pageToken"},
        )
    found = []
    for file_id, (number, when) in sorted(ws.changes.items(), key=lambda item: item[1]):
        file = ws.files.get(file_id)
        if number < int(token) or (file is not None and not file.may_read(request.account)):
            continue
        entry: Json = {
            "kind": "drive#change",
            "removed": file is None,
            "changeType": "file",
            "fileId": file_id,
            "time": rfc3339(when),
        }
        if file is not None:
            entry["file"] = resource(ws, request, file)
        found.append(entry)
    out = {"kind": "drive#changeList", "newStartPageToken": str(ws.change_count + 1), "changes": found}
    mask = asked_mask(request)
    if mask is None:
        plain: Mask = {"kind": {}, "id": {}, "name": {}, "mimeType": {}}
        for entry in found:
            entry["file"] = select(entry["file"], plain) if "file" in entry else None
            if entry["file"] is None:
                del entry["file"]
        return Response(data=out)
    return Response(data=select(out, mask))


# ---- comments


def _comment(file: File, wanted: str) -> Json:
    for comment in file.comments:
        if comment["id"] == wanted and not comment["deleted"]:
            return comment
    extra = {"locationType": "parameter", "location": "commentId"}
    raise ApiError(404, f"Comment not found: {wanted}.", reason="notFound", extra=extra)


def _required_mask(request: Request) -> Mask:
    mask = asked_mask(request)
    if mask is None:
        raise ApiError(
            400,
            "The 'fields' parameter is required for this method.",
            reason="required",
            extra={"locationType": "parameter", "location": "fields"},
        )
    return mask


def _masked(request: Request, data: Json) -> Response:
    return Response(data=select(data, _required_mask(request)))


def comment_create(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`comments.create`."""
    _required_mask(request)
    file = _readable(ws, request, args["id"])
    if file.role_of(request.account) == "reader":
        raise forbidden("The user does not have sufficient permissions for this file.")
    body = request.json()
    if not body.get("content"):
        raise ApiError(400, "The comment content is required.", reason="required")
    comment = {
        "kind": "drive#comment",
        "id": secrets.token_urlsafe(8),
        "createdTime": rfc3339(ws.now()),
        "modifiedTime": rfc3339(ws.now()),
        "author": user_resource(request.account, ws.name_of(request.account), request.account),
        "htmlContent": body["content"],
        "content": body["content"],
        "deleted": False,
        "resolved": False,
        "replies": [],
        **{name: body[name] for name in ("anchor", "quotedFileContent") if name in body},
    }
    file.comments = [*file.comments, comment]
    ws.touch(file, request.account)
    return _masked(request, comment)


def comment_list(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`comments.list`."""
    file = _readable(ws, request, args["id"])
    shown = [item for item in file.comments if request.flag("includeDeleted") or not item["deleted"]]
    return _masked(request, {"kind": "drive#commentList", "comments": shown})


def comment_get(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`comments.get`."""
    return _masked(request, _comment(_readable(ws, request, args["id"]), args["comment"]))


def comment_delete(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`comments.delete`: its text goes, its place stays."""
    file = _readable(ws, request, args["id"])
    old = _comment(file, args["comment"])
    if old["author"]["emailAddress"] != request.account and file.owner != request.account:
        raise forbidden("The user does not have sufficient permissions for this file.")
    gone = {name: item for name, item in old.items() if name not in ("content", "htmlContent")}
    file.comments = [{**gone, "deleted": True} if item is old else item for item in file.comments]
    ws.touch(file, request.account)
    return Response(204)


_FILES = "/drive/v3/files/(?P<id>[^/]+)"
_UPLOAD = "/upload/drive/v3/files"

ROUTES = [
    Route("GET", _FILES + "/export", export, "drive.files.export"),
    Route("GET", "/spreadsheets/d/(?P<id>[^/]+)/export", export_link),
    Route("POST", _UPLOAD, upload),
    Route("PATCH", _UPLOAD + "/(?P<id>[^/]+)", upload),
    Route("PUT", "/upload/drive/v2/files/(?P<id>[^/]+)", upload),  # gspread's import_csv still uploads by v2
    Route("PUT", _UPLOAD + "(?:/[^/]+)?", resume),
    Route("GET", "/drive/v3/changes/startPageToken", start_token, "drive.changes.getStartPageToken"),
    Route("GET", "/drive/v3/changes", changes, "drive.changes.list"),
    Route("POST", _FILES + "/comments", comment_create, "drive.comments.create"),
    Route("GET", _FILES + "/comments", comment_list, "drive.comments.list"),
    Route("GET", _FILES + "/comments/(?P<comment>[^/]+)", comment_get, "drive.comments.get"),
    Route("DELETE", _FILES + "/comments/(?P<comment>[^/]+)", comment_delete, "drive.comments.delete"),
]
