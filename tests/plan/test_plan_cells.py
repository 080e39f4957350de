"""What a cell can hold."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.plan.cells import (
    Formula,
    Value,
    blank,
    column_letter,
    from_json,
    from_serial,
    moment_of,
    quoted,
    same,
    same_formula,
    serial,
    text,
    to_json,
)

VALUES = st.one_of(
    st.none(),
    st.text(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text().map(lambda t: Formula("=" + t)),
)


@pytest.mark.parametrize(
    ("day", "number"),
    [
        (date(1899, 12, 30), 0.0),
        (date(1900, 3, 1), 61.0),
        (date(2026, 10, 5), 46300.0),
        (datetime(2026, 10, 5, 6), 46300.25),  # noqa: DTZ001 - a wall clock
        (datetime(2026, 10, 5, 18, tzinfo=UTC), 46300.75),
        (datetime(2026, 10, 5, 23, 59, 59), 46300.99998843),  # noqa: DTZ001
        (date(1850, 1, 1), -18260.0),
    ],
)
def test_a_day_is_the_number_that_sheets_keeps(day: date, number: float) -> None:
    assert serial(day) == number


@given(st.dates(), st.floats(0, 0.999))
def test_a_day_comes_back_whatever_the_time_of_day(day: date, time: float) -> None:
    assert from_serial(serial(day)) == day
    assert from_serial(serial(day) + time) == day


@given(st.datetimes(datetime(1800, 1, 1), datetime(9999, 1, 1)))  # noqa: DTZ001 - as above
def test_a_wall_clock_time_comes_back_to_the_minute(moment: datetime) -> None:
    moment = moment.replace(second=0, microsecond=0)
    assert moment_of(serial(moment)) == moment


@pytest.mark.parametrize("number", [1e12, -1e12, 1e300, float("inf"), float("nan")])
def test_a_number_beyond_the_calendar_is_no_day(number: float) -> None:
    assert from_serial(number) is None
    assert moment_of(number) is None


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (None, "", True),
        ("", "", True),
        (0.0, None, False),
        (False, None, False),
        (False, 0.0, False),
        (True, 1.0, False),
        (True, True, True),
        (1, 1.0, True),
        (0.1 + 0.2, 0.3, True),
        ("1", 1.0, False),
        ("a", "A", False),
        ("a", "a ", False),
        (Formula("=A1"), "=A1", False),
        (Formula("=A1"), Formula("=A1"), True),
        (Formula("=A1"), Formula("=A2"), False),
        (Formula(""), None, False),
    ],
)
def test_two_cells_hold_the_same(left: Value, right: Value, equal: bool) -> None:
    assert (same(left, right), same(right, left)) == (equal, equal)


@given(VALUES)
def test_every_value_survives_the_store(value: Value) -> None:
    again = from_json(to_json(value))
    assert same(again, value)
    assert isinstance(again, Formula) == isinstance(value, Formula)
    assert isinstance(again, bool) == isinstance(value, bool)


def test_a_text_that_looks_like_a_formula_stays_a_text_in_the_store() -> None:
    assert (to_json("=A1"), to_json(Formula("=A1"))) == ("=A1", {"f": "=A1"})
    assert isinstance(from_json("=A1"), Formula) is False


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""), (True, "TRUE"), (False, "FALSE"), (3.0, "3"), (2.5, "2.5"), ("NA", "NA"), (7, "7"),
        (Formula("=A1"), "=A1"),
    ],
)  # fmt: skip
def test_a_value_in_words(value: Value, words: str) -> None:
    assert text(value) == words


@pytest.mark.parametrize(
    ("value", "empty"), [(None, True), ("", True), (" ", False), (0.0, False), (False, False), ("None", False)]
)
def test_what_a_person_calls_empty(value: Value, empty: bool) -> None:
    assert blank(value) is empty


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("=A1+B1", "= a1 + b1", True),
        ('=IF(A1="Yes", "a b", "")', '=if(a1="Yes","a b","")', True),
        ('=IF(A1="yes", 1)', '=IF(A1="Yes", 1)', False),
        ('="a b"', '="ab"', False),
        ("='MIS roll'!$A:$A", "='mis roll'!$A:$A", False),
        ("='MIS roll'!$A:$A", "='MIS roll' ! $a:$a", True),
        ('="it""s"&A1', '="it""s" & a1', True),
        ("=A1", "=A2", False),
    ],
)
def test_two_formulas_are_the_same_but_for_spaces_and_case_outside_quotes(left: str, right: str, equal: bool) -> None:
    assert same_formula(left, right) is equal


@pytest.mark.parametrize(
    ("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_the_letters_of_a_column(index: int, letters: str) -> None:
    assert column_letter(index) == letters


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("Settings", "Settings"),
        ("MIS roll", "'MIS roll'"),
        ("Kids' list", "'Kids'' list'"),
        ("A1", "'A1'"),
        ("R1C1", "'R1C1'"),
        ("rc", "'rc'"),
        ("2026", "'2026'"),
        ("Élèves", "'Élèves'"),
        ("Year_7", "Year_7"),
        ("", "''"),
    ],
)
def test_a_title_is_quoted_unless_it_is_a_plain_word(title: str, written: str) -> None:
    assert quoted(title) == written
