"""Calculation: the grid is ours, the arithmetic is formualizer's.

The engine is fed lazily, when a value is read. Committed rows never change, so what has to be fed is every
row that `is not` the row fed last: there is no list of dirty cells to keep, and a draft that was thrown away
costs nothing.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import formualizer as fz

from . import functions
from .formula import Formula, rewrite
from .inherit import inherited_format
from .model import EMPTY, Cell, Json, Row, Sheet, Spreadsheet
from .results import Computed, Failure, Result
from .serial import tidy, to_serial
from .translate import Context, engine_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_DESK = "Desk"
"""The engine's own tab where formulas are computed that stand in no cell."""
NO_TAB = -1
_VOLATILE = re.compile(r"\b(?:TODAY|NOW)\s*\(", re.IGNORECASE)
_SPILLS = re.compile(
    r"\b(?:FILTER|UNIQUE|SORT|SPLIT|SORTBY|SEQUENCE|TRANSPOSE|RANDARRAY|TEXTSPLIT|VSTACK|HSTACK|TAKE|DROP|FREQUENCY"
    r"|MAKEARRAY|MAP|BYROW|BYCOL|SCAN|TOCOL|TOROW|WRAPROWS|WRAPCOLS|CHOOSECOLS|CHOOSEROWS|EXPAND)\s*\(|\{",
    re.IGNORECASE,
)


@lru_cache(maxsize=20_000)
def _traits(formula: str) -> tuple[bool, bool]:
    """Whether a formula reads the clock, and whether it may fill more cells than its own."""
    return _VOLATILE.search(formula) is not None, _SPILLS.search(formula) is not None


class _Tab:
    """What the engine was fed of one tab."""

    __slots__ = ("formulas", "grid", "sheet", "spills")

    def __init__(self) -> None:
        self.sheet: Sheet | None = None
        self.formulas: dict[int, dict[int, str]] = {}
        """Row -> column -> formula, as the engine was given it; rows without formulas are not there."""
        self.grid: list[list[Any]] | None = None
        self.spills = False


