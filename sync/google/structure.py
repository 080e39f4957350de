"""The workbook's structure as requests: tabs, headers, formats, lists, colours, views, charts, protection, marks.

Pure: a template in, `spreadsheets.create` and `batchUpdate` bodies out. Set-up sends them; a sync never does. What is
already there is left alone, so an upgrade adds what is new and touches nothing else.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sync.google.colours import renewed
from sync.google.sheets import COLUMN_MARK, TAB_MARK, Request, cell, update_cells
from sync.google.views import chart_requests, view_again, view_requests
from sync.plan.cells import Value, column_letter, quoted, serial
from sync.plan.formulas import Place, expand
from sync.plan.guards import WORKBOOK_MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.plan.snapshot import Bound
    from sync.plan.template import Column, Tab, Template

ROWS = 1000
SPARE_COLUMNS = 4

FORMATS = {
    "date": {"type": "DATE", "pattern": "dd/mm/yyyy"},
    "datetime": {"type": "DATE_TIME", "pattern": "dd/mm/yyyy hh:mm"},
    "number": {"type": "NUMBER", "pattern": "#,##0.##"},
    "integer": {"type": "NUMBER", "pattern": "0"},
    "percent": {"type": "PERCENT", "pattern": "0.0%"},
    "money": {"type": "CURRENCY", "pattern": "£#,##0"},
    # A reference such as 12E34 or a UPN must stay text even where a person types it.
    "text": {"type": "TEXT"},
}
_ON_CHANGE, _EVERY_MINUTE = "ON_CHANGE", "MINUTE"
_BAND = ("#ffffff", "#f6f8fa")


def colour(code: str) -> dict[str, float]:
    """`#rrggbb` as the API's colour, each part 0 to 1."""
    return {name: int(code[i : i + 2], 16) / 255 for name, i in (("red", 1), ("green", 3), ("blue", 5))}


def style(code: str) -> dict[str, Any]:
    """`#rrggbb` as a `ColorStyle`."""
    return {"rgbColor": colour(code)}


def create_body(template: Template, *, locale: str, time_zone: str, title: str = "") -> Request:
    """The body of `spreadsheets.create`: every tab with its size, colour and frozen header."""
    return {
        "properties": {
            "title": title or template.title,
            "locale": locale,
            "timeZone": time_zone,
            "autoRecalc": _EVERY_MINUTE,
        },
        "sheets": [{"properties": tab_properties(tab, index)} for index, tab in enumerate(template.tabs)],
    }


def furnish(body: Request, present: Sequence[int]) -> list[Request]:
    """Requests that give a spreadsheet made by Drive, with its default tab, what `create_body` would have given it.

    Args:
        body: of `create_body`.
        present: the ids of the tabs that are there; nothing is asked for where the body's own are among them.
    """
    wanted = [sheet["properties"] for sheet in body["sheets"]]
    if {properties["sheetId"] for properties in wanted}.intersection(present):
        return []
    properties = {"properties": body["properties"], "fields": ",".join(body["properties"])}
    return [
        {"updateSpreadsheetProperties": properties},
        *({"addSheet": {"properties": tab}} for tab in wanted),
        # Last, since a spreadsheet must never be without a tab.
        *({"deleteSheet": {"sheetId": sheet_id}} for sheet_id in present),
    ]


def tab_properties(tab: Tab, index: int) -> Request:
    """The properties of a new tab."""
    columns = max(len(tab.columns) + (SPARE_COLUMNS if tab.kind == "people" else 0), len(tab.widths), 2)
    grid: Request = {"rowCount": ROWS, "columnCount": columns}
    if tab.columns:
        grid["frozenRowCount"] = 1
    if tab.frozen_columns:
        grid["frozenColumnCount"] = tab.frozen_columns
    if tab.kind == "view":
        grid["hideGridlines"] = True
    properties: Request = {"sheetId": tab.sheet_id, "title": tab.title, "index": index, "gridProperties": grid}
    if tab.hidden:
        properties["hidden"] = True
    if tab.colour:
        properties["tabColorStyle"] = style(tab.colour)
    return properties


def fresh_places(template: Template) -> dict[str, Place]:
    """Where the columns of a workbook just created are: in the template's order."""
    return {t.key: Place(t.title, {c.key: i for i, c in enumerate(t.columns)}, t.sheet_id) for t in template.tabs}


