"""Which reviews are due, by when, and what their dates bind everybody to.

A SEN support review is due by the end of each term (Code of Practice 6.65, three a year); an annual review by the
dates of `sync.domain.deadlines`. Days are calendar days and are never moved; a date in a closure is warned of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sync.domain.deadlines import NOTICE, annual_dates, meeting_dates
from sync.domain.meetings import Happened, Meeting, MeetingKind
from sync.domain.school_clock import say_day
from sync.plan.cells import day_of, text
from sync.plan.facts import OURS
from sync.plan.guards import SEN
from sync.plan.meter import counts
from sync.plan.school_calendar import thirds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from sync.domain.school_days import SchoolCalendar
    from sync.plan.mirror import Rows

ASK_FOR_ADVICE: Final = timedelta(weeks=6)
"""How long before the meeting's first good day an annual review is brought up: advice is asked for four to six weeks
ahead, so that it can be circulated two weeks before (SEND Regulations 2014 reg.20(4))."""
SUPPORT_AHEAD: Final = timedelta(weeks=6)
"""How long before the end of a term its SEN support review is brought up; our choice."""
SUPPORT_NOTICE: Final = timedelta(weeks=1)
"""Notice to a family of a SEN support review; no rule, our choice."""


@dataclass(frozen=True, slots=True)
class Due:
    """A review that is due.

    Attributes:
        ref: the pupil.
        kind: SUPPORT or ANNUAL.
        by: the last day: of an annual review complete with the LA's decision, of a SEN support review held.
        latest: the last day for the meeting.
        best: the first and last day on which the meeting is best held.
        notice: how long before the meeting the family is to be told.
        number: which of the year's three a SEN support review is; 0 for an annual review.
        booked: the day on which a meeting for it is booked, if one is.
        overdue: whether `latest` has passed.
        warnings: sentences about dates in closures and notice that cannot be kept.
    """

    ref: str
    kind: MeetingKind
    by: date
    latest: date
    best: tuple[date, date]
    notice: timedelta
    number: int = 0
    booked: date | None = None
    overdue: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The key of the review's row in the Meetings tab, the same at every run: pupil, kind and last day.

        `M-` tells it from a row that a person added, like the rows of the provision map.
        """
        return f"{OURS}{self.ref}-{'A' if self.kind is MeetingKind.ANNUAL else 'S'}-{self.by:%Y%m%d}"


def due_reviews(
    roll: Rows,
    *,
    plans: Mapping[str, date],
    meetings: Sequence[Meeting],
    calendar: SchoolCalendar,
    today: date,
    register: Collection[str] = (),
) -> tuple[Due, ...]:
    """The reviews to be arranged now, the most pressing first; of equal ones in the order of the roll.

    Args:
        roll: the MIS roll by reference; leavers have no reviews.
        plans: the day on which each EHC plan was made or last reviewed, by reference. A pupil with status `E` and no
            day here has no annual review to reckon, which the register says itself.
        meetings: the rows of the Meetings tab that were understood.
        calendar: the school year.
        today: the school's day.
        register: pupils whom the SENCO has on her register beside SEN support and EHC plans: they too are met.
    """
    of: dict[str, list[Meeting]] = {}
    for meeting in meetings:
        of.setdefault(meeting.ref, []).append(meeting)
    found: list[Due] = []
    for ref, row in roll.items():
        if text(row.get("on_roll")) != "Yes":
            continue
        status = text(row.get("status"))
        if status == "E" and ref in plans:
            annual = annual_due(ref, plans[ref], of.get(ref, ()), calendar, today)
            found += [annual] if annual else []
        if status in SEN or ref in register:
            support = support_due(ref, day_of(row.get("since")), of.get(ref, ()), calendar, today)
            found += [support] if support else []
    return tuple(sorted(found, key=lambda due: (due.latest, due.kind != MeetingKind.ANNUAL)))


