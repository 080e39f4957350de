"""What a parent typed, understood or answered: pure, from fields to a `Choice` or to what is wrong with them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.domain.meetings import Choice, Where

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST: dict[str, int] = {"phone": 30, "language": 60, "bringing": 120, "access": 500, "words": 1000}
"""The longest text of each field, in characters. The Surgeries tab and a phone's screen both have an end."""

_MANY_LINES = frozenset({"access", "words"})
_PHONE = re.compile(r"\+?[\d ()./-]+(?:(?:x|ext\.?) ?\d{1,6})?", re.IGNORECASE)
_DIGITS = range(7, 16)
"""E.164 allows fifteen digits; the shortest whole number with its area code that we expect has seven."""
_ONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: the field's name, the key of the sentence, and what fills its placeholders."""

    name: str
    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was sent: `values` as they go back on the page, and either a choice or problems."""

    values: Mapping[str, str]
    choice: Choice | None
    problems: tuple[Problem, ...]


def understand(sent: Mapping[str, str], offered: tuple[Where, ...]) -> Filled:
    """Reads the fields of the details form.

    Args:
        sent: the fields by name; missing ones are empty.
        offered: the ways to meet that this slot has.
    """
    values = {name: _clean(sent.get(name, ""), many_lines=name in _MANY_LINES) for name in MOST}
    values["where"] = sent.get("where", "") if len(offered) > 1 else offered[0].value
    problems = []
    if values["where"] not in {way.value for way in offered}:
        problems.append(Problem("where", "errors.where"))
    if values["where"] == Where.PHONE.value:
        problems += _of_phone(values["phone"])
    else:
        # A number that is not needed is not kept.
        values["phone"] = ""
    problems += [
        Problem(name, "errors.long", {"most": most, "over": len(values[name]) - most})
        for name, most in MOST.items()
        if len(values[name]) > most and not any(each.name == name for each in problems)
    ]
    if problems:
        return Filled(values, None, tuple(problems))
    return Filled(values, Choice(**{**values, "where": Where(values["where"])}), ())  # type: ignore[arg-type]


def _of_phone(number: str) -> list[Problem]:
    if not number:
        return [Problem("phone", "errors.phone_missing")]
    digits = sum(character.isdigit() for character in number)
    if not _PHONE.fullmatch(number) or digits not in _DIGITS:
        return [Problem("phone", "errors.phone_wrong")]
    return []


def _clean(text: str, *, many_lines: bool) -> str:
    """Without control characters and without what is invisible and turns the direction of writing around."""
    lines = unicodedata.normalize("NFC", text).splitlines() if many_lines else [" ".join(text.splitlines())]
    kept = (
        "".join(each for each in line if unicodedata.category(each) not in {"Cc", "Cf", "Cs"} or each in _JOINERS)
        for line in lines
    )
    return "\n".join(" ".join(line.split()) for line in kept).strip()


_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Urdu spells with them."""


def read_once(text: str) -> str | None:
    """The idempotency key of a form, None where it is not one that our pages gave out."""
    return text if _ONCE.fullmatch(text) else None


def read_version(text: str) -> int | None:
    """The version of the meeting that the form was shown for; None where it is no number of ours."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
