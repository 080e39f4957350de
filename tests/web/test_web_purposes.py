"""What a link is for, and what the store and Calendar know that the pages have to say."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar
from support.parents import NOW, Parent, School, hidden, surgery

from sync.domain.meetings import STAFF_REF, Audience, Choice, Kind, Slot, Where
from sync.service.slot_events import Known, remembered, wanted
from sync.store import Bookings, Links, Surgeries, WaitingList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.test import TestResponse

    from sync.domain.meetings import Booking

TUESDAY = datetime(2026, 12, 8, 16, tzinfo=UTC)
DAY = timedelta(days=1)
ONLY_AMARA = Audience(register=False, refs=frozenset({"B7F3K"}))


def slots_on(page: TestResponse) -> list[str]:
    return re.findall(r'<input type="radio" name="slot" value="([^"]*)"', page.text)


def legends(page: TestResponse) -> list[str]:
    return re.findall(r"<legend><h2>([^<]*)</h2></legend>", page.text)


def all_kinds(school: School) -> dict[str, Parent]:
    """A surgery, a coffee morning, a review and a staff drop-in, and who has a link for each."""
    school.has(
        surgery("tue", TUESDAY, slots=1),
        surgery("cm", TUESDAY + DAY, slots=1, kind=Kind.MORNING, places=9),
        surgery("R-1", TUESDAY + 2 * DAY, slots=1, kind=Kind.REVIEW, audience=ONLY_AMARA),
        surgery("R-2", TUESDAY + 3 * DAY, slots=1, kind=Kind.REVIEW, audience=ONLY_AMARA),
        surgery("st", TUESDAY + 4 * DAY, slots=1, kind=Kind.STAFF),
    )
    purposes = {"tue": Kind.SURGERY, "cm": Kind.MORNING, "R-1": "R-1", "R-2": "R-2", "st": Kind.STAFF}
    refs = {"st": STAFF_REF}
    return {
        key: school.parent(school.link(refs.get(key, "B7F3K"), purpose=purpose)) for key, purpose in purposes.items()
    }


def test_a_link_shows_what_it_is_for_and_no_more(school: School) -> None:
    links = all_kinds(school)
    assert {key: slots_on(link.get()) for key, link in links.items()} == {key: [f"{key}-0"] for key in links}


def test_each_purpose_has_a_meeting_of_its_own(school: School) -> None:
    links = all_kinds(school)
    assert {key: link.book(f"{key}-0").status_code for key, link in links.items()} == dict.fromkeys(links, 303)
    assert sorted(booking.slot for booking in school.bookings()) == ["R-1-0", "R-2-0", "cm-0", "st-0", "tue-0"]
    for link in links.values():
        assert link.cancel().status_code == 303
    assert school.bookings() == []


def test_a_slot_of_another_purpose_cannot_be_had_whatever_is_sent(school: School) -> None:
    links = all_kinds(school)
    for key, link in links.items():
        data = link.form(f"book?slot={key}-0", "/book") | {"where": "room"}
        for other in links.keys() - {key}:
            assert link.post("book", data | {"slot": f"{other}-0"}).status_code == 409
    assert school.bookings() == []


def test_another_purposes_waiting_list_cannot_be_joined(school: School) -> None:
    links = all_kinds(school)
    school.books(school.link("C2D4M", "adult-2", purpose=Kind.MORNING), "cm-0")
    data = links["tue"].form("book?slot=tue-0", "/book")
    assert links["tue"].post("waiting", data | {"surgery": "cm"}).status_code == 409


def test_the_times_of_a_review_are_shown_by_their_days(school: School) -> None:
    made, _ = surgery("R-1", TUESDAY, kind=Kind.REVIEW, audience=ONLY_AMARA)
    times = [TUESDAY, TUESDAY + timedelta(hours=1), TUESDAY + 3 * DAY]
    slots = [Slot(f"R-1-{n}", "R-1", starts, starts + timedelta(minutes=45)) for n, starts in enumerate(times)]
    school.has((made, slots))
    page = school.parent(school.link(purpose="R-1")).get()
    assert legends(page) == ["Times on Tuesday 8 December", "Times on Friday 11 December"]
    assert slots_on(page) == ["R-1-0", "R-1-1", "R-1-2"]


def test_a_slot_that_was_moved_to_another_day_is_shown_there(school: School, parent: Parent) -> None:
    starts = TUESDAY + DAY
    Surgeries(school.store).move_slot(school.workbook_id, "tue-1", starts, starts + timedelta(minutes=20), NOW)
    page = parent.get()
    assert legends(page) == ["Times on Tuesday 8 December", "Times on Wednesday 9 December"]
    assert slots_on(page) == ["tue-0", "tue-2", "tue-1"]


def test_a_place_typed_in_the_calendar_is_where_the_meeting_is(school: School, parent: Parent) -> None:
    Surgeries(school.store).place_slot(school.workbook_id, "tue-1", "Library", NOW)
    assert "In person, at Library" in parent.get("book?slot=tue-1").text
    assert "In person, at Room 2" in parent.get("book?slot=tue-0").text
    parent.book("tue-1")
    assert "In person, at Library" in parent.get().text
    (event,) = Calendar.from_ical(parent.get("meeting.ics").data).walk("VEVENT")
    assert str(event["location"]) == "Library, Hillcrest High School"


MEET = "https://meet.google.com/abc-defg-hij"


def calendar_gave(school: School, meet: Any, shown: Sequence[Booking] | None = None) -> None:
    """The slot's event shows these bookings (those that there are), and Calendar gave this link with it."""
    surgeries = Surgeries(school.store)
    stored = surgeries.slot(school.workbook_id, "tue-1")
    assert stored is not None
    held = Bookings(school.store).active(school.workbook_id, slot="tue-1") if shown is None else shown
    body = wanted(stored, surgeries.surgery(school.workbook_id, "tue"), held, ())
    surgeries.saw(school.workbook_id, [remembered("tue-1", Known(body=body, meet=meet), '"1"')])


