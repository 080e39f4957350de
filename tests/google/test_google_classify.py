"""Bodies here are those that Google was recorded to send, shortened only where a part says nothing to us."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from sync.domain.errors import Exit
from sync.google.classify import GoogleError, Verdict, judge, parse_error, retry_after
from sync.google.errors import (
    GoogleBusyError,
    GoogleNeedsPersonError,
    GoogleRefusedRequestError,
    OutcomeUnknownError,
    safe_message,
)

READ_QUOTA = {
    "error": {
        "code": 429,
        "message": "Quota exceeded for quota metric 'Read requests' and limit "
        "'Read requests per minute per user' of service 'sheets.googleapis.com' "
        "for consumer 'project_number:603366585132'.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": {"quota_limit_value": "60", "service": "sheets.googleapis.com"},
            }
        ],
    }
}
DISABLED = {
    "error": {
        "code": 403,
        "message": "Google Sheets API has not been used in project 1 before or it is disabled.",
        "status": "PERMISSION_DENIED",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "SERVICE_DISABLED",
                "domain": "googleapis.com",
                "metadata": {"service": "sheets.googleapis.com"},
            }
        ],
    }
}


def legacy(code: int, reason: str, message: str = "said") -> dict[str, object]:
    error = {"domain": "global", "reason": reason, "message": message}
    return {"error": {"errors": [error], "code": code, "message": message}}


def modern(code: int, status: str, message: str = "said") -> dict[str, object]:
    return {"error": {"code": code, "message": message, "status": status}}


def judged(status: int, body: object, *, repeatable: bool = False, headers: dict[str, str] | None = None) -> Verdict:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return judge(
        status,
        headers or {},
        raw,
        repeatable=repeatable,
        service="Google Drive",
        account="role@school.example",
    )


def test_all_three_shapes_of_an_error_are_read() -> None:
    assert parse_error(json.dumps(DISABLED).encode()) == GoogleError(
        "SERVICE_DISABLED",
        "Google Sheets API has not been used in project 1 before or it is disabled.",
        "sheets.googleapis.com",
    )
    assert parse_error(json.dumps(legacy(404, "notFound")).encode()) == GoogleError("notFound", "said")
    assert parse_error(json.dumps(modern(400, "INVALID_ARGUMENT")).encode()) == GoogleError("INVALID_ARGUMENT", "said")
    assert parse_error(b'{"error": "invalid_grant", "error_description": "Bad"}') == GoogleError("invalid_grant", "Bad")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": null}', b'{"error": []}', b"\xff"])
def test_a_body_of_another_shape_gives_empty_words(body: bytes) -> None:
    assert parse_error(body) == GoogleError("", "")


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert retry_after({"retry-after": " 30 "}) == 30
    assert retry_after({"Retry-After": "Mon, 23 Nov 2026 09:00:45 GMT"}, now) == 45
    assert retry_after({"Retry-After": "Mon, 23 Nov 2026 08:00:00 GMT"}, now) == 0
    assert retry_after({"Retry-After": "soon"}) is None
    assert retry_after({}) is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, READ_QUOTA),
        (429, b""),
        (403, legacy(403, "rateLimitExceeded")),
        (403, legacy(403, "userRateLimitExceeded")),
    ],
)
@pytest.mark.parametrize("repeatable", [True, False])
def test_a_rate_limit_may_always_be_tried_again(status: int, body: object, repeatable: bool) -> None:
    verdict = judged(status, body, repeatable=repeatable, headers={"Retry-After": "9"})
    assert (verdict.again, verdict.wait, type(verdict.error)) == (True, 9, GoogleBusyError)


@pytest.mark.parametrize(
    ("status", "body", "reason", "said", "repair"),
    [
        (401, legacy(401, "authError"), "authError", "does not accept our credential", "sensync setup"),
        (403, DISABLED, "SERVICE_DISABLED", "is not switched on", "enable sheets.googleapis.com"),
        (
            403,
            legacy(403, "accessNotConfigured"),
            "accessNotConfigured",
            "is not switched on",
            "enable Google Drive",
        ),
        (403, legacy(403, "insufficientPermissions"), "insufficientPermissions", "scope", "tick every box"),
        (403, legacy(403, "storageQuotaExceeded"), "storageQuotaExceeded", "is full", "folder_id"),
        (403, legacy(403, "dailyLimitExceeded"), "dailyLimitExceeded", "rest of the day", "tomorrow"),
        (403, legacy(403, "quotaExceeded"), "quotaExceeded", "rest of the day", "tomorrow"),
        (403, legacy(403, "domainPolicy"), "domainPolicy", "administrators", "API controls"),
        (403, modern(403, "PERMISSION_DENIED"), "PERMISSION_DENIED", "role@school.example", "Share the file"),
        (
            403,
            legacy(403, "appNotAuthorizedToFile"),
            "appNotAuthorizedToFile",
            "does not let",
            "Share the file",
        ),
        (403, b"", "403", "does not let", "Share the file"),
        (404, modern(404, "NOT_FOUND"), "NOT_FOUND", "does not know the file", "share it with that account"),
        (404, legacy(404, "notFound"), "notFound", "does not know the file", "drive.file"),
        (
            403,
            legacy(403, "teamDriveFileLimitExceeded", 'Too many in "X"'),
            "teamDriveFileLimitExceeded",
            "“…”",
            "check",
        ),
        (407, b"", "intercepted", "proxy (407)", "web filter or proxy"),
        (307, b"", "intercepted", "redirect", "web filter or proxy"),
    ],
)
def test_what_only_a_person_can_mend_is_never_tried_again(
    status: int, body: object, reason: str, said: str, repair: str
) -> None:
    verdict = judged(status, body, repeatable=True)
    error = verdict.error
    assert isinstance(error, GoogleNeedsPersonError)
    assert (verdict.again, error.status, error.reason) == (False, status, reason)
    assert said in str(error)
    assert repair in error.next_step
    assert error.exit_code is Exit.USAGE


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_server_error_is_again_for_what_is_repeatable_and_unknown_for_the_rest(status: int) -> None:
    again, unknown = judged(status, b"", repeatable=True), judged(status, b"", repeatable=False)
    assert (again.again, type(again.error)) == (True, GoogleBusyError)
    assert (unknown.again, type(unknown.error)) == (False, OutcomeUnknownError)
    assert unknown.error.exit_code is Exit.TRY_AGAIN


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, modern(400, "INVALID_ARGUMENT", "Unable to parse range: NOPE!A5:F15"), "INVALID_ARGUMENT"),
        (409, legacy(409, "duplicate", "The requested identifier already exists."), "duplicate"),
        (410, legacy(410, "fullSyncRequired", "Sync token is no longer valid."), "fullSyncRequired"),
        (412, legacy(412, "conditionNotMet", "Precondition Failed"), "conditionNotMet"),
    ],
)
def test_a_refused_request_carries_googles_words(status: int, body: dict[str, dict[str, str]], reason: str) -> None:
    error = judged(status, body).error
    assert isinstance(error, GoogleRefusedRequestError)
    assert (error.status, error.reason, error.google_message) == (status, reason, body["error"]["message"])


def test_a_value_that_google_quotes_does_not_reach_the_sentence() -> None:
    message = (
        "Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue), \"Anya Oduya\"\n"
        'Invalid value at "Anya"'
    )
    error = judged(400, modern(400, "INVALID_ARGUMENT", message)).error
    assert str(error) == (
        "Google Drive refused the request (400 INVALID_ARGUMENT): "
        "Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue), “…”"
    )
    assert "Anya" in error.google_message


def test_an_unclosed_quotation_is_cut_to_the_end() -> None:
    assert (
        safe_message('Invalid JSON payload. Unexpected token "Anya Odu') == "Invalid JSON payload. Unexpected token “…”"
    )


@pytest.mark.parametrize(
    ("service", "status", "reason", "said", "repair"),
    [
        ("Google Calendar", 404, "notFound", "does not know the calendar or event", "was deleted"),
        ("Google Calendar", 403, "requiredAccessLevel", "only look at this calendar", "Make changes to events"),
        ("Google Calendar", 403, "forbiddenForServiceAccounts", "may not invite guests", "subject"),
        ("Gmail", 403, "forbidden", "does not let role@school.example send", "Admin console"),
    ],
)
def test_calendar_and_gmail_are_named_with_their_own_repair(
    service: str, status: int, reason: str, said: str, repair: str
) -> None:
    verdict = judge(
        status,
        {},
        json.dumps(legacy(status, reason)).encode(),
        repeatable=False,
        service=service,
        account="role@school.example",
    )
    assert isinstance(verdict.error, GoogleNeedsPersonError)
    assert said in str(verdict.error)
    assert repair in verdict.error.next_step
