from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from support.surgery import NOW, School

from sync.store import Backlog, Kinds, NewWork, Outbox, Store
from sync.store.outbox import LONGEST_WAIT, MAX_ATTEMPTS, wait_after

if TYPE_CHECKING:
    from sync.store import Work

MINUTE = timedelta(minutes=1)


@pytest.fixture
def school(store: Store) -> School:
    return School(store)


def put(school: School, *keys: str, subject: str | None = None) -> None:
    school.outbox.put(school.workbook, [NewWork(subject or key, "mail", key, {"n": 1}) for key in keys], NOW)


def keys(work: list[Work]) -> list[str]:
    return [each.key for each in work]


def test_what_is_put_is_taken_once_in_order_and_done(school: School) -> None:
    put(school, "a", "b", "c")
    first = school.outbox.take(NOW, 2)
    assert keys(first) == ["a", "b"]
    assert (first[0].payload, first[0].attempts, first[0].made_at) == ({"n": 1}, 1, NOW)
    assert keys(school.outbox.take(NOW, 9)) == ["c"]
    assert [school.outbox.done(each, NOW) for each in first] == [True, True]
    assert school.outbox.take(NOW, 9) == []


def test_the_same_key_is_stored_once(school: School) -> None:
    work = [NewWork("s", "mail", "key"), NewWork("s", "mail", "key")]
    assert (school.outbox.put(school.workbook, work, NOW), school.outbox.put(school.workbook, work, NOW)) == (1, 0)
    (taken,) = school.outbox.take(NOW, 9)
    school.outbox.done(taken, NOW)
    assert school.outbox.put(school.workbook, work, NOW) == 0


def test_work_of_one_subject_is_done_in_order_even_when_the_first_fails(school: School) -> None:
    put(school, "booked", "cancelled", subject="booking:1")
    put(school, "other")
    booked, other = school.outbox.take(NOW, 9)
    assert keys([booked, other]) == ["booked", "other"]
    school.outbox.failed(booked, "The mail server is away.", NOW)
    assert school.outbox.take(NOW, 9) == []
    (again,) = school.outbox.take(NOW + MINUTE, 9)
    assert (again.key, again.attempts, again.error) == ("booked", 2, "The mail server is away.")
    school.outbox.done(again, NOW + MINUTE)
    assert keys(school.outbox.take(NOW + MINUTE, 9)) == ["cancelled"]


def test_work_due_later_waits_for_its_time(school: School) -> None:
    school.outbox.put(school.workbook, [NewWork("s", "reminder", "r", due_at=NOW + MINUTE)], NOW)
    assert school.outbox.take(NOW, 9) == []
    assert keys(school.outbox.take(NOW + MINUTE, 9)) == ["r"]


def test_the_wait_doubles_up_to_a_quarter_of_an_hour_and_lasts_a_day_in_all() -> None:
    assert [wait_after(n).total_seconds() for n in (1, 2, 3, 8, 9, 10_000)] == [5, 10, 20, 640, 900, 900]
    assert timedelta(minutes=15) == LONGEST_WAIT
    total = sum((wait_after(n) for n in range(1, MAX_ATTEMPTS)), timedelta())
    assert timedelta(hours=22) < total < timedelta(hours=26)


def test_a_retry_time_that_the_server_named_is_kept(school: School) -> None:
    put(school, "a")
    (work,) = school.outbox.take(NOW, 1)
    school.outbox.failed(work, "429", NOW, retry_at=NOW + 3 * MINUTE)
    assert school.outbox.take(NOW + 2 * MINUTE, 1) == []
    assert keys(school.outbox.take(NOW + 3 * MINUTE, 1)) == ["a"]


def test_work_of_a_dead_worker_is_handed_out_again_and_its_late_answer_is_refused(school: School) -> None:
    put(school, "a")
    (dead,) = school.outbox.take(NOW, 1, lease=MINUTE)
    assert school.outbox.take(NOW + MINUTE - timedelta(seconds=1), 1) == []
    (alive,) = school.outbox.take(NOW + MINUTE, 1)
    assert not school.outbox.done(dead, NOW + MINUTE)
    assert not school.outbox.failed(dead, "late", NOW + MINUTE)
    assert school.outbox.done(alive, NOW + MINUTE)


