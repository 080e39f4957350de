"""Hands in the panel of Sensync's own add-on, beside a page of the local workspace."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from .browser import Workspace, grave
from .browser_calendar import open_as

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from playwright.sync_api import Locator, Page

    from .walk import Walk

AHEAD = 20.0
"""Seconds for what is done in the background, on a machine that has other work."""

_WIDER = """panel => [...panel.querySelectorAll('*')].some(
    each => each.getBoundingClientRect().right > panel.getBoundingClientRect().right + 1)"""


def soon(true: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + AHEAD
    while not true():
        assert time.monotonic() < ends, f"{what} did not come"
        time.sleep(0.3)


class Panel:
    """One person's panel beside a page."""

    def __init__(self, page: Page, walk: Walk) -> None:
        self.page, self.walk = page, walk
        self.region = page.get_by_role("region", name="Sensync")
        self.title = self.region.get_by_role("heading", level=3)
        self.badge = page.get_by_role("navigation", name="Add-ons").get_by_role("button", name="Sensync")

    def beside(self, path: str, account: str) -> Self:
        """Open a page as somebody; the panel is closed yet."""
        open_as(self.page, Workspace(self.walk.workspace), path, account)
        self.page.wait_for_selector("body[data-addons='1']")
        return self

    def opened(self) -> Self:
        """Press the mark at the right."""
        self.badge.click()
        return self.settled()

    def settled(self) -> Self:
        """Wait for the answer; it is no failure."""
        expect(self.region).to_have_attribute("aria-busy", "false")
        expect(self.title).not_to_have_text("Something went wrong")
        return self

    def shows(self, title: str, *words: str) -> None:
        """The card on show, some of its words, and nothing that keeps anybody out of it."""
        expect(self.title).to_have_text(title)
        for each in words:
            expect(self.region.get_by_text(each).first).to_be_visible()
        assert grave(self.page) == []
        assert not self.region.evaluate(_WIDER), f"{title} is wider than the panel"

    def press(self, name: str) -> None:
        """A button, or a line that can be pressed, by how it begins."""
        by_name = self.region.get_by_role("button", name=name, exact=True)
        (by_name if by_name.count() else self.region.locator("button.texts", has_text=name)).first.click()
        self.settled()

    def field(self, label: str) -> Locator:
        return self.region.get_by_label(label, exact=True)

    def find(self, typed: str, picked: str) -> list[str]:
        """Type into *Find a pupil*, take a suggestion, press *Find*; what was suggested."""
        self.field("Find a pupil").fill(typed)
        options = self.page.get_by_role("option")
        options.filter(has_text=picked).wait_for()
        told = options.all_inner_texts()
        options.filter(has_text=picked).click()
        self.press("Find")
        return told

    def written(self) -> None:
        """Press *Refresh* until what was asked for on this card is written."""
        waits = self.region.get_by_text("Waits to be written")

        def done() -> bool:
            if waits.count():
                self.press("Refresh")
            return waits.count() == 0

        soon(done, "what was asked for")
        expect(self.region.get_by_text("Not written")).to_have_count(0)

    def refreshed(self, words: str) -> None:
        """Press *Refresh* until the card says so."""

        def done() -> bool:
            self.press("Refresh")
            return bool(self.region.get_by_text(words).count())

        soon(done, words)

    def idle(self) -> None:
        """Press *Refresh* on the first card until everything that was asked for is done."""
        waits, sync = self.region.get_by_text("Waits to be written"), self.region.get_by_role("button", name="Sync now")

        def done() -> bool:
            self.press("Refresh")
            return not waits.count() and bool(sync.count())

        soon(done, "what was asked for")
