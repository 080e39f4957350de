"""batchUpdate kinds that change rows and columns."""

from __future__ import annotations

from typing import Any

from .a1 import MAX_COLUMNS, column_name
from .cells import mask_of
from .change import Change, Refused
from .edits import Edit
from .model import DEFAULT_COLUMN_WIDTH, DEFAULT_ROW_HEIGHT, PLAIN, Dim, Json, Sheet
from .structure import inherit, restructure


def _is_rows(body: Json, field: str = "dimension") -> bool:
    dimension = body.get(field)
    if dimension not in ("ROWS", "COLUMNS"):
        raise Refused("No dimension specified.")
    return bool(dimension == "ROWS")


def _span(change: Change, body: Json) -> tuple[Sheet, bool, int, int]:
    """A DimensionRange: tab, rows?, start, end; open ends are the edges of the grid."""
    sheet = change.sheet(body.get("sheetId"), "sheet")
    rows = _is_rows(body)
    size = len(sheet.rows) if rows else len(sheet.columns)
    start, end = int(body.get("startIndex", 0)), int(body.get("endIndex", size))
    if start < 0 or end <= start:
        raise Refused(f"range.endIndex[{end}] must be greater than range.startIndex[{start}]")
    return sheet, rows, start, end


def insert_dimension(change: Change, body: Json) -> None:
    """`insertDimension`."""
    sheet, rows, start, end = _span(change, body.get("range", {}))
    size = len(sheet.rows) if rows else len(sheet.columns)
    before = bool(body.get("inheritFromBefore"))
    if before and start == 0:
        raise Refused("inheritFromBefore cannot be true when inserting at index 0.")
    if start > size or (start == size and not before):
        raise Refused(
            f"range.startIndex[{start}] must be less than the grid size ({size}) if inheritFromBefore is false."
        )
    across = len(sheet.columns) if rows else len(sheet.rows)
    if not rows:
        check_columns(size + end - start)
    change.room_for((end - start) * across)
    guard_span(change, sheet, rows, start, start + 1 if start < size else start)
    edit = Edit("insert", rows, start, end - start)
    inherit(restructure(change.book, sheet, edit), edit, before=before)


def check_columns(count: int) -> None:
    """Refuse more columns than a grid can have.

    Raises:
        Refused: past column ZZZ.
    """
    if count > MAX_COLUMNS:
        raise Refused(
            f"This action would increase the number of columns in the sheet above the limit of {MAX_COLUMNS} columns."
        )


def guard_span(change: Change, sheet: Sheet, rows: bool, start: int, end: int) -> None:
    """Refuse an edit of whole rows or columns that a protection forbids.

    Raises:
        Refused: with Google's sentence.
    """
    whole = sheet.whole()
    area = type(whole)(start, 0, end, whole.right) if rows else type(whole)(0, start, whole.bottom, end)
    change.guard(sheet, area)


def delete_dimension(change: Change, body: Json) -> None:
    """`deleteDimension`."""
    sheet, rows, start, end = _span(change, body.get("range", {}))
    word = "row" if rows else "column"
    size = len(sheet.rows) if rows else len(sheet.columns)
    if end > size:
        raise Refused(
            f"Cannot delete a {word} that doesn't exist. Tried to delete {word} index {end - 1} but there "
            f"are only {size} {word}s."
        )
    if end - start == size:
        raise Refused(f"You can't delete all the {word}s on the sheet.")
    frozen = sheet.props.get("gridProperties", {}).get(f"frozen{word.capitalize()}Count", 0)
    if frozen and start <= frozen and end == size:
        raise Refused(f"Sorry, it is not possible to delete all non-frozen {word}s.")
    guard_span(change, sheet, rows, start, end)
    restructure(change.book, sheet, Edit("delete", rows, start, end - start))


