"""batchUpdate kinds that move data about: sort, copy, cut, paste, find and replace, trim, split, fill."""

from __future__ import annotations

import csv
import io
import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from . import patterns
from .a1 import Rect
from .change import Change, Refused, grid_range
from .formula import Formula, rewrite, shifted, shifted_rule
from .html_paste import Pasted, read_html
from .model import EMPTY, Cell, Json, Sheet, Value
from .numfmt import general
from .ops_cells import clear, merge_cells
from .results import Computed, Failure, Result
from .sorting import sorted_rows
from .structure import follow_cut
from .typed import type_in

if TYPE_CHECKING:
    from collections.abc import Iterator


def moved(cell: Cell, rows: int, columns: int) -> Cell:
    """The cell as a copy writes it elsewhere: relative references of its formula and its rule shift."""
    if not rows and not columns:
        return cell
    if isinstance(cell.value, Formula):
        cell = cell._replace(value=Formula(shifted(cell.value, rows, columns)))
    if cell.validation is not None:
        cell = cell._replace(validation=shifted_rule(cell.validation, rows, columns))
    return cell


def sort_range(change: Change, body: Json) -> None:
    """`sortRange`: stable; blanks last whichever way; what stands outside the range does not move."""
    span = dict(body.get("range", {}))
    sheet = change.sheet(span.get("sheetId"), "grid")
    # gspread's sort ends one past the grid after an append; Sheets is reported to take that.
    for name, size in (("endRowIndex", len(sheet.rows)), ("endColumnIndex", len(sheet.columns))):
        span[name] = min(int(span.get(name, size)), size)
    sheet, area = change.rect(span)
    change.guard(sheet, area)
    sort_rows(change, sheet, area, body.get("sortSpecs", []))


def sort_rows(change: Change, sheet: Sheet, area: Rect, specs: list[Json]) -> None:
    """Sort the rows of a rectangle by the given SortSpecs."""
    for spec in specs:
        column = int(spec.get("dimensionIndex", 0))
        if not area.left <= column < area.right:
            raise Refused(f"dimensionIndex[{column}] is outside of the sorted range.")
    order = sorted_rows(change.values(sheet), sheet, range(area.top, area.bottom), specs)
    sheet = change.own(sheet)
    reorder(sheet, area, order)


def reorder(sheet: Sheet, area: Rect, order: list[int]) -> None:
    """Put the rows of a rectangle into another order; `order` lists the old rows from top to bottom."""
    taken: dict[int, list[Cell]] = {}
    for new, old in enumerate(order, area.top):
        if new != old:
            row = sheet.rows[old]
            taken[new] = [] if row is None else [row.get(column) for column in range(area.left, area.right)]
    for new, cells in taken.items():
        old = order[new - area.top]
        for at in range(area.width):
            cell = cells[at] if at < len(cells) else EMPTY
            sheet.put(new, area.left + at, moved(cell, new - old, 0))


_PASTES = {
    "PASTE_NORMAL": ("value", "format", "note", "validation", "runs", "extra"),
    "PASTE_VALUES": ("value",),
    "PASTE_FORMAT": ("format",),
    "PASTE_NO_BORDERS": ("value", "format", "note", "validation", "runs", "extra"),
    "PASTE_FORMULA": ("value",),
    "PASTE_DATA_VALIDATION": ("validation",),
    "PASTE_CONDITIONAL_FORMATTING": (),
}


def _paste(old: Cell, new: Cell, kind: str) -> Cell:
    parts: dict[str, Any] = {name: getattr(new, name) for name in _PASTES[kind]}
    if kind == "PASTE_NO_BORDERS" and new.format:
        parts["format"] = {name: item for name, item in new.format.items() if name != "borders"}
    return old._replace(**parts)


def _kind(body: Json, name: str = "pasteType") -> str:
    kind = str(body.get(name, "PASTE_NORMAL"))
    if kind not in _PASTES:
        raise Refused(f"Unknown paste type: {kind}")
    return kind


