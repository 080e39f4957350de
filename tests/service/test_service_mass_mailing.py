"""A mass of invitations: it goes in slices, and keeps nobody else waiting."""

from __future__ import annotations

import time
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from google.oauth2.credentials import Credentials
from support.delivery import ADULTS, SENCO, Office
from support.families import set_adults

from sync.domain.families import Adult
from sync.google.door import Door, Limits
from sync.service.deliver import MOST_INVITED
from sync.service.worker import Worker
from sync.store import Invitations, Owed

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = 70
QUOTAS = count(20)
"""Quotas are counted by credential and size in the whole process, so each test has a size of its own."""

BOOKED = ("lomax@home.example", "Your meeting is booked")
INVITED = "Please choose a time to meet us"


def mailing(office: Office, letters: int = MANY) -> None:
    """So many families are owed a letter, and the calendar stands."""
    many = [Adult(f"m{n}", "B7F3K", "Ms Many", f"many{n}@home.example") for n in range(letters)]
    set_adults(office.store, office.wid, [*ADULTS, *many])
    office.deliver()
    owed = [Owed(each.key, each.ref, "surgery", "tue") for each in many]
    assert Invitations(office.store).put(office.wid, owed, office.now) == letters


class Mailbox:
    """Opens doors whose mailbox takes so many letters a minute, and keeps the waits that were made."""

    def __init__(self, office: Office, per_minute: int) -> None:
        self.office = office
        self.limits = Limits(
            reads_per_minute=None,
            writes_per_minute=None,
            calendar_per_minute=None,
            mails_per_minute=per_minute,
            deadline=30.0,
        )
        self.clock = time.monotonic()
        self.waits: list[float] = []

    def __call__(self, *_: Any, **__: Any) -> Door:
        return Door(
            Credentials(self.office.ws.token_for(SENCO)),
            base_url=self.office.ws.base_url,
            limits=self.limits,
            clock=lambda: self.clock,
            sleep=self.waits.append,
        )


@pytest.fixture
def slow(office: Office) -> tuple[Mailbox, int]:
    """A mailbox with a small quota, in letters a minute."""
    per_minute = next(QUOTAS)
    return Mailbox(office, per_minute), per_minute


def invited(office: Office) -> int:
    return [subject for _, subject in office.said()].count(INVITED)


def test_a_turn_sends_a_slice_and_says_how_many_letters_wait(office: Office) -> None:
    mailing(office)
    with office.rounds() as rounds:
        first, second = rounds.deliver(), rounds.deliver()
    assert (first.done, first.letters_left) == (MOST_INVITED, MANY - MOST_INVITED)
    assert (second.done, second.letters_left) == (MANY - MOST_INVITED, 0)


def test_a_turn_never_waits_for_the_quota_and_leaves_a_part_of_it_free(
    office: Office, slow: tuple[Mailbox, int]
) -> None:
    mailbox, per_minute = slow
    kept = per_minute // 4
    mailing(office)
    with office.rounds(open_door=mailbox) as rounds:
        assert rounds.deliver().done == per_minute - kept
        assert rounds.deliver().done == 0
        mailbox.clock += 61
        assert rounds.deliver().done == per_minute - kept
    assert mailbox.waits == []


def test_a_booking_during_a_mass_mailing_is_told_at_once(office: Office, slow: tuple[Mailbox, int]) -> None:
    mailbox, _ = slow
    mailing(office)
    with office.rounds(open_door=mailbox) as rounds:
        rounds.deliver()
        before = invited(office)
        office.book()
        done = rounds.deliver()
    assert (office.said()[-1], invited(office)) == (BOOKED, before)
    assert office.event()["summary"] == "Meeting \N{EN DASH} ref B7F3K"
    assert (done.done, mailbox.waits) == (2, [])


def test_what_is_booked_between_two_invitations_goes_before_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.service.mailer import Mailer  # noqa: PLC0415 - changed here alone

    mailing(office)
    send, sent = Mailer.send, count(1)

    def and_somebody_books(self: Mailer, *letter: Any) -> None:
        send(self, *letter)
        if next(sent) == 3:
            office.book()

    monkeypatch.setattr(Mailer, "send", and_somebody_books)
    office.deliver()
    assert [subject for _, subject in office.said()][:5] == [INVITED] * 3 + [BOOKED[1]] + [INVITED]


def test_letters_that_were_promised_do_not_wait_for_the_quota_either(office: Office, slow: tuple[Mailbox, int]) -> None:
    mailbox, per_minute = slow
    office.has(per_minute + 2, places=1)
    many = [Adult(f"m{n}", "B7F3K", "Ms Many", f"many{n}@home.example") for n in range(per_minute + 2)]
    set_adults(office.store, office.wid, many)
    office.deliver()
    for number, adult in enumerate(many):
        ADULTS.append(adult)
        try:
            office.book(f"tue-{number}", adult.key)
        finally:
            ADULTS.remove(adult)
    with office.rounds(open_door=mailbox) as rounds:
        done = rounds.deliver()
        assert (len(office.said()), done.letters_left, mailbox.waits) == (per_minute, 2, [])
        mailbox.clock += 61
        rounds.deliver()
    assert len(office.said()) == per_minute + 2


def until(true: Callable[[], bool], seconds: float = 20.0) -> float:
    """Waits for it, and tells how long that took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds
        time.sleep(0.02)
    return time.monotonic() - began


def test_the_worker_tells_a_booking_and_follows_calendar_while_a_mass_mailing_goes(
    office: Office, slow: tuple[Mailbox, int]
) -> None:
    mailbox, _ = slow
    mailing(office)
    worker = Worker(office.settings, pause=0.05, follow_every=0.1, now=lambda: office.now, open_door=mailbox)
    worker.start()
    try:
        until(lambda: invited(office) > 3)
        office.book()
        waited = until(lambda: BOOKED in office.said())
        office.delete_by_hand("tue-2")
        followed = until(lambda: office.kept("tue-2").state == "deleted")
    finally:
        worker.stop()
    assert max(waited, followed) < 3
    assert invited(office) < MANY
