"""What a caller could send to reach cells that were not named, to stop the server, or to leave half a change."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, Any

import pytest
from workspace_kit import NOON, SENCO, TEACHER, Book, Caller, rect, span

from local_workspace import LocalWorkspace

if TYPE_CHECKING:
    from pathlib import Path

HEAD = {"type": "user", "role": "writer", "emailAddress": TEACHER}
NEGATIVE = {"sheetId": 0, "startRowIndex": -5, "endRowIndex": -2, "startColumnIndex": 0, "endColumnIndex": 1}
INVERTED = {"sheetId": 0, "startRowIndex": 5, "endRowIndex": 2}
OUTSIDE = {"sheetId": 0, "startRowIndex": 5000}


def asked(book: Book, what: str, body: dict[str, Any]) -> str:
    error = book.call.refused("POST", f"{book.path}{what}", body)
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    return str(error["message"])


@pytest.mark.parametrize("wrong", [NEGATIVE, INVERTED, OUTSIDE])
def test_a_grid_range_of_a_data_filter_that_is_no_range_is_refused_by_every_method(
    book: Book, wrong: dict[str, int]
) -> None:
    book.put("A990:A1000", [[f"r{row}"] for row in range(990, 1001)])
    before = book.get("A1:A1000")
    filters = {"dataFilters": [{"gridRange": wrong}]}
    writes = {"valueInputOption": "RAW", "data": [{"dataFilter": {"gridRange": wrong}, "values": [["X"]]}]}
    for what, body in (
        ("/values:batchGetByDataFilter", filters),
        ("/values:batchClearByDataFilter", filters),
        ("/values:batchUpdateByDataFilter", writes),
        (":getByDataFilter", filters),
        ("/developerMetadata:search", filters),
    ):
        assert "GridRange." in asked(book, what, body)
    assert book.get("A1:A1000") == before


def test_a_negative_row_of_a_data_filter_does_not_reach_a_protected_one(
    ws: LocalWorkspace, book: Book, teacher: Caller
) -> None:
    ws.share(book.id, HEAD)
    book.put("A1000", [["kept"]])
    book.batch({"addProtectedRange": {"protectedRange": {"range": {"sheetId": 0, "startRowIndex": 990}}}})
    where = {"dataFilter": {"gridRange": {**NEGATIVE, "startRowIndex": -1, "endRowIndex": 5}}, "values": [["OVER"]]}
    url = f"{book.path}/values:batchUpdateByDataFilter"
    assert teacher.refused("POST", url, {"valueInputOption": "RAW", "data": [where]})["code"] == 400
    assert book.get("A1000") == [["kept"]]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "{}/values/A1?valueInputOption=RAW", '{"values": [["\\ud800"]]}'),
        ("POST", "{}:batchUpdate", '{"requests": [{"addSheet": {"properties": {"title": "\\udfff"}}}]}'),
        ("POST", "/drive/v3/files", '{"name": "\\ud800", "mimeType": "text/plain"}'),
    ],
)
def test_half_of_a_surrogate_pair_is_refused_and_leaves_nothing(book: Book, method: str, path: str, body: str) -> None:
    before = book.call("GET", "/drive/v3/files?fields=files(id,name,version)")
    assert book.call.refused(method, path.format(book.path), body)["code"] == 400
    raw = body.encode().replace(b"\\ud800", b"\xed\xa0\x80").replace(b"\\udfff", b"\xed\xbf\xbf")
    assert book.call.refused(method, path.format(book.path), raw)["code"] == 400
    assert book.get("A1") == []
    assert book.call("GET", "/drive/v3/files?fields=files(id,name,version)") == before


def test_a_whole_surrogate_pair_is_a_letter(book: Book) -> None:
    book.call("PUT", f"{book.path}/values/A1?valueInputOption=RAW", '{"values": [["\\ud83c\\udf35"]]}')
    assert book.get("A1") == [["\U0001f335"]]


def test_a_change_that_cannot_be_kept_is_not_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalWorkspace(tmp_path / "state.db", [SENCO], clock=lambda: NOON) as workspace:
        book = Book(Caller(workspace.base_url, workspace.token_for(SENCO)))
        book.put("A1", [["before"]])
        version = workspace.files[book.id].version

        def full(*_: object) -> bool:
            raise sqlite3.OperationalError("database or disk is full")

        with monkeypatch.context() as patched:
            patched.setattr(workspace.store, "log", full)
            assert (
                book.call.refused("PUT", f"{book.path}/values/A1?valueInputOption=RAW", {"values": [[1]]})["code"]
                == 500
            )
        assert book.get("A1") == [["before"]]
        assert workspace.files[book.id].version == version


@pytest.mark.parametrize(
    ("properties", "fields"),
    [
        ({}, "*"),
        ({}, "title"),
        ({"timeZone": ""}, "timeZone"),
        ({}, "timeZone"),
        ({"timeZone": "Europe"}, "timeZone"),
        ({"timeZone": "/etc/localtime"}, "timeZone"),
        ({"locale": ""}, "locale"),
    ],
)
def test_properties_that_no_spreadsheet_can_have_are_refused_and_change_nothing(
    book: Book, properties: dict[str, str], fields: str
) -> None:
    before = book.read()
    book.refused({"updateSpreadsheetProperties": {"properties": properties, "fields": fields}})
    assert book.read() == before
    book.put("A1", [["still writable"]])


def test_properties_that_are_cleared_go_back_to_those_of_a_new_spreadsheet(book: Book) -> None:
    before = book.read()["properties"]
    book.batch({"updateSpreadsheetProperties": {"properties": {"autoRecalc": "HOUR"}, "fields": "autoRecalc"}})
    book.batch({"updateSpreadsheetProperties": {"properties": {}, "fields": "autoRecalc,defaultFormat"}})
    assert book.read()["properties"] == before


def test_a_bad_response_range_refuses_the_requests_too(book: Book) -> None:
    add = {"addSheet": {"properties": {"title": "Added"}}}
    body = {"requests": [add], "includeSpreadsheetInResponse": True, "responseRanges": ["NOPE!A1"]}
    assert asked(book, ":batchUpdate", body) == "Unable to parse range: NOPE!A1"
    assert [sheet["properties"]["title"] for sheet in book.read()["sheets"]] == ["Sheet1"]
    answer = book.call("POST", f"{book.path}:batchUpdate", {**body, "responseRanges": ["Added!A1"]})
    assert [sheet["properties"]["title"] for sheet in answer["updatedSpreadsheet"]["sheets"]] == ["Added"]


def test_a_bad_rendering_of_the_answer_refuses_the_values_too(book: Book) -> None:
    body = {
        "valueInputOption": "RAW",
        "data": [{"range": "A1", "values": [["x"]]}],
        "includeValuesInResponse": True,
        "responseValueRenderOption": "NOPE",
    }
    asked(book, "/values:batchUpdate", body)
    assert book.get("A1") == []


def test_a_pattern_that_backtracks_for_ever_elsewhere_is_answered_at_once(book: Book) -> None:
    book.put("A1", [["a" * 40 + "!"]])
    started = time.monotonic()
    book.type("B1", ['=REGEXMATCH(A1,"(a+)+$")', '=REGEXEXTRACT(A1,"(a+)+!")', '=REGEXREPLACE(A1,"(a+)+$","x")'])
    assert book.get("B1:D1") == [[False, "a" * 40, "a" * 40 + "!"]]
    everywhere = {"find": "(a+)+$", "replacement": "x", "searchByRegex": True, "allSheets": True}
    assert book.batch({"findReplace": everywhere}) == [{"findReplace": {}}]
    assert time.monotonic() - started < 5


def test_patterns_are_those_of_re2(book: Book) -> None:
    book.put("A1", [["Zoë 2026", "A\\B"]])
    swap = {"find": "(\\w+)ë (\\d+)", "replacement": "$2 $1", "searchByRegex": True, "allSheets": True}
    book.batch({"findReplace": swap})
    book.batch({"findReplace": {"find": "a\\b", "replacement": "$1\\n", "allSheets": True}})
    assert book.get("A1:B1") == [["2026 Zo", "$1\\n"]]
    for find, replacement in (("(?=x)", ""), ("(", ""), ("2", "$1")):
        body = {"find": find, "replacement": replacement, "searchByRegex": True, "allSheets": True}
        assert "Invalid re" in book.refused({"findReplace": body})
    body = {"find": "2026 zo", "replacement": "whole", "matchEntireCell": True, "allSheets": True}
    assert book.batch({"findReplace": {**body, "matchCase": True}}) == [{"findReplace": {}}]
    book.batch({"findReplace": body})
    assert book.get("A1") == [["whole"]]


@pytest.mark.parametrize(("start", "end"), [(0, 2_000_000_000), (-1, 1), (1, 1), (2, 3)])
def test_columns_of_duplicates_must_lie_inside_of_the_range(book: Book, start: int, end: int) -> None:
    columns = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": start, "endIndex": end}
    body = {"range": rect(0, 3, 0, 2), "comparisonColumns": [columns]}
    assert "comparisonColumns" in book.refused({"deleteDuplicates": body})


def test_a_grid_is_not_shrunk_over_protected_rows_and_nothing_moves_among_them(
    ws: LocalWorkspace, book: Book, teacher: Caller
) -> None:
    ws.share(book.id, HEAD)
    book.put("A80:A82", [["one"], ["two"], ["three"]])
    book.batch(
        {"addProtectedRange": {"protectedRange": {"range": {"sheetId": 0, "startRowIndex": 70, "endRowIndex": 90}}}}
    )

    def by_teacher(request: dict[str, Any]) -> str:
        return str(teacher.refused("POST", f"{book.path}:batchUpdate", {"requests": [request]})["message"])

    shrunk = {"properties": {"sheetId": 0, "gridProperties": {"rowCount": 75}}, "fields": "gridProperties.rowCount"}
    assert "protected" in by_teacher({"updateSheetProperties": shrunk})
    assert "protected" in by_teacher({"moveDimension": {"source": span("ROWS", 0, 1), "destinationIndex": 80}})
    assert book.get("A80:A82") == [["one"], ["two"], ["three"]]
    free = {"requests": [{"moveDimension": {"source": span("ROWS", 0, 1), "destinationIndex": 60}}]}
    teacher("POST", f"{book.path}:batchUpdate", free)
    book.batch({"updateSheetProperties": shrunk})
    assert book.read()["sheets"][0]["properties"]["gridProperties"]["rowCount"] == 75


def test_the_record_of_a_file_outlives_another_one_that_took_the_later_numbers(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    def opened() -> LocalWorkspace:
        return LocalWorkspace(path, [SENCO, TEACHER], clock=lambda: NOON, token="T")

    with opened() as workspace:
        call = Caller(workspace.base_url, "T")
        kept, gone = Book(call), Book(call)
        for number in range(8):
            gone.put("A1", [[number]])
        workspace.share(kept.id, HEAD)
        call("DELETE", f"/drive/v3/files/{gone.id}")
    with opened() as workspace:
        call = Caller(workspace.base_url, "T")
        rename = {"updateSpreadsheetProperties": {"properties": {"title": "Renamed"}, "fields": "title"}}
        call("POST", f"{kept.path}:batchUpdate", {"requests": [rename]})
        record = call("GET", f"/drive/v3/files/{kept.id}?fields=name,version,modifiedTime")
    with opened() as workspace:
        call = Caller(workspace.base_url, "T")
        assert call("GET", f"/drive/v3/files/{kept.id}?fields=name,version,modifiedTime") == record
        assert record["name"] == "Renamed"
