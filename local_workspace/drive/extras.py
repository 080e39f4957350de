"""Drive v3 beyond the file list: export, and what changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_workspace.http.fields import Mask, select
from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response, whole
from local_workspace.sheets.api import asked_mask

from .api import counted, file_not_found, forbidden, readable, resource
from .content import CSV, TSV, to_csv
from .files import rfc3339
from .xlsx_out import XLSX, to_xlsx

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]
Args = dict[str, str]

_PLAIN: Mask = {"kind": {}, "id": {}, "name": {}, "mimeType": {}}


def invalid(message: str, location: str = "") -> ApiError:
    """Drive's 400."""
    extra = {"locationType": "parameter", "location": location} if location else {}
    return ApiError(400, message, reason="badRequest", extra=extra)


# ---- export


def export(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`files.export` of a spreadsheet to CSV (its first tab), TSV or XLSX."""
    file = readable(ws, request, args["id"])
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
    raise invalid("The requested conversion is not supported.", "convertTo")


def export_link(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """The download link of the editor: `/spreadsheets/d/ID/export?format=csv&gid=0`."""
    file = readable(ws, request, args["id"])
    book = ws.books.get(file.id)
    kind = request.param("format", "xlsx")
    if book is None or kind not in ("csv", "tsv", "xlsx"):
        raise invalid("The requested conversion is not supported.", "format")
    engine = ws.engine(file.id)
    disposition = {"Content-Disposition": f'attachment; filename="export.{kind}"'}
    if kind == "xlsx":
        return Response(body=to_xlsx(book, engine), content_type=XLSX, headers=disposition)
    gid = request.param("gid")
    number = whole(gid)
    sheet = next((tab for tab in book.sheets if tab.is_grid and (not gid or tab.id == number)), None)
    if sheet is None:
        raise file_not_found(args["id"])
    delimiter, mime = (",", CSV) if kind == "csv" else ("\t", TSV)
    return Response(body=to_csv(book, engine, sheet, delimiter), content_type=mime, headers=disposition)


# ---- changes


def start_token(ws: LocalWorkspace, _request: Request, _args: Args) -> Response:
    """`changes.getStartPageToken`."""
    return Response(data={"kind": "drive#startPageToken", "startPageToken": str(ws.change_count + 1)})


def changes(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """`changes.list`: each file that changed since the token, once, at its latest change."""
    token, size = request.param("pageToken"), counted(request, "pageSize", 100)
    since = whole(token)
    if since is None:
        raise _invalid_value("pageToken")
    found = []
    for number, file_id, when in sorted((number, name, when) for name, (number, when) in ws.changes.items()):
        file, gone = ws.files.get(file_id), ws.deleted.get(file_id)
        seen = file or gone
        if number < since or seen is None or not seen.may_read(request.account):
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
        found.append((number, entry))
    page, rest = found[:size], found[size:]
    after = {"nextPageToken": str(rest[0][0])} if rest else {"newStartPageToken": str(ws.change_count + 1)}
    out: Json = {"kind": "drive#changeList", **after, "changes": [entry for _, entry in page]}
    mask = asked_mask(request)
    if mask is not None:
        return Response(data=select(out, mask))
    for entry in out["changes"]:
        if "file" in entry:
            entry["file"] = select(entry["file"], _PLAIN)
    return Response(data=out)


def _invalid_value(location: str) -> ApiError:
    extra = {"locationType": "parameter", "location": location}
    return ApiError(400, "Invalid Value", reason="invalid", extra=extra)


_FILES = "/drive/v3/files/(?P<id>[^/]+)"

ROUTES = [
    Route("GET", _FILES + "/export", export, "drive.files.export"),
    Route("GET", "/spreadsheets/d/(?P<id>[^/]+)/export", export_link),
    Route("GET", "/drive/v3/changes/startPageToken", start_token, "drive.changes.getStartPageToken"),
    Route("GET", "/drive/v3/changes", changes, "drive.changes.list"),
]
