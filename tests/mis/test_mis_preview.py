from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from mis_builders import TODAY, ctf, ctf_pupil, upn, write_csv, write_text

from sync.cli import run as sensync
from sync.mis import ReadOptions, preview
from sync.mis.headings import HeadingMatch

if TYPE_CHECKING:
    from pathlib import Path

HEADINGS = ["UPN", "Surname", "Forname", "Surname", "Year", "SEN Status", "SEN Need 2", ""]


def _report(tmp_path: Path) -> Path:
    return write_csv(
        tmp_path / "report.csv",
        [
            HEADINGS,
            [upn(1), "Rooster", "Albert", "x", "7", "K", "ASD", ""],
            [upn(2), "Hen", "Zoe", "x", "7", "Amber", "", ""],
            [upn(3), "Fox", "Max", "x", "8", "", "", ""],
        ],
        encoding="cp1252",
        delimiter=";",
    )


def test_a_preview_says_what_each_heading_was_taken_for(tmp_path: Path) -> None:
    seen = preview(_report(tmp_path), ReadOptions(), today=TODAY)
    assert seen.headings == (
        HeadingMatch("UPN", 0, "upn"),
        HeadingMatch("Surname", 1, "legal_surname"),
        HeadingMatch("Forname", 2, nearest=("Forename", "First Name")),
        HeadingMatch("Surname", 3, "preferred_surname"),
        HeadingMatch("Year", 4, "year_group"),
        HeadingMatch("SEN Status", 5, "status"),
        HeadingMatch("SEN Need 2", 6, "need", 2),
        HeadingMatch("", 7, note="the heading is empty"),
    )


def test_a_preview_counts_and_shows_the_first_rows(tmp_path: Path) -> None:
    seen = preview(_report(tmp_path), ReadOptions(), today=TODAY, rows=1)
    assert (seen.label, seen.encoding, seen.refused) == ("report (CSV)", "UTF-8", ())
    assert (seen.statuses, seen.needs, seen.years) == (
        {"Amber": 1, "K": 1, "unknown": 1},
        {"ASD": 1, "unknown": 1},
        {"7": 2, "8": 1},
    )
    assert [dict(row)["Surname"] for row in seen.rows] == ["x"]
    assert [(problem.row, problem.field) for problem in seen.problems] == [(3, "status")]


def test_a_refused_file_still_shows_its_headings(tmp_path: Path) -> None:
    seen = preview(write_csv(tmp_path / "a.csv", [["U P Number", "Colour"], ["1", "red"]]), ReadOptions(), today=TODAY)
    assert seen.source is None
    assert seen.refused[0].startswith("a.csv: none of the headings is known")
    assert [match.heading for match in seen.headings] == ["U P Number", "Colour"]


