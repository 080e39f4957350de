"""What a person did to an event of ours in Google Calendar, as values. Pure.

The event as it is is held against what we last showed there. docs/calendar-and-letters.md has the table of each case
and what Sensync makes of it. None of the values holds what a person typed: it may be a child's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sync.domain.neutral import betrays
from sync.google.events import read_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sync.google.events import Event


@dataclass(frozen=True, slots=True)
class Moved:
    """It has another time now; instants in UTC. A whole-day event cannot be met at: `whole_day`."""

    starts: datetime
    ends: datetime
    whole_day: bool = False


@dataclass(frozen=True, slots=True)
class Deleted:
    """It was deleted (or is gone from Calendar altogether)."""


@dataclass(frozen=True, slots=True)
class Restored:
    """It was taken out of the bin."""


@dataclass(frozen=True, slots=True)
class Declined:
    """A member of staff said no; the address is theirs."""

    staff: str


@dataclass(frozen=True, slots=True)
class PlaceChanged:
    """Another place was typed. `telling`: what kind of thing it holds that must not stand there, or ""."""

    telling: str = ""


@dataclass(frozen=True, slots=True)
class TitleTypedOver:
    """Another title was typed, which may name a child: warn, and put ours back."""

    telling: str = ""


@dataclass(frozen=True, slots=True)
class Exposed:
    """More can be seen, or by more people, than we set up.

    `what` is in words that may be shown and logged: "notes", "guests", "visibility", "what guests may do",
    "an attachment".
    """

    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MadeSeries:
    """It was made to repeat."""


Deed = Moved | Deleted | Restored | Declined | PlaceChanged | TitleTypedOver | Exposed | MadeSeries


def deeds(
    event: Event | None, shown: Mapping[str, Any], *, was_deleted: bool = False, names: Iterable[str] = ()
) -> tuple[Deed, ...]:
    """What was done since we last wrote; () for nothing.

    Args:
        event: as it is in Calendar; None where Calendar knows it no more.
        shown: the body that we last wrote (`event_body`).
        was_deleted: whether we knew it as deleted.
        names: of pupils, to say whether a typed title or place names one.
    """
    if event is None or event.cancelled:
        return () if was_deleted else (Deleted(),)
    ours = read_event({**shown, "etag": ""})
    found: list[Deed] = [Restored()] if was_deleted else []
    moved = event.starts is not None and event.ends is not None
    if moved and (event.starts, event.ends, event.whole_day) != (ours.starts, ours.ends, ours.whole_day):
        assert event.starts is not None  # noqa: S101 - `moved` says so
        assert event.ends is not None  # noqa: S101
        found.append(Moved(event.starts, event.ends, event.whole_day))
    if event.title != ours.title:
        found.append(TitleTypedOver(betrays(event.title, names)))
    if event.place != ours.place:
        found.append(PlaceChanged(betrays(event.place, names)))
    asked = {address for address, _ in ours.answers}
    found += [Declined(address) for address, said in event.answers if said == "declined" and address in asked]
    if event.series:
        found.append(MadeSeries())
    exposed = _exposed(event, asked)
    if exposed:
        found.append(Exposed(exposed))
    return tuple(found)


def _exposed(event: Event, asked: set[str]) -> tuple[str, ...]:
    raw = event.raw
    looks = (
        ("notes", bool(raw.get("description"))),
        ("guests", any(address not in asked for address, _ in event.answers)),
        ("visibility", raw.get("visibility", "default") != "private"),
        (
            "what guests may do",
            raw.get("guestsCanSeeOtherGuests", True)
            or raw.get("guestsCanInviteOthers", True)
            or raw.get("guestsCanModify", False)
            or raw.get("anyoneCanAddSelf", False),
        ),
        ("an attachment", bool(raw.get("attachments"))),
    )
    return tuple(what for what, seen in looks if seen)
