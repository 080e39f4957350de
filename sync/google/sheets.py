"""The Sheets API v4 at the border of a plan: one read, one write, one answer checked.

Text travels as `stringValue`, never as something to be parsed. Sources: the API's discovery document (rev 20261019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync.google.errors import GoogleRefusedRequestError
from sync.plan import recovery
from sync.plan.cells import Formula, Value, blank, column_letter, same, same_formula
from sync.plan.guards import RUN_MARK
from sync.plan.snapshot import RawTab, Snapshot
from sync.plan.template import sheet_id_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.google.door import Door
    from sync.plan.actions import Flatten, Insert, Plan, TeachersPage

TAB_MARK = "sensync.tab"
COLUMN_MARK = "sensync.column"
KEPT_MARKS = 8
_TEACHERS_ROWS = 1000

READ_FIELDS = (
    "spreadsheetId,properties(title,locale,timeZone),"
    "developerMetadata(metadataId,metadataKey,metadataValue),"
    "sheets(properties(sheetId,title,hidden,gridProperties(rowCount,columnCount)),"
    "developerMetadata(metadataKey,metadataValue),"
    "data(rowData(values(userEnteredValue,effectiveValue)),columnMetadata(developerMetadata(metadataKey,metadataValue))))"
)
WRITE_FIELDS = (
    "replies(createDeveloperMetadata(developerMetadata(metadataId))),"
    "updatedSpreadsheet(spreadsheetId,"
    "sheets(properties(sheetId),data(startRow,startColumn,rowData(values(userEnteredValue)))))"
)

Request = dict[str, Any]


def parse(answer: Mapping[str, Any]) -> Snapshot:
    """The snapshot in an answer of `spreadsheets.get` with `READ_FIELDS` and grid data."""
    properties = answer.get("properties", {})
    return Snapshot(
        spreadsheet_id=answer["spreadsheetId"],
        title=properties.get("title", ""),
        locale=properties.get("locale", ""),
        time_zone=properties.get("timeZone", ""),
        tabs=tuple(_parse_tab(sheet) for sheet in answer.get("sheets", ())),
        metadata={
            m["metadataKey"]: (m["metadataId"], m.get("metadataValue", "")) for m in answer.get("developerMetadata", ())
        },
        run_marks=tuple(
            sorted(m["metadataId"] for m in answer.get("developerMetadata", ()) if m["metadataKey"] == RUN_MARK)
        ),
    )


def read_tab(door: Door, spreadsheet_id: str, sheet_id: int) -> RawTab | None:
    """One tab as it stands now, in one request; None where it is gone.

    Raises:
        SensyncError: Google cannot be asked, or refuses.
    """
    body = {"dataFilters": [{"gridRange": {"sheetId": sheet_id}}], "includeGridData": True}
    try:
        answer = door.sheets_filter(spreadsheet_id, body, fields=READ_FIELDS)
    except GoogleRefusedRequestError:
        return None
    return next((tab for tab in parse(answer).tabs if tab.sheet_id == sheet_id), None)


def _parse_tab(sheet: Mapping[str, Any]) -> RawTab:
    properties = sheet["properties"]
    grid = properties.get("gridProperties", {})
    data = (sheet.get("data") or [{}])[0]
    entered: list[list[Value]] = []
    shown: list[list[Value]] = []
    for row in data.get("rowData", ()):
        cells = row.get("values", ())
        entered.append([_value(cell.get("userEnteredValue")) for cell in cells])
        shown.append([_value(cell.get("effectiveValue")) for cell in cells])
    return RawTab(
        sheet_id=properties.get("sheetId", 0),
        title=properties["title"],
        row_count=grid.get("rowCount", 0),
        column_count=grid.get("columnCount", 0),
        tab_key=_mark(sheet, TAB_MARK),
        column_keys=tuple(_mark(column, COLUMN_MARK) for column in data.get("columnMetadata", ())),
        entered=entered,
        shown=shown,
        hidden=properties.get("hidden", False),
    )


def _mark(holder: Mapping[str, Any], key: str) -> str:
    for metadata in holder.get("developerMetadata", ()):
        if metadata.get("metadataKey") == key:
            return str(metadata.get("metadataValue", ""))
    return ""


def _value(extended: Mapping[str, Any] | None) -> Value:
    if not extended:
        return None
    kind, value = next(iter(extended.items()))
    if kind == "formulaValue":
        return Formula(value)
    if kind == "numberValue":
        return float(value)
    if kind == "errorValue":
        return str(value.get("message") or f"#{value.get('type', 'ERROR')}")
    return value  # type: ignore[no-any-return]


def cell(value: Value) -> Request:
    """A `CellData` that holds just this value; {} clears the cell under the mask `userEnteredValue`."""
    if blank(value):
        return {}
    if isinstance(value, Formula):
        return {"userEnteredValue": {"formulaValue": str(value)}}
    if isinstance(value, bool):
        return {"userEnteredValue": {"boolValue": value}}
    if isinstance(value, str):
        return {"userEnteredValue": {"stringValue": value}}
    return {"userEnteredValue": {"numberValue": value}}


def update_cells(sheet_id: int, row: int, column: int, rows: Iterable[Sequence[Value]]) -> Request:
    """An `updateCells` of values alone: formats and notes stay."""
    return {
        "updateCells": {
            "start": {"sheetId": sheet_id, "rowIndex": row, "columnIndex": column},
            "rows": [{"values": [cell(v) for v in values]} for values in rows],
            "fields": "userEnteredValue",
        }
    }


def requests_for(plan: Plan, snapshot: Snapshot, run_id: int) -> list[Request]:
    """The plan as one list of requests, in the order in which they must happen.

    First comes the run's mark: its id was chosen by us, so a batch that arrives twice (a time-out, then a late
    delivery) fails the second time as a whole. Copies for safety come before everything that changes what a cell
    shows, the cells they protect before new rows, so that every position and every look-up is as it was read.
    """
    requests: list[Request] = list(run_mark(snapshot, run_id))
    for grow in plan.grows:
        if grow.rows:
            requests.append(_append(grow.sheet_id, "ROWS", grow.rows))
        if grow.columns:
            requests.append(_append(grow.sheet_id, "COLUMNS", grow.columns))
    requests += safety_copies(plan, snapshot, run_id)
    requests += [update_cells(w.sheet_id, w.row, w.column, w.values) for w in plan.writes]
    requests += [_flatten(f) for f in plan.flattens]
    for ordinal, put in enumerate(plan.puts):
        sent = zip(put.cells, recovery.written(put, run_id, ordinal), strict=True)
        requests += [update_cells(put.sheet_id, put.row, c.column, [[value]]) for c, value in sent]
    for insert in plan.inserts:
        requests += _insert(insert)
    return requests


def next_run_id(snapshot: Snapshot, first: int) -> int:
    """The id of the next run's mark: one more than the last, or `first` in a workbook that has none."""
    return max(snapshot.run_marks, default=first - 1) + 1


