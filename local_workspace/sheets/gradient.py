"""Colour scales: the background that a gradient rule gives to numbers.

Rules of
https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/sheets#GradientRule.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from .model import Json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Stop = tuple[float, Json]
"""The number at which a colour is reached, and the colour."""


def stops(rule: Json, numbers: Sequence[float], read: Callable[[str], float | None]) -> list[Stop]:
    """Where the colours of a gradient rule lie.

    Args:
        rule: a GradientRule.
        numbers: those of all cells of the rule's ranges.
        read: what a point's written value comes to; None for one that is no number.

    Returns:
        Two or three stops from low to high; none when there are no numbers to measure by or a point cannot be read.
    """
    found: list[Stop] = []
    ordered = sorted(numbers)
    for name in ("minpoint", "midpoint", "maxpoint"):
        point = rule.get(name)
        if not point:
            continue
        place = _place(point, ordered, read)
        if place is None:
            return []
        found.append((place, point.get("color", {})))
    return sorted(found, key=lambda stop: stop[0])


def _place(point: Json, ordered: Sequence[float], read: Callable[[str], float | None]) -> float | None:
    kind = point.get("type")
    if not ordered:
        return None
    low, high = ordered[0], ordered[-1]
    if kind in {"MIN", "MAX"}:
        return low if kind == "MIN" else high
    value = read(str(point.get("value", "")))
    if value is None or kind == "NUMBER":
        return value
    share = min(max(value / 100, 0), 1)
    if kind == "PERCENT":
        return low + (high - low) * share
    return _percentile(ordered, share) if kind == "PERCENTILE" else None


def _percentile(ordered: Sequence[float], share: float) -> float:
    at = share * (len(ordered) - 1)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (at - below)


def colour_at(found: Sequence[Stop], number: float) -> Json | None:
    """The colour of a number: that of the nearest end outside of the stops, mixed between two of them inside."""
    if not found:
        return None
    if number <= found[0][0]:
        return found[0][1]
    for (low, dark), (high, light) in itertools.pairwise(found):
        if number < high:
            return _mixed(dark, light, (number - low) / (high - low))
    return found[-1][1]


def _mixed(one: Json, other: Json, share: float) -> Json:
    parts = ("red", "green", "blue")
    return {part: one.get(part, 0) + (other.get(part, 0) - one.get(part, 0)) * share for part in parts}
