"""Teachers' concerns as cards show them: what waits and for how long, and one concern with all that was said.

What the safeguarding screen holds back is not in the store, so no card can show it. Of a concern that is held now,
nothing of before is shown either: not what other teachers say, and not what it said before an edit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sync.domain.concerns import Screen
from sync.domain.response_clock import school_time
from sync.domain.school_clock import say_day, say_instant, wall
from sync.domain.wording import counted
from sync.plan.cells import blank
from sync.plan.concern_words import said, whole_class
from sync.plan.concerns import INBOX, TAB
from sync.plan.facts import pupil_key
from sync.service.addon_acts import acts_of
from sync.service.addon_school import moment, word
from sync.service.concern_cases import known_calendar, read_case, read_cases, typed, typed_of
from sync.store import Jobs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sync.domain.response_clock import SchoolHours
    from sync.domain.school_days import SchoolCalendar
    from sync.plan.digest import Case
    from sync.service.addon_school import Named, School
    from sync.store import Job

_HOUR: Final = timedelta(hours=1)
_LONG_AGO: Final = timedelta(days=7)
"""Overdue for longer than this, the day says more than a count of hours."""


class Stand(StrEnum):
    """How a concern stands, in the words of the column *State*."""

    NEW = "New"
    WHOSE = "Whose?"
    HELD = "Held"
    OPEN = "Open"
    CLOSED = "Closed"


@dataclass(frozen=True, slots=True)
class ConcernLine:
    """One concern in a list.

    Attributes:
        key: ours, as in letters.
        ref: of the pupil, chosen or found; "" while nobody knows.
        stands: how it stands.
        received: the school's day on which it came.
        waits: how long it has before it is due, or is overdue, in a phrase; "" once it is decided.
        unsure: whether an edit reads as if it was about another pupil.
        written: whom the teacher wrote of, in quotes.
        outcome: what was decided, "" while nothing is.
        review: when it is looked at again.
    """

    key: str
    ref: str
    stands: Stand
    received: date
    waits: str
    unsure: bool
    written: str = field(repr=False)
    outcome: str = field(repr=False)
    review: date | None

    @property
    def is_open(self) -> bool:
        """Whether there is something to do about it still."""
        return self.stands is not Stand.CLOSED


@dataclass(frozen=True, slots=True)
class ConcernFile:
    """Everything that its card says of one concern.

    Attributes:
        line: as in a list.
        pupil: whom it is about, those who left among them; None while nobody knows.
        version: of the form: an edit makes another.
        teacher: who sent it.
        received, due: on the school's wall clock.
        words: what was answered, by the question's key, each as it was written; nothing of what is held.
        mind: what the sheet said to mind at the last sync.
        answered, colleagues: how many of the teachers who were asked have answered, and what they say.
        candidates: references of whom it may be, best first, each with the pupil's line of the roll.
        typed: what the SENCO typed in its row, by column.
        in_sheet: whether *Concerns* had its row at the last sync: only then can anything be written there.
        sent: when feedback last went, on the wall clock.
        acts: what the reader asked to have written, waiting or not done.
    """

    line: ConcernLine
    pupil: Named | None
    version: int
    teacher: str = field(repr=False)
    received: datetime
    due: datetime
    words: Mapping[str, str] = field(repr=False)
    mind: str = field(repr=False)
    answered: str = field(repr=False)
    colleagues: str = field(repr=False)
    candidates: tuple[tuple[str, str], ...] = field(repr=False)
    typed: Mapping[str, Any] = field(repr=False)
    in_sheet: bool
    sent: datetime | None
    acts: tuple[Job, ...]


def read_lines(school: School, about: str = "") -> list[ConcernLine]:
    """Every concern, or those about one pupil, the one that is due first in front; none where concerns are off."""
    if school.hours is None:
        return []
    hers, calendar = typed(school.store, school.workbook_id), known_calendar(school.store, school.workbook_id)
    cases = sorted(read_cases(school.store, school.workbook_id, school.hours), key=lambda case: case.clock.due)
    rows = ((case, hers.get(case.concern.key, {})) for case in cases)
    # Asked before a line is made, which is what costs.
    wanted = [(case, row) for case, row in rows if not about or _whose(case, row) == about]
    return [_line(school, case, row, calendar, school.hours) for case, row in wanted]


def read_concern(school: School, key: str, who: str) -> ConcernFile | None:
    """One concern for a reader, by their address; None where there is none of this key, or concerns are off."""
    if school.hours is None:
        return None
    case = read_case(school.store, school.workbook_id, school.hours, key)
    if case is None:
        return None
    concern, calendar = case.concern, known_calendar(school.store, school.workbook_id)
    hers = typed_of(school.store, school.workbook_id, key) or {}
    line = _line(school, case, hers, calendar, school.hours)
    held = concern.screen is Screen.HELD
    row = school.store.row(school.workbook_id, TAB, key)
    inbox = school.store.row(school.workbook_id, INBOX, key) or {}
    labels = {ref: word(school.store.row(school.workbook_id, "roll", ref) or {}, "label") for ref in concern.candidates}
    return ConcernFile(
        line=line,
        pupil=school.named(line.ref) if line.ref else None,
        version=concern.version,
        teacher=concern.teacher,
        received=wall(concern.received),
        due=wall(case.clock.due),
        words={name: said(concern.answers, name) for name in concern.answers},
        mind=word(inbox, "said"),
        answered="" if held else word(inbox, "answered"),
        colleagues="" if held else word(inbox, "colleagues"),
        candidates=tuple((ref, label) for ref, label in labels.items() if label),
        typed=row or {},
        in_sheet=row is not None,
        sent=moment(inbox, "sent"),
        acts=acts_of(Jobs(school.store).newest(school.workbook_id), who, school.now, key),
    )


def _line(
    school: School, case: Case, hers: Mapping[str, Any], calendar: SchoolCalendar, hours: SchoolHours
) -> ConcernLine:
    concern = case.concern
    ref = _whose(case, hers)
    decided = bool(case.outcome) or case.closed
    return ConcernLine(
        key=concern.key,
        ref=ref,
        stands=_stand(case, ref, released=not blank(hers.get("release"))),
        received=wall(concern.received).date(),
        waits="" if decided else waits(case.clock.due, school.now, calendar, hours),
        unsure=bool(ref and concern.candidates) and blank(hers.get("chosen")),
        written=whole_class(concern.answers),
        outcome=case.outcome,
        review=case.review,
    )


def _whose(case: Case, hers: Mapping[str, Any]) -> str:
    """Whom it is about: what she chose takes effect at the next sync; until then a card says it as her row does."""
    return pupil_key(hers.get("chosen")) or case.concern.ref


def _stand(case: Case, ref: str, *, released: bool) -> Stand:
    """As the formula of the column *State* reckons it."""
    if case.closed:
        return Stand.CLOSED
    if case.concern.screen is Screen.HELD and not released:
        return Stand.HELD
    if not ref:
        return Stand.WHOSE
    return Stand.OPEN if case.outcome else Stand.NEW


def waits(due: datetime, now: datetime, calendar: SchoolCalendar, hours: SchoolHours) -> str:
    """How long there is until an instant, or since it, in hours of school. Pure."""
    if now <= due:
        return f"{_hours(school_time(now, due, calendar, hours))} left, until {say_instant(due)}"
    if now - due > _LONG_AGO:
        return f"Overdue since {say_day(wall(due))}"
    return f"Overdue by {_hours(school_time(due, now, calendar, hours))}"


def _hours(length: timedelta) -> str:
    return counted(length // _HOUR, "school hour") if length >= _HOUR else "less than a school hour"
