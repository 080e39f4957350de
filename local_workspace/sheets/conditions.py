"""Conditions on cells: which conditional format a cell wears, and which rows a filter hides.

Rules of https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/other#ConditionType.
A custom formula is written for the upper left cell of its range and shifted to every other cell, as copy and
paste would; the spreadsheet engine computes it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .cells import with_styles
from .change import span_rect
from .formula import shifted
from .gradient import colour_at, stops
from .model import EMPTY, Json, Sheet, Spreadsheet
from .numfmt import show
from .results import Computed, Failure, Result
from .serial import to_serial
from .sorting import sorted_rows
from .typed import type_in

if TYPE_CHECKING:
    from .a1 import Rect
    from .engine import Engine, Values

Place = tuple[int, int]
"""Row and column, 0-based."""


def conditional_formats(book: Spreadsheet, engine: Engine, sheet: Sheet, rect: Rect) -> dict[Place, Json]:
    """The format that conditional rules lay over the cells of a rectangle.

    The first rule that holds for a cell decides, as in Sheets.

    Returns:
        Place -> CellFormat with what the rule sets; cells that no rule touches are absent.
    """
    rules = sheet.items("conditionalFormats")
    if not rules:
        return {}
    judge = Judge(book, engine, sheet)
    found: dict[Place, Json] = {}
    for rule in rules:
        spans = [span_rect(span, sheet).clip(len(sheet.rows), len(sheet.columns)) for span in rule.get("ranges", [])]
        if not spans:
            continue
        wanted = [place for span in spans for place in _places(span, rect) if place not in found]
        if "gradientRule" in rule:
            found.update(_scaled(judge, rule["gradientRule"], spans, wanted))
            continue
        boolean = rule.get("booleanRule", {})
        look = with_styles(boolean.get("format", {}))
        for place in judge.meeting(boolean.get("condition", {}), wanted, (spans[0].top, spans[0].left)):
            found[place] = look
    return found


def _scaled(judge: Judge, rule: Json, spans: list[Rect], wanted: list[Place]) -> dict[Place, Json]:
    """The backgrounds of a colour scale: measured by all numbers of its ranges, given to those of `wanted`."""
    numbers = {place: judge.number(*place) for span in spans for place in _places(span, span)}
    scale = stops(rule, [number for number in numbers.values() if number is not None], judge.read)
    found = {}
    for place in wanted:
        number = numbers[place]
        colour = None if number is None else colour_at(scale, number)
        if colour is not None:
            found[place] = with_styles({"backgroundColor": colour})
    return found


def view_order(book: Spreadsheet, engine: Engine, sheet: Sheet, view: Json) -> list[int]:
    """The rows beneath the header of a filter view in the order of its sort; empty when it does not sort."""
    specs = view.get("sortSpecs") or []
    if not specs:
        return []
    span = span_rect(view.get("range", {}), sheet).clip(len(sheet.rows), len(sheet.columns))
    return sorted_rows(engine.values(book, sheet), sheet, range(span.top + 1, span.bottom), specs)


def hidden_rows(book: Spreadsheet, engine: Engine, sheet: Sheet, shape: Json | None) -> frozenset[int]:
    """The rows that a filter (basic filter or filter view) hides, by hidden values and by conditions."""
    criteria = (shape or {}).get("criteria") or {}
    if not criteria or shape is None:
        return frozenset()
    span = span_rect(shape.get("range", {}), sheet).clip(len(sheet.rows), len(sheet.columns))
    judge = Judge(book, engine, sheet)
    rows = range(span.top + 1, span.bottom)
    hidden: set[int] = set()
    for key, rule in criteria.items():
        column = int(key)
        unwanted = frozenset(rule.get("hiddenValues", ()))
        if unwanted:
            hidden.update(row for row in rows if judge.text(row, column) in unwanted)
        condition = rule.get("condition")
        if condition and condition.get("type") not in {None, "CONDITION_TYPE_UNSPECIFIED"}:
            places = [(row, column) for row in rows]
            kept = {row for row, _ in judge.meeting(condition, places, (span.top + 1, column))}
            hidden.update(row for row in rows if row not in kept)
    return frozenset(hidden)


def _places(span: Rect, rect: Rect) -> Iterable[Place]:
    for row in range(max(span.top, rect.top), min(span.bottom, rect.bottom)):
        for column in range(max(span.left, rect.left), min(span.right, rect.right)):
            yield row, column


@dataclass(frozen=True, slots=True)
class _Seen:
    """A cell as a condition sees it: what it is, and what it shows."""

    value: Result
    text: str

    @property
    def number(self) -> float | None:
        """The number, or a date's serial number; None for anything else."""
        return _number(self.value)


