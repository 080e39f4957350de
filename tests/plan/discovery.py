"""Requests held against the discovery document that google-api-python-client ships."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

_SHEETS = json.loads(
    (resources.files("googleapiclient") / "discovery_cache" / "documents" / "sheets.v4.json").read_text(
        encoding="utf-8"
    )
)
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list, tuple),
    "object": (dict,),
}


def faults(value: Any, schema: str, where: str = "") -> list[str]:
    """Each field that the API does not know, each value of another type or outside its list, with its path."""
    return _faults(value, {"$ref": schema}, where or schema)


def _faults(value: Any, schema: dict[str, Any], where: str) -> list[str]:
    if "$ref" in schema:
        schema = _SHEETS["schemas"][schema["$ref"]] | {"type": "object"}
    kind = schema.get("type", "any")
    if kind == "any":
        return []
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return [f"{where}: {value!r} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is not one of the values"]
    if kind == "array":
        return [f for i, one in enumerate(value) for f in _faults(one, schema["items"], f"{where}[{i}]")]
    if kind != "object":
        return []
    found = []
    for name, one in value.items():
        inner = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
        if inner is None:
            found.append(f"{where}.{name}: is not a field")
        elif inner.get("readOnly"):
            found.append(f"{where}.{name}: is read-only")
        else:
            found += _faults(one, inner, f"{where}.{name}")
    return found
