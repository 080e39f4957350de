"""The add-on in Chromium, its server behind it: a SENCO's day beside sheet and calendar, and what a teacher sees."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect
from support.addon_panel import Panel, soon
from support.browser import Workbook, Workspace, cell, grave, open_sheet, paste
from support.browser_calendar import on_page
from support.concern_form import answer_no, finish, no_barriers
from support.keyboard import focused, press, tab_to
from support.walk import SENCO, Walk, walking

from local_workspace import LocalWorkspace
from sync.cli.demo_concerns import Sent, fill_in
from sync.cli.demo_meetings import add_calendar, book_as_a_parent
from sync.cli.demo_people import ACCOUNTS, DSL, HALE, IDRIS
from sync.domain.concerns import FormKey
from sync.google.door import Door
from sync.plan.form import class_link
from sync.service.mirror import require_workbook
from sync.service.opening import open_desk
from sync.store import Forms

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday morning of term."""

SAID = {"harm": "No", "name": "Luis Mor", "where": "Science", "seen": "Holds the pen in the fist.",
        "area": ("Sensory or physical",)}  # fmt: skip
"""Of one of two pupils called Louis Moore, in another class than the form says of the other."""


def door(walk: Walk, account: str) -> Door:
    from google.oauth2.credentials import Credentials  # noqa: PLC0415 - untyped

    return Door(Credentials(walk.workspace.token_for(account)), base_url=walk.workspace.base_url)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with LocalWorkspace(accounts=ACCOUNTS, clock=lambda: NOW) as server:
        server.forms.watching.period = 0
        with walking(server, tmp_path_factory.mktemp("school")) as walk:
            with open_desk(walk.settings) as desk:
                form = Forms(desk.store).find(require_workbook(desk).id, FormKey.CONCERN)
            assert form is not None
            link = class_link(form.responder_uri, form.questions, "9A")
            fill_in(door(walk, IDRIS), form, Sent(IDRIS, link, SAID, ""))
            walk.sync()
            yield walk


@pytest.fixture(autouse=True)
def patient(page: Page) -> None:
    page.set_default_timeout(15_000)


def sheet(walk: Walk, tab: str = "SEN register") -> str:
    return f"/spreadsheets/d/{walk.spreadsheet}/edit#gid={walk.senco.sheet_id(tab)}"


def row(walk: Walk, tab: str, **having: str) -> dict[str, Any]:
    """The one row of a tab with these words; {} where there is none."""
    found = [each for each in walk.senco.rows(tab) if all(each[name] == said for name, said in having.items())]
    assert len(found) <= 1
    return found[0] if found else {}


def ref_of(walk: Walk, name: str, group: str) -> str:
    return str(row(walk, "MIS roll", Name=name, Class=group)["Ref"])


def notes(walk: Walk, key: str) -> dict[str, str]:
    """Whom the journal names, by the column that was written."""
    with open_desk(walk.settings) as desk:
        told = desk.store.history(require_workbook(desk).id, key)
    return {each.field: each.note for each in told if each.kind == "own act"}


BY_HER = f"By {SENCO}, in the add-on."


def test_a_sencos_day_is_done_beside_the_sheet_and_the_calendar(page: Page, walk: Walk) -> None:
    panel = Panel(page, walk).beside(sheet(walk), SENCO).opened()
    panel.shows("SEN register", "Sensync cannot see which file this is.", "1 concern to decide", "60 pupils on roll")
    panel.press("Let it see this file")
    page.get_by_role("dialog", name="Allow Sensync to use this file?").get_by_role("button", name="Allow").click()
    expect(panel.region.get_by_text("Sensync cannot see which file this is.")).to_have_count(0)
    panel.settled()
    panel.press("Show the plan")
    panel.refreshed("Nothing was written.")
    panel.press("Sync now")
    panel.idle()
    panel.shows("SEN register", "Nothing new. 60 pupils on roll")
    _acts_on_a_pupil(panel)
    _decides_a_concern(panel)
    _opens_a_surgery(panel)
    _meets_a_family(panel)
    panel.beside(sheet(walk, "Surgeries"), SENCO).opened()
    panel.press("Surgeries")
    panel.press("Surgery, Fri 27 Nov 2026")
    panel.shows("Surgery, Fri 27 Nov 2026", "1 of 3", "Booked")
    panel.press("Close")
    soon(lambda: row(walk, "Surgeries", Date="27/11/2026")["State"] == "Closed", "the closed surgery")
    panel.idle()


