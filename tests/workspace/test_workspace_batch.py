"""spreadsheets.batchUpdate: each kind does what its reference page says."""

from __future__ import annotations

from typing import Any

import pytest
from workspace_kit import NOON, Book, Caller, rect, span

RED = {"red": 1}


def text(*values: str) -> dict[str, Any]:
    return {"values": [{"userEnteredValue": {"stringValue": value}} for value in values]}


def test_update_cells_writes_what_the_mask_names_and_clears_what_is_missing(book: Book) -> None:
    book.put("A1:C2", [["a", "b", "c"], ["d", "e", "f"]])
    book.batch({"updateCells": {"range": rect(0, 2, 0, 3), "rows": [text("x")], "fields": "userEnteredValue"}})
    assert book.get("A1:C2") == [["x"]]


def test_update_cells_at_a_start_touches_only_the_cells_given(book: Book) -> None:
    book.put("A1:C2", [["a", "b", "c"], ["d", "e", "f"]])
    start = {"sheetId": 0, "rowIndex": 0, "columnIndex": 1}
    book.batch({"updateCells": {"start": start, "rows": [text("x"), {}], "fields": "userEnteredValue"}})
    assert book.get("A1:C2") == [["a", "x", "c"], ["d", "e", "f"]]


def test_a_string_value_is_text_whatever_it_looks_like(book: Book) -> None:
    book.batch({"updateCells": {"start": {}, "rows": [text("=1+1", "+A1", "-5", "@x", "007")], "fields": "*"}})
    assert book.formulas("A1:E1") == [["=1+1", "+A1", "-5", "@x", "007"]]
    cells = book.read("sheets.data.rowData.values.userEnteredValue")["sheets"][0]["data"][0]["rowData"][0]
    assert {next(iter(cell["userEnteredValue"])) for cell in cells["values"]} == {"stringValue"}


def test_update_cells_past_the_grid_is_refused(book: Book) -> None:
    start = {"sheetId": 0, "rowIndex": 999, "columnIndex": 0}
    request = {"updateCells": {"start": start, "rows": [text("x"), text("y")], "fields": "*"}}
    assert book.refused(request) == (
        "Invalid requests[0].updateCells: Attempting to write row: 1000, beyond the last requested row of: 999"
    )


def test_a_mask_is_required(book: Book) -> None:
    assert book.refused({"updateCells": {"start": {}, "rows": [text("x")]}}) == (
        "Invalid requests[0].updateCells: At least one field must be listed in 'fields'. "
        "(Use '*' to indicate all fields.)"
    )


def test_a_part_of_a_format_is_written_beside_the_rest(book: Book) -> None:
    def write(shape: dict[str, Any], fields: str) -> None:
        book.batch(
            {
                "repeatCell": {
                    "range": rect(0, 1, 0, 1),
                    "cell": {"userEnteredFormat": shape},
                    "fields": fields,
                }
            }
        )

    write({"textFormat": {"bold": True}, "backgroundColor": RED}, "userEnteredFormat")
    write({"textFormat": {"italic": True}}, "userEnteredFormat.textFormat.italic")
    data = book.read("sheets.data.rowData.values.userEnteredFormat")["sheets"][0]["data"][0]
    assert data["rowData"][0]["values"][0]["userEnteredFormat"] == {
        "textFormat": {"bold": True, "italic": True},
        "backgroundColor": RED,
        "backgroundColorStyle": {"rgbColor": RED},
    }


def test_append_cells_goes_below_the_last_value_and_grows_the_grid(call: Caller) -> None:
    tab = {"sheetId": 0, "gridProperties": {"rowCount": 2, "columnCount": 1}}
    small = Book(call, sheets=[{"properties": tab}])
    small.put("A1:A2", [["a"], ["b"]])
    small.batch({"appendCells": {"sheetId": 0, "rows": [text("c", "d")], "fields": "userEnteredValue"}})
    assert small.get("A1:B3") == [["a"], ["b"], ["c", "d"]]