def test_poison_is_set_aside_after_so_many_attempts_said_and_holds_up_nobody(
    school: School, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = Outbox(school.store, max_attempts=2)
    put(school, "poison", "next", subject="s")
    for attempt in range(2):
        (work,) = outbox.take(NOW + attempt * MINUTE, 1)
        with caplog.at_level(logging.ERROR, "sync.store.outbox"):
            outbox.failed(work, "400 of it", NOW + attempt * MINUTE)
    assert [(each.key, each.attempts, each.error) for each in outbox.set_aside()] == [("poison", 2, "400 of it")]
    assert [record.getMessage().partition(".")[0] for record in caplog.records] == [
        f"Outbox row {work.id} (mail) was set aside after 2 attempts"
    ]
    assert keys(outbox.take(NOW + 2 * MINUTE, 9)) == ["next"]


def test_what_no_retry_can_help_is_set_aside_at_once_and_can_be_revived(school: School) -> None:
    put(school, "a")
    (work,) = school.outbox.take(NOW, 1)
    school.outbox.failed(work, "No such mailbox.", NOW, permanent=True)
    assert school.outbox.backlog() == Backlog(0, 1, None)
    assert school.outbox.revive(work.id, NOW)
    assert not school.outbox.revive(work.id, NOW)
    assert keys(school.outbox.take(NOW, 9)) == ["a"]


def test_work_that_kills_its_worker_each_time_is_set_aside_too(school: School) -> None:
    outbox = Outbox(school.store, max_attempts=2)
    put(school, "deadly", "fine")
    for attempt in range(2):
        assert "deadly" in keys(outbox.take(NOW + attempt * MINUTE, 1, lease=MINUTE))
    assert keys(outbox.take(NOW + 2 * MINUTE, 9)) == ["fine"]
    assert [(each.key, each.error) for each in outbox.set_aside()] == [
        ("deadly", "Its worker ended without an answer.")
    ]


def test_a_calendar_that_is_down_for_an_hour_sets_nothing_aside(school: School) -> None:
    put(school, "a")
    at = NOW
    while at < NOW + 60 * MINUTE:
        for work in school.outbox.take(at, 1):
            school.outbox.failed(work, "503", at)
        at += timedelta(seconds=5)
    assert school.outbox.backlog() == Backlog(1, 0, NOW, tried=1)
    assert keys(school.outbox.take(NOW + 76 * MINUTE, 1)) == ["a"]


def test_a_purge_forgets_what_is_done_and_nothing_else(school: School) -> None:
    put(school, "done", "aside", "waiting")
    done, aside = school.outbox.take(NOW, 2)
    school.outbox.done(done, NOW)
    school.outbox.failed(aside, "400", NOW, permanent=True)
    assert (school.outbox.purge(NOW), school.outbox.purge(NOW + MINUTE)) == (0, 1)
    assert school.outbox.backlog() == Backlog(1, 1, NOW)


def test_many_workers_take_every_row_once_and_keep_each_subjects_order(school: School, url: str) -> None:
    work = [NewWork(f"s{n % 7}", "mail", f"{n:03d}") for n in range(70)]
    school.outbox.put(school.workbook, work, NOW)
    seen: list[tuple[str, str]] = []
    guard = threading.Lock()

    def worker() -> None:
        with Store(url) as own:
            outbox = Outbox(own)
            while outbox.backlog().waiting:
                for each in outbox.take(NOW, 3):
                    with guard:
                        seen.append((each.subject, each.key))
                    assert outbox.done(each, NOW)

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == sorted((each.subject, each.key) for each in work)
    for subject in {each.subject for each in work}:
        done = [key for of, key in seen if of == subject]
        assert done == sorted(done)


def test_of_certain_kinds_or_all_others_only_those_are_counted_and_taken(school: School) -> None:
    school.outbox.put(school.workbook, [NewWork(kind, kind, kind) for kind in ("invite", "slot", "reminder")], NOW)
    invites, others = Kinds(("invite",)), Kinds(("invite",), listed=False)
    assert [school.outbox.due(NOW, kinds=kinds) for kinds in (None, invites, others)] == [3, 1, 2]
    assert keys(school.outbox.take(NOW, 9, kinds=others)) == ["slot", "reminder"]
    assert [school.outbox.due(NOW, kinds=kinds) for kinds in (None, invites, others)] == [1, 1, 0]
    assert keys(school.outbox.take(NOW, 9, kinds=invites)) == ["invite"]


def test_what_waits_for_an_earlier_row_of_its_subject_or_for_its_time_is_not_due(school: School) -> None:
    put(school, "first", "second", subject="booking:1")
    school.outbox.put(school.workbook, [NewWork("later", "mail", "later", due_at=NOW + MINUTE)], NOW)
    assert [school.outbox.due(NOW), school.outbox.due(NOW + MINUTE)] == [1, 2]
    assert school.outbox.due(NOW, workbook_id=school.workbook + 1) == 0
