"""Requests and answers held against the discovery documents that google-api-python-client ships.

A request with an unknown or ill-typed field is refused with Google's message; what protobuf's JSON reader
accepts in other spellings (numbers as strings, null for absent) is accepted and put straight.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from googleapiclient import discovery_cache

from . import legacy
from .fields import Mask, invalid_mask
from .wire import ApiError, Json, Request, snake

Check = Callable[[Any, str, list[tuple[str, str]]], Any]
"""(value, path, problems) -> the value put straight; adds (path, message) for each problem."""

STANDARD = frozenset(
    (
        "$.xgafv",
        "$fields",
        "access_token",
        "alt",
        "callback",
        "fields",
        "key",
        "oauth_token",
        "prettyPrint",
        "quotaUser",
        "uploadType",
        "upload_protocol",
        "userIp",
    )
)
"""Query parameters that every method takes."""

_BODY_NAMES = {
    "sheets.spreadsheets.create": "spreadsheet",
    "sheets.spreadsheets.values.update": "data",
    "sheets.spreadsheets.values.append": "data",
}
"""Where the body is one field of the request message, paths begin with it (recorded: data.values)."""

_ONE_OF = {"Request": "kind", "ExtendedValue": "value", "DataFilter": "filter"}
"""Messages whose members exclude each other; the documents do not say so."""

_INTEGERS = {"int32": "TYPE_INT32", "int64": "TYPE_INT64", "uint32": "TYPE_UINT32", "uint64": "TYPE_UINT64"}
_PROBLEM_LIMIT = 20


def quoted(value: Any) -> str:
    """A value as Google's refusals show it."""
    return json.dumps(value, ensure_ascii=False)


