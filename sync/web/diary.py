"""The meeting as a calendar file (RFC 5545), neutral: a phone shares its calendar with more than its owner."""

from __future__ import annotations

import hashlib
from datetime import UTC
from typing import TYPE_CHECKING

from icalendar import Calendar, Event, vDatetime, vText

from sync.domain.meetings import Where
from sync.post.invites import uid

if TYPE_CHECKING:
    from datetime import datetime

    from sync.service.bookings import Meeting
    from sync.web.words import Words


def reference(booking: str) -> str:
    """A short reference for a booking: the same as long as it lives, and not its key."""
    return hashlib.sha256(f"sensync booking {booking}".encode()).hexdigest()[:8].upper()


def calendar_file(meeting: Meeting, school: str, words: Words, now: datetime, domain: str) -> bytes:
    """The .ics of one meeting. Times stand in UTC, which needs no table of clock changes to be right.

    The UID is that of the letter about it (`domain` is of the mailbox that letters come from) and stays when the
    meeting moves; SEQUENCE rises, so that a calendar replaces the old entry.
    """
    event = Event()
    ref = reference(meeting.key)
    event.add("uid", uid(meeting.key, domain))
    event.add("sequence", meeting.version - 1)
    event.add("dtstamp", vDatetime(now.astimezone(UTC)))
    event.add("dtstart", vDatetime(meeting.slot.starts.astimezone(UTC)))
    event.add("dtend", vDatetime(meeting.slot.ends.astimezone(UTC)))
    event.add("summary", vText(words("diary.summary", ref=ref[:4])))
    event.add("description", vText(words("diary.description")))
    if meeting.choice.where is Where.ROOM:
        event.add("location", vText(", ".join(filter(None, (meeting.room, school)))))
    if meeting.video:
        event.add("location", vText(meeting.video))
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    calendar = Calendar()
    calendar.add("prodid", "-//Sensync//Booking//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
