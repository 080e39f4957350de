from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.response_clock import (
    Clock,
    SchoolHours,
    clock_of,
    is_school_day,
    next_school_day,
    school_time,
)
from sync.domain.school_clock import instant, wall
from sync.domain.school_days import HalfTerm, SchoolCalendar

if TYPE_CHECKING:
    from collections.abc import Iterator

YEAR = SchoolCalendar(
    date(2026, 9, 1),
    date(2027, 8, 31),
    (
        HalfTerm(date(2026, 9, 2), date(2026, 10, 23)),
        HalfTerm(date(2026, 11, 2), date(2026, 12, 18)),
        HalfTerm(date(2027, 1, 4), date(2027, 7, 21)),
    ),
    {date(2026, 11, 27): "an INSET day"},
)
UNSET = SchoolCalendar(date.max, date.min, ())
HOURS = SchoolHours(time(8), time(16))


def at(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    """What the school's clock shows, as an instant."""
    return instant(date(year, month, day), time(hour, minute))


def due(received: datetime, calendar: SchoolCalendar, hours: SchoolHours) -> datetime:
    return clock_of(received, calendar, hours).due


def school_days_after(day: date, calendar: SchoolCalendar) -> Iterator[date]:
    while True:
        day = next_school_day(day, calendar)
        yield day


def test_a_concern_is_due_at_the_same_time_of_the_next_school_day() -> None:
    assert due(at(11, 10, 10, 15), YEAR, HOURS) == at(11, 11, 10, 15)


def test_a_friday_runs_over_the_weekend() -> None:
    assert due(at(11, 13, 14), YEAR, HOURS) == at(11, 16, 14)


def test_a_closed_day_and_a_half_term_holiday_do_not_count() -> None:
    assert due(at(11, 26, 9), YEAR, HOURS) == at(11, 30, 9)
    assert due(at(10, 23, 9), YEAR, HOURS) == at(11, 2, 9)


def test_what_comes_before_the_school_opens_counts_from_when_it_opens() -> None:
    assert due(at(11, 10, 6, 30), YEAR, HOURS) == at(11, 11, 8)


@pytest.mark.parametrize("received", [at(11, 13, 16), at(11, 13, 22), at(11, 14, 11), at(11, 15, 23, 59)])
def test_what_comes_after_the_school_closes_counts_from_when_it_next_opens(received: datetime) -> None:
    assert clock_of(received, YEAR, HOURS) == Clock(at(11, 16, 14), at(11, 17, 8))


def test_the_last_minute_of_a_day_still_counts_from_it() -> None:
    assert due(at(11, 10, 15, 59), YEAR, HOURS) == at(11, 11, 15, 59)


def test_what_comes_in_the_holidays_counts_from_the_first_school_day() -> None:
    assert due(at(12, 25, 12), YEAR, HOURS) == at(1, 5, 8, year=2027)


def test_what_comes_in_august_counts_from_the_first_weekday_after_the_school_year() -> None:
    assert due(at(8, 3, 12, year=2027), YEAR, HOURS) == at(9, 2, 8, year=2027)


def test_over_the_sunday_on_which_the_clocks_go_back_the_clock_time_is_kept() -> None:
    received, expected = at(10, 23, 10), at(10, 26, 10)
    assert due(received, UNSET, HOURS) == expected
    assert expected - received == timedelta(days=3, hours=1)
    assert due(at(10, 25, 1, 30), UNSET, HOURS) == at(10, 27, 8)


def test_over_the_sunday_on_which_the_clocks_go_forward_the_clock_time_is_kept() -> None:
    received, expected = at(3, 26, 10, year=2027), at(3, 29, 10, year=2027)
    assert due(received, YEAR, HOURS) == expected
    assert expected - received == timedelta(days=2, hours=23)
    assert due(datetime(2027, 3, 28, 1, 30, tzinfo=UTC), YEAR, HOURS) == at(3, 30, 8, year=2027)


def test_without_half_terms_every_weekday_counts_but_for_bank_holidays() -> None:
    assert due(at(12, 22, 10), UNSET, HOURS) == at(12, 23, 10)
    # Christmas is a Friday, and the Monday stands for Boxing Day.
    assert due(at(12, 24, 10), UNSET, HOURS) == at(12, 29, 10)
    assert due(at(8, 27, 10, year=2027), UNSET, HOURS) == at(8, 31, 10, year=2027)
    assert [is_school_day(date(2026, 11, day), UNSET) for day in range(13, 17)] == [True, False, False, True]


def test_a_named_closed_day_is_closed_even_where_the_half_terms_say_nothing() -> None:
    calendar = SchoolCalendar(date.max, date.min, (), {date(2026, 12, 4): "an INSET day"})
    assert due(at(12, 3, 10), calendar, HOURS) == at(12, 7, 10)


def test_beyond_the_half_terms_that_are_known_a_bank_holiday_is_none_either() -> None:
    calendar = SchoolCalendar(YEAR.first, date(2026, 12, 18), YEAR.half_terms[:2])
    assert due(at(3, 25, 10, year=2027), calendar, HOURS) == at(3, 30, 10, year=2027)


def test_amber_begins_a_quarter_of_a_school_day_before_it_is_due_and_it_is_late_after_that() -> None:
    clock = clock_of(at(11, 10, 11), YEAR, HOURS)
    assert clock == Clock(at(11, 11, 9), at(11, 11, 11))
    assert [clock.is_late(now) for now in (at(11, 11, 11), at(11, 11, 11, 1))] == [False, True]


def test_amber_begins_on_the_day_before_where_the_morning_is_too_short_for_it() -> None:
    assert clock_of(at(11, 13, 9), YEAR, HOURS) == Clock(at(11, 13, 15), at(11, 16, 9))


def test_a_day_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^The school day must start before it ends: 16:00 to 08:00\.$"):
        SchoolHours(time(16), time(8))


MOMENTS = st.datetimes(datetime(2026, 8, 1), datetime(2027, 10, 1), timezones=st.just(UTC))  # noqa: DTZ001
CALENDARS = st.sampled_from((YEAR, UNSET))
DAYS = st.sampled_from((HOURS, SchoolHours(time(8, 30), time(15, 15)), SchoolHours(time(0, 30), time(23, 30))))


@given(MOMENTS, MOMENTS, CALENDARS, DAYS)
def test_what_comes_later_is_never_due_earlier(
    one: datetime, other: datetime, calendar: SchoolCalendar, hours: SchoolHours
) -> None:
    first, second = sorted((one, other))
    assert due(first, calendar, hours) <= due(second, calendar, hours)


@given(MOMENTS, CALENDARS, DAYS)
def test_a_concern_is_due_on_an_open_day_within_its_hours(
    received: datetime, calendar: SchoolCalendar, hours: SchoolHours
) -> None:
    clock = clock_of(received, calendar, hours)
    local = wall(clock.due)
    assert is_school_day(local.date(), calendar)
    # The hour that does not exist in March is read as the one after it.
    assert hours.starts <= local.time() < hours.ends
    assert received <= clock.amber < clock.due
    day = timedelta(hours=hours.ends.hour - hours.starts.hour, minutes=hours.ends.minute - hours.starts.minute)
    lasts = [school_time(*each, calendar, hours) for each in ((received, clock.amber), (clock.amber, clock.due))]
    assert lasts == [day * 3 / 4, day / 4]


@given(MOMENTS, CALENDARS)
def test_a_concern_is_due_on_the_second_school_day_that_ends_after_it_came(
    received: datetime, calendar: SchoolCalendar
) -> None:
    before = wall(received).date() - timedelta(days=1)
    ends = (instant(day, HOURS.ends) for day in school_days_after(before, calendar))
    first, second = islice((end for end in ends if end > received), 2)
    assert wall(due(received, calendar, HOURS)).date() == wall(second).date()
    same_time = max(received, instant(wall(first).date(), HOURS.starts))
    assert wall(due(received, calendar, HOURS)).time() == wall(same_time).time()


def test_school_time_counts_the_hours_of_school_days_alone() -> None:
    hour = timedelta(hours=1)
    for start, end, hours in (
        (at(11, 24, 10), at(11, 24, 15), 5),
        (at(11, 24, 10), at(11, 25, 10), 8),
        (at(11, 24, 20), at(11, 25, 10), 2),
        (at(11, 26, 15), at(11, 30, 9), 2),  # over an INSET day and a weekend
        (at(11, 28, 9), at(11, 28, 12), 0),
        (at(11, 24, 15), at(11, 24, 10), 0),
    ):
        assert school_time(start, end, YEAR, HOURS) == hours * hour


@given(MOMENTS, CALENDARS)
def test_a_school_day_of_time_lies_between_start_and_due(received: datetime, calendar: SchoolCalendar) -> None:
    assert school_time(received, due(received, calendar, HOURS), calendar, HOURS) == timedelta(hours=8)
