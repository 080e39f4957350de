"""A copy of a store that is in use. Copying the file would not do: its newest changes lie in a log beside it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from sync.domain.errors import TryAgainError, UsageError

if TYPE_CHECKING:
    from sqlalchemy import URL

_PRIVATE = 0o600


def back_up(url: str, file: Path) -> int:
    """Copies a SQLite store as it is at one instant, while others go on writing to it, and looks whether it is whole.

    Args:
        url: of the store.
        file: the copy, readable by its owner only; it is there wholly or not at all.

    Returns:
        The size of the copy in bytes.

    Raises:
        UsageError: the store is not a SQLite file, or the copy cannot be made there.
        TryAgainError: the store does not answer, or the copy is not whole.
    """
    source = _file_of(make_url(url))
    part = file.with_name(f"{file.name}.part")
    if file.exists():
        raise UsageError(f"{file} is there already; nothing was written.", next_step="Name another file.")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE))
    except FileExistsError as error:
        raise UsageError(
            f"{part} is there already: another backup is being made, or one was cut off.",
            next_step="If none is being made, delete it.",
        ) from error
    except OSError as error:
        raise UsageError(
            f"{file}: it cannot be written: {error.strerror}.", next_step="Name a file in a folder you may write to."
        ) from error
    try:
        _copy(source, part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size


def _file_of(url: URL) -> Path:
    if url.get_backend_name() != "sqlite":
        raise UsageError(
            "The store is in PostgreSQL, which has tools of its own.",
            next_step="Use pg_dump, as docs/running.md says.",
        )
    if not url.database or not Path(url.database).is_file():
        raise UsageError(
            "There is no store yet, so there is nothing to copy.", next_step="Run `sensync setup`, then `sensync sync`."
        )
    return Path(url.database)


def _copy(source: Path, part: Path) -> None:
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(part)) as copy:
            live.backup(copy)
            found = copy.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        # The driver's own words may name a value.
        raise TryAgainError(
            f"The store could not be copied ({type(error).__name__}).",
            next_step="Look whether the disk is full (`sensync check`), then run again.",
        ) from error
    if found != ("ok",):
        raise TryAgainError(
            "The copy is not whole: the store is damaged.",
            next_step="Keep it, and put the last good backup in its place.",
        )
