"""`sensync serve`: the web pages on which parents book."""

from __future__ import annotations

import logging
import signal
import socket
from typing import TYPE_CHECKING

import click

from sync.cli import Shell, pass_shell
from sync.domain.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.service.background import Background
    from sync.service.readiness import Readiness
    from sync.web.serving import PageServer

_LOG = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@click.command("serve", short_help="Serve the pages on which parents book.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The interface to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 64), help="Requests at a time.")
@click.option(
    "--grace",
    default=8.0,
    show_default=True,
    type=click.FloatRange(0, 3600),
    help="Seconds for what was begun, once it is told to stop.",
)
@click.option(
    "--deliver/--no-deliver",
    default=True,
    help="Send letters and events, follow Calendar, and do what the add-on asks for, meanwhile (the default).",
)
@pass_shell
def command(shell: Shell, host: str, port: int, threads: int, grace: float, deliver: bool) -> None:
    """Serve the pages on which parents book, until Ctrl-C or SIGTERM.

    Put a proxy with https before it; several processes may share one store.
    """
    from addon.roles import may_write  # noqa: PLC0415 - fast --help
    from sync.config import find_config  # noqa: PLC0415
    from sync.config_current import CurrentSettings  # noqa: PLC0415
    from sync.service.jobs import JobWorker  # noqa: PLC0415
    from sync.service.readiness import Readiness  # noqa: PLC0415
    from sync.service.worker import Worker  # noqa: PLC0415
    from webhook_app import create_app, make_server  # noqa: PLC0415

    settings = shell.settings()
    readiness, current = Readiness(), CurrentSettings(settings, find_config(shell.config))
    app = create_app(settings, current=current, readiness=readiness)
    listener = _listen(host, port)
    server = make_server(app, settings, listener, threads)
    where = f"{listener.getsockname()[0]}:{listener.getsockname()[1]}"
    workers: list[Worker | JobWorker] = [Worker(settings)] if deliver else []
    if deliver and settings.addon.enabled:
        workers.append(JobWorker(settings, may_write=lambda who: may_write(current.roles(), who)))
    _serve(server, workers, readiness, grace, said=f"{settings.booking.address} (listening on {where})")


def _serve(server: PageServer, workers: Sequence[Background], readiness: Readiness, grace: float, *, said: str) -> None:
    """Serves until a signal, then lets everybody finish what they have in hand, for so many seconds in all."""
    from sync.service.readiness import WORKER  # noqa: PLC0415 - fast --help
    from sync.web.serving import settle  # noqa: PLC0415

    def end(_number: int, _frame: object) -> None:
        # Whoever is told twice ends at once.
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        readiness.end()
        server.stop(grace)
        for worker in workers:
            worker.end()

    # Before the first deed is begun: from then on nobody is cut off in the middle of one.
    for each in _SIGNALS:
        signal.signal(each, end)
    settle()
    try:
        for worker in workers:
            worker.start()
        readiness.needs(lambda: "" if all(worker.well for worker in workers) else WORKER)
        click.echo(f"Parents' pages: {said}. Ctrl-C ends it.")
        _LOG.info("serving: %s", said)
        unanswered = server.run()
    except BaseException:
        for worker in workers:
            worker.stop()
        raise
    at_work = [worker for worker in workers if not worker.stop(server.time_left)]
    if unanswered or at_work:
        _LOG.warning(
            "ended before all was done: %d requests without an answer, %d deeds cut off, which the next process does",
            unanswered,
            len(at_work),
        )
    else:
        _LOG.info("ended, with all done that was begun")


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket.

    Raises:
        UsageError: the port is taken, or the host is none of this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise UsageError(
            f"{host}, port {port}: it cannot be used: {error.strerror}.",
            next_step="Stop the program that uses the port, or name another with --port; 0 takes a free one.",
        ) from error
    return listener
