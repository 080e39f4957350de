"""What the parents' pages ask, and who answers: the booking desk.

The pages know the Protocol `BookingDesk` and its records alone; what stands behind it are the store's claims,
links, waiting list and rates. A token is handed to `open` and to nothing else: everything after it speaks of the
`Invitation`, so no page can name another family's booking.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from contextlib import AbstractContextManager
    from datetime import date, datetime

    from sync.domain.meetings import Choice, Slot, Where


class Outcome(Enum):
    """What became of a wish; each has its own sentence on the page."""

    DONE = "done"
    TAKEN = "taken"
    """Somebody else has the last place."""
    CLASH = "clash"
    """The adult is in another meeting at that time."""
    CLOSED = "closed"
    """It cannot be booked, changed or cancelled here: too late, withdrawn, or not for this family."""
    ALREADY = "already"
    """This child has a meeting already: it was booked in another window."""
    STALE = "stale"
    """The meeting was changed or cancelled in another window since the form was shown."""


class Rate(StrEnum):
    """What is counted, so that nobody can ask without end."""

    LINK = "link"
    ADDRESS = "address"
    MISS = "miss"
    """Links that do not open, by address: what a guesser runs into."""


class Shut(Enum):
    """Why a link opens nothing."""

    NO_LINK = "no link"
    """It is old, unknown, expired or revoked, with no word on which."""
    TOO_OFTEN = "too often"
    """This link or this address has asked too often."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A booking as its parent sees it.

    `until` is the instant up to which it can be changed; None: not any more. `video` is the address of the video call,
    "" where they do not meet by video or Calendar has not given one yet.
    """

    key: str
    version: int
    slot: Slot
    choice: Choice
    room: str
    until: datetime | None
    video: str = ""


@dataclass(frozen=True, slots=True)
class Child:
    """A child as this parent may see it: the first name and the meeting, no more. `waiting` are surgeries' keys.

    `meeting` and `waiting` are within what the link is for. `first_name` is "" where the register does not have it.
    `staff`: the link is a member of staff's, and there is no child.
    """

    ref: str
    first_name: str
    meeting: Meeting | None = None
    waiting: frozenset[str] = frozenset()
    staff: bool = False


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a good link opens. `link` is the store's key of it, never the token; `children` has at least one."""

    link: str
    adult: str
    children: tuple[Child, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A slot that this family may book, and how people can meet in it.

    `held` is the instant up to which the waiting list keeps it for them, None for a slot that anybody may take.
    """

    slot: Slot
    where: tuple[Where, ...]
    room: str
    until: datetime | None
    held: datetime | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One surgery's free times on one day, in order. Without any, the surgery is full and has a waiting list."""

    surgery: str
    date: date
    offers: tuple[Offer, ...]


class BookingDesk(Protocol):
    """The questions that the parents' pages ask."""

    @property
    def secret(self) -> bytes:
        """What the pages sign with: the same in every process, known to nobody else."""

    def visit(self) -> AbstractContextManager[None]:
        """Goes around all the questions of one request: what did not change in between is asked of the store once."""

    def enter(self, token: str, whose: Mapping[Rate, str], counted: Collection[Rate] = ()) -> Invitation | Shut:
        """What the link opens, unless one of these may not go on.

        Where it opens, this time counts for those of them; without any nothing is written.
        """

    def open(self, token: str) -> Invitation | None:
        """What the link opens; None for an old, unknown, expired or revoked one, with no word on which."""

    def offers(self, invitation: Invitation, child: Child) -> tuple[Day, ...]:
        """The times that this family may book now, by day and surgery; a full surgery has no offers.

        A full surgery is told of while the child has no meeting, or waits for it. The slot that the child has, while
        it can be changed, and one that is held for the family count as free.
        """

    def offer(self, invitation: Invitation, child: Child, slot: str) -> Offer | None:
        """The one of `offers` that is for this slot. What is not offered to a family does not exist for it."""

    def claim(self, invitation: Invitation, child: Child, slot: str, choice: Choice, once: str) -> Outcome:
        """Books a slot. The same `once` again gives the same outcome and does nothing."""

    def change(self, invitation: Invitation, child: Child, version: int, slot: str, choice: Choice) -> Outcome:
        """Moves the child's meeting or changes what was said with it; the old slot is kept until the new one is had."""

    def cancel(self, invitation: Invitation, child: Child, version: int) -> Outcome:
        """Gives the slot back; done too where it was given back already."""

    def join_waiting(self, invitation: Invitation, child: Child, surgery: str) -> Outcome:
        """Puts the family on the waiting list of a full surgery; done too where it stands on it."""

    def leave_waiting(self, invitation: Invitation, child: Child, surgery: str) -> Outcome:
        """Takes the family off a waiting list, and gives back what was held for it; done too where it is not on it."""

    def count(self, whose: Mapping[Rate, str]) -> None:
        """Counts this time for each of these."""
