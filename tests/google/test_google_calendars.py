from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from calendar_story import HEAD, SENCO, TEACHER, Diary, booked, door_of, free

from sync.domain.errors import UsageError
from sync.google.calendars import Busy, busy, find_or_make, look, look_at_sharing, share
from sync.google.errors import GoogleNeedsPersonError

if TYPE_CHECKING:
    import responses

    from local_workspace import LocalWorkspace
    from sync.google.door import Door

NARROW = ("calendar.app.created", "calendar.calendarlist.readonly")
DAY = datetime(2026, 12, 8, tzinfo=UTC)


def calendars_of(ws: LocalWorkspace, email: str = SENCO) -> list[dict[str, Any]]:
    with door_of(ws, email) as door:
        items: list[dict[str, Any]] = door.call("GET", f"{door.endpoints.calendar}/users/me/calendarList")["items"]
    return [each for each in items if not each.get("primary")]


def test_the_calendar_is_made_once_and_found_again_with_the_narrow_scopes(ws: LocalWorkspace) -> None:
    with door_of(ws, SENCO, *NARROW) as door:
        made = find_or_make(door, "9994001")
        assert made.made
        assert find_or_make(door, "9994001") == find_or_make(door, "9994001", known=made.id)
        assert find_or_make(door, "9994001").id == made.id
    (entry,) = calendars_of(ws)
    assert (entry["summary"], entry["timeZone"]) == ("Meetings with families", "Europe/London")
    assert "9994001" not in entry["description"]


def test_a_lost_answer_makes_no_second_calendar(ws: LocalWorkspace) -> None:
    ws.fail(503, when="after", method="POST", times=1)
    with door_of(ws, SENCO, *NARROW) as door:
        found = find_or_make(door, "9994001")
    assert [each["id"] for each in calendars_of(ws)] == [found.id]


def test_a_calendar_that_a_person_renamed_is_found_and_one_of_another_school_is_not_ours(ws: LocalWorkspace) -> None:
    with door_of(ws, SENCO) as door:
        ours = find_or_make(door, "9994001")
        door.call("PATCH", f"{door.endpoints.calendar}/calendars/{ours.id}", body={"summary": "Parents"})
        assert find_or_make(door, "9994001").id == ours.id
        assert find_or_make(door, "9994002").id != ours.id


def test_a_calendar_that_was_deleted_is_made_anew(ws: LocalWorkspace) -> None:
    with door_of(ws, SENCO) as door:
        ours = find_or_make(door, "9994001")
        door.call("DELETE", f"{door.endpoints.calendar}/calendars/{ours.id}")
        new = find_or_make(door, "9994001", known=ours.id)
    assert new.made
    assert new.id != ours.id


def test_staff_see_when_and_not_what_for(diary: Diary, ws: LocalWorkspace) -> None:
    diary.calendar.insert(booked())
    assert share(diary.door, diary.id, (TEACHER, HEAD)) == (TEACHER, HEAD)
    assert share(diary.door, diary.id, (TEACHER.upper(), HEAD)) == ()
    with door_of(ws, TEACHER) as teacher:
        (seen,) = teacher.call("GET", diary.url)["items"]
        assert seen["start"]["dateTime"] == "2026-12-08T16:00:00Z"
        assert {"summary", "location", "extendedProperties"} & set(seen) == set()
        with pytest.raises(GoogleNeedsPersonError, match="only look at this calendar"):
            teacher.call("DELETE", f"{diary.url}/{seen['id']}")


def test_sharing_never_lessens_what_somebody_may_do(diary: Diary) -> None:
    share(diary.door, diary.id, (TEACHER,), "writer")
    assert share(diary.door, diary.id, (TEACHER,), "reader") == ()
    assert share(diary.door, diary.id, (SENCO,), "reader") == ()
    rules = diary.door.call("GET", f"{diary.url.removesuffix('events')}acl")["items"]
    assert sorted((rule["scope"]["value"], rule["role"]) for rule in rules) == [(SENCO, "owner"), (TEACHER, "writer")]


def test_a_scope_that_was_not_granted_is_said(ws: LocalWorkspace) -> None:
    with door_of(ws, SENCO, *NARROW) as door:
        look(door)
        with pytest.raises(GoogleNeedsPersonError, match="was not granted the permission"):
            look_at_sharing(door)
    with door_of(ws, SENCO, "calendar.acls") as door:
        look_at_sharing(door)
        with pytest.raises(GoogleNeedsPersonError, match="was not granted the permission"):
            look(door)
    assert calendars_of(ws) == []


def test_busy_times_are_joined_and_free_slots_do_not_count(diary: Diary, ws: LocalWorkspace) -> None:
    for number, body in enumerate((booked(0), booked(1), free(2), booked(3))):
        assert diary.calendar.insert(body).event is not None, number
    with door_of(ws, SENCO, "calendar.freebusy") as door:
        found = busy(door, (diary.id, "nobody@school.example"), DAY, DAY + timedelta(days=1))
    four = DAY + timedelta(hours=16)
    assert found == Busy(
        {
            diary.id: (
                (four, four + timedelta(minutes=40)),
                (four + timedelta(minutes=60), four + timedelta(minutes=80)),
            )
        },
        {"nobody@school.example": "notFound"},
    )


def test_less_than_a_second_that_is_left_over_is_not_asked_for(door: Door, google: responses.RequestsMock) -> None:
    google.post("https://www.googleapis.com/calendar/v3/freeBusy", json={"calendars": {"c": {"busy": []}}})
    busy(door, ("c",), DAY, DAY + timedelta(days=28, microseconds=40))
    assert len(google.calls) == 1


def test_a_long_time_is_asked_for_in_parts_and_joined_where_they_meet(
    door: Door, google: responses.RequestsMock
) -> None:
    where = "https://www.googleapis.com/calendar/v3/freeBusy"
    cut = DAY + timedelta(days=28)
    first = {"start": "2027-01-04T20:00:00Z", "end": "2027-01-05T00:00:00Z"}
    second = {"start": "2027-01-05T00:00:00Z", "end": "2027-01-05T09:00:00Z"}
    google.post(where, json={"calendars": {"c": {"busy": [first]}}})
    google.post(where, json={"calendars": {"c": {"busy": [second]}}})
    found = busy(door, ("c",), DAY, DAY + timedelta(days=30))
    assert found.spans == {"c": ((cut - timedelta(hours=4), cut + timedelta(hours=9)),)}
    assert (len(google.calls), door.counter.reads, door.counter.writes) == (2, 2, 0)


def test_no_time_at_all_is_refused_before_google_is_asked(door: Door) -> None:
    with pytest.raises(UsageError):
        busy(door, ("c",), DAY, DAY)
    assert door.counter.requests == 0


def test_more_calendars_than_one_question_takes_are_asked_for_in_several(
    door: Door, google: responses.RequestsMock
) -> None:
    google.post("https://www.googleapis.com/calendar/v3/freeBusy", json={"calendars": {}})
    found = busy(door, [f"c{number}" for number in range(51)], DAY, DAY + timedelta(days=1))
    assert len(google.calls) == 2
    assert set(found.unknown.values()) == {"notAnswered"}
