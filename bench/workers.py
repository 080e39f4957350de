"""Worker processes that serve the parents' pages, as a school that outgrew one process runs them behind a proxy.

`python -m bench.workers CONFIG THREADS` is one of them: the real application under the real server. It says its port on
a line of its own, and serves until it is killed.
"""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sync.config import load_settings
from sync.web.serving import settle
from webhook_app import create_app, make_server

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def workers(config: Path, processes: int, threads: int) -> Iterator[list[int]]:
    """The ports of so many workers on loopback, which answer by the time they are given."""
    command = [sys.executable, "-m", "bench.workers", str(config), str(threads)]
    started = [
        subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    try:
        yield [_port(each) for each in started]
    finally:
        for each in started:
            each.kill()
            each.communicate()


def _port(worker: subprocess.Popen[str]) -> int:
    assert worker.stdout is not None  # noqa: S101 - a pipe, as `workers` asked for
    line = worker.stdout.readline()
    if not line:
        msg = "a worker of the bench ended before it served; its own words are above"
        raise ChildProcessError(msg)
    return int(line)


def serve(config: str, threads: str) -> None:
    """One worker, until it is killed."""
    # Waitress says of each request and connection that waits how many do. Here they wait on purpose.
    logging.getLogger("waitress").setLevel(logging.ERROR)
    settings = load_settings(config)
    app = create_app(settings)
    listener = socket.create_server(("127.0.0.1", 0))
    server = make_server(app, settings, listener, int(threads))
    print(listener.getsockname()[1], flush=True)
    settle()
    server.run()


if __name__ == "__main__":
    serve(*sys.argv[1:])
