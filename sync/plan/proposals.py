"""Times for a review that is due: free in the SENCO's calendar, on school days, in the year's gaps if given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from sync.domain.meetings import Busy, MeetingKind
from sync.domain.school_clock import instant, say_day, wall
from sync.plan.reviews import meeting_warnings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.domain.school_days import SchoolCalendar
    from sync.plan.reviews import Due

USUAL_MINUTES: Final = {MeetingKind.SUPPORT: 45, MeetingKind.ANNUAL: 90}
"""Room enough for the longer of what schools do (30 to 45, 60 to 90); a setting, not a rule."""
CHOICES: Final = 3
_STEP: Final = timedelta(minutes=15)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a weekday (0 is Monday) on the wall clock in which a meeting can be."""

    weekday: int
    starts: time
    ends: time


SCHOOL_HOURS: Final = tuple(Gap(day, time(9), time(16, 30)) for day in range(5))


@dataclass(frozen=True, slots=True)
class Proposal:
    """One time for a review, in UTC.

    `best` is whether its day is among the best; `late` whether it is after the last day that the review allows.
    """

    starts: datetime
    ends: datetime
    day: date
    best: bool
    late: bool = False


@dataclass(frozen=True, slots=True)
class Proposed:
    """The times proposed for a review, in order, and sentences on what is awkward about them, or why there are none."""

    times: tuple[Proposal, ...]
    warnings: tuple[str, ...] = ()


def propose(
    due: Due,
    *,
    today: date,
    calendar: SchoolCalendar,
    busy: Sequence[Busy],
    minutes: int | None = None,
    hours: Iterable[Gap] = SCHOOL_HOURS,
    gaps: Iterable[Gap] | None = None,
    choices: int = CHOICES,
) -> Proposed:
    """Times for one review, at most one a day: the best days first, then later ones, then earlier ones.

    Where nothing is left up to the last day that the review allows, the first days after it are proposed, as late.

    Args:
        due: the review.
        today: the school's day; the notice runs from it.
        calendar: the school's year.
        busy: her busy times; what was proposed for other reviews belongs here too, so that no two meet.
        minutes: the meeting's length; by default what is usual for its kind.
        hours: when she holds meetings.
        gaps: when this pupil's year can spare its people; None for no such limit.
        choices: how many times at most.
    """
    length = timedelta(minutes=minutes or USUAL_MINUTES[due.kind])
    windows = _windows(hours, gaps)
    of_day: dict[date, list[Busy]] = {}
    for each in busy:
        last = wall(each.ends).date()
        day = wall(each.starts).date()
        while day <= last:
            of_day.setdefault(day, []).append(each)
            day += _DAY
    found: list[Proposal] = []
    for day, late in _days(due, today + due.notice, calendar):
        if len(found) == choices or (late and found and not found[-1].late):
            break
        start = _first_free(day, length, windows, of_day.get(day, ()))
        if start:
            found.append(proposal(due, start, minutes))
    found.sort(key=lambda each: each.starts)
    return say_proposed(due, found, today=today, calendar=calendar)


def proposal(due: Due, starts: datetime, minutes: int | None = None) -> Proposal:
    """One time for a review, beginning at an instant."""
    day = wall(starts).date()
    ends = starts + timedelta(minutes=minutes or USUAL_MINUTES[due.kind])
    return Proposal(starts, ends, day, due.best[0] <= day <= due.best[1], day > due.latest)


def say_proposed(due: Due, found: Sequence[Proposal], *, today: date, calendar: SchoolCalendar) -> Proposed:
    """The times of a review with what is awkward about them."""
    said: list[str] = []
    first = today + due.notice
    known = calendar.half_terms[-1].last if calendar.half_terms else None
    if known is None or due.best[1] > known:
        said.append(
            f"{due.ref}: its best days, {say_day(due.best[0])} to {say_day(due.best[1])}, are not all within the half "
            "terms in Settings: add the next year's to have them proposed."
        )
    if not found:
        said.append(
            f"{due.ref}: no time is free from {say_day(first)} on within your hours and the year's gaps: make room in "
            "your calendar, or choose a time yourself."
        )
    elif found[0].late:
        said.append(f"{due.ref}: these times are after {say_day(due.latest)}, the last day; none before it is left.")
    if due.kind is MeetingKind.ANNUAL:
        for each in found:
            said += meeting_warnings(each.day, calendar, today=today)
    return Proposed(tuple(found), tuple(dict.fromkeys(said)))


def _days(due: Due, first: date, calendar: SchoolCalendar) -> Iterator[tuple[date, bool]]:
    """The school days to try, in order of preference, each with whether it is late."""
    low, high = max(first, due.best[0]), min(due.best[1], due.latest)
    yield from ((day, False) for day in calendar.school_days(low, high))
    yield from ((day, False) for day in calendar.school_days(max(first, high + _DAY), due.latest))
    earlier = calendar.school_days(first, min(due.best[0] - _DAY, due.latest))
    yield from ((day, False) for day in reversed(list(earlier)))
    end = calendar.half_terms[-1].last if calendar.half_terms else due.latest
    yield from ((day, True) for day in calendar.school_days(max(first, due.latest + _DAY), end))


def _windows(hours: Iterable[Gap], gaps: Iterable[Gap] | None) -> tuple[Gap, ...]:
    """The stretches that are in her hours and in a gap."""
    if gaps is None:
        return tuple(hours)
    spare = tuple(gaps)
    both = (
        Gap(one.weekday, max(one.starts, two.starts), min(one.ends, two.ends))
        for one in hours
        for two in spare
        if one.weekday == two.weekday
    )
    return tuple(sorted((gap for gap in both if gap.starts < gap.ends), key=lambda gap: (gap.weekday, gap.starts)))


def _first_free(day: date, length: timedelta, windows: Sequence[Gap], busy: Sequence[Busy]) -> datetime | None:
    for window in windows:
        if window.weekday != day.weekday():
            continue
        at, end = instant(day, window.starts), instant(day, window.ends)
        while at + length <= end:
            if not any(b.meets(at, at + length) for b in busy):
                return at
            at += _STEP
    return None
