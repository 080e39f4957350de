"""Whether what somebody sends with a form can be an answer to it: the way through its sections, and each value."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from .model import questions_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .model import Form

Json = dict[str, Any]

SUBMIT = "SUBMIT_FORM"
MISSING = "This question must be answered."
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_DURATION = re.compile(r"\d{2}:[0-5]\d")


class AnswerError(ValueError):
    """What cannot be sent.

    Attributes:
        problems: a sentence by the question's id; the id is "" for what is about the whole.
    """

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name or 'the form'}: {text}" for name, text in problems.items()))
        self.problems = problems


def sections_of(form: Form) -> list[tuple[str, list[Json]]]:
    """The sections in order: the id of the page break that begins each ("" for the first), and the items in it."""
    sections: list[tuple[str, list[Json]]] = [("", [])]
    for item in form.items:
        if "pageBreakItem" in item:
            sections.append((item["itemId"], []))
        else:
            sections[-1][1].append(item)
    return sections


def checked(form: Form, given: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The answers that count: those in the sections that the answers lead through.

    Args:
        form: the form.
        given: values by the question's id.

    Raises:
        AnswerError: a question on the way lacks its answer, or has one that it cannot have.
    """
    known = {question["questionId"] for _, question in form.questions()}
    problems = {name: "The form has no such question." for name in given if name not in known}
    sections = sections_of(form)
    places = {name: index for index, (name, _) in enumerate(sections)}
    kept: dict[str, list[str]] = {}
    at: int | None = 0
    seen: set[int] = set()
    while at is not None and at < len(sections):
        seen.add(at)
        way: Json = {}
        for item in sections[at][1]:
            for question in questions_of(item):
                name = question["questionId"]
                values, problem = _values(item, question, given.get(name, ()))
                if problem:
                    problems[name] = problem
                if values:
                    kept[name] = values
                way = _way(question, values) or way
        at = _next(way, at, places)
        if at in seen:
            problems[""] = "The answers lead back to a section that they came from."
            break
    if problems:
        raise AnswerError(problems)
    return kept


def _way(question: Json, values: Sequence[str]) -> Json:
    """The option whose way the answer takes, {} when it leads nowhere in particular."""
    for option in question.get("choiceQuestion", {}).get("options", []):
        if [option.get("value")] == list(values) and ("goToAction" in option or "goToSectionId" in option):
            found: Json = option
            return found
    return {}


def _next(way: Json, at: int, places: Mapping[str, int]) -> int | None:
    """The section after this one; None when the form is sent."""
    if "goToSectionId" in way:
        return places[way["goToSectionId"]]
    action = way.get("goToAction")
    if action == SUBMIT:
        return None
    return 0 if action == "RESTART_FORM" else at + 1


def _values(item: Json, question: Json, given: Sequence[str]) -> tuple[list[str], str]:
    """The values of one question as they are kept, and what is wrong with them ("" for nothing)."""
    values = [value for value in given if value.strip()]
    if not values:
        return [], MISSING if question.get("required") else ""
    choice = question.get("choiceQuestion") or item.get("questionGroupItem", {}).get("grid", {}).get("columns")
    if choice is not None:
        return _chosen(choice, values)
    if len(values) > 1:
        return [], "This question takes one answer."
    return values, _fault(question, values[0])


def _chosen(choice: Json, values: list[str]) -> tuple[list[str], str]:
    offered = [option["value"] for option in choice["options"] if not option.get("isOther")]
    others = [value for value in values if value not in offered]
    if others and not (len(others) == 1 and any(option.get("isOther") for option in choice["options"])):
        return [], f"“{others[0]}” is not among the options."
    if choice["type"] != "CHECKBOX" and len(values) > 1:
        return [], "This question takes one answer."
    return [value for value in offered if value in values] + others, ""


def _fault(question: Json, value: str) -> str:
    """What is wrong with a value that somebody typed."""
    if "textQuestion" in question:
        long = question["textQuestion"].get("paragraph")
        return "" if long or not re.search(r"[\r\n]", value) else "This answer has one line."
    if "timeQuestion" in question:
        form = _DURATION if question["timeQuestion"].get("duration") else _TIME
        return "" if form.fullmatch(value) else "Give hours and minutes, such as 14:51."
    if "dateQuestion" in question:
        return _date_fault(question["dateQuestion"], value)
    scale = question.get("scaleQuestion")
    low, high = (scale.get("low", 0), scale["high"]) if scale else (1, question["ratingQuestion"]["ratingScaleLevel"])
    fits = re.fullmatch(r"\d{1,2}", value) is not None and low <= int(value) <= high
    return "" if fits else f"Choose a number from {low} to {high}."


def _date_fault(asked: Json, value: str) -> str:
    """What is wrong with a date; its shape follows what the question asks for (documented at TextAnswer.value)."""
    shape = ("%Y-%m-%d" if asked.get("includeYear") else "%m-%d") + (" %H:%M" if asked.get("includeTime") else "")
    # Without a year any leap day is a date.
    text, whole = (value, shape) if asked.get("includeYear") else (f"2000-{value}", f"%Y-{shape}")
    try:
        # strptime takes single digits, which no answer has.
        same = dt.datetime.strptime(text, whole).strftime(whole) == text  # noqa: DTZ007 - the school's own date
    except ValueError:
        same = False
    words = shape.replace("%Y", "YYYY").replace("%m", "MM").replace("%d", "DD").replace("%H:%M", "HH:MM")
    return "" if same else f"Give a date that exists, as {words}."
