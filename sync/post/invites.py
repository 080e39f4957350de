"""The appointment in a letter, and the "add to calendar" file: iCalendar (RFC 5545) and its messages (RFC 5546). Pure.

An appointment has one UID for its whole life, and its SEQUENCE grows with every change: by these two a calendar finds
what it has to change or take away. Times are in UTC, so no clock change can move them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress

from sync.post.errors import LetterRefusedError


class Method(StrEnum):
    """What the file asks of a calendar: keep a copy, hold the appointment with us, or take it away."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Invite:
    """One family's appointment.

    Attributes:
        booking: our key of the booking, which makes the UID.
        sequence: counts changes from 0 (a booking's `version` less one; one more again for its cancellation).
        starts: aware.
        ends: aware.
        title: without a child's name; it is shown on lock screens.
        place: the room, "Phone call", a link.
        method: what is asked.
    """

    booking: str
    sequence: int
    starts: datetime
    ends: datetime
    title: str
    place: str = ""
    method: Method = Method.REQUEST


def uid(booking: str, domain: str) -> str:
    """The UID of a booking's appointment, always the same."""
    return f"{hashlib.sha256(f'sensync booking{chr(0)}{booking}'.encode()).hexdigest()[:32]}@{domain}"


def as_ics(invite: Invite, *, organiser: str, attendee: str, now: datetime) -> bytes:
    """The iCalendar file of an appointment.

    Args:
        invite: the appointment.
        organiser: the school's mailbox.
        attendee: the family's address; "" for a file to download, where PUBLISH must name nobody.
        now: aware; when the file was made (DTSTAMP).

    Raises:
        LetterRefusedError: it ends before it starts.
    """
    if invite.ends <= invite.starts:
        raise LetterRefusedError("An appointment ends before it starts.", next_step="Correct the times of the slot.")
    event = Event()
    event.add("uid", uid(invite.booking, organiser.rpartition("@")[2]))
    event.add("sequence", invite.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", invite.starts.astimezone(UTC))
    event.add("dtend", invite.ends.astimezone(UTC))
    event.add("summary", _plain(invite.title))
    if invite.place:
        event.add("location", _plain(invite.place))
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if invite.method is Method.CANCEL else "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{organiser}"))
    if invite.method is not Method.PUBLISH:
        guest = vCalAddress(f"mailto:{attendee}")
        guest.params["ROLE"] = "REQ-PARTICIPANT"
        # They chose the time themselves: their calendar need not ask them again.
        guest.params["PARTSTAT"] = "ACCEPTED"
        guest.params["RSVP"] = "FALSE"
        event.add("attendee", guest)
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Sensync//Meetings//EN")
    calendar.add("method", str(invite.method))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _plain(text: str) -> str:
    return " ".join(text.split())
