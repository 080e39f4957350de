"""Which workbook is the school's: the one in the store, or the one that sensync.toml names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.errors import RefusedError

if TYPE_CHECKING:
    from sync.config import Settings
    from sync.store import Store, Workbook


def known_workbook(store: Store, settings: Settings) -> Workbook | None:
    """The school's workbook as the store knows it; None before set-up.

    Raises:
        RefusedError: sensync.toml names another one.
    """
    workbook = store.workbook(settings.school.key)
    require_same(workbook, settings.workbook.spreadsheet_id)
    return workbook


def require_same(workbook: Workbook | None, configured: str | None) -> None:
    """Refuses a `spreadsheet_id` that is not the store's.

    What we remember of one workbook would be taken for what people did in the other, so a person must choose.

    Raises:
        RefusedError: the ids differ.
    """
    if workbook is None or not configured or configured == workbook.spreadsheet_id:
        return
    raise RefusedError(
        f"sensync.toml names the workbook {configured}, but Sensync keeps {workbook.spreadsheet_id} for this school.",
        next_step="To use the one in sensync.toml from now on, run `sensync setup --adopt`; to stay with the other, "
        "take `spreadsheet_id` out of sensync.toml.",
    )
