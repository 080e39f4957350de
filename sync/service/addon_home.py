"""What the first card shows: the last sync in a sentence, and what needs her today."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sync.domain.deadlines import meeting_dates
from sync.domain.school_clock import say_day, say_time, wall
from sync.domain.wording import counted
from sync.service.addon_acts import acts_of
from sync.service.addon_concerns import Stand, read_lines
from sync.service.addon_school import Named, School, day, word
from sync.service.invitations import SHORT, short_of
from sync.service.status import attention_of
from sync.store import JobKind, Jobs, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from sync.service.addon_concerns import ConcernLine
    from sync.service.addon_school import Meeting
    from sync.store import Cells, Job, RunRecord

SOON = timedelta(days=14)
"""How long before a review is due it is shown as coming."""

_LOOK_BACK = 40
_MOST_ENTRIES = 30
_MOST_SENTENCES = 5


class Todo(StrEnum):
    """What may need her today; each is a list of pupils, or of concerns."""

    CONCERNS = "concerns"
    WHOSE = "whose"
    LOOK_AGAIN = "look_again"
    REVIEWS = "reviews"
    TIMES = "times"
    UNSAID = "unsaid"
    REPORTS = "reports"
    SHORT = "short"
    GAPS = "gaps"


_SAID = {
    Todo.CONCERNS: ("concern to decide", "concerns to decide", "Each within 24 hours, in school days."),
    Todo.WHOSE: ("concern without its pupil", "concerns without their pupil", "Choose whom each is about."),
    Todo.LOOK_AGAIN: ("concern to look at again", "concerns to look at again", "Their day of review is here."),
    Todo.REVIEWS: ("review is due", "reviews are due", "Next review is over, or within two weeks."),
    Todo.TIMES: ("review has times to offer", "reviews have times to offer", "Offer them, and the family chooses."),
    Todo.UNSAID: ("meeting is over", "meetings are over", "Say whether it was held."),
    Todo.REPORTS: ("report is owed", "reports are owed", "Within two weeks of an annual review."),
    Todo.SHORT: ("family is short", "families are short", "Fewer than three meetings this year."),
    Todo.GAPS: ("pupil has gaps", "pupils have gaps", "Something is missing in the register."),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list.

    Attributes:
        pupil: whom it is about; None of a concern while nobody knows.
        why: it is there.
        meeting, concern: the key of the meeting or concern that it is about, "" for none.
        told, written: of a concern what only those may see who may read it: how it stands, whom the teacher wrote of.
    """

    pupil: Named | None
    why: str
    meeting: str = ""
    concern: str = ""
    told: str = field(default="", repr=False)
    written: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Heap:
    """Everything of one kind. `entries` are the first of them, `count` is how many there are."""

    todo: Todo
    count: int
    entries: tuple[Entry, ...]

    @property
    def title(self) -> str:
        """`3 reviews are due`."""
        one, many, _ = _SAID[self.todo]
        return counted(self.count, one, many)

    @property
    def about(self) -> str:
        """What it means, in a sentence."""
        return _SAID[self.todo][2]


@dataclass(frozen=True, slots=True)
class Home:
    """The first card.

    Attributes:
        last: the last sync, in a sentence.
        went_wrong: whether that sync was refused or failed.
        attention: what the last runs want a person to do, in sentences.
        heaps: what needs her, those that are not empty.
        afoot: the sync or plan that is waiting or at work.
        ended: the newest sync or plan that has ended.
        acts: what this person asked to have written, newest first: waiting, at work, or not done.
    """

    last: str
    went_wrong: bool
    attention: tuple[str, ...]
    heaps: tuple[Heap, ...]
    afoot: Job | None
    ended: Job | None
    acts: tuple[Job, ...]


def read_home(school: School, who: str) -> Home:
    """The first card for a person, by their address."""
    runs = school.store.runs(school.workbook_id, _LOOK_BACK, acts=False)
    jobs = Jobs(school.store).newest(school.workbook_id)
    runs_asked = [job for job in jobs if job.kind is not JobKind.ACT]
    return Home(
        last=said_of_last(runs, school.now),
        went_wrong=bool(runs) and runs[0].outcome in {Outcome.REFUSED, Outcome.FAILED},
        attention=attention_of(runs, school.now, sync="press Sync now", plan="press Show the plan")[:_MOST_SENTENCES],
        heaps=tuple(heap for heap in read_heaps(school) if heap.count),
        afoot=next((job for job in reversed(runs_asked) if not job.ended), None),
        ended=next((job for job in runs_asked if job.ended), None),
        acts=acts_of(jobs, who, school.now),
    )


