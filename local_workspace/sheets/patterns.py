"""Regular expressions that callers send: RE2, as in Sheets, whose time is linear in the text.

Python's own engine may take for ever over a pattern such as `(a+)+$`, and with it everybody else's requests.
"""

from __future__ import annotations

import re
from typing import Any

import re2

_GROUP = re.compile(r"\$(\d)")


def compiled(pattern: str, *, ignore_case: bool = False) -> Any:
    """A pattern of RE2's language.

    Raises:
        ValueError: RE2 does not take it.
    """
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(f"Invalid regular expression: {pattern}") from error


def literal(text: str) -> str:
    """A pattern that matches a text and nothing else."""
    return str(re2.escape(text))


def replaced(pattern: Any, replacement: str, text: str, *, groups: bool = True) -> tuple[str, int]:
    """A text with every match replaced, and how many there were.

    Args:
        pattern: from `compiled`.
        replacement: what stands there instead.
        text: where to look.
        groups: whether `$1` in the replacement is what the first group matched.

    Raises:
        ValueError: the replacement names a group that the pattern does not have.
    """
    if groups and any(int(number) > pattern.groups for number in _GROUP.findall(replacement)):
        raise ValueError(f"Invalid replacement: {replacement}")

    def fill(match: Any) -> str:
        return _GROUP.sub(lambda found: match.group(int(found[1])) or "", replacement) if groups else replacement

    new, times = pattern.subn(fill, text)
    return str(new), int(times)
