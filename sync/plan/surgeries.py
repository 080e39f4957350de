"""The Surgeries tab: a row as a person typed it, understood, or sentences that say what to type instead.

Every sentence names the cell by its header as it reads now, and begins a line of the status column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from sync.domain.meetings import Audience, Kind, State, Surgery, Where
from sync.domain.school_clock import day_ends, instant, say_day, say_time
from sync.plan.audience import read_audience, say_audience
from sync.plan.cells import Value, blank, text
from sync.plan.typed import CellError, as_clock, as_count, as_day, as_minutes, as_moment, as_range, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, time

    from sync.domain.school_days import SchoolCalendar

T = TypeVar("T")

HEADERS: Final[Mapping[str, str]] = {
    "kind": "Kind", "date": "Date", "from": "From", "to": "To", "minutes": "Minutes", "gap": "Gap",
    "breaks": "Breaks", "where": "Where", "places": "Places", "who": "Who may book", "opens": "Opens",
    "closes": "Closes", "state": "State",
}  # fmt: skip
"""What people type in, by column key, with the header it has at first."""

USUAL_MINUTES: Final = 20
"""A slot where none is given. No norm is published; meetings about SEN need more than a parents' evening's five."""
MOST_GAP: Final = 120
LEAST_MINUTES: Final = 5
MOST_TYPED: Final = 4_000
"""Longer than any cell of this tab need be; the patterns that read it take quadratic time on a crafted text."""
WHERE_HINT: Final = "type a room, phone or video (or 'room 2 or phone')"

_KINDS: Final = {
    "": Kind.SURGERY, "surgery": Kind.SURGERY, "parent surgery": Kind.SURGERY, "parents": Kind.SURGERY,
    "coffee morning": Kind.MORNING, "coffee": Kind.MORNING, "group": Kind.MORNING,
    "staff drop-in": Kind.STAFF, "staff drop in": Kind.STAFF, "staff": Kind.STAFF, "drop-in": Kind.STAFF,
}  # fmt: skip
_STATES: Final = {"": State.DRAFT, "draft": State.DRAFT, "open": State.OPEN, "closed": State.CLOSED}
_OR: Final = re.compile(r"\s*(?:[,;/&\n]|\bor\b|\band\b)\s*", re.IGNORECASE)
_PHONE: Final = re.compile(r"(?:by |over the |on the )?(?:tele)?phone(?: call)?|(?:phone |a )?call", re.IGNORECASE)
_VIDEO: Final = re.compile(r"(?:by |on |over )?(?:video(?: call)?|(?:google )?meet|online)", re.IGNORECASE)
_IN_PERSON: Final = re.compile(r"(?:in person|face to face|(?:at|in) school|room)", re.IGNORECASE)
_BREAKS: Final = re.compile(r"\s*(?:[,;\n]|\band\b)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """A row understood: either a surgery, or the sentences that say why not."""

    surgery: Surgery | None
    problems: tuple[str, ...] = ()


def empty(row: Mapping[str, Value]) -> bool:
    """Whether nobody has typed anything in the row yet: then it is not read and nothing is said."""
    return all(blank(row.get(key)) for key in HEADERS)


def read_surgery(
    key: str, row: Mapping[str, Value], calendar: SchoolCalendar, headers: Mapping[str, str] = HEADERS
) -> Reading:
    """Understand a row of the Surgeries tab.

    Args:
        key: the row's id.
        row: what each cell shows, by column key (see `HEADERS`).
        calendar: the school year, for dates without a year.
        headers: each column's header as it reads in the sheet now.
    """
    return _Reader(row, calendar, headers).read(key)


class _Reader:
    """One row under reading; it collects every problem, so that a person can mend them all at once."""

    def __init__(self, row: Mapping[str, Value], calendar: SchoolCalendar, headers: Mapping[str, str]) -> None:
        self.row = row
        self.calendar = calendar
        self.headers = headers
        self.problems: list[str] = []

    def read(self, key: str) -> Reading:
        for name in HEADERS:
            if len(text(self.row.get(name))) > MOST_TYPED:
                self._say(name, "there is far too much in this cell: shorten it")
        if self.problems:
            return Reading(None, tuple(self.problems))
        kind = self._word("kind", _KINDS, "Surgery, Coffee morning or Staff drop-in")
        state = self._word("state", _STATES, "Draft, Open or Closed")
        day = self._cell("date", lambda v: as_day(v, self.calendar), "type the date")
        times = self._times()
        gap = self._optional("gap", _gap, 0)
        nowhere: tuple[tuple[Where, ...], str] = ((), "")
        where, room = self._optional("where", read_where, nowhere, WHERE_HINT)
        audience = self._optional("who", read_audience, Audience())
        places = self._places(kind)
        minutes = self._minutes(kind, times)
        breaks = self._breaks(times)
        opens = self._optional("opens", lambda v: as_moment(v, self.calendar), None)
        closes = self._closes()
        if self.problems or kind is None or state is None or day is None or times is None:
            return Reading(None, tuple(self.problems))
        surgery = Surgery(
            key=key,
            kind=kind,
            day=day,
            starts=times[0],
            ends=times[1],
            minutes=minutes,
            gap=gap,
            breaks=breaks,
            where=where,
            room=room,
            places=places,
            audience=audience,
            opens=opens,
            closes=closes,
            state=state,
        )
        return Reading(_closing_by_its_beginning(surgery))

    def _say(self, key: str, what: str) -> None:
        self.problems.append(f"'{self.headers.get(key, HEADERS[key])}': {what}.")

    def _cell(self, key: str, reader: Callable[[Value], T], if_empty: str) -> T | None:
        """What a cell that must be filled means."""
        if blank(self.row.get(key)):
            self._say(key, f"it is empty: {if_empty}")
            return None
        return self._optional(key, reader, None)

    def _optional(self, key: str, reader: Callable[[Value], T], usual: T, if_empty: str = "") -> T:
        """What a cell means, or what is usual where it is empty; with `if_empty` it may not be."""
        value = self.row.get(key)
        if blank(value):
            if if_empty:
                self._say(key, f"it is empty: {if_empty}")
            return usual
        try:
            return reader(value)
        except CellError as error:
            self._say(key, str(error))
            return usual

    def _word(self, key: str, known: Mapping[str, T], choice: str) -> T | None:
        found = known.get(words(self.row.get(key)))
        if found is None:
            self._say(key, f"what is typed there is not one of the choices: choose {choice}")
        return found

    def _times(self) -> tuple[time, time] | None:
        """From and To; a range in From with To empty counts as both."""
        if blank(self.row.get("to")):
            try:
                whole = as_range(self.row.get("from"))
            except CellError as error:
                self._say("from", str(error))
                return None
            if whole:
                return whole
        starts = self._cell("from", as_clock, "type when it begins, such as 4pm")
        ends = self._cell("to", as_clock, "type when it ends, such as 6pm")
        return None if starts is None or ends is None else (starts, ends)

    def _places(self, kind: Kind | None) -> int:
        many = "type how many families can come" if kind is Kind.MORNING else ""
        return self._optional("places", as_count, 1, many)

    def _minutes(self, kind: Kind | None, times: tuple[time, time] | None) -> int:
        whole = _length(*times) if times else 0
        minutes = self._optional("minutes", as_minutes, whole if kind is Kind.MORNING and whole > 0 else USUAL_MINUTES)
        if minutes < LEAST_MINUTES:
            self._say("minutes", f"{minutes} minutes is too short for a meeting: type {LEAST_MINUTES} or more")
        return minutes

    def _breaks(self, times: tuple[time, time] | None) -> tuple[tuple[time, time], ...]:
        value = self.row.get("breaks")
        found: list[tuple[time, time]] = []
        for part in _BREAKS.split(text(value).strip()):
            if not part:
                continue
            try:
                pause = as_range(part)
            except CellError as error:
                self._say("breaks", str(error))
                continue
            if pause is None:
                self._say("breaks", "type each as two times, such as 5:00-5:15, with commas between")
                continue
            found.append(_within(pause, times) if times else pause)
        return tuple(sorted(found))

    def _closes(self) -> datetime | None:
        return self._optional("closes", lambda v: as_moment(v, self.calendar, end=True), None)


def _closing_by_its_beginning(surgery: Surgery) -> Surgery:
    """A closing day that is the surgery's own means until it begins."""
    if surgery.closes == day_ends(surgery.day):
        return replace(surgery, closes=instant(surgery.day, surgery.starts))
    return surgery


