"""The push channels that Calendar was asked for, and what it told on them.

Of a channel's token only the hash is here. That something changed is told to whoever follows by a row of the outbox,
so it reaches any process on any machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from sync.domain.channels import Channel
from sync.store.booking_records import NewWork
from sync.store.engine import dialect_insert, reading, writing
from sync.store.outbox import put_work
from sync.store.schema import channel

if TYPE_CHECKING:
    from datetime import datetime

    from sync.store.store import Store

LOOK = "calendar.look"
"""The kind of the outbox row that says: something changed, go and look."""


class Channels:
    """The channels of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def all(self, workbook_id: int) -> list[Channel]:
        """The channels of a workbook, the one that lasts longest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(channel)
                .where(channel.c.workbook_id == workbook_id)
                .order_by(channel.c.expires.desc(), channel.c.id)
            ).all()
        return [Channel(row.id, row.resource_id, row.token_hash, row.expires) for row in rows]

    def save(self, workbook_id: int, kept: Channel) -> None:
        """Keeps a channel that was opened."""
        values = {"resource_id": kept.resource_id, "token_hash": kept.token_hash, "expires": kept.expires}
        with writing(self._engine) as connection:
            connection.execute(
                dialect_insert(connection, channel)
                .values(id=kept.id, workbook_id=workbook_id, **values)
                .on_conflict_do_update(index_elements=["id"], set_=values)
            )

    def forget(self, workbook_id: int, channel_id: str) -> None:
        """Forgets a channel that was closed or has ended."""
        with writing(self._engine) as connection:
            connection.execute(delete(channel).where(channel.c.workbook_id == workbook_id, channel.c.id == channel_id))

    def told(self, workbook_id: int, channel_id: str, number: int, now: datetime) -> bool:
        """Puts the wish to look into the outbox; False where this message had been told before."""
        work = NewWork("calendar", LOOK, f"{LOOK}:{channel_id}:{number}")
        with writing(self._engine) as connection:
            return put_work(connection, workbook_id, [work], now) == 1
