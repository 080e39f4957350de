"""A person at a spreadsheet in Chromium: looking, typing, sorting, and what the workspace then holds."""

import pytest
from playwright.sync_api import Page, expect
from support.browser import Workbook, Workspace, cell, cell_text, open_sheet, paste, saved

pytestmark = pytest.mark.browser


def test_values_are_shown_as_they_are_formatted(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    assert [cell_text(page, f"{column}2") for column in "ABCDE"] == [
        "Amara",
        "7",
        "91%",
        "03/02/2026",
        "£1,250.00",
    ]


def test_formats_colours_and_alignment_are_shown(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    heading = cell(page, "A1")
    expect(heading).to_have_css("background-color", "rgb(31, 78, 107)")
    expect(heading).to_have_css("color", "rgb(255, 255, 255)")
    expect(heading).to_have_css("font-weight", "700")
    expect(cell(page, "B2")).to_have_css("justify-content", "flex-end")


def test_a_conditional_colour_is_shown_where_its_rule_holds(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    expect(cell(page, "D3")).to_have_css("background-color", "rgb(248, 215, 207)")
    expect(cell(page, "D2")).to_have_css("background-color", "rgb(255, 255, 255)")


def test_the_heading_and_the_first_column_stay_while_scrolling(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    before = cell(page, "A1").bounding_box()
    page.locator("#grid").evaluate("grid => grid.scrollTo(600, 900)")
    expect(cell(page, "A40")).to_be_visible()
    assert cell(page, "A1").bounding_box() == before


def test_hidden_rows_columns_and_tabs_are_not_shown(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    assert cell(page, "A6").count() == 0
    assert cell(page, "I2").count() == 0
    expect(page.get_by_role("tab")).to_have_text(["Register", "Locked (protected)", "Dashboard"])


def test_merged_cells_are_one(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Dashboard")
    merged = cell(page, "E1")
    expect(merged).to_have_attribute("aria-colspan", "3")
    box = merged.bounding_box()
    assert box is not None
    assert (round(box["width"]), round(box["height"])) == (300, 42)


def test_a_note_is_shown_to_the_mouse_and_to_the_keyboard(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    card = page.locator(".card")
    cell(page, "C1").hover()
    expect(card).to_have_text("Half days present, of those possible.")
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()
    cell(page, "B1").click()
    page.keyboard.press("ArrowRight")
    expect(card).to_have_text("Half days present, of those possible.")


def test_a_link_is_offered_and_a_script_address_is_not(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "G2").click()
    expect(page.locator(".card a")).to_have_attribute("href", "https://example.org/plan")
    cell(page, "G3").click()
    expect(page.locator(".card")).to_be_hidden()


def test_what_is_typed_goes_through_user_entered(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "D4").click()
    page.keyboard.type("5/3/2026")
    page.keyboard.press("Enter")
    expect(cell(page, "D4")).to_have_text("05/03/2026")
    assert workbook.value("Register!D4", "UNFORMATTED_VALUE") == 46086
    assert page.locator("#where").input_value() == "D5"


def test_escape_leaves_the_cell_as_it_was(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "A2").dblclick()
    page.keyboard.type(" and more")
    page.keyboard.press("Escape")
    expect(cell(page, "A2")).to_have_text("Amara")
    assert workbook.value("Register!A2") == "Amara"


def test_the_formula_bar_shows_what_was_typed(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    bar = page.locator("#formula")
    shown = {}
    for name in ("B2", "C2", "D2", "H2", "J2"):
        cell(page, name).click()
        shown[name] = bar.input_value()
    assert shown == {"B2": "7", "C2": "91%", "D2": "03/02/2026", "H2": '=A2&" in year "&B2', "J2": "'007"}


def test_text_that_looks_like_a_number_survives_an_edit(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "J2").dblclick()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    expect(cell(page, "J2")).to_have_text("0078")
    saved(page)
    assert workbook.value("Register!J2", "UNFORMATTED_VALUE") == "0078"


def test_a_list_drops_down_and_narrows_as_one_types(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "F3").click()
    page.keyboard.press("Alt+ArrowDown")
    options = page.locator("#options [role=option]")
    expect(options).to_have_text(["Ms Hale", "Mr Idris", "Mrs Abara"])
    page.keyboard.type("ab")
    expect(options).to_have_text(["Mrs Abara"])
    page.keyboard.press("Enter")
    expect(cell(page, "F3")).to_have_text("Mrs Abara")
    saved(page)
    assert workbook.value("Register!F3") == "Mrs Abara"


def test_a_list_from_a_range_offers_the_range(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "B3").click()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#options [role=option]")).to_have_text(["7", "8", "9"])


def test_a_list_from_a_row_of_its_own_offers_what_stands_in_that_row(page: Page, workspace: Workspace) -> None:
    """As the SENCO's list of the pupils whom a concern may be about: a reference whose row is relative."""
    book = Workbook.of_size(workspace, 6, 5)
    place = {"sheetId": book.gid("Sheet1"), "startRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}
    condition = {"type": "ONE_OF_RANGE", "values": [{"userEnteredValue": "=Sheet1!$C2:$E2"}]}
    book.batch({"setDataValidation": {"range": place, "rule": {"condition": condition, "showCustomUi": True}}})
    open_sheet(page, book, "Sheet1")
    for row in (2, 4):
        cell(page, f"A{row}").click()
        page.keyboard.press("Alt+ArrowDown")
        offered = [f"r{row - 1}c{column}" for column in (2, 3, 4)]
        expect(page.locator("#options [role=option]")).to_have_text(offered)
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")


def test_a_value_outside_a_strict_list_is_refused(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "F3").click()
    page.keyboard.type("Nobody")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("is not in this cell's list")
    page.keyboard.press("Escape")
    assert workbook.value("Register!F3") == "Mr Idris"


def test_a_box_is_ticked_with_the_space_bar_and_with_the_mouse(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "K2").click(position={"x": 5, "y": 5})
    page.keyboard.press("Space")
    expect(cell(page, "K2").get_by_role("img")).to_have_attribute("aria-label", "ticked")
    cell(page, "K3").locator(".box").click()
    expect(cell(page, "K3").get_by_role("img")).to_have_attribute("aria-label", "ticked")
    saved(page)
    assert workbook.values("Register!K2:K3", "UNFORMATTED_VALUE") == [[True], [True]]


def test_the_sheet_is_sorted_beneath_its_heading_and_put_back(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    before = workbook.values("Register!A1:A6")
    cell(page, "A3").click()
    page.get_by_role("button", name="Sort and filter").click()
    page.get_by_role("menuitem", name="Sort sheet by column A, Z to A").click()
    expect(cell(page, "A2")).to_have_text("Pupil 99")
    assert workbook.values("Register!A1:A3") == [["Name"], ["Pupil 99"], ["Pupil 98"]]
    page.keyboard.press("Control+z")
    expect(cell(page, "A2")).to_have_text("Amara")
    saved(page)
    assert workbook.values("Register!A1:A6") == before


def test_a_row_is_inserted_and_deleted_and_each_is_undone(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "A3").click(button="right")
    page.get_by_role("menuitem", name="Insert row above").click()
    expect(cell(page, "A4")).to_have_text("Ben")
    assert workbook.values("Register!A2:A4") == [["Amara"], [], ["Ben"]]
    page.keyboard.press("Control+z")
    expect(cell(page, "A3")).to_have_text("Ben")
    cell(page, "A3").click(button="right")
    page.get_by_role("menuitem", name="Delete row").click()
    page.get_by_role("dialog").get_by_role("button", name="Change them").click()
    expect(cell(page, "A3")).to_have_text("Chloe")
    assert workbook.values("Register!A2:A3") == [["Amara"], ["Chloe"]]
    page.keyboard.press("Control+z")
    expect(cell(page, "A3")).to_have_text("Ben")
    saved(page)
    assert workbook.values("Register!A2:H4", "FORMULA")[1][7] == '=A3&" in year "&B3'


def test_a_column_is_moved_hidden_and_shown_again(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    page.locator("[data-column='1']").click(button="right")
    page.get_by_role("menuitem", name="Move column right").click()
    expect(cell(page, "C1")).to_have_text("Year")
    page.locator("[data-column='2']").click(button="right")
    page.get_by_role("menuitem", name="Hide column").click()
    expect(cell(page, "C1")).to_have_count(0)
    page.locator("[data-column='1']").click(button="right")
    page.get_by_role("menuitem", name="Show hidden columns here").click()
    expect(cell(page, "C1")).to_have_text("Year")


def test_a_block_is_pasted_from_another_program(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "L2").click()
    paste(page, 'one\t"two\nlines"\n3\t04/04/2026\n')
    expect(cell(page, "M3")).to_have_text("04/04/2026")
    assert workbook.values("Register!L2:M3", "UNFORMATTED_VALUE") == [["one", "two\nlines"], [3, 46116]]


def test_a_filter_hides_the_rows_not_ticked(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "A2").click()
    page.get_by_role("button", name="Sort and filter").click()
    page.get_by_role("menuitem", name="Filter this sheet").click()
    cell(page, "B1").locator(".funnel").click()
    panel = page.get_by_role("dialog", name="Filter this column")
    panel.get_by_label("7", exact=True).uncheck()
    panel.get_by_role("button", name="Show these").click()
    expect(cell(page, "A2")).to_have_count(0)
    expect(cell(page, "A3")).to_have_text("Ben")


def test_a_filter_view_hides_rows_on_this_screen_only(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    page.get_by_role("button", name="Sort and filter").click()
    page.get_by_role("menuitemradio", name="Year 8").click()
    expect(page.locator("#view-name")).to_have_text("Filter view: Year 8")
    expect(cell(page, "A2")).to_have_count(0)
    expect(cell(page, "A3")).to_have_text("Ben")
    page.get_by_role("button", name="Close the view").click()
    expect(cell(page, "A2")).to_have_text("Amara")


def test_a_filter_view_with_a_formula_is_computed(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    page.get_by_role("button", name="Sort and filter").click()
    page.get_by_role("menuitemradio", name="Dear provision").click()
    expect(cell(page, "A3")).to_have_count(0)
    expect(cell(page, "A2")).to_have_text("Amara")


def test_cells_that_others_may_not_change_say_so(page: Page, workbook: Workbook) -> None:
    workbook.share("teacher@school.example", "writer")
    open_sheet(page, workbook, "Locked", account="teacher@school.example")
    cell(page, "A2").click()
    expect(page.locator("#lock")).to_have_text("Protected")
    page.keyboard.type("x")
    expect(page.get_by_role("alert")).to_contain_text("A2 is protected (Written by the sync)")
    assert workbook.value("Locked!A2") == "from the MIS"


def test_cells_with_a_warning_ask_before_they_change(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "H2").click()
    page.keyboard.type("mine")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="These cells are protected")
    dialog.get_by_role("button", name="Cancel").click()
    expect(cell(page, "H2")).to_have_text("Amara in year 7")
    cell(page, "H2").click()
    page.keyboard.type("mine")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Change them").click()
    expect(cell(page, "H2")).to_have_text("mine")
    saved(page)
    assert workbook.value("Register!H2") == "mine"


def test_a_refusal_of_the_workspace_is_a_sentence(page: Page, workbook: Workbook) -> None:
    workbook.share("teacher@school.example", "reader")
    open_sheet(page, workbook, "Register", account="teacher@school.example")
    cell(page, "A2").click()
    page.keyboard.type("x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The caller does not have permission.")
    expect(cell(page, "A2")).to_have_text("Amara")


def test_charts_are_drawn_with_their_values_in_words(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Dashboard")
    charts = page.locator(".chart svg")
    expect(charts).to_have_count(5)
    assert charts.locator("> title").all_text_contents() == [
        "By year",
        "Across",
        "Trend",
        "Share",
        "On the register",
    ]
    words = charts.locator("> desc").all_text_contents()
    assert words[0] == "Pupils: Year 7: 31; Year 8: 28; Year 9: 33."
    assert words[3] == "Year 7: 31 (34%); Year 8: 28 (30%); Year 9: 33 (36%)."
    assert words[4] == "92."
    heights = [float(bar.get_attribute("height") or 0) for bar in charts.nth(0).locator(".bar").all()]
    assert [round(height / heights[0] * 31) for height in heights] == [31, 28, 33]
    assert [charts.nth(n).locator(mark).count() for n, mark in ((1, ".bar"), (2, ".point"), (3, ".slice"))] == [3, 3, 3]


def test_a_chart_follows_its_values(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Dashboard")
    cell(page, "B2").click()
    page.keyboard.type("40")
    page.keyboard.press("Enter")
    expect(page.locator(".chart .score")).to_have_text("101")


def test_find_goes_to_rows_that_are_not_drawn(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    page.keyboard.press("Control+f")
    page.keyboard.type("Pupil 99")
    expect(page.locator("#find-count")).to_have_text("1 of 2")
    expect(page.locator("#where")).to_have_value("A99")
    expect(cell(page, "A99")).to_be_visible()


def test_a_tab_is_added_renamed_and_reached_by_keyboard(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    page.get_by_role("button", name="Add a tab").click()
    page.get_by_role("textbox", name="Name").fill("Mine")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", selected=True)).to_have_text("Mine")
    page.get_by_role("button", name="What to do with this tab").click()
    page.get_by_role("menuitem", name="Rename…").click()
    page.get_by_role("textbox", name="Name").fill("Ours")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", selected=True)).to_have_text("Ours")
    assert workbook.titles() == ["Register", "Locked", "Dashboard", "Lists", "Ours"]
    page.get_by_role("tab", selected=True).focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", selected=True)).to_have_text("Register")


def test_a_change_by_someone_else_appears_by_itself(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    workbook.write("Register!A4", [["Changed elsewhere"]])
    expect(cell(page, "A4")).to_have_text("Changed elsewhere", timeout=8000)


def test_an_undo_does_not_destroy_what_someone_else_wrote_since(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "A4").click()
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")
    expect(cell(page, "A4")).to_have_text("Mine")
    saved(page)
    workbook.write("Register!A4", [["Theirs"]])
    page.keyboard.press("Control+z")
    expect(page.get_by_role("alert")).to_contain_text("Someone has changed these cells")
    assert workbook.value("Register!A4") == "Theirs"


def test_words_follow_their_row_when_someone_else_sorts_while_they_are_typed(page: Page, workbook: Workbook) -> None:
    open_sheet(page, workbook, "Register")
    cell(page, "L2").click()
    page.keyboard.type("About Amara")
    sort = {
        "range": {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 100},
        "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}],
    }
    workbook.batch({"sortRange": sort})
    page.keyboard.press("Enter")
    expect(cell(page, "A2")).to_have_text("Pupil 99")
    saved(page)
    found = [row for row in workbook.values("Register!A1:L100") if len(row) > 11 and row[11] not in {"", "Notes"}]
    assert [(row[0], row[11]) for row in found] == [("Amara", "About Amara")]
