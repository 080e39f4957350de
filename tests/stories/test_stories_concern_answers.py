"""What goes from a concern to teachers: feedback to whoever sent it, and questions to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.story import nothing_new

from sync.domain.concerns import FormKey, Response, Screen
from sync.store import Feedbacks, Robins

if TYPE_CHECKING:
    from support.cases import Cases

ROBIN = "Ask teachers (round robin)"


def test_feedback_is_owed_to_the_teacher_once(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    cases.decides(key, Feedback_to_the_teacher="Thank you. We look again in January.", Send="Send")
    assert cases.row(key)["Mind"] == "Your feedback is on its way."
    assert nothing_new(cases)
    feedback = Feedbacks(cases.desk.store)
    found = feedback.find(cases.book_id, key, 1)
    assert found is not None
    assert found.words == "Thank you. We look again in January."
    feedback.sent(cases.book_id, key, 1, cases.now)
    cases.sync()
    assert (cases.row(key)["Mind"], cases.row(key)["Sent"]) == ("", "23/11/2026 08:00")
    cases.decides(key, Feedback_to_the_teacher="Thank you. We look again in Feb")
    assert "the words were changed after they went" in cases.row(key)["Mind"]
    cases.decides(key, Feedback_to_the_teacher="Thank you. We look again in February.", Send="Send again")
    assert cases.letters("concern.feedback") == [
        {"concern": key, "number": 1},
    ]
    assert feedback.newest(cases.book_id)[key].words == "Thank you. We look again in February."
    assert nothing_new(cases)


def test_feedback_with_the_childs_name_is_not_sent(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    cases.decides(key, Feedback_to_the_teacher="Surname006 reads with us now.", Send="Send")
    assert cases.letters("concern.feedback") == []
    assert "it holds the child's name" in cases.row(key)["Mind"]
    cases.decides(key, Feedback_to_the_teacher="We read together now.")
    assert cases.letters("concern.feedback") == [{"concern": key, "number": 1}]


def test_a_round_robin_asks_each_teacher_once_and_gathers_what_they_say(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    cases.decides(key, Outcome=ROBIN, Ask="art@school.example, maths@school.example")
    assert cases.row(key)["Asked"] == "0 of 2 answered. Not yet: art@school.example, maths@school.example."
    assert cases.letters("concern.robin") == [
        {"concern": key, "teacher": "art@school.example"},
        {"concern": key, "teacher": "maths@school.example"},
    ]
    assert nothing_new(cases)
    said = {"subject": ("Art",), "share": ("In part",), "works": ("One step at a time",)}
    answer = Response(FormKey.ROBIN, "r-art", cases.now, cases.now, "art@school.example", said)
    Robins(cases.desk.store).take(cases.book_id, key, answer, screen=Screen.CLEAR, now=cases.now)
    cases.decides(key, Ask="art@school.example, maths@school.example, pe@school.example")
    assert cases.row(key)["Asked"] == "1 of 3 answered. Not yet: maths@school.example, pe@school.example."
    assert cases.inbox(key)["What they say"] == (
        "art@school.example (Art):\nShares the concern: In part\nWhat works: One step at a time"
    )
    assert cases.letters("concern.robin") == [{"concern": key, "teacher": "pe@school.example"}]
    assert nothing_new(cases)


def test_nobody_is_asked_about_what_is_closed_or_held(cases: Cases) -> None:
    closed, held = cases.sends(1, cases.ref(6)).key, cases.sends(2, held=True).key
    cases.sync()
    ask = "Ask teachers (round robin)"
    cases.decides(closed, Outcome=ask, Closed_on="23/11/2026", Ask="x@school.example")
    cases.decides(held, Pupil_is=cases.ref(7), Outcome=ask, Ask="y@school.example")
    assert cases.letters("concern.robin") == []
    assert "'Ask': nobody is asked about what is closed." in cases.row(closed)["Mind"]
    assert "'Ask': nobody is asked while its words are held." in cases.row(held)["Mind"]


def test_whom_the_form_takes_no_answer_from_is_not_asked(cases: Cases) -> None:
    cases.desk.responders = ("school.example",)
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    cases.decides(key, Outcome="Ask teachers (round robin)", Ask="x@school.example, parent@mail.example")
    assert cases.letters("concern.robin") == []
    assert "the form takes no answer from parent@mail.example." in cases.row(key)["Mind"]
    cases.decides(key, Ask="x@school.example")
    assert [each["teacher"] for each in cases.letters("concern.robin")] == ["x@school.example"]


def test_an_address_that_was_taken_back_does_not_wait_any_more(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    cases.decides(key, Outcome="Ask teachers (round robin)", Ask="left@school.example, x@school.example")
    assert "left@school.example" in str(cases.inbox(key))
    cases.decides(key, Ask="x@school.example")
    assert ("left@school.example" in str(cases.inbox(key)), "x@school.example" in str(cases.inbox(key))) == (
        False,
        True,
    )
