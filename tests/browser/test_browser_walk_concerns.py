"""A concern's whole way in Chromium: a form on a phone, a holding reply, the SENCO's row, her answer, the register."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from openpyxl.utils import get_column_letter
from playwright.sync_api import Browser, Page, expect
from support.browser import Workspace, cell, grave, saved
from support.browser_calendar import open_as
from support.concern_form import RECORDED, answer_no, finish, no_barriers, write
from support.keyboard import press, tab_to
from support.person import Person
from support.walk import ROBOT, SENCO, Walk, walking

from local_workspace import LocalWorkspace
from sync.cli.demo_people import ACCOUNTS, DSL, HALE, IDRIS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday morning of term: a concern is due on Tuesday at the same time."""

AHEAD = 15_000
"""Milliseconds: the thread that delivers looks every two seconds, on a machine that has other work."""

CONCERNS = "Concerns"
HOLDING = "Thank you: we have your form"
ANSWER = "An answer to the form you sent"


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    with LocalWorkspace(accounts=ACCOUNTS, clock=lambda: NOW) as server:
        # Google tells of a form at most twice a minute; two teachers write in that time.
        server.forms.watching.period = 0
        with walking(server, tmp_path) as walk:
            yield walk


@pytest.fixture
def laptop(browser: Browser) -> Iterator[Page]:
    """A teacher's, with sheets open in it; its forms are opened as wide as a phone."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(AHEAD)
    yield page
    context.close()


def go(page: Page, a1: str) -> None:
    page.locator("#where").fill(a1)
    page.keyboard.press("Enter")
    page.get_by_role("grid").focus()


def follow(page: Page, a1: str) -> Page:
    """The link in a cell, by keyboard; the page that it opens, as wide as a phone."""
    go(page, a1)
    with page.context.expect_page() as opened:
        page.keyboard.press("Alt+Enter")
    form = opened.value
    form.set_default_timeout(AHEAD)
    form.set_viewport_size({"width": 390, "height": 844})
    no_barriers(form)
    return form


def open_teachers(laptop: Page, walk: Walk, who: str, tab: str) -> tuple[list[list[str]], str]:
    """The teachers' workbook as a teacher sees it: the rows of a tab, and the letter of its last column."""
    there = Person(walk.workspace.base_url, walk.workspace.token_for(who), walk.teachers)
    gid = there.sheet_id(tab)
    open_as(laptop, Workspace(walk.workspace), f"/spreadsheets/d/{walk.teachers}/edit#gid={gid}", who)
    assert grave(laptop) == []
    rows = there.grid(tab)
    return rows, get_column_letter(len(rows[0]))


def read(page: Page, walk: Walk, subject: str, box: str, account: str) -> str:
    """Open the newest letter of a subject in a mailbox; its text."""
    open_as(page, Workspace(walk.workspace), f"/mail#{box}", account)
    page.get_by_role("link", name=subject, exact=True).first.click()
    expect(page.get_by_role("heading", name=subject)).to_be_focused()
    assert grave(page) == []
    return page.frames[-1].locator("body").inner_text()


class Desk:
    """The SENCO's Concerns tab in the browser."""

    def __init__(self, page: Page, walk: Walk) -> None:
        self.page, self.walk = page, walk

    def open(self, tab: str = CONCERNS) -> None:
        path = f"/spreadsheets/d/{self.walk.spreadsheet}/edit#gid={self.walk.senco.sheet_id(tab)}"
        open_as(self.page, Workspace(self.walk.workspace), path, SENCO)
        assert grave(self.page) == []

    def at(self, key: str, header: str, tab: str = CONCERNS) -> str:
        """The name of a cell."""
        _, column = self.walk.senco.header_row(tab, header)
        return f"{get_column_letter(column + 1)}{self.walk.senco.row_of(tab, key) + 1}"

    def says(self, key: str, header: str, words: str | re.Pattern[str], tab: str = CONCERNS) -> None:
        a1 = self.at(key, header, tab)
        go(self.page, a1)
        expect(cell(self.page, a1)).to_have_text(words)

    def types(self, key: str, header: str, words: str) -> None:
        go(self.page, self.at(key, header))
        self.page.keyboard.type(words)
        self.page.keyboard.press("Enter")
        saved(self.page)

    def picks(self, key: str, header: str, offered: list[str] | None, words: str) -> None:
        """From the drop-down, by keyboard."""
        go(self.page, self.at(key, header))
        self.page.keyboard.press("Alt+ArrowDown")
        options = self.page.locator("#options [role=option]")
        if offered is not None:
            expect(options).to_have_text(offered)
        self.page.keyboard.type(words)
        expect(options.first).to_contain_text(words)
        self.page.keyboard.press("Enter")
        saved(self.page)


def concerns(walk: Walk) -> dict[str, dict[str, str]]:
    """The rows of Concerns by the address of the teacher."""
    return {row["From"]: row for row in walk.senco.rows(CONCERNS)}


def label(walk: Walk, name: str, group: str) -> tuple[str, str]:
    """A pupil's line on MIS roll, and the reference."""
    rows = walk.senco.rows("MIS roll")
    return next((row["Pupil"], row["Ref"]) for row in rows if (row["Name"], row["Class"]) == (name, group))


