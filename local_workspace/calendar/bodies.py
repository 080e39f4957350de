"""Bodies of requests turned into what is stored of an event. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from .errors import invalid, required, service_account_invites
from .recur import check_recurrence
from .times import check_span, stored

if TYPE_CHECKING:
    from local_workspace.http.wire import Request

Json = dict[str, Any]

SHARED_FLAGS = ("anyoneCanAddSelf", "guestsCanInviteOthers", "guestsCanModify", "guestsCanSeeOtherGuests")
"""What only the organiser sets (documented)."""

OWN = ("reminders", "colorId", "eventLabelId", "transparency")
"""What belongs to one copy of an event; so do private extended properties."""

WRITABLE = frozenset(
    (
        *SHARED_FLAGS,
        *OWN,
        "attachments",
        "attendees",
        "birthdayProperties",
        "conferenceData",
        "description",
        "end",
        "endTimeUnspecified",
        "eventType",
        "extendedProperties",
        "focusTimeProperties",
        "location",
        "outOfOfficeProperties",
        "privateCopy",
        "recurrence",
        "sequence",
        "source",
        "start",
        "status",
        "summary",
        "visibility",
        "workingLocationProperties",
    )
)
"""What a request may set; the rest is Calendar's own and is overlooked, as Calendar does."""

_CHOICES = {
    "status": ("confirmed", "tentative", "cancelled"),
    "visibility": ("default", "public", "private", "confidential"),
    "transparency": ("opaque", "transparent"),
    "eventType": ("birthday", "default", "focusTime", "outOfOffice", "workingLocation"),
}
PROPERTY_NAME, PROPERTY_VALUE = 44, 1024
"""Extended properties with longer names are silently dropped, longer values silently cut (documented)."""
RESPONSES = ("needsAction", "declined", "tentative", "accepted")
_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
EVENT_ID = re.compile(r"[a-v0-9]{5,1024}")


def with_nulls(request: Request) -> Json:
    """A patch's body with the nulls that the check against the schema takes out: they clear a field."""
    return _put_back(json.loads(request.body) if request.body.strip() else {}, request.json())


def _put_back(raw: Json, straight: Json) -> Json:
    out = dict(straight)
    for name, value in raw.items():
        if value is None:
            out[name] = None
        elif isinstance(value, dict) and isinstance(out.get(name), dict):
            out[name] = _put_back(value, out[name])
    return out


def merged(old: Json, patch: Json) -> Json:
    """A resource after a patch: objects are merged, lists replaced, null clears."""
    out = dict(old)
    for name, value in patch.items():
        if value is None:
            out.pop(name, None)
        elif isinstance(value, dict):
            held = out.get(name)
            out[name] = merged(held if isinstance(held, dict) else {}, value)
        else:
            out[name] = value
    return out


def own_part(body: Json) -> Json:
    """What of a stored body belongs to its copy alone."""
    out = {name: body[name] for name in OWN if name in body}
    private = body.get("extendedProperties", {}).get("private")
    return {**out, "private": private} if private else out


def shared_part(body: Json) -> Json:
    """What of a stored body all copies have."""
    out = {name: value for name, value in body.items() if name not in OWN and name != "extendedProperties"}
    shared = body.get("extendedProperties", {}).get("shared")
    return {**out, "extendedProperties": {"shared": shared}} if shared else out


def copy_of(shared: Json, own: Json) -> Json:
    """A body put together from the two."""
    out = {**shared, **{name: value for name, value in own.items() if name != "private"}}
    if own.get("private"):
        out["extendedProperties"] = {"private": own["private"], **shared.get("extendedProperties", {})}
    return out


def straightened(body: Json, calendar_zone: str, *, service_account: bool = False) -> Json:
    """What is stored of a body, checked.

    Args:
        body: an Event resource that is whole, with times as requests or as the store has them.
        calendar_zone: the zone of the calendar.
        service_account: whether the caller may not invite.

    Raises:
        ApiError: 400 or 403 in Calendar's words for what cannot be.
    """
    out = {name: value for name, value in body.items() if name in WRITABLE and value not in (None, [], {})}
    for name, choices in _CHOICES.items():
        if out.get(name, choices[0]) not in choices:
            raise invalid(f"Invalid value for: {out[name]} is not a valid value")
    _spans(out, body, calendar_zone)
    if "attendees" in out:
        if service_account:
            raise service_account_invites()
        out["attendees"] = attendees(out["attendees"])
    out["reminders"] = _reminders(out.get("reminders", {"useDefault": True}))
    properties = {
        kind: {
            name: value[:PROPERTY_VALUE]
            for name, value in values.items()
            if value is not None and len(name) <= PROPERTY_NAME
        }
        for kind, values in out.get("extendedProperties", {}).items()
        if kind in ("private", "shared") and values
    }
    out.pop("extendedProperties", None)
    if any(properties.values()):
        out["extendedProperties"] = {kind: values for kind, values in properties.items() if values}
    out.setdefault("status", "confirmed")
    return out


