"""Recurring events, expanded by python-dateutil in the wall clock of the event's zone. Pure.

Rules are RFC 5545's: RRULE, EXRULE, RDATE and EXDATE lines. The wall clock matters: a meeting at nine stays at
nine when the clocks change.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr

from .errors import invalid
from .times import key_of, utc_text, zone

Json = dict[str, Any]

LIMIT = 5_000
"""How many instances of one event are ever looked at in one request: a daily event for more than 13 years."""

_LINE = re.compile(r"(RRULE|EXRULE|RDATE|EXDATE)((?:;[^:]*)?):(.+)", re.IGNORECASE)
_TOO_OFTEN = re.compile(r"FREQ=(?:HOURLY|MINUTELY|SECONDLY)", re.IGNORECASE)
"""Calendar repeats events daily at most."""
_UNTIL = re.compile(r"UNTIL=(\d{8}(?:T\d{6}Z?)?)", re.IGNORECASE)


def _wall(text: str, local: ZoneInfo, parameters: str = "") -> dt.datetime:
    """A time of RFC 5545 as the wall clock of the event's zone shows it."""
    if "T" not in text:
        return dt.datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - a wall clock has no zone
    naive = dt.datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    if text.endswith("Z"):
        return naive.replace(tzinfo=dt.UTC).astimezone(local).replace(tzinfo=None)
    named = re.search(r"TZID=([^;]+)", parameters)
    other = zone(named[1]) if named else None
    return naive.replace(tzinfo=other).astimezone(local).replace(tzinfo=None) if other else naive


def _rules(lines: list[str], first: dt.datetime, local: ZoneInfo) -> Any:
    rules = rruleset(cache=False)
    repeats = False
    for line in lines:
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise ValueError(line)
        word, parameters, rest = match[1].upper(), match[2], match[3]
        if word in ("RRULE", "EXRULE"):
            if _TOO_OFTEN.search(rest):
                raise ValueError(line)
            # dateutil wants UNTIL in the kind of the start: the wall clock.
            rest = _UNTIL.sub(lambda found: f"UNTIL={_wall(found[1].upper(), local):%Y%m%dT%H%M%S}", rest)
            (rules.rrule if word == "RRULE" else rules.exrule)(rrulestr(rest, dtstart=first))
            repeats = repeats or word == "RRULE"
            continue
        for text in rest.split(","):
            moment = _wall(text.strip().upper(), local, parameters)
            if "T" not in text.upper():
                moment = moment.replace(hour=first.hour, minute=first.minute, second=first.second)
            (rules.rdate if word == "RDATE" else rules.exdate)(moment)
    if not repeats:
        rules.rdate(first)
    return rules


def _first(start: Json) -> tuple[dt.datetime, ZoneInfo]:
    if "date" in start:
        return dt.datetime.combine(dt.date.fromisoformat(start["date"]), dt.time()), ZoneInfo("UTC")
    local = zone(start["timeZone"]) or ZoneInfo("UTC")
    return dt.datetime.fromisoformat(start["dateTime"]).astimezone(local).replace(tzinfo=None), local


def check_recurrence(lines: list[str], start: Json) -> None:
    """Refuse rules that cannot be read.

    Raises:
        ApiError: 400.
    """
    first, local = _first(start)
    try:
        next(iter(_rules(lines, first, local)), None)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise invalid("Invalid recurrence rule.") from error


def starts(lines: list[str], start: Json, low: dt.datetime | None, high: dt.datetime) -> list[Json]:
    """The starts of the instances, as stored times, from `low` up to before `high`.

    Args:
        lines: the event's recurrence.
        start: of the first instance.
        low: nothing that starts before it is given; None for no bound.
        high: nothing that starts at or after it is given.
    """
    first, local = _first(start)
    floor = None if low is None else low.astimezone(local).replace(tzinfo=None) - dt.timedelta(days=1)
    roof = high.astimezone(local).replace(tzinfo=None) + dt.timedelta(days=1)
    found: list[Json] = []
    for count, moment in enumerate(_rules(lines, first, local)):
        if count >= LIMIT or moment > roof:
            break
        if floor is not None and moment < floor:
            continue
        if "date" in start:
            found.append({"date": moment.date().isoformat()})
            continue
        begins = moment.replace(tzinfo=local).astimezone(dt.UTC)
        if begins < high and (low is None or begins >= low):
            found.append({"dateTime": utc_text(begins), "timeZone": start["timeZone"]})
    return found


def start_of(lines: list[str], start: Json, key: str) -> Json | None:
    """The start of the instance whose id ends in `key`; None when the event has no such instance."""
    try:
        day = dt.datetime.strptime(key[:8], "%Y%m%d").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    around = starts(lines, start, day - dt.timedelta(days=2), day + dt.timedelta(days=3))
    return next((one for one in around if key_of(one) == key), None)


def end_for(start: Json, first: Json, last: Json) -> Json:
    """The end of the instance that starts at `start`, of an event that runs from `first` to `last`."""
    if "date" in start:
        length = dt.date.fromisoformat(last["date"]) - dt.date.fromisoformat(first["date"])
        return {"date": (dt.date.fromisoformat(start["date"]) + length).isoformat()}
    span = dt.datetime.fromisoformat(last["dateTime"]) - dt.datetime.fromisoformat(first["dateTime"])
    moment = dt.datetime.fromisoformat(start["dateTime"]) + span
    return {"dateTime": utc_text(moment), "timeZone": last["timeZone"]}