def run_mark(snapshot: Snapshot, run_id: int) -> Iterable[Request]:
    """Leave this run's mark and take the oldest away.

    Some are kept, so that a batch that arrives very late finds its own mark taken and fails. That an id in use is
    refused is the API's documented contract ("unique within the spreadsheet"); not tried on live Google.
    """
    for old in snapshot.run_marks[: -KEPT_MARKS or None]:
        yield {"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataId": old}}}}
    yield {
        "createDeveloperMetadata": {
            "developerMetadata": {
                "metadataId": run_id,
                "metadataKey": RUN_MARK,
                "metadataValue": str(run_id),
                "location": {"spreadsheet": True},
                "visibility": "DOCUMENT",
            }
        }
    }


def _append(sheet_id: int, dimension: str, length: int) -> Request:
    return {"appendDimension": {"sheetId": sheet_id, "dimension": dimension, "length": length}}


def _insert(insert: Insert) -> list[Request]:
    count = len(insert.rows)
    span = {"sheetId": insert.sheet_id, "dimension": "ROWS", "startIndex": insert.at, "endIndex": insert.at + count}
    room: list[Request] = [{"insertDimension": {"range": span, "inheritFromBefore": insert.inherit}}]
    if insert.append:
        # Rows go in before a row of the grid, so the grid gets one more. To write into appended rows would be to write
        # over those that a person adds there in the same moment.
        room.insert(0, _append(insert.sheet_id, "ROWS", 1))
    repeated = _repeated(insert)
    rows = [tuple(None if i in repeated else v for i, v in enumerate(row)) for row in insert.rows]
    return [
        *room,
        update_cells(insert.sheet_id, insert.at, 0, rows),
        *(_repeat(insert, column, formula) for column, formula in repeated.items()),
    ]