def _spans(out: Json, body: Json, calendar_zone: str) -> None:
    start, end, recurrence = body.get("start"), body.get("end"), out.get("recurrence")
    if not end:
        raise required("Missing end time.")
    if not start:
        raise required("Missing start time.")
    if bool(start.get("date")) != bool(end.get("date")) and not (start.get("dateTime") and start.get("date")):
        raise invalid("Start and end times must either both be date or both be dateTime.")
    out["start"] = stored(start, "start", calendar_zone, recurring=bool(recurrence))
    out["end"] = stored(end, "end", calendar_zone, recurring=bool(recurrence))
    check_span(out["start"], out["end"])
    if recurrence:
        check_recurrence(recurrence, out["start"])


def attendees(items: list[Json]) -> list[Json]:
    """The guests of a request, each once.

    Raises:
        ApiError: 400 for an address or an answer that is none.
    """
    found: dict[str, Json] = {}
    for item in items:
        email = str(item.get("email", "")).strip()
        if not _EMAIL.fullmatch(email):
            raise invalid("Invalid attendee email.") if email else required("Missing attendee email.")
        answer = item.get("responseStatus", "needsAction")
        if answer not in RESPONSES:
            raise invalid(f"Invalid value for: {answer} is not a valid value")
        one: Json = {"email": email.lower()}
        if item.get("displayName"):
            one["displayName"] = item["displayName"]
        for flag in ("resource", "optional"):
            if item.get(flag):
                one[flag] = True
        one["responseStatus"] = answer
        for name in ("comment", "additionalGuests"):
            if item.get(name):
                one[name] = item[name]
        found.setdefault(one["email"], one)
    return list(found.values())


def _reminders(value: Json) -> Json:
    overrides = value.get("overrides") or []
    if value.get("useDefault") and overrides:
        raise invalid("Cannot specify both default reminders and overrides at the same time.")
    if len(overrides) > 5:
        raise invalid("Too many override reminders. The maximum is 5.")
    for one in overrides:
        if one.get("method") not in ("email", "popup"):
            raise invalid("Invalid reminder method.")
        if not 0 <= one.get("minutes", -1) <= 40320:
            raise invalid("Invalid reminder minutes: must be between 0 and 40320.")
    out: Json = {"useDefault": bool(value.get("useDefault", False))}
    return {**out, "overrides": overrides} if overrides else out


def conference(asked: Json, held: Json | None, event_id: str) -> Json | None:
    """The conference of an event after a request of `conferenceDataVersion` 1.

    A `createRequest` makes a Meet conference at once; the same requestId again is overlooked (documented).
    """
    create = asked.get("createRequest")
    if create is None:
        return asked or held
    known = (held or {}).get("createRequest", {}).get("requestId")
    if known and known == create.get("requestId"):
        return held
    kind = create.get("conferenceSolutionKey", {}).get("type", "hangoutsMeet")
    if not create.get("requestId"):
        raise required("Missing conference request id.")
    if kind != "hangoutsMeet":
        raise invalid("Invalid conference type value.")
    digest = hashlib.sha256(f"{event_id} {create['requestId']}".encode()).digest()
    letters = "".join(chr(97 + byte % 26) for byte in digest[:10])
    code = f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"
    return {
        "createRequest": {
            "requestId": create["requestId"],
            "conferenceSolutionKey": {"type": kind},
            "status": {"statusCode": "success"},
        },
        "entryPoints": [
            {"entryPointType": "video", "uri": f"https://meet.google.com/{code}", "label": f"meet.google.com/{code}"}
        ],
        "conferenceSolution": {
            "key": {"type": kind},
            "name": "Google Meet",
        },
        "conferenceId": code,
    }


def hangout_link(data: Json | None) -> str:
    """The address of the video meeting of a conference, "" for none."""
    points = (data or {}).get("entryPoints", [])
    return next((str(point["uri"]) for point in points if point.get("entryPointType") == "video"), "")
