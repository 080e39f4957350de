"""Taking and giving back places in slots, and offering freed ones to who waits: within a caller's transaction.

A place is taken by one conditional UPDATE of its slot. Before it every transaction waits for its workbook's turn (see
`clashes`): no deadlocks between two families who swap places, never a free place beside a family that waits, and never
two families at one time.

`taken` counts the bookings and the offers that hold a place. An offer passes its place on without letting it go.

Statements on the way of a booking are built once, up here: building them takes longer than running them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select, update

from sync.domain.meetings import Booking, Choice, SlotState, State
from sync.store.booking_records import Closed, NewWork, Taken, Why
from sync.store.clashes import NO_CLASH, surgeries_around
from sync.store.outbox import done_work, put_work
from sync.store.schema import IN_LINE, IN_QUEUE, OFFERED
from sync.store.schema import booking as booking_table
from sync.store.schema import slot as slot_table
from sync.store.schema import surgery as surgery_table
from sync.store.schema import waiting as waiting_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, FromClause, Row, RowMapping

OFFER_LASTS = timedelta(hours=24)
"""How long a freed place is held for the family that waits, unless the surgery closes before."""

ANSWERED, MISSED, LEFT, SUSPENDED = "answered", "missed", "left", "suspended"
WITHDRAWN = "withdrawn"

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


OF_SURGERY = and_(surgery_table.c.workbook_id == slot_table.c.workbook_id, surgery_table.c.key == slot_table.c.surgery)
"""Joins a slot to its surgery."""

TAKES_BOOKINGS: ColumnElement[bool] = and_(
    surgery_table.c.state == State.OPEN,
    or_(surgery_table.c.opens.is_(None), surgery_table.c.opens <= bindparam("now")),
    or_(surgery_table.c.closes.is_(None), surgery_table.c.closes > bindparam("now")),
)
"""What `Surgery.takes_bookings` says, of a row."""


def to_come(slots: FromClause) -> ColumnElement[bool]:
    """Whether a row of slots is there at `now` and has not begun."""
    return and_(slots.c.state == SlotState.OPEN, slots.c.starts > bindparam("now"))


BOOKABLE: ColumnElement[bool] = and_(
    to_come(slot_table),
    select(surgery_table.c.key).where(OF_SURGERY, TAKES_BOOKINGS).correlate(slot_table).exists(),
)
"""Whether a slot can be booked at `now` if it has a place: open, its surgery open, before `closes` and its start.

`closes` itself is too late: of two clocks that show the same instant, one has already closed the page.
"""

CAN_BE_HAD = and_(BOOKABLE, NO_CLASH)
"""Whether a slot can be booked at `now` if it has a place, and nobody holds another one at its time."""

HAS_PLACE = slot_table.c.taken < slot_table.c.places
THE_SLOT = and_(slot_table.c.workbook_id == bindparam("workbook"), slot_table.c.key == bindparam("slot_key"))
"""Whether a row is the slot `slot_key` of `workbook`."""

_TAKE_FREE = (
    update(slot_table)
    .where(THE_SLOT, HAS_PLACE, CAN_BE_HAD)
    .values(taken=slot_table.c.taken + 1, version=slot_table.c.version + 1)
    .returning(slot_table.c.version, slot_table.c.ends)
)
_TAKE_HELD = (
    update(slot_table)
    .where(THE_SLOT, CAN_BE_HAD)
    .values(version=slot_table.c.version + 1)
    .returning(slot_table.c.version, slot_table.c.ends)
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place that was taken, in a slot that ends then.

    `told` is what the outbox has yet to hear.
    """

    told: NewWork
    ends: datetime


def take_place(
    connection: Connection, workbook_id: int, slot: str, now: datetime, *, held: bool = False, leaving: str = ""
) -> Place | None:
    """Takes a place in a slot if it can be booked and has one left.

    Args:
        connection: of the caller's transaction.
        workbook_id: whose.
        slot: its key.
        now: the present.
        held: the place was held by the taker's offer.
        leaving: the slot in which the taker gives up a place for it.
    """
    which = {"workbook": workbook_id, "slot_key": slot, "now": now, "leaving": leaving}
    row = connection.execute(_TAKE_HELD if held else _TAKE_FREE, which).one_or_none()
    return None if row is None else Place(slot_changed(slot, row.version), row.ends)


_GIVE_BACK = (
    update(slot_table)
    .where(THE_SLOT)
    .values(taken=slot_table.c.taken - 1, version=slot_table.c.version + 1)
    .returning(slot_table.c.version)
)