def workbook_mark(spreadsheet_id: str, school: str) -> Request:
    """The mark by which a copied workbook is known to be one."""
    return {
        "createDeveloperMetadata": {
            "developerMetadata": {
                "metadataKey": WORKBOOK_MARK,
                "metadataValue": json.dumps({"id": spreadsheet_id, "school": school}),
                "location": {"spreadsheet": True},
                "visibility": "DOCUMENT",
            }
        }
    }


def build(template: Template, tabs: Iterable[Tab], places: Mapping[str, Place]) -> list[Request]:
    """Everything that new, empty tabs need."""
    return [request for tab in tabs for request in _tab(template, tab, places)]


def _tab(template: Template, tab: Tab, places: Mapping[str, Place]) -> list[Request]:
    requests: list[Request] = [_mark({"sheetId": tab.sheet_id}, TAB_MARK, tab.key)]
    if tab.kind == "view":
        requests += view_requests(tab, places, template.owners)
        requests += chart_requests(tab)
    for index, column in enumerate(tab.columns):
        requests += column_requests(template, tab, column, index, places)
    if tab.columns:
        requests += _whole_tab(tab, places)
    if tab.seed_rows:
        requests.append(update_cells(tab.sheet_id, 1, 0, [_seed(tab, row) for row in tab.seed_rows]))
    if tab.kind in ("machine", "view"):
        requests.append(_protect(tab))
    return requests


def _mark(location: Request, key: str, value: str) -> Request:
    return {
        "createDeveloperMetadata": {
            "developerMetadata": {
                "metadataKey": key,
                "metadataValue": value,
                "location": location,
                "visibility": "DOCUMENT",
            }
        }
    }


def _span(sheet_id: int, index: int, first_row: int = 1) -> Request:
    return {"sheetId": sheet_id, "startRowIndex": first_row, "startColumnIndex": index, "endColumnIndex": index + 1}


def column_requests(
    template: Template, tab: Tab, column: Column, index: int, places: Mapping[str, Place], header_row: int = 0
) -> list[Request]:
    """One column: its mark, header, note, width, format, list and whether it is hidden."""
    owner = template.owners.get(column.owner)
    dimension = {"sheetId": tab.sheet_id, "dimension": "COLUMNS", "startIndex": index, "endIndex": index + 1}
    label = f"{owner.label}. {column.note}" if owner else column.note
    header: Request = {
        **cell(column.header),
        "note": label,
        "userEnteredFormat": {
            "backgroundColorStyle": style(owner.header if owner else "#eceff1"),
            "textFormat": {"bold": True},
            "wrapStrategy": "WRAP",
            "verticalAlignment": "MIDDLE",
        },
    }
    width: Request = {"pixelSize": column.width}
    if column.hidden:
        width["hiddenByUser"] = True
    body: Request = {"verticalAlignment": "TOP"}
    if not (column.computed and column.type == "text"):
        # A formula that a person enters again in a cell of format TEXT would stay text.
        body["numberFormat"] = FORMATS[column.type]
    body["wrapStrategy"] = "WRAP" if column.wrap else "CLIP"
    if column.align:
        body["horizontalAlignment"] = column.align
    requests = [
        _mark({"dimensionRange": dimension}, COLUMN_MARK, column.key),
        {
            "updateCells": {
                "start": {"sheetId": tab.sheet_id, "rowIndex": header_row, "columnIndex": index},
                "rows": [{"values": [header]}],
                "fields": "userEnteredValue,note,userEnteredFormat",
            }
        },
        {"updateDimensionProperties": {"range": dimension, "properties": width, "fields": ",".join(width)}},
        {
            "repeatCell": {
                "range": _span(tab.sheet_id, index, header_row + 1),
                "cell": {"userEnteredFormat": body},
                "fields": ",".join(f"userEnteredFormat.{k}" for k in body),
            }
        },
    ]
    rule = _rule(tab, column, places, header_row + 1)
    if rule:
        requests.append({"setDataValidation": {"range": _span(tab.sheet_id, index, header_row + 1), "rule": rule}})
    return requests