def test_a_video_meeting_has_its_link_once_calendar_gave_one(school: School, parent: Parent) -> None:
    school.books(parent.token, "tue-1", Choice(Where.VIDEO))
    assert "The school will send you the link for the video call." in parent.get().text
    calendar_gave(school, MEET)
    page = parent.get().text
    assert f'<a href="{MEET}" rel="noreferrer">Join the video call</a>' in page
    assert "The school will send you the link" not in page
    (event,) = Calendar.from_ical(parent.get("meeting.ics").data).walk("VEVENT")
    assert str(event["location"]) == MEET


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://meet.google.com/x", 7, None])
def test_what_is_no_secure_address_is_no_video_link(school: School, parent: Parent, link: object) -> None:
    school.books(parent.token, "tue-1", Choice(Where.VIDEO))
    calendar_gave(school, link)
    assert "The school will send you the link for the video call." in parent.get().text


def test_a_family_does_not_see_the_video_call_of_the_family_that_had_the_time_before(
    school: School, parent: Parent
) -> None:
    other = school.parent(school.link("C2D4M", "adult-2"))
    school.books(other.token, "tue-1", Choice(Where.VIDEO))
    before = school.bookings()
    other.cancel()
    school.books(parent.token, "tue-1", Choice(Where.VIDEO))
    calendar_gave(school, MEET, before)
    assert MEET not in parent.get().text + parent.get("meeting.ics").text
    calendar_gave(school, MEET)
    assert MEET in parent.get().text


def test_who_meets_in_the_room_sees_no_video_link(school: School, parent: Parent) -> None:
    school.books(parent.token, "tue-1")
    calendar_gave(school, MEET)
    assert MEET not in parent.get().text + parent.get("meeting.ics").text


def waits(school: School, parent: Parent, key: str = "tue") -> bool:
    link = Links(school.store).find(parent.token, school.now)
    return WaitingList(school.store).waiting(link, key) is not None  # type: ignore[arg-type]


