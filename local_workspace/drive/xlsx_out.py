"""A spreadsheet as an XLSX workbook, as Drive exports it.

Formulas go along as Excel writes them. What Excel does not know goes the way Google's export takes: as
`IFERROR(__xludf.DUMMYFUNCTION("the formula"), value)`, which shows the value and still holds the formula.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import FORMULAE, get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName

from local_workspace.sheets.a1 import MAX_COLUMNS
from local_workspace.sheets.change import span_rect
from local_workspace.sheets.formula import Formula, Lost, Name, Ref, parse
from local_workspace.sheets.numfmt import default_pattern
from local_workspace.sheets.results import Computed, Failure

if TYPE_CHECKING:
    from openpyxl.cell import Cell as XlsxCell
    from openpyxl.worksheet.worksheet import Worksheet

    from local_workspace.sheets.engine import Engine, Values
    from local_workspace.sheets.model import Cell, Json, Sheet, Spreadsheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MAX_TITLE = 31
MAX_TEXT = 32_767
MAX_LITERAL = 255
"""Of a text inside a formula."""
_ACROSS = ("left", "center", "right")
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\]")
_CALL = re.compile(r"""("(?:[^"]|"")*")|([A-Za-z_][\w.]*)(?=\s*\()""")

LATER = frozenset(
    (  # noqa: SIM905 - one name a line would be sixty lines
        "ARABIC BASE BITAND BITLSHIFT BITOR BITRSHIFT BITXOR CEILING.MATH COMBINA CONCAT COT COTH CSC CSCH DAYS "
        "DECIMAL ERF.PRECISE FLOOR.MATH GAMMA IFNA IFS ISFORMULA ISOWEEKNUM MAXIFS MINIFS MODE.MULT MODE.SNGL "
        "NETWORKDAYS.INTL NUMBERVALUE PDURATION PERCENTILE.EXC PERCENTILE.INC PERCENTRANK.EXC PERCENTRANK.INC "
        "PERMUTATIONA PHI QUARTILE.EXC QUARTILE.INC RANK.AVG RANK.EQ RRI SEC SECH SHEET SHEETS STDEV.P STDEV.S SWITCH "
        "TEXTAFTER TEXTBEFORE TEXTJOIN UNICHAR UNICODE VAR.P VAR.S WORKDAY.INTL XLOOKUP XMATCH XOR"
    ).split()
)
"""Functions that came after Excel 2007: in a workbook their names begin with `_xlfn.`."""


@dataclass(frozen=True, slots=True)
class _Names:
    """What the tabs are called in the workbook: Excel allows 31 characters, and not all of them.

    Attributes:
        tabs: the title in lower case -> the title in the workbook, rows, columns.
    """

    tabs: dict[str, tuple[str, int, int]]

    @staticmethod
    def of(book: Spreadsheet) -> _Names:
        """Titles for every tab, no two the same."""
        tabs: dict[str, tuple[str, int, int]] = {}
        taken: set[str] = set()
        for sheet in book.sheets:
            if sheet.is_grid:
                title = _title(sheet.title, taken)
                taken.add(title.casefold())
                tabs[sheet.title.casefold()] = (title, len(sheet.rows), len(sheet.columns))
        return _Names(tabs)

    def formula(self, formula: Formula, sheet: Sheet) -> str:
        """A formula with the workbook's titles, its open ranges bounded to the grid where Excel has no such form."""
        return "".join(self._part(part, sheet) for part in parse(formula))

    def _part(self, part: str | Ref | Lost | Name, sheet: Sheet) -> str:
        if isinstance(part, str):
            return part
        if isinstance(part, Ref):
            tab = self.tabs.get((sheet.title if part.title is None else part.title).casefold())
            if tab is None:
                return Lost(None).text()
            title, rows, columns = tab
            return replace(_bounded(part, rows, columns), title=None if part.title is None else title).text()
        return part.text()


def _title(title: str, taken: set[str]) -> str:
    wanted = _NOT_IN_TITLES.sub("_", _clean(title)).strip("'") or "Sheet"
    found, number = wanted[:MAX_TITLE], 2
    while found.casefold() in taken:
        tail = f" ({number})"
        found, number = wanted[: MAX_TITLE - len(tail)] + tail, number + 1
    return found


def _bounded(ref: Ref, rows: int, columns: int) -> Ref:
    """`A2:A` as `A2:A1000`; `A:A` and `2:2` are Excel's own."""
    if ref.range and ref.row1 is not None and ref.row2 is None:
        return replace(ref, row2=max(rows - 1, ref.row1))
    if ref.range and ref.column1 is not None and ref.column2 is None:
        return replace(ref, column2=max(min(columns, MAX_COLUMNS) - 1, ref.column1))
    return ref


