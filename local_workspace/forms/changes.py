"""The requests of `forms.batchUpdate`, each a function on a draft of the form."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from local_workspace.http import schema
from local_workspace.http.fields import Mask, MaskSyntaxError, parse_mask
from local_workspace.http.wire import ApiError

from .items import KINDS, QUESTIONS, ItemError, checked, without_section
from .model import questions_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .model import Form

Json = dict[str, Any]

_EXCLUSIVE = (frozenset(KINDS), frozenset(QUESTIONS))
"""Members of which one at a time is there: to set one is to take the others away."""


def apply(form: Form, requests: list[Json]) -> list[Json]:
    """Carry out requests in order; gives their replies. The draft is spoilt when one is refused.

    Raises:
        ApiError: 400 that names the request.
    """
    if not requests:
        raise ApiError(400, "Must specify at least one request.")
    replies = []
    for index, request in enumerate(requests):
        kind = next(iter(request), "")
        if kind not in _CHANGES:
            raise ApiError(400, f"Invalid requests[{index}]: No request set.")
        try:
            replies.append(_CHANGES[kind](form, request[kind]))
        except ItemError as error:
            raise ApiError(400, f"Invalid requests[{index}].{kind}: {error}") from error
    form.revision += 1
    return replies


def _index(location: Json | None, most: int, name: str = "location") -> int:
    """The index that a location names; one that is left out is 0, as protobuf reads it."""
    if location is None:
        raise ItemError(f"{name} is required.")
    index: int = location.get("index", 0)
    if not 0 <= index < most:
        raise ItemError(f"{name}.index {index} is out of range: it must be from 0 to {most - 1}.")
    return index


def _create(form: Form, body: Json) -> Json:
    index = _index(body.get("location"), len(form.items) + 1)
    item = checked(form, body.get("item", {}))
    form.items.insert(index, item)
    made: Json = {"itemId": item["itemId"]}
    questions = [question["questionId"] for question in questions_of(item)]
    return {"createItem": {**made, "questionId": questions} if questions else made}


def _delete(form: Form, body: Json) -> Json:
    gone = form.items.pop(_index(body.get("location"), len(form.items)))
    for item in form.items:
        without_section(item, gone["itemId"])
    return {}


def _move(form: Form, body: Json) -> Json:
    start = _index(body.get("originalLocation"), len(form.items), "originalLocation")
    end = _index(body.get("newLocation"), len(form.items), "newLocation")
    form.items.insert(end, form.items.pop(start))
    return {}


def _update(form: Form, body: Json) -> Json:
    index = _index(body.get("location"), len(form.items))
    given = body.get("item", {})
    mask = _mask(body, "Item")
    old = form.items.pop(index)
    item = given if not mask else _masked(copy.deepcopy(old), given, mask)
    form.items.insert(index, checked(form, item))
    if "pageBreakItem" in old and form.items[index]["itemId"] != old["itemId"]:
        for other in form.items:
            without_section(other, old["itemId"])
    return {}


def _mask(body: Json, name: str) -> Mask:
    """The update mask; {} for everything.

    Raises:
        ItemError: there is none, or it names what is not there.
    """
    text = body.get("updateMask", "")
    if not text:
        raise ItemError("update_mask is required.")
    try:
        mask = parse_mask(text)
        schema.forms().check_paths(name, mask)
    except (MaskSyntaxError, ApiError) as error:
        raise ItemError(f"Invalid update_mask: '{text}'.") from error
    return mask


def _masked(old: Any, given: Json, mask: Mask) -> Json:
    """The old value with the members that the mask names as they were given; one that was not given is taken away."""
    if "*" in mask:
        return copy.deepcopy(given)
    out: Json = old if isinstance(old, dict) else {}
    for name, below in mask.items():
        rivals = next((group for group in _EXCLUSIVE if name in group and name in given), frozenset())
        for rival in rivals - {name}:
            out.pop(rival, None)
        if below and isinstance(given.get(name, {}), dict):
            out[name] = _masked(out.get(name), given.get(name, {}), below)
        elif name in given:
            out[name] = given[name]
        else:
            out.pop(name, None)
    return out


def _info(form: Form, body: Json) -> Json:
    mask, info = _mask(body, "Info"), body.get("info", {})
    if "documentTitle" in mask:
        raise ItemError("document_title cannot be changed here. Rename the file with the Drive API.")
    if not mask or "title" in mask:
        if not info.get("title"):
            raise ItemError("info.title is required.")
        form.title = info["title"]
    if not mask or "description" in mask:
        form.description = info.get("description", "")
    return {}


def _settings(form: Form, body: Json) -> Json:
    mask, given = _mask(body, "FormSettings"), body.get("settings", {})
    form.settings = dict(given) if not mask else _masked(form.settings, given, mask)
    if form.settings.get("emailCollectionType", "EMAIL_COLLECTION_TYPE_UNSPECIFIED").endswith("UNSPECIFIED"):
        form.settings["emailCollectionType"] = "VERIFIED"
    return {}


_CHANGES: dict[str, Callable[[Form, Json], Json]] = {
    "createItem": _create,
    "deleteItem": _delete,
    "moveItem": _move,
    "updateItem": _update,
    "updateFormInfo": _info,
    "updateSettings": _settings,
}
