"""One family at a time: no two slots of a workbook are given whose times meet, however they came to meet."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from time import sleep
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from support.booking_processes import churn
from support.surgery import FIRST, LENGTH, NOW, ROOM, SURGERY, School, free_slots, slots

from sync.domain.meetings import Kind
from sync.store import AlreadyBooked, Booked, Bookings, Closed, Store, Taken, Waiting, Why

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.context import ForkServerContext

    from sync.store import Link, StoredSlot

HALF = LENGTH / 2
REVIEW = replace(SURGERY, key="review", kind=Kind.REVIEW)


def has_review(school: School, count: int = 1, *, later: timedelta = HALF) -> None:
    """Beside the surgery a review is offered, the first time so much later than the surgery's first one."""
    review = REVIEW, slots(count, surgery="review", first=FIRST + later)
    school.surgeries.save(school.workbook, [(SURGERY, slots()), review], NOW)


def book(school: School, link: Link, slot: str) -> Booked:
    answer = school.bookings.claim(link, slot, ROOM, NOW, f"form for {slot}")
    assert isinstance(answer, Booked)
    return answer


def move(school: School, slot: str, onto: str) -> None:
    """Moves a slot in the calendar to the time of another one."""
    there = school.surgeries.slot(school.workbook, onto)
    assert there is not None
    school.surgeries.move_slot(school.workbook, slot, there.slot.starts, there.slot.ends, NOW)


def offered(school: School) -> list[str]:
    return [each.slot.key for each in free_slots(school.surgeries, school.workbook, NOW)]


def taken(school: School) -> dict[str, int]:
    return {each.slot.key: each.taken for each in school.surgeries.slots(school.workbook) if each.taken}


def test_the_times_that_meet_a_booked_one_are_not_offered_and_are_taken(school: School) -> None:
    has_review(school)
    assert offered(school) == ["tue-0", "review-0", "tue-1", "tue-2", "tue-3"]
    book(school, school.family("ann"), "review-0")
    assert offered(school) == ["tue-2", "tue-3"]
    for slot in ("tue-0", "tue-1"):
        assert school.bookings.claim(school.family("bob"), slot, ROOM, NOW, f"form for {slot}") == Taken()
    assert taken(school) == {"review-0": 1}


def test_times_that_only_touch_do_not_meet(school: School) -> None:
    has_review(school, later=4 * LENGTH)
    book(school, school.family("ann"), "tue-3")
    assert offered(school) == ["tue-0", "tue-1", "tue-2", "review-0"]
    book(school, school.family("bob"), "review-0")


def test_a_booked_slot_moved_onto_a_free_one_takes_its_time(school: School) -> None:
    book(school, school.family("ann"), "tue-0")
    move(school, "tue-0", onto="tue-2")
    assert offered(school) == ["tue-1", "tue-3"]
    assert school.bookings.claim(school.family("bob"), "tue-2", ROOM, NOW, "form") == Taken()


def test_of_two_free_slots_at_one_time_the_first_booked_takes_both(school: School) -> None:
    move(school, "tue-0", onto="tue-2")
    assert offered(school) == ["tue-1", "tue-0", "tue-2", "tue-3"]
    book(school, school.family("ann"), "tue-2")
    assert offered(school) == ["tue-1", "tue-3"]
    assert school.bookings.claim(school.family("bob"), "tue-0", ROOM, NOW, "form") == Taken()


def test_a_row_typed_again_does_not_offer_the_time_that_is_booked(school: School) -> None:
    held = book(school, school.family("ann"), "tue-0")
    again = replace(SURGERY, key="again"), slots(surgery="again")
    assert school.surgeries.save(school.workbook, [again], NOW).kept == ("tue-0",)
    assert offered(school) == ["again-1", "again-2", "again-3"]
    assert school.bookings.claim(school.family("bob"), "again-0", ROOM, NOW, "form") == Taken()
    school.bookings.cancel_by_school(school.workbook, held.booking.key, NOW)
    assert offered(school) == ["again-0", "again-1", "again-2", "again-3"]


def test_another_schools_meetings_take_no_time_here(school: School) -> None:
    other = School(school.store, "Elsewhere")
    other.has()
    book(other, other.family("ann"), "tue-0")
    assert offered(school) == ["tue-0", "tue-1", "tue-2", "tue-3"]
    book(school, school.family("bob"), "tue-0")


