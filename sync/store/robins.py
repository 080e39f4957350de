"""The round robin of a concern: which teachers were asked, and what each answered.

One row for each teacher and concern: somebody who answers twice, or edits an answer, has the newest one kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - whoever resolves the fields needs it at run time
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, or_, select, update

from sync.domain.concerns import Answers, Screen
from sync.store import schema
from sync.store.booking_records import NewWork
from sync.store.concern_alerts import ALERT, alerts, is_newly_sent, note_sent
from sync.store.concerns import answers, as_json
from sync.store.engine import dialect_insert, reading, writing
from sync.store.forms import form_today
from sync.store.outbox import put_work

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import ColumnElement, Connection, Row

    from sync.domain.concerns import Response
    from sync.store.store import Store

ROBIN = "concern.robin"
"""The kind of the row that asks one teacher: {"concern", "teacher"}; the address is where the letter goes."""

_A = schema.asked.c


@dataclass(frozen=True, slots=True)
class Asked:
    """One teacher's part in the round robin of a concern.

    Attributes:
        concern: the concern's key.
        teacher: the address, casefolded.
        asked_at: None for somebody who answered without being asked.
        response: Google's responseId of the newest answer, None before there is one.
        submitted: when that was sent.
        screen: HELD: the answers wait in the form.
        answers: by question key, as in `Response`.
        form_id: the form that the answer is in; "" where that is not known, or it was found deleted there.
    """

    concern: str
    teacher: str = field(repr=False)
    asked_at: datetime | None
    response: str | None
    submitted: datetime | None
    screen: Screen
    answers: Answers = field(repr=False)
    form_id: str = ""

    @property
    def is_unread(self) -> bool:
        """Whether there is an answer whose words were never stored."""
        return self.response is not None and self.screen is not Screen.CLEAR and not self.answers


class Robins:
    """The round robins of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def ask(
        self, workbook_id: int, concern: str, teachers: Iterable[str], now: datetime, *, letter: bool = True
    ) -> int:
        """Asks these teachers about a concern, each once and by one letter; counts the letters.

        Without `letter` it is only noted that they were asked: their letter went before the store was lost.
        """
        new = 0
        with writing(self._engine) as connection:
            for teacher in dict.fromkeys(each.casefold() for each in teachers):
                values = {"workbook_id": workbook_id, "concern": concern, "teacher": teacher}
                asked = connection.execute(
                    dialect_insert(connection, schema.asked)
                    .values(**values, asked_at=now, screen=Screen.CLEAR, answers={})
                    .on_conflict_do_update(
                        index_elements=["workbook_id", "concern", "teacher"],
                        set_={"asked_at": now},
                        # Who answered unasked needs no letter, and neither does who had one.
                        where=_A.asked_at.is_(None) & _A.response.is_(None),
                    )
                    .returning(_A.teacher)
                ).first()
                if asked is None or not letter:
                    continue
                key = f"{ROBIN}:{concern}:{teacher}"
                work = NewWork(key, ROBIN, key, {"concern": concern, "teacher": teacher})
                new += put_work(connection, workbook_id, [work], now)
        return new

    def take(
        self,
        workbook_id: int,
        concern: str,
        response: Response,
        *,
        screen: Screen,
        now: datetime,
        first: bool = False,
        form_id: str = "",
    ) -> bool:
        """Keeps a teacher's answer; False where it is known, an older one, or about a concern that there is not.

        A response is about one concern: where its teacher corrected the reference, it stands with the former no more.

        Args:
            workbook_id: whose.
            concern: the key that the answer bears; anybody may have typed it.
            response: to the round robin's form.
            screen: HELD: no answers are stored, and an alert is put.
            now: the present.
            first: as in `Concerns.take`.
            form_id: the form that the answer is in; "" for the one of today.
        """
        held = screen is Screen.HELD
        values: dict[str, Any] = {
            "response": response.id,
            "submitted": response.submitted,
            "screen": screen,
            "answers": {} if held else as_json(response.answers),
        }
        row = {"workbook_id": workbook_id, "concern": concern, "teacher": response.teacher}
        known = schema.concern.c
        with reading(self._engine) as connection:
            there = connection.execute(
                select(known.key).where(known.workbook_id == workbook_id, known.key == concern)
            ).first()
            before = connection.execute(
                select(_A.submitted).where(
                    _A.workbook_id == workbook_id, _A.concern == concern, _A.teacher == response.teacher
                )
            ).scalar_one_or_none()
            elsewhere = _elsewhere(connection, workbook_id, concern, response)
        if there is None or any(each >= response.submitted for each in elsewhere):
            return False
        if not elsewhere and before is not None and before >= response.submitted:
            return False
        with writing(self._engine) as connection:
            values["form_id"] = form_id or form_today(connection, workbook_id, response.form)
            _take_away(connection, workbook_id, concern, response)
            taken = connection.execute(
                dialect_insert(connection, schema.asked)
                .values(**row, **values)
                .on_conflict_do_update(
                    index_elements=["workbook_id", "concern", "teacher"],
                    set_=values,
                    where=or_(_A.submitted.is_(None), _A.submitted < response.submitted),
                )
                .returning(_A.teacher)
            ).first()
            if taken is not None and held:
                _alert(connection, workbook_id, concern, response, now, first=first)
        return taken is not None

    def ask_release(self, workbook_id: int, concern: str, teacher: str, submitted: datetime) -> bool:
        """Remembers that a person released the answer that was sent then; it is read from the form again.

        Until then it is RELEASED and has no answers. False where it is not held, or was edited since.
        """
        with writing(self._engine) as connection:
            asked = connection.execute(
                update(schema.asked)
                .where(*_part(workbook_id, concern, teacher), _A.submitted == submitted, _A.screen == Screen.HELD)
                .values(screen=Screen.RELEASED)
            )
        return asked.rowcount == 1

    def to_release(self, workbook_id: int) -> list[Asked]:
        """What a person released and has not been read again."""
        parts = (part for each in self.all(workbook_id).values() for part in each)
        return [part for part in parts if part.screen is Screen.RELEASED and not part.answers]

    def release(self, workbook_id: int, concern: str, teacher: str, submitted: datetime, given: Answers) -> bool:
        """Stores the words of an answer that a person released; False where it was edited since."""
        with writing(self._engine) as connection:
            stored = connection.execute(
                update(schema.asked)
                .where(*_part(workbook_id, concern, teacher), _A.submitted == submitted, _A.screen == Screen.RELEASED)
                .values(answers=as_json(given))
            )
        return stored.rowcount == 1

    def stray(
        self, workbook_id: int, response: Response, *, screen: Screen, now: datetime, first: bool = False
    ) -> bool:
        """Notes an answer that bears no reference of ours; False where that version of it is noted already.

        Where it bore one before, it stands with that concern no more.

        Args:
            workbook_id: whose.
            response: to the round robin's form.
            screen: HELD: an alert is put.
            now: the present.
            first: as in `Concerns.take`.
        """
        if not is_newly_sent(self._engine, schema.stray, workbook_id, response):
            return False
        with writing(self._engine) as connection:
            noted = note_sent(connection, schema.stray, workbook_id, response)
            _take_away(connection, workbook_id, "", response)
            if noted and screen is Screen.HELD:
                _alert(connection, workbook_id, "", response, now, first=first)
        return noted

    def known(self, workbook_id: int, responses: Iterable[str]) -> dict[str, datetime]:
        """Of these responses, those that were taken: when each was submitted; none that a newer one replaced."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_A.response, _A.submitted).where(_A.workbook_id == workbook_id, _A.response.in_(list(responses)))
            ).all()
        return {row.response: row.submitted for row in rows}

    def unlisted(self, workbook_id: int, form_id: str, listed: Collection[str], sent_before: datetime) -> list[Asked]:
        """The answers that are not among all that a form has, and of which that is not known yet.

        Args:
            workbook_id: whose.
            form_id: the form that was listed.
            listed: the ids of all its responses.
            sent_before: what was sent later may be newer than the listing.
        """
        of_form = (_A.workbook_id == workbook_id, _A.form_id == form_id, _A.submitted < sent_before)
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(schema.asked).where(*of_form, _A.response.is_not(None)).order_by(_A.concern, _A.teacher)
            ).all()
        return [_asked(row) for row in rows if row.response not in listed]

    def gone(self, workbook_id: int, part: Asked) -> None:
        """Remembers that an answer is not in its form any more; its words stay."""
        with writing(self._engine) as connection:
            connection.execute(
                update(schema.asked)
                .where(*_part(workbook_id, part.concern, part.teacher), _A.response == part.response)
                .values(form_id="")
            )

    def last_sent(self, workbook_id: int) -> datetime | None:
        """When the newest answer of all was sent; None before there is one."""
        with reading(self._engine) as connection:
            found: datetime | None = connection.execute(
                select(func.max(_A.submitted)).where(_A.workbook_id == workbook_id)
            ).scalar_one()
        return found

    def find(self, workbook_id: int, concern: str, teacher: str) -> Asked | None:
        """One teacher's part; None for somebody who was not asked and has not answered.

        Args:
            workbook_id: whose.
            concern: the concern's key.
            teacher: the address, casefolded.
        """
        with reading(self._engine) as connection:
            row = connection.execute(select(schema.asked).where(*_part(workbook_id, concern, teacher))).first()
        return None if row is None else _asked(row)

    def all(self, workbook_id: int) -> dict[str, list[Asked]]:
        """Everybody's part by concern, in the order of the addresses."""
        found: dict[str, list[Asked]] = {}
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(schema.asked).where(_A.workbook_id == workbook_id).order_by(_A.concern, _A.teacher)
            ).all()
        for row in rows:
            found.setdefault(row.concern, []).append(_asked(row))
        return found


