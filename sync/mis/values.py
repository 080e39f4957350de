"""Texts of a file to values.

Each function gives None for an empty text and raises ValueError, with the end of a sentence that does not
repeat the text, for one that cannot be understood.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from openpyxl.utils.datetime import from_excel

LONDON: Final = ZoneInfo("Europe/London")
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
_CENTURY_PIVOT: Final = 69

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_TIME: Final = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:AM|PM)?)?"
_ISO: Final = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", re.IGNORECASE | re.ASCII)
_ZONED: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})", re.ASCII)
_DAY_FIRST: Final = re.compile(rf"(\d{{1,2}})[-/. ](\d{{1,2}})[-/. ](\d{{4}}|\d{{2}}){_TIME}", re.IGNORECASE | re.ASCII)
_DAY_MONTH: Final = re.compile(
    rf"(\d{{1,2}})[-/. ]+([a-z]{{3,9}})[-/. ,]+(\d{{4}}|\d{{2}}){_TIME}", re.IGNORECASE | re.ASCII
)
_YEAR_MONTH: Final = re.compile(rf"(\d{{4}})[-/. ]([a-z]{{3,9}})[-/. ](\d{{1,2}}){_TIME}", re.IGNORECASE | re.ASCII)
_SERIAL: Final = re.compile(r"\d{4,5}", re.ASCII)

_YES: Final = frozenset({"y", "yes", "true", "t", "1"})
_NO: Final = frozenset({"n", "no", "false", "f", "0", "none"})
# Words that stand for "yes" in a column of their own, e.g. "FSM" in the FSM column. CBDS CS133 and CS106.
_YES_OF: Final[dict[str, frozenset[str]]] = {
    "fsm": frozenset({"fsm", "tfsm", "efsm", "ofsm", "free", "eligible", "free school meal", "free school meals"}),
    "pp": frozenset({"pp", "dpp", "scp", "lap", "afc", "eyp", "ppi", "eligible", "pupil premium"}),
    "eal": frozenset({"eal"}),
    "looked_after": frozenset({"lac", "cla", "in care", "looked after"}),
}
_NO_OF: Final[dict[str, frozenset[str]]] = {
    "fsm": frozenset({"not eligible", "paid"}),
    "pp": frozenset({"not eligible"}),
    "looked_after": frozenset({"not in care", "not looked after"}),
}

# First languages that DfE counts as English: English, and "not known but believed to be English".
_ENGLISH: Final = frozenset({"ENG", "ENB", "ENGLISH"})
# "Refused" and "information not obtained".
_LANGUAGE_UNKNOWN: Final = frozenset({"REF", "NOT"})


@lru_cache(maxsize=20_000)
def as_date(text: str, excel_epoch: datetime | None = None) -> date | None:
    """A date in ISO (with or without a time), dd/mm/yyyy, dd/mm/yy, dd-Mon-yyyy or yyyy-Mon-dd.

    Where day and month could be either, the day comes first. A time with a zone is moved to Europe/London
    first, so that a summer birthday stored as 23:00 UTC the day before stays the birthday.

    Args:
        text: the cell, without padding.
        excel_epoch: for a workbook, its day nought: then a bare number of four or five digits is a day count.
    """
    if not text:
        return None
    if _ZONED.fullmatch(text):
        try:
            return _in_reach(datetime.fromisoformat(text).astimezone(LONDON).date())
        except (ValueError, OverflowError) as error:
            raise ValueError("is not a day of the calendar") from error
    if found := _ISO.fullmatch(text) or _YEAR_MONTH.fullmatch(text):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(text) or _DAY_MONTH.fullmatch(text):
        day, month, year = found.groups()
    elif excel_epoch and _SERIAL.fullmatch(text):
        counted = from_excel(int(text), excel_epoch)
        if isinstance(counted, datetime):
            return _in_reach(counted.date())
        raise ValueError("is not a day of the calendar")
    else:
        raise ValueError("is not a date we can read (2014-11-20, 20/11/2014, 20-Nov-2014)")
    number = _MONTHS.get(month.casefold()) if month.isalpha() else int(month)
    if number is None:
        raise ValueError("is not a date we can read (2014-11-20, 20/11/2014, 20-Nov-2014)")
    try:
        return _in_reach(date(_full_year(year), number, int(day)))
    except ValueError as error:
        raise ValueError("is not a day of the calendar") from error


def _full_year(year: str) -> int:
    """Two digits as POSIX reads them: 69 to 99 are the last century."""
    number = int(year)
    if len(year) > 2:  # noqa: PLR2004 - two digits, as the docstring says
        return number
    return number + (1900 if number >= _CENTURY_PIVOT else 2000)


def _in_reach(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("is not a day of the calendar")
    return day


def as_bool(text: str, field: str = "") -> bool | None:
    """Y/N, Yes/No, True/False, T/F, 1/0, or a word that stands for it in that field's column (`FSM`)."""
    word = " ".join(text.casefold().split())
    if not word:
        return None
    if word in _YES or word in _YES_OF.get(field, ()):
        return True
    if word in _NO or word in _NO_OF.get(field, ()):
        return False
    raise ValueError("is neither yes nor no")


def as_eal(language: str) -> bool | None:
    """Whether a first-language code (CBDS CS011) means English as an additional language."""
    code = language.upper()
    if not code or code in _LANGUAGE_UNKNOWN:
        return None
    return code not in _ENGLISH


def as_rank(text: str) -> int | None:
    """A rank of 1 to 99; `1.0` (a number that passed through a spreadsheet) counts as 1."""
    if not text:
        return None
    found = re.fullmatch(r"([1-9]\d?)(?:\.0+)?", text, re.ASCII)
    if not found:
        raise ValueError("is not a rank from 1 to 99")
    return int(found[1])


