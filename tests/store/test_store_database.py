from __future__ import annotations

import logging
import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from sync.domain.errors import ConfigError, RefusedError, TryAgainError
from sync.store import Outcome, RowChange, RunRecord, Store, migrate, schema
from sync.store.engine import on_disk

MIGRATIONS = Path(migrate.__file__).with_name("migrations")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_migrations_make_the_schema_that_the_code_uses(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_the_newest_migration_is_the_one_the_schema_names() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == schema.REVISION


def test_migrating_again_changes_nothing(store: Store) -> None:
    store.save_workbook("A", "1")
    store.migrate()
    assert store.workbook("A") is not None


def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    failures: list[Exception] = []

    def bring_up() -> None:
        try:
            with Store(empty_url) as store:
                store.migrate()
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=bring_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_store_of_a_newer_sensync_is_refused(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RefusedError, match="a newer one has used it"):
        store.migrate()


def test_a_new_sqlite_file_and_its_folder_are_the_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "store.sqlite3"
    with Store(f"sqlite:///{file}") as store:
        store.migrate()
        assert (mode(file), mode(file.parent)) == (0o600, 0o700)
        assert {mode(each) for each in file.parent.iterdir()} == {0o600}


def test_a_file_open_to_others_is_closed_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "store.sqlite3"
    file.touch(0o644)
    file.chmod(0o644)
    with caplog.at_level(logging.WARNING, "sync.store.engine"), Store(f"sqlite:///{file}"):
        pass
    assert mode(file) == 0o600
    assert [record.getMessage() for record in caplog.records] == [
        f"{file} was open to others (mode 644); it is now readable by its owner only."
    ]


def test_sqlite_is_set_up_to_last_and_to_forget(tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path / 's.sqlite3'}") as store, store.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 10_000,
    }


def test_a_store_behind_a_symbolic_link_is_written_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, link = tmp_path / "disk" / "s.sqlite3", tmp_path / "s.sqlite3"
    file.parent.mkdir()
    link.symlink_to(file)
    flushed: list[int] = []
    with Store(f"sqlite:///{link}") as store:
        store.migrate()
        monkeypatch.setattr("os.fsync", lambda opened: flushed.append(os.fstat(opened).st_ino))
        on_disk(store.engine)
        assert flushed == [Path(f"{file}-wal").stat().st_ino]


def test_what_was_forgotten_is_not_in_the_file_any_more(tmp_path: Path) -> None:
    file = tmp_path / "s.sqlite3"
    with Store(f"sqlite:///{file}") as store:
        store.migrate()
        book = store.save_workbook("A", "1")
        run = RunRecord(book.created_at, book.created_at, Outcome.OK)
        with store.lease("A", "x", 60) as lease:
            rows = [RowChange("T", f"k{n}", {"note": f"Zebedee-{n}"}) for n in range(200)]
            store.commit(book.id, fence=lease.fence, run=run, rows=rows)
            store.commit(book.id, fence=lease.fence, run=run, rows=[RowChange("T", f"k{n}", None) for n in range(200)])
    assert [each.name for each in tmp_path.iterdir()] == ["s.sqlite3"]
    assert b"Zebedee" not in file.read_bytes()


def test_a_busy_database_is_a_try_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.store.engine.BUSY_TIMEOUT_MS", 50)
    file = tmp_path / "s.sqlite3"
    with Store(f"sqlite:///{file}") as store:
        store.migrate()
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TryAgainError, match="The store did not answer"):
            store.save_workbook("A", "1")
        other.close()


def test_a_writer_that_waited_finds_the_lock_soon_after_it_is_free(tmp_path: Path) -> None:
    file = tmp_path / "s.sqlite3"
    with Store(f"sqlite:///{file}") as store:
        store.migrate()
        other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        free = threading.Timer(0.4, other.execute, ("COMMIT",))
        free.start()
        assert store.save_workbook("A", "1").school == "A"
        free.join()
        other.close()
        with store.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 10_000


def test_a_file_that_is_no_database_is_named_as_such(tmp_path: Path) -> None:
    file = tmp_path / "s.sqlite3"
    file.write_text("name,year\n" * 1000)
    with Store(f"sqlite:///{file}") as store, pytest.raises(ConfigError, match="is not a database"):
        store.migrate()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="The store cannot be opened"):
        Store(f"sqlite:///{tmp_path / 'file' / 'store.sqlite3'}")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "[store] url is not a database URL."),
        ("mysql://u:secret@h/d", "[store] url: mysql is not a database that Sensync knows."),
    ],
)
def test_a_url_of_another_kind_is_refused_without_repeating_its_password(url: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Store(url)
    assert str(caught.value) == said


def test_a_postgresql_server_that_is_away_is_a_try_again() -> None:
    store = Store("postgresql://sensync@127.0.0.1:1/none")
    with pytest.raises(TryAgainError, match="The store did not answer"):
        store.migrate()
