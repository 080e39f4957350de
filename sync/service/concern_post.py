"""Rows of the outbox about teachers' concerns: letters to staff, alerts, and what stands on Sync status of them.

A row holds keys; the letter says how things stand when it is written. An alert is told to each on a row of its own, so
that an address that does not work keeps nobody else from being told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sync.domain.concerns import FormKey, Screen
from sync.domain.families import Notice
from sync.domain.response_clock import clock_of
from sync.domain.school_clock import say_instant
from sync.plan.form import robin_link
from sync.plan.staff_days import school_days_later
from sync.plan.triage import asks_teachers, is_asked
from sync.post.errors import LetterRefusedError
from sync.service.concern_cases import hours_of, known_calendar, typed_of
from sync.service.digests import DAILY, WEEKLY, written
from sync.service.form_words import begun
from sync.service.opening import address
from sync.service.post_round import NotYetError
from sync.service.staff_letters import Places
from sync.store import (
    ALERT,
    FEEDBACK,
    RECEIVED,
    ROBIN,
    SPEAK,
    Concerns,
    Feedbacks,
    Forms,
    FormState,
    NewWork,
    Notices,
    Outbox,
    Robins,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.config import Settings
    from sync.domain.concerns import Concern
    from sync.post.letters import Letter
    from sync.service.mailer import Mailer
    from sync.service.staff_letters import StaffWriter
    from sync.store import Asked, Store, Work, Workbook

TELL: Final = "concern.tell"
"""The kind of the row that tells one of them of an alert: {"to", "concern", "at"}; no concern where harm was ticked.