class Engine:
    """The calculated values of one spreadsheet, at any of its revisions."""

    def __init__(self, clock: Callable[[], dt.datetime]) -> None:
        self._clock = clock
        self._book: Any = None
        self._tabs: dict[int, _Tab] = {}
        self._context: Context | None = None
        self._time: dt.datetime | None = None
        self._volatile = False
        self._desk = False
        self._locale = ""

    def values(self, book: Spreadsheet, sheet: Sheet) -> Values:
        """The values of a tab as they stand in `book`, which may be a draft."""
        self._sync(book)
        if self._book is None:
            return Values(book, sheet, None)
        tab = self._tabs[sheet.id]
        if not tab.formulas:
            return Values(book, sheet, None)
        if tab.grid is None:
            rows, columns = _extent(sheet, tab)
            name = engine_name(sheet.id)
            tab.grid = self._book.sheet(name).get_values(fz.RangeAddress(name, 1, 1, rows, columns))
        return Values(book, sheet, tab.grid, spills=tab.spills)

    def today(self, book: Spreadsheet) -> dt.date:
        """The day that TODAY() gives in this spreadsheet."""
        return self._clock().astimezone(ZoneInfo(book.time_zone)).date()

    def ask(self, book: Spreadsheet, sheet: Sheet, formulas: Sequence[str]) -> list[Result]:
        """What formulas come to that stand in no cell, as those of a conditional format do.

        Args:
            book: the spreadsheet, which may be a draft.
            sheet: the tab that references without a tab mean.
            formulas: each with its `=`.
        """
        if not formulas:
            return []
        self._sync(book, needed=True)
        if not self._volatile and any(_VOLATILE.search(text) for text in formulas):
            self._volatile = True
            self._set_clock(book)
        context = self._context or Context.of(book)
        if not self._desk:
            self._book.add_sheet(_DESK)
            self._desk = True
        desk = self._book.sheet(_DESK)
        for at, text in enumerate(formulas, 1):
            # On the desk, a reference without a tab would mean the desk.
            titled = rewrite(text, lambda ref: ref if ref.title else replace(ref, title=sheet.title))
            desk.set_formula(at, 1, context.translate(titled, NO_TAB))
        places = [(_DESK, at, 1) for at in range(1, len(formulas) + 1)]
        answers = [_result(value) for value in self._book.evaluate_cells(places)]
        # Left standing, they would be computed again after every change.
        desk.set_values_batch(1, 1, len(formulas), 1, [[None]] * len(formulas))
        return answers

    def _sync(self, book: Spreadsheet, *, needed: bool = False, anew: bool = False) -> None:
        # Texts read as numbers by the locale.
        if any(book.find(sheet_id) is None for sheet_id in self._tabs) or self._locale not in ("", book.locale):
            self._forget()
        if self._book is None and not self._start(book, needed=needed):
            return
        context = Context.of(book)
        if context == self._context and self._context is not None:
            context = self._context  # keep its cache
        moved = self._context is not None and context is not self._context
        changed = False
        for sheet in book.sheets:
            tab = self._tabs.get(sheet.id)
            if tab is None:
                self._book.add_sheet(engine_name(sheet.id))
                tab = self._tabs[sheet.id] = _Tab()
            if moved and tab.formulas:
                changed = self._retranslate(tab, context) or changed
            if tab.sheet is not sheet:
                changed = self._feed(tab, sheet, context) or changed
        self._context = context
        if self._set_clock(book) or changed:
            try:
                self._book.evaluate_all()
            except fz.ExcelEvaluationError:
                # An array that was blocked after it had filled its cells: only a new engine gets over it.
                if not anew:
                    self._forget()
                    self._sync(book, needed=True, anew=True)
            for tab in self._tabs.values():
                tab.grid = None

    def _forget(self) -> None:
        self.__init__(self._clock)  # type: ignore[misc]  # back to the state of a new engine

    def _start(self, book: Spreadsheet, *, needed: bool) -> bool:
        """Make the engine's workbook at the first formula; most tabs of plain values never need one."""
        known = self._tabs
        fresh = [sheet for sheet in book.sheets if sheet.id not in known or known[sheet.id].sheet is not sheet]
        formulas = (isinstance(cell.value, Formula) for sheet in fresh for _, _, cell in sheet.written())
        if not needed and not any(formulas):
            for sheet in fresh:
                tab = known.setdefault(sheet.id, _Tab())
                tab.sheet = sheet
            return False
        self._forget()
        self._book = fz.Workbook()
        # Its undo log, which nobody reads here, makes feeding three times as slow.
        self._book.set_changelog_enabled(False)
        functions.register(self._book, book.locale, self.today(book))
        self._locale = book.locale
        return True

    def _set_clock(self, book: Spreadsheet) -> bool:
        """Give the engine the spreadsheet's local time, to the minute; only TODAY and NOW can see it."""
        if not self._volatile:
            return False
        now = self._clock().astimezone(ZoneInfo(book.time_zone)).replace(second=0, microsecond=0, tzinfo=dt.UTC)
        if now == self._time:
            return False
        self._time = now
        self._book.set_deterministic_clock(now)
        return True

    def _retranslate(self, tab: _Tab, context: Context) -> bool:
        """A tab, a name or the size of a grid changed: push the formulas that read differently now."""
        if tab.sheet is None:
            return False
        handle = self._book.sheet(engine_name(tab.sheet.id))
        changed = False
        for row, held in tab.formulas.items():
            for column, before in held.items():
                text = context.translate(str(tab.sheet.cell(row, column).value), tab.sheet.id)
                if text != before:
                    held[column] = text
                    _put(handle, row, column, text)
                    changed = True
        return changed

    def _feed(self, tab: _Tab, sheet: Sheet, context: Context) -> bool:
        """Push every cell that differs from what was pushed last."""
        before: list[Row | None] = [] if tab.sheet is None else tab.sheet.rows
        tab.sheet = sheet
        handle = self._book.sheet(engine_name(sheet.id))
        blanks: dict[int, list[Any]] = {}
        formulas: list[tuple[int, int, str]] = []
        arrays = self._lift_arrays(tab, handle)
        for at, row, was in _changed_rows(sheet.rows, before):
            values = _row_values(row, was)
            if values is not None:
                blanks[at] = values
            formulas.extend(self._row_formulas(tab, at, row, context, overwritten=values))
        for top, block in _blocks(blanks):
            handle.set_values_batch(top + 1, 1, len(block), len(block[0]), block)
        # One by one: formualizer 0.13 loses a formula that set_formulas_batch puts where a blank was set.
        for at, column, text in formulas:
            _put(handle, at, column, text)
        for at, column in arrays:
            if column in tab.formulas.get(at, {}):
                _put(handle, at, column, tab.formulas[at][column])
        return bool(blanks or formulas or arrays)

    def _lift_arrays(self, tab: _Tab, handle: Any) -> list[tuple[int, int]]:
        """Take the array formulas of a tab out of the engine while its cells change; gives their places.

        The engine looks for what stands in an array's way only when the formula is set, and takes the cells that
        it filled before for such a thing.
        """
        if not tab.spills:
            return []
        arrays = [(at, column) for at, held in tab.formulas.items() for column in held if _traits(held[column])[1]]
        for at, column in arrays:
            handle.set_values_batch(at + 1, column + 1, 1, 1, [[None]])
        if arrays:
            self._book.evaluate_all()
        return arrays

    def _row_formulas(
        self, tab: _Tab, at: int, row: Row | None, context: Context, *, overwritten: list[Any] | None
    ) -> Iterator[tuple[int, int, str]]:
        """The formulas of a row that must be pushed, and the book-keeping of those that are gone."""
        before = tab.formulas.pop(at, None) or {}
        cells: list[Cell | None] = [] if row is None else row.cells
        found = [(column, cell.value) for column, cell in enumerate(cells) if cell and type(cell.value) is Formula]
        if not found:
            return
        sheet_id = tab.sheet.id if tab.sheet is not None else 0
        after = tab.formulas[at] = {column: context.translate(text, sheet_id) for column, text in found}
        for column, text in after.items():
            if overwritten is not None or before.get(column) != text:
                volatile, spills = _traits(text)
                self._volatile = self._volatile or volatile
                tab.spills = tab.spills or spills
                yield at, column, text


