"""batchUpdate kinds that push part of the rows or columns aside: insertRange and deleteRange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .a1 import Rect
from .change import Change, Refused
from .formula import Lost, Ref, rewrite
from .model import EMPTY, Json, Sheet
from .ops_cells import last_data_row
from .ops_data import cut_cells
from .ops_dims import grow
from .structure import rewrite_everywhere

if TYPE_CHECKING:
    from collections.abc import Callable


def _area(change: Change, body: Json) -> tuple[Sheet, Rect, bool]:
    sheet, area = change.rect(body.get("range", {}))
    dimension = body.get("shiftDimension")
    if dimension not in {"ROWS", "COLUMNS"}:
        raise Refused("No shiftDimension specified.")
    return sheet, area, dimension == "ROWS"


def insert_range(change: Change, body: Json) -> None:
    """`insertRange`: the cells below, or to the right, move on; the grid grows when they need room."""
    sheet, area, rows = _area(change, body)
    bottom, right = _reach(sheet)
    if rows:
        block = Rect(area.top, area.left, max(bottom, area.top), area.right)
        short = block.bottom + area.height - len(sheet.rows)
        sheet = grow(change, sheet, rows=max(0, short), columns=0)
        to = (area.top + area.height, area.left)
    else:
        block = Rect(area.top, area.left, area.bottom, max(right, area.left))
        short = block.right + area.width - len(sheet.columns)
        sheet = grow(change, sheet, rows=0, columns=max(0, short))
        to = (area.top, area.left + area.width)
    if not block.empty:
        cut_cells(change, sheet, block, sheet, *to)


def delete_range(change: Change, body: Json) -> None:
    """`deleteRange`: the cells below, or to the right, move up; formulas that read the range lose it."""
    sheet, area, rows = _area(change, body)
    change.guard(sheet, area)
    rewrite_everywhere(change.book, sheet, _losing(sheet.title, area))
    sheet = change.own(change.sheet(sheet.id))
    for row, column, _ in list(sheet.written(area)):
        sheet.put(row, column, EMPTY)
    bottom, right = _reach(sheet)
    if rows:
        block = Rect(area.bottom, area.left, max(bottom, area.bottom), area.right)
    else:
        block = Rect(area.top, area.right, area.bottom, max(right, area.right))
    if not block.empty:
        cut_cells(change, sheet, block, sheet, area.top, area.left)


def _reach(sheet: Sheet) -> tuple[int, int]:
    """How far anything is written: rows and columns."""
    wide = max((len(row.cells) for row in sheet.rows if row is not None), default=0)
    filled = [at for at, row in enumerate(sheet.rows) if row is not None and row.cells]
    return max(last_data_row(sheet), filled[-1] if filled else -1) + 1, wide


def _losing(title: str, area: Rect) -> Callable[[str, bool], str]:
    wanted = title.casefold()

    def change(ref: Ref, *, own: bool) -> Ref | Lost:
        here = own if ref.title is None else ref.title.casefold() == wanted
        if not here or None in {ref.row1, ref.column1, ref.row2, ref.column2}:
            return ref
        place = Rect(ref.row1 or 0, ref.column1 or 0, (ref.row2 or 0) + 1, (ref.column2 or 0) + 1)
        return Lost(ref.title) if area.contains(place) else ref

    return lambda text, own: rewrite(text, lambda ref: change(ref, own=own))


KINDS = {"insertRange": insert_range, "deleteRange": delete_range}