def give_back(connection: Connection, workbook_id: int, slot: str, now: datetime) -> None:
    """Gives a place back, without offering it to anybody yet."""
    version = connection.execute(_GIVE_BACK, {"workbook": workbook_id, "slot_key": slot}).scalar_one()
    tell_slot(connection, workbook_id, slot, version, now)


_STANDING = (
    select(
        slot_table.c.state,
        slot_table.c.starts,
        surgery_table.c.state.label("surgery_state"),
        surgery_table.c.opens,
        surgery_table.c.closes,
    )
    .join_from(slot_table, surgery_table, OF_SURGERY)
    .where(THE_SLOT)
)


def why_not(connection: Connection, workbook_id: int, slot: str, now: datetime) -> Taken | Closed:
    """Why a place could not be taken, in the order in which it matters to the parent."""
    row = connection.execute(_STANDING, {"workbook": workbook_id, "slot_key": slot}).one_or_none()
    if row is None or row.surgery_state == State.DRAFT:
        return Closed(Why.UNKNOWN)
    if row.state != SlotState.OPEN:
        return Closed(Why.GONE)
    if row.surgery_state == State.CLOSED or row.starts <= now or (row.closes is not None and row.closes <= now):
        return Closed(Why.OVER)
    if row.opens is not None and row.opens > now:
        return Closed(Why.NOT_YET)
    return Taken()


def too_late(connection: Connection, workbook_id: int, slot: str, now: datetime) -> bool:
    """Whether a booking in this slot can no longer be changed or cancelled by the parent."""
    row = connection.execute(_STANDING, {"workbook": workbook_id, "slot_key": slot}).one()
    return row.starts <= now or (row.closes is not None and row.closes <= now)


_seated, _beside = booking_table.alias(), booking_table.alias()


def _in_slot(table: FromClause) -> ColumnElement[bool]:
    return and_(
        table.c.workbook_id == bindparam("workbook"),
        table.c.slot == bindparam("slot_key"),
        table.c.cancelled_at.is_(None),
    )


def _is_taken(seat: int | ColumnElement[int]) -> ColumnElement[bool]:
    return select(_beside.c.key).where(_in_slot(_beside), _beside.c.seat == seat).correlate(_seated).exists()


FREE_SEAT: ColumnElement[int] = case(
    (~_is_taken(1), 1),
    else_=select(func.min(_seated.c.seat) + 1)
    .where(_in_slot(_seated), ~_is_taken(_seated.c.seat + 1))
    .scalar_subquery(),
)
"""The lowest seat of a slot that no active booking has, from 1."""


# Who waits


_WAITING = and_(
    waiting_table.c.workbook_id == bindparam("workbook"), waiting_table.c.surgery == bindparam("surgery_key")
)
_NEXT_IN_LINE = (
    select(waiting_table.c.id).where(_WAITING, waiting_table.c.state == IN_LINE).order_by(waiting_table.c.id).limit(1)
)
_NEXT_PLACE = (
    select(slot_table.c.key, slot_table.c.starts, surgery_table.c.closes)
    .join_from(slot_table, surgery_table, OF_SURGERY)
    .where(
        slot_table.c.workbook_id == bindparam("workbook"),
        slot_table.c.surgery == bindparam("surgery_key"),
        HAS_PLACE,
        CAN_BE_HAD,
    )
    .order_by(slot_table.c.starts, slot_table.c.key)
    .limit(1)
)


def offer_places(connection: Connection, workbook_id: int, surgery: str, now: datetime, lasts: timedelta) -> None:
    """Offers free places of a surgery to those who wait, first come first, each held until the offer ends."""
    which = {"workbook": workbook_id, "surgery_key": surgery}
    while (family := connection.execute(_NEXT_IN_LINE, which).one_or_none()) is not None:
        place = connection.execute(_NEXT_PLACE, {**which, "now": now}).one_or_none()
        taken = take_place(connection, workbook_id, place.key, now) if place is not None else None
        if place is None or taken is None:
            return
        put_work(connection, workbook_id, [taken.told], now)
        until = min(each for each in (now + lasts, place.starts, place.closes) if each is not None)
        _set_waiting(
            connection, workbook_id, [family.id], now, {"state": OFFERED, "slot": place.key, "offer_until": until}
        )


def offer_around(
    connection: Connection, workbook_id: int, slots: Sequence[str], now: datetime, lasts: timedelta
) -> None:
    """Offers what the places given back in these slots have freed: in their surgeries, and at their times in others."""
    for surgery in sorted(surgeries_around(connection, workbook_id, slots)):
        offer_places(connection, workbook_id, surgery, now, lasts)