def _elsewhere(connection: Connection, workbook_id: int, concern: str, response: Response) -> list[datetime]:
    """When this response was sent as it stands with other concerns."""
    its = (_A.workbook_id == workbook_id, _A.concern != concern, _A.response == response.id)
    return list(connection.execute(select(_A.submitted).where(*its)).scalars())


def _take_away(connection: Connection, workbook_id: int, concern: str, response: Response) -> None:
    """Takes older versions of this response from the other concerns; whom these asked has not answered them, then."""
    older = (
        _A.workbook_id == workbook_id,
        _A.concern != concern,
        _A.response == response.id,
        _A.submitted < response.submitted,
    )
    connection.execute(delete(schema.asked).where(*older, _A.asked_at.is_(None)))
    nothing: dict[str, Any] = {"response": None, "submitted": None, "screen": Screen.CLEAR, "answers": {}}
    connection.execute(update(schema.asked).where(*older).values(**nothing))


def _part(workbook_id: int, concern: str, teacher: str) -> tuple[ColumnElement[bool], ...]:
    return (_A.workbook_id == workbook_id, _A.concern == concern, _A.teacher == teacher)


def _asked(row: Row[Any]) -> Asked:
    return Asked(
        row.concern,
        row.teacher,
        row.asked_at,
        row.response,
        row.submitted,
        Screen(row.screen),
        answers(row.answers),
        row.form_id,
    )


def _alert(
    connection: Connection, workbook_id: int, concern: str, response: Response, now: datetime, *, first: bool
) -> None:
    key = f"{ALERT}:{response.id}:{response.submitted.isoformat()}"
    payload = {"concern": concern, "teacher": response.teacher}
    put_work(connection, workbook_id, alerts([NewWork(key, ALERT, key, payload)], response, now, first=first), now)
