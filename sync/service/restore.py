"""Rows that were deleted from the workbook and can be put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.domain.errors import UsageError
from sync.service.mirror import require_workbook

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.service.desk import Desk


@dataclass(frozen=True, slots=True)
class Restorable:
    """A row that is not in the sheet any more, and the columns in which something had been typed."""

    tab: str
    key: str
    columns: tuple[str, ...]


def restorable(desk: Desk) -> list[Restorable]:
    """Every row of a people's tab that was there once and is not now (as of the last sync)."""
    absent = desk.store.absent_rows(require_workbook(desk).id)
    tabs = {t.key: t for t in desk.template.tabs if t.tracked}
    found = []
    for tab, rows in absent.items():
        if tab in tabs:
            headers = {c.key: c.header for c in tabs[tab].columns}
            found += [
                Restorable(tabs[tab].title, key, tuple(headers.get(c, c.removeprefix("*")) for c in cells))
                for key, cells in rows.items()
                if "#" not in key
            ]
    return sorted(found, key=lambda r: (r.tab, r.key))


def check_keys(desk: Desk, keys: Iterable[str]) -> None:
    """Every key must be one we remember.

    Raises:
        UsageError: naming each key that is not known.
    """
    workbook = require_workbook(desk)
    known = {key for rows in desk.store.absent_rows(workbook.id).values() for key in rows}
    known |= {key for rows in desk.store.seen(workbook.id).rows.values() for key in rows}
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise UsageError(
            *(f"'{key}' is not the key of a row that Sensync has seen." for key in unknown),
            next_step="Run `sensync restore` without a key to list the rows that can be put back.",
        )
