from __future__ import annotations

import pytest

from sync.domain.meetings import Choice, Where
from sync.web.forms import MOST, read_once, read_version, understand

ALL = (Where.ROOM, Where.PHONE, Where.VIDEO)


def wrong(sent: dict[str, str], offered: tuple[Where, ...] = ALL) -> list[tuple[str, str]]:
    return [(problem.name, problem.key) for problem in understand(sent, offered).problems]


def test_every_field_becomes_the_choice() -> None:
    sent = {
        "where": "phone",
        "phone": " 01632 960123 ext 4 ",
        "language": "Urdu",
        "bringing": "my\nsister",
        "access": "no  steps\r\n",
        "words": "one\r\ntwo",
    }
    assert understand(sent, ALL).choice == Choice(
        Where.PHONE, "01632 960123 ext 4", "Urdu", "my sister", "no steps", "one\ntwo"
    )


def test_a_number_that_is_not_needed_is_not_kept() -> None:
    assert understand({"where": "room", "phone": "01632 960123"}, ALL).choice == Choice(Where.ROOM)


def test_the_only_way_to_meet_needs_no_answer() -> None:
    assert understand({}, (Where.VIDEO,)).choice == Choice(Where.VIDEO)


@pytest.mark.parametrize("where", ["", "pub", "video"])
def test_a_way_that_is_not_offered_is_no_answer(where: str) -> None:
    assert wrong({"where": where}, (Where.ROOM, Where.PHONE)) == [("where", "errors.where")]


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("", "errors.phone_missing"),
        ("call me", "errors.phone_wrong"),
        ("12345", "errors.phone_wrong"),
        ("1234567890123456", "errors.phone_wrong"),
        ("01632 960123;ext=<b>", "errors.phone_wrong"),
    ],
)
def test_a_call_needs_a_number_that_can_be_called(number: str, problem: str) -> None:
    assert wrong({"where": "phone", "phone": number}) == [("phone", problem)]


@pytest.mark.parametrize("name", [name for name in MOST if name != "phone"])
def test_a_text_that_is_too_long_is_said_with_how_much(name: str) -> None:
    (problem,) = understand({"where": "room", name: "x" * (MOST[name] + 3)}, ALL).problems
    assert (problem.name, problem.key, problem.values) == (name, "errors.long", {"most": MOST[name], "over": 3})


def test_characters_that_cannot_be_seen_are_taken_out() -> None:
    sent = {"where": "room", "words": "a\x00b\u202ec\u200bd\ud800", "bringing": "x\r\nBcc: y"}
    choice = understand(sent, ALL).choice
    assert choice is not None
    assert (choice.words, choice.bringing) == ("abcd", "x Bcc: y")


def test_the_joiners_of_urdu_stay() -> None:
    word = "می\N{ZERO WIDTH NON-JOINER}ں"
    choice = understand({"where": "room", "words": word}, ALL).choice
    assert choice is not None
    assert choice.words == word


@pytest.mark.parametrize(
    ("text", "read"), [("3", 3), ("0", 0), ("-1", None), ("٣", None), ("1" * 10, None), ("", None)]
)
def test_a_version_is_a_plain_number(text: str, read: int | None) -> None:
    assert read_version(text) == read


@pytest.mark.parametrize(("text", "good"), [("a" * 24, True), ("a" * 15, False), ("a" * 65, False), ("a b" * 8, False)])
def test_an_idempotency_key_is_of_the_form_that_we_give_out(text: str, good: bool) -> None:
    assert (read_once(text) is not None) == good
