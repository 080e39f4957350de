from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from school_year import CALENDAR, held, pupil

from sync.domain.deadlines import NOTICE
from sync.domain.meetings import Happened, MeetingKind
from sync.plan.cells import serial
from sync.plan.reviews import (
    SUPPORT_NOTICE,
    Due,
    annual_due,
    due_reviews,
    meeting_warnings,
    support_due,
)

REF = "K7F3K"
TODAY = date(2026, 11, 23)
ANNUAL = MeetingKind.ANNUAL
SINCE = date(2026, 3, 10)


def annual(today: date, *meetings: object, since: date = SINCE) -> Due | None:
    return annual_due(REF, since, meetings, CALENDAR, today)  # type: ignore[arg-type]


def support(today: date, *meetings: object, since: date | None = None) -> Due | None:
    return support_due(REF, since, meetings, CALENDAR, today)  # type: ignore[arg-type]


def test_an_annual_review_is_due_with_all_its_dates() -> None:
    assert annual(TODAY) == Due(
        ref=REF,
        kind=ANNUAL,
        by=date(2027, 3, 9),
        latest=date(2027, 2, 9),
        best=(date(2026, 12, 29), date(2027, 1, 12)),
        notice=NOTICE,
    )


def test_an_annual_review_is_brought_up_six_weeks_before_its_best_days() -> None:
    first = date(2026, 12, 29) - timedelta(weeks=6)
    assert annual(first - timedelta(days=1)) is None
    assert annual(first) is not None


def test_an_annual_review_that_was_held_is_not_due_and_one_that_is_booked_says_so() -> None:
    december = date(2026, 12, 8)
    assert annual(TODAY, held(REF, TODAY, ANNUAL)) is None
    booked = annual(TODAY, held(REF, december, ANNUAL, Happened.UNKNOWN))
    assert booked is not None
    assert booked.booked == december
    assert annual(TODAY, held(REF, TODAY, MeetingKind.SUPPORT)) == annual(TODAY)
    assert annual(TODAY, held(REF, SINCE, ANNUAL)) == annual(TODAY)


def test_too_little_time_for_the_notice_or_the_authority_is_said() -> None:
    assert annual(date(2027, 1, 26)) == annual(date(2027, 1, 25))
    tight = annual(date(2027, 1, 27))
    late = annual(date(2027, 2, 10))
    assert tight is not None
    assert late is not None
    gone = annual(date(2027, 3, 10))
    assert gone is not None
    assert (tight.overdue, late.overdue, gone.overdue) == (False, True, True)
    assert gone.warnings == (
        (
            "The review should have been complete by Tuesday 9 March 2027: tell the local authority, and hold the "
            "meeting as soon as you can."
        ),
    )
    assert tight.warnings == (
        (
            "Two weeks' notice from today ends after Tuesday 9 February 2027, the last day that leaves the local "
            "authority its four weeks: tell them, and hold it as soon as you can."
        ),
    )
    assert late.warnings == (
        (
            "A meeting now leaves the local authority less than its four weeks before Tuesday 9 March 2027: tell them, "
            "and hold it as soon as you can."
        ),
    )


def test_due_dates_in_a_closure_are_warned_of() -> None:
    # Plan of 1 April 2026: complete by 31 March 2027 (Easter), meeting by 3 March.
    due = annual(date(2027, 1, 11), since=date(2026, 4, 1))
    assert due is not None
    assert (due.by, due.latest) == (date(2027, 3, 31), date(2027, 3, 3))
    assert due.warnings == (
        (
            "The review, with the local authority's decision, is due on Wednesday 31 March 2027, which is in the "
            "school holidays; the last school day before it is Thursday 25 March 2027."
        ),
    )


def test_a_plan_of_29_february_is_reviewed_by_28_february() -> None:
    due = annual(date(2024, 12, 1), since=date(2024, 2, 29))
    assert due is not None
    assert (due.by, due.latest) == (date(2025, 2, 28), date(2025, 1, 31))


