"""A request posted to an add-on, and its answer, within a total time."""

from __future__ import annotations

import http.client
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from local_workspace.calendar.channels import LOOPBACK

SECONDS = 10.0
"""In total. Google's own limit is not documented; Apps Script has 30 seconds for an action."""
MOST_BYTES = 2_000_000
AGENT = "Google-gsuiteaddons"


class NoAnswerError(Exception):
    """No answer came, or one that is too large; the text is for the add-on's developer."""


def ask(address: str, body: bytes, headers: dict[str, str], seconds: float = SECONDS) -> tuple[int, bytes]:
    """Post JSON and read the answer.

    Args:
        address: of the add-on; on this computer, for what happens in the workspace stays there.
        body: JSON.
        headers: beside the content's type.
        seconds: until the answer must have come whole.

    Returns:
        The status and the body. Redirects are not followed.

    Raises:
        NoAnswerError: the address is of another computer, or the answer did not come in time, whole, or small enough.
    """
    parts = urlsplit(address)
    if parts.hostname not in LOOPBACK:
        raise NoAnswerError(
            f"{parts.hostname} is another computer; the local workspace posts to loopback addresses only. "
            "Deploy a manifest whose addresses begin with http://127.0.0.1."
        )
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(str(parts.hostname), parts.port, timeout=seconds)
    late = threading.Event()

    def cut() -> None:
        late.set()
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(2)

    # The time-out of a socket begins anew with every byte: an answer that trickles in would never end.
    clock = threading.Timer(seconds, cut)
    clock.daemon = True
    clock.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"Content-Type": "application/json", "User-Agent": AGENT, **headers})
        answer = connection.getresponse()
        raw = answer.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        why = f"within {seconds:g} seconds" if late.is_set() or isinstance(error, TimeoutError) else f"({error})"
        raise NoAnswerError(f"{parts.path} did not answer {why}.") from error
    finally:
        clock.cancel()
        connection.close()
    if late.is_set():
        raise NoAnswerError(f"{parts.path} did not answer within {seconds:g} seconds.")
    if len(raw) > MOST_BYTES:
        raise NoAnswerError(f"{parts.path} answered with more than {MOST_BYTES:,} bytes.")
    return answer.status, raw
