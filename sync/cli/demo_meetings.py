"""The part of `sensync demo` that shows parent surgeries: a row typed, slots, letters, and a parent who books."""

from __future__ import annotations

import html
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from email import message_from_bytes, policy
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, build_opener

from sync.google.door import segment
from sync.plan.audience import read_audience, who_may_book
from sync.plan.cells import column_letter, quoted, serial
from sync.plan.school_calendar import calendar_of
from sync.service.templates import load_template

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from local_workspace import LocalWorkspace
    from sync.config import Settings
    from sync.domain.families import Adult
    from sync.google.door import Door
    from sync.plan.mirror import Rows

ROW = {
    "from": "4pm",
    "to": "6pm",
    "minutes": 20.0,
    "where": "room 2 or phone",
    "state": "Open",
}
"""What the SENCO types in the demo, beside the date and who may book."""

_YEARS = range(7, 14)
_AUDIENCES = (
    *(f"Year {year}, EHC plans" for year in _YEARS),
    *(f"Year {year}, SEN support" for year in _YEARS),
    "EHC plans",
    "On the register",
)
_A_FEW = 3
"""Families that a letter reaches: enough to show, and less than a surgery has slots."""

AHEAD = timedelta(days=3)
"""How far off the demo's surgery is at least: later than its notice, and with luck within the week of the add-on."""

_PATIENCE, _PAUSE = 20.0, 0.25
_LATEST = timedelta(days=120)
_FORM = re.compile(r'<form method="(get|post)" action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')
_SLOT = re.compile(r'name="slot" value="([^"]*)"')


def a_school_day(today: date) -> date | None:
    """A school day in a few days or later, by the half terms that a new workbook begins with; None if they are over."""
    tab = load_template().tab("settings")
    rows: list[dict[str, Any]] = [dict(zip(tab.seed_columns, row, strict=True)) for row in tab.seed_rows]
    for row in rows:
        row |= {name: serial(date.fromisoformat(row[name])) if row[name] else None for name in ("from", "to")}
    calendar, _ = calendar_of(rows)
    return next(iter(calendar.school_days(today + AHEAD, today + _LATEST)), None)


def an_audience(roll: Rows, families: Mapping[str, Sequence[Adult]]) -> str:
    """The first audience in which a few families can be written to; in a small school, that with the most of them."""
    reached = {ref for ref, adults in families.items() if any(adult.email for adult in adults)}

    def a_few(who: str) -> int:
        may = who_may_book(read_audience(who), roll, register=(), short=())
        return min(len(reached.intersection(may)), _A_FEW)

    return max(_AUDIENCES, key=a_few)


def type_surgery(door: Door, spreadsheet_id: str, day: date, who: str) -> None:
    """Type one row into the Surgeries tab, as the SENCO's own hands do."""
    tab = load_template().tab("surgeries")
    cells = {**ROW, "date": serial(day), "who": who}
    data = [
        {"range": f"{quoted(tab.title)}!{column_letter(index)}2", "values": [[cells[column.key]]]}
        for index, column in enumerate(tab.columns)
        if column.key in cells
    ]
    door.call(
        "POST",
        f"{door.endpoints.sheets}/{spreadsheet_id}/values:batchUpdate",
        body={"valueInputOption": "USER_ENTERED", "data": data},
        repeatable=True,
    )


def add_calendar(door: Door, calendar_id: str) -> None:
    """Add the calendar that was shared with her to the SENCO's list, as she does with the link in Google's mail."""
    door.call("POST", f"{door.endpoints.calendar}/users/me/calendarList", body={"id": calendar_id}, repeatable=True)


def share_busy_times(door: Door, reader: str) -> None:
    """Let the role mailbox see when the SENCO is busy, and not with what, as she does in her calendar's settings."""
    rule = {"role": "freeBusyReader", "scope": {"type": "user", "value": reader}}
    door.call("POST", f"{door.endpoints.calendar}/calendars/primary/acl", body=rule, repeatable=True)


def booked_titles(door: Door, calendar_id: str) -> list[str]:
    """What the SENCO reads in the calendar where something is booked.

    The event is changed by whichever delivers first, the sync or the pages' own thread, so it may take a moment.
    """
    url = f"{door.endpoints.calendar}/calendars/{segment(calendar_id)}/events"
    ends = time.monotonic() + _PATIENCE
    while True:
        items = door.call("GET", url)["items"]
        titles = [str(each["summary"]) for each in items if each.get("transparency", "opaque") == "opaque"]
        if titles or time.monotonic() > ends:
            return titles
        time.sleep(_PAUSE)


@dataclass(frozen=True, slots=True)
class Invited:
    """One letter in the outbox: its subject, and the link in it."""

    subject: str
    link: str


def letters(workspace: LocalWorkspace, sender: str) -> list[Invited]:
    """The letters with a link that a mailbox has sent, oldest first."""
    found = []
    with workspace.lock:
        sent = workspace.mail.of(sender, outbox=True)
    for mailed in sorted(sent, key=lambda each: each.date):
        message = message_from_bytes(mailed.bytes, policy=policy.default)
        body = message.get_body(("plain",))
        link = re.search(r"http\S+/b/\S+", body.get_content()) if body is not None else None
        if link is not None:
            found.append(Invited(str(message["Subject"]), link[0]))
    return found


def book_as_a_parent(link: str, **answers: str) -> str:
    """Open a link, choose the first time, meet in person, confirm; gives the heading of the page at the end.

    It does what a parent's browser does without JavaScript: follows links, keeps cookies, sends the forms it is shown.
    `answers` are fields of the form to fill in, such as `where="phone"`.
    """
    browser = build_opener(HTTPCookieProcessor(CookieJar()))

    def read(url: str, data: dict[str, str] | None = None) -> tuple[str, str]:
        body = urlencode(data).encode() if data is not None else None
        with browser.open(url, body, timeout=30) as answer:
            return str(answer.url), answer.read().decode()

    here, page = read(link)
    chosen = _SLOT.search(page)
    if chosen is None:
        return _heading(page)
    here, page = read(urljoin(f"{here}/", f"book?{urlencode({'slot': html.unescape(chosen[1])})}"))
    sent = next((form for form in _FORM.finditer(page) if form[1] == "post"), None)
    if sent is None:
        return _heading(page)
    fields = {name: html.unescape(value) for name, value in _HIDDEN.findall(sent[3])}
    _, page = read(urljoin(here, html.unescape(sent[2])), {**fields, "where": "room", **answers})
    return _heading(page)


def _heading(page: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", html.unescape(found[1])).split()) if found else ""


@contextmanager
def pages(settings: Settings, listener: socket.socket, now: Callable[[], datetime]) -> Iterator[None]:
    """The parents' pages and the add-on's cards, and what follows from both in the background, until the block ends."""
    from sync.service.jobs import JobWorker  # noqa: PLC0415 - fast --help
    from sync.service.worker import Worker  # noqa: PLC0415
    from webhook_app import create_app, make_server  # noqa: PLC0415

    server = make_server(create_app(settings, now=now), settings, listener, threads=4)
    serving = threading.Thread(target=server.run, name="parents' pages", daemon=True)
    serving.start()
    workers = (Worker(settings, now=now), JobWorker(settings, now=now))
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()
        server.stop(0)
        # The listener is closed next, and a server that still looks at it complains.
        serving.join()
