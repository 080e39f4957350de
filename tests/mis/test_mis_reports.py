from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest
from mis_builders import (
    TODAY,
    only,
    read_rows,
    said,
    upn,
    write_csv,
    write_sims_xml,
    write_xlsx,
)

from sync.domain.records import Contact, Need, Pupil, Severity, StatusSpell
from sync.mis import ReadOptions, read

if TYPE_CHECKING:
    from pathlib import Path

SUGGESTED = [
    "UPN",
    "Adno",
    "Legal Surname",
    "Legal Forename",
    "Preferred Surname",
    "Preferred Forename",
    "DOB",
    "Year",
    "Reg",
    "SEN Status",
    "SEN Status Start Date",
    "SEN Need",
    "SEN Need Rank",
    "Next Review Date",
    "FSM",
    "PP",
    "EAL",
    "In Care",
    "Contact Name",
    "Relationship",
    "Priority",
    "Contact Email",
    "Parental Responsibility",
]
FIRST = (
    f"{upn(1)},001234,NA,Null,Null,True,20/11/2014,Year 7,7B,K - SEN Support,05/09/2022"
    ",ASD,1,2026-02-03,Y,N,F,0,Ms Ann Hen,Mother,1,ann@example.org,Yes"
).split(",")
PUPIL = Pupil(
    upn=upn(1),
    mis_id="001234",
    legal_surname="NA",
    legal_forename="Null",
    preferred_surname="Null",
    preferred_forename="True",
    dob=date(2014, 11, 20),
    year_group="7",
    registration_group="7B",
    status_history=(StatusSpell("K", date(2022, 9, 5)),),
    needs=(Need("ASD", 1),),
    fsm=True,
    pp=False,
    eal=False,
    looked_after=False,
    next_review=date(2026, 2, 3),
    contacts=(Contact(1, "Ms", "Ann", "Hen", "Mother", "ann@example.org", parental_responsibility=True),),
)


def test_the_suggested_report_as_csv(tmp_path: Path) -> None:
    data = read_rows(tmp_path, [SUGGESTED, FIRST])
    assert (data.pupils, data.problems) == ((PUPIL,), ())


def test_the_same_report_as_xlsx_gives_the_same_pupil(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "report.xlsx", [SUGGESTED, FIRST])
    data = read([path], ReadOptions(), today=TODAY)
    assert (data.pupils, data.problems) == ((PUPIL,), ())


