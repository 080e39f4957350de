"""The server that carries the pages: waitress, set up for a school."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waitress.server import create_server

if TYPE_CHECKING:
    import socket

    from _typeshed.wsgi import WSGIApplication
    from waitress.server import BaseWSGIServer, MultiSocketServer

    from sync.config import Settings


def make_server(
    app: WSGIApplication, settings: Settings, listener: socket.socket, threads: int
) -> MultiSocketServer | BaseWSGIServer:
    """A server of the application on a bound socket; its `run` serves until it is interrupted.

    Args:
        app: the pages.
        settings: `[booking]` says how parents reach them, and how many proxies stand between.
        listener: a bound socket.
        threads: how many requests are answered at a time.
    """
    return create_server(
        app,
        sockets=[listener],
        threads=threads,
        ident=None,
        url_scheme=settings.booking.address.partition(":")[0],
        # Where proxies are trusted, the application reads their headers itself, by their number.
        clear_untrusted_proxy_headers=settings.booking.trusted_proxies == 0,
        max_request_header_size=16 * 1024,
        max_request_body_size=64 * 1024,
        channel_timeout=30,
    )
