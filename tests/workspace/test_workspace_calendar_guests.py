"""Guests: copies on their calendars, answers both ways, what they may change, and the mails that tell them."""

from __future__ import annotations

import email
from typing import TYPE_CHECKING, Any

import pytest
from calendar_kit import Diary, timed
from workspace_kit import SENCO, TEACHER, Caller

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

OUTSIDE = "mum@home.test"


@pytest.fixture
def diary(call: Caller) -> Diary:
    return Diary(call)


@pytest.fixture
def theirs(teacher: Caller) -> Diary:
    return Diary(teacher)


def invited(diary: Diary, *emails: str, tell: str = "none", **more: Any) -> dict[str, Any]:
    people = [{"email": address} for address in emails or (TEACHER,)]
    return diary.add(timed("16:20", "16:40", "Review", attendees=people, **more), sendUpdates=tell)


def mails(ws: LocalWorkspace, account: str = SENCO) -> list[tuple[str, str]]:
    """(to, subject) of what was sent for an account, the oldest first."""
    found = [email.message_from_bytes(row.bytes) for row in ws.mail.of(account, outbox=True) if row.by_calendar]
    return [(message["To"], " ".join(message["Subject"].split())) for message in reversed(found)]


def test_a_guest_with_an_account_has_a_copy_under_the_same_id(diary: Diary, theirs: Diary) -> None:
    made = invited(diary)
    copy = theirs.get(made["id"])
    assert (copy["iCalUID"], copy["summary"], copy["start"]) == (made["iCalUID"], made["summary"], made["start"])
    assert copy["organizer"] == {"email": SENCO}
    assert copy["attendees"] == [{"email": TEACHER, "responseStatus": "needsAction", "self": True}]
    assert copy["htmlLink"] != made["htmlLink"]


def test_an_answer_reaches_the_organiser_and_the_other_guests(ws: LocalWorkspace, diary: Diary, theirs: Diary) -> None:
    made = invited(diary, TEACHER, OUTSIDE)
    _, token = diary.all()
    answer = {"attendees": [{"email": TEACHER, "responseStatus": "accepted", "comment": "with pleasure"}]}
    mine = theirs.patch(made["id"], answer, sendUpdates="all")
    assert mine["attendees"][0] == {
        "email": TEACHER,
        "responseStatus": "accepted",
        "comment": "with pleasure",
        "self": True,
    }
    changed = diary.all(syncToken=token)[0]
    assert [[item["responseStatus"] for item in event["attendees"]] for event in changed] == [
        ["accepted", "needsAction"]
    ]
    assert mails(ws, TEACHER)[0][0] == SENCO
    assert mails(ws, TEACHER)[0][1].startswith("Accepted: Review @ Tue 8 Dec 2026 4:20pm - 4:40pm (Europe/London)")


def test_what_the_organiser_changes_reaches_the_copies_and_keeps_what_is_the_guests_own(
    diary: Diary, theirs: Diary
) -> None:
    private = {"extendedProperties": {"private": {"ref": "7F3K"}, "shared": {"all": "see"}}}
    made = invited(diary, **private)
    own = {"colorId": "5", "reminders": {"useDefault": False}, "extendedProperties": {"private": {"mine": "1"}}}
    theirs.patch(made["id"], {**own, "transparency": "transparent"})
    diary.patch(made["id"], {"location": "Room 2", "start": {"dateTime": "2026-12-08T16:25:00Z"}})
    copy = theirs.get(made["id"])
    assert (copy["location"], copy["start"]["dateTime"], copy["sequence"]) == ("Room 2", "2026-12-08T16:25:00Z", 1)
    assert (copy["colorId"], copy["reminders"], copy["transparency"]) == ("5", {"useDefault": False}, "transparent")
    assert copy["extendedProperties"] == {"private": {"mine": "1"}, "shared": {"all": "see"}}
    assert diary.get(made["id"])["extendedProperties"] == private["extendedProperties"]


def test_guests_who_may_not_see_each_other_do_not(diary: Diary, theirs: Diary) -> None:
    made = invited(diary, TEACHER, OUTSIDE, guestsCanSeeOtherGuests=False, guestsCanInviteOthers=False)
    copy = theirs.get(made["id"])
    assert [item["email"] for item in copy["attendees"]] == [TEACHER]
    assert copy["attendeesOmitted"] is True
    assert len(diary.get(made["id"])["attendees"]) == 2
    more = [*copy["attendees"], {"email": "friend@home.test"}]
    message = "Shared properties can only be changed by the organizer of the event."
    assert theirs.refused("PATCH", theirs.url(made["id"]), {"attendees": more}) == {
        "code": 403,
        "message": message,
        "errors": [{"message": message, "domain": "calendar", "reason": "forbiddenForNonOrganizer"}],
    }


