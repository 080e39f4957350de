"""Filter views: each shows its own rows in its own order, on one screen only."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.browser import TEACHER, Workbook, cell, choose, open_sheet, paste, saved
from support.sample_workbook import REGISTER, span

pytestmark = pytest.mark.browser


@pytest.fixture
def sorted_view(workbook: Workbook) -> Workbook:
    """The sample workbook, with a view that shows year 8 from Z to A."""
    years: dict[str, Any] = {
        "filterViewId": 93,
        "title": "Year 8, last first",
        "range": span(REGISTER, (0, 100), (0, 11)),
        "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}],
        "filterSpecs": [
            {
                "columnIndex": 1,
                "filterCriteria": {"condition": {"type": "NUMBER_EQ", "values": [{"userEnteredValue": "8"}]}},
            }
        ],
    }
    workbook.batch({"addFilterView": {"filter": years}})
    return workbook


def look_through(page: Page, title: str) -> None:
    page.get_by_role("button", name="Sort and filter").click()
    page.get_by_role("menuitemradio", name=title).click()
    expect(page.locator("#view-name")).to_have_text(f"Filter view: {title}")


def go(page: Page, a1: str) -> None:
    page.locator("#where").fill(a1)
    page.keyboard.press("Enter")


def order(page: Page, *names: str) -> list[str]:
    """Cells by where they stand on the screen, from top to bottom."""
    tops = {name: box["y"] for name in names if (box := cell(page, name).bounding_box())}
    return sorted(tops, key=lambda name: tops[name])


def column_a(page: Page, count: int) -> list[tuple[str, str]]:
    """The first rows beneath the heading as they stand on the screen: number and name."""
    rows = page.locator(".body > .row")
    found = rows.evaluate_all(
        """rows => rows.map(row => [parseFloat(row.style.top), row.querySelector(".number").textContent,
                                    row.querySelector(".c").textContent])"""
    )
    return [(number, name) for _, number, name in sorted(found)][:count]


def test_a_view_shows_its_rows_in_its_own_order_and_the_sheet_stays_as_it_is(page: Page, sorted_view: Workbook) -> None:
    open_sheet(page, sorted_view, "Register")
    before = sorted_view.values("Register!A1:A100")
    look_through(page, "Year 8, last first")
    expect(cell(page, "A99")).to_have_text("Pupil 99")
    assert column_a(page, 3) == [("99", "Pupil 99"), ("96", "Pupil 96"), ("93", "Pupil 93")]
    assert sorted_view.values("Register!A1:A100") == before
    go(page, "A3")
    expect(cell(page, "A3")).to_have_text("Ben")
    assert order(page, "A9", "A3", "A101") == ["A9", "A3", "A101"]
    page.get_by_role("button", name="Close the view").click()
    assert column_a(page, 2) == [("2", "Amara"), ("3", "Ben")]


def test_in_a_sorted_view_arrows_go_as_the_eye_goes_and_typing_meets_the_row_that_is_seen(
    page: Page, sorted_view: Workbook
) -> None:
    open_sheet(page, sorted_view, "Register")
    look_through(page, "Year 8, last first")
    cell(page, "A99").click()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#where")).to_have_value("A96")
    page.keyboard.type("Pupil 01")
    page.keyboard.press("Enter")
    saved(page)
    assert sorted_view.value("Register!A96") == "Pupil 01"
    # It now comes last but for Ben, and the view shows it there.
    assert column_a(page, 2) == [("99", "Pupil 99"), ("93", "Pupil 93")]
    go(page, "A3")
    assert order(page, "A3", "A9", "A96") == ["A9", "A96", "A3"]


def test_no_box_over_several_rows_can_be_made_where_rows_stand_apart(page: Page, sorted_view: Workbook) -> None:
    open_sheet(page, sorted_view, "Register")
    look_through(page, "Year 8, last first")
    cell(page, "A99").click()
    cell(page, "C93").click(modifiers=["Shift"])
    expect(page.locator("#where")).to_have_value("A99:C99")
    paste(page, "one\ntwo")
    expect(page.get_by_role("alert")).to_have_text(
        "Rows stand apart in a sorted view. Close the view, then paste more than one row."
    )
    assert sorted_view.value("Register!A99") == "Pupil 99"


def test_sorting_in_a_view_sorts_the_view_and_not_the_sheet(page: Page, sorted_view: Workbook) -> None:
    open_sheet(page, sorted_view, "Register")
    before = sorted_view.values("Register!A1:A100")
    look_through(page, "Year 8, last first")
    cell(page, "A99").click()
    choose(page, "Sort and filter", "Sort view by column A, A to Z")
    saved(page)
    assert column_a(page, 3) == [("3", "Ben"), ("9", "Pupil 09"), ("12", "Pupil 12")]
    assert sorted_view.values("Register!A1:A100") == before
    page.keyboard.press("Control+z")
    saved(page)
    assert column_a(page, 1) == [("99", "Pupil 99")]


def test_a_filter_becomes_a_filter_view(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    choose(page, "Sort and filter", "Filter this sheet")
    cell(page, "B1").locator(".funnel").click()
    panel = page.get_by_role("dialog", name="Filter this column")
    panel.get_by_label("8", exact=True).uncheck()
    panel.get_by_role("button", name="Show these").click()
    expect(cell(page, "A3")).to_have_count(0)
    choose(page, "Sort and filter", "Save the filter as a filter view…")
    page.get_by_label("Name of the view").fill("Not year 8")
    page.keyboard.press("Enter")
    saved(page)
    choose(page, "Sort and filter", "Remove the filter")
    expect(cell(page, "A3")).to_have_text("Ben")
    look_through(page, "Not year 8")
    expect(cell(page, "A3")).to_have_count(0)


def test_one_persons_view_hides_nothing_from_another(page: Page, workbook: Workbook) -> None:
    workbook.share(TEACHER, "reader")
    open_sheet(page, workbook, "Register")
    look_through(page, "Year 8")
    expect(cell(page, "A2")).to_have_count(0)
    colleague = page.context.new_page()
    open_sheet(colleague, workbook, "Register", account=TEACHER)
    expect(cell(colleague, "A2")).to_have_text("Amara")
    colleague.close()
