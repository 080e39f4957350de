"""What a new spreadsheet looks like. Values as recorded from Google (google-wire.md, section 1)."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_BLACK: Json = {}
_WHITE: Json = {"red": 1, "green": 1, "blue": 1}

DEFAULT_FORMAT: Json = {
    "backgroundColor": _WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": _BLACK,
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": _WHITE},
}

EFFECTIVE_FORMAT: Json = {
    **DEFAULT_FORMAT,
    "textFormat": {**DEFAULT_FORMAT["textFormat"], "fontFamily": "Arial"},
    "hyperlinkDisplayType": "PLAIN_TEXT",
}
"""What an unformatted cell shows: the default format under the theme's primary font."""


def _color(red: float, green: float, blue: float) -> Json:
    parts = {"red": red, "green": green, "blue": blue}
    return {"rgbColor": {name: value for name, value in parts.items() if value}}


THEME: Json = {
    "primaryFontFamily": "Arial",
    "themeColors": [
        {"colorType": "TEXT", "color": {"rgbColor": {}}},
        {"colorType": "BACKGROUND", "color": {"rgbColor": _WHITE}},
        {"colorType": "ACCENT1", "color": _color(0.25882354, 0.52156866, 0.95686275)},
        {"colorType": "ACCENT2", "color": _color(0.91764706, 0.2627451, 0.20784314)},
        {"colorType": "ACCENT3", "color": _color(0.9843137, 0.7372549, 0.015686275)},
        {"colorType": "ACCENT4", "color": _color(0.20392157, 0.65882355, 0.3254902)},
        {"colorType": "ACCENT5", "color": _color(1, 0.42745098, 0.003921569)},
        {"colorType": "ACCENT6", "color": _color(0.27450982, 0.7411765, 0.7764706)},
        {"colorType": "LINK", "color": _color(0.06666667, 0.33333334, 0.8)},
    ],
}


def spreadsheet_properties(given: Json) -> Json:
    """The properties of a new spreadsheet, with what the caller gave on top."""
    props: Json = {
        "title": "Untitled spreadsheet",
        "locale": "en_US",
        "autoRecalc": "ON_CHANGE",
        "timeZone": "Etc/GMT",
        "defaultFormat": DEFAULT_FORMAT,
        "spreadsheetTheme": THEME,
    }
    for name, value in given.items():
        if name == "defaultFormat":
            props[name] = {**DEFAULT_FORMAT, **value}
        elif value not in ("", None):
            props[name] = value
    return props
