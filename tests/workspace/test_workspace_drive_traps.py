"""Drive, uploads, exports, faults and seeds: what is refused, what is served as what, and who may ask."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from workspace_kit import SENCO, TEACHER, Book, Caller, RefusalError, rect, span

from local_workspace.http.control import fault_of
from local_workspace.main import SeedError, plant

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

MANY = "9" * 5000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def stored(call: Caller, mime: str, content: bytes) -> str:
    answer = call("POST", "/upload/drive/v3/files?uploadType=media", content, **{"Content-Type": mime})
    return str(answer["id"])


def test_what_somebody_stored_is_never_served_as_a_page(call: Caller) -> None:
    file_id = stored(call, "text/html", b"<script>alert(1)</script>")
    assert call("GET", f"/drive/v3/files/{file_id}?alt=media") == b"<script>alert(1)</script>"
    assert call.last is not None
    headers = call.last.headers
    assert headers["Content-Disposition"] == "attachment"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("mime", ["text/html\r\nX-Evil: 1", "text/\u2603", "text/\x00"])
def test_a_type_that_no_header_can_hold_is_refused(call: Caller, mime: str) -> None:
    before = call("GET", "/drive/v3/files")
    assert call.refused("POST", "/drive/v3/files", {"name": "x", "mimeType": mime})["code"] == 400
    assert call("GET", "/drive/v3/files") == before


def test_an_empty_file_has_no_bytes(call: Caller) -> None:
    made = call("POST", "/drive/v3/files", {"name": "empty"})
    assert call("GET", f"/drive/v3/files/{made['id']}?fields=size") == {"size": "0"}


def test_a_change_of_a_file_that_is_refused_in_part_is_not_made_in_part(
    ws: LocalWorkspace, book: Book, teacher: Caller
) -> None:
    ws.share(book.id, {"type": "user", "role": "writer", "emailAddress": TEACHER})
    url = f"/drive/v3/files/{book.id}"
    before = book.call("GET", f"{url}?fields=*")
    body = {"name": "Hacked", "description": "d", "trashed": True}
    assert teacher.refused("PATCH", url, body)["code"] == 403
    assert book.call("GET", f"{url}?fields=*") == before
    file_id = stored(book.call, "text/plain", b"before")
    ws.share(file_id, {"type": "user", "role": "writer", "emailAddress": TEACHER})
    parts = b'--b\r\nContent-Type: application/json\r\n\r\n{"trashed": true}\r\n--b\r\n\r\nafter\r\n--b--'
    upload = f"/upload/drive/v3/files/{file_id}?uploadType=multipart"
    with pytest.raises(RefusalError):
        teacher("PATCH", upload, parts, **{"Content-Type": "multipart/related; boundary=b"})
    assert book.call("GET", f"/drive/v3/files/{file_id}?alt=media") == b"before"


def test_a_star_is_nobody_elses_business(ws: LocalWorkspace, book: Book, teacher: Caller) -> None:
    ws.share(book.id, {"type": "user", "role": "reader", "emailAddress": TEACHER})
    url = f"/drive/v3/files/{book.id}"
    before = book.call("GET", f"{url}?fields=*")
    assert teacher("PATCH", f"{url}?fields=starred", {"starred": True}) == {"starred": True}
    assert book.call("GET", f"{url}?fields=*") == before
    assert teacher.refused("PATCH", f"{url}?addParents=elsewhere", {"starred": True})["code"] == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/drive/v3/files?fields=nope", None),
        ("GET", "/drive/v3/files?fields=files(", None),
        ("GET", "/drive/v3/files?foo=1", None),
        ("GET", f"/drive/v3/files?pageSize={MANY}", None),
        ("GET", f"/drive/v3/files?pageToken=~!!~{MANY}", None),
        ("GET", "/drive/v3/files?pageToken=%C2%B2", None),
        ("GET", f"/drive/v3/changes?pageToken={MANY}", None),
        ("POST", "/drive/v3/files", {"name": {"x": 1}}),
        ("POST", "/drive/v3/files", "{"),
        ("POST", "/drive/v3/files", {"id": "../../x y"}),
        ("POST", "/upload/drive/v3/files?uploadType=media&fields=nope", "x"),
    ],
)
def test_drives_refusals_have_a_list_of_errors(call: Caller, method: str, path: str, body: Any) -> None:
    before = call("GET", "/drive/v3/files")
    error = call.refused(method, path, body)
    assert error["code"] == 400
    (first,) = error["errors"]
    assert (first["domain"], first["message"]) == ("global", error["message"])
    assert "status" not in error
    assert "details" not in error
    assert call("GET", "/drive/v3/files") == before


@pytest.mark.parametrize(
    "permission",
    [
        {"type": "user", "role": "reader", "emailAddress": "not an email"},
        {"type": "user", "role": "reader", "emailAddress": "a@b, c@d"},
        {"type": "domain", "role": "reader", "domain": "a b"},
        {"type": "user", "role": "organizer", "emailAddress": TEACHER},
        {"type": "user", "role": "fileOrganizer", "emailAddress": TEACHER},
    ],
)
def test_permissions_that_my_drive_does_not_know_are_refused(book: Book, permission: dict[str, str]) -> None:
    url = f"/drive/v3/files/{book.id}/permissions"
    assert book.call.refused("POST", url, permission)["code"] == 400
    assert len(book.call("GET", url)["permissions"]) == 1


def test_numbers_of_five_thousand_digits_fail_nothing(book: Book) -> None:
    assert book.call.refused("GET", f"{book.path}/developerMetadata/{MANY}")["code"] == 404
    copy = {"destinationSpreadsheetId": book.id}
    assert book.call.refused("POST", f"{book.path}/sheets/{MANY}:copyTo", copy)["code"] == 400
    assert book.call.refused("GET", f"/spreadsheets/d/{book.id}/export?format=csv&gid={MANY}")["code"] == 404


@pytest.mark.parametrize(
    "request_",
    [
        {"setBasicFilter": {"filter": {"range": rect(0, 5, 0, 2), "criteria": {"abc": {}}}}},
        {"setBasicFilter": {"filter": {"range": rect(0, 5, 0, 2), "criteria": {MANY: {}}}}},
        {"addDimensionGroup": {"range": span("ROWS", 5, 5000)}},
        {"updateDimensionGroup": {"dimensionGroup": {"range": span("ROWS", 5, 5000), "depth": 1}, "fields": "*"}},
        {"pasteData": {"coordinate": {}, "data": '"' + "x" * 140_000, "delimiter": ","}},
        {"pasteData": {"coordinate": {}, "data": "a\nb", "delimiter": "\n"}},
        {
            "updateSheetProperties": {
                "properties": {"gridProperties": {"frozenRowCount": -3}},
                "fields": "gridProperties.frozenRowCount",
            }
        },
        {
            "updateSheetProperties": {
                "properties": {"gridProperties": {"rowCount": 1, "columnCount": 18_279}},
                "fields": "gridProperties(rowCount,columnCount)",
            }
        },
        {"addSheet": {"properties": {"gridProperties": {"rowCount": 1, "columnCount": 18_279}}}},
        {"addSheet": {"properties": {"gridProperties": {"rowCount": -1}}}},
        {"addSheet": {"properties": {"index": -1}}},
        {"appendDimension": {"dimension": "COLUMNS", "length": 18_253}},
        {"insertDimension": {"range": span("COLUMNS", 0, 18_253)}},
        {
            "updateDimensionProperties": {
                "range": span("COLUMNS", 0, 1),
                "properties": {"pixelSize": -50},
                "fields": "pixelSize",
            }
        },
        {
            "addChart": {
                "chart": {
                    "spec": {"basicChart": {"series": [{"series": {"sourceRange": {"sources": [{"sheetId": 99}]}}}]}},
                    "position": {"overlayPosition": {"anchorCell": {"sheetId": 0}}},
                }
            }
        },
        {
            "updateDeveloperMetadata": {
                "dataFilters": [{"developerMetadataLookup": {"metadataKey": "x"}}],
                "developerMetadata": {"metadataValue": "v"},
                "fields": "nope",
            }
        },
    ],
)
def test_requests_that_no_grid_can_take_are_refused_and_change_nothing(book: Book, request_: dict[str, Any]) -> None:
    before = book.read()
    book.refused(request_)
    assert book.read() == before


def test_a_negative_count_is_refused_in_a_new_spreadsheet_too(call: Caller) -> None:
    for name in ("rowCount", "columnCount", "frozenRowCount"):
        body = {"sheets": [{"properties": {"gridProperties": {name: -5}}}]}
        assert call.refused("POST", "/v4/spreadsheets", body)["code"] == 400


def test_a_field_too_long_for_a_cell_refuses_an_upload(call: Caller) -> None:
    head = b'--b\r\nContent-Type: application/json\r\n\r\n{"mimeType": "application/vnd.google-apps.spreadsheet"}'
    body = head + b"\r\n--b\r\nContent-Type: text/csv\r\n\r\na," + b"x" * 140_000 + b"\r\n--b--"
    url = "/upload/drive/v3/files?uploadType=multipart"
    with pytest.raises(RefusalError) as caught:
        call("POST", url, body, **{"Content-Type": "multipart/related; boundary=b"})
    assert caught.value.status == 400


def test_control_characters_and_colours_out_of_reach_do_not_stop_an_export(book: Book) -> None:
    book.batch({"addSheet": {"properties": {"sheetId": 5, "title": "\x00t"}}})
    book.type("A1", ['=QUERY("\x01")', "\x0bx"])
    shape = {
        "backgroundColor": {"red": -1, "green": 2},
        "numberFormat": {"type": "NUMBER", "pattern": "0.0\x00"},
        "horizontalAlignment": "HORIZONTAL_ALIGN_UNSPECIFIED",
    }
    cell = {"userEnteredFormat": shape, "userEnteredValue": {"numberValue": 1}}
    book.batch({"repeatCell": {"range": rect(1, 2, 0, 1), "cell": cell, "fields": "*"}})
    raw = book.call("GET", f"/drive/v3/files/{book.id}/export?mimeType={XLSX}")
    exported = openpyxl.load_workbook(io.BytesIO(raw))
    assert exported.sheetnames == ["Sheet1", "t"]
    there = exported["Sheet1"]["A2"]
    assert (there.value, there.number_format, there.fill.start_color.rgb) == (1, "0.0", "FF00FF00")
    assert exported["Sheet1"]["B1"].value == "x"


def test_a_sort_may_end_past_the_grid_and_not_begin_there(book: Book) -> None:
    book.put("A999:A1000", [["b"], ["a"]])
    by = [{"dimensionIndex": 0, "sortOrder": "ASCENDING"}]
    book.batch({"sortRange": {"range": rect(998, 1001, 0, 27), "sortSpecs": by}})
    assert book.get("A999:A1000") == [["a"], ["b"]]
    assert "after last row" in book.refused({"sortRange": {"range": rect(1000, 1001, 0, 1), "sortSpecs": by}})


@pytest.mark.parametrize(
    "rule",
    [
        {"path": "("},
        {"seconds": -1},
        {"seconds": float("nan")},
        {"status": 99},
        {"status": 600},
        {"times": 0},
        {"chance": float("nan")},
        {"chance": 1.5},
        {"skip": -1},
    ],
)
def test_faults_that_cannot_be_are_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"'{next(iter(rule))}' of a fault"):
        fault_of(rule)


def test_only_the_main_account_switches_the_weather(call: Caller, teacher: Caller) -> None:
    for method, path, body in (
        ("POST", "/local/faults", {"times": None}),
        ("GET", "/local/faults", None),
        ("DELETE", "/local/faults", None),
        ("PUT", "/local/quotas", {"reads": 0}),
        ("PUT", "/local/weather", {"skew": 1}),
        ("POST", "/local/calendar/expire-sync-tokens", {}),
        ("GET", "/local/requests", None),
    ):
        assert teacher.refused(method, path, body)["code"] == 403
    assert call("GET", "/local/faults") == {"faults": []}


def test_the_request_log_tells_no_token(ws: LocalWorkspace, call: Caller) -> None:
    token = ws.token_for(SENCO)
    bare = Caller(ws.base_url, None)
    bare("GET", f"/drive/v3/files?access_token={token}&pageSize=1")
    bare("GET", f"/drive/v3/files?pageSize=2&access%5Ftoken={token}")
    logged = call("GET", "/local/requests")["requests"]
    assert token not in json.dumps(logged)
    assert logged[0]["path"] == "/drive/v3/files?access_token=...&pageSize=1"


@pytest.mark.parametrize(
    "seed",
    [
        {"people": []},
        {"accounts": [{"email": SENCO, "nmae": "x"}]},
        {"accounts": [{"email": ["x"]}]},
        {"accounts": [{"email": SENCO, "name": 5}]},
        {"files": [{"owner": SENCO, "id": "a/b c"}]},
        {"files": [{"owner": SENCO, "name": {}}]},
        {"files": [{"owner": SENCO, "spreadsheet": []}]},
        {"files": [{"owner": SENCO, "permissions": [{"role": "reader", "email": TEACHER}]}]},
        {"settings": []},
    ],
)
def test_a_seed_with_a_member_that_is_misspelt_or_of_another_kind_is_refused(
    ws: LocalWorkspace, seed: dict[str, Any]
) -> None:
    with pytest.raises(SeedError):
        plant(ws, seed)
    assert ws.files == {}
