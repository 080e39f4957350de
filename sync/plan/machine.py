"""Machine tabs: the difference between what stands there and what should, as blocks to write.

Nobody but Sensync writes in these tabs, so a position read a moment ago still holds. Rows keep their place; new rows
go below. If a person did type there, the text is kept in the Change log before it is overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.plan.actions import Change, Grow, Write
from sync.plan.cells import Value, blank, from_json, same, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.plan.mirror import Rows
    from sync.plan.snapshot import BoundTab

_SLACK = 50


@dataclass(frozen=True, slots=True)
class TabDiff:
    """What to write in one machine tab, and what a person had typed there."""

    writes: tuple[Write, ...]
    grows: tuple[Grow, ...]
    typed: tuple[Change, ...] = ()


def read_keyed(bound: BoundTab) -> tuple[Rows, dict[str, int], list[int]]:
    """The rows of a keyed machine tab by key, where each one is, and the rows that are not ours."""
    rows: Rows = {}
    places: dict[str, int] = {}
    foreign: list[int] = []
    columns = list(bound.columns.items())
    entered = bound.raw.entered
    key_at = bound.columns[bound.tab.key_column.key]
    for row in bound.data_rows:
        cells = entered[row]
        width = len(cells)
        key = text(cells[key_at]) if key_at < width else ""
        if not key or key in rows:
            foreign.append(row)
            continue
        rows[key] = {name: (cells[index] if index < width else None) for name, index in columns}
        places[key] = row
    return rows, places, foreign


def with_memory(
    present: tuple[Rows, dict[str, int], list[int]], last_written: Mapping[str, Mapping[str, object]], key_name: str
) -> tuple[Rows, dict[str, int], list[int]]:
    """What `read_keyed` gave, and the rows that a person deleted there or whose key was typed over.

    A pupil is known by the roll tab: without this, a row that was deleted there would come back under another
    reference, and the words in people's tabs would belong to nobody.
    """
    rows, places, foreign = present
    lost: Rows = {
        key: {name: from_json(value) for name, value in cells.items()}
        for key, cells in last_written.items()
        if key not in rows
    }
    if not lost:
        return present
    strange = [key for key in rows if key not in last_written]
    renamed = [key for key in strange if any(_alike(rows[key], row, key_name) for row in lost.values())]
    kept = {key: row for key, row in rows.items() if key not in renamed}
    return (
        lost | kept,
        {key: place for key, place in places.items() if key in kept},
        sorted([*foreign, *(places[key] for key in renamed)]),
    )


def _alike(row: Mapping[str, Value], other: Mapping[str, Value], key_name: str) -> bool:
    return all(same(row.get(n), other.get(n)) for n in row.keys() | other.keys() if n != key_name)


def diff_keyed(
    bound: BoundTab,
    present: tuple[Rows, dict[str, int], list[int]],
    wanted: Rows,
    last_written: Mapping[str, Mapping[str, object]],
) -> TabDiff:
    """Blocks that make a keyed tab hold `wanted`.

    Args:
        bound: the tab.
        present: what `read_keyed` gave.
        wanted: the rows by key; new ones are placed in this order.
        last_written: what the last run left there (JSON cells), to tell a person's typing from a change of the MIS.
    """
    rows, places, foreign = present
    columns = sorted(((i, k) for k, i in bound.columns.items()))
    writes: list[Write] = []
    typed: list[Change] = []
    for key, want in wanted.items():
        row = places.get(key)
        if row is None:
            continue
        have = rows[key]
        changed: list[tuple[int, Value]] = []
        for index, name in columns:
            new, old = want.get(name), have.get(name)
            if old is new or (old == new and type(old) is type(new)) or same(old, new):
                continue
            changed.append((index, new))
            note = _typed(bound, key, name, old, last_written)
            if note:
                typed.append(note)
        if changed:
            writes += _runs(bound, row, changed)
    ours_already = {name: {text(want.get(name)) for want in wanted.values()} for _, name in columns} if foreign else {}
    for row in foreign:
        cells = bound.raw.entered[row]
        ours = [(i, k) for i, k in columns if i < len(cells) and not blank(cells[i])]
        for index, name in ours:
            if text(cells[index]) not in ours_already[name]:
                typed.append(_kept(bound, f"row {row + 1}", name, cells[index]))
        writes += _runs(bound, row, [(i, None) for i, _ in ours])
    fresh = [want for key, want in wanted.items() if key not in places]
    grows: list[Grow] = []
    if fresh:
        at = bound.next_row
        writes.append(block(bound, at, ([want.get(k) for _, k in columns] for want in fresh), columns[0][0]))
        grows += grow(bound, at + len(fresh))
    return TabDiff(tuple(writes), tuple(grows), tuple(typed))


def _typed(
    bound: BoundTab, key: str, name: str, have: Value, last_written: Mapping[str, Mapping[str, object]]
) -> Change | None:
    """A line for the log, if a person put `have` there."""
    last = last_written.get(key)
    if last is None or blank(have) or same(from_json(last.get(name)), have):
        return None
    return _kept(bound, key, name, have)


def _kept(bound: BoundTab, key: str, name: str, value: Value) -> Change:
    return Change(
        kind="typed-over",
        tab=bound.tab.key,
        key=key,
        field=bound.tab.column(name).header,
        old=text(value),
        new="",
        note=f"Somebody typed this on the tab '{bound.raw.title}', which Sensync writes. The MIS's value was put back.",
        who=bound.raw.title,
    )


def block(bound: BoundTab, row: int, rows: Iterable[Sequence[Value]], column: int = 0) -> Write:
    """A block of whole rows."""
    return Write(bound.tab.key, bound.raw.sheet_id, row, column, tuple(tuple(r) for r in rows))


def grow(bound: BoundTab, needed: int) -> list[Grow]:
    """Rows to add so that the grid has `needed` rows, and some to spare."""
    short = needed - bound.raw.row_count
    return [Grow(bound.tab.key, bound.raw.sheet_id, rows=short + _SLACK)] if short > 0 else []


def _runs(bound: BoundTab, row: int, changed: Sequence[tuple[int, Value]]) -> list[Write]:
    """Neighbouring cells as one block."""
    writes: list[Write] = []
    start = -1
    values: list[Value] = []
    for index, value in changed:
        if start >= 0 and index == start + len(values):
            values.append(value)
            continue
        if values:
            writes.append(block(bound, row, [values], start))
        start, values = index, [value]
    if values:
        writes.append(block(bound, row, [values], start))
    return writes


def diff_list(bound: BoundTab, wanted: Sequence[Mapping[str, Value]], keep: int = 0) -> TabDiff:
    """Blocks that make a list tab hold exactly `wanted`, below its header.

    Args:
        bound: the tab.
        wanted: the rows, by column key.
        keep: how many of the first rows are left as they are (passengers, written only along with others).
    """
    columns = sorted((i, k) for k, i in bound.columns.items())
    top = bound.header_row + 1
    writes: list[Write] = []
    rows = len(wanted)
    last = max(bound.data_rows, default=bound.header_row)
    for offset in range(keep, max(rows, last - bound.header_row)):
        want = wanted[offset] if offset < rows else {}
        changed = [(i, want.get(k)) for i, k in columns if not same(bound.raw.at(top + offset, i), want.get(k))]
        if changed:
            writes += _runs(bound, top + offset, changed)
    return TabDiff(tuple(_joined(writes)), tuple(grow(bound, top + rows)))


def _joined(writes: Sequence[Write]) -> list[Write]:
    """Blocks of the same columns in neighbouring rows, as one."""
    joined: list[Write] = []
    for write in writes:
        last = joined[-1] if joined else None
        if (
            last
            and last.column == write.column
            and last.row + len(last.values) == write.row
            and len(last.values[0]) == len(write.values[0])
        ):
            joined[-1] = Write(last.tab, last.sheet_id, last.row, last.column, last.values + write.values)
        else:
            joined.append(write)
    return joined
