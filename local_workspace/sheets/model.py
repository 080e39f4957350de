"""The spreadsheet as it is kept: typed cells in rows, copied only where a draft writes.

A committed spreadsheet never changes. A request works on a draft, a fork that shares every row with its
origin until it writes to it; a request that fails is a draft thrown away. So a failed batch cannot leave a
trace, and a reader may keep what it was given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from .a1 import Rect
from .formula import Formula

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

Value = None | str | float | int | bool | Formula
"""What a person typed, typed: text, number, truth value or formula. None is an empty cell."""

DEFAULT_ROW_HEIGHT = 21
DEFAULT_COLUMN_WIDTH = 100
MAX_CELLS = 10_000_000
MAX_CELL_TEXT = 50_000


class Cell(NamedTuple):
    """One cell. The JSON parts are shared between cells and are never changed in place."""

    value: Value = None
    format: Json | None = None
    note: str | None = None
    validation: Json | None = None
    runs: list[Json] | None = None
    extra: Json | None = None


EMPTY = Cell()


class Dim(NamedTuple):
    """What a row or column carries besides its cells."""

    size: int | None = None
    hidden: bool = False


PLAIN = Dim()


class Row:
    """A row: its cells up to the last one in use, and its height and hiding."""

    __slots__ = ("cells", "dim", "kept", "owner")

    def __init__(self, owner: object, cells: list[Cell | None] | None = None, dim: Dim = PLAIN) -> None:
        self.owner = owner
        self.cells: list[Cell | None] = [] if cells is None else cells
        self.dim = dim
        self.kept: tuple[Any, Any] | None = None
        """What a reader built of the committed row, and for which question."""

    def copy(self, owner: object) -> Row:
        """A row of its own for a draft."""
        return Row(owner, self.cells.copy(), self.dim)

    def get(self, column: int) -> Cell:
        """The cell at a column, empty when nothing is there."""
        cells = self.cells
        return (cells[column] or EMPTY) if column < len(cells) else EMPTY

    def put(self, column: int, cell: Cell) -> None:
        """Set a cell."""
        cells = self.cells
        kept = None if cell == EMPTY else cell
        if column < len(cells):
            cells[column] = kept
        elif kept is not None:
            cells.extend([None] * (column - len(cells)))
            cells.append(kept)


LISTS = (
    "merges",
    "conditionalFormats",
    "filterViews",
    "protectedRanges",
    "bandedRanges",
    "charts",
    "slicers",
    "tables",
    "rowGroups",
    "columnGroups",
)
"""The lists of a Sheet resource that are kept as JSON; each entry is replaced, never changed."""


class Sheet:
    """One tab."""

    __slots__ = ("basic_filter", "columns", "lists", "owner", "props", "rows")

    def __init__(self, owner: object, props: Json, rows: int, columns: int) -> None:
        self.owner = owner
        self.props = props
        """sheetId, title, sheetType and, without the counts, what is set of the rest."""
        self.rows: list[Row | None] = [None] * rows
        self.columns: list[Dim | None] = [None] * columns
        self.lists: dict[str, list[Json]] = {}
        self.basic_filter: Json | None = None

    @property
    def id(self) -> int:
        """The sheetId."""
        return int(self.props["sheetId"])

    @property
    def title(self) -> str:
        """The title on the tab."""
        return str(self.props["title"])

    @property
    def is_grid(self) -> bool:
        """Whether it has cells (a chart on its own tab has none)."""
        return bool(self.props.get("sheetType", "GRID") == "GRID")

    def copy(self, owner: object) -> Sheet:
        """A tab of its own for a draft; rows stay shared."""
        new = Sheet(owner, self.props, 0, 0)
        new.rows = self.rows.copy()
        new.columns = self.columns.copy()
        new.lists = dict(self.lists)
        new.basic_filter = self.basic_filter
        return new

    def items(self, name: str) -> list[Json]:
        """One of the JSON lists; do not change it, use `set_list`."""
        return self.lists.get(name, [])

    def set_list(self, name: str, items: list[Json]) -> None:
        """Replace one of the JSON lists."""
        if items:
            self.lists[name] = items
        else:
            self.lists.pop(name, None)

    def cell(self, row: int, column: int) -> Cell:
        """The cell at a position."""
        at = self.rows[row]
        return EMPTY if at is None else at.get(column)

    def own_row(self, index: int) -> Row:
        """A row that this tab may write to."""
        row = self.rows[index]
        if row is None:
            row = self.rows[index] = Row(self.owner)
        elif row.owner is not self.owner:
            row = self.rows[index] = row.copy(self.owner)
        return row

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Set a cell of an owned tab."""
        if cell == EMPTY and self.rows[row] is None:
            return
        self.own_row(row).put(column, cell)

    def whole(self) -> Rect:
        """The grid."""
        return Rect(0, 0, len(self.rows), len(self.columns))

    def written(self, within: Rect | None = None) -> Iterator[tuple[int, int, Cell]]:
        """Every cell that holds anything, in reading order."""
        rect = within or self.whole()
        for row_index in range(rect.top, min(rect.bottom, len(self.rows))):
            row = self.rows[row_index]
            if row is None:
                continue
            for column in range(rect.left, min(rect.right, len(row.cells))):
                cell = row.cells[column]
                if cell is not None:
                    yield row_index, column, cell


