"""`sensync workspace` and `python -m local_workspace`, from the command line to the last change after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.service_account import Credentials
from workspace_kit import SENCO, TEACHER, Caller, RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SENSYNC = ("-m", "sync.cli", "workspace")
ALONE = ("-m", "local_workspace")
PROGRAMS = pytest.mark.parametrize("program", [SENSYNC, ALONE], ids=["sensync workspace", "python -m local_workspace"])


@contextmanager
def started(program: tuple[str, ...], *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the base URL it prints."""
    command = [sys.executable, *program, "--port", "0", *arguments]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(10)
        process.stdout.close()
        process.stderr.close()


def refusal(program: tuple[str, ...], *arguments: str) -> tuple[int, str]:
    """Exit code and words of a start that must fail."""
    done = subprocess.run(
        [sys.executable, *program, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=30, check=False
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.fixture
def seed(tmp_path: Path) -> str:
    path = tmp_path / "seed.json"
    cells = [{"values": [{"userEnteredValue": {"stringValue": "UPN"}}]}]
    register = {
        "id": "1register",
        "owner": SENCO,
        "name": "Register",
        "spreadsheet": {"sheets": [{"properties": {"title": "Roll"}, "data": [{"rowData": cells}]}]},
        "permissions": [{"type": "user", "role": "reader", "emailAddress": TEACHER}],
    }
    accounts = [{"email": SENCO, "name": "Sally"}, {"email": TEACHER}]
    path.write_text(json.dumps({"accounts": accounts, "files": [register], "settings": {"project": 300}}))
    return str(path)


@PROGRAMS
def test_it_serves_the_seed_keeps_its_state_and_stops_when_told(
    program: tuple[str, ...], seed: str, tmp_path: Path
) -> None:
    arguments = ("--state", str(tmp_path / "state.db"), "--seed", seed, "--token", "T")
    with started(program, *arguments) as (process, base):
        assert base.startswith("http://127.0.0.1:")
        call = Caller(base, "T")
        me = call("GET", "/drive/v3/about?fields=user(emailAddress,displayName)")["user"]
        assert me == {"emailAddress": SENCO, "displayName": "Sally"}
        assert call("GET", "/v4/spreadsheets/1register/values/Roll!A1")["values"] == [["UPN"]]
        call("PUT", "/v4/spreadsheets/1register/values/Roll!A2?valueInputOption=RAW", {"values": [["H801"]]})
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with started(program, *arguments) as (process, base):
        call = Caller(base, "T")
        assert call("GET", "/v4/spreadsheets/1register/values/Roll!A1:A9")["values"] == [["UPN"], ["H801"]]
        process.terminate()
        assert process.wait(10) == 0


@PROGRAMS
def test_it_writes_a_key_file_that_googles_own_library_signs_in_with(
    program: tuple[str, ...], seed: str, tmp_path: Path
) -> None:
    key = tmp_path / "key.json"
    with started(program, "--seed", seed, "--key", str(key)) as (_, base):
        assert key.stat().st_mode & 0o777 == 0o600
        scopes = ["https://www.googleapis.com/auth/spreadsheets"]
        credentials = Credentials.from_service_account_file(str(key), scopes=scopes, subject=TEACHER)
        with AuthorizedSession(credentials) as session:
            answer = session.get(f"{base}/v4/spreadsheets/1register?fields=properties.title", timeout=10)
        assert answer.json() == {"properties": {"title": "Register"}}


@PROGRAMS
def test_its_weather_is_switched_on_at_the_start_and_repeats(program: tuple[str, ...], seed: str) -> None:
    def statuses() -> list[Any]:
        rule = json.dumps({"status": 503, "chance": 0.5, "times": None, "path": "^/v4/"})
        arguments = (
            "--seed",
            seed,
            "--token",
            "T",
            "--fault",
            rule,
            "--weather-seed",
            "3",
            "--skew",
            "86400",
            "--quotas",
        )
        with started(program, *arguments) as (_, base):
            call = Caller(base, "T")
            found: list[Any] = []
            for _ in range(20):
                try:
                    call("GET", "/v4/spreadsheets/1register")
                    found.append(200)
                except RefusalError as error:
                    found.append(error.status)
            weather = call("PUT", "/local/weather", {})
            quotas = call("PUT", "/local/quotas", {})
        return [*found, weather, quotas]

    first = statuses()
    assert first == statuses()
    assert set(first[:20]) == {200, 503}
    google = {"reads": 60, "writes": 60, "project": 300, "calendar": 600, "calendar_project": 10_000, "mail": 60}
    google |= {"form_reads": 390, "form_lists": 180, "form_writes": 150}
    assert first[20:] == [{"seed": 3, "skew": 86400.0}, google]


@PROGRAMS
@pytest.mark.parametrize(
    ("seeded", "message"),
    [
        ({"accounts": {"email": "x"}}, "accounts is not a list of JSON objects"),
        ({"accounts": [{"email": "x"}], "files": [{"owner": "x", "spreadsheet": {"tabs": []}}]},
         'files[0] cannot be made: Invalid JSON payload received. Unknown name "tabs" at \'files[0].spreadsheet\''),
        ({"accounts": [{"email": "x"}], "files": [{"owner": "x", "permissions": [{"role": "king"}]}]},
         "files[0].permissions[0] needs a type (user, group, domain, anyone) and a role (reader, commenter"),
        ({"settings": {"reads": "many"}}, "settings.reads cannot be 'many'. Give a whole number"),
        ({"settings": {"rain": 1}},
         "settings has no 'rain'. It has reads, writes, project, calendar, calendar_project, mail, form_reads, "),
    ],
)  # fmt: skip
def test_a_seed_that_cannot_be_planted_stops_the_start(
    program: tuple[str, ...], seeded: Any, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(seeded))
    code, words = refusal(program, "--seed", str(path), "--port", "0")
    assert code == 2
    assert message in " ".join(words.split())
    assert "Traceback" not in words


@PROGRAMS
def test_a_state_file_that_is_in_use_or_none_stops_the_start(program: tuple[str, ...], tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    with started(program, "--state", state):
        code, words = refusal(program, "--state", state, "--port", "0")
    assert code == 2
    assert "If another workspace uses it, stop that one" in " ".join(words.split())
    (tmp_path / "text.db").write_text("no database " * 100)
    assert "cannot be opened" in refusal(program, "--state", str(tmp_path / "text.db"), "--port", "0")[1]


@PROGRAMS
def test_a_port_that_is_taken_is_said_plainly(program: tuple[str, ...]) -> None:
    with started(program) as (_, base):
        code, words = refusal(program, "--port", base.rpartition(":")[2])
    assert code == 2
    assert "Address already in use" in words
    assert "Traceback" not in words
