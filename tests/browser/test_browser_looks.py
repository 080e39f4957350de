"""What a cell looks like: banding, colour scales, rich text, lists and links, as the API says they are."""

import pytest
from playwright.sync_api import Locator, Page, expect
from support.browser import Workbook, cell, open_sheet
from support.sample_workbook import REGISTER, rgb, span

pytestmark = pytest.mark.browser


def background(where: Locator) -> str:
    return str(where.evaluate("cell => getComputedStyle(cell).backgroundColor"))


def test_a_banded_range_shows_its_header_its_bands_and_its_footer(page: Page, workbook: Workbook) -> None:
    look = {
        "headerColor": rgb(10, 20, 30),
        "firstBandColor": rgb(255, 250, 240),
        "secondBandColor": rgb(230, 240, 250),
        "footerColor": rgb(60, 60, 60),
    }
    banded = {"bandedRange": {"range": span(REGISTER, (10, 15), (11, 13)), "rowProperties": look}}
    workbook.batch({"addBanding": banded})
    open_sheet(page, workbook, "Register")
    assert [background(cell(page, f"L{row}")) for row in range(10, 17)] == [
        "rgb(255, 255, 255)",
        "rgb(10, 20, 30)",
        "rgb(255, 250, 240)",
        "rgb(230, 240, 250)",
        "rgb(255, 250, 240)",
        "rgb(60, 60, 60)",
        "rgb(255, 255, 255)",
    ]


def test_a_colour_scale_is_mixed_between_its_points_and_leaves_words_alone(page: Page, workbook: Workbook) -> None:
    workbook.write("Register!M2:M7", [[0], [50], [100], ["none"], [75], [-5]])
    gradient = {
        "minpoint": {"type": "NUMBER", "value": "0", "color": rgb(255, 0, 0)},
        "midpoint": {"type": "PERCENTILE", "value": "50", "color": rgb(255, 255, 0)},
        "maxpoint": {"type": "MAX", "color": rgb(0, 128, 0)},
    }
    rule = {"ranges": [span(REGISTER, (1, 7), (12, 13))], "gradientRule": gradient}
    workbook.batch({"addConditionalFormatRule": {"rule": rule, "index": 0}})
    open_sheet(page, workbook, "Register")
    # Row 6 is hidden. The middle of -5, 0, 50, 75, 100 is 50.
    assert [background(cell(page, f"M{row}")) for row in (2, 3, 4, 5, 7)] == [
        "rgb(255, 0, 0)",
        "rgb(255, 255, 0)",
        "rgb(0, 128, 0)",
        "rgb(255, 255, 255)",
        "rgb(255, 0, 0)",
    ]


def test_a_colour_scale_follows_a_number_that_is_typed(page: Page, workbook: Workbook) -> None:
    workbook.write("Register!M2:M4", [[0], [10], [20]])
    ends = {
        "minpoint": {"type": "MIN", "color": rgb(255, 255, 255)},
        "maxpoint": {"type": "MAX", "color": rgb(0, 0, 0)},
    }
    rule = {"ranges": [span(REGISTER, (1, 4), (12, 13))], "gradientRule": ends}
    workbook.batch({"addConditionalFormatRule": {"rule": rule, "index": 0}})
    open_sheet(page, workbook, "Register")
    expect(cell(page, "M3")).to_have_css("background-color", "rgb(128, 128, 128)")
    cell(page, "M4").click()
    page.keyboard.type("40")
    page.keyboard.press("Enter")
    expect(cell(page, "M3")).to_have_css("background-color", "rgb(191, 191, 191)")


def rich(workbook: Workbook) -> None:
    runs = [
        {"startIndex": 0, "format": {"bold": True, "foregroundColor": rgb(200, 0, 0)}},
        {"startIndex": 6, "format": {}},
        {"startIndex": 12, "format": {"italic": True, "strikethrough": True}},
        {"startIndex": 18, "format": {"link": {"uri": "https://example.org/why"}}},
        {"startIndex": 22, "format": {"link": {"uri": "javascript:alert(1)"}}},
    ]
    value = {"userEnteredValue": {"stringValue": "URGENT today later why not"}, "textFormatRuns": runs}
    asked = {"start": {"sheetId": REGISTER, "rowIndex": 1, "columnIndex": 11}, "rows": [{"values": [value]}]}
    workbook.batch({"updateCells": {**asked, "fields": "userEnteredValue,textFormatRuns"}})


