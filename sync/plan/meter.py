"""The three-meetings meter: how often each family was met this school year, and who is short.

The Code of Practice (6.65) says that schools should meet the parents of pupils with SEN support at least three times a
year. Only a meeting that was *held* counts; a booking is a promise.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sync.domain.meetings import Happened, Meeting, MeetingKind
from sync.plan.cells import Value, blank, text
from sync.plan.identity import LENGTH, is_reference
from sync.plan.typed import CellError, as_day, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from sync.domain.school_days import SchoolCalendar

NEEDED: Final = 3
HEADERS: Final = {"date": "Date", "held_on": "Held on", "due": "Due by"}

_KINDS: Final[Mapping[str, MeetingKind]] = {kind.value.casefold(): kind for kind in MeetingKind} | {
    "": MeetingKind.OTHER,
    "sen support": MeetingKind.SUPPORT,
    "review": MeetingKind.SUPPORT,
    "annual": MeetingKind.ANNUAL,
    "ehcp review": MeetingKind.ANNUAL,
}
_HAPPENED: Final[Mapping[str, Happened]] = {what.value: what for what in Happened} | {
    "true": Happened.HELD,
    "yes": Happened.HELD,
    "false": Happened.UNKNOWN,
    "no": Happened.MISSED,
    "missed": Happened.MISSED,
    "canceled": Happened.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Meter:
    """One family's year.

    Attributes:
        held: days on which they were met.
        booked: days, today or later this year, on which they are to be.
        short: how many of three are still to be held.
        unsaid: past meetings of which nobody has said whether they were held.
    """

    held: int = 0
    booked: int = 0
    short: int = NEEDED
    unsaid: int = 0


def read_meeting(
    key: str, row: Mapping[str, Value], calendar: SchoolCalendar, today: date
) -> tuple[Meeting | None, tuple[str, ...]]:
    """Understand a row of the Meetings tab.

    Args:
        key: the row's id.
        row: what its cells show: `pupil` (a picked line or a reference), `kind`, `date`, `held_on` (the day on which
            it was held, if it was another than `date`), `happened`.
        calendar: the school year, for dates without a year.
        today: the school's day; nothing held later than that was held.

    Returns:
        The meeting, and sentences about cells that could not be understood; a row with sentences gives no meeting
        if it is about nobody we know, or cannot be counted.
    """
    ref = text(row.get("pupil")).strip()[-LENGTH:]
    problems: list[str] = []
    if not is_reference(ref):
        return None, (f"{key}: 'Pupil' holds no reference: pick the pupil from the list.",)
    kind = _KINDS.get(words(row.get("kind")))
    if kind is None:
        problems.append(f"{key}: 'Kind' is not one of the choices: choose one from the list.")
    happened = _HAPPENED.get(words(row.get("happened")))
    if happened is None:
        problems.append(f"{key}: 'What happened' is not one of the choices: choose Held, Did not come or Cancelled.")
    day: date | None = None
    name = "date" if blank(row.get("held_on")) else "held_on"
    if not blank(row.get(name)):
        try:
            day = as_day(row.get(name), calendar)
        except CellError as error:
            problems.append(f"{key}: '{HEADERS[name]}': {error}.")
    if happened is Happened.HELD and not problems:
        if day is None:
            problems.append(f"{key}: it was held, but 'Date' is empty: type the day, or it cannot be counted.")
        elif day > today:
            problems.append(f"{key}: it cannot have been held on a day to come: correct 'Date' or 'What happened'.")
    if problems or kind is None or happened is None:
        return None, tuple(problems)
    return Meeting(key, ref, kind, day, happened), ()


def counts(meeting: Meeting, calendar: SchoolCalendar) -> bool:
    """Whether a meeting is one of the three if it is held: with this family alone, in this school year."""
    in_year = meeting.day is not None and calendar.in_year(meeting.day)
    return in_year and meeting.kind is not MeetingKind.MORNING


def meters(refs: Iterable[str], meetings: Iterable[Meeting], calendar: SchoolCalendar, today: date) -> dict[str, Meter]:
    """Each pupil's meter, in the order of `refs`.

    Days are counted, not rows: parents who live apart and are met apart on one evening were met about the same thing
    once, and a row typed beside a booking must not make a family look met twice.

    Args:
        refs: the pupils to count for.
        meetings: all rows of the Meetings tab that were understood.
        calendar: the school year.
        today: the school's day; a meeting of today that nobody has ticked is still booked.
    """
    held: defaultdict[str, set[date]] = defaultdict(set)
    booked: defaultdict[str, set[date]] = defaultdict(set)
    unsaid: defaultdict[str, set[date]] = defaultdict(set)
    for meeting in meetings:
        if meeting.day is None or not counts(meeting, calendar):
            continue
        if meeting.happened is Happened.HELD and meeting.day <= today:
            held[meeting.ref].add(meeting.day)
        elif meeting.happened is Happened.UNKNOWN:
            (booked if meeting.day >= today else unsaid)[meeting.ref].add(meeting.day)
    found: dict[str, Meter] = {}
    for ref in refs:
        met = held[ref]
        found[ref] = Meter(len(met), len(booked[ref] - met), max(0, NEEDED - len(met)), len(unsaid[ref] - met))
    return found


def short_of_three(meters_: Mapping[str, Meter]) -> frozenset[str]:
    """The references of the families who have not been met three times."""
    return frozenset(ref for ref, meter in meters_.items() if meter.short)
