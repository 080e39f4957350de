from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from support.config import HILLCREST

from sync.cli import run
from sync.service.status import attention_of
from sync.store import JournalEntry, Outcome, RowChange, RunRecord, Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "sensync.toml"
    file.write_text(f'{HILLCREST}[store]\nurl = "sqlite:///{tmp_path / "s.sqlite3"}"\n')
    return str(file)


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., None]:
    def add(
        outcome: Outcome,
        *,
        summary: dict[str, object] | None = None,
        rows: tuple[RowChange, ...] = (),
        journal: tuple[JournalEntry, ...] = (),
    ) -> None:
        with Store(f"sqlite:///{tmp_path / 's.sqlite3'}") as store:
            store.migrate()
            book = store.save_workbook("9994001", "sheet-1", "sheet-2")
            with store.lease("Hillcrest High", "test", 60) as lease:
                run_record = RunRecord(AT, AT + timedelta(seconds=2.5), outcome, summary or {}, 2, "m")
                store.commit(book.id, fence=lease.fence, run=run_record, rows=rows, journal=journal)

    return add


def entry(key: str, old: str | None, new: str | None, **values: object) -> JournalEntry:
    given = {"effective_on": date(2026, 5, 4), "kind": "changed", "note": ""} | values
    return JournalEntry(AT, "MIS roll", key, "status", old, new, **given)


def test_before_set_up_status_says_what_to_do(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--config", config, "status"]) == 0
    assert capsys.readouterr().out == (
        "School:    Hillcrest High School\nWorkbook:  not made yet; run `sensync setup`.\n"
    )


@time_machine.travel("2026-06-01T09:00:00Z", tick=False)
def test_status_shows_the_school_its_runs_in_its_own_time_and_what_needs_attention(
    config: str, record: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    record(Outcome.NOTHING)
    record(Outcome.OK, summary={"rows": 3, "attention": ["Row P-7 has no pupil."], "none": 0})
    assert run(["--config", config, "status"]) == 0
    assert capsys.readouterr().out == (
        "School:    Hillcrest High School\n"
        "Workbook:  https://docs.google.com/spreadsheets/d/sheet-1\n"
        "Teachers:  https://docs.google.com/spreadsheets/d/sheet-2\n"
        "\n"
        "Last runs:\n"
        "  01/06/2026 09:00:00  ok          2.5 s    2 requests  rows 3\n"
        "  01/06/2026 09:00:00  nothing     2.5 s    2 requests\n"
        "\n"
        "Needs attention:\n"
        "  - Row P-7 has no pupil.\n"
    )


def test_status_as_json_is_whole(config: str, record: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    record(Outcome.OK, summary={"rows": 3})
    record(Outcome.REFUSED)
    assert run(["--config", config, "status", "--json", "--runs", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["school"], found["workbook"]["spreadsheet_id"]) == ("Hillcrest High School", "sheet-1")
    assert [each["outcome"] for each in found["runs"]] == ["refused"]
    assert found["attention"][0] == "The last run refused to write anything; run `sensync plan` to look again."


def outcomes(*found: Outcome) -> list[RunRecord]:
    return [RunRecord(AT, AT, outcome) for outcome in found]


def test_attention_counts_failures_in_a_row_and_days_behind() -> None:
    runs = outcomes(Outcome.FAILED, Outcome.FAILED, Outcome.NOTHING, Outcome.FAILED)
    assert attention_of(runs, AT + timedelta(days=1)) == ("The last 2 runs failed.",)
    assert attention_of(runs, AT + timedelta(days=5)) == (
        "The last 2 runs failed.",
        "The workbook is 5 days behind: no good run since then.",
    )
    assert attention_of(outcomes(Outcome.FAILED), AT) == ("The last run failed.", "No run has been good yet.")
    assert attention_of(outcomes(Outcome.OK), AT + timedelta(days=3)) == ()
    assert attention_of([], AT) == ("No run has finished yet; run `sensync sync`.",)


NOW, BEFORE = "A001234567890", "B001234567890"


def on_roll(reference: str, upn: str, former: str = "", *, present: bool = True) -> RowChange:
    return RowChange("roll", reference, {"upn": upn, "former_upns": former}, present=present)


@pytest.mark.parametrize("key", ["7K2P9", NOW, NOW.lower(), BEFORE])
def test_history_by_reference_or_upn_shows_changes_newest_first_in_the_schools_time(
    config: str, record: Callable[..., None], capsys: pytest.CaptureFixture[str], key: str
) -> None:
    record(
        Outcome.OK,
        rows=(on_roll("7K2P9", NOW, f"C001234567890, {BEFORE}"), on_roll("OTHER", "D001234567890")),
        journal=(
            entry("7K2P9", None, '"K"'),
            entry("OTHER", None, '"E"'),
            entry("7K2P9", '"K"', "null", effective_on=None, note="left"),
        ),
    )
    assert run(["--config", config, "history", key]) == 0
    assert capsys.readouterr().out == (
        "01/06/2026 09:00:00  MIS roll  changed  status: K -> -  left\n"
        "01/06/2026 09:00:00  MIS roll  changed  status: - -> K (from 04/05/2026)\n"
    )
    assert run(["--config", config, "history", key, "--limit", "1", "--json"]) == 0
    (only,) = json.loads(capsys.readouterr().out)["entries"]
    assert (only["old"], only["new"], only["note"]) == ("K", None, "left")


def test_a_upn_given_to_another_pupil_shows_whoever_has_it_now(
    config: str, record: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    record(
        Outcome.OK,
        rows=(on_roll("FIRST", BEFORE, NOW), on_roll("SECOND", NOW)),
        journal=(entry("SECOND", None, '"K"'), entry("FIRST", None, '"E"')),
    )
    assert run(["--config", config, "history", NOW]) == 0
    assert capsys.readouterr().out == "01/06/2026 09:00:00  MIS roll  changed  status: - -> K (from 04/05/2026)\n"


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("key", ["7K2P9", NOW, BEFORE])
def test_history_of_a_known_pupil_without_changes_says_so(
    config: str, record: Callable[..., None], capsys: pytest.CaptureFixture[str], key: str, present: bool
) -> None:
    record(Outcome.OK, rows=(on_roll("7K2P9", NOW, BEFORE, present=present),))
    assert run(["--config", config, "history", key]) == 0
    assert capsys.readouterr().out == f"Nothing has changed for {key} since the first sync.\n"
    assert run(["--config", config, "history", key, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"key": key, "entries": []}


def test_history_of_an_unknown_key_says_where_to_find_one(
    config: str, record: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--config", config, "history", "X"]) == 2
    assert "There is no workbook yet." in capsys.readouterr().err
    record(Outcome.OK)
    assert run(["--config", config, "history", "X"]) == 2
    assert "Nothing is recorded under 'X'." in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [("sync",), ("plan",), ("restore",), ("setup",), ("status",), ("history", "X"), ("to-change", "list.csv")],
    ids=lambda words: words[0],
)
def test_a_workbook_in_the_configuration_that_is_not_the_stores_is_refused(
    config: str,
    record: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record(Outcome.OK)
    monkeypatch.setenv("SENSYNC_WORKBOOK__SPREADSHEET_ID", "another")
    assert run(["--config", config, *command]) == 7
    told = capsys.readouterr().err
    assert "names the workbook another, but Sensync keeps sheet-1 for this school." in told
    assert "`sensync setup --adopt`" in told
