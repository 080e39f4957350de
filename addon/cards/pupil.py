"""The card of one pupil, and the forms that it leads to. Each section asks for the right that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from addon.cards.acts import acts_section
from addon.cards.parts import (
    button,
    buttons,
    card,
    choice_field,
    day_field,
    does,
    fact,
    line,
    opens,
    paragraph,
    pounds,
    search_field,
    section,
    text_field,
    time_field,
)
from addon.cards.typed import typed_choice, typed_day, typed_text
from addon.roles import Right
from sync.domain.deadlines import meeting_dates
from sync.domain.school_clock import say_day, say_time
from sync.domain.wording import counted
from sync.service.addon_home import short_day
from sync.service.addon_school import day, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from addon.cards.parts import Json
    from addon.cards.reader import Reader
    from sync.service.addon_concerns import ConcernLine
    from sync.service.addon_desk import ParentLink
    from sync.service.addon_pupil import GivenProvision, PupilFile
    from sync.service.addon_school import Meeting, Named

_MOST_PROVISIONS = 15
_MOST_MEETINGS = 12
_MOST_CONCERNS = 10
_STATUS = {"E": "EHC plan", "K": "SEN support"}
_HAPPENED = (("", "Not said yet"), ("Held", "Held"), ("Did not come", "Did not come"), ("Cancelled", "Cancelled"))
_NEW_ROW = (
    "This pupil is not on the register. Save gives them a row there, as if you had picked them in its first empty row; "
    "delete the row to watch no longer. Their status in the MIS stays as it is."
)
_KINDS = ("SEN support review", "Annual review", "Other")


def pupil_card(reader: Reader, file: PupilFile, today: date) -> Json:
    """One pupil, as much as the reader may see."""
    return card(
        file.pupil.name,
        [
            acts_section(file.acts, does(reader.to, "pupil", ref=file.pupil.ref, again="yes")),
            _standing(reader, file),
            _strategies(file),
            _notes(reader, file),
            _provision(reader, file),
            _meetings(reader, file, today),
            _concerns(reader, file),
            _deeds(reader, file),
        ],
        subtitle=file.pupil.place,
    )


def _standing(reader: Reader, file: PupilFile) -> Json | None:
    status = _STATUS.get(file.pupil.status, "")
    roll = file.roll
    needs = reader.may(Right.SEE_NEEDS)
    since = day(roll, "since") if needs else None
    return section(
        [
            fact("Status", status or "No SEN status", f"Since {short_day(since)}" if since else ""),
            fact("Key adult", word(file.register, "key_adult")),
            fact("Primary need", word(roll, "primary"), word(roll, "area")) if needs else None,
            fact("Other needs", word(roll, "others")) if needs else None,
            fact("Gaps", file.gaps) if needs else None,
            text_field("link", "Link for a document", reader.to.pupil(file.pupil.ref)),
        ]
    )


def _strategies(file: PupilFile) -> Json | None:
    """That there are none is worth saying: a teacher looks at this card for them."""
    words = word(file.register, "strategies") or ("None written yet." if file.on_register else "")
    return section([fact("Strategies for teachers", words)])


def _notes(reader: Reader, file: PupilFile) -> Json | None:
    if not reader.may(Right.SEE_NOTES):
        return None
    told = (
        ("strengths", "Strengths"),
        ("barriers", "Barriers"),
        ("outcomes", "Outcomes"),
        ("agencies", "Agencies"),
        ("proposed_status", "Proposed status"),
        ("proposed_need", "Proposed need"),
        ("notes", "Notes"),
    )
    return section([fact(label, word(file.register, key)) for key, label in told], "Notes", folded_after=3)


def _provision(reader: Reader, file: PupilFile) -> Json | None:
    if not reader.may(Right.SEE_PROVISION):
        return None
    costs = reader.may(Right.SEE_COSTS)
    lines = [_provision_line(each, costs=costs) for each in file.provisions[:_MOST_PROVISIONS]]
    left = len(file.provisions) - len(lines)
    year = fact("This year", pounds(file.year_cost)) if costs and file.year_cost is not None else None
    more = paragraph(f"And {left} more on the Provision map.") if left > 0 else None
    return section([*lines, more, year], "Provision", folded_after=5)


def _provision_line(given: GivenProvision, *, costs: bool) -> Json:
    told = (
        "" if given.running else "Not running now",
        given.details,
        pounds(given.cost) if costs and given.cost is not None else "",
    )
    return line(given.name, " · ".join(part for part in told if part))


def _meetings(reader: Reader, file: PupilFile, today: date) -> Json | None:
    if not reader.may(Right.SEE_MEETINGS):
        return None
    coming = day(file.register, "next_review")
    booked = f"{file.booked} more booked" if file.booked else ""
    shown = sorted(file.meetings, key=lambda each: bool(each.happened))[:_MOST_MEETINGS]
    return section(
        [
            fact("Meetings this year", f"{file.met} of 3 held", booked),
            # The sheet reckoned it at the last sync; a day to come that was typed since then makes it untrue.
            fact("Next review", short_day(coming), file.overdue if coming <= today else "") if coming else None,
            *(_meeting_line(reader, each, today) for each in shown),
        ],
        "Meetings",
        folded_after=7,
    )


def _meeting_line(reader: Reader, meeting: Meeting, today: date) -> Json:
    action = does(reader.to, "meeting", key=meeting.key) if reader.may(Right.DO_WRITE) else None
    return line(meeting.kind, _meeting_said(reader, meeting, today), action)


def happened_said(reader: Reader, meeting: Meeting) -> str:
    """What became of a meeting. Words of the SENCO's own are for those who may read her notes."""
    known = meeting.happened in dict(_HAPPENED) or reader.may(Right.SEE_NOTES)
    return meeting.happened if known else "Something else"


