"""Rows, columns and tabs under a person's hands: insert, delete, move, hide, resize, rename, reorder."""

import pytest
from playwright.sync_api import Page, expect
from support.browser import Workbook, cell, choose, open_sheet, paste, saved
from support.sample_workbook import LOCKED

pytestmark = pytest.mark.browser


def letter(page: Page, column: int) -> None:
    page.locator(f".letter[data-column='{column}']").click(button="right")


def number(page: Page, row: int) -> None:
    page.locator(f".row[data-row='{row - 1}'] .number").click(button="right")


def do(page: Page, name: str) -> None:
    page.get_by_role("menuitem", name=name, exact=True).click()
    saved(page)


def test_several_rows_are_moved_together_and_put_back(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    page.locator(".row[data-row='1'] .number").click()
    page.locator(".row[data-row='2'] .number").click(modifiers=["Shift"])
    number(page, 2)
    do(page, "Move 2 rows down")
    expect(cell(page, "A2")).to_have_text("Chloe")
    assert workbook.values("Register!A2:A4") == [["Chloe"], ["Amara"], ["Ben"]]
    assert workbook.values("Register!H2:H4") == [["Chloe in year 9"], ["Amara in year 7"], ["Ben in year 8"]]
    page.keyboard.press("Control+z")
    expect(cell(page, "A2")).to_have_text("Amara")


def test_a_row_is_hidden_and_shown_again(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    number(page, 3)
    do(page, "Hide row")
    expect(cell(page, "A3")).to_have_count(0)
    number(page, 4)
    do(page, "Show hidden rows here")
    expect(cell(page, "A3")).to_have_text("Ben")


def test_a_column_is_inserted_deleted_and_each_is_undone_and_done_again(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    letter(page, 1)
    do(page, "Insert column to the left")
    expect(cell(page, "C1")).to_have_text("Year")
    assert workbook.value("Register!I2", "FORMULA") == '=A2&" in year "&C2'
    page.keyboard.press("Control+z")
    expect(cell(page, "B1")).to_have_text("Year")
    page.keyboard.press("Control+y")
    expect(cell(page, "C1")).to_have_text("Year")
    letter(page, 1)
    do(page, "Delete column")
    expect(cell(page, "B1")).to_have_text("Year")
    page.keyboard.press("Control+z")
    expect(cell(page, "C1")).to_have_text("Year")


def test_what_was_undone_is_done_again(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "A2").click()
    page.keyboard.type("Amina")
    page.keyboard.press("Enter")
    expect(cell(page, "A2")).to_have_text("Amina")
    page.get_by_role("button", name="Undo").click()
    expect(cell(page, "A2")).to_have_text("Amara")
    page.get_by_role("button", name="Redo").click()
    expect(cell(page, "A2")).to_have_text("Amina")
    saved(page)
    assert workbook.value("Register!H2") == "Amina in year 7"


def width(workbook: Workbook, column: str) -> int:
    answer = workbook.workspace.call(
        "GET", workbook.api, ranges=f"Register!{column}1", fields="sheets.data.columnMetadata.pixelSize"
    )
    return int(answer["sheets"][0]["data"][0]["columnMetadata"][0]["pixelSize"])


def test_a_column_is_widened_by_its_edge_and_put_back(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    box = page.locator("[data-grip='1']").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y)
    page.mouse.up()
    expect(cell(page, "B2")).to_have_css("width", "160px")
    saved(page)
    assert width(workbook, "B") == 160
    page.keyboard.press("Control+z")
    expect(cell(page, "B2")).to_have_css("width", "100px")


def test_a_column_is_widened_in_figures_and_nonsense_is_refused(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "B2").click()
    choose(page, "Edit", "Column width…")
    page.get_by_label("Width in pixels, 20 to 2000").fill("wide")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("“wide” is no width. Give a whole number from 20 to 2000.")
    choose(page, "Edit", "Column width…")
    page.get_by_label("Width in pixels, 20 to 2000").fill("240")
    page.keyboard.press("Enter")
    expect(cell(page, "B2")).to_have_css("width", "240px")
    saved(page)
    assert width(workbook, "B") == 240


def test_a_header_is_renamed(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "F1").dblclick()
    page.keyboard.press("Control+a")
    page.keyboard.type("Who helps")
    page.keyboard.press("Enter")
    expect(cell(page, "F1")).to_have_text("Who helps")
    expect(cell(page, "F1")).to_have_css("font-weight", "700")
    saved(page)
    assert workbook.value("Register!F1") == "Who helps"


def test_chosen_cells_are_sorted_and_nothing_else(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "A2").click()
    cell(page, "B4").click(modifiers=["Shift"])
    choose(page, "Sort and filter", "Sort chosen cells, Z to A")
    expect(cell(page, "A2")).to_have_text("Chloe")
    saved(page)
    assert workbook.values("Register!A2:B5") == [["Chloe", "9"], ["Ben", "8"], ["Amara", "7"], ["Pupil 05", "7"]]
    assert workbook.values("Register!F2:F4") == [["Ms Hale"], ["Mr Idris"], ["Mrs Abara"]]


def test_rows_and_columns_are_frozen_and_let_go(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "B3").click()
    choose(page, "View", "Freeze down to row 3")
    saved(page)
    page.locator("#grid").evaluate("grid => grid.scrollTo(0, 1200)")
    expect(cell(page, "A3")).to_be_in_viewport()
    choose(page, "View", "Freeze nothing")
    saved(page)
    page.locator("#grid").evaluate("grid => grid.scrollTo(0, 1200)")
    expect(cell(page, "A3")).not_to_be_in_viewport()


def test_tabs_are_reordered_hidden_shown_copied_and_deleted(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Dashboard")

    def tab_menu(name: str) -> None:
        page.get_by_role("button", name="What to do with this tab").click()
        page.get_by_role("menuitem", name=name, exact=True).click()

    tab_menu("Move left")
    saved(page)
    assert workbook.titles() == ["Register", "Dashboard", "Locked", "Lists"]
    tab_menu("Move right")
    saved(page)
    assert workbook.titles() == ["Register", "Locked", "Dashboard", "Lists"]
    tab_menu("Duplicate")
    expect(page.get_by_role("tab", selected=True)).to_have_text("Copy of Dashboard")
    expect(page.locator(".chart svg")).to_have_count(5)
    tab_menu("Delete…")
    page.get_by_role("dialog", name="Delete this tab?").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("tab", name="Copy of Dashboard")).to_have_count(0)
    tab_menu("Show “Lists”")
    expect(page.get_by_role("tab", name="Lists")).to_be_visible()
    page.get_by_role("tab", name="Lists").click()
    tab_menu("Hide")
    expect(page.get_by_role("tab", name="Lists")).to_have_count(0)
    assert workbook.titles() == ["Register", "Locked", "Dashboard", "Lists"]


def test_a_block_is_copied_with_its_looks_and_cut_to_another_tab(page: Page, workbook: Workbook) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    workbook.batch({"deleteProtectedRange": {"protectedRangeId": protection(workbook)}})
    open_sheet(page, workbook, "Register")
    cell(page, "E2").click()
    cell(page, "F3").click(modifiers=["Shift"])
    page.keyboard.press("Control+c")
    cell(page, "L2").click()
    page.keyboard.press("Control+v")
    expect(cell(page, "M3")).to_have_text("Mr Idris")
    saved(page)
    assert workbook.values("Register!L2:M3") == [["£1,250.00", "Ms Hale"], ["£1,250.00", "Mr Idris"]]
    cell(page, "L2").click()
    cell(page, "M3").click(modifiers=["Shift"])
    page.keyboard.press("Control+x")
    page.get_by_role("tab", name="Locked").click()
    expect(cell(page, "A2")).to_have_text("from the MIS")
    cell(page, "B5").click()
    page.keyboard.press("Control+v")
    expect(cell(page, "C6")).to_have_text("Mr Idris")
    saved(page)
    assert workbook.values("Locked!B5:C6") == [["£1,250.00", "Ms Hale"], ["£1,250.00", "Mr Idris"]]
    assert workbook.values("Register!L2:M3") == []
    page.keyboard.press("Control+z")
    expect(cell(page, "C6")).to_have_text("")
    saved(page)
    assert workbook.values("Register!L2:M3") == [["£1,250.00", "Ms Hale"], ["£1,250.00", "Mr Idris"]]


def protection(workbook: Workbook) -> int:
    sheets = workbook.workspace.call("GET", workbook.api, fields="sheets(properties.sheetId,protectedRanges)")["sheets"]
    locked = next(sheet for sheet in sheets if sheet["properties"].get("sheetId") == LOCKED)
    return int(locked["protectedRanges"][0]["protectedRangeId"])


def test_a_block_that_does_not_fit_makes_the_sheet_grow(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    page.locator("#where").fill("N199")
    page.keyboard.press("Enter")
    paste(page, "1\t2\n3\t4\n5\t6")
    expect(cell(page, "O201")).to_have_text("6")
    saved(page)
    assert workbook.values("Register!N199:O201") == [["1", "2"], ["3", "4"], ["5", "6"]]
