"""HTML from a clipboard as cells: tables with their spans, bold and italic; other text line by line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree, html

from .a1 import Rect

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCKS = frozenset(("p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"))
_STYLES = {"b": "bold", "strong": "bold", "th": "bold", "i": "italic", "em": "italic"}
_MOST = 1000
"""Rows or columns that one cell may span, as browsers have it."""


@dataclass(slots=True)
class Pasted:
    """What is to be pasted.

    Attributes:
        rows: the texts.
        styles: (row, column) -> members of a TextFormat.
        merges: cells that one cell of a table spans.
    """

    rows: list[list[str]] = field(default_factory=list)
    styles: dict[tuple[int, int], dict[str, bool]] = field(default_factory=dict)
    merges: list[Rect] = field(default_factory=list)


def read_html(text: str) -> Pasted:
    """The cells of every table, one below the other; the lines of the text where there is no table."""
    pasted = Pasted()
    try:
        root = html.document_fromstring(text)
    except etree.ParserError:  # nothing but blanks
        return pasted
    tables = [table for table in root.iter("table") if next(table.iterancestors("table"), None) is None]
    for table in tables:
        _read_table(table, pasted)
    if not tables:
        lines = (_collapsed(line) for line in "".join(_texts(root)).split("\n"))
        pasted.rows = [[line] for line in lines if line]
    return pasted


def _read_table(table: html.HtmlElement, pasted: Pasted) -> None:
    first = len(pasted.rows)
    held: set[tuple[int, int]] = set()
    for y, line in enumerate(table.xpath("./tr|./thead/tr|./tbody/tr|./tfoot/tr"), first):
        while len(pasted.rows) <= y:
            pasted.rows.append([])
        x = 0
        for cell in line.xpath("./td|./th"):
            while (y, x) in held:
                x += 1
            span = Rect(y, x, y + _span(cell, "rowspan"), x + _span(cell, "colspan"))
            _write(pasted, y, x, cell)
            if span.height * span.width > 1:
                pasted.merges.append(span)
                held.update((row, column) for row in range(span.top, span.bottom) for column in range(x, span.right))
            x = span.right
    # A span may reach below or to the right of what is written.
    for span in pasted.merges:
        while len(pasted.rows) < span.bottom:
            pasted.rows.append([])
        _widen(pasted.rows[span.top], span.right)


def _write(pasted: Pasted, row: int, column: int, cell: html.HtmlElement) -> None:
    line = pasted.rows[row]
    _widen(line, column + 1)
    text = "\n".join(_collapsed(part) for part in "".join(_texts(cell)).split("\n")).strip()
    line[column] = text
    style = {_STYLES[str(cell.tag)]: True} if cell.tag in _STYLES else {}
    inside = cell
    # A style counts for the cell when everything in it stands in it.
    while len(inside) == 1 and not (inside.text or "").strip() and not (inside[0].tail or "").strip():
        inside = inside[0]
        if inside.tag in _STYLES:
            style[_STYLES[str(inside.tag)]] = True
    if style and text:
        pasted.styles[row, column] = style


def _widen(line: list[str], width: int) -> None:
    line.extend([""] * (width - len(line)))


def _span(cell: html.HtmlElement, name: str) -> int:
    text = str(cell.get(name, "1")).strip()
    return min(max(int(text), 1), _MOST) if text.isdecimal() else 1


def _texts(node: html.HtmlElement) -> Iterator[str]:
    """The text of an element, with a line break where the page breaks the line."""
    yield re.sub(r"\s+", " ", node.text or "")
    for child in node:
        if isinstance(child.tag, str) and child.tag not in ("script", "style", "head"):
            if child.tag == "br":
                yield "\n"
            yield from _texts(child)
            if child.tag in _BLOCKS:
                yield "\n"
        yield re.sub(r"\s+", " ", child.tail or "")


def _collapsed(text: str) -> str:
    return re.sub(r"[ \t]+", " ", text.replace("\xa0", " ")).strip()
