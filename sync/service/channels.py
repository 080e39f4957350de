"""Calendar tells us at once that something changed, where it can reach us: the channel, and who it is that knocks."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sync.clock import utc_now
from sync.domain.errors import SensyncError
from sync.domain.families import Notice
from sync.google import pushes
from sync.service.which import known_workbook
from sync.store import Channels, Notices, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync.config import Settings
    from sync.google.door import Door

_LOG = logging.getLogger(__name__)

PATH = "/hooks/calendar"
_NOTICE = "push"
_TRY_AGAIN = timedelta(hours=6)


def keep_channel(
    store: Store, workbook_id: int, settings: Settings, door: Door, calendar_id: str, now: datetime
) -> None:
    """Opens a channel where the booking pages have a public address, and renews it before it ends.

    A channel is a convenience: without one changes are found a minute later. So what is refused is said in a notice
    and tried again some hours later.
    """
    if not settings.booking.address.startswith("https://"):
        return
    channels, notices = Channels(store), Notices(store)
    kept = channels.all(workbook_id)
    if kept and not pushes.due(kept[0], now):
        return
    if notices.has(workbook_id, _NOTICE, now - _TRY_AGAIN):
        return
    try:
        new = pushes.start(door, calendar_id, settings.booking.address + PATH, now=now)
        channels.save(workbook_id, new)
        for old in kept:
            if old.expires > now:
                pushes.stop(door, old)
            channels.forget(workbook_id, old.id)
    except SensyncError as error:
        _LOG.warning("no push channel: %s", type(error).__name__)
        what = f"Calendar cannot tell Sensync of changes at once, so they are found a minute later. {error.words}"
        notices.put(workbook_id, [Notice(_NOTICE, "Google Calendar", what)], now)
    else:
        notices.withdraw(workbook_id, _NOTICE)


class CalendarHook:
    """Takes what is posted to `PATH`.

    Args:
        store: migrated.
        workbook_id: whose calendar.
        now: the clock, giving aware instants.
    """

    def __init__(self, store: Store, workbook_id: int, now: Callable[[], datetime] = utc_now) -> None:
        self._channels = Channels(store)
        self._workbook = workbook_id
        self._now = now

    def take(self, headers: Mapping[str, str]) -> bool:
        """Whether Calendar sent this on a channel of ours; then whoever delivers looks there next.

        Nothing is kept of a message that is not Calendar's.
        """
        now = self._now()
        push = pushes.verify(headers, self._channels.all(self._workbook), now)
        if push is None:
            return False
        if push.state != "sync":
            self._channels.told(self._workbook, push.channel, push.number, now)
        return True


def open_calendar_hook(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> CalendarHook | None:
    """The hook of the school in the configuration, on its store; None where Calendar is off or cannot reach us.

    Raises:
        ConfigError: the store cannot be used.
        RefusedError: sensync.toml names another workbook than the store.
    """
    if not settings.calendar.enabled or not settings.booking.address.startswith("https://"):
        return None
    store = Store(settings.store.url, now=now)
    store.migrate()
    workbook = known_workbook(store, settings)
    return None if workbook is None else CalendarHook(store, workbook.id, now)
