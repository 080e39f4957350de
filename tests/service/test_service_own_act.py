"""What a person has written in their own name: by key, never over another word, journalled."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from support.story import MAP, REGISTER, Begun, Story, before_each_write, provision, pupil

from sync.domain.errors import RefusedError
from sync.domain.records import StatusSpell
from sync.plan.cells import serial
from sync.plan.own_act import Act
from sync.service.own_act import carry_out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_workspace import LocalWorkspace

SHE = "senco@school.example"


@pytest.fixture(scope="module")
def begun(story_workspace: LocalWorkspace) -> Iterator[Begun[Story]]:
    pupils = [pupil(n, "K") for n in range(1, 5)]
    with closing(Begun(Story, story_workspace, pupils, [provision(1, pupils[0])])) as begun:
        yield begun


@pytest.fixture
def story(begun: Begun[Story], tmp_path: Path) -> Story:
    return begun.copy(tmp_path)


def act(story: Story, number: int = 1, **cells: Any) -> Act:
    expected = story.desk.store.row(1, "register", story.ref(number)) or {}
    return Act("register", story.ref(number), cells, {name: expected.get(name) for name in cells}, SHE)


def journal(story: Story, key: str) -> list[tuple[str, str, str | None, str | None, str]]:
    found = story.desk.store.history(1, key)
    return [(e.kind, e.field, e.old, e.new, e.note) for e in found if e.kind == "own act"]


def test_a_cell_is_written_and_journalled_with_who_wrote_it(story: Story) -> None:
    carry_out(story.desk, act(story, key_adult="Ms Hale"))
    ref = story.ref(1)
    assert story.register()[ref]["Key adult"] == "Ms Hale"
    assert journal(story, ref) == [("own act", "Key adult", None, '"Ms Hale"', f"By {SHE}, in the add-on.")]
    assert story.desk.store.row(1, "register", ref) == {"key_adult": "Ms Hale"}


def test_the_next_sync_finds_nothing_new_and_the_act_is_no_sync(story: Story) -> None:
    story.sync()
    carry_out(story.desk, act(story, notes="=1+1", next_review=serial(date(2027, 1, 12))))
    assert story.requests_of(story.sync) == (1, 0)
    assert story.senco.rows(REGISTER, key="Status")[0]["Notes"] == "=1+1"
    assert [run.outcome.value for run in story.desk.store.runs(1, acts=False)][:2] == ["nothing", "nothing"]


def test_done_again_it_changes_nothing(story: Story) -> None:
    wanted = act(story, key_adult="Ms Hale")
    carry_out(story.desk, wanted)
    before = story.desk.door.counter.writes
    carry_out(story.desk, wanted)
    assert story.desk.door.counter.writes == before
    assert len(journal(story, story.ref(1))) == 1


def test_a_word_that_somebody_typed_meanwhile_stands(story: Story) -> None:
    wanted = act(story, key_adult="Ms Hale")
    story.senco.type(REGISTER, story.ref(1), "Key adult", "Mr Idris")
    with pytest.raises(RefusedError, match="Somebody changed this row of SEN register meanwhile"):
        carry_out(story.desk, wanted)
    assert story.register()[story.ref(1)]["Key adult"] == "Mr Idris"


def test_a_row_that_is_gone_is_not_made_again(story: Story) -> None:
    wanted = Act("register", "ZZZZZ", {"key_adult": "Ms Hale"}, {"key_adult": None}, SHE)
    with pytest.raises(RefusedError, match="This row is not in SEN register, or not yet"):
        carry_out(story.desk, wanted)


@pytest.mark.parametrize(("column", "header"), [("name", "Name"), ("cost", "Cost this year"), ("ref", "Pupil")])
def test_a_column_of_the_machine_is_nobodys_to_write(story: Story, column: str, header: str) -> None:
    with pytest.raises(RefusedError, match=f"The column {header} of SEN register is not written by people"):
        carry_out(story.desk, act(story, **{column: "x"}))


def test_a_choice_is_one_of_the_list(story: Story) -> None:
    key = next(iter(story.desk.store.tab(1, "meetings")))
    wrong = Act("meetings", key, {"happened": "Perhaps"}, {"happened": None}, SHE)
    with pytest.raises(RefusedError, match="takes Held, Did not come, Cancelled alone"):
        carry_out(story.desk, wrong)


def test_a_row_is_added_with_its_lookups_and_only_once(story: Story) -> None:
    label = next(r["Pupil"] for r in story.owner.rows("MIS roll") if r["Ref"] == story.ref(2))
    cells = {"pupil": label, "provision": "Reading fluency group", "comment": "Tuesdays"}
    wanted = Act("map", "P-0badcafe", cells, None, SHE)
    carry_out(story.desk, wanted)
    carry_out(story.desk, wanted)
    rows = [r for r in story.senco.rows(MAP) if r["ID"] == "P-0badcafe"]
    assert [(r["Pupil"], r["Comment"], r["Running"]) for r in rows] == [(label, "Tuesdays", "Yes")]
    story.sync()
    assert story.map()["P-0badcafe"]["Comment"] == "Tuesdays"


def test_a_sort_between_the_read_and_the_write_moves_no_word(story: Story) -> None:
    for number, word in ((1, "first"), (2, "second"), (3, "third"), (4, "fourth")):
        story.senco.type(REGISTER, story.ref(number), "Notes", word)
    story.sync()
    wanted = act(story, 1, notes="hers, new")
    before_each_write(story, [lambda: story.senco.sort(REGISTER, "Notes", descending=True)])
    carry_out(story.desk, wanted)
    notes = {ref: row["Notes"] for ref, row in story.register().items()}
    told = {1: "hers, new", 2: "second", 3: "third", 4: "fourth"}
    assert notes == {story.ref(number): word for number, word in told.items()}


def test_a_pupil_who_was_watched_once_is_watched_again_with_what_was_typed_then(story: Story) -> None:
    story.change(4, status_history=(StatusSpell("N", date(2026, 11, 1)),))
    story.sync()
    ref = story.ref(4)
    story.senco.type(REGISTER, ref, "Notes", "She likes maps.")
    story.sync()
    story.senco.delete_rows(REGISTER, story.senco.row_of(REGISTER, ref))
    story.sync()
    assert ref not in story.register()
    carry_out(story.desk, Act("register", ref, {"key_adult": "Ms Hale"}, None, SHE))
    row = story.register()[ref]
    assert (row["Key adult"], row["Notes"]) == ("Ms Hale", "She likes maps.")
    assert story.desk.store.row(1, "register", ref) == {"key_adult": "Ms Hale", "notes": "She likes maps."}
    assert journal(story, ref) == [("own act", "Key adult", None, '"Ms Hale"', f"By {SHE}, in the add-on.")]