def _gap(value: Value) -> int:
    gap = as_minutes(value)
    if gap > MOST_GAP:
        raise CellError(f"{gap} minutes between two slots is too long: type {MOST_GAP} or less")
    return gap


def _length(starts: time, ends: time) -> int:
    return (ends.hour - starts.hour) * 60 + ends.minute - starts.minute


def _within(pause: tuple[time, time], session: tuple[time, time]) -> tuple[time, time]:
    """A break as typed, or twelve hours later if only that falls within the session: `8:00` of an evening."""
    noon = 12
    if session[0] <= pause[0] <= pause[1] <= session[1] or max(pause[0].hour, pause[1].hour) >= noon:
        return pause
    later = pause[0].replace(hour=pause[0].hour + noon), pause[1].replace(hour=pause[1].hour + noon)
    return later if session[0] <= later[0] and later[1] <= session[1] else pause


def read_where(value: Value) -> tuple[tuple[Where, ...], str]:
    """`room 2 or phone`: the ways to meet in the order typed, and the room's name ("" if none is named).

    Raises:
        CellError: it names two rooms.
    """
    ways: list[Where] = []
    rooms: list[str] = []
    for part in (p.strip() for p in _OR.split(text(value).strip())):
        if not part:
            continue
        if _PHONE.fullmatch(part):
            ways.append(Where.PHONE)
        elif _VIDEO.fullmatch(part):
            ways.append(Where.VIDEO)
        else:
            ways.append(Where.ROOM)
            rooms += [] if _IN_PERSON.fullmatch(part) else [part]
    if len(rooms) > 1:
        raise CellError("it names more than one room: type one room, and phone or video beside it if you like")
    if not ways:
        raise CellError(WHERE_HINT)
    return tuple(dict.fromkeys(ways)), rooms[0] if rooms else ""


def say_surgery(surgery: Surgery) -> str:
    """The surgery read back in a sentence, so that a person sees what was understood.

    Example: `Tuesday 8 December 2026, 4pm to 6pm, 20 minutes each, room 2 or phone, for: on the register.`
    """
    places = [surgery.room or "in person" if way is Where.ROOM else str(way) for way in surgery.where]
    each = f"{surgery.minutes} minutes" + (" each" if surgery.kind is not Kind.MORNING else "")
    gap = f" with {surgery.gap} minutes between" if surgery.gap else ""
    many = f", {surgery.places} places" if surgery.places > 1 else ""
    whom = "staff" if surgery.kind is Kind.STAFF else say_audience(surgery.audience)
    return (
        f"{say_day(surgery.day)}, {say_time(surgery.starts)} to {say_time(surgery.ends)}, {each}{gap}{many}, "
        f"{' or '.join(places)}, for: {whom}."
    )
