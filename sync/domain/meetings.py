"""Surgeries, their slots and what parents book, as plain frozen records.

A *surgery* is a session of bookable slots; a *slot* is one place in time that one family (or several, where it has
more places) may book. Instants are aware and in UTC; dates and wall-clock times are the school's. A pupil is named by
the opaque reference alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta  # noqa: TC003 - whoever resolves the fields needs them at run time
from enum import StrEnum
from typing import Any, Final


class Where(StrEnum):
    """How people meet."""

    ROOM = "room"
    PHONE = "phone"
    VIDEO = "video"


class Kind(StrEnum):
    """What a session is: slots for one family each, one slot with many places, slots for staff, or one review.

    A review's slots are the times among which its family chooses; they need not be on one day.
    """

    SURGERY = "surgery"
    MORNING = "coffee morning"
    STAFF = "staff drop-in"
    REVIEW = "review"


class State(StrEnum):
    """Whether a surgery can be booked: a draft is not shown to anybody, a closed one takes no new bookings."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class MeetingKind(StrEnum):
    """What a meeting with a family is for."""

    SUPPORT = "SEN support review"
    ANNUAL = "annual review"
    SURGERY = "surgery"
    MORNING = "coffee morning"
    OTHER = "other"


class Happened(StrEnum):
    """What became of a meeting. Nothing but HELD counts towards three a year (Code of Practice 6.65)."""

    UNKNOWN = ""
    HELD = "held"
    MISSED = "did not come"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may book. Empty fields set no limit; `short` is for families short of three meetings (Code 6.65)."""

    register: bool = True
    years: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    refs: frozenset[str] = frozenset()
    short: bool = False


@dataclass(frozen=True, slots=True)
class Surgery:
    """One row of the Surgeries tab, understood.

    `minutes` is the length of a slot, `gap` the minutes between two, `places` how many families one slot takes.
    `opens` and `closes` bound the time in which parents may book, change and cancel. `staff` are the addresses of
    members of staff who are invited to what is booked.
    """

    key: str
    kind: Kind
    day: date
    starts: time
    ends: time
    minutes: int
    gap: int = 0
    breaks: tuple[tuple[time, time], ...] = ()
    where: tuple[Where, ...] = (Where.ROOM,)
    room: str = ""
    places: int = 1
    audience: Audience = Audience()
    opens: datetime | None = None
    closes: datetime | None = None
    state: State = State.DRAFT
    staff: tuple[str, ...] = ()

    def takes_bookings(self, now: datetime) -> bool:
        """Whether families may book at an instant, as far as the row says: it is open, from Opens on, before Closes."""
        begun = self.opens is None or self.opens <= now
        return self.state is State.OPEN and begun and (self.closes is None or self.closes > now)

    def changeable_until(self, slot: Slot, notice: timedelta, now: datetime) -> datetime | None:
        """Up to when a family can change its meeting in a slot by itself; None where that time is over."""
        until = min(filter(None, (slot.starts - notice, self.closes)))
        return until if until > now else None

    @property
    def is_review(self) -> bool:
        """Whether it is one review of one pupil, and no row of the Surgeries tab."""
        return self.kind is Kind.REVIEW


STAFF_REF: Final = "STAFF"
"""Stands in the place of a child's reference in a staff member's link. It is no child's: those have no vowels."""


def purpose_of(surgery: Surgery) -> str:
    """What a link must be for to open a surgery: one link serves all surgeries, another one review alone."""
    return surgery.key if surgery.is_review else str(surgery.kind)


@dataclass(frozen=True, slots=True)
class Slot:
    """One bookable time. The key is ours, the same whenever the surgery is read again."""

    key: str
    surgery: str
    starts: datetime
    ends: datetime
    places: int = 1


class SlotState(StrEnum):
    """Whether a slot is still offered.

    `closed` left the surgery's row, `deleted` was deleted in the calendar, `dropped` first that and then left the row.
    """

    OPEN = "open"
    CLOSED = "closed"
    DELETED = "deleted"
    DROPPED = "dropped"


GONE: Final = frozenset({SlotState.DELETED, SlotState.DROPPED})
"""The states of a slot whose event the SENCO deleted."""


@dataclass(frozen=True, slots=True)
class StoredSlot:
    """A slot with what is known of it.

    Attributes:
        slot: where it is now; the SENCO may have moved it in her calendar.
        planned: its beginning and end as the sheet last had them.
        taken: places booked or held by an offer.
        version: counts every change, of the slot and of who has it.
        event_id, etag, seen: the Calendar event as last seen; None before it was made.
        place: where it is, as the SENCO typed it in her calendar; None where the surgery's row says it.
    """

    slot: Slot
    planned: tuple[datetime, datetime]
    state: SlotState
    taken: int
    version: int
    event_id: str | None = None
    etag: str | None = None
    seen: dict[str, Any] | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a parent says with a booking. `language` is that of an interpreter, "" if none is needed."""

    where: Where
    phone: str = ""
    language: str = ""
    bringing: str = ""
    access: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """One family's place in a slot.

    `adult` is our opaque key of the adult whose link it was; `ref` the child's reference. `version` counts changes.
    """

    key: str
    slot: str
    adult: str
    ref: str
    choice: Choice
    booked_at: datetime
    version: int = 1
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """One row of the Meetings tab, understood: a meeting with the family of one pupil.

    `day` is the day on which it is booked or was held, None while it is only due or proposed.
    """

    key: str
    ref: str
    kind: MeetingKind
    day: date | None = None
    happened: Happened = Happened.UNKNOWN


@dataclass(frozen=True, slots=True)
class Busy:
    """A stretch of time that is taken, in UTC: from the SENCO's calendar, or by something we plan."""

    starts: datetime
    ends: datetime

    def meets(self, starts: datetime, ends: datetime) -> bool:
        """Whether the two share any time; one that ends as the other starts does not."""
        return self.starts < ends and starts < self.ends
