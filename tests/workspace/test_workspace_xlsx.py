"""An exported workbook: opened by openpyxl, recomputed by LibreOffice where there is one, equal to what is served."""

from __future__ import annotations

import io
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from workspace_kit import Book, Caller, rect

if TYPE_CHECKING:
    from pathlib import Path

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SPREADSHEET = "application/vnd.google-apps.spreadsheet"

ROWS: list[list[Any]] = [
    ["upn", "need", "hours", "cost", "from", "done"],
    ["H801200001001", "SLCN", 2, "£12.50", "01/09/2026", True],
    ["H801200001002", "SEMH", 1.5, "£8", "14/09/2026", False],
    ["H801200001003", "SLCN", 0.25, "£0.10", "02/11/2026", True],
    ["H801200001004", "", 10, "", "", False],
]

FORMULAS = [
    "=C2*D2",
    "=SUM(C2:C)",
    "=SUM(Roll!C:C)",
    '=SUMIF(B2:B,"SLCN",C2:C)',
    '=COUNTIFS(B2:B5,"SLCN",F2:F5,TRUE)',
    "=AVERAGE(C2:C5)",
    '=INDEX($A:$A,MATCH("SEMH",$B:$B,0))',
    '=IFNA(INDEX(A2:A5,MATCH("XX",B2:B5,0)),"none")',
    '=IFERROR(1/0,"dividing")',
    "=1/0",
    "=NA()",
    '=VLOOKUP("H801200001003",A2:D5,3,FALSE)',
    "=MIN(E2:E4)",
    "=E3-E2",
    "=DATE(2026,11,23)",
    '=TEXT(E2,"yyyy-mm-dd")',
    "=YEAR(E4)",
    "=NETWORKDAYS(E2,E3)",
    '=IF(AND(C2>1,F2),"yes","no")',
    '=IFS(C2<1,"low",C2>=1,"high")',
    '=SWITCH(B2,"SEMH",1,"SLCN",2)',
    '=TEXTJOIN("/",TRUE,B2:B4)',
    "=CONCAT(B2,B3)",
    '=A2&" ("&B2&")"',
    "=LEFT(A2,4)&MID(A2,5,3)&RIGHT(A2,2)",
    '=UPPER("x")&LOWER("Y")&PROPER("a b")',
    '=SUBSTITUTE(A2,"H","J")',
    "=ROUND(C4*3,1)",
    '=MAXIFS(C2:C5,B2:B5,"SLCN")',
    "=SUMPRODUCT(C2:C5,C2:C5)",
    "=RANK(C2,C2:C5)",
    "=MEDIAN(C2:C5)",
    "=ISBLANK(B5)",
    "=COUNTBLANK(B2:B5)",
    "=Hours",
    "=SUM(Hours)",
    "='A very long title that Excel cannot hold at all'!A1*2",
    "='Needs: a/b?'!A1+1",
    "=COUNTUNIQUE(B2:B4)",
    '=REGEXREPLACE(A2,"[0-9]+","#")',
    '=JOIN(",",B2:B4)',
    "=nonsense(",
    "=MISSING(1)",
]  # fmt: skip


def export(book: Book) -> bytes:
    raw = book.call("GET", f"/drive/v3/files/{book.id}/export?mimeType={XLSX}")
    assert isinstance(raw, bytes)
    return raw


def recomputed(raw: bytes, folder: Path) -> bytes | None:
    """The workbook after LibreOffice computed it anew; None where there is no LibreOffice."""
    office = shutil.which("soffice")
    if office is None:
        return None
    source = folder / "exported.xlsx"
    source.write_bytes(raw)
    out = folder / "out"
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return (out / "exported.xlsx").read_bytes()


