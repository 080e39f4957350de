from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from support.config import HILLCREST
from support.families import set_adults
from support.parents import open_school, surgery

from sync.cli import run
from sync.domain.families import Adult
from sync.store import Store

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = (
    HILLCREST
    + """\
[log]
level = "debug"
file = "sensync.log"
"""
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    school = open_school(tmp_path)
    set_adults(school.store, school.workbook_id, [Adult("m", "B7F3K", "Mrs Lomax")])
    school.has(surgery("next", datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)))
    school.store.close()
    file = tmp_path / "sensync.toml"
    file.write_text(CONFIG)
    return file


def test_links_are_written_and_neither_printed_nor_logged(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = config.parent / "links.csv"
    assert run(["--config", str(config), "links", "--csv", str(file)]) == 0
    said = capsys.readouterr()
    assert said.out == f"1 link for 1 pupil, in {file}. Delete what you have given out: a link is a key.\n"
    assert said.err == (
        "The links open on this computer alone: set [booking] address in sensync.toml to what parents type.\n"
    )
    token = file.read_text(encoding="utf-8-sig").partition("/b/")[2].partition(",")[0]
    log = (config.parent / "sensync.log").read_text()
    assert len(token) == 43
    assert [word for word in (token, "Lomax", "Amara") if word in said.out + said.err + log] == []


def test_a_script_is_told_in_numbers(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(config.parent / "letters.html")
    assert run(["--config", str(config), "links", "--letters", file, "--all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "links": 1,
        "pupils": 1,
        "left_out": 0,
        "ended": 0,
        "files": [file],
    }


def test_a_link_that_was_lost_is_ended_and_another_one_printed(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    links = ["--config", str(config), "links"]
    lost, fresh = (config.parent / name for name in ("lost.csv", "fresh.csv"))
    assert run([*links, "--csv", str(lost)]) == 0
    capsys.readouterr()
    assert run([*links, "--pupil", "B7F3K", "--end", "--csv", str(fresh)]) == 0
    said = capsys.readouterr()
    assert said.out == (
        "Ended for good: 1 link of B7F3K. Bookings stay.\n"
        f"1 link for 1 pupil, in {fresh}. Delete what you have given out: a link is a key.\n"
    )
    assert run([*links, "--pupil", "B7F3K", "--adult", "mrs  lomax", "--end"]) == 0
    assert capsys.readouterr().out == "Ended for good: 1 link of B7F3K. Bookings stay.\n"
    assert run([*links, "--end", "--csv", str(fresh)]) == 2
    assert "Say --pupil REF with the first two, and without the others." in capsys.readouterr().err


def test_the_links_of_both_parents_are_ended_and_counted(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Store(f"sqlite:///{config.parent / 'sensync.sqlite3'}") as store:
        set_adults(store, 1, [Adult("m", "B7F3K", "Mrs Lomax"), Adult("f", "B7F3K", "Mr Lomax")])
    links, file = ["--config", str(config), "links"], config.parent / "both.csv"
    assert run([*links, "--csv", str(file)]) == 0
    assert run([*links, "--pupil", "B7F3K", "--end"]) == 0
    assert capsys.readouterr().out == (
        f"2 links for 1 pupil, in {file}. Delete what you have given out: a link is a key.\n"
        "Ended for good: 2 links of B7F3K. Bookings stay.\n"
    )


def test_a_file_that_is_there_is_not_written_over(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = config.parent / "links.csv"
    file.write_text("mine")
    assert run(["--config", str(config), "links", "--csv", str(file)]) == 2
    assert "is there already; nothing was written." in capsys.readouterr().err
    assert run(["--config", str(config), "links", "--csv", str(file), "--force"]) == 0
