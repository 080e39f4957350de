"""Refusals in the shape of Google's older APIs, whose error bodies have a list: Calendar and Gmail.

The sentences are those that the older stack gives for query parameters; for bodies, the one recorded for Calendar.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .wire import ApiError

if TYPE_CHECKING:
    from collections.abc import Collection

    from .wire import Request

Json = dict[str, Any]


def _parameter(message: str, name: str) -> ApiError:
    extra = {"locationType": "parameter", "location": name}
    return ApiError(400, message, reason="invalidParameter", extra=extra)


def invalid_body(problems: list[tuple[str, str]]) -> ApiError:
    """A body with a field of another kind than it takes."""
    unknown = [message for _, message in problems if message.startswith("Invalid JSON payload")]
    if unknown:
        return ApiError(400, "\n".join(unknown), reason="badRequest")
    return ApiError(400, "\n".join(f"Invalid value for: {message}" for _, message in problems), reason="invalid")


def invalid_mask(error: ApiError) -> ApiError:
    """A `fields` parameter that names what the answer cannot hold."""
    path = re.search(r"for path '([^']*)'", str((error.details or [{}])[0]))
    return _parameter(f"Invalid field selection {path[1] if path else ''}".strip(), "fields")


def check_query(known: Json, request: Request, standard: Collection[str]) -> None:
    """Refuse a query parameter that the method does not have, or a value that is not of its kind.

    Raises:
        ApiError: 400.
    """
    for name, values in request.query.items():
        rule = known.get(name)
        if rule is None:
            if name in standard:
                continue
            raise _parameter(
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                f"Field '{name}' could not be found in request message.",
                name,
            )
        for value in values:
            _check_value(name, rule, value)


def _check_value(name: str, rule: Json, value: str) -> None:
    kind = rule.get("type")
    if "enum" in rule and value not in rule["enum"]:
        raise _parameter(f"Invalid string value: '{value}'. Allowed values: [{', '.join(rule['enum'])}]", name)
    if kind == "boolean" and value.lower() not in ("true", "false", "1", "0"):
        raise _parameter(f"Invalid boolean value: '{value}'.", name)
    if kind == "integer":
        if not re.fullmatch(r"-?\d{1,18}", value):
            raise _parameter(f"Invalid integer value: '{value}'.", name)
        low, high = int(rule.get("minimum", 0)), int(rule.get("maximum", 2147483647))
        if not low <= int(value) <= high:
            raise _parameter(f"Invalid value '{value}'. Values must be within the range: [{low}, {high}]", name)
