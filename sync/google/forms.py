"""The forms that Sensync makes for staff: found again, made, changed, published, opened to those who may answer.

All over the `Door`, with the scope `drive.file` alone. A form is a file in Drive; a stamp in the file's appProperties,
which only this app sees, says whose it is, which of ours, and whether it was published once. So a run that was cut off
anywhere finds its form again and makes no second one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sync.google.door import segment
from sync.google.errors import GoogleNeedsPersonError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sync.google.door import Door

Json = dict[str, Any]

FORM = "application/vnd.google-apps.form"

_OWNER, _WHICH, _PUBLISHED = "sensyncOwner", "sensyncForm", "sensyncPublished"
_NO_SUCH = "sensync-check-there-is-no-such-form"


@dataclass(frozen=True, slots=True)
class FormFile:
    """A form's file in Drive: which of ours, in the bin or not, and whether we published it once."""

    id: str
    which: str
    trashed: bool
    published: bool


def our_files(door: Door, owner_key: str) -> list[FormFile]:
    """The forms that bear this owner's stamp, the oldest first, those in the bin too; one request.

    Args:
        door: the door to Google.
        owner_key: what tells this Sensync from another in the same account; only its hash leaves.
    """
    query = f"appProperties has {{ key='{_OWNER}' and value='{_hash(owner_key)}' }}"
    found = door.drive_list(query, "files(id,trashed,createdTime,appProperties)")
    files = sorted(found.get("files", ()), key=lambda file: (str(file.get("createdTime", "")), str(file["id"])))
    return [_file(each) for each in files]


def file_of(door: Door, form_id: str) -> FormFile | None:
    """One form's file; None where there is none, or none that we may see."""
    try:
        return _file(door.drive_get(form_id, "id,trashed,appProperties"))
    except GoogleNeedsPersonError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return None


def _file(found: Mapping[str, Any]) -> FormFile:
    stamp = found.get("appProperties", {})
    return FormFile(
        str(found["id"]), str(stamp.get(_WHICH, "")), bool(found.get("trashed")), stamp.get(_PUBLISHED) == "yes"
    )


def empty_without_stamp(door: Door, name: str) -> str | None:
    """A form of this name that has neither a stamp nor an item: one that was being made when a run was cut off."""
    plain = name.replace("\\", "\\\\").replace("'", "\\'")
    query = f"name = '{plain}' and mimeType = '{FORM}' and trashed = false"
    for found in door.drive_list(query, "files(id,appProperties,ownedByMe)").get("files", ()):
        if found.get("ownedByMe") and _OWNER not in found.get("appProperties", {}):
            form_id = str(found["id"])
            if not read(door, form_id).get("items"):
                return form_id
    return None


def make(door: Door, title: str, name: str, stamp: Mapping[str, str], folder: str = "") -> str:
    """A new form, stamped, unpublished and empty; its id.

    Args:
        door: the door to Google.
        title: what staff read.
        name: of the file in Drive.
        stamp: as `stamp_of` makes it.
        folder: where an account without a Drive of its own may make files; "" for the account's Drive.

    Raises:
        OutcomeUnknownError: it is not known whether the form was made; look before making another.
    """
    if folder:
        body = {"name": name, "mimeType": FORM, "parents": [folder], "appProperties": dict(stamp)}
        return str(door.drive_create(body, "id")["id"])
    # Forms made through the API are unpublished since June 2026; before, this word was needed for it.
    made = door.call(
        "POST", door.endpoints.forms, [("unpublished", "true")], {"info": {"title": title, "documentTitle": name}}
    )
    form_id = str(made["formId"])
    put_stamp(door, form_id, stamp)
    return form_id


def stamp_of(owner_key: str, which: str) -> dict[str, str]:
    """What marks a file as this owner's form."""
    return {_OWNER: _hash(owner_key), _WHICH: which}


def put_stamp(door: Door, form_id: str, stamp: Mapping[str, str]) -> None:
    """Marks a file; its other marks stay."""
    door.drive_update(form_id, {"appProperties": dict(stamp)})


def _hash(owner_key: str) -> str:
    return hashlib.sha256(f"sensync forms\0{owner_key}".encode()).hexdigest()[:24]


def read(door: Door, form_id: str) -> Json:
    """`forms.get`: the whole form."""
    return door.call("GET", _form(door, form_id))


def change(door: Door, form_id: str, requests: Sequence[Mapping[str, Any]], revision: str) -> Json:
    """`forms.batchUpdate`, atomic: the form as it is afterwards.

    Args:
        door: the door to Google.
        form_id: which.
        requests: as `sync.plan.form.form_requests` gives them.
        revision: the `revisionId` that they were planned for.

    Raises:
        GoogleRefusedRequestError: somebody changed the form since; read it and plan again. Nothing was done.
        OutcomeUnknownError: no sound answer came; read and plan again.
    """
    body: Json = {"includeFormInResponse": True, "requests": list(requests)}
    if revision:
        body["writeControl"] = {"requiredRevisionId": revision}
    changed = door.call("POST", f"{_form(door, form_id)}:batchUpdate", body=body).get("form")
    return changed if isinstance(changed, dict) else read(door, form_id)


