"""Mending what a person's edit met in the instant between our read and our write.

Sheets has no precondition: if a person sorts rows or moves a column between the two, a cell that we put back lands
elsewhere, on a word of hers. So no such write is final:

- The batch first copies each row it is about to touch (and the header) to the tab "Safety copy", in the same atomic
  request. The copy shows exactly what stood there.
- What is written carries a mark that moves with the cell (`sync.plan.tracer`). Where the mark stands when we read
  again is where the write landed, however often rows and columns were moved since.
- So each mark *owes* its cell what the copy shows. A look-up in its own column owes nothing. In any other cell the
  next step puts back what is owed, marked again; and a marked value is made plain by pasting the cell's value over
  itself, which changes no word, wherever it lands.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sync.plan.actions import Cell, Change, Flatten, Insert, Put
from sync.plan.cells import Formula, Value, blank, from_json, same, same_formula, text, to_json
from sync.plan.formulas import shape
from sync.plan.people import OWN, pupil_key
from sync.plan.tracer import holds, mark_of, traced, untraced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sync.plan.actions import Cells
    from sync.plan.snapshot import BoundTab, RawTab

RECORD_COLUMN = 0
COPY_COLUMN = 1
ROWS_A_RECORD = 3
"""On the safety copy: the record with the header's copy, the row's values, the formulas of the touched cells."""


@dataclass(frozen=True, slots=True)
class Touched:
    """One cell that was written: what we wrote, what we had read there, and what stood there in the instant.

    `was` is its value; `formula` is the formula that gave it, or None if it was typed.
    """

    column: int
    wrote: Value
    expected: Value
    was: Value
    formula: Formula | None


@dataclass(frozen=True, slots=True)
class Record:
    """One touched row, as the safety copy holds it.

    `run` is the batch that wrote it. `row` and `header` are copies of values; `typed` and `header_read` are what we
    had read.
    """

    run: int
    tab: str
    key: str
    cells: tuple[Touched, ...]
    row: tuple[Value, ...]
    header: tuple[Value, ...]
    header_read: tuple[Value, ...]
    typed: tuple[tuple[int, Value], ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """What belongs in the cell where a mark stands.

    `logged` means that the Change log has it already; `field` and `key` name the cell for the log.
    """

    tab: str
    key: str
    field: str
    value: Value
    logged: bool = False

    def to_json(self) -> list[Any]:
        """As the store keeps it."""
        return [self.tab, self.key, self.field, to_json(self.value), self.logged]

    @classmethod
    def from_json(cls, told: Sequence[Any]) -> Owed:
        """What `to_json` gave."""
        tab, key, name, value, logged = told
        return cls(tab, key, name, from_json(value), logged)


def written(put: Put, run: int, ordinal: int) -> list[Value]:
    """What is really sent for the cells of a put: marked, but for a key, which is a mark by itself."""
    return [c.value if c.plain else traced(c.value, f"{run}.{ordinal}.{n}") for n, c in enumerate(put.cells)]


def describe(put: Put, run: int, ordinal: int) -> str:
    """The first column of a safety record: what the copy beside it is of."""
    sent = zip(put.cells, written(put, run, ordinal), strict=True)
    cells = [[cell.column, to_json(value), to_json(cell.expected)] for cell, value in sent]
    header = [to_json(h) for h in put.header]
    told = {"run": run, "tab": put.tab, "key": put.key, "cells": cells, "typed": put.typed, "header": header}
    return json.dumps(told, ensure_ascii=False)


def describe_arrival(insert: Insert, run: int) -> str:
    """The same for fresh rows that hold words."""
    header = [to_json(h) for h in insert.header]
    return json.dumps({"run": run, "tab": insert.tab, "words": insert.words, "header": header}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Rows that were put back with these words: key -> column -> JSON cell, under this header; we had read another."""

    run: int
    tab: str
    words: Mapping[str, Cells]
    header: tuple[Value, ...]
    header_read: tuple[Value, ...]