"old" where it tells of all that were sent before then. An answer of the round robin that bears no concern's key has
words in its place."""
ROBIN_AGAIN: Final = "concern.robin_again"
"""The kind of the row that reminds one teacher: {"concern", "teacher"}."""

URGENT: Final = (ALERT, TELL, SPEAK)
"""Somebody may not be safe: these go before every other letter."""

KINDS: Final = frozenset({*URGENT, RECEIVED, FEEDBACK, ROBIN, ROBIN_AGAIN, DAILY, WEEKLY})

REMIND_AFTER: Final = 3
"""School days after which a teacher who has not answered a round robin is reminded, once."""

_LOOK_AGAIN: Final = timedelta(minutes=15)
OFF: Final = "concerns:off"
"""The notice that letters wait because concerns are switched off."""
_OFF: Final = (
    "Letters about concerns wait, because [concerns] was switched off before they went. Switch it on and they go; or "
    "write to the teachers yourself."
)
_STRAY: Final = "an answer of the round robin without a reference"
_SENCO, _DSL = "senco", "dsl"


class ConcernPost:
    """Does the rows about concerns.

    Args:
        settings: the configuration.
        store: where all is kept.
        workbook_id: whose.
        writer: makes the letters; None where none are sent, and only Sync status is told.
        mailer: sends them.
        now: the clock.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        workbook_id: int,
        writer: StaffWriter | None,
        mailer: Mailer,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._store = store
        self._workbook = workbook_id
        self._writer = writer
        self._mailer = mailer
        self._now = now
        self._concerns = Concerns(store)
        self._do: dict[str, Callable[[Work, StaffWriter], None]] = {
            RECEIVED: self._received,
            TELL: self._tell,
            SPEAK: self._speak,
            FEEDBACK: self._feedback,
            ROBIN: self._robin,
            ROBIN_AGAIN: self._robin,
            DAILY: self._digest,
            WEEKLY: self._digest,
        }

    def post(self, work: Work) -> None:
        """Does one row; what has nothing left to tell is done.

        Raises:
            NotYetError: the letter waits for the round robin's form, or until concerns are switched on again.
            SensyncError: the letter was not sent, or may not have been.
        """
        if work.kind == ALERT:
            self._alert(work)
        elif not self._settings.concerns.enabled and work.kind not in URGENT:
            self._keep(work)
        elif self._writer is not None:
            self._do[work.kind](work, self._writer)

    def _keep(self, work: Work) -> None:
        """Concerns were switched off while a letter waited: somebody was promised it. A mail of its day is over."""
        if work.kind in (DAILY, WEEKLY):
            return
        self._notify(OFF, "Letters", _OFF)
        raise NotYetError("The letter waits until [concerns] is switched on.", wait=_LOOK_AGAIN.total_seconds())

    # What may be about safeguarding

    def _alert(self, work: Work) -> None:
        """Says it on Sync status, and puts a row for each who is to be told."""
        when = _sent(work)
        if work.payload.get("old"):
            self._notify(f"alert:{work.key}", begun(FormKey.CONCERN), _OLD_ALERTS.format(when=say_instant(when)))
            self._tell_all(work, {"concern": "", "old": True, "at": when.isoformat()})
            return
        concern, teacher = str(work.payload.get("concern", "")), str(work.payload.get("teacher", ""))
        stray = "teacher" in work.payload and not concern
        place = begun(FormKey.ROBIN) if stray else _place(concern)
        self._notify(f"alert:{work.key}", place, _alert_words(when, held=bool(concern) or stray))
        rows = []
        if teacher:
            key = f"{SPEAK}:{work.key}"
            rows.append(NewWork(key, SPEAK, key, {"concern": concern, "teacher": teacher}))
        self._tell_all(work, {"concern": _STRAY if stray else concern, "at": when.isoformat()}, *rows)

    def _tell_all(self, work: Work, told: dict[str, Any], *beside: NewWork) -> None:
        rows = [
            NewWork(f"{TELL}:{to}:{work.key}", TELL, f"{TELL}:{to}:{work.key}", told | {"to": to}) for to in self._to()
        ]
        Outbox(self._store).put(self._workbook, [*rows, *beside], self._now())

    def _to(self) -> dict[str, str]:
        """Who is told of alerts, with the address: one who is both is told once."""
        senco, dsl = self._senco(), self._settings.concerns.dsl_email
        return {_SENCO: senco} | ({_DSL: dsl} if dsl and dsl.casefold() != senco.casefold() else {})

    def _senco(self) -> str:
        return self._settings.concerns.senco_email or self._settings.post.sender or ""

    def _tell(self, work: Work, writer: StaffWriter) -> None:
        to = self._to().get(work.payload["to"])
        if to is None:
            return
        when = datetime.fromisoformat(work.payload["at"])
        dsl = work.payload["to"] == _DSL
        old = bool(work.payload.get("old"))
        self._send(writer.alert(work.key, to, dsl=dsl, concern=work.payload["concern"], when=when, old=old))

    def _speak(self, work: Work, writer: StaffWriter) -> None:
        """Tells a teacher to speak to the safeguarding lead, whatever became of the concern since."""
        concern = self._concern(work)
        teacher = work.payload.get("teacher") or (concern.teacher if concern else "")
        if teacher:
            self._send(writer.held(work.key, teacher, work.payload["concern"]))

    # Holding replies and feedback

    def _received(self, work: Work, writer: StaffWriter) -> None:
        concern = self._concern(work)
        if concern is None:
            return
        if not concern.teacher:
            what = "It came without an address, so nobody was written to: tell the teacher that it has arrived."
            self._notify(f"concern:{concern.key}:reply", _place(concern.key), what)
            return
        first = self._concerns.versions(self._workbook, concern.key)[0]
        if first.screen is Screen.HELD:
            self._send(writer.held(work.key, concern.teacher, concern.key))
            return
        calendar = known_calendar(self._store, self._workbook)
        due = clock_of(concern.received, calendar, hours_of(self._settings.concerns)).due
        self._send(writer.received(work.key, concern.teacher, concern.key, due if due > self._now() else None))

    def _feedback(self, work: Work, writer: StaffWriter) -> None:
        concern, feedbacks = self._concern(work), Feedbacks(self._store)
        number = int(work.payload["number"])
        told = feedbacks.find(self._workbook, work.payload["concern"], number)
        if concern is None or told is None or told.sent_at is not None:
            return
        if not concern.teacher:
            raise LetterRefusedError(
                "The feedback was not sent: the form gave no address.", next_step="Tell the teacher yourself."
            )
        self._send(writer.feedback(work.key, concern.teacher, concern.key, told.words))
        feedbacks.sent(self._workbook, concern.key, number, self._now())

    # Round robins

    def _robin(self, work: Work, writer: StaffWriter) -> None:
        concern, again = self._concern(work), work.kind == ROBIN_AGAIN
        asked = self._asked(work)
        if (
            concern is None
            or asked is None
            or asked.submitted is not None
            or not self._still_asks(concern.key, asked.teacher, again=again)
        ):
            return
        url = self._robin_form(concern.key)
        if not again:
            calendar = known_calendar(self._store, self._workbook)
            due = school_days_later(calendar, self._now(), REMIND_AFTER, self._settings.concerns.digest_time)
            key = f"{ROBIN_AGAIN}:{concern.key}:{asked.teacher}"
            Outbox(self._store).put(self._workbook, [NewWork(key, ROBIN_AGAIN, key, work.payload, due)], self._now())
        self._send(writer.robin(work.key, asked.teacher, concern.key, url, again=again))

    def _asked(self, work: Work) -> Asked | None:
        return Robins(self._store).find(self._workbook, work.payload["concern"], work.payload["teacher"])

    def _still_asks(self, concern: str, teacher: str, *, again: bool) -> bool:
        """Whether the SENCO still wants to know: nobody is reminded of what she has decided meanwhile.

        Whose address she took back is not written to at all.
        """
        row = typed_of(self._store, self._workbook, concern)
        return row is None or (is_asked(row, teacher) and (not again or asks_teachers(row)))

    def _robin_form(self, concern: str) -> str:
        form = Forms(self._store).find(self._workbook, FormKey.ROBIN)
        key = "robin:form"
        if form is None or form.state is not FormState.OPEN:
            what = "Teachers wait to be asked: its form is not there or takes no answers. Run `sensync form`."
            self._notify(key, "Round robin", what)
            raise NotYetError("The letter waits for the form of the round robin.", wait=_LOOK_AGAIN.total_seconds())
        Notices(self._store).withdraw(self._workbook, key)
        return robin_link(form.responder_uri, form.questions, concern)

    # The SENCO's own mails

    def _digest(self, work: Work, writer: StaffWriter) -> None:
        letter = written(self._store, self._workbook, self._settings.concerns, writer, self._senco(), work, self._now())
        if letter is not None:
            self._send(letter)

    # Small matters

    def _concern(self, work: Work) -> Concern | None:
        return self._concerns.find(self._workbook, str(work.payload["concern"]))

    def _send(self, letter: Letter) -> None:
        # Nothing is filled into a subject here, so it names nobody; and there are pupils called An, See and Will.
        self._mailer.send(letter, (), self._now())

    def _notify(self, key: str, where: str, what: str) -> None:
        Notices(self._store).put(self._workbook, [Notice(key, where, what)], self._now())


