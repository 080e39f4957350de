"""Work beside the pages ends after what is in hand, or is cut off."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from support.config import HILLCREST

from sync.config import load_settings
from sync.service import background, jobs, worker
from sync.service.background import Background
from sync.service.deliver import Delivery, Hands
from sync.service.jobs import JobWorker
from sync.service.worker import Worker
from sync.store import NewWork, Outbox, Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sync.store import Work

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Deed(Background):
    """One deed that lasts until it is let go."""

    def __init__(self) -> None:
        super().__init__("a deed")
        self.go_on = threading.Event()

    def _run(self) -> None:
        while not self._end.is_set():
            self.go_on.wait(20)


def test_who_ends_it_waits_for_the_deed_in_hand_but_not_for_ever() -> None:
    deed = Deed()
    assert deed.alive is False
    deed.start()
    deed.end()
    assert (deed.stop(0), deed.stop(-1), deed.alive) == (False, False, True)
    deed.go_on.set()
    assert (deed.stop(20), deed.alive) == (True, False)


def test_one_that_never_started_has_ended() -> None:
    assert Deed().stop() is True


def wait_until(holds: Callable[[], bool]) -> None:
    patience = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < patience
        time.sleep(0.01)


@pytest.mark.parametrize("made", [Worker, JobWorker])
def test_what_cannot_be_done_for_long_is_said_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: type[Worker | JobWorker]
) -> None:
    for module in (worker, jobs):
        monkeypatch.setattr(module, "_AFTER_TROUBLE", 0.02)
    monkeypatch.setattr(background, "PASSES", 0.3)
    (tmp_path / "sensync.toml").write_text(HILLCREST)
    file = tmp_path / "sensync.sqlite3"
    file.mkdir()  # no database can be there
    works = made(load_settings(tmp_path / "sensync.toml"), pause=0.02)
    began = time.monotonic()
    works.start()
    wait_until(lambda: not works.well)
    assert (time.monotonic() - began >= 0.3, works.alive) == (True, True)
    file.rmdir()
    with Store(f"sqlite:///{file}") as store:
        store.migrate()
        store.save_workbook("9994001", "sheet-1")
    wait_until(lambda: works.well)
    assert works.stop()
    assert works.well is False


def test_letters_that_were_taken_when_the_end_came_go_back_and_are_sent_at_once_by_the_next(tmp_path: Path) -> None:
    sent: list[str] = []

    def letter(work: Work) -> None:
        sent.append(work.subject)

    hands = Hands(slots=None, letter=letter, alert=letter, look=None, room=lambda _keep: 10)
    with Store(f"sqlite:///{tmp_path / 'sensync.sqlite3'}") as store:
        store.migrate()
        workbook = store.save_workbook("9994001", "sheet-1").id
        letters = [NewWork(name, "booked", name) for name in ("a", "b", "c")]
        calendar = NewWork("slot", "slot.changed", "slot", {"slot": "P-1"})
        Outbox(store).put(workbook, letters, NOW)
        cut_off = Delivery(store, workbook, hands, lambda: NOW, is_over=lambda: len(sent) == 1).run()
        assert (sent, cut_off.done, cut_off.waiting, cut_off.letters_left) == (["a"], 1, 2, 2)
        Outbox(store).put(workbook, [calendar], NOW)
        assert Delivery(store, workbook, hands, lambda: NOW, is_over=lambda: True).run().done == 0
        assert Delivery(store, workbook, hands, lambda: NOW).run().waiting == 0
    assert sent == ["a", "b", "c"]
