"""Number formats: what a cell shows for a value.

Source of the pattern language: developers.google.com/workspace/sheets/api/guides/formats.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from .results import Computed, Failure, Result
from .serial import from_serial

Json = dict[str, Any]

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
TEMPORAL = ("DATE", "TIME", "DATE_TIME")

DEFAULT_PATTERNS = {
    "en_GB": {
        "NUMBER": "#,##0.00",
        "PERCENT": "0.00%",
        "CURRENCY": "[$£-809]#,##0.00",
        "DATE": "dd/mm/yyyy",
        "TIME": "hh:mm:ss",
        "DATE_TIME": "dd/mm/yyyy hh:mm:ss",
        "SCIENTIFIC": "0.00E+00",
        "TEXT": "@",
    },
    "en_US": {
        "NUMBER": "#,##0.00",
        "PERCENT": "0.00%",
        "CURRENCY": '"$"#,##0.00',
        "DATE": "m/d/yyyy",
        "TIME": "h:mm:ss am/pm",
        "DATE_TIME": "m/d/yyyy h:mm:ss",
        "SCIENTIFIC": "0.00E+00",
        "TEXT": "@",
    },
}
"""Per locale; a locale that is not listed is shown as en_US."""


def default_pattern(kind: str, locale: str) -> str:
    """The pattern of a number format that has a type and no pattern."""
    return DEFAULT_PATTERNS.get(locale, DEFAULT_PATTERNS["en_US"]).get(kind, "")


def show(value: Result, number_format: Json | None, locale: str) -> str:
    """The formatted value of a cell; "" for an empty one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Failure):
        return value.text
    kind = (number_format or {}).get("type", "")
    pattern = (number_format or {}).get("pattern", "")
    if isinstance(value, Computed):
        if not kind or kind == "NUMBER_FORMAT_TYPE_UNSPECIFIED":
            kind, pattern = value.shape.get("type", ""), value.shape.get("pattern", "")
        value = value.number
    pattern = pattern or default_pattern(kind, locale)
    if isinstance(value, str):
        return _show_text(value, pattern)
    if not pattern or pattern.casefold() == "general":
        return general(value)
    return _show_number(value, pattern, temporal=kind in TEMPORAL)


