"""Families through the syncs: who comes, goes or has another address, and what becomes of letters, links, bookings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sync.domain.errors import RefusedError
from sync.domain.families import Adult
from sync.domain.meetings import STAFF_REF, Choice, Kind, Where
from sync.domain.records import Contact
from sync.plan.cells import serial
from sync.service.agenda import keep_meetings
from sync.service.forget import forget
from sync.store import Booked, Bookings, Families, Link, Links, NoLink, Notices, Outbox, Surgeries, Waiting, WaitingList

if TYPE_CHECKING:
    from support.story import Story

    from sync.store import Work

SURGERIES, MEETINGS = "Surgeries", "Meetings"
TUESDAY = serial(date(2026, 12, 8))
ROW = {"Date": TUESDAY, "From": "4pm", "To": "6pm", "Minutes": 20, "Where": "room 2 or phone", "State": "Open"}


def contact(number: int, **more: Any) -> Contact:
    told: dict[str, Any] = {
        "order": 1,
        "title": "Ms",
        "forename": "A",
        "surname": f"Surname{number:03d}",
        "email": f"parent{number}@home.example",
        "parental_responsibility": True,
    }
    return Contact(**{**told, **more})


def wid(story: Story) -> int:
    book = story.desk.store.workbook("9991001")
    assert book is not None
    return book.id


def opened(story: Story, **more: Any) -> str:
    """Types a surgery and syncs; its key."""
    story.senco.add_row(SURGERIES, {**ROW, **more})
    story.sync()
    return str(story.senco.rows(SURGERIES)[-1]["ID"])


def adult_of(story: Story, number: int) -> Adult:
    (adult,) = Families(story.desk.store).all(wid(story))[story.ref(number)]
    return adult


def token(story: Story, number: int, adult: Adult | None = None, purpose: str = "surgery") -> str:
    who = adult or adult_of(story, number)
    until = story.now + timedelta(days=100)
    return Links(story.desk.store).issue(wid(story), who.key, who.ref, until, story.now, purpose=purpose)


def link(story: Story, its: str) -> Link | NoLink:
    return Links(story.desk.store).find(its, story.now)


def book(story: Story, its: str, slot: str) -> str:
    found = link(story, its)
    assert isinstance(found, Link)
    answer = Bookings(story.desk.store).claim(found, slot, Choice(Where.ROOM), story.now, slot)
    assert isinstance(answer, Booked)
    return answer.booking.key


def booked(story: Story, its: str) -> list[str]:
    """The keys of the bookings that a link leads to; it has to open."""
    found = link(story, its)
    assert isinstance(found, Link)
    return [each.key for each in Bookings(story.desk.store).of_link(found)]


def due(story: Story) -> list[Work]:
    """Takes the work that is due."""
    works = Outbox(story.desk.store).take(story.now, 1000)
    for work in works:
        Outbox(story.desk.store).done(work, story.now)
    return works


def invites(story: Story) -> list[str]:
    """Takes the letters that are due; for whose pupil each invitation is."""
    return [work.payload["ref"] for work in due(story) if work.kind == "invite"]


def notices(story: Story) -> list[tuple[str, str]]:
    found = Notices(story.desk.store).since(wid(story), datetime(2026, 1, 1, tzinfo=UTC))
    return [(each.where, each.what) for each in found]


@pytest.fixture
def school(story: Story) -> Story:
    """Pupil 3 has a mother with an address."""
    story.change(3, contacts=(contact(3),))
    story.sync()
    return story


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


def review(story: Story, number: int) -> dict[str, Any]:
    starts = f"M-{story.ref(number)}-S-"
    (row,) = (each for each in story.senco.rows(MEETINGS) if str(each["ID"]).startswith(starts))
    return row


def accept(story: Story, number: int, word: str) -> None:
    story.senco.type(MEETINGS, review(story, number)["ID"], "Accept", word)
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
    slots = Surgeries(school.desk.store).slots(wid(school))
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
    assert [each.key for each in Bookings(school.desk.store).active(wid(school))] == [booking]
    school.sync()
    assert school.requests_of(school.sync) == (1, 0)
    Bookings(school.desk.store).cancel_by_school(wid(school), booking, school.now)
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
    assert Families(story.desk.store).all(wid(story)) == {}


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
    assert len(Families(story.desk.store).all(wid(story))) == 4


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
    Bookings(school.desk.store).cancel_by_school(wid(school), booking, school.now)
    assert Surgeries(school.desk.store).open_slots(wid(school), school.now)[0].slot.key == slot


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
    Bookings(school.desk.store).cancel_by_school(wid(school), booking, school.now)
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


# Another address


def test_whose_address_changes_keeps_the_meeting_and_hears_of_it_there_by_a_new_link(school: Story) -> None:
    school.change(3, contacts=(contact(3, forename="Ada"),))
    school.sync()
    key = opened(school)
    mine = token(school, 3)
    before = adult_of(school, 3)
    booking = book(school, mine, f"{key}-20261208T1600Z")
    invites(school)
    letters = []
    for email in ("New@home.example", "new@home.example", "another@home.example"):
        school.change(3, contacts=(contact(3, forename="Ada", email=email),))
        school.sync()
        now = adult_of(school, 3)
        assert (now.key, now.email) == (before.key, email)
        works = (each for each in due(school) if each.kind != "slot.changed")
        letters.append([(each.kind, each.payload.get("booking", "")) for each in works])
        assert booked(school, token(school, 3)) == [booking]
    assert letters == [[("reminder", booking)], [], [("reminder", booking)]]
    # Whoever reads the old mailbox may be somebody else.
    assert isinstance(link(school, mine), NoLink)
    assert notices(school) == []


def test_whose_address_changes_before_they_book_is_invited_once_more(school: Story) -> None:
    school.change(3, contacts=(contact(3, forename="Ada"),))
    school.sync()
    opened(school)
    assert invites(school) == [school.ref(3)]
    sent = token(school, 3)
    told = []
    for email in ("new@home.example", "new@home.example", None):
        school.change(3, contacts=(contact(3, forename="Ada", email=email),))
        school.sync()
        told.append(invites(school))
    assert told == [[school.ref(3)], [], []]
    assert isinstance(link(school, sent), NoLink)


MARY = {"title": "Mrs", "forename": "Mary", "surname": "Khan", "email": "family@home.example"}
TOM = {"title": "Mr", "forename": "Tom", "surname": "Khan", "email": "family@home.example", "order": 2}


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ({"forename": "Marry"}, {"forename": "Mary"}),
        ({"title": "Mrs", "forename": None}, {"title": "Mrs", "forename": "Aisha"}),
        ({"forename": "Mary"}, {"forename": "Mary", "surname": "Stone", "order": 2}),
    ],
)
def test_an_adult_whose_name_is_corrected_keeps_the_link_and_the_meeting_and_is_not_invited_again(
    school: Story, was: dict[str, Any], now: dict[str, Any]
) -> None:
    school.change(3, contacts=(contact(3, **was),))
    school.sync()
    key = opened(school)
    mine = token(school, 3)
    booking = book(school, mine, f"{key}-20261208T1600Z")
    invites(school)
    school.change(3, contacts=(contact(3, **now),))
    school.sync()
    assert booked(school, mine) == [booking]
    assert (notices(school), invites(school)) == ([], [])


def test_who_is_perhaps_the_same_under_another_name_is_not_invited_while_the_meeting_stands(story: Story) -> None:
    story.change(3, contacts=(contact(3, **MARY),))
    story.sync()
    key = opened(story)
    hers = token(story, 3)
    booking = book(story, hers, f"{key}-20261208T1600Z")
    invites(story)
    story.change(3, contacts=(contact(3, **{**TOM, "order": 1}),))
    for _ in range(2):
        story.sync()
        assert isinstance(link(story, hers), NoLink)
        ((where, what),) = notices(story)
        assert where == f"Family of {story.ref(3)}"
        assert (
            "A contact with another name has their address now: perhaps the same person under another name. That "
            "contact is invited only once this meeting is cancelled or over."
        ) in what
        assert invites(story) == []
    Bookings(story.desk.store).cancel_by_school(wid(story), booking, story.now)
    story.sync()
    assert (notices(story), invites(story)) == ([], [story.ref(3)])


def people(story: Story, number: int) -> dict[str, str]:
    """The keys of a pupil's adults by their names."""
    return {each.name: each.key for each in Families(story.desk.store).all(wid(story))[story.ref(number)]}


