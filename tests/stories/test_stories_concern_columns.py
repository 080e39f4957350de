"""Columns of Concerns that the SENCO deletes and goes on without: what she decided in them stands."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from support.cases import CONCERNS, Cases
from support.story import Begun, pupil

from sync.domain.concerns import Link
from sync.store import Feedbacks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_workspace import LocalWorkspace


@pytest.fixture(scope="module")
def begun(story_workspace: LocalWorkspace) -> Iterator[Begun[Cases]]:
    with closing(Begun(Cases, story_workspace, [pupil(n, "N") for n in range(1, 9)])) as begun:
        yield begun


@pytest.fixture
def cases(begun: Begun[Cases], tmp_path: Path) -> Cases:
    return begun.copy(tmp_path)


def go_on_without(cases: Cases, header: str) -> None:
    cases.senco.delete_columns(CONCERNS, cases.senco.header_row(CONCERNS, header)[1])
    cases.sync(accepted=["columns"])


def give_back(cases: Cases, key: str, header: str, word: str = "") -> None:
    """The column is there again: empty, as set-up makes it, or with its word, as the version history does."""
    cases.set_up()
    if word:
        cases.senco.type(CONCERNS, key, header, word)
    cases.sync()


def test_without_the_column_of_her_choices_each_concern_keeps_the_pupil_she_chose(cases: Cases) -> None:
    key = cases.sends(1, candidates=(cases.ref(7), cases.ref(8))).key
    cases.sync()
    cases.decides(key, Pupil_is=cases.ref(8))
    go_on_without(cases, "Pupil is")
    for _ in range(2):
        assert (cases.concern(key).ref, cases.concern(key).link) == (cases.ref(8), Link.PERSON)
        cases.sync()
    give_back(cases, key, "Pupil is")
    for _ in range(2):
        assert (cases.concern(key).ref, cases.concern(key).link) == (cases.ref(8), Link.PERSON)
        cases.sync()
    cases.decides(key, Pupil_is=cases.ref(7))
    cases.decides(key, Pupil_is="")
    assert (cases.concern(key).ref, cases.concern(key).link) == ("", Link.NONE)


def test_a_release_whose_column_was_away_counts_for_no_later_edit(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6), held=True).key
    cases.sync()
    cases.decides(key, Release="Release")
    cases.sends(1, cases.ref(6), held=True, edited=5)
    cases.sync()
    go_on_without(cases, "Release")
    give_back(cases, key, "Release", "Release")
    assert cases.plan().decided.released == {}
    assert "it was edited after you chose that" in cases.row(key)["Mind"]


def test_feedback_whose_tick_was_away_does_not_send_other_words(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    cases.decides(key, Feedback_to_the_teacher="We try a seat at the front.", Send="Send")
    assert len(cases.letters("concern.feedback")) == 1
    go_on_without(cases, "Send")
    cases.decides(key, Feedback_to_the_teacher="We try a seat at")
    give_back(cases, key, "Send", "Send")
    assert Feedbacks(cases.desk.store).newest(cases.book_id)[key].words == "We try a seat at the front."
    assert "the words were changed after they went" in cases.row(key)["Mind"]