def test_a_masked_preview_of_a_file_without_headings_shows_no_pupil(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [[upn(1), "Rooster", "7A"], [upn(2), "Hen", "7B"]])
    assert "Rooster" not in str(preview(path, ReadOptions(), today=TODAY, mask=True))


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Runs `sensync mis preview` in a folder without a configuration."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object, before: tuple[str, ...] = ()) -> tuple[int, str, str]:
        code = sensync([*before, "mis", "preview", *(str(argument) for argument in arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


Run = Callable[..., tuple[int, str, str]]


def test_the_command_shows_a_report(run: Run, tmp_path: Path) -> None:
    code, out, err = run(_report(tmp_path))
    assert (code, err) == (0, "")
    for words in (
        "report (CSV): 3 pupils, the whole roll",
        "not understood",
        "near: Forename, First Name",
        "Status: Amber 1, K 1, unknown 1",
        "Problems (1)",
    ):
        assert words in out


def test_the_command_shows_a_provision_report(run: Run, tmp_path: Path) -> None:
    code, out, _ = run(write_csv(tmp_path / "p.csv", [["UPN", "Provision", "Wave"], [upn(1), "Lego [K]", "2"]]))
    assert code == 0
    assert "1 provisions" in out
    assert "Lego [K]" in out
    assert "targeted" in out


def test_the_command_masks_names(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("--mask", write_text(tmp_path / "a.xml", ctf(ctf_pupil(1, surname="Rooster"))))
    assert code == 0
    assert upn(1) in out
    assert "Rooster" not in out


def test_the_command_prints_json(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("--json", write_text(tmp_path / "a.xml", ctf(ctf_pupil(1))))
    (seen,) = json.loads(out)
    assert (code, seen["label"], seen["source"]["as_of"], seen["rows"][0]["UPN"]) == (
        0,
        "CTF (Common Transfer File)",
        "2026-01-15T09:00:00+00:00",
        upn(1),
    )


def test_the_command_ends_with_seven_when_a_file_is_refused(run: Run, tmp_path: Path) -> None:
    good = write_text(tmp_path / "a.xml", ctf(ctf_pupil(1)))
    empty = write_text(tmp_path / "b.csv", "")
    code, out, _ = run(good, empty)
    assert code == 7
    assert "CTF (Common Transfer File): 1 pupils" in out
    assert "Refused: b.csv: is empty." in out


def test_the_command_ends_with_seven_when_a_file_is_missing(run: Run, tmp_path: Path) -> None:
    code, out, err = run(tmp_path / "none.csv")
    assert (code, out) == (7, "")
    assert "none.csv: there is no such file" in err


def test_the_command_takes_the_schools_headings_from_its_settings(run: Run, tmp_path: Path) -> None:
    settings = write_text(
        tmp_path / "sensync.toml", '[school]\nla = "999"\nestab = "1001"\n[mis.aliases]\nlegal_forename = ["Forname"]\n'
    )
    code, out, _ = run("--aliases", settings, "--json", _report(tmp_path))
    assert code == 0
    assert json.loads(out)[0]["headings"][2]["field"] == "legal_forename"


def test_the_command_names_what_is_wrong_with_the_settings(run: Run, tmp_path: Path) -> None:
    settings = write_text(tmp_path / "sensync.toml", '[mis.aliases]\nshoe_size = ["Shoe"]\n')
    code, _, err = run("--aliases", settings, _report(tmp_path))
    assert code == 2
    assert "mis.aliases names a field 'shoe_size' that does not exist" in err
    broken = write_text(tmp_path / "broken.toml", "[mis")
    assert "broken.toml: is not TOML" in run("--aliases", broken, _report(tmp_path))[2]
    assert "none.toml: cannot be opened" in run("--aliases", tmp_path / "none.toml", _report(tmp_path))[2]


def test_another_schools_file_is_refused_by_the_school_of_the_settings(run: Run, tmp_path: Path) -> None:
    settings = write_text(tmp_path / "sensync.toml", '[school]\nla = "998"\nestab = "7777"\n')
    code, out, _ = run("--aliases", settings, "--json", write_text(tmp_path / "a.xml", ctf(ctf_pupil(1))))
    assert code == 7
    assert "998/7777" in json.loads(out)[0]["refused"][0]


def test_the_configuration_is_used_where_there_is_one(run: Run, tmp_path: Path) -> None:
    config = write_text(
        tmp_path / "sensync.toml",
        """
        [school]
        name = "Hillcrest High"
        la = "999"
        estab = "1001"
        [mis]
        paths = ["mis"]
        aliases = { legal_forename = ["Forname"] }
        [google]
        credentials = "token"
        token_file = "token"
        """,
    )
    code, out, _ = run("--json", _report(tmp_path), before=("--config", str(config)))
    assert (code, json.loads(out)[0]["headings"][2]["field"]) == (0, "legal_forename")


def test_a_folder_stands_for_the_files_in_it(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    write_text(folder / "a.xml", ctf(ctf_pupil(1)))
    write_text(folder / "b.xml.part", "<CTfile>")
    _report(folder)
    code, out, err = run(folder)
    assert (code, err) == (0, "")
    assert "CTF (Common Transfer File): 1 pupils" in out
    assert "report (CSV): 3 pupils" in out
    assert "Passed over: b.xml.part: is still being written or was never finished; it is not read." in out


def test_an_empty_folder_says_what_to_put_there(run: Run, tmp_path: Path) -> None:
    code, out, err = run(tmp_path / "elsewhere")
    assert (code, out) == (7, "")
    assert "elsewhere: there is no CSV, XLSX or XML file in the folder" in err
