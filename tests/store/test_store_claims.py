from __future__ import annotations

import errno
import os
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select, text
from support.leaving import leaves
from support.surgery import CLOSES, FIRST, NOW, PHONE, ROOM, SURGERY, School, free_slots, slots

from sync.domain.errors import TryAgainError
from sync.domain.meetings import Kind, State
from sync.store import AlreadyBooked, Booked, Cancelled, Closed, Stale, Taken, Unknown, Why, schema

if TYPE_CHECKING:
    from sync.domain.meetings import Booking, Choice
    from sync.store import Link

TICK = timedelta(microseconds=1)


def book(school: School, link: Link, slot: str = "tue-0", choice: Choice = ROOM, form: str = "form") -> Booking:
    answer = school.bookings.claim(link, slot, choice, NOW, form)
    assert isinstance(answer, Booked)
    return answer.booking


def left(school: School) -> list[tuple[str, int]]:
    return [(each.slot.key, each.left) for each in free_slots(school.surgeries, school.workbook, NOW)]


def test_a_claimed_slot_is_booked_and_told_once(school: School) -> None:
    ann = school.family("ann")
    booking = book(school, ann, choice=PHONE)
    assert school.bookings.of_link(ann) == [booking]
    assert (booking.slot, booking.adult, booking.ref, booking.choice) == ("tue-0", "ann", "ref-ann", PHONE)
    assert (booking.booked_at, booking.version, booking.cancelled_at) == (NOW, 1, None)
    assert left(school) == [("tue-1", 1), ("tue-2", 1), ("tue-3", 1)]
    assert school.told() == [("slot:tue-0", "slot.changed"), (f"booking:{booking.key}", "booking.booked")]


def test_the_second_family_is_told_that_the_slot_is_taken(school: School) -> None:
    book(school, school.family("ann"))
    assert school.bookings.claim(school.family("bob"), "tue-0", ROOM, NOW, "form") == Taken()


def test_a_double_click_is_one_booking_and_one_mail(school: School) -> None:
    ann = school.family("ann")
    first = book(school, ann)
    school.told()
    assert school.bookings.claim(ann, "tue-0", ROOM, NOW + timedelta(seconds=1), "form") == Booked(first)
    assert school.told() == []


def test_two_tabs_are_one_booking(school: School) -> None:
    ann = school.family("ann")
    first = book(school, ann, form="tab 1")
    for slot in ("tue-0", "tue-1"):
        assert school.bookings.claim(ann, slot, ROOM, NOW, "tab 2") == AlreadyBooked(first)
    assert school.bookings.active(school.workbook) == [first]


def test_an_old_form_sent_again_after_cancelling_books_nothing(school: School) -> None:
    ann = school.family("ann")
    first = book(school, ann)
    gone = school.bookings.cancel(ann, first.key, 1, NOW)
    assert school.bookings.claim(ann, "tue-0", ROOM, NOW, "form") == gone
    assert school.bookings.active(school.workbook) == []


def test_a_family_that_cancelled_may_book_again_with_a_new_form(school: School) -> None:
    ann = school.family("ann")
    school.bookings.cancel(ann, book(school, ann).key, 1, NOW)
    again = book(school, ann, form="new form")
    assert school.bookings.active(school.workbook, slot="tue-0") == [again]


def test_a_form_key_of_another_family_opens_nothing(school: School) -> None:
    book(school, school.family("ann"), form="guessed")
    assert school.bookings.claim(school.family("bob"), "tue-0", ROOM, NOW, "guessed") == Taken()
    assert book(school, school.family("bob"), "tue-1", form="guessed").adult == "bob"


def test_separated_parents_book_apart_for_one_child(school: School) -> None:
    mother, father = school.family("ann", "ref-1"), school.family("bob", "ref-1")
    hers, his = book(school, mother, "tue-0"), book(school, father, "tue-1")
    assert (school.bookings.of_link(mother), school.bookings.of_link(father)) == ([hers], [his])


def test_no_request_with_another_link_reaches_a_booking(school: School) -> None:
    hers = book(school, school.family("ann", "ref-1"))
    for outsider in (school.family("eve"), school.family("bob", "ref-1"), school.family("ann", "ref-2")):
        assert school.bookings.change(outsider, hers.key, "tue-1", ROOM, 1, NOW) == Unknown()
        assert school.bookings.cancel(outsider, hers.key, 1, NOW) == Unknown()
    assert school.bookings.active(school.workbook) == [hers]


def test_another_workbooks_slots_cannot_be_booked(school: School) -> None:
    other = School(school.store)
    other.workbook = school.store.save_workbook("Elsewhere", "sheet-2").id
    assert school.bookings.claim(other.family("ann"), "tue-0", ROOM, NOW, "form") == Closed(Why.UNKNOWN)


