"""Uploads: in one piece, in two parts, in chunks; converted, replaced, and sent again when an answer was lost."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import openpyxl
import pytest
from workspace_kit import SENCO, TEACHER, Book, Caller, RefusalError

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UPLOAD = "/upload/drive/v3/files"


def related(metadata: dict[str, Any], mime: str, content: bytes) -> bytes:
    return b"\r\n".join(
        [
            b"--B",
            b"Content-Type: application/json",
            b"",
            json.dumps(metadata).encode(),
            b"--B",
            f"Content-Type: {mime}".encode(),
            b"",
            content,
            b"--B--",
            b"",
        ]
    )


def multipart(call: Caller, method: str, path: str, metadata: dict[str, Any], mime: str, content: bytes) -> Any:
    kind = {"Content-Type": "multipart/related; boundary=B"}
    return call(method, f"{path}?uploadType=multipart&fields=*", related(metadata, mime, content), **kind)


class Chunks:
    """A resumable upload sent by hand."""

    def __init__(self, call: Caller, metadata: dict[str, Any], mime: str = "application/pdf") -> None:
        self.call = call
        call("POST", f"{UPLOAD}?uploadType=resumable&fields=id,size", metadata, **{"X-Upload-Content-Type": mime})
        assert call.last is not None
        parts = urlsplit(call.last.headers["Location"])
        self.path = f"{parts.path}?{parts.query}"

    def send(self, content: bytes, span: str) -> tuple[int, str | None, Any]:
        """Status, Range and body of the answer."""
        body: Any = None
        try:
            body = self.call("PUT", self.path, content, **{"Content-Range": f"bytes {span}"})
        except RefusalError as refusal:
            body = refusal.body
        assert self.call.last is not None
        return self.call.last.status, self.call.last.headers["Range"], body


def test_plain_bytes_go_up_and_come_down(call: Caller) -> None:
    kind = {"Content-Type": "text/plain; charset=utf-8"}
    made = call("POST", f"{UPLOAD}?uploadType=media&fields=id,mimeType,name", b"plain", **kind)
    assert made == {"id": made["id"], "mimeType": "text/plain", "name": "Untitled"}
    assert call("GET", f"/drive/v3/files/{made['id']}?alt=media") == b"plain"


def test_a_csv_is_typed_in_when_it_is_converted(call: Caller) -> None:
    made = multipart(
        call, "POST", UPLOAD, {"name": "Roll", "mimeType": SPREADSHEET}, "text/csv", b"upn,n\n007,1/2/2020"
    )
    assert (made["name"], made["mimeType"]) == ("Roll", SPREADSHEET)
    url = f"/v4/spreadsheets/{made['id']}/values/A1:B2?valueRenderOption=UNFORMATTED_VALUE"
    assert call("GET", url)["values"] == [["upn", "n"], [7, 43832]]


def test_a_workbook_keeps_its_tabs_formulas_formats_and_shape_when_it_is_converted(call: Caller) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Costs"
    sheet.append(["what", "cost"])
    sheet.append(["LSA", 12.5])
    sheet["B3"] = "=SUM(B2:B2)*2"
    sheet["B2"].number_format = "0.00"
    sheet["A1"].font = openpyxl.styles.Font(bold=True, color="FFFF0000")
    sheet["A1"].fill = openpyxl.styles.PatternFill("solid", start_color="FF00FF00")
    sheet["A1"].alignment = openpyxl.styles.Alignment(horizontal="center", wrap_text=True)
    sheet.merge_cells("A5:B6")
    sheet.column_dimensions["A"].width = 30
    sheet.row_dimensions[2].hidden = True
    sheet.freeze_panes = "B2"
    workbook.create_sheet("Hidden").sheet_state = "hidden"
    out = io.BytesIO()
    workbook.save(out)
    made = multipart(call, "POST", UPLOAD, {"name": "Costs", "mimeType": SPREADSHEET}, XLSX, out.getvalue())
    path = f"/v4/spreadsheets/{made['id']}"
    assert call("GET", f"{path}/values/Costs!A1:B3")["values"] == [["what", "cost"], ["LSA", "12.50"], ["", "25.00"]]
    found = call("GET", f"{path}?includeGridData=true")["sheets"]
    first = found[0]
    assert [tab["properties"]["title"] for tab in found] == ["Costs", "Hidden"]
    assert found[1]["properties"]["hidden"] is True
    shape = first["data"][0]["rowData"][0]["values"][0]["userEnteredFormat"]
    assert shape["textFormat"] == {
        "bold": True,
        "foregroundColor": {"red": 1},
        "foregroundColorStyle": {"rgbColor": {"red": 1}},
    }
    assert (shape["backgroundColor"], shape["horizontalAlignment"], shape["wrapStrategy"]) == (
        {"green": 1},
        "CENTER",
        "WRAP",
    )
    grid = first["properties"]["gridProperties"]
    assert (grid["frozenRowCount"], grid["frozenColumnCount"]) == (1, 1)
    assert first["data"][0]["columnMetadata"][0]["pixelSize"] == 210
    assert first["data"][0]["rowMetadata"][1]["hiddenByUser"] is True
    (merge,) = first["merges"]
    assert (merge["startRowIndex"], merge["endRowIndex"], merge["endColumnIndex"]) == (4, 6, 2)


def test_what_cannot_be_converted_is_refused(call: Caller) -> None:
    for mime, content in (("application/pdf", b"%PDF"), (XLSX, b"no workbook"), ("text/csv", b"\xff\xfe\x00")):
        with pytest.raises(RefusalError) as caught:
            multipart(call, "POST", UPLOAD, {"mimeType": SPREADSHEET}, mime, content)
        assert caught.value.status == 400
        assert caught.value.body["error"]["errors"][0]["reason"] == "badRequest"


def test_an_upload_over_a_spreadsheet_types_in_its_locale_and_renames_it(book: Book) -> None:
    made = multipart(
        book.call, "PATCH", f"{UPLOAD}/{book.id}", {"name": "New", "starred": True}, "text/csv", b"1/2/2020"
    )
    assert (made["name"], made["starred"]) == ("New", True)
    assert book.get("A1") == [[43862]]  # 1 February in a British spreadsheet
    assert book.read("properties.title") == {"properties": {"title": "New"}}
    book.put("A1", [["x"]])
    assert book.call("GET", f"/drive/v3/files/{book.id}?fields=name") == {"name": "New"}


def test_chunks_make_one_file(call: Caller) -> None:
    chunks = Chunks(call, {"name": "big.pdf"})
    assert chunks.send(b"", "*/8") == (308, None, b"")
    assert chunks.send(b"1234", "0-3/8") == (308, "bytes=0-3", b"")
    assert chunks.send(b"", "*/8") == (308, "bytes=0-3", b"")
    status, _, made = chunks.send(b"5678", "4-7/8")
    assert (status, made["size"]) == (200, "8")
    assert call("GET", f"/drive/v3/files/{made['id']}?alt=media") == b"12345678"


def test_a_chunk_that_is_sent_again_is_not_counted_twice(call: Caller) -> None:
    chunks = Chunks(call, {"name": "big.pdf"})
    chunks.send(b"1234", "0-3/8")
    assert chunks.send(b"1234", "0-3/8") == (308, "bytes=0-3", b"")
    assert chunks.send(b"78", "6-7/8") == (308, "bytes=0-3", b"")  # a hole: it has four bytes, go on from there
    status, _, made = chunks.send(b"5678", "4-7/8")
    assert call("GET", f"/drive/v3/files/{made['id']}?alt=media") == b"12345678"
    assert status == 200


def test_an_upload_whose_last_answer_was_lost_makes_one_file(ws: LocalWorkspace, call: Caller) -> None:
    chunks = Chunks(call, {"name": "once.pdf"})
    ws.fail(503, when="after", method="PUT")
    assert chunks.send(b"1234", "0-3/4")[0] == 503
    status, _, made = chunks.send(b"", "*/4")
    assert (status, made["size"]) == (200, "4")
    assert chunks.send(b"1234", "0-3/4")[2] == made
    assert [file.name for file in ws.files.values()] == ["once.pdf"]


def test_a_content_range_that_cannot_be_read_is_refused(call: Caller) -> None:
    assert Chunks(call, {}).send(b"x", "some/of it")[0] == 400


def test_a_session_belongs_to_who_began_it(call: Caller, teacher: Caller) -> None:
    chunks = Chunks(call, {})
    chunks.call = teacher
    assert chunks.send(b"x", "0-0/1")[0] == 404


def test_a_token_that_may_only_read_uploads_nothing(ws: LocalWorkspace) -> None:
    token = ws.tokens.issue(SENCO, 60, frozenset({"https://www.googleapis.com/auth/drive.readonly"}))
    reader = Caller(ws.base_url, token)
    for kind in ("media", "resumable"):
        error = reader.refused("POST", f"{UPLOAD}?uploadType={kind}", {})
        assert error["message"] == "Request had insufficient authentication scopes."


def test_metadata_of_a_wrong_type_is_refused_beside_an_upload_too(call: Caller) -> None:
    with pytest.raises(RefusalError) as caught:
        multipart(call, "POST", UPLOAD, {"name": ["x"]}, "text/plain", b"x")
    assert caught.value.status == 400
    assert "Proto field is not repeating" in caught.value.message


def test_a_reader_replaces_no_content(ws: LocalWorkspace, book: Book, teacher: Caller) -> None:
    ws.share(book.id, {"type": "user", "role": "reader", "emailAddress": TEACHER})
    with pytest.raises(RefusalError) as caught:
        multipart(teacher, "PATCH", f"{UPLOAD}/{book.id}", {}, "text/csv", b"x")
    assert caught.value.status == 403
