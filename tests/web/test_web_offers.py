"""One slot asked for by itself is offered just where the list of times has it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from support.parents import NOW, surgery

from sync.domain.meetings import Audience, Choice, Kind, State, Where
from sync.store import Links, Surgeries, WaitingList

if TYPE_CHECKING:
    from support.parents import School

    from sync.service.bookings import Offer

HOUR = timedelta(hours=1)
SLOTS = [f"{key}-{n}" for key in ("tue", "full", "shut", "soon", "draft", "nine", "staff", "beside") for n in range(3)]


def both(school: School, token: str) -> tuple[dict[str, Offer], dict[str, Offer]]:
    """What a family is offered, by slot: as asked one by one, and as listed."""
    desk = school.app.extensions["sensync_booking"].desk
    invitation = desk.open(token)
    assert invitation is not None
    child = invitation.children[0]
    one_by_one = {slot: offer for slot in (*SLOTS, "unknown") if (offer := desk.offer(invitation, child, slot))}
    listed = {offer.slot.key: offer for day in desk.offers(invitation, child) for offer in day.offers}
    return one_by_one, listed


def set_up(school: School) -> str:
    """Surgeries of every kind, families in some of their slots, and the link of one without a meeting."""
    day = NOW + timedelta(days=7)
    nine = Audience(register=False, years=frozenset({"9"}))
    school.has(
        surgery("tue", day),
        surgery("full", day + 2 * HOUR, slots=1),
        surgery("shut", day + 4 * HOUR, closes=NOW),
        surgery("soon", NOW - timedelta(minutes=30)),
        surgery("draft", day + 6 * HOUR, state=State.DRAFT),
        surgery("nine", day + 8 * HOUR, audience=nine),
        surgery("staff", day + 10 * HOUR, kind=Kind.STAFF),
        surgery("beside", day + 12 * HOUR),
    )
    school.books(school.link("D9K2P", "adult-2"), "tue-1")
    school.books(school.link("F4N6R", "adult-3"), "full-0")
    surgeries = Surgeries(school.store)
    # A slot that nobody has, at the time of one that somebody has; one that was deleted; one in another place.
    surgeries.move_slot(school.workbook_id, "beside-0", day + timedelta(minutes=20), day + timedelta(minutes=40), NOW)
    surgeries.delete_slot(school.workbook_id, "beside-1", NOW)
    surgeries.place_slot(school.workbook_id, "beside-2", "The hall", NOW)
    return school.link()


def test_a_slot_is_offered_just_where_the_list_has_it(school: School) -> None:
    one_by_one, listed = both(school, set_up(school))
    assert one_by_one == listed
    assert sorted(one_by_one) == ["beside-2", "soon-2", "tue-0", "tue-2"]
    assert one_by_one["beside-2"].room == "The hall"


def test_a_familys_own_slot_and_one_that_is_held_for_it_are_offered_to_it_alone(school: School) -> None:
    token = set_up(school)
    link = Links(school.store).find(token, NOW)
    WaitingList(school.store).join(link, "full", NOW)
    other = school.parent(school.link("F4N6R", "adult-3"))
    other.cancel()
    held, listed = both(school, token)
    assert held == listed
    assert held["full-0"].held is not None
    assert "full-0" not in both(school, other.token)[0]
    school.books(token, "tue-0", Choice(Where.ROOM))
    own, listed = both(school, token)
    assert own == listed
    assert "tue-0" in own
