"""What stands in Calendar for a slot: the body of its event, and proof that it tells nothing of a child. Pure.

A title is one of four sentences of ours with at most an opaque reference in it; a place is a word of ours or the room
that the SENCO typed, if that room names nobody; nothing else of an event is text. What is known of the child stays in
the store; the event bears only our key of the slot, in a private extended property, which guests do not see.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sync.domain.meetings import Where
from sync.domain.neutral import betrays, holds_name
from sync.plan.events import FREE_TITLE, event_id, event_title
from sync.plan.identity import is_reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.domain.meetings import Slot

Body = dict[str, Any]

MARK = "sensync"
"""The private extended property that bears our key of the slot."""

MEETING_TITLE = "Meeting"
_DASH = " \N{EN DASH} "
_WITH_REFERENCE = re.compile(rf"{MEETING_TITLE}{_DASH}ref (\w+)")
_WITH_PLACES = re.compile(rf"{MEETING_TITLE}{_DASH}\d{{1,4}} of \d{{1,4}} places")

_PLACES = {Where.PHONE: "Phone call", Where.VIDEO: "Video call"}
AT_SCHOOL = "At school"
_OUR_PLACES = frozenset({"", AT_SCHOOL.casefold(), *(each.casefold() for each in _PLACES.values())})
"""In lower case: within a sentence they begin with a small letter."""

_KEY = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_ZONE = ZoneInfo("Europe/London")

_LOCKED = {"guestsCanSeeOtherGuests": False, "guestsCanInviteOthers": False, "guestsCanModify": False}

_MEMBERS = frozenset(
    {
        "id",
        "status",
        "summary",
        "location",
        "start",
        "end",
        "transparency",
        "visibility",
        *_LOCKED,
        "extendedProperties",
        "reminders",
        "colorId",
        "conferenceData",
        "attendees",
    }
)
"""All that an event of ours may have; description, attachments and source are not among it."""


class Colour(StrEnum):
    """Event colours of Calendar by their ids (`colors.get`)."""

    FREE = "2"
    BOOKED = "9"


@dataclass(frozen=True, slots=True)
class Look:
    """How the SENCO wants her events: colours by Calendar's ids, and minutes before a meeting to be reminded at."""

    free: str = Colour.FREE
    booked: str = Colour.BOOKED
    reminders: tuple[int, ...] = (10,)


@dataclass(frozen=True, slots=True)
class Showing:
    """What is to be shown of a slot.

    Attributes:
        slot: the slot.
        refs: the references of the children whose families booked it; none while it is free.
        where: how they will meet, or for a free slot, the ways that can be chosen.
        room: as the SENCO typed it; shown only if it names nobody.
        staff: addresses of members of staff to invite. Parents are never guests of an event.
        bookings: keys of the bookings. A video call is of these, so that two parents of one child who come one after
            the other have two.
        callers: where several families can come at once, those who come by video: keys and versions of their bookings.
            They share a call, for an event has one.
        call: the request that the event's call was made with. It is the callers' for as long as there are any.
    """

    slot: Slot
    refs: tuple[str, ...] = ()
    where: tuple[Where, ...] = (Where.ROOM,)
    room: str = ""
    staff: tuple[str, ...] = ()
    bookings: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    call: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """An event as Calendar gives it. Text that a person may have typed is left out of its repr.

    `slot` is our key ("" for an event that is not ours). `starts` and `ends` are in UTC, None for a deleted event
    that is told in brief; for a whole-day event they are the midnights of the school.
    """

    id: str
    etag: str
    cancelled: bool
    slot: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    whole_day: bool = False
    title: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    meet: str = field(default="", repr=False)
    series: bool = False
    answers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Guests and their answers: needsAction, accepted, declined or tentative."""
    updated: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


def event_body(showing: Showing, names: Iterable[str] = (), look: Look | None = None, *, generation: int = 0) -> Body:
    """The whole body of a slot's event, for `events.insert` with `conferenceDataVersion=1`.

    Args:
        showing: what is to be shown.
        names: of the pupils on the roll, which no place may hold.
        look: colours and reminders.
        generation: see `event_id`.
    """
    look = look or Look()
    slot, booked = showing.slot, bool(showing.refs)
    identity = event_id(slot.key, generation)
    body: Body = {
        "id": identity,
        "status": "confirmed",
        "summary": title(showing, names),
        "location": place(showing.where, showing.room, names),
        "start": {"dateTime": _text(slot.starts), "timeZone": str(_ZONE)},
        "end": {"dateTime": _text(slot.ends), "timeZone": str(_ZONE)},
        "transparency": "opaque" if booked else "transparent",
        "visibility": "private",
        **_LOCKED,
        "extendedProperties": {"private": {MARK: slot.key}},
        "reminders": {
            "useDefault": False,
            "overrides": [{"method": "popup", "minutes": each} for each in look.reminders] if booked else [],
        },
        "colorId": str(look.booked if booked else look.free),
    }
    if showing.staff:
        body["attendees"] = [{"email": each} for each in showing.staff]
    if request := _call_request(showing, identity):
        body["conferenceData"] = {
            "createRequest": {"requestId": request, "conferenceSolutionKey": {"type": "hangoutsMeet"}}
        }
    return body


def _call_request(showing: Showing, identity: str) -> str:
    """The request for the video call of an event; "" for none.

    The same request id is answered once only, so a repeated one makes no second conference. It changes with the family,
    because whoever has an old link could walk into the next meeting.
    """
    whose = sorted(showing.callers)
    if whose and showing.call:
        return showing.call
    if not whose and showing.where == (Where.VIDEO,):
        whose = [*sorted(showing.refs), *sorted(showing.bookings)]
    return hashlib.sha256("\0".join((identity, *whose)).encode()).hexdigest()[:32] if whose else ""


def title(showing: Showing, names: Iterable[str] = ()) -> str:
    """The title: free, with the one family's reference, or with the number of places taken."""
    refs, places = showing.refs, showing.slot.places
    if not refs:
        return FREE_TITLE
    if places > 1:
        return f"{MEETING_TITLE}{_DASH}{len(refs)} of {places} places"
    # A reference has no vowels, but there are names without vowels, and chance may draw one.
    if len(refs) > 1 or not is_reference(refs[0]) or holds_name(refs[0], names):
        return MEETING_TITLE
    return event_title(refs[0])


