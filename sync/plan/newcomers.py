"""Concerns that found nobody when they came: matched again once the roll has changed, until a person has chosen.

A pupil is often in a lesson before the office has entered them. The next sync after that finds whom the teacher meant.
So is a concern whose choice she takes back: it is as if she had never chosen.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sync.domain.concerns import Link
from sync.plan.cells import blank, to_json
from sync.plan.matching import Roll, Said
from sync.plan.triage import is_closed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sync.domain.concerns import Concern
    from sync.plan.casebook import Casebook
    from sync.plan.cells import Value
    from sync.plan.matching import Match
    from sync.plan.mirror import Rows

WITHIN: Final = timedelta(days=28)
"""How long after it was sent: who joins months later is not whom the teacher saw."""

NO_PRINT: Final = "none"
"""Instead of the print of a roll where concerns were matched before there were prints."""

_AGAIN: Final = "again"
_KNOWN_BY: Final = ("ref", "name", "legal_surname", "legal_forename", "year", "group", "on_roll")


def taken_back(
    concerns: Iterable[Concern], hers: Mapping[str, Mapping[str, Value]], unclear: Collection[str]
) -> tuple[str, ...]:
    """The concerns whose pupil she chose and whose cell for it she has emptied; arguments as of `match_anew`."""

    def is_emptied(concern: Concern) -> bool:
        row = hers.get(concern.key)
        return concern.key not in unclear and row is not None and blank(row.get("chosen"))

    return tuple(each.key for each in concerns if each.link is Link.PERSON and is_emptied(each))


def without_a_cell(
    concerns: Iterable[Concern], hers: Mapping[str, Mapping[str, Value]], before: Collection[str], *, is_gone: bool
) -> tuple[str, ...]:
    """The concerns whose pupil she chose in a column that she has deleted since: there is no cell that she emptied.

    Args:
        concerns: what is kept of them.
        hers: as of `match_anew`.
        before: those of the last run: the column may be back, without her words, until she chooses anew.
        is_gone: whether there is no such column now.
    """
    return tuple(
        each.key
        for each in concerns
        if each.link is Link.PERSON
        if is_gone or (each.key in before and blank(hers.get(each.key, {}).get("chosen")))
    )


def match_anew(
    casebook: Casebook,
    hers: Mapping[str, Mapping[str, Value]],
    unclear: Collection[str],
    roll: Rows,
    back: Collection[str],
    before: str,
    now: datetime,
) -> tuple[dict[str, Match], str]:
    """Match what waits for a pupil, if the roll is another than when that was done last, and what she took back.

    Args:
        casebook: what is kept of concerns.
        hers: what the SENCO typed, by the concern's key. Where she has chosen, or closed it, nothing is matched.
        unclear: concerns whose row is not to be acted on.
        roll: the MIS roll as it will stand.
        back: concerns whose choice was taken back (`taken_back`): matched whatever the roll.
        before: the print of the roll that the last run gave; "" in a new store, `NO_PRINT` in one that kept none.
        now: an aware instant.

    Returns:
        What is new, by the concern's key; and the print of the roll, or `_AGAIN` where something is new, so that a run
        that is cut off before the store has it is made good by the next.
    """
    stands = _print(roll)
    # What came since the last run was matched on the roll of that.
    is_new = before != stands
    # A store that is new had no roll when the forms were read, whatever the age of what was in them.
    first = not before

    def waits(concern: Concern) -> bool:
        row = hers.get(concern.key, {})
        if concern.key in back:
            return True
        if not is_new or concern.ref or not concern.answers or not blank(row.get("chosen")) or concern.key in unclear:
            return False
        return first or (not is_closed(row) and now - concern.submitted < WITHIN)

    waiting = [each for each in casebook.concerns if waits(each)]
    if not waiting:
        return {}, stands
    known = Roll.of(roll.values(), casebook.given)
    found = {each.key: known.match(Said.of(each.answers)) for each in waiting}
    new = {each.key: found[each.key] for each in waiting if each.key in back or _is_news(each, found[each.key])}
    return new, _AGAIN if new else stands


def _is_news(concern: Concern, match: Match) -> bool:
    return bool(match.ref) or match.candidates != concern.candidates


def _print(roll: Rows) -> str:
    told = [[to_json(row.get(name)) for name in _KNOWN_BY] for row in roll.values()]
    return hashlib.sha256(json.dumps(sorted(told, key=str)).encode()).hexdigest()[:16]
