"""What lies on and over the grid follows any sequence of edits; a batch that fails leaves no trace of itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_workspace_kinds import BEFORE, REQUESTS
from workspace_kit import NOON, rect, span

from local_workspace import LocalWorkspace
from local_workspace.http.fields import parse_mask
from local_workspace.http.wire import ApiError
from local_workspace.sheets.persist import dump_book, load_book
from local_workspace.sheets.resource import Reader

if TYPE_CHECKING:
    from local_workspace.sheets.model import Spreadsheet

WHO = "a@school.example"
HEIGHT, WIDTH = 8, 6
HIDDEN = (2, 5)
NEW = 1000
BLOCKS = ((1, 4, 1, 3), (0, 2, 0, 6), (5, 8, 3, 5))
"""Rectangles that names, protections, rules, merges and banding lie on."""


@dataclass
class Line:
    """The rows, or the columns, by what they were at first; new ones have numbers from NEW on.

    Attributes:
        spans: what belongs to a span: what did at first, and what was inserted inside it.
    """

    items: list[int]
    spans: dict[tuple[int, int], set[int]]
    moved: bool = False
    made: int = NEW

    def edit(self, kind: str, at: int, count: int, to: int) -> tuple[str, dict[str, Any]] | None:
        """Do it here; the request that should do the same, None for one that Sheets refuses."""
        size = len(self.items)
        at %= size
        end = min(at + count, size)
        place = {"startIndex": at, "endIndex": end}
        if kind == "insert":
            new = list(range(self.made, self.made + end - at))
            for held in self.spans.values():
                if at > 0 and self.items[at - 1] in held and self.items[at] in held:
                    held.update(new)
            self.items[at:at] = new
            self.made += end - at
            return "insertDimension", {"range": place}
        if kind == "delete":
            if end - at == size:
                return None
            del self.items[at:end]
            return "deleteDimension", {"range": place}
        to %= size + 1
        if at <= to <= end:
            return None
        block = self.items[at:end]
        rest = self.items[:at] + self.items[end:]
        landing = to if to < at else to - len(block)
        self.items = rest[:landing] + block + rest[landing:]
        self.moved = True
        return "moveDimension", {"source": place, "destinationIndex": to}

    def of(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a span ended up, what was inserted into it included; None when all of it is gone."""
        held = self.spans[start, end]
        at = [position for position, item in enumerate(self.items) if item in held]
        return (min(at), max(at) + 1) if at else None


def line(size: int, spans: list[tuple[int, int]]) -> Line:
    return Line(list(range(size)), {span: set(range(*span)) for span in spans})


@dataclass
class Model:
    rows: Line = field(default_factory=lambda: line(HEIGHT, [*(block[:2] for block in BLOCKS), (0, HEIGHT)]))
    columns: Line = field(default_factory=lambda: line(WIDTH, [*(block[2:] for block in BLOCKS), (0, WIDTH)]))

    def rect(self, block: tuple[int, int, int, int]) -> dict[str, int] | None:
        rows, columns = self.rows.of(*block[:2]), self.columns.of(*block[2:])
        return None if rows is None or columns is None else rect(*rows, *columns)


