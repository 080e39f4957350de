"""What the store keeps and gives back, as plain frozen records.

All instants are aware and in UTC; a cell is a JSON value (text, number, true/false or None).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime  # noqa: TC003 - whoever resolves the fields needs them at run time
from enum import StrEnum
from typing import Any

from sync.domain.errors import TryAgainError

Cells = dict[str, Any]
"""One row: column key -> JSON value."""

Rows = dict[str, dict[str, Cells]]
"""Tab -> row key -> cells."""


class Outcome(StrEnum):
    """How a run ended: `ok` wrote, `nothing` found nothing new, a guard `refused`, or it `failed`."""

    OK = "ok"
    NOTHING = "nothing"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Workbook:
    """The SENCO's workbook of one school.

    `salt` is random and secret to this school; opaque references to pupils are derived with it.
    `teachers_spreadsheet_id` is None until the teachers' workbook was made.
    """

    id: int
    school: str
    spreadsheet_id: str
    teachers_spreadsheet_id: str | None
    salt: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """What the last committed run saw.

    Attributes:
        rows: the rows that were present: tab -> key -> column -> cell.
        documents: named JSON values (the column map, the guards' state, ...).
    """

    rows: Rows = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row as it shall be remembered.

    `cells` None forgets the row for good (retention). `present` False keeps the cells of a row that is no
    longer in the sheet, so that `restore` can put it back.
    """

    tab: str
    key: str
    cells: Cells | None
    present: bool = True


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One change that was seen or made; never altered afterwards.

    `old` and `new` are JSON texts, None where there was or is nothing. `at` is when we saw it, `effective_on`
    the day the MIS says it took effect. `kind` is a short word of the engine's (`changed`, `joined`, ...).
    """

    at: datetime
    tab: str
    key: str
    field: str
    old: str | None
    new: str | None
    effective_on: date | None
    kind: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of the sync. `summary` holds counts and sentences, never names; `id` is given by the store.

    `marker` is what the run wrote into the workbook to know its own write again. `summary["attention"]`,
    where present, is a list of sentences that `sensync status` shows.
    """

    started_at: datetime
    finished_at: datetime
    outcome: Outcome
    summary: dict[str, Any] = field(default_factory=dict)
    requests: int = 0
    marker: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """Who holds a lease, for `sensync status`; instants in UTC."""

    name: str
    holder: str
    fence: int
    taken_at: datetime
    expires_at: datetime


class LeaseHeldError(TryAgainError):
    """Another run holds the lease, and it has not expired."""

    def __init__(self, lease: LeaseRow) -> None:
        since, until = (f"{at:%Y-%m-%d %H:%M:%S} UTC" for at in (lease.taken_at, lease.expires_at))
        super().__init__(
            f"Another run is at work on {lease.name}: {lease.holder} holds it since {since}, until {until} "
            "at the latest.",
            next_step="Wait for that run to end. If it was killed, its lease runs out at that time.",
        )
        self.lease = lease


class LeaseLostError(TryAgainError):
    """The lease ran out and another run took over, so this run may not commit any more."""

    def __init__(self, fence: int) -> None:
        super().__init__(
            f"This run took too long: its lease (number {fence}) ran out and was taken over or given back, "
            "so nothing was recorded.",
            next_step="Run the sync again; it re-reads everything and settles by itself.",
        )
        self.fence = fence
