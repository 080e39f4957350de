"""Rows of the machine tabs about surgeries and meetings, as they should stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.meetings import Kind, State, Where
from sync.domain.school_clock import say_time, wall
from sync.plan.cells import Value, serial, text
from sync.plan.surgeries import say_surgery

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sync.domain.meetings import Booking, Choice, Slot, Surgery
    from sync.plan.mirror import Row, Rows
    from sync.plan.proposals import Proposed
    from sync.plan.reviews import Due

CHANGE = "Change: "
"""How a status begins that asks for something; the tab colours it."""
CHOICE_COLUMNS = ("choice_1", "choice_2", "choice_3")


def status_row(
    key: str,
    surgery: Surgery | None,
    problems: Sequence[str],
    slots: Iterable[Slot],
    bookings: Mapping[str, int],
    notes: Sequence[str] = (),
) -> Row:
    """The row of *Surgeries status* for one surgery.

    Args:
        key: the row's id.
        surgery: what was understood, None if it could not be.
        problems: every sentence about it: of the reading, of the checks, of slots that are lost.
        slots: the slots it has now.
        bookings: how many bookings each slot has, by key.
        notes: sentences that ask for nothing.
    """
    every = tuple(slots)
    places = sum(slot.places for slot in every)
    taken = sum(bookings.get(slot.key, 0) for slot in every)
    said = CHANGE + " ".join(problems) if problems else ""
    if surgery and not problems:
        count = "1 slot" if len(every) == 1 else f"{len(every)} slots"
        draft = " Set State to Open to let parents book." if surgery.state is State.DRAFT else ""
        said = f"{count}. {say_surgery(surgery)}{draft}"
    said = " ".join(filter(None, (said, *notes)))
    return {"id": key, "said": said or None, "taken": f"{taken} of {places}" if every else None}


def slot_rows(slots: Iterable[Slot], bookings: Mapping[str, int], lost: Collection[str] = ()) -> Rows:
    """The rows of *Slots*, by key; `lost` are the keys of slots that their surgery's row no longer has."""
    rows: Rows = {}
    for slot in slots:
        booked = bookings.get(slot.key, 0)
        state = "No longer in the row" if slot.key in lost else "Booked" if booked else "Free"
        rows[slot.key] = {
            "id": slot.key,
            "surgery": slot.surgery,
            "from": _moment(slot.starts),
            "to": _moment(slot.ends),
            "places": float(slot.places),
            "booked": float(booked),
            "state": state,
            "place": None,
        }
    return rows


def booking_rows(bookings: Iterable[Booking], slots: Mapping[str, Slot], roll: Mapping[str, Row]) -> Rows:
    """The rows of *Bookings*, by key: what parents said, for the SENCO alone."""
    rows: Rows = {}
    for booking in bookings:
        slot, choice = slots.get(booking.slot), booking.choice
        rows[booking.key] = {
            "id": booking.key,
            "ref": booking.ref,
            "pupil": text(roll.get(booking.ref, {}).get("label")) or None,
            "from": _moment(slot.starts) if slot else None,
            "where": str(choice.where),
            "phone": choice.phone or None,
            "language": choice.language or None,
            "bringing": choice.bringing or None,
            "access": choice.access or None,
            "words": choice.words or None,
            "booked_at": _moment(booking.booked_at),
            "cancelled_at": _moment(booking.cancelled_at) if booking.cancelled_at else None,
            "slot": booking.slot,
        }
    return rows


def review_row(due: Due, proposed: Proposed, roll: Mapping[str, Row]) -> Row:
    """The row of *Meetings status* for a review that is due, with its proposed times."""
    times: list[Value] = [_moment(proposal.starts) for proposal in proposed.times[: len(CHOICE_COLUMNS)]]
    times += [None] * (len(CHOICE_COLUMNS) - len(times))
    kind = str(due.kind)
    return {
        "id": due.key,
        "ref": due.ref,
        "pupil": text(roll.get(due.ref, {}).get("label")) or None,
        "kind": kind[0].upper() + kind[1:],
        "due": serial(due.latest),
        **dict(zip(CHOICE_COLUMNS, times, strict=True)),
        "date": serial(due.booked) if due.booked else None,
        "time": None,
        "said": " ".join([*due.warnings, *proposed.warnings]) or None,
    }


def booked_row(key: str, booking: Booking, slot: Slot, kind: Kind, roll: Mapping[str, Row]) -> Row:
    """The row of *Meetings status* for a slot that a family booked.

    Args:
        key: the row's id.
        booking: what they booked.
        slot: the slot.
        kind: what session it belongs to: a coffee morning is not one of the three meetings a year.
        roll: the MIS roll by reference.
    """
    starts = wall(slot.starts)
    return {
        "id": key,
        "ref": booking.ref,
        "pupil": text(roll.get(booking.ref, {}).get("label")) or None,
        "kind": "Coffee morning" if kind is Kind.MORNING else "Surgery",
        "due": None,
        **dict.fromkeys(CHOICE_COLUMNS),
        "date": None if booking.cancelled_at else serial(starts.date()),
        "time": None if booking.cancelled_at else say_time(starts),
        "said": "Cancelled." if booking.cancelled_at else what_they_said(booking.choice),
    }


def what_they_said(choice: Choice) -> str:
    """How the family wants to meet, and what they asked for, in a line for the SENCO alone."""
    ways = {Where.ROOM: "In person", Where.PHONE: f"By phone, {choice.phone}", Where.VIDEO: "By video call"}
    asked = {
        "Interpreter": choice.language,
        "Bringing": choice.bringing,
        "Access": choice.access,
        "Their words": choice.words,
    }
    return "\n".join([f"{ways[choice.where]}.", *(f"{what}: {words}" for what, words in asked.items() if words)])


def _moment(moment: datetime) -> float:
    """An instant as a sheet keeps the school's wall clock."""
    return serial(wall(moment))
