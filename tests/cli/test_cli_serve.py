from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import requests
from support.config import HILLCREST, addon_section
from support.parents import open_school

from sync.cli import run
from sync.clock import utc_now
from sync.store import JobKind, Jobs, JobState

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = (
    HILLCREST
    + """\
[booking]
address = "http://127.0.0.1"
"""
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "sensync.toml"
    file.write_text(CONFIG)
    return file


def test_the_pages_are_served_until_they_are_stopped(config: Path) -> None:
    school = open_school(config.parent)
    token = school.link(days=3650)
    school.store.close()
    command = [sys.executable, "-m", "sync.cli", "--config", str(config), "-v", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        said = re.fullmatch(
            r"Parents' pages: http://127.0.0.1 \(listening on (127.0.0.1:\d+)\). Ctrl-C ends it.\n",
            server.stdout.readline(),
        )
        assert said is not None
        good = requests.get(f"http://{said[1]}/b/{token}", timeout=10)
        gone = requests.get(f"http://{said[1]}/b/unknown", timeout=10)
        other = requests.get(f"http://{said[1]}/b/{token}", headers={"Host": "evil.example"}, timeout=10)
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=10)
    assert (good.status_code, gone.status_code, other.status_code) == (200, 404, 400)
    assert "Amara" in good.text
    assert "Server" not in good.headers
    assert token not in out + err


def test_a_role_that_the_file_withdraws_holds_for_what_waits_to_be_written(config: Path) -> None:
    config.write_text(CONFIG + addon_section("senco@school.example"))
    school = open_school(config.parent)
    command = [sys.executable, "-m", "sync.cli", "--config", str(config), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("Parents' pages: ")
        new = config.with_name("new.toml")
        new.write_text(config.read_text().replace('"senco@', '"successor@'))
        new.replace(config)
        jobs = Jobs(school.store)
        jobs.put(school.workbook_id, JobKind.ACT, "a", utc_now(), asked_by="senco@school.example")
        until = time.monotonic() + 20
        while not (job := jobs.newest(school.workbook_id)[0]).ended and time.monotonic() < until:
            time.sleep(0.1)
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=15)
    school.store.close()
    assert (job.state, job.said.partition(".")[0]) == (
        JobState.REFUSED,
        "Whoever asked for this may not write in the workbook any more",
    )


def test_a_file_that_cannot_be_used_is_said_once_whoever_looks(config: Path) -> None:
    config.write_text(CONFIG + addon_section("senco@school.example"))
    school = open_school(config.parent)
    command = [sys.executable, "-m", "sync.cli", "--config", str(config), "-v", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().rpartition(":")[2].partition(")")[0]
        config.write_text("[school")
        ready = requests.get(f"http://127.0.0.1:{port}/readyz", timeout=10)
        jobs = Jobs(school.store)
        # Before anything else it is asked whether whoever asked may write.
        jobs.put(school.workbook_id, JobKind.ACT, "a", utc_now(), asked_by="senco@school.example")
        until = time.monotonic() + 20
        while jobs.newest(school.workbook_id)[0].attempts == 0 and time.monotonic() < until:
            time.sleep(0.1)
        server.send_signal(signal.SIGINT)
        _, log = server.communicate(timeout=15)
    school.store.close()
    assert (ready.status_code, ready.json()["reason"]) == (503, "settings")
    assert log.count("The configuration cannot be used") == 1


TOLD_AT_ITS_START = """
import os, signal, sys
from sync.cli import run
from sync.service.background import Background
begin = Background.start
def start(self):
    begin(self)
    os.kill(os.getpid(), signal.SIGTERM)
Background.start = start
sys.exit(run(sys.argv[1:]))
"""

FAILS = """
import sys, threading
from sync.cli import run
from sync.web.serving import PageServer
def workers():
    return [each.name for each in threading.enumerate() if each.name.startswith("sensync")]
def fail(self):
    print(workers())
    raise OSError
PageServer.run = fail
code = run(sys.argv[1:])
print(code, workers())
"""


def served(config: Path, program: str) -> subprocess.CompletedProcess[str]:
    """A process that runs `sensync serve` in a program of ours, until it ends."""
    command = [sys.executable, "-c", program, "--config", str(config), "serve", "--port", "0"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_who_is_told_to_end_while_the_workers_start_ends_in_order(config: Path) -> None:
    open_school(config.parent).store.close()
    ended = served(config, TOLD_AT_ITS_START)
    assert (ended.returncode, ended.stdout.partition(":")[0]) == (0, "Parents' pages"), ended.stderr


def test_where_the_server_fails_the_workers_end_what_they_have_in_hand(config: Path) -> None:
    config.write_text(CONFIG + addon_section("senco@school.example"))
    open_school(config.parent).store.close()
    before, after = served(config, FAILS).stdout.splitlines()[1:]
    assert (before, after) == ("['sensync delivers', 'sensync jobs']", "1 []")


def test_without_a_workbook_nothing_is_served(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--config", str(config), "serve", "--port", "0"]) == 7
    assert capsys.readouterr().err == (
        "There is no workbook yet, so no parent can book.\nWhat to do: Run `sensync setup`, then `sensync sync`.\n"
    )
