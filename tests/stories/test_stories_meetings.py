"""Surgeries and meetings in the sheet: what she types, what is answered, and what families' bookings do to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from support.sheet_surgeries import (
    BOOKINGS,
    MEETINGS,
    ROW,
    SLOTS,
    SURGERIES,
    book,
    only_surgery,
    opened,
    review_row,
    stored,
    surgeries,
)
from support.story import REGISTER, Story, before_each_write, nothing_new

from sync.domain.meetings import Kind, Where
from sync.domain.records import Contact
from sync.google import calendars
from sync.plan.cells import serial
from sync.service.invitations import invited_now
from sync.store import Bookings, Families, Outbox, SlotState, Surgeries


def test_one_row_typed_is_slots_a_sentence_and_a_key(story: Story) -> None:
    key = opened(story)
    row = only_surgery(story)
    assert row["Status"] == (
        "6 slots. Tuesday 8 December 2026, 4pm to 6pm, 20 minutes each, room 2 or phone, for: on the register."
    )
    assert row["Booked"] == "0 of 6"
    assert [(r["From"], r["State"]) for r in story.senco.rows(SLOTS)][:2] == [
        ("08/12/2026 16:00", "Free"),
        ("08/12/2026 16:20", "Free"),
    ]
    assert stored(story) == [
        (f"{key}-20261208T{hour}{minute:02}Z", SlotState.OPEN) for hour in (16, 17) for minute in (0, 20, 40)
    ]
    assert nothing_new(story)


def test_a_row_that_cannot_be_is_answered_and_makes_no_slots(story: Story) -> None:
    story.senco.add_row(SURGERIES, {**ROW, "Date": serial(date(2026, 12, 27))})
    story.sync()
    assert only_surgery(story)["Status"] == (
        "Change: Sunday 27 December 2026 is at the weekend: choose a school day, or correct the half terms in Settings."
    )
    assert stored(story) == []
    assert nothing_new(story)


def test_a_draft_is_answered_and_has_no_slots_until_it_opens(story: Story) -> None:
    key = opened(story, State="Draft")
    assert only_surgery(story)["Status"].endswith(" Set State to Open to let parents book.")
    assert stored(story) == []
    story.senco.type(SURGERIES, key, "State", "Open")
    story.sync()
    assert len(stored(story)) == 6


def test_a_copy_of_a_row_with_its_key_becomes_a_surgery_of_its_own(story: Story) -> None:
    key = opened(story)
    row = story.senco.row_of(SURGERIES, key)
    story.senco.duplicate_row(SURGERIES, row, row + 1)
    story.senco.type_at(SURGERIES, row + 1, 2, serial(date(2026, 12, 9)))
    story.sync()
    first, second = surgeries(story)
    assert first["ID"] == key
    assert second["ID"] not in ("", key)
    assert "Wednesday 9 December" in second["Status"]
    assert len(stored(story)) == 12
    assert nothing_new(story)


def test_a_booking_is_in_the_sheet_with_what_the_parent_said(story: Story) -> None:
    key = opened(story)
    book(story, 3, f"{key}-20261208T1620Z")
    story.sync()
    (booking,) = story.senco.rows(BOOKINGS)
    assert (booking["Ref"], booking["Where"], booking["Phone"]) == (story.ref(3), "phone", "01632 960001")
    assert only_surgery(story)["Booked"] == "1 of 6"
    assert [r["State"] for r in story.senco.rows(SLOTS)][:3] == ["Free", "Booked", "Free"]
    meetings = [r for r in story.senco.rows(MEETINGS) if r["Kind"] == "Surgery"]
    assert [(r["Date"], r["Time"], r["Ref"]) for r in meetings] == [("08/12/2026", "4:20pm", story.ref(3))]
    assert story.register()[story.ref(3)]["Booked"] == "1"
    assert nothing_new(story)


def test_a_booked_slot_that_the_row_no_longer_has_is_said_and_kept(story: Story) -> None:
    key = opened(story)
    slot = f"{key}-20261208T1740Z"
    book(story, 3, slot)
    story.sync()
    story.senco.type(SURGERIES, key, "To", "5pm")
    story.sync()
    assert only_surgery(story)["Status"] == (
        "Change: Tuesday 8 December 2026, 5:40pm is booked (1 family), but the row no longer has it. The booking "
        "stands and was not changed: put the time back, or move the family to another slot."
    )
    assert dict(stored(story))[slot] == SlotState.OPEN
    assert {r["ID"]: r["State"] for r in story.senco.rows(SLOTS)}[slot] == "No longer in the row"
    assert nothing_new(story)


def test_a_meeting_moved_in_the_calendar_stays_where_she_moved_it_and_takes_the_free_time_there(story: Story) -> None:
    key = opened(story)
    slot = f"{key}-20261208T1600Z"
    book(story, 3, slot)
    moved = datetime(2026, 12, 8, 16, 40, tzinfo=UTC)
    Surgeries(story.desk.store).move_slot(story.book_id, slot, moved, moved + timedelta(minutes=20), story.now)
    story.sync()
    rows = {r["ID"]: (r["From"], r["State"]) for r in story.senco.rows(SLOTS)}
    assert rows[slot] == ("08/12/2026 16:40", "Booked")
    assert rows[f"{key}-20261208T1640Z"][1] == "Closed"
    assert dict(stored(story))[f"{key}-20261208T1640Z"] == SlotState.CLOSED
    assert nothing_new(story)


def test_a_deleted_row_with_a_booking_asks_for_a_person_and_comes_back(story: Story) -> None:
    key = opened(story)
    slot = f"{key}-20261208T1600Z"
    book(story, 3, slot)
    story.sync()
    story.senco.delete_rows(SURGERIES, story.senco.row_of(SURGERIES, key))
    story.sync()
    (said,) = [said for said in story.attention() if key in said]
    assert said == (
        f"The row {key} is gone, but 1 of its slots is booked. The bookings stand: put the row back with "
        f"`sensync restore {key}`, or delete the meetings in the calendar, which tells the families."
    )
    assert Bookings(story.desk.store).active(story.book_id, slot=slot) != []
    story.sync(restore=[key])
    assert only_surgery(story)["ID"] == key
    story.sync()
    assert dict(stored(story))[slot] == SlotState.OPEN


def test_only_a_meeting_ticked_as_held_counts(story: Story) -> None:
    key = opened(story)
    ref = story.ref(3)
    booking = book(story, 3, f"{key}-20261208T1600Z")
    story.sync()
    assert [story.register()[ref][h] for h in ("Met", "Booked", "Short")] == ["0", "1", "3"]
    story.now += timedelta(days=16)
    story.sync()
    assert [story.register()[ref][h] for h in ("Met", "Booked", "Short")] == ["0", "0", "3"]
    story.senco.type(MEETINGS, f"M-{booking}", "What happened", "Did not come")
    story.sync()
    assert story.register()[ref]["Met"] == "0"
    story.senco.type(MEETINGS, f"M-{booking}", "What happened", "Held")
    story.sync()
    assert [story.register()[ref][h] for h in ("Met", "Booked", "Short")] == ["1", "0", "2"]


def test_a_meeting_of_her_own_counts_too(story: Story) -> None:
    row = story.senco.grid("MIS roll")
    label = next(cell for line in row for cell in line if str(cell).startswith("Surname003"))
    assert label
    ref = story.ref(3)
    story.senco.add_row(
        MEETINGS, {"Pupil": f"Surname003 · {ref}", "Kind": "Other", "Date": serial(date(2026, 11, 17)),
                   "What happened": "Held"},
    )  # fmt: skip
    story.sync()
    assert story.register()[ref]["Met"] == "1"
    assert all(r["ID"] for r in story.senco.rows(MEETINGS))
    assert nothing_new(story)


def test_a_familys_address_is_not_invited_as_staff(story: Story) -> None:
    story.change(3, contacts=(Contact(1, "Ms", "A", "Surname003", "PAM", "parent@home.example"),))
    story.sync()
    review = review_row(story, 3)
    story.senco.type(MEETINGS, review["ID"], "Accept", "1")
    story.senco.type(MEETINGS, review["ID"], "Invite", "head@school.example, parent@home.example")
    story.sync()
    surgery = {each.key: each for each in Surgeries(story.desk.store).all(story.book_id)}[review["ID"]]
    assert surgery.staff == ("head@school.example",)
    assert "'Invite': type e-mail addresses of members of staff" in review_row(story, 3)["Mind"]


def test_families_who_may_book_are_owed_one_letter(story: Story) -> None:
    mother = Contact(1, "Ms", "A", "Surname003", "PAM", "parent@home.example", parental_responsibility=True)
    story.change(3, contacts=(mother,))
    story.change(4, contacts=())
    opened(story)
    (adult,) = Families(story.desk.store).all(story.book_id)[story.ref(3)]
    assert [(each.adult.key, each.purpose) for each in invited_now(story.desk.store, story.book_id, story.now)] == [
        (adult.key, "surgery")
    ]
    assert [work.kind for work in Outbox(story.desk.store).take(story.now, 100)].count("invite") == 1
    story.sync()
    assert [work.kind for work in Outbox(story.desk.store).take(story.now, 100)].count("invite") == 0


def test_contacts_that_the_mis_does_not_tell_stay_as_they_were_and_a_leavers_go(story: Story) -> None:
    mother = Contact(1, "Ms", "A", "Surname003", "PAM", "parent@home.example")
    story.change(3, contacts=(mother,))
    story.sync()
    ref = story.ref(3)
    story.change(3, contacts=None)
    story.sync()
    assert [each.email for each in Families(story.desk.store).all(story.book_id)[ref]] == ["parent@home.example"]
    story.drop(3)
    story.sync(accepted=["leavers"])
    assert ref not in Families(story.desk.store).all(story.book_id)


@pytest.mark.parametrize("state", ["Draft", "Closed"])
def test_a_surgery_that_is_not_open_any_more_keeps_what_is_booked_and_gives_the_rest_back(
    story: Story, state: str
) -> None:
    key = opened(story)
    slot = f"{key}-20261208T1600Z"
    book(story, 3, slot)
    story.senco.type(SURGERIES, key, "State", state)
    story.sync()
    assert [each for each, is_now in stored(story) if is_now is SlotState.OPEN] == [slot]
    assert nothing_new(story)


def test_a_pupils_name_under_where_reaches_no_family(story: Story) -> None:
    key = opened(story, Where="Room 2 with Forename005 Surname005 or phone")
    surgery = {each.key: each for each in Surgeries(story.desk.store).all(story.book_id)}[key]
    assert (surgery.room, surgery.where) == ("", (Where.ROOM, Where.PHONE))
    assert only_surgery(story)["Status"].endswith("so families are told 'at school' instead.")


def test_an_id_that_a_person_typed_goes_nowhere(story: Story) -> None:
    story.senco.add_row(SURGERIES, {**ROW, "ID": "Forename005 Surname005"})
    story.sync()
    assert only_surgery(story)["Status"] == (
        "Change: The ID is Sensync's: clear what is typed there, and it is filled at the next sync."
    )
    assert Surgeries(story.desk.store).all(story.book_id) == []
    assert nothing_new(story)


def test_a_row_typed_anew_does_not_offer_what_families_hold_of_the_old_one(story: Story) -> None:
    key = opened(story)
    book(story, 3, f"{key}-20261208T1600Z")
    story.senco.delete_rows(SURGERIES, story.senco.row_of(SURGERIES, key))
    story.senco.add_row(SURGERIES, {**ROW, "Where": "room 3"})
    story.sync()
    row = only_surgery(story)
    assert row["ID"] != key
    assert row["Status"].startswith("Change: Your calendar is busy then (4pm to 4:20pm)")
    assert [each for each, state in stored(story) if each.startswith(row["ID"])] == []


def test_time_that_gets_busy_after_opening_is_not_offered_any_more(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = opened(story)
    hour = datetime(2026, 12, 8, 17, 0, tzinfo=UTC)
    found = calendars.Busy({"senco": ((hour, hour + timedelta(minutes=20)),)})
    monkeypatch.setattr(calendars, "busy", lambda *_: found)
    story.desk.calendars = ("senco",)
    story.sync()
    assert only_surgery(story)["Status"].startswith("Change: Your calendar is busy then (5pm to 5:20pm)")
    assert [state for each, state in stored(story) if each == f"{key}-20261208T1700Z"] == [SlotState.CLOSED]
    assert sum(state is SlotState.OPEN for _, state in stored(story)) == 5
    assert nothing_new_but_busy(story)


def test_busy_times_are_asked_for_once_a_run_however_many_steps_it_takes(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def busy(*_: object) -> calendars.Busy:
        asked.append(None)
        return calendars.Busy()

    monkeypatch.setattr(calendars, "busy", busy)
    story.desk.calendars = ("senco",)
    ref = story.ref(3)
    story.senco.type(REGISTER, ref, "Class", "typed over")
    before_each_write(story, [lambda: story.senco.sort(REGISTER, "Name", descending=True)])
    report = story.sync()
    assert report.steps > 1
    assert len(asked) == 1


def nothing_new_but_busy(story: Story) -> bool:
    return story.requests_of(story.sync)[1] == 0


def test_a_surgery_that_families_booked_does_not_become_another_kind(story: Story) -> None:
    key = opened(story)
    book(story, 3, f"{key}-20261208T1600Z")
    story.senco.type(SURGERIES, key, "Kind", "Coffee morning")
    story.senco.type(SURGERIES, key, "Places", 20)
    story.sync()
    assert "Families have booked it as a surgery: leave 'Kind' so" in only_surgery(story)["Status"]
    (surgery,) = Surgeries(story.desk.store).all(story.book_id)
    assert surgery.kind is Kind.SURGERY


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"Who may book": "B7F3K"}, "No pupil on roll has the reference B7F3K: correct 'Who may book'."),
        (
            {"Closes": serial(date(2026, 11, 20))},
            "Booking closed on Saturday 21 November 2026, 12am: type a later 'Closes'",
        ),
    ],
)
def test_a_row_that_nobody_could_book_is_answered(story: Story, cells: dict[str, Any], sentence: str) -> None:
    story.senco.add_row(SURGERIES, {**ROW, **cells})
    story.sync()
    assert sentence in only_surgery(story)["Status"]


@pytest.mark.parametrize("places", [1e10, 1e20, 1e300])
def test_a_number_of_places_that_cannot_be_is_answered_and_stops_no_sync(story: Story, places: float) -> None:
    story.senco.add_row(SURGERIES, {**ROW, "Places": places})
    story.sync()
    assert only_surgery(story)["Status"].endswith("too many: type 9999 or less.")


def test_a_number_under_accept_that_is_thousands_of_digits_long_is_answered(story: Story) -> None:
    story.sync()
    review = review_row(story, 3)["ID"]
    story.senco.type(MEETINGS, review, "Accept", "1" * 5000)
    story.sync()
    assert review_row(story, 3)["Mind"].startswith("'Accept': choose All, or the number of one of the proposed times.")


def test_a_closed_row_is_in_nobodys_way(story: Story) -> None:
    key = opened(story)
    story.senco.type(SURGERIES, key, "State", "Closed")
    story.senco.add_row(SURGERIES, ROW)
    story.sync()
    assert [row["Status"].startswith("6 slots.") for row in surgeries(story)] == [True, True]


def test_a_family_that_she_moved_herself_is_not_asked_after(story: Story) -> None:
    key = opened(story)
    slot = f"{key}-20261208T1600Z"
    book(story, 3, slot)
    story.senco.type(SURGERIES, key, "Date", serial(date(2026, 12, 9)))
    story.sync()
    assert "is booked (1 family), but the row no longer has it" in only_surgery(story)["Status"]
    moved = datetime(2026, 12, 9, 16, 0, tzinfo=UTC)
    Surgeries(story.desk.store).move_slot(story.book_id, slot, moved, moved + timedelta(minutes=20), story.now)
    story.sync()
    assert only_surgery(story)["Status"].startswith("6 slots. Wednesday 9 December 2026")
    assert nothing_new(story)


def test_a_meeting_to_come_that_is_ticked_as_cancelled_is_cancelled(story: Story) -> None:
    key = opened(story)
    booking = book(story, 3, f"{key}-20261208T1600Z")
    story.sync()
    story.senco.type(MEETINGS, f"M-{booking}", "What happened", "Cancelled")
    story.sync()
    assert Bookings(story.desk.store).active(story.book_id) == []
    assert [work.kind for work in Outbox(story.desk.store).take(story.now, 100)].count("booking.cancelled") <= 1
    story.sync()
    assert only_surgery(story)["Booked"] == "0 of 6"
