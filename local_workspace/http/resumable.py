"""Uploads that go on after a break: the sessions of Drive and Gmail, and the chunks that come in them."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from .wire import ApiError, Json, Request, Response

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

_CONTENT_RANGE = re.compile(r"bytes (?:(?P<start>\d+)-\d+|\*)/(?P<total>\d+|\*)")


@dataclass(slots=True)
class Upload:
    """A resumable upload under way.

    Attributes:
        path: where it was begun, so that one API's session is none of another's.
        done: the id of what was made, once all bytes were there; the session still answers, because its last
            answer may have been lost.
    """

    account: str
    path: str
    metadata: Json
    mime: str
    received: bytearray = field(default_factory=bytearray)
    done: str = ""


def begin(ws: LocalWorkspace, request: Request, metadata: Json) -> Response:
    """A new session, whose address the answer names."""
    session = secrets.token_urlsafe(24)
    mime = request.headers.get("x-upload-content-type", "")
    ws.uploads[session] = Upload(request.account, request.path, metadata, mime)
    location = f"{request.base_url}{request.path}?uploadType=resumable&upload_id={session}"
    fields = request.param("fields")
    if fields:
        location += f"&fields={quote(fields, safe='')}"
    return Response(headers={"Location": location, "X-GUploader-UploadID": session})


def session_of(ws: LocalWorkspace, request: Request) -> Upload | None:
    """The session that a request goes on with; None when its account has none of that name there."""
    held = ws.uploads.get(request.param("upload_id"))
    return held if held is not None and (held.account, held.path) == (request.account, request.path) else None


def receive(held: Upload, request: Request) -> Response | None:
    """Take a chunk, or a question how far it has got.

    Returns:
        The 308 that asks for more; None when all bytes are there.

    Raises:
        ApiError: 400 for a Content-Range that cannot be read.
    """
    start, total = _content_range(request.headers.get("content-range", ""), len(request.body))
    if start is not None and start <= len(held.received):
        # A chunk whose answer was lost comes again: it takes the place of what it brought before.
        held.received[start : start + len(request.body)] = request.body
    if total is None or len(held.received) < total or (start is not None and start > len(held.received)):
        return Response(308, headers={"Range": f"bytes=0-{len(held.received) - 1}"} if held.received else {})
    return None


def finish(held: Upload, made: str) -> None:
    """Note what the whole became, and let its bytes go."""
    held.done = made
    held.received.clear()


def _content_range(text: str, length: int) -> tuple[int | None, int | None]:
    """Where a chunk begins (None for a mere question) and how long the whole is (None for not yet known)."""
    if not text:
        return 0, length
    match = _CONTENT_RANGE.fullmatch(text)
    if match is None:
        raise ApiError(400, f"The Content-Range {text!r} cannot be read.", reason="badRequest")
    start, total = match.group("start"), match.group("total")
    return None if start is None else int(start), None if total == "*" else int(total)
