"""Accounts, sharing, protections, credentials."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from google.auth.transport.requests import Request as AuthRequest
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials
from workspace_kit import NOON, SENCO, TEACHER, Book, Caller, RefusalError, rect

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

ROBOT = "robot@school-sync.iam.gserviceaccount.com"
SHEETS = "https://www.googleapis.com/auth/spreadsheets"
DRIVE = "https://www.googleapis.com/auth/drive"
LOCKED = (
    "You are trying to edit a protected cell or object. Please contact the spreadsheet owner to remove "
    "protection if you need to edit."
)


def share(book: Book, role: str, who: str = TEACHER, **more: Any) -> dict[str, Any]:
    body = {"type": "user", "role": role, "emailAddress": who, **more}
    return book.call("POST", f"/drive/v3/files/{book.id}/permissions", body)  # type: ignore[no-any-return]


def test_a_reader_reads_and_may_not_write(book: Book, teacher: Caller) -> None:
    share(book, "reader")
    assert teacher("GET", f"{book.path}/values/A1")["range"] == "Sheet1!A1"
    error = teacher.refused("PUT", f"{book.path}/values/A1?valueInputOption=RAW", {"values": [[1]]})
    assert error == {
        "code": 403,
        "message": "The caller does not have permission",
        "status": "PERMISSION_DENIED",
    }


def test_a_writer_writes_and_is_named_as_the_last_editor(book: Book, teacher: Caller) -> None:
    share(book, "writer")
    teacher("PUT", f"{book.path}/values/A1?valueInputOption=RAW", {"values": [[1]]})
    file = book.call("GET", f"/drive/v3/files/{book.id}?fields=lastModifyingUser(emailAddress,me)")
    assert file == {"lastModifyingUser": {"me": False, "emailAddress": TEACHER}}


@pytest.mark.parametrize(
    "request_",
    [
        {"updateCells": {"range": rect(0, 1, 0, 1), "fields": "userEnteredValue"}},
        {"repeatCell": {"range": rect(0, 3, 0, 3), "cell": {}, "fields": "userEnteredValue"}},
        {"deleteDimension": {"range": {"dimension": "ROWS", "startIndex": 0, "endIndex": 1}}},
        {"sortRange": {"range": rect(0, 5, 0, 2), "sortSpecs": [{"dimensionIndex": 0}]}},
        {"deleteProtectedRange": {"protectedRangeId": 77}},
        {"findReplace": {"find": "a", "replacement": "b", "allSheets": True}},
        {"deleteSheet": {"sheetId": 0}},
    ],
)
def test_a_protected_range_refuses_the_wrong_editor(book: Book, teacher: Caller, request_: dict[str, Any]) -> None:
    book.put("A1", [["a"]])
    book.batch(
        {"addSheet": {}},
        {"addProtectedRange": {"protectedRange": {"protectedRangeId": 77, "range": rect(0, 2, 0, 2)}}},
    )
    share(book, "writer")
    error = teacher.refused("POST", f"{book.path}:batchUpdate", {"requests": [request_]})
    assert error["message"] == f"Invalid requests[0].{next(iter(request_))}: {LOCKED}"
    assert book.batch(request_)


def test_a_protection_lets_its_editors_and_its_free_cells_through(book: Book, teacher: Caller) -> None:
    share(book, "writer")
    protection = {
        "range": {"sheetId": 0},
        "unprotectedRanges": [rect(0, 1, 3, 4)],
        "editors": {"users": [SENCO]},
    }
    (reply,) = book.batch({"addProtectedRange": {"protectedRange": protection}})
    url = f"{book.path}/values/{{}}?valueInputOption=RAW"
    assert teacher.refused("PUT", url.format("A1"), {"values": [[1]]})["message"] == LOCKED
    teacher("PUT", url.format("D1"), {"values": [[1]]})
    seen = teacher("GET", f"{book.path}?fields=sheets.protectedRanges.requestingUserCanEdit")
    assert seen["sheets"][0]["protectedRanges"] == [{"requestingUserCanEdit": False}]
    number = reply["addProtectedRange"]["protectedRange"]["protectedRangeId"]
    change = {"protectedRangeId": number, "editors": {"users": [SENCO, TEACHER]}}
    book.batch({"updateProtectedRange": {"protectedRange": change, "fields": "editors"}})
    teacher("PUT", url.format("A1"), {"values": [[1]]})


def test_a_warning_stops_nobody(book: Book, teacher: Caller) -> None:
    share(book, "writer")
    book.batch({"addProtectedRange": {"protectedRange": {"range": {"sheetId": 0}, "warningOnly": True}}})
    teacher("PUT", f"{book.path}/values/A1?valueInputOption=RAW", {"values": [[1]]})


def test_permissions_are_listed_changed_and_taken_away(book: Book, teacher: Caller) -> None:
    made = share(book, "reader")
    assert set(made) == {"kind", "id", "type", "role"}
    url = f"/drive/v3/files/{book.id}/permissions"
    assert [item["role"] for item in book.call("GET", url)["permissions"]] == ["owner", "reader"]
    book.call("PATCH", f"{url}/{made['id']}", {"role": "writer"})
    teacher("PUT", f"{book.path}/values/A1?valueInputOption=RAW", {"values": [[1]]})
    teacher("DELETE", f"{url}/{made['id']}")
    with pytest.raises(RefusalError):
        teacher("GET", book.path)


def test_the_owner_stays_until_ownership_is_given_away(book: Book, teacher: Caller) -> None:
    url = f"/drive/v3/files/{book.id}/permissions"
    (owner,) = book.call("GET", url)["permissions"]
    assert book.call.refused("DELETE", f"{url}/{owner['id']}")["code"] == 403
    body = {"type": "user", "role": "owner", "emailAddress": TEACHER}
    assert book.call.refused("POST", url, body)["errors"][0]["location"] == "transferOwnership"
    book.call("POST", f"{url}?transferOwnership=true", body)
    assert teacher("GET", f"/drive/v3/files/{book.id}?fields=ownedByMe") == {"ownedByMe": True}
    book.call("PUT", f"{book.path}/values/A1?valueInputOption=RAW", {"values": [[1]]})


def test_only_the_owner_gives_a_file_away(book: Book, teacher: Caller) -> None:
    made = share(book, "writer")
    url = f"/drive/v3/files/{book.id}/permissions"
    body = {"type": "user", "role": "owner", "emailAddress": TEACHER}
    assert teacher.refused("POST", f"{url}?transferOwnership=true", body)["code"] == 403
    for caller, query in ((teacher, "?transferOwnership=true"), (book.call, "")):
        assert caller.refused("PATCH", f"{url}/{made['id']}{query}", {"role": "owner"})["code"] == 403
    anyone = book.call("POST", url, {"type": "anyone", "role": "reader"})["id"]
    assert book.call.refused("PATCH", f"{url}/{anyone}?transferOwnership=true", {"role": "owner"})["code"] == 400
    assert book.call("GET", f"/drive/v3/files/{book.id}?fields=ownedByMe") == {"ownedByMe": True}
    book.call("PATCH", f"{url}/{made['id']}?transferOwnership=true", {"role": "owner"})
    assert book.call("GET", f"/drive/v3/files/{book.id}?fields=ownedByMe") == {"ownedByMe": False}


def test_a_published_view_lets_people_answer_and_never_open_the_file(book: Book, teacher: Caller) -> None:
    url = f"/drive/v3/files/{book.id}/permissions"
    body = {"type": "anyone", "role": "reader", "view": "published"}
    for wrong in ({**body, "role": "writer"}, {**body, "view": "metadata"}):
        assert book.call.refused("POST", url, wrong)["code"] == 400
    book.call("POST", url, body)
    assert teacher.refused("GET", book.path)["code"] == 403
    assert len(book.call("GET", url)["permissions"]) == 1
    shown = book.call("GET", f"{url}?includePermissionsForView=published&fields=permissions(view)")["permissions"]
    assert shown == [{}, {"view": "published"}]


def test_a_domain_and_anyone(book: Book, teacher: Caller) -> None:
    url = f"/drive/v3/files/{book.id}/permissions"
    book.call("POST", url, {"type": "domain", "role": "reader", "domain": "school.example"})
    assert teacher("GET", book.path)["spreadsheetId"] == book.id
    published = book.call("POST", f"{url}?fields=view,id", {"type": "anyone", "role": "reader", "view": "published"})
    assert published == {"view": "published", "id": "anyoneWithLink"}
    shown = book.call("GET", f"{url}?includePermissionsForView=published&fields=permissions.type")
    assert [item["type"] for item in shown["permissions"]] == ["user", "domain", "anyone"]


# ---- credentials


def refreshed(credentials: Any) -> str:
    credentials.refresh(AuthRequest())
    return str(credentials.token)


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch, ws: LocalWorkspace) -> LocalWorkspace:
    """google-auth signs by the machine's clock: so must the workspace read it."""
    monkeypatch.setattr(ws, "clock", lambda: dt.datetime.now(dt.UTC))
    return ws


