"""The parents' pages in Chromium, on a phone: by keyboard alone, with axe, at 320 px and with text twice as large."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from icalendar import Calendar
from playwright.sync_api import Browser, Page, expect
from support.keyboard import focused, press, tab_to
from support.parents import School, served, surgery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

TUESDAY = datetime(2026, 12, 8, 16, tzinfo=UTC)
LANGUAGES = ["en", "pl", "ro", "ur", "cy"]


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    with served(tmp_path, siblings=True) as school:
        school.has(surgery("tue", TUESDAY), surgery("wed", TUESDAY.replace(day=9), slots=1))
        school.books(school.link("C2D4M", "somebody-else"), "wed-0")
        yield school


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB", has_touch=True)
    page = context.new_page()
    page.set_default_timeout(8000)
    yield page
    context.close()


def address(school: School, ref: str = "B7F3K", adult: str = "adult-1") -> str:
    return f"{school.settings.booking.address}/b/{school.link(ref, adult)}"


def test_the_back_button_after_a_form_with_a_mistake_shows_a_page_of_ours(phone: Page, school: School) -> None:
    phone.goto(address(school))
    phone.get_by_text("4:20pm").click()
    phone.get_by_role("button", name="Continue").click()
    phone.get_by_text("By phone").first.click()
    phone.get_by_role("button", name="Book this time").click()
    expect(phone.locator(".errors")).to_be_visible()
    phone.fill("[name=phone]", "01632 960001")
    phone.get_by_role("button", name="Book this time").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your meeting is booked")
    phone.go_back()
    expect(phone.locator(".errors")).to_be_visible()
    # A form that is sent again books nothing twice.
    phone.fill("[name=phone]", "01632 960001")
    phone.get_by_role("button", name="Book this time").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your meeting is booked")
    phone.go_back()
    phone.go_back()
    phone.go_back()
    expect(phone.locator("main")).to_be_visible()
    assert [booking.slot for booking in school.bookings() if booking.adult == "adult-1"] == ["tue-1"]


def test_the_keyboard_alone_books_sees_changes_and_cancels(phone: Page, school: School) -> None:
    phone.goto(address(school))
    phone.keyboard.press("Tab")
    assert focused(phone) == "Skip to the main part"
    phone.keyboard.press("Enter")
    tab_to(phone, "4:00pm")
    phone.keyboard.press("ArrowRight")
    expect(phone.get_by_label("4:20pm")).to_be_checked()
    press(phone, "Continue")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Tell us about your meeting")
    tab_to(phone, "In person, at Room 2")
    phone.keyboard.press("ArrowDown")
    press(phone, "Book this time")
    # The summary of what is wrong has the focus, without a script; its link leads to the field.
    expect(phone.locator(".errors")).to_be_focused()
    phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    phone.keyboard.type("01632 960 123")
    tab_to(phone, "What do you want to talk about?")
    phone.keyboard.type("Reading")
    press(phone, "Book this time")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your meeting is booked")
    expect(phone.get_by_role("main")).to_contain_text("Tuesday 8 December, 4:20pm")
    assert [(one.slot, one.choice.phone, one.choice.words) for one in school.bookings() if one.adult == "adult-1"] == [
        ("tue-1", "01632 960 123", "Reading")
    ]
    press(phone, "Choose another time")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Choose a time")
    tab_to(phone, "4:20pm")
    phone.keyboard.press("ArrowRight")
    press(phone, "Continue")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Tell us about your meeting")
    press(phone, "Save my changes")
    expect(phone.get_by_role("main")).to_contain_text("Tuesday 8 December, 4:40pm")
    press(phone, "Cancel this meeting")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Do you want to cancel your meeting?")
    press(phone, "Yes, cancel my meeting")
    expect(phone.locator(".notice")).to_be_focused()
    expect(phone.locator(".notice")).to_have_text("Your meeting is cancelled. You can book another time.")
    assert [one.adult for one in school.bookings()] == ["somebody-else"]


def every_page(phone: Page, school: School, code: str) -> Iterator[str]:
    """Goes through the pages of one language, and names each."""
    school.link("C2D4M", "adult-2")
    yield "children" if phone.goto(f"{address(school, 'B7F3K', 'adult-2')}?lang={code}") else ""
    link = address(school)
    said = f"lang={code}"
    phone.goto(f"{link}?{said}")
    yield "times"
    phone.locator("form[action*='/waiting?'] button").click()
    expect(phone.locator("form[action*='/waiting/leave?']")).to_be_visible()
    yield "waiting"
    phone.locator("form[action*='/waiting/leave?'] button").click()
    expect(phone.locator("main [role=status]")).to_be_focused()
    yield "left"
    phone.locator("main form[method=get] button").click()
    yield "no time chosen"
    phone.goto(f"{link}/book?slot=tue-1&{said}")
    yield "details"
    phone.locator("input[name=where][value=phone]").check()
    phone.locator("#book").click()
    yield "problem"
    phone.locator("#phone").fill("01632 960 123")
    for field in ("language", "bringing", "access", "words"):
        phone.locator(f"#{field}").fill("words")
    phone.locator("#book").click()
    expect(phone.locator("dl")).to_be_visible()
    yield "booked"
    phone.goto(f"{link}/times?{said}")
    yield "another time"
    phone.goto(f"{link}?{said}&said=stale")
    yield "notice"
    phone.goto(f"{link}/cancel?{said}")
    yield "cancel"
    phone.locator("#cancel").click()
    yield "cancelled"
    phone.goto(f"{link[:-5]}?{said}")
    yield "gone"


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@pytest.mark.parametrize("code", LANGUAGES)
def test_axe_finds_nothing_at_all_and_nothing_scrolls_sideways(phone: Page, school: School, code: str) -> None:
    phone.set_viewport_size({"width": 320, "height": 640})
    found = []
    for name in every_page(phone, school, code):
        phone.wait_for_load_state()
        found += [(name, one["id"]) for one in Axe().run(phone).response["violations"]]
        small = phone.evaluate(
            """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), textarea')]
                .filter(e => e.type !== 'radio' && e.getBoundingClientRect().height < 24)
                .map(e => e.textContent.trim())"""
        )
        found += [(name, f"small: {each}") for each in small]
        if is_too_wide(phone):
            found.append((name, "scrolls sideways"))
        phone.evaluate("document.documentElement.style.fontSize = '200%'")
        if is_too_wide(phone):
            found.append((name, "scrolls sideways where text is twice as large"))
    assert found == []


def test_pages_ask_nobody_else_for_anything_and_need_no_script(browser: Browser, school: School) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    link = address(school)
    page.goto(link)
    page.get_by_label("4:20pm").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("In person").check()
    page.get_by_role("button", name="Book this time").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your meeting is booked")
    assert [url for url in asked if not url.startswith(school.settings.booking.address)] == []
    assert {cookie["name"] for cookie in context.cookies()} == {"csrf"}
    context.close()


def test_the_calendar_file_is_saved_as_a_file(phone: Page, school: School, tmp_path: Path) -> None:
    link = address(school)
    school.books(link.rpartition("/")[2], "tue-1")
    phone.goto(link)
    with phone.expect_download() as waiting:
        phone.get_by_role("link", name="Add to my calendar").click()
    waiting.value.save_as(tmp_path / "meeting.ics")
    assert waiting.value.suggested_filename == "meeting.ics"
    (event,) = Calendar.from_ical((tmp_path / "meeting.ics").read_bytes()).walk("VEVENT")
    assert event["dtstart"].dt == datetime(2026, 12, 8, 16, 20, tzinfo=UTC)


def test_the_language_is_changed_by_one_press_and_stays(phone: Page, school: School) -> None:
    phone.goto(f"{address(school)}/book?slot=tue-1")
    phone.get_by_role("button", name="اردو").click()
    expect(phone.locator("html")).to_have_attribute("dir", "rtl")
    expect(phone.locator("main")).to_contain_text("4:20")
    phone.locator("main a").first.click()
    expect(phone.locator("html")).to_have_attribute("lang", "ur")
