"""The event objects that an add-on is sent (documented: event objects of the alternate runtimes). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .manifest import DRIVE_FILE, EMAIL, EVENT_READ, LOCALE, READERS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from .manifest import Deployment

Json = dict[str, Any]

_WRITERS = ("writer", "owner", "writerWithoutPrivateAccess")


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: the file or the event that they look at.

    Attributes:
        file: `(id, title)` of the open spreadsheet, None beside a calendar.
        event: the Event resource of the open event as they see it, None for none.
        calendar_id: the calendar of the event, or the one on show.
        role: theirs on that calendar.
        url: the link that is previewed, "" for none.
    """

    host: str
    file: tuple[str, str] | None = None
    event: Json | None = None
    calendar_id: str = ""
    role: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is told of.

    Attributes:
        scopes: which of the manifest's they have agreed to.
        file_granted: whether they gave the add-on the open file.
        locale: a language tag.
        zone: the name of their time zone, and `offset` its distance from UTC now.
    """

    email: str
    scopes: Collection[str]
    file_granted: bool
    locale: str
    zone: str
    offset: dt.timedelta


@dataclass(frozen=True, slots=True)
class Tokens:
    """The three tokens; `user` is "" where the manifest does not ask for the address."""

    system: str
    user: str
    oauth: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a button or a field adds: parameters by key, and the card's fields in the shape of `formInputs`."""

    parameters: dict[str, str] = field(default_factory=dict)
    form_inputs: Json = field(default_factory=dict)


def event_object(deployment: Deployment, person: Person, place: Place, asked: Asked, tokens: Tokens) -> Json:
    """The body of one request."""
    common: Json = {"hostApp": place.host, "platform": "WEB"}
    if deployment.common.get("useLocaleFromApp") and LOCALE in person.scopes:
        common["userLocale"] = person.locale
        common["timeZone"] = {"id": person.zone, "offset": int(person.offset.total_seconds() * 1000)}
    if asked.parameters:
        common["parameters"] = asked.parameters
    if asked.form_inputs:
        common["formInputs"] = asked.form_inputs
    authorization: Json = {
        "userOAuthToken": tokens.oauth,
        "systemIdToken": tokens.system,
        "authorizedScopes": [scope for scope in deployment.scopes if scope in person.scopes],
    }
    if tokens.user and EMAIL in person.scopes:
        authorization["userIdToken"] = tokens.user
    out: Json = {"commonEventObject": common, "authorizationEventObject": authorization}
    if place.host == "SHEETS":
        out["sheets"] = _sheets(person, place)
    else:
        out["calendar"] = _calendar(deployment, person, place)
    return out


def _sheets(person: Person, place: Place) -> Json:
    """Which file it is stays untold until the person has given it to the add-on."""
    granted = place.file is not None and person.file_granted and DRIVE_FILE in person.scopes
    out: Json = {"addonHasFileScopePermission": granted}
    if granted and place.file is not None:
        out |= {"id": place.file[0], "title": place.file[1]}
    if place.url:
        out["matchedUrl"] = {"url": place.url}
    return out


def _calendar(deployment: Deployment, person: Person, place: Place) -> Json:
    """The open event: never its title or times, and its people only with access to read."""
    event = place.event
    if event is None:
        return {}
    out: Json = {"id": event["id"], "calendarId": place.calendar_id}
    if event.get("recurringEventId"):
        out["recurringEventId"] = event["recurringEventId"]
    if event.get("organizer"):
        out["organizer"] = {"email": event["organizer"]["email"]}
    access = (deployment.host("CALENDAR") or {}).get("currentEventAccess", "UNSPECIFIED")
    reads = access in READERS and EVENT_READ in person.scopes
    writes = access in ("WRITE", "READ_WRITE") and place.role in _WRITERS
    if reads:
        out["attendees"] = [_attendee(one) for one in event.get("attendees", [])]
        if event.get("conferenceData"):
            out["conferenceData"] = event["conferenceData"]
    out["capabilities"] = {
        "canSeeAttendees": reads,
        "canAddAttendees": writes,
        "canSeeConferenceData": reads,
        "canSetConferenceData": writes,
        "canAddAttachments": writes,
    }
    return out


def _attendee(one: Json) -> Json:
    names = ("email", "displayName", "optional", "organizer", "resource", "responseStatus", "self")
    return {name: one[name] for name in names if name in one}
