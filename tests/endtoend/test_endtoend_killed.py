"""A run that is really killed (SIGKILL, from outside), and the run after it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from endtoend_school import SCHOOL, TODAY, CliSchool
from support.story import LOG, MAP, REGISTER

from local_workspace.http.server import Dropped
from sync.domain.in_force import current_status
from sync.domain.records import StatusSpell
from sync.madeup.files import write_folder

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from local_workspace import LocalWorkspace

# A sync with changes reads, writes the SENCO's workbook, and writes the teachers'.
REQUESTS = 3
LEFT = f"{TODAY:%d/%m/%Y}"


@dataclass
class Morning:
    """A school whose MIS has changed and whose SENCO has typed, and the way back to that moment."""

    school: CliSchool
    books: dict[str, Any]

    def again(self) -> CliSchool:
        """Puts workbooks and store back to the moment before the sync."""
        school = self.school
        school.workspace.hooks.clear()
        school.workspace.books.update(self.books)
        for file in school.folder.glob("sensync.sqlite3*"):
            file.unlink()
        shutil.copy(school.folder / "kept.sqlite3", school.folder / "sensync.sqlite3")
        return school


@pytest.fixture(scope="module")
def morning(story_workspace: LocalWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    school = CliSchool(story_workspace, tmp_path_factory.mktemp("killed") / "school").begin()
    hands = school.hands()
    hands.type_at(REGISTER, 1, hands.header_row(REGISTER, "Notes")[1], "Her own words")
    hands.type_at(REGISTER, 2, hands.header_row(REGISTER, "Class")[1], "typed over a look-up")
    hands.add_row(MAP, {"Pupil": ref_of_a_pupil(school), "Provision": "Touch typing"})
    new = next(p for p in SCHOOL.pupils if (current_status(p.status_history, TODAY) or StatusSpell("")).code == "N")
    became = replace(new, status_history=(StatusSpell("K", TODAY),))
    changed = tuple(became if p is new else p for p in SCHOOL.pupils[:-1])
    write_folder(replace(SCHOOL, pupils=changed), school.mis)
    with sqlite3.connect(school.folder / "sensync.sqlite3") as live:
        live.execute("VACUUM INTO ?", [str(school.folder / "kept.sqlite3")])
    yield Morning(school, {file: story_workspace.snapshot()[file] for file in school.ids})
    story_workspace.hooks.clear()


def ref_of_a_pupil(school: CliSchool) -> str:
    return str(school.robot.rows("MIS roll")[5]["Ref"])


_MINUTE = r"\d\d/\d\d/\d{4} \d\d:\d\d(:\d\d)?|[A-Z][a-z]+day \d\d [A-Z][a-z]+ \d{4}, \d\d:\d\d"


def picture(school: CliSchool) -> dict[str, list[list[Any]]]:
    """Everything that a person can see, but for the minute in which it was written."""
    shown = {}
    for teachers in (False, True):
        hands = school.hands("sensync@school.example", teachers=teachers)
        for title in hands.tabs():
            if title != "Sync status":
                shown[f"{teachers} {title}"] = [
                    ["(minute)" if re.fullmatch(_MINUTE, str(cell)) else cell for cell in row]
                    for row in hands.grid(title)
                ]
    return shown


class Killer:
    """Kills a process at one of its requests: before it is applied, or after it is applied and before the answer."""

    def __init__(self, at: int, when: str) -> None:
        self.at, self.when = at, when
        self.victim: subprocess.Popen[str] | None = None
        self.seen = 0

    def __call__(self, when: str, *_: object) -> None:
        self.seen += when == "before"
        if self.victim is None or (self.seen, when) != (self.at, self.when):
            return
        os.kill(self.victim.pid, signal.SIGKILL)
        self.victim.wait()
        raise Dropped


def test_an_uninterrupted_run_makes_three_requests(morning: Morning) -> None:
    school = morning.again()
    counter = Killer(0, "never")
    school.workspace.hooks.append(counter)
    school.ok("sync")
    assert counter.seen == REQUESTS


@pytest.fixture(scope="module")
def wanted(morning: Morning) -> dict[str, list[list[Any]]]:
    """What the workbooks look like after a run that nobody killed."""
    school = morning.again()
    school.ok("sync")
    shown = picture(school)
    assert [row for row in shown[f"False {LOG}"] if "typed over a look-up" in row] != []
    return shown


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, REQUESTS + 1))
def test_killed_at_a_request_the_next_run_ends_as_if_nothing_had_happened(
    morning: Morning, wanted: dict[str, list[list[Any]]], at: int, when: str
) -> None:
    school = morning.again()
    killer = Killer(at, when)
    victim = school.process("sync")
    killer.victim = victim
    school.workspace.hooks.append(killer)
    _, complaint = victim.communicate(timeout=60)
    assert (victim.returncode, killer.seen) == (-signal.SIGKILL, at), complaint
    school.workspace.hooks.clear()

    held = school.sensync("sync")
    assert held.code == 1
    holder = f"sensync on {socket.gethostname()}, process {victim.pid}"
    assert re.search(
        rf"{re.escape(holder)} holds it since .* UTC, until \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC at", held.err
    )
    assert "What to do: Wait for that run to end. If it was killed, its lease runs out at that time." in held.err

    with sqlite3.connect(school.folder / "sensync.sqlite3") as store:
        store.execute("UPDATE lease SET expires_at = taken_at")
    school.ok("sync")
    assert picture(school) == wanted
    settled = school.ok("sync", "--json").json
    assert (settled["wrote"], settled["requests"]) == (False, 1)
