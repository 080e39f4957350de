"""Calendar's times: RFC 3339 in and out, all-day dates, zones. Pure.

A stored time is `{"date": "2026-12-08"}` or `{"dateTime": "2026-12-08T16:20:00Z", "timeZone": "Europe/London"}`,
the instant always in UTC.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from .errors import invalid, range_empty, required

Json = dict[str, Any]

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d)?)(?:\.\d+)?([Zz]|[+-]\d\d:?\d\d)?")
_MOMENT_START = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d+)?)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo | None:
    """A time zone by its IANA name; None when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _malformed(text: str) -> str:
    """The sentence (recorded 2013) for a text that is no time."""
    begin = _MOMENT_START.match(text)
    if begin is None and _DATE.fullmatch(text):
        return f'Invalid value for: Invalid format: "{text}" is too short'
    rest = text[begin.end() :] if begin else text
    return f'Invalid value for: Invalid format: "{text}"' + (f' is malformed at "{rest}"' if rest != text else "")


def parse_moment(text: str, local: ZoneInfo | None = None) -> dt.datetime | None:
    """An RFC 3339 time in UTC, without fractions of a second; None when it has no offset and no zone is known.

    Raises:
        ApiError: 400 when it is no time.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise invalid(_malformed(text))
    try:
        naive = dt.datetime.fromisoformat(match[1].upper())
        offset = (match[2] or "").upper()
        if offset:
            return dt.datetime.fromisoformat(naive.isoformat() + offset).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise invalid(f'Invalid value for: Cannot parse "{text}": {error}') from error
    return None if local is None else naive.replace(tzinfo=local).astimezone(dt.UTC)


def parse_date(text: str) -> dt.date:
    """A date.

    Raises:
        ApiError: 400 when it is none.
    """
    if not _DATE.fullmatch(text):
        raise invalid(f'Invalid value for: Invalid format: "{text}"')
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise invalid(f'Invalid value for: Cannot parse "{text}": {error}') from error


def utc_text(moment: dt.datetime) -> str:
    """`2026-12-08T16:20:00Z`."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def milli_text(milliseconds: int) -> str:
    """`2026-12-08T16:20:00.123Z`, as `updated` is written."""
    seconds, rest = divmod(milliseconds, 1000)
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{rest:03d}Z"


def shown(moment: dt.datetime, local: ZoneInfo) -> str:
    """A time in a zone, as answers give it: `Z` for no offset."""
    text = moment.astimezone(local).isoformat(timespec="seconds")
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def stored(value: Json, which: str, calendar_zone: str, *, recurring: bool) -> Json:
    """An EventDateTime of a request put straight.

    Args:
        value: the resource.
        which: `start` or `end`, for the refusals.
        calendar_zone: the zone of the calendar.
        recurring: whether the event repeats, for which Calendar insists on a named zone.

    Raises:
        ApiError: 400 when it is no time, or its zone is missing or unknown.
    """
    name = value.get("timeZone")
    local = zone(name) if name else None
    if name and local is None:
        raise invalid(f"Invalid time zone definition for {which} time.")
    if value.get("date") and value.get("dateTime"):
        raise invalid(f"Invalid {which} time.")
    if value.get("date"):
        return {"date": parse_date(value["date"]).isoformat()}
    if not value.get("dateTime"):
        raise required(f"Missing {which} time.")
    moment = parse_moment(value["dateTime"], local)
    if moment is None or (recurring and local is None):
        raise required(f"Missing time zone definition for {which} time.")
    return {"dateTime": utc_text(moment), "timeZone": name or calendar_zone}


def check_span(start: Json, end: Json) -> None:
    """Refuse a start and an end of which no event can be made.

    Raises:
        ApiError: 400 when one is a date and the other a time, or the end is before the start.
    """
    if ("date" in start) != ("date" in end):
        raise invalid("Start and end times must either both be date or both be dateTime.")
    if "date" in start:
        if end["date"] <= start["date"]:
            raise range_empty()
    elif end["dateTime"] < start["dateTime"]:
        raise range_empty()


def instant(value: Json, calendar_zone: str) -> dt.datetime:
    """The instant of a stored time; a date begins at midnight in the calendar's zone."""
    if "date" in value:
        local = zone(calendar_zone) or ZoneInfo("UTC")
        return dt.datetime.combine(dt.date.fromisoformat(value["date"]), dt.time(), local).astimezone(dt.UTC)
    return dt.datetime.fromisoformat(value["dateTime"])


def rendered(value: Json, answer_zone: ZoneInfo) -> Json:
    """A stored time as an answer gives it."""
    if "date" in value:
        return {"date": value["date"]}
    moment = dt.datetime.fromisoformat(value["dateTime"])
    return {"dateTime": shown(moment, answer_zone), "timeZone": value["timeZone"]}


def key_of(value: Json) -> str:
    """What stands behind the underscore of an instance's id: `20261208T162000Z`, or `20261208` for a day."""
    if "date" in value:
        return str(value["date"]).replace("-", "")
    return str(value["dateTime"]).replace("-", "").replace(":", "")
