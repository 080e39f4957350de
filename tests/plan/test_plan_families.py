from __future__ import annotations

from dataclasses import replace

from sync.domain.families import Adult, Called
from sync.domain.records import Contact, Pupil
from sync.plan.families import adult_key, adults_of, email_of, first_name, staff_of, with_known_keys

REF, SISTER = "K7F3K", "M2345"
SALT = "salt"


def child(*contacts: Contact) -> Pupil:
    return Pupil(upn="A" + "0" * 12, contacts=contacts)


def adults(*contacts: Contact, ref: str = REF) -> tuple[Adult, ...]:
    return adults_of([(ref, child(*contacts))], SALT)


def keys(*contacts: Contact, ref: str = REF) -> list[str]:
    return [each.key for each in adults(*contacts, ref=ref)]


def test_an_adult_has_a_title_and_surname_and_what_reaches_them() -> None:
    contact = Contact(1, " Mrs ", "Ada", "Rooster", "PAM", " Ada@Home.example ", "07700 900123", True)
    who, first = adult_key(SALT, "who", "ada", "rooster"), adult_key(SALT, "first", "ada")
    key = adult_key(SALT, "email", "ada@home.example", who)
    told = ("Mrs Rooster", "Ada@Home.example", "07700 900123", 1, True)
    called = Called("mrs", "ada", "rooster", "pam")
    assert adults(contact) == (Adult(key, REF, *told, who, first, (who,), called),)


def test_a_name_without_title_or_surname_is_made_of_what_there_is() -> None:
    assert [each.name for each in adults(Contact(forename="Ada", surname="Rooster"))] == ["Ada Rooster"]
    assert [each.name for each in adults(Contact(title="Mrs", forename="Ada"))] == ["Ada"]
    assert [each.name for each in adults(Contact(title="Mrs", phone="07700 900123"))] == [""]


def test_the_key_tells_nothing_and_depends_on_the_salt() -> None:
    contact = Contact(surname="Rooster", email="ada@home.example")
    (here,), (there,) = adults(contact), adults_of([(REF, child(contact))], "other salt")
    assert (len(here.key), here.key == there.key) == (32, False)


def test_brothers_and_sisters_share_an_adult_by_address_and_name_in_any_case() -> None:
    here = keys(Contact(forename="Ada", surname="Rooster", email="ada@home.example"))
    assert keys(Contact(forename="ADA", surname="rooster", email="ADA@home.example"), ref=SISTER) == here
    for other in (Contact(forename="Bo", surname="Rooster"), Contact(forename="Ada", surname="Hen")):
        assert keys(replace(other, email="ada@home.example"), ref=SISTER) != here


def test_without_an_address_the_telephone_and_surname_tell() -> None:
    here = keys(Contact(surname="Rooster", phone="+44 (0)7700 900123"))
    for phone in ("07700 900 123", "+447700900123", "0044 7700 900123", "07700-900123 (work)"):
        assert keys(Contact(surname="ROOSTER", phone=phone), ref=SISTER) == here
    assert keys(Contact(surname="Hen", phone="07700 900123"), ref=SISTER) != here


def test_with_a_name_alone_an_adult_belongs_to_one_pupil() -> None:
    contact = Contact(title="Mrs", surname="Rooster")
    who = adult_key(SALT, "who", "", "rooster", "mrs")
    assert keys(contact) == [adult_key(SALT, "name", "mrs rooster", "", REF, who)]
    assert keys(contact, ref=SISTER) != keys(contact)


def test_two_of_one_surname_whom_nothing_reaches_are_two() -> None:
    both = [Contact(title="Mrs", forename=forename, surname="Rooster") for forename in ("Ada", "Eve")]
    assert len(set(keys(*both))) == 2
    known = {REF: adults(*both)}
    assert with_known_keys(known, known) == known


def test_a_contact_without_name_address_and_telephone_is_nobody() -> None:
    assert adults(Contact(order=1, title="Mrs", relationship="PAM", email="none", phone="n/a")) == ()
    assert adults_of([(REF, Pupil(upn=None))], SALT) == ()


def test_what_is_no_address_is_none() -> None:
    assert [email_of(text) for text in (None, "none", "a@b c@d", "a@b; c@d", "a@@b", " a@b ")] == [""] * 5 + ["a@b"]


def test_two_contacts_of_one_key_are_one_with_what_both_have() -> None:
    mother = Contact(2, "Mrs", "Ada", "Rooster", email="home@home.example", parental_responsibility=None)
    father = Contact(1, "Mr", "Bo", "Rooster", email="home@home.example", phone="01632 960123")
    (one,) = adults(mother, father)
    assert (one.name, one.phone, one.order, one.responsible) == ("Mr Rooster", "01632 960123", 1, None)


def test_who_has_no_parental_responsibility_is_no_adult_and_unknown_is_kept() -> None:
    contacts = [
        Contact(n, "Ms", surname=f"Hen{n}", parental_responsibility=pr) for n, pr in enumerate((False, None, True))
    ]
    assert [(each.name, each.responsible) for each in adults(*contacts)] == [("Ms Hen1", None), ("Ms Hen2", True)]


def test_who_is_to_be_called_first_comes_first_and_who_has_no_place_last() -> None:
    contacts = [Contact(order, surname=name) for order, name in ((None, "Last"), (2, "Second"), (1, "First"))]
    assert [each.name for each in adults(*contacts)] == ["First", "Second", "Last"]


