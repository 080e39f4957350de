"""The workbook as declared: every mistake is told, all at once, in words that say where."""

from __future__ import annotations

import copy
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from sync.domain.errors import ConfigError
from sync.plan.template import FEATURES, TYPES, Column, order_of, parse
from sync.service.templates import load_teachers_template, load_template

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOOK: dict[str, Any] = {
    "workbook": {"title": "A workbook", "tabs": ["list"]},
    "owners": {"mis": {"label": "From the MIS", "header": "#d0e0f0", "cell": "#ffffff"}},
}
LIST: dict[str, Any] = {
    "tab": {"key": "list", "title": "List", "kind": "people", "identity": "free", "colour": "#2f6f9f"},
    "column": [
        {"key": "name", "header": "Name", "owner": "senco", "note": "A name."},
        {
            "key": "long",
            "header": "Long",
            "owner": "sensync",
            "type": "integer",
            "formula": "=LEN({name})",
            "note": ".",
        },
    ],
}


def problems(change: Callable[[dict[str, Any], dict[str, Any]], object]) -> tuple[str, ...]:
    """What is said of a small template after a change to its workbook and its one tab."""
    book, tab = copy.deepcopy(BOOK), copy.deepcopy(LIST)
    change(book, tab)
    with pytest.raises(ConfigError) as error:
        parse(book, {"list": tab})
    return error.value.problems


def column(**words: object) -> Callable[[dict[str, Any], dict[str, Any]], object]:
    return lambda _, tab: tab["column"].append({"key": "new", "header": "New", "owner": "senco", **words})


def part(name: str, **words: object) -> Callable[[dict[str, Any], dict[str, Any]], object]:
    return lambda _, tab: tab.setdefault(name, []).append(words)


def test_a_small_template_is_as_it_is_written() -> None:
    template = parse(BOOK, {"list": LIST})
    tab = template.tab("list")
    assert (template.title, order_of(template), tab.key_column.key) == ("A workbook", ["list"], "name")
    assert tab.column("long") == Column("long", "Long", "sensync", type="integer", formula="=LEN({name})", note=".")
    assert [(c.key, c.computed) for c in tab.columns] == [("name", False), ("long", True)]
    for look in (template.tab, tab.column):
        with pytest.raises(KeyError):
            look("nothing")


