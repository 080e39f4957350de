"""Mending what a person's edit met in the instant between our read and our write.

Sheets has no precondition: if a person sorts rows or moves a column between the two, a cell that we put back lands
elsewhere. So the batch first copies each row it is about to touch (and the header) to the tab "Safety copy", in the
same atomic request, and only then writes. The copy shows exactly what stood there. Where it is not what we had read,
the next step puts back what was there, finding the row and the column by their contents, not by their place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.plan.actions import Cell, Change, Put
from sync.plan.cells import Formula, Value, blank, from_json, same, same_formula, text, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.plan.snapshot import BoundTab, RawTab

RECORD_COLUMN = 0
COPY_COLUMN = 1


@dataclass(frozen=True, slots=True)
class Record:
    """One touched row, as the safety copy holds it.

    `cells` are (column, what we wrote, what the copy shows if nobody touched the cell); `row` and `header` are the
    copies: values alone, because a formula that is copied elsewhere would speak of other cells. `typed` and
    `header_read` are what we had read.
    """

    tab: str
    key: str
    cells: tuple[tuple[int, Value, Value], ...]
    row: tuple[Value, ...]
    header: tuple[Value, ...]
    header_read: tuple[Value, ...]
    typed: tuple[tuple[int, Value], ...]


def describe(put: Put) -> str:
    """The first column of a safety record: what the copy beside it is of."""
    cells = [[c.column, to_json(c.value), to_json(c.copied)] for c in put.cells]
    header = [to_json(h) for h in put.header]
    told = {"tab": put.tab, "key": put.key, "cells": cells, "typed": put.typed, "header": header}
    return json.dumps(told, ensure_ascii=False)


def records(safety: RawTab) -> list[Record]:
    """The records on the safety tab: each is two rows, the header's copy and then the row's copy."""
    found: list[Record] = []
    rows = [tuple(r) for r in safety.entered]
    for index in range(1, len(rows), 2):
        about = rows[index][RECORD_COLUMN] if rows[index] else None
        if not isinstance(about, str) or not about.startswith("{"):
            continue
        told = json.loads(about)
        copied = rows[index + 1] if index + 1 < len(rows) else ()  # a blank row's copy, at the foot of the tab
        found.append(
            Record(
                tab=told["tab"],
                key=told["key"],
                cells=tuple((c, from_json(v), from_json(e)) for c, v, e in told["cells"]),
                header=rows[index][COPY_COLUMN:],
                row=copied[COPY_COLUMN:],
                header_read=tuple(from_json(h) for h in told["header"]),
                typed=tuple((c, from_json(v)) for c, v in told["typed"]),
            )
        )
    return found


def _at(cells: Sequence[Value], index: int) -> Value:
    return cells[index] if index < len(cells) else None


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, Formula) and isinstance(right, Formula):
        return same_formula(left, right)
    return same(left, right)


def met_an_edit(record: Record) -> bool:
    """Whether what stood there in the instant of the write is not what we had read."""
    width = max(len(record.header), len(record.header_read))
    moved = any(not _equal(_at(record.header, i), _at(record.header_read, i)) for i in range(width))
    read = [*record.typed, *((c, expected) for c, _, expected in record.cells)]
    return moved or any(not _equal(_at(record.row, c), value) for c, value in read)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What to put back, and what can only be kept in the log."""

    puts: tuple[Put, ...]
    changes: tuple[Change, ...]


def recover(
    pending: Sequence[Record], tabs: Mapping[str, BoundTab], formulas: Mapping[str, Mapping[str, Formula]]
) -> Recovered:
    """Put back every cell that one of our writes displaced.

    Args:
        pending: the records that met an edit.
        tabs: the people's tabs as they stand now.
        formulas: each tab's look-ups by column key.
    """
    puts: list[Put] = []
    changes: list[Change] = []
    for record in pending:
        bound = tabs.get(record.tab)
        if bound is None:
            continue
        put, kept = _recover_row(record, bound, formulas.get(record.tab, {}))
        if put:
            puts.append(put)
        changes += kept
    return Recovered(tuple(puts), tuple(changes))


def _recover_row(record: Record, bound: BoundTab, formulas: Mapping[str, Formula]) -> tuple[Put | None, list[Change]]:
    columns = _columns_now(record.header, bound)
    row = _row_now(record, bound, columns)
    meant = _row_meant(record, bound)
    ours = {index: key for key, index in bound.columns.items()}
    cells: list[Cell] = []
    changes: list[Change] = []
    for column, wrote, expected in record.cells:
        was = _at(record.row, column)
        if _equal(wrote, was):
            continue
        now = columns.get(column)
        if _equal(was, expected) and (wrote is None or (row is not None and row == meant)):
            # A look-up that had strayed into a person's column; or the very row that was meant, where the edit was in
            # another cell.
            continue
        if ours.get(-1 if now is None else now) in formulas and isinstance(wrote, Formula):
            # A look-up of this very column: it belongs in every row. Only a word typed over it must be kept, if it is
            # neither what the plan had kept already nor what the look-up shows.
            shown = None if row is None or now is None else bound.raw.shown_at(row, now)
            if not blank(was) and not _equal(was, expected) and not _equal(was, shown):
                changes.append(_keep(record, bound, column, was))
            continue
        here = None if row is None or now is None else bound.raw.at(row, now)
        if row is not None and now is not None and _equal(here, wrote):
            cells.append(Cell(now, was, here, bound.raw.shown_at(row, now)))
        elif not blank(was) and not _equal(here, was):
            changes.append(_keep(record, bound, column, was))
    if not cells or row is None:
        return None, changes
    return bound.put(row, record.key, cells), changes


def _keep(record: Record, bound: BoundTab, column: int, was: Value) -> Change:
    return Change(
        kind="kept-text",
        tab=record.tab,
        key=record.key,
        field=text(_at(record.header, column)),
        old=text(was),
        new="",
        note="Typed in the same moment as Sensync put back a look-up there. It is kept here.",
        who=bound.raw.title,
    )


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


def _row_now(record: Record, bound: BoundTab, columns: Mapping[int, int]) -> int | None:
    """The row that the copy is of: the one that agrees with it in every cell that we did not write.

    If a person has edited it since, the one that agrees best, as long as no other agrees as well.
    """
    written = {c for c, _, _ in record.cells}
    facts = [(columns[i], v) for i, v in enumerate(record.row) if i not in written and i in columns and not blank(v)]
    marks = [(columns[c], w) for c, w, _ in record.cells if c in columns]
    rows = [r for r in bound.data_rows if any(_equal(bound.raw.at(r, i), v) for i, v in marks)]
    return _likest(bound, rows, facts)


def _row_meant(record: Record, bound: BoundTab) -> int | None:
    """The row that we had read and meant to write in, known by what was typed in it; None if nothing was."""
    columns = _columns_now(record.header_read, bound)
    facts = [(columns[i], v) for i, v in record.typed if i in columns]
    return _likest(bound, bound.data_rows, facts) if facts else None


def _likest(bound: BoundTab, rows: Iterable[int], facts: Sequence[tuple[int, Value]]) -> int | None:
    """The one row that agrees with most of the facts; None if several agree with as many."""
    best: list[int] = []
    best_score = -1
    for row in rows:
        score = sum(1 for i, v in facts if _equal(bound.raw.shown_at(row, i), v))
        if score > best_score:
            best, best_score = [row], score
        elif score == best_score:
            best.append(row)
    return best[0] if len(best) == 1 else None
