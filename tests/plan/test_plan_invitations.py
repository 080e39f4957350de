from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from school_year import TUESDAY, at, pupil

from sync.domain.families import Adult
from sync.domain.meetings import Audience, Kind, Slot, State, Surgery
from sync.plan.families import staff_of
from sync.plan.invitations import Invited, Opening, invitations, staff_invitations

NOW = at(date(2026, 12, 1), 9)
REF, OTHER = "K7F3K", "M2345"
ROLL = {REF: pupil(REF), OTHER: pupil(OTHER, status="N")}
MOTHER, FATHER, AUNT = Adult("m", REF), Adult("f", REF), Adult("a", OTHER)
ADULTS = (MOTHER, FATHER, AUNT)
STARTS = at(TUESDAY, 16)


def surgery(key: str = "S-1", **more: Any) -> Surgery:
    given = {"kind": Kind.SURGERY, "day": TUESDAY, "starts": time(16), "ends": time(17), "state": State.OPEN}
    return Surgery(key=key, minutes=20, **given | more)


def slot(key: str, starts: datetime = STARTS) -> Slot:
    return Slot(f"{key}-1", key, starts, starts + timedelta(minutes=20))


def invited(*surgeries: Surgery, left: dict[str, list[Slot]] | None = None, **more: Any) -> tuple[Invited, ...]:
    slots = {each.key: [slot(each.key)] for each in surgeries} if left is None else left
    given: dict[str, Any] = {"register": {REF}, "short": set(), "now": NOW}
    return invitations(surgeries, slots, ADULTS, ROLL, **given | more)


def who(found: tuple[Invited, ...]) -> list[tuple[str, str, str]]:
    return [(each.adult.key, each.ref, each.purpose) for each in found]


def test_every_adult_of_those_who_may_book_is_invited() -> None:
    thursday = at(date(2026, 12, 10), 0)
    assert invited(surgery()) == (
        Invited(MOTHER, REF, "surgery", (Opening("S-1"),), thursday),
        Invited(FATHER, REF, "surgery", (Opening("S-1"),), thursday),
    )
    everyone = surgery(audience=Audience(register=False))
    assert who(invited(everyone)) == [("m", REF, "surgery"), ("f", REF, "surgery"), ("a", OTHER, "surgery")]


def test_who_is_perhaps_the_one_who_booked_is_invited_for_nothing_that_is_booked() -> None:
    only = Audience(register=False, refs=frozenset({REF}))
    found = invitations(
        [surgery(), surgery("R-1", kind=Kind.REVIEW, audience=only)],
        {key: [slot(key)] for key in ("S-1", "R-1")},
        [Adult("new", REF, instead=("m",))],
        ROLL,
        register={REF},
        short=set(),
        now=NOW,
        booked={("m", REF, "surgery")},
    )
    assert who(found) == [("new", REF, "R-1")]


def test_two_surgeries_are_one_invitation_and_a_review_another() -> None:
    only = Audience(register=False, refs=frozenset({REF}))
    found = invited(surgery("S-1"), surgery("S-2"), surgery("R-1", kind=Kind.REVIEW, audience=only))
    assert [(each.adult.key, each.purpose, [opening.surgery for opening in each.openings]) for each in found] == [
        ("m", "surgery", ["S-1", "S-2"]),
        ("f", "surgery", ["S-1", "S-2"]),
        ("m", "R-1", ["R-1"]),
        ("f", "R-1", ["R-1"]),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"state": State.DRAFT},
        {"state": State.CLOSED},
        {"kind": Kind.STAFF},
        {"closes": NOW},
        {"audience": Audience(short=True)},
        {"audience": Audience(years=frozenset({"8"}))},
    ],
)
def test_a_surgery_that_they_may_not_book_invites_nobody(changes: dict[str, Any]) -> None:
    assert invited(surgery(**changes)) == ()


def test_a_surgery_that_is_full_or_has_begun_invites_nobody() -> None:
    assert invited(surgery(), left={}) == ()
    assert invited(surgery(), left={"S-1": [slot("S-1", NOW)]}) == ()


def test_a_family_short_of_three_is_invited_where_it_is_for_those() -> None:
    assert who(invited(surgery(audience=Audience(short=True)), short={REF})) == [
        ("m", REF, "surgery"),
        ("f", REF, "surgery"),
    ]


def test_who_has_booked_is_not_invited_but_the_other_parent_is() -> None:
    assert who(invited(surgery(), booked={("m", REF, "surgery")})) == [("f", REF, "surgery")]
    assert len(invited(surgery(), booked={("m", REF, "coffee morning")})) == 2


def test_what_opens_later_is_said_with_its_time_after_what_is_open() -> None:
    opens = NOW + timedelta(days=2)
    found = invited(surgery("S-1", opens=opens), surgery("S-2", opens=NOW))
    assert found[0].openings == (Opening("S-2"), Opening("S-1", opens))
    assert [each.may_book_now for each in found] == [True, True]
    assert [each.may_book_now for each in invited(surgery(opens=opens))] == [False, False]


def test_a_link_lasts_to_the_end_of_the_day_after_the_last_time_left() -> None:
    late = slot("S-2", at(date(2027, 6, 15), 16))
    found = invited(surgery("S-1"), surgery("S-2"), left={"S-1": [slot("S-1")], "S-2": [late]})
    # Midnight on the school's clock, in the summer.
    assert {each.until for each in found} == {at(date(2027, 6, 16), 23)}


def test_staff_are_invited_to_staff_drop_ins_alone() -> None:
    (teacher,) = staff_of(["Tia@school.example"], "salt")
    surgeries = [surgery("S-1"), surgery("D-1", kind=Kind.STAFF)]
    left = {each.key: [slot(each.key)] for each in surgeries}
    (one,) = staff_invitations(surgeries, left, [teacher], now=NOW)
    assert (one.adult, one.ref, one.purpose, one.openings) == (teacher, "STAFF", "staff drop-in", (Opening("D-1"),))
    assert staff_invitations(surgeries[:1], left, [teacher], now=NOW) == ()
    assert (
        staff_invitations(surgeries, left, [teacher], now=NOW, booked={(teacher.key, "STAFF", "staff drop-in")}) == ()
    )
