"""The adults of a school's pupils, as a sync would have stored them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.store.engine import writing
from sync.store.families import replace_adults, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.domain.families import Adult
    from sync.store import Store


def set_adults(store: Store, workbook_id: int, adults: Iterable[Adult]) -> None:
    """Stores these adults alone, and nothing of what a sync does about the links and queues of whoever changed."""
    with writing(store.engine) as connection:
        replace_adults(connection, workbook_id, rows_of(adults))
