from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from calendar_story import REF, TEACHER, Diary, booked, free, showing, slot

from sync.domain.errors import RefusedError
from sync.domain.meetings import Where
from sync.google.by_hand import Deleted, deeds
from sync.google.calendar import Calendar, Change, Delete, How, Insert
from sync.google.errors import GoogleBusyError, GoogleNeedsPersonError, GoogleRefusedRequestError, IdSpentError
from sync.google.events import Event, differences, event_body
from sync.plan.events import event_id

if TYPE_CHECKING:
    import responses

    from sync.google.door import Door

EVENTS = "https://www.googleapis.com/calendar/v3/calendars/c%40group.calendar.google.com/events"


def to(body: dict[str, Any]) -> Any:
    return lambda event: differences(event, body)


# Making


def test_an_event_is_made_as_its_body_says_and_needs_no_change_after(diary: Diary) -> None:
    made = diary.calendar.insert(free())
    assert made.how is How.DONE
    assert made.event is not None
    assert (made.event.id, made.event.slot) == (event_id("S1-0"), "S1-0")
    assert (made.event.starts, made.event.ends) == (slot().starts, slot().ends)
    assert differences(made.event, free()) == {}
    stored = diary.seen()[made.event.id]
    assert (stored["summary"], stored["transparency"], stored["visibility"]) == (
        "Free for a meeting",
        "transparent",
        "private",
    )


def test_a_lost_answer_to_an_insert_makes_one_event(diary: Diary) -> None:
    diary.ws.fail(503, when="after", method="POST", times=1)
    made = diary.calendar.insert(free())
    assert made.how is How.WAS_SO
    assert len(diary.seen()) == 1


def test_an_event_that_is_there_already_is_given_as_it_is(diary: Diary) -> None:
    diary.calendar.insert(free())
    again = diary.calendar.insert(booked())
    assert again.how is How.WAS_SO
    assert again.event is not None
    assert again.event.title == "Free for a meeting"


def test_an_event_that_was_deleted_is_brought_back_as_the_body_says(diary: Diary) -> None:
    diary.calendar.insert(free())
    diary.delete_by_hand(event_id("S1-0"))
    back = diary.calendar.insert(booked())
    assert back.how is How.BROUGHT_BACK
    assert back.event is not None
    assert (back.event.cancelled, back.event.title) == (False, f"Meeting \N{EN DASH} ref {REF}")
    assert differences(back.event, booked()) == {}


def test_an_id_that_another_program_took_is_refused(diary: Diary) -> None:
    body = {**free(), "extendedProperties": {"private": {"other": "1"}}}
    diary.phone.call("POST", diary.url, body=body)
    with pytest.raises(RefusedError, match="is not ours"):
        diary.calendar.insert(free())


def test_an_id_whose_event_is_gone_for_good_asks_for_the_next_generation(
    door: Door, google: responses.RequestsMock
) -> None:
    duplicate = {"error": {"code": 409, "message": "x", "errors": [{"reason": "duplicate"}]}}
    missing = {"error": {"code": 404, "message": "Not Found", "errors": [{"reason": "notFound"}]}}
    google.post(EVENTS, status=409, json=duplicate)
    google.get(f"{EVENTS}/{event_id('S1-0')}", status=404, json=missing)
    google.get(EVENTS.removesuffix("/events"), json={"id": "c"})
    with pytest.raises(IdSpentError):
        Calendar(door, "c@group.calendar.google.com").insert(free())
    assert event_body(showing(), generation=1)["id"] != free()["id"]


def test_a_body_that_tells_too_much_never_leaves(diary: Diary) -> None:
    body = {**booked(), "summary": "EHCP review Anya"}
    before = diary.door.counter.requests
    with pytest.raises(RefusedError) as caught:
        diary.calendar.insert(body)
    assert diary.door.counter.requests == before
    assert "Anya" not in f"{caught.value} {caught.value.next_step}"


