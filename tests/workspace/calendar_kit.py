"""A calendar to call, and the few calls that most tests of it make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from workspace_kit import Caller

BASE = "/calendar/v3"


def timed(start: str, end: str, summary: str = "Meeting", **more: Any) -> dict[str, Any]:
    """An Event of two times in UTC on 8 December 2026, or whole ones."""
    begins, ends = (text if "T" in text else f"2026-12-08T{text}:00Z" for text in (start, end))
    return {"summary": summary, "start": {"dateTime": begins}, "end": {"dateTime": ends}, **more}


def all_day(first: str, after: str, summary: str = "Day", **more: Any) -> dict[str, Any]:
    """An all-day Event."""
    return {"summary": summary, "start": {"date": first}, "end": {"date": after}, **more}


class Diary:
    """One calendar through the eyes of one caller."""

    def __init__(self, call: Caller, calendar: str = "primary") -> None:
        self.call = call
        self.path = f"{BASE}/calendars/{quote(calendar, safe='')}"
        self.events = f"{self.path}/events"

    def url(self, event_id: str = "", tail: str = "", **query: Any) -> str:
        search = urlencode(query, doseq=True)
        return self.events + (f"/{event_id}" if event_id else "") + tail + (f"?{search}" if search else "")

    def add(self, body: dict[str, Any], **query: Any) -> dict[str, Any]:
        return self.call("POST", self.url(**query), body)  # type: ignore[no-any-return]

    def get(self, event_id: str, **query: Any) -> dict[str, Any]:
        return self.call("GET", self.url(event_id, **query))  # type: ignore[no-any-return]

    def patch(self, event_id: str, body: dict[str, Any], etag: str = "", **query: Any) -> dict[str, Any]:
        headers = {"If-Match": etag} if etag else {}
        return self.call("PATCH", self.url(event_id, **query), body, **headers)  # type: ignore[no-any-return]

    def put(self, event_id: str, body: dict[str, Any], **query: Any) -> dict[str, Any]:
        return self.call("PUT", self.url(event_id, **query), body)  # type: ignore[no-any-return]

    def delete(self, event_id: str, **query: Any) -> None:
        self.call("DELETE", self.url(event_id, **query))

    def page(self, **query: Any) -> dict[str, Any]:
        return self.call("GET", self.url(**query))  # type: ignore[no-any-return]

    def all(self, **query: Any) -> tuple[list[dict[str, Any]], str]:
        """Every item of every page, and the sync token."""
        items: list[dict[str, Any]] = []
        page = self.page(**query)
        while True:
            items += page["items"]
            if "nextPageToken" not in page:
                return items, page.get("nextSyncToken", "")
            page = self.page(**{**query, "pageToken": page["nextPageToken"]})

    def summaries(self, **query: Any) -> list[str]:
        return [item.get("summary", "") for item in self.all(**query)[0]]

    def refused(self, method: str, url: str, body: Any = None) -> dict[str, Any]:
        return self.call.refused(method, url, body)
