"""Where a pupil sits, year and class, as a teacher writes it: `Yr 7`, `7b`, `Form 7-B`, `Reception`, `Oak class`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

OFF_BY_ONE: Final = 1.7
OFF_BY_MORE: Final = 4.0
OTHER_CLASS: Final = 2.3
ROLLED_OVER: Final = 2.5
"""Last year's class, or next year's: year and class are wrong together, as they are after the summer."""
OTHER_CLASS_NEXT_YEAR: Final = 3.3
OTHER_CLASS_FAR: Final = 4.5
CLASS_AGAINST_YEAR: Final = 1.0
NOT_KNOWN: Final = 0.5
"""What a wrong year or class costs; `sync.plan.matching` says what a cost is. Year and class are not independent."""

_WORDS: Final = re.compile(r"\b(?:year|yr|y|class|form|tutor|group|reg|registration|set)\b\.?")
_Y: Final = re.compile(r"^y(?:ea)?r?\s*(?=\d)")
_LEADING: Final = re.compile(r"(1[0-4]|[1-9])(?!\d)")
_NAMED_YEARS: Final = {
    "r": "R", "rec": "R", "reception": "R", "yr": "R", "fs2": "R", "yrr": "R", "0": "R",
    "n": "N", "nursery": "N", "n1": "N1", "n2": "N2", "fs1": "N", "e1": "E1", "e2": "E2",
    "l6": "12", "lower sixth": "12", "lower 6th": "12", "u6": "13", "upper sixth": "13", "upper 6th": "13",
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13",
}  # fmt: skip
_ORDER: Final = {"E1": -3, "E2": -2, "N1": -2, "N": -1, "N2": -1, "R": 0} | {str(n): n for n in range(1, 15)}


class Support(IntEnum):
    """How much year and class speak for a pupil: not at all or against, the year alone, the class."""

    NONE = 0
    YEAR = 1
    CLASS = 2


@dataclass(frozen=True, slots=True)
class Place:
    """What was written, understood: a `year` and a `group` that the school has, each "" where nothing can be told."""

    year: str = ""
    group: str = ""


def read_year(said: str) -> str:
    """A national-curriculum year as the roll writes it (`7`, `R`, `N1`), from what a person wrote; "" if it is none."""
    plain = _plain(said)
    if plain in _NAMED_YEARS:
        return _NAMED_YEARS[plain]
    bare = " ".join(_WORDS.sub(" ", _Y.sub("", plain)).split())
    if bare in _NAMED_YEARS:
        return _NAMED_YEARS[bare]
    found = _LEADING.match(bare)
    return found[1] if found else ""


def group_key(said: str) -> str:
    """A class as it is compared: letters and digits alone, in capitals, without `Class` and the like."""
    bare = _WORDS.sub(" ", _Y.sub("", _plain(said)))
    return "".join(each for each in bare if each.isalnum()).upper()


class Classes:
    """The classes of a school, and the years that sit in each.

    Args:
        seats: year and class of each pupil on roll, as the roll writes them.
    """

    def __init__(self, seats: Iterable[tuple[str, str]]) -> None:
        self._years: dict[str, set[str]] = {}
        for year, group in seats:
            if group_key(group):
                self._years.setdefault(group_key(group), set()).add(read_year(year))

    def read(self, year: str, group: str) -> Place:
        """What a teacher wrote for year and class; a set, or a class that is not here, tells at most a year."""
        said_year, said_group = read_year(year), group_key(group)
        for key in (said_group, said_year + said_group, group_key(year)):
            if key in self._years:
                return Place(said_year, key)
        return Place(said_year or read_year(group))

    def weigh(self, place: Place, year: str, group: str) -> tuple[float, Support]:
        """What it costs to assume that `place` was written for a pupil who sits there, and how much it speaks for them.

        Args:
            place: as `read` gave it.
            year: the pupil's, from `read_year`.
            group: the pupil's, from `group_key`.
        """
        if place.group and group:
            if place.group == group:
                return (0.0 if place.year in {"", year} else CLASS_AGAINST_YEAR), Support.CLASS
            return self._other_class(place, year, group)
        if place.year and year:
            return (0.0, Support.YEAR) if place.year == year else (_year_cost(place.year, year), Support.NONE)
        return (NOT_KNOWN if place.year or place.group else 0.0), Support.NONE

    def _other_class(self, place: Place, year: str, group: str) -> tuple[float, Support]:
        years = self._years.get(place.group, set())
        if year and year in years and place.year in {"", year}:
            return OTHER_CLASS, Support.YEAR
        if year and place.year == year:
            return ROLLED_OVER, Support.YEAR
        if any(_apart(other, year) == 1 for other in years):
            same_letter = place.group.lstrip("0123456789") == group.lstrip("0123456789")
            return (ROLLED_OVER if same_letter else OTHER_CLASS_NEXT_YEAR), Support.NONE
        return OTHER_CLASS_FAR, Support.NONE


def _year_cost(said: str, year: str) -> float:
    return OFF_BY_ONE if _apart(said, year) == 1 else OFF_BY_MORE


def _apart(one: str, other: str) -> int:
    """How many years lie between two; many where one has no place in the order."""
    if one not in _ORDER or other not in _ORDER:
        return len(_ORDER)
    return abs(_ORDER[one] - _ORDER[other])


def _plain(said: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", said).casefold().split())
