"""References inside formulas: found, moved with their cells, and written back.

A formula is cut once into text and references (cached by its text: look-ups repeat in every row), and every
edit of the grid is then a function from one reference to another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .a1 import MAX_COLUMNS, column_index, column_name, quote_title

if TYPE_CHECKING:
    from collections.abc import Callable

    from .edits import Edit

REF_ERROR = "#REF!"


class Formula(str):
    """The text of a formula, `=` included."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """A cell or range in a formula, 0-based, ends inclusive; None is an open end.

    `fixed` says which of (row1, column1, row2, column2) carry a `$`. `range` is False for a single cell.
    """

    title: str | None
    row1: int | None
    column1: int | None
    row2: int | None
    column2: int | None
    fixed: tuple[bool, bool, bool, bool]
    range: bool

    def text(self) -> str:
        """As it is written in a formula."""
        prefix = "" if self.title is None else quote_title(self.title) + "!"
        first = _corner_text(self.row1, self.column1, self.fixed[0], self.fixed[1])
        if not self.range:
            return prefix + first
        return f"{prefix}{first}:{_corner_text(self.row2, self.column2, self.fixed[2], self.fixed[3])}"


@dataclass(frozen=True, slots=True)
class Lost:
    """A reference whose cells are gone."""

    title: str | None

    def text(self) -> str:
        """Google writes `#REF!`, with no tab."""
        return REF_ERROR


@dataclass(frozen=True, slots=True)
class Name:
    """A word that is neither a function nor a reference: a named range, TRUE, FALSE, or a mistake."""

    word: str

    def text(self) -> str:
        """As written."""
        return self.word


Part = str | Ref | Lost | Name


def _corner_text(row: int | None, column: int | None, row_fixed: bool, column_fixed: bool) -> str:
    left = "" if column is None else ("$" if column_fixed else "") + column_name(column)
    return left + ("" if row is None else ("$" if row_fixed else "") + str(row + 1))


_TITLE = r"(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!"
_CELL = r"\$?[A-Za-z]{1,3}\$?[1-9]\d*"
_TOKEN = re.compile(
    rf"""
    (?P<string>"(?:[^"]|"")*")
  | (?P<lost>(?P<lost_title>{_TITLE})?\#REF!)
  | (?P<ref>(?P<title>{_TITLE})?
      (?: (?P<a>{_CELL})(?::(?P<b>{_CELL}|\$?[A-Za-z]{{1,3}}|\$?[1-9]\d*))?
        | (?P<c>\$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}}(?:\$?[1-9]\d*)?)
        | (?P<d>\$?[1-9]\d*:\$?[1-9]\d*)
      )(?![\w(.]))
  | (?P<call>[^\W\d][\w.]*(?=\s*\())
  | (?P<name>[^\W\d][\w.]*)
  | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
    """,
    re.VERBOSE,
)
_CORNER = re.compile(r"(\$?)([A-Za-z]*)(\$?)(\d*)")


def _corner(text: str) -> tuple[int | None, int | None, bool, bool]:
    match = _CORNER.fullmatch(text)
    if match is None:
        raise ValueError(text)
    first, letters, second, digits = match.groups()
    row = int(digits) - 1 if digits else None
    column = column_index(letters) if letters else None
    return row, column, bool(second if letters else first), bool(first and letters)


def _unquote(title: str | None) -> str | None:
    if title is None:
        return None
    title = title[:-1]
    return title[1:-1].replace("''", "'") if title.startswith("'") else title


def _ref(match: re.Match[str]) -> Ref | None:
    body = match.group("a") or match.group("c") or match.group("d")
    last = match.group("b")
    if match.group("a") is None:
        body, _, last = body.partition(":")
    row1, column1, row1_fixed, column1_fixed = _corner(body)
    if column1 is not None and column1 >= MAX_COLUMNS:
        return None
    title = _unquote(match.group("title"))
    if last is None:
        fixed = (row1_fixed, column1_fixed, row1_fixed, column1_fixed)
        return Ref(title, row1, column1, row1, column1, fixed, range=False)
    row2, column2, row2_fixed, column2_fixed = _corner(last)
    if row1 is not None and row2 is not None and row2 < row1:
        row1, row2, row1_fixed, row2_fixed = row2, row1, row2_fixed, row1_fixed
    if column1 is not None and column2 is not None and column2 < column1:
        column1, column2, column1_fixed, column2_fixed = column2, column1, column2_fixed, column1_fixed
    fixed = (row1_fixed, column1_fixed, row2_fixed, column2_fixed)
    return Ref(title, row1, column1, row2, column2, fixed, range=True)


@lru_cache(maxsize=20_000)
def parse(text: str) -> tuple[Part, ...]:
    """Cut a formula into plain text, references and names."""
    parts: list[Part] = []
    plain = ""
    at = 0
    for match in _TOKEN.finditer(text):
        part = _part(match)
        if part is None:
            continue
        plain += text[at : match.start()]
        at = match.end()
        if plain:
            parts.append(plain)
            plain = ""
        parts.append(part)
    plain += text[at:]
    if plain:
        parts.append(plain)
    return tuple(parts)


def _part(match: re.Match[str]) -> Part | None:
    kind = match.lastgroup
    if match.group("ref"):
        return _ref(match)
    if match.group("lost"):
        return Lost(_unquote(match.group("lost_title")))
    if kind == "name":
        return Name(match.group())
    return None


def rewrite(text: str, change: Callable[[Ref], Ref | Lost]) -> str:
    """The formula with every reference changed; the very same text when none did."""
    parts = parse(text)
    new: list[str] = []
    changed = False
    for part in parts:
        if isinstance(part, Ref):
            after = change(part)
            changed = changed or after is not part
            new.append(after.text())
        else:
            new.append(part if isinstance(part, str) else part.text())
    return "".join(new) if changed else text


def mentions(text: str, title: str, *, own: bool) -> bool:
    """Whether a formula refers to a tab; `own` says that the formula stands on that tab."""
    wanted = title.casefold()
    for part in parse(text):
        if isinstance(part, Ref) and (own if part.title is None else part.title.casefold() == wanted):
            return True
    return False


@lru_cache(maxsize=50_000)
def shifted(text: str, rows: int, columns: int) -> str:
    """The formula as copy and paste writes it so many rows and columns further on."""

    def change(ref: Ref) -> Ref | Lost:
        row1 = _shift(ref.row1, rows, ref.fixed[0])
        row2 = _shift(ref.row2, rows, ref.fixed[2])
        column1 = _shift(ref.column1, columns, ref.fixed[1])
        column2 = _shift(ref.column2, columns, ref.fixed[3])
        if min(x for x in (row1, row2, column1, column2, 0) if x is not None) < 0:
            return Lost(ref.title)
        if (row1, column1, row2, column2) == (ref.row1, ref.column1, ref.row2, ref.column2):
            return ref
        return replace(ref, row1=row1, column1=column1, row2=row2, column2=column2)

    return rewrite(text, change)


def shifted_rule(rule: Any, rows: int, columns: int) -> Any:
    """A validation rule as it reads so many rows and columns further on; the same object if it has no relative part."""
    condition = rule.get("condition", {})
    values = condition.get("values", [])
    after = [
        {**value, "userEnteredValue": shifted(value["userEnteredValue"], rows, columns)}
        if str(value.get("userEnteredValue", "")).startswith("=")
        else value
        for value in values
    ]
    return rule if after == values else {**rule, "condition": {**condition, "values": after}}


def _shift(index: int | None, by: int, fixed: bool) -> int | None:
    return index if index is None or fixed else index + by


def edited(text: str, title: str, edit: Edit, *, own: bool) -> str:
    """The formula after rows or columns of the tab `title` were inserted, deleted or moved."""
    wanted = title.casefold()

    def change(ref: Ref) -> Ref | Lost:
        if not (own if ref.title is None else ref.title.casefold() == wanted):
            return ref
        first, last = (ref.row1, ref.row2) if edit.rows else (ref.column1, ref.column2)
        span = edit.span(first, last) if ref.range else _single(edit, first)
        if span is None:
            return Lost(ref.title)
        if span == (first, last):
            return ref
        if edit.rows:
            return replace(ref, row1=span[0], row2=span[1])
        return replace(ref, column1=span[0], column2=span[1])

    return rewrite(text, change)


def _single(edit: Edit, index: int | None) -> tuple[int | None, int | None] | None:
    if index is None:
        return None, None
    moved = edit.index(index)
    return None if moved is None else (moved, moved)


def retitled(text: str, old: str, new: str | None) -> str:
    """The formula after a tab was renamed, or deleted (`new` is None)."""
    wanted = old.casefold()

    def change(ref: Ref) -> Ref | Lost:
        if ref.title is None or ref.title.casefold() != wanted:
            return ref
        return Lost(ref.title) if new is None else replace(ref, title=new)

    return rewrite(text, change)
