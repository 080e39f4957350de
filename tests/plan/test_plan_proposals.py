from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st
from school_year import CALENDAR, at

from sync.domain.deadlines import NOTICE
from sync.domain.meetings import Busy, MeetingKind
from sync.domain.school_clock import day_ends, day_starts, instant, wall
from sync.plan.proposals import SCHOOL_HOURS, Gap, Proposed, propose
from sync.plan.reviews import Due, annual_due, support_due

TODAY = date(2026, 11, 23)
TUESDAYS = (Gap(1, time(14), time(15)),)


def due(since: date = date(2026, 3, 10), today: date = TODAY) -> Due:
    found = annual_due("K7F3K", since, (), CALENDAR, today)
    assert found is not None
    return found


DUE = due()
SUPPORT = support_due("K7F3K", None, (), CALENDAR, TODAY)


def shown(proposed: Proposed) -> list[str]:
    return [f"{wall(p.starts):%a %d %b %H:%M}" for p in proposed.times]


def busy_until(day: date) -> list[Busy]:
    return [Busy(day_starts(date(2026, 9, 1)), day_starts(day))]


def test_the_best_days_come_first_one_time_a_day() -> None:
    proposed = propose(DUE, today=TODAY, calendar=CALENDAR, busy=())
    assert shown(proposed) == ["Tue 05 Jan 09:00", "Wed 06 Jan 09:00", "Thu 07 Jan 09:00"]
    assert {(p.best, p.late, p.ends - p.starts) for p in proposed.times} == {(True, False, timedelta(minutes=90))}


def test_what_is_busy_is_passed_over_by_quarters_of_an_hour() -> None:
    day = date(2027, 1, 5)
    busy = [Busy(at(day, 8), at(day, 9, 10)), Busy(at(day, 11), at(day, 12))]
    assert shown(propose(DUE, today=TODAY, calendar=CALENDAR, busy=busy, choices=1)) == ["Tue 05 Jan 09:15"]
    longer = propose(DUE, today=TODAY, calendar=CALENDAR, busy=busy, choices=1, minutes=120)
    assert shown(longer) == ["Tue 05 Jan 12:00"]


def test_the_years_gaps_and_her_hours_both_bound_the_times() -> None:
    found = propose(DUE, today=TODAY, calendar=CALENDAR, busy=(), minutes=60, gaps=TUESDAYS)
    assert shown(found) == ["Tue 05 Jan 14:00", "Tue 12 Jan 14:00", "Tue 19 Jan 14:00"]
    assert [p.best for p in found.times] == [True, True, False]
    morning = (Gap(1, time(9), time(14, 30)),)
    none = propose(DUE, today=TODAY, calendar=CALENDAR, busy=(), minutes=60, hours=morning, gaps=TUESDAYS)
    assert none.times == ()
    assert none.warnings == (
        (
            "K7F3K: no time is free from Monday 7 December 2026 on within your hours and the year's gaps: make room in "
            "your calendar, or choose a time yourself."
        ),
    )


def test_two_weeks_notice_is_never_cut_short_and_earlier_days_are_the_last_choice() -> None:
    only_december = [Busy(day_starts(date(2027, 1, 1)), day_ends(date(2027, 7, 21)))]
    found = propose(DUE, today=TODAY, calendar=CALENDAR, busy=only_december)
    assert shown(found) == ["Wed 16 Dec 09:00", "Thu 17 Dec 09:00", "Fri 18 Dec 09:00"]
    fewer = [*only_december, Busy(day_starts(date(2026, 12, 8)), day_ends(date(2026, 12, 31)))]
    assert shown(propose(DUE, today=TODAY, calendar=CALENDAR, busy=fewer)) == ["Mon 07 Dec 09:00"]


def test_where_nothing_is_left_the_first_late_days_are_proposed_as_late() -> None:
    found = propose(DUE, today=TODAY, calendar=CALENDAR, busy=busy_until(date(2027, 2, 10)))
    assert shown(found) == ["Wed 10 Feb 09:00", "Thu 11 Feb 09:00", "Fri 12 Feb 09:00"]
    assert {(p.best, p.late) for p in found.times} == {(False, True)}
    assert found.warnings[0] == (
        "K7F3K: these times are after Tuesday 9 February 2027, the last day; none before it is left."
    )


