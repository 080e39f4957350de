"""What the store decided reaches Calendar and the families."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.delivery import ADULTS, FIRST, NOW, STEP, TEACHER, TELLING, TO_LOMAX, Office, Post, token_of
from support.families import set_adults

from sync.domain.families import Adult
from sync.domain.meetings import Choice, State, Where
from sync.store import Links

if TYPE_CHECKING:
    from collections.abc import Callable

FREE, ROOM = "Free for a meeting", "Room 2 or phone call or video call"
T = ["2026-12-08T16:00:00Z", "2026-12-08T16:20:00Z", "2026-12-08T16:40:00Z"]
BOOKED = "Meeting \N{EN DASH} ref B7F3K"


def appointment(letter: Post) -> tuple[str, int, datetime, str, str]:
    """What its calendar file asks for: method, sequence, start, title, place."""
    (event,) = letter.ics.walk("VEVENT")
    place = str(event.get("LOCATION", ""))
    return str(letter.ics["METHOD"]), event["SEQUENCE"], event.decoded("DTSTART"), str(event["SUMMARY"]), place


# Slots


def test_a_surgery_becomes_free_events_and_a_booking_makes_one_busy_and_a_letter_goes(office: Office) -> None:
    assert office.deliver() == (3, 0, 0)
    assert office.events() == [(FREE, ROOM, at, "transparent") for at in T]
    booking = office.book()
    assert office.deliver() == (2, 0, 0)
    assert office.events() == [
        (FREE, ROOM, T[1], "transparent"),
        (FREE, ROOM, T[2], "transparent"),
        (BOOKED, "Room 2", T[0], "opaque"),
    ]
    assert [each["email"] for each in office.event()["attendees"]] == [TEACHER]
    (letter,) = office.letters()
    assert (letter.to, letter.subject) == (TO_LOMAX, "Your meeting is booked")
    assert letter.body.startswith("Dear Mrs Lomax,\n\nThank you. Your meeting is booked.\n\n")
    assert "When: Tuesday 8 December 2026, 4pm (it ends at 4:20pm)" in letter.body
    assert "Where: Room 2" in letter.body
    assert "until Tuesday 8 December 2026, 2pm" in letter.body
    assert letter.body.endswith("Call the office on 01632 960 000.\n\nHillcrest High School\n")
    assert appointment(letter) == ("REQUEST", 0, FIRST, "Meeting at school", "Room 2, Hillcrest High School")
    link = Links(office.store).find(token_of(letter), office.now)
    assert (link.adult, link.ref, link.purpose, link.expires_at) == (  # type: ignore[union-attr]
        booking.adult,
        booking.ref,
        "surgery",
        FIRST + STEP + timedelta(days=1),
    )


def test_sixty_slots_are_two_requests_beside_those_that_make_the_calendar(office: Office) -> None:
    office.deliver()
    office.has(60)
    before = office.requests()
    assert office.deliver() == (57, 0, 0)
    # The workspace logs each part of a batch, too.
    batches = [each for each in list(office.ws.requests)[before:] if each.path.startswith("/batch")]
    assert [len(office.doors), len(batches), office.doors[-1].counter.requests] == [2, 2, 2]
    assert len(office.events()) == 60


def test_with_nothing_due_nobody_asks_google(office: Office) -> None:
    office.deliver()
    before, doors = office.requests(), len(office.doors)
    assert office.deliver() == (0, 0, 0)
    assert (office.requests(), len(office.doors)) == (before, doors)


def test_where_calendar_and_post_are_off_all_is_done_at_once(open_office: Callable[..., Office]) -> None:
    office = open_office(calendar={"enabled": False}, post={"by": "none"})
    office.has()
    office.book()
    before = office.requests()
    assert office.deliver() == (5, 0, 0)
    assert (office.requests(), office.doors, office.noticed()) == (before, [], [])


def test_only_the_past_is_no_reason_to_make_a_calendar(office: Office) -> None:
    office.wait(days=8)
    assert office.deliver() == (3, 0, 0)
    assert (office.events(), office.doors) == ([], [])


def test_the_calendar_is_made_once_and_shared(open_office: Callable[..., Office]) -> None:
    office = open_office(calendar={"enabled": True, "share_with": [TEACHER], "title": "Talks"})
    office.has()
    office.deliver()
    url = office.url.removesuffix("/events")
    assert office.phone.call("GET", url)["summary"] == "Talks"
    shared = [
        each["scope"]["value"] for each in office.phone.call("GET", f"{url}/acl")["items"] if each["role"] == "reader"
    ]
    assert shared == [TEACHER]


def shared(office: Office) -> tuple[str, ...]:
    with office.rounds() as rounds:
        return rounds.share()


def test_editors_get_a_calendar_in_which_they_can_move_meetings_and_google_tells_them(
    open_office: Callable[..., Office],
) -> None:
    office = open_office(calendar={"enabled": True, "editors": [TEACHER]})
    office.has()
    office.deliver()
    url = office.url.removesuffix("/events")
    rules = {each["scope"]["value"]: each["role"] for each in office.phone.call("GET", f"{url}/acl")["items"]}
    assert rules[TEACHER] == "writer"
    assert len(office.ws.mail.of(TEACHER)) == 1


def test_an_editor_who_is_named_later_is_given_the_calendar_by_setup(open_office: Callable[..., Office]) -> None:
    office = open_office(calendar={"enabled": True})
    office.has()
    assert shared(office) == ()
    office.deliver()
    office.settings = office.settings.model_copy(
        update={"calendar": office.settings.calendar.model_copy(update={"editors": (TEACHER,)})}
    )
    assert (shared(office), shared(office)) == ((TEACHER,), ())


def test_a_draft_stands_in_no_calendar_until_it_is_opened(office: Office) -> None:
    office.has(state=State.DRAFT)
    office.deliver()
    assert office.events() == []
    office.has()
    office.deliver()
    assert len(office.events()) == 3


def test_a_slot_that_leaves_the_sheet_leaves_the_calendar_unless_it_is_booked(office: Office) -> None:
    office.book("tue-2")
    office.deliver()
    office.has(1)
    office.deliver()
    assert [title for title, *_ in office.events()] == [FREE, BOOKED]
    office.has(3)
    office.deliver()
    assert [title for title, *_ in office.events()] == [FREE, FREE, BOOKED]


def test_another_room_in_the_sheet_reaches_the_events_and_those_who_meet_there(office: Office) -> None:
    office.book()
    office.book("tue-1", "a2", Where.PHONE, phone="01632 960102")
    office.deliver()
    office.has(room="Library")
    office.settle()
    assert [place for _, place, *_ in office.events()] == [
        "Library or phone call or video call",
        "Library",
        "Phone call",
    ]
    assert office.said()[2:] == [(TO_LOMAX, "Please look: your meeting has changed")]
    assert "Where: Library" in office.letters()[2].body


def test_a_room_that_names_a_child_stands_nowhere(office: Office) -> None:
    office.has(room="Amara's room")
    office.book()
    office.deliver()
    assert office.event()["location"] == "At school"
    (letter,) = office.letters()
    assert "Where: at the school." in letter.body
    assert appointment(letter)[4] == "Hillcrest High School"


# Bookings


def test_a_family_that_moves_its_meeting_gets_one_letter_and_one_appointment(office: Office) -> None:
    booking = office.book()
    office.deliver()
    office.change(booking, "tue-2")
    office.deliver()
    assert [title for title, *_ in office.events()] == [FREE, FREE, BOOKED]
    first, second = office.letters()
    assert (second.to, second.subject) == (TO_LOMAX, "Your meeting has changed")
    assert appointment(second)[:3] == ("REQUEST", 1, FIRST + 2 * STEP)
    assert [each.ics.walk("VEVENT")[0]["UID"] for each in (first, second)] == [first.ics.walk("VEVENT")[0]["UID"]] * 2


def test_a_family_that_cancels_gets_a_cancellation_and_a_link_to_choose_again(office: Office) -> None:
    booking = office.book()
    office.deliver()
    office.cancel(booking)
    office.deliver()
    assert [title for title, *_ in office.events()] == [FREE] * 3
    letter = office.letters()[1]
    assert letter.subject == "Your meeting is cancelled"
    assert "You cancelled your meeting on Tuesday 8 December 2026, 4pm." in letter.body
    assert appointment(letter)[:3] == ("CANCEL", 1, FIRST)
    assert "Choose another time:\nhttp://book.school.example/b/" in letter.body


def test_what_was_changed_twice_before_anybody_told_is_told_once(office: Office) -> None:
    booking = office.book()
    office.change(booking, "tue-1")
    office.deliver()
    assert office.said() == [(TO_LOMAX, "Your meeting has changed")]
    assert appointment(office.letters()[0])[:3] == ("REQUEST", 1, FIRST + STEP)


def test_a_meeting_by_phone_says_the_number(office: Office) -> None:
    office.book(where=Where.PHONE, phone="01632 960199")
    office.deliver()
    (letter,) = office.letters()
    assert "How: by phone. We will call you on 01632 960199." in letter.body
    assert appointment(letter)[4] == "Phone call"
    assert office.event()["location"] == "Phone call"


def test_a_meeting_by_video_says_the_link(office: Office) -> None:
    office.book(where=Where.VIDEO)
    office.deliver()
    (letter,) = office.letters()
    meet = office.event()["hangoutLink"]
    assert f"How: by video call.\n\nJoin the video call:\n{meet}" in letter.body
    assert appointment(letter)[4] == meet


def test_a_letter_waits_for_the_link_of_its_video_call(office: Office) -> None:
    office.deliver()
    office.book(where=Where.VIDEO)
    fault = office.ws.fail(503, path="/calendar/v3", times=None)
    assert office.deliver() == (0, 1, 0)
    office.ws.weather.faults.remove(fault)
    office.wait(minutes=20)
    office.deliver()
    assert office.event()["hangoutLink"] in office.letters()[0].body


def test_the_next_family_gets_another_video_call(office: Office) -> None:
    booking = office.book(where=Where.VIDEO)
    office.deliver()
    office.cancel(booking)
    office.book(adult="a2", where=Where.VIDEO)
    office.deliver()
    first, _, third = office.letters()
    links = [each.body.partition("https://meet.google.com/")[2].split()[0] for each in (first, third)]
    assert links[0] != links[1]
    assert office.event()["hangoutLink"].endswith(links[1])


def test_the_other_parent_of_a_child_gets_another_video_call(office: Office) -> None:
    booking = office.book(where=Where.VIDEO)
    office.deliver()
    hers = office.event()["hangoutLink"]
    office.change(booking, "tue-1")
    office.deliver()
    set_adults(office.store, office.wid, [*ADULTS, Adult("a4", "B7F3K", "Mr Lomax", "father@home.example", "", 2)])
    his_link = Links(office.store).find(
        Links(office.store).issue(office.wid, "a4", "B7F3K", office.now + timedelta(days=60), office.now), office.now
    )
    office.bookings.claim(his_link, "tue-0", Choice(Where.VIDEO), office.now, "his")  # type: ignore[arg-type]
    office.deliver()
    (letter,) = [each for each in office.letters() if each.to == "father@home.example"]
    assert office.event()["hangoutLink"] in letter.body
    assert hers not in letter.body


@pytest.mark.parametrize(("status", "reason"), [(400, "invalid"), (403, "forbidden")])
def test_a_family_hears_of_its_video_call_though_its_event_cannot_be_made(
    office: Office, status: int, reason: str
) -> None:
    office.deliver()
    office.book(where=Where.VIDEO)
    office.ws.fail(status, path="/calendar/v3", reason=reason, times=None)
    office.deliver()
    assert office.letters() == []
    office.wait(hours=2, minutes=16)
    office.deliver()
    (letter,) = office.letters()
    assert "We will send you the link for the video call" in letter.body
    assert "the family's letter went without one" in office.notice("video:tue-0")
    while office.now < FIRST - timedelta(hours=1):
        office.wait(hours=3)
        office.deliver()
    assert [subject for _, subject in office.said()] == ["Your meeting is booked", "A reminder of your meeting"]


def test_without_a_calendar_the_letter_promises_the_link(open_office: Callable[..., Office]) -> None:
    office = open_office(calendar={"enabled": False})
    office.has()
    office.book(where=Where.VIDEO)
    office.deliver()
    assert "We will send you the link for the video call" in office.letters()[0].body
    assert "Calendar is not in use, so there is no link for this video call" in office.notice("video:tue-0")


@pytest.mark.parametrize("where", [(Where.ROOM, Where.VIDEO), (Where.VIDEO,)])
def test_those_who_come_to_one_time_by_video_share_a_call_until_the_last_has_left(
    office: Office, where: tuple[Where, ...]
) -> None:
    office.has(1, places=3, where=where)
    if Where.ROOM in where:
        office.book(adult="a3")
    office.deliver()
    assert "hangoutLink" not in office.event()
    first = office.book(where=Where.VIDEO)
    office.deliver()
    meet = office.event()["hangoutLink"]
    second = office.book(adult="a2", where=Where.VIDEO)
    office.deliver()
    office.cancel(first)
    office.deliver()
    assert office.event()["hangoutLink"] == meet
    assert [meet in each.body for each in office.letters() if "is booked" in each.subject] == [True, True]
    office.cancel(second)
    office.deliver()
    assert "hangoutLink" not in office.event()
    office.bookings.claim(office.link(), "tue-0", Choice(Where.VIDEO), office.now, "once more")
    office.deliver()
    assert office.event()["hangoutLink"] != meet
    assert office.event()["hangoutLink"] in office.letters()[-1].body


def test_a_slot_with_many_places_says_how_many_are_taken(office: Office) -> None:
    office.has(1, places=8)
    office.book()
    office.book(adult="a2")
    office.deliver()
    assert [title for title, *_ in office.events()] == ["Meeting \N{EN DASH} 2 of 8 places"]
    assert sorted(each.to for each in office.letters()) == [TO_LOMAX, "ostrowski@home.example"]


def test_an_adult_without_an_address_is_to_be_rung(office: Office) -> None:
    booking = office.book(adult="a3")
    office.deliver()
    assert office.said() == []
    key = f"phone:{booking.key}:1"
    assert office.notice(key) == (
        "Family of D9K2P: The meeting on Tuesday 8 December 2026, 4pm was booked or changed, but the MIS has no e-mail "
        "address for this adult: please ring them."
    )


# Privacy


def test_no_name_stands_in_an_event_a_subject_an_appointment_or_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="sync")
    office.has(room="Amara Lomax")
    first = office.book()
    office.book("tue-1", "a2", Where.VIDEO, words="Jan is worried about his EHCP", bringing="Zoë")
    office.settle()
    office.by_hand("tue-1", summary="Jan Ostrowski", location="With Jan", description="Jan")
    office.settle()
    office.change(first, "tue-2", Choice(Where.PHONE, phone="01632 960101", words="Amara"))
    office.settle()
    office.delete_by_hand("tue-1")
    office.settle()
    items = office.phone.call("GET", office.url)["items"]
    letters = office.letters()
    told: list[Any] = [items, [(each.subject, each.ics and each.ics.to_ical()) for each in letters], caplog.text]
    told += [(each.where, each.what) for each in office.notices.since(office.wid, NOW)]
    assert len(letters) == 4
    for name in TELLING:
        assert name not in str(told)
    for letter in letters:
        name = "Lomax" if letter.to == TO_LOMAX else "Ostrowski"
        body = letter.body.replace(f"Dear Mrs {name},", "").replace(f"Dear Mr {name},", "")
        assert [each for each in (*TELLING, "EHC", "SEN", "B7F3K", "C2D4M") if each in body] == []


def test_a_letter_to_an_adult_whose_name_the_mis_does_not_have_says_hello(office: Office) -> None:
    set_adults(office.store, office.wid, [replace(ADULTS[0], name="")])
    office.book()
    office.deliver()
    assert office.letters()[0].body.startswith("Hello,\n\n")
