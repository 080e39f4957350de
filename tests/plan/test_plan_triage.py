"""What a row of Concerns leads to, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from school_year import pupil
from support.cases import a_day

from sync.domain.concerns import Concern, Feedback, Link, Screen
from sync.plan.casebook import Casebook
from sync.plan.concern_words import who_answered
from sync.plan.triage import (
    MOST_ASKED,
    NOTHING_STOOD,
    ON_ITS_WAY,
    Judged,
    Stood,
    is_closed,
    is_for_support,
    is_watched,
    judge,
    still_stands,
    what_stood,
)
from sync.service.wordlists import load_given_names

if TYPE_CHECKING:
    from sync.domain.concerns import Answers
    from sync.plan.cells import Value

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
RECEIVED = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TEACHER = "a.teacher@school.example"
ROLL = {
    "K7F3K": pupil("K7F3K", name="Lomax, Amara", legal_surname="Lomax", legal_forename="Amara Grace"),
    "H2T9W": pupil("H2T9W", name="Lomax, Amy", legal_surname="Lomax", legal_forename="Amy"),
    "R4D5T": pupil("R4D5T", name="Gone, Jo", on_roll="Left 01/11/2026"),
}
CONCERN = Concern(
    key="C-4JW6V",
    response="r1",
    version=1,
    received=RECEIVED,
    submitted=RECEIVED,
    teacher=TEACHER,
    ref="K7F3K",
    link=Link.NAME,
    answers={"name": ("Amara Lomax",), "seen": ("Hides under the table.",)},
)
UNSURE = replace(CONCERN, ref="", link=Link.NONE, candidates=("K7F3K", "H2T9W"))
HELD = replace(CONCERN, screen=Screen.HELD, answers={})
RELEASED = "Released: its words arrive at the next sync."
WAITS = (
    "Its words may be about safeguarding: Sensync kept none of them. Read them in the form and speak to the DSL. "
    "'Release' brings them here afterwards."
)
ONCE_MORE = "'Release': it was edited after you chose that. Read it again; clear the cell, sync, choose anew."


@dataclass
class Answered:
    """As the store keeps a teacher's part in a round robin."""

    teacher: str
    submitted: datetime | None = None
    screen: Screen = Screen.CLEAR
    answers: Answers = field(default_factory=dict)


def judged(
    concern: Concern = CONCERN,
    *,
    before: int | None = None,
    parts: dict[str, str] | None = None,
    book: dict[str, Any] | None = None,
    stood: Stood = NOTHING_STOOD,
    **row: Value,
) -> Judged:
    casebook = Casebook(a_day, [concern], **(book or {}))
    return judge(
        concern,
        row,
        casebook=casebook,
        roll=ROLL,
        released_before=before,
        now=NOW,
        stood=stood,
        parts_before=parts or {},
    )


def told(words: str, tick: str = "send", sent: datetime | None = RECEIVED) -> dict[str, Any]:
    return {"feedback": {CONCERN.key: Feedback(CONCERN.key, words, tick, RECEIVED, sent)}}


def test_a_row_without_a_word_leads_to_nothing() -> None:
    assert judged() == Judged(CONCERN)


@pytest.mark.parametrize("typed", ["Lomax, Amy (7B) · H2T9W", "H2T9W", " H2T9W "])
def test_a_pupil_chosen_is_the_pupil(typed: str) -> None:
    found = judged(UNSURE, chosen=typed)
    assert found.linked == "H2T9W"
    assert found.concern == replace(UNSURE, ref="H2T9W", link=Link.PERSON, candidates=())
    assert found.mind == []


def test_a_choice_corrects_a_pupil_who_was_found() -> None:
    assert judged(chosen="H2T9W").linked == "H2T9W"
    assert judged(chosen="K7F3K").linked == ""


def test_a_choice_that_names_nobody_is_answered_and_changes_nothing() -> None:
    for typed in ("Amara", "ZZZZZ", 7.0):
        found = judged(UNSURE, chosen=typed)
        assert (found.linked, found.concern) == ("", UNSURE)
        assert found.mind[0].startswith("'Pupil is': that names no pupil of the roll.")


