"""The pictures of the add-on: its panel beside the sheet and the calendar, its chief cards, and a pupil's chip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from sync.cli import demo_meetings
from sync.cli.demo_people import HALE, SENCO

from .browser import Workbook, Workspace, cell, paste
from .browser_calendar import on_page

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from .meeting_pictures import Office
    from .pictures import Camera

WIDE, TALL = (1280, 800), (1280, 1420)
PANEL = ".addon-panel"


def _opened(page: Page) -> Locator:
    page.get_by_role("navigation", name="Add-ons").get_by_role("button", name="Sensync").click()
    panel = page.get_by_role("region", name="Sensync")
    expect(panel).to_have_attribute("aria-busy", "false")
    return panel


def _press(panel: Locator, name: str) -> None:
    panel.get_by_role("button", name=name).first.click()
    expect(panel).to_have_attribute("aria-busy", "false")
    panel.page.mouse.move(0, 0)


def _of_pupil(panel: Locator, ref: str) -> None:
    panel.get_by_role("combobox", name="Find a pupil").fill(ref)
    _press(panel, "Find")


def _let_it_see(panel: Locator) -> None:
    _press(panel, "Let it see this file")
    panel.page.get_by_role("dialog").get_by_role("button", name="Allow").click()
    expect(panel.get_by_text("which file this is")).to_have_count(0)


def take(camera: Camera, office: Office, teachers: dict[str, str]) -> None:
    """The first card, a pupil for the SENCO and for a teacher, a concern, a surgery, an event, a chip."""
    office.stage.sync()
    register, ref = office.tabs["SEN register"], str(office.senco.rows("SEN register")[0]["Pupil"])
    page = camera.show(register, WIDE)
    panel = _opened(page)
    _let_it_see(panel)
    camera.keep(page, "addon-home")

    page = camera.show(register, TALL)
    _of_pupil(_opened(page), ref)
    camera.keep(page, "addon-pupil", part=PANEL)

    page = camera.show(register, TALL)
    panel = _opened(page)
    _press(panel, "without")
    panel.locator(".addon-content button.texts").first.click()
    expect(panel.get_by_role("heading", level=3)).to_contain_text("Concern C-")
    camera.keep(page, "addon-concern", part=PANEL)

    page = camera.show(register, TALL)
    panel = _opened(page)
    _press(panel, "Surgeries")
    _press(panel, "New surgery")
    camera.keep(page, "addon-surgery", part=PANEL)

    page = camera.show(teachers["Strategies"], WIDE, HALE)
    panel = _opened(page)
    _of_pupil(panel, ref)
    camera.keep(page, "addon-teacher")
    _of_the_calendar(camera, office)
    _of_a_chip(camera, office, ref)


def _of_the_calendar(camera: Camera, office: Office) -> None:
    day = demo_meetings.a_school_day(office.stage.day)
    page = camera.show(f"/calendar#day={day}", WIDE)
    on_page(page, "Meeting \N{EN DASH} ref").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_role("region", name="Sensync")).to_have_attribute("aria-busy", "false")
    camera.keep(page, "addon-event")


def _of_a_chip(camera: Camera, office: Office, ref: str) -> None:
    workspace = Workspace(office.stage.workspace)
    own = Workbook(workspace, {"properties": {"title": "Staff meeting", "locale": "en_GB"}})
    own.write("Sheet1!A1", [["Who", "What"], ["", "Reading: who can take one more?"]])
    page = camera.show(own.path, WIDE, SENCO)
    cell(page, "A2").click()
    paste(page, f"{office.stage.settings().booking.address}/addon/p/{ref}")
    page.get_by_role("button", name="Replace URL with").wait_for()
    page.keyboard.press("Tab")
    page.get_by_role("note").get_by_role("link").wait_for()
    camera.keep(page, "addon-chip")
