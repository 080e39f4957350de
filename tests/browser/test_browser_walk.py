"""The whole way in Chromium: a row that the SENCO types, slots, a letter, and a parent with a phone and a keyboard."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from icalendar import Calendar
from playwright.sync_api import Browser, Page, expect
from support.browser import Workspace, cell, grave, overflows, saved
from support.browser_calendar import on_page, open_as
from support.keyboard import press, tab_into, tab_to
from support.walk import PARENT, SENCO, Walk, walking

from local_workspace import LocalWorkspace
from sync.cli.demo_people import ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

DAY = "/calendar#day=2026-12-08"
AHEAD = 15_000
"""Milliseconds: the thread that delivers looks every two seconds, on a machine that has other work."""


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    with LocalWorkspace(accounts=ACCOUNTS) as server, walking(server, tmp_path) as walk:
        yield walk


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB", has_touch=True)
    page = context.new_page()
    page.set_default_timeout(AHEAD)
    yield page
    context.close()


def type_a_surgery(page: Page, walk: Walk) -> None:
    """The SENCO types one row, with the keyboard, from the first cell on."""
    gid = walk.senco.sheet_id("Surgeries")
    open_as(page, Workspace(walk.workspace), f"/spreadsheets/d/{walk.spreadsheet}/edit#gid={gid}", SENCO)
    assert grave(page) == []
    page.locator("#where").fill("C2")
    page.keyboard.press("Enter")
    page.get_by_role("grid").focus()
    for words in ("8/12/2026", "4pm", "5pm", "room 2 or phone", "On the register", "Open"):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    saved(page)


def read_letter(phone: Page, walk: Walk, subject: str) -> None:
    """The parent opens the newest letter of that subject in her mailbox."""
    open_as(phone, Workspace(walk.workspace), "/mail#in", PARENT)
    phone.get_by_role("link", name=subject, exact=True).first.wait_for()
    assert (grave(phone), overflows(phone)) == ([], False)
    press(phone, subject)
    expect(phone.get_by_role("heading", name=subject)).to_be_focused()
    assert (grave(phone), overflows(phone)) == ([], False)


def follow_link(phone: Page, words: str) -> Page:
    """The link of the letter on show, by keyboard; the page that it opens."""
    frame = phone.frames[-1]
    frame.wait_for_load_state()
    tab_into(phone, frame, words)
    with phone.context.expect_page() as opened:
        phone.keyboard.press("Enter")
    opened.value.set_viewport_size({"width": 390, "height": 844})
    return opened.value


def no_barriers(page: Page) -> None:
    """Axe finds nothing at all on a parents' page, and nothing scrolls sideways."""
    page.wait_for_load_state()
    assert ([one["id"] for one in Axe().run(page).response["violations"]], overflows(page)) == ([], False)


def titled(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)
    no_barriers(page)


def sheet_says(walk: Walk, tab: str, *headers: str) -> list[tuple[str, ...]]:
    """The rows of a tab that are of surgeries, by these columns."""
    rows = walk.senco.rows(tab)
    return [tuple(row[each] for each in headers) for row in rows if tab != "Meetings" or row["Kind"] == "Surgery"]


def book(form: Page) -> None:
    """A parent books the second time, by phone."""
    titled(form, "Choose a time")
    tab_to(form, "4:00pm")
    form.keyboard.press("ArrowDown")
    form.keyboard.press("Space")
    press(form, "Continue")
    titled(form, "Tell us about your meeting")
    tab_to(form, "In person, at room 2")
    form.keyboard.press("ArrowDown")
    tab_to(form, "Phone number")
    form.keyboard.type("01632 960 123")
    tab_to(form, "What do you want to talk about?")
    form.keyboard.type("Reading at home")
    press(form, "Book this time")
    titled(form, "Your meeting is booked")
    expect(form.get_by_role("main")).to_contain_text("Tuesday 8 December, 4:20pm")


def move(diary: Page, start: str) -> None:
    """The SENCO opens the meeting in her calendar and types another time, by keyboard."""
    on_page(diary, "Meeting \N{EN DASH} ref").focus()
    diary.keyboard.press("Enter")
    dialog = diary.get_by_role("dialog")
    assert grave(diary) == []
    dialog.get_by_label("From").fill(start)
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(diary.locator("#status")).to_have_text("Saved.")


