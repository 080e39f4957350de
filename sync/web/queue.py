"""The order in which requests that wait are answered: forms before pages.

In a rush of parents each page that is looked at would keep somebody waiting who pressed Confirm and does not know yet.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from waitress.channel import HTTPChannel

_LONGEST: Final = 0.5
"""Seconds for which a page waits for forms, and from then on..."""

_MOST: Final = 8
"""...forms in a row before a page: many forms must not keep pages from being seen at all, nor many pages slow forms."""


class FormsFirst:
    """Requests that wait, for the dispatcher of waitress: all that it asks of a deque, each time under its lock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._forms: deque[HTTPChannel] = deque()
        self._pages: deque[tuple[float, HTTPChannel]] = deque()
        self._clock = clock
        self._in_a_row = 0

    def __len__(self) -> int:
        return len(self._forms) + len(self._pages)

    def append(self, channel: HTTPChannel) -> None:
        """Puts a connection whose next request was read behind the others of its kind."""
        # One that could not be read has no method, and is answered like a page.
        if getattr(channel.requests[0], "command", "") == "POST":
            self._forms.append(channel)
        else:
            self._pages.append((self._clock(), channel))

    def popleft(self) -> HTTPChannel:
        """The connection whose turn it is.

        Raises:
            IndexError: none waits.
        """
        if self._forms and (self._in_a_row < _MOST or not self._pages or self._is_young()):
            self._in_a_row += 1
            return self._forms.popleft()
        self._in_a_row = 0
        return self._pages.popleft()[1]

    def _is_young(self) -> bool:
        return self._clock() - self._pages[0][0] < _LONGEST
