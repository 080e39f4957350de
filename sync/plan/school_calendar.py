"""The school's calendar as the Settings tab tells it: half terms, INSET days and bank holidays.

A row whose code begins with `term_` is a half term, `From` to `To`. A row whose code begins with `inset` or `closed`
is one day on which the school is closed, in `From`; `To` stays empty, because the workbook's own formulas take every
row with both dates for a half term. `year_start` and `year_end` bound the school year.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import holidays

from sync.domain.school_clock import say_day
from sync.domain.school_days import HalfTerm, SchoolCalendar
from sync.plan.cells import Value, blank, day_of, text, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DOCUMENT: Final = "school_calendar"
"""Under which name the store keeps `calendar_rows` for who works between two syncs."""

_HALF_TERM: Final = "term_"
_CLOSED: Final = {"inset": "an INSET day", "closed": "a day on which the school is closed"}


def calendar_of(settings: Iterable[Mapping[str, Value]], region: str = "ENG") -> tuple[SchoolCalendar, tuple[str, ...]]:
    """The school's calendar, and what in Settings could not be understood.

    Args:
        settings: the rows of the Settings tab: `code`, `setting`, `from`, `to` (dates as serial numbers).
        region: whose bank holidays: `ENG`, `WLS`, `SCT` or `NIR`.

    Returns:
        The calendar, and sentences for Sync status; a row with a sentence is left out. Without `year_start` or
        `year_end` the year is that of the half terms; without those too it is empty: no day is a school day.
    """
    halves: list[HalfTerm] = []
    closed: dict[date, str] = {}
    bounds: dict[str, date] = {}
    problems: list[str] = []
    for row in settings:
        code = text(row.get("code")).strip()
        first, last = day_of(row.get("from")), day_of(row.get("to"))
        closure = next((name for word, name in _CLOSED.items() if code.startswith(word)), "")
        if code.startswith(_HALF_TERM):
            if first is None or last is None or last < first:
                problems.append(f"Settings, '{code}': a half term needs a date in From and a later one in To.")
            else:
                halves.append(HalfTerm(first, last))
        elif closure:
            if first is None or not blank(row.get("to")):
                problems.append(
                    f"Settings, '{code}': put the one day in From and leave To empty; one row for each day."
                )
            else:
                closed[first] = closure
        elif code == "year_start" and first:
            bounds["first"] = first
        elif code == "year_end" and last:
            bounds["last"] = last
    halves.sort(key=lambda half: half.first)
    problems += [
        f"Settings: the half terms that begin on {say_day(one.first)} and {say_day(two.first)} overlap. "
        "Correct their From and To."
        for one, two in pairwise(halves)
        if two.first <= one.last
    ]
    if not halves:
        problems.append("Settings holds no half terms: add rows term_1 to term_6 with From and To.")
    first_day = bounds.get("first") or (halves[0].first if halves else date.max)
    last_day = bounds.get("last") or (halves[-1].last if halves else date.min)
    banks = bank_holidays(halves[0].first, halves[-1].last, region) if halves else {}
    return SchoolCalendar(first_day, last_day, tuple(halves), banks | closed), tuple(problems)


def calendar_rows(settings: Iterable[Mapping[str, Value]]) -> list[dict[str, Any]]:
    """The rows of Settings that `calendar_of` looks at, as JSON."""
    wanted = (_HALF_TERM, *_CLOSED, "year_start", "year_end")
    return [
        {name: to_json(row.get(name)) for name in ("code", "from", "to")}
        for row in settings
        if text(row.get("code")).strip().startswith(wanted)
    ]


def bank_holidays(first: date, last: date, region: str = "ENG") -> dict[date, str]:
    """The bank holidays from `first` to `last`, each with a name that ends a sentence."""
    days = holidays.country_holidays("GB", subdiv=region, years=range(first.year, last.year + 1))
    return {day: f"a bank holiday ({name})" for day, name in days.items() if first <= day <= last}


def thirds(calendar: SchoolCalendar) -> tuple[date, ...]:
    """The last school day of each term: with six half terms, of every second one.

    Three times a year (Code of Practice 6.65) is read as once a term. With fewer than three half terms in Settings,
    the year's days are divided by three. A day of which the half terms say nothing stands as it is.
    """
    count = len(calendar.half_terms)
    if count >= 3:  # noqa: PLR2004 - three terms, as the docstring says
        ends = [calendar.half_terms[-(-count * n // 3) - 1].last for n in (1, 2, 3)]
    elif calendar.last >= calendar.first:
        length = (calendar.last - calendar.first).days
        ends = [calendar.first + timedelta(days=length * n // 3) for n in (1, 2, 3)]
    else:
        return ()
    return tuple((calendar.last_before(day) if calendar.knows(day) else None) or day for day in ends)
