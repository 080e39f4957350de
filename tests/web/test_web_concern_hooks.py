"""The hooks for concerns: who is believed is stored and answered, everybody else is refused and leaves nothing."""

from __future__ import annotations

import base64
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.credentials import AnonymousCredentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.concerns import FORM_ID
from support.hooks import AUDIENCE, PUSHER, RESPONSE, SECRET, Gate, hook_settings

from local_workspace import LocalWorkspace
from sync.domain.concerns import FormKey
from sync.domain.errors import ConfigError
from sync.google.door import Door, Limits
from sync.google.errors import GoogleBusyError
from sync.google.id_tokens import Certificates
from sync.google.push_tokens import PushTokens, Signed
from sync.service.concern_hooks import read_secret, sign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ONE = ["concern"]
MINUTES = timedelta(minutes=1)
MANY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture(scope="module")
def ws() -> Iterator[LocalWorkspace]:
    with LocalWorkspace(accounts=[("senco@school.example", "Sally Senco")]) as running:
        yield running


@pytest.fixture
def gate(ws: LocalWorkspace, tmp_path: Path) -> Iterator[Gate]:
    made = Gate(ws, hook_settings(tmp_path, ws.base_url))
    yield made
    made.store.close()


def refused(gate: Gate, status: int, expected: int) -> None:
    assert (status, gate.stored()) == (expected, [])


# The form's script


def test_what_the_script_signed_is_stored_and_answered_without_a_body(gate: Gate) -> None:
    assert gate.script() == 204
    assert gate.script("1FAIpQLSc-robin", "ACYDBN-2") == 204
    assert gate.stored() == ["concern", "robin"]


@pytest.mark.parametrize("late", [-4.9 * MINUTES, 4.9 * MINUTES])
def test_a_clock_that_is_minutes_wrong_does_no_harm(gate: Gate, late: timedelta) -> None:
    assert gate.script(late=late) == 204


@pytest.mark.parametrize("late", [-5.1 * MINUTES, 5.1 * MINUTES, timedelta(days=2)])
def test_a_signature_of_another_hour_is_refused(gate: Gate, late: timedelta) -> None:
    refused(gate, gate.script(late=late), 403)


@pytest.mark.parametrize("at", ["", "now", "1e9", "-1", "9" * 13, "1795428000.0"])
def test_a_time_that_is_none_is_refused_even_where_it_was_signed(gate: Gate, at: str) -> None:
    refused(gate, gate.script(at=at), 403)


def test_a_signature_is_good_once(gate: Gate) -> None:
    assert [gate.script(), gate.script(), gate.script(late=MINUTES)] == [204, 409, 204]
    assert gate.stored() == ONE * 2


def test_a_forged_or_missing_signature_is_refused(gate: Gate) -> None:
    refused(gate, gate.script(secret="x" * 32), 401)
    refused(gate, gate.script(headers={"X-Sensync-Signature": ""}), 401)
    refused(gate, gate.script(headers={"X-Sensync-Timestamp": "1795428001"}), 401)
    good = sign(SECRET.encode(), "1", b"{}")
    refused(gate, gate.script(headers={"X-Sensync-Signature": good}), 401)
    refused(gate, gate.script(headers={"X-Sensync-Signature": "ä" * 64}), 401)
    refused(gate, gate.post("/hooks/forms", b"{}", {}).status_code, 401)


def test_a_signature_has_one_spelling(gate: Gate) -> None:
    body = json.dumps({"form": FORM_ID, "response": RESPONSE}).encode()
    time = str(int(gate.clock[0].timestamp()))
    loud = sign(SECRET.encode(), time, body).upper()
    assert gate.script_sends(body, headers={"X-Sensync-Signature": loud}) == 401


