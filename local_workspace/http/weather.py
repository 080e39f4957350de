"""Weather: quotas, latency and faults, by rule and by seed."""

from __future__ import annotations

import random
import re
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any, Literal

from .wire import ApiError, Request

Json = dict[str, Any]
Effect = Literal["status", "drop", "truncate", "latency"]
When = Literal["before", "after"]

PROJECT_NUMBER = "603366585132"


@dataclass(slots=True)
class Fault:
    """One rule.

    Attributes:
        effect: answer `status`; `drop` the connection; `truncate` the body; wait `seconds`.
        when: before the request is applied, or after it was (the caller cannot know which).
        times: how often it still strikes; None for ever.
        method: only this method, "" for all.
        path: only paths that match this pattern.
        chance: the probability that it strikes a request that it could.
    """

    effect: Effect = "status"
    status: int = 503
    when: When = "before"
    times: int | None = 1
    method: str = ""
    path: str = ""
    chance: float = 1.0
    seconds: float = 0.0
    reason: str = ""
    skip: int = 0


_MESSAGES = {
    429: "Resource has been exhausted (e.g. check quota).",
    500: "Internal error encountered.",
    502: "Bad Gateway",
    503: "The service is currently unavailable.",
    504: "Deadline expired before operation could complete.",
}
_STATUSES = {504: "DEADLINE_EXCEEDED", 502: "UNAVAILABLE"}


_USUAL = {403: "rateLimitExceeded", 404: "notFound", 409: "duplicate", 410: "fullSyncRequired", 412: "conditionNotMet"}
"""The reason of a Calendar fault that names none."""
_LISTED = {
    "rateLimitExceeded": ("usageLimits", "Rate Limit Exceeded"),
    "userRateLimitExceeded": ("usageLimits", "User Rate Limit Exceeded"),
    "quotaExceeded": ("usageLimits", "Calendar usage limits exceeded."),
    "notFound": ("global", "Not Found"),
    "duplicate": ("global", "The requested identifier already exists."),
    "deleted": ("global", "Resource has been deleted"),
    "conditionNotMet": ("global", "Precondition Failed"),
    "fullSyncRequired": ("calendar", "Sync token is no longer valid, a full sync is required."),
}
"""Domain and sentence of Calendar's reasons (google-wire.md, section 2)."""


def fault_error(fault: Fault, request: Request) -> ApiError:
    """The error that a `status` fault answers with."""
    if fault.status == 429 and request.path.startswith("/v4/"):
        return quota_error(write=request.method != "GET")
    message = _MESSAGES.get(fault.status, "Local weather.")
    if request.path.startswith("/v4/"):
        return ApiError(fault.status, message, canonical=_STATUSES.get(fault.status))
    told = _LISTED.get(fault.reason or _USUAL.get(fault.status, ""))
    if told is not None and request.path.startswith(("/calendar/", "/gmail/")):
        return ApiError(fault.status, told[1], reason=fault.reason or _USUAL[fault.status], domain=told[0])
    reasons = {403: "rateLimitExceeded", 429: "rateLimitExceeded", 500: "internalError", 503: "backendError"}
    reason = fault.reason or reasons.get(fault.status, "backendError")
    return ApiError(
        fault.status,
        "Rate Limit Exceeded" if reason == "rateLimitExceeded" else message,
        reason=reason,
        domain="usageLimits" if "ateLimit" in reason else "global",
    )


def quota_error(*, write: bool) -> ApiError:
    """The 429 of the Sheets quota, as recorded (google-wire.md, section 2)."""
    word = "Write" if write else "Read"
    message = (
        f"Quota exceeded for quota metric '{word} requests' and limit '{word} requests per minute per user' "
        f"of service 'sheets.googleapis.com' for consumer 'project_number:{PROJECT_NUMBER}'."
    )
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {
            "quota_limit_value": "60",
            "service": "sheets.googleapis.com",
            "consumer": f"projects/{PROJECT_NUMBER}",
            "quota_unit": "1/min/{project}/{user}",
            "quota_location": "global",
            "quota_metric": f"sheets.googleapis.com/{word.lower()}_requests",
            "quota_limit": f"{word}RequestsPerMinutePerUser",
        },
    }
    help_links = {
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [
            {
                "description": "Request a higher quota limit.",
                "url": "https://cloud.google.com/docs/quotas/help/request_increase",
            }
        ],
    }
    return ApiError(429, message, details=[info, help_links])


@dataclass(slots=True)
class Weather:
    """The faults and quotas of one workspace.

    Attributes:
        reads, writes: Sheets requests a minute for one account; None for no limit.
        project: the same for all accounts together.
        calendar: Calendar requests a minute for one account (600 at Google), and `calendar_project` for all accounts
            together (10,000 at Google); None for no limit.
        mail: Gmail requests a minute for one account; None for no limit.
    """

    seed: int = 0
    reads: int | None = None
    writes: int | None = None
    project: int | None = None
    calendar: int | None = None
    calendar_project: int | None = None
    mail: int | None = None
    faults: list[Fault] = field(default_factory=list)
    _rng: random.Random = field(default_factory=random.Random)
    _spent: dict[tuple[str, bool | str], deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def __post_init__(self) -> None:
        self._rng.seed(self.seed)

    def strike(self, request: Request, when: When) -> list[Fault]:
        """The faults that strike this request now; each is used up by one."""
        struck = []
        for fault in list(self.faults):
            if fault.when != when or (fault.method and fault.method != request.method):
                continue
            if fault.path and not re.search(fault.path, request.path):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.chance < 1 and self._rng.random() >= fault.chance:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
            struck.append(fault)
        return struck

    def charge(self, request: Request, now: float) -> None:
        """Count a Sheets request against the quotas.

        Raises:
            ApiError: 429 when the minute's share is spent; Calendar answers 403 for an account's share and 429 for
                the project's (documented as either).
        """
        if request.path.startswith("/calendar/v3/"):
            self._spend("calendar", request.account, self.calendar, now, 403)
            self._spend("calendar", "", self.calendar_project, now, 429)
            return
        if request.path.startswith(("/gmail/v1/", "/upload/gmail/v1/")):
            self._spend("mail", request.account, self.mail, now, 429)
            return
        if not request.path.startswith("/v4/"):
            return
        write = request.method != "GET" and not re.search(r"(?:GetByDataFilter|getByDataFilter|:search)$", request.path)
        limit = self.writes if write else self.reads
        for who, most in ((request.account, limit), ("", self.project)):
            if most is None:
                continue
            if not self._room(who, write, most, now):
                raise quota_error(write=write)

    def _room(self, who: str, kind: bool | str, most: int, now: float) -> bool:
        """Count one request of the sliding minute, unless its share is spent."""
        spent = self._spent[who, kind]
        while spent and spent[0] <= now - 60:
            spent.popleft()
        if len(spent) >= most:
            return False
        spent.append(now)
        return True

    def _spend(self, kind: str, who: str, most: int | None, now: float, status: int) -> None:
        if most is not None and not self._room(who, kind, most, now):
            raise ApiError(status, "Rate Limit Exceeded", reason="rateLimitExceeded", domain="usageLimits")
