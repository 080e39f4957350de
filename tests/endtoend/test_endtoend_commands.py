"""Every command as a technician runs it, on a real workspace over the real wire."""

from __future__ import annotations

import csv
import json
import signal
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from endtoend_school import SCHOOL, TODAY, CliSchool, without
from support.story import LOG, MAP, REGISTER

from sync.domain.in_force import current_status
from sync.domain.records import StatusSpell
from sync.madeup.files import write_folder
from sync.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from local_workspace import LocalWorkspace


@pytest.fixture
def school(story_workspace: LocalWorkspace, tmp_path: Path) -> CliSchool:
    return CliSchool(story_workspace, tmp_path / "school")


def status(pupil: object) -> str:
    spell = current_status(pupil.status_history, TODAY)  # type: ignore[attr-defined]
    return spell.code if spell else ""


def ref_of(school: CliSchool, upn: str | None) -> str:
    return next(str(row["Ref"]) for row in school.robot.rows("MIS roll") if row["UPN"] == upn)


def test_a_term_of_a_school_from_set_up_to_restore(school: CliSchool) -> None:
    write_folder(SCHOOL, school.mis)

    refused = school.sensync("sync")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.endswith("What to do: Run `sensync setup` first.\n")

    made = school.ok("setup", "--json").json
    assert made == {
        "created": True,
        "added": [],
        "workbook": f"{school.workspace.base_url}/spreadsheets/d/{school.ids[0]}/edit",
        "teachers": f"{school.workspace.base_url}/spreadsheets/d/{school.ids[1]}/edit",
    }
    assert school.ok("setup").out.startswith("Everything was there already; nothing was changed.\n")

    before = (school.workbooks(), school.remembered())
    planned = school.ok("plan")
    assert planned.out.startswith(
        "A sync would add 30 rows, mend 0 rows and note 0 changes in the MIS (60 pupils on roll):\n"
    )
    assert school.ok("plan", "--json").json["refused"] is False
    assert (school.workbooks(), school.remembered()) == before

    first = school.ok("sync", "--json").json
    on_register = [pupil for pupil in SCHOOL.pupils if status(pupil) in "KE"]
    # In the last six weeks of a term each pupil on the register has a review that is due.
    assert first.pop("meetings_added") in (0, len(on_register))
    assert first == {
        "wrote": True,
        "requests": 3,
        "on_roll": 60,
        "ehc_plans": 2,
        "sen_support": 8,
        "new_pupils": 60,
        "changes": 0,
        "rows_added": len(on_register) + len(SCHOOL.provisions),
        "concerns_added": 0,
        "rows_mended": 0,
        "typed_over": 0,
        "sent": 0,
        "not_sent": 0,
        "letters_left": 0,
        "followed": 0,
    }
    assert len(school.hands().rows(REGISTER, key="Status")) == len(on_register)
    assert len(school.hands().rows(MAP)) == len(SCHOOL.provisions)

    before = school.workbooks()
    again = school.ok("sync", "--json").json
    assert (again["wrote"], again["requests"], school.workbooks()) == (False, 1, before)
    assert school.ok("plan").out.startswith("A sync would write nothing: the workbook agrees with the MIS (60 pupils")
    assert school.ok("sync").out.startswith("Nothing new. 60 pupils on roll, 2 with an EHC plan, 8 at SEN support.\n")

    new = next(pupil for pupil in SCHOOL.pupils if status(pupil) == "N")
    spell = StatusSpell("K", TODAY)
    changed = [replace(p, status_history=(spell,)) if p is new else p for p in SCHOOL.pupils]
    write_folder(replace(SCHOOL, pupils=tuple(changed)), school.mis)
    assert school.ok("sync").out.startswith("Done: 1 change in the MIS, 1 row added")
    ref = ref_of(school, new.upn)
    told = school.ok("history", ref, "--json").json["entries"]
    assert [(e["tab"], e["field"], e["old"], e["new"], e["effective_on"]) for e in told] == [
        ("roll", "Status", "N", "K", TODAY.isoformat())
    ]
    assert ref in [row["Ref"] for row in school.hands().rows(LOG)]

    hands = school.hands()
    hands.add_row(MAP, {"Pupil": ref, "Provision": "Touch typing", "Comment": "Trial until Easter"})
    school.ok("sync")
    own = next(str(row["ID"]) for row in hands.rows(MAP) if row["Provision"] == "Touch typing")
    hands.delete_rows(MAP, hands.row_of(MAP, own))
    school.ok("sync")
    (listed,) = school.ok("restore", "--json").json
    assert (listed["tab"], listed["key"]) == (MAP, own)
    assert school.ok("restore").out.startswith(f"{own}  {MAP}  (")
    assert school.ok("restore", own).out == f"{own}: put back.\n"
    assert [row["Comment"] for row in hands.rows(MAP) if row["ID"] == own] == ["Trial until Easter"]
    assert school.ok("restore", own, "--json").json == {"restored": []}
    assert school.ok("restore").out == "There is no deleted row to put back.\n"
    unknown = school.sensync("restore", "M-nothing")
    assert unknown.code == 2
    assert unknown.err == (
        "'M-nothing' is not the key of a row that Sensync has seen.\n"
        "What to do: Run `sensync restore` without a key to list the rows that can be put back.\n"
    )

    shown = school.ok("status", "--json").json
    assert {run["outcome"] for run in shown["runs"]} <= {"ok", "nothing"}
    assert shown["leases"] == []
    assert shown["runs"][0]["requests"] == 1


