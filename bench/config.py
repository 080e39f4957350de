"""The beginning of the `sensync.toml` of a made-up school; whoever writes one adds what it is about."""

from __future__ import annotations


def head(school: str) -> str:
    """Up to and with [google], the rest of which may follow.

    Args:
        school: its number, the authority's three digits and its own four.
    """
    return f"""
[school]
name = "Hillcrest High School"
la = "{school[:3]}"
estab = "{school[3:]}"
[mis]
paths = ["."]
[google]
credentials = "token"
token_file = "token"
"""