def test_a_sen_support_review_is_due_by_the_end_of_each_term() -> None:
    assert support(TODAY) == Due(
        ref=REF,
        kind=MeetingKind.SUPPORT,
        by=date(2026, 12, 18),
        latest=date(2026, 12, 18),
        best=(date(2026, 11, 6), date(2026, 12, 18)),
        notice=SUPPORT_NOTICE,
        number=1,
    )
    assert support(date(2026, 11, 5)) is None
    met = held(REF, date(2026, 10, 6))
    assert support(TODAY, met) is None
    second = support(date(2027, 2, 22), met)
    assert second is not None
    assert (second.number, second.by, second.key) == (2, date(2027, 3, 25), "M-K7F3K-S-20270325")


def test_a_term_that_passed_without_a_meeting_leaves_its_review_overdue() -> None:
    late = support(date(2027, 1, 5))
    assert late is not None
    assert (late.number, late.overdue) == (1, True)


def test_three_meetings_are_enough_and_a_surgery_is_one_of_them() -> None:
    three = [held(REF, date(2026, 9, 15)), held(REF, date(2026, 10, 6)), held(REF, TODAY, MeetingKind.SURGERY)]
    assert support(date(2027, 7, 1), *three) is None
    two = support(date(2027, 7, 1), *three[:2])
    assert two is not None
    assert two.number == 3


def test_terms_before_a_pupil_came_to_sen_support_ask_for_nothing() -> None:
    february = date(2027, 2, 1)
    first = support(date(2027, 2, 22), since=february)
    assert first is not None
    assert (first.number, first.by) == (2, date(2027, 3, 25))
    before = held(REF, date(2026, 10, 6))
    assert support(date(2027, 2, 22), before, since=february) == first
    after = held(REF, date(2027, 2, 22))
    assert support(date(2027, 3, 1), before, after, since=february) is None
    assert support(date(2027, 2, 22), since=date(2024, 9, 1)) == support(date(2027, 2, 22))


def test_outside_the_school_year_no_sen_support_review_is_reckoned() -> None:
    assert support(date(2027, 8, 1)) is None


ROLL = {
    "K2222": pupil("K2222", since=serial(date(2024, 9, 1))),
    "K3333": pupil("K3333", status="E"),
    "N4444": pupil("N4444", status="N"),
    "N5555": pupil("N5555", status="N"),
    "K6666": pupil("K6666", on_roll="Left 01/10/2026"),
    "K7777": pupil("K7777", status="E"),
}


def test_the_most_pressing_review_comes_first_and_only_those_on_roll_and_register_have_any() -> None:
    booked = held("K2222", date(2026, 12, 8), happened=Happened.UNKNOWN)
    found = due_reviews(
        ROLL, plans={"K3333": SINCE}, meetings=[booked], calendar=CALENDAR, today=TODAY, register={"N4444"}
    )
    assert [(due.key, due.booked) for due in found] == [
        ("M-K2222-S-20261218", date(2026, 12, 8)),
        ("M-K3333-S-20261218", None),
        ("M-N4444-S-20261218", None),
        ("M-K7777-S-20261218", None),
        ("M-K3333-A-20270309", None),
    ]


def test_the_worked_example_falls_on_school_days_and_warns_of_nothing() -> None:
    assert meeting_warnings(date(2026, 11, 18), CALENDAR, today=date(2026, 10, 1)) == ()


def test_a_meeting_whose_dates_fall_in_closures_or_without_notice_is_warned_of() -> None:
    assert meeting_warnings(date(2026, 12, 8), CALENDAR, today=date(2026, 11, 25)) == (
        (
            "A meeting on Tuesday 8 December 2026 needs invitations by Tuesday 24 November 2026, which has passed: the "
            "family and the others must be asked whether the shorter notice is acceptable."
        ),
        (
            "The report is due on Tuesday 22 December 2026, which is in the school holidays; the last school day "
            "before it is Friday 18 December 2026."
        ),
    )


@given(st.dates(date(2025, 9, 1), date(2027, 7, 21)), st.dates(date(2026, 9, 1), date(2027, 7, 21)))
def test_no_due_date_is_ever_moved_by_a_closure(since: date, today: date) -> None:
    due = annual(today, since=since)
    if due:
        assert due.by - due.latest == timedelta(weeks=4)
        assert due.overdue == (today > due.latest)
