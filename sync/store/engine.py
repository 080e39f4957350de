"""Opening the database: SQLite made safe and private, PostgreSQL as it comes.

SQLite needs care: its Python driver begins transactions late by default, which would let two processes
read, both decide, and then collide. Here every write begins with `BEGIN IMMEDIATE`.
"""

from __future__ import annotations

import json
import logging
import math
import os
import sqlite3
import stat
import threading
import time
from contextlib import ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DatabaseError, DisconnectionError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from sync.domain.errors import ConfigError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import URL, ExecutionContext
    from sqlalchemy.pool import ConnectionPoolEntry

_LOG = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_WRITES = "sensync_writes"
_KEEPS = "sensync_keeps"
_TURN = "sensync_turn"
_USED = "sensync_used"

AROUND = "sensync_around"
"""The execution option for an `Around`."""

_LOOK: ContextVar[_Look | None] = ContextVar("sensync_look", default=None)
"""The look of this thread, where it said that it will read several things."""


LAST_WORD = "SELECT pg_logical_emit_message(true, 'sensync', ''::text)"
"""A word in PostgreSQL's log, which commits only when the disk has all before it, whoever wrote that."""


class Around(NamedTuple):
    """What PostgreSQL is to do before and after a statement, all sent at once and answered at once.

    `before` is in one transaction with the statement, which sees all that had been committed when `before` was done.
    `after` is in one of its own. Both are in the driver's words and know the statement's parameters.
    """

    before: str
    after: str


BUSY_TIMEOUT_MS = 10_000

_PAUSE, _LONG_PAUSE, _RUSH = 0.001, 0.02, 0.5
"""Seconds between two tries to get SQLite's write lock; the same once so many have passed, for a long sync has it."""

_FOLD = 1000
"""Pages of the write-ahead log after which it is folded into the file: SQLite's own number."""

_PRIMARY_CODE = 0xFF
"""The part of SQLite's error code that says busy, whatever it was busy with (https://sqlite.org/rescode.html)."""

_KEPT = 32
"""Connections that stay open, at most, for as many threads. Opening one takes longer than answering a parent."""

_IDLE = 5.0
"""Seconds without use after which a connection is asked whether its server is still there."""

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
        return _open_postgres(parsed)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise ConfigError(
            "[store] url asks for PostgreSQL, but its driver is not installed.",
            next_step='Run: pip install "sensync[postgres]".',
        ) from error