def test_how_an_adult_is_reached_is_not_in_its_repr() -> None:
    (one,) = adults(Contact(1, "Mrs", "Ada", "Rooster", email="ada@home.example", phone="07700 900123"))
    assert repr(one) == f"Adult(key={one.key!r}, ref='K7F3K', order=1, responsible=None, instead=())"


def test_a_member_of_staff_is_an_adult_of_no_pupil_with_a_parents_key() -> None:
    (parent,) = adults(Contact(surname="Wells", email="tia@school.example"))
    named = ["Tia@school.example", "tia@school.example", "not an address"]
    found = staff_of(named, SALT, {REF: (parent,)})
    assert found == (Adult(parent.key, "STAFF", email="tia@school.example"),)
    assert staff_of(named, SALT, {REF: (), "STAFF": found}) == found


def test_a_member_of_staff_whose_address_two_parents_have_is_neither() -> None:
    parents = [adults(Contact(forename=name, email="tia@school.example"))[0] for name in ("Tia", "Tom")]
    found = staff_of(["tia@school.example"], SALT, {REF: parents})
    assert found == staff_of(["tia@school.example"], SALT)
    assert {each.key for each in found} & {each.key for each in parents} == set()


def test_a_first_name_is_told_only_where_it_is_certain() -> None:
    assert [first_name(name) for name in ("Rooster, Ann", "Rooster, Ann Bo", "Rooster", "")] == [
        "Ann",
        "Ann Bo",
        "",
        "",
    ]


# The same adult under another address


def known_keys(before: dict[str, tuple[Contact, ...]], after: dict[str, tuple[Contact, ...]]) -> list[list[str]]:
    """For each pupil: who, by their first address, each adult is taken for after the change."""
    known = {ref: adults(*contacts, ref=ref) for ref, contacts in before.items()}
    told = {ref: adults(*contacts, ref=ref) for ref, contacts in after.items()}
    every = [contact for contacts in (*before.values(), *after.values()) for contact in contacts]
    named = {adult.key: contact.email or "" for contact in reversed(every) for adult in adults(contact)}
    return [[named[each.key] for each in found] for found in with_known_keys(told, known).values()]


MOTHER = Contact(1, "Mrs", "Ada", "Rooster", email="old@home.example")
MOVED = replace(MOTHER, email="new@home.example")
FATHER = Contact(2, "Mr", "Bo", "Rooster", email="bo@home.example")


def test_a_contact_whose_address_changes_stays_the_same_adult() -> None:
    assert known_keys({REF: (MOTHER, FATHER)}, {REF: (MOVED, FATHER)}) == [["old@home.example", "bo@home.example"]]


def test_another_person_of_the_same_name_or_place_is_another_adult() -> None:
    for other in (
        replace(MOVED, forename="Eve"),
        replace(MOVED, surname="Hen"),
        replace(MOVED, order=3),
        replace(MOVED, title="Miss"),
    ):
        assert known_keys({REF: (MOTHER,)}, {REF: (other,)}) == [["new@home.example"]]


def test_a_surname_or_an_initial_is_no_person_at_another_address_but_a_mother_is() -> None:
    for forename in (None, "A"):
        before = replace(MOTHER, title=None, forename=forename)
        for relationship, kept in ((None, "new@home.example"), ("Parent", "new@home.example"), ("PAM", MOTHER.email)):
            old = replace(before, relationship=relationship)
            assert known_keys({REF: (old,)}, {REF: (replace(old, email=MOVED.email),)}) == [[kept]]


def test_where_it_is_not_certain_who_is_who_nobody_keeps_a_key() -> None:
    twins = [replace(MOTHER, order=None, email=f"{n}@home.example") for n in range(4)]
    assert known_keys({REF: (twins[0], twins[1])}, {REF: (twins[2], twins[3])}) == [
        ["2@home.example", "3@home.example"]
    ]
    assert known_keys({REF: (twins[0],)}, {REF: (twins[2], twins[3])}) == [["2@home.example", "3@home.example"]]
    assert known_keys({REF: (twins[0], twins[1])}, {REF: (twins[2],)}) == [["2@home.example"]]


def test_an_adult_who_is_there_already_is_nobody_elses_new_address() -> None:
    both = (MOTHER, replace(MOVED, order=2))
    assert known_keys({REF: both}, {REF: (MOVED,)}) == [["new@home.example"]]


def test_a_kept_key_goes_on_when_the_name_changes_later() -> None:
    married = replace(MOVED, surname="Hen", title="Ms")
    first = with_known_keys({REF: adults(MOVED)}, {REF: adults(MOTHER)})
    second = with_known_keys({REF: adults(married)}, first)
    assert [each.key for each in second[REF]] == [each.key for each in adults(MOTHER)]
    assert [(each.name, each.email) for each in second[REF]] == [("Ms Hen", "new@home.example")]


def test_a_sister_who_comes_later_has_the_adult_that_the_others_have() -> None:
    assert known_keys({REF: (MOTHER,)}, {REF: (MOVED,), SISTER: (MOVED,)}) == [
        ["old@home.example"],
        ["old@home.example"],
    ]


def test_adults_that_were_stored_before_they_had_a_hash_of_the_name_are_known_by_what_there_is() -> None:
    old = [replace(each, who="") for each in adults(MOTHER)]
    assert [each.key for each in with_known_keys({REF: adults(MOVED)}, {REF: old})[REF]] == [old[0].key]
