"""Whether a card is one that Google would draw, and what of it would be drawn. Pure.

The fields come from the discovery document; what it does not say (which members exclude each other, what is required,
how many there may be) is that of Google's reference for `google.apps.card.v1`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local_workspace.calendar.channels import LOOPBACK

from .manifest import is_callable
from .markup import CARD, markup

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]

PREFIX = "GoogleAppsCardV1"
MOST_WIDGETS = 100
"""Of one card, those in columns among them; the section that has one more, and all after it, are dropped."""

_WIDGETS = (
    "textParagraph",
    "image",
    "decoratedText",
    "buttonList",
    "textInput",
    "selectionInput",
    "dateTimePicker",
    "divider",
    "grid",
    "columns",
    "carousel",
    "chipList",
)
_ONE_OF: dict[str, tuple[tuple[str, ...], bool]] = {
    "Widget": (_WIDGETS, True),
    "Widgets": (_WIDGETS, True),
    "OnClick": (("action", "openLink", "openDynamicLinkAction", "card", "overflowMenu"), True),
    "Icon": (("knownIcon", "iconUrl", "materialIcon"), True),
    "DecoratedText": (("button", "switchControl", "endIcon"), False),
}
"""Members of which a message holds one; whether it must hold one."""

_NEEDED: dict[str, tuple[str, ...]] = {
    "Action": ("function",),
    "ActionParameter": ("key",),
    "Button": ("onClick",),
    "ButtonList": ("buttons",),
    "CardAction": ("actionLabel", "onClick"),
    "CardFixedFooter": ("primaryButton",),
    "CardHeader": ("title",),
    "Columns": ("columnItems",),
    "DateTimePicker": ("name",),
    "DecoratedText": ("text",),
    "Grid": ("items",),
    "Image": ("imageUrl",),
    "OpenLink": ("url",),
    "OverflowMenu": ("items",),
    "OverflowMenuItem": ("text", "onClick"),
    "Section": ("widgets",),
    "SelectionInput": ("name", "items"),
    "SelectionItem": ("text",),
    "SwitchControl": ("name",),
    "TextInput": ("name",),
    "TextParagraph": ("text",),
}
_MOST = {("Columns", "columnItems"): 2, ("SelectionInput", "items"): 100}
_CHAT_ONLY = (
    ("Button", "type"),
    ("Icon", "materialIcon"),
    ("TextParagraph", "textSyntax"),
    ("TextInput", "placeholderText"),
    ("DecoratedText", "contentText"),
    ("Card", "expressionData"),
    ("Widget", "eventActions"),
    ("Widget", "visibility"),
)
"""Members that are documented for Chat; an add-on's card is drawn without what they say."""
_NOT_HERE = (("Widget", "carousel"), ("Widget", "chipList"), ("Widgets", "chipList"))
_ADDRESSES = (("Icon", "iconUrl"), ("Image", "imageUrl"), ("ImageComponent", "imageUri"), ("CardHeader", "imageUrl"))

KNOWN_ICONS = frozenset(
    (
        "AIRPLANE",
        "BOOKMARK",
        "BUS",
        "CAR",
        "CLOCK",
        "CONFIRMATION_NUMBER_ICON",
        "DESCRIPTION",
        "DOLLAR",
        "EMAIL",
        "EVENT_SEAT",
        "FLIGHT_ARRIVAL",
        "FLIGHT_DEPARTURE",
        "HOTEL",
        "HOTEL_ROOM_TYPE",
        "INVITE",
        "MAP_PIN",
        "MEMBERSHIP",
        "MULTIPLE_PEOPLE",
        "OFFER",
        "PERSON",
        "PHONE",
        "RESTAURANT_ICON",
        "SHOPPING_CART",
        "STAR",
        "STORE",
        "TICKET",
        "TRAIN",
        "VIDEO_CAMERA",
        "VIDEO_PLAY",
    )
)
"""The built-in icons (documented)."""


