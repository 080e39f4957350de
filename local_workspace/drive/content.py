"""Spreadsheets in and out: CSV and XLSX, as Drive exports and converts them."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, cast

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from local_workspace.sheets.formula import Formula
from local_workspace.sheets.numfmt import default_pattern, show
from local_workspace.sheets.results import Computed, Failure
from local_workspace.sheets.serial import to_serial
from local_workspace.sheets.typed import type_in

if TYPE_CHECKING:
    from openpyxl.cell import Cell as XlsxCell
    from openpyxl.worksheet.worksheet import Worksheet

    from local_workspace.sheets.engine import Engine, Values
    from local_workspace.sheets.model import Cell, Sheet, Spreadsheet

Json = dict[str, Any]

CSV = "text/csv"
TSV = "text/tab-separated-values"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CONVERTIBLE = (CSV, TSV, XLSX)


class UnreadableError(ValueError):
    """Bytes that are not what their type says."""


def to_csv(book: Spreadsheet, engine: Engine, sheet: Sheet, delimiter: str = ",") -> bytes:
    """One tab as it is shown. Lines end in CRLF, the last one in nothing, as Drive's do."""
    values = engine.values(book, sheet)
    rows: list[list[str]] = []
    for index in range(len(sheet.rows)):
        line = []
        for column in range(values.width(index)):
            cell = sheet.cell(index, column)
            shape = (cell.format or {}).get("numberFormat")
            line.append(show(values.at(index, column, cell), shape, book.locale))
        while line and line[-1] == "":
            line.pop()
        rows.append(line)
    while rows and not rows[-1]:
        rows.pop()
    width = max((len(row) for row in rows), default=0)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([row + [""] * (width - len(row)) for row in rows])
    return out.getvalue().removesuffix("\r\n").encode()


def to_xlsx(book: Spreadsheet, engine: Engine) -> bytes:
    """The whole spreadsheet: values, formulas, formats, widths, merges, frozen panes and hidden tabs."""
    workbook = openpyxl.Workbook()
    if workbook.active is not None:
        workbook.remove(workbook.active)
    for sheet in book.sheets:
        if not sheet.is_grid:
            continue
        target = workbook.create_sheet(sheet.title[:31])
        target.sheet_state = "hidden" if sheet.props.get("hidden") else "visible"
        _write_tab(target, sheet, engine.values(book, sheet), book.locale)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _write_tab(target: Worksheet, sheet: Sheet, values: Values, locale: str) -> None:
    for row, column, cell in sheet.written():
        there = cast("XlsxCell", target.cell(row + 1, column + 1))
        _write_value(there, cell, values.at(row, column, cell))
        _write_format(there, cell, locale)
    for at, dim in enumerate(sheet.columns):
        if dim is not None and (dim.size or dim.hidden):
            held = target.column_dimensions[get_column_letter(at + 1)]
            held.width = (dim.size or 100) / 7
            held.hidden = dim.hidden
    for at, row_object in enumerate(sheet.rows):
        if row_object is not None and row_object.dim.hidden:
            target.row_dimensions[at + 1].hidden = True
    for span in sheet.items("merges"):
        target.merge_cells(
            start_row=span["startRowIndex"] + 1,
            end_row=span["endRowIndex"],
            start_column=span["startColumnIndex"] + 1,
            end_column=span["endColumnIndex"],
        )
    grid = sheet.props.get("gridProperties", {})
    frozen = grid.get("frozenRowCount", 0), grid.get("frozenColumnCount", 0)
    if any(frozen):
        target.freeze_panes = f"{get_column_letter(frozen[1] + 1)}{frozen[0] + 1}"


def _write_value(there: XlsxCell, cell: Cell, value: Any) -> None:
    if isinstance(cell.value, Formula):
        there.value = str(cell.value)
        return
    if isinstance(value, Failure):
        value = value.text
    if isinstance(value, Computed):
        value = value.number
    there.value = value
    if isinstance(value, str):
        # Text stays text: openpyxl would take `=…` for a formula, and a spreadsheet would run it.
        there.data_type = "s"
        there.quotePrefix = value[:1] in "=+-@"


def _write_format(there: XlsxCell, cell: Cell, locale: str) -> None:
    shape = cell.format or {}
    number = shape.get("numberFormat")
    if number:
        there.number_format = number.get("pattern") or default_pattern(number.get("type", ""), locale) or "General"
    text = shape.get("textFormat", {})
    if text:
        there.font = Font(
            bold=text.get("bold"),
            italic=text.get("italic"),
            size=text.get("fontSize"),
            color=_hex(text.get("foregroundColor")),
        )
    fill = _hex(shape.get("backgroundColor"))
    if fill:
        there.fill = PatternFill("solid", start_color=fill)
    if shape.get("horizontalAlignment") or shape.get("wrapStrategy") == "WRAP":
        there.alignment = Alignment(
            horizontal=str(shape.get("horizontalAlignment", "general")).lower(),
            wrap_text=shape.get("wrapStrategy") == "WRAP",
        )


def _hex(color: Json | None) -> str | None:
    if color is None:
        return None
    return "FF" + "".join(f"{round(color.get(name, 0) * 255):02X}" for name in ("red", "green", "blue"))


def from_csv(data: bytes, locale: str, today: date, delimiter: str = ",") -> Json:
    """A Spreadsheet resource from delimited text, typed in as Drive's conversion does.

    Raises:
        UnreadableError: it is not UTF-8.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError("The file is not UTF-8 text.") from error
    rows = []
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        cells = []
        for item in line:
            typed = type_in(item, locale, today)
            cell = cell_data(typed.value)
            if typed.format:
                cell["userEnteredFormat"] = {"numberFormat": typed.format}
            cells.append(cell)
        rows.append({"values": cells})
    return {"sheets": [{"properties": {"sheetId": 0}, "data": [{"rowData": rows}]}]}


def cell_data(value: Any) -> Json:
    """A CellData that holds a typed value."""
    if value is None:
        return {}
    if isinstance(value, Formula):
        kind = "formulaValue"
    elif isinstance(value, bool):
        kind = "boolValue"
    else:
        kind = "stringValue" if isinstance(value, str) else "numberValue"
    return {"userEnteredValue": {kind: value}}


def from_xlsx(data: bytes) -> Json:
    """A Spreadsheet resource from a workbook: values, formulas and number formats.

    Raises:
        UnreadableError: it is no workbook.
    """
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(data))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise UnreadableError("The file is not an XLSX workbook.") from error
    sheets = []
    for index, source in enumerate(workbook.worksheets):
        rows = [{"values": [_read_cell(cell) for cell in row]} for row in source.iter_rows()]
        sheets.append({"properties": {"sheetId": index, "title": source.title}, "data": [{"rowData": rows}]})
    return {"sheets": sheets}


def _read_cell(cell: Any) -> Json:
    value = cell.value
    kind = ""
    if isinstance(value, (datetime, date, time)):
        value, kind = to_serial(value)
    elif cell.data_type == "f":
        value = Formula(str(value))
    out = cell_data(value)
    if cell.number_format not in ("General", "@") and out:
        out["userEnteredFormat"] = {"numberFormat": {"type": kind or "NUMBER", "pattern": cell.number_format}}
    return out