def test_siblings_are_seen_one_after_the_other_and_never_at_once(school: School) -> None:
    elder, younger = school.family("ann", "ref-1"), school.family("ann", "ref-2")
    book(school, elder, "tue-1")
    school.surgeries.save(
        school.workbook,
        [
            (SURGERY, slots()),
            (replace(SURGERY, key="also"), slots(1, surgery="also", first=FIRST + timedelta(minutes=30))),
        ],
        NOW,
    )
    assert left(school) == [("tue-0", 1), ("tue-2", 1), ("tue-3", 1)]
    assert school.bookings.claim(younger, "also-0", ROOM, NOW, "form") == Closed(Why.CLASH)
    assert book(school, younger, "tue-2").slot == "tue-2"


def test_a_slot_with_many_places_takes_that_many_families(school: School) -> None:
    school.has(1, places=3)
    for name in ("ann", "bob", "cat"):
        book(school, school.family(name))
    assert school.bookings.claim(school.family("dan"), "tue-0", ROOM, NOW, "form") == Taken()
    assert len(school.bookings.active(school.workbook, slot="tue-0")) == 3


def test_a_place_that_was_given_back_has_its_seat_taken_again(school: School) -> None:
    school.has(1, places=5)
    ann, _, cat = (book(school, school.family(name)) for name in ("ann", "bob", "cat"))
    for gone in (cat, ann):
        school.bookings.cancel_by_school(school.workbook, gone.key, NOW)
    for name in ("dan", "eve", "fay"):
        book(school, school.family(name))
    table = schema.booking
    taken = select(table.c.adult, table.c.seat).where(table.c.cancelled_at.is_(None)).order_by(table.c.seat)
    with school.store.engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(taken)] == [("dan", 1), ("bob", 2), ("eve", 3), ("fay", 4)]