def _acts_on_a_pupil(panel: Panel) -> None:
    walk, ref = panel.walk, ref_of(panel.walk, "Moore, Louis", "8A")
    told = panel.find("moo", "8A")
    assert [each.rpartition(" · ")[0] for each in told] == [
        "Moore, Louis · Year 8 · 8A", "Moore, Ethan · Year 9 · 9A", "Moore, Louis · Year 9 · 9A",
    ]  # fmt: skip
    panel.shows("Moore, Louis", "SEN support", "Cognition and learning", "None written yet.", "0 of 3 held")
    panel.press("Monitor")
    panel.field("Look again on").fill("2026-12-14")
    panel.field("Key adult").fill("Ms Hale")
    panel.shows("Monitor", "On this day the pupil comes back")
    panel.press("Save")
    panel.written()
    panel.shows("Moore, Louis", "Ms Hale", "14 Dec 2026")
    kept = row(walk, "SEN register", Pupil=ref)
    assert (kept["Next review"], kept["Key adult"]) == ("14/12/2026", "Ms Hale")
    assert notes(walk, ref) == {"Next review": BY_HER, "Key adult": BY_HER}

    panel.press("Add provision")
    panel.field("Provision").fill("lego")
    panel.page.get_by_role("option", name="Lego-based therapy").click()
    panel.field("Minutes each time").fill("30")
    panel.field("Times a week").fill("2")
    panel.press("Save")
    panel.written()
    panel.shows("Moore, Louis", "Lego-based therapy", "30 min, 2 a week")
    own = row(walk, "Provision map", Ref=ref, Provision="Lego-based therapy")
    assert (own["Minutes"], own["Times a week"]) == ("30", "2")

    panel.press("Record a meeting")
    panel.field("Held on").fill("2026-11-20")
    panel.field("At").fill("15:30")
    panel.field("Outcome").fill("Reads at home now")
    panel.press("Save")
    panel.written()
    panel.shows("Moore, Louis", "Held, 20 Nov 2026")
    held = row(walk, "Meetings", Date="20/11/2026")
    assert (held["What happened"], held["Time"], held["Outcome"]) == ("Held", "3:30pm", "Reads at home now")

    panel.press("Propose a review")
    panel.shows("SEN support review", "This review is due already.", "Proposed 3")
    panel.press("Back")
    panel.press("Open the row")
    panel.shows("SEN register", "This opens the row in the workbook.")
    with panel.page.expect_popup() as opened:
        panel.press("Open")
    expect(opened.value.get_by_role("tab", selected=True)).to_contain_text("SEN register")
    expect(opened.value.locator("#where")).to_have_value(re.compile(rf"{walk.senco.row_of('SEN register', ref) + 1}\b"))
    opened.value.close()
    panel.press("Home")


def _decides_a_concern(panel: Panel) -> None:
    walk, ref = panel.walk, ref_of(panel.walk, "Moore, Louis", "9A")
    panel.press("1 concern to decide")
    panel.shows("1 concern to decide", "“Luis Mor”, 9A")
    panel.press("“Luis Mor”")
    key = row(walk, "Concerns", From=IDRIS)["Concern"]
    panel.shows(f"Concern {key}", "Holds the pen in the fist.", "Whose is it?")
    panel.field("It may be").select_option(label=f"Moore, Louis (9A) · {ref}")
    panel.field("Outcome").select_option("Monitor")
    panel.field("Review on").fill("2027-01-18")
    panel.field("Feedback to the teacher").fill("Thank you. I will watch a lesson.")
    panel.field("Send").select_option("Send")
    panel.press("Save")
    expect(panel.field("Outcome")).to_have_count(0)
    panel.written()
    whose = f"Moore, Louis (9A) · {ref}"
    soon(lambda: row(walk, "Concerns", Concern=key)["Pupil"] == whose, "the concern's pupil")
    kept = row(walk, "Concerns", Concern=key)
    assert (kept["State"], kept["Outcome"], kept["Review on"]) == ("Open", "Monitor", "18/01/2027")
    assert set(notes(walk, key).values()) == {BY_HER}
    panel.press("Home")
    panel.idle()


def _opens_a_surgery(panel: Panel) -> None:
    panel.press("Surgeries")
    panel.press("New surgery")
    for label, given in (("Date", "2026-11-27"), ("From", "16:00"), ("To", "17:00"), ("Where", "room 2 or phone")):
        panel.field(label).fill(given)
    panel.field("State").select_option("Open")
    panel.shows("New surgery")
    panel.press("Save")
    soon(lambda: "3 slots" in row(panel.walk, "Surgeries", Date="27/11/2026").get("Status", ""), "the slots")
    panel.idle()


def _meets_a_family(panel: Panel) -> None:
    """The booking link of a card, a parent who books with it, and the event in the calendar."""
    walk, page = panel.walk, panel.page
    name = row(walk, "MIS roll", Ref=walk.ref)["Name"]
    panel.find(walk.ref, walk.ref)
    panel.press("Booking link")
    panel.shows(name, "Each link is one adult's and as good as a key.")
    link = panel.region.locator("input").first.input_value()
    assert book_as_a_parent(link) == "Your meeting is booked"

    add_calendar(door(walk, SENCO), walk.calendar)
    panel.beside("/calendar#day=2026-11-27", SENCO).opened()
    panel.shows("This week's meetings", "Friday 27 November 2026", f"4pm to 4:20pm · {name}")
    slot = on_page(page, f"Meeting \N{EN DASH} ref {walk.ref}")
    slot.click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    panel.settled()
    assert name not in slot.inner_text()
    panel.shows("Friday 27 November 2026", name, "room 2", "The next sync puts this meeting on Meetings.")
    panel.press("Sync now")
    panel.idle()
    slot.click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    panel.settled()
    panel.press("Held")
    panel.written()
    panel.shows(name, "Held, 27 Nov 2026")
    kept = row(walk, "Meetings", Date="27/11/2026", Kind="Surgery")
    assert (kept["Ref"], kept["What happened"]) == (walk.ref, "Held")