def test_guests_may_invite_others_unless_they_may_not(diary: Diary, theirs: Diary) -> None:
    made = invited(diary)
    copy = theirs.get(made["id"])
    theirs.patch(made["id"], {"attendees": [*copy["attendees"], {"email": OUTSIDE}]})
    assert [item["email"] for item in diary.get(made["id"])["attendees"]] == [TEACHER, OUTSIDE]


@pytest.mark.parametrize(
    "body",
    [
        {"guestsCanModify": True},
        {"guestsCanInviteOthers": False},
        {"guestsCanSeeOtherGuests": False},
        {"extendedProperties": {"shared": {"a": "b"}}},
    ],
)
def test_only_the_organiser_changes_what_is_shared(diary: Diary, theirs: Diary, body: dict[str, Any]) -> None:
    made = invited(diary)
    error = theirs.refused("PATCH", theirs.url(made["id"]), body)
    assert error["errors"][0]["reason"] == "forbiddenForNonOrganizer"


def test_a_guests_change_of_time_stays_on_their_copy_unless_guests_may_modify(diary: Diary, theirs: Diary) -> None:
    made = invited(diary)
    theirs.patch(made["id"], {"summary": "My words"})
    assert (theirs.get(made["id"])["summary"], diary.get(made["id"])["summary"]) == ("My words", "Review")
    diary.patch(made["id"], {"guestsCanModify": True})
    theirs.patch(made["id"], {"summary": "Our words"})
    assert (theirs.get(made["id"])["summary"], diary.get(made["id"])["summary"]) == ("Our words", "Our words")


def test_a_guest_who_deletes_declines_and_can_come_back(diary: Diary, theirs: Diary) -> None:
    made = invited(diary)
    theirs.delete(made["id"])
    assert diary.get(made["id"])["attendees"][0]["responseStatus"] == "declined"
    assert theirs.all()[0] == []
    diary.patch(made["id"], {"location": "Room 2"})
    assert theirs.all()[0] == []
    restored = theirs.patch(made["id"], {"status": "confirmed"})
    assert restored["status"] == "confirmed"
    theirs.patch(made["id"], {"attendees": [{"email": TEACHER, "responseStatus": "accepted"}]})
    assert diary.get(made["id"])["attendees"][0]["responseStatus"] == "accepted"


def test_a_deleted_event_leaves_every_calendar_and_a_restored_one_comes_back(diary: Diary, theirs: Diary) -> None:
    made = invited(diary)
    diary.delete(made["id"])
    assert theirs.get(made["id"])["status"] == "cancelled"
    diary.patch(made["id"], {"status": "confirmed"})
    assert theirs.get(made["id"])["status"] == "confirmed"


def test_a_guest_taken_off_loses_the_copy(diary: Diary, theirs: Diary) -> None:
    made = invited(diary)
    diary.patch(made["id"], {"attendees": []})
    assert theirs.get(made["id"])["status"] == "cancelled"
    assert "attendees" not in diary.get(made["id"])


