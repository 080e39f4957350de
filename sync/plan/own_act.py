"""A person's own act on a people's tab, done for them: cells of a row of theirs, or a row that they add.

Every cell has one writer, and here that is the person: Sensync is their pen. So it writes only what they gave, into
columns that are theirs, of the row that has the key; where the row is gone, or a cell is no longer as they left it,
nothing is written and they are told. Where an edit meets the write, it is mended as after every other (`mending`).

The write carries what is to be remembered of it, so that an act which is cut off between the workbook and the store is
known by the mark in the workbook (`Desk.state`): what is changed after that was changed after the act.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sync.plan import guards, people
from sync.plan.actions import Cell, Cells, Change, Plan, SeenRow
from sync.plan.cells import from_json, same, text
from sync.plan.facts import Facts, is_own_key
from sync.plan.formulas import formulas_of
from sync.plan.mending import ARRIVED, look_back, mending, news
from sync.plan.people import Need
from sync.plan.snapshot import bind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sync.plan.mending import State
    from sync.plan.snapshot import Bound, BoundTab, Snapshot
    from sync.plan.template import Template

KIND = "own act"
"""Of the journal's entries."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a person wants written.

    Attributes:
        tab: the key of a people's tab.
        key: of the row; for a row that is to be added, a key of the form that such rows have.
        cells: column -> JSON cell, None for a blank one.
        expected: what they saw in those cells; None for a row that is to be added.
        who: their address, for the journal.
        own: what else the same person asked to have in those cells and was not written when they asked for this: it
            may stand there by now, and what they say last is what they mean.
    """

    tab: str
    key: str
    cells: Mapping[str, Any]
    expected: Mapping[str, Any] | None
    who: str
    own: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @property
    def adds(self) -> bool:
        """Whether it adds a row."""
        return self.expected is None

    def meant(self, name: str, here: Any) -> bool:
        """Whether a cell of the workbook holds what is wanted there."""
        return same(here, from_json(self.cells[name]))

    def left(self, name: str, here: Any) -> bool:
        """Whether a cell of the workbook is as they left it: as they saw it, or in other words of their own."""
        seen = () if self.expected is None else (self.expected.get(name),)
        return any(same(here, from_json(told)) for told in (*seen, *self.own.get(name, ())))


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: `plan` is to be written if it writes; `done` means that the act was written.

    `changed` tells that somebody has changed since what it wrote. `refusal` is why it cannot be done, in a sentence;
    then nothing is to be written.
    """

    plan: Plan = field(default_factory=Plan)
    done: bool = False
    changed: bool = False
    refusal: str = ""


def next_step(act: Act, snapshot: Snapshot, template: Template, state: State, now: datetime) -> Step:
    """The next step of an act, from the workbook as it stands. `now` is the school's wall clock."""
    step = _step(act, snapshot, template, state, now)
    if step.refusal and _written(act, state):
        return Step(done=True, changed=True)
    return step


def _step(act: Act, snapshot: Snapshot, template: Template, state: State, now: datetime) -> Step:
    bound = bind(snapshot, template, state.documents.get("headers"))
    without = {(tab, column) for tab, column in state.documents.get("without", [])}
    refused = guards.structure(bound, template, (), without)
    if refused:
        return Step(refusal=" ".join(guards.sentences(refused)))
    mended, arrived, remember = look_back(state, bound)
    if mended.busy:
        return Step(mending(state, bound, now, mended, {**remember, ARRIVED: arrived}))
    documents = news(state, {**remember, ARRIVED: arrived})
    tab = bound.tabs[act.tab]
    wrong = _not_theirs(act, tab)
    if wrong:
        return Step(refusal=wrong)
    facts = Facts(tab, formulas_of(tab.tab, bound.places()))
    rows = [row for row in tab.data_rows if facts.key(row) == act.key]
    if len(rows) > 1:
        return Step(refusal=f"{tab.raw.title} has this row twice. Delete the one that is a copy, and try again.")
    if not rows:
        return _added(act, bound, state, documents) if act.adds else Step(refusal=_gone(tab))
    (row,) = rows
    here = {name: tab.at(row, name) for name in act.cells}
    remembered = _remembered(act, tab, state, documents)
    if all(act.meant(name, value) for name, value in here.items()):
        return Step(remembered, done=True)
    if not all(act.left(name, value) for name, value in here.items()):
        return Step(refusal=_changed(act, tab, here))
    cells = [
        Cell(tab.columns[name], from_json(told), here[name])
        for name, told in act.cells.items()
        if not act.meant(name, here[name])
    ]
    return Step(replace(remembered, puts=(tab.put(row, act.key, cells),)))


