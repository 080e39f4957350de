"""What she means where words of hers went from the row of one concern to that of another."""

from __future__ import annotations

import pytest

from sync.plan.cells import to_json
from sync.plan.concern_rows import HerRows, Typed, made_out
from sync.plan.triage import HERS

A, B, C = "C-AAAAA", "C-BBBBB", "C-CCCCC"
ANSWERED = {"chosen": "K7F3K", "outcome": "Monitor", "feedback": "The therapist comes.", "send": "Send"}
Rows = dict[str, dict[str, str]]


def whole(row: dict[str, str]) -> Typed:
    return {name: row.get(name) for name in HERS}


def made(now: Rows, last: Rows, mixed: dict[str, str] | None = None) -> HerRows:
    seen = {key: {name: to_json(value) for name, value in row.items()} for key, row in last.items()}
    return made_out({key: [whole(row)] for key, row in now.items()}, seen, seen, mixed or {})


def whose(found: HerRows) -> dict[str, str]:
    """Of each concern that is not to be acted on: whose words it has, or who has its."""
    return {key: sentence.split("row of ")[1].split(" ")[0] for key, sentence in found.unclear.items()}


@pytest.mark.parametrize(
    ("last", "now", "unclear"),
    [
        ({A: ANSWERED, B: {}}, {A: {}, B: ANSWERED}, {A: B, B: A}),
        ({A: ANSWERED, B: {}, C: {}}, {A: {}, B: {}, C: ANSWERED}, {A: C, C: A}),
        ({A: ANSWERED, B: {"outcome": "Observe"}}, {A: {"outcome": "Observe"}, B: ANSWERED}, {A: B, B: A}),
        (
            {A: ANSWERED, B: {"outcome": "Observe"}, C: {}},
            {A: {}, B: ANSWERED, C: {"outcome": "Observe"}},
            {A: B, B: A, C: B},
        ),
        ({A: ANSWERED}, {B: ANSWERED}, {B: A}),
        (
            {A: {"outcome": "Observe"}, B: {"outcome": "Observe"}, C: {}},
            {A: {"outcome": "Closed"}, B: {}, C: {"outcome": "Observe"}},
            {B: C, C: B},
        ),
    ],
    ids=[
        "onto what is undecided",
        "past another",
        "swapped",
        "three in a round",
        "a reference typed over",
        "two had it",
    ],
)
def test_words_that_went_to_another_row_count_in_neither(last: Rows, now: Rows, unclear: dict[str, str]) -> None:
    assert whose(made(now, last)) == unclear


@pytest.mark.parametrize("columns", [["chosen"], ["feedback", "send"], ["ask"]])
def test_a_sort_of_some_columns_is_seen(columns: list[str]) -> None:
    typed = ANSWERED | {"ask": "art@school.example"}
    moved = {name: typed[name] for name in columns}
    rest = {name: value for name, value in typed.items() if name not in columns}
    other = {"outcome": "Observe", "review": "2026-12-20"}
    assert whose(made({A: rest, B: other | moved}, {A: typed, B: other})) == {A: B, B: A}


@pytest.mark.parametrize(
    ("last", "now"),
    [
        ({A: {"outcome": "Observe"}, B: {}}, {A: {"outcome": "Observe"}, B: {"outcome": "Observe"}}),
        ({A: {"outcome": "Observe"}, B: {}}, {A: {"outcome": "Closed"}, B: {"outcome": "Observe"}}),
        (
            {A: {"outcome": "Observe"}, B: {"outcome": "Monitor"}, C: {"outcome": "Monitor"}},
            {A: {"outcome": "Closed"}, B: {"outcome": "Observe"}, C: {"outcome": "Monitor"}},
        ),
        ({A: ANSWERED, B: {}}, {B: {"feedback": "The therapist comes.", "send": "Send"}}),
        ({A: {"outcome": "Closed"}, B: {}}, {B: {"outcome": "Closed"}}),
    ],
    ids=["alike", "one goes on", "a third has what it had", "the same thanks", "a closed one is deleted"],
)
def test_two_that_are_decided_alike_are_no_mixture(last: Rows, now: Rows) -> None:
    assert made(now, last).unclear == {}


def test_a_mixture_stands_until_it_is_put_right_or_she_changes_something() -> None:
    first, mixture = {A: ANSWERED, B: {}}, {A: {}, B: ANSWERED}
    found = made(mixture, first)
    still = made(mixture, mixture, dict(found.mixed))
    assert whose(still) == {A: B, B: A}
    assert (still.unclear, still.mixed) == (found.unclear, found.mixed)
    assert made(first, mixture, dict(still.mixed)).unclear == {}
    changed = {A: {"outcome": "Observe"}, B: ANSWERED | {"review": "2026-12-20"}}
    assert made(changed, mixture, dict(still.mixed)).unclear == {}
