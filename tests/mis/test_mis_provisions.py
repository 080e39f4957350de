from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mis_builders import TODAY, ctf, ctf_pupil, said, temporary_upn, upn, write_csv, write_text

from sync.domain.records import Provision
from sync.mis import ReadOptions, read

if TYPE_CHECKING:
    from pathlib import Path

    from sync.domain.records import MisData

HEADINGS = [
    "UPN",
    "Adno",
    "Provision",
    "Wave",
    "Area of Need",
    "Staff",
    "Minutes",
    "Times a week",
    "Group size",
    "Start",
    "End",
    "Entry measure",
    "Target",
    "Exit measure",
    "Stage",
    "Review date",
    "Cost",
]


def _read(tmp_path: Path, rows: list[list[str]], roll: str, options: ReadOptions | None = None) -> MisData:
    paths = [write_csv(tmp_path / "provisions.csv", rows), write_text(tmp_path / "roll.xml", ctf(roll))]
    return read(paths, options or ReadOptions(), today=TODAY)


def test_a_provision_report_gives_everything_it_knows(tmp_path: Path) -> None:
    row = [
        upn(1),
        "42",
        "Lego therapy",
        "Wave 2",
        "SEMH",
        "Mrs Fox",
        "30 mins",
        "2",
        "1:4",
        "05/01/2026",
        "27/03/2026",
        "12",
        "20",
        "18",
        "do",
        "01/04/2026",
        "£120.50",
    ]
    data = _read(tmp_path, [HEADINGS, row], ctf_pupil(1))
    assert data.provisions == (
        Provision(
            name="Lego therapy",
            upn=upn(1),
            pupil_mis_id="42",
            wave="targeted",
            area="SEMH",
            delivered_by="Mrs Fox",
            minutes=30.0,
            times_a_week=2.0,
            group_size=4.0,
            start=date(2026, 1, 5),
            end=date(2026, 3, 27),
            entry_measure="12",
            target="20",
            exit_measure="18",
            stage="do",
            review=date(2026, 4, 1),
            cost=120.5,
        ),
    )
    assert data.problems == ()
    assert {source.name: (source.kind, source.full_roll) for source in data.sources} == {
        "provisions.csv": ("provisions", False),
        "roll.xml": ("ctf", True),
    }


def test_a_short_report_is_a_provision_report_by_its_word(tmp_path: Path) -> None:
    data = _read(
        tmp_path,
        [["UPN", "Intervention", "Start", "End"], [upn(1), "Reading", "05/01/2026", ""]],
        ctf_pupil(1),
    )
    assert data.provisions == (Provision("Reading", upn(1), start=date(2026, 1, 5)),)


def test_bad_rows_of_provisions_are_listed(tmp_path: Path) -> None:
    rows = [
        ["", "Reading", "05/01/2026", "", "30"],
        [upn(1), "", "05/01/2026", "", "30"],
        [upn(1), "Reading", "05/01/2026", "01/01/2026", "half"],
        [upn(9), "Reading", "", "", ""],
    ]
    data = _read(tmp_path, [["UPN", "Provision", "Start", "End", "Minutes"], *rows], ctf_pupil(1))
    assert [(p.upn, p.minutes) for p in data.provisions or ()] == [(upn(1), None), (upn(9), None)]
    assert said(data) == [
        (2, "upn", "has neither a UPN nor an MIS id of the pupil; the row is left out"),
        (3, "name", f"UPN '{upn(1)}': names no provision; the row is left out"),
        (4, "end", f"UPN '{upn(1)}': ends on 01/01/2026, before it starts on 05/01/2026"),
        (4, "minutes", "the text is not a number of minutes; the value is left out"),
        (5, "upn", f"UPN '{upn(9)}' is in no file that names the pupils; the provision is kept"),
    ]


def test_a_provision_under_a_former_upn_follows_the_pupil(tmp_path: Path) -> None:
    roll = ctf_pupil(1, f"<BasicDetails><FormerUPN>{temporary_upn(1)}</FormerUPN></BasicDetails>")
    data = _read(tmp_path, [["UPN", "Provision", "Wave"], [temporary_upn(1), "Reading", "1"]], roll)
    assert data.provisions == (Provision("Reading", upn(1), wave="universal"),)


def test_no_provision_report_means_unknown(tmp_path: Path) -> None:
    assert read([write_text(tmp_path / "roll.xml", ctf(ctf_pupil(1)))], ReadOptions(), today=TODAY).provisions is None


def test_a_schools_own_provision_headings(tmp_path: Path) -> None:
    options = ReadOptions(provision_aliases={"name": ["Massnahme"], "minutes": ["Dauer"]})
    data = _read(tmp_path, [["UPN", "Massnahme", "Dauer"], [upn(1), "Lesen", "20"]], ctf_pupil(1), options)
    assert data.provisions == (Provision("Lesen", upn(1), minutes=20.0),)
