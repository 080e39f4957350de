"""Inserting, deleting and moving rows and columns, and everything that follows them."""

from __future__ import annotations

from typing import Any

import pytest
from workspace_kit import Book, rect, span

from local_workspace.sheets.edits import Edit
from local_workspace.sheets.formula import edited, parse, retitled, rewrite, shifted

LOOK_UP = "=IFNA(INDEX('MIS roll'!$C$1:$C$2000, MATCH(INDEX($A:$A, ROW()), 'MIS roll'!$A$1:$A$2000, 0)), \"A1\")"


@pytest.mark.parametrize(
    "formula",
    [
        LOOK_UP,
        "=A1:2+$B$3:C+1:3+$2:5+A2:A",
        "='It''s'!A1&\"B2 ''x''\"&LOG10(C3)+name1+T1x",
        "={1,2;3,4}+#REF!+1.5E+3+ABC.D1(2)",
        "=SUM(  Sheet1!A1 , 'b c'!B:B )",
    ],
)
def test_a_formula_that_nothing_touches_keeps_its_very_text(formula: str) -> None:
    assert rewrite(formula, lambda ref: ref) == formula
    assert "".join(part if isinstance(part, str) else part.text() for part in parse(formula)) == formula


@pytest.mark.parametrize(
    ("formula", "edit", "expected"),
    [
        ("=SUM(A2:A10)", Edit("insert", True, 1, 2), "=SUM(A4:A12)"),
        ("=SUM(A2:A10)", Edit("insert", True, 5, 2), "=SUM(A2:A12)"),
        ("=SUM(A2:A10)", Edit("insert", True, 10, 2), "=SUM(A2:A10)"),
        ("=SUM(A2:A10)", Edit("delete", True, 0, 3), "=SUM(A1:A7)"),
        ("=SUM(A2:A10)", Edit("delete", True, 8, 9), "=SUM(A2:A8)"),
        ("=SUM(A2:A10)", Edit("delete", True, 1, 9), "=SUM(#REF!)"),
        ("=A5+B$2", Edit("delete", True, 4, 1), "=#REF!+B$2"),
        ("=$C:$C", Edit("insert", False, 1, 1), "=$D:$D"),
        ("=$C:$C", Edit("insert", True, 1, 1), "=$C:$C"),
        ("=A2:A", Edit("delete", True, 0, 1), "=A1:A"),
        ("=C1", Edit("move", False, 2, 1, 0), "=A1"),
        ("=A1", Edit("move", False, 2, 1, 0), "=B1"),
        ("=SUM(A1:A10)", Edit("move", True, 3, 1, 7), "=SUM(A1:A10)"),
        ("=SUM(A1:A10)", Edit("move", True, 3, 1, 20), "=SUM(A1:A9)"),
        ("=SUM(A1:A10)", Edit("move", True, 20, 2, 5), "=SUM(A1:A12)"),
        ("=SUM(A3:A4)", Edit("move", True, 2, 2, 0), "=SUM(A1:A2)"),
        ("=Other!A5", Edit("delete", True, 0, 2), "=Other!A5"),
    ],
)
def test_references_follow_an_edit_of_their_tab(formula: str, edit: Edit, expected: str) -> None:
    assert edited(formula, "Sheet1", edit, own=True) == expected


def test_references_follow_from_other_tabs_by_title_whatever_its_case() -> None:
    assert edited("='mis roll'!A5", "MIS roll", Edit("insert", True, 0, 1), own=False) == "='mis roll'!A6"


def test_copying_shifts_what_has_no_dollar() -> None:
    assert shifted("=A1+$B2+C$3+$D$4+E5:F+Sheet1!A1", 2, 1) == "=B3+$B4+D$3+$D$4+F7:G+Sheet1!B3"
    assert shifted("=A1", -1, 0) == "=#REF!"


def test_renaming_a_tab_renames_it_in_formulas_quoted_when_it_must_be() -> None:
    assert retitled("=old!A1+'Old'!B:B+\"old!A1\"", "Old", "It's new") == "='It''s new'!A1+'It''s new'!B:B+\"old!A1\""