def test_a_video_meeting_gets_a_link_once(diary: Diary) -> None:
    body = booked(where=(Where.VIDEO,))
    made = diary.calendar.insert(body).event
    assert made is not None
    assert made.meet.startswith("https://meet.google.com/")
    assert differences(made, body) == {}
    # Another family gets another conference: who has the old link must not walk in.
    other = event_body(showing(0, "C2222", where=(Where.VIDEO,)))
    changed = diary.calendar.change(made.id, to(other)).event
    assert changed is not None
    assert changed.meet != made.meet
    phoned = diary.calendar.change(made.id, to(event_body(showing(0, "C2222", where=(Where.PHONE,))))).event
    assert phoned is not None
    assert (phoned.meet, phoned.place) == ("", "Phone call")


# Changing


def test_a_change_sends_what_differs_and_nothing_else(diary: Diary) -> None:
    made = diary.calendar.insert(free()).event
    assert made is not None
    assert differences(made, booked()) == {
        "summary": f"Meeting \N{EN DASH} ref {REF}",
        "transparency": "opaque",
        "colorId": "9",
        "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 10}]},
    }
    assert diary.requests_of(lambda: diary.calendar.change(made.id, to(booked()), known=made)) == 1
    assert diary.requests_of(lambda: diary.calendar.change(made.id, to(booked()))) == 1


def test_a_change_that_meets_another_reads_again_and_decides_again(diary: Diary) -> None:
    known = diary.calendar.insert(free()).event
    assert known is not None
    diary.by_hand(known.id, location="Library")
    asked: list[str] = []

    def decide(event: Event) -> dict[str, Any] | None:
        asked.append(event.place)
        return {"summary": f"Meeting \N{EN DASH} ref {REF}"}

    changed = diary.calendar.change(known.id, decide, known=known)
    assert asked == ["Room 2", "Library"]
    assert changed.event is not None
    assert (changed.event.place, changed.event.title) == ("Library", f"Meeting \N{EN DASH} ref {REF}")


def test_a_change_can_be_given_up_for_what_a_person_did(diary: Diary) -> None:
    known = diary.calendar.insert(free()).event
    assert known is not None
    diary.delete_by_hand(known.id)
    left = diary.calendar.change(
        known.id,
        lambda event: None if deeds(event, free()) == (Deleted(),) else differences(event, booked()),
        known=known,
    )
    assert left.how is How.LEFT
    assert left.event is not None
    assert left.event.cancelled
    assert diary.seen() == {}


def test_a_lost_answer_to_a_change_is_found_done(diary: Diary) -> None:
    known = diary.calendar.insert(free()).event
    assert known is not None
    diary.ws.fail(503, when="after", method="PATCH", times=1)
    changed = diary.calendar.change(known.id, to(booked()), known=known)
    assert changed.how is How.LEFT
    assert changed.event is not None
    assert differences(changed.event, booked()) == {}


def test_an_event_that_changes_without_end_is_given_up_and_said(diary: Diary) -> None:
    made = diary.calendar.insert(free()).event
    assert made is not None
    count = iter(range(100))

    def meddle(method: str, url: str) -> None:
        if method == "PATCH":
            diary.by_hand(made.id, location=f"Room {next(count)}")

    diary.door.hooks.before.append(meddle)
    with pytest.raises(GoogleBusyError, match="kept changing"):
        diary.calendar.change(made.id, to(booked()))
    assert next(count) == 6


def test_a_change_of_what_is_not_there_says_gone_and_a_calendar_that_is_not_there_is_an_error(diary: Diary) -> None:
    assert diary.calendar.change(event_id("never"), to(booked())).how is How.GONE
    diary.phone.call("DELETE", diary.url.removesuffix("/events"))
    with pytest.raises(GoogleNeedsPersonError, match="does not know the calendar"):
        diary.calendar.change(event_id("never"), to(booked()))


# Deleting


def test_a_deletion_twice_by_hand_or_with_a_lost_answer_ends_the_same(diary: Diary) -> None:
    for number in range(4):
        diary.calendar.insert(free(number))
    assert diary.calendar.delete(event_id("S1-0")).how is How.DONE
    assert diary.calendar.delete(event_id("S1-0")).how is How.GONE
    known = diary.calendar.get(event_id("S1-1"))
    diary.delete_by_hand(event_id("S1-1"))
    assert diary.calendar.delete(event_id("S1-1"), known=known).how is How.GONE
    diary.ws.fail(503, when="after", method="DELETE", times=1)
    assert diary.calendar.delete(event_id("S1-2")).how is How.GONE
    assert diary.calendar.delete(event_id("never")).how is How.GONE
    assert list(diary.seen()) == [event_id("S1-3")]


