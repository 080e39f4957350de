"""A1 notation: columns, cells and ranges, read and written as Google writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MAX_COLUMNS = 18_278  # ZZZ


@lru_cache(maxsize=4096)
def column_name(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


@lru_cache(maxsize=4096)
def column_index(name: str) -> int:
    """A -> 0, AA -> 26."""
    value = 0
    for char in name.upper():
        value = value * 26 + ord(char) - 64
    return value - 1


@dataclass(frozen=True, slots=True)
class Rect:
    """A half-open rectangle of cells, 0-based: rows `top` to `bottom`, columns `left` to `right`."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def empty(self) -> bool:
        """Whether it holds no cell."""
        return self.bottom <= self.top or self.right <= self.left

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    def clip(self, rows: int, columns: int) -> Rect:
        """The part inside a grid of that size."""
        return Rect(min(self.top, rows), min(self.left, columns), min(self.bottom, rows), min(self.right, columns))

    def intersects(self, other: Rect) -> bool:
        """Whether the two share a cell."""
        return (
            self.top < other.bottom and other.top < self.bottom and self.left < other.right and other.left < self.right
        )

    def contains(self, other: Rect) -> bool:
        """Whether `other` lies wholly inside."""
        return (
            self.top <= other.top
            and other.bottom <= self.bottom
            and self.left <= other.left
            and other.right <= self.right
        )

    def a1(self) -> str:
        """`A1:C6`, or `A1` for one cell."""
        first = f"{column_name(self.left)}{self.top + 1}"
        if self.height == 1 and self.width == 1:
            return first
        return f"{first}:{column_name(self.right - 1)}{self.bottom}"


_PLAIN_TITLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_LOOKS_LIKE_CELL = re.compile(r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]\d*|[Rr]|[Cc]|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]")


@lru_cache(maxsize=4096)
def quote_title(title: str) -> str:
    """A tab's title as Google writes it before `!`: quoted unless plain (recorded: `Sheet1`, `'D3'`)."""
    if _PLAIN_TITLE.fullmatch(title) and not _LOOKS_LIKE_CELL.fullmatch(title):
        return title
    return "'" + title.replace("'", "''") + "'"


def split_title(text: str) -> tuple[str | None, str]:
    """`'It''s'!A1` -> (`It's`, `A1`); no title -> (None, text).

    Raises:
        ValueError: a quote that is not closed.
    """
    if text.startswith("'"):
        match = re.match(r"'((?:[^']|'')*)'(?:!(.*))?$", text, re.DOTALL)
        if match is None:
            raise ValueError(text)
        return match.group(1).replace("''", "'"), match.group(2) or ""
    title, mark, rest = text.rpartition("!")
    return (title, rest) if mark else (None, text)


_CORNER = re.compile(r"\$?([A-Za-z]{1,3})?\$?([1-9]\d*)?")
_R1C1 = re.compile(r"[Rr]([1-9]\d*)[Cc]([1-9]\d*)")


@dataclass(frozen=True, slots=True)
class OpenRange:
    """A parsed A1 range; None is an open end. `cell` says that one cell was named, without a colon."""

    top: int | None
    left: int | None
    bottom: int | None
    right: int | None
    cell: bool = False

    def bounded(self, rows: int, columns: int) -> Rect:
        """The range with open ends put at the edges of a grid of that size."""
        return Rect(
            self.top or 0,
            self.left or 0,
            rows if self.bottom is None else self.bottom,
            columns if self.right is None else self.right,
        )


def _corner(text: str) -> tuple[int | None, int | None]:
    r1c1 = _R1C1.fullmatch(text)
    if r1c1:
        return int(r1c1.group(1)) - 1, int(r1c1.group(2)) - 1
    match = _CORNER.fullmatch(text)
    if match is None or not text:
        raise ValueError(text)
    row = int(match.group(2)) - 1 if match.group(2) else None
    column = column_index(match.group(1)) if match.group(1) else None
    return row, column


def parse_range(text: str) -> OpenRange:
    """`A1:C6`, `A:C`, `2:4`, `A2:C`, `B7`, `R1C1:R2C2`; corners may come in any order.

    Raises:
        ValueError: it is not a range.
    """
    first, colon, last = text.partition(":")
    row1, column1 = _corner(first)
    if not colon:
        if row1 is None or column1 is None:
            raise ValueError(text)
        return OpenRange(row1, column1, row1 + 1, column1 + 1, cell=True)
    row2, column2 = _corner(last)
    if row1 is not None and row2 is not None and row2 < row1:
        row1, row2 = row2, row1
    if column1 is not None and column2 is not None and column2 < column1:
        column1, column2 = column2, column1
    bottom = None if row2 is None else row2 + 1
    right = None if column2 is None else column2 + 1
    if row1 is None and row2 is not None and column1 is not None:
        row1, bottom = row2, None  # `A:B5` is `A5:B`
    return OpenRange(row1, column1, bottom, right)
