"""The values collection: get, update, append and clear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_workspace.http.wire import bad_request

from .a1 import Rect, column_name
from .batch import bad_request_plain
from .change import Change, Refused, check_text, number_of
from .edits import Edit
from .formula import Formula
from .model import EMPTY, Cell, Json, Sheet, Value
from .numfmt import TEMPORAL, show
from .ops_cells import clear
from .ops_data import enter
from .ops_dims import grow
from .ranges import Target, clipped, out_of_grid, resolve
from .results import Computed, Failure, Result
from .structure import inherit, restructure

if TYPE_CHECKING:
    import datetime as dt

    from .engine import Values

RENDERINGS = ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA")
DATES = ("SERIAL_NUMBER", "FORMATTED_STRING")
INPUTS = ("RAW", "USER_ENTERED")
Render = Callable[[int, int, Cell], Any]


@dataclass(frozen=True, slots=True)
class Rendering:
    """How values are answered."""

    values: str = "FORMATTED_VALUE"
    dates: str = "SERIAL_NUMBER"
    dimension: str = "ROWS"


def renderer(values: Values, locale: str, how: Rendering) -> Render:
    """A function from a cell to the JSON value that answers for it; "" for an empty one."""
    kind = how.values

    def render(row: int, column: int, cell: Cell) -> Any:
        if kind == "FORMULA" and isinstance(cell.value, Formula):
            return str(cell.value)
        value = values.at(row, column, cell)
        if value is None:
            return ""
        if isinstance(value, str):
            return value if kind != "FORMATTED_VALUE" else show(value, _number_format(cell), locale)
        if kind == "FORMATTED_VALUE" or isinstance(value, Failure):
            return show(value, _number_format(cell), locale)
        if how.dates == "FORMATTED_STRING" and _is_temporal(value, cell):
            return show(value, _number_format(cell), locale)
        return value.number if isinstance(value, Computed) else value

    return render


def _number_format(cell: Cell) -> Json | None:
    return None if cell.format is None else cell.format.get("numberFormat")


def _is_temporal(value: Result, cell: Cell) -> bool:
    if isinstance(value, bool):
        return False
    own = (_number_format(cell) or {}).get("type")
    return (own or (value.shape.get("type") if isinstance(value, Computed) else "")) in TEMPORAL


def read(target: Target, values: Values, locale: str, how: Rendering) -> Json:
    """The ValueRange of a range, without its empty end."""
    target = clipped(target)
    rect, sheet = target.rect, target.sheet
    render = renderer(values, locale, how)
    body: Json = {"range": target.text, "majorDimension": how.dimension}
    rows: list[list[Any]] = []
    for row_index in range(rect.top, rect.bottom):
        row = sheet.rows[row_index]
        reach = min(rect.right, values.width(row_index))
        line = [
            render(row_index, column, EMPTY if row is None else row.get(column)) for column in range(rect.left, reach)
        ]
        rows.append(line)
    grid = trim(rows) if how.dimension != "COLUMNS" else trim(transpose(rows, rect.width))
    if grid:
        body["values"] = grid
    return body


def trim(rows: list[list[Any]]) -> list[list[Any]]:
    """Rows without empty cells at their ends, and without empty rows at the end."""
    for row in rows:
        while row and row[-1] == "" and isinstance(row[-1], str):
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def transpose(rows: list[list[Any]], width: int) -> list[list[Any]]:
    """Rows as columns, ragged ends filled with ""."""
    return [[row[at] if at < len(row) else "" for row in rows] for at in range(width)]


def write(change: Change, text: str, body: Json, option: str) -> Target:
    """Write a ValueRange; gives the cells that its values cover.

    Raises:
        ApiError: 400 when the range or a value is refused.
    """
    return write_at(change, resolve(change.book, text), body, option)


def write_at(change: Change, target: Target, body: Json, option: str) -> Target:
    """Write values into cells; null leaves a cell alone, "" clears it."""
    rows = checked_rows(body)
    high, wide = len(rows), max((len(row) for row in rows), default=0)
    limit, sheet = target.rect, target.sheet
    covered = Rect(limit.top, limit.left, limit.top + high, limit.left + wide)
    if not target.open:
        _within(target, covered)
    if covered.bottom > len(sheet.rows) or covered.right > len(sheet.columns):
        raise out_of_grid(target.part(covered), sheet)
    if high and wide:
        put_rows(change, sheet, covered, rows, option)
    else:
        covered = Rect(limit.top, limit.left, limit.top + 1, limit.left + 1)
    return Target(change.sheet(sheet.id), covered)


def _within(target: Target, covered: Rect) -> None:
    """Refuse values beyond the range that was asked for (recorded, pygsheets#132)."""
    if covered.right > target.rect.right:
        raise bad_request_plain(
            f"Requested writing within range [{target.text}], but tried writing to column "
            f"[{column_name(target.rect.right)}]"
        )
    if covered.bottom > target.rect.bottom:
        raise bad_request_plain(
            f"Requested writing within range [{target.text}], but tried writing to row [{target.rect.bottom + 1}]"
        )


def checked_rows(body: Json) -> list[list[Any]]:
    """The values of a ValueRange as rows.

    Raises:
        ApiError: 400 for a value that no cell can hold (lists and objects).
    """
    rows = body.get("values") or []
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            if isinstance(value, (list, dict)):
                kind = "list_value" if isinstance(value, list) else "struct_value"
                raise bad_request_plain(f"Invalid values[{y}][{x}]: {kind} {{\n}}\n")
    if body.get("majorDimension") == "COLUMNS":
        height = max((len(column) for column in rows), default=0)
        return [[column[at] if at < len(column) else None for column in rows] for at in range(height)]
    return list(rows)


def put_rows(change: Change, sheet: Sheet, area: Rect, rows: list[list[Any]], option: str) -> None:
    """Write rows of JSON values at the corner of an area."""
    if option not in INPUTS:
        raise bad_request("'valueInputOption' is required but not specified", "valueInputOption")
    try:
        change.guard(sheet, area)
        sheet = change.own(sheet)
        typed = option == "USER_ENTERED"
        locale, today = change.book.locale, change.now.date()
        for y, line in enumerate(rows, area.top):
            if all(value is None for value in line):
                continue
            row = sheet.own_row(y)
            for x, value in enumerate(line, area.left):
                if value is None:
                    continue
                cell = row.get(x)
                row.put(x, _entered(cell, value, locale, today) if typed else _raw(cell, value))
    except Refused as error:
        raise bad_request_plain(str(error)) from error


def _raw(cell: Cell, value: Any) -> Cell:
    return cell._replace(value=_value(value), runs=None)


def _entered(cell: Cell, value: Any, locale: str, today: dt.date) -> Cell:
    if isinstance(value, str):
        return enter(cell, check_text(value), locale, today)
    return cell._replace(value=_value(value), runs=None)


def _value(value: Any) -> Value:
    if isinstance(value, str):
        return check_text(value) or None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number_of(value)
    return value  # type: ignore[no-any-return]


def append(change: Change, text: str, body: Json, option: str, *, insert: bool) -> tuple[Target | None, Target]:
    """Append rows after the table that a range touches; gives the table, and the cells written."""
    target = clipped(resolve(change.book, text))
    rows = checked_rows(body)
    table = find_table(change, target)
    top = target.rect.top if table is None else table.bottom
    left = target.rect.left if table is None else table.left
    high, wide = len(rows), max((len(row) for row in rows), default=0)
    covered = Rect(top, left, top + max(high, 1), left + max(wide, 1))
    sheet = change.sheet(target.sheet.id)
    try:
        if insert and high and top < len(sheet.rows):
            sheet = _insert(change, sheet, top, high)
        sheet = grow(
            change,
            sheet,
            rows=max(0, covered.bottom - len(sheet.rows)),
            columns=max(0, covered.right - len(sheet.columns)),
        )
    except Refused as error:
        raise bad_request_plain(str(error)) from error
    if high and wide:
        put_rows(change, sheet, covered, rows, option)
    sheet = change.sheet(sheet.id)
    return (None if table is None else Target(sheet, table)), Target(sheet, covered)


def _insert(change: Change, sheet: Sheet, at: int, count: int) -> Sheet:
    edit = Edit("insert", True, at, count)
    sheet = restructure(change.book, sheet, edit)
    inherit(sheet, edit, before=at > 0)
    return sheet


def find_table(change: Change, target: Target) -> Rect | None:
    """The table that values are appended to: the last block of data that the range touches."""
    sheet, values = target.sheet, change.values(target.sheet)

    def filled(row: int, column: int) -> bool:
        cell = sheet.cell(row, column)
        return cell.value is not None or values.at(row, column, cell) is not None

    last: tuple[int, int] | None = None
    for row, column, cell in sheet.written(target.rect):
        if cell.value is not None:
            last = (row, column)
    if last is None:
        return None
    return _grown(Rect(last[0], last[1], last[0] + 1, last[1] + 1), sheet, filled)


def _grown(block: Rect, sheet: Sheet, filled: Callable[[int, int], bool]) -> Rect:
    """Grow a block while a neighbouring row or column, corners included, holds data."""
    top, left, bottom, right = block.top, block.left, block.bottom, block.right
    rows, columns = len(sheet.rows), len(sheet.columns)
    while True:
        wide = range(max(left - 1, 0), min(right + 1, columns))
        high = range(max(top - 1, 0), min(bottom + 1, rows))
        if top > 0 and any(filled(top - 1, at) for at in wide):
            top -= 1
        elif bottom < rows and any(filled(bottom, at) for at in wide):
            bottom += 1
        elif left > 0 and any(filled(at, left - 1) for at in high):
            left -= 1
        elif right < columns and any(filled(at, right) for at in high):
            right += 1
        else:
            return Rect(top, left, bottom, right)


def clear_range(change: Change, target: Target) -> Target:
    """Clear the values of a range; gives the part inside the grid."""
    target = clipped(target)
    try:
        change.guard(target.sheet, target.rect)
    except Refused as error:
        raise bad_request_plain(str(error)) from error
    sheet = change.own(target.sheet)
    clear(sheet, target.rect)
    return Target(sheet, target.rect)
