"""Google's own functions that the engine lacks, and that are simple enough to be right.

What a function of ours cannot do is left out: QUERY, ARRAYFORMULA, IMPORTRANGE and their like answer #NAME?.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import patterns
from .serial import from_serial
from .typed import type_in

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

Function = Callable[..., Any]
_PLAIN_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)")


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _is_error(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "Error"


def _passing_errors(function: Function) -> Function:
    """A function that gives an error it is given, as those of the engine do."""

    def run(*values: Any) -> Any:
        return next((value for value in values if _is_error(value)), None) or function(*values)

    return run


def _each(function: Function) -> Function:
    """A function of one value that is given a range: it gives as many values."""

    def run(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [run(item) for item in value]
        return value if _is_error(value) else function(value)

    return run


def upper(value: Any) -> str:
    """UPPER: in every alphabet; the engine's own knows the English one."""
    return _text(value).upper()


def lower(value: Any) -> str:
    """LOWER: in every alphabet."""
    return _text(value).lower()


def split(text: Any, delimiter: Any, by_each: Any = True, skip_empty: Any = True) -> list[list[Any]]:
    """SPLIT: the pieces side by side, those that read as numbers as numbers.

    Args:
        text: what to split.
        delimiter: where; each of its characters alone, or all of them together.
        by_each: which of the two.
        skip_empty: whether empty pieces are left out.
    """
    letters = _text(delimiter)
    if not letters:
        raise ValueError("SPLIT needs a delimiter")
    pattern = "|".join(re.escape(one) for one in letters) if by_each else re.escape(letters)
    pieces = [piece for piece in re.split(pattern, _text(text)) if piece or not skip_empty]
    return [[_number_or_text(piece) for piece in pieces] or [""]]


def _number_or_text(text: str) -> Any:
    return float(text) if _PLAIN_NUMBER.fullmatch(text) else text


def count_unique(*values: Any) -> int:
    """COUNTUNIQUE: how many different values, blanks not counted."""
    found = set()
    for value in _flat(list(values)):
        if value is not None and value != "":
            found.add((isinstance(value, bool), isinstance(value, str), value))
    return len(found)


def join(delimiter: Any, *values: Any) -> str:
    """JOIN: the values with a delimiter between them, blanks included."""
    return _text(delimiter).join(_text(value) for value in _flat(list(values)))


def regex_match(text: Any, pattern: str) -> bool:
    """REGEXMATCH: whether a part of the text matches."""
    return patterns.compiled(pattern).search(_text(text)) is not None


def regex_extract(text: Any, pattern: str) -> Any:
    """REGEXEXTRACT: the first group, or the whole match where there is none; #N/A when nothing matches."""
    match = patterns.compiled(pattern).search(_text(text))
    if match is None:
        return {"type": "Error", "kind": "Na"}
    return str(match.group(1) if match.groups() else match.group(0))


def regex_replace(text: Any, pattern: str, replacement: str) -> str:
    """REGEXREPLACE: every match replaced; `$1` in the replacement is the first group."""
    return str(patterns.replaced(patterns.compiled(pattern), replacement, _text(text))[0])


def sparkline(*_arguments: Any) -> str:
    """SPARKLINE draws in the cell; its value is empty."""
    return ""


def to_number(value: Any) -> Any:
    """TO_PURE_NUMBER and TO_DATE change only how a number is shown."""
    return value


def is_email(value: Any) -> bool:
    """ISEMAIL: shaped like an address."""
    return re.fullmatch(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}", _text(value)) is not None


def _typed_number(locale: str, today: dt.date) -> Function:
    """What VALUE, YEAR, MONTH and DAY make of a value in a locale: the number that typing its text gives."""

    def number(value: Any) -> float:
        if value is None:
            return 0
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        found = type_in(_text(value).strip(), locale, today).value
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise ValueError("no number")  # noqa: TRY004 - shown as #VALUE!
        return found

    return number


def _part_of_date(number: Function, name: str) -> Function:
    def part(value: Any) -> int:
        moment = from_serial(math.floor(number(value)))
        if moment is None:
            raise ValueError("no date")
        return int(getattr(moment, name))

    return part


_FUNCTIONS: dict[str, tuple[Function, int, int | None]] = {
    "UPPER": (_each(upper), 1, 1),
    "LOWER": (_each(lower), 1, 1),
    "SPLIT": (split, 2, 4),
    "TO_DATE": (to_number, 1, 1),
    "TO_TEXT": (_each(_text), 1, 1),
    "COUNTUNIQUE": (count_unique, 1, None),
    "JOIN": (join, 2, None),
    "REGEXMATCH": (regex_match, 2, 2),
    "REGEXEXTRACT": (regex_extract, 2, 2),
    "REGEXREPLACE": (regex_replace, 3, 3),
    "SPARKLINE": (sparkline, 1, 2),
    "TO_PURE_NUMBER": (to_number, 1, 1),
    "ISEMAIL": (is_email, 1, 1),
}


def register(book: Any, locale: str, today: dt.date) -> None:
    """Teach a formualizer workbook the functions of this module.

    Args:
        book: the workbook.
        locale: of the spreadsheet, by which texts read as numbers and dates.
        today: for dates without a year.
    """
    number = _typed_number(locale, today)
    parts = {name: _part_of_date(number, name.lower()) for name in ("YEAR", "MONTH", "DAY")}
    of_locale = {name: (_each(one), 1, 1) for name, one in {"VALUE": number, **parts}.items()}
    for name, (function, least, most) in {**_FUNCTIONS, **of_locale}.items():
        book.register_function(
            name, _passing_errors(function), min_args=least, max_args=most, allow_override_builtin=True
        )
