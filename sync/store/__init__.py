"""The store: what the last run saw, the journal, runs and leases, in SQLite or PostgreSQL.

store = Store("sqlite:///sensync.sqlite3")
store.migrate()
workbook = store.save_workbook("Hillcrest High", spreadsheet_id)
with store.lease(workbook.school, holder, ttl_seconds=120) as lease:
    seen = store.seen(workbook.id)
    ...
    store.commit(workbook.id, fence=lease.fence, run=run, rows=rows, documents={}, journal=entries)

Parents' bookings stand beside it, each over one Store: `Surgeries`, `Links`, `Bookings`, `WaitingList`, `Outbox` and
`Rates`. Teachers' concerns: `Forms`, `Nudges`, `Concerns`, `Robins` and `Feedbacks`. What the add-on
asks for: `Jobs`.
"""

from sync.domain.meetings import SlotState, StoredSlot
from sync.store.booking_records import (
    AlreadyBooked,
    Backlog,
    Booked,
    CalendarState,
    Cancelled,
    Closed,
    Kinds,
    Link,
    NewWork,
    NoLink,
    NoLinkReason,
    Offered,
    OnOffer,
    Opened,
    OpenSlot,
    Owed,
    Saved,
    SlotEvent,
    Stale,
    Taken,
    TooOften,
    Unknown,
    Waiting,
    Why,
    Work,
    WorkState,
)
from sync.store.bookings import Bookings
from sync.store.channels import LOOK, Channels
from sync.store.concern_alerts import ALERT, OLD
from sync.store.concerns import RECEIVED, SPEAK, Concerns, How, Version
from sync.store.families import Families
from sync.store.feedback import FEEDBACK, Feedbacks
from sync.store.forms import Forms, FormState, KnownForm
from sync.store.invitations import INVITE, Invitations
from sync.store.jobs import Job, JobKind, Jobs, JobState
from sync.store.leases import Lease
from sync.store.links import Links
from sync.store.notices import Notices
from sync.store.nudges import Nudge, Nudges
from sync.store.outbox import Outbox
from sync.store.rates import Rates
from sync.store.reach import REMINDER, keep_families
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
from sync.store.robins import ROBIN, Asked, Robins
from sync.store.schema import ACT
from sync.store.store import Store
from sync.store.surgeries import Surgeries
from sync.store.waiting import WaitingList

__all__ = [
    "ACT",
    "ALERT",
    "FEEDBACK",
    "INVITE",
    "LOOK",
    "OLD",
    "RECEIVED",
    "REMINDER",
    "ROBIN",
    "SPEAK",
    "AlreadyBooked",
    "Asked",
    "Backlog",
    "Booked",
    "Bookings",
    "CalendarState",
    "Cancelled",
    "Cells",
    "Channels",
    "Closed",
    "Concerns",
    "Families",
    "Feedbacks",
    "FormState",
    "Forms",
    "How",
    "Invitations",
    "Job",
    "JobKind",
    "JobState",
    "Jobs",
    "JournalEntry",
    "Kinds",
    "KnownForm",
    "Lease",
    "LeaseHeldError",
    "LeaseLostError",
    "LeaseRow",
    "Link",
    "Links",
    "NewWork",
    "NoLink",
    "NoLinkReason",
    "Notices",
    "Nudge",
    "Nudges",
    "Offered",
    "OnOffer",
    "OpenSlot",
    "Opened",
    "Outbox",
    "Outcome",
    "Owed",
    "Rates",
    "Robins",
    "RowChange",
    "Rows",
    "RunRecord",
    "Saved",
    "Seen",
    "SlotEvent",
    "SlotState",
    "Stale",
    "Store",
    "StoredSlot",
    "Surgeries",
    "Taken",
    "TooOften",
    "Unknown",
    "Version",
    "Waiting",
    "WaitingList",
    "Why",
    "Work",
    "WorkState",
    "Workbook",
    "keep_families",
]