def test_an_inserted_row_inherits_from_the_side_that_was_asked_for(book: Book) -> None:
    shape = {"cell": {"userEnteredFormat": {"textFormat": {"bold": True}}}, "fields": "userEnteredFormat"}
    book.batch({"repeatCell": {"range": rect(0, 1, 0, 1), **shape}})
    rule = {"condition": {"type": "BOOLEAN"}}
    book.batch({"setDataValidation": {"range": rect(0, 1, 0, 1), "rule": rule}})
    book.batch({"insertDimension": {"range": span("ROWS", 1, 2), "inheritFromBefore": True}})
    book.batch({"insertDimension": {"range": span("ROWS", 3, 4), "inheritFromBefore": False}})
    fields = "sheets.data.rowData.values(userEnteredFormat.textFormat.bold,dataValidation)"
    rows = book.read(fields)["sheets"][0]["data"][0]["rowData"]
    cell = {"userEnteredFormat": {"textFormat": {"bold": True}}, "dataValidation": rule}
    assert rows == [{"values": [cell]}, {"values": [cell]}]


def test_inheriting_before_the_first_row_is_refused(book: Book) -> None:
    request = {"insertDimension": {"range": span("ROWS", 0, 1), "inheritFromBefore": True}}
    assert "inheritFromBefore cannot be true" in book.refused(request)


def test_deleting_rows_that_do_not_exist_is_refused(book: Book) -> None:
    assert book.refused({"deleteDimension": {"range": span("ROWS", 998, 1002)}}) == (
        "Invalid requests[0].deleteDimension: Cannot delete a row that doesn't exist. Tried to delete row "
        "index 1001 but there are only 1000 rows."
    )
    assert "You can't delete all the columns on the sheet." in book.refused(
        {"deleteDimension": {"range": span("COLUMNS", 0, 26)}}
    )


def test_formulas_everywhere_follow_a_moved_column(book: Book) -> None:
    book.batch({"addSheet": {"properties": {"title": "MIS roll"}}})
    book.put("'MIS roll'!A1:C2", [["upn", "name", "year"], ["U1", "Ann", 7]])
    book.type("Sheet1!A1:B1", ["U1", "=INDEX('MIS roll'!C:C,MATCH(A1,'MIS roll'!A:A,0))"])
    assert book.get("Sheet1!B1") == [[7]]
    number = book.sheet(1)["properties"]["sheetId"]
    book.batch({"moveDimension": {"source": span("COLUMNS", 2, 3, number), "destinationIndex": 0}})
    assert book.formulas("Sheet1!B1") == [["=INDEX('MIS roll'!A:A,MATCH(A1,'MIS roll'!B:B,0))"]]
    assert book.get("Sheet1!B1") == [[7]]
    rename = {"properties": {"sheetId": number, "title": "Roll"}, "fields": "title"}
    book.batch({"updateSheetProperties": rename})
    assert book.formulas("Sheet1!B1") == [["=INDEX(Roll!A:A,MATCH(A1,Roll!B:B,0))"]]
    assert book.get("Sheet1!B1") == [[7]]


def metadata(key: str, dimension: str, index: int) -> dict[str, Any]:
    location = {"dimensionRange": span(dimension, index, index + 1)}
    entry = {"metadataKey": key, "location": location, "visibility": "DOCUMENT"}
    return {"createDeveloperMetadata": {"developerMetadata": entry}}


def places(book: Book) -> dict[str, int]:
    """Where each metadata of a row or column is."""
    kinds = [{"developerMetadataLookup": {"locationType": kind}} for kind in ("ROW", "COLUMN")]
    answer = book.call("POST", f"{book.path}/developerMetadata:search", {"dataFilters": kinds})
    items = [item["developerMetadata"] for item in answer.get("matchedDeveloperMetadata", [])]
    return {item["metadataKey"]: item["location"]["dimensionRange"]["startIndex"] for item in items}


