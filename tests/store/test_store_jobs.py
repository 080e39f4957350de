"""Jobs: one for a key, done in their order, handed to one worker, and taken anew where a worker fell silent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sync.store import JobKind, Jobs, JobState, Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SHE = "senco@school.example"


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    with Store(f"sqlite:///{tmp_path / 's.sqlite3'}") as store:
        store.migrate()
        store.save_workbook("9994001", "sheet-1")
        yield Jobs(store)


def put(jobs: Jobs, key: str, kind: JobKind = JobKind.PLAN) -> int:
    return jobs.put(1, kind, key, NOW, asked_by=SHE, subject="BCDFG", payload={"x": 1}).id


def test_a_key_is_one_job(jobs: Jobs) -> None:
    assert put(jobs, "a") == put(jobs, "a") != put(jobs, "b")
    (newest, _) = jobs.newest(1)
    assert (newest.kind, newest.state, newest.asked_by, newest.subject, newest.payload, newest.ended) == (
        JobKind.PLAN, JobState.WAITING, SHE, "BCDFG", {"x": 1}, False,
    )  # fmt: skip


def test_a_key_is_put_anew_once_by_many_who_ask_at_once(jobs: Jobs) -> None:
    put(jobs, "a")
    first = jobs.take(1, NOW)
    assert first is not None
    jobs.end(first, JobState.FAILED, "Busy.", NOW)

    def again(_number: int) -> JobState:
        return jobs.put(1, JobKind.ACT, "a", NOW, asked_by=SHE, anew=lambda job: job.ended).state

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(again, range(8))) == {JobState.WAITING}
    assert [(each.kind, each.state) for each in jobs.newest(1)] == [(JobKind.ACT, JobState.WAITING)]


def test_a_job_that_is_still_to_be_done_gives_its_key_away_and_is_done_first(jobs: Jobs) -> None:
    first = put(jobs, "a")
    last = jobs.put(1, JobKind.PLAN, "a", NOW, asked_by=SHE, anew=lambda job: not job.ended).id
    assert [each.id for each in jobs.afoot(1, JobKind.PLAN)] == [first, last]
    assert put(jobs, "a") == last


def test_jobs_are_done_one_after_another(jobs: Jobs) -> None:
    first, second = put(jobs, "a"), put(jobs, "b")
    taken = jobs.take(1, NOW)
    assert taken is not None
    assert (taken.id, taken.state, taken.attempts) == (first, JobState.WORK, 1)
    assert jobs.take(1, NOW) is None
    jobs.end(taken, JobState.DONE, "Done.", NOW, ["a", "b"])
    following = jobs.take(1, NOW)
    assert following is not None
    assert following.id == second
    (_, ended) = jobs.newest(1)
    assert (ended.said, ended.lines, ended.ended_at, ended.payload) == ("Done.", ("a", "b"), NOW, {})


def test_what_is_afoot_of_a_kind_comes_in_the_order_asked(jobs: Jobs) -> None:
    first, second = put(jobs, "a", JobKind.SYNC), put(jobs, "b", JobKind.SYNC)
    put(jobs, "c")
    taken = jobs.take(1, NOW)
    assert taken is not None
    afoot = [(each.id, each.state) for each in jobs.afoot(1, JobKind.SYNC)]
    assert afoot == [(first, JobState.WORK), (second, JobState.WAITING)]
    jobs.end(taken, JobState.DONE, "Done.", NOW)
    assert [each.id for each in jobs.afoot(1, JobKind.SYNC)] == [second]


def test_many_who_look_at_once_get_it_once(jobs: Jobs) -> None:
    put(jobs, "a")
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: jobs.take(1, NOW), range(16)))
    assert sum(each is not None for each in taken) == 1


def test_a_job_of_a_worker_that_fell_silent_is_taken_anew(jobs: Jobs) -> None:
    put(jobs, "a")
    first = jobs.take(1, NOW)
    assert first is not None
    jobs.say(first, "Reading", NOW + timedelta(minutes=4))
    assert jobs.take(1, NOW + timedelta(minutes=8)) is None
    again = jobs.take(1, NOW + timedelta(minutes=10))
    assert again is not None
    assert (again.id, again.attempts) == (first.id, 2)


def test_what_was_put_off_waits_and_what_has_ended_stays_so(jobs: Jobs) -> None:
    put(jobs, "a")
    job = jobs.take(1, NOW)
    assert job is not None
    jobs.later(job, "Busy.", NOW + timedelta(seconds=15))
    assert jobs.take(1, NOW) is None
    again = jobs.take(1, NOW + timedelta(seconds=15))
    assert again is not None
    jobs.end(again, JobState.FAILED, "Busy still.", NOW)
    jobs.later(again, "Once more.", NOW)
    jobs.end(again, JobState.DONE, "Done.", NOW)
    assert [(each.state, each.said) for each in jobs.newest(1)] == [(JobState.FAILED, "Busy still.")]


def test_only_what_ended_long_ago_is_forgotten(jobs: Jobs) -> None:
    put(jobs, "a")
    put(jobs, "b")
    job = jobs.take(1, NOW)
    assert job is not None
    jobs.end(job, JobState.DONE, "", NOW)
    assert [jobs.purge(NOW), jobs.purge(NOW + timedelta(days=1))] == [0, 1]
    assert [each.state for each in jobs.newest(1)] == [JobState.WAITING]
