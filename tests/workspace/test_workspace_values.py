"""The values collection: reading, writing, appending, clearing."""

from __future__ import annotations

from workspace_kit import Book, Caller


def test_values_come_back_in_the_range_google_writes(book: Book) -> None:
    book.put("A1:B2", [["a", 1], [True, "x"]])
    answer = book.call("GET", f"{book.path}/values/B2:A1")
    assert answer == {
        "range": "Sheet1!A1:B2",
        "majorDimension": "ROWS",
        "values": [["a", "1"], ["TRUE", "x"]],
    }


def test_titles_that_read_as_cells_or_hold_spaces_are_quoted(book: Book) -> None:
    for title in ("D3", "MIS roll", "It's", "Plain_1"):
        book.batch({"addSheet": {"properties": {"title": title}}})
    texts = [
        book.call("GET", f"{book.path}/values/{name}")["range"]
        for name in ("'D3'!A1:D4", "'MIS%20roll'!A1:A2", "'It''s'!A1", "Plain_1!A1:B1")
    ]
    assert texts == ["'D3'!A1:D4", "'MIS roll'!A1:A2", "'It''s'!A1", "Plain_1!A1:B1"]


def test_an_open_range_is_answered_with_the_grids_end(book: Book) -> None:
    assert book.call("GET", f"{book.path}/values/A1:C")["range"] == "Sheet1!A1:C1000"
    assert book.call("GET", f"{book.path}/values/Sheet1")["range"] == "Sheet1!A1:Z1000"


def test_empty_ends_are_left_out_and_empty_middles_are_not(book: Book) -> None:
    book.put("A1", [["a"]])
    book.put("C3", [["c"]])
    assert book.get("A1:E9") == [["a"], [], ["", "", "c"]]


def test_a_range_with_nothing_has_no_values_member(book: Book) -> None:
    assert book.call("GET", f"{book.path}/values/A1:B2") == {
        "range": "Sheet1!A1:B2",
        "majorDimension": "ROWS",
    }


def test_columns_first_reads_and_writes_turned(book: Book) -> None:
    body = {"majorDimension": "COLUMNS", "values": [[1, 2, 3], [4]]}
    answer = book.call("PUT", f"{book.path}/values/A1:B3?valueInputOption=RAW", body)
    assert (answer["updatedRows"], answer["updatedColumns"], answer["updatedRange"]) == (3, 2, "Sheet1!A1:B3")
    assert book.get("A1:B3", majorDimension="COLUMNS") == [[1, 2, 3], [4]]


def test_null_leaves_a_cell_alone_and_empty_text_clears_it(book: Book) -> None:
    book.put("A1:C1", [["a", "b", "c"]])
    answer = book.put("A1:C1", [[None, "", "z"]])
    assert answer["updatedCells"] == 2
    assert book.get("A1:C1") == [["a", "", "z"]]


def test_a_short_write_answers_the_cells_it_covered(book: Book) -> None:
    assert book.put("A1:B2", [["only"]])["updatedRange"] == "Sheet1!A1"
    assert book.put("A1:B2", [["one", "row"]])["updatedRange"] == "Sheet1!A1:B1"


def test_one_cell_is_a_place_to_start_from(book: Book) -> None:
    assert book.put("B2", [[1, 2], [3, 4]])["updatedRange"] == "Sheet1!B2:C3"


def test_a_range_whose_end_is_past_the_grid_is_written_while_the_data_fits(book: Book) -> None:
    """pygsheets asks for one row and one column too many, always."""
    assert book.put("Y999:AB1002", [[1]])["updatedRange"] == "Sheet1!Y999"


def test_raw_text_stays_text_and_typed_text_is_typed(book: Book) -> None:
    book.put("A1:C1", [["=1+1", "01/02/2020", "TRUE"]])
    book.type("A2:C2", ["=1+1", "01/02/2020", "TRUE"])
    assert book.get("A1:C2") == [["=1+1", "01/02/2020", "TRUE"], [2, 43862, True]]
    assert book.formulas("A1:C2") == [["=1+1", "01/02/2020", "TRUE"], ["=1+1", 43862, True]]


def test_dates_read_as_serial_numbers_or_as_shown(book: Book) -> None:
    book.type("A1:B1", ["01/02/2020", "9:30"])
    assert book.get("A1:B1") == [[43862, 0.3958333333333333]]
    assert book.get("A1:B1", dateTimeRenderOption="FORMATTED_STRING") == [["01/02/2020", "9:30"]]


def test_append_goes_below_the_table_that_the_range_touches(book: Book) -> None:
    book.put("C1:E1", [["h1", "h2", "h3"]])
    answer = book.call("POST", f"{book.path}/values/Sheet1:append?valueInputOption=RAW", {"values": [[1, 2, 3]]})
    assert answer == {
        "spreadsheetId": book.id,
        "tableRange": "Sheet1!C1:E1",
        "updates": {
            "spreadsheetId": book.id,
            "updatedRange": "Sheet1!C2:E2",
            "updatedRows": 1,
            "updatedColumns": 3,
            "updatedCells": 3,
        },
    }