def _put(handle: Any, row: int, column: int, text: str) -> None:
    """Set a formula; one that cannot be parsed, or reads itself, is an error value."""
    try:
        handle.set_formula(row + 1, column + 1, text)
    except RuntimeError as error:
        kind = "Circ" if "#CIRC!" in str(error) else "Error"
        handle.set_value(row + 1, column + 1, fz.LiteralValue.error(kind, None))


def _changed_rows(rows: list[Row | None], before: list[Row | None]) -> Iterator[tuple[int, Row | None, Row | None]]:
    known = len(before)
    for at, row in enumerate(rows):
        was = before[at] if at < known else None
        if row is not was:
            yield at, row, was
    for at in range(len(rows), known):
        if before[at] is not None:
            yield at, None, before[at]


def _row_values(row: Row | None, was: Row | None) -> list[Any] | None:
    """The plain values of a row (formulas blank) when any differs from before; None when none does."""
    if was is None and row is not None:
        first = [None if cell is None or type(cell.value) is Formula else cell.value for cell in row.cells]
        return first if any(value is not None for value in first) else None
    cells: list[Cell | None] = [] if row is None else row.cells
    old: list[Cell | None] = [] if was is None else was.cells
    width = max(len(cells), len(old))
    values: list[Any] = [None] * width
    differs = False
    for column in range(width):
        value = ((cells[column] if column < len(cells) else None) or EMPTY).value
        before = ((old[column] if column < len(old) else None) or EMPTY).value
        if isinstance(value, Formula):
            continue
        values[column] = value
        if value is not before and (value != before or type(value) is not type(before)):
            differs = True
    return values if differs else None