def _repeated(insert: Insert) -> dict[int, Formula]:
    """The columns in which every new row has the same formula: sent once, not once a row."""
    first = insert.rows[0]
    return {
        column: value
        for column, value in enumerate(first)
        if isinstance(value, Formula) and len(insert.rows) > 1 and all(row[column] == value for row in insert.rows)
    }


def _repeat(insert: Insert, column: int, formula: Formula) -> Request:
    span = {
        "sheetId": insert.sheet_id,
        "startRowIndex": insert.at,
        "endRowIndex": insert.at + len(insert.rows),
        "startColumnIndex": column,
        "endColumnIndex": column + 1,
    }
    return {"repeatCell": {"range": span, "cell": cell(formula), "fields": "userEnteredValue"}}


def safety_copies(plan: Plan, snapshot: Snapshot, run_id: int) -> list[Request]:
    """Three rows on the tab "Safety copy" for each put, and for each block of fresh rows.

    They are the header's copy beside what we are about to do, the row's values, and the formulas of its touched cells.
    """
    puts = plan.puts
    arrivals = [(i, told) for i in plan.inserts if (told := recovery.describe_arrival(i, run_id))]
    if not puts and not arrivals:
        return []
    safety = next(t for t in snapshot.tabs if t.tab_key == "safety")
    sources = {t.sheet_id: t for t in snapshot.tabs}
    width = max(sources[i].column_count for i in (*(p.sheet_id for p in puts), *(a.sheet_id for a, _ in arrivals)))
    needed = 1 + recovery.ROWS_A_RECORD * (len(puts) + len(arrivals))
    requests: list[Request] = []
    if safety.row_count < needed:
        requests.append(_append(safety.sheet_id, "ROWS", needed - safety.row_count))
    if safety.column_count < width + 1:
        requests.append(_append(safety.sheet_id, "COLUMNS", width + 1 - safety.column_count))
    clear = {"sheetId": safety.sheet_id, "startRowIndex": 1}
    requests.append({"updateCells": {"range": clear, "fields": "userEnteredValue"}})
    for index, put in enumerate(puts):
        row = 1 + recovery.ROWS_A_RECORD * index
        source = sources[put.sheet_id]
        requests += [
            update_cells(safety.sheet_id, row, recovery.RECORD_COLUMN, [[recovery.describe(put, run_id, index)]]),
            _copy(source, put.header_row, safety.sheet_id, row),
            _copy(source, put.row, safety.sheet_id, row + 1),
        ]
        for one in put.cells:
            here = _row(put.sheet_id, put.row, one.column, 1)
            there = _row(safety.sheet_id, row + 2, recovery.COPY_COLUMN + one.column, 1)
            requests.append(_paste(here, there, "PASTE_FORMULA"))
    for index, (insert, told) in enumerate(arrivals, start=len(puts)):
        row = 1 + recovery.ROWS_A_RECORD * index
        requests += [
            update_cells(safety.sheet_id, row, recovery.RECORD_COLUMN, [[told]]),
            _copy(sources[insert.sheet_id], insert.header_row, safety.sheet_id, row),
        ]
    return requests


def _copy(source: RawTab, row: int, sheet_id: int, to_row: int) -> Request:
    there = _row(sheet_id, to_row, recovery.COPY_COLUMN, source.column_count)
    return _paste(_row(source.sheet_id, row, 0, source.column_count), there, "PASTE_VALUES")


def _flatten(flatten: Flatten) -> Request:
    """A cell's value pasted over itself: a formula becomes what it shows, and a typed word stays as it is."""
    here = _row(flatten.sheet_id, flatten.row, flatten.column, 1)
    return _paste(here, here, "PASTE_VALUES")


def _paste(source: Request, destination: Request, kind: str) -> Request:
    return {"copyPaste": {"source": source, "destination": destination, "pasteType": kind}}


def _row(sheet_id: int, row: int, column: int, width: int) -> Request:
    return {
        "sheetId": sheet_id,
        "startRowIndex": row,
        "endRowIndex": row + 1,
        "startColumnIndex": column,
        "endColumnIndex": column + width,
    }