def link_problem(url: str, prefixes: Sequence[str]) -> str:
    """Why a link may not be opened from a card, "" for one that may.

    Args:
        url: of an OpenLink.
        prefixes: `openLinkUrlPrefixes` of the manifest; one without a scheme means https (documented).
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "it is no address"
    if parts.scheme in ("mailto", "tel"):
        return ""
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return "a link is https, mailto or tel"
    whole = opened(url)
    for prefix in prefixes:
        begin = prefix if "://" in prefix else f"https://{prefix}"
        if whole.startswith(opened(begin)):
            return ""
    return "it begins with none of the manifest's openLinkUrlPrefixes"


def opened(url: str) -> str:
    """A link as it is opened: http is written as https (documented), but for addresses of this computer."""
    if url.lower().startswith("http://") and urlsplit(url).hostname not in LOOPBACK:
        return "https://" + url[7:]
    return url


def problems_of(card: Json, path: str, prefixes: Sequence[str]) -> list[str]:
    """What is wrong with a card that has the right fields.

    Args:
        card: put straight by `markup()`.
        path: where it stands in the answer.
        prefixes: of the links that it may open.
    """
    found: list[str] = []
    if not (card.get("header") or card.get("sections")):
        found.append(f"{path} has neither a header nor sections.")
    for schema, at, message in markup().messages(CARD, card, path):
        name = schema.removeprefix(PREFIX)
        found += _wrong(name, at, message)
        if name == "OpenLink" and message.get("url"):
            why = link_problem(message["url"], prefixes)
            found += [f"{at}.url cannot be opened: {why}."] if why else []
    return found


def _wrong(name: str, at: str, message: Json) -> list[str]:
    """What is wrong with one message, what is inside of it left aside."""
    found = [f"{at}.{key} is required." for key in _NEEDED.get(name, ()) if message.get(key) in (None, "", [])]
    if name == "DecoratedText" and message.get("contentText"):
        found = []
    if name == "SelectionInput" and message.get("type") == "MULTI_SELECT":
        found.append(f"{at}.type is MULTI_SELECT, whose data sources are for Chat alone.")
    members, must = _ONE_OF.get(name, ((), False))
    held = [key for key in members if key in message]
    if len(held) > 1:
        found.append(f"{at} holds {' and '.join(held)}; it can hold one of them.")
    elif must and not held:
        found.append(f"{at} holds none of {', '.join(members)}.")
    for (owner, key), most in _MOST.items():
        if owner == name and len(message.get(key, ())) > most:
            found.append(f"{at}.{key} has {len(message[key])} entries; {most} is the most.")
    if name == "Button" and not (message.get("text") or message.get("icon")):
        found.append(f"{at} has neither a text nor an icon.")
    if name == "CardFixedFooter" and not message.get("primaryButton", {}).get("text"):
        found.append(f"{at}.primary_button must be a button with a text.")
    if name == "Action" and message.get("function") and not is_callable(message["function"]):
        found.append(f"{at}.function must be a whole https address: functions have no other names here.")
    if name == "Icon" and message.get("knownIcon") and message["knownIcon"] not in KNOWN_ICONS:
        found.append(f"{at}.known_icon is {message['knownIcon']!r}, which is no built-in icon.")
    for owner, key in _ADDRESSES:
        if owner == name and message.get(key) and not _is_image(message[key]):
            found.append(f"{at}.{key} must begin with https://.")
    found += [
        f"{at}.{key} is not drawn by the local workspace." for owner, key in _NOT_HERE if _at(name, key, owner, message)
    ]
    return found


def _at(name: str, key: str, owner: str, message: Json) -> bool:
    return owner == name and key in message


def _is_image(address: str) -> bool:
    return address.startswith("data:image/") or is_callable(address)


def drawn(card: Json, path: str) -> tuple[Json, list[str]]:
    """What Google draws of a card that has no problems, and what was left out, for its developer.

    A card with an action that opens a dialog, which is for Chat, is blank (seen in Google's add-ons).
    """
    notes: list[str] = []
    for schema, at, message in markup().messages(CARD, card, path):
        name = schema.removeprefix(PREFIX)
        if name == "Action" and message.get("interaction") == "OPEN_DIALOG":
            return {"name": card.get("name", "")}, [f"{at}.interaction is for Chat; the whole card stays blank."]
        for owner, key in _CHAT_ONLY:
            if _at(name, key, owner, message):
                notes.append(f"{at}.{key} is for Chat and does nothing here.")
    kept, count = [], 0
    for number, section in enumerate(card.get("sections", [])):
        count += sum(_size(widget) for widget in section["widgets"])
        if count > MOST_WIDGETS:
            notes.append(f"{path}.sections[{number}] and all after it are dropped: over {MOST_WIDGETS} widgets.")
            break
        kept.append(section)
    return {**card, **({"sections": kept} if "sections" in card else {})}, notes


def _size(widget: Json) -> int:
    inner = widget.get("columns", {}).get("columnItems", [])
    return 1 + sum(len(column.get("widgets", [])) for column in inner)
