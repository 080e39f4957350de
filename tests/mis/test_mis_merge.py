from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING

import pytest
from mis_builders import (
    TODAY,
    ctf,
    ctf_pupil,
    only,
    read_rows,
    said,
    temporary_upn,
    upn,
    write_csv,
    write_text,
)

from sync.domain.records import Contact, Need, Pupil, Severity, StatusSpell
from sync.mis import ReadOptions, read

if TYPE_CHECKING:
    from pathlib import Path

    from sync.domain.records import MisData

SEN = (
    "<LookedAfter><InCare>true</InCare></LookedAfter><SENhistory><SEN><StartDate>2022-09-05</StartDate>"
    "<SENprovision>K</SENprovision></SEN><SENneeds><SENneed><SENtype>ASD</SENtype></SENneed></SENneeds></SENhistory>"
    "<Contacts><Contact><Order>1</Order><Surname>Hen</Surname></Contact></Contacts>"
)


def _read(tmp_path: Path, roll: str, rows: list[list[str]], options: ReadOptions | None = None) -> MisData:
    write_csv(tmp_path / "report.csv", rows)
    write_text(tmp_path / "roll.xml", ctf(roll))
    return read([tmp_path], options or ReadOptions(), today=TODAY)


def test_a_ctf_and_a_report_make_one_pupil(tmp_path: Path) -> None:
    headings = [
        "UPN",
        "Adno",
        "Surname",
        "Reg",
        "PP",
        "EAL",
        "Attendance",
        "In Care",
        "SEN Status",
        "SEN Need",
        "Contact Name",
    ]
    data = _read(
        tmp_path,
        ctf_pupil(1, SEN),
        [headings, [upn(1), "0042", "Hen", "7A", "Y", "N", "96", "N", "K", "HI", "Jo Doe"]],
    )
    assert only(data) == Pupil(
        upn=upn(1),
        mis_id="0042",
        legal_surname="HEN",
        legal_forename="ZOE",
        dob=date(2014, 11, 20),
        sex="F",
        registration_group="7A",
        status_history=(StatusSpell("K", date(2022, 9, 5)),),
        needs=(Need("ASD"),),
        pp=True,
        eal=False,
        looked_after=True,
        attendance=96.0,
        contacts=(Contact(1, surname="Hen"),),
    )
    assert data.problems == ()


def test_unknown_never_overrides_known(tmp_path: Path) -> None:
    headings = ["UPN", "Surname", "SEN Status", "SEN Need", "PP"]
    data = _read(tmp_path, ctf_pupil(1), [headings, [upn(1), "Hen", "K", "HI", ""]])
    assert (only(data).status_history, only(data).needs, only(data).pp) == (
        (StatusSpell("K"),),
        (Need("HI"),),
        None,
    )


def test_no_needs_in_one_source_do_not_hide_a_need_in_another(tmp_path: Path) -> None:
    bare = "<SENhistory><SEN><StartDate>2022-09-05</StartDate><SENprovision>K</SENprovision></SEN></SENhistory>"
    data = _read(tmp_path, ctf_pupil(1, bare), [["UPN", "Surname", "SEN Need"], [upn(1), "Hen", "HI"]])
    assert only(data).needs == (Need("HI"),)


def test_a_school_can_turn_the_precedence_round(tmp_path: Path) -> None:
    options = ReadOptions(precedence={"needs": ["pupils", "ctf"]})
    rows = [["UPN", "Surname", "SEN Need"], [upn(1), "Hen", "HI"]]
    assert only(_read(tmp_path, ctf_pupil(1, SEN), rows, options)).needs == (Need("HI"),)


def test_sources_that_disagree_on_status_or_birth_are_reported(tmp_path: Path) -> None:
    headings = ["UPN", "Surname", "Forename", "DOB", "SEN Status"]
    data = _read(tmp_path, ctf_pupil(1, SEN), [headings, [upn(1), "Hen", "Zoe", "21/11/2014", "E"]])
    assert only(data).dob == date(2014, 11, 20)
    assert said(data) == [
        (2, "dob", f"UPN '{upn(1)}': says 21/11/2014, but roll.xml (row 1) says 20/11/2014, which is used"),
        (2, "status", f"UPN '{upn(1)}': says 'E', but roll.xml (row 1) says 'K', which is used"),
    ]


