"""The adults of families with what hangs on how they are reached: one transaction, so that no kill leaves half of it.

Who is an adult of a pupil no more has links that stop to open and is out of every queue; both come back with the adult.
Whose e-mail address is another has no link of before, for whoever reads the old mailbox may be somebody else: the
mistyped one's, a partner's of the past, the next owner's. The new address is told of the meeting to come, or of the
place that is held. What is to be done is seen from what stands in the store, and the letters are owed in the same
transaction: whoever was cut off has done nothing or all.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from sync.store.booking_records import NewWork, WorkState
from sync.store.clashes import wait_for_turn
from sync.store.engine import reading, writing
from sync.store.families import replace_adults, rows_of, stored_adults
from sync.store.links import made_for
from sync.store.outbox import put_work
from sync.store.places import OFFER_LASTS, SUSPENDED, resume_lines, suspend_lines, turn_told
from sync.store.schema import IN_QUEUE, OFFERED, booking, invitation, link, outbox, slot, waiting
from sync.store.schema import workbook as workbook_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from sync.domain.families import Adult
    from sync.store.families import StoredAdults
    from sync.store.store import Store

REMINDER = "reminder"
"""The kind of a letter that says what a family has booked, with a link."""

_Family = tuple[str, str]
"""The key of an adult, and the pupil's reference."""


@dataclass(slots=True)
class _Changes:
    """What is not yet as it should be.

    Attributes:
        adults: whether other ones are stored.
        ended: ids of links that open for nobody any more, in another's mailbox perhaps.
        revoked, restored: ids of links that stop to open, and that open again.
        left, back: who goes out of all queues, and who comes back into them.
        uninvited: who has no invitation any more, because no link that they were sent opens.
        owed: whom no link opens and who has not heard so at the address that they have now.
    """

    adults: bool
    ended: list[int] = field(default_factory=list)
    revoked: list[int] = field(default_factory=list)
    restored: list[int] = field(default_factory=list)
    left: list[_Family] = field(default_factory=list)
    back: list[_Family] = field(default_factory=list)
    uninvited: list[_Family] = field(default_factory=list)
    owed: set[_Family] = field(default_factory=set)

    def any(self) -> bool:
        """Whether there is anything to write; letters are owed only with something else."""
        return self.adults or any((self.ended, self.revoked, self.restored, self.left, self.back, self.uninvited))


def keep_families(
    store: Store, workbook_id: int, adults: Iterable[Adult], told: Collection[str], now: datetime
) -> None:
    """Records the adults of a workbook's pupils, and what follows for links, queues, invitations and letters.

    Of an adult who comes back the links open again that were made for the address that they have, they have their turns
    in queues, and they are not invited once more; without any such link they are invited anew, or told of what they
    have booked. Done again it changes nothing.

    Args:
        store: migrated.
        workbook_id: whose.
        adults: all of them, in the place of those that are stored.
        told: references of the pupils whose adults the MIS tells; who is not among the adults of these is gone. The
            others keep what they have.
        now: the present.
    """
    new = rows_of(adults)
    with reading(store.engine) as connection:
        # Most runs have nothing new, and should not ask for SQLite's one write lock.
        if not _changes(connection, workbook_id, new, told, now).any():
            return
    with writing(store.engine) as connection:
        wait_for_turn(connection, workbook_id)
        changes = _changes(connection, workbook_id, new, told, now)
        if changes.adults:
            replace_adults(connection, workbook_id, new)
        connection.execute(delete(link).where(link.c.id.in_(changes.ended)))
        connection.execute(update(link).where(link.c.id.in_(changes.revoked)).values(revoked_at=now))
        connection.execute(update(link).where(link.c.id.in_(changes.restored)).values(revoked_at=None))
        for adult, ref in changes.uninvited:
            theirs = (invitation.c.workbook_id == workbook_id, invitation.c.adult == adult, invitation.c.ref == ref)
            connection.execute(delete(invitation).where(*theirs))
        for family in changes.left:
            suspend_lines(connection, workbook_id, family, now, OFFER_LASTS)
        for family in changes.back:
            resume_lines(connection, workbook_id, family, now, OFFER_LASTS)
        _tell_again(connection, workbook_id, changes.owed, now)


