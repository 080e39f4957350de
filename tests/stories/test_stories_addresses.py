"""An adult with another address or name through the syncs, and who is given the address that somebody had."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.sheet_surgeries import opened
from support.story_families import adult_of, book, booked, contact, due, invites, link, notices, token

from sync.domain.families import Adult
from sync.store import Bookings, Families, Link, Links, NoLink

if TYPE_CHECKING:
    from support.story import Story


def with_a_meeting(story: Story, **who: Any) -> tuple[str, str]:
    """The one contact of pupil 3 has a link and books by it: the link's token and the booking's key."""
    story.change(3, contacts=(contact(3, **who),))
    story.sync()
    key = opened(story)
    its = token(story, 3)
    booking = book(story, its, f"{key}-20261208T1600Z")
    invites(story)
    return its, booking


def test_whose_address_changes_keeps_the_meeting_and_hears_of_it_there_by_a_new_link(school: Story) -> None:
    mine, booking = with_a_meeting(school, forename="Ada")
    before = adult_of(school, 3)
    letters = []
    for email in ("New@home.example", "new@home.example", "another@home.example"):
        school.change(3, contacts=(contact(3, forename="Ada", email=email),))
        school.sync()
        now = adult_of(school, 3)
        assert (now.key, now.email) == (before.key, email)
        works = (each for each in due(school) if each.kind != "slot.changed")
        letters.append([(each.kind, each.payload.get("booking", "")) for each in works])
        assert booked(school, token(school, 3)) == [booking]
    assert letters == [[("reminder", booking)], [], [("reminder", booking)]]
    # Whoever reads the old mailbox may be somebody else.
    assert isinstance(link(school, mine), NoLink)
    assert notices(school) == []


def test_whose_address_changes_before_they_book_is_invited_once_more(school: Story) -> None:
    school.change(3, contacts=(contact(3, forename="Ada"),))
    school.sync()
    opened(school)
    assert invites(school) == [school.ref(3)]
    sent = token(school, 3)
    told = []
    for email in ("new@home.example", "new@home.example", None):
        school.change(3, contacts=(contact(3, forename="Ada", email=email),))
        school.sync()
        told.append(invites(school))
    assert told == [[school.ref(3)], [], []]
    assert isinstance(link(school, sent), NoLink)


MARY = {"title": "Mrs", "forename": "Mary", "surname": "Khan", "email": "family@home.example"}


TOM = {"title": "Mr", "forename": "Tom", "surname": "Khan", "email": "family@home.example", "order": 2}


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ({"forename": "Marry"}, {"forename": "Mary"}),
        ({"title": "Mrs", "forename": None}, {"title": "Mrs", "forename": "Aisha"}),
        ({"forename": "Mary"}, {"forename": "Mary", "surname": "Stone", "order": 2}),
    ],
)
def test_an_adult_whose_name_is_corrected_keeps_the_link_and_the_meeting_and_is_not_invited_again(
    school: Story, was: dict[str, Any], now: dict[str, Any]
) -> None:
    mine, booking = with_a_meeting(school, **was)
    school.change(3, contacts=(contact(3, **now),))
    school.sync()
    assert booked(school, mine) == [booking]
    assert (notices(school), invites(school)) == ([], [])


def test_who_is_perhaps_the_same_under_another_name_is_not_invited_while_the_meeting_stands(story: Story) -> None:
    hers, booking = with_a_meeting(story, **MARY)
    story.change(3, contacts=(contact(3, **{**TOM, "order": 1}),))
    for _ in range(2):
        story.sync()
        assert isinstance(link(story, hers), NoLink)
        ((where, what),) = notices(story)
        assert where == f"Family of {story.ref(3)}"
        assert (
            "A contact with another name has their address now: perhaps the same person under another name. That "
            "contact is invited only once this meeting is cancelled or over."
        ) in what
        assert invites(story) == []
    Bookings(story.desk.store).cancel_by_school(story.book_id, booking, story.now)
    story.sync()
    assert (notices(story), invites(story)) == ([], [story.ref(3)])


def people(story: Story, number: int) -> dict[str, str]:
    """The keys of a pupil's adults by their names."""
    return {each.name: each.key for each in Families(story.desk.store).all(story.book_id)[story.ref(number)]}


@pytest.mark.parametrize("at_once", [True, False])
def test_whoever_is_given_an_address_later_has_nothing_of_who_had_it_before(story: Story, at_once: bool) -> None:
    hers, booking = with_a_meeting(story, **MARY)
    moved = contact(3, **{**MARY, "email": "mary@home.example"})
    if not at_once:
        story.change(3, contacts=(moved,))
        story.sync()
    story.change(3, contacts=(moved, contact(3, **TOM)))
    story.sync()
    mrs, mr = (people(story, 3)[name] for name in ("Mrs Khan", "Mr Khan"))
    # What she was sent is in his mailbox now.
    assert isinstance(link(story, hers), NoLink)
    found = link(story, token(story, 3, Adult(mrs, story.ref(3))))
    assert isinstance(found, Link)
    assert (found.adult, [each.key for each in Bookings(story.desk.store).of_link(found)]) == (mrs, [booking])
    assert booked(story, token(story, 3, Adult(mr, story.ref(3)))) == []
    assert invites(story) == [story.ref(3)]


@pytest.mark.parametrize("his_own", [True, False])
def test_whose_parental_responsibility_is_withdrawn_sees_nothing_of_who_has_the_address_now(
    story: Story, his_own: bool
) -> None:
    story.change(3, contacts=(contact(3, **TOM),))
    story.sync()
    key = opened(story)
    his = [token(story, 3)]
    address = "tom@home.example" if his_own else "family@home.example"
    story.change(3, contacts=(contact(3, **{**TOM, "email": address}),))
    story.sync()
    his.append(Links(story.desk.store).issue(
        story.book_id, adult_of(story, 3).key, story.ref(3), story.now + timedelta(days=9), story.now
    ))  # fmt: skip
    withdrawn = contact(3, **{**TOM, "email": address, "parental_responsibility": False})
    story.change(3, contacts=(withdrawn, contact(3, **MARY)))
    story.sync()
    book(story, token(story, 3), f"{key}-20261208T1600Z")
    story.sync()
    assert [type(link(story, each)) for each in his] == [NoLink, NoLink]


def test_a_contact_of_another_pupil_who_is_given_the_address_has_no_link_of_the_first_family(story: Story) -> None:
    story.change(3, contacts=(contact(3, **MARY),))
    story.sync()
    opened(story)
    hers = link(story, token(story, 3))
    assert isinstance(hers, Link)
    story.change(3, contacts=(contact(3, **{**MARY, "email": "mary@home.example"}),))
    story.sync()
    token(story, 3)
    story.change(4, contacts=(contact(4, **{**TOM, "surname": "Stone"}),))
    story.sync()
    stranger = adult_of(story, 4)
    token(story, 4)
    links = Links(story.desk.store)
    assert [each.ref for each in links.of_adult(story.book_id, stranger.key, story.now)] == [story.ref(4)]
    assert [each.ref for each in links.of_adult(story.book_id, hers.adult, story.now)] == [story.ref(3)]
