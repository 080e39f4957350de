"""What a plan needs to know of meetings that neither the MIS nor the workbook says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.domain.meetings import Busy, SlotState, State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sync.domain.families import Adult, Notice
    from sync.domain.meetings import Booking, StoredSlot, Surgery


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is kept of surgeries and bookings, when she is busy, and what was found since the last sync.

    Attributes:
        surgeries: by key, as they were last saved; those that left the sheet are closed.
        slots: all of them, in order of time.
        bookings: all of them, cancelled ones too.
        busy: her busy times in UTC, without what Sensync itself put into a calendar.
        notices: what was found and a person should look at.
        addresses: of families, folded: nobody of them is invited as a member of staff.
        families: each pupil's adults as they are known, by reference.
    """

    surgeries: Mapping[str, Surgery]
    slots: Sequence[StoredSlot] = ()
    bookings: Sequence[Booking] = ()
    busy: Sequence[Busy] = ()
    notices: Sequence[Notice] = ()
    addresses: Collection[str] = ()
    families: Mapping[str, Sequence[Adult]] = field(default_factory=dict)

    def slots_of(self, surgery: str) -> list[StoredSlot]:
        """The slots of one surgery, closed and deleted ones too."""
        return [each for each in self.slots if each.slot.surgery == surgery]

    def booked(self) -> dict[str, int]:
        """How many bookings each slot has that are not cancelled, by key."""
        found: dict[str, int] = {}
        for each in self.bookings:
            if each.cancelled_at is None:
                found[each.slot] = found.get(each.slot, 0) + 1
        return found

    def times_beside(self, surgery: str) -> list[Busy]:
        """When a surgery cannot be: at the times that are booked elsewhere, and those that are offered for reviews."""
        booked = self.booked()
        reviews = {key for key, each in self.surgeries.items() if each.is_review and each.state is State.OPEN}
        return [
            Busy(each.slot.starts, each.slot.ends)
            for each in self.slots
            if each.slot.surgery != surgery
            and (booked.get(each.slot.key) or (each.slot.surgery in reviews and each.state is SlotState.OPEN))
        ]

    def taken_times(self, besides: str = "") -> list[Busy]:
        """The times of all slots that are offered or booked, as they are now; those of one surgery may be left out."""
        booked = self.booked()
        return [
            Busy(each.slot.starts, each.slot.ends)
            for each in self.slots
            if each.slot.surgery != besides and (each.state is SlotState.OPEN or booked.get(each.slot.key))
        ]


NO_AGENDA = Agenda({})
