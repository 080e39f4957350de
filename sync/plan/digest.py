"""What the SENCO's two letters say of concerns: each morning what is due, each week what changed. Pure.

A letter may be read by others, so all is counted and named by key: a concern by its key, a pupil by the reference.
Nothing that a teacher wrote is looked at, and of a concern that the safeguarding screen holds there is the key alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.domain.concerns import Concern, Screen
from sync.domain.school_clock import day_ends, wall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sync.domain.response_clock import Clock


@dataclass(frozen=True, slots=True)
class Case:
    """One concern as it stands, with its clock.

    Attributes:
        concern: as kept.
        clock: of this concern.
        outcome: what the SENCO decided, a word of her list; "" while she has not.
        decided: when that was first seen, an instant; it stops the clock.
        review: the day on which she wants to look again.
        closed: whether nothing more is to happen; a closed concern has no review.
    """

    concern: Concern
    clock: Clock
    outcome: str = ""
    decided: datetime | None = None
    review: date | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a letter: the concern's key, the pupil's reference ("" while nobody knows), and the date it is about.

    `when` is an instant for a concern that waits for an answer, a day for a review.
    """

    key: str
    ref: str
    when: datetime | date


@dataclass(frozen=True, slots=True)
class Daily:
    """What waits this morning, the most urgent first; `is_empty` where nothing does."""

    overdue: tuple[Item, ...] = ()
    due_today: tuple[Item, ...] = ()
    reviews_overdue: tuple[Item, ...] = ()
    reviews_today: tuple[Item, ...] = ()
    unmatched: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write about."""
        return self == Daily()


@dataclass(frozen=True, slots=True)
class Weekly:
    """What changed in a stretch of time, as counts; and what is open at its end.

    Attributes:
        received: concerns first received.
        edited: concerns of which a newer version came.
        answered: concerns decided.
        late: of those, decided after they were due.
        outcomes: of those, by the word of the template's list.
        other: of those, decided with other words: these may name a child, and a letter counts them alone.
        pupils: pupils about whom concerns were received.
        often: references of pupils with two concerns or more in it.
        open: keys of concerns that are not decided at its end, oldest first.
        overdue: how many of them are late.
    """

    received: int = 0
    edited: int = 0
    answered: int = 0
    late: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    other: int = 0
    pupils: int = 0
    often: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    overdue: int = 0


def daily(cases: Iterable[Case], now: datetime) -> Daily:
    """What is due and overdue at an instant, and until the end of the school's day.

    A response that was deleted in the form is listed as before: the concern stays.
    """
    today = wall(now).date()
    tonight = day_ends(today)
    every = list(cases)
    waiting = sorted((case for case in every if case.decided is None), key=lambda case: case.clock.due)
    reviews = sorted((case for case in every if case.review and not case.closed), key=lambda case: str(case.review))
    late = [case for case in waiting if case.clock.is_late(now)]
    soon = [case for case in waiting if case not in late and case.clock.due < tonight]
    return Daily(
        overdue=_items(late, lambda case: case.clock.due),
        due_today=_items(soon, lambda case: case.clock.due),
        reviews_overdue=_items([c for c in reviews if c.review and c.review < today], lambda case: case.review),
        reviews_today=_items([c for c in reviews if c.review == today], lambda case: case.review),
        unmatched=tuple(c.concern.key for c in waiting if not c.concern.ref and c.concern.screen is not Screen.HELD),
        held=tuple(case.concern.key for case in every if case.concern.screen is Screen.HELD),
    )


def weekly(cases: Iterable[Case], since: datetime, until: datetime, listed: Iterable[str]) -> Weekly:
    """What changed from `since` on and before `until`, both instants; `listed` are the outcomes of the template."""
    words = {outcome.casefold(): outcome for outcome in listed}
    every = sorted(cases, key=lambda case: (case.concern.received, case.concern.key))
    known = [case for case in every if case.concern.received < until]
    new = [case for case in known if case.concern.received >= since]
    answered = [case for case in known if case.decided is not None and since <= case.decided < until]
    still = [case for case in known if case.decided is None or case.decided >= until]
    outcomes = [case.outcome.casefold() for case in answered if case.outcome]
    about = Counter(_ref(case) for case in new if _ref(case))
    return Weekly(
        received=len(new),
        edited=sum(case.concern.version > 1 and since <= case.concern.submitted < until for case in known),
        answered=len(answered),
        late=sum(case.decided is not None and case.decided > case.clock.due for case in answered),
        outcomes=dict(sorted(Counter(words[each] for each in outcomes if each in words).items())),
        other=sum(each not in words for each in outcomes),
        pupils=len(about),
        often=tuple(sorted(ref for ref, count in about.items() if count > 1)),
        open=tuple(case.concern.key for case in still),
        overdue=sum(case.clock.is_late(until) for case in still),
    )


def _items(cases: Sequence[Case], when: Callable[[Case], datetime | date | None]) -> tuple[Item, ...]:
    moments = [(case, when(case)) for case in cases]
    return tuple(Item(case.concern.key, _ref(case), moment) for case, moment in moments if moment is not None)


def _ref(case: Case) -> str:
    """The pupil's reference, "" where the screen holds the concern: then not even that is told."""
    return "" if case.concern.screen is Screen.HELD else case.concern.ref
