"""The demo and the workspace as processes of their own, until Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest
from endtoend_school import ROOT

from sync.cli import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Program:
    """A process and the lines that it has printed so far."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sync.cli", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.printed.extend(line.rstrip("\n") for line in self.process.stdout)

    def wait_for(self, words: str, seconds: float = 60) -> str:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            for line in list(self.printed):
                if words in line:
                    return line
            time.sleep(0.05)
        raise AssertionError(f"{words!r} was not printed: {self.printed}")

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self.reader.join(10)
        return code


@pytest.fixture
def start() -> Iterator[Callable[..., Program]]:
    running: list[Program] = []

    def begin(*arguments: str) -> Program:
        running.append(Program(*arguments))
        return running[-1]

    yield begin
    for program in running:
        program.process.kill()
        program.process.wait()


def test_the_demo_shows_its_addresses_goes_on_syncing_and_ends_well_with_ctrl_c(
    start: Callable[..., Program], tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    demo = start("demo", "--port", "0", "--pupils", "40", "--every", "1", "--folder", str(folder))
    demo.wait_for("Ctrl-C ends the demo.")
    page = re.search(r"http\S+", demo.wait_for("The SENCO's workbook"))
    assert page is not None
    with urlopen(page[0], timeout=30) as answer:  # noqa: S310 - the demo's own address
        assert answer.status == 200
        # The SENCO, not the mailbox: nothing is protected from the owner of a workbook.
        assert answer.headers["Set-Cookie"].partition(";")[0] == "account=senco@school.example"
    assert "press it" in demo.wait_for("The add-on")
    teachers = re.search(r"http\S+/d/([^/]+)", demo.wait_for("The teachers' workbook"))
    assert teachers is not None
    base = page[0].partition("/spreadsheets")[0]
    asked = Request(  # noqa: S310 - the demo's own address
        f"{base}/drive/v3/files/{teachers[1]}?fields=capabilities/canEdit",
        headers={"Cookie": "account=senco@school.example"},
    )
    with urlopen(asked, timeout=30) as answer:  # noqa: S310 - the demo's own address
        assert json.load(answer) == {"capabilities": {"canEdit": False}}
    assert run(["--config", str(folder / "sensync.toml"), "check"]) == 0
    assert (demo.interrupt(), demo.printed[-1]) == (
        0,
        f"The demo has ended. What it made is in {folder}; the next demo takes that away.",
    )
    assert [line for line in demo.printed if "rror" in line] == []


def test_the_demo_that_ends_by_itself_shows_surgeries_and_concerns_from_end_to_end(
    start: Callable[..., Program], tmp_path: Path
) -> None:
    demo = start("demo", "--once", "--port", "0", "--pupils", "200", "--folder", str(tmp_path / "demo"))
    assert demo.process.wait(120) == 0
    demo.reader.join(10)
    told = "\n".join(demo.printed)
    assert "The SENCO types one row on 'Surgeries', and the sync answers: 6 slots. " in told
    assert "A parent opens the link, chooses a time and reads: 'Your meeting is booked'." in told
    says = r"The sheet says under 'Booked': 1 of 6\. The calendar says: 'Meeting \u2013 ref \w{5}'\."
    assert re.search(says, told)
    # From the form to the letters without a sync, then the row, her decision, and the answer: each once.
    letters = [line.strip() for line in demo.printed if line.startswith("  to ")]
    assert sorted(letters) == [
        "to dsl@school.example: 'Please look at a response now'",
        "to hale@school.example: 'Please act now on the form you sent'",
        "to hale@school.example: 'Thank you: we have your form'",
        "to idris@school.example: 'Thank you: we have your form'",
        "to senco@school.example: 'Please look at a response now'",
    ]
    rows = sorted(re.sub(r"C-\w{5}|ref \w{5}", "", line) for line in demo.printed if "'Concerns' has a row" in line)
    assert rows == [
        "'Concerns' has a row : found on the roll, .",
        "'Concerns' has a row : its words wait in the form until somebody has read them there.",
        "'Concerns' has a row : not sure whose; the likeliest pupils are in its list.",
    ]
    assert told.count("hale@school.example gets: 'An answer to the form you sent'.") == 1
    assert re.search(r"She picks a pupil from the list for C-\w{5}, and the concern is that pupil's\.", told)
    pressed = r"in the add-on, the SENCO finds pupil \w{5} by typing, presses 'Monitor' .* 'Next review' says so"
    assert re.search(pressed, told)


def test_the_workspace_prints_its_address_serves_and_ends_with_ctrl_c(
    start: Callable[..., Program], tmp_path: Path
) -> None:
    key = tmp_path / "key.json"
    workspace = start("workspace", "--port", "0", "--key", str(key), "--token", "secret")
    address = workspace.wait_for("http://127.0.0.1:")
    with urlopen(f"{address}/drive/v3/files?access_token=secret", timeout=30) as answer:  # noqa: S310 - loopback
        assert json.load(answer)["files"] == []
    assert json.loads(key.read_text())["token_uri"].startswith(address)
    assert workspace.interrupt() == 0


@pytest.mark.parametrize("command", ["demo", "workspace"])
def test_a_port_that_is_taken_is_named_with_a_way_on(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        pupils = ["--pupils", "20"] if command == "demo" else []
        assert run([command, "--port", str(port), *pupils]) == 2
    assert f"Port {port} cannot be used" in (told := capsys.readouterr().err)
    assert "What to do: Stop the program that uses it (another demo?), or name another with --port" in told


def test_a_seed_that_cannot_be_used_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text("{", encoding="utf-8")
    assert run(["workspace", "--port", "0", "--seed", str(seed)]) == 2
    assert f"The seed file {seed} is not JSON" in capsys.readouterr().err
    assert run(["workspace", "--port", "0", "--seed", str(tmp_path / "none.json")]) == 2
    assert "Check the path." in capsys.readouterr().err
