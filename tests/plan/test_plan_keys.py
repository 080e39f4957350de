"""Whose key is whose, whatever the MIS does with names and addresses: a key leads to meetings, letters and links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
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


CORRECTIONS = {
    "a slip": ({"forename": "Marry"}, {"forename": "Mary"}),
    "a slip without titles": ({"title": None, "forename": "Marry"}, {"title": None, "forename": "Mary"}),
    "letters the wrong way round": ({"forename": "Mayr"}, {"forename": "Mary"}),
    "a forename filled in": ({"forename": None}, {"forename": "Aisha"}),
    "a forename taken out": ({}, {"forename": None}),
    "a second forename": ({}, {"forename": "Mary Ann"}),
    "an initial": ({"forename": "M"}, {"forename": "Mary"}),
    "an accent": ({"forename": "Zo\u00eb"}, {"forename": "Zoe"}),
    "a short form": ({"forename": "Alex"}, {"forename": "Alexandra"}),
    "a title": ({"title": "Miss", "forename": None}, {"title": "Mrs", "forename": None}),
    "a title filled in": ({"title": None, "forename": None}, {"title": "Mrs", "forename": None}),
    "a surname and the order": ({}, {"surname": "Stone", "order": 3}),
    "a surname's slip without forename": ({"forename": None}, {"forename": None, "surname": "Khann"}),
    "a relationship and a surname": ({"relationship": "Parent"}, {"surname": "Stone", "relationship": "Step mother"}),
    "a double surname": ({"forename": None}, {"forename": None, "surname": "Khan-Stone"}),
}
OTHERS = {
    "another forename": ({}, {"forename": "Tom", "title": "Mr"}),
    "another surname without forename": ({"forename": None}, {"forename": None, "surname": "Stone"}),
    "mr and mrs": ({"forename": None}, {"title": "Mr", "forename": "Tom"}),
    "a doctor may be either": ({"title": "Dr", "forename": None}, {"forename": None}),
    "mark and mary": ({"title": None}, {"title": None, "forename": "Mark"}),
    "carl and carla": ({"title": None, "forename": "Carl"}, {"title": None, "forename": "Carla"}),
    "paul and pauline": ({"title": None, "forename": "Paul"}, {"title": None, "forename": "Pauline"}),
    "short names": ({"title": None, "forename": "Tom"}, {"title": None, "forename": "Tim"}),
    "ali and alia": ({"title": "Mr", "forename": "Alia"}, {"forename": "Aliya"}),
    "a mother and a father": (
        {"title": None, "forename": "M", "relationship": "PAM"},
        {"title": None, "forename": "Max", "relationship": "PAF"},
    ),
    "sam and sam": ({"title": "Mr", "forename": "Sam"}, {"forename": "Sam", "surname": "Stone"}),
    "alex, father and mother": (
        {"title": None, "surname": "Khan-Stone", "relationship": "Father"},
        {"title": None, "relationship": "Mother"},
    ),
    "a mother and a grandmother": ({"relationship": "PAM"}, {"surname": "Begum", "relationship": "Grand-mother"}),
    "a mother and a sister": ({"relationship": "Mum"}, {"surname": "Stone", "relationship": "Sister"}),
}


@pytest.mark.parametrize("reached", [{}, {"email": None, "phone": "01632 960101"}], ids=["mail", "phone"])
@pytest.mark.parametrize("case", CORRECTIONS)
def test_whose_name_is_corrected_or_changes_keeps_the_key(case: str, reached: dict[str, Any]) -> None:
    was, now = (replace(MARY, **reached, **each) for each in CORRECTIONS[case])
    father = replace(TOM, email="tom@home.example", order=9)
    for others in ([], [father]):
        before = history({REF: [was, *others]})
        after = sync(before, {REF: [now, *others]})
        assert [each.key for each in after[REF]] == [each.key for each in before[REF]]
        assert {each.instead for each in after[REF]} == {()}
        assert sync(after, {REF: [now, *others]}) == after


@pytest.mark.parametrize("case", OTHERS)
def test_whose_name_may_be_anothers_is_somebody_else_perhaps_in_the_others_place(case: str) -> None:
    was, now = (replace(MARY, **each) for each in OTHERS[case])
    (old,) = history({REF: [was]})[REF]
    known = history({REF: [was]}, {REF: [now]})
    (new,) = known[REF]
    assert (new.key == old.key, new.instead) == (False, (old.key,))
    assert sync(known, {REF: [now]}) == known


def test_a_corrected_name_is_somebody_else_where_others_came_went_or_have_the_address() -> None:
    was, now = replace(MARY, forename="Marry"), MARY
    tom = replace(TOM, email="tom@home.example")
    aunt = replace(MARY, order=3, forename="Eve", email="eve@home.example")
    without = replace(TOM, parental_responsibility=False)
    for before, after in (
        ([was, tom], [now]),
        ([was], [now, tom]),
        ([was, tom], [now, aunt]),
        ([was], [now, without]),
        ([was, without], [now]),
    ):
        first = history({REF: before})
        assert set(keys(sync(first, {REF: after})).values()).isdisjoint([first[REF][0].key])


def test_who_is_a_mother_to_one_and_a_grandmother_to_another_may_be_corrected() -> None:
    was = replace(MARY, forename="Marry", relationship="PAM")
    elder = replace(was, relationship="Grandmother")
    before = history({REF: [was], OTHER: [elder]})
    after = sync(before, {REF: [replace(was, forename="Mary")], OTHER: [replace(elder, forename="Mary")]})
    assert keys(after) | keys(after, OTHER) == keys(before) | keys(before, OTHER)


def test_small_steps_do_not_lead_from_one_person_to_another() -> None:
    names = [{}, {"forename": "M"}, {"forename": "Martha"}], [{}, {"forename": None}, {"forename": "Aisha"}]
    for steps in names:
        first, *_, known = [history(*({REF: [replace(MARY, **s)]} for s in steps[:n])) for n in (1, 2, 3)]
        assert known[REF][0].key != first[REF][0].key
    mrs, nobody, mr = ({**untitled, "forename": None} for untitled in ({}, {"title": None}, {"title": "Mr"}))
    first, last = (history(*({REF: [replace(MARY, **s)]} for s in steps)) for steps in ([mrs], [mrs, nobody, mr]))
    assert last[REF][0].key != first[REF][0].key


def test_a_sister_has_the_key_whether_her_contact_is_corrected_at_once_or_later() -> None:
    was = replace(MARY, forename="Marry")
    before = history({REF: [was], OTHER: [was]})
    (key,) = {each.key for each in (*before[REF], *before[OTHER])}
    at_once = sync(before, {REF: [MARY], OTHER: [MARY]})
    later = sync(sync(before, {REF: [MARY]}), {OTHER: [MARY]})
    comes = sync(history({REF: [was]}, {REF: [MARY]}), {REF: [MARY], OTHER: [MARY]})
    for known in (at_once, later, comes):
        assert {each.key for each in (*known[REF], *known[OTHER])} == {key}


def test_who_is_perhaps_in_anothers_place_is_so_until_the_other_is_back() -> None:
    (mary,) = history({REF: [MARY]})[REF]
    tom, moved = replace(TOM, order=1), replace(TOM, email="tom@home.example")
    known = history({REF: [MARY]}, {REF: [tom]}, {REF: [replace(tom, email="tom@home.example")]})
    assert [each.instead for each in known[REF]] == [(mary.key,)]
    back = sync(known, {REF: [MARY, moved]})
    assert {each.instead for each in back[REF]} == {()}
    aunt = replace(MARY, forename="Eve", surname="Hen")
    (eve,) = history({REF: [MARY]}, {REF: [tom]}, {REF: [aunt]})[REF]
    (his,) = history({REF: [MARY]}, {REF: [tom]})[REF]
    assert eve.instead == (his.key, mary.key)


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
    ("Mr", "Ted", "Khan"),
)]  # fmt: skip
BEHIND = {a.who: each for each in PEOPLE for a in adults_of([(REF, Pupil(upn=None, contacts=(each,)))], "salt")}
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


FORENAMES = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=12).map(str.title)


@st.composite
def corrections(draw: st.DrawFn) -> tuple[str | None, str | None]:
    """A forename, and what a school may make of it: a letter too many, two the wrong way round, less, more."""
    name = draw(FORENAMES)
    at = draw(st.integers(1, len(name) - 2))
    others = [
        name[:at] + name[at] + name[at:],
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        name[0],
        f"{name} {draw(FORENAMES)}",
        None,
    ]
    return name, draw(st.sampled_from(others))


@settings(max_examples=200)
@given(
    names=corrections(),
    back=st.booleans(),
    father=st.booleans(),
    reached=st.sampled_from([{"email": SHARED}, {"email": None, "phone": "01632 960101"}]),
)
def test_somebody_who_stays_keeps_the_key(
    names: tuple[str | None, str | None], back: bool, father: bool, reached: dict[str, str | None]
) -> None:
    others = [replace(TOM, email="tom@home.example", order=9)] if father else []
    first, second = (replace(MARY, forename=name, **reached) for name in (reversed(names) if back else names))
    before = history({REF: [first, *others]})
    assert [a.key for a in sync(before, {REF: [second, *others]})[REF]] == [a.key for a in before[REF]]


def test_one_whom_two_pupils_have_and_who_is_two_now_is_neither_with_certainty() -> None:
    nameless = replace(MARY, forename=None)
    known = history({REF: [nameless], OTHER: [nameless]}, {REF: [MARY], OTHER: [replace(MARY, forename="Aisha")]})
    assert set(keys(known).values()) & set(keys(known, OTHER).values()) == set()


KEPT = (REF, OTHER)
STEPS = st.lists(st.dictionaries(st.sampled_from(KEPT), st.lists(CONTACTS, max_size=3)), max_size=7)


def one_title(people: set[str]) -> bool:
    return len({BEHIND[who].title for who in people}) == 1


@settings(max_examples=500)
@given(steps=STEPS)
@example(
    steps=[{REF: [replace(each, email=None, phone="01632 960101") for each in (MARY, replace(MARY, surname="Hen"))]}]
)
@example(steps=[{REF: [TOM]}, {REF: [TOM, MARY]}, {REF: []}, {REF: [TOM]}])
def test_a_key_never_passes_to_anybody_else(steps: list[dict[str, list[Contact]]]) -> None:
    """Whoever a key was ever of is behind it still; a surname alone may have changed, or a forename been missing.

    Who comes back alone to an address that two had shared has the key that both had: all that it opens went to a
    mailbox of theirs. Nobody comes to it who was not behind it.
    """
    known: dict[str, tuple[Adult, ...]] = {}
    behind: dict[tuple[str, str], tuple[frozenset[str], str]] = {}
    ever: dict[tuple[str, str], set[str | None]] = {}
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
                alone = len(before) == len(each.people) == 1
                forenames = {BEHIND[who].forename for who in each.people} - {None}
                if alone and not came_back:
                    forenames |= ever.get((ref, each.key), set())
                corrected = alone and len(forenames) <= 1 and one_title({*before, *each.people})
                assert before <= set(each.people) or same_forename or came_back or corrected
                ever[ref, each.key] = forenames
                behind[ref, each.key] = frozenset(each.people), each.first
        for adults in known.values():
            for each in adults:
                for others in known.values():
                    for other in others:
                        together = set(each.people) & set(other.people) or each.first == other.first != ""
                        both = {*each.people, *other.people}
                        unnamed = "" in (each.first, other.first) and one_title(both)
                        assert each.key != other.key or together or unnamed
        assert sync(known, contacts) == known
