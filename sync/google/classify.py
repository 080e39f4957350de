"""What an answer of Google's means: try again, refused, or a person is needed. Pure.

The reasons and bodies are those that Google really sends (recorded answers and its "Resolve errors" pages).
Two rules carry the weight:

- 429, and 403 for a rate, say that nothing was done, so any call may be tried again.
- 5xx, 408 and a lost connection say nothing about what was done, so only a call that may be repeated is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sync.google.errors import (
    GoogleBusyError,
    GoogleNeedsPersonError,
    GoogleRefusedRequestError,
    OutcomeUnknownError,
    safe_message,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.domain.errors import SensyncError

_READ_AGAIN = "Run again: Sensync first reads again what is there and then does only what is left to do."
_LATER = "Run again in a few minutes."

_OTHER_DRIVE = "Set [google] subject to a mailbox with a Drive, or folder_id to a folder in a shared drive."

_UNSURE = frozenset({408, 500, 502, 503, 504})

_RATE_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"})

_SCOPE_REASONS = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})

_DISABLED_REASONS = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})

_QUOTA_REASONS = frozenset({"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"})

_CALENDAR = "Google Calendar"

_CALENDAR_REST = 3600.0
"""Seconds. Calendar's `quotaExceeded` is a brake against abuse that holds for hours (seen in live logs)."""

_RETRY_AT = re.compile(r"Retry after (\d{4}-\d\d-\d\dT[\d:.]+Z)")
"""Gmail says in its sentence, not in a header, when to come back."""

_SHARE_REASONS = frozenset(
    {
        "PERMISSION_DENIED",
        "forbidden",
        "insufficientFilePermissions",
        "appNotAuthorizedToFile",
        "notFound",
        "NOT_FOUND",
    }
)


@dataclass(frozen=True, slots=True)
class GoogleError:
    """The error in an answer: Google's reason word, its sentence, and the API it names (if any)."""

    reason: str
    message: str
    api: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do: try `again` (after `wait` seconds, where Google said so), or raise `error`.

    `error` is also what is raised when trying again comes to its end.
    """

    again: bool
    error: SensyncError
    wait: float | None = None


def parse_error(body: bytes) -> GoogleError:
    """Reads an error body of Google's in any of its three shapes; an unknown body gives empty words."""
    try:
        error = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return GoogleError("", "")
    if isinstance(error, str):
        # RFC 6749 section 5.2: {"error": "invalid_grant", "error_description": "..."}
        described = _parsed(body).get("error_description")
        return GoogleError(error, described if isinstance(described, str) else "")
    if not isinstance(error, dict):
        return GoogleError("", "")
    message = str(error.get("message", ""))
    for detail in _dicts(error.get("details")):
        if str(detail.get("@type", "")).endswith("google.rpc.ErrorInfo"):
            metadata = detail.get("metadata")
            api = str(metadata.get("service", "")) if isinstance(metadata, dict) else ""
            return GoogleError(str(detail.get("reason", "")), message, api)
    for item in _dicts(error.get("errors")):
        if item.get("reason"):
            return GoogleError(str(item["reason"]), message)
    return GoogleError(str(error.get("status", "")), message)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The seconds that Retry-After asks for (RFC 9110, 10.2.3: seconds or a date); None without one."""
    value = next((text.strip() for name, text in headers.items() if name.lower() == "retry-after"), "")
    if value.isdigit():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())


def _stated_wait(message: str) -> float | None:
    found = _RETRY_AT.search(message)
    if found is None:
        return None
    return max(0.0, (datetime.fromisoformat(found[1]) - datetime.now(UTC)).total_seconds())


def judge(
    status: int, headers: Mapping[str, str], body: bytes, *, repeatable: bool, service: str, account: str
) -> Verdict:
    """Says what an answer with an error status means.

    Args:
        status: the HTTP status, 300 or above.
        headers: of the answer.
        body: of the answer, decoded.
        repeatable: whether the call may be made twice without harm.
        service: which service answered, in words.
        account: whom Google takes us for, for the sentence about sharing.
    """
    found = parse_error(body)
    wait = retry_after(headers)
    if wait is None:
        wait = _stated_wait(found.message)
    if found.reason == "quotaExceeded" and service == _CALENDAR:
        resting = GoogleBusyError(
            f"{service} takes no more changes of this account for some hours ({status} quotaExceeded).",
            next_step="Sensync tries again later by itself; nothing is lost.",
            wait=wait or _CALENDAR_REST,
        )
        return Verdict(again=False, error=resting, wait=resting.wait)
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.FORBIDDEN and found.reason in _RATE_REASONS):
        busy = GoogleBusyError(
            f"{service} asked us to slow down ({status}); nothing was changed by this call.",
            next_step=f"Run again in {wait:.0f} seconds." if wait else _LATER,
            wait=wait,
        )
        return Verdict(again=True, error=busy, wait=wait)
    if status in _UNSURE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict(
            again=repeatable and status in _UNSURE,
            error=unsure(service, f"answered {status}", repeatable=repeatable),
            wait=wait,
        )
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Verdict(again=False, error=_intercepted(status, f"redirect to another address ({status})"))
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        return Verdict(again=False, error=_needs_person(status, found, service, account))
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return Verdict(again=False, error=_intercepted(status, "request to sign in to a proxy (407)"))
    refused = GoogleRefusedRequestError(
        service, status=status, reason=found.reason or "no reason given", google_message=found.message
    )
    return Verdict(again=False, error=refused)


def unsure(service: str, what: str, *, repeatable: bool) -> SensyncError:
    """The error where nobody knows whether the call was done; for a read, that no answer came."""
    if repeatable:
        return GoogleBusyError(f"{service} {what}.", next_step=_LATER)
    return OutcomeUnknownError(
        f"{service} {what}, so it is not known whether the change was made.",
        next_step=f"{_READ_AGAIN} If this keeps happening, look whether the account may edit the file.",
    )


def not_google(service: str) -> GoogleNeedsPersonError:
    """The error for a good status with a body that is not Google's, mostly the page of a web filter."""
    return _intercepted(HTTPStatus.OK, f"page that is not from {service}")


