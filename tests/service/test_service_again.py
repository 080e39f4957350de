"""What is pressed again, corrected, or cut off: no press is lost, none is done twice, nobody's word is written over."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from support.story import MAP, REGISTER, SENCO, Begun, Story, pupil

from sync.config import Settings
from sync.service import jobs as jobs_module
from sync.service.addon_acts import acts_of
from sync.service.addon_desk import AddonDesk
from sync.service.desk import Desk
from sync.service.jobs import work_jobs
from sync.store import Jobs, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from local_workspace import LocalWorkspace
    from sync.store import Job

SAVED = "Saved in the workbook."
CHANGED = f"{SAVED} Somebody changed it there afterwards, and that stands."
MEANWHILE = (
    "Somebody changed this row of SEN register meanwhile. Look at it there, and try again. Nothing was written now."
)


class Cut(BaseException):
    """The process ends here."""


class Pen:
    """The desk of the add-on and its worker over a story, and what she presses on one card."""

    def __init__(self, story: Story, folder: Path) -> None:
        self.story, self.ref = story, story.ref(1)
        (folder / "token").write_text(story.workspace.token_for("sensync@school.example"))
        self.settings = Settings(
            school={"name": "Hillcrest High School", "la": "999", "estab": "1001"},
            mis={"paths": [str(folder)]},
            google={
                "credentials": "token",
                "token_file": str(folder / "token"),
                "base_url": story.workspace.base_url,
                # Together these tests ask more in a minute than one user of Google may.
                "reads_per_minute": 600,
                "writes_per_minute": 600,
            },
            store={"url": story.store_url},
        )
        book = story.desk.store.workbook("9991001")
        assert book is not None
        self.desk = AddonDesk(self.settings, story.desk.store, book, lambda _token, _audience: None, lambda: story.now)
        self.jobs = Jobs(story.desk.store)

    def saves(self, adult: str, notes: str = "") -> Job:
        cells = {"key_adult": adult, "notes": notes}
        return self.desk.write(SENCO, "card", "register", self.ref, cells, about=self.ref)

    def adds(self, name: str, by: str = "TA") -> Job:
        return self.desk.add(SENCO, "card", "map", {"provision": name, "delivered_by": by}, about=self.ref)

    def work(self, may: Callable[[str], bool] = lambda _who: True) -> list[tuple[str, str]]:
        """What became of everything that was asked for, in the order asked."""
        work_jobs(self.settings, self.story.desk.store, now=lambda: self.story.now, may_write=may)
        return [(job.state.value, job.said) for job in reversed(self.jobs.newest(1))]

    def takes_ends(self, state: JobState) -> None:
        job = self.jobs.take(1, self.story.now)
        assert job is not None
        self.jobs.end(job, state, "Google is away.", self.story.now)

    def is_cut_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The worker writes and is gone before the store hears of it; another one looks after the lease is over."""

        def cut(*_given: object, **_named: object) -> None:
            raise Cut

        with monkeypatch.context() as patched:
            patched.setattr(Desk, "commit", cut)
            with pytest.raises(Cut):
                self.work()
        self.story.now += timedelta(minutes=6)

    def row(self) -> tuple[str, str]:
        found = self.story.register()[self.ref]
        return found["Key adult"], found["Notes"]

    def added(self) -> list[tuple[str, str]]:
        return sorted((row["Provision"], row["Delivered by"]) for row in self.story.senco.rows(MAP))

    def journal(self, key: str) -> list[tuple[str, str | None]]:
        found = self.story.desk.store.history(1, key)
        return [(entry.field, entry.new) for entry in found if entry.kind == "own act"]


@pytest.fixture(scope="module")
def begun(story_workspace: LocalWorkspace) -> Iterator[Begun[Story]]:
    with closing(Begun(Story, story_workspace, [pupil(n, "K") for n in (1, 2)])) as begun:
        yield begun


@pytest.fixture
def pen(begun: Begun[Story], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pen:
    story = begun.copy(tmp_path)
    monkeypatch.setattr(jobs_module, "mis_reader", lambda _settings, _desk: story.mis)
    return Pen(story, tmp_path)


@pytest.mark.parametrize(
    ("words", "jobs"),
    [(("A", "A"), 1), (("A", "B", "A"), 3), (("A", "B", "B"), 2), (("A", "", "B"), 3)],
)
def test_what_she_pressed_last_stands(pen: Pen, words: tuple[str, ...], jobs: int) -> None:
    for word in words:
        assert not pen.saves(word).ended
    assert pen.work() == [("done", SAVED)] * jobs
    assert pen.row()[0] == words[-1]


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.REFUSED])
def test_what_failed_is_done_when_it_is_pressed_again_and_said_no_more(pen: Pen, state: JobState) -> None:
    pen.saves("A")
    pen.takes_ends(state)
    assert not pen.saves("A").ended
    assert pen.work() == [("done", SAVED)]
    assert pen.row()[0] == "A"


def test_what_could_not_be_written_is_said_for_a_day_or_until_something_later_is(pen: Pen) -> None:
    def said(after: timedelta) -> list[str]:
        return [job.state.value for job in acts_of(pen.jobs.newest(1), SENCO, pen.story.now + after, pen.ref)]

    pen.saves("A")
    pen.takes_ends(JobState.REFUSED)
    assert (said(timedelta(hours=23)), said(timedelta(hours=25))) == (["refused"], [])
    pen.saves("B")
    assert said(timedelta(0)) == ["waiting", "refused"]
    pen.takes_ends(JobState.DONE)
    assert said(timedelta(0)) == []


