"""Leases: one run at a time on one workbook, on whichever machine.

A lease is claimed by one conditional statement, never by looking first. Every claim draws a *fence*, a
number that only rises; `Store.commit` refuses a fence that is no longer the current one. So a run that was
paused past its lease can do no harm when it wakes. Instants come from the machine's clock; where two
clocks differ by more than the lease is long, a lease may be taken over early, and the fence still keeps the
store right.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from sync.store.engine import dialect_insert, writing
from sync.store.records import LeaseHeldError, LeaseLostError, LeaseRow
from sync.store.schema import fence_counter
from sync.store.schema import lease as lease_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from sqlalchemy import Connection, Engine


class Lease:
    """A lease in use; a context manager. `fence` is 0 until it was claimed."""

    def __init__(self, engine: Engine, name: str, holder: str, ttl_seconds: float, now: Callable[[], datetime]) -> None:
        self.name = name
        self.holder = holder
        self.fence = 0
        self._engine = engine
        self._ttl = timedelta(seconds=ttl_seconds)
        self._now = now

    def __enter__(self) -> Self:
        """Claims the lease.

        Raises:
            LeaseHeldError: another holder has it and it has not run out.
        """
        now = self._now()
        with writing(self._engine) as connection:
            self.fence = self._claim(connection, now)
        return self

    def _claim(self, connection: Connection, now: datetime) -> int:
        # The counter's row is locked until the commit, so claims queue up here and fences rise in order.
        fence: int = connection.execute(
            update(fence_counter).values(value=fence_counter.c.value + 1).returning(fence_counter.c.value)
        ).scalar_one()
        values = {"holder": self.holder, "fence": fence, "taken_at": now, "expires_at": now + self._ttl}
        claimed = connection.execute(
            dialect_insert(connection, lease_table)
            .values(name=self.name, **values)
            .on_conflict_do_update(
                index_elements=[lease_table.c.name],
                set_=values,
                where=or_(lease_table.c.holder.is_(None), lease_table.c.expires_at <= now),
            )
            .returning(lease_table.c.fence)
        ).scalar_one_or_none()
        if claimed is None:
            row = connection.execute(select(lease_table).where(lease_table.c.name == self.name)).one()
            raise LeaseHeldError(LeaseRow(**row._asdict()))
        return fence

    def renew(self) -> None:
        """Starts the lease's time anew. A lease that ran out but that nobody took is still ours.

        Raises:
            LeaseLostError: another holder has taken it over.
        """
        now = self._now()
        with writing(self._engine) as connection:
            renewed = connection.execute(
                update(lease_table)
                .where(lease_table.c.fence == self.fence, lease_table.c.holder.is_not(None))
                .values(expires_at=now + self._ttl)
            )
            if renewed.rowcount != 1:
                raise LeaseLostError(self.fence)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Gives the lease back, if it is still ours."""
        with writing(self._engine) as connection:
            connection.execute(
                update(lease_table).where(lease_table.c.fence == self.fence).values(holder=None, expires_at=self._now())
            )


def hold_fence(connection: Connection, fence: int) -> None:
    """Locks the lease of `fence` until the transaction ends, so that nobody can take it over meanwhile.

    Raises:
        LeaseLostError: the fence is not the current one of any lease.
    """
    held = connection.execute(
        update(lease_table).where(lease_table.c.fence == fence, lease_table.c.holder.is_not(None)).values(fence=fence)
    )
    if held.rowcount != 1:
        raise LeaseLostError(fence)


def current_leases(connection: Connection, now: datetime) -> list[LeaseRow]:
    """The leases that are held and have not run out."""
    rows = connection.execute(
        select(lease_table)
        .where(lease_table.c.holder.is_not(None), lease_table.c.expires_at > now)
        .order_by(lease_table.c.name)
    )
    return [LeaseRow(**row._asdict()) for row in rows]
