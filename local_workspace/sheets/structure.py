"""Inserting, deleting and moving rows and columns: the grid, and everything that has a place on it.

Also what a formula elsewhere does when a tab is renamed or deleted, and when cells are cut and pasted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .a1 import Rect
from .formula import Formula, Lost, Ref, edited, retitled, rewrite, shifted_rule
from .model import PLAIN, Cell, Dim, Json, Row, Sheet, Spreadsheet

if TYPE_CHECKING:
    from .edits import Edit

Rewrite = Callable[[str, bool], str]
"""(formula, whether it stands on the edited tab) -> formula."""

GRID_KEYS = frozenset(("sheetId", "startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex"))


def restructure(book: Spreadsheet, sheet: Sheet, edit: Edit) -> Sheet:
    """Carry out a structural edit on a tab of a draft; gives the draft's own tab back."""
    sheet = book.own(sheet)
    if edit.rows:
        sheet.rows = _rearranged(sheet.rows, edit)
    else:
        sheet.columns = _rearranged(sheet.columns, edit)
        _move_cells_sideways(sheet, edit)
    _frozen(sheet, edit)
    title = sheet.title
    rewrite_everywhere(book, sheet, lambda text, own: edited(text, title, edit, own=own))
    follow = _Follow(sheet.id, edit)
    for tab in list(book.sheets):
        follow.tab(book, tab)
    book.named_ranges = follow.named(book.named_ranges)
    for entry in list(book.metadata.values()):
        if entry.sheet_id == sheet.id and entry.index is not None and (entry.dimension == "ROWS") == edit.rows:
            at = edit.index(entry.index)
            if at is None:
                del book.metadata[entry.id]
            elif at != entry.index:
                book.metadata[entry.id] = replace(entry, index=at)
    return sheet


def _rearranged(items: list[Any], edit: Edit) -> list[Any]:
    end = edit.start + edit.count
    if edit.kind == "insert":
        return [*items[: edit.start], *([None] * edit.count), *items[edit.start :]]
    if edit.kind == "delete":
        return [*items[: edit.start], *items[end:]]
    block = items[edit.start : end]
    rest = [*items[: edit.start], *items[end:]]
    to = edit.to if edit.to <= edit.start else edit.to - edit.count
    return [*rest[:to], *block, *rest[to:]]


def _move_cells_sideways(sheet: Sheet, edit: Edit) -> None:
    for at, row in enumerate(sheet.rows):
        if row is None or len(row.cells) <= min(edit.start, edit.to if edit.kind == "move" else edit.start):
            continue
        cells = row.cells
        if edit.kind == "move":  # cells past the last one in use are not stored, and move too
            reach = max(edit.start + edit.count, edit.to)
            cells = cells + [None] * (reach - len(cells))
        sheet.rows[at] = Row(sheet.owner, trimmed(_rearranged(cells, edit)), row.dim)


def trimmed(cells: list[Cell | None]) -> list[Cell | None]:
    """Cells without the empty ones at the end."""
    last = len(cells)
    while last and cells[last - 1] is None:
        last -= 1
    return cells[:last]


def _frozen(sheet: Sheet, edit: Edit) -> None:
    name = "frozenRowCount" if edit.rows else "frozenColumnCount"
    grid = sheet.props.get("gridProperties", {})
    frozen = grid.get(name, 0)
    if not frozen or edit.kind == "move":
        return
    if edit.kind == "insert":
        after = frozen + (edit.count if edit.start < frozen else 0)
    else:
        after = frozen - max(0, min(edit.start + edit.count, frozen) - edit.start)
    if after != frozen:
        sheet.props = {**sheet.props, "gridProperties": {**grid, name: after}}


