"""What the store decided reaches Calendar and the families."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from support.delivery import FIRST, STEP, TEACHER, Office

from sync.domain.meetings import State, Where

if TYPE_CHECKING:
    from collections.abc import Callable

FREE, ROOM = "Free for a meeting", "Room 2 or Phone call or Video call"
T = ["2026-12-08T16:00:00Z", "2026-12-08T16:20:00Z", "2026-12-08T16:40:00Z"]
BOOKED = "Meeting \N{EN DASH} ref B7F3K"


def test_a_surgery_becomes_free_events_and_a_booking_makes_one_busy_and_a_letter_goes(office: Office) -> None:
    assert office.deliver() == (3, 0, 0)
    assert office.events() == [(FREE, ROOM, at, "transparent") for at in T]
    office.book()
    assert office.deliver() == (2, 0, 0)
    assert office.events() == [
        (FREE, ROOM, T[1], "transparent"),
        (FREE, ROOM, T[2], "transparent"),
        (BOOKED, "Room 2", T[0], "opaque"),
    ]
    assert [each["email"] for each in office.event()["attendees"]] == [TEACHER]
    assert office.said() == [("lomax@home.example", "Your meeting is booked")]
    (letter,) = office.letters()
    assert "When: Tuesday 8 December 2026, 4pm (it ends at 4:20pm)" in letter.body
    assert "Where: Room 2" in letter.body
    assert "http://book.school.example/b/" in letter.body
    assert "until Tuesday 8 December 2026, 2pm" in letter.body
    assert office.settle() is None
    assert office.follow() == 0