def _rule(tab: Tab, column: Column, places: Mapping[str, Place], first_row: int) -> Request | None:
    """A drop-down, never strict: a value from the MIS or a person's own word is always allowed.

    A list that names no tab is the row's own: its rows are relative, so that each row, wherever it goes, and each row
    that is inserted has a list of its own. (That the API shifts it so was not tried against live Google; the page for
    people does.)
    """
    if column.options:
        values = [{"userEnteredValue": o} for o in column.options]
        return {"condition": {"type": "ONE_OF_LIST", "values": values}, "showCustomUi": True, "strict": False}
    if listed := tab.list_of(column):
        place = places[listed.tab]
        a, b = (column_letter(place.columns[key]) for key in (listed.first, listed.last))
        row = first_row + 1
        cells = f"${a}{row}:${b}{row}" if listed.of_row else f"${a}$2:${b}"
        source = f"={quoted(place.title)}!{cells}"
        condition = {"type": "ONE_OF_RANGE", "values": [{"userEnteredValue": source}]}
        return {"condition": condition, "showCustomUi": True, "strict": False}
    return None


def _whole_tab(tab: Tab, places: Mapping[str, Place]) -> list[Request]:
    """What spans a tab's columns: banding, filter, filter views, colours, a named range."""
    width = len(tab.columns)
    table = {"sheetId": tab.sheet_id, "startRowIndex": 0, "startColumnIndex": 0, "endColumnIndex": width}
    body = {**table, "startRowIndex": 1}
    requests: list[Request] = [
        {
            "addBanding": {
                "bandedRange": {
                    "range": body,
                    "rowProperties": {
                        "firstBandColorStyle": style(_BAND[0]),
                        "secondBandColorStyle": style(_BAND[1]),
                    },
                }
            }
        },
        {"addNamedRange": {"namedRange": {"name": range_name(tab.title), "range": table}}},
        {
            "updateDimensionProperties": {
                "range": {"sheetId": tab.sheet_id, "dimension": "ROWS", "startIndex": 0, "endIndex": 1},
                "properties": {"pixelSize": 44},
                "fields": "pixelSize",
            }
        },
    ]
    if tab.tracked:
        requests.append({"setBasicFilter": {"filter": {"range": table}}})
    requests += [_filter_view(tab, view.title, view.where, table) for view in tab.filter_views]
    requests += conditional_requests(tab, places)
    return requests


_CELL_LIKE = re.compile(r"(?i)([a-z]{1,3}[0-9]+|r[0-9]*c[0-9]*|true|false)\Z")