def place(where: Sequence[Where], room: str, names: Iterable[str] = ()) -> str:
    """Where it is, in words of ours or the room's; a room that could name a person is "At school".

    Example: `Room 2 or phone call`. The room is written as it was typed, so that it can be told from words of ours.
    """
    words: list[str] = []
    for each in where:
        if each is Where.ROOM:
            tidy = " ".join(room.split())
            ours = not tidy or len(tidy) > _LONGEST or bool(betrays(tidy, names))
            word = AT_SCHOOL if ours else tidy
        else:
            ours, word = True, _PLACES[each]
        words.append(word[0].lower() + word[1:] if ours and words else word)
    return " or ".join(words)


_LONGEST = 60


def lint(body: Mapping[str, Any], names: Iterable[str] = (), staff: Iterable[str] = ()) -> tuple[str, ...]:
    """Every reason why a body (whole, or a patch) may not go to Calendar; () for one that tells nothing.

    The sentences name the member and never repeat its value.

    Args:
        body: an Event resource of ours, or a part of one.
        names: of people who must not be named; without them, a place is known only to hold no other telling words.
        staff: the addresses that may be guests.
    """
    # A member that is None is one that a patch takes away.
    body = {name: value for name, value in body.items() if value is not None}
    problems = [f"an event of ours has no {name!r}" for name in sorted(set(body) - _MEMBERS)]
    if "summary" in body and not _is_our_title(body["summary"], names):
        problems.append("the title is not one of ours")
    for part in str(body.get("location", "")).split(" or "):
        found = "" if part.casefold() in _OUR_PLACES else betrays(part, names)
        if found:
            problems.append(f"the place holds {found}")
    if body.get("visibility", "private") != "private":
        problems.append("the event is not private")
    problems += [f"{name} is not off" for name in _LOCKED if body.get(name, False) is not False]
    if "extendedProperties" in body and not _is_our_key(body["extendedProperties"]):
        problems.append("the private properties are not our key alone")
    if not _are_staff(body.get("attendees") or (), frozenset(staff)):
        problems.append("somebody is invited who is not a named member of staff, or by more than an address")
    if not _is_our_conference(body.get("conferenceData")):
        problems.append("the conference is not a request for Meet")
    for name in ("start", "end"):
        if not set(body.get(name) or ()) <= {"dateTime", "timeZone", "date"}:
            problems.append(f"the {name} holds more than a time")
    return tuple(problems)


def _is_our_title(text: object, names: Iterable[str]) -> bool:
    text = str(text)
    if text in {FREE_TITLE, MEETING_TITLE} or _WITH_PLACES.fullmatch(text):
        return True
    found = _WITH_REFERENCE.fullmatch(text)
    return found is not None and is_reference(found[1]) and not holds_name(found[1], names)


def _is_our_key(properties: Mapping[str, Mapping[str, Any]]) -> bool:
    kept = [(kind, key, value) for kind, held in properties.items() for key, value in held.items() if value is not None]
    return [each[:2] for each in kept] == [("private", MARK)] and _KEY.fullmatch(str(kept[0][2])) is not None


def _are_staff(guests: Sequence[Mapping[str, Any]], staff: frozenset[str]) -> bool:
    return all(set(guest) <= {"email", "responseStatus"} and guest.get("email") in staff for guest in guests)


