"""Surgeries, their slots and what Calendar last said of them.

A slot is never deleted here: it closes, and what families hold in it stays until the school decides. Of two who set a
slot's time, the SENCO's row and her calendar, the one that changed last counts.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Text, and_, bindparam, cast, func, insert, select, update

from sync.domain.meetings import GONE, Slot, SlotState, State, StoredSlot, Surgery, Where, purpose_of
from sync.store.booking_records import CalendarState, OnOffer, OpenSlot, Saved, SlotEvent
from sync.store.clashes import NO_CLASH, surgeries_around, wait_for_turn
from sync.store.engine import dialect_insert, reading, remembered, writing
from sync.store.links import prolong
from sync.store.places import (
    CAN_BE_HAD,
    HAS_PLACE,
    OF_SURGERY,
    OFFER_LASTS,
    TAKES_BOOKINGS,
    booking_of,
    end_offers,
    give_back,
    offer_places,
    tell_booking,
    tell_cancelled,
    tell_slot,
    to_come,
    withdraw_offers,
)
from sync.store.schema import booking as booking_table
from sync.store.schema import calendar as calendar_table
from sync.store.schema import slot as slot_table
from sync.store.schema import surgery as surgery_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Row

    from sync.domain.meetings import Booking
    from sync.store.store import Store

_SURGERY = TypeAdapter(Surgery)


class Surgeries:
    """The surgeries and slots of one store.

    Args:
        store: where they are kept.
        offer_lasts: how long a new place is held for a family that waits.
    """

    def __init__(self, store: Store, *, offer_lasts: timedelta = OFFER_LASTS) -> None:
        self._engine = store.engine
        self._lasts = offer_lasts

    def save(self, workbook_id: int, sessions: Iterable[tuple[Surgery, Sequence[Slot]]], now: datetime) -> Saved:
        """Records all surgeries of a workbook with their slots, as the sheet has them now.

        A slot that is not among them closes, and so does a surgery. One that the SENCO deleted in her calendar stays
        deleted. A booked slot that moved takes its bookings along, and each is told; so is whoever meets in a room
        that changed. New places are offered to those who wait.

        Raises:
            ValueError: two slots have one key, or a slot's key was another surgery's.
        """
        by_key = {surgery.key: (surgery, slots) for surgery, slots in sessions}
        planned = _planned(by_key.values())
        with writing(self._engine) as connection:
            wait_for_turn(connection, workbook_id)
            before = _surgeries(connection, workbook_id)
            for key in sorted(by_key):
                _save_surgery(connection, workbook_id, by_key[key][0])
            connection.execute(
                update(surgery_table)
                .where(surgery_table.c.workbook_id == workbook_id, surgery_table.c.key.not_in(list(by_key)))
                .values(state=State.CLOSED)
            )
            saved = _save_slots(connection, workbook_id, planned, now)
            for key in sorted(before.keys() & by_key.keys()):
                _tell_change(connection, workbook_id, before[key], by_key[key][0], now)
            self._settle_offers(connection, workbook_id, {*before, *by_key}, now)
        return saved

    def _settle_offers(self, connection: Connection, workbook_id: int, surgeries: Iterable[str], now: datetime) -> None:
        """Takes back the offers of what can no longer be had, and offers what has become free."""
        keys = sorted(surgeries)
        shut = select(slot_table.c.key).where(
            slot_table.c.workbook_id == workbook_id, slot_table.c.surgery.in_(keys), ~CAN_BE_HAD
        )
        # All are taken back before any is made: what one surgery gives back may be what another one can offer.
        withdraw_offers(connection, workbook_id, connection.scalars(shut, {"now": now}).all(), now)
        for key in keys:
            end_offers(connection, workbook_id, key, now, self._lasts)
            offer_places(connection, workbook_id, key, now, self._lasts)

    # What the SENCO does in her calendar

    def move_slot(
        self, workbook_id: int, slot: str, starts: datetime, ends: datetime, now: datetime
    ) -> tuple[Booking, ...]:
        """Moves a slot as it was moved in the calendar; its bookings go along and each is told. Gives them.

        A time that the slot has already changes nothing.
        """
        with writing(self._engine) as connection:
            wait_for_turn(connection, workbook_id)
            before = _slot(connection, workbook_id, slot)
            if before is None or (before.starts, before.ends) == (starts, ends):
                return ()
            around = surgeries_around(connection, workbook_id, [slot])
            _change_slot(connection, workbook_id, slot, now, starts=starts, ends=ends)
            _keep_links_open(connection, workbook_id, before, ends, now)
            moved = _take_along(connection, workbook_id, slot, now)
            around |= surgeries_around(connection, workbook_id, [slot])
            self._settle_offers(connection, workbook_id, around, now)
        return moved

    def place_slot(self, workbook_id: int, slot: str, place: str | None, now: datetime) -> tuple[Booking, ...]:
        """Says where a slot is, as it was typed in the calendar (None: as the row says); its families are told."""
        with writing(self._engine) as connection:
            wait_for_turn(connection, workbook_id)
            before = _slot(connection, workbook_id, slot)
            if before is None or before.place == place:
                return ()
            _change_slot(connection, workbook_id, slot, now, place=place)
            return _take_along(connection, workbook_id, slot, now)

    def delete_slot(self, workbook_id: int, slot: str, now: datetime) -> tuple[Booking, ...]:
        """Closes a slot that was deleted in the calendar, cancels its bookings, tells each family, and gives them."""
        with writing(self._engine) as connection:
            wait_for_turn(connection, workbook_id)
            before = _slot(connection, workbook_id, slot)
            if before is None or before.state in GONE:
                return ()
            _change_slot(connection, workbook_id, slot, now, state=SlotState.DELETED)
            cancelled = _bump(connection, workbook_id, slot, cancelled_at=now)
            for booking in cancelled:
                give_back(connection, workbook_id, slot, now)
                tell_cancelled(connection, workbook_id, booking, now, "school")
            around = surgeries_around(connection, workbook_id, [slot])
            self._settle_offers(connection, workbook_id, around, now)
        return cancelled

    def restore_slot(self, workbook_id: int, slot: str, now: datetime) -> None:
        """Opens a slot again whose event was restored in the calendar; its bookings were told and stay cancelled.

        One that left the sheet meanwhile becomes closed, as if she had never deleted it: back in its row it is offered.
        """
        with writing(self._engine) as connection:
            wait_for_turn(connection, workbook_id)
            before = _slot(connection, workbook_id, slot)
            if before is not None and before.state == SlotState.DELETED:
                _change_slot(connection, workbook_id, slot, now, state=SlotState.OPEN)
                self._settle_offers(connection, workbook_id, [before.surgery], now)
            elif before is not None and before.state == SlotState.DROPPED:
                _change_slot(connection, workbook_id, slot, now, state=SlotState.CLOSED)

    # Calendar

    def calendar(self, workbook_id: int) -> CalendarState | None:
        """The calendar of a workbook, None before one was made."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(*(calendar_table.c[name] for name in CalendarState.__slots__)).where(
                    calendar_table.c.workbook_id == workbook_id
                )
            ).one_or_none()
        return None if row is None else CalendarState(**row._asdict())

    def save_calendar(self, workbook_id: int, calendar_id: str, sync_token: str | None = None) -> None:
        """Records the calendar of a workbook. Without a token the next reading is a full one (410, a new one)."""
        values = {"calendar_id": calendar_id, "sync_token": sync_token}
        with writing(self._engine) as connection:
            connection.execute(
                dialect_insert(connection, calendar_table)
                .values(workbook_id=workbook_id, **values)
                .on_conflict_do_update(index_elements=["workbook_id"], set_=values)
            )

    def followed(self, workbook_id: int, at: datetime) -> None:
        """Records when what people did in the calendar was last read to the end."""
        with writing(self._engine) as connection:
            connection.execute(
                update(calendar_table).where(calendar_table.c.workbook_id == workbook_id).values(followed_at=at)
            )

    def saw(self, workbook_id: int, events: Iterable[SlotEvent], sync_token: str | None = None) -> None:
        """Records events as they were seen, and the token of the reading they came from, in one transaction."""
        with writing(self._engine) as connection:
            for event in sorted(events, key=lambda each: each.slot):
                connection.execute(
                    update(slot_table)
                    .where(slot_table.c.workbook_id == workbook_id, slot_table.c.key == event.slot)
                    .values(event_id=event.event_id, etag=event.etag, seen=event.state)
                )
            if sync_token is not None:
                connection.execute(
                    update(calendar_table)
                    .where(calendar_table.c.workbook_id == workbook_id)
                    .values(sync_token=sync_token)
                )

    # Reading

    @remembered
    def all(self, workbook_id: int) -> list[Surgery]:
        """The surgeries of a workbook by key, those that left the sheet among them as closed."""
        with reading(self._engine) as connection:
            return list(_surgeries(connection, workbook_id).values())

    def surgery(self, workbook_id: int, key: str) -> Surgery:
        """A surgery by its key; a slot's is always there.

        Raises:
            KeyError: there is none.
        """
        return {each.key: each for each in self.all(workbook_id)}[key]

    @remembered
    def slots(self, workbook_id: int, surgery: str | None = None) -> list[StoredSlot]:
        """The slots of a workbook or one surgery in order of time, closed and deleted ones included."""
        with reading(self._engine) as connection:
            rows = connection.execute(_SLOTS, {"workbook": workbook_id, "surgery_key": surgery}).all()
        return [_stored(row) for row in rows]

    def slot(self, workbook_id: int, key: str) -> StoredSlot | None:
        """A slot by its key."""
        found = self.standing(workbook_id, key)
        return None if found is None else found[0]

    @remembered
    def standing(self, workbook_id: int, key: str, leaving: str = "") -> tuple[StoredSlot, Surgery, bool] | None:
        """A slot by its key, its surgery, and whether its time is clear: nobody holds another slot at that time.

        `leaving` as for `on_offer`.
        """
        which = {"workbook": workbook_id, "slot_key": key, "leaving": leaving}
        with reading(self._engine) as connection:
            row = connection.execute(_STANDING, which).one_or_none()
        return None if row is None else (_stored(row), _surgery(row.record, row.surgery_state), bool(row.clear))

    def on_offer(self, workbook_id: int, now: datetime, *, leaving: str = "") -> list[OnOffer]:
        """The surgeries of a workbook that take bookings at `now`, by key, each with what can be had of it.

        With `leaving`, for a family that would give up its place in that slot: its own meeting is not in its way.
        """
        which = {"workbook": workbook_id, "now": now, "leaving": leaving}
        with reading(self._engine) as connection:
            rows = connection.execute(_ON_OFFER, which).all()
        return [_offered(list(of_one)) for _, of_one in groupby(rows, lambda row: row.surgery)]


