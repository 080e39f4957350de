"""The configuration as it stands now, for what must not wait until a program is started again."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from sync.config import load_settings
from sync.config_addon import RoleSettings
from sync.domain.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from sync.config import Settings

_LOG = logging.getLogger(__name__)

_SETTLED = 2_000_000_000
"""Nanoseconds after which a file that was written again has another time; a file system may count in whole seconds."""


class CurrentSettings:
    """The settings of a file, read again when it has changed; any thread may ask.

    A file that cannot be used changes nothing: the last good settings stay, so a slip gives nobody a right that they
    did not have.

    Args:
        settings: as they were read.
        file: where from; None where they are from no file, and stay.
    """

    def __init__(self, settings: Settings, file: Path | None) -> None:
        self._settings = settings
        self._file = file
        self._seen: tuple[int, int, int] | None = None
        self._good = True
        self._lock = threading.Lock()

    @property
    def good(self) -> bool:
        """Whether the file can be used as it is now."""
        self.now()
        return self._good

    def now(self) -> Settings:
        """The settings as the file has them; the last good ones where it cannot be used."""
        if self._file is None:
            return self._settings
        with self._lock:
            stamp = _stamp(self._file)
            if stamp is None or stamp != self._seen:
                self._read(self._file)
                # One that was written just now may be written again without a sign of it: it is read until it rests.
                self._seen = stamp if stamp and abs(time.time_ns() - stamp[0]) > _SETTLED else None
            return self._settings

    def roles(self) -> RoleSettings:
        """Who sees what in the add-on; nobody anything once it is switched off."""
        addon = self.now().addon
        return addon.roles if addon.enabled else RoleSettings()

    def _read(self, file: Path) -> None:
        try:
            self._settings = load_settings(file)
        except ConfigError as error:
            if self._good:
                _LOG.error("The configuration cannot be used, and what was read of it before still holds: %s", error)
            self._good = False
        else:
            if not self._good:
                _LOG.info("%s can be used again.", file)
            self._good = True


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written or another one takes its place; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
