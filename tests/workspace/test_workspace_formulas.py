"""Formulas are computed, and their results are what Sheets shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from workspace_kit import NOON, Book, rect, span

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("=1+1", 2),
        ('=UPPER("zo\u00eb")', "ZO\u00cb"),
        ('=LOWER("\u00c9LAN")', "\u00e9lan"),
        ("=UPPER(1/0)", "#DIV/0!"),
        ("=UPPER(A9)", ""),
        ('=IFERROR(UPPER(NA()),"none")', "none"),
        ('=VALUE("1,234.5")', 1234.5),
        ('=VALUE("x")', "#VALUE!"),
        ('=VALUE("50%")', 0.5),
        ('=YEAR("2026-01-02")', 2026),
        ('=MONTH("2/1/2026")', 1),
        ("=DAY(DATE(2026,1,2))", 2),
        ('=INDEX(SPLIT("a,b;3",",;"),1,3)', 3),
        ('=COUNTA(SPLIT("a,,b",","))', 2),
        ('=COUNTA(SPLIT("a,,b",",",TRUE,FALSE))', 3),
        ('=INDEX(SPLIT("a, b",", ",FALSE),1,2)', "b"),
        ("=TO_DATE(45000)", 45000),
        ('=TO_TEXT(5)&"x"', "5x"),
        ('=REGEXEXTRACT("a","b")', "#N/A"),
        ('="a"&1', "a1"),
        ("=1/0", "#DIV/0!"),
        ("=NA()", "#N/A"),
        ("=NOSUCH(1)", "#NAME?"),
        ("=Nowhere!A1", "#REF!"),
        ('="a"+1', "#VALUE!"),
        ("=SUM(", "#ERROR!"),
        ("=COUNTUNIQUE(A1:A4)", 3),
        ('=JOIN("-",A1:A3)', "1-2-2"),
        ('=REGEXMATCH("SEN support","SEN")', True),
        ('=REGEXEXTRACT("Year 7b","[0-9]+")', "7"),
        ('=REGEXREPLACE("a1b2","[0-9]","#")', "a#b#"),
        ("=SPARKLINE(A1:A3)", ""),
        ('=ISEMAIL("a@b.example")', True),
        ("=SUM(A:A)", 5),
        ("=COUNTA(A1:A)", 4),
        ("=ROWS(A:A)", 1000),
        ("=INDEX(A:A,500)", ""),
        ("=IF(FALSE,1,A9)", ""),
        ("=A9", ""),
        ("=A9+1", 1),
        ("=XLOOKUP(2,A:A,B:B)", "b"),
        ('=COUNTIFS(A:A,">=2",B:B,"b")', 1),
        ("=nums", 1),
        ("=SUM(NUMS)", 5),
        ('=HYPERLINK("https://x.example","label")', "label"),
        ("=SUMPRODUCT((A1:A3=2)*1)", 2),
        ("=DATE(2020,2,1)", 43862),
        ("=E20", "#REF!"),
    ],
)
def test_what_a_formula_comes_to(book: Book, formula: str, expected: Any) -> None:
    book.put("A1:B4", [[1, "a"], [2, "b"], [2, "c"], ["x", "d"]])
    book.batch({"addNamedRange": {"namedRange": {"name": "nums", "range": rect(0, 3, 0, 1)}}})
    target = "E20" if formula == "=E20" else "E1"
    book.type(target, [formula])
    got = book.get(target)
    assert (got[0][0] if got else "") == expected


def test_errors_are_typed_values(book: Book) -> None:
    book.type("A1", ["=1/0"])
    data = book.read("sheets.data.rowData.values(effectiveValue,formattedValue,userEnteredValue)")
    (cell,) = data["sheets"][0]["data"][0]["rowData"][0]["values"]
    assert cell == {
        "userEnteredValue": {"formulaValue": "=1/0"},
        "effectiveValue": {
            "errorValue": {"type": "DIVIDE_BY_ZERO", "message": "Function DIVIDE parameter 2 cannot be zero."}
        },
        "formattedValue": "#DIV/0!",
    }


def test_one_that_becomes_true_is_no_number_any_more(book: Book) -> None:
    book.type("B2", ["=IF($A$1, TRUE, 1)"])
    seen = []
    for given in (False, True, False):
        book.put("A1", [[given]])
        data = book.read("sheets.data.rowData.values.effectiveValue", ranges="B2")
        seen.append(data["sheets"][0]["data"][0]["rowData"][0]["values"][0]["effectiveValue"])
    assert seen == [{"numberValue": 1}, {"boolValue": True}, {"numberValue": 1}]
    assert [type(next(iter(each.values()))) for each in seen] == [int, bool, int]


def test_an_array_fills_the_cells_below(book: Book) -> None:
    book.put("A1:A4", [["b"], ["a"], ["b"], ["c"]])
    book.type("C1", ["=UNIQUE(A1:A4)"])
    assert book.get("C1:C9") == [["b"], ["a"], ["c"]]
    book.put("C2", [["in the way"]])
    assert book.get("C1:C9") == [["#REF!"], ["in the way"]]
    book.put("A4", [["d"]])
    assert book.get("C1:C9") == [["#REF!"], ["in the way"]]
    book.put("C2", [[""]])
    assert book.get("C1:C9") == [["b"], ["a"], ["d"]]
    book.put("A5:A6", [["e"], ["f"]])
    book.type("C1", ["=UNIQUE(A1:A6)"])
    assert book.get("C1:C9") == [["b"], ["a"], ["d"], ["e"], ["f"]]
    book.type("C1", ["=A1"])
    assert book.get("C1:C9") == [["b"]]


def test_a_date_that_is_computed_shows_as_a_date(book: Book) -> None:
    book.type("A1", ["=TODAY()"])
    assert book.shown("A1") == [["23/11/2026"]]
    assert book.get("A1") == [[46349]]


def test_today_follows_the_clock(ws: LocalWorkspace, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    book.type("A1:B1", ["=TODAY()", "=NOW()"])
    assert book.get("A1:B1") == [[46349, 46349.5]]
    monkeypatch.setattr(ws, "clock", lambda: NOON.replace(day=24, hour=18))
    assert book.get("A1:B1") == [[46350, 46350.75]]


def test_a_look_up_says_the_same_in_every_row_and_survives_a_sort(book: Book) -> None:
    """The look-up of the design page: it names no row of its own."""
    book.batch({"addSheet": {"properties": {"title": "MIS roll", "sheetId": 3}}})
    book.put("'MIS roll'!A1:C4", [["upn", "name", "year"], ["U1", "Ann", 7], ["U2", "Bo", ""], ["U3", "Cy", 9]])
    look_up = "=IFNA(INDEX('MIS roll'!$C$1:$C$2000, MATCH(INDEX($A:$A, ROW()), 'MIS roll'!$A$1:$A$2000, 0)), \"\")"
    book.type("Sheet1!A1:B4", ["U3", look_up], ["U1", look_up], ["U2", look_up], ["U9", look_up])
    assert book.get("Sheet1!A1:B4") == [["U3", 9], ["U1", 7], ["U2"], ["U9"]]
    book.batch({"sortRange": {"range": rect(0, 4, 0, 2), "sortSpecs": [{"dimensionIndex": 0}]}})
    assert book.get("Sheet1!A1:B4") == [["U1", 7], ["U2"], ["U3", 9], ["U9"]]
    assert {row[0] for row in book.formulas("Sheet1!B1:B4")} == {look_up}
    book.batch({"insertDimension": {"range": span("COLUMNS", 0, 1, 3)}})
    assert book.get("Sheet1!A1:B2") == [["U1", 7], ["U2"]]


def test_a_formula_that_reads_itself_is_an_error_until_it_no_longer_does(book: Book) -> None:
    book.type("A1:B1", ["=B1", "=A1"])
    assert book.get("A1:B1") == [["#REF!", "#REF!"]]
    book.put("B1", [[4]])
    assert book.get("A1:B1") == [[4, 4]]


def test_a_growing_grid_grows_open_ranges(book: Book) -> None:
    book.type("A1:B1", [1, "=SUM(A:A)+ROWS(A:A)*0"])
    book.batch({"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 5}})
    book.put("A1004", [[10]])
    assert book.get("B1") == [[11]]


def test_what_is_not_faked_says_so(book: Book) -> None:
    book.type("A1:C1", ['=QUERY(D:D,"select D")', "=ARRAYFORMULA(D1:D2)", '=IMPORTRANGE("x","y")'])
    assert book.get("A1:C1") == [["#NAME?"] * 3]


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("=A2", "01/02/2020"),
        ("=A2+7", "08/02/2020"),
        ("=MAX(A:A)", "03/02/2020"),
        ('=IFNA(INDEX($A:$A,MATCH("y",$C:$C,0)),"")', "03/02/2020"),
        ("=A3-A2", "2"),
        ("=B2*2", "£10.00"),
        ("=SUM(B:B)", "£7.50"),
        ("=COUNT(A:A)", "2"),
        ("=YEAR(A2)", "2020"),
        ("=C2", "x"),
    ],
)
def test_a_formula_shows_as_the_cells_it_reads(book: Book, formula: str, shown: str) -> None:
    book.type("A1:C3", ["when", "cost", "what"], ["01/02/2020", "£5.00", "x"], ["03/02/2020", "£2.50", "y"])
    book.type("E1", [formula])
    assert book.shown("E1") == [[shown]]


def test_a_range_alone_shows_the_cell_that_is_level_with_it(book: Book) -> None:
    book.type("A1:D3", [1, 2, 3, 4], [5, 6, 7, 8], [9, "", 11, 12])
    book.batch({"addNamedRange": {"namedRange": {"name": "Firsts", "range": rect(0, 3, 0, 1)}}})
    book.type("F1:I3", ["=A1:A2", "=Firsts", "=A1:B2", "=B:B"], ["=A1:A2", "=Firsts", "x", "=B:B"])
    book.type("F3:I3", ["=A1:A2", "=Firsts", "", "=B:B"])
    book.type("A5:C5", ["=B2:C2", "=B2:C2", "=B2:D2"])
    assert book.get("F1:I3") == [[1, 1, "#VALUE!", 2], [5, 5, "x", 6], ["#VALUE!", 9]]
    assert book.get("A5:C5") == [["#VALUE!", 6, 7]]


def test_split_fills_the_cells_beside_it_and_to_date_shows_a_date(book: Book) -> None:
    book.type("C1", ['=SPLIT("a|b|3","|")'])
    book.type("C2", ["=TO_DATE(45000)"])
    assert book.get("C1:E1") == [["a", "b", 3]]
    assert book.shown("C2") == [["15/03/2023"]]


def test_texts_read_as_numbers_by_the_locale_of_the_day(book: Book) -> None:
    book.type("C1", ['=MONTH("2/1/2026")'])
    assert book.get("C1") == [[1]]
    book.batch({"updateSpreadsheetProperties": {"properties": {"locale": "en_US"}, "fields": "locale"}})
    assert book.get("C1") == [[2]]


@pytest.mark.parametrize(
    ("formula", "link"),
    [
        ('=HYPERLINK("https://x.example","label")', "https://x.example"),
        ('=HYPERLINK("https://x.example/"&A1,"label")', "https://x.example/1"),
        ('=IF(A1=1,HYPERLINK("#gid=7&range=A"&ROW(),"All of it"),"")', "#gid=7&range=A5"),
        ('=IF(A1=2,HYPERLINK("#gid=7","All of it"),"")', None),
        ('=HYPERLINK("javascript:alert("&A1&")","label")', None),
        ('=HYPERLINK(A9,"label")', None),
    ],
)
def test_a_link_that_a_formula_works_out_leads_where_it_says(book: Book, formula: str, link: str | None) -> None:
    book.put("A1", [[1]])
    book.put("C5", [[formula]], option="USER_ENTERED")
    got = book.read("sheets.data.rowData.values.hyperlink", ranges="C5")
    cells = got["sheets"][0].get("data", [{}])[0].get("rowData", [{}])
    assert [row.get("values", [{}])[0].get("hyperlink") for row in cells] == [link]
