"""The SENCO's own mails about concerns: each school day what is due and overdue, each week what changed.

Which day's mail has gone is known by the key of its row in the outbox, so any number of processes make one of it. There
is none where nothing is to say. One that could not go on its day is dropped: the next says more. One whose time passed
while nobody ran goes as the next school day's.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sync.domain.concerns import Screen
from sync.domain.response_clock import is_school_day
from sync.domain.school_clock import day_starts, wall
from sync.plan.digest import Case, daily, weekly
from sync.plan.staff_days import last_school_day, monday, week_before
from sync.service.concern_cases import hours_of, known_calendar, read_cases
from sync.store import Concerns, NewWork, Outbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.config import ConcernSettings
    from sync.post.letters import Letter
    from sync.service.staff_letters import StaffWriter
    from sync.store import Store, Work

DAILY: Final = "digest.daily"
"""The kind of the row for a day's mail: {"date"}."""
WEEKLY: Final = "digest.weekly"
"""The kind of the row for a week's mail, which goes on the first school day after it: {"date"}."""

_REMEMBERED: Final = timedelta(days=25)
"""Less than what is done stays in the outbox (`sync.service.forget`)."""

_SUBJECT: Final = "digest"


def put_digests(store: Store, workbook_id: int, concerns: ConcernSettings, now: datetime) -> bool:
    """Puts the mails of this day into the outbox, if it is time for them.

    Returns:
        Whether there is nothing more to put today.
    """
    today = wall(now).date()
    # A worker asks every two seconds: the calendar is looked at once a day.
    if wall(now).time() < concerns.digest_time:
        return False
    if not is_school_day(today, known_calendar(store, workbook_id)):
        return True
    _put(store, workbook_id, {DAILY: f"{DAILY}:{today}", WEEKLY: f"{WEEKLY}:{monday(today)}"}, now)
    return True


def put_missed(store: Store, workbook_id: int, concerns: ConcernSettings, now: datetime) -> None:
    """Puts the mails of the last school day that nobody put on that day, as mails of this one.

    So a school that syncs by night alone, before it is time, has its mails too: in the morning.
    """
    today, calendar = wall(now).date(), known_calendar(store, workbook_id)
    missed = last_school_day(calendar, today)
    # What is older than the outbox remembers may have gone: after a long holiday the next mail says more.
    if wall(now).time() >= concerns.digest_time or not is_school_day(today, calendar) or today - missed > _REMEMBERED:
        return
    # Before the first concern no day had a mail to miss.
    first = Concerns(store).first_received(workbook_id)
    if first is None or wall(first).date() >= today:
        return
    keys = {DAILY: f"{DAILY}:{missed}"}
    if monday(missed) == monday(today):
        keys[WEEKLY] = f"{WEEKLY}:{monday(today)}"
    _put(store, workbook_id, keys, now)


def _put(store: Store, workbook_id: int, keys: Mapping[str, str], now: datetime) -> None:
    """Puts mails of this day, each kind under its key."""
    payload = {"date": wall(now).date().isoformat()}
    work = [NewWork(f"{_SUBJECT}:{kind}", kind, key, payload) for kind, key in keys.items()]
    Outbox(store).put(workbook_id, work, now)


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
    cases = [each for each in read_cases(store, workbook_id, hours_of(concerns)) if not _is_out_of_reach(each)]
    if work.kind == DAILY:
        due = daily(cases, now)
        return None if due.is_empty or day != today else writer.daily(work.key, to, due)
    first, end = week_before(known_calendar(store, workbook_id), day), monday(day)
    if monday(today) != end:
        return None
    changed = weekly(cases, day_starts(first), day_starts(end), writer.outcomes())
    if not (changed.received or changed.edited or changed.answered):
        return None
    return writer.weekly(work.key, to, changed, first, end - timedelta(days=1))


def _is_out_of_reach(case: Case) -> bool:
    """Whether nothing is left to do about words that were held back: day by day it would be told for ever."""
    return case.concern.screen is Screen.HELD and (case.closed or case.concern.gone is not None)
