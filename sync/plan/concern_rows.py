"""Her rows of *Concerns*: what she typed of each concern, and where it is not plain which concern a row is of.

A decision that goes out of the workbook (a letter, a link, a release) cannot be taken back. So where a reference stands
twice with different words, or a row's words stood in the row of another concern before, nothing goes out: it is said.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sync.plan.cells import Value, blank, from_json, text, to_json
from sync.plan.triage import HERS

if TYPE_CHECKING:
    from collections.abc import Mapping

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

Typed = dict[str, Value]
"""What she typed of one concern, by column key (`HERS`)."""


@dataclass(frozen=True, slots=True)
class HerRows:
    """What stands on *Concerns*.

    Attributes:
        typed: what she typed of each concern, in its row or a copy of it; of a row that is gone, what was last seen.
        there: the keys that stand in the tab.
        unclear: of each concern that is not to be acted on, a sentence for her.
        mixed: of each whose words were another's, a print of them: it is unclear for as long as they stand so.
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
    found = {key: _typed(cells) for key, cells in remembered.items()}
    for key, copies in rows.items():
        found[key] = {name: next((row[name] for row in copies if not blank(row[name])), None) for name in HERS}
    before = {key: _print(_typed(cells)) for key, cells in last.items() if "#" not in key}
    now = {key: _print(copies[0]) for key, copies in rows.items()}
    unclear = {key: _TWICE for key, copies in rows.items() if len({_print(row) for row in copies}) > 1}
    others = _moved(now, before)
    still = {key: now[key] for key in mixed if now.get(key) == mixed[key]}
    fresh = {key: now[key] for key in others if key not in mixed}
    unclear |= {key: _MIXED.format(other=others.get(key, "another concern")) for key in {**still, **fresh}}
    return HerRows(found, frozenset(rows), unclear, still | fresh)


def _moved(now: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Of each concern whose words are those that another's row had, while its own are elsewhere or nowhere: whose.

    Two concerns that are decided alike are none: the other has its words still, or this one had none to lose.
    """
    nothing = _print({})
    owner = {words: key for key, words in before.items() if words != nothing}
    standing = set(now.values())
    found = {}
    for key, words in now.items():
        other, own = owner.get(words), before.get(key, nothing)
        if other in (None, key) or own in (nothing, words) or now.get(other) == words:
            continue
        if other not in now or own in standing:
            found[key] = other
    return found


def _typed(cells: Cells) -> Typed:
    return {name: from_json(cells.get(name)) for name in HERS}


def _print(row: Mapping[str, Value]) -> str:
    """Equal for equal words; nothing of them can be read from it."""
    told = {name: to_json(value) for name, value in row.items() if not blank(value)}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16] if told else ""
