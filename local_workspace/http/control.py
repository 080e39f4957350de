"""Switching the weather from outside: `/local/faults`, `/local/weather`, `/local/quotas` and `/local/requests`.

Google has no such paths. They need the same credentials as any call, and are there for rehearsals and tests
that run in another process than the server.
"""

from __future__ import annotations

import re
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from .router import Handler, Route
from .weather import MAX_SKEW, QUOTAS, Fault
from .wire import ApiError, Request, Response

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]
Args = dict[str, str]

_BOUNDS: dict[str, tuple[float, float]] = {
    "status": (100, 599),
    "times": (1, 1_000_000_000),
    "chance": (0, 1),
    "seconds": (0, 3600),
    "skip": (0, 1_000_000_000),
}
"""Least and most, both allowed; NaN lies nowhere."""
_CHOICES = {"effect": ("status", "drop", "truncate", "latency"), "when": ("before", "after")}
_KINDS: dict[str, type | tuple[type, ...]] = {
    "status": int,
    "times": (int, type(None)),
    "chance": (int, float),
    "seconds": (int, float),
    "skip": int,
    "method": str,
    "path": str,
    "reason": str,
    "effect": str,
    "when": str,
}


def fault_of(rule: Json) -> Fault:
    """A fault from its JSON.

    Raises:
        ValueError: it has a member that faults do not have, or one of another kind; the message says which.
    """
    known = {item.name for item in fields(Fault)}
    for name, value in rule.items():
        if name not in known:
            raise ValueError(f"a fault has no {name!r}; it has {', '.join(sorted(known))}")
        fits = isinstance(value, _KINDS[name]) and not isinstance(value, bool)
        if not fits:
            raise ValueError(f"{name!r} of a fault cannot be {value!r}")
        if name in _BOUNDS and value is not None and not _BOUNDS[name][0] <= value <= _BOUNDS[name][1]:
            low, high = _BOUNDS[name]
            raise ValueError(f"{name!r} of a fault lies between {low:,} and {high:,}; {value!r} does not")
        if name == "path":
            _check_pattern(value)
        if name in _CHOICES and value not in _CHOICES[name]:
            raise ValueError(f"{name!r} of a fault is one of {', '.join(_CHOICES[name])}, not {value!r}")
    return Fault(**rule)


def _check_pattern(text: str) -> None:
    try:
        re.compile(text)
    except (re.error, RecursionError) as error:
        raise ValueError(f"'path' of a fault is no pattern ({error}): {text!r}") from error


def _checked_caller(ws: LocalWorkspace, request: Request) -> None:
    """Refuse all but the main account: the weather strikes everybody, and the log tells what everybody asked.

    Raises:
        ApiError: 403.
    """
    if request.account != next(iter(ws.accounts), ""):
        raise ApiError(403, "Only the main account, or the token of the workspace, switches the weather.")


def by_main(handler: Handler) -> Handler:
    """A handler that answers the main account only."""

    def guarded(ws: LocalWorkspace, request: Request, args: Args) -> Response:
        _checked_caller(ws, request)
        return handler(ws, request, args)

    return guarded


def faults_add(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """POST /local/faults: one more fault."""
    try:
        fault = fault_of(request.json())
    except ValueError as error:
        raise ApiError(400, f"The rule cannot be used: {error}.") from error
    ws.weather.faults.append(fault)
    return Response(data=asdict(fault))


def faults_list(ws: LocalWorkspace, _request: Request, _args: Args) -> Response:
    """GET /local/faults: those that can still strike."""
    return Response(data={"faults": [asdict(fault) for fault in ws.weather.faults]})


def faults_clear(ws: LocalWorkspace, _request: Request, _args: Args) -> Response:
    """DELETE /local/faults: fair weather."""
    ws.weather.faults.clear()
    return Response(data={})


def quotas_set(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """PUT /local/quotas: `{"reads": 60, "calendar": 600}`, any of `QUOTAS`; null for no limit."""
    body = request.json()
    for name, value in body.items():
        if name not in QUOTAS or isinstance(value, bool) or not isinstance(value, int | None):
            raise ApiError(400, f"Quotas are {', '.join(QUOTAS)}, each a number or null; not {name!r}.")
    for name, value in body.items():
        setattr(ws.weather, name, value)
    return Response(data={name: getattr(ws.weather, name) for name in QUOTAS})


def sync_tokens_expire(ws: LocalWorkspace, _request: Request, _args: Args) -> Response:
    """POST /local/calendar/expire-sync-tokens: every one given so far answers 410 from now on."""
    ws.calendars.expire_sync_tokens()
    return Response(data={})


def weather_set(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """PUT /local/weather: `{"seed": 7}` begins that seed's weather anew, `{"skew": 3600}` sets the clock ahead."""
    body = request.json()
    kinds = {"seed": int, "skew": int | float}
    for name, value in body.items():
        fits = name in kinds and not isinstance(value, bool) and isinstance(value, kinds[name])
        if not fits or (name == "skew" and abs(value) > MAX_SKEW):
            raise ApiError(
                400,
                "The weather has a seed (a whole number) and a skew (seconds, at most ten years); "
                f"not {name!r}: {value!r}.",
            )
    if "seed" in body:
        ws.weather.sow(body["seed"])
    ws.weather.skew = body.get("skew", ws.weather.skew)
    return Response(data={"seed": ws.weather.seed, "skew": ws.weather.skew})


def requests_list(ws: LocalWorkspace, _request: Request, _args: Args) -> Response:
    """GET /local/requests: what was asked so far, the oldest first."""
    return Response(data={"requests": [entry._asdict() for entry in ws.requests]})


ROUTES = [
    Route("POST", "/local/faults", by_main(faults_add)),
    Route("GET", "/local/faults", by_main(faults_list)),
    Route("DELETE", "/local/faults", by_main(faults_clear)),
    Route("PUT", "/local/quotas", by_main(quotas_set)),
    Route("PUT", "/local/weather", by_main(weather_set)),
    Route("POST", "/local/calendar/expire-sync-tokens", by_main(sync_tokens_expire)),
    Route("GET", "/local/requests", by_main(requests_list)),
]
