"""What each letter to a family says: sentences from `letters.toml`, in order. Pure but for reading that file.

A letter speaks of "your meeting" alone. The appointment in it has a title without a name, and a place that was looked
at for names as an event's place is.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING

from sync.domain.errors import ConfigError
from sync.domain.meetings import Kind, Where
from sync.domain.school_clock import say_instant, say_time, wall
from sync.google import events
from sync.post.invites import Invite, Method
from sync.post.letters import Letter, Link
from sync.service.templates import load_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from sync.domain.families import Adult
    from sync.domain.meetings import Booking, Slot

TITLE = "Meeting at school"
"""Of the appointment; calendars show it on lock screens."""

_FILE = "letters.toml"

_INVITATIONS = {
    str(Kind.SURGERY): "invite_surgery",
    str(Kind.MORNING): "invite_morning",
    str(Kind.STAFF): "invite_staff",
}


class Texts:
    """The sentences of the letters: `texts("booked.lead", when=...)`.

    Args:
        sections: as `letters.toml` has them.
    """

    def __init__(self, sections: Mapping[str, Mapping[str, str]]) -> None:
        self._texts = {f"{name}.{key}": text for name, inner in sections.items() for key, text in inner.items()}

    def __call__(self, key: str, /, **values: str) -> str:
        """A sentence, filled in."""
        return self._texts[key].format(**values)

    @property
    def all(self) -> Mapping[str, str]:
        """Every sentence as written, by `section.key`."""
        return self._texts


def load_texts(own: Path | None = None, file: str = _FILE) -> Texts:
    """The texts of the letters; a school's own file in its `templates_dir` replaces ours.

    Args:
        own: that folder.
        file: which letters; those to families.

    Raises:
        ConfigError: with every sentence that is missing, unknown, no text, or asks for something we do not fill in.
    """
    ours = Texts(load_toml(file, None))
    if own is None:
        return ours
    told = load_toml(file, own)
    problems = [
        f"{file}: [{name}] {key} is not a text."
        for name, inner in told.items()
        for key, text in (inner.items() if isinstance(inner, dict) else [("", inner)])
        if not isinstance(text, str) or not key
    ]
    theirs = Texts({} if problems else told)
    if not problems:
        problems += [f"{file}: there is no {key}." for key in sorted(ours.all.keys() - theirs.all.keys())]
        problems += [f"{file}: {key} is not a text of ours." for key in sorted(theirs.all.keys() - ours.all.keys())]
        problems += [
            f"{file}: {key} may fill in {_said(ours.all[key])} and nothing else."
            for key in sorted(theirs.all.keys() & ours.all.keys())
            if not fields_of(theirs.all[key]) <= fields_of(ours.all[key])
        ]
    if problems:
        raise ConfigError(*problems, next_step=f"Mend {file} in {own}, or take it away to use ours.")
    return theirs


def fields_of(text: str) -> set[str]:
    """What a sentence asks to have filled in; for one that asks for more than words, what is wrong with it."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return {"a brace that is not closed"}
    plain = all(not spec and not conversion for _, name, spec, conversion in parts if name is not None)
    return {name for _, name, _, _ in parts if name is not None} if plain else {"more than a word"}


def _said(text: str) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(fields_of(text))) or "nothing"


