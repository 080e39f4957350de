"""batchUpdate kinds that write cells."""

from __future__ import annotations

from .a1 import Rect
from .cells import cell_writer, with_styles
from .change import Change, Refused, grid_range
from .formula import Formula, shifted, shifted_rule
from .model import EMPTY, Cell, Json, Sheet
from .ops_dims import grow


def update_cells(change: Change, body: Json) -> None:
    """`updateCells`: rows at `start`, or into `range`, where what is not given is cleared."""
    write = cell_writer(body.get("fields"))
    rows = body.get("rows", [])
    widest = max((len(row.get("values", ())) for row in rows), default=0)
    if "start" in body:
        sheet, top, left = change.place(body["start"])
        area = Rect(top, left, top + len(rows), left + widest)
        _inside(sheet, area)
        fill = False
    elif "range" in body:
        sheet, area = change.rect(body["range"])
        if len(rows) > area.height:
            raise Refused(
                f"Attempting to write row: {area.bottom}, beyond the last requested row of: {area.bottom - 1}"
            )
        if widest > area.width:
            raise Refused(
                f"Attempting to write column: {area.right}, beyond the last requested column of: {area.right - 1}"
            )
        fill = True
    else:
        raise Refused("No area specified.")
    change.guard(sheet, area)
    sheet = change.own(sheet)
    for offset in range(area.height):
        values = rows[offset].get("values", []) if offset < len(rows) else []
        count = area.width if fill else len(values)
        if not count:
            continue
        row = sheet.rows[area.top + offset]
        if row is None and not any(values):
            continue
        row = sheet.own_row(area.top + offset)
        for at in range(count):
            column = area.left + at
            row.put(column, write(row.get(column), values[at] if at < len(values) else {}))


def _inside(sheet: Sheet, area: Rect) -> None:
    if area.bottom > len(sheet.rows):
        last = len(sheet.rows)
        raise Refused(f"Attempting to write row: {last}, beyond the last requested row of: {last - 1}")
    if area.right > len(sheet.columns):
        last = len(sheet.columns)
        raise Refused(f"Attempting to write column: {last}, beyond the last requested column of: {last - 1}")


def append_cells(change: Change, body: Json) -> None:
    """`appendCells`: after the last row that holds data, growing the grid when it must."""
    if "tableId" in body:
        raise Refused("The local workspace does not append to tables; use values.append.")
    write = cell_writer(body.get("fields"))
    sheet = change.sheet(body.get("sheetId"), "sheet")
    rows = body.get("rows", [])
    top = last_data_row(sheet) + 1
    widest = max((len(row.get("values", ())) for row in rows), default=0)
    sheet = grow(
        change,
        sheet,
        rows=max(0, top + len(rows) - len(sheet.rows)),
        columns=max(0, widest - len(sheet.columns)),
    )
    if rows and widest:
        change.guard(sheet, Rect(top, 0, top + len(rows), widest))
    for offset, row in enumerate(rows):
        for column, data in enumerate(row.get("values", [])):
            sheet.put(top + offset, column, write(sheet.cell(top + offset, column), data))


def last_data_row(sheet: Sheet) -> int:
    """The last row with a value, -1 when there is none. Formats alone are no data."""
    for at in range(len(sheet.rows) - 1, -1, -1):
        row = sheet.rows[at]
        if row is not None and any(cell is not None and cell.value is not None for cell in row.cells):
            return at
    return -1


def repeat_cell(change: Change, body: Json) -> None:
    """`repeatCell`; formulas shift as they repeat, like a copy."""
    write = cell_writer(body.get("fields"))
    sheet, area = change.rect(body.get("range", {}))
    change.guard(sheet, area)
    sheet = change.own(sheet)
    data = body.get("cell", {})
    formula = data.get("userEnteredValue", {}).get("formulaValue")
    # Cells of a range are mostly one and the same object (empty, or repeated before): each is written once.
    written: dict[int, tuple[Cell, Cell]] = {}
    for row_index in range(area.top, area.bottom):
        if sheet.rows[row_index] is None and not data:
            continue
        row = sheet.own_row(row_index)
        for column in range(area.left, area.right):
            was = row.get(column)
            known = written.get(id(was))
            if known is None:
                known = written[id(was)] = was, write(was, data)
            cell = known[1]
            if formula is not None and isinstance(cell.value, Formula):
                text = shifted(cell.value, row_index - area.top, column - area.left)
                cell = cell._replace(value=Formula(text))
            row.put(column, cell)


