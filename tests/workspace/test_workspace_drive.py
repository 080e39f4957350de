"""Drive v3: files, search, the bin, copies, export, changes and comments."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import openpyxl
import pytest
from support.conformance import Conformance
from workspace_kit import SENCO, TEACHER, Book, Caller, rect

from local_workspace.drive.query import QueryError, compile_query
from local_workspace.http.wire import Request, Response

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

SHEET = "application/vnd.google-apps.spreadsheet"
FOLDER = "application/vnd.google-apps.folder"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make(call: Caller, **body: Any) -> str:
    return str(call("POST", "/drive/v3/files", body)["id"])


def names(call: Caller, q: str, more: str = "") -> list[str]:
    found = call("GET", f"/drive/v3/files?q={quote(q)}&orderBy=name{more}")["files"]
    return [item["name"] for item in found]


def test_a_new_file_answers_four_members(call: Caller) -> None:
    made = call("POST", "/drive/v3/files", {"name": "Register", "mimeType": SHEET})
    assert made == {"kind": "drive#file", "id": made["id"], "name": "Register", "mimeType": SHEET}
    assert call("GET", f"/v4/spreadsheets/{made['id']}")["properties"]["title"] == "Register"


def test_a_chosen_id_is_taken_once(call: Caller) -> None:
    assert make(call, id="1chosen", name="x", mimeType=SHEET) == "1chosen"
    error = call.refused("POST", "/drive/v3/files", {"id": "1chosen", "name": "y"})
    assert (error["code"], error["errors"][0]["reason"]) == (409, "fileIdInUse")


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("", ["Notes", "SEN register", "senco's plan"]),
        (f"mimeType = '{SHEET}'", ["SEN register", "senco's plan"]),
        (f'mimeType="{SHEET}"', ["SEN register", "senco's plan"]),
        (f"mimeType != '{SHEET}'", ["Notes"]),
        ("name = 'SEN register'", ["SEN register"]),
        ("name contains 'reg'", ["SEN register"]),
        ("name contains 'egister'", []),
        (r"name = 'senco\'s plan'", ["senco's plan"]),
        ("name contains 'sen' and not name contains 'plan'", ["SEN register"]),
        ("name = 'Notes' or (name = 'SEN register' and trashed = false)", ["Notes", "SEN register"]),
        ("trashed = true", []),
        ("starred = true", ["Notes"]),
        ("'me' in owners", ["Notes", "SEN register", "senco's plan"]),
        (f"'{TEACHER}' in writers", ["Notes"]),
        ("modifiedTime > '2026-11-23T11:59:59'", ["Notes", "SEN register", "senco's plan"]),
        ("modifiedTime > '2026-11-24T00:00:00Z'", []),
        ("appProperties has { key='school' and value='4321' }", ["SEN register"]),
        ("'root' in parents", ["Notes", "SEN register", "senco's plan"]),
    ],
)
def test_searching(call: Caller, q: str, expected: list[str]) -> None:
    make(call, name="SEN register", mimeType=SHEET, appProperties={"school": "4321"})
    make(call, name="senco's plan", mimeType=SHEET)
    notes = make(call, name="Notes", mimeType="text/plain", starred=True)
    body = {"type": "user", "role": "writer", "emailAddress": TEACHER}
    call("POST", f"/drive/v3/files/{notes}/permissions", body)
    assert names(call, q) == expected


@pytest.mark.parametrize("q", ["name", "name = ", "(name = 'x'", "name ~ 'x'", "'x' in nowhere", "trashed = 'maybe'"])
def test_a_query_that_cannot_be_read(call: Caller, q: str) -> None:
    with pytest.raises(QueryError):
        compile_query(q, SENCO)
    error = call.refused("GET", f"/drive/v3/files?q={quote(q)}")
    assert error["errors"] == [
        {
            "message": "Invalid Value",
            "domain": "global",
            "reason": "invalid",
            "locationType": "parameter",
            "location": "q",
        }
    ]


def test_pages_of_a_list(call: Caller) -> None:
    for number in range(5):
        make(call, name=f"f{number}")
    first = call("GET", "/drive/v3/files?pageSize=3&orderBy=name&fields=nextPageToken,files(name)")
    second = call("GET", f"/drive/v3/files?pageSize=3&orderBy=name&pageToken={first['nextPageToken']}")
    assert [item["name"] for item in [*first["files"], *second["files"]]] == [f"f{n}" for n in range(5)]
    assert "nextPageToken" not in second


def test_everybody_sees_their_own_and_what_is_shared(ws: LocalWorkspace, call: Caller, teacher: Caller) -> None:
    mine, shared = make(call, name="mine"), make(call, name="shared")
    body = {"type": "user", "role": "reader", "emailAddress": TEACHER}
    call("POST", f"/drive/v3/files/{shared}/permissions", body)
    assert names(teacher, "") == ["shared"]
    assert names(teacher, "sharedWithMe = true") == ["shared"]
    assert teacher.refused("DELETE", f"/drive/v3/files/{shared}")["code"] == 403
    assert teacher.refused("DELETE", f"/drive/v3/files/{mine}")["code"] == 404


def test_the_bin_and_the_end(call: Caller) -> None:
    file_id = make(call, name="x", mimeType=SHEET)
    call("PATCH", f"/drive/v3/files/{file_id}", {"trashed": True})
    assert names(call, "trashed = true") == ["x"]
    call("PATCH", f"/drive/v3/files/{file_id}", {"trashed": False})
    assert call("DELETE", f"/drive/v3/files/{file_id}") == b""
    assert call.last is not None
    assert call.last.status == 204
    assert call.refused("GET", f"/v4/spreadsheets/{file_id}")["code"] == 404


def test_a_copy_carries_developer_metadata_with_its_ids(book: Book) -> None:
    entry = {
        "metadataId": 7,
        "metadataKey": "schema",
        "location": {"spreadsheet": True},
        "visibility": "DOCUMENT",
    }
    book.batch({"createDeveloperMetadata": {"developerMetadata": entry}})
    book.put("A1", [["x"]])
    copied = book.call("POST", f"/drive/v3/files/{book.id}/copy", {"name": "Copy"})
    held = book.call("GET", f"/v4/spreadsheets/{copied['id']}/developerMetadata/7")
    assert held["metadataKey"] == "schema"
    book.put("A1", [["changed"]])
    values = book.call("GET", f"/v4/spreadsheets/{copied['id']}/values/A1")["values"]
    assert values == [["x"]]


def test_the_version_grows_with_every_change_and_not_with_reading(book: Book) -> None:
    url = f"/drive/v3/files/{book.id}?fields=version"
    before = int(book.call("GET", url)["version"])
    book.get("A1")
    assert int(book.call("GET", url)["version"]) == before
    book.put("A1", [[1]])
    assert int(book.call("GET", url)["version"]) == before + 1


def test_export_says_what_is_shown(book: Book) -> None:
    book.type("A1:C2", ["upn", "when", 'say "hi", now'], ["U1", "01/02/2020", "=1/3"])
    raw = book.call("GET", f"/drive/v3/files/{book.id}/export?mimeType=text/csv")
    assert list(csv.reader(io.StringIO(raw.decode()))) == [
        ["upn", "when", 'say "hi", now'],
        ["U1", "01/02/2020", "0.3333333333"],
    ]
    error = book.call.refused("GET", f"/drive/v3/files/{book.id}/export?mimeType=image/png")
    assert error["code"] == 400


def test_an_exported_workbook_is_the_sheet(book: Book) -> None:
    book.type("A1:B2", ["upn", "cost"], ["=1+1", "£2.50"])
    book.put("C1", [["=HYPERLINK(evil)"]])
    bold = {"userEnteredFormat": {"textFormat": {"bold": True}, "backgroundColor": {"red": 1}}}
    wide = {
        "range": {"dimension": "COLUMNS", "startIndex": 0, "endIndex": 1},
        "properties": {"pixelSize": 210},
    }
    frozen = {"properties": {"sheetId": 0, "gridProperties": {"frozenRowCount": 1}}}
    book.batch(
        {"repeatCell": {"range": rect(0, 1, 0, 1), "cell": bold, "fields": "userEnteredFormat"}},
        {"mergeCells": {"range": rect(3, 4, 0, 2)}},
        {"updateDimensionProperties": {**wide, "fields": "pixelSize"}},
        {"updateSheetProperties": {**frozen, "fields": "gridProperties.frozenRowCount"}},
        {"addSheet": {"properties": {"title": "Hidden", "hidden": True}}},
    )
    raw = book.call("GET", f"/drive/v3/files/{book.id}/export?mimeType={XLSX}")
    workbook = openpyxl.load_workbook(io.BytesIO(raw))
    sheet = workbook["Sheet1"]
    assert [[cell.value for cell in row] for row in sheet["A1:B2"]] == [["upn", "cost"], ["=1+1", 2.5]]
    assert sheet["A1"].font.bold is True
    assert sheet["A1"].fill.start_color.rgb == "FFFF0000"
    assert (sheet["C1"].data_type, sheet["C1"].value) == ("s", "=HYPERLINK(evil)")
    assert sheet.freeze_panes == "A2"
    assert [str(item) for item in sheet.merged_cells.ranges] == ["A4:B4"]
    assert sheet.column_dimensions["A"].width == 30
    assert workbook["Hidden"].sheet_state == "hidden"


def test_the_editors_download_link(book: Book) -> None:
    book.put("A1", [["first"]])
    (reply,) = book.batch({"addSheet": {"properties": {"title": "Two"}}})
    book.put("Two!A1", [["second"]])
    links = book.call("GET", f"/drive/v3/files/{book.id}?fields=exportLinks")["exportLinks"]
    assert set(links) == {XLSX, "text/csv", "text/tab-separated-values"}
    number = reply["addSheet"]["properties"]["sheetId"]
    assert book.call("GET", f"/spreadsheets/d/{book.id}/export?format=csv&gid={number}") == b"second"


def test_changes_since_a_token(book: Book) -> None:
    token = book.call("GET", "/drive/v3/changes/startPageToken")["startPageToken"]
    assert book.call("GET", f"/drive/v3/changes?pageToken={token}")["changes"] == []
    book.put("A1", [[1]])
    gone = make(book.call, name="gone")
    book.call("DELETE", f"/drive/v3/files/{gone}")
    answer = book.call("GET", f"/drive/v3/changes?pageToken={token}")
    assert [(item["fileId"], item["removed"]) for item in answer["changes"]] == [
        (book.id, False),
        (gone, True),
    ]
    assert book.call("GET", f"/drive/v3/changes?pageToken={answer['newStartPageToken']}")["changes"] == []


def test_comments(book: Book, teacher: Caller) -> None:
    url = f"/drive/v3/files/{book.id}/comments"
    assert book.call.refused("POST", url, {"content": "x"})["errors"][0]["reason"] == "required"
    made = book.call("POST", f"{url}?fields=id,content,author(me)", {"content": "Please check"})
    assert (made["content"], made["author"]) == ("Please check", {"me": True})
    listed = book.call("GET", f"{url}?fields=comments(id,content)")["comments"]
    assert listed == [{"id": made["id"], "content": "Please check"}]
    book.call("DELETE", f"{url}/{made['id']}")
    assert book.call("GET", f"{url}?fields=comments(id)") == {"comments": []}
    with pytest.raises(Exception, match="404"):
        teacher("GET", f"{url}?fields=*")


def test_whole_answers_of_drive_are_held_against_the_document(book: Book, conformance: Conformance) -> None:
    before = dict(conformance.seen)
    paths = {
        "drive.files.get": f"/drive/v3/files/{book.id}?fields=*",
        "drive.files.list": "/drive/v3/files?fields=*",
        "drive.about.get": "/drive/v3/about?fields=*",
        "drive.permissions.list": f"/drive/v3/files/{book.id}/permissions?fields=*",
        "drive.changes.list": "/drive/v3/changes?pageToken=1&fields=*",
        "drive.changes.getStartPageToken": "/drive/v3/changes/startPageToken",
    }
    for path in paths.values():
        book.call("GET", path)
    assert {name for name, count in conformance.seen.items() if count > before.get(name, 0)} == set(paths)
    assert conformance.faults == []


def test_an_answer_that_the_document_does_not_know_is_noticed(book: Book) -> None:
    watch = Conformance()
    for path, body in ((book.path, {"spreadsheetId": 7}), ("/drive/v3/files", {"files": [{"colour": "red"}]})):
        watch.check(Request("GET", path, {}, {}), Response(data=body))
    assert len(watch.faults) == 2


def test_nobody_takes_a_file_by_copying_over_its_id(call: Caller, teacher: Caller) -> None:
    victim, mine = make(call, name="register", mimeType=SHEET), make(teacher, name="mine")
    error = teacher.refused("POST", f"/drive/v3/files/{mine}/copy", {"id": victim})
    assert (error["code"], error["errors"][0]["reason"]) == (409, "fileIdInUse")
    call("DELETE", f"/drive/v3/files/{victim}")
    assert call.refused("POST", "/drive/v3/files", {"id": victim})["code"] == 409  # nor one that was


def test_ids_are_generated_for_creating_once(call: Caller) -> None:
    made = call("GET", "/drive/v3/files/generateIds?count=3")
    assert (made["kind"], made["space"], len(set(made["ids"]))) == ("drive#generatedIds", "drive", 3)
    assert make(call, id=made["ids"][0], name="x") == made["ids"][0]
    for count in ("0", "1001", "some"):
        assert call.refused("GET", f"/drive/v3/files/generateIds?count={count}")["code"] == 400


def test_emptying_the_bin_takes_ones_own_files_only(ws: LocalWorkspace, call: Caller, teacher: Caller) -> None:
    for caller, name in ((call, "old"), (call, "kept"), (teacher, "theirs")):
        file_id = make(caller, name=name)
        if name != "kept":
            caller("PATCH", f"/drive/v3/files/{file_id}", {"trashed": True})
    assert call("DELETE", "/drive/v3/files/trash") == b""
    assert sorted(file.name for file in ws.files.values()) == ["kept", "theirs"]


def test_changes_come_in_pages(call: Caller) -> None:
    token = call("GET", "/drive/v3/changes/startPageToken")["startPageToken"]
    made = [make(call, name=str(number)) for number in range(3)]
    url = "/drive/v3/changes?pageSize=2&fields=nextPageToken,newStartPageToken,changes(fileId)&pageToken="
    first = call("GET", url + token)
    second = call("GET", url + first["nextPageToken"])
    assert [item["fileId"] for item in first["changes"] + second["changes"]] == made
    assert ("newStartPageToken" in first, "newStartPageToken" in second) == (False, True)
    assert call.refused("GET", "/drive/v3/changes?pageToken=1&pageSize=0")["errors"][0]["location"] == "pageSize"
    assert call.refused("GET", "/drive/v3/changes?pageToken=x")["errors"][0]["location"] == "pageToken"


def test_strangers_do_not_hear_that_a_file_went(call: Caller, teacher: Caller) -> None:
    token = teacher("GET", "/drive/v3/changes/startPageToken")["startPageToken"]
    call("DELETE", f"/drive/v3/files/{make(call, name='gone')}")
    assert teacher("GET", f"/drive/v3/changes?pageToken={token}")["changes"] == []


def test_sharing_and_commenting_count_as_versions_and_modify_nothing(ws: LocalWorkspace, book: Book) -> None:
    url = f"/drive/v3/files/{book.id}"
    before = book.call("GET", f"{url}?fields=version,modifiedTime,lastModifyingUser")
    ws.weather.skew = 60
    book.call("POST", f"{url}/permissions", {"type": "user", "role": "writer", "emailAddress": TEACHER})
    book.call("POST", f"{url}/comments?fields=id", {"content": "x"})
    after = book.call("GET", f"{url}?fields=version,modifiedTime,lastModifyingUser")
    assert after == {**before, "version": str(int(before["version"]) + 2)}


def test_a_comment_is_answered_resolved_and_reopened(ws: LocalWorkspace, book: Book, teacher: Caller) -> None:
    ws.share(book.id, {"type": "user", "role": "commenter", "emailAddress": TEACHER})
    comments = f"/drive/v3/files/{book.id}/comments"
    comment = book.call("POST", f"{comments}?fields=id", {"content": "Is this right?"})["id"]
    replies = f"{comments}/{comment}/replies"
    reply = teacher("POST", f"{replies}?fields=*", {"content": "Yes"})
    assert (reply["content"], reply["author"]["me"]) == ("Yes", True)
    teacher("POST", f"{replies}?fields=id", {"action": "resolve"})
    seen = book.call("GET", f"{comments}/{comment}?fields=*")
    assert seen["resolved"] is True
    assert [(item["content"], item.get("action"), item["author"]["me"]) for item in seen["replies"]] == [
        ("Yes", None, False),
        ("", "resolve", False),
    ]
    teacher("POST", f"{replies}?fields=id", {"action": "reopen", "content": "Not yet"})
    teacher("PATCH", f"{replies}/{reply['id']}?fields=id", {"content": "Perhaps"})
    assert teacher("GET", f"{replies}/{reply['id']}?fields=content") == {"content": "Perhaps"}
    teacher("DELETE", f"{replies}/{reply['id']}")
    listed = book.call("GET", f"{replies}?fields=replies(content)")["replies"]
    assert listed == [{"content": ""}, {"content": "Not yet"}]
    assert teacher.refused("GET", f"{replies}/{reply['id']}?fields=id")["message"] == f"Reply not found: {reply['id']}."
    assert book.call("GET", f"{comments}/{comment}?fields=resolved") == {"resolved": False}
    for body in ({"action": "applaud"}, {"content": ""}):
        assert teacher.refused("POST", f"{replies}?fields=id", body)["code"] == 400


def test_words_are_changed_by_their_author_alone(ws: LocalWorkspace, book: Book, teacher: Caller) -> None:
    ws.share(book.id, {"type": "user", "role": "writer", "emailAddress": TEACHER})
    comments = f"/drive/v3/files/{book.id}/comments"
    comment = book.call("POST", f"{comments}?fields=id", {"content": "mine"})["id"]
    for method in ("PATCH", "DELETE"):
        assert teacher.refused(method, f"{comments}/{comment}?fields=id", {"content": "yours"})["code"] == 403
    changed = book.call("PATCH", f"{comments}/{comment}?fields=content", {"content": "mine still"})
    assert changed == {"content": "mine still"}
    theirs = teacher("POST", f"{comments}?fields=id", {"content": "rude"})["id"]
    book.call("DELETE", f"{comments}/{theirs}")
    deleted = book.call("GET", f"{comments}?fields=comments(id,content,deleted)&includeDeleted=true")["comments"]
    assert {"id": theirs, "deleted": True} in deleted


def test_about_needs_a_mask(call: Caller) -> None:
    assert call.refused("GET", "/drive/v3/about")["message"] == ("The 'fields' parameter is required for this method.")


def test_folders(call: Caller) -> None:
    folder = make(call, name="SEN", mimeType=FOLDER)
    inside = make(call, name="inside", parents=[folder])
    assert names(call, f"'{folder}' in parents") == ["inside"]
    call("PATCH", f"/drive/v3/files/{inside}?removeParents={folder}&addParents=root", {})
    assert names(call, f"'{folder}' in parents") == []
