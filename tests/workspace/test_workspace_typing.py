"""What a person's typing becomes, and how values are shown. Source: Google's guides."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workspace_kit import Book, Caller

from local_workspace.sheets.formula import Formula
from local_workspace.sheets.numfmt import general, show
from local_workspace.sheets.serial import from_serial, to_serial
from local_workspace.sheets.typed import type_in

TODAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("typed", "value", "pattern"),
    [
        ("1/2/2020", 43862, "d/m/yyyy"),
        ("01/02/20", 43862, "dd/mm/yy"),
        ("31/12/2020", 44196, "dd/mm/yyyy"),
        ("2020-01-31", 43861, "yyyy-mm-dd"),
        ("1 Jan 2020", 43831, "d mmm yyyy"),
        ("1-Jan-2020", 43831, "d-mmm-yyyy"),
        ("25/12", 46381, "dd/mm"),
        ("9:30", 0.3958333333333333, "h:mm"),
        ("09:30", 0.3958333333333333, "hh:mm"),
        ("9:30 pm", 0.8958333333333334, "h:mm am/pm"),
        ("1/2/2020 9:30", 43862.395833333336, "d/m/yyyy h:mm"),
        ("£1,234.50", 1234.5, "[$£-809]#,##0.00"),
        ("£5", 5, "[$£-809]#,##0"),
        ("50%", 0.5, "0%"),
        ("12.5%", 0.125, "0.00%"),
        ("1,000", 1000, "#,##0"),
        ("1e5", 100000, "0.00E+00"),
        ("007", 7, None),
        (" 12 ", 12, None),
        ("-5", -5, None),
        (".5", 0.5, None),
        ("(5)", -5, None),
        ("true", True, None),
        ("'12", "12", None),
        ("'=A1", "=A1", None),
        ("=A1", Formula("=A1"), None),
        ("+A1", Formula("=+A1"), None),
        ("32/1/2020", "32/1/2020", None),
        ("$5", "$5", None),
        ("1,00", "1,00", None),
        ("5-", "5-", None),
        ("hello", "hello", None),
        ("Null", "Null", None),
        ("SLCN 1", "SLCN 1", None),
        ("", None, None),
    ],
)
def test_typing_in_britain(typed: str, value: Any, pattern: str | None) -> None:
    result = type_in(typed, "en_GB", TODAY)
    assert (result.value, type(result.value)) == (value, type(value))
    assert (result.format or {}).get("pattern") == pattern


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1/2/2020", 43832), ("12/31/2020", 44196), ("31/12/2020", "31/12/2020"), ("$5.50", 5.5)],
)
def test_typing_in_america(typed: str, value: Any) -> None:
    assert type_in(typed, "en_US", TODAY).value == value


def test_a_plain_text_cell_takes_everything_as_text(book: Book) -> None:
    shape = {"userEnteredFormat": {"numberFormat": {"type": "TEXT", "pattern": "@"}}}
    area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 3}
    book.batch({"repeatCell": {"range": area, "cell": shape, "fields": "userEnteredFormat.numberFormat"}})
    book.type("A1:C1", ["007", "=1+1", "1/2/2020"])
    assert book.formulas("A1:C1") == [["007", "=1+1", "1/2/2020"]]


def test_a_cell_keeps_the_number_format_that_it_has(book: Book) -> None:
    book.type("A1", ["01/02/2020"])
    book.type("A1", ["2020-03-04"])
    assert book.shown("A1") == [["04/03/2020"]]


def test_a_shown_date_types_to_itself() -> None:
    """Whatever the day."""
    for number in range(43800, 44300, 7):
        text = show(number, {"type": "DATE"}, "en_GB")
        assert type_in(text, "en_GB", TODAY).value == number


@pytest.mark.parametrize(
    ("value", "kind", "pattern", "expected"),
    [
        (1234.5, "NUMBER", "#,##0.00", "1,234.50"),
        (1234.5, "NUMBER", "", "1,234.50"),
        (0.125, "PERCENT", "0.0%", "12.5%"),
        (0.125, "PERCENT", "", "12.50%"),
        (-5.25, "CURRENCY", "", "-£5.25"),
        (44000, "DATE", "", "18/06/2020"),
        (44000.5, "DATE_TIME", "ddd d mmm yyyy h:mm am/pm", "Thu 18 Jun 2020 12:00 PM"),
        (44000, "DATE", "dddd, mmmm", "Thursday, June"),
        (44000, "DATE", "yyyy-mm-dd", "2020-06-18"),
        (0.25, "TIME", "hh:mm:ss", "06:00:00"),
        (1.5, "TIME", "[h]:mm", "36:00"),
        (0.5 + 7.25 / 86400, "TIME", "hh:mm:ss.000", "12:00:07.250"),
        (-3, "NUMBER", "0;(0);zero", "(3)"),
        (0, "NUMBER", "0;(0);zero", "zero"),
        (0, "NUMBER", "0;-0;;@", ""),
        (12345678, "NUMBER", '#,##0,,"M"', "12M"),
        (1234.5, "SCIENTIFIC", "", "1.23E+03"),
        (0.5, "NUMBER", "#.##", ".5"),
        (5, "NUMBER", "000", "005"),
        (2.5, "NUMBER", "0", "3"),
        (1.005, "NUMBER", "0.00", "1.01"),
        (3, "NUMBER", '0 "weeks"', "3 weeks"),
        (-0.001, "NUMBER", "0.00", "0.00"),
        (150, "NUMBER", '[>=100]"high";"low"', "high"),
        (50, "NUMBER", '[>=100]"high";"low"', "low"),
        (7, "TEXT", "@", "7"),
        ("K", "NUMBER", "0.00", "K"),
        ("K", "TEXT", '"status: "@', "status: K"),
        (True, "NUMBER", "0.00", "TRUE"),
        (None, "NUMBER", "0.00", ""),
    ],
)
def test_how_a_value_is_shown(value: Any, kind: str, pattern: str, expected: str) -> None:
    assert show(value, {"type": kind, "pattern": pattern}, "en_GB") == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (5, "5"),
        (5.0, "5"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.3333333333"),
        (-12.5, "-12.5"),
        (123456789.123456, "123456789.1"),
        (1e15, "1E+15"),
        (123456789012345, "123456789012345"),
        (0.000012, "0.000012"),
        (1.5e-9, "1.5E-09"),
    ],
)
def test_a_number_without_a_format(number: float, expected: str) -> None:
    assert general(number) == expected


@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2199, 1, 1)))  # noqa: DTZ001 - a sheet's wall clock
def test_a_serial_number_gives_its_moment_back(moment: dt.datetime) -> None:
    moment = moment.replace(microsecond=0)
    assert from_serial(to_serial(moment)[0]) == moment


def test_what_an_american_sheet_shows(call: Caller) -> None:
    book = Book(call, properties={"locale": "en_US"})
    book.type("A1:B1", ["1/2/2020", "$5"])
    assert book.shown("A1:B1") == [["1/2/2020", "$5"]]
    assert book.get("A1:B1") == [[43832, 5]]