def test_a_deletion_asks_again_when_the_event_was_changed_meanwhile(diary: Diary) -> None:
    known = diary.calendar.insert(free()).event
    assert known is not None
    diary.by_hand(known.id, location="Library")
    left = diary.calendar.delete(known.id, lambda event: event.place == "Room 2", known=known)
    assert left.how is How.LEFT
    assert len(diary.seen()) == 1


# Listing


def test_changes_are_told_once_with_deletions(diary: Diary) -> None:
    for number in range(3):
        diary.calendar.insert(free(number))
    first = diary.calendar.changes()
    assert first.full
    assert sorted(event.slot for event in first.events) == ["S1-0", "S1-1", "S1-2"]
    diary.by_hand(event_id("S1-1"), location="Library")
    diary.delete_by_hand(event_id("S1-2"))
    then = diary.calendar.changes(first.token)
    assert not then.full
    assert sorted((event.id, event.cancelled) for event in then.events) == sorted(
        [(event_id("S1-1"), False), (event_id("S1-2"), True)]
    )
    assert diary.calendar.changes(then.token).events == ()


def test_a_token_that_expired_is_answered_with_everything(diary: Diary) -> None:
    diary.calendar.insert(free())
    token = diary.calendar.changes().token
    diary.calendar.insert(free(1))
    diary.delete_by_hand(event_id("S1-0"))
    diary.phone.request("POST", f"{diary.ws.base_url}/local/calendar/expire-sync-tokens", repeatable=False)
    again = diary.calendar.changes(token)
    assert again.full
    assert sorted((event.id, event.cancelled) for event in again.events) == sorted(
        [(event_id("S1-0"), True), (event_id("S1-1"), False)]
    )
    assert diary.calendar.changes(again.token).events == ()
    assert diary.calendar.changes("no token of anybody's").full


def test_pages_are_joined_and_the_later_word_on_an_event_holds(door: Door, google: responses.RequestsMock) -> None:
    def page(etag: str, **more: str) -> dict[str, Any]:
        return {"items": [{"id": "e1", "etag": etag, "status": "confirmed"}], **more}

    google.get(EVENTS, json=page("1", nextPageToken="p2"))
    google.get(EVENTS, json=page("2", nextSyncToken="s2"))
    found = Calendar(door, "c@group.calendar.google.com").changes("s1")
    assert [(event.etag, found.token) for event in found.events] == [("2", "s2")]
    assert [call.request.params.get("pageToken") for call in google.calls] == [None, "p2"]
    assert {call.request.params["syncToken"] for call in google.calls} == {"s1"}


# Many at once


def test_sixty_slots_are_two_requests(diary: Diary) -> None:
    bodies = [free(number) for number in range(60)]
    outcomes: list[Any] = []
    assert diary.requests_of(lambda: outcomes.extend(diary.calendar.together([Insert(body) for body in bodies]))) == 2
    assert [each.how for each in outcomes] == [How.DONE] * 60
    assert [each.event.slot for each in outcomes] == [f"S1-{number}" for number in range(60)]
    assert set(diary.seen()) == {body["id"] for body in bodies}


def test_the_same_sixty_again_do_no_harm(diary: Diary) -> None:
    operations = [Insert(free(number)) for number in range(3)]
    diary.calendar.together(operations)
    assert [getattr(each, "how", each) for each in diary.calendar.together(operations)] == [How.WAS_SO] * 3


