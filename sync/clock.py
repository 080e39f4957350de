"""The machine's clock. Whatever depends on the time is given a clock; this is the one that it has by itself."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present, as an aware instant."""
    return datetime.now(UTC)
