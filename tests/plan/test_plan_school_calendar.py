from __future__ import annotations

from datetime import date

from school_year import CALENDAR, INSET, PROBLEMS, settings_rows

from sync.plan.cells import serial
from sync.plan.school_calendar import bank_holidays, calendar_of, thirds


def test_the_settings_of_a_new_workbook_give_a_year_without_a_problem() -> None:
    assert PROBLEMS == ()
    assert (CALENDAR.first, CALENDAR.last, len(CALENDAR.half_terms)) == (date(2026, 9, 1), date(2027, 7, 21), 6)


def test_bank_holidays_and_inset_days_within_a_half_term_are_closed() -> None:
    days = [date(2027, 5, 3), date(2027, 1, 4), date(2027, 5, 4), date(2026, 12, 25)]
    assert [CALENDAR.why_closed(d) for d in days] == [
        "is a bank holiday (May Day)", "is an INSET day", "", "is in the school holidays",
    ]  # fmt: skip
    assert date(2027, 11, 30) in bank_holidays(date(2027, 11, 1), date(2027, 12, 1), "SCT")
    assert bank_holidays(date(2027, 11, 1), date(2027, 12, 1)) == {}


def test_a_row_that_cannot_be_a_half_term_or_a_closed_day_is_told_and_left_out() -> None:
    back = {"code": "term_9", "from": serial(date(2027, 3, 1)), "to": serial(date(2027, 2, 1))}
    words = {"code": "term_8", "from": "next week", "to": None}
    span = INSET | {"to": serial(date(2027, 1, 5))}
    overlap = {"code": "term_7", "from": serial(date(2027, 7, 20)), "to": serial(date(2027, 7, 23))}
    calendar, problems = calendar_of([*settings_rows(), back, words, span, overlap])
    assert problems == (
        "Settings, 'term_9': a half term needs a date in From and a later one in To.",
        "Settings, 'term_8': a half term needs a date in From and a later one in To.",
        "Settings, 'inset_1': put the one day in From and leave To empty; one row for each day.",
        (
            "Settings: the half terms that begin on Monday 7 June 2027 and Tuesday 20 July 2027 overlap. "
            "Correct their From and To."
        ),
    )
    assert calendar.is_open(date(2027, 1, 4))


def test_without_half_terms_no_day_is_a_school_day_and_it_is_said() -> None:
    calendar, problems = calendar_of([])
    assert problems == ("Settings holds no half terms: add rows term_1 to term_6 with From and To.",)
    assert (calendar.is_open(date(2026, 12, 8)), calendar.in_year(date(2026, 12, 8)), thirds(calendar)) == (
        False, False, (),
    )  # fmt: skip


def test_without_its_bounds_the_year_is_that_of_the_half_terms() -> None:
    calendar, _ = calendar_of(row for row in settings_rows() if str(row["code"]).startswith("term_"))
    assert (calendar.first, calendar.last) == (date(2026, 9, 1), date(2027, 7, 21))


def test_a_term_ends_with_every_second_half_term() -> None:
    assert thirds(CALENDAR) == (date(2026, 12, 18), date(2027, 3, 25), date(2027, 7, 21))


def test_with_fewer_half_terms_the_year_is_divided_by_three() -> None:
    some = [r for r in settings_rows() if str(r["code"]) in ("term_1", "year_start", "year_end")]
    assert thirds(calendar_of(some)[0]) == (date(2026, 12, 17), date(2027, 4, 4), date(2027, 7, 21))
