"""The waiting list of a surgery: a place that frees is held for the next family, which is told, until the offer ends.

A family that books in the surgery leaves the list by itself (see `bookings`). One whose offer ended may join again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select

from sync.domain.meetings import State
from sync.store.booking_records import AlreadyBooked, Closed, Offered, Waiting, Why
from sync.store.clashes import wait_for_turn
from sync.store.engine import reading, remembered, writing
from sync.store.links import is_alive
from sync.store.places import (
    BOOKABLE,
    OFFER_LASTS,
    booking_of,
    end_offers,
    leave,
    offer_places,
)
from sync.store.schema import IN_LINE, IN_QUEUE, OFFERED
from sync.store.schema import booking as booking_table
from sync.store.schema import slot as slot_table
from sync.store.schema import surgery as surgery_table
from sync.store.schema import waiting as waiting_table

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from sync.domain.meetings import Booking
    from sync.store.booking_records import Link
    from sync.store.store import Store


class WaitingList:
    """The waiting lists of one store.

    Args:
        store: where they are kept.
        offer_lasts: how long a freed place is held for a family.
    """

    def __init__(self, store: Store, *, offer_lasts: timedelta = OFFER_LASTS) -> None:
        self._engine = store.engine
        self._lasts = offer_lasts

    def join(self, link: Link, surgery: str, now: datetime) -> Waiting | AlreadyBooked | Closed:
        """Puts a family at the end of a surgery's queue; once more keeps its turn.

        Where a place frees in the same moment, the answer holds an offer already.
        """
        with writing(self._engine) as connection:
            wait_for_turn(connection, link.workbook_id)
            if not is_alive(connection, link, now):
                return Closed(Why.LINK)
            booked = _active(connection, link, surgery)
            if booked is not None:
                return AlreadyBooked(booked)
            end_offers(connection, link.workbook_id, surgery, now, self._lasts)
            waiting = _waiting(connection, link, surgery)
            if waiting is not None:
                return waiting
            closed = _closed(connection, link.workbook_id, surgery, now)
            if closed is not None:
                return closed
            connection.execute(
                insert(waiting_table).values(
                    workbook_id=link.workbook_id,
                    surgery=surgery,
                    adult=link.adult,
                    ref=link.ref,
                    joined_at=now,
                    state=IN_LINE,
                    version=0,
                )
            )
            offer_places(connection, link.workbook_id, surgery, now, self._lasts)
            waiting = _waiting(connection, link, surgery)
        assert waiting is not None  # noqa: S101 - inserted above, in this transaction
        return waiting

    def leave(self, link: Link, surgery: str, now: datetime) -> None:
        """Takes a family out of the queue; a place that was held for it goes to the next."""
        with writing(self._engine) as connection:
            wait_for_turn(connection, link.workbook_id)
            leave(connection, link.workbook_id, surgery, (link.adult, link.ref), now, self._lasts)

    @remembered
    def waiting(self, link: Link, surgery: str) -> Waiting | None:
        """Where a family stands in a surgery's queue, None if it does not wait."""
        with reading(self._engine) as connection:
            return _waiting(connection, link, surgery)

    def of_link(self, link: Link) -> frozenset[str]:
        """The surgeries in whose queue the family of a link stands."""
        return self.of_family(link.workbook_id, link.adult, link.ref)

    def of_family(self, workbook_id: int, adult: str, ref: str) -> frozenset[str]:
        """The surgeries in whose queue a family stands."""
        which = {"workbook": workbook_id, "adult_key": adult, "child": ref}
        with reading(self._engine) as connection:
            return frozenset(connection.scalars(_ALL_MINE, which))

    def offered(self, workbook_id: int, turn: int, version: int) -> Offered | None:
        """What a row of the outbox told to be offered, None where that has ended or changed since.

        Args:
            workbook_id: whose.
            turn: `waiting` of the outbox row.
            version: `version` of the outbox row.
        """
        with reading(self._engine) as connection:
            row = connection.execute(
                select(waiting_table).where(
                    waiting_table.c.workbook_id == workbook_id,
                    waiting_table.c.id == turn,
                    waiting_table.c.version == version,
                    waiting_table.c.state == OFFERED,
                )
            ).one_or_none()
        return None if row is None else Offered(row.adult, row.ref, row.slot, row.offer_until)

    def in_line(self, workbook_id: int, turn: int, version: int) -> tuple[str, str] | None:
        """The adult and child of a place in a queue, None where it is not as a row of the outbox told of it any more.

        Args:
            workbook_id: whose.
            turn: `waiting` of the outbox row.
            version: `version` of the outbox row.
        """
        with reading(self._engine) as connection:
            row = connection.execute(
                select(waiting_table.c.adult, waiting_table.c.ref).where(
                    waiting_table.c.workbook_id == workbook_id,
                    waiting_table.c.id == turn,
                    waiting_table.c.version == version,
                    waiting_table.c.state == IN_LINE,
                )
            ).one_or_none()
        return None if row is None else (row.adult, row.ref)

    def end_offers(self, now: datetime) -> int:
        """Ends every offer whose time is over, passes the places on, and counts them. For each minute or so."""
        with reading(self._engine) as connection:
            overdue = connection.execute(
                select(waiting_table.c.workbook_id, waiting_table.c.surgery)
                .where(waiting_table.c.state == OFFERED, waiting_table.c.offer_until <= now)
                .distinct()
            ).all()
        ended = 0
        for row in overdue:
            with writing(self._engine) as connection:
                wait_for_turn(connection, row.workbook_id)
                ended += end_offers(connection, row.workbook_id, row.surgery, now, self._lasts)
        return ended


