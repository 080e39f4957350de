"""Pub/Sub: topics, push subscriptions, messages until they are taken, and tokens that Google's library verifies."""

from __future__ import annotations

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import requests
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request as AuthRequest
from google.oauth2 import id_token
from support.form_sheet import HARMED, Sheet, concern_form
from support.forms import PROJECT, PUSHER, push_route, send_form
from workspace_kit import SENCO, TEACHER, Caller

from local_workspace import LocalWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOPIC, SUBSCRIPTION = f"{PROJECT}/topics/concerns", f"{PROJECT}/subscriptions/concerns"


class Receiver:
    """A place that messages are pushed to; it answers what it is told to, then 204."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, str], dict[str, Any], float]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.got.append((dict(self.headers), body, time.monotonic()))
                self.send_response(outer.answers.pop(0) if outer.answers else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/hooks/pubsub?token=t"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count: int) -> None:
        deadline = time.monotonic() + 8
        while len(self.got) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.got) >= count, f"{len(self.got)} of {count} messages came"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def form(call: Caller) -> Sheet:
    return concern_form(call)


def settled(ws: LocalWorkspace) -> bool:
    """Whether every message was taken, in a moment."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with ws.lock:
            if not ws.pubsub.messages:
                return True
        time.sleep(0.01)
    return False


def bearer(receiver: Receiver, index: int = 0) -> str:
    return receiver.got[index][0]["Authorization"].removeprefix("Bearer ")


def test_an_answer_reaches_the_address_wrapped_as_google_wraps_it(
    form: Sheet, ws: LocalWorkspace, receiver: Receiver
) -> None:
    push_route(ws, receiver.address)
    target = {"topic": {"topicName": TOPIC}}
    body = {"watch": {"target": target, "eventType": "RESPONSES"}, "watchId": "concern-watch"}
    form.call("POST", f"{form.path}/watches", body)
    send_form(ws, form.id, TEACHER, HARMED)
    receiver.wait(1)
    headers, told, _ = receiver.got[0]
    number = told["message"]["messageId"]
    assert told == {
        "message": {
            "attributes": {"formId": form.id, "eventType": "RESPONSES", "watchId": "concern-watch"},
            "messageId": number,
            "message_id": number,
            "publishTime": "2026-11-23T12:00:00Z",
            "publish_time": "2026-11-23T12:00:00Z",
        },
        "subscription": SUBSCRIPTION,
    }
    assert (number.isdecimal(), headers["Content-Type"]) == (True, "application/json")
    assert settled(ws)


def test_googles_own_library_verifies_the_token(ws: LocalWorkspace, call: Caller, receiver: Receiver) -> None:
    push_route(ws, receiver.address, audience="https://sensync.school.example")
    call("POST", f"/v1/{TOPIC}:publish", {"messages": [{"attributes": {"a": "b"}}]})
    receiver.wait(1)
    certs = f"{ws.base_url}/oauth2/v1/certs"
    request = AuthRequest()
    claims = id_token.verify_token(bearer(receiver), request, "https://sensync.school.example", certs)
    assert {name: claims[name] for name in ("iss", "aud", "email", "email_verified")} == {
        "iss": "https://accounts.google.com",
        "aud": "https://sensync.school.example",
        "email": PUSHER,
        "email_verified": True,
    }
    assert (claims["azp"], claims["exp"] - claims["iat"]) == (claims["sub"], 3600)
    with pytest.raises(GoogleAuthError):
        id_token.verify_token(bearer(receiver), request, "https://another.example", certs)
    head, _, tail = bearer(receiver).partition(".")
    forged = base64.urlsafe_b64encode(json.dumps({**claims, "email": "x@x"}).encode()).rstrip(b"=").decode()
    with pytest.raises(GoogleAuthError):
        id_token.verify_token(f"{head}.{forged}.{tail.partition('.')[2]}", request, None, certs)


