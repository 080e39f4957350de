"""Calendars, the list of them, access rules, scopes, free and busy times, colours and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from calendar_kit import BASE, Diary, all_day, timed
from workspace_kit import SENCO, TEACHER, Caller

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

AUTH = "https://www.googleapis.com/auth/"


@pytest.fixture
def diary(call: Caller) -> Diary:
    return Diary(call)


def share(call: Caller, calendar: str, role: str, email: str = TEACHER) -> dict[str, Any]:
    rule = {"role": role, "scope": {"type": "user", "value": email}}
    return call("POST", f"{BASE}/calendars/{calendar}/acl?sendNotifications=false", rule)  # type: ignore[no-any-return]


def scoped(ws: LocalWorkspace, *names: str) -> Caller:
    return Caller(ws.base_url, ws.tokens.issue(SENCO, 3600, frozenset(AUTH + name for name in names)))


def test_a_calendar_is_made_changed_listed_and_deleted(call: Caller) -> None:
    made = call("POST", f"{BASE}/calendars", {"summary": "Surgeries", "timeZone": "Europe/London"})
    assert made["id"].endswith("@group.calendar.google.com")
    assert (made["dataOwner"], made["timeZone"]) == (SENCO, "Europe/London")
    path = f"{BASE}/calendars/{made['id']}"
    new = call("PATCH", path, {"description": "Parents book here"})
    assert (new["summary"], new["description"], new["etag"] == made["etag"]) == (
        "Surgeries",
        "Parents book here",
        False,
    )
    entry = call("GET", f"{BASE}/users/me/calendarList/{made['id']}")
    assert (entry["accessRole"], entry["summary"], entry["selected"]) == ("owner", "Surgeries", True)
    assert call("PUT", path, {"summary": "S"}).get("description") is None
    call("DELETE", path)
    assert call.refused("GET", path)["message"] == "Not Found"
    listed = call("GET", f"{BASE}/users/me/calendarList")["items"]
    assert [item["id"] for item in listed] == [SENCO]
    assert call.refused("POST", f"{BASE}/calendars", {})["message"] == "Missing title."
    assert call.refused("POST", f"{BASE}/calendars", {"summary": "S", "timeZone": "Mars"})["code"] == 400


def test_a_primary_calendar_is_emptied_not_deleted(call: Caller, diary: Diary) -> None:
    diary.add(timed("16:20", "16:40"))
    assert call.refused("DELETE", f"{BASE}/calendars/primary")["code"] == 403
    call("POST", f"{BASE}/calendars/primary/clear")
    assert diary.all()[0] == []
    other = call("POST", f"{BASE}/calendars", {"summary": "S"})
    assert call.refused("POST", f"{BASE}/calendars/{other['id']}/clear")["code"] == 400


def test_a_calendar_list_entry_belongs_to_one_person(call: Caller, teacher: Caller) -> None:
    made = call("POST", f"{BASE}/calendars", {"summary": "Surgeries"})
    path = f"{BASE}/users/me/calendarList"
    assert teacher.refused("POST", path, {"id": made["id"]})["code"] == 404
    share(call, made["id"], "reader")
    entry = teacher(
        "POST",
        f"{path}?colorRgbFormat=true",
        {"id": made["id"], "backgroundColor": "#0088aa", "foregroundColor": "#ffffff"},
    )
    assert (entry["backgroundColor"], entry["accessRole"]) == ("#0088aa", "reader")
    teacher("PATCH", f"{path}/{made['id']}", {"summaryOverride": "SENCO's surgeries", "colorId": "3"})
    entry = teacher("GET", f"{path}/{made['id']}")
    assert (entry["summaryOverride"], entry["backgroundColor"]) == ("SENCO's surgeries", "#f83a22")
    assert "summaryOverride" not in call("GET", f"{path}/{made['id']}")
    teacher("PATCH", f"{path}/{made['id']}", {"hidden": True})
    assert [item["id"] for item in teacher("GET", path)["items"]] == [TEACHER]
    assert len(teacher("GET", f"{path}?showHidden=true")["items"]) == 2
    assert len(teacher("GET", f"{path}?showHidden=true&minAccessRole=owner")["items"]) == 1
    teacher("DELETE", f"{path}/{made['id']}")
    assert teacher.refused("GET", f"{path}/{made['id']}")["code"] == 404
    everything = teacher("GET", f"{path}?showDeleted=true&showHidden=true")["items"]
    assert {item["id"]: item.get("deleted") for item in everything} == {TEACHER: None, made["id"]: True}
    assert teacher.refused("DELETE", f"{path}/primary")["code"] == 403


def test_the_calendar_list_is_synchronised(call: Caller, ws: LocalWorkspace) -> None:
    path = f"{BASE}/users/me/calendarList"
    first = call("GET", path)
    made = call("POST", f"{BASE}/calendars", {"summary": "Surgeries"})
    changes = call("GET", f"{path}?syncToken={first['nextSyncToken']}")
    assert [item["id"] for item in changes["items"]] == [made["id"]]
    call("DELETE", f"{BASE}/calendars/{made['id']}")
    changes = call("GET", f"{path}?syncToken={changes['nextSyncToken']}")
    assert [(item["id"], item["deleted"]) for item in changes["items"]] == [(made["id"], True)]
    assert call.refused("GET", f"{path}?syncToken=abc")["code"] == 400
    ws.calendars.expire_sync_tokens()
    assert call.refused("GET", f"{path}?syncToken={changes['nextSyncToken']}")["code"] == 410


def test_access_rules_are_set_read_and_taken_away(call: Caller, teacher: Caller) -> None:
    rule = share(call, "primary", "reader")
    assert (rule["id"], rule["role"]) == (f"user:{TEACHER}", "reader")
    path = f"{BASE}/calendars/primary/acl"
    assert call("PATCH", f"{path}/user:{TEACHER}", {"role": "writer"})["role"] == "writer"
    assert call("GET", f"{path}/user:{TEACHER}")["scope"] == {"type": "user", "value": TEACHER}
    listed = call("GET", path)
    assert [item["role"] for item in listed["items"]] == ["owner", "writer"]
    assert teacher("GET", f"{BASE}/calendars/{SENCO}")["id"] == SENCO
    call("DELETE", f"{path}/user:{TEACHER}")
    assert teacher.refused("GET", f"{BASE}/calendars/{SENCO}")["code"] == 404
    assert [item["role"] for item in call("GET", f"{path}?syncToken={listed['nextSyncToken']}")["items"]] == ["none"]
    assert call.refused("DELETE", f"{path}/user:{SENCO}")["errors"][0]["reason"] == "cannotChangeOwnerAcl"
    for bad in ({"role": "king"}, {"role": "reader"}, {"role": "reader", "scope": {"type": "user", "value": "x"}}):
        assert call.refused("POST", path, bad)["code"] == 400


def test_who_is_given_access_is_told_by_mail(call: Caller, ws: LocalWorkspace) -> None:
    call("POST", f"{BASE}/calendars/primary/acl", {"role": "reader", "scope": {"type": "user", "value": TEACHER}})
    assert [b"has shared a calendar with you" in row.bytes for row in ws.mail.of(TEACHER)] == [True]


@pytest.mark.parametrize(
    ("role", "summaries", "write"),
    [
        ("freeBusyReader", [None, None], 403),
        ("reader", ["open", None], 403),
        ("writerWithoutPrivateAccess", ["open", None], 200),
        ("writer", ["open", "private"], 200),
        ("owner", ["open", "private"], 200),
    ],
)
def test_each_role_sees_and_does_what_it_may(
    diary: Diary, teacher: Caller, role: str, summaries: list[str | None], write: int
) -> None:
    diary.add(timed("09:00", "10:00", "open", description="long"))
    hidden = diary.add(
        timed("10:00", "11:00", "private", visibility="private", extendedProperties={"private": {"ref": "1"}})
    )
    share(diary.call, "primary", role)
    theirs = Diary(teacher, SENCO)
    page = theirs.page()
    assert (page["accessRole"], [item.get("summary") for item in page["items"]]) == (role, summaries)
    seen = page["items"][1]
    assert (seen["visibility"], seen["start"]) == ("private", hidden["start"])
    assert ("extendedProperties" in seen) == (summaries[1] is not None)
    assert len(theirs.page(privateExtendedProperty="ref=1")["items"]) == int(summaries[1] is not None)
    if write == 403:
        error = theirs.refused("POST", theirs.events, timed("12:00", "13:00"))
        message = "You need to have writer access to this calendar."
        assert error["errors"] == [{"message": message, "domain": "calendar", "reason": "requiredAccessLevel"}]
    else:
        assert theirs.add(timed("12:00", "13:00"))["creator"] == {"email": TEACHER}
    if role == "writerWithoutPrivateAccess":
        assert theirs.refused("PATCH", theirs.url(hidden["id"]), {"summary": "x"})["code"] == 403


def test_a_calendar_that_is_not_shared_is_not_found(diary: Diary, teacher: Caller) -> None:
    made = diary.add(timed("09:00", "10:00"))
    theirs = Diary(teacher, SENCO)
    for url in (theirs.events, theirs.url(made["id"])):
        assert theirs.refused("GET", url)["message"] == "Not Found"


def test_everybody_or_a_whole_school_may_be_given_access(diary: Diary, call: Caller, teacher: Caller) -> None:
    rule = {"role": "reader", "scope": {"type": "domain", "value": "school.example"}}
    call("POST", f"{BASE}/calendars/primary/acl", rule)
    assert Diary(teacher, SENCO).page()["accessRole"] == "reader"
    call("POST", f"{BASE}/calendars/primary/acl", {"role": "freeBusyReader", "scope": {"type": "default"}})
    call("DELETE", f"{BASE}/calendars/primary/acl/domain:school.example")
    assert Diary(teacher, SENCO).page()["accessRole"] == "freeBusyReader"


# ---- scopes


def test_a_token_for_made_calendars_reaches_those_alone(ws: LocalWorkspace, diary: Diary) -> None:
    app = scoped(ws, "calendar.app.created")
    made = app("POST", f"{BASE}/calendars", {"summary": "Surgeries"})
    own = Diary(app, made["id"])
    event = own.add(timed("16:20", "16:40"))
    assert own.get(event["id"])["summary"] == "Meeting"
    assert app("GET", f"{BASE}/users/me/calendarList/{made['id']}")["accessRole"] == "owner"
    primary = Diary(app)
    assert primary.refused("GET", primary.events)["message"] == "Not Found"
    assert primary.refused("POST", primary.events, timed("16:20", "16:40"))["message"] == "Not Found"
    error = app.refused("GET", f"{BASE}/users/me/calendarList")
    assert error == {
        "code": 403,
        "message": "Request had insufficient authentication scopes.",
        "errors": [{"message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions"}],
        "status": "PERMISSION_DENIED",
    }


def test_a_calendar_made_by_hand_is_not_an_apps(ws: LocalWorkspace) -> None:
    page = Caller(ws.base_url, None, {"Cookie": f"account={SENCO}", "X-Local-Workspace": "1"})
    made = page("POST", f"{BASE}/calendars", {"summary": "By hand"})
    app = scoped(ws, "calendar.app.created")
    assert app.refused("GET", f"{BASE}/calendars/{made['id']}/events")["code"] == 404


def test_a_token_for_free_and_busy_times_sees_no_more(ws: LocalWorkspace, diary: Diary) -> None:
    diary.add(timed("16:20", "16:40"))
    body = {"timeMin": "2026-12-08T00:00:00Z", "timeMax": "2026-12-09T00:00:00Z", "items": [{"id": "primary"}]}
    free = scoped(ws, "calendar.freebusy")
    busy = free("POST", f"{BASE}/freeBusy", body)["calendars"]["primary"]["busy"]
    assert busy == [{"start": "2026-12-08T16:20:00Z", "end": "2026-12-08T16:40:00Z"}]
    assert free.refused("GET", diary.events)["code"] == 403
    limited = Diary(scoped(ws, "calendar.events.freebusy"))
    assert [("summary" in item, item["visibility"]) for item in limited.page()["items"]] == [(False, "private")]
    assert scoped(ws, "calendar.app.created").refused("POST", f"{BASE}/freeBusy", body)["code"] == 403


def test_a_token_for_owned_events_does_not_reach_shared_calendars(
    ws: LocalWorkspace, diary: Diary, teacher: Caller
) -> None:
    rule = {"role": "writer", "scope": {"type": "user", "value": SENCO}}
    teacher("POST", f"{BASE}/calendars/primary/acl", rule)
    owned = scoped(ws, "calendar.events.owned")
    assert Diary(owned).page()["accessRole"] == "owner"
    assert Diary(owned, TEACHER).refused("GET", f"{BASE}/calendars/{TEACHER}/events")["code"] == 404
    assert Diary(diary.call, TEACHER).page()["accessRole"] == "writer"


def test_a_reading_token_changes_nothing(ws: LocalWorkspace) -> None:
    reading = Diary(scoped(ws, "calendar.readonly"))
    assert reading.page()["items"] == []
    error = reading.refused("POST", reading.events, timed("16:20", "16:40"))
    assert error["errors"][0]["reason"] == "insufficientPermissions"


# ---- free and busy


def test_free_and_busy_times_are_joined_cut_and_leave_out_what_does_not_block(
    call: Caller, diary: Diary, teacher: Caller
) -> None:
    diary.add(timed("09:00", "10:00"))
    diary.add(timed("09:30", "10:30", transparency="opaque", visibility="private"))
    diary.add(timed("11:00", "12:00", transparency="transparent"))
    diary.delete(diary.add(timed("12:00", "13:00"))["id"])
    weekly = timed("14:00", "15:00", recurrence=["RRULE:FREQ=DAILY;COUNT=2"], id="serie1")
    weekly["start"]["timeZone"] = weekly["end"]["timeZone"] = "Europe/London"
    diary.add(weekly)
    diary.patch("serie1_20261208T140000Z", {"start": {"dateTime": "2026-12-08T14:30:00Z"}})
    invitation = Diary(teacher).add(timed("16:00", "17:00", attendees=[{"email": SENCO}]))
    answer = {"attendees": [{"email": SENCO, "responseStatus": "declined"}]}
    body = {
        "timeMin": "2026-12-08T09:15:00Z",
        "timeMax": "2026-12-08T23:00:00Z",
        "timeZone": "Europe/London",
        "items": [{"id": SENCO}, {"id": "nobody@elsewhere.example"}, {"id": TEACHER}],
    }
    found = call("POST", f"{BASE}/freeBusy", body)
    assert {name: found[name] for name in ("kind", "timeMin", "timeMax")} == {
        "kind": "calendar#freeBusy",
        "timeMin": "2026-12-08T09:15:00.000Z",
        "timeMax": "2026-12-08T23:00:00.000Z",
    }
    missing = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
    assert found["calendars"]["nobody@elsewhere.example"] == missing
    assert found["calendars"][TEACHER] == missing
    busy = [(span["start"][11:16], span["end"][11:16]) for span in found["calendars"][SENCO]["busy"]]
    assert busy == [("09:15", "10:30"), ("14:30", "15:00"), ("16:00", "17:00")]
    diary.patch(invitation["id"], answer)
    busy = call("POST", f"{BASE}/freeBusy", body)["calendars"][SENCO]["busy"]
    assert len(busy) == 2


def test_an_all_day_event_is_busy_from_midnight_to_midnight(call: Caller, diary: Diary) -> None:
    diary.add(all_day("2026-07-01", "2026-07-02"))
    body = {"timeMin": "2026-06-01T00:00:00Z", "timeMax": "2026-08-01T00:00:00Z", "items": [{"id": "primary"}]}
    assert call("POST", f"{BASE}/freeBusy", body)["calendars"]["primary"]["busy"] == [
        {"start": "2026-06-30T23:00:00Z", "end": "2026-07-01T23:00:00Z"}
    ]


def test_a_question_for_free_times_that_cannot_be_is_refused(call: Caller) -> None:
    url = f"{BASE}/freeBusy"
    at = "2026-12-08T09:15:00Z"
    assert call.refused("POST", url, {"timeMin": at})["message"] == "Missing timeMax parameter."
    assert call.refused("POST", url, {"timeMin": at, "timeMax": at})["errors"][0]["reason"] == "timeRangeEmpty"
    later = "2026-12-09T09:15:00Z"
    many = {"timeMin": at, "timeMax": later, "items": [{"id": f"c{number}@x.test"} for number in range(51)]}
    found = call("POST", url, many)["calendars"]["c0@x.test"]
    assert found == {"errors": [{"domain": "calendar", "reason": "tooManyCalendarsRequested"}], "busy": []}


# ---- colours, settings


def test_colours_and_settings_are_there(call: Caller) -> None:
    colours = call("GET", f"{BASE}/colors")
    assert (len(colours["calendar"]), len(colours["event"])) == (24, 11)
    settings = {item["id"]: item["value"] for item in call("GET", f"{BASE}/users/me/settings")["items"]}
    assert (settings["timezone"], settings["locale"], settings["weekStart"]) == ("Europe/London", "en_GB", "1")
    assert call("GET", f"{BASE}/users/me/settings/timezone")["value"] == "Europe/London"
    assert call.refused("GET", f"{BASE}/users/me/settings/nothing")["code"] == 404
