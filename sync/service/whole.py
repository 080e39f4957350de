"""A whole run: what people did in Calendar, then the sync, then the letters and events that it leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.service.mirror import require_workbook, sync
from sync.service.rounds import open_rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sync.config import Settings
    from sync.domain.records import MisData
    from sync.service.desk import Desk
    from sync.service.mirror import Report
    from sync.service.rounds import Delivered, Followed


@dataclass(frozen=True, slots=True)
class Whole:
    """What a whole run did."""

    report: Report
    followed: Followed
    delivered: Delivered


def whole_sync(
    desk: Desk, settings: Settings, read_mis: Callable[[], MisData], accepted: Collection[str] = ()
) -> Whole:
    """Follow Calendar, sync, deliver one turn: a mass of invitations does not keep the run from its end.

    Letters and events that wait go out even where a guard refuses the sync: families were promised them.

    Raises:
        SensyncError: as `mirror.sync` does. Trouble with Calendar or letters is no error: it is told in the answer,
            and what could not be done is tried again.
    """
    with open_rounds(settings, store=desk.store, workbook=require_workbook(desk), now=desk.now) as rounds:
        desk.progress("Looking at the calendar")
        followed = rounds.follow()
        try:
            report = sync(desk, read_mis, accepted=accepted)
        finally:
            desk.progress("Sending letters and events")
            delivered = rounds.deliver()
    return Whole(report, followed, delivered)
