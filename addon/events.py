"""What Google sends with a call, as a frozen record. It has passed through a browser: nothing in it is trusted.

(developers.google.com/workspace/add-ons/concepts/event-objects)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

MOST_BYTES: Final = 64 * 1024
"""Of a body: three tokens, and a form with every field at its longest."""

LONGEST_TYPED: Final = 3500
"""Characters of a field: its own limit, and of a cell that a field can hold."""

FIRST_DAY: Final = date(1970, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
"""Of a field of days."""

_MOST_ITEMS: Final = 40
_LONGEST_NAME: Final = 100
_LONGEST_PARAMETER: Final = 500
_LONGEST_INPUT: Final = 4000
"""More than a field takes, since a line's end may come back as two characters."""

_LONGEST_TOKEN: Final = 4096
_LONGEST_ID: Final = 1024
_QUERY: Final = "autocomplete_widget_query"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = int((datetime(2200, 1, 1, tzinfo=UTC) - _EPOCH) / timedelta(milliseconds=1))

Json = Mapping[str, Any]


class Host(StrEnum):
    """Where the side panel is open; OTHER is any that we have no card for."""

    SHEETS = "SHEETS"
    CALENDAR = "CALENDAR"
    DOCS = "DOCS"
    OTHER = "OTHER"


class UnreadableError(ValueError):
    """The body is not what Google sends. It says where, and never what stood there."""


class FieldError(ValueError):
    """What stands in a field cannot be taken. Its text is a sentence for whoever typed it, without what was typed."""


@dataclass(frozen=True, slots=True)
class Event:
    """One call.

    Attributes:
        host: where the panel is open.
        parameters: of the button that was pressed, as we sent them once, or as anybody else likes them.
        texts: what was typed or picked in each field; several where several could be picked.
        instants: what was picked in each field of dates, in milliseconds since 1970 (UTC); a day is its midnight.
        times: what was picked in each field of times, on the school's wall clock.
        faults: of each field whose text or day cannot be taken, why. Google posts every field of a card with every
            button, so these concern nobody but who reads the field.
        file: the id of the open spreadsheet; "" where Google does not say it.
        may_read_file: whether the person let the add-on see that file.
        link: the link in a document that is to be shown.
        calendar: the id of the calendar of the open event.
        event: the id of the open event.
        scopes: what the person agreed to.
        system, user: the two tokens.
    """

    host: Host = Host.OTHER
    parameters: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    instants: Mapping[str, datetime] = field(default_factory=dict, repr=False)
    times: Mapping[str, time] = field(default_factory=dict, repr=False)
    faults: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    may_read_file: bool = False
    link: str = ""
    calendar: str = ""
    event: str = ""
    scopes: frozenset[str] = frozenset()
    system: str = field(default="", repr=False)
    user: str = field(default="", repr=False)

    def text(self, name: str) -> str:
        """The one text of a field, without blanks around it; "" where there is none.

        Each line ends in one character, as in a cell: else what came back untouched would count as other words.

        Raises:
            FieldError: it is too long.
        """
        self._look(name)
        return next(iter(self.texts.get(name, ())), "").replace("\r\n", "\n").strip()

    def day(self, name: str) -> date | None:
        """The day of a field; None where none was picked. Google sends a day as its midnight in UTC.

        Raises:
            FieldError: it is of another century.
        """
        self._look(name)
        instant = self.instants.get(name)
        return None if instant is None else instant.date()

    def _look(self, name: str) -> None:
        if name in self.faults:
            raise FieldError(f"“{name.replace('_', ' ').capitalize()}” {self.faults[name]}")


