"""The days on which a school is open: its half terms, less weekends, bank holidays and INSET days.

Statutory periods never skip a day (SEND Regulations 2014 speak of weeks and days, not of school days). What this
module gives is a warning: the day falls in a closure, and this is the last school day before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from sync.domain.school_clock import say_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HalfTerm:
    """A stretch of school, its first and last school day included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class SchoolCalendar:
    """A school year: its first and last day, its half terms in order, and single days closed within them.

    `closed` gives each such day its name (`an INSET day`, `Early May bank holiday`).
    """

    first: date
    last: date
    half_terms: tuple[HalfTerm, ...]
    closed: Mapping[date, str] = field(default_factory=dict)

    def is_open(self, day: date) -> bool:
        """Whether `day` is a school day."""
        return not self.why_closed(day)

    def knows(self, day: date) -> bool:
        """Whether the half terms say anything of `day`: it is not before the first nor after the last of them."""
        return bool(self.half_terms) and self.half_terms[0].first <= day <= self.half_terms[-1].last

    def in_year(self, day: date) -> bool:
        """Whether `day` is in this school year, holidays included."""
        return self.first <= day <= self.last

    def why_closed(self, day: date) -> str:
        """Why `day` is no school day, as the end of a sentence that begins with the day; "" if it is one."""
        if day.weekday() >= _SATURDAY:
            return "is at the weekend"
        if any(half.first <= day <= half.last for half in self.half_terms):
            name = self.closed.get(day, "")
            return f"is {name}" if name else ""
        if not self.knows(day):
            return "is outside the half terms in Settings"
        return "is in the school holidays"

    def school_days(self, first: date, last: date) -> Iterator[date]:
        """The school days from `first` to `last`, both included, in order."""
        day = first
        while day <= last:
            if self.is_open(day):
                yield day
            day += _DAY

    def last_before(self, day: date) -> date | None:
        """The last school day on or before `day`; None if the half terms hold none."""
        if not self.half_terms:
            return None
        while day >= self.half_terms[0].first:
            if self.is_open(day):
                return day
            day -= _DAY
        return None

    def warning(self, what: str, day: date) -> str:
        """A sentence if `day` falls in a closure, with the last school day before it; "" if it is a school day.

        Args:
            what: what is due on it, beginning a sentence (`The report`).
            day: the due date; it stands, whatever the warning says.
        """
        if self.is_open(day):
            return ""
        begin = f"{what} is due on {say_day(day)}, which {self.why_closed(day)}"
        if day.weekday() < _SATURDAY and not self.knows(day):
            return f"{begin}: add that year's half terms to see whether the school is open."
        before = self.last_before(day)
        return f"{begin}; the last school day before it is {say_day(before)}." if before else f"{begin}."
