"""A review that the SENCO asks for, whose day Google Sheets left as words: it is read, or said that it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.story import Story

MEETINGS = "Meetings"


def ask(story: Story, by: str, **cells: str) -> list[str]:
    """She asks for a review of the sixth pupil by a day; the rows that Sensync has for it."""
    ref = story.ref(6)
    label = next(row["Pupil"] for row in story.owner.rows("MIS roll") if row["Ref"] == ref)
    story.senco.add_row(MEETINGS, {"Pupil": label, "Kind": "SEN support review", "Due by": by, **cells})
    story.sync()
    return [row["ID"] for row in story.senco.rows(MEETINGS) if row["ID"].startswith(f"M-{ref}-")]


def said(story: Story) -> list[str]:
    return [what for what in story.attention() if "Due by" in what]


@pytest.mark.parametrize("by", ["11th December", "Fri 11 Dec 2026", "11.12.26"])
def test_a_day_in_words_asks_for_a_review(story: Story, by: str) -> None:
    assert ask(story, by) == [f"M-{story.ref(6)}-S-20261211"]
    assert said(story) == []


def test_a_day_that_nobody_can_read_is_said(story: Story) -> None:
    assert ask(story, "before Christmas") == []
    assert said(story) == [
        "'Due by': what is typed there is not a date: type a date such as 8/12/2026 or Tuesday 8 December 2026."
    ]
    story.sync()
    assert story.requests_of(story.sync) == (1, 0)


def test_a_note_beside_a_date_asks_for_nothing(story: Story) -> None:
    assert ask(story, "before Christmas", Date="10/11/2026") == []
    assert said(story) == []
