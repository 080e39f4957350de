"""What the store forgets by itself, and when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from sync.store import Rates, schema

if TYPE_CHECKING:
    from support.delivery import Office

    from sync.store.schema import Table


def count(office: Office, table: Table) -> int:
    with office.store.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_done_work_and_ended_links_and_counters_are_forgotten_after_a_while(office: Office) -> None:
    office.book()
    office.settle()
    made, links = count(office, schema.outbox), count(office, schema.link)
    Rates(office.store).allow({"address 203.0.113.9": 5}, timedelta(minutes=10), office.now)
    assert (made > 0, links > 0, count(office, schema.rate)) == (True, True, 1)
    # Of the links one ends a day after the meeting, in 8 days, and one in 60. The reminder goes with this round.
    office.wait(days=29)
    office.deliver()
    assert (count(office, schema.outbox), count(office, schema.link), count(office, schema.rate)) == (made, links, 0)
    office.wait(days=31)
    office.deliver()
    assert (count(office, schema.outbox), count(office, schema.link)) == (0, links - 1)
    office.wait(days=31)
    office.deliver()
    assert count(office, schema.link) == 0
    assert len(office.bookings.all(office.wid)) == 1


def test_what_was_set_aside_is_kept_for_a_person(office: Office) -> None:
    office.book()
    (first, *_) = office.outbox.take(office.now, 1)
    office.outbox.failed(first, "Refused.", office.now, permanent=True)
    office.settle()
    office.wait(days=60)
    office.deliver()
    assert [each.id for each in office.outbox.set_aside(office.wid)] == [first.id]


def test_a_family_is_not_told_again_of_what_was_forgotten(office: Office) -> None:
    office.book()
    office.settle()
    office.wait(days=29)
    office.settle()
    told = office.said()
    office.wait(days=31)
    office.has()
    office.settle()
    assert (office.said(), count(office, schema.outbox)) == (told, 0)


def test_one_process_looks_once_a_day(office: Office) -> None:
    rates = Rates(office.store)
    with office.rounds() as rounds:
        rounds.deliver()
        rates.allow({"address 203.0.113.9": 5}, timedelta(minutes=10), office.now)
        office.wait(hours=23)
        rounds.deliver()
        assert count(office, schema.rate) == 1
        office.wait(hours=1)
        rounds.deliver()
        assert count(office, schema.rate) == 0
