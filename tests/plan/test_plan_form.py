"""A form is brought to its template in place: ids stay, what people added stays, and a second look finds nothing."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from form_model import FormModel, as_google_gives_it
from hypothesis import assume, given
from hypothesis import strategies as st

from sync.domain.concerns import FormKey
from sync.domain.errors import InputError, UsageError
from sync.plan.form import (
    answers_of,
    as_item,
    class_link,
    form_requests,
    item_id,
    prefilled,
    publishing,
    pupil_link,
    questions_of,
    response_of,
    robin_link,
)
from sync.plan.form_ids import ITEM, QUESTION, SECTION, clashing, form_id, is_ours
from sync.plan.form_template import SUBMIT, TYPES, FormItem, FormTemplate, filled
from sync.service.templates import load_form_template

Json = dict[str, Any]
WORDS = {"dsl": "Ms Adeyemi, 01632 960 199", "system": "CPOMS", "school": "Hillcrest"}
CONCERN = filled(load_form_template(FormKey.CONCERN), WORDS)
URI = "https://docs.google.com/forms/d/e/1FAI/viewform"

THEIRS = {"itemId": "00c0ffee", "title": "Room", "questionItem": {"question": {"questionId": "00facade"}}}


def made(template: FormTemplate = CONCERN) -> FormModel:
    model = FormModel()
    model.apply(form_requests(template, model.form, fresh=True))
    return model


def asked(template: FormTemplate, model: FormModel) -> list[Json]:
    return form_requests(template, as_google_gives_it(model.form))


def titles(model: FormModel) -> list[str]:
    return [item["title"] for item in model.items]


# Any template to any other

words = st.text("abcdefgh ?", min_size=1, max_size=8).map(lambda text: f"{text}.")


@st.composite
def templates(draw: st.DrawFn) -> FormTemplate:
    """Any form: its options lead to sections below them, as the checker demands."""
    keys = draw(st.lists(st.sampled_from("abcdefghijkl"), unique=True, max_size=9))
    kinds = [draw(st.sampled_from(TYPES)) for _ in keys]
    items = []
    for place, (key, kind) in enumerate(zip(keys, kinds, strict=True)):
        options = draw(st.lists(words, unique=True, min_size=1, max_size=3)) if kind in ("one", "list", "many") else []
        below = [k for k, t in zip(keys[place + 1 :], kinds[place + 1 :], strict=True) if t == SECTION]
        leads = st.dictionaries(st.sampled_from(options), st.sampled_from([*below, SUBMIT])) if options else st.just({})
        go = draw(leads) if kind in ("one", "list") else {}
        required = kind != SECTION and draw(st.booleans())
        items.append(FormItem(key, kind, draw(words), draw(st.just("") | words), tuple(options), required, go))
    return FormTemplate(FormKey.CONCERN, draw(words), draw(st.just("") | words), "File", tuple(items))


foreign = st.integers(1, 0xFFF).map(lambda number: {**THEIRS, "itemId": f"0000{number:04x}"})


def plain(item: Json) -> Json:
    return as_google_gives_it(item)


@given(templates(), templates(), st.lists(foreign, max_size=4, unique_by=lambda item: item["itemId"]), st.data())
def test_from_any_template_to_any_other_the_form_becomes_as_told(
    first: FormTemplate, second: FormTemplate, added: list[Json], data: st.DataObject
) -> None:
    model = made(first)
    for number, item in enumerate(added):
        place = data.draw(st.integers(0, len(model.items)))
        own = {"question": {"questionId": f"0001{number:04x}", "textQuestion": {}}}
        model.items.insert(place, {**item, "questionItem": own})
    before = {item["itemId"]: copy.deepcopy(item) for item in model.items}

    model.apply(asked(second, model))

    theirs = [item["itemId"] for item in added]
    assert [plain(item) for item in model.items if item["itemId"] not in theirs] == [
        plain(as_item(item)) for item in second.items
    ]
    assert {item["itemId"]: item for item in model.items if item["itemId"] in theirs} == {
        name: item for name, item in before.items() if name in theirs
    }
    assert (model.form["info"]["title"], model.form["info"].get("description", "")) == (
        second.title,
        second.description,
    )
    assert model.form["settings"] == {"emailCollectionType": "VERIFIED"}
    assert asked(second, model) == []


@given(st.text(min_size=1), st.text(min_size=1))
def test_every_id_is_one_that_google_could_have_given(key: str, other: str) -> None:
    found = [form_id(kind, key) for kind in (SECTION, ITEM, QUESTION)]
    assert [len(each) for each in found] == [8, 8, 8]
    assert all(0x10000000 <= int(each, 16) < 2**31 for each in found)
    assert all(is_ours(kind, each) for kind, each in zip((SECTION, ITEM, QUESTION), found, strict=True))
    assume(not clashing([key, other]))
    assert (form_id(ITEM, key) == form_id(ITEM, other)) is (key == other)


def test_an_id_of_somebody_else_is_not_ours() -> None:
    assert not any(is_ours(kind, found) for kind in (SECTION, ITEM, QUESTION) for found in ("", "00c0ffee", "zz", "7"))


def test_ids_are_the_same_on_every_computer_and_in_every_version() -> None:
    assert (form_id(SECTION, "dsl"), form_id(ITEM, "harm"), form_id(QUESTION, "harm")) == (
        "2e1a46d3",
        "3e64c631",
        "3e645f7b",
    )


# The one change at a time


def changed(**changes: object) -> FormTemplate:
    """The concern form with `seen` changed."""
    items = tuple(replace(item, **changes) if item.key == "seen" else item for item in CONCERN.items)  # type: ignore[arg-type]
    return replace(CONCERN, items=items)


def without(*keys: str) -> FormTemplate:
    return replace(CONCERN, items=tuple(item for item in CONCERN.items if item.key not in keys))


def test_a_form_that_is_as_told_needs_no_request() -> None:
    assert asked(CONCERN, made()) == []


def test_other_words_are_one_update_in_place_and_keep_the_question_id() -> None:
    model = made()
    before = questions_of(CONCERN, model.form)
    other = changed(title="What did you see?")
    (request,) = asked(other, model)
    assert request["updateItem"]["updateMask"] == "title,description,questionItem.question"
    model.apply([request])
    assert questions_of(other, model.form) == before


def test_a_question_that_is_dropped_and_comes_back_has_its_old_id() -> None:
    model = made()
    before = questions_of(CONCERN, model.form)
    model.apply(asked(without("view"), model))
    assert "view" not in questions_of(CONCERN, model.form)
    model.apply(asked(CONCERN, model))
    assert questions_of(CONCERN, model.form) == before


def test_a_question_of_the_senco_s_own_stays_where_she_put_it() -> None:
    model = made()
    model.items.insert(6, copy.deepcopy(THEIRS))
    assert titles(model)[5:7] == ["Who is it about?", "Room"]
    assert asked(CONCERN, model) == []
    model.apply(asked(without("ref"), model))
    assert titles(model)[4:6] == ["Who is it about?", "Room"]


def test_an_image_beside_a_question_of_ours_stays_when_its_words_change() -> None:
    model = made()
    seen = next(item for item in model.items if item["itemId"] == form_id(ITEM, "seen"))
    seen["questionItem"]["image"] = {"contentUri": "https://example.org/picture"}
    model.apply(asked(changed(title="What did you see?"), model))
    assert seen["questionItem"]["image"] == {"contentUri": "https://example.org/picture"}


def test_a_question_that_somebody_turned_into_a_grid_is_made_again_with_its_id() -> None:
    model = made()
    at = next(n for n, item in enumerate(model.items) if item["itemId"] == form_id(ITEM, "seen"))
    model.items[at] = {"itemId": form_id(ITEM, "seen"), "title": "Grid", "questionGroupItem": {"questions": []}}
    model.apply(asked(CONCERN, model))
    assert asked(CONCERN, model) == []
    assert questions_of(CONCERN, model.form)["seen"] == form_id(QUESTION, "seen")


def test_what_google_puts_into_a_new_form_goes() -> None:
    model = FormModel([{**THEIRS, "title": "Untitled Question"}])
    model.apply(form_requests(CONCERN, model.form, fresh=True))
    assert "Untitled Question" not in titles(model)


def test_yes_leads_to_the_safeguarding_lead_and_from_there_out_of_the_form() -> None:
    items = made().items
    harm, dsl, told, pupil = items[:4]
    assert [item["title"] for item in (dsl, pupil)] == ["Speak to the safeguarding lead now", "The pupil"]
    assert "Ms Adeyemi, 01632 960 199" in dsl["description"]
    assert harm["questionItem"]["question"]["choiceQuestion"]["options"] == [
        {"value": "Yes", "goToSectionId": dsl["itemId"]},
        {"value": "No", "goToSectionId": pupil["itemId"]},
    ]
    question = told["questionItem"]["question"]
    assert (question["required"], [option["goToAction"] for option in question["choiceQuestion"]["options"]]) == (
        True,
        ["SUBMIT_FORM"],
    )


def test_only_what_is_needed_must_be_answered() -> None:
    assert [item.key for item in CONCERN.items if item.required] == ["harm", "told", "name", "seen"]


# What a form says of itself


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, (True, True)),
        ({"publishSettings": {"publishState": {}}}, (False, False)),
        ({"publishSettings": {"publishState": {"isPublished": True}}}, (True, False)),
        ({"publishSettings": {"publishState": {"isPublished": True, "isAcceptingResponses": True}}}, (True, True)),
    ],
)
def test_what_is_published_and_what_takes_answers(form: Json, expected: tuple[bool, bool]) -> None:
    found = publishing(form)
    assert (found.published, found.accepting) == expected


# Answers

QUESTIONS = {"harm": "10000001", "ref": "10000002", "name": "10000003", "area": "10000004", "seen": "10000005"}


def answer(question: str, *values: str) -> Json:
    return {question: {"questionId": question, "textAnswers": {"answers": [{"value": value} for value in values]}}}


def sent(**answers: tuple[str, ...]) -> Json:
    told: Json = {}
    for key, values in answers.items():
        told |= answer(QUESTIONS[key], *values)
    return {
        "responseId": "ACYDBN1",
        "createTime": "2026-11-20T10:00:00.850Z",
        "lastSubmittedTime": "2026-11-20T10:00:00.850363987Z",
        "respondentEmail": "T.Teacher@School.Example",
        "answers": told,
    }


def test_a_response_has_its_answers_by_key_and_its_times_in_utc() -> None:
    found = response_of(FormKey.CONCERN, sent(harm=("No",), area=("Not sure", "Cognition and learning")), QUESTIONS)
    assert (found.form, found.id, found.teacher) == (FormKey.CONCERN, "ACYDBN1", "t.teacher@school.example")
    assert found.created == datetime(2026, 11, 20, 10, 0, 0, 850_000, tzinfo=UTC)
    assert found.submitted == datetime(2026, 11, 20, 10, 0, 0, 850_363, tzinfo=UTC)
    assert found.answers == {"harm": ("No",), "area": ("Not sure", "Cognition and learning")}


def test_blank_answers_and_questions_of_others_are_left_out() -> None:
    response = sent(seen=("  ",), name=(" Ada Kent ",))
    response["answers"] |= answer("00facade", "B12") | {"10000001": {"questionId": "10000001"}}
    assert answers_of(response, QUESTIONS) == {"name": ("Ada Kent",)}


def test_a_reference_that_a_link_put_in_the_place_of_the_name_is_no_name() -> None:
    assert answers_of(sent(ref=("K7F3M",), name=("K7F3M",)), QUESTIONS) == {"ref": ("K7F3M",)}
    assert answers_of(sent(ref=("K7F3M",), name=("Ada",)), QUESTIONS) == {"ref": ("K7F3M",), "name": ("Ada",)}


def test_a_response_without_answers_or_address_is_still_a_response() -> None:
    found = response_of(FormKey.ROBIN, {"responseId": "R", "createTime": "2026-11-20T10:00:00Z"}, QUESTIONS)
    assert (found.answers, found.teacher, found.submitted) == ({}, "", found.created)


@pytest.mark.parametrize("time", [None, "", "yesterday", "2026-11-20T10:00:00"])
def test_a_response_without_a_time_is_refused_without_its_words(time: object) -> None:
    response = {**sent(name=("Ada Kent",)), "createTime": time, "lastSubmittedTime": time}
    with pytest.raises(InputError) as error:
        response_of(FormKey.CONCERN, response, QUESTIONS)
    assert str(error.value) == "The response ACYDBN1 to the concern form has no readable time."


def test_a_response_without_an_id_is_refused() -> None:
    with pytest.raises(InputError, match=r"^A response to the concern form has no id\.$"):
        response_of(FormKey.CONCERN, {"createTime": "2026-11-20T10:00:00Z"}, QUESTIONS)


# Links


def filled_in(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def test_a_pupil_s_link_holds_the_reference_and_nothing_else() -> None:
    questions = {"ref": "0000000a", "name": "0000000b"}
    assert pupil_link(URI, questions, "K7F3M") == f"{URI}?usp=pp_url&entry.10=K7F3M&entry.11=K7F3M"


def test_a_class_with_a_plus_a_space_and_a_slash_comes_through_whole() -> None:
    url = class_link(URI, {"class": "7fffffff"}, "7B + Ä/&1")
    assert filled_in(url) == {"usp": "pp_url", "entry.2147483647": "7B + Ä/&1"}


def test_an_address_that_has_a_query_is_added_to() -> None:
    assert robin_link(f"{URI}?x=1", {"concern": "0000000a"}, "C-7F3K2") == f"{URI}?x=1&usp=pp_url&entry.10=C-7F3K2"


def test_a_question_that_the_form_lacks_is_not_filled_in() -> None:
    assert pupil_link(URI, {"ref": "0000000a"}, "K7F3M") == f"{URI}?usp=pp_url&entry.10=K7F3M"


@pytest.mark.parametrize("values", [{"name": "Ada Kent"}, {"seen": "He cannot read"}, {"name": "ADAKE"}])
def test_no_name_and_no_word_about_a_child_gets_into_an_address(values: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="may not stand in an address"):
        prefilled(URI, {"name": "0000000a", "seen": "0000000b"}, values)


def test_no_two_keys_of_our_forms_have_one_id() -> None:
    for key in FormKey:
        assert clashing(item.key for item in load_form_template(key).items) == []
        assert len({item_id(item) for item in load_form_template(key).items}) == len(load_form_template(key).items)
