"""View tabs as requests: Home and Dashboard, their texts, formulas, styles and charts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sync.plan.cells import Formula, Value
from sync.plan.formulas import Place, expand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.plan.template import Chart, Owner, Tab, ViewRow

Request = dict[str, Any]

_HEADING = "#2f6f9f"
_LEAD_HEIGHT = 38
_STYLES: Mapping[str, Request] = {
    "title": {"textFormat": {"bold": True, "fontSize": 18}},
    "heading": {"textFormat": {"bold": True, "fontSize": 12}},
    "lead": {"textFormat": {"fontSize": 10}},
    "table": {"textFormat": {"bold": True}},
}
_SERIES = ("#2f6f9f", "#f29900", "#7cb342", "#8e63b0")
_CELL = re.compile(r"([A-Z]+)([0-9]+)\Z")


def _style(code: str) -> Request:
    parts = (("red", 1), ("green", 3), ("blue", 5))
    return {"rgbColor": {name: int(code[i : i + 2], 16) / 255 for name, i in parts}}


def view_again(tab: Tab, places: Mapping[str, Place], owners: Mapping[str, Owner]) -> list[Request]:
    """The rows of a view tab that is there already: rows may have come between, so what was merged is merged anew."""
    everywhere = {"sheetId": tab.sheet_id}
    cells = _cells(tab, places, owners)
    rows = cells["updateCells"]["rows"]
    width = max(len(row["values"]) for row in rows)
    for row in rows:
        # An empty cell clears what stood there when the row was another one.
        row["values"] += [{}] * (width - len(row["values"]))
    return [{"unmergeCells": {"range": everywhere}}, cells, *_merged(tab)]


def _cells(tab: Tab, places: Mapping[str, Place], owners: Mapping[str, Owner]) -> Request:
    """The texts, formulas and styles of a view tab."""
    rows = [
        {"values": [_cell(text, row, i, tab, places, owners) for i, text in enumerate(row.cells)]} for row in tab.rows
    ]
    return {
        "updateCells": {
            "start": {"sheetId": tab.sheet_id, "rowIndex": 0, "columnIndex": 0},
            "rows": rows,
            "fields": "userEnteredValue,userEnteredFormat",
        }
    }


def view_requests(tab: Tab, places: Mapping[str, Place], owners: Mapping[str, Owner]) -> list[Request]:
    """The rows of a view tab with their styles, and its column widths."""
    requests = [_cells(tab, places, owners)]
    for index, width in enumerate(tab.widths):
        span = {"sheetId": tab.sheet_id, "dimension": "COLUMNS", "startIndex": index, "endIndex": index + 1}
        look: Request = {"pixelSize": width} if width else {"hiddenByUser": True}
        requests.append({"updateDimensionProperties": {"range": span, "properties": look, "fields": ",".join(look)}})
    return requests + _merged(tab)


def _merged(tab: Tab) -> list[Request]:
    requests: list[Request] = []
    for number, row in enumerate(tab.rows):
        if row.merge:
            span = {"startRowIndex": number, "endRowIndex": number + 1, "startColumnIndex": 1, "endColumnIndex": 3}
            requests.append({"mergeCells": {"range": {"sheetId": tab.sheet_id, **span}, "mergeType": "MERGE_ALL"}})
            # A merged cell does not make its row grow with its text.
            height = {"sheetId": tab.sheet_id, "dimension": "ROWS", "startIndex": number, "endIndex": number + 1}
            requests.append(
                {
                    "updateDimensionProperties": {
                        "range": height,
                        "properties": {"pixelSize": _LEAD_HEIGHT},
                        "fields": "pixelSize",
                    }
                }
            )
    return requests


def _cell(
    text: str | float, row: ViewRow, index: int, tab: Tab, places: Mapping[str, Place], owners: Mapping[str, Owner]
) -> Request:
    value: Value = text if not isinstance(text, int) else float(text)
    if isinstance(text, str) and text.startswith("="):
        value = expand(text, places, tab)
    look: Request = {"verticalAlignment": "TOP", "wrapStrategy": "WRAP", **_look(row, index, owners)}
    if row.style in ("title", "heading") or (tab.charts and row.style in ("lead", "table")):
        look["wrapStrategy"] = "OVERFLOW_CELL"
    if not tab.charts:
        look["horizontalAlignment"] = "LEFT"  # a page of words: a number stands where the words stand
    cell: Request = {"userEnteredFormat": look}
    if isinstance(value, Formula):
        cell["userEnteredValue"] = {"formulaValue": str(value)}
    elif isinstance(value, float):
        cell["userEnteredValue"] = {"numberValue": value}
    elif value:
        cell["userEnteredValue"] = {"stringValue": value}
    return cell


def _look(row: ViewRow, index: int, owners: Mapping[str, Owner]) -> Request:
    if row.style.startswith("owner:"):
        owner = owners[row.style.removeprefix("owner:")]
        return {"backgroundColorStyle": _style(owner.header), "textFormat": {"bold": True}} if index == 1 else {}
    look = dict(_STYLES.get(row.style, {}))
    if row.style == "heading":
        look["textFormat"] = {**look["textFormat"], "foregroundColorStyle": _style(_HEADING)}
    if row.style == "table":
        look["backgroundColorStyle"] = _style("#d0e0f0")
    if row.style == "share" and index == 2:  # noqa: PLR2004 - the third column of a share table is the share
        look["numberFormat"] = {"type": "PERCENT", "pattern": "0.0%"}
    if row.style == "money" and index >= 2:  # noqa: PLR2004 - after the count come the costs
        look["numberFormat"] = {"type": "CURRENCY", "pattern": "£#,##0"}
    return look


def _place(a1: str) -> tuple[int, int]:
    match = _CELL.match(a1)
    if not match:
        raise ValueError(f"'{a1}' is not a cell such as B7")
    column = 0
    for letter in match.group(1):
        column = column * 26 + ord(letter) - 64
    return int(match.group(2)) - 1, column - 1


def _range(tab: Tab, a1: str) -> Request:
    first, _, last = a1.partition(":")
    (r1, c1), (r2, c2) = _place(first), _place(last or first)
    span = {"startRowIndex": r1, "endRowIndex": r2 + 1, "startColumnIndex": c1, "endColumnIndex": c2 + 1}
    return {"sourceRange": {"sources": [{"sheetId": tab.sheet_id, **span}]}}


def chart_requests(tab: Tab) -> list[Request]:
    """The charts of a view tab, each at its anchor."""
    return [{"addChart": {"chart": {"spec": _spec(tab, c), "position": _position(tab, c)}}} for c in tab.charts]


def _position(tab: Tab, chart: Chart) -> Request:
    row, column = _place(chart.anchor)
    anchor = {"sheetId": tab.sheet_id, "rowIndex": row, "columnIndex": column}
    return {"overlayPosition": {"anchorCell": anchor, "widthPixels": 640, "heightPixels": 360}}


def _spec(tab: Tab, chart: Chart) -> Request:
    spec: Request = {"title": chart.title, "hiddenDimensionStrategy": "SKIP_HIDDEN_ROWS_AND_COLUMNS"}
    if chart.kind == "DONUT":
        spec["pieChart"] = {
            "legendPosition": "RIGHT_LEGEND",
            "domain": _range(tab, chart.domain),
            "series": _range(tab, chart.series[0]),
            "pieHole": 0.5,
        }
        return spec
    axes = []
    if chart.bottom:
        axes.append({"position": "BOTTOM_AXIS", "title": chart.bottom})
    if chart.left:
        axes.append({"position": "LEFT_AXIS", "title": chart.left})
    value_axis = "BOTTOM_AXIS" if chart.kind == "BAR" else "LEFT_AXIS"
    basic: Request = {
        "chartType": chart.kind,
        "legendPosition": "TOP_LEGEND" if len(chart.series) > 1 else "NO_LEGEND",
        "axis": axes,
        "domains": [{"domain": _range(tab, chart.domain)}],
        "series": [
            {"series": _range(tab, s), "targetAxis": value_axis, "colorStyle": _style(_SERIES[i % len(_SERIES)])}
            for i, s in enumerate(chart.series)
        ],
        "headerCount": 1,
    }
    if chart.stacked:
        basic["stackedType"] = "STACKED"
    spec["basicChart"] = basic
    return spec
