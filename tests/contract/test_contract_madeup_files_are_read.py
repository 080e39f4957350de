"""What the made-up school writes, the readers read: the writers and the readers were built apart."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from sync.domain.records import Provision, Pupil, Severity
from sync.madeup import later, make_school
from sync.madeup.files import write_ctf, write_folder, write_report_csv, write_report_xlsx, write_sims_xml
from sync.mis import ReadOptions, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sync.madeup.files import Encoding, Layout

TODAY = date(2026, 11, 23)
SCHOOL = make_school(11, 400, today=TODAY)
LAYOUTS = ("pupil", "pupil_need_contact")
IN_A_REPORT = (
    *("upn", "mis_id", "legal_surname", "legal_forename", "preferred_surname", "preferred_forename", "dob"),
    *("sex", "year_group", "registration_group", "fsm", "pp", "eal", "looked_after", "attendance"),
    "next_review",
)
IN_A_CTF = (
    *("upn", "legal_surname", "legal_forename", "middle_names", "preferred_surname", "preferred_forename"),
    *("dob", "sex", "year_group", "former_upns", "status_history", "needs", "fsm", "eal", "looked_after"),
)


def said(pupils: Sequence[Pupil], names: Sequence[str]) -> dict[str | None, tuple[object, ...]]:
    return {pupil.upn: tuple(getattr(pupil, name) for name in names) for pupil in pupils}


def test_a_folder_gives_back_every_pupil_and_every_provision_whole(tmp_path: Path) -> None:
    write_folder(SCHOOL, tmp_path)
    data = read([tmp_path], ReadOptions(), today=TODAY)
    assert data.school == SCHOOL.school
    everything = [field.name for field in fields(Pupil) if field.name != "contacts"]
    assert said(data.pupils, everything) == said(SCHOOL.pupils, everything)
    contacts = {pupil.upn: pupil.contacts or () for pupil in data.pupils}
    assert contacts == {pupil.upn: pupil.contacts for pupil in SCHOOL.pupils}
    assert sorted(data.provisions or (), key=_id) == sorted(SCHOOL.provisions, key=_id)
    assert [problem for problem in data.problems if problem.severity is Severity.ERROR] == []


def test_a_folder_of_a_later_day_is_read_whole_too(tmp_path: Path) -> None:
    day = TODAY + timedelta(days=14)
    school = later(SCHOOL, 1, day)
    write_folder(school, tmp_path)
    data = read([tmp_path], ReadOptions(), today=day)
    everything = [field.name for field in fields(Pupil) if field.name != "contacts"]
    assert said(data.pupils, everything) == said(school.pupils, everything)
    assert sorted(data.provisions or (), key=_id) == sorted(school.provisions, key=_id)


@pytest.mark.parametrize("version", ["11.0", "18.0", "25.0"])
def test_a_ctf_of_any_version_is_read(tmp_path: Path, version: str) -> None:
    write_ctf(SCHOOL, tmp_path / "9994321_CTF_9994321_001.xml", version=version)
    data = read([tmp_path], ReadOptions(), today=TODAY)
    assert said(data.pupils, IN_A_CTF) == said(SCHOOL.pupils, IN_A_CTF)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_report_in_utf_8_is_read(tmp_path: Path, layout: Layout, encoding: Encoding) -> None:
    write_report_csv(SCHOOL, tmp_path / "r.csv", encoding, layout)
    data = read([tmp_path], ReadOptions(), today=TODAY)
    assert said(data.pupils, IN_A_REPORT) == said(SCHOOL.pupils, IN_A_REPORT)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_report_in_windows_1252_is_read_but_for_letters_that_it_cannot_hold(tmp_path: Path, layout: Layout) -> None:
    write_report_csv(SCHOOL, tmp_path / "r.csv", "cp1252", layout)
    data = read([tmp_path], ReadOptions(), today=TODAY)
    surnames = {pupil.upn: pupil.legal_surname for pupil in data.pupils}
    assert surnames == {
        pupil.upn: str(pupil.legal_surname).encode("cp1252", "replace").decode("cp1252") for pupil in SCHOOL.pupils
    }


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_workbook_report_is_read(tmp_path: Path, layout: Layout) -> None:
    write_report_xlsx(SCHOOL, tmp_path / "r.xlsx", layout)
    data = read([tmp_path], ReadOptions(), today=TODAY)
    assert said(data.pupils, IN_A_REPORT) == said(SCHOOL.pupils, IN_A_REPORT)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_sims_report_is_read(tmp_path: Path, layout: Layout) -> None:
    write_sims_xml(SCHOOL, tmp_path / "r.xml", layout)
    data = read([tmp_path], ReadOptions(), today=TODAY)
    assert said(data.pupils, IN_A_REPORT) == said(SCHOOL.pupils, IN_A_REPORT)


def _id(provision: Provision) -> str:
    return str(provision.mis_id)