def move_dimension(change: Change, body: Json) -> None:
    """`moveDimension`; `destinationIndex` counts before the move."""
    sheet, rows, start, end = _span(change, body.get("source", {}))
    size = len(sheet.rows) if rows else len(sheet.columns)
    to = int(body.get("destinationIndex", 0))
    if end > size or not 0 <= to <= size:
        raise Refused(f"destinationIndex[{to}] and source must lie inside the grid of {size}.")
    if start < to < end:
        raise Refused("destinationIndex cannot be inside of the source range.")
    guard_span(change, sheet, rows, start, end)
    if to not in (start, end):
        guard_span(change, sheet, rows, to, min(to + 1, size))  # what moves there goes between what is there
        restructure(change.book, sheet, Edit("move", rows, start, end - start, to))


def append_dimension(change: Change, body: Json) -> None:
    """`appendDimension`."""
    sheet = change.sheet(body.get("sheetId"), "sheet")
    rows, count = _is_rows(body), int(body.get("length", 0))
    if count <= 0:
        raise Refused("length must be greater than 0.")
    grow(change, sheet, rows=count if rows else 0, columns=0 if rows else count)


def grow(change: Change, sheet: Sheet, *, rows: int, columns: int) -> Sheet:
    """Add empty rows and columns at the end."""
    height, width = len(sheet.rows), len(sheet.columns)
    check_columns(width + columns)
    change.room_for((height + rows) * (width + columns) - height * width)
    sheet = change.own(sheet)
    sheet.rows.extend([None] * rows)
    sheet.columns.extend([None] * columns)
    return sheet


def _inside_grid(sheet: Sheet, rows: bool, end: int) -> None:
    size = len(sheet.rows) if rows else len(sheet.columns)
    if end > size:
        raise Refused(f"range.endIndex[{end}] is after the last {'row' if rows else 'column'} of {size}.")


def update_dimension_properties(change: Change, body: Json) -> None:
    """`updateDimensionProperties`: pixelSize and hiddenByUser."""
    sheet, rows, start, end = _span(change, body.get("range", {}))
    _inside_grid(sheet, rows, end)
    mask = mask_of(body.get("fields")) or {"pixelSize": {}, "hiddenByUser": {}}
    unknown = sorted(set(mask) - {"pixelSize", "hiddenByUser", "developerMetadata"})
    if unknown:
        raise Refused(f"Invalid field: {unknown[0]}")
    given = body.get("properties", {})
    sheet = change.own(sheet)
    for at in range(start, end):
        dim = dim_of(sheet, at, rows=rows)
        if "pixelSize" in mask:
            dim = dim._replace(size=checked_size(given.get("pixelSize")))
        if "hiddenByUser" in mask:
            dim = dim._replace(hidden=bool(given.get("hiddenByUser")))
        put_dim(sheet, at, dim, rows=rows)


def checked_size(size: int | None) -> int | None:
    """A height or width in pixels.

    Raises:
        Refused: it is below zero.
    """
    if size is not None and size < 0:
        raise Refused("pixelSize must not be negative.")
    return size


def dim_of(sheet: Sheet, at: int, *, rows: bool) -> Dim:
    """Height or width and hiding of one row or column."""
    if rows:
        row = sheet.rows[at]
        return PLAIN if row is None else row.dim
    return sheet.columns[at] or PLAIN


def put_dim(sheet: Sheet, at: int, dim: Dim, *, rows: bool) -> None:
    """Set it on an owned tab."""
    if not rows:
        sheet.columns[at] = dim
    elif dim != PLAIN or sheet.rows[at] is not None:
        sheet.own_row(at).dim = dim


def auto_resize(change: Change, body: Json) -> None:
    """`autoResizeDimensions`: wide enough for the longest text, by a rough measure of the font."""
    sheet, rows, start, end = _span(change, body.get("dimensions", {}))
    sheet = change.own(sheet)
    size = len(sheet.rows) if rows else len(sheet.columns)
    for at in range(start, min(end, size)):
        if rows:
            put_dim(sheet, at, dim_of(sheet, at, rows=True)._replace(size=DEFAULT_ROW_HEIGHT), rows=True)
            continue
        longest = max((len(str(row.get(at).value or "")) for row in sheet.rows if row is not None), default=0)
        width = max(21, min(longest * 7 + 6, 800)) if longest else DEFAULT_COLUMN_WIDTH
        put_dim(sheet, at, dim_of(sheet, at, rows=False)._replace(size=width), rows=False)


