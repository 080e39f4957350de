"""The days on which staff are written to: those on which the 24-hour clock runs. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sync.domain.response_clock import is_school_day, next_school_day
from sync.domain.school_clock import instant, wall

if TYPE_CHECKING:
    from sync.domain.school_days import SchoolCalendar


def school_days_later(calendar: SchoolCalendar, moment: datetime, count: int, clock: time) -> datetime:
    """The instant in UTC at which the school's clock shows `clock`, on the `count`-th school day after `moment`.

    Args:
        calendar: the school's.
        moment: aware; the day it falls on is counted from.
        count: 1 is the next school day.
        clock: the time of that day.
    """
    day = wall(moment).date()
    for _ in range(count):
        day = next_school_day(day, calendar)
    return instant(day, clock)


def week_before(calendar: SchoolCalendar, day: date) -> date:
    """The Monday from which a weekly mail on `day` tells: of the week with the last school day before this week.

    After a holiday that is the last week of school, so that no change falls between two mails.
    """
    return monday(last_school_day(calendar, monday(day)))


def last_school_day(calendar: SchoolCalendar, day: date) -> date:
    """The last school day before a day."""
    last = day - timedelta(days=1)
    # A year without a school day is a calendar that nobody has filled in: then it is the day before.
    for _ in range(366):
        if is_school_day(last, calendar):
            return last
        last -= timedelta(days=1)
    return day - timedelta(days=1)


def monday(day: date) -> date:
    """The Monday of the week that `day` falls in."""
    return day - timedelta(days=day.weekday())