def test_every_problem_is_told_at_once() -> None:
    def spoil(book: dict[str, Any], tab: dict[str, Any]) -> None:
        book["workbook"] = {"tabs": ["list", "ghost"]}
        tab["tab"] |= {"kind": "wide", "mode": "loud", "identity": "none"}
        tab["column"][0] |= {"owner": "mum", "type": "colour", "wdith": 3}

    assert problems(spoil) == (
        "list.toml: kind is 'wide', but must be one of people, machine, view.",
        "list.toml: mode is 'loud', but must be one of keyed, log, list, safety.",
        "list.toml: identity is 'none', but must be one of pupil, provision, code, free.",
        "list.toml, column 'name': 'wdith' is not a word we know.",
        "list.toml, column 'name': owner is 'mum', but must be one of mis, senco, sensync.",
        f"list.toml, column 'name': type is 'colour', but must be one of {', '.join(TYPES)}.",
        "workbook.toml names the tab 'ghost', but there is no ghost.toml.",
        "workbook.toml: [workbook] needs a title.",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda _, tab: tab["tab"].update(key="other"),
            "list.toml: [tab] key is 'other', but must be 'list' like the file.",
        ),
        (lambda _, tab: tab["tab"].update(size=3), "list.toml, [tab]: 'size' is not a word we know."),
        (
            lambda _, tab: tab["tab"].update(frozen_columns="two"),
            "list.toml, [tab]: 'frozen_columns' is 'two', but must be a whole number.",
        ),
        (
            lambda _, tab: tab["tab"].update(colour="red"),
            "list.toml: colour is 'red', but must be a colour such as #2f6f9f.",
        ),
        (lambda _, tab: tab.update(colum=[]), "list.toml: '[colum]' is not a section we know."),
        (lambda _, tab: tab.update(column=[]), "list.toml: a tab of kind people needs columns."),
        (
            lambda book, _: book["owners"]["mis"].update(header="blue"),
            "workbook.toml, owner 'mis': header is 'blue', but must be a colour such as #2f6f9f.",
        ),
        (column(key="name"), "list.toml: the column 'name' is declared twice."),
        (column(key="A b"), "list.toml, column 'A b': a key is small letters, digits and _."),
        (column(width="wide"), "list.toml, column 'new': 'width' is 'wide', but must be a whole number."),
        (column(wrap=1), "list.toml, column 'new': 'wrap' is 1, but must be true or false."),
        (column(options="K"), "list.toml, column 'new': 'options' is 'K', but must be a list."),
        (column(formula="=1"), "list.toml, column 'new': a column of the SENCO's cannot have a formula of ours."),
        (column(list="list.gone"), "list.toml, column 'new': there is no column 'list.gone'."),
        (column(list="list.name:list.gone"), "list.toml, column 'new': there is no column 'list.gone'."),
        (column(owner="mis", lookup="roll.name"), "list.toml, column 'new': there is no column 'roll.name'."),
        (column(owner="mis", formula="={gone}"), "list.toml, column 'new': there is no column 'gone'."),
        (column(owner="mis", formula="={roll.ref}"), "list.toml, column 'new': there is no column 'roll.ref'."),
        (column(owner="mis", formula="={school_days:gone}"), "list.toml, column 'new': there is no column 'gone'."),
        (column(owner="mis", formula="={setting:rate}"), "list.toml, column 'new': there is no setting 'rate'."),
        (column(owner="mis", formula="={gid:gone}"), "list.toml, column 'new': there is no tab 'gone'."),
        (column(owner="mis", formula="={word:name}"), "list.toml, column 'new': 'word:' is not a word we know."),
        (part("conditional", columns=["name"]), "list.toml, [[conditional]] 1: 'formula' is missing."),
        (
            part("conditional", formula="={gone}", columns=["*"]),
            "list.toml, [[conditional]] 1: there is no column 'gone'.",
        ),
        (part("conditional", formula="=1", columns=["gone"]), "list.toml: there is no column 'gone'."),
        (
            part("conditional", formula="=1", columns=["*"], background="#12345"),
            "list.toml, [[conditional]] 1: background is '#12345', but must be a colour such as #2f6f9f.",
        ),
        (part("filter_view", title="All"), "list.toml, [[filter_view]] 1: 'where' is missing."),
        (
            part("filter_view", title="All", where=[{"any_of": ["x"]}]),
            "list.toml, [[filter_view]] 'All', [[where]] 1: 'column' is missing.",
        ),
        (part("filter_view", title="All", where=[{"column": "gone"}]), "list.toml: there is no column 'gone'."),
        (part("row", cells=["={gid:gone}"]), "list.toml, [[row]] 1: there is no tab 'gone'."),
        (part("row", style="title"), "list.toml, [[row]] 1: 'cells' is missing."),
        (
            part("chart", title="A", kind="BAR", anchor="A1", domain="A1"),
            "list.toml, [[chart]] 1: 'series' is missing.",
        ),
        (
            lambda _, tab: tab.update(seed={"columns": ["gone"], "rows": [["a"]]}),
            "list.toml, [seed]: there is no column 'gone'.",
        ),
        (
            lambda _, tab: tab.update(seed={"columns": ["name"], "rows": [["a"], ["a", "b"]]}),
            "list.toml, [seed]: row 2 has 2 values for 1 columns.",
        ),
        (lambda _, tab: tab.update(seed={"columns": ["name"]}), "list.toml, [seed]: 'rows' is missing."),
    ],
)
def test_a_mistake_is_told_with_its_place(
    change: Callable[[dict[str, Any], dict[str, Any]], object], said: str
) -> None:
    assert said in problems(change)


def test_a_tab_keeps_its_sheet_id_when_the_tabs_change_places() -> None:
    other = copy.deepcopy(LIST) | {"tab": {"key": "other", "kind": "people", "identity": "free"}}
    ids = [
        {
            t.key: t.sheet_id
            for t in parse(BOOK | {"workbook": {"title": "A", "tabs": order}}, {"list": LIST, "other": other}).tabs
        }
        for order in (["list", "other"], ["other", "list"])
    ]
    assert ids[0] == ids[1]


# The files that come with Sensync, and a school's own


def test_the_tabs_of_the_workbook_have_sheet_ids_of_their_own() -> None:
    template = load_template()
    ids = [t.sheet_id for t in (*template.tabs, *load_teachers_template(features=FEATURES).tabs)]
    assert len(set(ids)) == len(ids)
    assert [i for i in ids if not 0 < i < 2**31] == []


