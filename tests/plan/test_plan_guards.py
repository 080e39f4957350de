"""Guards: each one refusing, each deliberate way on, and nothing planned beside a refusal."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from board import FILE, Board, Office, mis

from sync.domain.records import Contact, Pupil, StatusSpell
from sync.plan import guards
from sync.plan.families import adults_of
from sync.plan.guards import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.domain.records import MisData
    from sync.plan.actions import Plan
    from sync.plan.mirror import Rows


def pupil(n: int, status: str | None = "K") -> Pupil:
    spells = None if status is None else (StatusSpell(status, date(2024, 9, 1)),)
    return Pupil(f"UPN{n}", legal_surname=f"S{n}", legal_forename="F", dob=date(2012, 1, 1), status_history=spells)


def roll(*numbers: int, status: str | None = "K") -> MisData:
    return mis(*(pupil(n, status) for n in numbers))


FULL = roll(*range(40))


@pytest.fixture
def office() -> Office:
    """Forty pupils, all at SEN support."""
    office = Office()
    office.sync(FULL)
    return office


def refused(plan: Plan) -> list[tuple[str, str]]:
    """Each refusal and its way on; a plan with one holds nothing else."""
    if plan.refusals:
        assert plan == type(plan)(refusals=plan.refusals)
        assert [r.next_step for r in plan.refusals if not r.next_step.endswith(".")] == []
    return [(r.guard, r.accept) for r in plan.refusals]


@pytest.mark.parametrize(
    ("data", "guard", "accept"),
    [
        (roll(), "empty roll", ""),
        (roll(*range(40), status=None), "no SEN information", "no-sen"),
        (roll(*range(35)), "", ""),
        (roll(*range(34)), "roll shrank", "leavers"),
        (roll(*range(60)), "", ""),
        (roll(*range(61)), "many new pupils", "joiners"),
        (mis(*(pupil(n, "E" if n < 20 else "K") for n in range(40))), "", ""),
        (mis(*(pupil(n, "E" if n < 21 else "K") for n in range(40))), "most statuses changed", "statuses"),
    ],
)
def test_data_that_cannot_be_right_is_refused(office: Office, data: MisData, guard: str, accept: str) -> None:
    found = refused(office.plan(data))
    assert [f for f in found if f[0] == guard] == ([(guard, accept)] if guard else [])
    if accept:
        assert refused(office.plan(data, accepted=[accept])) == []


def test_an_empty_roll_has_no_way_on(office: Office) -> None:
    found = refused(office.plan(roll(), accepted=["", "leavers", "no-sen", "joiners", "statuses", "columns"]))
    assert found == [("empty roll", "")]


def test_another_schools_file_is_refused_for_each_reason_at_once(office: Office) -> None:
    found = refused(office.plan(roll(*range(100, 130))))
    assert found == [("roll shrank", "leavers"), ("many new pupils", "joiners")]
    assert refused(office.plan(roll(*range(100, 130)), accepted=["leavers"])) == [("many new pupils", "joiners")]


def test_a_small_number_is_always_allowed() -> None:
    office = Office()
    office.sync(roll(1, 2, 3, 4, 5, 6))
    assert refused(office.plan(roll(6, 7, 8, 9, 10, 11))) == []
    assert refused(office.plan(roll(7, 8, 9, 10, 11, 12))) == [
        ("roll shrank", "leavers"),
        ("many new pupils", "joiners"),
    ]


def test_the_limits_are_the_schools_own() -> None:
    office = Office(limits=Limits(leavers_share=0.5, status_share=0.01, small=0, min_roll=3))
    office.sync(roll(1, 2, 3, 4))
    assert refused(office.plan(roll(1, 2))) == [("empty roll", "")]
    assert refused(office.plan(roll(1, 2, 3))) == []
    assert refused(office.plan(roll(1, 2, 3, 4, status="E"))) == [("most statuses changed", "statuses")]


def test_a_file_of_some_pupils_is_no_shrunken_roll(office: Office) -> None:
    assert refused(office.plan(replace(roll(1), sources=()))) == []


def test_who_keeps_a_key_because_a_brother_or_sister_left_is_no_other_contact() -> None:
    mother, mary = Contact(1, "Mrs", "", "Khan", email="k@home.example"), {"forename": "Mary"}
    (stays,) = adults_of([("BBBBB", Pupil("A", contacts=(mother,)))], "salt")
    (leaves,) = adults_of([("CCCCC", Pupil("B", contacts=(replace(mother, **mary),)))], "salt")
    known = {"BBBBB": (stays,), "CCCCC": (replace(leaves, key=stays.key),)}
    aisha = adults_of([("BBBBB", Pupil("A", contacts=(replace(mother, forename="Aisha"),)))], "salt")
    told = {"BBBBB": aisha, "CCCCC": ()}
    on_roll: Rows = {"BBBBB": {"on_roll": "Yes"}, "CCCCC": {"on_roll": "No"}}
    assert guards.contacts(told, known, on_roll, Limits(few_contacts=0, contacts_share=0), ()) == []


def test_a_first_sync_without_sen_is_refused_and_may_be_accepted() -> None:
    assert refused(Office().plan(roll(1, status=None))) == [("no SEN information", "no-sen")]
    assert refused(Office().plan(roll(1, status=None), accepted=["no-sen"])) == []


def test_a_school_that_never_had_sen_is_not_refused_again() -> None:
    office = Office()
    office.sync(roll(1, status=None), accepted=["no-sen"])
    assert refused(office.plan(roll(1, status=None))) == []


# The workbook


def drop_column(board: Board, tab: str, key: str) -> None:
    sheet, at = board.sheet(tab), board.column(tab, key)
    for row in sheet.cells:
        del row[at]
    del sheet.marks[at]
    sheet.columns -= 1


def mark(board: Board, told: dict[str, str]) -> None:
    (number,) = [i for i, (key, _) in board.marks.items() if key == guards.WORKBOOK_MARK]
    board.marks[number] = (guards.WORKBOOK_MARK, json.dumps(told))


@pytest.mark.parametrize(
    ("spoil", "guard", "accept"),
    [
        (lambda board: board.marks.clear(), "not ours", ""),
        (lambda board: mark(board, {"id": "the first one"}), "copied workbook", ""),
        (lambda board: board.sheets.remove(board.sheet("log")), "tab gone", ""),
        (lambda board: drop_column(board, "register", "notes"), "column gone", "columns"),
        (lambda board: drop_column(board, "register", "status"), "column gone", ""),
        (lambda board: drop_column(board, "register", "ref"), "column gone", ""),
        (lambda board: drop_column(board, "roll", "upn"), "column gone", ""),
        (lambda board: board.delete_row("register", 0), "header gone", ""),
    ],
)
def test_a_workbook_that_lost_something_is_refused(
    office: Office, spoil: Callable[[Board], None], guard: str, accept: str
) -> None:
    spoil(office.board)
    assert refused(office.plan(FULL)) == [(guard, accept)]
    still = refused(office.plan(FULL, accepted=["columns", "leavers", "joiners", "statuses", "no-sen"]))
    assert still == ([] if accept else [(guard, "")])


@pytest.mark.parametrize("key", ["next_review", "strategies", "proposed_status", "proposed_need", "notes"])
def test_a_column_of_hers_that_she_meant_to_delete_is_not_asked_about_again(office: Office, key: str) -> None:
    drop_column(office.board, "register", key)
    office.sync(FULL, accepted=["columns"])
    assert office.documents["without"] == [["register", key]]
    assert office.sync(FULL).writes_workbook is False
    office.board.delete_row("register", 3)
    office.sync(FULL)
    assert len(office.board.values("register", "ref")) == 40


def test_a_column_that_came_back_and_goes_again_is_asked_about_again(office: Office) -> None:
    whole = [list(row) for row in office.board.sheet("register").cells]
    marks, columns = list(office.board.sheet("register").marks), office.board.sheet("register").columns
    drop_column(office.board, "register", "notes")
    office.sync(FULL, accepted=["columns"])
    sheet = office.board.sheet("register")
    sheet.cells, sheet.marks, sheet.columns = whole, marks, columns
    office.sync(FULL)
    assert office.documents["without"] == []
    drop_column(office.board, "register", "notes")
    assert refused(office.plan(FULL)) == [("column gone", "columns")]


def test_every_loss_is_named_at_once(office: Office) -> None:
    drop_column(office.board, "register", "notes")
    office.board.sheets.remove(office.board.sheet("log"))
    plan = office.plan(FULL)
    repair = "Undo it in the sheet (Ctrl+Z or version history), or run `sensync setup` to put it back"
    assert guards.sentences(plan.refusals) == [
        f"The tab 'Change log' is not in the workbook any more. {repair}.",
        f"The column 'Notes' of the tab 'SEN register' is gone. {repair} (with what was typed in it).",
    ]
    assert [line.split(":")[0] for line in plan.describe()] == ["REFUSED (tab gone)", "REFUSED (column gone)"]


def test_the_mark_of_this_very_workbook_is_good(office: Office) -> None:
    mark(office.board, {"id": FILE, "school": "000/0000"})
    assert refused(office.plan(FULL)) == []


def test_a_header_that_was_renamed_or_a_mark_that_was_lost_is_no_loss(office: Office) -> None:
    sheet, at = office.board.sheet("register"), office.board.column("register", "notes")
    sheet.marks[at] = []
    assert refused(office.plan(FULL)) == []
    office.sync(FULL)
    sheet.cells[0][at] = {"stringValue": "Renamed"}
    assert refused(office.plan(FULL)) == [("column gone", "columns")]
