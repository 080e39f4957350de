"""Her rows of *Concerns*: what she typed of each concern, and where it is not plain which concern a row is of.

A decision that goes out of the workbook (a letter, a link, a release) cannot be taken back. So where a reference stands
twice with different words, or words went from the row of one concern to that of another, nothing goes out, and it is
said.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sync.plan.cells import Value, blank, from_json, text, to_json
from sync.plan.triage import HERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.plan.actions import Cells
    from sync.plan.snapshot import BoundTab

_TWICE: Final = (
    "This concern has rows with different words: nothing of them is sent, linked or released until you have deleted "
    "all but one."
)
_MIXED: Final = (
    "These words stood in the row of {other} at the last sync, as if a reference was typed over or a part of the tab "
    "sorted: nothing of them is sent, linked or released. Put it right; if it is right, change something of yours here."
)
_LOST: Final = (
    "What stood here at the last sync stands in the row of {other} now, as if a reference was typed over or a part of "
    "the tab sorted: nothing is sent, linked or released. Put it right; if it is right, change something of yours here."
)
_TOGETHER: Final = (("chosen",), ("feedback", "send"), ("ask",))
"""What leads to a link or a letter: a sort of some columns carries these away from the rest of their row."""

Typed = dict[str, Value]
"""What she typed of one concern, by column key (`HERS`)."""


@dataclass(frozen=True, slots=True)
class HerRows:
    """What stands on *Concerns*.

    Attributes:
        typed: what she typed of each concern, in its row or a copy of it; of a row that is gone, what was last seen.
        there: the keys that stand in the tab.
        unclear: of each concern that is not to be acted on, a sentence for her.
        mixed: of each whose words were another's, or are in another's row, a print of what it has, a blank, and what is
            said of it: it is unclear for as long as it has that.
    """

    typed: Mapping[str, Typed] = field(default_factory=dict)
    there: frozenset[str] = frozenset()
    unclear: Mapping[str, str] = field(default_factory=dict)
    mixed: Mapping[str, str] = field(default_factory=dict)


def her_rows(
    tab: BoundTab, remembered: Mapping[str, Cells], last: Mapping[str, Cells], mixed: Mapping[str, str]
) -> HerRows:
    """Read her rows.

    Args:
        tab: *Concerns* as read.
        remembered: her words as last seen, by key, for rows that are gone.
        last: her words at the last sync, by key, of rows that were there.
        mixed: as the last run left it.
    """
    rows: dict[str, list[Typed]] = {}
    for index in tab.data_rows:
        if key := text(tab.shown_at(index, tab.tab.key_column.key)).strip():
            rows.setdefault(key, []).append({name: tab.shown_at(index, name) for name in HERS})
    return made_out(rows, remembered, last, mixed)


def made_out(
    rows: Mapping[str, Sequence[Typed]],
    remembered: Mapping[str, Cells],
    last: Mapping[str, Cells],
    mixed: Mapping[str, str],
) -> HerRows:
    """Make out what she means of the rows that stand there: as `her_rows`, with each concern's rows in their order."""
    found = {key: _typed(cells) for key, cells in remembered.items()}
    for key, copies in rows.items():
        found[key] = {name: next((row[name] for row in copies if not blank(row[name])), None) for name in HERS}
    before = {key: _typed(cells) for key, cells in last.items() if "#" not in key}
    now = {key: copies[0] for key, copies in rows.items()}
    prints = {key: _print(row) for key, row in now.items()}
    unclear = {key: _TWICE for key, copies in rows.items() if len({_print(row) for row in copies}) > 1}
    fresh = {key: sentence for key, sentence in _mixture(now, before).items() if key not in mixed}
    known = {key: told.partition(" ") for key, told in mixed.items()}
    still = {key: sentence for key, (had, _, sentence) in known.items() if prints.get(key) == had}
    said = {key: sentence or _MIXED.format(other="another concern") for key, sentence in {**still, **fresh}.items()}
    return HerRows(found, frozenset(rows), unclear | said, {key: f"{prints[key]} {each}" for key, each in said.items()})


def _mixture(now: Mapping[str, Typed], before: Mapping[str, Typed]) -> dict[str, str]:
    """What to say of each concern that has another's words, or whose words are in another's row."""
    found = _moved(_prints(now, HERS), _prints(before, HERS))
    for columns in _TOGETHER:
        # Of a row that is gone, the whole is looked for alone: the same thanks are written to many.
        there = {key: row for key, row in before.items() if key in now}
        found = _moved(_prints(now, columns), _prints(there, columns)) | found
    lost = {other: _LOST.format(other=key) for key, other in found.items() if other in now}
    return lost | {key: _MIXED.format(other=other) for key, other in found.items()}


def _prints(rows: Mapping[str, Typed], columns: Iterable[str]) -> dict[str, str]:
    return {key: _print({name: row.get(name) for name in columns}) for key, row in rows.items()}


def _moved(now: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Of each concern whose words are those that another's row had and has no more: whose they were.

    Two concerns that are decided alike are none: the words that the other has instead are its own, typed by her.
    """
    gained = {
        key: lost
        for key, words in now.items()
        if words
        and words != before.get(key)
        and (lost := [other for other, had in before.items() if had == words and now.get(other) != words])
    }
    elsewhere = {now[key] for key in gained}

    def is_mixed(key: str, other: str) -> bool:
        if other not in now:
            # Its reference was typed over, or she deleted what is closed and decided another alike.
            return key not in before or bool(before[key])
        return not now[other] or other in gained or before.get(key) in elsewhere

    found = {key: next((other for other in lost if is_mixed(key, other)), "") for key, lost in gained.items()}
    return {key: other for key, other in found.items() if other}


def _typed(cells: Cells) -> Typed:
    return {name: from_json(cells.get(name)) for name in HERS}


def _print(row: Mapping[str, Value]) -> str:
    """Equal for equal words; nothing of them can be read from it."""
    told = {name: to_json(value) for name, value in row.items() if not blank(value)}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16] if told else ""
