"""The workbook as one read found it, and which template column each of its columns is.

Columns are bound by the developer metadata that set-up put on them, so a person may rename, move, insert and hide
columns. Where metadata is gone (a tab rebuilt by copy and paste), the header's text is the fallback.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.plan.actions import Cell, Put
from sync.plan.cells import Formula, Value, blank, text
from sync.plan.formulas import Place

if TYPE_CHECKING:
    from sync.plan.template import Tab, Template

Grid = Sequence[Sequence[Value]]


@dataclass(frozen=True, slots=True)
class RawTab:
    """One tab as it stands. Grids are ragged: a row or cell beyond what is stored is blank.

    Attributes:
        entered: what is in each cell (a formula as `Formula`).
        shown: what each cell's formula gives; the same as `entered` elsewhere.
        column_keys: the column key in each column's metadata, or "".
        tab_key: the tab key in the tab's metadata, or "".
    """

    sheet_id: int
    title: str
    row_count: int
    column_count: int
    tab_key: str = ""
    column_keys: Sequence[str] = ()
    entered: Grid = ()
    shown: Grid = ()
    hidden: bool = False

    def at(self, row: int, column: int) -> Value:
        """What is in a cell; None beyond the stored grid."""
        return _cell(self.entered, row, column)

    def shown_at(self, row: int, column: int) -> Value:
        """What a cell shows; None beyond the stored grid."""
        return _cell(self.shown, row, column)


def _cell(grid: Grid, row: int, column: int) -> Value:
    if 0 <= row < len(grid):
        cells = grid[row]
        if 0 <= column < len(cells):
            return cells[column]
    return None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One read of a whole workbook.

    `metadata` is the spreadsheet's own developer metadata: key -> (metadata id, value). `run_marks` are the ids of the
    marks that the last runs left.
    """

    spreadsheet_id: str
    title: str
    locale: str
    time_zone: str
    tabs: Sequence[RawTab]
    metadata: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    run_marks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BoundTab:
    """A tab of the template, found in the workbook.

    Attributes:
        columns: index from 0 of each column key that is there now.
        header_row: index from 0 of the header, or -1 if no row looks like it.
        data_rows: the rows below or above it that hold anything, top to bottom.
    """

    tab: Tab
    raw: RawTab
    columns: Mapping[str, int]
    header_row: int
    data_rows: Sequence[int]

    def at(self, row: int, key: str) -> Value:
        """What is in this row's cell of a column; None if the column is gone."""
        index = self.columns.get(key)
        return None if index is None else self.raw.at(row, index)

    def shown_at(self, row: int, key: str) -> Value:
        """What this row's cell of a column shows; None if the column is gone."""
        index = self.columns.get(key)
        return None if index is None else self.raw.shown_at(row, index)

    @property
    def next_row(self) -> int:
        """The first row below everything that is there."""
        last = max([self.header_row, *self.data_rows[-1:]], default=-1)
        return last + 1

    @property
    def shown_header(self) -> tuple[Value, ...]:
        """What the header row shows, cell by cell, as far as the tab holds anything."""
        return tuple(self.raw.shown_at(self.header_row, index) for index in range(self.width))

    def typed(self, row: int, without: Collection[int] = ()) -> tuple[tuple[int, Value], ...]:
        """The cells of a row that hold anything but a formula, by column; some columns left out."""
        cells = ((index, self.raw.at(row, index)) for index in range(self.width) if index not in without)
        return tuple((i, v) for i, v in cells if not blank(v) and not isinstance(v, Formula))

    def put(self, row: int, key: str, cells: Iterable[Cell]) -> Put:
        """Cells to put into a row, with what tells afterwards whether they met an edit."""
        found = tuple(cells)
        typed = self.typed(row, {c.column for c in found})
        return Put(self.tab.key, self.raw.sheet_id, row, self.header_row, key, found, typed, self.shown_header)

    def headers(self) -> dict[str, str]:
        """Each bound column's header as it reads now."""
        if self.header_row < 0:
            return {}
        return {key: text(self.raw.at(self.header_row, index)) for key, index in self.columns.items()}

    def people_columns(self) -> Iterator[tuple[str, int]]:
        """The columns that people type in: the SENCO's of the template, and every column that is her own.

        A column of her own has no metadata; its header names it (`*Header`, the second of that name `*Header#2`), or
        its place if it has none.
        """
        ours = {index: key for key, index in self.columns.items()}
        named: Counter[str] = Counter()
        for index in range(self.width):
            key = ours.get(index)
            if key is None:
                header = text(self.raw.at(self.header_row, index)) if self.header_row >= 0 else ""
                named[header] += 1
                yield f"*{header or f'#{index}'}" + (f"#{named[header]}" if header and named[header] > 1 else ""), index
            elif self.tab.column(key).owner == "senco":
                yield key, index

    @property
    def width(self) -> int:
        """How many columns hold anything."""
        return max([len(row) for row in self.raw.entered] + [i + 1 for i in self.columns.values()], default=0)


