from __future__ import annotations

from datetime import date

from sync.domain.school_days import HalfTerm, SchoolCalendar

AUTUMN = HalfTerm(date(2026, 9, 1), date(2026, 10, 23))
WINTER = HalfTerm(date(2026, 11, 2), date(2026, 12, 18))
CALENDAR = SchoolCalendar(date(2026, 9, 1), date(2027, 7, 21), (AUTUMN, WINTER), {date(2026, 11, 27): "an INSET day"})
NOTHING = SchoolCalendar(date.max, date.min, ())


def test_every_closed_day_says_why() -> None:
    days = {
        date(2026, 10, 23): "",
        date(2026, 10, 24): "is at the weekend",
        date(2026, 10, 26): "is in the school holidays",
        date(2026, 11, 2): "",
        date(2026, 11, 27): "is an INSET day",
        date(2026, 8, 31): "is outside the half terms in Settings",
        date(2026, 12, 21): "is outside the half terms in Settings",
    }
    assert {day: CALENDAR.why_closed(day) for day in days} == days


def test_the_last_school_day_before_a_day_passes_over_everything_that_is_closed() -> None:
    assert CALENDAR.last_before(date(2026, 11, 1)) == date(2026, 10, 23)
    assert CALENDAR.last_before(date(2026, 11, 27)) == date(2026, 11, 26)
    assert CALENDAR.last_before(date(2026, 11, 26)) == date(2026, 11, 26)
    assert CALENDAR.last_before(date(2026, 8, 31)) is None
    assert NOTHING.last_before(date(2026, 8, 31)) is None


def test_the_school_days_between_two_days_hold_both_ends() -> None:
    assert list(CALENDAR.school_days(date(2026, 10, 22), date(2026, 11, 3))) == [
        date(2026, 10, 22), date(2026, 10, 23), date(2026, 11, 2), date(2026, 11, 3),
    ]  # fmt: skip


def test_a_due_date_in_a_closure_is_warned_of_and_never_moved() -> None:
    assert CALENDAR.warning("The report", date(2026, 10, 28)) == (
        "The report is due on Wednesday 28 October 2026, which is in the school holidays; the last school day before "
        "it is Friday 23 October 2026."
    )
    assert CALENDAR.warning("The report", date(2026, 11, 27)) == (
        "The report is due on Friday 27 November 2026, which is an INSET day; the last school day before it is "
        "Thursday 26 November 2026."
    )
    assert CALENDAR.warning("The report", date(2026, 11, 26)) == ""


def test_a_due_date_beyond_the_half_terms_asks_for_them() -> None:
    assert CALENDAR.warning("The report", date(2027, 9, 8)) == (
        "The report is due on Wednesday 8 September 2027, which is outside the half terms in Settings: add that year's "
        "half terms to see whether the school is open."
    )
    assert (
        NOTHING.warning("It", date(2026, 10, 24)) == "It is due on Saturday 24 October 2026, which is at the weekend."
    )
