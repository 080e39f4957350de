"""A form as declared: every mistake is told, all at once; nobody can come past the question about harm."""

from __future__ import annotations

import copy
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from sync.domain.concerns import FormKey
from sync.domain.errors import ConfigError
from sync.plan.form_template import FILLED, filled, parse_form
from sync.service.templates import load_form_template

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Json = dict[str, Any]


def raw(key: FormKey = FormKey.CONCERN) -> Json:
    file = resources.files("sheets_templates") / f"{key}_form.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def problems(change: Callable[[Json], object], *, own: bool = False, key: FormKey = FormKey.CONCERN) -> tuple[str, ...]:
    """What is said of our own file after a change, as ours or as a school's copy."""
    told = copy.deepcopy(raw(key))
    change(told)
    with pytest.raises(ConfigError) as error:
        parse_form(key, told, load_form_template(key) if own else None)
    return error.value.problems


def item(told: Json, key: str) -> Json:
    return next(each for each in told["item"] if each["key"] == key)


def put(name: str, /, **words: object) -> Callable[[Json], object]:
    return lambda told: item(told, name).update(words)


def drop(key: str) -> Callable[[Json], object]:
    return lambda told: told["item"].remove(item(told, key))


def test_our_forms_are_as_they_are_written() -> None:
    concern, robin = load_form_template(FormKey.CONCERN), load_form_template(FormKey.ROBIN)
    assert [each.key for each in concern.items if each.type != "section"] == [
        "harm", "told", "ref", "name", "year", "class", "where", "seen", "since", "often", "area", "tried", "effect",
        "parents", "parents_said", "view", "wanted",
    ]  # fmt: skip
    assert [each.key for each in robin.items] == [
        "concern", "subject", "share", "cognition", "memory", "self_management", "attention", "social",
        "communication", "works",
    ]  # fmt: skip
    assert (concern.item("area").options[-1], robin.item("share").options) == ("Not sure", ("Yes", "In part", "No"))


def test_an_item_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_form_template(FormKey.ROBIN).item("harm")


def test_the_words_in_braces_are_filled_in_and_braces_in_them_stay() -> None:
    words = dict.fromkeys(FILLED, "") | {"dsl": "Ms {Adeyemi}", "system": "CPOMS", "school": "Hillcrest"}
    form = filled(load_form_template(FormKey.CONCERN), words)
    assert "Speak to Ms {Adeyemi} now" in form.item("dsl").help
    assert "record it in CPOMS" in form.item("dsl").help
    assert form.description.startswith("For staff of Hillcrest,")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda told: told.update(tab={}), "concern_form.toml: '[tab]' is not a section we know."),
        (
            lambda told: told["form"].pop("file"),
            "concern_form.toml, [form]: 'file' is missing.",
        ),
        (
            lambda told: told["form"].update(key="robin"),
            "concern_form.toml, [form]: key is 'robin', but must be 'concern' like the file.",
        ),
        (
            lambda told: told["form"].update(title=7),
            "concern_form.toml, [form]: 'title' is 7, but must be a text.",
        ),
        (lambda told: told.update(item=[]), "concern_form.toml: it has no [[item]]."),
        (put("seen", titel="?"), "concern_form.toml, item 'seen': 'titel' is not a word we know."),
        (
            put("since", options=["Now", 3]),
            "concern_form.toml, item 'since': 'options' is ['Now', 3], but must be a list of texts.",
        ),
        (
            put("harm", go={"Yes": 1}),
            "concern_form.toml, item 'harm': 'go' is {'Yes': 1}, but must be a table of texts.",
        ),
        (
            put("seen", required="yes"),
            "concern_form.toml, item 'seen': 'required' is 'yes', but must be true or false.",
        ),
        (put("view", key="View"), "concern_form.toml, item 'View': a key is small letters, digits and _."),
        (
            put("seen", type="essay"),
            (
                "concern_form.toml, item 'seen': type is 'essay', but must be one of "
                "section, short, long, one, list, many."
            ),
        ),
        (put("seen", title=" "), "concern_form.toml, item 'seen': a title must say something."),
        (put("seen", title="a\nb"), "concern_form.toml, item 'seen': a title or an option is one line."),
        (put("pupil", required=True), "concern_form.toml, item 'pupil': a section cannot be required."),
        (
            put("since", options=[]),
            "concern_form.toml, item 'since': it needs options, each a text without spaces around it.",
        ),
        (put("since", options=["A", "A"]), "concern_form.toml, item 'since': two of its options are the same."),
        (put("seen", options=["A"]), "concern_form.toml, item 'seen': options are for one, list, many."),
        (
            put("area", go={"Not sure": "submit"}),
            "concern_form.toml, item 'area': go is for one and list: with them an answer is one option.",
        ),
        (
            put("since", go={"Never": "submit"}),
            "concern_form.toml, item 'since': go names 'Never', which is not an option.",
        ),
        (put("view", key="seen"), "concern_form.toml, item 'seen': it is declared twice."),
        (
            put("seen", help="Ask {who}."),
            "concern_form.toml, item 'seen': only {dsl}, {school}, {system} can be filled in.",
        ),
        (
            put("seen", help="Ask {dsl"),
            "concern_form.toml, item 'seen': only {dsl}, {school}, {system} can be filled in.",
        ),
        (
            put("seen", help="Ask {dsl!r}"),
            "concern_form.toml, item 'seen': only {dsl}, {school}, {system} can be filled in.",
        ),
        (
            lambda told: told["form"].update(file="a\nb"),
            "concern_form.toml, [form]: title and file are one line each.",
        ),
        (lambda told: told["form"].update(title=" "), "concern_form.toml, [form]: title must say something."),
        (
            put("parents", go={"Yes": "pupil"}),
            "concern_form.toml, item 'parents': go leads to 'pupil', which is no section below it.",
        ),
        (drop("seen"), "concern_form.toml, item 'seen': it is missing, and Sensync cannot do without it."),
    ],
)
def test_a_mistake_is_told_with_its_place(change: Callable[[Json], object], sentence: str) -> None:
    assert problems(change) == (sentence,)


