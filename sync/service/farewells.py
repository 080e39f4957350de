"""Adults who are no longer a pupil's in the MIS, and families whom no letter reaches.

Whose parental responsibility was withdrawn, who is no contact any more, and whose child has left: their links stop to
open and nobody writes to them. What they have booked is for the SENCO to decide; she is told by reference. Whose
address changed has links in a mailbox that may be somebody else's: these end for good, and new ones go to the new one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sync.domain.families import Notice
from sync.domain.meetings import STAFF_REF
from sync.plan.cells import text
from sync.plan.families import adult_key
from sync.service.post_round import REMINDER, whose
from sync.service.slot_events import said
from sync.store import Bookings, Families, Invitations, Links, NewWork, Notices, Outbox, Surgeries, WaitingList

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sync.domain.families import Adult
    from sync.plan.invitations import Invited
    from sync.store import Store, Workbook

_GONE: Final = "gone:"
_UNREACHED: Final = "unreached"
_SHOWN: Final = 10
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def let_go(store: Store, workbook_id: int, told: Collection[str], now: datetime) -> None:
    """Ends the links and places in queues of those who are no adults of these pupils any more.

    Of an adult who comes back the links open again, they have their turns in queues, and they are not invited once
    more; without any link, they are invited anew. Done again it changes nothing.

    Args:
        store: the adults are in it as the MIS has them now.
        workbook_id: whose.
        told: references of the pupils whose adults the MIS tells; the adults of others keep what they have.
        now: the present.
    """
    families = Families(store).all(workbook_id)
    adults = {(each.key, ref) for ref, found in families.items() for each in found}
    replaced = {(key, ref) for ref, found in families.items() for each in found for key in each.instead}
    links, invitations, line = Links(store), Invitations(store), WaitingList(store)
    holders = {(adult, ref) for adult, ref, _ in links.holders(workbook_id, now)}
    suspended = links.suspended(workbook_id, now)
    for adult, ref in sorted(holders | invitations.invited(workbook_id)):
        if ref in told and (adult, ref) not in adults:
            revoked = links.revoke(workbook_id, adult, ref, now)
            if not revoked and (adult, ref) not in suspended:
                invitations.forget(workbook_id, adult, ref)
            line.suspend_all(workbook_id, adult, ref, now)
    for adult, ref in sorted(suspended & adults):
        links.restore(workbook_id, adult, ref, now)
        line.resume_all(workbook_id, adult, ref, now)
    slots = {each.slot.key: each.slot for each in Surgeries(store).slots(workbook_id)}
    wanted = {}
    for booking in Bookings(store).active(workbook_id):
        slot = slots[booking.slot]
        if booking.ref in told and slot.ends > now and (booking.adult, booking.ref) not in adults:
            key = f"{_GONE}{booking.key}"
            what = _what_now(
                store, workbook_id, booking.ref, said(slot), perhaps=(booking.adult, booking.ref) in replaced
            )
            wanted[key] = Notice(key, whose(booking.ref), what)
    _keep(store, workbook_id, _GONE, wanted, now)


def _what_now(store: Store, workbook_id: int, ref: str, when: str, *, perhaps: bool) -> str:
    """What to say of a meeting whose family is not written to; `perhaps`: another name has the address now."""
    row = store.row(workbook_id, "roll", ref) or {}
    if ref != STAFF_REF and text(row.get("on_roll")) != "Yes":
        who = f"The pupil has left, but the family's meeting on {when} still stands."
    else:
        who = (
            f"Whoever booked the meeting on {when} is no longer one of those whom the school writes to about this "
            "child (a contact with parental responsibility)."
            if ref != STAFF_REF
            else f"Whoever booked the time on {when} is no longer named in [workbook] share_with_teachers."
        )
    if perhaps:
        who += (
            " A contact with another name has their address now: perhaps the same person under another name. That "
            "contact is invited only once this meeting is cancelled or over."
        )
    return (
        f"{who} Their link opens no more and Sensync does not write to them. If it shall not be, delete it in the "
        "calendar or choose Cancelled under 'What happened'; whether to tell them is for you to decide."
    )


def shut_old_mailboxes(
    store: Store,
    workbook_id: int,
    known: Mapping[str, Sequence[Adult]],
    told: Mapping[str, Sequence[Adult]],
    now: datetime,
) -> list[Adult]:
    """Ends the links of adults whose e-mail address is another now, and has them invited anew; see `tell_again`.

    Whoever reads the old mailbox may be somebody else: the address was mistyped, is shared with a partner of the past,
    or was passed on. Meetings and places in queues stay.

    Args:
        store: the adults are in it as they are known.
        workbook_id: whose.
        known: the adults of pupils by reference, as they are stored.
        told: as the MIS has them now, under the keys that they had.
        now: the present.

    Returns:
        Those who had a link, as they are told.
    """
    links, invitations = Links(store), Invitations(store)
    holders = {(adult, ref) for adult, ref, _ in links.holders(workbook_id, now)}
    before = {(each.ref, each.key): each.email for adults in known.values() for each in adults}
    shut = []
    for new in (each for ref, adults in told.items() if ref != STAFF_REF for each in adults):
        was = before.get((new.ref, new.key), "")
        if was and was.casefold() != new.email.casefold():
            if (new.key, new.ref) in holders:
                shut.append(new)
                invitations.forget(workbook_id, new.key, new.ref)
            links.end(workbook_id, new.key, new.ref)
    return shut


def tell_again(store: Store, workbook: Workbook, adults: Iterable[Adult], now: datetime) -> None:
    """Owes a letter to each of these who has a meeting to come: the reminder, at once, with a link.

    Args:
        store: the adults are in it with the addresses that they have now, or an old mailbox would get the letter.
        workbook: whose.
        adults: to be told; who has no address is not, and looked after as `say_unreached` has it.
        now: the present.
    """
    to_tell = {(each.key, each.ref): each.email for each in adults if each.email}
    work = []
    for booking in Bookings(store).active(workbook.id) if to_tell else ():
        email = to_tell.get((booking.adult, booking.ref))
        if email is not None:
            # The address is in the key, so that who moves twice is told twice; hashed, for it is nobody's business.
            where = adult_key(workbook.salt, "told at", email.casefold())
            key = f"{REMINDER}:{booking.key}:{booking.version}:{where}"
            work.append(NewWork(key, REMINDER, key, {"booking": booking.key, "version": booking.version}))
    Outbox(store).put(workbook.id, work, now)


def say_unreached(store: Store, workbook_id: int, invited: Iterable[Invited], now: datetime) -> None:
    """Tells the SENCO which families may book and have an adult who has neither an e-mail address nor a link.

    It is said until somebody has made them links.

    Args:
        store: where links and notices are kept.
        workbook_id: whose.
        invited: as `invited_now` gives them.
        now: the present.
    """
    holders = Links(store).holders(workbook_id, now)
    refs = sorted(
        {
            each.ref
            for each in invited
            if not each.adult.email and each.may_book_now and (each.adult.key, each.ref, each.purpose) not in holders
        }
    )
    wanted = {_UNREACHED: Notice(_UNREACHED, "Letters", _unreached(refs))} if refs else {}
    _keep(store, workbook_id, _UNREACHED, wanted, now)


def _unreached(refs: list[str]) -> str:
    many = "1 family has" if len(refs) == 1 else f"{len(refs)} families have"
    more = f" and {len(refs) - _SHOWN} more" if len(refs) > _SHOWN else ""
    return (
        f"{many} times to book, but no e-mail address of an adult: {', '.join(refs[:_SHOWN])}{more}. `sensync links` "
        "makes a list or letters with links to give out."
    )


def _keep(store: Store, workbook_id: int, prefix: str, wanted: Mapping[str, Notice], now: datetime) -> None:
    """Keeps the notices whose key begins so as they are wanted; one that stands already keeps its time."""
    notices = Notices(store)
    known = {each.key: each for each in notices.since(workbook_id, _EVER) if each.key.startswith(prefix)}
    new = [each for key, each in wanted.items() if known.get(key) != each]
    if new:
        notices.put(workbook_id, new, now)
    for key in known.keys() - wanted.keys():
        notices.withdraw(workbook_id, key)
