from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from school_year import CALENDAR

from sync.domain.school_clock import say_time
from sync.plan.cells import Value, serial
from sync.plan.typed import CellError, addresses, as_clock, as_count, as_day, as_minutes, as_moment, as_range, shown

if TYPE_CHECKING:
    from collections.abc import Callable


def refused(reader: Callable[[Value], object], value: Value) -> str:
    with pytest.raises(CellError) as error:
        reader(value)
    return str(error.value)


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("4pm", time(16)), ("4 PM", time(16)), ("4 p.m.", time(16)), ("4:30pm", time(16, 30)), ("4.30", time(16, 30)),
        ("16:00", time(16)), ("16.00", time(16)), ("1630", time(16, 30)), ("16h30", time(16, 30)), ("4", time(16)),
        ("4 o'clock", time(16)), ("4 o\u2019clock", time(16)), ("noon", time(12)), ("12", time(12)),
        ("12pm", time(12)), ("12am", time(0)), ("9", time(9)), ("9am", time(9)), ("04:00", time(4)), ("4am", time(4)),
        ("07:00", time(7)), ("7pm", time(19)), ("16:00:00", time(16)),
        (16.0, time(16)), (4.0, time(16)), (4.3, time(16, 30)), (16.15, time(16, 15)), (9.05, time(9, 5)),
        (1630.0, time(16, 30)), (900.0, time(9)), (16 / 24, time(16)), (4 / 24, time(16)), (9.75 / 24, time(9, 45)),
        (7 / 24, time(7)), (0.0, time(0)), (serial(datetime(2026, 12, 8, 16, 20)), time(16, 20)),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_a_time_is_understood_however_it_is_typed(typed: Value, clock: time) -> None:
    assert as_clock(typed) == clock


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("7", "'7:00' could be morning or evening: type 07:00 or 19:00"),
        (7.3, "'7:30' could be morning or evening: type 07:30 or 19:30"),
        (16.5, "'16.5' could be 16:30 or 16:50: type 16:30 or 16:50"),
        ("25:00", "'25:00' is not a time: type a time such as 4pm or 16:00"),
        ("16:61", "'16:61' is not a time: type a time such as 4pm or 16:00"),
        ("13pm", "'13pm' is not a time: type a time such as 4pm or 16:00"),
        ("after school", "what is typed there is not a time: type a time such as 4pm or 16:00"),
        ("", "what is typed there is not a time: type a time such as 4pm or 16:00"),
        (2461.0, "'2461' is not a time: type a time such as 4pm or 16:00"),
        (-1.0, "'-1' is not a time: type a time such as 4pm or 16:00"),
        (46364.0, "'46364' is not a time: type a time such as 4pm or 16:00"),
        (True, "what is typed there is not a time: type a time such as 4pm or 16:00"),
        (None, "what is typed there is not a time: type a time such as 4pm or 16:00"),
    ],
)
def test_what_is_no_time_is_told_with_what_to_type(typed: Value, said: str) -> None:
    assert refused(as_clock, typed) == said


@given(st.times().map(lambda t: t.replace(second=0, microsecond=0)))
def test_a_time_said_in_words_and_typed_again_is_the_same(clock: time) -> None:
    assert as_clock(say_time(clock)) == clock
    assert as_clock(f"{clock:%H:%M}") == clock or clock.hour in range(1, 8)


@pytest.mark.parametrize(
    ("typed", "times"),
    [
        ("4 to 6", (time(16), time(18))),
        ("4-6pm", (time(16), time(18))),
        ("16:00 \u2013 18:00", (time(16), time(18))),
        ("8 to 9pm", (time(20), time(21))),
        ("10 to 2pm", (time(10), time(14))),
        ("10 until 12pm", (time(10), time(12))),
        ("12 to 2pm", (time(12), time(14))),
        ("11 to 1", (time(11), time(13))),
        ("9 to 10am", (time(9), time(10))),
        ("9 to 3", (time(9), time(15))),
        ("5:00-5:15", (time(17), time(17, 15))),
        ("4pm", None),
        ("4 to", None),
        ("4 to 5 to 6", None),
        ("room to room", None),
        (0.5, None),
    ],
)
def test_a_range_is_two_times(typed: Value, times: tuple[time, time] | None) -> None:
    assert as_range(typed) == times


