"""Recurring events: expanded, overridden, cut and synchronised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from calendar_kit import Diary, all_day, timed

if TYPE_CHECKING:
    from workspace_kit import Caller

LONDON = {"timeZone": "Europe/London"}


@pytest.fixture
def diary(call: Caller) -> Diary:
    return Diary(call)


@pytest.fixture
def weekly(diary: Diary) -> Diary:
    body = {
        "id": "serie1",
        "summary": "Review",
        "start": {"dateTime": "2026-03-17T09:00:00", **LONDON},
        "end": {"dateTime": "2026-03-17T09:30:00", **LONDON},
        "recurrence": ["RRULE:FREQ=WEEKLY;UNTIL=20260414T235959Z", "EXDATE;TZID=Europe/London:20260407T090000"],
    }
    diary.add(body)
    return diary


def instances(diary: Diary, event: str = "serie1", **query: str) -> list[dict[str, object]]:
    return diary.call("GET", diary.url(event, "/instances", **query))["items"]  # type: ignore[no-any-return]


def test_a_series_stays_at_its_wall_clock_when_the_clocks_change(weekly: Diary) -> None:
    found = instances(weekly)
    assert [item["start"]["dateTime"] for item in found] == [  # type: ignore[index]
        "2026-03-17T09:00:00Z",
        "2026-03-24T09:00:00Z",
        "2026-03-31T09:00:00+01:00",
        "2026-04-14T09:00:00+01:00",
    ]
    assert [item["id"] for item in found][2] == "serie1_20260331T080000Z"
    third = found[2]
    assert third["recurringEventId"] == "serie1"
    assert third["originalStartTime"] == {"dateTime": "2026-03-31T09:00:00+01:00", "timeZone": "Europe/London"}
    assert third["end"]["dateTime"] == "2026-03-31T09:30:00+01:00"  # type: ignore[index]
    assert "recurrence" not in third


def test_a_series_is_one_item_or_its_instances(weekly: Diary) -> None:
    assert [item["recurrence"] for item in weekly.all()[0]] == [
        ["RRULE:FREQ=WEEKLY;UNTIL=20260414T235959Z", "EXDATE;TZID=Europe/London:20260407T090000"]
    ]
    window = {"timeMin": "2026-03-24T09:15:00Z", "timeMax": "2026-03-31T08:00:01Z"}
    found = weekly.all(singleEvents="true", **window)[0]
    assert [item["id"] for item in found] == ["serie1_20260324T090000Z", "serie1_20260331T080000Z"]
    assert weekly.summaries(timeMin="2026-04-15T00:00:00Z") == []
    assert weekly.summaries(**window) == ["Review"]


def test_one_instance_is_read_moved_and_put_back(weekly: Diary) -> None:
    name = "serie1_20260324T090000Z"
    before = weekly.get(name)
    body = {"start": {"dateTime": "2026-03-25T10:00:00Z"}, "end": {"dateTime": "2026-03-25T10:30:00Z"}}
    moved = weekly.patch(name, body, etag=before["etag"])
    assert moved["originalStartTime"]["dateTime"] == "2026-03-24T09:00:00Z"
    assert [item["start"]["dateTime"] for item in instances(weekly)] == [  # type: ignore[index]
        "2026-03-17T09:00:00Z",
        "2026-03-25T10:00:00Z",
        "2026-03-31T09:00:00+01:00",
        "2026-04-14T09:00:00+01:00",
    ]
    found = instances(weekly, originalStart="2026-03-24T09:00:00Z")
    assert [item["id"] for item in found] == [name]


def test_a_deleted_instance_is_an_exception_of_its_living_series(weekly: Diary) -> None:
    name = "serie1_20260324T090000Z"
    weekly.delete(name)
    assert len(instances(weekly)) == 3
    assert len(instances(weekly, showDeleted="true")) == 4
    assert [item["status"] for item in weekly.all()[0]] == ["confirmed", "cancelled"]
    assert len(weekly.all(singleEvents="true")[0]) == 3
    assert weekly.refused("DELETE", weekly.url(name))["code"] == 410
    assert weekly.patch(name, {"status": "confirmed"})["status"] == "confirmed"
    assert len(instances(weekly)) == 4


def test_what_a_series_changes_reaches_instances_that_do_not_differ(weekly: Diary) -> None:
    weekly.patch("serie1_20260324T090000Z", {"location": "Hall"})
    weekly.patch("serie1", {"summary": "Annual review", "location": "Room 2"})
    assert [(item["summary"], item["location"]) for item in instances(weekly)] == [
        ("Annual review", "Room 2"),
        ("Annual review", "Hall"),
        ("Annual review", "Room 2"),
        ("Annual review", "Room 2"),
    ]


def test_a_deleted_series_takes_its_instances_along(weekly: Diary) -> None:
    weekly.patch("serie1_20260324T090000Z", {"location": "Hall"})
    weekly.delete("serie1")
    assert weekly.all()[0] == []
    assert weekly.all(singleEvents="true")[0] == []
    assert weekly.refused("DELETE", weekly.url("serie1_20260331T080000Z"))["code"] == 410


def test_a_sync_of_instances_says_which_are_no_more(weekly: Diary) -> None:
    held = {item["id"]: item for item in weekly.all(singleEvents="true")[0]}
    _, token = weekly.all(singleEvents="true")
    weekly.patch("serie1", {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]})
    changes, token = weekly.all(singleEvents="true", syncToken=token)
    for item in changes:
        held[item["id"]] = item
    living = {name for name, item in held.items() if item["status"] != "cancelled"}
    assert living == {item["id"] for item in weekly.all(singleEvents="true")[0]}
    assert living == {"serie1_20260317T090000Z", "serie1_20260324T090000Z"}


def test_all_day_series_have_days_for_ids(diary: Diary) -> None:
    diary.add(all_day("2026-12-08", "2026-12-09", id="daili1", recurrence=["RRULE:FREQ=DAILY;COUNT=3"]))
    found = instances(diary, "daili1")
    assert [(item["id"], item["start"]) for item in found][1] == ("daili1_20261209", {"date": "2026-12-09"})
    assert diary.get("daili1_20261210")["end"] == {"date": "2026-12-11"}
    assert diary.refused("GET", diary.url("daili1_20261211"))["code"] == 404


def test_an_endless_series_is_expanded_for_two_years(diary: Diary) -> None:
    body = timed("09:00", "09:10", id="endless1", recurrence=["RRULE:FREQ=WEEKLY"])
    for side in ("start", "end"):
        body[side].update(LONDON)
    diary.add(body)
    assert len(diary.all(singleEvents="true")[0]) == 103
    assert len(diary.all(singleEvents="true", timeMax="2026-12-31T00:00:00Z")[0]) == 4


def test_extra_dates_and_rules_that_cannot_be_read(diary: Diary) -> None:
    body = timed("09:00", "09:10", id="erdat1", recurrence=["RDATE:20261210T090000Z,20261212T090000Z"])
    for side in ("start", "end"):
        body[side].update(LONDON)
    diary.add(body)
    assert [item["id"] for item in instances(diary, "erdat1")] == [
        "erdat1_20261208T090000Z",
        "erdat1_20261210T090000Z",
        "erdat1_20261212T090000Z",
    ]
    for rule in (
        "RRULE:FREQ=SOMETIMES",
        "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "DTSTART:20261208T090000Z",
        "EVERY DAY",
        "RRULE:",
    ):
        error = diary.refused("POST", diary.events, {**body, "id": "other1", "recurrence": [rule]})
        assert error["message"] == "Invalid recurrence rule."


def test_a_series_needs_a_named_zone(diary: Diary) -> None:
    error = diary.refused("POST", diary.events, timed("09:00", "09:10", recurrence=["RRULE:FREQ=DAILY"]))
    assert error["message"] == "Missing time zone definition for start time."


def test_an_instance_has_no_other_calendar_than_its_series(call: Caller, weekly: Diary) -> None:
    other = call("POST", "/calendar/v3/calendars", {"summary": "S"})
    url = weekly.url("serie1_20260324T090000Z", "/move", destination=other["id"])
    assert weekly.refused("POST", url)["errors"][0]["reason"] == "cannotChangeOrganizerOfInstance"
    weekly.patch("serie1_20260324T090000Z", {"location": "Hall"})
    call("POST", weekly.url("serie1", "/move", destination=other["id"]))
    assert len(instances(Diary(call, other["id"]))) == 4
    assert weekly.all(singleEvents="true")[0] == []
