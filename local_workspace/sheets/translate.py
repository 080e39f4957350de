"""A formula as a person wrote it, turned into the one that the engine is given.

Tabs go by their id inside the engine, so a renamed tab is no change to it. Named ranges are written out.
Open ranges (`A:A`) are bounded to the grid, because `INDEX(A:A, ROW())` below the last value is blank in
Sheets and #REF! in the engine. A formula that comes to a reference to a blank cell shows nothing in Sheets
and 0 in the engine, so it is wrapped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .a1 import column_index, column_name
from .formula import REF_ERROR, Lost, Name, Part, Ref, parse

if TYPE_CHECKING:
    from .model import Spreadsheet

_REFERENCE_RESULT = re.compile(
    r"=\s*(?:(?:INDEX|IF|IFNA|IFERROR|IFS|VLOOKUP|HLOOKUP|XLOOKUP|LOOKUP|CHOOSE|OFFSET|INDIRECT|LET|SWITCH)\s*\()",
    re.IGNORECASE,
)


def engine_name(sheet_id: int) -> str:
    """What a tab is called inside the engine."""
    return f"Tab_{sheet_id}"


@dataclass(frozen=True)
class Context:
    """What a formula's meaning depends on besides its text.

    Attributes:
        tabs: title in lower case -> (id, rows, columns).
        names: named range in lower case -> its GridRange, as sorted pairs.
    """

    tabs: tuple[tuple[str, int, int, int], ...]
    names: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]
    _by_title: dict[str, tuple[int, int, int]] = field(compare=False, repr=False, hash=False)
    _cache: dict[tuple[int, str], str] = field(compare=False, repr=False, hash=False)

    @staticmethod
    def of(book: Spreadsheet) -> Context:
        """The context of a spreadsheet."""
        tabs = tuple((sheet.title.casefold(), sheet.id, len(sheet.rows), len(sheet.columns)) for sheet in book.sheets)
        names = tuple(
            (str(named["name"]).casefold(), tuple(sorted(named["range"].items()))) for named in book.named_ranges
        )
        return Context(tabs, names, {title: (tab, rows, columns) for title, tab, rows, columns in tabs}, {})

    def translate(self, formula: str, sheet_id: int) -> str:
        """The engine's form of a formula that stands on the tab `sheet_id`."""
        key = (sheet_id, formula)
        text = self._cache.get(key)
        if text is None:
            parts = parse(formula)
            text = "".join(self._part(part, sheet_id) for part in parts)
            if len(parts) == 2 and parts[0] == "=":
                text = _intersected(text)
            if _may_be_blank(formula, parts):
                # LET keeps the expression from being written, and calculated, twice.
                text = f'=LET(_gs_value,{text[1:]},IF(ISBLANK(_gs_value),"",_gs_value))'
            self._cache[key] = text
        return text

    def _part(self, part: Part, sheet_id: int) -> str:
        if isinstance(part, str):
            return part
        if isinstance(part, Lost):
            return REF_ERROR
        if isinstance(part, Name):
            return self._name(part.word)
        if part.title is None:
            tab = next((entry[1:] for entry in self.tabs if entry[1] == sheet_id), None)
        else:
            tab = self._by_title.get(part.title.casefold())
        if tab is None:
            return REF_ERROR
        prefix = "" if tab[0] == sheet_id else engine_name(tab[0]) + "!"
        if not part.range:
            return f"{prefix}{column_name(part.column1 or 0)}{(part.row1 or 0) + 1}"
        return prefix + _bounded(part.row1, part.column1, part.row2, part.column2, tab)

    def _name(self, word: str) -> str:
        wanted = word.casefold()
        span = next((dict(pairs) for name, pairs in self.names if name == wanted), None)
        if span is None:
            return word
        tab = next((entry[1:] for entry in self.tabs if entry[1] == span.get("sheetId", 0)), None)
        if tab is None:
            return REF_ERROR
        bottom, right = span.get("endRowIndex"), span.get("endColumnIndex")
        return f"{engine_name(tab[0])}!" + _bounded(
            span.get("startRowIndex"),
            span.get("startColumnIndex"),
            None if bottom is None else bottom - 1,
            None if right is None else right - 1,
            tab,
        )


_RANGE = re.compile(r"=(?P<tab>\w+!)?\$(?P<left>[A-Z]+)\$(?P<top>\d+):\$(?P<right>[A-Z]+)\$(?P<bottom>\d+)")


def _intersected(text: str) -> str:
    """A formula that is nothing but a range: Sheets shows the cell of the range that is level with it.

    The engine would fill the cells below; in Sheets that takes ARRAYFORMULA.
    """
    match = _RANGE.fullmatch(text)
    if match is None:
        return text
    left, right = column_index(match["left"]) + 1, column_index(match["right"]) + 1
    top, bottom = int(match["top"]), int(match["bottom"])
    if left == right:
        at, first, last = "ROW()", top, bottom
    elif top == bottom:
        at, first, last = "COLUMN()", left, right
    else:
        return "=#VALUE!"
    return f"=IF(AND({at}>={first},{at}<={last}),INDEX({text[1:]},{at}-{first - 1}),#VALUE!)"


def _bounded(
    row1: int | None, column1: int | None, row2: int | None, column2: int | None, tab: tuple[int, int, int]
) -> str:
    top, left = row1 or 0, column1 or 0
    bottom = max(tab[1] - 1, top) if row2 is None else row2
    right = max(tab[2] - 1, left) if column2 is None else column2
    if (top, left) == (bottom, right):
        return f"${column_name(left)}${top + 1}"
    return f"${column_name(left)}${top + 1}:${column_name(right)}${bottom + 1}"


def _may_be_blank(formula: str, parts: tuple[Part, ...]) -> bool:
    if len(parts) == 2 and parts[0] == "=" and isinstance(parts[1], (Ref, Name)):
        return True
    return _REFERENCE_RESULT.match(formula) is not None