def set_data_validation(change: Change, body: Json) -> None:
    """`setDataValidation`; without a rule the validation is cleared."""
    sheet, area = change.rect(body.get("range", {}))
    change.guard(sheet, area)
    sheet = change.own(sheet)
    rule = body.get("rule") or None
    # Written for the upper left cell of the range, as a custom formula of a conditional format is.
    moves = rule is not None and shifted_rule(rule, 1, 1) is not rule
    for row_index in range(area.top, area.bottom):
        if rule is None and sheet.rows[row_index] is None:
            continue
        row = sheet.own_row(row_index)
        for column in range(area.left, area.right):
            here = shifted_rule(rule, row_index - area.top, column - area.left) if moves else rule
            row.put(column, row.get(column)._replace(validation=here))


_SIDES = ("top", "bottom", "left", "right", "innerHorizontal", "innerVertical")


def update_borders(change: Change, body: Json) -> None:
    """`updateBorders`."""
    sheet, area = change.rect(body.get("range", {}))
    change.guard(sheet, area)
    sheet = change.own(sheet)
    given = {side: with_styles(body[side]) for side in _SIDES if side in body}
    for row in range(area.top, area.bottom):
        for column in range(area.left, area.right):
            sides = {
                "top": "top" if row == area.top else "innerHorizontal",
                "bottom": "bottom" if row == area.bottom - 1 else "innerHorizontal",
                "left": "left" if column == area.left else "innerVertical",
                "right": "right" if column == area.right - 1 else "innerVertical",
            }
            cell = sheet.cell(row, column)
            borders = dict((cell.format or {}).get("borders", {}))
            for side, source in sides.items():
                border = given.get(source)
                if border is None:
                    continue
                if border.get("style", "NONE") == "NONE":
                    borders.pop(side, None)
                else:
                    borders[side] = border
            shape = {name: item for name, item in (cell.format or {}).items() if name != "borders"}
            if borders:
                shape["borders"] = borders
            sheet.put(row, column, cell._replace(format=shape or None))


def merge_cells(change: Change, body: Json) -> None:
    """`mergeCells`: the value of the first cell stays, the others are cleared."""
    sheet, area = change.rect(body.get("range", {}))
    kind = body.get("mergeType", "MERGE_ALL")
    change.guard(sheet, area)
    sheet = change.own(sheet)
    if kind == "MERGE_COLUMNS":
        parts = [Rect(area.top, column, area.bottom, column + 1) for column in range(area.left, area.right)]
    elif kind == "MERGE_ROWS":
        parts = [Rect(row, area.left, row + 1, area.right) for row in range(area.top, area.bottom)]
    else:
        parts = [area]
    kept = [span for span in sheet.items("merges") if not _rect(span).intersects(area)]
    for span in sheet.items("merges"):
        if _rect(span).intersects(area) and not area.contains(_rect(span)):
            raise Refused("You must select all cells in a merged range to merge or unmerge them.")
    for part in parts:
        if part.height * part.width == 1:
            continue
        kept.append(grid_range(sheet, part))
        _keep_first(sheet, part)
    sheet.set_list("merges", kept)


def _keep_first(sheet: Sheet, part: Rect) -> None:
    written = [(row, column, cell) for row, column, cell in sheet.written(part) if cell.value is not None]
    if not written:
        return
    first = written[0][2].value
    for row, column, cell in written:
        sheet.put(row, column, cell._replace(value=None))
    corner = sheet.cell(part.top, part.left)
    sheet.put(part.top, part.left, corner._replace(value=first))


def _rect(span: Json) -> Rect:
    return Rect(span["startRowIndex"], span["startColumnIndex"], span["endRowIndex"], span["endColumnIndex"])


def unmerge_cells(change: Change, body: Json) -> None:
    """`unmergeCells`."""
    sheet, area = change.rect(body.get("range", {}))
    kept = []
    for span in sheet.items("merges"):
        if not _rect(span).intersects(area):
            kept.append(span)
        elif not area.contains(_rect(span)):
            raise Refused("You must select all cells in a merged range to merge or unmerge them.")
    change.own(sheet).set_list("merges", kept)


def clear(sheet: Sheet, area: Rect) -> None:
    """Clear the values of an owned tab; formats, notes and validation stay."""
    for row, column, cell in list(sheet.written(area)):
        if cell.value is not None or cell.runs is not None:
            sheet.put(row, column, cell._replace(value=None, runs=None))


def blank(cell: Cell | None) -> bool:
    """Whether a cell holds no value."""
    return cell is None or cell is EMPTY or cell.value is None


KINDS = {
    "updateCells": update_cells,
    "appendCells": append_cells,
    "repeatCell": repeat_cell,
    "setDataValidation": set_data_validation,
    "updateBorders": update_borders,
    "mergeCells": merge_cells,
    "unmergeCells": unmerge_cells,
}
