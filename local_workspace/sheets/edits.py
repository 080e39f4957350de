"""What inserting, deleting and moving rows or columns does to positions and spans. Pure arithmetic.

One `Edit` moves everything that has a position: cells, formulas, protected and named ranges, filters,
banding, conditional formats, charts, merges and developer metadata.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Edit:
    """One structural edit of a tab.

    Attributes:
        kind: `insert` puts `count` rows before `start`; `delete` takes `count` away from `start`;
            `move` takes `count` from `start` and puts them before `to` (counted before the move).
        rows: True for rows, False for columns.
    """

    kind: Literal["insert", "delete", "move"]
    rows: bool
    start: int
    count: int
    to: int = 0

    def index(self, at: int) -> int | None:
        """Where one row or column goes; None when it is deleted."""
        end = self.start + self.count
        if self.kind == "insert":
            return at + self.count if at >= self.start else at
        if self.kind == "delete":
            if self.start <= at < end:
                return None
            return at - self.count if at >= end else at
        if self.start <= at < end:
            landed = self.to if self.to <= self.start else self.to - self.count
            return landed + at - self.start
        if end <= at < self.to:
            return at - self.count
        if self.to <= at < self.start:
            return at + self.count
        return at

    def span(self, first: int | None, last: int | None) -> tuple[int | None, int | None] | None:
        """Where a span (ends inclusive, None open) goes; None when nothing of it is left.

        A moved block leaves the spans it was part of and joins those that it lands inside, as cutting and
        inserting does; a span that lies wholly inside the block travels with it.
        """
        if self.kind == "move":
            return self._moved_span(first, last)
        low = first or 0
        if self.kind == "insert":
            new_low = first if first is None else first + (self.count if first >= self.start else 0)
            return new_low, None if last is None else last + (self.count if last >= self.start else 0)
        end = self.start + self.count
        if last is not None and self.start <= low and last < end:
            return None
        new_first = None if first is None else (min(first, self.start) if first < end else first - self.count)
        if last is None or last < self.start:
            return new_first, last
        return new_first, max(last - self.count, self.start - 1)

    def _moved_span(self, first: int | None, last: int | None) -> tuple[int | None, int | None] | None:
        end = self.start + self.count
        low = first or 0
        if last is not None and self.start <= low and last < end:
            return self.index(low), self.index(last)
        if last is not None and low <= self.start and end <= last + 1 and low <= self.to <= last + 1:
            return first, last
        opened = Edit("insert", self.rows, self.to, self.count).span(first, last)
        if opened is None:
            return None
        start = self.start + (self.count if self.to <= self.start else 0)
        return Edit("delete", self.rows, start, self.count).span(*opened)
