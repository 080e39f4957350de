"""Files with content: upload in one piece, in two parts or in chunks, and conversion to spreadsheets."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from local_workspace.http import schema
from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response

from .api import change_file, create_file, readable, respond, writable
from .content import CSV, TSV, UnreadableError, from_csv
from .extras import invalid
from .files import SPREADSHEET, File
from .xlsx_in import from_xlsx
from .xlsx_out import XLSX

if TYPE_CHECKING:
    from email.message import Message

    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]
Args = dict[str, str]


@dataclass(slots=True)
class Upload:
    """A resumable upload under way.

    Attributes:
        file_id: the file to replace, "" for a new one.
        done: the id of the file, once all bytes were there; the session still answers, because its last
            answer may have been lost.
    """

    account: str
    file_id: str
    metadata: Json
    mime: str
    received: bytearray = field(default_factory=bytearray)
    done: str = ""


def upload(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`files.create` and `files.update` with content: media, multipart or resumable."""
    kind = request.param("uploadType")
    file_id = args.get("id", "")
    if kind == "resumable":
        session = secrets.token_urlsafe(24)
        mime = request.headers.get("x-upload-content-type", "")
        ws.uploads[session] = Upload(request.account, file_id, _metadata(request.json()), mime)
        location = f"{request.base_url}{request.path}?uploadType=resumable&upload_id={session}"
        fields = request.param("fields")
        if fields:
            location += f"&fields={quote(fields, safe='')}"
        return Response(headers={"Location": location, "X-GUploader-UploadID": session})
    if kind == "media":
        file = _store(ws, request, file_id, {}, request.headers.get("content-type", ""), request.body)
        return respond(ws, request, file)
    if kind == "multipart":
        metadata, mime, content = split_related(request)
        return respond(ws, request, _store(ws, request, file_id, metadata, mime, content))
    raise invalid("Invalid upload type.", "uploadType")


def _metadata(body: Json) -> Json:
    """The metadata beside an upload, put straight like the body of a call without one."""
    return schema.drive().check_body("drive.files.create", body)


def resume(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """The bytes of a resumable upload, in chunks or all at once; or a question how far it has got."""
    held = ws.uploads.get(request.param("upload_id"))
    if held is None or held.account != request.account:
        raise ApiError(404, "Upload session not found.", reason="notFound")
    if held.done:
        return respond(ws, request, readable(ws, request, held.done))
    start, total = _content_range(request.headers.get("content-range", ""), len(request.body))
    if start is not None and start <= len(held.received):
        # A chunk whose answer was lost comes again: it takes the place of what it brought before.
        held.received[start : start + len(request.body)] = request.body
    if total is None or len(held.received) < total or (start is not None and start > len(held.received)):
        headers = {"Range": f"bytes=0-{len(held.received) - 1}"} if held.received else {}
        return Response(308, headers=headers)
    file = _store(ws, request, held.file_id, held.metadata, held.mime, bytes(held.received))
    held.done = file.id
    held.received.clear()
    return respond(ws, request, file)


_CONTENT_RANGE = re.compile(r"bytes (?:(?P<start>\d+)-\d+|\*)/(?P<total>\d+|\*)")


def _content_range(text: str, length: int) -> tuple[int | None, int | None]:
    """Where a chunk begins (None for a mere question) and how long the whole is (None for not yet known)."""
    if not text:
        return 0, length
    match = _CONTENT_RANGE.fullmatch(text)
    if match is None:
        raise invalid(f"The Content-Range {text!r} cannot be read.")
    start, total = match.group("start"), match.group("total")
    return None if start is None else int(start), None if total == "*" else int(total)


def split_related(request: Request) -> tuple[Json, str, bytes]:
    """A multipart/related body: the metadata, and the type and bytes of the content.

    Raises:
        ApiError: 400 when it has not exactly these two parts.
    """
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + request.body)
    parts = message.get_payload()
    if not isinstance(parts, list) or len(parts) != 2:
        raise invalid("Multipart must contain two parts.")
    metadata, content = cast("list[Message]", parts)
    first = Request("POST", "", {}, {}, _payload(metadata))
    return _metadata(first.json()), content.get_content_type(), _payload(content)


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _store(ws: LocalWorkspace, request: Request, file_id: str, metadata: Json, mime: str, content: bytes) -> File:
    mime = mime.partition(";")[0].strip()
    if file_id:
        return _replace(ws, request, file_id, metadata, mime, content)
    if metadata.get("mimeType") == SPREADSHEET and mime != SPREADSHEET:
        return create_file(ws, request, metadata, spreadsheet=_converted(ws, mime, content, "en_US"))
    return create_file(ws, request, {"mimeType": mime, **metadata}, content)


def _replace(ws: LocalWorkspace, request: Request, file_id: str, metadata: Json, mime: str, content: bytes) -> File:
    file = writable(ws, request, file_id)
    book = ws.books.get(file.id)
    if book is not None:
        sheets = _converted(ws, mime, content, book.locale)["sheets"]
        ws.mutate(file.id, request.account, "replaceContents", {"sheets": sheets})
    else:
        file.content = content
        file.mime_type = metadata.get("mimeType") or mime or file.mime_type
    change_file(ws, request, file, metadata)
    return file


def _converted(ws: LocalWorkspace, mime: str, content: bytes, locale: str) -> Json:
    try:
        if mime in (CSV, TSV):
            return from_csv(content, locale, ws.now().date(), "," if mime == CSV else "\t")
        if mime == XLSX:
            return from_xlsx(content)
    except UnreadableError as error:
        raise invalid(f"Bad Request. {error}") from error
    raise invalid(f"Cannot convert {mime} to a spreadsheet; the local workspace converts {CSV}, {TSV} and {XLSX}.")


_FILES = "/upload/drive/v3/files"
_SCOPES = "drive.files.create"

ROUTES = [
    Route("POST", _FILES, upload, scopes_of=_SCOPES),
    Route("PATCH", _FILES + "/(?P<id>[^/]+)", upload, scopes_of="drive.files.update"),
    # gspread's import_csv still uploads by v2.
    Route("PUT", "/upload/drive/v2/files/(?P<id>[^/]+)", upload, scopes_of="drive.files.update"),
    Route("PUT", _FILES + "(?:/[^/]+)?", resume, scopes_of=_SCOPES),
]
