"""The pieces that cards are made of (google.apps.card.v1), only those that an add-on on the HTTP runtime shows.

Google shows a hundred widgets of a card and drops the rest without a word: so every list here has an end.
Texts of paragraphs and of decorated texts are HTML to Google: what comes from people is escaped here, once.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from addon.events import LONGEST_TYPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from addon.paths import Addresses

Json = dict[str, Any]


def card(title: str, sections: Iterable[Json | None], *, subtitle: str = "") -> Json:
    """A card; sections that have nothing to show are left out."""
    header = {"title": title, **({"subtitle": subtitle} if subtitle else {})}
    return {"header": header, "sections": [each for each in sections if each is not None]}


def section(widgets: Iterable[Json | None], header: str = "", *, folded_after: int = 0) -> Json | None:
    """A section, None where it would be empty; `folded_after` so many widgets, the rest is folded away."""
    shown = [each for each in widgets if each is not None]
    if not shown:
        return None
    folded = {"collapsible": True, "uncollapsibleWidgetsCount": folded_after}
    return {
        **({"header": escape(header, quote=False)} if header else {}),
        **(folded if 0 < folded_after < len(shown) else {}),
        "widgets": shown,
    }


def paragraph(text: str) -> Json:
    """A text as people wrote it, in as many lines as it has."""
    return {"textParagraph": {"text": _html(text)}}


def fact(label: str, text: str, below: str = "") -> Json | None:
    """A text under its label; nothing where the text is blank."""
    if not text.strip():
        return None
    told = {"topLabel": label, "text": _html(text), "wrapText": True}
    return {"decoratedText": {**told, **({"bottomLabel": below} if below else {})}}


def line(text: str, below: str = "", action: Json | None = None) -> Json:
    """A line of a list; pressing it does the action."""
    told = {"text": _html(text), "wrapText": True}
    return {
        "decoratedText": {
            **told,
            **({"bottomLabel": below} if below else {}),
            **({"onClick": action} if action is not None else {}),
        }
    }


def _html(text: str) -> str:
    return escape(text.strip(), quote=False).replace("\n", "<br>")


def does(to: Addresses, do: str, **parameters: str) -> Json:
    """What a button does: an action of ours. Its parameters pass through a browser, so they are keys and no names."""
    told = [{"key": "do", "value": do}, *({"key": key, "value": value} for key, value in parameters.items())]
    return {"action": {"function": to.act, "parameters": told, "loadIndicator": "SPINNER"}}


def opens(url: str) -> Json:
    """What a button does: opens an address in another tab of the browser."""
    return {"openLink": {"url": url, "openAs": "FULL_SIZE"}}


def button(text: str, action: Json) -> Json:
    """One button."""
    return {"text": text, "onClick": action}


def buttons(*found: Json | None) -> Json | None:
    """Buttons beside one another; None where there is none."""
    shown = [each for each in found if each is not None]
    return {"buttonList": {"buttons": shown}} if shown else None


def text_field(
    name: str, label: str, value: str = "", *, hint: str = "", lines: bool = False, most: int = LONGEST_TYPED
) -> Json:
    """A field to type `most` characters in."""
    told: Json = {"name": name, "label": label, "type": "MULTIPLE_LINE" if lines else "SINGLE_LINE"}
    told["validation"] = {"characterLimit": most}
    return {
        "textInput": {**told, **({"value": value} if value else {}), **({"hintText": hint} if hint else {})},
    }


def search_field(name: str, label: str, to: Addresses, what: str, hint: str) -> Json:
    """A field with suggestions of ours while typing; `what` says from what."""
    field = text_field(name, label, hint=hint, most=_LONGEST_SEARCH)
    suggest = {"function": to.complete, "parameters": [{"key": "of", "value": what}]}
    field["textInput"]["autoCompleteAction"] = suggest
    return field


def choice_field(name: str, label: str, items: Sequence[tuple[str, str]], chosen: str = "") -> Json:
    """A list to choose one from: each value with its text."""
    told = [{"text": text, "value": value, "selected": value == chosen} for value, text in items]
    return {"selectionInput": {"name": name, "label": label, "type": "DROPDOWN", "items": told}}


def day_field(name: str, label: str, on: date | None = None) -> Json:
    """A day to pick; Google counts it from its midnight in UTC, whatever the school's clock says."""
    told: Json = {"name": name, "label": label, "type": "DATE_ONLY"}
    if on is not None:
        told["valueMsEpoch"] = str((on.toordinal() - _EPOCH) * 86_400_000)
    return {"dateTimePicker": told}


def time_field(name: str, label: str) -> Json:
    """A time of day to pick, on the school's clock."""
    return {"dateTimePicker": {"name": name, "label": label, "type": "TIME_ONLY"}}


_LONGEST_SEARCH = 200
_EPOCH = 719_163
"""The ordinal of 1 January 1970."""


def pounds(amount: float) -> str:
    """`£1,250`."""
    return f"£{amount:,.0f}"
