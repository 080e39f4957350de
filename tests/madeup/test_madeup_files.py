"""The files hold what the school holds, in the shapes that an MIS exports."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest
from lxml import etree
from openpyxl import load_workbook

from sync.madeup import make_school
from sync.madeup.files import (
    write_ctf,
    write_folder,
    write_provision_report,
    write_report_csv,
    write_report_xlsx,
    write_sims_xml,
)
from sync.madeup.needs import needs_on, status_on

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 23)
SCHOOL = make_school(5, 300, today=TODAY)
PUPIL_HEADINGS = [
    *("UPN", "Adno", "Legal Surname", "Legal Forename", "Preferred Surname", "Preferred Forename", "DOB"),
    *("Sex", "Year", "Reg", "SEN Status", "SEN Status Start Date", "SEN Need", "SEN Need Rank"),
    *("Next Review Date", "FSM", "PP", "EAL", "In Care", "Attendance"),
    *("Contact Name", "Relationship", "Priority", "Contact Email", "Parental Responsibility"),
]
PROVISION_HEADINGS = [
    *("UPN", "Adno", "Provision", "Wave", "Area of Need", "Delivered By", "Minutes", "Times a Week"),
    *("Group Size", "Start Date", "End Date", "Entry Measure", "Target", "Exit Measure", "Stage"),
    *("Review Date", "Cost", "Provision ID"),
]


def read_csv(path: Path, encoding: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding), newline="")))


def uk(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def test_a_ctf_holds_every_pupil_with_history_needs_and_contacts(tmp_path: Path) -> None:
    write_ctf(SCHOOL, tmp_path / "ctf.xml")
    root = etree.parse(str(tmp_path / "ctf.xml")).getroot()
    assert root.tag == "CTfile"
    assert root.findtext("Header/CTFversion") == "25.0"
    assert root.findtext("Header/DateTime") == "2026-11-23T06:30:00"
    assert root.findtext("Header/SourceSchool/LEA") + root.findtext("Header/SourceSchool/Estab") == "9994321"
    assert root.findtext("Header/SourceSchool/AcademicYear") == "2026"
    pupils = root.findall("CTFpupilData/Pupil")
    assert [p.findtext("UPN") for p in pupils] == [p.upn for p in SCHOOL.pupils]
    assert [p.findtext("Surname") for p in pupils] == [p.legal_surname for p in SCHOOL.pupils]
    for element, pupil in zip(pupils, SCHOOL.pupils, strict=True):
        assert element.findtext("DOB") == pupil.dob.isoformat()
        assert element.findtext("BasicDetails/MiddleNames") == pupil.middle_names
        assert element.findtext("BasicDetails/FormerUPN") == next(iter(pupil.former_upns), None)
        assert (element.findtext("BasicDetails/Languages/Type/Language") != "ENG") == pupil.eal
        assert element.findtext("LookedAfter/InCare") == str(pupil.looked_after).lower()
        spells = [(s.findtext("SENprovision"), s.findtext("StartDate")) for s in element.findall("SENhistory/SEN")]
        assert spells == [(s.code, s.start.isoformat()) for s in pupil.status_history or ()]
        needs = [
            (n.findtext("SENtype"), n.findtext("SENtypeRank"), n.findtext("NeedEndDate"))
            for n in element.iterfind("SENhistory/SENneeds/SENneed")
        ]
        assert needs == [(n.code, str(n.rank), n.end.isoformat() if n.end else None) for n in pupil.needs or ()]
        contacts = [
            (c.findtext("Order"), c.findtext("Email"), c.findtext("Responsibility"))
            for c in element.findall("Contacts/Contact")
        ]
        said = {True: "true", False: "false", None: None}
        assert contacts == [(str(c.order), c.email, said[c.parental_responsibility]) for c in pupil.contacts]


def test_a_pupil_of_unknown_sen_has_no_block_in_the_ctf(tmp_path: Path) -> None:
    write_ctf(SCHOOL, tmp_path / "ctf.xml")
    pupils = etree.parse(str(tmp_path / "ctf.xml")).getroot().findall("CTFpupilData/Pupil")
    without = [p.findtext("UPN") for p in pupils if p.find("SENhistory") is None]
    assert without == [p.upn for p in SCHOOL.pupils if p.status_history is None]
    assert without


def test_free_meals_are_open_for_those_who_have_them_and_closed_for_those_who_had(tmp_path: Path) -> None:
    write_ctf(SCHOOL, tmp_path / "ctf.xml")
    pupils = etree.parse(str(tmp_path / "ctf.xml")).getroot().findall("CTFpupilData/Pupil")
    for element, pupil in zip(pupils, SCHOOL.pupils, strict=True):
        open_now = [m for m in element.findall("FSMhistory/FSMinstance") if m.find("FSMendDate") is None]
        assert bool(open_now) == pupil.fsm


def test_an_old_ctf_has_the_old_names_of_its_elements(tmp_path: Path) -> None:
    write_ctf(SCHOOL, tmp_path / "old.xml", version="11.0")
    pupil = etree.parse(str(tmp_path / "old.xml")).getroot().find("CTFpupilData/Pupil")
    assert (pupil.findtext("Gender"), pupil.find("Sex")) == (SCHOOL.pupils[0].sex, None)
    assert pupil.find("LookAfter") is not None
    assert pupil.find("LookedAfter") is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_report_has_one_row_a_pupil_with_dates_as_schools_write_them(tmp_path: Path, encoding: str) -> None:
    write_report_csv(SCHOOL, tmp_path / "r.csv", encoding=encoding)
    rows = read_csv(tmp_path / "r.csv", encoding)
    assert list(rows[0]) == PUPIL_HEADINGS
    assert len(rows) == len(SCHOOL.pupils)
    flags = {True: "Y", False: "N"}
    for row, pupil in zip(rows, SCHOOL.pupils, strict=True):
        assert row["UPN"] == pupil.upn
        assert row["Adno"] == pupil.mis_id
        assert row["Legal Surname"] == pupil.legal_surname
        assert row["DOB"] == uk(pupil.dob)
        assert row["Reg"] == pupil.registration_group
        assert row["SEN Status"] == (status_on(pupil, TODAY) or "")
        assert row["SEN Need"] == next((n.code for n in needs_on(pupil, TODAY)), "")
        assert row["Next Review Date"] == uk(pupil.next_review)
        assert [row["FSM"], row["PP"], row["EAL"], row["In Care"]] == [
            flags[value] for value in (pupil.fsm, pupil.pp, pupil.eal, pupil.looked_after)
        ]
        assert float(row["Attendance"]) == pupil.attendance


def test_a_report_in_utf_8_with_a_mark_begins_with_the_mark(tmp_path: Path) -> None:
    write_report_csv(SCHOOL, tmp_path / "r.csv", encoding="utf-8-sig")
    assert (tmp_path / "r.csv").read_bytes()[:6] == b"\xef\xbb\xbfUPN"


def test_a_windows_report_keeps_the_letters_that_windows_has_and_puts_a_question_mark_for_others(
    tmp_path: Path,
) -> None:
    write_report_csv(SCHOOL, tmp_path / "r.csv", encoding="cp1252")
    surnames = [row["Legal Surname"] for row in read_csv(tmp_path / "r.csv", "cp1252")]
    wanted = [p.legal_surname.encode("cp1252", "replace").decode("cp1252") for p in SCHOOL.pupils]
    assert surnames == wanted
    assert any("?" in name for name in surnames)
    assert any(not name.isascii() for name in surnames)


def test_a_long_report_has_a_row_for_every_need_with_every_contact(tmp_path: Path) -> None:
    write_report_csv(SCHOOL, tmp_path / "r.csv", encoding="utf-8", layout="pupil_need_contact")
    rows = read_csv(tmp_path / "r.csv", "utf-8")
    expected = sum(max(1, len(needs_on(p, TODAY))) * max(1, len(p.contacts)) for p in SCHOOL.pupils)
    assert len(rows) == expected > len(SCHOOL.pupils)
    pairs = {(r["UPN"], r["SEN Need"], r["Contact Email"], r["Contact Name"]) for r in rows}
    wanted = {
        (
            p.upn,
            need.code if need else "",
            (contact and contact.email) or "",
            " ".join(filter(None, (contact.title, contact.forename, contact.surname))) if contact else "",
        )
        for p in SCHOOL.pupils
        for need in needs_on(p, TODAY) or (None,)
        for contact in p.contacts or (None,)
    }
    assert pairs == wanted


def test_a_workbook_report_holds_dates_numbers_and_text_as_such(tmp_path: Path) -> None:
    write_report_xlsx(SCHOOL, tmp_path / "r.xlsx")
    rows = list(load_workbook(tmp_path / "r.xlsx", read_only=True).active.iter_rows(values_only=True))
    assert list(rows[0]) == PUPIL_HEADINGS
    assert len(rows) == len(SCHOOL.pupils) + 1
    for row, pupil in zip(rows[1:], SCHOOL.pupils, strict=True):
        said = dict(zip(PUPIL_HEADINGS, row, strict=False))
        assert (said["UPN"], said["Adno"]) == (pupil.upn, pupil.mis_id)
        assert said["Legal Surname"] == pupil.legal_surname
        assert said["DOB"] == datetime.combine(pupil.dob, datetime.min.time())
        assert said["Attendance"] == pupil.attendance
        assert said["FSM"] == ("Y" if pupil.fsm else "N")


def test_a_sims_report_writes_spaces_as_codes_and_leaves_empty_values_out(tmp_path: Path) -> None:
    write_sims_xml(SCHOOL, tmp_path / "r.xml", layout="pupil")
    root = etree.parse(str(tmp_path / "r.xml")).getroot()
    assert root.tag == "SuperStarReport"
    records = root.findall("Record")
    assert [r.findtext("Legal_x0020_Surname") for r in records] == [p.legal_surname for p in SCHOOL.pupils]
    assert [r.findtext("primary_id") for r in records] == [str(n) for n in range(1, len(records) + 1)]
    assert [r.findtext("FSM") for r in records] == ["T" if p.fsm else "F" for p in SCHOOL.pupils]
    assert [r.findtext("Preferred_x0020_Forename") for r in records] == [p.preferred_forename for p in SCHOOL.pupils]


def test_a_report_of_provisions_has_a_row_for_each(tmp_path: Path) -> None:
    write_provision_report(SCHOOL, tmp_path / "p.csv")
    rows = read_csv(tmp_path / "p.csv", "utf-8-sig")
    assert list(rows[0]) == PROVISION_HEADINGS
    assert [row["Provision ID"] for row in rows] == [p.mis_id for p in SCHOOL.provisions]
    for row, provision in zip(rows, SCHOOL.provisions, strict=True):
        assert row["UPN"] == provision.upn
        assert row["Wave"].lower() == provision.wave
        assert float(row["Minutes"]) == provision.minutes
        assert row["End Date"] == uk(provision.end)
        assert row["Cost"] == ("" if provision.cost is None else f"{provision.cost:.2f}".rstrip("0").rstrip("."))


def test_a_folder_holds_the_three_files_and_no_half_written_ones(tmp_path: Path) -> None:
    paths = write_folder(SCHOOL, tmp_path / "export")
    assert [path.name for path in paths] == [
        "9994321_CTF_9994321_001.xml",
        "SEN report.csv",
        "Provision report.csv",
    ]
    assert sorted((tmp_path / "export").iterdir()) == sorted(paths)


def test_a_folder_written_again_holds_the_new_day_under_the_same_names(tmp_path: Path) -> None:
    first = write_folder(make_school(1, 30, today=TODAY), tmp_path)
    second = write_folder(make_school(1, 40, today=TODAY), tmp_path)
    assert first == second
    assert len(read_csv(second[1], "utf-8-sig")) == 40