def test_a_form_of_another_school_is_refused(gate: Gate) -> None:
    refused(gate, gate.script("1FAIpQLSc-other"), 404)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"[]",
        b'"form"',
        b"{",
        b"\xff\xfe",
        b"[" * 4000,
        b'{"form": "1FAIpQLSc-concerns"}',
        b'{"form": "1FAIpQLSc-concerns", "response": ""}',
        b'{"form": "1FAIpQLSc-concerns", "response": 7}',
        b'{"form": ["1FAIpQLSc-concerns"], "response": "a"}',
        b'{"form": "1FAIpQLSc-concerns", "response": "a b"}',
        b'{"form": "1FAIpQLSc-concerns", "response": "a\\u0000"}',
        b'{"form": "1FAIpQLSc-concerns", "response": "' + b"a" * 201 + b'"}',
        b'{"form": "1FAIpQLSc-concerns", "response": "a", "name": "Amara Lomax"}',
    ],
)
def test_a_body_that_the_script_does_not_send_is_refused_even_where_it_was_signed(gate: Gate, body: bytes) -> None:
    refused(gate, gate.script_sends(body), 400)


@pytest.mark.parametrize("path", ["/hooks/forms", "/hooks/pubsub"])
def test_what_is_too_large_of_another_type_or_another_method_is_refused(gate: Gate, path: str) -> None:
    send = gate.script_sends if path == "/hooks/forms" else lambda body, **more: gate.push_sends(body, "x", **more)
    refused(gate, send(b"{" + b" " * 4096), 413)
    refused(gate, send(b"{}", content_type="text/plain"), 415)
    refused(gate, send(b"{}", content_type="application/x-www-form-urlencoded"), 415)
    for method in ("get", "put", "delete"):
        found = getattr(gate.client, method)(path, base_url="https://book.school.example")
        refused(gate, found.status_code, 405)
    assert gate.post(path, b"{}", {}, base_url="https://elsewhere.example").status_code == 400


@MANY
@given(st.binary(max_size=5000), st.text(max_size=80), st.sampled_from(["application/json", "text/html", ""]))
def test_whatever_is_posted_is_answered_by_a_refusal(gate: Gate, body: bytes, word: str, kind: str) -> None:
    header = word.encode("utf-8", "ignore").decode("latin-1").translate(dict.fromkeys(range(32), " "))
    headers = {"X-Sensync-Timestamp": header, "X-Sensync-Signature": header, "Authorization": f"Bearer {header}"}
    for path in ("/hooks/forms", "/hooks/pubsub"):
        assert gate.post(path, body, headers, content_type=kind).status_code in {401, 413, 415}
    assert gate.stored() == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@MANY
@given(st.dictionaries(st.sampled_from(["form", "response", "message", "subscription", "x"]), _JSON), st.data())
def test_any_signed_json_is_stored_only_where_it_is_what_is_sent(
    gate: Gate, told: dict[str, Any], data: st.DataObject
) -> None:
    body = json.dumps(told).encode()[:4096]
    assert gate.script_sends(body) in {400, 404}
    message = data.draw(st.dictionaries(st.sampled_from(["attributes", "messageId", "data"]), _JSON))
    subscription = data.draw(st.sampled_from(["projects/school/subscriptions/forms", "projects/x/subscriptions/y"]))
    pushed = json.dumps({"message": message, "subscription": subscription}).encode()[:4096]
    assert gate.push_sends(pushed, gate.token()) in {400, 403, 404}
    assert gate.stored() == []