def _changes(
    connection: Connection, workbook_id: int, new: StoredAdults, told: Collection[str], now: datetime
) -> _Changes:
    """What the adults that the sync found, as they are stored, change."""
    known = stored_adults(connection, workbook_id)
    changes = _Changes(adults=known != new)
    salt = connection.execute(select(workbook_table.c.salt).where(workbook_table.c.id == workbook_id)).scalar_one()
    links: dict[_Family, list[Any]] = {}
    columns = (link.c.id, link.c.adult, link.c.ref, link.c.revoked_at, link.c.made_for)
    alive = (link.c.workbook_id == workbook_id, link.c.expires_at > now)
    for row in connection.execute(select(*columns).where(*alive).order_by(link.c.id)):
        links.setdefault((row.adult, row.ref), []).append(row)
    for (ref, key), record in sorted(new.items()):
        _of_who_is_here(changes, (key, ref), record, known.get((ref, key)), links.get((key, ref), []), salt)
    turns = select(waiting.c.adult, waiting.c.ref).where(waiting.c.workbook_id == workbook_id).distinct()
    queued, out = turns.where(IN_QUEUE), turns.where(waiting.c.state == SUSPENDED)
    invited = select(invitation.c.adult, invitation.c.ref).where(invitation.c.workbook_id == workbook_id).distinct()
    in_line, away, asked = (
        {(row.adult, row.ref) for row in connection.execute(each)} for each in (queued, out, invited)
    )
    changes.back = [family for family in changes.back if family in away]
    for adult, ref in sorted(links.keys() | in_line | asked):
        if ref in told and (ref, adult) not in new:
            theirs = links.get((adult, ref), [])
            changes.revoked += [each.id for each in theirs if each.revoked_at is None]
            if (adult, ref) in in_line:
                changes.left.append((adult, ref))
            if not theirs and (adult, ref) in asked:
                changes.uninvited.append((adult, ref))
    return changes


def _of_who_is_here(
    changes: _Changes,
    family: _Family,
    record: Mapping[str, Any],
    known: Mapping[str, Any] | None,
    links: Collection[Any],
    salt: str,
) -> None:
    """Finds what changes for one adult of one pupil, who has these links that have not expired."""
    was, email = (known or {}).get("email", ""), record.get("email", "")
    moved = was.casefold() != email.casefold()
    opens = any(each.revoked_at is None for each in links)
    if was and moved:
        changes.ended += [each.id for each in links]
        if opens:
            changes.uninvited.append(family)
        changes.owed.add(family)
        return
    # Whose links were ended or forgotten meanwhile has none, and comes back all the same.
    if known is None or (links and not opens):
        changes.back.append(family)
    if opens:
        return
    if moved or known is None:
        changes.owed.add(family)
    if links:
        last = max(each.revoked_at for each in links)
        fitting = {each.id for each in links if each.made_for in {"", made_for(salt, email)}}
        again = [each.id for each in links if each.id in fitting and each.revoked_at == last]
        changes.restored += again
        changes.ended += [each.id for each in links if each.id not in again]
        if again:
            changes.owed.discard(family)
        else:
            changes.uninvited.append(family)
            changes.owed.add(family)


def _tell_again(connection: Connection, workbook_id: int, families: Collection[_Family], now: datetime) -> None:
    """Owes each of these who has a meeting to come, or for whom a place is held, a letter that says so, with a link."""
    if not families:
        return
    meetings = (
        select(booking.c.key, booking.c.version, booking.c.adult, booking.c.ref)
        .join(slot, (slot.c.workbook_id == booking.c.workbook_id) & (slot.c.key == booking.c.slot))
        .where(booking.c.workbook_id == workbook_id, booking.c.cancelled_at.is_(None), slot.c.ends > now)
        .order_by(booking.c.key)
    )
    for row in connection.execute(meetings).all():
        if (row.adult, row.ref) in families:
            told = f"{row.key}:{row.version}"
            again = NewWork("", REMINDER, f"{REMINDER}:{told}", {"booking": row.key, "version": row.version})
            _put_again(connection, workbook_id, f"booking:{told}", again, now)
    offers = select(waiting).where(waiting.c.workbook_id == workbook_id, waiting.c.state == OFFERED)
    for row in connection.execute(offers.order_by(waiting.c.id)).all():
        if (row.adult, row.ref) in families:
            offer = turn_told(connection, workbook_id, row)
            _put_again(connection, workbook_id, offer.key, offer, now)


def _put_again(connection: Connection, workbook_id: int, first: str, again: NewWork, now: datetime) -> None:
    """Puts a letter into the outbox once more, unless one waits that says the same: it will go to the new address.

    Args:
        connection: of the caller's transaction.
        workbook_id: whose.
        first: the key of the row that told it first.
        again: what is told; its key gets an end of its own, for an address may come and go and come again.
        now: the present.
    """
    says = (outbox.c.key == first) | outbox.c.key.startswith(f"{again.key}:", autoescape=True)
    waits = select(outbox.c.id).where(
        outbox.c.workbook_id == workbook_id, outbox.c.state == WorkState.WAITING, says
    )  # fmt: skip
    if connection.execute(waits.limit(1)).first() is None:
        key = f"{again.key}:{secrets.token_hex(5)}"
        work = NewWork(again.subject or key, again.kind, key, again.payload)
        put_work(connection, workbook_id, [work], now)
