"""Surgeries: the list, one with who booked, and the form for a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from addon.cards.parts import (
    button,
    buttons,
    card,
    choice_field,
    day_field,
    does,
    fact,
    line,
    paragraph,
    section,
    text_field,
    time_field,
)
from addon.roles import Right
from sync.domain.school_clock import say_time
from sync.service.addon_school import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addon.cards.parts import Json
    from addon.cards.reader import Reader
    from sync.service.addon_meetings import Booked, Sitting

_MOST_SITTINGS = 30
_MOST_BOOKED = 60
KINDS = ("Surgery", "Coffee morning", "Staff drop-in")
OPEN, CLOSED, DRAFT = "Open", "Closed", "Draft"


def surgeries_card(reader: Reader, sittings: Sequence[Sitting]) -> Json:
    """The surgeries to come."""
    lines = [
        line(each.title, " · ".join(part for part in (each.state, each.taken) if part),
             does(reader.to, "surgery", key=each.key))
        for each in sittings[:_MOST_SITTINGS]
    ]  # fmt: skip
    left = len(sittings) - len(lines)
    more = paragraph(f"And {left} more on the Surgeries tab.") if left > 0 else None
    return card(
        "Surgeries",
        [
            section(lines or [paragraph("There is no surgery to come.")]),
            section([more]),
            section(
                [
                    buttons(
                        button("New surgery", does(reader.to, "surgery_new")) if reader.may(Right.DO_WRITE) else None,
                        button("Home", does(reader.to, "home")),
                    )
                ]
            ),
        ],
    )


def surgery_card(reader: Reader, sitting: Sitting, was: str) -> Json:
    """One surgery: what Sensync understood of its row, who booked, and what can be done with it."""
    told = {"key": sitting.key, "was": was, "once": reader.once}
    can = reader.may(Right.DO_WRITE)
    booked = [_booked_line(reader, each) for each in sitting.booked[:_MOST_BOOKED]]
    left = len(sitting.booked) - len(booked)
    return card(
        sitting.title,
        [
            section(
                [
                    fact("State", sitting.state, sitting.taken),
                    fact("Time", _span(sitting)),
                    fact("Where", word(sitting.typed, "where")),
                    fact("Who may book", word(sitting.typed, "who") or "On the register"),
                    fact("Understood", sitting.said or "The next sync reads it."),
                    buttons(
                        button("Open for booking", does(reader.to, "surgery_open", **told))
                        if can and sitting.state != OPEN
                        else None,
                        button("Close", does(reader.to, "surgery_close", **told))
                        if can and sitting.state == OPEN
                        else None,
                        button("Send invitations", does(reader.to, "invite", key=sitting.key))
                        if can and sitting.state == OPEN
                        else None,
                        button("Open the row", does(reader.to, "row", tab="surgeries", key=sitting.key))
                        if can
                        else None,
                    ),
                ]
            ),
            section([*booked, paragraph(f"And {left} more.") if left > 0 else None], "Booked"),
            section([buttons(button("Surgeries", does(reader.to, "surgeries")))]),
        ],
    )


def _span(sitting: Sitting) -> str:
    begins, ends = word(sitting.typed, "from"), word(sitting.typed, "to")
    return f"{begins} to {ends}" if begins and ends else begins or ends


def _booked_line(reader: Reader, each: Booked) -> Json:
    when = f"{each.starts:%a} {each.starts.day} {each.starts:%b}, {say_time(each.starts)}"
    if each.pupil is None:
        return line(when, each.where)
    return line(f"{when} · {each.pupil.name}", f"{each.pupil.place} · {each.where}",
                does(reader.to, "pupil", ref=each.pupil.ref))  # fmt: skip


def new_surgery_card(reader: Reader) -> Json:
    """The form for a new surgery."""
    return card(
        "New surgery",
        [
            section(
                [
                    choice_field("kind", "Kind", [(kind, kind) for kind in KINDS], KINDS[0]),
                    day_field("date", "Date"),
                    time_field("from", "From"),
                    time_field("to", "To"),
                    text_field("where", "Where", hint="A room, phone or video, or a choice: room 2 or phone"),
                    text_field("who", "Who may book", hint="Empty: on the register. Year 7; EHC plans; short of three"),
                    text_field("minutes", "Minutes of a slot", hint="Empty: 20"),
                    text_field("places", "Places of a slot", hint="Empty: one; a coffee morning must say"),
                    choice_field("state", "State", [(state, state) for state in (DRAFT, OPEN)], DRAFT),
                    buttons(button("Save", does(reader.to, "surgery_add", once=reader.once))),
                ]
            ),
            section([buttons(button("Surgeries", does(reader.to, "surgeries")))]),
        ],
    )
