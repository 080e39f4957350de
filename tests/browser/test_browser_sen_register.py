"""The SENCO's day in the browser: she looks, edits, a sync runs, and she looks again."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from support.browser import cell, cell_text, grave, saved
from support.story import REGISTER, SENCO, Begun, Story, provision, pupil

from sync.domain.records import StatusSpell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_workspace import LocalWorkspace

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def begun(story_workspace: LocalWorkspace) -> Iterator[Begun[Story]]:
    pupils = [pupil(n, s) for n, s in enumerate(["E", "E", "K", "K", "K", "K", "N", "N", "N"], start=1)]
    provisions = [provision(1, pupils[2]), provision(2, pupils[0], name="Counselling", wave="Specialist")]
    with closing(Begun(Story, story_workspace, pupils, provisions)) as begun:
        yield begun


@pytest.fixture
def story(begun: Begun[Story], tmp_path: Path) -> Story:
    return begun.copy(tmp_path)


def look(page: Page, story: Story, tab: str) -> None:
    base = story.workspace.base_url
    page.context.add_cookies([{"name": "account", "value": SENCO, "url": base}])
    page.goto(f"{base}/spreadsheets/d/{story.spreadsheet_id}/edit#gid={story.owner.sheet_id(tab)}")
    page.wait_for_selector("body[data-ready=true]")
    expect(page.get_by_role("tab", selected=True)).to_contain_text(tab)


def column(story: Story, header: str) -> str:
    _, index = story.senco.header_row(REGISTER, header)
    return chr(65 + index) if index < 26 else "A" + chr(65 + index - 26)


def go(page: Page, a1: str) -> None:
    page.locator("#where").fill(a1)
    page.keyboard.press("Enter")


def type_in(page: Page, a1: str, words: str) -> None:
    go(page, a1)
    cell(page, a1).click()
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    saved(page)


def test_she_edits_a_sync_runs_and_her_words_are_where_she_put_them(page: Page, story: Story) -> None:
    look(page, story, REGISTER)
    assert [cell_text(page, f"{c}2") for c in "BCDE"] == ["Surname005, Forename005", "7", "7A", "K"]
    type_in(page, "E2", "Should be E")  # she types over a look-up, too
    notes = column(story, "Key adult")
    type_in(page, f"{notes}3", "Mx Example")
    ref = story.senco.grid(REGISTER)[2][0]
    cell(page, "B3").click()
    page.get_by_role("button", name="Sort and filter").click()
    page.get_by_role("menuitem", name="Sort sheet by column B, Z to A").click()
    saved(page)
    story.change(7, status_history=(StatusSpell("K"),))
    story.change(5, registration_group="7Q")
    story.sync()
    expect(cell(page, "B8")).to_have_text("Surname007, Forename007")
    go(page, f"{notes}2")
    adults = {cell_text(page, f"A{r}"): cell_text(page, f"{notes}{r}") for r in range(2, 9)}
    assert {k: v for k, v in adults.items() if v} == {ref: "Mx Example"}
    go(page, "D2")
    shown = {cell_text(page, f"A{r}"): [cell_text(page, f"{c}{r}") for c in "BDE"] for r in range(2, 9)}
    assert shown[story.ref(5)] == ["Surname005, Forename005", "7Q", "K"]
    assert list(shown)[:2] == [story.ref(6), story.ref(5)]
    look(page, story, "Change log")
    lines = [r["Was"] for r in story.senco.rows("Change log")]
    assert "Should be E" in lines


def test_each_tab_can_be_looked_at_and_used_by_everyone(page: Page, story: Story) -> None:
    for tab in ("Home", "SEN register", "Provision map", "Sync status", "Dashboard"):
        look(page, story, tab)
        assert grave(page) == []
    for title in ("SEN by year", "Primary need", "Full-period cost by wave", "Impact of provision"):
        expect(page.get_by_text(title, exact=True).first).to_be_attached()


def test_the_map_shows_what_a_provision_costs(page: Page, story: Story) -> None:
    look(page, story, "Provision map")
    assert sorted(cell_text(page, f"C{r}") for r in (2, 3)) == ["Counselling", "Reading fluency group"]
    assert sorted(cell_text(page, f"D{r}") for r in (2, 3)) == ["Specialist", "Targeted"]
