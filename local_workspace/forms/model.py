"""A form and an answer to it, as they are kept."""

from __future__ import annotations

import copy
import datetime as dt
import re
import secrets
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

FORM = "application/vnd.google-apps.form"
COLLECTED = ("VERIFIED", "RESPONDER_INPUT")
"""The settings under which an answer has an e-mail address."""
_HEX_ID = re.compile(r"[0-9a-f]{1,8}")
_MOST_ID = 2**31


def is_part_id(text: str) -> bool:
    """Whether an item or a question can have this id: a hexadecimal number of 31 bits, as in Google's own.

    The pre-filled links name a question by the same number in decimals, so no other text can be one.
    """
    return _HEX_ID.fullmatch(text) is not None and 0 < int(text, 16) < _MOST_ID


def entry_name(question_id: str) -> str:
    """The name of a question in pre-filled links: `entry.` and its id as a decimal number."""
    return f"entry.{int(question_id, 16)}"


def timestamp(moment: dt.datetime) -> str:
    """RFC 3339 with none, three or six digits of a second's fraction, as protobuf writes it."""
    text = moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if not moment.microsecond:
        return text + "Z"
    digits = f"{moment.microsecond:06d}"
    return f"{text}.{digits.removesuffix('000')}Z"


@dataclass(slots=True)
class Form:
    """One form. A committed one is not changed in place: see `draft`.

    Attributes:
        id: of its file in Drive.
        public: its id in the address that is given to people.
        items: Item resources, each with its ids.
        revision: grows with every change of what the form asks.
        editable: whether people may change what they sent; Google's API does not know this setting.
    """

    id: str
    public: str
    title: str
    description: str = ""
    items: list[Json] = field(default_factory=list)
    settings: Json = field(default_factory=lambda: {"emailCollectionType": "VERIFIED"})
    published: bool = False
    accepting: bool = False
    revision: int = 1
    editable: bool = False

    def dump(self) -> Json:
        """The form as JSON, for the state file."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def draft(self) -> Form:
        """A copy to be changed."""
        return Form(**copy.deepcopy(self.dump()))

    @property
    def revision_id(self) -> str:
        """What `writeControl` names."""
        return f"{self.revision:08d}"

    def questions(self) -> Iterator[tuple[Json, Json]]:
        """Every question with the item that it stands in, in order; each row of a grid is one."""
        for item in self.items:
            for question in questions_of(item):
                yield item, question

    def new_id(self) -> str:
        """An id that no item and no question of the form has."""
        taken = {item["itemId"] for item in self.items} | {one["questionId"] for _, one in self.questions()}
        while True:
            text = f"{secrets.randbelow(_MOST_ID - 1) + 1:08x}"
            if text not in taken:
                return text


def questions_of(item: Json) -> list[Json]:
    """The questions of one item."""
    if "questionItem" in item:
        return [item["questionItem"]["question"]]
    return list(item.get("questionGroupItem", {}).get("questions", []))


@dataclass(frozen=True, slots=True)
class Answered:
    """What somebody sent with a form.

    Attributes:
        form: the form's id.
        number: counts what was sent, so that there is an order; an edit keeps it.
        edit: the secret of the link by which it can be changed.
        created: when it was first sent, in whole milliseconds; `submitted` when it was last, in microseconds. So the
            two differ for an answer that nobody edited, as Google's do (seen live; see google-wire in the reference).
        answers: the values by the question's id; a question that was left out is not there.
    """

    form: str
    id: str
    number: int
    email: str
    edit: str
    created: dt.datetime
    submitted: dt.datetime
    answers: dict[str, list[str]]

    def dump(self) -> Json:
        """The answer as JSON, for the state file."""
        out: Json = {item.name: getattr(self, item.name) for item in fields(self)}
        return out | {"created": self.created.isoformat(), "submitted": self.submitted.isoformat()}

    @staticmethod
    def load(body: Json) -> Answered:
        """An answer from its JSON."""
        moments = {name: dt.datetime.fromisoformat(body[name]) for name in ("created", "submitted")}
        return Answered(**{**body, **moments})
