"""spreadsheets.create and sheets.copyTo."""

from __future__ import annotations

from typing import Any

from workspace_kit import Book, Caller, rect

RED = {"red": 1}


def text(*values: str) -> dict[str, Any]:
    return {"values": [{"userEnteredValue": {"stringValue": value}} for value in values]}


def test_a_new_spreadsheet_looks_like_googles(call: Caller) -> None:
    made = call("POST", "/v4/spreadsheets", {})
    assert made["properties"]["title"] == "Untitled spreadsheet"
    assert (made["properties"]["locale"], made["properties"]["timeZone"]) == ("en_US", "Etc/GMT")
    assert len(made["properties"]["spreadsheetTheme"]["themeColors"]) == 9
    assert [sheet["properties"] for sheet in made["sheets"]] == [
        {
            "sheetId": 0,
            "title": "Sheet1",
            "index": 0,
            "sheetType": "GRID",
            "gridProperties": {"rowCount": 1000, "columnCount": 26},
        }
    ]
    assert len(made["spreadsheetId"]) == 44


def test_a_spreadsheet_can_be_made_whole_in_one_call(call: Caller) -> None:
    tab = {
        "properties": {
            "sheetId": 4,
            "title": "T",
            "gridProperties": {"rowCount": 5, "columnCount": 3, "frozenRowCount": 1},
        },
        "data": [
            {
                "rowData": [
                    text("upn", "name"),
                    {"values": [{"userEnteredValue": {"formulaValue": "=1+1"}}]},
                ],
                "columnMetadata": [
                    {
                        "pixelSize": 50,
                        "developerMetadata": [{"metadataKey": "c", "metadataValue": "upn", "visibility": "DOCUMENT"}],
                    }
                ],
            }
        ],
        "protectedRanges": [{"range": {"sheetId": 4}, "warningOnly": True}],
        "merges": [rect(3, 4, 0, 2, 4)],
        "bandedRanges": [{"range": rect(0, 5, 0, 3, 4), "rowProperties": {"headerColor": RED}}],
    }
    named = {"name": "n", "namedRangeId": "n1", "range": rect(0, 1, 0, 1, 4)}
    entry = {"metadataKey": "schema", "metadataValue": "1", "visibility": "DOCUMENT"}
    book = Book(call, properties={"title": "W"}, sheets=[tab], namedRanges=[named], developerMetadata=[entry])
    assert book.get("T!A1:B2") == [["upn", "name"], [2]]
    held = book.sheet()
    assert held["merges"] == tab["merges"]
    assert held["protectedRanges"][0]["warningOnly"] is True
    assert book.resource["developerMetadata"][0]["location"] == {
        "locationType": "SPREADSHEET",
        "spreadsheet": True,
    }
    columns = book.read("sheets.data.columnMetadata(pixelSize,developerMetadata.metadataValue)")
    first = columns["sheets"][0]["data"][0]["columnMetadata"][0]
    assert first == {"pixelSize": 50, "developerMetadata": [{"metadataValue": "upn"}]}


def test_a_tab_is_copied_to_another_spreadsheet(book: Book, call: Caller) -> None:
    other = Book(call)
    book.type("A1:B1", [1, "=A1+1"])
    answer = call("POST", f"{book.path}/sheets/0:copyTo", {"destinationSpreadsheetId": other.id})
    assert answer["title"] == "Copy of Sheet1"
    assert other.formulas("'Copy of Sheet1'!A1:B1") == [[1, "=A1+1"]]


def test_a_default_format_and_a_theme_are_kept_as_they_were_given(call: Caller) -> None:
    red = {"red": 1}
    theme = {
        "primaryFontFamily": "Lexend",
        "themeColors": [{"colorType": "ACCENT1", "color": {"rgbColor": red}}],
    }
    book = Book(call, properties={"title": "x", "spreadsheetTheme": theme})
    assert book.read("properties.spreadsheetTheme")["properties"]["spreadsheetTheme"] == theme
    change = {"properties": {"defaultFormat": {"backgroundColor": red}}, "fields": "defaultFormat.backgroundColor"}
    book.batch({"updateSpreadsheetProperties": change})
    found = book.read("properties(defaultFormat,spreadsheetTheme)")["properties"]
    assert found["defaultFormat"]["backgroundColorStyle"] == {"rgbColor": red}
    assert found["spreadsheetTheme"] == theme
