"""What the tests of the calendar and mail pages need: events in a workspace, and the pages opened as somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.browser import SENCO, Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

EVENTS = "/calendar/v3/calendars/primary/events"


def add_event(workspace: Workspace, start: str, end: str, summary: str, **more: Any) -> dict[str, Any]:
    """An event on Tuesday 8 December 2026 in the SENCO's own calendar."""
    zone = {"timeZone": "Europe/London"}
    body = {
        "summary": summary,
        "start": {"dateTime": f"2026-12-08T{start}:00", **zone},
        "end": {"dateTime": f"2026-12-08T{end}:00", **zone},
        **more,
    }
    made: dict[str, Any] = workspace.call("POST", EVENTS, body, sendUpdates="all")
    return made


def get_event(workspace: Workspace, event: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = workspace.call("GET", f"{EVENTS}/{event['id']}")
    return found


def open_as(page: Page, workspace: Workspace, path: str, account: str = SENCO) -> None:
    """Open a page as somebody and wait until it stands."""
    page.context.add_cookies([{"name": "account", "value": account, "url": workspace.url}])
    page.goto("about:blank")
    page.goto(workspace.url + path)
    page.wait_for_selector("body[data-ready=true]")


def on_page(page: Page, name: str) -> Locator:
    """An event on the calendar page."""
    return page.locator(".event", has_text=name)
