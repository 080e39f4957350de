"""The order in which a sort puts rows: of a range, for everybody, or of a filter view, for the one who looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .results import Computed, Failure, Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .engine import Values
    from .model import Json, Sheet


def sorted_rows(values: Values, sheet: Sheet, rows: Iterable[int], specs: list[Json]) -> list[int]:
    """Rows by the given SortSpecs: stable; blanks last whichever way.

    Args:
        values: of the tab.
        sheet: the tab.
        rows: 0-based, in their present order.
        specs: the first decides, the next where it leaves a tie.
    """
    order = list(rows)
    for spec in reversed(specs):
        column = int(spec.get("dimensionIndex", 0))
        keys = {row: values.at(row, column, sheet.cell(row, column)) for row in order}
        blank = [row for row in order if keys[row] in (None, "")]
        filled = [row for row in order if keys[row] not in (None, "")]
        down = spec.get("sortOrder", "ASCENDING") == "DESCENDING"
        # A stable sort with reverse=True keeps equal rows in their order, as Sheets does.
        filled.sort(key=lambda row: _rank(keys[row]), reverse=down)
        order = filled + blank
    return order


def _rank(value: Result) -> tuple[int, Any]:
    """Where a value stands in an ascending sort: numbers, text (case ignored), FALSE, TRUE, errors."""
    if isinstance(value, Computed):
        return 0, value.number
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, (int, float)):
        return 0, value
    if isinstance(value, Failure):
        return 3, value.text
    return 1, str(value).casefold()