def plain(value: Any) -> Any:
    """A served or computed value, numbers to nine digits."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return round(float(value), 9)
    return "" if value is None else value


@pytest.fixture
def costs(book: Book) -> Book:
    book.batch(
        {"updateSheetProperties": {"properties": {"sheetId": 0, "title": "Roll"}, "fields": "title"}},
        {"addSheet": {"properties": {"sheetId": 1, "title": "A very long title that Excel cannot hold at all"}}},
        {"addSheet": {"properties": {"sheetId": 2, "title": "A very long title that Excel cannot hold either"}}},
        {"addSheet": {"properties": {"sheetId": 3, "title": "Needs: a/b?"}}},
        {"addNamedRange": {"namedRange": {"name": "Hours", "range": rect(1, 5, 2, 3)}}},
    )
    book.type("Roll!A1:F5", *ROWS)
    book.type("'A very long title that Excel cannot hold at all'!A1", [21])
    book.type("'Needs: a/b?'!A1", [1])
    book.type("Roll!H1", *[[formula] for formula in FORMULAS])
    return book


def test_libreoffice_computes_what_is_served(costs: Book, tmp_path: Path) -> None:
    served = {
        (row, column): plain(value)
        for row, line in enumerate(costs.get(f"Roll!A1:H{len(FORMULAS)}"), 1)
        for column, value in enumerate(line, 1)
    }
    raw = export(costs)
    assert openpyxl.load_workbook(io.BytesIO(raw)).sheetnames == [
        "Roll",
        "A very long title that Excel ca",
        "A very long title that Exce (2)",
        "Needs_ a_b_",
    ]
    computed = recomputed(raw, tmp_path)
    if computed is not None:
        sheet = openpyxl.load_workbook(io.BytesIO(computed), data_only=True)["Roll"]
        found = {
            (cell.row, cell.column): plain(_number(cell.value))
            for line in sheet.iter_rows(max_col=8, max_row=len(FORMULAS))
            for cell in line
        }
        wrong = {
            (place, FORMULAS[place[0] - 1] if place[1] == 8 else ""): (served.get(place, ""), found.get(place, ""))
            for place in served.keys() | found.keys()
            if served.get(place, "") != found.get(place, "")
        }
        assert wrong == {}


def _number(value: Any) -> Any:
    """Dates come back from openpyxl as dates; what is served is the serial number."""
    return openpyxl.utils.datetime.to_excel(value) if hasattr(value, "year") else value


def test_an_exported_formula_is_written_as_excel_writes_it(costs: Book) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(export(costs)))["Roll"]
    written = {formula: sheet.cell(at, 8).value for at, formula in enumerate(FORMULAS, 1)}
    assert written["=SUM(C2:C)"] == "=SUM(C2:C1000)"
    assert written["=SUM(Roll!C:C)"] == "=SUM(Roll!C:C)"
    assert written["=CONCAT(B2,B3)"] == "=_xlfn.CONCAT(B2,B3)"
    assert written["='Needs: a/b?'!A1+1"] == "='Needs_ a_b_'!A1+1"
    assert written["=COUNTUNIQUE(B2:B4)"] == '=IFERROR(__xludf.DUMMYFUNCTION("COUNTUNIQUE(B2:B4)"),2)'
    assert written["=nonsense("] == '=IFERROR(__xludf.DUMMYFUNCTION("nonsense("),"#ERROR!")'


def test_an_array_formula_goes_along_with_the_cells_that_it_filled(book: Book) -> None:
    book.type("A1:A4", ["b"], ["a"], ["b"], [3])
    book.type("C1", ["=UNIQUE(A1:A4)"])
    sheet = openpyxl.load_workbook(io.BytesIO(export(book)))["Sheet1"]
    assert [sheet.cell(row, 3).value for row in range(1, 5)] == [
        '=IFERROR(__xludf.DUMMYFUNCTION("UNIQUE(A1:A4)"),"b")',
        '=IFERROR(__xludf.DUMMYFUNCTION("""COMPUTED_VALUE"""),"a")',
        '=IFERROR(__xludf.DUMMYFUNCTION("""COMPUTED_VALUE"""),3)',
        None,
    ]


def test_an_exported_workbook_comes_back_with_its_formulas(costs: Book) -> None:
    kind = {"Content-Type": XLSX}
    costs.type("J1", ["=UNIQUE(B2:B4)"])
    raw = export(costs)
    made = costs.call("POST", "/drive/v3/files", {"name": "Back", "mimeType": SPREADSHEET})
    costs.call("PATCH", f"/upload/drive/v3/files/{made['id']}?uploadType=media", raw, **kind)
    url = f"/v4/spreadsheets/{made['id']}/values/Roll!H1:J50?valueRenderOption=FORMULA"
    back = costs.call("GET", url)["values"]
    kept = [formula for formula in FORMULAS if "'" not in formula and ":C)" not in formula and ":B," not in formula]
    assert [formula for formula in kept if [formula] not in [line[:1] for line in back]] == []
    assert back[0] == ["=C2*D2", "", "=UNIQUE(B2:B4)"]
    assert back[1][2] == "SEMH"  # filled by the array formula, which lives again


@pytest.mark.parametrize("text", ["\x0bvertical", "x" * 40_000, "'quoted", "=1+1", "+44", "@x", "-", ""])
def test_any_text_can_be_exported(call: Caller, text: str) -> None:
    book = Book(call)
    book.put("A1:B1", [[text, "end"]])
    sheet = openpyxl.load_workbook(io.BytesIO(export(book)))["Sheet1"]
    assert (sheet["A1"].value or "") == text.replace("\x0b", "")[:32_767]
    assert sheet["B1"].value == "end"
    assert sheet["A1"].data_type != "f"