# Statements that a parent waits for are built once: building them takes longer than running them.
_ALL = (
    select(surgery_table.c.key, surgery_table.c.state, cast(surgery_table.c.record, Text).label("record"))
    .where(surgery_table.c.workbook_id == bindparam("workbook"))
    .order_by(surgery_table.c.key)
)
_SLOT = select(slot_table).where(
    slot_table.c.workbook_id == bindparam("workbook"), slot_table.c.key == bindparam("slot_key")
)
_STANDING = _SLOT.add_columns(
    surgery_table.c.state.label("surgery_state"),
    cast(surgery_table.c.record, Text).label("record"),
    NO_CLASH.label("clear"),
).join(surgery_table, OF_SURGERY)
_OF_ONE_OR_ALL = (
    slot_table.c.workbook_id == bindparam("workbook"),
    slot_table.c.surgery == func.coalesce(bindparam("surgery_key", type_=Text), slot_table.c.surgery),
)
_SLOTS = select(slot_table).where(*_OF_ONE_OR_ALL).order_by(slot_table.c.starts, slot_table.c.key)
_theirs = slot_table.alias()
_TO_GIVE_BACK = (
    select(_theirs.c.key)
    .where(
        _theirs.c.workbook_id == surgery_table.c.workbook_id,
        _theirs.c.surgery == surgery_table.c.key,
        to_come(_theirs),
    )
    .correlate(surgery_table)
    .exists()
)
_ON_OFFER = (
    select(
        slot_table.c.key,
        surgery_table.c.key.label("surgery"),
        slot_table.c.starts,
        slot_table.c.ends,
        slot_table.c.places,
        slot_table.c.taken,
        slot_table.c.place,
        surgery_table.c.state.label("surgery_state"),
        cast(surgery_table.c.record, Text).label("record"),
        # Nobody looks for it where something is free: the left side is told first.
        and_(slot_table.c.key.is_(None), _TO_GIVE_BACK).label("can_free"),
    )
    .select_from(surgery_table.outerjoin(slot_table, and_(OF_SURGERY, to_come(slot_table), HAS_PLACE, NO_CLASH)))
    .where(surgery_table.c.workbook_id == bindparam("workbook"), TAKES_BOOKINGS)
    .order_by(surgery_table.c.key, slot_table.c.starts, slot_table.c.key)
)