def copy_paste(change: Change, body: Json) -> None:
    """`copyPaste`: the source repeats to fill a destination that is a multiple of it."""
    source, area = change.rect(body.get("source", {}))
    kind = _kind(body)
    down = body.get("pasteOrientation", "NORMAL") == "TRANSPOSE"
    values = change.values(source) if kind == "PASTE_VALUES" else None
    target, into = change.rect(body.get("destination", {}))
    high, wide = (area.width, area.height) if down else (area.height, area.width)
    into = Rect(into.top, into.left, into.top + _fit(into.height, high), into.left + _fit(into.width, wide))
    if into.bottom > len(target.rows) or into.right > len(target.columns):
        raise Refused("The destination of the paste is outside of the grid.")
    change.guard(target, into)
    taken: dict[tuple[int, int], Cell] = {}
    for row in range(area.top, area.bottom):
        for column in range(area.left, area.right):
            cell = source.cell(row, column)
            if values is not None:
                cell = cell._replace(value=fixed(values.at(row, column, cell)))
            taken[row, column] = cell
    target = change.own(target)
    for row in range(into.top, into.bottom):
        for column in range(into.left, into.right):
            y, x = (row - into.top) % high, (column - into.left) % wide
            from_row, from_column = area.top + (x if down else y), area.left + (y if down else x)
            cell = moved(taken[from_row, from_column], row - from_row, column - from_column)
            target.put(row, column, _paste(target.cell(row, column), cell, kind))


def _fit(room: int, size: int) -> int:
    return room if room >= size and room % size == 0 else max(size, room - room % size)


def fixed(value: Result) -> Value:
    """A calculated value as a typed one; an error becomes its text."""
    if isinstance(value, Computed):
        return value.number
    if isinstance(value, Failure):
        return value.text
    return value


def cut_paste(change: Change, body: Json) -> None:
    """`cutPaste`: the cells move, and formulas that point at them follow."""
    source, area = change.rect(body.get("source", {}))
    kind = _kind(body)
    target, top, left = change.place(body.get("destination", {}))
    cut_cells(change, source, area, target, top, left, kind)


def cut_cells(
    change: Change, source: Sheet, area: Rect, target: Sheet, top: int, left: int, kind: str = "PASTE_NORMAL"
) -> None:
    """Move a rectangle of cells to another place, and formulas that point at them along."""
    into = Rect(top, left, top + area.height, left + area.width)
    if into.bottom > len(target.rows) or into.right > len(target.columns):
        raise Refused("The destination of the paste is outside of the grid.")
    change.guard(source, area)
    change.guard(target, into)
    follow_cut(change.book, source, area, target, top, left)
    source = change.own(change.sheet(source.id))
    taken = {(row, column): cell for row, column, cell in source.written(area)}
    for row, column in taken:
        source.put(row, column, EMPTY)
    if source.id != target.id:
        taken = {place: _titled(cell, source.title) for place, cell in taken.items()}
    target = change.own(change.sheet(target.id))
    for row in range(into.top, into.bottom):
        for column in range(into.left, into.right):
            cell = taken.get((row - top + area.top, column - left + area.left), EMPTY)
            target.put(row, column, _paste(target.cell(row, column), cell, kind))


def _titled(cell: Cell, title: str) -> Cell:
    """A cell that leaves its tab: its formula must name the tab of what it leaves behind."""
    if not isinstance(cell.value, Formula):
        return cell
    text = rewrite(cell.value, lambda ref: replace(ref, title=title) if ref.title is None else ref)
    return cell._replace(value=Formula(text))


def paste_data(change: Change, body: Json) -> None:
    """`pasteData`: delimited text or the tables of HTML, typed in as a person would."""
    sheet, top, left = change.place(body.get("coordinate", {}))
    if body.get("html"):
        _paste_html(change, sheet, top, left, read_html(str(body.get("data", ""))), _kind(body, "type"))
        return
    delimiter = str(body.get("delimiter", "\t"))
    if len(delimiter) != 1 or delimiter in '\r\n"':
        raise Refused("delimiter must be a single character.")
    try:
        rows = list(csv.reader(io.StringIO(str(body.get("data", "")), newline=""), delimiter=delimiter))
    except csv.Error as error:  # a field longer than any cell
        raise Refused(f"data cannot be read as delimited text: {error}") from error
    type_rows(change, sheet, top, left, rows, kind=_kind(body, "type"))


def _paste_html(change: Change, sheet: Sheet, top: int, left: int, pasted: Pasted, kind: str) -> None:
    type_rows(change, sheet, top, left, pasted.rows, kind=kind)
    if kind != "PASTE_NORMAL":
        return
    sheet = change.own(change.sheet(sheet.id))
    for (y, x), style in pasted.styles.items():
        cell = sheet.cell(top + y, left + x)
        shape = cell.format or {}
        text = {**shape.get("textFormat", {}), **style}
        sheet.put(top + y, left + x, cell._replace(format={**shape, "textFormat": text}))
    for span in pasted.merges:
        area = Rect(top + span.top, left + span.left, top + span.bottom, left + span.right)
        merge_cells(change, {"range": grid_range(sheet, area)})


