"""`sensync serve`: the web pages on which parents book."""

from __future__ import annotations

import logging
import socket

import click

from sync.cli import Shell, pass_shell
from sync.domain.errors import UsageError

_LOG = logging.getLogger(__name__)


@click.command("serve", short_help="Serve the pages on which parents book.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The interface to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 64), help="Requests at a time.")
@click.option(
    "--deliver/--no-deliver",
    default=True,
    help="Send letters and events, follow Calendar, and do what the add-on asks for, meanwhile (the default).",
)
@pass_shell
def command(shell: Shell, host: str, port: int, threads: int, deliver: bool) -> None:
    """Serve the pages on which parents book, until Ctrl-C.

    Put a proxy with https before it; several processes may share one store.
    """
    from sync.service.jobs import JobWorker  # noqa: PLC0415 - fast --help
    from sync.service.worker import Worker  # noqa: PLC0415
    from webhook_app import create_app, make_server  # noqa: PLC0415

    settings = shell.settings()
    app = create_app(settings)
    listener = _listen(host, port)
    server = make_server(app, settings, listener, threads)
    where = f"{listener.getsockname()[0]}:{listener.getsockname()[1]}"
    click.echo(f"Parents' pages: {settings.booking.address} (listening on {where}). Ctrl-C ends it.")
    _LOG.info("serving on %s", where)
    workers: list[Worker | JobWorker] = [Worker(settings)] if deliver else []
    if deliver and settings.addon.enabled:
        workers.append(JobWorker(settings))
    for worker in workers:
        worker.start()
    try:
        server.run()
    finally:
        for worker in workers:
            worker.stop()


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
