"""Calendar knocks, and whoever delivers looks; and the thread behind the pages."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.delivery import NOW, TELLING, Office

from sync.domain.channels import Channel
from sync.google import pushes
from sync.google.errors import GoogleRefusedRequestError
from sync.service.booking_desk import open_booking_desk
from sync.service.channels import CalendarHook, open_calendar_hook
from sync.service.worker import Worker
from sync.store import Channels
from sync.web.app import make_app
from webhook_app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

ADDRESS = "https://127.0.0.1:9"
"""Public by its looks; nobody listens there, and the workspace posts to this computer alone."""
PUBLIC = {"address": ADDRESS}
HOOK = "/hooks/calendar"


@pytest.fixture
def public(open_office: Callable[..., Office]) -> Office:
    """An office whose pages have a public address."""
    office = open_office(booking=PUBLIC)
    office.has()
    return office


def knocks(office: Office, number: int, **change: str) -> dict[str, str]:
    """The headers with which Calendar tells of a change on the channel that is open, as the workspace has it."""
    (channel,) = office.ws.calendars.tables.channels.values()
    return {
        "X-Goog-Channel-ID": channel.id,
        "X-Goog-Channel-Token": channel.token,
        "X-Goog-Resource-ID": channel.resource_id,
        "X-Goog-Resource-State": "exists",
        "X-Goog-Message-Number": str(number),
    } | change


def pages(office: Office) -> FlaskClient:
    hook = CalendarHook(office.store, office.wid, lambda: office.now)
    desk = open_booking_desk(office.settings, now=lambda: office.now)
    return make_app(desk, office.settings, hook=hook.take, now=lambda: office.now).test_client()


def post(office: Office, headers: dict[str, str]) -> int:
    return pages(office).post(HOOK, headers=headers, base_url=ADDRESS).status_code


def test_a_message_of_calendars_lets_the_next_who_delivers_look(public: Office) -> None:
    public.settle()
    public.book()
    public.settle()
    public.delete_by_hand()
    public.wait(seconds=1)
    assert post(public, knocks(public, 7)) == 204
    assert post(public, knocks(public, 7)) == 204
    assert public.outbox.backlog(public.wid).waiting == 2
    public.deliver()
    assert public.kept().state == "deleted"
    assert public.bookings.active(public.wid) == []


def test_the_web_application_asks_one_clock_whether_a_channel_is_alive(public: Office) -> None:
    public.settle()
    long_ago = NOW - timedelta(days=3650)
    (channel,) = Channels(public.store).all(public.wid)
    Channels(public.store).save(public.wid, replace(channel, id="old", expires=long_ago + timedelta(days=1)))
    app = create_app(public.settings, now=lambda: long_ago)
    headers = knocks(public, 7, **{"X-Goog-Channel-ID": "old"})
    assert app.test_client().post(HOOK, headers=headers, base_url=ADDRESS).status_code == 204
    later = create_app(public.settings, now=lambda: long_ago + timedelta(days=2))
    assert later.test_client().post(HOOK, headers=headers, base_url=ADDRESS).status_code == 404


def test_the_first_message_of_a_channel_is_no_reason_to_look(public: Office) -> None:
    public.settle()
    assert post(public, knocks(public, 1, **{"X-Goog-Resource-State": "sync"})) == 204
    assert public.outbox.backlog(public.wid).waiting == 0


@pytest.mark.parametrize("name", ["X-Goog-Channel-ID", "X-Goog-Channel-Token", "X-Goog-Resource-ID"])
def test_a_forged_message_is_not_found_and_leaves_nothing(public: Office, name: str) -> None:
    public.settle()
    assert post(public, knocks(public, 3, **{name: "guessed"})) == 404
    assert post(public, {}) == 404
    assert pages(public).get(HOOK, base_url=ADDRESS).status_code == 405
    assert public.outbox.backlog(public.wid).waiting == 0


def test_a_channel_is_opened_once_and_renewed_a_day_before_its_end(public: Office) -> None:
    public.deliver()
    public.follow()
    (first,) = Channels(public.store).all(public.wid)
    public.follow()
    assert Channels(public.store).all(public.wid) == [first]
    public.clock[0] = first.expires - pushes.AHEAD
    public.follow()
    (second,) = Channels(public.store).all(public.wid)
    assert second.id != first.id
    assert [*public.ws.calendars.tables.channels] == [second.id]


def test_without_a_public_address_no_channel_is_opened(office: Office) -> None:
    office.settle()
    assert Channels(office.store).all(office.wid) == []
    assert open_calendar_hook(office.settings) is None


def test_a_channel_that_google_refuses_is_said_and_not_asked_for_every_minute(
    public: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(_door: Any, _calendar: str, address: str, **_: Any) -> None:
        asked.append(address)
        raise GoogleRefusedRequestError("Google Calendar", status=401, reason="unauthorized", google_message="x")

    monkeypatch.setattr(pushes, "start", refuse)
    public.deliver()
    for _ in range(3):
        assert public.follow() == 0
        public.wait(minutes=1)
    assert (asked, public.noticed()) == ([ADDRESS + HOOK], ["push"])
    public.wait(hours=7)
    monkeypatch.undo()
    public.follow()
    assert public.noticed() == []
    assert len(Channels(public.store).all(public.wid)) == 1


def test_a_channel_that_has_ended_opens_nothing(public: Office) -> None:
    public.settle()
    public.wait(days=8)
    assert post(public, knocks(public, 3)) == 404


def test_the_store_keeps_a_channel_without_showing_its_hash(public: Office) -> None:
    kept = Channel("c", "r", "hash-of-token", NOW)
    Channels(public.store).save(public.wid, kept)
    assert Channels(public.store).all(public.wid) == [kept]
    assert "hash-of-token" not in repr(kept)
    Channels(public.store).forget(public.wid, "c")
    assert Channels(public.store).all(public.wid) == []


def test_the_hook_of_a_school_opens_on_its_store(public: Office) -> None:
    hook = open_calendar_hook(public.settings, now=lambda: public.now)
    assert hook is not None
    public.settle()
    assert hook.take(knocks(public, 9)) is True
    assert public.outbox.backlog(public.wid).waiting == 1


# The thread


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def quick(office: Office) -> Worker:
    return Worker(office.settings, pause=0.05, follow_every=0.1, now=lambda: office.now, open_door=office.open)


def test_the_thread_delivers_and_follows_and_ends(office: Office) -> None:
    worker = quick(office)
    worker.start()
    until(lambda: len(office.events()) == 3)
    office.book()
    until(lambda: office.said() == [("lomax@home.example", "Your meeting is booked")])
    office.delete_by_hand()
    until(lambda: len(office.said()) == 2)
    worker.stop()
    assert not worker._thread.is_alive()
    assert office.store.leases() == []


def test_of_two_threads_one_follows_and_the_other_takes_over(office: Office) -> None:
    office.deliver()
    one, other = quick(office), quick(office)
    one.start()
    until(lambda: len(office.store.leases()) > 0)
    other.start()
    one.stop()
    office.book()
    office.delete_by_hand()
    until(lambda: office.kept().state == "deleted")
    other.stop()
    assert office.bookings.active(office.wid) == []


def test_an_error_does_not_end_the_thread_and_names_nobody(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.service.worker._AFTER_TROUBLE", 0.05)
    failed = threading.Event()

    whole = office.store.__class__.lease

    def lease(self: Any, name: str, *more: Any) -> Any:
        if name.startswith("follower") and not failed.is_set():
            failed.set()
            raise RuntimeError(TELLING[0])
        return whole(self, name, *more)

    monkeypatch.setattr(office.store.__class__, "lease", lease)
    worker = quick(office)
    worker.start()
    until(lambda: len(office.events()) == 3)
    worker.stop()
    assert failed.is_set()
    assert "builtins.RuntimeError" in caplog.text
    assert TELLING[0] not in caplog.text


def test_a_push_is_followed_long_before_the_minute_is_over(public: Office) -> None:
    public.settle()
    public.book()
    public.settle()
    worker = Worker(public.settings, pause=0.05, follow_every=3600, now=lambda: public.now, open_door=public.open)
    worker.start()
    until(lambda: len(public.store.leases()) == 1)
    time.sleep(0.2)
    public.delete_by_hand()
    public.wait(seconds=1)
    assert post(public, knocks(public, 12)) == 204
    until(lambda: public.kept().state == "deleted")
    worker.stop()
    assert timedelta(seconds=1) == public.now - NOW
