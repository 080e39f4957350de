from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar
from support.leaving import leaves
from support.parents import NOW, Parent, School, hidden, open_school, surgery

from sync.domain.meetings import Audience, Choice, Kind, State, Where
from sync.store import Links, Outbox, Surgeries, WaitingList

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse

TUESDAY = datetime(2026, 12, 8, 16, tzinfo=UTC)


def slots_on(page: TestResponse) -> list[str]:
    return re.findall(r'<input type="radio" name="slot" value="([^"]*)"', page.text)


def everything(school: School) -> list[Any]:
    with school.store.engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        return [(name, connection.exec_driver_sql(f"SELECT * FROM {name}").all()) for name in sorted(names)]  # noqa: S608


def test_a_parent_books_sees_changes_and_cancels(school: School, parent: Parent) -> None:
    assert slots_on(parent.get()) == ["tue-0", "tue-1", "tue-2"]
    booked = parent.book("tue-1", where="phone", phone="01632 960123", language="Urdu", words="Reading")
    assert (booked.status_code, booked.headers["Location"]) == (303, f"/b/{parent.token}")
    (kept,) = school.bookings()
    assert (kept.slot, kept.ref, kept.adult) == ("tue-1", "B7F3K", "adult-1")
    assert kept.choice == Choice(Where.PHONE, "01632 960123", "Urdu", words="Reading")
    seen = parent.get().text
    assert "Your meeting about Amara is on Tuesday 8 December, 4:20pm." in seen
    assert "01632 960123" in seen
    assert "until Tuesday 8 December, 2:20pm" in seen
    assert parent.book("tue-2", words="Spelling").status_code == 303
    (moved,) = school.bookings()
    assert (moved.key, moved.slot, moved.choice) == (kept.key, "tue-2", Choice(Where.ROOM, words="Spelling"))
    cancelled = parent.cancel()
    assert cancelled.headers["Location"] == f"/b/{parent.token}?said=cancelled"
    assert school.bookings() == []
    assert "Your meeting is cancelled." in parent.get(cancelled.headers["Location"]).text


def test_mail_scanners_that_open_every_page_of_a_letters_link_many_times_change_nothing(
    school: School, parent: Parent
) -> None:
    opened = [parent.token, school.link("C2D4M", "adult-2")]
    parent.book("tue-1")
    before = everything(school)
    # Each has a browser of its own, keeps no cookie, and follows whatever stands on a page.
    for token in opened:
        for _ in range(3):
            scanner = school.app.test_client(use_cookies=False)
            left, seen = [f"/b/{token}"], set()
            while left:
                page = left.pop()
                seen.add(page)
                for method in ("HEAD", "GET"):
                    answer = scanner.open(page, method=method, base_url=school.settings.booking.address)
                found = re.findall(r'(?:href|action)="(/b/[^"#]*)', answer.text)
                slots = [f"/b/{token}/book?slot={slot}" for slot in slots_on(answer)]
                left += [html.unescape(each) for each in (*found, *slots) if html.unescape(each) not in {*seen, *left}]
            assert f"/b/{token}/book?slot=tue-0" in seen
    assert everything(school) == before
    assert parent.get().status_code == 200


def test_a_form_with_a_mistake_may_be_shown_again_by_the_back_button_alone(school: School, parent: Parent) -> None:
    refused = parent.book("tue-1", where="phone", phone="")
    # Chromium shows the answer to a form again only from what it kept of it.
    assert (refused.status_code, refused.headers["Cache-Control"]) == (422, "private, no-cache")
    assert parent.get("book?slot=tue-1").headers["Cache-Control"] == "no-store"
    assert parent.book("tue-1").headers["Cache-Control"] == "no-store"


def test_a_family_may_choose_a_time_that_meets_only_its_own_meeting(school: School, parent: Parent) -> None:
    parent.book("tue-0")
    half = timedelta(minutes=10)
    ends = TUESDAY + 3 * half
    Surgeries(school.store).move_slot(school.workbook_id, "tue-0", TUESDAY + half, ends, school.now)
    assert slots_on(parent.get("times")) == ["tue-0", "tue-1", "tue-2"]
    assert parent.book("tue-1").headers["Location"] == f"/b/{parent.token}"
    assert [booking.slot for booking in school.bookings()] == ["tue-1"]


