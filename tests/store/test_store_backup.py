"""A backup is the store of one instant, whole, private, and as good as the store."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sync.domain.errors import TryAgainError, UsageError
from sync.store import JobKind, Jobs, Store
from sync.store.backup import back_up

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_backup_is_made_while_others_write_and_has_all_of_each_write(tmp_path: Path) -> None:
    url, end = f"sqlite:///{tmp_path / 'sensync.sqlite3'}", threading.Event()
    with Store(url) as store:
        store.migrate()
        workbook = store.save_workbook("9994001", "sheet-1")
        jobs = Jobs(store)

        def write() -> None:
            number = 0
            while not end.is_set():
                number += 1
                jobs.put(workbook.id, JobKind.PLAN, str(number), NOW, asked_by="", payload={"filler": "x" * 20_000})

        writer = threading.Thread(target=write)
        writer.start()
        try:
            sizes = [back_up(url, tmp_path / f"copy {number}") for number in range(5)]
        finally:
            end.set()
            writer.join()
        (row,) = store.engine.connect().exec_driver_sql("SELECT count(*) FROM job").all()
    counted = []
    for number, size in enumerate(sizes):
        copy = tmp_path / f"copy {number}"
        assert (stat.S_IMODE(copy.stat().st_mode), copy.stat().st_size) == (0o600, size)
        with Store(f"sqlite:///{copy}") as found:
            assert (found.is_current(), found.workbook("9994001")) == (True, workbook)
            (count,) = found.engine.connect().exec_driver_sql("SELECT count(*) FROM job").all()
            counted.append(count[0])
    assert counted == sorted(counted)
    assert counted[-1] <= row[0]
    assert sorted(path.name for path in tmp_path.glob("*.part")) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://sensync@db.school.example/sensync", "The store is in PostgreSQL, which has tools of its own."),
        ("sqlite:///{folder}/none.sqlite3", "There is no store yet, so there is nothing to copy."),
        ("sqlite://", "There is no store yet, so there is nothing to copy."),
    ],
)
def test_what_is_no_file_is_not_copied_and_leaves_nothing(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        back_up(url.format(folder=tmp_path), tmp_path / "copy")
    assert (str(caught.value), list(tmp_path.iterdir())) == (said, [])


def test_nothing_is_written_over_and_a_damaged_store_is_not_taken_for_a_backup(tmp_path: Path) -> None:
    store, copy = tmp_path / "sensync.sqlite3", tmp_path / "copy"
    with Store(f"sqlite:///{store}") as made:
        made.migrate()
    copy.write_text("an earlier one")
    with pytest.raises(UsageError, match="is there already; nothing was written"):
        back_up(f"sqlite:///{store}", copy)
    assert copy.read_text() == "an earlier one"
    data = bytearray(store.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    store.write_bytes(data)
    with pytest.raises(TryAgainError):
        back_up(f"sqlite:///{store}", tmp_path / "another")
    assert sorted(path.name for path in tmp_path.glob("*another*")) == []
    with pytest.raises(UsageError, match="it cannot be written"):
        back_up(f"sqlite:///{store}", tmp_path / "no folder" / "copy")
