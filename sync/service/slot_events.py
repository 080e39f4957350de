"""A slot as it stands, and the event that should show it; what we know of the event, and what people did to it. Pure.

What is known of an event is kept as JSON beside the slot. Before anything is sent to Calendar, what is going to be
sent is kept as well: a process that dies between Calendar's answer and its own memory then still knows its own hand,
and does not take it for a person's.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from sync.domain.meetings import GONE, State, Where
from sync.domain.school_clock import say_instant
from sync.google.by_hand import Deed, Deleted, Moved, PlaceChanged, deeds
from sync.google.events import Showing, event_body, read_event
from sync.plan.events import event_id
from sync.store import SlotEvent, SlotState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync.domain.meetings import Booking, Slot, Surgery
    from sync.google.events import Body, Event
    from sync.store import StoredSlot

OUR_PLACES = frozenset({"Phone call", "Video call"})
_OR = " or "
_LONGEST_PLACE = 60


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of a slot's event.

    Attributes:
        body: what we last showed there, with what a person changed and we took over; None before there was an event.
        meant: what we have sent since, or were about to: a body, or None for its deletion. Empty once we know.
        gone: whether the event was deleted, by us or by a person, as far as we know.
        meet: the link of the video call, "" without one.
        generation: of the event's id.
        declined: the staff whose "no" was told.
    """

    body: Body | None = None
    meant: tuple[Body | None, ...] = ()
    gone: bool = False
    meet: str = ""
    generation: int = 0
    declined: tuple[str, ...] = ()


def known_of(stored: StoredSlot) -> Known:
    """What the store keeps of a slot's event."""
    kept: dict[str, Any] = stored.seen or {}
    told: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in kept.items()}
    return Known(**told)


def remembered(slot: str, known: Known, etag: str | None) -> SlotEvent:
    """The same, for the store. Without an etag the event is not known to be there."""
    return SlotEvent(slot, event_id(slot, known.generation), etag, asdict(known))


def as_event(stored: StoredSlot, known: Known) -> Event | None:
    """The event as we know it, to spare reading it; None where it may be gone or never was."""
    if known.body is None or known.gone or not stored.etag:
        return None
    return read_event({**known.body, "etag": stored.etag})


def wanted(stored: StoredSlot, surgery: Surgery, bookings: Sequence[Booking], names: Iterable[str]) -> Body | None:
    """The event that a slot should have; None for none.

    A slot that is offered or booked has one. One that the SENCO deleted has none, nor has a free one that is no longer
    offered, by its row or because its surgery is closed or still a draft.

    Args:
        stored: the slot.
        surgery: its surgery.
        bookings: the active bookings of the slot.
        names: of the pupils on the roll.
    """
    offered = stored.state is SlotState.OPEN and surgery.state is State.OPEN
    if stored.state in GONE or not (offered or bookings):
        return None
    where, known = surgery.where, known_of(stored)
    callers: tuple[str, ...] = ()
    if stored.slot.places > 1 or len(bookings) > 1:
        # With the version: who comes by video again later needs another request, as Calendar overlooks a known one.
        callers = tuple(f"{each.key}:{each.version}" for each in bookings if each.choice.where is Where.VIDEO)
    elif bookings:
        where = (bookings[0].choice.where,)
    showing = Showing(
        stored.slot,
        tuple(each.ref for each in bookings),
        where,
        room_of(stored, surgery),
        surgery.staff if bookings else (),
        tuple(each.key for each in bookings),
        callers,
        "" if known.gone else _call_of(known),
    )
    return event_body(showing, names, generation=known.generation)


def room_of(stored: StoredSlot, surgery: Surgery) -> str:
    """The room: as typed in the calendar, else as the row says."""
    return surgery.room if stored.place is None else stored.place


def typed_room(text: str) -> str:
    """The room in a place that was typed: `Library or phone call` is the library, however the words are spelt."""
    return _OR.join(part for part in " ".join(text.split()).split(_OR) if part.capitalize() not in OUR_PLACES)


def can_be_placed(known: Known, event: Event, surgery: Surgery) -> bool:
    """Whether a typed place can be a slot's room: people meet there, and it is short enough to be shown.

    A meeting by phone or video has no room, and how they meet was chosen by the family.
    """
    shown = str((known.body or {}).get("location", ""))
    if shown in OUR_PLACES or Where.ROOM not in surgery.where:
        return False
    room = typed_room(event.place)
    return len(room) <= _LONGEST_PLACE and bool(room or not event.place)


def unfollowed(event: Event | None, known: Known, names: Iterable[str] = ()) -> tuple[Deed, ...]:
    """What people did to an event since we last knew it; () for our own doings, whether or not we remember them."""
    return compared(event, known, names)[1]


def compared(event: Event | None, known: Known, names: Iterable[str] = ()) -> tuple[Body | None, tuple[Deed, ...]]:
    """The last of our writes that arrived, as far as can be told, and what people did since."""
    if event is None or event.cancelled:
        # Calendar tells of an event that never came to be as of one that is gone for good.
        was_there = known.body is not None or (event is not None and known.meant)
        return known.body, () if known.gone or None in known.meant or not was_there else (Deleted(),)
    ours = [body for body in known.meant if body is not None]
    if known.gone and known.body and not ours:
        return known.body, deeds(event, known.body, was_deleted=True, names=names)
    bodies = [*ours, *([known.body] if known.body and not known.gone else [])]
    # Nobody knows which of our writes arrived: the one that leaves least to be explained.
    found = [(body, deeds(event, body, names=names)) for body in bodies]
    return min(found, key=lambda each: len(each[1]), default=(None, ()))


def settled(known: Known, event: Event | None, body: Body | None) -> Known:
    """What we know once Calendar shows `body` (None: once it was deleted)."""
    if body is None:
        return replace(known, meant=(), gone=True, meet="")
    meet = event.meet if event is not None else known.meet
    return replace(known, body=body, meant=(), gone=False, meet=meet)


def taken_over(known: Known, event: Event, base: Body, done: Iterable[Deed]) -> Known:
    """What we know once the times and places that a person set on our `base` are the slot's own."""
    body = dict(base)
    for deed in done:
        if isinstance(deed, Moved) and not deed.whole_day:
            body |= {name: event.raw[name] for name in ("start", "end")}
        elif isinstance(deed, PlaceChanged) and not deed.telling:
            body["location"] = event.place
    return replace(known, body=body, meant=(), gone=False, meet=event.meet)


def digest_of(secret: str) -> str:
    """What stands in the key of a notice for an address or the id of an event."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12]


def said(slot: Slot) -> str:
    """`Tuesday 8 December 2026, 4:20pm`: which slot, in words for people."""
    return say_instant(slot.starts)


def shows_call(known: Known, body: Body | None) -> bool:
    """Whether the event, as we know it, has the video call of the families in `body`: another's link is not theirs."""
    asked = asked_conference(body)
    return asked is not None and not known.gone and asked_conference(known.body) == asked


def _call_of(known: Known) -> str:
    """The request that the call of an event was made with."""
    return str((asked_conference(known.body) or {}).get("createRequest", {}).get("requestId", ""))


def asked_conference(body: Body | None) -> Any:
    """Which video call an event was made with; None for none."""
    return (body or {}).get("conferenceData")