def test_nothing_of_a_refused_body_is_logged(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        gate.script_sends(b'{"form": "Amara Lomax", "response": "a"}')
        gate.script_sends(b'{"form": "Amara Lomax"', secret="x" * 32)
    assert "Amara" not in caplog.text
    assert "a knock at /hooks/forms was refused: unreadable" in caplog.text


# Pub/Sub


def test_what_our_subscription_pushes_is_stored_once_however_often_it_is_delivered(gate: Gate) -> None:
    assert [gate.push("7"), gate.push("7"), gate.push("8")] == [204, 204, 204]
    assert gate.stored() == ["concern", "concern"]


def test_a_change_of_the_forms_questions_is_taken_and_not_stored(gate: Gate) -> None:
    refused(gate, gate.push(event="SCHEMA"), 204)


NOT_NOW = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"aud": "https://book.school.example/hooks/forms"}, 401),
        ({"aud": [AUDIENCE, "x"]}, 401),
        ({"aud": None}, 401),
        ({"iss": "https://accounts.evil.example"}, 401),
        ({"iss": None}, 401),
        ({"exp": NOT_NOW}, 401),
        ({"iat": 4_000_000_000}, 401),
        ({"iat": "today"}, 401),
        ({"exp": None}, 401),
        ({"email": "somebody@other.iam.gserviceaccount.com"}, 403),
        ({"email": None}, 403),
        ({"email": ["x"]}, 403),
        ({"email_verified": False}, 403),
        ({"email_verified": "true"}, 403),
        ({"email_verified": None}, 403),
    ],
)
def test_a_token_with_another_claim_is_refused(gate: Gate, claims: dict[str, Any], status: int) -> None:
    refused(gate, gate.push(**claims), status)


def test_the_capitals_of_our_address_do_not_matter(gate: Gate) -> None:
    assert gate.push(email=PUSHER.upper()) == 204


def test_another_subscription_is_refused(gate: Gate) -> None:
    refused(gate, gate.push(subscription="projects/school/subscriptions/other"), 403)


def test_a_form_that_we_do_not_know_is_refused_and_not_stored(gate: Gate) -> None:
    refused(gate, gate.push(form="1FAIpQLSc-other"), 404)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"[" * 4000,
        b'{"message": {}, "subscription": "projects/school/subscriptions/forms"}',
        b'{"message": [], "subscription": "projects/school/subscriptions/forms"}',
        b'{"message": {"attributes": {"formId": "1FAIpQLSc-concerns", "eventType": "RESPONSES"}}}',
    ],
)
def test_a_message_that_is_none_of_forms_is_refused(gate: Gate, body: bytes) -> None:
    refused(gate, gate.push_sends(body, gate.token()), 400)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_token_that_is_none_is_refused(gate: Gate) -> None:
    good = gate.token()
    head, claims, signature = good.split(".")
    with gate.ws.lock:
        key_id = gate.ws.pubsub.signer.key_id
        other = gate.ws.pubsub.signer.signed(
            json.loads(base64.urlsafe_b64decode(claims + "==")), rsa.generate_private_key(65537, 2048)
        )
    deep = base64.urlsafe_b64encode(b"[" * 2500).decode()
    for token in (
        "",
        "x",
        "..",
        f"{head}.{claims}.",
        f"{head}.{claims}.{signature[:-8]}AAAAAAA=",
        other,
        f"{_part({'alg': 'none', 'kid': key_id})}.{claims}.",
        f"{_part({'alg': 'HS256', 'kid': key_id})}.{claims}.{signature}",
        f"{_part({'alg': 'RS256', 'kid': 'unknown'})}.{claims}.{signature}",
        f"{_part({'alg': 'RS256', 'kid': ['x']})}.{claims}.{signature}",
        f"{_part([])}.{claims}.{signature}",
        f"{deep}.{claims}.{signature}",
        f"{head}.{deep}.{signature}",
        good + "A" * 4096,
    ):
        refused(gate, gate.push_sends(b"{}", token), 401)
    refused(gate, gate.post("/hooks/pubsub", b"{}", {"Authorization": f"Basic {good}"}).status_code, 401)
    refused(gate, gate.post("/hooks/pubsub", b"{}", {}).status_code, 401)


def test_certificates_are_fetched_once_for_many_messages(gate: Gate) -> None:
    before = sum("certs" in each.path for each in gate.ws.requests)
    for number in range(20):
        assert gate.push(str(number)) == 204
    assert sum("certs" in each.path for each in gate.ws.requests) - before == 1


def test_without_certificates_pubsub_is_asked_to_come_again(ws: LocalWorkspace, tmp_path: Path) -> None:
    gate = Gate(ws, hook_settings(tmp_path, "http://127.0.0.1:9"))
    refused(gate, gate.push(), 503)
    refused(gate, gate.push(), 503)
    gate.store.close()


