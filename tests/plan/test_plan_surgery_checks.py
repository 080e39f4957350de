from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import TYPE_CHECKING, Any

import pytest
from school_year import CALENDAR, TUESDAY, at

from sync.domain.meetings import Busy, Kind, Surgery
from sync.plan.slots import slots_of
from sync.plan.surgery_checks import say_busy, what_cannot_be

if TYPE_CHECKING:
    from collections.abc import Sequence

SURGERY = Surgery("P-1", Kind.SURGERY, TUESDAY, time(16), time(18), 20)
NOW = at(date(2026, 11, 23), 9)


def said(surgery: Surgery = SURGERY, *, busy: Sequence[Busy] = (), **more: Any) -> tuple[str, ...]:
    found = what_cannot_be(surgery, **{"now": NOW, "calendar": CALENDAR, **more})
    return found or say_busy(surgery, slots_of(surgery), busy)


def test_an_ordinary_surgery_is_in_order() -> None:
    assert said() == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"starts": time(18), "ends": time(16)},
            "It ends (4pm) before it begins (6pm): correct 'From' or 'To'.",
        ),
        ({"ends": time(16)}, "It ends (4pm) before it begins (4pm): correct 'From' or 'To'."),
        (
            {"starts": time(22), "ends": time(1)},
            (
                "It would run past midnight (10pm to 1am): a surgery begins and ends on one day. Use two rows, one for "
                "each day."
            ),
        ),
        (
            {"minutes": 150},
            (
                "A slot of 150 minutes is longer than the whole surgery, which is 120 minutes: type fewer minutes, or "
                "a longer time."
            ),
        ),
        (
            {"breaks": ((time(17, 15), time(17)),)},
            "The break 5:15pm to 5pm ends before it begins: correct it.",
        ),
        (
            {"breaks": ((time(15), time(15, 15)),)},
            "The break 3pm to 3:15pm is not within the surgery, 4pm to 6pm: correct one of them.",
        ),
        (
            {"breaks": ((time(16), time(17)), (time(16, 30), time(18)))},
            "The breaks 4pm to 5pm and 4:30pm to 6pm overlap: make them one.",
        ),
        (
            {"breaks": ((time(16, 10), time(17, 50)),)},
            "No slot of 20 minutes fits between the breaks: shorten the slots or the breaks.",
        ),
        (
            {"day": date(2026, 12, 5)},
            "Saturday 5 December 2026 is at the weekend: choose a school day, or correct the half terms in Settings.",
        ),
        (
            {"day": date(2026, 12, 22)},
            (
                "Tuesday 22 December 2026 is in the school holidays: choose a school day, or correct the half terms in "
                "Settings."
            ),
        ),
        (
            {"day": date(2027, 5, 3)},
            (
                "Monday 3 May 2027 is a bank holiday (May Day): choose a school day, or correct the half terms in "
                "Settings."
            ),
        ),
        (
            {"day": date(2027, 1, 4)},
            "Monday 4 January 2027 is an INSET day: choose a school day, or correct the half terms in Settings.",
        ),
        (
            {"day": date(2026, 11, 20)},
            "Friday 20 November 2026, 4pm is over: type a later date or time.",
        ),
        (
            {"day": date(2026, 11, 23), "starts": time(8)},
            "Monday 23 November 2026, 8am has begun already: type a later date or time.",
        ),
        (
            {"opens": at(TUESDAY, 9), "closes": at(date(2026, 12, 1), 9)},
            (
                "Booking opens (Tuesday 8 December 2026, 9am) after it closes (Tuesday 1 December 2026, 9am): correct "
                "'Opens' or 'Closes'."
            ),
        ),
        (
            {"opens": at(TUESDAY, 16)},
            "Booking opens (Tuesday 8 December 2026, 4pm) only when the surgery has begun: type an earlier 'Opens'.",
        ),
        (
            {"closes": at(TUESDAY, 19)},
            "Booking closes (Tuesday 8 December 2026, 7pm) after the surgery is over: type an earlier 'Closes'.",
        ),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(change: dict[str, Any], sentence: str) -> None:
    assert said(replace(SURGERY, **change)) == (sentence,)


def test_a_surgery_that_was_made_may_be_over() -> None:
    friday = replace(SURGERY, day=date(2026, 11, 20))
    assert said(friday, made=slots_of(friday)) == ()
    assert said(friday, made=slots_of(SURGERY)) == ("Friday 20 November 2026, 4pm is over: type a later date or time.",)


def test_it_may_follow_another_surgery_but_not_overlap_it() -> None:
    after = replace(SURGERY, key="P-2", starts=time(18), ends=time(19))
    over = replace(SURGERY, key="P-3", starts=time(17, 50), ends=time(19))
    elsewhere = replace(over, key="P-4", day=date(2026, 12, 9))
    backwards = replace(over, key="P-5", ends=time(9))
    assert said(others=[SURGERY, after, elsewhere, backwards]) == ()
    assert said(others=[over]) == (
        "It overlaps another surgery of yours (P-3) on the same day, 5:50pm to 7pm: change the times of one of them.",
    )


def test_her_calendars_busy_times_are_named_by_the_part_that_is_in_the_way() -> None:
    lesson = Busy(at(TUESDAY, 15), at(TUESDAY, 16, 30))
    touching = Busy(at(TUESDAY, 18), at(TUESDAY, 19))
    assert said(busy=[touching]) == ()
    assert said(busy=[touching, lesson]) == (
        "Your calendar is busy then (4pm to 4:30pm): type it under 'Breaks', or change the surgery's times.",
    )
    many = [Busy(at(TUESDAY, 16, m), at(TUESDAY, 16, m + 5)) for m in (40, 30, 20, 10)]
    assert said(busy=many) == (
        (
            "Your calendar is busy then (4:10pm to 4:15pm, 4:20pm to 4:25pm, 4:30pm to 4:35pm and 1 more): type it "
            "under 'Breaks', or change the surgery's times."
        ),
    )


def test_a_busy_time_under_a_break_is_no_clash() -> None:
    lunch = Busy(at(TUESDAY, 17), at(TUESDAY, 17, 15))
    assert said(replace(SURGERY, breaks=((time(17), time(17, 15)),)), busy=[lunch]) == ()


def test_in_summer_busy_times_are_told_by_the_schools_clock() -> None:
    june = date(2027, 6, 8)
    busy = Busy(at(june, 15), at(june, 15, 30))
    assert said(replace(SURGERY, day=june), busy=[busy]) == (
        "Your calendar is busy then (4pm to 4:30pm): type it under 'Breaks', or change the surgery's times.",
    )


def test_an_hour_that_does_not_exist_or_comes_twice_is_refused() -> None:
    night = {"starts": time(1, 30), "ends": time(3)}
    assert said(replace(SURGERY, day=date(2027, 3, 28), **night)) == (
        "Sunday 28 March 2027 is at the weekend: choose a school day, or correct the half terms in Settings.",
        "1:30am does not exist on Sunday 28 March 2027, because the clocks go forward: choose another time.",
    )
    october = at(date(2026, 9, 1), 9)
    assert said(replace(SURGERY, day=date(2026, 10, 25), **night), now=october) == (
        "Sunday 25 October 2026 is at the weekend: choose a school day, or correct the half terms in Settings.",
        "1:30am comes twice on Sunday 25 October 2026, because the clocks go back: choose another time.",
    )
