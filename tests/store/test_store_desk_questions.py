"""What the booking desk asks of the store beside the bookings themselves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import event
from support.leaving import leaves
from support.surgery import ROOM

from sync.store import Booked, Link, Links, Opened, Rates, RowChange, TooOften

if TYPE_CHECKING:
    from support.surgery import School

    from sync.store import Store

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
SOON = NOW + timedelta(days=30)


def is_full(rates: Rates, limits: dict[str, int], now: datetime = NOW) -> bool:
    """Whether nobody with these keys is let in any more."""
    return rates.enter(1, "guess", limits, now) == TooOften()


def test_one_row_is_found_while_it_is_present(store: Store) -> None:
    school = store.save_workbook("9994001", "sheet-1").id
    with store.lease("9994001", "tests", 60) as lease:
        here, gone = RowChange("roll", "A", {"name": "x"}), RowChange("roll", "B", {"name": "y"}, present=False)
        store.commit(school, fence=lease.fence, run=None, rows=[here, gone])
    keys = (("roll", "A"), ("roll", "B"), ("register", "A"))
    assert [store.row(school, tab, key) for tab, key in keys] == [{"name": "x"}, None, None]
    assert store.row(school + 1, "roll", "A") is None


def test_one_document_is_as_the_last_run_left_it(store: Store) -> None:
    school = store.save_workbook("9994001", "sheet-1").id
    with store.lease("9994001", "tests", 60) as lease:
        for refs in (["A"], ["A", "B"]):
            store.commit(school, fence=lease.fence, run=None, documents={"short": refs, "nothing": None})
    found = [store.document(school, name) for name in ("short", "nothing", "unknown")]
    assert found == [["A", "B"], None, None]
    assert store.document(school + 1, "short") is None


def test_an_adults_links_are_the_newest_that_open_for_each_child(store: Store) -> None:
    school = store.save_workbook("9994001", "sheet-1").id
    links = Links(store)
    for adult, ref, until in (("a", "B", SOON), ("a", "A", SOON), ("a", "C", NOW), ("b", "D", SOON)):
        links.issue(school, adult, ref, until, NOW)
    newest = links.find(links.issue(school, "a", "A", SOON, NOW), NOW)
    links.issue(school, "a", "E", SOON, NOW)
    leaves(store, school, "a", "E", NOW)
    found = links.of_adult(school, "a", NOW)
    assert [link.ref for link in found] == ["A", "B"]
    assert found[0] == newest


def test_a_look_at_a_rate_counts_nothing(store: Store) -> None:
    rates, minute = Rates(store), timedelta(minutes=1)
    assert [is_full(rates, {"x": 2}) for _ in range(5)] == [False] * 5
    assert [rates.allow({"x": 2}, minute, NOW) for _ in range(3)] == [True, True, False]
    assert is_full(rates, {"x": 2})
    assert not is_full(rates, {"x": 2}, NOW + minute)
    # One key with its number of requests is enough.
    assert [is_full(rates, limits) for limits in ({"y": 1, "x": 3}, {"y": 1, "x": 4})] == [True, False]


def test_at_the_door_a_link_opens_unless_somebody_has_asked_too_often(school: School) -> None:
    token = school.links.issue(school.workbook, "ann", "ref-1", SOON, NOW)
    rates, limits = Rates(school.store), {"link": 1, "address": 2}
    assert rates.enter(school.workbook, token, limits, NOW) == school.links.open(school.workbook, token, NOW)
    assert [rates.enter(*wrong, limits, NOW) for wrong in ((school.workbook, "x"), (school.workbook + 1, token))] == [
        None,
        None,
    ]
    rates.allow({"link": 1}, timedelta(minutes=1), NOW)
    assert [rates.enter(school.workbook, each, limits, NOW) for each in (token, "x")] == [TooOften(), TooOften()]


def test_a_form_counts_at_the_door_where_its_link_opens(school: School) -> None:
    token = school.links.issue(school.workbook, "ann", "ref-1", SOON, NOW)
    opened = school.links.open(school.workbook, token, NOW)
    rates, limits = Rates(school.store), {"miss": 1, "address": 3, "link": 2}

    def come(with_it: str = token, at: datetime = NOW) -> object:
        counted = ("link", "address")
        return rates.enter(school.workbook, with_it, limits, at, counted=counted, window=timedelta(minutes=1))

    def counted() -> dict[str, bool]:
        """For which key the number it is followed by is reached."""
        return {f"{key} {number}": is_full(rates, {key: number}) for key, number in
                (("link", 1), ("link", 2), ("link", 3), ("address", 2), ("address", 3), ("miss", 1))}  # fmt: skip

    # A wrong link counts for nobody here.
    assert [come("x"), come(), come()] == [None, opened, opened]
    assert counted() == {
        "link 1": True, "link 2": True, "link 3": False, "address 2": True, "address 3": False, "miss 1": False,
    }  # fmt: skip
    # Who is turned away is not counted, nor does one more lengthen the window.
    assert [come(), come("x"), come()] == [TooOften()] * 3
    assert (counted()["link 3"], counted()["address 3"]) == (False, False)
    assert come(at=NOW + timedelta(minutes=1)) == opened


def test_of_those_who_come_at_once_as_many_are_let_in_as_may(school: School) -> None:
    token = school.links.issue(school.workbook, "ann", "ref-1", SOON, NOW)
    limits = {"address": 100, "link": 10}

    def come(number: int) -> bool:
        # In either order: whoever counts two of the same does not wait for the other for ever.
        counted = ("link", "address") if number % 2 else ("address", "link")
        found = Rates(school.store).enter(
            school.workbook, token, limits, NOW, counted=counted, window=timedelta(minutes=1)
        )
        return isinstance(found, Opened)

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(come, range(40))) == [False] * 30 + [True] * 10


def test_a_form_at_the_door_is_one_statement_on_postgresql_and_two_on_sqlite(school: School) -> None:
    token = school.links.issue(school.workbook, "ann", "ref-1", SOON, NOW)
    asked: list[str] = []
    event.listen(school.store.engine, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    rates, limits = Rates(school.store), {"miss": 1, "address": 3, "link": 2}
    rates.enter(school.workbook, token, limits, NOW, counted=("link",), window=timedelta(minutes=1))
    assert len(asked) == {"postgresql": 1, "sqlite": 2}[school.store.engine.dialect.name]
    rates.enter(school.workbook, token, limits, NOW)
    assert len(asked) == {"postgresql": 2, "sqlite": 3}[school.store.engine.dialect.name]


def test_a_link_opens_with_what_is_known_of_its_child(store: Store) -> None:
    school = store.save_workbook("9994001", "sheet-1").id
    links, row = Links(store), {"name": "x", "year": "7"}
    with store.lease("9994001", "tests", 60) as lease:
        rows = [RowChange("roll", "A", row), RowChange("roll", "B", row), RowChange("register", "B", {"ref": "B"})]
        rows.append(RowChange("register", "A", {"ref": "A"}, present=False))
        store.commit(school, fence=lease.fence, run=None, rows=rows)
    found = {ref: links.open(school, links.issue(school, "a", ref, SOON, NOW), NOW) for ref in ("A", "B", "C")}
    assert {ref: (each.link.ref, each.roll, each.on_register) for ref, each in found.items() if each} == {
        "A": ("A", row, False),
        "B": ("B", row, True),
        "C": ("C", None, False),
    }


def test_no_kind_of_wrong_link_opens(store: Store) -> None:
    school, other = (store.save_workbook(name, f"sheet of {name}").id for name in ("9994001", "9994002"))
    links = Links(store)
    over, gone, theirs = (
        links.issue(workbook, "a", ref, until, NOW)
        for workbook, ref, until in ((school, "A", NOW), (school, "B", SOON), (other, "C", SOON))
    )
    leaves(store, school, "a", "B", NOW)
    assert [links.open(school, token, NOW) for token in ("unknown", over, gone, theirs)] == [None] * 4
    assert links.open(other, theirs, NOW) is not None


def test_a_link_says_whether_its_family_has_a_booking_or_waits(school: School) -> None:
    token = school.links.issue(school.workbook, "ann", "ref-1", SOON, NOW)

    def known() -> tuple[bool, bool]:
        opened = school.links.open(school.workbook, token, NOW)
        assert opened is not None
        return opened.booked, opened.waits

    said = [known()]
    ann = school.links.find(token, NOW)
    assert isinstance(ann, Link)
    booked = school.bookings.claim(ann, "tue-0", ROOM, NOW, "form")
    assert isinstance(booked, Booked)
    said.append(known())
    school.bookings.cancel(ann, booked.booking.key, 1, NOW)
    said.append(known())
    for number in range(4):
        school.bookings.claim(school.family(f"other {number}"), f"tue-{number}", ROOM, NOW, "form")
    school.line.join(ann, "tue", NOW)
    assert [*said, known()] == [(False, False), (True, False), (False, False), (False, True)]


def test_counting_requests_is_one_statement_for_any_number_of_keys(store: Store) -> None:
    rates, minute = Rates(store), timedelta(minutes=1)
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    assert rates.allow({"x": 1, "y": 1, "z": 1}, minute, NOW)
    assert not rates.allow({"z": 1, "new": 1}, minute, NOW)
    assert len(asked) == 2
    assert [is_full(rates, {key: 1}) for key in ("x", "new", "other")] == [True, True, False]
