"""The outbox, worked off in turns: each row to who does it, and what a failure means for the row.

Alerts about safeguarding go before everything else. What families and staff wait for goes before invitations, always:
slots first, then letters of bookings, offers and reminders, and those about concerns. A mass of invitations is sent in
slices; between any two of its letters what came meanwhile is done, and a part of the mailbox's quota stays free for
that. A turn never waits for the quota: what is left goes in the next.

Busy: tried again later, with growing waits, and set aside after very many. What could not even be tried (it waits for a
link, another process is at it, a person is needed) waits for as long as that takes. Refused for good: it is set aside.
Every sync says what is set aside (`standing`). A letter whose answer was lost is sent once more, and may arrive twice;
an alert is sent until an answer comes.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sync.domain.errors import NeedsPersonError, SensyncError, TryAgainError
from sync.domain.families import Notice
from sync.log import where
from sync.service.concern_post import URGENT
from sync.service.mailer import LOST_ANSWERS
from sync.service.post_round import NotYetError
from sync.store import ALERT, INVITE, LOOK, Kinds, LeaseHeldError, Notices, Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sync.store import Store, Work

_LOG = logging.getLogger(__name__)

_AT_A_TIME = 100
_LETTERS_AT_A_TIME = 10
_MOST_LOOKS = 400
"""Into the outbox, in one turn: what is put in while it runs must not keep it for ever."""

_LEASE = timedelta(minutes=6)
_LONGEST = timedelta(minutes=1)
"""After that long no further letter is begun, and those taken go back: a slow mail server must not let two workers have
one row, nor keep Calendar from being followed."""

MOST_INVITED = 60
"""Invitations in one turn."""
_SLICE = timedelta(seconds=20)
"""After that long in a turn no further invitation is sent."""
KEPT_FREE = 0.25
"""The share of a minute's letters that invitations leave to bookings."""

_CALENDAR = Kinds(("slot.changed", LOOK))
_URGENT = Kinds(URGENT)
_PROMISED = Kinds(("slot.changed", LOOK, INVITE, *URGENT), listed=False)
_INVITATIONS = Kinds((INVITE,))
_POST = Kinds(_CALENDAR.names, listed=False)

_UNTIL_MENDED = timedelta(minutes=15)
_MOST_ATTEMPTS = 100
_MOST_BUSY = 3
"""Letters in a row that a mail server puts off before the others wait, too."""

_LOST = "It may have gone: "

