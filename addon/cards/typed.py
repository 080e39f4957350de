"""Cells that people typed, as the fields of a card.

A cell that its field could not give back as it stands has none: it is shown in its place, and saving leaves it alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from addon.cards.parts import choice_field, day_field, fact, text_field
from addon.events import FIRST_DAY, LAST_DAY, LONGEST_TYPED
from sync.service.addon_home import short_day
from sync.service.addon_school import day, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from addon.cards.parts import Json
    from addon.events import Event

    Typed = Mapping[str, Any]

_LONG = "It is too long for this card. Change it in the row."
_MOST_SHOWN = 200


def text_fits(typed: Typed, column: str) -> bool:
    """Whether a field of text, or a list to choose from, can hold this cell."""
    return len(word(typed, column)) <= LONGEST_TYPED


def day_fits(typed: Typed, column: str) -> bool:
    """Whether a field of days can hold this cell."""
    on = day(typed, column)
    return not word(typed, column) or (on is not None and FIRST_DAY <= on <= LAST_DAY)


def typed_text(typed: Typed, column: str, label: str, *, hint: str = "", lines: bool = False) -> Json | None:
    """A field with what stands in the cell."""
    if not text_fits(typed, column):
        return fact(label, _LONG)
    stands = word(typed, column)
    return text_field(column, label, stands, hint=hint, lines=lines or "\n" in stands)


def typed_choice(typed: Typed, column: str, label: str, items: Iterable[tuple[str, str]]) -> Json | None:
    """A list to choose from, with what stands in the cell among it where it is none of the choices."""
    if not text_fits(typed, column):
        return fact(label, _LONG)
    stands, known = word(typed, column), list(items)
    more = [] if stands in ("", *(value for value, _ in known)) else [(stands, stands)]
    return choice_field(column, label, [*known, *more], stands)


def typed_day(typed: Typed, column: str, label: str) -> Json | None:
    """A day to pick, with what stands in the cell."""
    on = day(typed, column)
    if day_fits(typed, column):
        return day_field(column, label, on)
    if on is None:
        return fact(label, word(typed, column)[:_MOST_SHOWN], "This is no day. Change it in the row.")
    return fact(label, short_day(on), "This day is too far off for this card. Change it in the row.")


def given_back(event: Event, typed: Typed, texts: Iterable[str], days: Iterable[str]) -> dict[str, str | date | None]:
    """What stands in the fields of a card for these cells now. Of a cell without a field nothing is said.

    Raises:
        FieldError: a field holds what cannot be taken.
    """
    return {
        **{column: event.text(column) for column in texts if text_fits(typed, column)},
        **{column: event.day(column) for column in days if day_fits(typed, column)},
    }
