"""What holds for every page (policy, width, accessibility, the bar at its top), and the accounts."""

import pytest
from playwright.sync_api import Page, expect
from support.browser import HEAD, PARENT, TEACHER, Workbook, Workspace, cell, grave, open_sheet, overflows, saved

from local_workspace.pages import PAGES

pytestmark = pytest.mark.browser

SIZES = [(1280, 800), (360, 740)]


def open_page(page: Page, workspace: Workspace, path: str) -> None:
    page.goto(workspace.url + path)
    page.wait_for_selector("body[data-ready=true]")


def resize(page: Page, size: tuple[int, int], scheme: str = "light") -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")


@pytest.mark.parametrize("path", list(PAGES))
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave_on_the_plain_pages(
    page: Page, workspace: Workspace, workbook: Workbook, path: str, size: tuple[int, int], scheme: str
) -> None:
    resize(page, size, scheme)
    open_page(page, workspace, path)
    assert grave(page) == []
    assert not overflows(page)


@pytest.mark.parametrize("tab", ["Register", "Locked", "Dashboard"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave_on_a_sheet(
    page: Page, workbook: Workbook, tab: str, size: tuple[int, int], scheme: str
) -> None:
    resize(page, size, scheme)
    open_sheet(page, workbook, tab)
    assert grave(page) == []
    assert not overflows(page)


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_grave_in_menus_lists_cards_and_questions(
    page: Page, workbook: Workbook, size: tuple[int, int]
) -> None:
    resize(page, size)
    open_sheet(page, workbook, "Register")
    for name in ("File", "Edit", "Insert", "Sort and filter", "View"):
        page.get_by_role("button", name=name, exact=True).click()
        assert grave(page) == []
        page.keyboard.press("Escape")
    page.locator("#where").fill("F3")
    page.keyboard.press("Enter")
    page.keyboard.press("Alt+ArrowDown")
    page.wait_for_selector("#options [role=option]")
    assert grave(page) == []
    page.keyboard.press("Escape")
    page.locator("#where").fill("G2")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".card")).to_be_visible()
    assert grave(page) == []
    page.keyboard.press("Control+f")
    assert grave(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sort and filter").click()
    page.get_by_role("menuitemradio", name="Year 8").click()
    expect(page.locator("#view-name")).to_be_visible()
    assert grave(page) == []
    page.get_by_role("button", name="Add a tab").click()
    assert grave(page) == []


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_grave_in_the_filter_and_the_sharing_of_a_file(
    page: Page, workspace: Workspace, workbook: Workbook, size: tuple[int, int]
) -> None:
    resize(page, size)
    workbook.share(TEACHER, "reader")
    filtered = {"filter": {"range": {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 100}}}
    workbook.batch({"setBasicFilter": filtered})
    open_sheet(page, workbook, "Register")
    cell(page, "B1").locator(".funnel").click()
    expect(page.get_by_role("dialog", name="Filter this column")).to_be_visible()
    assert grave(page) == []
    open_page(page, workspace, "/")
    page.get_by_role("button", name=f"More for {workbook.title}").click()
    assert grave(page) == []
    page.get_by_role("menuitem", name="Share…").click()
    expect(page.get_by_role("dialog").locator("li")).to_have_count(2)
    assert grave(page) == []
    assert not overflows(page)


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
        bar = page.get_by_role("region", name="About this place")
        expect(bar.locator("p").first).to_have_text("Local workspace on this computer, not Google")
        expect(bar).to_be_in_viewport()


def test_every_page_leads_to_every_place_and_says_which_it_is(
    page: Page, workspace: Workspace, workbook: Workbook
) -> None:
    for path in [*PAGES, workbook.path]:
        open_page(page, workspace, path)
        places = page.get_by_role("navigation", name="Places").get_by_role("link")
        expect(places).to_have_text([one.place for one in PAGES.values()])
        current = page.locator(".places [aria-current=page]")
        expect(current).to_have_text([PAGES[path].place] if path in PAGES else [])


def test_no_page_asks_anything_of_another_computer(page: Page, workspace: Workspace, workbook: Workbook) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in [*PAGES, workbook.path]:
        open_page(page, workspace, path)
    assert [url for url in asked if not url.startswith(workspace.url + "/")] == []
    kinds = {url.rsplit(".", 1)[-1] for url in asked if "/static/" in url}
    assert kinds == {"css", "js", "svg"}


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


def test_of_a_long_and_wide_sheet_only_what_is_in_view_is_drawn(page: Page, workspace: Workspace) -> None:
    book = Workbook.of_size(workspace, rows=2000, columns=40)
    page.goto(workspace.url + book.path)
    expect(cell(page, "A2")).to_have_text("r1c0")
    # How fast it is depends on the machine; that it stays fast depends on this: a screenful of cells, not 80,000.
    assert page.locator("#grid [role=gridcell]").count() < 4000
    page.locator("#grid").evaluate("grid => grid.scrollTo(0, grid.scrollHeight)")
    expect(cell(page, "A2000")).to_have_text("r1999c0")


def test_the_senco_a_teacher_a_parent_and_the_head_each_see_what_is_theirs(
    page: Page, workspace: Workspace, workbook: Workbook
) -> None:
    strategies = Workbook(workspace, {"properties": {"title": "Strategies"}})
    strategies.share(TEACHER, "reader")
    workbook.share(HEAD, "writer")
    workbook.share(TEACHER, "writer")
    seen = {}
    for name in ("Tia Wells", "Pat Lomax", "Hana Iqbal", "Sam Okoro"):
        open_page(page, workspace, "/accounts")
        # Whoever is chosen already has no button; the first visit is the main account's.
        page.get_by_role("button", name=f"Choose {name}").click()
        page.wait_for_url(workspace.url + "/")
        page.wait_for_selector("body[data-ready=true]")
        expect(page.locator(".who")).to_contain_text(name)
        seen[name] = sorted(page.locator("#files .name").all_text_contents())
    assert seen == {
        "Tia Wells": ["SEN register", "Strategies"],
        "Pat Lomax": [],
        "Hana Iqbal": ["SEN register"],
        "Sam Okoro": ["SEN register", "Strategies"],
    }


def test_who_may_not_see_a_file_is_told_so_and_sees_none_of_it(
    page: Page, workspace: Workspace, workbook: Workbook
) -> None:
    page.context.add_cookies([{"name": "account", "value": PARENT, "url": workspace.url}])
    page.goto(workspace.url + workbook.path)
    expect(page.get_by_role("alert")).to_have_text("The caller does not have permission.")
    assert "Amara" not in page.content()


def test_a_colleague_sees_a_protected_tab_and_cannot_change_it(page: Page, workbook: Workbook) -> None:
    workbook.share(HEAD, "writer")
    open_sheet(page, workbook, "Locked", account=HEAD)
    expect(cell(page, "A2")).to_have_text("from the MIS")
    cell(page, "A2").click()
    page.keyboard.press("Delete")
    expect(page.get_by_role("alert")).to_contain_text("is protected (Written by the sync)")
    assert workbook.value("Locked!A2") == "from the MIS"
