"""What the booking desk asks of the store beside the bookings themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sync.store import Links, Rates, RowChange

if TYPE_CHECKING:
    from sync.store import Store

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
SOON = NOW + timedelta(days=30)


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
    newest = links.find(links.issue(school, "a", "A", SOON, NOW, keep_earlier=True), NOW)
    links.issue(school, "a", "E", SOON, NOW)
    links.revoke(school, "a", "E", NOW)
    found = links.of_adult(school, "a", NOW)
    assert [link.ref for link in found] == ["A", "B"]
    assert found[0] == newest


def test_a_look_at_a_rate_counts_nothing(store: Store) -> None:
    rates, minute = Rates(store), timedelta(minutes=1)
    assert [rates.is_full({"x": 2}, NOW) for _ in range(5)] == [False] * 5
    assert [rates.allow({"x": 2}, minute, NOW) for _ in range(3)] == [True, True, False]
    assert rates.is_full({"x": 2}, NOW)
    assert not rates.is_full({"x": 2}, NOW + minute)
    assert rates.is_full({"x": 0}, NOW)