def rich(ws: LocalWorkspace) -> str:
    """A spreadsheet with something of everything that has a place."""
    grid = {"rowCount": HEIGHT, "columnCount": WIDTH}
    tabs = [
        {"properties": {"sheetId": 0, "title": "Sheet1", "gridProperties": grid}},
        {"properties": {"sheetId": 1, "title": "Other"}},
    ]
    book_id = ws.create_spreadsheet(WHO, {"sheets": tabs}).id
    cells = [
        {
            "values": [
                {
                    "userEnteredValue": {"numberValue": row * WIDTH + column},
                    "note": f"{row}/{column}",
                    "userEnteredFormat": {"textFormat": {"fontSize": 8 + column}},
                }
                for column in range(WIDTH)
            ]
        }
        for row in range(HEIGHT)
    ]
    requests: list[dict[str, Any]] = [{"updateCells": {"start": {"sheetId": 0}, "rows": cells, "fields": "*"}}]
    for dimension, size, base in (("ROWS", HEIGHT, 100), ("COLUMNS", WIDTH, 200)):
        for at in range(size):
            where = {"dimensionRange": span(dimension, at, at + 1)}
            entry = {"metadataId": base + at, "metadataKey": "k", "location": where, "visibility": "DOCUMENT"}
            requests.append({"createDeveloperMetadata": {"developerMetadata": entry}})
    for row in HIDDEN:
        hide = {"range": span("ROWS", row, row + 1), "properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}
        requests.append({"updateDimensionProperties": hide})
    for number, block in enumerate(BLOCKS, 50):
        area = rect(*block)
        condition = {"condition": {"type": "NOT_BLANK"}, "format": {"textFormat": {"bold": True}}}
        requests += [
            {"addNamedRange": {"namedRange": {"namedRangeId": str(number), "name": f"Block{number}", "range": area}}},
            {"addProtectedRange": {"protectedRange": {"protectedRangeId": number, "range": area}}},
            {"addConditionalFormatRule": {"rule": {"ranges": [area], "booleanRule": condition}, "index": number - 50}},
        ]
    requests += [
        {"mergeCells": {"range": rect(*BLOCKS[0])}},
        {"mergeCells": {"range": rect(*BLOCKS[2])}},
        {"setBasicFilter": {"filter": {"range": rect(0, HEIGHT, 0, WIDTH)}}},
        {"updateCells": _mirror()},
    ]
    ws.mutate(book_id, WHO, "batchUpdate", {"requests": requests})
    return book_id


def _mirror() -> dict[str, Any]:
    """Formulas on the other tab, one for each cell of the first."""
    rows = [
        {
            "values": [
                {"userEnteredValue": {"formulaValue": f"=Sheet1!{chr(65 + column)}{row + 1}"}}
                for column in range(WIDTH)
            ]
        }
        for row in range(HEIGHT)
    ]
    return {"start": {"sheetId": 1}, "rows": rows, "fields": "userEnteredValue"}


def workspace() -> LocalWorkspace:
    return LocalWorkspace(accounts=[WHO], clock=lambda: NOON)


def check(book: Spreadsheet, model: Model) -> None:
    sheet = book.sheets[0]
    assert (len(sheet.rows), len(sheet.columns)) == (len(model.rows.items), len(model.columns.items))
    for y, row in enumerate(model.rows.items):
        for x, column in enumerate(model.columns.items):
            expected = None if max(row, column) >= NEW else f"{row}/{column}"
            assert sheet.cell(y, x).note == expected
    for line, base in ((model.rows, 100), (model.columns, 200)):
        where = {base + item: at for at, item in enumerate(line.items) if item < NEW}
        found = {entry.id: entry.index for entry in book.metadata.values() if base <= entry.id < base + 100}
        assert found == where
    hidden = [at for at, row in enumerate(sheet.rows) if row is not None and row.dim.hidden]
    assert hidden == [at for at, item in enumerate(model.rows.items) if item in HIDDEN]
    if model.rows.moved or model.columns.moved:
        return  # what a range does when a part of it moves away is not documented
    areas = {number: model.rect(block) for number, block in enumerate(BLOCKS, 50)}
    alive = {number: area for number, area in areas.items() if area is not None}
    assert {int(item["namedRangeId"]): item["range"] for item in book.named_ranges} == alive
    assert {item["protectedRangeId"]: item["range"] for item in sheet.items("protectedRanges")} == alive
    assert [item["ranges"] for item in sheet.items("conditionalFormats")] == [[area] for area in alive.values()]
    wide = [area for area in (areas[50], areas[52]) if area is not None and area != _corner(area)]
    assert sheet.items("merges") == wide
    whole = model.rect((0, HEIGHT, 0, WIDTH))
    assert (None if sheet.basic_filter is None else sheet.basic_filter["range"]) == whole


def _corner(area: dict[str, int]) -> dict[str, int]:
    top, left = area["startRowIndex"], area["startColumnIndex"]
    return rect(top, top + 1, left, left + 1)


edits = st.lists(
    st.tuples(
        st.sampled_from(["insert", "delete", "move"]),
        st.booleans(),
        st.integers(0, 9),
        st.integers(1, 3),
        st.integers(0, 9),
    ),
    max_size=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits)
def test_everything_with_a_place_follows_rows_and_columns(steps: list[tuple[str, bool, int, int, int]]) -> None:
    ws = workspace()
    book_id = rich(ws)
    model = Model()
    for kind, rows, *rest in steps:
        line = model.rows if rows else model.columns
        made = line.edit(kind, *rest)
        if made is None:
            continue
        name, body = made
        place = next(iter(body))
        body[place] = {"sheetId": 0, "dimension": "ROWS" if rows else "COLUMNS", **body[place]}
        ws.mutate(book_id, WHO, "batchUpdate", {"requests": [{name: body}]})
        check(ws.books[book_id], model)
    book = ws.books[book_id]
    check(load_book(json.loads(json.dumps(dump_book(book)))), model)
    mirror = book.sheets[1]
    values = ws.engine(book_id).values(book, mirror)
    alive = {(row, column) for row in model.rows.items for column in model.columns.items if max(row, column) < NEW}
    merged = {
        (row, column)
        for top, bottom, left, right in (BLOCKS[0], BLOCKS[2])
        for row in range(top, bottom)
        for column in range(left, right)
        if (row, column) != (top, left)
    }
    for row in range(HEIGHT):
        for column in range(WIDTH):
            shown = values.at(row, column, mirror.cell(row, column))
            if (row, column) not in alive:
                assert str(mirror.cell(row, column).value) == "=#REF!"
            else:
                assert shown == ("" if (row, column) in merged else row * WIDTH + column)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 4), st.sampled_from("aBb")), st.integers(0, 3)), min_size=2,
             max_size=12),
    st.lists(st.tuples(st.integers(0, 1), st.booleans()), min_size=1, max_size=2),
)  # fmt: skip
def test_a_sort_carries_whole_rows_is_stable_and_formulas_still_read_their_own_row(
    pairs: list[tuple[Any, int]], specs: list[tuple[int, bool]]
) -> None:
    ws = workspace()
    size = {"rowCount": len(pairs) + 2, "columnCount": 5}
    tab = {"properties": {"sheetId": 0, "gridProperties": size}}
    book_id = ws.create_spreadsheet(WHO, {"sheets": [tab]}).id
    cells = []
    for at, (first, second) in enumerate(pairs):
        entered = {} if first is None else {"stringValue" if isinstance(first, str) else "numberValue": first}
        own = {"formulaValue": f'=B{at + 2}*10&"|"&$B{at + 2}'}
        cells.append(
            {
                "values": [
                    {"userEnteredValue": entered, "note": str(at)},
                    {"userEnteredValue": {"numberValue": second}},
                    {"userEnteredValue": own},
                ]
            }
        )
    write = {"start": {"sheetId": 0, "rowIndex": 1}, "rows": cells, "fields": "userEnteredValue,note"}
    area = rect(1, len(pairs) + 1, 0, 3)
    asked = [{"dimensionIndex": column, "sortOrder": "DESCENDING" if down else "ASCENDING"} for column, down in specs]
    sort = {"sortRange": {"range": area, "sortSpecs": asked}}
    ws.mutate(book_id, WHO, "batchUpdate", {"requests": [{"updateCells": write}, sort]})
    order = list(range(len(pairs)))
    for column, down in reversed(specs):
        blank = [at for at in order if pairs[at][column] is None]
        filled = [at for at in order if pairs[at][column] is not None]
        filled.sort(key=lambda at: _rank(pairs[at][column]), reverse=down)
        order = filled + blank
    book = ws.books[book_id]
    sheet = book.sheets[0]
    values = ws.engine(book_id).values(book, sheet)
    assert [sheet.cell(row + 1, 0).note for row in range(len(pairs))] == [str(at) for at in order]
    assert [sheet.cell(row + 1, 0).value for row in range(len(pairs))] == [pairs[at][0] for at in order]
    shown = [values.at(row + 1, 2, sheet.cell(row + 1, 2)) for row in range(len(pairs))]
    assert shown == [f"{pairs[at][1] * 10}|{pairs[at][1]}" for at in order]


