"""Many calls of Calendar in one HTTP request: multipart/mixed, as its batch guide describes it.

Each part counts against the quota, none knows of the others, and they may be done in any order. Only calls that may
be made twice go in here: those with an id of ours, or with an If-Match.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from sync.google import classify
from sync.google.errors import GoogleBusyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.domain.errors import SensyncError
    from sync.google.door import Door

LARGEST = 50
"""Calls in one request. Calendar takes more by now, but each part is slow there, and one answer must be in time."""

_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class BatchCall:
    """One call: method, address as for a call of its own, query, JSON body, and the etag for If-Match."""

    method: str
    url: str
    params: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The answer to one call."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def parsed(self) -> dict[str, Any]:
        """The JSON of the answer; {} where it has none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


def in_batches(door: Door, calls: Sequence[BatchCall]) -> list[dict[str, Any] | SensyncError]:
    """Makes all calls, at most 50 in a request, and gives each its JSON or its error, in the order asked.

    What Google puts off (429, 403 for a rate, 5xx, no answer for a part) is asked for again in a later request, a few
    times, with growing waits.

    Raises:
        SensyncError: a request as a whole could not be made; see `Session.request`. Some calls may have been done.
    """
    found: dict[int, dict[str, Any] | SensyncError] = {}
    waiting = list(range(len(calls)))
    for turn in range(1, _ROUNDS + 1):
        put_off: list[int] = []
        least = 0.0
        for first in range(0, len(waiting), LARGEST):
            chosen = waiting[first : first + LARGEST]
            parts = _send(door, [calls[each] for each in chosen])
            for index, part in zip(chosen, parts, strict=True):
                verdict = _judge(door, part)
                if verdict is None:
                    found[index] = part.parsed if part else {}
                    continue
                found[index] = verdict.error
                if verdict.again:
                    put_off.append(index)
                    least = max(least, verdict.wait or 0.0)
        waiting = put_off
        if not waiting or turn == _ROUNDS or least > door.limits.longest_wait:
            break
        door.pause(f"Google Calendar put off {len(waiting)} of {len(calls)} calls.", turn, least)
    return [found[index] for index in range(len(calls))]


def _judge(door: Door, part: Part | None) -> classify.Verdict | None:
    """What a part's answer means; None for a good one."""
    service = "Google Calendar"
    if part is None:
        return classify.Verdict(again=True, error=_no_answer(service))
    if part.status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    return classify.judge(part.status, part.headers, part.body, repeatable=True, service=service, account=door.account)


def _no_answer(service: str) -> GoogleBusyError:
    return GoogleBusyError(
        f"{service} did not answer one of several calls made together.", next_step="Run again in a few minutes."
    )


def _send(door: Door, calls: Sequence[BatchCall]) -> list[Part | None]:
    content_type, body = pack(calls)
    answer = door.call_batch(door.endpoints.calendar_batch, content_type, body, places=len(calls))
    return unpack(answer.headers.get("Content-Type", ""), answer.content, len(calls))


def pack(calls: Iterable[BatchCall]) -> tuple[str, bytes]:
    """The content type and the body of one request."""
    # Random and long, so that no body can hold it by chance.
    boundary = f"batch_{secrets.token_hex(16)}"
    lines: list[bytes] = []
    for number, call in enumerate(calls):
        path = urlsplit(call.url).path
        query = f"?{urlencode(call.params)}" if call.params else ""
        lines += [
            f"--{boundary}".encode(),
            b"Content-Type: application/http",
            b"Content-Transfer-Encoding: binary",
            f"Content-ID: <{number}>".encode(),
            b"",
            f"{call.method} {_from_api(path)}{query} HTTP/1.1".encode(),
            b"Accept: application/json",
        ]
        if call.etag:
            lines.append(f"If-Match: {call.etag}".encode())
        if call.body is not None:
            content = json.dumps(call.body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
            lines += [b"Content-Type: application/json", f"Content-Length: {len(content)}".encode(), b"", content]
        else:
            lines += [b"", b""]
    lines += [f"--{boundary}--".encode(), b""]
    return f"multipart/mixed; boundary={boundary}", b"\r\n".join(lines)


def _from_api(path: str) -> str:
    """The path as Calendar knows it, also where the stand-in for Google lies below a path of its own."""
    return path[path.index("/calendar/v3") :]


def unpack(content_type: str, body: bytes, count: int) -> list[Part | None]:
    """The answers by the number of their call; None for a call that was not answered or only by half."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("ascii", "replace")
    outer = BytesParser().parsebytes(head + body)
    answers: list[Part | None] = [None] * count
    pieces = outer.get_payload() if outer.is_multipart() else []
    for piece in pieces:
        if not isinstance(piece, Message):
            continue
        number = str(piece.get("Content-ID", "")).strip().strip("<>").rpartition("-")[2]
        if number.isascii() and number.isdigit() and int(number) < count:
            answers[int(number)] = _part(piece)
    return answers


def _part(piece: Message) -> Part | None:
    payload = piece.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    first, _, rest = raw.lstrip().partition(b"\n")
    words = first.split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():  # noqa: PLR2004
        return None
    inner = BytesParser().parsebytes(rest)
    content = inner.get_payload(decode=True)
    content = content.strip() if isinstance(content, bytes) else b""
    status = int(words[1])
    if status < HTTPStatus.MULTIPLE_CHOICES and content:
        try:
            json.loads(content)
        except ValueError:
            return None
    return Part(status, dict(inner.items()), content)
