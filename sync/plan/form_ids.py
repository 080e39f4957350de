"""The ids that items and questions of a form have in Google: ours, made from their keys, and known again by themselves.

The Forms API takes ids for new items and questions; its own are eight hexadecimal digits and fit 31 bits, and so do
these. A question's id, read as a number, is also what a link fills it in by.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

SECTION: Final = "section"
ITEM: Final = "item"
QUESTION: Final = "question"

_LOWEST, _SPAN = 0x1000, 0x7000
"""Of the first four digits: 31 bits, and no zero in front."""


def form_id(kind: str, key: str) -> str:
    """The id of a `SECTION`, or of the `ITEM` or the `QUESTION` of a question; always the same for the same key."""
    return _with_check(kind, _number(key))


def is_ours(kind: str, found: str) -> bool:
    """Whether an id was made by `form_id`, for whatever key: its last four digits check the first four."""
    try:
        return found == _with_check(kind, int(found[:4], 16))
    except ValueError:
        return False


def clashing(keys: Iterable[str]) -> list[str]:
    """Keys that would have the id of a key before them (one pair in 28,672)."""
    seen: set[int] = set()
    found = []
    for key in keys:
        number = _number(key)
        found += [key] if number in seen else []
        seen.add(number)
    return found


def _number(key: str) -> int:
    digest = hashlib.sha256(f"sensync form\0{key}".encode()).digest()
    return _LOWEST + int.from_bytes(digest[:4], "big") % _SPAN


def _with_check(kind: str, number: int) -> str:
    check = hashlib.sha256(f"sensync {kind}\0{number}".encode()).hexdigest()[:4]
    return f"{number:04x}{check}"