def read_event(body: bytes) -> Event:
    """The event of a body.

    Raises:
        UnreadableError: it is too long, no JSON object, or a part of it has not the shape or size that it should.
    """
    if len(body) > MOST_BYTES:
        raise UnreadableError("the body is too long")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        # UnicodeDecodeError is a ValueError, too.
        raise UnreadableError("the body is no JSON") from error
    common = _part(_object(told, "the body"), "commonEventObject")
    granted = _part(told, "authorizationEventObject")
    sheets, calendar = _part(told, "sheets"), _part(told, "calendar")
    inputs = _part(common, "formInputs")
    if len(inputs) > _MOST_ITEMS:
        raise UnreadableError("formInputs has too many fields")
    texts, long = _texts(inputs)
    instants, far = _instants(inputs)
    host = common.get("hostApp")
    return Event(
        host=Host(host) if isinstance(host, str) and host in set(Host) else Host.OTHER,
        parameters=_parameters(_part(common, "parameters")),
        texts=texts,
        instants=instants,
        times={name: _time(value) for name, value in _inputs(inputs, "timeInput")},
        faults={**long, **far},
        file=_text(sheets, "id", _LONGEST_ID),
        may_read_file=sheets.get("addonHasFileScopePermission") is True,
        link=_text(_part(_part(told, "docs") or sheets, "matchedUrl"), "url", MOST_BYTES),
        calendar=_text(calendar, "calendarId", _LONGEST_ID),
        event=_text(calendar, "id", _LONGEST_ID),
        scopes=frozenset(_list(granted.get("authorizedScopes"), "authorizedScopes", _LONGEST_PARAMETER)),
        system=_text(granted, "systemIdToken", _LONGEST_TOKEN),
        user=_text(granted, "userIdToken", _LONGEST_TOKEN),
    )


def _object(value: object, what: str) -> Json:
    if not isinstance(value, dict):
        raise UnreadableError(f"{what} is no object")
    return value


def _part(told: Json, name: str) -> Json:
    """An object within another; {} where it is not there."""
    value = told.get(name)
    return {} if value is None else _object(value, name)


def _text(told: Json, name: str, longest: int) -> str:
    value = told.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise UnreadableError(f"{name} is no text, or too long")
    return value


def _list(value: object, what: str, longest: int) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > _MOST_ITEMS:
        raise UnreadableError(f"{what} is no list, or too long")
    if not all(isinstance(each, str) and len(each) <= longest for each in value):
        raise UnreadableError(f"{what} holds what is no text, or too long")
    return tuple(value)


def _name(name: str) -> str:
    if len(name) > _LONGEST_NAME:
        raise UnreadableError("the name of a field is too long")
    return name


def _parameters(told: Json) -> dict[str, str]:
    if len(told) > _MOST_ITEMS:
        raise UnreadableError("parameters has too many keys")
    # What is typed into a field with suggestions is put here by Google, however long it is: then none is suggested.
    query = told.get(_QUERY)
    left_out = {_QUERY} if isinstance(query, str) and len(query) > _LONGEST_PARAMETER else set()
    return {_name(name): _text(told, name, _LONGEST_PARAMETER) for name in told.keys() - left_out}


def _inputs(inputs: Json, kind: str) -> list[tuple[str, Json]]:
    """The fields of one kind."""
    found = []
    for name, value in inputs.items():
        given = _part(_object(value, "a field"), kind)
        if given:
            found.append((_name(name), given))
    return found


def _texts(inputs: Json) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """The texts of fields, and what is wrong with the others."""
    found = {
        name: _list(told.get("value"), "the value of a field", MOST_BYTES)
        for name, told in _inputs(inputs, "stringInputs")
    }
    why = f"has more than {LONGEST_TYPED:,} letters. Shorten it, or write it in the row."
    faults = {name: why for name, texts in found.items() if any(len(each) > _LONGEST_INPUT for each in texts)}
    return {name: texts for name, texts in found.items() if name not in faults}, faults


def _instants(inputs: Json) -> tuple[dict[str, datetime], dict[str, str]]:
    """The instants of fields, and what is wrong with the others."""
    found = {
        name: milliseconds
        for kind in ("dateInput", "dateTimeInput")
        for name, told in _inputs(inputs, kind)
        if (milliseconds := _milliseconds(told.get("msSinceEpoch"))) is not None
    }
    faults = {name: "is a day of another century. Pick another." for name, at in found.items() if not 0 <= at < _END}
    return {name: _EPOCH + timedelta(milliseconds=at) for name, at in found.items() if name not in faults}, faults


def _milliseconds(value: object) -> int | None:
    """Milliseconds since 1970, as a number or, as Google's documents have it, as a text."""
    if value is None or value == "":
        return None
    try:
        return int(str(value))
    except ValueError as error:
        raise UnreadableError("an instant is none") from error


def _time(told: Json) -> time:
    hours, minutes = told.get("hours", 0), told.get("minutes", 0)
    try:
        return time(hours, minutes)
    except (ValueError, TypeError) as error:
        raise UnreadableError("a time of day is none") from error
