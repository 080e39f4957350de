"""Weather: quotas, latency and faults, by rule and by seed."""

from __future__ import annotations

import random
import re
from collections import defaultdict, deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .wire import NEWER, ApiError, Request

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
Effect = Literal["status", "drop", "truncate", "latency"]
When = Literal["before", "after"]

PROJECT_NUMBER = "603366585132"
USER_QUOTA = 60
PROJECT_QUOTA = 300
CALENDAR_QUOTA = 600
CALENDAR_PROJECT_QUOTA = 10_000
MAIL_QUOTA = 60
"""6,000 units a minute for one account, of which a mail sent costs 100 (documented); here every call counts as that."""
FORM_READS, FORM_LISTS, FORM_WRITES = 390, 180, 150
"""For one account; `responses.list` counts as a list alone (documented)."""
QUOTAS = (
    "reads",
    "writes",
    "project",
    "calendar",
    "calendar_project",
    "mail",
    "form_reads",
    "form_lists",
    "form_writes",
)
"""The quotas that can be set, each an attribute of `Weather`."""
MAX_SKEW = 10 * 366 * 86_400
"""Ten years in seconds: a clock further off than that is a slip of the hand, and dates have an end."""


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
        return quota_error(write=not _reads_only(request))
    message = _MESSAGES.get(fault.status, "Local weather.")
    if request.path.startswith(NEWER):
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


def quota_error(limit: int = 60, *, write: bool, project: bool = False) -> ApiError:
    """The 429 of the Sheets quota, as recorded (google-wire.md, section 2; r-lib/gargle#160 for the project's).

    Args:
        limit: requests a minute.
        write: whether it is the quota of writes.
        project: whether it is the one that all users of a project share.
    """
    word = "Write" if write else "Read"
    message = (
        f"Quota exceeded for quota metric '{word} requests' and limit '{word} requests per minute"
        f"{'' if project else ' per user'}' of service 'sheets.googleapis.com' for consumer "
        f"'project_number:{PROJECT_NUMBER}'."
    )
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {
            "quota_limit_value": str(limit),
            "service": "sheets.googleapis.com",
            "consumer": f"projects/{PROJECT_NUMBER}",
            "quota_unit": "1/min/{project}" if project else "1/min/{project}/{user}",
            "quota_location": "global",
            "quota_metric": f"sheets.googleapis.com/{word.lower()}_requests",
            "quota_limit": f"{word}RequestsPerMinutePer{'Project' if project else 'User'}",
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
        project: reads a minute, and as many writes, for all accounts together.
        calendar: Calendar requests a minute for one account; None for no limit.
        calendar_project: the same for all accounts together.
        mail: Gmail requests a minute for one account; None for no limit.
        form_reads, form_lists, form_writes: Forms requests a minute for one account; lists are those of responses.
        skew: seconds by which the workspace's clock is ahead of the machine's.
    """

    seed: int = 0
    reads: int | None = None
    writes: int | None = None
    project: int | None = None
    calendar: int | None = None
    calendar_project: int | None = None
    mail: int | None = None
    form_reads: int | None = None
    form_lists: int | None = None
    form_writes: int | None = None
    skew: float = 0
    faults: list[Fault] = field(default_factory=list)
    _rng: random.Random = field(default_factory=random.Random)
    _spent: dict[tuple[str, str], deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def __post_init__(self) -> None:
        self.sow(self.seed)

    def sow(self, seed: int) -> None:
        """Begin the weather of a seed anew."""
        self.seed = seed
        self._rng.seed(seed)

    def google_quotas(self) -> None:
        """Google's own, all of them: what it documents for each user and for a project."""
        self.reads, self.writes, self.project = USER_QUOTA, USER_QUOTA, PROJECT_QUOTA
        self.calendar, self.calendar_project = CALENDAR_QUOTA, CALENDAR_PROJECT_QUOTA
        self.mail = MAIL_QUOTA
        self.form_reads, self.form_lists, self.form_writes = FORM_READS, FORM_LISTS, FORM_WRITES

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
        """Count a request against the quotas of its API.

        Raises:
            ApiError: 429 when the minute's share is spent; Calendar answers 403 for an account's share and 429 for
                the project's (documented as either).
        """
        counted = []
        for who, kind, most, refusal in self._shares(request):
            if most is None:
                continue
            spent = self._spent[who, kind]
            while spent and spent[0] <= now - 60:
                spent.popleft()
            if len(spent) >= most:
                raise refusal()
            counted.append(spent)
        for spent in counted:  # a request that is refused counts nowhere
            spent.append(now)

    def _shares(self, request: Request) -> list[_Share]:
        """What a request counts against: its account's share of a minute, then everybody's."""
        who = request.account
        if request.path.startswith("/calendar/v3/"):
            return [
                _Share(who, "calendar", self.calendar, partial(_listed_quota_error, 403)),
                _Share("", "calendar", self.calendar_project, partial(_listed_quota_error, 429)),
            ]
        if request.path.startswith(("/gmail/v1/", "/upload/gmail/v1/")):
            return [_Share(who, "mail", self.mail, partial(_listed_quota_error, 429))]
        if request.path.startswith("/v1/forms"):
            kind, most = self._of_forms(request)
            return [_Share(who, kind, most, partial(ApiError, 429, _MESSAGES[429]))]
        if not request.path.startswith("/v4/"):
            return []
        write = not _reads_only(request)
        kind, mine = ("writes", self.writes) if write else ("reads", self.reads)
        return [
            _Share(who, kind, mine, partial(quota_error, mine or 0, write=write)),
            _Share("", kind, self.project, partial(quota_error, self.project or 0, write=write, project=True)),
        ]

    def _of_forms(self, request: Request) -> tuple[str, int | None]:
        """Which quota of Forms a request counts against."""
        if request.method != "GET":
            return "form_writes", self.form_writes
        if request.path.endswith("/responses"):
            return "form_lists", self.form_lists
        return "form_reads", self.form_reads


class _Share(NamedTuple):
    """A share of a minute: whose ("" for everybody's), of what, how many requests, and what refuses one more."""

    who: str
    kind: str
    most: int | None
    refusal: Callable[[], ApiError]


def _listed_quota_error(status: int) -> ApiError:
    return ApiError(status, "Rate Limit Exceeded", reason="rateLimitExceeded", domain="usageLimits")


def _reads_only(request: Request) -> bool:
    """Whether a Sheets request counts as a read: a search goes by POST and changes nothing."""
    return (
        request.method == "GET" or re.search(r"(?:GetByDataFilter|getByDataFilter|:search)$", request.path) is not None
    )
