"""The same on SQLite and PostgreSQL: what the stories rest on, and several who deliver at once."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

import pytest
from store.conftest import migrated, postgres, url  # noqa: F401 - fixtures
from support.delivery import FIRST, NOW, STEP, Office, settings_of

from sync.domain.channels import Channel
from sync.store import Channels, Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_workspace import LocalWorkspace


@pytest.fixture
def anywhere(workspace: LocalWorkspace, url: str, tmp_path: Path) -> Iterator[Office]:  # noqa: F811
    """An office on each kind of database."""
    workspace.reset()
    with Store(url, now=lambda: NOW) as store:
        store.migrate()
        office = Office(workspace, store, settings_of(workspace.base_url, tmp_path, url))
        office.enrol()
        office.has()
        yield office


def test_a_booking_a_move_by_hand_and_a_deletion_are_told_on_either(anywhere: Office) -> None:
    anywhere.book()
    anywhere.settle()
    starts, ends = (FIRST + 3 * STEP).isoformat(), (FIRST + 4 * STEP).isoformat()
    anywhere.by_hand(start={"dateTime": starts}, end={"dateTime": ends}, summary="Coffee")
    anywhere.settle()
    assert anywhere.kept().slot.starts == FIRST + 3 * STEP
    anywhere.delete_by_hand()
    anywhere.settle()
    assert [subject for _, subject in anywhere.said()] == [
        "Your meeting is booked",
        "Please look: your meeting has changed",
        "Your meeting is cancelled",
    ]
    assert anywhere.noticed() == ["calendar:tue-0:title"]
    assert anywhere.bookings.active(anywhere.wid) == []


def test_a_place_that_is_offered_and_a_push_are_kept_on_either(anywhere: Office) -> None:
    anywhere.has(1)
    booking = anywhere.book()
    anywhere.line.join(anywhere.link("a2"), "tue", anywhere.now)
    anywhere.cancel(booking)
    Channels(anywhere.store).save(anywhere.wid, Channel("c", "r", "h", FIRST))
    assert Channels(anywhere.store).told(anywhere.wid, "c", 1, anywhere.now) is True
    assert Channels(anywhere.store).told(anywhere.wid, "c", 1, anywhere.now) is False
    anywhere.settle()
    assert sorted(anywhere.said()) == [
        ("lomax@home.example", "Your meeting is cancelled"),
        ("ostrowski@home.example", "A time is free for you"),
    ]


def test_three_who_deliver_at_once_tell_each_family_once(anywhere: Office) -> None:
    anywhere.has(12)
    for number in range(12):
        anywhere.invite("surgery", "a1" if number % 2 else "a2", "B7F3K" if number % 2 else "C2D4M", str(number))
    anywhere.book("tue-3")
    anywhere.book("tue-4", "a2")
    anywhere.book("tue-5", "a3")

    def work() -> None:
        for _ in range(4):
            anywhere.deliver()

    workers = [Thread(target=work) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    anywhere.clock[0] += 5 * STEP
    anywhere.settle()
    assert sorted(anywhere.said()) == [
        ("lomax@home.example", "Your meeting is booked"),
        ("ostrowski@home.example", "Your meeting is booked"),
    ]
    assert len(anywhere.events()) == 12
    assert anywhere.outbox.set_aside() == []


def test_schools_that_share_a_store_deliver_each_their_own(anywhere: Office, tmp_path: Path) -> None:
    other = settings_of(
        anywhere.ws.base_url,
        tmp_path,
        anywhere.settings.store.url,
        school={"name": "Other School", "la": "999", "estab": "4002"},
        post={"by": "none"},
        calendar={"enabled": False},
    )
    theirs = Office(anywhere.ws, anywhere.store, other, anywhere.clock, spreadsheet="sheet-2")
    theirs.has()
    assert theirs.deliver() == (3, 0, 0)
    assert anywhere.outbox.backlog(anywhere.wid).waiting == 3
    anywhere.book()
    assert theirs.deliver() == (0, 0, 0)
    assert anywhere.deliver() == (5, 0, 0)