def appointment(phone: Page, folder: Path) -> tuple[str, int]:
    """The appointment of the letter on show: when it begins in UTC, and its sequence."""
    with phone.expect_download() as waiting:
        phone.get_by_role("link", name=".ics").press("Enter")
    waiting.value.save_as(folder / "meeting.ics")
    (event,) = Calendar.from_ical((folder / "meeting.ics").read_bytes()).walk("VEVENT")
    return f"{event['dtstart'].dt.astimezone(UTC):%Y-%m-%d %H:%M}", int(event["sequence"])


def test_a_row_typed_becomes_a_meeting_that_the_senco_moves_and_a_parent_cancels(
    page: Page, phone: Page, walk: Walk, tmp_path: Path
) -> None:
    office = Workspace(walk.workspace)
    type_a_surgery(page, walk)
    walk.sync()
    expect(cell(page, "I2")).to_have_text(
        "3 slots. Tuesday 8 December 2026, 4pm to 5pm, 20 minutes each, room 2 or phone, for: on the register."
    )
    expect(cell(page, "J2")).to_have_text("0 of 3")

    diary = page.context.new_page()
    open_as(diary, office, DAY, SENCO)
    diary.get_by_role("button", name="Add a shared one").press("Enter")
    diary.keyboard.type(walk.calendar)
    diary.keyboard.press("Enter")
    expect(on_page(diary, "Free for a meeting")).to_have_count(3)
    assert grave(diary) == []

    read_letter(phone, walk, "Please choose a time to meet us")
    form = follow_link(phone, "Choose a time")
    book(form)
    meeting = f"Meeting \N{EN DASH} ref {walk.ref}"
    expect(on_page(diary, meeting)).to_have_attribute(
        "aria-label",
        f"{meeting}, Tuesday 8 December, 4:20pm to 4:40pm, Phone call, Meetings with families",
        timeout=AHEAD,
    )
    read_letter(phone, walk, "Your meeting is booked")
    assert appointment(phone, tmp_path) == ("2026-12-08 16:20", 0)
    walk.sync()
    expect(cell(page, "J2")).to_have_text("1 of 3")
    said = (walk.ref, "08/12/2026 16:20", "phone", "01632 960 123", "Reading at home", "")
    columns = ("Ref", "From", "Where", "Phone", "Their words", "Cancelled at")
    assert sheet_says(walk, "Bookings", *columns) == [said]
    assert sheet_says(walk, "Meetings", "Ref", "Date", "Time") == [(walk.ref, "08/12/2026", "4:20pm")]

    move(diary, "17:30")
    walk.sync()
    assert sheet_says(walk, "Meetings", "Ref", "Date", "Time") == [(walk.ref, "08/12/2026", "5:30pm")]
    assert sheet_says(walk, "Bookings", "From", "Cancelled at") == [("08/12/2026 17:30", "")]
    read_letter(phone, walk, "Please look: your meeting has changed")
    assert appointment(phone, tmp_path) == ("2026-12-08 17:30", 1)
    form = follow_link(phone, "See, change or cancel your meeting")
    titled(form, "Your meeting is booked")
    expect(form.get_by_role("main")).to_contain_text("Tuesday 8 December, 5:30pm")

    press(form, "Cancel this meeting")
    titled(form, "Do you want to cancel your meeting?")
    press(form, "Yes, cancel my meeting")
    expect(form.locator(".notice")).to_have_text("Your meeting is cancelled. You can book another time.")
    no_barriers(form)
    expect(on_page(diary, meeting)).to_have_count(0, timeout=AHEAD)
    read_letter(phone, walk, "Your meeting is cancelled")
    walk.sync()
    expect(cell(page, "J2")).to_have_text("0 of 3")
    assert sheet_says(walk, "Meetings", "Ref", "Date", "Time", "Mind") == [(walk.ref, "", "", "Cancelled.")]
    assert sheet_says(walk, "Bookings", "Ref", "Cancelled at") == [(walk.ref, "23/11/2026 09:00")]
