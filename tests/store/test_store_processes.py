from __future__ import annotations

import re
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select
from support.booking_processes import ACTS, churn, die_at, press_in, set_up
from support.surgery import FIRST, NOW, SURGERY, School, free_slots, slots

from bench.booking import run
from sync.store import Store, schema

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext


STEPS = {
    "sqlite": {"claim": 6, "take_offer": 20, "change": 21, "cancel": 20, "delete": 18},
    "postgresql": {"claim": 3, "take_offer": 18, "change": 22, "cancel": 21, "delete": 19},
}
"""The step at which nobody is killed: one for each statement and each commit, one when all is done, and one more.

A claim that nothing is tangled with is one statement on PostgreSQL, which commits by itself; on SQLite it is three (the
place, the booking, the letters) and a commit. An offer is first tried as such a claim and then asked about, which on
SQLite ends in a commit each. What is tangled begins on PostgreSQL with a lock, a statement of its own unless it comes
with the first question; on SQLite `BEGIN IMMEDIATE` is the lock, which is not counted.
"""


def everything(school: School) -> dict[str, Any]:
    """All that a workbook has in the store, without the keys that are drawn by chance."""
    tables = (schema.slot, schema.booking, schema.waiting, schema.outbox)
    with school.store.engine.connect() as connection:
        rows = {
            table.name: [
                {name: value for name, value in row.items() if name not in {"workbook_id", "id"}}
                for row in connection.execute(select(table).where(table.c.workbook_id == school.workbook)).mappings()
            ]
            for table in tables
        }
    keys = {row["key"]: f"{row['adult']}'s" for row in rows["booking"]}
    text = {name: sorted(repr(row) for row in found) for name, found in rows.items()}
    for key, name in keys.items():
        text = {table: [row.replace(key, name) for row in found] for table, found in text.items()}
    return {
        table: sorted(re.sub(r"waiting:\d+|'waiting': \d+", "waiting", row) for row in found)
        for table, found in text.items()
    }


@pytest.mark.parametrize("act", ACTS)
def test_a_process_killed_at_any_step_and_run_again_ends_the_same(
    act: str, url: str, store: Store, processes: ForkServerContext
) -> None:
    queue = act not in {"claim", "change"}
    calm = School(store, "calm")
    answer = ACTS[act](calm, set_up(calm, queue=queue))
    expected = everything(calm)
    for step in count(1):
        school = School(store, f"step {step}")
        scene = set_up(school, queue=queue)
        process = processes.Process(target=die_at, args=(url, school.name, act, scene, step))
        process.start()
        process.join()
        assert type(ACTS[act](school, scene)) is type(answer)
        assert everything(school) == expected, f"killed at step {step}"
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
    assert step == STEPS[store.engine.dialect.name][act]


def test_in_a_rush_from_several_processes_every_parent_is_told_the_truth(url: str) -> None:
    # In a thread of its own: a browser test of the same process may have left an event loop running.
    with ThreadPoolExecutor(1) as aside:
        result = aside.submit(run, "test", url, parents=40, slots=12, processes=3, threads=2).result()
    assert (result.untrue, result.booked) == ((), 12)


def test_whatever_families_do_at_once_no_place_is_lost_or_given_twice(
    url: str, store: Store, processes: ForkServerContext
) -> None:
    school = School(store)
    school.has(4, places=2)
    links = [school.family(f"adult {n}") for n in range(14)]
    started = [processes.Process(target=churn, args=(url, links, seed, 60)) for seed in range(4)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0, 0, 0, 0]

    active = school.bookings.active(school.workbook)
    turns = [turn for link in links if (turn := school.line.waiting(link, "tue")) is not None]
    held = Counter(each.slot for each in active) + Counter(each.slot for each in turns if each.slot)
    stored = school.surgeries.slots(school.workbook)
    assert {each.slot.key: each.taken for each in stored} == {each.slot.key: held[each.slot.key] for each in stored}
    assert max(held.values()) <= 2
    assert max(Counter(each.adult for each in active).values()) == 1
    waits = [each for each in turns if each.slot is None]
    assert not (waits and free_slots(school.surgeries, school.workbook, NOW))
    with store.engine.connect() as connection:
        versions = connection.execute(select(func.sum(schema.booking.c.version))).scalar_one()
    told = school.told()
    assert sum(subject.startswith("booking:") for subject, _ in told) == versions
    for subject in {subject for subject, _ in told if subject.startswith("booking:")}:
        kinds = [kind for each, kind in told if each == subject]
        assert kinds[0] == "booking.booked"
        assert "booking.cancelled" not in kinds[:-1]


@pytest.mark.parametrize("moves", [False, True])
def test_two_tabs_on_two_surgeries_leave_each_family_one_meeting(
    url: str, store: Store, processes: ForkServerContext, *, moves: bool
) -> None:
    school = School(store)
    days = {key: slots(surgery=key, places=40, first=FIRST + timedelta(days=n)) for n, key in enumerate(("tue", "wed"))}
    school.surgeries.save(school.workbook, [(replace(SURGERY, key=key), made) for key, made in days.items()], NOW)
    links = [school.family(f"adult {n}") for n in range(40)]
    started = [
        processes.Process(target=press_in, args=(url, links, surgery), kwargs={"moves": moves})
        for surgery in ("tue", "wed", "tue", "wed")
    ]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0] * 4
    assert Counter(each.adult for each in school.bookings.active(school.workbook)) == Counter(
        each.adult for each in links
    )
    stored = school.surgeries.slots(school.workbook)
    assert sum(each.taken for each in stored) == 40