def test_two_concerns_go_from_the_form_to_the_register_and_back_to_their_teachers(
    page: Page, laptop: Page, walk: Walk
) -> None:
    desk = Desk(page, walk)

    # A teacher, from the pupil's own link; another, from the link of a class, with a name that is several pupils'.
    rows, last = open_teachers(laptop, walk, HALE, "Strategies")
    at = next(number for number, row in enumerate(rows, start=1) if row[0] == "Rhodes, Leon")
    form = follow(laptop, f"{last}{at}")
    answer_no(form, HALE)
    known = label(walk, "Rhodes, Leon", "9A")
    assert [form.get_by_label(each).input_value() for each in ("Reference", "Who is it about?")] == [known[1]] * 2
    assert "Rhodes" not in form.url
    finish(form)
    began = time.monotonic()
    holding = read(page, walk, HOLDING, "out", ROBOT)
    assert time.monotonic() - began < 60
    assert "Tuesday 24 November" in holding
    assert not re.search("Rhodes|Leon", holding)

    rows, last = open_teachers(laptop, walk, IDRIS, "Classes")
    at = next(number for number, row in enumerate(rows, start=1) if row[0] == "9A")
    form = follow(laptop, f"{last}{at}")
    answer_no(form, IDRIS)
    expect(form.get_by_label("Class or form")).to_have_value("9A")
    write(form, "Who is it about?", "Luis Mor")
    finish(form)
    read(page, walk, HOLDING, "in", IDRIS)

    # What the sync makes of them: sure of one, three to choose from for the other.
    walk.sync()
    desk.open()
    key, unsure = (concerns(walk)[each]["Concern"] for each in (HALE, IDRIS))
    desk.says(key, "State", "New")
    desk.says(key, "Clock", "Green")
    desk.says(key, "Pupil", known[0])
    desk.says(key, "What was seen", "=Loses the thread & looks away")
    desk.says(unsure, "State", "Whose?")
    monitored = label(walk, "Moore, Louis", "9A")
    row = concerns(walk)[IDRIS]
    may_be = [row[each] for each in ("May be 1", "May be 2", "May be 3") if row[each]]
    assert may_be[0] == monitored[0]

    # All that was written is a key away.
    inbox = desk.at(key, "Concern", "Concern inbox")
    go(page, desk.at(key, "Read"))
    page.keyboard.press("Alt+Enter")
    expect(page.get_by_role("tab", selected=True)).to_contain_text("Concern inbox")
    expect(page.locator("#where")).to_have_value(inbox)
    desk.open()

    # The SENCO decides, by keyboard.
    desk.picks(unsure, "Pupil is", may_be, monitored[0])
    desk.picks(unsure, "Outcome", None, "Monitor")
    desk.types(unsure, "Review on", "18/1/2027")
    desk.types(unsure, "Feedback to the teacher", "Thank you. I will watch a lesson this week.")
    desk.picks(unsure, "Send", ["Send", "Send again"], "Send")
    desk.says(unsure, "State", "Open")
    desk.says(unsure, "Clock", "Done")
    walk.sync()
    walk.sync()
    desk.says(unsure, "Sent", "23/11/2026 09:00")
    answer = read(laptop, walk, ANSWER, "in", IDRIS)
    assert "I will watch a lesson this week." in answer
    assert f"Reference: {unsure}" in answer

    # The register, and the letters: each one once.
    desk.open("SEN register")
    columns = ("Open concerns", "Last concern", "Concern review")
    for ref, said in ((known[1], ("1", "23/11/2026", "")), (monitored[1], ("1", "23/11/2026", "18/01/2027"))):
        for header, words in zip(columns, said, strict=True):
            desk.says(ref, header, words, "SEN register")
    open_as(page, Workspace(walk.workspace), "/mail#out", ROBOT)
    expect(page.get_by_role("link", name=HOLDING, exact=True)).to_have_count(2)
    expect(page.get_by_role("link", name=ANSWER, exact=True)).to_have_count(1)


def test_a_child_at_risk_ends_the_form_with_whom_to_speak_to_and_only_that_is_told(
    page: Page, laptop: Page, walk: Walk
) -> None:
    _, last = open_teachers(laptop, walk, HALE, "Strategies")
    form = follow(laptop, f"{last}2")
    tab_to(form, f"Record {HALE} as the email")
    form.keyboard.press("Space")
    tab_to(form, "Yes")
    form.keyboard.press("Space")
    press(form, "Next")
    expect(form.get_by_role("heading", name="Speak to the safeguarding lead now")).to_be_focused()
    no_barriers(form)
    expect(form.locator("#form-page")).to_contain_text("Speak to Ms Adeyemi (01632 960 199) now")
    expect(form.locator("#form-page")).to_contain_text("record it in the Blue Book")
    tab_to(form, "I am going to speak to the safeguarding lead now")
    form.keyboard.press("Space")
    press(form, "Submit")
    expect(form.get_by_text(RECORDED)).to_be_visible()
    told = read(page, walk, "Please look at a response now", "in", DSL)
    assert "Sensync has kept nothing of what was sent with that answer" in told
    read(page, walk, "Please look at a response now", "in", SENCO)
    responses = page.frames[-1].get_by_role("link", name="The responses in the form").get_attribute("href")
    page.goto(str(responses))
    page.wait_for_selector("body[data-ready=true]")
    expect(page.locator("#count")).to_have_text("1 response")
    walk.sync()
    assert walk.senco.rows("Concern inbox") == []
    open_as(page, Workspace(walk.workspace), "/mail#in", HALE)
    expect(page.locator("#mails li")).to_have_count(0)