def _written(act: Act, state: State) -> bool:
    """Whether we remember the act as written; cells are written all at once.

    Where all is wanted as it was seen, what we remember does not tell.
    """
    seen = state.seen.get(act.tab, {}).get(act.key)
    if seen is None or not all(act.meant(name, from_json(seen.get(name))) for name in act.cells):
        return False
    return act.expected is None or not all(act.meant(name, from_json(told)) for name, told in act.expected.items())


def _not_theirs(act: Act, tab: BoundTab) -> str:
    """Why the act may not write there: a column that is gone, or one that is not a person's to write."""
    for name, told in act.cells.items():
        column = tab.tab.column(name)
        if column.owner != "senco" and not (is_own_key(act.key) and column.lookup):
            return f"The column {column.header} of {tab.raw.title} is not written by people."
        if name not in tab.columns:
            return (
                f"The column {column.header} of {tab.raw.title} is gone. Put it back (`sensync setup`), and try again."
            )
        if column.options and told is not None and told not in column.options:
            return f"The column {column.header} of {tab.raw.title} takes {', '.join(column.options)} alone."
    return ""


def _changed(act: Act, tab: BoundTab, here: Mapping[str, Any]) -> str:
    stands = [tab.tab.column(n).header for n, v in here.items() if act.meant(n, v) and not act.left(n, v)]
    words = f" {', '.join(stands)}: this stands there as you wanted it." if stands else ""
    return f"Somebody changed this row of {tab.raw.title} meanwhile.{words} Look at it there, and try again."


def _gone(tab: BoundTab) -> str:
    return f"This row is not in {tab.raw.title}, or not yet. Sync, and try again."


def _added(act: Act, bound: Bound, state: State, documents: Mapping[str, Any]) -> Step:
    """The row as a plan of the whole tab adds it: with its look-ups, and the words where they belong.

    A pupil whose row she had once, and deleted, has back what she typed in it: to forget it would be to lose it.
    """
    told = {name: cell for name, cell in act.cells.items() if cell is not None}
    tab = bound.tabs[act.tab]
    planned = people.plan_tab(
        tab,
        bound.places(),
        [Need(act.key)],
        known=lambda _key: False,
        seen={},
        absent={act.key: {**_words_of_before(act, state), **told}},
        salt=state.salt,
    )
    return Step(replace(_remembered(act, tab, state, documents), inserts=planned.inserts))


def _words_of_before(act: Act, state: State) -> Cells:
    return state.absent.get(act.tab, {}).get(act.key, {})


def _remembered(act: Act, tab: BoundTab, state: State, documents: Mapping[str, Any]) -> Plan:
    """What to remember once it is written: the row as it stands then, and a line of the journal for each cell."""
    before = state.seen.get(act.tab, {}).get(act.key) or _words_of_before(act, state)
    cells: Cells = {**before, **act.cells}
    kept = {name: told for name, told in cells.items() if told is not None}
    changes = [
        Change(
            kind=KIND,
            tab=act.tab,
            key=act.key,
            field=tab.tab.column(name).header,
            old=text(from_json(before.get(name))),
            new=text(from_json(told)),
            note=f"By {act.who}, in the add-on.",
            log=False,
        )
        for name, told in act.cells.items()
        if not same(from_json(told), from_json(before.get(name)))
    ]
    return Plan(changes=tuple(changes), seen=(SeenRow(act.tab, act.key, kept),), documents=documents)
