"""A thread that works beside the pages until it is told to end."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

_GOODBYE = 10.0


class Background(ABC):
    """The thread; a subclass says in `_run` what it does, and looks at `_end` between two deeds.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._end = threading.Event()
        # A daemon: a request to Google that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it is at work, or waits for some."""
        return self._thread.is_alive()

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
