"""An event as the one who looks sees it. Pure."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .access import at_least
from .times import milli_text, rendered

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from .model import Event

Json = dict[str, Any]

_ORDER = (
    "summary",
    "description",
    "location",
    "colorId",
    "eventLabelId",
    "creator",
    "organizer",
    "start",
    "end",
    "endTimeUnspecified",
    "recurrence",
    "recurringEventId",
    "originalStartTime",
    "transparency",
    "visibility",
    "iCalUID",
    "sequence",
    "attendees",
    "attendeesOmitted",
    "extendedProperties",
    "hangoutLink",
    "conferenceData",
    "anyoneCanAddSelf",
    "guestsCanInviteOthers",
    "guestsCanModify",
    "guestsCanSeeOtherGuests",
    "privateCopy",
    "reminders",
    "source",
    "attachments",
    "workingLocationProperties",
    "outOfOfficeProperties",
    "focusTimeProperties",
    "birthdayProperties",
    "eventType",
)

_HIDDEN = (
    "start",
    "end",
    "recurrence",
    "recurringEventId",
    "originalStartTime",
    "iCalUID",
    "sequence",
    "transparency",
    "eventType",
)
"""What is left of an event whose details the one who looks may not see."""

_DEFAULTS = {
    "transparency": "opaque",
    "visibility": "default",
    "guestsCanInviteOthers": True,
    "guestsCanModify": False,
    "guestsCanSeeOtherGuests": True,
    "anyoneCanAddSelf": False,
    "endTimeUnspecified": False,
    "privateCopy": False,
}
"""Members that are left out while they hold their default."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, and how.

    Attributes:
        role: on the calendar.
        zone: of the times in the answer.
        base_url: of the links.
        most: how many attendees are listed; None for all.
    """

    account: str
    role: str
    zone: ZoneInfo
    base_url: str
    most: int | None = None


def link(base_url: str, event: Event) -> str:
    """The address of an event's page."""
    eid = base64.urlsafe_b64encode(f"{event.id} {event.calendar}".encode()).decode().rstrip("=")
    return f"{base_url}/calendar/event?eid={eid}"


def details_hidden(event: Event, viewer: Viewer) -> bool:
    """Whether the one who looks sees only when it is (documented at `visibility` and the roles)."""
    if not at_least(viewer.role, "reader"):
        return True
    return event.body.get("visibility") in ("private", "confidential") and not at_least(viewer.role, "writer")


def minimal(event: Event, viewer: Viewer) -> Json:
    """A deleted event as lists of changes give it (documented)."""
    out: Json = {"kind": "calendar#event", "etag": event.etag, "id": event.id, "status": "cancelled"}
    if event.series:
        out["recurringEventId"] = event.series
        out["originalStartTime"] = rendered(event.body["originalStartTime"], viewer.zone)
    return out


def resource(event: Event, viewer: Viewer) -> Json:
    """The Event resource."""
    body = event.body
    hidden = details_hidden(event, viewer)
    out: Json = {
        "kind": "calendar#event",
        "etag": event.etag,
        "id": event.id,
        "status": body.get("status", "confirmed"),
        "htmlLink": link(viewer.base_url, event),
        "created": body["created"],
        "updated": milli_text(event.updated),
    }
    for name in _HIDDEN if hidden else _ORDER:
        value = body.get(name)
        if value is None or _DEFAULTS.get(name) == value:
            continue
        if name in ("start", "end", "originalStartTime"):
            value = rendered(value, viewer.zone)
        elif name in ("creator", "organizer"):
            value = {**value, "self": True} if value.get("email") == event.calendar else value
        elif name == "attendees":
            value = _attendees(event, viewer, out)
        out[name] = value
    if hidden:
        out["visibility"] = "private"
    elif not at_least(viewer.role, "writerWithoutPrivateAccess"):
        out.pop("reminders", None)
    return out


def _attendees(event: Event, viewer: Viewer, out: Json) -> list[Json]:
    """The guests, as far as they are shown; notes in `out` when some are not."""
    organizer = event.body.get("organizer", {}).get("email")
    shown: list[Json] = []
    for item in event.body["attendees"]:
        one = dict(item)
        if one["email"] == organizer:
            one["organizer"] = True
        if one["email"] == event.calendar.lower():
            one["self"] = True
        shown.append(one)
    mine = [one for one in shown if one.get("self")]
    guest = event.calendar != organizer
    if guest and not event.body.get("guestsCanSeeOtherGuests", True) and not event.body.get("guestsCanModify"):
        if len(mine) < len(shown):
            out["attendeesOmitted"] = True
        return mine
    if viewer.most is not None and len(shown) > viewer.most:
        out["attendeesOmitted"] = True
        return mine
    return shown
