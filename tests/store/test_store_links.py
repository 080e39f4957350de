from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update
from support.leaving import leaves, returns
from support.surgery import NOW, School

from sync.store import Link, NoLink, NoLinkReason, Rates, Store, TooOften, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

MONTH = timedelta(days=30)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def school(store: Store) -> School:
    return School(store)


def issue(school: School, adult: str = "ann") -> str:
    return school.links.issue(school.workbook, adult, "ref-1", NOW + MONTH, NOW)


def reason(found: Link | NoLink) -> NoLinkReason | None:
    return found.reason if isinstance(found, NoLink) else None


def stored(store: Store) -> Sequence[str]:
    with store.engine.connect() as connection:
        return connection.scalars(select(schema.link.c.token_hash)).all()


def test_a_link_opens_for_its_adult_and_child(school: School) -> None:
    found = school.links.find(issue(school), NOW)
    assert isinstance(found, Link)
    assert (found.workbook_id, found.adult, found.ref, found.expires_at) == (
        school.workbook,
        "ann",
        "ref-1",
        NOW + MONTH,
    )


def test_a_token_has_256_random_bits_and_is_nowhere_in_the_database(school: School) -> None:
    tokens = {issue(school, f"adult {n}") for n in range(20)}
    assert {len(token) for token in tokens} == {43}
    assert len(tokens) == 20
    assert not tokens & set(stored(school.store))


def test_unknown_expired_and_revoked_links_are_equal_but_for_the_log(school: School) -> None:
    revoked, live = issue(school, "bob"), issue(school)
    leaves(school.store, school.workbook, "bob", "ref-1", NOW)
    answers = [
        school.links.find("guess", NOW),
        school.links.find("\ud800 and worse \x00" * 999, NOW),
        school.links.find(revoked, NOW),
        school.links.find(live, NOW + MONTH),
    ]
    assert [reason(each) for each in answers] == [
        NoLinkReason.UNKNOWN,
        NoLinkReason.UNKNOWN,
        NoLinkReason.REVOKED,
        NoLinkReason.EXPIRED,
    ]
    assert all(each == answers[0] for each in answers)


def test_issuing_again_keeps_the_link_before(school: School) -> None:
    tokens = [issue(school), issue(school)]
    assert [reason(school.links.find(each, NOW)) for each in tokens] == [None, None]


def test_of_many_links_issued_at_once_every_one_opens(school: School, url: str) -> None:
    start = threading.Barrier(6)

    def give(_number: int) -> str:
        with Store(url) as store:
            other = School(store)
            start.wait()
            return issue(other)

    with ThreadPoolExecutor(6) as threads:
        tokens = list(threads.map(give, range(6)))
    assert [reason(school.links.find(each, NOW)) for each in tokens] == [None] * 6


def test_an_ended_link_never_opens_again(school: School) -> None:
    anns, bobs = issue(school), issue(school, "bob")
    leaves(school.store, school.workbook, "ann", "ref-1", NOW)
    assert [school.links.end(school.workbook, who, "ref-1") for who in ("ann", "ann", "eve")] == [1, 0, 0]
    returns(school.store, school.workbook, "ann", "ref-1", NOW)
    assert [reason(school.links.find(each, NOW)) for each in (anns, bobs)] == [NoLinkReason.UNKNOWN, None]


def test_who_leaves_closes_this_adults_links_alone(school: School) -> None:
    anns, bobs = issue(school), issue(school, "bob")
    leaves(school.store, school.workbook, "ann", "ref-1", NOW)
    assert [reason(school.links.find(each, NOW)) for each in (anns, bobs)] == [NoLinkReason.REVOKED, None]


def test_a_purge_forgets_links_that_no_longer_open(school: School) -> None:
    issue(school, "bob")
    leaves(school.store, school.workbook, "bob", "ref-1", NOW)
    live = issue(school)
    assert school.links.purge(NOW + timedelta(seconds=1)) == 1
    assert isinstance(school.links.find(live, NOW), Link)
    assert school.links.purge(NOW + MONTH + timedelta(seconds=1)) == 1
    assert stored(school.store) == []


def test_so_many_requests_are_allowed_in_a_window_and_then_again_in_the_next(store: Store) -> None:
    rates = Rates(store)
    answers = [rates.allow({"link 1": 3}, MINUTE, NOW + timedelta(seconds=n)) for n in range(5)]
    assert answers == [True, True, True, False, False]
    assert not rates.allow({"link 1": 3}, MINUTE, NOW + MINUTE - timedelta(microseconds=1))
    assert [rates.allow({"link 1": 3}, MINUTE, NOW + MINUTE) for _ in range(4)] == [True, True, True, False]


def test_one_key_does_not_use_up_anothers_limit(store: Store) -> None:
    rates = Rates(store)
    assert [rates.allow({key: 1}, MINUTE, NOW) for key in ("a", "b", "a")] == [True, True, False]
    assert not rates.allow({"none may": 0}, MINUTE, NOW)


def test_several_keys_are_counted_at_once_and_one_that_is_full_refuses(store: Store) -> None:
    rates = Rates(store)
    limits = {"link 1": 2, "address 1": 3}
    assert [rates.allow(limits, MINUTE, NOW) for _ in range(3)] == [True, True, False]
    assert rates.enter(1, "guess", limits, NOW) == TooOften()
    assert rates.allow({"address 1": 4}, MINUTE, NOW)
    assert not rates.allow({"address 1": 4}, MINUTE, NOW)


def test_rate_keys_are_stored_hashed_and_purged_when_their_window_is_over(store: Store) -> None:
    rates = Rates(store)
    rates.allow({"address 203.0.113.9": 3}, MINUTE, NOW)
    with store.engine.connect() as connection:
        (key,) = connection.scalars(select(schema.rate.c.key_hash)).all()
    assert key == hashlib.sha256(b"address 203.0.113.9").hexdigest()
    assert (rates.purge(NOW), rates.purge(NOW + MINUTE), rates.purge(NOW + MINUTE)) == (0, 1, 0)


def test_a_purge_waits_for_nobody_who_asks_right_now(store: Store) -> None:
    rates, asks = Rates(store), hashlib.sha256(b"link 1").hexdigest()
    rates.allow({"link 1": 3, "link 2": 3}, MINUTE, NOW)
    if store.engine.dialect.name == "postgresql":
        # SQLite has one writer at a time.
        with store.engine.connect().execution_options(isolation_level="READ COMMITTED") as other, other.begin():
            other.execute(update(schema.rate).where(schema.rate.c.key_hash == asks).values(count=2))
            assert rates.purge(NOW + MINUTE) == 1
    else:
        assert rates.purge(NOW + MINUTE) == 2
    with store.engine.connect() as connection:
        left = connection.scalars(select(schema.rate.c.key_hash)).all()
    assert left == ([asks] if store.engine.dialect.name == "postgresql" else [])


def test_threads_of_many_stores_share_one_limit(url: str, store: Store) -> None:
    allowed: list[bool] = []

    def ask() -> None:
        with Store(url) as own:
            allowed.extend(Rates(own).allow({"shared": 10}, MINUTE, NOW) for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (allowed.count(True), allowed.count(False)) == (10, 15)
