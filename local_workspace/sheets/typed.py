"""USER_ENTERED: what a text becomes when a person types it into a cell.

en_GB and en_US are typed as Sheets types them; every other locale as en_US.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .formula import Formula
from .numfmt import MONTHS
from .serial import tidy, to_serial

if TYPE_CHECKING:
    from .model import Value

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed value, and the number format that typing it gives to a cell that has none."""

    value: Value
    format: Json | None = None


_MONTH_NUMBERS = (
    {name[:3].lower(): at for at, name in enumerate(MONTHS, 1)}
    | {name.lower(): at for at, name in enumerate(MONTHS, 1)}
    | {"sept": 9}
)
_MONTH = "|".join(sorted(_MONTH_NUMBERS, key=len, reverse=True))

_NUMBER = re.compile(
    r"""(?P<open>\()?(?P<sign>[+-])?\s?(?P<currency>[£$€])?(?P<sign2>-)?
        (?P<whole>\d{1,3}(?:,\d{3})+|\d+)?(?P<fraction>\.\d*)?(?P<exponent>[eE][+-]?\d+)?
        \s?(?P<percent>%)?(?P<close>\))?""",
    re.VERBOSE,
)
_ISO = re.compile(r"(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})")
_NUMERIC_DATE = re.compile(r"(?P<a>\d{1,2})(?P<sep>[/.-])(?P<b>\d{1,2})(?:(?P=sep)(?P<y>\d{4}|\d{2}))?")
_DAY_MONTH = re.compile(
    rf"(?P<d>\d{{1,2}})(?P<sep>[ -])(?P<m>{_MONTH})(?:(?P=sep)(?P<y>\d{{4}}|\d{{2}}))?", re.IGNORECASE
)
_MONTH_DAY = re.compile(rf"(?P<m>{_MONTH}) (?P<d>\d{{1,2}})(?:,? (?P<y>\d{{4}}))?", re.IGNORECASE)
_TIME = re.compile(r"(?P<h>\d{1,2})(?::(?P<m>\d{2})(?::(?P<s>\d{2})(?P<f>\.\d+)?)?)?\s?(?P<half>am|pm)?", re.IGNORECASE)


def type_in(text: str, locale: str, today: dt.date, number_format: Json | None = None) -> Typed:
    """What typing `text` gives.

    Args:
        text: as typed.
        locale: the spreadsheet's.
        today: for dates typed without a year.
        number_format: the one that the cell has; a plain-text cell takes everything as text.
    """
    if text == "":
        return Typed(None)
    if number_format is not None and number_format.get("type") == "TEXT":
        return Typed(text)
    if text.startswith("'"):
        return Typed(text[1:] or None)
    if text.startswith("=") and len(text) > 1:
        return Typed(Formula(text))
    if text[0] == "+" and len(text) > 1 and (text[1].isalpha() or text[1] == "("):
        return Typed(Formula("=" + text))
    return _parse(text.strip(), locale, today) or Typed(text)


@lru_cache(maxsize=4096)
def _parse(text: str, locale: str, today: dt.date) -> Typed | None:
    if not text:
        return None
    if text.upper() in ("TRUE", "FALSE"):
        return Typed(text.upper() == "TRUE")
    if not any(char.isdigit() for char in text) or len(text) > 40:
        return None
    return _number(text, locale) or _moment(text, locale, today)


def _number(text: str, locale: str) -> Typed | None:
    match = _NUMBER.fullmatch(text)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    if match["whole"] is None and (match["fraction"] or ".") == ".":
        return None
    own = "£" if locale == "en_GB" else "$"
    if match["currency"] not in (None, own) or (match["exponent"] and (match["percent"] or match["currency"])):
        return None
    plain = (match["whole"] or "0").replace(",", "") + (match["fraction"] or "") + (match["exponent"] or "")
    number = float(plain)
    if number == float("inf"):
        return None
    if match["open"] or "-" in (match["sign"], match["sign2"]):
        number = -number
    if match["percent"]:
        number = float(f"{number}e-2") if "e" not in f"{number}" else number / 100
    decimals = "0.00" if len(match["fraction"] or "") > 1 else "0"
    shape: Json | None = None
    if match["percent"]:
        shape = {"type": "PERCENT", "pattern": decimals + "%"}
    elif match["currency"]:
        symbol = "[$£-809]" if own == "£" else '"$"'
        shape = {"type": "CURRENCY", "pattern": f"{symbol}#,##{decimals}"}
    elif match["exponent"]:
        shape = {"type": "SCIENTIFIC", "pattern": "0.00E+00"}
    elif "," in (match["whole"] or ""):
        shape = {"type": "NUMBER", "pattern": f"#,##{decimals}"}
    return Typed(tidy(number), shape)