def test_whose_it_is_is_asked_with_what_there_is_to_choose() -> None:
    assert judged(UNSURE).mind == ["Whose is it? Choose under 'Pupil is'."]
    nobody = judged(replace(UNSURE, candidates=()))
    assert nobody.mind == ["Nobody on the roll is like that: copy the pupil's line from 'MIS roll' to 'Pupil is'."]


def test_a_leaver_is_said() -> None:
    assert judged(replace(CONCERN, ref="R4D5T")).mind == ["This pupil has left."]


def test_what_is_held_waits_until_it_is_released_for_that_very_version() -> None:
    assert not judged(HELD).released
    first = judged(HELD, release="Release")
    assert (first.released, first.mind) == (False, [f"{WAITS} {ONCE_MORE}"])
    again = judged(HELD, release="Release", before=1)
    assert (again.released, again.mind) == (True, [RELEASED])
    edited = judged(replace(HELD, version=2), release="Release", before=1)
    assert (edited.released, edited.mind) == (False, [f"{WAITS} {ONCE_MORE}"])


def test_what_was_released_and_is_not_here_yet_is_said() -> None:
    assert judged(replace(HELD, screen=Screen.RELEASED), release="Release", before=1).mind == [RELEASED]
    assert judged(replace(CONCERN, screen=Screen.RELEASED), release="Release", before=1).mind == []


def test_a_held_response_that_was_deleted_cannot_be_released() -> None:
    found = judged(replace(HELD, gone=RECEIVED), release="Release")
    assert not found.released
    assert found.mind == ["It was held for the DSL, and then deleted in the form: Sensync never had its words."]


def test_an_edit_and_a_deletion_are_said() -> None:
    assert judged(replace(CONCERN, version=2)).mind == [
        "Edited by the teacher on Monday 23 November 2026, 10am: 'Read' leads to the earlier words."
    ]
    assert judged(replace(CONCERN, gone=RECEIVED)).mind == [
        "Deleted in the form on Monday 23 November 2026, 10am; its words are kept here."
    ]


def test_feedback_goes_once_for_a_tick() -> None:
    found = judged(feedback=" Thank you. We look again in January.\r\n", send="Send")
    assert found.sends == ("Thank you. We look again in January.", "send")
    assert found.mind == [ON_ITS_WAY]
    assert judged(book=told("Thank you.", sent=None), feedback="Thank you.", send="Send").mind == [ON_ITS_WAY]
    gone = judged(book=told("Thank you."), feedback="Thank you.", send="Send")
    assert (gone.sends, gone.mind) == (None, [])


def test_words_without_a_tick_stay_where_they_are() -> None:
    assert judged(feedback="Half a sent") == Judged(CONCERN)


def test_other_words_go_with_another_tick_alone() -> None:
    same = judged(book=told("Thank you."), feedback="Thank you, Tia.", send="Send")
    assert same.sends is None
    assert same.mind == ["'Send': the words were changed after they went. To send these, choose Send again."]
    assert judged(book=told("Thank you."), feedback="Thank you, Tia.", send="Send again").sends == (
        "Thank you, Tia.",
        "send again",
    )
    third = judged(book=told("Thank you, Tia.", "send again"), feedback="Thanks.", send="Send again")
    assert third.mind == ["'Send': the words were changed after they went. To send these, choose Send."]


def test_a_tick_that_was_cleared_counts_anew() -> None:
    assert judged(book=told("Thank you."), feedback="Thanks.").cleared
    assert not judged(book=told("Thank you.", ""), feedback="Thanks.").cleared
    assert judged(book=told("Thank you.", ""), feedback="Thanks.", send="Send").sends == ("Thanks.", "send")


def test_the_same_words_never_go_twice() -> None:
    assert judged(book=told("Thank you."), feedback="Thank you.", send="Send again").sends is None


@pytest.mark.parametrize(
    "words",
    ["Amara reads with us.", "We meet AMARA'S mother.", "amara reads", "Ask Grace to sit."],
)
def test_feedback_with_the_childs_name_does_not_go(words: str) -> None:
    found = judged(feedback=words, send="Send")
    assert found.sends is None
    assert found.mind == [
        "'Feedback to the teacher': it holds the child's name, or a word like it. E-mail goes without: take it out."
    ]


