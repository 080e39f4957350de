"""What planning and recovery both need to know of a people's tab: whose a cell is, and which formulas are ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync.plan.cells import Formula, Value, same_formula, text
from sync.plan.formulas import shape
from sync.plan.identity import LENGTH, is_reference
from sync.plan.tracer import holds, untraced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.plan.snapshot import BoundTab

_OWN_KEY = re.compile(r"P-[0-9a-f]{8}")
OWN = "P-"
"""Rows that a person added have a key that begins so."""
OURS = "M-"
"""Rows of the map that come from the MIS, and of *Meetings* that Sensync adds, have a key that begins so."""


def is_ours(key: str) -> bool:
    """Whether a row of the map or of *Meetings* is not a person's own."""
    return key.startswith(OURS)


def is_own_key(text: str) -> bool:
    """Whether a text is a key that Sensync gives to a row of a person's own; nothing else may leave the workbook."""
    return _OWN_KEY.fullmatch(text) is not None


def pupil_key(value: Value) -> str:
    """The reference in a key cell: alone, or at the end of a line picked from the roll; "" if there is none."""
    tail = text(value).strip()[-LENGTH:]
    return tail if is_reference(tail) else ""


class Facts:
    """One people's tab as it stands, with its look-ups.

    Args:
        bound: the tab as read.
        formulas: its look-ups by column key.
    """

    def __init__(self, bound: BoundTab, formulas: Mapping[str, Formula]) -> None:
        self.bound = bound
        self.tab = bound.tab
        self.raw = bound.raw
        self.formulas = formulas
        self.shapes = {shape(f) for f in formulas.values()}
        self.names = {index: name for name, index in bound.columns.items()}
        self.lookups = {c.key for c in bound.tab.columns if c.lookup and c.key in bound.columns}
        self.key_index = bound.columns[bound.tab.key_column.key]

    def ours(self, value: Value) -> bool:
        """Whether a cell holds one of this tab's formulas (perhaps for columns that have moved), or a marked value."""
        return isinstance(value, Formula) and (holds(value)[0] or shape(untraced(value)) in self.shapes)

    def key_cell(self, row: int) -> Value:
        """What is in a row's key cell; a key that we put back is there with its mark."""
        value = self.raw.at(row, self.key_index)
        is_value, held = holds(value)
        return held if is_value else value

    def key(self, row: int) -> str:
        """The row's key, without the name that may stand before it; "" if it has none."""
        value = self.key_cell(row)
        if isinstance(value, Formula):
            # A person may name a pupil by a formula. A look-up of ours that strayed here names nobody.
            value = None if self.ours(value) or self.tab.identity != "pupil" else self.raw.shown_at(row, self.key_index)
        return pupil_key(value) if self.tab.identity == "pupil" else text(value).strip()

    def own(self, key: str) -> bool:
        """Whether a row with this key is a person's own: there the MIS's columns are theirs too."""
        return bool(self.tab.own_rows) and not is_ours(key)

    def theirs(self, row: int, column: int) -> bool:
        """Whether something else than a look-up may stand in a cell: a person's word, or the row's key."""
        name = self.names.get(column, "")
        if row == self.bound.header_row or name not in self.formulas:
            return True
        return name in self.lookups and self.own(self.key(row))

    def strayed(self, row: int, column: int) -> bool:
        """Whether a cell holds one of our look-ups that belongs elsewhere."""
        cell = self.raw.at(row, column)
        if not isinstance(cell, Formula) or holds(cell)[0] or not self.ours(cell):
            return False
        own = self.formulas.get(self.names.get(column, ""))
        return own is None or not same_formula(untraced(cell), own)