def _meeting_said(reader: Reader, meeting: Meeting, today: date) -> str:
    held, happened = meeting.held_on, happened_said(reader, meeting)
    if meeting.happened:
        return f"{happened}, {short_day(held)}" if held else happened
    if meeting.day:
        when = f"{short_day(meeting.day)} {meeting.time}".strip()
        papers = meeting_dates(meeting.day).papers if meeting.is_annual else None
        return f"{when}, papers by {short_day(papers)}" if papers and papers >= today else when
    due = f"Due by {short_day(meeting.due)}" if meeting.due else "No date yet"
    if meeting.choices:
        return f"{due} · {'times offered' if meeting.offered else 'times to offer'}"
    return due


def _concerns(reader: Reader, file: PupilFile) -> Json | None:
    """Those that are open; what was decided, and the way to what was said, for those who may read it."""
    if not reader.may(Right.SEE_CONCERNS):
        return None
    there = [each for each in file.concerns if each.is_open]
    closed = len(file.concerns) - len(there)
    lines = [_concern_line(reader, each) for each in there[:_MOST_CONCERNS]]
    left = len(there) - len(lines)
    more = [f"And {left} more on Concerns."] if left else []
    more += [f"{counted(closed, 'concern is', 'concerns are')} closed."] if closed else []
    return section([*lines, *map(paragraph, more)], "Concerns", folded_after=5)


def _concern_line(reader: Reader, concern: ConcernLine) -> Json:
    review = f"review on {short_day(concern.review)}" if concern.review else ""
    told = " · ".join(part for part in (f"Received {short_day(concern.received)}", concern.waits, review) if part)
    if not reader.may(Right.SEE_CONCERN_WORDS):
        return line("Concern", told)
    return line(concern.outcome or concern.stands.value, told, does(reader.to, "concern", key=concern.key))


def _deeds(reader: Reader, file: PupilFile) -> Json | None:
    ref, to = file.pupil.ref, reader.to
    may, links = reader.may(Right.DO_WRITE), reader.may(Right.DO_LINKS)
    return section(
        [
            buttons(
                button("Open the row", does(to, "row", tab="register", key=ref)) if may and file.on_register else None,
                button("Monitor", does(to, "monitor", ref=ref)) if may else None,
                button("Add provision", does(to, "provision", ref=ref)) if may else None,
                button("Raise a concern", opens(file.concern_form)) if file.concern_form else None,
                button("Propose a review", does(to, "propose", ref=ref)) if may else None,
                button("Record a meeting", does(to, "met", ref=ref)) if may else None,
                button("Booking link", does(to, "links", ref=ref)) if links else None,
                button("Home", does(to, "home")),
            )
        ]
    )


def row_card(reader: Reader, title: str, url: str, *, exact: bool) -> Json:
    """The way to a row: its address has the row's number, which was looked up a moment ago."""
    says = "This opens the row in the workbook." if exact else "The row could not be found, so this opens its tab."
    return card(title, [section([paragraph(says), buttons(button("Open", opens(url)))]), section([_home(reader)])])


def _home(reader: Reader) -> Json | None:
    return buttons(button("Home", does(reader.to, "home")))


def links_card(reader: Reader, pupil: Named, links: Sequence[ParentLink]) -> Json:
    """The personal booking links of a pupil's adults, to be copied."""
    if not links:
        return card(
            pupil.name,
            [
                section(
                    [
                        paragraph("No adult of this pupil can book anything now."),
                        paragraph(
                            "Open a surgery for them, or offer the times of a review. Whoever has booked needs no link."
                        ),
                    ]
                ),
                section([_pupil_button(reader, pupil)]),
            ],
            subtitle=pupil.place,
        )
    fields = [text_field(f"link_{n}", f"{each.adult}, until {short_day(each.until)}", each.url)
              for n, each in enumerate(links[:10], start=1)]  # fmt: skip
    warning = "Each link is one adult's and as good as a key. Copy it, and send it to that adult alone."
    return card(pupil.name, [section([paragraph(warning), *fields]), section([_pupil_button(reader, pupil)])])


def _pupil_button(reader: Reader, pupil: Named) -> Json | None:
    return buttons(button("Back to the pupil", does(reader.to, "pupil", ref=pupil.ref)))


