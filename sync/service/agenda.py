"""What a sync needs to know of meetings before it plans, and what it leaves for the store afterwards."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sync.domain.errors import SensyncError
from sync.domain.families import Notice
from sync.domain.meetings import STAFF_REF, Busy
from sync.google import calendars
from sync.plan.agenda import Agenda
from sync.plan.families import staff_of, with_known_keys
from sync.service.farewells import let_go, say_unreached, shut_old_mailboxes, tell_again
from sync.service.invitations import invited_now, put_invitations
from sync.service.standing import forget_notices, shown_now
from sync.store import Bookings, Families, Surgeries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sync.domain.families import Adult
    from sync.plan.sessions import Made
    from sync.service.desk import Desk
    from sync.store import Store, Workbook

_LOG = logging.getLogger(__name__)

AHEAD: Final = timedelta(weeks=12)
"""How far ahead her calendar is asked for busy times: three questions of four weeks each."""


@dataclass(frozen=True, slots=True)
class BusyTimes:
    """When she is busy, and which calendars could not be asked."""

    spans: tuple[Busy, ...] = ()
    unasked: tuple[Notice, ...] = ()


def read_agenda(desk: Desk, workbook: Workbook, busy: BusyTimes) -> Agenda:
    """What the store keeps of meetings, with her busy times."""
    store, now = desk.store, desk.now()
    surgeries = Surgeries(store)
    families = {ref: adults for ref, adults in Families(store).all(workbook.id).items() if ref != STAFF_REF}
    return Agenda(
        surgeries={each.key: each for each in surgeries.all(workbook.id)},
        slots=surgeries.slots(workbook.id),
        bookings=Bookings(store).all(workbook.id),
        busy=busy.spans,
        notices=(*shown_now(store, workbook.id, now), *busy.unasked),
        addresses=frozenset(each.email.casefold() for adults in families.values() for each in adults if each.email),
        families=families,
    )


def read_busy(desk: Desk) -> BusyTimes:
    """The busy times of `desk.calendars`, asked for once a run, however many steps it takes.

    A calendar that cannot be asked stops nothing: it is said, and counts as free.
    """
    if not desk.calendars:
        return BusyTimes()
    try:
        now = desk.now()
        found = calendars.busy(desk.door, desk.calendars, now, now + AHEAD)
    except SensyncError as error:
        _LOG.warning("busy times could not be asked for: %s", type(error).__name__)
        what = f"Busy times could not be asked for. {error} {error.next_step}".strip()
        return BusyTimes(unasked=(Notice("busy", "Calendar", what),))
    spans = tuple(Busy(starts, ends) for spans in found.spans.values() for starts, ends in spans)
    unasked = tuple(
        Notice(
            f"busy:{name}",
            "Calendar",
            f"The busy times of {name} could not be seen ({reason}): share that calendar's free and busy times with "
            f"{desk.door.account}, or take it out of [calendar] editors.",
        )
        for name, reason in found.unknown.items()
    )
    return BusyTimes(spans, unasked)


def keep_meetings(
    desk: Desk,
    workbook: Workbook,
    made: Sequence[Made],
    families: Mapping[str, Sequence[Adult]],
    cancelled: Sequence[str] = (),
) -> None:
    """Record what a settled plan made of surgeries and families, and put the letters that are owed into the outbox.

    Done again it changes nothing, so a run that was cut off before it is made good by the next one.

    Args:
        desk: what the run works with.
        workbook: whose.
        made: each surgery and accepted review with its slots.
        families: the adults of the pupils of whom the MIS says who they are, by reference; of the others what is
            known stays.
        cancelled: keys of bookings that the SENCO cancelled in the sheet; those that are over stay as they are.
    """
    store, now = desk.store, desk.now()
    known = Families(store).all(workbook.id)
    told = with_known_keys(families, known)
    told[STAFF_REF] = staff_of(desk.staff, workbook.salt, {**known, **told})
    together = {**known, **told}
    shut = shut_old_mailboxes(store, workbook.id, known, told, now)
    Families(store).replace(workbook.id, (adult for adults in together.values() for adult in adults))
    tell_again(store, workbook, shut, now)
    surgeries = Surgeries(store)
    if made or surgeries.all(workbook.id):
        surgeries.save(workbook.id, made, now)
        _cancel(store, workbook.id, cancelled, now)
        let_go(store, workbook.id, told.keys(), now)
        invited = invited_now(store, workbook.id, now)
        put_invitations(store, workbook.id, invited, now)
        say_unreached(store, workbook.id, invited, now)
    forget_notices(store, workbook.id, now)


def _cancel(store: Store, workbook_id: int, keys: Sequence[str], now: datetime) -> None:
    """Cancels the bookings to come among these; each family is told by letter, once."""
    bookings, surgeries = Bookings(store), Surgeries(store)
    for key in keys:
        booking = bookings.find(workbook_id, key)
        stored = surgeries.slot(workbook_id, booking.slot) if booking is not None else None
        if stored is not None and stored.slot.ends > now:
            bookings.cancel_by_school(workbook_id, key, now)