def annual_due(ref: str, since: date, meetings: Iterable[Meeting], calendar: SchoolCalendar, today: date) -> Due | None:
    """The annual review of a plan made or last reviewed on `since`; None if it is too early, or its meeting was held.

    A meeting held after `since` is this year's: the next period begins with the new date of review, once it is typed.
    """
    dates = annual_dates(since)
    own = [m for m in meetings if m.kind is MeetingKind.ANNUAL and m.day is not None and m.day > since]
    if any(m.happened is Happened.HELD for m in own) or today < dates.target_first - ASK_FOR_ADVICE:
        return None
    warnings = [calendar.warning("The review, with the local authority's decision,", dates.last_day)]
    warnings.append(calendar.warning("The meeting at the latest", dates.latest_meeting))
    if today > dates.last_day:
        warnings.append(
            f"The review should have been complete by {say_day(dates.last_day)}: tell the local authority, and hold "
            "the meeting as soon as you can."
        )
    elif today > dates.latest_meeting:
        warnings.append(
            f"A meeting now leaves the local authority less than its four weeks before {say_day(dates.last_day)}: "
            "tell them, and hold it as soon as you can."
        )
    elif today + NOTICE > dates.latest_meeting:
        warnings.append(
            f"Two weeks' notice from today ends after {say_day(dates.latest_meeting)}, the last day that leaves the "
            "local authority its four weeks: tell them, and hold it as soon as you can."
        )
    return Due(
        ref=ref,
        kind=MeetingKind.ANNUAL,
        by=dates.last_day,
        latest=dates.latest_meeting,
        best=(dates.target_first, dates.target_last),
        notice=NOTICE,
        booked=booked_day(own, today),
        overdue=today > dates.latest_meeting,
        warnings=tuple(filter(None, warnings)),
    )


def support_due(
    ref: str, since: date | None, meetings: Iterable[Meeting], calendar: SchoolCalendar, today: date
) -> Due | None:
    """The next of the year's three meetings, if its term is near its end; None if it is early or all were held.

    Terms that ended before the pupil came to SEN support (`since`) ask for nothing. Any meeting with the family that
    counts for the meter counts here.
    """
    ends = thirds(calendar)
    own = [m for m in meetings if counts(m, calendar)]
    held = {m.day for m in own if m.happened is Happened.HELD and m.day is not None and m.day <= today}
    asked = [(number, end) for number, end in enumerate(ends, start=1) if since is None or end >= since]
    passed = max((end for end in ends if since is not None and end < since), default=calendar.first)
    place = sum(1 for day in held if day >= passed)
    if not calendar.in_year(today) or place >= len(asked):
        return None
    number, by = asked[place]
    if today < by - SUPPORT_AHEAD:
        return None
    return Due(
        ref=ref,
        kind=MeetingKind.SUPPORT,
        by=by,
        latest=by,
        best=(by - SUPPORT_AHEAD, by),
        notice=SUPPORT_NOTICE,
        number=number,
        booked=booked_day(own, today),
        overdue=today > by,
    )


def booked_day(meetings: Iterable[Meeting], today: date) -> date | None:
    """The first day to come on which one of these is booked; None for none."""
    days = [m.day for m in meetings if m.happened is Happened.UNKNOWN and m.day is not None and m.day >= today]
    return min(days, default=None)


def meeting_warnings(meeting: date, calendar: SchoolCalendar, *, today: date) -> tuple[str, ...]:
    """What the day of an annual review meeting makes awkward: dates in closures, and notice that is too short."""
    dates = meeting_dates(meeting)
    named = {
        "Sending the invitations and papers": dates.papers,
        "The report": dates.report,
        "The local authority's decision": dates.decision,
    }
    found = [calendar.warning(what, day) for what, day in named.items()]
    if dates.invitations < today:
        found.insert(
            0,
            f"A meeting on {say_day(meeting)} needs invitations by {say_day(dates.invitations)}, which has passed: the "
            "family and the others must be asked whether the shorter notice is acceptable.",
        )
    return tuple(filter(None, found))
