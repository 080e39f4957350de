"""The workbook as declared in `sheets_templates/*.toml`, parsed and checked.

This module is pure: it takes parsed TOML and gives values. Reading the files is `sync.service.templates`' work.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sync.domain.errors import ConfigError
from sync.plan.template_check import references

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

KINDS = ("people", "machine", "view")
MODES = ("", "keyed", "log", "list", "safety")
OWNERS = ("mis", "senco", "sensync")
TYPES = ("text", "date", "datetime", "number", "integer", "percent", "money")
IDENTITIES = ("", "pupil", "provision", "code", "free")
FEATURES = ("concerns",)
"""What a school may leave switched off: its tabs, columns and rows say so with `feature`, and are then not there."""
_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `key` is its identity for ever, `header` only its first name."""

    key: str
    header: str
    owner: str
    type: str = "text"
    width: int = 100
    align: str = ""
    wrap: bool = False
    hidden: bool = False
    note: str = ""
    retention: str = ""
    lookup: str = ""
    formula: str = ""
    list: str = ""
    options: tuple[str, ...] = ()

    @property
    def computed(self) -> bool:
        """Whether Sensync writes a formula in every row of this column."""
        return bool(self.lookup or self.formula)


@dataclass(frozen=True, slots=True)
class Condition:
    """A conditional colour: `formula` speaks of the row with `{column}`."""

    formula: str
    columns: tuple[str, ...]
    background: str = ""
    foreground: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """One condition of a filter view."""

    column: str
    any_of: tuple[str, ...] = ()
    not_blank: bool = False
    starts_with: str = ""


@dataclass(frozen=True, slots=True)
class FilterView:
    """A named view that a person may choose; it hides nothing for others."""

    title: str
    where: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One row of a view tab: texts, numbers and formulas, with a style's name."""

    cells: tuple[str | float, ...]
    style: str = ""
    merge: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart on a view tab; ranges are A1 within the same tab."""

    title: str
    kind: str
    anchor: str
    domain: str
    series: tuple[str, ...]
    stacked: bool = False
    bottom: str = ""
    left: str = ""


@dataclass(frozen=True, slots=True)
class ListOf:
    """The columns between which a drop-down has its words, of a tab by its key: of all rows, or `of_row` alone."""

    tab: str
    first: str
    last: str
    of_row: bool


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab. `sheet_id` is chosen by us from the tab's key, so that one request can refer to another's tab.

    `own_rows` are the columns that make a row a person's own as soon as one of them is filled; without any, people add
    no rows.
    """

    key: str
    title: str
    kind: str
    sheet_id: int
    mode: str = ""
    identity: str = ""
    own_rows: tuple[str, ...] = ()
    hidden: bool = False
    colour: str = ""
    frozen_columns: int = 0
    columns: tuple[Column, ...] = ()
    conditions: tuple[Condition, ...] = ()
    filter_views: tuple[FilterView, ...] = ()
    rows: tuple[ViewRow, ...] = ()
    charts: tuple[Chart, ...] = ()
    widths: tuple[int, ...] = ()
    seed_columns: tuple[str, ...] = ()
    seed_rows: tuple[tuple[str | float, ...], ...] = ()

    def column(self, key: str) -> Column:
        """The column of that key; KeyError if the tab has none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)

    def list_of(self, column: Column) -> ListOf | None:
        """What the drop-down of a column of this tab offers; None for one without a list."""
        if not column.list:
            return None
        first, _, last = column.list.partition(":")
        named, _, start = first.rpartition(".")
        return ListOf(named or self.key, start, last.rpartition(".")[2] or start, of_row=not named)

    @property
    def key_column(self) -> Column:
        """The column that holds the row's identity: the first one."""
        return self.columns[0]

    @property
    def tracked(self) -> bool:
        """Whether Sensync follows this tab's rows, one by one (people's rows with an identity)."""
        return self.identity in ("pupil", "provision")


