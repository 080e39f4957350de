"""What was found between two syncs and a person should look at: each is kept once, under its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from sync.domain.families import Notice
from sync.store.engine import dialect_insert, reading, writing
from sync.store.schema import notice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sync.store.store import Store


class Notices:
    """The notices of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def put(self, workbook_id: int, notices: Iterable[Notice], now: datetime) -> None:
        """Adds notices; one whose key is there already gets the new words, and counts as found now."""
        with writing(self._engine) as connection:
            for each in notices:
                values = {"at": now, "place": each.where, "what": each.what}
                connection.execute(
                    dialect_insert(connection, notice)
                    .values(workbook_id=workbook_id, key=each.key, **values)
                    .on_conflict_do_update(index_elements=["workbook_id", "key"], set_=values)
                )

    def since(self, workbook_id: int, when: datetime) -> list[Notice]:
        """The notices found at or after an instant, oldest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(notice)
                .where(notice.c.workbook_id == workbook_id, notice.c.at >= when)
                .order_by(notice.c.at, notice.c.id)
            ).all()
        return [Notice(row.key, row.place, row.what) for row in rows]

    def has(self, workbook_id: int, key: str, since: datetime | None = None) -> bool:
        """Whether there is a notice under a key, found at or after an instant where one is given."""
        wanted = select(notice.c.id).where(notice.c.workbook_id == workbook_id, notice.c.key == key)
        if since is not None:
            wanted = wanted.where(notice.c.at >= since)
        with reading(self._engine) as connection:
            return connection.execute(wanted).first() is not None

    def withdraw(self, workbook_id: int, key: str) -> None:
        """Takes a notice away, because what it says has been mended."""
        with writing(self._engine) as connection:
            connection.execute(delete(notice).where(notice.c.workbook_id == workbook_id, notice.c.key == key))
