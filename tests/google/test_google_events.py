from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from calendar_story import NAMES, REF, TEACHER, Diary, booked, free, showing, slot
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.meetings import Where
from sync.google.by_hand import (
    Declined,
    Deed,
    Deleted,
    Exposed,
    MadeSeries,
    Moved,
    PlaceChanged,
    Restored,
    TitleTypedOver,
    deeds,
)
from sync.google.calendar import How
from sync.google.events import Showing, differences, event_body, lint, read_event
from sync.plan.events import event_id

MEETING = f"Meeting \N{EN DASH} ref {REF}"


# The body


def test_a_free_slot_and_a_booked_one_look_as_they_should() -> None:
    assert free() == {
        "id": event_id("S1-0"),
        "status": "confirmed",
        "summary": "Free for a meeting",
        "location": "Room 2",
        "start": {"dateTime": "2026-12-08T16:00:00Z", "timeZone": "Europe/London"},
        "end": {"dateTime": "2026-12-08T16:20:00Z", "timeZone": "Europe/London"},
        "transparency": "transparent",
        "visibility": "private",
        "guestsCanSeeOtherGuests": False,
        "guestsCanInviteOthers": False,
        "guestsCanModify": False,
        "extendedProperties": {"private": {"sensync": "S1-0"}},
        "reminders": {"useDefault": False, "overrides": []},
        "colorId": "2",
    }
    assert {name: value for name, value in booked().items() if free()[name] != value} == {
        "summary": MEETING,
        "transparency": "opaque",
        "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 10}]},
        "colorId": "9",
    }


@pytest.mark.parametrize(
    ("where", "room", "place"),
    [
        ((Where.ROOM,), "Room 2", "Room 2"),
        ((Where.ROOM,), "", "At school"),
        ((Where.ROOM,), "Anya's room", "At school"),
        ((Where.ROOM,), "x" * 61, "At school"),
        ((Where.PHONE,), "Room 2", "Phone call"),
        ((Where.VIDEO,), "", "Video call"),
        ((Where.ROOM, Where.PHONE), " Room \n 2 ", "Room 2 or phone call"),
        ((Where.PHONE, Where.VIDEO, Where.ROOM), "", "Phone call or video call or at school"),
        ((Where.PHONE, Where.ROOM), "Room 2", "Phone call or Room 2"),
    ],
)
def test_a_place_is_in_our_words_or_the_rooms(where: tuple[Where, ...], room: str, place: str) -> None:
    assert event_body(Showing(slot(), (), where, room), NAMES)["location"] == place


@pytest.mark.parametrize(
    ("places", "refs", "title"),
    [
        (1, (), "Free for a meeting"),
        (1, (REF,), MEETING),
        (1, ("LYNCH",), "Meeting"),
        (1, ("Anya Kowalska",), "Meeting"),
        (1, (REF, "C2222"), "Meeting"),
        (8, (REF, "C2222"), "Meeting \N{EN DASH} 2 of 8 places"),
    ],
)
def test_a_title_names_nobody(places: int, refs: tuple[str, ...], title: str) -> None:
    assert event_body(Showing(slot(places=places), refs), NAMES)["summary"] == title


@given(
    room=st.text(max_size=80),
    refs=st.lists(st.text(max_size=8), max_size=3).map(tuple),
    where=st.lists(st.sampled_from(Where), min_size=1, max_size=3, unique=True).map(tuple),
    names=st.lists(st.text(min_size=1, max_size=20), max_size=4),
    places=st.integers(1, 30),
)
def test_whatever_is_typed_our_body_tells_nothing(
    room: str, refs: tuple[str, ...], where: tuple[Where, ...], names: list[str], places: int
) -> None:
    assert lint(event_body(Showing(slot(places=places), refs, where, room), names), names) == ()


NAME = st.text(st.characters(whitelist_categories=["Lu", "Ll"], max_codepoint=0x24F), min_size=2, max_size=12)
TEXT_MEMBERS = st.sampled_from(["summary", "location", "description", "colour note"])


