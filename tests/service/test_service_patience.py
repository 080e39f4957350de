"""Waiting is no failure: a row that could not be tried is never set aside for it, and what is set aside is said."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from sync.domain.meetings import Where
from sync.service.agenda import read_agenda
from sync.store import Kinds

if TYPE_CHECKING:
    from support.delivery import Office

CONFIRMED = ("lomax@home.example", "Your meeting is booked")
MANY = 104
"""More than the failures after which a row is set aside."""


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def test_the_lease_of_a_killed_process_and_then_a_hiccup_of_google_set_nothing_aside(office: Office) -> None:
    office.settle()
    office.book()
    lease = office.store.lease(f"calendar:{office.wid}", "a process that was killed", 240)
    lease.__enter__()
    for _ in range(MANY):
        office.wait(seconds=2.1)
        office.deliver()
    office.wait(seconds=30)
    fault = office.ws.fail(503, path="calendar/v3", times=None)
    assert office.deliver()[2] == 0
    office.ws.weather.faults.remove(fault)
    office.wait(hours=2)
    office.settle()
    assert office.outbox.set_aside() == []
    assert office.event()["summary"] == "Meeting \N{EN DASH} ref B7F3K"


def test_a_letter_that_waited_for_its_video_call_survives_a_busy_mailbox(office: Office) -> None:
    office.settle()
    fault = office.ws.fail(503, path="calendar/v3", times=None)
    office.book(where=Where.VIDEO)
    for _ in range(MANY + 10):
        office.deliver()
        office.wait(seconds=16)
    office.ws.weather.faults.remove(fault)
    office.wait(minutes=15)
    fault = office.ws.fail(429, path="gmail/v1", times=None)
    office.deliver()
    office.wait(minutes=1)
    office.deliver()
    office.ws.weather.faults.remove(fault)
    office.wait(hours=3)
    office.settle()
    assert (office.said(), office.outbox.set_aside()) == ([CONFIRMED], [])


def weekend_without_a_mailbox(office: Office) -> None:
    """For 26 hours the mailbox needs a person, while a letter waits; then it is mended."""
    office.settle()
    office.book()
    fault = office.ws.fail(403, path="gmail/v1", reason="insufficientPermissions", times=None)
    for _ in range(MANY):
        office.deliver()
        office.wait(minutes=15, seconds=1)
    office.ws.weather.faults.remove(fault)


def test_a_mailbox_that_waited_for_a_person_over_a_weekend_loses_no_letter_to_the_next_hiccup(office: Office) -> None:
    weekend_without_a_mailbox(office)
    fault = office.ws.fail(503, path="gmail/v1", times=None)
    office.deliver()
    office.ws.weather.faults.remove(fault)
    office.wait(hours=1)
    office.settle()
    assert (office.said(), office.outbox.set_aside(), office.noticed()) == ([CONFIRMED], [], [])


def test_a_worker_that_dies_after_such_a_weekend_loses_no_letter(office: Office) -> None:
    weekend_without_a_mailbox(office)
    lease = timedelta(minutes=6)
    kinds = Kinds(("booking.booked",))
    assert len(office.outbox.take(office.now, 10, lease=lease, workbook_id=office.wid, kinds=kinds)) == 1
    office.wait(minutes=10)
    office.settle()
    assert (office.said(), office.outbox.set_aside()) == ([CONFIRMED], [])


def test_what_kills_its_worker_again_and_again_is_set_aside_and_said(office: Office) -> None:
    office.settle()
    booking = office.book()
    kinds = Kinds(("booking.booked",))
    for _ in range(MANY):
        office.outbox.take(office.now, 10, lease=timedelta(minutes=6), workbook_id=office.wid, kinds=kinds)
        office.wait(minutes=10)
    office.settle()
    (aside,) = office.outbox.set_aside()
    assert (aside.kind, aside.payload["booking"]) == ("booking.booked", booking.key)
    assert office.notice(f"aside:{aside.id}") == (
        "Letter: Family of B7F3K: This could not be done. Its worker ended without an answer."
    )
    with office.rounds() as rounds:
        assert rounds.revive() == 1
    office.settle()
    assert (office.said(), office.noticed()) == ([CONFIRMED], [])


def test_another_schools_rows_are_not_set_aside_by_who_delivers_here(office: Office) -> None:
    other = office.store.save_workbook("9994002", "sheet-2").id
    office.settle()
    office.book()
    office.deliver()
    for _ in range(MANY):
        office.outbox.take(office.now, 10, workbook_id=office.wid)
        office.wait(minutes=10)
    before = len(office.outbox.set_aside())
    office.outbox.take(office.now, 10, workbook_id=other)
    assert len(office.outbox.set_aside()) == before


def test_the_next_sync_says_what_is_set_aside_for_as_long_as_it_is(office: Office) -> None:
    office.settle()
    office.book()
    office.ws.fail(400, path="gmail/v1", times=None)
    office.deliver()
    office.wait(days=30)
    (aside,) = office.outbox.set_aside()
    desk = _Desk(office)
    said = [each.key for each in read_agenda(desk, office.workbook, _Free()).notices]  # type: ignore[arg-type]
    assert said == [f"aside:{aside.id}"]


class _Desk:
    def __init__(self, office: Office) -> None:
        self.store = office.store
        self.now = lambda: office.now


class _Free:
    spans = ()
    unasked = ()
