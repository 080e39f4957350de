"""batchUpdate kinds that change tabs and the spreadsheet's own properties."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .cells import mask_of, patch, patch_styled, with_styles
from .change import Change, Refused
from .defaults import spreadsheet_properties
from .edits import Edit
from .model import Json, Sheet, Spreadsheet
from .ops_dims import check_columns, grow, guard_span
from .structure import rename_in_formulas, restructure

if TYPE_CHECKING:
    from local_workspace.http.fields import Mask

DEFAULT_ROWS, DEFAULT_COLUMNS = 1000, 26
_COUNTS = ("rowCount", "columnCount")


def sheet_properties(book: Spreadsheet, sheet: Sheet) -> Json:
    """The SheetProperties resource."""
    props = sheet.props
    out: Json = {
        "sheetId": props["sheetId"],
        "title": props["title"],
        "index": next(at for at, other in enumerate(book.sheets) if other.id == sheet.id),
        "sheetType": props.get("sheetType", "GRID"),
    }
    if sheet.is_grid:
        grid = {name: value for name, value in props.get("gridProperties", {}).items() if value}
        out["gridProperties"] = {"rowCount": len(sheet.rows), "columnCount": len(sheet.columns), **grid}
    for name in ("hidden", "tabColor", "tabColorStyle", "rightToLeft"):
        if props.get(name):
            out[name] = props[name]
    return out


def new_sheet(change: Change, given: Json, title: str | None = None) -> Sheet:
    """A new tab with the given properties, not yet in the spreadsheet.

    Raises:
        Refused: its id or title is taken.
    """
    book = change.book
    sheet_id = given.get("sheetId")
    if sheet_id is None:
        sheet_id = change.new_id(lambda number: book.find(number) is not None)
    elif int(sheet_id) < 0:
        raise Refused("sheetId must be greater than or equal to 0.")
    elif book.find(int(sheet_id)) is not None:
        raise Refused(f"A sheet with id: {sheet_id} already exists.")
    title = title or given.get("title") or _free_title(book)
    _check_title(book, title)
    grid = dict(given.get("gridProperties", {}))
    _check_counts(grid)
    rows = int(grid.pop("rowCount", DEFAULT_ROWS) or DEFAULT_ROWS)
    columns = int(grid.pop("columnCount", DEFAULT_COLUMNS) or DEFAULT_COLUMNS)
    check_columns(columns)
    change.room_for(rows * columns)
    props = {"sheetId": int(sheet_id), "title": title, "sheetType": given.get("sheetType", "GRID")}
    if grid:
        props["gridProperties"] = grid
    for name in ("hidden", "rightToLeft"):
        if given.get(name):
            props[name] = True
    colors = with_styles({name: given[name] for name in ("tabColor", "tabColorStyle") if name in given})
    return Sheet(book.owner, {**props, **colors}, rows, columns)


def _check_counts(grid: Json) -> None:
    """Refuse a count of rows or columns below zero."""
    for name, value in grid.items():
        if name.endswith("Count") and int(value or 0) < 0:
            raise Refused(f"{name} must not be negative.")


def _free_title(book: Spreadsheet) -> str:
    number = len(book.sheets) + 1
    while book.titled(f"Sheet{number}") is not None:
        number += 1
    return f"Sheet{number}"


def _check_title(book: Spreadsheet, title: str, but: Sheet | None = None) -> None:
    if len(title) > 100:
        raise Refused("The sheet name cannot be greater than 100 characters.")
    taken = book.titled(title)
    if taken is not None and (but is None or taken.id != but.id):
        raise Refused(f'A sheet with the name "{title}" already exists. Please enter another name.')


def add_sheet(change: Change, body: Json) -> Json:
    """`addSheet`."""
    given = body.get("properties", {})
    sheet = new_sheet(change, given)
    index = int(given.get("index", len(change.book.sheets)))
    if index < 0:
        raise Refused("index must not be negative.")
    change.book.sheets.insert(index, sheet)
    return {"properties": sheet_properties(change.book, sheet)}


def delete_sheet(change: Change, body: Json) -> None:
    """`deleteSheet`: its metadata and named ranges go, formulas that named it show #REF!."""
    sheet = change.sheet(body.get("sheetId"))
    change.guard(sheet, sheet.whole())
    if not any(other.id != sheet.id and not other.props.get("hidden") for other in change.book.sheets):
        raise Refused("You can't remove all the visible sheets in a document.")
    rename_in_formulas(change.book, sheet, sheet.title, None)
    book = change.book
    book.sheets = [other for other in book.sheets if other.id != sheet.id]
    book.named_ranges = [named for named in book.named_ranges if named["range"].get("sheetId", 0) != sheet.id]
    book.metadata = {key: entry for key, entry in book.metadata.items() if entry.sheet_id != sheet.id}