def _offered(rows: Sequence[Row[Any]]) -> OnOffer:
    first = rows[0]
    slots = (
        OpenSlot(Slot(row.key, row.surgery, row.starts, row.ends, row.places), row.places - row.taken, row.place)
        for row in rows
        if row.key is not None
    )
    return OnOffer(_surgery(first.record, first.surgery_state), tuple(slots), can_free=bool(first.can_free))


def _planned(sessions: Iterable[tuple[Surgery, Sequence[Slot]]]) -> dict[str, Slot]:
    planned: dict[str, Slot] = {}
    for surgery, slots in sessions:
        for slot in slots:
            if slot.key in planned or slot.surgery != surgery.key:
                msg = f"slot {slot.key} of surgery {surgery.key} comes twice, or says that it is of {slot.surgery}"
                raise ValueError(msg)
            planned[slot.key] = slot
    return planned


def _save_surgery(connection: Connection, workbook_id: int, surgery: Surgery) -> None:
    values = {
        "state": surgery.state,
        "opens": surgery.opens,
        "closes": surgery.closes,
        "record": _SURGERY.dump_python(surgery, mode="json"),
    }
    connection.execute(
        dialect_insert(connection, surgery_table)
        .values(workbook_id=workbook_id, key=surgery.key, **values)
        .on_conflict_do_update(index_elements=["workbook_id", "key"], set_=values)
    )