NOT_FIRST = "concern_form.toml, item 'harm': it must come first, be required, and go from 'Yes' to 'dsl'."
ENDS = "concern_form.toml, item 'told': it must be required, and each of its options must go to 'submit'."
ALONE = "concern_form.toml, item 'told': it must be the only question of the section 'dsl'."


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda told: told["item"].append(told["item"].pop(0) | {"go": {}}), NOT_FIRST),
        (put("harm", required=False), NOT_FIRST),
        (put("harm", go={"Yes": "pupil", "No": "pupil"}), NOT_FIRST),
        (lambda told: told["item"].insert(1, {"key": "more", "type": "section", "title": "M"}),
         "concern_form.toml, item 'dsl': it must follow 'harm'."),
        (lambda told: told["item"].insert(2, {"key": "more", "type": "long", "title": "M"}), ALONE),
        (put("told", required=False), ENDS),
        (put("told", go={}), ENDS),
        (put("told", options=["I am going", "Later"], go={"I am going": "submit"}), ENDS),
        (put("harm", go={"Yes": "dsl"}),
         "concern_form.toml, item 'harm': every other answer must go to the section after 'dsl'."),
    ],
)  # fmt: skip
def test_no_copy_lets_anybody_come_past_the_question_about_harm(
    change: Callable[[Json], object], sentence: str
) -> None:
    assert problems(change) == (sentence,)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda told: told["item"].append({"key": "room", "type": "short", "title": "Room"}),
            "concern_form.toml, item 'room': Sensync has no place for its answers; add it in the form itself.",
        ),
        (put("where", type="long"), "concern_form.toml, item 'where': type must stay 'short'."),
        (put("parents", options=["Yes", "Not yet"]), "concern_form.toml, item 'parents': options must stay Yes, No."),
    ],
)
def test_a_school_s_copy_keeps_what_sensync_reads(change: Callable[[Json], object], sentence: str) -> None:
    assert problems(change, own=True) == (sentence,)


def test_all_mistakes_are_told_at_once() -> None:
    def change(told: Json) -> None:
        put("seen", type="essay")(told)
        put("view", titel="?")(told)

    assert len(problems(change)) == 2


def test_a_school_may_reword_reorder_drop_and_add_sections(tmp_path: Path) -> None:
    text = (resources.files("sheets_templates") / "concern_form.toml").read_text(encoding="utf-8")
    text = text.replace('title = "What have you seen?"', 'title = "What do you see?"')
    start, end = text.index('[[item]]\nkey = "view"'), text.index('[[item]]\nkey = "wanted"')
    view, text = text[start:end], text[:start] + text[end:]
    assert "pupil's own words" in view
    text += '\n[[item]]\nkey = "ours"\ntype = "section"\ntitle = "Thank you"\n'
    (tmp_path / "concern_form.toml").write_text(text, encoding="utf-8")
    form = load_form_template(FormKey.CONCERN, tmp_path)
    assert (form.item("seen").title, form.items[-1].title) == ("What do you see?", "Thank you")
    assert "view" not in [each.key for each in form.items]
    assert load_form_template(FormKey.ROBIN, tmp_path) == load_form_template(FormKey.ROBIN)
