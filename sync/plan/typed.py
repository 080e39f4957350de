"""What a person types for a date, a time, a number of minutes or addresses, understood.

A cell may hold a text as typed, or the number that Google Sheets made of it: a date is a day count, a time a fraction
of a day, `16:00` typed as `16.00` is the number 16. What cannot be understood raises `CellError` with what to type
instead; of addresses it is only said that there was something else.

A clock time without am or pm is read as schools mean it: 1 to 6 is the afternoon, 8 to 12 the day; 7 is asked after.
A fraction of a day cannot say whether `4:00` or `4am` was typed; nobody meets parents at four in the morning, so there
too 1 to 6 is the afternoon. A text with a leading nought (`06:30`) is taken at its word.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Final

from sync.domain.school_clock import day_ends, day_starts, instant
from sync.plan.cells import Value, from_serial, text

if TYPE_CHECKING:
    from collections.abc import Collection

    from sync.domain.school_days import SchoolCalendar

_DAY_MINUTES: Final = 24 * 60
_NOON: Final = 12
_LAST_AFTERNOON: Final = 6
_FIRST_MORNING: Final = 8
_FIRST_SERIAL: Final = 30_000
_LAST_SERIAL: Final = 80_000
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MARK: Final = r"(?:\s*([ap])\.?\s*m\.?)?"
_CLOCK: Final = re.compile(rf"(\d{{1,2}})(?:\s*[:.h]\s*(\d{{2}})(?::\d{{2}})?)?{_MARK}", re.ASCII)
_FOUR_DIGITS: Final = re.compile(rf"(\d{{2}})(\d{{2}}){_MARK}", re.ASCII)
_TO: Final = re.compile(r"\s*(?:-|\u2013|\u2014|\bto\b|\buntil\b|\btill\b)\s*")
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_NUMBERS: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?", re.ASCII)
_DAY_MONTH: Final = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?(?:\s+of)?[\s-]+([a-z]+)\.?,?(?:[\s-]+(\d{4}|\d{2}))?", re.ASCII
)
_MONTH_DAY: Final = re.compile(r"([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?(?:\s+(\d{4}))?", re.ASCII)
_MINUTES: Final = re.compile(r"(\d{1,3})\s*(?:m|mins?|minutes?)?\.?(?:\s+each)?", re.ASCII)
_HOURS: Final = re.compile(r"(\d)\s*(?:h|hrs?|hours?)(?:\s*(\d{1,2})\s*(?:m|mins?|minutes?)?)?(?:\s+each)?", re.ASCII)
_BETWEEN: Final = re.compile(r"[\s,;]+")
_ADDRESS: Final = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_SAFE_TO_QUOTE: Final = re.compile(r"(?=.*\d)(?:[\d:./\s-]|am\b|pm\b|to\b){1,24}", re.IGNORECASE | re.ASCII)

MOST_COUNTED: Final = 9999
"""More places than any school has, and fewer than a database could not keep."""
TIME_HINT: Final = "type a time such as 4pm or 16:00"
DATE_HINT: Final = "type a date such as 8/12/2026 or Tuesday 8 December 2026"


class CellError(ValueError):
    """A cell cannot be understood; the text is a whole sentence but for the cell's name and the full stop."""


def shown(value: Value) -> str:
    """What is typed, quoted, if it can only be a date, time or number; else words that repeat nothing of it.

    A cell may hold a pupil's name by mistake, and these sentences reach logs.
    """
    found = text(value).strip()
    return f"'{found}'" if _SAFE_TO_QUOTE.fullmatch(found) else "what is typed there"


def words(value: Value) -> str:
    """A text in small letters with single spaces."""
    return " ".join(text(value).casefold().split())


def listed(value: Value) -> list[str]:
    """What stands in a cell with commas, semicolons or blanks between, casefolded."""
    return [part for part in _BETWEEN.split(text(value).casefold()) if part]


def addresses(value: Value, besides: Collection[str]) -> tuple[tuple[str, ...], bool]:
    """The e-mail addresses in a cell, each once, and whether something there is none, or is among `besides`.

    Args:
        value: of the cell.
        besides: addresses that are not taken, casefolded: those of families, where colleagues are typed.
    """
    parts = listed(value)
    good = [part for part in parts if _ADDRESS.fullmatch(part) and part not in besides]
    return tuple(dict.fromkeys(good)), len(good) < len(parts)


def as_clock(value: Value) -> time:
    """A time of day, to the minute; the module says how am and pm are guessed.

    Raises:
        CellError: it is no time, or could be two.
    """
    if isinstance(value, float | int) and not isinstance(value, bool):
        return _clock_of_number(float(value))
    found = _clock_parts(words(value))
    if found is None:
        raise CellError(f"{shown(value)} is not a time: {TIME_HINT}")
    return _resolved(*found)


