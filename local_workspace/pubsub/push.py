"""Messages pushed to their subscriptions, each until it was taken.

A message that is not answered with success comes again, later each time (documented: push backs off exponentially,
from 0.1 to 60 seconds unless the subscription says otherwise). Only loopback addresses are told: what happens in the
workspace stays on this computer.
"""

from __future__ import annotations

import heapq
import http.client
import json
import logging
import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from .state import PubSub

log = logging.getLogger("local_workspace")

Json = dict[str, Any]

TAKEN = (102, 200, 201, 202, 204)
"""The answers that acknowledge a message (documented)."""
SHORTEST, LONGEST = 0.1, 60.0
AGENT = "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)"


@dataclass(frozen=True, slots=True)
class Message:
    """A message on its way to one subscription.

    Attributes:
        published: RFC 3339.
        data: base64, "" for none.
    """

    id: str
    subscription: str
    published: str
    attributes: dict[str, str]
    data: str = ""
    ordering: str = ""

    @property
    def name(self) -> str:
        """What the state file knows it by."""
        return f"{self.subscription}\n{self.id}"

    def dump(self) -> Json:
        """The message as JSON, for the state file."""
        return asdict(self)

    def wrapped(self) -> bytes:
        """The body of the push (documented; some members stand twice, in both spellings)."""
        message: Json = {"messageId": self.id, "message_id": self.id}
        message |= {"publishTime": self.published, "publish_time": self.published}
        message |= {"attributes": self.attributes} if self.attributes else {}
        message |= {"data": self.data} if self.data else {}
        message |= {"orderingKey": self.ordering} if self.ordering else {}
        return json.dumps({"message": message, "subscription": self.subscription}).encode()


def post(address: str, body: bytes, headers: dict[str, str], seconds: float) -> int:
    """Post a body; gives the status, 0 when nothing answered."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(str(parts.hostname), parts.port, timeout=seconds)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


class Pusher:
    """Posts messages when they are due, on a thread of its own that lives while there are any."""

    def __init__(self, pubsub: PubSub) -> None:
        self._pubsub = pubsub
        self._due: list[tuple[float, int, int, Message]] = []
        self._count = 0
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def put(self, message: Message, tried: int = 0, wait: float = 0.0) -> None:
        """Post a message after a wait."""
        with self._wake:
            if self._closed:
                return
            self._count += 1
            heapq.heappush(self._due, (time.monotonic() + wait, self._count, tried, message))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="pubsub-push")
                self._thread.start()
            self._wake.notify()

    def close(self) -> None:
        """Stop; what was not taken stays in the state file."""
        with self._wake:
            self._closed = True
            self._due.clear()
            self._wake.notify()

    def clear(self) -> None:
        """Forget what waits."""
        with self._wake:
            self._due.clear()

    def _next(self) -> tuple[int, Message] | None:
        """The next message when it is due; None when the thread should end."""
        with self._wake:
            while not self._closed:
                if not self._due:
                    self._thread = None
                    return None
                wait = self._due[0][0] - time.monotonic()
                if wait <= 0:
                    _, _, tried, message = heapq.heappop(self._due)
                    return tried, message
                self._wake.wait(wait)
            return None

    def _run(self) -> None:
        while (found := self._next()) is not None:
            tried, message = found
            posting = self._pubsub.posting(message)
            if posting is None:  # the subscription went, or no longer pushes
                continue
            status = post(posting.address, message.wrapped(), posting.headers, posting.seconds)
            if status in TAKEN:
                self._pubsub.taken(message)
                continue
            log.info("message %s was not taken (%s) and will come again", message.id, status or "no answer")
            self.put(message, tried + 1, min(posting.shortest * 2 ** min(tried, 30), posting.longest))
