from __future__ import annotations

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from calendar_story import NOON, Diary, free

from sync.domain.errors import UsageError
from sync.google.pushes import AHEAD, LIFE, Channel, due, renew, start, stop, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.google.door import Door


class Ear:
    """An address that hears what Calendar tells."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        self.came = threading.Condition()
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                with ear.came:
                    ear.heard.append(dict(self.headers.items()))
                    ear.came.notify_all()
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/push"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def wait(self, count: int) -> list[dict[str, str]]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.heard) >= count, 5)
            return list(self.heard)


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_change_is_told_and_the_message_is_known_for_calendars(diary: Diary, ear: Ear) -> None:
    channel = start(diary.door, diary.id, ear.address, now=NOON)
    assert channel.expires == NOON + LIFE
    first = verify(ear.wait(1)[0], [channel], NOON)
    assert first is not None
    assert (first.channel, first.state) == (channel.id, "sync")
    diary.calendar.insert(free())
    second = verify(ear.wait(2)[1], [channel], NOON)
    assert second is not None
    assert second.state == "exists"
    assert second.number > first.number


def test_a_closed_channel_is_silent_and_closing_it_again_is_fine(diary: Diary, ear: Ear) -> None:
    channel = start(diary.door, diary.id, ear.address, now=NOON)
    ear.wait(1)
    stop(diary.door, channel)
    stop(diary.door, channel)
    diary.calendar.insert(free())
    other = start(diary.door, diary.id, ear.address, now=NOON)
    assert [each["X-Goog-Channel-ID"] for each in ear.wait(2)] == [channel.id, other.id]


def test_a_renewed_channel_takes_over(diary: Diary, ear: Ear) -> None:
    old = start(diary.door, diary.id, ear.address, now=NOON)
    assert not due(old, NOON)
    assert due(old, old.expires - AHEAD)
    new = renew(diary.door, diary.id, ear.address, old, now=NOON)
    assert (new.id != old.id, new.token_hash != old.token_hash) == (True, True)
    ear.wait(2)
    diary.calendar.insert(free())
    told = verify(ear.wait(3)[2], [old, new], NOON)
    assert told is not None
    assert told.channel == new.id


def test_a_message_that_is_not_calendars_is_not_taken(diary: Diary, ear: Ear) -> None:
    channel = start(diary.door, diary.id, ear.address, now=NOON)
    real = ear.wait(1)[0]
    assert verify(real, [channel], NOON) is not None
    for name, value in (
        ("X-Goog-Channel-Token", "guessed"),
        ("X-Goog-Channel-Token", ""),
        ("X-Goog-Channel-Token", channel.token_hash),
        ("X-Goog-Channel-Token", "\xff\udcff"),
        ("X-Goog-Channel-ID", "other"),
        ("X-Goog-Resource-ID", "other"),
        ("X-Goog-Resource-State", "anything"),
    ):
        assert verify({**real, name: value}, [channel], NOON) is None, (name, value)
    assert verify({}, [channel], NOON) is None
    assert verify(real, [], NOON) is None
    assert verify(real, [channel], NOON + LIFE + timedelta(seconds=1)) is None


def test_the_token_is_kept_only_as_its_hash(diary: Diary, ear: Ear) -> None:
    channel = start(diary.door, diary.id, ear.address, now=NOON)
    token = ear.wait(1)[0]["X-Goog-Channel-Token"]
    assert len(token) >= 43
    assert token not in repr(channel) + channel.token_hash
    assert channel.token_hash not in repr(channel)


def test_an_address_without_https_is_refused_before_google_is_asked(door: Door) -> None:
    with pytest.raises(UsageError, match="https://"):
        start(door, "c", "http://school.example/push", now=NOON)
    assert door.counter.requests == 0
    assert not due(Channel("i", "r", "h", NOON + LIFE), NOON)