def as_range(value: Value) -> tuple[time, time] | None:
    """`4 to 6`, `4-6pm`, `16:00 - 18:00` as two times; None if it is not two times joined by a word or dash.

    A pm at the end counts for the beginning too, where that comes first on the clock face: `8 to 9pm` is the evening,
    `10 to 2pm` is not.

    Raises:
        CellError: it has the shape, but a time in it could be two.
    """
    parts = _TO.split(words(value)) if isinstance(value, str) else []
    found = [_clock_parts(part) for part in parts]
    if len(found) != 2 or found[0] is None or found[1] is None:  # noqa: PLR2004 - a beginning and an end
        return None
    (hour, minute, mark, padded), last = found[0], found[1]
    if not mark and last[2] and not padded and hour <= _NOON:
        earlier = (hour % _NOON, minute) < (last[0] % _NOON, last[1])
        mark = last[2] if earlier else "a" if last[2] == "p" else ""
    return _resolved(hour, minute, mark, padded=padded), _resolved(*last)


def _clock_parts(found: str) -> tuple[int, int, str, bool] | None:
    """Hour, minute, `a`, `p` or "", and whether it was written the 24-hour way with a leading nought."""
    if found in ("noon", "midday", "12 noon"):
        return _NOON, 0, "p", False
    found = found.replace("o'clock", "").replace("o\u2019clock", "").strip()
    match = _CLOCK.fullmatch(found) or _FOUR_DIGITS.fullmatch(found)
    if not match:
        return None
    hour, minute, mark = int(match[1]), int(match[2] or 0), match[3] or ""
    if hour > 23 or minute > 59 or (mark and not 1 <= hour <= _NOON):  # noqa: PLR2004 - a clock
        return None
    return hour, minute, mark, match[1].startswith("0")


def _resolved(hour: int, minute: int, mark: str, padded: bool) -> time:
    if mark:
        return time(hour % _NOON + (_NOON if mark == "p" else 0), minute)
    if padded or hour == 0 or hour >= _FIRST_MORNING:
        return time(hour, minute)
    if hour > _LAST_AFTERNOON:
        raise CellError(
            f"'{hour}:{minute:02}' could be morning or evening: type {hour:02}:{minute:02} or {hour + 12}:{minute:02}"
        )
    return time(hour + _NOON, minute)


def _clock_of_number(number: float) -> time:
    whole, part = divmod(number, 1)
    if 0 <= number < 1 or (number > _FIRST_SERIAL and part):
        minutes = round(part * _DAY_MINUTES) % _DAY_MINUTES
        hour, minute = divmod(minutes, 60)
        return time(hour + _NOON if 1 <= hour <= _LAST_AFTERNOON else hour, minute)
    if not part and number >= 100:  # noqa: PLR2004 - 1630 for 16:30
        hour, minute = divmod(int(whole), 100)
    else:
        hour, minute = int(whole), round(part * 100)
        if minute == 50:  # noqa: PLR2004 - 16.5 may be half past or ten to
            raise CellError(f"'{number:g}' could be {hour}:30 or {hour}:50: type {hour}:30 or {hour}:50")
    if hour > 23 or minute > 59 or number < 0:  # noqa: PLR2004 - a clock
        raise CellError(f"'{number:g}' is not a time: {TIME_HINT}")
    return _resolved(hour, minute, "", padded=False)


def as_day(value: Value, calendar: SchoolCalendar) -> date:
    """A date. One without a year is the one in this school year, so that it never wanders as time goes by.

    Raises:
        CellError: it is no date, its weekday is wrong, or the year is needed.
    """
    if isinstance(value, float | int) and not isinstance(value, bool):
        day = from_serial(value) if _FIRST_SERIAL < value < _LAST_SERIAL else None
        if day is None:
            raise CellError(f"'{value:g}' is not a date: {DATE_HINT}")
        return day
    found = words(value)
    first, _, rest = found.partition(" ")
    weekday = weekday_of(first.rstrip(","))
    if weekday is not None:
        if not rest:
            raise CellError("a weekday alone is a different date every week: type the date, such as 8/12/2026")
        found = rest
    day = _day_of(found, calendar, value)
    if weekday is not None and day.weekday() != weekday:
        raise CellError(f"that date is a {day:%A}, not a {_WEEKDAYS[weekday].title()}: correct one of the two")
    return day


def weekday_of(word: str) -> int | None:
    """The weekday that a word in small letters begins (`tue`, `thurs`), from 0 for Monday; None for none."""
    fits = [n for n, name in enumerate(_WEEKDAYS) if len(word) >= 3 and name.startswith(word)]  # noqa: PLR2004 - tue
    return fits[0] if len(fits) == 1 else None


