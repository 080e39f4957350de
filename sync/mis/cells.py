"""One row of a report as texts by field, and the reading of a text with its problem noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.mis.notes import Notes

T = TypeVar("T")


class Cells:
    """A row.

    Args:
        row: its number as a person counts.
        texts: its cells.
        columns: (field, number) -> place.
        notes: where problems go.
    """

    __slots__ = ("_columns", "_notes", "_texts", "row")

    def __init__(self, row: int, texts: Sequence[str], columns: dict[tuple[str, int | None], int], notes: Notes) -> None:
        self.row = row
        self._texts = texts
        self._columns = columns
        self._notes = notes

    def has(self, field: str, number: int | None = None) -> bool:
        """Whether the report has the column at all."""
        return (field, number) in self._columns

    def text(self, field: str, number: int | None = None) -> str:
        """The text, "" when the cell is empty or there is no such column."""
        place = self._columns.get((field, number))
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
