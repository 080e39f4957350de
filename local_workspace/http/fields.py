"""Field masks: `fields=sheets(properties(title),data/rowData)`, parsed, checked and applied.

Source: the partial-response grammar of Google's APIs; the refusal is the one recorded in google-wire.md.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .wire import ApiError, Json

Mask = dict[str, Any]
"""A tree of names; an empty tree means everything below. "*" is a name like others."""

EVERYTHING: Mask = {}


class MaskSyntaxError(ValueError):
    """A mask that cannot be parsed."""


@lru_cache(maxsize=512)
def parse_mask(text: str) -> Mask:
    """Parse a mask into a tree of names.

    Raises:
        MaskSyntaxError: unbalanced brackets or an empty name.
    """
    tree, rest = _parse_list(text.strip())
    if rest:
        raise MaskSyntaxError(text)
    return {} if "*" in tree and tree["*"] == {} else tree


def _parse_list(text: str) -> tuple[Mask, str]:
    tree: Mask = {}
    while True:
        text = _parse_path(text, tree)
        if not text.startswith(","):
            return tree, text
        text = text[1:]


def _parse_path(text: str, tree: Mask) -> str:
    """Parse `a.b/c(d,e)` into `tree`; a name already asked for as a whole stays whole."""
    node, whole = tree, False
    while True:
        end = next((at for at, char in enumerate(text) if char in ",()./"), len(text))
        name, text = text[:end].strip(), text[end:]
        if not name:
            raise MaskSyntaxError(name)
        name = camel(name)
        known = name in node
        whole = whole or (known and node[name] == {})
        parent, node = node, node.setdefault(name, {})
        if text[:1] in (".", "/"):
            text = text[1:]
            continue
        if text[:1] == "(":
            inner, text = _parse_list(text[1:])
            if not text.startswith(")"):
                raise MaskSyntaxError(text)
            text = text[1:]
            if "*" in inner:
                parent[name] = {}
            elif not whole:
                _merge(node, inner)
            return text
        parent[name] = {}
        return text


def _merge(into: Mask, other: Mask) -> None:
    for name, sub in other.items():
        if name not in into:
            into[name] = sub
        elif not sub:
            into[name] = {}
        elif into[name]:
            _merge(into[name], sub)


def camel(name: str) -> str:
    """Masks may be written in snake case, as protobuf does."""
    if "_" not in name:
        return name
    head, *tail = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)


def select(value: Any, mask: Mask) -> Any:
    """The part of an answer that a mask asks for."""
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [select(item, mask) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: select(item, mask[name]) for name, item in value.items() if name in mask}


def wants(mask: Mask, *path: str) -> bool:
    """Whether a mask asks for the value at a path, or for anything below it."""
    for name in path:
        if not mask or "*" in mask:
            return True
        if name not in mask:
            return False
        mask = mask[name]
    return True


def sub_mask(mask: Mask, *path: str) -> Mask:
    """The mask below a path that is wanted."""
    for name in path:
        if not mask or "*" in mask:
            return EVERYTHING
        mask = mask[name]
    return mask


def invalid_mask(path: str, parameter: str = "fields") -> ApiError:
    """Google's refusal of a mask that names a field which does not exist (recorded)."""
    text = f"Error expanding '{parameter}' parameter. Cannot find matching fields for path '{path}'."
    violation: Json = {"field": path, "description": text}
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
    return ApiError(400, "Request contains an invalid argument.", details=[detail])
