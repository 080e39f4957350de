"""Conditional formats and filters: which cells a rule holds for."""

import datetime as dt

import pytest

from local_workspace.sheets.a1 import Rect
from local_workspace.sheets.conditions import Judge, conditional_formats, hidden_rows
from local_workspace.sheets.engine import Engine
from local_workspace.sheets.formula import Formula
from local_workspace.sheets.model import Cell, Json, Sheet, Spreadsheet

TODAY = 45996  # 5 December 2025
RED = {"backgroundColor": {"red": 1}}
BLUE = {"backgroundColor": {"blue": 1}}


@pytest.fixture
def book() -> Spreadsheet:
    book = Spreadsheet("x", {"locale": "en_GB", "timeZone": "Europe/London"})
    sheet = Sheet(book.owner, {"sheetId": 5, "title": "The register"}, 8, 4)
    book.sheets.append(sheet)
    rows = [
        ("Name", "Due", "Score"),
        ("Amara", TODAY - 3, 10),
        ("Ben", TODAY, 20),
        ("amara", TODAY + 3, 30),
        (None, None, None),
        ("10", Formula("=B2"), "20"),
    ]
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            sheet.put(row, column, Cell(value))
    return book


@pytest.fixture
def engine() -> Engine:
    return Engine(lambda: dt.datetime(2025, 12, 5, 23, 30, tzinfo=dt.UTC))


def condition(kind: str, *values: str) -> Json:
    return {"type": kind, "values": [{"userEnteredValue": value} for value in values]}


def rule(wanted: Json, look: Json, *, columns: tuple[int, int] = (0, 3)) -> Json:
    span = {
        "sheetId": 5,
        "startRowIndex": 1,
        "endRowIndex": 6,
        "startColumnIndex": columns[0],
        "endColumnIndex": columns[1],
    }
    return {"ranges": [span], "booleanRule": {"condition": wanted, "format": look}}


@pytest.mark.parametrize(
    ("kind", "values", "column", "rows"),
    [
        ("BLANK", [], 0, [4]),
        ("NOT_BLANK", [], 0, [1, 2, 3, 5]),
        ("TEXT_EQ", ["AMARA"], 0, [1, 3]),
        ("TEXT_EQ", ["10"], 0, [5]),
        ("TEXT_CONTAINS", ["mar"], 0, [1, 3]),
        ("TEXT_NOT_CONTAINS", ["mar"], 0, [2, 4, 5]),
        ("TEXT_STARTS_WITH", ["b"], 0, [2]),
        ("TEXT_ENDS_WITH", ["N"], 0, [2]),
        ("NUMBER_EQ", ["20"], 2, [2]),
        ("NUMBER_GREATER", ["10"], 2, [2, 3]),
        ("NUMBER_GREATER_THAN_EQ", ["=C2"], 2, [1, 2, 3]),
        ("NUMBER_LESS", ["20"], 2, [1]),
        ("NUMBER_BETWEEN", ["15", "25"], 2, [2]),
        ("NUMBER_NOT_BETWEEN", ["15", "25"], 2, [1, 3]),
        ("DATE_EQ", ["5/12/2025"], 1, [2]),
        ("DATE_BEFORE", ["05/12/2025"], 1, [1, 5]),
        ("DATE_AFTER", ["2025-12-05"], 1, [3]),
        ("CUSTOM_FORMULA", ["=$B2<TODAY()"], 1, [1, 4, 5]),
        ("CUSTOM_FORMULA", ["=nonsense("], 1, []),
    ],
)
def test_each_kind_of_condition_holds_for_the_right_rows(
    book: Spreadsheet, engine: Engine, *, kind: str, values: list[str], column: int, rows: list[int]
) -> None:
    judge = Judge(book, engine, book.sheets[0])
    places = [(row, column) for row in range(1, 6)]
    met = judge.meeting(condition(kind, *values), places, (1, column))
    assert [row for row, _ in met] == rows


def test_a_relative_date_is_counted_from_the_schools_day(book: Spreadsheet, engine: Engine) -> None:
    judge = Judge(book, engine, book.sheets[0])
    before_today = {"type": "DATE_BEFORE", "values": [{"relativeDate": "TODAY"}]}
    assert judge.meeting(before_today, [(1, 1), (2, 1), (3, 1)], (1, 1)) == [(1, 1)]


def test_the_first_rule_that_holds_decides(book: Spreadsheet, engine: Engine) -> None:
    sheet = book.sheets[0]
    sheet.set_list(
        "conditionalFormats",
        [rule(condition("TEXT_EQ", "Ben"), BLUE), rule(condition("CUSTOM_FORMULA", "=$C2>=20"), RED)],
    )
    found = conditional_formats(book, engine, sheet, Rect(1, 0, 4, 2))
    blue = {**BLUE, "backgroundColorStyle": {"rgbColor": {"blue": 1}}}
    red = {**RED, "backgroundColorStyle": {"rgbColor": {"red": 1}}}
    assert found == {(2, 0): blue, (2, 1): red, (3, 0): red, (3, 1): red}


def test_a_formula_means_the_cells_of_its_own_tab(book: Spreadsheet, engine: Engine) -> None:
    book.sheets.append(Sheet(book.owner, {"sheetId": 6, "title": "Other"}, 8, 4))
    answers = engine.ask(book, book.sheets[0], ["=A2", "=COUNTIF('The register'!A:A,\"amara\")", "=Other!A2"])
    assert answers == ["Amara", 2, ""]


def test_a_formula_that_asks_for_its_own_row_or_column_is_told_that_of_the_cell(
    book: Spreadsheet, engine: Engine
) -> None:
    sheet = book.sheets[0]
    by_row = condition("CUSTOM_FORMULA", '=AND(INDEX($A:$A, ROW())="Ben", "ROW()"<>"2", ROW($A$3)=3, column( )=2)')
    sheet.set_list("conditionalFormats", [rule(by_row, BLUE)])
    assert list(conditional_formats(book, engine, sheet, Rect(1, 0, 6, 3))) == [(2, 1)]


def test_asking_leaves_nothing_behind(book: Spreadsheet, engine: Engine) -> None:
    sheet = book.sheets[0]
    engine.ask(book, sheet, ["=A2&A3"])
    assert engine.ask(book, sheet, ["=A3"]) == ["Ben"]
    assert engine.values(book, sheet).at(5, 1, sheet.cell(5, 1)) == TODAY - 3


def test_a_filter_hides_by_value_and_by_condition(book: Spreadsheet, engine: Engine) -> None:
    shape = {
        "range": {
            "sheetId": 5,
            "startRowIndex": 0,
            "endRowIndex": 6,
            "startColumnIndex": 0,
            "endColumnIndex": 3,
        },
        "criteria": {
            "0": {"hiddenValues": ["Ben"]},
            "2": {"condition": condition("CUSTOM_FORMULA", "=C2>10")},
        },
    }
    assert hidden_rows(book, engine, book.sheets[0], shape) == {1, 2, 4}