def _told(safety: RawTab) -> Iterator[tuple[int, dict[str, Any], tuple[Value, ...]]]:
    """Each record: its row, what it says, and the header's copy."""
    for index in range(1, len(safety.entered), ROWS_A_RECORD):
        about = safety.at(index, RECORD_COLUMN)
        if isinstance(about, str) and about.startswith("{"):
            yield index, json.loads(about), tuple(safety.entered[index][COPY_COLUMN:])


def arrivals(safety: RawTab) -> list[Arrival]:
    """The rows that the last batch put back while a person moved columns."""
    found = [
        Arrival(told["run"], told["tab"], told["words"], header, tuple(from_json(h) for h in told["header"]))
        for _, told, header in _told(safety)
        if "words" in told
    ]
    return [a for a in found if _differ(a.header, a.header_read)]


def runs(safety: RawTab) -> list[int]:
    """The batch that left the records; [] if there are none."""
    return [told["run"] for _, told, _ in _told(safety)][-1:]


def records(safety: RawTab) -> list[Record]:
    """The records of rows that were touched."""
    found: list[Record] = []
    rows = [tuple(r) for r in safety.entered]
    for index, told, header in _told(safety):
        if "words" in told:
            continue
        # Blank rows at the foot of a tab are not in an answer.
        row, formulas = ([*rows[index + 1 : index + ROWS_A_RECORD], (), ()])[:2]
        row, formulas = row[COPY_COLUMN:], formulas[COPY_COLUMN:]
        found.append(
            Record(
                run=told["run"],
                tab=told["tab"],
                key=told["key"],
                cells=tuple(_touched(cell, row, formulas) for cell in told["cells"]),
                header=header,
                row=row,
                header_read=tuple(from_json(h) for h in told["header"]),
                typed=tuple((c, from_json(v)) for c, v in told["typed"]),
            )
        )
    return found


def _touched(told: Sequence[Any], row: Sequence[Value], formulas: Sequence[Value]) -> Touched:
    column, wrote, expected = told
    formula = _at(formulas, column)
    return Touched(
        column=column,
        wrote=from_json(wrote),
        expected=from_json(expected),
        was=_at(row, column),
        formula=formula if isinstance(formula, Formula) else None,
    )


def _at(cells: Sequence[Value], index: int) -> Value:
    return cells[index] if index < len(cells) else None


def as_read(cell: Touched) -> bool:
    """Whether what stood in a cell in the instant of the write is what we had read there."""
    if isinstance(cell.expected, Formula):
        return cell.formula is not None and same_formula(cell.formula, cell.expected)
    return cell.formula is None and same(cell.was, cell.expected)


def met_an_edit(record: Record) -> bool:
    """Whether what stood there in the instant of the write is not what we had read."""
    moved = _differ(record.header, record.header_read)
    typed = any(not same(_at(record.row, c), value) for c, value in record.typed)
    return moved or typed or not all(as_read(c) for c in record.cells)


def _differ(left: Sequence[Value], right: Sequence[Value]) -> bool:
    return any(not same(_at(left, i), _at(right, i)) for i in range(max(len(left), len(right))))


@dataclass(slots=True)
class Recovered:
    """What to put back and to make plain, what can only be kept in the log, and what is still owed, by mark."""

    puts: tuple[Put, ...] = ()
    flattens: tuple[Flatten, ...] = ()
    changes: list[Change] = field(default_factory=list)
    owed: dict[str, Owed] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        """Whether a step must be spent on mending alone."""
        return bool(self.puts or self.flattens)


def recover(
    pending: Sequence[Record],
    owed: Mapping[str, Owed],
    tabs: Mapping[str, BoundTab],
    formulas: Mapping[str, Mapping[str, Formula]],
) -> Recovered:
    """Put back every word that one of our writes displaced.

    Args:
        pending: the records of the last write, if they were not gone through yet.
        owed: what marks of earlier writes owe their cells.
        tabs: the people's tabs as they stand now.
        formulas: each tab's look-ups by column key.
    """
    work = _Work([_Tab(bound, formulas.get(key, {})) for key, bound in tabs.items()], dict(owed))
    for record in pending:
        work.note(record)
    work.settle_marks()
    for record in pending:
        work.settle_keys(record)
    work.keep_lost(pending)
    puts = work.puts()
    # A cell is made plain only when every mark shows what it owes: should that step land elsewhere, it may take a mark
    # away, and then the word that the mark was for.
    flattens = () if puts else tuple(work.flattens)
    return Recovered(puts, flattens, work.changes, work.owed)