def no_drive(account: str) -> GoogleNeedsPersonError:
    """The error for an account that may not make a file, since it has no Drive to put it in."""
    return GoogleNeedsPersonError(
        f"{account} may not make files: a service account has no Drive of its own.",
        next_step=_OTHER_DRIVE,
        status=HTTPStatus.FORBIDDEN,
        reason="no_drive",
    )


def _intercepted(status: int, what: str) -> GoogleNeedsPersonError:
    return GoogleNeedsPersonError(
        f"Something between this computer and Google answered with a {what}.",
        next_step="Ask whoever runs the web filter or proxy to let this computer reach *.googleapis.com.",
        status=status,
        reason="intercepted",
    )


def _needs_person(status: int, found: GoogleError, service: str, account: str) -> GoogleNeedsPersonError:
    reason = found.reason
    if status == HTTPStatus.UNAUTHORIZED:
        said = f"{service} does not accept our credential any more (401)."
        repair = "Run `sensync check`; sign in again with `sensync setup`, or make a new key or token."
    elif reason in _DISABLED_REASONS:
        said = f"{service} is not switched on in the Google Cloud project of this credential."
        repair = (
            f"In the Google Cloud console open APIs & Services, Library, and enable {found.api or service}; "
            "then wait five minutes."
        )
    elif reason in _SCOPE_REASONS:
        said = f"Our credential was not granted the permission (scope) that {service} asks for."
        repair = "Sign in again with `sensync setup` and tick every box, or add the scope to the delegation."
    elif reason == "storageQuotaExceeded":
        said = f"The Drive of {account} is full, or it is a service account, which has no Drive of its own."
        repair = _OTHER_DRIVE
    elif reason in _QUOTA_REASONS:
        said = f"{service} has refused us for the rest of the day: a daily limit is used up ({reason})."
        repair = "Run again tomorrow, or ask for a higher limit in the Google Cloud console."
    elif reason == "domainPolicy":
        said = f"The administrators of the school's Google Workspace do not allow this app to use {service}."
        repair = "Ask an administrator: Admin console, Security, API controls, and trust this app."
    elif reason == "forbiddenForServiceAccounts":
        said = "A service account may not invite guests to an event by itself."
        repair = "Set [google] subject to the mailbox whose calendar it is, and delegate the calendar's scope."
    elif reason == "requiredAccessLevel" or (service == _CALENDAR and reason == "forbidden"):
        said = f"{service} lets {account} only look at this calendar, or only at a part of it (403)."
        repair = "In Google Calendar, Settings of that calendar, Share with specific people: Make changes to events."
    elif service == _CALENDAR and status == HTTPStatus.NOT_FOUND:
        said = f"{service} does not know the calendar or event, or {account} may not see it (404)."
        repair = (
            "Look whether the calendar was deleted. With the scope calendar.app.created, Sensync sees only calendars "
            "that it made."
        )
    elif service == "Gmail" and status == HTTPStatus.FORBIDDEN and reason in _SHARE_REASONS:
        said = f"Gmail does not let {account} send (403)."
        repair = "Look whether Gmail is switched on for that account in the Admin console."
    elif status == HTTPStatus.NOT_FOUND:
        said = f"{service} does not know the file, or {account} may not see it (404)."
        repair = (
            "Look whether the file is in the bin, share it with that account as an editor, and compare the "
            "id in sensync.toml. With the scope drive.file, Sensync sees only files it made or was given."
        )
    elif reason in _SHARE_REASONS or not reason:
        said = f"{service} does not let {account} do this (403)."
        repair = f"Share the file with {account} as an editor, and look whether the file is protected or locked."
    else:
        said = f"{service} refused ({status} {reason}): {safe_message(found.message)}"
        repair = "Run `sensync check`; it names what is missing."
    return GoogleNeedsPersonError(said, next_step=repair, status=status, reason=reason or str(status))


def _parsed(body: bytes) -> dict[str, Any]:
    value = json.loads(body)
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