def _open_postgres(url: URL) -> Engine:
    engine = create_engine(
        url,
        json_serializer=_to_json,
        pool_size=_KEPT,
        # Most of what is asked is one statement, and each change to a transaction and back takes as long in the driver
        # as a statement does: `writing` alone asks for one.
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        # Prepared at once and planned once: a rush is over before the tenth run of a statement on one connection, up to
        # which psycopg and the server would plan it each time. None of ours wants another plan for other values.
        connect_args={"connect_timeout": 10, "prepare_threshold": 0},
        execution_options={_TURN: threading.RLock()},
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.execute("SET plan_cache_mode = force_generic_plan")

    @event.listens_for(engine, "checkin")
    def _on_checkin(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_USED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _on_checkout(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        # Asking every time, as the pool would by itself, doubles the round trips of a short reading.
        if time.monotonic() - record.info.get(_USED, math.inf) < _IDLE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The pool then opens another one.
            raise DisconnectionError from error

    @event.listens_for(engine, "do_execute")
    def _on_execute(cursor: Any, statement: str, parameters: Any, context: ExecutionContext) -> bool:
        around: Around | None = context.execution_options.get(AROUND)
        if around is None:
            return False
        with cursor.connection.pipeline() as pipeline:
            cursor.connection.execute(around.before, parameters)
            cursor.execute(statement, parameters)
            pipeline.sync()
            cursor.connection.execute(around.after, parameters)
        return True

    return engine


def _open_sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        # SQLite follows a symbolic link, and its log lies beside the file itself: `on_disk` has to find it there.
        url = url.set(database=os.path.realpath(url.database))
        make_private(Path(str(url.database)))
    options: dict[str, Any] = {"execution_options": {_TURN: threading.RLock()}}
    if url.database and url.database != ":memory:":
        options["pool_size"] = _KEPT
    engine = create_engine(url, json_serializer=_to_json, **options)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself; `_on_begin` does.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
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
        options = connection.get_execution_options()
        if options.get(_WRITES, False):
            # In WAL mode NORMAL may lose the last commits when the power goes; it never loses one before a FULL one.
            connection.connection.execute(f"PRAGMA synchronous = {'FULL' if options[_KEEPS] else 'NORMAL'}")
            # Who writes the thousandth page folds the log into the file, and everybody waits for the disk. What passes
            # leaves that to what is kept, which follows within the minute: the worker renews its lease.
            connection.connection.execute(f"PRAGMA wal_autocheckpoint = {_FOLD if options[_KEEPS] else 0}")
            _begin_to_write(connection.connection)
        else:
            connection.connection.execute("BEGIN")

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


def _begin_to_write(connection: Any) -> None:
    """Waits for SQLite's one write lock, which other processes hold for a few milliseconds, and takes it.

    SQLite's own waiting sleeps longer each time, up to a tenth of a second, while the lock is free: in a rush that was
    most of what the slowest parents waited for.
    """
    began = time.monotonic()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                waited = time.monotonic() - began
                if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY or waited > BUSY_TIMEOUT_MS / 1000:
                    raise
                # Who has waited long must not look less often than who has just come, or waits for ever in a rush.
                time.sleep(_PAUSE if waited < _RUSH else _LONG_PAUSE)
            else:
                return
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads: on SQLite in one transaction, on PostgreSQL each statement by itself.

    PostgreSQL gives every statement a view of its own anyway (READ COMMITTED), and is spared two round trips so.
    """
    look = _LOOK.get()
    with _database_errors():
        if look is not None and look.engine is engine:
            yield look.connection()
        else:
            with _reader(engine) as connection:
                yield connection


@contextmanager
def writing(engine: Engine, *, passing: bool = False, at_once: bool = False) -> Iterator[Connection]:
    """A connection in a transaction that writes: committed at the end, rolled back on any error.

    SQLite takes its write lock at once, not at the first write. On PostgreSQL what is `passing` or `at_once` is one
    statement, which is its own transaction.

    Args:
        engine: of the store.
        passing: one statement, of no use after a power cut, so SQLite need not wait for the disk (on PostgreSQL it has
            to say so itself); and it is nothing that a look sees, so a look goes on as it was.
        at_once: SQLite does not wait for the disk under its lock; whoever writes so calls `on_disk` before anybody is
            told.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    if not is_sqlite and (passing or at_once):
        if at_once:
            look_away()
        with reading(engine) as connection:
            yield connection
        return
    if not passing:
        _stop_looking()
    options: dict[str, Any] = {_WRITES: True, _KEEPS: not (passing or at_once)}
    if not is_sqlite:
        options["isolation_level"] = "READ COMMITTED"
    with (
        _database_errors(),
        # Threads that wait for each other here wake at once; SQLite's own waiting sleeps and looks again.
        in_turn(engine) if is_sqlite else nullcontext(),
        engine.connect().execution_options(**options) as connection,
        connection.begin(),
    ):
        yield connection


def on_disk(engine: Engine, *, found: bool = False) -> None:
    """Waits until the disk has what was written `at_once`.

    Args:
        engine: of the store.
        found: it was written by another, who may have died before the disk had it. Of what one has written so oneself,
            PostgreSQL has seen to that by then (`Around`).

    Raises:
        TryAgainError: the disk did not take it, or the store is out of reach.
    """
    if engine.dialect.name != "sqlite":
        if found:
            with writing(engine) as connection:
                connection.exec_driver_sql(LAST_WORD)
        return
    file = engine.url.database
    if file and file != ":memory:":
        try:
            _flush(f"{file}-wal")
        except OSError as error:
            raise _no_answer() from error


def _flush(log: str) -> None:
    try:
        opened = os.open(log, os.O_RDWR)
    except FileNotFoundError:
        # The log was folded into the file since, and that is on the disk before the log goes.
        return
    try:
        # What SQLite itself does as it commits in FULL, but after others have the lock. Its locks are on other files,
        # which to open and close would lose.
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def in_turn(engine: Engine) -> Iterator[bool]:
    """Makes the threads of this process take turns. What is written in a turn is there when the next one begins.

    No promise to rest anything on, for there are other processes: it keeps threads from queueing in the database, where
    who waits in vain costs as much as who does not. Gives whether another thread had the turn before.
    """
    turn: threading.RLock = engine.get_execution_options()[_TURN]
    waited = not turn.acquire(blocking=False)
    if waited:
        turn.acquire()
    try:
        yield waited
    finally:
        turn.release()


@contextmanager
def _reader(engine: Engine) -> Iterator[Connection]:
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection, connection.begin() if is_sqlite else nullcontext():
        yield connection


class _Look:
    """What one thread reads between two writes: over one connection, and each thing that is `remembered` once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.memory: dict[object, Any] = {}
        self._open = ExitStack()
        self._connection: Connection | None = None

    def connection(self) -> Connection:
        if self._connection is not None and self._connection.invalidated:
            # The server ended it. Whoever asks again is given another one.
            self.end()
        if self._connection is None:
            self._connection = self._open.enter_context(_reader(self.engine))
        return self._connection

    def away(self) -> None:
        # What SQLite reads is as of when the look began. PostgreSQL sees with each statement what is there by then.
        if self.engine.dialect.name == "sqlite":
            self.end()
        else:
            self.memory.clear()

    def end(self) -> None:
        self.memory.clear()
        self._connection = None
        self._open.close()


@contextmanager
def looking(engine: Engine) -> Iterator[None]:
    """Lets this thread read over one connection until it writes a transaction, and then over one again."""
    look = _Look(engine)
    token = _LOOK.set(look)
    try:
        yield
    finally:
        _LOOK.reset(token)
        look.end()


def look_away() -> None:
    """Forgets what this thread has read, so that the next reading sees what is there now."""
    look = _LOOK.get()
    if look is not None:
        look.away()


def _stop_looking() -> None:
    """Forgets it, and gives the connection back: a thread that writes over another one has no use for two."""
    look = _LOOK.get()
    if look is not None:
        look.end()


def remembered(method: Callable[P, T]) -> Callable[P, T]:
    """Reads the same thing once in a look; callers must not change what they are given."""

    @wraps(method)
    def read(*args: P.args, **kwargs: P.kwargs) -> T:
        look = _LOOK.get()
        if look is None:
            return method(*args, **kwargs)
        key = (method, args, tuple(kwargs.items()))
        if key not in look.memory:
            look.memory[key] = method(*args, **kwargs)
        found: T = look.memory[key]
        return found

    return read


def dialect_insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say ON CONFLICT; each dialect has its own class for it."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


@contextmanager
def _database_errors() -> Iterator[None]:
    # The driver's own text may hold the values of a row, so it stays out of the sentence.
    # Errors while a connection is set up come from the driver as they are, the others wrapped by SQLAlchemy.
    try:
        yield
    except (OperationalError, PoolTimeoutError, sqlite3.OperationalError) as error:
        raise _no_answer() from error
    except (DatabaseError, sqlite3.DatabaseError) as error:
        if type(error) not in {DatabaseError, sqlite3.DatabaseError}:
            raise
        raise ConfigError(
            "The file in [store] url is not a database, or it is damaged.",
            next_step="Point [store] url at the right file, or put a backup of it back.",
        ) from error


def _no_answer() -> TryAgainError:
    return TryAgainError(
        "The store did not answer: it is busy, full or out of reach.",
        next_step="Look whether the disk is full or the database server is down (`sensync check`), then run again.",
    )