def test_the_keys_are_served_as_certificates_and_as_web_keys(ws: LocalWorkspace, receiver: Receiver) -> None:
    certs = requests.get(f"{ws.base_url}/oauth2/v1/certs", timeout=5)
    assert "max-age" in certs.headers["Cache-Control"]
    (name, pem), *others = certs.json().items()
    assert (pem.splitlines()[0], others) == ("-----BEGIN CERTIFICATE-----", [])
    (key,) = requests.get(f"{ws.base_url}/oauth2/v3/certs", timeout=5).json()["keys"]
    assert {word: key[word] for word in ("kid", "kty", "alg", "use", "e")} == {
        "kid": name,
        "kty": "RSA",
        "alg": "RS256",
        "use": "sig",
        "e": "AQAB",
    }
    with ws.lock:
        token = ws.pubsub.signer.token(PUSHER, "me")
    assert jwt.decode_header(token) == {"alg": "RS256", "kid": name, "typ": "JWT"}  # type: ignore[no-untyped-call]


def test_without_an_audience_the_token_is_for_the_address(ws: LocalWorkspace, call: Caller, receiver: Receiver) -> None:
    push_route(ws, receiver.address)
    call("POST", f"/v1/{TOPIC}:publish", {"messages": [{"data": "eA==", "orderingKey": "k"}]})
    receiver.wait(1)
    assert jwt.decode(bearer(receiver), verify=False)["aud"] == receiver.address  # type: ignore[no-untyped-call]
    message = receiver.got[0][1]["message"]
    assert (message["data"], message["orderingKey"], "attributes" in message) == ("eA==", "k", False)


def test_what_is_not_taken_comes_again_later_each_time(ws: LocalWorkspace, call: Caller, receiver: Receiver) -> None:
    receiver.answers = [500, 302, 401, 200]
    push_route(ws, receiver.address)
    (number,) = call("POST", f"/v1/{TOPIC}:publish", {"messages": [{"attributes": {"a": "b"}}]})["messageIds"]
    receiver.wait(4)
    assert settled(ws)
    assert [body["message"]["messageId"] for _, body, _ in receiver.got] == [number] * 4
    moments = [moment for _, _, moment in receiver.got]
    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert waits[0] >= 0.1
    assert waits[1] >= 0.2
    assert waits[2] >= 0.4


def test_a_message_that_was_not_taken_outlasts_the_workspace(tmp_path: Path, receiver: Receiver) -> None:
    state = tmp_path / "ws.db"
    with LocalWorkspace(state, accounts=[SENCO]) as first:
        push_route(first, "http://127.0.0.1:9/nobody")
        call = Caller(first.base_url, first.token_for(SENCO))
        call("POST", f"/v1/{TOPIC}:publish", {"messages": [{"attributes": {"a": "b"}}]})
        with first.lock:
            key = first.pubsub.signer.web_key()
            first.pubsub.keep_subscription(
                SUBSCRIPTION,
                {**first.pubsub.subscriptions[SUBSCRIPTION], "pushConfig": {"pushEndpoint": receiver.address}},
            )
    with LocalWorkspace(state) as second:
        receiver.wait(1)
        assert settled(second)
        with second.lock:
            assert second.pubsub.signer.web_key() == key
    assert "Authorization" not in receiver.got[0][0]


