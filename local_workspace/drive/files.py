"""A file of Drive, who may do what with it, and the resources that describe it."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass, field, fields
from typing import Any

Json = dict[str, Any]

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
FOLDER = "application/vnd.google-apps.folder"
TYPES = ("user", "group", "domain", "anyone")
ROLES = ("reader", "commenter", "writer", "fileOrganizer", "organizer", "owner")


def rfc3339(moment: dt.datetime) -> str:
    """`2026-11-23T00:14:12.000Z`."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass(slots=True)
class File:
    """One file.

    Attributes:
        version: grows with every change, as Drive's does.
        permissions: Permission resources; the owner's comes first.
        starred: e-mails of those who starred it.
        content: the bytes of a file that is no Google document.
    """

    id: str
    name: str
    mime_type: str
    owner: str
    created: dt.datetime
    modified: dt.datetime
    last_editor: str
    permissions: list[Json]
    version: int = 1
    trashed: bool = False
    starred: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    description: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    app_properties: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    comments: list[Json] = field(default_factory=list)
    seq: int = 0
    """The last entry of the journal that this record has taken in."""

    def dump(self) -> Json:
        """The file as JSON, for the state file."""
        out: Json = {item.name: getattr(self, item.name) for item in fields(self)}
        out["created"], out["modified"] = self.created.isoformat(), self.modified.isoformat()
        if self.content is not None:
            out["content"] = base64.b64encode(self.content).decode()
        return out

    @staticmethod
    def load(body: Json) -> File:
        """A file from its JSON."""
        body = dict(body)
        for name in ("created", "modified"):
            body[name] = dt.datetime.fromisoformat(body[name])
        if body["content"] is not None:
            body["content"] = base64.b64decode(body["content"])
        return File(**body)

    def role_of(self, email: str) -> str:
        """The strongest role of an account: owner, writer, commenter, reader or ""."""
        best = -1
        wanted = email.casefold()
        for permission in self.permissions:
            if permission.get("view") != "published" and _names(permission, wanted):
                best = max(best, ROLES.index(permission["role"]))
        return ROLES[best] if best >= 0 else ""

    def may_read(self, email: str) -> bool:
        """Whether the account may see it."""
        return self.role_of(email) != ""

    def may_answer(self, email: str) -> bool:
        """Whether the account may answer it, being a form: who has its published view, and who may change it."""
        published = [item for item in self.permissions if item.get("view") == "published"]
        return self.may_write(email) or any(_names(item, email.casefold()) for item in published)

    def may_write(self, email: str) -> bool:
        """Whether the account may change its content."""
        return self.role_of(email) in ("writer", "fileOrganizer", "organizer", "owner")


def _names(permission: Json, address: str) -> bool:
    """Whether a permission is about an address in lower case."""
    kind = permission["type"]
    return (
        kind == "anyone"
        or (kind in ("user", "group") and permission.get("emailAddress", "").casefold() == address)
        or (kind == "domain" and address.endswith("@" + permission.get("domain", "").casefold()))
    )


def permission_id(kind: str, address: str) -> str:
    """The id of a permission: the same for the same person on every file, as Google's is."""
    if kind == "anyone":
        return "anyoneWithLink"
    digest = hashlib.sha256(f"{kind}:{address.casefold()}".encode()).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**20:020d}"


def make_permission(kind: str, role: str, address: str, name: str) -> Json:
    """A Permission resource."""
    out: Json = {"id": permission_id(kind, address), "type": kind, "kind": "drive#permission", "role": role}
    if kind in ("user", "group"):
        out |= {"displayName": name, "emailAddress": address, "deleted": False, "pendingOwner": False}
    elif kind == "domain":
        out |= {"displayName": address, "domain": address, "allowFileDiscovery": False}
    else:
        out["allowFileDiscovery"] = False
    return out


def user_resource(email: str, name: str, viewer: str) -> Json:
    """A User resource."""
    return {
        "kind": "drive#user",
        "displayName": name,
        "me": email == viewer,
        "permissionId": permission_id("user", email),
        "emailAddress": email,
    }


def capabilities(role: str, *, trashed: bool) -> Json:
    """What an account may do with a file."""
    write = role in ("writer", "fileOrganizer", "organizer", "owner")
    own = role == "owner"
    return {
        "canEdit": write and not trashed,
        "canComment": write or role == "commenter",
        "canShare": write,
        "canCopy": role != "",
        "canDownload": role != "",
        "canRename": write,
        "canTrash": own,
        "canDelete": own,
        "canModifyContent": write,
        "canReadRevisions": write,
        "canUntrash": own,
    }
