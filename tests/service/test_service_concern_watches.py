"""Google tells that there is a response: what nudges and watches of the forms come to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from support.forms import push_route

from sync.google import form_responses
from sync.service.concerns import Swept

if TYPE_CHECKING:
    import pytest
    from support.concern_desk import Staffroom

NOWHERE = "http://127.0.0.1:9/hooks/pubsub"
"""An address at which nobody listens."""


def test_a_nudge_has_its_form_read_once_however_many_told_and_once_more_a_little_later(room: Staffroom) -> None:
    room.sweep()
    for number in range(20):
        room.nudge(room.send(seen=str(number)))
    before = room.office.requests()
    assert room.work() == Swept(new=20)
    assert [room.work() for _ in range(3)] == [Swept()] * 3
    assert room.office.requests() - before == 1
    for _ in range(5):
        room.office.wait(seconds=20)
        room.work()
    assert room.office.requests() - before == 2


def test_a_response_that_forms_lists_a_little_after_it_told_of_it_is_read_with_its_nudge(
    room: Staffroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.sweep()
    shown: list[bool] = []
    pages = form_responses.pages
    monkeypatch.setattr(form_responses, "pages", lambda *args: pages(*args) if shown else iter([[]]))
    room.nudge(room.send())
    assert room.work() == Swept()
    shown.append(True)
    room.office.wait(seconds=20)
    assert room.work() == Swept(new=1)


def on(room: Staffroom) -> list[tuple[str, str]]:
    door = room.office.open()
    return [(each.topic, each.state) for each in form_responses.watches(door, room.form().form_id)]


def test_a_watch_is_made_renewed_daily_and_made_again_when_it_was_lost(room: Staffroom) -> None:
    room.topic, _ = push_route(room.office.ws, NOWHERE)
    room.sweep()
    assert on(room) == [(room.topic, "ACTIVE")]
    first = room.form().watch_id
    room.office.wait(days=1)
    room.sweep()
    assert (room.form().watch_id, room.form().watch_expires) == (first, room.office.now + timedelta(days=7))
    room.office.wait(days=8)
    room.sweep()
    assert room.form().watch_id != first
    assert on(room) == [(room.topic, "ACTIVE")]


def test_a_watch_follows_the_settings_at_the_next_sweep(room: Staffroom) -> None:
    room.sweep()
    first, _ = push_route(room.office.ws, NOWHERE)
    room.topic = first
    room.sweep()
    assert on(room) == [(first, "ACTIVE")]
    room.topic, _ = push_route(room.office.ws, NOWHERE, name="others")
    room.sweep()
    assert (on(room), room.form().watch_topic) == ([(room.topic, "ACTIVE")], room.topic)
    room.topic = ""
    room.sweep()
    assert (on(room), room.form().watch_id) == ([], None)


def test_a_watch_whose_making_was_not_answered_is_found_and_kept(room: Staffroom) -> None:
    room.topic, _ = push_route(room.office.ws, NOWHERE)
    room.office.ws.fail(503, path="/watches", when="after", times=1, method="POST")
    assert room.sweep().trouble == ""
    assert room.office.noticed() == ["form:concern:watch"]
    room.office.wait(days=1)
    room.sweep()
    assert on(room) == [(room.topic, "ACTIVE")]
    assert room.office.noticed() == []


def test_a_topic_that_does_not_take_messages_of_forms_is_said_and_responses_are_read(room: Staffroom) -> None:
    room.topic = "projects/school/topics/none"
    room.send()
    assert room.sweep() == Swept(new=1)
    assert room.office.noticed() == ["form:concern:watch", "form:robin:watch"]
    assert room.office.notice("form:concern:watch").startswith(
        "Google Forms: Google cannot tell Sensync of responses at once, so they are found a little later. "
    )
