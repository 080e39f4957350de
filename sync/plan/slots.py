"""The slots of a surgery, as instants, and what an edit of the row does to them.

A slot's key is its surgery's key and its beginning in UTC, so the same row gives the same keys for ever, and the hour
that comes twice in October gives two. When the row is edited, a *booked* slot stays where it is, with its own length
and key, as long as it still lies within the session and outside the breaks: a change of the end, the room, the gap or
the minutes moves no family. The time around it is divided anew. A booked slot that cannot stay (another day, a session
that no longer reaches it, a break over it) is never dropped here: the difference names it, and a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from sync.domain.meetings import Busy, Slot, Surgery
from sync.domain.school_clock import instant, say_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


def slot_key(surgery: str, starts: datetime) -> str:
    """The key of the slot of a surgery that begins at an instant: `P-1a2b3c4d-20261208T1600Z`."""
    return f"{surgery}-{starts.astimezone(UTC):%Y%m%dT%H%MZ}"


def session(surgery: Surgery) -> tuple[datetime, datetime]:
    """When a surgery begins and ends, in UTC. A night in which the clocks change makes it an hour shorter or longer."""
    return instant(surgery.day, surgery.starts), instant(surgery.day, surgery.ends)


def slots_of(surgery: Surgery, booked: Iterable[Slot] = ()) -> tuple[Slot, ...]:
    """The slots of a surgery in order.

    They never overlap, lie within the session and outside its breaks, and have at least the gap between them, a break
    or not. Of an unedited row, whichever slots are booked, the slots are the same.

    Args:
        surgery: the row as understood; its state plays no part.
        booked: the slots that somebody has booked, as they were made; those of other surgeries are passed over.

    Returns:
        () if the session ends before it begins.
    """
    starts, ends = session(surgery)
    breaks = [Busy(instant(surgery.day, a), instant(surgery.day, b)) for a, b in surgery.breaks]
    kept = _kept(surgery, booked, breaks)
    length, gap = timedelta(minutes=surgery.minutes), timedelta(minutes=surgery.gap)
    taken = sorted([*breaks, *(Busy(s.starts - gap, s.ends + gap) for s in kept)], key=lambda b: (b.starts, b.ends))
    found = list(kept)
    at = starts
    while length and at + length <= ends:
        # Sorted by their beginning, so the first that is in the way is the next one on the way.
        hindrance = next((b for b in taken if b.meets(at, at + length)), None)
        if hindrance:
            at = hindrance.ends
            continue
        found.append(Slot(slot_key(surgery.key, at), surgery.key, at, at + length, surgery.places))
        at += length + gap
    return tuple(sorted(found, key=lambda slot: slot.starts))


def _kept(surgery: Surgery, booked: Iterable[Slot], breaks: Iterable[Busy]) -> list[Slot]:
    """The booked slots that can stay where they are, with the places that the row gives now."""
    starts, ends = session(surgery)
    pauses = list(breaks)
    kept: list[Slot] = []
    for slot in sorted(booked, key=lambda s: (s.starts, s.key)):
        if slot.surgery != surgery.key or slot.starts < starts or slot.ends > ends:
            continue
        if any(b.meets(slot.starts, slot.ends) for b in pauses):
            continue
        if kept and slot.starts < kept[-1].ends:
            continue
        kept.append(Slot(slot.key, slot.surgery, slot.starts, slot.ends, surgery.places))
    return kept


@dataclass(frozen=True, slots=True)
class SlotDiff:
    """What an edit does to a surgery's slots.

    Attributes:
        added: slots that are new.
        gone: slots that are no more and that nobody booked.
        lost: slots that have no room any more (or not their whole length) although they are booked: they stay until
            a person has moved them.
        changed: slots whose end or places changed, each as it was and as it is.
        crowded: slots that now have fewer places than bookings, as they are; no booking is taken away.
    """

    added: tuple[Slot, ...] = ()
    gone: tuple[Slot, ...] = ()
    lost: tuple[Slot, ...] = ()
    changed: tuple[tuple[Slot, Slot], ...] = ()
    crowded: tuple[Slot, ...] = ()


def diff_slots(old: Iterable[Slot], new: Iterable[Slot], bookings: Mapping[str, int]) -> SlotDiff:
    """The difference between the slots that were made and those that the row gives now.

    Args:
        old: the slots as made.
        new: what `slots_of` gives now.
        bookings: how many bookings each slot has that are not cancelled, by key; none may be left out.
    """
    before = {slot.key: slot for slot in old}
    after = {slot.key: slot for slot in new}
    # A slot of the same beginning that is cut short is not the meeting that was booked.
    lost = [slot for key, slot in before.items() if bookings.get(key) and not _same_time(slot, after.get(key))]
    cut = {slot.key for slot in lost}
    return SlotDiff(
        added=tuple(slot for key, slot in after.items() if key not in before),
        gone=tuple(slot for key, slot in before.items() if key not in after and key not in cut),
        lost=tuple(lost),
        changed=tuple(
            (before[key], slot)
            for key, slot in after.items()
            if key in before and before[key] != slot and key not in cut
        ),
        crowded=tuple(slot for slot in after.values() if bookings.get(slot.key, 0) > slot.places),
    )


def _same_time(one: Slot, two: Slot | None) -> bool:
    return two is not None and (one.starts, one.ends) == (two.starts, two.ends)


def plan_slots(surgery: Surgery, old: Iterable[Slot], bookings: Mapping[str, int]) -> tuple[tuple[Slot, ...], SlotDiff]:
    """The slots that a surgery has now and what that changes.

    A lost slot is among the slots, so that nothing which follows from them (an event, a page) loses it; a free slot
    that would overlap it is left out.

    Args:
        surgery: the row as understood.
        old: the slots as made.
        bookings: how many bookings each slot has that are not cancelled, by key.
    """
    made = tuple(old)
    new = slots_of(surgery, [slot for slot in made if bookings.get(slot.key)])
    lost = diff_slots(made, new, bookings).lost
    cut = {slot.key for slot in lost}
    in_the_way = [Busy(slot.starts, slot.ends) for slot in lost]
    free = [
        slot
        for slot in new
        if slot.key not in cut
        and (bookings.get(slot.key) or not any(busy.meets(slot.starts, slot.ends) for busy in in_the_way))
    ]
    difference = diff_slots(made, [*free, *lost], bookings)
    slots = tuple(sorted([*free, *lost], key=lambda slot: (slot.starts, slot.key)))
    return slots, SlotDiff(difference.added, difference.gone, lost, difference.changed, difference.crowded)


def say_diff(difference: SlotDiff, bookings: Mapping[str, int]) -> tuple[str, ...]:
    """Sentences for the status column about families whom an edit would touch."""
    lost = tuple(
        f"{say_instant(slot.starts)} is booked ({_families(bookings[slot.key])}), but the row no longer has it. The "
        "booking stands and was not changed: put the time back, or move the family to another slot."
        for slot in difference.lost
    )
    crowded = tuple(
        f"{say_instant(slot.starts)} has {_families(bookings[slot.key])} for {slot.places} places. Nobody was sent "
        "away: raise 'Places', or move a family."
        for slot in difference.crowded
        if slot not in difference.lost
    )
    return lost + crowded


def _families(count: int) -> str:
    return "1 family" if count == 1 else f"{count} families"
