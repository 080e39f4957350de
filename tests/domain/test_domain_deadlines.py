from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.deadlines import AnnualDates, MeetingDates, anniversary, annual_dates, meeting_dates


def test_the_worked_example_of_a_meeting_on_18_november_2026() -> None:
    assert meeting_dates(date(2026, 11, 18)) == MeetingDates(
        invitations=date(2026, 11, 4),
        papers=date(2026, 11, 4),
        report=date(2026, 12, 2),
        decision=date(2026, 12, 16),
        final_plan=date(2027, 2, 10),
    )


def test_the_review_is_complete_on_the_day_before_the_anniversary() -> None:
    assert annual_dates(date(2026, 3, 10)) == AnnualDates(
        last_day=date(2027, 3, 9),
        latest_meeting=date(2027, 2, 9),
        target_first=date(2026, 12, 29),
        target_last=date(2027, 1, 12),
    )


@pytest.mark.parametrize(
    ("since", "last"),
    [
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2024, 2, 28), date(2025, 2, 27)),
        (date(2024, 3, 1), date(2025, 2, 28)),
        (date(2023, 3, 1), date(2024, 2, 29)),
        (date(2023, 2, 28), date(2024, 2, 27)),
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2026, 8, 31), date(2027, 8, 30)),
    ],
)
def test_a_year_that_begins_or_ends_at_29_february_has_its_right_last_day(since: date, last: date) -> None:
    assert annual_dates(since).last_day == last


def test_the_anniversary_of_29_february_is_1_march_but_in_leap_years() -> None:
    assert [anniversary(date(2024, 2, 29), n) for n in (1, 4)] == [date(2025, 3, 1), date(2028, 2, 29)]


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)))
def test_a_meeting_on_the_latest_day_leaves_the_authority_its_four_weeks_to_the_day(since: date) -> None:
    dates = annual_dates(since)
    assert meeting_dates(dates.latest_meeting).decision == dates.last_day
    assert dates.last_day - since in (timedelta(days=364), timedelta(days=365))
    assert dates.target_first < dates.target_last < dates.latest_meeting < dates.last_day
