"""Other hands than a mouse's: the keyboard alone, a finger on a phone; and how much a scroll costs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser import Workbook, Workspace, cell, open_sheet, saved

pytestmark = pytest.mark.browser


def focused(page: Page) -> str:
    return str(
        page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()")
    )


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is named has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if focused(page) == name:
            return
    raise AssertionError(f"Tab never reached {name}")


def test_the_keyboard_alone_opens_a_file_edits_sorts_and_comes_back(
    page: Page, workspace: Workspace, workbook: Workbook
) -> None:
    page.goto(workspace.url)
    page.wait_for_selector("body[data-ready=true]")
    tab_to(page, workbook.title)
    page.keyboard.press("Enter")
    page.wait_for_selector(".table")
    page.wait_for_selector("body[data-ready=true]")
    tab_to(page, "Register, sheet")
    for key in ("ArrowDown", "ArrowDown", "F2"):
        page.keyboard.press(key)
    page.keyboard.type("jamin")
    page.keyboard.press("Enter")
    expect(cell(page, "A3")).to_have_text("Benjamin")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menu", name="What to do here")).to_be_visible()
    page.keyboard.press("d")
    expect(page.get_by_role("menuitem", name="Delete row")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("grid")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    tab_to(page, "Register, sheet")
    page.keyboard.press("Shift+Space")
    page.keyboard.press("Shift+F10")
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    saved(page)
    expect(cell(page, "A2")).to_have_text("Benjamin")
    page.keyboard.press("Control+z")
    expect(cell(page, "A3")).to_have_text("Benjamin")
    saved(page)
    assert workbook.values("Register!A2:A4") == [["Amara"], ["Benjamin"], ["Chloe"]]


def test_the_keyboard_is_never_caught_in_the_grid(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    page.get_by_role("grid").focus()
    page.keyboard.press("End")
    page.keyboard.press("Control+End")
    page.keyboard.press("Tab")
    expect(page.get_by_role("grid")).not_to_be_focused()


def test_escape_gives_the_focus_back_from_every_menu_and_dialog(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    for name in ("File", "Edit", "Insert", "Sort and filter", "View"):
        button = page.get_by_role("button", name=name, exact=True)
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("menu")).to_be_visible()
        page.keyboard.press("Escape")
        expect(button).to_be_focused()
    page.get_by_role("grid").focus()
    page.keyboard.press("Shift+F2")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("grid")).to_be_focused()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A phone held upright, with a finger and no mouse."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale="en-GB", has_touch=True, is_mobile=True, device_scale_factor=2
    )
    page = context.new_page()
    page.set_default_timeout(8000)
    yield page
    context.close()


def test_a_finger_chooses_a_cell_and_a_second_tap_edits_it(phone: Page, workbook: Workbook) -> None:
    open_sheet(phone, workbook, "Register")
    cell(phone, "B3").tap()
    expect(phone.locator("#where")).to_have_value("B3")
    expect(phone.locator(".edit")).to_be_hidden()
    cell(phone, "A3").tap()
    cell(phone, "A3").tap()
    expect(phone.locator(".edit")).to_be_visible()
    phone.keyboard.press("Control+a")
    phone.keyboard.type("Benedict")
    cell(phone, "A4").tap()
    expect(cell(phone, "A3")).to_have_text("Benedict")
    saved(phone)
    assert workbook.value("Register!A3") == "Benedict"


def test_a_finger_ticks_a_box_and_chooses_from_a_list(phone: Page, workbook: Workbook) -> None:
    open_sheet(phone, workbook, "Register")
    phone.locator("#grid").evaluate("grid => grid.scrollTo(480, 0)")
    cell(phone, "F3").locator(".drop").tap()
    phone.locator("#options [role=option]", has_text="Mrs Abara").tap()
    expect(cell(phone, "F3")).to_have_text("Mrs Abara")
    phone.locator("#grid").evaluate("grid => grid.scrollTo(grid.scrollWidth, 0)")
    cell(phone, "K2").locator(".box").tap()
    expect(cell(phone, "K2").get_by_role("img")).to_have_attribute("aria-label", "ticked")
    saved(phone)
    assert workbook.value("Register!F3") == "Mrs Abara"
    assert workbook.value("Register!K2", "UNFORMATTED_VALUE") is True


def test_a_finger_deletes_a_row_and_undoes_it(phone: Page, workbook: Workbook) -> None:
    workbook.batch({"deleteProtectedRange": {"protectedRangeId": warned(workbook)}})
    open_sheet(phone, workbook, "Register")
    cell(phone, "A3").tap()
    phone.get_by_role("button", name="Edit", exact=True).tap()
    phone.get_by_role("menuitem", name="Delete row").tap()
    expect(cell(phone, "A3")).to_have_text("Chloe")
    phone.get_by_role("button", name="Undo").tap()
    expect(cell(phone, "A3")).to_have_text("Ben")


def warned(workbook: Workbook) -> int:
    sheets = workbook.workspace.call("GET", workbook.api, fields="sheets.protectedRanges")["sheets"]
    return int(sheets[0]["protectedRanges"][0]["protectedRangeId"])


def test_a_finger_reaches_every_menu_and_every_tab(phone: Page, workbook: Workbook) -> None:
    open_sheet(phone, workbook, "Register")
    for name in ("File", "Edit", "Insert", "Sort and filter", "View"):
        phone.get_by_role("button", name=name, exact=True).tap()
        menu = phone.get_by_role("menu")
        box = menu.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        phone.keyboard.press("Escape")
    phone.get_by_role("tab", name="Dashboard").tap()
    expect(phone.locator(".chart svg")).to_have_count(5)


COUNT_WORK = """async ([steps, by]) => {
    const grid = document.querySelector("#grid");
    const frame = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const counts = [];
    let made = 0;
    const watch = new MutationObserver(records => {
        for (const record of records) for (const node of record.addedNodes) {
            if (node.nodeType !== 1) continue;
            made += node.matches(".c") ? 1 : node.querySelectorAll(".c").length;
        }
    });
    watch.observe(grid, { childList: true, subtree: true });
    for (let step = 0; step < steps; step += 1) {
        made = 0;
        grid.scrollBy(0, by);
        await frame();
        counts.push([made, grid.querySelectorAll(".c").length]);
    }
    watch.disconnect();
    return counts;
}"""


def test_a_scroll_over_2000_rows_draws_only_the_rows_that_come_into_view(page: Page, workspace: Workspace) -> None:
    book = Workbook.of_size(workspace, rows=2000, columns=40)
    page.goto(workspace.url + book.path)
    expect(cell(page, "A2")).to_have_text("r1c0")
    across = page.locator(".body > .row").first.locator(".c").count()
    # The blocks of rows are read once; what is measured then is a frame's drawing.
    page.evaluate("async () => { await new Promise(done => setTimeout(done, 300)); }")
    small = page.evaluate(COUNT_WORK, [40, 21])
    # One row's height: one row comes in and one goes, each frame, besides a block whose values have just arrived.
    quiet = [made for made, _ in small if made <= across]
    assert len(quiet) >= len(small) - 4
    read: list[str] = []
    page.on("request", lambda request: read.append(request.url) if "rowData" in request.url else None)
    far = page.evaluate(COUNT_WORK, [60, 640])
    standing = max(here for _, here in small + far)
    assert standing <= across * 60
    # A screenful at most is drawn anew, and once more when its values arrive.
    assert max(made for made, _ in far) <= across * 120
    expect(page.locator(".body > .row").last.locator(".c").first).not_to_be_empty()
    # A long scroll does not ask for a part twice.
    assert len(read) == len(set(read))
    assert len(read) <= 2000 // 60


def test_a_workbook_of_ten_long_tabs_is_opened_by_reading_a_screenful(page: Page, workspace: Workspace) -> None:
    sheets = [
        {"properties": {"title": f"T{n}", "gridProperties": {"rowCount": 2000, "columnCount": 40}}} for n in range(10)
    ]
    book = Workbook(workspace, {"properties": {"title": "Ten"}, "sheets": sheets})
    rows = [[f"{row}.{column}" for column in range(40)] for row in range(2000)]
    for n in range(10):
        book.write(f"T{n}!A1", rows)
    read: list[int] = []
    page.on("response", lambda answer: read.append(len(answer.body())) if "/v4/" in answer.url else None)
    page.goto(workspace.url + book.path)
    page.wait_for_selector("body[data-ready=true]")
    expect(cell(page, "A2")).to_have_text("1.0")
    # What the workbook is, the sizes of one tab, and the cells of its first block: 60 of 20,000 rows.
    assert len(read) <= 5
    assert sum(read) < 2_000_000
    assert min(opened(page, workspace.url + book.path) for _ in range(4)) < 1000


def opened(page: Page, url: str) -> float:
    """Milliseconds from the call of a page until its cells stand."""
    page.goto("about:blank")
    page.goto(url)
    page.wait_for_selector("body[data-ready=true]")
    return float(page.evaluate("performance.now()"))


def test_control_and_an_arrow_reach_the_end_of_rows_that_are_not_read_yet(page: Page, workspace: Workspace) -> None:
    book = Workbook.of_size(workspace, rows=700, columns=3)
    book.write("Sheet1!A401", [[""]])
    page.goto(workspace.url + book.path)
    expect(cell(page, "A2")).to_have_text("r1c0")
    cell(page, "A2").click()
    for reached in ("A400", "A402", "A700"):
        page.keyboard.press("Control+ArrowDown")
        expect(page.locator("#where")).to_have_value(reached)
    page.keyboard.press("Control+ArrowRight")
    expect(page.locator("#where")).to_have_value("C700")


def test_the_sum_counts_rows_that_are_not_read_yet_and_none_that_a_filter_hides(
    page: Page, workspace: Workspace
) -> None:
    book = Workbook.of_size(workspace, rows=1001, columns=2)
    book.write("Sheet1!B1", [["Cost"], *[[2]] * 1000])
    page.goto(workspace.url + book.path)
    expect(cell(page, "B2")).to_have_text("2")
    page.locator(".letter[data-column='1']").click()
    expect(page.locator("#sum")).to_have_text("Filled: 1001   Sum: 2,000")
    unwanted = {"columnIndex": 0, "filterCriteria": {"hiddenValues": ["r1c0", "r2c0"]}}
    whole = {"sheetId": book.gid("Sheet1"), "startRowIndex": 0, "endRowIndex": 1001}
    book.batch({"setBasicFilter": {"filter": {"range": whole, "filterSpecs": [unwanted]}}})
    expect(page.locator("#sum")).to_have_text("Filled: 999   Sum: 1,996", timeout=8000)


def test_a_long_column_is_copied_once_it_is_read(page: Page, workspace: Workspace) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    book = Workbook.of_size(workspace, rows=300, columns=2)
    page.goto(workspace.url + book.path)
    expect(cell(page, "A2")).to_have_text("r1c0")
    page.locator(".letter[data-column='0']").click()
    page.keyboard.press("Control+c")
    expect(page.locator("#status")).to_have_text("The chosen rows are read: press Ctrl+C once more.")
    page.keyboard.press("Control+c")
    expect(page.locator("#status")).to_have_text("Copied.")
    copied = str(page.evaluate("navigator.clipboard.readText()")).splitlines()
    assert (len(copied), copied[0], copied[-1]) == (300, "r0c0", "r299c0")