def general(number: float) -> str:
    """A number without a format: up to ten significant digits, or fifteen before the point."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    if 1e-5 <= abs(number) < 1e15:
        text = f"{number:.10g}" if abs(number) < 1e10 else f"{number:.15g}"
        if "e" not in text:
            return text
        return f"{Decimal(text):f}"
    mantissa, exponent = f"{number:.5E}".split("E")
    return f"{mantissa.rstrip('0').rstrip('.')}E{exponent[0]}{exponent[1:].zfill(2)}"


_SECTION = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;])*')
_TOKEN = re.compile(
    r"""
    "(?P<quoted>[^"]*)" | \\(?P<escaped>.) | _(?P<pad>.) | \*(?P<fill>.)
  | \[\$(?P<symbol>[^\]-]*)(?:-[^\]]*)?\]
  | \[(?P<elapsed>h+|m+|s+)\]
  | \[(?P<condition>[<>=]+-?[\d.]+)\]
  | \[(?P<color>[A-Za-z]+\d*)\]
  | (?P<ampm>am/pm|a/p)
  | (?P<date>y+|m+|d+|h+|s+(?:\.0+)?)
  | (?P<exponent>e[+-]0+)
  | (?P<digits>[0\#?][0\#?,]*)
  | (?P<point>\.(?=[0\#?])) | (?P<percent>%) | (?P<at>@) | (?P<other>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Section:
    tokens: tuple[tuple[str, str], ...]
    condition: str

    @property
    def is_temporal(self) -> bool:
        return any(kind in ("date", "elapsed") for kind, _ in self.tokens)


@lru_cache(maxsize=1024)
def _sections(pattern: str) -> tuple[_Section, ...]:
    found: list[_Section] = []
    at = 0
    while at <= len(pattern):
        match = _SECTION.match(pattern, at)
        text = match.group() if match else ""
        tokens: list[tuple[str, str]] = []
        condition = ""
        for token in _TOKEN.finditer(text):
            kind = token.lastgroup or "other"
            if kind == "condition":
                condition = token.group("condition")
            elif kind not in ("color", "fill"):
                tokens.append((kind, token.group(kind) or ""))
        found.append(_Section(tuple(tokens), condition))
        at += len(text) + 1
    return tuple(found)


def _holds(condition: str, number: float) -> bool:
    match = re.fullmatch(r"([<>=]+)(-?[\d.]+)", condition)
    if match is None:
        return False
    limit = float(match.group(2))
    return {
        "<": number < limit,
        ">": number > limit,
        "=": number == limit,
        "<=": number <= limit,
        ">=": number >= limit,
        "<>": number != limit,
    }.get(match.group(1), False)


def _choose(sections: tuple[_Section, ...], number: float) -> tuple[_Section, bool]:
    """The section for a number, and whether it writes the minus sign itself."""
    if any(section.condition for section in sections):
        for section in sections:
            if not section.condition or _holds(section.condition, number):
                return section, False
        return sections[-1], False
    if number < 0 and len(sections) > 1:
        return sections[1], True
    if number == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], False


def _show_text(text: str, pattern: str) -> str:
    sections = _sections(pattern) if pattern else ()
    if len(sections) < 4 and not (len(sections) == 1 and any(kind == "at" for kind, _ in sections[0].tokens)):
        return text
    parts = [text if kind == "at" else _literal(kind, value) for kind, value in sections[-1].tokens]
    return "".join(parts)


def _literal(kind: str, value: str) -> str:
    return " " if kind == "pad" else value


def _show_number(number: float, pattern: str, *, temporal: bool) -> str:
    section, unsigned = _choose(_sections(pattern), number)
    if temporal or (section.is_temporal and not any(kind == "digits" for kind, _ in section.tokens)):
        return _show_time(number, section)
    if any(kind == "at" for kind, _ in section.tokens):
        return general(number)
    return _show_decimal(number, section, unsigned=unsigned)


def _show_decimal(number: float, section: _Section, *, unsigned: bool) -> str:
    tokens = section.tokens
    scale = Decimal(100) ** sum(1 for kind, _ in tokens if kind == "percent")
    value = abs(Decimal(repr(number)) * scale)
    before, after = _digit_runs(tokens)
    exponent = next((value for kind, value in tokens if kind == "exponent"), "")
    if before.endswith(","):
        value /= Decimal(1000) ** (len(before) - len(before.rstrip(",")))
    power = 0
    if exponent and value:
        power = value.adjusted()
        value = value.scaleb(-power)
    places = len(after)
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) if value < Decimal(10) ** 26 else value
    whole, _, fraction = f"{rounded:f}".partition(".")
    sign = "-" if number < 0 and not unsigned and rounded else ""
    whole = _whole_digits(whole, before.rstrip(","))
    fraction = _fraction_digits(fraction, after)
    out: list[str] = []
    placed = False
    for kind, text in tokens:
        if kind == "digits":
            out.append("" if placed else whole)
            placed = True
        elif kind == "point":
            if not placed:
                out.append(whole if whole != "0" or "0" in before else "")
                placed = True
            if fraction or "0" in after or not after:
                out.append("." + fraction)
        elif kind == "exponent":
            digits = str(abs(power)).zfill(len(text) - 2)
            out.append("E" + ("-" if power < 0 else "+" if text[1] == "+" else "") + digits)
        elif kind == "percent":
            out.append("%")
        else:
            out.append(_literal(kind, text))
    return sign + "".join(out)


def _digit_runs(tokens: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """The placeholders before and after the decimal point."""
    before, after, passed = "", "", False
    for kind, text in tokens:
        if kind == "point":
            passed = True
        elif kind == "digits":
            if passed:
                after += text
            else:
                before += text
    return before, after.replace(",", "")


def _whole_digits(whole: str, placeholders: str) -> str:
    least = placeholders.replace(",", "").count("0")
    text = whole.lstrip("0").zfill(least) if least else whole.lstrip("0")
    if "," in placeholders:
        groups: list[str] = []
        while len(text) > 3:
            groups.insert(0, text[-3:])
            text = text[:-3]
        text = ",".join([text, *groups])
    return text


def _fraction_digits(fraction: str, placeholders: str) -> str:
    keep = len(fraction)
    while keep and fraction[keep - 1] == "0" and keep <= len(placeholders) and placeholders[keep - 1] == "#":
        keep -= 1
    return fraction[:keep]


def _show_time(serial: float, section: _Section) -> str:
    moment = from_serial(serial)
    if moment is None:
        return general(serial)
    tokens = section.tokens
    half = any(kind == "ampm" for kind, _ in tokens)
    fraction = any(kind == "date" and "." in text for kind, text in tokens)
    if not fraction:
        moment = (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    total = round(serial * 86_400)
    out: list[str] = []
    for at, (kind, text) in enumerate(tokens):
        if kind == "date":
            out.append(_date_part(text.lower(), moment, half=half, minute=_is_minute(tokens, at)))
        elif kind == "elapsed":
            unit = {"h": 3600, "m": 60, "s": 1}[text[0].lower()]
            out.append(str(total // unit).zfill(len(text)))
        elif kind == "ampm":
            word = "AM" if moment.hour < 12 else "PM"
            out.append(word if len(text) > 3 else word[0])
        elif kind == "digits":
            out.append(text)
        else:
            out.append(_literal(kind, text))
    return "".join(out)


def _is_minute(tokens: tuple[tuple[str, str], ...], at: int) -> bool:
    """`m` is minutes right after hours or right before seconds, months elsewhere."""
    units = [(index, text[0].lower()) for index, (kind, text) in enumerate(tokens) if kind in ("date", "elapsed")]
    place = next(number for number, (index, _) in enumerate(units) if index == at)
    if units[place][1] != "m" or len(tokens[at][1]) > 2:
        return False
    before = units[place - 1][1] if place else ""
    after = units[place + 1][1] if place + 1 < len(units) else ""
    return before == "h" or after == "s"


def _date_part(text: str, moment: dt.datetime, *, half: bool, minute: bool) -> str:
    unit, width = text[0], len(text.partition(".")[0])
    if unit == "y":
        return f"{moment.year:04d}" if width > 2 else f"{moment.year % 100:02d}"
    if unit == "d":
        name = DAYS[moment.weekday()]
        return (str(moment.day), f"{moment.day:02d}", name[:3], name)[min(width, 4) - 1]
    if unit == "m" and not minute:
        name = MONTHS[moment.month - 1]
        return (str(moment.month), f"{moment.month:02d}", name[:3], name, name[0])[min(width, 5) - 1]
    if unit == "m":
        return str(moment.minute).zfill(width)
    if unit == "h":
        hour = (moment.hour % 12 or 12) if half else moment.hour
        return str(hour).zfill(min(width, 2))
    places = len(text.partition(".")[2])
    seconds = str(moment.second).zfill(min(width, 2))
    return seconds + ("." + f"{moment.microsecond:06d}"[:places] if places else "")
