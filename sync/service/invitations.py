"""Inviting families: who may book by what the store knows, and the letters that are owed to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.meetings import purpose_of
from sync.plan.invitations import Invited, invitations
from sync.store import Bookings, Families, Invitations, Owed, SlotState, Surgeries

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sync.domain.meetings import Slot
    from sync.store import Store

SHORT = "short"
"""The document with the references of families short of three meetings, as the last sync found them."""


def put_invitations(store: Store, workbook_id: int, invited: Iterable[Invited], now: datetime) -> int:
    """Puts the letters that families are owed into the outbox (kind `invite`), and counts those that are new.

    A family is written to once about a surgery; several new ones make one letter. An adult without an e-mail address
    gets none, and is not remembered as invited: `sensync links` has them.

    Args:
        store: migrated; the surgeries are in it.
        workbook_id: whose.
        invited: as `plan.invitations` or `invited_now` gives them.
        now: the present.
    """
    owed = [
        Owed(each.adult.key, each.ref, each.purpose, opening.surgery, opening.at)
        for each in invited
        if each.adult.email
        for opening in each.openings
    ]
    return Invitations(store).put(workbook_id, owed, now)


def invited_now(store: Store, workbook_id: int, now: datetime) -> tuple[Invited, ...]:
    """Which adults may book what, by the surgeries, slots, bookings, families and roll that the store has."""
    surgeries = Surgeries(store).all(workbook_id)
    stored = Surgeries(store).slots(workbook_id)
    left: dict[str, list[Slot]] = {}
    for each in stored:
        if each.state == SlotState.OPEN and each.taken < each.slot.places:
            left.setdefault(each.slot.surgery, []).append(each.slot)
    purposes = {each.key: purpose_of(each) for each in surgeries}
    to_come = {each.slot.key: purposes[each.slot.surgery] for each in stored if each.slot.ends > now}
    seen = store.seen(workbook_id)
    short = short_of(seen.documents)
    roll = seen.rows.get("roll", {})
    return invitations(
        surgeries,
        left,
        (adult for adults in Families(store).all(workbook_id).values() for adult in adults),
        roll,
        register=frozenset(seen.rows.get("register", {})),
        short=frozenset(roll) if short is None else short,
        now=now,
        booked={
            (each.adult, each.ref, to_come[each.slot])
            for each in Bookings(store).active(workbook_id)
            if each.slot in to_come
        },
    )


def short_of(documents: dict[str, object]) -> frozenset[str] | None:
    """The families short of three meetings; None where no sync has said, which means that every family may be."""
    found = documents.get(SHORT)
    return frozenset(map(str, found)) if isinstance(found, list) else None
