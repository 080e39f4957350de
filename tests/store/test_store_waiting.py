from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from support.leaving import leaves, returns
from support.surgery import CLOSES, NOW, ROOM, School, free_slots

from sync.domain.meetings import State
from sync.store import AlreadyBooked, Booked, Closed, Taken, Waiting, Why

if TYPE_CHECKING:
    from sync.domain.meetings import Booking
    from sync.store import Link, Store

DAY = timedelta(days=1)


@pytest.fixture
def school(store: Store) -> School:
    """A surgery with one slot, which Ann has."""
    made = School(store)
    made.has(1)
    made.told()
    return made


@pytest.fixture
def anns(school: School) -> tuple[Link, Booking]:
    ann = school.family("ann")
    answer = school.bookings.claim(ann, "tue-0", ROOM, NOW, "form")
    assert isinstance(answer, Booked)
    return ann, answer.booking


def kinds(school: School, subject: str) -> list[str]:
    return [kind for each, kind in school.told() if each.startswith(subject)]


def test_families_wait_in_the_order_in_which_they_came(school: School, anns: tuple[Link, Booking]) -> None:
    bob, cat = school.family("bob"), school.family("cat")
    assert school.line.join(bob, "tue", NOW) == Waiting("tue", 0)
    assert school.line.join(cat, "tue", NOW) == Waiting("tue", 1)
    assert school.line.join(bob, "tue", NOW) == Waiting("tue", 0)
    assert school.line.waiting(anns[0], "tue") is None


def test_a_place_that_frees_is_held_for_the_next_family_and_told_once(
    school: School, anns: tuple[Link, Booking]
) -> None:
    bob, cat = school.family("bob"), school.family("cat")
    school.line.join(bob, "tue", NOW)
    school.line.join(cat, "tue", NOW)
    school.told()
    school.bookings.cancel(anns[0], anns[1].key, 1, NOW)
    assert school.line.waiting(bob, "tue") == Waiting("tue", 0, "tue-0", NOW + DAY)
    assert school.line.waiting(cat, "tue") == Waiting("tue", 0)
    assert kinds(school, "waiting") == ["waiting.offered"]
    assert free_slots(school.surgeries, school.workbook, NOW) == []
    assert school.bookings.claim(cat, "tue-0", ROOM, NOW, "form") == Taken()
    assert isinstance(school.bookings.claim(bob, "tue-0", ROOM, NOW, "form"), Booked)
    assert school.line.waiting(bob, "tue") is None


def test_an_offer_that_expires_goes_to_the_next_family(school: School, anns: tuple[Link, Booking]) -> None:
    bob, cat = school.family("bob"), school.family("cat")
    school.line.join(bob, "tue", NOW)
    school.line.join(cat, "tue", NOW)
    school.bookings.cancel(anns[0], anns[1].key, 1, NOW)
    assert school.line.end_offers(NOW + DAY - timedelta(seconds=1)) == 0
    assert school.line.end_offers(NOW + DAY) == 1
    assert school.line.waiting(bob, "tue") is None
    assert school.line.waiting(cat, "tue") == Waiting("tue", 0, "tue-0", NOW + 2 * DAY)
    assert school.bookings.claim(bob, "tue-0", ROOM, NOW + DAY, "form") == Taken()


def test_an_expired_offer_that_nobody_waits_for_is_open_to_all(school: School, anns: tuple[Link, Booking]) -> None:
    school.line.join(school.family("bob"), "tue", NOW)
    school.bookings.cancel(anns[0], anns[1].key, 1, NOW)
    # No sweep came by: the claim itself finds that the offer is over.
    assert isinstance(school.bookings.claim(school.family("cat"), "tue-0", ROOM, NOW + DAY, "form"), Booked)


def test_an_offer_ends_at_the_latest_when_the_surgery_closes(school: School, anns: tuple[Link, Booking]) -> None:
    bob = school.family("bob")
    school.line.join(bob, "tue", NOW)
    school.bookings.cancel(anns[0], anns[1].key, 1, CLOSES - timedelta(hours=1))
    assert school.line.waiting(bob, "tue") == Waiting("tue", 0, "tue-0", CLOSES)


def test_a_family_that_leaves_passes_its_offer_on(school: School, anns: tuple[Link, Booking]) -> None:
    bob, cat = school.family("bob"), school.family("cat")
    school.line.join(bob, "tue", NOW)
    school.line.join(cat, "tue", NOW)
    school.bookings.cancel(anns[0], anns[1].key, 1, NOW)
    school.line.leave(bob, "tue", NOW)
    assert school.line.waiting(cat, "tue") == Waiting("tue", 0, "tue-0", NOW + DAY)
    school.line.leave(bob, "tue", NOW)