def _active(connection: Connection, link: Link, surgery: str) -> Booking | None:
    row = connection.execute(
        select(booking_table).where(
            booking_table.c.workbook_id == link.workbook_id,
            booking_table.c.surgery == surgery,
            booking_table.c.adult == link.adult,
            booking_table.c.ref == link.ref,
            booking_table.c.cancelled_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else booking_of(row)


_OF_SURGERY = (
    waiting_table.c.workbook_id == bindparam("workbook"),
    waiting_table.c.surgery == bindparam("surgery_key"),
)
_OF_FAMILY = (
    IN_QUEUE,
    waiting_table.c.adult == bindparam("adult_key"),
    waiting_table.c.ref == bindparam("child"),
)
_MINE = select(waiting_table).where(*_OF_SURGERY, *_OF_FAMILY)
_ALL_MINE = select(waiting_table.c.surgery).where(waiting_table.c.workbook_id == bindparam("workbook"), *_OF_FAMILY)
_AHEAD = select(func.count()).where(
    *_OF_SURGERY, waiting_table.c.state == IN_LINE, waiting_table.c.id < bindparam("turn")
)


def _waiting(connection: Connection, link: Link, surgery: str) -> Waiting | None:
    which = {"workbook": link.workbook_id, "surgery_key": surgery}
    row = connection.execute(_MINE, {**which, "adult_key": link.adult, "child": link.ref}).one_or_none()
    if row is None:
        return None
    if row.state == OFFERED:
        return Waiting(surgery, 0, row.slot, row.offer_until)
    ahead = connection.execute(_AHEAD, {**which, "turn": row.id}).scalar_one()
    return Waiting(surgery, ahead)


def _closed(connection: Connection, workbook_id: int, surgery: str, now: datetime) -> Closed | None:
    """Why nobody can wait in a surgery; None while any slot of it could still free."""
    could_free = select(slot_table.c.key).where(
        slot_table.c.workbook_id == workbook_id, slot_table.c.surgery == surgery, BOOKABLE
    )
    if connection.execute(could_free.limit(1), {"now": now}).first() is not None:
        return None
    row = connection.execute(
        select(surgery_table.c.state, surgery_table.c.opens).where(
            surgery_table.c.workbook_id == workbook_id, surgery_table.c.key == surgery
        )
    ).one_or_none()
    if row is None or row.state == State.DRAFT:
        return Closed(Why.UNKNOWN)
    if row.state == State.OPEN and row.opens is not None and row.opens > now:
        return Closed(Why.NOT_YET)
    return Closed(Why.OVER)
