"""Reviews that a person asks for in a row of their own on *Meetings*, before Sensync would bring them up.

Such a row says whom, which kind of review and by when, and no date. What is written in it is theirs, so the times that
Sensync finds stand in a row of its own beside it, as those of every review that is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.domain.deadlines import NOTICE
from sync.domain.meetings import Happened, MeetingKind
from sync.plan.cells import text
from sync.plan.reviews import SUPPORT_AHEAD, SUPPORT_NOTICE, Due, booked_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sync.domain.meetings import Meeting
    from sync.plan.mirror import Rows

KINDS = (MeetingKind.SUPPORT, MeetingKind.ANNUAL)


@dataclass(frozen=True, slots=True)
class Asked:
    """A person's row that asks for a review, and by when it is to be held."""

    meeting: Meeting
    by: date


def is_asked(meeting: Meeting) -> bool:
    """Whether a row of a person's own, with a day under *Due by*, asks for a review."""
    return meeting.kind in KINDS and meeting.day is None and meeting.happened is Happened.UNKNOWN


def with_asked(
    due: Sequence[Due],
    asked: Iterable[Asked],
    *,
    roll: Rows,
    meetings: Sequence[Meeting],
    standing: Mapping[str, bool],
    today: date,
) -> tuple[Due, ...]:
    """The reviews that are due with those that are asked for, the most pressing first.

    A pupil has one review of a kind at a time: the one whose row stands already; of two without a row the one that is
    asked for.

    Args:
        due: what is due by itself.
        asked: the rows that ask.
        roll: the MIS roll by reference; a leaver has no reviews.
        meetings: the rows of the Meetings tab that were understood.
        standing: the rows of Sensync's own that stand on the tab, by key, each with whether it was held.
        today: the school's day. What is asked for by a day that is over is not brought up any more.
    """
    own, stands = {each.key for each in due}, [each for each in due if each.key in standing]
    new: list[Due] = []
    wanted = (_due(each, meetings, today) for each in asked)
    for made in sorted(wanted, key=lambda one: (one.key not in standing, one.by)):
        if made.key in own or text(roll.get(made.ref, {}).get("on_roll")) != "Yes":
            continue
        held = standing.get(made.key)
        comes_too_late = made.by < today or _meets(made, [*stands, *new])
        if held is False or (held is None and not comes_too_late):
            new.append(made)
    kept = [each for each in due if each.key in standing or not _meets(each, new)]
    return tuple(sorted([*kept, *new], key=lambda one: (one.latest, one.kind != MeetingKind.ANNUAL)))


def _meets(review: Due, others: Iterable[Due]) -> bool:
    """Whether there is another review of the same pupil and kind."""
    return any((each.ref, each.kind) == (review.ref, review.kind) for each in others)


def _due(asked: Asked, meetings: Iterable[Meeting], today: date) -> Due:
    of = asked.meeting
    own = [each for each in meetings if each.ref == of.ref and each.kind is of.kind]
    annual = of.kind is MeetingKind.ANNUAL
    return Due(
        ref=of.ref,
        kind=of.kind,
        by=asked.by,
        latest=asked.by,
        best=(asked.by - SUPPORT_AHEAD, asked.by),
        notice=NOTICE if annual else SUPPORT_NOTICE,
        booked=booked_day(own, today),
        overdue=today > asked.by,
    )
