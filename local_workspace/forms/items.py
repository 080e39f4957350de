"""What an item of a form may be: checked, given its ids, and put as Google gives it back.

Google documents most of these rules in the discovery document; where it only says that something cannot be, the
sentence of the refusal is ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .model import is_part_id, questions_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from .model import Form

Json = dict[str, Any]

KINDS = ("questionItem", "questionGroupItem", "pageBreakItem", "textItem", "imageItem", "videoItem")
QUESTIONS = (
    "choiceQuestion",
    "textQuestion",
    "scaleQuestion",
    "dateQuestion",
    "timeQuestion",
    "ratingQuestion",
    "rowQuestion",
    "fileUploadQuestion",
)
BRANCHING = ("RADIO", "DROP_DOWN")
ICONS = ("STAR", "HEART", "THUMB_UP")


class ItemError(ValueError):
    """An item that cannot be; the message is Google's sentence, or ours."""


def one_of(value: Json, names: Collection[str], what: str) -> str:
    """The one member that says what something is.

    Raises:
        ItemError: it has none of them, or several.
    """
    found = [name for name in names if name in value]
    if len(found) != 1:
        raise ItemError(f"{what} must have exactly one of {', '.join(names)}; it has {', '.join(found) or 'none'}.")
    return found[0]


def checked(form: Form, item: Json) -> Json:
    """An item that can stand in a form, its blank ids filled in.

    Args:
        form: the form without the item.
        item: as it was sent; left as it is.

    Raises:
        ItemError: it cannot be.
    """
    kind = one_of(item, KINDS, "An item")
    if kind in ("imageItem", "videoItem") or "image" in item.get(kind, {}):
        raise ItemError("The local workspace carries no images and no videos.")
    _no_newline(item.get("title", ""))
    out: Json = {"itemId": _part_id(form, item.get("itemId", ""), set())}
    out |= {name: item[name] for name in ("title", "description") if item.get(name)}
    taken = {out["itemId"]}
    if kind == "questionItem":
        out[kind] = {"question": _question(form, item[kind].get("question", {}), taken, row=False)}
    elif kind == "questionGroupItem":
        out[kind] = _group(form, item[kind], taken)
    else:
        out[kind] = {}
    return out


def _no_newline(text: str) -> None:
    if "\n" in text or "\r" in text:
        raise ItemError("Displayed text cannot contain newlines")


def _part_id(form: Form, text: str, taken: set[str]) -> str:
    """The id asked for, or a new one."""
    if not text:
        return next(fresh for fresh in iter(form.new_id, "") if fresh not in taken)
    if not is_part_id(text):
        raise ItemError(f"Invalid ID: '{text}'. An ID is a hexadecimal number of at most 31 bits in lower case.")
    held = {one["itemId"] for one in form.items} | {one["questionId"] for _, one in form.questions()} | taken
    if int(text, 16) in {int(one, 16) for one in held}:
        raise ItemError(f"Duplicate ID: '{text}' is already used in the form.")
    return text


def _question(form: Form, question: Json, taken: set[str], *, row: bool) -> Json:
    kind = one_of(question, QUESTIONS, "A question")
    if kind == "fileUploadQuestion":
        raise ItemError("Creating a file upload question is not supported.")
    if row != (kind == "rowQuestion"):
        raise ItemError("A rowQuestion stands in a question group, and nothing else does.")
    out: Json = {"questionId": _part_id(form, question.get("questionId", ""), taken)}
    taken.add(out["questionId"])
    if question.get("required"):
        out["required"] = True
    body = question[kind]
    if kind == "choiceQuestion":
        out[kind] = _choices(form, body, branching=True)
    elif kind == "scaleQuestion":
        out[kind] = _scale(body)
    elif kind == "ratingQuestion":
        if body.get("iconType") not in ICONS or not 3 <= body.get("ratingScaleLevel", 0) <= 10:
            raise ItemError(f"A rating has an iconType of {', '.join(ICONS)} and a ratingScaleLevel from 3 to 10.")
        out[kind] = body
    elif kind == "rowQuestion":
        _no_newline(body.get("title", ""))
        out[kind] = body
    else:
        out[kind] = {name: True for name, value in body.items() if value}
    if "grading" in question:
        out["grading"] = question["grading"]
    return out


def _scale(body: Json) -> Json:
    low, high = body.get("low", 0), body.get("high", 0)
    if low not in (0, 1) or not 2 <= high <= 10:
        raise ItemError(f"A scale goes from 0 or 1 to 2 up to 10, not from {low} to {high}.")
    return body


def _choices(form: Form, body: Json, *, branching: bool) -> Json:
    """A choice question; `branching` where its options may lead to sections."""
    kind = body.get("type", "")
    options = body.get("options", [])
    if kind not in ("RADIO", "CHECKBOX", "DROP_DOWN"):
        raise ItemError("A choice question needs a type: RADIO, CHECKBOX or DROP_DOWN.")
    if not options:
        raise ItemError("A choice question needs at least one option.")
    sections = {item["itemId"] for item in form.items if "pageBreakItem" in item}
    seen: set[str] = set()
    for option in options:
        if "image" in option:
            raise ItemError("The local workspace carries no images and no videos.")
        if option.get("isOther"):
            if kind == "DROP_DOWN" or not branching:
                raise ItemError("Only RADIO and CHECKBOX questions of their own may have an option that is 'other'.")
        elif not option.get("value"):
            raise ItemError("An option needs a value.")
        _no_newline(option.get("value", ""))
        if option.get("value", "") in seen:
            raise ItemError(f"Duplicate option: '{option.get('value', '')}'.")
        seen.add(option.get("value", ""))
        _check_way(option, kind, sections, branching=branching)
    out: Json = {"type": kind, "options": options}
    return {**out, "shuffle": True} if body.get("shuffle") else out


def _check_way(option: Json, kind: str, sections: set[str], *, branching: bool) -> None:
    """Refuse an option that leads where nobody can go."""
    action, section = option.get("goToAction"), option.get("goToSectionId")
    if action is None and section is None:
        return
    if kind not in BRANCHING or not branching:
        raise ItemError("Only RADIO and DROP_DOWN options may have goToAction or goToSectionId.")
    if action is not None and section is not None:
        raise ItemError("An option has goToAction or goToSectionId, not both.")
    if section is not None and section not in sections:
        raise ItemError(f"goToSectionId '{section}' is no section of the form as it stands at this request.")
    if action == "GO_TO_ACTION_UNSPECIFIED":
        raise ItemError("goToAction must be NEXT_SECTION, RESTART_FORM or SUBMIT_FORM.")


def _group(form: Form, body: Json, taken: set[str]) -> Json:
    if "grid" not in body:
        raise ItemError("A question group needs a grid.")
    columns = body["grid"].get("columns", {})
    if columns.get("type") not in ("RADIO", "CHECKBOX"):
        raise ItemError("The columns of a grid are of type RADIO or CHECKBOX.")
    grid: Json = {"columns": _choices(form, columns, branching=False)}
    if body["grid"].get("shuffleQuestions"):
        grid["shuffleQuestions"] = True
    questions = [_question(form, one, taken, row=True) for one in body.get("questions", [])]
    if not questions:
        raise ItemError("A question group needs at least one question.")
    return {"questions": questions, "grid": grid}


def without_section(item: Json, section: str) -> Json:
    """An item whose options no longer lead to a section that is gone: they go on to the next one."""
    for question in questions_of(item):
        for option in question.get("choiceQuestion", {}).get("options", []):
            if option.get("goToSectionId") == section:
                del option["goToSectionId"]
    return item
