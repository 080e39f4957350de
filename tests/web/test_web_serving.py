"""The server ends without breaking off what it has begun."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from sync.web.serving import PageServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

GET = b"GET /%s HTTP/1.1\r\nHost: here\r\n\r\n"


class Served:
    """A server in a thread, whose pages wait until they are let go."""

    def __init__(self, threads: int = 1) -> None:
        self.begun: list[str] = []
        self.go_on = threading.Event()
        self.unanswered: int | None = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.server = PageServer(self._app, self.listener, threads)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        self.unanswered = self.server.run()

    def _app(self, environ: dict[str, str], start_response: Callable[..., object]) -> Iterable[bytes]:
        self.begun.append(environ["PATH_INFO"])
        if environ["PATH_INFO"].startswith("/slow"):
            self.go_on.wait(20)
        start_response("200 OK", [("Content-Length", "100000")])
        return [b"x" * 100_000]

    def connect(self, sent: bytes = b"") -> socket.socket:
        caller = socket.create_connection(self.address, timeout=20)
        caller.sendall(sent)
        return caller

    def refuses(self) -> bool:
        try:
            self.connect().close()
        except ConnectionRefusedError:
            return True
        return False


@contextmanager
def served() -> Iterator[Served]:
    made = Served()
    try:
        yield made
    finally:
        made.go_on.set()
        made.server.stop(0)
        made.thread.join(20)


def wait_for(holds: Callable[[], bool]) -> None:
    patience = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < patience
        time.sleep(0.01)


def whole(caller: socket.socket) -> tuple[bytes, int]:
    """The first line of an answer, and how long it is up to the end of the connection."""
    found = b""
    with caller:
        while more := caller.recv(65536):
            found += more
    return found.partition(b"\r\n")[0], len(found.partition(b"\r\n\r\n")[2])


def test_what_was_begun_is_answered_and_nothing_else_is_begun() -> None:
    with served() as it:
        idle = it.connect()
        running = it.connect(GET % b"slow")
        wait_for(lambda: it.begun == ["/slow"])
        waiting = it.connect(GET % b"waiting")
        half = it.connect(GET[:5])
        wait_for(lambda: len(it.server.queue) == 1)
        it.server.stop(20)
        half.sendall((GET % b"half")[5:])
        wait_for(it.refuses)
        assert whole(idle) == (b"", 0)
        it.go_on.set()
        answers = [whole(each) for each in (running, waiting, half)]
        it.thread.join(20)
        assert answers == [(b"HTTP/1.1 200 OK", 100_000)] * 3
        assert (it.unanswered, sorted(it.begun)) == (0, ["/half", "/slow", "/waiting"])


def test_what_takes_longer_than_the_limit_is_counted_and_not_waited_for() -> None:
    with served() as it:
        callers = [it.connect(GET % b"slow"), it.connect(GET % b"next")]
        wait_for(lambda: len(it.server.queue) == 1)
        began = time.monotonic()
        it.server.stop(0.2)
        it.thread.join(20)
        assert (it.unanswered, it.begun) == (2, ["/slow"])
        assert time.monotonic() - began == pytest.approx(0.2, abs=2)
        for caller in callers:
            caller.close()


def test_a_server_that_nobody_asks_ends_at_once() -> None:
    with served() as it:
        began = time.monotonic()
        it.server.stop(20)
        it.thread.join(20)
        assert (it.unanswered, time.monotonic() - began < 2) == (0, True)
        it.server.stop(20)


def test_what_is_loaded_is_not_walked_through_again_and_a_cycle_made_later_goes() -> None:
    # In a process of its own: what is frozen stays so.
    script = """
import gc, weakref
from sync.web.serving import settle

class Thing: pass

settle()
thing = Thing()
thing.itself = thing
gone = weakref.ref(thing)
del thing
many = [[n] for n in range(2 * gc.get_threshold()[0])]
print(gc.get_freeze_count() > 1000, gone() is None)
"""
    ended = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert ended.stdout == "True True\n"
