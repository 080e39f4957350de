"""Bookings: claimed, changed and cancelled, each in one transaction with what is to be told about it.

Every answer can be had again: a call that was cut off and is made once more finds what the first one did. Kinds put in
the outbox: `booking.booked`, `booking.changed`, `booking.moved` (by the school), `booking.cancelled` (subject
`booking:KEY`), `slot.changed` (subject `slot:KEY`) and `waiting.STATE` (subject `waiting:ID`).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, or_, select, update

from sync.domain.meetings import Booking, Kind
from sync.store.booking_records import (
    AlreadyBooked,
    Booked,
    Cancelled,
    Closed,
    Stale,
    Taken,
    Unknown,
    Why,
)
from sync.store.clashes import wait_for_turn, wait_for_turn_of
from sync.store.engine import in_turn, look_away, on_disk, reading, writing
from sync.store.links import is_alive, keep_open
from sync.store.outbox import put_work
from sync.store.places import (
    ANSWERED,
    FREE_SEAT,
    OFFER_LASTS,
    Place,
    booking_of,
    choice_json,
    end_offers,
    give_back,
    held_for,
    leave_line,
    offer_around,
    take_place,
    tell_booking,
    tell_cancelled,
    too_late,
    why_not,
)
from sync.store.plain_claims import INSERT, booking_row, claim_plainly, is_plainly_full
from sync.store.schema import booking as booking_table
from sync.store.schema import slot as slot_table
from sync.store.schema import surgery as surgery_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Connection, CursorResult, Row

    from sync.domain.meetings import Choice
    from sync.store.booking_records import Link
    from sync.store.store import Store

_KEY_BYTES = 10


class Bookings:
    """The bookings of one store.

    Args:
        store: where they are kept.
        offer_lasts: how long a freed place is held for a family that waits.
    """

    def __init__(self, store: Store, *, offer_lasts: timedelta = OFFER_LASTS) -> None:
        self._engine = store.engine
        self._lasts = offer_lasts

    def claim(
        self, link: Link, slot: str, choice: Choice, now: datetime, idempotency_key: str
    ) -> Booked | Taken | Closed | AlreadyBooked | Cancelled:
        """Books a place in a slot.

        Args:
            link: whose link it is, as `Links.find` gave it.
            slot: its key.
            choice: what the parent says with it.
            now: the present.
            idempotency_key: of the form that was sent; once more with the same key gives the same booking.

        Returns:
            `AlreadyBooked` where the family has another booking in this surgery, or one still to come in another
            surgery of the same purpose; `Cancelled` where the form is an old one whose booking was cancelled since.
        """
        look_away()
        booking = Booking(secrets.token_hex(_KEY_BYTES), slot, link.adult, link.ref, choice, now)
        with in_turn(self._engine) as waited:
            # In a rush most are too late by now. They do not queue for the lock with those who are not.
            if waited and is_plainly_full(self._engine, link, slot, idempotency_key, now):
                return Taken()
            booked = claim_plainly(self._engine, link, booking, idempotency_key)
        if booked:
            on_disk(self._engine)
            return Booked(booking)
        if is_plainly_full(self._engine, link, slot, idempotency_key, now):
            return Taken()
        answer = self._claim(link, booking, idempotency_key)
        if isinstance(answer, (Booked, AlreadyBooked)) and answer.booking is not booking:
            # It may be an earlier form's, of a process that was killed before the disk had it.
            on_disk(self._engine, found=True)
        return answer

    def _claim(
        self, link: Link, booking: Booking, idempotency_key: str
    ) -> Booked | Taken | Closed | AlreadyBooked | Cancelled:
        slot, now = booking.slot, booking.booked_at
        with writing(self._engine) as connection:
            surgery = wait_for_turn_of(connection, link.workbook_id, slot)
            if surgery is None:
                return Closed(Why.UNKNOWN)
            if not is_alive(connection, link, now):
                return Closed(Why.LINK)
            row = _earlier(connection, link, surgery, idempotency_key)
            if row is not None:
                earlier = booking_of(row)
                if earlier.cancelled_at is not None:
                    return Cancelled(earlier)
                sent = (slot, booking.choice)
                stands = row.idempotency_key == idempotency_key and (earlier.slot, earlier.choice) == sent
                return Booked(earlier) if stands else AlreadyBooked(earlier)
            other = _still_to_come(connection, link, surgery, now)
            if other is not None:
                return AlreadyBooked(other)
            end_offers(connection, link.workbook_id, surgery, now, self._lasts)
            place = _take(connection, link, slot, surgery, now)
            if not isinstance(place, Place):
                return place
            row_of_it = {**booking_row(link, booking, idempotency_key), "surgery": surgery}
            connection.execute(INSERT, {**row_of_it, "workbook": link.workbook_id, "slot_key": slot})
            tell_booking(connection, link.workbook_id, "booking.booked", booking, now, place.told, by="parent")
            keep_open(connection, link, place.ends, now)
            self._settle(connection, link, surgery, slot, now)
        return Booked(booking)

    def change(
        self, link: Link, booking: str, to_slot: str, choice: Choice, expected_version: int, now: datetime
    ) -> Booked | Taken | Closed | AlreadyBooked | Stale | Cancelled | Unknown:
        """Moves a booking, or changes what was said with it; the new place is taken before the old one is let go.

        Args:
            link: whose booking it has to be.
            booking: its key.
            to_slot: the slot's key; the present one changes `choice` alone.
            choice: what the parent says with it now.
            expected_version: of the booking as the parent saw it.
            now: the present.

        Returns:
            Anything but `Booked` changed nothing. `Closed` speaks of the present slot where its time is over, else of
            the new one.
        """
        with writing(self._engine) as connection:
            wait_for_turn(connection, link.workbook_id)
            held = _mine(connection, link, booking)
            if held is None:
                return Unknown()
            if not is_alive(connection, link, now):
                return Closed(Why.LINK)
            if held.cancelled_at is not None:
                return Cancelled(held)
            same = (held.slot, held.choice) == (to_slot, choice)
            if same and held.version in {expected_version, expected_version + 1}:
                return Booked(held)
            if held.version != expected_version:
                return Stale(held)
            if too_late(connection, link.workbook_id, held.slot, now):
                return Closed(Why.OVER)
            if held.slot == to_slot:
                changed = _update(connection, link.workbook_id, held, choice=choice_json(choice))
                tell_booking(connection, link.workbook_id, "booking.changed", changed, now, was=held.slot, by="parent")
                return Booked(changed)
            return self._move(connection, link, held, to_slot, choice, now)

    def _move(
        self, connection: Connection, link: Link, held: Booking, to_slot: str, choice: Choice, now: datetime
    ) -> Booked | Taken | Closed | AlreadyBooked:
        workbook_id = link.workbook_id
        target = wait_for_turn_of(connection, workbook_id, to_slot)
        if target is None:
            return Closed(Why.UNKNOWN)
        row = _earlier(connection, link, target, None, but=held.key)
        other = booking_of(row) if row is not None else _still_to_come(connection, link, target, now, but=held.key)
        if other is not None:
            return AlreadyBooked(other)
        end_offers(connection, workbook_id, target, now, self._lasts)
        place = _take(connection, link, to_slot, target, now, leaving=held)
        if not isinstance(place, Place):
            return place
        put_work(connection, workbook_id, [place.told], now)
        moved = _update(
            connection,
            workbook_id,
            held,
            slot=to_slot,
            surgery=target,
            seat=FREE_SEAT,
            choice=choice_json(choice),
        )
        give_back(connection, workbook_id, held.slot, now)
        tell_booking(connection, workbook_id, "booking.changed", moved, now, was=held.slot, by="parent")
        keep_open(connection, link, place.ends, now)
        self._settle(connection, link, target, to_slot, now)
        offer_around(connection, workbook_id, [held.slot], now, self._lasts)
        return Booked(moved)

    def cancel(
        self, link: Link, booking: str, expected_version: int, now: datetime
    ) -> Cancelled | Closed | Stale | Unknown:
        """Cancels a booking of this link; its place is offered to who waits."""
        with writing(self._engine) as connection:
            held = _locked(connection, link.workbook_id, booking, _of(link))
            if held is None:
                return Unknown()
            if not is_alive(connection, link, now):
                return Closed(Why.LINK)
            if held.cancelled_at is not None:
                return Cancelled(held)
            if held.version != expected_version:
                return Stale(held)
            if too_late(connection, link.workbook_id, held.slot, now):
                return Closed(Why.OVER)
            return Cancelled(self._end(connection, link.workbook_id, held, now, "parent"))

    def cancel_by_school(self, workbook_id: int, booking: str, now: datetime) -> Cancelled | Unknown:
        """Cancels a booking for the school, at any time."""
        with writing(self._engine) as connection:
            held = _locked(connection, workbook_id, booking)
            if held is None:
                return Unknown()
            if held.cancelled_at is not None:
                return Cancelled(held)
            return Cancelled(self._end(connection, workbook_id, held, now, "school"))

    def _end(self, connection: Connection, workbook_id: int, held: Booking, now: datetime, by: str) -> Booking:
        ended = _update(connection, workbook_id, held, cancelled_at=now)
        give_back(connection, workbook_id, held.slot, now)
        tell_cancelled(connection, workbook_id, ended, now, by)
        offer_around(connection, workbook_id, [held.slot], now, self._lasts)
        return ended

    def _settle(self, connection: Connection, link: Link, surgery: str, slot: str, now: datetime) -> None:
        """A family that has booked waits no more; what was held for it elsewhere goes to the next."""
        held = leave_line(connection, link.workbook_id, surgery, (link.adult, link.ref), ANSWERED, now)
        if held is not None and held != slot:
            give_back(connection, link.workbook_id, held, now)
            offer_around(connection, link.workbook_id, [held], now, self._lasts)

    # Reading

    def of_link(self, link: Link) -> list[Booking]:
        """The active bookings of a link, oldest first."""
        which = {"workbook": link.workbook_id, "adult_key": link.adult, "child": link.ref}
        with reading(self._engine) as connection:
            return [booking_of(row) for row in connection.execute(_OF_LINK, which)]

    def find(self, workbook_id: int, booking: str) -> Booking | None:
        """A booking by its key, cancelled or not."""
        with reading(self._engine) as connection:
            return _one(connection, workbook_id, booking)

    def all(self, workbook_id: int) -> list[Booking]:
        """Every booking of a workbook, cancelled ones too, in the order in which they were made."""
        statement = select(booking_table).where(booking_table.c.workbook_id == workbook_id)
        with reading(self._engine) as connection:
            rows = connection.execute(statement.order_by(booking_table.c.booked_at, booking_table.c.key)).all()
        return [booking_of(row) for row in rows]

    def active(self, workbook_id: int, *, surgery: str | None = None, slot: str | None = None) -> list[Booking]:
        """The active bookings of a workbook, of one surgery or of one slot, oldest first."""
        wanted = [booking_table.c.workbook_id == workbook_id]
        if surgery is not None:
            wanted.append(booking_table.c.surgery == surgery)
        if slot is not None:
            wanted.append(booking_table.c.slot == slot)
        return self._active(*wanted)

    def _active(self, *wanted: ColumnElement[bool]) -> list[Booking]:
        statement = (
            select(booking_table)
            .where(booking_table.c.cancelled_at.is_(None), *wanted)
            .order_by(booking_table.c.booked_at, booking_table.c.key)
        )
        with reading(self._engine) as connection:
            return [booking_of(row) for row in connection.execute(statement)]


def _of(link: Link) -> tuple[ColumnElement[bool], ...]:
    return booking_table.c.adult == link.adult, booking_table.c.ref == link.ref


def _one(connection: Connection, workbook_id: int, booking: str, *more: ColumnElement[bool]) -> Booking | None:
    row = connection.execute(
        select(booking_table).where(booking_table.c.workbook_id == workbook_id, booking_table.c.key == booking, *more)
    ).one_or_none()
    return None if row is None else booking_of(row)


def _mine(connection: Connection, link: Link, booking: str) -> Booking | None:
    return _one(connection, link.workbook_id, booking, *_of(link))


def _locked(
    connection: Connection, workbook_id: int, booking: str, more: Sequence[ColumnElement[bool]] = ()
) -> Booking | None:
    """A booking that nobody else changes until this transaction ends."""
    wait_for_turn(connection, workbook_id)
    return _one(connection, workbook_id, booking, *more)


_OF_LINK = (
    select(booking_table)
    .where(
        booking_table.c.workbook_id == bindparam("workbook"),
        booking_table.c.adult == bindparam("adult_key"),
        booking_table.c.ref == bindparam("child"),
        booking_table.c.cancelled_at.is_(None),
    )
    .order_by(booking_table.c.booked_at, booking_table.c.key)
)
_EARLIER = (
    select(booking_table)
    .where(
        booking_table.c.workbook_id == bindparam("workbook"),
        booking_table.c.adult == bindparam("adult_key"),
        booking_table.c.ref == bindparam("child"),
        booking_table.c.key != bindparam("but"),
        or_(
            and_(booking_table.c.surgery == bindparam("surgery_key"), booking_table.c.cancelled_at.is_(None)),
            booking_table.c.idempotency_key == bindparam("form"),
        ),
    )
    .order_by(booking_table.c.cancelled_at.is_not(None))
    .limit(1)
)


def _earlier(
    connection: Connection, link: Link, surgery: str, idempotency_key: str | None, *, but: str = ""
) -> Row[Any] | None:
    """What this family has in a surgery, or had by the same form; what is active comes first."""
    which = {"workbook": link.workbook_id, "adult_key": link.adult, "child": link.ref}
    found: CursorResult[Any] = connection.execute(
        _EARLIER, {**which, "surgery_key": surgery, "form": idempotency_key, "but": but}
    )
    return found.one_or_none()


_target = surgery_table.alias()
# One meeting at a time within a purpose (`meetings.purpose_of`): all surgeries of a kind are one, each review is one.
_STILL_TO_COME = (
    select(booking_table)
    .join_from(
        booking_table,
        slot_table,
        and_(slot_table.c.workbook_id == booking_table.c.workbook_id, slot_table.c.key == booking_table.c.slot),
    )
    .join(
        surgery_table,
        and_(surgery_table.c.workbook_id == slot_table.c.workbook_id, surgery_table.c.key == slot_table.c.surgery),
    )
    .join(
        _target,
        and_(
            _target.c.workbook_id == surgery_table.c.workbook_id,
            _target.c.key == bindparam("surgery_key"),
            _target.c.key != surgery_table.c.key,
            _target.c.record["kind"].as_string() == surgery_table.c.record["kind"].as_string(),
            _target.c.record["kind"].as_string() != Kind.REVIEW.value,
        ),
    )
    .where(
        booking_table.c.workbook_id == bindparam("workbook"),
        booking_table.c.adult == bindparam("adult_key"),
        booking_table.c.ref == bindparam("child"),
        booking_table.c.key != bindparam("but"),
        booking_table.c.cancelled_at.is_(None),
        slot_table.c.ends > bindparam("now"),
    )
    .order_by(slot_table.c.starts)
    .limit(1)
)


def _still_to_come(connection: Connection, link: Link, surgery: str, now: datetime, *, but: str = "") -> Booking | None:
    """The meeting that this family has still to come in another surgery of the same purpose."""
    which = {"workbook": link.workbook_id, "adult_key": link.adult, "child": link.ref, "but": but}
    row = connection.execute(_STILL_TO_COME, {**which, "surgery_key": surgery, "now": now}).one_or_none()
    return None if row is None else booking_of(row)


def _take(
    connection: Connection, link: Link, slot: str, surgery: str, now: datetime, *, leaving: Booking | None = None
) -> Place | Taken | Closed:
    """Takes a place for this family, which may be the one that an offer holds for it; says why where it cannot.

    `leaving` is the booking that it gives up for it.
    """
    but, left = (leaving.key, leaving.slot) if leaving is not None else ("", "")
    which = {"workbook": link.workbook_id, "adult_key": link.adult, "slot_key": slot, "but": but}
    if connection.execute(_ELSEWHERE, which).first() is not None:
        return Closed(Why.CLASH)
    held = held_for(connection, link.workbook_id, surgery, (link.adult, link.ref)) == slot
    place = take_place(connection, link.workbook_id, slot, now, held=held, leaving=left)
    return place or why_not(connection, link.workbook_id, slot, now)


_wanted = slot_table.alias()
# Whether an adult is in another slot at that time. Two children may share one slot that has the places.
_ELSEWHERE = (
    select(booking_table.c.key)
    .join_from(
        booking_table,
        slot_table,
        and_(slot_table.c.workbook_id == booking_table.c.workbook_id, slot_table.c.key == booking_table.c.slot),
    )
    .join(_wanted, and_(_wanted.c.workbook_id == slot_table.c.workbook_id, _wanted.c.key == bindparam("slot_key")))
    .where(
        booking_table.c.workbook_id == bindparam("workbook"),
        booking_table.c.adult == bindparam("adult_key"),
        booking_table.c.cancelled_at.is_(None),
        booking_table.c.key != bindparam("but"),
        slot_table.c.key != bindparam("slot_key"),
        slot_table.c.starts < _wanted.c.ends,
        slot_table.c.ends > _wanted.c.starts,
    )
    .limit(1)
)


def _update(connection: Connection, workbook_id: int, held: Booking, **values: Any) -> Booking:
    """Changes a booking that this transaction has locked and looked at."""
    row = connection.execute(
        update(booking_table)
        .where(
            booking_table.c.key == held.key,
            booking_table.c.version == held.version,
            booking_table.c.cancelled_at.is_(None),
        )
        .values(version=booking_table.c.version + 1, **values)
        .returning(*booking_table.c),
        # Where a free seat is asked for, of the slot that it is to be in.
        {"workbook": workbook_id, "slot_key": values.get("slot", held.slot)},
    ).one()
    return booking_of(row)
