from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from google_server import RawServer, answer

from sync.domain.errors import UsageError
from sync.google.errors import GoogleNeedsPersonError, GoogleRefusedRequestError, OutcomeUnknownError

if TYPE_CHECKING:
    import responses

    from sync.google.door import Door

SHEETS = "https://sheets.googleapis.com/v4/spreadsheets"
DRIVE = "https://www.googleapis.com/drive/v3"


def test_googleapiclient_reads_and_writes_over_the_door(door: Door, google: responses.RequestsMock) -> None:
    google.get(f"{DRIVE}/files/f-1", json={"id": "f-1"})
    google.patch(f"{DRIVE}/files/f-1", json={"name": "new"})
    drive = door.api("drive", "v3")
    assert drive.files().get(fileId="f-1", fields="id").execute() == {"id": "f-1"}
    assert drive.files().update(fileId="f-1", body={"name": "new"}).execute() == {"name": "new"}
    assert (door.counter.reads, door.counter.writes) == (1, 1)
    assert [call.request.headers["Authorization"] for call in google.calls] == ["Bearer token-1"] * 2
    assert {call.request.req_kwargs["timeout"] for call in google.calls} == {(5.0, 60.0)}


def test_googleapiclient_keeps_its_if_match_header(door: Door, google: responses.RequestsMock) -> None:
    google.patch(f"{DRIVE}/files/f-1", json={})
    request = door.api("drive", "v3").files().update(fileId="f-1", body={})
    request.headers["If-Match"] = '"etag"'
    request.execute()
    assert google.calls[0].request.headers["If-Match"] == '"etag"'


def test_googleapiclient_gets_our_errors_and_our_retries(door: Door, google: responses.RequestsMock) -> None:
    google.get(f"{DRIVE}/files/f-1", status=503)
    google.get(f"{DRIVE}/files/f-1", json={"id": "f-1"})
    google.patch(f"{DRIVE}/files/f-1", status=503)
    files = door.api("drive", "v3").files()
    assert files.get(fileId="f-1").execute() == {"id": "f-1"}
    with pytest.raises(OutcomeUnknownError):
        files.update(fileId="f-1", body={}).execute()


def test_with_a_base_url_googleapiclient_calls_nothing_else(local: Door, server: RawServer) -> None:
    server.scripts = [answer(b'{"id": "f-1"}'), answer(b'{"spreadsheetId": "s-1"}')]
    local.api("drive", "v3").files().get(fileId="f-1").execute()
    local.api("sheets", "v4").spreadsheets().get(spreadsheetId="s-1").execute()
    assert [request.split(b"?")[0] for request in server.requests] == [
        b"GET /drive/v3/files/f-1",
        b"GET /v4/spreadsheets/s-1",
    ]


def test_an_api_that_is_not_shipped_is_named(door: Door) -> None:
    with pytest.raises(UsageError, match="no description of the API nonsense v9"):
        door.api("nonsense", "v9")


def test_gspread_reads_and_writes_over_the_door(door: Door, google: responses.RequestsMock) -> None:
    google.get(
        f"{SHEETS}/s-1",
        json={
            "spreadsheetId": "s-1",
            "properties": {"title": "Register"},
            "sheets": [
                {
                    "properties": {
                        "sheetId": 0,
                        "title": "A",
                        "index": 0,
                        "gridProperties": {"rowCount": 5, "columnCount": 5},
                    }
                }
            ],
        },
    )
    google.get(f"{SHEETS}/s-1/values/%27A%27", json={"range": "A!A1:B1", "values": [["UPN", "0042"]]})
    google.post(f"{SHEETS}/s-1:batchUpdate", json={"replies": [{}]})
    book = door.gspread().open_by_key("s-1")
    assert book.worksheet("A").get_all_values() == [["UPN", "0042"]]
    assert book.batch_update({"requests": []}) == {"replies": [{}]}
    assert {call.request.req_kwargs["timeout"] for call in google.calls} == {(5.0, 60.0)}
    assert door.counter.writes == 1


def test_gspread_gets_our_errors(door: Door, google: responses.RequestsMock) -> None:
    google.get(f"{SHEETS}/s-1", status=404, json={"error": {"code": 404, "status": "NOT_FOUND", "message": "x"}})
    google.post(
        f"{SHEETS}/s-1:batchUpdate",
        status=400,
        json={"error": {"code": 400, "message": "Invalid requests[0]"}},
    )
    with pytest.raises(GoogleNeedsPersonError):
        door.gspread().open_by_key("s-1")
    with pytest.raises(GoogleRefusedRequestError):
        door.gspread().http_client.batch_update("s-1", {"requests": []})


def test_with_a_base_url_gspread_calls_nothing_else(local: Door, server: RawServer) -> None:
    server.scripts = [answer(json.dumps({"properties": {}, "sheets": []}).encode())]
    local.gspread().open_by_key("s-1")
    assert server.requests[0].startswith(b"GET /v4/spreadsheets/s-1?")


def test_the_door_imports_neither_library_before_it_is_asked_for() -> None:
    program = "import sys, sync.google.door; print({'gspread', 'googleapiclient', 'httplib2'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "set()\n"
