"""Google's own functions that the engine lacks, and that are simple enough to be right.

What a function of ours cannot do is left out: QUERY, ARRAYFORMULA, IMPORTRANGE and their like answer #NAME?.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from . import patterns

if TYPE_CHECKING:
    from collections.abc import Iterator


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


def regex_extract(text: Any, pattern: str) -> str:
    """REGEXEXTRACT: the first group, or the whole match where there is none.

    Raises:
        ValueError: nothing matches (the engine shows #VALUE!; Sheets shows #N/A).
    """
    match = patterns.compiled(pattern).search(_text(text))
    if match is None:
        raise ValueError("nothing matches")
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


_FUNCTIONS = {
    "COUNTUNIQUE": (count_unique, 1, None),
    "JOIN": (join, 2, None),
    "REGEXMATCH": (regex_match, 2, 2),
    "REGEXEXTRACT": (regex_extract, 2, 2),
    "REGEXREPLACE": (regex_replace, 3, 3),
    "SPARKLINE": (sparkline, 1, 2),
    "TO_PURE_NUMBER": (to_number, 1, 1),
    "ISEMAIL": (is_email, 1, 1),
}


def register(book: Any) -> None:
    """Teach a formualizer workbook the functions of this module."""
    for name, (function, least, most) in _FUNCTIONS.items():
        book.register_function(name, function, min_args=least, max_args=most)
