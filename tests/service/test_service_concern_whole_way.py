"""From the form that a teacher sends to the letter that she gets, on Forms and Gmail of the local workspace."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from support.concern_office import CONCERNS, ConcernOffice
from support.delivery import SENCO, TEACHER, Office
from support.forms import edit_response, send_form

from sync.domain.concerns import FormKey
from sync.service.form_setup import keep_forms
from sync.service.worker import Worker
from sync.store import Nudges

if TYPE_CHECKING:
    from collections.abc import Callable

HOLDING = (TEACHER, "Thank you: we have your form")
ACT_NOW = (TEACHER, "Please act now on the form you sent")
ALERT = (SENCO, "Please look at a response now")
ASK = "Two minutes, please: what do you see?"


class FormSchool(ConcernOffice):
    """A school whose forms are in the workspace."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        keep_forms(office.store, office.workbook, office.settings, office.open(), lambda: office.now)

    def fills_in(self, key: FormKey = FormKey.CONCERN, **answers: str) -> str:
        """A teacher sends a form; the responseId."""
        form = self.forms.find(self.wid, key)
        assert form is not None
        return send_form(self.office.ws, form.form_id, TEACHER, self.by_id(key, answers))

    def by_id(self, key: FormKey, answers: dict[str, str]) -> dict[str, str]:
        form = self.forms.find(self.wid, key)
        assert form is not None
        return {form.questions[name]: value for name, value in answers.items()}

    def turn(self) -> None:
        """What a worker does in a turn."""
        with self.office.rounds() as rounds:
            rounds.sweep()
            rounds.deliver()


@pytest.fixture
def school(open_office: Callable[..., Office]) -> FormSchool:
    told: dict[str, Any] = {"calendar": {"enabled": False}, "concerns": CONCERNS | {"dsl_email": ""}}
    return FormSchool(open_office(**told))


def test_a_form_that_was_sent_is_answered_and_an_edit_and_another_reading_bring_nothing_more(
    school: FormSchool,
) -> None:
    response = school.fills_in(harm="No", name="Amara Lomax", seen="Stares out of the window.")
    school.turn()
    school.turn()
    assert school.told() == [HOLDING]
    (concern,) = school.concerns.all(school.wid)
    assert (concern.teacher, f"Reference: {concern.key}" in school.office.letters()[0].body) == (TEACHER, True)
    school.office.wait(minutes=5)
    form = school.forms.find(school.wid, FormKey.CONCERN)
    assert form is not None
    changed = {"harm": "No", "name": "Amara Lomax", "seen": "Stares at the door."}
    edit_response(school.office.ws, form.form_id, response, school.by_id(FormKey.CONCERN, changed))
    school.turn()
    assert (school.told(), school.concerns.all(school.wid)[0].version) == ([HOLDING], 2)


def test_words_about_safeguarding_go_nowhere_and_everybody_is_told(school: FormSchool) -> None:
    words = "She says that she wants to kill herself."
    school.fills_in(harm="No", name="Amara Lomax", seen=words)
    school.turn()
    assert school.told() == [ALERT, ACT_NOW]
    assert not any("kill" in each.body for each in school.office.letters())


def test_harm_is_told_to_the_senco_alone(school: FormSchool) -> None:
    school.fills_in(harm="Yes", told="I am going to speak to the safeguarding lead now")
    school.turn()
    school.turn()
    assert (school.told(), school.concerns.all(school.wid)) == ([ALERT], [])


def test_a_teacher_who_is_asked_answers_with_the_link_of_the_letter_and_is_not_reminded(school: FormSchool) -> None:
    concern = school.new(teacher="another@school.example")
    school.robins.ask(school.wid, concern.key, [TEACHER], school.office.now)
    school.turn()
    (letter,) = school.to(TEACHER)
    form = school.forms.find(school.wid, FormKey.ROBIN)
    assert form is not None
    entry = f"entry.{int(form.questions['concern'], 16)}={concern.key}"
    assert (letter.subject, form.responder_uri in letter.body, entry in letter.body) == (ASK, True, True)
    school.fills_in(FormKey.ROBIN, concern=concern.key, share="In part", works="Short tasks")
    school.turn()
    (part,) = school.robins.all(school.wid)[concern.key]
    assert (part.teacher, part.answers["works"]) == (TEACHER, ("Short tasks",))
    school.office.wait(days=14)
    school.turn()
    assert [each.subject for each in school.to(TEACHER)] == [ASK]


def test_a_worker_answers_within_a_minute_of_the_hook_and_of_the_form_where_there_is_no_hook(
    school: FormSchool,
) -> None:
    office = school.office
    worker = Worker(office.settings, pause=0.2, follow_every=3, now=lambda: office.now, open_door=office.open)
    worker.start()
    try:
        for number, hooked in enumerate((True, False), start=1):
            began = time.monotonic()
            school.fills_in(harm="No", name="Amara Lomax", seen="Stares out of the window.")
            if hooked:
                Nudges(office.store).put(school.wid, FormKey.CONCERN, "a hook", office.now)
            while len(school.to(TEACHER)) < number:
                assert time.monotonic() - began < 60
                time.sleep(0.2)
    finally:
        worker.stop()
    assert school.told() == [HOLDING, HOLDING]
