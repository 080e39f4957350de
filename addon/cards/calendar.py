"""Beside Calendar: the meetings of the week, and what an event of ours is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from addon.cards.parts import button, buttons, card, does, fact, line, paragraph, section
from addon.cards.pupil import happened_said
from addon.roles import Right
from sync.domain.deadlines import meeting_dates
from sync.domain.school_clock import say_day, say_time
from sync.service.addon_home import short_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from addon.cards.parts import Json
    from addon.cards.reader import Reader
    from sync.service.addon_meetings import Booked, EventFile
    from sync.service.addon_school import Meeting

_MOST_MEETINGS = 60
_MOST_FAMILIES = 8


def week_card(reader: Reader, week: Sequence[Booked]) -> Json:
    """What is booked in the next seven days, day by day."""
    days: dict[str, list[Json]] = {}
    for each in week[:_MOST_MEETINGS]:
        days.setdefault(say_day(each.starts), []).append(_week_line(reader, each))
    left = len(week) - sum(map(len, days.values()))
    nothing = paragraph("Nothing is booked in the next seven days.") if not week else None
    return card(
        "This week's meetings",
        [
            section([nothing]),
            *(section(lines, on) for on, lines in days.items()),
            section([paragraph(f"And {left} more in the calendar.") if left > 0 else None]),
            section([buttons(button("Home", does(reader.to, "home")))]),
        ],
    )


def _week_line(reader: Reader, each: Booked) -> Json:
    when = f"{say_time(each.starts)} to {say_time(each.ends)}"
    if each.pupil is None:
        return line(when, each.where)
    action = does(reader.to, "pupil", ref=each.pupil.ref)
    return line(f"{when} · {each.pupil.name}", f"{each.pupil.place} · {each.where}", action)


def event_card(reader: Reader, file: EventFile, was: Mapping[str, str]) -> Json:
    """An event: whom it is about, who comes and what is due. `was` tells of each meeting what its row looked like."""
    when = f"{say_time(file.starts)} to {say_time(file.ends)}"
    sections = [
        part
        for each in file.booked[:_MOST_FAMILIES]
        for part in _family(reader, each, file.meetings.get(each.meeting), was.get(each.meeting, ""))
    ]
    left = len(file.booked) - _MOST_FAMILIES
    return card(
        say_day(file.starts),
        [
            section([paragraph("Nobody has booked this time.") if not file.booked else None]),
            *sections,
            section([paragraph(f"And {left} more families.") if left > 0 else None]),
            section(
                [
                    fact("Move", "Drag the event to another time, and save. The family is told by letter."),
                    buttons(button("Home", does(reader.to, "home"))),
                ]
            ),
        ],
        subtitle=when,
    )


def _family(reader: Reader, each: Booked, meeting: Meeting | None, was: str) -> list[Json | None]:
    """Three sections at most: who, what is due, what became of it."""
    to, pupil = reader.to, each.pupil
    name = (
        line(pupil.name, f"{pupil.place} · {pupil.ref}", does(to, "pupil", ref=pupil.ref))
        if pupil is not None
        else paragraph("A member of staff")
    )
    about = [
        name,
        fact("Where", each.where),
        fact("Interpreter", each.language),
        *(_words(each) if reader.may(Right.SEE_NOTES) else ()),
    ]
    if meeting is None:
        return [section(about), _unwritten(reader) if pupil is not None else None]
    dates = meeting_dates(each.starts.date()) if meeting.is_annual else None
    told = {"key": meeting.key, "was": was, "once": reader.once}
    said = [
        fact("What happened", happened_said(reader, meeting)),
        fact("Papers are due", short_day(dates.papers)) if dates else None,
        fact("Report is due", short_day(dates.report)) if dates else None,
        buttons(
            button("Held", does(to, "held", **told)),
            button("Did not come", does(to, "missed", **told)),
            button("More", does(to, "meeting", key=meeting.key)),
        )
        if reader.may(Right.DO_WRITE)
        else None,
    ]
    return [section(about), section(said, meeting.kind)]


def _words(each: Booked) -> tuple[Json | None, ...]:
    """Everything of the booking that a parent typed freely."""
    return (fact("They bring", each.bringing), fact("Access", each.access), fact("Their words", each.words))


def _unwritten(reader: Reader) -> Json | None:
    """Of a meeting that was booked since the last sync: there is no row yet to say in what became of it."""
    if not reader.may(Right.DO_SYNC):
        return None
    wait = paragraph("The next sync puts this meeting on Meetings. Then you can say here what became of it.")
    return section([wait, buttons(button("Sync now", does(reader.to, "sync", once=reader.once)))])


def strange_event_card(reader: Reader) -> Json:
    """An event that is none of ours."""
    return card(
        "Sensync",
        [
            section(
                [
                    paragraph("This is no meeting of Sensync's."),
                    paragraph("Open an event in the calendar of SEN meetings, and its family is shown here."),
                    buttons(button("Home", does(reader.to, "home"))),
                ]
            )
        ],
    )
