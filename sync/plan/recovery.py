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
from sync.plan.cells import Formula, Value, blank, digest, from_json, same, text, to_json
from sync.plan.facts import Facts
from sync.plan.tracer import holds, mark_of, traced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync.plan.people import Landed
    from sync.plan.snapshot import BoundTab, RawTab

RECORD_COLUMN = 0
COPY_COLUMN = 1
_LONGEST_FORMULA = 45_000
"""Sheets takes 50,000 characters in a cell; we stay away from the edge."""
ROWS_A_RECORD = 3
"""On the safety copy: the record with the header's copy, the row's values, the formulas of the touched cells."""


@dataclass(frozen=True, slots=True)
class Touched:
    """One cell that was written, and what the copy shows.

    Attributes:
        column: where.
        mark: what we wrote carries it; "" where the text was too long for a formula and was written as it is.
        look_up: whether a look-up was written, not a value.
        over_formula: whether we had read a formula there.
        as_read: whether what stood there in the instant of the write is what we had read.
        was: its value in that instant.
        formula: the formula that gave it, or None if it was typed.
    """

    column: int
    mark: str
    look_up: bool
    over_formula: bool
    as_read: bool
    was: Value
    formula: Formula | None


@dataclass(frozen=True, slots=True)
class Record:
    """One touched row, as the safety copy holds it.

    `header` is the header row's copy, `moved` whether that or what was typed in the row is not what we had read.
    """

    tab: str
    key: str
    cells: tuple[Touched, ...]
    header: tuple[Value, ...]
    moved: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """Fresh rows that were written while a person moved columns, and where their words landed."""

    tab: str
    keys: tuple[str, ...]
    landed: Landed


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
    """What is really sent for the cells of a put: marked, but for a text too long to stand in a formula."""
    sent: list[Value] = []
    for number, cell in enumerate(put.cells):
        marked = traced(cell.value, f"{run}.{ordinal}.{number}")
        sent.append(marked if len(marked) <= _LONGEST_FORMULA else cell.value)
    return sent


def describe(put: Put, run: int, ordinal: int) -> str:
    """The first column of a safety record: what the copy beside it is of.

    Values are there by digest alone: a cell holds 50,000 characters, and a row may hold many times that.
    """
    sent = zip(put.cells, written(put, run, ordinal), strict=True)
    cells = [[c.column, mark_of(value), isinstance(c.value, Formula), digest(c.expected)] for c, value in sent]
    typed = [[column, digest(value)] for column, value in put.typed]
    told = {"run": run, "tab": put.tab, "key": put.key, "cells": cells, "typed": typed, "header": _header(put.header)}
    return json.dumps(told)


def describe_arrival(insert: Insert, run: int) -> str:
    """The same for fresh rows; "" for more of them than a cell can name."""
    told = {
        "run": run,
        "tab": insert.tab,
        "arrived": insert.keys,
        "places": dict(insert.places),
        "header": _header(insert.header),
    }
    about = json.dumps(told)
    return about if len(about) <= _LONGEST_FORMULA else ""


def _header(header: Sequence[Value]) -> list[str]:
    found = [digest(h) for h in header]
    while found and not found[-1]:
        found.pop()
    return found


@dataclass(frozen=True, slots=True)
class Left:
    """What the last batch that put anything back, or added rows, left on the safety tab.

    `run` is that batch, 0 if there was none. `arrivals` are the rows that met a person who moved columns.
    """

    run: int = 0
    records: tuple[Record, ...] = ()
    arrivals: tuple[Arrival, ...] = ()


def left(safety: RawTab) -> Left:
    """What is on the safety tab."""
    run = 0
    records: list[Record] = []
    arrivals: list[Arrival] = []
    for index in range(1, len(safety.entered), ROWS_A_RECORD):
        about = safety.at(index, RECORD_COLUMN)
        if not isinstance(about, str) or not about.startswith("{"):
            continue
        told = json.loads(about)
        header = tuple(safety.entered[index][COPY_COLUMN:])
        moved = told["header"] != _header(header)
        run = told["run"]
        if "arrived" not in told:
            records.append(_record(told, safety, index, header, moved=moved))
        elif moved:
            landed = {name: (text(_at(header, place)), place) for name, place in told["places"].items()}
            arrivals.append(Arrival(told["tab"], tuple(told["arrived"]), landed))
    return Left(run, tuple(records), tuple(arrivals))


def _record(told: Mapping[str, Any], safety: RawTab, index: int, header: tuple[Value, ...], *, moved: bool) -> Record:
    def at(column: int, row: int = index + 1) -> Value:
        return safety.at(row, COPY_COLUMN + column)

    return Record(
        tab=told["tab"],
        key=told["key"],
        cells=tuple(_touched(cell, at(cell[0]), at(cell[0], index + 2)) for cell in told["cells"]),
        header=header,
        moved=moved or any(digest(at(c)) != typed for c, typed in told["typed"]),
    )