@dataclass(frozen=True, slots=True)
class Owner:
    """How the columns of one owner look."""

    label: str
    header: str
    cell: str


@dataclass(frozen=True, slots=True)
class Template:
    """A whole workbook."""

    title: str
    tabs: tuple[Tab, ...]
    owners: Mapping[str, Owner] = field(default_factory=dict)

    def tab(self, key: str) -> Tab:
        """The tab of that key; KeyError if there is none."""
        for tab in self.tabs:
            if tab.key == key:
                return tab
        raise KeyError(key)


def parse(
    workbook: Mapping[str, Any], tabs: Mapping[str, Mapping[str, Any]], features: Collection[str] = ()
) -> Template:
    """Check and build a template.

    Args:
        workbook: the parsed `workbook.toml` (or `teachers.toml`).
        tabs: the parsed file of each tab, by its key.
        features: what is switched on (`FEATURES`); tabs, columns and rows of any other are left out.

    Raises:
        ConfigError: with every problem found, each naming the tab, the column and what is wrong.
    """
    problems: list[str] = []
    book = workbook.get("workbook", {})
    order = book.get("tabs", [])
    built: list[Tab] = []
    for key in order:
        if key not in tabs:
            problems.append(f"workbook.toml names the tab '{key}', but there is no {key}.toml.")
            continue
        raw = _switched(f"{key}.toml", tabs[key], features, problems)
        if raw is not None:
            built.append(_tab(key, raw, problems))
    owners = {
        name: Owner(str(o.get("label", name)), str(o.get("header", "#eeeeee")), str(o.get("cell", "#ffffff")))
        for name, o in workbook.get("owners", {}).items()
    }
    for name, owner in owners.items():
        colours = {"header": owner.header, "cell": owner.cell}
        problems += _colours(f"workbook.toml, owner '{name}'", colours)
    template = Template(title=str(book.get("title", "")), tabs=tuple(built), owners=owners)
    problems += references(template)
    if not template.title:
        problems.append("workbook.toml: [workbook] needs a title.")
    if problems:
        raise ConfigError(*problems, next_step="Mend the template files and try again.")
    return template


def _switched(
    where: str, raw: Mapping[str, Any], features: Collection[str], problems: list[str]
) -> dict[str, Any] | None:
    """A tab's file without what belongs to a feature that is off, and without the word; None if the whole tab does."""

    def on(table: Any) -> bool:
        feature = table.get("feature", "") if isinstance(table, dict) else ""
        if feature and feature not in FEATURES:
            problems.append(f"{where}: feature is '{feature}', but must be one of {', '.join(FEATURES)}.")
        return not feature or feature in features

    def plain(table: Any) -> Any:
        return {k: v for k, v in table.items() if k != "feature"} if isinstance(table, dict) else table

    if not on(raw.get("tab")):
        return None
    return {
        word: [plain(each) for each in part if on(each)] if isinstance(part, list) else plain(part)
        for word, part in raw.items()
    }


def sheet_id_of(key: str) -> int:
    """A tab's sheet id, from its key: it stays when a school puts its tabs in another order."""
    return 1 + zlib.crc32(key.encode()) % 2**30