def test_many_families_may_come_to_one_slot_with_places(school: School) -> None:
    school.has(1, places=2)
    for name in ("ann", "bob"):
        book(school, school.family(name), "tue-0")
    assert taken(school) == {"tue-0": 2}


def test_a_booking_cannot_be_changed_to_a_time_that_meets_another_familys(school: School) -> None:
    has_review(school)
    mine = book(school, school.family("ann"), "tue-3").booking
    book(school, school.family("bob"), "review-0")
    link = school.family("ann")
    assert school.bookings.change(link, mine.key, "tue-1", ROOM, 1, NOW) == Taken()
    assert school.bookings.of_link(link) == [mine]


def test_a_family_may_change_to_a_time_that_meets_only_its_own_meeting(school: School) -> None:
    school.has(4)
    link = school.family("ann")
    mine = book(school, link, "tue-0").booking
    school.surgeries.move_slot(school.workbook, "tue-0", FIRST + HALF, FIRST + HALF + LENGTH, NOW)
    (mine,) = school.bookings.of_link(link)
    assert offered(school) == ["tue-2", "tue-3"]
    open_to_ann = free_slots(school.surgeries, school.workbook, NOW, leaving="tue-0")
    assert [each.slot.key for each in open_to_ann] == ["tue-1", "tue-2", "tue-3"]
    done = school.bookings.change(link, mine.key, "tue-1", ROOM, mine.version, NOW)
    assert isinstance(done, Booked)
    assert taken(school) == {"tue-1": 1}


def test_a_family_cannot_change_to_a_time_that_others_of_its_own_slot_hold(school: School) -> None:
    morning = replace(SURGERY, key="morning", places=2), slots(1, surgery="morning", places=2, first=FIRST + HALF)
    school.surgeries.save(school.workbook, [(SURGERY, slots()), morning], NOW)
    link = school.family("ann")
    mine = book(school, link, "morning-0").booking
    book(school, school.family("bob"), "morning-0")
    assert school.bookings.change(link, mine.key, "tue-1", ROOM, mine.version, NOW) == Taken()


def test_an_adult_hears_of_a_meeting_of_their_own_at_that_time(school: School) -> None:
    has_review(school)
    book(school, school.family("ann", "ref-1"), "tue-0")
    assert school.bookings.claim(school.family("ann", "ref-2"), "review-0", ROOM, NOW, "form") == Closed(Why.CLASH)


def test_a_family_with_a_meeting_in_the_surgery_hears_of_it_before_it_hears_of_others(school: School) -> None:
    has_review(school)
    mine = book(school, school.family("ann"), "tue-3")
    book(school, school.family("bob"), "review-0")
    assert school.bookings.claim(school.family("ann"), "tue-0", ROOM, NOW, "form") == AlreadyBooked(mine.booking)


def test_who_waits_is_not_given_a_time_that_another_family_has(school: School) -> None:
    has_review(school, 4, later=timedelta(0))
    families = {name: school.family(name) for name in ("ann", "bob", "cat", "dan")}
    for number, link in enumerate(families.values()):
        book(school, link, f"review-{number}")
    eve = school.family("eve")
    assert school.line.join(eve, "tue", NOW) == Waiting("tue", 0)
    # The place is given back in another surgery than the one that is waited for.
    (held,) = school.bookings.of_link(families["cat"])
    school.bookings.cancel(families["cat"], held.key, 1, NOW)
    assert school.line.waiting(eve, "tue") == Waiting("tue", 0, "tue-2", NOW + timedelta(hours=24))
    assert taken(school) == {"review-0": 1, "review-1": 1, "review-3": 1, "tue-2": 1}
    assert school.bookings.claim(families["cat"], "review-2", ROOM, NOW, "another form") == Taken()


def waits_for_one_of_two(school: School) -> tuple[Link, Link]:
    """Bob has tue-0; tue-1 is held for Cat, who waits. Nothing else is there."""
    school.has(2)
    bob, cat = school.family("bob"), school.family("cat")
    book(school, bob, "tue-0")
    assert school.line.join(cat, "tue", NOW) == Waiting("tue", 0, "tue-1", NOW + timedelta(hours=24))
    return bob, cat


