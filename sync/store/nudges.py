"""The inbox of the hooks: that there is something to read in a form, and nothing of what it is.

A nudge is stored under an idempotency key before its sender is answered, and forgotten a while after it was seen to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sync.domain.concerns import FormKey
from sync.store.engine import reading, writing
from sync.store.schema import nudge as nudge_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.store.store import Store

_N = nudge_table.c

_LEASE = timedelta(minutes=5)
"""Longer than the reading of a form takes with all its tries."""

_VALUES = ("workbook_id", "form", "key", "at", "due_at")
_PUT = {
    "sqlite": sqlite.insert(nudge_table).on_conflict_do_nothing().returning(_N.id),
    # For this one statement PostgreSQL does not wait for the disk; on SQLite `writing` sees to it.
    "postgresql": postgresql.insert(nudge_table)
    .from_select(
        _VALUES,
        select(*(bindparam(name, type_=_N[name].type) for name in _VALUES)).where(
            func.set_config("synchronous_commit", "off", True) == "off"
        ),
    )
    .on_conflict_do_nothing()
    .returning(_N.id),
}
"""Kept, since a sender waits meanwhile, and making a statement takes longer than carrying it out."""


@dataclass(frozen=True, slots=True)
class Nudge:
    """A nudge that waits: about which form, and when it came."""

    id: int
    form: FormKey
    at: datetime


class Nudges:
    """The nudges of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def put(self, workbook_id: int, form: FormKey, key: str, now: datetime) -> bool:
        """Keeps a nudge; False where one with this key is there already.

        Neither database waits for the disk here: what a power cut takes, the next sweep finds.
        """
        values = {"workbook_id": workbook_id, "form": form, "key": key, "at": now, "due_at": now}
        with writing(self._engine, passing=True) as connection:
            put = connection.execute(_PUT[connection.dialect.name], values).first()
        return put is not None

    def heard(self, workbook_id: int, prefix: str) -> dict[FormKey, datetime]:
        """When each form was last told of by the sender whose keys begin so; what was purged is not known any more."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_N.form, func.max(_N.at, type_=_N.at.type).label("at"))
                .where(_N.workbook_id == workbook_id, _N.key.startswith(prefix, autoescape=True))
                .group_by(_N.form)
            ).all()
        return {FormKey(row.form): row.at for row in rows}

    def take(self, workbook_id: int, now: datetime, lease: timedelta = _LEASE) -> list[Nudge]:
        """Hands out the nudges that are due, the oldest first, each to one worker only.

        What is neither `done` nor put off when `lease` has passed is handed out again.
        """
        due = (_N.workbook_id == workbook_id, _N.done_at.is_(None), _N.due_at <= now)
        with reading(self._engine) as connection:
            # Most looks find nothing, and should not ask for SQLite's one write lock.
            if connection.execute(select(_N.id).where(*due).limit(1)).first() is None:
                return []
        with writing(self._engine) as connection:
            rows = connection.execute(
                update(nudge_table).where(*due).values(due_at=now + lease).returning(_N.id, _N.form, _N.at)
            ).all()
        return [Nudge(row.id, FormKey(row.form), row.at) for row in sorted(rows, key=lambda row: row.id)]

    def done(self, ids: Iterable[int], now: datetime) -> None:
        """Remembers that these were seen to."""
        with writing(self._engine) as connection:
            connection.execute(update(nudge_table).where(_N.id.in_(list(ids))).values(done_at=now))

    def later(self, ids: Iterable[int], due_at: datetime) -> None:
        """Puts these off, to be handed out again."""
        with writing(self._engine) as connection:
            connection.execute(update(nudge_table).where(_N.id.in_(list(ids))).values(due_at=due_at))

    def purge(self, before: datetime) -> int:
        """Forgets what came before an instant, seen to or not, and counts it."""
        with writing(self._engine) as connection:
            return connection.execute(delete(nudge_table).where(or_(_N.at < before, _N.done_at < before))).rowcount
