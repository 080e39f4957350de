"""Google's quota, kept on our side: better to wait a second here than to be refused there.

Sheets allows 60 reads and 60 writes in a minute for one user (Sheets API, "Usage limits"). Counted over every
window of a minute, so that a burst before and a burst after the minute's turn do not add up to twice as many.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MINUTE = 60.0


class Quota:
    """At most `per_minute` calls in any 60 seconds, for all doors that share a credential. Thread-safe."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._taken: deque[float] = deque()
        self._lock = threading.Lock()

    def take(self, longest_wait: float, places: int = 1) -> float | None:
        """Books the next `places` free places (no more than a minute has) and gives the seconds to wait for them.

        Gives None, and books nothing, where that is longer than `longest_wait`.
        """
        places = min(places, self._per_minute)
        with self._lock:
            now = self._clock()
            while self._taken and self._taken[0] <= now - _MINUTE:
                self._taken.popleft()
            # Places may be booked ahead, so the one that frees our last is `per_minute` before the end.
            before = len(self._taken) + places - 1 - self._per_minute
            start = now if before < 0 else max(now, self._taken[before] + _MINUTE)
            if start - now > longest_wait:
                return None
            self._taken.extend([start] * places)
            return start - now

    def free(self) -> int:
        """How many calls could be made at this moment without a wait."""
        with self._lock:
            since = self._clock() - _MINUTE
            return max(0, self._per_minute - sum(1 for each in self._taken if each > since))


class Quotas:
    """The quotas of one process, by credential and kind of call (`read`, `write`)."""

    def __init__(self) -> None:
        self._quotas: dict[tuple[str, str, int], Quota] = {}
        self._lock = threading.Lock()

    def of(self, credential: str, kind: str, per_minute: int, clock: Callable[[], float]) -> Quota:
        """The quota shared by all who name the same credential, kind and size."""
        with self._lock:
            return self._quotas.setdefault((credential, kind, per_minute), Quota(per_minute, clock))
