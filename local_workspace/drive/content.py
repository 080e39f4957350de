"""Spreadsheets in and out as delimited text, as Drive exports and converts them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from local_workspace.sheets.formula import Formula
from local_workspace.sheets.numfmt import show
from local_workspace.sheets.typed import type_in

if TYPE_CHECKING:
    from datetime import date

    from local_workspace.sheets.engine import Engine
    from local_workspace.sheets.model import Sheet, Spreadsheet

Json = dict[str, Any]

CSV = "text/csv"
TSV = "text/tab-separated-values"


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


def from_csv(data: bytes, locale: str, today: date, delimiter: str = ",") -> Json:
    """A Spreadsheet resource from delimited text, typed in as Drive's conversion does.

    Raises:
        UnreadableError: it is not UTF-8, or a field is longer than any cell.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError("The file is not UTF-8 text.") from error
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableError(f"The file is not delimited text: {error}.") from error
    rows = []
    for line in lines:
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
