"""The workbook as declared in `sheets_templates/*.toml`, parsed and checked.

This module is pure: it takes parsed TOML and gives values. Reading the files is `sync.service.templates`' work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sync.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KINDS = ("people", "machine", "view")
MODES = ("", "keyed", "log", "list", "safety")
OWNERS = ("mis", "senco", "sensync")
TYPES = ("text", "date", "datetime", "number", "integer", "percent", "money")
IDENTITIES = ("", "pupil", "provision", "code", "free")
_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")


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
class Tab:
    """One tab. `sheet_id` is chosen by us from the tab's key, so that one request can refer to another's tab."""

    key: str
    title: str
    kind: str
    sheet_id: int
    mode: str = ""
    identity: str = ""
    own_rows: bool = False
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


def parse(workbook: Mapping[str, Any], tabs: Mapping[str, Mapping[str, Any]]) -> Template:
    """Check and build a template.

    Args:
        workbook: the parsed `workbook.toml` (or `teachers.toml`).
        tabs: the parsed file of each tab, by its key.

    Raises:
        ConfigError: with every problem found, each naming the tab, the column and what is wrong.
    """
    problems: list[str] = []
    book = workbook.get("workbook", {})
    order = book.get("tabs", [])
    built: list[Tab] = []
    for position, key in enumerate(order):
        if key not in tabs:
            problems.append(f"workbook.toml names the tab '{key}', but there is no {key}.toml.")
            continue
        built.append(_tab(key, tabs[key], sheet_id=1000 + position, problems=problems))
    owners = {
        name: Owner(str(o.get("label", name)), str(o.get("header", "#eeeeee")), str(o.get("cell", "#ffffff")))
        for name, o in workbook.get("owners", {}).items()
    }
    template = Template(title=str(book.get("title", "")), tabs=tuple(built), owners=owners)
    problems.extend(_references(template))
    if not template.title:
        problems.append("workbook.toml: [workbook] needs a title.")
    if problems:
        raise ConfigError(*problems, next_step="Mend the template files and try again.")
    return template


def _tab(key: str, raw: Mapping[str, Any], *, sheet_id: int, problems: list[str]) -> Tab:
    about = dict(raw.get("tab", {}))
    where = f"{key}.toml"
    if about.get("key") != key:
        problems.append(f"{where}: [tab] key is '{about.get('key')}', but must be '{key}' like the file.")
    for name, allowed in (("kind", KINDS), ("mode", MODES), ("identity", IDENTITIES)):
        value = about.get(name, "")
        if value not in allowed:
            problems.append(f"{where}: {name} is '{value}', but must be one of {', '.join(filter(None, allowed))}.")
    columns = tuple(_column(where, c, problems) for c in raw.get("column", []))
    keys = [c.key for c in columns]
    problems.extend(f"{where}: the column '{k}' is declared twice." for k in {k for k in keys if keys.count(k) > 1})
    if about.get("kind") in ("people", "machine") and not columns:
        problems.append(f"{where}: a tab of kind {about.get('kind')} needs columns.")
    seed = raw.get("seed", {})
    return Tab(
        key=key,
        title=str(about.get("title", key)),
        kind=str(about.get("kind", "")),
        sheet_id=sheet_id,
        mode=str(about.get("mode", "")),
        identity=str(about.get("identity", "")),
        own_rows=bool(about.get("own_rows", False)),
        hidden=bool(about.get("hidden", False)),
        colour=str(about.get("colour", "")),
        frozen_columns=int(about.get("frozen_columns", 0)),
        columns=columns,
        conditions=tuple(
            Condition(c["formula"], tuple(c["columns"]), c.get("background", ""), c.get("foreground", ""))
            for c in raw.get("conditional", [])
        ),
        filter_views=tuple(
            FilterView(
                v["title"],
                tuple(
                    Where(
                        w["column"],
                        tuple(w.get("any_of", [])),
                        bool(w.get("not_blank")),
                        w.get("starts_with", ""),
                    )
                    for w in v["where"]
                ),
            )
            for v in raw.get("filter_view", [])
        ),
        rows=tuple(
            ViewRow(tuple(r.get("cells", [])), r.get("style", ""), bool(r.get("merge"))) for r in raw.get("row", [])
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
            for c in raw.get("chart", [])
        ),
        widths=tuple(about.get("widths", [])),
        seed_columns=tuple(seed.get("columns", [])),
        seed_rows=tuple(tuple(r) for r in seed.get("rows", [])),
    )


_COLUMN_WORDS = set(Column.__dataclass_fields__)


def _column(where: str, raw: Mapping[str, Any], problems: list[str]) -> Column:
    name = f"{where}, column '{raw.get('key', '?')}'"
    problems.extend(f"{name}: '{word}' is not a word we know." for word in raw if word not in _COLUMN_WORDS)
    if not _KEY.match(str(raw.get("key", ""))):
        problems.append(f"{name}: a key is small letters, digits and _.")
    if raw.get("owner") not in OWNERS:
        problems.append(f"{name}: owner is '{raw.get('owner')}', but must be one of {', '.join(OWNERS)}.")
    if raw.get("type", "text") not in TYPES:
        problems.append(f"{name}: type is '{raw.get('type')}', but must be one of {', '.join(TYPES)}.")
    if raw.get("owner") == "senco" and (raw.get("lookup") or raw.get("formula")):
        problems.append(f"{name}: a column of the SENCO's cannot have a formula of ours.")
    known = {k: v for k, v in raw.items() if k in _COLUMN_WORDS}
    known["options"] = tuple(raw.get("options", ()))
    known.setdefault("key", "?")
    known.setdefault("header", known["key"])
    known.setdefault("owner", "senco")
    return Column(**known)


_REFERENCE = re.compile(r"\{([a-z_0-9]+)\.([a-z_0-9]+)\}")


def _references(template: Template) -> list[str]:
    """Every `tab.column` that a formula, look-up or list names must exist."""
    known = {f"{t.key}.{c.key}" for t in template.tabs for c in t.columns}
    problems = []
    for tab in template.tabs:
        for column in tab.columns:
            names = [f"{a}.{b}" for a, b in _REFERENCE.findall(column.formula)]
            names += [column.lookup] if column.lookup else []
            names += column.list.split(":") if column.list else []
            problems += [
                f"{tab.key}.toml, column '{column.key}': there is no column '{name}'."
                for name in names
                if name not in known
            ]
        own = {c.key for c in tab.columns} | {"*"}
        named = [c for condition in tab.conditions for c in condition.columns]
        named += [w.column for view in tab.filter_views for w in view.where]
        problems += [f"{tab.key}.toml: there is no column '{c}'." for c in named if c not in own]
    return problems


def order_of(template: Template) -> Sequence[str]:
    """The keys of the tabs, left to right."""
    return [tab.key for tab in template.tabs]
