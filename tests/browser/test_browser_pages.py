"""The files and accounts pages, and what holds for every page: policy, width, accessibility, speed."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from support.browser import Workbook, Workspace, cell, open_sheet, saved

pytestmark = pytest.mark.browser

PAGES = ["/", "/accounts"]


def grave(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def open_page(page: Page, workspace: Workspace, path: str) -> None:
    page.goto(workspace.url + path)
    page.wait_for_selector("body[data-ready=true]")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_grave_on_the_plain_pages(
    page: Page, workspace: Workspace, workbook: Workbook, path: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    open_page(page, workspace, path)
    assert grave(page) == []
    assert not overflows(page)


@pytest.mark.parametrize("tab", ["Register", "Dashboard"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_grave_on_a_sheet(page: Page, workbook: Workbook, tab: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    open_sheet(page, workbook, tab)
    assert grave(page) == []
    assert not overflows(page)


def test_axe_finds_nothing_grave_in_menus_lists_and_questions(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    page.get_by_role("button", name="Sort and filter").click()
    assert grave(page) == []
    page.keyboard.press("Escape")
    cell(page, "F3").click()
    page.keyboard.press("Alt+ArrowDown")
    page.wait_for_selector("#options [role=option]")
    assert grave(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add a tab").click()
    assert grave(page) == []


def test_a_phone_reaches_the_last_column_and_edits_a_cell(page: Page, workbook: Workbook) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    open_sheet(page, workbook, "Register")
    page.locator("#grid").evaluate("grid => grid.scrollTo(grid.scrollWidth, 0)")
    expect(cell(page, "N2")).to_be_in_viewport()
    cell(page, "N2").dblclick()
    page.keyboard.type("typed on a phone")
    page.keyboard.press("Enter")
    expect(cell(page, "N2")).to_have_text("typed on a phone")
    saved(page)
    assert workbook.value("Register!N2") == "typed on a phone"


def test_every_page_says_that_this_is_not_google(page: Page, workspace: Workspace, workbook: Workbook) -> None:
    for path in [*PAGES, workbook.path]:
        open_page(page, workspace, path)
        expect(page.locator(".notice")).to_contain_text("Local workspace on this computer, not Google")


def test_no_page_breaks_its_own_policy(page: Page, workspace: Workspace, workbook: Workbook) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in [*PAGES, workbook.path]:
        answer = page.goto(workspace.url + path)
        page.wait_for_selector("body[data-ready=true]")
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
    assert complaints == []


def test_text_in_a_cell_never_becomes_part_of_the_page(page: Page, workbook: Workbook) -> None:
    hostile = '<img src=x onerror="document.title=1"><script>1</script>'
    workbook.write("Register!A2", [[hostile]])
    open_sheet(page, workbook, "Register")
    expect(cell(page, "A2")).to_have_text(hostile)
    assert page.locator("[role=gridcell] img:not([role]), [role=gridcell] script").count() == 0


def test_files_are_listed_copied_renamed_and_thrown_away(page: Page, workspace: Workspace, workbook: Workbook) -> None:
    open_page(page, workspace, "/")
    names = page.locator("#files .name")
    expect(names).to_have_text([workbook.title])
    page.get_by_role("button", name=f"More for {workbook.title}").click()
    page.get_by_role("menuitem", name="Make a copy…").click()
    page.get_by_label("Name of the copy").fill("The copy")
    page.keyboard.press("Enter")
    expect(names.filter(has_text="The copy")).to_have_count(1)
    page.get_by_role("button", name="More for The copy").click()
    page.get_by_role("menuitem", name="Move to the bin…").click()
    page.get_by_role("dialog").get_by_role("button", name="Move to the bin").click()
    expect(names).to_have_text([workbook.title])


def test_a_file_is_made_here_and_opened(page: Page, workspace: Workspace, workbook: Workbook) -> None:
    open_page(page, workspace, "/")
    page.get_by_role("button", name="New spreadsheet").click()
    page.get_by_role("textbox", name="Name").fill("Fresh")
    page.keyboard.press("Enter")
    expect(page.locator("#title")).to_have_text("Fresh")
    page.wait_for_selector("body[data-ready=true]")
    expect(page.get_by_role("tab")).to_have_text(["Sheet1"])


def test_each_account_sees_its_own_files(page: Page, workspace: Workspace, workbook: Workbook) -> None:
    open_page(page, workspace, "/accounts")
    page.get_by_role("button", name="Look as Tia Wells").click()
    page.wait_for_url(workspace.url + "/")
    expect(page.locator(".who")).to_contain_text("Tia Wells")
    expect(page.locator("#none")).to_be_visible()
    workbook.share("teacher@school.example", "reader")
    open_page(page, workspace, "/")
    expect(page.locator("#files .name")).to_have_text([workbook.title])


def test_a_file_is_shared_from_the_files_page(page: Page, workspace: Workspace, workbook: Workbook) -> None:
    open_page(page, workspace, "/")
    page.get_by_role("button", name=f"More for {workbook.title}").click()
    page.get_by_role("menuitem", name="Share…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail address of the account").fill("teacher@school.example")
    dialog.get_by_label("What they may do").select_option("reader")
    dialog.get_by_role("button", name="Share", exact=True).click()
    expect(dialog.locator("li")).to_have_count(2)
    assert workbook.readers() == ["teacher@school.example"]


def test_of_a_long_and_wide_sheet_only_what_is_in_view_is_drawn(page: Page, workspace: Workspace) -> None:
    book = Workbook.of_size(workspace, rows=2000, columns=40)
    page.goto(workspace.url + book.path)
    expect(cell(page, "A2")).to_have_text("r1c0")
    # How fast it is depends on the machine; that it stays fast depends on this: a screenful of cells, not 80,000.
    assert page.locator("#grid [role=gridcell]").count() < 4000
    page.locator("#grid").evaluate("grid => grid.scrollTo(0, grid.scrollHeight)")
    expect(cell(page, "A2000")).to_have_text("r1999c0")
