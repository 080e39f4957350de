"""What cannot be: a surgery that was understood, held against the clock, the school year and her calendar.

A row with a sentence makes no new slots and changes none that were made: what is booked stays booked until a person
has looked.
"""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Final

from sync.domain.meetings import State
from sync.domain.school_clock import instant, oddity, say_day, say_instant, say_time, wall
from sync.plan.slots import session, slots_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sync.domain.meetings import Busy, Slot, Surgery
    from sync.domain.school_days import SchoolCalendar

_EVENING: Final = time(17)
_SMALL_HOURS: Final = time(6)
_MOST_NAMED: Final = 3


def what_cannot_be(
    surgery: Surgery,
    *,
    now: datetime,
    calendar: SchoolCalendar,
    others: Iterable[Surgery] = (),
    made: Iterable[Slot] = (),
) -> tuple[str, ...]:
    """Sentences for the status column, each with what to change; () if nothing is wrong.

    Args:
        surgery: the row as understood.
        now: an aware instant.
        calendar: the school's year.
        others: her other surgeries; the surgery itself and closed ones among them are passed over.
        made: its slots as made. Where some lie within the session it may have begun or be over, which is no mistake.
    """
    return tuple(_problems(surgery, now, calendar, others, made))


def _problems(
    surgery: Surgery,
    now: datetime,
    calendar: SchoolCalendar,
    others: Iterable[Surgery],
    made: Iterable[Slot],
) -> Iterator[str]:
    shape = list(_shape(surgery))
    yield from shape
    closed = calendar.why_closed(surgery.day)
    if closed:
        yield f"{say_day(surgery.day)} {closed}: choose a school day, or correct the half terms in Settings."
    yield from _odd_hours(surgery)
    if shape:
        return
    starts, ends = session(surgery)
    if starts <= now and not any(starts <= slot.starts and slot.ends <= ends for slot in made):
        began = "is over" if ends <= now else "has begun already"
        yield f"{say_day(surgery.day)}, {say_time(surgery.starts)} {began}: type a later date or time."
    yield from _booking_time(surgery, starts, ends, now)
    for other in others:
        if other.key != surgery.key and State.CLOSED not in {surgery.state, other.state} and _meet(surgery, other):
            yield (
                f"It overlaps another surgery of yours ({other.key}) on the same day, {say_time(other.starts)} to "
                f"{say_time(other.ends)}: change the times of one of them."
            )


def say_busy(surgery: Surgery, slots: Iterable[Slot], busy: Iterable[Busy]) -> tuple[str, ...]:
    """A sentence if she is busy at the time of any of these slots: a break, or the time after the last, is no matter.

    Args:
        surgery: the row as understood.
        slots: those that it would have.
        busy: her calendar's busy times and what is booked elsewhere, *without* the events of these slots.
    """
    starts, ends = session(surgery)
    made = list(slots)
    clashes = sorted((b for b in busy if any(b.meets(s.starts, s.ends) for s in made)), key=lambda b: b.starts)
    if not clashes:
        return ()
    words = list(dict.fromkeys(_busy_words(b, starts, ends) for b in clashes))
    more = f" and {len(words) - _MOST_NAMED} more" if len(words) > _MOST_NAMED else ""
    named = ", ".join(words[:_MOST_NAMED])
    return (f"Your calendar is busy then ({named}{more}): type it under 'Breaks', or change the surgery's times.",)


def _busy_words(busy: Busy, starts: datetime, ends: datetime) -> str:
    """The part of a busy time that falls within the session: what lies outside is nobody's business here."""
    return f"{say_time(wall(max(busy.starts, starts)))} to {say_time(wall(min(busy.ends, ends)))}"


def _shape(surgery: Surgery) -> Iterator[str]:
    """What is wrong with the times among themselves."""
    starts, ends = surgery.starts, surgery.ends
    if ends <= starts:
        if starts >= _EVENING and ends <= _SMALL_HOURS:
            yield (
                f"It would run past midnight ({say_time(starts)} to {say_time(ends)}): a surgery begins and ends on "
                "one day. Use two rows, one for each day."
            )
        else:
            yield f"It ends ({say_time(ends)}) before it begins ({say_time(starts)}): correct 'From' or 'To'."
        return
    length = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
    if surgery.minutes > length:
        yield (
            f"A slot of {surgery.minutes} minutes is longer than the whole surgery, which is {length} minutes: type "
            "fewer minutes, or a longer time."
        )
        return
    before = None
    for pause in surgery.breaks:
        if pause[1] <= pause[0]:
            yield f"The break {_span(pause)} ends before it begins: correct it."
            return
        if pause[0] < starts or pause[1] > ends:
            yield f"The break {_span(pause)} is not within the surgery, {_span((starts, ends))}: correct one of them."
            return
        if before and pause[0] < before[1]:
            yield f"The breaks {_span(before)} and {_span(pause)} overlap: make them one."
            return
        before = pause
    if not slots_of(surgery):
        yield f"No slot of {surgery.minutes} minutes fits between the breaks: shorten the slots or the breaks."


def _span(pause: tuple[time, time]) -> str:
    return f"{say_time(pause[0])} to {say_time(pause[1])}"


def _odd_hours(surgery: Surgery) -> Iterator[str]:
    clocks = dict.fromkeys([surgery.starts, surgery.ends, *(clock for pause in surgery.breaks for clock in pause)])
    for clock in clocks:
        why = oddity(surgery.day, clock)
        if why:
            yield f"{why}: choose another time."


def _booking_time(surgery: Surgery, starts: datetime, ends: datetime, now: datetime) -> Iterator[str]:
    opens, closes = surgery.opens, surgery.closes
    if opens and closes and opens >= closes:
        times = f"opens ({say_instant(opens)}) after it closes ({say_instant(closes)})"
        yield f"Booking {times}: correct 'Opens' or 'Closes'."
    elif opens and opens >= starts:
        yield f"Booking opens ({say_instant(opens)}) only when the surgery has begun: type an earlier 'Opens'."
    if closes and closes <= now < starts and surgery.state is State.OPEN:
        yield f"Booking closed on {say_instant(closes)}: type a later 'Closes', or set State to Closed."
    if closes and closes > ends:
        yield f"Booking closes ({say_instant(closes)}) after the surgery is over: type an earlier 'Closes'."


def _meet(one: Surgery, two: Surgery) -> bool:
    if one.day != two.day or two.ends <= two.starts:
        return False
    starts, ends = session(one)
    return instant(two.day, two.starts) < ends and starts < instant(two.day, two.ends)