@pytest.mark.parametrize("at_once", [True, False])
def test_whoever_is_given_an_address_later_has_nothing_of_who_had_it_before(story: Story, at_once: bool) -> None:
    story.change(3, contacts=(contact(3, **MARY),))
    story.sync()
    key = opened(story)
    hers = token(story, 3)
    booking = book(story, hers, f"{key}-20261208T1600Z")
    invites(story)
    moved = contact(3, **{**MARY, "email": "mary@home.example"})
    if not at_once:
        story.change(3, contacts=(moved,))
        story.sync()
    story.change(3, contacts=(moved, contact(3, **TOM)))
    story.sync()
    mrs, mr = (people(story, 3)[name] for name in ("Mrs Khan", "Mr Khan"))
    # What she was sent is in his mailbox now.
    assert isinstance(link(story, hers), NoLink)
    found = link(story, token(story, 3, Adult(mrs, story.ref(3))))
    assert isinstance(found, Link)
    assert (found.adult, [each.key for each in Bookings(story.desk.store).of_link(found)]) == (mrs, [booking])
    assert booked(story, token(story, 3, Adult(mr, story.ref(3)))) == []
    assert invites(story) == [story.ref(3)]


@pytest.mark.parametrize("his_own", [True, False])
def test_whose_parental_responsibility_is_withdrawn_sees_nothing_of_who_has_the_address_now(
    story: Story, his_own: bool
) -> None:
    story.change(3, contacts=(contact(3, **TOM),))
    story.sync()
    key = opened(story)
    his = [token(story, 3)]
    address = "tom@home.example" if his_own else "family@home.example"
    story.change(3, contacts=(contact(3, **{**TOM, "email": address}),))
    story.sync()
    his.append(Links(story.desk.store).issue(
        wid(story), adult_of(story, 3).key, story.ref(3), story.now + timedelta(days=9), story.now
    ))  # fmt: skip
    withdrawn = contact(3, **{**TOM, "email": address, "parental_responsibility": False})
    story.change(3, contacts=(withdrawn, contact(3, **MARY)))
    story.sync()
    book(story, token(story, 3), f"{key}-20261208T1600Z")
    story.sync()
    assert [type(link(story, each)) for each in his] == [NoLink, NoLink]


