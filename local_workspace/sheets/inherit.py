"""The number format that a formula takes from the cells it reads, when its own cell has none.

Sheets shows `=A1`, `=A1+7`, `=MAX(A:A)` and a look-up by INDEX as the cells they read are shown: a date stays
a date. Only these plain shapes are followed; everything else shows as a plain number.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from .formula import Formula, Ref, parse
from .numfmt import TEMPORAL

if TYPE_CHECKING:
    from .model import Json, Sheet, Spreadsheet

_TAKING = re.compile(r"=\s*(?:(?:IFNA|IFERROR)\(\s*)?(?:INDEX|MAX|MIN|SUM|AVERAGE|MEDIAN)\(\s*", re.IGNORECASE)
_TO_DATE = re.compile(r"=\s*TO_DATE\([^()]*\)\s*$", re.IGNORECASE)
_ARITHMETIC = re.compile(r"[-+*/()\s\d.]*")
_ROWS_LOOKED_AT = 5


def inherited_format(book: Spreadsheet, sheet: Sheet, formula: Formula) -> Json | None:
    """The number format of the first cell that a formula on `sheet` reads; None when it takes none."""
    if _TO_DATE.match(formula):
        return {"type": "DATE"}
    parts = parse(formula)
    if len(parts) < 2 or not isinstance(parts[0], str) or not isinstance(parts[1], Ref):
        return None
    if _TAKING.fullmatch(parts[0]):
        return _format_of(book, sheet, parts[1])
    if parts[0].strip() != "=":
        return None
    signs = "".join(part for part in parts[1:] if isinstance(part, str))
    refs = [part for part in parts[1:] if isinstance(part, Ref)]
    if len(refs) + sum(isinstance(part, str) for part in parts[1:]) != len(parts) - 1:
        return None
    found = _format_of(book, sheet, refs[0])
    if found is None or not _ARITHMETIC.fullmatch(signs):
        return None
    if found.get("type") in TEMPORAL and (len(refs) > 1 or "*" in signs or "/" in signs):
        return None  # a date less a date is a number of days
    return found


def _format_of(book: Spreadsheet, sheet: Sheet, ref: Ref) -> Json | None:
    source = sheet if ref.title is None else book.titled(ref.title)
    if source is None:
        return None
    top, left = ref.row1 or 0, ref.column1 or 0
    last = top if not ref.range else (ref.row2 if ref.row2 is not None else len(source.rows) - 1)
    # A heading carries no number format: look a little further down.
    for row in islice(range(top, min(last + 1, len(source.rows))), _ROWS_LOOKED_AT):
        shape = source.cell(row, left).format
        if shape is not None and "numberFormat" in shape:
            number_format: Json = shape["numberFormat"]
            return None if number_format.get("type") == "TEXT" else number_format
    return None
