"""What the sheet's own formulas showed when it was last read, for those who ask the store and not the sheet.

Costs, gaps and the like are reckoned by formulas in the sheet, by rules that the SENCO can read and change there. To
reckon them a second time here would be a second rule; so what they showed is remembered instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sync.plan.cells import blank, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.plan.snapshot import Bound

SHOWN: Final = "shown"
"""The document: tab -> key -> column -> JSON cell; blank cells are left out."""

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "register": ("provisions", "cost", "overdue", "gaps"),
    "map": ("active", "cost_full", "cost_so_far"),
}


def shown_now(bound: Bound, rows: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """What those columns show.

    Args:
        bound: the workbook as read.
        rows: of each tab the place of each row's key.
    """
    found: dict[str, Any] = {}
    for tab, columns in COLUMNS.items():
        told = found.setdefault(tab, {})
        for key, index in rows.get(tab, {}).items():
            cells = {name: bound.tabs[tab].shown_at(index, name) for name in columns}
            if kept := {name: to_json(value) for name, value in cells.items() if not blank(value)}:
                told[key] = kept
    return found
