"""The teachers' workbook: strategies of pupils on the register, links into the concern form, whom they are asked of.

Its tabs have one writer and no words of people, so each is written whole, and only when something in it differs.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sync.plan.actions import TeachersPage, TeachersTab
from sync.plan.cells import Formula, Value, text
from sync.plan.form import class_link, pupil_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.plan.mirror import Row, Rows

STRATEGIES, CLASSES, ASKED = "strategies", "classes", "asked"
_WIDTHS = {STRATEGIES: 4, CLASSES: 2, ASKED: 3}
"""Columns of each tab, without those that come with the concern form."""
_LINK_SAYS = "Raise a concern"
_LAST_YEAR = 999.0


@dataclass(frozen=True, slots=True)
class ConcernLinks:
    """What links into the concern form are made of: its address, and the questionId of each question by key."""

    responder_uri: str
    questions: Mapping[str, str]

    def pupil(self, ref: str) -> Formula:
        """What opens the form for a pupil."""
        return _hyperlink(pupil_link(self.responder_uri, self.questions, ref))

    def group(self, name: str) -> Formula:
        """What opens the form for a class."""
        return _hyperlink(class_link(self.responder_uri, self.questions, name))


def _hyperlink(url: str) -> Formula:
    # The address is ours and percent-encoded: nothing that a person typed can end the quotes.
    quoted = url.replace('"', "%22")
    return Formula(f'=HYPERLINK("{quoted}", "{_LINK_SAYS}")')


@dataclass(frozen=True, slots=True)
class TaughtPupil:
    """A pupil on the register as teachers see one.

    The status is K, E or "".
    """

    ref: str
    name: str
    group: str
    status: str
    strategies: str


def teachers_page(
    pupils: Iterable[TaughtPupil],
    roll: Rows,
    links: ConcernLinks | None,
    last: Mapping[str, Any],
    asked: Mapping[str, str] | None = None,
) -> TeachersPage | None:
    """The teachers' workbook, if it differs from what was last written.

    Args:
        pupils: those on the register and on roll.
        roll: the MIS roll by reference, for the classes.
        links: None where there is no concern form.
        last: the `memory` of what was last written.
        asked: the concerns that teachers are asked about, each with the pupil's reference; shown with the links.
    """
    tabs: dict[str, list[tuple[Value, ...]]] = {STRATEGIES: [_shown(each, links) for each in _in_order(pupils)]}
    if links is not None:
        tabs[CLASSES] = [(name, links.group(name)) for name in classes_of(roll)]
        if asked:
            tabs[ASKED] = [(key, *_who(roll.get(ref, {}))) for key, ref in sorted(asked.items())]
    told: object = tabs if links is not None else tabs[STRATEGIES]
    digest = hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()
    if last.get("digest") == digest:
        return None
    counts = {
        STRATEGIES: int(last.get("rows", 0)),
        CLASSES: int(last.get("classes", 0)),
        ASKED: int(last.get("asked", 0)),
    }
    width = _WIDTHS[STRATEGIES] + (links is not None)
    cleared = {STRATEGIES: max(width, int(last.get("width", 0))), CLASSES: _WIDTHS[CLASSES], ASKED: _WIDTHS[ASKED]}
    memory: dict[str, Any] = {"digest": digest, "rows": len(tabs[STRATEGIES])}
    if links is not None:
        memory |= {"classes": len(tabs[CLASSES]), "width": width}
    if ASKED in tabs:
        memory["asked"] = len(tabs[ASKED])
    written = [
        TeachersTab(
            key, cleared[key], _padded(tabs.get(key, ()), cleared[key]), max(0, before - len(tabs.get(key, ())))
        )
        for key, before in counts.items()
        if key in tabs or before
    ]
    return TeachersPage(tuple(written), memory)


def _who(pupil: Row) -> tuple[str, str]:
    return text(pupil.get("name")), text(pupil.get("group"))


def _in_order(pupils: Iterable[TaughtPupil]) -> list[TaughtPupil]:
    """By class and name, and then by all that is shown, so that a sort of the register changes nothing."""
    return sorted(pupils, key=lambda p: (p.group, p.name.casefold(), p.name, p.status, p.strategies, p.ref))


def _shown(pupil: TaughtPupil, links: ConcernLinks | None) -> tuple[Value, ...]:
    row = (pupil.name, pupil.group, pupil.status, pupil.strategies)
    return (*row, links.pupil(pupil.ref)) if links is not None else row


def _padded(rows: Sequence[tuple[Value, ...]], width: int) -> tuple[tuple[Value, ...], ...]:
    """Rows of one width: where links were and are no more, blanks take their place."""
    return tuple((*row, *[""] * (width - len(row))) for row in rows)


def classes_of(roll: Rows) -> list[str]:
    """The registration groups of pupils on roll, by year and name."""
    found: dict[str, float] = {}
    for row in roll.values():
        name, year = text(row.get("group")).strip(), row.get("year_order")
        if name and text(row.get("on_roll")) == "Yes":
            found[name] = min(found.get(name, _LAST_YEAR), year if isinstance(year, float) else _LAST_YEAR)
    return sorted(found, key=lambda name: (found[name], name))
