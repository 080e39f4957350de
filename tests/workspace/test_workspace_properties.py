"""Any sequence of edits does to the workspace what it does to a plain list of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workspace_kit import NOON

from local_workspace import LocalWorkspace
from local_workspace.http.fields import parse_mask
from local_workspace.http.wire import ApiError
from local_workspace.sheets.edits import Edit
from local_workspace.sheets.engine import Engine
from local_workspace.sheets.persist import dump_book, load_book
from local_workspace.sheets.ranges import resolve
from local_workspace.sheets.resource import Reader
from local_workspace.sheets.values import Rendering, read

if TYPE_CHECKING:
    from local_workspace.sheets.model import Spreadsheet

WHO = "a@school.example"
ROWS, COLUMNS = 7, 5
Grid = list[list[Any]]

values = st.one_of(st.none(), st.integers(0, 9), st.sampled_from(["a", "B", "c"]))
grids = st.lists(st.lists(values, min_size=COLUMNS, max_size=COLUMNS), min_size=ROWS, max_size=ROWS)
edits = st.lists(
    st.tuples(
        st.sampled_from(["insert", "delete", "move", "sort", "cut", "put"]),
        st.booleans(),
        st.integers(0, 6),
        st.integers(1, 3),
        st.integers(0, 7),
        values,
    ),
    max_size=8,
)


def workspace() -> LocalWorkspace:
    return LocalWorkspace(accounts=[WHO], clock=lambda: NOON)


def make(ws: LocalWorkspace, grid: Grid) -> str:
    rows = [{"values": [cell(value) for value in row]} for row in grid]
    size = {"rowCount": ROWS, "columnCount": COLUMNS}
    tab = {"properties": {"sheetId": 0, "gridProperties": size}, "data": [{"rowData": rows}]}
    return ws.create_spreadsheet(WHO, {"sheets": [tab]}).id


def cell(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    return {"userEnteredValue": {"stringValue" if isinstance(value, str) else "numberValue": value}}


def contents(book: Spreadsheet) -> Grid:
    sheet = book.sheets[0]
    return [[sheet.cell(row, column).value for column in range(len(sheet.columns))] for row in range(len(sheet.rows))]


def turned(grid: Grid) -> Grid:
    return [list(column) for column in zip(*grid, strict=True)]


def rank(value: Any) -> tuple[int, Any]:
    return (1, value.casefold()) if isinstance(value, str) else (0, value)


def step(grid: Grid, kind: str, rows: bool, at: int, count: int, to: int, value: Any) -> tuple[Grid, dict[str, Any]]:
    """The model's next grid, and the request that should lead there."""
    lines = grid if rows else turned(grid)
    size = len(lines)
    at, dimension = at % size, "ROWS" if rows else "COLUMNS"
    end = min(at + count, size)
    span = {"sheetId": 0, "dimension": dimension, "startIndex": at, "endIndex": end}
    if kind == "insert":
        blank: list[Any] = [None] * len(lines[0])
        after = lines[:at] + [blank.copy() for _ in range(end - at)] + lines[at:]
        return (after if rows else turned(after)), {"insertDimension": {"range": span}}
    if kind == "delete" and end - at < size:
        after = lines[:at] + lines[end:]
        return (after if rows else turned(after)), {"deleteDimension": {"range": span}}
    if kind == "move":
        to %= size + 1
        to = at if at < to < end else to
        rest = lines[:at] + lines[end:]
        landing = to if to <= at else to - (end - at)
        after = rest[:landing] + lines[at:end] + rest[landing:] if to not in (at, end) else lines
        return (after if rows else turned(after)), {"moveDimension": {"source": span, "destinationIndex": to}}
    top, width = at % len(grid), len(grid[0])
    column = to % width
    if kind == "sort":
        part = grid[top:]
        down = count == 2
        filled = sorted(
            (row for row in part if row[column] is not None), key=lambda row: rank(row[column]), reverse=down
        )
        after = grid[:top] + filled + [row for row in part if row[column] is None]
        area = {
            "sheetId": 0,
            "startRowIndex": top,
            "endRowIndex": len(grid),
            "startColumnIndex": 0,
            "endColumnIndex": width,
        }
        spec = {"dimensionIndex": column, "sortOrder": "DESCENDING" if down else "ASCENDING"}
        return after, {"sortRange": {"range": area, "sortSpecs": [spec]}}
    after = [row.copy() for row in grid]
    after[top][column] = value
    place = {"sheetId": 0, "rowIndex": top, "columnIndex": column}
    return after, {"updateCells": {"start": place, "rows": [{"values": [cell(value)]}], "fields": "userEnteredValue"}}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(grids, edits)
