"""Rate limits that all processes share, in the store: how often a link or an address may ask.

A fixed window that begins with the first request of a key: at most `limit` in it, then none until it ends. Around the
end of a window there may be up to twice the limit in quick succession, which for slowing down guesses is good enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, delete, literal, or_, select

from sync.store.engine import dialect_insert, reading, writing
from sync.store.links import hash_of
from sync.store.schema import UtcDateTime, rate

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sync.store.store import Store


class Rates:
    """The rate limits of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def allow(self, key: str, limit: int, window: timedelta, now: datetime) -> bool:
        """Counts one request of `key` and says whether it may go on; a refused request counts for nothing.

        Args:
            key: whose limit, such as `link 17` or `address 203.0.113.9`; only its hash is stored.
            limit: how many requests in `window`.
            window: of time, from the key's first request.
            now: the present.
        """
        hashed = hash_of(key)
        # A flood is turned away without SQLite's one write lock, so it cannot keep parents from booking.
        if self.is_full(key, limit, now):
            return False
        over = rate.c.ends_at <= now
        with writing(self._engine) as connection:
            statement = (
                dialect_insert(connection, rate)
                .values(key_hash=hashed, count=1, ends_at=now + window)
                .on_conflict_do_update(
                    index_elements=[rate.c.key_hash],
                    set_={
                        "count": case((over, 1), else_=rate.c.count + 1),
                        "ends_at": case((over, literal(now + window, UtcDateTime())), else_=rate.c.ends_at),
                    },
                    where=or_(over, rate.c.count < limit),
                )
                .returning(rate.c.count)
            )
            return connection.execute(statement).first() is not None

    def is_full(self, key: str, limit: int, now: datetime) -> bool:
        """Whether `allow` would refuse; counts nothing."""
        full = select(rate.c.key_hash).where(
            rate.c.key_hash == hash_of(key), rate.c.ends_at > now, rate.c.count >= limit
        )
        with reading(self._engine) as connection:
            return limit < 1 or connection.execute(full).first() is not None

    def purge(self, now: datetime) -> int:
        """Forgets the windows that have ended, and counts them."""
        with writing(self._engine) as connection:
            return connection.execute(delete(rate).where(rate.c.ends_at <= now)).rowcount
