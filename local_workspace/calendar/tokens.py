"""Page and sync tokens: opaque to clients, in the shape that Google's have. Pure."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any


def fingerprint(*parts: str) -> int:
    """A number that tells one list from another."""
    return zlib.crc32("\n".join(parts).encode())


def pack(numbers: list[int]) -> str:
    """Numbers (none negative) as a sync token: a small protobuf in base64, like `CPCW3JzbtcICEAAYAQ==`."""
    raw = bytearray()
    for place, number in enumerate(numbers, 1):
        raw.append(place << 3)
        rest = number
        while rest > 0x7F:
            raw.append(rest & 0x7F | 0x80)
            rest >>= 7
        raw.append(rest)
    return base64.b64encode(bytes(raw)).decode()


def unpack(token: str, count: int) -> list[int] | None:
    """The numbers of a sync token; None when it is none of ours."""
    try:
        raw = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        return None
    numbers, at = [], 0
    for place in range(1, count + 1):
        if at >= len(raw) or raw[at] != place << 3:
            return None
        at, number, shift = at + 1, 0, 0
        while True:
            if at >= len(raw):
                return None
            number |= (raw[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if raw[at - 1] < 0x80:
                break
        numbers.append(number)
    return numbers if at == len(raw) else None


def page(value: list[Any]) -> str:
    """A page token."""
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()


def read_page(token: str) -> list[Any] | None:
    """What a page token says; None when it is none of ours."""
    try:
        value = json.loads(base64.urlsafe_b64decode(token.encode()))
    except ValueError:
        return None
    return value if isinstance(value, list) else None
