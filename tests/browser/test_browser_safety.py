"""What must not be lost: an undo puts back everything or says that it cannot, and a tab never acts as another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect
from support.browser import HEAD, PARENT, SENCO, Workbook, Workspace, cell, choose, open_sheet, paste, saved

from local_workspace import LocalWorkspace

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser

ALL_OF_IT = (
    "namedRanges,developerMetadata,sheets(properties,data(rowData(values(userEnteredValue,note)),columnMetadata))"
)


@pytest.fixture
def small(workspace: Workspace) -> Workbook:
    """Six columns and ten rows, with formulas, a named range and metadata on the first column."""
    grid = {"rowCount": 10, "columnCount": 6}
    props = {"title": "Sheet1", "gridProperties": grid}
    book = Workbook(workspace, {"properties": {"title": "Small"}, "sheets": [{"properties": props}]})
    rows = [["h1", "h2", "h3"], [1, "=A2*2", "=SUM(A2:B2)"], [3, "=A3*2", "z"]]
    workspace.call("PUT", f"{book.api}/values/A1", {"values": rows}, valueInputOption="USER_ENTERED")
    gid = book.gid("Sheet1")
    first = {"sheetId": gid, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}
    tag = {
        "metadataKey": "col",
        "metadataValue": "upn",
        "visibility": "DOCUMENT",
        "location": {"dimensionRange": first},
    }
    named = {"sheetId": gid, "startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 1}
    book.batch(
        {"createDeveloperMetadata": {"developerMetadata": tag}},
        {"addNamedRange": {"namedRange": {"name": "nr", "range": named}}},
    )
    return book


def everything(book: Workbook) -> Any:
    return book.workspace.call("GET", book.api, fields=ALL_OF_IT, includeGridData=True)


def version(book: Workbook) -> int:
    return int(book.workspace.call("GET", f"/drive/v3/files/{book.id}", fields="version")["version"])


def type_at(page: Page, a1: str, words: str) -> None:
    cell(page, a1).click()
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    saved(page)


def undo(page: Page) -> None:
    page.keyboard.press("Control+z")
    expect(page.locator("#status")).to_contain_text("Undone")
    saved(page)


@pytest.mark.parametrize("what", ["Delete column", "Delete row"])
def test_an_undone_deletion_brings_back_formulas_names_and_metadata(page: Page, small: Workbook, what: str) -> None:
    before, number = everything(small), version(small)
    open_sheet(page, small, "Sheet1")
    cell(page, "A2").click()
    choose(page, "Edit", what)
    saved(page)
    deleted = everything(small)
    assert deleted != before
    type_at(page, "C1", "typed after the deletion")
    undo(page)
    undo(page)
    assert everything(small) == before
    assert version(small) == number + 4
    page.keyboard.press("Control+y")
    expect(page.locator("#status")).to_contain_text("Done again")
    saved(page)
    assert everything(small) == deleted


def test_a_deletion_is_not_undone_over_what_someone_else_wrote_since(page: Page, small: Workbook) -> None:
    open_sheet(page, small, "Sheet1")
    cell(page, "A2").click()
    choose(page, "Edit", "Delete column")
    saved(page)
    small.write("Sheet1!E9", [["The head wrote this"]])
    standing = everything(small)
    page.keyboard.press("Control+z")
    expect(page.get_by_role("alert")).to_have_text(
        "Someone has changed the file since your delete column, so it was not undone."
    )
    saved(page)
    assert everything(small) == standing


def test_words_are_undone_although_someone_else_wrote_elsewhere(page: Page, small: Workbook) -> None:
    open_sheet(page, small, "Sheet1")
    type_at(page, "C3", "mine")
    small.write("Sheet1!E9", [["The head wrote this"]])
    undo(page)
    assert small.value("Sheet1!C3") == "z"
    assert small.value("Sheet1!E9") == "The head wrote this"


def test_a_growing_paste_is_undone_with_the_rows_it_added(page: Page, small: Workbook) -> None:
    before = everything(small)
    open_sheet(page, small, "Sheet1")
    cell(page, "A10").click()
    paste(page, "p1\np2\np3\np4")
    expect(cell(page, "A13")).to_have_text("p4")
    saved(page)
    undo(page)
    assert everything(small) == before


def test_undoing_a_growing_paste_keeps_what_someone_else_typed_in_the_new_rows(page: Page, small: Workbook) -> None:
    open_sheet(page, small, "Sheet1")
    cell(page, "A10").click()
    paste(page, "p1\np2\np3\np4")
    expect(cell(page, "A13")).to_have_text("p4")
    saved(page)
    small.write("Sheet1!D12", [["The head wrote this"]])
    page.keyboard.press("Control+z")
    expect(page.get_by_role("alert")).to_contain_text("Someone has changed the file since your paste")
    saved(page)
    assert small.value("Sheet1!D12") == "The head wrote this"
    assert small.values("Sheet1!A10:A13") == [["p1"], ["p2"], ["p3"], ["p4"]]


def test_an_undo_that_failed_can_be_tried_again(page: Page, small: Workbook) -> None:
    open_sheet(page, small, "Sheet1")
    type_at(page, "C3", "precious overwrite")
    small.workspace.server.fail(503, method="POST", times=1)
    page.keyboard.press("Control+z")
    expect(page.get_by_role("alert")).to_contain_text("unavailable")
    saved(page)
    assert small.value("Sheet1!C3") == "precious overwrite"
    undo(page)
    assert small.value("Sheet1!C3") == "z"


def test_a_deleted_tab_comes_back(page: Page, workbook: Workbook) -> None:
    before = everything(workbook)
    open_sheet(page, workbook, "Dashboard")
    page.get_by_role("button", name="What to do with this tab").click()
    page.get_by_role("menuitem", name="Delete…").click()
    page.get_by_role("dialog", name="Delete this tab?").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("tab", name="Dashboard")).to_have_count(0)
    saved(page)
    undo(page)
    expect(page.get_by_role("tab", name="Dashboard")).to_be_visible()
    assert everything(workbook) == before


def test_a_state_file_keeps_an_undo(page: Page, tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with LocalWorkspace(state, accounts=[SENCO]) as server:
        book = Workbook.of_size(Workspace(server), rows=5, columns=3)
        before = everything(book)
        open_sheet(page, book, "Sheet1")
        type_at(page, "B2", "undone soon")
        undo(page)
        numbers = version(book)
        page.goto("about:blank")
    with LocalWorkspace(state) as server:
        book.workspace = Workspace(server)
        assert everything(book) == before
        assert version(book) == numbers
        book.write("Sheet1!A1", [["written after"]])
    with LocalWorkspace(state) as server:
        book.workspace = Workspace(server)
        assert book.value("Sheet1!A1") == "written after"


def test_an_open_tab_does_not_act_as_the_account_chosen_in_another(page: Page, small: Workbook) -> None:
    small.share(HEAD, "writer")
    open_sheet(page, small, "Sheet1")
    other = page.context.new_page()
    other.goto(f"{small.workspace.url}/accounts")
    other.locator(f"button[data-account='{HEAD}']").click()
    other.wait_for_url(f"{small.workspace.url}/")
    page.bring_to_front()
    type_at(page, "D1", "who typed this")
    stale = page.locator(".stale")
    expect(stale).to_contain_text(f"This page was opened as {SENCO}, but the account chosen since is {HEAD}.")
    assert small.values("Sheet1!D1") == []
    stale.get_by_role("button", name="Reload").click()
    page.wait_for_selector("body[data-ready=true]")
    type_at(page, "D1", "the head typed this")
    editor = small.workspace.call("GET", f"/drive/v3/files/{small.id}", fields="lastModifyingUser(emailAddress)")
    assert editor["lastModifyingUser"]["emailAddress"] == HEAD


def test_line_breaks_are_all_shown_and_the_row_grows(page: Page, small: Workbook) -> None:
    small.write("Sheet1!D2", [["l1\nl2\nl3"]])
    open_sheet(page, small, "Sheet1")
    box = cell(page, "D2").bounding_box()
    assert box is not None
    assert box["height"] >= 3 * 16
    fits = "node => node.scrollHeight <= node.clientHeight"
    assert cell(page, "D2").evaluate(fits)
    small.write("Sheet1!D2", [["a line much longer than its column\nand a second line that is\nl3"]])
    expect(cell(page, "D2")).to_contain_text("much longer")
    assert cell(page, "D2").evaluate(fits)


def test_a_person_who_may_not_see_a_file_is_told_so_on_a_plain_page(page: Page, small: Workbook) -> None:
    url = small.workspace.url
    page.context.add_cookies([{"name": "account", "value": PARENT, "url": url}])
    page.goto(url + small.path)
    expect(page.get_by_role("heading", name="This file is not shared with you")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(PARENT)
    expect(page.get_by_role("toolbar")).to_have_count(0)
    expect(page.get_by_text("Opening…")).to_have_count(0)
    page.get_by_role("main").get_by_role("link", name="Choose another account").click()
    expect(page.get_by_role("heading", name="Accounts")).to_be_visible()


def test_a_file_that_is_not_there_is_told_so_on_a_plain_page(page: Page, small: Workbook) -> None:
    page.goto(f"{small.workspace.url}/spreadsheets/d/nothing/edit")
    expect(page.get_by_role("heading", name="There is no such file")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="See your files").click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()


def test_frozen_counts_that_cannot_be_leave_the_sheet_in_sight(page: Page, small: Workbook) -> None:
    props = small.workspace.server.books[small.id].sheets[0].props
    props["gridProperties"] = {"frozenRowCount": -2, "frozenColumnCount": -1}
    open_sheet(page, small, "Sheet1")
    expect(cell(page, "A1")).to_have_text("h1")


def test_a_filter_button_lies_over_no_heading(page: Page, small: Workbook) -> None:
    gid = small.gid("Sheet1")
    small.write("Sheet1!A1", [["In the MIS", "Running", "Full-period cost"]])
    narrow = {"sheetId": gid, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 3}
    size = {"range": narrow, "properties": {"pixelSize": 70}, "fields": "pixelSize"}
    small.batch(
        {"updateDimensionProperties": size},
        {"setBasicFilter": {"filter": {"range": {"sheetId": gid, "endRowIndex": 3, "endColumnIndex": 3}}}},
    )
    open_sheet(page, small, "Sheet1")
    for a1 in ("A1", "B1", "C1"):
        apart = cell(page, a1).evaluate(
            """node => {
                const words = document.createRange();
                words.selectNodeContents(node.querySelector(".cut") ?? node.firstChild);
                const clip = node.querySelector(".cut")?.getBoundingClientRect().right ?? Infinity;
                const right = Math.min(words.getBoundingClientRect().right, clip);
                return node.querySelector(".funnel").getBoundingClientRect().left - right;
            }"""
        )
        assert apart >= 0