class Clocked:
    """Certificates over a door that counts, with a clock that is moved by hand."""

    def __init__(self, ws: LocalWorkspace) -> None:
        self.time, self.asked, self.down = 1000.0, 0, False
        limits = Limits(deadline=2.0, first_wait=0.01)
        door = Door(AnonymousCredentials(), base_url=ws.base_url, limits=limits, sleep=lambda _s: None)
        door.hooks.before.append(self.count)
        self.certificates = Certificates(door, clock=lambda: self.time)
        self.tokens = PushTokens(ws.base_url, AUDIENCE, PUSHER, certificates=self.certificates)

    def count(self, _method: str, _url: str) -> None:
        self.asked += 1
        if self.down:
            raise requests.ConnectionError


def test_certificates_are_kept_for_a_while_and_asked_for_anew_for_a_key_that_is_not_known(gate: Gate) -> None:
    google, good = Clocked(gate.ws), gate.token()
    _, claims, signature = good.split(".")
    strange = f"{_part({'alg': 'RS256', 'kid': 'unknown'})}.{claims}.{signature}"
    assert [google.tokens.verify(each) for each in (good, good, strange)] == [Signed.OURS, Signed.OURS, Signed.NOT]
    assert google.asked == 1
    google.time += 61
    assert [google.tokens.verify(strange) for _ in range(5)] == [Signed.NOT] * 5
    assert google.asked == 2
    google.time += 100_000
    assert google.tokens.verify(good) is Signed.OURS
    assert google.asked == 3


def test_certificates_that_cannot_be_had_are_asked_for_again_a_little_later(gate: Gate) -> None:
    google, good = Clocked(gate.ws), gate.token()
    google.down = True
    for _ in range(3):
        with pytest.raises(GoogleBusyError):
            google.tokens.verify(good)
    asked, google.down = google.asked, False
    google.time += 11
    assert (google.tokens.verify(good), google.asked) == (Signed.OURS, asked + 1)


def test_while_google_is_away_certificates_that_are_still_good_serve(gate: Gate) -> None:
    google, good = Clocked(gate.ws), gate.token()
    assert google.tokens.verify(good) is Signed.OURS
    google.time, google.down = google.time + 61, True
    _, claims, signature = good.split(".")
    strange = f"{_part({'alg': 'RS256', 'kid': 'unknown'})}.{claims}.{signature}"
    assert (google.tokens.verify(strange), google.tokens.verify(good)) == (Signed.NOT, Signed.OURS)


# What the school switched on


def test_hooks_that_are_not_configured_are_not_there(ws: LocalWorkspace, tmp_path: Path) -> None:
    for concerns, expected in (
        ({"enabled": False}, (404, 404)),
        ({"hook_secret_file": None}, (404, 401)),
        ({"pubsub_audience": ""}, (401, 404)),
    ):
        gate = Gate(ws, hook_settings(tmp_path, ws.base_url, **concerns))
        found = tuple(gate.post(f"/hooks/{path}", b"{}", {}).status_code for path in ("forms", "pubsub"))
        assert found == expected
        gate.store.close()


def test_a_secret_that_can_be_guessed_or_not_read_is_refused(ws: LocalWorkspace, tmp_path: Path) -> None:
    concerns = hook_settings(tmp_path, ws.base_url).concerns
    assert read_secret(concerns, {}) == SECRET.encode()
    assert read_secret(concerns, {"SENSYNC_HOOK_SECRET": "y" * 40}) == b"y" * 40
    (tmp_path / "hook.secret").write_text("short")
    with pytest.raises(ConfigError, match="fewer than 32 characters"):
        read_secret(concerns, {})
    (tmp_path / "hook.secret").unlink()
    with pytest.raises(ConfigError, match="hook_secret_file\\) cannot be read"):
        read_secret(concerns, {})


def test_every_form_is_known_by_its_own_key(gate: Gate) -> None:
    assert list(gate.staff.forms.all(gate.staff.wid)) == [FormKey.CONCERN, FormKey.ROBIN]