def test_a_pupil_is_found_and_watched_with_the_keyboard_alone(page: Page, walk: Walk) -> None:
    ref, keys = ref_of(walk, "True, Joseph", "8A"), page.keyboard
    panel = Panel(page, walk).beside(sheet(walk), SENCO)

    def back_to(wanted: Any) -> None:
        for _ in range(60):
            keys.press("Shift+Tab")
            if wanted.evaluate("node => node === document.activeElement"):
                return
        raise AssertionError("Shift+Tab never reached it")

    back_to(panel.badge)
    keys.press("Enter")
    panel.settled()
    back_to(panel.field("Find a pupil"))
    keys.type("true")
    expect(page.get_by_role("option")).to_have_text([f"True, Joseph · Year 8 · 8A · {ref}"])
    keys.press("ArrowDown")
    keys.press("Enter")
    press(page, "Find")
    expect(panel.title).to_have_text("True, Joseph")
    expect(panel.title).to_be_focused()
    press(page, "Monitor")
    expect(panel.title).to_have_text("Monitor")
    tab_to(page, "Look again on")
    keys.type("12122026")  # the same day, however this browser orders day and month
    tab_to(page, "Key adult")
    keys.type("Mr Idris")
    press(page, "Save")
    expect(panel.title).to_have_text("True, Joseph")
    for _ in range(60):
        expect(panel.region).to_have_attribute("aria-busy", "false")
        if not panel.region.get_by_text("Waits to be written").count():
            break
        if focused(page) != "Refresh":
            tab_to(page, "Refresh")
        keys.press("Enter")
        time.sleep(0.3)
    panel.shows("True, Joseph", "Mr Idris", "12 Dec 2026")
    assert row(walk, "SEN register", Pupil=ref)["Next review"] == "12/12/2026"
    back_to(panel.region.get_by_role("button", name="Close the panel"))
    keys.press("Enter")
    expect(panel.badge).to_be_focused()


def test_a_teacher_sees_strategies_and_raises_a_concern_and_others_see_nothing(page: Page, walk: Walk) -> None:
    ref = ref_of(walk, "Rhodes, Leon", "9A")
    there = f"/spreadsheets/d/{walk.teachers}/edit"
    panel = Panel(page, walk).beside(there, HALE).opened()
    panel.shows("SEN register", "Find a pupil")
    expect(panel.region.locator(".addon-content").get_by_role("button")).to_have_text(["Find"])
    panel.find("rhod", "9A")
    panel.shows("Rhodes, Leon", "SEN support", "Strategies for teachers")
    told = panel.region.inner_text()
    assert [each for each in ("need", "Provision", "£", "Meetings", "Concerns", "Notes") if each in told] == []
    with page.expect_popup() as opened:
        panel.press("Raise a concern")
    form = opened.value
    no_barriers(form)
    answer_no(form, HALE)
    assert form.get_by_label("Reference").input_value() == ref
    finish(form)
    walk.sync()
    assert row(walk, "Concerns", From=HALE)["Ref"] == ref
    Panel(page, walk).beside("/calendar", DSL).opened().shows("Sensync", "Sensync has nothing to show to this account.")


def test_a_pupils_link_becomes_a_chip_that_says_the_reference_alone(page: Page, walk: Walk) -> None:
    ref = ref_of(walk, "Rhodes, Leon", "9A")
    own = Workbook(Workspace(walk.workspace), {"properties": {"title": "Staff meeting"}})
    open_sheet(page, own, "Sheet1")
    page.wait_for_selector("body[data-addons='1']")
    cell(page, "B2").click()
    paste(page, f"{walk.settings.booking.address}/addon/p/{ref}")
    page.get_by_role("button", name=f"Replace URL with “Pupil {ref}”").wait_for()
    page.keyboard.press("Tab")
    expect(cell(page, "B2")).to_have_text(f"Pupil {ref}")
    expect(page.get_by_role("note").get_by_text("Rhodes, Leon")).to_be_visible()
    assert grave(page) == []
    card, stage = page.get_by_role("note").bounding_box(), page.locator("#stage").bounding_box()
    assert card is not None
    assert stage is not None
    assert card["y"] + card["height"] <= stage["y"] + stage["height"]
    assert own.value("Sheet1!B2") == f"Pupil {ref}"