def test_a_temporary_upn_becomes_permanent_through_the_former_one(tmp_path: Path) -> None:
    roll = ctf_pupil(1, f"<BasicDetails><FormerUPN>{temporary_upn(1)}</FormerUPN></BasicDetails>")
    data = _read(tmp_path, roll, [["UPN", "Surname", "Reg"], [temporary_upn(1), "Hen", "7A"]])
    assert (only(data).upn, only(data).former_upns, only(data).registration_group) == (
        upn(1),
        (temporary_upn(1),),
        "7A",
    )


def test_a_temporary_upn_becomes_permanent_through_the_mis_id(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [["UPN", "Adno", "Surname", "Reg"], [temporary_upn(1), "42", "Hen", "7A"]])
    write_csv(tmp_path / "b.csv", [["UPN", "Adno", "Surname", "PP"], [upn(1), "42", "Hen", "Y"]])
    pupil = only(read([tmp_path], ReadOptions(), today=TODAY))
    assert (pupil.upn, pupil.former_upns, pupil.mis_id) == (upn(1), (temporary_upn(1),), "42")


def test_a_list_by_mis_id_adds_to_the_pupils_that_another_file_names(tmp_path: Path) -> None:
    write_csv(
        tmp_path / "a_needs.csv",
        [["Adno", "SENtype", "SENtypeRank"], ["42", "HI", "1"], ["42", "VI", "2"], ["77", "MLD", "1"]],
    )
    write_csv(tmp_path / "roll.csv", [["UPN", "Adno", "Surname"], [upn(1), "42", "Hen"]])
    data = read([tmp_path], ReadOptions(), today=TODAY)
    assert only(data).needs == (Need("HI", 1), Need("VI", 2))
    assert {source.name: source.full_roll for source in data.sources} == {
        "a_needs.csv": False,
        "roll.csv": True,
    }
    assert said(data) == [(4, None, "a_needs.csv: MIS id '77' (row 4) is in no file that names the pupils; left out")]


TWINS = [
    ["UPN", "Adno", "Surname", "Forename", "DOB"],
    [upn(1), "42", "Hen", "Zoe", "20/11/2014"],
    [upn(1), "43", "Hen", "Max", "20/11/2014"],
]


def test_two_pupils_with_one_upn_are_kept_apart_under_their_mis_ids(tmp_path: Path) -> None:
    data = read_rows(tmp_path, TWINS)
    assert [(p.upn, p.mis_id, p.legal_forename) for p in data.pupils] == [
        (None, "42", "Zoe"),
        (None, "43", "Max"),
    ]
    assert [p.disputed for p in data.problems if p.disputed] == [upn(1), upn(1)]
    assert [(p.row, p.severity) for p in data.problems] == [(2, Severity.ERROR), (3, Severity.ERROR)]
    assert data.problems[0].reason == (
        f"UPN '{upn(1)}': the UPN is also that of the pupil in row 3, who is plainly another; "
        "this one is kept under MIS id '42', without the UPN; correct it in the MIS"
    )


def test_two_pupils_with_one_upn_and_no_mis_id_are_left_out_with_an_error(tmp_path: Path) -> None:
    rows = [
        ["UPN", "Surname", "Forename", "DOB"],
        [upn(1), "Hen", "Zoe", "20/11/2014"],
        [upn(1), "Fox", "Max", "01/02/2012"],
        [upn(2), "Doe", "Jo", ""],
    ]
    data = read_rows(tmp_path, rows)
    assert [p.upn for p in data.pupils] == [upn(2)]
    assert [(p.row, p.severity) for p in data.problems] == [(2, Severity.ERROR), (3, Severity.ERROR)]
    assert "left out" in data.problems[0].reason


def test_between_files_the_ctf_keeps_the_upn(tmp_path: Path) -> None:
    data = _read(
        tmp_path,
        ctf_pupil(1),
        [["UPN", "Adno", "Surname", "Forename", "DOB"], [upn(1), "42", "Fox", "Max", "01/02/2012"]],
    )
    assert [(p.upn, p.mis_id, p.legal_forename) for p in data.pupils] == [
        (upn(1), None, "ZOE"),
        (None, "42", "Max"),
    ]
    assert [(p.source, p.row, p.severity) for p in data.problems] == [("report.csv", 2, Severity.ERROR)]


def test_a_list_that_knows_only_a_contested_upn_goes_to_neither(tmp_path: Path) -> None:
    write_csv(tmp_path / "roll.csv", TWINS)
    write_csv(tmp_path / "z_needs.csv", [["UPN", "SEN Need"], [upn(1), "HI"]])
    data = read([tmp_path], ReadOptions(), today=TODAY)
    assert [p.needs for p in data.pupils] == [None, None]
    assert any(p.source == "z_needs.csv" and "left out" in p.reason for p in data.problems)


