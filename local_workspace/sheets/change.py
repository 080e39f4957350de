"""One change in the making: the draft, who makes it, and the rules that every request kind shares."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .a1 import Rect
from .model import MAX_CELL_TEXT, MAX_CELLS, Sheet, Spreadsheet
from .serial import tidy

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from .engine import Engine, Values

Json = dict[str, Any]

PROTECTED = (
    "You are trying to edit a protected cell or object. "
    "Please contact the spreadsheet owner to remove protection if you need to edit."
)


class Refused(Exception):  # noqa: N818 - it is the refusal, as Google words it; the caller names the request
    """A request that cannot be carried out; the message is Google's, without `Invalid requests[i]`."""


@dataclass(slots=True)
class Change:
    """The draft of one request and its circumstances.

    Attributes:
        book: the draft; thrown away when anything is refused.
        actor: e-mail of the editor; `owner` says that no protection holds for them.
        now: the instant of the change, so that a replayed journal reads the same clock.
    """

    book: Spreadsheet
    engine: Engine
    actor: str
    owner: bool
    now: dt.datetime
    rng: random.Random | None = None

    def values(self, sheet: Sheet) -> Values:
        """The calculated values of a tab of the draft, as far as it has got."""
        # A row that the draft owns may still change: the engine must not take it for what it fed before.
        self.book.owner = object()
        return self.engine.values(self.book, sheet)

    def new_id(self, taken: Callable[[int], bool]) -> int:
        """A random positive id, the same one when the journal is replayed."""
        if self.rng is None:
            self.rng = random.Random(f"{self.book.id}/{self.book.revision}")  # noqa: S311 - ids, not secrets
        while True:
            number = self.rng.randint(1_000_000, 2_147_483_647)
            if not taken(number):
                return number

    def sheet(self, sheet_id: Any, what: str = "sheet") -> Sheet:
        """A tab to read.

        Raises:
            Refused: there is none with that id.
        """
        found = self.book.find(int(sheet_id or 0))
        if found is None:
            raise Refused(f"No {what} with id: {int(sheet_id or 0)}")
        return found

    def own(self, sheet: Sheet) -> Sheet:
        """A tab to write to."""
        return self.book.own(sheet)

    def rect(self, grid_range: Json) -> tuple[Sheet, Rect]:
        """A GridRange as a tab and a rectangle with every end known.

        Raises:
            Refused: no such tab, or the range lies outside of the grid or is inside out.
        """
        sheet = self.sheet(grid_range.get("sheetId"), "grid")
        return sheet, checked_rect(grid_range, sheet)

    def place(self, coordinate: Json) -> tuple[Sheet, int, int]:
        """A GridCoordinate as a tab, a row and a column.

        Raises:
            Refused: no such tab, or the place lies outside of the grid.
        """
        sheet = self.sheet(coordinate.get("sheetId"), "grid")
        row, column = int(coordinate.get("rowIndex", 0)), int(coordinate.get("columnIndex", 0))
        for name, at, size in (("row", row, len(sheet.rows)), ("column", column, len(sheet.columns))):
            if at < 0:
                raise Refused(f"GridCoordinate.{name}Index[{at}] must not be negative")
            if at >= size:
                raise Refused(f"GridCoordinate.{name}Index[{at}] is after last {name} in grid[{size}]")
        return sheet, row, column

    def guard(self, sheet: Sheet, rect: Rect) -> None:
        """Refuse an edit inside a protection that does not name the editor.

        Raises:
            Refused: with Google's sentence.
        """
        if self.owner or "protectedRanges" not in sheet.lists:
            return
        for protection in sheet.lists["protectedRanges"]:
            if may_edit(protection, self.actor):
                continue
            span = protection.get("range", {"sheetId": sheet.id})
            held = span_rect(span, sheet)
            if not held.intersects(rect):
                continue
            free = [span_rect(item, sheet) for item in protection.get("unprotectedRanges", [])]
            if not any(item.contains(rect) for item in free):
                raise Refused(PROTECTED)

    def room_for(self, more: int) -> None:
        """Refuse to grow past ten million cells.

        Raises:
            Refused: with Google's sentence (recorded, pygsheets#589).
        """
        if self.book.cell_count() + more > MAX_CELLS:
            raise Refused(
                f"This action would increase the number of cells in the workbook above the limit of {MAX_CELLS} cells."
            )


def _ends(grid_range: Json, name: str, size: int) -> tuple[int, int]:
    start = int(grid_range.get(f"start{name}Index", 0))
    end = int(grid_range.get(f"end{name}Index", size))
    word = name.lower()
    if start < 0 or end < 0:
        raise Refused(f"GridRange.start{name}Index[{start}] must not be negative")
    if start >= size and size:
        raise Refused(f"GridRange.start{name}Index[{start}] is after last {word} in grid[{size}]")
    if end > size:
        raise Refused(f"GridRange.end{name}Index[{end}] is after last {word} in grid[{size}]")
    if end <= start:
        raise Refused(f"GridRange.end{name}Index[{end}] must be greater than GridRange.start{name}Index[{start}]")
    return start, end


def checked_rect(grid_range: Json, sheet: Sheet) -> Rect:
    """A GridRange that came from outside as a rectangle of the grid.

    Raises:
        Refused: the range lies outside of the grid or is inside out.
    """
    top, bottom = _ends(grid_range, "Row", len(sheet.rows))
    left, right = _ends(grid_range, "Column", len(sheet.columns))
    return Rect(top, left, bottom, right)


def span_rect(grid_range: Json, sheet: Sheet) -> Rect:
    """A GridRange that was checked when it was set, as a rectangle; open ends are the edges of the grid."""
    return Rect(
        int(grid_range.get("startRowIndex", 0)),
        int(grid_range.get("startColumnIndex", 0)),
        int(grid_range.get("endRowIndex", len(sheet.rows))),
        int(grid_range.get("endColumnIndex", len(sheet.columns))),
    )


def grid_range(sheet: Sheet, rect: Rect) -> Json:
    """A rectangle as a GridRange."""
    return {
        "sheetId": sheet.id,
        "startRowIndex": rect.top,
        "endRowIndex": rect.bottom,
        "startColumnIndex": rect.left,
        "endColumnIndex": rect.right,
    }


def may_edit(protection: Json, actor: str) -> bool:
    """Whether a protected range lets an editor through (the owner is asked about elsewhere)."""
    if protection.get("warningOnly"):
        return True
    editors = protection.get("editors", {})
    if editors.get("domainUsersCanEdit"):
        return True
    return actor.casefold() in {str(user).casefold() for user in editors.get("users", [])}


def number_of(value: float) -> float:
    """A number as a cell holds it, which is a double.

    Raises:
        Refused: no double is so large.
    """
    try:
        return tidy(float(value))
    except OverflowError as error:
        raise Refused(f"Number is out of range: {str(value)[:20]}…") from error


def check_text(text: str) -> str:
    """A cell's text, refused when it is longer than a cell can be.

    Raises:
        Refused: over 50,000 characters.
    """
    if len(text) > MAX_CELL_TEXT:
        raise Refused(f"Your input contains more than the maximum of {MAX_CELL_TEXT} characters in a single cell.")
    return text
