"""Renews the pictures of the booking pages: `PYTHONPATH=tests python -m support.booking_pictures docs/screenshots`."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Page, sync_playwright

from sync.post.printed import Printed, letters_html

from .browser import ARGUMENTS, chromium
from .parents import School, served, surgery

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}


def _keep(page: Page, folder: Path, name: str) -> None:
    page.screenshot(path=folder / f"booking-{name}.png", full_page=True)


def _page(browser: Browser, viewport: dict[str, int]) -> Page:
    return browser.new_context(viewport=viewport, locale="en-GB").new_page()  # type: ignore[arg-type]


def take(browser: Browser, school: School, folder: Path) -> None:
    """Every page once, the ones with a problem too."""
    day = datetime(2026, 12, 8, 16, tzinfo=UTC)
    school.has(
        surgery("tue", day, slots=6), surgery("wed", day.replace(day=9), slots=4), surgery("fri", day.replace(day=11))
    )
    for number in range(3):
        school.books(school.link("C2D4M", f"other-{number}"), f"fri-{number}")
    link = f"{school.settings.booking.address}/b/{school.link()}"
    page = _page(browser, PHONE)
    page.goto(link)
    _keep(page, folder, "times")
    page.get_by_label("4:20pm").first.check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("By phone").check()
    page.get_by_role("button", name="Book this time").click()
    _keep(page, folder, "problem")
    page.get_by_label("Phone number").fill("01632 960 123")
    page.get_by_label("Language of an interpreter").fill("Urdu")
    page.get_by_label("What do you want to talk about?").fill("How reading is going.\nWhat we can do at home.")
    _keep(page, folder, "details")
    page.get_by_role("button", name="Book this time").click()
    _keep(page, folder, "booked")
    page.get_by_role("link", name="Cancel this meeting").click()
    _keep(page, folder, "cancel")
    urdu = _page(browser, PHONE)
    urdu.goto(f"{link}/times?lang=ur")
    _keep(urdu, folder, "urdu")
    narrow = _page(browser, NARROW)
    narrow.goto(f"{link}/times?lang=pl")
    _keep(narrow, folder, "narrow")
    narrow.goto(f"{link[:-4]}")
    _keep(narrow, folder, "gone")
    wide = _page(browser, {"width": 1280, "height": 900})
    wide.goto(f"{link}/book?slot=tue-2&lang=cy")
    _keep(wide, folder, "wide")


def take_letter(browser: Browser, folder: Path) -> None:
    """A printed letter, as it comes out of the printer."""
    letter = Printed(
        "Mrs Lomax",
        "Amara",
        "B7F3K",
        "choose a time to talk with us about Amara",
        "https://book.school.example/b/kE3xq0VqfJ7m4Zp1sW9tYb2cH6uNgRdLa8oT5iXyMvA",
        "Wednesday 9 December 2026",
    )
    contact = "Call the school office on 01632 960 000."
    page = _page(browser, {"width": 794, "height": 1123})
    page.set_content(
        letters_html([letter], school="Hillcrest High School", contact=contact, day="Tuesday 1 December 2026")
    )
    page.emulate_media(media="print")
    page.screenshot(path=folder / "letter.png")


def main(folder: Path) -> None:
    """Takes the pictures into `folder`."""
    with tempfile.TemporaryDirectory() as held, served(Path(held)) as school, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        take(browser, school, folder)
        take_letter(browser, folder)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