def batch(plan: Plan, snapshot: Snapshot, run_id: int) -> Request:
    """The body of the one `spreadsheets.batchUpdate`, asking back what is needed to check it."""
    titles = {t.sheet_id: t.title for t in snapshot.tabs}
    ranges = []
    for insert in plan.inserts:
        title = titles[insert.sheet_id].replace("'", "''")
        last = column_letter(max(len(r) for r in insert.rows) - 1)
        ranges.append(f"'{title}'!A{insert.at + 1}:{last}{insert.at + len(insert.rows)}")
        header = insert.header_row + 1
        ranges.append(f"'{title}'!A{header}:{last}{header}")
    if plan.puts:
        safety = next(t for t in snapshot.tabs if t.tab_key == "safety")
        ranges.append("'" + safety.title.replace("'", "''") + "'")
    body: Request = {"requests": requests_for(plan, snapshot, run_id)}
    if ranges:
        body |= {"includeSpreadsheetInResponse": True, "responseIncludeGridData": True, "responseRanges": ranges}
    return body


def verify(answer: Mapping[str, Any], plan: Plan, snapshot: Snapshot, run_id: int) -> bool:
    """Whether the answer shows that every row and cell went where it was meant to go, and nothing is left to do.

    False means that a person moved something in the same moment, that the answer is not what was asked for, or that a
    cell must be made plain: the next step must read again and mend.
    """
    marks = [
        r["createDeveloperMetadata"]["developerMetadata"].get("metadataId")
        for r in answer.get("replies", ())
        if r.get("createDeveloperMetadata")
    ]
    if marks != [run_id]:
        return False
    blocks = _blocks(answer)
    tabs = {t.sheet_id: t for t in snapshot.tabs}
    for insert in plan.inserts:
        found = blocks.get(insert.sheet_id, ())
        header = tuple(tabs[insert.sheet_id].at(insert.header_row, i) for i in range(len(insert.rows[0])))
        if not _holds(found, insert.at, insert.rows) or not _holds(found, insert.header_row, (header,)):
            return False
    if any(c.passing for p in plan.puts for c in p.cells):
        return False
    if plan.puts:
        safety = next(t for t in snapshot.tabs if t.tab_key == "safety")
        grids = [b for b in blocks.get(safety.sheet_id, ()) if b[0] == 0]
        if not grids:
            return False
        copied = RawTab(safety.sheet_id, safety.title, 0, 0, entered=grids[0][2])
        left = recovery.left(copied)
        if left.run != run_id or len(left.records) != len(plan.puts) or any(map(recovery.met_an_edit, left.records)):
            return False
    return True


_Block = tuple[int, int, list[list[Value]]]


def _blocks(answer: Mapping[str, Any]) -> dict[int, list[_Block]]:
    found: dict[int, list[_Block]] = {}
    for sheet in answer.get("updatedSpreadsheet", {}).get("sheets", ()):
        for data in sheet.get("data", ()):
            rows = [[_value(c.get("userEnteredValue")) for c in r.get("values", ())] for r in data.get("rowData", ())]
            block = (data.get("startRow", 0), data.get("startColumn", 0), rows)
            found.setdefault(sheet["properties"].get("sheetId", 0), []).append(block)
    return found


def _holds(blocks: Sequence[_Block], at: int, expected: Sequence[Sequence[Value]]) -> bool:
    """Whether these rows stand there, cell by cell."""
    for start, _, rows in blocks:
        if start != at:
            continue
        for offset, wanted in enumerate(expected):
            got = rows[offset] if offset < len(rows) else []
            for column, value in enumerate(wanted):
                have = got[column] if column < len(got) else None
                if isinstance(value, Formula) and isinstance(have, Formula):
                    if not same_formula(value, have):
                        return False
                elif not same(have, value):
                    return False
        return True
    return False


def teachers_batch(page: TeachersPage) -> Request:
    """The teachers' workbook, tab by tab whole: rows, and blanks over what is left of more of them.

    Sending it twice does no harm.
    """
    requests: list[Request] = []
    for tab in page.tabs:
        sheet_id = sheet_id_of(tab.key)
        rows = (*tab.rows, *(("",) * tab.width for _ in range(tab.clear)))
        grid = {"sheetId": sheet_id, "gridProperties": {"rowCount": max(_TEACHERS_ROWS, len(rows) + 1)}}
        requests.append({"updateSheetProperties": {"properties": grid, "fields": "gridProperties.rowCount"}})
        requests.append(update_cells(sheet_id, 1, 0, rows))
    return {"requests": requests}
