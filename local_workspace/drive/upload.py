"""Files with content: upload in one piece, in two parts or in chunks, and conversion to spreadsheets."""

from __future__ import annotations

from email.parser import BytesParser
from typing import TYPE_CHECKING, Any, cast

from local_workspace.http import resumable, schema
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


def upload(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`files.create` and `files.update` with content: media, multipart or resumable."""
    kind = request.param("uploadType")
    file_id = args.get("id", "")
    if kind == "resumable":
        return resumable.begin(ws, request, _metadata(request.json()))
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


def resume(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """The bytes of a resumable upload, in chunks or all at once; or a question how far it has got."""
    held = resumable.session_of(ws, request)
    if held is None:
        raise ApiError(404, "Upload session not found.", reason="notFound")
    if held.done:
        return respond(ws, request, readable(ws, request, held.done))
    more = resumable.receive(held, request)
    if more is not None:
        return more
    file = _store(ws, request, args.get("id", ""), held.metadata, held.mime, bytes(held.received))
    resumable.finish(held, file.id)
    return respond(ws, request, file)


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
    Route("PUT", _FILES, resume, scopes_of=_SCOPES),
    Route("PUT", _FILES + "/(?P<id>[^/]+)", resume, scopes_of="drive.files.update"),
]
