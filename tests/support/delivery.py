"""A school whose slots stand in Calendar on the local workspace, whose letters go by its Gmail, and its people."""

from __future__ import annotations

import email
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.policy import SMTP
from typing import TYPE_CHECKING, Any

from google.oauth2.credentials import Credentials
from icalendar import Calendar as ICalendar

from support.families import set_adults
from sync.config import Settings
from sync.domain.families import Adult
from sync.domain.meetings import Choice, Kind, Slot, State, Surgery, Where, purpose_of
from sync.google.door import Door, Limits
from sync.plan.events import event_id
from sync.service.rounds import Rounds
from sync.service.standing import standing
from sync.store import (
    Bookings,
    Link,
    Links,
    NewWork,
    Notices,
    Outbox,
    RowChange,
    Store,
    Surgeries,
    WaitingList,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from local_workspace import LocalWorkspace
    from sync.domain.families import Notice
    from sync.domain.meetings import Booking

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
FIRST = datetime(2026, 12, 8, 16, 0, tzinfo=UTC)
STEP = timedelta(minutes=20)
SENCO = "senco@school.example"
TEACHER = "teacher@school.example"
ROLL = {
    "B7F3K": ("Lomax, Amara", "Lomax", "Amara"),
    "C2D4M": ("Ostrowski, Jan", "Ostrowski", "Jan"),
    "D9K2P": ("Quillfeather, Zoë", "Quillfeather", "Zoë"),
}
TO_LOMAX = "lomax@home.example"
ADULTS = [
    Adult("a1", "B7F3K", "Mrs Lomax", TO_LOMAX, "01632 960101", 1),
    Adult("a2", "C2D4M", "Mr Ostrowski", "ostrowski@home.example", "01632 960102", 1),
    Adult("a3", "D9K2P", "Ms Quillfeather", "", "01632 960103", 1),
]
FAST = Limits(reads_per_minute=None, writes_per_minute=None, calendar_per_minute=None, mails_per_minute=None,
              first_wait=2.0, longest_wait=64.0, deadline=10.0)  # fmt: skip
"""Waits take no time, and are over after the third."""

TELLING = ("Amara", "Lomax", "Jan", "Ostrowski", "Zoë", "Quillfeather")
"""Names that may stand nowhere but in the greeting of a letter to the family itself."""

SURGERY = Surgery(
    "tue", Kind.SURGERY, FIRST.date(), FIRST.time(), (FIRST + 3 * STEP).time(), 20,
    where=(Where.ROOM, Where.PHONE, Where.VIDEO), room="Room 2", state=State.OPEN, staff=(TEACHER,),
)  # fmt: skip


@dataclass(frozen=True)
class Post:
    """A letter as it arrived."""

    to: str
    subject: str
    body: str
    ics: Any
    message_id: str = ""


def token_of(letter: Post) -> str:
    """The token of the link that a letter holds."""
    return letter.body.partition("/b/")[2].split()[0]


class KilledError(BaseException):
    """The process ended here; no handler sees it."""


@dataclass
class Office:
    """The school's office: everything behind the pages, and the SENCO's hands on her calendar."""

    ws: LocalWorkspace
    store: Store
    settings: Settings
    clock: list[datetime] = field(default_factory=lambda: [NOW])
    doors: list[Door] = field(default_factory=list)
    spreadsheet: str = "sheet-1"

    def __post_init__(self) -> None:
        self.workbook = self.store.workbook(self.settings.school.key) or self.store.save_workbook(
            self.settings.school.key, self.spreadsheet
        )
        self.wid = self.workbook.id
        self.surgeries, self.bookings, self.line = Surgeries(self.store), Bookings(self.store), WaitingList(self.store)
        self.outbox, self.notices = Outbox(self.store), Notices(self.store)
        self.phone = Door(Credentials(self.ws.token_for(SENCO)), base_url=self.ws.base_url, limits=FAST)

    @property
    def now(self) -> datetime:
        return self.clock[0]

    def wait(self, **time: float) -> None:
        self.clock[0] += timedelta(**time)

    # What the sync and the families do

    def enrol(self) -> None:
        """The last sync: pupils on roll, adults of their families."""
        rows = [
            RowChange("roll", ref, {"ref": ref, "name": name, "legal_surname": surname, "legal_forename": forename})
            for ref, (name, surname, forename) in ROLL.items()
        ]
        with self.store.lease("roll", "tests", 60) as lease:
            self.store.commit(self.wid, fence=lease.fence, run=None, rows=rows)
        set_adults(self.store, self.wid, ADULTS)

    def has(self, count: int = 3, *, places: int = 1, first: datetime = FIRST, **changes: Any) -> None:
        """The sheet has one surgery, changed so, with so many slots."""
        slots = [Slot(f"tue-{n}", "tue", first + n * STEP, first + (n + 1) * STEP, places) for n in range(count)]
        self.surgeries.save(self.wid, [(replace(SURGERY, places=places, **changes), slots)], self.now)

    def link(self, adult: str = "a1", purpose: str = "surgery") -> Link:
        ref = next(each.ref for each in ADULTS if each.key == adult)
        links = Links(self.store)
        found = links.find(
            links.issue(self.wid, adult, ref, self.now + timedelta(days=60), self.now, purpose=purpose),
            self.now,
        )
        assert isinstance(found, Link)
        return found

    def book(self, slot: str = "tue-0", adult: str = "a1", where: Where = Where.ROOM, **choice: str) -> Booking:
        done = self.bookings.claim(self.link(adult), slot, Choice(where, **choice), self.now, f"{slot}-{adult}")
        return done.booking  # type: ignore[union-attr]

    def cancel(self, booking: Booking) -> None:
        now = self.bookings.find(self.wid, booking.key)
        assert now is not None
        done = self.bookings.cancel(self.link(booking.adult), booking.key, now.version, self.now)
        assert type(done).__name__ == "Cancelled", done

    def change(self, booking: Booking, slot: str, choice: Choice | None = None) -> None:
        done = self.bookings.change(
            self.link(booking.adult), booking.key, slot, choice or booking.choice, booking.version, self.now
        )
        assert type(done).__name__ == "Booked", done

    def invite(self, purpose: str, adult: str = "a1", ref: str = "B7F3K", again: str = "") -> None:
        surgeries = [each.key for each in self.surgeries.all(self.wid) if purpose_of(each) == purpose]
        payload = {"adult": adult, "ref": ref, "purpose": purpose, "surgeries": surgeries}
        key = f"invite:{purpose}:{adult}:{ref}:{again}"
        self.outbox.put(self.wid, [NewWork(f"invite:{adult}{again}", "invite", key, payload)], self.now)

    # Our side

    @contextmanager
    def rounds(self, **more: Any) -> Iterator[Rounds]:
        """What a process has that delivers and follows."""
        rounds = Rounds(self.settings, self.store, self.workbook, lambda: self.now, more.pop("open_door", self.open))
        try:
            yield rounds
        finally:
            rounds.close()

    def open(self, *_: Any, **__: Any) -> Door:
        door = Door(
            Credentials(self.ws.token_for(SENCO)),
            base_url=self.ws.base_url,
            limits=FAST,
            sleep=lambda _s: None,
            jitter=lambda: 1.0,
        )
        self.doors.append(door)
        return door

    def deliver(self) -> tuple[int, int, int]:
        """Delivers in a process of its own: rows done, failed, set aside."""
        with self.rounds() as rounds:
            done = rounds.deliver()
        return done.done, done.failed, done.aside

    def follow(self) -> int:
        """Follows in a process of its own; how many deeds."""
        with self.rounds() as rounds:
            done = rounds.follow()
        assert done.trouble == ""
        return done.deeds

    def settle(self) -> None:
        """Follows and delivers until both have nothing to do."""
        for _ in range(10):
            with self.rounds() as rounds:
                if not rounds.follow().deeds and not rounds.deliver().done:
                    return
        raise AssertionError("it does not come to rest")

    # Her hands

    @property
    def url(self) -> str:
        kept = self.surgeries.calendar(self.wid)
        assert kept is not None
        return f"{self.phone.endpoints.calendar}/calendars/{kept.calendar_id}/events"

    def by_hand(self, slot: str = "tue-0", **patch: Any) -> None:
        self.phone.call("PATCH", f"{self.url}/{event_id(slot)}", body=patch)

    def delete_by_hand(self, slot: str = "tue-0") -> None:
        self.phone.call("DELETE", f"{self.url}/{event_id(slot)}")

    # What there is to see

    def event(self, slot: str = "tue-0") -> dict[str, Any]:
        found = self.phone.call("GET", f"{self.url}/{event_id(slot)}")
        return {} if found["status"] == "cancelled" else found

    def events(self) -> list[tuple[str, str, str, str]]:
        """The calendar: title, place, start and whether busy."""
        if self.surgeries.calendar(self.wid) is None:
            return []
        items = self.phone.call("GET", self.url)["items"]
        return sorted(
            (each["summary"], each.get("location", ""), each["start"].get("dateTime", each["start"].get("date")),
             each.get("transparency", "opaque"))
            for each in items
        )  # fmt: skip

    def letters(self) -> list[Post]:
        """The letters that went, in order."""
        rows = [row for row in self.ws.mail.of(SENCO) if "SENT" in row.labels]
        return [read(email.message_from_bytes(row.bytes, policy=SMTP)) for row in reversed(rows)]

    def said(self) -> list[tuple[str, str]]:
        """The letters that went: to whom, and about what."""
        return [(each.to, each.subject) for each in self.letters()]

    def _noticed(self) -> list[Notice]:
        stored = self.notices.since(self.wid, datetime(2026, 1, 1, tzinfo=UTC))
        return [*stored, *standing(self.store, self.wid, self.now)]

    def noticed(self) -> list[str]:
        """The notices by their keys."""
        return [each.key for each in self._noticed()]

    def notice(self, key: str) -> str:
        return next(f"{each.where}: {each.what}" for each in self._noticed() if each.key == key)

    def kept(self, slot: str = "tue-0") -> Any:
        found = self.surgeries.slot(self.wid, slot)
        assert found is not None
        return found

    def requests(self) -> int:
        return len(self.ws.requests)


def read(message: EmailMessage) -> Post:
    """A letter as its reader sees it."""
    body = message.get_body(("plain",))
    assert body is not None
    calendars = [
        ICalendar.from_ical(part.get_payload(decode=True).decode())
        for part in message.walk()
        if part.get_content_type() == "text/calendar"
    ]
    return Post(
        str(message["To"]),
        str(message["Subject"]),
        body.get_content().replace("\r\n", "\n"),
        calendars[0] if calendars else None,
        str(message["Message-ID"]),
    )


def settings_of(ws_url: str, folder: Path, store_url: str, **sections: Any) -> Settings:
    """The configuration of the school; `sections` take the place of ours."""
    given: dict[str, Any] = {
        "school": {"name": "Hillcrest High School", "la": "999", "estab": "4001"},
        "mis": {"paths": [str(folder)]},
        "google": {"credentials": "token", "token_file": str(folder / "token"), "base_url": ws_url},
        "calendar": {"enabled": True},
        "post": {"by": "gmail", "sender": SENCO, "sender_name": "Hillcrest High School"},
        "store": {"url": store_url},
        "booking": {"address": "http://book.school.example", "contact": "Call the office on 01632 960 000."},
    }
    return Settings(**{**given, **sections})
