"""What cards of concerns ask of the store: no more for years of concerns than for a few."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from support.addon import NOW, AddonSchool, addon_settings, ref, roll_row

from sync.plan.cells import serial
from sync.service.addon_home import Todo, read_heaps
from sync.service.addon_school import School
from sync.service.concern_cases import hours_of
from sync.store import RowChange

if TYPE_CHECKING:
    from collections.abc import Iterator
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
