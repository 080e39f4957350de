"""Whose key is whose, whatever the MIS does with names and addresses: a key leads to meetings, letters and links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync.domain.families import Adult
from sync.domain.records import Contact, Pupil
from sync.plan.families import adults_of, staff_of, with_known_keys

REF, OTHER = "B7F3K", "C2D4M"
Known = Mapping[str, Sequence[Adult]]
SHARED = "family@home.example"
MARY = Contact(1, "Mrs", "Mary", "Khan", email=SHARED)
TOM = Contact(2, "Mr", "Tom", "Khan", email=SHARED)


def sync(known: Known, contacts: Mapping[str, Sequence[Contact]]) -> dict[str, tuple[Adult, ...]]:
    """What a sync makes of these contacts; pupils who are not among them stay as they are known."""
    told: dict[str, tuple[Adult, ...]] = dict.fromkeys(contacts, ())
    pupils = [(ref, Pupil(upn=None, contacts=tuple(each))) for ref, each in contacts.items()]
    for adult in adults_of(pupils, "salt"):
        told[adult.ref] += (adult,)
    return {**{ref: tuple(each) for ref, each in known.items()}, **with_known_keys(told, known)}


def history(*steps: Mapping[str, Sequence[Contact]]) -> dict[str, tuple[Adult, ...]]:
    known: dict[str, tuple[Adult, ...]] = {}
    for contacts in steps:
        known = sync(known, contacts)
    return known


def keys(known: Known, ref: str = REF) -> dict[str, str]:
    return {each.name: each.key for each in known[ref]}


def test_whoever_is_given_an_address_that_somebody_had_is_nobody_but_themselves() -> None:
    moved = replace(MARY, email="mary@home.example")
    before = history({REF: [MARY]})
    for steps in ([{REF: [moved]}, {REF: [moved, TOM]}], [{REF: [moved, TOM]}], [{REF: [moved, TOM]}] * 3):
        after = history({REF: [MARY]}, *steps)
        assert keys(after)["Mrs Khan"] == keys(before)["Mrs Khan"]
        assert keys(after)["Mr Khan"] != keys(before)["Mrs Khan"]


def test_whoever_takes_anothers_place_at_an_address_is_somebody_else_and_so_they_stay() -> None:
    before = history({REF: [MARY]})
    swapped = replace(TOM, order=1)
    for after in (history({REF: [MARY]}, {REF: [swapped]}), history({REF: [MARY]}, {REF: []}, {REF: [swapped]})):
        assert set(keys(after).values()) & set(keys(before).values()) == set()
        assert sync(after, {REF: [swapped]}) == after


def test_a_telephone_and_a_surname_are_no_person() -> None:
    mary, tom = (replace(each, email=None, phone="01632 960101", order=1) for each in (MARY, TOM))
    before, after = history({REF: [mary]}), history({REF: [mary]}, {REF: [tom]})
    assert set(keys(after).values()) & set(keys(before).values()) == set()


def test_whoever_has_no_parental_responsibility_leaves_no_key_with_the_address() -> None:
    without = replace(TOM, parental_responsibility=False)
    phone = replace(MARY, email=None, phone="01632 960777")
    before = history({REF: [TOM, phone]})
    after = sync(before, {REF: [without, MARY]})
    assert keys(after) == {"Mrs Khan": keys(after)["Mrs Khan"]}
    assert keys(after)["Mrs Khan"] != keys(before)["Mr Khan"]
    his_own = replace(TOM, email="tom@home.example")
    later = history({REF: [TOM]}, {REF: [his_own]}, {REF: [replace(his_own, parental_responsibility=False), MARY]})
    assert keys(later)["Mrs Khan"] != keys(history({REF: [TOM]}))["Mr Khan"]


def test_a_contact_of_another_pupil_who_is_given_the_address_sees_nothing_of_the_first_family() -> None:
    moved = replace(MARY, email="mary@home.example")
    stone = Contact(1, "Mr", "Tom", "Stone", email=SHARED)
    after = history({REF: [MARY]}, {REF: [moved]}, {REF: [moved], OTHER: [stone]})
    assert set(keys(after, OTHER).values()) & set(keys(after).values()) == set()
    assert keys(after) == keys(history({REF: [MARY]}))


def test_of_two_who_share_an_address_none_keeps_the_key_once_they_part() -> None:
    before = history({REF: [MARY, TOM]})
    (shared,) = before[REF]
    parted = sync(before, {REF: [MARY, replace(TOM, email="tom@home.example")]})
    alone = sync(before, {REF: [MARY]})
    assert shared.key not in {each.key for each in (*parted[REF], *alone[REF])}


def test_somebody_who_comes_to_an_address_as_well_shares_what_is_there() -> None:
    before, after = history({REF: [MARY]}), history({REF: [MARY]}, {REF: [MARY, TOM]})
    assert [each.key for each in after[REF]] == [each.key for each in before[REF]]


def test_a_key_that_is_another_persons_is_given_to_nobody() -> None:
    married = replace(MARY, surname="Hen")
    known = history({REF: [MARY]}, {REF: [married]})
    assert [each.key for each in known[REF]] == [each.key for each in history({REF: [MARY]})[REF]]
    known = sync(known, {REF: [married], OTHER: [MARY]})
    assert set(keys(known).values()) & set(keys(known, OTHER).values()) == set()
    assert sync(known, {REF: [married], OTHER: [MARY]}) == known


def test_the_same_person_twice_with_two_addresses_is_two_and_the_known_address_keeps_the_key() -> None:
    moved = replace(MARY, email="mary@home.example")
    known = history({REF: [MARY]}, {REF: [moved]})
    both = sync(known, {REF: [moved, replace(MARY, order=2)]})
    assert {each.email: each.key == known[REF][0].key for each in both[REF]} == {moved.email: True, SHARED: False}
    assert sync(both, {REF: [moved, replace(MARY, order=2)]}) == both


def test_without_forenames_mr_and_mrs_are_two() -> None:
    mrs, mr = replace(MARY, forename=None), replace(TOM, forename=None, order=1)
    before, after = history({REF: [mrs]}), history({REF: [mrs]}, {REF: [mr]})
    assert set(keys(after).values()) & set(keys(before).values()) == set()


def stored_long_ago(known: Known) -> dict[str, tuple[Adult, ...]]:
    return {ref: tuple(replace(a, key="0" * 32, first="", people=()) for a in each) for ref, each in known.items()}


def test_what_was_stored_before_goes_on_with_the_key_that_it_had() -> None:
    old = stored_long_ago(history({REF: [MARY]}))
    assert {each.key for each in sync(old, {REF: [MARY]})[REF]} == {"0" * 32}
    assert {each.key for each in sync(old, {REF: [MARY], OTHER: [MARY]})[OTHER]} == {"0" * 32}
    assert "0" * 32 not in {each.key for each in sync(old, {REF: [replace(TOM, order=1)]})[REF]}


def test_a_parent_who_is_named_as_staff_later_has_one_key_and_nobody_elses() -> None:
    known = history({REF: [MARY]})
    (staff,) = staff_of([SHARED], "salt", known)
    assert staff.key == known[REF][0].key
    later = sync({**known, "STAFF": (staff,)}, {REF: [replace(TOM, order=1)]})
    assert staff.key not in keys(later).values()


PEOPLE = [Contact(None, title, first, last) for title, first, last in (
    ("Mrs", "Mary", "Khan"), ("Mr", "Tom", "Khan"), ("Mrs", "Mary", "Hen"), ("Mr", None, "Khan"), ("Mrs", None, "Khan"),
)]  # fmt: skip
ADDRESSES = ({"email": "a@home.example"}, {"email": "b@home.example"}, {"phone": "01632 960101"}, {})
CONTACTS = st.builds(
    lambda person, address, order, responsible: replace(
        PEOPLE[person], order=order, parental_responsibility=responsible, **ADDRESSES[address]
    ),
    st.integers(0, len(PEOPLE) - 1),
    st.integers(0, len(ADDRESSES) - 1),
    st.sampled_from([1, 2, None]),
    st.sampled_from([True, True, None, False]),
)
KEPT = (REF, OTHER)
STEPS = st.lists(st.dictionaries(st.sampled_from(KEPT), st.lists(CONTACTS, max_size=3)), max_size=7)


@settings(max_examples=500)
@given(steps=STEPS)
@example(steps=[{REF: [TOM]}, {REF: [TOM, MARY]}, {REF: []}, {REF: [TOM]}])
def test_a_key_never_passes_to_anybody_else(steps: list[dict[str, list[Contact]]]) -> None:
    """Whoever a key was ever of is behind it still; a surname alone may have changed.

    Who comes back alone to an address that two had shared has the key that both had: all that it opens went to a
    mailbox of theirs. Nobody comes to it who was not behind it.
    """
    known: dict[str, tuple[Adult, ...]] = {}
    behind: dict[tuple[str, str], tuple[frozenset[str], str]] = {}
    for contacts in steps:
        gone = {
            ref: {key for of, key in behind if of == ref} - {each.key for each in known.get(ref, ())} for ref in KEPT
        }
        known = sync(known, contacts)
        for ref, adults in known.items():
            assert len({each.key for each in adults}) == len(adults)
            for each in adults:
                before, first = behind.get((ref, each.key), (frozenset[str](), ""))
                same_forename = len(before) == len(each.people) == 1 and each.first == first != ""
                came_back = each.key in gone[ref] and set(each.people) <= before
                assert before <= set(each.people) or same_forename or came_back
                behind[ref, each.key] = frozenset(each.people), each.first
        for adults in known.values():
            for each in adults:
                for others in known.values():
                    for other in others:
                        together = set(each.people) & set(other.people) or each.first == other.first != ""
                        assert each.key != other.key or together
        assert sync(known, contacts) == known