def test_a_family_leaves_the_waiting_list(school: School, parent: Parent) -> None:
    school.has(surgery("tue", TUESDAY, slots=1))
    school.parent(school.link("C2D4M", "adult-2")).book("tue-0")
    parent.post("waiting", hidden(parent.get().text, "/waiting"))
    page = parent.get()
    assert "Take me off the waiting list for Tuesday 8 December" in page.text
    data = hidden(page.text, "/waiting/leave")
    answers = [parent.post("waiting/leave", data) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == [f"/b/{parent.token}/times?said=left"] * 2
    assert not waits(school, parent)
    text = parent.get(answers[0].headers["Location"]).text
    assert "You are not on the waiting list any more." in text
    assert "Put me on the waiting list for Tuesday 8 December" in text


def test_who_leaves_gives_back_what_was_kept_for_them(school: School, parent: Parent) -> None:
    school.has(surgery("tue", TUESDAY, slots=1))
    other = school.parent(school.link("C2D4M", "adult-2"))
    other.book("tue-0")
    parent.post("waiting", hidden(parent.get().text, "/waiting"))
    other.cancel()
    assert slots_on(other.get()) == []
    parent.post("waiting/leave", hidden(parent.get().text, "/waiting/leave"))
    assert slots_on(other.get()) == ["tue-0"]


def test_a_family_that_has_booked_elsewhere_can_still_leave_a_list(school: School, parent: Parent) -> None:
    school.has(surgery("tue", TUESDAY, slots=1), surgery("thu", TUESDAY + 2 * DAY, slots=1))
    school.parent(school.link("C2D4M", "adult-2")).book("tue-0")
    parent.post("waiting", hidden(parent.get().text, "/waiting"))
    parent.book("thu-0")
    assert waits(school, parent)
    page = parent.get("times").text
    assert "Put me on the waiting list" not in page
    parent.post("waiting/leave", hidden(page, "/waiting/leave"))
    assert not waits(school, parent)


def test_leaving_a_list_needs_the_form_of_our_page(school: School, parent: Parent) -> None:
    school.has(surgery("tue", TUESDAY, slots=1))
    school.parent(school.link("C2D4M", "adult-2")).book("tue-0")
    parent.post("waiting", hidden(parent.get().text, "/waiting"))
    data = hidden(parent.get().text, "/waiting/leave") | {"csrf": "x"}
    assert (parent.post("waiting/leave", data).status_code, waits(school, parent)) == (400, True)
    assert (parent.get("waiting/leave").status_code, waits(school, parent)) == (405, True)


def test_nobody_leaves_a_list_for_another_family(school: School, parent: Parent) -> None:
    school.has(surgery("tue", TUESDAY, slots=1))
    school.parent(school.link("C2D4M", "adult-2")).book("tue-0")
    parent.post("waiting", hidden(parent.get().text, "/waiting"))
    outsider = school.parent(school.link("D9K2P", "adult-3"))
    data = hidden(outsider.get().text, "/waiting")
    outsider.post("waiting/leave", data)
    assert waits(school, parent)


def test_what_is_for_families_short_of_three_follows_the_last_sync(school: School, parent: Parent) -> None:
    school.has(surgery("tue", TUESDAY, audience=Audience(short=True)))
    assert len(slots_on(parent.get())) == 3
    school.remembers(short=["C2D4M"])
    assert slots_on(parent.get()) == []
    school.remembers(short=["B7F3K"])
    assert len(slots_on(parent.get())) == 3


def test_a_member_of_staff_books_without_a_word_of_a_child(school: School) -> None:
    school.has(surgery("st", TUESDAY, kind=Kind.STAFF))
    teacher = school.parent(school.link(STAFF_REF, "teacher", purpose=Kind.STAFF))
    pages = [teacher.get().text, teacher.get("book?slot=st-1").text]
    assert "Choose a time to meet the SENCO." in pages[0]
    assert [name for name in ("language", "bringing", "access", "words") if f'name="{name}"' in pages[1]] == ["words"]
    teacher.book("st-1", words="Timetable")
    pages += [teacher.get(page).text for page in ("", "times", "cancel")]
    assert "Your time with the SENCO is on Tuesday 8 December, 4:20pm." in pages[2]
    assert "You keep this time until you have booked a new one." in pages[3]
    assert "If you cancel it, somebody else can book this time." in pages[4]
    pages.append(teacher.get("meeting.ics").text)
    assert [page for page in pages if "child" in page or STAFF_REF in page] == []
    assert [(booking.ref, booking.slot) for booking in school.bookings()] == [(STAFF_REF, "st-1")]


def test_a_parents_link_never_opens_a_staff_drop_in(school: School) -> None:
    school.has(surgery("st", TUESDAY, kind=Kind.STAFF, audience=Audience(register=False)))
    assert slots_on(school.parent(school.link(purpose=Kind.STAFF)).get()) == []
