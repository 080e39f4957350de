"""Families through the syncs: who comes and goes, and what becomes of letters, links and bookings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from support.sheet_surgeries import MEETINGS, SURGERIES, opened, review_row
from support.story_families import book, booked, contact, invites, link, notices, token
from support.surgery import free_slots

from sync.domain.errors import RefusedError
from sync.domain.meetings import STAFF_REF, Kind
from sync.plan.cells import serial
from sync.service.agenda import keep_meetings
from sync.service.forget import forget
from sync.store import Bookings, Families, Link, NoLink, Outbox, Surgeries, Waiting, WaitingList

if TYPE_CHECKING:
    from support.story import Story

    from sync.domain.records import Contact


# When booking opens


@pytest.mark.parametrize("opens", [datetime(2026, 11, 24, 9), datetime(2026, 12, 2, 9)])  # noqa: DTZ001 - a cell
def test_a_letter_goes_when_booking_really_opens(school: Story, opens: datetime) -> None:
    key = opened(school, Opens=serial(datetime(2026, 11, 30, 9)))  # noqa: DTZ001 - a cell
    assert invites(school) == []
    school.senco.type(SURGERIES, key, "Opens", serial(opens))
    school.sync()
    school.now = opens.replace(tzinfo=UTC) - timedelta(minutes=1)
    assert invites(school) == []
    school.now += timedelta(minutes=2)
    assert invites(school) == [school.ref(3)]
    school.now = datetime(2026, 12, 3, tzinfo=UTC)
    school.sync()
    assert invites(school) == []


def test_a_surgery_that_was_a_draft_when_its_letters_fell_due_writes_once_it_opens(school: Story) -> None:
    key = opened(school, Opens=serial(datetime(2026, 11, 24, 9)))  # noqa: DTZ001 - a cell
    school.senco.type(SURGERIES, key, "State", "Draft")
    school.sync()
    school.now = datetime(2026, 11, 24, 10, tzinfo=UTC)
    school.sync()
    assert invites(school) == []
    school.senco.type(SURGERIES, key, "State", "Open")
    school.sync()
    school.sync()
    assert invites(school) == [school.ref(3)]
    school.senco.type(SURGERIES, key, "State", "Draft")
    school.sync()
    school.senco.type(SURGERIES, key, "State", "Open")
    school.sync()
    assert invites(school) == []


# Reviews


def accept(story: Story, number: int, word: str) -> None:
    story.senco.type(MEETINGS, review_row(story, number)["ID"], "Accept", word)
    story.sync()


def test_a_review_with_other_times_is_told_anew_and_one_with_fewer_or_the_same_is_not(school: Story) -> None:
    accept(school, 3, "All")
    assert invites(school) == [school.ref(3)]
    accept(school, 3, "")
    accept(school, 3, "All")
    assert invites(school) == []
    accept(school, 3, "")
    school.now += timedelta(days=17)
    school.sync()
    assert invites(school) == []
    accept(school, 3, "All")
    school.sync()
    assert invites(school) == [school.ref(3)]


def test_the_times_of_a_review_that_pass_are_no_reason_to_write_again(school: Story) -> None:
    accept(school, 3, "All")
    invites(school)
    slots = Surgeries(school.desk.store).slots(school.book_id)
    school.now = slots[0].slot.ends
    school.sync()
    assert invites(school) == []


# Who cannot be reached


def test_families_that_no_letter_reaches_are_told_to_the_senco_until_they_have_links(school: Story) -> None:
    school.change(4, contacts=(contact(4, email=None, phone="01632 960004"),))
    opened(school)
    ref = school.ref(4)
    said = (
        f"1 family has times to book, but no e-mail address of an adult: {ref}. `sensync links` makes a list or "
        "letters with links to give out."
    )
    assert notices(school) == [("Letters", said)]
    school.sync()
    assert school.attention() == [said]
    assert school.requests_of(school.sync) == (1, 0)
    token(school, 4)
    school.sync()
    assert notices(school) == []


# Who is no adult of a pupil any more


def test_an_adult_without_parental_responsibility_loses_links_and_the_senco_decides_on_the_meeting(
    school: Story,
) -> None:
    key = opened(school)
    mine = token(school, 3)
    booking = book(school, mine, f"{key}-20261208T1600Z")
    school.change(3, contacts=(contact(3, parental_responsibility=False),))
    school.sync()
    assert isinstance(link(school, mine), NoLink)
    said = (
        "Whoever booked the meeting on Tuesday 8 December 2026, 4pm is no longer one of those whom the school writes "
        "to about this child (a contact with parental responsibility). Their link opens no more and Sensync does not "
        "write to them. If it shall not be, delete it in the calendar or choose Cancelled under 'What happened'; "
        "whether to tell them is for you to decide."
    )
    assert notices(school) == [(f"Family of {school.ref(3)}", said)]
    assert [each.key for each in Bookings(school.desk.store).active(school.book_id)] == [booking]
    school.sync()
    assert school.requests_of(school.sync) == (1, 0)
    Bookings(school.desk.store).cancel_by_school(school.book_id, booking, school.now)
    school.sync()
    assert notices(school) == []


def test_an_adult_who_comes_back_is_invited_anew(school: Story) -> None:
    opened(school)
    assert invites(school) == [school.ref(3)]
    school.change(3, contacts=())
    school.sync()
    school.change(3, contacts=(contact(3),))
    school.sync()
    assert invites(school) == [school.ref(3)]


def test_an_adult_who_comes_back_has_the_links_meeting_and_invitation_that_they_had(school: Story) -> None:
    key = opened(school)
    assert invites(school) == [school.ref(3)]
    mine = token(school, 3)
    booking = book(school, mine, f"{key}-20261208T1600Z")
    invites(school)
    school.change(3, contacts=())
    for _ in range(2):
        school.sync()
        assert isinstance(link(school, mine), NoLink)
    school.change(3, contacts=(contact(3),))
    school.sync()
    assert booked(school, mine) == [booking]
    assert (notices(school), invites(school)) == ([], [])


def test_an_adult_who_comes_back_after_their_links_were_forgotten_is_invited_anew(school: Story) -> None:
    opened(school, Date=serial(date(2027, 3, 9)))
    assert invites(school) == [school.ref(3)]
    token(school, 3)
    school.change(3, contacts=())
    school.sync()
    school.now += timedelta(days=31)
    forget(school.desk.store, school.now)
    school.sync()
    school.change(3, contacts=(contact(3),))
    school.sync()
    assert invites(school) == [school.ref(3)]


def test_an_export_without_contacts_is_refused_and_every_link_goes_on(story: Story) -> None:
    for number in range(1, 6):
        story.change(number, contacts=(contact(number),))
    story.sync()
    key = opened(story)
    assert len(invites(story)) == 5
    links = [token(story, number) for number in range(1, 6)]
    book(story, links[0], f"{key}-20261208T1600Z")
    invites(story)
    for number in range(1, 6):
        story.change(number, contacts=())
    with pytest.raises(RefusedError) as refused:
        story.sync()
    assert "5 of 5 contacts who may book for a pupil are missing" in str(refused.value)
    assert "sensync sync --accept contacts" in str(refused.value)
    assert [type(link(story, each)) for each in links] == [Link] * 5
    story.sync(accepted=["contacts"])
    assert [type(link(story, each)) for each in links] == [NoLink] * 5
    for number in range(1, 6):
        story.change(number, contacts=(contact(number),))
    story.sync()
    assert [type(link(story, each)) for each in links] == [Link] * 5
    assert (notices(story), invites(story)) == ([], [])


def test_an_export_that_does_not_say_who_has_parental_responsibility_is_refused(story: Story) -> None:
    def contacts(number: int, *, says: bool) -> tuple[Contact, ...]:
        mother = contact(number, parental_responsibility=True if says else None)
        other = contact(number, forename="Bo", order=2, email=f"other{number}@home.example")
        return mother, replace(other, parental_responsibility=False if says else None)

    for number in range(1, 6):
        story.change(number, contacts=contacts(number, says=True))
    story.sync()
    opened(story)
    assert len(invites(story)) == 5
    for number in range(1, 6):
        story.change(number, contacts=contacts(number, says=False))
    with pytest.raises(RefusedError) as refused:
        story.sync()
    assert "5 contacts beside 5 are new to pupils whose contacts are known" in str(refused.value)
    assert "sensync sync --accept contacts" in str(refused.value)
    assert invites(story) == []
    story.sync(accepted=["contacts"])
    assert len(invites(story)) == 5


def test_without_surgeries_contacts_may_go(story: Story) -> None:
    for contacts in [(contact(1),)], [()]:
        for number in range(1, 6):
            story.change(number, contacts=contacts[0])
        story.sync()
    assert Families(story.desk.store).all(story.book_id) == {}


def test_leavers_and_contacts_that_are_not_told_are_no_contacts_that_are_gone(story: Story) -> None:
    for number in range(1, 9):
        story.change(number, contacts=(contact(number),))
    story.sync()
    opened(story)
    for number in range(1, 5):
        story.drop(number)
    for number in range(5, 9):
        story.change(number, contacts=None)
    story.sync()
    assert len(Families(story.desk.store).all(story.book_id)) == 4


def test_who_is_no_contact_any_more_waits_in_no_queue(school: Story) -> None:
    key = opened(school, To="4:20pm")
    slot = f"{key}-20261208T1600Z"
    school.change(4, contacts=(contact(4),))
    school.sync()
    booking = book(school, token(school, 4), slot)
    waits = link(school, token(school, 3))
    assert isinstance(waits, Link)
    line = WaitingList(school.desk.store)
    line.join(waits, key, school.now)
    school.change(3, contacts=())
    school.sync()
    assert line.of_link(waits) == frozenset()
    Bookings(school.desk.store).cancel_by_school(school.book_id, booking, school.now)
    assert free_slots(Surgeries(school.desk.store), school.book_id, school.now)[0].slot.key == slot


def test_who_comes_back_after_a_run_has_the_turn_in_the_queue_that_they_had(school: Story) -> None:
    key = opened(school, To="4:20pm")
    for number in (4, 5):
        school.change(number, contacts=(contact(number),))
    school.sync()
    booking = book(school, token(school, 4), f"{key}-20261208T1600Z")
    first, second = (link(school, token(school, number)) for number in (3, 5))
    assert isinstance(first, Link)
    assert isinstance(second, Link)
    line = WaitingList(school.desk.store)
    line.join(first, key, school.now)
    line.join(second, key, school.now)
    school.change(3, contacts=())
    school.sync()
    assert (line.waiting(first, key), line.waiting(second, key)) == (None, Waiting(key, 0))
    school.change(3, contacts=(contact(3),))
    school.sync()
    assert (line.waiting(first, key), line.waiting(second, key)) == (Waiting(key, 0), Waiting(key, 1))
    Bookings(school.desk.store).cancel_by_school(school.book_id, booking, school.now)
    offered = line.waiting(first, key)
    assert offered is not None
    assert offered.slot == f"{key}-20261208T1600Z"


def test_adults_of_whom_the_mis_does_not_say_keep_everything(school: Story) -> None:
    key = opened(school)
    mine = token(school, 3)
    book(school, mine, f"{key}-20261208T1600Z")
    school.change(3, contacts=None)
    school.sync()
    assert isinstance(link(school, mine), Link)
    assert notices(school) == []


def test_a_leavers_links_stop_and_the_meeting_to_come_is_told(school: Story) -> None:
    key = opened(school)
    mine = token(school, 3)
    book(school, mine, f"{key}-20261208T1600Z")
    invites(school)
    ref = school.ref(3)
    school.drop(3)
    school.sync(accepted=["leavers"])
    assert isinstance(link(school, mine), NoLink)
    ((where, what),) = notices(school)
    assert where == f"Family of {ref}"
    assert what.startswith(
        "The pupil has left, but the family's meeting on Tuesday 8 December 2026, 4pm still stands. Their link"
    )
    assert invites(school) == []


# Cancelled in the sheet


def test_bookings_that_the_senco_cancelled_are_cancelled_once_and_the_slot_is_free(school: Story) -> None:
    key = opened(school)
    slot = f"{key}-20261208T1600Z"
    booking = book(school, token(school, 3), slot)
    invites(school)
    store = school.desk.store
    workbook = store.workbook("9991001")
    assert workbook is not None
    surgeries = Surgeries(store)
    made = [
        (each, [s.slot for s in surgeries.slots(school.book_id, each.key)]) for each in surgeries.all(school.book_id)
    ]
    for _ in range(2):
        keep_meetings(school.desk, workbook, made, {}, (booking, "no such booking"))
    assert Bookings(store).active(school.book_id) == []
    told = [(each.kind, each.payload.get("by")) for each in Outbox(store).take(school.now, 100)]
    assert [each for each in told if each[0].startswith("booking")] == [("booking.cancelled", "school")]
    assert free_slots(surgeries, school.book_id, school.now)[0].slot.key == slot


def test_a_meeting_that_is_over_stays_as_it_was_held(school: Story) -> None:
    key = opened(school)
    booking = book(school, token(school, 3), f"{key}-20261208T1600Z")
    school.now = datetime(2026, 12, 9, tzinfo=UTC)
    workbook = school.desk.store.workbook("9991001")
    assert workbook is not None
    keep_meetings(school.desk, workbook, (), {}, (booking,))
    assert [each.key for each in Bookings(school.desk.store).active(school.book_id)] == [booking]


# Staff


def test_staff_have_no_letters_and_those_no_longer_named_lose_their_links(school: Story) -> None:
    school.desk.staff = ("teacher@school.example",)
    key = opened(school, Kind="Staff drop-in")
    assert [each.kind for each in Surgeries(school.desk.store).all(school.book_id)] == [Kind.STAFF]
    assert invites(school) == []
    (teacher,) = Families(school.desk.store).all(school.book_id)[STAFF_REF]
    theirs = token(school, 0, teacher, "staff drop-in")
    book(school, theirs, f"{key}-20261208T1600Z")
    school.sync()
    assert isinstance(link(school, theirs), Link)
    assert notices(school) == []
    school.desk.staff = ()
    school.sync()
    assert isinstance(link(school, theirs), NoLink)
    ((where, what),) = notices(school)
    assert where == "A member of staff"
    assert "[workbook] share_with_teachers" in what
    assert "child" not in what