def test_no_get_changes_anything(school: School, parent: Parent) -> None:
    parent.book("tue-1")
    before = everything(school)
    pages = ["", "times", "book", "book?slot=tue-0", "book?slot=tue-1", "cancel", "meeting.ics", "waiting", "nothing"]
    for page in [
        *pages,
        "?said=cancelled",
        "?lang=ur",
        "?child=2",
        "book?slot=tue-0&version=1&once=aaaaaaaaaaaaaaaaaaaa",
    ]:
        parent.get(page)
        parent.client.head(f"/b/{parent.token}/{page}", base_url=school.settings.booking.address)
    assert everything(school) == before


def test_a_double_click_and_the_back_button_book_once(school: School, parent: Parent) -> None:
    data = parent.form("book?slot=tue-1", "/book") | {"where": "room"}
    answers = [parent.post("book", data) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert [answer.headers["Location"] for answer in answers] == [f"/b/{parent.token}"] * 3
    assert [booking.version for booking in school.bookings()] == [1]


def test_two_tabs_leave_one_meeting_and_the_second_is_told(school: School, parent: Parent) -> None:
    first, second = (parent.form(f"book?slot={slot}", "/book") | {"where": "room"} for slot in ("tue-1", "tue-2"))
    assert parent.post("book", first).headers["Location"] == f"/b/{parent.token}"
    told = parent.post("book", second)
    assert told.headers["Location"] == f"/b/{parent.token}?said=already"
    assert "You had already booked this meeting in another window." in parent.get(told.headers["Location"]).text
    assert [booking.slot for booking in school.bookings()] == ["tue-1"]


def test_who_has_had_the_meeting_is_told_so_beside_the_times_that_are_left(school: School, parent: Parent) -> None:
    parent.book("tue-0")
    school.clock[0] = TUESDAY + timedelta(minutes=20)
    told = parent.post("book", parent.form("book?slot=tue-2", "/book") | {"where": "room"})
    assert told.headers["Location"] == f"/b/{parent.token}?said=already"
    page = parent.get(told.headers["Location"])
    assert "You have had your meeting here already, so we did not book another one." in page.text
    assert slots_on(page) == ["tue-2"]
    assert [booking.slot for booking in school.bookings()] == ["tue-0"]


def test_a_change_from_an_old_tab_is_refused_and_told(school: School, parent: Parent) -> None:
    parent.book("tue-1")
    old = parent.form("book?slot=tue-0", "/book") | {"where": "room"}
    cancel = parent.form("cancel", "/cancel")
    parent.book("tue-2")
    assert parent.post("book", old).headers["Location"] == f"/b/{parent.token}?said=stale"
    assert parent.post("cancel", cancel).headers["Location"] == f"/b/{parent.token}?said=stale"
    assert [booking.slot for booking in school.bookings()] == ["tue-2"]


def test_an_old_form_does_not_bring_a_cancelled_meeting_back(school: School, parent: Parent) -> None:
    data = parent.form("book?slot=tue-1", "/book") | {"where": "room"}
    parent.post("book", data)
    cancel = parent.form("cancel", "/cancel")
    assert [parent.post("cancel", cancel).status_code for _ in range(2)] == [303, 303]
    parent.post("book", data)
    assert school.bookings() == []


def test_a_time_that_somebody_else_took_meanwhile_is_told(school: School, parent: Parent) -> None:
    data = parent.form("book?slot=tue-1", "/book") | {"where": "room"}
    school.books(school.link("C2D4M", "adult-2"), "tue-1")
    answer = parent.post("book", data)
    assert answer.status_code == 409
    assert "This time is not free any more." in answer.text
    assert slots_on(answer) == ["tue-0", "tue-2"]


def test_a_form_with_mistakes_comes_back_with_what_was_typed(school: School, parent: Parent) -> None:
    answer = parent.book("tue-1", where="phone", phone="call me", words="Reading")
    assert answer.status_code == 422
    assert "<title>Problem: Tell us about your meeting" in answer.text
    assert '<a href="#phone">Write the phone number in digits' in answer.text
    assert 'value="call me"' in answer.text
    assert "Reading</textarea>" in answer.text
    assert "autofocus" in answer.text
    assert school.bookings() == []


def test_without_a_time_the_page_asks_for_one(parent: Parent) -> None:
    answer = parent.get("book")
    assert answer.status_code == 422
    assert '<a href="#times">Choose a time</a>' in answer.text


def test_after_the_set_time_nothing_can_be_changed(school: School, parent: Parent) -> None:
    parent.book("tue-1")
    late = parent.form("cancel", "/cancel"), parent.form("book?slot=tue-2", "/book") | {"where": "room"}
    school.clock[0] = TUESDAY - timedelta(hours=1)
    page = parent.get().text
    assert "It is too late to change or cancel this meeting here." in page
    assert "/cancel" not in page
    assert parent.post("cancel", late[0]).headers["Location"] == f"/b/{parent.token}?said=closed"
    assert parent.post("book", late[1]).status_code == 409
    assert [booking.slot for booking in school.bookings()] == ["tue-1"]


def test_a_surgery_that_closes_ends_booking_to_the_second(school: School) -> None:
    closes = NOW + timedelta(hours=1)
    school.has(surgery("tue", TUESDAY, closes=closes))
    early, late = school.parent(school.link()), school.parent(school.link("C2D4M", "adult-2"))
    forms = [each.form(f"book?slot=tue-{n}", "/book") | {"where": "room"} for n, each in enumerate((early, late))]
    school.clock[0] = closes - timedelta(seconds=1)
    assert early.post("book", forms[0]).status_code == 303
    school.clock[0] = closes
    assert late.post("book", forms[1]).status_code == 409
    assert "There are no free times at the moment." in late.get().text
    assert "It is too late to change" in early.get().text


def test_a_full_surgery_offers_the_next_one_and_a_waiting_list(school: School, parent: Parent) -> None:
    school.has(surgery("tue", TUESDAY, slots=1), surgery("thu", TUESDAY + timedelta(days=2)))
    other = school.parent(school.link("C2D4M", "adult-2"))
    other.book("tue-0")
    page = parent.get()
    assert "All times on Tuesday 8 December are taken. You can choose a time on another day." in page.text
    assert slots_on(page) == ["thu-0", "thu-1", "thu-2"]
    data = hidden(page.text, "/waiting")
    assert [parent.post("waiting", data).status_code for _ in range(2)] == [303, 303]
    assert "You are on the waiting list for Tuesday 8 December." in parent.get().text
    other.cancel()
    # The place is held for this family, so others do not see it.
    assert "tue-0" in slots_on(parent.get())
    assert "4:00pm (kept for you until Wednesday 2 December, 9:00am)" in parent.get().text
    assert "tue-0" not in slots_on(other.get())
    assert parent.book("tue-0").status_code == 303
    link = Links(school.store).find(parent.token, school.now)
    assert WaitingList(school.store).waiting(link, "tue") is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "closed_to_her",
    [
        surgery("x", TUESDAY, audience=Audience(years=frozenset({"9"}))),
        surgery("x", TUESDAY, audience=Audience(statuses=frozenset({"E"}))),
        surgery("x", TUESDAY, audience=Audience(refs=frozenset({"C2D4M"}))),
        surgery("x", TUESDAY, state=State.DRAFT),
        surgery("x", TUESDAY, state=State.CLOSED),
        surgery("x", TUESDAY, opens=NOW + timedelta(days=1)),
        surgery("x", TUESDAY, kind=Kind.STAFF),
    ],
    ids=["years", "status", "names", "draft", "closed", "not open yet", "staff"],
)
def test_a_surgery_that_is_not_for_her_is_not_there_whatever_she_sends(school: School, closed_to_her: Any) -> None:
    school.has(surgery("tue", TUESDAY + timedelta(days=1)), closed_to_her)
    parent = school.parent(school.link())
    assert slots_on(parent.get()) == ["tue-0", "tue-1", "tue-2"]
    assert slots_on(parent.get("book?slot=x-0")) == ["tue-0", "tue-1", "tue-2"]
    data = parent.form("book?slot=tue-0", "/book") | {"where": "room"}
    assert parent.post("book", data | {"slot": "x-0"}).status_code == 409
    wait = {name: data[name] for name in ("csrf", "once", "version", "about")}
    assert parent.post("waiting", wait | {"surgery": "x"}).status_code == 409
    parent.book("tue-0")
    change = parent.form("book?slot=tue-1", "/book") | {"where": "room", "slot": "x-0"}
    assert parent.post("book", change).status_code == 409
    assert [booking.slot for booking in school.bookings()] == ["tue-0"]


