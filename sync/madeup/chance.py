"""Seeded chance: exact shares instead of luck, and days that a school could have written."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

T = TypeVar("T")


def quota(count: int, share: float) -> int:
    """How many of `count` a share (0 to 1) comes to, a half rounded up."""
    return int(count * share + 0.5)


def spread(count: int, weights: Mapping[str, float]) -> list[str]:
    """`count` keys in proportion to their weights, by largest remainder, in the order of the mapping.

    A draw at random would give each seed another school; a share that was published is met as nearly as
    whole pupils allow.
    """
    total = sum(weights.values())
    exact = {key: count * weight / total for key, weight in weights.items()}
    counts = {key: int(value) for key, value in exact.items()}
    by_remainder = sorted(weights, key=lambda key: counts[key] - exact[key])
    for key in by_remainder[: count - sum(counts.values())]:
        counts[key] += 1
    return [key for key, number in counts.items() for _ in range(number)]


def shuffled(rng: Random, items: Sequence[T]) -> list[T]:
    """The same items in another order."""
    return rng.sample(items, len(items))


def some(rng: Random, items: Sequence[T], count: int) -> list[T]:
    """At most `count` different items: all of them where there are fewer."""
    return rng.sample(items, min(count, len(items)))


def weekday_between(rng: Random, first: date, last: date) -> date:
    """A Monday to Friday from `first` to `last`, both included (`first` where the span holds no other day).

    A week-end is moved back to its Friday, so a span within one week-end can end before `first`.
    """
    day = first + timedelta(days=rng.randint(0, max(0, (last - first).days)))
    return day - timedelta(days=max(0, day.weekday() - 4))
