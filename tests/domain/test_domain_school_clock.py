from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.school_clock import day_ends, day_starts, instant, oddity, say_day, say_time, wall

FORWARD, BACK = date(2027, 3, 28), date(2026, 10, 25)


def test_four_oclock_is_another_instant_in_winter_than_in_summer() -> None:
    assert instant(date(2026, 12, 8), time(16)) == datetime(2026, 12, 8, 16, tzinfo=UTC)
    assert instant(date(2027, 6, 8), time(16)) == datetime(2027, 6, 8, 15, tzinfo=UTC)


def test_a_time_that_does_not_exist_is_counted_on_from_before_the_change() -> None:
    assert instant(FORWARD, time(1, 30)) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert wall(instant(FORWARD, time(1, 30))).time() == time(2, 30)


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    assert instant(BACK, time(1, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert instant(BACK, time(1, 30, fold=1)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "clock", "said"),
    [
        (FORWARD, time(1), "1am does not exist on Sunday 28 March 2027, because the clocks go forward"),
        (FORWARD, time(1, 59), "1:59am does not exist on Sunday 28 March 2027, because the clocks go forward"),
        (FORWARD, time(0, 59), ""),
        (FORWARD, time(2), ""),
        (BACK, time(1), "1am comes twice on Sunday 25 October 2026, because the clocks go back"),
        (BACK, time(1, 59), "1:59am comes twice on Sunday 25 October 2026, because the clocks go back"),
        (BACK, time(0, 59), ""),
        (BACK, time(2), ""),
        (date(2026, 12, 8), time(1, 30), ""),
    ],
)
def test_the_odd_hours_are_named_and_no_others(day: date, clock: time, said: str) -> None:
    assert oddity(day, clock) == said


def test_a_day_on_which_the_clocks_change_has_23_or_25_hours() -> None:
    hours = [(day_ends(d) - day_starts(d)).total_seconds() / 3600 for d in (FORWARD, BACK, date(2026, 12, 8))]
    assert hours == [23, 25, 24]


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.times().map(lambda t: t.replace(second=0, microsecond=0)))
def test_the_wall_shows_the_time_that_was_asked_for_unless_it_is_odd(day: date, clock: time) -> None:
    if not oddity(day, clock):
        shown = wall(instant(day, clock))
        assert (shown.date(), shown.time()) == (day, clock)


def test_times_and_days_are_said_as_letters_say_them() -> None:
    clocks = [time(0), time(0, 5), time(9), time(12), time(12, 30), time(16, 20)]
    assert [say_time(c) for c in clocks] == ["12am", "12:05am", "9am", "12 noon", "12:30pm", "4:20pm"]
    assert say_day(date(2026, 12, 8)) == "Tuesday 8 December 2026"