def _blocks(rows: dict[int, list[Any]]) -> Iterator[tuple[int, list[list[Any]]]]:
    """Rows that lie together and are equally wide, as one block each."""
    top, block = -1, list[list[Any]]()
    for at, values in rows.items():
        if block and at == top + len(block) and len(values) == len(block[0]):
            block.append(values)
            continue
        if block:
            yield top, block
        top, block = at, [values]
    if block:
        yield top, block


def _extent(sheet: Sheet, tab: _Tab) -> tuple[int, int]:
    """How far values can reach: an array formula may fill cells below and right of what is written."""
    if tab.spills:
        return max(len(sheet.rows), 1), max(len(sheet.columns), 1)
    last = max((at for at, row in enumerate(sheet.rows) if row is not None), default=0)
    return last + 1, max((len(row.cells) for row in sheet.rows if row is not None), default=1) or 1


class Values:
    """Reads the value of a cell: the typed one, or what its formula came to."""

    __slots__ = ("_book", "_grid", "_shapes", "_sheet", "_spills")

    def __init__(self, book: Spreadsheet, sheet: Sheet, grid: list[list[Any]] | None, *, spills: bool = False) -> None:
        self._spills = spills
        self._book = book
        self._sheet = sheet
        self._grid = grid
        self._shapes: dict[str, Json | None] = {}

    def at(self, row: int, column: int, cell: Cell) -> Result:
        """The effective value of `cell`, which stands at (row, column)."""
        value = cell.value
        if value is not None and not isinstance(value, Formula):
            return value
        if self._grid is None or row >= len(self._grid) or column >= len(self._grid[row]):
            return None
        result = _result(self._grid[row][column])
        if type(result) in (int, float, Computed) and isinstance(value, Formula):
            return self._shaped(result, cell, value)
        return result

    def _shaped(self, result: Result, cell: Cell, formula: Formula) -> Result:
        """A number in the format that its formula takes from what it reads."""
        if cell.format is not None and "numberFormat" in cell.format:
            return result
        if formula not in self._shapes:
            self._shapes[formula] = inherited_format(self._book, self._sheet, formula)
        shape = self._shapes[formula]
        if shape is None:
            return result
        return Computed(result.number if isinstance(result, Computed) else cast("float", result), shape)

    def behind(self, row: int) -> tuple[list[Any], list[type]] | None:
        """What the formulas of a row, and arrays of other rows, come to there; None where nothing is computed.

        To be compared: the types are beside the values, since 1 equals TRUE.
        """
        if self._grid is None or row >= len(self._grid):
            return None
        return self._grid[row], [*map(type, self._grid[row])]

    def is_plain(self, row: Row) -> bool:
        """Whether a row shows nothing but what is typed in it."""
        if self._grid is None:
            return True
        return not self._spills and not any(cell and isinstance(cell.value, Formula) for cell in row.cells)

    def width(self, row: int) -> int:
        """Columns of a row that may hold anything."""
        at = self._sheet.rows[row]
        written = 0 if at is None else len(at.cells)
        if self._grid is None or row >= len(self._grid):
            return written
        return max(written, len(self._grid[row]))


def _result(raw: Any) -> Result:
    if raw is None or isinstance(raw, (bool, str)):
        return raw
    if isinstance(raw, (int, float)):
        return tidy(raw) if math.isfinite(raw) else Failure.of("Num")
    if isinstance(raw, dict):
        return Failure.of(str(raw.get("kind")))
    if isinstance(raw, (dt.date, dt.time, dt.timedelta)):
        number, kind = to_serial(raw)
        return Computed(number, {"type": kind})
    return str(raw)