def test_a_guest_answers_one_instance_of_a_series(diary: Diary, theirs: Diary) -> None:
    body = timed("09:00", "09:30", "Weekly", id="serie1", recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
    body["start"]["timeZone"] = body["end"]["timeZone"] = "Europe/London"
    diary.add({**body, "attendees": [{"email": TEACHER}]})
    name = "serie1_20261215T090000Z"
    theirs.patch(name, {"attendees": [{"email": TEACHER, "responseStatus": "declined"}]})
    assert diary.get(name)["attendees"][0]["responseStatus"] == "declined"
    assert diary.get("serie1")["attendees"][0]["responseStatus"] == "needsAction"
    diary.delete("serie1_20261222T090000Z")
    assert [item["id"] for item in theirs.all(singleEvents="true")[0]] == ["serie1_20261208T090000Z", name]
    theirs.delete("serie1")
    assert theirs.all(singleEvents="true")[0] == []
    diary.patch(name, {"location": "Hall"})
    assert theirs.all(singleEvents="true")[0] == []
    theirs.patch("serie1", {"status": "confirmed"})
    assert [item.get("location") for item in theirs.all(singleEvents="true")[0]] == [None, "Hall"]


def test_a_secondary_calendar_is_the_organiser_and_its_owner_can_be_a_guest(call: Caller, diary: Diary) -> None:
    calendar = call("POST", "/calendar/v3/calendars", {"summary": "Surgeries"})
    surgeries = Diary(call, calendar["id"])
    made = surgeries.add(timed("16:20", "16:40", attendees=[{"email": SENCO}]))
    assert made["creator"] == {"email": SENCO}
    copy = diary.get(made["id"])
    assert copy["organizer"] == {"email": calendar["id"], "displayName": "Surgeries"}
    assert copy["attendees"][0]["self"] is True
    call("DELETE", surgeries.path)
    assert diary.get(made["id"])["status"] == "cancelled"


def test_send_updates_decides_who_is_told(ws: LocalWorkspace, diary: Diary) -> None:
    invited(diary, TEACHER, OUTSIDE, tell="none")
    assert mails(ws) == []
    invited(diary, TEACHER, OUTSIDE, tell="externalOnly")
    assert [to for to, _ in mails(ws)] == [OUTSIDE]
    made = invited(diary, TEACHER, OUTSIDE, tell="all")
    assert [to for to, _ in mails(ws)][1:] == [TEACHER, OUTSIDE]
    diary.patch(made["id"], {"location": "Hall"}, sendUpdates="all")
    assert mails(ws)[-1][1].startswith("Updated invitation: Review @")
    diary.patch(made["id"], {"attendees": [{"email": OUTSIDE}]}, sendUpdates="all")
    assert (mails(ws)[-1][0], mails(ws)[-1][1][:16]) == (TEACHER, "Cancelled event:")
    diary.delete(made["id"], sendUpdates="all")
    assert (mails(ws)[-1][0], mails(ws)[-1][1][:16]) == (OUTSIDE, "Cancelled event:")
    count = len(mails(ws))
    diary.add(timed("17:00", "17:20", attendees=[{"email": OUTSIDE}]), sendNotifications="true")
    assert len(mails(ws)) == count + 1


def test_an_invitation_carries_the_event_as_icalendar(ws: LocalWorkspace, diary: Diary, teacher: Caller) -> None:
    invited(diary, TEACHER, OUTSIDE, tell="all", id="abc123", location="Room 2; left", guestsCanSeeOtherGuests=False)
    found = [email.message_from_bytes(row.bytes) for row in ws.mail.of(TEACHER)]
    part = next(part for part in found[0].walk() if part.get_filename() == "invite.ics")
    assert (part.get_content_type(), part.get_param("method")) == ("text/calendar", "REQUEST")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    lines = payload.decode().replace("\r\n ", "").split("\r\n")
    assert "UID:abc123@google.com" in lines
    assert "DTSTART:20261208T162000Z" in lines
    assert "LOCATION:Room 2\\; left" in lines
    assert [line.rpartition(":")[2] for line in lines if line.startswith("ATTENDEE")] == [TEACHER]
    assert max(len(line.encode()) for line in payload.decode().split("\r\n")) <= 75
    link = found[0].get_payload()[0].get_payload()[0].get_payload(decode=True).decode()  # type: ignore[union-attr, index]
    assert "/calendar/event?eid=" in link


def test_a_service_account_cannot_invite_but_may_change_what_has_guests(ws: LocalWorkspace, diary: Diary) -> None:
    robot = "robot@school.iam.gserviceaccount.com"
    ws.service_account_key(robot)
    call = Caller(ws.base_url, ws.token_for(robot))
    own = Diary(call)
    message = "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority."
    assert own.refused("POST", own.events, timed("16:20", "16:40", attendees=[{"email": TEACHER}])) == {
        "code": 403,
        "message": message,
        "errors": [{"message": message, "domain": "calendar", "reason": "forbiddenForServiceAccounts"}],
    }
    assert own.all()[0] == []
    made = invited(diary)
    rule = {"role": "writer", "scope": {"type": "user", "value": robot}}
    diary.call("POST", f"{diary.path}/acl?sendNotifications=false", rule)
    assert Diary(call, SENCO).patch(made["id"], {"summary": "Changed"})["summary"] == "Changed"


@pytest.mark.parametrize(
    ("person", "message"),
    [
        ({"email": "nobody"}, "Invalid attendee email."),
        ({}, "Missing attendee email."),
        ({"email": TEACHER, "responseStatus": "perhaps"}, "Invalid value for: perhaps is not a valid value"),
    ],
)
def test_a_guest_that_cannot_be_is_refused(diary: Diary, person: dict[str, str], message: str) -> None:
    error = diary.refused("POST", diary.events, timed("16:20", "16:40", attendees=[person]))
    assert error["message"] == message


def test_a_refused_request_leaves_nothing_behind(ws: LocalWorkspace, diary: Diary, theirs: Diary) -> None:
    made = invited(diary)
    before = (diary.all()[0], theirs.all()[0])
    error = diary.refused(
        "PATCH", diary.url(made["id"], sendUpdates="all"), {"end": {"dateTime": "2026-12-08T16:00:00Z"}}
    )
    assert error["errors"][0]["reason"] == "timeRangeEmpty"
    assert ((diary.all()[0], theirs.all()[0]), mails(ws)) == (before, [])