def test_repeat_cell_shifts_its_formula(book: Book) -> None:
    cell = {"userEnteredValue": {"formulaValue": "=A1*$A$1"}}
    book.put("A1:A3", [[1], [2], [3]])
    book.batch({"repeatCell": {"range": rect(0, 3, 1, 2), "cell": cell, "fields": "userEnteredValue"}})
    assert book.formulas("B1:B3") == [["=A1*$A$1"], ["=A2*$A$1"], ["=A3*$A$1"]]
    assert book.get("B1:B3") == [[1], [2], [3]]


def test_sort_puts_numbers_before_text_before_truth_and_blanks_last(book: Book) -> None:
    book.put("A1:B6", [["b", 1], [2, 2], [True, 3], ["", 4], ["A", 5], [1, 6]])
    specs = [{"dimensionIndex": 0, "sortOrder": "ASCENDING"}]
    book.batch({"sortRange": {"range": rect(0, 6, 0, 2), "sortSpecs": specs}})
    assert book.get("A1:B6") == [[1, 6], [2, 2], ["A", 5], ["b", 1], [True, 3], ["", 4]]
    specs[0]["sortOrder"] = "DESCENDING"
    book.batch({"sortRange": {"range": rect(0, 6, 0, 2), "sortSpecs": specs}})
    assert book.get("A1:B6") == [[True, 3], ["b", 1], ["A", 5], [2, 2], [1, 6], ["", 4]]


def test_sort_moves_formulas_with_their_rows_and_nothing_outside(book: Book) -> None:
    book.type("A1:D3", [3, "=A1*10", "=$A$1", "out1"], [1, "=A2*10", "", "out2"], [2, "=A3*10", "", "out3"])
    book.batch({"sortRange": {"range": rect(0, 3, 0, 3), "sortSpecs": [{"dimensionIndex": 0}]}})
    assert book.formulas("A1:D3") == [
        [1, "=A1*10", "", "out1"],
        [2, "=A2*10", "", "out2"],
        [3, "=A3*10", "=$A$1", "out3"],
    ]


def test_sort_by_what_a_formula_comes_to(book: Book) -> None:
    book.type("A1:B3", ["x", "=3-0"], ["y", "=1+0"], ["z", "=2+0"])
    book.batch({"sortRange": {"range": rect(0, 3, 0, 2), "sortSpecs": [{"dimensionIndex": 1}]}})
    assert book.get("A1:B3") == [["y", 1], ["z", 2], ["x", 3]]


def test_copy_repeats_to_fill_and_shifts_formulas(book: Book) -> None:
    book.type("A1:B1", [1, "=A1+1"])
    copy = {"source": rect(0, 1, 0, 2), "destination": rect(1, 4, 0, 2), "pasteType": "PASTE_NORMAL"}
    book.batch({"copyPaste": copy})
    assert book.formulas("B1:B4") == [["=A1+1"], ["=A2+1"], ["=A3+1"], ["=A4+1"]]


def test_copy_of_values_only(book: Book) -> None:
    book.type("A1:B1", [1, "=A1+1"])
    copy = {"source": rect(0, 1, 0, 2), "destination": rect(4, 5, 0, 2), "pasteType": "PASTE_VALUES"}
    book.batch({"copyPaste": copy})
    assert book.formulas("A5:B5") == [[1, 2]]


def test_cut_takes_formulas_that_point_at_the_cells_along(book: Book) -> None:
    book.batch({"addSheet": {"properties": {"title": "Other", "sheetId": 5}}})
    book.type("A1:B2", [1, "=A1"], [2, "=SUM(A1:A2)"])
    place = {"sheetId": 5, "rowIndex": 2, "columnIndex": 3}
    book.batch({"cutPaste": {"source": rect(0, 2, 0, 1), "destination": place, "pasteType": "PASTE_NORMAL"}})
    assert book.formulas("Sheet1!A1:B2") == [["", "=Other!D3"], ["", "=SUM(Other!D3:D4)"]]
    assert book.get("Other!D3:D4") == [[1], [2]]
    assert book.get("Sheet1!B1:B2") == [[1], [3]]


