"""A school whose concern forms stand in the local workspace, its teachers, and whoever reads the responses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support.concerns import Found
from support.delivery import TEACHER, Office
from support.forms import delete_response, edit_response, send_form
from sync.domain.concerns import Answers, FormKey, Link, Screen
from sync.plan.matching import Match
from sync.service.concerns import ConcernDesk, Judge, Swept, release_asked, sweep, work_nudges
from sync.service.form_setup import keep_forms
from sync.store import Concerns, Forms, KnownForm, Nudges, Robins

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.google.door import Door

SECRET_WORD = "bruise"


def judge() -> Judge:
    """Whoever writes Amara is sure to mean B7F3K; the word above is what the screen looks for."""

    def match(answers: Answers) -> Match:
        sure = Found("B7F3K", Link.NAME) if "Amara" in "".join(answers.get("name", ())) else Found()
        return Match(sure.ref, sure.link)

    def screen(answers: Answers) -> Screen:
        told = " ".join(value for values in answers.values() for value in values)
        return Screen.HELD if SECRET_WORD in told else Screen.CLEAR

    return Judge(match, screen)


@dataclass
class Staffroom:
    """Teachers who fill in the form, and the school that reads what they sent."""

    office: Office
    topic: str = ""
    judged: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        store = self.office.store
        keep_forms(store, self.office.workbook, self.office.settings, self.office.open(), lambda: self.office.now)
        self.concerns, self.forms, self.robins = Concerns(store), Forms(store), Robins(store)
        self.nudges, self.wid = Nudges(store), self.office.wid

    # Teachers

    def form(self, key: FormKey = FormKey.CONCERN) -> KnownForm:
        found = self.forms.find(self.wid, key)
        assert found is not None
        return found

    def _ids(self, answers: dict[str, str], key: FormKey) -> dict[str, str]:
        questions = self.form(key).questions
        return {questions[name]: value for name, value in answers.items()}

    def send(self, teacher: str = TEACHER, key: FormKey = FormKey.CONCERN, **answers: str) -> str:
        """Fills in a form; gives the responseId. The clock goes on by a second: no two are sent at one instant."""
        self.office.wait(seconds=1)
        given = answers if key is FormKey.ROBIN else {"harm": "No", "name": "Amara Lomax", "seen": "Hides."} | answers
        return send_form(self.office.ws, self.form(key).form_id, teacher, self._ids(given, key))

    def send_harm(self) -> str:
        self.office.wait(seconds=1)
        answers = {"harm": "Yes", "told": "I am going to speak to the safeguarding lead now"}
        return send_form(self.office.ws, self.form().form_id, TEACHER, self._ids(answers, FormKey.CONCERN))

    def edit(self, response: str, key: FormKey = FormKey.CONCERN, **answers: str) -> None:
        self.office.wait(seconds=5)
        given = answers if key is FormKey.ROBIN else {"harm": "No", "name": "Amara Lomax", "seen": "Hides."} | answers
        edit_response(self.office.ws, self.form(key).form_id, response, self._ids(given, key))

    def delete(self, response: str) -> None:
        delete_response(self.office.ws, self.form().form_id, response)

    # The school

    def desk(self, open_door: Callable[[], Door] | None = None) -> ConcernDesk:
        def judged() -> Judge:
            self.judged.append(1)
            return judge()

        door = (open_door or self.office.open)()
        return ConcernDesk(self.office.store, self.wid, lambda: door, judged, lambda: self.office.now, self.topic)

    def sweep(self) -> Swept:
        return sweep(self.desk())

    def work(self) -> Swept:
        return work_nudges(self.desk())

    def release(self) -> Swept:
        return release_asked(self.desk())

    def nudge(self, name: str = "", key: FormKey = FormKey.CONCERN) -> None:
        """A hook told of a form."""
        self.nudges.put(self.wid, key, f"test:{name}:{self.office.now.isoformat()}", self.office.now)

    # What there is to see

    def seen(self) -> list[tuple[str, int, str, str]]:
        """The concerns: what was seen, version, reference and screen."""
        return [
            ("".join(each.answers.get("seen", ())), each.version, each.ref, each.screen.value)
            for each in self.concerns.all(self.wid)
        ]

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """The rows of the outbox about concerns, in order: kind and payload."""
        from sqlalchemy import select  # noqa: PLC0415 - looked at here alone

        from sync.store.schema import outbox  # noqa: PLC0415

        with self.office.store.engine.connect() as connection:
            rows = connection.execute(
                select(outbox.c.kind, outbox.c.payload).where(outbox.c.kind.like("concern.%")).order_by(outbox.c.id)
            )
            return [(row.kind, row.payload) for row in rows]
