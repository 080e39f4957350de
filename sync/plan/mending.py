"""What every plan looks at first: words that an earlier write of ours displaced, and the step that mends them.

It needs the workbook and what we remember, and nothing of the MIS: so a sync and a person's own act share it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sync.plan import machine, people, recovery
from sync.plan.actions import Cells, Plan
from sync.plan.cells import Value, serial
from sync.plan.formulas import formulas_of
from sync.plan.recovery import Left, Owed, Recovered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sync.plan.actions import Change
    from sync.plan.snapshot import Bound

OWED = "owed"
ARRIVED = "arrived"
RECOVERED = "recovered"
"""What recovery remembers: what marks owe their cells, rows put back askew, and the last batch gone through."""

Arrivals = dict[str, dict[str, people.Landed]]
"""Fresh rows that were written while a person moved columns: tab -> key -> where their words landed."""


@dataclass(frozen=True, slots=True)
class State:
    """What we remember of the workbook.

    Attributes:
        seen: rows as last seen (people's) or last written (mirror tabs): tab -> key -> column -> JSON cell.
        absent: people's rows that were there once.
        documents: named JSON values.
        salt: the workbook's secret.
    """

    salt: str
    seen: Mapping[str, Mapping[str, Cells]] = field(default_factory=dict)
    absent: Mapping[str, Mapping[str, Cells]] = field(default_factory=dict)
    documents: Mapping[str, Any] = field(default_factory=dict)


def look_back(state: State, bound: Bound) -> tuple[Recovered, Arrivals, dict[str, Any]]:
    """What the last write, or one before it, displaced: words, fresh rows, and what to remember of both."""
    documents = state.documents
    left = recovery.left(bound.tabs["safety"].raw)
    if left.run == documents.get(RECOVERED, 0):
        left = Left(left.run)  # gone through already
    owed = {mark: Owed.from_json(told) for mark, told in documents.get(OWED, {}).items()}
    places = bound.places()
    tabs = {k: b for k, b in bound.tabs.items() if b.tab.tracked}
    mended = recovery.recover(left.records, owed, tabs, {k: formulas_of(b.tab, places) for k, b in tabs.items()})
    arrived: Arrivals = {tab: dict(rows) for tab, rows in documents.get(ARRIVED, {}).items()}
    for arrival in left.arrivals:
        arrived.setdefault(arrival.tab, {}).update(dict.fromkeys(arrival.keys, arrival.landed))
    remember = {OWED: {mark: debt.to_json() for mark, debt in mended.owed.items()}, RECOVERED: left.run}
    return mended, arrived, remember


def mending(state: State, bound: Bound, now: datetime, mended: Recovered, remember: Mapping[str, Any]) -> Plan:
    """Mend that and nothing else; the next step plans on firm ground. `now` is the school's wall clock."""
    log = log_lines(bound, mended.changes, now)
    return Plan(
        grows=log.grows,
        writes=log.writes,
        puts=mended.puts,
        flattens=mended.flattens,
        changes=tuple(mended.changes),
        documents=news(state, remember),
        recovery=True,
    )


def news(state: State, documents: Mapping[str, Any]) -> dict[str, Any]:
    """The named values that are not remembered yet."""
    return {k: v for k, v in documents.items() if state.documents.get(k) != v}


def log_lines(bound: Bound, changes: Sequence[Change], now: datetime) -> machine.TabDiff:
    """New lines at the foot of the Change log. `now` is the school's wall clock."""
    tab = bound.tabs["log"]
    lines = [c for c in changes if c.log]
    if not lines:
        return machine.TabDiff((), ())
    columns = sorted((i, k) for k, i in tab.columns.items())
    rows: list[list[Value]] = []
    for change in lines:
        cells: dict[str, Value] = {
            "seen": serial(now.replace(second=0, microsecond=0)),
            "effective": serial(change.effective) if change.effective else None,
            "ref": change.key,
            "who": change.who,
            "what": change.field,
            "was": change.old,
            "now": change.new,
            "note": change.note,
        }
        rows.append([cells.get(k) for _, k in columns])
    at = tab.next_row
    return machine.TabDiff((machine.block(tab, at, rows, columns[0][0]),), tuple(machine.grow(tab, at + len(rows))))
