"""The days on which staff are written to about concerns."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.response_clock import is_school_day
from sync.domain.school_days import HalfTerm, SchoolCalendar
from sync.plan.cells import serial
from sync.plan.school_calendar import calendar_of, calendar_rows
from sync.plan.staff_days import monday, school_days_later, week_before

YEAR = SchoolCalendar(
    date(2026, 9, 1),
    date(2027, 7, 21),
    (HalfTerm(date(2026, 11, 2), date(2026, 12, 18)), HalfTerm(date(2027, 1, 4), date(2027, 2, 12))),
    {date(2026, 11, 27): "an INSET day"},
)
UNKNOWN = SchoolCalendar(date.max, date.min, ())


@pytest.mark.parametrize(
    ("calendar", "since", "count", "due"),
    [
        (YEAR, datetime(2026, 11, 24, 9, tzinfo=UTC), 1, datetime(2026, 11, 25, 7, 30, tzinfo=UTC)),
        (YEAR, datetime(2026, 11, 26, 9, tzinfo=UTC), 1, datetime(2026, 11, 30, 7, 30, tzinfo=UTC)),
        (YEAR, datetime(2026, 12, 17, 9, tzinfo=UTC), 3, datetime(2027, 1, 5, 7, 30, tzinfo=UTC)),
        (UNKNOWN, datetime(2026, 11, 27, 9, tzinfo=UTC), 3, datetime(2026, 12, 2, 7, 30, tzinfo=UTC)),
        # Late in the evening of a summer day in UTC it is the next day in the school.
        (UNKNOWN, datetime(2027, 6, 7, 23, 30, tzinfo=UTC), 1, datetime(2027, 6, 9, 6, 30, tzinfo=UTC)),
    ],
)
def test_a_reminder_is_due_on_the_school_day_so_many_later(
    calendar: SchoolCalendar, since: datetime, count: int, due: datetime
) -> None:
    assert school_days_later(calendar, since, count, time(7, 30)) == due


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 12, 7), date(2026, 11, 30)),
        (date(2026, 12, 9), date(2026, 11, 30)),
        (date(2027, 1, 4), date(2026, 12, 14)),
    ],
)
def test_a_weekly_mail_tells_from_the_last_week_of_school_on(day: date, first: date) -> None:
    assert week_before(YEAR, day) == first


def test_a_calendar_of_which_nobody_knows_a_school_day_gives_the_week_before() -> None:
    holiday = SchoolCalendar(date(2025, 9, 1), date(2027, 7, 21), (HalfTerm(date(2025, 9, 1), date(2025, 9, 1)),))
    assert week_before(holiday, date(2026, 12, 9)) == date(2026, 11, 30)


@given(st.dates(date(2026, 11, 10), date(2027, 2, 10)).filter(lambda day: is_school_day(day, YEAR)))
def test_no_school_day_falls_between_two_weekly_mails(day: date) -> None:
    week = monday(day)
    following = week + timedelta(days=7)
    while not any(is_school_day(following + timedelta(days=n), YEAR) for n in range(7)):
        following += timedelta(days=7)
    assert week_before(YEAR, following) == week


def test_the_calendar_comes_back_from_the_rows_that_the_store_keeps() -> None:
    settings = [
        {"code": "term_1", "setting": "Autumn", "from": serial(date(2026, 9, 1)), "to": serial(date(2026, 10, 23))},
        {"code": "inset_1", "setting": "INSET", "from": serial(date(2026, 9, 1)), "to": None},
        {"code": "year_start", "setting": "First day", "from": serial(date(2026, 9, 1)), "to": ""},
        {"code": "rate_ta", "setting": "A rate", "value": 17.0, "from": None, "to": None},
    ]
    kept = calendar_rows(settings)
    assert [row["code"] for row in kept] == ["term_1", "inset_1", "year_start"]
    assert calendar_of(kept) == calendar_of(settings)