def _tab(key: str, raw: Mapping[str, Any], problems: list[str]) -> Tab:
    where = f"{key}.toml"
    about = dict(raw.get("tab", {}))
    problems += [f"{where}: '[{word}]' is not a section we know." for word in raw if word not in _SECTIONS]
    problems += _shape(f"{where}, [tab]", about, TAB_WORDS)
    if about.get("key") != key:
        problems.append(f"{where}: [tab] key is '{about.get('key')}', but must be '{key}' like the file.")
    for name, allowed in (("kind", KINDS), ("mode", MODES), ("identity", IDENTITIES)):
        value = about.get(name, "")
        if value not in allowed:
            problems.append(f"{where}: {name} is '{value}', but must be one of {', '.join(filter(None, allowed))}.")
    columns = tuple(_column(where, c, problems) for c in raw.get("column", []))
    keys = [c.key for c in columns]
    problems += [f"{where}: the column '{k}' is declared twice." for k in dict.fromkeys(keys) if keys.count(k) > 1]
    if about.get("kind") in ("people", "machine") and not columns:
        problems.append(f"{where}: a tab of kind {about.get('kind')} needs columns.")
    problems += _colours(where, {"colour": about.get("colour", "")})
    seed_columns, seed_rows = _seed(where, raw.get("seed", {}), keys, problems)
    views = _each(where, raw, "filter_view", problems)
    return Tab(
        key=key,
        title=str(about.get("title", key)),
        kind=str(about.get("kind", "")),
        sheet_id=sheet_id_of(key),
        mode=str(about.get("mode", "")),
        identity=str(about.get("identity", "")),
        own_rows=_own_rows(where, about.get("own_rows", []), keys, problems),
        hidden=bool(about.get("hidden", False)),
        colour=str(about.get("colour", "")),
        frozen_columns=_whole_number(about.get("frozen_columns")),
        columns=columns,
        conditions=tuple(
            Condition(c["formula"], tuple(c["columns"]), c.get("background", ""), c.get("foreground", ""))
            for c in _each(where, raw, "conditional", problems)
        ),
        filter_views=tuple(
            FilterView(
                v["title"],
                tuple(
                    Where(w["column"], tuple(w.get("any_of", [])), bool(w.get("not_blank")), w.get("starts_with", ""))
                    for w in _each(f"{where}, [[filter_view]] '{v['title']}'", v, "where", problems)
                ),
            )
            for v in views
        ),
        rows=tuple(
            ViewRow(tuple(r.get("cells", [])), r.get("style", ""), bool(r.get("merge")))
            for r in _each(where, raw, "row", problems)
        ),
        charts=tuple(
            Chart(
                c["title"],
                c["kind"],
                c["anchor"],
                c["domain"],
                tuple(c["series"]),
                bool(c.get("stacked")),
                c.get("bottom", ""),
                c.get("left", ""),
            )
            for c in _each(where, raw, "chart", problems)
        ),
        widths=tuple(about.get("widths", [])),
        seed_columns=seed_columns,
        seed_rows=seed_rows,
    )


def _own_rows(where: str, named: object, keys: Sequence[str], problems: list[str]) -> tuple[str, ...]:
    """The columns that make a row a person's own as soon as one of them is filled."""
    given = tuple(map(str, named)) if isinstance(named, list) else ()
    problems += [
        f"{where}: own_rows names the column '{key}', which there is none of." for key in given if key not in keys
    ]
    return given


def _whole_number(value: object) -> int:
    """A number that was checked already, or 0."""
    return value if isinstance(value, int) else 0


_SECTIONS = ("workbook", "tab", "column", "conditional", "filter_view", "row", "chart", "seed")
TAB_WORDS: Mapping[str, type] = {
    "key": str, "title": str, "kind": str, "mode": str, "identity": str, "own_rows": list, "hidden": bool,
    "colour": str, "frozen_columns": int, "widths": list, "note": str,
}  # fmt: skip
_COLUMN_WORDS: Mapping[str, type] = {
    "key": str, "header": str, "owner": str, "type": str, "width": int, "align": str, "wrap": bool, "hidden": bool,
    "note": str, "retention": str, "lookup": str, "formula": str, "list": str, "options": list,
}  # fmt: skip
_PARTS: Mapping[str, tuple[Mapping[str, type], tuple[str, ...]]] = {
    "conditional": (
        {"formula": str, "columns": list, "background": str, "foreground": str},
        ("formula", "columns"),
    ),
    "filter_view": ({"title": str, "where": list}, ("title", "where")),
    "where": ({"column": str, "any_of": list, "not_blank": bool, "starts_with": str}, ("column",)),
    "row": ({"cells": list, "style": str, "merge": bool}, ("cells",)),
    "chart": (
        {
            "title": str,
            "kind": str,
            "anchor": str,
            "domain": str,
            "series": list,
            "stacked": bool,
            "bottom": str,
            "left": str,
        },
        ("title", "kind", "anchor", "domain", "series"),
    ),
    "seed": ({"columns": list, "rows": list}, ("columns", "rows")),
}
_KIND_NAMES = {str: "a text", int: "a whole number", bool: "true or false", list: "a list"}