def test_topics_and_subscriptions_are_made_read_listed_and_deleted(call: Caller) -> None:
    topic = call("PUT", f"/v1/{TOPIC}", {"labels": {"of": "sensync"}})
    assert topic == {"name": TOPIC, "labels": {"of": "sensync"}}
    push = {"pushEndpoint": "http://127.0.0.1:9/x", "oidcToken": {"serviceAccountEmail": PUSHER}}
    made = call(
        "PUT", f"/v1/{SUBSCRIPTION}", {"topic": TOPIC, "pushConfig": push, "retryPolicy": {"minimumBackoff": "1s"}}
    )
    assert made == {
        "name": SUBSCRIPTION,
        "topic": TOPIC,
        "pushConfig": push,
        "ackDeadlineSeconds": 10,
        "retryPolicy": {"minimumBackoff": "1s"},
        "state": "ACTIVE",
    }
    assert call("GET", f"/v1/{TOPIC}") == topic
    assert call("GET", f"/v1/{SUBSCRIPTION}") == made
    assert call("GET", f"/v1/{PROJECT}/topics") == {"topics": [topic]}
    assert call("GET", f"/v1/{PROJECT}/subscriptions") == {"subscriptions": [made]}
    assert call("GET", "/v1/projects/other/topics") == {}
    assert call.refused("PUT", f"/v1/{TOPIC}", {})["status"] == "ALREADY_EXISTS"
    assert call("DELETE", f"/v1/{TOPIC}") == {}
    assert call("GET", f"/v1/{SUBSCRIPTION}")["topic"] == "_deleted-topic_"
    assert call("DELETE", f"/v1/{SUBSCRIPTION}") == {}
    for path in (f"/v1/{TOPIC}", f"/v1/{SUBSCRIPTION}"):
        assert call.refused("GET", path) == {
            "code": 404,
            "message": "Resource not found (resource=concerns).",
            "status": "NOT_FOUND",
        }


def test_pushing_stops_and_goes_on_with_the_address(ws: LocalWorkspace, call: Caller, receiver: Receiver) -> None:
    push_route(ws, receiver.address)
    path = f"/v1/{SUBSCRIPTION}:modifyPushConfig"
    call("POST", path, {"pushConfig": {}})
    call("POST", f"/v1/{TOPIC}:publish", {"messages": [{"attributes": {"a": "b"}}]})
    time.sleep(0.1)
    assert receiver.got == []
    call("POST", path, {"pushConfig": {"pushEndpoint": receiver.address}})
    receiver.wait(1)


GOOD = {"pushEndpoint": "http://127.0.0.1:9/x"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"pushConfig": {}}, "push subscriptions only"),
        ({"pushConfig": {"pushEndpoint": "https://school.example/hook"}}, "loopback addresses only"),
        ({"pushConfig": {"pushEndpoint": "ftp://127.0.0.1/x"}}, "Invalid push endpoint"),
        ({"pushConfig": {**GOOD, "oidcToken": {}}}, "service_account_email is required"),
        ({"pushConfig": {**GOOD, "noWrapper": {}}}, "wrapped messages only"),
        ({"ackDeadlineSeconds": 5}, "Invalid ack deadline"),
        ({"retryPolicy": {"minimumBackoff": "soon"}}, "Invalid retry_policy"),
        ({"pushconfig": GOOD}, 'Unknown name "pushconfig"'),
    ],
)
def test_a_subscription_that_cannot_be_is_refused(call: Caller, change: dict[str, Any], told: str) -> None:
    call("PUT", f"/v1/{TOPIC}", {})
    error = call.refused("PUT", f"/v1/{SUBSCRIPTION}", {"topic": TOPIC, "pushConfig": GOOD, **change})
    assert (error["code"], told in error["message"]) == (400, True)


def test_messages_and_names_that_cannot_be_are_refused(call: Caller) -> None:
    call("PUT", f"/v1/{TOPIC}", {})
    for messages in ([], [{"orderingKey": "x"}], [{"data": "%%"}]):
        assert call.refused("POST", f"/v1/{TOPIC}:publish", {"messages": messages})["code"] == 400
    for name in ("ab", "googleish", "1abc"):
        assert call.refused("PUT", f"/v1/{PROJECT}/topics/{name}", {})["code"] == 400
    assert (
        call.refused("PUT", f"/v1/{SUBSCRIPTION}", {"topic": "projects/x/topics/y", "pushConfig": GOOD})["code"] == 404
    )