def test_a_contact_of_another_pupil_who_is_given_the_address_has_no_link_of_the_first_family(story: Story) -> None:
    story.change(3, contacts=(contact(3, **MARY),))
    story.sync()
    opened(story)
    hers = link(story, token(story, 3))
    assert isinstance(hers, Link)
    story.change(3, contacts=(contact(3, **{**MARY, "email": "mary@home.example"}),))
    story.sync()
    token(story, 3)
    story.change(4, contacts=(contact(4, **{**TOM, "surname": "Stone"}),))
    story.sync()
    stranger = adult_of(story, 4)
    token(story, 4)
    links = Links(story.desk.store)
    assert [each.ref for each in links.of_adult(wid(story), stranger.key, story.now)] == [story.ref(4)]
    assert [each.ref for each in links.of_adult(wid(story), hers.adult, story.now)] == [story.ref(3)]


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
    made = [(each, [s.slot for s in surgeries.slots(wid(school), each.key)]) for each in surgeries.all(wid(school))]
    for _ in range(2):
        keep_meetings(school.desk, workbook, made, {}, (booking, "no such booking"))
    assert Bookings(store).active(wid(school)) == []
    told = [(each.kind, each.payload.get("by")) for each in Outbox(store).take(school.now, 100)]
    assert [each for each in told if each[0].startswith("booking")] == [("booking.cancelled", "school")]
    assert surgeries.open_slots(wid(school), school.now)[0].slot.key == slot


def test_a_meeting_that_is_over_stays_as_it_was_held(school: Story) -> None:
    key = opened(school)
    booking = book(school, token(school, 3), f"{key}-20261208T1600Z")
    school.now = datetime(2026, 12, 9, tzinfo=UTC)
    workbook = school.desk.store.workbook("9991001")
    assert workbook is not None
    keep_meetings(school.desk, workbook, (), {}, (booking,))
    assert [each.key for each in Bookings(school.desk.store).active(wid(school))] == [booking]


# Staff


def test_staff_have_no_letters_and_those_no_longer_named_lose_their_links(school: Story) -> None:
    school.desk.staff = ("teacher@school.example",)
    key = opened(school, Kind="Staff drop-in")
    assert [each.kind for each in Surgeries(school.desk.store).all(wid(school))] == [Kind.STAFF]
    assert invites(school) == []
    (teacher,) = Families(school.desk.store).all(wid(school))[STAFF_REF]
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
