"""Answers to a round robin: which concern they stand beside, whatever their teacher typed, edits or deletes."""

from __future__ import annotations

import pytest
from support.concern_desk import SECRET_WORD, Staffroom
from support.delivery import TEACHER
from support.forms import delete_response

from sync.domain.concerns import FormKey, Screen
from sync.service.concerns import Swept


def test_answers_to_a_round_robin_stand_beside_their_concern(room: Staffroom) -> None:
    room.send()
    room.sweep()
    (concern,) = room.concerns.all(room.wid)
    room.send(key=FormKey.ROBIN, concern=f" {concern.key.lower()} ", share="In part", works="Short tasks.")
    room.send(key=FormKey.ROBIN, concern="C-GUESS", share="Yes")
    assert [room.sweep(), room.sweep()] == [Swept(answers=1), Swept()]
    (asked,) = room.robins.all(room.wid)[concern.key]
    assert (asked.teacher, asked.answers["works"]) == (TEACHER, ("Short tasks.",))


def test_an_answer_whose_reference_its_teacher_corrects_leaves_the_other_concern(room: Staffroom) -> None:
    for seen in ("one", "two"):
        room.send(seen=seen)
    room.sweep()
    wrong, right = room.concerns.all(room.wid)
    room.robins.ask(room.wid, wrong.key, [TEACHER], room.office.now)
    given = {"concern": wrong.key, "share": "Yes", "works": "Short tasks."}
    sent = room.send(key=FormKey.ROBIN, **given)
    assert room.sweep() == Swept(answers=1)
    room.edit(sent, FormKey.ROBIN, **given | {"concern": right.key})
    assert [room.sweep(), room.sweep()] == [Swept(answers=1), Swept()]
    parts = {key: [part.answers.get("works") for part in parts] for key, parts in room.robins.all(room.wid).items()}
    assert parts == {wrong.key: [None], right.key: [("Short tasks.",)]}


def test_a_colleagues_answer_that_is_held_is_released_by_a_person(room: Staffroom) -> None:
    room.send()
    room.sweep()
    (concern,) = room.concerns.all(room.wid)
    others = ["art@school.example", "maths@school.example"]
    sent = [room.send(each, FormKey.ROBIN, concern=concern.key, share="Yes", works=SECRET_WORD) for each in others]
    assert room.sweep() == Swept(answers=2)
    delete_response(room.office.ws, room.form(FormKey.ROBIN).form_id, sent[1])
    for each in room.robins.all(room.wid)[concern.key]:
        assert (each.screen, each.answers) == (Screen.HELD, {})
        assert each.submitted is not None
        asked = (room.wid, concern.key, each.teacher, each.submitted)
        assert [room.robins.ask_release(*asked), room.robins.ask_release(*asked)] == [True, False]
    assert [room.release(), room.release()] == [Swept(released=2), Swept()]
    art, maths = room.robins.all(room.wid)[concern.key]
    assert (art.screen, art.answers["works"]) == (Screen.RELEASED, (SECRET_WORD,))
    assert maths.answers == {
        "works": ("(Not in the form any more, or about another concern: ask the teacher what it said.)",)
    }
    assert room.sweep() == Swept()


def test_an_answer_with_no_reference_of_ours_is_screened_and_said_once(room: Staffroom) -> None:
    plain = room.send(key=FormKey.ROBIN, concern="C-WRONG", share="Yes", works="Sits in front.")
    held = room.send(key=FormKey.ROBIN, concern="the boy in 7B", share="Yes", works=f"A {SECRET_WORD}.")
    assert [room.sweep(), room.sweep()] == [Swept(alerts=1), Swept()]
    submitted = room.office.now.isoformat()
    assert room.told() == [("concern.alert", {"concern": "", "teacher": TEACHER, "submitted": submitted})]
    assert set(room.office.noticed()) == {f"robin:{plain}", f"robin:{held}"}


@pytest.mark.parametrize("typed", ["{key}", " {key} ", "{lower}", "{bare}", "{spaced}", "{letters}"])
def test_a_reference_is_read_however_it_was_typed(room: Staffroom, typed: str) -> None:
    room.send()
    room.sweep()
    (concern,) = room.concerns.all(room.wid)
    key = concern.key
    about = typed.format(key=key, lower=key.lower(), bare=key.replace("-", ""), spaced=" ".join(key), letters=key[2:])
    room.send(key=FormKey.ROBIN, concern=about, share="Yes")
    assert room.sweep() == Swept(answers=1)


def test_a_colleagues_deleted_answer_is_noticed_once_within_a_day_and_stays(room: Staffroom) -> None:
    room.send()
    room.sweep()
    (concern,) = room.concerns.all(room.wid)
    for teacher, words in (("art@school.example", "Draws well."), ("pe@school.example", SECRET_WORD)):
        sent = room.send(teacher, FormKey.ROBIN, concern=concern.key, share="Yes", works=words)
        room.office.wait(minutes=1)
        room.sweep()
        delete_response(room.office.ws, room.form(FormKey.ROBIN).form_id, sent)
    kept = room.send("maths@school.example", FormKey.ROBIN, concern=concern.key, share="Yes", works="Counts well.")
    room.sweep()
    assert room.office.noticed() == []
    room.office.wait(days=1)
    room.sweep()
    assert sorted(each.split(": ", 1)[1][:60] for each in map(room.office.notice, room.office.noticed())) == [
        "A colleague's answer to what you asked was deleted in the fo",
        "A colleague's answer to what you asked was held, and then de",
    ]
    parts = {part.teacher: part for part in room.robins.all(room.wid)[concern.key]}
    assert [(part.response == kept, bool(part.answers), bool(part.form_id)) for part in parts.values()] == [
        (False, True, False),
        (True, True, True),
        (False, False, False),
    ]
