"""What stands in the SENCO's calendar for a slot: a title that says nothing, and an id that we choose.

A calendar is shared, copied to guests and shown on a phone's lock screen, so a title holds our reference and no more.
"""

from __future__ import annotations

import hashlib
from base64 import b32hexencode
from typing import Final

from sync.plan.identity import is_reference

FREE_TITLE: Final = "Meeting \N{EN DASH} free"
_ID_BYTES: Final = 25


def event_title(ref: str) -> str:
    """`Meeting - ref K7F3K`, with an en dash: the title of a slot that the family of a pupil has booked.

    Raises:
        ValueError: it is not one of our references; it is not repeated, for it may be a name.
    """
    if not is_reference(ref):
        raise ValueError("An event's title may hold nothing but one of our references, and this is none.")
    return f"Meeting \N{EN DASH} ref {ref}"


def event_id(slot_key: str, generation: int = 0) -> str:
    """The id of a slot's event: 40 characters of the alphabet that Calendar takes, the same for the same slot.

    Calendar takes 5 to 1024 characters of base32hex in small letters (a-v, 0-9), unique in the calendar, and keeps
    the id of a deleted event taken (developers.google.com/workspace/calendar/api/v3/reference/events).

    Args:
        slot_key: the slot's key.
        generation: counts up where the slot's earlier event was deleted and cannot be brought back.
    """
    digest = hashlib.sha256(f"sensync\0{slot_key}\0{generation}".encode()).digest()[:_ID_BYTES]
    return b32hexencode(digest).decode("ascii").lower()