def _shape(where: str, raw: Mapping[str, Any], words: Mapping[str, type], needed: Sequence[str] = ()) -> list[str]:
    """Words that we do not know, that are not of their type, or that are missing."""
    found = [f"{where}: '{word}' is not a word we know." for word in raw if word not in words]
    found += [
        f"{where}: '{word}' is {value!r}, but must be {_KIND_NAMES[words[word]]}."
        for word, value in raw.items()
        if word in words and type(value) is not words[word]
    ]
    return found + [f"{where}: '{word}' is missing." for word in needed if word not in raw]


def _each(where: str, raw: Mapping[str, Any], part: str, problems: list[str]) -> list[Mapping[str, Any]]:
    """The tables of one part that can be read; the others are named among the problems."""
    words, needed = _PARTS[part]
    good = []
    for number, one in enumerate(raw.get(part, []), start=1):
        place = f"{where}, [[{part}]] {number}"
        wrong = _shape(place, one, words, needed)
        wrong += _colours(place, {w: one.get(w, "") for w in ("background", "foreground")})
        if not wrong:
            good.append(one)
        problems += wrong
    return good


def _colours(where: str, colours: Mapping[str, object]) -> list[str]:
    return [
        f"{where}: {name} is '{code}', but must be a colour such as #2f6f9f."
        for name, code in colours.items()
        if code and not _COLOUR.match(str(code))
    ]


def _seed(
    where: str, raw: Mapping[str, Any], keys: Sequence[str], problems: list[str]
) -> tuple[tuple[str, ...], tuple[tuple[str | float, ...], ...]]:
    """The rows that a new tab begins with."""
    if not raw:
        return (), ()
    words, needed = _PARTS["seed"]
    wrong = _shape(f"{where}, [seed]", raw, words, needed)
    if not wrong:
        wrong += [f"{where}, [seed]: there is no column '{c}'." for c in raw["columns"] if c not in keys]
        wrong += [
            f"{where}, [seed]: row {number} has {len(row)} values for {len(raw['columns'])} columns."
            for number, row in enumerate(raw["rows"], start=1)
            if len(row) != len(raw["columns"])
        ]
    problems += wrong
    return ((), ()) if wrong else (tuple(raw["columns"]), tuple(tuple(row) for row in raw["rows"]))


def _column(where: str, raw: Mapping[str, Any], problems: list[str]) -> Column:
    name = f"{where}, column '{raw.get('key', '?')}'"
    problems += _shape(name, raw, _COLUMN_WORDS)
    if not _KEY.match(str(raw.get("key", ""))):
        problems.append(f"{name}: a key is small letters, digits and _.")
    if raw.get("owner") not in OWNERS:
        problems.append(f"{name}: owner is '{raw.get('owner')}', but must be one of {', '.join(OWNERS)}.")
    if raw.get("type", "text") not in TYPES:
        problems.append(f"{name}: type is '{raw.get('type')}', but must be one of {', '.join(TYPES)}.")
    if raw.get("owner") == "senco" and (raw.get("lookup") or raw.get("formula")):
        problems.append(f"{name}: a column of the SENCO's cannot have a formula of ours.")
    known: dict[str, Any] = {k: v for k, v in raw.items() if k in _COLUMN_WORDS and type(v) is _COLUMN_WORDS[k]}
    known["options"] = tuple(known.get("options", ()))
    known.setdefault("key", "?")
    known.setdefault("header", known["key"])
    known.setdefault("owner", "senco")
    return Column(**known)


def order_of(template: Template) -> Sequence[str]:
    """The keys of the tabs, left to right."""
    return [tab.key for tab in template.tabs]
