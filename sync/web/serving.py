"""The server of `sensync serve`: waitress, which answers what it has begun before it ends."""

from __future__ import annotations

import gc
import select
import time
from typing import TYPE_CHECKING, Any, Final

from waitress import wasyncore
from waitress.server import create_server

from sync.web.queue import FormsFirst

if TYPE_CHECKING:
    import socket

    from _typeshed.wsgi import WSGIApplication
    from waitress.channel import HTTPChannel

_TICK: Final = 1.0
_STEP: Final = 0.1

_ON_THE_WAY: Final = 0.5
"""Seconds for which a connection without a request is kept when the end has begun: one may be on its way."""


_OBJECTS: Final = 10_000
"""Objects made and kept since the last look for cycles that lead to the next, many requests' worth of them."""


def settle() -> None:
    """Tells the garbage collector that what is loaded by now stays; a server calls it once, before it serves.

    By default Python walks through all of it (a tenth of a second, in which no thread goes on) whenever enough new
    objects are there, which is in the middle of a rush. https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)


class PageServer:
    """Serves an application on a bound socket, from `run` until `stop`.

    Args:
        app: the application.
        listener: a bound socket, which the server closes.
        threads: how many requests are answered at a time.
        adjustments: of waitress.
    """

    def __init__(self, app: WSGIApplication, listener: socket.socket, threads: int, **adjustments: Any) -> None:
        self._sockets: dict[int, Any] = {}
        # Of one socket waitress makes one server.
        self._server: Any = create_server(app, map=self._sockets, sockets=[listener], threads=threads, **adjustments)
        self.queue = FormsFirst()
        self._server.task_dispatcher.queue = self.queue  # type: ignore[assignment]  # all of a deque that it uses
        self._until: float | None = None
        self._over = False

    def run(self) -> int:
        """Serves until it is stopped, then answers what was begun by then.

        Returns:
            How many requests had no answer when the time that `stop` gave was up.
        """
        while self._until is None:
            self._turn(_TICK)
        try:
            return self._finish()
        finally:
            self._over = True

    def stop(self, within: float) -> None:
        """Has `run` take no more connections, and end. Any thread or signal handler may call it, at any time.

        Args:
            within: seconds for what was begun.
        """
        self._until = time.monotonic() + within
        if not self._over:
            self._server.pull_trigger()

    @property
    def time_left(self) -> float:
        """Seconds of those that `stop` gave; below nought once they are over."""
        return 0.0 if self._until is None else self._until - time.monotonic()

    def _turn(self, patience: float) -> None:
        wasyncore.loop(timeout=patience, map=self._sockets, count=1)

    def _finish(self) -> int:
        server = self._server
        # Whoever has connected is let in: their browser was not refused, so it would not try again.
        while server.readable() and select.select([server.socket], [], [], 0)[0] and self.time_left > 0:
            self._turn(0)
        wasyncore.dispatcher.close(server)
        self._answer()
        left = list(server.active_channels.values())
        unanswered = sum(bool(channel.requests) for channel in left)
        server.task_dispatcher.shutdown(timeout=0 if unanswered else max(self.time_left, _STEP))
        for channel in left:
            channel.handle_close()
        if not unanswered:
            # Otherwise a thread is still at work, and would pull it.
            server.trigger.close()
        return unanswered

    def _answer(self) -> None:
        """Goes on until every connection has had the answer to what was under way, and is closed."""
        channels: dict[int, HTTPChannel] = self._server.active_channels
        on_the_way = time.monotonic() + _ON_THE_WAY
        busy: set[HTTPChannel] = set()
        while channels and self.time_left > 0:
            for channel in list(channels.values()):
                if channel.requests or channel.request is not None:
                    busy.add(channel)
                elif channel in busy or time.monotonic() >= on_the_way:
                    channel.close_when_flushed = True
            self._turn(_STEP)