def test_every_check_passes_after_set_up_and_the_missing_workbook_has_its_repair_before(school: CliSchool) -> None:
    write_folder(SCHOOL, school.mis)
    before = school.sensync("check", "--json")
    assert before.code == 2
    failed = [line for line in before.json["lines"] if not line["passed"]]
    assert [(line["name"], line["repair"]) for line in failed] == [("Workbook", "Run `sensync setup`.")]
    school.ok("setup")
    after = school.ok("check")
    assert {line.split("  ")[0] for line in after.out.splitlines()} == {"PASS"}
    assert len(after.out.splitlines()) == 12


def test_each_failing_check_says_how_to_repair_it(school: CliSchool) -> None:
    school.begin()
    robot = school.robot
    robot.do({"updateSpreadsheetProperties": {"properties": {"locale": "en_US"}, "fields": "locale"}})
    robot.do({"updateSpreadsheetProperties": {"properties": {"timeZone": "Etc/GMT"}, "fields": "timeZone"}})
    school.workspace.files[school.ids[1]].trashed = True
    (school.mis / "SEN report.csv").write_bytes(b"")
    found = school.sensync("check", "--json")
    assert found.code == 2
    failed = {line["name"]: line["repair"] for line in found.json["lines"] if not line["passed"]}
    assert list(failed) == ["MIS files", "Locale", "Time zone", "Teachers' workbook"]
    assert [name for name, repair in failed.items() if not repair] == []
    (school.folder / "google.token").write_text("wrong", encoding="utf-8")
    (line,) = [line for line in school.sensync("check", "--json").json["lines"] if line["name"] == "Credential"]
    assert (line["passed"], bool(line["repair"])) == (False, True)


def test_a_guard_lets_leavers_pass_when_a_person_has_looked(school: CliSchool) -> None:
    school.begin()
    write_folder(without(SCHOOL, 20), school.mis)
    refused = school.sensync("sync")
    assert refused.code == 7
    said = refused.err.splitlines()[-2:]
    assert said == [
        (
            "20 of 60 pupils are missing from the MIS files. (Read from 9994321_CTF_9994321_001.xml, SEN report.csv.) "
            "If the export was cut short, make it again. If they have really left, run `sensync sync --accept leavers`."
        ),
        "What to do: Do as said above, then run it again. Nothing was changed.",
    ]
    assert school.sensync("plan").code == 7
    assert school.sensync("plan", "--json").json["refused"] is True
    assert school.sensync("sync", "--accept", "statuses").code == 7
    assert "40 pupils on roll" in school.ok("sync", "--accept", "leavers").out
    assert "Nothing new. 40 pupils on roll" in school.ok("sync").out