def test_edits_do_what_they_do_to_a_list_of_lists(grid: Grid, steps: list[Any]) -> None:
    ws = workspace()
    book_id = make(ws, grid)
    for one in steps:
        grid, request = step(grid, *one)
        ws.mutate(book_id, WHO, "batchUpdate", {"requests": [request]})
        assert contents(ws.books[book_id]) == grid
    assert contents(load_book(dump_book(ws.books[book_id]))) == grid


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(grids, edits)
def test_a_batch_that_fails_at_its_end_leaves_the_very_same_spreadsheet(grid: Grid, steps: list[Any]) -> None:
    ws = workspace()
    book_id = make(ws, grid)
    before = dump_book(ws.books[book_id])
    requests = []
    for one in steps:
        grid, request = step(grid, *one)
        requests.append(request)
    requests.append({"deleteNamedRange": {"namedRangeId": "none"}})
    with pytest.raises(ApiError) as caught:
        ws.mutate(book_id, WHO, "batchUpdate", {"requests": requests})
    assert caught.value.message.startswith(f"Invalid requests[{len(steps)}].deleteNamedRange")
    assert dump_book(ws.books[book_id]) == before


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(grids, edits)
def test_formulas_read_the_cell_that_they_read_before(grid: Grid, steps: list[Any]) -> None:
    """Rows and columns come, go and move; a formula on another tab keeps reading the value it named."""
    ws = workspace()
    numbered = [[row * COLUMNS + column for column in range(COLUMNS)] for row in range(ROWS)]
    book_id = make(ws, numbered)
    formulas = [
        {
            "values": [
                {"userEnteredValue": {"formulaValue": f"=Sheet1!{chr(65 + column)}{row + 1}"}}
                for column in range(COLUMNS)
            ]
        }
        for row in range(ROWS)
    ]
    add = {"addSheet": {"properties": {"sheetId": 1, "title": "Mirror"}}}
    write = {"updateCells": {"start": {"sheetId": 1}, "rows": formulas, "fields": "userEnteredValue"}}
    ws.mutate(book_id, WHO, "batchUpdate", {"requests": [add, write]})
    model: Grid = numbered
    for kind, *rest in steps:
        if kind not in {"insert", "delete", "move"}:
            continue
        after, request = step(model, kind, *rest)
        if "updateCells" not in request:  # what the model does instead of deleting everything
            model = after
            ws.mutate(book_id, WHO, "batchUpdate", {"requests": [request]})
    kept = {value for row in model for value in row if value is not None}
    book = ws.books[book_id]
    mirror = book.sheets[1]
    shown = ws.engine(book_id).values(book, mirror)
    for row in range(ROWS):
        for column in range(COLUMNS):
            value = shown.at(row, column, mirror.cell(row, column))
            number = row * COLUMNS + column
            assert (value == number) == (number in kept), (number, value, mirror.cell(row, column).value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(grids, edits)
def test_values_kept_up_to_date_are_those_calculated_afresh(grid: Grid, steps: list[Any]) -> None:
    """The engine is fed with differences: after any edits it must say what a new engine says."""
    ws = workspace()
    book_id = make(ws, grid)
    formulas = ["=SUM(A:A)", "=COUNTA(B1:C4)", "=INDEX($A:$A,ROW())", "=A1&B2", "=IF(C1>2,C1,D1)", "=E2"]
    rows = [{"values": [{"userEnteredValue": {"formulaValue": text}}]} for text in formulas]
    place = {"sheetId": 0, "rowIndex": 0, "columnIndex": 4}
    write = {"updateCells": {"start": place, "rows": rows, "fields": "userEnteredValue"}}
    ws.mutate(book_id, WHO, "batchUpdate", {"requests": [write]})
    for one in steps:
        size = ws.books[book_id].sheets[0].whole()
        blank: Grid = [[None] * size.width for _ in range(size.height)]
        _, request = step(blank, *one)
        ws.mutate(book_id, WHO, "batchUpdate", {"requests": [request]})
        book = ws.books[book_id]
        target = resolve(book, "Sheet1")
        kept = read(target, ws.engine(book_id).values(book, book.sheets[0]), "en_GB", Rendering())
        fresh = Engine(ws.now)
        mask = parse_mask("sheets(data(rowData(values(userEnteredValue,effectiveValue,formattedValue))))")
        again = load_book(dump_book(book))
        seen = Reader(book, ws.engine(book_id), "", WHO, owner=True).spreadsheet(mask)
        assert seen == Reader(again, Engine(ws.now), "", WHO, owner=True).spreadsheet(mask)
        assert kept == read(target, fresh.values(book, book.sheets[0]), "en_GB", Rendering())


@given(
    st.sampled_from(["insert", "delete", "move"]),
    st.integers(0, 9),
    st.integers(1, 4),
    st.integers(0, 12),
    st.integers(0, 12),
)
def test_a_move_is_a_shuffle_and_positions_agree_with_lists(
    kind: Any, start: int, count: int, to: int, at: int
) -> None:
    size = 13
    to = start if start < to < start + count else to
    edit = Edit(kind, True, start, count, to)
    items: list[Any] = list(range(size))
    end = start + count
    if kind == "insert":
        after = items[:start] + ["new"] * count + items[start:]
    elif kind == "delete":
        after = items[:start] + items[end:]
    else:
        rest = items[:start] + items[end:]
        landing = to if to <= start else to - count
        after = rest[:landing] + items[start:end] + rest[landing:]
    assert edit.index(at) == (after.index(at) if at in after else None)