def test_the_same_report_as_sims_xml_gives_the_same_pupil(tmp_path: Path) -> None:
    path = write_sims_xml(tmp_path / "report.xml", [dict(zip(SUGGESTED, FIRST, strict=True))])
    data = read([path], ReadOptions(), today=TODAY)
    assert (data.pupils, data.problems) == ((PUPIL,), ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_with_every_separator(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [["UPN", "Surname", "Forename", "Reg"], [upn(1), "Ó Súilleabháin", "Zoë", "7, red"]]
    path = write_csv(tmp_path / "r.csv", rows, encoding=encoding, delimiter=delimiter)
    pupil = only(read([path], ReadOptions(), today=TODAY))
    assert (pupil.legal_surname, pupil.legal_forename, pupil.registration_group) == (
        "Ó Súilleabháin",
        "Zoë",
        "7, red",
    )


def test_one_row_a_need_and_contact_is_one_pupil(tmp_path: Path) -> None:
    def row(need: str, rank: str, contact: str, order: str) -> list[str]:
        changed = dict(zip(SUGGESTED, FIRST, strict=True))
        changed |= {"SEN Need": need, "SEN Need Rank": rank, "Contact Name": contact, "Priority": order}
        return list(changed.values())

    rows = [
        row(n, r, c, o) for n, r in (("ASD", "1"), ("SLCN", "2")) for c, o in (("Ms Ann Hen", "1"), ("Hen, Bo", "2"))
    ]
    data = read_rows(tmp_path, [SUGGESTED, *rows])
    assert only(data).needs == (Need("ASD", 1), Need("SLCN", 2))
    assert [(c.order, c.forename, c.surname) for c in only(data).contacts or ()] == [
        (1, "Ann", "Hen"),
        (2, "Bo", "Hen"),
    ]
    assert data.problems == ()


def test_numbered_needs_and_contacts_in_one_row(tmp_path: Path) -> None:
    headings = [
        "UPN",
        "Surname",
        "Primary Need",
        "Secondary Need",
        "SEN Need 3",
        "Contact 1 Name",
        "contact2Email",
        "Contact 2 Surname",
    ]
    data = read_rows(
        tmp_path,
        [
            headings,
            [
                upn(1),
                "Hen",
                "SLCN - Speech, Language and Communication Needs",
                "HI",
                "VI",
                "Ann Hen",
                "b@example.org",
                "Doe",
            ],
        ],
    )
    assert only(data).needs == (
        Need("SLCN", 1, label="SLCN - Speech, Language and Communication Needs"),
        Need("HI", 2),
        Need("VI", 3),
    )
    assert only(data).contacts == (
        Contact(1, forename="Ann", surname="Hen"),
        Contact(2, surname="Doe", email="b@example.org"),
    )


def test_a_list_of_needs_in_one_cell(tmp_path: Path) -> None:
    data = read_rows(
        tmp_path,
        [["UPN", "Surname", "SEN Needs"], [upn(1), "Hen", "ASD; SLCN"], [upn(2), "Doe", "ASD & others"]],
    )
    assert [p.needs for p in data.pupils] == [(Need("ASD"), Need("SLCN")), (Need("ASD & others"),)]
    assert said(data) == [(3, "need", "'ASD & others' is not a type of need that the DfE lists (CS071); kept as it is")]


def test_a_blank_status_is_unknown_and_a_status_without_need_has_none(tmp_path: Path) -> None:
    data = read_rows(
        tmp_path,
        [["UPN", "Surname", "SEN Status", "SEN Need"], [upn(1), "Hen", "", ""], [upn(2), "Doe", "N", ""]],
    )
    assert [(p.status_history, p.needs) for p in data.pupils] == [(None, None), ((StatusSpell("N"),), ())]


def test_a_history_of_statuses_over_several_rows(tmp_path: Path) -> None:
    rows = [
        [upn(1), "Hen", "N", "06/01/2020"],
        [upn(1), "Hen", "K", "05/09/2022"],
        [upn(1), "Hen", "E", "05/09/2022"],
    ]
    data = read_rows(tmp_path, [["UPN", "Surname", "SEN Status", "SEN Status Start Date"], *rows])
    assert only(data).status_history == (
        StatusSpell("N", date(2020, 1, 6)),
        StatusSpell("K", date(2022, 9, 5)),
    )
    assert said(data) == [(4, "status", f"UPN '{upn(1)}': 'E' from the same day as 'K' in row 3; row 3 is used")]


def test_unknown_codes_are_kept_and_listed_once_with_their_number(tmp_path: Path) -> None:
    rows = [[upn(n), "Hen", "Amber", "XYZ"] for n in range(3)] + [[upn(3), "Hen", "S", "ASD"]]
    data = read_rows(tmp_path, [["UPN", "Surname", "SEN Status", "SEN Need"], *rows])
    assert [p.status_history[0].code for p in data.pupils if p.status_history] == ["Amber"] * 3 + ["S"]
    assert said(data) == [
        (2, "status", "'Amber' is not a status that the DfE lists (CS096); kept as it is (3 times)"),
        (2, "need", "'XYZ' is not a type of need that the DfE lists (CS071); kept as it is (3 times)"),
        (5, "status", "'S' is a status that is no longer valid (Statement); kept as it is"),
    ]


def test_bad_rows_do_not_stop_the_good_ones(tmp_path: Path) -> None:
    headings = ["UPN", "Surname", "Forename", "DOB", "FSM", "Attendance"]
    rows = [
        [upn(1), "Hen", "Zoe", "31/02/2014", "perhaps", "101"],
        ["", "Doe", "Jo", "01/02/2014", "Y", "90"],
        [upn(2), "Fox", "Al", "01/02/2014", "FSM", "90.5%"],
        ["A801200001001", "Cat", "Mo", "2014-02-01 00:00:00", "0", ""],
    ]
    data = read_rows(tmp_path, [headings, *rows])
    assert [(p.upn, p.dob, p.fsm, p.attendance) for p in data.pupils] == [
        (upn(1), None, None, None),
        (upn(2), date(2014, 2, 1), True, 90.5),
        ("A801200001001", date(2014, 2, 1), False, None),
    ]
    assert [(p.row, p.field, p.severity, p.reason) for p in data.problems] == [
        (2, "dob", Severity.ERROR, "'31/02/2014' is not a day of the calendar; the value is left out"),
        (2, "fsm", Severity.ERROR, "the text is neither yes nor no; the value is left out"),
        (2, "attendance", Severity.ERROR, "'101' is not a percentage from 0 to 100; the value is left out"),
        (3, "upn", Severity.ERROR, "has neither a UPN nor an MIS id; the row is left out"),
        (
            5,
            "upn",
            Severity.WARNING,
            (
                "'A801200001001' fails the check-letter test (the letter should be H); "
                "kept as it is, and the pupil is known by it"
            ),
        ),
    ]


def test_rows_that_disagree_are_reported_with_both_rows(tmp_path: Path) -> None:
    rows = [[upn(1), "Hen", "7A", "20/11/2014"], [upn(1), "Hen", "", ""], [upn(1), "Hen", "7B", "21/11/2014"]]
    data = read_rows(tmp_path, [["UPN", "Surname", "Reg", "DOB"], *rows])
    assert (only(data).registration_group, only(data).dob) == ("7A", date(2014, 11, 20))
    assert said(data) == [
        (4, "dob", f"UPN '{upn(1)}': differs from row 2; row 2 is used"),
        (4, "registration_group", f"UPN '{upn(1)}': differs from row 2; row 2 is used"),
    ]


def test_a_title_above_the_headings_is_passed_over(tmp_path: Path) -> None:
    data = read_rows(
        tmp_path,
        [["SEN register"], ["School of Mock", "15/01/2026"], [], ["UPN", "Surname"], [upn(1), "Hen"]],
    )
    assert only(data).legal_surname == "Hen"


def test_padding_is_stripped_and_zeros_are_kept(tmp_path: Path) -> None:
    data = read_rows(
        tmp_path,
        [[" UPN ", "Adno", "Surname", "Year"], [f" {upn(1).lower()} ", " 0042 ", "  van der  Hen ", "07"]],
    )
    assert only(data) == Pupil(upn(1), mis_id="0042", legal_surname="van der  Hen", year_group="7")


def test_a_whole_name_in_one_column(tmp_path: Path) -> None:
    data = read_rows(tmp_path, [["UPN", "Name"], [upn(1), "O'Hen, Mary Ann"], [upn(2), "Jo Doe"]])
    assert [(p.legal_forename, p.legal_surname) for p in data.pupils] == [
        ("Mary Ann", "O'Hen"),
        ("Jo", "Doe"),
    ]


def test_a_schools_own_headings_come_first(tmp_path: Path) -> None:
    options = ReadOptions(
        aliases={
            "legal_surname": ["Nachname"],
            "registration_group": ["Tutor"],
            "need.1": ["Main difficulty"],
        }
    )
    rows = [
        ["UPN", "Surname", "Nachname", "Tutor", "Reg", "Main difficulty"],
        [upn(1), "Pref", "Hen", "7A", "x", "HI"],
    ]
    pupil = only(read_rows(tmp_path, rows, options))
    assert (pupil.legal_surname, pupil.preferred_surname, pupil.registration_group, pupil.needs) == (
        "Hen",
        "Pref",
        "7A",
        (Need("HI", 1),),
    )


def test_a_flat_view_in_which_the_provision_name_is_the_status(tmp_path: Path) -> None:
    headings = (
        "studentId,upn,lastName,firstName,dateOfBirth,yearGroup,tutorGroupName,provisionName,provisionStartDate,"
        "provisionReviewDate,senPrimaryNeedCode,senNeedList,premiumPupilFlag,inCareFlag"
    )
    row = [
        "77  ",
        upn(1),
        "Hen ",
        "Zoe ",
        "2014-11-20T00:00:00",
        "Year 7",
        "7B",
        "K",
        "2022-09-05T00:00:00",
        "2026-02-03T00:00:00",
        "ASD",
        "ASD,SLCN",
        "True",
        "False",
    ]
    pupil = only(read_rows(tmp_path, [headings.split(","), row]))
    assert (
        pupil.mis_id,
        pupil.status_history,
        pupil.needs,
        pupil.next_review,
        pupil.pp,
        pupil.looked_after,
    ) == (
        "77",
        (StatusSpell("K", date(2022, 9, 5)),),
        (Need("ASD", 1), Need("SLCN")),
        date(2026, 2, 3),
        True,
        False,
    )


def test_a_report_of_sen_pupils_only_is_asked_about(tmp_path: Path) -> None:
    rows = [[upn(n), "Hen", "K"] for n in range(20)]
    data = read_rows(tmp_path, [["UPN", "Surname", "SEN Status"], *rows])
    assert [(row, field) for row, field, _ in said(data)] == [(None, "status")]
    assert "whole roll" in data.problems[0].reason


def test_the_cells_of_a_workbook_are_what_a_person_sees(tmp_path: Path) -> None:
    headings = [
        "UPN",
        "Adno",
        "Surname",
        "DOB",
        "SEN Status Start Date",
        "SEN Status",
        "Attendance",
        "Year",
        "Next Review Date",
    ]
    path = write_xlsx(
        tmp_path / "r.xlsx",
        [
            ["a title"],
            headings,
            [upn(1), 42, True, date(2014, 11, 20), 44809, "K", 0.952, 7, "03/02/2026"],
        ],
    )
    book = openpyxl.load_workbook(path)
    book.active["B3"].number_format = "000000"
    book.active["G3"].number_format = "0.0%"
    book.save(path)
    data = read([path], ReadOptions(), today=TODAY)
    assert only(data) == Pupil(
        upn(1),
        mis_id="000042",
        legal_surname="TRUE",
        dob=date(2014, 11, 20),
        status_history=(StatusSpell("K", date(2022, 9, 5)),),
        attendance=95.2,
        year_group="7",
        next_review=date(2026, 2, 3),
    )
    assert data.problems == ()


def test_the_sheet_with_the_headings_is_found(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Notes", "about this report"])
    sheet = book.create_sheet("Roll")
    sheet.append(["UPN", "Surname"])
    sheet.append([upn(1), "Hen"])
    book.save(tmp_path / "r.xlsx")
    assert only(read([tmp_path / "r.xlsx"], ReadOptions(), today=TODAY)).legal_surname == "Hen"


def test_sims_leaves_empty_elements_out_and_escapes_its_headings(tmp_path: Path) -> None:
    path = write_sims_xml(
        tmp_path / "r.xml",
        [
            {"primary_id": "9", "UPN": upn(1), "Surname": "Hen", "Year taught in Code": "7"},
            {"primary_id": "10", "UPN": upn(2), "Surname": "Doe", "Reg ": "7A"},
        ],
    )
    data = read([path], ReadOptions(), today=TODAY)
    assert [(p.mis_id, p.year_group, p.registration_group) for p in data.pupils] == [
        ("9", "7", None),
        ("10", None, "7A"),
    ]


def test_free_meals_from_periods_and_english_from_the_first_language(tmp_path: Path) -> None:
    rows = [
        [upn(1), "Hen", "2025-Jan-01 00:00:00", "", "POL"],
        [upn(2), "Doe", "2024-Jan-01", "2024-Dec-31 00:00:00", "ENG"],
        [upn(3), "Fox", "", "", "REF"],
    ]
    data = read_rows(tmp_path, [["UPN", "Surname", "fsmstartdate", "fsmenddate", "language"], *rows])
    assert [(p.fsm, p.eal) for p in data.pupils] == [(True, True), (False, False), (None, None)]