_OVERDUE = select(waiting_table.c.id, waiting_table.c.slot).where(
    _WAITING, waiting_table.c.state == OFFERED, waiting_table.c.offer_until <= bindparam("now")
)


def end_offers(connection: Connection, workbook_id: int, surgery: str, now: datetime, lasts: timedelta) -> int:
    """Ends the offers of a surgery whose time is over, passes their places on, and counts them."""
    overdue = connection.execute(_OVERDUE, {"workbook": workbook_id, "surgery_key": surgery, "now": now}).all()
    _set_waiting(connection, workbook_id, [row.id for row in overdue], now, {"state": MISSED})
    for row in overdue:
        give_back(connection, workbook_id, row.slot, now)
    if overdue:
        offer_around(connection, workbook_id, [row.slot for row in overdue], now, lasts)
    return len(overdue)


def withdraw_offers(connection: Connection, workbook_id: int, slots: Sequence[str], now: datetime) -> None:
    """Takes offers of slots back that can no longer be had; the families keep their turn.

    Whoever was told of the offer is told that it is no more (kind `waiting.withdrawn`).
    """
    offered = connection.execute(
        select(waiting_table.c.id, waiting_table.c.slot, waiting_table.c.version).where(
            waiting_table.c.workbook_id == workbook_id,
            waiting_table.c.slot.in_(slots),
            waiting_table.c.state == OFFERED,
        )
    ).all()
    for row in offered:
        was = done_work(connection, workbook_id, _turn_key(row.id, row.version))
        _set_waiting(connection, workbook_id, [row.id], now, {"state": IN_LINE}, was)
        give_back(connection, workbook_id, row.slot, now)


_THEIR_TURN = select(waiting_table.c.id, waiting_table.c.slot).where(
    _WAITING,
    waiting_table.c.adult == bindparam("adult_key"),
    waiting_table.c.ref == bindparam("child"),
    IN_QUEUE,
)


def held_for(connection: Connection, workbook_id: int, surgery: str, family: tuple[str, str]) -> str | None:
    """The slot in which an offer holds a place for a family."""
    row = _turn(connection, workbook_id, surgery, family)
    return None if row is None else row["slot"]


def leave_line(
    connection: Connection, workbook_id: int, surgery: str, family: tuple[str, str], state: str, now: datetime
) -> str | None:
    """Takes a family out of the queue of a surgery; gives the slot that was held for it, whose place it now owns."""
    row = _turn(connection, workbook_id, surgery, family)
    if row is None:
        return None
    _set_waiting(connection, workbook_id, [row["id"]], now, {"state": state})
    held: str | None = row["slot"]
    return held


def suspend_lines(
    connection: Connection, workbook_id: int, family: tuple[str, str], now: datetime, lasts: timedelta
) -> None:
    """Takes a family out of every queue, because the school does not write to it any more; see `resume_lines`."""
    adult, ref = family
    theirs = (
        waiting_table.c.workbook_id == workbook_id, waiting_table.c.adult == adult, waiting_table.c.ref == ref
    )  # fmt: skip
    surgeries = select(waiting_table.c.surgery).where(*theirs, IN_QUEUE).order_by(waiting_table.c.surgery)
    for surgery in connection.scalars(surgeries).all():
        leave(connection, workbook_id, surgery, family, now, lasts, SUSPENDED)


def leave(
    connection: Connection,
    workbook_id: int,
    surgery: str,
    family: tuple[str, str],
    now: datetime,
    lasts: timedelta,
    state: str = LEFT,
) -> None:
    """Takes a family out of the queue of a surgery; a place that was held for it goes to the next."""
    held = leave_line(connection, workbook_id, surgery, family, state, now)
    if held is not None:
        give_back(connection, workbook_id, held, now)
        offer_around(connection, workbook_id, [held], now, lasts)


