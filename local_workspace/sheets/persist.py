"""A spreadsheet as JSON, for the state file. Formats and rules, which repeat, are written once."""

from __future__ import annotations

from typing import Any

from local_workspace.sheets.formula import Formula
from local_workspace.sheets.model import Cell, Dim, Json, Metadata, Row, Sheet, Spreadsheet, Value


class _Shared:
    """JSON parts by number: the same object gets the same number."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._numbers: dict[int, int] = {}

    def number(self, item: Any) -> int | None:
        if item is None:
            return None
        found = self._numbers.get(id(item))
        if found is None:
            found = self._numbers[id(item)] = len(self.items)
            self.items.append(item)
        return found


def dump_sheet(sheet: Sheet) -> Json:
    """A tab as JSON."""
    shared = _Shared()
    rows: list[Any] = []
    for at, row in enumerate(sheet.rows):
        if row is not None:
            rows.append([at, list(row.dim), [_dump_cell(cell, shared) for cell in row.cells]])
    return {
        "props": sheet.props,
        "size": [len(sheet.rows), len(sheet.columns)],
        "columns": [[at, *dim] for at, dim in enumerate(sheet.columns) if dim is not None],
        "rows": rows,
        "shared": shared.items,
        "lists": sheet.lists,
        "basicFilter": sheet.basic_filter,
    }


def _dump_cell(cell: Cell | None, shared: _Shared) -> Any:
    if cell is None:
        return None
    value: Any = {"f": str(cell.value)} if isinstance(cell.value, Formula) else cell.value
    rest = [
        shared.number(cell.format),
        cell.note,
        shared.number(cell.validation),
        cell.runs,
        cell.extra,
    ]
    return value if all(item is None for item in rest) and value is not None else [value, *rest]


def load_sheet(body: Json, owner: object) -> Sheet:
    """A tab from its JSON."""
    sheet = Sheet(owner, body["props"], *body["size"])
    for at, size, hidden in body["columns"]:
        sheet.columns[at] = Dim(size, hidden)
    shared = body["shared"]
    for at, dim, cells in body["rows"]:
        sheet.rows[at] = Row(owner, [_load_cell(cell, shared) for cell in cells], Dim(*dim))
    sheet.lists = body["lists"]
    sheet.basic_filter = body["basicFilter"]
    return sheet


def _load_cell(item: Any, shared: list[Any]) -> Cell | None:
    if item is None:
        return None
    if not isinstance(item, list):
        return Cell(_load_value(item))
    value, shape, note, validation, runs, extra = item
    return Cell(
        _load_value(value),
        None if shape is None else shared[shape],
        note,
        None if validation is None else shared[validation],
        runs,
        extra,
    )


def _load_value(value: Any) -> Value:
    if isinstance(value, dict):
        return Formula(value["f"])
    return value  # type: ignore[no-any-return]  # a JSON scalar is a value


def dump_book(book: Spreadsheet) -> Json:
    """A spreadsheet as JSON."""
    return {
        "id": book.id,
        "props": book.props,
        "revision": book.revision,
        "named": book.named_ranges,
        "metadata": [
            [item.id, item.key, item.value, item.visibility, item.sheet_id, item.dimension, item.index]
            for item in book.metadata.values()
        ],
        "sheets": [dump_sheet(sheet) for sheet in book.sheets],
    }


def load_book(body: Json) -> Spreadsheet:
    """A spreadsheet from its JSON."""
    book = Spreadsheet(body["id"], body["props"], named_ranges=body["named"], revision=body["revision"])
    book.sheets = [load_sheet(sheet, book.owner) for sheet in body["sheets"]]
    book.metadata = {item[0]: Metadata(*item) for item in body["metadata"]}
    return book
