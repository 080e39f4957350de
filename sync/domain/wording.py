"""Small matters of English."""

from __future__ import annotations


def counted(number: int, thing: str, things: str = "") -> str:
    """`1 row`, `2,000 rows`; `things` where the plural is not the singular with an s."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"
