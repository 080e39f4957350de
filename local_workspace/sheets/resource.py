"""The Spreadsheet resource: what spreadsheets.get answers, built only as far as the field mask asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_workspace.http.fields import EVERYTHING, Mask, select, sub_mask, wants
from local_workspace.http.wire import Kept, Shared

from .change import may_edit
from .conditions import Place, conditional_formats, hidden_rows
from .defaults import EFFECTIVE_FORMAT
from .formula import Formula
from .links import computed_links, link_of
from .model import (
    DEFAULT_COLUMN_WIDTH,
    DEFAULT_ROW_HEIGHT,
    EMPTY,
    PLAIN,
    Cell,
    Dim,
    Json,
    Sheet,
    Spreadsheet,
)
from .numfmt import default_pattern, show
from .ops_sheets import sheet_properties
from .results import Computed, Failure, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from .a1 import Rect
    from .engine import Engine, Values


class Reader:
    """Builds resources of one spreadsheet for one caller."""

    def __init__(self, book: Spreadsheet, engine: Engine, base_url: str, actor: str, *, owner: bool) -> None:
        self._book = book
        self._engine = engine
        self._base_url = base_url
        self._actor = actor
        self._owner = owner
        self._formats: dict[int, Json] = {}
        self._shared: dict[int, Json] = {}

    def spreadsheet(
        self, asked: Mask | None, *, ranges: list[tuple[Sheet, Rect]] | None = None, grid_data: bool = False
    ) -> Json:
        """The Spreadsheet.

        Args:
            asked: the field mask; where there is one, it decides about the cells and `grid_data` does not.
            ranges: the tabs and cells to answer for; None for all.
            grid_data: whether to answer cells when the mask does not say.
        """
        book = self._book
        mask = EVERYTHING if asked is None else asked
        out: Json = {"spreadsheetId": book.id}
        if wants(mask, "properties"):
            out["properties"] = book.props
        if wants(mask, "sheets"):
            below = sub_mask(mask, "sheets")
            cells = grid_data if asked is None else wants(below, "data")
            out["sheets"] = [
                self.sheet(sheet, below, self._areas(sheet, ranges) if cells else None)
                for sheet in book.sheets
                if ranges is None or any(part.id == sheet.id for part, _ in ranges)
            ]
        if book.named_ranges:
            out["namedRanges"] = book.named_ranges
        out["spreadsheetUrl"] = f"{self._base_url}/spreadsheets/d/{book.id}/edit"
        on_book = [entry.json() for entry in book.metadata.values() if entry.sheet_id is None]
        if on_book:
            out["developerMetadata"] = on_book
        whole = {name: item for name, item in out.items() if name != "sheets"}
        asked_for: Json = select(whole, mask)
        return {name: asked_for.get(name, item) for name, item in out.items() if name in asked_for or name == "sheets"}

    def _areas(self, sheet: Sheet, ranges: list[tuple[Sheet, Rect]] | None) -> list[Rect]:
        if ranges is None:
            return [sheet.whole()] if sheet.is_grid else []
        return [rect for part, rect in ranges if part.id == sheet.id]

    def sheet(self, sheet: Sheet, mask: Mask, areas: list[Rect] | None) -> Json:
        """The Sheet resource, masked, with the cells of `areas` when given."""
        out: Json = {"properties": sheet_properties(self._book, sheet)}
        for name, items in sheet.lists.items():
            if name == "protectedRanges":
                items = [{**item, "requestingUserCanEdit": self._can_edit(item)} for item in items]  # noqa: PLW2901
            out[name] = items
        if sheet.basic_filter is not None:
            out["basicFilter"] = sheet.basic_filter
        on_tab = [
            entry.json() for entry in self._book.metadata.values() if entry.sheet_id == sheet.id and entry.index is None
        ]
        if on_tab:
            out["developerMetadata"] = on_tab
        out = select(out, mask)
        if areas:
            below = sub_mask(mask, "data")
            out["data"] = [self._grid_data(sheet, rect, below) for rect in areas]
        return out

    def _can_edit(self, protection: Json) -> bool:
        return self._owner or may_edit(protection, self._actor)

    def _grid_data(self, sheet: Sheet, rect: Rect, mask: Mask) -> Json:
        """The GridData, masked.

        The builders leave out what the mask does not name at their level; only what it says of the inside of
        a field is still to be selected.
        """
        out: Json = {}
        if rect.top and wants(mask, "startRow"):
            out["startRow"] = rect.top
        if rect.left and wants(mask, "startColumn"):
            out["startColumn"] = rect.left
        if wants(mask, "rowData"):
            below = sub_mask(mask, "rowData", "values")
            rows = self._row_data(sheet, rect, below)
            if rows:
                out["rowData"] = select(rows, {"values": below}) if any(below.values()) else rows
        if wants(mask, "rowMetadata"):
            dims = [PLAIN if row is None else row.dim for row in sheet.rows[rect.top : rect.bottom]]
            heights = self._dimensions(sheet, "ROWS", rect.top, dims, DEFAULT_ROW_HEIGHT)
            out["rowMetadata"] = select(heights, sub_mask(mask, "rowMetadata"))
        if wants(mask, "columnMetadata"):
            columns = [dim or PLAIN for dim in sheet.columns[rect.left : rect.right]]
            widths = self._dimensions(sheet, "COLUMNS", rect.left, columns, DEFAULT_COLUMN_WIDTH)
            out["columnMetadata"] = select(widths, sub_mask(mask, "columnMetadata"))
        return out

    def _dimensions(self, sheet: Sheet, dimension: str, start: int, dims: list[Dim], default: int) -> list[Json]:
        tagged: dict[int, list[Json]] = {}
        for entry in self._book.metadata.values():
            if entry.sheet_id == sheet.id and entry.dimension == dimension and entry.index is not None:
                tagged.setdefault(entry.index, []).append(entry.json())
        filtered = hidden_rows(self._book, self._engine, sheet, sheet.basic_filter) if dimension == "ROWS" else ()
        out = []
        for at, dim in enumerate(dims, start):
            item: Json = {"pixelSize": dim.size or default}
            if at in filtered:
                item["hiddenByFilter"] = True
            if dim.hidden:
                item["hiddenByUser"] = True
            if at in tagged:
                item["developerMetadata"] = tagged[at]
            out.append(item)
        return out

    def _row_data(self, sheet: Sheet, rect: Rect, mask: Mask) -> list[Json]:
        values = self._engine.values(self._book, sheet)
        looks: dict[Place, Json] = {}
        if wants(mask, "effectiveFormat"):
            looks = conditional_formats(self._book, self._engine, sheet, rect)
        coloured: dict[int, int] = {}
        for row_index, column in looks:
            coloured[row_index] = max(coloured.get(row_index, 0), column + 1)
        links = computed_links(self._book, self._engine, sheet, rect) if wants(mask, "hyperlink") else {}
        build = self._cell_builder(values, mask, looks, links)
        kept_as = self._keeping(rect, mask)
        rows: list[Json] = []
        for row_index in range(rect.top, rect.bottom):
            row = sheet.rows[row_index]
            key = None if kept_as is None or row is None else (kept_as, values.behind(row_index))
            if key is not None and row is not None and row.kept is not None and row.kept[0] == key:
                rows.append(row.kept[1])
                continue
            reach = min(rect.right, max(values.width(row_index), coloured.get(row_index, 0)))
            cells: list[Json] = []
            for column in range(rect.left, reach):
                cell = EMPTY if row is None or column >= len(row.cells) else (row.cells[column] or EMPTY)
                cells.append(build(row_index, column, cell))
            while cells and not cells[-1]:
                cells.pop()
            built = Kept({"values": cells} if cells else {})
            rows.append(built)
            # What a computed number looks like depends on the cells that its formula reads, too.
            if key is not None and row is not None and (not wants(mask, "formattedValue") or values.is_plain(row)):
                row.kept = (key, built)
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def _keeping(self, rect: Rect, mask: Mask) -> tuple[Any, ...] | None:
        """Under what a built row may be kept for the next reader; None when it may not.

        A committed row never changes, and people and programs read the same tabs again and again. Effective
        formats are not kept: they are long, and depend on more than the row. So do computed links.
        """
        if wants(mask, "effectiveFormat") or wants(mask, "hyperlink") or any(mask.values()):
            return None
        return (frozenset(mask), rect.left, rect.right, self._book.locale)

    def _cell_builder(
        self, values: Values, mask: Mask, looks: dict[Place, Json], links: dict[Place, str]
    ) -> Callable[[int, int, Cell], Json]:
        """A function that builds CellData; the mask is looked at once, not once a cell."""
        want = {name: wants(mask, name) for name in _CELL_FIELDS}
        locale = self._book.locale
        needs_value = want["effectiveValue"] or want["formattedValue"] or want["effectiveFormat"]

        def build(row: int, column: int, cell: Cell) -> Json:
            out: Json = {}
            value = values.at(row, column, cell) if needs_value else None
            look = looks.get((row, column))
            if cell is EMPTY and value is None and look is None:
                return out
            if want["userEnteredValue"] and cell.value is not None:
                out["userEnteredValue"] = extended(cell.value)
            if value is not None:
                if want["effectiveValue"]:
                    out["effectiveValue"] = extended(value)
                if want["formattedValue"]:
                    shape = None if cell.format is None else cell.format.get("numberFormat")
                    text = show(value, shape, locale)
                    if text:
                        out["formattedValue"] = text
            if want["userEnteredFormat"] and cell.format:
                out["userEnteredFormat"] = self._user_format(cell.format)
            if want["effectiveFormat"]:
                shown = self._effective_format(cell, value)
                out["effectiveFormat"] = shown if look is None else _overlaid(shown, look)
            if want["hyperlink"]:
                link = links.get((row, column)) or link_of(cell)
                if link:
                    out["hyperlink"] = link
            if want["note"] and cell.note:
                out["note"] = cell.note
            if want["textFormatRuns"] and cell.runs:
                out["textFormatRuns"] = cell.runs
            if want["dataValidation"] and cell.validation:
                out["dataValidation"] = cell.validation
            if cell.extra:
                out.update({name: item for name, item in cell.extra.items() if want.get(name)})
            return out

        return build

    def _user_format(self, shape: Json) -> Json:
        known = self._shared.get(id(shape))
        if known is None:
            known = self._shared[id(shape)] = Shared(shape)
        return known

    def _effective_format(self, cell: Cell, value: Result) -> Json:
        computed = isinstance(value, Computed) and not (cell.format or {}).get("numberFormat")
        if cell.format is None and not computed:
            return _PLAIN
        known = self._formats.get(id(cell.format)) if not computed else None
        if known is None:
            known = Shared(_overlaid(EFFECTIVE_FORMAT, cell.format or {}))
            number = known.get("numberFormat")
            if isinstance(value, Computed) and computed:
                kind = value.shape.get("type", "")
                pattern = value.shape.get("pattern") or default_pattern(kind, self._book.locale)
                known["numberFormat"] = {"type": kind, "pattern": pattern}
            elif number and not number.get("pattern") and number.get("type") != "TEXT":
                known["numberFormat"] = {
                    **number,
                    "pattern": default_pattern(number.get("type", ""), self._book.locale),
                }
            if not computed:
                self._formats[id(cell.format)] = known
        return known


_CELL_FIELDS = (
    "userEnteredValue",
    "effectiveValue",
    "formattedValue",
    "userEnteredFormat",
    "effectiveFormat",
    "hyperlink",
    "note",
    "textFormatRuns",
    "dataValidation",
    "pivotTable",
    "chipRuns",
)


_PLAIN = Shared(EFFECTIVE_FORMAT)


def extended(value: Any) -> Json:
    """An ExtendedValue."""
    if isinstance(value, Formula):
        return {"formulaValue": str(value)}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, Computed):
        return {"numberValue": value.number}
    if isinstance(value, Failure):
        error = {"type": value.kind}
        if value.message:
            error["message"] = value.message
        return {"errorValue": error}
    return {"numberValue": value}


def _overlaid(base: Json, over: Json) -> Json:
    out = dict(base)
    for name, item in over.items():
        below = out.get(name)
        deeper = isinstance(item, dict) and isinstance(below, dict) and "olor" not in name
        out[name] = _overlaid(below, item) if deeper and isinstance(below, dict) else item
    return out
