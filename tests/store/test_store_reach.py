from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select, update
from support.delivery import KilledError
from support.surgery import NOW, ROOM, School

from sync.domain.errors import TryAgainError
from sync.domain.families import Adult
from sync.store import Booked, Families, Invitations, Link, NoLink, Owed, Waiting, keep_families, schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.domain.meetings import Booking
    from sync.store import Store

LATER = NOW + timedelta(minutes=10)


def keep(school: School, *emails: tuple[str, str, str]) -> None:
    """The sync finds these adults, each with a pupil and an address; of all other pupils here there are none."""
    adults = [Adult(key, ref, email=email) for key, ref, email in emails]
    keep_families(school.store, school.workbook, adults, {"ref-ann", "ref-bob", "ref-sib"}, LATER)


@pytest.fixture
def school(store: Store) -> School:
    made = School(store)
    made.has(1)
    keep(made, ("ann", "ref-ann", "e1@home.example"))
    return made


def opens(school: School, link: Link) -> bool:
    with school.store.engine.connect() as connection:
        alive = connection.execute(select(schema.link.c.revoked_at).where(schema.link.c.id == link.id)).one_or_none()
    return alive is not None and alive[0] is None


def books(school: School, link: Link) -> Booking:
    done = school.bookings.claim(link, "tue-0", ROOM, NOW, "form")
    assert isinstance(done, Booked)
    return done.booking


def kinds(school: School) -> list[str]:
    return sorted(kind for _, kind in school.told() if kind != "slot.changed")


def test_each_change_of_address_ends_the_links_and_owes_the_meeting_there(school: School) -> None:
    link = school.family("ann")
    books(school, link)
    keep(school, ("ann", "ref-ann", "e2@home.example"))
    # The first letter still waits, and goes to the new address.
    assert (opens(school, link), kinds(school)) == (False, ["booking.booked"])
    for email in ("e1@home.example", "e2@home.example", "E2@home.example", "", "e2@home.example"):
        school.family("ann")
        keep(school, ("ann", "ref-ann", email))
        keep(school, ("ann", "ref-ann", email))
    # Without an address the letter has nobody to go to; one that came after a link on paper was given out is not owed.
    assert kinds(school) == ["reminder"]
    for email in ("e1@home.example", "e2@home.example", "e1@home.example"):
        keep(school, ("ann", "ref-ann", email))
        assert kinds(school) == ["reminder"]


def test_a_place_that_is_held_is_told_of_again_at_the_new_address(school: School) -> None:
    bob, ann = school.family("bob"), school.family("ann")
    booking = books(school, bob)
    school.line.join(ann, "tue", NOW)
    school.bookings.cancel(bob, booking.key, 1, NOW)
    kinds(school)
    keep(school, ("ann", "ref-ann", "e2@home.example"))
    (row,) = school.outbox.take(LATER, 10)
    found = school.line.offered(school.workbook, row.payload["waiting"], row.payload["version"])
    assert (row.kind, found and found.slot) == ("waiting.offered", "tue-0")
    keep(school, ("ann", "ref-ann", "e2@home.example"))
    assert school.outbox.take(LATER, 10) == []


def test_a_link_comes_back_with_the_address_that_it_was_made_for_and_with_no_other(school: School) -> None:
    """An address that changed while the adult was away is seen, though a brother or sister kept the key."""
    key = "ann"
    for now, back in (("e1@home.example", True), ("e2@home.example", False)):
        keep(school, (key, "ref-ann", "e1@home.example"), (key, "ref-sib", "e1@home.example"))
        link = school.family(key)
        Invitations(school.store).put(school.workbook, [Owed(key, "ref-ann", "surgery", "tue")], NOW)
        keep(school, (key, "ref-sib", "e1@home.example"))
        assert not opens(school, link)
        keep(school, (key, "ref-sib", now))
        keep(school, (key, "ref-ann", now), (key, "ref-sib", now))
        assert (opens(school, link), (key, "ref-ann") in Invitations(school.store).invited(school.workbook)) == (
            back,
            back,
        )


def test_who_comes_back_with_another_address_has_meeting_and_turn_and_is_told(school: School) -> None:
    link = school.family("ann")
    booking = books(school, link)
    other = school.family("ann", "ref-bob")
    keep(school, ("ann", "ref-ann", "e1@home.example"), ("ann", "ref-bob", "e1@home.example"))
    school.line.join(other, "tue", NOW)
    kinds(school)
    keep(school)
    assert school.line.waiting(other, "tue") is None
    keep(school, ("ann", "ref-ann", "e2@home.example"), ("ann", "ref-bob", "e2@home.example"))
    assert kinds(school) == ["reminder", "waiting.suspended", "waiting.waiting"]
    assert [each.key for each in school.bookings.active(school.workbook)] == [booking.key]
    assert school.line.waiting(other, "tue") == Waiting("tue", 0)


def test_a_link_of_a_store_that_did_not_keep_the_address_comes_back_to_nobody(school: School) -> None:
    link = school.family("ann")
    with school.store.engine.begin() as connection:
        connection.execute(update(schema.link).values(made_for=None))
    keep(school, ("ann", "ref-ann", "e1@home.example"))
    assert opens(school, link)
    keep(school)
    keep(school, ("ann", "ref-ann", "e1@home.example"))
    assert not opens(school, link)