class Api:
    """One discovery document, its schemas compiled to functions when they are first needed.

    `more` holds further schemas in the document's own language, for messages of which Google publishes no document.
    """

    def __init__(
        self,
        name: str,
        version: str,
        package: str,
        *,
        forgiving: bool = False,
        errors_list: bool = False,
        more: Mapping[str, Json] | None = None,
    ) -> None:
        self._forgiving = forgiving
        self._errors_list = errors_list
        self._document: Json = json.loads(str(discovery_cache.get_static_doc(name, version)))
        self._schemas: dict[str, Json] = {**self._document["schemas"], **(more or {})}
        self._package = package
        self._compiled: dict[str, Check] = {}
        self._special: dict[tuple[str, str], Check] = {}
        self.methods: dict[str, Json] = {}
        self._collect(self._document)

    def _collect(self, node: Json) -> None:
        for method in node.get("methods", {}).values():
            self.methods[method["id"]] = method
        for child in node.get("resources", {}).values():
            self._collect(child)

    def override(self, schema: str, name: str, check: Check) -> None:
        """Check one field by a function of its own; to be called before the schema is first used."""
        self._special[schema, name] = check

    # ---- bodies

    def check_body(self, method_id: str, body: Json) -> Json:
        """A request's body put straight.

        Raises:
            ApiError: 400 that lists every unknown and ill-typed field.
        """
        reference = self.methods[method_id].get("request", {}).get("$ref")
        if reference is None:
            return body
        problems: list[tuple[str, str]] = []
        straight: Json = self.check(reference, body, _BODY_NAMES.get(method_id, ""), problems)
        if problems:
            raise legacy.invalid_body(problems) if self._errors_list else _refusal(problems)
        return straight

    def check(self, schema: str, value: Any, path: str, problems: list[tuple[str, str]]) -> Any:
        """A value held against a schema by name."""
        return self._named(schema)(value, path, problems)

    def messages(self, schema: str, value: Json, path: str = "") -> Iterator[tuple[str, str, Json]]:
        """Every message inside of a value that passed `check`, the outer ones first.

        Yields:
            (name of its schema, path, the message).
        """
        yield schema, path, value
        fields = self._schemas[schema].get("properties", {})
        for key, item in value.items():
            field, at = fields.get(key, {}), f"{path}.{snake(key)}" if path else snake(key)
            if "$ref" in field:
                yield from self.messages(field["$ref"], item, at)
            elif "$ref" in field.get("items", {}):
                for number, one in enumerate(item):
                    yield from self.messages(field["items"]["$ref"], one, f"{at}[{number}]")

    def _named(self, name: str) -> Check:
        found = self._compiled.get(name)
        if found is None:
            found = self._compiled[name] = self._message(name, self._schemas[name])
        return found

    def _message(self, name: str, schema: Json) -> Check:
        if schema.get("type") == "any":
            return _anything
        fields = {
            key: (self._field(name, key, value), snake(key), value.get("type") == "any")
            for key, value in schema.get("properties", {}).items()
        }
        type_name = f"type.googleapis.com/{self._package}.{name}"
        one_of = _ONE_OF.get(name)
        forgiving = self._forgiving

        def check(value: Any, path: str, problems: list[tuple[str, str]]) -> Any:
            if not isinstance(value, dict):
                problems.append((path, f"Invalid value at '{path}' ({type_name}), {quoted(value)}"))
                return value
            if one_of is not None and len(value) > 1:
                second = list(value)[1]
                where = f"oneof field '{one_of}' is already set. Cannot set '{second}'"
                problems.append((path, f"Invalid value at '{path}' (oneof), {where}"))
            straight: Json | None = None
            for key, item in value.items():
                field = fields.get(key)
                if field is None and forgiving:
                    straight = dict(value) if straight is None else straight
                    del straight[key]
                    continue
                if field is None:
                    where = f" at '{path}'" if path else ""
                    message = f'Invalid JSON payload received. Unknown name "{key}"{where}: Cannot find field.'
                    problems.append((path, message))
                    continue
                if item is None and not field[2]:
                    straight = dict(value) if straight is None else straight
                    del straight[key]
                    continue
                after = field[0](item, f"{path}.{field[1]}" if path else field[1], problems)
                if after is not item:
                    straight = dict(value) if straight is None else straight
                    straight[key] = after
            return value if straight is None else straight

        return check

    def _field(self, owner: str, name: str, schema: Json) -> Check:
        special = self._special.get((owner, name))
        if special is not None:
            return special
        if "$ref" in schema:
            return self._lazy(schema["$ref"])
        kind = schema.get("type")
        if kind == "array":
            return _repeated(self._field(owner, name, schema["items"]))
        if kind == "object" and "properties" in schema:
            return self._message(f"{owner}.{name[:1].upper()}{name[1:]}", schema)
        if kind == "object":
            extra = schema.get("additionalProperties")
            return _anything if extra is None else _map(self._field(owner, name, extra))
        if kind == "string" and "enum" in schema:
            type_name = f"type.googleapis.com/{self._package}.{_enum_name(owner, name)}"
            return _enum(frozenset(schema["enum"]), type_name)
        if kind == "string":
            return _integer(_INTEGERS[schema["format"]]) if schema.get("format") in _INTEGERS else _string
        if kind == "integer":
            return _integer(_INTEGERS[schema.get("format", "int32")])
        return {"number": _number, "boolean": _boolean}.get(str(kind), _anything)

    def _lazy(self, name: str) -> Check:
        """A check by name, for a schema may hold itself."""
        compiled = self._compiled

        def check(value: Any, path: str, problems: list[tuple[str, str]]) -> Any:
            return (compiled.get(name) or self._named(name))(value, path, problems)

        return check

    # ---- query and mask

    def check_query(self, method_id: str, request: Request) -> None:
        """Refuse a query parameter that the method does not have.

        Raises:
            ApiError: 400 with Google's message.
        """
        known = self.methods[method_id].get("parameters", {})
        if self._errors_list:
            legacy.check_query(known, request, STANDARD)
            return
        problems = [
            (
                name,
                (
                    f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                    f"Field '{name}' could not be found in request message."
                ),
            )
            for name in request.query
            if name not in known and name not in STANDARD
        ]
        if problems:
            raise _refusal(problems)

    def check_mask(self, method_id: str, mask: Mask) -> None:
        """Refuse a field mask that names what the answer cannot hold.

        Raises:
            ApiError: 400 as recorded.
        """
        reference = self.methods[method_id].get("response", {}).get("$ref")
        if reference is None:
            return
        try:
            self._walk_mask(mask, self._schemas[reference], "")
        except ApiError as error:
            raise legacy.invalid_mask(error) if self._errors_list else error from None

    def _walk_mask(self, mask: Mask, schema: Json, path: str) -> None:
        while True:
            if "$ref" in schema:
                schema = self._schemas[schema["$ref"]]
            elif schema.get("type") == "array":
                schema = schema["items"]
            else:
                break
        fields = schema.get("properties", {})
        for name, below in mask.items():
            at = f"{path}.{name}" if path else name
            if name == "*":
                continue
            if "additionalProperties" in schema:
                self._walk_mask(below, schema["additionalProperties"], at)
            elif name not in fields:
                raise invalid_mask(at)
            elif below:
                self._walk_mask(below, fields[name], at)

    def check_paths(self, name: str, mask: Mask) -> None:
        """Refuse an update mask that names what a message cannot hold.

        Raises:
            ApiError: 400.
        """
        self._walk_mask(mask, self._schemas[name], "")

    def faults_of_answer(self, method_id: str, body: Any) -> list[str]:
        """What of an answer does not agree with the document; for tests."""
        reference = self.methods[method_id].get("response", {}).get("$ref")
        problems: list[tuple[str, str]] = []
        if reference is not None and self.check(reference, body, "", problems) is not body:
            problems.append(("", "a value had to be put straight"))
        return [message for _, message in problems]


