"""What `sensync status` says of teachers' concerns, and that it says nothing where they are off."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import time_machine
from support.concerns import Staff, concern_of, response
from support.config import HILLCREST

from sync.cli import run
from sync.domain.concerns import FormKey, Link, Screen
from sync.plan.matching import Match
from sync.store import FormState, RowChange, Store

if TYPE_CHECKING:
    from pathlib import Path

SAME_DAY, NEXT_WEEK = "2026-11-23T12:00:00Z", "2026-11-30T12:00:00Z"
ON = 'enabled = true\ndsl_name = "Ms Adeyemi"\ndsl_phone = "01632 960 199"\nresponders = ["school.example"]'
MATCH = Match("B7F3K", Link.NAME, ())


def school(folder: Path, concerns: str = ON) -> str:
    file = folder / "sensync.toml"
    file.write_text(f'{HILLCREST}[store]\nurl = "sqlite:///{folder / "s.sqlite3"}"\n[concerns]\n{concerns}\n')
    return str(file)


@pytest.fixture
def staff(tmp_path: Path) -> Staff:
    store = Store(f"sqlite:///{tmp_path / 's.sqlite3'}")
    store.migrate()
    made = Staff(store)
    made.has_form()
    return made


def three_concerns(staff: Staff) -> None:
    """One that is new, one that is held, and one that the SENCO has decided."""
    now = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    for number, screen in enumerate((Screen.CLEAR, Screen.HELD, Screen.CLEAR), start=1):
        match = MATCH if screen is Screen.CLEAR else None
        staff.concerns.take(staff.wid, response(number), match=match, screen=screen, now=now)
    last = concern_of(staff.concerns, staff.wid, response(number))
    assert last is not None
    with staff.store.lease("sync", "tests", 60) as lease:
        row = RowChange("concerns", last.key, {"outcome": "Monitor"})
        staff.store.commit(staff.wid, fence=lease.fence, run=None, rows=[row])
    staff.forms.listed(staff.wid, FormKey.CONCERN, now)


def told(config: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert run(["--config", config, "status"]) == 0
    lines = capsys.readouterr().out.splitlines()
    return [line for line in lines if "oncern" in line]


STANDS = "2 to decide ({} overdue, 1 held), 1 open; the form was last gone through: 23/11/2026 10:00:00"


@time_machine.travel(SAME_DAY, tick=False)
def test_what_is_to_decide_and_what_is_held_is_told(
    tmp_path: Path, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    three_concerns(staff)
    assert told(school(tmp_path), capsys) == [f"Concerns:  {STANDS.format(0)}"]


@time_machine.travel(NEXT_WEEK, tick=False)
def test_what_is_overdue_and_a_form_that_somebody_closed_need_attention(
    tmp_path: Path, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    three_concerns(staff)
    staff.forms.mark(staff.wid, FormKey.CONCERN, FormState.CLOSED)
    assert told(school(tmp_path), capsys) == [
        f"Concerns:  {STANDS.format(2)}",
        "  - The concern form takes no answers; `sensync form` says why.",
        "  - 2 concerns are overdue on 'Concerns'.",
    ]
    assert run(["--config", school(tmp_path), "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["concerns"] == {
        "to_decide": 2, "overdue": 2, "held": 1, "open": 1, "form": "closed", "listed_at": "2026-11-23T10:00:00+00:00",
    }  # fmt: skip


def test_where_concerns_are_off_nothing_is_said_of_them(
    tmp_path: Path, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    three_concerns(staff)
    assert told(school(tmp_path, "enabled = false"), capsys) == []
