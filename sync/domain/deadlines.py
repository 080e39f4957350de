"""The dates that reviews of an education, health and care plan must keep.

Every period is in calendar days and skips none; sources are named at each rule. A period "beginning with" a day
includes it; one "within n weeks of" a day does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

WEEK: Final = timedelta(weeks=1)
LA_DECIDES: Final = 4 * WEEK
"""SEND Regulations 2014 reg.20(10): the LA tells its decision within four weeks of the meeting."""
NOTICE: Final = 2 * WEEK
"""reg.20(3) and (4): invitations, and the papers, at least two weeks before the meeting."""
REPORT: Final = 2 * WEEK
"""reg.20 and Code of Practice 9.176: the written report within two weeks of the meeting."""
FINAL_PLAN: Final = 12 * WEEK
"""reg.22(3), and L v Devon CC [2022] EWHC 493: an amended plan within twelve weeks of the meeting."""
TARGET_FIRST: Final = 10 * WEEK
TARGET_LAST: Final = 8 * WEEK
"""Our own advice, not law: eight to ten weeks before the last day leaves room for a meeting that is put off."""


@dataclass(frozen=True, slots=True)
class AnnualDates:
    """What follows from the day of the plan or of its last review.

    Attributes:
        last_day: by which the review is complete, the LA's decision included.
        latest_meeting: the last day on which the meeting leaves the LA its four weeks.
        target_first: where the meeting is best held from.
        target_last: where the meeting is best held until.
    """

    last_day: date
    latest_meeting: date
    target_first: date
    target_last: date


@dataclass(frozen=True, slots=True)
class MeetingDates:
    """What follows from the day of a review meeting, each a last day."""

    invitations: date
    papers: date
    report: date
    decision: date
    final_plan: date


def anniversary(day: date, years: int = 1) -> date:
    """The same day of a later year; of 29 February in a common year, 1 March.

    The period *ends the day before*: a year that begins with 29 February 2024 ends with 28 February 2025, and so
    must not be cut short by a day as it would be if its anniversary were taken to be 28 February.
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def annual_dates(since: date) -> AnnualDates:
    """When a plan made or last reviewed on `since` must be reviewed.

    The review is completed within 12 months *beginning with* that day (Children and Families Act 2014 s.44(1)), so
    the last day is the day before the anniversary.
    """
    last = anniversary(since) - timedelta(days=1)
    return AnnualDates(last, last - LA_DECIDES, last - TARGET_FIRST, last - TARGET_LAST)


def meeting_dates(meeting: date) -> MeetingDates:
    """What a review meeting on a day binds everybody to."""
    return MeetingDates(
        invitations=meeting - NOTICE,
        papers=meeting - NOTICE,
        report=meeting + REPORT,
        decision=meeting + LA_DECIDES,
        final_plan=meeting + FINAL_PLAN,
    )
