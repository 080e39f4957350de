"""Where the link of a cell leads: an address as text, a format's, or what a HYPERLINK comes to in a formula."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .conditions import Place, placed
from .formula import Formula

if TYPE_CHECKING:
    from .a1 import Rect
    from .engine import Engine
    from .model import Cell, Sheet, Spreadsheet

_PLAIN = re.compile(r'=\s*HYPERLINK\(\s*"((?:[^"]|"")*)"\s*[,;)]', re.IGNORECASE)
_CALL = re.compile(r"\bHYPERLINK\(", re.IGNORECASE)
_URL = re.compile(r"(?:https?://|mailto:)\S+")
_ADDRESS = re.compile(r"(?:https?://|mailto:|#)\S*")


def link_of(cell: Cell) -> str:
    """Where a cell's own text, format or plain HYPERLINK leads; "" for nowhere."""
    if isinstance(cell.value, Formula):
        match = _PLAIN.match(cell.value)
        return match.group(1).replace('""', '"') if match else ""
    link = (cell.format or {}).get("textFormat", {}).get("link", {}).get("uri", "")
    if link:
        return str(link)
    if isinstance(cell.value, str) and _URL.fullmatch(cell.value):
        return str(cell.value)
    return ""


def computed_links(book: Spreadsheet, engine: Engine, sheet: Sheet, rect: Rect) -> dict[Place, str]:
    """Where HYPERLINKs lead whose address is worked out, or that stand inside another function.

    The same formula is asked once more with the address in the place of the words that it shows.
    """
    asked: dict[Place, str] = {}
    for number in range(rect.top, min(rect.bottom, len(sheet.rows))):
        row = sheet.rows[number]
        for column, cell in enumerate(row.cells[: rect.right] if row is not None else ()):
            value = cell.value if cell is not None and column >= rect.left else None
            if isinstance(value, Formula) and not _PLAIN.match(value) and _CALL.search(value):
                asked[number, column] = placed(_CALL.sub("CHOOSE(1,", value), (number, column))
    different = list(dict.fromkeys(asked.values()))
    answers = dict(zip(different, engine.ask(book, sheet, different), strict=True))
    found = {place: answers[text] for place, text in asked.items()}
    return {place: link for place, link in found.items() if isinstance(link, str) and _ADDRESS.fullmatch(link)}