def test_status_tells_of_a_refused_run_and_why(school: CliSchool) -> None:
    school.begin()
    (school.mis / "SEN report.csv").write_bytes(b"")
    assert school.sensync("sync").code == 7
    shown = school.ok("status", "--json").json
    assert shown["runs"][0]["outcome"] == "refused"
    assert shown["attention"][:2] == [
        "The last run refused to write anything; run `sensync plan` to look again.",
        "SEN report.csv: is empty. Export it from the MIS again and wait until it has finished.",
    ]


def test_a_run_that_another_one_forestalls_is_exit_code_1_and_says_who_and_until_when(school: CliSchool) -> None:
    school.begin()
    with (
        Store(f"sqlite:///{school.folder / 'sensync.sqlite3'}") as store,
        store.lease(f"workbook:{school.ids[0]}", "sync on office-pc, process 7", 180),
    ):
        until_when = f"{store.leases()[0].expires_at:%Y-%m-%d %H:%M:%S} UTC"
        forestalled = school.sensync("sync", "--json")
        assert "office-pc" in school.ok("status").out
    assert forestalled.code == 1
    (problem,) = forestalled.json["error"]["problems"]
    assert "sync on office-pc, process 7 holds it" in problem
    assert f"until {until_when} at the latest" in problem
    assert school.ok("sync").code == 0


def test_a_workbook_that_is_no_longer_shared_is_exit_code_2_and_named(school: CliSchool) -> None:
    school.begin()
    before = school.remembered()
    fault = school.workspace.fail(403, path=school.ids[0], times=None)
    refused = school.sensync("sync", "--json")
    assert (refused.code, refused.json["error"]["exit_code"], bool(refused.json["error"]["next_step"])) == (2, 2, True)
    assert school.remembered() == before
    assert school.ok("status", "--json").json["runs"][0]["outcome"] == "failed"
    school.workspace.weather.faults.remove(fault)
    assert school.ok("sync").out.startswith("Nothing new.")


def lines_of(stream: object) -> list[str]:
    """Collects the lines of a pipe as they come."""
    seen: list[str] = []

    def follow() -> None:
        seen.extend(line.rstrip("\n") for line in stream)  # type: ignore[attr-defined]

    threading.Thread(target=follow, daemon=True).start()
    return seen


def until(condition: object, seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)


def test_watching_goes_on_after_a_refused_run_and_ends_with_ctrl_c(school: CliSchool) -> None:
    school.begin()
    report = school.mis / "SEN report.csv"
    good = report.read_bytes()
    running = school.process("sync", "--watch", "1s", "--json")
    try:
        out = lines_of(running.stdout)
        until(lambda: len(out) >= 1)
        report.write_bytes(b"")
        until(lambda: any("error" in line for line in out))
        report.write_bytes(good)
        refused = len(out)
        until(lambda: len(out) > refused and "wrote" in out[-1])
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 130
    finally:
        running.kill()
        running.wait()
    told = [json.loads(line) for line in out]
    assert told[0]["wrote"] is False
    (error, *_) = [line["error"] for line in told if "error" in line]
    assert (error["kind"], error["exit_code"], error["problems"]) == ("InputError", 7, ["SEN report.csv: is empty."])
    assert told[-1]["error"]["kind"] == "Interrupted"
    assert school.ok("status", "--json").json["leases"] == []


def test_the_data_managers_list_holds_what_the_senco_proposes(school: CliSchool) -> None:
    school.begin()
    hands = school.hands()
    pupil = next(p for p in SCHOOL.pupils if status(p) == "K")
    hands.type(REGISTER, ref_of(school, pupil.upn), "Proposed status", "E")
    school.ok("sync")
    (row,) = hands.rows("To change in the MIS")
    assert (row["UPN"], row["MIS says"], row["SENCO says"]) == (pupil.upn, "K", "E")


def test_a_preview_shows_the_schools_folder_and_writes_nothing(school: CliSchool) -> None:
    write_folder(SCHOOL, school.mis)
    seen = school.ok("mis", "preview", str(school.mis), "--json").json
    assert [(one["name"], one["source"]["records"]) for one in seen] == [
        ("9994321_CTF_9994321_001.xml", 60),
        ("Provision report.csv", len(SCHOOL.provisions)),
        ("SEN report.csv", 60),
    ]
    assert not (school.folder / "sensync.sqlite3").exists()
    with (school.mis / "SEN report.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert len(list(csv.reader(stream))) == 61
