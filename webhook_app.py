"""The WSGI entry: `waitress-serve --call webhook_app:create_app`, or `sensync serve`, and the server of the latter."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from addon import web as addon_web
from sync.clock import utc_now
from sync.config import find_config, load_settings
from sync.config_current import CurrentSettings
from sync.service.addon_desk import open_addon_desk
from sync.service.booking_desk import open_booking_desk
from sync.service.channels import open_calendar_hook
from sync.service.concern_hooks import open_concern_hooks
from sync.service.readiness import SETTINGS, Readiness, store_check
from sync.store import Store
from sync.web.app import make_app
from sync.web.health import with_health
from sync.web.serving import PageServer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from datetime import datetime

    from _typeshed.wsgi import WSGIApplication
    from flask import Flask

    from sync.config import Settings

_SWITCH = 0.0005
"""Seconds that a thread may compute before another one that waits gets its turn."""

_CONNECTIONS = 500
"""Browsers that stay connected; whoever comes then waits until one of them has been silent for half a minute.

By itself waitress stops at a hundred, fewer than the parents of one rush. It looks at them with select(2), which knows
no more than 1,024 open files: https://docs.pylonsproject.org/projects/waitress/en/stable/arguments.html
"""


def create_app(
    settings: Settings | None = None,
    *,
    current: CurrentSettings | None = None,
    readiness: Readiness | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Flask:
    """The web application of one school, on its store.

    Args:
        settings: the configuration; None reads it as `sensync` does, from SENSYNC_CONFIG or ./sensync.toml.
        current: what may change while pages are served, shared by whoever in this process looks at it; None has
            `settings` stay as they are, where they are given.
        readiness: what must hold for `/readyz`; what the application needs is added to it.
        now: the clock, giving aware instants.

    Raises:
        ConfigError: the configuration or the store cannot be used.
        RefusedError: there is no workbook yet.
    """
    config = None
    if settings is None:
        config = find_config()
        settings = load_settings(config)
    current = current or CurrentSettings(settings, config)
    hook = open_calendar_hook(settings, now=now)
    app = make_app(
        open_booking_desk(settings, now=now),
        settings,
        hook=hook.take if hook else None,
        concerns=open_concern_hooks(settings, now=now),
        now=now,
    )
    addon = open_addon_desk(settings, now=now)
    if addon is not None:
        addon_web.join(app, addon, current.roles)
    readiness = readiness or Readiness()
    readiness.needs(store_check(Store(settings.store.url, now=now)))
    readiness.needs(lambda: "" if current.good else SETTINGS)
    app.wsgi_app = with_health(app.wsgi_app, readiness.trouble)  # type: ignore[assignment,method-assign]
    return app


def make_server(app: WSGIApplication, settings: Settings, listener: socket.socket, threads: int) -> PageServer:
    """A server of the application on a bound socket; its `run` serves until it is stopped.

    Args:
        app: the pages.
        settings: `[booking]` says how parents reach them, and how many proxies stand between.
        listener: a bound socket.
        threads: how many requests are answered at a time.
    """
    # The thread that reads what parents send gives its turn away at each of them, and those that answer keep it for as
    # long as they may. With Python's own five milliseconds, presses of one instant were read among what came after.
    sys.setswitchinterval(_SWITCH)
    return PageServer(
        app,
        listener,
        threads,
        ident=None,
        url_scheme=settings.booking.address.partition(":")[0],
        # Where proxies are trusted, the application reads their headers itself, by their number.
        clear_untrusted_proxy_headers=settings.booking.trusted_proxies == 0,
        max_request_header_size=16 * 1024,
        max_request_body_size=64 * 1024,
        channel_timeout=30,
        connection_limit=_CONNECTIONS,
    )
