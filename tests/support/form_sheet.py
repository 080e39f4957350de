"""A form of the local workspace, and the few calls that most tests make."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import quote

Json = dict[str, Any]
OPEN = {"publishState": {"isPublished": True, "isAcceptingResponses": True}}
HARM, WHO, SEEN, AREA, LATER, READ = "a1", "a2", "a3", "a4", "a5", "a9"
DSL, ABOUT = "b1", "b2"


def question(title: str, question_id: str = "", *, required: bool = False, **kind: Any) -> Json:
    """An Item with one question; `kind` is its one member, such as `textQuestion={}`."""
    ids = {"questionId": question_id} if question_id else {}
    return {"title": title, "questionItem": {"question": {**ids, **({"required": True} if required else {}), **kind}}}


def choice(kind: str, *options: str | Json) -> Json:
    """A ChoiceQuestion."""
    return {"type": kind, "options": [{"value": one} if isinstance(one, str) else one for one in options]}


def section(title: str, item_id: str) -> Json:
    return {"itemId": item_id, "title": title, "pageBreakItem": {}}


def create(item: Json, index: int) -> Json:
    return {"createItem": {"item": item, "location": {"index": index}}}


class Caller(Protocol):
    """Calls a workspace as one account, such as `workspace_kit.Caller`."""

    def __call__(self, method: str, path: str, body: Any = None) -> Any: ...

    def refused(self, method: str, path: str, body: Any = None) -> Json: ...


class Sheet:
    """A form, called as one account."""

    def __init__(self, call: Caller, title: str = "A concern", **query: str) -> None:
        self.call = call
        extra = "".join(f"?{name}={value}" for name, value in query.items())
        self.made = call("POST", f"/v1/forms{extra}", {"info": {"title": title, "documentTitle": "Concern form"}})
        self.id: str = self.made["formId"]
        self.path = f"/v1/forms/{self.id}"
        self.public = self.made["responderUri"].split("/")[-2]

    def read(self) -> Json:
        return self.call("GET", self.path)  # type: ignore[no-any-return]

    def batch(self, *requests: Json, **more: Any) -> Json:
        return self.call("POST", f"{self.path}:batchUpdate", {"requests": list(requests), **more})  # type: ignore[no-any-return]

    def refused(self, *requests: Json, **more: Any) -> str:
        error = self.call.refused("POST", f"{self.path}:batchUpdate", {"requests": list(requests), **more})
        assert error["code"] == 400
        return str(error["message"])

    def add(self, *items: Json) -> list[Json]:
        """Add items at the end; gives the replies."""
        start = len(self.read().get("items", []))
        return self.batch(*(create(item, start + number) for number, item in enumerate(items)))["replies"]  # type: ignore[no-any-return]

    def publish(self, settings: Json | None = None) -> Json:
        body = {"publishSettings": settings or OPEN, "updateMask": "publish_state"}
        return self.call("POST", f"{self.path}:setPublishSettings", body)  # type: ignore[no-any-return]

    def give(self, **who: str) -> None:
        body = {"role": "reader", "view": "published", **who}
        self.call("POST", f"/drive/v3/files/{self.id}/permissions", body)

    def responses(self, filter_: str = "", **query: str) -> Json:
        asked = {**({"filter": filter_} if filter_ else {}), **query}
        text = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
        return self.call("GET", f"{self.path}/responses?{text}")  # type: ignore[no-any-return]


def concern_form(call: Caller) -> Sheet:
    """A small form with sections: harm ends at the DSL's section, everything else goes on; open to the school."""
    form = Sheet(call)
    told = choice("RADIO", {"value": "Yes", "goToAction": "SUBMIT_FORM"})
    form.add(
        section("Tell the DSL now", DSL),
        question("Have you told them?", READ, required=True, choiceQuestion=told),
        section("About the pupil", ABOUT),
        question("Who?", WHO, required=True, textQuestion={}),
        question("What did you see?", SEEN, required=True, textQuestion={"paragraph": True}),
        question("Which areas?", AREA, choiceQuestion=choice("CHECKBOX", "Reading", "Mood", {"isOther": True})),
        question("Since when?", LATER, dateQuestion={"includeYear": True}),
    )
    ways = choice("RADIO", {"value": "Yes", "goToSectionId": DSL}, {"value": "No", "goToSectionId": ABOUT})
    form.batch(create(question("Is a child at risk of harm?", HARM, required=True, choiceQuestion=ways), 0))
    form.publish()
    form.give(type="domain", domain="school.example")
    return form


HARMED = {HARM: "Yes", READ: "Yes"}
ANSWERS = {HARM: "No", WHO: "pupil 17", SEEN: "Squints\nat the board"}
