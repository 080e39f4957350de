"""Alerts of what may be about safeguarding: which response was told of, when it was sent, what is told at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from sync.store.booking_records import NewWork
from sync.store.engine import dialect_insert, reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Engine, Table

    from sync.domain.concerns import Response

ALERT = "concern.alert"
"""The kind of the row that tells the SENCO and the DSL: {"concern", "version"}, or {"response"} where harm was ticked.

Beside it "submitted", when the response was sent. A held answer of a round robin has "teacher" beside "concern", and no
version; "concern" is "" where it bears none. {"old", "submitted"} tells of all at once that were sent before that.
"""

OLD = timedelta(days=7)
"""Before this, what a first reading of a form finds is told of at once: who lost the store was told of it already."""


def is_newly_sent(engine: Engine, table: Table, workbook_id: int, response: Response) -> bool:
    """Whether `note_sent` would note it; asked first, since a sweep should not ask for SQLite's one write lock."""
    with reading(engine) as connection:
        row = connection.execute(
            select(table.c.submitted).where(table.c.workbook_id == workbook_id, table.c.response == response.id)
        ).first()
    return row is None or row.submitted is None or row.submitted < response.submitted


def note_sent(connection: Connection, table: Table, workbook_id: int, response: Response) -> bool:
    """Notes in `harm` or `stray` when a response was sent; whether that is new."""
    noted = connection.execute(
        dialect_insert(connection, table)
        .values(workbook_id=workbook_id, response=response.id, submitted=response.submitted)
        .on_conflict_do_update(
            index_elements=["workbook_id", "response"],
            set_={"submitted": response.submitted},
            where=table.c.submitted.is_(None) | (table.c.submitted < response.submitted),
        )
        .returning(table.c.response)
    ).first()
    return noted is not None


def alerts(work: Iterable[NewWork], response: Response, now: datetime, *, first: bool = False) -> list[NewWork]:
    """Has the alerts among these say when the response was sent; of what is old to a first reading one tells for all.

    Args:
        work: rows for the outbox about the response.
        response: which.
        now: the present.
        first: as in `Concerns.take`.
    """
    said = {"submitted": response.submitted.isoformat()}
    if first and now - response.submitted > OLD:
        key = f"{ALERT}:old:{response.form}:{now.date().isoformat()}"
        every = NewWork(key, ALERT, key, {"old": True, "submitted": (now - OLD).isoformat()})
        return [every if each.kind == ALERT else each for each in work]
    return [replace(each, payload={**each.payload, **said}) if each.kind == ALERT else each for each in work]
