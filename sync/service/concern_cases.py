"""Every concern as it stood at the last sync, from the store alone: what the letters about concerns go by.

No request is made: what the SENCO typed and the school's calendar are remembered by each sync, and a concern that came
since is new.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sync.domain.response_clock import SchoolHours, clock_of
from sync.plan.cells import day_of, from_json, text
from sync.plan.compare import CONCERNS
from sync.plan.concerns import TAB, Memory
from sync.plan.digest import Case
from sync.plan.school_calendar import DOCUMENT, calendar_of
from sync.plan.triage import HERS, is_closed
from sync.store import Concerns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync.config import ConcernSettings
    from sync.domain.concerns import Concern
    from sync.domain.school_days import SchoolCalendar
    from sync.plan.cells import Value
    from sync.store import Cells, Store


def read_cases(store: Store, workbook_id: int, hours: SchoolHours) -> list[Case]:
    """Every concern with what the SENCO decided, the one that was received first in front.

    Args:
        store: the school's.
        workbook_id: whose.
        hours: of a school day.
    """
    hers, case_of = typed(store, workbook_id), _reader(store, workbook_id, hours)
    return [case_of(concern, hers.get(concern.key, {})) for concern in Concerns(store).all(workbook_id)]


def read_case(store: Store, workbook_id: int, hours: SchoolHours, key: str) -> Case | None:
    """One of `read_cases`, for as little as one costs; None where there is none of this key."""
    concern = Concerns(store).find(workbook_id, key)
    if concern is None:
        return None
    return _reader(store, workbook_id, hours)(concern, typed_of(store, workbook_id, key) or {})


def _reader(store: Store, workbook_id: int, hours: SchoolHours) -> Callable[[Concern, Mapping[str, Value]], Case]:
    """What makes a case of a concern and what she typed of it."""
    calendar = known_calendar(store, workbook_id)
    decided = Memory.of(store.document(workbook_id, CONCERNS) or {}).decided

    def case_of(concern: Concern, row: Mapping[str, Value]) -> Case:
        at = decided.get(concern.key)
        return Case(
            concern=concern,
            clock=clock_of(concern.received, calendar, hours),
            outcome=text(row.get("outcome")).strip(),
            decided=datetime.fromisoformat(at) if at else None,
            review=day_of(row.get("review")),
            closed=is_closed(row),
        )

    return case_of


def typed(store: Store, workbook_id: int) -> dict[str, Mapping[str, Value]]:
    """What the SENCO has typed on *Concerns*, by the concern's key; of a row that is gone, what was last seen."""
    return {key: _hers(cells) for key, cells in store.last_rows(workbook_id, TAB).items()}


def typed_of(store: Store, workbook_id: int, key: str) -> Mapping[str, Value] | None:
    """What she has typed of one concern; None where it has stood in no row yet."""
    cells = store.last_row(workbook_id, TAB, key)
    return None if cells is None else _hers(cells)


def _hers(cells: Cells) -> Mapping[str, Value]:
    return {name: from_json(cells.get(name)) for name in HERS}


def known_calendar(store: Store, workbook_id: int) -> SchoolCalendar:
    """The school's calendar as the last sync read it in Settings; before the first, one that knows of no holidays."""
    calendar, _ = calendar_of(store.document(workbook_id, DOCUMENT) or ())
    return calendar


def hours_of(concerns: ConcernSettings) -> SchoolHours:
    """The hours of a school day that the clock counts by."""
    return SchoolHours(concerns.day_starts, concerns.day_ends)
