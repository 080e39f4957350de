"""The WSGI entry: `waitress-serve --call webhook_app:create_app`, or `sensync serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.config import load_settings
from sync.service.booking_desk import open_booking_desk
from sync.service.channels import open_calendar_hook
from sync.web.app import make_app

if TYPE_CHECKING:
    from flask import Flask

    from sync.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The web application of one school, on its store.

    Args:
        settings: the configuration; None reads it as `sensync` does, from SENSYNC_CONFIG or ./sensync.toml.

    Raises:
        ConfigError: the configuration or the store cannot be used.
        RefusedError: there is no workbook yet.
    """
    settings = settings or load_settings()
    hook = open_calendar_hook(settings)
    return make_app(open_booking_desk(settings), settings, hook=hook.take if hook else None)
