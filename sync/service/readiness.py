"""Whether this process should be sent requests, as a balancer or a supervisor asks it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from sync.domain.errors import SensyncError
from sync.log import where

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.store import Store

_LOG = logging.getLogger(__name__)

STOPPING: Final = "stopping"
STORE: Final = "store"
REVISION: Final = "revision"
SETTINGS: Final = "settings"
WORKER: Final = "worker"


class Readiness:
    """What must hold, asked anew each time. A reason is one word of ours: whoever may ask learns nothing else."""

    def __init__(self) -> None:
        self._checks: list[Callable[[], str]] = []
        self._ending = False

    def needs(self, check: Callable[[], str]) -> None:
        """Adds something that must hold.

        Args:
            check: gives "" where it does, and the reason where it does not.
        """
        self._checks.append(check)

    def end(self) -> None:
        """From now on the process is not ready: it ends."""
        self._ending = True

    def trouble(self) -> str:
        """Why the process is not ready; "" where it is."""
        if self._ending:
            return STOPPING
        return next((reason for check in self._checks if (reason := check())), "")


def store_check(store: Store) -> Callable[[], str]:
    """Asks whether the store answers (else `STORE`), and has the tables that this Sensync knows (else `REVISION`)."""

    def check() -> str:
        try:
            return "" if store.is_current() else REVISION
        except SensyncError:
            return STORE
        except Exception as error:  # noqa: BLE001 - a driver's own; its text may hold an address
            _LOG.error("the store could not be asked: %s", where(error))
            return STORE

    return check