def test_pasted_text_is_typed(book: Book) -> None:
    paste = {
        "coordinate": {"sheetId": 0, "rowIndex": 1},
        "data": "a\t01/02/2020\n=1+1\t'007",
        "delimiter": "\t",
    }
    book.batch({"pasteData": {**paste, "type": "PASTE_NORMAL"}})
    assert book.formulas("A2:B3") == [["a", 43862], ["=1+1", "007"]]


def test_find_and_replace_counts_what_it_did(book: Book) -> None:
    book.put("A1:B2", [["cat cat", "dog"], ["Cat", 12]])
    find = {"find": "cat", "replacement": "cow", "allSheets": True}
    (reply,) = book.batch({"findReplace": find})
    assert reply == {"findReplace": {"sheetsChanged": 1, "rowsChanged": 2, "valuesChanged": 2, "occurrencesChanged": 3}}
    assert book.get("A1:B2") == [["cow cow", "dog"], ["cow", 12]]
    book.batch({"findReplace": {"find": "^(c)ow$", "replacement": "$1at", "searchByRegex": True, "sheetId": 0}})
    assert book.get("A2") == [["cat"]]


def test_merging_keeps_the_first_value(book: Book) -> None:
    book.put("A1:B2", [["", "b"], ["c", "d"]])
    book.batch({"mergeCells": {"range": rect(0, 2, 0, 2), "mergeType": "MERGE_ALL"}})
    assert book.get("A1:B2") == [["b"]]
    assert book.sheet()["merges"] == [rect(0, 2, 0, 2)]
    part = {"unmergeCells": {"range": rect(0, 1, 0, 1)}}
    assert book.refused(part).endswith("You must select all cells in a merged range to merge or unmerge them.")
    book.batch({"unmergeCells": {"range": rect(0, 2, 0, 2)}})
    assert "merges" not in book.sheet()


def test_borders_are_put_on_the_outer_and_inner_sides(book: Book) -> None:
    line = {"style": "SOLID", "color": {}}
    book.batch({"updateBorders": {"range": rect(0, 2, 0, 1), "top": line, "innerHorizontal": line}})
    rows = book.read("sheets.data.rowData.values.userEnteredFormat.borders")["sheets"][0]["data"][0]["rowData"]
    sides = [sorted(row["values"][0]["userEnteredFormat"]["borders"]) for row in rows]
    assert sides == [["bottom", "top"], ["top"]]


def test_dimension_properties_and_resizing(book: Book) -> None:
    book.put("A1", [["a rather long heading"]])
    wide = {
        "range": span("COLUMNS", 0, 1),
        "properties": {"pixelSize": 333, "hiddenByUser": True},
        "fields": "*",
    }
    book.batch({"updateDimensionProperties": wide})
    data = book.read("sheets.data.columnMetadata", ranges="A1:B1")["sheets"][0]["data"][0]
    assert data["columnMetadata"] == [{"pixelSize": 333, "hiddenByUser": True}, {"pixelSize": 100}]
    book.batch({"autoResizeDimensions": {"dimensions": span("COLUMNS", 0, 1)}})
    data = book.read("sheets.data.columnMetadata", ranges="A1:A1")["sheets"][0]["data"][0]
    assert data["columnMetadata"][0]["pixelSize"] == 21 * 7 + 6


def test_dimension_groups_nest_and_collapse(book: Book) -> None:
    (reply,) = book.batch({"addDimensionGroup": {"range": span("ROWS", 1, 9)}})
    assert reply["addDimensionGroup"]["dimensionGroups"] == [{"range": span("ROWS", 1, 9), "depth": 1}]
    book.batch({"addDimensionGroup": {"range": span("ROWS", 2, 4)}})
    group = {"range": span("ROWS", 2, 4), "depth": 2, "collapsed": True}
    book.batch({"updateDimensionGroup": {"dimensionGroup": group, "fields": "collapsed"}})
    assert book.sheet()["rowGroups"][1] == group
    rows = book.read("sheets.data.rowMetadata.hiddenByUser", ranges="A1:A5")["sheets"][0]["data"][0]["rowMetadata"]
    assert rows == [{}, {}, {"hiddenByUser": True}, {"hiddenByUser": True}, {}]
    book.batch({"deleteDimensionGroup": {"range": span("ROWS", 2, 4)}})
    assert len(book.sheet()["rowGroups"]) == 1


