"""What the machine tabs should hold: unknown never overwrites known, nothing goes away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from board import NOW, Office, mis

from sync.domain.records import MisData, Need, Problem, Provision, Pupil, Severity, StatusSpell
from sync.plan.cells import serial
from sync.plan.identity import identify, known_from_rows
from sync.plan.mirror import Rows, Wanted, wanted

TODAY = date(2026, 10, 5)
FULL = Pupil(
    "A1",
    mis_id="0012",
    former_upns=("T1",),
    legal_surname="True",
    legal_forename="Null",
    preferred_forename="NA",
    dob=date(2012, 3, 4),
    sex="F",
    year_group="7",
    registration_group="7A",
    status_history=(StatusSpell("N", date(2020, 9, 1)), StatusSpell("K", date(2024, 9, 1))),
    needs=(Need("SEMH", 2), Need("ASD", 1, date(2023, 1, 1)), Need("QQQ", 3)),
    fsm=True,
    pp=False,
    eal=True,
    looked_after=False,
    attendance=93.456,
)


def run(data: MisData, before: dict[str, Rows] | None = None, today: date = TODAY) -> Wanted:
    roll = (before or {}).get("roll", {})
    rows = [{**row, "dob": date(2012, 3, 4) if row.get("dob") else None} for row in roll.values()]
    who = identify(data.pupils, known_from_rows(rows), "salt")
    return wanted(data, who, before or {}, today)


def tabs(found: Wanted) -> dict[str, Rows]:
    return {"roll": found.roll, "needs": found.needs, "mis_provision": found.mis_provision or {}}


def one(rows: Rows) -> dict[str, Any]:
    (row,) = rows.values()
    return row


def test_a_pupil_of_whom_everything_is_known() -> None:
    row = one(run(mis(FULL)).roll)
    ref = row["ref"]
    assert row == {
        "ref": ref,
        "name": "True, NA",
        "label": f"True, NA (7A) · {ref}",
        "year": "7",
        "group": "7A",
        "sex": "F",
        "pp": "No",
        "fsm": "Yes",
        "eal": "Yes",
        "looked_after": "No",
        "attendance": 0.9346,
        "on_roll": "Yes",
        "year_order": 107.0,
        "upn": "A1",
        "former_upns": "T1",
        "mis_id": "0012",
        "dob": serial(date(2012, 3, 4)),
        "legal_surname": "True",
        "legal_forename": "Null",
        "status": "K",
        "since": serial(date(2024, 9, 1)),
        "next_status": None,
        "next_since": None,
        "primary": "ASD",
        "others": "SEMH, QQQ",
        "area": "Communication and interaction",
        "met": None,
        "booked": None,
        "short": None,
    }


def test_what_a_source_does_not_say_overwrites_nothing() -> None:
    first = run(mis(FULL))
    second = run(mis(Pupil("A1")), tabs(first))
    assert (second.roll, second.needs) == (first.roll, first.needs)


def test_a_file_without_upns_does_not_call_the_upn_a_former_one() -> None:
    first = run(mis(FULL))
    second = run(mis(replace(FULL, upn=None)), tabs(first))
    assert one(second.roll)["upn"] == "A1"
    assert one(second.roll)["former_upns"] == "T1"


def test_a_new_upn_keeps_every_earlier_one() -> None:
    first = run(mis(FULL))
    second = run(mis(replace(FULL, upn="A2", former_upns=())), tabs(first))
    assert (one(second.roll)["upn"], one(second.roll)["former_upns"]) == ("A2", "T1, A1")


def test_a_label_without_a_class_names_the_year_and_without_a_year_nothing() -> None:
    in_year = one(run(mis(Pupil("A1", legal_surname="S", year_group="R"))).roll)
    bare = one(run(mis(Pupil("A1", legal_surname="S"))).roll)
    assert (in_year["label"], bare["label"]) == (f"S (Year R) · {in_year['ref']}", f"S · {bare['ref']}")


# Status


def test_a_later_status_waits_and_shows_as_the_next_one() -> None:
    spells = (
        StatusSpell("K", date(2024, 9, 1)),
        StatusSpell("E", date(2027, 1, 4)),
        StatusSpell("N", date(2028, 1, 1)),
    )
    row = one(run(mis(replace(FULL, status_history=spells))).roll)
    assert (row["status"], row["next_status"], row["next_since"]) == ("K", "E", serial(date(2027, 1, 4)))


def test_a_first_status_that_lies_ahead_shows_as_the_next_one() -> None:
    row = one(run(mis(Pupil("A1", status_history=(StatusSpell("K", date(2027, 1, 4)),)))).roll)
    assert (row["status"], row["next_status"], row["next_since"]) == (None, "K", serial(date(2027, 1, 4)))


def test_a_later_status_comes_into_force_on_its_day() -> None:
    spells = (StatusSpell("K", date(2024, 9, 1)), StatusSpell("E", date(2027, 1, 4)))
    first = run(mis(replace(FULL, status_history=spells)))
    then = run(mis(replace(FULL, status_history=spells)), tabs(first), date(2027, 1, 4))
    row = one(then.roll)
    assert (row["status"], row["since"], row["next_status"]) == ("E", serial(date(2027, 1, 4)), None)
    assert then.effective == {row["ref"]: date(2027, 1, 4)}


def test_a_status_without_a_start_keeps_the_start_that_was_known() -> None:
    first = run(mis(FULL))
    second = run(mis(replace(FULL, status_history=(StatusSpell("K"),))), tabs(first))
    third = run(mis(replace(FULL, status_history=(StatusSpell("E"),))), tabs(first))
    assert one(second.roll)["since"] == serial(date(2024, 9, 1))
    assert (one(third.roll)["status"], one(third.roll)["since"]) == ("E", None)


# On roll


def test_a_pupil_missing_from_the_whole_roll_is_marked_with_the_day() -> None:
    first = run(mis(FULL))
    second = run(mis(Pupil("B1")), tabs(first))
    ref = one(first.roll)["ref"]
    assert second.roll[ref] == {**one(first.roll), "on_roll": "Left 05/10/2026"}
    assert [key for key in first.needs if second.needs.get(key) != first.needs[key]] == []


def test_a_pupil_whose_upn_two_records_quarrel_over_has_not_left() -> None:
    first = run(mis(FULL))
    quarrel = Problem("roll.csv", 3, "upn", "a sentence", Severity.ERROR, disputed="A1")
    second = run(mis(Pupil("B1"), problems=(quarrel,)), tabs(first))
    assert second.roll[one(first.roll)["ref"]] == one(first.roll)


def test_the_day_of_leaving_is_the_first_day_we_missed_the_pupil() -> None:
    first = run(mis(FULL))
    second = run(mis(Pupil("B1")), tabs(first))
    third = run(mis(Pupil("B1")), tabs(second), date(2026, 10, 6))
    assert third.roll == second.roll


def test_a_pupil_who_returns_has_the_same_row() -> None:
    first = run(mis(FULL))
    second = run(mis(Pupil("B1")), tabs(first))
    third = run(mis(FULL, Pupil("B1")), tabs(second))
    ref = one(first.roll)["ref"]
    assert third.roll[ref] == one(first.roll)


def test_a_file_of_some_pupils_makes_no_leavers() -> None:
    first = run(mis(FULL, Pupil("B1")))
    second = run(mis(Pupil("B1"), full=False), tabs(first))
    assert second.roll == first.roll


def test_a_pupil_who_cannot_be_told_is_no_leaver() -> None:
    first = run(mis(FULL))
    other = Pupil("A1", legal_surname="Else", legal_forename="Who", dob=date(2013, 1, 1))
    second = run(mis(other, Pupil("B1")), tabs(first))
    ref = one(first.roll)["ref"]
    assert second.roll[ref] == one(first.roll)


# Needs


def test_each_need_is_a_row_and_an_ended_one_is_none_of_the_current_ones() -> None:
    needs = (Need("ASD", 1, end=date(2026, 10, 4)), Need("SLCN", 2), Need("SLCN", 3, date(2027, 1, 1)))
    found = run(mis(replace(FULL, needs=needs)))
    ref = one(found.roll)["ref"]
    assert list(found.needs) == [f"{ref}-ASD", f"{ref}-SLCN", f"{ref}-SLCN-2"]
    assert (one(found.roll)["primary"], one(found.roll)["others"]) == ("SLCN", None)
    assert found.needs[f"{ref}-ASD"]["end"] == serial(date(2026, 10, 4))
    assert found.needs[f"{ref}-SLCN"]["label"] == "Speech, language and communication needs"


def test_a_need_no_longer_listed_stays_marked_and_comes_back() -> None:
    first = run(mis(FULL))
    second = run(mis(replace(FULL, needs=(Need("ASD", 1),))), tabs(first))
    third = run(mis(FULL), tabs(second))
    assert [row["in_mis"] for row in second.needs.values()] == ["Yes", "No", "No"]
    assert {k: row["in_mis"] for k, row in third.needs.items()} == dict.fromkeys(first.needs, "Yes")


def test_no_needs_is_not_the_same_as_nothing_said() -> None:
    first = run(mis(FULL))
    none = run(mis(replace(FULL, needs=())), tabs(first))
    silent = run(mis(replace(FULL, needs=None)), tabs(first))
    assert (one(none.roll)["primary"], one(none.roll)["area"]) == (None, None)
    assert one(silent.roll)["primary"] == "ASD"


# Provisions


def provisions(*found: Provision, pupils: tuple[Pupil, ...] = (FULL,), full: bool = True) -> MisData:
    return mis(*pupils, provisions=found, full=full)


def test_a_provision_has_a_key_that_lasts_and_a_wave_in_words() -> None:
    reading = Provision("Reading", upn="A1", start=date(2026, 9, 1), wave="wave 2", minutes=30.0)
    first = run(provisions(reading))
    second = run(provisions(Provision("Typing", upn="A1"), replace(reading, minutes=20.0)), tabs(first))
    (key,) = first.mis_provision or {}
    assert key.startswith("M-")
    assert (first.mis_provision or {})[key]["wave"] == "Targeted"
    assert (second.mis_provision or {})[key]["minutes"] == 20.0
    assert len(second.mis_provision or {}) == 2


def test_a_provision_is_known_by_the_mis_id_when_its_name_changes() -> None:
    first = run(provisions(Provision("Reading", upn="A1", mis_id="9")))
    second = run(provisions(Provision("Reading group", upn="A1", mis_id="9")), tabs(first))
    assert list(first.mis_provision or {}) == list(second.mis_provision or {})


def test_the_same_provision_twice_is_two_rows() -> None:
    twice = Provision("Reading", upn="A1", start=date(2026, 9, 1))
    assert len(run(provisions(twice, twice)).mis_provision or {}) == 2


def test_a_provision_finds_its_pupil_by_any_number() -> None:
    found = run(
        provisions(
            Provision("a", upn="A1"),
            Provision("b", upn="T1"),
            Provision("c", pupil_mis_id="0012"),
            Provision("d", upn="X9"),
        )
    )
    ref = one(found.roll)["ref"]
    assert [(row["name"], row["ref"]) for row in (found.mis_provision or {}).values()] == [
        ("a", ref),
        ("b", ref),
        ("c", ref),
    ]
    assert found.problems == (
        "A provision for X9 could not be placed: no such pupil on the roll. Check the UPN in the MIS.",
    )


def test_a_provision_of_a_pupil_of_whom_a_partial_file_says_nothing_is_placed() -> None:
    reading = Provision("Reading", upn="A1")
    first = run(provisions(reading, pupils=(FULL, Pupil("B1"))))
    second = run(provisions(reading, pupils=(Pupil("B1"),), full=False), tabs(first))
    assert (second.mis_provision, second.problems) == (first.mis_provision, ())


def test_a_provision_of_a_upn_that_names_another_child_changes_neither() -> None:
    first = run(provisions(Provision("Reading", upn="A1")))
    other = Pupil("A1", legal_surname="Else", legal_forename="Who", dob=date(2013, 1, 1))
    second = run(provisions(Provision("Mentoring", upn="A1"), pupils=(other, Pupil("B1"))), tabs(first))
    assert second.mis_provision == first.mis_provision


def test_no_provisions_file_leaves_the_provisions_alone() -> None:
    first = run(provisions(Provision("Reading", upn="A1")))
    assert run(mis(FULL), tabs(first)).mis_provision is None


def test_a_provision_no_longer_listed_stays_marked() -> None:
    first = run(provisions(Provision("Reading", upn="A1"), Provision("Typing", upn="A1")))
    second = run(provisions(Provision("Typing", upn="A1")), tabs(first))
    assert [(r["name"], r["in_mis"]) for r in (second.mis_provision or {}).values()] == [
        ("Typing", "Yes"),
        ("Reading", "No"),
    ]


# In the workbook: the difference, and what a person did there


def office(*pupils: Pupil) -> Office:
    made = Office()
    made.sync(mis(*pupils))
    return made


def test_only_the_cells_that_changed_are_written() -> None:
    made = office(FULL, replace(FULL, upn="B1", mis_id="13", dob=date(2013, 1, 1)))
    changed = replace(FULL, registration_group="7B")
    plan = made.plan(mis(changed, replace(FULL, upn="B1", mis_id="13", dob=date(2013, 1, 1))))
    ref = made.ref("A1")
    assert [(w.values, w.column) for w in plan.writes if w.tab == "roll"] == [
        (((f"True, NA (7B) · {ref}",),), 1),
        ((("7B",),), 4),
    ]
    assert [(c.kind, c.key, c.field, c.old, c.new) for c in plan.changes] == [("changed", ref, "Class", "7A", "7B")]


def test_a_new_pupil_goes_below_the_others() -> None:
    made = office(FULL)
    new = Pupil("B1", legal_surname="A", year_group="1", status_history=())
    plan = made.plan(mis(FULL, new))
    (write,) = [w for w in plan.writes if w.tab == "roll"]
    assert (write.row, write.column, len(write.values)) == (2, 0, 1)


def test_words_typed_in_a_machine_tab_are_kept_in_the_log_and_put_right() -> None:
    made = office(FULL)
    made.board.type("roll", 1, "group", "ask Tom")
    made.board.type("roll", 5, "upn", "a note")
    plan = made.sync(mis(FULL))
    assert [(c.kind, c.field, c.old) for c in plan.changes] == [
        ("typed-over", "Class", "ask Tom"),
        ("typed-over", "UPN", "a note"),
    ]
    assert (made.board.value("roll", 1, "group"), made.board.value("roll", 5, "upn")) == ("7A", None)
    assert made.plan(mis(FULL)).writes_workbook is False


def test_a_row_deleted_from_the_roll_comes_back_under_its_reference() -> None:
    made = office(replace(FULL, upn="T9", former_upns=()))
    ref = made.ref("T9")
    moved_on = mis(replace(FULL, upn="A1", former_upns=("T9",)))
    made.sync(moved_on)
    made.board.delete_row("roll", 1)
    plan = made.sync(moved_on)
    assert (made.ref("A1"), plan.changes, plan.inserts) == (ref, (), ())
    assert made.plan(moved_on).writes_workbook is False


def test_a_reference_typed_over_on_the_roll_is_put_right() -> None:
    made = office(FULL)
    ref = made.ref("A1")
    made.board.type("roll", 1, "ref", "HELLO")
    plan = made.sync(mis(FULL))
    assert made.board.values("roll", "ref") == [ref]
    assert [(c.field, c.old) for c in plan.changes] == [("Ref", "HELLO")]
    assert made.plan(mis(FULL)).writes_workbook is False


def test_a_duplicated_row_of_the_roll_is_taken_away() -> None:
    made = office(FULL)
    sheet = made.board.sheet("roll")
    sheet.cells[4] = list(sheet.cells[1])
    plan = made.sync(mis(FULL))
    assert (len(made.board.values("roll", "ref")), plan.changes) == (1, ())


def test_an_impossible_date_typed_on_the_roll_stops_nothing() -> None:
    made = office(FULL)
    made.board.type("roll", 1, "dob", 1e12)
    made.board.type("roll", 1, "since", -1e12)
    made.sync(mis(FULL))
    assert made.board.value("roll", 1, "dob") == serial(date(2012, 3, 4))
    assert made.plan(mis(FULL)).writes_workbook is False


def test_a_grid_that_is_full_grows() -> None:
    made = office(FULL)
    del made.board.sheet("roll").cells[2:]
    del made.board.sheet("log").cells[2:]
    more = mis(FULL, *(Pupil(f"B{n}", legal_surname=f"S{n}", status_history=()) for n in range(4)))
    plan = made.sync(more)
    assert {(g.tab, g.rows > 0) for g in plan.grows} == {("roll", True), ("log", True)}
    assert len(made.board.values("roll", "ref")) == 5
    assert made.now == NOW