def test_a_family_that_is_suspended_passes_its_offer_on_and_has_its_turn_when_it_is_back(
    school: School, anns: tuple[Link, Booking]
) -> None:
    bob, cat, dan = (school.family(name) for name in ("bob", "cat", "dan"))
    for each in (bob, cat, dan):
        school.line.join(each, "tue", NOW)
    school.bookings.cancel(anns[0], anns[1].key, 1, NOW)
    leaves(school.store, school.workbook, bob.adult, bob.ref, NOW)
    assert school.line.waiting(cat, "tue") == Waiting("tue", 0, "tue-0", NOW + DAY)
    for _ in range(2):
        returns(school.store, school.workbook, bob.adult, bob.ref, NOW)
        assert [school.line.waiting(each, "tue") for each in (bob, dan)] == [Waiting("tue", 0), Waiting("tue", 1)]
    school.line.leave(bob, "tue", NOW)
    returns(school.store, school.workbook, bob.adult, bob.ref, NOW)
    assert school.line.waiting(bob, "tue") is None


def test_a_family_that_is_back_takes_a_place_that_is_free_and_waits_beside_no_meeting(
    school: School, anns: tuple[Link, Booking]
) -> None:
    bob = school.family("bob")
    school.line.join(bob, "tue", NOW)
    leaves(school.store, school.workbook, bob.adult, bob.ref, NOW)
    school.bookings.cancel(anns[0], anns[1].key, 1, NOW)
    returns(school.store, school.workbook, bob.adult, bob.ref, NOW)
    assert school.line.waiting(bob, "tue") == Waiting("tue", 0, "tue-0", NOW + DAY)
    leaves(school.store, school.workbook, bob.adult, bob.ref, NOW)
    assert isinstance(school.bookings.claim(school.family("bob"), "tue-0", ROOM, NOW, "form"), Booked)
    leaves(school.store, school.workbook, bob.adult, bob.ref, NOW)
    returns(school.store, school.workbook, bob.adult, bob.ref, NOW)
    assert school.line.waiting(bob, "tue") is None


def test_a_family_that_books_another_slot_passes_its_offer_on(school: School) -> None:
    school.has(2)
    ann, bob, cat = school.family("ann"), school.family("bob"), school.family("cat")
    first = school.bookings.claim(ann, "tue-0", ROOM, NOW, "form")
    second = school.bookings.claim(school.family("dan"), "tue-1", ROOM, NOW, "form")
    assert isinstance(first, Booked)
    assert isinstance(second, Booked)
    school.line.join(bob, "tue", NOW)
    school.bookings.cancel(ann, first.booking.key, 1, NOW)
    school.line.leave(cat, "tue", NOW)
    school.bookings.cancel_by_school(school.workbook, second.booking.key, NOW)
    assert isinstance(school.bookings.claim(bob, "tue-1", ROOM, NOW, "form"), Booked)
    assert [each.slot.key for each in free_slots(school.surgeries, school.workbook, NOW)] == ["tue-0"]


def test_who_has_a_booking_need_not_wait(school: School, anns: tuple[Link, Booking]) -> None:
    assert school.line.join(anns[0], "tue", NOW) == AlreadyBooked(anns[1])


def test_who_joins_while_a_place_is_free_is_offered_it_at_once(school: School) -> None:
    assert school.line.join(school.family("bob"), "tue", NOW) == Waiting("tue", 0, "tue-0", NOW + DAY)


def test_new_slots_are_offered_to_who_waits(school: School, anns: tuple[Link, Booking]) -> None:
    bob = school.family("bob")
    school.line.join(bob, "tue", NOW)
    school.has(2)
    assert school.line.waiting(bob, "tue") == Waiting("tue", 0, "tue-1", NOW + DAY)


def test_an_offer_of_a_slot_that_is_deleted_is_taken_back_and_keeps_its_turn(
    school: School, anns: tuple[Link, Booking]
) -> None:
    bob, cat = school.family("bob"), school.family("cat")
    school.line.join(bob, "tue", NOW)
    school.line.join(cat, "tue", NOW)
    school.bookings.cancel(anns[0], anns[1].key, 1, NOW)
    school.surgeries.delete_slot(school.workbook, "tue-0", NOW)
    assert (school.line.waiting(bob, "tue"), school.line.waiting(cat, "tue")) == (
        Waiting("tue", 0),
        Waiting("tue", 1),
    )
    school.surgeries.restore_slot(school.workbook, "tue-0", NOW)
    assert school.line.waiting(bob, "tue") == Waiting("tue", 0, "tue-0", NOW + DAY)


def test_nobody_can_wait_for_what_is_over_not_open_or_unknown(school: School) -> None:
    bob = school.family("bob")
    assert school.line.join(bob, "tue", CLOSES) == Closed(Why.OVER)
    assert school.line.join(bob, "nonsense", NOW) == Closed(Why.UNKNOWN)
    school.has(1, opens=NOW + DAY)
    assert school.line.join(bob, "tue", NOW) == Closed(Why.NOT_YET)
    school.has(1, state=State.DRAFT)
    assert school.line.join(bob, "tue", NOW) == Closed(Why.UNKNOWN)
    leaves(school.store, school.workbook, "bob", "ref-bob", NOW)
    assert school.line.join(bob, "tue", NOW) == Closed(Why.LINK)
