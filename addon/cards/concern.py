"""The card of one concern: what a teacher said, whose it may be, and what the SENCO decides.

Only those are shown it who may read Concern inbox. What the safeguarding screen holds is not here to be shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addon.cards.acts import acts_section
from addon.cards.parts import (
    button,
    buttons,
    card,
    choice_field,
    does,
    fact,
    line,
    opens,
    paragraph,
    search_field,
    section,
)
from addon.cards.typed import typed_choice, typed_day, typed_text
from addon.roles import Right
from sync.domain.school_clock import say_day, say_time
from sync.service.addon_concerns import Stand

if TYPE_CHECKING:
    from datetime import datetime

    from addon.cards.parts import Json
    from addon.cards.reader import Reader
    from sync.service.addon_concerns import ConcernFile
    from sync.service.addon_desk import Triage

_MOST: Final = 1500
"""Characters of an answer that are shown; *Read all of it* leads to the rest."""

_ANSWERS: Final = (
    "seen", "where", "since", "often", "area", "tried", "effect", "parents", "parents_said", "view", "wanted",
)  # fmt: skip
_STANDS: Final = {
    Stand.NEW: "Nothing is decided yet.",
    Stand.WHOSE: "Nobody knows yet which pupil it is about.",
    Stand.HELD: "Its words wait in the form.",
    Stand.OPEN: "",
    Stand.CLOSED: "",
}


def concern_card(reader: Reader, file: ConcernFile, triage: Triage, was: str) -> Json:
    """A concern. `was` tells later whether the row, the form and the pupil are still as shown.

    While a decision waits to be written there is none to be made: the fields would show those of before.
    """
    waits = any(not job.ended for job in file.acts)
    return card(
        f"Concern {file.line.key}",
        [
            acts_section(file.acts, does(reader.to, "concern", key=file.line.key, again="yes")),
            _standing(reader, file),
            _held(triage) if file.line.stands is Stand.HELD else _words(file, triage),
            *(_decision(reader, file, triage, was) if reader.may(Right.DO_WRITE) and not waits else ()),
            section([buttons(button("Home", does(reader.to, "home")))]),
        ],
        subtitle=f"{file.pupil.name} · {file.pupil.place}" if file.pupil else "",
    )


def _standing(reader: Reader, file: ConcernFile) -> Json | None:
    pupil = file.pupil
    return section(
        [
            fact("State", file.line.stands.value, _STANDS[file.line.stands]),
            fact("Clock", file.line.waits),
            line(pupil.name, f"{pupil.place} · {pupil.ref}", does(reader.to, "pupil", ref=pupil.ref))
            if pupil is not None
            else fact("The teacher wrote", file.line.written),
            fact("From", file.teacher or "The form gave no address", f"Received {_at(file.received)}"),
            fact("Mind", file.mind),
        ]
    )


def _at(moment: datetime) -> str:
    return f"{say_day(moment)}, {say_time(moment)}"


def _held(triage: Triage) -> Json | None:
    return section(
        [
            paragraph(
                "Its words may be about safeguarding: Sensync kept none of them. Read them in the form, and make sure "
                "that somebody has spoken to the safeguarding lead."
            ),
            paragraph("Releasing it is done in its row, not here: it counts for the words that you have read."),
            buttons(button("Open the form", opens(triage.responses)) if triage.responses else None),
        ],
        "Held",
    )


def _words(file: ConcernFile, triage: Triage) -> Json | None:
    told = [fact(triage.headers.get(key, key), _cut(file.words.get(key, ""))) for key in _ANSWERS]
    others = [
        fact(triage.headers["answered"], _cut(file.answered)),
        fact(triage.headers["colleagues"], _cut(file.colleagues)),
    ]
    return section([*told, *others], "What was said", folded_after=4)


def _cut(words: str) -> str:
    return words if len(words) <= _MOST else f"{words[:_MOST].rstrip()} … (there is more in the sheet)"


def _decision(reader: Reader, file: ConcernFile, triage: Triage, was: str) -> tuple[Json | None, ...]:
    if not file.in_sheet:
        sync = button("Sync now", does(reader.to, "sync", once=reader.once))
        wait = paragraph("The next sync puts it on Concerns. Then you can decide here.")
        return (section([wait, buttons(sync)]),)
    key, to, typed = file.line.key, reader.to, file.typed
    return (
        _whose(reader, file),
        section(
            [
                typed_choice(typed, "outcome", "Outcome", _items("Not decided yet", triage.outcomes)),
                typed_text(typed, "owner", "Owner", hint="Who sees to it"),
                typed_day(typed, "review", "Review on"),
                typed_text(typed, "ask", "Ask these teachers",
                           hint="Addresses, for an outcome that begins “Ask teachers”"),
                typed_day(typed, "closed", "Closed on"),
            ],
            "Decide",
        ),
        section(
            [
                typed_text(typed, "feedback", "Feedback to the teacher",
                           hint="Leave the child's name out: it goes by e-mail", lines=True),
                typed_choice(typed, "send", "Send", _items("Not now", triage.sends)),
                fact("Sent", _at(file.sent) if file.sent else ""),
            ],
            "Answer",
        ),
        section(
            [
                buttons(
                    button("Save", does(to, "concern_save", key=key, was=was, once=reader.once)),
                    button("Open the row", does(to, "row", tab="concerns", key=key)),
                    button("Read all of it", does(to, "row", tab="concern_inbox", key=key)),
                )
            ]
        ),
    )  # fmt: skip


def _items(nothing: str, options: tuple[str, ...]) -> list[tuple[str, str]]:
    return [("", nothing), *((each, each) for each in options)]


def _whose(reader: Reader, file: ConcernFile) -> Json | None:
    """Whom it may be; of one whose pupil is known, the way to put that right."""
    unsure = file.line.unsure or file.pupil is None
    items = [("", "Leave it as it is"), *file.candidates]
    return section(
        [
            choice_field("chosen", "It may be", items) if file.candidates else None,
            search_field("who", "Somebody else", reader.to, "pupil", "A name; pick from the suggestions"),
        ],
        "Whose is it?" if unsure else "Is it another pupil?",
    )
