"""A form as the Forms API keeps it: requests are carried out in turn, and refused as Google refuses them."""

from __future__ import annotations

import copy
from typing import Any

Json = dict[str, Any]


class FormModel:
    """One form. What `apply` refuses raises ValueError and leaves the form as it was (a batch is atomic)."""

    def __init__(self, items: list[Json] | None = None) -> None:
        self.form: Json = {"formId": "F", "info": {"title": "Untitled form"}, "items": copy.deepcopy(items or [])}

    @property
    def items(self) -> list[Json]:
        return self.form["items"]

    def apply(self, requests: list[Json]) -> None:
        before = copy.deepcopy(self.form)
        try:
            for request in requests:
                ((kind, body),) = request.items()
                getattr(self, f"_{kind}")(copy.deepcopy(body))
            self._whole()
        except Exception:
            self.form = before
            raise

    def _updateFormInfo(self, body: Json) -> None:  # noqa: N802 - Google's word
        for name in body["updateMask"].split(","):
            self.form["info"][name] = body["info"].get(name, "")

    def _updateSettings(self, body: Json) -> None:  # noqa: N802
        self.form.setdefault("settings", {}).update(body["settings"])

    def _createItem(self, body: Json) -> None:  # noqa: N802
        index, item = body["location"]["index"], body["item"]
        self._in_range(index, len(self.items) + 1)
        if item["itemId"] in [each["itemId"] for each in self.items]:
            raise ValueError("the item id is used already")
        self._check(item)
        self.items.insert(index, item)

    def _updateItem(self, body: Json) -> None:  # noqa: N802
        index, item = body["location"]["index"], body["item"]
        self._in_range(index, len(self.items))
        self._check(item)
        for path in body["updateMask"].split(","):
            *parents, last = path.split(".")
            source, target = item, self.items[index]
            for name in parents:
                source, target = source[name], target[name]
            target[last] = source[last]

    def _moveItem(self, body: Json) -> None:  # noqa: N802
        start, end = body["originalLocation"]["index"], body["newLocation"]["index"]
        self._in_range(start, len(self.items))
        self._in_range(end, len(self.items))
        self.items.insert(end, self.items.pop(start))

    def _deleteItem(self, body: Json) -> None:  # noqa: N802
        index = body["location"]["index"]
        self._in_range(index, len(self.items))
        gone = self.items.pop(index)["itemId"]
        if any(option.get("goToSectionId") == gone for item in self.items for option in options(item)):
            raise ValueError("an option leads to the section")

    def _in_range(self, index: int, end: int) -> None:
        if not 0 <= index < end:
            raise ValueError("the index is out of range")

    def _check(self, item: Json) -> None:
        sections = {each["itemId"] for each in self.items if "pageBreakItem" in each}
        targets = {option["goToSectionId"] for option in options(item) if "goToSectionId" in option}
        if not targets <= sections:
            raise ValueError("an option leads to no section")
        if "\n" in item["title"]:
            raise ValueError("Displayed text cannot contain newlines")

    def _whole(self) -> None:
        questions = [each["questionItem"]["question"]["questionId"] for each in self.items if "questionItem" in each]
        if len(set(questions)) < len(questions):
            raise ValueError("a question id is used twice")


def options(item: Json) -> list[Json]:
    return item.get("questionItem", {}).get("question", {}).get("choiceQuestion", {}).get("options", [])


def as_google_gives_it(form: Json) -> Json:
    """The same form with what Google leaves out: false, empty texts, and the navigation that is the default."""

    def lean(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {name: lean(each) for name, each in value.items() if each not in (False, "")}
            return {name: each for name, each in kept.items() if each != "NEXT_SECTION"}
        return [lean(each) for each in value] if isinstance(value, list) else value

    return lean(form)
