"""Batches of calls in one request: `POST /batch` with a multipart/mixed body, answered part by part."""

from __future__ import annotations

import secrets
from email.message import Message
from email.parser import BytesParser
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .wire import ApiError, Request, Response, parse_query

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PARTS = 1000

_OUTER_ONLY = ("cookie", "x-local-workspace", "x-local-account", "origin")
"""What a browser guards on a request: a strange page may write anything into a body, so a part brings none of it."""


def answer(request: Request, call: Callable[[Request], Response]) -> Response:
    """Answer every part in turn by `call`.

    Raises:
        ApiError: 400 when the body is not multipart/mixed, is no batch, or holds more than 1,000 calls.
    """
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + request.body)
    # A browser asks before it sends multipart/mixed to another site, but sends multipart/form-data unasked.
    if message.get_content_type() != "multipart/mixed":
        found = message.get_content_type()
        raise ApiError(400, f"A batch is multipart/mixed, not {found}: send that Content-Type.", reason="badRequest")
    parts = message.get_payload()
    if not isinstance(parts, list) or not parts:
        raise ApiError(400, "Failed to parse batch request, error: 0 items. Received batch body: ", reason="badRequest")
    if len(parts) > MAX_PARTS:
        raise ApiError(400, f"The batch request exceeds the limit of {MAX_PARTS} calls.", reason="badRequest")
    boundary = f"batch_{secrets.token_urlsafe(24)}"
    opening = f"--{boundary}\r\n".encode()
    answers = [opening + _part_answer(part, request, call) for part in parts if isinstance(part, Message)]
    return Response(
        body=b"".join([*answers, f"--{boundary}--\r\n".encode()]),
        content_type=f"multipart/mixed; boundary={boundary}",
    )


def _part_answer(part: Message, outer: Request, call: Callable[[Request], Response]) -> bytes:
    inner = _inner(part, outer)
    response = call(inner)
    body = b"" if response.status == 204 else response.render(pretty=True)
    phrase = HTTPStatus(response.status).phrase
    number = part.get("Content-ID", "").strip()
    head = ["Content-Type: application/http"]
    if number:
        head.append(f"Content-ID: {number.replace('<', '<response-', 1)}")
    head += ["", f"HTTP/1.1 {response.status} {phrase}", f"Content-Type: {response.content_type}"]
    head += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body + b"\r\n"


def _inner(part: Message, outer: Request) -> Request:
    raw = part.get_payload(decode=True)
    raw = raw if isinstance(raw, bytes) else b""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.decode("utf-8", "replace").split("\n")
    method, _, rest = first.partition(" ")
    target = urlsplit(rest.partition(" ")[0])
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    headers = {name: value for name, value in headers.items() if name not in _OUTER_ONLY}
    headers |= {name: outer.headers[name] for name in _OUTER_ONLY if name in outer.headers}
    if "authorization" in outer.headers:
        headers.setdefault("authorization", outer.headers["authorization"])
    # The parser keeps a final newline that belongs to the multipart, not to the call.
    return Request(method, target.path, parse_query(target.query), headers, body.strip(), base_url=outer.base_url)