class Judge:
    """Says which cells of a tab meet a BooleanCondition."""

    def __init__(self, book: Spreadsheet, engine: Engine, sheet: Sheet) -> None:
        self._book = book
        self._engine = engine
        self._sheet = sheet
        self._values: Values = engine.values(book, sheet)

    def text(self, row: int, column: int) -> str:
        """What a cell shows."""
        return self._seen(row, column).text

    def number(self, row: int, column: int) -> float | None:
        """A cell's number, or a date's serial number; None for anything else."""
        return _number(self._values.at(row, column, self._sheet.cell(row, column)))

    def read(self, written: str) -> float | None:
        """What a rule's written value comes to, when it is a number."""
        limit = self._limits([{"userEnteredValue": written}])[0]
        return _number(limit)

    def meeting(self, condition: Json, places: list[Place], origin: Place) -> list[Place]:
        """Those of `places` that meet the condition, which was written for the cell `origin`."""
        kind = condition.get("type", "")
        written = [_written(value) for value in condition.get("values", [])]
        if kind == "CUSTOM_FORMULA":
            return self._by_formula(written[0] if written else "", places, origin)
        test = _TESTS.get(kind)
        if test is None or not places:
            return []
        # A text is compared as it is written: typed in, "01/09/2023" would be a number.
        plain = kind.startswith("TEXT_") and not any(text.startswith("=") for text in written)
        limits = written if plain else self._limits(condition.get("values", []))
        return [place for place in places if test(self._seen(*place), limits)]

    def _seen(self, row: int, column: int) -> _Seen:
        cell = self._sheet.cell(row, column)
        value = self._values.at(row, column, cell)
        if cell is EMPTY and value is None:
            return _Seen(None, "")
        return _Seen(value, show(value, (cell.format or {}).get("numberFormat"), self._book.locale) or "")

    def _by_formula(self, formula: str, places: list[Place], origin: Place) -> list[Place]:
        if not formula.startswith("="):
            return []
        # References that are fixed to the column read the same all along a row: asked once, not once a cell.
        texts = {place: placed(shifted(formula, place[0] - origin[0], place[1] - origin[1]), place) for place in places}
        different = list(dict.fromkeys(texts.values()))
        answers = dict(zip(different, self._engine.ask(self._book, self._sheet, different), strict=True))
        return [place for place, text in texts.items() if _holds(answers[text])]

    def _limits(self, values: list[Json]) -> list[Any]:
        """What the cell is compared with: typed text as a cell would take it, or a date relative to today."""
        today = self._engine.today(self._book)
        found: list[Any] = []
        for value in values:
            text = _written(value)
            if value.get("relativeDate"):
                found.append(to_serial(_relative(value["relativeDate"], today))[0])
            elif text.startswith("="):
                found.append(self._engine.ask(self._book, self._sheet, [text])[0])
            else:
                found.append(type_in(text, self._book.locale, today).value)
        return found


_TEXT = re.compile(r'("(?:[^"]|"")*")')
_OWN_ROW = re.compile(r"\bROW\(\s*\)", re.IGNORECASE)
_OWN_COLUMN = re.compile(r"\bCOLUMN\(\s*\)", re.IGNORECASE)


def placed(formula: str, place: Place) -> str:
    """A formula with the number of its own row and column written out: it is asked where it does not stand."""
    parts = _TEXT.split(formula)
    for at in range(0, len(parts), 2):  # every second part is a text in quotes
        parts[at] = _OWN_COLUMN.sub(str(place[1] + 1), _OWN_ROW.sub(str(place[0] + 1), parts[at]))
    return "".join(parts)


