"""What the SENCO is told of a state that stands: as long as it stands, and no longer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.delivery import FIRST, STEP, Office

from sync.service.standing import forget_notices

if TYPE_CHECKING:
    from datetime import datetime

    from sync.domain.meetings import Booking

AT_ONCE = "calendar:at once:tue-0:tue-2"


def at(number: int, first: datetime = FIRST) -> dict[str, Any]:
    """The time of a slot, for her hand."""
    return {
        "start": {"dateTime": (first + number * STEP).isoformat()},
        "end": {"dateTime": (first + (number + 1) * STEP).isoformat()},
    }


@pytest.fixture
def two(office: Office) -> tuple[Booking, Booking]:
    """Two families; the SENCO has moved the second one's meeting onto the first one's."""
    office.has(4)
    office.settle()
    both = office.book(), office.book("tue-2", "a2")
    office.settle()
    office.by_hand("tue-2", **at(0))
    office.settle()
    assert office.noticed() == [AT_ONCE]
    return both


def test_that_two_meet_at_once_is_said_no_more_once_a_parent_cancels(
    office: Office, two: tuple[Booking, Booking]
) -> None:
    office.cancel(two[0])
    office.settle()
    assert office.noticed() == []


def test_that_two_meet_at_once_is_said_no_more_once_a_parent_chooses_another_time(
    office: Office, two: tuple[Booking, Booking]
) -> None:
    office.change(two[0], "tue-3")
    office.settle()
    assert office.noticed() == []


def test_that_two_meet_at_once_is_said_no_more_once_the_senco_deletes_one(
    office: Office, two: tuple[Booking, Booking]
) -> None:
    office.delete_by_hand("tue-0")
    office.settle()
    assert office.noticed() == []


def test_that_two_meet_at_once_is_said_until_it_is_over(office: Office) -> None:
    first = FIRST + timedelta(days=30)
    office.has(4, first=first)
    office.settle()
    office.book()
    office.book("tue-2", "a2")
    office.settle()
    office.by_hand("tue-2", **at(0, first))
    office.settle()
    for days in (0, 15, 15):
        office.wait(days=days)
        forget_notices(office.store, office.wid, office.now)
        assert office.noticed() == [AT_ONCE]
    office.wait(days=8)
    assert office.noticed() == []


def test_two_events_that_change_places_meet_nobody(office: Office) -> None:
    office.has(4)
    office.settle()
    office.book()
    office.book("tue-2", "a2")
    office.settle()
    office.by_hand("tue-2", **at(0))
    office.by_hand("tue-0", **at(2))
    office.settle()
    assert office.noticed() == []


def test_a_family_to_be_rung_is_named_until_its_meeting_is_over(office: Office) -> None:
    first = FIRST + timedelta(days=30)
    office.has(3, first=first)
    booking = office.book(adult="a3")
    office.settle()
    key = f"phone:{booking.key}:1"
    office.wait(days=29)
    forget_notices(office.store, office.wid, office.now)
    assert key in office.noticed()
    office.wait(days=9)
    forget_notices(office.store, office.wid, office.now)
    assert office.noticed() == []


def test_a_family_to_be_rung_is_rung_about_how_things_stand_now(office: Office) -> None:
    booking = office.book(adult="a3")
    office.settle()
    office.cancel(booking)
    office.settle()
    assert office.noticed() == [f"phone:{booking.key}:1", f"phone:{booking.key}:2"]
    forget_notices(office.store, office.wid, office.now)
    assert office.noticed() == [f"phone:{booking.key}:2"]


def test_a_family_that_an_offer_waits_for_is_to_be_rung_as_long_as_it_waits(office: Office) -> None:
    office.has(1)
    booking = office.book()
    office.line.join(office.link("a3"), "tue", office.now)
    office.cancel(booking)
    office.settle()
    (key,) = [each for each in office.noticed() if each.startswith("phone:waiting:")]
    forget_notices(office.store, office.wid, office.now)
    assert key in office.noticed()
    office.wait(hours=25)
    office.deliver()
    forget_notices(office.store, office.wid, office.now)
    assert key not in office.noticed()


def test_what_was_merely_done_is_said_for_a_fortnight(office: Office) -> None:
    office.book()
    office.settle()
    office.by_hand(summary="Amara")
    office.settle()
    office.wait(days=6)
    forget_notices(office.store, office.wid, office.now)
    assert office.noticed() == ["calendar:tue-0:title"]
    office.wait(days=9)
    forget_notices(office.store, office.wid, office.now)
    assert office.noticed() == []