def _moment(text: str, locale: str, today: dt.date) -> Typed | None:
    time = _time(text)
    if time is not None:
        return Typed(time[0], {"type": "TIME", "pattern": time[1]})
    date = _date(text, locale, today)
    if date is not None:
        return Typed(date[0], {"type": "DATE", "pattern": date[1]})
    match = re.fullmatch(r"(.*\d)(?:[ T]|, )(\d{1,2}:\d{2}.*)", text)
    if match is None:
        return None
    date, time = _date(match[1], locale, today), _time(match[2])
    if date is None or time is None:
        return None
    return Typed(date[0] + time[0], {"type": "DATE_TIME", "pattern": f"{date[1]} {time[1]}"})


def _time(text: str) -> tuple[float, str] | None:
    match = _TIME.fullmatch(text)
    if match is None or (match["m"] is None and match["half"] is None):
        return None
    hour, minute, second = int(match["h"]), int(match["m"] or 0), int(match["s"] or 0)
    if minute > 59 or second > 59 or (match["half"] and not 1 <= hour <= 12):
        return None
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    seconds = hour * 3600 + minute * 60 + second + float(match["f"] or 0)
    pattern = ("h" if match["half"] or len(match["h"]) == 1 else "hh") + (":mm" if match["m"] else "")
    pattern += (":ss" if match["s"] else "") + (" am/pm" if match["half"] else "")
    value = seconds / 86_400
    return (int(value) if value == int(value) else value), ("[hh]:mm:ss" if hour > 23 else pattern)


def _year(text: str | None, today: dt.date) -> int:
    if text is None:
        return today.year
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 30 else 1900)


def _digits(unit: str, text: str) -> str:
    return unit * min(len(text), 2)


def _date(text: str, locale: str, today: dt.date) -> tuple[int, str] | None:
    match = _ISO.fullmatch(text)
    if match:
        pattern = match["sep"].join(("yyyy", _digits("m", match["m"]), _digits("d", match["d"])))
        return _serial(int(match["y"]), int(match["m"]), int(match["d"]), pattern)
    match = _NUMERIC_DATE.fullmatch(text)
    if match:
        if match["y"] is None and match["sep"] == ".":
            return None
        day_first = locale == "en_GB"
        day, month = (match["a"], match["b"]) if day_first else (match["b"], match["a"])
        first, second = ("d", "m") if day_first else ("m", "d")
        parts = [_digits(first, match["a"]), _digits(second, match["b"])]
        if match["y"]:
            parts.append("y" * len(match["y"]))
        return _serial(_year(match["y"], today), int(month), int(day), match["sep"].join(parts))
    match = _DAY_MONTH.fullmatch(text)
    if match:
        month_shape = "mmm" if len(match["m"]) <= 4 and match["m"].lower() != "june" else "mmmm"
        parts = [_digits("d", match["d"]), month_shape, *(["y" * len(match["y"])] if match["y"] else [])]
        month_number = _MONTH_NUMBERS[match["m"].lower()]
        return _serial(_year(match["y"], today), month_number, int(match["d"]), match["sep"].join(parts))
    match = _MONTH_DAY.fullmatch(text)
    if match:
        shape = "mmm d" if len(match["m"]) <= 4 else "mmmm d"
        shape += ", yyyy" if match["y"] else ""
        return _serial(_year(match["y"], today), _MONTH_NUMBERS[match["m"].lower()], int(match["d"]), shape)
    return None


def _serial(year: int, month: int, day: int, pattern: str) -> tuple[int, str] | None:
    try:
        return int(to_serial(dt.date(year, month, day))[0]), pattern
    except ValueError:
        return None
