"""XLSX: cells as the texts that a person sees in the workbook; zip bombs and hostile XML refused."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

import openpyxl
from openpyxl.utils.escape import unescape

from sync.domain.errors import InputError
from sync.mis.csv_file import EXPORT_AGAIN
from sync.mis.grid import Grid, find_layout

if TYPE_CHECKING:
    from openpyxl.cell import Cell

    from sync.mis.options import ReadOptions

# 2,000 pupils with every heading and three contacts unpack to about 20 MB.
_UNPACKED_LIMIT: Final = 200 * 1024 * 1024
_PARTS_LIMIT: Final = 2_000
_ROWS_LIMIT: Final = 200_000
_COLUMNS_LIMIT: Final = 500


def check_archive(data: bytes, name: str) -> None:
    """Refuse what unpacks to far more than a report, or declares entities.

    Raises:
        InputError: the archive is cut, too big when unpacked, or holds a DOCTYPE (Office never writes one).
    """
    try:
        threat = _threat(data)
    except Exception as error:  # zipfile meets damage with many kinds of error
        raise InputError(f"{name}: the workbook is damaged or half-written.", next_step=EXPORT_AGAIN) from error
    if threat:
        raise InputError(
            f"{name}: {threat}; refused as a possible attack.",
            next_step="Check where the file came from; export the report as CSV instead.",
        )


def _threat(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        # zipfile never unpacks a part beyond the size it declares, so the declared sizes can be trusted.
        if len(parts) > _PARTS_LIMIT or sum(part.file_size for part in parts) > _UNPACKED_LIMIT:
            return f"unpacks to more than {_UNPACKED_LIMIT // 1024 // 1024} MB, too much for a report"
        for part in parts:
            # Read whole, so that a damaged part shows here; NULs out, so that UTF-16 hides nothing.
            content = archive.read(part)
            if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in content.replace(b"\0", b""):
                return "declares a document type (DOCTYPE), which no report needs"
    return ""


def read_grid(data: bytes, name: str, options: ReadOptions) -> Grid:
    """The sheet of a workbook whose headings make most sense, as texts.

    Raises:
        InputError: see `check_archive`; or the workbook cannot be read, or a sheet is larger than any report.
    """
    check_archive(data, name)
    # Reports written by programs have no default style and the like; openpyxl's remarks help nobody here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        grids = _sheets(data, name)
    scored = [(layout.score, grid) for grid in grids if (layout := find_layout(grid, options))]
    return max(scored, key=lambda one: one[0])[1] if scored else Grid([])


def _sheets(data: bytes, name: str) -> list[Grid]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        grids = [
            Grid(_rows(sheet, name), excel_epoch=book.epoch)
            for sheet in book.worksheets
            if sheet.sheet_state == "visible"
        ]
        book.close()
    except InputError:
        raise
    except Exception as error:  # openpyxl raises whatever a malformed part happens to cause
        raise InputError(
            f"{name}: the workbook cannot be read ({type(error).__name__}); it is damaged or was not "
            f"written by a spreadsheet program.",
            next_step=f"{EXPORT_AGAIN} If it happens again, export it as CSV.",
        ) from error
    return grids


def _rows(sheet: Any, name: str) -> list[tuple[int, list[str]]]:
    # Some programs declare a sheet as one cell, or as a million rows; neither is believed.
    sheet.reset_dimensions()
    rows: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > _ROWS_LIMIT or len(cells) > _COLUMNS_LIMIT:
            raise InputError(
                f"{name}: the sheet is larger than {_ROWS_LIMIT:,} rows or {_COLUMNS_LIMIT} columns, "
                f"far more than a school's report.",
                next_step="Delete what does not belong to the report, or export it again.",
            )
        texts = [as_text(cell) for cell in cells]
        if any(texts):
            rows.append((number, texts))
    return rows


def as_text(cell: Cell) -> str:
    """A cell as a person sees it: dates in ISO, numbers without ".0", padded numbers with their zeros.

    An error value (`#N/A`) is no text: it gives "", the same as an empty cell.
    """
    value: object = cell.value
    if value is None or cell.data_type == "e":
        return ""
    if isinstance(value, str):
        return unescape(value).strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60}:{minutes % 60:02d}"
    return _number(value, cell.number_format or "General")


def _number(value: object, shown_as: str) -> str:
    if not isinstance(value, (int, float)):
        return str(value)
    if "%" in shown_as:
        value = round(value * 100, 6)
    whole = int(value) if value == value // 1 else None
    if whole is None:
        return repr(value)
    if re.fullmatch(r"0{2,20}", shown_as):
        return f"{whole:0{len(shown_as)}d}"
    return str(whole)
