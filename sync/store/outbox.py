"""The outbox: what is to be told to Google and to people, stored before anybody is told.

At least once: a worker that dies leaves its rows to the next one when their time runs out, so whoever does the work
uses ids of its own making. Rows of one subject go in order, so that a cancellation cannot overtake its booking: no row
is handed out while an earlier one of its subject waits or is being worked on. A row set aside holds up nobody.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from sync.store.booking_records import Backlog, Kinds, NewWork, Work, WorkState
from sync.store.engine import reading, writing
from sync.store.schema import outbox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection

    from sync.store.store import Store

_LOG = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)

MAX_ATTEMPTS = 100
"""About a day of failures with the waits above: a calendar that is down for an hour sets nothing aside."""

_ERROR_LENGTH = 500

_COLUMNS = tuple(outbox.c[name] for name in Work.__slots__)
_UNDONE = (WorkState.WAITING, WorkState.TAKEN)


_PUT = {
    "sqlite": sqlite.insert(outbox).on_conflict_do_nothing().returning(outbox.c.id),
    "postgresql": postgresql.insert(outbox).on_conflict_do_nothing().returning(outbox.c.id),
}


def work_row(workbook_id: int, work: NewWork, now: datetime) -> dict[str, Any]:
    """New work as the table has it."""
    return {
        "workbook_id": workbook_id,
        "subject": work.subject,
        "kind": work.kind,
        "key": work.key,
        "payload": work.payload,
        "state": WorkState.WAITING,
        "attempts": 0,
        "made_at": now,
        "due_at": work.due_at or now,
        "error": "",
    }


def put_work(connection: Connection, workbook_id: int, work: Iterable[NewWork], now: datetime) -> int:
    """Adds rows in the caller's transaction and counts those whose key was not there yet."""
    rows = [work_row(workbook_id, each, now) for each in work]
    return len(connection.execute(_PUT[connection.dialect.name], rows).all()) if rows else 0


def done_work(connection: Connection, workbook_id: int, key: str) -> dict[str, Any] | None:
    """The payload of a row that is done, or in somebody's hands; None where it has yet to be, or was set aside."""
    payload: dict[str, Any] | None = connection.execute(
        select(outbox.c.payload).where(
            outbox.c.workbook_id == workbook_id,
            outbox.c.key == key,
            outbox.c.state.in_((WorkState.DONE, WorkState.TAKEN)),
        )
    ).scalar_one_or_none()
    return payload