def test_words_of_one_cell_that_look_different_are_shown_so(page: Page, workbook: Workbook) -> None:
    rich(workbook)
    open_sheet(page, workbook, "Register")
    parts = cell(page, "L2").locator(".rich > span")
    expect(parts).to_have_text(["URGENT", " today", " later", " why", " not"])
    shown = parts.evaluate_all(
        """parts => parts.map(part => {
            const look = getComputedStyle(part);
            return [look.fontWeight, look.fontStyle, look.color, look.textDecorationLine];
        })"""
    )
    assert shown == [
        ["700", "normal", "rgb(200, 0, 0)", "none"],
        ["400", "normal", "rgb(31, 42, 48)", "none"],
        ["400", "italic", "rgb(31, 42, 48)", "line-through"],
        ["400", "normal", "rgb(17, 85, 204)", "underline"],
        ["400", "normal", "rgb(31, 42, 48)", "none"],
    ]


def test_a_link_within_a_text_is_offered_and_a_script_address_is_not(page: Page, workbook: Workbook) -> None:
    rich(workbook)
    open_sheet(page, workbook, "Register")
    cell(page, "L2").click()
    links = page.locator(".card a")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://example.org/why")


def test_rich_text_that_is_typed_over_comes_back_with_undo(page: Page, workbook: Workbook) -> None:
    rich(workbook)
    open_sheet(page, workbook, "Register")
    cell(page, "L2").click()
    page.keyboard.type("plain")
    page.keyboard.press("Enter")
    expect(cell(page, "L2")).to_have_text("plain")
    expect(cell(page, "L2").locator(".rich")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(cell(page, "L2").locator(".rich > span").first).to_have_css("font-weight", "700")


def test_words_end_before_the_arrow_of_a_list(page: Page, workbook: Workbook) -> None:
    workbook.write("Register!F2", [["A very long name that no column of this width can hold"]])
    open_sheet(page, workbook, "Register")
    words = cell(page, "F2").locator(".cut").bounding_box()
    arrow = cell(page, "F2").locator(".drop").bounding_box()
    assert words is not None
    assert arrow is not None
    assert words["x"] + words["width"] <= arrow["x"]


def test_wrapped_words_make_their_row_as_tall_as_they_need(page: Page, workbook: Workbook) -> None:
    words = "Social, emotional and mental health"
    wrap = {"userEnteredValue": {"stringValue": words}, "userEnteredFormat": {"wrapStrategy": "WRAP"}}
    fields = "userEnteredValue,userEnteredFormat.wrapStrategy"
    start = {"sheetId": REGISTER, "rowIndex": 2, "columnIndex": 11}
    size = {"sheetId": REGISTER, "dimension": "COLUMNS", "startIndex": 11, "endIndex": 12}
    width = {"range": size, "properties": {"pixelSize": 230}, "fields": "pixelSize"}
    workbook.batch(
        {"updateCells": {"start": start, "rows": [{"values": [wrap]}], "fields": fields}},
        {"updateDimensionProperties": width},
    )
    open_sheet(page, workbook, "Register")
    heights = "cells => cells.map(cell => cell.getBoundingClientRect().height)"
    assert page.locator("#c1_0, #c2_0").evaluate_all(heights) == [21, 21]
    workbook.batch({"updateDimensionProperties": {**width, "properties": {"pixelSize": 110}}})
    expect(cell(page, "A3")).not_to_have_css("height", "21px", timeout=8000)
    inside = "cell => cell.scrollHeight <= cell.clientHeight"
    assert cell(page, "L3").evaluate(inside)


def test_a_card_does_not_cover_a_tab_that_has_just_opened(page: Page, workbook: Workbook) -> None:
    workbook.batch(
        {
            "updateCells": {
                "start": {"sheetId": REGISTER},
                "rows": [{"values": [{"note": "About this column."}]}],
                "fields": "note",
            }
        }
    )
    open_sheet(page, workbook, "Register")
    expect(page.locator("#where")).to_have_value("A1")
    expect(page.locator(".card")).to_be_hidden()
    cell(page, "A1").click()
    expect(page.locator(".card")).to_have_text("About this column.")
