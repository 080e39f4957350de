"""Teachers' concerns: one for each response to the concern form, and each version of it beside the others.

What says that a child is at risk of harm is not kept: only that there was such a response, and that somebody is to be
told. The same goes for the text of a version that the safeguarding screen holds back, until a person releases it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - whoever resolves the fields needs it at run time
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, select, update

from sync.domain.concerns import Answers, Concern, Link, Screen, tells_of_harm
from sync.store import schema
from sync.store.booking_records import NewWork
from sync.store.concern_alerts import ALERT, alerts, is_newly_sent, note_sent
from sync.store.engine import dialect_insert, reading, writing
from sync.store.forms import form_today
from sync.store.outbox import put_work

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlalchemy import ColumnElement, Connection, Row

    from sync.domain.concerns import Response
    from sync.plan.matching import Match
    from sync.store.store import Store

RECEIVED = "concern.received"
"""The kind of the row for the holding reply: {"concern", "version": 1}, once for each concern."""

SPEAK = "concern.speak"
"""The kind of the row that tells a teacher to speak to the DSL now, where an edit was held: {"concern", "version"}.

Of a first version that is held the holding reply says so.
"""

_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""Without vowels, so that no word comes about, and without what looks like something else."""

_C, _V = schema.concern.c, schema.concern_version.c