@given(
    NAME, TEXT_MEMBERS, st.sampled_from(["{}", "Meeting {}", "{} in Room 2", "Room 2 or {}", "Free for a meeting, {}"])
)
def test_a_name_in_any_text_of_an_event_is_found(name: str, member: str, words: str) -> None:
    (said,) = lint({**booked(), member: words.format(name)}, [name])
    assert said in {
        "the title is not one of ours",
        "the place holds a person's name",
        "the place holds a word about a child's needs or status",
        "an event of ours has no 'description'",
        "an event of ours has no 'colour note'",
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"summary": "Meeting"}, None),
        ({"summary": "Meeting \N{EN DASH} ref ANYA"}, "the title is not one of ours"),
        ({"summary": "EHCP annual review"}, "the title is not one of ours"),
        ({"location": "CAMHS"}, "the place holds a word about a child's needs or status"),
        ({"description": "x"}, "an event of ours has no 'description'"),
        ({"description": None}, None),
        ({"attachments": []}, "an event of ours has no 'attachments'"),
        ({"visibility": "default"}, "the event is not private"),
        ({"guestsCanModify": True}, "guestsCanModify is not off"),
        (
            {"extendedProperties": {"private": {"sensync": "S1-0", "upn": "A"}}},
            "the private properties are not our key alone",
        ),
        ({"extendedProperties": {"shared": {"sensync": "S1-0"}}}, "the private properties are not our key alone"),
        (
            {"extendedProperties": {"private": {"sensync": "Anya Kowalska"}}},
            "the private properties are not our key alone",
        ),
        ({"extendedProperties": {"private": {"sensync": "S1-0", "old": None}, "shared": {"x": None}}}, None),
        (
            {"attendees": [{"email": TEACHER, "displayName": "Tom"}]},
            "somebody is invited who is not a named member of staff, or by more than an address",
        ),
        ({"attendees": [{"email": TEACHER}]}, None),
        ({"conferenceData": {"notes": "Anya"}}, "the conference is not a request for Meet"),
        ({"start": {"dateTime": "2026-12-08T16:00:00Z", "note": "x"}}, "the start holds more than a time"),
    ],
)
def test_what_may_not_be_in_a_body_is_named(change: dict[str, Any], said: str | None) -> None:
    assert lint({**booked(), **change}, NAMES, [TEACHER]) == (() if said is None else (said,))


# What differs


def test_what_a_person_added_is_taken_away_and_the_rest_is_left(diary: Diary) -> None:
    made = diary.calendar.insert(booked()).event
    assert made is not None
    diary.by_hand(
        made.id,
        description="Anya",
        attendees=[{"email": "mum@home.example"}],
        extendedProperties={"private": {"other": "1"}, "shared": {"name": "Anya"}},
        recurrence=["RRULE:FREQ=WEEKLY"],
        guestsCanModify=True,
    )
    now = diary.calendar.get(made.id)
    assert now is not None
    patch = differences(now, booked())
    assert patch == {
        "description": None,
        "attendees": [],
        "extendedProperties": {"private": {"other": None, "sensync": "S1-0"}, "shared": {"name": None}},
        "recurrence": None,
        "guestsCanModify": False,
    }
    put_right = diary.calendar.change(made.id, lambda event: differences(event, booked()))
    assert put_right.how is How.DONE
    assert put_right.event is not None
    assert differences(put_right.event, booked()) == {}


def test_the_answers_of_staff_who_stay_are_kept(diary: Diary) -> None:
    made = diary.calendar.insert(booked(staff=(TEACHER,))).event
    assert made is not None
    diary.by_hand(made.id, attendees=[{"email": TEACHER, "responseStatus": "accepted"}, {"email": "mum@home.example"}])
    now = diary.calendar.get(made.id)
    assert now is not None
    assert differences(now, booked(staff=(TEACHER,)))["attendees"] == [{"email": TEACHER, "responseStatus": "accepted"}]


