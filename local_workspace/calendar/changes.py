"""What happens to events: made, changed, deleted, moved, imported. All on a draft."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import notices
from .bodies import EVENT_ID, SHARED_FLAGS, conference, hangout_link, straightened
from .bodies import merged as merged_body
from .errors import duplicate, forbidden, gone, invalid, not_organizer, required
from .guests import answer, cancel_rows, is_guest_copy, organizer_copy, spread
from .instances import found
from .model import Calendar, Event, new_event_id
from .recur import start_of
from .times import key_of, milli_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_workspace.accounts import Account

    from .model import Draft

Json = dict[str, Any]

_GIVEN = ("created", "creator", "organizer", "iCalUID", "recurringEventId", "originalStartTime", "hangoutLink")
"""What Calendar adds to a stored body."""
_ANSWER = ("responseStatus", "comment", "additionalGuests")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, and how others are told.

    Attributes:
        accounts: everybody of the workspace.
        conference: whether `conferenceDataVersion` is 1.
        attachments: whether `supportsAttachments` is true.
        tell: `all`, `externalOnly` or `none`.
    """

    account: str
    accounts: Mapping[str, Account]
    base_url: str
    conference: bool = False
    attachments: bool = False
    tell: str = "none"

    @property
    def is_service(self) -> bool:
        """Whether a service account acts as itself."""
        return self.accounts[self.account].is_service

    def person(self, email: str) -> Json:
        """Somebody as creator or organiser."""
        known = self.accounts.get(email)
        return {"email": email, "displayName": known.name} if known and known.is_service else {"email": email}


def organizer_of(calendar: Calendar, actor: Actor) -> Json:
    """The organiser of what is made on a calendar: the account, or the secondary calendar itself."""
    if calendar.primary:
        return actor.person(calendar.id)
    return {"email": calendar.id, "displayName": calendar.body.get("summary", "")}


