"""Inviting families: who may book by what the store knows, and the letters that are owed to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from sync.domain.meetings import purpose_of
from sync.plan.families import staff_of
from sync.plan.invitations import Invited, invitations, staff_invitations
from sync.store import Bookings, Families, Invitations, Owed, SlotState, Surgeries

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sync.domain.meetings import Slot, Surgery
    from sync.store import Store, Workbook

SHORT = "short"
"""The document with the references of families short of three meetings, as the last sync found them."""


def put_invitations(store: Store, workbook_id: int, invited: Iterable[Invited], now: datetime) -> int:
    """Puts the letters that families are owed into the outbox (kind `invite`), and counts those that are new.

    A family is written to once about a surgery, and anew about a review with other times; several new surgeries make
    one letter. What waits and is not owed any more is taken back. An adult without an e-mail address gets none, and is
    not remembered as invited: `sensync links` has them.

    Args:
        store: migrated; the surgeries are in it.
        workbook_id: whose.
        invited: all of them, as `plan.invitations` or `invited_now` gives them.
        now: the present.
    """
    owed = [
        Owed(
            each.adult.key,
            each.ref,
            each.purpose,
            opening.surgery,
            opening.at,
            tuple(time.astimezone(UTC).isoformat() for time in opening.times),
        )
        for each in invited
        if each.adult.email
        for opening in each.openings
    ]
    return Invitations(store).put(workbook_id, owed, now)


def invited_now(store: Store, workbook_id: int, now: datetime) -> tuple[Invited, ...]:
    """Which adults may book what, by the surgeries, slots, bookings, families and roll that the store has."""
    standing = _standing(store, workbook_id, now)
    short = short_of(store.document(workbook_id, SHORT))
    roll = store.tab(workbook_id, "roll")
    return invitations(
        standing.surgeries,
        standing.left,
        (adult for adults in Families(store).all(workbook_id).values() for adult in adults),
        roll,
        register=frozenset(store.tab(workbook_id, "register")),
        short=frozenset(roll) if short is None else short,
        now=now,
        booked=standing.booked,
    )


def staff_invited_now(store: Store, workbook: Workbook, addresses: Iterable[str], now: datetime) -> tuple[Invited, ...]:
    """Which of these members of staff may book a staff drop-in."""
    standing = _standing(store, workbook.id, now)
    staff = staff_of(addresses, workbook.salt, Families(store).all(workbook.id))
    return staff_invitations(standing.surgeries, standing.left, staff, now=now, booked=standing.booked)


@dataclass(frozen=True, slots=True)
class _Standing:
    """The surgeries, the slots of each that have a place left, and who has a meeting of which purpose to come."""

    surgeries: list[Surgery]
    left: dict[str, list[Slot]]
    booked: set[tuple[str, str, str]]


def _standing(store: Store, workbook_id: int, now: datetime) -> _Standing:
    surgeries = Surgeries(store).all(workbook_id)
    purposes = {each.key: purpose_of(each) for each in surgeries}
    stored = Surgeries(store).slots(workbook_id)
    left: dict[str, list[Slot]] = {}
    for each in stored:
        if each.state == SlotState.OPEN and each.taken < each.slot.places:
            left.setdefault(each.slot.surgery, []).append(each.slot)
    to_come = {each.slot.key: purposes[each.slot.surgery] for each in stored if each.slot.ends > now}
    booked = {
        (each.adult, each.ref, to_come[each.slot])
        for each in Bookings(store).active(workbook_id)
        if each.slot in to_come
    }
    return _Standing(surgeries, left, booked)


def short_of(document: Any) -> frozenset[str] | None:
    """The document `SHORT` understood; None where no sync has said, which means that every family may be short."""
    return frozenset(map(str, document)) if isinstance(document, list) else None