@pytest.mark.parametrize("day", [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2027, 3, 28, 0, 30, tzinfo=UTC)])
def test_times_around_a_clock_change_stay_the_instants_they_are(diary: Diary, day: datetime) -> None:
    for number in range(3):
        starts = day + timedelta(minutes=30 * number)
        one = slot(number, starts=starts, ends=starts + timedelta(minutes=30))
        made = diary.calendar.insert(event_body(Showing(one))).event
        assert made is not None
        assert (made.starts, made.ends) == (one.starts, one.ends)
        assert differences(made, event_body(Showing(one))) == {}


# What a person did


def did(diary: Diary, **patch: Any) -> tuple[Deed, ...]:
    diary.calendar.insert(booked(staff=(TEACHER,)))
    diary.by_hand(event_id("S1-0"), **patch)
    return deeds(diary.calendar.get(event_id("S1-0")), booked(staff=(TEACHER,)), names=NAMES)


def times(start: str, end: str) -> dict[str, Any]:
    return {"start": {"dateTime": start}, "end": {"dateTime": end}}


DAY = {"start": {"date": "2026-12-08", "dateTime": None}, "end": {"date": "2026-12-09", "dateTime": None}}
MIDNIGHT = datetime(2026, 12, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("patch", "found"),
    [
        ({}, ()),
        ({"colorId": "5", "reminders": {"useDefault": True, "overrides": []}}, ()),
        (times("2026-12-08T17:00:00+01:00", "2026-12-08T17:20:00+01:00"), ()),
        (
            times("2026-12-08T17:00:00Z", "2026-12-08T17:20:00Z"),
            (Moved(datetime(2026, 12, 8, 17, 0, tzinfo=UTC), datetime(2026, 12, 8, 17, 20, tzinfo=UTC)),),
        ),
        (DAY, (Moved(MIDNIGHT, MIDNIGHT + timedelta(days=1), whole_day=True),)),
        ({"location": "Library"}, (PlaceChanged(),)),
        ({"location": "With Anya"}, (PlaceChanged("a person's name"),)),
        ({"summary": "Anya Kowalska"}, (TitleTypedOver("a person's name"),)),
        ({"summary": "Coffee"}, (TitleTypedOver(),)),
        ({"attendees": [{"email": TEACHER, "responseStatus": "declined"}]}, (Declined(TEACHER),)),
        ({"recurrence": ["RRULE:FREQ=WEEKLY"]}, (MadeSeries(),)),
        ({"visibility": "default"}, (Exposed(("visibility",)),)),
        ({"description": "x", "guestsCanInviteOthers": True}, (Exposed(("notes", "what guests may do")),)),
        ({"attendees": [{"email": TEACHER}, {"email": "mum@home.example"}]}, (Exposed(("guests",)),)),
        ({"summary": "Coffee", "location": "Library"}, (TitleTypedOver(), PlaceChanged())),
    ],
)
def test_what_a_person_did_is_a_value(diary: Diary, patch: dict[str, Any], found: tuple[Deed, ...]) -> None:
    assert did(diary, **patch) == found


def test_a_deletion_and_a_return_are_told_once(diary: Diary) -> None:
    made = diary.calendar.insert(booked()).event
    assert made is not None
    diary.delete_by_hand(made.id)
    now = diary.calendar.get(made.id)
    assert deeds(now, booked()) == (Deleted(),)
    assert deeds(now, booked(), was_deleted=True) == ()
    assert deeds(None, booked()) == (Deleted(),)
    diary.by_hand(made.id, status="confirmed")
    assert deeds(diary.calendar.get(made.id), booked(), was_deleted=True) == (Restored(),)


def test_a_value_of_what_was_done_holds_nothing_that_was_typed(diary: Diary) -> None:
    found = did(diary, summary="Anya Kowalska", location="Anya's house", description="Anya")
    event = diary.calendar.get(event_id("S1-0"))
    assert "Anya" not in repr(found) + repr(event)


def test_an_event_told_in_brief_is_read() -> None:
    brief = read_event({"id": "x", "etag": '"1"', "status": "cancelled"})
    assert (brief.cancelled, brief.starts, brief.slot) == (True, None, "")
    assert replace(brief, cancelled=False) != brief
    assert differences(brief, free())["status"] == "confirmed"
    assert showing().refs == ()