def _rank(value: Any) -> tuple[int, Any]:
    return (1, value.casefold()) if isinstance(value, str) else (0, value)


def served(ws: LocalWorkspace, book_id: str) -> str:
    """All that spreadsheets.get can tell, as text."""
    book = ws.books[book_id]
    reader = Reader(book, ws.engine(book_id), "http://x", WHO, owner=True)
    return json.dumps([reader.spreadsheet(None, grid_data=True), reader.spreadsheet(parse_mask("*"))])


FAILING = (
    {"deleteNamedRange": {"namedRangeId": "none"}},
    {"updateCells": {"start": {"sheetId": 0, "rowIndex": 9999}, "rows": [{"values": [{}]}], "fields": "*"}},
    {"deleteSheet": {"sheetId": 404}},
    {"addTable": {}},
    {"mergeCells": {"range": rect(0, 1, 0, 99)}},
    {"createDeveloperMetadata": {"developerMetadata": {"metadataId": 100, "metadataKey": "k"}}},
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(REQUESTS)), max_size=6), st.sampled_from(FAILING))
def test_a_batch_of_any_kinds_that_fails_leaves_everything_to_the_byte(kinds: list[str], failing: Any) -> None:
    ws = workspace()
    book_id = rich(ws)
    before = served(ws, book_id), json.dumps(dump_book(ws.books[book_id])), ws.files[book_id].dump(), dict(ws.changes)
    requests: list[dict[str, Any]] = []
    for kind in kinds:
        requests += [*BEFORE.get(kind, []), {kind: REQUESTS[kind]}]
    with pytest.raises(ApiError):
        ws.mutate(book_id, WHO, "batchUpdate", {"requests": [*requests, failing]})
    after = served(ws, book_id), json.dumps(dump_book(ws.books[book_id])), ws.files[book_id].dump(), dict(ws.changes)
    assert after == before
