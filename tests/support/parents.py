"""A school with surgeries and parents' links on a real store, and the pages in front of it."""

from __future__ import annotations

import re
import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from waitress import wasyncore
from waitress.server import create_server

from sync.config import Settings
from sync.domain.meetings import Choice, Kind, Slot, State, Surgery, Where
from sync.service.booking_desk import StoreDesk
from sync.store import Bookings, Links, RowChange, Store, Surgeries
from sync.web.app import make_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from sync.domain.meetings import Booking

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
HOST = "book.school.example"
PUPILS = {
    # reference: (name on the roll, year, status)
    "B7F3K": ("Lomax, Amara", "7", "K"),
    "C2D4M": ("Lomax, Ben", "9", "E"),
    "D9K2P": ("Quillfeather, Zoë", "8", "K"),
    "F4N6R": ("Ostrowski, Jan", "7", "K"),
}


def surgery(key: str, day: datetime, *, minutes: int = 20, slots: int = 3, **more: Any) -> tuple[Surgery, list[Slot]]:
    """An open surgery whose slots follow one another from `day`, an instant."""
    local = day.astimezone(LONDON)
    ends = local + timedelta(minutes=minutes * slots)
    given: dict[str, Any] = {"where": (Where.ROOM, Where.PHONE, Where.VIDEO), "room": "Room 2", "state": State.OPEN}
    made = Surgery(
        key, more.pop("kind", Kind.SURGERY), local.date(), local.time(), ends.time(), minutes, **given | more
    )
    step = timedelta(minutes=minutes)
    return made, [
        Slot(f"{key}-{number}", key, day + number * step, day + (number + 1) * step, made.places)
        for number in range(slots)
    ]


@dataclass
class School:
    """What a test looks at. `clock` is moved by hand."""

    store: Store
    workbook_id: int
    settings: Settings
    app: Flask
    clock: list[datetime] = field(default_factory=lambda: [NOW])

    @property
    def now(self) -> datetime:
        return self.clock[0]

    def has(self, *sessions: tuple[Surgery, list[Slot]]) -> None:
        Surgeries(self.store).save(self.workbook_id, sessions, self.now)

    def link(
        self,
        ref: str = "B7F3K",
        adult: str = "adult-1",
        *,
        days: int = 30,
        purpose: str = Kind.SURGERY,
    ) -> str:
        """A token."""
        until = self.now + timedelta(days=days)
        return Links(self.store).issue(self.workbook_id, adult, ref, until, self.now, purpose=purpose)

    def remembers(self, **documents: Any) -> None:
        """The last sync left these documents."""
        with self.store.lease(self.settings.school.key, "tests", 60) as lease:
            self.store.commit(self.workbook_id, fence=lease.fence, run=None, documents=documents)

    def books(self, token: str, slot: str, choice: Choice | None = None) -> None:
        found = Links(self.store).find(token, self.now)
        done = Bookings(self.store).claim(found, slot, choice or Choice(Where.ROOM), self.now, f"by-hand-{slot}")
        assert type(done).__name__ == "Booked", done

    def bookings(self) -> list[Booking]:
        return Bookings(self.store).active(self.workbook_id)

    def parent(self, token: str) -> Parent:
        return Parent(self, token)


class Parent:
    """A parent's browser without JavaScript: keeps cookies, and sends the forms that stand on the pages."""

    def __init__(self, school: School, token: str) -> None:
        self.school = school
        self.token = token
        self.client: FlaskClient = school.app.test_client()

    def get(self, page: str = "", **options: Any) -> TestResponse:
        path = page if page.startswith("/") else f"/b/{self.token}{f'/{page}' if page else ''}"
        return self.client.get(path, **_request(self.school, options))

    def post(self, page: str, data: dict[str, Any], **options: Any) -> TestResponse:
        return self.client.post(f"/b/{self.token}/{page}", data=data, **_request(self.school, options))

    def form(self, page: str, action: str) -> dict[str, str]:
        """The hidden fields of the form that posts to `action`."""
        return hidden(self.get(page).text, action)

    def book(self, slot: str, **fields: str) -> TestResponse:
        data = self.form(f"book?slot={slot}", "/book")
        return self.post("book", data | {"where": "room"} | fields)

    def cancel(self) -> TestResponse:
        return self.post("cancel", self.form("cancel", "/cancel"))


def _request(school: School, options: dict[str, Any]) -> dict[str, Any]:
    return {"base_url": school.settings.booking.address, **options}


def hidden(text: str, action: str) -> dict[str, str]:
    """The hidden fields of the first form on a page whose action ends so."""
    forms = re.findall(r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', text, re.DOTALL)
    body = next(body for where, body in forms if urlsplit(where).path.endswith(action))
    return dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', body))


def open_school(folder: Path, *, address: str = f"https://{HOST}", **booking: Any) -> School:
    """A school with pupils on roll and no surgeries yet. The caller closes its store."""
    clock = [NOW]
    settings = Settings(
        school={"name": "Hillcrest High School", "la": "999", "estab": "4001"},
        mis={"paths": [str(folder)]},
        google={"credentials": "token", "token_file": str(folder / "token")},
        store={"url": f"sqlite:///{folder / 'sensync.sqlite3'}"},
        booking={"address": address, "contact": "Call the school office on 01632 960 000.", **booking},
    )
    store = Store(settings.store.url, now=lambda: clock[0])
    store.migrate()
    workbook = store.save_workbook(settings.school.key, "sheet-1")
    with store.lease(settings.school.key, "tests", 60) as lease:
        rows = [
            RowChange("roll", ref, {"ref": ref, "name": name, "year": year, "status": status, "on_roll": "Yes"})
            for ref, (name, year, status) in PUPILS.items()
        ]
        store.commit(workbook.id, fence=lease.fence, run=None, rows=rows)
    desk = StoreDesk(
        store,
        workbook,
        zone=settings.school.zone,
        notice=timedelta(hours=settings.booking.notice_hours),
        siblings=settings.booking.siblings,
        posts_per_address=settings.booking.posts_per_address,
        now=lambda: clock[0],
    )
    app = make_app(desk, settings, now=lambda: clock[0])
    return School(store, workbook.id, settings, app, clock)


@contextmanager
def served(folder: Path, **booking: Any) -> Iterator[School]:
    """The same behind a real server on loopback, as `sensync serve` runs it."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    school = open_school(folder, address=address, **booking)
    server = create_server(school.app, sockets=[listener], threads=4)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield school
    finally:
        # The loop ends when it has nothing left to listen to; a browser keeps its connections for long. Only the
        # loop's own thread may close them.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(10)
        assert not thread.is_alive()
        server.task_dispatcher.shutdown()
        school.store.close()
