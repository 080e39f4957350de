"""What stands in the fields of a card, in the shape of the `formInputs` that each of its buttons posts. Pure.

A page reads its own fields (`pages_static/addon_inputs.js`); this is for a program that presses without a page.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

Json = dict[str, Any]


def text_input(value: str) -> Json:
    """What is typed in a field, or chosen in a list."""
    return {"stringInputs": {"value": [value]}}


def day_input(on: dt.date) -> Json:
    """A day that is picked: Google counts its midnight in UTC."""
    midnight = dt.datetime(on.year, on.month, on.day, tzinfo=dt.UTC)
    return {"dateInput": {"msSinceEpoch": str(int(midnight.timestamp() * 1000))}}


def fields_of(card: Json) -> Json:
    """Each field of a card with what stands in it; blank texts too, and no day where none is picked."""
    found: Json = {}
    for widget in (each for section in card.get("sections", ()) for each in section["widgets"]):
        if field := widget.get("textInput"):
            found[field["name"]] = text_input(field.get("value", ""))
        elif field := widget.get("selectionInput"):
            # A list that nothing was chosen in shows its first.
            chosen = next((each for each in field["items"] if each.get("selected")), field["items"][0])
            found[field["name"]] = text_input(chosen.get("value", ""))
        elif (field := widget.get("dateTimePicker")) and "valueMsEpoch" in field:
            found[field["name"]] = {"dateInput": {"msSinceEpoch": str(field["valueMsEpoch"])}}
    return found
