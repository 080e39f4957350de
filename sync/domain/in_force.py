"""What is in force on a day: the status and the needs that a history gives.

A row dated in the future is not yet in force, an ended need is no longer current, and no history at all is
"unknown" (None), which is never the same as "no special educational need".
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from sync.domain.records import Need, StatusSpell

if TYPE_CHECKING:
    from collections.abc import Iterable

_NO_RANK: Final = 10_000


def current_status(history: Iterable[StatusSpell] | None, today: date) -> StatusSpell | None:
    """The spell in force: of those begun by `today`, the one that began last.

    A spell without a start date counts as begun before every dated one. Of two that began on one day, one
    without an end wins over one with an end, then the later in the file. Where the latest spell has ended and
    nothing followed it, no provision is in force: the answer is an `N` from the day after (some MISs close
    the last spell instead of opening an `N`).

    Returns:
        None when it is unknown: no history (None), an empty one, or only future spells.
    """
    begun = [
        (spell.start or date.min, spell.end is None, place, spell)
        for place, spell in enumerate(history or ())
        if spell.start is None or spell.start <= today
    ]
    if not begun:
        return None
    spell = max(begun, key=lambda one: one[:3])[3]
    if spell.end is not None and spell.end < today:
        return spell if spell.code == "N" else StatusSpell("N", spell.end + timedelta(days=1))
    return spell


def current_needs(needs: Iterable[Need] | None, today: date) -> tuple[Need, ...] | None:
    """The needs in force on `today` (first and last day included), by rank, those without a rank last.

    Returns:
        None when it is unknown (no SEN block); () when the source says that there are none.
    """
    if needs is None:
        return None
    current = [
        need
        for need in needs
        if (need.start is None or need.start <= today) and (need.end is None or need.end >= today)
    ]
    return tuple(sorted(current, key=lambda need: _NO_RANK if need.rank is None else need.rank))
