"""An XLSX workbook as a Spreadsheet resource, as Drive converts it."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from local_workspace.sheets.formula import Formula
from local_workspace.sheets.serial import to_serial

from .content import UnreadableError, cell_data

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Json = dict[str, Any]

_DUMMY = re.compile(r'=IFERROR\(__xludf\.DUMMYFUNCTION\("((?:[^"]|"")*)"\),.*\)', re.DOTALL)
_PREFIX = re.compile(r"_xlfn\.(?:_xlws\.)?")
_PIXELS = 7
"""Of one character of a column's width."""


def from_xlsx(data: bytes) -> Json:
    """A Spreadsheet resource from a workbook: values, formulas, formats and the shape of its tabs.

    Raises:
        UnreadableError: it is no workbook.
    """
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(data))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise UnreadableError("The file is not an XLSX workbook.") from error
    return {"sheets": [_tab(sheet, index) for index, sheet in enumerate(workbook.worksheets)]}


def _tab(source: Worksheet, index: int) -> Json:
    rows = [{"values": [_read_cell(cell) for cell in row]} for row in source.iter_rows()]
    high, wide = source.max_row, source.max_column
    frozen = re.fullmatch(r"([A-Z]+)(\d+)", source.freeze_panes or "A1")
    grid = {"rowCount": max(high, 1000), "columnCount": max(wide, 26)}
    if frozen is not None:
        letters = (get_column_letter(at) for at in range(1, wide + 2))
        grid["frozenRowCount"] = int(frozen.group(2)) - 1
        grid["frozenColumnCount"] = next((at for at, name in enumerate(letters) if name == frozen.group(1)), 0)
    data: Json = {
        "rowData": rows,
        "rowMetadata": [
            {"hiddenByUser": True} if at in source.row_dimensions and source.row_dimensions[at].hidden else {}
            for at in range(1, high + 1)
        ],
        "columnMetadata": [_column(source, get_column_letter(at)) for at in range(1, wide + 1)],
    }
    merges = [
        {
            "startRowIndex": span.min_row - 1,
            "endRowIndex": span.max_row,
            "startColumnIndex": span.min_col - 1,
            "endColumnIndex": span.max_col,
        }
        for span in source.merged_cells.ranges
    ]
    props: Json = {"sheetId": index, "title": source.title, "gridProperties": grid}
    if source.sheet_state != "visible":
        props["hidden"] = True
    return {"properties": props, "data": [data], "merges": [{"sheetId": index, **span} for span in merges]}


def _column(source: Worksheet, name: str) -> Json:
    if name not in source.column_dimensions:
        return {}
    held = source.column_dimensions[name]
    out: Json = {"hiddenByUser": True} if held.hidden else {}
    return {**out, "pixelSize": round(held.width * _PIXELS)} if held.customWidth else out


def _read_cell(cell: Any) -> Json:
    value, kind = cell.value, ""
    if isinstance(value, (datetime, date, time, timedelta)):
        value, kind = to_serial(value)
    elif isinstance(value, ArrayFormula):
        value = _formula(str(value.text))
    elif isinstance(value, DataTableFormula):
        value = None
    elif cell.data_type == "f":
        value = _formula(str(value))
    out = cell_data(value)
    shape = _format(cell, kind)
    return {**out, "userEnteredFormat": shape} if shape else out


def _formula(text: str) -> Formula | None:
    """A formula as Sheets writes it; None for a cell that an array formula fills."""
    dummy = _DUMMY.fullmatch(text)
    if dummy is not None:
        inner = dummy.group(1).replace('""', '"')
        return None if inner == '"COMPUTED_VALUE"' else Formula("=" + inner)
    return Formula("=" + _PREFIX.sub("", text.removeprefix("=")))


def _format(cell: Any, kind: str) -> Json:
    shape: Json = {}
    if not cell.has_style:
        return shape
    pattern = cell.number_format
    if pattern == "@":
        shape["numberFormat"] = {"type": "TEXT"}
    elif pattern != "General":
        shape["numberFormat"] = {"type": kind or ("PERCENT" if "%" in pattern else "NUMBER"), "pattern": pattern}
    font = cell.font
    words = {"bold": font.bold, "italic": font.italic, "strikethrough": font.strike, "underline": bool(font.underline)}
    text: Json = {name: True for name, held in words.items() if held}
    color = _color(font.color)
    if color is not None and color != {}:
        text["foregroundColor"] = color
    if text:
        shape["textFormat"] = text
    if cell.fill.fill_type == "solid":
        filled = _color(cell.fill.start_color)
        if filled is not None:
            shape["backgroundColor"] = filled
    if cell.alignment.horizontal in ("left", "center", "right"):
        shape["horizontalAlignment"] = cell.alignment.horizontal.upper()
    if cell.alignment.wrap_text:
        shape["wrapStrategy"] = "WRAP"
    return shape


def _color(color: Any) -> Json | None:
    """An RGB colour; None for one of the workbook's theme, which is not read."""
    if color is None or color.type != "rgb" or not isinstance(color.rgb, str):
        return None
    parts = (int(color.rgb[at : at + 2], 16) / 255 for at in (2, 4, 6))
    found = dict(zip(("red", "green", "blue"), parts, strict=True))
    return {name: value for name, value in found.items() if value}
