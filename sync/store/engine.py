"""Opening the database: SQLite made safe and private, PostgreSQL as it comes.

SQLite needs care: its Python driver begins transactions late by default, which would let two processes
read, both decide, and then collide. Here every write begins with `BEGIN IMMEDIATE`.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import stat
import threading
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from sync.domain.errors import ConfigError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

_LOG = logging.getLogger(__name__)

_WRITES = "sensync_writes"
_TURN = "sensync_turn"

BUSY_TIMEOUT_MS = 10_000

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700


def _to_json(value: Any) -> str:
    # ASCII with escapes: lone surrogates and NULs from a pasted cell survive in both databases.
    # NaN is refused here, since no JSON reader but Python's takes it back.
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def make_private(file: Path) -> None:
    """Makes `file` (and its folder, where missing) readable by its owner only; mends an existing file aloud.

    Raises:
        ConfigError: the file or folder cannot be made.
    """
    try:
        if not file.parent.is_dir():
            file.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        try:
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, _PRIVATE_FILE))
        except FileExistsError:
            mode = stat.S_IMODE(file.stat().st_mode)
            if os.name == "posix" and mode & ~_PRIVATE_FILE:
                file.chmod(_PRIVATE_FILE)
                _LOG.warning("%s was open to others (mode %03o); it is now readable by its owner only.", file, mode)
    except OSError as error:
        raise ConfigError(
            f"The store cannot be opened: {file}: {error.strerror}.",
            next_step="Give [store] url in sensync.toml a file in a folder that this user may write to.",
        ) from error


def open_engine(url: str) -> Engine:
    """An engine for `url`: `sqlite:///file`, `sqlite://` (in memory) or `postgresql://user@host/database`.

    `postgresql://` means psycopg 3, the driver that we depend on.

    Raises:
        ConfigError: the URL is not one, names another database, or its file cannot be made.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        # The URL may hold a password: it is not repeated.
        raise ConfigError(
            "[store] url is not a database URL.",
            next_step="Use sqlite:///sensync.sqlite3 or postgresql://user@host/database.",
        ) from error
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    if parsed.get_backend_name() != "postgresql":
        raise ConfigError(
            f"[store] url: {parsed.get_backend_name()} is not a database that Sensync knows.",
            next_step="Use sqlite:///sensync.sqlite3 or postgresql://user@host/database.",
        )
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    try:
        return create_engine(parsed, json_serializer=_to_json, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise ConfigError(
            "[store] url asks for PostgreSQL, but its driver is not installed.",
            next_step='Run: pip install "sensync[postgres]".',
        ) from error


def _open_sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        make_private(Path(url.database))
    # Threads that wait for each other here wake at once; SQLite's own waiting between processes sleeps and looks again.
    engine = create_engine(url, json_serializer=_to_json, execution_options={_TURN: threading.Lock()})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself; `_on_begin` does.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            # FULL: in WAL mode NORMAL may lose the last commit when the power goes.
            "synchronous = FULL",
            "foreign_keys = ON",
            # What retention forgets is overwritten with zeros, not left in free pages.
            "secure_delete = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        _use_wal(cursor)
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _use_wal(cursor: sqlite3.Cursor) -> None:
    """Switches to a write-ahead log: readers and the one writer then do not wait for each other.

    SQLite ignores the busy time-out for this one switch, so two processes that open a new file together would
    see each other's lock as an error.
    """
    give_up = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that only reads."""
    with _database_errors(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that writes: committed at the end, rolled back on any error.

    SQLite takes its write lock at once, not at the first write.
    """
    options = {_WRITES: True}
    with (
        _database_errors(),
        engine.get_execution_options().get(_TURN, nullcontext()),
        engine.connect().execution_options(**options) as connection,
        connection.begin(),
    ):
        yield connection


def dialect_insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say ON CONFLICT; each dialect has its own class for it."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


@contextmanager
def _database_errors() -> Iterator[None]:
    # The driver's own text may hold the values of a row, so it stays out of the sentence.
    # Errors while a connection is set up come from the driver as they are, the others wrapped by SQLAlchemy.
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        raise TryAgainError(
            "The store did not answer: it is busy, full or out of reach.",
            next_step="Look whether the disk is full or the database server is down (`sensync check`), then run again.",
        ) from error
    except (DatabaseError, sqlite3.DatabaseError) as error:
        if type(error) not in {DatabaseError, sqlite3.DatabaseError}:
            raise
        raise ConfigError(
            "The file in [store] url is not a database, or it is damaged.",
            next_step="Point [store] url at the right file, or put a backup of it back.",
        ) from error
