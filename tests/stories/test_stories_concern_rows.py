"""Rows of Concerns whose reference is doubled or typed over: nothing that cannot be taken back follows from them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from support.cases import CONCERNS, Cases
from support.story import Begun, pupil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_workspace import LocalWorkspace

TWICE = (
    "This concern has rows with different words: nothing of them is sent, linked or released until you have deleted "
    "all but one."
)


@pytest.fixture(scope="module")
def begun(story_workspace: LocalWorkspace) -> Iterator[Begun[Cases]]:
    with closing(Begun(Cases, story_workspace, [pupil(n, "N") for n in range(1, 9)])) as begun:
        yield begun


@pytest.fixture
def cases(begun: Begun[Cases], tmp_path: Path) -> Cases:
    return begun.copy(tmp_path)


def mixed(other: str) -> str:
    return (
        f"These words stood in the row of {other} at the last sync, as if a reference was typed over or a part of the "
        "tab sorted: nothing of them is sent, linked or released. Put it right; if it is right, change something of "
        "yours here."
    )


def write_key(cases: Cases, row: int, key: str) -> None:
    _, column = cases.senco.header_row(CONCERNS, "Concern")
    cases.senco.type_at(CONCERNS, row, column, key)


def swap_keys(cases: Cases, one: str, two: str) -> None:
    places = cases.senco.row_of(CONCERNS, one), cases.senco.row_of(CONCERNS, two)
    write_key(cases, places[0], two)
    write_key(cases, places[1], one)


def minds(cases: Cases, key: str) -> set[str]:
    return {row["Mind"] for row in cases.senco.rows(CONCERNS) if row["Concern"] == key}


def test_a_copy_with_other_words_sends_links_and_releases_nothing_until_it_is_gone(cases: Cases) -> None:
    key = cases.sends(1, candidates=(cases.ref(6), cases.ref(7)), held=True).key
    cases.sync()
    row = cases.senco.row_of(CONCERNS, key)
    cases.senco.duplicate_row(CONCERNS, row, row + 1)
    for header, value in {
        "Pupil is": cases.ref(6), "Release": "Release", "Outcome": "Ask teachers (round robin)",
        "Ask": "art@school.example", "Feedback to the teacher": "Thank you.", "Send": "Send",
    }.items():  # fmt: skip
        cases.senco.type_at(CONCERNS, row + 1, cases.senco.header_row(CONCERNS, header)[1], value)
    before = cases.concern(key)
    for _ in range(2):
        cases.sync()
        assert minds(cases, key) == {TWICE}
        assert cases.concern(key) == before
        assert cases.letters("concern.feedback") + cases.letters("concern.robin") == []
        assert TWICE in cases.attention()
    cases.senco.delete_rows(CONCERNS, row)
    cases.sync()
    assert cases.concern(key).ref == cases.ref(6)
    # It is linked and to be released; nobody is asked, or answered, before its words are here.
    assert cases.letters("concern.feedback") + cases.letters("concern.robin") == []


def test_a_reference_typed_over_that_of_another_row_sends_nothing(cases: Cases) -> None:
    one, two = (cases.sends(n, cases.ref(5 + n)).key for n in (1, 2))
    cases.sync()
    row = cases.senco.row_of(CONCERNS, two)
    cases.senco.type(CONCERNS, two, "Feedback to the teacher", "Thank you.")
    cases.senco.type(CONCERNS, two, "Send", "Send")
    write_key(cases, row, one)
    cases.sync()
    assert minds(cases, one) == {TWICE}
    assert cases.letters("concern.feedback") == []


def test_references_that_were_swapped_link_nobody_until_she_has_put_them_right(cases: Cases) -> None:
    one, two = (cases.sends(n, candidates=(cases.ref(6), cases.ref(7))).key for n in (1, 2))
    cases.sync()
    cases.decides(one, Pupil_is=cases.ref(6))
    cases.decides(two, Pupil_is=cases.ref(7))
    swap_keys(cases, one, two)
    for _ in range(2):
        cases.sync()
        assert [cases.concern(key).ref for key in (one, two)] == [cases.ref(6), cases.ref(7)]
    swap_keys(cases, one, two)
    for _ in range(2):
        cases.sync()
        assert (minds(cases, one), minds(cases, two)) == ({""}, {""})
        assert [cases.concern(key).ref for key in (one, two)] == [cases.ref(6), cases.ref(7)]


def test_references_that_were_swapped_are_said_and_count_once_she_changes_something(cases: Cases) -> None:
    one, two = (cases.sends(n, candidates=(cases.ref(6), cases.ref(7))).key for n in (1, 2))
    cases.sync()
    cases.decides(one, Pupil_is=cases.ref(6))
    cases.decides(two, Pupil_is=cases.ref(7))
    swap_keys(cases, one, two)
    cases.sync()
    assert (minds(cases, one), minds(cases, two)) == ({mixed(two)}, {mixed(one)})
    cases.decides(one, Outcome="Observe")
    assert cases.concern(one).ref == cases.ref(7)


def test_two_concerns_that_are_decided_alike_are_no_mixture(cases: Cases) -> None:
    one, two = (cases.sends(n, cases.ref(6)).key for n in (1, 2))
    cases.sync()
    cases.decides(one, Outcome="Observe")
    cases.decides(two, Outcome="Monitor")
    cases.senco.type(CONCERNS, one, "Outcome", "Closed, no action")
    cases.decides(two, Outcome="Observe")
    assert {key: "These words" in "".join(minds(cases, key)) for key in (one, two)} == {one: False, two: False}


def test_a_sort_of_her_columns_sends_nothing_to_another_teacher_and_put_right_it_is_as_it_was(cases: Cases) -> None:
    keys = [cases.sends(n, cases.ref(n), teacher=f"t{n}@school.example").key for n in (1, 2, 3)]
    cases.sync()
    moved = max(keys, key=lambda key: cases.senco.row_of(CONCERNS, key))
    feedback = {"Feedback_to_the_teacher": "The therapist comes on Monday.", "Send": "Send"}
    cases.decides(moved, Outcome="Monitor", Review_on="2026-12-20", Pupil_is=cases.ref(6), **feedback)
    assert [each["concern"] for each in cases.letters("concern.feedback")] == [moved]
    links = [cases.concern(key).ref for key in keys]
    sort_hers(cases)
    (landed,) = [key for key in keys if cases.row(key)["Outcome"] == "Monitor"]
    assert landed != moved
    for _ in range(2):
        cases.sync()
        assert minds(cases, landed) == {mixed(moved)}
        assert {mind.split(" now, as if")[0] for mind in minds(cases, moved)} == {
            f"What stood here at the last sync stands in the row of {landed}"
        }
        assert [cases.concern(key).ref for key in keys] == links
        assert cases.letters("concern.feedback") == []
    swap_keys(cases, landed, moved)
    for _ in range(2):
        cases.sync()
        assert [minds(cases, key) - {"Your feedback is on its way."} for key in (landed, moved)] == [{""}, set()]
        assert [cases.concern(key).ref for key in keys] == links
        assert cases.letters("concern.feedback") == []


def sort_hers(cases: Cases) -> None:
    """She marks the yellow block, without the references beside it, and sorts it by the outcome."""
    rows = cases.senco.grid(CONCERNS)
    header, first = cases.senco.header_row(CONCERNS, "Pupil is")
    last, by = (cases.senco.header_row(CONCERNS, title)[1] for title in ("Notes", "Outcome"))
    area = {
        "sheetId": cases.senco.tabs()[CONCERNS].get("sheetId", 0),
        "startRowIndex": header + 1,
        "endRowIndex": len(rows),
        "startColumnIndex": first,
        "endColumnIndex": last + 1,
    }
    cases.senco.do({"sortRange": {"range": area, "sortSpecs": [{"dimensionIndex": by, "sortOrder": "ASCENDING"}]}})
