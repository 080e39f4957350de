"""The school year of a made-up English school: which one a day is in, and its half-terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class HalfTerm:
    """A stretch of school, both days included: from its first school day to its last."""

    first: date
    last: date

    @property
    def weeks(self) -> int:
        """Weeks of school, part weeks counted whole."""
        return ((self.last - self.first).days + 7) // 7


def academic_year(day: date) -> int:
    """The year in which the school year of `day` began: 1 September to 31 August."""
    return day.year if day.month >= 9 else day.year - 1


def _monday_from(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def half_terms(start_year: int) -> tuple[HalfTerm, ...]:
    """Six half-terms of an ordinary English school year, to the week.

    Local authorities differ by a week or so, and the spring break by where Easter falls; these are close
    enough for dates in a made-up school, and are not a calendar to plan by.
    """
    spring = start_year + 1
    october_break = _monday_from(date(start_year, 10, 22))
    new_year = _monday_from(date(spring, 1, 3))
    february_break = _monday_from(date(spring, 2, 12))
    easter_break = _monday_from(date(spring, 3, 28))
    may_break = _monday_from(date(spring, 5, 25))
    july = date(spring, 7, 21)
    spans = (
        (_monday_from(date(start_year, 9, 1)) + timedelta(days=1), october_break - timedelta(days=3)),
        (october_break + timedelta(days=7), _monday_from(date(start_year, 12, 12)) + timedelta(days=4)),
        (new_year, february_break - timedelta(days=3)),
        (february_break + timedelta(days=7), easter_break - timedelta(days=3)),
        (easter_break + timedelta(days=14), may_break - timedelta(days=3)),
        (may_break + timedelta(days=7), july - timedelta(days=max(0, july.weekday() - 4))),
    )
    return tuple(HalfTerm(first, last) for first, last in spans)