class _Follow:
    """Moves every range of a spreadsheet's objects along with an edit."""

    def __init__(self, sheet_id: int, edit: Edit) -> None:
        self._sheet_id = sheet_id
        self._edit = edit

    def tab(self, book: Spreadsheet, tab: Sheet) -> None:
        """Everything kept on one tab. Charts may draw from another tab, so every tab is asked."""
        own = tab.id == self._sheet_id
        for name, items in list(tab.lists.items()):
            if name in ("rowGroups", "columnGroups"):
                after = self._groups(items) if own and (name == "rowGroups") == self._edit.rows else items
            elif own or name == "charts":
                after = [new for new in (self._object(item, name) for item in items) if new is not None]
            else:
                continue
            if after != items:
                tab = book.own(tab)
                tab.set_list(name, after)
        if own and tab.basic_filter is not None:
            tab = book.own(tab)
            held = tab.basic_filter
            tab.basic_filter = None if held is None else self._object(held, "basicFilter")

    def named(self, names: list[Json]) -> list[Json]:
        """Named ranges; one whose cells are gone goes too."""
        kept = []
        for entry in names:
            span = self._range(entry["range"])
            if span is not None:
                kept.append(entry if span is entry["range"] else {**entry, "range": span})
        return kept

    def _object(self, item: Json, kind: str) -> Json | None:
        """One object; None when the range that it stands on is gone."""
        if kind == "merges":
            span = self._range(item)
            return None if span is None or _one_cell(span) else span
        if not self._edit.rows and kind in ("basicFilter", "filterViews"):
            item = self._criteria(item)
        after = self._walk(item)
        if kind == "conditionalFormats" and not after.get("ranges"):
            return None
        had_range = isinstance(item.get("range"), dict)
        return None if had_range and after.get("range") is None else after

    def _walk(self, value: Any) -> Any:
        if isinstance(value, list):
            walked = [self._walk(item) for item in value]
            return [item for item in walked if item is not None]
        if not isinstance(value, dict):
            return value
        if value.keys() <= GRID_KEYS and ("sheetId" in value or len(value) > 1):
            return self._range(value)
        if value.keys() == {"sheetId", "rowIndex", "columnIndex"} or (
            "rowIndex" in value and value.keys() <= {"sheetId", "rowIndex", "columnIndex"}
        ):
            return self._coordinate(value)
        out = {}
        for key, item in value.items():
            new = self._walk(item)
            if new is not None:
                out[key] = new
        return out

    def _coordinate(self, place: Json) -> Json:
        if place.get("sheetId", 0) != self._sheet_id:
            return place
        name = "rowIndex" if self._edit.rows else "columnIndex"
        at = self._edit.index(place.get(name, 0))
        return {**place, name: self._edit.start if at is None else at}

    def _range(self, span: Json) -> Json | None:
        if span.get("sheetId", 0) != self._sheet_id:
            return span
        name = "Row" if self._edit.rows else "Column"
        start, end = span.get(f"start{name}Index"), span.get(f"end{name}Index")
        if start is None and end is None:
            return span
        moved = self._edit.span(start, None if end is None else end - 1)
        if moved is None:
            return None
        first, last = moved
        if first == start and (last is None or last + 1 == end):
            return span
        after = dict(span)
        if first is not None:
            after[f"start{name}Index"] = first
        if last is not None:
            after[f"end{name}Index"] = last + 1
        return after

    def _criteria(self, item: Json) -> Json:
        out = dict(item)
        if "criteria" in item:
            moved = ((self._edit.index(int(key)), value) for key, value in item["criteria"].items())
            out["criteria"] = {str(at): value for at, value in moved if at is not None}
        for name, key in (("filterSpecs", "columnIndex"), ("sortSpecs", "dimensionIndex")):
            if name in item:
                pairs = ((self._edit.index(spec.get(key, 0)), spec) for spec in item[name])
                out[name] = [{**spec, key: at} for at, spec in pairs if at is not None]
        return out

    def _groups(self, groups: list[Json]) -> list[Json]:
        kept = []
        for group in groups:
            span = group["range"]
            moved = self._edit.span(span["startIndex"], span["endIndex"] - 1)
            if moved is not None and moved[1] is not None:
                kept.append({**group, "range": {**span, "startIndex": moved[0], "endIndex": moved[1] + 1}})
        return kept


def _one_cell(span: Json) -> bool:
    return bool(
        span["endRowIndex"] - span["startRowIndex"] <= 1 and span["endColumnIndex"] - span["startColumnIndex"] <= 1
    )


