from __future__ import annotations

import threading
from contextlib import nullcontext
from datetime import timedelta

import pytest
from sqlalchemy import event, text
from support.surgery import NOW, ROOM, School, free_slots

from sync.domain.errors import TryAgainError
from sync.store import Booked, Rates, Store, Taken
from sync.store.engine import in_turn

_CUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def statements(store: Store) -> list[str]:
    """What is asked of the store from now on."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    return asked


def test_in_a_look_the_same_thing_is_asked_once(school: School) -> None:
    expected = school.surgeries.all(school.workbook)
    asked = statements(school.store)
    with school.store.looking():
        assert [school.surgeries.all(school.workbook) for _ in range(3)] == [expected] * 3
    assert len(asked) == 1
    with school.store.looking():
        for _ in range(3):
            assert school.store.tab(school.workbook, "roll") == {}
            assert school.store.document(school.workbook, "short") is None
    assert len(asked) == 3


def test_what_this_thread_writes_is_seen_by_its_next_look(school: School) -> None:
    with school.store.looking():
        assert len(school.surgeries.slots(school.workbook)) == 4
        school.has(2)
        states = [(each.slot.key, each.state.value) for each in school.surgeries.slots(school.workbook)]
    assert states == [("tue-0", "open"), ("tue-1", "open"), ("tue-2", "closed"), ("tue-3", "closed")]


def test_a_claim_that_comes_too_late_shows_the_slot_as_taken_afterwards(url: str, school: School) -> None:
    ann, bob = school.family("ann"), school.family("bob")
    with school.store.looking():
        before = [each.slot.key for each in free_slots(school.surgeries, school.workbook, NOW)]
        with Store(url) as other:
            answer = School(other).bookings.claim(ann, "tue-0", ROOM, NOW, "form")
        assert isinstance(answer, Booked)
        assert school.bookings.claim(bob, "tue-0", ROOM, NOW, "form") == Taken()
        after = [each.slot.key for each in free_slots(school.surgeries, school.workbook, NOW)]
    assert (before, after) == (["tue-0", "tue-1", "tue-2", "tue-3"], ["tue-1", "tue-2", "tue-3"])


def test_counting_a_request_leaves_the_look_as_it_was(school: School) -> None:
    with school.store.looking():
        school.surgeries.all(school.workbook)
        Rates(school.store).allow({"link 1": 3}, timedelta(minutes=1), NOW)
        asked = statements(school.store)
        school.surgeries.all(school.workbook)
    assert asked == []


def test_threads_that_claim_take_turns(school: School) -> None:
    order: list[str] = []

    def second() -> None:
        with in_turn(school.store.engine):
            order.append("second")

    with in_turn(school.store.engine), in_turn(school.store.engine):
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.05)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_a_connection_that_the_server_cut_is_replaced(
    url: str, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = school.surgeries.all(school.workbook)
    monkeypatch.setattr("sync.store.engine._IDLE", 0.0)
    if school.store.engine.dialect.name == "postgresql":
        with Store(url) as other, other.engine.connect() as connection:
            connection.execute(_CUT)
    assert school.surgeries.all(school.workbook) == expected


def test_who_writes_a_transaction_in_a_look_has_one_connection_for_it(school: School) -> None:
    held: list[int] = []
    pool = school.store.engine.pool
    event.listen(school.store.engine, "commit", lambda _connection: held.append(pool.checkedout()))
    with school.store.looking():
        school.surgeries.all(school.workbook)
        school.has(2)
        assert (set(held), pool.checkedout()) == ({1}, 0)
        assert len(school.surgeries.slots(school.workbook)) == 4


def test_a_look_whose_connection_the_server_cut_says_so_once_and_goes_on(url: str, school: School) -> None:
    # Nobody can cut SQLite off.
    is_cut = school.store.engine.dialect.name == "postgresql"
    rates, minute = Rates(school.store), timedelta(minutes=1)
    expected = school.surgeries.all(school.workbook)
    with Store(url) as other, school.store.looking():
        for ask in (lambda: rates.allow({"link 1": 9}, minute, NOW), lambda: school.surgeries.slots(school.workbook)):
            school.surgeries.all(school.workbook)
            if is_cut:
                with other.engine.connect() as connection:
                    connection.execute(_CUT)
            with pytest.raises(TryAgainError) if is_cut else nullcontext():
                ask()
            assert rates.allow({"link 1": 9}, minute, NOW)
            assert school.surgeries.all(school.workbook) == expected