def _surgeries(connection: Connection, workbook_id: int) -> dict[str, Surgery]:
    rows = connection.execute(_ALL, {"workbook": workbook_id}).all()
    return {row.key: _surgery(row.record, row.state) for row in rows}


@lru_cache(maxsize=256)
def _surgery(record: str, state: str) -> Surgery:
    """A surgery from its row. Parents ask for the same few all day, and to check one takes longer than to read it."""
    return replace(_SURGERY.validate_json(record), state=State(state))


def _tell_change(connection: Connection, workbook_id: int, before: Surgery, after: Surgery, now: datetime) -> None:
    """Tells what stands in every event of a surgery, and to whom the room matters, where its row changed that."""
    if all(getattr(before, name) == getattr(after, name) for name in ("state", "where", "room", "staff")):
        return
    rows = connection.execute(
        select(slot_table)
        .where(slot_table.c.workbook_id == workbook_id, slot_table.c.surgery == after.key, slot_table.c.ends > now)
        .order_by(slot_table.c.key)
    ).all()
    for row in rows:
        _change_slot(connection, workbook_id, row.key, now)
        # What she typed in her calendar for this one slot goes on to count.
        if before.room != after.room and row.place is None:
            _take_along(connection, workbook_id, row.key, now, lambda each: each.choice.where is Where.ROOM)


def _save_slots(connection: Connection, workbook_id: int, planned: dict[str, Slot], now: datetime) -> Saved:
    rows = connection.execute(
        select(slot_table).where(slot_table.c.workbook_id == workbook_id).order_by(slot_table.c.key)
    ).all()
    known = {row.key: row for row in rows}
    new = sorted(planned.keys() - known.keys())
    for key in new:
        connection.execute(insert(slot_table).values(_new_slot(workbook_id, planned[key])))
        tell_slot(connection, workbook_id, key, 1, now)
    moved = [
        key
        for key in sorted(planned.keys() & known.keys())
        if _follow(connection, workbook_id, known[key], planned[key], now)
    ]
    gone = [row for row in rows if row.key not in planned]
    closed = [row.key for row in gone if row.state == SlotState.OPEN]
    for key in closed:
        _change_slot(connection, workbook_id, key, now, state=SlotState.CLOSED)
    for row in gone:
        if row.state == SlotState.DELETED:
            _change_slot(connection, workbook_id, row.key, now, state=SlotState.DROPPED)
    held = set(
        connection.scalars(
            select(booking_table.c.slot).where(
                booking_table.c.workbook_id == workbook_id, booking_table.c.cancelled_at.is_(None)
            )
        )
    )
    kept = [row.key for row in gone if row.key in held and row.starts > now]
    return Saved(tuple(new), tuple(moved), tuple(closed), tuple(kept))


def _new_slot(workbook_id: int, slot: Slot) -> dict[str, Any]:
    return {
        "workbook_id": workbook_id,
        "key": slot.key,
        "surgery": slot.surgery,
        "starts": slot.starts,
        "ends": slot.ends,
        "planned_starts": slot.starts,
        "planned_ends": slot.ends,
        "places": slot.places,
        "taken": 0,
        "state": SlotState.OPEN,
        "version": 1,
    }


