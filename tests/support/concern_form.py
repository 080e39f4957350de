"""A teacher's hands in the form for concerns, by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from .browser import grave, overflows
from .keyboard import focused, press, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Page

RECORDED = "Your response has been recorded."


def no_barriers(page: Page) -> None:
    page.wait_for_selector("body[data-ready=true]")
    assert (grave(page), overflows(page)) == ([], False)


def answer_no(form: Page, who: str) -> None:
    """The first page: who sends it, and that no child is at risk."""
    tab_to(form, f"Record {who} as the email")
    form.keyboard.press("Space")
    tab_to(form, "Yes")
    form.keyboard.press("ArrowDown")
    assert focused(form) == "No"
    press(form, "Next")
    expect(form.get_by_role("heading", name="The pupil")).to_be_focused()
    no_barriers(form)


def write(form: Page, question: str, words: str) -> None:
    tab_to(form, question)
    form.keyboard.type(words)


def finish(form: Page) -> None:
    """The pages after the pupil's: what is seen, and what was tried."""
    press(form, "Next")
    expect(form.get_by_role("heading", name="What you see")).to_be_focused()
    no_barriers(form)
    write(form, "In which lesson, or where?", "Maths")
    write(form, "What have you seen?", "=Loses the thread & looks away")
    tab_to(form, "Cognition and learning")
    form.keyboard.press("Space")
    press(form, "Next")
    expect(form.get_by_role("heading", name="What has been done")).to_be_focused()
    no_barriers(form)
    write(form, "What have you tried?", "Fewer steps")
    press(form, "Submit")
    expect(form.get_by_text(RECORDED)).to_be_visible()
    form.close()
