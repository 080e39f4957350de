"""The unchanged client libraries do their everyday work against the workspace, over HTTP."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import google_auth_httplib2
import gspread
import gspread_dataframe
import gspread_formatting
import httplib2
import openpyxl
import pandas as pd
import pygsheets
import pytest
import requests
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials
from googleapiclient import discovery_cache
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseDownload, MediaIoBaseUpload
from workspace_kit import SENCO, TEACHER

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET = "application/vnd.google-apps.spreadsheet"


class ToLoopback(requests.adapters.HTTPAdapter):
    """Carries every request to Google's hosts to the workspace; the library above does not notice."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.base_url = base_url

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        request.url = self.base_url + str(request.path_url)
        return super().send(request, **kwargs)


class HttpToLoopback(httplib2.Http):
    """The same for httplib2."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.base_url = base_url

    def request(self, uri: str, *args: Any, **kwargs: Any) -> Any:
        path = uri.split("://", 1)[1].partition("/")[2]
        return super().request(f"{self.base_url}/{path}", *args, **kwargs)


def credentials(ws: LocalWorkspace, who: str = SENCO) -> Credentials:
    return Credentials(ws.token_for(who))  # type: ignore[no-untyped-call]


@pytest.fixture
def gc(ws: LocalWorkspace) -> gspread.Client:
    session = AuthorizedSession(credentials(ws))  # type: ignore[no-untyped-call]
    session.mount("https://", ToLoopback(ws.base_url))
    return gspread.Client(auth=None, session=session)  # type: ignore[arg-type]


def service(ws: LocalWorkspace, name: str, version: str, who: str = SENCO) -> Any:
    document = json.loads(str(discovery_cache.get_static_doc(name, version)))
    document["rootUrl"] = f"{ws.base_url}/"
    document.pop("mtlsRootUrl", None)
    return build_from_document(document, credentials=credentials(ws, who))


# ---- gspread


def test_gspread_creates_opens_lists_and_shares(gc: gspread.Client) -> None:
    made = gc.create("Register of needs")
    assert gc.open("Register of needs").id == made.id
    assert [item["name"] for item in gc.list_spreadsheet_files()] == ["Register of needs"]
    made.share(TEACHER, "user", "reader")
    assert [item["role"] for item in made.list_permissions()] == ["owner", "reader"]
    copied = gc.copy(made.id, title="Copy", copy_permissions=True)
    assert copied.title == "Copy"
    gc.del_spreadsheet(copied.id)
    with pytest.raises(gspread.exceptions.SpreadsheetNotFound):
        gc.open("Copy")


def test_gspread_reads_and_writes_cells(gc: gspread.Client) -> None:
    sheet = gc.create("Cells").sheet1
    sheet.update([["name", "year"], ["Ann", 7], ["Bo", 9]], "A1:B3")
    assert sheet.get_all_records() == [{"name": "Ann", "year": 7}, {"name": "Bo", "year": 9}]
    sheet.append_row(["Cy", "=B2+1"], value_input_option="USER_ENTERED")
    assert sheet.acell("B4").value == "8"
    assert sheet.acell("B4", value_render_option="FORMULA").value == "=B2+1"
    found = sheet.find("Bo")
    assert found is not None
    assert (found.row, found.col) == (3, 1)
    sheet.update_acell("A3", "Bob")
    assert sheet.col_values(1) == ["name", "Ann", "Bob", "Cy"]
    sheet.batch_update([{"range": "D1", "values": [["x"]]}, {"range": "D2:E2", "values": [["y", "z"]]}])
    assert sheet.batch_get(["D1", "D2:E2"]) == [[["x"]], [["y", "z"]]]
    sheet.batch_clear(["D1:E2"])
    assert sheet.row_values(1) == ["name", "year"]


def test_gspread_changes_the_sheet(gc: gspread.Client) -> None:
    book = gc.create("Shape")
    sheet = book.sheet1
    sheet.update([["b", 2], ["a", 1], ["c", 3]], "A1:B3")
    sheet.sort((1, "asc"), range="A1:B3")
    assert sheet.col_values(1) == ["a", "b", "c"]
    sheet.insert_row(["top"], 1)
    sheet.delete_rows(2)
    assert sheet.col_values(1) == ["top", "b", "c"]
    sheet.format("A1:B1", {"textFormat": {"bold": True}})
    sheet.freeze(rows=1)
    assert sheet.frozen_row_count == 1
    sheet.merge_cells("C1:D2")
    sheet.set_basic_filter("A1:B3")
    sheet.update_note("A1", "explains")
    assert sheet.get_note("A1") == "explains"
    sheet.add_protected_range("A1:A2", editor_users_emails=[SENCO])
    assert len(book.list_protected_ranges(sheet.id)) == 1
    other = book.add_worksheet("Other", 5, 5)
    other.update_title("Renamed")
    other.resize(10, 3)
    assert (other.row_count, other.col_count) == (10, 3)
    sheet.copy_to(book.id)
    assert [item.title for item in book.worksheets()] == ["Sheet1", "Renamed", "Copy of Sheet1"]
    book.reorder_worksheets([other, sheet])
    book.del_worksheet(other)
    assert book.worksheets()[0].title == "Sheet1"
    sheet.define_named_range("A1:B2", "top_left")
    assert book.list_named_ranges()[0]["name"] == "top_left"


def test_gspread_sees_googles_errors(gc: gspread.Client) -> None:
    sheet = gc.create("Errors").sheet1
    with pytest.raises(gspread.exceptions.APIError, match="exceeds grid limits"):
        sheet.update([["x"]], "A2000")
    with pytest.raises(gspread.exceptions.WorksheetNotFound):
        sheet.spreadsheet.worksheet("None")


def test_gspread_imports_and_exports(gc: gspread.Client) -> None:
    book = gc.create("Files")
    gc.import_csv(book.id, b"name,when\r\nAnn,=1+1\r\n")
    assert book.sheet1.get_all_values()[0] == ["name", "when"]
    exported = book.export(gspread.utils.ExportFormat.CSV)
    assert exported.splitlines()[0] == b"name,when"
    workbook = openpyxl.load_workbook(io.BytesIO(book.export(gspread.utils.ExportFormat.EXCEL)))
    assert workbook.worksheets[0]["A1"].value == "name"


def test_gspread_dataframe_goes_there_and_back(gc: gspread.Client) -> None:
    sheet = gc.create("Frame").sheet1
    frame = pd.DataFrame({"upn": ["A1", "B2"], "attendance": [92.5, 88.0], "on_roll": [True, False]})
    gspread_dataframe.set_with_dataframe(sheet, frame, resize=True)
    assert (sheet.row_count, sheet.col_count) == (3, 3)
    back = gspread_dataframe.get_as_dataframe(sheet)
    assert back["attendance"].tolist() == [92.5, 88.0]
    assert back["upn"].tolist() == ["A1", "B2"]


def test_gspread_formatting_formats(gc: gspread.Client) -> None:
    sheet = gc.create("Formats").sheet1
    sheet.update([["x"]], "A1")
    shape = gspread_formatting.CellFormat(
        backgroundColor=gspread_formatting.Color(1, 0.9, 0.9),
        textFormat=gspread_formatting.TextFormat(bold=True),
    )
    gspread_formatting.format_cell_range(sheet, "A1:A1", shape)
    held = gspread_formatting.get_user_entered_format(sheet, "A1")
    assert held.textFormat.bold is True
    gspread_formatting.set_frozen(sheet, rows=1)
    assert gspread_formatting.get_frozen_row_count(sheet) == 1
    gspread_formatting.set_column_width(sheet, "B", 123)
    rules = gspread_formatting.get_conditional_format_rules(sheet)
    rules.append(
        gspread_formatting.ConditionalFormatRule(
            ranges=[gspread_formatting.GridRange.from_a1_range("A1:A9", sheet)],
            booleanRule=gspread_formatting.BooleanRule(
                condition=gspread_formatting.BooleanCondition("NUMBER_GREATER", ["5"]), format=shape
            ),
        )
    )
    rules.save()
    assert len(gspread_formatting.get_conditional_format_rules(sheet)) == 1
    rule = gspread_formatting.DataValidationRule(gspread_formatting.BooleanCondition("ONE_OF_LIST", ["K", "E"]))
    gspread_formatting.set_data_validation_for_cell_range(sheet, "B1:B5", rule)
    assert gspread_formatting.get_data_validation_rule(sheet, "B2").condition.type == "ONE_OF_LIST"


# ---- google-api-python-client


def test_googleapiclient_calls(ws: LocalWorkspace) -> None:
    sheets = service(ws, "sheets", "v4").spreadsheets()
    book_id = sheets.create(body={"properties": {"title": "G"}}, fields="spreadsheetId").execute()["spreadsheetId"]
    body = {"values": [["a", 1], ["b", 2]]}
    sheets.values().update(spreadsheetId=book_id, range="Sheet1!A1:B2", valueInputOption="RAW", body=body).execute()
    got = sheets.values().batchGet(spreadsheetId=book_id, ranges=["A1:B1", "A2:B2"]).execute()
    assert [item["values"] for item in got["valueRanges"]] == [[["a", "1"]], [["b", "2"]]]
    with pytest.raises(HttpError) as caught:
        sheets.get(spreadsheetId=book_id, fields="nothing").execute()
    assert caught.value.status_code == 400
    assert caught.value.reason == "Request contains an invalid argument."


def test_googleapiclient_sends_a_long_query_as_a_post(ws: LocalWorkspace) -> None:
    sheets = service(ws, "sheets", "v4").spreadsheets()
    book_id = sheets.create(body={}).execute()["spreadsheetId"]
    ranges = [f"Sheet1!A{number}:B{number}" for number in range(1, 200)]
    got = sheets.values().batchGet(spreadsheetId=book_id, ranges=ranges).execute()
    assert len(got["valueRanges"]) == 199


def test_googleapiclient_batches(ws: LocalWorkspace) -> None:
    drive = service(ws, "drive", "v3")
    ids = [drive.files().create(body={"name": f"f{n}", "mimeType": SHEET}).execute()["id"] for n in range(3)]
    answers: dict[str, Any] = {}

    def take(number: str, answer: Any, error: Exception | None) -> None:
        answers[number] = error or answer["name"]

    batch = drive.new_batch_http_request(callback=take)
    for number, file_id in enumerate([*ids, "nope"]):
        batch.add(drive.files().get(fileId=file_id), request_id=str(number))
    batch.execute()
    assert [answers[str(n)] for n in range(3)] == ["f0", "f1", "f2"]
    assert isinstance(answers["3"], HttpError)
    assert answers["3"].status_code == 404


@pytest.mark.parametrize("resumable", [False, True])
def test_googleapiclient_uploads_and_converts(ws: LocalWorkspace, resumable: bool) -> None:
    drive = service(ws, "drive", "v3")
    media = MediaIoBaseUpload(io.BytesIO(b"upn,when\nU1,1/2/2020\n"), "text/csv", resumable=resumable)
    made = drive.files().create(body={"name": "Up", "mimeType": SHEET}, media_body=media, fields="id").execute()
    values = service(ws, "sheets", "v4").spreadsheets().values()
    got = values.get(spreadsheetId=made["id"], range="A1:B2", valueRenderOption="UNFORMATTED_VALUE").execute()
    assert got["values"] == [["upn", "when"], ["U1", 43832]]


def test_googleapiclient_uploads_in_chunks_and_downloads(ws: LocalWorkspace) -> None:
    drive = service(ws, "drive", "v3")
    content = bytes(range(256)) * 4096
    media = MediaIoBaseUpload(io.BytesIO(content), "application/pdf", chunksize=256 * 1024, resumable=True)
    request = drive.files().create(body={"name": "plan.pdf"}, media_body=media)
    answer = None
    while answer is None:
        _, answer = request.next_chunk()
    out = io.BytesIO()
    download = MediaIoBaseDownload(out, drive.files().get_media(fileId=answer["id"]))
    done = False
    while not done:
        _, done = download.next_chunk()
    assert out.getvalue() == content


def test_an_xlsx_goes_up_and_comes_down(ws: LocalWorkspace) -> None:
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    workbook.active.title = "Roll"
    workbook.active.append(["upn", "sum"])
    workbook.active.append(["U1", "=1+2"])
    raw = io.BytesIO()
    workbook.save(raw)
    drive = service(ws, "drive", "v3")
    media = MediaIoBaseUpload(io.BytesIO(raw.getvalue()), XLSX)
    made = drive.files().create(body={"name": "X", "mimeType": SHEET}, media_body=media).execute()
    values = service(ws, "sheets", "v4").spreadsheets().values()
    assert values.get(spreadsheetId=made["id"], range="Roll!A2:B2").execute()["values"] == [["U1", "3"]]
    back = openpyxl.load_workbook(io.BytesIO(drive.files().export(fileId=made["id"], mimeType=XLSX).execute()))
    assert back["Roll"]["B2"].value == "=1+2"


# ---- pygsheets


def test_pygsheets_does_its_everyday_work(ws: LocalWorkspace) -> None:
    http = google_auth_httplib2.AuthorizedHttp(credentials(ws), http=HttpToLoopback(ws.base_url))
    client = pygsheets.authorize(custom_credentials=credentials(ws), http=http)
    book = client.create("Pyg")
    sheet = book.sheet1
    sheet.update_values("A1", [["a", "b"], [1, 2]])
    assert sheet.get_values("A1", "B2") == [["a", "b"], ["1", "2"]]
    frame = pd.DataFrame({"x": [1, 2, 3], "y": ["p", "q", "r"]})
    sheet.set_dataframe(frame, "A1", fit=True)
    assert (sheet.rows, sheet.cols) == (4, 2)
    assert sheet.get_as_df().to_dict("list") == {"x": [1, 2, 3], "y": ["p", "q", "r"]}
    sheet.set_dataframe(frame, "A1", extend=True)
    sheet.cell("A1").set_text_format("bold", True).note = "noted"
    assert sheet.cell("A1").note == "noted"
    sheet.append_table(["z", "9"])
    assert sheet.get_row(5, include_tailing_empty=False) == ["z", "9"]
    sheet.add_rows(3)
    sheet.insert_rows(1, values=["in", "between"])
    assert sheet.get_row(2) == ["in", "between"]
    other = book.add_worksheet("Second")
    other.title = "Renamed"
    assert [item.title for item in book.worksheets()] == ["Sheet1", "Renamed"]
    book.del_worksheet(other)
    assert client.open("Pyg").id == book.id
