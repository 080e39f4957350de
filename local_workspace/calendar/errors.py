"""Calendar's refusals. The bodies are those recorded or documented; google-wire.md names the source of each."""

from __future__ import annotations

from local_workspace.http.wire import ApiError


def _at(name: str, kind: str = "parameter") -> dict[str, str]:
    return {"locationType": kind, "location": name}


def not_found() -> ApiError:
    """404 (recorded): the same for what does not exist and what is not shared with the caller."""
    return ApiError(404, "Not Found", reason="notFound")


def duplicate() -> ApiError:
    """409 (documented): also for the id of an event that was deleted."""
    return ApiError(409, "The requested identifier already exists.", reason="duplicate")


def gone() -> ApiError:
    """410 (documented) of a second deletion."""
    return ApiError(410, "Resource has been deleted", reason="deleted")


def full_sync_required() -> ApiError:
    """410 (documented) of a sync token that has expired."""
    message = "Sync token is no longer valid, a full sync is required."
    return ApiError(410, message, reason="fullSyncRequired", domain="calendar", extra=_at("syncToken"))


def updated_min_too_long_ago() -> ApiError:
    """410 (documented) of an updatedMin from before what Calendar remembers of deletions."""
    message = "The requested minimum modification time lies too far in the past."
    return ApiError(410, message, reason="updatedMinTooLongAgo", domain="calendar", extra=_at("updatedMin"))


def condition_not_met() -> ApiError:
    """412 (real logs) of an If-Match that names another version."""
    return ApiError(412, "Precondition Failed", reason="conditionNotMet", extra=_at("If-Match", "header"))


def range_empty() -> ApiError:
    """400 (documented) of an end that is not after its start."""
    message = "The specified time range is empty."
    return ApiError(400, message, reason="timeRangeEmpty", domain="calendar", extra=_at("timeMax"))


def invalid(message: str, location: str = "") -> ApiError:
    """400 of a value that cannot be."""
    return ApiError(400, message, reason="invalid", extra=_at(location) if location else None)


def required(message: str, location: str = "") -> ApiError:
    """400 of a value that is missing."""
    return ApiError(400, message, reason="required", extra=_at(location) if location else None)


def bad_request(message: str) -> ApiError:
    """400 of values that do not go together."""
    return ApiError(400, message, reason="badRequest")


def access_level(role: str) -> ApiError:
    """403 (real) of a role that is too low."""
    word = "writer" if role == "writerWithoutPrivateAccess" else role
    message = f"You need to have {word} access to this calendar."
    return ApiError(403, message, reason="requiredAccessLevel", domain="calendar")


def not_organizer() -> ApiError:
    """403 (documented) of a guest who changes what belongs to all copies."""
    message = "Shared properties can only be changed by the organizer of the event."
    return ApiError(403, message, reason="forbiddenForNonOrganizer", domain="calendar")


def service_account_invites() -> ApiError:
    """403 (real) of attendees set by a service account that acts as itself."""
    message = "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority."
    return ApiError(403, message, reason="forbiddenForServiceAccounts", domain="calendar")


def forbidden(message: str, reason: str = "forbidden") -> ApiError:
    """403 of what nobody may do."""
    return ApiError(403, message, reason=reason)
