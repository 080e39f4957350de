"""Channels: changes told to an address by POST, as Calendar's push does.

A message has no body and no signature; its headers name the channel. Delivery is off the caller's way, in order,
and tries again when the address answers 500, 502, 503 or 504 (documented). Only loopback addresses are told: what
happens in the workspace stays on this computer.
"""

from __future__ import annotations

import datetime as dt
import http.client
import logging
import queue
import threading
import time
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local_workspace.http.wire import ApiError

if TYPE_CHECKING:
    from .model import Channel, Draft

log = logging.getLogger("local_workspace")

Json = dict[str, Any]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
TRIES = 4
RETRIED = (500, 502, 503, 504)
AGENT = "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)"


def check_address(address: str) -> None:
    """Refuse an address that is no web address on this computer.

    Raises:
        ApiError: 400.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ApiError(400, f"WebHook callback must be HTTPS: {address}", reason="webhookUrlNotHttps")
    if parts.hostname not in LOOPBACK:
        raise ApiError(
            400,
            f"Unauthorized WebHook callback channel: {address}. The local workspace posts to loopback addresses only.",
            reason="webhookUrlUnauthorized",
        )


def headers_of(channel: Channel, state: str, number: int) -> dict[str, str]:
    """The headers of a message (documented)."""
    expires = dt.datetime.fromtimestamp(channel.expiration / 1000, dt.UTC)
    headers = {
        "X-Goog-Channel-ID": channel.id,
        "X-Goog-Channel-Expiration": format_datetime(expires, usegmt=True),
        "X-Goog-Resource-State": state,
        "X-Goog-Message-Number": str(number),
        "X-Goog-Resource-ID": channel.resource_id,
        "X-Goog-Resource-URI": channel.resource_uri,
        "User-Agent": AGENT,
        "Content-Length": "0",
    }
    if channel.token:
        headers["X-Goog-Channel-Token"] = channel.token
    return headers


def _post(address: str, headers: dict[str, str]) -> int:
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(str(parts.hostname), parts.port, timeout=5)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, b"", headers)
        return connection.getresponse().status
    finally:
        connection.close()


class Messenger:
    """Posts messages one after the other, on a thread of its own that lives while there are channels."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[tuple[str, dict[str, str]] | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def tell(self, draft: Draft, now: int) -> None:
        """Tell the channels that watch what a committed draft changed, and greet the new ones."""
        tables = draft.tables
        for channel in draft.channels.values():
            if channel is not None:
                self._put(channel.address, headers_of(channel, "sync", 1))
        events = {calendar_id for calendar_id, _ in draft.events}
        lists = {account for account, _ in draft.entries}
        for name, channel in tables.channels.items():
            if name in draft.channels or channel.expiration <= now:
                continue
            changed = {
                "events": channel.calendar in events,
                "calendarList": channel.account in lists,
                "acl": channel.calendar in draft.calendars,
            }.get(channel.kind, False)
            if changed:
                # Numbers grow and need not follow each other (documented); those of changes outlast a restart.
                self._put(channel.address, headers_of(channel, "exists", draft.change + 1))

    def _put(self, address: str, headers: dict[str, str]) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="calendar-channels")
                self._thread.start()
        self._waiting.put((address, headers))

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            self._deliver(*item)

    @staticmethod
    def _deliver(address: str, headers: dict[str, str]) -> None:
        for turn in range(TRIES):
            try:
                status = _post(address, headers)
            except (OSError, http.client.HTTPException):
                status = 503
            if status not in RETRIED:
                return
            time.sleep(0.05 * 2**turn)
        log.info("a channel's address did not take message %s", headers["X-Goog-Message-Number"])

    def close(self) -> None:
        """Stop once what waits was sent."""
        with self._lock:
            if self._thread is not None:
                self._waiting.put(None)
                self._thread = None
