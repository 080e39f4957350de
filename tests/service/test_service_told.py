"""What families are told is what became of what they were told before, whatever the SENCO did meanwhile."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar as ICalendar
from support.delivery import ADULTS, FIRST, STEP, SURGERY, Office
from support.leaving import leaves
from support.parents import School
from support.surgery import free_slots

from sync.domain.meetings import Choice, Slot, State, Where
from sync.service.booking_desk import open_booking_desk
from sync.store import Families, Link, Links, RowChange, SlotState, keep_families
from sync.web.app import make_app

if TYPE_CHECKING:
    from sync.domain.families import Adult

OFFERED = ("ostrowski@home.example", "A time is free for you")
TAKEN_BACK = ("ostrowski@home.example", "The time is not free any more")
WITHOUT_ADDRESS = ", but the MIS has no e-mail address for this adult: please ring them."
A_FORTNIGHT_ON = FIRST + timedelta(days=14)


def to(starts: datetime) -> dict[str, Any]:
    """A time for her hand, twenty minutes long."""
    return {"start": {"dateTime": starts.isoformat()}, "end": {"dateTime": (starts + STEP).isoformat()}}


# Cancellations


def test_a_cancellation_names_the_day_that_the_family_had(office: Office) -> None:
    booking = office.book()
    office.settle()
    office.cancel(booking)
    office.by_hand(**to(FIRST + timedelta(days=1)))
    office.settle()
    letter = office.letters()[-1]
    assert letter.subject == "Your meeting is cancelled"
    assert "You cancelled your meeting on Tuesday 8 December 2026, 4pm." in letter.body
    (event,) = letter.ics.walk("VEVENT")
    assert event.decoded("DTSTART") == FIRST


def test_a_cancellation_of_a_meeting_whose_slot_is_over_by_then_is_told_for_its_own_time(office: Office) -> None:
    booking = office.book()
    office.settle()
    office.cancel(booking)
    earlier = FIRST - timedelta(days=6)
    office.surgeries.move_slot(office.wid, "tue-0", earlier, earlier + STEP, office.now)
    office.wait(days=3)
    office.deliver()
    assert "on Tuesday 8 December 2026, 4pm." in office.letters()[-1].body


def test_a_meeting_deleted_in_the_calendar_is_cancelled_for_the_time_it_had(office: Office) -> None:
    office.book()
    office.settle()
    office.delete_by_hand()
    office.follow()
    office.by_hand(status="confirmed", **to(FIRST + timedelta(days=1)))
    office.settle()
    assert "We had to cancel your meeting on Tuesday 8 December 2026, 4pm." in office.letters()[-1].body


# Offers


def offer(office: Office, adult: str = "a2") -> None:
    """A family waits, and is told that a time is free."""
    office.has(1)
    booking = office.book()
    office.line.join(office.link(adult), "tue", office.now)
    office.cancel(booking)
    office.settle()


def test_a_family_that_was_offered_a_time_hears_that_it_was_taken_back(office: Office) -> None:
    offer(office)
    office.has(1, state=State.DRAFT)
    office.settle()
    assert [each for each in office.said() if each[0] == OFFERED[0]] == [OFFERED, TAKEN_BACK]
    letter = office.letters()[-1]
    assert "Tuesday 8 December 2026, 4pm" in letter.body
    assert "/b/" not in letter.body
    office.has(1)
    office.settle()
    assert office.said()[-1] == OFFERED


def test_the_time_that_was_taken_back_is_the_one_that_was_offered(office: Office) -> None:
    offer(office)
    office.delete_by_hand()
    office.settle()
    assert office.said()[-1] == TAKEN_BACK
    assert "Tuesday 8 December 2026, 4pm" in office.letters()[-1].body


def test_who_was_not_told_of_an_offer_is_not_told_that_it_was_taken_back(office: Office) -> None:
    office.has(1)
    booking = office.book()
    office.line.join(office.link("a2"), "tue", office.now)
    office.cancel(booking)
    office.has(1, state=State.DRAFT)
    office.settle()
    assert [subject for to, subject in office.said() if to == OFFERED[0]] == []


def test_who_is_offered_another_time_at_once_hears_of_that_alone(office: Office) -> None:
    offer(office)
    office.has(3)
    office.line.join(office.link("a1"), "tue", office.now)
    office.delete_by_hand()
    office.settle()
    assert [each for each in office.said() if each[0] == OFFERED[0]] == [OFFERED, OFFERED]


def test_who_has_no_address_is_to_be_rung_when_an_offer_is_taken_back(office: Office) -> None:
    offer(office, "a3")
    office.has(1, state=State.DRAFT)
    office.settle()
    assert [office.notice(key) for key in office.noticed() if key.startswith("phone:taken back:")] == [
        "Family of D9K2P: The time on Tuesday 8 December 2026, 4pm was held for this family and cannot be had any more"
        + WITHOUT_ADDRESS
    ]


# Links


def printed(office: Office, until: datetime = FIRST + timedelta(days=1)) -> str:
    """The token of a link that was given out on paper, to an adult without an address."""
    return Links(office.store).issue(office.wid, "a3", ADULTS[2].ref, until, office.now)


def opens(office: Office, token: str) -> bool:
    return isinstance(Links(office.store).find(token, office.now), Link)


def test_a_printed_link_opens_up_to_the_day_to_which_its_meeting_was_moved(office: Office) -> None:
    token = printed(office)
    found = Links(office.store).find(token, office.now)
    assert isinstance(found, Link)
    office.bookings.claim(found, "tue-0", Choice(Where.ROOM), office.now, "form")
    office.settle()
    office.by_hand(**to(A_FORTNIGHT_ON))
    office.settle()
    office.clock[0] = A_FORTNIGHT_ON + timedelta(hours=23)
    assert opens(office, token)
    office.wait(hours=2)
    assert not opens(office, token)


def test_a_printed_link_opens_up_to_the_day_to_which_its_row_moved_the_meeting(office: Office) -> None:
    token = printed(office)
    found = Links(office.store).find(token, office.now)
    assert isinstance(found, Link)
    office.bookings.claim(found, "tue-0", Choice(Where.ROOM), office.now, "form")
    later = Slot("tue-0", "tue", A_FORTNIGHT_ON, A_FORTNIGHT_ON + STEP)
    office.surgeries.save(office.wid, [(SURGERY, [later])], office.now)
    office.clock[0] = A_FORTNIGHT_ON
    assert opens(office, token)


def test_a_printed_link_opens_up_to_the_day_of_a_later_slot_that_is_booked_with_it(office: Office) -> None:
    token = printed(office)
    found = Links(office.store).find(token, office.now)
    assert isinstance(found, Link)
    late = Slot("tue-9", "tue", A_FORTNIGHT_ON, A_FORTNIGHT_ON + STEP)
    first = Slot("tue-0", "tue", FIRST, FIRST + STEP)
    office.surgeries.save(office.wid, [(SURGERY, [first, late])], office.now)
    office.bookings.claim(found, "tue-9", Choice(Where.ROOM), office.now, "form")
    office.clock[0] = A_FORTNIGHT_ON
    assert opens(office, token)


def test_a_printed_link_opens_up_to_the_day_of_a_later_slot_that_is_chosen_instead(office: Office) -> None:
    token = printed(office)
    found = Links(office.store).find(token, office.now)
    assert isinstance(found, Link)
    late = Slot("tue-9", "tue", A_FORTNIGHT_ON, A_FORTNIGHT_ON + STEP)
    first = Slot("tue-0", "tue", FIRST, FIRST + STEP)
    office.surgeries.save(office.wid, [(SURGERY, [first, late])], office.now)
    office.bookings.claim(found, "tue-0", Choice(Where.ROOM), office.now, "form")
    (held,) = office.bookings.of_link(found)
    office.bookings.change(found, held.key, "tue-9", held.choice, held.version, office.now)
    office.clock[0] = A_FORTNIGHT_ON
    assert opens(office, token)


@pytest.mark.parametrize("end", ["revoked", "expired", "another child", "another purpose"])
def test_a_link_that_ended_or_is_for_something_else_is_not_prolonged(office: Office, end: str) -> None:
    links = Links(office.store)
    token = printed(office)
    found = links.find(token, office.now)
    assert isinstance(found, Link)
    office.bookings.claim(found, "tue-0", Choice(Where.ROOM), office.now, "form")
    other, until = token, FIRST + timedelta(days=1)
    if end == "revoked":
        leaves(office.store, office.wid, "a3", ADULTS[2].ref, office.now)
    elif end == "expired":
        other = printed(office, office.now - timedelta(days=1))
    elif end == "another child":
        other = links.issue(office.wid, "a3", "B7F3K", until, office.now)
    else:
        other = links.issue(office.wid, "a3", ADULTS[2].ref, until, office.now, purpose="M-1")
    office.surgeries.move_slot(office.wid, "tue-0", A_FORTNIGHT_ON, A_FORTNIGHT_ON + STEP, office.now)
    office.clock[0] = A_FORTNIGHT_ON
    assert not opens(office, other)


def test_a_letter_that_was_written_for_an_address_of_before_goes_to_the_new_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.has()
    office.book()
    read = Families.adult

    def sync_meanwhile(families: Families, *which: Any) -> Adult | None:
        found = read(families, *which)
        monkeypatch.setattr(Families, "adult", read)
        now = [replace(each, email="new@home.example") if each.key == "a1" else each for each in ADULTS]
        keep_families(office.store, office.wid, now, {"B7F3K"}, office.now)
        return found

    monkeypatch.setattr(Families, "adult", sync_meanwhile)
    with office.rounds() as rounds:
        assert rounds.deliver().failed == 1
    office.wait(minutes=1)
    office.settle()
    # The second, because nobody knew whether the first was on its way.
    assert [each.to for each in office.letters()] == ["new@home.example"] * 2
    tokens = [found for each in office.letters() for found in re.findall(r"/b/([\w-]+)", each.body)]
    assert [opens(office, each) for each in tokens] == [True, True]


# A slot out of the bin


def has_from_the_second_on(office: Office) -> None:
    """Her row begins later: the first slot is no longer in it."""
    slots = [Slot(f"tue-{n}", "tue", FIRST + n * STEP, FIRST + (n + 1) * STEP) for n in (1, 2)]
    office.surgeries.save(office.wid, [(SURGERY, slots)], office.now)


@pytest.mark.parametrize("how", ["row begins later", "row is gone", "draft"])
def test_a_deleted_event_whose_slot_left_the_sheet_is_not_offered_out_of_the_bin(office: Office, how: str) -> None:
    office.settle()
    office.delete_by_hand()
    office.settle()
    if how == "row begins later":
        has_from_the_second_on(office)
    elif how == "row is gone":
        office.surgeries.save(office.wid, [], office.now)
    else:
        office.has(0, state=State.DRAFT)
    office.settle()
    office.by_hand(status="confirmed")
    office.settle()
    assert "tue-0" not in [each.slot.key for each in free_slots(office.surgeries, office.wid, office.now)]
    assert office.event() == {}
    assert office.noticed() == ["calendar:tue-0:restored"]
    office.has()
    office.settle()
    assert office.kept().state is SlotState.OPEN
    assert office.event()["summary"] == "Free for a meeting"


def test_a_deleted_slot_stays_deleted_when_its_row_loses_it_and_gets_it_back(office: Office) -> None:
    office.settle()
    office.delete_by_hand()
    office.settle()
    has_from_the_second_on(office)
    office.has()
    office.settle()
    assert (office.kept().state, office.event()) == (SlotState.DELETED, {})
    office.by_hand(status="confirmed")
    office.settle()
    assert office.kept().state is SlotState.OPEN


def school_of(office: Office) -> School:
    """The pages in front of the office; the pupil of the first adult may book."""
    pupil = {"ref": "B7F3K", "name": "Lomax, Amara", "on_roll": "Yes", "status": "K", "year": "7"}
    with office.store.lease("roll", "tests", 60) as lease:
        office.store.commit(office.wid, fence=lease.fence, run=None, rows=[RowChange("roll", "B7F3K", pupil)])
    desk = open_booking_desk(office.settings, now=lambda: office.now)
    app = make_app(desk, office.settings, now=lambda: office.now)
    return School(office.store, office.wid, office.settings, app, office.clock)


def test_the_page_and_its_calendar_file_have_the_link_of_the_video_call_that_the_letter_has(office: Office) -> None:
    office.settle()
    school = school_of(office)
    parent = school.parent(school.link(adult="a1"))
    parent.book("tue-0", where="video")
    office.settle()
    link = office.event()["hangoutLink"]
    assert link in office.letters()[-1].body
    assert f'<a href="{link}" rel="noreferrer">' in parent.get().text
    (event,) = ICalendar.from_ical(parent.get("meeting.ics").data).walk("VEVENT")
    (in_letter,) = office.letters()[-1].ics.walk("VEVENT")
    same = ("UID", "SEQUENCE", "LOCATION")
    assert [str(event[name]) for name in same] == [str(in_letter[name]) for name in same]


def test_a_page_has_no_link_of_the_call_of_the_family_before_until_the_event_shows_this_one(office: Office) -> None:
    office.settle()
    school = school_of(office)
    parent = school.parent(school.link(adult="a1"))
    before = office.book("tue-0", "a2", Where.VIDEO)
    office.settle()
    link = office.event()["hangoutLink"]
    office.cancel(before)
    parent.book("tue-0", where="video")
    assert link not in parent.get().text + parent.get("meeting.ics").text
    office.settle()
    assert office.event()["hangoutLink"] != link
    assert office.event()["hangoutLink"] in parent.get().text


def test_a_booking_on_the_sunday_on_which_the_clocks_change_is_right_from_the_page_to_the_reminder(
    office: Office,
) -> None:
    # 28 March 2027: at 1am it is 2am. Ten o'clock is 9am UTC; the day before it was 10am UTC.
    ten = datetime(2027, 3, 28, 9, tzinfo=UTC)
    office.clock[0] = datetime(2027, 3, 22, 9, tzinfo=UTC)
    office.has(2, first=ten)
    school = school_of(office)
    parent = school.parent(school.link(adult="a1"))
    assert "Sunday 28 March" in parent.get("times").text
    assert parent.book("tue-0").headers["Location"] == f"/b/{parent.token}"
    assert "Sunday 28 March, 10:00am" in parent.get().text
    office.settle()
    assert office.event()["start"]["dateTime"] == "2027-03-28T10:00:00+01:00"
    letter = office.letters()[-1]
    assert "Sunday 28 March 2027, 10am (it ends at 10:20am)" in letter.body
    (in_letter,) = letter.ics.walk("VEVENT")
    (on_page,) = ICalendar.from_ical(parent.get("meeting.ics").data).walk("VEVENT")
    assert (in_letter.decoded("DTSTART"), on_page.decoded("DTSTART")) == (ten, ten)
    office.clock[0] = datetime(2027, 3, 27, 9, 59, tzinfo=UTC)
    office.deliver()
    assert len(office.letters()) == 1
    office.wait(minutes=2)
    office.deliver()
    assert len(office.letters()) == 2
    assert "Sunday 28 March 2027, 10am (it ends at 10:20am)" in office.letters()[-1].body
