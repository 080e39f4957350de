"""Every refusal in Google's words and shape. Sources: google-wire.md, section 2."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
from workspace_kit import PARENT, SENCO, TEACHER, Book, Caller, RefusalError, rect

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


def test_a_range_that_cannot_be_read(book: Book) -> None:
    error = book.call.refused("GET", f"{book.path}/values/NOPE!A5:F15")
    assert error == {
        "code": 400,
        "message": "Unable to parse range: NOPE!A5:F15",
        "status": "INVALID_ARGUMENT",
    }


def test_a_range_outside_of_the_grid(book: Book) -> None:
    error = book.call.refused("GET", f"{book.path}/values/A1539:N1600")
    assert error["message"] == "Range (Sheet1!A1539:N1600) exceeds grid limits. Max rows: 1000, max columns: 26"


def test_values_beyond_the_range_that_was_named(book: Book) -> None:
    url = f"{book.path}/values/A3:B4?valueInputOption=RAW"
    wide = book.call.refused("PUT", url, {"values": [[1, 2, 3]]})
    assert wide["message"] == "Requested writing within range [Sheet1!A3:B4], but tried writing to column [C]"
    high = book.call.refused("PUT", url, {"values": [[1], [2], [3]]})
    assert high["message"] == "Requested writing within range [Sheet1!A3:B4], but tried writing to row [5]"


def test_a_spreadsheet_that_does_not_exist(call: Caller) -> None:
    error = call.refused("GET", "/v4/spreadsheets/1nope")
    assert error == {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}


def test_a_spreadsheet_that_is_not_shared(book: Book, teacher: Caller) -> None:
    error = teacher.refused("GET", book.path)
    assert error == {
        "code": 403,
        "message": "The caller does not have permission",
        "status": "PERMISSION_DENIED",
    }


def test_a_file_that_is_not_shared_is_not_found_by_drive(book: Book, teacher: Caller) -> None:
    error = teacher.refused("GET", f"/drive/v3/files/{book.id}")
    message = f"File not found: {book.id}."
    assert error == {
        "errors": [
            {
                "message": message,
                "domain": "global",
                "reason": "notFound",
                "locationType": "parameter",
                "location": "fileId",
            }
        ],
        "code": 404,
        "message": message,
    }


def test_a_mask_that_names_no_field(book: Book) -> None:
    error = book.call.refused("GET", f"{book.path}?fields=sheets.sheetProperties")
    text = "Error expanding 'fields' parameter. Cannot find matching fields for path 'sheets.sheetProperties'."
    assert error == {
        "code": 400,
        "message": "Request contains an invalid argument.",
        "status": "INVALID_ARGUMENT",
        "details": [
            {
                "@type": BAD_REQUEST,
                "fieldViolations": [{"field": "sheets.sheetProperties", "description": text}],
            }
        ],
    }


def test_values_that_are_no_list(book: Book) -> None:
    error = book.call.refused("PUT", f"{book.path}/values/A1?valueInputOption=RAW", {"values": "X"})
    text = "Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue), \"X\""
    assert error["message"] == text
    assert error["details"][0]["fieldViolations"] == [{"field": "data.values", "description": text}]


def test_an_unknown_field_is_refused_by_its_path(book: Book) -> None:
    request = {"updateCells": {"range": rect(0, 1, 0, 1), "rows": [{"values": [{"colour": 1}]}], "fields": "*"}}
    assert book.refused(request) == (
        'Invalid JSON payload received. Unknown name "colour" at '
        "'requests[0].update_cells.rows[0].values[0]': Cannot find field."
    )


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {"insertDimension": {"range": {"dimension": "ROW"}}},
            (
                "Invalid value at 'requests[0].insert_dimension.range.dimension' "
                '(type.googleapis.com/google.apps.sheets.v4.Dimension), "ROW"'
            ),
        ),
        (
            {"addSheet": {"properties": {"sheetId": "x"}}},
            "Invalid value at 'requests[0].add_sheet.properties.sheet_id' (TYPE_INT32), \"x\"",
        ),
        (
            {"addSheet": {"properties": {"hidden": "maybe"}}},
            "Invalid value at 'requests[0].add_sheet.properties.hidden' (TYPE_BOOL), \"maybe\"",
        ),
        (
            {"addSheet": {"properties": {"title": 5}}},
            "Invalid value at 'requests[0].add_sheet.properties.title' (TYPE_STRING), 5",
        ),
        (
            {"addSheet": {"properties": {"title": ["x"]}}},
            (
                "Invalid JSON payload received. Unknown name \"title\" at 'requests[0].add_sheet.properties'"
                ": Proto field is not repeating, cannot start list."
            ),
        ),
        (
            {"addSheet": {"properties": "x"}},
            (
                "Invalid value at 'requests[0].add_sheet.properties' "
                '(type.googleapis.com/google.apps.sheets.v4.SheetProperties), "x"'
            ),
        ),
    ],
)
def test_an_ill_typed_field_is_refused_with_its_type(book: Book, request_: dict[str, object], message: str) -> None:
    assert book.refused(request_) == message


def test_numbers_in_quotes_and_nulls_are_taken_as_protobuf_takes_them(book: Book) -> None:
    cells = [{"values": [{"userEnteredValue": {"numberValue": "5"}, "note": None}]}]
    book.batch({"updateCells": {"start": {"sheetId": "0"}, "rows": cells, "fields": "userEnteredValue,note"}})
    assert book.get("A1") == [[5]]


def test_an_unknown_query_parameter(book: Book) -> None:
    error = book.call.refused("GET", f"{book.path}?colour=red")
    assert error["message"] == (
        "Invalid JSON payload received. Unknown name \"colour\": Cannot bind query parameter. Field 'colour' "
        "could not be found in request message."
    )


def test_a_missing_input_option(book: Book) -> None:
    error = book.call.refused("PUT", f"{book.path}/values/A1", {"values": [[1]]})
    assert error["message"] == "'valueInputOption' is required but not specified"


def test_batches_without_requests(book: Book) -> None:
    assert book.refused() == "Must specify at least one request."
    assert book.refused({}) == "Invalid requests[0]: No request set."


def test_two_kinds_in_one_request(book: Book) -> None:
    message = book.refused({"addSheet": {}, "deleteSheet": {"sheetId": 0}})
    assert (
        message == "Invalid value at 'requests[0]' (oneof), oneof field 'kind' is already set. Cannot set 'deleteSheet'"
    )


def test_sheets_that_exist_already_or_not_at_all(book: Book) -> None:
    finance = {"addSheet": {"properties": {"title": "Finance"}}}
    book.batch(finance)
    assert book.refused(finance) == (
        'Invalid requests[0].addSheet: A sheet with the name "Finance" already exists. Please enter another name.'
    )
    assert book.refused({"deleteSheet": {"sheetId": 21686688}}) == (
        "Invalid requests[0].deleteSheet: No sheet with id: 21686688"
    )


def test_all_tabs_cannot_be_hidden(book: Book) -> None:
    hide = {"properties": {"sheetId": 0, "hidden": True}, "fields": "hidden"}
    assert book.refused({"updateSheetProperties": hide}) == (
        "Invalid requests[0].updateSheetProperties: You can't hide all the sheets in a document."
    )


def test_ten_million_cells_are_the_limit(book: Book) -> None:
    grid = {
        "properties": {"sheetId": 0, "gridProperties": {"rowCount": 400_000}},
        "fields": "gridProperties.rowCount",
    }
    assert book.refused({"updateSheetProperties": grid}) == (
        "Invalid requests[0].updateSheetProperties: This action would increase the number of cells in the "
        "workbook above the limit of 10000000 cells."
    )


def test_fifty_thousand_characters_are_the_limit_of_a_cell(book: Book) -> None:
    error = book.call.refused("PUT", f"{book.path}/values/A1?valueInputOption=RAW", {"values": [["x" * 50_001]]})
    assert error["message"] == "Your input contains more than the maximum of 50000 characters in a single cell."


def test_an_unsupported_kind_says_so(book: Book) -> None:
    message = book.refused({"addTable": {"table": {"name": "t", "range": rect(0, 2, 0, 2)}}})
    assert message.startswith("Invalid requests[0].addTable: The local workspace does not carry out this kind")


def test_a_bad_token_is_refused_by_each_api_in_its_own_shape(ws: LocalWorkspace) -> None:
    stranger = Caller(ws.base_url, "ya29.nonsense")
    sheets = stranger.refused("GET", "/v4/spreadsheets/x")
    assert (sheets["code"], sheets["status"]) == (401, "UNAUTHENTICATED")
    assert stranger.last is not None
    assert stranger.last.headers["WWW-Authenticate"].startswith("Bearer ")
    drive = stranger.refused("GET", "/drive/v3/files")
    assert drive["errors"][0]["reason"] == "authError"
    assert drive["message"] == "Invalid Credentials"


def test_no_token_at_all_is_forbidden(ws: LocalWorkspace) -> None:
    nobody = Caller(ws.base_url, None)
    assert nobody.refused("GET", "/v4/spreadsheets/x")["message"].startswith("Method doesn't allow unregistered")


def test_a_body_that_is_no_json(book: Book) -> None:
    with pytest.raises(RefusalError) as caught:
        book.call("POST", f"{book.path}:batchUpdate", b"{nope")
    assert caught.value.message.startswith("Invalid JSON payload received.")


def test_an_unknown_path_is_answered_with_a_page(call: Caller) -> None:
    with pytest.raises(RefusalError) as caught:
        call("GET", "/v4/nothing")
    assert caught.value.status == 404
    assert b"Error 404 (Not Found)!!1" in caught.value.body


def test_errors_are_pretty_printed_with_two_spaces_and_a_final_newline(book: Book) -> None:
    book.call.refused("GET", f"{book.path}/values/NOPE!A1")
    assert book.call.raw.startswith(b'{\n  "error": {\n    "code": 400,\n')
    assert book.call.raw.endswith(b"}\n")
    book.call("GET", f"{book.path}/values/A1?prettyPrint=false")
    assert book.call.raw == b'{"range":"Sheet1!A1","majorDimension":"ROWS"}'


def test_a_big_answer_is_compressed_for_those_who_can_read_it(book: Book) -> None:
    book.put("A1:J100", [["word"] * 10] * 100)
    plain = book.call("GET", f"{book.path}/values/A1:J100")
    with pytest.raises(UnicodeDecodeError):
        book.call("GET", f"{book.path}/values/A1:J100", **{"Accept-Encoding": "gzip"})
    assert json.loads(gzip.decompress(book.call.raw)) == plain


def test_a_compressed_request_is_read(book: Book) -> None:
    raw = gzip.compress(json.dumps({"values": [["zipped"]]}).encode())
    url = f"{book.path}/values/A1?valueInputOption=RAW"
    book.call("PUT", url, raw, **{"Content-Encoding": "gzip", "Content-Type": "application/json"})
    assert book.get("A1") == [["zipped"]]


def test_another_name_than_loopback_is_refused(ws: LocalWorkspace) -> None:
    """A strange web page can have its own name resolve to 127.0.0.1."""
    with pytest.raises(RefusalError) as caught:
        Caller(ws.base_url, ws.token_for(SENCO))("GET", "/drive/v3/files", Host="evil.example")
    assert caught.value.status == 403


def test_a_page_may_read_by_its_cookie_but_change_only_with_the_header(ws: LocalWorkspace, book: Book) -> None:
    page = Caller(ws.base_url, None, {"Cookie": f"account={SENCO}"})
    assert page("GET", f"{book.path}/values/A1")["range"] == "Sheet1!A1"
    url = f"{book.path}/values/A1?valueInputOption=RAW"
    assert page.refused("PUT", url, {"values": [[1]]})["code"] == 403
    page("PUT", url, {"values": [[1]]}, **{"X-Local-Workspace": "1"})
    assert book.get("A1") == [[1]]


def test_the_other_accounts_are_strangers_to_each_other(ws: LocalWorkspace, book: Book) -> None:
    for who in (TEACHER, PARENT):
        with pytest.raises(RefusalError):
            Caller(ws.base_url, ws.token_for(who))("GET", book.path)
