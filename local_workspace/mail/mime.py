"""Messages as Gmail shows and changes them. Pure."""

from __future__ import annotations

import base64
import re
from email import policy
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from html import unescape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

SNIPPET = 200


def parse(raw: bytes) -> Message:
    """A message from its bytes."""
    return BytesParser(policy=policy.compat32).parsebytes(raw)


def serialised(message: Message) -> bytes:
    """A message as bytes, its lines ended as mail ends them."""
    return message.as_bytes(policy=policy.compat32.clone(linesep="\r\n", max_line_length=None))


def encoded(data: bytes) -> str:
    """base64url with its padding, as Gmail writes bodies."""
    return base64.urlsafe_b64encode(data).decode()


def decoded(text: str) -> bytes | None:
    """The bytes of base64url, padded or not, in either alphabet; None when it is none."""
    plain = text.strip().replace("+", "-").replace("/", "_").rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", plain) or len(plain) % 4 == 1:
        return None
    return base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4))


def related(content_type: str, body: bytes) -> tuple[bytes, str, bytes] | None:
    """The metadata, and the type and bytes of the message, of a multipart/related upload; None when it is none.

    The parts are cut at the boundary, because the library's parser would take a message in a message apart.
    """
    boundary = parse(f"Content-Type: {content_type}\r\n\r\n".encode()).get_boundary()
    if boundary is None:
        return None
    pieces = re.split(rb"(?:^|\r?\n)--" + re.escape(boundary.encode()) + rb"(?:--)?[ \t]*(?:\r?\n|$)", body)
    parts = [re.split(rb"\r?\n\r?\n", piece, maxsplit=1) for piece in pieces if piece.strip()]
    if len(parts) != 2 or any(len(part) != 2 for part in parts):
        return None
    kind = parse(parts[1][0] + b"\r\n\r\n").get_content_type()
    return parts[0][1], kind, parts[1][1]


def words(value: object) -> str:
    """A header's value on one line, with its encoded words read."""
    line = re.sub(r"\r?\n(?=[ \t])", "", str(value)).strip()
    try:
        return str(make_header(decode_header(line)))
    except (ValueError, LookupError):
        return line


def addresses(message: Message, *names: str) -> list[str]:
    """The addresses of some headers, in lower case, each once."""
    # Addresses are never encoded; reading encoded words first could turn a name into one more recipient.
    found = getaddresses([str(value) for name in names for value in message.get_all(name, [])])
    return list(dict.fromkeys(address.lower() for _, address in found if "@" in address))


def body_of(part: Message) -> bytes:
    """The bytes of a part that is no multipart."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def text_of(part: Message) -> str:
    """The text of a part."""
    charset = part.get_content_charset() or "utf-8"
    try:
        return body_of(part).decode(charset, "replace")
    except LookupError:
        return body_of(part).decode("utf-8", "replace")


def parts_of(message: Message, number: str = "") -> Iterator[tuple[str, Message]]:
    """Every part with its number as Gmail counts: "" for the whole, then 0, 1, 1.0 and so on."""
    yield number, message
    payload = message.get_payload()
    if message.is_multipart() and isinstance(payload, list):
        for at, part in enumerate(payload):
            if isinstance(part, Message):
                yield from parts_of(part, f"{number}.{at}" if number else str(at))


def filename(part: Message) -> str:
    """The name of an attachment, "" for a part without one."""
    name = part.get_filename()
    return words(name) if name else ""


def attachments(message: Message) -> list[tuple[str, Message]]:
    """The parts with names of files."""
    return [(number, part) for number, part in parts_of(message) if filename(part)]


def first_text(message: Message, kind: str) -> str:
    """The first part of a kind, such as text/html, that is no attachment; "" when there is none."""
    for _, part in parts_of(message):
        if part.get_content_type() == kind and not filename(part):
            return text_of(part)
    return ""


def snippet(message: Message) -> str:
    """How a message begins, for lists."""
    text = first_text(message, "text/plain")
    if not text:
        text = unescape(
            re.sub(r"<[^>]+>", " ", re.sub(r"(?is)<(style|script)\b.*?</\1>", " ", first_text(message, "text/html")))
        )
    return " ".join(text.split())[:SNIPPET]


def payload(message: Message, *, bodies: bool, wanted: list[str] | None = None) -> Json:
    """The tree of MessageParts.

    Args:
        message: what is shown.
        bodies: whether the parts are in it, or the headers alone.
        wanted: the names of the headers; None for all.
    """
    names = None if wanted is None else {name.lower() for name in wanted}
    headers = [
        {"name": name, "value": words(value)}
        for name, value in message.items()
        if names is None or name.lower() in names
    ]
    if not bodies:
        return {"mimeType": message.get_content_type(), "headers": headers}
    return {**_part("", message), "headers": headers}


def _part(number: str, part: Message) -> Json:
    out: Json = {
        "partId": number,
        "mimeType": part.get_content_type(),
        "filename": filename(part),
        "headers": [{"name": name, "value": words(value)} for name, value in part.items()],
    }
    inner = part.get_payload()
    if part.is_multipart() and isinstance(inner, list):
        numbers = [f"{number}.{at}" if number else str(at) for at in range(len(inner))]
        out["body"] = {"size": 0}
        out["parts"] = [_part(at, one) for at, one in zip(numbers, inner, strict=True) if isinstance(one, Message)]
        return out
    data = body_of(part)
    if out["filename"]:
        out["body"] = {"attachmentId": attachment_id(number), "size": len(data)}
    else:
        out["body"] = {"size": len(data), "data": encoded(data)}
    return out


def attachment_id(number: str) -> str:
    """The id of an attachment within its message."""
    return "ANGjdJ" + encoded(f"part {number}".encode()).rstrip("=")


def when(message: Message) -> float | None:
    """The moment of the Date header in seconds since 1970; None when it has none that can be read."""
    try:
        return parsedate_to_datetime(str(message["Date"])).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