@pytest.mark.parametrize(
    "typed",
    [
        "8/12/2026", "8/12/26", "08.12.2026", "8-12-2026", "2026-12-08", "8 December 2026", "8th December", "8 Dec",
        "Tuesday 8 December", "Tue, 8 Dec 2026", "Tues 8/12", "8th of December, 2026", "December 8, 2026", "8-Dec-26",
        " 8  dec  2026 ", serial(date(2026, 12, 8)), serial(datetime(2026, 12, 8, 9, 30)),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_a_date_is_understood_however_it_is_typed(typed: Value) -> None:
    assert as_day(typed, CALENDAR) == date(2026, 12, 8)


def test_a_date_without_a_year_is_the_one_of_this_school_year() -> None:
    assert [as_day(d, CALENDAR) for d in ("30 Sept", "8 June")] == [date(2026, 9, 30), date(2027, 6, 8)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Monday 8 December 2026", "that date is a Tuesday, not a Monday: correct one of the two"),
        ("Tuesday", "a weekday alone is a different date every week: type the date, such as 8/12/2026"),
        ("15 August", "what is typed there is not in this school year: type the date with its year"),
        ("31/2/2027", "'31/2/2027' is not a day of the calendar: {}"),
        ("8 Ju 2027", "what is typed there is not a date: {}"),
        ("soon", "what is typed there is not a date: {}"),
        (8.12, "'8.12' is not a date: {}"),
        (1e300, "'1e+300' is not a date: {}"),
        (False, "what is typed there is not a date: {}"),
    ],
)
def test_what_is_no_date_is_told_with_what_to_type(typed: Value, said: str) -> None:
    hint = "type a date such as 8/12/2026 or Tuesday 8 December 2026"
    assert refused(lambda value: as_day(value, CALENDAR), typed) == said.format(hint)


def test_a_moment_is_a_date_with_a_time_or_the_beginning_or_end_of_a_date() -> None:
    first, nine = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 1, 9, tzinfo=UTC)
    texts = ["1 December 9am", "1/12/2026 at 09:00", "Tue 1 Dec 2026, 9 am", serial(datetime(2026, 12, 1, 9))]  # noqa: DTZ001
    assert [as_moment(typed, CALENDAR) for typed in texts] == [nine] * 4
    for typed in ("1 December", serial(date(2026, 12, 1))):
        assert as_moment(typed, CALENDAR) == first
        assert as_moment(typed, CALENDAR, end=True) == datetime(2026, 12, 2, tzinfo=UTC)
    assert as_moment("8 June 9am", CALENDAR) == datetime(2027, 6, 8, 8, tzinfo=UTC)
    for typed in ("soon", "next week 9am"):
        assert refused(lambda value: as_moment(value, CALENDAR), typed).startswith("what is typed there is not a date")


def test_minutes_are_understood_however_they_are_typed() -> None:
    twenty = [20.0, "20", "20 min", "20 minutes each", "20m", 20 / 1440, "0:20"]
    assert [as_minutes(v) for v in twenty] == [20] * 7
    assert [as_minutes(v) for v in ("1 hour", "1h 15", "an hour", "half an hour", "1:30")] == [60, 75, 60, 30, 90]
    for typed in (20.5, -5.0, 2000.0, "some", True):
        assert refused(as_minutes, typed).endswith("is not a number of minutes: type a number of minutes such as 20")


def test_a_count_is_a_whole_number_from_one() -> None:
    assert [as_count(v) for v in (12.0, "12", " 1 ")] == [12, 12, 1]
    for typed in (0.0, 1.5, -2.0, "many", True, None):
        assert refused(as_count, typed).endswith("is not a whole number: type one such as 12")


def test_a_count_that_no_store_could_keep_is_answered_however_it_is_typed() -> None:
    assert [as_count(v) for v in (9999.0, "9999")] == [9999, 9999]
    for typed in (10_000.0, 3e9, 1e20, 1e300, "10000", "9" * 5000):
        assert refused(as_count, typed).endswith("is too many: type 9999 or less")


def test_addresses_are_found_however_they_are_put_in_a_row_and_what_is_none_is_said() -> None:
    both = ("b@school.example", "c@school.example")
    for typed in ("B@school.example, c@school.example", " b@school.example;\nc@school.example;C@School.example "):
        assert addresses(typed, ()) == (both, False)
    assert addresses("b@school.example and c@school.example", ()) == (both, True)
    assert addresses("b@school.example, c@school.example", {"b@school.example"}) == (both[1:], True)
    assert (addresses(None, ()), addresses(" ,; ", ())) == (((), False), ((), False))


@pytest.mark.parametrize("typed", ["Tom 4", "Pat 12", "Adaeze Rooster", "4pm Tom", "a 1"])
def test_what_may_be_a_name_is_never_repeated(typed: str) -> None:
    assert shown(typed) == "what is typed there"