def _month(word: str) -> int | None:
    fits = [n for n, name in enumerate(_MONTHS, start=1) if len(word) >= 3 and name.startswith(word)]  # noqa: PLR2004
    return fits[0] if len(fits) == 1 else 9 if word == "sept" else None


def _day_of(found: str, calendar: SchoolCalendar, value: Value) -> date:
    parts: tuple[str | None, int | None, str] | None = None
    if match := _ISO.fullmatch(found):
        parts = match[1], int(match[2]), match[3]
    elif match := _NUMBERS.fullmatch(found):
        parts = match[3], int(match[2]), match[1]
    elif match := _DAY_MONTH.fullmatch(found):
        parts = match[3], _month(match[2]), match[1]
    elif match := _MONTH_DAY.fullmatch(found):
        parts = match[3], _month(match[1]), match[2]
    if parts is None or parts[1] is None:
        raise CellError(f"{shown(value)} is not a date: {DATE_HINT}")
    year, month, day = parts[0], parts[1], int(parts[2])
    years = [int(year) + (2000 if len(year) == 2 else 0)] if year else _years(calendar)  # noqa: PLR2004 - 26 is 2026
    days = [found_day for y in years if (found_day := _real(y, month, day))]
    if year:
        if not days:
            raise CellError(f"{shown(value)} is not a day of the calendar: {DATE_HINT}")
        return days[0]
    days = [d for d in days if calendar.in_year(d)]
    if len(days) != 1:
        raise CellError(f"{shown(value)} is not in this school year: type the date with its year")
    return days[0]


def _years(calendar: SchoolCalendar) -> list[int]:
    return list(range(calendar.first.year, calendar.last.year + 1)) if calendar.first <= calendar.last else []


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def as_moment(value: Value, calendar: SchoolCalendar, *, end: bool = False) -> datetime:
    """A date with or without a time, as an instant in UTC; a date alone is its beginning, or its end.

    Raises:
        CellError: it is neither.
    """
    if isinstance(value, float | int) and not isinstance(value, bool):
        day = as_day(value, calendar)
        minutes = round(value % 1 * _DAY_MINUTES)
        if minutes:
            return instant(day, time(*divmod(minutes % _DAY_MINUTES, 60)))
        return day_ends(day) if end else day_starts(day)
    found = words(value).replace(" at ", " ").split()
    whole: CellError | None = None
    try:
        day = as_day(" ".join(found), calendar)
    except CellError as error:
        whole = error
    else:
        return day_ends(day) if end else day_starts(day)
    for size in (1, 2):
        days, clock = " ".join(found[:-size]).rstrip(","), " ".join(found[-size:])
        if days and _clock_parts(clock):
            day = as_day(days, calendar)
            return instant(day, as_clock(clock))
    raise whole


def as_minutes(value: Value) -> int:
    """A length in minutes: `20`, `20 minutes each`, `1 hour`, `1h 15`, `0:20` (which Sheets keeps as a fraction).

    Raises:
        CellError: it is no whole number of minutes.
    """
    hint = "type a number of minutes such as 20"
    if isinstance(value, float | int) and not isinstance(value, bool):
        minutes = round(value * _DAY_MINUTES) if 0 < value < 1 else value
        if not 0 <= minutes < _DAY_MINUTES or minutes != int(minutes):
            raise CellError(f"'{value:g}' is not a number of minutes: {hint}")
        return int(minutes)
    found = words(value)
    if found in ("half an hour", "an hour"):
        return 30 if found.startswith("half") else 60
    if match := _MINUTES.fullmatch(found):
        return int(match[1])
    if match := _HOURS.fullmatch(found):
        return int(match[1]) * 60 + int(match[2] or 0)
    if match := re.fullmatch(r"(\d):(\d{2})", found, re.ASCII):
        return int(match[1]) * 60 + int(match[2])
    raise CellError(f"{shown(value)} is not a number of minutes: {hint}")


def as_count(value: Value) -> int:
    """A whole number from 1 to `MOST_COUNTED`.

    Raises:
        CellError: it is none.
    """
    number = float(value) if isinstance(value, float | int) and not isinstance(value, bool) else None
    if isinstance(value, str) and re.fullmatch(r"\d+", value.strip(), re.ASCII):
        # A float takes any number of digits; Python's own integers do not, nor do databases.
        number = float(value)
    if number is None or number < 1 or not (math.isinf(number) or number.is_integer()):
        raise CellError(f"{shown(value)} is not a whole number: type one such as 12")
    if number > MOST_COUNTED:
        raise CellError(f"{shown(value)} is too many: type {MOST_COUNTED} or less")
    return int(number)
