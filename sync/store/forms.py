"""Which form in Google is which of ours, how far its responses were read, and the watch that tells of new ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - whoever resolves the fields needs it at run time
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, or_, select, update

from sync.domain.concerns import FormKey
from sync.store.engine import dialect_insert, reading, writing
from sync.store.schema import form as form_table
from sync.store.schema import former_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection, Row

    from sync.store.store import Store

_F, _O = form_table.c, former_form.c


class FormState(StrEnum):
    """Whether a form takes answers, was closed by a person, or is not there (in the bin, or not ours to see)."""

    OPEN = "open"
    CLOSED = "closed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class KnownForm:
    """A form of ours in Google.

    Attributes:
        key: which of ours.
        form_id: Google's id.
        responder_uri: where staff fill it in.
        questions: Google's questionId of each question, by the question's key in the template.
        state: as it was last seen.
        swept_to: the newest `lastSubmittedTime` that was read; None before the first reading.
        listed_at: when all its responses were last listed.
        watch_id, watch_expires, watch_topic: the watch of Forms that tells Pub/Sub; None where there is none.
        former: another was made in its place.
    """

    key: FormKey
    form_id: str
    responder_uri: str
    questions: Mapping[str, str] = field(default_factory=dict)
    state: FormState = FormState.OPEN
    swept_to: datetime | None = None
    listed_at: datetime | None = None
    watch_id: str | None = None
    watch_expires: datetime | None = None
    watch_topic: str | None = None
    former: bool = False


class Forms:
    """The forms of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def all(self, workbook_id: int) -> dict[FormKey, KnownForm]:
        """The forms of a workbook that were made."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(form_table).where(_F.workbook_id == workbook_id)).all()
        return {FormKey(row.key): _known(row) for row in rows}

    def find(self, workbook_id: int, key: FormKey) -> KnownForm | None:
        """One form, None before it was made."""
        return self.all(workbook_id).get(key)

    def save(
        self, workbook_id: int, key: FormKey, form_id: str, responder_uri: str, questions: Mapping[str, str]
    ) -> KnownForm:
        """Records a form that was made, or found again, or got other questions.

        Another form under the same key begins anew: nothing of it was read, and it has no watch. The one before is
        kept as a former one.
        """
        values: dict[str, Any] = {"responder_uri": responder_uri, "questions": dict(questions)}
        anew = dict.fromkeys(("swept_to", "listed_at", "watch_id", "watch_expires", "watch_topic"))
        with writing(self._engine) as connection:
            same = connection.execute(
                update(form_table).where(*_is(workbook_id, key), _F.form_id == form_id).values(**values)
            ).rowcount
            if not same:
                _retire(connection, workbook_id, key, form_id)
                values |= {"form_id": form_id, "state": FormState.OPEN, **anew}
                connection.execute(
                    dialect_insert(connection, form_table)
                    .values(workbook_id=workbook_id, key=key, **values)
                    .on_conflict_do_update(index_elements=["workbook_id", "key"], set_=values)
                )
            row = connection.execute(select(form_table).where(*_is(workbook_id, key))).one()
        return _known(row)

    def former(self, workbook_id: int) -> list[KnownForm]:
        """The forms in whose place another was made; they are not marked and have no address any more."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(former_form).where(_O.workbook_id == workbook_id).order_by(_O.key, _O.form_id)
            ).all()
        return [
            KnownForm(
                FormKey(row.key),
                row.form_id,
                "",
                row.questions,
                FormState.GONE,
                row.swept_to,
                row.listed_at,
                former=True,
            )
            for row in rows
        ]

    def former_listed(self, workbook_id: int, form_id: str, at: datetime) -> None:
        """Records when all responses of a former form were last asked for."""
        with writing(self._engine) as connection:
            connection.execute(
                update(former_form).where(_O.workbook_id == workbook_id, _O.form_id == form_id).values(listed_at=at)
            )

    def forget_former(self, workbook_id: int, form_id: str) -> None:
        """Forgets a former form that is not there any more; what came to it stays."""
        with writing(self._engine) as connection:
            connection.execute(delete(former_form).where(_O.workbook_id == workbook_id, _O.form_id == form_id))

    def mark(self, workbook_id: int, key: FormKey, state: FormState) -> bool:
        """Records how a form was seen; whether that is new."""
        return self._set(workbook_id, key, {"state": state}, _F.state != state)

    def swept(self, workbook_id: int, key: FormKey, to: datetime) -> bool:
        """Records how far the responses were read; never goes back."""
        return self._set(workbook_id, key, {"swept_to": to}, or_(_F.swept_to.is_(None), _F.swept_to < to))

    def listed(self, workbook_id: int, key: FormKey, at: datetime) -> bool:
        """Records when all responses were listed."""
        return self._set(workbook_id, key, {"listed_at": at})

    def watched(
        self, workbook_id: int, key: FormKey, watch_id: str | None, expires: datetime | None, topic: str | None
    ) -> bool:
        """Records the watch of a form and the topic it tells; None that it has none."""
        return self._set(workbook_id, key, {"watch_id": watch_id, "watch_expires": expires, "watch_topic": topic})

    def _set(self, workbook_id: int, key: FormKey, values: Mapping[str, Any], *where: ColumnElement[bool]) -> bool:
        with writing(self._engine) as connection:
            changed = connection.execute(update(form_table).where(*_is(workbook_id, key), *where).values(**values))
        return changed.rowcount == 1


def form_today(connection: Connection, workbook_id: int, key: FormKey) -> str:
    """The id of the form that is filled in today; "" where it is not known."""
    found = connection.execute(select(_F.form_id).where(*_is(workbook_id, key)))
    return found.scalar_one_or_none() or ""


def _retire(connection: Connection, workbook_id: int, key: FormKey, new: str) -> None:
    """Keeps the form that another is to take the place of; listed anew at once, for what was sent last."""
    connection.execute(delete(former_form).where(_O.workbook_id == workbook_id, _O.form_id == new))
    kept = select(_F.workbook_id, _F.form_id, _F.key, _F.questions, _F.swept_to).where(*_is(workbook_id, key))
    names = ("workbook_id", "form_id", "key", "questions", "swept_to")
    connection.execute(insert(former_form).from_select(names, kept))


def _is(workbook_id: int, key: FormKey) -> tuple[ColumnElement[bool], ...]:
    return (_F.workbook_id == workbook_id, _F.key == key)


def _known(row: Row[Any]) -> KnownForm:
    return KnownForm(
        FormKey(row.key),
        row.form_id,
        row.responder_uri,
        row.questions,
        FormState(row.state),
        row.swept_to,
        row.listed_at,
        row.watch_id,
        row.watch_expires,
        row.watch_topic,
    )
