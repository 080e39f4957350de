"""The wire that the benchmark measures on: a workspace and a counting proxy, each in a process of its own.

Every tool goes through the same proxy, so none can count in its own favour, and the CPU of this process is the
client's alone. The proxy passes bytes on as they are. It counts the bodies of requests and answers as they travel
(compressed where they are compressed) and waits before it passes on a request, which stands for a round trip.

`python -m bench.wire ADDRESS` is the proxy: it says its own address, then answers lines on its standard input:
`latency SECONDS` and `take` (the requests since the last `take`, as one line of JSON).
"""

from __future__ import annotations

import json
import secrets
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import urlsplit

from local_workspace.http.wire import Logged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

ROBOT = "sensync@school.example"
SENCO = "senco@school.example"
_ROOT = Path(__file__).resolve().parent.parent
_BODILESS = frozenset({204, 304})
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Measured:
    """What some work cost: its requests in order, CPU of this process and time that passed, both in seconds."""

    requests: Sequence[Logged]
    cpu: float
    elapsed: float

    def then(self, other: Measured) -> Measured:
        """This work and another, as one."""
        return Measured((*self.requests, *other.requests), self.cpu + other.cpu, self.elapsed + other.elapsed)


class Wire:
    """A workspace in another process behind a counting proxy in a third; a context manager.

    Attributes:
        base_url: the proxy's address, for the tools that are measured.
        direct_url: the workspace's own address, for what must not be counted.
        token: a bearer token of the role mailbox.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self.base_url = self.direct_url = ""
        self._stack = ExitStack()
        self._proxy: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start both processes.

        Raises:
            RuntimeError: one of them ended before it said its address.
        """
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            seed = folder / "seed.json"
            seed.write_text(json.dumps({"accounts": [{"email": ROBOT}, {"email": SENCO}]}), encoding="utf-8")
            workspace = stack.enter_context(
                _started("local_workspace", "--port", "0", "--token", self.token, "--seed", str(seed))
            )
            self.direct_url = _said(workspace)
            self._proxy = stack.enter_context(_started("bench.wire", self.direct_url))
            self.base_url = _said(self._proxy)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def latency(self, seconds: float) -> None:
        """How long the proxy waits before it passes a request on."""
        self._ask(f"latency {seconds}")

    def measure(self, work: Callable[[], object]) -> Measured:
        """Do the work and give what it cost."""
        self._ask("take")
        start, cpu = time.perf_counter(), time.process_time()
        work()
        cpu, elapsed = time.process_time() - cpu, time.perf_counter() - start
        return Measured([Logged(*line) for line in json.loads(self._ask("take"))], cpu, elapsed)

    def _ask(self, line: str) -> str:
        proxy = self._proxy
        if proxy is None or proxy.stdin is None:
            raise RuntimeError("The wire is not open. Use it as a context manager.")
        proxy.stdin.write(f"{line}\n")
        proxy.stdin.flush()
        return _said(proxy)


@contextmanager
def _started(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-u", "-m", module, *arguments]
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _said(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError(f"{process.args!r} ended with code {process.wait()}; its own words are above.")
    return line.strip()


# The proxy, in its own process


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 32

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passage)
        self.upstream = urlsplit(upstream)
        self.latency = 0.0
        self._lock = threading.Lock()
        self._log: list[Logged] = []

    def note(self, line: Logged) -> None:
        with self._lock:
            self._log.append(line)

    def take(self) -> list[Logged]:
        with self._lock:
            taken, self._log = self._log, []
        return taken


class _Passage(socketserver.StreamRequestHandler):
    """One connection of a client, kept open, with one of its own to the workspace."""

    server: _Proxy
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle(self) -> None:
        """Pass requests on until the client closes."""
        there = HTTPConnection(str(self.server.upstream.hostname), self.server.upstream.port, timeout=300)
        try:
            while self._one(there):
                pass
        finally:
            there.close()

    def _one(self, there: HTTPConnection) -> bool:
        line = self.rfile.readline().decode("latin-1").split()
        if not line:
            return False
        method, path = line[0], line[1]
        headers = _headers(self.rfile)
        if any(name.lower() == "transfer-encoding" for name, _ in headers):
            raise ValueError("A request in chunks cannot be counted here; send it with a Content-Length.")
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        body = self.rfile.read(length)
        time.sleep(self.server.latency)
        there.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            there.putheader(name, value)
        there.endheaders(body or None)
        answer = there.getresponse()
        # `read` takes the transfer apart but leaves the content compressed, as it came.
        content = answer.read()
        self.server.note(Logged(method, path, len(body), len(content), "", answer.status))
        self._answer(answer.status, answer.reason, answer.getheaders(), content)
        return True

    def _answer(self, status: int, reason: str, headers: Sequence[tuple[str, str]], content: bytes) -> None:
        kept = [(name, value) for name, value in headers if name.lower() not in {*_HOP, "content-length"}]
        if status not in _BODILESS:
            kept.append(("Content-Length", str(len(content))))
        head = "".join(f"{name}: {value}\r\n" for name, value in kept)
        self.wfile.write(f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode("latin-1") + content)
        self.wfile.flush()


class _Lines(Protocol):
    def readline(self) -> bytes: ...


def _headers(stream: _Lines) -> list[tuple[str, str]]:
    headers = []
    while (raw := stream.readline()) not in (b"\r\n", b"\n", b""):
        name, _, value = raw.decode("latin-1").partition(":")
        headers.append((name.strip(), value.strip()))
    return headers


def main(upstream: str) -> None:
    """Be the proxy until standard input ends."""
    with _Proxy(upstream) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{proxy.server_address[1]}")
        for line in sys.stdin:
            word, _, value = line.strip().partition(" ")
            if word == "latency":
                proxy.latency = float(value)
            print(json.dumps(proxy.take() if word == "take" else "ok"))


if __name__ == "__main__":
    main(sys.argv[1])
