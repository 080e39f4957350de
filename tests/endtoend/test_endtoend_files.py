"""What a bad MIS file does (nothing), and what each shape of a good one does, through the command line."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from endtoend_school import ROOT, SCHOOL, CliSchool, without
from support.story import REGISTER

from sync.madeup.files import (
    write_ctf,
    write_folder,
    write_provision_report,
    write_report_csv,
    write_report_xlsx,
    write_sims_xml,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local_workspace import LocalWorkspace

# One worker for what one school goes through.
pytestmark = pytest.mark.xdist_group("endtoend_files")

CTF = "9994321_CTF_9994321_001.xml"
REPORT = "SEN report.csv"


def samples() -> Path:
    """The shared sample files: beside the clone, or where SENSYNC_SAMPLES says."""
    return Path(os.environ.get("SENSYNC_SAMPLES", ROOT.parent / "shared" / "samples"))


def cut(file: Path, share: float) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])


def cut_after_whole_lines(file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[: len(lines) // 2]))


def only_a_report(mis: Path) -> None:
    (mis / CTF).unlink()


def empty(mis: Path) -> None:
    (mis / REPORT).write_bytes(b"")


def only_headings(mis: Path) -> None:
    report = mis / REPORT
    report.write_bytes(report.read_bytes().splitlines(keepends=True)[0])


def truncated_ctf(mis: Path) -> None:
    cut(mis / CTF, 0.5)


def truncated_report(mis: Path) -> None:
    cut(mis / REPORT, 0.503)


def report_of_half_the_roll(mis: Path) -> None:
    only_a_report(mis)
    cut_after_whole_lines(mis / REPORT)


def half_written_workbook(mis: Path) -> None:
    write_report_xlsx(SCHOOL, mis / "SEN report.xlsx")
    cut(mis / "SEN report.xlsx", 0.6)


def still_being_written(mis: Path) -> None:
    for file in list(mis.iterdir()):
        file.rename(mis / f"{file.name}.part")


def another_schools_ctf(mis: Path) -> None:
    other = replace(SCHOOL, school=replace(SCHOOL.school, la="998", estab="7777"))
    write_ctf(other, mis / CTF)


def another_schools_report(mis: Path) -> None:
    only_a_report(mis)
    strangers = tuple(replace(p, upn=None, mis_id=f"9{p.mis_id}", legal_surname="Other") for p in SCHOOL.pupils)
    write_report_csv(replace(SCHOOL, pupils=strangers), mis / REPORT)


def a_sign_in_page(mis: Path) -> None:
    (mis / REPORT).write_text("<!DOCTYPE html><html><title>Sign in</title></html>", encoding="utf-8")


def no_file_at_all(mis: Path) -> None:
    for file in mis.iterdir():
        file.unlink()


def nobody_with_sen(mis: Path) -> None:
    only_a_report(mis)
    unknown = tuple(replace(p, status_history=None, needs=None) for p in SCHOOL.pupils)
    write_report_csv(replace(SCHOOL, pupils=unknown), mis / REPORT)


BAD: list[tuple[Callable[[Path], None], str, str]] = [
    (empty, f"{REPORT}: is empty.", "Export it from the MIS again and wait until it has finished."),
    (only_headings, f"{REPORT}: there are headings but no rows", "Check the filter of the report in the MIS"),
    (truncated_ctf, f"{CTF}: the XML is not complete", "Export the file from the MIS again"),
    (truncated_report, f"{REPORT}: the last row", "Export the file from the MIS again"),
    (report_of_half_the_roll, f"pupils are missing from the MIS files. (Read from {REPORT}.)", "--accept leavers"),
    (half_written_workbook, "SEN report.xlsx: the workbook is damaged", "Export the file from the MIS again"),
    (still_being_written, f"{CTF}.part: is still being written or was never finished", "export"),
    (another_schools_ctf, "998/7777", "sensync.toml"),
    (another_schools_report, f"(Read from {REPORT}.)", "--accept"),
    (a_sign_in_page, f"{REPORT}: is a web page", "Sign in to the MIS and export the report again."),
    (no_file_at_all, "mis: there is no CSV, XLSX or XML file in the folder", "export"),
    (nobody_with_sen, f"(Read from {REPORT}.)", "Export again with the SEN history"),
]


@pytest.fixture(scope="module")
def running(story_workspace: LocalWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliSchool]:
    """One school that goes through all of it: what a refused run leaves behind would show in the next."""
    school = CliSchool(story_workspace, tmp_path_factory.mktemp("running") / "school").begin()
    hands = school.hands()
    hands.type_at(REGISTER, 1, hands.header_row(REGISTER, "Notes")[1], "Her own words")
    school.ok("sync")
    return school


@pytest.mark.parametrize(("spoil", "names", "next_step"), BAD, ids=[case[0].__name__ for case in BAD])
def test_a_bad_file_is_refused_by_name_and_nothing_is_written_anywhere(
    running: CliSchool, spoil: Callable[[Path], None], names: str, next_step: str
) -> None:
    before = (running.workbooks(), running.remembered())
    spoil(running.mis)
    refused = running.sensync("sync", "--json")
    planned = running.sensync("plan")
    for file in running.mis.iterdir():
        file.unlink()
    write_folder(SCHOOL, running.mis)
    assert (refused.code, planned.code) == (7, 7)
    error = refused.json["error"]
    said = " ".join([*error["problems"], error["next_step"]])
    assert names in said
    assert next_step in said
    assert (running.workbooks(), running.remembered()) == before
    good = running.ok("sync", "--json").json
    assert (good["wrote"], good["requests"], running.workbooks(), running.remembered()) == (False, 1, *before)


def test_without_a_person_who_looked_no_word_lets_a_broken_file_pass(running: CliSchool) -> None:
    every_word = [
        part for word in ("columns", "leavers", "joiners", "statuses", "no-sen") for part in ("--accept", word)
    ]
    for spoil in (empty, truncated_ctf, another_schools_ctf):
        spoil(running.mis)
        assert running.sensync("sync", *every_word).code == 7
        write_folder(SCHOOL, running.mis)
    assert running.ok("sync").out.startswith("Nothing new.")


def test_a_folder_of_several_files_gives_each_field_from_the_file_that_knows_it(running: CliSchool) -> None:
    """The CTF has needs and contacts, the report has classes and pupil premium."""
    roll = {row["UPN"]: row for row in running.robot.rows("MIS roll")}
    for pupil in SCHOOL.pupils:
        row = roll[pupil.upn]
        assert (row["Class"], row["PP"]) == (pupil.registration_group or "", "Yes" if pupil.pp else "No")
        assert row["Legal surname"] == pupil.legal_surname
    needs = running.robot.rows("MIS needs")
    assert len(needs) == sum(len(pupil.needs or ()) for pupil in SCHOOL.pupils)


def csv_of_windows(folder: Path) -> None:
    write_report_csv(SCHOOL, folder / "SIMS.csv", "cp1252")


def csv_a_row_for_each_need_and_contact(folder: Path) -> None:
    write_report_csv(SCHOOL, folder / "SIMS.csv", "utf-8", "pupil_need_contact")


def xlsx(folder: Path) -> None:
    write_report_xlsx(SCHOOL, folder / "SIMS.xlsx")


def sims_xml(folder: Path) -> None:
    write_sims_xml(SCHOOL, folder / "SIMS.xml")
    write_provision_report(SCHOOL, folder / "Provision.csv", "utf-8")


@pytest.mark.parametrize("write", [csv_of_windows, csv_a_row_for_each_need_and_contact, xlsx, sims_xml])
def test_a_report_of_each_shape_fills_the_workbook(
    story_workspace: LocalWorkspace, tmp_path: Path, write: Callable[[Path], None]
) -> None:
    school = CliSchool(story_workspace, tmp_path / "school")
    write(school.mis)
    school.ok("setup")
    first = school.ok("sync", "--json").json
    assert (first["on_roll"], first["ehc_plans"], first["sen_support"]) == (60, 2, 8)
    roll = {row["UPN"]: row for row in school.robot.rows("MIS roll")}
    assert {upn: (row["Class"], row["MIS id"]) for upn, row in roll.items()} == {
        pupil.upn: (pupil.registration_group or "", pupil.mis_id) for pupil in SCHOOL.pupils
    }
    assert school.ok("sync", "--json").json["wrote"] is False


def test_the_shared_common_transfer_files_are_synced(story_workspace: LocalWorkspace, tmp_path: Path) -> None:
    school = CliSchool(story_workspace, tmp_path / "school", estab="1001", paths=[samples() / "ctf"])
    school.ok("setup")
    first = school.ok("sync", "--json").json
    assert (first["on_roll"], first["ehc_plans"], first["sen_support"], first["new_pupils"]) == (4, 1, 1, 4)
    roll = {row["UPN"]: row for row in school.robot.rows("MIS roll")}
    assert sorted(roll) == ["C99910012500T", "E999100125002", "Q999100125001", "R674123101121"]
    assert {upn: row["Status"] for upn, row in roll.items()} == {
        "R674123101121": "",
        "Q999100125001": "E",
        "E999100125002": "K",
        "C99910012500T": "",
    }
    assert roll["E999100125002"]["Legal forename"] == "ZOË"
    register = school.hands().rows(REGISTER, key="Status")
    assert sorted(row["Status"] for row in register) == ["E", "K"]
    assert school.ok("sync", "--json").json["wrote"] is False


def test_the_census_of_9498_made_up_pupils_is_refused_as_another_schools_roll(running: CliSchool) -> None:
    before = (running.workbooks(), running.remembered())
    only_a_report(running.mis)
    report = running.mis / REPORT
    report.write_bytes((samples() / "school_census" / "2025_spring_pupilonroll.csv").read_bytes())
    refused = running.sensync("sync", "--json")
    write_folder(SCHOOL, running.mis)
    assert refused.code == 7
    assert (
        f"9498 pupils are new beside 60 on the roll. Is this another school's file? (Read from {REPORT}.)"
        in " ".join(refused.json["error"]["problems"])
    )
    assert (running.workbooks(), running.remembered()) == before


def test_one_leaver_passes_and_is_kept_with_the_words_about_them(
    story_workspace: LocalWorkspace, tmp_path: Path
) -> None:
    school = CliSchool(story_workspace, tmp_path / "school").begin()
    write_folder(without(SCHOOL, 1), school.mis)
    assert "59 pupils on roll" in school.ok("sync").out
    gone = next(row for row in school.robot.rows("MIS roll") if row["UPN"] == SCHOOL.pupils[-1].upn)
    assert gone["On roll"] != "Yes"
