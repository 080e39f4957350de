"""The whole plan: what is told to whom, and that a second run plans nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from board import NOW, Office, mis
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.domain.records import Need, Problem, Provision, Pupil, Severity, StatusSpell
from sync.plan import report
from sync.plan.actions import Attention, Plan
from sync.plan.cells import serial
from sync.plan.shown import SHOWN


def pupil(n: int, status: str = "K", **changes: Any) -> Pupil:
    usual = Pupil(
        f"UPN{n}", mis_id=str(n), legal_surname=f"S{n}", legal_forename="F", dob=date(2012, 1, 1) + timedelta(n),
        year_group="7", registration_group="7A", status_history=(StatusSpell(status, date(2024, 9, 1)),),
        needs=(Need("ASD", 1),),
    )  # fmt: skip
    return replace(usual, **changes)


def lines(office: Office) -> list[tuple[object, ...]]:
    log = office.board.tab("log")
    return [tuple(log.at(r, k) for k in ("ref", "who", "what", "was", "now", "note")) for r in log.data_rows]


def told(office: Office) -> list[tuple[object, ...]]:
    status = office.board.tab("status")
    return [tuple(status.at(r, k) for k in ("topic", "where", "what")) for r in status.data_rows]


def test_the_first_sync_is_one_line_in_the_log_and_three_on_the_status_tab() -> None:
    office = Office()
    plan = office.sync(mis(pupil(1), pupil(2, "E"), pupil(3, "N")))
    assert lines(office) == [(None, "Everyone", "First sync", None, None, "3 pupils read from the MIS.")]
    assert told(office) == [
        ("Last change written", "This workbook", "Monday 05 October 2026, 08:30"),
        ("Read from", "MIS", "roll.xml (05/10/2026 07:00)"),
        ("On roll", "MIS", "3 pupils: 1 with an EHC plan, 1 at SEN support."),
    ]
    assert plan.summary == {
        "on_roll": 3, "ehc_plans": 1, "sen_support": 1, "new_pupils": 3, "changes": 0, "rows_added": 2,
        "meetings_added": 0, "concerns_added": 0, "rows_mended": 0, "typed_over": 0,
    }  # fmt: skip


def test_a_status_that_changed_is_logged_with_the_day_it_took_effect() -> None:
    office = Office()
    office.sync(mis(pupil(1), pupil(2, "N")))
    office.now = NOW + timedelta(days=1)
    spells = (StatusSpell("K", date(2024, 9, 1)), StatusSpell("E", date(2026, 10, 1)))
    office.sync(mis(pupil(1, status_history=spells), pupil(2, "K")))
    log = office.board.tab("log")
    row = log.data_rows[1]
    assert (log.at(row, "seen"), log.at(row, "effective")) == (
        pytest.approx(serial(datetime(2026, 10, 6, 8, 30))),  # noqa: DTZ001
        serial(date(2026, 10, 1)),
    )
    assert lines(office)[1:] == [
        (office.ref("UPN1"), "S1, F", "Status", "K", "E", None),
        (office.ref("UPN2"), "S2, F", "Status", "N", "K", "Now on the register."),
    ]


def test_who_joins_leaves_and_returns_is_logged() -> None:
    office = Office()
    office.sync(mis(pupil(1), pupil(2)))
    two = office.ref("UPN2")
    office.sync(mis(pupil(1), pupil(3)))
    office.sync(mis(pupil(1), pupil(2), pupil(3)))
    assert lines(office)[1:] == [
        (office.ref("UPN3"), "S3, F", "Joined", None, "K", None),
        (
            two,
            "S2, F",
            "On roll",
            "Yes",
            "Left 05/10/2026",
            "No longer in the MIS files. The row and what you wrote stay.",
        ),
        (two, "S2, F", "On roll", "Left 05/10/2026", "Yes", "Back on roll. The row is the same as before."),
    ]


def test_of_a_pupil_on_nobodys_register_only_status_and_roll_are_news() -> None:
    office = Office()
    office.sync(mis(pupil(1), pupil(2, "N")))
    office.sync(mis(pupil(1, registration_group="7B"), pupil(2, "N", registration_group="7B")))
    assert lines(office)[1:] == [(office.ref("UPN1"), "S1, F", "Class", "7A", "7B", None)]


def test_what_a_person_typed_in_the_roll_is_no_news_of_the_mis() -> None:
    office = Office()
    office.sync(mis(pupil(1)))
    office.board.type("roll", 1, "group", "8Z")
    plan = office.sync(mis(pupil(1)))
    assert [(c.kind, c.old) for c in plan.changes] == [("typed-over", "8Z")]


def test_a_proposal_waits_until_the_mis_agrees() -> None:
    office = Office()
    office.sync(mis(pupil(1), pupil(2)))
    row = office.board.find("register", office.ref("UPN1"))
    office.board.type("register", row, "proposed_status", "e")
    office.board.type("register", row, "proposed_need", "asd")
    office.sync(mis(pupil(1), pupil(2)))
    assert office.board.values("to_change", "proposed") == ["e"]
    assert office.sync(mis(pupil(1), pupil(2))).writes_workbook is False
    office.sync(mis(pupil(1, "E"), pupil(2)))
    assert office.board.values("to_change", "proposed") == []


def test_problems_of_the_mis_are_told_errors_first_and_not_without_end() -> None:
    warning = Problem("a.csv", 3, "status", "The code 'Z' is not one we know.")
    error = Problem("a.csv", 4, None, "The row has no UPN.", Severity.ERROR)
    assert report.mis_problems(mis(problems=(warning, error))) == [
        Attention("a.csv row 4", "The row has no UPN."),
        Attention("a.csv row 3 status", "The code 'Z' is not one we know."),
    ]
    many = report.mis_problems(mis(problems=(warning,) * 250))
    assert (len(many), many[-1].what) == (201, "And 50 more. `sensync mis preview` lists them all.")


def test_a_line_that_needs_nobody_any_more_goes_away() -> None:
    office = Office()
    trouble = Problem("a.csv", 3, "status", "Unknown code.")
    office.sync(mis(pupil(1), problems=(trouble,)))
    assert told(office)[3:] == [("Please look", "a.csv row 3 status", "Unknown code.")]
    assert office.sync(mis(pupil(1), problems=(trouble,))).writes_workbook is False
    office.sync(mis(pupil(1)))
    assert told(office)[3:] == []


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        (None, "text", ""),
        ("", "date", ""),
        (46300.0, "date", "05/10/2026"),
        (1e12, "date", "1000000000000"),
        ("soon", "date", "soon"),
        (0.5, "percent", "0.5"),
        ("K", "text", "K"),
    ],
)
def test_a_cell_in_a_line_of_the_log(value: Any, kind: str, said: str) -> None:
    assert report.say(value, kind) == said


# Teachers


def test_the_teachers_page_holds_four_columns_of_those_on_the_register_and_on_roll() -> None:
    office = Office()
    office.sync(mis(pupil(1, registration_group="7B"), pupil(2), pupil(3, "N"), pupil(4)))
    row = office.board.find("register", office.ref("UPN1"))
    office.board.type("register", row, "strategies", "sit in front")
    office.board.type("register", row, "notes", "private")
    page = office.sync(mis(pupil(1, registration_group="7B"), pupil(2), pupil(3, "N"))).teachers
    assert page is not None
    assert page.tabs[0].rows == (("S2, F", "7A", "K", ""), ("S1, F", "7B", "K", "sit in front"))
    assert page.tabs[0].clear == 1


def test_the_teachers_page_is_written_only_if_it_differs() -> None:
    office = Office()
    data = mis(pupil(1), pupil(2))
    assert office.sync(data).teachers is not None
    office.board.type("register", 1, "notes", "private")
    office.board.sort("register", lambda row: str(row[1]))
    assert office.sync(data).teachers is None


# Again, and again


@st.composite
def schools(draw: st.DrawFn) -> list[Pupil]:
    words = st.sampled_from(["NA", "Null", "True", "=1+1", "O'Neil", "Zoë", "王", " - "])
    found = []
    for n in draw(st.lists(st.integers(0, 30), unique=True, min_size=1, max_size=8)):
        history = draw(
            st.one_of(
                st.none(),
                st.lists(st.builds(StatusSpell, st.sampled_from(["K", "E", "N", "?"]), st.dates() | st.none())).map(
                    tuple
                ),
            )
        )
        needs = st.lists(
            st.builds(Need, st.sampled_from(["ASD", "SEMH", "X-1"]), st.integers(1, 3) | st.none()), max_size=3
        )
        found.append(
            Pupil(
                f"UPN{n}",
                mis_id=draw(st.sampled_from([str(n), None])),
                legal_surname=draw(words),
                legal_forename=draw(words),
                dob=draw(st.dates(date(2008, 1, 1), date(2020, 1, 1)) | st.none()),
                year_group=draw(st.sampled_from(["R", "7", "14", "Z", None])),
                registration_group=draw(words | st.none()),
                status_history=history,
                needs=draw(st.none() | needs.map(tuple)),
                pp=draw(st.booleans() | st.none()),
                attendance=draw(st.floats(0, 100) | st.none()),
            )
        )
    return found


@settings(max_examples=60, deadline=None)
@given(schools(), schools())
def test_a_second_run_plans_nothing(first: list[Pupil], then: list[Pupil]) -> None:
    office = Office()
    for roll in (first, then):
        provisions = tuple(Provision("Reading", upn=p.upn, minutes=p.attendance) for p in roll)
        data = mis(*roll, provisions=provisions)
        office.sync(data, accepted=["no-sen", "leavers", "joiners", "statuses", "provisions"])
        plan = office.plan(data, accepted=["no-sen", "leavers", "joiners", "statuses", "provisions"])
        # What the sheet's own formulas show is remembered as it is, whenever it is another.
        documents = {name: told for name, told in plan.documents.items() if name != SHOWN}
        rest = replace(plan, attention=(), families={}, summary={}, documents=documents)
        assert rest == Plan(attention=(), summary={}, made=())


@settings(max_examples=30, deadline=None)
@given(schools())
def test_a_lost_store_is_made_good_from_the_workbook(roll: list[Pupil]) -> None:
    office = Office()
    data = mis(*roll)
    office.sync(data, accepted=["no-sen"])
    again = Office(office.board)
    plan = again.sync(data, accepted=["no-sen"])
    assert (plan.writes_workbook, plan.changes) == (False, ())
    assert again.seen == office.seen


def test_a_plan_names_no_pupil() -> None:
    office = Office()
    data = mis(*(pupil(n, legal_surname="Featherstonehaugh", legal_forename="Zebedee") for n in range(4)))
    first = office.plan(data)
    office.sync(data)
    office.board.type("register", 1, "status", "over")
    office.board.type("roll", 1, "group", "over")
    then = office.plan(mis(*(pupil(n, "E", legal_surname="Featherstonehaugh-Cholmondeley") for n in range(5))))
    said = "\n".join([*first.describe(), *then.describe()])
    assert [name for name in ("Featherstonehaugh", "Zebedee", "Cholmondeley") if name in said] == []
    assert said.count("add a row for") == 5
