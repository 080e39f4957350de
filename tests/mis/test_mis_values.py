from __future__ import annotations

import contextlib
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.mis import values

if TYPE_CHECKING:
    from collections.abc import Callable

EXCEL_1900 = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook's day nought has no zone
EXCEL_1904 = datetime(1904, 1, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2014-11-20", date(2014, 11, 20)),
        ("2014-11-20 00:00:00", date(2014, 11, 20)),
        ("2014-11-20T00:00:00.000", date(2014, 11, 20)),
        ("2014-11-19T23:30:00Z", date(2014, 11, 19)),
        ("2014-06-19T23:30:00Z", date(2014, 6, 20)),
        ("2014-06-20T00:00:00+01:00", date(2014, 6, 20)),
        ("20/11/2014", date(2014, 11, 20)),
        ("20/11/2014 09:30", date(2014, 11, 20)),
        ("03/04/2014", date(2014, 4, 3)),
        ("3.4.2014", date(2014, 4, 3)),
        ("20/11/14", date(2014, 11, 20)),
        ("20/11/98", date(1998, 11, 20)),
        ("20-Nov-2014", date(2014, 11, 20)),
        ("1 September 2014", date(2014, 9, 1)),
        ("20-Sept-14", date(2014, 9, 20)),
        ("2014-Nov-20", date(2014, 11, 20)),
        ("2020-Apr-25 00:00:00", date(2020, 4, 25)),
        ("29/02/2024", date(2024, 2, 29)),
    ],
)
def test_dates_of_every_kind(text: str, day: date) -> None:
    assert values.as_date(text) == day


@pytest.mark.parametrize("text", ["31/02/2014", "29/02/2023", "2014-13-01", "00/01/2014", "0001-01-01", "20/11/2914"])
def test_impossible_days_are_named_as_such(text: str) -> None:
    with pytest.raises(ValueError, match="is not a day of the calendar"):
        values.as_date(text)


@pytest.mark.parametrize(
    "text",
    ["soon", "20-Nix-2014", "41963", "2014", "20/11", "\u0662\u0660/\u0661\u0661/\u0662\u0660\u0661\u0664"],
)
def test_texts_that_are_no_dates_are_named_as_such(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date we can read"):
        values.as_date(text)


def test_a_bare_number_is_a_date_only_in_a_workbook() -> None:
    assert values.as_date("41963", EXCEL_1900) == date(2014, 11, 20)
    assert values.as_date("40501", EXCEL_1904) == date(2014, 11, 20)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_survives_every_format(day: date) -> None:
    month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][day.month - 1]
    written = [
        day.isoformat(),
        f"{day.day:02d}/{day.month:02d}/{day.year}",
        f"{day.day}-{month}-{day.year}",
        f"{day.year}-{month}-{day.day:02d} 00:00:00",
    ]
    assert [values.as_date(text) for text in written] == [day] * 4


READERS = [
    values.as_date,
    values.as_bool,
    values.as_rank,
    values.as_percentage,
    values.as_money,
    values.as_minutes,
    values.as_times_a_week,
    values.as_group_size,
]


@given(st.text())
def test_any_text_gives_a_value_or_a_value_error(text: str) -> None:
    for read in READERS:
        with contextlib.suppress(ValueError):
            read(text)


@pytest.mark.parametrize("read", READERS)
def test_no_error_repeats_the_text(read: Callable[[str], object]) -> None:
    with pytest.raises(ValueError, match=r"^is ") as caught:
        read("Rooster 77")
    assert "Rooster" not in str(caught.value)


@pytest.mark.parametrize("text", ["Y", "yes", "TRUE", "t", "1", " Yes "])
def test_yes_in_all_its_forms(text: str) -> None:
    assert values.as_bool(text) is True


@pytest.mark.parametrize("text", ["N", "no", "False", "f", "0"])
def test_no_in_all_its_forms(text: str) -> None:
    assert values.as_bool(text) is False


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("fsm", "FSM", True),
        ("fsm", "Paid", False),
        ("pp", "DPP", True),
        ("eal", "EAL", True),
        ("looked_after", "CLA", True),
    ],
)
def test_a_word_that_stands_for_yes_in_its_own_column(field: str, text: str, value: bool) -> None:
    assert values.as_bool(text, field) is value
    with pytest.raises(ValueError, match="neither yes nor no"):
        values.as_bool(text, "another")


def test_nothing_is_unknown_not_no() -> None:
    assert values.as_bool("") is None


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (values.as_minutes, "30", 30.0),
        (values.as_minutes, "30 mins", 30.0),
        (values.as_minutes, "1:15", 75.0),
        (values.as_minutes, "1 hour", 60.0),
        (values.as_minutes, "1h 15m", 75.0),
        (values.as_minutes, "1.5 hours", 90.0),
        (values.as_times_a_week, "3", 3.0),
        (values.as_times_a_week, "3x weekly", 3.0),
        (values.as_times_a_week, "2 times a week", 2.0),
        (values.as_times_a_week, "Daily", 5.0),
        (values.as_times_a_week, "fortnightly", 0.5),
        (values.as_group_size, "4", 4.0),
        (values.as_group_size, "1:1", 1.0),
        (values.as_group_size, "1 to 4", 4.0),
        (values.as_money, "£1,234.50", 1234.5),
        (values.as_percentage, "95.2 %", 95.2),
        (values.as_rank, "1.0", 1),
        (values.as_wave, "Wave 2", "targeted"),
        (values.as_wave, "3", "specialist"),
        (values.as_wave, "Universal", "universal"),
        (values.as_wave, "Targeted Plus", "Targeted Plus"),
        (values.as_year_group, "Year 07", "7"),
        (values.as_year_group, "Reception", "R"),
        (values.as_year_group, "N1", "N1"),
        (values.as_year_group, "E1", "E1"),
        (values.as_sex, "Female", "F"),
        (values.as_sex, "X", "X"),
    ],
)
def test_the_small_vocabularies(read: Callable[[str], object], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Mrs Ann Rooster", ("Mrs", "Ann", "Rooster")),
        ("Rooster, Ann", (None, "Ann", "Rooster")),
        ("Rooster, Mrs Ann", ("Mrs", "Ann", "Rooster")),
        ("Mrs Rooster", ("Mrs", None, "Rooster")),
        ("Rooster", (None, None, "Rooster")),
        ("", (None, None, None)),
    ],
)
def test_a_whole_name_is_split(text: str, parts: tuple[str | None, ...]) -> None:
    assert values.split_name(text) == parts
