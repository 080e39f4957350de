"""What happens on the way: each row of docs/what-happens-when.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.story import REGISTER, Story, provision, pupil, upn

from sync.domain.errors import TryAgainError
from sync.domain.records import StatusSpell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local_workspace import LocalWorkspace


class Killed(BaseException):
    """The process ends here: nothing after this line runs."""


def picture(story: Story) -> dict[str, list[list[str]]]:
    """Everything that a person can see, but for what tells of the run itself."""
    of_the_run = ("Sync status", "Safety copy")
    return {title: story.owner.grid(title) for title in story.owner.tabs() if title not in of_the_run}


def test_a_second_run_reads_once_and_writes_nothing(story: Story) -> None:
    assert story.requests_of(story.sync) == (1, 0)


def test_set_up_and_the_first_sync_stay_within_five_requests(story_workspace: LocalWorkspace, tmp_path: Path) -> None:
    story = Story(story_workspace, tmp_path, [pupil(n) for n in range(1, 9)])
    paths: list[str] = []
    story.desk.door.hooks.before.append(lambda method, url: paths.append(f"{method} {url}"))
    story.set_up()
    story.sync()
    book = story.desk.store.workbook("9991001")
    assert book is not None
    teachers = [p for p in paths if str(book.teachers_spreadsheet_id) in p]
    # create + fill + share + read + write for the SENCO's workbook; create, fill and write for the teachers'.
    assert (len(paths), len(teachers)) == (8, 2)


def test_in_a_folder_set_up_makes_the_same_workbooks_inside_it(
    story_workspace: LocalWorkspace, tmp_path: Path, story: Story
) -> None:
    drive, sheets = (story.workspace.base_url + path for path in ("/drive/v3/files", "/v4/spreadsheets"))
    http = story.owner.http
    kind = "application/vnd.google-apps.folder"
    folder = http.post(drive, json={"name": "SEN", "mimeType": kind}, timeout=30).json()["id"]
    (tmp_path / "folder").mkdir()
    inside = Story(story_workspace, tmp_path / "folder", story.pupils)
    paths: list[str] = []
    inside.desk.door.hooks.before.append(lambda method, url: paths.append(f"{method} {url.split('?')[0]}"))
    inside.set_up(folder_id=folder)
    assert [path for path in paths if path == f"POST {sheets}"] == []
    inside.sync()

    def made(url: str) -> dict[str, object]:
        fields = "properties(title,locale,timeZone),sheets(properties)"
        return dict(http.get(f"{sheets}/{url.rsplit('/', 1)[1]}", params={"fields": fields}, timeout=30).json())

    for there, here in ((story.owner.url, inside.owner.url), (story.teachers.url, inside.teachers.url)):
        assert made(here) == made(there)
        parents = http.get(f"{drive}/{here.rsplit('/', 1)[1]}", params={"fields": "parents"}, timeout=30).json()
        assert parents == {"parents": [folder]}
    assert inside.requests_of(inside.sync) == (1, 0)


def test_a_set_up_in_a_folder_that_was_cut_off_is_gone_on_with(story_workspace: LocalWorkspace, tmp_path: Path) -> None:
    story = Story(story_workspace, tmp_path, [pupil(n) for n in range(1, 4)])

    def die(_method: str, url: str) -> None:
        if url.split("?", maxsplit=1)[0].endswith(":batchUpdate"):
            raise Killed

    story.desk.door.hooks.before.append(die)
    with pytest.raises(Killed):
        story.set_up(folder_id="root")
    story.open()
    story.set_up(folder_id="root")
    story.sync()
    assert story.requests_of(story.sync) == (1, 0)


def test_the_log_has_one_line_a_run_with_counts_and_no_names(
    story_workspace: LocalWorkspace, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="sync.service")
    story = Story(story_workspace, tmp_path, [pupil(n, "K" if n < 4 else "N") for n in range(1, 9)])
    story.begin()
    story.set_up()
    story.sync()
    story.change(3, registration_group="11B")
    story.sync()
    book = story.spreadsheet_id
    assert caplog.messages == [
        f"set-up of workbook {book}: created, requests 5",
        "run 1 wrote: rows added 3, rows mended 0, changes 0, requests 3",
        f"set-up of workbook {book}: added 0, requests 2",
        "run 2 found nothing new: rows added 0, rows mended 0, changes 0, requests 1",
        "run 3 wrote: rows added 0, rows mended 0, changes 1, requests 3",
    ]


def test_a_change_costs_one_read_and_one_write(story: Story) -> None:
    story.change(3, registration_group="11B", status_history=(StatusSpell("E"),))
    story.change(6, attendance=80.0)
    third = next(p for p in story.pupils if p.upn == upn(3))
    story.provisions = [provision(1, third)]
    reads, writes = story.requests_of(story.sync)
    assert (reads, writes) == (1, 2), (
        "one write to the SENCO's workbook, one to the teachers' (class and status changed)"
    )
    story.change(6, attendance=81.0)
    assert story.requests_of(story.sync) == (1, 1)


def test_a_plan_writes_nothing_anywhere(story: Story) -> None:
    story.change(3, registration_group="11B")
    before = picture(story)
    seen = story.desk.store.seen(1)
    plan = None

    def look() -> None:
        nonlocal plan
        plan = story.plan()

    assert story.requests_of(look) == (1, 0)
    assert plan is not None
    assert plan.writes_workbook
    assert (picture(story), story.desk.store.seen(1)) == (before, seen)
    assert [line for line in plan.describe() if "Surname" in line] == []


def test_two_runs_at_once_take_turns(story: Story) -> None:
    refused: list[str] = []
    second = Story.open(story)
    first = Story.open(story)

    def another(_method: str, _url: str) -> None:
        story.desk = second
        with pytest.raises(TryAgainError) as held:
            story.sync()
        refused.append(str(held.value))
        story.desk = first

    first.door.hooks.before.append(another)
    story.desk = first
    story.sync()
    assert len(refused) == 1


def test_a_write_that_never_arrived_is_made_again(story: Story) -> None:
    story.change(6, status_history=(StatusSpell("K"),))
    story.workspace.fail(effect="drop", when="before", path=":batchUpdate")
    story.sync()
    assert story.register()[story.ref(6)]["Name"] == "Surname006, Forename006"
    assert story.requests_of(story.sync) == (1, 0)


def test_a_write_whose_answer_was_lost_is_not_made_twice(story: Story) -> None:
    story.change(6, status_history=(StatusSpell("K"),))
    story.workspace.fail(effect="drop", when="after", path=":batchUpdate")
    story.sync()
    rows = [r for r in story.senco.rows(REGISTER) if r["Name"] == "Surname006, Forename006"]
    assert len(rows) == 1
    assert len([r for r in story.log() if r["What"] == "Status"]) == 1
    assert story.requests_of(story.sync) == (1, 0)
    journal = story.desk.store.history(1, story.ref(6))
    assert [j.field for j in journal] == ["Status"]


def test_a_lost_store_is_rebuilt_from_the_workbook(story: Story, tmp_path: Path) -> None:
    ref = story.ref(3)
    story.senco.type(REGISTER, ref, "Notes", "Likes chess")
    story.sync()
    before = picture(story)
    book = story.desk.store.workbook("9991001")
    assert book is not None
    story.store_url = f"sqlite:///{tmp_path}/another.sqlite3"
    story.open()
    story.desk.store.save_workbook("9991001", book.spreadsheet_id, book.teachers_spreadsheet_id)
    story.sync()
    assert picture(story) == before
    story.change(3, registration_group="11B")
    story.sync()
    assert story.register()[ref]["Notes"] == "Likes chess"


def steps_of(story: Story, act: Callable[[], object]) -> int:
    """How many steps a run takes: each request before and after it, each commit before and after it."""
    counted = [0]
    arm(story, counted, None)
    act()
    return counted[0]


def arm(story: Story, counted: list[int], deadly: int | None) -> None:
    """Count the steps of the next run, and be killed at one of them."""

    def step(*_: object) -> None:
        counted[0] += 1
        if deadly is not None and counted[0] == deadly:
            raise Killed

    desk = story.open()
    desk.door.hooks.before.append(step)
    desk.door.hooks.after.append(step)
    commit = desk.store.commit

    def committed(*args: object, **kwargs: object) -> object:
        step()
        done = commit(*args, **kwargs)  # type: ignore[arg-type]
        step()
        return done

    desk.store.commit = committed  # type: ignore[method-assign, assignment]


def a_busy_day(story: Story) -> None:
    story.change(6, status_history=(StatusSpell("K"),))
    story.change(3, registration_group="11B")
    story.drop(8)
    third = next(p for p in story.pupils if p.upn == upn(3))
    story.provisions = [provision(1, third)]
    story.senco.type(REGISTER, story.ref(4), "Class", "typed over")
    story.senco.type(REGISTER, story.ref(4), "Notes", "Hers")


def test_killed_at_any_step_the_next_run_ends_the_same(story_workspace: LocalWorkspace, tmp_path: Path) -> None:
    def fresh(name: str) -> Story:
        folder = tmp_path / name
        folder.mkdir()
        statuses = ["E", "E", "K", "K", "K", "N", "N", "N"]
        made = Story(story_workspace, folder, [pupil(n, s) for n, s in enumerate(statuses, start=1)])
        made.begin()
        a_busy_day(made)
        return made

    calm = fresh("calm")
    total = steps_of(calm, calm.sync)
    wanted = _without_references(picture(calm), calm)
    assert total >= 8
    for deadly in range(1, total + 1):
        story = fresh(f"killed-{deadly}")
        arm(story, [0], deadly)
        with pytest.raises(Killed):
            story.sync()
        story.open()
        story.sync()
        assert _without_references(picture(story), story) == wanted, f"killed at step {deadly}"
        assert story.requests_of(story.sync) == (1, 0)


def _without_references(shown: dict[str, list[list[str]]], story: Story) -> dict[str, list[list[str]]]:
    """The picture with each reference replaced by the pupil's number: references differ from workbook to workbook."""
    names = {r["Ref"]: r["Legal surname"] for r in story.owner.rows("MIS roll")}
    clean: dict[str, list[list[str]]] = {}
    for title, grid in shown.items():
        rows = []
        for row in grid:
            cells = []
            for cell in row:
                text = str(cell)
                for ref, name in names.items():
                    text = text.replace(ref, name)
                cells.append(text if not text.startswith("M-") else "M-")
            rows.append(cells)
        clean[title] = rows
    return clean