def resume_lines(
    connection: Connection, workbook_id: int, family: tuple[str, str], now: datetime, lasts: timedelta
) -> None:
    """Puts a family that was suspended back into the queues where it has neither a turn nor a meeting meanwhile.

    The row is the one that it had: a turn is the order of `id`. An offer that it had went to somebody else.
    """
    adult, ref = family
    theirs = (
        waiting_table.c.workbook_id == workbook_id, waiting_table.c.adult == adult, waiting_table.c.ref == ref
    )  # fmt: skip
    standing = select(waiting_table.c.surgery).where(*theirs, IN_QUEUE)
    booked = select(booking_table.c.surgery).where(
        booking_table.c.workbook_id == workbook_id,
        booking_table.c.adult == adult,
        booking_table.c.ref == ref,
        booking_table.c.cancelled_at.is_(None),
    )
    rows = connection.execute(
        select(waiting_table.c.surgery, func.max(waiting_table.c.id).label("id"))
        .where(
            *theirs,
            waiting_table.c.state == SUSPENDED,
            waiting_table.c.surgery.not_in(standing),
            waiting_table.c.surgery.not_in(booked),
        )
        .group_by(waiting_table.c.surgery)
        .order_by(waiting_table.c.surgery)
    ).all()
    _set_waiting(connection, workbook_id, [row.id for row in rows], now, {"state": IN_LINE})
    for row in rows:
        offer_places(connection, workbook_id, row.surgery, now, lasts)


def _turn(connection: Connection, workbook_id: int, surgery: str, family: tuple[str, str]) -> RowMapping | None:
    adult, ref = family
    which = {"workbook": workbook_id, "surgery_key": surgery, "adult_key": adult, "child": ref}
    return connection.execute(_THEIR_TURN, which).mappings().one_or_none()


def _set_waiting(
    connection: Connection,
    workbook_id: int,
    ids: Iterable[int],
    now: datetime,
    values: dict[str, Any],
    taken_back: dict[str, Any] | None = None,
) -> None:
    """Changes rows of the queue and tells each in the outbox. What is not offered any more holds no slot.

    `taken_back` is what was told of the offer that ends with it.
    """
    for each in ids:
        changed = connection.execute(
            update(waiting_table)
            .where(waiting_table.c.id == each)
            .values({"version": waiting_table.c.version + 1, "slot": None, "offer_until": None, **values})
            .returning(*waiting_table.c)
        ).one()
        work = turn_told(connection, workbook_id, changed)
        if taken_back is not None:
            payload = {**taken_back, "version": changed.version}
            work = replace(work, kind=f"waiting.{WITHDRAWN}", payload=payload)
        put_work(connection, workbook_id, [work], now)


def turn_told(connection: Connection, workbook_id: int, row: Any) -> NewWork:
    """What the outbox hears of a row of the queue."""
    payload = {"waiting": row.id, "version": row.version, "surgery": row.surgery, "slot": row.slot}
    if row.state == OFFERED:
        payload |= _time_of(connection, workbook_id, row.slot)
    return NewWork(f"waiting:{row.id}", f"waiting.{row.state}", _turn_key(row.id, row.version), payload)


def _turn_key(turn: int, version: int) -> str:
    return f"waiting:{turn}:{version}"


# What is told


_TIME = select(slot_table.c.starts, slot_table.c.ends).where(THE_SLOT)


def _time_of(connection: Connection, workbook_id: int, slot: str) -> dict[str, str]:
    """When a slot is, for the outbox: the letter may be written when the SENCO has moved it already."""
    row = connection.execute(_TIME, {"workbook": workbook_id, "slot_key": slot}).one()
    return {"starts": row.starts.isoformat(), "ends": row.ends.isoformat()}


def tell_cancelled(connection: Connection, workbook_id: int, booking: Booking, now: datetime, by: str) -> None:
    """Says in the outbox that a booking was cancelled, and which time it had."""
    when = _time_of(connection, workbook_id, booking.slot)
    tell_booking(connection, workbook_id, "booking.cancelled", booking, now, by=by, **when)


def tell_slot(connection: Connection, workbook_id: int, slot: str, version: int, now: datetime) -> None:
    """Says in the outbox that a slot changed; who does the work reads how it stands by then."""
    put_work(connection, workbook_id, [slot_changed(slot, version)], now)


def slot_changed(slot: str, version: int | str) -> NewWork:
    """Says that a slot changed; the version ends the key, so that without one the key is what the version follows."""
    return NewWork(f"slot:{slot}", "slot.changed", f"slot:{slot}:{version}", {"slot": slot})


def tell_booking(
    connection: Connection,
    workbook_id: int,
    kind: str,
    booking: Booking,
    now: datetime,
    *also: NewWork,
    **more: Any,
) -> None:
    """Says in the outbox what became of a booking; `also` is said before it, in the same statement."""
    put_work(connection, workbook_id, [*also, booking_told(kind, booking, **more)], now)


def booking_told(kind: str, booking: Booking, **more: Any) -> NewWork:
    """What `tell_booking` says."""
    payload = {"booking": booking.key, "version": booking.version, "slot": booking.slot, **more}
    return NewWork(f"booking:{booking.key}", kind, f"booking:{booking.key}:{booking.version}", payload)
