"""Surgeries with slots, bookings and their rows, put into the store of a made-up school as a sync leaves them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from sync.domain.meetings import Choice, Kind, Slot, State, Surgery, Where
from sync.domain.school_clock import instant, say_time, wall
from sync.plan.cells import serial
from sync.store import Booked, Bookings, Link, Links, RowChange, SlotEvent, Surgeries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sync.domain.meetings import Booking
    from sync.store import Store

CALENDAR = "meetings@group.calendar.example"
SURGERIES, SLOTS = 10, 18
"""One surgery a day from tomorrow on, each from eight o'clock with slots of ten minutes."""

_EIGHT, _TEN_MINUTES = time(8), timedelta(minutes=10)
_SAYS = Choice(Where.ROOM, language="Polish", words="We would like to talk about reading. " * 5)


@dataclass(frozen=True, slots=True)
class Met:
    """One booking that is to come: whose, in which surgery, the id of its event, and the key of its row on Meetings."""

    ref: str
    surgery: str
    event: str
    meeting: str


def book_surgeries(store: Store, workbook_id: int, refs: Sequence[str], now: datetime) -> list[Met]:
    """Makes the surgeries, has each family book one slot, the next free one of the surgeries in turn, and tells which.

    Args:
        store: of a school that was synced, and is not synced again: its sheet has no such rows.
        workbook_id: whose.
        refs: of the children whose families book; those for whom there is no slot are left out.
        now: the present.
    """
    sessions = [_session(number, now) for number in range(SURGERIES)]
    surgeries, links, bookings = Surgeries(store), Links(store), Bookings(store)
    surgeries.save(workbook_id, sessions, now)
    surgeries.save_calendar(workbook_id, CALENDAR)
    slots = [slot for same in zip(*(slots for _, slots in sessions), strict=True) for slot in same]
    surgeries.saw(workbook_id, [SlotEvent(each.key, _event(each), "etag", {}) for each in slots])
    found: list[tuple[Slot, Booking]] = []
    for slot, ref in zip(slots, refs, strict=False):
        link = links.find(links.issue(workbook_id, f"adult {ref}", ref, now + timedelta(days=30), now), now)
        assert isinstance(link, Link)  # noqa: S101 - it was made just now
        done = bookings.claim(link, slot.key, _SAYS, now, f"bench {ref}")
        assert isinstance(done, Booked)  # noqa: S101 - nobody else books here
        found.append((slot, done.booking))
    rows = [row for surgery, _ in sessions for row in _surgery_rows(surgery, [slot for slot, _ in found])]
    rows += [row for slot, booking in found for row in _meeting_rows(slot, booking)]
    with store.lease("bench", "bench", 60) as lease:
        store.commit(workbook_id, fence=lease.fence, run=None, rows=rows)
    return [Met(booking.ref, slot.surgery, _event(slot), f"M-{booking.key}") for slot, booking in found]


def _session(number: int, now: datetime) -> tuple[Surgery, list[Slot]]:
    day = wall(now).date() + timedelta(days=1 + number)
    times = [instant(day, _EIGHT) + each * _TEN_MINUTES for each in range(SLOTS + 1)]
    key, ends = f"P-{number:08d}", wall(times[-1]).time()
    surgery = Surgery(key, Kind.SURGERY, day, _EIGHT, ends, 10, room="Room 2", state=State.OPEN)
    return surgery, [Slot(f"{key}-{at}", key, *span) for at, span in enumerate(pairwise(times))]


def _event(slot: Slot) -> str:
    return f"event{slot.key.replace('-', '').casefold()}"


def _surgery_rows(surgery: Surgery, taken: Sequence[Slot]) -> list[RowChange]:
    many = sum(each.surgery == surgery.key for each in taken)
    typed = {
        "kind": "Surgery", "date": serial(surgery.day), "from": f"{surgery.starts:%H:%M}",
        "to": f"{surgery.ends:%H:%M}", "where": surgery.room, "state": "Open",
    }  # fmt: skip
    status = {"said": f"{SLOTS} times of 10 minutes.", "taken": f"{many} of {SLOTS}"}
    return [RowChange("surgeries", surgery.key, typed), RowChange("surgery_status", surgery.key, status)]


def _meeting_rows(slot: Slot, booking: Booking) -> list[RowChange]:
    at = wall(slot.starts)
    known = {"ref": booking.ref, "kind": "Surgery", "date": serial(at.date()), "time": say_time(at)}
    key = f"M-{booking.key}"
    return [RowChange("meeting_status", key, known), RowChange("meetings", key, {})]
