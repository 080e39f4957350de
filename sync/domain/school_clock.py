"""The school's wall clock: Europe/London, and the instants in UTC that it stands for.

On the last Sunday of March the hour from 1am does not exist; on the last Sunday of October it comes twice. What a
person types in such an hour is refused where it is typed (`oddity`). Code that must have an answer gets one by PEP 495
with fold 0: a time that does not exist is counted on from before the change (1:30am is the instant of 2:30am summer
time), and of two the first is meant.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

LONDON: Final = ZoneInfo("Europe/London")
_NOON: Final = 12


def instant(day: date, clock: time) -> datetime:
    """The instant in UTC at which the school's clock shows `clock` on `day`; see the module for the odd hours."""
    return datetime.combine(day, clock.replace(tzinfo=None, fold=0), LONDON).astimezone(UTC)


def wall(moment: datetime) -> datetime:
    """What the school's clock shows at an instant (an aware datetime in Europe/London)."""
    return moment.astimezone(LONDON)


def oddity(day: date, clock: time) -> str:
    """Why a wall-clock time is not one instant, as the end of a sentence; "" if it is.

    Example: `1:30am does not exist on Sunday 28 March 2027, because the clocks go forward`.
    """
    first = datetime.combine(day, clock.replace(tzinfo=None, fold=0), LONDON)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return ""
    if first.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) != first.replace(tzinfo=None):
        return f"{say_time(clock)} does not exist on {say_day(day)}, because the clocks go forward"
    return f"{say_time(clock)} comes twice on {say_day(day)}, because the clocks go back"


def day_starts(day: date) -> datetime:
    """The instant at which a day of the school begins."""
    return instant(day, time(0))


def day_ends(day: date) -> datetime:
    """The instant at which a day of the school is over: the beginning of the next one."""
    return day_starts(day + timedelta(days=1))


def say_time(clock: time | datetime) -> str:
    """`4pm`, `4:20pm`, `12 noon`: the way the school's letters write a time."""
    if (clock.hour, clock.minute) == (_NOON, 0):
        return "12 noon"
    half = "pm" if clock.hour >= _NOON else "am"
    hour = clock.hour % _NOON or _NOON
    return f"{hour}:{clock.minute:02}{half}" if clock.minute else f"{hour}{half}"


def say_day(day: date | datetime) -> str:
    """`Tuesday 8 December 2026`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def say_instant(moment: datetime) -> str:
    """`Tuesday 8 December 2026, 4:20pm`: an instant on the school's clock."""
    there = wall(moment)
    return f"{say_day(there)}, {say_time(there)}"
