"""Rate limits that all processes share, in the store: how often a link or an address may ask.

A fixed window that begins with the first request of a key: at most `limit` in it, then none until it ends. Around the
end of a window there may be up to twice the limit in quick succession, which for slowing down guesses is good enough.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, bindparam, case, delete, func, literal_column, or_, select, true, union_all
from sqlalchemy.dialects import postgresql, sqlite

from sync.store.booking_records import TooOften
from sync.store.engine import reading, writing
from sync.store.links import hash_of, look_behind, opened_of
from sync.store.schema import UtcDateTime, rate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, CompoundSelect

    from sync.store.booking_records import Opened
    from sync.store.store import Store


_OVER = rate.c.ends_at <= bindparam("now")


@cache
def _enter(keys: int) -> Any:
    """What a link opens, and whether one of so many keys has its number. Built once, like `_count`."""
    reached = or_(
        *(
            and_(rate.c.key_hash == bindparam(f"hashed_{number}"), rate.c.count >= bindparam(f"limit_{number}"))
            for number in range(keys)
        )
    )
    full = select(rate.c.key_hash).where(reached, ~_OVER).exists()
    return look_behind(select(full.label("is_full")).subquery())


@cache
def _enter_counting(keys: int, counted: int) -> Any:
    """The same on PostgreSQL, which counts so many of the keys in the same statement where the link opens."""
    found = _enter(keys).cte("found")
    counts = _count("postgresql", counted, select(found.c.id).where(found.c.id.is_not(None), ~found.c.is_full).exists())
    counts = counts.cte("counts")
    return select(*found.c, select(func.json_object_agg(*counts.c)).scalar_subquery().label("counted"))


@cache
def _count(dialect: str, keys: int, only: ColumnElement[bool] | None = None) -> Any:
    """Counts so many keys, or none where `only` does not hold.

    Built once: building a statement takes longer than running it, and parents wait for it. The rows come
    from a SELECT, since of an INSERT with several rows of VALUES the library keeps no compiled form.
    """
    on_sqlite = dialect == "sqlite"
    insert = sqlite.insert(rate) if on_sqlite else postgresql.insert(rate)
    # For this one statement PostgreSQL does not wait for the disk; on SQLite `writing` sees to it. A count that a power
    # cut takes away is no loss.
    in_passing = true() if on_sqlite else func.set_config("synchronous_commit", "off", True) == "off"
    where = (in_passing,) if only is None else (in_passing, only)
    until = bindparam("until", type_=UtcDateTime())
    rows: CompoundSelect[Any] = union_all(
        *(
            select(bindparam(f"counted_{number}", type_=Text), literal_column("1"), until).where(*where)
            for number in range(keys)
        )
    )
    return (
        insert.from_select([rate.c.key_hash, rate.c.count, rate.c.ends_at], rows)
        .on_conflict_do_update(
            index_elements=[rate.c.key_hash],
            set_={
                "count": case((_OVER, 1), else_=rate.c.count + 1),
                "ends_at": case((_OVER, until), else_=rate.c.ends_at),
            },
        )
        .returning(rate.c.key_hash, rate.c.count.label("counted"))
    )


class Rates:
    """The rate limits of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def allow(self, limits: Mapping[str, int], window: timedelta, now: datetime) -> bool:
        """Counts one request of each key and says whether it may go on; none lengthens a window.

        Who expects a flood asks `enter` first: that waits for nobody, so a flood cannot keep parents from booking.

        Args:
            limits: for whom it counts, such as `link 17` or `address 203.0.113.9`, and how many requests each may make
                in `window`; of the key only its hash is stored.
            window: of time, from the key's first request.
            now: the present.
        """
        hashes = {hash_of(key): limit for key, limit in limits.items()}
        with writing(self._engine, passing=True) as connection:
            statement = _count(connection.dialect.name, len(hashes))
            rows = connection.execute(statement, {**_counted(hashes), "now": now, "until": now + window}).all()
        return _within({row.key_hash: row.counted for row in rows}, hashes)

    def enter(
        self,
        workbook_id: int,
        token: str,
        limits: Mapping[str, int],
        now: datetime,
        *,
        counted: Collection[str] = (),
        window: timedelta = timedelta(0),
    ) -> Opened | TooOften | None:
        """What the link of a token opens in a workbook, unless `allow` would refuse; in one look-up.

        Args:
            workbook_id: of no other one a link opens.
            token: of the link.
            limits: as for `allow`, at least 1 each.
            now: the present.
            counted: those of the limits for which this counts, as `allow` does, where the link opens. Nothing else is
                counted, and nothing written for who is refused here already.
            window: as for `allow`.

        Returns:
            None for every kind of wrong link alike.
        """
        which: dict[str, Any] = {"hashed": hash_of(token), "workbook": workbook_id, "now": now}
        for number, (key, limit) in enumerate(limits.items()):
            which |= {f"hashed_{number}": hash_of(key), f"limit_{number}": limit}
        counts = {key: limits[key] for key in counted}
        if counts and self._engine.dialect.name == "postgresql":
            hashes = {hash_of(key): limit for key, limit in counts.items()}
            statement = _enter_counting(len(limits), len(hashes))
            return self._enter_counting(statement, {**which, "until": now + window}, hashes)
        with reading(self._engine) as connection:
            row = connection.execute(_enter(len(limits)), which).one()
        opened = None if row.is_full else opened_of(row)
        refused = row.is_full or (opened and counts and not self.allow(counts, window, now))
        return TooOften() if refused else opened

    def _enter_counting(
        self, statement: Any, which: Mapping[str, Any], hashes: Mapping[str, int]
    ) -> Opened | TooOften | None:
        with writing(self._engine, passing=True) as connection:
            row = connection.execute(statement, {**which, **_counted(hashes)}).one()
        opened = None if row.is_full else opened_of(row)
        return TooOften() if row.is_full or (opened and not _within(row.counted or {}, hashes)) else opened

    def purge(self, now: datetime) -> int:
        """Forgets the windows that have ended, and counts them; one in which somebody asks right now is left."""
        # Who counts takes rows in order of their keys, and so does this: neither waits for the other for ever.
        ended = select(rate.c.key_hash).where(_OVER).order_by(rate.c.key_hash).with_for_update(skip_locked=True)
        with writing(self._engine) as connection:
            return connection.execute(delete(rate).where(rate.c.key_hash.in_(ended), _OVER), {"now": now}).rowcount


def _counted(hashes: Iterable[str]) -> dict[str, str]:
    """Which keys are counted: in one order, so that two who have two in common do not wait for each other for ever."""
    return {f"counted_{number}": hashed for number, hashed in enumerate(sorted(hashes))}


def _within(counts: Mapping[str, int], limits: Mapping[str, int]) -> bool:
    """Whether each was counted, and none beyond its limit."""
    return all(key in counts and counts[key] <= limit for key, limit in limits.items())