def test_tabs_are_added_duplicated_moved_renamed_and_deleted(book: Book) -> None:
    (added,) = book.batch({"addSheet": {"properties": {"title": "B", "index": 0, "tabColor": RED}}})
    properties = added["addSheet"]["properties"]
    assert (properties["index"], properties["tabColorStyle"]) == (0, {"rgbColor": RED})
    book.put("B!A1", [["kept"]])
    (copied,) = book.batch({"duplicateSheet": {"sourceSheetId": properties["sheetId"], "newSheetName": "C"}})
    assert book.get("C!A1") == [["kept"]]
    move = {"properties": {"sheetId": properties["sheetId"], "index": 3}, "fields": "index"}
    book.batch({"updateSheetProperties": move})
    assert [sheet["properties"]["title"] for sheet in book.read()["sheets"]] == ["C", "Sheet1", "B"]
    book.batch({"deleteSheet": {"sheetId": copied["duplicateSheet"]["properties"]["sheetId"]}})
    assert [sheet["properties"]["title"] for sheet in book.read()["sheets"]] == ["Sheet1", "B"]


def test_the_spreadsheets_title_is_its_files_name(book: Book) -> None:
    book.batch({"updateSpreadsheetProperties": {"properties": {"title": "New"}, "fields": "title"}})
    assert book.call("GET", f"/drive/v3/files/{book.id}")["name"] == "New"
    book.call("PATCH", f"/drive/v3/files/{book.id}", {"name": "Newer"})
    assert book.read()["properties"]["title"] == "Newer"


def test_an_unknown_time_zone_is_refused(book: Book) -> None:
    zone = {"properties": {"timeZone": "Europe/Nowhere"}, "fields": "timeZone"}
    assert book.refused({"updateSpreadsheetProperties": zone}).endswith("Unsupported time zone: Europe/Nowhere")


def test_a_basic_filter_hides_rows(book: Book) -> None:
    book.put("A1:A3", [["status"], ["K"], ["E"]])
    criteria = [{"columnIndex": 0, "filterCriteria": {"hiddenValues": ["K"]}}]
    book.batch({"setBasicFilter": {"filter": {"range": rect(0, 3, 0, 1), "filterSpecs": criteria}}})
    held = book.sheet()["basicFilter"]
    assert held["criteria"] == {"0": {"hiddenValues": ["K"]}}
    rows = book.read("sheets.data.rowMetadata.hiddenByFilter", ranges="A1:A3")["sheets"][0]["data"][0]
    assert rows["rowMetadata"] == [{}, {"hiddenByFilter": True}, {}]
    book.batch({"clearBasicFilter": {"sheetId": 0}})
    assert "basicFilter" not in book.sheet()


def test_filter_views_are_kept_with_an_id(book: Book) -> None:
    view = {"title": "On register", "range": rect(0, 9, 0, 3), "criteria": {"1": {"hiddenValues": ["N"]}}}
    (reply,) = book.batch({"addFilterView": {"filter": view}})
    number = reply["addFilterView"]["filter"]["filterViewId"]
    change = {"filter": {"filterViewId": number, "title": "Renamed"}, "fields": "title"}
    book.batch({"updateFilterView": change})
    (held,) = book.sheet()["filterViews"]
    assert (held["title"], held["criteria"]) == ("Renamed", view["criteria"])
    book.batch({"duplicateFilterView": {"filterId": number}}, {"deleteFilterView": {"filterId": number}})
    assert [item["title"] for item in book.sheet()["filterViews"]] == ["Copy of Renamed"]


