"""What the add-on asks for is done in the background, once, in order, and its end is a sentence."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.story import SENCO, Begun, Story, provision, pupil

from sync.config import Settings
from sync.service import jobs as jobs_module
from sync.service.addon_desk import AddonDesk
from sync.service.jobs import JobWorker, work_jobs
from sync.store import JobKind, Jobs, JobState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_workspace import LocalWorkspace
    from sync.service.desk import Desk


@pytest.fixture(scope="module")
def begun(story_workspace: LocalWorkspace) -> Iterator[Begun[Story]]:
    pupils = [pupil(n, "E" if n == 1 else "K") for n in range(1, 4)]
    with closing(Begun(Story, story_workspace, pupils, [provision(1, pupils[0])])) as begun:
        yield begun


@pytest.fixture
def story(begun: Begun[Story], tmp_path: Path) -> Story:
    return begun.copy(tmp_path)


@pytest.fixture
def settings(story: Story, tmp_path: Path) -> Settings:
    (tmp_path / "token").write_text(story.workspace.token_for("sensync@school.example"))
    return Settings(
        school={"name": "Hillcrest High School", "la": "999", "estab": "1001"},
        mis={"paths": [str(tmp_path)]},
        google={"credentials": "token", "token_file": str(tmp_path / "token"), "base_url": story.workspace.base_url},
        store={"url": story.store_url},
    )


@pytest.fixture
def desk(story: Story, settings: Settings) -> AddonDesk:
    book = story.desk.store.workbook("9991001")
    assert book is not None
    return AddonDesk(settings, story.desk.store, book, lambda _token, _audience: None, lambda: story.now)


@pytest.fixture(autouse=True)
def mis(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The MIS is the story's, not files."""
    monkeypatch.setattr(jobs_module, "mis_reader", lambda _settings, _desk: story.mis)


def work(story: Story, settings: Settings) -> list[tuple[str, str]]:
    work_jobs(settings, story.desk.store, now=lambda: story.now)
    return [(job.state.value, job.said) for job in Jobs(story.desk.store).newest(1)]


def test_a_plan_is_shown_and_writes_nothing(story: Story, settings: Settings, desk: AddonDesk) -> None:
    story.change(2, registration_group="9Z")
    desk.ask(JobKind.PLAN, SENCO, "1")
    writes = story.desk.door.counter.writes
    assert work(story, settings) == [("done", "This is what a sync would do now. Nothing was written.")]
    (job,) = Jobs(story.desk.store).newest(1)
    assert f"{story.ref(2)}: changed Class" in job.lines
    assert story.desk.door.counter.writes == writes


def test_a_sync_is_done_once_for_several_who_ask(story: Story, settings: Settings, desk: AddonDesk) -> None:
    asked = [desk.ask(JobKind.SYNC, who, once).id for who, once in ((SENCO, "1"), (SENCO, "2"), ("head", "1"))]
    assert len(set(asked)) == 1
    ((state, said),) = work(story, settings)
    assert (state, said.partition(".")[0]) == ("done", "Nothing new")


def test_a_guard_that_refuses_is_said(story: Story, settings: Settings, desk: AddonDesk) -> None:
    story.pupils = []
    desk.ask(JobKind.SYNC, SENCO, "1")
    ((state, said),) = work(story, settings)
    assert state == "refused"
    assert "Nothing was changed." in said


def test_acts_are_written_and_one_sync_follows_where_it_should(
    story: Story, settings: Settings, desk: AddonDesk
) -> None:
    key = next(key for key in story.desk.store.tab(1, "meetings"))
    for once, cells in (("1", {"happened": "Held"}), ("2", {"notes": "By telephone"})):
        desk.write(SENCO, once, "meetings", key, cells, about=story.ref(1), then_sync=True)
    saved = "Saved in the workbook."
    (sync, *acts) = work(story, settings)
    assert (sync[0], acts) == ("done", [("done", saved), ("done", saved)])
    assert [row["What happened"] for row in story.senco.rows("Meetings") if row["ID"] == key] == ["Held"]


def test_a_surgery_that_is_added_is_understood_by_the_sync_after_it(
    story: Story, settings: Settings, desk: AddonDesk
) -> None:
    cells: dict[str, Any] = {
        "kind": "Surgery", "date": story.now.date() + timedelta(days=15), "from": "16:00", "to": "17:00",
        "where": "Room 2", "state": "Open", "who": "", "minutes": "", "places": "",
    }  # fmt: skip
    desk.add(SENCO, "1", "surgeries", cells, about="", then_sync=True)
    assert [state for state, _ in work(story, settings)] == ["done", "done"]
    (row,) = story.senco.rows("Surgeries")
    assert (row["Booked"], row["State"]) == ("0 of 3", "Open")


