"""The files page: open, make, copy, rename, share, download and throw away."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect
from support.browser import TEACHER, Workbook, Workspace, choose, open_sheet

pytestmark = pytest.mark.browser


@pytest.fixture
def files(page: Page, workspace: Workspace, workbook: Workbook) -> Page:
    """The files page, with the sample workbook on it."""
    page.goto(workspace.url)
    page.wait_for_selector("body[data-ready=true]")
    expect(page.locator("#files .name")).to_have_text([workbook.title])
    return page


def more(page: Page, name: str, item: str) -> None:
    page.get_by_role("button", name=f"More for {name}").click()
    page.get_by_role("menuitem", name=item).click()


def fetched(page: Page, name: str, item: str, folder: Path) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        more(page, name, item)
    path = folder / "fetched"
    waiting.value.save_as(path)
    return waiting.value.suggested_filename, path.read_bytes()


def test_a_file_is_opened_by_its_name_and_from_its_menu(files: Page, workbook: Workbook) -> None:
    files.get_by_role("link", name=workbook.title).click()
    expect(files.locator("#title")).to_have_text(workbook.title)
    files.get_by_role("link", name="All files").click()
    files.wait_for_selector("#files .name")
    more(files, workbook.title, "Open")
    expect(files.locator("#title")).to_have_text(workbook.title)


def test_a_file_is_copied_renamed_and_thrown_away(files: Page, workbook: Workbook) -> None:
    names = files.locator("#files .name")
    more(files, workbook.title, "Make a copy…")
    files.get_by_label("Name of the copy").fill("The copy")
    files.keyboard.press("Enter")
    expect(names.filter(has_text="The copy")).to_have_count(1)
    more(files, "The copy", "Rename…")
    files.get_by_role("textbox", name="Name").fill("Last year")
    files.keyboard.press("Enter")
    expect(names.filter(has_text="Last year")).to_have_count(1)
    more(files, "Last year", "Move to the bin…")
    files.get_by_role("dialog").get_by_role("button", name="Move to the bin").click()
    expect(names).to_have_text([workbook.title])


def test_a_file_is_made_here_and_opened(files: Page) -> None:
    files.get_by_role("button", name="New spreadsheet").click()
    files.get_by_role("textbox", name="Name").fill("Fresh")
    files.keyboard.press("Enter")
    expect(files.locator("#title")).to_have_text("Fresh")
    files.wait_for_selector("body[data-ready=true]")
    expect(files.get_by_role("tab")).to_have_text(["Sheet1"])


def test_a_file_is_shared_and_the_sharing_is_ended(files: Page, workbook: Workbook) -> None:
    more(files, workbook.title, "Share…")
    dialog = files.get_by_role("dialog")
    dialog.get_by_label("E-mail address of the account").fill(TEACHER)
    dialog.get_by_label("What they may do").select_option("reader")
    dialog.get_by_role("button", name="Share", exact=True).click()
    expect(dialog.locator("li")).to_have_count(2)
    assert workbook.readers() == [TEACHER]
    dialog.get_by_role("button", name=f"Stop sharing with {TEACHER}").click()
    expect(dialog.locator("li")).to_have_count(1)
    assert workbook.readers() == []


def test_sharing_with_an_address_that_is_none_says_so_in_the_dialog(files: Page, workbook: Workbook) -> None:
    more(files, workbook.title, "Share…")
    dialog = files.get_by_role("dialog")
    dialog.get_by_label("E-mail address of the account").fill("nobody")
    dialog.get_by_role("button", name="Share", exact=True).click()
    expect(dialog.get_by_role("status")).to_have_text("Give a whole e-mail address, such as name@school.example.")
    assert workbook.readers() == []


def test_a_file_is_downloaded_as_excel_with_every_tab(files: Page, workbook: Workbook, tmp_path: Path) -> None:
    name, content = fetched(files, workbook.title, "Download as Excel", tmp_path)
    assert name == "SEN register.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Register", "Locked", "Dashboard", "Lists"]
    assert [cell.value for cell in book["Register"]["A"][:3]] == ["Name", "Amara", "Ben"]
    assert book["Register"]["H2"].value == '=A2&" in year "&B2'


def test_a_file_is_downloaded_as_csv(files: Page, workbook: Workbook, tmp_path: Path) -> None:
    name, content = fetched(files, workbook.title, "Download first tab as CSV", tmp_path)
    assert name == "SEN register.csv"
    rows = list(csv.reader(io.StringIO(content.decode())))
    assert rows[1][:5] == ["Amara", "7", "91%", "03/02/2026", "£1,250.00"]


def test_the_tab_on_show_is_downloaded_as_csv(page: Page, workbook: Workbook, tmp_path: Path) -> None:
    open_sheet(page, workbook, "Dashboard")
    with page.expect_download() as waiting:
        choose(page, "File", "Download this tab as CSV")
    waiting.value.save_as(tmp_path / "fetched")
    assert waiting.value.suggested_filename == "SEN register - Dashboard.csv"
    rows = list(csv.reader(io.StringIO((tmp_path / "fetched").read_text())))
    assert [row[:2] for row in rows] == [["Year", "Pupils"], ["Year 7", "31"], ["Year 8", "28"], ["Year 9", "33"]]


def test_the_open_file_is_downloaded_as_excel_copied_renamed_and_shared(
    page: Page, workbook: Workbook, tmp_path: Path
) -> None:
    open_sheet(page, workbook, "Register")
    with page.expect_download() as waiting:
        choose(page, "File", "Download as Excel")
    waiting.value.save_as(tmp_path / "fetched.xlsx")
    assert openpyxl.load_workbook(tmp_path / "fetched.xlsx")["Locked"]["A2"].value == "from the MIS"
    choose(page, "File", "Rename…")
    page.get_by_role("textbox", name="Name").fill("Register of needs")
    page.keyboard.press("Enter")
    expect(page.locator("#title")).to_have_text("Register of needs")
    choose(page, "File", "Share…")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail address of the account").fill(TEACHER)
    dialog.get_by_label("What they may do").select_option("reader")
    dialog.get_by_role("button", name="Share", exact=True).click()
    expect(dialog.locator("li")).to_have_count(2)
    dialog.get_by_role("button", name="Close").click()
    assert workbook.readers() == [TEACHER]
    choose(page, "File", "Make a copy…")
    page.get_by_label("Name of the copy").fill("Next year")
    page.keyboard.press("Enter")
    expect(page.locator("#title")).to_have_text("Next year")