class Outbox:
    """The outbox of one store.

    Args:
        store: where it is kept.
        max_attempts: after so many a row is set aside.
    """

    def __init__(self, store: Store, *, max_attempts: int = MAX_ATTEMPTS) -> None:
        self._engine = store.engine
        self._max = max_attempts

    def put(self, workbook_id: int, work: Iterable[NewWork], now: datetime) -> int:
        """Adds rows, in order, and counts those whose key was not there yet."""
        with writing(self._engine) as connection:
            return put_work(connection, workbook_id, work, now)

    def take(
        self,
        now: datetime,
        limit: int,
        *,
        lease: timedelta = timedelta(minutes=2),
        workbook_id: int | None = None,
        kinds: Kinds | None = None,
    ) -> list[Work]:
        """Hands out up to `limit` rows that are due, oldest first, each to one worker only.

        A row that is neither `done` nor `failed` when `lease` has passed is handed out again.

        Args:
            now: the present.
            limit: how many at most.
            lease: how long they are the caller's.
            workbook_id: of one workbook only; schools that share a store have an account each.
            kinds: of these kinds only.
        """
        left_behind = _left_behind(now)
        due = (
            select(outbox.c.id)
            .where(*_due(now, workbook_id, kinds))
            .order_by(outbox.c.due_at, outbox.c.id)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            # Most looks find nothing, and should not ask for SQLite's one write lock.
            if connection.execute(due).first() is None:
                return []
        with writing(self._engine) as connection:
            worn_out = connection.execute(
                update(outbox)
                .where(left_behind, outbox.c.attempts >= self._max, *_of(workbook_id, kinds))
                .values(state=WorkState.ASIDE, ended_at=now, error="Its worker ended without an answer.")
                .returning(*_COLUMNS)
            ).all()
            # PostgreSQL's workers pass by each other's rows; SQLite has one writer and ignores this.
            ids = list(connection.scalars(due.with_for_update(skip_locked=True, of=outbox)))
            taken = connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(ids))
                .values(state=WorkState.TAKEN, taken_until=now + lease, attempts=outbox.c.attempts + 1)
                .returning(*_COLUMNS)
            ).all()
        for row in worn_out:
            _say_set_aside(Work(**row._asdict()))
        return sorted((Work(**row._asdict()) for row in taken), key=lambda work: ids.index(work.id))

    def due(self, now: datetime, *, workbook_id: int | None = None, kinds: Kinds | None = None) -> int:
        """How many rows `take` could hand out; arguments as there."""
        with reading(self._engine) as connection:
            return connection.execute(
                select(func.count()).select_from(outbox).where(*_due(now, workbook_id, kinds))
            ).scalar_one()

    def done(self, work: Work, now: datetime) -> bool:
        """Marks a row as done; False where its time had run out and another worker has it."""
        with writing(self._engine) as connection:
            ended = connection.execute(
                update(outbox)
                .where(*_still_ours(work))
                .values(state=WorkState.DONE, ended_at=now, taken_until=None, error="")
            )
        return ended.rowcount == 1

    def failed(
        self, work: Work, error: str, now: datetime, *, retry_at: datetime | None = None, permanent: bool = False
    ) -> bool:
        """Puts a row back, to be tried again; sets it aside after too many attempts, or at once if `permanent`.

        Args:
            work: as it was taken.
            error: a sentence for the status page, without names.
            now: the present.
            retry_at: not before; None waits twice as long each time, up to a quarter of an hour.
            permanent: trying again cannot help.

        Returns:
            False where its time had run out and another worker has it.
        """
        aside = permanent or work.attempts >= self._max
        values = (
            {"state": WorkState.ASIDE, "ended_at": now}
            if aside
            else {"state": WorkState.WAITING, "due_at": retry_at or now + wait_after(work.attempts)}
        )
        with writing(self._engine) as connection:
            ours = (
                connection.execute(
                    update(outbox)
                    .where(*_still_ours(work))
                    .values(taken_until=None, error=error[:_ERROR_LENGTH], **values)
                ).rowcount
                == 1
            )
        if ours and aside:
            _say_set_aside(work)
        return ours

    def later(self, work: Work, error: str, due_at: datetime) -> bool:
        """Puts a row back that could not even be tried. However often that happens, it is never set aside for it.

        Args:
            work: as it was taken.
            error: as for `failed`.
            due_at: not before.

        Returns:
            False where its time had run out and another worker has it.
        """
        with writing(self._engine) as connection:
            # Who takes it next has the same number again, and nobody else: whoever had it before this one has a lower.
            put_back = connection.execute(
                update(outbox)
                .where(*_still_ours(work))
                .values(
                    state=WorkState.WAITING,
                    due_at=due_at,
                    taken_until=None,
                    attempts=outbox.c.attempts - 1,
                    error=error[:_ERROR_LENGTH],
                )
            )
        return put_back.rowcount == 1

    def set_aside(self, workbook_id: int | None = None) -> list[Work]:
        """The rows that wait for a person, oldest first, each with its last error; of one workbook or of all."""
        whose = true() if workbook_id is None else outbox.c.workbook_id == workbook_id
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(*_COLUMNS).where(outbox.c.state == WorkState.ASIDE, whose).order_by(outbox.c.id)
            ).all()
        return [Work(**row._asdict()) for row in rows]

    def revive(self, work_id: int, now: datetime) -> bool:
        """Gives a row that was set aside a fresh start; False where there is none such."""
        with writing(self._engine) as connection:
            revived = connection.execute(
                update(outbox)
                .where(outbox.c.id == work_id, outbox.c.state == WorkState.ASIDE)
                .values(state=WorkState.WAITING, attempts=0, due_at=now, ended_at=None)
            )
        return revived.rowcount == 1

    def backlog(self, workbook_id: int | None = None) -> Backlog:
        """How much is not done, of one workbook or of all."""
        undone = outbox.c.state.in_(_UNDONE)
        whose = true() if workbook_id is None else outbox.c.workbook_id == workbook_id
        with reading(self._engine) as connection:
            row = connection.execute(
                select(
                    func.count().filter(undone).label("waiting"),
                    func.count().filter(outbox.c.state == WorkState.ASIDE).label("aside"),
                    func.min(outbox.c.made_at).filter(undone).label("oldest"),
                    func.count().filter(undone, outbox.c.error != "").label("tried"),
                ).where(whose)
            ).one()
        return Backlog(row.waiting, row.aside, row.oldest, row.tried)

    def purge(self, before: datetime) -> int:
        """Forgets what was done before that instant, and counts it. What was set aside stays."""
        with writing(self._engine) as connection:
            gone = connection.execute(
                delete(outbox).where(outbox.c.state == WorkState.DONE, outbox.c.ended_at < before)
            )
        return gone.rowcount


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, up to `LONGEST_WAIT`."""
    doublings = min(attempts - 1, 16)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _left_behind(now: datetime) -> ColumnElement[bool]:
    """A row whose worker did not come back."""
    return and_(outbox.c.state == WorkState.TAKEN, outbox.c.taken_until <= now)


def _due(now: datetime, workbook_id: int | None, kinds: Kinds | None) -> list[ColumnElement[bool]]:
    """What a row must be like to be handed out."""
    earlier = outbox.alias()
    held_up = (
        select(earlier.c.id)
        .where(
            earlier.c.workbook_id == outbox.c.workbook_id,
            earlier.c.subject == outbox.c.subject,
            earlier.c.id < outbox.c.id,
            earlier.c.state.in_(_UNDONE),
        )
        .exists()
    )
    ready = or_(and_(outbox.c.state == WorkState.WAITING, outbox.c.due_at <= now), _left_behind(now))
    return [ready, ~held_up, *_of(workbook_id, kinds)]


def _of(workbook_id: int | None, kinds: Kinds | None) -> list[ColumnElement[bool]]:
    """Of which workbook and kinds a row must be; None for any."""
    found: list[ColumnElement[bool]] = []
    if workbook_id is not None:
        found.append(outbox.c.workbook_id == workbook_id)
    if kinds is not None:
        listed = outbox.c.kind.in_(kinds.names)
        found.append(listed if kinds.listed else ~listed)
    return found


def _still_ours(work: Work) -> tuple[ColumnElement[bool], ...]:
    # Each hand-out counts an attempt, so the count tells the workers of one row apart.
    return (outbox.c.id == work.id, outbox.c.state == WorkState.TAKEN, outbox.c.attempts == work.attempts)


def _say_set_aside(work: Work) -> None:
    _LOG.error(
        "Outbox row %d (%s) was set aside after %d attempts. `sensync status` has its error; mend the cause, then run "
        "`sensync deliver --again`.",
        work.id,
        work.kind,
        work.attempts,
    )
