"""The pictures of surgeries and meetings: what the SENCO typed, what families booked, and a letter that they read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sync.cli import demo_meetings
from sync.cli.demo_people import ROBOT, SENCO
from sync.plan.cells import serial
from sync.service.opening import open_desk
from sync.store import Link, Links

from .person import Person

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from sync.cli.demo import Stage

    from .pictures import Camera

WIDE = (1700, 800)
SURGERIES, MEETINGS = "Surgeries", "Meetings"


@dataclass
class Office:
    """The demo's school, and the SENCO's hands in it."""

    stage: Stage
    spreadsheet: str
    tabs: dict[str, str]

    @property
    def senco(self) -> Person:
        """Her hands in the workbook."""
        base = self.stage.workspace.base_url
        return Person(base, self.stage.workspace.token_for(SENCO), self.spreadsheet)

    def links(self, subject: str) -> list[str]:
        """The links of the letters with this subject, one a pupil, oldest first."""
        found: dict[str, str] = {}
        with open_desk(self.stage.settings()) as desk:
            for letter in demo_meetings.letters(self.stage.workspace, ROBOT):
                link = Links(desk.store).find(letter.link.rpartition("/")[2], self.stage.now())
                if letter.subject == subject and isinstance(link, Link):
                    found.setdefault(link.ref, letter.link)
        return list(found.values())


def _school_days(first: date) -> Iterator[date]:
    """School days from a few days on."""
    while True:
        day = demo_meetings.a_school_day(first)
        if day is None:
            raise RuntimeError("The half terms of a new workbook are over: give it new ones in settings.toml.")
        yield day
        first += timedelta(days=1 + (day - first - demo_meetings.AHEAD).days)


def _rows(today: date) -> list[dict[str, Any]]:
    """What a SENCO might type: each kind of session, and a day on which there is no school."""
    days = _school_days(today)
    first, second, third, fourth = (next(days) for _ in range(4))
    saturday = first + timedelta(days=(5 - first.weekday()) % 7)
    return [
        {"Date": serial(first), "From": "4pm", "To": "6pm", "Where": "room 2 or phone",
         "Who may book": "Year 7, EHC plans", "State": "Open", "Minutes": 20, "Breaks": "5:00-5:20"},
        {"Kind": "Coffee morning", "Date": serial(second), "From": "9:15am", "To": "10:15am", "Where": "the library",
         "Who may book": "Year 9, EHC plans", "State": "Open", "Places": 12},
        {"Kind": "Staff drop-in", "Date": serial(third), "From": "3:30pm", "To": "4:30pm", "Where": "room 2",
         "State": "Open", "Minutes": 15},
        {"Date": serial(saturday), "From": "10am", "To": "12pm", "Where": "room 2", "State": "Open"},
        {"Date": serial(fourth), "From": "4pm", "To": "5:30pm", "Where": "phone or video",
         "Who may book": "Short of three", "State": "Draft", "Minutes": 15},
    ]  # fmt: skip


_ANSWERS: tuple[dict[str, str], ...] = (
    {"where": "phone", "phone": "01632 960 123", "words": "How reading is going."},
    {"language": "Polish", "bringing": "A grandmother"},
    {"access": "A room without stairs", "words": "What we can do at home, and how we know that it helps."},
)


def _families_book(office: Office, subject: str, answers: Iterable[dict[str, str]]) -> None:
    for link, each in zip(office.links(subject), answers, strict=False):
        demo_meetings.book_as_a_parent(link, **each)


def arrange(office: Office) -> None:
    """Rows typed, letters sent, meetings booked, a review accepted and another one booked."""
    for row in _rows(office.stage.day):
        office.senco.add_row(SURGERIES, row)
    office.stage.sync()
    _families_book(office, "Please choose a time to meet us", _ANSWERS)
    _families_book(office, "You are invited to a coffee morning", ({}, {}, {}, {}))
    keys = [str(row["ID"]) for row in office.senco.rows(MEETINGS) if row["Proposed 1"]]
    for key in keys[:3]:
        office.senco.type(MEETINGS, key, "Accept", "All")
    office.senco.type(MEETINGS, keys[0], "Invite", "teacher@school.example")
    office.stage.sync()
    _families_book(office, "Please choose a time for a review meeting", ({},))
    office.stage.sync()


def take(camera: Camera, office: Office) -> None:
    """The tabs, the calendar, and the letter."""
    camera.take("surgeries", office.tabs[SURGERIES], WIDE)
    camera.take("meetings", office.tabs[MEETINGS], WIDE)
    page = camera.show(office.tabs[MEETINGS], WIDE)
    page.locator("#grid").evaluate("grid => grid.scrollTo(grid.scrollWidth, 0)")
    # Coming from the right, the column is revealed with its left edge beside the frozen ones.
    page.locator("#where").fill("L1")
    page.keyboard.press("Enter")
    camera.keep(page, "meetings-right")
    camera.take("bookings", office.tabs["Bookings"], WIDE)
    first = min(row["From"] for row in office.senco.rows("Slots"))
    day = f"{first[6:10]}-{first[3:5]}-{first[:2]}"
    page = camera.show(f"/calendar#week={day}", (1500, 860))
    page.get_by_role("button", name="Add a shared one").click()
    page.keyboard.type(office.stage._calendar())
    page.keyboard.press("Enter")
    page.locator(".event").first.wait_for()
    page.locator("#scroll").evaluate("hours => hours.scrollTo(0, hours.scrollHeight * 0.34)")
    camera.keep(page, "calendar-slots")
    page = camera.show("/mail", (1280, 960), ROBOT)
    page.get_by_role("link", name="Your meeting is booked").first.click()
    camera.keep(page, "letter-booked")