def _is_our_conference(data: Mapping[str, Any] | None) -> bool:
    if data is None:
        return True
    request = data.get("createRequest")
    return (
        set(data) == {"createRequest"}
        and isinstance(request, dict)
        and set(request) == {"requestId", "conferenceSolutionKey"}
        and _KEY.fullmatch(str(request["requestId"])) is not None
    )


def read_event(resource: Mapping[str, Any]) -> Event:
    """An Event resource of Calendar's as a plain record."""
    start, end = resource.get("start") or {}, resource.get("end") or {}
    private = (resource.get("extendedProperties") or {}).get("private") or {}
    return Event(
        id=str(resource["id"]),
        etag=str(resource.get("etag", "")),
        cancelled=resource.get("status") == "cancelled",
        slot=str(private.get(MARK, "")),
        starts=_moment(start),
        ends=_moment(end),
        whole_day="date" in start,
        title=str(resource.get("summary", "")),
        place=str(resource.get("location", "")),
        meet=str(resource.get("hangoutLink", "")),
        series=bool(resource.get("recurrence") or resource.get("recurringEventId")),
        answers=tuple(
            (str(guest.get("email", "")).lower(), str(guest.get("responseStatus", "needsAction")))
            for guest in resource.get("attendees") or ()
        ),
        updated=_parsed(resource.get("updated")),
        raw=resource,
    )


def differences(event: Event, body: Mapping[str, Any]) -> Body:
    """The smallest patch that makes an event what `body` says; {} where it is so already.

    Members that `body` does not name are left alone, but a description, a recurrence, a conference or guests that ours
    has not are taken away: these a person may have added, and each of them can tell of a child.
    """
    is_now, patch = event.raw, {}
    for name, wanted in body.items():
        if name in {"id", "conferenceData", "attendees"}:
            continue
        if _normal(name, is_now.get(name)) != _normal(name, wanted):
            patch[name] = wanted
            if name in {"start", "end"} and "date" in (is_now.get(name) or {}):
                # A patch merges: the day of a whole-day event has to be taken out by name.
                patch[name] = {**wanted, "date": None}
    properties = patch.get("extendedProperties")
    if properties is not None:
        # A patch merges the maps, so what is not ours has to be taken out by name.
        held = is_now.get("extendedProperties") or {}
        gone = {kind: dict.fromkeys(held.get(kind) or ()) for kind in ("private", "shared") if held.get(kind)}
        patch["extendedProperties"] = {**gone, "private": {**gone.get("private", {}), **properties["private"]}}
    patch |= {name: None for name in ("description", "recurrence", "attachments", "source") if is_now.get(name)}
    patch |= _conference_patch(is_now.get("conferenceData"), body.get("conferenceData"))
    wanted_guests = body.get("attendees") or []
    if {g["email"].lower() for g in wanted_guests} != {address for address, _ in event.answers}:
        # The answers of those who stay are sent along: a patch replaces the whole list.
        given = dict(event.answers)
        patch["attendees"] = [
            {**guest, "responseStatus": given[guest["email"].lower()]} if guest["email"].lower() in given else guest
            for guest in wanted_guests
        ]
    return patch


def _conference_patch(held: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> Body:
    if wanted is None:
        return {"conferenceData": None} if held else {}
    asked = ((held or {}).get("createRequest") or {}).get("requestId")
    failed = (((held or {}).get("createRequest") or {}).get("status") or {}).get("statusCode") == "failure"
    if held and asked in {None, wanted["createRequest"]["requestId"]} and not failed:
        return {}
    return {"conferenceData": wanted}


_DEFAULTS = {
    "status": "confirmed",
    "transparency": "opaque",
    "visibility": "default",
    "guestsCanInviteOthers": True,
    "guestsCanModify": False,
    "guestsCanSeeOtherGuests": True,
    "summary": "",
    "location": "",
    "colorId": "",
}
"""What Calendar means where it leaves a member out."""


def _normal(name: str, value: Any) -> Any:
    """A member in a form in which two that mean the same are equal."""
    if name in {"start", "end"}:
        return (_moment(value or {}), "date" in (value or {}))
    if name == "reminders":
        value = value or {"useDefault": True}
        held = {(each.get("method"), each.get("minutes")) for each in value.get("overrides") or ()}
        return (bool(value.get("useDefault")), held)
    if name == "extendedProperties":
        return {kind: values for kind, values in (value or {}).items() if values}
    return _DEFAULTS.get(name) if value is None else value


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parsed(text: object) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) and text else None


def _moment(value: Mapping[str, Any]) -> datetime | None:
    if "dateTime" in value:
        moment = datetime.fromisoformat(value["dateTime"])
        zone = ZoneInfo(value["timeZone"]) if moment.tzinfo is None and value.get("timeZone") else _ZONE
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    if "date" in value:
        return datetime.combine(date.fromisoformat(value["date"]), time(), _ZONE).astimezone(UTC)
    return None