def _written(value: Json) -> str:
    return str(value.get("userEnteredValue", ""))


def _relative(name: str, today: dt.date) -> dt.date:
    if name == "PAST_MONTH":
        last = today.replace(day=1) - dt.timedelta(days=1)
        return last.replace(day=min(today.day, last.day))
    if name == "PAST_YEAR":
        leap = (today.month, today.day) == (2, 29)
        return today.replace(year=today.year - 1, day=28 if leap else today.day)
    days = {"PAST_WEEK": -7, "YESTERDAY": -1, "TOMORROW": 1}
    return today + dt.timedelta(days=days.get(name, 0))


def _holds(answer: Result) -> bool:
    if answer is None or isinstance(answer, (Failure, str)):
        return False
    return bool(answer.number if isinstance(answer, Computed) else answer)


def _number(value: Any) -> float | None:
    if isinstance(value, Computed):
        return value.number
    return None if isinstance(value, bool) or not isinstance(value, (int, float)) else value


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    number = _number(value)
    return str(value if number is None else number).casefold()


Test = Callable[[_Seen, list[Any]], bool]


def _on_text(compare: Callable[[str, str], bool]) -> Test:
    return lambda seen, limits: bool(limits) and compare(seen.text.casefold(), _words(limits[0]))


def _on_number(compare: Callable[[float, list[float]], bool], count: int = 1) -> Test:
    def test(seen: _Seen, limits: list[Any]) -> bool:
        number = seen.number
        bounds = [_number(limit) for limit in limits[:count]]
        known = [bound for bound in bounds if bound is not None]
        return number is not None and len(known) == count and compare(number, known)

    return test


def _day(number: float) -> int:
    return int(number // 1)


_TESTS: dict[str, Test] = {
    "BLANK": lambda seen, _: seen.text == "",
    "NOT_BLANK": lambda seen, _: seen.text != "",
    "TEXT_EQ": _on_text(lambda text, wanted: text == wanted),
    "TEXT_NOT_EQ": _on_text(lambda text, wanted: text != wanted),
    "TEXT_CONTAINS": _on_text(lambda text, wanted: wanted in text),
    "TEXT_NOT_CONTAINS": _on_text(lambda text, wanted: wanted not in text),
    "TEXT_STARTS_WITH": _on_text(lambda text, wanted: text.startswith(wanted)),
    "TEXT_ENDS_WITH": _on_text(lambda text, wanted: text.endswith(wanted)),
    "NUMBER_EQ": _on_number(lambda number, limit: number == limit[0]),
    "NUMBER_NOT_EQ": _on_number(lambda number, limit: number != limit[0]),
    "NUMBER_GREATER": _on_number(lambda number, limit: number > limit[0]),
    "NUMBER_GREATER_THAN_EQ": _on_number(lambda number, limit: number >= limit[0]),
    "NUMBER_LESS": _on_number(lambda number, limit: number < limit[0]),
    "NUMBER_LESS_THAN_EQ": _on_number(lambda number, limit: number <= limit[0]),
    "NUMBER_BETWEEN": _on_number(lambda number, limit: limit[0] <= number <= limit[1], 2),
    "NUMBER_NOT_BETWEEN": _on_number(lambda number, limit: not limit[0] <= number <= limit[1], 2),
    "DATE_EQ": _on_number(lambda number, limit: _day(number) == _day(limit[0])),
    "DATE_NOT_EQ": _on_number(lambda number, limit: _day(number) != _day(limit[0])),
    "DATE_BEFORE": _on_number(lambda number, limit: number < limit[0]),
    "DATE_AFTER": _on_number(lambda number, limit: _day(number) > _day(limit[0])),
    "DATE_ON_OR_BEFORE": _on_number(lambda number, limit: _day(number) <= _day(limit[0])),
    "DATE_ON_OR_AFTER": _on_number(lambda number, limit: number >= limit[0]),
    "DATE_BETWEEN": _on_number(lambda number, limit: limit[0] <= _day(number) <= limit[1], 2),
    "DATE_NOT_BETWEEN": _on_number(lambda number, limit: not limit[0] <= _day(number) <= limit[1], 2),
}
