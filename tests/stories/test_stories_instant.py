"""What people do in the very instant of a write: the last rows of docs/what-happens-when.md on the sheet."""

from __future__ import annotations

import pytest
from support.story import LOG, REGISTER, Story, before_each_write


@pytest.mark.parametrize("edit", ["sort", "move column", "insert row above", "delete row", "type"])
def test_an_edit_in_the_instant_of_a_write_is_mended(story: Story, edit: str) -> None:
    senco = story.senco
    refs = [story.ref(n) for n in (1, 2, 3, 4, 5)]
    for ref in refs:
        for header in ("Key adult", "Strengths", "Barriers", "Notes"):
            senco.type(REGISTER, ref, header, f"{header} of {ref}")
    story.sync()
    expected = {ref: {h: f"{h} of {ref}" for h in ("Key adult", "Strengths", "Barriers", "Notes")} for ref in refs}
    senco.type(REGISTER, refs[2], "Gaps", "typed over")
    senco.type(REGISTER, refs[3], "Area of need", "")

    def act() -> None:
        if edit == "sort":
            senco.sort(REGISTER, "Name", descending=True)
        elif edit == "move column":
            senco.move_columns(REGISTER, senco.header_row(REGISTER, "Key adult")[1], 3)
        elif edit == "insert row above":
            senco.insert_rows(REGISTER, 0)
        elif edit == "delete row":
            senco.delete_rows(REGISTER, senco.row_of(REGISTER, refs[0]))
        else:
            senco.type(REGISTER, refs[2], "Gaps", "typed in the instant")

    before_each_write(story, [act])
    story.sync()
    story.desk.door.hooks.before.clear()
    story.sync()
    register = story.register()
    assert {ref: {h: register[ref][h] for h in expected[ref]} for ref in refs} == expected
    assert register[refs[3]]["Area of need"] == "Communication and interaction"
    assert register[refs[2]]["Gaps"] == "SEN support without provision"
    kept = [r["Was"] for r in story.senco.rows(LOG)]
    assert "typed over" in kept
    if edit == "type":
        assert "typed in the instant" in kept
    assert story.requests_of(story.sync) == (1, 0)


def test_words_moved_onto_the_very_cells_being_written_again_and_again_come_back(story: Story) -> None:
    senco = story.senco
    refs = [story.ref(n) for n in (1, 2, 3, 4, 5)]
    headers = ("Key adult", "Strengths", "Notes")
    for ref in refs:
        for header in headers:
            senco.type(REGISTER, ref, header, f"{header} of {ref}")
    story.sync()
    senco.type(REGISTER, refs[2], "Area of need", "")
    row, column = senco.row_of(REGISTER, refs[2]), senco.header_row(REGISTER, "Area of need")[1]

    def bring(ref: str, header: str) -> None:
        """Her word, by its column and its row, onto the cell that is being written."""
        from_ = senco.header_row(REGISTER, header)[1]
        senco.move_columns(REGISTER, from_, column if from_ > column else column + 1)
        at = senco.row_of(REGISTER, ref)
        if at != row:
            senco.move_rows(REGISTER, at, row if at > row else row + 1)

    before_each_write(
        story,
        [
            lambda: bring(refs[0], "Notes"),
            lambda: bring(refs[1], "Strengths"),
            lambda: senco.sort(REGISTER, "Name", descending=True),
            lambda: bring(refs[4], "Key adult"),
        ],
    )
    story.sync()
    story.desk.door.hooks.before.clear()
    register = story.register()
    assert {ref: [register[ref][h] for h in headers] for ref in refs} == {
        ref: [f"{h} of {ref}" for h in headers] for ref in refs
    }
    assert {register[ref]["Area of need"] for ref in refs} == {"Communication and interaction"}
    assert [r["Was"] for r in story.log() if r["Was"]] == []
    assert story.requests_of(story.sync) == (1, 0)


def test_a_row_put_back_while_columns_move_has_its_words_where_they_belong(story: Story) -> None:
    senco = story.senco
    ref = story.ref(3)
    words = {"Key adult": "Mx Example", "Strengths": "Drawing", "Notes": "Met the family in June"}
    for header, word in words.items():
        senco.type(REGISTER, ref, header, word)
    story.sync()
    senco.delete_rows(REGISTER, senco.row_of(REGISTER, ref))
    before_each_write(story, [lambda: senco.move_columns(REGISTER, senco.header_row(REGISTER, "Notes")[1], 3)])
    story.sync()
    story.desk.door.hooks.before.clear()
    register = story.register()
    assert {header: register[ref][header] for header in words} == words
    assert (register[ref]["Status"], register[ref]["Name"]) == ("K", "Surname003, Forename003")
    assert story.requests_of(story.sync) == (1, 0)


def test_a_word_whose_row_goes_before_it_could_be_put_back_is_kept_in_the_log(story: Story) -> None:
    senco = story.senco
    refs = [story.ref(n) for n in (1, 2, 3)]
    senco.type(REGISTER, refs[0], "Notes", "Met the family in June")
    story.sync()
    senco.type(REGISTER, refs[0], "Class", "")
    row, column = senco.row_of(REGISTER, refs[0]), senco.header_row(REGISTER, "Class")[1]
    before_each_write(
        story,
        [
            lambda: senco.move_columns(REGISTER, senco.header_row(REGISTER, "Notes")[1], column),
            lambda: senco.delete_rows(REGISTER, row),
        ],
    )
    story.sync()
    story.desk.door.hooks.before.clear()
    story.sync()
    assert ("Notes", "Met the family in June") in [(r["What"], r["Was"]) for r in story.log()]
    assert story.register()[refs[0]]["Notes"] == "Met the family in June"
    assert story.requests_of(story.sync) == (1, 0)
