"""The store: what the last run saw, the journal, runs and leases, in SQLite or PostgreSQL.

store = Store("sqlite:///sensync.sqlite3")
store.migrate()
workbook = store.save_workbook("Hillcrest High", spreadsheet_id)
with store.lease(workbook.school, holder, ttl_seconds=120) as lease:
    seen = store.seen(workbook.id)
    ...
    store.commit(workbook.id, fence=lease.fence, run=run, rows=rows, documents={}, journal=entries)
"""

from sync.store.leases import Lease
from sync.store.records import (
    Cells,
    JournalEntry,
    LeaseHeldError,
    LeaseLostError,
    LeaseRow,
    Outcome,
    RowChange,
    Rows,
    RunRecord,
    Seen,
    Workbook,
)
from sync.store.store import Store

__all__ = [
    "Cells",
    "JournalEntry",
    "Lease",
    "LeaseHeldError",
    "LeaseLostError",
    "LeaseRow",
    "Outcome",
    "RowChange",
    "Rows",
    "RunRecord",
    "Seen",
    "Store",
    "Workbook",
]
