"""A form in Google: from the template to the requests that make it so, and from its answers to ours. Pure.

Items and questions have ids of our own, made from their keys, so a form is updated in place: a question whose words
change keeps its id, and with it its answers and every link that fills it in. What a person added to the form stays,
after the item that it stood after. An item that we made and that the template has dropped is deleted; the answers that
it had stay with their responses, under its old id, and are readable again if it comes back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from sync.domain.concerns import FormKey, Response
from sync.domain.errors import InputError, UsageError
from sync.plan import form_ids
from sync.plan.form_ids import SECTION
from sync.plan.form_template import SUBMIT
from sync.plan.identity import is_reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.plan.form_template import FormItem, FormTemplate

Request = dict[str, Any]
Json = dict[str, Any]

_TYPES: Final = {"one": "RADIO", "many": "CHECKBOX", "list": "DROP_DOWN"}
_NOT_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters (NUL ends a text in PostgreSQL) and halves of characters, which have no bytes."""

_MAY_TRAVEL: Final = frozenset({"ref", "class", "concern"})
"""What a link may fill in beside a reference: addresses are kept by browsers, proxies and mail servers."""


# From the template to requests


def form_requests(template: FormTemplate, form: Mapping[str, Any], *, fresh: bool = False) -> list[Request]:
    """The requests of one `forms.batchUpdate` that make a form as the template says; none where it is already.

    Args:
        template: with its words filled in.
        form: as `forms.get` gives it.
        fresh: whether the form was made just now: what it holds that is not ours is what Google put there, and goes.
    """
    wanted = {item_id(item): as_item(item) for item in template.items}
    there: dict[str, Json] = {str(item.get("itemId", "")): item for item in form.get("items", ())}
    # A question that a person turned into a grid keeps its id, and a new one may have it only when that is gone.
    turned = [name for name, item in there.items() if name in wanted and _kind(item) != _kind(wanted[name])]
    order = _Order([str(item.get("itemId", "")) for item in form.get("items", ())])
    requests = _about(template, form)
    requests += order.delete(turned)
    # From the last to the first, so that the section an option leads to is there before the option.
    for place, name in reversed(list(enumerate(wanted))):
        if name not in order.names:
            following = next((each for each in list(wanted)[place + 1 :] if each in order.names), None)
            requests.append(order.create(name, wanted[name], following))
    requests += [
        _update(wanted[name], order.names.index(name))
        for name, item in there.items()
        if name in wanted and name not in turned and _plain(item) != _plain(wanted[name])
    ]
    foreign = {name for name, item in there.items() if name not in wanted and not _made_by_us(item)}
    gone = [name for name in order.names if name not in wanted and (fresh or name not in foreign)]
    requests += order.delete(gone)
    requests += order.move_to(_arranged(order.names, list(wanted)))
    return requests


def item_id(item: FormItem) -> str:
    """The id of a section or question in Google, always the same for the same key."""
    return form_ids.form_id(form_ids.SECTION if item.type == SECTION else form_ids.ITEM, item.key)


def as_item(item: FormItem) -> Json:
    """An Item of the Forms API."""
    made: Json = {"itemId": item_id(item), "title": item.title, "description": item.help}
    if item.type == SECTION:
        return {**made, "pageBreakItem": {}}
    question: Json = {"questionId": form_ids.form_id(form_ids.QUESTION, item.key), "required": item.required}
    if item.type in _TYPES:
        options = [{"value": option, **_going(item, option)} for option in item.options]
        question["choiceQuestion"] = {"type": _TYPES[item.type], "options": options}
    else:
        question["textQuestion"] = {"paragraph": item.type == "long"}
    return {**made, "questionItem": {"question": question}}


def _going(item: FormItem, option: str) -> Json:
    """Where an option leads. With one that leads somewhere, every option of the question says where it does."""
    if not item.go:
        return {}
    target = item.go.get(option)
    if target is None:
        return {"goToAction": "NEXT_SECTION"}
    return (
        {"goToAction": "SUBMIT_FORM"}
        if target == SUBMIT
        else {"goToSectionId": form_ids.form_id(form_ids.SECTION, target)}
    )