def service(ws: LocalWorkspace, key: dict[str, Any], **more: Any) -> Any:
    del ws
    made = service_account.Credentials.from_service_account_info(key, scopes=[SHEETS, DRIVE], **more)  # type: ignore[no-untyped-call]
    # google-auth would ask iamcredentials.googleapis.com in the background: nothing leaves loopback here.
    made._is_regional_access_boundary_lookup_required = lambda *_: False
    return made


def test_a_service_account_signs_in_with_the_key_file(clocked: LocalWorkspace) -> None:
    key = clocked.service_account_key(ROBOT)
    token = refreshed(service(clocked, key))
    robot = Caller(clocked.base_url, token)
    assert robot("GET", "/drive/v3/about?fields=user(emailAddress)") == {"user": {"emailAddress": ROBOT}}


def test_a_service_account_has_no_storage_of_its_own(clocked: LocalWorkspace) -> None:
    robot = Caller(clocked.base_url, refreshed(service(clocked, clocked.service_account_key(ROBOT))))
    assert robot.refused("POST", "/v4/spreadsheets", {})["message"] == "The caller does not have permission"
    error = robot.refused("POST", "/drive/v3/files", {"name": "x"})
    assert error["errors"][0]["reason"] == "storageQuotaExceeded"


def test_a_service_account_acts_as_whom_it_may(clocked: LocalWorkspace) -> None:
    key = clocked.service_account_key(ROBOT, [SENCO])
    token = refreshed(service(clocked, key).with_subject(SENCO))
    assert Caller(clocked.base_url, token)("POST", "/v4/spreadsheets", {})["spreadsheetId"]
    with pytest.raises(Exception, match="unauthorized_client"):
        refreshed(service(clocked, key).with_subject(TEACHER))


