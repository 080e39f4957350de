"""The bench of the add-on's cards asks for what is there: a card that stays empty would be quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.addon import calls, end_jobs, fill, measure, saves
from bench.workers import workers
from local_workspace import LocalWorkspace
from sync.config import load_settings
from sync.store import Jobs, Store

if TYPE_CHECKING:
    from pathlib import Path

PUPILS, TIMES = 60, 3


def test_every_card_and_every_save_of_the_bench_is_answered_with_what_it_is_about(tmp_path: Path) -> None:
    with LocalWorkspace() as ws:
        school = fill(tmp_path, ws, PUPILS)
        waiting: list[int] = []
        with workers(school.config, 1, 2) as (port,), Store(school.store) as store:
            kinds = [*calls(school), *saves(ws, port, school)]

            def done() -> None:
                waiting.append(sum(not job.ended for job in Jobs(store).newest(1)))
                end_jobs(school.store, load_settings(school.config).school.key)

            results = measure(ws, port, kinds, TIMES, done)
    assert {each.name: each.wrong for each in results} == dict.fromkeys(
        [*(kind[0].name for kind in kinds), "all, mixed"], 0
    )
    names = [each.name for each in results]
    assert [waiting[names.index(name)] for name in ("home", "save a meeting", "save a concern")] == [0, TIMES, TIMES]
