"""One row of a report as texts by field, and the reading of a text with its problem noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sync.mis.notes import Notes

T = TypeVar("T")


class Columns:
    """Where each field stands in a report.

    Args:
        places: (field, number or None) -> place of the column.
    """

    def __init__(self, places: Mapping[tuple[str, int | None], int]) -> None:
        self.places = places
        self._numbers: dict[str, tuple[int | None, ...]] = {}

    def numbers(self, start: str) -> tuple[int | None, ...]:
        """The numbers under which fields that begin with `start` occur, the unnumbered (None) first."""
        if start not in self._numbers:
            found = {number for field, number in self.places if field.startswith(start)}
            self._numbers[start] = tuple(sorted(found, key=lambda number: number or 0))
        return self._numbers[start]


class Cells:
    """A row.

    Args:
        row: its number as a person counts.
        texts: its cells.
        columns: where each field stands.
        notes: where problems go.
    """

    __slots__ = ("_notes", "_places", "_texts", "numbers", "row")

    def __init__(self, row: int, texts: Sequence[str], columns: Columns, notes: Notes) -> None:
        self.row = row
        self._texts = texts
        self._places = columns.places
        self._notes = notes
        self.numbers = columns.numbers

    def text(self, field: str, number: int | None = None) -> str:
        """The text, "" when the cell is empty or there is no such column."""
        place = self._places.get((field, number))
        return "" if place is None else self._texts[place]

    def value(self, field: str, read: Callable[[str], T | None], number: int | None = None) -> T | None:
        """The value, or None with a problem noted when the text cannot be understood."""
        text = self.text(field, number)
        if not text:
            return None
        try:
            return read(text)
        except ValueError as error:
            # Only a text with a digit is quoted: a lone word in the wrong column may be a name.
            what = self._notes.quote(text) if any(c.isdigit() for c in text) else "the text"
            self._notes.error(self.row, field, f"{what} {error}; the value is left out")
            return None