def as_percentage(text: str) -> float | None:
    """An attendance percentage: `95.2`, `95.2%`; between 0 and 100."""
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)\s*%?", text, re.ASCII)
    if not found or float(found[1]) > 100:  # noqa: PLR2004 - a percentage
        raise ValueError("is not a percentage from 0 to 100")
    return float(found[1])


def as_money(text: str) -> float | None:
    """Pounds: `1,234.50`, with or without a pound sign."""
    if not text:
        return None
    plain = text.replace(",", "").replace("\N{POUND SIGN}", "").replace("GBP", "").strip()
    if not re.fullmatch(r"\d{1,9}(?:\.\d+)?", plain, re.ASCII):
        raise ValueError("is not an amount of money")
    return float(plain)


def as_minutes(text: str) -> float | None:
    """Minutes of one session: `30`, `30 mins`, `0:30`, `1 hour`, `1h 15m`, `1.5 hours`."""
    if not text:
        return None
    plain = text.casefold()
    if found := re.fullmatch(r"(\d{1,2}):(\d{2})(?::00)?", plain, re.ASCII):
        return int(found[1]) * 60.0 + int(found[2])
    if found := re.fullmatch(r"(\d{1,4}(?:\.\d+)?)\s*(?:m|mins?|minutes?)?\.?", plain, re.ASCII):
        return float(found[1])
    if found := re.fullmatch(
        r"(\d{1,2}(?:\.\d+)?)\s*(?:h|hrs?|hours?)\s*(?:(\d{1,2})\s*(?:m|mins?|minutes?)?)?", plain, re.ASCII
    ):
        return float(found[1]) * 60 + float(found[2] or 0)
    raise ValueError("is not a number of minutes")


_OFTEN: Final = {
    "daily": 5.0,
    "every day": 5.0,
    "weekly": 1.0,
    "once weekly": 1.0,
    "once a week": 1.0,
    "twice weekly": 2.0,
    "twice a week": 2.0,
    "fortnightly": 0.5,
}


def as_times_a_week(text: str) -> float | None:
    """Sessions a week: `3`, `3x weekly`, `3 times a week`, `daily` (five school days), `fortnightly`."""
    if not text:
        return None
    plain = " ".join(text.casefold().split())
    if plain in _OFTEN:
        return _OFTEN[plain]
    found = re.fullmatch(
        r"(\d{1,2}(?:\.\d+)?)\s*(?:x|times)?\s*(?:(?:a|per|/)?\s*(?:week|wk)|weekly)?", plain, re.ASCII
    )
    if not found:
        raise ValueError("is not a number of times a week")
    return float(found[1])


def as_group_size(text: str) -> float | None:
    """Pupils in a group: `4`, `1:4`, `1 to 4` (one adult to four pupils)."""
    if not text:
        return None
    found = re.fullmatch(r"(?:1\s*(?::|-|to)\s*)?(\d{1,3})(?:\.0+)?", text.casefold(), re.ASCII)
    if not found or found[1] == "0":
        raise ValueError("is not a group size")
    return float(found[1])


_WAVES: Final = {"1": "universal", "2": "targeted", "3": "specialist"}


def as_wave(text: str) -> str | None:
    """`Wave 2`, `2`, `Targeted` -> `targeted`; a word of the school's own stays as it is."""
    plain = text.casefold()
    if plain in _WAVES.values():
        return plain
    found = re.fullmatch(r"(?:wave|level|tier)?\s*([123])(?:\.0)?", plain, re.ASCII)
    return _WAVES[found[1]] if found else (text or None)


def as_year_group(text: str) -> str | None:
    """`Year 7`, `Yr 7`, `Y7`, `07` -> `7`; `Reception` -> `R`; `Nursery 1` -> `N1`; the rest as it is."""
    if not text:
        return None
    plain = " ".join(text.casefold().split())
    if found := re.fullmatch(r"(?:nc )?(?:(?:year|yr|y) ?)?0*(\d{1,2})(?:\.0)?", plain, re.ASCII):
        return found[1]
    if plain in {"r", "reception", "year r", "yr r"}:
        return "R"
    if found := re.fullmatch(r"n(?:ursery)? ?([12])", plain, re.ASCII):
        return f"N{found[1]}"
    return text


def as_sex(text: str) -> str | None:
    """`Male` -> `M`, `Female` -> `F`; anything else as it is."""
    return {"male": "M", "female": "F", "m": "M", "f": "F"}.get(text.casefold(), text) or None


_TITLES: Final = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "rev", "revd", "sir", "lady", "lord", "dame"}
)


def split_name(text: str) -> tuple[str | None, str | None, str | None]:
    """A whole name to (title, forename, surname): `Rooster, Ann`, `Mrs Ann Rooster`, `Mrs Rooster`.

    Without a comma the last word is taken for the surname; forename and surname joined give the name back.
    """
    title: str | None = None
    rest = text.strip()
    if "," in rest:
        surname, _, rest = (part.strip() for part in rest.partition(","))
        title, rest = _take_title(rest)
        if title is None:
            title, surname = _take_title(surname)
        return title, rest or None, surname or None
    title, rest = _take_title(rest)
    forename, _, surname = rest.rpartition(" ")
    return title, forename.strip() or None, surname or None


def _take_title(text: str) -> tuple[str | None, str]:
    first, _, rest = text.partition(" ")
    if rest and first.rstrip(".").casefold() in _TITLES:
        return first, rest.strip()
    return None, text