def test_metadata_moves_with_its_column_and_is_deleted_with_it(book: Book) -> None:
    book.batch(*(metadata(f"c{at}", "COLUMNS", at) for at in range(4)), metadata("r5", "ROWS", 5))
    book.batch({"insertDimension": {"range": span("COLUMNS", 1, 3)}})
    assert places(book) == {"c0": 0, "c1": 3, "c2": 4, "c3": 5, "r5": 5}
    book.batch({"moveDimension": {"source": span("COLUMNS", 4, 6), "destinationIndex": 1}})
    assert places(book) == {"c0": 0, "c2": 1, "c3": 2, "c1": 5, "r5": 5}
    book.batch(
        {"deleteDimension": {"range": span("COLUMNS", 0, 2)}},
        {"deleteDimension": {"range": span("ROWS", 0, 2)}},
    )
    assert places(book) == {"c3": 0, "c1": 3, "r5": 3}


def test_every_kind_of_range_follows_an_inserted_row(book: Book) -> None:
    area = rect(2, 9, 0, 3)
    condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=$A3>$B$3"}]}
    rule = {"ranges": [area], "booleanRule": {"condition": condition, "format": {}}}
    source = {"sourceRange": {"sources": [area]}}
    chart = {
        "spec": {
            "basicChart": {
                "chartType": "LINE",
                "domains": [{"domain": source}],
                "series": [{"series": source}],
            }
        },
        "position": {"overlayPosition": {"anchorCell": {"sheetId": 0, "rowIndex": 4, "columnIndex": 4}}},
    }
    listed = {"condition": {"type": "ONE_OF_RANGE", "values": [{"userEnteredValue": "=Sheet1!$A$3:$A$9"}]}}
    book.batch(
        {"addNamedRange": {"namedRange": {"name": "n", "range": area}}},
        {"addProtectedRange": {"protectedRange": {"range": area, "warningOnly": True}}},
        {"setBasicFilter": {"filter": {"range": area}}},
        {"addFilterView": {"filter": {"title": "v", "range": area}}},
        {"addConditionalFormatRule": {"rule": rule, "index": 0}},
        {"addBanding": {"bandedRange": {"range": area, "rowProperties": {"headerColor": {"red": 1}}}}},
        {"addChart": {"chart": chart}},
        {"mergeCells": {"range": rect(4, 6, 4, 6), "mergeType": "MERGE_ALL"}},
        {"setDataValidation": {"range": rect(0, 1, 8, 9), "rule": listed}},
        {"insertDimension": {"range": span("ROWS", 0, 1)}},
    )
    moved = rect(3, 10, 0, 3)
    resource = book.read()
    sheet = resource["sheets"][0]
    assert resource["namedRanges"][0]["range"] == moved
    assert sheet["protectedRanges"][0]["range"] == moved
    assert sheet["basicFilter"]["range"] == moved
    assert sheet["filterViews"][0]["range"] == moved
    assert sheet["bandedRanges"][0]["range"] == moved
    assert sheet["merges"] == [rect(5, 7, 4, 6)]
    held = sheet["conditionalFormats"][0]
    assert held["ranges"] == [moved]
    assert held["booleanRule"]["condition"]["values"] == [{"userEnteredValue": "=$A4>$B$4"}]
    drawn = sheet["charts"][0]
    assert drawn["spec"]["basicChart"]["series"][0]["series"]["sourceRange"]["sources"] == [moved]
    assert drawn["position"]["overlayPosition"]["anchorCell"]["rowIndex"] == 5
    rows = book.read("sheets.data.rowData.values.dataValidation.condition.values", ranges="I2")
    (cell,) = rows["sheets"][0]["data"][0]["rowData"][0]["values"]
    assert cell["dataValidation"]["condition"]["values"] == [{"userEnteredValue": "=Sheet1!$A$4:$A$10"}]


