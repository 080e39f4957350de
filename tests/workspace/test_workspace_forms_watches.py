"""Watches: made, listed, renewed, expired, suspended; and what they publish, at most once in a while."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.form_sheet import HARMED, Sheet, concern_form, create, question
from support.forms import PROJECT, edit_response, push_route, send_form
from workspace_kit import NOON, TEACHER, Caller

from local_workspace import LocalWorkspace

if TYPE_CHECKING:
    from pathlib import Path

    from local_workspace.pubsub.push import Message

NOWHERE = "http://127.0.0.1:9/hooks/pubsub"
"""An address at which nobody listens: the messages stay."""


@pytest.fixture
def form(call: Caller) -> Sheet:
    return concern_form(call)


@pytest.fixture
def topic(ws: LocalWorkspace) -> str:
    return push_route(ws, NOWHERE)[0]


def watch(form: Sheet, topic: str, watch_id: str = "concern-watch", event: str = "RESPONSES") -> dict[str, Any]:
    target = {"topic": {"topicName": topic}}
    body = {"watch": {"target": target, "eventType": event}, "watchId": watch_id}
    return form.call("POST", f"{form.path}/watches", body)  # type: ignore[no-any-return]


def messages(ws: LocalWorkspace) -> list[Message]:
    with ws.lock:
        return list(ws.pubsub.messages.values())


def test_a_watch_lives_seven_days_and_renewing_gives_it_seven_more(
    form: Sheet, topic: str, ws: LocalWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = watch(form, topic)
    assert made == {
        "id": "concern-watch",
        "target": {"topic": {"topicName": topic}},
        "eventType": "RESPONSES",
        "createTime": "2026-11-23T12:00:00Z",
        "expireTime": "2026-11-30T12:00:00Z",
        "state": "ACTIVE",
    }
    assert form.call("GET", f"{form.path}/watches") == {"watches": [made]}
    monkeypatch.setattr(ws, "clock", lambda: NOON + dt.timedelta(days=6))
    renewed = form.call("POST", f"{form.path}/watches/concern-watch:renew", {})
    assert renewed == {**made, "expireTime": "2026-12-06T12:00:00Z"}
    monkeypatch.setattr(ws, "clock", lambda: NOON + dt.timedelta(days=13))
    assert form.call.refused("POST", f"{form.path}/watches/concern-watch:renew", {})["status"] == "NOT_FOUND"
    assert form.call("GET", f"{form.path}/watches") == {}
    assert watch(form, topic)["expireTime"] == "2026-12-13T12:00:00Z"
    assert form.call("DELETE", f"{form.path}/watches/concern-watch") == {}
    assert form.call.refused("DELETE", f"{form.path}/watches/concern-watch")["code"] == 404


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"watchId": "abc"}, 400, "4 to 63 characters"),
        ({"watchId": "Concern-1"}, 400, "4 to 63 characters"),
        ({"watchId": "concern-watch"}, 409, "already exists"),
        ({"watchId": "another"}, 400, "one is the limit"),
        ({"watch": {"eventType": "RESPONSES"}}, 400, "Invalid topic name"),
        ({"watch": {"target": {"topic": {"topicName": "x"}}}}, 400, "event_type is required"),
    ],
)
def test_a_watch_that_cannot_be_is_refused(
    form: Sheet, topic: str, change: dict[str, Any], code: int, told: str
) -> None:
    watch(form, topic)
    good = {"watch": {"target": {"topic": {"topicName": topic}}, "eventType": "RESPONSES"}, "watchId": "other-watch"}
    error = form.call.refused("POST", f"{form.path}/watches", {**good, **change})
    assert (error["code"], told in error["message"]) == (code, True)


def test_a_topic_must_be_there_and_let_forms_publish(form: Sheet, topic: str, call: Caller) -> None:
    other = f"{PROJECT}/topics/other"
    assert "does not exist" in call.refused("POST", f"{form.path}/watches", body_of(other))["message"]
    call("PUT", f"/v1/{other}", {})
    assert (
        "gives serviceAccount:forms-notifications"
        in call.refused("POST", f"{form.path}/watches", body_of(other))["message"]
    )
    policy = call("GET", f"/v1/{topic}:getIamPolicy")
    call("POST", f"/v1/{other}:setIamPolicy", {"policy": {"bindings": policy["bindings"]}})
    assert call("POST", f"{form.path}/watches", body_of(other))["state"] == "ACTIVE"


def body_of(topic: str) -> dict[str, Any]:
    return {"watch": {"target": {"topic": {"topicName": topic}}, "eventType": "RESPONSES"}}


def test_an_answer_and_an_edit_are_told_without_a_word_of_their_content(
    form: Sheet, topic: str, ws: LocalWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ws.forms.watching, "period", 0.0)
    watch(form, topic)
    watch(form, topic, "schema-watch", "SCHEMA")
    sent = send_form(ws, form.id, TEACHER, HARMED)
    edit_response(ws, form.id, sent, HARMED)
    about = {"formId": form.id, "watchId": "concern-watch", "eventType": "RESPONSES"}
    assert [(one.attributes, one.data) for one in messages(ws)] == [(about, ""), (about, "")]
    form.batch(create(question("x", textQuestion={}), 0))
    form.publish()
    assert messages(ws)[2:][0].attributes == {"formId": form.id, "watchId": "schema-watch", "eventType": "SCHEMA"}
    assert len(messages(ws)) == 3


def test_many_answers_in_a_while_are_one_message_and_the_last_is_told_too(
    form: Sheet, topic: str, ws: LocalWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ws.forms.watching, "period", 0.2)
    watch(form, topic)
    for _ in range(5):
        send_form(ws, form.id, TEACHER, HARMED)
    assert len(messages(ws)) == 1
    deadline = time.monotonic() + 5
    while len(messages(ws)) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    assert len(messages(ws)) == 2


def test_a_suspended_watch_tells_nothing_until_it_is_renewed(
    form: Sheet, topic: str, ws: LocalWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ws.forms.watching, "period", 0.0)
    watch(form, topic)
    form.call("POST", f"/v1/{topic}:setIamPolicy", {"policy": {}})
    send_form(ws, form.id, TEACHER, HARMED)
    (held,) = form.call("GET", f"{form.path}/watches")["watches"]
    assert (held["state"], held["errorType"]) == ("SUSPENDED", "PROJECT_NOT_AUTHORIZED")
    assert "no right to publish" in form.call.refused("POST", f"{form.path}/watches/{held['id']}:renew", {})["message"]
    push_route(ws, NOWHERE)
    assert form.call("POST", f"{form.path}/watches/{held['id']}:renew", {})["state"] == "ACTIVE"
    assert messages(ws) == []
    send_form(ws, form.id, TEACHER, HARMED)
    assert len(messages(ws)) == 1


def test_a_watch_is_its_makers_own_and_ends_with_their_access(
    form: Sheet, topic: str, ws: LocalWorkspace, teacher: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ws.forms.watching, "period", 0.0)
    body = {"type": "user", "role": "writer", "emailAddress": TEACHER}
    permission = form.call("POST", f"/drive/v3/files/{form.id}/permissions", body)
    teacher("POST", f"{form.path}/watches", body_of(topic))
    assert form.call("GET", f"{form.path}/watches") == {}
    form.call("DELETE", f"/drive/v3/files/{form.id}/permissions/{permission['id']}")
    send_form(ws, form.id, TEACHER, HARMED)
    assert messages(ws) == []
    with ws.lock:
        assert [one.error for one in ws.forms.watching.of(form.id)] == ["NO_USER_ACCESS"]


def test_what_was_not_told_when_the_workspace_stopped_is_told_after_it(tmp_path: Path) -> None:
    state = tmp_path / "ws.db"
    with LocalWorkspace(state, accounts=["senco@school.example", TEACHER]) as first:
        topic, _ = push_route(first, NOWHERE)
        form = concern_form(Caller(first.base_url, first.token_for("senco@school.example")))
        watch(form, topic)
        send_form(first, form.id, TEACHER, HARMED)
        send_form(first, form.id, TEACHER, HARMED)
        assert len(messages(first)) == 1
    with LocalWorkspace(state) as second:
        assert len(messages(second)) == 2
        assert [one.pending for one in second.forms.watching.of(form.id)] == [False]