def _touched(told: Sequence[Any], was: Value, formula: Value) -> Touched:
    column, mark, look_up, expected = told
    stood = formula if isinstance(formula, Formula) else None
    return Touched(
        column=column,
        mark=mark,
        look_up=look_up,
        over_formula=expected.startswith("f"),
        as_read=digest(was if stood is None else stood) == expected,
        was=was,
        formula=stood,
    )


def _at(cells: Sequence[Value], index: int) -> Value:
    return cells[index] if index < len(cells) else None


def met_an_edit(record: Record) -> bool:
    """Whether what stood there in the instant of the write is not what we had read."""
    return record.moved or not all(c.as_read for c in record.cells)


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
    work = _Work([Facts(bound, formulas.get(key, {})) for key, bound in tabs.items()], dict(owed))
    for record in pending:
        work.note(record)
    work.settle_marks()
    work.keep_lost(pending)
    puts = work.puts()
    # A cell is made plain only when every mark shows what it owes: should that step land elsewhere, it may take a mark
    # away, and then the word that the mark was for.
    flattens = () if puts else tuple(work.flattens)
    return Recovered(puts, flattens, work.changes, work.owed)


def _marks(tab: Facts) -> Iterator[tuple[int, int, Formula, str]]:
    """Each marked formula of a tab: its row, its column, the formula and the mark."""
    for row, cells in enumerate(tab.raw.entered):
        for column, value in enumerate(cells):
            if isinstance(value, Formula) and (mark := mark_of(value)):
                yield row, column, value, mark


class _Work:
    """The state of one recovery: what is owed, and what to do about it."""

    def __init__(self, tabs: Sequence[Facts], owed: dict[str, Owed]) -> None:
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
            # A value that went where it was meant to go owes nothing. Where a blank or typed cell was to be written
            # over, its likeness is no proof: another row's cell may be like it.
            if not cell.mark or (not cell.look_up and cell.as_read and (cell.over_formula or not record.moved)):
                continue
            header = text(_at(record.header, cell.column))
            # What was typed over a look-up is in the log already: the plan that put the look-up back said so.
            logged = cell.look_up and cell.as_read
            self.owed[cell.mark] = Owed(record.tab, record.key, header, self._belongs(record, cell), logged)

    def _belongs(self, record: Record, cell: Touched) -> Value:
        if cell.formula is None:
            return cell.was
        under = mark_of(cell.formula)
        if under in self.before:
            return self.before[under].value
        is_value, value = holds(cell.formula)
        if is_value:
            return value
        tab = self._tab(record.tab)
        return None if tab is None or tab.ours(cell.formula) else cell.was

    def _tab(self, key: str) -> Facts | None:
        return next((t for t in self.tabs if t.bound.tab.key == key), None)

    def settle_marks(self) -> None:
        """Look at every mark where it stands now."""
        settled: set[str] = set()
        waiting: set[str] = set()
        for tab in self.tabs:
            for row, column, formula, mark in _marks(tab):
                self.standing.add(mark)
                is_value, value = holds(formula)
                owed = self.owed.get(mark)
                if not tab.theirs(row, column):
                    # A look-up belongs in every row of its column. Only a word typed over it is kept.
                    if owed and not owed.logged and not same(owed.value, tab.raw.shown_at(row, column)):
                        self._keep(owed)
                    settled.add(mark)
                    continue
                if owed is None and not is_value:
                    # Every displaced look-up has a debt. This one she copied here herself.
                    continue
                wanted = owed.value if owed else value
                if not is_value or not _alike(wanted, value):
                    waiting.add(mark)
                    self._put(tab, row, column, wanted)
                    continue
                settled.add(mark)
                if column != tab.key_index or blank(value) or row == tab.bound.header_row:
                    self.flattens.append(Flatten(tab.bound.tab.key, tab.raw.sheet_id, row, column))
        for mark in settled - waiting:
            self.owed.pop(mark, None)

    def keep_lost(self, pending: Sequence[Record]) -> None:
        """What is owed to a mark that is nowhere any more (its row was deleted, say) goes to the log."""
        under = {mark_of(c.formula) for r in pending for c in r.cells if c.formula is not None}
        for mark in [m for m in self.owed if m not in self.standing]:
            owed = self.owed.pop(mark)
            if not owed.logged and mark not in under:
                self._keep(owed)

    def _put(self, tab: Facts, row: int, column: int, value: Value) -> None:
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
