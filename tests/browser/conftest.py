"""Chromium, a workspace to look at, and a workbook in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from support.browser import ARGUMENTS, PEOPLE, Workbook, Workspace, chromium
from support.sample_workbook import register_workbook

from local_workspace import LocalWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(8000)
    yield page
    context.close()


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with LocalWorkspace(accounts=PEOPLE) as server:
        yield Workspace(server)


@pytest.fixture
def workbook(workspace: Workspace) -> Workbook:
    book = Workbook(
        workspace, {"properties": {"title": "SEN register", "locale": "en_GB", "timeZone": "Europe/London"}}
    )
    book.batch(*register_workbook())
    return book
