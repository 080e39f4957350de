from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from support.surgery import FIRST, LENGTH, NOW, ROOM, SURGERY, School, free_slots, slots

from sync.domain.meetings import Audience, Slot, State
from sync.store import Booked, Cancelled, Saved, SlotEvent, SlotState, Stale
from sync.store.booking_records import CalendarState

if TYPE_CHECKING:
    from sync.domain.meetings import Booking

LATER = timedelta(minutes=30)


def states(school: School) -> dict[str, SlotState]:
    return {each.slot.key: each.state for each in school.surgeries.slots(school.workbook)}


def booked(school: School, slot: str = "tue-3") -> Booking:
    answer = school.bookings.claim(school.family("ann"), slot, ROOM, NOW, "form")
    assert isinstance(answer, Booked)
    return answer.booking


def test_a_surgery_comes_back_as_it_was_saved(school: School) -> None:
    full = replace(
        SURGERY,
        breaks=((SURGERY.starts, SURGERY.ends),),
        audience=Audience(years=frozenset({"7", "8"}), refs=frozenset({"R1"}), short=True),
        opens=NOW,
    )
    school.surgeries.save(school.workbook, [(full, slots())], NOW)
    assert school.surgeries.all(school.workbook) == [full]
    assert [each.slot for each in school.surgeries.slots(school.workbook, "tue")] == slots()


def test_saving_the_same_again_changes_and_tells_nothing(school: School) -> None:
    before = school.surgeries.slots(school.workbook)
    assert school.surgeries.save(school.workbook, [(SURGERY, slots())], NOW) == Saved()
    assert school.surgeries.slots(school.workbook) == before
    assert school.told() == []


def test_new_slots_are_told_each_once(school: School) -> None:
    assert school.surgeries.save(school.workbook, [(SURGERY, slots(6))], NOW) == Saved(new=("tue-4", "tue-5"))
    assert school.told() == [("slot:tue-4", "slot.changed"), ("slot:tue-5", "slot.changed")]


def test_a_slot_that_left_the_sheet_closes_and_opens_again_when_it_comes_back(school: School) -> None:
    assert school.surgeries.save(school.workbook, [(SURGERY, slots(3))], NOW) == Saved(closed=("tue-3",))
    assert states(school)["tue-3"] == SlotState.CLOSED
    school.has()
    assert states(school)["tue-3"] == SlotState.OPEN


def test_a_booked_slot_that_left_the_sheet_is_kept_and_named(school: School) -> None:
    booking = booked(school)
    saved = school.surgeries.save(school.workbook, [(SURGERY, slots(3))], NOW)
    assert saved == Saved(closed=("tue-3",), kept=("tue-3",))
    assert school.bookings.active(school.workbook) == [booking]
    assert school.surgeries.save(school.workbook, [(SURGERY, slots(3))], NOW) == Saved(kept=("tue-3",))


def test_a_surgery_that_left_the_sheet_is_closed_with_its_slots(school: School) -> None:
    school.surgeries.save(school.workbook, [], NOW)
    assert [each.state for each in school.surgeries.all(school.workbook)] == [State.CLOSED]
    assert set(states(school).values()) == {SlotState.CLOSED}


def test_the_sheet_of_one_workbook_leaves_the_others_alone(school: School) -> None:
    other = school.store.save_workbook("Elsewhere", "sheet-2").id
    school.surgeries.save(other, [(SURGERY, slots(1))], NOW)
    school.surgeries.save(other, [], NOW)
    assert set(states(school).values()) == {SlotState.OPEN}


def test_two_slots_with_one_key_are_refused(school: School) -> None:
    with pytest.raises(ValueError, match="slot tue-0 of surgery tue comes twice"):
        school.surgeries.save(school.workbook, [(SURGERY, slots(1) * 2)], NOW)


def test_a_slot_cannot_become_another_surgerys(school: School) -> None:
    stolen = [replace(slots(1)[0], surgery="wed")]
    with pytest.raises(ValueError, match="slot tue-0 was a slot of surgery tue"):
        school.surgeries.save(school.workbook, [(replace(SURGERY, key="wed"), stolen)], NOW)
    assert set(states(school).values()) == {SlotState.OPEN}


def test_a_slot_moved_in_the_calendar_stays_there_while_the_sheet_says_the_same(school: School) -> None:
    school.surgeries.move_slot(school.workbook, "tue-3", FIRST + LATER * 4, FIRST + LATER * 5, NOW)
    school.has()
    stored = school.surgeries.slot(school.workbook, "tue-3")
    assert stored is not None
    assert stored.slot.starts == FIRST + LATER * 4


