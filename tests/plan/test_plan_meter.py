from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from school_year import CALENDAR, held

from sync.domain.meetings import Happened, Meeting, MeetingKind
from sync.plan.cells import Value, serial
from sync.plan.meter import Meter, meters, read_meeting, short_of_three

if TYPE_CHECKING:
    from collections.abc import Mapping

TODAY = date(2026, 11, 23)
REF = "K7F3K"
ROW: Mapping[str, Value] = {"pupil": f"Rooster, Ann (7B) \u00b7 {REF}", "kind": "SEN support review"}
SEPTEMBER, OCTOBER, DECEMBER = date(2026, 9, 15), date(2026, 10, 6), date(2026, 12, 8)


def read(**cells: Value) -> tuple[Meeting | None, tuple[str, ...]]:
    return read_meeting("P-1", {**ROW, **cells}, CALENDAR, TODAY)


def meter(*meetings: Meeting, today: date = TODAY) -> Meter:
    return meters([REF], meetings, CALENDAR, today)[REF]


def test_a_family_that_nobody_met_is_three_short() -> None:
    assert meter() == Meter(held=0, booked=0, short=3, unsaid=0)


def test_only_held_counts() -> None:
    rows = [
        held(REF, SEPTEMBER),
        held(REF, OCTOBER, happened=Happened.MISSED),
        held(REF, date(2026, 10, 7), happened=Happened.CANCELLED),
        held(REF, date(2026, 10, 8), happened=Happened.UNKNOWN),
        held(REF, DECEMBER, happened=Happened.UNKNOWN),
        Meeting("P-9", REF, MeetingKind.SUPPORT),
        held("M2345", OCTOBER),
    ]
    assert meter(*rows) == Meter(held=1, booked=1, short=2, unsaid=1)


def test_a_meeting_of_today_is_booked_until_somebody_says_that_it_was_held() -> None:
    assert meter(held(REF, TODAY, happened=Happened.UNKNOWN)) == Meter(booked=1)
    assert meter(held(REF, TODAY)) == Meter(held=1, short=2)


def test_meetings_of_another_school_year_and_coffee_mornings_do_not_count() -> None:
    rows = [held(REF, date(2026, 8, 31)), held(REF, date(2027, 7, 22)), held(REF, OCTOBER, MeetingKind.MORNING)]
    assert meter(*rows, today=date(2027, 7, 22)) == Meter()


def test_two_rows_of_one_day_are_one_meeting() -> None:
    apart = [held(REF, OCTOBER), Meeting("P-2", REF, MeetingKind.SURGERY, OCTOBER, Happened.HELD)]
    assert meter(*apart, held(REF, OCTOBER, happened=Happened.UNKNOWN)) == Meter(held=1, short=2)


def test_a_meeting_held_on_a_day_to_come_does_not_count() -> None:
    assert meter(held(REF, DECEMBER)) == Meter()


def test_more_than_three_are_not_less_than_none_short() -> None:
    rows = [held(REF, date(2026, 9, day)) for day in (7, 8, 9, 10)]
    found = meters([REF, "M2345"], rows, CALENDAR, TODAY)
    assert found == {REF: Meter(held=4, short=0), "M2345": Meter()}
    assert short_of_three(found) == {"M2345"}


def test_a_row_of_the_meetings_tab_is_understood() -> None:
    assert read(date=serial(OCTOBER), happened="Held") == (held_row(OCTOBER, Happened.HELD), ())
    assert read(date="8 December") == (held_row(DECEMBER, Happened.UNKNOWN), ())
    assert read(date=serial(OCTOBER), happened="Did not come") == (held_row(OCTOBER, Happened.MISSED), ())
    assert read(date=serial(OCTOBER), happened=True) == (held_row(OCTOBER, Happened.HELD), ())
    assert read(date=serial(OCTOBER), happened=False) == (held_row(OCTOBER, Happened.UNKNOWN), ())


def held_row(day: date, happened: Happened) -> Meeting:
    return Meeting("P-1", REF, MeetingKind.SUPPORT, day, happened)


def test_a_meeting_held_on_another_day_counts_on_that_day() -> None:
    row = read(date=serial(DECEMBER), held_on=serial(OCTOBER), happened="held")
    assert row == (held_row(OCTOBER, Happened.HELD), ())


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"pupil": "Adaeze Rooster"}, "P-1: 'Pupil' holds no reference: pick the pupil from the list."),
        ({"pupil": None}, "P-1: 'Pupil' holds no reference: pick the pupil from the list."),
        ({"kind": "chat"}, "P-1: 'Kind' is not one of the choices: choose one from the list."),
        (
            {"happened": "perhaps"},
            "P-1: 'What happened' is not one of the choices: choose Held, Did not come or Cancelled.",
        ),
        (
            {"date": "soon"},
            "P-1: 'Date': what is typed there is not a date: type a date such as 8/12/2026 or Tuesday 8 December 2026.",
        ),
        (
            {"happened": "Held"},
            "P-1: it was held, but 'Date' is empty: type the day, or it cannot be counted.",
        ),
        (
            {"happened": "Held", "date": serial(DECEMBER)},
            "P-1: it cannot have been held on a day to come: correct 'Date' or 'What happened'.",
        ),
    ],
)
def test_a_row_that_cannot_be_counted_says_why(cells: dict[str, Value], said: str) -> None:
    assert read(**cells) == (None, (said,))
