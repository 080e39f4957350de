"""Surgeries and reviews in the sheet of a story, and families that book in them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sync.domain.meetings import Choice, Where
from sync.plan.cells import serial
from sync.store import Booked, Bookings, Link, Links, SlotState, Surgeries

if TYPE_CHECKING:
    from support.story import Story

SURGERIES, SLOTS, BOOKINGS, MEETINGS = "Surgeries", "Slots", "Bookings", "Meetings"
TUESDAY = serial(date(2026, 12, 8))
ROW = {"Date": TUESDAY, "From": "4pm", "To": "6pm", "Minutes": 20, "Where": "room 2 or phone", "State": "Open"}


def surgeries(story: Story) -> list[dict[str, Any]]:
    return story.senco.rows(SURGERIES)


def only_surgery(story: Story) -> dict[str, Any]:
    (row,) = surgeries(story)
    return row


def opened(story: Story, **more: Any) -> str:
    """Types a surgery and syncs; its key."""
    story.senco.add_row(SURGERIES, {**ROW, **more})
    story.sync()
    return str(only_surgery(story)["ID"])


def stored(story: Story) -> list[tuple[str, SlotState]]:
    return [(each.slot.key, each.state) for each in Surgeries(story.desk.store).slots(story.book_id)]


def review_row(story: Story, number: int, letter: str = "S") -> dict[str, Any]:
    """The row of *Meetings* for a pupil's review: S is of SEN support, A is annual."""
    (row,) = [r for r in story.senco.rows(MEETINGS) if str(r["ID"]).startswith(f"M-{story.ref(number)}-{letter}-")]
    return row


def link_for(story: Story, number: int, purpose: str = "surgery", adult: str = "an adult") -> Link:
    links = Links(story.desk.store)
    expires = story.now + timedelta(days=200)
    token = links.issue(story.book_id, adult, story.ref(number), expires, story.now, purpose=purpose)
    found = links.find(token, story.now)
    assert isinstance(found, Link)
    return found


def book(story: Story, number: int, slot: str, purpose: str = "surgery", adult: str = "an adult") -> str:
    link = link_for(story, number, purpose, adult)
    answer = Bookings(story.desk.store).claim(link, slot, Choice(Where.PHONE, "01632 960001"), story.now, "form")
    assert isinstance(answer, Booked)
    return answer.booking.key