def test_conditional_formats_are_addressed_by_their_place(book: Book) -> None:
    def rule(value: str) -> dict[str, Any]:
        condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": value}]}
        return {
            "ranges": [rect(0, 9, 0, 1)],
            "booleanRule": {"condition": condition, "format": {"backgroundColor": RED}},
        }

    for index, value in enumerate(("=A1>1", "=A1>2", "=A1>3")):
        book.batch({"addConditionalFormatRule": {"rule": rule(value), "index": index}})
    book.batch({"deleteConditionalFormatRule": {"sheetId": 0, "index": 1}})
    book.batch({"updateConditionalFormatRule": {"sheetId": 0, "index": 0, "newIndex": 1}})
    values = [
        item["booleanRule"]["condition"]["values"][0]["userEnteredValue"] for item in book.sheet()["conditionalFormats"]
    ]
    assert values == ["=A1>3", "=A1>1"]
    assert book.refused({"deleteConditionalFormatRule": {"sheetId": 0, "index": 7}}) == (
        "Invalid requests[0].deleteConditionalFormatRule: No conditional format on sheet: 0 at index: 7"
    )


def test_a_range_is_banded_once(book: Book) -> None:
    band = {"range": rect(0, 9, 0, 3), "rowProperties": {"headerColor": RED}}
    (reply,) = book.batch({"addBanding": {"bandedRange": band}})
    held = reply["addBanding"]["bandedRange"]
    assert held["rowProperties"]["headerColorStyle"] == {"rgbColor": RED}
    assert "already has alternating background colors" in book.refused({"addBanding": {"bandedRange": band}})
    book.batch({"deleteBanding": {"bandedRangeId": held["bandedRangeId"]}}, {"addBanding": {"bandedRange": band}})


def test_named_ranges_keep_their_names_apart(book: Book) -> None:
    named = {"namedRange": {"name": "terms", "range": rect(0, 2, 0, 1)}}
    (reply,) = book.batch({"addNamedRange": named})
    assert "already exists" in book.refused({"addNamedRange": named})
    assert "invalid" in book.refused({"addNamedRange": {"namedRange": {**named["namedRange"], "name": "A1"}}})
    number = reply["addNamedRange"]["namedRange"]["namedRangeId"]
    change = {"namedRange": {"namedRangeId": number, "name": "weeks"}, "fields": "name"}
    book.batch({"updateNamedRange": change})
    assert [item["name"] for item in book.read()["namedRanges"]] == ["weeks"]


def test_charts_are_kept_and_given_back(book: Book) -> None:
    source = {"sourceRange": {"sources": [rect(0, 5, 0, 1)]}}
    series = [{"series": {"sourceRange": {"sources": [rect(0, 5, 1, 2)]}}}]
    spec = {
        "title": "By need",
        "basicChart": {"chartType": "BAR", "domains": [{"domain": source}], "series": series},
    }
    position = {"overlayPosition": {"anchorCell": {"sheetId": 0, "rowIndex": 2, "columnIndex": 3}}}
    (reply,) = book.batch({"addChart": {"chart": {"spec": spec, "position": position}}})
    chart = reply["addChart"]["chart"]
    assert chart["position"]["overlayPosition"]["anchorCell"] == position["overlayPosition"]["anchorCell"]
    book.batch({"updateChartSpec": {"chartId": chart["chartId"], "spec": {**spec, "title": "New"}}})
    assert book.sheet()["charts"][0]["spec"]["title"] == "New"
    book.batch({"deleteEmbeddedObject": {"objectId": chart["chartId"]}})
    assert "charts" not in book.sheet()


def test_validation_is_set_and_cleared(book: Book) -> None:
    rule = {"condition": {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "K"}]}, "strict": True}
    book.batch({"setDataValidation": {"range": rect(0, 2, 0, 1), "rule": rule}})
    fields = "sheets.data.rowData.values.dataValidation"
    assert book.read(fields)["sheets"][0]["data"][0]["rowData"][1]["values"] == [{"dataValidation": rule}]
    book.batch({"setDataValidation": {"range": rect(0, 2, 0, 1)}})
    assert book.read(fields)["sheets"][0]["data"] == [{}]