class _Tab:
    """The facts of one people's tab that recovery needs."""

    def __init__(self, bound: BoundTab, formulas: Mapping[str, Formula]) -> None:
        self.bound = bound
        self.raw = bound.raw
        self.names = {index: key for key, index in bound.columns.items()}
        self.formulas = formulas
        self.shapes = {shape(f) for f in formulas.values()}
        self.lookups = {c.key for c in bound.tab.columns if c.lookup}
        self.key_index = bound.columns.get(bound.tab.key_column.key)

    def ours(self, formula: Formula) -> bool:
        """Whether a formula is one of this tab's, perhaps for columns that have moved since."""
        return shape(untraced(formula)) in self.shapes

    def theirs(self, row: int, column: int) -> bool:
        """Whether a person's word may stand in a cell."""
        name = self.names.get(column, "")
        if row == self.bound.header_row or name not in self.formulas:
            return True
        # In a row that a person added to the map the MIS's columns are theirs too.
        return self.bound.tab.own_rows and name in self.lookups and self.key(row).startswith(OWN)

    def key(self, row: int) -> str:
        """The row's key, without the name that may stand before it."""
        value = None if self.key_index is None else self.raw.at(row, self.key_index)
        return pupil_key(value) if self.bound.tab.identity == "pupil" else text(value)

    def formulas_standing(self) -> Iterator[tuple[int, int, Formula]]:
        """Each marked formula, and each look-up of ours in a cell that is a person's."""
        for row, cells in enumerate(self.raw.entered):
            for column, value in enumerate(cells):
                # Nearly all are look-ups in their places, so the cheap questions come first.
                if isinstance(value, Formula) and (mark_of(value) or (self.theirs(row, column) and self.ours(value))):
                    yield row, column, value


