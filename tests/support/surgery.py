"""A surgery in a store, for the tests of bookings: four slots from 16:00, families that hold links."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sync.domain.meetings import Choice, Kind, Slot, State, Surgery, Where
from sync.store import Bookings, Link, Links, OpenSlot, Outbox, Store, Surgeries, WaitingList

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
DAY = date(2026, 12, 8)
FIRST = datetime(2026, 12, 8, 16, 0, tzinfo=UTC)
LENGTH = timedelta(minutes=20)
CLOSES = datetime(2026, 12, 7, 12, 0, tzinfo=UTC)
ROOM = Choice(Where.ROOM)
PHONE = Choice(Where.PHONE, phone="07000 000001", language="Polish", words="Zażółć 🐔 \x00 'quoted'")
SURGERY = Surgery(
    "tue", Kind.SURGERY, DAY, time(16), time(17, 20), 20, where=(Where.ROOM, Where.PHONE), closes=CLOSES,
    state=State.OPEN,
)  # fmt: skip


def slots(count: int = 4, *, surgery: str = "tue", places: int = 1, first: datetime = FIRST) -> list[Slot]:
    """So many slots, one after the other, with keys `tue-0`, `tue-1`, ..."""
    return [Slot(f"{surgery}-{n}", surgery, first + n * LENGTH, first + (n + 1) * LENGTH, places) for n in range(count)]


def free_slots(
    surgeries: Surgeries, workbook_id: int, now: datetime, *, surgery: str | None = None, leaving: str = ""
) -> list[OpenSlot]:
    """The slots that can be booked at an instant, of a workbook or one surgery, in order of time."""
    offered = surgeries.on_offer(workbook_id, now, leaving=leaving)
    found = [slot for each in offered if surgery in {None, each.surgery.key} for slot in each.slots]
    return sorted(found, key=lambda each: (each.slot.starts, each.slot.key))


@dataclass
class School:
    """One workbook in a store, with everything of bookings over it."""

    store: Store
    name: str = "Hillcrest High"

    def __post_init__(self) -> None:
        self.workbook = self.store.save_workbook(self.name, f"sheet of {self.name}").id
        self.surgeries = Surgeries(self.store)
        self.links = Links(self.store)
        self.bookings = Bookings(self.store)
        self.line = WaitingList(self.store)
        self.outbox = Outbox(self.store)

    def has(self, count: int = 4, *, places: int = 1, now: datetime = NOW, **changes: object) -> None:
        """The sheet has one surgery, changed so, with so many slots."""
        self.surgeries.save(self.workbook, [(replace(SURGERY, **changes), slots(count, places=places))], now)

    def family(self, adult: str, ref: str = "") -> Link:
        """A link of an adult for a child, by default one child an adult."""
        token = self.links.issue(self.workbook, adult, ref or f"ref-{adult}", NOW + timedelta(days=30), NOW)
        found = self.links.find(token, NOW)
        assert isinstance(found, Link)
        return found

    def told(self, now: datetime = NOW + timedelta(days=300)) -> list[tuple[str, str]]:
        """Takes all there is in the outbox, in order: subject and kind."""
        found = []
        while work := self.outbox.take(now, 100):
            for each in work:
                found.append((each.id, each.subject, each.kind))
                self.outbox.done(each, now)
        return [(subject, kind) for _, subject, kind in sorted(found)]
