"""The calendar of meetings: made and shared with the first slot, and made anew if somebody deleted the whole of it.

A calendar that is gone is no deed on any meeting: nobody meant to cancel all of them. So nothing is cancelled, and a
new calendar gets all that is still to come.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from sync.domain.families import Notice
from sync.google.calendars import DEFAULT_TITLE, find_or_make, share
from sync.google.errors import GoogleNeedsPersonError
from sync.service.slot_events import Known, known_of, remembered
from sync.store import Channels, NewWork, Notices, Outbox, Surgeries

if TYPE_CHECKING:
    from datetime import datetime

    from sync.config import Settings
    from sync.google.door import Door
    from sync.store import Store, Workbook

_LOG = logging.getLogger(__name__)


def is_gone(error: object) -> bool:
    """Whether an error says that there is no such calendar: events that are gone are no errors."""
    return isinstance(error, GoogleNeedsPersonError) and error.status == HTTPStatus.NOT_FOUND


def calendar_id(store: Store, workbook: Workbook, settings: Settings, door: Door, now: datetime) -> str:
    """The calendar of a workbook; with the first slot it is found, or made and shared."""
    surgeries = Surgeries(store)
    kept = surgeries.calendar(workbook.id)
    if kept is not None:
        return kept.calendar_id
    made = _find_or_make(workbook, settings, door, None)
    surgeries.save_calendar(workbook.id, made)
    # Nobody has done anything in it that we could have missed.
    surgeries.followed(workbook.id, now)
    return made


def replace_calendar(store: Store, workbook: Workbook, settings: Settings, door: Door, now: datetime) -> bool:
    """Takes another calendar for one that is gone, and has its events made again; False where it is there after all.

    It can be cut off anywhere and done again: the new calendar is found by its mark, and is the workbook's only when
    all else is done.
    """
    surgeries = Surgeries(store)
    kept = surgeries.calendar(workbook.id)
    if kept is None:
        return False
    made = _find_or_make(workbook, settings, door, kept.calendar_id)
    if made == kept.calendar_id:
        return False
    slots = [each for each in surgeries.slots(workbook.id) if each.event_id]
    forgotten = [remembered(each.slot.key, Known(generation=known_of(each).generation), None) for each in slots]
    surgeries.saw(workbook.id, forgotten)
    work = [
        NewWork(f"slot:{key}", "slot.changed", f"slot:{key}:{made}", {"slot": key})
        for key in (each.slot.key for each in slots if each.slot.ends > now)
    ]
    Outbox(store).put(workbook.id, work, now)
    channels = Channels(store)
    for channel in channels.all(workbook.id):
        channels.forget(workbook.id, channel.id)
    what = (
        "The calendar of meetings was deleted, or Sensync may not use it any more. It made a new one with all that is "
        "to come, and cancelled nothing. Video calls have new links there: send them to the families."
    )
    Notices(store).put(workbook.id, [Notice("calendar:replaced", "Google Calendar", what)], now)
    surgeries.save_calendar(workbook.id, made)
    _LOG.warning("the calendar of meetings was gone; another one was made")
    return True


def _find_or_make(workbook: Workbook, settings: Settings, door: Door, known: str | None) -> str:
    owner = f"{settings.school.key} {workbook.spreadsheet_id}"
    title = settings.calendar.title or DEFAULT_TITLE
    ours = find_or_make(door, owner, known=known, title=title, zone=settings.school.time_zone)
    if ours.id != known:
        share_calendar(settings, door, ours.id)
    return ours.id


def share_calendar(settings: Settings, door: Door, calendar: str) -> tuple[str, ...]:
    """Gives the people in `[calendar]` the calendar: editors to move and delete meetings, the others to see when.

    Returns:
        The addresses that have it from now on.
    """
    editors, others = settings.calendar.editors, settings.calendar.share_with
    given = share(door, calendar, editors, "writer", tell=True) if editors else ()
    return given + (share(door, calendar, others) if others else ())
