from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from school_year import TUESDAY, at

from sync.domain.meetings import Busy, Kind, Slot, Surgery
from sync.domain.school_clock import instant, wall
from sync.plan.slots import (
    SlotDiff,
    diff_slots,
    plan_slots,
    say_diff,
    session,
    slot_key,
    slots_of,
)

SURGERY = Surgery("P-1", Kind.SURGERY, TUESDAY, time(16), time(18), 20)


def starts(surgery: Surgery, booked: tuple[Slot, ...] = ()) -> list[str]:
    return [f"{wall(slot.starts):%H:%M}" for slot in slots_of(surgery, booked)]


def test_two_hours_hold_six_slots_of_twenty_minutes() -> None:
    assert starts(SURGERY) == ["16:00", "16:20", "16:40", "17:00", "17:20", "17:40"]
    first = slots_of(SURGERY)[0]
    assert first == Slot("P-1-20261208T1600Z", "P-1", at(TUESDAY, 16), at(TUESDAY, 16, 20), 1)


def test_a_gap_lies_between_slots_and_a_break_pushes_the_next_one_on() -> None:
    assert starts(replace(SURGERY, gap=5)) == ["16:00", "16:25", "16:50", "17:15", "17:40"]
    pause = replace(SURGERY, breaks=((time(17), time(17, 15)), (time(17, 40), time(17, 45))))
    assert starts(pause) == ["16:00", "16:20", "16:40", "17:15"]


def test_a_coffee_morning_is_one_slot() -> None:
    morning = replace(SURGERY, kind=Kind.MORNING, minutes=120, places=25)
    assert [(s.ends - s.starts, s.places) for s in slots_of(morning)] == [(timedelta(hours=2), 25)]


def test_in_summer_the_same_wall_clock_is_an_hour_earlier_in_utc() -> None:
    june = slots_of(replace(SURGERY, day=date(2027, 6, 8)))
    assert (june[0].starts, june[0].key) == (at(date(2027, 6, 8), 15), "P-1-20270608T1500Z")


@pytest.mark.parametrize(("day", "count"), [(date(2027, 3, 28), 6), (date(2026, 10, 25), 18), (TUESDAY, 12)])
def test_a_night_in_which_the_clocks_change_is_an_hour_shorter_or_longer(day: date, count: int) -> None:
    night = replace(SURGERY, day=day, starts=time(0), ends=time(4))
    hours = {6: 3, 12: 4, 18: 5}[count]
    found = slots_of(night)
    assert len(found) == hours * 3
    assert [(s.ends - s.starts) for s in found] == [timedelta(minutes=20)] * len(found)
    assert len({s.key for s in found}) == len(found)
    assert [b.starts - a.ends for a, b in pairwise(found)] == [timedelta()] * (len(found) - 1)


def test_slots_of_the_doubled_hour_show_the_same_time_and_have_keys_of_their_own() -> None:
    night = replace(SURGERY, day=date(2026, 10, 25), starts=time(0), ends=time(3), minutes=60)
    assert [(f"{wall(s.starts):%H:%M}", s.key[-5:]) for s in slots_of(night)] == [
        ("00:00", "2300Z"), ("01:00", "0000Z"), ("01:00", "0100Z"), ("02:00", "0200Z"),
    ]  # fmt: skip


def test_a_session_that_ends_before_it_begins_has_no_slots() -> None:
    assert slots_of(replace(SURGERY, ends=time(9))) == ()
    assert slots_of(replace(SURGERY, minutes=0)) == ()