def test_a_list_from_a_relative_range_is_each_rows_own(book: Book) -> None:
    """Written for the upper left cell of its range, and shifted as a copied formula is; a new row has its own too."""
    source = {"type": "ONE_OF_RANGE", "values": [{"userEnteredValue": "=$B1:$D1"}]}
    rule = {"condition": source, "showCustomUi": True, "strict": False}
    book.batch({"setDataValidation": {"range": rect(0, 3, 0, 1), "rule": rule}})

    def lists() -> list[str]:
        rows = book.read("sheets.data.rowData.values.dataValidation")["sheets"][0]["data"][0]["rowData"]
        told = [row["values"][0]["dataValidation"]["condition"]["values"] for row in rows]
        return [value["userEnteredValue"] for (value,) in told]

    assert lists() == ["=$B1:$D1", "=$B2:$D2", "=$B3:$D3"]
    span = {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 3}
    book.batch({"insertDimension": {"range": span, "inheritFromBefore": True}})
    assert lists() == ["=$B1:$D1", "=$B2:$D2", "=$B3:$D3", "=$B4:$D4", "=$B5:$D5"]
    book.batch({"copyPaste": {"source": rect(0, 1, 0, 1), "destination": rect(5, 6, 0, 1)}})
    assert lists()[5] == "=$B6:$D6"


def test_metadata_ids_make_a_compare_and_set(book: Book) -> None:
    entry = {
        "metadataId": 12,
        "metadataKey": "v",
        "location": {"spreadsheet": True},
        "visibility": "DOCUMENT",
    }
    request = {"createDeveloperMetadata": {"developerMetadata": entry}}
    book.batch(request)
    cells = {"updateCells": {"start": {}, "rows": [text("x")], "fields": "*"}}
    assert book.refused(cells, request) == (
        "Invalid requests[1].createDeveloperMetadata: DeveloperMetadata with ID 12 already exists."
    )
    assert book.get("A1") == []


