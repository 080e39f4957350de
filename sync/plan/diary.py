"""Surgeries and meetings in the plan of a run: two people's tabs, and the four machine tabs that they look up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sync.domain.meetings import Busy
from sync.plan.actions import Attention
from sync.plan.cells import day_of
from sync.plan.hours import hours_of
from sync.plan.people import Need, TabPlan
from sync.plan.school_calendar import calendar_of
from sync.plan.sessions import plan_sessions, with_closed
from sync.plan.surgery_rows import booking_rows
from sync.plan.year import plan_year

if TYPE_CHECKING:
    from datetime import date, datetime

    from sync.plan.agenda import Agenda
    from sync.plan.cells import Value
    from sync.plan.mirror import Rows
    from sync.plan.sessions import Made
    from sync.plan.snapshot import Bound, BoundTab

MACHINE_TABS: Final = ("surgery_status", "slots", "bookings", "meeting_status")
_SETTINGS: Final = ("code", "setting", "value", "from", "to")

PlanTab = Callable[[str, Sequence[Need], Callable[[str], bool]], TabPlan]
"""Plans one people's tab: its key, the rows that it must have, and which keys are known."""


@dataclass(frozen=True, slots=True)
class Diary:
    """What there is to do about surgeries and meetings.

    Attributes:
        rows: the machine tabs as they should stand, by tab and row key.
        tabs: the plans of *Surgeries* and *Meetings*.
        made: what the store is to keep: surgeries and accepted reviews, each with its slots.
        meter: what the MIS roll says of meetings, by reference.
        cancelled: keys of the bookings to come that a person ticked as cancelled.
        short: references of the families on the register who were not met three times.
        attention: what a person should look at.
    """

    rows: Mapping[str, Rows]
    tabs: tuple[TabPlan, ...]
    made: tuple[Made, ...]
    cancelled: tuple[str, ...]
    meter: Rows
    short: Sequence[str]
    attention: tuple[Attention, ...]


def plan_diary(
    bound: Bound,
    before: Mapping[str, Rows],
    roll: Rows,
    register: TabPlan,
    agenda: Agenda,
    now: datetime,
    plan_tab: PlanTab,
) -> Diary:
    """Plan surgeries and meetings.

    Args:
        bound: the workbook as read.
        before: the machine tabs as they stand, by tab and row key.
        roll: the MIS roll as it will stand, by reference.
        register: the plan of the register.
        agenda: what is known of meetings outside the workbook.
        now: an aware instant.
        plan_tab: plans one people's tab.
    """
    settings = settings_of(bound)
    calendar, problems = calendar_of(settings)
    hours, wrong_hours = hours_of(settings)
    surgeries = plan_tab("surgeries", (), lambda _key: False)
    sessions = plan_sessions(
        bound.tabs["surgeries"], surgeries.rows, roll=roll, calendar=calendar, agenda=agenda, now=now
    )
    refs = [*register.rows, *(key for insert in register.inserts for key in insert.keys)]
    year = plan_year(
        bound.tabs["meetings"],
        before["meeting_status"],
        roll,
        plans=_plan_dates(bound.tabs["register"], register),
        register=[ref for ref in refs if ref in roll],
        calendar=calendar,
        agenda=agenda,
        now=now,
        hours=hours,
        spoken_for=[Busy(slot.starts, slot.ends) for _, made in sessions.made for slot in made],
    )
    meetings = plan_tab("meetings", year.needed, year.status.__contains__)
    slots = {each.slot.key: each.slot for each in agenda.slots}
    return Diary(
        rows={
            "surgery_status": {**before["surgery_status"], **sessions.status},
            "slots": with_closed(sessions.slots, before["slots"]),
            "bookings": {**before["bookings"], **booking_rows(agenda.bookings, slots, roll)},
            "meeting_status": year.status,
        },
        tabs=(surgeries, meetings),
        made=(*sessions.made, *year.made),
        cancelled=year.cancelled,
        meter=year.meter_cells,
        short=year.short,
        attention=(
            *(Attention("Settings", problem) for problem in (*problems, *wrong_hours)),
            *surgeries.attention,
            *sessions.attention,
            *meetings.attention,
            *year.attention,
            *(Attention(notice.where, notice.what) for notice in agenda.notices),
        ),
    )


def settings_of(bound: Bound) -> list[dict[str, Value]]:
    """The rows of *Settings*, as the calendar and the hours are read from them."""
    tab = bound.tabs["settings"]
    return [{name: tab.shown_at(row, name) for name in _SETTINGS} for row in tab.data_rows]


def _plan_dates(tab: BoundTab, register: TabPlan) -> dict[str, date]:
    """The day on which each EHC plan was made or last reviewed, where she typed one."""
    found: dict[str, date] = {}
    for ref, row in register.rows.items():
        day = day_of(tab.shown_at(row, "plan_date"))
        if day is not None:
            found[ref] = day
    return found