def publish(door: Door, form_id: str) -> None:
    """Publishes a form and lets it take answers, and marks that we did: who closes it later means it.

    The word for the mask is the schema's; the guide's sample leaves `publishState` out.
    """
    state = {"isPublished": True, "isAcceptingResponses": True}
    body = {"publishSettings": {"publishState": state}, "updateMask": "publish_state"}
    door.call("POST", f"{_form(door, form_id)}:setPublishSettings", body=body, repeatable=True)
    put_stamp(door, form_id, {_PUBLISHED: "yes"})


@dataclass(frozen=True, slots=True)
class Answerers:
    """What was done about who may answer, and who reads the answers.

    Attributes:
        given: those who may answer from now on.
        narrowed: whether it was taken from everybody with the link.
        readers: those who may open the form and its responses from now on.
        taken: those from whom we took what we had given them, since nobody asks for it any more.
        others: those who may answer or read though nobody asks for it: a person gave it to them.
        ours: what we gave and did not take, to be handed in next time.
    """

    given: tuple[str, ...]
    narrowed: bool
    readers: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()


def let_answer(
    door: Door,
    form_id: str,
    who: Iterable[str],
    readers: Iterable[str] = (),
    ours: Iterable[str] = (),
    note: Callable[[Sequence[str]], None] = lambda _: None,
) -> Answerers:
    """Lets groups, domains and people fill a form in, and nobody who only has its link.

    Who may answer is a permission for the view `published`; it lets nobody open the form itself, or its responses.
    Google has none for responses alone: whoever is to read them there may edit the form. Who was let in by us and is
    not named any more is let out; whom a person let in stays, and is told.

    Args:
        door: the door to Google.
        form_id: which.
        who: `group:` and a group's address, an address, or a domain.
        readers: addresses of those who read the responses in the form.
        ours: `Answerers.ours` of the last time, or what was noted since.
        note: keeps what will be ours, before Google is asked to change anything: once somebody is let in, nothing there
            tells by whom.
    """
    url = f"{door.endpoints.drive}/files/{segment(form_id)}/permissions"
    params = [
        ("includePermissionsForView", "published"),
        ("supportsAllDrives", "true"),
        ("fields", "permissions(id,type,role,view,emailAddress,domain)"),
    ]
    wanted = {_answers_as(*_answerer(each)): each for each in who}
    let_in = {_READS + each.casefold(): each for each in readers}
    every = door.call("GET", url, params).get("permissions", ())
    anyone = [each for each in every if each.get("view") == "published" and each.get("type") == "anyone"]
    there = {_name(each): each for each in every if each not in anyone and _name(each)}
    extra = [each for each in there if each not in wanted and each not in let_in]
    mine = set(ours).intersection(there)
    going = [each for each in extra if each in mine]
    # Drive has one id for all that one person has of a file: what is to stay must not go with it, whoever gave it.
    kept = {each["id"] for each in every if _name(each) not in going}
    taken = [each for each in going if there[each]["id"] not in kept]
    given = [each for each in wanted if each not in there]
    open_to = {str(each.get("emailAddress")).casefold() for each in every if each.get("role") in _READ_RESPONSES}
    shown = [each for each in let_in if let_in[each].casefold() not in open_to]
    note(sorted({*mine, *given, *shown}))
    for permission in (*anyone, *(there[each] for each in taken)):
        _take_away(door, f"{url}/{segment(str(permission['id']))}")
    for each in given:
        kind, address = _answerer(wanted[each])
        key = "domain" if kind == "domain" else "emailAddress"
        door.drive_permissions_create(form_id, {"type": kind, key: address, "role": "reader", "view": "published"})
    for each in shown:
        door.drive_permissions_create(form_id, {"type": "user", "role": "writer", "emailAddress": let_in[each]})
    return Answerers(
        given=tuple(wanted[each] for each in given),
        narrowed=bool(anyone),
        readers=tuple(let_in[each] for each in shown),
        taken=_said(taken),
        others=_said(each for each in extra if each not in mine),
        ours=tuple(sorted({*mine.difference(taken), *given, *shown})),
    )


def _take_away(door: Door, permission: str) -> None:
    """Deletes a permission; one that is gone is fine, for what was deleted before may have had the same id."""
    try:
        door.call("DELETE", permission, [("supportsAllDrives", "true")], repeatable=True)
    except GoogleNeedsPersonError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise


_READS = "reads "


def _name(permission: Mapping[str, Any]) -> str:
    """What a permission lets whom do, as one word to compare; "" for what is none of ours: the owner's, a drive's."""
    if permission.get("view") == "published":
        return _answers_as(str(permission.get("type")), str(permission.get("emailAddress") or permission.get("domain")))
    if permission.get("role") == "writer":
        return _READS + str(permission.get("emailAddress") or permission.get("domain") or "anyone").casefold()
    return ""


def _answers_as(kind: str, address: str) -> str:
    return f"{kind} {address.casefold()}"


def _said(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.partition(" ")[2] for each in names))


_READ_RESPONSES = frozenset({"owner", "organizer", "fileOrganizer", "writer"})


def _answerer(text: str) -> tuple[str, str]:
    kind, colon, address = text.partition(":")
    if colon:
        return kind, address
    return ("user" if "@" in text else "domain"), text


def look(door: Door) -> None:
    """Whether the Forms API can be used, without making a form: "not found" comes only where it is on and allowed.

    Raises:
        SensyncError: as any call does.
    """
    try:
        read(door, _NO_SUCH)
    except GoogleNeedsPersonError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise


def _form(door: Door, form_id: str) -> str:
    return f"{door.endpoints.forms}/{segment(form_id)}"