@pytest.mark.parametrize(
    "words", ["Amaras work is better.", "A.M.A.R.A reads.", "Amara-Lomax", "Mo is settled.", "MO reads."]
)
def test_feedback_with_a_form_of_the_childs_name_does_not_go(words: str) -> None:
    answers = {"name": ("Mohammed, not his brother Amara",)}
    found = judged(replace(CONCERN, answers=answers), book={"given": load_given_names()}, feedback=words, send="Send")
    assert (found.sends, found.mind[0].startswith("'Feedback to the teacher': it holds")) == (None, True)


def test_a_word_beside_the_name_in_the_form_stops_no_feedback() -> None:
    concern = replace(CONCERN, answers={"name": ("Amara Lomax, not her brother",)})
    assert judged(concern, feedback="It was not easy for her brother.", send="Send").sends is not None


def test_feedback_with_the_name_of_a_pupil_it_might_have_been_about_does_not_go() -> None:
    found = judged(UNSURE, chosen="K7F3K", feedback="Amy will be seen.", send="Send")
    assert (found.linked, found.sends) == ("K7F3K", None)
    assert judged(UNSURE, chosen="K7F3K", feedback="Seen on Friday.", send="Send").sends is not None


def test_a_name_in_a_script_without_blanks_is_found() -> None:
    concern = replace(CONCERN, answers={"name": ("李小龙",)})
    assert judged(concern, feedback="我们和李小龙谈过", send="Send").sends is None


def test_feedback_waits_for_a_pupil_and_for_words_that_are_held() -> None:
    nobody = judged(UNSURE, feedback="Thank you.", send="Send")
    assert nobody.sends is None
    assert nobody.mind[-1] == (
        "'Send': your feedback waits until the pupil is chosen: only then is it seen if it holds a name."
    )
    for held in (HELD, replace(HELD, screen=Screen.RELEASED)):
        found = judged(held, feedback="Thank you.", send="Send", release="Release")
        assert found.sends is None
        assert found.mind[-1] == "'Send': your feedback waits until the words that are held are released and here."
    assert judged(replace(CONCERN, screen=Screen.RELEASED), feedback="Thank you.", send="Send").sends is not None


def test_an_ordinary_word_in_small_letters_is_no_name() -> None:
    assert judged(feedback="By the grace of time, and that of a quiet room.", send="Send").sends is not None


def test_feedback_is_not_sent_without_words_or_an_address() -> None:
    assert judged(send="Send").mind == ["'Feedback to the teacher': there is nothing to send yet."]
    nobody = judged(replace(CONCERN, teacher=""), feedback="Thank you.", send="Send")
    assert nobody.mind == ["'Send': the form gave no address: tell the teacher yourself."]
    assert judged(feedback="Thank you.", send="tomorrow").mind == ["'Send': choose Send or Send again."]


def test_a_header_that_was_renamed_is_said_as_it_reads() -> None:
    found = judge(
        CONCERN, {"send": "Send"}, casebook=Casebook(a_day), roll=ROLL, released_before=None, now=NOW,
        headers={"feedback": "Answer"},
    )  # fmt: skip
    assert found.mind == ["'Answer': there is nothing to send yet."]


ROBIN = "Ask teachers (round robin)"


def test_each_teacher_is_asked_once_and_never_the_one_who_wrote() -> None:
    typed = f"Maths@school.example; art@school.example,\n{TEACHER} art@school.example"
    assert judged(outcome=ROBIN, ask=typed).asked == ("maths@school.example", "art@school.example")
    known = {"robins": {CONCERN.key: [Answered("maths@school.example", RECEIVED)]}}
    assert judged(outcome=ROBIN, ask=typed, book=known).asked == ("art@school.example",)


@pytest.mark.parametrize("typed", ["Mr Bell", "maths@school.example, Mr Bell", "mother@home.example", "@", "a@b"])
def test_what_is_no_teachers_address_asks_nobody(typed: str) -> None:
    found = judged(outcome=ROBIN, ask=typed, book={"families": {"mother@home.example"}})
    assert found.asked == ()
    assert found.mind == ["'Ask': type e-mail addresses of members of staff, with commas between them."]