def copied_sheet(change: Change, source: Sheet, sheet_id: int, title: str) -> Sheet:
    """A copy of a tab, its objects with ids of their own."""
    copy = source.copy(change.book.owner)
    copy.props = {**source.props, "sheetId": sheet_id, "title": title}
    taken: set[int] = set()

    def fresh() -> int:
        number = change.new_id(taken.__contains__)
        taken.add(number)
        return number

    for name, items in source.lists.items():
        copy.lists[name] = [_renumbered(item, source.id, sheet_id, fresh) for item in items]
    if source.basic_filter is not None:
        copy.basic_filter = _renumbered(source.basic_filter, source.id, sheet_id, fresh)
    return copy


_IDS = ("protectedRangeId", "filterViewId", "bandedRangeId", "chartId", "slicerId")


def _renumbered(value: object, old: int, new: int, fresh: object) -> Json:
    def walk(item: object) -> object:
        if isinstance(item, list):
            return [walk(part) for part in item]
        if not isinstance(item, dict):
            return item
        out = {key: walk(part) for key, part in item.items()}
        if out.get("sheetId") == old or ("sheetId" not in out and "startRowIndex" in out and old == 0):
            out["sheetId"] = new
        for name in _IDS:
            if name in out:
                out[name] = fresh()  # type: ignore[operator]
        return out

    result = walk(value)
    return result if isinstance(result, dict) else {}


def duplicate_sheet(change: Change, body: Json) -> Json:
    """`duplicateSheet`."""
    book = change.book
    source = change.sheet(body.get("sourceSheetId"))
    sheet_id = body.get("newSheetId")
    if sheet_id is None:
        sheet_id = change.new_id(lambda number: book.find(number) is not None)
    elif book.find(int(sheet_id)) is not None:
        raise Refused(f"A sheet with id: {sheet_id} already exists.")
    title = body.get("newSheetName") or _copy_title(book, source.title)
    _check_title(book, title)
    change.room_for(len(source.rows) * len(source.columns))
    copy = copied_sheet(change, source, int(sheet_id), title)
    book.sheets.insert(int(body.get("insertSheetIndex", 0)), copy)
    for entry in list(book.metadata.values()):
        if entry.sheet_id == source.id:
            number = change.new_id(book.metadata.__contains__)
            book.metadata[number] = replace(entry, id=number, sheet_id=copy.id)
    return {"properties": sheet_properties(book, copy)}


def _copy_title(book: Spreadsheet, title: str) -> str:
    name, number = f"Copy of {title}", 2
    while book.titled(name) is not None:
        name, number = f"Copy of {title} {number}", number + 1
    return name


_SHEET_FIELDS = ("title", "index", "hidden", "tabColor", "tabColorStyle", "rightToLeft", "gridProperties")


def update_sheet_properties(change: Change, body: Json) -> None:
    """`updateSheetProperties`."""
    given = body.get("properties", {})
    sheet = change.own(change.sheet(given.get("sheetId")))
    mask = mask_of(body.get("fields")) or {name: {} for name in _SHEET_FIELDS if name in given}
    for name in mask:
        if name not in (*_SHEET_FIELDS, "sheetId"):
            raise Refused(f"Invalid field: {name}")
    if "title" in mask:
        title = given.get("title", "")
        if not title:
            raise Refused("The sheet name cannot be empty.")
        _check_title(change.book, title, sheet)
        if title != sheet.title:
            old = sheet.title
            sheet.props = {**sheet.props, "title": title}
            rename_in_formulas(change.book, sheet, old, title)
            sheet = change.own(change.sheet(given.get("sheetId")))
    if "hidden" in mask:
        hidden = bool(given.get("hidden"))
        others = any(other.id != sheet.id and not other.props.get("hidden") for other in change.book.sheets)
        if hidden and not others:
            raise Refused("You can't hide all the sheets in a document.")
        sheet.props = {**sheet.props, "hidden": hidden}
    plain = {name: below for name, below in mask.items() if name in ("tabColor", "tabColorStyle", "rightToLeft")}
    if plain:
        cleared = {
            name: item
            for name, item in sheet.props.items()
            if not (name.startswith("tabColor") and any(key.startswith("tabColor") for key in plain))
        }
        sheet.props = with_styles(patch(cleared, given, plain))
    if "gridProperties" in mask:
        _grid_properties(change, sheet, given.get("gridProperties", {}), mask["gridProperties"])
    if "index" in mask:
        _move_tab(change.book, sheet, int(given.get("index", 0)))


