"""The tabs of surgeries and meetings: as declared, with the workbook they will join, and their rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

from school_year import CALENDAR, TUESDAY, at, pupil

from sync.domain.meetings import Booking, Choice, Kind, Slot, State, Surgery, Where
from sync.plan import surgeries
from sync.plan.cells import from_serial, serial
from sync.plan.formulas import Place, expand
from sync.plan.meter import read_meeting
from sync.plan.proposals import Proposed, propose
from sync.plan.reviews import annual_due
from sync.plan.slots import slots_of
from sync.plan.surgery_rows import booked_row, booking_rows, review_row, slot_rows, status_row
from sync.service.templates import load_template

NEW = ("surgeries", "meetings", "surgery_status", "slots", "bookings", "meeting_status")
ROLL = {"K7F3K": pupil("K7F3K")}
SURGERY = Surgery("P-1", Kind.SURGERY, TUESDAY, time(16), time(16, 40), 20, where=(Where.PHONE,), state=State.OPEN)
SLOTS = slots_of(SURGERY)
BOOKING = Booking(
    "B-1",
    SLOTS[1].key,
    "A-1",
    "K7F3K",
    Choice(Where.PHONE, phone="01632 960001", language="Polish", words="Reading"),
    at(date(2026, 6, 1), 9, 30),
)


TEMPLATE = load_template()


def headings(tab: str) -> list[str]:
    return [column.key for column in TEMPLATE.tab(tab).columns]


def test_the_new_tabs_can_join_the_workbook_and_every_formula_leads_somewhere() -> None:
    places = {
        tab.key: Place(tab.title, {c.key: index for index, c in enumerate(tab.columns)}, tab.sheet_id)
        for tab in TEMPLATE.tabs
    }
    for key in NEW:
        tab = TEMPLATE.tab(key)
        for column in tab.columns:
            if column.formula:
                assert expand(column.formula, places, tab).startswith("=")
    assert len({tab.sheet_id for tab in TEMPLATE.tabs}) == len(TEMPLATE.tabs)


def test_people_and_sensync_never_write_in_the_same_tab() -> None:
    kinds = {key: TEMPLATE.tab(key).kind for key in NEW}
    assert kinds == {
        "surgeries": "people", "meetings": "people", "surgery_status": "machine", "slots": "machine",
        "bookings": "machine", "meeting_status": "machine",
    }  # fmt: skip
    owners = {c.owner for key in NEW if kinds[key] == "machine" for c in TEMPLATE.tab(key).columns}
    assert owners == {"sensync"}


def test_every_cell_that_is_read_of_a_surgery_is_a_column_of_its_tab_with_that_header() -> None:
    typed = {c.key: c.header for c in TEMPLATE.tab("surgeries").columns if c.owner == "senco" and c.key != "notes"}
    assert typed == dict(surgeries.HEADERS)


def test_every_choice_that_the_tabs_offer_is_understood() -> None:
    base = {"date": serial(TUESDAY), "from": "4pm", "to": "6pm", "where": "phone", "places": 10.0}
    for key in ("kind", "state"):
        for option in TEMPLATE.tab("surgeries").column(key).options:
            assert surgeries.read_surgery("P-1", {**base, key: option}, CALENDAR).problems == ()
    row = {"pupil": "K7F3K", "date": serial(TUESDAY)}
    for key in ("kind", "happened"):
        for option in TEMPLATE.tab("meetings").column(key).options:
            assert read_meeting("P-1", {**row, key: option}, CALENDAR, TUESDAY)[1] == ()


def test_a_surgery_that_is_in_order_is_read_back_with_its_slots() -> None:
    row = status_row("P-1", SURGERY, (), SLOTS, {SLOTS[1].key: 1})
    said = "2 slots. Tuesday 8 December 2026, 4pm to 4:40pm, 20 minutes each, phone, for: on the register."
    assert row == {"id": "P-1", "said": said, "taken": "1 of 2"}
    assert list(row) == headings("surgery_status")
    draft = status_row("P-1", replace(SURGERY, state=State.DRAFT), (), SLOTS[:1], {})
    assert draft["said"] == f"1 slot{said[7:]} Set State to Open to let parents book."


def test_a_surgery_with_problems_says_them_all() -> None:
    assert status_row("P-1", None, ("One.", "Two."), (), {}) == {
        "id": "P-1",
        "said": "Change: One. Two.",
        "taken": None,
    }


def test_slots_are_shown_by_the_schools_clock_with_what_became_of_them() -> None:
    summer = Slot("P-1-20270608T1500Z", "P-1", at(date(2027, 6, 8), 15), at(date(2027, 6, 8), 15, 20), 2)
    rows = slot_rows([*SLOTS, summer], {SLOTS[1].key: 1, summer.key: 1}, {summer.key})
    assert [row["state"] for row in rows.values()] == ["Free", "Booked", "No longer in the row"]
    assert rows[summer.key] == {
        "id": summer.key,
        "surgery": "P-1",
        "from": round(serial(date(2027, 6, 8)) + 16 / 24, 8),
        "to": round(serial(date(2027, 6, 8)) + (16 * 60 + 20) / 1440, 8),
        "places": 2.0,
        "booked": 1.0,
        "state": "No longer in the row",
        "place": None,
    }
    assert list(rows[summer.key]) == headings("slots")


def test_a_booking_shows_what_the_parent_said() -> None:
    slots = {slot.key: slot for slot in SLOTS}
    stray = replace(BOOKING, key="B-2", slot="gone", ref="M2345", cancelled_at=at(date(2026, 12, 1), 8))
    rows = booking_rows([BOOKING, stray], slots, ROLL)
    assert rows["B-1"] == {
        "id": "B-1",
        "ref": "K7F3K",
        "pupil": ROLL["K7F3K"]["label"],
        "slot": SLOTS[1].key,
        "from": round(serial(TUESDAY) + (16 * 60 + 20) / 1440, 8),
        "where": "phone",
        "phone": "01632 960001",
        "language": "Polish",
        "bringing": None,
        "access": None,
        "words": "Reading",
        "booked_at": round(serial(date(2026, 6, 1)) + 10.5 / 24, 8),
        "cancelled_at": None,
    }
    assert list(rows["B-1"]) == headings("bookings")
    assert (rows["B-2"]["from"], rows["B-2"]["pupil"]) == (None, None)
    assert rows["B-2"]["cancelled_at"] == round(serial(date(2026, 12, 1)) + 8 / 24, 8)


def test_a_review_that_is_due_shows_its_times_and_what_to_mind() -> None:
    today = date(2026, 11, 23)
    due = annual_due("K7F3K", date(2026, 3, 10), (), CALENDAR, today)
    assert due is not None
    row = review_row(due, propose(due, today=today, calendar=CALENDAR, busy=(), choices=2), ROLL)
    assert list(row) == headings("meeting_status")
    assert (row["id"], row["kind"], from_serial(float(str(row["due"])))) == (
        "M-K7F3K-A-20270309", "Annual review", date(2027, 2, 9),
    )  # fmt: skip
    assert [row["choice_1"], row["choice_2"], row["choice_3"]] == [
        serial(date(2027, 1, 5)) + 0.375, serial(date(2027, 1, 6)) + 0.375, None,
    ]  # fmt: skip
    assert str(row["said"]).startswith("Sending the invitations and papers is due on Tuesday 22 December 2026")
    booked = review_row(replace(due, booked=TUESDAY), Proposed(()), {})
    assert (booked["date"], booked["said"], booked["pupil"]) == (serial(TUESDAY), None, None)


def test_a_booking_becomes_a_meeting_that_the_meter_can_count() -> None:
    row = booked_row("M-B-1", BOOKING, SLOTS[1], Kind.SURGERY, ROLL)
    assert list(row) == headings("meeting_status")
    assert (row["date"], row["time"], row["kind"]) == (serial(TUESDAY), "4:20pm", "Surgery")
    assert row["said"] == "By phone, 01632 960001.\nInterpreter: Polish\nTheir words: Reading"
    meeting, problems = read_meeting("M-B-1", {**row, "happened": "Held"}, CALENDAR, TUESDAY)
    assert problems == ()
    assert meeting is not None
    assert (meeting.ref, meeting.day) == ("K7F3K", TUESDAY)
    off = booked_row("M-B-1", replace(BOOKING, cancelled_at=at(TUESDAY, 9)), SLOTS[1], Kind.MORNING, ROLL)
    assert (off["date"], off["time"], off["kind"], off["said"]) == (
        None, None, "Coffee morning", "Cancelled.",
    )  # fmt: skip
