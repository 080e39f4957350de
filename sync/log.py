"""The log: set up once, told nothing that names a pupil.

What is logged are keys (school, run, row key) and counts. `NoNames` is the second belt: it takes out what
slipped through, as far as a machine can know it, that is the values Sensync tells it with `hide`. Exceptions
are logged as kind and place, without their text, since a library may quote the value that it stumbled on.
"""

from __future__ import annotations

import json
import logging
import os
import re
import traceback
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

_LOGGER = "sync"
_PRIVATE_FILE = 0o600

# Their debug lines hold URLs, headers and bodies.
_CHATTY = (
    "google",
    "google_auth_httplib2",
    "googleapiclient",
    "gspread",
    "httplib2",
    "oauthlib",
    "requests_oauthlib",
    "urllib3",
    "sqlalchemy",
    "alembic",
)

_KEYS: ContextVar[dict[str, str]] = ContextVar("sensync_log_keys", default={})  # noqa: B039 - never mutated

_HIDDEN = "[hidden]"
_SHORTEST_HIDDEN = 3
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
# A parent's link is the key to a booking: only that a booking page was meant is kept of its path.
_LINK = re.compile(r"(?i)(?<=/b/)[^/\s?#\"'&<>]+")
_BEARER = re.compile(r"ya29\.[\w.-]+|(?i:bearer )\S+")


@contextmanager
def log_keys(**keys: str) -> Iterator[None]:
    """Adds keys (`school=`, `run=`) to every line logged within the `with`."""
    token = _KEYS.set({**_KEYS.get(), **keys})
    try:
        yield
    finally:
        _KEYS.reset(token)


class NoNames(logging.Filter):
    """Takes e-mail addresses, tokens and the words given to `hide` out of every line.

    It is a belt beside the braces: whoever logs still logs keys only.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pattern: re.Pattern[str] | None = None
        self._words: set[str] = set()

    def hide(self, words: Iterable[str]) -> None:
        """Names that must not appear; those shorter than three letters would take whole sentences along."""
        self._words |= {word.strip() for word in words if len(word.strip()) >= _SHORTEST_HIDDEN}
        if self._words:
            longest_first = sorted(self._words, key=len, reverse=True)
            self._pattern = re.compile(
                r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)", re.IGNORECASE
            )

    def clean(self, text: str) -> str:
        """The text without what must not be seen."""
        text = _LINK.sub(_HIDDEN, _BEARER.sub(_HIDDEN, _EMAIL.sub(_HIDDEN, text)))
        return self._pattern.sub(_HIDDEN, text) if self._pattern else text

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrites the record's text; lets every record pass."""
        record.msg = self.clean(record.getMessage())
        record.args = ()
        record.keys = dict(_KEYS.get())
        return True


no_names = NoNames()
"""The one filter of this process."""


def where(error: BaseException) -> str:
    """The kinds of an exception and its causes, and the code they came through: no texts, no values."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    parts = []
    for each in reversed(chain):
        frames: TracebackType | None = each.__traceback__
        parts.append(f"{type(each).__module__}.{type(each).__qualname__} at\n" + "".join(traceback.format_tb(frames)))
    return "which led to\n".join(parts)


class _Lines(logging.Formatter):
    """`2026-11-23T09:00:00Z INFO sync.service.mirror school=... run=... the words`."""

    def format(self, record: logging.LogRecord) -> str:
        keys = "".join(f" {name}={value}" for name, value in getattr(record, "keys", {}).items())
        text = f"{_instant(record)} {record.levelname} {record.name}{keys} {record.getMessage()}"
        return f"{text}\n{_trouble(record)}" if record.exc_info else text


class _Json(logging.Formatter):
    """One JSON object a line: `at`, `level`, `logger`, the keys, `message`, `trouble`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"at": _instant(record), "level": record.levelname.lower(), "logger": record.name}
        line |= getattr(record, "keys", {})
        line["message"] = record.getMessage()
        if record.exc_info:
            line["trouble"] = _trouble(record)
        return json.dumps(line, ensure_ascii=False)


def _instant(record: logging.LogRecord) -> str:
    return f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _trouble(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return no_names.clean(where(error)).rstrip() if error else ""


def configure_logging(
    level: str = "info", file: Path | None = None, *, as_json: bool = False, stream: TextIO | None = None
) -> None:
    """Sets up the log of this process; a second call replaces the first.

    Args:
        level: `debug`, `info`, `warning` or `error`, for Sensync's own lines.
        file: made readable by its owner only; None logs to no file.
        as_json: one JSON object a line instead of text.
        stream: where lines go as well, mostly stderr; None for nowhere.

    Raises:
        OSError: the file cannot be written.
    """
    logger = logging.getLogger(_LOGGER)
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    handlers: list[logging.Handler] = [logging.NullHandler()]
    if file is not None:
        handlers.append(_private_file(file))
    if stream is not None:
        handlers.append(logging.StreamHandler(stream))
    formatter = _Json() if as_json else _Lines()
    for handler in handlers:
        handler.setFormatter(formatter)
        handler.addFilter(no_names)
        logger.addHandler(handler)
    logger.setLevel(level.upper())
    # Ours end here: the root logger may belong to a program that embeds us and knows nothing of names.
    logger.propagate = False
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)


def _private_file(file: Path) -> logging.FileHandler:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, _PRIVATE_FILE)
    try:
        if os.name == "posix":
            os.fchmod(descriptor, _PRIVATE_FILE)
    finally:
        os.close(descriptor)
    return logging.FileHandler(file, encoding="utf-8")