def test_append_to_nothing_has_no_table_and_starts_at_the_range(book: Book) -> None:
    answer = book.call("POST", f"{book.path}/values/B3:append?valueInputOption=RAW", {"values": [["x"]]})
    assert "tableRange" not in answer
    assert answer["updates"]["updatedRange"] == "Sheet1!B3"


def test_append_with_insert_rows_pushes_down_what_is_below(book: Book) -> None:
    book.put("A1:A4", [["h"], ["a"], [""], ["below"]])
    url = f"{book.path}/values/A1:A2:append?valueInputOption=RAW&insertDataOption=INSERT_ROWS"
    book.call("POST", url, {"values": [["b"], ["c"]]})
    assert book.get("A1:A9") == [["h"], ["a"], ["b"], ["c"], [], ["below"]]


def test_append_grows_the_grid(call: Caller) -> None:
    small = Book(call, sheets=[{"properties": {"gridProperties": {"rowCount": 1, "columnCount": 1}}}])
    small.put("A1", [["h"]])
    url = f"{small.path}/values/A1:append?valueInputOption=RAW"
    small.call("POST", url, {"values": [[1, 2], [3, 4]]})
    assert small.sheet()["properties"]["gridProperties"] == {"rowCount": 3, "columnCount": 2}


def test_clear_leaves_formats(book: Book) -> None:
    book.type("A1", ["01/02/2020"])
    answer = book.call("POST", f"{book.path}/values/A1:B2:clear", {})
    assert answer == {"spreadsheetId": book.id, "clearedRange": "Sheet1!A1:B2"}
    data = book.read("sheets.data.rowData.values(userEnteredValue,userEnteredFormat)")
    (cell,) = data["sheets"][0]["data"][0]["rowData"][0]["values"]
    assert cell == {"userEnteredFormat": {"numberFormat": {"type": "DATE", "pattern": "dd/mm/yyyy"}}}


def test_batches_of_values(book: Book) -> None:
    body = {
        "valueInputOption": "RAW",
        "data": [{"range": "A1:B1", "values": [[1, 2]]}, {"range": "D4", "values": [["x"]]}],
        "includeValuesInResponse": True,
    }
    answer = book.call("POST", f"{book.path}/values:batchUpdate", body)
    assert [answer[f"totalUpdated{what}"] for what in ("Rows", "Columns", "Cells", "Sheets")] == [2, 3, 3, 1]
    assert answer["responses"][0]["updatedData"]["values"] == [["1", "2"]]
    found = book.call("GET", f"{book.path}/values:batchGet?ranges=A1&ranges=D4:E5")
    assert [item["range"] for item in found["valueRanges"]] == ["Sheet1!A1", "Sheet1!D4:E5"]
    cleared = book.call("POST", f"{book.path}/values:batchClear", {"ranges": ["A1:B1", "D4"]})
    assert cleared["clearedRanges"] == ["Sheet1!A1:B1", "Sheet1!D4"]


def test_data_filters_find_columns_by_their_metadata_wherever_they_moved(book: Book) -> None:
    book.put("A1:C2", [["upn", "name", "note"], [1, 2, 3]])
    location = {"dimensionRange": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 2, "endIndex": 3}}
    entry = {"metadataKey": "column", "metadataValue": "note", "location": location, "visibility": "DOCUMENT"}
    book.batch({"createDeveloperMetadata": {"developerMetadata": entry}})
    move = {"source": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 2, "endIndex": 3}}
    book.batch({"moveDimension": {**move, "destinationIndex": 0}})
    lookup = {"developerMetadataLookup": {"metadataKey": "column", "metadataValue": "note"}}
    found = book.call("POST", f"{book.path}/values:batchGetByDataFilter", {"dataFilters": [lookup]})
    assert found["valueRanges"][0]["valueRange"]["values"] == [["note"], ["3"]]
    body = {"valueInputOption": "RAW", "data": [{"dataFilter": lookup, "values": [["Note"]]}]}
    book.call("POST", f"{book.path}/values:batchUpdateByDataFilter", body)
    assert book.get("A1:C1") == [["Note", "upn", "name"]]
    book.call("POST", f"{book.path}/values:batchClearByDataFilter", {"dataFilters": [lookup]})
    assert book.get("A1:C2") == [["", "upn", "name"], ["", 1, 2]]


def test_a_named_range_reads_as_its_cells(book: Book) -> None:
    book.put("B1:C3", [[1, 2], [3, 4], [5, 6]])
    named = {
        "name": "terms",
        "range": {"startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 1, "endColumnIndex": 3},
    }
    book.batch({"addNamedRange": {"namedRange": named}})
    assert book.call("GET", f"{book.path}/values/terms")["range"] == "Sheet1!B1:C3"


def test_the_body_of_an_update_may_name_its_range_in_other_words_but_no_other_range(book: Book) -> None:
    path = f"{book.path}/values/Sheet1!A1:B2?valueInputOption=RAW"
    book.call("PUT", path, {"range": "'Sheet1'!B2:A1", "values": [[1, 2]]})
    assert book.get("A1:B1") == [[1, 2]]
    error = book.call.refused("PUT", path, {"range": "Sheet1!A1:B3", "values": [[1]]})
    assert error["message"].startswith("Requested writing within range [Sheet1!A1:B2]")