def _enum_name(owner: str, name: str) -> str:
    """The name of an enum's type: the documents do not say it; Google mostly uses the field's."""
    word = name[:1].upper() + name[1:]
    return word if name in ("dimension", "majorDimension", "sortOrder", "pasteType") else f"{owner}.{word}"


def _refusal(problems: list[tuple[str, str]]) -> ApiError:
    problems = problems[:_PROBLEM_LIMIT]
    violations = [
        {"field": path, "description": message} if path else {"description": message} for path, message in problems
    ]
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}
    return ApiError(400, "\n".join(message for _, message in problems), details=[detail])


def _anything(value: Any, _path: str, _problems: list[tuple[str, str]]) -> Any:
    return value


def _invalid(path: str, kind: str, value: Any, problems: list[tuple[str, str]]) -> Any:
    problems.append((path, f"Invalid value at '{path}' ({kind}), {quoted(value)}"))
    return value


def _string(value: Any, path: str, problems: list[tuple[str, str]]) -> Any:
    return value if isinstance(value, str) else _scalar_expected(path, "TYPE_STRING", value, problems)


def _boolean(value: Any, path: str, problems: list[tuple[str, str]]) -> Any:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    return _scalar_expected(path, "TYPE_BOOL", value, problems)


def _number(value: Any, path: str, problems: list[tuple[str, str]]) -> Any:
    if isinstance(value, (str, float)) or type(value) is int:
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return _invalid(path, "TYPE_DOUBLE", value, problems)
        if math.isfinite(number):
            return number if isinstance(value, str) else value
        return _invalid(path, "TYPE_DOUBLE", value, problems)
    return _scalar_expected(path, "TYPE_DOUBLE", value, problems)


def _integer(kind: str) -> Check:
    wide = kind.endswith("64")

    def check(value: Any, path: str, problems: list[tuple[str, str]]) -> Any:
        if type(value) is int and not wide:
            return value if -(2**31) <= value < 2**32 else _invalid(path, kind, value, problems)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            try:
                number = int(value)
            except (ValueError, OverflowError):
                return _invalid(path, kind, value, problems)
            if (isinstance(value, str) or value == number) and (wide or -(2**31) <= number < 2**32):
                return (value if isinstance(value, str) else str(int(number))) if wide else int(number)
            return _invalid(path, kind, value, problems)
        return _scalar_expected(path, kind, value, problems)

    return check