class How(StrEnum):
    """What became of a response: a new concern, a new version, nothing new, or only an alert."""

    NEW = "new"
    EDITED = "edited"
    KNOWN = "known"
    HARM = "harm"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a concern: 1 is the response as it was first taken. `answers` is empty while it is held."""

    version: int
    submitted: datetime
    screen: Screen
    answers: Answers


class Concerns:
    """The concerns of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def take(
        self,
        workbook_id: int,
        response: Response,
        *,
        match: Match | None,
        screen: Screen,
        now: datetime,
        reply: bool = True,
        first: bool = False,
        form_id: str = "",
    ) -> How:
        """Makes of a response the one concern that it is, or a new version of that; with its letters in the outbox.

        Of several copies of a response the one that was submitted last counts, in whatever order they come. A pupil
        whom a person chose stays, whatever an edit says. So does one with whom the concern has stood on *Concerns*, and
        one whom an edit leaves unsure: then `candidates` say whom the edit reads as, until a person chooses.

        Args:
            workbook_id: whose.
            response: to the concern form, as read from Google.
            match: whom it is about; not looked at where it is held. None is nobody, and no candidates.
            screen: CLEAR, or HELD: then no answers are stored.
            now: the present.
            reply: False for a new concern whose holding reply is not sent.
            first: the form is read for the first time: what is `OLD` has no alert of its own.
            form_id: the form that the response is in; "" for the one of today.
        """
        if tells_of_harm(response.answers):
            return self._harm(workbook_id, response, now, first=first)
        with reading(self._engine) as connection:
            # Most of what a sweep reads is known, and should not ask for SQLite's one write lock.
            row = _by_response(connection, workbook_id, response.id)
        if row is not None and row.submitted >= response.submitted and row.gone is None:
            return How.KNOWN
        with writing(self._engine) as connection:
            return _take(
                connection, workbook_id, response, match, screen, now, reply=reply, first=first, form_id=form_id
            )

    def _harm(self, workbook_id: int, response: Response, now: datetime, *, first: bool) -> How:
        """An alert each time it was sent: who says it a second time may have seen something new."""
        if not is_newly_sent(self._engine, schema.harm, workbook_id, response):
            return How.KNOWN
        with writing(self._engine) as connection:
            if not note_sent(connection, schema.harm, workbook_id, response):
                return How.KNOWN
            key = f"{ALERT}:{response.id}:{response.submitted.isoformat()}"
            work = NewWork(key, ALERT, key, {"response": response.id})
            put_work(connection, workbook_id, alerts([work], response, now, first=first), now)
        return How.HARM

    def all(self, workbook_id: int) -> list[Concern]:
        """Every concern of a workbook, the one that was received first in front."""
        with reading(self._engine) as connection:
            rows = connection.execute(_WHOLE.where(_C.workbook_id == workbook_id).order_by(_C.received, _C.key))
            return [_concern(row) for row in rows]

    def find(self, workbook_id: int, key: str) -> Concern | None:
        """One concern, None where there is no such key."""
        with reading(self._engine) as connection:
            return _one(connection, workbook_id, _C.key == key)

    def versions(self, workbook_id: int, key: str) -> list[Version]:
        """The versions of a concern, the first in front."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(schema.concern_version)
                .where(_V.workbook_id == workbook_id, _V.concern == key)
                .order_by(_V.version)
            )
            return [_version(row) for row in rows]

    def editions(self, workbook_id: int) -> dict[str, list[Version]]:
        """The versions of each concern that was edited, the first in front; by the concern's key."""
        edited = select(_C.key).where(_C.workbook_id == workbook_id, _C.version > 1)
        found: dict[str, list[Version]] = {}
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(schema.concern_version)
                .where(_V.workbook_id == workbook_id, _V.concern.in_(edited))
                .order_by(_V.concern, _V.version)
            )
            for row in rows:
                found.setdefault(row.concern, []).append(_version(row))
        return found

    def known(self, workbook_id: int, responses: Iterable[str]) -> dict[str, datetime]:
        """Of these responses, those that were taken and were in the form when last listed: when each was submitted."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_C.response, _C.submitted).where(
                    _C.workbook_id == workbook_id, _C.response.in_(list(responses)), _C.gone.is_(None)
                )
            ).all()
        return {row.response: row.submitted for row in rows}

    def first_received(self, workbook_id: int) -> datetime | None:
        """When the first concern of all was received; None before there is one."""
        first = select(func.min(_C.received)).where(_C.workbook_id == workbook_id)
        with reading(self._engine) as connection:
            found: datetime | None = connection.execute(first).scalar_one()
        return found

    def last_sent(self, workbook_id: int) -> datetime | None:
        """When the newest response was sent that is in the form still, as far as we know; None where none is."""
        last = select(func.max(_C.submitted)).where(_C.workbook_id == workbook_id, _C.gone.is_(None))
        with reading(self._engine) as connection:
            found: datetime | None = connection.execute(last).scalar_one()
        return found

    def link(self, workbook_id: int, key: str, ref: str, link: Link, now: datetime) -> bool:
        """Says which pupil a concern is about; `ref` "" with Link.NONE takes that back. Whether it changed anything.

        Args:
            workbook_id: whose.
            key: the concern's.
            ref: the pupil's reference.
            link: how it was found: by a person, mostly. What is not by a person does not replace what is.
            now: the present.
        """
        which = [*_is(workbook_id, key), (_C.ref != ref) | (_C.link != link)]
        if link in {Link.REFERENCE, Link.NAME}:
            which.append(_C.link != Link.PERSON)
        values: dict[str, Any] = {"ref": ref, "link": link, "linked_at": now} | ({"candidates": []} if ref else {})
        with writing(self._engine) as connection:
            return connection.execute(update(schema.concern).where(*which).values(**values)).rowcount == 1

    def match_anew(self, workbook_id: int, key: str, version: int, match: Match) -> bool:
        """Takes another match of a concern; False where it has a pupil, who stays, or was edited since."""
        with writing(self._engine) as connection:
            changed = connection.execute(
                update(schema.concern)
                .where(*_is(workbook_id, key), _C.ref == "", _C.link == Link.NONE, _C.version == version)
                .values(**_matched(match))
            )
        return changed.rowcount == 1

    def ask_release(self, workbook_id: int, key: str, version: int, now: datetime) -> bool:
        """Remembers that a person released a held version, to be read from the form again; whether that is new."""
        which = (_V.workbook_id == workbook_id, _V.concern == key, _V.version == version)
        with writing(self._engine) as connection:
            asked = connection.execute(
                update(schema.concern_version)
                .where(*which, _V.screen == Screen.HELD, _V.release_asked_at.is_(None))
                .values(release_asked_at=now)
            )
        return asked.rowcount == 1

    def to_release(self, workbook_id: int) -> list[tuple[Concern, str]]:
        """The concerns whose newest version is held, though a person released it, and whose response is there.

        Each with the id of the form that its response is in, which may be an earlier one than that of today; "" where
        that is not known.
        """
        with reading(self._engine) as connection:
            rows = connection.execute(
                _WHOLE.where(
                    _C.workbook_id == workbook_id,
                    _C.gone.is_(None),
                    _V.screen == Screen.HELD,
                    _V.release_asked_at.is_not(None),
                ).order_by(_C.received, _C.key)
            )
            return [(_concern(row), row.form_id) for row in rows]

    def release(self, workbook_id: int, key: str, response: Response, *, match: Match | None, now: datetime) -> bool:
        """Stores the answers of a version that was held back, because a person released it.

        Args:
            workbook_id: whose.
            key: the concern's.
            response: as read from the form now.
            match: whom it is about; a pupil whom a person chose stays.
            now: the present.

        Returns:
            Whether it stands released; False where `response` is not the version that is held: it was edited since,
            and whoever released it has not seen that.
        """
        with writing(self._engine) as connection:
            row = _locked(connection, workbook_id, _C.key == key)
            if row is None or (row.response, row.submitted) != (response.id, response.submitted):
                return False
            if Screen(row.screen) is Screen.HELD:
                connection.execute(
                    update(schema.concern_version)
                    .where(_V.workbook_id == workbook_id, _V.concern == key, _V.version == row.version)
                    .values(screen=Screen.RELEASED, released_at=now, answers=as_json(response.answers))
                )
                connection.execute(
                    update(schema.concern)
                    .where(_C.workbook_id == workbook_id, _C.key == key)
                    .values(**_rematched(connection, workbook_id, row, match))
                )
        return True

    def unlisted(
        self, workbook_id: int, form_id: str, listed: Collection[str], taken_before: datetime
    ) -> list[Concern]:
        """The concerns whose response is not among all that a form has, and of which that is not known yet.

        Args:
            workbook_id: whose.
            form_id: the form that was listed.
            listed: the ids of all its responses.
            taken_before: when the listing began: what was taken since may be newer than it.
        """
        of_form = (_C.workbook_id == workbook_id, _C.form_id == form_id, _C.gone.is_(None), _C.taken_at < taken_before)
        with reading(self._engine) as connection:
            rows = connection.execute(_WHOLE.where(*of_form).order_by(_C.received, _C.key)).all()
        return [_concern(row) for row in rows if row.response not in listed]

    def gone(self, workbook_id: int, keys: Iterable[str], now: datetime) -> None:
        """Remembers that the responses of these concerns are not in the form any more; the concerns stay."""
        with writing(self._engine) as connection:
            connection.execute(
                update(schema.concern)
                .where(_C.workbook_id == workbook_id, _C.key.in_(list(keys)), _C.gone.is_(None))
                .values(gone=now)
            )


_WHOLE = select(schema.concern, _V.screen, _V.answers).join(
    schema.concern_version,
    and_(_V.workbook_id == _C.workbook_id, _V.concern == _C.key, _V.version == _C.version),
)


def as_json(given: Answers) -> dict[str, list[str]]:
    """Answers as they are stored."""
    return {key: list(values) for key, values in given.items()}


def answers(stored: dict[str, list[str]]) -> Answers:
    """Answers as they were given."""
    return {key: tuple(values) for key, values in stored.items()}


def _take(
    connection: Connection,
    workbook_id: int,
    response: Response,
    match: Match | None,
    screen: Screen,
    now: datetime,
    *,
    reply: bool,
    first: bool,
    form_id: str,
) -> How:
    row = _locked(connection, workbook_id, _C.response == response.id)
    held = screen is Screen.HELD
    if row is None:
        made = _insert(connection, workbook_id, response, None if held else match, now, form_id)
        if made is not None:
            _add_version(connection, workbook_id, made, 1, response, screen)
            letters = _letters(made, 1, held=held, reply=reply)
            put_work(connection, workbook_id, alerts(letters, response, now, first=first), now)
            return How.NEW
        row = _locked(connection, workbook_id, _C.response == response.id)
        assert row is not None  # noqa: S101 - its response is what kept ours from being inserted
    if row.submitted >= response.submitted:
        connection.execute(update(schema.concern).where(*_is(workbook_id, row.key)).values(gone=None))
        return How.KNOWN
    version = row.version + 1
    values: dict[str, Any] = {"version": version, "submitted": response.submitted, "gone": None}
    if not held:
        values |= _rematched(connection, workbook_id, row, match)
    _add_version(connection, workbook_id, row.key, version, response, screen)
    connection.execute(update(schema.concern).where(*_is(workbook_id, row.key)).values(**values))
    put_work(connection, workbook_id, alerts(_letters(row.key, version, held=held), response, now), now)
    return How.EDITED


def _insert(
    connection: Connection, workbook_id: int, response: Response, match: Match | None, now: datetime, form_id: str
) -> str | None:
    """The key of a new concern; None where another process was faster to make one of this response."""
    for key in keys_of(response.id):
        made = connection.execute(
            dialect_insert(connection, schema.concern)
            .values(
                workbook_id=workbook_id,
                key=key,
                form_id=form_id or form_today(connection, workbook_id, response.form),
                response=response.id,
                version=1,
                received=response.created,
                submitted=response.submitted,
                taken_at=now,
                teacher=response.teacher,
                **_matched(match),
            )
            .on_conflict_do_nothing()
            .returning(_C.key)
        ).first()
        if made is not None:
            return key
        if _by_response(connection, workbook_id, response.id) is not None:
            return None
    return None


def keys_of(response_id: str) -> Iterator[str]:
    """The keys that a response's concern may have, the first that is free: of its id, so that it has the same again.

    A school that lost its store finds each concern's row in the workbook by it. The id cannot be guessed from the key.
    """
    for attempt in count():
        number = int.from_bytes(hashlib.sha256(f"{attempt}:{response_id}".encode()).digest())
        letters = []
        for _ in range(5):
            number, place = divmod(number, len(_ALPHABET))
            letters.append(_ALPHABET[place])
        yield "C-" + "".join(letters)


def _add_version(
    connection: Connection, workbook_id: int, key: str, version: int, response: Response, screen: Screen
) -> None:
    connection.execute(
        insert(schema.concern_version).values(
            workbook_id=workbook_id,
            concern=key,
            version=version,
            submitted=response.submitted,
            screen=screen,
            answers={} if screen is Screen.HELD else as_json(response.answers),
        )
    )


def _letters(key: str, version: int, *, held: bool, reply: bool = True) -> list[NewWork]:
    """Each with a subject of its own where it is urgent: a mail that fails must not hold up an alert."""
    payload = {"concern": key, "version": version}
    work = [NewWork(f"concern:{key}", RECEIVED, f"{RECEIVED}:{key}", payload)] if version == 1 and reply else []
    kinds = ([ALERT] if version == 1 else [ALERT, SPEAK]) if held else []
    return work + [NewWork(f"{kind}:{key}", kind, f"{kind}:{key}:{version}", payload) for kind in kinds]


def _matched(match: Match | None) -> dict[str, Any]:
    if match is None:
        return {"ref": "", "link": Link.NONE, "candidates": []}
    return {"ref": match.ref, "link": match.link, "candidates": [] if match.ref else list(match.candidates)}


def _rematched(connection: Connection, workbook_id: int, row: Row[Any], match: Match | None) -> dict[str, Any]:
    """Whom an edit, or what was released, is about; the pupil of before where it is not for an edit to say."""
    if row.link == Link.PERSON:
        return {}
    if not row.ref or (match is not None and match.ref == row.ref):
        return _matched(match)
    if match is not None and match.ref and not _was_shown(connection, workbook_id, row.key):
        return _matched(match)
    reads_as = [match.ref] if match is not None and match.ref else list(match.candidates) if match is not None else []
    return {"candidates": reads_as or [row.ref]}


def _was_shown(connection: Connection, workbook_id: int, key: str) -> bool:
    """Whether a concern has stood on *Concerns*, about the pupil it has: what was decided there is about that one.

    What she typed is not looked at: she may have typed it since the last sync, and then only the sheet has it.
    """
    seen = schema.seen_row.c
    its = select(seen.key).where(seen.workbook_id == workbook_id, seen.tab == "concerns", seen.key == key)
    return connection.execute(its).first() is not None


def _is(workbook_id: int, key: str) -> tuple[ColumnElement[bool], ...]:
    return (_C.workbook_id == workbook_id, _C.key == key)


def _by_response(connection: Connection, workbook_id: int, response_id: str) -> Row[Any] | None:
    return connection.execute(_WHOLE.where(_C.workbook_id == workbook_id, _C.response == response_id)).first()


def _locked(connection: Connection, workbook_id: int, which: ColumnElement[bool]) -> Row[Any] | None:
    """The row, which on PostgreSQL nobody else may change until we are done; SQLite has one writer.

    In two statements: one that waits for the lock would join the concern as it is now with the version of before.
    """
    mine = (_C.workbook_id == workbook_id, which)
    connection.execute(select(_C.key).where(*mine).with_for_update())
    return connection.execute(_WHOLE.where(*mine)).first()


def _one(connection: Connection, workbook_id: int, which: ColumnElement[bool]) -> Concern | None:
    row = connection.execute(_WHOLE.where(_C.workbook_id == workbook_id, which)).first()
    return None if row is None else _concern(row)


def _version(row: Row[Any]) -> Version:
    return Version(row.version, row.submitted, Screen(row.screen), answers(row.answers))


def _concern(row: Row[Any]) -> Concern:
    return Concern(
        key=row.key,
        response=row.response,
        version=row.version,
        received=row.received,
        submitted=row.submitted,
        teacher=row.teacher,
        ref=row.ref,
        link=Link(row.link),
        candidates=tuple(row.candidates),
        screen=Screen(row.screen),
        answers=answers(row.answers),
        gone=row.gone,
    )