def to_xlsx(book: Spreadsheet, engine: Engine) -> bytes:
    """The whole spreadsheet: values, formulas, names, formats, widths, merges, frozen panes and hidden parts."""
    workbook = openpyxl.Workbook()
    if workbook.active is not None:
        workbook.remove(workbook.active)
    names = _Names.of(book)
    for sheet in book.sheets:
        if not sheet.is_grid:
            continue
        target = workbook.create_sheet(names.tabs[sheet.title.casefold()][0])
        target.sheet_state = "hidden" if sheet.props.get("hidden") else "visible"
        _write_cells(target, sheet, engine.values(book, sheet), names, book.locale)
        _write_shape(target, sheet)
    for named in book.named_ranges:
        found = book.find(named["range"].get("sheetId", 0))
        if found is not None and found.is_grid:
            workbook.defined_names[named["name"]] = DefinedName(
                named["name"], attr_text=_place(found, named["range"], names)
            )
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _place(sheet: Sheet, span: Json, names: _Names) -> str:
    area = span_rect(span, sheet)
    first = f"${get_column_letter(area.left + 1)}${area.top + 1}"
    last = f"${get_column_letter(area.right)}${area.bottom}"
    title = quote_sheetname(names.tabs[sheet.title.casefold()][0])
    return f"{title}!{first}" + ("" if first == last else f":{last}")


def _write_cells(target: Worksheet, sheet: Sheet, values: Values, names: _Names, locale: str) -> None:
    for row in range(len(sheet.rows)):
        for column in range(values.width(row)):
            cell = sheet.cell(row, column)
            value = values.at(row, column, cell)
            if value is None and cell.value is None and cell.format is None:
                continue
            there = cast("XlsxCell", target.cell(row + 1, column + 1))
            if isinstance(cell.value, Formula):
                there.value = _formula(_clean(names.formula(cell.value, sheet)), value)
            elif cell.value is None and value is not None:
                there.value = _dummy('"COMPUTED_VALUE"', value)  # an array formula filled it
            else:
                _write_plain(there, value)
            _write_format(there, cell, value, locale)


def _formula(text: str, value: Any) -> str:
    """A formula as Excel has it, or with its value where Excel would not know it."""
    foreign = isinstance(value, Failure) and value.kind == "ERROR"

    def renamed(match: re.Match[str]) -> str:
        nonlocal foreign
        quoted, name = match.groups()
        if quoted is not None:
            return str(quoted)
        upper = str(name).upper()
        foreign = foreign or not (upper in FORMULAE or upper in LATER)
        return f"_xlfn.{upper}" if upper in LATER else str(name)

    excel = _CALL.sub(renamed, text)
    return _dummy(text[1:], value) if foreign or "{" in text else excel


def _dummy(formula: str, value: Any) -> Any:
    quoted = _quoted(formula)
    if (isinstance(value, str) and len(value) > MAX_LITERAL) or len(quoted) > MAX_LITERAL:
        return _clean(value) if isinstance(value, str) else _literal(value)
    return f"=IFERROR(__xludf.DUMMYFUNCTION({quoted}),{_literal(value)})"


def _literal(value: Any) -> str:
    """A value inside a formula."""
    if isinstance(value, Computed):
        value = value.number
    if isinstance(value, Failure):
        return '"#ERROR!"' if value.kind == "ERROR" else value.text
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value) if isinstance(value, (int, float)) else _quoted(_clean(value or ""))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _clean(text: str) -> str:
    return ILLEGAL_CHARACTERS_RE.sub("", text)[:MAX_TEXT]


def _write_plain(there: XlsxCell, value: Any) -> None:
    if not isinstance(value, str):
        there.value = value
        return
    there.value = _clean(value)
    # Text stays text: openpyxl would take `=…` for a formula, and a spreadsheet would run it.
    there.data_type = "s"
    there.quotePrefix = value.startswith(("=", "+", "-", "@"))


def _write_format(there: XlsxCell, cell: Cell, value: Any, locale: str) -> None:
    shape = cell.format or {}
    number = shape.get("numberFormat") or (value.shape if isinstance(value, Computed) else None)
    if number:
        pattern = number.get("pattern") or default_pattern(number.get("type", ""), locale)
        there.number_format = _clean(pattern or "") or "General"
    text = shape.get("textFormat", {})
    if text:
        there.font = Font(
            bold=text.get("bold"),
            italic=text.get("italic"),
            strike=text.get("strikethrough"),
            underline="single" if text.get("underline") else None,
            size=text.get("fontSize"),
            color=_hex(text.get("foregroundColor")),
        )
    fill = _hex(shape.get("backgroundColor"))
    if fill:
        there.fill = PatternFill("solid", start_color=fill)
    across = str(shape.get("horizontalAlignment", "")).lower()
    if across in _ACROSS or shape.get("wrapStrategy") == "WRAP":
        there.alignment = Alignment(
            horizontal=across if across in _ACROSS else "general",
            wrap_text=shape.get("wrapStrategy") == "WRAP",
        )


def _hex(color: Json | None) -> str | None:
    if color is None:
        return None
    return "FF" + "".join(f"{round(min(max(color.get(name, 0), 0), 1) * 255):02X}" for name in ("red", "green", "blue"))


def _write_shape(target: Worksheet, sheet: Sheet) -> None:
    """Widths, hidden and frozen parts, merges."""
    for at, dim in enumerate(sheet.columns):
        if dim is not None and (dim.size or dim.hidden):
            held = target.column_dimensions[get_column_letter(at + 1)]
            held.width = (dim.size or 100) / 7
            held.hidden = dim.hidden
    for at, row in enumerate(sheet.rows):
        if row is not None and row.dim.hidden:
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
