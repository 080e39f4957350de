"""Every concern as it stood at the last sync, from the store alone: what the letters to the SENCO count.

No request is made: her decisions and the clocks are remembered by each sync, and a concern that came since is new.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sync.domain.response_clock import Clock, SchoolHours, clock_of
from sync.domain.school_days import SchoolCalendar
from sync.plan.cells import day_of, from_json, text
from sync.plan.compare import CONCERNS
from sync.plan.concerns import INBOX, TAB, Memory
from sync.plan.digest import Case
from sync.plan.triage import is_closed
from sync.plan.typed import as_moment
from sync.store import Concerns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.domain.concerns import Concern
    from sync.store import Store

_NO_YEAR = SchoolCalendar(date.min, date.min, ())
"""Nothing is known of holidays: the clock of a concern that no sync has seen yet counts weekdays."""


def read_cases(store: Store, workbook_id: int, hours: SchoolHours) -> list[Case]:
    """Every concern with what the SENCO decided, the one that was received first in front.

    Args:
        store: the school's.
        workbook_id: whose.
        hours: of a school day, for the clocks of concerns that no sync has seen yet.
    """
    seen = store.seen(workbook_id)
    hers = {**store.absent_rows(workbook_id).get(TAB, {}), **seen.rows.get(TAB, {})}
    inbox = seen.rows.get(INBOX, {})
    memory = Memory.of(seen.documents.get(CONCERNS, {}))
    return [
        _case(concern, hers.get(concern.key, {}), inbox.get(concern.key, {}), memory, hours)
        for concern in Concerns(store).all(workbook_id)
    ]


def _case(
    concern: Concern, hers: Mapping[str, Any], inbox: Mapping[str, Any], memory: Memory, hours: SchoolHours
) -> Case:
    row = {name: from_json(value) for name, value in hers.items()}
    decided = memory.decided.get(concern.key)
    return Case(
        concern=concern,
        clock=_clock(concern, inbox, hours),
        outcome=text(row.get("outcome")).strip(),
        decided=datetime.fromisoformat(decided) if decided else None,
        review=day_of(row.get("review")),
        closed=is_closed(row),
    )


def _clock(concern: Concern, inbox: Mapping[str, Any], hours: SchoolHours) -> Clock:
    amber, due = (from_json(inbox.get(name)) for name in ("amber", "due"))
    if isinstance(amber, float) and isinstance(due, float):
        return Clock(concern.received, as_moment(amber, _NO_YEAR), as_moment(due, _NO_YEAR))
    return clock_of(concern.received, _NO_YEAR, hours)
