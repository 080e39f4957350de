from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sync.domain.errors import Exit
from sync.store import LeaseHeldError, LeaseLostError, Outcome, RunRecord, Store

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_seconds(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def two(url: str, clock: Clock) -> Iterator[tuple[Store, Store]]:
    """Two stores on one database, as two processes would have."""
    with Store(url, now=clock) as one, Store(url, now=clock) as other:
        one.migrate()
        yield one, other


def test_the_second_holder_is_told_who_since_when_and_what_to_do(two: tuple[Store, Store]) -> None:
    one, other = two
    with (
        one.lease("Hillcrest High", "sync on pc-12", 60),
        pytest.raises(LeaseHeldError) as caught,
        other.lease("Hillcrest High", "sync on pc-13", 60),
    ):
        pass
    assert str(caught.value) == (
        "Another run is at work on Hillcrest High: sync on pc-12 holds it since 2026-11-23 09:00:00 UTC, "
        "until 2026-11-23 09:01:00 UTC at the latest."
    )
    assert caught.value.next_step.startswith("Wait for that run to end.")
    assert caught.value.exit_code is Exit.TRY_AGAIN


def test_even_the_same_holder_cannot_have_it_twice(two: tuple[Store, Store]) -> None:
    one, _ = two
    with one.lease("school", "me", 60), pytest.raises(LeaseHeldError), one.lease("school", "me", 60):
        pass


def test_two_schools_are_no_hindrance_to_each_other(two: tuple[Store, Store]) -> None:
    one, other = two
    with one.lease("A", "x", 60) as first, other.lease("B", "y", 60) as second:
        assert {each.name for each in one.leases()} == {"A", "B"}
        assert first.fence != second.fence


def test_a_lease_given_back_is_free_at_once_with_a_higher_fence(two: tuple[Store, Store]) -> None:
    one, other = two
    with one.lease("school", "x", 60) as first:
        pass
    with other.lease("school", "y", 60) as second:
        assert second.fence > first.fence


def test_a_lease_is_given_back_when_the_run_fails(two: tuple[Store, Store]) -> None:
    one, other = two
    with pytest.raises(RuntimeError), one.lease("school", "x", 60):
        raise RuntimeError
    with other.lease("school", "y", 60):
        pass


def test_an_expired_lease_is_taken_over_and_its_old_holder_may_not_commit(
    two: tuple[Store, Store], clock: Clock
) -> None:
    one, other = two
    book = one.save_workbook("school", "sheet").id
    run = RunRecord(clock(), clock(), Outcome.OK)
    with one.lease("school", "x", 60) as first:
        clock.pass_seconds(60)
        with other.lease("school", "y", 60) as second:
            assert second.fence > first.fence
            with pytest.raises(LeaseLostError):
                one.commit(book, fence=first.fence, run=run)
            with pytest.raises(LeaseLostError):
                first.renew()
            other.commit(book, fence=second.fence, run=run)
    assert len(one.runs(book, 9)) == 1


def test_the_old_holder_leaving_late_does_not_free_the_new_holders_lease(
    two: tuple[Store, Store], clock: Clock
) -> None:
    one, other = two
    first = one.lease("school", "x", 60)
    first.__enter__()
    clock.pass_seconds(61)
    with other.lease("school", "y", 60):
        first.__exit__(None, None, None)
        with pytest.raises(LeaseHeldError), one.lease("school", "z", 60):
            pass


def test_a_renewed_lease_lasts(two: tuple[Store, Store], clock: Clock) -> None:
    one, other = two
    with one.lease("school", "x", 60) as first:
        clock.pass_seconds(50)
        first.renew()
        clock.pass_seconds(50)
        with pytest.raises(LeaseHeldError), other.lease("school", "y", 60):
            pass


def test_a_lease_that_ran_out_unnoticed_by_others_may_still_commit(two: tuple[Store, Store], clock: Clock) -> None:
    one, _ = two
    book = one.save_workbook("school", "sheet").id
    with one.lease("school", "x", 60) as lease:
        clock.pass_seconds(600)
        lease.renew()
        one.commit(book, fence=lease.fence, run=RunRecord(clock(), clock(), Outcome.OK))


def test_of_many_who_ask_at_once_exactly_one_gets_it(url: str) -> None:
    with Store(url) as first:
        first.migrate()
    start, done = threading.Barrier(8), threading.Barrier(8)
    fences: list[int] = []
    refused: list[LeaseHeldError] = []

    def ask(name: int) -> None:
        with Store(url) as store:
            start.wait()
            try:
                with store.lease("school", f"thread {name}", 60) as lease:
                    fences.append(lease.fence)
                    done.wait()
            except LeaseHeldError as error:
                refused.append(error)
                done.wait()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(fences), len(refused)) == (1, 7)
