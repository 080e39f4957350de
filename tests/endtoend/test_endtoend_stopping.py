"""`sensync serve` is told to end while a parent and a job wait for it: nothing is lost, nothing is done twice."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import requests
from endtoend_school import SCHOOL, CliSchool, without
from support.config import HILLCREST, addon_section
from support.parents import hidden, open_school, surgery

from sync.madeup.files import write_folder
from sync.store import JobKind, Jobs, Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local_workspace import LocalWorkspace


def serve(config: Path, *more: str) -> tuple[subprocess.Popen[str], int]:
    """The process, and the port that it listens on."""
    command = [sys.executable, "-m", "sync.cli", "--config", str(config), "-v", "serve", "--port", "0", *more]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout is not None
    said = re.search(r"listening on 127.0.0.1:(\d+)", server.stdout.readline())
    if said is None:
        raise AssertionError(server.communicate(timeout=20)[1])
    return server, int(said[1])


def wait_for(holds: Callable[[], object]) -> None:
    patience = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < patience
        time.sleep(0.02)


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_parent_who_has_just_pressed_confirm_has_the_meeting_and_the_answer(tmp_path: Path) -> None:
    school = open_school(tmp_path, address="http://127.0.0.1")
    school.clock[0] = datetime.now(UTC)
    school.has(surgery("tue", school.now + timedelta(days=7)))
    token = school.link()
    config = tmp_path / "sensync.toml"
    config.write_text(HILLCREST + '[booking]\naddress = "http://127.0.0.1"\n')
    server, port = serve(config, "--grace", "25", "--no-deliver")
    with server, sqlite3.connect(tmp_path / "sensync.sqlite3", isolation_level=None) as writer:
        browser = requests.Session()
        page = browser.get(f"http://127.0.0.1:{port}/b/{token}/book", params={"slot": "tue-0"}, timeout=20)
        form = hidden(page.text, "/book") | {"where": "room"}
        writer.execute("BEGIN IMMEDIATE")  # the booking waits for its turn to write
        pressed = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        watcher = socket.create_connection(("127.0.0.1", port), timeout=30)
        cookie = "; ".join(f"{each.name}={each.value}" for each in browser.cookies)
        headers = {"Host": "127.0.0.1", "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        pressed.request("POST", f"/b/{token}/book", urlencode(form), headers)
        watcher.sendall(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        server.send_signal(signal.SIGTERM)
        wait_for(lambda: refuses(port))
        watcher.sendall(b"\r\n")
        writer.execute("COMMIT")
        answer = pressed.getresponse()
        with watcher, watcher.makefile("rb") as told:
            ready = told.read().splitlines()
        assert (ready[0], ready[-1]) == (
            b"HTTP/1.1 503 Service Unavailable",
            b'{"ready": false, "reason": "stopping"}',
        )
        _, log = server.communicate(timeout=30)
    assert (answer.status, server.returncode) == (303, 0), log
    assert "ended, with all done that was begun" in log
    assert [(each.slot, each.ref) for each in school.bookings()] == [("tue-0", "B7F3K")]
    school.store.close()


def test_a_sync_in_hand_is_finished_and_what_waits_is_left_for_the_next_process(
    story_workspace: LocalWorkspace, tmp_path: Path
) -> None:
    school = CliSchool(story_workspace, tmp_path / "school").begin()
    school.config.write_text(school.config.read_text() + addon_section("senco@school.example"))
    write_folder(without(SCHOOL, 1), school.mis)
    at_work, go_on = threading.Event(), threading.Event()

    def hold(when: str, *_: object) -> None:
        if when == "before":
            at_work.set()
            go_on.wait(30)

    store = Store(f"sqlite:///{school.folder / 'sensync.sqlite3'}")
    jobs = Jobs(store)
    for number, kind in enumerate((JobKind.SYNC, JobKind.PLAN)):
        jobs.put(1, kind, f"press {number}", datetime.now(UTC), asked_by="senco@school.example")
    story_workspace.hooks.append(hold)
    try:
        server, port = serve(school.config, "--grace", "25")
        with server:
            assert at_work.wait(30)
            assert requests.get(f"http://127.0.0.1:{port}/readyz", timeout=20).json() == {"ready": True}
            server.send_signal(signal.SIGTERM)
            wait_for(lambda: refuses(port))
            assert server.poll() is None
            go_on.set()
            _, log = server.communicate(timeout=30)
    finally:
        go_on.set()
        story_workspace.hooks.clear()
    assert server.returncode == 0, log
    assert [(job.kind, job.state.value, job.attempts) for job in reversed(jobs.newest(1))] == [
        (JobKind.SYNC, "done", 1),
        (JobKind.PLAN, "waiting", 0),
    ]
    settled = school.ok("sync", "--json").json
    assert (settled["wrote"], settled["requests"]) == (False, 1)
    store.close()
