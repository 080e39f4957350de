from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from calendar_story import NOON, SENCO, door_of
from google.oauth2.credentials import Credentials

from sync.domain.errors import RefusedError
from sync.google import mail
from sync.google.door import Door, Limits
from sync.google.errors import GoogleBusyError, GoogleNeedsPersonError, OutcomeUnknownError
from sync.post.letters import Letter, Sender, as_bytes, compose, message_id

if TYPE_CHECKING:
    import responses

    from local_workspace import LocalWorkspace


SEND = "https://gmail.googleapis.com/gmail/v1/users/me/messages/send"
PARENT = "mum@home.example"


def letter(key: str = "outbox-1") -> bytes:
    made = Letter(key, PARENT, "Your meeting at school", ("Dear Mrs Kowalska,", "see you on Tuesday."))
    return as_bytes(compose(made, Sender(SENCO, "Hillcrest High"), now=NOON))


def outbox(ws: LocalWorkspace) -> list[dict[str, Any]]:
    with door_of(ws, SENCO) as door:
        base = f"{door.endpoints.gmail}/users/me/messages"
        found = door.call("GET", base).get("messages", [])
        return [door.call("GET", f"{base}/{each['id']}") for each in found]


def headers(message: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in message["payload"]["headers"]}


def test_a_letter_goes_out_with_the_narrow_scope(ws: LocalWorkspace) -> None:
    with door_of(ws, SENCO, "gmail.send") as door:
        sent = mail.send(door, letter())
    (found,) = outbox(ws)
    assert found["id"] == sent.id
    assert {name: headers(found)[name] for name in ("To", "Subject", "Auto-Submitted")} == {
        "To": PARENT,
        "Subject": "Your meeting at school",
        "Auto-Submitted": "auto-generated",
    }
    assert headers(found)["Message-ID"] == message_id("outbox-1", "school.example")


def test_a_lost_answer_is_told_and_nothing_is_sent_twice(ws: LocalWorkspace) -> None:
    ws.fail(503, when="after", method="POST", times=1)
    with door_of(ws, SENCO, "gmail.send") as door, pytest.raises(OutcomeUnknownError):
        mail.send(door, letter())
    assert len(outbox(ws)) == 1


def test_a_refusal_for_the_rate_is_waited_for(ws: LocalWorkspace) -> None:
    ws.fail(429, method="POST", times=1)
    with door_of(ws, SENCO, "gmail.send") as door:
        mail.send(door, letter())
    assert len(outbox(ws)) == 1


def test_a_rate_that_gmail_sets_for_hours_is_not_waited_for(door: Door, google: responses.RequestsMock) -> None:
    said = "User-rate limit exceeded.  Retry after 2999-01-01T00:00:00.000Z"
    google.post(
        SEND, status=429, json={"error": {"code": 429, "message": said, "errors": [{"reason": "rateLimitExceeded"}]}}
    )
    with pytest.raises(GoogleBusyError) as caught:
        mail.send(door, letter())
    assert len(google.calls) == 1
    assert caught.value.wait is not None
    assert caught.value.wait > 3600


def test_whether_letters_can_be_sent_is_found_out_without_sending(ws: LocalWorkspace) -> None:
    with door_of(ws, SENCO, "gmail.send") as door:
        mail.look(door)
    with door_of(ws, SENCO, "drive.file") as door, pytest.raises(GoogleNeedsPersonError, match="was not granted"):
        mail.look(door)
    assert outbox(ws) == []


def test_a_service_account_without_a_mailbox_says_what_to_do(ws: LocalWorkspace) -> None:
    robot = "robot@school.iam.gserviceaccount.com"
    ws.service_account_key(robot)
    with door_of(ws, robot) as door, pytest.raises(GoogleNeedsPersonError, match="has no mailbox") as caught:
        mail.send(door, letter())
    assert "subject" in caught.value.next_step


def test_a_letter_that_gmail_refuses_is_told_without_its_address(door: Door, google: responses.RequestsMock) -> None:
    body = {"error": {"code": 400, "message": f"Invalid To header {PARENT}", "errors": [{"reason": "invalidArgument"}]}}
    google.post(SEND, status=400, json=body)
    with pytest.raises(RefusedError, match="invalidArgument") as caught:
        mail.send(door, letter())
    assert PARENT not in f"{caught.value}{caught.value.next_step}"


def test_a_letter_that_is_too_large_is_not_sent(door: Door) -> None:
    with pytest.raises(RefusedError, match="25 MB"):
        mail.send(door, b"x" * (25 * 1024 * 1024 + 1))
    assert door.counter.requests == 0


def test_how_many_letters_could_go_at_once_is_told_without_sending_any(ws: LocalWorkspace) -> None:
    def open_door(per_minute: int | None) -> Door:
        limits = Limits(mails_per_minute=per_minute)
        return Door(Credentials(ws.token_for(SENCO)), base_url=ws.base_url, limits=limits)

    with open_door(None) as free:
        assert mail.room(free) is None
    with open_door(9) as door:
        assert (mail.room(door), mail.room(door, keep=0.25), mail.room(door, keep=1)) == (9, 7, 0)
        mail.send(door, letter())
        assert (mail.room(door), mail.room(door, keep=0.25)) == (8, 6)
    assert len(outbox(ws)) == 1
