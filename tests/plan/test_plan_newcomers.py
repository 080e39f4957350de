"""Concerns that are matched again: what waits, when the roll is another; and a choice that she takes back, at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from school_year import pupil
from support.cases import a_day

from sync.domain.concerns import Concern, Link, Screen
from sync.plan.casebook import Casebook
from sync.plan.concerns import Memory
from sync.plan.matching import Match
from sync.plan.newcomers import match_anew, taken_back

if TYPE_CHECKING:
    from collections.abc import Collection

    from sync.plan.cells import Value

SENT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ROLL = {
    "K7F3K": pupil("K7F3K", name="Lomax, Amara", legal_surname="Lomax", legal_forename="Amara", group="7B"),
    "H2T9W": pupil("H2T9W", name="Stone, Amy", legal_surname="Stone", legal_forename="Amy", group="7B"),
}
CHOSEN = Concern(
    key="C-4JW6V",
    response="r1",
    version=1,
    received=SENT,
    submitted=SENT,
    ref="H2T9W",
    link=Link.PERSON,
    answers={"name": ("Amara Lomax",), "year": ("7",), "class": ("7B",)},
)


def back(concern: Concern, typed: dict[str, Value] | None, unclear: Collection[str] = ()) -> tuple[str, ...]:
    return taken_back([concern], {} if typed is None else {concern.key: typed}, unclear)


def test_a_choice_is_taken_back_by_emptying_its_cell_alone() -> None:
    assert back(CHOSEN, {"chosen": None}) == (CHOSEN.key,)
    assert back(CHOSEN, {"chosen": "nobody of the roll"}) == ()
    assert back(CHOSEN, None) == ()
    assert back(CHOSEN, {"chosen": None}, [CHOSEN.key]) == ()
    for link in (Link.NONE, Link.NAME, Link.REFERENCE):
        assert back(replace(CHOSEN, link=link), {"chosen": None}) == ()


def test_what_is_taken_back_is_matched_whatever_the_roll_and_again_if_the_run_is_cut_off() -> None:
    waits = replace(CHOSEN, key="C-WA1TS", ref="", link=Link.NONE)
    book = Casebook(a_day, [CHOSEN, waits])
    _, stands = match_anew(Casebook(a_day), {}, (), ROLL, (), "", SENT)
    assert match_anew(book, {}, (), ROLL, (), stands, SENT) == ({}, stands)
    found, again = match_anew(book, {}, (), ROLL, [CHOSEN.key], stands, SENT)
    assert found == {CHOSEN.key: Match("K7F3K", Link.NAME)}
    assert again != stands


def test_what_is_held_is_taken_back_and_matches_nobody() -> None:
    held = replace(CHOSEN, screen=Screen.HELD, answers={})
    assert match_anew(Casebook(a_day, [held]), {}, (), ROLL, [held.key], "", SENT)[0] == {held.key: Match()}


def test_a_store_of_before_the_roll_had_a_print_matches_what_is_open_and_lately_sent_alone() -> None:
    lately, long_ago, closed = (replace(CHOSEN, key=key, ref="", link=Link.NONE) for key in "LOC")
    long_ago = replace(long_ago, submitted=SENT - timedelta(days=29))
    book, hers = Casebook(a_day, [lately, long_ago, closed]), {"C": {"closed": 46349.0}}
    empty = {"released": {}, "agreed": [], "decided": {}}
    assert set(match_anew(book, hers, (), ROLL, (), Memory.of(empty).roll, SENT)[0]) == {"L"}
    assert set(match_anew(book, hers, (), ROLL, (), Memory.of({}).roll, SENT)[0]) == {"L", "O", "C"}
    assert Memory.of(Memory().to_json() | {"roll": "print"}) == Memory(roll="print")