def _about(template: FormTemplate, form: Mapping[str, Any]) -> list[Request]:
    info = form.get("info", {})
    requests: list[Request] = []
    if (info.get("title", ""), info.get("description", "")) != (template.title, template.description):
        about = {"title": template.title, "description": template.description}
        requests.append({"updateFormInfo": {"info": about, "updateMask": "title,description"}})
    if form.get("settings", {}).get("emailCollectionType") != "VERIFIED":
        setting = {"emailCollectionType": "VERIFIED"}
        requests.append({"updateSettings": {"settings": setting, "updateMask": "emailCollectionType"}})
    return requests


def _made_by_us(item: Json) -> bool:
    found = str(item.get("itemId", ""))
    if "pageBreakItem" in item:
        return form_ids.is_ours(form_ids.SECTION, found)
    answers = str(item.get("questionItem", {}).get("question", {}).get("questionId", ""))
    return form_ids.is_ours(form_ids.ITEM, found) and form_ids.is_ours(form_ids.QUESTION, answers)


def _update(item: Json, index: int) -> Request:
    # Not the whole item: an image that a person put beside the question stays.
    mask = "title,description" if "pageBreakItem" in item else "title,description,questionItem.question"
    return {"updateItem": {"item": item, "location": {"index": index}, "updateMask": mask}}


def _kind(item: Json) -> str:
    return next((name for name in item if name.endswith("Item")), "")


def _plain(item: Json) -> tuple[object, ...]:
    """What the template has a say in, whatever Google leaves out as a default."""
    question = item.get("questionItem", {}).get("question", {})
    choice, text = question.get("choiceQuestion"), question.get("textQuestion")
    options = tuple((str(each.get("value", "")), _goes(each)) for each in (choice or {}).get("options", ()))
    return (
        item.get("title", ""),
        item.get("description", ""),
        _kind(item),
        question.get("questionId", ""),
        bool(question.get("required")),
        None if choice is None else (choice.get("type"), bool(choice.get("shuffle")), options),
        None if text is None else bool(text.get("paragraph")),
    )


def _goes(option: Json) -> str:
    action = option.get("goToAction", "")
    return str(
        option.get("goToSectionId") or ("" if action in ("NEXT_SECTION", "GO_TO_ACTION_UNSPECIFIED") else action)
    )


