"""The SENCO sees one family at a time: in a workbook no two slots are given whose times meet, of one surgery or of two.

Slots of different surgeries come to meet when she moves an event in her calendar, types a row again, or is offered
times for a review. Whoever gives or moves a place first waits for the workbook's turn, so that what a statement finds
free is still free when it commits: SQLite's writers take turns anyway, PostgreSQL's by an advisory lock. Locks of the
surgeries in question would not do: which surgeries those are changes with every move, and whoever waited for the wrong
ones would have to begin anew. A rush is on one surgery, and there is no more waiting in it than before; there the turn
is waited for and used in one round trip (`plain_claims`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Text, and_, bindparam, func, literal_column, or_, select

from sync.store.schema import slot as slot_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

_DIARY_LOCK = 0x5E4D
"""Any number, the same for all Sensyncs on one PostgreSQL server; the workbook's id stands beside it."""

_MY_TURN = func.pg_advisory_xact_lock(_DIARY_LOCK, bindparam("workbook"))
_TURN = select(_MY_TURN)
_OF_SLOT = select(slot_table.c.surgery).where(
    slot_table.c.workbook_id == bindparam("workbook"), slot_table.c.key == bindparam("slot_key")
)
_TURN_OF_SLOT = _OF_SLOT.add_columns(_MY_TURN)

TURN_AHEAD = (
    f"SELECT set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock({_DIARY_LOCK}, %(workbook)s::int)"
)
"""PostgreSQL's turn for one statement about `workbook`, sent ahead of it (`engine.Around`); the turn ends with it."""


def wait_for_turn(connection: Connection, workbook_id: int) -> None:
    """Makes the transactions that give and move places of a workbook take turns, until each ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(_TURN, {"workbook": workbook_id})


def wait_for_turn_of(connection: Connection, workbook_id: int, slot: str) -> str | None:
    """As `wait_for_turn`, where the slot is known; gives its surgery, in one round trip."""
    statement = _TURN_OF_SLOT if connection.dialect.name == "postgresql" else _OF_SLOT
    # Read as of before the wait, which does no harm: which surgery a slot belongs to never changes.
    surgery: str | None = connection.execute(statement, {"workbook": workbook_id, "slot_key": slot}).scalar()
    return surgery


_other = slot_table.alias()
# A literal: with a parameter in its place neither database would use the index of held slots.
_HELD = _other.c.taken > literal_column("0")


def _meets() -> ColumnElement[bool]:
    return and_(
        _other.c.workbook_id == slot_table.c.workbook_id,
        _other.c.starts < slot_table.c.ends,
        _other.c.ends > slot_table.c.starts,
    )


# Of the slot that a family is about to leave, its own place is in nobody's way.
_BY_OTHERS = or_(_other.c.key != bindparam("leaving", "", Text), _other.c.taken > 1)

NO_CLASH: ColumnElement[bool] = ~(
    select(_other.c.key)
    .where(_meets(), _other.c.key != slot_table.c.key, _HELD, _BY_OTHERS)
    .correlate(slot_table)
    .exists()
)
"""Whether nobody holds another slot at a slot's time, whatever became of that slot and its surgery since.

Who asks for a family that would leave a slot for it gives that slot's key as `leaving`.
"""

_AROUND = (
    select(_other.c.surgery)
    .join_from(slot_table, _other, _meets())
    .where(slot_table.c.workbook_id == bindparam("workbook"), slot_table.c.key.in_(bindparam("slots", expanding=True)))
    .distinct()
)


def surgeries_around(connection: Connection, workbook_id: int, slots: Iterable[str]) -> set[str]:
    """The surgeries of all slots that meet the times of these, their own among them."""
    return set(connection.scalars(_AROUND, {"workbook": workbook_id, "slots": list(slots)}))