def test_filter_criteria_follow_their_column(book: Book) -> None:
    view = {"title": "v", "range": rect(0, 9, 0, 4), "criteria": {"1": {"hiddenValues": ["N"]}}}
    book.batch({"addFilterView": {"filter": view}})
    book.batch({"moveDimension": {"source": span("COLUMNS", 1, 2), "destinationIndex": 4}})
    (held,) = book.sheet()["filterViews"]
    assert held["criteria"] == {"3": {"hiddenValues": ["N"]}}
    assert held["filterSpecs"] == [{"columnIndex": 3, "filterCriteria": {"hiddenValues": ["N"]}}]


def test_what_lay_on_deleted_rows_is_gone(book: Book) -> None:
    area = rect(2, 4, 0, 3)
    book.batch(
        {"addNamedRange": {"namedRange": {"name": "n", "range": area}}},
        {"addProtectedRange": {"protectedRange": {"range": area}}},
        {"deleteDimension": {"range": span("ROWS", 1, 6)}},
    )
    resource = book.read()
    assert "namedRanges" not in resource
    assert "protectedRanges" not in resource["sheets"][0]


def test_frozen_rows_grow_and_shrink(book: Book) -> None:
    grid = {
        "properties": {"sheetId": 0, "gridProperties": {"frozenRowCount": 2}},
        "fields": "gridProperties.frozenRowCount",
    }
    book.batch({"updateSheetProperties": grid}, {"insertDimension": {"range": span("ROWS", 1, 2)}})
    assert book.sheet()["properties"]["gridProperties"]["frozenRowCount"] == 3
    book.batch({"deleteDimension": {"range": span("ROWS", 0, 2)}})
    assert book.sheet()["properties"]["gridProperties"]["frozenRowCount"] == 1


def test_a_moved_row_takes_its_height_and_hiding_along(book: Book) -> None:
    tall = {"range": span("ROWS", 3, 4), "properties": {"pixelSize": 60, "hiddenByUser": True}, "fields": "*"}
    book.batch({"updateDimensionProperties": tall})
    book.batch({"moveDimension": {"source": span("ROWS", 3, 4), "destinationIndex": 1}})
    rows = book.read("sheets.data.rowMetadata", ranges="A1:A4")["sheets"][0]["data"][0]["rowMetadata"]
    plain = {"pixelSize": 21}
    assert rows == [plain, {"pixelSize": 60, "hiddenByUser": True}, plain, plain]


def test_a_range_is_inserted_and_formulas_follow(book: Book) -> None:
    book.type("A1:C3", [1, "b1", "=A2"], [2, "b2", "=SUM(A1:A3)"], [3, "b3", "=B2"])
    book.batch({"insertRange": {"range": rect(1, 3, 0, 1), "shiftDimension": "ROWS"}})
    assert book.formulas("A1:C5") == [
        [1, "b1", "=A4"],
        ["", "b2", "=SUM(A1:A3)"],
        ["", "b3", "=B2"],
        [2],
        [3],
    ]


def test_a_range_is_deleted_and_what_read_it_loses_it(book: Book) -> None:
    book.type("A1:C3", [1, "b1", "=A1"], [2, "b2", "=A2"], [3, "b3", "=A3"])
    book.batch({"deleteRange": {"range": rect(0, 2, 0, 1), "shiftDimension": "ROWS"}})
    assert book.formulas("A1:C3") == [[3, "b1", "=#REF!"], ["", "b2", "=#REF!"], ["", "b3", "=A1"]]
    book.batch({"deleteRange": {"range": rect(0, 1, 0, 1), "shiftDimension": "COLUMNS"}})
    assert book.formulas("A1:C1") == [["b1", "=#REF!"]]


def test_a_formula_that_is_cut_to_another_tab_names_what_it_left_behind(book: Book) -> None:
    book.batch({"addSheet": {"properties": {"title": "Other", "sheetId": 5}}})
    book.type("Sheet1!A1:B1", [4, "=A1+1"])
    place = {"sheetId": 5, "rowIndex": 0, "columnIndex": 0}
    book.batch({"cutPaste": {"source": rect(0, 1, 1, 2), "destination": place}})
    assert book.formulas("Other!A1") == [["=Sheet1!A1+1"]]
    assert book.get("Other!A1") == [[5]]
