"""A Google form as declared in `sheets_templates/*_form.toml`, parsed and checked.

This module is pure: it takes parsed TOML and gives values. Reading the files is `sync.service.templates`' work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

from sync.domain.concerns import FormKey
from sync.domain.errors import ConfigError
from sync.plan.form_ids import SECTION, clashing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CHOICES: Final = ("one", "list", "many")
"""Types that have options; `many` takes several of them."""
TYPES: Final = (SECTION, "short", "long", *CHOICES)
SUBMIT: Final = "submit"
"""Where an option goes that ends the form."""
HARM: Final = "harm"
YES: Final = "Yes"
FILLED: Final = frozenset({"dsl", "system", "school"})
"""The words in braces that a text may hold."""

_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
_FORM_WORDS: Mapping[str, type] = {"key": str, "title": str, "description": str, "file": str}
_ITEM_WORDS: Mapping[str, type] = {
    "key": str, "type": str, "title": str, "help": str, "options": list, "required": bool, "go": dict,
}  # fmt: skip
_KIND_NAMES = {str: "a text", bool: "true or false", list: "a list of texts", dict: "a table of texts"}

_NEEDED: Mapping[FormKey, tuple[str, ...]] = {
    FormKey.CONCERN: (HARM, "dsl", "told", "pupil", "ref", "name", "year", "class", "seen"),
    FormKey.ROBIN: ("concern", "share"),
}
"""What Sensync branches, links and matches by. Any other question a school may leave out."""

_SAME_OPTIONS: Mapping[FormKey, tuple[str, ...]] = {
    FormKey.CONCERN: (HARM, "parents"),
    FormKey.ROBIN: ("share",),
}
"""Questions whose answers Sensync reads, not only shows."""


@dataclass(frozen=True, slots=True)
class FormItem:
    """A section or a question.

    Attributes:
        key: its identity for ever; ids in Google are made from it.
        type: one of `TYPES`.
        help: the small text under the title.
        options: of a question with choices.
        required: whether the form cannot be sent without an answer.
        go: option -> the key of a section, or `SUBMIT`; an option that is not there goes on with the next section.
    """

    key: str
    type: str
    title: str
    help: str = ""
    options: tuple[str, ...] = ()
    required: bool = False
    go: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormTemplate:
    """A whole form; `file` is its name in Drive."""

    key: FormKey
    title: str
    description: str
    file: str
    items: tuple[FormItem, ...]

    def item(self, key: str) -> FormItem:
        """The item of that key; KeyError if there is none."""
        for item in self.items:
            if item.key == key:
                return item
        raise KeyError(key)


def parse_form(key: FormKey, raw: Mapping[str, Any], ours: FormTemplate | None = None) -> FormTemplate:
    """Check and build a form's template.

    Args:
        key: which form it must be.
        raw: the parsed `concern_form.toml` or `robin_form.toml`.
        ours: the template that comes with Sensync, where `raw` is a school's own copy.

    Raises:
        ConfigError: with every problem found, each naming the file, the item and what is wrong.
    """
    where = f"{key}_form.toml"
    problems = [f"{where}: '[{word}]' is not a section we know." for word in raw if word not in ("form", "item")]
    about = raw.get("form", {})
    about = about if isinstance(about, dict) else {}
    problems += _shape(f"{where}, [form]", about, _FORM_WORDS, tuple(_FORM_WORDS))
    if "key" in about and about["key"] != key:
        problems.append(f"{where}, [form]: key is '{about['key']}', but must be '{key}' like the file.")
    told = raw.get("item", [])
    given = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    items = tuple(_item(where, number, one, problems) for number, one in enumerate(given, start=1))
    if not items:
        problems.append(f"{where}: it has no [[item]].")
    template = FormTemplate(
        key,
        str(about.get("title", "")),
        str(about.get("description", "")),
        str(about.get("file", "")),
        items,
    )
    if not problems:
        problems += [f"{where}, {sentence}" for sentence in _together(template)]
        problems += [f"{where}, {sentence}" for sentence in _departures(template, ours)] if ours else []
    if problems:
        raise ConfigError(*problems, next_step="Mend the template file and try again.")
    return template


def filled(template: FormTemplate, words: Mapping[str, str]) -> FormTemplate:
    """The template with the words in braces filled in, `FILLED` to text."""

    def fill(text: str) -> str:
        return text.format(**words)

    return replace(
        template,
        title=fill(template.title),
        description=fill(template.description),
        items=tuple(replace(item, title=fill(item.title), help=fill(item.help)) for item in template.items),
    )


def _item(where: str, number: int, raw: Mapping[str, Any], problems: list[str]) -> FormItem:
    name = f"{where}, item '{raw.get('key', number)}'"
    found = _shape(name, raw, _ITEM_WORDS, ("key", "type", "title"))
    known: dict[str, Any] = {k: v for k, v in raw.items() if k in _ITEM_WORDS and type(v) is _ITEM_WORDS[k]}
    item = FormItem(
        key=known.get("key", ""),
        type=known.get("type", ""),
        title=known.get("title", ""),
        help=known.get("help", ""),
        options=tuple(map(str, known.get("options", ()))),
        required=known.get("required", False),
        go={option: str(target) for option, target in known.get("go", {}).items()},
    )
    problems += found or [f"{name}: {sentence}" for sentence in _alone(item, known)]
    return item


def _shape(where: str, raw: Mapping[str, Any], words: Mapping[str, type], needed: Sequence[str]) -> list[str]:
    """Words that we do not know, that are not of their type, or that are missing."""
    found = [f"{where}: '{word}' is not a word we know." for word in raw if word not in words]
    found += [
        f"{where}: '{word}' is {value!r}, but must be {_KIND_NAMES[words[word]]}."
        for word, value in raw.items()
        if word in words and not _is_a(value, words[word])
    ]
    return found + [f"{where}: '{word}' is missing." for word in needed if word not in raw]


def _is_a(value: object, kind: type) -> bool:
    if isinstance(value, dict):
        return kind is dict and all(isinstance(each, str) for each in value.values())
    if isinstance(value, list):
        return kind is list and all(isinstance(each, str) for each in value)
    return type(value) is kind


def _alone(item: FormItem, given: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one item, whatever the others are."""
    if not _KEY.match(item.key):
        yield "a key is small letters, digits and _."
    if item.type not in TYPES:
        yield f"type is '{item.type}', but must be one of {', '.join(TYPES)}."
        return
    if not item.title.strip():
        yield "a title must say something."
    # Google refuses these with "Displayed text cannot contain newlines"; a help text may have several lines.
    if any("\n" in text for text in (item.title, *item.options)):
        yield "a title or an option is one line."
    if item.type == SECTION and "required" in given:
        yield "a section cannot be required."
    if item.type in CHOICES:
        if not item.options or not all(option.strip() == option and option for option in item.options):
            yield "it needs options, each a text without spaces around it."
        if len(set(item.options)) < len(item.options):
            yield "two of its options are the same."
    elif item.options:
        yield f"options are for {', '.join(CHOICES)}."
    if item.go and item.type not in ("one", "list"):
        yield "go is for one and list: with them an answer is one option."
    yield from (f"go names '{option}', which is not an option." for option in item.go if option not in item.options)


