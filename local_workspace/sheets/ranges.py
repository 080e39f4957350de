"""From the text of a range, or a DataFilter, to cells of a tab; and back to the text Google answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .a1 import Rect, parse_range, quote_title, split_title
from .batch import bad_request_plain
from .change import Refused, checked_rect, span_rect
from .metadata import search

if TYPE_CHECKING:
    from local_workspace.http.wire import ApiError

    from .model import Json, Sheet, Spreadsheet


@dataclass(frozen=True, slots=True)
class Target:
    """Cells of a tab. `open` says that one cell was named as the place to start from."""

    sheet: Sheet
    rect: Rect
    open: bool = False

    @property
    def text(self) -> str:
        """`Sheet1!A1:C6`, as Google answers it."""
        return f"{quote_title(self.sheet.title)}!{self.rect.a1()}"

    def part(self, rect: Rect) -> str:
        """The text of another rectangle of the same tab."""
        return f"{quote_title(self.sheet.title)}!{rect.a1()}"


def unparsable(text: str) -> ApiError:
    """Google's refusal (recorded)."""
    return bad_request_plain(f"Unable to parse range: {text}")


def out_of_grid(text: str, sheet: Sheet) -> ApiError:
    """Google's refusal (recorded)."""
    return bad_request_plain(
        f"Range ({text}) exceeds grid limits. Max rows: {len(sheet.rows)}, max columns: {len(sheet.columns)}"
    )


def resolve(book: Spreadsheet, text: str) -> Target:
    """The cells that a range names: A1 notation, a tab's title, or a named range.

    Raises:
        ApiError: 400 when it cannot be read, or starts outside of the grid.
    """
    try:
        title, rest = split_title(text)
    except ValueError:
        raise unparsable(text) from None
    if title is None:
        named = _named(book, text)
        if named is not None:
            return named
        sheet = _bare(book, text)
        if sheet is not None:
            return Target(sheet, sheet.whole())
        sheet, rest = _first_grid(book), text
    else:
        found = book.titled(title)
        if found is None or not found.is_grid:
            raise unparsable(text)
        sheet = found
        if rest == "":
            return Target(sheet, sheet.whole())
    try:
        parsed = parse_range(rest)
    except ValueError:
        raise unparsable(text) from None
    rows, columns = len(sheet.rows), len(sheet.columns)
    rect = parsed.bounded(rows, columns)
    if rect.top >= rows or rect.left >= columns:
        raise out_of_grid(Target(sheet, rect).text, sheet)
    return Target(sheet, rect, open=parsed.cell)


def _first_grid(book: Spreadsheet) -> Sheet:
    return next((sheet for sheet in book.sheets if sheet.is_grid), book.sheets[0])


def _bare(book: Spreadsheet, text: str) -> Sheet | None:
    """A tab named without `!`; a title that reads as a range is a range (hence the quotes in answers)."""
    try:
        parse_range(text)
    except ValueError:
        sheet = book.titled(text)
        return sheet if sheet is not None and sheet.is_grid else None
    return None


def _named(book: Spreadsheet, text: str) -> Target | None:
    wanted = text.casefold()
    for entry in book.named_ranges:
        if entry["name"].casefold() == wanted:
            sheet = book.find(int(entry["range"].get("sheetId", 0)))
            if sheet is not None:
                return Target(sheet, span_rect(entry["range"], sheet))
    return None


def clipped(target: Target) -> Target:
    """The part of the range inside the grid, which is what reading answers for."""
    rect = target.rect.clip(len(target.sheet.rows), len(target.sheet.columns))
    return Target(target.sheet, rect, target.open)


def filtered(book: Spreadsheet, data_filter: Json) -> list[Target]:
    """The cells that a DataFilter names: a range, a grid range, or what metadata is attached to.

    Raises:
        ApiError: 400 when the filter is empty or wrong.
    """
    if "a1Range" in data_filter:
        return [clipped(resolve(book, data_filter["a1Range"]))]
    if "gridRange" in data_filter:
        span = data_filter["gridRange"]
        sheet = book.find(int(span.get("sheetId", 0)))
        if sheet is None:
            raise bad_request_plain(f"No grid with id: {span.get('sheetId', 0)}")
        try:
            return [Target(sheet, checked_rect(span, sheet))]
        except Refused as error:
            raise bad_request_plain(f"Invalid dataFilter: {error}") from error
    try:
        entries = search(book, data_filter)
    except Refused as error:
        raise bad_request_plain(f"Invalid dataFilter: {error}") from error
    targets = []
    for entry in entries:
        sheet = None if entry.sheet_id is None else book.find(entry.sheet_id)
        if sheet is None:
            continue
        whole = sheet.whole()
        if entry.index is None:
            targets.append(Target(sheet, whole))
        elif entry.dimension == "ROWS":
            targets.append(Target(sheet, Rect(entry.index, 0, entry.index + 1, whole.right)))
        else:
            targets.append(Target(sheet, Rect(0, entry.index, whole.bottom, entry.index + 1)))
    return targets