def test_no_link_is_made_for_a_letter_to_an_address_of_before(school: School) -> None:
    until = NOW + timedelta(days=1)
    token = school.links.issue(school.workbook, "ann", "ref-ann", until, NOW, to="e1@home.example")
    keep(school, ("ann", "ref-ann", "e2@home.example"))
    with pytest.raises(TryAgainError):
        school.links.issue(school.workbook, "ann", "ref-ann", until, NOW, to="e1@home.example")
    keep(school)
    with pytest.raises(TryAgainError):
        school.links.issue(school.workbook, "ann", "ref-ann", until, NOW, to="e2@home.example")
    assert isinstance(school.links.find(token, NOW), NoLink)
    assert school.links.holders(school.workbook, NOW) == {}


def test_who_waits_without_a_link_or_an_invitation_goes_out_of_the_queue_too(school: School) -> None:
    books(school, school.family("eve"))
    ann = school.family("ann")
    school.line.join(ann, "tue", NOW)
    school.links.end(school.workbook, "ann", "ref-ann")
    keep(school)
    assert school.line.waiting(ann, "tue") is None


def test_who_comes_back_without_a_link_has_the_turn_again(school: School) -> None:
    eve, ann, bob = (school.family(each) for each in ("eve", "ann", "bob"))
    books(school, eve)
    for each in (ann, bob):
        school.line.join(each, "tue", NOW)
    keep(school)
    for each in ("ann", "bob"):
        school.links.end(school.workbook, each, f"ref-{each}")
    keep(school, ("bob", "ref-bob", ""))
    keep(school, ("ann", "ref-ann", ""), ("bob", "ref-bob", ""))
    assert [school.line.waiting(each, "tue") for each in (ann, bob)] == [Waiting("tue", 0), Waiting("tue", 1)]


def test_who_did_not_go_has_a_turn_of_before_no_more(school: School) -> None:
    """Whoever booked before they came back, and cancels, has left the queue that they were in then."""
    eve, ann = school.family("eve"), school.family("ann")
    books(school, eve)
    school.line.join(ann, "tue", NOW)
    keep(school)
    school.has(2)
    booking = school.bookings.claim(school.family("ann"), "tue-1", ROOM, NOW, "form")
    assert isinstance(booking, Booked)
    for email in ("", "e1@home.example", ""):
        keep(school, ("ann", "ref-ann", email))
        assert school.line.waiting(ann, "tue") is None
    school.bookings.cancel(school.family("ann"), booking.booking.key, 1, NOW)
    keep(school, ("ann", "ref-ann", "e1@home.example"))
    assert school.line.waiting(ann, "tue") is None


def moves(school: School) -> Callable[[], None]:
    books(school, school.family("ann"))
    kinds(school)
    return lambda: keep(school, ("ann", "ref-ann", "e2@home.example"))


def goes(school: School) -> Callable[[], None]:
    bob, ann, eve = (school.family(each) for each in ("bob", "ann", "eve"))
    keep(school, ("ann", "ref-ann", "e1@home.example"), ("bob", "ref-bob", ""))
    booking = books(school, bob)
    for each in (ann, eve):
        school.line.join(each, "tue", NOW)
    school.bookings.cancel(bob, booking.key, 1, NOW)
    return lambda: keep(school, ("bob", "ref-bob", ""))


def comes_back(school: School) -> Callable[[], None]:
    goes(school)()
    return lambda: keep(school, ("ann", "ref-ann", "e1@home.example"), ("bob", "ref-bob", ""))


def standing(school: School) -> Any:
    """What is stored of families, links, queues and letters, but for what is drawn by lot."""
    with school.store.engine.connect() as connection:
        links = connection.execute(select(schema.link.c.ref, schema.link.c.revoked_at)).all()
        line = connection.execute(select(schema.waiting.c.ref, schema.waiting.c.state, schema.waiting.c.version)).all()
        taken = connection.scalars(select(schema.slot.c.taken)).all()
        letters = Counter(connection.scalars(select(schema.outbox.c.kind)))
    return Families(school.store).all(school.workbook), sorted(map(str, links)), sorted(map(str, line)), taken, letters


@pytest.mark.parametrize("change", [moves, goes, comes_back])
def test_a_sync_that_is_killed_at_any_statement_has_done_nothing_or_all(
    school: School, change: Callable[[School], Callable[[], None]]
) -> None:
    sync = change(school)
    before, steps, killed = standing(school), 0, 0

    def count(*_: object) -> None:
        nonlocal steps
        steps -= 1
        if steps < 0:
            raise KilledError

    for kind in ("before_cursor_execute", "commit"):
        event.listen(school.store.engine, kind, count)
    try:
        while True:
            steps = killed
            try:
                sync()
            except KilledError:
                killed += 1
                steps = 1000
                assert standing(school) == before
            else:
                break
    finally:
        for kind in ("before_cursor_execute", "commit"):
            event.remove(school.store.engine, kind, count)
    assert killed > 10
    after = standing(school)
    assert after != before
    sync()
    assert standing(school) == after