def _scalar_expected(path: str, kind: str, value: Any, problems: list[tuple[str, str]]) -> Any:
    if isinstance(value, (list, dict)):
        name = path.rpartition(".")[2]
        parent = path.rpartition(".")[0]
        where = f" at '{parent}'" if parent else ""
        start = "list" if isinstance(value, list) else "object"
        message = (
            f'Invalid JSON payload received. Unknown name "{name}"{where}: Proto field is not repeating, '
            f"cannot start {start}."
        )
        problems.append((parent, message))
        return value
    return _invalid(path, kind, value, problems)


def _enum(allowed: frozenset[str], type_name: str) -> Check:
    def check(value: Any, path: str, problems: list[tuple[str, str]]) -> Any:
        if value in allowed if isinstance(value, str) else False:
            return value
        return _scalar_expected(path, type_name, value, problems)

    return check


def _repeated(item: Check) -> Check:
    def check(value: Any, path: str, problems: list[tuple[str, str]]) -> Any:
        if not isinstance(value, list):
            # Protobuf's reader takes a lone value for a list of one, and refuses what that value is not.
            return [item(value, f"{path}[0]", problems)]
        straight: list[Any] | None = None
        for at, part in enumerate(value):
            after = item(part, f"{path}[{at}]", problems)
            if after is not part:
                straight = value.copy() if straight is None else straight
                straight[at] = after
        return value if straight is None else straight

    return check


def _list_value(value: Any, path: str, problems: list[tuple[str, str]]) -> Any:
    """`ValueRange.values` holds ListValues: each row must be a list (recorded)."""
    if not isinstance(value, list):
        return _invalid(path, "type.googleapis.com/google.protobuf.ListValue", value, problems)
    for at, row in enumerate(value):
        if not isinstance(row, list):
            _invalid(f"{path}[{at}]", "type.googleapis.com/google.protobuf.ListValue", row, problems)
    return value


def _map(item: Check) -> Check:
    def check(value: Any, path: str, problems: list[tuple[str, str]]) -> Any:
        if not isinstance(value, dict):
            return _invalid(path, "map", value, problems)
        straight = {
            key: part if part is None else item(part, f'{path}["{key}"]', problems) for key, part in value.items()
        }
        return value if all(straight[key] is part for key, part in value.items()) else straight

    return check


@cache
def sheets() -> Api:
    """Sheets v4."""
    api = Api("sheets", "v4", "google.apps.sheets.v4")
    api.override("ValueRange", "values", _list_value)
    api.override("DataFilterValueRange", "values", _list_value)
    return api


@cache
def drive() -> Api:
    """Drive v3, which lists errors in the older shape, and overlooks unknown fields: gspread sends `withLink`."""
    return Api("drive", "v3", "google.apps.drive.v3", forgiving=True, errors_list=True)


@cache
def calendar() -> Api:
    """Calendar v3, which overlooks unknown fields of a body and lists errors in the older shape."""
    return Api("calendar", "v3", "google.apps.calendar.v3", forgiving=True, errors_list=True)


@cache
def gmail() -> Api:
    """Gmail v1, whose errors have both a list and a status."""
    return Api("gmail", "v1", "google.apps.gmail.v1", errors_list=True)


@cache
def forms() -> Api:
    """Forms v1."""
    return Api("forms", "v1", "google.apps.forms.v1")


@cache
def pubsub() -> Api:
    """Pub/Sub v1."""
    return Api("pubsub", "v1", "google.pubsub.v1")


_APIS: dict[str, Callable[[], Api]] = {
    "sheets": sheets,
    "drive": drive,
    "calendar": calendar,
    "gmail": gmail,
    "forms": forms,
    "pubsub": pubsub,
}


def api_of(method_id: str) -> Api | None:
    """The document that a method belongs to; None for one without."""
    found = _APIS.get(method_id.partition(".")[0])
    return None if found is None else found()