def test_a_round_robin_needs_addresses_a_pupil_and_a_bound() -> None:
    assert judged(outcome=ROBIN).mind == ["'Ask': type the addresses of the pupil's other teachers."]
    assert judged(UNSURE, outcome=ROBIN, ask="art@school.example").mind[-1] == (
        "Choose the pupil first: then the teachers are asked."
    )
    many = ", ".join(f"t{n}@school.example" for n in range(MOST_ASKED + 1))
    assert judged(outcome=ROBIN, ask=many).mind == ["'Ask': these are 31 addresses; 30 teachers are the most to ask."]


def test_addresses_wait_for_the_outcome() -> None:
    found = judged(ask="art@school.example")
    assert (found.asked, found.mind) == ((), ["'Ask': teachers are asked once the outcome is 'Ask teachers'."])
    assert judged(ask="art@school.example", outcome="Observe").asked == ()


def test_monitoring_asks_for_a_day_and_a_pupil() -> None:
    day = "'Review on': monitoring needs a day on which you look again, within six to eight weeks."
    assert judged(outcome="Monitor").mind == [day]
    assert judged(outcome="Monitor", review=46_000.0).mind == []
    assert "'Outcome': choose the pupil first, and it takes effect." in judged(UNSURE, outcome="Monitor").mind


def test_an_outcome_is_known_by_how_it_begins() -> None:
    assert is_watched({"outcome": "monitor until Easter"})
    assert is_watched({"outcome": "Add to SEN support (parents told)"})
    assert is_for_support({"outcome": "ADD TO SEN SUPPORT"})
    assert not is_watched({"outcome": "Observe"})
    assert is_closed({"outcome": "Closed, no action"})
    assert is_closed({"outcome": "Monitor", "closed": 46_000.0})
    assert not is_watched({"outcome": "Monitor", "closed": 46_000.0})
    assert not is_closed({})


def test_what_stood_is_what_the_sheet_says_went_and_what_is_chosen_anew_is_no_more_of_it() -> None:
    row: dict[str, Value] = {"send": "Send", "release": "Release"}
    asked = who_answered([Answered("a@school.example", RECEIVED), Answered("b@school.example")], ["c@school.example"])
    went = what_stood(row, {"sent": 46350.4, "answered": asked})
    assert went == Stood("send", ("b@school.example", "c@school.example"), release=True)
    assert what_stood(row, {"said": f"This pupil has left. {ON_ITS_WAY}"}) == Stood("send", release=True)
    assert what_stood({"send": "Send"}, {"said": "This pupil has left.", "answered": "1 of 1 answered."}) == Stood()
    assert still_stands(went, row) == went
    assert still_stands(went, {"send": "Send again"}) == Stood("", went.asked)


def test_what_stood_before_a_lost_store_is_not_done_again() -> None:
    stood = Stood("send", ("b@school.example",))
    row: dict[str, Value] = {
        "feedback": "Thank you.",
        "send": "Send",
        "outcome": "Ask teachers",
        "ask": "b@school.example",
    }
    found = judged(stood=stood, **row)
    assert (found.sends, found.asked, found.recalled) == (None, (), ("b@school.example",))
    lost = "Sensync lost its memory and takes this for sent already."
    assert found.mind == [f"'Send': {lost} If these words have not gone, choose Send again."]
    assert judged(stood=stood, **row | {"send": "Send again"}).sends == ("Thank you.", "send again")


def test_a_colleagues_answer_that_is_held_is_released_as_it_stood_when_she_chose() -> None:
    book = {"robins": {CONCERN.key: [Answered("maths@school.example", RECEIVED, Screen.HELD)]}}
    said = judged(book=book)
    assert (said.parts, said.mind[0][:52]) == ({}, "A colleague's answer may be about safeguarding: read")
    sent = {"maths@school.example": RECEIVED.isoformat()}
    found = judged(book=book, parts=sent, release="Release")
    assert found.parts == {"maths@school.example": RECEIVED}
    assert found.mind == ["Released: a colleague's words arrive at the next sync."]
    for later in ({}, {"maths@school.example": NOW.isoformat()}):
        found = judged(book=book, parts=later, release="Release")
        assert found.parts == {}
        assert found.mind[0].endswith("it came after you chose that. Read it; clear the cell, sync, choose anew.")
