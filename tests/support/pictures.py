"""Renews the pictures of the docs: `PYTHONPATH=tests python -m support.pictures docs/screenshots`.

They show the made-up school of `sensync demo`, so that anybody can make the same ones again.
"""

from __future__ import annotations

import socket
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from openpyxl.utils import get_column_letter
from playwright.sync_api import Browser, Page, sync_playwright

from local_workspace import LocalWorkspace
from sync.cli import Shell, demo_meetings
from sync.cli.demo import Stage
from sync.cli.demo_people import ACCOUNTS, HEAD, PARENT, SENCO, TEACHER
from sync.madeup import make_school
from sync.madeup.files import write_folder
from sync.service.status import read_status

from . import addon_pictures, concern_pictures, meeting_pictures
from .browser import ARGUMENTS, Workbook, Workspace, chromium
from .sample_workbook import register_workbook

DESKTOP, PHONE = (1280, 800), (390, 844)
CALENDARS = "/calendar/v3/calendars"
ZONE = "Europe/London"


class Camera:
    """Takes pictures of a workspace's pages as one account."""

    def __init__(self, browser: Browser, base: str, folder: Path) -> None:
        self._browser = browser
        self.base = base
        self._folder = folder

    def show(self, path: str, size: tuple[int, int] = DESKTOP, account: str = SENCO) -> Page:
        """A page that stands still."""
        small = size == PHONE
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="en-GB", has_touch=small, is_mobile=small
        )
        context.add_cookies([{"name": "account", "value": account, "url": self.base}])
        page = context.new_page()
        page.goto(self.base + path)
        page.wait_for_selector("body[data-ready=true]")
        page.wait_for_load_state("networkidle")
        return page

    def keep(self, page: Page, name: str, *, whole: bool = False, part: str = "") -> None:
        """Save the picture, of the whole page or what is seen of it, or of a part of it, and close the page."""
        page.wait_for_timeout(400)  # a chart or a card may be on its way
        path = self._folder / f"{name}.png"
        if part:
            page.locator(part).screenshot(path=path)
        else:
            page.screenshot(path=path, full_page=whole)
        page.context.close()

    def take(self, name: str, path: str, size: tuple[int, int] = DESKTOP, account: str = SENCO) -> None:
        """Show and keep."""
        self.keep(self.show(path, size, account), name)


def _demo(server: LocalWorkspace, folder: Path, listener: socket.socket) -> tuple[Stage, str, str]:
    """Set the demo's school up; gives it with the ids of the SENCO's workbook and the teachers'."""
    today = datetime.now(UTC).date()
    school = make_school(seed=1, pupils=1050, today=today)
    write_folder(school, folder / "mis")
    stage = Stage(Shell(), folder, server, school, 1, today, listener)
    stage.configure()
    stage.first_sync()
    book = read_status(stage.settings()).workbook
    if book is None:
        raise RuntimeError("The demo's set-up left no workbook in the store.")
    return stage, book.spreadsheet_id, book.teachers_spreadsheet_id or ""


def _tabs(workspace: Workspace, spreadsheet: str) -> dict[str, str]:
    sheets = workspace.call("GET", f"/v4/spreadsheets/{spreadsheet}", fields="sheets.properties(sheetId,title)")
    path = f"/spreadsheets/d/{spreadsheet}/edit#gid="
    return {one["properties"]["title"]: f"{path}{one['properties'].get('sheetId', 0)}" for one in sheets["sheets"]}


def _letters(workspace: Workspace, spreadsheet: str, tab: str, header: str) -> str:
    """The letters of the column with this heading."""
    path = f"/v4/spreadsheets/{spreadsheet}/values/{quote(tab)}!1:1"
    return str(get_column_letter(workspace.call("GET", path)["values"][0].index(header) + 1))


def _her_words(workspace: Workspace, spreadsheet: str) -> None:
    """What a SENCO might have written; the pupils are made up, and so is this."""
    column = _letters(workspace, spreadsheet, "SEN register", "Key adult")
    words = [
        ["Ms Hale", "Draws to explain; kind to others", "Loses the thread of long talk", "Say it, show it, check it"],
        ["Mr Idris", "Reads far above age", "New places, loud corridors", "Leaves two minutes early; quiet corner"],
        ["Ms Hale", "Never gives up", "Copying from the board", "Print-outs; reader pen"],
        ["Mrs Abara", "Wonderful memory for stories", "Finding words under pressure", "Time to answer; word bank"],
    ]
    path = f"/v4/spreadsheets/{spreadsheet}/values/{quote('SEN register')}!{column}2"
    workspace.call("PUT", path, {"values": words}, valueInputOption="USER_ENTERED")