def _together(template: FormTemplate) -> Iterator[str]:
    """What is wrong with the items as they follow each other, and with the words in braces."""
    keys = [item.key for item in template.items]
    yield from (f"item '{key}': it is declared twice." for key in dict.fromkeys(keys) if keys.count(key) > 1)
    yield from (
        f"item '{key}': choose another key, this one has the id of another item in Google."
        for key in clashing(dict.fromkeys(keys))
    )
    texts = [("[form]", template.title), ("[form]", template.description)]
    texts += [(f"item '{item.key}'", text) for item in template.items for text in (item.title, item.help)]
    yield from (
        f"{place}: only {', '.join(f'{{{word}}}' for word in sorted(FILLED))} can be filled in."
        for place, text in texts
        if not _words(text) <= FILLED
    )
    if any("\n" in text for text in (template.title, template.file)):
        yield "[form]: title and file are one line each."
    yield from (
        f"[form]: {word} must say something." for word in ("title", "file") if not getattr(template, word).strip()
    )
    for place, item in enumerate(template.items):
        later = {each.key for each in template.items[place + 1 :] if each.type == SECTION}
        yield from (
            f"item '{item.key}': go leads to '{target}', which is no section below it."
            for target in item.go.values()
            if target != SUBMIT and target not in later
        )
    yield from (
        f"item '{key}': it is missing, and Sensync cannot do without it."
        for key in _NEEDED[template.key]
        if key not in keys
    )
    if template.key is FormKey.CONCERN and set(_NEEDED[FormKey.CONCERN]) <= set(keys):
        yield from _safe(template)


def _words(text: str) -> set[str]:
    """The words in braces of a text; one that cannot be is given for braces that are not well formed."""
    try:
        parts = [part for part in Formatter().parse(text) if part[1] is not None]
    except ValueError:
        return {"a brace that is not closed"}
    plain = all(not spec and not conversion for _, _, spec, conversion in parts)
    return {str(name) for _, name, _, _ in parts} if plain else {"more than a word"}


def _safe(template: FormTemplate) -> Iterator[str]:
    """Nobody who answers that a child is at risk of harm may come to a question about it.

    The Forms API cannot say where a section goes on to (its PageBreakItem has no such field), so the section with the
    safeguarding lead ends with a question that must be answered and whose every option ends the form.
    """
    first, *rest = template.items
    if first.key != HARM or not first.required or first.type != "one" or first.go.get(YES) != "dsl":
        yield f"item '{HARM}': it must come first, be required, and go from '{YES}' to 'dsl'."
        return
    if not rest or rest[0].key != "dsl":
        yield f"item 'dsl': it must follow '{HARM}'."
        return
    page = list(_until_section(rest[1:]))
    last = template.item("told")
    if [item.key for item in page] != ["told"]:
        yield "item 'told': it must be the only question of the section 'dsl'."
    if (
        last.type != "one"
        or not last.required
        or set(last.go) != set(last.options)
        or set(last.go.values()) != {SUBMIT}
    ):
        yield f"item 'told': it must be required, and each of its options must go to '{SUBMIT}'."
    targets = [first.go.get(option, "") for option in first.options if option != YES]
    if any(target in ("", "dsl", SUBMIT) for target in targets):
        yield f"item '{HARM}': every other answer must go to the section after 'dsl'."


def _until_section(items: Sequence[FormItem]) -> Iterator[FormItem]:
    for item in items:
        if item.type == SECTION:
            return
        yield item


def _departures(own: FormTemplate, ours: FormTemplate) -> Iterator[str]:
    """Where a school's copy adds or turns round what Sensync reads."""
    known = {item.key: item for item in ours.items}
    for item in own.items:
        if item.key not in known and item.type != SECTION:
            yield f"item '{item.key}': Sensync has no place for its answers; add it in the form itself."
        elif item.key in known and item.type != known[item.key].type:
            yield f"item '{item.key}': type must stay '{known[item.key].type}'."
        elif item.key in _SAME_OPTIONS[own.key] and item.options != known[item.key].options:
            yield f"item '{item.key}': options must stay {', '.join(known[item.key].options)}."
