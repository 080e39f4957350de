"""The SENCO's own mails about concerns: each school day what is due and overdue, each week what changed.

Which day's mail has gone is known by the key of its row in the outbox, so any number of processes make one of it. There
is none where nothing is to say. One that could not go on its day is dropped: the next says more.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sync.domain.concerns import Screen
from sync.domain.response_clock import SchoolHours, clock_of, is_school_day
from sync.domain.school_clock import day_starts, wall
from sync.plan.cells import day_of, from_json, text
from sync.plan.compare import CONCERNS
from sync.plan.concerns import TAB, Memory
from sync.plan.digest import Case, daily, weekly
from sync.plan.school_calendar import DOCUMENT, calendar_of
from sync.plan.staff_days import monday, week_before
from sync.plan.triage import HERS, is_closed
from sync.store import Concerns, NewWork, Outbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.config import ConcernSettings
    from sync.domain.response_clock import Clock
    from sync.domain.school_days import SchoolCalendar
    from sync.plan.cells import Value
    from sync.post.letters import Letter
    from sync.service.staff_letters import StaffWriter
    from sync.store import Store, Work

DAILY: Final = "digest.daily"
"""The kind of the row for a day's mail: {"date"}."""
WEEKLY: Final = "digest.weekly"
"""The kind of the row for a week's mail, which goes on the first school day after it: {"date"}."""

_SUBJECT: Final = "digest"


def known_calendar(store: Store, workbook_id: int) -> SchoolCalendar:
    """The school's calendar as the last sync read it in Settings; without any school day before the first."""
    calendar, _ = calendar_of(store.document(workbook_id, DOCUMENT) or ())
    return calendar


def clock_on(received: datetime, calendar: SchoolCalendar, concerns: ConcernSettings) -> Clock:
    """The 24-hour clock of a concern, in the hours of `[concerns]`."""
    return clock_of(received, calendar, SchoolHours(concerns.day_starts, concerns.day_ends))


def put_digests(store: Store, workbook_id: int, concerns: ConcernSettings, now: datetime) -> bool:
    """Puts the mails of this day into the outbox, if it is time for them.

    Returns:
        Whether there is nothing more to put today.
    """
    today = wall(now).date()
    if not is_school_day(today, known_calendar(store, workbook_id)):
        return True
    if wall(now).time() < concerns.digest_time:
        return False
    payload = {"date": today.isoformat()}
    keys = {DAILY: f"{DAILY}:{today}", WEEKLY: f"{WEEKLY}:{monday(today)}"}
    work = [NewWork(f"{_SUBJECT}:{kind}", kind, key, payload) for kind, key in keys.items()]
    Outbox(store).put(workbook_id, work, now)
    return True


def written(
    store: Store, workbook_id: int, concerns: ConcernSettings, writer: StaffWriter, to: str, work: Work, now: datetime
) -> Letter | None:
    """The letter of a row; None where nothing is to say, or its time is over.

    Args:
        store: where all is kept.
        workbook_id: whose.
        concerns: the school's hours.
        writer: makes the letter.
        to: the SENCO's address.
        work: the row.
        now: the present.
    """
    day, today = date.fromisoformat(work.payload["date"]), wall(now).date()
    calendar = known_calendar(store, workbook_id)
    cases = cases_of(store, workbook_id, concerns, calendar)
    if work.kind == DAILY:
        due = daily(cases, now)
        return None if due.is_empty or day != today else writer.daily(work.key, to, due)
    first, end = week_before(calendar, day), monday(day)
    if monday(today) != end:
        return None
    changed = weekly(cases, day_starts(first), day_starts(end))
    if not (changed.received or changed.edited or changed.answered):
        return None
    return writer.weekly(work.key, to, changed, first, end - timedelta(days=1))


def cases_of(store: Store, workbook_id: int, concerns: ConcernSettings, calendar: SchoolCalendar) -> list[Case]:
    """Every concern with what the SENCO decided, as the last sync saw it; without those held that nobody can read."""
    decided = Memory.of(store.document(workbook_id, CONCERNS) or {}).decided
    hers = typed(store, workbook_id)
    found = []
    for concern in Concerns(store).all(workbook_id):
        row = hers.get(concern.key, {})
        closed = is_closed(row)
        if concern.screen is Screen.HELD and (closed or concern.gone is not None):
            continue
        at = decided.get(concern.key)
        found.append(
            Case(
                concern,
                clock_on(concern.received, calendar, concerns),
                outcome=text(row.get("outcome")),
                decided=datetime.fromisoformat(at).astimezone(UTC) if at else None,
                review=day_of(row.get("review")),
                closed=closed,
            )
        )
    return found


def typed(store: Store, workbook_id: int) -> dict[str, Mapping[str, Value]]:
    """What the SENCO has typed on *Concerns*, as the last sync saw it, by the concern's key."""
    return {
        key: {name: from_json(cells.get(name)) for name in HERS} for key, cells in store.tab(workbook_id, TAB).items()
    }