def test_another_key_for_the_same_account_is_a_bad_signature(clocked: LocalWorkspace) -> None:
    old = clocked.service_account_key(ROBOT)
    clocked.service_account_key(ROBOT)
    with pytest.raises(Exception, match="Invalid JWT Signature"):
        refreshed(service(clocked, old))


@pytest.mark.parametrize("skew", [-7200, 7200])
def test_a_clock_that_is_hours_off_gets_no_token(clocked: LocalWorkspace, skew: float) -> None:
    key = clocked.service_account_key(ROBOT)
    clocked.weather.skew = skew
    with pytest.raises(Exception, match=r"Invalid JWT: Token must be a short-lived token .* reasonable timeframe"):
        refreshed(service(clocked, key))


def test_an_unknown_service_account(clocked: LocalWorkspace) -> None:
    key = {**clocked.service_account_key(ROBOT), "client_email": "x@y.iam.gserviceaccount.com"}
    with pytest.raises(Exception, match="account not found"):
        refreshed(service(clocked, key))


def test_a_refresh_token_gives_access_until_it_is_revoked(clocked: LocalWorkspace) -> None:
    secret = clocked.accounts[TEACHER].refresh_token
    credentials = Credentials(  # type: ignore[no-untyped-call]
        None, refresh_token=secret, token_uri=f"{clocked.base_url}/token", client_id="c", client_secret="s"
    )
    token = refreshed(credentials)
    assert Caller(clocked.base_url, token)("GET", "/drive/v3/files")["files"] == []
    clocked.tokens.revoke(secret)
    try:
        with pytest.raises(Exception, match="Token has been expired or revoked"):
            refreshed(credentials)
        assert Caller(clocked.base_url, token).refused("GET", "/v4/spreadsheets/x")["code"] == 401
    finally:
        clocked.accounts[TEACHER].revoked = False


def test_a_token_expires_by_the_clock(ws: LocalWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = Caller(ws.base_url, ws.tokens.issue(SENCO, 60))
    caller("GET", "/drive/v3/files")
    monkeypatch.setattr(ws, "clock", lambda: NOON.replace(hour=13))
    assert caller.refused("GET", "/drive/v3/files")["code"] == 401


def test_an_unknown_grant(ws: LocalWorkspace) -> None:
    with pytest.raises(RefusalError) as caught:
        Caller(ws.base_url, None)("POST", "/token", b"grant_type=password")
    assert caught.value.body["error"] == "unsupported_grant_type"


def test_a_token_without_the_scope_is_refused_by_each_api_in_its_shape(ws: LocalWorkspace, book: Book) -> None:
    token = ws.tokens.issue(SENCO, 60, frozenset({"https://www.googleapis.com/auth/calendar"}))
    caller = Caller(ws.base_url, token)
    sheets = caller.refused("GET", book.path)
    assert sheets["message"] == "Request had insufficient authentication scopes."
    assert sheets["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    drive = caller.refused("GET", "/drive/v3/files")
    assert drive["errors"] == [
        {"message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions"}
    ]
    reader = Caller(ws.base_url, ws.tokens.issue(SENCO, 60, frozenset({f"{SHEETS}.readonly"})))
    assert reader("GET", book.path)["spreadsheetId"] == book.id
    url = f"{book.path}/values/A1?valueInputOption=RAW"
    assert reader.refused("PUT", url, {"values": [[1]]})["code"] == 403
