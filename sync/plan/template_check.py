"""What a template's files say of one another: every name leads somewhere, and what the engine needs is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.plan.formulas import WORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync.plan.template import Column, Tab, Template

_OF_THIS_ROW = ("school_days", "school_days_before")
_OF_A_SETTING = ("setting", "setting_from", "setting_to")


def references(template: Template) -> list[str]:
    """Every column, tab and setting that a formula, look-up, list, view or colour names must exist."""
    known = {f"{t.key}.{c.key}" for t in template.tabs for c in t.columns}
    problems: list[str] = []
    for tab in template.tabs:
        for column in tab.columns:
            names = [column.lookup] if column.lookup else []
            if listed := tab.list_of(column):
                names += dict.fromkeys(f"{listed.tab}.{name}" for name in (listed.first, listed.last))
            problems += [
                f"{tab.key}.toml, column '{column.key}': there is no column '{name}'."
                for name in names
                if name not in known
            ]
        for where, formula in _formulas(tab):
            problems += [f"{where}: {complaint}" for complaint in _unknown(formula, tab, template, known)]
        own = {c.key for c in tab.columns} | {"*"}
        named = [c for condition in tab.conditions for c in condition.columns]
        named += [w.column for view in tab.filter_views for w in view.where]
        problems += [f"{tab.key}.toml: there is no column '{c}'." for c in named if c not in own]
    return problems


def _formulas(tab: Tab) -> Iterator[tuple[str, str]]:
    for column in tab.columns:
        if column.formula:
            yield f"{tab.key}.toml, column '{column.key}'", column.formula
    for number, condition in enumerate(tab.conditions, start=1):
        yield f"{tab.key}.toml, [[conditional]] {number}", condition.formula
    for number, row in enumerate(tab.rows, start=1):
        for cell in row.cells:
            if isinstance(cell, str) and cell.startswith("="):
                yield f"{tab.key}.toml, [[row]] {number}", cell


def _unknown(formula: str, tab: Tab, template: Template, known: Iterable[str]) -> Iterator[str]:
    own = {c.key for c in tab.columns}
    settings = next((t for t in template.tabs if t.identity == "code"), None)
    codes = {str(row[0]) for row in settings.seed_rows} if settings else set()
    for word, mark, second in WORD.findall(formula):
        if mark == ".":
            if f"{word}.{second}" not in known:
                yield f"there is no column '{word}.{second}'."
        elif not mark:
            if word != "key" and word not in own:
                yield f"there is no column '{word}'."
        elif word in _OF_THIS_ROW:
            if second not in own:
                yield f"there is no column '{second}'."
        elif word in _OF_A_SETTING:
            if second not in codes:
                yield f"there is no setting '{second}'."
        elif word != "gid":
            yield f"'{word}:' is not a word we know."
        elif second not in {t.key for t in template.tabs}:
            yield f"there is no tab '{second}'."


def departures(own: Template, ours: Template) -> list[str]:
    """Where a school's own template leaves out or turns round what the engine needs.

    A school may rename, reorder, widen, hide and add columns, and drop the ones that its SENCO would type in. It may
    not drop a tab or a column that Sensync writes, give a column another owner, or put another column first: the first
    column is each row's identity.
    """
    there = {t.key: t for t in own.tabs}
    problems: list[str] = []
    for tab in ours.tabs:
        mine = there.get(tab.key)
        if mine is None:
            problems.append(f"workbook.toml: the tab '{tab.key}' is missing; hide it with hidden = true instead.")
            continue
        problems += [
            f"{tab.key}.toml: {word} must stay '{getattr(tab, word)}'."
            for word in ("kind", "mode", "identity", "own_rows")
            if getattr(mine, word) != getattr(tab, word)
        ]
        if tab.columns and mine.columns and mine.key_column.key != tab.key_column.key:
            problems.append(f"{tab.key}.toml: the column '{tab.key_column.key}' must stay the first one.")
        problems += _columns(tab, {c.key: c for c in mine.columns})
    return problems


def _columns(tab: Tab, there: dict[str, Column]) -> Iterator[str]:
    for column in tab.columns:
        mine = there.get(column.key)
        if mine is not None and mine.owner != column.owner:
            yield f"{tab.key}.toml, column '{column.key}': owner must stay '{column.owner}'."
        if mine is None and column.owner != "senco":
            yield f"{tab.key}.toml: the column '{column.key}' is missing; hide it with hidden = true instead."
