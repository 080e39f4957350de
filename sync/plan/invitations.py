"""Which adults may book what, and from when: the families to whom a letter with a link is owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sync.domain.meetings import Kind, State, purpose_of
from sync.domain.school_clock import day_ends, wall
from sync.plan.audience import who_may_book

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sync.domain.families import Adult
    from sync.domain.meetings import Slot, Surgery
    from sync.plan.mirror import Rows

AFTER_THE_LAST: Final = timedelta(days=1)
"""How long a link opens after the day of the last time it was given for: nobody is locked out of a late meeting."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One surgery that a family may book.

    Attributes:
        surgery: its key.
        at: when booking begins, None where it has.
        times: the beginnings that a review offers; a family that was told of others has to hear of these.
    """

    surgery: str
    at: datetime | None = None
    times: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Invited:
    """One adult of one pupil, who may book for one purpose.

    Attributes:
        adult: whom to write to.
        ref: the pupil's reference.
        purpose: what the link has to be for (`meetings.purpose_of`).
        openings: the surgeries that make it so, those open now first.
        until: when the link may stop to open: the end of the day after the last of their times.
    """

    adult: Adult
    ref: str
    purpose: str
    openings: tuple[Opening, ...]
    until: datetime

    @property
    def may_book_now(self) -> bool:
        """Whether any of the surgeries takes bookings already."""
        return any(each.at is None for each in self.openings)


def invitations(
    surgeries: Iterable[Surgery],
    slots_left: Mapping[str, Sequence[Slot]],
    adults: Iterable[Adult],
    roll: Rows,
    *,
    register: Collection[str],
    short: Collection[str],
    now: datetime,
    booked: Collection[tuple[str, str, str]] = (),
) -> tuple[Invited, ...]:
    """The adults who may book, now or once booking opens; one for each adult, pupil and purpose.

    A surgery that is a draft, closed, over, full or for staff invites nobody. A full one invites when a place frees.

    Args:
        surgeries: as understood.
        slots_left: by surgery, the slots that have a place left; those that have begun are passed over.
        adults: of all pupils; each pupil's in the order in which they are written to.
        roll: the MIS roll by reference.
        register: the references on the SENCO's register.
        short: the references of families short of three meetings.
        now: the present.
        booked: adult, reference and purpose of the bookings still to come: those families have what they need. Who
            perhaps is the one who booked, under another name, has it too, until a person has decided.

    Returns:
        By purpose in the order of the surgeries, then in the order of the adults.
    """
    by_ref: dict[str, list[Adult]] = {}
    for adult in adults:
        by_ref.setdefault(adult.ref, []).append(adult)
    found: dict[tuple[str, str], list[_Bookable]] = {}
    for each in _bookable(surgeries, slots_left, now):
        if each.surgery.kind is not Kind.STAFF:
            for ref in who_may_book(each.surgery.audience, roll, register=register, short=short):
                found.setdefault((purpose_of(each.surgery), ref), []).append(each)
    return tuple(
        _invited(adult, purpose, all_of_it)
        for (purpose, ref), all_of_it in found.items()
        for adult in by_ref.get(ref, ())
        if not any((key, ref, purpose) in booked for key in (adult.key, *adult.instead))
    )


def staff_invitations(
    surgeries: Iterable[Surgery],
    slots_left: Mapping[str, Sequence[Slot]],
    staff: Iterable[Adult],
    *,
    now: datetime,
    booked: Collection[tuple[str, str, str]] = (),
) -> tuple[Invited, ...]:
    """The members of staff who may book a staff drop-in; arguments as for `invitations`."""
    found = [each for each in _bookable(surgeries, slots_left, now) if each.surgery.kind is Kind.STAFF]
    purpose = str(Kind.STAFF)
    return tuple(
        _invited(each, purpose, found) for each in staff if found and (each.key, each.ref, purpose) not in booked
    )


@dataclass(frozen=True, slots=True)
class _Bookable:
    """A surgery with places left; `last` is the end of the last of them."""

    surgery: Surgery
    opening: Opening
    last: datetime


def _bookable(
    surgeries: Iterable[Surgery], slots_left: Mapping[str, Sequence[Slot]], now: datetime
) -> Iterator[_Bookable]:
    """The surgeries that take bookings, now or later, and have places left."""
    for surgery in surgeries:
        left = [slot for slot in slots_left.get(surgery.key, ()) if slot.starts > now]
        closed = surgery.closes is not None and surgery.closes <= now
        if left and surgery.state is State.OPEN and not closed:
            later = surgery.opens if surgery.opens and surgery.opens > now else None
            times = tuple(slot.starts for slot in left) if surgery.is_review else ()
            yield _Bookable(surgery, Opening(surgery.key, later, times), max(slot.ends for slot in left))


def _invited(adult: Adult, purpose: str, found: Sequence[_Bookable]) -> Invited:
    last = wall(max(each.last for each in found)).date()
    return Invited(
        adult=adult,
        ref=adult.ref,
        purpose=purpose,
        openings=tuple(sorted((each.opening for each in found), key=_when)),
        until=day_ends(last + AFTER_THE_LAST),
    )


def _when(opening: Opening) -> tuple[float, str]:
    return (opening.at.timestamp() if opening.at else 0.0, opening.surgery)
