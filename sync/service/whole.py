"""A whole run: the forms, what people did in Calendar, the sync, then the letters and events that it leads to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.service.form_setup import Tended, tend_forms
from sync.service.mirror import require_workbook, sync
from sync.service.rounds import Swept, open_rounds

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
    forms: Tended = field(default_factory=Tended)
    swept: Swept = field(default_factory=Swept)


def whole_sync(
    desk: Desk, settings: Settings, read_mis: Callable[[], MisData], accepted: Collection[str] = ()
) -> Whole:
    """Tend the forms and read what was sent, follow Calendar, sync, deliver one turn.

    A mass of invitations does not keep the run from its end. Letters and events that wait go out even where a guard
    refuses the sync: families were promised them.

    Raises:
        SensyncError: as `mirror.sync` does. Trouble with forms, Calendar or letters is no error: it is told in the
            answer, and what could not be done is tried again.
    """
    workbook = require_workbook(desk)
    with open_rounds(settings, store=desk.store, workbook=workbook, now=desk.now) as rounds:
        if settings.concerns.enabled:
            desk.progress("Looking at the forms")
        # Before the sync, which writes links into them.
        forms = tend_forms(desk.store, workbook, settings, desk.door, desk.now)
        swept = rounds.sweep()
        desk.progress("Looking at the calendar")
        followed = rounds.follow()
        try:
            report = sync(desk, read_mis, accepted=accepted)
            # What she released in the sheet: its words reach it with the next sync.
            swept += rounds.release()
        finally:
            desk.progress("Sending letters and events")
            delivered = rounds.deliver()
    return Whole(report, followed, delivered, forms, swept)