def add_dimension_group(change: Change, body: Json) -> Json:
    """`addDimensionGroup`."""
    sheet, rows, start, end = _span(change, body.get("range", {}))
    _inside_grid(sheet, rows, end)
    sheet = change.own(sheet)
    name = "rowGroups" if rows else "columnGroups"
    depth = 1 + max((group["depth"] for group in sheet.items(name) if _covers(group["range"], start, end)), default=0)
    span = {
        "sheetId": sheet.id,
        "dimension": "ROWS" if rows else "COLUMNS",
        "startIndex": start,
        "endIndex": end,
    }
    groups = [
        {**group, "depth": group["depth"] + 1} if _inside(group["range"], start, end) else group
        for group in sheet.items(name)
    ]
    sheet.set_list(name, [*groups, {"range": span, "depth": depth}])
    return {"dimensionGroups": sheet.items(name)}


def _covers(span: Json, start: int, end: int) -> bool:
    return bool(span["startIndex"] <= start and end <= span["endIndex"])


def _inside(span: Json, start: int, end: int) -> bool:
    return bool(start <= span["startIndex"] and span["endIndex"] <= end and not _covers(span, start, end))


def delete_dimension_group(change: Change, body: Json) -> Json:
    """`deleteDimensionGroup`: the deepest group that spans exactly or covers the range."""
    sheet, rows, start, end = _span(change, body.get("range", {}))
    name = "rowGroups" if rows else "columnGroups"
    groups = [group for group in sheet.items(name) if _covers(group["range"], start, end)]
    if not groups:
        raise Refused(f"No dimension group found at {_describe(rows, start, end)}.")
    gone = max(groups, key=lambda group: group["depth"])
    sheet = change.own(sheet)
    sheet.set_list(name, [group for group in sheet.items(name) if group is not gone])
    return {"dimensionGroups": sheet.items(name)}


def _describe(rows: bool, start: int, end: int) -> str:
    if rows:
        return f"rows {start + 1} to {end}"
    return f"columns {column_name(start)} to {column_name(end - 1)}"


def update_dimension_group(change: Change, body: Json) -> None:
    """`updateDimensionGroup`: collapse or expand, which hides or shows its rows or columns."""
    given = body.get("dimensionGroup", {})
    sheet, rows, start, end = _span(change, given.get("range", {}))
    name = "rowGroups" if rows else "columnGroups"
    _inside_grid(sheet, rows, end)
    mask_of(body.get("fields"))
    sheet = change.own(sheet)
    found = False
    groups = []
    for group in sheet.items(name):
        match = (group["range"]["startIndex"], group["range"]["endIndex"], group["depth"]) == (
            start,
            end,
            given.get("depth", 1),
        )
        found = found or match
        groups.append({**group, "collapsed": bool(given.get("collapsed"))} if match else group)
    if not found:
        raise Refused(f"No dimension group found at {_describe(rows, start, end)}.")
    sheet.set_list(name, groups)
    for at in range(start, end):
        dim: Any = dim_of(sheet, at, rows=rows)._replace(hidden=bool(given.get("collapsed")))
        put_dim(sheet, at, dim, rows=rows)


KINDS = {
    "insertDimension": insert_dimension,
    "deleteDimension": delete_dimension,
    "moveDimension": move_dimension,
    "appendDimension": append_dimension,
    "updateDimensionProperties": update_dimension_properties,
    "autoResizeDimensions": auto_resize,
    "addDimensionGroup": add_dimension_group,
    "deleteDimensionGroup": delete_dimension_group,
    "updateDimensionGroup": update_dimension_group,
}
