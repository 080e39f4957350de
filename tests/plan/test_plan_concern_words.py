"""Teachers' words in a cell: whole, plain, and never more than it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from sync.domain.concerns import Screen
from sync.plan.concern_words import (
    GIST,
    colleagues,
    earlier_words,
    fitted,
    gist,
    legible,
    said,
    who_answered,
    whole_class,
)
from sync.plan.mirror import MOST_CHARACTERS

if TYPE_CHECKING:
    from sync.domain.concerns import Answers

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@dataclass
class Edition:
    """As the store keeps a version of a concern."""

    version: int
    answers: Answers = field(default_factory=dict)
    screen: Screen = Screen.CLEAR
    submitted: datetime = MONDAY


@dataclass
class Part:
    """As the store keeps a teacher's part in a round robin."""

    teacher: str
    answers: Answers = field(default_factory=dict)
    submitted: datetime | None = MONDAY
    screen: Screen = Screen.CLEAR


def test_several_ticks_are_joined_and_nothing_is_nothing() -> None:
    assert said({"area": ("Cognition and learning", "Not sure")}, "area") == "Cognition and learning; Not sure"
    assert said({}, "area") == ""


def test_signs_that_nobody_sees_are_left_out_and_lines_stay() -> None:
    assert legible("a\x00b\r\nc\u2028d\te\ud800 ") == "ab\nc\nd\te"


def test_a_text_that_no_cell_holds_says_where_the_rest_is() -> None:
    assert fitted("a" * MOST_CHARACTERS) == "a" * MOST_CHARACTERS
    cut = fitted("a" * (MOST_CHARACTERS + 1))
    assert cut is not None
    assert len(cut) == MOST_CHARACTERS
    assert cut.endswith("a… (the rest is in the form)")
    assert fitted("") is None


@given(st.text(max_size=30).filter(bool), st.integers(1, 60_000))
def test_a_cell_is_never_too_long_as_sheets_counts(words: str, times: int) -> None:
    found = fitted(legible(words * times))
    assert found is None or len(found.encode("utf-16-le")) // 2 <= MOST_CHARACTERS


@given(st.text())
def test_the_gist_is_short_one_line_and_a_beginning(words: str) -> None:
    found = gist(words)
    assert "\n" not in found
    assert len(found) <= GIST + 2
    whole = " ".join(words.split())
    assert found == whole or whole.startswith(found.removesuffix(" …"))


def test_a_gist_ends_between_two_words() -> None:
    assert gist("one two, three", 9) == "one two …"
    assert gist("one two", 7) == "one two"


def test_whom_a_teacher_wrote_of_is_quoted() -> None:
    assert whole_class({"name": ("Jo Smth",), "year": ("7",), "class": ("7B",)}) == "“Jo Smth”, Year 7, 7B"
    assert whole_class({"year": ("Reception",)}) == "Reception"
    assert whole_class({}) == ""


def test_the_earlier_words_are_what_an_edit_changed_newest_first() -> None:
    first = Edition(1, {"seen": ("Hides.",), "since": ("May",), "area": ("Not sure",)})
    second = Edition(2, {"seen": ("Hides and cries.",), "area": ("Not sure",)}, submitted=MONDAY + timedelta(hours=1))
    third = Edition(3, {"seen": ("Hides.",)}, submitted=MONDAY + timedelta(hours=2))
    assert earlier_words([first, second, third]) == (
        "Until Monday 23 November 2026, 12 noon:\nWhat was seen: Hides and cries.\nArea: Not sure\n\n"
        "Until Monday 23 November 2026, 11am:\nWhat was seen: Hides.\nSince: May"
    )
    assert earlier_words([first]) == ""


def test_a_version_that_is_held_shows_nothing_of_itself() -> None:
    held = Edition(1, screen=Screen.HELD)
    assert earlier_words([held, Edition(2, {"seen": ("Hides.",)})]) == (
        "Until Monday 23 November 2026, 10am: held back, in the form."
    )


def test_who_has_answered_is_counted_and_who_has_not_is_named() -> None:
    parts = [Part("art@school.example"), Part("maths@school.example", submitted=None)]
    assert who_answered(parts) == "1 of 2 answered. Not yet: maths@school.example."
    assert who_answered(parts, ["pe@school.example"]) == (
        "1 of 3 answered. Not yet: maths@school.example, pe@school.example."
    )
    assert who_answered(parts[:1]) == "1 of 1 answered."
    assert who_answered([]) == ""


def test_colleagues_answers_stand_beside_each_other_and_what_is_held_is_not_there() -> None:
    parts = [
        Part("art@school.example", {"subject": ("Art",), "share": ("In part",), "works": ("Small steps",)}),
        Part("maths@school.example", submitted=None),
        Part("pe@school.example", screen=Screen.HELD),
    ]
    assert colleagues(parts) == (
        "art@school.example (Art):\nShares the concern: In part\nWhat works: Small steps\n\n"
        "pe@school.example: held back, the answer waits in the form. Speak to the DSL before you use it."
    )