def _move_tab(book: Spreadsheet, sheet: Sheet, index: int) -> None:
    """`index` counts before the move, as the API says of SheetProperties.index."""
    at = book.sheets.index(sheet)
    book.sheets.pop(at)
    book.sheets.insert(index - 1 if index > at else index, sheet)


def _grid_properties(change: Change, sheet: Sheet, given: Json, mask: Mask) -> None:
    names = set(mask) or {*given, "frozenRowCount", "frozenColumnCount", "hideGridlines"}
    for name in names & set(_COUNTS):
        rows = name == "rowCount"
        size = len(sheet.rows) if rows else len(sheet.columns)
        wanted = int(given.get(name, 0))
        if wanted <= 0:
            raise Refused(f"{name} must be greater than 0.")
        if wanted < size:
            guard_span(change, sheet, rows, wanted, size)
            sheet = restructure(change.book, sheet, Edit("delete", rows, wanted, size - wanted))
        elif wanted > size:
            sheet = grow(change, sheet, rows=wanted - size if rows else 0, columns=0 if rows else wanted - size)
    grid = dict(sheet.props.get("gridProperties", {}))
    for name in names - set(_COUNTS):
        grid[name] = given.get(name)
    _check_counts(grid)
    frozen_rows, frozen_columns = grid.get("frozenRowCount") or 0, grid.get("frozenColumnCount") or 0
    if frozen_rows and frozen_rows >= len(sheet.rows):
        raise Refused("You can't freeze all visible rows on the sheet.")
    if frozen_columns and frozen_columns >= len(sheet.columns):
        raise Refused("You can't freeze all visible columns on the sheet.")
    sheet.props = {**sheet.props, "gridProperties": {name: value for name, value in grid.items() if value}}


_BOOK_FIELDS = (
    "title",
    "locale",
    "autoRecalc",
    "timeZone",
    "defaultFormat",
    "iterativeCalculationSettings",
    "spreadsheetTheme",
    "importFunctionsExternalUrlAccessAllowed",
)


def update_spreadsheet_properties(change: Change, body: Json) -> None:
    """`updateSpreadsheetProperties`."""
    given = body.get("properties", {})
    mask = mask_of(body.get("fields")) or {name: {} for name in _BOOK_FIELDS if name in given}
    for name in mask:
        if name not in _BOOK_FIELDS:
            raise Refused(f"Invalid field: {name}")
    if not mask:
        raise Refused("The spreadsheet title cannot be empty.")  # all fields were asked for, and none given
    check_book_properties({name: given.get(name) for name in mask})
    # What may be cleared goes back to what a new spreadsheet has.
    change.book.props = spreadsheet_properties(patch_styled(change.book.props, given, mask))


def check_book_properties(given: Json) -> None:
    """Refuse a title, locale or time zone that a spreadsheet cannot have; None is one that was cleared.

    Raises:
        Refused: with the field and the value.
    """
    if "timeZone" in given:
        zone = given["timeZone"] or ""
        try:
            ZoneInfo(zone)
        # A folder of the time zone database, such as Europe, is an OSError.
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise Refused(f"Unsupported time zone: {zone}") from error
    if "locale" in given:
        locale = given["locale"] or ""
        if not (locale.replace("_", "").isalpha() and 2 <= len(locale) <= 6):
            raise Refused(f"Unsupported locale: {locale}")
    if "title" in given and not given["title"]:
        raise Refused("The spreadsheet title cannot be empty.")


KINDS = {
    "addSheet": add_sheet,
    "deleteSheet": delete_sheet,
    "duplicateSheet": duplicate_sheet,
    "updateSheetProperties": update_sheet_properties,
    "updateSpreadsheetProperties": update_spreadsheet_properties,
}
