"""What a sync leaves for the letters about concerns: whom a round robin is about, the calendar, the SENCO's mails."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import pytest
from support.cases import Cases
from support.story import Begun, pupil

from sync.domain.concerns import FormKey, Response, Screen
from sync.domain.response_clock import is_school_day
from sync.service.concern_cases import known_calendar
from sync.store import Forms, Robins

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_workspace import LocalWorkspace

ASKS = "Ask teachers (round robin)"
ASKED_ABOUT = "Asked about"
OTHERS = ("art@school.example", "maths@school.example")


@pytest.fixture(scope="module")
def begun(story_workspace: LocalWorkspace) -> Iterator[Begun[Cases]]:
    with closing(Begun(Cases, story_workspace, [pupil(1, "N"), pupil(2, "N")])) as begun:
        yield begun


@pytest.fixture
def cases(begun: Begun[Cases], tmp_path: Path) -> Cases:
    """Two pupils without SEN; the form is there."""
    school = begun.copy(tmp_path)
    uri = "https://docs.google.com/forms/d/e/1concern/viewform"
    Forms(school.desk.store).save(school.book_id, FormKey.CONCERN, "1concern", uri, {"ref": "00000002"})
    return school


def asked_about(cases: Cases) -> list[tuple[str, str, str]]:
    rows = cases.teachers.rows(ASKED_ABOUT)
    return [(row["Reference"], row["Name"], row["Class"]) for row in rows if row["Reference"]]


def answers(cases: Cases, key: str, teacher: str) -> None:
    response = Response(FormKey.ROBIN, f"r-{teacher}", cases.now, cases.now, teacher, {"share": ("Yes",)})
    assert Robins(cases.desk.store).take(cases.book_id, key, response, screen=Screen.CLEAR, now=cases.now)


def test_the_teachers_workbook_says_whom_a_letter_is_about_until_all_have_answered(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(1)).key
    cases.sync()
    assert asked_about(cases) == []
    cases.decides(key, Outcome=ASKS, Ask=", ".join(OTHERS))
    assert asked_about(cases) == [(key, "Surname001, Forename001", "8A")]
    answers(cases, key, OTHERS[0])
    cases.sync()
    assert asked_about(cases) == [(key, "Surname001, Forename001", "8A")]
    assert cases.requests_of(cases.sync) == (1, 0)
    answers(cases, key, OTHERS[1])
    cases.sync()
    assert asked_about(cases) == []
    assert cases.requests_of(cases.sync) == (1, 0)


@pytest.mark.parametrize("decision", [{"Outcome": "Observe"}, {"Closed_on": 46350.0}])
def test_the_line_goes_when_the_senco_has_decided(cases: Cases, decision: dict[str, object]) -> None:
    key = cases.sends(1, cases.ref(1)).key
    cases.sync()
    cases.decides(key, Outcome=ASKS, Ask=OTHERS[0])
    assert [each[0] for each in asked_about(cases)] == [key]
    cases.decides(key, **decision)
    assert asked_about(cases) == []


def test_a_concern_without_a_pupil_has_no_line(cases: Cases) -> None:
    key = cases.sends(1).key
    cases.sync()
    cases.decides(key, Outcome=ASKS, Ask=OTHERS[0])
    assert asked_about(cases) == []


def test_the_letters_know_the_half_terms_of_the_settings_tab(cases: Cases) -> None:
    calendar = known_calendar(cases.desk.store, cases.book_id)
    # Monday of the autumn half term, the Monday after it, and Christmas Eve, by the dates that a new workbook has.
    days = [date(2026, 10, 26), date(2026, 11, 2), date(2026, 12, 24)]
    assert [is_school_day(day, calendar) for day in days] == [False, True, False]