_BACK = {SlotState.CLOSED: SlotState.OPEN, SlotState.DROPPED: SlotState.DELETED}
"""What a slot is that comes back into the sheet: one that she deleted stays deleted."""


def _follow(connection: Connection, workbook_id: int, row: Row[Any], planned: Slot, now: datetime) -> bool:
    """Brings a known slot to what the sheet says; whether that moved it."""
    if row.surgery != planned.surgery:
        msg = f"slot {planned.key} was a slot of surgery {row.surgery} and cannot become one of {planned.surgery}"
        raise ValueError(msg)
    values: dict[str, Any] = {}
    if (row.planned_starts, row.planned_ends) != (planned.starts, planned.ends):
        values = {"planned_starts": planned.starts, "planned_ends": planned.ends}
        values |= {"starts": planned.starts, "ends": planned.ends}
    if row.places != planned.places:
        values["places"] = planned.places
    if row.state in _BACK:
        values["state"] = _BACK[row.state]
    if not values:
        return False
    _change_slot(connection, workbook_id, row.key, now, **values)
    moved = "starts" in values and (row.starts, row.ends) != (planned.starts, planned.ends)
    if moved:
        _keep_links_open(connection, workbook_id, row, planned.ends, now)
        _take_along(connection, workbook_id, row.key, now)
    return moved


def _change_slot(connection: Connection, workbook_id: int, slot: str, now: datetime, **values: Any) -> None:
    version = connection.execute(
        update(slot_table)
        .where(slot_table.c.workbook_id == workbook_id, slot_table.c.key == slot)
        .values(version=slot_table.c.version + 1, **values)
        .returning(slot_table.c.version)
    ).scalar_one()
    tell_slot(connection, workbook_id, slot, version, now)


def _take_along(
    connection: Connection,
    workbook_id: int,
    slot: str,
    now: datetime,
    concerns: Callable[[Booking], bool] = lambda _booking: True,
) -> tuple[Booking, ...]:
    """Tells the families of a slot that moved. A page that shows the old time is stale from here on."""
    moved = _bump(connection, workbook_id, slot, concerns)
    for booking in moved:
        tell_booking(connection, workbook_id, "booking.moved", booking, now, by="school")
    return moved


def _keep_links_open(connection: Connection, workbook_id: int, before: Row[Any], ends: datetime, now: datetime) -> None:
    """Where a slot moves to a later day, lets the links of its families open until then."""
    if ends <= before.ends:
        return
    purpose = purpose_of(_surgeries(connection, workbook_id)[before.surgery])
    # A meeting may be put off on its day, or after it: a link that opened to the end of it is meant, too.
    opened_at = min(now, before.ends)
    for row in _active(connection, workbook_id, before.key):
        prolong(connection, workbook_id, (row.adult, row.ref), purpose, ends, opened_at)


def _active(connection: Connection, workbook_id: int, slot: str) -> Sequence[Row[Any]]:
    return connection.execute(
        select(booking_table).where(
            booking_table.c.workbook_id == workbook_id,
            booking_table.c.slot == slot,
            booking_table.c.cancelled_at.is_(None),
        )
    ).all()


def _bump(
    connection: Connection,
    workbook_id: int,
    slot: str,
    concerns: Callable[[Booking], bool] = lambda _booking: True,
    **values: Any,
) -> tuple[Booking, ...]:
    # Whoever has the turn finds them still between the two statements.
    keys = [row.key for row in _active(connection, workbook_id, slot) if concerns(booking_of(row))]
    rows = connection.execute(
        update(booking_table)
        .where(booking_table.c.key.in_(keys))
        .values(version=booking_table.c.version + 1, **values)
        .returning(*booking_table.c)
    ).all()
    return tuple(booking_of(row) for row in sorted(rows, key=lambda row: row.seat))


def _slot(connection: Connection, workbook_id: int, key: str) -> Row[Any] | None:
    return connection.execute(_SLOT, {"workbook": workbook_id, "slot_key": key}).one_or_none()


def _stored(row: Row[Any]) -> StoredSlot:
    slot = Slot(row.key, row.surgery, row.starts, row.ends, row.places)
    return StoredSlot(
        slot,
        (row.planned_starts, row.planned_ends),
        SlotState(row.state),
        row.taken,
        row.version,
        row.event_id,
        row.etag,
        row.seen,
        row.place,
    )
