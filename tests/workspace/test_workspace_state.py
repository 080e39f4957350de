"""The state file: what was answered is there after `kill -9`; an unusable file is refused in words."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from workspace_kit import NOON, SENCO, Book, Caller

from local_workspace import LocalWorkspace, store
from local_workspace.__main__ import main
from local_workspace.main import SeedError, read_seed
from local_workspace.sheets.persist import dump_book
from local_workspace.store import StateError, Store

ROOT = Path(__file__).parents[2]


def launch(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "local_workspace", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_the_last_answered_change_is_there_after_a_kill(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(
        json.dumps(
            {
                "accounts": [{"email": SENCO, "name": "Sally"}, {"email": "t@school.example"}],
                "files": [
                    {
                        "id": "1-chosen",
                        "owner": SENCO,
                        "name": "Register",
                        "permissions": [{"type": "user", "role": "reader", "emailAddress": "t@school.example"}],
                    }
                ],
            }
        )
    )
    arguments = ("--state", str(tmp_path / "state.db"), "--token", "T", "--seed", str(seed))
    process, base = launch(*arguments)
    try:
        call = Caller(base, "T")
        for number in range(5):
            url = "/v4/spreadsheets/1-chosen/values/A1:append?valueInputOption=USER_ENTERED"
            call("POST", url, {"values": [[number, f"=A{number + 1}*2", "1/2"]]})
        add = {"requests": [{"addSheet": {"properties": {"title": "made up id"}}}]}
        made = call("POST", "/v4/spreadsheets/1-chosen:batchUpdate", add)
        file = call("GET", "/drive/v3/files/1-chosen?fields=version,modifiedTime,permissions")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    process, base = launch(*arguments)
    try:
        call = Caller(base, "T")
        assert call("GET", "/drive/v3/files/1-chosen?fields=version,modifiedTime,permissions") == file
        rows = call("GET", "/v4/spreadsheets/1-chosen/values/A1:B9")["values"]
        assert rows == [[str(n), str(n * 2)] for n in range(5)]
        tabs = call("GET", "/v4/spreadsheets/1-chosen?fields=sheets.properties.sheetId")["sheets"]
        assert tabs[1]["properties"]["sheetId"] == made["replies"][0]["addSheet"]["properties"]["sheetId"]
    finally:
        process.terminate()
        assert process.wait(10) == 0


def test_everything_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SNAPSHOT_AFTER_ENTRIES", 3)
    state = tmp_path / "s.db"
    with LocalWorkspace(state, [SENCO, "t@school.example"], clock=lambda: NOON) as first:
        book = Book(Caller(first.base_url, first.token_for(SENCO)), properties={"locale": "en_GB"})
        for number in range(7):
            book.type("A1:B2", [f"{number}/2", "=A1"], ["x", True])
        book.call("POST", f"/drive/v3/files/{book.id}/permissions", {"type": "anyone", "role": "reader"})
        copied = book.call("POST", f"/drive/v3/files/{book.id}/copy", {"name": "Copy"})
        gone = book.call("POST", "/drive/v3/files", {"name": "gone"})
        book.call("DELETE", f"/drive/v3/files/{gone['id']}")
        token = first.token_for(SENCO)
        before = {key: dump_book(item) for key, item in first.books.items()}
        records = {key: item.dump() for key, item in first.files.items()}
    with LocalWorkspace(state, clock=lambda: NOON) as second:
        assert {key: dump_book(item) for key, item in second.books.items()} == before
        after = {key: item.dump() for key, item in second.files.items()}
        assert {k: {**v, "seq": 0} for k, v in after.items()} == {k: {**v, "seq": 0} for k, v in records.items()}
        assert set(second.files) == {book.id, copied["id"]}
        call = Caller(second.base_url, token)
        assert call("GET", f"{book.path}/values/A1:B2")["values"] == [["6/2", "6/2"], ["x", "TRUE"]]


def test_two_workspaces_do_not_share_a_state_file(tmp_path: Path) -> None:
    held = Store(tmp_path / "s.db")
    held.put("account", "x", {})
    with pytest.raises(StateError, match="If another workspace uses it, stop that one"):
        Store(tmp_path / "s.db")
    held.close()


def modes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


def test_a_new_state_and_its_journal_are_for_the_user_alone(tmp_path: Path) -> None:
    opened = Store(tmp_path / "s.db")
    opened.log("book", {"name": "a pupil"})
    assert modes(tmp_path) == {"s.db": 0o600, "s.db-wal": 0o600}
    opened.close()


def test_a_state_that_others_could_read_is_taken_from_them(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    Store(path).close()
    for name in ("s.db", "s.db-wal", "s.db-shm"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)
    opened = Store(path)
    opened.log("book", {"name": "a pupil"})
    assert set(modes(tmp_path).values()) == {0o600}
    opened.close()


def test_a_state_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot be opened"):
        Store(tmp_path / "none" / "s.db")


def test_a_file_that_is_no_state_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    path.write_text("a register, not a database; " * 100)
    with pytest.raises(StateError, match="cannot be opened"):
        Store(path)


def test_a_newer_state_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version=99")
    database.close()
    with pytest.raises(StateError, match="newer version"):
        Store(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{nope", "is not JSON"),
        ("[]", "does not hold a JSON object"),
        ('{"accounts": [{"name": "x"}]}', "accounts\\[0\\] has no email"),
        ('{"files": [{"owner": "nobody@x.example"}]}', "files\\[0\\] has the owner 'nobody@x.example'"),
    ],
)
def test_a_seed_that_cannot_be_used_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    path = tmp_path / "seed.json"
    path.write_text(text)
    assert main(["--seed", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("local_workspace: ")
    assert re.search(message, error)


def test_a_fault_that_cannot_be_used_stops_the_start(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--fault", '{"status": "bad"}']) == 2
    assert "'status' of a fault cannot be 'bad'" in capsys.readouterr().err


def test_a_state_that_cannot_be_used_stops_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--state", str(tmp_path)]) == 2
    assert "cannot be opened" in capsys.readouterr().err


def test_a_clock_that_is_ahead_and_a_key_on_request(tmp_path: Path) -> None:
    process, base = launch("--token", "T", "--skew", "864000", "--key", str(tmp_path / "key.json"))
    try:
        call = Caller(base, "T")
        made = call("POST", "/drive/v3/files?fields=createdTime", {"name": "x"})
        ahead = dt.datetime.fromisoformat(made["createdTime"]) - dt.datetime.now(dt.UTC)
        assert ahead > dt.timedelta(days=9)
        key = json.loads((tmp_path / "key.json").read_text())
        assert key["token_uri"] == f"{base}/token"
        assert (tmp_path / "key.json").stat().st_mode & 0o777 == 0o600
    finally:
        process.terminate()
        process.wait(10)


def test_a_seed_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="cannot be read"):
        read_seed(tmp_path / "none.json")