@dataclass(frozen=True, slots=True)
class Meeting:
    """A booking as a letter tells it.

    Attributes:
        booking: the booking.
        slot: when.
        room: where, as the SENCO typed it; shown only if it names nobody.
        meet: the link of the video call, "" where there is none yet.
    """

    booking: Booking
    slot: Slot
    room: str = ""
    meet: str = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """What all letters of a school have in common.

    Attributes:
        texts: the sentences.
        school: its name.
        contact: a sentence: whom to ask.
        names: of the pupils on the roll.
    """

    texts: Texts
    school: str
    contact: str
    names: tuple[str, ...] = ()

    def about_meeting(
        self, kind: str, key: str, adult: Adult, meeting: Meeting, url: str, until: datetime | None
    ) -> Letter:
        """A letter about a meeting that stands.

        Args:
            kind: `booked`, `changed`, `moved` or `reminder`.
            key: of the letter; the same letter has the same key.
            adult: whom it is for.
            meeting: the meeting as it is now.
            url: the family's link.
            until: up to when it can be changed there; None where that is over.
        """
        text = self.texts
        change = Link(text("parts.change"), url)
        last = text("parts.until", until=say_instant(until)) if until else text("parts.late")
        ask = [text("moved.ask")] if kind == "moved" else []
        body = [text(f"{kind}.lead"), *self._facts(meeting), *ask, change, last, text("parts.private")]
        return self._letter(kind, key, adult, body, self._invite(meeting, Method.REQUEST))

    def cancelled(self, key: str, adult: Adult, meeting: Meeting, url: str, *, by_school: bool) -> Letter:
        """A letter about a meeting that is cancelled; with a link to choose another time, if there is one to choose."""
        kind = "cancelled_by_school" if by_school else "cancelled"
        body: list[str | Link] = [self.texts(f"{kind}.lead", when=say_instant(meeting.slot.starts))]
        if url:
            body += [Link(self.texts("parts.again"), url), self.texts("parts.private")]
        return self._letter(kind, key, adult, body, self._invite(meeting, Method.CANCEL))

    def offered(self, key: str, adult: Adult, slot: Slot, url: str, until: datetime) -> Letter:
        """A letter to a family that waits: a place is held for them."""
        text = self.texts
        body: list[str | Link] = [
            text("offered.lead", when=say_instant(slot.starts)),
            text("offered.until", until=say_instant(until)),
            Link(text("parts.choose"), url),
            text("parts.private"),
        ]
        return self._letter("offered", key, adult, body)

    def withdrawn(self, key: str, adult: Adult, slot: Slot) -> Letter:
        """A letter to a family that waits: the place that was held for them, as `offered` told, cannot be had."""
        text = self.texts
        body = [text("withdrawn.lead", when=say_instant(slot.starts)), text("withdrawn.waiting")]
        return self._letter("withdrawn", key, adult, body)

    def invited(self, key: str, adult: Adult, purpose: str, url: str) -> Letter:
        """An invitation to choose a time; `purpose` as `meetings.purpose_of` gives it."""
        kind = _INVITATIONS.get(purpose, "invite_review")
        body: list[str | Link] = [
            self.texts(f"{kind}.lead"),
            Link(self.texts("parts.choose"), url),
            self.texts("parts.private"),
        ]
        return self._letter(kind, key, adult, body)

    def _letter(
        self, kind: str, key: str, adult: Adult, body: Iterable[str | Link], invite: Invite | None = None
    ) -> Letter:
        text = self.texts
        greeting = text("parts.greeting", name=adult.name) if adult.name else text("parts.greeting_nameless")
        paragraphs = (greeting, *body, *filter(None, [self.contact]), text("parts.sign", school=self.school))
        return Letter(key, adult.email, text(f"{kind}.subject"), paragraphs, invite=invite)

    def _facts(self, meeting: Meeting) -> list[str | Link]:
        """When, and how they meet."""
        starts, ends = say_instant(meeting.slot.starts), say_time(wall(meeting.slot.ends))
        return [self.texts("parts.when", when=starts, ends=ends), *self._how(meeting)]

    def _how(self, meeting: Meeting) -> list[str | Link]:
        text, choice = self.texts, meeting.booking.choice
        if choice.where is Where.PHONE:
            return [text("parts.phone", number=choice.phone) if choice.phone else text("parts.phone_unknown")]
        if choice.where is Where.VIDEO:
            link = Link(text("parts.video_link"), meeting.meet) if meeting.meet else text("parts.video_later")
            return [text("parts.video"), link]
        place = self._place(meeting)
        return [text("parts.at_school") if place == events.AT_SCHOOL else text("parts.room", place=place)]

    def _place(self, meeting: Meeting) -> str:
        return events.place((meeting.booking.choice.where,), meeting.room, self.names)

    def _invite(self, meeting: Meeting, method: Method) -> Invite:
        booking = meeting.booking
        place = self._place(meeting)
        if booking.choice.where is Where.ROOM:
            place = self.school if place == events.AT_SCHOOL else f"{place}, {self.school}"
        return Invite(
            booking.key,
            booking.version - 1,
            meeting.slot.starts,
            meeting.slot.ends,
            TITLE,
            meeting.meet or place,
            method,
        )
