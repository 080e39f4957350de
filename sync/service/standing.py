"""Notices of what stands: said in every sync for as long as it stands, and in none after that.

What was merely done (a title typed over, say) is said for a fortnight. Two meetings at one time, work that was set
aside and a family to be rung are worse than news: they are asked of the store at each sync, so that no notice of them
can be forgotten before its time, nor stay behind.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Final

from sync.domain.families import Notice
from sync.domain.meetings import Where
from sync.service.post_round import whose
from sync.service.slot_events import digest_of, known_of, said
from sync.store import Bookings, Notices, Outbox, Surgeries, WaitingList

if TYPE_CHECKING:
    from sync.domain.meetings import Booking, StoredSlot
    from sync.store import Store, Work

SHOWN_FOR: Final = timedelta(days=14)
"""How long a notice of something that was done stays on Sync status."""

_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT_ELSEWHERE: Final = ("gone:", "unreached")
"""`farewells` says these anew at each sync, and takes them back."""
_ASKED_EACH_TIME: Final = ("aside:", "calendar:at once:")
_TO_RING: Final = re.compile(r"phone:(?P<booking>[0-9a-f]+):(?P<version>\d+)", re.ASCII)
_TO_RING_OF_OFFER: Final = re.compile(r"phone:waiting:(?P<turn>\d+):(?P<version>\d+)", re.ASCII)
_DECLINED: Final = re.compile(r"calendar:(?P<slot>.+):declined:(?P<staff>[0-9a-f]+)", re.ASCII)
_NO_LINK: Final = re.compile(r"video:(?P<slot>.+)")


def shown_now(store: Store, workbook_id: int, now: datetime) -> tuple[Notice, ...]:
    """What the SENCO is to read: what stands, and the news of a fortnight. Writes nothing."""
    kept = _Standing(store, workbook_id, now).kept()
    return (*kept, *standing(store, workbook_id, now))


def forget_notices(store: Store, workbook_id: int, now: datetime) -> None:
    """Forgets the notices of what stands no more, and news that is older than a fortnight."""
    kept = {each.key for each in _Standing(store, workbook_id, now).kept()}
    notices = Notices(store)
    for each in notices.since(workbook_id, _EVER):
        if each.key not in kept:
            notices.withdraw(workbook_id, each.key)


def standing(store: Store, workbook_id: int, now: datetime) -> tuple[Notice, ...]:
    """What the store itself says is amiss: work that was set aside, and meetings at one time."""
    aside = (
        Notice(f"aside:{work.id}", about(store, work), f"This could not be done. {work.error}".strip())
        for work in Outbox(store).set_aside(workbook_id)
    )
    return (*aside, *_at_once(store, workbook_id, now))


def about(store: Store, work: Work) -> str:
    """What a row of the outbox is about, for the SENCO: a reference or a time."""
    told = work.payload
    if told.get("concern"):
        return f"Letter: concern {told['concern']}"
    if "ref" in told:
        return f"Letter: {whose(told['ref'])}"
    if "booking" in told:
        booking = Bookings(store).find(work.workbook_id, told["booking"])
        return f"Letter: {whose(booking.ref)}" if booking else "Letters"
    stored = Surgeries(store).slot(work.workbook_id, str(told.get("slot", "")))
    return f"Calendar, {said(stored.slot)}" if stored else "Google Calendar"


def _at_once(store: Store, workbook_id: int, now: datetime) -> list[Notice]:
    """The meetings to come of which two are at one time: she moved one onto the other."""
    held: dict[str, set[str]] = {}
    for booking in Bookings(store).active(workbook_id):
        held.setdefault(booking.slot, set()).add(booking.ref)
    slots = [each.slot for each in Surgeries(store).slots(workbook_id)]
    slots = [slot for slot in slots if slot.key in held and slot.ends > now]
    return [
        Notice(
            ":".join(["calendar", "at once", *sorted((one.key, two.key))]),
            f"Calendar, {said(two)}",
            "Two meetings are at one time: "
            + ", and ".join(f"{said(each)} ({', '.join(sorted(held[each.key]))})" for each in (one, two))
            + ". Both families were told to come. Move one of the two, or ring a family.",
        )
        for one, two in combinations(slots, 2)
        if one.starts < two.ends and two.starts < one.ends
    ]


class _Standing:
    """The notices that were left for a sync, and which of them still stand."""

    def __init__(self, store: Store, workbook_id: int, now: datetime) -> None:
        self._store = store
        self._workbook = workbook_id
        self._now = now

    def kept(self) -> list[Notice]:
        """Those that stand, and the news."""
        notices = Notices(self._store)
        news = {each.key for each in notices.since(self._workbook, self._now - SHOWN_FOR)}
        found = []
        for each in notices.since(self._workbook, _EVER):
            stands = self._stands(each.key)
            if each.key in news if stands is None else stands:
                found.append(each)
        return found

    def _stands(self, key: str) -> bool | None:
        """Whether what a notice says still stands; None where it is news."""
        if key.startswith(_KEPT_ELSEWHERE):
            return True
        if key.startswith(_ASKED_EACH_TIME):
            return False
        if to_ring := _TO_RING.fullmatch(key):
            booking = Bookings(self._store).find(self._workbook, to_ring["booking"])
            return booking is not None and self._is_to_ring(booking, int(to_ring["version"]))
        if offered := _TO_RING_OF_OFFER.fullmatch(key):
            turn, version = int(offered["turn"]), int(offered["version"])
            found = WaitingList(self._store).offered(self._workbook, turn, version)
            return found is not None and found.until > self._now
        if declined := _DECLINED.fullmatch(key):
            stored = self._to_come(declined["slot"])
            return stored is not None and declined["staff"] in map(digest_of, known_of(stored).declined)
        if no_link := _NO_LINK.fullmatch(key):
            stored = self._to_come(no_link["slot"])
            return stored is not None and not known_of(stored).meet and self._is_by_video(stored)
        return None

    def _is_to_ring(self, booking: Booking, version: int) -> bool:
        """Whether nothing happened since that a later notice tells, and the meeting is not over."""
        return booking.version == version and self._to_come(booking.slot) is not None

    def _to_come(self, slot: str) -> StoredSlot | None:
        stored = Surgeries(self._store).slot(self._workbook, slot)
        return stored if stored is not None and stored.slot.ends > self._now else None

    def _is_by_video(self, stored: StoredSlot) -> bool:
        held = Bookings(self._store).active(self._workbook, slot=stored.slot.key)
        return any(each.choice.where is Where.VIDEO for each in held)
