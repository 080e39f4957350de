"""Families of a story: their contacts in the MIS, their links and bookings, and what is written to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sync.domain.meetings import Choice, Where
from sync.domain.records import Contact
from sync.store import Booked, Bookings, Families, Link, Links, NoLink, Notices, Outbox

if TYPE_CHECKING:
    from support.story import Story
    from sync.domain.families import Adult
    from sync.store import Work


def contact(number: int, **more: Any) -> Contact:
    told: dict[str, Any] = {
        "order": 1,
        "title": "Ms",
        "forename": "A",
        "surname": f"Surname{number:03d}",
        "email": f"parent{number}@home.example",
        "parental_responsibility": True,
    }
    return Contact(**{**told, **more})


def adult_of(story: Story, number: int) -> Adult:
    (adult,) = Families(story.desk.store).all(story.book_id)[story.ref(number)]
    return adult


def token(story: Story, number: int, adult: Adult | None = None, purpose: str = "surgery") -> str:
    who = adult or adult_of(story, number)
    until = story.now + timedelta(days=100)
    return Links(story.desk.store).issue(story.book_id, who.key, who.ref, until, story.now, purpose=purpose)


def link(story: Story, its: str) -> Link | NoLink:
    return Links(story.desk.store).find(its, story.now)


def book(story: Story, its: str, slot: str) -> str:
    found = link(story, its)
    assert isinstance(found, Link)
    answer = Bookings(story.desk.store).claim(found, slot, Choice(Where.ROOM), story.now, slot)
    assert isinstance(answer, Booked)
    return answer.booking.key


def booked(story: Story, its: str) -> list[str]:
    """The keys of the bookings that a link leads to; it has to open."""
    found = link(story, its)
    assert isinstance(found, Link)
    return [each.key for each in Bookings(story.desk.store).of_link(found)]


def due(story: Story) -> list[Work]:
    """Takes the work that is due."""
    works = Outbox(story.desk.store).take(story.now, 1000)
    for work in works:
        Outbox(story.desk.store).done(work, story.now)
    return works


def invites(story: Story) -> list[str]:
    """Takes the letters that are due; for whose pupil each invitation is."""
    return [work.payload["ref"] for work in due(story) if work.kind == "invite"]


def notices(story: Story) -> list[tuple[str, str]]:
    found = Notices(story.desk.store).since(story.book_id, datetime(2026, 1, 1, tzinfo=UTC))
    return [(each.where, each.what) for each in found]