class _Work:
    """The state of one recovery: what is owed, and what to do about it."""

    def __init__(self, tabs: Sequence[_Tab], owed: dict[str, Owed]) -> None:
        self.tabs = tabs
        self.owed = owed
        self.standing: set[str] = set()
        self.cells: dict[tuple[int, int], dict[int, Cell]] = {}
        self.flattens: list[Flatten] = []
        self.changes: list[Change] = []
        self.before = dict(owed)

    def note(self, record: Record) -> None:
        """Each mark of the last write owes its cell what stood there."""
        for cell in record.cells:
            mark = mark_of(cell.wrote)
            if mark:
                header = text(_at(record.header, cell.column))
                # What was typed over a look-up is in the log already: the plan that put the look-up back said so.
                logged = as_read(cell) and not holds(cell.wrote)[0]
                self.owed[mark] = Owed(record.tab, record.key, header, self._belongs(record, cell), logged)

    def _belongs(self, record: Record, cell: Touched) -> Value:
        is_value, value = holds(cell.wrote)
        if cell.formula is not None:
            under = mark_of(cell.formula)
            if under in self.before:
                return self.before[under].value
            if holds(cell.formula)[0]:
                return holds(cell.formula)[1]
            tab = self._tab(record.tab)
            return None if tab is None or under or tab.ours(cell.formula) else cell.was
        return value if is_value and as_read(cell) else cell.was

    def _tab(self, key: str) -> _Tab | None:
        return next((t for t in self.tabs if t.bound.tab.key == key), None)

    def settle_marks(self) -> None:
        """Look at every mark where it stands now."""
        settled: set[str] = set()
        waiting: set[str] = set()
        for tab in self.tabs:
            for row, column, formula in tab.formulas_standing():
                mark = mark_of(formula)
                self.standing.add(mark)
                is_value, value = holds(formula)
                owed = self.owed.get(mark)
                if not tab.theirs(row, column):
                    # A look-up belongs in every row of its column. Only a word typed over it is kept.
                    if owed and not owed.logged and not same(owed.value, tab.raw.shown_at(row, column)):
                        self._keep(owed)
                    settled.add(mark)
                    continue
                wanted = owed.value if owed else value
                if is_value and _alike(wanted, value):
                    self.flattens.append(Flatten(tab.bound.tab.key, tab.raw.sheet_id, row, column))
                    settled.add(mark)
                else:
                    waiting.add(mark)
                    self._put(tab, row, column, wanted)
        for mark in settled - waiting:
            self.owed.pop(mark, None)

    def settle_keys(self, record: Record) -> None:
        """A key that landed elsewhere is its own mark: it is nowhere else in the tab."""
        tab = self._tab(record.tab)
        if tab is None or not met_an_edit(record):
            return
        meant = _row_meant(record, tab.bound)
        for cell in record.cells:
            if mark_of(cell.wrote):
                continue
            places = [
                (row, column)
                for row, cells in enumerate(tab.raw.entered)
                for column, value in enumerate(cells)
                if same(value, cell.wrote)
            ]
            belongs = self._belongs(record, cell)
            for row, column in places:
                if column != tab.key_index or (meant is not None and row != meant):
                    self._put(tab, row, column, belongs)
            if not places:
                self._keep(Owed(record.tab, record.key, text(_at(record.header, cell.column)), belongs))

    def keep_lost(self, pending: Sequence[Record]) -> None:
        """What is owed to a mark that is nowhere any more (its row was deleted, say) goes to the log."""
        under = {mark_of(c.formula) for r in pending for c in r.cells}
        for mark in [m for m in self.owed if m not in self.standing]:
            owed = self.owed.pop(mark)
            if not owed.logged and mark not in under:
                self._keep(owed)

    def _put(self, tab: _Tab, row: int, column: int, value: Value) -> None:
        place = (self.tabs.index(tab), row)
        self.cells.setdefault(place, {})[column] = Cell(column, value, tab.raw.at(row, column))

    def puts(self) -> tuple[Put, ...]:
        found = ((self.tabs[n], row, cells) for (n, row), cells in self.cells.items())
        return tuple(tab.bound.put(row, tab.key(row), cells.values()) for tab, row, cells in found)

    def _keep(self, owed: Owed) -> None:
        if blank(owed.value):
            return
        tab = self._tab(owed.tab)
        self.changes.append(
            Change(
                kind="kept-text",
                tab=owed.tab,
                key=owed.key,
                field=owed.field,
                old=text(owed.value),
                new="",
                note="Typed or moved in the same moment as Sensync put back a look-up there. It is kept here.",
                who=tab.raw.title if tab else "",
            )
        )


def _alike(left: Value, right: Value) -> bool:
    return same(left, right) or (blank(left) and blank(right))


def _row_meant(record: Record, bound: BoundTab) -> int | None:
    """The row that we had read and meant to write in, known by what was typed in it; None if nothing was."""
    columns = _columns_now(record.header_read, bound)
    facts = [(columns[i], v) for i, v in record.typed if i in columns]
    return _likest(bound, bound.data_rows, facts) if facts else None


def _columns_now(headers: Sequence[Value], bound: BoundTab) -> dict[int, int]:
    """Where each column under these headers is now: by its header, else by its place if nothing contradicts it."""
    now: dict[str, list[int]] = {}
    for index in range(bound.width):
        now.setdefault(text(bound.raw.shown_at(bound.header_row, index)), []).append(index)
    found: dict[int, int] = {}
    for index, header in enumerate(headers):
        name = text(header)
        places = now.get(name, [])
        if name and len(places) == 1:
            found[index] = places[0]
        elif index in places or not name:
            found[index] = index
    return found


def _likest(bound: BoundTab, rows: Iterable[int], facts: Sequence[tuple[int, Value]]) -> int | None:
    """The one row that agrees with most of the facts; None if several agree with as many."""
    best: list[int] = []
    best_score = -1
    for row in rows:
        score = sum(1 for i, v in facts if same(bound.raw.shown_at(row, i), v))
        if score > best_score:
            best, best_score = [row], score
        elif score == best_score:
            best.append(row)
    return best[0] if len(best) == 1 else None