def type_rows(
    change: Change, sheet: Sheet, top: int, left: int, rows: list[list[str]], kind: str = "PASTE_NORMAL"
) -> None:
    """Type a block of texts into a tab."""
    width = max((len(row) for row in rows), default=0)
    if not width:
        return
    area = Rect(top, left, top + len(rows), left + width)
    if area.bottom > len(sheet.rows) or area.right > len(sheet.columns):
        raise Refused("The destination of the paste is outside of the grid.")
    change.guard(sheet, area)
    sheet = change.own(sheet)
    today = change.now.date()
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            cell = sheet.cell(top + y, left + x)
            typed = enter(cell, text, change.book.locale, today)
            sheet.put(top + y, left + x, _paste(cell, typed, kind))


def enter(cell: Cell, text: str, locale: str, today: Any) -> Cell:
    """The cell after a person typed `text` into it."""
    shape = (cell.format or {}).get("numberFormat")
    typed = type_in(text, locale, today, shape)
    if typed.format is not None and shape is None:
        return cell._replace(value=typed.value, format={**(cell.format or {}), "numberFormat": typed.format}, runs=None)
    return cell._replace(value=typed.value, runs=None)


def find_replace(change: Change, body: Json) -> Json:
    """`findReplace`."""
    pattern = _pattern(body)
    replacement, by_pattern = str(body.get("replacement", "")), bool(body.get("searchByRegex"))
    counts = {"sheets": 0, "rows": 0, "values": 0, "formulas": 0, "occurrences": 0}
    for sheet, area in list(_searched(change, body)):
        found: list[tuple[int, int, Cell, str, int]] = []
        for row, column, cell in sheet.written(area):
            if cell.value is None or (isinstance(cell.value, Formula) and not body.get("includeFormulas")):
                continue
            text = _shown(cell.value)
            try:
                new, times = patterns.replaced(pattern, replacement, text, groups=by_pattern)
            except ValueError as error:
                raise Refused(str(error)) from error
            if times:
                found.append((row, column, cell, new, times))
        if not found:
            continue
        counts["sheets"] += 1
        counts["rows"] += len({row for row, *_ in found})
        own = change.own(sheet)
        for row, column, cell, new, times in found:
            change.guard(own, Rect(row, column, row + 1, column + 1))
            counts["formulas" if isinstance(cell.value, Formula) else "values"] += 1
            counts["occurrences"] += times
            own.put(row, column, enter(cell, new, change.book.locale, change.now.date()))
    names = {
        "values": "valuesChanged",
        "formulas": "formulasChanged",
        "rows": "rowsChanged",
        "sheets": "sheetsChanged",
        "occurrences": "occurrencesChanged",
    }
    return {names[name]: count for name, count in counts.items() if count}


def _pattern(body: Json) -> Any:
    find = str(body.get("find", ""))
    if not find:
        raise Refused("find must not be empty.")
    source = find if body.get("searchByRegex") else patterns.literal(find)
    if body.get("matchEntireCell"):
        source = rf"\A(?:{source})\z"
    try:
        return patterns.compiled(source, ignore_case=not body.get("matchCase"))
    except ValueError as error:
        raise Refused(f"Invalid regular expression: {find}") from error


def _searched(change: Change, body: Json) -> Iterator[tuple[Sheet, Rect]]:
    if body.get("allSheets"):
        for sheet in change.book.sheets:
            yield sheet, sheet.whole()
    elif "range" in body:
        yield change.rect(body["range"])
    elif "sheetId" in body:
        sheet = change.sheet(body["sheetId"])
        yield sheet, sheet.whole()
    else:
        raise Refused("One of range, sheetId or allSheets must be set.")


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return general(value) if isinstance(value, (int, float)) else str(value)


def trim_whitespace(change: Change, body: Json) -> Json:
    """`trimWhitespace`."""
    sheet, area = change.rect(body.get("range", {}))
    change.guard(sheet, area)
    sheet = change.own(sheet)
    count = 0
    for row, column, cell in list(sheet.written(area)):
        if isinstance(cell.value, str) and not isinstance(cell.value, Formula):
            text = re.sub(r"\s+", " ", cell.value).strip()
            if text != cell.value:
                count += 1
                sheet.put(row, column, cell._replace(value=text or None))
    return {"cellsChangedCount": count} if count else {}