@dataclass(frozen=True, slots=True)
class Bound:
    """The whole workbook, bound to the template."""

    snapshot: Snapshot
    tabs: Mapping[str, BoundTab]
    missing_tabs: Sequence[str]
    missing_columns: Sequence[tuple[str, str]]

    def places(self) -> dict[str, Place]:
        """Where every column of every tab is, for formulas."""
        return {k: Place(b.raw.title, b.columns, b.raw.sheet_id) for k, b in self.tabs.items()}


def bind(snapshot: Snapshot, template: Template, last_headers: Mapping[str, Mapping[str, str]] | None = None) -> Bound:
    """Find each tab and column of the template in the workbook.

    Args:
        snapshot: what was read.
        template: what is declared.
        last_headers: each tab's headers as last seen (a person may have renamed them), by tab and column key.
    """
    last_headers = last_headers or {}
    found: dict[str, BoundTab] = {}
    missing_tabs: list[str] = []
    missing_columns: list[tuple[str, str]] = []
    for tab in template.tabs:
        raw = _find(snapshot, tab)
        if raw is None:
            missing_tabs.append(tab.key)
            continue
        bound = bind_tab(tab, raw, last_headers.get(tab.key, {}))
        found[tab.key] = bound
        missing_columns += [(tab.key, c.key) for c in tab.columns if c.key not in bound.columns]
    return Bound(snapshot, found, tuple(missing_tabs), tuple(missing_columns))


def _find(snapshot: Snapshot, tab: Tab) -> RawTab | None:
    """The tab by its metadata; a duplicated tab carries a copy of it, so our own sheet id is preferred."""
    marked = [raw for raw in snapshot.tabs if raw.tab_key == tab.key]
    for raw in marked:
        if raw.sheet_id == tab.sheet_id:
            return raw
    if marked:
        return marked[0]
    by_id = [raw for raw in snapshot.tabs if raw.sheet_id == tab.sheet_id and not raw.tab_key]
    by_title = [raw for raw in snapshot.tabs if raw.title == tab.title and not raw.tab_key]
    return next(iter(by_id + by_title), None)


def bind_tab(tab: Tab, raw: RawTab, last_headers: Mapping[str, str]) -> BoundTab:
    """Find a tab's columns and its header row."""
    known = {c.key for c in tab.columns}
    columns: dict[str, int] = {}
    for index, key in enumerate(raw.column_keys):
        if key in known and key not in columns:
            columns[key] = index
    names = {c.key: {c.header.casefold(), last_headers.get(c.key, c.header).casefold()} for c in tab.columns}
    header_row = _header_row(raw, names, columns) if tab.columns else -1
    if len(columns) < len(known) and header_row >= 0:
        _by_header(raw, header_row, names, columns)
    data_rows = tuple(
        row
        for row, cells in enumerate(raw.entered)
        if row != header_row and tab.columns and any(not blank(cell) for cell in cells)
    )
    return BoundTab(tab, raw, columns, header_row, data_rows)


def _header_row(raw: RawTab, names: Mapping[str, set[str]], columns: Mapping[str, int]) -> int:
    """The row where most headers stand in their own columns; by content, because a person may insert rows above."""
    every_name = set().union(*names.values()) if names else set()
    best, best_score = -1, 0
    for row, cells in enumerate(raw.entered):
        if columns:
            score = sum(
                1
                for key, index in columns.items()
                if index < len(cells) and isinstance(cells[index], str) and text(cells[index]).casefold() in names[key]
            )
        else:
            score = sum(1 for cell in cells if isinstance(cell, str) and cell.casefold() in every_name)
        if score > best_score:
            best, best_score = row, score
            if score == len(names):
                break
    return best if best_score * 3 >= len(names) else -1


def _by_header(raw: RawTab, header_row: int, names: Mapping[str, set[str]], columns: dict[str, int]) -> None:
    taken = set(columns.values())
    for index, cell in enumerate(raw.entered[header_row]):
        if index in taken or (index < len(raw.column_keys) and raw.column_keys[index]):
            continue
        for key, allowed in names.items():
            if key not in columns and text(cell).casefold() in allowed:
                columns[key] = index
                taken.add(index)
                break
