"""Who is answered first while all threads are busy."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.config import HILLCREST

from sync.config import load_settings
from sync.web.queue import FormsFirst
from webhook_app import make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from sync.web.serving import PageServer

    App = Callable[[dict[str, str], Callable[..., object]], Iterable[bytes]]


def waiting(*requests: str, clock: Callable[[], float] = time.monotonic) -> FormsFirst:
    queue = FormsFirst(clock)
    for request in requests:
        add(queue, request)
    return queue


def add(queue: FormsFirst, request: str) -> None:
    command, _, name = request.partition(" ")
    queue.append(SimpleNamespace(requests=[SimpleNamespace(command=command)], name=name))  # type: ignore[arg-type]


def next_of(queue: FormsFirst) -> str:
    name: str = queue.popleft().name  # type: ignore[attr-defined]
    return name


def order(queue: FormsFirst) -> list[str]:
    return [next_of(queue) for _ in range(len(queue))]


@contextmanager
def served(app: App, folder: Path) -> Iterator[tuple[PageServer, Callable[[str, str], socket.socket]]]:
    """A server of one thread, and what connects to it and asks: the connection stays until the end."""
    (folder / "sensync.toml").write_text(HILLCREST, "utf-8")
    listener = socket.create_server(("127.0.0.1", 0))
    server = make_server(app, load_settings(folder / "sensync.toml"), listener, 1)  # type: ignore[arg-type]
    threading.Thread(target=server.run, daemon=True).start()
    callers: list[socket.socket] = []

    def connect(method: str, path: str) -> socket.socket:
        caller = socket.create_connection(listener.getsockname(), timeout=5)
        callers.append(caller)
        caller.sendall(f"{method} {path} HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n".encode())
        return caller

    try:
        yield server, connect
    finally:
        server.stop(0)
        for caller in callers:
            caller.close()


def status(caller: socket.socket) -> bytes:
    """The first line of the answer."""
    return caller.recv(100).partition(b"\r\n")[0]


def test_forms_go_before_pages_and_each_kind_in_its_order() -> None:
    queue = waiting("GET a", "POST b", "HEAD c", "POST d", "GET e")
    assert (len(queue), order(queue), len(queue)) == (5, ["b", "d", "a", "c", "e"], 0)


def test_a_page_waits_for_forms_up_to_half_a_second() -> None:
    now = 100.0
    queue = waiting("GET a", "GET b", *(f"POST {number}" for number in range(20)), clock=lambda: now)
    now = 100.49
    assert [next_of(queue) for _ in range(10)] == [*map(str, range(10))]
    now = 100.5
    assert next_of(queue) == "a"


def test_among_forms_one_page_in_nine_is_of_those_that_have_waited_for_long() -> None:
    now = 100.0
    queue = waiting("GET a", "GET b", *(f"POST {number}" for number in range(17)), clock=lambda: now)
    now = 101.0
    add(queue, "GET c")
    assert order(queue) == [*map(str, range(8)), "a", *map(str, range(8, 16)), "b", "16", "c"]


@given(st.lists(st.tuples(st.sampled_from(["GET", "POST", "POST", "POST", ""]), st.floats(0, 0.3)), max_size=80))
def test_each_request_is_answered_once_in_the_order_of_its_kind_and_no_page_sees_nine_forms_pass_when_it_is_its_turn(
    steps: list[tuple[str, float]],
) -> None:
    now, asked, answered = 0.0, [], []
    queue = FormsFirst(lambda: now)
    came: dict[str, float] = {}
    passed: dict[str, int] = {}

    def answer() -> None:
        name = next_of(queue)
        answered.append(name)
        pages = [each for each in asked if each.startswith("GET") and each not in answered]
        if name.startswith("POST") and pages and now - came[pages[0]] >= 0.5:
            passed[pages[0]] = passed.get(pages[0], 0) + 1

    for number, (command, pause) in enumerate(steps):
        now += pause
        if command:
            name = f"{command} {number}"
            asked.append(name)
            came[name] = now
            add(queue, f"{command} {name}")
        elif len(queue):
            answer()
    while len(queue):
        answer()
    for kind in ("GET", "POST"):
        assert [each for each in answered if each.startswith(kind)] == [each for each in asked if each.startswith(kind)]
    assert max(passed.values(), default=0) <= 8


def test_who_asks_of_nobody_waiting_is_told_so() -> None:
    with pytest.raises(IndexError):
        FormsFirst().popleft()


def test_a_request_that_could_not_be_read_waits_like_a_page() -> None:
    queue = waiting("POST a")
    queue.append(SimpleNamespace(requests=[SimpleNamespace(error="400")], name="b"))  # type: ignore[arg-type]
    assert order(queue) == ["a", "b"]


def test_whoever_comes_while_two_hundred_phones_are_connected_is_answered_at_once(tmp_path: Path) -> None:
    def app(_environ: dict[str, str], start_response: Callable[..., object]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    with served(app, tmp_path) as (_, connect):
        for _ in range(201):
            # Each keeps the connection, as a browser does.
            assert status(connect("GET", "/")) == b"HTTP/1.1 200 OK"


def test_the_server_answers_a_form_before_a_page_that_came_earlier(tmp_path: Path) -> None:
    answered: list[str] = []
    busy, go_on = threading.Event(), threading.Event()

    def app(environ: dict[str, str], start_response: Callable[..., object]) -> Iterable[bytes]:
        answered.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] == "/first":
            busy.set()
            go_on.wait(20)
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    with served(app, tmp_path) as (server, connect):
        callers = []
        for method, path in (("GET", "/first"), ("GET", "/page"), ("POST", "/form")):
            callers.append(connect(method, path))
            assert busy.wait(20)
            patience = time.monotonic() + 20
            while len(server.queue) < len(callers) - 1:
                assert time.monotonic() < patience
                time.sleep(0.01)
        go_on.set()
        assert [status(caller) for caller in callers] == [b"HTTP/1.1 200 OK"] * 3
    assert answered == ["/first", "/form", "/page"]
