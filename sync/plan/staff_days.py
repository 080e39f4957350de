"""The days on which staff are written to: school days, and weekdays where Settings says nothing of a day. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from sync.domain.school_clock import instant

if TYPE_CHECKING:
    from sync.domain.school_days import SchoolCalendar

_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)


def is_working_day(calendar: SchoolCalendar, day: date) -> bool:
    """Whether staff are written to on `day`.

    In a September whose half terms nobody has typed yet, it is better to write than to fall silent.
    """
    return calendar.is_open(day) if calendar.knows(day) else day.weekday() < _SATURDAY


def working_days_later(calendar: SchoolCalendar, moment: datetime, count: int, clock: time) -> datetime:
    """The instant in UTC at which the school's clock shows `clock`, on the `count`-th working day after `moment`.

    Args:
        calendar: the school's.
        moment: where it is counted from: a date of the school's clock, and of its own time nothing.
        count: 1 is the next working day.
        clock: the time of that day.
    """
    day = moment.date()
    while count > 0:
        day += _DAY
        count -= is_working_day(calendar, day)
    return instant(day, clock)


def week_before(calendar: SchoolCalendar, day: date) -> date:
    """The Monday from which a week's mail on `day` tells: of the week with the last school day before this week.

    After a holiday that is the last week of school, so that no change falls between two mails.
    """
    monday = day - timedelta(days=day.weekday())
    before = monday - _DAY
    last = (calendar.last_before(before) if calendar.knows(before) else None) or before
    return last - timedelta(days=last.weekday())
