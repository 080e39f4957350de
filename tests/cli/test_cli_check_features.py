"""The lines of `sensync check` for calendar, busy times, forms and letters, against the local workspace."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from local_workspace import LocalWorkspace
from sync.config import load_settings
from sync.service.check import CheckLine, check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SENCO = "senco@school.example"
ALL = """
[calendar]
enabled = true
busy_times = true
share_with = ["staff@school.example"]
[post]
by = "gmail"
sender = "senco@school.example"
"""


@pytest.fixture
def ws() -> Iterator[LocalWorkspace]:
    with LocalWorkspace(accounts=[(SENCO, "Sally Senco")]) as running:
        yield running


def lines(
    ws: LocalWorkspace, folder: Path, monkeypatch: pytest.MonkeyPatch, more: str, *scopes: str
) -> list[CheckLine]:
    """The lines after those of the workbook, with a token of these scopes (all without any)."""
    granted = frozenset(f"https://www.googleapis.com/auth/{each}" for each in ("drive.file", *scopes))
    token = ws.tokens.issue(SENCO, 3600, granted) if scopes else ws.token_for(SENCO)
    monkeypatch.setenv("SENSYNC_GOOGLE_TOKEN", token)
    (folder / "mis").mkdir(exist_ok=True)
    (folder / "mis" / "ctf.xml").write_text("<CTfile/>")
    file = folder / "sensync.toml"
    file.write_text(
        '[school]\nname = "H"\nla = "999"\nestab = "4001"\n[mis]\npaths = ["mis"]\n'
        f'[google]\ncredentials = "token"\nbase_url = "{ws.base_url}"\n{more}'
    )
    names = ("Calendar", "Calendar sharing", "Busy times", "Forms", "Letters")
    return [line for line in check(load_settings(file)) if line.name in names]


def test_what_is_switched_off_has_no_line(ws: LocalWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines(ws, tmp_path, monkeypatch, "") == []


def test_each_feature_has_a_line_and_nothing_is_made_or_sent(
    ws: LocalWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lines(ws, tmp_path, monkeypatch, ALL) == [
        CheckLine("Calendar", True, "a calendar can be made and found again"),
        CheckLine("Calendar sharing", True, "the calendar can be shared"),
        CheckLine("Busy times", True, "can be asked for"),
        CheckLine("Letters", True, "can be sent through Gmail"),
    ]
    posted = {(each.method, each.path.split("?")[0], each.status) for each in ws.requests if each.method != "GET"}
    assert posted == {("POST", "/calendar/v3/freeBusy", 200), ("POST", "/gmail/v1/users/me/messages/send", 400)}


def test_forms_have_a_line_with_the_permission_that_the_workbook_needs(
    ws: LocalWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = '[concerns]\nenabled = true\ndsl_name = "A"\ndsl_phone = "1"\nresponders = ["school.example"]\n'
    expected = CheckLine("Forms", True, "forms can be made and read")
    assert lines(ws, tmp_path, monkeypatch, on, "calendar.acls") == [expected]


def test_a_scope_that_is_missing_fails_its_own_line_and_is_named(
    ws: LocalWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = lines(ws, tmp_path, monkeypatch, ALL, "calendar.app.created", "calendar.freebusy")
    assert [(line.name, line.passed) for line in found] == [
        ("Calendar", False),
        ("Calendar sharing", False),
        ("Busy times", True),
        ("Letters", False),
    ]
    for line, scope in (
        (found[0], "calendar.calendarlist.readonly"),
        (found[1], "calendar.acls"),
        (found[3], "gmail.send"),
    ):
        assert f"https://www.googleapis.com/auth/{scope}" in line.repair
        assert "tick every box" in line.repair


def test_a_mail_server_that_is_not_there_and_a_password_that_is_missing_are_lines_with_a_repair(
    ws: LocalWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    smtp = f'[post]\nby = "smtp"\nsender = "{SENCO}"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    (line,) = lines(ws, tmp_path, monkeypatch, smtp)
    assert (line.name, line.passed, line.found) == ("Letters", False, "The mail server cannot be reached.")
    assert "[post] host" in line.repair
    (line,) = lines(ws, tmp_path, monkeypatch, f'{smtp}user = "u"\n')
    assert (line.found, line.passed) == ("There is no password for the mail server.", False)


def test_when_google_lets_nobody_in_only_that_is_said(
    ws: LocalWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "t"
    token.write_text("wrong")
    lines(ws, tmp_path, monkeypatch, ALL)
    monkeypatch.setenv("SENSYNC_GOOGLE_TOKEN", "wrong")
    found = [line.name for line in check(load_settings(tmp_path / "sensync.toml")) if not line.passed]
    assert found == ["Credential"]
