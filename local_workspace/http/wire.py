"""Requests, answers and errors as they travel between the server and the APIs."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

Json = dict[str, Any]

MAX_DIGITS = 18
"""Of a number in a URL; Python itself fails at 4,300."""
NEWER = ("/v4/", "/v1/")
"""Paths of the APIs whose refusals have a status and details: Sheets, Forms and Pub/Sub."""
JSON_TYPE = "application/json; charset=UTF-8"

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class ApiError(Exception):
    """A refusal that becomes an error body.

    Attributes:
        status: the HTTP status.
        message: Google's sentence.
        details: `error.details`, as Sheets sends them.
        reason: the `errors[0].reason` of Drive, Calendar and Gmail bodies; "" gives a body without `errors`.
        extra: further members of `errors[0]`, such as `location`.
        canonical: `error.status`; "" leaves it out, as Drive does for most errors.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        details: list[Json] | None = None,
        reason: str = "",
        domain: str = "global",
        extra: Json | None = None,
        canonical: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = details
        self.reason = reason
        self.domain = domain
        self.extra = extra or {}
        default = "" if reason else STATUS_NAMES.get(status, "UNKNOWN")
        self.canonical = default if canonical is None else canonical

    def body(self) -> Json:
        """The JSON body, in the shape of the API that refused."""
        error: Json = {"code": self.status, "message": self.message}
        if self.reason:
            first = {"message": self.message, "domain": self.domain, "reason": self.reason, **self.extra}
            error["errors"] = [first]
        if self.canonical:
            error["status"] = self.canonical
        if self.details:
            error["details"] = self.details
        return {"error": error}


def _no_number(word: str) -> float:
    raise ValueError(f"Unexpected token.\n{word}")


def _finite(text: str) -> float:
    """A number of the body; one that no double can hold would poison every sum that reads it."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"Number is out of range: {text}")
    return number


def _no_half_letters(value: Any) -> None:
    """Refuse half of a surrogate pair: JSON can escape it, and no text that is answered or kept can hold it."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("A string holds half of a surrogate pair.") from error


def whole(text: str) -> int | None:
    """A number of a URL; None for anything but digits, and for more of them than any id or count has."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else None


def bad_request(message: str, field_path: str | None = None) -> ApiError:
    """A 400 of the Sheets kind, with a field violation when the field is known."""
    details = None
    if field_path is not None:
        violation = {"field": field_path, "description": message} if field_path else {"description": message}
        details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}]
    return ApiError(400, message, details=details)


@dataclass(slots=True)
class Request:
    """One request as the handlers see it.

    Attributes:
        method: in capitals.
        path: percent-encoded, without the query.
        query: every parameter, each with all its values, in order.
        headers: names in lower case.
        body: decoded (never gzip).
        account: the e-mail of the caller, "" before authentication.
        base_url: the address by which the caller reached us.
        parsed: the body put straight by the discovery document, once that was done.
        target: the path with its query, and `received` the length of the body, as they arrived.
    """

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = b""
    account: str = ""
    base_url: str = ""
    scopes: frozenset[str] | None = None
    parsed: Json | None = None
    target: str = ""
    received: int = 0

    def param(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        values = self.query.get(name)
        return values[-1] if values else default

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean query parameter, refused as Google refuses a value that is none.

        Raises:
            ApiError: 400 when the value is not a boolean.
        """
        text = self.param(name)
        if not text:
            return default
        if text.lower() in ("true", "1"):
            return True
        if text.lower() in ("false", "0"):
            return False
        raise bad_request(f"Invalid value at '{snake(name)}' (TYPE_BOOL), \"{text}\"", snake(name))

    def json(self) -> Any:
        """The body as JSON, {} when empty; put straight by the discovery document once that was done.

        Raises:
            ApiError: 400 when the body is not JSON or not an object.
        """
        if self.parsed is not None:
            return self.parsed
        if not self.body.strip():
            return {}
        try:
            value = json.loads(self.body.decode("utf-8-sig"), parse_constant=_no_number, parse_float=_finite)
            if b"\\u" in self.body:
                _no_half_letters(value)
        except ValueError as error:
            text = self.body[:60].decode("utf-8", "replace")
            raise bad_request(f"Invalid JSON payload received. {error}\n{text}\n^", "") from error
        if not isinstance(value, dict):
            raise bad_request("Invalid JSON payload received. Unexpected token; an object was expected.", "")
        return value


@dataclass(slots=True)
class Response:
    """One answer. `data` (JSON) wins over `body`; `masked` says that the field mask was applied."""

    status: int = 200
    data: Any = None
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    masked: bool = False

    def render(self, *, pretty: bool) -> bytes:
        """The bytes of the body."""
        return self.body if self.data is None else dump_json(self.data, pretty=pretty)


class Logged(NamedTuple):
    """One line of the request log; status 0 is a connection that was cut."""

    method: str
    path: str
    bytes_in: int
    bytes_out: int
    account: str
    status: int


def parse_query(text: str) -> dict[str, list[str]]:
    """Query parameters by name, blank ones included."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


def snake(name: str) -> str:
    """`updateCells` as Google writes it in field paths: `update_cells`."""
    return "".join("_" + char.lower() if char.isupper() else char for char in name)


def dump_json(value: Any, *, pretty: bool) -> bytes:
    """JSON as Google sends it: two spaces and a final newline, or compact with `prettyPrint=false`."""
    if not pretty:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    # json's own indent runs in slow Python generators: three times the time of this on a big answer.
    return (_pretty(value, "\n", {}) + "\n").encode(errors="replace")


class Shared(dict[str, Any]):
    """A JSON object that stands in many places of one answer, such as a cell's format: it is written once."""

    __slots__ = ()


class Kept(dict[str, Any]):
    """A JSON object of many answers, such as a row that nobody changed: its text is kept with it."""

    __slots__ = ("texts",)

    def __init__(self, value: Json) -> None:
        super().__init__(value)
        self.texts: dict[str, str] = {}


_KEYS: dict[str, str] = {}
"""The names of members as they are written; the same few stand in every cell."""


def _key(name: str) -> str:
    text = f"{encode_basestring(name)}: "
    if len(_KEYS) < 1000:
        _KEYS[name] = text
    return text


def _pretty(value: Any, newline: str, written: dict[tuple[int, str], str]) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is dict or kind is Shared or kind is Kept:
        if not value:
            return "{}"
        if kind is Kept:
            kept: str | None = value.texts.get(newline)
            if kept is not None:
                return kept
        if kind is Shared:
            known = written.get((id(value), newline))
            if known is not None:
                return known
        deeper = newline + "  "
        text = "{" + ",".join(
            [
                deeper
                + (_KEYS.get(key) or _key(key))
                + (encode_basestring(item) if type(item) is str else _pretty(item, deeper, written))
                for key, item in value.items()
            ]
        )
        text += newline + "}"
        if kind is Shared:
            written[id(value), newline] = text
        elif kind is Kept:
            value.texts[newline] = text
        return text
    if kind is list:
        if not value:
            return "[]"
        deeper = newline + "  "
        return "[" + ",".join([deeper + _pretty(item, deeper, written) for item in value]) + newline + "]"
    if kind is int:
        return str(value)
    return encode_basestring(value) if isinstance(value, str) else json.dumps(value)
