"""Events one at a time: ids, times, etags, and each refusal with its body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from calendar_kit import Diary, all_day, timed
from workspace_kit import SENCO, Caller, RefusalError

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace


@pytest.fixture
def diary(call: Caller) -> Diary:
    return Diary(call)


def test_a_new_event_has_every_member_that_the_recorded_ones_have(diary: Diary, ws: LocalWorkspace) -> None:
    made = diary.add(timed("16:20", "16:40", "Meeting, ref 7F3K", id="abc123", location="Room 2"))
    assert made == {
        "kind": "calendar#event",
        "etag": '"3590870400000000"',
        "id": "abc123",
        "status": "confirmed",
        "htmlLink": made["htmlLink"],
        "created": "2026-11-23T12:00:00.000Z",
        "updated": "2026-11-23T12:00:00.000Z",
        "summary": "Meeting, ref 7F3K",
        "location": "Room 2",
        "creator": {"email": SENCO, "self": True},
        "organizer": {"email": SENCO, "self": True},
        "start": {"dateTime": "2026-12-08T16:20:00Z", "timeZone": "Europe/London"},
        "end": {"dateTime": "2026-12-08T16:40:00Z", "timeZone": "Europe/London"},
        "iCalUID": "abc123@google.com",
        "sequence": 0,
        "reminders": {"useDefault": True},
        "eventType": "default",
    }
    assert made["htmlLink"].startswith(f"{ws.base_url}/calendar/event?eid=")
    assert diary.get("abc123") == made


def test_the_server_makes_ids_of_26_letters_of_base32hex(diary: Diary) -> None:
    made = diary.add(timed("16:20", "16:40"))
    assert re.fullmatch(r"[a-v0-9]{26}", made["id"])
    assert made["iCalUID"] == f"{made['id']}@google.com"


@pytest.mark.parametrize("event_id", ["senx1", "abcd", "ABCDE", "abc-de", "a" * 1025])
def test_an_id_that_is_not_base32hex_is_refused(diary: Diary, event_id: str) -> None:
    error = diary.refused("POST", diary.events, timed("16:20", "16:40", id=event_id))
    assert error == {
        "code": 400,
        "message": "Invalid resource id value.",
        "errors": [{"message": "Invalid resource id value.", "domain": "global", "reason": "invalid"}],
    }


def test_a_taken_id_is_refused_even_when_its_event_was_deleted(diary: Diary) -> None:
    diary.add(timed("16:20", "16:40", id="abc123"))
    message = "The requested identifier already exists."
    expected = {
        "code": 409,
        "message": message,
        "errors": [{"message": message, "domain": "global", "reason": "duplicate"}],
    }
    assert diary.refused("POST", diary.events, timed("17:00", "17:20", id="abc123")) == expected
    diary.delete("abc123")
    assert diary.refused("POST", diary.events, timed("17:00", "17:20", id="abc123")) == expected
    assert diary.patch("abc123", {"status": "confirmed"})["status"] == "confirmed"
    assert diary.get("abc123")["summary"] == "Meeting"


def test_a_second_deletion_says_gone(diary: Diary) -> None:
    diary.add(timed("16:20", "16:40", id="abc123"))
    diary.delete("abc123")
    assert diary.call.last is not None
    assert (diary.call.last.status, diary.call.raw) == (204, b"")
    assert diary.refused("DELETE", diary.url("abc123")) == {
        "code": 410,
        "message": "Resource has been deleted",
        "errors": [{"message": "Resource has been deleted", "domain": "global", "reason": "deleted"}],
    }
    assert diary.get("abc123")["status"] == "cancelled"


def test_what_is_not_there_is_not_found(diary: Diary) -> None:
    expected = {
        "code": 404,
        "message": "Not Found",
        "errors": [{"message": "Not Found", "domain": "global", "reason": "notFound"}],
    }
    assert diary.refused("GET", diary.url("nothere1")) == expected
    assert diary.refused("PATCH", diary.url("nothere1"), {}) == expected
    assert Diary(diary.call, "nobody@elsewhere.example").refused("GET", "/calendar/v3/calendars/x@y/events") == expected


@pytest.mark.parametrize(
    ("start", "end", "message", "reason"),
    [
        ({"dateTime": "2026-12-08T16:20:00Z"}, None, "Missing end time.", "required"),
        (None, {"dateTime": "2026-12-08T16:20:00Z"}, "Missing start time.", "required"),
        (
            {"date": "2026-12-08"},
            {"dateTime": "2026-12-08T16:20:00Z"},
            "Start and end times must either both be date or both be dateTime.",
            "invalid",
        ),
        (
            {"dateTime": "2026-12-08T16:20:00"},
            {"dateTime": "2026-12-08T16:40:00"},
            "Missing time zone definition for start time.",
            "required",
        ),
        (
            {"dateTime": "2026-12-08T16:20:00", "timeZone": "Europe/Londres"},
            {"dateTime": "2026-12-08T16:40:00Z"},
            "Invalid time zone definition for start time.",
            "invalid",
        ),
        (
            {"dateTime": "2013-09-24T03:06:00.000-07:0"},
            {"dateTime": "2013-09-24T04:06:00Z"},
            'Invalid value for: Invalid format: "2013-09-24T03:06:00.000-07:0" is malformed at "-07:0"',
            "invalid",
        ),
        (
            {"dateTime": "2026-12-08"},
            {"dateTime": "2026-12-09"},
            'Invalid value for: Invalid format: "2026-12-08" is too short',
            "invalid",
        ),
        (
            {"dateTime": "2026-12-08T16:20:00Z", "date": "2026-12-08"},
            {"dateTime": "2026-12-08T16:20:00Z"},
            "Invalid start time.",
            "invalid",
        ),
    ],
)
def test_times_that_cannot_be_are_refused_in_words(
    diary: Diary, start: dict[str, str] | None, end: dict[str, str] | None, message: str, reason: str
) -> None:
    body = {name: value for name, value in (("start", start), ("end", end)) if value}
    error = diary.refused("POST", diary.events, body)
    assert (error["code"], error["message"], error["errors"][0]["reason"]) == (400, message, reason)


@pytest.mark.parametrize("body", [timed("16:40", "16:20"), all_day("2026-12-08", "2026-12-08")])
def test_an_end_that_is_before_its_start_is_an_empty_range(diary: Diary, body: dict[str, object]) -> None:
    message = "The specified time range is empty."
    assert diary.refused("POST", diary.events, body) == {
        "code": 400,
        "message": message,
        "errors": [
            {
                "message": message,
                "domain": "calendar",
                "reason": "timeRangeEmpty",
                "locationType": "parameter",
                "location": "timeMax",
            }
        ],
    }


def test_a_wall_clock_with_a_zone_and_an_offset_say_the_same(diary: Diary) -> None:
    summer = {"dateTime": "2026-07-01T16:20:00", "timeZone": "Europe/London"}
    made = diary.add({"start": summer, "end": {"dateTime": "2026-07-01T17:40:00+02:00"}})
    assert made["start"] == {"dateTime": "2026-07-01T16:20:00+01:00", "timeZone": "Europe/London"}
    assert made["end"] == {"dateTime": "2026-07-01T16:40:00+01:00", "timeZone": "Europe/London"}
    seen = diary.get(made["id"], timeZone="America/New_York")
    assert seen["start"]["dateTime"] == "2026-07-01T11:20:00-04:00"
    assert diary.refused("GET", diary.url(made["id"], timeZone="Mars/Base"))["code"] == 400


def test_all_day_events_keep_their_dates(diary: Diary) -> None:
    made = diary.add(all_day("2026-12-08", "2026-12-10"))
    assert (made["start"], made["end"]) == ({"date": "2026-12-08"}, {"date": "2026-12-10"})


def test_a_patch_merges_objects_replaces_lists_and_clears_by_null(diary: Diary) -> None:
    properties = {"private": {"ref": "7F3K", "kind": "slot"}, "shared": {"a": "b"}}
    made = diary.add(timed("16:20", "16:40", description="long", extendedProperties=properties, location="Room 2"))
    patch = {"description": None, "extendedProperties": {"private": {"kind": None, "row": "4"}}, "summary": "Booked"}
    new = diary.patch(made["id"], patch)
    assert new["extendedProperties"] == {"private": {"ref": "7F3K", "row": "4"}, "shared": {"a": "b"}}
    assert "description" not in new
    assert (new["summary"], new["location"]) == ("Booked", "Room 2")


def test_long_names_of_properties_are_dropped_and_long_values_cut(diary: Diary) -> None:
    private = {"n" * 44: "v" * 1025, "n" * 45: "lost"}
    made = diary.add(timed("16:20", "16:40", extendedProperties={"private": private}))
    assert made["extendedProperties"] == {"private": {"n" * 44: "v" * 1024}}


def test_an_update_clears_what_it_leaves_out(diary: Diary) -> None:
    made = diary.add(timed("16:20", "16:40", location="Room 2", colorId="5"))
    new = diary.put(made["id"], timed("17:00", "17:20", "Other"))
    assert ("location" in new, "colorId" in new) == (False, False)
    assert (new["summary"], new["sequence"]) == ("Other", 1)


def test_an_update_does_not_bring_back_a_deleted_event_unless_it_says_so(diary: Diary) -> None:
    made = diary.add(timed("16:20", "16:40"))
    diary.delete(made["id"])
    assert diary.put(made["id"], timed("16:20", "16:40"))["status"] == "cancelled"
    assert diary.put(made["id"], timed("16:20", "16:40", status="confirmed"))["status"] == "confirmed"


def test_a_patch_from_times_to_a_day_needs_the_null(diary: Diary) -> None:
    made = diary.add(timed("16:20", "16:40"))
    plain = {"start": {"date": "2026-12-08"}, "end": {"date": "2026-12-09"}}
    assert diary.refused("PATCH", diary.url(made["id"]), plain)["message"] == "Invalid start time."
    clear = {name: {"dateTime": None, "timeZone": None, **value} for name, value in plain.items()}
    assert diary.patch(made["id"], clear)["start"] == {"date": "2026-12-08"}


def test_an_old_etag_changes_nothing(diary: Diary) -> None:
    made = diary.add(timed("16:20", "16:40"))
    newer = diary.patch(made["id"], {"summary": "first"}, etag=made["etag"])
    assert newer["etag"] != made["etag"]
    for method, body in (("PATCH", {"summary": "x"}), ("PUT", timed("16:20", "16:40")), ("DELETE", None)):
        with pytest.raises(RefusalError) as caught:
            diary.call(method, diary.url(made["id"]), body, **{"If-Match": made["etag"]})
        assert caught.value.body["error"] == {
            "code": 412,
            "message": "Precondition Failed",
            "errors": [
                {
                    "message": "Precondition Failed",
                    "domain": "global",
                    "reason": "conditionNotMet",
                    "locationType": "header",
                    "location": "If-Match",
                }
            ],
        }
    assert diary.get(made["id"]) == newer
    assert diary.patch(made["id"], {"summary": "second"}, etag="*")["summary"] == "second"


def test_what_did_not_change_need_not_be_sent_again(diary: Diary) -> None:
    made = diary.add(timed("16:20", "16:40"))
    for url, etag in ((diary.url(made["id"]), made["etag"]), (diary.events, diary.page()["etag"])):
        with pytest.raises(RefusalError) as caught:
            diary.call("GET", url, **{"If-None-Match": etag})
        assert (caught.value.status, diary.call.raw) == (304, b"")
    diary.patch(made["id"], {"summary": "new"})
    assert diary.call("GET", diary.url(made["id"]), **{"If-None-Match": made["etag"]})["summary"] == "new"


def test_reminders_change_the_etag_but_not_the_time_of_the_change(diary: Diary) -> None:
    made = diary.add(timed("16:20", "16:40"))
    reminders = {"useDefault": False, "overrides": [{"method": "email", "minutes": 60}]}
    new = diary.patch(made["id"], {"reminders": reminders})
    assert (new["reminders"], new["updated"]) == (reminders, made["updated"])
    assert new["etag"] != made["etag"]
    both = {"reminders": {"useDefault": True, "overrides": [{"method": "popup", "minutes": 1}]}}
    assert diary.refused("PATCH", diary.url(made["id"]), both)["code"] == 400


def test_the_sequence_counts_changes_of_when_and_where(diary: Diary) -> None:
    made = diary.add(timed("16:20", "16:40"))
    assert diary.patch(made["id"], {"summary": "other"})["sequence"] == 0
    assert diary.patch(made["id"], {"location": "Hall"})["sequence"] == 1
    assert diary.patch(made["id"], {"end": {"dateTime": "2026-12-08T16:50:00Z"}})["sequence"] == 2
    error = diary.refused("PATCH", diary.url(made["id"]), {"sequence": 1})
    assert error["message"].startswith("Invalid sequence value.")


def test_a_meet_link_is_made_once_for_a_request_id(diary: Diary) -> None:
    create = {
        "conferenceData": {"createRequest": {"requestId": "r1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}
    }
    overlooked = diary.add(timed("16:20", "16:40", **create))
    assert "conferenceData" not in overlooked
    made = diary.add(timed("16:20", "16:40", **create), conferenceDataVersion=1)
    code = made["conferenceData"]["conferenceId"]
    assert re.fullmatch(r"[a-z]{3}-[a-z]{4}-[a-z]{3}", code)
    assert made["hangoutLink"] == f"https://meet.google.com/{code}"
    assert made["conferenceData"]["createRequest"]["status"] == {"statusCode": "success"}
    again = diary.patch(made["id"], create, conferenceDataVersion=1)
    assert again["conferenceData"] == made["conferenceData"]
    create["conferenceData"]["createRequest"]["requestId"] = "r2"
    other = diary.patch(made["id"], create, conferenceDataVersion=1)
    assert other["hangoutLink"] != made["hangoutLink"]
    kept = diary.patch(made["id"], {"summary": "x", "conferenceData": None})
    assert kept["hangoutLink"] == other["hangoutLink"]
    cleared = diary.patch(made["id"], {"conferenceData": None}, conferenceDataVersion=1)
    assert ("conferenceData" in cleared, "hangoutLink" in cleared) == (False, False)


def test_unknown_fields_are_overlooked_and_ill_typed_ones_refused(diary: Diary) -> None:
    made = diary.add(timed("16:20", "16:40", nonsense=1, etag="mine", created="2000-01-01T00:00:00Z"))
    assert made["created"] == "2026-11-23T12:00:00.000Z"
    error = diary.refused("POST", diary.events, timed("16:20", "16:40", summary={"a": 1}))
    assert (error["code"], error["errors"][0]["reason"]) == (400, "badRequest")
    error = diary.refused("POST", diary.events, timed("16:20", "16:40", sequence="many"))
    assert (error["code"], error["errors"][0]["reason"]) == (400, "invalid")
    for field, value in (("status", "maybe"), ("visibility", "hidden"), ("transparency", "clear")):
        error = diary.refused("POST", diary.events, timed("16:20", "16:40", **{field: value}))
        assert error["message"] == f"Invalid value for: {value} is not a valid value"
    assert diary.refused("GET", diary.url(colour="red"))["errors"][0]["location"] == "colour"
    assert diary.refused("GET", diary.url(fields="items(nonsense)"))["errors"][0]["location"] == "fields"


def test_a_mask_cuts_the_answer(diary: Diary) -> None:
    made = diary.add(timed("16:20", "16:40"))
    assert diary.get(made["id"], fields="id,start/dateTime") == {
        "id": made["id"],
        "start": {"dateTime": "2026-12-08T16:20:00Z"},
    }


def test_an_event_moves_to_another_calendar_with_its_id(call: Caller, diary: Diary) -> None:
    other = call("POST", "/calendar/v3/calendars", {"summary": "Surgeries"})
    made = diary.add(timed("16:20", "16:40"))
    moved = call("POST", diary.url(made["id"], "/move", destination=other["id"]))
    assert moved["id"] == made["id"]
    assert moved["organizer"] == {"email": other["id"], "displayName": "Surgeries", "self": True}
    assert diary.get(made["id"])["status"] == "cancelled"
    assert Diary(call, other["id"]).get(made["id"])["status"] == "confirmed"
    back = call("POST", Diary(call, other["id"]).url(made["id"], "/move", destination="primary"))
    assert back["organizer"] == {"email": SENCO, "self": True}
    assert diary.refused("POST", diary.url(made["id"], "/move"))["message"] == "Missing destination parameter."


def test_an_import_is_known_by_its_icaluid(diary: Diary) -> None:
    body = timed(
        "16:20", "16:40", "From elsewhere", iCalUID="x1@mis.example", organizer={"email": "lea@council.example"}
    )
    made = diary.call("POST", diary.url("import"), body)
    assert made["organizer"] == {"email": "lea@council.example"}
    again = diary.call("POST", diary.url("import"), {**body, "summary": "Changed"})
    assert (again["id"], again["summary"]) == (made["id"], "Changed")
    assert [item["summary"] for item in diary.page(iCalUID="x1@mis.example")["items"]] == ["Changed"]
    assert diary.refused("POST", diary.url("import"), timed("1:20", "1:40"))["code"] == 400
    error = diary.refused("POST", diary.url("import"), timed("16:20", "16:40"))
    assert error["message"] == "Missing iCalUID."


def test_quick_add_is_refused_plainly(diary: Diary) -> None:
    error = diary.refused("POST", diary.url("quickAdd", text="Lunch at noon"))
    assert error["message"].startswith("The local workspace does not read events from text.")


def test_event_types_are_for_primary_calendars_and_do_not_change(call: Caller, diary: Diary) -> None:
    away = timed("16:20", "16:40", eventType="outOfOffice", outOfOfficeProperties={"autoDeclineMode": "declineNone"})
    made = diary.add(away)
    assert made["eventType"] == "outOfOffice"
    assert diary.summaries(eventTypes=["default"]) == []
    assert diary.refused("PATCH", diary.url(made["id"]), {"eventType": "default"})["code"] == 400
    assert diary.refused("POST", diary.events, timed("16:20", "16:40", eventType="fromGmail"))["code"] == 400
    other = Diary(call, call("POST", "/calendar/v3/calendars", {"summary": "S"})["id"])
    assert other.refused("POST", other.events, away)["code"] == 400
