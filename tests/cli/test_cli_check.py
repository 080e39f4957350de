from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
import responses
from google.oauth2.credentials import Credentials

from sync.cli import run
from sync.config import load_settings
from sync.google.door import Door, Limits
from sync.service.check import CheckLine, check
from sync.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHEETS = "https://sheets.googleapis.com/v4/spreadsheets"
FILES = "https://www.googleapis.com/drive/v3/files"
NO_SUCH = f"{SHEETS}/sensync-check-there-is-no-such-spreadsheet"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SENSYNC_GOOGLE_TOKEN", "token-1")
    (tmp_path / "mis").mkdir()
    (tmp_path / "mis" / "ctf.xml").write_text("<CTfile/>")
    file = tmp_path / "sensync.toml"
    file.write_text(
        """
        [school]
        name = "Hillcrest High"
        la = "999"
        estab = "4001"
        [mis]
        paths = ["mis"]
        [google]
        credentials = "token"
        """
    )
    return str(file)


@pytest.fixture
def workbook(tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path / 'sensync.sqlite3'}") as store:
        store.migrate()
        store.save_workbook("9994001", "s-1", "t-1")


@pytest.fixture
def google() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def in_order(google: responses.RequestsMock, **changed: object) -> None:
    """Arranges a Google in which all is well but for what `changed` says."""
    date = format_datetime(datetime.now(UTC) - changed.pop("skew", timedelta()), usegmt=True)  # type: ignore[operator]
    google.get(FILES, json={"files": []}, headers={"Date": date})
    google.get(NO_SUCH, status=404, json={"error": {"code": 404, "status": "NOT_FOUND"}}, headers={"Date": date})
    file = {"id": "s-1", "trashed": False, "capabilities": {"canEdit": True}} | changed.pop("file", {})  # type: ignore[operator]
    google.get(f"{FILES}/s-1", json=file)
    google.get(f"{FILES}/t-1", json={"id": "t-1", "capabilities": {"canEdit": True}})
    properties = {"locale": "en_GB", "timeZone": "Europe/London"} | changed.pop("properties", {})  # type: ignore[operator]
    google.get(f"{SHEETS}/s-1", json={"properties": properties})
    assert changed == {}


def failed(config: str) -> list[CheckLine]:
    return [line for line in check(load_settings(config)) if not line.passed]