def _of_the_demo(camera: Camera, workspace: Workspace, senco: str, teachers: str) -> None:
    tabs = _tabs(workspace, senco)
    for name in ("Home", "SEN register", "Provision map", "Sync status"):
        camera.take(name.lower().replace(" ", "-"), tabs[name])
    camera.take("dashboard", tabs["Dashboard"], (1360, 900))
    _her_words(workspace, senco)
    for name, tab, first in (
        ("sen-register-hers", "SEN register", "Key adult"),
        ("sen-register-met", "SEN register", "Provisions now"),
        ("provision-map-right", "Provision map", "In the MIS"),
    ):
        page = camera.show(tabs[tab])
        page.locator("#grid").evaluate("grid => grid.scrollTo(grid.scrollWidth, 0)")
        # Coming from the right, the column is revealed with its left edge beside the frozen ones.
        page.locator("#where").fill(f"{_letters(workspace, senco, tab, first)}1")
        page.keyboard.press("Enter")
        camera.keep(page, name)
    camera.take("teachers", next(iter(_tabs(workspace, teachers).values())), account=TEACHER)
    camera.take("phone", tabs["SEN register"], PHONE)
    camera.take("files", "/")
    camera.take("files-of-a-parent", "/", account=PARENT)
    camera.take("accounts", "/accounts", account=HEAD)


def _of_the_pages(camera: Camera, workspace: Workspace) -> None:
    """What the demo's workbook has none of: a sorted view, a scorecard, a line."""
    book = Workbook(workspace, {"properties": {"title": "One of everything", "locale": "en_GB"}})
    book.batch(*register_workbook())
    camera.take("charts", f"{book.path}#gid={book.gid('Dashboard')}", (1280, 1080))
    page = camera.show(f"{book.path}#gid=0")
    page.get_by_role("button", name="Sort and filter").click()
    page.get_by_role("menuitemradio", name="Year 8").click()
    page.locator("#view-name").wait_for()
    page.locator("#where").fill("A3")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sort and filter").click()
    camera.keep(page, "sheet")


def _event(start: str, end: str, summary: str, **more: Any) -> dict[str, Any]:
    """An Event of the week of 7 December 2026; a start without a time is a whole day."""
    what = "dateTime" if "T" in start else "date"
    ends = {"start": {what: f"2026-12-{start}"}, "end": {what: f"2026-12-{end}"}}
    return {"summary": summary, **{one: {**at, "timeZone": ZONE} for one, at in ends.items()}, **more}


def _of_the_diary(camera: Camera, workspace: Workspace) -> None:
    """A week with a surgery in it, as a booking page would fill it, and the mail that Calendar sends for it."""
    surgeries = workspace.call("POST", CALENDARS, {"summary": "SENCO surgeries", "timeZone": ZONE})["id"]
    hours = [("16:00", "16:20"), ("16:20", "16:40"), ("16:40", "17:00"), ("17:00", "17:20"), ("17:20", "17:40")]
    for number, (start, end) in enumerate(hours):
        free = {"summary": "Free slot", "transparency": "transparent"} if number % 2 == 0 else {}
        body = _event(f"08T{start}:00", f"08T{end}:00", f"Meeting, ref 7F3{number}", location="Room 2")
        workspace.call("POST", f"{CALENDARS}/{surgeries}/events", {**body, **free})
    review = _event("10T14:00:00", "10T15:00:00", "Annual review, ref 4KD9", attendees=[{"email": PARENT}])
    for body in (
        _event("07T09:00:00", "07T09:45:00", "Staff briefing", location="Hall"),
        _event("07T09:15:00", "07T10:15:00", "Observation, Year 5"),
        _event("09", "11", "INSET days"),
        {**review, "description": "In person or by telephone, as you like."},
    ):
        workspace.call("POST", f"{CALENDARS}/primary/events", body, sendUpdates="all")
    camera.take("calendar-week", "/calendar#week=2026-12-08")
    page = camera.show("/calendar#day=2026-12-08", PHONE)
    page.locator("#scroll").evaluate("hours => hours.scrollTo(0, hours.scrollHeight * 0.6)")
    camera.keep(page, "calendar-day-phone")
    page = camera.show("/mail")
    page.get_by_role("link", name="Annual review").click()
    camera.keep(page, "mail")


def main(folder: Path) -> None:
    """Take every picture that the docs name.

    Args:
        folder: where they go; old ones of the same name are replaced.
    """
    with ExitStack() as stack:
        held = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(LocalWorkspace(accounts=ACCOUNTS))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        camera = Camera(browser, server.base_url, folder)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        stage, senco, teachers = _demo(server, held, listener)
        stack.enter_context(demo_meetings.pages(stage.settings(), listener, stage.now))
        workspace = Workspace(server)
        office = meeting_pictures.Office(stage, senco, _tabs(workspace, senco))
        concern_pictures.send_a_late_one(office)
        meeting_pictures.arrange(office)
        meeting_pictures.take(camera, office)
        school, shared = concern_pictures.arrange(office), _tabs(workspace, teachers)
        concern_pictures.take(camera, office, school, shared)
        _of_the_demo(camera, workspace, senco, teachers)
        addon_pictures.take(camera, office, shared)
        _of_the_pages(camera, workspace)
        _of_the_diary(camera, workspace)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
