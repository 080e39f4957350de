"""Delivers, follows and reads the forms in the background of `sensync serve`.

Any number of processes may have one: the outbox hands each row to one of them, and one at a time reads Calendar's
changes. Nothing that goes wrong ends it; what went wrong is logged without a name.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.clock import utc_now
from sync.domain.errors import RefusedError
from sync.google.credentials import open_door
from sync.log import where
from sync.service.background import Background
from sync.service.rounds import open_rounds
from sync.service.which import known_workbook
from sync.store import LeaseHeldError, LeaseLostError, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sync.config import Settings
    from sync.google.door import Door
    from sync.service.rounds import Rounds
    from sync.store import Lease, Workbook

_LOG = logging.getLogger(__name__)

PAUSE = 2.0
"""Seconds between two looks into the outbox; each is a cheap question to the store."""

FOLLOW_EVERY = 60.0
"""Seconds between two readings of Calendar and forms; where Google can reach us, it tells of changes at once."""

_TURN_LASTS = 3 * FOLLOW_EVERY
_AFTER_TROUBLE = 30.0


@contextmanager
def own_rounds(
    settings: Settings, *, now: Callable[[], datetime] = utc_now, open_door: Callable[..., Door] = open_door
) -> Iterator[tuple[Rounds, Store, Workbook]]:
    """The rounds of the school in the configuration, on a store of their own.

    Raises:
        ConfigError: the store or the letters' texts cannot be used.
        RefusedError: there is no workbook yet, or sensync.toml names another one.
    """
    with Store(settings.store.url, now=now) as store:
        store.migrate()
        workbook = known_workbook(store, settings)
        if workbook is None:
            raise RefusedError(
                "There is no workbook yet, so there is nothing to deliver.",
                next_step="Run `sensync setup`, then `sensync sync`.",
            )
        with open_rounds(settings, store=store, workbook=workbook, now=now, open_door=open_door) as rounds:
            yield rounds, store, workbook


class Worker(Background):
    """A thread that delivers and follows until it is stopped; what was cut off is done again by the next.

    Args:
        settings: the configuration.
        pause: seconds between two looks into the outbox.
        follow_every: seconds between two readings of Calendar and forms.
        now: the clock, giving aware instants.
        open_door: as `sync.google.credentials.open_door`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        pause: float = PAUSE,
        follow_every: float = FOLLOW_EVERY,
        now: Callable[[], datetime] = utc_now,
        open_door: Callable[..., Door] = open_door,
    ) -> None:
        super().__init__("sensync delivers")
        self._settings = settings
        self._pause = pause
        self._every = follow_every
        self._now = now
        self._open_door = open_door

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                with own_rounds(self._settings, now=self._now, open_door=self._open_door) as (rounds, store, workbook):
                    self._work(rounds, _Turn(store, workbook))
            except Exception as error:  # noqa: BLE001 - the thread goes on; the text may hold anything
                _LOG.error("delivering stopped and begins anew: %s", where(error))
                self._failed()
                self._end.wait(_AFTER_TROUBLE)

    def _work(self, rounds: Rounds, turn: _Turn) -> None:
        try:
            next_follow = time.monotonic()
            while not self._end.is_set():
                if time.monotonic() >= next_follow:
                    next_follow = time.monotonic() + self._every
                    if turn.is_ours():
                        rounds.follow()
                        rounds.sweep()
                rounds.deliver(self._end.is_set)
                self._succeeded()
                self._end.wait(self._pause)
        finally:
            turn.give_back()


class _Turn:
    """Whose turn it is to follow Calendar and read the forms: one process keeps it until it ends or falls silent."""

    def __init__(self, store: Store, workbook: Workbook) -> None:
        self._store = store
        self._name = f"follower:{workbook.id}"
        self._holder = f"sensync on {socket.gethostname()}, process {os.getpid()}, {secrets.token_hex(4)}"
        self._lease: Lease | None = None

    def is_ours(self) -> bool:
        """Keeps the turn, or takes it where nobody has it."""
        try:
            if self._lease is None:
                lease = self._store.lease(self._name, self._holder, _TURN_LASTS)
                lease.__enter__()
                self._lease = lease
            else:
                self._lease.renew()
        except LeaseHeldError:
            return False
        except LeaseLostError:
            self._lease = None
            return False
        return True

    def give_back(self) -> None:
        """Lets another one follow."""
        lease, self._lease = self._lease, None
        if lease is not None:
            lease.__exit__(None, None, None)