def test_in_a_rush_a_claim_is_one_statement_on_postgresql_and_three_under_the_lock_of_sqlite(school: School) -> None:
    ann, bob = school.family("ann"), school.family("bob")
    asked: list[str] = []
    event.listen(school.store.engine, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    book(school, ann)
    assert len(asked) == (1 if school.store.engine.dialect.name == "postgresql" else 3)
    asked.clear()
    assert school.bookings.claim(bob, "tue-0", ROOM, NOW, "form") == Taken()
    assert len(asked) == 2


def test_what_a_parent_is_told_is_on_the_disk(school: School) -> None:
    if school.store.engine.dialect.name == "sqlite":
        return
    book(school, school.family("ann"))
    with school.store.engine.connect() as connection:
        written = text("SELECT pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn()")
        assert connection.execute(written).scalar_one()


@pytest.mark.parametrize("form", ["form", "another form"])
def test_what_a_parent_finds_booked_by_a_process_that_died_is_on_the_disk(
    school: School, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    ann = school.family("ann")
    if school.store.engine.dialect.name == "postgresql":
        book(school, ann)
        with school.store.engine.begin() as connection:
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            connection.execute(text("UPDATE booking SET version = version"))
        school.bookings.claim(ann, "tue-0", ROOM, NOW, form)
        with school.store.engine.connect() as connection:
            written = text("SELECT pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn()")
            assert connection.execute(written).scalar_one()
        return
    flushed, really = [], os.fsync

    def no_disk(_: int) -> None:
        raise OSError(errno.EIO, "No disk")

    for _ in range(2):
        monkeypatch.setattr(os, "fsync", no_disk)
        with pytest.raises(TryAgainError, match="The store did not answer"):
            school.bookings.claim(ann, "tue-0", ROOM, NOW, form)
    monkeypatch.setattr(os, "fsync", lambda opened: flushed.append(really(opened)))
    (found,) = school.bookings.of_link(ann)
    assert school.bookings.claim(ann, "tue-0", ROOM, NOW, "form") == (
        Booked(found) if form == "form" else AlreadyBooked(found)
    )
    assert flushed == [None]


def test_both_children_of_an_adult_may_share_a_slot_with_places(school: School) -> None:
    school.has(1, places=2)
    assert {book(school, school.family("ann", ref)).slot for ref in ("ref-1", "ref-2")} == {"tue-0"}


def test_a_slot_can_be_booked_until_the_last_moment_before_it_closes(school: School) -> None:
    ann = school.family("ann")
    assert school.bookings.claim(ann, "tue-0", ROOM, CLOSES, "late") == Closed(Why.OVER)
    assert isinstance(school.bookings.claim(ann, "tue-0", ROOM, CLOSES - TICK, "just"), Booked)
    assert isinstance(school.bookings.claim(ann, "tue-0", ROOM, CLOSES + TICK, "just"), Booked)


def test_without_a_closing_time_a_slot_can_be_booked_until_it_starts(school: School) -> None:
    school.has(closes=None)
    ann = school.family("ann")
    assert school.bookings.claim(ann, "tue-0", ROOM, FIRST, "late") == Closed(Why.OVER)
    assert isinstance(school.bookings.claim(ann, "tue-0", ROOM, FIRST - TICK, "just"), Booked)


def test_a_surgery_that_opens_later_says_so_and_a_draft_says_nothing(school: School) -> None:
    ann = school.family("ann")
    school.has(opens=NOW + TICK)
    assert school.bookings.claim(ann, "tue-0", ROOM, NOW, "form") == Closed(Why.NOT_YET)
    school.has(state=State.DRAFT)
    assert school.bookings.claim(ann, "tue-0", ROOM, NOW, "form") == Closed(Why.UNKNOWN)
    assert school.bookings.claim(ann, "nonsense", ROOM, NOW, "form") == Closed(Why.UNKNOWN)
    school.has(state=State.CLOSED)
    assert school.bookings.claim(ann, "tue-0", ROOM, NOW, "form") == Closed(Why.OVER)
    assert left(school) == []


def test_a_link_revoked_while_the_page_was_open_books_nothing(school: School) -> None:
    ann = school.family("ann")
    booking = book(school, ann)
    leaves(school.store, school.workbook, "ann", "ref-ann", NOW)
    assert school.bookings.claim(ann, "tue-1", ROOM, NOW, "other") == Closed(Why.LINK)
    assert school.bookings.change(ann, booking.key, "tue-1", ROOM, 1, NOW) == Closed(Why.LINK)
    assert school.bookings.cancel(ann, booking.key, 1, NOW) == Closed(Why.LINK)


def test_a_change_takes_the_new_place_and_lets_the_old_one_go(school: School) -> None:
    ann = school.family("ann")
    first = book(school, ann)
    school.told()
    answer = school.bookings.change(ann, first.key, "tue-2", PHONE, 1, NOW)
    assert answer == Booked(replace(first, slot="tue-2", choice=PHONE, version=2))
    assert left(school) == [("tue-0", 1), ("tue-1", 1), ("tue-3", 1)]
    assert school.told() == [
        ("slot:tue-2", "slot.changed"),
        ("slot:tue-0", "slot.changed"),
        (f"booking:{first.key}", "booking.changed"),
    ]


def test_a_change_that_cannot_be_leaves_all_as_it_was(school: School) -> None:
    ann = school.family("ann")
    mine = book(school, ann)
    book(school, school.family("bob"), "tue-1")
    assert school.bookings.change(ann, mine.key, "tue-1", ROOM, 1, NOW) == Taken()
    assert school.bookings.change(ann, mine.key, "nonsense", ROOM, 1, NOW) == Closed(Why.UNKNOWN)
    assert school.bookings.of_link(ann) == [mine]


def test_a_change_sent_twice_is_made_once(school: School) -> None:
    ann = school.family("ann")
    first = book(school, ann)
    answer = school.bookings.change(ann, first.key, "tue-1", ROOM, 1, NOW)
    assert school.bookings.change(ann, first.key, "tue-1", ROOM, 1, NOW) == answer


def test_a_change_from_an_old_page_is_shown_how_the_booking_stands(school: School) -> None:
    ann = school.family("ann")
    first = book(school, ann)
    school.bookings.change(ann, first.key, "tue-1", ROOM, 1, NOW)
    (now_at,) = school.bookings.of_link(ann)
    assert school.bookings.change(ann, first.key, "tue-2", ROOM, 1, NOW) == Stale(now_at)
    assert school.bookings.cancel(ann, first.key, 1, NOW) == Stale(now_at)


def test_only_what_was_said_may_be_changed_too(school: School) -> None:
    ann = school.family("ann")
    first = book(school, ann)
    assert school.bookings.change(ann, first.key, "tue-0", PHONE, 1, NOW) == Booked(
        replace(first, choice=PHONE, version=2)
    )


def test_nothing_is_changed_or_cancelled_by_a_parent_once_it_has_closed(school: School) -> None:
    ann = school.family("ann")
    first = book(school, ann)
    assert school.bookings.change(ann, first.key, "tue-1", ROOM, 1, CLOSES) == Closed(Why.OVER)
    assert school.bookings.cancel(ann, first.key, 1, CLOSES) == Closed(Why.OVER)
    assert school.bookings.cancel(ann, first.key, 1, CLOSES - TICK) == Cancelled(
        replace(first, version=2, cancelled_at=CLOSES - TICK)
    )


def test_the_school_may_cancel_at_any_time(school: School) -> None:
    first = book(school, school.family("ann"))
    gone = Cancelled(replace(first, version=2, cancelled_at=FIRST))
    assert school.bookings.cancel_by_school(school.workbook, first.key, FIRST) == gone
    assert school.bookings.cancel_by_school(school.workbook, first.key, FIRST) == gone
    assert school.bookings.cancel_by_school(school.workbook, "nonsense", FIRST) == Unknown()


def test_a_cancelled_place_is_free_and_cancelling_again_says_the_same(school: School) -> None:
    ann = school.family("ann")
    first = book(school, ann)
    school.told()
    gone = school.bookings.cancel(ann, first.key, 1, NOW)
    assert gone == Cancelled(replace(first, version=2, cancelled_at=NOW))
    assert school.bookings.cancel(ann, first.key, 1, NOW) == gone
    assert school.bookings.change(ann, first.key, "tue-1", ROOM, 2, NOW) == gone
    assert school.told() == [("slot:tue-0", "slot.changed"), (f"booking:{first.key}", "booking.cancelled")]
    assert book(school, school.family("bob")).slot == "tue-0"


def test_a_booking_may_move_to_another_surgery_but_not_beside_a_booking_there(school: School) -> None:
    next_day = slots(2, surgery="wed", first=FIRST + timedelta(days=1))
    morning = replace(SURGERY, key="wed", kind=Kind.MORNING)
    school.surgeries.save(school.workbook, [(SURGERY, slots()), (morning, next_day)], NOW)
    ann = school.family("ann")
    tuesday, wednesday = book(school, ann), book(school, ann, "wed-0", form="other")
    assert school.bookings.change(ann, tuesday.key, "wed-1", ROOM, 1, NOW) == AlreadyBooked(wednesday)
    school.bookings.cancel(ann, wednesday.key, 1, NOW)
    assert school.bookings.change(ann, tuesday.key, "wed-1", ROOM, 1, NOW) == Booked(
        replace(tuesday, slot="wed-1", version=2)
    )
    assert [each.key for each in school.bookings.active(school.workbook, surgery="wed")] == [tuesday.key]


def two_surgeries(school: School, kind: Kind = Kind.SURGERY) -> None:
    next_day = slots(2, surgery="wed", first=FIRST + timedelta(days=1))
    open_still = replace(SURGERY, kind=kind, closes=None)
    sessions = [(open_still, slots()), (replace(open_still, key="wed"), next_day)]
    school.surgeries.save(school.workbook, sessions, NOW)


@pytest.mark.parametrize("kind", [Kind.SURGERY, Kind.MORNING])
def test_a_family_has_one_meeting_at_a_time_in_all_surgeries_of_a_purpose(school: School, kind: Kind) -> None:
    two_surgeries(school, kind)
    ann = school.family("ann")
    first = book(school, ann)
    assert school.bookings.claim(ann, "wed-0", ROOM, NOW, "tab 2") == AlreadyBooked(first)
    assert book(school, school.family("ann", "ref-2"), "wed-0", form="sister").ref == "ref-2"
    school.bookings.cancel(ann, first.key, 1, NOW)
    assert book(school, ann, "wed-1", form="tab 3").slot == "wed-1"


def test_a_meeting_that_is_over_is_in_nobodys_way(school: School) -> None:
    two_surgeries(school)
    ann = school.family("ann")
    first = book(school, ann)
    over = FIRST + timedelta(minutes=20)
    assert school.bookings.claim(ann, "wed-0", ROOM, over - TICK, "form 2") == AlreadyBooked(first)
    assert isinstance(school.bookings.claim(ann, "wed-0", ROOM, over, "form 2"), Booked)


def test_two_reviews_are_two_purposes_and_stand_beside_a_surgery(school: School) -> None:
    sessions = [
        (replace(SURGERY, key=key, kind=kind), slots(1, surgery=key, first=FIRST + timedelta(days=n)))
        for n, (key, kind) in enumerate([("r1", Kind.REVIEW), ("r2", Kind.REVIEW), ("tue", Kind.SURGERY)])
    ]
    school.surgeries.save(school.workbook, sessions, NOW)
    ann = school.family("ann")
    assert [book(school, ann, f"{key}-0", form=key).slot for key in ("r1", "r2", "tue")] == ["r1-0", "r2-0", "tue-0"]


def test_confirming_a_slot_that_the_senco_has_just_deleted_is_refused(school: School) -> None:
    ann = school.family("ann")
    school.surgeries.delete_slot(school.workbook, "tue-0", NOW)
    assert school.bookings.claim(ann, "tue-0", ROOM, NOW, "form") == Closed(Why.GONE)
    first = book(school, ann, "tue-1", form="other")
    assert school.bookings.change(ann, first.key, "tue-0", ROOM, 1, NOW) == Closed(Why.GONE)


def test_instants_come_back_in_utc(school: School) -> None:
    assert book(school, school.family("ann")).booked_at.tzinfo == UTC