def test_a_batch_of_all_kinds_settles_each_by_itself(diary: Diary) -> None:
    known: list[Event] = []
    for number in range(5):
        made = diary.calendar.insert(free(number)).event
        assert made is not None
        known.append(made)
    diary.by_hand(known[1].id, location="Library")
    diary.delete_by_hand(known[3].id)
    outcomes = diary.calendar.together(
        [
            Change(known[0], to(booked(0))),
            Change(known[1], to(booked(1))),
            Change(known[2], lambda _: None),
            Delete(known[3]),
            Delete(known[4]),
            Insert(free(5)),
            Insert({**free(6), "summary": "Anya Kowalska"}),
        ]
    )
    assert [each.how for each in outcomes[:6]] == [How.DONE, How.DONE, How.LEFT, How.GONE, How.DONE, How.DONE]  # type: ignore[union-attr]
    assert isinstance(outcomes[6], RefusedError)
    assert sorted((each["location"], each["summary"][:4]) for each in diary.seen().values()) == [
        ("Room 2", "Free"),
        ("Room 2", "Free"),
        ("Room 2", "Meet"),
        ("Room 2", "Meet"),
    ]


def test_a_whole_batch_whose_answer_was_lost_is_sent_again_and_finds_its_events(diary: Diary) -> None:
    diary.ws.fail(503, when="after", path="/batch", times=1)
    outcomes = diary.calendar.together([Insert(free(number)) for number in range(3)])
    assert [getattr(each, "how", each) for each in outcomes] == [How.WAS_SO] * 3
    assert len(diary.seen()) == 3


def test_parts_that_are_put_off_are_asked_for_again(diary: Diary) -> None:
    diary.ws.fail(403, reason="rateLimitExceeded", path="/events", times=2)
    outcomes = diary.calendar.together([Insert(free(number)) for number in range(3)])
    assert [getattr(each, "how", each) for each in outcomes] == [How.DONE] * 3
    assert len(diary.seen()) == 3


def test_a_part_without_an_answer_or_with_half_of_one_is_asked_for_again(
    door: Door, google: responses.RequestsMock
) -> None:
    batch = "https://www.googleapis.com/batch/calendar/v3"
    whole = json.dumps({"id": event_id("S1-0"), "etag": "1"})

    def part(number: int, content: str) -> str:
        return (
            f"--b\r\nContent-Type: application/http\r\nContent-ID: <response-{number}>\r\n\r\n"
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{content}\r\n"
        )

    answers = [part(1, whole[:9]) + "--b--", part(0, whole) + part(1, whole) + "--b--"]
    for text in answers:
        google.post(batch, body=text, content_type="multipart/mixed; boundary=b")
    outcomes = Calendar(door, "c@group.calendar.google.com").together([Insert(free(0)), Insert(free(1))])
    assert [getattr(each, "how", each) for each in outcomes] == [How.DONE] * 2
    first = google.calls[0].request
    assert first.headers["Content-Type"].startswith("multipart/mixed; boundary=batch_")
    assert b"POST /calendar/v3/calendars/c%40group.calendar.google.com/events?conferenceDataVersion=1" in first.body


def test_a_brake_of_hours_is_not_waited_for_and_not_called_a_day(door: Door, google: responses.RequestsMock) -> None:
    body = {
        "error": {"code": 403, "message": "Calendar usage limits exceeded.", "errors": [{"reason": "quotaExceeded"}]}
    }
    google.post(EVENTS, status=403, json=body)
    with pytest.raises(GoogleBusyError, match="for some hours") as caught:
        Calendar(door, "c@group.calendar.google.com").insert(free())
    assert (caught.value.wait, len(google.calls)) == (3600.0, 1)


def test_a_body_that_calendar_refuses_is_said_without_its_values(door: Door, google: responses.RequestsMock) -> None:
    body = {"error": {"code": 400, "message": 'Invalid "Anya"', "errors": [{"reason": "invalid"}]}}
    google.post(EVENTS, status=400, json=body)
    with pytest.raises(GoogleRefusedRequestError) as caught:
        Calendar(door, "c@group.calendar.google.com").insert(free())
    assert "Anya" not in str(caught.value)


def test_staff_can_be_invited_and_families_cannot(diary: Diary) -> None:
    made = diary.calendar.insert(booked(staff=(TEACHER,)))
    assert made.event is not None
    assert made.event.answers == ((TEACHER, "needsAction"),)
    with pytest.raises(RefusedError, match="not a named member of staff"):
        diary.calendar.insert(booked(1, staff=("parent@home.example",)))