def range_name(title: str) -> str:
    """A tab's title as the name of a range: letters, digits and _ (the rule of Sheets), and not like a cell's."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", title)
    return f"Tab_{name}" if not name or name[0].isdigit() or _CELL_LIKE.match(name) else name


def conditional_requests(tab: Tab, places: Mapping[str, Place]) -> list[Request]:
    """The conditional colours; each formula speaks of its own row.

    Their ranges begin at the top, header and all: rows inserted beneath the header would push a range that begins there
    down before them. So no formula may hold for a header.
    """
    requests: list[Request] = []
    for index, condition in enumerate(tab.conditions):
        keys = [c.key for c in tab.columns] if condition.columns == ("*",) else condition.columns
        ranges = [_span(tab.sheet_id, places[tab.key].columns[k], 0) for k in keys]
        if condition.columns == ("*",):
            ranges = [{"sheetId": tab.sheet_id, "startRowIndex": 0, "startColumnIndex": 0, "endColumnIndex": len(keys)}]
        look: Request = {}
        if condition.background:
            look["backgroundColorStyle"] = style(condition.background)
        if condition.foreground:
            look["textFormat"] = {"foregroundColorStyle": style(condition.foreground)}
        formula = str(expand(condition.formula, places, tab))
        rule = {
            "ranges": ranges,
            "booleanRule": {
                "condition": {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": formula}]},
                "format": look,
            },
        }
        requests.append({"addConditionalFormatRule": {"rule": rule, "index": index}})
    return requests


def _filter_view(tab: Tab, title: str, where: Sequence[Any], table: Request) -> Request:
    order = [c.key for c in tab.columns]
    specs = []
    for one in where:
        if one.any_of:
            # Shown values are kept by hiding the others through a formula: a list of hidden values would go stale.
            letter = column_letter(order.index(one.column))
            values = (value.replace('"', '""') for value in one.any_of)
            tests = ", ".join(f'${letter}2&""="{value}"' for value in values)
            criteria: Request = {"condition": _custom(f"=OR({tests})")}
        elif one.starts_with:
            criteria = {"condition": {"type": "TEXT_STARTS_WITH", "values": [{"userEnteredValue": one.starts_with}]}}
        else:
            letter = column_letter(order.index(one.column))
            criteria = {"condition": _custom(f"=LEN(${letter}2)>0")}
        specs.append({"columnIndex": order.index(one.column), "filterCriteria": criteria})
    return {"addFilterView": {"filter": {"title": title, "range": table, "filterSpecs": specs}}}


def _custom(formula: str) -> Request:
    return {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": formula}]}


def _seed(tab: Tab, row: Sequence[str | float]) -> list[Value]:
    by_key = dict(zip(tab.seed_columns, row, strict=True))
    cells: list[Value] = []
    for column in tab.columns:
        value = by_key.get(column.key, "")
        if value == "":
            cells.append(None)
        elif column.type == "date":
            cells.append(serial(date.fromisoformat(str(value))))
        else:
            cells.append(float(value) if isinstance(value, int | float) else value)
    return cells


def _protect(tab: Tab) -> Request:
    return {
        "addProtectedRange": {
            "protectedRange": {
                "range": {"sheetId": tab.sheet_id},
                "description": "Sensync writes this tab. Type in the other tabs; they show what is here.",
                "warningOnly": False,
                "editors": {"domainUsersCanEdit": False},
            }
        }
    }


LOOKS_FIELDS = "properties(autoRecalc),sheets(properties(sheetId),conditionalFormats)"
"""What an upgrade has to know beside the snapshot."""


def recalculated(answer: Mapping[str, Any]) -> list[Request]:
    """A request that lets clocks and dates of a workbook turn by themselves, from an answer with `LOOKS_FIELDS`.

    Google's default is that a formula of NOW or TODAY changes only when somebody types; who chose another is left it.
    """
    if answer.get("properties", {}).get("autoRecalc", _ON_CHANGE) != _ON_CHANGE:
        return []
    properties = {"properties": {"autoRecalc": _EVERY_MINUTE}, "fields": "autoRecalc"}
    return [{"updateSpreadsheetProperties": properties}]


def colours_there(answer: Mapping[str, Any]) -> dict[int, list[Request]]:
    """The conditional colours of each tab by its sheet id, from an answer with `LOOKS_FIELDS`."""
    return {sheet["properties"].get("sheetId", 0): sheet.get("conditionalFormats", []) for sheet in answer["sheets"]}


def coloured(requests: Iterable[Request]) -> set[int]:
    """The sheet ids of the tabs whose conditional colours these requests change."""
    rules = [each[name]["rule"] for each in requests for name in each if name.endswith("ConditionalFormatRule")]
    return {span["sheetId"] for rule in rules for span in rule["ranges"]}


def upgrade(
    template: Template,
    bound: Bound,
    headers: Mapping[str, Mapping[str, str]],
    colours: Mapping[int, Sequence[Request]] | None = None,
) -> list[Request]:
    """Requests that add what the template has and the workbook has not: tabs, columns, header rows, marks, colours.

    Args:
        template: what is wanted.
        bound: the workbook as read.
        headers: the headers as people renamed them, by tab and column.
        colours: the conditional colours that are there (`colours_there`); without them, they are left as they are.
    """
    places = bound.places()
    requests: list[Request] = []
    missing = [t for t in template.tabs if t.key in bound.missing_tabs]
    taken = {raw.sheet_id for raw in bound.snapshot.tabs}
    fresh = [t for t in missing if t.sheet_id not in taken]
    for tab in fresh:
        requests.append({"addSheet": {"properties": tab_properties(tab, template.tabs.index(tab))}})
        places[tab.key] = fresh_places(template)[tab.key]
    for key, found in bound.tabs.items():
        absent = [c for c in found.tab.columns if c.key not in found.columns]
        at = max(found.width, len(found.columns))
        columns = dict(found.columns)
        for offset, column in enumerate(absent):
            columns[column.key] = at + offset
        places[key] = Place(found.raw.title, columns, found.raw.sheet_id)
    for key, found in bound.tabs.items():
        requests += _upgrade_tab(template, found.tab, bound, key, places, headers.get(key, {}))
    if colours is not None:
        for key, found in bound.tabs.items():
            here = _at_sheet(template.tab(key), found.raw.sheet_id)
            wanted = [each["addConditionalFormatRule"]["rule"] for each in conditional_requests(here, places)]
            requests += renewed(here.sheet_id, wanted, colours.get(here.sheet_id, ()))
    requests += build(template, fresh, places)
    if bound.missing_tabs or bound.missing_columns:
        requests += _references_again(template, bound, places)
    return requests


def _references_again(template: Template, bound: Bound, places: Mapping[str, Place]) -> list[Request]:
    """What pointed at a tab or column that was gone reads #REF! now: the views' formulas and the lists, once more.

    The look-ups of people's rows are put back by the next sync.
    """
    gone = {*bound.missing_tabs, *(tab for tab, _ in bound.missing_columns)}
    requests: list[Request] = []
    for key, found in bound.tabs.items():
        here = _at_sheet(template.tab(key), found.raw.sheet_id)
        if here.kind == "view":
            requests += view_again(here, places, template.owners)
        for column in here.columns:
            listed = here.list_of(column)
            if listed and listed.tab in gone and column.key in found.columns:
                rule, index = _rule(here, column, places, 1), places[key].columns[column.key]
                requests.append({"setDataValidation": {"range": _span(here.sheet_id, index), "rule": rule}})
    return requests


def _upgrade_tab(
    template: Template,
    tab: Tab,
    bound: Bound,
    key: str,
    places: Mapping[str, Place],
    headers: Mapping[str, str],
) -> list[Request]:
    found = bound.tabs[key]
    here = _at_sheet(tab, found.raw.sheet_id)
    requests: list[Request] = []
    if not found.raw.tab_key:
        requests.append(_mark({"sheetId": here.sheet_id}, TAB_MARK, key))
    absent = [c for c in tab.columns if c.key not in found.columns]
    if absent:
        at = min(places[key].columns[c.key] for c in absent)
        if at >= found.raw.column_count:
            requests.append(
                {"appendDimension": {"sheetId": here.sheet_id, "dimension": "COLUMNS", "length": len(absent)}}
            )
        else:
            span = {"dimension": "COLUMNS", "startIndex": at, "endIndex": at + len(absent)}
            requests.append(
                {"insertDimension": {"range": {"sheetId": here.sheet_id, **span}, "inheritFromBefore": False}}
            )
    if tab.columns and found.header_row < 0 and tab.mode != "safety":
        span = {"dimension": "ROWS", "startIndex": 0, "endIndex": 1}
        requests.append({"insertDimension": {"range": {"sheetId": here.sheet_id, **span}, "inheritFromBefore": False}})
        for column in tab.columns:
            if column.key in found.columns:
                index = found.columns[column.key]
                requests.append(update_cells(here.sheet_id, 0, index, [[headers.get(column.key, column.header)]]))
    for column in absent:
        at = places[key].columns[column.key]
        requests += column_requests(template, here, column, at, places, max(found.header_row, 0))
    marked = {k for k in found.raw.column_keys if k}
    for column in tab.columns:
        if column.key in found.columns and column.key not in marked:
            index = found.columns[column.key]
            where = {"sheetId": here.sheet_id, "dimension": "COLUMNS", "startIndex": index, "endIndex": index + 1}
            requests.append(_mark({"dimensionRange": where}, COLUMN_MARK, column.key))
    if tab.identity == "code":
        requests += _missing_seeds(here, bound, key)
    return requests


def _at_sheet(tab: Tab, sheet_id: int) -> Tab:
    return replace(tab, sheet_id=sheet_id)


def _missing_seeds(tab: Tab, bound: Bound, key: str) -> list[Request]:
    """Settings that the template has gained since, below what is there."""
    found = bound.tabs[key]
    codes = {str(found.at(r, "code")) for r in found.data_rows}
    rows = [row for row in tab.seed_rows if str(row[0]) not in codes]
    if not rows:
        return []
    order = sorted((i, k) for k, i in found.columns.items())
    at = found.next_row
    count = len(rows)
    span = {"dimension": "ROWS", "startIndex": at, "endIndex": at + count}
    names = [c.key for c in tab.columns]
    values = [[_seed(tab, row)[names.index(k)] for _, k in order] for row in rows]
    return [
        {"insertDimension": {"range": {"sheetId": tab.sheet_id, **span}, "inheritFromBefore": True}},
        *(
            update_cells(tab.sheet_id, at + r, i, [[v]])
            for r, row in enumerate(values)
            for (i, _), v in zip(order, row, strict=True)
        ),
    ]
