"""Who was written to about which surgery: one letter for each, however often the sheet is read.

A family is invited to a surgery once, for as long as the surgery exists; an edit of its row changes nothing of that.
A review is told anew where it offers times that the last letter did not. What several new surgeries give at once is
one letter. One that nobody has tried to send yet follows what is owed: it goes when booking opens, wherever the row
moved that, and is taken back while there is nothing to book. The kind in the outbox is `invite`.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from sync.store.booking_records import NewWork, Owed, WorkState
from sync.store.engine import dialect_insert, reading, writing
from sync.store.outbox import put_work
from sync.store.schema import invitation, outbox
from sync.store.schema import workbook as workbook_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Connection

    from sync.store.store import Store

INVITE = "invite"
_Told = dict[tuple[str, str, str], "tuple[str, ...] | None"]
"""By surgery, adult and reference: the times that the letter offered; None where any will do."""


class Invitations:
    """The invitations of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def put(self, workbook_id: int, owed: Iterable[Owed], now: datetime) -> int:
        """Makes the outbox hold the letters that are owed and were not sent, and counts those that are new.

        One letter holds everything that an adult is owed for one pupil and purpose and that is due at one time. Its
        subject is `invite:ADULT:REF`, and another one where it is due later: a row that waits would hold up the
        others of its subject. Its payload: `adult`, `ref`, `purpose`, `surgeries` (keys, in the order given).

        Args:
            workbook_id: whose.
            owed: all that is owed at present. A letter that waits and is not among it is taken back.
            now: the present.
        """
        wanted = list(dict.fromkeys(owed))
        with reading(self._engine) as connection:
            # Most runs have nothing new, and should not ask for SQLite's one write lock.
            told = _told(connection, workbook_id)
            if not _new(told, wanted) and not _outdated(connection, workbook_id, told, wanted, now):
                return 0
        with writing(self._engine) as connection:
            # Two runs at once must not both write to a family: this row makes them take turns on PostgreSQL.
            connection.execute(
                select(workbook_table.c.id).where(workbook_table.c.id == workbook_id).with_for_update(key_share=True)
            )
            told = _told(connection, workbook_id)
            _take_back(connection, workbook_id, _outdated(connection, workbook_id, told, wanted, now))
            new = _new(_told(connection, workbook_id), wanted)
            for each in new:
                values = {"made_at": now, "times": list(each.times) or None}
                connection.execute(
                    dialect_insert(connection, invitation)
                    .values(workbook_id=workbook_id, surgery=each.surgery, adult=each.adult, ref=each.ref, **values)
                    .on_conflict_do_update(index_elements=["workbook_id", "surgery", "adult", "ref"], set_=values)
                )
            return put_work(connection, workbook_id, _letters(new), now)

    def forget(self, workbook_id: int, adult: str, ref: str, surgeries: Collection[str] | None = None) -> None:
        """Forgets that an adult was written to about these surgeries (None: any), so that it is owed anew."""
        which = [*_whose(workbook_id, adult, ref)]
        if surgeries is not None:
            which.append(invitation.c.surgery.in_(surgeries))
        with writing(self._engine) as connection:
            connection.execute(delete(invitation).where(*which))

    def invited(self, workbook_id: int) -> set[tuple[str, str]]:
        """The adults who were written to, or are to be once booking opens, each with the pupil's reference."""
        pairs = select(invitation.c.adult, invitation.c.ref).where(invitation.c.workbook_id == workbook_id).distinct()
        with reading(self._engine) as connection:
            return {(row.adult, row.ref) for row in connection.execute(pairs)}


def _whose(workbook_id: int, adult: str, ref: str) -> tuple[ColumnElement[bool], ...]:
    return (invitation.c.workbook_id == workbook_id, invitation.c.adult == adult, invitation.c.ref == ref)


def _told(connection: Connection, workbook_id: int) -> _Told:
    rows = connection.execute(select(invitation).where(invitation.c.workbook_id == workbook_id))
    return {(row.surgery, row.adult, row.ref): None if row.times is None else tuple(row.times) for row in rows}


def _new(told: _Told, owed: Iterable[Owed]) -> list[Owed]:
    """What was not put before, or was with other times."""
    return [each for each in owed if (each.surgery, each.adult, each.ref) not in told or _offers_more(told, each)]


def _offers_more(told: _Told, each: Owed) -> bool:
    """Whether there are times that the last letter did not offer; fewer of them are seen on the page."""
    known = told.get((each.surgery, each.adult, each.ref))
    return known is not None and not set(each.times) <= set(known)


_UNTRIED = (outbox.c.kind == INVITE, outbox.c.state == WorkState.WAITING, outbox.c.attempts == 0)


def _outdated(
    connection: Connection, workbook_id: int, told: _Told, wanted: Iterable[Owed], now: datetime
) -> list[int]:
    """The rows of letters that nobody tried to send yet and that are not owed so any more."""
    owed = {(each.surgery, each.adult, each.ref): each for each in wanted}
    rows = connection.execute(
        select(outbox.c.id, outbox.c.payload, outbox.c.due_at).where(outbox.c.workbook_id == workbook_id, *_UNTRIED)
    )
    return [row.id for row in rows if not _still_owed(row.payload, row.due_at, told, owed, now)]


def _still_owed(
    letter: Mapping[str, Any],
    due_at: datetime,
    told: _Told,
    owed: Mapping[tuple[str, str, str], Owed],
    now: datetime,
) -> bool:
    of_it = [owed.get((surgery, letter["adult"], letter["ref"])) for surgery in letter.get("surgeries", ())]
    return all(
        each is not None
        and each.purpose == letter["purpose"]
        and _later(each.due_at, now) == _later(due_at, now)
        and not _offers_more(told, each)
        for each in of_it
    )


def _later(due: datetime | None, now: datetime) -> datetime | None:
    return due if due is not None and due > now else None


def _take_back(connection: Connection, workbook_id: int, ids: Collection[int]) -> None:
    """Takes letters out of the outbox, and forgets them; one that a worker took meanwhile goes its way."""
    if not ids:
        return
    gone = delete(outbox).where(outbox.c.id.in_(ids), *_UNTRIED).returning(outbox.c.payload)
    for letter in connection.scalars(gone).all():
        connection.execute(
            delete(invitation).where(
                *_whose(workbook_id, letter["adult"], letter["ref"]),
                invitation.c.surgery.in_(letter.get("surgeries", ())),
            )
        )


def _letters(new: Iterable[Owed]) -> list[NewWork]:
    together: dict[tuple[str, str, str, datetime | None], list[str]] = {}
    for each in new:
        together.setdefault((each.adult, each.ref, each.purpose, each.due_at), []).append(each.surgery)
    return [
        NewWork(
            subject=f"{INVITE}:{adult}:{ref}" + (f":{surgeries[0]}" if due_at else ""),
            kind=INVITE,
            # `invitation` sees to it that a letter is put once; one that is owed anew is another letter.
            key=f"{INVITE}:{purpose}:{adult}:{ref}:{surgeries[0]}:{secrets.token_hex(5)}",
            payload={"adult": adult, "ref": ref, "purpose": purpose, "surgeries": surgeries},
            due_at=due_at,
        )
        for (adult, ref, purpose, due_at), surgeries in together.items()
    ]
