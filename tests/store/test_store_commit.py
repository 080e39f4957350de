from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from sync.domain.errors import UsageError
from sync.store import (
    ACT,
    JournalEntry,
    LeaseLostError,
    Outcome,
    RowChange,
    RunRecord,
    Seen,
    Store,
)

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def run_record(outcome: Outcome = Outcome.OK, **values: object) -> RunRecord:
    return RunRecord(AT, AT + timedelta(seconds=2), outcome, **values)


def entry(key: str, field: str = "status", new: str = '"K"') -> JournalEntry:
    return JournalEntry(AT, "MIS roll", key, field, None, new, date(2026, 9, 1), "changed", "seen in the CTF")


def commit(store: Store, workbook_id: int, **what: object) -> int:
    with store.lease("school", "test", 60) as lease:
        return store.commit(workbook_id, fence=lease.fence, run=run_record(), **what)


@pytest.fixture
def book(store: Store) -> int:
    return store.save_workbook("Hillcrest High", "sheet-1").id


def test_a_school_has_no_workbook_before_set_up(store: Store) -> None:
    assert store.workbook("Hillcrest High") is None


def test_a_saved_workbook_comes_back_as_it_was_saved(store: Store) -> None:
    saved = store.save_workbook("Hillcrest High", "sheet-1", "sheet-2")
    assert store.workbook("Hillcrest High") == saved
    assert (saved.spreadsheet_id, saved.teachers_spreadsheet_id) == ("sheet-1", "sheet-2")
    assert saved.created_at.tzinfo == UTC


def test_saving_again_changes_the_ids_and_keeps_the_salt(store: Store) -> None:
    first = store.save_workbook("Hillcrest High", "sheet-1")
    second = store.save_workbook("Hillcrest High", "sheet-9", "sheet-2")
    assert (second.id, second.salt, second.created_at) == (first.id, first.salt, first.created_at)
    assert store.workbook("Hillcrest High") == second


def test_two_schools_have_different_salts(store: Store) -> None:
    assert store.save_workbook("A", "1").salt != store.save_workbook("B", "2").salt


def test_two_schools_cannot_share_a_spreadsheet(store: Store) -> None:
    store.save_workbook("A", "sheet-1")
    with pytest.raises(UsageError, match="already belongs to another school"):
        store.save_workbook("B", "sheet-1")


def test_nothing_was_seen_before_the_first_run(store: Store, book: int) -> None:
    assert store.seen(book) == Seen()
    assert store.absent_rows(book) == {}


def test_rows_and_documents_come_back_as_they_were(store: Store, book: int) -> None:
    cells = {
        "name": "NA",
        "upn": "A001234567890",
        "dob": None,
        "share": 0.1,
        "on": True,
        "note": "=1+1 \0 \ud800 é 李",
        "list": [1, {"a": None}],
    }
    documents = {"columns": {"b": 1, "a": [2]}, "nothing": None}
    commit(store, book, rows=[RowChange("MIS roll", "k1", cells)], documents=documents)
    assert store.seen(book) == Seen({"MIS roll": {"k1": cells}}, documents)


def test_a_commit_changes_only_what_it_names(store: Store, book: int) -> None:
    commit(
        store,
        book,
        rows=[RowChange("T", "k1", {"a": 1}), RowChange("T", "k2", {"a": 2})],
        documents={"x": 1, "y": 1},
    )
    commit(store, book, rows=[RowChange("T", "k2", {"a": 3})], documents={"y": 2})
    assert store.seen(book) == Seen({"T": {"k1": {"a": 1}, "k2": {"a": 3}}}, {"x": 1, "y": 2})


def test_a_row_that_is_gone_keeps_its_cells_for_restore(store: Store, book: int) -> None:
    commit(store, book, rows=[RowChange("Provision map", "p1", {"note": "reads daily"})])
    commit(store, book, rows=[RowChange("Provision map", "p1", {"note": "reads daily"}, present=False)])
    assert store.seen(book).rows == {}
    assert store.absent_rows(book) == {"Provision map": {"p1": {"note": "reads daily"}}}
    assert store.tab(book, "Provision map") == {}
    assert store.last_rows(book, "Provision map") == {"p1": {"note": "reads daily"}}
    assert store.last_row(book, "Provision map", "p1") == {"note": "reads daily"}
    assert store.last_row(book, "Provision map", "p2") is None


def test_a_forgotten_row_is_in_neither_list(store: Store, book: int) -> None:
    commit(store, book, rows=[RowChange("T", "k1", {"a": 1}), RowChange("T", "k2", {"a": 1})])
    commit(store, book, rows=[RowChange("T", "k1", None)])
    assert store.seen(book).rows == {"T": {"k2": {"a": 1}}}
    assert store.absent_rows(book) == {}


def test_the_last_of_two_changes_of_a_row_counts(store: Store, book: int) -> None:
    commit(store, book, rows=[RowChange("T", "k", {"a": 1}), RowChange("T", "k", None)])
    assert store.seen(book).rows == {}
    commit(store, book, rows=[RowChange("T", "k", None), RowChange("T", "k", {"a": 2})])
    assert store.seen(book).rows == {"T": {"k": {"a": 2}}}


def test_one_school_never_sees_the_rows_of_another(store: Store, book: int) -> None:
    other = store.save_workbook("Elsewhere", "sheet-2").id
    commit(store, book, rows=[RowChange("T", "k", {"a": 1})], documents={"d": 1}, journal=[entry("k")])
    assert store.seen(other) == Seen()
    assert store.history(other, "k", 10) == []
    assert store.runs(other, 10) == []


