"""What a cell can hold, and how dates become the numbers that Sheets keeps.

A value is `None` (blank), `str`, `float`, `bool`, or a `Formula`. A `str` is never a formula, whatever it begins
with: only `Formula` is sent as `formulaValue`, and only our own formulas and those a person typed are ever one.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from datetime import date, datetime, timedelta
from typing import Any


class Formula(str):
    """The text of a formula, beginning with `=`, with references in A1 form."""

    __slots__ = ()


Value = None | str | float | bool | Formula

# Sheets counts days from 30 December 1899 (developers.google.com/workspace/sheets/api/guides/formats).
_EPOCH = date(1899, 12, 30)
_EPOCH_INSTANT = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock, as a cell holds it
_SECONDS_A_DAY = 86_400
_MINUTES_A_DAY = 1440
# A number may lose its last bits on the way through JSON; nothing we compare is that fine.
_TOLERANCE = 1e-9


def serial(day: date | datetime) -> float:
    """The number a sheet keeps for a date or a wall-clock time (the sheet's own time zone)."""
    if isinstance(day, datetime):
        gap = day.replace(tzinfo=None) - _EPOCH_INSTANT
        return gap.days + round(gap.seconds / _SECONDS_A_DAY, 8)
    return float((day - _EPOCH).days)


def from_serial(number: float) -> date | None:
    """The date of a sheet's number, the time of day dropped; None where no calendar has such a day."""
    try:
        return _EPOCH + timedelta(days=math.floor(number))
    except (OverflowError, ValueError):
        return None


def day_of(value: Value) -> date | None:
    """The day of a cell that holds a date; None for anything else."""
    return from_serial(value) if isinstance(value, float | int) and not isinstance(value, bool) else None


def moment_of(value: Value) -> datetime | None:
    """The wall-clock time of a cell that holds one, to the minute; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, float | int):
        return None
    try:
        return _EPOCH_INSTANT + timedelta(minutes=round(value * _MINUTES_A_DAY))
    except (OverflowError, ValueError):
        return None


def same(left: Value, right: Value) -> bool:
    """Whether two cells hold the same thing: type matters, a whole float equals its int, "" is blank."""
    if left == "" and not isinstance(left, Formula):
        left = None
    if right == "" and not isinstance(right, Formula):
        right = None
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Formula) != isinstance(right, Formula):
        return False
    if isinstance(left, float | int) and isinstance(right, float | int):
        return abs(left - right) < _TOLERANCE
    return left == right


def blank(value: Value) -> bool:
    """Whether a person would call the cell empty."""
    return value is None or (isinstance(value, str) and value == "")


def text(value: Value) -> str:
    """The value in words, for a log line or a comparison with a typed key."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | int):
        return str(int(value)) if float(value).is_integer() else str(value)
    return str(value)


def to_json(value: Value) -> Any:
    """A cell as JSON for the store: a formula is `{"f": text}`, everything else is itself."""
    return {"f": str(value)} if isinstance(value, Formula) else value


def from_json(value: Any) -> Value:
    """The cell that `to_json` wrote."""
    if isinstance(value, dict):
        return Formula(value["f"])
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value  # type: ignore[no-any-return]


_SPACE = re.compile(r"\s+")


def same_formula(left: str, right: str) -> bool:
    """Whether two formula texts are the same but for spaces and letter case outside quotes."""
    return left == right or squeezed(left) == squeezed(right)


def squeezed(formula: str) -> str:
    """A formula text without what does not matter: spaces and letter case outside quotes."""
    parts = re.split(r"(\"[^\"]*\"|'[^']*')", formula)
    return "".join(part if index % 2 else _SPACE.sub("", part).upper() for index, part in enumerate(parts))


def digest(value: Value) -> str:
    """A short text that is equal for equal cells: `f…` of a formula, `v…` of anything else, "" of a blank one."""
    if blank(value):
        return ""
    if isinstance(value, Formula):
        return "f" + _hash(squeezed(value))
    plain = round(float(value), 9) if isinstance(value, float | int) and not isinstance(value, bool) else value
    return "v" + _hash(json.dumps(plain))


def _hash(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def column_letter(index: int) -> str:
    """The letters of a column, from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


_PLAIN_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LOOKS_LIKE_A_CELL = re.compile(r"(?i)([A-Z]{1,3}[0-9]+|R[0-9]*C[0-9]*)\Z")


def quoted(title: str) -> str:
    """A tab's title as a formula writes it: quoted unless it is a plain word."""
    if _PLAIN_TITLE.match(title) and not _LOOKS_LIKE_A_CELL.match(title):
        return title
    return "'" + title.replace("'", "''") + "'"