def test_when_all_is_well_every_line_passes_and_the_exit_code_is_0(
    config: str, workbook: None, google: responses.RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    in_order(google)
    assert run(["--config", config, "check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "PASS  Configuration",
        "PASS  Store",
        "PASS  MIS files",
        "PASS  Credential",
        "PASS  Scope",
        "PASS  Clock",
        "PASS  Drive API",
        "PASS  Sheets API",
        "PASS  Workbook",
        "PASS  Locale",
        "PASS  Time zone",
        "PASS  Teachers' workbook",
    ]
    assert {call.request.method for call in google.calls} == {"GET"}


def test_before_set_up_only_the_workbook_is_missing(
    config: str, google: responses.RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    in_order(google)
    assert run(["--config", config, "check", "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert found["passed"] is False
    assert [line for line in found["lines"] if not line["passed"]] == [
        {"name": "Workbook", "passed": False, "found": "is not made yet", "repair": "Run `sensync setup`."}
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"skew": timedelta(minutes=5)},
            CheckLine("Clock", False, "300 s ahead of Google's", "Set the clock and switch on automatic time."),
        ),
        (
            {"file": {"trashed": True}},
            CheckLine("Workbook", False, "is in the bin", "Restore it from the bin in Google Drive."),
        ),
        (
            {"file": {"capabilities": {"canEdit": False}}},
            CheckLine(
                "Workbook",
                False,
                "the account of this credential may only read it",
                "Share it with the account of this credential as an editor.",
            ),
        ),
        (
            {"properties": {"locale": "en_US"}},
            CheckLine(
                "Locale",
                False,
                "the workbook has en_US, the configuration en_GB",
                "In the workbook: File, Settings. (Dates typed as 03/04 depend on it.)",
            ),
        ),
        (
            {"properties": {"timeZone": "Etc/GMT"}},
            CheckLine(
                "Time zone",
                False,
                "the workbook has Etc/GMT, the configuration Europe/London",
                "In the workbook: File, Settings. (Dates typed as 03/04 depend on it.)",
            ),
        ),
    ],
)
def test_each_fault_is_one_line_with_its_repair(
    config: str,
    workbook: None,
    google: responses.RequestsMock,
    changed: dict[str, object],
    expected: CheckLine,
) -> None:
    in_order(google, **changed)
    found = failed(config)
    if expected.name == "Clock":
        found = [CheckLine(each.name, each.passed, each.found.replace("301", "300"), each.repair) for each in found]
    assert found == [expected]


def test_a_file_that_cannot_be_seen_is_told_from_one_that_is_locked(
    config: str, workbook: None, google: responses.RequestsMock
) -> None:
    google.get(FILES, json={"files": []})
    google.get(NO_SUCH, status=404, json={})
    google.get(f"{FILES}/s-1", status=404, json={"error": {"errors": [{"reason": "notFound"}], "code": 404}})
    google.get(f"{FILES}/t-1", status=403, json={"error": {"code": 403, "status": "PERMISSION_DENIED"}})
    google.get(f"{SHEETS}/s-1", status=404, json={})
    lines = {line.name: line for line in failed(config)}
    assert set(lines) == {"Workbook", "Locale and time zone", "Teachers' workbook"}
    assert "does not know the file" in lines["Workbook"].found
    assert "does not let" in lines["Teachers' workbook"].found


@pytest.mark.parametrize(
    ("status", "reason", "name"),
    [
        (401, "authError", "Credential"),
        (403, "accessNotConfigured", "Drive API"),
        (403, "insufficientPermissions", "Scope"),
        (403, "domainPolicy", "Credential"),
    ],
)
def test_the_first_failure_is_put_on_its_own_line_and_ends_the_looking(
    config: str, google: responses.RequestsMock, status: int, reason: str, name: str
) -> None:
    google.get(FILES, status=status, json={"error": {"errors": [{"reason": reason}], "code": status}})
    (line,) = failed(config)
    assert line.name == name
    assert line.repair != ""


def test_a_sheets_api_that_is_off_is_found_before_there_is_a_workbook(
    config: str, google: responses.RequestsMock
) -> None:
    google.get(FILES, json={"files": []})
    google.get(NO_SUCH, status=403, json={"error": {"errors": [{"reason": "accessNotConfigured"}], "code": 403}})
    assert [line.name for line in failed(config)] == ["Sheets API", "Workbook"]


def test_no_connection_is_one_line(config: str, google: responses.RequestsMock) -> None:
    google.get(FILES, status=503)
    clock = iter(range(0, 10_000, 50))

    def impatient(_settings: object) -> Door:
        limits = Limits(reads_per_minute=None)
        return Door(Credentials("t"), limits=limits, clock=lambda: float(next(clock)), sleep=lambda _seconds: None)

    (line,) = [line for line in check(load_settings(config), impatient) if not line.passed]
    assert (line.name, line.found) == ("Connection", "Google Drive answered 503.")


def test_mis_files_that_are_missing_empty_or_absent_are_named(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, google: responses.RequestsMock
) -> None:
    in_order(google)
    (tmp_path / "empty").mkdir()
    (tmp_path / "nil.csv").touch()
    paths = [tmp_path / "no", tmp_path / "empty", tmp_path / "nil.csv", tmp_path / "mis"]
    monkeypatch.setenv("SENSYNC_MIS__PATHS", json.dumps([str(path) for path in paths]))
    lines = [line for line in check(load_settings(config)) if line.name == "MIS files"]
    assert [(line.passed, line.found) for line in lines] == [
        (False, f"{tmp_path / 'no'}: No such file or directory"),
        (False, f"{tmp_path / 'empty'} holds no file"),
        (False, f"{tmp_path / 'nil.csv'} is empty"),
        (True, f"{tmp_path / 'mis'}: 1 file"),
    ]


def test_a_store_that_cannot_be_opened_does_not_hide_the_rest(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, google: responses.RequestsMock
) -> None:
    in_order(google)
    (tmp_path / "garbage").write_text("no database\n" * 500)
    monkeypatch.setenv("SENSYNC_STORE__URL", f"sqlite:///{tmp_path / 'garbage'}")
    assert [line.name for line in failed(config)] == ["Store", "Workbook"]


def test_a_workbook_in_the_configuration_that_is_not_the_stores_is_a_line_with_its_repair(
    config: str, workbook: None, google: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_order(google)
    google.get(f"{FILES}/s-2", json={"id": "s-2", "capabilities": {"canEdit": True}})
    google.get(f"{SHEETS}/s-2", json={"properties": {"locale": "en_GB", "timeZone": "Europe/London"}})
    monkeypatch.setenv("SENSYNC_WORKBOOK__SPREADSHEET_ID", "s-2")
    (line,) = failed(config)
    assert (line.name, line.found) == (
        "Workbook's id",
        "sensync.toml names the workbook s-2, but Sensync keeps s-1 for this school.",
    )
    assert "`sensync setup --adopt`" in line.repair