def delete_duplicates(change: Change, body: Json) -> Json:
    """`deleteDuplicates`: the first of equal rows stays, the rows below move up inside the range."""
    sheet, area = change.rect(body.get("range", {}))
    change.guard(sheet, area)
    spans = [
        (int(item.get("startIndex", 0)), int(item.get("endIndex", 0))) for item in body.get("comparisonColumns", [])
    ]
    for start, end in spans:
        if not area.left <= start < end <= area.right:
            raise Refused(f"comparisonColumns[{start}, {end}] must lie inside of the range.")
    columns = [c for start, end in spans for c in range(start, end)] or list(range(area.left, area.right))
    values = change.values(sheet)
    seen: set[tuple[Any, ...]] = set()
    kept: list[int] = []
    for row in range(area.top, area.bottom):
        parts = (values.at(row, column, sheet.cell(row, column)) for column in columns)
        key = tuple(part.casefold() if isinstance(part, str) else part for part in parts)
        if key not in seen or not any(part not in (None, "") for part in key):
            kept.append(row)
            seen.add(key)
    sheet = change.own(sheet)
    removed = area.height - len(kept)
    if removed:
        reorder(sheet, Rect(area.top, area.left, area.top + len(kept), area.right), kept)
        clear(sheet, Rect(area.bottom - removed, area.left, area.bottom, area.right))
    return {"duplicatesRemovedCount": removed} if removed else {}


_DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "PERIOD": ".", "SPACE": " ", "AUTODETECT": ","}


def text_to_columns(change: Change, body: Json) -> None:
    """`textToColumns`: each text of one column split over the columns to its right."""
    sheet, area = change.rect(body.get("source", {}))
    if area.width != 1:
        raise Refused("source must be a single column.")
    kind = body.get("delimiterType", "COMMA")
    delimiter = str(body.get("delimiter", ",")) if kind == "CUSTOM" else _DELIMITERS.get(kind, ",")
    for row in range(area.top, area.bottom):
        value = sheet.cell(row, area.left).value
        if isinstance(value, str) and not isinstance(value, Formula) and delimiter in value:
            type_rows(change, change.sheet(sheet.id), row, area.left, [value.split(delimiter)])


def auto_fill(change: Change, body: Json) -> None:
    """`autoFill` with `sourceAndDestination`: numbers in an even series go on, all else repeats."""
    fill = body.get("sourceAndDestination")
    if fill is None:
        raise Refused("The local workspace fills from sourceAndDestination only.")
    sheet, area = change.rect(fill.get("source", {}))
    rows, length = fill.get("dimension") == "ROWS", int(fill.get("fillLength", 0))
    high, wide = (abs(length), area.width) if rows else (area.height, abs(length))
    top = (area.bottom if length > 0 else area.top - high) if rows else area.top
    left = area.left if rows else (area.right if length > 0 else area.left - wide)
    into = Rect(top, left, top + high, left + wide)
    if min(top, left) < 0 or into.bottom > len(sheet.rows) or into.right > len(sheet.columns):
        raise Refused("The fill is outside of the grid.")
    change.guard(sheet, into)
    sheet = change.own(sheet)
    size = area.height if rows else area.width
    for line in range(area.left, area.right) if rows else range(area.top, area.bottom):
        source = [sheet.cell(area.top + at, line) if rows else sheet.cell(line, area.left + at) for at in range(size)]
        step = _step([cell.value for cell in source])
        for at in range(abs(length)):
            distance = at + 1 if length > 0 else -at - 1
            index = (size - 1 + distance) if length > 0 else distance
            cell = source[index % size]
            if step is not None and isinstance(source[0].value, (int, float)):
                cell = cell._replace(value=source[0].value + step * index)
            offset = index - index % size
            row, column = (area.top + index, line) if rows else (line, area.left + index)
            sheet.put(row, column, moved(cell, offset if rows else 0, 0 if rows else offset))


def _step(values: list[Value]) -> float | None:
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(numbers) != len(values) or len(numbers) < 2:
        return None
    steps = {later - earlier for earlier, later in itertools.pairwise(numbers)}
    return steps.pop() if len(steps) == 1 else None


def randomize_range(change: Change, body: Json) -> None:
    """`randomizeRange`: the same shuffle when the journal is replayed."""
    sheet, area = change.rect(body.get("range", {}))
    change.guard(sheet, area)
    change.new_id(lambda _: False)
    order = list(range(area.top, area.bottom))
    if change.rng is not None:
        change.rng.shuffle(order)
    reorder(change.own(sheet), area, order)


KINDS = {
    "sortRange": sort_range,
    "copyPaste": copy_paste,
    "cutPaste": cut_paste,
    "pasteData": paste_data,
    "findReplace": find_replace,
    "trimWhitespace": trim_whitespace,
    "deleteDuplicates": delete_duplicates,
    "textToColumns": text_to_columns,
    "autoFill": auto_fill,
    "randomizeRange": randomize_range,
}

__all__ = ["KINDS", "enter", "fixed", "grid_range", "sort_rows"]