def test_while_another_run_is_at_work_a_job_waits(story: Story, settings: Settings, desk: AddonDesk) -> None:
    book = story.desk.store.workbook("9991001")
    assert book is not None
    desk.ask(JobKind.SYNC, SENCO, "1")
    with story.desk.store.lease(f"workbook:{book.spreadsheet_id}", "another", 3600):
        ((state, said),) = work(story, settings)
        assert (state, said.partition(":")[0][:27]) == ("waiting", "Another run is at work on w")
    story.now += timedelta(seconds=16)
    assert work(story, settings)[0][0] == "done"


def test_what_a_worker_left_unfinished_is_done_by_the_next(story: Story, settings: Settings, desk: AddonDesk) -> None:
    desk.ask(JobKind.PLAN, SENCO, "1")
    jobs = Jobs(story.desk.store)
    assert jobs.take(1, story.now) is not None
    assert work(story, settings)[0][0] == "work"
    story.now += timedelta(minutes=6)
    assert work(story, settings)[0][0] == "done"


def test_an_unexpected_error_ends_the_job_without_its_words(
    story: Story, settings: Settings, desk: AddonDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_settings: Settings, _desk: Desk, _job: object) -> None:
        raise RuntimeError(story.pupils[0].legal_surname)

    monkeypatch.setitem(jobs_module._DEEDS, JobKind.PLAN, broken)
    desk.ask(JobKind.PLAN, SENCO, "1")
    ((state, said),) = work(story, settings)
    assert state == "failed"
    assert "Surname" not in said + caplog.text


def test_jobs_are_done_by_a_thread_until_it_is_stopped(story: Story, settings: Settings, desk: AddonDesk) -> None:
    worker = JobWorker(settings, pause=0.02, now=lambda: story.now)
    worker.start()
    job = desk.ask(JobKind.PLAN, SENCO, "1")
    until = time.monotonic() + 30
    while not Jobs(story.desk.store).newest(1)[0].ended and time.monotonic() < until:
        time.sleep(0.02)
    worker.stop()
    assert Jobs(story.desk.store).newest(1)[0].id == job.id
    assert Jobs(story.desk.store).newest(1)[0].state is JobState.DONE


def test_a_row_is_found_where_it_stands_now(story: Story, desk: AddonDesk) -> None:
    ref = story.ref(3)
    at = story.senco.row_of("SEN register", ref)
    assert desk.row_url("register", ref).endswith(f"&range={at + 1}:{at + 1}")
    story.senco.move_rows("SEN register", at, 1)
    assert story.senco.row_of("SEN register", ref) != at
    now = story.senco.row_of("SEN register", ref) + 1
    assert desk.row_url("register", ref).endswith(f"&range={now}:{now}")
    assert desk.row_url("register", "ZZZZZ") == desk.tab_url("register")


def test_a_row_is_not_waited_for_long_nor_by_two_at_a_time(story: Story, settings: Settings) -> None:
    """Families' pages are served by the same threads."""
    book = story.desk.store.workbook("9991001")
    assert book is not None
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(2) as pool:
        google = settings.google.model_copy(update={"base_url": f"http://127.0.0.1:{silent.getsockname()[1]}"})
        there = settings.model_copy(update={"google": google})
        desk = AddonDesk(there, story.desk.store, book, lambda _token, _audience: None, lambda: story.now)
        tab = desk.tab_url("register")

        def took(_number: int) -> float:
            began = time.monotonic()
            assert desk.row_url("register", story.ref(1)) == tab
            return time.monotonic() - began

        one, other = sorted(pool.map(took, range(2)))
    assert one < 0.5
    assert 0.5 < other < 3.0


def test_costs_and_gaps_are_remembered_as_the_sheet_showed_them(story: Story) -> None:
    story.sync()
    shown = story.desk.store.document(1, "shown")
    (row,) = [row for row in story.senco.rows("Provision map") if row["ID"].startswith("M-")]
    ((key, cells),) = shown["map"].items()
    assert (row["ID"], row["Running"]) == (key, cells["active"])
    assert set(shown["register"]) == {story.ref(n) for n in (1, 2, 3)}


def test_an_act_that_an_older_version_put_is_written_after_the_upgrade(story: Story, settings: Settings) -> None:
    key = next(key for key in story.desk.store.tab(1, "meetings"))
    # As it was put before acts said which words were the person's own.
    payload = {"tab": "meetings", "key": key, "cells": {"notes": "By telephone"}, "expected": {"notes": None}}
    Jobs(story.desk.store).put(1, JobKind.ACT, "act:1", story.now, asked_by=SENCO, payload=payload)
    assert work(story, settings) == [("done", "Saved in the workbook.")]
    assert [row["Notes"] for row in story.senco.rows("Meetings") if row["ID"] == key] == ["By telephone"]
