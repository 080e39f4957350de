"""Booking for a family with whom nothing is tangled, as for most in a rush: the slot alone can stand in the way.

SQLite takes the place, makes the booking and tells of it in three statements under its write lock. PostgreSQL does all
of it in one, and waits for the workbook's turn in the same round trip: nobody else waits while a worker process is
between two statements. On both, others have the turn before the disk has the booking; the parent's answer waits for it.
Whoever looks in those milliseconds sees what a power cut in them would take away.

Whoever is not booked here was no plain case. What they are then told is found out under the turn, in `bookings`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, bindparam, cast, insert, or_, select, union_all, update
from sqlalchemy.dialects import postgresql

from sync.store.clashes import NO_CLASH, TURN_AHEAD
from sync.store.engine import AROUND, LAST_WORD, Around, reading, writing
from sync.store.links import ALIVE, OPEN_AFTER
from sync.store.outbox import put_work, work_row
from sync.store.places import (
    BOOKABLE,
    CAN_BE_HAD,
    FREE_SEAT,
    HAS_PLACE,
    THE_SLOT,
    booking_told,
    choice_json,
    slot_changed,
)
from sync.store.schema import IN_QUEUE, OFFERED
from sync.store.schema import booking as booking_table
from sync.store.schema import link as link_table
from sync.store.schema import outbox as outbox_table
from sync.store.schema import slot as slot_table
from sync.store.schema import waiting as waiting_table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Engine, Select, Table

    from sync.domain.meetings import Booking
    from sync.store.booking_records import Link

_OPENS = select(link_table.c.id).where(ALIVE).exists()

# The adult has no meeting, and none came of this form before.
_HAS_NOTHING = ~(
    select(booking_table.c.key)
    .where(
        booking_table.c.workbook_id == bindparam("workbook"),
        booking_table.c.adult == bindparam("adult_key"),
        or_(
            booking_table.c.cancelled_at.is_(None),
            and_(booking_table.c.ref == bindparam("child"), booking_table.c.idempotency_key == bindparam("form")),
        ),
    )
    .exists()
)


def _nobody(in_state: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether no family stands so in the queue of the slot's surgery."""
    return ~(
        select(waiting_table.c.id)
        .where(
            waiting_table.c.workbook_id == slot_table.c.workbook_id,
            waiting_table.c.surgery == slot_table.c.surgery,
            in_state,
        )
        .correlate(slot_table)
        .exists()
    )


_FULL = select(slot_table.c.key).where(
    THE_SLOT,
    BOOKABLE,
    or_(~HAS_PLACE, ~NO_CLASH),
    _HAS_NOTHING,
    _nobody(waiting_table.c.state == OFFERED),
    _OPENS,
)


def is_plainly_full(engine: Engine, link: Link, slot: str, form: str, now: datetime) -> bool:
    """Whether others have every place of a slot or its time, and nothing that this adult has or is offered matters."""
    with reading(engine) as connection:
        return connection.execute(_FULL, _which(link, slot, form, now)).first() is not None


_TAKE = (
    update(slot_table)
    .where(
        THE_SLOT,
        # Who meets later than the link opens needs more than a place: a longer link.
        slot_table.c.ends <= bindparam("latest"),
        HAS_PLACE,
        CAN_BE_HAD,
        _HAS_NOTHING,
        _nobody(IN_QUEUE),
        _OPENS,
    )
    .values(taken=slot_table.c.taken + 1, version=slot_table.c.version + 1)
    .returning(slot_table.c.surgery, slot_table.c.version)
)

INSERT = insert(booking_table).values(seat=FREE_SEAT)
"""Makes a booking of `booking_row` in a surgery, on the lowest seat that is free; needs `workbook` and `slot_key`."""


def booking_row(link: Link, booking: Booking, form: str) -> dict[str, Any]:
    """A booking as its table has it, but for surgery and seat."""
    return {
        "key": booking.key,
        "workbook_id": link.workbook_id,
        "slot": booking.slot,
        "adult": booking.adult,
        "ref": booking.ref,
        "choice": choice_json(booking.choice),
        "idempotency_key": form,
        "booked_at": booking.booked_at,
        "version": booking.version,
    }


def claim_plainly(engine: Engine, link: Link, booking: Booking, form: str) -> bool:
    """Makes a booking with all that follows from it, if nothing but the slot could stand in its way.

    Nobody may be told before `engine.on_disk` was called.

    Args:
        engine: of the store.
        link: whose it is.
        booking: as it shall be; `booked_at` is the present.
        form: the idempotency key.

    Returns:
        False where nothing was done: the slot cannot be had, or more has to be looked at.
    """
    now = booking.booked_at
    which = {**_which(link, booking.slot, form, now), "latest": link.expires_at - OPEN_AFTER}
    row, told = booking_row(link, booking, form), booking_told("booking.booked", booking, by="parent")
    if engine.dialect.name == "postgresql":
        slots = work_row(link.workbook_id, slot_changed(booking.slot, ""), now)
        values = {"booking": row, "of_slot": slots, "of_booking": work_row(link.workbook_id, told, now)}
        which |= {f"{of}_{name}": value for of, found in values.items() for name, value in found.items()}
        with writing(engine, at_once=True) as connection:
            return connection.execute(_AT_ONCE, which).first() is not None
    with writing(engine, at_once=True) as connection:
        taken = connection.execute(_TAKE, which).one_or_none()
        if taken is None:
            return False
        connection.execute(INSERT, {**which, **row, "surgery": taken.surgery})
        put_work(connection, link.workbook_id, [slot_changed(booking.slot, taken.version), told], now)
    return True


def _which(link: Link, slot: str, form: str, now: datetime) -> dict[str, Any]:
    return {
        "link_id": link.id,
        "workbook": link.workbook_id,
        "adult_key": link.adult,
        "child": link.ref,
        "slot_key": slot,
        "form": form,
        "now": now,
    }


# PostgreSQL's one statement. No parameter may have the name of a column: it would be taken for a value of the UPDATE.

# The turn is over when the statement is, before the disk has it: then others who book are not kept waiting for it. The
# parent is, by a word in the log that is on the disk only after all before it. Nobody acts on what a power cut took
# away: whoever takes work from the outbox commits as well.
_ON_DISK = f"{LAST_WORD} WHERE EXISTS (SELECT FROM booking WHERE key = %(booking_key)s)"

_taken = _TAKE.cte("taken_place")


def _row(table: Table, of: str, **found: ColumnElement[Any]) -> tuple[list[str], Select[Any]]:
    """A row for a table: what was found, and of the rest what the parameters called `of` and a column say."""
    names = [each.name for each in table.c if each.name != "id" and not each.nullable]
    given = {name: bindparam(f"{of}_{name}", type_=table.c[name].type) for name in names}
    return names, select(*({**given, **found}[name] for name in names)).select_from(_taken)


_booked = insert(booking_table).from_select(
    *_row(booking_table, "booking", surgery=_taken.c.surgery, seat=FREE_SEAT)
)  # fmt: skip
_columns, _of_slot = _row(
    outbox_table, "of_slot", key=bindparam("of_slot_key", type_=Text) + cast(_taken.c.version, Text)
)
_told = (
    postgresql.insert(outbox_table)
    .from_select(_columns, union_all(_of_slot, _row(outbox_table, "of_booking")[1]))
    .on_conflict_do_nothing()
)
_AT_ONCE = (
    select(_taken.c.version)
    .add_cte(_booked.cte("booked"), _told.cte("told"))
    .execution_options(**{AROUND: Around(TURN_AHEAD, _ON_DISK)})
)
