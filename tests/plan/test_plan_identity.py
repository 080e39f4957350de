"""Who is who, whatever the MIS does with its numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.domain import upn as upns
from sync.domain.records import Pupil
from sync.plan.identity import Identified, Known, identify, is_reference, known_from_rows, reference

if TYPE_CHECKING:
    import random

SALT = "a salt"


def number(n: int, *, temporary: bool = False) -> str:
    """A valid UPN."""
    body = f"8012000{n:04d}" + ("A" if temporary else "1")
    return upns.check_letter(body) + body


def pupil(n: int, **changes: object) -> Pupil:
    usual = Pupil(
        number(n), mis_id=str(5000 + n), legal_surname=f"Surname{n}", legal_forename=f"Forename{n}",
        dob=date(2012, 1 + n % 12, 1 + n % 28),
    )  # fmt: skip
    return replace(usual, **changes)


def known(*pupils: Pupil) -> list[Known]:
    """What the workbook has after a first sync of these."""
    return [remembered(ref, one) for ref, one in identify(pupils, [], SALT).pupils]


def remembered(ref: str, one: Pupil) -> Known:
    return Known(
        ref, one.upn or "", one.former_upns, one.mis_id or "", one.dob, one.legal_surname or "",
        one.legal_forename or "",
    )  # fmt: skip


def by_pupil(found: Identified) -> dict[str, str]:
    """UPN (or MIS id) -> reference."""
    return {one.upn or one.mis_id or "": ref for ref, one in found.pupils}


def refs(*pupils: Pupil) -> list[str]:
    return [ref for ref, _ in identify(pupils, [], SALT).pupils]


# References


def test_a_reference_is_five_characters_that_no_sheet_takes_for_a_number_or_a_word() -> None:
    made = [reference(SALT, number(n), ()) for n in range(500)]
    assert [r for r in made if not is_reference(r)] == []
    assert {len(r) for r in made} == {5}
    assert set("".join(made)) & set("AEIOU01") == set()
    assert [r for r in made if r[0].isdigit()] == []


def test_a_reference_is_the_same_each_time_and_another_with_another_salt() -> None:
    assert reference(SALT, number(1), ()) == reference(SALT, number(1), ())
    assert reference(SALT, number(1), ()) != reference("another", number(1), ())


def test_a_reference_that_is_taken_is_not_given_again() -> None:
    first = reference(SALT, number(1), ())
    assert reference(SALT, number(1), {first}) != first
    assert reference(SALT, number(1), [first]) == reference(SALT, number(1), {first: None})


@pytest.mark.parametrize("text", ["", "K7F3", "K7F3KK", "77F3K", "k7f3k", "KOF3K", "K7F 3"])
def test_what_is_no_reference_is_told(text: str) -> None:
    assert is_reference(text) is False


# One pupil, many numbers


def test_the_same_upn_is_the_same_pupil_when_all_else_changed_but_the_birthday() -> None:
    before = known(pupil(1))
    now = pupil(1, mis_id="9", legal_surname="Married", legal_forename="Other")
    assert by_pupil(identify([now], before, SALT)) == {number(1): before[0].ref}


def test_a_date_of_birth_that_was_put_right_is_the_same_pupil() -> None:
    before = known(pupil(1))
    now = pupil(1, mis_id=None, dob=date(2011, 9, 30))
    assert by_pupil(identify([now], before, SALT)) == {number(1): before[0].ref}


def test_a_file_without_birthdays_still_knows_its_pupils_by_upn() -> None:
    before = known(pupil(1))
    now = Pupil(number(1), legal_surname="Other")
    assert by_pupil(identify([now], before, SALT)) == {number(1): before[0].ref}


def test_a_temporary_upn_becomes_permanent_by_the_former_upn() -> None:
    before = known(pupil(1, upn=number(1, temporary=True)))
    now = pupil(1, mis_id=None, former_upns=(number(1, temporary=True),), legal_surname="Changed")
    found = identify([now], before, SALT)
    assert (by_pupil(found), found.new) == ({number(1): before[0].ref}, frozenset())


def test_a_temporary_upn_becomes_permanent_by_the_mis_id() -> None:
    before = known(pupil(1, upn=number(1, temporary=True)))
    now = pupil(1, legal_surname="Changed")
    assert by_pupil(identify([now], before, SALT)) == {number(1): before[0].ref}


def test_a_temporary_upn_becomes_permanent_by_name_and_birthday() -> None:
    before = known(pupil(1, upn=number(1, temporary=True)))
    now = pupil(1, mis_id=None)
    assert by_pupil(identify([now], before, SALT)) == {number(1): before[0].ref}


def test_a_upn_that_comes_back_as_a_former_one_is_the_same_pupil() -> None:
    before = [replace(known(pupil(1))[0], upn=number(7), former_upns=(number(1),))]
    assert by_pupil(identify([pupil(1, mis_id=None)], before, SALT)) == {number(1): before[0].ref}


def test_a_pupil_without_a_upn_is_known_by_the_mis_id() -> None:
    nameless = Pupil(None, mis_id="77", preferred_forename="Only")
    before = known(nameless)
    found = identify([nameless], before, SALT)
    assert (by_pupil(found), found.new) == ({"77": before[0].ref}, frozenset())


def test_a_mis_id_that_names_another_child_is_a_new_pupil() -> None:
    before = known(pupil(1))
    found = identify([pupil(2, mis_id="5001")], before, SALT)
    assert len(found.new) == 1


# Swaps, reuse, doubles


@pytest.mark.parametrize("with_mis_id", [True, False])
def test_swapped_upns_follow_the_children(with_mis_id: bool) -> None:
    one, two = pupil(1), pupil(2)
    before = known(one, two)
    ids = (one.mis_id, two.mis_id) if with_mis_id else (None, None)
    now = [replace(one, upn=two.upn, mis_id=ids[0]), replace(two, upn=one.upn, mis_id=ids[1])]
    found = identify(now, before, SALT)
    assert by_pupil(found) == {number(2): before[0].ref, number(1): before[1].ref}
    assert (found.new, found.unclear) == (frozenset(), ())


@pytest.mark.parametrize("with_mis_id", [True, False])
def test_swapped_upns_of_twins_follow_the_children(with_mis_id: bool) -> None:
    ann = pupil(1, legal_surname="Twin", legal_forename="Ann", dob=date(2013, 3, 3))
    anna = pupil(2, legal_surname="Twin", legal_forename="Anna", dob=date(2013, 3, 3))
    before = known(ann, anna)
    ids = (ann.mis_id, anna.mis_id) if with_mis_id else (None, None)
    now = [replace(ann, upn=anna.upn, mis_id=ids[0]), replace(anna, upn=ann.upn, mis_id=ids[1])]
    found = identify(now, before, SALT)
    assert by_pupil(found) == {number(2): before[0].ref, number(1): before[1].ref}


def test_a_twin_whose_name_is_put_right_stays_beside_the_other() -> None:
    ann = pupil(1, legal_surname="Twin", legal_forename="Ann", dob=date(2013, 3, 3))
    anna = pupil(2, legal_surname="Twin", legal_forename="Anna", dob=date(2013, 3, 3))
    before = known(ann, anna)
    now = [replace(ann, legal_forename="Anna", mis_id=None), anna]
    found = identify(now, before, SALT)
    assert by_pupil(found) == {number(1): before[0].ref, number(2): before[1].ref}
    assert found.unclear == ()


def test_a_upn_given_to_another_child_changes_neither() -> None:
    before = known(pupil(1))
    found = identify([pupil(2, upn=number(1))], before, SALT)
    ref = before[0].ref
    assert (found.pupils, found.new, found.unclear_refs) == ((), frozenset(), frozenset({ref}))
    assert found.unclear == (
        (
            f"UPN {number(1)} now carries another name and another date of birth than reference {ref}. "
            "Nothing of it was changed. Check the UPN in the MIS."
        ),
    )


def test_a_upn_and_a_mis_id_of_two_children_change_neither() -> None:
    one, two = pupil(1), pupil(2)
    before = known(one, two)
    stranger = pupil(3, upn=one.upn, mis_id=two.mis_id)
    found = identify([stranger], before, SALT)
    assert found.pupils == ()
    assert found.unclear_refs == frozenset(k.ref for k in before)


def test_new_mis_ids_for_everyone_change_nobody() -> None:
    roll = [pupil(n, dob=date(2012, 5, 5)) for n in range(20)]
    before = known(*roll)
    shifted = [replace(one, mis_id=str(5000 + (n + 1) % 20)) for n, one in enumerate(roll)]
    found = identify(shifted, before, SALT)
    assert by_pupil(found) == {k.upn: k.ref for k in before}
    assert found.unclear == ()


@pytest.mark.parametrize("turned", [True, False])
def test_two_records_for_one_pupil_use_the_permanent_upn_and_name_the_other(turned: bool) -> None:
    stay, extra = pupil(1), pupil(1, upn=number(9, temporary=True), mis_id="6001")
    before = known(stay)
    found = identify([extra, stay] if turned else [stay, extra], before, SALT)
    assert by_pupil(found) == {number(1): before[0].ref}
    assert found.unclear == (
        (
            f"Reference {before[0].ref} has two records in the MIS, UPN {number(1)} and UPN {extra.upn}; "
            "the first was used. Join them in the MIS."
        ),
    )


@pytest.mark.parametrize("turned", [True, False])
def test_two_records_of_a_new_pupil_are_one_reference(turned: bool) -> None:
    stay, extra = pupil(1), pupil(1, upn=number(9, temporary=True), mis_id="6001")
    found = identify([extra, stay] if turned else [stay, extra], [], SALT)
    assert by_pupil(found) == {number(1): reference(SALT, number(1), ())}
    assert len(found.unclear) == 1


def test_a_record_that_lists_the_upn_of_another_record_is_the_same_pupil() -> None:
    before = known(pupil(1))
    found = identify([pupil(1), pupil(1, upn=number(9), mis_id="6001", former_upns=(number(1),))], before, SALT)
    assert by_pupil(found) == {number(1): before[0].ref}


# Namesakes


def test_a_new_pupil_with_the_name_of_another_is_new() -> None:
    before = known(pupil(1))
    namesake = pupil(2, legal_surname="Surname1", legal_forename="Forename1")
    found = identify([pupil(1), namesake], before, SALT)
    assert len(found.new) == 1
    assert by_pupil(found)[number(1)] == before[0].ref


def test_namesakes_with_one_birthday_and_upns_of_their_own_are_two_pupils() -> None:
    one = pupil(1, legal_surname="Same", legal_forename="Same", dob=date(2012, 6, 6))
    two = pupil(2, legal_surname="Same", legal_forename="Same", dob=date(2012, 6, 6))
    first = identify([one, two], [], SALT)
    assert len(set(by_pupil(first).values())) == 2
    assert by_pupil(identify([two, one], known(one, two), SALT)) == by_pupil(first)


def test_namesakes_with_one_birthday_and_no_upns_are_two_pupils_by_their_mis_ids() -> None:
    one = pupil(1, upn=None, legal_surname="Same", legal_forename="Same", dob=date(2012, 6, 6))
    two = pupil(2, upn=None, legal_surname="Same", legal_forename="Same", dob=date(2012, 6, 6))
    first = identify([one, two], [], SALT)
    assert len(set(by_pupil(first).values())) == 2
    assert by_pupil(identify([two, one], known(one, two), SALT)) == by_pupil(first)


def test_twins_with_temporary_upns_and_other_forenames_are_two_pupils() -> None:
    one = pupil(1, upn=number(1, temporary=True), legal_surname="Twin", dob=date(2013, 3, 3), mis_id=None)
    two = pupil(2, upn=number(2, temporary=True), legal_surname="Twin", dob=date(2013, 3, 3), mis_id=None)
    before = known(one, two)
    now = [replace(two, upn=number(2)), replace(one, upn=number(1))]
    assert by_pupil(identify(now, before, SALT)) == {number(1): before[0].ref, number(2): before[1].ref}


# From the workbook


def test_known_pupils_are_read_from_the_rows_of_the_roll() -> None:
    rows = [
        {"ref": "KKKKK", "upn": "U", "former_upns": "A, B", "mis_id": "0012", "dob": date(2012, 1, 1),
         "legal_surname": "S", "legal_forename": "F"},
        {"ref": "LLLLL", "upn": None, "dob": "not a date"},
    ]  # fmt: skip
    assert known_from_rows(rows) == [
        Known("KKKKK", "U", ("A", "B"), "0012", date(2012, 1, 1), "S", "F"),
        Known("LLLLL"),
    ]


# Any roll, in any order


@st.composite
def rolls(draw: st.DrawFn) -> list[Pupil]:
    """Rolls with few names, birthdays and MIS ids, so that they meet; with temporary and missing UPNs."""
    found = []
    for n in draw(st.lists(st.integers(0, 9999), unique=True, min_size=1, max_size=12)):
        upn = draw(st.sampled_from([number(n), number(n), number(n), number(n, temporary=True), None]))
        found.append(
            Pupil(
                upn,
                mis_id=str(n) if upn is None else draw(st.sampled_from([str(n), None])),
                legal_surname=draw(st.sampled_from(["Lee", "Li"])),
                legal_forename=draw(st.sampled_from(["Ann", "Anna", "Al"])),
                dob=draw(st.sampled_from([date(2012, 1, 1), date(2012, 1, 2), None])),
            )
        )
    return found


@settings(max_examples=300, deadline=None)
@given(rolls(), st.randoms(use_true_random=False))
def test_the_order_of_the_roll_does_not_matter(roll: list[Pupil], chance: random.Random) -> None:
    shuffled = list(roll)
    chance.shuffle(shuffled)
    first, second = identify(roll, [], SALT), identify(shuffled, [], SALT)
    assert by_pupil(first) == by_pupil(second)
    assert (first.new, first.unclear) == (second.new, second.unclear)


@settings(max_examples=300, deadline=None)
@given(rolls(), st.randoms(use_true_random=False))
def test_a_second_run_gives_the_same_references_and_nobody_is_new(roll: list[Pupil], chance: random.Random) -> None:
    first = identify(roll, [], SALT)
    rows = [remembered(ref, one) for ref, one in first.pupils]
    again = list(roll)
    chance.shuffle(again)
    second = identify(again, rows, SALT)
    assert by_pupil(second) == by_pupil(first)
    assert second.new == frozenset()


@settings(max_examples=100, deadline=None)
@given(rolls())
def test_every_pupil_has_one_reference_and_no_two_share_one(roll: list[Pupil]) -> None:
    found = identify(roll, [], SALT)
    given_out = [ref for ref, _ in found.pupils]
    assert len(given_out) == len(set(given_out))
    assert len(found.pupils) + len(found.unclear) == len(roll)
