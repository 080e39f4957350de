"""Of several exports of one report in a folder, only the newest counts.

Schools let a nightly job write dated files into one folder. Merged, last week's file would keep every leaver
on roll for ever.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sync.domain.records import Problem

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from sync.mis.base import Reading

_SAME_PUPILS: Final = 0.5
_NEVER: Final = datetime.fromtimestamp(0, UTC)


def newest_of_each(readings: Sequence[Reading]) -> tuple[list[Reading], list[Problem]]:
    """The readings that count, in their order, and a warning for each that a newer one replaces.

    A reading replaces an older one when both are of one kind with the same headings (CTFs have none), more
    than half of the smaller one's records are in both, and it covers at least as much (a partial CTF never
    replaces a full one). Files of year 7 and year 8 share no pupils, so both count.
    """
    kept: list[Reading] = []
    problems: list[Problem] = []
    for reading in readings:
        newer = next((other for other in readings if _replaces(other, reading)), None)
        if newer is None:
            kept.append(reading)
            if any(_alike(reading, other) and _age(reading) == _age(other) for other in kept[:-1]):
                problems.append(
                    Problem(
                        reading.source.name,
                        None,
                        None,
                        "seems to be a second export of the same report, made at the same time; both are used",
                    )
                )
        else:
            problems.append(
                Problem(
                    reading.source.name,
                    None,
                    None,
                    f"is an older export of the same report as {newer.source.name}; it is not used",
                )
            )
    return kept, problems


def _replaces(newer: Reading, older: Reading) -> bool:
    return _age(newer) > _age(older) and newer.source.full_roll >= older.source.full_roll and _alike(newer, older)


def _age(reading: Reading) -> datetime:
    return reading.source.as_of or _NEVER


def _alike(one: Reading, other: Reading) -> bool:
    if one is other or one.source.kind != other.source.kind:
        return False
    if {match.heading for match in one.headings} != {match.heading for match in other.headings}:
        return False
    mine, theirs = _records(one), _records(other)
    return len(mine & theirs) > _SAME_PUPILS * min(len(mine), len(theirs))


def _records(reading: Reading) -> set[Hashable]:
    pupils: set[Hashable] = {one.pupil.upn or one.pupil.mis_id for one in reading.pupils}
    return pupils | {
        (one.provision.upn or one.provision.pupil_mis_id, one.provision.name, one.provision.start)
        for one in reading.provisions or ()
    }
