"""What booking keeps and answers, as plain frozen records.

An answer is a value, never an exception: that a place is gone is an ordinary end of pressing Confirm. Instants are
aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - whoever resolves the fields needs it at run time
from enum import StrEnum
from typing import Any

from sync.domain.meetings import Booking, Slot, Surgery  # noqa: TC001 - as above


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """A slot that can be booked at this moment.

    `place` is where it is, as the SENCO typed it in her calendar; None where the surgery's row says it.
    """

    slot: Slot
    left: int
    place: str | None = None


@dataclass(frozen=True, slots=True)
class OnOffer:
    """A surgery that takes bookings at this moment, and its slots that can be booked, in order of time.

    `can_free` says, where there is none, whether somebody could give one back.
    """

    surgery: Surgery
    slots: tuple[OpenSlot, ...]
    can_free: bool


@dataclass(frozen=True, slots=True)
class SlotEvent:
    """A Calendar event as it was seen. `state` is JSON of the caller's."""

    slot: str
    event_id: str
    etag: str | None
    state: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class CalendarState:
    """The calendar of a workbook.

    `sync_token` is None where a full reading is due, `followed_at` before the first reading that went well.
    """

    calendar_id: str
    sync_token: str | None
    followed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving the surgeries changed, by slot key, each sorted.

    `kept` are closed slots that families still hold: the SENCO decides what becomes of those bookings.
    """

    new: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A link that opened: which adult, for which child, in which workbook, and for what (`meetings.purpose_of`)."""

    id: int
    workbook_id: int
    adult: str
    ref: str
    expires_at: datetime
    purpose: str = "surgery"


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that opened, with what the desk asks of its family at the door.

    Attributes:
        link: it.
        roll: the child's row of the roll, None where there is none.
        on_register: whether the child has a row of the register.
        booked: whether the family has a booking that was not cancelled.
        waits: whether it stands in the queue of a surgery.
    """

    link: Link
    roll: dict[str, Any] | None
    on_register: bool
    booked: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class TooOften:
    """Somebody has asked as often as they may for the time being."""


class NoLinkReason(StrEnum):
    """Why a link does not open; for the log alone, the page is the same for each."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class NoLink:
    """A link that does not open. `reason` is for the log; it is no part of equality, so nobody can branch on it."""

    reason: NoLinkReason = field(compare=False)


class Why(StrEnum):
    """Why a slot cannot be had whoever asks, or not by this family."""

    UNKNOWN = "unknown"
    NOT_YET = "not yet"
    OVER = "over"
    GONE = "gone"
    CLASH = "clash"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Booked:
    """The booking stands as asked."""

    booking: Booking


@dataclass(frozen=True, slots=True)
class Taken:
    """Others have every place of the slot."""


@dataclass(frozen=True, slots=True)
class Closed:
    """It cannot be had.

    `why`: no such slot (or a draft), before `opens`, after `closes` or its start, withdrawn by the school, the adult
    is in another meeting at that time, or the link itself no longer opens.
    """

    why: Why


@dataclass(frozen=True, slots=True)
class AlreadyBooked:
    """The family has a booking in this surgery already: this one."""

    booking: Booking


@dataclass(frozen=True, slots=True)
class Stale:
    """The booking was changed since the page was shown; this is how it stands."""

    booking: Booking


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The booking is cancelled, by this call or before it."""

    booking: Booking


@dataclass(frozen=True, slots=True)
class Unknown:
    """This link has no such booking; whether anybody else has is not said."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A place in the queue of a surgery.

    `ahead` counts the families before this one. While `slot` is offered, it is held for them until `until`.
    """

    surgery: str
    ahead: int
    slot: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """A place that is held for a family that waits: whose turn it is, in which slot, and until when."""

    adult: str
    ref: str
    slot: str
    until: datetime


class WorkState(StrEnum):
    """Where a row of the outbox stands; `aside` waits for a person."""

    WAITING = "waiting"
    TAKEN = "taken"
    DONE = "done"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class NewWork:
    """Something to be done outside, once.

    Attributes:
        subject: rows of one subject are done in order, one at a time. Work that is due much later (a reminder) needs
            a subject of its own, or it holds up what follows.
        kind: a word of the caller's.
        key: the same key is stored once, however often it is put.
        payload: JSON: keys and numbers, never a pupil's name.
        due_at: not before; None for at once.
    """

    subject: str
    kind: str
    key: str
    payload: dict[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds of work: those that are listed, or (`listed` False) all others."""

    names: tuple[str, ...]
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Owed:
    """A letter that one adult of one pupil is owed about one surgery.

    Attributes:
        adult: our key of the adult.
        ref: the pupil's reference.
        purpose: what the link is for (`meetings.purpose_of`).
        surgery: its key.
        due_at: when it opens; None where it is open.
        times: what the letter offers, where another offer is worth another letter (a review's times); else none.
    """

    adult: str
    ref: str
    purpose: str
    surgery: str
    due_at: datetime | None = None
    times: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """A row of the outbox. `attempts` counts this one too where it was handed out by `take`."""

    id: int
    workbook_id: int
    subject: str
    kind: str
    key: str
    payload: dict[str, Any]
    attempts: int
    made_at: datetime
    error: str = ""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much is not done: `waiting` (being worked on included), `aside`, and since when the oldest waits.

    Of those that wait, `tried` have been tried already; the others are new, or for a later day.
    """

    waiting: int
    aside: int
    oldest: datetime | None
    tried: int = 0