def rewrite_everywhere(book: Spreadsheet, edited_sheet: Sheet, change: Rewrite) -> None:
    """Rewrite every formula of a draft: in cells, validation rules, conditional formats and filters."""
    known: dict[tuple[str, bool], str] = {}
    rules: dict[int, tuple[Json, Json]] = {}

    def once(text: str, own: bool) -> str:
        key = (text, own)
        after = known.get(key)
        if after is None:
            after = known[key] = change(text, own)
        return after

    for tab in list(book.sheets):
        own = tab.id == edited_sheet.id
        writes: list[tuple[int, int, Cell]] = []
        for row, column, cell in tab.written():
            new = cell
            if isinstance(cell.value, Formula):
                text = once(cell.value, own)
                if text is not cell.value and text != cell.value:
                    new = new._replace(value=Formula(text))
            if cell.validation is not None:
                kept = rules.get(id(cell.validation))
                if kept is None:
                    kept = rules[id(cell.validation)] = (
                        cell.validation,
                        _conditions(cell.validation, once, own),
                    )
                if kept[1] is not cell.validation:
                    new = new._replace(validation=kept[1])
            if new is not cell:
                writes.append((row, column, new))
        if writes:
            tab = book.own(tab)  # noqa: PLW2901 - the draft's copy of the same tab
            for row, column, cell in writes:
                tab.put(row, column, cell)
        _rewrite_rules(book, tab, once, own)


def _rewrite_rules(book: Spreadsheet, tab: Sheet, once: Rewrite, own: bool) -> None:
    for name in ("conditionalFormats", "filterViews"):
        items = tab.items(name)
        after = [_conditions(item, once, own) for item in items]
        if any(new is not old for new, old in zip(after, items, strict=True)):
            tab = book.own(tab)
            tab.set_list(name, after)


def _conditions(value: Any, once: Rewrite, own: bool) -> Any:
    """A rule with the formulas in its conditions rewritten; the same object when nothing changed."""
    if isinstance(value, list):
        items = [_conditions(item, once, own) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    if not isinstance(value, dict):
        return value
    out: Json | None = None
    for key, item in value.items():
        if key == "userEnteredValue" and isinstance(item, str) and item.startswith("="):
            text = once(item, own)
            new: Any = item if text == item else text
        else:
            new = _conditions(item, once, own)
        if new is not item:
            out = dict(value) if out is None else out
            out[key] = new
    return value if out is None else out


def rename_in_formulas(book: Spreadsheet, sheet: Sheet, old: str, new: str | None) -> None:
    """Formulas that name a tab follow its new title, or lose their reference when it is deleted."""
    rewrite_everywhere(book, sheet, lambda text, _own: retitled(text, old, new))


def follow_cut(book: Spreadsheet, source: Sheet, cut: Rect, target: Sheet, top: int, left: int) -> None:
    """Formulas that point into cells that were cut follow them to where they were pasted."""
    down, right = top - cut.top, left - cut.left
    title = source.title.casefold()
    named = target.title

    def change(text: str, own: bool) -> str:
        def moved(ref: Ref) -> Ref | Lost:
            if not (own if ref.title is None else ref.title.casefold() == title):
                return ref
            if None in (ref.row1, ref.column1, ref.row2, ref.column2):
                return ref
            place = Rect(ref.row1 or 0, ref.column1 or 0, (ref.row2 or 0) + 1, (ref.column2 or 0) + 1)
            if not cut.contains(place):
                return ref
            return replace(
                ref,
                title=ref.title if source is target or source.id == target.id else named,
                row1=place.top + down,
                row2=place.bottom - 1 + down,
                column1=place.left + right,
                column2=place.right - 1 + right,
            )

        return rewrite(text, moved)

    rewrite_everywhere(book, source, change)


def inherit(sheet: Sheet, edit: Edit, *, before: bool) -> None:
    """New rows or columns take formats and validation from their neighbour, as `inheritFromBefore` says."""
    source = edit.start - 1 if before else edit.start + edit.count
    if edit.rows:
        row = sheet.rows[source] if 0 <= source < len(sheet.rows) else None
        if row is None:
            return
        for at in range(edit.start, edit.start + edit.count):
            cells = trimmed([_shell(cell, at - source, 0) for cell in row.cells])
            if cells or row.dim.size is not None:
                sheet.rows[at] = Row(sheet.owner, cells, Dim(row.dim.size))
        return
    if not 0 <= source < len(sheet.columns):
        return
    dim = sheet.columns[source] or PLAIN
    for at in range(edit.start, edit.start + edit.count):
        sheet.columns[at] = Dim(dim.size) if dim.size is not None else None
    for index, row in enumerate(sheet.rows):
        for at in range(edit.start, edit.start + edit.count):
            shell = None if row is None else _shell(row.get(source), 0, at - source)
            if shell is not None:
                sheet.own_row(index).put(at, shell)


def _shell(cell: Cell | None, rows: int, columns: int) -> Cell | None:
    if cell is None or (cell.format is None and cell.validation is None):
        return None
    rule = cell.validation and shifted_rule(cell.validation, rows, columns)
    return Cell(None, cell.format, None, rule)
