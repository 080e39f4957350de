"""Every kind of batchUpdate request: carried out with the reply the document names, or refused and said so in docs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from googleapiclient import discovery_cache
from workspace_kit import Book, rect, span

from local_workspace.sheets.batch import KINDS

DOCUMENT = json.loads(str(discovery_cache.get_static_doc("sheets", "v4")))["schemas"]
DOCS = Path(__file__).parents[2] / "docs" / "local-workspace.md"

WHITE = {"red": 1, "green": 1, "blue": 1}
ANCHOR = {"overlayPosition": {"anchorCell": {"sheetId": 0, "rowIndex": 5, "columnIndex": 5}}}
CHART = {
    "chartId": 40,
    "position": ANCHOR,
    "spec": {
        "title": "Needs",
        "basicChart": {
            "chartType": "COLUMN",
            "domains": [{"domain": {"sourceRange": {"sources": [rect(0, 3, 0, 1)]}}}],
            "series": [{"series": {"sourceRange": {"sources": [rect(0, 3, 1, 2)]}}}],
        },
    },
}
SLICER = {"slicerId": 41, "position": ANCHOR, "spec": {"dataRange": rect(0, 3, 0, 2), "title": "Need"}}
RULE = {
    "ranges": [rect(0, 3, 1, 2)],
    "booleanRule": {
        "condition": {"type": "NUMBER_GREATER", "values": [{"userEnteredValue": "1"}]},
        "format": {"backgroundColor": {"red": 1}},
    },
}
SCALE = {
    "ranges": [rect(0, 3, 1, 2)],
    "gradientRule": {"minpoint": {"color": WHITE, "type": "MIN"}, "maxpoint": {"color": {"red": 1}, "type": "MAX"}},
}
TAG = {"metadataId": 42, "metadataKey": "k", "location": {"sheetId": 0}, "visibility": "DOCUMENT"}
ONE_TAG = [{"developerMetadataLookup": {"metadataId": 42}}]
ROWS_1_3 = span("ROWS", 1, 3)
CELL = {"userEnteredValue": {"stringValue": "new"}}

BEFORE: dict[str, list[dict[str, Any]]] = {
    "deleteSheet": [{"addSheet": {"properties": {"sheetId": 9}}}],
    "updateNamedRange": [
        {"addNamedRange": {"namedRange": {"namedRangeId": "n", "name": "N", "range": rect(0, 1, 0, 1)}}}
    ],
    "updateProtectedRange": [
        {"addProtectedRange": {"protectedRange": {"protectedRangeId": 43, "range": rect(0, 1, 0, 1)}}}
    ],
    "updateFilterView": [{"addFilterView": {"filter": {"filterViewId": 44, "title": "F", "range": rect(0, 3, 0, 2)}}}],
    "clearBasicFilter": [{"setBasicFilter": {"filter": {"range": rect(0, 3, 0, 2)}}}],
    "updateConditionalFormatRule": [{"addConditionalFormatRule": {"rule": RULE, "index": 0}}],
    "updateBanding": [
        {
            "addBanding": {
                "bandedRange": {
                    "bandedRangeId": 45,
                    "range": rect(0, 3, 0, 2),
                    "rowProperties": {"firstBandColor": WHITE, "secondBandColor": {"red": 1}},
                }
            }
        }
    ],
    "updateChartSpec": [{"addChart": {"chart": CHART}}],
    "updateSlicerSpec": [{"addSlicer": {"slicer": SLICER}}],
    "updateDeveloperMetadata": [{"createDeveloperMetadata": {"developerMetadata": TAG}}],
    "updateDimensionGroup": [{"addDimensionGroup": {"range": ROWS_1_3}}],
    "unmergeCells": [{"mergeCells": {"range": rect(0, 2, 0, 2)}}],
}
for _like, _others in {
    "updateNamedRange": ["deleteNamedRange"],
    "updateProtectedRange": ["deleteProtectedRange"],
    "updateFilterView": ["deleteFilterView", "duplicateFilterView"],
    "updateConditionalFormatRule": ["deleteConditionalFormatRule"],
    "updateBanding": ["deleteBanding"],
    "updateChartSpec": ["updateEmbeddedObjectPosition", "updateEmbeddedObjectBorder", "deleteEmbeddedObject"],
    "updateDeveloperMetadata": ["deleteDeveloperMetadata"],
    "updateDimensionGroup": ["deleteDimensionGroup"],
}.items():
    BEFORE |= dict.fromkeys(_others, BEFORE[_like])

REQUESTS: dict[str, dict[str, Any]] = {
    "addBanding": BEFORE["updateBanding"][0]["addBanding"],
    "addChart": {"chart": CHART},
    "addConditionalFormatRule": {"rule": SCALE, "index": 0},
    "addDimensionGroup": {"range": ROWS_1_3},
    "addFilterView": {"filter": {"title": "F", "range": rect(0, 3, 0, 2)}},
    "addNamedRange": {"namedRange": {"name": "N", "range": rect(0, 1, 0, 1)}},
    "addProtectedRange": {"protectedRange": {"range": rect(0, 1, 0, 1), "warningOnly": True}},
    "addSheet": {"properties": {"title": "More"}},
    "addSlicer": {"slicer": SLICER},
    "appendCells": {"sheetId": 0, "rows": [{"values": [CELL]}], "fields": "userEnteredValue"},
    "appendDimension": {"sheetId": 0, "dimension": "COLUMNS", "length": 1},
    "autoFill": {"sourceAndDestination": {"source": rect(0, 2, 1, 2), "dimension": "ROWS", "fillLength": 2}},
    "autoResizeDimensions": {"dimensions": span("COLUMNS", 0, 1)},
    "clearBasicFilter": {"sheetId": 0},
    "copyPaste": {"source": rect(0, 1, 0, 2), "destination": rect(8, 9, 0, 2)},
    "createDeveloperMetadata": {"developerMetadata": TAG},
    "cutPaste": {"source": rect(0, 1, 0, 2), "destination": {"sheetId": 0, "rowIndex": 8}},
    "deleteBanding": {"bandedRangeId": 45},
    "deleteConditionalFormatRule": {"sheetId": 0, "index": 0},
    "deleteDeveloperMetadata": {"dataFilter": ONE_TAG[0]},
    "deleteDimension": {"range": ROWS_1_3},
    "deleteDimensionGroup": {"range": ROWS_1_3},
    "deleteDuplicates": {"range": rect(0, 4, 0, 2)},
    "deleteEmbeddedObject": {"objectId": 40},
    "deleteFilterView": {"filterId": 44},
    "deleteNamedRange": {"namedRangeId": "n"},
    "deleteProtectedRange": {"protectedRangeId": 43},
    "deleteRange": {"range": rect(0, 1, 0, 1), "shiftDimension": "ROWS"},
    "deleteSheet": {"sheetId": 9},
    "duplicateFilterView": {"filterId": 44},
    "duplicateSheet": {"sourceSheetId": 0, "newSheetName": "Twin"},
    "findReplace": {"find": "b", "replacement": "c", "allSheets": True},
    "insertDimension": {"range": ROWS_1_3},
    "insertRange": {"range": rect(0, 1, 0, 1), "shiftDimension": "COLUMNS"},
    "mergeCells": {"range": rect(0, 2, 0, 2), "mergeType": "MERGE_ROWS"},
    "moveDimension": {"source": ROWS_1_3, "destinationIndex": 0},
    "pasteData": {"coordinate": {"sheetId": 0, "rowIndex": 8}, "data": "a,b", "delimiter": ","},
    "randomizeRange": {"range": rect(0, 4, 0, 2)},
    "repeatCell": {"range": rect(0, 2, 3, 5), "cell": CELL, "fields": "userEnteredValue"},
    "setBasicFilter": {"filter": {"range": rect(0, 3, 0, 2), "sortSpecs": [{"sortOrder": "DESCENDING"}]}},
    "setDataValidation": {"range": rect(0, 2, 0, 1), "rule": {"condition": {"type": "BOOLEAN"}}},
    "sortRange": {"range": rect(0, 4, 0, 2), "sortSpecs": [{"dimensionIndex": 1, "sortOrder": "DESCENDING"}]},
    "textToColumns": {"source": rect(4, 5, 0, 1), "delimiterType": "COMMA"},
    "trimWhitespace": {"range": rect(0, 5, 0, 2)},
    "unmergeCells": {"range": rect(0, 2, 0, 2)},
    "updateBanding": {
        "bandedRange": {"bandedRangeId": 45, "rowProperties": {"secondBandColor": WHITE}},
        "fields": "rowProperties.secondBandColor",
    },
    "updateBorders": {"range": rect(0, 2, 0, 2), "top": {"style": "SOLID", "color": {"red": 1}}},
    "updateCells": {"start": {"sheetId": 0}, "rows": [{"values": [CELL]}], "fields": "*"},
    "updateChartSpec": {"chartId": 40, "spec": {**CHART["spec"], "title": "Other"}},  # type: ignore[dict-item]
    "updateConditionalFormatRule": {"sheetId": 0, "index": 0, "rule": SCALE},
    "updateDeveloperMetadata": {
        "dataFilters": ONE_TAG,
        "developerMetadata": {"metadataValue": "v"},
        "fields": "metadataValue",
    },
    "updateDimensionGroup": {"dimensionGroup": {"range": ROWS_1_3, "depth": 1, "collapsed": True}, "fields": "*"},
    "updateDimensionProperties": {"range": ROWS_1_3, "properties": {"pixelSize": 40}, "fields": "pixelSize"},
    "updateEmbeddedObjectBorder": {"objectId": 40, "border": {"color": {"red": 1}}, "fields": "color"},
    "updateEmbeddedObjectPosition": {
        "objectId": 40,
        "newPosition": {"overlayPosition": {"offsetXPixels": 7}},
        "fields": "offsetXPixels",
    },
    "updateFilterView": {"filter": {"filterViewId": 44, "title": "G"}, "fields": "title"},
    "updateNamedRange": {"namedRange": {"namedRangeId": "n", "name": "M"}, "fields": "name"},
    "updateProtectedRange": {"protectedRange": {"protectedRangeId": 43, "description": "d"}, "fields": "description"},
    "updateSheetProperties": {"properties": {"sheetId": 0, "title": "Renamed"}, "fields": "title"},
    "updateSlicerSpec": {"slicerId": 41, "spec": {"title": "Other"}, "fields": "title"},
    "updateSpreadsheetProperties": {"properties": {"locale": "en_US"}, "fields": "locale"},
}

LISTS = ("bandedRanges", "charts", "slicers", "conditionalFormats", "filterViews", "protectedRanges", "merges")


def everything(book: Book) -> dict[str, Any]:
    return book.read(includeGridData="true")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_is_carried_out_with_the_reply_that_the_document_names(book: Book, kind: str) -> None:
    book.type("A1:B5", ["a", 1], ["b", 2], ["a", 1], [" c ", 3], ["d,e", ""])
    if BEFORE.get(kind):
        book.batch(*BEFORE[kind])
    before = everything(book)
    (reply,) = book.batch({kind: REQUESTS[kind]})
    assert everything(book) != before or kind == "randomizeRange"  # five rows may fall as they lay
    named = DOCUMENT["Response"]["properties"].get(kind)
    if kind in {"deleteConditionalFormatRule", "updateConditionalFormatRule"} or named:
        assert list(reply) == [kind]
    else:
        assert reply == {}


@pytest.mark.parametrize("kind", sorted(set(DOCUMENT["Request"]["properties"]) - set(KINDS)))
def test_each_other_kind_is_refused_by_name_and_listed_in_the_docs(book: Book, kind: str) -> None:
    before = everything(book)
    assert book.refused({kind: {}}) == (
        f"Invalid requests[0].{kind}: The local workspace does not carry out this kind of request. "
        "See docs/local-workspace.md for what it does."
    )
    assert everything(book) == before
    assert re.search(rf"`{kind}`", DOCS.read_text(encoding="utf-8"))


def test_a_chart_gets_a_border_and_loses_it(book: Book) -> None:
    book.batch({"addChart": {"chart": CHART}}, {"addSlicer": {"slicer": SLICER}})
    border = {"objectId": 40, "border": {"color": {"red": 1}}, "fields": "color"}
    book.batch({"updateEmbeddedObjectBorder": border})
    assert book.sheet()["charts"][0]["border"] == {"color": {"red": 1}, "colorStyle": {"rgbColor": {"red": 1}}}
    book.batch({"updateEmbeddedObjectBorder": {"objectId": 40, "fields": "*"}})
    assert "border" not in book.sheet()["charts"][0]
    refusal = book.refused({"updateEmbeddedObjectBorder": {**border, "objectId": 41}})
    assert refusal == "Invalid requests[0].updateEmbeddedObjectBorder: No chart with id: 41"


def test_a_chart_moves_and_keeps_what_was_not_named(book: Book) -> None:
    book.batch({"addChart": {"chart": CHART}})
    move = REQUESTS["updateEmbeddedObjectPosition"]
    (reply,) = book.batch({"updateEmbeddedObjectPosition": move})
    there = {
        "anchorCell": {"sheetId": 0, "rowIndex": 5, "columnIndex": 5},
        "offsetXPixels": 7,
        "widthPixels": 600,
        "heightPixels": 371,
    }
    assert reply == {"updateEmbeddedObjectPosition": {"position": {"overlayPosition": there}}}
    assert book.sheet()["charts"][0]["position"] == {"overlayPosition": there}


def test_a_slicer_is_changed_by_its_mask(book: Book) -> None:
    book.batch({"addSlicer": {"slicer": SLICER}}, {"updateSlicerSpec": REQUESTS["updateSlicerSpec"]})
    assert book.sheet()["slicers"][0]["spec"] == {"dataRange": rect(0, 3, 0, 2), "title": "Other"}
    book.batch({"deleteEmbeddedObject": {"objectId": 41}})
    assert "slicers" not in book.sheet()


def test_banding_is_changed_by_its_mask(book: Book) -> None:
    book.batch(*BEFORE["updateBanding"], {"updateBanding": REQUESTS["updateBanding"]})
    (banded,) = book.sheet()["bandedRanges"]
    assert banded["rowProperties"]["firstBandColor"] == banded["rowProperties"]["secondBandColor"] == WHITE


def test_a_shuffle_keeps_the_rows_whole(book: Book) -> None:
    rows = [[number, number * 10] for number in range(40)]
    book.put("A1:B40", rows)
    book.batch({"randomizeRange": {"range": rect(0, 40, 0, 2)}})
    shuffled = book.get("A1:B40")
    assert sorted(shuffled) == rows
    assert shuffled != rows


HTML_TABLE = """
<meta charset="utf-8"><table><thead><tr><th>UPN</th><th colspan="2">Need &amp; hours</th></tr></thead>
<tr><td rowspan=2><b>H8</b></td><td>SL<i>CN</i></td><td> 1,5
 h </td></tr><tr><td>=1+1</td><td>01/02/2020<br>two</td></tr></table>
