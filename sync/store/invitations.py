"""Who was written to about which surgery: one letter for each, however often the sheet is read.

A family is invited to a surgery once, for as long as the surgery exists; an edit of its row changes nothing of that.
What several new surgeries give at once is one letter. The kind in the outbox is `invite`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from sync.store.booking_records import NewWork, Owed
from sync.store.engine import reading, writing
from sync.store.outbox import put_work
from sync.store.schema import invitation
from sync.store.schema import workbook as workbook_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from sync.store.store import Store


class Invitations:
    """The invitations of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def put(self, workbook_id: int, owed: Iterable[Owed], now: datetime) -> int:
        """Puts the letters that were not put before into the outbox, and counts them.

        One letter holds everything that an adult is owed for one pupil and purpose and that is due at one time. Its
        subject is `invite:ADULT:REF`, and another one where it is due later: a row that waits would hold up the
        others of its subject. Its payload: `adult`, `ref`, `purpose`, `surgeries` (keys, in the order given).
        """
        wanted = list(dict.fromkeys(owed))
        with reading(self._engine) as connection:
            # Most runs have nothing new, and should not ask for SQLite's one write lock.
            if not _new(connection, workbook_id, wanted):
                return 0
        with writing(self._engine) as connection:
            # Two runs at once must not both write to a family: this row makes them take turns on PostgreSQL.
            connection.execute(
                select(workbook_table.c.id).where(workbook_table.c.id == workbook_id).with_for_update(key_share=True)
            )
            new = _new(connection, workbook_id, wanted)
            if not new:
                return 0
            connection.execute(
                insert(invitation),
                [
                    {
                        "workbook_id": workbook_id,
                        "surgery": each.surgery,
                        "adult": each.adult,
                        "ref": each.ref,
                        "made_at": now,
                    }
                    for each in new
                ],
            )
            return put_work(connection, workbook_id, _letters(new), now)


def _new(connection: Connection, workbook_id: int, owed: Iterable[Owed]) -> list[Owed]:
    """What was not put before."""
    known = {
        (row.surgery, row.adult, row.ref)
        for row in connection.execute(
            select(invitation.c.surgery, invitation.c.adult, invitation.c.ref).where(
                invitation.c.workbook_id == workbook_id
            )
        )
    }
    return [each for each in owed if (each.surgery, each.adult, each.ref) not in known]


def _letters(new: Iterable[Owed]) -> list[NewWork]:
    together: dict[tuple[str, str, str, datetime | None], list[str]] = {}
    for each in new:
        together.setdefault((each.adult, each.ref, each.purpose, each.due_at), []).append(each.surgery)
    return [
        NewWork(
            subject=f"invite:{adult}:{ref}" + (f":{surgeries[0]}" if due_at else ""),
            kind="invite",
            # Nobody is invited to a surgery twice, so the first one's key makes the letter's own.
            key=f"invite:{purpose}:{adult}:{ref}:{surgeries[0]}",
            payload={"adult": adult, "ref": ref, "purpose": purpose, "surgeries": surgeries},
            due_at=due_at,
        )
        for (adult, ref, purpose, due_at), surgeries in together.items()
    ]
