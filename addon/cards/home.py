"""The first card, and the lists that it leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from addon.cards.acts import act_lines
from addon.cards.parts import (
    button,
    buttons,
    card,
    does,
    fact,
    line,
    opens,
    paragraph,
    search_field,
    section,
)
from addon.roles import Right
from sync.domain.school_clock import say_time, wall
from sync.service.jobs import JobKind, JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addon.cards.parts import Json
    from addon.cards.reader import Reader
    from sync.service.addon_desk import Missing
    from sync.service.addon_home import Entry, Heap, Home
    from sync.service.addon_school import Named
    from sync.service.jobs import Job

_ATTENTION = 2
"""Sentences that are shown at once; a file can have many, and those of a run that went wrong come first."""
_ASKED = {JobKind.SYNC: "The sync", JobKind.PLAN: "The plan", JobKind.ACT: "What you wrote"}


@dataclass(frozen=True, slots=True)
class Open:
    """What stands beside the panel.

    Attributes:
        workbook: the address of the school's workbook.
        asks: whether Google has not been allowed yet to say which file is open.
        another: whether the open file is another than the workbook.
    """

    workbook: str
    asks: bool = False
    another: bool = False


def home_card(reader: Reader, home: Home | None, missing: Sequence[Missing], beside: Open) -> Json:
    """The first card. `home` is None for those who may not see how the runs went."""
    return card(
        "SEN register",
        [
            section(_file(reader, beside)),
            _runs(reader, home),
            *(_work(reader, home) if home else ()),
            section(act_lines(home.acts), "What you wrote") if home else None,
            _search(reader),
            _ways(reader, missing, beside) if home else None,
        ],
    )


def _file(reader: Reader, beside: Open) -> list[Json | None]:
    """Of those who work in the workbook: a teacher may not open it, so for them any file is as good as another."""
    if not reader.may(Right.SEE_RUNS):
        return []
    if beside.another:
        return [
            paragraph("This is not the SEN workbook."),
            buttons(button("Open the workbook", opens(beside.workbook))),
        ]
    if beside.asks:
        return [
            paragraph("Sensync cannot see which file this is."),
            buttons(button("Let it see this file", does(reader.to, "file"))),
        ]
    return []


def _runs(reader: Reader, home: Home | None) -> Json | None:
    if home is None:
        return None
    ended = home.ended
    can = reader.may(Right.DO_SYNC)
    return section(
        [
            paragraph(home.last),
            _job_line(home.afoot) if home.afoot else None,
            _ended_line(reader, ended) if ended and can else None,
            buttons(
                button("Sync now", does(reader.to, "sync", once=reader.once)) if can and not home.afoot else None,
                button("Show the plan", does(reader.to, "plan", once=reader.once)) if can and not home.afoot else None,
                button("Refresh", does(reader.to, "refresh")),
            ),
        ]
    )


def _work(reader: Reader, home: Home) -> tuple[Json | None, ...]:
    """What waits for a person. What files have is the data manager's, and comes first only after a run went wrong."""
    look = section(map(paragraph, home.attention), "Please look", folded_after=_ATTENTION)
    needs = section([_heap_line(reader, heap) for heap in home.heaps], "Needs you")
    return (look, needs) if home.went_wrong else (needs, look)


def _job_line(job: Job) -> Json | None:
    state = "waits for its turn" if job.state is JobState.WAITING else "is being made"
    return fact(
        f"{_ASKED[job.kind]} {state}", job.said or "It begins in a moment.", "Press Refresh to see how far it is."
    )


def _ended_line(reader: Reader, job: Job) -> Json | None:
    at = f"{_ASKED[job.kind]}, {say_time(wall(job.ended_at))}" if job.ended_at else _ASKED[job.kind]
    shown = fact(at, job.said)
    if shown is not None and job.lines:
        shown["decoratedText"]["bottomLabel"] = "Press to see all of it"
        shown["decoratedText"]["onClick"] = does(reader.to, "job", id=str(job.id))
    return shown


def _heap_line(reader: Reader, heap: Heap) -> Json:
    return line(heap.title, heap.about, does(reader.to, "heap", of=heap.todo.value))


def _search(reader: Reader) -> Json | None:
    if not reader.may(Right.SEE_PUPILS):
        return None
    hint = "A name; add the class or year for namesakes"
    return section(
        [
            search_field("who", "Find a pupil", reader.to, "pupil", hint),
            buttons(button("Find", does(reader.to, "find"))),
        ]
    )


def _ways(reader: Reader, missing: Sequence[Missing], beside: Open) -> Json | None:
    return section(
        [
            line("Surgeries", "Make one, see who booked", does(reader.to, "surgeries"))
            if reader.may(Right.DO_WRITE)
            else None,
            line("This week's meetings", "", does(reader.to, "week")) if reader.may(Right.SEE_MEETINGS) else None,
            line("Set-up", f"{len(missing)} to look at", does(reader.to, "setup"))
            if missing and reader.may(Right.DO_SYNC)
            else None,
            line("Open the workbook", "", opens(beside.workbook)),
        ]
    )


def heap_card(reader: Reader, heap: Heap) -> Json:
    """The pupils, meetings or concerns of one kind of work."""
    lines = [_entry_line(reader, each) for each in heap.entries]
    left = heap.count - len(lines)
    more = paragraph(f"And {left} more. The workbook has them all.") if left > 0 else None
    return card(heap.title, [section([paragraph(heap.about), *lines, more]), section([_back(reader)])])


def _entry_line(reader: Reader, entry: Entry) -> Json:
    """A line that leads to what it is about: the concern or the meeting for those who may open it, or the pupil."""
    to, pupil = reader.to, entry.pupil
    reads, writes = reader.may(Right.SEE_CONCERN_WORDS), reader.may(Right.DO_WRITE)
    known = f"{pupil.name} · {pupil.place}".strip(" ·") if pupil is not None else ""
    who = known or (entry.written if reads else "") or "Pupil not known yet"
    why = f"{entry.told} · {entry.why}" if reads and entry.told else entry.why
    if entry.concern and reads:
        return line(who, why, does(to, "concern", key=entry.concern))
    if entry.meeting and writes:
        return line(who, why, does(to, "meeting", key=entry.meeting))
    return line(who, why, does(to, "pupil", ref=pupil.ref) if pupil is not None else None)


def job_card(reader: Reader, job: Job) -> Json:
    """What a plan would do, or what a sync wants a person to look at. It names nobody: references stand for pupils."""
    lines = [paragraph(each) for each in job.lines]
    return card(_ASKED[job.kind], [section([paragraph(job.said), *lines]), section([_back(reader)])])


def _back(reader: Reader) -> Json | None:
    return buttons(button("Home", does(reader.to, "home")))


def found_card(reader: Reader, typed: str, found: Sequence[Named]) -> Json:
    """Who may be meant by what was typed: several, or nobody."""
    if not found:
        says = f"Nobody was found for “{typed}”." if typed else "Type a name first."
        tip = "Type the beginning of a first name or surname, and the class or year after it."
        return card("Find a pupil", [section([paragraph(says), paragraph(tip)]), _search(reader)])
    lines = [line(each.name, f"{each.place} · {each.ref}", does(reader.to, "pupil", ref=each.ref)) for each in found]
    return card("Who is meant?", [section(lines), _search(reader)])
