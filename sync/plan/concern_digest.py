"""What the SENCO is told by mail of her concerns: each day what is due and overdue, each week what changed. Pure.

Keys and references alone: the words are in the workbook.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - whoever resolves the fields needs it at run time
from typing import TYPE_CHECKING

from sync.domain.concerns import Screen
from sync.domain.school_clock import day_ends, wall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from sync.domain.concerns import Concern


@dataclass(frozen=True, slots=True)
class Case:
    """A concern with what the SENCO decided about it.

    Attributes:
        concern: as it stands.
        due: when its 24 hours are over.
        decided: whether an outcome is chosen, which stops the clock.
        closed: whether she has closed it.
        monitored: whether the outcome is to monitor the pupil.
        review: when she wants to look at it again.
        sent: when feedback last went to the teacher.
        answered: when another teacher last answered the round robin.
        waiting: how many teachers were asked and have not answered.
    """

    concern: Concern
    due: datetime
    decided: bool = False
    closed: bool = False
    monitored: bool = False
    review: date | None = None
    sent: datetime | None = None
    answered: datetime | None = None
    waiting: int = 0

    @property
    def runs(self) -> bool:
        """Whether its clock still runs."""
        return not (self.decided or self.closed)

    @property
    def held(self) -> bool:
        """Whether its words wait in the form."""
        return self.concern.screen is Screen.HELD and self.concern.gone is None and not self.closed


@dataclass(frozen=True, slots=True)
class Item:
    """One line: the concern's key, with the pupil's reference where it is known, and the instant or day it is about."""

    concern: str
    ref: str = ""
    due: datetime | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Daily:
    """What a day's mail holds.

    Attributes:
        overdue: not decided, and their 24 hours are over; the longest overdue first.
        today: not decided, and due before the day ends.
        held: their words wait in the form.
        whose: nobody knows yet which pupil they are about.
        reviews: to be looked at again today, or on a day that has passed.
    """

    overdue: tuple[Item, ...] = ()
    today: tuple[Item, ...] = ()
    held: tuple[Item, ...] = ()
    whose: tuple[Item, ...] = ()
    reviews: tuple[Item, ...] = ()

    @property
    def is_worth_a_letter(self) -> bool:
        """Whether anything is due. A mail that says "nothing" each day is not read on the day that it says something."""
        return bool(self.overdue or self.today or self.held or self.whose or self.reviews)


@dataclass(frozen=True, slots=True)
class Weekly:
    """What a week's mail holds: what changed in it, and beside that what stands.

    Attributes:
        new: received in the week.
        edited: changed by their sender in the week.
        sent: their teacher was sent feedback in the week.
        gathered: other teachers answered in the week.
        missing: teachers were asked and have not all answered.
        undecided: no outcome is chosen yet.
        monitored: the pupil is monitored.
    """

    new: tuple[Item, ...] = ()
    edited: tuple[Item, ...] = ()
    sent: tuple[Item, ...] = ()
    gathered: tuple[Item, ...] = ()
    missing: tuple[Item, ...] = ()
    undecided: tuple[Item, ...] = ()
    monitored: tuple[Item, ...] = ()

    @property
    def is_worth_a_letter(self) -> bool:
        """Whether anything changed."""
        return bool(self.new or self.edited or self.sent or self.gathered)


def daily(cases: Iterable[Case], now: datetime) -> Daily:
    """What is due on the school's day that `now` falls on, and what is overdue by then."""
    every = sorted(cases, key=lambda case: (case.due, case.concern.key))
    today, ends = wall(now).date(), day_ends(wall(now).date())

    def due(case: Case) -> Item:
        return Item(case.concern.key, case.concern.ref, due=case.due)

    return Daily(
        overdue=tuple(due(case) for case in every if case.runs and case.due <= now),
        today=tuple(due(case) for case in every if case.runs and now < case.due < ends),
        held=_items(every, lambda case: case.held),
        whose=_items(
            every, lambda case: not case.concern.ref and case.concern.screen is not Screen.HELD and not case.closed
        ),
        reviews=tuple(
            Item(case.concern.key, case.concern.ref, day=case.review)
            for case in sorted(every, key=lambda case: (str(case.review), case.concern.key))
            if case.review is not None and case.review <= today and not case.closed
        ),
    )


def weekly(cases: Iterable[Case], since: datetime, now: datetime) -> Weekly:
    """What changed from `since` until `now`, the end not included."""
    every = sorted(cases, key=lambda case: (case.concern.received, case.concern.key))

    def lately(moment: datetime | None) -> bool:
        return moment is not None and since <= moment < now

    return Weekly(
        new=_items(every, lambda case: lately(case.concern.received)),
        edited=_items(every, lambda case: case.concern.version > 1 and lately(case.concern.submitted)),
        sent=_items(every, lambda case: lately(case.sent)),
        gathered=_items(every, lambda case: lately(case.answered)),
        missing=_items(every, lambda case: case.waiting > 0 and not case.closed),
        undecided=_items(every, lambda case: case.runs),
        monitored=_items(every, lambda case: case.monitored and not case.closed),
    )


def _items(cases: Sequence[Case], wanted: Callable[[Case], bool]) -> tuple[Item, ...]:
    return tuple(Item(case.concern.key, case.concern.ref) for case in cases if wanted(case))
