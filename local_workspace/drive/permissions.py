"""Who may see and change a file: the Drive v3 permissions endpoints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local_workspace.http.fields import Mask, select
from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response
from local_workspace.sheets.api import asked_mask

from .api import forbidden, readable, writable
from .files import ROLES, TYPES, File, make_permission, permission_id

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]
Args = dict[str, str]

_DOMAIN = re.compile(r"[^@\s,;<>\"]+")
_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")

_DEFAULT: Mask = {"id": {}, "type": {}, "kind": {}, "role": {}}


def _permission_answer(request: Request, permission: Json) -> Response:
    mask = asked_mask(request)
    return Response(data=select(permission, _DEFAULT if mask is None else mask))


def create(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`permissions.create`."""
    file = writable(ws, request, args["id"])
    body = request.json()
    kind, role = body.get("type", ""), body.get("role", "")
    if kind not in TYPES:
        raise ApiError(400, "The permission type field is required.", reason="required")
    if role not in ROLES:
        raise ApiError(400, "The permission role field is required.", reason="required")
    address = body.get("emailAddress" if kind in ("user", "group") else "domain", "")
    _check_role(role)
    if kind != "anyone" and not (_ADDRESS if kind in ("user", "group") else _DOMAIN).fullmatch(address):
        raise ApiError(
            400,
            "The specified emailAddress is invalid or not applicable for the given permission type.",
            reason="invalid",
        )
    if role == "owner":
        held = next(item for item in file.permissions if item["role"] == "owner")
        if held.get("emailAddress", "").casefold() == address.casefold():
            return _permission_answer(request, held)  # gspread copies the owner's permission with the others
        return _permission_answer(request, _transferred(ws, request, file, kind, address))
    permission = make_permission(kind, role, address, ws.name_of(address))
    if body.get("view"):
        permission |= _published(body["view"], role)
    if body.get("allowFileDiscovery") is not None and kind in ("domain", "anyone"):
        permission["allowFileDiscovery"] = body["allowFileDiscovery"]
    key = (permission["id"], permission.get("view"))
    others = [item for item in file.permissions if (item["id"], item.get("view")) != key]
    current = next((item for item in file.permissions if (item["id"], item.get("view")) == key), None)
    if current is not None and current["role"] == "owner":
        return _permission_answer(request, current)
    file.permissions = [*others, permission]
    ws.note_change(file)
    return _permission_answer(request, permission)


def _transferred(ws: LocalWorkspace, request: Request, file: File, kind: str, address: str) -> Json:
    """The permission of the new owner; only the owner may give a file away."""
    if request.param("transferOwnership").lower() != "true":
        raise ApiError(
            403,
            "The transferOwnership parameter must be enabled when the permission role is 'owner'.",
            reason="forbidden",
            extra={"locationType": "parameter", "location": "transferOwnership"},
        )
    if file.owner != request.account:
        raise forbidden("The user does not have sufficient permissions for this file.")
    if kind != "user":
        raise ApiError(400, "Only a user can own a file.", reason="invalid")
    return _given(ws, file, address)


def _given(ws: LocalWorkspace, file: File, address: str) -> Json:
    """Give a file to another owner; the old one stays a writer."""
    if address not in ws.accounts:
        raise ApiError(
            400,
            "The specified emailAddress is invalid or not applicable for the given permission type.",
            reason="invalid",
        )
    new = make_permission("user", "owner", address, ws.name_of(address))
    kept = [
        {**item, "role": "writer"} if item["role"] == "owner" else item
        for item in file.permissions
        if item["id"] != new["id"]
    ]
    file.permissions = [new, *kept]
    file.owner = address
    ws.note_change(file)
    return new


def _permission(file: File, wanted: str) -> Json:
    for permission in file.permissions:
        if permission["id"] == wanted or (wanted == "me" and permission["role"] == "owner"):
            return permission
    extra = {"locationType": "parameter", "location": "permissionId"}
    raise ApiError(404, f"Permission not found: {wanted}.", reason="notFound", extra=extra)


def _check_role(role: str) -> None:
    """Refuse the roles that only a shared drive gives."""
    if role in ("organizer", "fileOrganizer"):
        raise ApiError(400, f"The role {role} exists on shared drives only.", reason="badRequest")


def _published(view: str, role: str) -> Json:
    """What a permission for a view adds: `published` lets people answer a form, never open the file."""
    if view != "published" or role != "reader":
        raise ApiError(400, "The permission view must be 'published', and its role 'reader'.", reason="invalid")
    return {"view": view}


def list_permissions(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`permissions.list`."""
    file = writable(ws, request, args["id"])
    published = request.param("includePermissionsForView") == "published"
    shown = [item for item in file.permissions if published or "view" not in item]
    out: Json = {"kind": "drive#permissionList"}
    mask = asked_mask(request)
    if mask is None:
        return Response(data={**out, "permissions": [select(item, _DEFAULT) for item in shown]})
    return Response(data=select({**out, "permissions": shown}, mask))


def get(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`permissions.get`."""
    return _permission_answer(request, _permission(writable(ws, request, args["id"]), args["permission"]))


def update(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`permissions.update` of the role."""
    file = writable(ws, request, args["id"])
    old = _permission(file, args["permission"])
    role = request.json().get("role", "")
    if role not in ROLES:
        raise ApiError(400, "The permission role field is required.", reason="required")
    _check_role(role)
    if role == "owner":
        address = old.get("emailAddress", "")
        return _permission_answer(request, _transferred(ws, request, file, old["type"], address))
    if old["role"] == "owner":
        raise forbidden("The owner of a file cannot be removed.", "cannotRemoveOwner")
    new = {**old, "role": role}
    file.permissions = [new if item is old else item for item in file.permissions]
    ws.note_change(file)
    return _permission_answer(request, new)


def delete(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`permissions.delete`; anyone may take themselves off a file."""
    file = readable(ws, request, args["id"])
    old = _permission(file, args["permission"])
    if old["id"] != permission_id("user", request.account):
        writable(ws, request, args["id"])
    if old["role"] == "owner":
        raise forbidden("The owner of a file cannot be removed.", "cannotRemoveOwner")
    file.permissions = [item for item in file.permissions if item is not old]
    ws.note_change(file)
    return Response(204)


_ALL = "/drive/v3/files/(?P<id>[^/]+)/permissions"
_ONE = _ALL + "/(?P<permission>[^/]+)"

ROUTES = [
    Route("POST", _ALL, create, "drive.permissions.create"),
    Route("GET", _ALL, list_permissions, "drive.permissions.list"),
    Route("GET", _ONE, get, "drive.permissions.get"),
    Route("PATCH", _ONE, update, "drive.permissions.update"),
    Route("DELETE", _ONE, delete, "drive.permissions.delete"),
]
