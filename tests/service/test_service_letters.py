"""Letters that come at their time: reminders, offers of a place that frees, and invitations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.delivery import FIRST, NOW, STEP, TEACHER, TO_LOMAX, Office, token_of
from support.families import set_adults

from sync.domain.families import Adult
from sync.domain.meetings import STAFF_REF, Choice, Kind, Slot, State, Surgery, Where
from sync.service.post_round import reminder_due
from sync.store import Links

# Reminders


def test_the_reminder_comes_the_day_before_and_once(office: Office) -> None:
    office.book()
    office.deliver()
    office.clock[0] = FIRST - timedelta(days=1, seconds=1)
    assert office.deliver() == (0, 0, 0)
    office.wait(seconds=1)
    assert office.deliver() == (1, 0, 0)
    letter = office.letters()[1]
    assert letter.subject == "A reminder of your meeting"
    assert "When: Tuesday 8 December 2026, 4pm" in letter.body
    office.wait(hours=12)
    assert office.deliver() == (0, 0, 0)


def test_a_family_whose_letter_never_went_is_reminded_all_the_same(office: Office) -> None:
    office.book()
    fault = office.ws.fail(400, path="gmail/v1", times=None)
    assert office.deliver()[2] == 1
    office.ws.weather.faults.remove(fault)
    office.clock[0] = FIRST - timedelta(days=1)
    office.deliver()
    assert office.said() == [("lomax@home.example", "A reminder of your meeting")]


def test_a_meeting_that_was_cancelled_is_not_reminded_of(office: Office) -> None:
    booking = office.book()
    office.deliver()
    office.cancel(booking)
    office.clock[0] = FIRST - timedelta(hours=1)
    office.deliver()
    assert [subject for _, subject in office.said()] == ["Your meeting is booked", "Your meeting is cancelled"]


def test_a_meeting_that_was_moved_is_reminded_of_at_its_new_time(office: Office) -> None:
    booking = office.book()
    office.deliver()
    office.surgeries.move_slot(office.wid, "tue-0", FIRST + timedelta(days=2), FIRST + timedelta(days=2) + STEP, NOW)
    office.deliver()
    office.clock[0] = FIRST - timedelta(days=1)
    office.deliver()
    assert "A reminder of your meeting" not in [subject for _, subject in office.said()]
    office.wait(days=2)
    office.deliver()
    assert office.said()[-1] == (TO_LOMAX, "A reminder of your meeting")
    assert office.bookings.find(office.wid, booking.key).version == 2  # type: ignore[union-attr]


def test_who_books_on_the_day_before_is_not_reminded(office: Office) -> None:
    office.clock[0] = FIRST - timedelta(hours=20)
    office.book()
    office.deliver()
    office.wait(hours=20)
    office.deliver()
    assert office.said() == [(TO_LOMAX, "Your meeting is booked")]


@pytest.mark.parametrize(
    ("starts", "due"),
    [
        (datetime(2026, 12, 8, 16, 20, tzinfo=UTC), datetime(2026, 12, 7, 16, 20, tzinfo=UTC)),
        (datetime(2026, 12, 8, 7, 30, tzinfo=UTC), datetime(2026, 12, 7, 8, 0, tzinfo=UTC)),
        (datetime(2026, 12, 8, 19, 40, tzinfo=UTC), datetime(2026, 12, 7, 18, 0, tzinfo=UTC)),
        # The same time on the school's clock, across both changes of the clock.
        (datetime(2027, 3, 28, 15, 0, tzinfo=UTC), datetime(2027, 3, 27, 16, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 16, 0, tzinfo=UTC), datetime(2026, 10, 24, 15, 0, tzinfo=UTC)),
    ],
)
def test_a_reminder_is_due_a_day_before_and_never_at_night(starts: datetime, due: datetime) -> None:
    assert reminder_due(starts) == due


# Offers and invitations


def test_a_place_that_frees_is_offered_by_letter(office: Office) -> None:
    bookings = [office.book(f"tue-{n}", adult) for n, adult in enumerate(("a1", "a2"))]
    office.has(2)
    office.deliver()
    office.line.join(office.link("a3"), "tue", office.now)
    office.cancel(bookings[1])
    office.deliver()
    # The family that waits has no address; the next one does.
    assert any(key.startswith("phone:waiting:") for key in office.noticed())
    office.line.leave(office.link("a3"), "tue", office.now)
    office.book("tue-1", "a3")
    office.deliver()
    office.line.join(office.link("a2"), "tue", office.now)
    office.cancel(bookings[0])
    office.deliver()
    letter = office.letters()[-1]
    assert (letter.to, letter.subject) == ("ostrowski@home.example", "A time is free for you")
    assert "There is a free time now: Tuesday 8 December 2026, 4pm." in letter.body
    assert "until Wednesday 2 December 2026, 9am." in letter.body
    assert letter.ics is None


def test_an_offer_that_ended_before_the_letter_went_is_not_told(office: Office) -> None:
    office.has(1)
    booking = office.book()
    office.line.join(office.link("a2"), "tue", office.now)
    office.cancel(booking)
    office.wait(hours=25)
    office.deliver()
    assert "A time is free for you" not in [subject for _, subject in office.said()]


def test_families_are_invited_with_a_link_until_a_day_after_the_last_slot(office: Office) -> None:
    office.invite("surgery")
    office.deliver()
    (letter,) = office.letters()
    assert (letter.to, letter.subject) == (TO_LOMAX, "Please choose a time to meet us")
    link = Links(office.store).find(token_of(letter), office.now)
    assert (link.purpose, link.expires_at) == ("surgery", FIRST + 3 * STEP + timedelta(days=1))  # type: ignore[union-attr]


def test_a_review_is_invited_to_by_its_own_link_and_says_not_of_what(office: Office) -> None:
    review = Surgery("M-1", Kind.REVIEW, FIRST.date(), FIRST.time(), (FIRST + STEP).time(), 20, state=State.OPEN)
    office.surgeries.save(office.wid, [(review, [Slot("M-1-0", "M-1", FIRST, FIRST + STEP)])], office.now)
    office.invite("M-1")
    office.deliver()
    (letter,) = office.letters()
    assert letter.subject == "Please choose a time for a review meeting"
    link = Links(office.store).find(token_of(letter), office.now)
    assert link.purpose == "M-1"  # type: ignore[union-attr]


def test_nobody_is_invited_to_what_cannot_be_booked_any_more(office: Office) -> None:
    office.invite("coffee morning")
    assert office.deliver()[0] == 4
    assert office.said() == []


def test_who_booked_before_the_invitation_went_is_not_invited(office: Office) -> None:
    office.invite("surgery")
    office.book()
    office.deliver()
    assert office.said() == [(TO_LOMAX, "Your meeting is booked")]


def test_staff_are_invited_to_their_drop_in_and_told_like_families(office: Office) -> None:
    set_adults(office.store, office.wid, [Adult("s1", STAFF_REF, email=TEACHER)])
    drop_in = Surgery(
        "staff", Kind.STAFF, FIRST.date(), FIRST.time(), (FIRST + STEP).time(), 20, room="Room 2", state=State.OPEN
    )
    office.surgeries.save(office.wid, [(drop_in, [Slot("staff-0", "staff", FIRST, FIRST + STEP)])], office.now)
    office.invite("staff drop-in", "s1", STAFF_REF)
    office.deliver()
    invitation = office.letters()[0]
    assert (invitation.to, invitation.subject) == (TEACHER, "Staff drop-in: please choose a time")
    link = Links(office.store).find(token_of(invitation), office.now)
    office.bookings.claim(link, "staff-0", Choice(Where.ROOM), office.now, "form")  # type: ignore[arg-type]
    office.deliver()
    assert office.said()[1:] == [(TEACHER, "Your meeting is booked")]
    assert [title for title, *_ in office.events()] == ["Meeting"]