def insert(draft: Draft, calendar: Calendar, body: Json, actor: Actor) -> Event:
    """A new event.

    Raises:
        ApiError: 400 for what cannot be, 409 for an id that is or was taken.
    """
    event_id = body.get("id") or new_event_id()
    if not EVENT_ID.fullmatch(event_id):
        raise invalid("Invalid resource id value.")
    if draft.event(calendar.id, event_id) is not None:
        raise duplicate()
    uid = body.get("iCalUID") or f"{event_id}@google.com"
    if body.get("iCalUID") and any(row.body["iCalUID"] == uid for row in draft.events_of(calendar.id)):
        raise duplicate()
    new = straightened(body, calendar.zone, service_account=actor.is_service)
    _conference(new, None, event_id, actor)
    if not actor.attachments:
        new.pop("attachments", None)
    if new.get("eventType", "default") != "default" and not calendar.primary:
        raise invalid("Event type is only supported on primary calendars.")
    new |= {
        "eventType": new.get("eventType", "default"),
        "sequence": new.get("sequence", 0),
        "created": milli_text(draft.now // 1000 * 1000),
        "creator": actor.person(actor.account),
        "organizer": organizer_of(calendar, actor),
        "iCalUID": uid,
    }
    event = draft.put_event(Event(calendar.id, event_id, new))
    spread(draft, event, None, actor.accounts)
    notices.tell_guests(draft, event, None, actor)
    return event


def change(draft: Draft, calendar: Calendar, event: Event, body: Json, actor: Actor) -> Event:
    """An event after `body`, which is whole, took the place of what could be written of it.

    Raises:
        ApiError: 400 for what cannot be, 403 for what only the organiser may change.
    """
    if body.get("eventType", event.body["eventType"]) != event.body["eventType"]:
        raise invalid("Event type cannot be changed.")
    given = body.get("sequence")
    if given is not None and given < event.body["sequence"]:
        raise invalid(
            "Invalid sequence value. The specified sequence number is below the current sequence number of the "
            "resource. Re-fetch the resource and use its sequence number on the following request."
        )
    invites = body.get("attendees", []) != event.body.get("attendees", [])
    asked = straightened(body, calendar.zone, service_account=actor.is_service and invites)
    if not actor.attachments:
        asked.pop("attachments", None)
        asked |= {"attachments": event.body["attachments"]} if "attachments" in event.body else {}
    _conference(asked, event.body.get("conferenceData"), event.id, actor)
    asked |= {name: event.body[name] for name in _GIVEN if name in event.body and name != "hangoutLink"}
    asked["eventType"] = event.body["eventType"]
    if event.series:
        asked.pop("recurrence", None)
    if is_guest_copy(draft, event):
        return _change_copy(draft, event, asked, actor)
    return _change_own(draft, event, asked, actor)


def _conference(new: Json, held: Json | None, event_id: str, actor: Actor) -> None:
    """Put the conference of a body straight: without version 1 a request cannot touch it."""
    asked = new.pop("conferenceData", None)
    data = conference(asked, held, event_id) if actor.conference and asked else (None if actor.conference else held)
    if data:
        new["conferenceData"] = data
        address = hangout_link(data)
        if address:
            new["hangoutLink"] = address


def _significant(old: Json, new: Json) -> bool:
    """Whether guests should look again, which the sequence number counts (RFC 5546, 2.1.4)."""
    return any(old.get(name) != new.get(name) for name in ("start", "end", "recurrence", "status", "location"))


def _counts(old: Json, new: Json) -> bool:
    """Whether `updated` moves on: it does not for reminders (documented)."""
    return {**old, "reminders": None} != {**new, "reminders": None}


def _change_own(draft: Draft, event: Event, asked: Json, actor: Actor) -> Event:
    sequence = max(event.body["sequence"], asked.get("sequence", 0))
    asked["sequence"] = (
        sequence + 1 if sequence == event.body["sequence"] and _significant(event.body, asked) else sequence
    )
    new = draft.put_event(replace(event, body=asked, removed=False), counts=_counts(event.body, asked))
    if event.body.get("recurrence") or asked.get("recurrence"):
        _follow(draft, event, new, actor)
    spread(draft, new, event, actor.accounts)
    if new.cancelled and not event.cancelled:
        notices.tell_cancelled(draft, new, actor)
    else:
        notices.tell_guests(draft, new, event, actor)
    return new


def _follow(draft: Draft, old: Event, new: Event, actor: Actor) -> None:
    """The instances kept on their own follow their series, where they do not differ from it by themselves."""
    skipped = {"start", "end", "recurrence", "sequence", "status", *_GIVEN}
    names = [name for name in {*old.body, *new.body} - skipped if old.body.get(name) != new.body.get(name)]
    for row in draft.exceptions_of(new):
        key = key_of(row.body["originalStartTime"])
        lines: list[str] = new.body.get("recurrence", [])
        there = bool(lines) and start_of(lines, new.body["start"], key) is not None
        if new.cancelled or not there:
            if not row.cancelled:
                _put_following(draft, row, {**row.body, "status": "cancelled"}, actor)
            continue
        body = dict(row.body)
        for name in names:
            if body.get(name) == old.body.get(name):
                body.pop(name, None)
                body |= {name: new.body[name]} if name in new.body else {}
        if body != row.body:
            _put_following(draft, row, body, actor)


def _put_following(draft: Draft, row: Event, body: Json, actor: Actor) -> None:
    spread(draft, draft.put_event(replace(row, body=body)), row, actor.accounts)


def _change_copy(draft: Draft, event: Event, asked: Json, actor: Actor) -> Event:
    """A guest changes their copy: their answer and what is theirs; the rest only if guests may."""
    source = organizer_copy(draft, event)
    if source is None:
        raise not_organizer()
    mine = event.calendar.casefold()
    said = _said(event, asked, mine)
    old_shared = event.body.get("extendedProperties", {}).get("shared")
    may_modify = bool(source.body.get("guestsCanModify"))
    if not may_modify and (
        any(event.body.get(name) != asked.get(name) for name in SHARED_FLAGS)
        or old_shared != asked.get("extendedProperties", {}).get("shared")
    ):
        raise not_organizer()
    added = _added(source, asked)
    if added and not (may_modify or source.body.get("guestsCanInviteOthers", True)):
        raise not_organizer()
    people = source.body.get("attendees", [])
    if asked["status"] == "cancelled" and not event.cancelled:
        return decline(draft, event, actor)
    if may_modify:
        shared = {name: value for name, value in asked.items() if name not in ("reminders", "colorId", "transparency")}
        whole = {**source.body, **shared, "attendees": [*people, *added]}
        _change_own(draft, source, whole, actor)
    elif added:
        new = draft.put_event(replace(source, body={**source.body, "attendees": [*people, *added]}))
        spread(draft, new, source, actor.accounts)
        notices.tell_guests(draft, new, source, actor)
    held = draft.event(event.calendar, event.id) or event
    body = {**asked, "attendees": held.body.get("attendees", []), "sequence": held.body["sequence"]}
    new = draft.put_event(replace(held, body=body, removed=False), counts=_counts(held.body, body))
    if event.cancelled and not new.cancelled:
        for row in draft.exceptions_of(source):
            spread(draft, row, row, actor.accounts)
    if said:
        organizer = answer(draft, new, said, actor.accounts)
        notices.tell_organizer(draft, organizer, mine, actor)
    return draft.event(event.calendar, event.id) or new


def _said(event: Event, asked: Json, mine: str) -> Json:
    """What changes of the guest's own entry."""
    old: Json = next((item for item in event.body.get("attendees", []) if item["email"] == mine), {})
    new = next((item for item in asked.get("attendees", []) if item["email"] == mine), old)
    return {name: new.get(name) for name in _ANSWER if new.get(name) != old.get(name)}


def _added(source: Event, asked: Json) -> list[Json]:
    known = {item["email"] for item in source.body.get("attendees", [])}
    return [item for item in asked.get("attendees", []) if item["email"] not in known]


def decline(draft: Draft, event: Event, actor: Actor) -> Event:
    """A guest takes the event off their calendar, which the organiser sees as a no."""
    new = cancel_rows(draft, event, removed=True)
    organizer = answer(draft, new, {"responseStatus": "declined"}, actor.accounts)
    notices.tell_organizer(draft, organizer, event.calendar.casefold(), actor)
    return draft.event(event.calendar, event.id) or new


def delete(draft: Draft, event: Event, actor: Actor) -> None:
    """An event is deleted: for everybody by its organiser, from their own calendar by a guest.

    Raises:
        ApiError: 410 when it is deleted already.
    """
    master = draft.event(event.calendar, event.series) if event.series else None
    if event.cancelled or (master is not None and master.cancelled):
        raise gone()
    if is_guest_copy(draft, event):
        decline(draft, event, actor)
        return
    _change_own(draft, event, {**event.body, "status": "cancelled"}, actor)


def move(draft: Draft, event: Event, target: Calendar, actor: Actor) -> Event:
    """An event gets another calendar, and with it another organiser.

    Raises:
        ApiError: 400 for an instance, 403 for a guest's copy, 409 when its id is taken there, 410 when it is deleted.
    """
    if event.series:
        raise forbidden("Cannot change the organizer of an instance.", "cannotChangeOrganizerOfInstance")
    if event.cancelled:
        raise gone()
    if is_guest_copy(draft, event):
        raise not_organizer()
    if event.body["eventType"] != "default":
        raise invalid("Only default events can be moved.")
    if target.id == event.calendar:
        return event
    there = draft.event(target.id, event.id)
    # A guest's copy on the calendar that becomes the organiser's is the same event.
    if there is not None and not there.cancelled and there.body["iCalUID"] != event.body["iCalUID"]:
        raise duplicate()
    organizer = organizer_of(target, actor)
    rows = [event, *draft.exceptions_of(event)]
    for row in rows:
        draft.put_event(replace(row, body={**row.body, "status": "cancelled"}))
    moved = [draft.put_event(Event(target.id, row.id, {**row.body, "organizer": organizer})) for row in rows]
    for row, before in zip(moved, rows, strict=True):
        spread(draft, row, before, actor.accounts)
    notices.tell_guests(draft, moved[0], event, actor)
    return moved[0]


def import_(draft: Draft, calendar: Calendar, body: Json, actor: Actor) -> Event:
    """A private copy of an event that exists elsewhere, known by its iCalUID; there is no way to its guests.

    Raises:
        ApiError: 400 for what cannot be.
    """
    uid = body.get("iCalUID")
    if not uid:
        raise required("Missing iCalUID.")
    if body.get("eventType", "default") != "default":
        raise invalid("Only default events can be imported.")
    held = next((row for row in draft.events_of(calendar.id) if row.body["iCalUID"] == uid and not row.series), None)
    new = straightened(body, calendar.zone)
    _conference(new, held.body.get("conferenceData") if held else None, str(uid), actor)
    organizer = body.get("organizer", {})
    if organizer.get("email"):
        new["organizer"] = {name: organizer[name] for name in ("email", "displayName") if organizer.get(name)}
    else:
        new["organizer"] = organizer_of(calendar, actor)
    new |= {
        "eventType": "default",
        "sequence": new.get("sequence", 0),
        "iCalUID": uid,
        "creator": held.body["creator"] if held else actor.person(actor.account),
        "created": held.body["created"] if held else milli_text(draft.now // 1000 * 1000),
    }
    if held is not None:
        return draft.put_event(replace(held, body=new, removed=False))
    return draft.put_event(Event(calendar.id, _import_id(body, draft, calendar), new))


def _import_id(body: Json, draft: Draft, calendar: Calendar) -> str:
    wanted = body.get("id", "")
    if not wanted:
        return "_" + new_event_id()
    if not EVENT_ID.fullmatch(wanted):
        raise invalid("Invalid resource id value.")
    if draft.event(calendar.id, wanted) is not None:
        raise duplicate()
    return str(wanted)


def by_id(draft: Draft, calendar: Calendar, event_id: str) -> Event | None:
    """An event or instance of a calendar."""
    return found(draft, calendar.id, event_id)


def patched(event: Event, patch: Json) -> Json:
    """The whole body that a patch asks for."""
    return merged_body(event.body, patch)
