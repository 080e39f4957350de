"""A small workbook that has one of everything the pages show."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

REGISTER, LOCKED, DASHBOARD, LISTS = 0, 11, 12, 13
ROWS, COLUMNS = 200, 14


def span(sheet: int, rows: tuple[int, int], columns: tuple[int, int]) -> Json:
    return {
        "sheetId": sheet,
        "startRowIndex": rows[0],
        "endRowIndex": rows[1],
        "startColumnIndex": columns[0],
        "endColumnIndex": columns[1],
    }


def text(value: str) -> Json:
    return {"userEnteredValue": {"stringValue": value}}


def number(value: float, kind: str = "", pattern: str = "") -> Json:
    cell: Json = {"userEnteredValue": {"numberValue": value}}
    if kind:
        cell["userEnteredFormat"] = {"numberFormat": {"type": kind, "pattern": pattern}}
    return cell


def formula(value: str) -> Json:
    return {"userEnteredValue": {"formulaValue": value}}


def rgb(red: int, green: int, blue: int) -> Json:
    return {"red": red / 255, "green": green / 255, "blue": blue / 255}


HEADING = {
    "backgroundColor": rgb(31, 78, 107),
    "textFormat": {"bold": True, "foregroundColor": rgb(255, 255, 255)},
}


def heading(value: str, **more: Any) -> Json:
    return {**text(value), "userEnteredFormat": HEADING, **more}


def _register() -> list[Json]:
    headings = [heading(name) for name in ("Name", "Year")]
    headings.append(heading("Attendance", note="Half days present, of those possible."))
    rest = ("Next review", "Cost", "Key adult", "Plan", "Summary", "Hidden", "Code", "Seen", "Notes", "", "")
    headings.extend(heading(name) for name in rest)
    rows = [{"values": headings}]
    people = [("Amara", 7, "Ms Hale"), ("Ben", 8, "Mr Idris"), ("Chloe", 9, "Mrs Abara")]
    for at in range(ROWS - 1):
        row = at + 2
        name, year, adult = people[at] if at < 3 else (f"Pupil {row:02d}", 7 + at % 3, "Mr Idris")
        if row > 100:
            break
        link = "https://example.org/plan" if at != 1 else "javascript:alert(1)"
        rows.append(
            {
                "values": [
                    text(name),
                    number(year),
                    number(0.91, "PERCENT", "0%"),
                    number(46056 if at != 1 else 45000, "DATE", "dd/mm/yyyy"),
                    number(1250, "CURRENCY", "£#,##0.00"),
                    text(adult),
                    {**text("Plan"), "userEnteredFormat": {"textFormat": {"link": {"uri": link}}}},
                    formula(f'=A{row}&" in year "&B{row}'),
                    text("hidden"),
                    text("007"),
                    {"userEnteredValue": {"boolValue": False}},
                ]
            }
        )
    return rows


def _rule(kind: str, *values: str) -> Json:
    return {"type": kind, "values": [{"userEnteredValue": value} for value in values]}


def _validation(columns: int, condition: Json, *, strict: bool) -> Json:
    area = span(REGISTER, (1, 100), (columns, columns + 1))
    return {
        "setDataValidation": {
            "range": area,
            "rule": {"condition": condition, "strict": strict, "showCustomUi": True},
        }
    }


def _hide(dimension: str, index: int) -> Json:
    place = {"sheetId": REGISTER, "dimension": dimension, "startIndex": index, "endIndex": index + 1}
    return {
        "updateDimensionProperties": {
            "range": place,
            "properties": {"hiddenByUser": True},
            "fields": "hiddenByUser",
        }
    }


def _view(view: int, title: str, column: int, condition: Json) -> Json:
    area = span(REGISTER, (0, 100), (0, 11))
    spec = {"columnIndex": column, "filterCriteria": {"condition": condition}}
    return {"addFilterView": {"filter": {"filterViewId": view, "title": title, "range": area, "filterSpecs": [spec]}}}


def _source(column: int, first: int = 0) -> Json:
    return {"sourceRange": {"sources": [span(DASHBOARD, (first, 4), (column, column + 1))]}}


def _basic(kind: str, title: str) -> Json:
    chart = {
        "chartType": kind,
        "headerCount": 1,
        "domains": [{"domain": _source(0)}],
        "series": [{"series": _source(1), "targetAxis": "BOTTOM_AXIS" if kind == "BAR" else "LEFT_AXIS"}],
        "axis": [
            {"position": "BOTTOM_AXIS", "title": "Pupils" if kind == "BAR" else "Year group"},
            {"position": "LEFT_AXIS", "title": "Year group" if kind == "BAR" else "Pupils"},
        ],
        "legendPosition": "BOTTOM_LEGEND",
    }
    return {"title": title, "basicChart": chart}


def _charts() -> list[Json]:
    pie = {"domain": _source(0, 1), "series": _source(1, 1), "pieHole": 0.5, "legendPosition": "RIGHT_LEGEND"}
    score = {"keyValueData": _source(1, 1), "aggregateType": "SUM"}
    specs = [
        _basic("COLUMN", "By year"),
        _basic("BAR", "Across"),
        _basic("LINE", "Trend"),
        {"title": "Share", "pieChart": pie},
        {"title": "On the register", "scorecardChart": score},
    ]
    asked = []
    for at, spec in enumerate(specs):
        anchor = {"sheetId": DASHBOARD, "rowIndex": 5 + at // 2 * 14, "columnIndex": at % 2 * 5}
        place = {"anchorCell": anchor, "widthPixels": 430, "heightPixels": 270}
        asked.append({"addChart": {"chart": {"spec": spec, "position": {"overlayPosition": place}}}})
    return asked


def register_workbook() -> list[Json]:
    """The requests that make it, for a new spreadsheet."""
    grid = {"rowCount": ROWS, "columnCount": COLUMNS, "frozenRowCount": 1, "frozenColumnCount": 1}
    years = [{"values": [heading("Year"), heading("Pupils")]}]
    years += [{"values": [text(f"Year {year}"), number(count)]} for year, count in ((7, 31), (8, 28), (9, 33))]
    years[0]["values"] += [{}, {}, heading("Everybody")]
    overdue = {
        "ranges": [span(REGISTER, (1, 100), (3, 4))],
        "booleanRule": {
            "condition": _rule("CUSTOM_FORMULA", "=$D2<45500"),
            "format": {"backgroundColor": rgb(248, 215, 207)},
        },
    }
    fields = "title,gridProperties(rowCount,columnCount,frozenRowCount,frozenColumnCount)"
    value_fields = "userEnteredValue,userEnteredFormat,note"
    return [
        {
            "updateSheetProperties": {
                "properties": {"sheetId": 0, "title": "Register", "gridProperties": grid},
                "fields": fields,
            }
        },
        {"addSheet": {"properties": {"sheetId": LOCKED, "title": "Locked"}}},
        {"addSheet": {"properties": {"sheetId": DASHBOARD, "title": "Dashboard"}}},
        {"addSheet": {"properties": {"sheetId": LISTS, "title": "Lists", "hidden": True}}},
        {"updateCells": {"start": {"sheetId": REGISTER}, "rows": _register(), "fields": value_fields}},
        {
            "updateCells": {
                "start": {"sheetId": LOCKED},
                "rows": [{"values": [heading("MIS")]}, {"values": [text("from the MIS")]}],
                "fields": value_fields,
            }
        },
        {"updateCells": {"start": {"sheetId": DASHBOARD}, "rows": years, "fields": value_fields}},
        {
            "updateCells": {
                "start": {"sheetId": LISTS},
                "rows": [{"values": [number(year)]} for year in (7, 8, 9, 8)],
                "fields": value_fields,
            }
        },
        _validation(1, _rule("ONE_OF_RANGE", "=Lists!$A$1:$A$10"), strict=False),
        _validation(5, _rule("ONE_OF_LIST", "Ms Hale", "Mr Idris", "Mrs Abara"), strict=True),
        _validation(10, {"type": "BOOLEAN"}, strict=True),
        _hide("ROWS", 5),
        _hide("COLUMNS", 8),
        {"addConditionalFormatRule": {"rule": overdue, "index": 0}},
        _view(91, "Year 8", 1, _rule("NUMBER_EQ", "8")),
        _view(92, "Dear provision", 3, _rule("CUSTOM_FORMULA", "=D2>46000")),
        {
            "addProtectedRange": {
                "protectedRange": {
                    "range": span(REGISTER, (1, 200), (7, 8)),
                    "warningOnly": True,
                    "description": "Formulas",
                }
            }
        },
        {"addProtectedRange": {"protectedRange": {"range": {"sheetId": LOCKED}, "description": "Written by the sync"}}},
        {"mergeCells": {"range": span(DASHBOARD, (0, 2), (4, 7)), "mergeType": "MERGE_ALL"}},
        *_charts(),
    ]
