"""What is afoot between families and the school: slots to come, what waits in the outbox, what was set aside.

For `sensync status`. Asks nobody but the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.store import Outbox, SlotState, Surgeries

if TYPE_CHECKING:
    from datetime import datetime

    from sync.store import Backlog, Store


@dataclass(frozen=True, slots=True)
class Aside:
    """A letter or event that was set aside: its kind in the outbox, and why, in a sentence without names."""

    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Afoot:
    """Meetings of one workbook, as they stand.

    Attributes:
        slots: that can be booked or are booked, and have not ended.
        places: of those slots, all together.
        booked: of those places.
        backlog: what is not done of the outbox.
        aside: what was set aside, oldest first.
        has_calendar: whether there is a calendar of meetings.
        followed_at: when Calendar was last read to the end; None before that.
    """

    slots: int
    places: int
    booked: int
    backlog: Backlog
    aside: tuple[Aside, ...]
    has_calendar: bool
    followed_at: datetime | None


def read_afoot(store: Store, workbook_id: int, now: datetime) -> Afoot | None:
    """What is afoot in a workbook; None where there has never been a surgery, a review or a letter."""
    surgeries, outbox = Surgeries(store), Outbox(store)
    stored = surgeries.slots(workbook_id)
    backlog = outbox.backlog(workbook_id)
    if not stored and not backlog.waiting and not backlog.aside:
        return None
    to_come = [each for each in stored if each.slot.ends > now and (each.state is SlotState.OPEN or each.taken)]
    calendar = surgeries.calendar(workbook_id)
    return Afoot(
        slots=len(to_come),
        places=sum(each.slot.places for each in to_come),
        booked=sum(each.taken for each in to_come),
        backlog=backlog,
        aside=tuple(Aside(work.kind, work.error) for work in outbox.set_aside(workbook_id)),
        has_calendar=calendar is not None,
        followed_at=calendar.followed_at if calendar else None,
    )