def test_the_calendar_file_is_neutral_and_follows_the_meeting(school: School, parent: Parent) -> None:
    assert parent.get("meeting.ics").status_code == 404
    parent.book("tue-1", words="Reading")
    answer = parent.get("meeting.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    (first,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert first["dtstart"].dt == TUESDAY + timedelta(minutes=20)
    assert first["dtend"].dt == TUESDAY + timedelta(minutes=40)
    assert str(first["location"]) == "Room 2, Hillcrest High School"
    told = answer.text
    assert [word for word in ("Amara", "Lomax", "SEN", "Reading", parent.token, "B7F3K") if word in told] == []
    assert str(first["summary"]).startswith("Meeting \N{EN DASH} ref ")
    parent.book("tue-2")
    (second,) = Calendar.from_ical(parent.get("meeting.ics").data).walk("VEVENT")
    assert second["uid"] == first["uid"]
    assert (first["sequence"], second["sequence"]) == (0, 1)


def test_one_post_is_one_booking_and_its_work_in_the_outbox(school: School, parent: Parent) -> None:
    parent.book("tue-1")
    kinds = [work.kind for work in Outbox(school.store).take(school.now, 100) if work.kind.startswith("booking.")]
    assert kinds == ["booking.booked"]


def test_the_page_names_the_child_by_first_name_and_nothing_else(school: School, parent: Parent) -> None:
    parent.book("tue-1")
    for page in ("", "times", "book?slot=tue-1", "cancel"):
        text = parent.get(page).text
        title = text.split("<title>")[1].split("</title>")[0]
        assert "Amara" not in title
        assert [word for word in ("Lomax", "SEN", "B7F3K", "adult-1", "EHC") if word in text] == []


@pytest.mark.parametrize("name", ["Lomax", "", None])
def test_a_name_that_may_be_a_surname_is_not_shown(school: School, name: str | None) -> None:
    from sync.store import RowChange  # noqa: PLC0415

    with school.store.lease("9994001", "tests", 60) as lease:
        cells = {"ref": "B7F3K", "name": name, "year": "7", "status": "K", "on_roll": "Yes"}
        school.store.commit(1, fence=lease.fence, run=None, rows=[RowChange("roll", "B7F3K", cells)])
    text = school.parent(school.link()).get().text
    assert "Choose a time to talk with us about your child." in text
    assert "Lomax" not in text


def test_separated_parents_book_apart_and_do_not_see_each_other(school: School) -> None:
    mother, father = school.parent(school.link(adult="adult-1")), school.parent(school.link(adult="adult-2"))
    mother.book("tue-0", words="from her")
    page = father.get()
    assert slots_on(page) == ["tue-1", "tue-2"]
    assert "from her" not in page.text
    father.book("tue-1")
    assert {(booking.adult, booking.slot) for booking in school.bookings()} == {
        ("adult-1", "tue-0"),
        ("adult-2", "tue-1"),
    }


def test_siblings_are_apart_unless_the_school_says_so(school: School) -> None:
    amara, ben = school.parent(school.link("B7F3K")), school.parent(school.link("C2D4M"))
    ben.book("tue-1")
    text = amara.get("?child=2").text
    assert "Ben" not in text
    assert "next to your meeting" not in text


def children(parent: Parent) -> list[str]:
    """What addresses call the children of a parent who sees several, in the order of the page."""
    return re.findall(r'href="[^"]*[?&;]child=([^"&]*)"', parent.get().text)


def siblings(folder: Path, *refs: str) -> tuple[School, Parent]:
    """A school in which one adult has links for these children; the parent came by the first one."""
    school = open_school(folder, siblings=True)
    school.has(surgery("tue", TUESDAY, slots=5))
    first, *_ = [school.link(ref) for ref in refs]
    return school, school.parent(first)


CHANGED = "What you can do with this link has changed. Please start again here."


def test_a_form_is_for_the_child_that_the_page_spoke_of_whatever_links_come_or_go(tmp_path: Path) -> None:
    for at, (refs, number) in enumerate(((("B7F3K", "D9K2P"), 1), (("B7F3K", "C2D4M", "D9K2P"), 2))):
        folder = tmp_path / str(at)
        folder.mkdir()
        school, parent = siblings(folder, *refs)
        zoe = children(parent)[number]
        data = parent.form(f"book?slot=tue-1&child={zoe}", "/book") | {"where": "room"}
        if at == 0:
            school.link("C2D4M")
        else:
            leaves(school.store, school.workbook_id, "adult-1", "C2D4M", school.now)
        assert parent.post(f"book?child={zoe}", data).headers["Location"] == f"/b/{parent.token}?child={zoe}"
        assert [booking.ref for booking in school.bookings()] == ["D9K2P"]
        school.store.close()


def test_a_meeting_is_cancelled_for_the_child_that_the_page_spoke_of(tmp_path: Path) -> None:
    school, parent = siblings(tmp_path, "B7F3K", "D9K2P")
    zoe = children(parent)[1]
    school.books(school.link("D9K2P"), "tue-1")
    data = parent.form(f"cancel?child={zoe}", "/cancel")
    school.books(school.link("C2D4M"), "tue-0")
    assert parent.post(f"cancel?child={zoe}", data).status_code == 303
    assert [booking.ref for booking in school.bookings()] == ["C2D4M"]
    school.store.close()


def test_a_form_of_a_child_whose_link_has_ended_does_nothing_and_says_so(tmp_path: Path) -> None:
    school, parent = siblings(tmp_path, "B7F3K", "D9K2P")
    zoe = children(parent)[1]
    data = parent.form(f"book?slot=tue-1&child={zoe}", "/book") | {"where": "room", "surgery": "tue"}
    leaves(school.store, school.workbook_id, "adult-1", "D9K2P", school.now)
    for page in ("book", "cancel", "waiting", "waiting/leave"):
        for address in (f"{page}?child={zoe}", page):
            answer = parent.post(address, data)
            assert (answer.status_code, answer.headers["Location"]) == (303, f"/b/{parent.token}?said=children")
    assert CHANGED in parent.get("?said=children").text
    assert "Choose a time to talk with us about Amara." in parent.get("?said=children").text
    assert school.bookings() == []
    school.store.close()


def test_a_form_that_names_another_child_than_its_address_does_nothing(tmp_path: Path) -> None:
    school, parent = siblings(tmp_path, "B7F3K", "D9K2P")
    amara, zoe = children(parent)
    data = parent.form(f"book?slot=tue-1&child={zoe}", "/book") | {"where": "room"}
    for address in ("book", f"book?child={amara}"):
        assert parent.post(address, data).headers["Location"] == f"/b/{parent.token}?said=children"
    assert parent.post(f"book?child={zoe}", {key: data[key] for key in data if key != "about"}).status_code == 400
    assert school.bookings() == []
    assert CHANGED in parent.get("?said=children").text
    school.store.close()


@pytest.mark.parametrize("asked", ["2", "00019", "1" * 4400, "B7F3K", "", "²", "%ED%A0%80"])
def test_an_address_that_names_no_child_of_the_link_leads_to_its_first_page(
    school: School, parent: Parent, asked: str
) -> None:
    for page in ("", "times", "book", "cancel", "meeting.ics"):
        answer = parent.get(f"{page}?child={asked}&lang=pl")
        assert (answer.status_code, answer.headers["Location"]) == (
            303,
            f"/b/{parent.token}?said=children&lang=pl",
        )
    assert school.bookings() == []


def test_siblings_in_one_place_are_seen_one_after_the_other(tmp_path: Path) -> None:
    school = open_school(tmp_path, siblings=True)
    school.has(surgery("tue", TUESDAY, slots=5))
    school.link("C2D4M")
    school.link("D9K2P", "somebody-else")
    parent = school.parent(school.link("B7F3K"))
    choose = parent.get().text
    assert "Choose a time to talk about Amara" in choose
    assert "Choose a time to talk about Ben" in choose
    assert "Zoë" not in choose
    amara, ben = children(parent)
    data = hidden(parent.get(f"book?slot=tue-1&child={amara}").text, "/book") | {"where": "room"}
    assert parent.post(f"book?child={amara}", data).headers["Location"] == f"/b/{parent.token}?child={amara}"
    beside = parent.get(f"?child={ben}").text
    assert "4:00pm (next to your meeting about Amara)" in beside
    assert "4:40pm (next to your meeting about Amara)" in beside
    assert "5:00pm (next" not in beside
    data = hidden(parent.get(f"book?slot=tue-2&child={ben}").text, "/book") | {"where": "room"}
    assert parent.post(f"book?child={ben}", data).status_code == 303
    assert {(booking.ref, booking.slot) for booking in school.bookings()} == {("B7F3K", "tue-1"), ("C2D4M", "tue-2")}
    school.store.close()


def test_a_session_with_many_places_takes_as_many_families(school: School) -> None:
    school.has(surgery("cm", TUESDAY, slots=1, minutes=60, places=2, kind=Kind.MORNING, where=(Where.ROOM,)))
    refs = ("B7F3K", "C2D4M", "D9K2P")
    parents = [school.parent(school.link(ref, f"adult-{ref}", purpose=Kind.MORNING)) for ref in refs]
    assert [each.book("cm-0").status_code for each in parents[:2]] == [303, 303]
    assert "All times on Tuesday 8 December are taken." in parents[2].get().text


@pytest.mark.parametrize("code", ["en", "pl", "ro", "ur", "cy"])
def test_the_whole_way_stays_in_the_language_that_was_chosen(school: School, code: str) -> None:
    parent = school.parent(school.link())
    page = parent.get(f"?lang={code}")
    assert f'<html lang="{code}" dir="{"rtl" if code == "ur" else "ltr"}">' in page.text
    assert ('class="unchecked"' in page.text) == (code != "en")
    data = hidden(parent.get(f"book?slot=tue-1&lang={code}").text, "/book") | {"where": "room"}
    booked = parent.post(f"book?lang={code}", data)
    assert booked.headers["Location"] == f"/b/{parent.token}?lang={code}"
    assert f'<html lang="{code}"' in parent.get(booked.headers["Location"]).text


def test_the_browsers_language_is_taken_where_none_was_chosen(parent: Parent) -> None:
    page = parent.get(headers={"Accept-Language": "pl-PL,pl;q=0.9,en;q=0.8"})
    assert '<html lang="pl"' in page.text


def test_a_late_surgery_on_the_day_the_clocks_change_shows_the_schools_time(school: School) -> None:
    school.clock[0] = datetime(2027, 3, 20, 12, tzinfo=UTC)
    school.has(surgery("sun", datetime(2027, 3, 28, 15, tzinfo=UTC)))
    parent = school.parent(school.link())
    parent.book("sun-0")
    assert "Sunday 28 March, 4:00pm" in parent.get().text
