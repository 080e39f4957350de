"""A plan: what a run would do, as values that can be printed, tested and refused.

Rows and columns count from 0. A plan is carried out in one atomic `spreadsheets.batchUpdate`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sync.plan.casebook import Decided
from sync.plan.cells import Formula

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sync.domain.families import Adult
    from sync.domain.meetings import Slot, Surgery
    from sync.plan.cells import Value

Cells = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Grow:
    """Rows to add at the foot of a machine tab's grid (columns too, for the safety copy)."""

    tab: str
    sheet_id: int
    rows: int = 0
    columns: int = 0


@dataclass(frozen=True, slots=True)
class Write:
    """A block of cells in a machine tab, which no person writes in."""

    tab: str
    sheet_id: int
    row: int
    column: int
    values: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Insert:
    """Fresh rows in a people's tab. A row that did not exist a moment ago can hold nobody's words.

    `keys` are the rows' keys; `append` means that the grid ends before `at`, so it must grow first. What stands in
    `header_row` (`header`) tells afterwards whether the columns were still as they had been read. `words` are the words
    of rows that are put back, key -> column -> JSON cell, and `places` where each of those columns is.
    """

    tab: str
    sheet_id: int
    at: int
    keys: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    header_row: int
    header: tuple[Value, ...] = ()
    words: Mapping[str, Cells] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    inherit: bool = True
    append: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a `Put`: what is to stand there, and what was there when we read.

    What is sent carries a mark (`sync.plan.tracer`). A key `stays` marked: people do not type there.
    """

    column: int
    value: Value
    expected: Value
    stays: bool = False

    @property
    def passing(self) -> bool:
        """Whether what is sent only shows the value, and must be made plain in a further step."""
        return not self.stays and not isinstance(self.value, Formula)


@dataclass(frozen=True, slots=True)
class Flatten:
    """A cell whose formula gives way to the value that it shows. Wherever it lands, no word changes."""

    tab: str
    sheet_id: int
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Put:
    """Cells to put back in one existing row of a people's tab, under a safety copy of the whole row.

    `typed` are the row's other typed cells by column, `header` is what the header row showed, both as read: with them
    a run can tell afterwards, from the copy that was taken in the same instant as the write, whether a person moved
    anything, even where a blank cell was written.
    """

    tab: str
    sheet_id: int
    row: int
    header_row: int
    key: str
    cells: tuple[Cell, ...]
    typed: tuple[tuple[int, Value], ...]
    header: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the journal and (where `log`) of the Change log.

    `kind` is one of: first, joined, left, returned, changed, typed-over, put-back, kept-text, needs-look, restored,
    own act.
    """

    kind: str
    tab: str
    key: str
    field: str
    old: str
    new: str
    effective: date | None = None
    note: str = ""
    who: str = ""
    log: bool = True


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that a person should look at: where, and what to do, in a sentence."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A guard's no. `accept` is the word for `sync --accept`, or "" where there is no way on but mending."""

    guard: str
    what: str
    next_step: str
    accept: str = ""


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A people's row to remember: its typed cells by column key (JSON), or gone from the sheet."""

    tab: str
    key: str
    cells: Cells
    present: bool = True


@dataclass(frozen=True, slots=True)
class TeachersTab:
    """One tab of the teachers' workbook: its rows, each of `width` cells, and how many more below must be cleared."""

    key: str
    width: int
    rows: tuple[tuple[Value, ...], ...]
    clear: int = 0


@dataclass(frozen=True, slots=True)
class TeachersPage:
    """The teachers' workbook as it should be; `memory` is what to remember once it was written."""

    tabs: tuple[TeachersTab, ...]
    memory: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one run would do.

    Attributes:
        refusals: guards that say no; nothing may be written while there is one.
        grows, writes, flattens, puts, inserts: the work, in the order in which it is sent.
        changes: the journal's lines.
        attention: what a person should look at (shown on Sync status).
        seen: people's rows whose remembered text changes.
        documents: named JSON values to remember.
        teachers: the teachers' page, if it must be written.
        recovery: whether this plan only mends what a person's edit met in the last write.
        made: surgeries and accepted reviews with their slots, for the store; None where the plan did not get so far.
        cancelled: keys of bookings to come that a person ticked as cancelled.
        decided: what she decided on *Concerns* that the store has not taken over yet.
        families: the adults of each pupil of whom the MIS names any, by reference; of leavers, none.
    """

    refusals: tuple[Refusal, ...] = ()
    grows: tuple[Grow, ...] = ()
    writes: tuple[Write, ...] = ()
    inserts: tuple[Insert, ...] = ()
    puts: tuple[Put, ...] = ()
    flattens: tuple[Flatten, ...] = ()
    changes: tuple[Change, ...] = ()
    attention: tuple[Attention, ...] = ()
    seen: tuple[SeenRow, ...] = ()
    documents: Mapping[str, Any] = field(default_factory=dict)
    teachers: TeachersPage | None = None
    recovery: bool = False
    made: tuple[tuple[Surgery, tuple[Slot, ...]], ...] | None = None
    cancelled: tuple[str, ...] = ()
    decided: Decided = field(default_factory=Decided)
    families: Mapping[str, tuple[Adult, ...]] = field(default_factory=dict)
    summary: Mapping[str, int] = field(default_factory=dict)

    @property
    def writes_workbook(self) -> bool:
        """Whether the SENCO's workbook would be written."""
        return bool(self.writes or self.inserts or self.puts or self.flattens)

    def describe(self) -> Sequence[str]:
        """The plan in lines a technician can read: references, never names."""
        lines = [f"REFUSED ({r.guard}): {r.what} {r.next_step}" for r in self.refusals]
        for insert in self.inserts:
            lines += [f"{insert.tab}: add a row for {key}" for key in insert.keys]
        for put in self.puts:
            lines.append(f"{put.tab}: put back {len(put.cells)} cell(s) in the row of {put.key or 'no key'}")
        lines += [f"{f.tab}: make a cell plain that was put back" for f in self.flattens]
        for change in self.changes:
            if change.kind in ("changed", "joined", "left", "returned"):
                lines.append(f"{change.key}: {change.kind} {change.field}".rstrip())
        written: dict[str, int] = {}
        for write in self.writes:
            written[write.tab] = written.get(write.tab, 0) + sum(len(row) for row in write.values)
        lines += [f"{tab}: write {cells} cell(s)" for tab, cells in written.items()]
        if self.teachers:
            lines.append(f"teachers' workbook: write {sum(len(tab.rows) for tab in self.teachers.tabs)} row(s)")
        lines += [f"please look: {a.where}: {a.what}" for a in self.attention]
        return lines or ["Nothing to do: the workbook agrees with the MIS."]
