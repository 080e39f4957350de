"""Which heading means which field: the alias table (headings.toml), a school's own headings, near misses."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PUPILS: Final = "pupils"
PROVISIONS: Final = "provisions"

_NUMBERED: Final = ("need", "contact_")
_NEAR: Final = 0.72


@dataclass(frozen=True, slots=True)
class HeadingMatch:
    """What a heading was taken for.

    Attributes:
        heading: as it stands in the file.
        column: its place, from 0.
        field: the field of the alias table, or None when it is not used.
        number: for numbered needs and contacts (`Contact 2 Email`), which one; None otherwise.
        note: why a known heading is not used, or "".
        nearest: for a heading not understood, known headings that look like it.
    """

    heading: str
    column: int
    field: str | None = None
    number: int | None = None
    note: str = ""
    nearest: tuple[str, ...] = ()


def squash(heading: str) -> str:
    """A heading without case, spaces and punctuation: `SEN_Status` and `Sen Status` -> `senstatus`."""
    # The percent sign stays: "% Attendance" and "Attendance" may stand side by side.
    return re.sub(r"[^\w%]|_", "", heading.casefold())


def base_field(field: str) -> str:
    """`need.1` -> `need`."""
    return field.partition(".")[0]


@cache
def table(kind: str) -> dict[str, tuple[str, ...]]:
    """The shipped alias table of one kind of report: field -> headings, the preferred first."""
    text = files("sync.mis").joinpath("headings.toml").read_text(encoding="utf-8")
    return {field: tuple(headings) for field, headings in tomllib.loads(text)[kind].items()}


@cache
def known_fields(kind: str) -> frozenset[str]:
    """The fields that a report of that kind can have."""
    return frozenset(base_field(field) for field in table(kind))


class Headings:
    """The alias table of one kind of report, with a school's own headings before the shipped ones.

    Args:
        kind: `pupils` or `provisions`.
        extra: field -> the school's own headings.
    """

    def __init__(self, kind: str, extra: Mapping[str, Sequence[str]]) -> None:
        fields = dict.fromkeys([*table(kind), *extra])
        self._aliases = {
            field: [
                *(squash(one) for one in extra.get(field, ())),
                *(squash(one) for one in table(kind).get(field, ())),
            ]
            for field in fields
        }
        self._spelling = {squash(one): one for headings in [*table(kind).values(), *extra.values()] for one in headings}

    def match(self, headings: Sequence[str]) -> list[HeadingMatch]:
        """What each heading of a file is taken for, in the file's order.

        A field takes the heading that stands first in its list; a heading serves one field. What is left may
        be a numbered need or contact; the rest is not understood.
        """
        taken: dict[int, HeadingMatch] = {}
        squashed = [squash(heading) for heading in headings]
        for field, aliases in self._aliases.items():
            free = [
                (aliases.index(text), column)
                for column, text in enumerate(squashed)
                if column not in taken and text in aliases
            ]
            if free:
                column = min(free)[1]
                number = int(field.partition(".")[2]) if "." in field else None
                taken[column] = HeadingMatch(headings[column], column, base_field(field), number)
        used = {(match.field, match.number) for match in taken.values()}
        for column, text in enumerate(squashed):
            if column not in taken:
                taken[column] = self._left_over(headings[column], column, text, used)
                used.add((taken[column].field, taken[column].number))
        return [taken[column] for column in range(len(headings))]

    def _left_over(
        self, heading: str, column: int, text: str, used: set[tuple[str | None, int | None]]
    ) -> HeadingMatch:
        found = re.fullmatch(r"(\D*)([1-9])(\D*)", text, re.ASCII)
        if found:
            field = self._field_of(found[1] + found[3])
            if field and field.startswith(_NUMBERED) and (field, int(found[2])) not in used:
                return HeadingMatch(heading, column, field, int(found[2]))
        if not text:
            return HeadingMatch(heading, column, note="the heading is empty")
        if field := self._field_of(text):
            return HeadingMatch(heading, column, note=f"another column already gives {field}")
        return HeadingMatch(heading, column)

    def suggest(self, match: HeadingMatch) -> HeadingMatch:
        """A match with the nearest known headings, when it was not understood."""
        if match.field or match.note:
            return match
        near = get_close_matches(squash(match.heading), self._spelling, n=2, cutoff=_NEAR)
        return replace(match, nearest=tuple(self._spelling[one] for one in near))

    def _field_of(self, text: str) -> str | None:
        return next((base_field(field) for field, aliases in self._aliases.items() if text in aliases), None)