BOOKED = slots_of(SURGERY)[1]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ends": time(17)}, ["16:00", "16:20", "16:40"]),
        ({"ends": time(18, 30)}, ["16:00", "16:20", "16:40", "17:00", "17:20", "17:40", "18:00"]),
        ({"gap": 10}, ["16:20", "16:50", "17:20"]),
        ({"room": "Hall"}, ["16:00", "16:20", "16:40", "17:00", "17:20", "17:40"]),
        ({"minutes": 30}, ["16:20", "16:40", "17:10"]),
        ({"starts": time(15, 30)}, ["15:30", "15:50", "16:20", "16:40", "17:00", "17:20", "17:40"]),
        ({"breaks": ((time(16, 40), time(17)),)}, ["16:00", "16:20", "17:00", "17:20", "17:40"]),
    ],
)
def test_a_booked_slot_stays_where_it_is_and_the_rest_is_divided_anew(
    change: dict[str, object], expected: list[str]
) -> None:
    edited = replace(SURGERY, **change)  # type: ignore[arg-type]
    assert starts(edited, (BOOKED,)) == expected
    assert BOOKED in slots_of(edited, (BOOKED,))


@pytest.mark.parametrize(
    "change",
    [
        {"day": date(2026, 12, 9)},
        {"starts": time(17)},
        {"ends": time(16, 30)},
        {"breaks": ((time(16, 30), time(16, 45)),)},
        {"breaks": ((time(16, 30), time(16, 45)),), "minutes": 10},
    ],
)
def test_a_booked_slot_without_room_is_lost_and_never_dropped(change: dict[str, object]) -> None:
    edited = replace(SURGERY, **change)  # type: ignore[arg-type]
    held = {BOOKED.key: 1}
    slots, difference = plan_slots(edited, slots_of(SURGERY), held)
    assert difference.lost == (BOOKED,)
    assert BOOKED in slots
    assert BOOKED not in (*difference.gone, *difference.added)
    assert not any(Busy(s.starts, s.ends).meets(BOOKED.starts, BOOKED.ends) for s in slots if s != BOOKED)
    assert say_diff(difference, held) == (
        (
            "Tuesday 8 December 2026, 4:20pm is booked (1 family), but the row no longer has it. The booking stands "
            "and was not changed: put the time back, or move the family to another slot."
        ),
    )


def test_the_difference_says_what_is_added_gone_and_changed() -> None:
    longer = replace(SURGERY, ends=time(18, 20), places=2)
    old, new = slots_of(SURGERY), slots_of(longer)
    assert diff_slots(old, new, {}) == SlotDiff(added=new[6:], changed=tuple(zip(old, new[:6], strict=True)))
    assert diff_slots(new, old, {}) == SlotDiff(gone=new[6:], changed=tuple(zip(new[:6], old, strict=True)))
    assert diff_slots(old, old, {BOOKED.key: 1}) == SlotDiff()
    assert say_diff(SlotDiff(gone=old), {}) == ()


def test_fewer_places_than_bookings_are_told_and_nobody_is_sent_away() -> None:
    morning = replace(SURGERY, kind=Kind.MORNING, minutes=120, places=25)
    (slot,) = slots_of(morning)
    held = {slot.key: 3}
    slots, difference = plan_slots(replace(morning, places=2), [slot], held)
    assert slots == (replace(slot, places=2),)
    assert difference.crowded == slots
    assert say_diff(difference, held) == (
        (
            "Tuesday 8 December 2026, 4pm has 3 families for 2 places. Nobody was sent away: raise 'Places', or move a "
            "family."
        ),
    )


def test_a_slot_booked_before_its_length_changed_keeps_its_length() -> None:
    slots, difference = plan_slots(replace(SURGERY, minutes=30), slots_of(SURGERY), {BOOKED.key: 1})
    assert BOOKED in slots
    assert BOOKED.key not in {new.key for _, new in difference.changed}


def test_of_two_booked_slots_that_overlap_the_first_stays_and_the_second_is_told() -> None:
    other = Slot(slot_key("P-1", at(TUESDAY, 16, 30)), "P-1", at(TUESDAY, 16, 30), at(TUESDAY, 16, 50))
    slots, difference = plan_slots(SURGERY, [BOOKED, other], {BOOKED.key: 1, other.key: 1})
    assert difference.lost == (other,)
    assert {BOOKED, other} <= set(slots)


def test_slots_of_another_surgery_are_passed_over() -> None:
    assert slots_of(SURGERY, [replace(BOOKED, surgery="P-2")]) == slots_of(SURGERY)