SLOTS, LETTERS = "calendar", "post"
_TITLES = {SLOTS: "Google Calendar", LETTERS: "Letters"}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What delivering did.

    Attributes:
        done: rows that are done.
        failed: rows that will be tried again.
        aside: rows that were refused for good, and wait for a person.
        waiting: rows that are not done yet, reminders for other days among them.
        letters_left: letters among them that are due, and wait for the next turn.
    """

    done: int = 0
    failed: int = 0
    aside: int = 0
    waiting: int = 0
    letters_left: int = 0


@dataclass(frozen=True, slots=True)
class Hands:
    """Who does the rows.

    Attributes:
        slots: brings the events of slots up to date; None where there is no calendar.
        letter: does a row that is a letter; None where no letters are sent.
        alert: tells of what may be about safeguarding, on Sync status even where no letters are sent.
        look: reads what changed in Calendar since an instant; None where there is no calendar.
        room: how many letters can be sent at once without waiting for the mailbox's quota, a share of it kept free.
    """

    slots: Callable[[Iterable[str]], dict[str, SensyncError | None]] | None
    letter: Callable[[Work], None] | None
    alert: Callable[[Work], None]
    look: Callable[[datetime], None] | None
    room: Callable[[float], int]


class Delivery:
    """Works the outbox of one workbook.

    Args:
        store: where it is kept.
        workbook_id: whose.
        hands: who does the rows.
        now: the clock.
        is_over: says that no further row may be begun; those that were taken go back.
    """

    def __init__(
        self,
        store: Store,
        workbook_id: int,
        hands: Hands,
        now: Callable[[], datetime],
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._workbook = workbook_id
        self._hands = hands
        self._now = now
        self._is_over = is_over
        self._outbox = Outbox(store, max_attempts=_MOST_ATTEMPTS)
        self._notices = Notices(store)
        self._count: Counter[str] = Counter()
        self._well: set[str] = set()
        self._stuck: SensyncError | None = None
        self._busy = 0

    def run(self) -> Delivered:
        """A turn: all of Calendar that is due, the letters that were promised, and a slice of the invitations."""
        began, invited = self._now(), 0
        for _ in range(_MOST_LOOKS):
            if self._is_over():
                break
            # A letter may need the link of a video call, so slots come before it, too.
            if self._do_letters(_URGENT, began) or self._do_calendar() or self._do_letters(_PROMISED, began):
                continue
            if invited >= MOST_INVITED or self._now() - began > _SLICE:
                break
            # One at a time: what comes meanwhile waits for no more than one letter.
            works = self._letters(_INVITATIONS, 1, KEPT_FREE)
            if not works:
                break
            for work in works:
                self._do(work)
            invited += self._hands.letter is not None
        for channel in sorted(self._well):
            self._notices.withdraw(self._workbook, f"delivery:{channel}")
        return Delivered(
            self._count["done"],
            self._count["failed"],
            self._count["aside"],
            self._outbox.backlog(self._workbook).waiting,
            self._outbox.due(self._now(), workbook_id=self._workbook, kinds=_POST),
        )

    def _do_calendar(self) -> bool:
        """Does what is due of slots; whether there was any."""
        works = self._take(_CALENDAR, _AT_A_TIME)
        self._do_slots([work for work in works if work.kind != LOOK])
        for work in works:
            if work.kind == LOOK:
                self._do(work)
        return bool(works)

    def _do_letters(self, kinds: Kinds, began: datetime) -> bool:
        """Does some of the letters of these kinds that are due, with the whole quota; whether there were any."""
        if self._is_late(began):
            return False
        works = self._letters(kinds, _LETTERS_AT_A_TIME, 0.0)
        for work in works:
            if self._is_late(began):
                self._outbox.later(work, work.error, self._now())
            else:
                self._do(work)
        return bool(works)

    def _is_late(self, began: datetime) -> bool:
        return self._is_over() or self._now() - began > _LONGEST

    def _letters(self, kinds: Kinds, most: int, keep: float) -> list[Work]:
        """Takes letters, no more than can be sent without waiting."""
        if self._hands.letter is None:
            return self._take(kinds, _AT_A_TIME)
        # The mailbox is not asked, and Google not signed in to, for nothing.
        if not self._outbox.due(self._now(), workbook_id=self._workbook, kinds=kinds):
            return []
        room = min(most, self._hands.room(keep))
        return self._take(kinds, room) if room else []

    def _take(self, kinds: Kinds, most: int) -> list[Work]:
        return self._outbox.take(self._now(), most, lease=_LEASE, workbook_id=self._workbook, kinds=kinds)

    def _do_slots(self, works: list[Work]) -> None:
        by_slot = {str(work.payload["slot"]): work for work in works}
        if not works:
            return
        found: dict[str, SensyncError | None] = dict.fromkeys(by_slot)
        if self._hands.slots is not None:
            try:
                found = self._hands.slots(by_slot)
            except SensyncError as error:
                found = dict.fromkeys(by_slot, error)
            except Exception as error:  # noqa: BLE001 - the other rows must go on; its text may hold anything
                found = dict.fromkeys(by_slot, _unexpected(error))
        for slot, work in by_slot.items():
            trouble = found[slot]
            if trouble is None:
                self._done(work, SLOTS)
            else:
                self._failed(work, trouble, SLOTS)

    def _do(self, work: Work) -> None:
        channel = SLOTS if work.kind == LOOK else LETTERS
        try:
            if work.kind == LOOK:
                if self._hands.look is not None:
                    self._hands.look(work.made_at)
            else:
                self._post(work)
        except SensyncError as error:
            self._failed(work, error, channel)
        except Exception as error:  # noqa: BLE001 - as above
            self._failed(work, _unexpected(error), channel)
        else:
            self._done(work, channel)

    def _post(self, work: Work) -> None:
        if work.kind == ALERT:
            # No letter yet: that keeps letters back does not keep this from Sync status.
            self._hands.alert(work)
            return
        if self._hands.letter is None:
            return
        if self._stuck is not None:
            raise self._stuck
        self._hands.letter(work)

    def _done(self, work: Work, channel: str) -> None:
        self._outbox.done(work, self._now())
        self._count["done"] += 1
        hand = self._hands.slots if channel == SLOTS else self._hands.letter
        if hand is not None:
            self._well.add(channel)
            self._busy = 0

    def _failed(self, work: Work, error: SensyncError, channel: str) -> None:
        now, words = self._now(), error.words
        lost_before = work.error.startswith(_LOST)
        lost = channel == LETTERS and isinstance(error, LOST_ANSWERS)
        # That it may have gone must not be forgotten for what happened since.
        kept = _LOST + words if lost or lost_before else words
        if isinstance(error, (NotYetError, LeaseHeldError)):
            wait = error.wait if isinstance(error, NotYetError) else _FOR_LEASE
            self._outbox.later(work, kept, now + timedelta(seconds=wait))
            return
        _LOG.warning("outbox row %d (%s) was not done: %s", work.id, work.kind, type(error).__name__)
        if isinstance(error, NeedsPersonError):
            self._outbox.later(work, kept, now + _UNTIL_MENDED)
            self._count["failed"] += 1
            self._well.discard(channel)
            self._put(Notice(f"delivery:{channel}", _TITLES[channel], words))
            self._stop(error, channel)
            return
        # Of an alert, three copies are better than none.
        once_more = not (lost and lost_before) or work.kind in URGENT
        again = isinstance(error, TryAgainError) and once_more
        aside = not again or work.attempts >= _MOST_ATTEMPTS
        seconds: float | None = getattr(error, "wait", None)
        retry_at = now + timedelta(seconds=seconds) if seconds else None
        self._outbox.failed(work, kept, now, retry_at=retry_at, permanent=not again)
        self._count["aside" if aside else "failed"] += 1
        if not aside and not lost:
            self._busy += channel == LETTERS
            if self._busy >= _MOST_BUSY:
                self._stop(error, channel)

    def _stop(self, error: SensyncError, channel: str) -> None:
        """What keeps one letter back will keep the others: they are not tried in this round."""
        if channel == LETTERS:
            self._stuck = error

    def _put(self, notice: Notice) -> None:
        self._notices.put(self._workbook, [notice], self._now())


_FOR_LEASE = 2.0


def _unexpected(error: Exception) -> TryAgainError:
    _LOG.error("delivering failed: %s", where(error))
    return TryAgainError(f"Something went wrong that Sensync did not expect ({type(error).__name__}).")
