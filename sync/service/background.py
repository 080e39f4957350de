"""A thread that works beside the pages until it is told to end."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod

_GOODBYE = 10.0

PASSES = 120.0
"""Seconds of trouble that may pass by themselves: a few beginnings anew."""


class Background(ABC):
    """The thread; a subclass says in `_run` what it does, and looks at `_end` between two deeds.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._end = threading.Event()
        self._in_trouble_since: float | None = None
        # A daemon: a request to Google that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it is at work, or waits for some."""
        return self._thread.is_alive()

    @property
    def well(self) -> bool:
        """Whether it is at work or waits for some, and what it does has not failed for long."""
        since = self._in_trouble_since
        return self.alive and (since is None or time.monotonic() - since < PASSES)

    def _succeeded(self) -> None:
        """For `_run` to say after a good round."""
        self._in_trouble_since = None

    def _failed(self) -> None:
        """For `_run` to say when it has to begin anew."""
        if self._in_trouble_since is None:
            self._in_trouble_since = time.monotonic()

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def end(self) -> None:
        """Has it begin nothing new; waits for nothing."""
        self._end.set()

    def stop(self, within: float = _GOODBYE) -> bool:
        """Ends the thread after what it is doing. What takes longer is cut off, and done again by the next.

        Args:
            within: seconds that are waited at most.

        Returns:
            Whether it has ended.
        """
        self.end()
        if self.alive:
            self._thread.join(max(within, 0.0))
        return not self.alive

    @abstractmethod
    def _run(self) -> None:
        """Works until `_end` is set, whatever goes wrong."""
