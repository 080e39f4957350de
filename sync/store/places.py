"""Taking and giving back places in slots, and offering freed ones to who waits: within a caller's transaction.

A place is taken by one conditional UPDATE of its slot. Before it every transaction locks the surgery's row, so on
PostgreSQL the bookings of one surgery take turns as all of them do on SQLite: no deadlocks between two families who
swap places, and never a free place beside a family that waits.

`taken` counts the bookings and the offers that hold a place. An offer passes its place on without letting it go.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, or_, select, update

from sync.domain.meetings import Booking, Choice, State
from sync.store.booking_records import Closed, NewWork, SlotState, Taken, Why
from sync.store.outbox import put_work
from sync.store.schema import booking as booking_table
from sync.store.schema import slot as slot_table
from sync.store.schema import surgery as surgery_table
from sync.store.schema import waiting as waiting_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Row

OFFER_LASTS = timedelta(hours=24)
"""How long a freed place is held for the family that waits, unless the surgery closes before."""

IN_LINE, OFFERED = "waiting", "offered"
ANSWERED, MISSED, LEFT = "answered", "missed", "left"

_CHOICE = TypeAdapter(Choice)


def choice_json(choice: Choice) -> Any:
    """A choice as JSON."""
    return _CHOICE.dump_python(choice, mode="json")


def booking_of(row: Row[Any]) -> Booking:
    """A booking from a row of its table."""
    return Booking(
        row.key,
        row.slot,
        row.adult,
        row.ref,
        _CHOICE.validate_python(row.choice),
        row.booked_at,
        row.version,
        row.cancelled_at,
    )


def surgeries_of(connection: Connection, workbook_id: int, slots: Iterable[str]) -> set[str]:
    """The surgeries of these slots; which one a slot belongs to never changes."""
    return set(
        connection.scalars(
            select(slot_table.c.surgery).where(slot_table.c.workbook_id == workbook_id, slot_table.c.key.in_(slots))
        )
    )


def lock_surgeries(connection: Connection, workbook_id: int, keys: Iterable[str]) -> None:
    """Makes the transactions of these surgeries take turns, in the order of their keys."""
    connection.execute(
        select(surgery_table.c.key)
        .where(surgery_table.c.workbook_id == workbook_id, surgery_table.c.key.in_(keys))
        .order_by(surgery_table.c.key)
        # NO KEY UPDATE on PostgreSQL: rows that merely refer to the surgery need not wait.
        .with_for_update(key_share=True)
    )


def bookable(now: datetime) -> ColumnElement[bool]:
    """Whether a slot can be booked at `now` if it has a place: open, its surgery open, before `closes` and its start.

    `closes` itself is too late: of two clocks that show the same instant, one has already closed the page.
    """
    surgery_allows = (
        select(surgery_table.c.key)
        .where(
            surgery_table.c.workbook_id == slot_table.c.workbook_id,
            surgery_table.c.key == slot_table.c.surgery,
            surgery_table.c.state == State.OPEN,
            or_(surgery_table.c.opens.is_(None), surgery_table.c.opens <= now),
            or_(surgery_table.c.closes.is_(None), surgery_table.c.closes > now),
        )
        .exists()
    )
    return and_(slot_table.c.state == SlotState.OPEN, slot_table.c.starts > now, surgery_allows)


def take_place(connection: Connection, workbook_id: int, slot: str, now: datetime, *, held: bool = False) -> bool:
    """Takes a place in a slot if it can be booked and has one left; `held`: the place was held by the taker's offer."""
    has_place = () if held else (slot_table.c.taken < slot_table.c.places,)
    version = connection.execute(
        update(slot_table)
        .where(slot_table.c.workbook_id == workbook_id, slot_table.c.key == slot, bookable(now), *has_place)
        .values(taken=slot_table.c.taken + (0 if held else 1), version=slot_table.c.version + 1)
        .returning(slot_table.c.version)
    ).scalar_one_or_none()
    if version is None:
        return False
    tell_slot(connection, workbook_id, slot, version, now)
    return True


