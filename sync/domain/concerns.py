"""Teachers' concerns and the form responses that they come from, as plain frozen records.

A *response* is what a member of staff sent with one of our forms; a *concern* is the one thing that Sensync makes of a
response to the concern form, however often and in whatever order it arrives. Instants are aware and in UTC. A pupil is
named by the opaque reference alone; what people wrote is kept out of `repr`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - whoever resolves the fields needs it at run time
from enum import StrEnum

Answers = Mapping[str, tuple[str, ...]]
"""What was answered, by the question's key in the form's template; several values to a tick-box question."""


class FormKey(StrEnum):
    """Which of our forms: the one for concerns, or the one that asks a pupil's other teachers (the round robin)."""

    CONCERN = "concern"
    ROBIN = "robin"


class Link(StrEnum):
    """How a concern found its pupil: not yet, by the reference in the form's link, by name, or by a person's choice."""

    NONE = ""
    REFERENCE = "reference"
    NAME = "name"
    PERSON = "person"


class Screen(StrEnum):
    """What the safeguarding screen made of the free text: nothing found, held back, or released by a person."""

    CLEAR = "clear"
    HELD = "held"
    RELEASED = "released"


def tells_of_harm(answers: Answers) -> bool:
    """Whether the form's first question, if a child is at risk of harm, was answered with Yes."""
    return any(each.strip().casefold() == "yes" for each in answers.get("harm", ()))


@dataclass(frozen=True, slots=True)
class Response:
    """One response to one of our forms, as Google has it.

    Attributes:
        form: which form.
        id: Google's responseId; an edited response keeps it.
        created: when it was first sent.
        submitted: when it was last sent; later than `created` (by more than a second) where it was edited.
        teacher: the verified e-mail address it was sent from, casefolded; "" where Google gives none.
        answers: what was answered, by the question's key in the form's template; every question that was left out is
            not there. A tick-box question has several values, every other one value.
    """

    form: FormKey
    id: str
    created: datetime
    submitted: datetime
    teacher: str = field(default="", repr=False)
    answers: Answers = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Concern:
    """One concern as it stands.

    Attributes:
        key: ours, opaque: `C-` and five letters or digits. Letters to staff name the concern by it.
        response: the responseId it came from; one response, one concern.
        version: 1, and one more for each edit of the response.
        received: when the response was first sent.
        submitted: when the newest version was sent.
        teacher: as in `Response`.
        ref: the pupil's reference, "" while nobody knows.
        link: how `ref` was found.
        candidates: references of the pupils it may be about, best first, at most three. Beside a known `ref`: an edit
            reads as if about these, and a person is to say; otherwise empty once `ref` is known.
        screen: HELD: Sensync keeps no answers of it, they wait in the form.
        answers: of the newest version, as in `Response`.
        gone: when the response was found deleted in the form; the concern stays.
    """

    key: str
    response: str
    version: int
    received: datetime
    submitted: datetime
    teacher: str = field(default="", repr=False)
    ref: str = ""
    link: Link = Link.NONE
    candidates: tuple[str, ...] = ()
    screen: Screen = Screen.CLEAR
    answers: Answers = field(default_factory=dict, repr=False)
    gone: datetime | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """Words of the SENCO's that go back to the teacher of a concern, once.

    Attributes:
        concern: the concern's key.
        words: as they stood when she chose to send them.
        tick: what she chose under *Send* then, folded; "" once she has cleared it. Other words go with another choice.
        asked_at: when the sync took them.
        sent_at: when the letter went, None while it waits.
    """

    concern: str
    words: str = field(repr=False)
    tick: str
    asked_at: datetime
    sent_at: datetime | None = None