def meeting_card(reader: Reader, pupil: Named, meeting: Meeting, was: str, today: date) -> Json:
    """A meeting: its times to offer, and what became of it. `was` tells later whether the row is still as shown."""
    typed = meeting.typed
    offer = not meeting.offered and not meeting.happened and any(at.date() > today for at in meeting.choices)
    times = [fact(f"Proposed {n}", f"{say_day(at)}, {say_time(at)}") for n, at in enumerate(meeting.choices, start=1)]
    told = {"key": meeting.key, "was": was, "once": reader.once}
    annual = meeting.is_annual and meeting.held_on is not None
    dates = meeting_dates(meeting.held_on) if annual and meeting.held_on else None
    return card(
        meeting.kind,
        [
            section(
                [
                    fact("When", _meeting_said(reader, meeting, today)),
                    fact("Mind", meeting.said),
                    fact("Papers are due", short_day(dates.papers)) if dates else None,
                    fact("Report is due", short_day(dates.report)) if dates else None,
                    *(times if offer else ()),
                    buttons(button("Offer these times", does(reader.to, "offer", **told)) if offer else None),
                ]
            ),
            section(
                [
                    typed_choice(typed, "happened", "What happened", _HAPPENED),
                    typed_day(typed, "held_on", "Held on, if not on its date"),
                    typed_text(typed, "came", "Who came", hint="Roles are enough"),
                    typed_text(typed, "outcome", "Outcome", lines=True),
                    typed_day(typed, "report_sent", "Report sent") if meeting.is_annual else None,
                    buttons(
                        button("Save", does(reader.to, "meeting_save", **told)),
                        button("Open the row", does(reader.to, "row", tab="meetings", key=meeting.key)),
                    ),
                ],
                "What became of it",
            ),
            section([_pupil_button(reader, pupil)]),
        ],
        subtitle=f"{pupil.name} · {pupil.place}",
    )


def met_card(reader: Reader, pupil: Named, today: date) -> Json:
    """A form for a meeting that was held and is not in the list."""
    return card(
        "Record a meeting",
        [
            section(
                [
                    choice_field("kind", "Kind", [(kind, kind) for kind in _KINDS], _KINDS[0]),
                    day_field("date", "Held on", today),
                    time_field("time", "At"),
                    text_field("came", "Who came", hint="Roles are enough"),
                    text_field("outcome", "Outcome", lines=True),
                    buttons(button("Save", does(reader.to, "met_save", ref=pupil.ref, once=reader.once))),
                ]
            ),
            section([_pupil_button(reader, pupil)]),
        ],
        subtitle=f"{pupil.name} · {pupil.place}",
    )


def reviews_of(pupil: Named) -> tuple[str, ...]:
    """The kinds of review that a pupil has: an EHC plan is reviewed each year, too."""
    return _KINDS[:2] if pupil.status == "E" else _KINDS[:1]


def propose_card(reader: Reader, pupil: Named, kinds: Sequence[str]) -> Json:
    """A form for a review of one of these kinds that is wanted before Sensync would bring it up."""
    return card(
        "Propose a review",
        [
            section(
                [
                    paragraph("A sync looks for times that are free. You offer them to the family afterwards."),
                    choice_field("kind", "Kind", [(kind, kind) for kind in kinds], kinds[0]),
                    day_field("by", "To be held by"),
                    buttons(button("Save", does(reader.to, "propose_save", ref=pupil.ref, once=reader.once))),
                ]
            ),
            section([_pupil_button(reader, pupil)]),
        ],
        subtitle=f"{pupil.name} · {pupil.place}",
    )


def monitor_card(reader: Reader, pupil: Named, register: Mapping[str, Any] | None, was: str) -> Json:
    """A form for when to look at a pupil again; of one who is not on the register, it says what saving does."""
    typed = register or {}
    return card(
        "Monitor",
        [
            section(
                [
                    paragraph("On this day the pupil comes back to “Needs you”."),
                    paragraph(_NEW_ROW) if register is None else None,
                    typed_day(typed, "next_review", "Look again on"),
                    typed_text(typed, "key_adult", "Key adult"),
                    buttons(button("Save", does(reader.to, "monitor_save", ref=pupil.ref, was=was, once=reader.once))),
                ]
            ),
            section([_pupil_button(reader, pupil)]),
        ],
        subtitle=f"{pupil.name} · {pupil.place}",
    )


def provision_card(reader: Reader, pupil: Named) -> Json:
    """A form for a provision that the MIS does not have."""
    return card(
        "Add provision",
        [
            section(
                [
                    search_field("provision", "Provision", reader.to, "provision", "As in the Provision catalogue"),
                    text_field("delivered_by", "Delivered by"),
                    text_field("minutes", "Minutes each time"),
                    text_field("times", "Times a week"),
                    day_field("start", "Start"),
                    day_field("end", "End"),
                    text_field("target", "Target"),
                    buttons(button("Save", does(reader.to, "provision_save", ref=pupil.ref, once=reader.once))),
                ]
            ),
            section([_pupil_button(reader, pupil)]),
        ],
        subtitle=f"{pupil.name} · {pupil.place}",
    )
