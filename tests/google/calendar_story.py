"""A calendar of ours on the local workspace, and the hands of the people who share it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from google.oauth2.credentials import Credentials

from sync.domain.meetings import Slot, Where
from sync.google.calendar import Calendar
from sync.google.calendars import find_or_make
from sync.google.door import Door, Limits
from sync.google.events import Showing, event_body

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

SENCO = "senco@school.example"
TEACHER = "teacher@school.example"
HEAD = "head@school.example"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FAST = Limits(reads_per_minute=None, writes_per_minute=None, first_wait=0.0, longest_wait=0.0)
NAMES = ("Anya Kowalska", "Jean-Luc O'Neill", "Ida Lynch")
REF = "B7F3K"


def slot(number: int = 0, **more: Any) -> Slot:
    """The slot that begins 20 minutes after the one before it, from 16:00 in London on 8 December 2026."""
    starts = datetime(2026, 12, 8, 16, 0, tzinfo=UTC) + timedelta(minutes=20 * number)
    return Slot(
        **{"key": f"S1-{number}", "surgery": "S1", "starts": starts, "ends": starts + timedelta(minutes=20), **more}
    )


def showing(number: int = 0, *refs: str, **more: Any) -> Showing:
    return Showing(slot(number), refs, more.pop("where", (Where.ROOM,)), more.pop("room", "Room 2"), **more)


def free(number: int = 0) -> dict[str, Any]:
    return event_body(showing(number))


def booked(number: int = 0, **more: Any) -> dict[str, Any]:
    return event_body(showing(number, REF, **more))


def door_of(ws: LocalWorkspace, email: str, *scopes: str) -> Door:
    """A door for an account, with a token of these scopes alone (all without any)."""
    auth = "https://www.googleapis.com/auth/"
    token = ws.tokens.issue(email, 3600, frozenset(auth + each for each in scopes)) if scopes else ws.token_for(email)
    return Door(Credentials(token), base_url=ws.base_url, limits=FAST, sleep=lambda _s: None)


class Diary:
    """Our calendar of meetings, and the SENCO's own hands on it."""

    def __init__(self, ws: LocalWorkspace, **told: Any) -> None:
        self.ws = ws
        self.door = door_of(ws, SENCO)
        self.id = find_or_make(self.door, "9994001").id
        self.calendar = Calendar(self.door, self.id, names=NAMES, staff=(TEACHER,), **told)
        # Her phone signs in as herself, and knows nothing of us.
        self.phone = door_of(ws, SENCO)
        self.url = f"{self.door.endpoints.calendar}/calendars/{self.id}/events"

    def by_hand(self, event_id: str, **patch: Any) -> dict[str, Any]:
        return self.phone.call("PATCH", f"{self.url}/{event_id}", body=patch)

    def delete_by_hand(self, event_id: str) -> None:
        self.phone.call("DELETE", f"{self.url}/{event_id}")

    def seen(self) -> dict[str, dict[str, Any]]:
        """What stands in the calendar, by id."""
        return {each["id"]: each for each in self.phone.call("GET", self.url)["items"]}

    def requests_of(self, action: Any) -> int:
        before = self.door.counter.requests
        action()
        return self.door.counter.requests - before
