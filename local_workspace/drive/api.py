"""The Drive v3 endpoints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local_workspace.forms.model import FORM
from local_workspace.http.fields import Mask, select
from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response, whole
from local_workspace.sheets.api import asked_mask

from .files import (
    FOLDER,
    SPREADSHEET,
    File,
    capabilities,
    rfc3339,
    user_resource,
)
from .query import QueryError, compile_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_workspace.workspace import LocalWorkspace

EXPORTS = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
"""What a spreadsheet can be exported to, and the word for it in the editor's links."""

Json = dict[str, Any]
Args = dict[str, str]

DOWNLOAD_HEADERS = {
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""What anybody stored must not run as a page of this address: it would act by the cookie of who opens it."""
_FILE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_DOCUMENTS = "application/vnd.google-apps."

_FILE_DEFAULT: Mask = {"kind": {}, "id": {}, "name": {}, "mimeType": {}}


def file_not_found(file_id: str) -> ApiError:
    """Drive's 404 (recorded): the same for a file that does not exist and one that is not shared."""
    extra = {"locationType": "parameter", "location": "fileId"}
    return ApiError(404, f"File not found: {file_id}.", reason="notFound", extra=extra)


def forbidden(message: str, reason: str = "insufficientFilePermissions") -> ApiError:
    """Drive's 403."""
    return ApiError(403, message, reason=reason)


def readable(ws: LocalWorkspace, request: Request, file_id: str) -> File:
    """A file that the caller may see.

    Raises:
        ApiError: 404, also when it is there and not shared.
    """
    file = ws.files.get(file_id)
    if file is None or not file.may_read(request.account):
        raise file_not_found(file_id)
    return file


def writable(ws: LocalWorkspace, request: Request, file_id: str, *, own: bool = False) -> File:
    """A file that the caller may change; with `own`, one that is theirs.

    Raises:
        ApiError: 404 when they cannot see it, 403 when they can.
    """
    file = readable(ws, request, file_id)
    if not (file.owner == request.account if own else file.may_write(request.account)):
        raise forbidden("The user does not have sufficient permissions for this file.")
    return file


def resource(ws: LocalWorkspace, request: Request, file: File) -> Json:
    """The whole File resource."""
    viewer = request.account
    role = file.role_of(viewer)
    out: Json = {
        "kind": "drive#file",
        "id": file.id,
        "name": file.name,
        "mimeType": file.mime_type,
        "description": file.description,
        "starred": viewer in file.starred,
        "trashed": file.trashed,
        "explicitlyTrashed": file.trashed,
        "parents": file.parents,
        "properties": file.properties,
        "appProperties": file.app_properties,
        "spaces": ["drive"],
        "version": str(file.version),
        "webViewLink": _link(request, file),
        "createdTime": rfc3339(file.created),
        "modifiedTime": rfc3339(file.modified),
        "modifiedByMe": file.last_editor == viewer,
        "owners": [user_resource(file.owner, ws.name_of(file.owner), viewer)],
        "lastModifyingUser": user_resource(file.last_editor, ws.name_of(file.last_editor), viewer),
        "ownedByMe": file.owner == viewer,
        "shared": len(file.permissions) > 1,
        "capabilities": capabilities(role, trashed=file.trashed),
        "permissions": file.permissions,
        "permissionIds": [permission["id"] for permission in file.permissions],
        "writersCanShare": True,
        "viewedByMe": True,
        "size": "1024" if file.content is None or file.mime_type.startswith(_DOCUMENTS) else str(len(file.content)),
    }
    if file.content is not None:
        out["originalFilename"] = file.name
    if file.mime_type == SPREADSHEET:
        link = f"{request.base_url}/spreadsheets/d/{file.id}/export?format="
        out["exportLinks"] = {mime: link + name for mime, name in EXPORTS.items()}
    for name in ("description", "parents", "properties", "appProperties"):
        if not out[name]:
            del out[name]
    if not file.may_write(viewer):
        for name in ("permissions", "permissionIds"):
            del out[name]
    return out


def _link(request: Request, file: File) -> str:
    if file.mime_type == SPREADSHEET:
        return f"{request.base_url}/spreadsheets/d/{file.id}/edit"
    if file.mime_type == FORM:
        return f"{request.base_url}/forms/d/{file.id}/edit"
    kind = "drive/folders/" if file.mime_type == FOLDER else "file/d/"
    return f"{request.base_url}/{kind}{file.id}"


def respond(ws: LocalWorkspace, request: Request, file: File, status: int = 200) -> Response:
    """The File resource as far as it was asked for; Drive gives four members when it was not."""
    mask = asked_mask(request)
    return Response(status, select(resource(ws, request, file), _FILE_DEFAULT if mask is None else mask))


def create(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """`files.create` without content."""
    return respond(ws, request, create_file(ws, request, request.json()))


def create_file(
    ws: LocalWorkspace,
    request: Request,
    body: Json,
    content: bytes | None = None,
    *,
    spreadsheet: Json | None = None,
) -> File:
    """A new file from its metadata and, maybe, its bytes or the Spreadsheet that they were converted to."""
    mime = checked_type(body.get("mimeType") or "application/octet-stream")
    file_id = _free_id(ws, request, body)
    name = body.get("name") or "Untitled"
    if mime == SPREADSHEET:
        props = {"title": name} if body.get("name") else {}
        whole = {**(spreadsheet or {}), "properties": props}
        file = ws.files[ws.create_spreadsheet(request.account, whole, file_id).id]
    elif mime == FORM:
        file = ws.files[ws.forms.create(request.account, name, name, file_id).id]
    else:
        file = ws.create_file(request.account, name, mime, content or b"", file_id)
    change_file(ws, request, file, {key: item for key, item in body.items() if key != "id"})
    return file


def checked_type(mime: str) -> str:
    """A media type that can stand in a header.

    Raises:
        ApiError: 400 when it cannot.
    """
    if not (mime.isascii() and mime.isprintable()):
        raise ApiError(400, f"Invalid MIME type: {mime!r}", reason="badRequest")
    return mime


def is_file_id(text: str) -> bool:
    """Whether a file can have this id: letters, digits, - and _, as in the ids that Drive generates."""
    return _FILE_ID.fullmatch(text) is not None


def _free_id(ws: LocalWorkspace, request: Request, body: Json) -> str:
    """The id asked for a new file, "" for any.

    Raises:
        ApiError: 403 for a service account, which has no storage; 409 for an id that is taken or was.
    """
    if ws.accounts[request.account].is_service:
        raise ApiError(
            403,
            "Service Accounts do not have storage quota. Leverage shared drives, or use OAuth delegation instead.",
            reason="storageQuotaExceeded",
            domain="usageLimits",
        )
    file_id: str = body.get("id") or ""
    if file_id and not is_file_id(file_id):
        raise _invalid("id", "The provided file ID is not usable.")
    if file_id and (file_id in ws.files or file_id in ws.changes):
        raise ApiError(409, "A file already exists with the provided ID.", reason="fileIdInUse")
    return file_id


def check_change(request: Request, file: File, body: Json) -> None:
    """Refuse members that the caller may not change, before anything else is changed.

    Raises:
        ApiError: 403 when somebody else than the owner moves the file into the bin or out of it.
    """
    if "trashed" in body and file.owner != request.account and bool(body["trashed"]) != file.trashed:
        raise forbidden("The user does not have sufficient permissions for this file.")


def change_file(ws: LocalWorkspace, request: Request, file: File, body: Json) -> None:
    """Apply a File resource's writable members: all of them or, when anything is refused, none.

    Raises:
        ApiError: 403 when somebody else than the owner moves the file into the bin or out of it.
    """
    check_change(request, file, body)
    if "name" in body:
        ws.rename_file(file, body["name"], request.account)
    if "description" in body:
        file.description = body["description"]
    if "starred" in body:
        others = [email for email in file.starred if email != request.account]
        file.starred = [*others, request.account] if body["starred"] else others
    if "trashed" in body:
        file.trashed = bool(body["trashed"])
    for key, attribute in (("properties", "properties"), ("appProperties", "app_properties")):
        if key in body:
            held = {**getattr(file, attribute), **body[key]}
            setattr(file, attribute, {name: value for name, value in held.items() if value is not None})
    if body.get("parents"):
        file.parents = [ws.root_of(request.account) if parent == "root" else parent for parent in body["parents"]]
    if set(body) <= {"starred"}:
        ws.keep(file)  # a star is its owner's own: nobody else sees a change
    else:
        ws.touch(file, request.account)


def get(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`files.get`; `alt=media` gives the bytes."""
    file = readable(ws, request, args["id"])
    if request.param("alt") == "media":
        if file.content is None:
            raise ApiError(
                403,
                "Only files with binary content can be downloaded. Use Export with Docs Editors files.",
                reason="fileNotDownloadable",
                extra={"locationType": "parameter", "location": "alt"},
            )
        return Response(body=file.content, content_type=file.mime_type, headers=DOWNLOAD_HEADERS)
    return respond(ws, request, file)


def update(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`files.update` of metadata."""
    body = request.json()
    add, remove = request.param("addParents"), request.param("removeParents")
    stars_only = set(body) <= {"starred"} and not add and not remove
    file = readable(ws, request, args["id"]) if stars_only else writable(ws, request, args["id"])
    if add or remove:
        gone = set(remove.split(","))
        kept = [parent for parent in file.parents if parent not in gone]
        body = {**body, "parents": [*kept, *[parent for parent in add.split(",") if parent]] or file.parents}
    change_file(ws, request, file, body)
    return respond(ws, request, file)


def delete(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`files.delete`: gone at once, past the bin."""
    file = writable(ws, request, args["id"], own=True)
    ws.delete_file(file)
    return Response(204)


_ORDERS: dict[str, Callable[[File], Any]] = {
    "createdTime": lambda file: file.created,
    "modifiedTime": lambda file: file.modified,
    "modifiedByMeTime": lambda file: file.modified,
    "recency": lambda file: file.modified,
    "viewedByMeTime": lambda file: file.modified,
    "name": lambda file: file.name.casefold(),
    "name_natural": lambda file: file.name.casefold(),
    "folder": lambda file: file.mime_type != FOLDER,
    "starred": lambda file: not file.starred,
    "quotaBytesUsed": lambda file: len(file.content or b""),
}


def _invalid(name: str, message: str = "Invalid Value") -> ApiError:
    extra = {"locationType": "parameter", "location": name}
    return ApiError(400, message, reason="invalid", extra=extra)


def counted(request: Request, name: str, default: int) -> int:
    """A parameter that says how many.

    Raises:
        ApiError: 400 when it is no number from 1 to 1,000.
    """
    text = request.param(name) or str(default)
    number = whole(text)
    if number is None or not 1 <= number <= 1000:
        raise _invalid(name, "Invalid value. Values must be within the range: [1, 1000]")
    return number


def list_files(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """`files.list`."""
    q = request.param("q").replace("'root' in parents", f"'{ws.root_of(request.account)}' in parents")
    try:
        test = compile_query(q, request.account)
    except QueryError as error:
        raise _invalid("q") from error
    found = [file for file in ws.files.values() if file.may_read(request.account) and test(file)]
    found.sort(key=lambda file: file.modified, reverse=True)
    for key in reversed([part.strip() for part in request.param("orderBy").split(",") if part.strip()]):
        name, _, direction = key.partition(" ")
        if name not in _ORDERS:
            raise _invalid("orderBy")
        found.sort(key=_ORDERS[name], reverse=direction == "desc")
    size = counted(request, "pageSize", 100)
    start = _page_start(request.param("pageToken"))
    page = found[start : start + size]
    mask = asked_mask(request)
    out: Json = {}
    if start + size < len(found):
        out["nextPageToken"] = f"~!!~{start + size}"
    out |= {"kind": "drive#fileList", "incompleteSearch": False}
    if mask is None:
        out["files"] = [select(resource(ws, request, file), _FILE_DEFAULT) for file in page]
        return Response(data=out)
    out["files"] = [resource(ws, request, file) for file in page]
    return Response(data=select(out, mask))


def _page_start(token: str) -> int:
    if not token:
        return 0
    number = whole(token.removeprefix("~!!~"))
    if number is None:
        raise _invalid("pageToken")
    return number


def copy(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`files.copy`: developer metadata and all, as Drive does."""
    file = readable(ws, request, args["id"])
    body = request.json()
    new_id = _free_id(ws, request, body)
    new = ws.copy_file(file, request.account, body.get("name") or f"Copy of {file.name}", new_id)
    change_file(ws, request, new, {key: item for key, item in body.items() if key not in ("id", "name")})
    return respond(ws, request, new)


def generate_ids(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """`files.generateIds`: ids to create files with, so that a create that is sent twice makes one file."""
    ids = [ws.new_id(33) for _ in range(counted(request, "count", 10))]
    out = {"kind": "drive#generatedIds", "space": "drive", "ids": ids}
    mask = asked_mask(request)
    return Response(data=out if mask is None else select(out, mask))


def empty_trash(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """`files.emptyTrash`: the caller's own files in the bin are gone."""
    for file in [file for file in ws.files.values() if file.trashed and file.owner == request.account]:
        ws.delete_file(file)
    return Response(204)


def required_mask(request: Request) -> Mask:
    """The field mask, without which Drive answers nothing about an account, comments and replies."""
    mask = asked_mask(request)
    if mask is None:
        raise ApiError(
            400,
            "The 'fields' parameter is required for this method.",
            reason="required",
            extra={"locationType": "parameter", "location": "fields"},
        )
    return mask


def about(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """`about.get`; Drive insists on a mask here."""
    mask = required_mask(request)
    user = user_resource(request.account, ws.name_of(request.account), request.account)
    quota = {"limit": "0" if ws.accounts[request.account].is_service else "107374182400", "usage": "0"}
    out = {"kind": "drive#about", "user": user, "storageQuota": quota, "canCreateDrives": False}
    return Response(data=select(out, mask))


_FILES = "/drive/v3/files"
_ID = _FILES + "/(?P<id>[^/]+)"

ROUTES = [
    Route("POST", _FILES, create, "drive.files.create"),
    Route("GET", _FILES, list_files, "drive.files.list"),
    Route("GET", _FILES + "/generateIds", generate_ids, "drive.files.generateIds"),
    Route("DELETE", _FILES + "/trash", empty_trash, "drive.files.emptyTrash"),
    Route("GET", _ID, get, "drive.files.get"),
    Route("PATCH", _ID, update, "drive.files.update"),
    Route("DELETE", _ID, delete, "drive.files.delete"),
    Route("POST", _ID + "/copy", copy, "drive.files.copy"),
    Route("GET", "/drive/v3/about", about, "drive.about.get"),
]