def test_history_is_newest_first_and_limited(store: Store, book: int) -> None:
    commit(store, book, journal=[entry("k", "a"), entry("other"), entry("k", "b")])
    commit(store, book, journal=[entry("k", "c")])
    assert store.history(book, "k", 2) == [entry("k", "c"), entry("k", "b")]
    assert [each.field for each in store.history(book, "k", 9)] == ["c", "b", "a"]


def test_runs_come_back_newest_first_with_all_they_held(store: Store, book: int) -> None:
    record = run_record(Outcome.REFUSED, summary={"leavers": 3}, requests=2, marker="m-1")
    with store.lease("school", "test", 60) as lease:
        first = store.commit(book, fence=lease.fence, run=record)
        second = store.commit(book, fence=lease.fence, run=run_record(Outcome.NOTHING))
    assert [each.id for each in store.runs(book, 9)] == [second, first]
    assert store.runs(book, 9)[1] == RunRecord(
        record.started_at, record.finished_at, Outcome.REFUSED, {"leavers": 3}, 2, "m-1", first
    )


def test_however_many_acts_came_after_it_the_last_sync_is_found(store: Store, book: int) -> None:
    with store.lease("school", "test", 60) as lease:
        first = store.commit(book, fence=lease.fence, run=run_record(Outcome.NOTHING, summary={"on_roll": 3}))
        for _ in range(25):
            act = store.commit(book, fence=lease.fence, run=run_record(summary={ACT: 1}))
    assert [each.id for each in store.runs(book, 2, acts=False)] == [first]
    assert [each.id for each in store.runs(book, 1)] == [act]


def test_instants_are_kept_in_utc_whatever_zone_they_came_in(store: Store, book: int) -> None:
    summer = datetime(2026, 6, 1, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    with store.lease("school", "test", 60) as lease:
        store.commit(book, fence=lease.fence, run=RunRecord(summer, summer, Outcome.OK))
    started = store.runs(book, 1)[0].started_at
    assert (started, started.tzinfo) == (summer, UTC)


def test_a_time_without_a_zone_is_refused_and_nothing_is_recorded(store: Store, book: int) -> None:
    naive = datetime(2026, 6, 1, 10, 0)  # noqa: DTZ001
    with store.lease("school", "test", 60) as lease, pytest.raises(Exception, match="has no zone"):
        store.commit(book, fence=lease.fence, run=RunRecord(naive, AT, Outcome.OK), documents={"x": 1})
    assert store.seen(book) == Seen()


def test_a_cell_that_is_no_json_is_refused_and_nothing_is_recorded(store: Store, book: int) -> None:
    with pytest.raises(Exception, match="Out of range float"):
        commit(
            store,
            book,
            documents={"x": 1},
            rows=[RowChange("T", "k", {"a": 1}), RowChange("T", "l", {"a": float("nan")})],
        )
    assert store.seen(book) == Seen()
    assert store.runs(book, 9) == []


def test_a_commit_after_the_lease_was_given_back_is_refused(store: Store, book: int) -> None:
    with store.lease("school", "test", 60) as lease:
        pass
    with pytest.raises(LeaseLostError, match="nothing was recorded"):
        store.commit(book, fence=lease.fence, run=run_record(), rows=[RowChange("T", "k", {"a": 1})])
    assert store.seen(book) == Seen()


def test_two_thousand_rows_are_committed_in_little_cpu_time(store: Store, book: int) -> None:
    rows = [RowChange("MIS roll", f"k{row}", {f"c{column}": "value" for column in range(20)}) for row in range(2000)]
    started = os.times()
    commit(store, book, rows=rows, journal=[entry(f"k{row}") for row in range(2000)])
    used = os.times().user - started.user
    assert len(store.seen(book).rows["MIS roll"]) == 2000
    assert used < 2.0


KILLED_AT_A_STATEMENT = textwrap.dedent(
    """
    import os, signal, sys
    from datetime import UTC, datetime
    from sqlalchemy import event
    from sync.store import JournalEntry, Outcome, RowChange, RunRecord, Store

    url, book, victim = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    store = Store(url)
    now = datetime.now(UTC)
    statements = 0
    with store.lease("school", "victim", 0.05) as lease:
        @event.listens_for(store.engine, "after_cursor_execute")
        def _kill(*_):
            global statements
            statements += 1
            if statements == victim:
                os.kill(os.getpid(), signal.SIGKILL)
        store.commit(
            book, fence=lease.fence, run=RunRecord(now, now, Outcome.OK),
            rows=[RowChange("T", "old", None)] + [RowChange("T", f"new{n}", {"a": n}) for n in range(500)],
            documents={"x": 2},
            journal=[JournalEntry(now, "T", "new0", "a", None, "0", None, "joined")],
        )
        print(statements)
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    """
)


def test_a_process_killed_at_any_statement_of_a_commit_leaves_the_old_state_whole(
    url: str, store: Store, book: int
) -> None:
    commit(store, book, rows=[RowChange("T", "old", {"a": 0})], documents={"x": 1})
    old = store.seen(book)
    victim = 0
    while True:
        victim += 1
        ended = subprocess.run(
            [sys.executable, "-c", KILLED_AT_A_STATEMENT, url, str(book), str(victim)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        if ended.stdout:
            break
        assert store.seen(book) == old
        assert len(store.runs(book, 9)) == 1
        assert store.history(book, "new0", 9) == []
    # The last process was killed after its commit had returned: now all of it is there.
    # (begin, fence, run, forgotten, rows, documents, journal: at least six statements were tried.)
    assert victim > 6
    assert store.seen(book).documents == {"x": 2}
    assert len(store.seen(book).rows["T"]) == 500
    assert len(store.runs(book, 9)) == 2
