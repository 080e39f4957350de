"""When review meetings can be: her hours, and the gaps in each year's timetable, as the Settings tab tells them.

`meeting_hours` holds in Value the hours in which she holds reviews, `gaps_7` when Year 7 can spare its people:
stretches such as `Mon-Fri 9:00-16:30` or `Tue 10-11am, Thu 2-3pm`, with commas between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sync.plan.cells import Value, blank, text
from sync.plan.proposals import SCHOOL_HOURS, Gap
from sync.plan.typed import CellError, as_range, weekday_of, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HINT: Final = "type stretches such as Mon-Fri 9:00-16:30, or Tue 10:00-11:00, Thu 14:00-15:00"
_HOURS: Final = "meeting_hours"
_GAPS: Final = "gaps_"
_PARTS: Final = re.compile(r"\s*[,;\n]\s*")
_STRETCH: Final = re.compile(r"([a-z]+)\.?(?:\s*(?:-|\u2013|to)\s*([a-z]+)\.?)?\s+(.*\d.*)")


@dataclass(frozen=True, slots=True)
class Hours:
    """When reviews can be: `hers`, and by year group `gaps`; a year without any has no such limit."""

    hers: tuple[Gap, ...] = SCHOOL_HOURS
    gaps: Mapping[str, tuple[Gap, ...]] = field(default_factory=dict)

    def of(self, year: str) -> tuple[Gap, ...] | None:
        """The gaps of a year group; None for no limit."""
        return self.gaps.get(year.strip().upper())


def hours_of(settings: Iterable[Mapping[str, Value]]) -> tuple[Hours, tuple[str, ...]]:
    """The hours in the rows of Settings (`code`, `value`), and what could not be understood; that is left out."""
    hers = SCHOOL_HOURS
    gaps: dict[str, tuple[Gap, ...]] = {}
    problems: list[str] = []
    for row in settings:
        code = text(row.get("code")).strip()
        if (code != _HOURS and not code.startswith(_GAPS)) or blank(row.get("value")):
            continue
        try:
            found = read_stretches(row.get("value"))
        except CellError as error:
            problems.append(f"Settings, '{code}': {error}.")
            continue
        if code == _HOURS:
            hers = found
        else:
            gaps[code.removeprefix(_GAPS).upper()] = found
    return Hours(hers, gaps), tuple(problems)


def read_stretches(value: Value) -> tuple[Gap, ...]:
    """`Mon-Fri 9:00-16:30, Sat 9-10am` as stretches of weekdays, in order.

    Raises:
        CellError: a part is none.
    """
    found: list[Gap] = []
    for part in filter(None, _PARTS.split(words(value))):
        match = _STRETCH.fullmatch(part)
        first = weekday_of(match[1]) if match else None
        last = first if match is None or match[2] is None else weekday_of(match[2])
        times = as_range(match[3]) if match else None
        if first is None or last is None or times is None or last < first or times[1] <= times[0]:
            raise CellError(f"it is not understood: {HINT}")
        found += [Gap(day, *times) for day in range(first, last + 1)]
    return tuple(sorted(found, key=lambda gap: (gap.weekday, gap.starts)))
