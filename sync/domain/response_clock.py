"""The 24-hour clock on a concern: it runs on school days, within the hours that the school sets.

A concern is to be answered by the same time of the next school day: received on Tuesday at 10:15am, due on
Wednesday at 10:15am; on Friday at 2pm, due on Monday at 2pm. What arrives before the school opens, after it closes, at
the weekend or in a holiday counts from when it next opens. (sen-domain.md, section 6: SENCOs ask for 24 hours.)

A day of which the half terms in Settings say nothing is taken for a school day from Monday to Friday, unless it is a
bank holiday in England, is named closed or lies in the school year's holidays: a clock that starts too early is seen,
one that never starts is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import holidays

from sync.domain.school_clock import instant, wall

if TYPE_CHECKING:
    from sync.domain.school_days import SchoolCalendar

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class SchoolHours:
    """From when until when on a school day the clock runs, on the school's wall clock.

    Raises:
        ValueError: the day would end before it starts.
    """

    starts: time = time(8)
    ends: time = time(16)

    def __post_init__(self) -> None:
        if self.starts >= self.ends:
            raise ValueError(f"The school day must start before it ends: {self.starts:%H:%M} to {self.ends:%H:%M}.")


DEFAULT_HOURS: Final = SchoolHours()


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock on one concern, instants in UTC.

    Attributes:
        amber: from when little time is left: a quarter of a school day before it is due.
        due: by when it is to be answered.
    """

    amber: datetime
    due: datetime

    def is_late(self, now: datetime) -> bool:
        """Whether it is overdue at an instant; at the very instant at which it is due it is not yet."""
        return now > self.due


def clock_of(received: datetime, calendar: SchoolCalendar, hours: SchoolHours = DEFAULT_HOURS) -> Clock:
    """The clock on a concern.

    Args:
        received: an instant.
        calendar: the school year.
        hours: of a school day.
    """
    day, at = _counts_from(received, calendar, hours)
    following = next_school_day(day, calendar)
    due = instant(following, at)
    quarter = (instant(day, hours.ends) - instant(day, hours.starts)) / 4
    into = due - instant(following, hours.starts)
    amber = due - quarter if into >= quarter else instant(day, hours.ends) - (quarter - into)
    return Clock(amber, due)


def school_time(start: datetime, end: datetime, calendar: SchoolCalendar, hours: SchoolHours) -> timedelta:
    """How long the clock runs between two instants; nothing where the second is not later.

    Args:
        start: an aware instant.
        end: another.
        calendar: the school year.
        hours: of a school day.
    """
    total, day, last = timedelta(), wall(start).date(), wall(end).date()
    while day <= last:
        if is_school_day(day, calendar):
            begins, ends = max(start, instant(day, hours.starts)), min(end, instant(day, hours.ends))
            total += max(timedelta(), ends - begins)
        day += _DAY
    return total


def is_school_day(day: date, calendar: SchoolCalendar) -> bool:
    """Whether the clock runs on a day; see the module for days of which Settings say nothing."""
    if calendar.knows(day):
        return calendar.is_open(day)
    in_holidays = bool(calendar.half_terms) and calendar.in_year(day)
    closed = day in calendar.closed or day in _bank_holidays(day.year)
    return day.weekday() < _SATURDAY and not closed and not in_holidays


@lru_cache(maxsize=64)
def _bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of a year in England."""
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def next_school_day(day: date, calendar: SchoolCalendar) -> date:
    """The first school day after a day."""
    day += _DAY
    while not is_school_day(day, calendar):
        day += _DAY
    return day


def _counts_from(received: datetime, calendar: SchoolCalendar, hours: SchoolHours) -> tuple[date, time]:
    """The school day and the time of day from which a concern counts."""
    local = wall(received)
    day, at = local.date(), local.time()
    if is_school_day(day, calendar):
        if at < hours.starts:
            return day, hours.starts
        if at < hours.ends:
            return day, at
    return next_school_day(day, calendar), hours.starts