<p>between</p><table><tr><td>below<table><tr><td>inner</td></tr></table></td></tr></table>
"""


def test_a_table_of_html_is_pasted_with_its_spans_and_bold_cells(book: Book) -> None:
    paste = {"coordinate": {"sheetId": 0, "rowIndex": 1, "columnIndex": 1}, "html": True, "data": HTML_TABLE}
    book.batch({"pasteData": paste})
    assert book.formulas("B2:D5") == [
        ["UPN", "Need & hours"],
        ["H8", "SLCN", "1,5 h"],
        ["", "=1+1", "01/02/2020\ntwo"],
        ["belowinner"],
    ]
    assert book.sheet()["merges"] == [rect(1, 2, 2, 4), rect(2, 4, 1, 2)]
    rows = book.read("sheets.data.rowData.values.userEnteredFormat.textFormat", ranges="Sheet1!B2:C3")
    bold = {"userEnteredFormat": {"textFormat": {"bold": True}}}
    values = [row.get("values", []) for row in rows["sheets"][0]["data"][0]["rowData"]]
    assert values[0] == [bold, bold]
    assert values[1][0] == bold


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("<p>one</p><div>two <b>and</b><br>three</div>", [["one"], ["two and"], ["three"]]),
        ("just words", [["just words"]]),
        ("<ul><li>a<li>2</ul><script>x()</script>", [["a"], [2]]),
        ("  ", []),
        ("", []),
        ("<table></table>", []),
        ('<table><tr><td colspan="x">a</td><td rowspan="-1">b</td></tr></table>', [["a", "b"]]),
    ],
)
def test_html_without_a_table_is_pasted_line_by_line(book: Book, data: str, expected: list[Any]) -> None:
    book.batch({"pasteData": {"coordinate": {"sheetId": 0}, "html": True, "data": data}})
    assert book.get("A1:D9") == expected


def test_only_the_values_of_html_can_be_pasted(book: Book) -> None:
    paste = {"coordinate": {"sheetId": 0}, "html": True, "data": HTML_TABLE, "type": "PASTE_VALUES"}
    book.batch({"pasteData": paste})
    assert "merges" not in book.sheet()
    assert book.get("A1") == [["UPN"]]


def test_html_that_reaches_beyond_the_grid_is_refused(book: Book) -> None:
    wide = '<table><tr><td colspan="30">x</td></tr></table>'
    refusal = book.refused({"pasteData": {"coordinate": {"sheetId": 0}, "html": True, "data": wide}})
    assert refusal == "Invalid requests[0].pasteData: The destination of the paste is outside of the grid."