def test_every_column_explains_itself() -> None:
    assert [f"{t.key}.{c.key}" for t in load_template().tabs for c in t.columns if not c.note] == []


def own_copy(folder: Path, name: str, change: Callable[[str], str]) -> Path:
    text = (resources.files("sheets_templates") / name).read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text
    tomllib.loads(changed)
    (folder / name).write_text(changed, encoding="utf-8")
    return folder


def test_a_school_may_rename_and_add_columns_and_drop_its_own(tmp_path: Path) -> None:
    own_copy(tmp_path, "register.toml", lambda text: text.replace('header = "Notes"', 'header = "My notes"') + EXTRA)
    register = load_template(tmp_path).tab("register")
    assert register.column("notes").header == "My notes"
    assert register.columns[-1] == Column("taxi", "Taxi", "senco")


EXTRA = """
[[column]]
key = "taxi"
header = "Taxi"
owner = "senco"
"""


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        (
            "roll.toml",
            lambda text: text.replace('key = "upn"', 'key = "upn_now"'),
            "roll.toml: the column 'upn' is missing; hide it with hidden = true instead.",
        ),
        (
            "status.toml",
            lambda text: text.replace(
                '[[column]]\nkey = "topic"', '[[column]]\nkey = "first"\nowner = "sensync"\n[[column]]\nkey = "topic"'
            ),
            "status.toml: the column 'topic' must stay the first one.",
        ),
        (
            "register.toml",
            lambda text: text.replace('identity = "pupil"', 'identity = "free"'),
            "register.toml: identity must stay 'pupil'.",
        ),
        (
            "log.toml",
            lambda text: text.replace(
                'key = "note"\nheader = "Note"\nowner = "sensync"', 'key = "note"\nowner = "senco"'
            ),
            "log.toml, column 'note': owner must stay 'sensync'.",
        ),
        (
            "workbook.toml",
            lambda text: text.replace('"safety",', ""),
            "workbook.toml: the tab 'safety' is missing; hide it with hidden = true instead.",
        ),
    ],
)
def test_a_school_may_not_leave_out_what_the_engine_needs(
    tmp_path: Path, name: str, change: Callable[[str], str], said: str
) -> None:
    own_copy(tmp_path, name, change)
    with pytest.raises(ConfigError) as error:
        load_template(tmp_path)
    assert error.value.problems == (said,)


def test_a_file_that_is_no_toml_and_a_folder_that_is_none_are_named(tmp_path: Path) -> None:
    (tmp_path / "roll.toml").write_text("[tab", encoding="utf-8")
    with pytest.raises(ConfigError, match="it is not TOML"):
        load_template(tmp_path)
    with pytest.raises(ConfigError, match="templates_dir is not a folder"):
        load_template(tmp_path / "nowhere")


def test_what_belongs_to_a_feature_is_there_only_where_it_is_on() -> None:
    tab = copy.deepcopy(LIST)
    tab["column"].append({"key": "new", "header": "New", "owner": "senco", "feature": "concerns"})
    tab["conditional"] = [{"formula": '={new}="x"', "columns": ["new"], "background": "#ffffff", "feature": "concerns"}]
    assert [c.key for c in parse(BOOK, {"list": tab}).tab("list").columns] == ["name", "long"]
    whole = parse(BOOK, {"list": tab}, FEATURES).tab("list")
    assert ([c.key for c in whole.columns], len(whole.conditions)) == (["name", "long", "new"], 1)
    tab["tab"]["feature"] = "concerns"
    assert parse(BOOK, {"list": tab}).tabs == ()


def test_a_feature_that_there_is_not_is_told() -> None:
    assert problems(column(feature="concern")) == ("list.toml: feature is 'concern', but must be one of concerns.",)


def test_a_list_of_a_column_that_the_row_has_not_is_told() -> None:
    assert problems(column(list="name:nobody")) == ("list.toml, column 'new': there is no column 'list.nobody'.",)


def test_without_features_no_tab_or_column_of_concerns_is_there() -> None:
    plain, whole = load_template(), load_template(features=FEATURES)
    assert [tab.key for tab in whole.tabs if tab not in plain.tabs and tab.key in order_of(plain)] == [
        "home",
        "dashboard",
        "register",
    ]
    assert sorted({*order_of(whole)} - {*order_of(plain)}) == ["concern_inbox", "concerns"]
