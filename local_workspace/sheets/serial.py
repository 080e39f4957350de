"""Serial dates: days since 30 December 1899, the time of day as a fraction."""

from __future__ import annotations

import datetime as dt

EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a wall-clock time of the sheet, in no zone
DAY_SECONDS = 86_400


def to_serial(value: dt.date | dt.time | dt.timedelta) -> tuple[float, str]:
    """The serial number and the number format type it shows as: DATE, TIME or DATE_TIME."""
    if isinstance(value, dt.datetime):
        delta = value.replace(tzinfo=None) - EPOCH
        return tidy(delta.days + (delta.seconds + delta.microseconds / 1e6) / DAY_SECONDS), "DATE_TIME"
    if isinstance(value, dt.date):
        return value.toordinal() - EPOCH.toordinal(), "DATE"
    if isinstance(value, dt.time):
        seconds = value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
        return tidy(seconds / DAY_SECONDS), "TIME"
    return tidy(value.total_seconds() / DAY_SECONDS), "TIME"


def tidy(number: float) -> float:
    """A number as Google writes it: a whole one without a point, as far as a double knows every whole number."""
    return int(number) if abs(number) < 1e15 and number == int(number) else float(number)


def from_serial(serial: float) -> dt.datetime | None:
    """The wall-clock time, to the nearest millisecond; None outside the years that Python knows."""
    try:
        return EPOCH + dt.timedelta(milliseconds=round(serial * DAY_SECONDS * 1000))
    except OverflowError:
        return None
