"""What is read again of the configuration while a program runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.config import HILLCREST, addon_section

from sync.config import load_settings
from sync.config_addon import RoleSettings
from sync.config_current import CurrentSettings

if TYPE_CHECKING:
    from pathlib import Path


def written(file: Path, *senco: str, enabled: bool = True) -> Path:
    file.write_text(HILLCREST + addon_section(*senco, enabled=enabled), encoding="utf-8")
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "sensync.toml", "one@school.example", "two@school.example")


def test_roles_are_those_of_the_file_even_when_it_is_written_twice_in_one_instant(file: Path) -> None:
    current = CurrentSettings(load_settings(file), file)
    assert current.roles().senco == ("one@school.example", "two@school.example")
    was = file.stat().st_mtime_ns
    for name in ("abc", "xyz"):
        written(file, f"{name}@school.example")
        os.utime(file, ns=(was, was))
        assert current.roles().senco == (f"{name}@school.example",)


def test_a_file_that_rests_is_read_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    current = CurrentSettings(load_settings(file), file)
    os.utime(file, (1_000_000_000, 1_000_000_000))
    monkeypatch.setattr("sync.config_current.load_settings", lambda path: reads.append(path) or load_settings(path))
    assert {current.roles().senco for _ in range(5)} == {("one@school.example", "two@school.example")}
    assert reads == [file]


@pytest.mark.parametrize("broken", ["[addon", "", "[addon.roles]\nteacher = ['@school.example']\n", None])
def test_a_file_that_cannot_be_used_gives_nobody_a_right_and_is_said_once(
    file: Path, broken: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    current = CurrentSettings(load_settings(file), file)
    if broken is None:
        file.unlink()
    else:
        file.write_text(broken)
    kept = RoleSettings(senco=("one@school.example", "two@school.example"))
    assert [current.roles(), current.roles(), current.good] == [kept, kept, False]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    written(file, "two@school.example")
    assert (current.roles().senco, current.good) == (("two@school.example",), True)


def test_an_add_on_that_is_switched_off_lets_nobody_in(file: Path) -> None:
    current = CurrentSettings(load_settings(file), file)
    written(file, "one@school.example", enabled=False)
    assert (current.roles(), current.good) == (RoleSettings(), True)


def test_settings_of_no_file_stay(file: Path) -> None:
    current = CurrentSettings(load_settings(file), None)
    file.unlink()
    assert (current.roles().senco, current.good) == (("one@school.example", "two@school.example"), True)