def give_back(connection: Connection, workbook_id: int, slot: str, now: datetime) -> None:
    """Gives a place back, without offering it to anybody yet."""
    version = connection.execute(
        update(slot_table)
        .where(slot_table.c.workbook_id == workbook_id, slot_table.c.key == slot)
        .values(taken=slot_table.c.taken - 1, version=slot_table.c.version + 1)
        .returning(slot_table.c.version)
    ).scalar_one()
    tell_slot(connection, workbook_id, slot, version, now)


def why_not(connection: Connection, workbook_id: int, slot: str, now: datetime) -> Taken | Closed:
    """Why a place could not be taken, in the order in which it matters to the parent."""
    row = connection.execute(
        select(
            slot_table.c.state,
            slot_table.c.starts,
            surgery_table.c.state.label("surgery_state"),
            surgery_table.c.opens,
            surgery_table.c.closes,
        )
        .join_from(slot_table, surgery_table, of_surgery())
        .where(slot_table.c.workbook_id == workbook_id, slot_table.c.key == slot)
    ).one_or_none()
    if row is None or row.surgery_state == State.DRAFT:
        return Closed(Why.UNKNOWN)
    if row.state != SlotState.OPEN:
        return Closed(Why.GONE)
    if row.surgery_state == State.CLOSED or row.starts <= now or (row.closes is not None and row.closes <= now):
        return Closed(Why.OVER)
    if row.opens is not None and row.opens > now:
        return Closed(Why.NOT_YET)
    return Taken()


def of_surgery() -> ColumnElement[bool]:
    """Joins a slot to its surgery."""
    return and_(surgery_table.c.workbook_id == slot_table.c.workbook_id, surgery_table.c.key == slot_table.c.surgery)


def too_late(connection: Connection, workbook_id: int, slot: str, now: datetime) -> bool:
    """Whether a booking in this slot can no longer be changed or cancelled by the parent."""
    row = connection.execute(
        select(slot_table.c.starts, surgery_table.c.closes)
        .join_from(slot_table, surgery_table, of_surgery())
        .where(slot_table.c.workbook_id == workbook_id, slot_table.c.key == slot)
    ).one()
    return row.starts <= now or (row.closes is not None and row.closes <= now)


def free_seat(connection: Connection, workbook_id: int, slot: str) -> int:
    """The lowest seat of a slot that no active booking has, from 1."""
    used = set(
        connection.scalars(
            select(booking_table.c.seat).where(
                booking_table.c.workbook_id == workbook_id,
                booking_table.c.slot == slot,
                booking_table.c.cancelled_at.is_(None),
            )
        )
    )
    return next(seat for seat in count(1) if seat not in used)


# Who waits


def offer_places(connection: Connection, workbook_id: int, surgery: str, now: datetime, lasts: timedelta) -> None:
    """Offers free places of a surgery to those who wait, first come first, each held until the offer ends."""
    while True:
        next_in_line = connection.execute(
            select(waiting_table.c.id)
            .where(
                waiting_table.c.workbook_id == workbook_id,
                waiting_table.c.surgery == surgery,
                waiting_table.c.state == IN_LINE,
            )
            .order_by(waiting_table.c.id)
            .limit(1)
        ).scalar_one_or_none()
        if next_in_line is None:
            return
        place = connection.execute(
            select(slot_table.c.key, slot_table.c.starts, surgery_table.c.closes)
            .join_from(slot_table, surgery_table, of_surgery())
            .where(
                slot_table.c.workbook_id == workbook_id,
                slot_table.c.surgery == surgery,
                slot_table.c.taken < slot_table.c.places,
                bookable(now),
            )
            .order_by(slot_table.c.starts, slot_table.c.key)
            .limit(1)
        ).one_or_none()
        if place is None or not take_place(connection, workbook_id, place.key, now):
            return
        until = min(each for each in (now + lasts, place.starts, place.closes) if each is not None)
        _set_waiting(
            connection,
            workbook_id,
            waiting_table.c.id == next_in_line,
            now,
            state=OFFERED,
            slot=place.key,
            offer_until=until,
        )


