"""One verified call, and the words and checks that its handlers share."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from addon import answers
from addon.cards.sorry import sorry_card
from addon.roles import Right
from sync.service.addon_school import SEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from addon.answers import Json
    from addon.cards.reader import Reader
    from addon.events import Event
    from addon.verify import Caller
    from sync.service.addon_school import Named
    from sync.service.jobs import Job

LATER: Final = "It is written in a moment; press Refresh to see it."
SYNCED: Final = "It is written in a moment, and a sync reads it. Press Refresh."
ALREADY: Final = "This is in the workbook already."
CHANGED: Final = "This was changed meanwhile. Look at it as it is now, and try again."
GONE: Final = "This is not there any more."
REFRESH: Final = "Go to the first card and begin anew."
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Call:
    """One call, by somebody who may."""

    event: Event
    caller: Caller
    reader: Reader

    def given(self, name: str) -> str:
        """A parameter of the button; "" where there is none."""
        return self.event.parameters.get(name, "")

    def may(self, right: Right) -> bool:
        """Whether the caller may."""
        return self.reader.may(right)

    def may_find(self, named: Named, is_on_register: Callable[[str], bool]) -> bool:
        """Whether the caller may find a pupil on roll: a teacher those on the teachers' pages, the others everybody.

        Args:
            named: the pupil.
            is_on_register: whether the register has a row of this reference; asked only where it matters.
        """
        return self.may(Right.SEE_NEEDS) or (named.status in SEN and is_on_register(named.ref))

    def sorry(self, what: str, next_step: str = REFRESH) -> Json:
        """The answer to a button that could not be followed: a sentence, and what to do."""
        return answers.shown(sorry_card(self.reader.to, what, next_step))


def becomes_of(job: Job, waits: str = LATER) -> str:
    """What to say of what was asked for: that it comes, or that it was done before."""
    return ALREADY if job.ended else waits


def print_of(cells: Mapping[str, Any], columns: Iterable[str]) -> str:
    """Tells whether cells are still as a card showed them, and not what they are."""
    told = json.dumps([cells.get(name) for name in columns])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def number_of(text: str) -> float | None:
    """A number of minutes or times as somebody typed it; None of what is none, or is none that can be meant."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if 0 < found < _MOST else None


def is_backwards(start: date | None, end: date | None) -> bool:
    """Whether something ends before it starts; it may have either, or neither."""
    return start is not None and end is not None and end < start