def test_metadata_is_searched_updated_and_deleted(book: Book) -> None:
    def create(key: str, location: dict[str, Any], value: str) -> dict[str, Any]:
        entry = {"metadataKey": key, "metadataValue": value, "location": location, "visibility": "DOCUMENT"}
        return {"createDeveloperMetadata": {"developerMetadata": entry}}

    book.batch(
        create("k", {"spreadsheet": True}, "book"),
        create("k", {"sheetId": 0}, "tab"),
        create("k", {"dimensionRange": span("COLUMNS", 2, 3)}, "column"),
    )

    def found(**lookup: Any) -> list[str]:
        body = {"dataFilters": [{"developerMetadataLookup": lookup}]}
        answer = book.call("POST", f"{book.path}/developerMetadata:search", body)
        items = answer.get("matchedDeveloperMetadata", [])
        return [item["developerMetadata"]["metadataValue"] for item in items]

    assert found(metadataKey="k") == ["book", "tab", "column"]
    assert found(locationType="COLUMN") == ["column"]
    assert found(metadataKey="k", metadataValue="tab") == ["tab"]
    assert found(metadataKey="other") == []
    lookup = {"developerMetadataLookup": {"metadataValue": "tab"}}
    change = {
        "dataFilters": [lookup],
        "developerMetadata": {"metadataValue": "new"},
        "fields": "metadataValue",
    }
    book.batch({"updateDeveloperMetadata": change})
    book.batch({"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"locationType": "COLUMN"}}}})
    assert found(metadataKey="k") == ["book", "new"]
    data = book.read("sheets.developerMetadata.metadataValue,developerMetadata.metadataValue")
    assert data["sheets"][0]["developerMetadata"] == [{"metadataValue": "new"}]
    assert data["developerMetadata"] == [{"metadataValue": "book"}]


def test_deleting_a_tab_takes_its_metadata_and_leaves_ref_errors(book: Book) -> None:
    book.batch({"addSheet": {"properties": {"title": "Gone", "sheetId": 9}}})
    entry = {"metadataKey": "k", "location": {"sheetId": 9}, "visibility": "DOCUMENT"}
    book.batch({"createDeveloperMetadata": {"developerMetadata": entry}})
    book.type("Sheet1!A1", ["=Gone!A1+1"])
    book.batch({"deleteSheet": {"sheetId": 9}})
    body = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": "k"}}]}
    assert book.call("POST", f"{book.path}/developerMetadata:search", body) == {}
    assert book.formulas("A1") == [["=#REF!+1"]]
    assert book.shown("A1") == [["#REF!"]]


def test_the_answer_may_hold_the_spreadsheet(book: Book) -> None:
    body = {
        "requests": [{"updateCells": {"start": {}, "rows": [text("x", "y")], "fields": "userEnteredValue"}}],
        "includeSpreadsheetInResponse": True,
        "responseIncludeGridData": True,
        "responseRanges": ["Sheet1!B1:B2"],
    }
    fields = "updatedSpreadsheet.sheets.data(startColumn,rowData.values.effectiveValue)"
    answer = book.call("POST", f"{book.path}:batchUpdate?fields={fields}", body)
    data = {"startColumn": 1, "rowData": [{"values": [{"effectiveValue": {"stringValue": "y"}}]}]}
    assert answer == {"updatedSpreadsheet": {"sheets": [{"data": [data]}]}}
    body["requests"] = [{"deleteNamedRange": {"namedRangeId": "x"}}]
    assert book.call.refused("POST", f"{book.path}:batchUpdate", body)["code"] == 400


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_batch_that_fails_changes_nothing(book: Book, position: int) -> None:
    book.type("A1:B2", [1, "=A1"], [2, "=A2"])
    before = book.call("GET", f"{book.path}?includeGridData=true")
    version = book.call("GET", f"/drive/v3/files/{book.id}?fields=version,modifiedTime")
    requests: list[dict[str, Any]] = [
        {"insertDimension": {"range": span("ROWS", 0, 3)}},
        {"updateSheetProperties": {"properties": {"sheetId": 0, "title": "Z"}, "fields": "title"}},
        {
            "sortRange": {
                "range": rect(0, 9, 0, 2),
                "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}],
            }
        },
    ]
    requests.insert(position, {"deleteSheet": {"sheetId": 404}})
    assert book.refused(*requests).startswith(f"Invalid requests[{position}].deleteSheet")
    assert book.call("GET", f"{book.path}?includeGridData=true") == before
    assert book.call("GET", f"/drive/v3/files/{book.id}?fields=version,modifiedTime") == version


def test_small_data_tools(book: Book) -> None:
    book.put("A1:A4", [["  a  b "], ["x"], ["a b"], ["p,q"]])
    (trimmed,) = book.batch({"trimWhitespace": {"range": rect(0, 4, 0, 1)}})
    assert trimmed == {"trimWhitespace": {"cellsChangedCount": 1}}
    (gone,) = book.batch({"deleteDuplicates": {"range": rect(0, 3, 0, 1)}})
    assert gone == {"deleteDuplicates": {"duplicatesRemovedCount": 1}}
    book.batch({"textToColumns": {"source": rect(3, 4, 0, 1), "delimiterType": "COMMA"}})
    assert book.get("A1:B4") == [["a b"], ["x"], [], ["p", "q"]]
    book.put("D1:D2", [[1], [3]])
    fill = {"source": rect(0, 2, 3, 4), "dimension": "ROWS", "fillLength": 3}
    book.batch({"autoFill": {"sourceAndDestination": fill}})
    assert book.get("D1:D5") == [[1], [3], [5], [7], [9]]


def test_typing_a_day_and_a_month_takes_the_year_of_the_clock(book: Book) -> None:
    book.type("A1", ["25/12"])
    assert book.get("A1") == [[(NOON.replace(month=12, day=25).date() - NOON.date()).days + 46349]]
