"""Everything that changes a spreadsheet, as data: a kind and its arguments.

The journal keeps exactly this, so what is replayed after a crash is what was done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import batch, values
from .batch import bad_request_plain
from .cells import cell_writer, with_styles
from .change import Change, Refused
from .defaults import spreadsheet_properties
from .metadata import create as create_metadata
from .model import Dim, Json, Row, Sheet
from .ops_dims import checked_size
from .ops_sheets import check_book_properties, copied_sheet, new_sheet, sheet_properties
from .persist import load_sheet
from .ranges import Target, filtered, resolve

Mutation = Callable[[Change, Json], Any]


def batch_update(change: Change, args: Json) -> list[Json]:
    """`spreadsheets.batchUpdate`; the replies."""
    return batch.apply(change, args.get("requests", []))


def update_values(change: Change, args: Json) -> list[Target]:
    """`values.update` and values.batchUpdate: `data` holds ValueRanges, or ranges by DataFilter."""
    written: list[Target] = []
    for item in args["data"]:
        if "dataFilter" in item:
            targets = filtered(change.book, item["dataFilter"])
            written.extend(values.write_at(change, target, item, args["option"]) for target in targets)
        else:
            written.append(values.write(change, item["range"], item, args["option"]))
    return written


def append_values(change: Change, args: Json) -> tuple[Target | None, Target]:
    """`values.append`; the table found and the cells written."""
    return values.append(change, args["range"], args["body"], args["option"], insert=args["insert"])


def clear_values(change: Change, args: Json) -> list[Target]:
    """`values.clear` and values.batchClear, also by DataFilter."""
    targets = [resolve(change.book, text) for text in args.get("ranges", [])]
    for data_filter in args.get("dataFilters", []):
        targets.extend(filtered(change.book, data_filter))
    return [values.clear_range(change, Target(change.sheet(target.sheet.id), target.rect)) for target in targets]


def paste_sheet(change: Change, args: Json) -> Json:
    """`sheets.copyTo`: a tab of another spreadsheet, given as data, becomes the last tab of this one."""
    sheet = load_sheet(args["sheet"], object())
    book = change.book
    try:
        change.room_for(len(sheet.rows) * len(sheet.columns))
    except Refused as error:
        raise bad_request_plain(str(error)) from error
    number = change.new_id(lambda taken: book.find(taken) is not None)
    title, count = f"Copy of {sheet.title}", 2
    while book.titled(title) is not None:
        title, count = f"Copy of {sheet.title} {count}", count + 1
    copy = copied_sheet(change, sheet, number, title)
    book.sheets.append(copy)
    return sheet_properties(book, copy)


def build(change: Change, body: Json) -> None:
    """`spreadsheets.create`: fill an empty draft with what the caller described.

    Raises:
        ApiError: 400 that names the sheet.
    """
    book = change.book
    try:
        given = body.get("properties", {})
        check_book_properties({name: value for name, value in given.items() if name != "title" and value})
        book.props = spreadsheet_properties(with_styles(given))
        for sheet_body in body.get("sheets") or [{"properties": {"sheetId": 0}}]:
            _add(change, sheet_body)
        for item in body.get("developerMetadata", []):
            location = item.get("location") or {"spreadsheet": True}
            create_metadata(change, {"developerMetadata": {**item, "location": location}})
        for named in body.get("namedRanges", []):
            batch.KINDS["addNamedRange"](change, {"namedRange": named})
    except Refused as error:
        raise bad_request_plain(f"Invalid spreadsheet: {error}") from error


_WRAPPED = {
    "conditionalFormats": ("addConditionalFormatRule", "rule"),
    "filterViews": ("addFilterView", "filter"),
    "protectedRanges": ("addProtectedRange", "protectedRange"),
    "bandedRanges": ("addBanding", "bandedRange"),
    "charts": ("addChart", "chart"),
    "slicers": ("addSlicer", "slicer"),
}


def _add(change: Change, body: Json) -> None:
    """One tab of spreadsheets.create, with its cells and everything that lies over them."""
    props = dict(body.get("properties", {}))
    grid = props.get("gridProperties", {})
    high, wide = _reach(body)
    for name in ("rowCount", "columnCount"):
        if int(grid.get(name, 0) or 0) < 0:
            raise Refused(f"{name} must not be negative.")
    grid = {
        **grid,
        "rowCount": max(int(grid.get("rowCount", 0) or 1000), high),
        "columnCount": max(int(grid.get("columnCount", 0) or 26), wide),
    }
    sheet = new_sheet(change, {**props, "gridProperties": grid})
    change.book.sheets.append(sheet)
    for data in body.get("data", []):
        _fill(sheet, data)
    for item in body.get("developerMetadata", []):
        location = item.get("location") or {"sheetId": sheet.id}
        create_metadata(change, {"developerMetadata": {**item, "location": location}})
    for data in body.get("data", []):
        _tag(change, sheet, data)
    merges = [{"sheetId": sheet.id, **span} for span in body.get("merges", [])]
    for span in merges:
        batch.KINDS["mergeCells"](change, {"range": span, "mergeType": "MERGE_ALL"})
    if "basicFilter" in body:
        batch.KINDS["setBasicFilter"](change, {"filter": body["basicFilter"]})
    for name, (kind, wrapper) in _WRAPPED.items():
        for index, item in enumerate(body.get(name, [])):
            extra = {"index": index} if name == "conditionalFormats" else {}
            batch.KINDS[kind](change, {wrapper: item, **extra})


def _reach(body: Json) -> tuple[int, int]:
    high = wide = 0
    for data in body.get("data", []):
        rows = data.get("rowData", [])
        high = max(high, data.get("startRow", 0) + len(rows))
        wide = max(wide, data.get("startColumn", 0) + max((len(r.get("values", ())) for r in rows), default=0))
    return high, wide


def _fill(sheet: Sheet, data: Json) -> None:
    write = cell_writer("*")
    top, left = data.get("startRow", 0), data.get("startColumn", 0)
    for y, row_data in enumerate(data.get("rowData", []), top):
        cells = row_data.get("values", [])
        if not cells:
            continue
        row = sheet.own_row(y)
        for x, cell_data in enumerate(cells, left):
            row.put(x, write(row.get(x), cell_data))
    for at, dim in enumerate(data.get("columnMetadata", []), left):
        if at < len(sheet.columns) and dim:
            sheet.columns[at] = Dim(checked_size(dim.get("pixelSize")), bool(dim.get("hiddenByUser")))
    for at, dim in enumerate(data.get("rowMetadata", []), top):
        if at < len(sheet.rows) and (dim.get("pixelSize") or dim.get("hiddenByUser")):
            row = sheet.rows[at] or Row(sheet.owner)
            row.dim = Dim(checked_size(dim.get("pixelSize")), bool(dim.get("hiddenByUser")))
            sheet.rows[at] = row


def _tag(change: Change, sheet: Sheet, data: Json) -> None:
    """Developer metadata given with rows and columns."""
    for name, dimension, start in (
        ("rowMetadata", "ROWS", data.get("startRow", 0)),
        ("columnMetadata", "COLUMNS", data.get("startColumn", 0)),
    ):
        for at, dim in enumerate(data.get(name, []), start):
            for item in dim.get("developerMetadata", []):
                span = {"sheetId": sheet.id, "dimension": dimension, "startIndex": at, "endIndex": at + 1}
                create_metadata(change, {"developerMetadata": {**item, "location": {"dimensionRange": span}}})


def replace_contents(change: Change, args: Json) -> None:
    """Put other tabs in place of all, as an upload over a spreadsheet does."""
    book = change.book
    book.sheets, book.named_ranges, book.metadata = [], [], {}
    for sheet_body in args["sheets"]:
        _add(change, sheet_body)


MUTATIONS: dict[str, Mutation] = {
    "batchUpdate": batch_update,
    "updateValues": update_values,
    "appendValues": append_values,
    "clearValues": clear_values,
    "pasteSheet": paste_sheet,
    "replaceContents": replace_contents,
}