def test_what_is_held_for_a_family_is_taken_back_when_a_meeting_is_moved_onto_it(school: School) -> None:
    bob, cat = waits_for_one_of_two(school)
    move(school, "tue-0", onto="tue-1")
    assert school.line.waiting(cat, "tue") == Waiting("tue", 0)
    assert (offered(school), taken(school)) == ([], {"tue-0": 1})
    assert school.bookings.claim(cat, "tue-1", ROOM, NOW, "form") == Taken()
    (held,) = school.bookings.of_link(bob)
    school.bookings.cancel(bob, held.key, held.version, NOW)
    assert school.line.waiting(cat, "tue") == Waiting("tue", 0, "tue-0", NOW + timedelta(hours=24))


def test_a_meeting_moved_away_frees_its_time_for_who_waits_in_another_surgery(school: School) -> None:
    has_review(school, later=timedelta(0))
    school.surgeries.save(school.workbook, [(SURGERY, slots(1)), (REVIEW, slots(1, surgery="review"))], NOW)
    bob, cat = school.family("bob"), school.family("cat")
    book(school, bob, "review-0")
    assert school.line.join(cat, "tue", NOW) == Waiting("tue", 0)
    school.surgeries.move_slot(school.workbook, "review-0", FIRST + LENGTH, FIRST + 2 * LENGTH, NOW)
    assert school.line.waiting(cat, "tue") == Waiting("tue", 0, "tue-0", NOW + timedelta(hours=24))


def test_a_meeting_deleted_in_the_calendar_frees_its_time_for_who_waits_in_another_surgery(school: School) -> None:
    school.surgeries.save(school.workbook, [(SURGERY, slots(1)), (REVIEW, slots(1, surgery="review"))], NOW)
    book(school, school.family("bob"), "review-0")
    cat = school.family("cat")
    assert school.line.join(cat, "tue", NOW) == Waiting("tue", 0)
    school.surgeries.delete_slot(school.workbook, "review-0", NOW)
    assert school.line.waiting(cat, "tue") == Waiting("tue", 0, "tue-0", NOW + timedelta(hours=24))


def two_at_once(stored: Sequence[StoredSlot]) -> list[tuple[str, str]]:
    """The held slots that meet, in pairs."""
    held = [each.slot for each in stored if each.taken]
    return [(a.key, b.key) for a in held for b in held if a.key < b.key and a.starts < b.ends and a.ends > b.starts]


@pytest.mark.parametrize("later", [timedelta(0), HALF])
def test_of_two_who_press_at_once_in_two_surgeries_one_gets_the_time(url: str, store: Store, later: timedelta) -> None:
    school = School(store)
    has_review(school, 4, later=later)
    presses = [(school.family(f"{key} {n}"), f"{key}-{n}") for n in range(4) for key in ("tue", "review")]
    gate = threading.Barrier(len(presses))
    answers: dict[str, object] = {}

    def press(link: Link, slot: str) -> None:
        with Store(url) as own:
            # Slow to commit, as on a busy server, so that each would see the time free that another one has taken.
            event.listen(own.engine, "commit", lambda _: sleep(0.05))
            gate.wait()
            answers[slot] = Bookings(own).claim(link, slot, ROOM, NOW, "form")

    threads = [threading.Thread(target=press, args=each) for each in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = school.surgeries.slots(school.workbook)
    assert two_at_once(stored) == []
    booked = {slot for slot, answer in answers.items() if isinstance(answer, Booked)}
    assert {slot for slot, answer in answers.items() if answer != Taken()} == booked
    assert booked == {each.slot.key for each in stored if each.taken}
    assert (len(answers), offered(school)) == (8, [])


def test_whatever_families_do_at_once_in_two_surgeries_nobody_meets_anybody(
    url: str, store: Store, processes: ForkServerContext
) -> None:
    school = School(store)
    has_review(school, 4)
    links = [school.family(f"adult {n}") for n in range(14)]
    started = [processes.Process(target=churn, args=(url, links, seed, 60, ("tue", "review"))) for seed in range(4)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0] * 4
    stored = school.surgeries.slots(school.workbook)
    assert two_at_once(stored) == []
    turns = {key: [school.line.waiting(link, key) for link in links] for key in ("tue", "review")}
    held = Counter(each.slot for each in school.bookings.active(school.workbook))
    held += Counter(turn.slot for found in turns.values() for turn in found if turn is not None and turn.slot)
    assert taken(school) == held
    for key, found in turns.items():
        waits = [turn for turn in found if turn is not None and turn.slot is None]
        assert not (waits and free_slots(school.surgeries, school.workbook, NOW, surgery=key))
