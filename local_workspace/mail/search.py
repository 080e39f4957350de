"""Gmail's search words, as far as programs use them on their own mail. Pure.

Read: `from: to: cc: bcc: subject: rfc822msgid: label: in: is: has:attachment after: before:`, quotes, a
minus sign, and plain words. `OR` and brackets are not read.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from . import mime

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message

    from .state import Mailed

_TERM = re.compile(r'(-?)(?:(\w+):)?("[^"]*"|\S+)')
_PEOPLE = {"from": ("From",), "to": ("To", "Cc", "Bcc"), "cc": ("Cc",), "bcc": ("Bcc",)}


def _terms(q: str) -> list[tuple[bool, str, str]]:
    return [(minus == "-", (name or "").lower(), text.strip('"').lower()) for minus, name, text in _TERM.findall(q)]


def labels_named(q: str) -> set[str]:
    """The labels that a search asks for by name."""
    return {text.upper() for _, name, text in _terms(q) if name in ("in", "label", "is")}


def _day(text: str) -> float:
    if text.isdigit() and len(text) > 8:
        return float(text)
    try:
        return dt.datetime(*[int(part) for part in re.split(r"[/-]", text)[:3]], tzinfo=dt.UTC).timestamp()  # type: ignore[misc, arg-type]
    except (ValueError, TypeError):
        return 0.0


def _holds(row: Mailed, message: Message, name: str, text: str) -> bool:
    if name in _PEOPLE:
        told = " ".join(mime.words(value) for header in _PEOPLE[name] for value in message.get_all(header, []))
        return text in told.lower()
    if name == "subject":
        return text in mime.words(message.get("Subject", "")).lower()
    if name == "rfc822msgid":
        return str(message.get("Message-ID", "")).strip().strip("<>").lower() == text.strip("<>")
    if name in ("in", "label", "is"):
        return text == "anywhere" or text.upper() in row.labels or (text == "read" and "UNREAD" not in row.labels)
    if name == "has":
        return text != "attachment" or bool(mime.attachments(message))
    if name in ("after", "newer"):
        return row.date >= _day(text) * 1000
    if name in ("before", "older"):
        return row.date < _day(text) * 1000
    told = "\n".join([*[mime.words(value) for value in message.values()], mime.first_text(message, "text/plain")])
    return (f"{name}:{text}" if name else text) in told.lower()


def compiled(q: str) -> Callable[[Mailed], bool]:
    """A search as a test of messages."""
    terms = _terms(q)

    def test(row: Mailed) -> bool:
        if not terms:
            return True
        message = mime.parse(row.bytes)
        return all(_holds(row, message, name, text) != negated for negated, name, text in terms)

    return test
