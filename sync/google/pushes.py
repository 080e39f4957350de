"""Channels: Calendar tells an address of ours that something changed, and we make sure that it is Calendar.

A message has no body and no signature (Calendar API, push notifications): all that shows where it comes from is the
token that we gave when we opened the channel. It says only that something changed; what, the sync token tells. A
channel ends by itself and is not renewed, so a new one is opened before the old one is closed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from sync.domain.channels import Channel
from sync.domain.errors import UsageError
from sync.google.door import segment
from sync.google.errors import GoogleNeedsPersonError, GoogleRefusedRequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync.google.door import Door

LIFE = timedelta(days=7)
AHEAD = timedelta(days=1)
"""How long before its end a channel is renewed: a night in which nothing runs must not lose it."""

_STATES = frozenset({"sync", "exists", "not_exists"})


@dataclass(frozen=True, slots=True)
class Push:
    """A message that Calendar really sent: which channel, and `sync` (it is open), `exists` or `not_exists`."""

    channel: str
    state: str
    number: int


def start(door: Door, calendar_id: str, address: str, *, now: datetime, life: timedelta = LIFE) -> Channel:
    """Opens a channel for the events of a calendar.

    Not repeatable: after an `OutcomeUnknownError` open another. The lost one ends by itself, and what it sends is not
    taken, since nobody knows its token.

    Args:
        door: the door to Google.
        calendar_id: our calendar.
        address: an https address that Google can reach, with nothing secret in it.
        now: aware.
        life: how long it is wanted; Google may give less.

    Raises:
        UsageError: the address is not https (Google refuses it later and says less).
    """
    if not address.startswith("https://") and door.endpoints.base_url is None:
        raise UsageError("Google Calendar tells changes only to an address that begins with https://.")
    token = secrets.token_urlsafe(32)
    body = {
        # Letters, digits and hyphens, at most 64 (documented).
        "id": f"sensync-{secrets.token_hex(16)}",
        "type": "web_hook",
        "address": address,
        "token": token,
        "expiration": str(int((now + life).timestamp() * 1000)),
    }
    url = f"{door.endpoints.calendar}/calendars/{segment(calendar_id)}/events/watch"
    answer = door.call("POST", url, body=body)
    expires = datetime.fromtimestamp(int(answer.get("expiration", body["expiration"])) / 1000, UTC)
    return Channel(str(body["id"]), str(answer.get("resourceId", "")), _hash(token), expires)


def stop(door: Door, channel: Channel) -> None:
    """Closes a channel; one that is closed or has ended is fine."""
    try:
        door.call(
            "POST",
            f"{door.endpoints.calendar}/channels/stop",
            body={"id": channel.id, "resourceId": channel.resource_id},
            repeatable=True,
        )
    except (GoogleNeedsPersonError, GoogleRefusedRequestError) as error:
        if error.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise


def due(channel: Channel, now: datetime) -> bool:
    """Whether it is time to renew a channel."""
    return channel.expires - now <= AHEAD


def renew(door: Door, calendar_id: str, address: str, old: Channel, *, now: datetime) -> Channel:
    """Opens a new channel, then closes the old one: for a moment both tell, so that nothing is missed.

    The caller keeps both until it has stored the new one. If closing fails, the old one ends by itself.
    """
    new = start(door, calendar_id, address, now=now)
    stop(door, old)
    return new


def verify(headers: Mapping[str, str], channels: Iterable[Channel], now: datetime) -> Push | None:
    """The message that these headers are, if Calendar sent it on a channel of ours; else None.

    Every channel is compared in constant time and none is left out, so that the time taken tells nothing. A channel
    that has ended is none.
    """
    given = {name.lower(): value for name, value in headers.items()}
    token_hash = _hash(given.get("x-goog-channel-token", ""))
    name, resource = given.get("x-goog-channel-id", ""), given.get("x-goog-resource-id", "")
    state, number = given.get("x-goog-resource-state", ""), given.get("x-goog-message-number", "")
    known = False
    for channel in channels:
        same = _same(token_hash, channel.token_hash) & _same(name, channel.id) & _same(resource, channel.resource_id)
        known |= same and channel.expires > now
    if not known or state not in _STATES:
        return None
    return Push(name, state, int(number) if number.isascii() and number.isdigit() else 0)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _same(given: str, ours: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), ours.encode())