def end_offers(connection: Connection, workbook_id: int, surgery: str, now: datetime, lasts: timedelta) -> int:
    """Ends the offers of a surgery whose time is over, passes their places on, and counts them."""
    overdue = and_(
        waiting_table.c.surgery == surgery, waiting_table.c.state == OFFERED, waiting_table.c.offer_until <= now
    )
    freed = _set_waiting(connection, workbook_id, overdue, now, state=MISSED)
    for slot in freed:
        give_back(connection, workbook_id, slot, now)
    if freed:
        offer_places(connection, workbook_id, surgery, now, lasts)
    return len(freed)


def withdraw_offers(connection: Connection, workbook_id: int, slots: Iterable[str], now: datetime) -> None:
    """Takes offers of slots back that can no longer be had; the families keep their turn."""
    offered = and_(waiting_table.c.slot.in_(slots), waiting_table.c.state == OFFERED)
    for slot in _set_waiting(connection, workbook_id, offered, now, state=IN_LINE, offer_until=None):
        give_back(connection, workbook_id, slot, now)


def leave_line(
    connection: Connection, workbook_id: int, surgery: str, family: tuple[str, str], state: str, now: datetime
) -> str | None:
    """Takes a family out of the queue of a surgery; gives the slot that was held for it, whose place it now owns."""
    adult, ref = family
    theirs = and_(
        waiting_table.c.surgery == surgery,
        waiting_table.c.adult == adult,
        waiting_table.c.ref == ref,
        waiting_table.c.state.in_((IN_LINE, OFFERED)),
    )
    held = _set_waiting(connection, workbook_id, theirs, now, state=state)
    return held[0] if held else None


def _set_waiting(
    connection: Connection, workbook_id: int, which: ColumnElement[bool], now: datetime, **values: Any
) -> list[str]:
    """Changes rows of the queue, tells each in the outbox, and gives the slots that were held before.

    A row that is not offered any more keeps no slot.
    """
    before = connection.execute(
        select(waiting_table.c.id, waiting_table.c.slot)
        .where(waiting_table.c.workbook_id == workbook_id, which)
        .order_by(waiting_table.c.id)
    ).all()
    for row in before:
        changed = connection.execute(
            update(waiting_table)
            .where(waiting_table.c.id == row.id)
            .values(version=waiting_table.c.version + 1, **{"slot": None, **values})
            .returning(*waiting_table.c)
        ).one()
        kind = f"waiting.{changed.state}"
        payload = {"waiting": row.id, "version": changed.version, "surgery": changed.surgery, "slot": changed.slot}
        work = NewWork(f"waiting:{row.id}", kind, f"waiting:{row.id}:{changed.version}", payload)
        put_work(connection, workbook_id, [work], now)
    return [row.slot for row in before if row.slot is not None]


# What is told


def tell_slot(connection: Connection, workbook_id: int, slot: str, version: int, now: datetime) -> None:
    """Says in the outbox that a slot changed; who does the work reads how it stands by then."""
    work = NewWork(f"slot:{slot}", "slot.changed", f"slot:{slot}:{version}", {"slot": slot})
    put_work(connection, workbook_id, [work], now)


def tell_booking(
    connection: Connection, workbook_id: int, kind: str, booking: Booking, now: datetime, **more: Any
) -> None:
    """Says in the outbox what became of a booking."""
    payload = {"booking": booking.key, "version": booking.version, "slot": booking.slot, **more}
    work = NewWork(f"booking:{booking.key}", kind, f"booking:{booking.key}:{booking.version}", payload)
    put_work(connection, workbook_id, [work], now)
