"""What cards of concerns ask of the store: no more for years of concerns than for a few."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from support.addon import NOW, AddonSchool, addon_settings, ref, roll_row

from sync.domain.response_clock import clock_of
from sync.plan.cells import serial
from sync.service.addon_concerns import read_concern, read_lines, waits
from sync.service.addon_home import Todo, read_heaps
from sync.service.addon_school import School
from sync.service.concern_cases import hours_of
from sync.store import RowChange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from local_workspace import LocalWorkspace


@pytest.fixture
def office(ws: LocalWorkspace, tmp_path: Path) -> Iterator[AddonSchool]:
    made = AddonSchool(ws, addon_settings(tmp_path, ws.base_url, concerns=True))
    yield made
    made.store.close()


def read(office: AddonSchool) -> School:
    settings = office.settings
    return School(office.store, office.workbook.id, settings.school.zone, NOW, hours_of(settings.concerns))


@contextmanager
def statements(office: AddonSchool) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(office.store.engine, "before_cursor_execute", note)
    yield asked
    event.remove(office.store.engine, "before_cursor_execute", note)


def test_the_first_card_asks_for_no_pupil_of_the_roll_once_more(office: AddonSchool) -> None:
    counts = []
    for number in range(6):
        office.has_concern(number, ref(number), typed={"review": serial(date(2026, 11, 23))})
        with statements(office) as asked:
            found = {heap.todo: heap for heap in read_heaps(read(office))}
        counts.append(len(asked))
        assert found[Todo.CONCERNS].count == found[Todo.LOOK_AGAIN].count == number + 1
    assert counts == counts[:1] * 6


def test_a_pupil_who_left_is_named_on_the_first_card_all_the_same(office: AddonSchool) -> None:
    office.has_concern(1, ref(1))
    office.commit(RowChange("roll", ref(1), {**roll_row(1, "K"), "on_roll": "No"}))
    (entry,) = next(heap for heap in read_heaps(read(office)) if heap.todo is Todo.CONCERNS).entries
    assert entry.pupil is not None
    assert entry.pupil.ref == ref(1)


def test_a_card_of_one_concern_or_one_pupil_reckons_what_is_on_it_alone(
    office: AddonSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.has_many_concerns(20)
    chosen = office.has_concern(20, ref(7), typed={"chosen": ref(1)})
    every = read_lines(read(office))
    clocked, said = [], []

    def clock(received: datetime, *args: Any) -> Any:
        clocked.append(received)
        return clock_of(received, *args)

    def waiting(due: datetime, *args: Any) -> str:
        said.append(due)
        return waits(due, *args)

    monkeypatch.setattr("sync.service.concern_cases.clock_of", clock)
    monkeypatch.setattr("sync.service.addon_concerns.waits", waiting)
    file = read_concern(read(office), chosen, "senco@school.example")
    assert file is not None
    assert (len(clocked), len(said)) == (1, 1)
    assert [file.line] == [each for each in every if each.key == chosen]
    hers = [each for each in every if each.ref == ref(1)]
    assert chosen in [each.key for each in hers]
    said.clear()
    assert read_lines(read(office), ref(1)) == hers
    assert len(said) == sum(1 for each in hers if each.waits)
    assert read_concern(read(office), "C-NNNNN", "senco@school.example") is None
