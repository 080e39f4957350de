"""The state file: one SQLite database that always holds the last change that was answered.

A spreadsheet is kept as a snapshot and the journal of the changes since. A change is one insert, which WAL
makes safe against `kill -9` without a wait for the disk; a snapshot is taken when the journal has outgrown
the last one.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]

VERSION = 1
SNAPSHOT_AFTER_BYTES = 4_000_000
SNAPSHOT_AFTER_ENTRIES = 2_000


class StateError(Exception):
    """A state file that cannot be used; says which and what to do."""


class Entry(NamedTuple):
    """One change of a spreadsheet."""

    seq: int
    file_id: str
    body: Json


class Store:
    """An open state file. Callers hold the workspace's lock.

    Raises:
        StateError: the file is no state of a local workspace, is newer than this program, or is in use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sizes: dict[str, tuple[int, int]] = {}
        self.seq = 0
        try:
            _keep_private(path)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=2)
            self._open()
        except (sqlite3.Error, OSError) as error:
            raise StateError(
                f"The state file {path} cannot be opened ({error}). If another workspace uses it, stop that "
                "one; otherwise name another file."
            ) from error

    def _open(self) -> None:
        # Exclusive: two workspaces on one file would each answer without the other's changes.
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise StateError(f"The state file {self._path} is of a newer version ({found}). Update the program.")
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("CREATE TABLE IF NOT EXISTS thing (kind TEXT, id TEXT, body TEXT, PRIMARY KEY (kind, id))")
        self._db.execute("CREATE TABLE IF NOT EXISTS book (id TEXT PRIMARY KEY, seq INTEGER, body TEXT)")
        self._db.execute("CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, file TEXT, body TEXT)")
        self._db.execute(f"PRAGMA user_version={VERSION}")
        self._db.execute("COMMIT")
        tops = self._db.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0]
        books = self._db.execute("SELECT coalesce(max(seq), 0) FROM book").fetchone()[0]
        self.seq = max(tops, books)

    def put(self, kind: str, name: str, body: Json) -> None:
        """Keep a thing that is small enough to be written whole."""
        self._db.execute("INSERT OR REPLACE INTO thing VALUES (?, ?, ?)", (kind, name, json.dumps(body)))

    def drop(self, kind: str, name: str) -> None:
        """Forget a thing."""
        self._db.execute("DELETE FROM thing WHERE kind = ? AND id = ?", (kind, name))

    def clear(self, kind: str) -> None:
        """Forget every thing of a kind."""
        self._db.execute("DELETE FROM thing WHERE kind = ?", (kind,))

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is put and dropped inside is kept all at once, or not at all when something fails."""
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def things(self, kind: str) -> Iterator[tuple[str, Json]]:
        """Every thing of a kind."""
        for name, body in self._db.execute("SELECT id, body FROM thing WHERE kind = ? ORDER BY rowid", (kind,)):
            yield name, json.loads(body)

    def log(self, file_id: str, body: Json) -> bool:
        """Keep one change of a spreadsheet; whether a snapshot is due."""
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        self.seq += 1
        self._db.execute("INSERT INTO journal VALUES (?, ?, ?)", (self.seq, file_id, text))
        count, size = self._sizes.get(file_id, (0, 0))
        self._sizes[file_id] = (count + 1, size + len(text))
        return count + 1 >= SNAPSHOT_AFTER_ENTRIES or size + len(text) >= SNAPSHOT_AFTER_BYTES

    def snapshot(self, file_id: str, body: Json) -> None:
        """Keep a spreadsheet whole and forget the changes that led to it."""
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        self._db.execute("BEGIN")
        self._db.execute("INSERT OR REPLACE INTO book VALUES (?, ?, ?)", (file_id, self.seq, text))
        self._db.execute("DELETE FROM journal WHERE file = ? AND seq <= ?", (file_id, self.seq))
        self._db.execute("COMMIT")
        self._sizes.pop(file_id, None)

    def forget(self, file_id: str) -> None:
        """Forget a file and all of its changes."""
        self._db.execute("BEGIN")
        self._db.execute("DELETE FROM book WHERE id = ?", (file_id,))
        self._db.execute("DELETE FROM journal WHERE file = ?", (file_id,))
        self._db.execute("DELETE FROM thing WHERE kind = 'file' AND id = ?", (file_id,))
        self._db.execute("COMMIT")
        self._sizes.pop(file_id, None)

    def books(self) -> Iterator[Json]:
        """The snapshots."""
        for (body,) in self._db.execute("SELECT body FROM book"):
            yield json.loads(body)

    def entries(self) -> Iterator[Entry]:
        """The changes since the snapshots, in order."""
        for seq, file_id, body in self._db.execute("SELECT seq, file, body FROM journal ORDER BY seq"):
            yield Entry(seq, file_id, json.loads(body))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _keep_private(path: Path) -> None:
    """Let nobody but the user read the state: it holds whatever was typed into the sheets, and the tokens."""
    if not path.exists():
        path.touch(mode=0o600)
    # SQLite gives the files that it makes beside the state the mode of the state; older ones keep theirs.
    for file in (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))):
        if file.is_file() and file.stat().st_mode & 0o077:
            file.chmod(0o600)