@dataclass(frozen=True, slots=True)
class Metadata:
    """One developer metadata. `sheet_id` None: on the spreadsheet; `index` None: on the tab."""

    id: int
    key: str
    value: str | None
    visibility: str
    sheet_id: int | None = None
    dimension: str | None = None
    index: int | None = None

    def location(self) -> Json:
        """The DeveloperMetadataLocation."""
        if self.sheet_id is None:
            return {"locationType": "SPREADSHEET", "spreadsheet": True}
        if self.index is None:
            return {"locationType": "SHEET", "sheetId": self.sheet_id}
        kind = "ROW" if self.dimension == "ROWS" else "COLUMN"
        span = {
            "sheetId": self.sheet_id,
            "dimension": self.dimension,
            "startIndex": self.index,
            "endIndex": self.index + 1,
        }
        return {"locationType": kind, "dimensionRange": span}

    def json(self) -> Json:
        """The DeveloperMetadata resource."""
        body: Json = {"metadataId": self.id, "metadataKey": self.key}
        if self.value is not None:
            body["metadataValue"] = self.value
        return {**body, "location": self.location(), "visibility": self.visibility}


@dataclass(slots=True)
class Spreadsheet:
    """A spreadsheet: its tabs in order, and what belongs to no tab.

    Attributes:
        revision: how many changes were committed; also the seed of the ids that a change makes up, so that a
            replayed journal makes up the same ones.
    """

    id: str
    props: Json
    sheets: list[Sheet] = field(default_factory=list)
    named_ranges: list[Json] = field(default_factory=list)
    metadata: dict[int, Metadata] = field(default_factory=dict)
    revision: int = 0
    owner: object = field(default_factory=object)

    def fork(self) -> Spreadsheet:
        """A draft that shares everything until it is written to."""
        return Spreadsheet(
            self.id,
            self.props,
            self.sheets.copy(),
            self.named_ranges.copy(),
            self.metadata.copy(),
            self.revision + 1,
            object(),
        )

    def find(self, sheet_id: int) -> Sheet | None:
        """The tab with that id."""
        return next((sheet for sheet in self.sheets if sheet.props["sheetId"] == sheet_id), None)

    def titled(self, title: str) -> Sheet | None:
        """The tab with that title; Google ignores case."""
        exact = next((sheet for sheet in self.sheets if sheet.props["title"] == title), None)
        if exact is not None:
            return exact
        wanted = title.casefold()
        return next((sheet for sheet in self.sheets if sheet.title.casefold() == wanted), None)

    def own(self, sheet: Sheet) -> Sheet:
        """The tab, copied first when this draft does not own it yet."""
        if sheet.owner is self.owner:
            return sheet
        at = self.sheets.index(sheet)
        self.sheets[at] = copy = sheet.copy(self.owner)
        return copy

    def cell_count(self) -> int:
        """Cells in all grids, written or not: what the limit of ten million counts."""
        return sum(len(sheet.rows) * len(sheet.columns) for sheet in self.sheets)

    @property
    def locale(self) -> str:
        """The locale, such as en_GB."""
        return str(self.props.get("locale", "en_US"))

    @property
    def time_zone(self) -> str:
        """The IANA time zone."""
        return str(self.props.get("timeZone") or "Etc/GMT")
