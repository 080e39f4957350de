"""What goes back to the teacher of a concern: the SENCO's words, each time that she had them sent.

The outbox forgets what was done long ago. That words went once is known here, for as long as the concern is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, tuple_, update

from sync.domain.concerns import Feedback
from sync.store import schema
from sync.store.booking_records import NewWork
from sync.store.engine import reading, writing
from sync.store.outbox import put_work

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from sync.store.store import Store

FEEDBACK = "concern.feedback"
"""The kind of the row that sends the words: {"concern", "number"}; the words stay here."""

_F = schema.concern_feedback.c


class Feedbacks:
    """The feedback of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def send(self, workbook_id: int, concern: str, words: str, tick: str, now: datetime) -> bool:
        """Has words sent, by one letter; False where they are the very words that went last, or are on their way.

        Args:
            workbook_id: whose.
            concern: the concern's key.
            words: as they stand now.
            tick: what she chose under *Send*, folded.
            now: the present.
        """
        with writing(self._engine) as connection:
            # The concern's row is what two runs take turns at.
            connection.execute(
                select(schema.concern.c.key)
                .where(schema.concern.c.workbook_id == workbook_id, schema.concern.c.key == concern)
                .with_for_update()
            )
            last = _newest(connection, workbook_id, concern)
            if last is not None and last[1] == words:
                return False
            number = 1 if last is None else last[0] + 1
            row = {"workbook_id": workbook_id, "concern": concern, "number": number}
            connection.execute(
                insert(schema.concern_feedback).values(**row, words=words, tick=tick, asked_at=now, sent_at=None)
            )
            key = f"{FEEDBACK}:{concern}:{number}"
            work = NewWork(f"{FEEDBACK}:{concern}", FEEDBACK, key, {"concern": concern, "number": number})
            put_work(connection, workbook_id, [work], now)
        return True

    def clear(self, workbook_id: int, concern: str) -> None:
        """Remembers that she cleared *Send*: the same choice, made anew, sends other words."""
        with writing(self._engine) as connection:
            connection.execute(
                update(schema.concern_feedback)
                .where(_F.workbook_id == workbook_id, _F.concern == concern)
                .values(tick="")
            )

    def newest(self, workbook_id: int) -> dict[str, Feedback]:
        """The last words of each concern, by its key."""
        last = (
            select(_F.concern, func.max(_F.number)).where(_F.workbook_id == workbook_id).group_by(_F.concern).subquery()
        )
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(schema.concern_feedback).where(
                    _F.workbook_id == workbook_id, tuple_(_F.concern, _F.number).in_(select(last))
                )
            ).all()
        return {row.concern: _feedback(row) for row in rows}

    def find(self, workbook_id: int, concern: str, number: int) -> Feedback | None:
        """The words of one letter; None where there are none."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(schema.concern_feedback).where(
                    _F.workbook_id == workbook_id, _F.concern == concern, _F.number == number
                )
            ).first()
        return None if row is None else _feedback(row)

    def sent(self, workbook_id: int, concern: str, number: int, now: datetime) -> None:
        """Remembers when a letter went; the first time counts."""
        with writing(self._engine) as connection:
            connection.execute(
                update(schema.concern_feedback)
                .where(_F.workbook_id == workbook_id, _F.concern == concern, _F.number == number, _F.sent_at.is_(None))
                .values(sent_at=now)
            )


def _newest(connection: Connection, workbook_id: int, concern: str) -> tuple[int, str] | None:
    """Number and words of the last letter."""
    row = connection.execute(
        select(_F.number, _F.words)
        .where(_F.workbook_id == workbook_id, _F.concern == concern)
        .order_by(_F.number.desc())
        .limit(1)
    ).first()
    return None if row is None else (row.number, row.words)


def _feedback(row: Row[Any]) -> Feedback:
    return Feedback(row.concern, row.words, row.tick, row.asked_at, row.sent_at)
