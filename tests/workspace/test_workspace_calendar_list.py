"""Lists of events: filters, order, pages, sync tokens and what may not be joined."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from calendar_kit import Diary, all_day, timed
from workspace_kit import NOON, Caller

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace


@pytest.fixture
def diary(call: Caller) -> Diary:
    return Diary(call)


@pytest.fixture
def three(diary: Diary) -> Diary:
    diary.add(timed("09:00", "10:00", "early", id="earli1", location="Room 2"))
    diary.add(
        timed("10:00", "11:00", "middle", id="middle1", extendedProperties={"private": {"ref": "7F3K", "k": "a=b"}})
    )
    diary.add(timed("11:00", "12:00", "late", id="late1", extendedProperties={"shared": {"ref": "7F3K"}}))
    return diary


def test_a_list_says_whose_it_is(three: Diary) -> None:
    page = three.page()
    assert {name: page[name] for name in ("kind", "summary", "timeZone", "accessRole", "defaultReminders")} == {
        "kind": "calendar#events",
        "summary": "senco@school.example",
        "timeZone": "Europe/London",
        "accessRole": "owner",
        "defaultReminders": [{"method": "popup", "minutes": 10}],
    }
    assert page["nextSyncToken"].endswith("=") or page["nextSyncToken"].isascii()


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        ("10:00", "11:00", ["middle"]),
        ("09:59", "11:01", ["early", "middle", "late"]),
        ("10:30", "10:31", ["middle"]),
        ("12:00", "13:00", []),
    ],
)
def test_a_window_takes_what_ends_after_its_start_and_starts_before_its_end(
    three: Diary, low: str, high: str, found: list[str]
) -> None:
    bounds = {"timeMin": f"2026-12-08T{low}:00Z", "timeMax": f"2026-12-08T{high}:00Z"}
    assert three.summaries(**bounds) == found


def test_a_day_counts_in_the_zone_of_the_calendar(call: Caller) -> None:
    calendar = call("POST", "/calendar/v3/calendars", {"summary": "S", "timeZone": "America/New_York"})
    diary = Diary(call, calendar["id"])
    diary.add(all_day("2026-12-08", "2026-12-09"))
    assert diary.summaries(timeMin="2026-12-09T04:59:00Z") == ["Day"]
    assert diary.summaries(timeMin="2026-12-09T05:00:00Z") == []


def test_an_empty_window_and_a_bound_without_an_offset_are_refused(three: Diary) -> None:
    at = "2026-12-08T10:00:00Z"
    error = three.refused("GET", three.url(timeMin=at, timeMax=at))
    assert error["errors"][0]["reason"] == "timeRangeEmpty"
    assert three.refused("GET", three.url(timeMin="2026-12-08T10:00:00"))["message"] == "Bad Request"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "room MIDDLE"}, []),
        ({"q": "ROOM early"}, ["early"]),
        ({"q": "senco@school"}, ["early", "middle", "late"]),
        ({"iCalUID": "late1@google.com"}, ["late"]),
        ({"privateExtendedProperty": "ref=7F3K"}, ["middle"]),
        ({"privateExtendedProperty": ["ref=7F3K", "k=a=b"]}, ["middle"]),
        ({"privateExtendedProperty": ["ref=7F3K", "k=a"]}, []),
        ({"sharedExtendedProperty": "ref=7F3K"}, ["late"]),
        ({"eventTypes": ["default", "focusTime"]}, ["early", "middle", "late"]),
        ({"showHiddenInvitations": "true", "alwaysIncludeEmail": "true"}, ["early", "middle", "late"]),
    ],
)
def test_filters(three: Diary, query: dict[str, object], found: list[str]) -> None:
    assert three.summaries(**query) == found


def test_a_property_filter_without_a_value_is_refused(three: Diary) -> None:
    assert three.refused("GET", three.url(privateExtendedProperty="ref"))["errors"][0]["reason"] == "invalid"


def test_order_by_start_needs_single_events(three: Diary) -> None:
    three.add(timed("08:00", "08:30", "first"))
    assert three.summaries(orderBy="startTime", singleEvents="true") == ["first", "early", "middle", "late"]
    error = three.refused("GET", three.url(orderBy="startTime"))
    message = "The requested ordering is not available for the particular query."
    assert error == {
        "code": 400,
        "message": message,
        "errors": [{"message": message, "domain": "global", "reason": "badRequest"}],
    }


def test_order_by_update_and_no_sync_token_for_an_order(three: Diary) -> None:
    three.patch("earli1", {"summary": "early, changed"})
    items, token = three.all(orderBy="updated")
    assert ([item["summary"] for item in items], token) == (["middle", "late", "early, changed"], "")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("orderBy", "end", "Invalid string value: 'end'. Allowed values: [startTime, updated]"),
        ("singleEvents", "perhaps", "Invalid boolean value: 'perhaps'."),
        ("maxResults", "many", "Invalid integer value: 'many'."),
        ("maxResults", "0", "Invalid value '0'. Values must be within the range: [1, 2147483647]"),
    ],
)
def test_parameters_of_the_wrong_kind_are_refused(three: Diary, name: str, value: str, message: str) -> None:
    assert three.refused("GET", three.url(**{name: value})) == {
        "code": 400,
        "message": message,
        "errors": [
            {
                "message": message,
                "domain": "global",
                "reason": "invalidParameter",
                "locationType": "parameter",
                "location": name,
            }
        ],
    }


def test_pages_go_on_where_they_stopped_whatever_happens_between(three: Diary) -> None:
    first = three.page(maxResults=1)
    assert "nextSyncToken" not in first
    three.delete("earli1")
    three.add(timed("13:00", "14:00", "new"))
    rest, token = three.all(maxResults=1, pageToken=first["nextPageToken"])
    assert [item["summary"] for item in rest] == ["middle", "late", "new"]
    changes, _ = three.all(syncToken=token)
    assert [(item["id"], item["status"]) for item in changes[:1]] == [("earli1", "cancelled")]
    assert three.refused("GET", three.url(pageToken="nonsense"))["message"] == "Invalid page token value."


def test_a_sync_brings_what_changed_and_deletions_in_brief(three: Diary) -> None:
    _, token = three.all()
    assert three.all(syncToken=token)[0] == []
    three.delete("earli1")
    three.patch("late1", {"summary": "later"})
    items, newer = three.all(syncToken=token)
    assert [set(item) for item in items[:1]] == [{"kind", "etag", "id", "status"}]
    assert [(item["id"], item["status"]) for item in items] == [("earli1", "cancelled"), ("late1", "confirmed")]
    assert three.all(syncToken=newer)[0] == []
    assert three.all(syncToken=token, showDeleted="true")[0][0]["summary"] == "early"


@pytest.mark.parametrize(
    "query",
    [
        {"iCalUID": "a"},
        {"orderBy": "updated"},
        {"privateExtendedProperty": "a=b"},
        {"q": "a"},
        {"sharedExtendedProperty": "a=b"},
        {"timeMin": "2026-12-08T10:00:00Z"},
        {"timeMax": "2026-12-08T10:00:00Z"},
        {"updatedMin": "2026-11-23T10:00:00Z"},
        {"showDeleted": "false"},
        {"singleEvents": "true"},
    ],
)
def test_what_cannot_go_with_a_sync_token_is_refused(three: Diary, query: dict[str, str]) -> None:
    _, token = three.all()
    error = three.refused("GET", three.url(syncToken=token, **query))
    assert (error["code"], error["errors"][0]["reason"]) == (400, "badRequest")


def test_a_sync_token_of_another_calendar_or_none_is_refused(call: Caller, three: Diary) -> None:
    other = Diary(call, call("POST", "/calendar/v3/calendars", {"summary": "S"})["id"])
    _, token = other.all()
    for text in (token, "nonsense", "CAA="):
        error = three.refused("GET", three.url(syncToken=text))
        assert (error["code"], error["message"]) == (400, "Invalid sync token value.")


def test_an_expired_sync_token_says_that_a_full_sync_is_required(ws: LocalWorkspace, three: Diary) -> None:
    _, token = three.all()
    ws.calendars.expire_sync_tokens()
    message = "Sync token is no longer valid, a full sync is required."
    assert three.refused("GET", three.url(syncToken=token)) == {
        "code": 410,
        "message": message,
        "errors": [
            {
                "message": message,
                "domain": "calendar",
                "reason": "fullSyncRequired",
                "locationType": "parameter",
                "location": "syncToken",
            }
        ],
    }
    _, newer = three.all()
    assert three.all(syncToken=newer)[0] == []
    three.call("POST", "/local/calendar/expire-sync-tokens", {})
    assert three.refused("GET", three.url(syncToken=newer))["code"] == 410


def test_a_sync_token_grows_old(ws: LocalWorkspace, three: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = three.all()
    monkeypatch.setattr(ws, "clock", lambda: NOON + dt.timedelta(days=31))
    assert three.refused("GET", three.url(syncToken=token))["code"] == 410


def test_updated_min_brings_deletions_and_cannot_lie_too_far_back(three: Diary) -> None:
    three.delete("earli1")
    since = "2026-11-23T12:00:00Z"
    items, _ = three.all(updatedMin=since)
    assert [(item["id"], item["status"]) for item in items[:1]] == [("earli1", "cancelled")]
    assert [item["id"] for item in three.all(updatedMin="2026-11-23T12:00:01Z")[0]] == []
    message = "The requested minimum modification time lies too far in the past."
    assert three.refused("GET", three.url(updatedMin="2026-01-01T00:00:00Z")) == {
        "code": 410,
        "message": message,
        "errors": [
            {
                "message": message,
                "domain": "calendar",
                "reason": "updatedMinTooLongAgo",
                "locationType": "parameter",
                "location": "updatedMin",
            }
        ],
    }


def test_deleted_events_are_listed_when_asked_for(three: Diary) -> None:
    three.delete("earli1")
    assert three.summaries() == ["middle", "late"]
    shown = three.all(showDeleted="true")[0]
    assert [(item["summary"], item["status"]) for item in shown[:1]] == [("early", "cancelled")]


def test_more_attendees_than_asked_for_are_left_out(diary: Diary) -> None:
    people = [{"email": f"p{number}@home.example"} for number in range(3)]
    diary.add(timed("09:00", "10:00", attendees=people))
    assert len(diary.page(maxAttendees=3)["items"][0]["attendees"]) == 3
    item = diary.page(maxAttendees=2)["items"][0]
    assert (item["attendees"], item["attendeesOmitted"]) == ([], True)