def _arranged(names: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Ours as the template has them, each followed by what a person had put after it."""
    after: dict[str, list[str]] = {"": []}
    last = ""
    for name in names:
        if name in wanted:
            last = name
            after.setdefault(last, [])
        else:
            after[last].append(name)
    return [*after[""], *(each for name in wanted for each in (name, *after[name]))]


class _Order:
    """The items' ids as they stand while the requests of a batch are carried out, one after the other."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def create(self, name: str, item: Json, before: str | None) -> Request:
        index = self.names.index(before) if before is not None else len(self.names)
        self.names.insert(index, name)
        return {"createItem": {"item": item, "location": {"index": index}}}

    def delete(self, names: Iterable[str]) -> list[Request]:
        requests = []
        for name in names:
            requests.append({"deleteItem": {"location": {"index": self.names.index(name)}}})
            self.names.remove(name)
        return requests

    def move_to(self, wanted: Sequence[str]) -> list[Request]:
        """Each to its place from the first on: always upwards, where "the new location" can mean one thing only."""
        requests = []
        for index, name in enumerate(wanted):
            at = self.names.index(name)
            if at != index:
                places = {"originalLocation": {"index": at}, "newLocation": {"index": index}}
                requests.append({"moveItem": places})
                self.names.insert(index, self.names.pop(at))
        return requests


# What a form says of itself


@dataclass(frozen=True, slots=True)
class Publishing:
    """Whether people can open the form, and whether it takes answers."""

    published: bool
    accepting: bool


def publishing(form: Mapping[str, Any]) -> Publishing:
    """As `forms.get` says; a form without the field is a legacy one, which is always published."""
    settings = form.get("publishSettings")
    if settings is None:
        return Publishing(published=True, accepting=True)
    state = settings.get("publishState", {})
    return Publishing(bool(state.get("isPublished")), bool(state.get("isAcceptingResponses")))


def questions_of(template: FormTemplate, form: Mapping[str, Any]) -> dict[str, str]:
    """The questionId of each question of the template that the form has, by key."""
    there = {str(item.get("itemId", "")): item for item in form.get("items", ())}
    found = {}
    for item in template.items:
        held = there.get(item_id(item), {}).get("questionItem", {}).get("question", {}).get("questionId")
        if held:
            found[item.key] = str(held)
    return found


# From answers to ours


def answers_of(response: Mapping[str, Any], questions: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The answers of a FormResponse by key, in the order of `questions`; blank ones are not there.

    Args:
        response: as `forms.responses` gives it.
        questions: key -> questionId. Answers to other questions (a person's own) are passed over.
    """
    given = response.get("answers", {})
    found = {}
    for key, name in questions.items():
        texts = given.get(name, {}).get("textAnswers", {}).get("answers", ())
        values = tuple(_storable(each.get("value", "")).strip() for each in texts)
        if any(values):
            found[key] = tuple(value for value in values if value)
    # A link fills both in with the reference; the name is then no name.
    if found.get("name") == found.get("ref"):
        found.pop("name", None)
    return found


def _storable(value: object) -> str:
    """Text without what no database or spreadsheet takes."""
    return _NOT_TEXT.sub("", str(value))


def response_of(form: FormKey, response: Mapping[str, Any], questions: Mapping[str, str]) -> Response:
    """A FormResponse of the Forms API as ours.

    Raises:
        InputError: it has no id or no readable times; its answers are not repeated.
    """
    name = _storable(response.get("responseId", ""))
    if not name:
        raise InputError(f"A response to the {form} form has no id.", next_step="Run again; report it if it returns.")
    created = _instant(response.get("createTime"), form, name)
    submitted = _instant(response.get("lastSubmittedTime") or response.get("createTime"), form, name)
    teacher = _storable(response.get("respondentEmail", "")).strip().casefold()
    return Response(form, name, created, submitted, teacher, answers_of(response, questions))


def _instant(text: object, form: FormKey, name: str) -> datetime:
    """An instant of RFC 3339; Google gives up to nine decimals, of which a `datetime` keeps six."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InputError(
            f"The response {name} to the {form} form has no readable time.",
            next_step="Run again; report it if it returns.",
        )
    return moment.astimezone(UTC)


# Links that fill in


def prefilled(responder_uri: str, questions: Mapping[str, str], values: Mapping[str, str]) -> str:
    """The address of a form with some answers filled in.

    Args:
        responder_uri: of the form.
        questions: key -> questionId; what is not there is not filled in.
        values: key -> answer. `entry.N` in the address is the questionId, read as a hexadecimal number.

    Raises:
        UsageError: a value may not stand in an address, such as a name.
    """
    for key, value in values.items():
        if key not in _MAY_TRAVEL and not (key == "name" and is_reference(value)):
            raise UsageError(f"The answer '{key}' may not stand in an address.", next_step="Leave it out of the link.")
    entries = [(f"entry.{int(questions[key], 16)}", value) for key, value in values.items() if key in questions]
    mark = "&" if "?" in responder_uri else "?"
    return responder_uri + mark + urlencode([("usp", "pp_url"), *entries])


def pupil_link(responder_uri: str, questions: Mapping[str, str], ref: str) -> str:
    """The concern form for one pupil, by opaque reference: it stands in place of the name, which must be answered."""
    return prefilled(responder_uri, questions, {"ref": ref, "name": ref})


def class_link(responder_uri: str, questions: Mapping[str, str], group: str) -> str:
    """The concern form for one class or registration group."""
    return prefilled(responder_uri, questions, {"class": group})


def robin_link(responder_uri: str, questions: Mapping[str, str], concern: str) -> str:
    """The round robin's form for one concern, by its key."""
    return prefilled(responder_uri, questions, {"concern": concern})
