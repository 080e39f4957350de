"""What people asked for from the add-on, done in the background: at least once, one at a time, in the order asked.

Google allows a card seconds; a sync takes longer. So a press is stored under an idempotency key and answered, and
whoever works in the background takes it from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from sync.store.engine import dialect_insert, reading, writing
from sync.store.schema import job as table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.store.store import Store

_C = table.c

_LEASE = timedelta(minutes=5)
"""After which a job that nobody said anything of is taken anew: its worker is gone."""


class JobKind(StrEnum):
    """A whole sync, a plan of one, or a person's own act."""

    SYNC = "sync"
    PLAN = "plan"
    ACT = "act"


class JobState(StrEnum):
    """WAITING, at WORK, or ended: DONE, REFUSED (a guard or the row's state says no), FAILED."""

    WAITING = "waiting"
    WORK = "work"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """One thing that was asked for.

    Attributes:
        subject: what it is about: the key of a row; "" for the whole workbook.
        asked_by: the address of whoever asked.
        said: how far it is, or what became of it, in a sentence without names.
        lines: more of that (of a plan, what it would do), with references and no names.
    """

    id: int
    kind: JobKind
    subject: str
    asked_by: str
    asked_at: datetime
    payload: dict[str, Any]
    state: JobState
    attempts: int
    said: str
    lines: tuple[str, ...]
    ended_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will become of it."""
        return self.ended_at is not None


_FIELDS = [_C[name] for name in Job.__slots__]


def _job(row: Any) -> Job:
    told = row._asdict()
    return Job(
        **{**told, "kind": JobKind(row.kind), "state": JobState(row.state), "lines": tuple(row.lines)},
    )


class Jobs:
    """The jobs of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def put(
        self,
        workbook_id: int,
        kind: JobKind,
        key: str,
        now: datetime,
        *,
        asked_by: str,
        subject: str = "",
        payload: dict[str, Any] | None = None,
        anew: Callable[[Job], bool] = lambda _: False,
    ) -> Job:
        """Stores a job, and gives it; where one with this key is there already, that one.

        Args:
            workbook_id: whose.
            kind: of it.
            key: the same for the same press.
            now: the instant.
            asked_by: an address.
            subject: what it is about.
            payload: what doing it needs.
            anew: whether it is to be put once more, told the one that has the key. That one gives the key away where
                it is still to be done, and is forgotten where it has ended.
        """
        values = {
            "workbook_id": workbook_id,
            "kind": kind,
            "key": key,
            "subject": subject,
            "asked_by": asked_by,
            "asked_at": now,
            "payload": payload or {},
            "state": JobState.WAITING,
            "attempts": 0,
            "due_at": now,
            "said": "",
            "lines": [],
        }
        has_key = (_C.workbook_id == workbook_id, _C.key == key)
        known = select(*_FIELDS).where(*has_key)
        with writing(self._engine) as connection:
            before = connection.execute(known).one_or_none()
            if before is not None and anew(_job(before)):
                # Whoever asks at the same moment finds neither, and is given the new one.
                connection.execute(delete(table).where(*has_key, _C.id == before.id, _C.ended_at.is_not(None)))
                given_away = update(table).where(*has_key, _C.id == before.id, _C.ended_at.is_(None))
                connection.execute(given_away.values(key=f"{key}:{before.id}"))
            new = dialect_insert(connection, table).values(values)
            connection.execute(new.on_conflict_do_nothing(index_elements=["workbook_id", "key"]))
            return _job(connection.execute(known).one())

    def take(self, workbook_id: int, now: datetime, lease: timedelta = _LEASE) -> Job | None:
        """Hands out the oldest job that is due, to one worker only; None where there is none.

        Jobs are done in their order: while one is at work, none is handed out.
        """
        open_ = (_C.workbook_id == workbook_id, _C.ended_at.is_(None))
        oldest = select(_C.id, _C.due_at).where(*open_).order_by(_C.id).limit(1)
        with reading(self._engine) as connection:
            # Most looks find nothing, and should not ask for SQLite's one write lock.
            first = connection.execute(oldest).first()
            if first is None or first.due_at > now:
                return None
        with writing(self._engine) as connection:
            row = connection.execute(
                update(table)
                .where(_C.id == first.id, _C.ended_at.is_(None), _C.due_at <= now)
                .values(state=JobState.WORK, attempts=_C.attempts + 1, due_at=now + lease)
                .returning(*_FIELDS)
            ).one_or_none()
        return None if row is None else _job(row)

    def say(self, job: Job, said: str, now: datetime, lease: timedelta = _LEASE) -> None:
        """Says how far a job is, which keeps it with its worker."""
        self._set(job, said=said, due_at=now + lease)

    def later(self, job: Job, said: str, due_at: datetime) -> None:
        """Puts a job off."""
        self._set(job, state=JobState.WAITING, said=said, due_at=due_at)

    def end(self, job: Job, state: JobState, said: str, now: datetime, lines: Sequence[str] = ()) -> None:
        """Ends a job."""
        # What a person wrote is in the workbook now, or nowhere: it is not kept a second time.
        self._set(job, state=state, said=said, lines=list(lines), ended_at=now, payload={})

    def _set(self, job: Job, **values: Any) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(table).where(_C.id == job.id, _C.ended_at.is_(None)).values(**values))

    def newest(self, workbook_id: int, limit: int = 50) -> list[Job]:
        """The newest jobs, newest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(*_FIELDS).where(_C.workbook_id == workbook_id).order_by(_C.id.desc()).limit(limit)
            )
            return [_job(row) for row in rows]

    def afoot(self, workbook_id: int, kind: JobKind) -> list[Job]:
        """The jobs of one kind that wait or are at work, in the order asked."""
        wanted = (_C.workbook_id == workbook_id, _C.kind == kind, _C.ended_at.is_(None))
        with reading(self._engine) as connection:
            return [_job(row) for row in connection.execute(select(*_FIELDS).where(*wanted).order_by(_C.id))]

    def purge(self, before: datetime) -> int:
        """Forgets what ended before an instant, and counts it."""
        with writing(self._engine) as connection:
            return connection.execute(delete(table).where(_C.ended_at < before)).rowcount