def test_the_same_pupil_enrolled_twice_is_one_pupil(tmp_path: Path) -> None:
    rows = [TWINS[0], [upn(1), "42", "Hen", "Zoe", "20/11/2014"], [upn(1), "99", "Hen", "Zoe", "20/11/2014"]]
    assert (only(read_rows(tmp_path, rows)).mis_id) == "42"


def test_a_preferred_forename_is_no_other_person(tmp_path: Path) -> None:
    roll = ctf_pupil(
        1,
        "<BasicDetails><PreferredForename>Zo\u00eb-May</PreferredForename></BasicDetails>",
        forename="ALBERTA",
    )
    data = _read(tmp_path, roll, [["UPN", "Surname", "Forename", "DOB"], [upn(1), "Hen", "zoe may", "20/11/2014"]])
    assert len(data.pupils) == 1


def test_one_mis_id_for_two_people_is_not_believed(tmp_path: Path) -> None:
    rows = [TWINS[0], [upn(1), "42", "Hen", "Zoe", "20/11/2014"], [upn(2), "42", "Fox", "Max", "01/02/2012"]]
    data = read_rows(tmp_path, rows)
    assert [(p.upn, p.mis_id) for p in data.pupils] == [(upn(1), "42"), (upn(2), None)]
    assert {p.severity for p in data.problems} == {Severity.ERROR}


def test_a_former_upn_that_is_another_pupils_present_one_joins_nobody(tmp_path: Path) -> None:
    rows = [
        ["UPN", "Former UPN", "Surname", "Forename", "DOB"],
        [upn(1), "", "Hen", "Zoe", "20/11/2014"],
        [upn(2), upn(1), "Fox", "Max", "01/02/2012"],
    ]
    data = read_rows(tmp_path, rows)
    assert [(p.upn, p.former_upns) for p in data.pupils] == [(upn(1), ()), (upn(2), ())]
    assert [(p.row, p.severity) for p in data.problems] == [(3, Severity.ERROR)]


def test_of_last_weeks_and_todays_export_only_todays_counts(tmp_path: Path) -> None:
    last = write_csv(tmp_path / "2026-01-08.csv", [["UPN", "Surname"], *([upn(n), "Hen"] for n in range(3))])
    os.utime(last, (1_000_000_000, 1_000_000_000))
    write_csv(tmp_path / "2026-01-15.csv", [["UPN", "Surname"], *([upn(n), "Hen"] for n in range(2))])
    data = read([tmp_path], ReadOptions(), today=TODAY)
    assert [p.upn for p in data.pupils] == [upn(0), upn(1)]
    assert [source.name for source in data.sources] == ["2026-01-15.csv"]
    assert [(p.source, p.reason) for p in data.problems] == [
        ("2026-01-08.csv", "is an older export of the same report as 2026-01-15.csv; it is not used")
    ]


def test_a_newer_partial_ctf_does_not_replace_the_full_one(tmp_path: Path) -> None:
    write_text(tmp_path / "full.xml", ctf(ctf_pupil(1) + ctf_pupil(2), when="2026-01-08T09:00:00"))
    write_text(tmp_path / "part.xml", ctf(ctf_pupil(1, SEN), when="2026-01-15T09:00:00", qualifier="partial"))
    data = read([tmp_path], ReadOptions(), today=TODAY)
    assert {p.upn: p.status_history is not None for p in data.pupils} == {upn(1): True, upn(2): False}


def test_one_report_a_year_group_is_all_used(tmp_path: Path) -> None:
    write_csv(tmp_path / "7.csv", [["UPN", "Surname"], [upn(1), "Hen"]])
    write_csv(tmp_path / "8.csv", [["UPN", "Surname"], [upn(2), "Doe"]])
    data = read([tmp_path], ReadOptions(), today=TODAY)
    assert sorted(str(p.upn) for p in data.pupils) == sorted([upn(1), upn(2)])
    assert data.problems == ()


@pytest.mark.parametrize("order", [["report.csv", "roll.xml"], ["roll.xml", "report.csv"]])
def test_the_order_of_the_paths_does_not_matter(tmp_path: Path, order: list[str]) -> None:
    write_csv(tmp_path / "report.csv", [["UPN", "Surname", "SEN Need"], [upn(1), "Hen", "HI"]])
    write_text(tmp_path / "roll.xml", ctf(ctf_pupil(1, SEN)))
    data = read([tmp_path / name for name in order], ReadOptions(), today=TODAY)
    assert only(data).needs == (Need("ASD"),)