def test_best_days_beyond_the_half_terms_in_settings_are_told() -> None:
    july = date(2027, 7, 1)
    autumn = due(date(2026, 10, 1), july)
    found = propose(autumn, today=july, calendar=CALENDAR, busy=(), minutes=60, choices=1)
    assert shown(found) == ["Wed 21 Jul 09:00"]
    assert found.warnings[0] == (
        "K7F3K: its best days, Thursday 22 July 2027 to Thursday 5 August 2027, are not all within the half terms in "
        "Settings: add the next year's to have them proposed."
    )


def test_papers_that_fall_in_a_closure_are_warned_of() -> None:
    found = propose(DUE, today=TODAY, calendar=CALENDAR, busy=(), choices=1)
    assert found.warnings == (
        (
            "Sending the invitations and papers is due on Tuesday 22 December 2026, which is in the school holidays; "
            "the last school day before it is Friday 18 December 2026."
        ),
    )


def test_a_sen_support_review_needs_a_week_and_45_minutes() -> None:
    assert SUPPORT is not None
    found = propose(SUPPORT, today=TODAY, calendar=CALENDAR, busy=())
    assert shown(found) == ["Mon 30 Nov 09:00", "Tue 01 Dec 09:00", "Wed 02 Dec 09:00"]
    assert {p.ends - p.starts for p in found.times} == {timedelta(minutes=45)}
    assert found.warnings == ()


def test_two_reviews_do_not_get_the_same_time_if_the_first_is_told_to_the_second() -> None:
    first = propose(DUE, today=TODAY, calendar=CALENDAR, busy=())
    second = propose(
        replace(DUE, ref="M2345"), today=TODAY, calendar=CALENDAR, busy=[Busy(p.starts, p.ends) for p in first.times]
    )
    assert shown(second) == ["Tue 05 Jan 10:30", "Wed 06 Jan 10:30", "Thu 07 Jan 10:30"]


def test_in_summer_the_hours_are_those_of_the_schools_clock() -> None:
    summer = due(date(2026, 8, 10), date(2027, 4, 19))
    first = propose(summer, today=date(2027, 4, 19), calendar=CALENDAR, busy=()).times[0]
    assert (first.starts, first.day) == (datetime.combine(first.day, time(8), first.starts.tzinfo), date(2027, 6, 7))


@st.composite
def busy_weeks(draw: st.DrawFn) -> list[Busy]:
    days = [date(2026, 12, 1) + timedelta(days=n) for n in range(80)]
    found = []
    for day in days:
        start = draw(st.integers(8, 16))
        length = draw(st.integers(0, 8))
        found.append(Busy(at(day, start), at(day, start) + timedelta(hours=length)))
    return found


@given(busy_weeks(), st.dates(date(2026, 11, 17), date(2027, 2, 20)), st.integers(15, 180), st.integers(1, 5))
def test_every_time_is_free_on_a_school_day_in_her_hours_and_with_notice(
    busy: list[Busy], today: date, minutes: int, choices: int
) -> None:
    found = propose(DUE, today=today, calendar=CALENDAR, busy=busy, minutes=minutes, choices=choices)
    assert len({p.day for p in found.times}) == len(found.times) <= choices
    for proposal in found.times:
        assert CALENDAR.is_open(proposal.day)
        assert proposal.day - today >= NOTICE
        assert proposal.late == (proposal.day > DUE.latest)
        assert not any(b.meets(proposal.starts, proposal.ends) for b in busy)
        hours = SCHOOL_HOURS[proposal.day.weekday()]
        assert instant(proposal.day, hours.starts) <= proposal.starts
        assert proposal.ends <= instant(proposal.day, hours.ends)
    assert DUE.kind is MeetingKind.ANNUAL
