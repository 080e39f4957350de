"""People's tabs: the register and the provision map.

Here Sensync only adds rows, puts back a row or a look-up that was lost, and never changes a cell that a person typed.
Rows may be in any order, filtered, hidden, duplicated or deleted; a row is known by its key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.plan.actions import Attention, Cell, Cells, Change, Insert, Put, SeenRow
from sync.plan.cells import Formula, Value, blank, from_json, from_serial, same, same_formula, text, to_json
from sync.plan.facts import OWN, Facts
from sync.plan.formulas import Place, formulas_of
from sync.plan.tracer import untraced

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from sync.plan.snapshot import BoundTab, RawTab


@dataclass(frozen=True, slots=True)
class TabPlan:
    """What to do in one people's tab."""

    inserts: tuple[Insert, ...] = ()
    puts: tuple[Put, ...] = ()
    changes: tuple[Change, ...] = ()
    attention: tuple[Attention, ...] = ()
    seen: tuple[SeenRow, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Need:
    """A row that must be in a tab: its key and what to call it in the Change log."""

    key: str
    who: str = ""


Landed = Mapping[str, tuple[str, int]]
"""Where the words of a fresh row landed: column -> the header above it in the instant, and its place then."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A fresh row that met an edit: the words that were written in it, and where they landed."""

    words: Cells
    landed: Landed


@dataclass(slots=True)
class _Row:
    """One row under work: its key, what a person typed in it, and the cells to put back.

    `copied` is a row of a person's own that was copied from another, its key with it.
    """

    index: int
    key: str
    typed: Cells
    cells: dict[int, Cell] = field(default_factory=dict)
    copied: bool = False

    def put(self, column: int, value: Value, raw: RawTab, *, stays: bool = False) -> None:
        """Have a cell put back: what is to stand there, with what stands there now."""
        self.cells[column] = Cell(column, value, raw.at(self.index, column), stays)


def plan_tab(
    bound: BoundTab,
    places: Mapping[str, Place],
    needed: Sequence[Need],
    *,
    known: Callable[[str], bool],
    seen: Mapping[str, Cells],
    absent: Mapping[str, Cells],
    restore: Iterable[str] = (),
    arrived: Mapping[str, Landed] | None = None,
    salt: str = "",
) -> TabPlan:
    """Plan one people's tab.

    Args:
        bound: the tab as read.
        places: where every column of the workbook is.
        needed: the rows that must be there, in the order in which new ones are added.
        known: whether a key is one that the machine tabs hold.
        seen: each row's typed cells when we last looked, by key.
        absent: typed cells of rows that were in the sheet once and are not.
        restore: keys that a person asked to have back.
        arrived: fresh rows that were written while a person moved columns: key -> where their words landed.
        salt: the workbook's secret, for keys of rows that a person added.
    """
    work = _Tab(bound, places, known)
    rows = [work.read(index) for index in bound.data_rows]
    by_key: dict[str, _Row] = {}
    attention: list[Attention] = []
    seen_now: dict[str, Cells] = {}
    for row in rows:
        if not row.key:
            continue
        if row.key in by_key and work.own(row.key):
            key = row.key
            by_key[key] = _original(row, by_key[key], seen.get(key))
            seen_now[key] = by_key[key].typed
            continue
        if row.key in by_key:
            attention.append(_duplicate(bound, row, by_key[row.key]))
            seen_now[_spare_key(row.key, seen_now)] = row.typed
            continue
        by_key[row.key] = row
        seen_now[row.key] = row.typed
    needs = _needs(needed, restore, {*seen, *absent})
    askew = {k: Arrived({**absent, **seen}.get(k, {}), landed) for k, landed in (arrived or {}).items()}
    work.claim_misplaced(rows, by_key, seen_now, askew)
    lost = [key for key in seen if key not in seen_now and "#" not in key]
    changes: list[Change] = []
    work.give_keys_back(rows, by_key, seen_now, {k: seen[k] for k in lost})
    work.name_own_rows(rows, by_key, seen_now, salt=salt, taken={*seen, *absent})
    for row in rows:
        changes += work.mend(row)
        attention += work.complaints(row)
    wanted = [n for n in needs if n.key not in by_key]
    typed_in_keyless = [r.typed for r in rows if not r.key and r.typed]
    insert, added = work.add(wanted, {**absent, **seen}, typed_in_keyless)
    changes += added
    for need in wanted:
        seen_now[need.key] = {**absent, **seen}.get(need.key, {})
    remember = [SeenRow(bound.tab.key, key, cells) for key, cells in seen_now.items() if seen.get(key) != cells]
    remember += [SeenRow(bound.tab.key, key, seen[key], present=False) for key in seen if key not in seen_now]
    return TabPlan(
        inserts=(insert,) if insert else (),
        puts=tuple(work.puts(rows)),
        changes=tuple(changes),
        attention=tuple(attention),
        seen=tuple(remember),
        rows={key: row.index for key, row in by_key.items()},
    )


def _needs(needed: Sequence[Need], restore: Iterable[str], remembered: Collection[str]) -> list[Need]:
    """The rows that must be there, with those that a person asked to have back."""
    there = {n.key for n in needed}
    back = dict.fromkeys(k for k in restore if k in remembered and k not in there and "#" not in k)
    return [*needed, *map(Need, back)]


def _spare_key(key: str, taken: Mapping[str, object]) -> str:
    ordinal = 2
    while f"{key}#{ordinal}" in taken:
        ordinal += 1
    return f"{key}#{ordinal}"


def _original(row: _Row, first: _Row, seen: Cells | None) -> _Row:
    """Which of two rows of hers with one key is the one that had it; the other is a copy, and a row of its own."""
    original, copy = (row, first) if row.typed == seen != first.typed else (first, row)
    copy.key, copy.copied = "", True
    return original


def _duplicate(bound: BoundTab, row: _Row, first: _Row) -> Attention:
    return Attention(
        f"{bound.raw.title}, row {row.index + 1}",
        f"{row.key} is also in row {first.index + 1}. Both show the same from the MIS. "
        "Copy what you need into one of them and delete the other.",
    )


class _Tab(Facts):
    """One people's tab under work."""

    def __init__(self, bound: BoundTab, places: Mapping[str, Place], known: Callable[[str], bool]) -> None:
        super().__init__(bound, formulas_of(bound.tab, places))
        self.known = known
        self.people = list(bound.people_columns())
        self.by_name = dict(self.people)
        self.people_index = {index for _, index in self.people}
        self.header = bound.shown_header

    def read(self, index: int) -> _Row:
        """One row: its key and what a person typed in it."""
        row = _Row(index, self.key(index), {})
        row.typed = self._typed(row, row.key)
        return row

    def _typed(self, row: _Row, key: str) -> Cells:
        found: Cells = {}
        for name, column in self._typed_columns(key):
            put = row.cells.get(column)
            cell = put.value if put else self.raw.at(row.index, column)
            if not blank(cell) and not self.ours(cell):
                found[name] = to_json(cell)
        return found

    def _typed_columns(self, key: str) -> Iterable[tuple[str, int]]:
        yield from self.people
        if self.own(key):
            yield from ((k, self.bound.columns[k]) for k in self.lookups)

    def claim_misplaced(
        self,
        rows: Sequence[_Row],
        by_key: dict[str, _Row],
        seen_now: dict[str, Cells],
        arrived: Mapping[str, Arrived],
    ) -> None:
        """A fresh row whose columns a person moved in the instant in which it was written gets its own shape.

        One whose key landed in another column is known by the key, as the whole of a cell, and by a look-up that
        strayed. What was written goes to the columns that it was meant for; a look-up in a column of hers goes.
        """
        for row in rows:
            if row.key and self._follows(row.key):
                continue
            texts = {index: text(self.raw.at(row.index, index)) for index in range(self.bound.width)}
            found = [(i, t) for i, t in texts.items() if t in arrived and t not in by_key and i != self.key_index]
            if len(found) == 1 and any(self.strayed(row.index, index) for index in texts):
                at, row.key = found[0]
                by_key[row.key] = row
                self._move(row, [(at, self.key_index), *self._astray(row, arrived[row.key])])
        for key, told in arrived.items():
            if key not in by_key:
                continue
            row = by_key[key]
            if not row.cells:
                self._move(row, self._astray(row, told))
            for column in (self.key_index, *(c for _, c in self._typed_columns(key))):
                if column not in row.cells and self.strayed(row.index, column):
                    row.put(column, None, self.raw)
            row.typed = self._typed(row, key)
            seen_now[key] = row.typed

    def _astray(self, row: _Row, arrived: Arrived) -> list[tuple[int, int]]:
        """Of the words that were written in a row, those that landed in another column: from where, to where."""
        headers: dict[str, list[int]] = {}
        for index, header in enumerate(self.header):
            headers.setdefault(text(header), []).append(index)
        moves: list[tuple[int, int]] = []
        for name, told in arrived.words.items():
            to = self.by_name.get(name)
            header, place = arrived.landed.get(name, ("", -1))
            under = headers.get(header, [])
            at = under[0] if header and len(under) == 1 else place
            word = from_json(told)
            if to is not None and at != to and same(self.raw.at(row.index, at), word):
                moves.append((at, to))
        return moves

    def _move(self, row: _Row, moves: Sequence[tuple[int, int]]) -> None:
        raw = self.raw
        found: dict[int, Value] = dict.fromkeys(from_ for from_, _ in moves)
        found |= {to: raw.at(row.index, from_) for from_, to in moves}
        for column, value in found.items():
            row.put(column, value, raw, stays=column == self.key_index)

    def give_keys_back(
        self,
        rows: Sequence[_Row],
        by_key: dict[str, _Row],
        seen_now: dict[str, Cells],
        lost: Mapping[str, Cells],
    ) -> None:
        """A row whose key was cleared gets it back, if exactly one lost row held the very same words."""
        keyless = [r for r in rows if not r.key and blank(self.key_cell(r.index))]
        for key, cells in lost.items():
            fits = [r for r in keyless if r.typed == cells and (cells or self._has_formulas(r))]
            rivals = sum(1 for other in lost.values() if other == cells)
            # Rows without a word are all alike: any of them may have the key. With words, it must be the only one.
            if not fits or (cells and (len(fits) != 1 or rivals != 1)):
                continue
            row = fits[0]
            keyless.remove(row)
            row.key = key
            row.typed = {k: v for k, v in row.typed.items() if self.own(key) or k not in self.lookups}
            row.put(self.key_index, key, self.raw, stays=True)
            by_key[key] = row
            seen_now[key] = row.typed

    def _has_formulas(self, row: _Row) -> bool:
        return any(self.ours(self.raw.at(row.index, self.bound.columns[name])) for name in self.formulas)

    def name_own_rows(
        self,
        rows: Sequence[_Row],
        by_key: dict[str, _Row],
        seen_now: dict[str, Cells],
        *,
        salt: str,
        taken: set[str],
    ) -> None:
        """A row that a person added gets a key, once it says what it is about; so does a copy that kept another's."""
        if not self.tab.own_rows:
            return
        used = taken | set(by_key)
        for row in rows:
            if row.key or not (row.copied or blank(self.key_cell(row.index))):
                continue
            if row.typed.keys().isdisjoint(self.tab.own_rows):
                continue
            row.key = _own_key(salt, row, used)
            used.add(row.key)
            row.put(self.key_index, row.key, self.raw, stays=True)
            by_key[row.key] = row
            seen_now[row.key] = row.typed

    def mend(self, row: _Row) -> list[Change]:
        """Put back each look-up that is not what it should be; what a person typed over it is kept."""
        changes: list[Change] = []
        raw = self.raw
        if row.key and self._follows(row.key):
            own = self.own(row.key)
            for name, formula in self.formulas.items():
                if own and name in self.lookups:
                    continue
                column = self.bound.columns[name]
                cell = raw.at(row.index, column)
                if isinstance(cell, Formula) and same_formula(untraced(cell), formula):
                    continue
                if not blank(cell) and not self.ours(cell) and column not in row.cells:
                    changes.append(self._typed_over(row, name, cell))
                row.put(column, formula, raw)
        if not row.key:
            # Nothing here can be looked up, and a look-up in a column that it reads makes the whole tab read #REF!.
            for column, name in self.names.items():
                if (name in self.formulas or column == self.key_index) and self.strayed(row.index, column):
                    row.put(column, None, raw)
        return changes

    def _follows(self, key: str) -> bool:
        return self.known(key) or self.own(key)

    def _typed_over(self, row: _Row, name: str, cell: Value) -> Change:
        return Change(
            kind="typed-over",
            tab=self.tab.key,
            key=row.key,
            field=text(self.header[self.bound.columns[name]]) or self.tab.column(name).header,
            old=_worded(cell, self.tab.column(name).type),
            new="",
            note="Somebody typed this over a look-up. It is kept here, and the look-up was put back.",
            who=self.raw.title,
        )

    def complaints(self, row: _Row) -> list[Attention]:
        """What a person should look at in this row."""
        where = f"{self.raw.title}, row {row.index + 1}"
        cell = self.key_cell(row.index)
        if row.key and not self._follows(row.key):
            return [Attention(where, f"{row.key} is no longer known to Sensync. Nothing was changed in this row.")]
        if not row.key and not blank(cell) and self.tab.identity == "pupil":
            return [
                Attention(where, "The first column does not name a pupil. Pick one from its list; your words stay.")
            ]
        if not row.key and not row.copied and row.typed and self._has_formulas(row):
            return [
                Attention(
                    where,
                    "This row has words but its key is gone, and it is not plain whose it is. If the pupil or "
                    "provision has another row now, copy your words there and delete this one.",
                )
            ]
        return []

    def puts(self, rows: Sequence[_Row]) -> Iterable[Put]:
        """The mended rows."""
        for row in rows:
            if row.cells:
                yield self.bound.put(row.index, row.key, row.cells.values())

    def add(
        self, needs: Sequence[Need], remembered: Mapping[str, Cells], keyless: Sequence[Cells]
    ) -> tuple[Insert | None, list[Change]]:
        """Fresh rows for the keys that are missing, with the words a lost row held."""
        if not needs:
            return None, []
        width = max(self.bound.columns.values()) + 1
        width = max([width] + [i + 1 for i in self.people_index])
        by_name = {**self._bare_columns(), **dict(self.people)}
        width = max([width] + [by_name.get(n, 0) + 1 for need in needs for n in remembered.get(need.key, ())])
        rows: list[tuple[Value, ...]] = []
        changes: list[Change] = []
        kept: dict[str, Cells] = {}
        for need in needs:
            cells: list[Value] = [None] * width
            cells[self.key_index] = need.key
            own = self.own(need.key)
            for name, formula in self.formulas.items():
                if not (own and name in self.lookups):
                    cells[self.bound.columns[name]] = formula
            words = remembered.get(need.key) or {}
            if words and any(other == words for other in keyless):
                words = {}  # the words are still in the sheet, in a row without a key
            for name, value in words.items():
                column = by_name.get(name, self.bound.columns.get(name) if own else None)
                if column is not None:
                    cells[column] = from_json(value)
                else:
                    changes.append(self._homeless(need, name, value))
            rows.append(tuple(cells))
            if words:
                kept[need.key] = words
            if need.key in remembered:
                changes.append(self._put_back(need, bool(words)))
        at = self.bound.next_row
        return (
            Insert(
                tab=self.tab.key,
                sheet_id=self.raw.sheet_id,
                at=at,
                keys=tuple(n.key for n in needs),
                rows=tuple(rows),
                header_row=self.bound.header_row,
                header=self.header,
                words=kept,
                places={name: by_name[name] for name in {n for w in kept.values() for n in w} if name in by_name},
                inherit=at - 1 != self.bound.header_row,
                append=at >= self.raw.row_count,
            ),
            changes,
        )

    def _bare_columns(self) -> dict[str, int]:
        """The columns to the right of everything: words without a header may have been the last that stood there."""
        return {f"*#{index}": index for index in range(self.bound.width, self.raw.column_count)}

    def _homeless(self, need: Need, name: str, value: object) -> Change:
        return Change(
            kind="kept-text",
            tab=self.tab.key,
            key=need.key,
            field=name.removeprefix("*"),
            old=text(from_json(value)),
            new="",
            note="The row was put back, but this column has gone or has another name. It is kept here.",
            who=need.who,
        )

    def _put_back(self, need: Need, words: bool) -> Change:
        return Change(
            kind="put-back",
            tab=self.tab.key,
            key=need.key,
            field=self.raw.title,
            old="",
            new="",
            note="The row was gone and was put back" + (", with what was typed in it." if words else "."),
            who=need.who,
        )


def _worded(cell: Value, kind: str) -> str:
    """A cell as a person would say it: a date typed in a column of dates is a date, not the number behind it."""
    if isinstance(cell, float) and kind == "date" and (day := from_serial(cell)):
        return f"{day:%d/%m/%Y}"
    if isinstance(cell, float) and kind == "percent":
        return f"{text(round(cell * 100, 2))}%"
    return text(cell)


def _own_key(salt: str, row: _Row, used: set[str]) -> str:
    """A key for a person's row; from its words, so that a crash and a second try give the same."""
    words = repr(sorted((k, str(v)) for k, v in row.typed.items()))
    attempt = 0
    while True:
        key = OWN + hashlib.sha256(f"{salt}\0{words}\0{attempt}".encode()).hexdigest()[:8]
        if key not in used:
            return key
        attempt += 1