def test_a_correction_is_written_though_what_it_corrects_failed(pen: Pen) -> None:
    pen.saves("A")
    pen.saves("B")
    pen.takes_ends(JobState.FAILED)
    assert pen.work()[1] == ("done", SAVED)
    assert pen.row()[0] == "B"


def test_what_is_written_is_done_again_only_where_it_stands_no_more(pen: Pen) -> None:
    first = pen.saves("A")
    assert pen.work() == [("done", SAVED)]
    assert (pen.saves("A").id, pen.saves("A").ended) == (first.id, True)
    pen.story.senco.type(REGISTER, pen.ref, "Key adult", "")
    pen.story.sync()
    assert not pen.saves("A").ended
    assert pen.work() == [("done", SAVED)]
    assert pen.row()[0] == "A"


def test_anothers_word_between_her_two_stands(pen: Pen) -> None:
    pen.saves("A")
    pen.saves("B")
    pen.story.senco.type(REGISTER, pen.ref, "Key adult", "theirs")
    assert pen.work() == [("refused", MEANWHILE)] * 2
    assert pen.row()[0] == "theirs"
    pen.desk.write("deputy@school.example", "card", "register", pen.ref, {"notes": "C"}, about=pen.ref)
    pen.saves("B", "hers")
    assert pen.work()[2:] == [("done", SAVED), ("refused", MEANWHILE)]
    assert pen.row() == ("theirs", "C")


def test_a_card_adds_a_row_for_each_of_its_words_and_none_twice(pen: Pen) -> None:
    first = pen.adds("Lego")
    pen.adds("Reading")
    assert pen.adds("Lego").id == first.id
    assert pen.work() == [("done", SAVED)] * 2
    assert pen.added() == [("Lego", "TA"), ("Reading", "TA")]
    assert pen.adds("Lego").ended
    (gone,) = [row["ID"] for row in pen.story.senco.rows(MAP) if row["Provision"] == "Lego"]
    pen.story.senco.delete_rows(MAP, pen.story.senco.row_of(MAP, gone))
    pen.story.sync()
    assert not pen.adds("Lego").ended
    pen.work()
    assert pen.added() == [("Lego", "TA"), ("Reading", "TA")]


def test_a_watch_that_she_corrects_before_it_is_written_takes_a_word_back(pen: Pen) -> None:
    pen.story.pupils.append(pupil(3, "N"))
    pen.story.sync()
    ref = pen.story.ref(3)
    for cells in ({"next_review": 46000, "key_adult": "A"}, {"next_review": 46001, "key_adult": ""}):
        pen.desk.watch(SENCO, "card", ref, cells)
    assert [state for state, _ in pen.work()] == ["done"] * 3
    assert pen.story.desk.store.row(1, "register", ref) == {"next_review": 46001}


@pytest.mark.parametrize(("adult", "said"), [("A", SAVED), ("theirs", CHANGED)])
def test_a_save_that_was_cut_off_is_journalled_and_what_came_after_stands(
    pen: Pen, monkeypatch: pytest.MonkeyPatch, adult: str, said: str
) -> None:
    pen.saves("A", "note")
    pen.is_cut_off(monkeypatch)
    assert pen.row() == ("A", "note")
    pen.story.senco.type(REGISTER, pen.ref, "Key adult", adult)
    assert pen.work() == [("done", said)]
    assert pen.row() == (adult, "note")
    assert sorted(pen.journal(pen.ref)) == [("Key adult", '"A"'), ("Notes", '"note"')]


@pytest.mark.parametrize("between", ["nothing", "edited", "deleted from the register"])
def test_an_act_that_was_cut_off_is_known_by_its_mark(pen: Pen, monkeypatch: pytest.MonkeyPatch, between: str) -> None:
    senco = pen.story.senco
    if between == "deleted from the register":
        pen.saves("A")
        pen.is_cut_off(monkeypatch)
        senco.delete_rows(REGISTER, senco.row_of(REGISTER, pen.ref))
        assert pen.work() == [("done", CHANGED)]
        return
    pen.adds("Lego")
    pen.is_cut_off(monkeypatch)
    (key,) = [row["ID"] for row in senco.rows(MAP)]
    if between == "edited":
        senco.type(MAP, key, "Delivered by", "Mr B")
    assert pen.work() == [("done", CHANGED if between == "edited" else SAVED)]
    assert pen.added() == [("Lego", "Mr B" if between == "edited" else "TA")]
    assert sorted(pen.journal(key)) == [("Delivered by", '"TA"'), ("Provision", '"Lego"')]


def test_who_may_write_no_more_has_nothing_written_that_they_asked_for_before(pen: Pen) -> None:
    pen.saves("A")
    pen.desk.write("deputy@school.example", "card", "register", pen.ref, {"notes": "B"}, about=pen.ref)
    no_more = "Whoever asked for this may not write in the workbook any more. Nothing was written now."
    assert pen.work(lambda who: who != SENCO) == [("refused", no_more), ("done", SAVED)]
    assert pen.row() == ("", "B")