@st.composite
def surgeries(draw: st.DrawFn) -> Surgery:
    """Surgeries of any day, both clock-change Sundays often among them, with breaks in order within the session."""
    day = draw(st.sampled_from([TUESDAY, date(2027, 6, 8), date(2027, 3, 28), date(2026, 10, 25)]))
    minutes = sorted(draw(st.lists(st.integers(0, 287), min_size=2, max_size=8, unique=True)))
    clocks = [time(*divmod(m * 5, 60)) for m in minutes]
    middle = clocks[1:-1]
    breaks = tuple(zip(middle[::2], middle[1::2], strict=False))
    # A break in an odd hour may end before it begins as instants go; the checks refuse such an hour.
    breaks = tuple(b for b in breaks if instant(day, b[0]) < instant(day, b[1]))
    return Surgery(
        "P-1",
        Kind.SURGERY,
        day,
        clocks[0],
        clocks[-1],
        draw(st.integers(5, 90)),
        draw(st.integers(0, 15)),
        breaks,
        places=draw(st.integers(1, 3)),
    )


@given(surgeries())
def test_slots_never_overlap_and_lie_within_the_session_outside_its_breaks(surgery: Surgery) -> None:
    found = slots_of(surgery)
    begin, end = session(surgery)
    breaks = [Busy(instant(surgery.day, a), instant(surgery.day, b)) for a, b in surgery.breaks]
    for slot in found:
        assert slot.ends - slot.starts == timedelta(minutes=surgery.minutes)
        assert begin <= slot.starts < slot.ends <= end
        assert not any(b.meets(slot.starts, slot.ends) for b in breaks)
        assert slot.key == slot_key("P-1", slot.starts)
    assert all(b.starts - a.ends >= timedelta(minutes=surgery.gap) for a, b in pairwise(found))


@given(surgeries(), st.data())
def test_whichever_slots_are_booked_an_unedited_row_gives_the_same_slots(surgery: Surgery, data: st.DataObject) -> None:
    found = slots_of(surgery)
    booked = [slot for slot in found if data.draw(st.booleans())]
    assert slots_of(surgery, booked) == found
    assert plan_slots(surgery, found, {s.key: 1 for s in booked}) == (found, SlotDiff())


@given(surgeries(), surgeries(), st.data())
def test_no_edit_moves_overlaps_or_drops_a_booked_slot(before: Surgery, after: Surgery, data: st.DataObject) -> None:
    made = slots_of(before)
    booked = {slot.key: 1 for slot in made if data.draw(st.booleans())}
    slots, difference = plan_slots(after, made, booked)
    now = {slot.key: slot for slot in slots}
    for slot in made:
        if slot.key in booked:
            assert (now[slot.key].starts, now[slot.key].ends) == (slot.starts, slot.ends)
    assert all(a.ends <= b.starts for a, b in pairwise(slots))
    assert len(now) == len(slots)
    assert {s.key for s in (*made, *difference.added)} - {s.key for s in difference.gone} == set(now)
    assert not {s.key for s in difference.gone} & booked.keys()


@given(surgeries(), st.data())
def test_a_later_edit_of_end_gap_or_places_keeps_every_booked_slot_that_still_fits(
    surgery: Surgery, data: st.DataObject
) -> None:
    made = slots_of(surgery)
    booked = {slot.key: 1 for slot in made if data.draw(st.booleans())}
    edited = replace(
        surgery,
        ends=data.draw(st.times(surgery.starts, time(23, 55))).replace(second=0, microsecond=0),
        gap=data.draw(st.integers(0, 15)),
        places=data.draw(st.integers(1, 3)),
    )
    end = session(edited)[1]
    lost = plan_slots(edited, made, booked)[1].lost
    assert {s.key for s in lost} == {s.key for s in made if s.key in booked and s.ends > end}


def test_keys_are_in_utc_whatever_zone_the_instant_is_told_in() -> None:
    moment = datetime(2027, 6, 8, 15, tzinfo=UTC)
    assert slot_key("P-1", wall(moment)) == slot_key("P-1", moment) == "P-1-20270608T1500Z"