def places_of(settings: Settings, store: Store, workbook: Workbook) -> Places:
    """Where the links of letters lead, in Google or in what stands in for it."""
    form = Forms(store).find(workbook.id, FormKey.CONCERN)
    teachers = workbook.teachers_spreadsheet_id
    return Places(
        workbook=address(settings, workbook.spreadsheet_id),
        teachers=address(settings, teachers) if teachers else "",
        responses=f"{settings.google.pages}/forms/d/{form.form_id}/edit#responses" if form else "",
    )


def _place(concern: str) -> str:
    return f"Concern {concern}" if concern else begun(FormKey.CONCERN)


_OLD_ALERTS: Final = (
    "The form's responses were read for the first time. Some that were sent before {when} say that a child is at risk "
    "of harm, or have words that may; you may have been told of them before. Read them in the form, and make sure that "
    "somebody has spoken to the DSL."
)


def _sent(work: Work) -> datetime:
    """When the response was sent that an alert tells of; when it was found, where an older Sensync put the row."""
    submitted = work.payload.get("submitted")
    return datetime.fromisoformat(submitted) if submitted else work.made_at


def _alert_words(when: datetime, *, held: bool) -> str:
    if held:
        return (
            f"On {say_instant(when)}, a response came whose words may be about safeguarding. Sensync kept none of "
            "them: read it in the form, and speak to the DSL."
        )
    return (
        f"On {say_instant(when)}, somebody answered that a child is at risk of harm. Sensync kept nothing of what was "
        "sent with that answer (an earlier form that it changed stays as it was): read it in the form, and make "
        "sure that somebody has spoken to the DSL."
    )