def said_of_last(runs: list[RunRecord], now: datetime) -> str:
    """The last sync in a sentence; `runs` come newest first. Pure."""
    if not runs:
        return "There has been no sync yet. Press Sync now."
    last = runs[0]
    at = wall(last.finished_at)
    when = f"today at {say_time(at)}" if at.date() == wall(now).date() else f"on {say_day(at)} at {say_time(at)}"
    what = {
        Outcome.OK: "wrote what was new",
        Outcome.NOTHING: "found nothing new",
        Outcome.REFUSED: "refused to write anything",
        Outcome.FAILED: "failed",
    }[last.outcome]
    on_roll = last.summary.get("on_roll")
    counts = (
        f" {counted(int(on_roll), 'pupil')} on roll, {counted(int(last.summary.get('ehc_plans', 0)), 'EHC plan')}, "
        f"{int(last.summary.get('sen_support', 0))} at SEN support."
        if isinstance(on_roll, int)
        else ""
    )
    return f"The last sync, {when}, {what}.{counts}"


def read_heaps(school: School) -> list[Heap]:
    """What needs her, of every kind."""
    names = school.names()
    register = school.store.tab(school.workbook_id, "register")
    shown = school.shown().get("register", {})
    short = short_of(school.store.document(school.workbook_id, SHORT)) or frozenset()
    meetings = [each for each in school.meetings() if each.ref in names]
    today = school.today
    made = {
        Todo.REVIEWS: _reviews(register, today),
        Todo.TIMES: _times(meetings, today),
        Todo.UNSAID: _unsaid(meetings, today),
        Todo.REPORTS: _reports(meetings, today),
        Todo.SHORT: [(ref, "", "") for ref in sorted(short & register.keys())],
        Todo.GAPS: [(ref, word(cells, "gaps"), "") for ref, cells in shown.items() if word(cells, "gaps")],
    }
    return [*_concern_heaps(school, names), *(_heap(todo, found, names) for todo, found in made.items())]


_Found = list[tuple[str, str, str]]
"""Reference, why, key of the meeting."""


def _heap(todo: Todo, found: _Found, names: Mapping[str, Named]) -> Heap:
    entries = [Entry(names[ref], why, meeting) for ref, why, meeting in found if ref in names]
    return Heap(todo, len(entries), tuple(entries[:_MOST_ENTRIES]))


def _concern_heaps(school: School, names: Mapping[str, Named]) -> list[Heap]:
    """Concerns that wait to be decided, for their pupil, or to be looked at again; the most urgent first."""
    lines = [each for each in read_lines(school) if each.is_open]
    whose = [each for each in lines if each.stands is Stand.WHOSE or each.unsure]
    again = sorted(
        ((each.review, each) for each in lines if each.review is not None and each.review <= school.today),
        key=lambda found: (found[0], found[1].key),
    )
    made = {
        Todo.CONCERNS: [(each, each.waits) for each in lines if each.waits],
        Todo.WHOSE: [(each, each.waits or f"Received {short_day(each.received)}") for each in whose],
        Todo.LOOK_AGAIN: [(each, f"Look again since {short_day(on)}") for on, each in again],
    }
    return [
        Heap(todo, len(found), tuple(_concern_entry(school, names, each, why) for each, why in found[:_MOST_ENTRIES]))
        for todo, found in made.items()
    ]


def _concern_entry(school: School, names: Mapping[str, Named], line: ConcernLine, why: str) -> Entry:
    # Whoever left is not among the names, and is asked for.
    pupil = (names.get(line.ref) or school.named(line.ref)) if line.ref else None
    stands = "May be about another pupil" if line.unsure else line.outcome or line.stands.value
    return Entry(pupil, why, concern=line.key, told=stands, written=line.written)


def _reviews(register: Mapping[str, Cells], today: date) -> _Found:
    due = [(day(cells, "next_review"), ref) for ref, cells in register.items()]
    soon = sorted((on, ref) for on, ref in due if on is not None and on <= today + SOON)
    return [(ref, f"{'Was due' if on < today else 'Due'} {short_day(on)}", "") for on, ref in soon]


def _times(meetings: Iterable[Meeting], today: date) -> _Found:
    return [
        (each.ref, f"{each.kind}{f', due by {short_day(each.due)}' if each.due else ''}", each.key)
        for each in meetings
        if not each.offered and not each.happened and each.day is None and any(at.date() > today for at in each.choices)
    ]


def _unsaid(meetings: Iterable[Meeting], today: date) -> _Found:
    return [
        (each.ref, f"{each.kind}, {short_day(each.day)}", each.key)
        for each in meetings
        if each.day is not None and each.day < today and not each.happened
    ]


def _reports(meetings: Iterable[Meeting], today: date) -> _Found:
    found = []
    for each in meetings:
        held = each.held_on
        if not each.is_annual or each.happened != "Held" or held is None or day(each.typed, "report_sent"):
            continue
        due = meeting_dates(held).report
        found.append((each.ref, f"{'Was due' if due < today else 'Due'} {short_day(due)}", each.key))
    return found


def short_day(on: date) -> str:
    """`8 Dec 2026`."""
    return f"{on.day} {on:%b %Y}"