def test_the_sheet_moves_a_slot_when_its_row_changes_after_that(school: School) -> None:
    booking = booked(school)
    school.surgeries.move_slot(school.workbook, "tue-3", FIRST + LATER * 4, FIRST + LATER * 5, NOW)
    school.told()
    later = [*slots(3), Slot("tue-3", "tue", FIRST + LATER * 6, FIRST + LATER * 6 + LENGTH)]
    assert school.surgeries.save(school.workbook, [(SURGERY, later)], NOW) == Saved(moved=("tue-3",))
    assert school.told() == [("slot:tue-3", "slot.changed"), (f"booking:{booking.key}", "booking.moved")]


def test_a_booked_slot_that_the_senco_moves_takes_its_families_along(school: School) -> None:
    booking = booked(school)
    school.told()
    moved = school.surgeries.move_slot(school.workbook, "tue-3", FIRST + LATER * 4, FIRST + LATER * 5, NOW)
    assert moved == (replace(booking, version=2),)
    assert school.told() == [("slot:tue-3", "slot.changed"), (f"booking:{booking.key}", "booking.moved")]
    assert school.surgeries.move_slot(school.workbook, "tue-3", FIRST + LATER * 4, FIRST + LATER * 5, NOW) == ()
    assert school.told() == []
    ann = school.family("ann")
    assert school.bookings.cancel(ann, booking.key, 1, NOW) == Stale(moved[0])


def test_a_booked_slot_that_the_senco_deletes_cancels_and_tells_its_families(school: School) -> None:
    booking = booked(school)
    school.told()
    gone = replace(booking, version=2, cancelled_at=NOW)
    assert school.surgeries.delete_slot(school.workbook, "tue-3", NOW) == (gone,)
    assert school.surgeries.delete_slot(school.workbook, "tue-3", NOW) == ()
    assert school.told() == [
        ("slot:tue-3", "slot.changed"),
        ("slot:tue-3", "slot.changed"),
        (f"booking:{booking.key}", "booking.cancelled"),
    ]
    ann = school.family("ann")
    assert school.bookings.cancel(ann, booking.key, 1, NOW) == Cancelled(gone)


def test_a_deleted_slot_stays_deleted_whatever_the_sheet_says_until_it_is_restored(school: School) -> None:
    school.surgeries.delete_slot(school.workbook, "tue-3", NOW)
    school.has()
    assert states(school)["tue-3"] == SlotState.DELETED
    school.surgeries.restore_slot(school.workbook, "tue-3", NOW)
    assert states(school)["tue-3"] == SlotState.OPEN
    assert booked(school).slot == "tue-3"


def test_fewer_places_than_families_turn_nobody_out(school: School) -> None:
    school.has(1, places=2)
    for name in ("ann", "bob"):
        school.bookings.claim(school.family(name), "tue-0", ROOM, NOW, "form")
    school.has(1, places=1)
    assert len(school.bookings.active(school.workbook)) == 2
    assert free_slots(school.surgeries, school.workbook, NOW) == []


def test_what_calendar_last_said_is_kept_with_the_slot(school: School) -> None:
    school.surgeries.save_calendar(school.workbook, "cal-1")
    school.surgeries.saw(school.workbook, [SlotEvent("tue-0", "ev0", '"1"', {"status": "confirmed"})], "token-1")
    found = school.surgeries.slot(school.workbook, "tue-0")
    assert found is not None
    assert (found.event_id, found.etag, found.seen) == ("ev0", '"1"', {"status": "confirmed"})
    assert school.surgeries.calendar(school.workbook) == CalendarState("cal-1", "token-1")


def test_a_sync_token_that_google_refuses_is_forgotten(school: School) -> None:
    assert school.surgeries.calendar(school.workbook) is None
    school.surgeries.save_calendar(school.workbook, "cal-1", "token-1")
    school.surgeries.save_calendar(school.workbook, "cal-1")
    assert school.surgeries.calendar(school.workbook) == CalendarState("cal-1", None)


def test_seeing_an_event_without_a_token_keeps_the_token(school: School) -> None:
    school.surgeries.save_calendar(school.workbook, "cal-1", "token-1")
    school.surgeries.saw(school.workbook, [SlotEvent("tue-0", "ev0", '"2"', None)])
    assert school.surgeries.calendar(school.workbook) == CalendarState("cal-1", "token-1")
