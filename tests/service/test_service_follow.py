"""What a person does in Calendar reaches slot, booking and letter: the table in docs/calendar-and-letters.md."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.delivery import FIRST, SENCO, STEP, TEACHER, TO_LOMAX, Office
from support.surgery import free_slots

from sync.domain.meetings import Choice, State, Where
from sync.plan.events import event_id
from sync.store import Link, Links, NoLink

if TYPE_CHECKING:
    from sync.domain.meetings import Booking

BOOKED = "Meeting \N{EN DASH} ref B7F3K"
CONFIRMED = (TO_LOMAX, "Your meeting is booked")
MOVED = (TO_LOMAX, "Please look: your meeting has changed")
CANCELLED = (TO_LOMAX, "Your meeting is cancelled")
FREE_PLACE = "Room 2 or phone call or video call"
FIVE = datetime(2026, 12, 8, 17, 0, tzinfo=UTC)
TO_FIVE = {"start": {"dateTime": "2026-12-08T17:00:00Z"}, "end": {"dateTime": "2026-12-08T17:20:00Z"}}
WHOLE_DAY = {"start": {"date": "2026-12-08", "dateTime": None}, "end": {"date": "2026-12-09", "dateTime": None}}


@pytest.fixture
def booked(office: Office) -> Booking:
    """The first slot is booked, all is told, and our own writes have come back."""
    booking = office.book()
    office.settle()
    assert office.said() == [CONFIRMED]
    return booking


def stands(office: Office, slot: str = "tue-0") -> tuple[str, str, str, str]:
    """The event: title, place, start, visibility."""
    found = office.event(slot)
    start = found["start"].get("dateTime", found["start"].get("date"))
    return found["summary"], found["location"], start, found["visibility"]


AS_IT_WAS = (BOOKED, "Room 2", "2026-12-08T16:00:00Z", "private")


def test_our_own_writes_come_back_and_do_nothing(office: Office, booked: Booking) -> None:
    assert (office.follow(), office.noticed(), office.deliver()) == (0, [], (0, 0, 0))
    assert stands(office) == AS_IT_WAS


def test_a_moved_event_moves_the_slot_and_the_family_is_told(office: Office, booked: Booking) -> None:
    office.by_hand(**TO_FIVE)
    assert office.follow() == 1
    office.settle()
    assert (office.kept().slot.starts, office.kept().slot.ends) == (FIVE, FIVE + STEP)
    assert office.said() == [CONFIRMED, MOVED]
    letter = office.letters()[1]
    assert "When: Tuesday 8 December 2026, 5pm (it ends at 5:20pm)" in letter.body
    (event,) = letter.ics.walk("VEVENT")
    assert (letter.ics["METHOD"], event["SEQUENCE"], event.decoded("DTSTART")) == ("REQUEST", 1, FIVE)
    assert stands(office) == (BOOKED, "Room 2", "2026-12-08T17:00:00Z", "private")
    assert office.noticed() == []


def test_a_longer_event_makes_the_slot_longer(office: Office, booked: Booking) -> None:
    office.by_hand(end={"dateTime": "2026-12-08T16:50:00Z"})
    office.settle()
    assert office.kept().slot.ends == FIRST + timedelta(minutes=50)
    assert office.said() == [CONFIRMED, MOVED]


def test_a_meeting_moved_onto_another_one_is_told_to_the_senco_until_they_part(office: Office, booked: Booking) -> None:
    office.book("tue-1", "a2")
    office.settle()
    office.by_hand(start={"dateTime": "2026-12-08T16:30:00Z"}, end={"dateTime": "2026-12-08T16:50:00Z"})
    office.settle()
    assert office.noticed() == ["calendar:at once:tue-0:tue-1"]
    assert office.notice("calendar:at once:tue-0:tue-1") == (
        "Calendar, Tuesday 8 December 2026, 4:30pm: Two meetings are at one time: Tuesday 8 December 2026, 4:20pm "
        "(C2D4M), and Tuesday 8 December 2026, 4:30pm (B7F3K). Both families were told to come. Move one of the two, "
        "or ring a family."
    )
    assert office.said()[-1] == MOVED
    office.by_hand("tue-1", **TO_FIVE)
    office.settle()
    assert office.noticed() == []


def test_a_meeting_moved_onto_a_free_slot_takes_its_time_at_once(office: Office, booked: Booking) -> None:
    office.by_hand(start={"dateTime": "2026-12-08T16:20:00Z"}, end={"dateTime": "2026-12-08T16:40:00Z"})
    office.settle()
    assert [each.slot.key for each in free_slots(office.surgeries, office.wid, office.now)] == ["tue-2"]
    assert office.noticed() == []


def test_a_meeting_moved_into_the_past_is_put_back_and_the_family_is_not_written_to(
    office: Office, booked: Booking
) -> None:
    office.by_hand(start={"dateTime": "2026-11-08T16:00:00Z"}, end={"dateTime": "2026-11-08T16:20:00Z"})
    office.settle()
    assert stands(office) == AS_IT_WAS
    assert (office.kept().slot.starts, office.said()) == (FIRST, [CONFIRMED])
    assert office.notice("calendar:tue-0:past") == (
        "Calendar, Tuesday 8 December 2026, 4pm: Its event was moved to a time that is over. It was put back, and "
        "nobody was written to. If they did meet then, say so in the Meetings tab."
    )
    office.by_hand(**TO_FIVE)
    office.settle()
    assert (office.kept().slot.starts, office.said()) == (FIVE, [CONFIRMED, MOVED])


def test_a_meeting_that_has_begun_earlier_than_planned_is_followed(office: Office, booked: Booking) -> None:
    office.wait(days=7, hours=6, minutes=50)
    office.by_hand(start={"dateTime": "2026-12-08T15:45:00Z"}, end={"dateTime": "2026-12-08T16:05:00Z"})
    office.settle()
    assert office.kept().slot.starts == datetime(2026, 12, 8, 15, 45, tzinfo=UTC)
    assert office.noticed() == []


def test_an_event_of_a_whole_day_is_put_back_and_the_senco_is_told(office: Office, booked: Booking) -> None:
    office.by_hand(**WHOLE_DAY)
    office.settle()
    assert stands(office) == AS_IT_WAS
    assert (office.kept().slot.starts, office.said()) == (FIRST, [CONFIRMED])
    assert office.notice("calendar:tue-0:whole day") == (
        "Calendar, Tuesday 8 December 2026, 4pm: Its event was made to last a whole day. A meeting needs a time, so it "
        "was put back."
    )


def test_a_deleted_event_cancels_the_booking_and_the_family_is_told(office: Office, booked: Booking) -> None:
    office.delete_by_hand()
    office.settle()
    assert office.kept().state == "deleted"
    assert office.bookings.active(office.wid) == []
    assert office.said() == [CONFIRMED, CANCELLED]
    letter = office.letters()[1]
    assert "We had to cancel your meeting on Tuesday 8 December 2026, 4pm." in letter.body
    (event,) = letter.ics.walk("VEVENT")
    assert (letter.ics["METHOD"], event["SEQUENCE"], event["STATUS"]) == ("CANCEL", 1, "CANCELLED")
    assert office.event() == {}
    office.has()
    office.settle()
    assert office.event() == {}


def test_an_event_out_of_the_bin_offers_the_slot_again(office: Office, booked: Booking) -> None:
    office.delete_by_hand()
    office.settle()
    office.by_hand(status="confirmed")
    office.settle()
    assert office.kept().state == "open"
    assert stands(office) == ("Free for a meeting", FREE_PLACE, "2026-12-08T16:00:00Z", "private")
    assert office.bookings.active(office.wid) == []
    assert office.said() == [CONFIRMED, CANCELLED]


def test_an_event_out_of_the_bin_whose_slot_left_the_sheet_is_taken_away_again(office: Office) -> None:
    office.settle()
    office.has(2)
    office.settle()
    assert office.event("tue-2") == {}
    office.by_hand("tue-2", status="confirmed")
    office.settle()
    assert office.event("tue-2") == {}
    assert office.noticed() == ["calendar:tue-2:restored"]
    office.has(3)
    office.settle()
    assert stands(office, "tue-2")[0] == "Free for a meeting"


def test_staff_who_say_no_are_told_to_the_senco_once(office: Office, booked: Booking) -> None:
    office.by_hand(attendees=[{"email": TEACHER, "responseStatus": "declined"}])
    office.settle()
    (key,) = office.noticed()
    assert office.notice(key).endswith(
        f"{TEACHER} said no to this meeting in Calendar. It stays as it is: find somebody else, or move it."
    )
    office.notices.withdraw(office.wid, key)
    office.by_hand(colorId="5")
    office.settle()
    assert office.noticed() == []
    assert [each["responseStatus"] for each in office.event()["attendees"]] == ["declined"]
    office.by_hand(attendees=[{"email": TEACHER, "responseStatus": "accepted"}])
    office.settle()
    office.by_hand(attendees=[{"email": TEACHER, "responseStatus": "declined"}])
    office.settle()
    assert office.noticed() == [key]
    assert office.said() == [CONFIRMED]


def test_another_place_is_taken_over_and_the_family_is_told(office: Office, booked: Booking) -> None:
    office.by_hand(location="Library")
    office.settle()
    assert office.kept().place == "Library"
    assert office.said() == [CONFIRMED, MOVED]
    assert "Where: Library" in office.letters()[1].body
    assert stands(office) == (BOOKED, "Library", "2026-12-08T16:00:00Z", "private")
    assert office.noticed() == []


def test_another_room_of_a_free_slot_keeps_the_other_ways_to_meet(office: Office) -> None:
    office.settle()
    office.by_hand(location="Library")
    office.by_hand("tue-1", location="Room 5 or Phone call")
    office.settle()
    assert (office.kept().place, office.kept("tue-1").place) == ("Library", "Room 5")
    assert stands(office)[1] == "Library or phone call or video call"
    assert stands(office, "tue-1")[1] == "Room 5 or phone call or video call"


def test_a_place_that_was_emptied_is_the_rows_again(office: Office, booked: Booking) -> None:
    office.by_hand(location="Library")
    office.settle()
    office.by_hand(location="")
    office.settle()
    assert office.kept().place is None
    assert stands(office) == AS_IT_WAS


def test_a_place_that_names_a_child_is_put_back_and_told_to_nobody(office: Office, booked: Booking) -> None:
    office.by_hand(location="With Amara")
    office.settle()
    assert stands(office) == AS_IT_WAS
    assert (office.kept().place, office.said()) == (None, [CONFIRMED])
    assert "holds a person's name" in office.notice("calendar:tue-0:place")
    assert "Amara" not in office.notice("calendar:tue-0:place")


def test_a_place_for_a_meeting_by_phone_is_put_back(office: Office) -> None:
    office.book(where=Where.PHONE, phone="01632 960101")
    office.settle()
    office.by_hand(location="Library")
    office.settle()
    assert stands(office)[1] == "Phone call"
    assert (office.kept().place, office.noticed()) == (None, ["calendar:tue-0:place"])


@pytest.mark.parametrize("title", ["Amara Lomax", "Coffee"])
def test_another_title_is_put_back(office: Office, booked: Booking, title: str) -> None:
    office.by_hand(summary=title)
    office.settle()
    assert stands(office) == AS_IT_WAS
    assert office.said() == [CONFIRMED]
    said = office.notice("calendar:tue-0:title")
    assert "Amara" not in said
    assert ("(it held a person's name)" in said) == (title != "Coffee")


@pytest.mark.parametrize(
    ("patch", "what"),
    [
        ({"description": "Amara"}, "notes"),
        ({"attendees": [{"email": TEACHER}, {"email": "mum@home.example"}]}, "guests"),
        ({"visibility": "default"}, "another visibility"),
        ({"guestsCanInviteOthers": True, "description": "x"}, "notes and more rights for guests"),
    ],
)
def test_what_lets_others_see_more_is_taken_away(
    office: Office, booked: Booking, patch: dict[str, Any], what: str
) -> None:
    office.by_hand(**patch)
    office.settle()
    found = office.event()
    assert stands(office) == AS_IT_WAS
    assert ("description" in found, found["guestsCanInviteOthers"]) == (False, False)
    assert [each["email"] for each in found["attendees"]] == [TEACHER]
    assert f"Its event was given {what}. " in office.notice("calendar:tue-0:exposed")


def test_what_cannot_be_put_back_is_logged_without_googles_words(
    office: Office, booked: Booking, caplog: pytest.LogCaptureFixture
) -> None:
    office.by_hand(summary="Amara")
    office.ws.fail(400, path="/events/")
    office.follow()
    assert office.noticed() == ["calendar:tue-0:title", "calendar:tue-0:put back"]
    (line,) = [record for record in caplog.records if "could not be put back" in record.getMessage()]
    assert line.exc_info is None


def test_an_event_that_was_made_to_repeat_is_one_again(office: Office, booked: Booking) -> None:
    office.by_hand(recurrence=["RRULE:FREQ=WEEKLY"])
    office.settle()
    assert "recurrence" not in office.event()
    assert office.noticed() == ["calendar:tue-0:series"]
    assert stands(office) == AS_IT_WAS


def test_another_colour_is_nobodys_business(office: Office, booked: Booking) -> None:
    office.by_hand(colorId="5", reminders={"useDefault": True, "overrides": []})
    assert (office.follow(), office.noticed(), office.deliver()) == (0, [], (0, 0, 0))
    assert office.event()["colorId"] == "5"


def test_several_things_at_once_are_each_followed(office: Office, booked: Booking) -> None:
    office.by_hand(**TO_FIVE, summary="Coffee", location="Library", description="x")
    office.settle()
    assert (office.kept().slot.starts, office.kept().place) == (FIVE, "Library")
    assert stands(office) == (BOOKED, "Library", "2026-12-08T17:00:00Z", "private")
    assert office.noticed() == ["calendar:tue-0:title", "calendar:tue-0:exposed"]
    assert office.said() == [CONFIRMED, MOVED]


def test_a_copy_is_left_and_said(office: Office, booked: Booking) -> None:
    copied = {name: office.event()[name] for name in ("summary", "start", "end", "extendedProperties", "visibility")}
    office.phone.call("POST", office.url, body=copied)
    office.settle()
    (key,) = office.noticed()
    assert key.startswith("calendar:tue-0:copy:")
    assert len(office.events()) == 4
    assert office.bookings.active(office.wid) == [booked]


def test_an_event_of_her_own_in_that_calendar_is_let_alone(office: Office, booked: Booking) -> None:
    office.phone.call("POST", office.url, body={"summary": "Lunch", **TO_FIVE})
    office.settle()
    assert (office.noticed(), len(office.events())) == ([], 4)


def test_an_expired_token_is_followed_by_a_full_reading(office: Office, booked: Booking) -> None:
    office.by_hand("tue-1", **TO_FIVE)
    office.delete_by_hand()
    office.phone.request("POST", f"{office.ws.base_url}/local/calendar/expire-sync-tokens", repeatable=False)
    office.settle()
    assert (office.kept().state, office.kept("tue-1").slot.starts) == ("deleted", FIVE)
    assert office.said() == [CONFIRMED, CANCELLED]
    assert office.follow() == 0


def test_an_event_that_a_full_reading_does_not_have_was_deleted_if_it_was_there(
    office: Office, booked: Booking
) -> None:
    office.has(4)
    with office.ws.lock:
        kept = office.surgeries.calendar(office.wid)
        assert kept is not None
        del office.ws.calendars.tables.events[kept.calendar_id][event_id("tue-0")]
    office.phone.request("POST", f"{office.ws.base_url}/local/calendar/expire-sync-tokens", repeatable=False)
    assert office.follow() == 1
    office.settle()
    assert (office.kept().state, office.kept("tue-3").state) == ("deleted", "open")
    assert office.said() == [CONFIRMED, CANCELLED]


def test_tidying_the_calendar_after_the_day_cancels_nothing(office: Office, booked: Booking) -> None:
    office.wait(days=8)
    office.delete_by_hand()
    assert office.follow() == 0
    office.settle()
    assert office.bookings.active(office.wid) == [booked]
    assert CANCELLED not in office.said()


def test_a_meeting_put_off_after_its_day_is_followed(office: Office, booked: Booking) -> None:
    office.wait(days=8)
    office.by_hand(start={"dateTime": "2026-12-15T16:00:00Z"}, end={"dateTime": "2026-12-15T16:20:00Z"})
    office.settle()
    assert office.kept().slot.starts == datetime(2026, 12, 15, 16, 0, tzinfo=UTC)
    assert office.said()[-1] == MOVED


def test_the_senco_deletes_a_slot_while_a_parent_presses_confirm(office: Office) -> None:
    office.settle()
    office.delete_by_hand()
    office.book()
    # Nobody has read Calendar's changes yet: the booking goes out first, and must not bring the event back.
    office.deliver()
    assert office.event() == {}
    assert office.kept().state == "deleted"
    assert office.bookings.active(office.wid) == []
    office.settle()
    assert office.said() == [CANCELLED]


def test_a_moved_slot_that_is_booked_before_anybody_looked_keeps_its_new_time(office: Office) -> None:
    office.settle()
    office.by_hand(**TO_FIVE)
    office.book()
    office.deliver()
    assert stands(office) == (BOOKED, "Room 2", "2026-12-08T17:00:00Z", "private")
    assert office.kept().slot.starts == FIVE
    office.settle()
    assert "5pm" in office.letters()[-1].body
    assert office.noticed() == []


def test_a_title_typed_over_before_anybody_looked_is_told_and_the_booking_shown(office: Office) -> None:
    office.settle()
    office.by_hand(summary="Coffee")
    office.book()
    office.deliver()
    assert stands(office) == AS_IT_WAS
    assert office.noticed() == ["calendar:tue-0:title"]


def test_a_calendar_that_is_away_is_said_and_read_later(office: Office, booked: Booking) -> None:
    office.delete_by_hand()
    fault = office.ws.fail(503, path="/calendar/v3", times=None)
    with office.rounds() as rounds:
        assert "Google Calendar" in rounds.follow().trouble
    office.ws.weather.faults.remove(fault)
    assert office.follow() == 1


@pytest.mark.parametrize("first", ["follow", "deliver"])
def test_a_calendar_that_was_deleted_is_made_anew_and_nothing_is_cancelled(
    office: Office, booked: Booking, first: str
) -> None:
    before = office.events()
    office.phone.call("DELETE", office.url.removesuffix("/events"))
    office.book("tue-1", "a2")
    getattr(office, first)()
    office.wait(minutes=1)
    office.settle()
    assert len(office.bookings.active(office.wid)) == 2
    other = "Meeting \N{EN DASH} ref C2D4M"
    assert office.events() == [before[1], before[2], (other, "Room 2", "2026-12-08T16:20:00Z", "opaque")]
    assert office.noticed() == ["calendar:replaced"]
    office.by_hand(**TO_FIVE)
    office.settle()
    assert office.kept().slot.starts == FIVE


def test_a_calendar_that_we_may_not_read_is_said_until_we_may(office: Office, booked: Booking) -> None:
    fault = office.ws.fail(403, path="/calendar/v3", reason="insufficientPermissions", times=None)
    with office.rounds() as rounds:
        assert rounds.follow().trouble != ""
    assert office.noticed() == ["follow:calendar"]
    office.ws.weather.faults.remove(fault)
    assert office.follow() == 0
    assert office.noticed() == []


def test_following_is_nothing_where_there_is_no_calendar(open_office: Any) -> None:
    office = open_office(calendar={"enabled": False})
    office.has()
    before = office.requests()
    with office.rounds() as rounds:
        assert (rounds.follow().looked, rounds.deliver().done) == (False, 3)
    assert office.requests() == before


def test_one_process_at_a_time_follows(office: Office, booked: Booking) -> None:
    office.delete_by_hand()
    with office.store.lease(f"calendar:{office.wid}", "another process", 60):
        assert office.follow() == 0
    assert office.follow() == 1


def test_a_surgery_that_is_closed_again_takes_its_free_events_away(office: Office, booked: Booking) -> None:
    office.has(state=State.CLOSED)
    office.settle()
    assert [title for title, *_ in office.events()] == [BOOKED]
    office.has()
    office.settle()
    assert [title for title, *_ in office.events()] == ["Free for a meeting"] * 2 + [BOOKED]
    assert (office.noticed(), office.said()) == ([], [CONFIRMED])
    assert SENCO not in str(office.noticed())


def at(instant: datetime) -> dict[str, str]:
    return {"dateTime": instant.isoformat()}


def test_a_printed_link_opens_until_a_meeting_that_was_put_off_is_over(office: Office) -> None:
    links = Links(office.store)
    token = links.issue(office.wid, "a3", "D9K2P", FIRST + timedelta(days=1), office.now)
    other = links.issue(office.wid, "a3", "C2D4M", FIRST + timedelta(days=1), office.now)
    found = links.find(token, office.now)
    assert isinstance(found, Link)
    office.bookings.claim(found, "tue-0", Choice(Where.ROOM), office.now, "printed")
    office.settle()
    put_off = FIRST + timedelta(days=14)
    office.by_hand("tue-0", start=at(put_off), end=at(put_off + STEP))
    office.settle()
    office.clock[0] = put_off + STEP + timedelta(days=1, seconds=-1)
    assert [type(links.find(each, office.now)) for each in (token, other)] == [Link, NoLink]
    office.wait(seconds=1)
    assert isinstance(links.find(token, office.now), NoLink)


def test_a_link_that_is_to_open_longer_than_that_stays_as_it_is(office: Office, booked: Booking) -> None:
    links = Links(office.store)
    until = FIRST + timedelta(days=90)
    token = links.issue(office.wid, booked.adult, booked.ref, until, office.now)
    office.by_hand("tue-0", start=at(FIRST + timedelta(days=1)), end=at(FIRST + timedelta(days=1) + STEP))
    assert office.follow() == 1
    found = links.find(token, office.now)
    assert isinstance(found, Link)
    assert found.expires_at == until
