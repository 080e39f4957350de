"""The adults of each pupil, from the contacts that the MIS has, each under a key that tells nothing.

The key is a keyed hash of what reaches an adult (the e-mail address, else the telephone number with the surname) and of
who they are, else of the name together with the pupil. So brothers and sisters share their adults, and nobody comes to
the key of another person by being given their address. Whose address changes in the MIS keeps the key that they had
(`with_known_keys`), as long as it is certain that they are the same.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Final

from sync.domain.families import Adult, Called
from sync.domain.meetings import STAFF_REF
from sync.plan.names import words_of
from sync.plan.same_name import are_two, fuller, may_be_one, one_of_a_kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sync.domain.records import Contact, Pupil

_KEY_LENGTH: Final = 32
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_FEWEST_DIGITS: Final = 6
_ABROAD: Final = re.compile(r"\s*(?:\+|00)\s*44")
_LAST: Final = 1_000_000
"""Stands for the place of a contact whom the MIS gives none: after all that have one."""


def adults_of(pupils: Iterable[tuple[str, Pupil]], salt: str) -> tuple[Adult, ...]:
    """The adults of the pupils, each pupil's in the order in which they are to be called.

    A contact of whom the MIS says that they have no parental responsibility is left out altogether; where it does not
    say (many files and APIs do not), the contact is an adult like the others. Two contacts of one pupil with one
    address are one adult: they read the same mail, or answer the same telephone under the same name.

    Args:
        pupils: references with the pupils as the MIS has them. Unknown contacts (None) are none.
        salt: of the workbook; with another one every key is another.
    """
    found: dict[tuple[str, ...], Adult] = {}
    shared: set[tuple[str, ...]] = set()
    for ref, pupil in pupils:
        contacts = sorted(pupil.contacts or (), key=lambda each: _LAST if each.order is None else each.order)
        for contact in contacts:
            told = _adult(contact, ref, salt)
            if told is None:
                continue
            address, adult = told
            if contact.parental_responsibility is False:
                shared.add((ref, *_reached(adult)))
                continue
            known = found.get((ref, *address))
            found[ref, *address] = adult if known is None else _joined(known, adult)
    # Two of one telephone have keys of their own, by their surnames; which of them an old name meant is open too.
    reached = Counter((adult.ref, *_reached(adult)) for adult in found.values())
    shared |= {each for each, adults in reached.items() if adults > 1}
    return tuple(
        replace(
            adult,
            key=adult_key(salt, *address, *adult.people),
            called=None if (adult.ref, *_reached(adult)) in shared else adult.called,
        )
        for (_, *address), adult in found.items()
    )


def _adult(contact: Contact, ref: str, salt: str) -> tuple[tuple[str, ...], Adult] | None:
    """One contact: what reaches them, and the adult, without a key yet; None for one who is nobody."""
    title, first, last = _clean(contact.title), _clean(contact.forename), _clean(contact.surname)
    # A letter addresses "Mrs Khan"; without a title, or a surname, the forename has to do.
    name = " ".join(filter(None, (title or first, last) if last else (first,)))
    email, phone = email_of(contact.email), _clean(contact.phone)
    digits = _digits(phone)
    address: tuple[str, ...]
    if email:
        address = ("email", email.casefold())
    elif digits:
        address = ("phone", digits, last.casefold())
    elif name:
        address = ("name", name.casefold(), first.casefold(), ref)
    else:
        return None
    # "Mr" and "Mrs" tell two people apart where the MIS has no forenames; where it has, a title may change.
    who = adult_key(salt, "who", first.casefold(), last.casefold(), *(() if first else (title.casefold(),)))
    adult = Adult(
        key="",
        ref=ref,
        name=name,
        email=email,
        phone=phone if digits else "",
        order=contact.order,
        responsible=contact.parental_responsibility,
        who=who,
        first=adult_key(salt, "first", first.casefold()) if first else "",
        people=(who,),
        called=Called(title.casefold(), first.casefold(), last.casefold(), _clean(contact.relationship).casefold()),
    )
    return address, adult


def with_known_keys(
    told: Mapping[str, Sequence[Adult]], known: Mapping[str, Sequence[Adult]]
) -> dict[str, tuple[Adult, ...]]:
    """The adults that the MIS tells, each under the key that the same adult had before.

    An adult keeps the key that they had for the same pupil at the same address, as long as everybody who was behind it
    is behind it still. At another address they keep it if name, place in the order of calls and people are the same,
    and this is true of nobody else who came or went. Whose name is corrected or changes at the one address keeps it
    where the two names may be one person's, and nobody else of the pupil came or went. A brother or sister who comes
    later gets the key that the others have. A key that is another person's, wherever in the school, is given to nobody.

    Who is somebody else at an address whose holder is gone has that one's key in `instead`, for as long as they are
    known and it is nobody's.

    Args:
        told: by reference, as `adults_of` gives them.
        known: by reference, as they are stored.
    """
    of_pupil = {ref: _same(adults, known.get(ref, ())) for ref, adults in told.items()}
    _drop_quarrels(told, known, of_pupil)
    pairs = {pair for found in of_pupil.values() for pair in found.items() if pair[0] != pair[1]}
    news, olds = Counter(new for new, _ in pairs), Counter(old for _, old in pairs)
    shared = {new: old for new, old in pairs if news[new] == olds[old] == 1}
    holders: dict[str, list[Adult]] = {}
    for each in (adult for ref, adults in known.items() if ref != STAFF_REF for adult in adults):
        holders.setdefault(each.key, []).append(each)
    for ref, found in of_pupil.items():
        for each in told[ref]:
            if each.key in found:
                holders[found[each.key]].append(each)
    return {
        ref: _renamed(
            adults, _with_strangers(adults, known.get(ref, ()), of_pupil[ref], shared, holders), known.get(ref, ())
        )
        for ref, adults in told.items()
    }


def _same(told: Sequence[Adult], known: Sequence[Adult]) -> dict[str, str]:
    """Keys of those who are told, as they would be by now, with the keys under which they are known."""
    found: dict[str, str] = {}
    for alike in (_unchanged, _stayed, _moved):
        came = [each for each in told if each.key not in found]
        went = [each for each in known if each.key not in found.values()]
        for each in came:
            theirs = [old for old in went if alike(each, old)]
            others = [new for new in came if new is not each and any(alike(new, old) for old in theirs)]
            if len(theirs) == 1 and not others:
                found[each.key] = theirs[0].key
    came = [each for each in told if each.key not in found]
    went = [each for each in known if each.key not in found.values()]
    if len(came) == len(went) == 1 and _corrected(came[0], went[0]):
        found[came[0].key] = went[0].key
    return found


def _drop_quarrels(
    told: Mapping[str, Sequence[Adult]], known: Mapping[str, Sequence[Adult]], of_pupil: Mapping[str, dict[str, str]]
) -> None:
    """Takes the key from those whose name was corrected where a brother or sister has it with a name of another person.

    Who was "Mrs Khan" to both, and is Mary to one and Aisha to the other, is not known.
    """
    holders: dict[str, list[Called]] = {}
    for ref, adults in {**known, **told}.items():
        for each in adults:
            key = of_pupil[ref].get(each.key) if ref in of_pupil else each.key
            if key is not None and each.called is not None:
                holders.setdefault(key, []).append(each.called)
    for ref, found in of_pupil.items():
        before = {each.key: each for each in known.get(ref, ())}
        for each in told[ref]:
            key = found.get(each.key)
            if key is not None and each.called is not None and not set(before[key].people) <= set(each.people):
                called = each.called
                if not all(may_be_one(called, other, of_one_pupil=False) for other in holders[key]):
                    del found[each.key]


def _unchanged(new: Adult, old: Adult) -> bool:
    """Whether two have one address and are the same people: who would also do for another is that one before all."""
    return _reached(new) == _reached(old) and bool(old.people) and set(new.people) == set(old.people)


def _stayed(new: Adult, old: Adult) -> bool:
    """Whether two have one address, and whoever was behind it is behind it still.

    A surname may change there, where forename and place do not. Of those who were stored long ago less is known.
    """
    if _reached(new) != _reached(old):
        return False
    if not old.people:
        return new.name.casefold() == old.name.casefold() and (not (new.first and old.who) or new.who == old.who)
    if set(old.people) <= set(new.people):
        return True
    alone = len(old.people) == len(new.people) == 1
    return alone and bool(new.first) and new.first == old.first and new.order == old.order and not _are_two(new, old)


def _corrected(new: Adult, old: Adult) -> bool:
    """Whether two have one address, each alone, and names that may be one person's."""
    if new.called is None or old.called is None or _reached(new) != _reached(old):
        return False
    return may_be_one(new.called, old.called)


def _reached(adult: Adult) -> tuple[str, str]:
    """By what an adult is reached."""
    if adult.email:
        return "email", adult.email.casefold()
    digits = _digits(adult.phone)
    return ("phone", digits) if digits else ("name", adult.name.casefold())


def _moved(new: Adult, old: Adult) -> bool:
    """Whether two have one name, one place and are the same people; not all is known of those stored long ago.

    A surname and an initial are no person where the address is another too: the Khans may be mother and father.
    """
    named = bool(new.name) and new.name.casefold() == old.name.casefold() and new.order == old.order
    if not named or _are_two(new, old) or not (len(new.people) > 1 or _has_forename(new) or _one_relative(new, old)):
        return False
    if not old.people:
        return not (new.first and old.who) or new.who == old.who
    return set(new.people) == set(old.people)


def _are_two(new: Adult, old: Adult) -> bool:
    return new.called is not None and old.called is not None and are_two(new.called, old.called)


def _has_forename(adult: Adult) -> bool:
    return adult.called is not None and any(len(word) > 1 for word in words_of(adult.called.forename))


def _one_relative(new: Adult, old: Adult) -> bool:
    return new.called is not None and old.called is not None and one_of_a_kind(new.called, old.called)


def _with_strangers(
    told: Sequence[Adult],
    known: Sequence[Adult],
    same: Mapping[str, str],
    shared: Mapping[str, str],
    holders: Mapping[str, Sequence[Adult]],
) -> dict[str, str]:
    """The keys of all adults of a pupil: of those who are the same, and of those who are new to the pupil.

    Who is new has the key of the same person with a brother or sister, else their own, unless it is another's.
    """
    keys = dict(same)
    for each in told:
        if each.key in keys:
            continue
        taken = {*keys.values(), *(old.key for old in known)}
        theirs = shared.get(each.key, each.key)
        others = any(set(holder.people) != set(each.people) for holder in holders.get(each.key, ()))
        if theirs in taken or (theirs == each.key and others):
            fresh = (adult_key(each.key, "another", str(number)) for number in count(1))
            theirs = next(key for key in fresh if key not in taken and key not in holders)
        keys[each.key] = theirs
    return keys


def _renamed(adults: Sequence[Adult], keys: Mapping[str, str], known: Sequence[Adult]) -> tuple[Adult, ...]:
    """The adults under these keys, with what was known of them and the MIS does not tell at present."""
    before = {each.key: each for each in known}
    now = {keys[each.key] for each in adults}
    gone = [each for each in known if each.key not in now]
    return tuple(_carried(replace(each, key=keys[each.key]), before, gone, now) for each in adults)


def _carried(adult: Adult, before: Mapping[str, Adult], gone: Sequence[Adult], now: Collection[str]) -> Adult:
    """An adult with the fuller name, and the keys of those in whose place they perhaps are."""
    old = before.get(adult.key)
    if old is None:
        theirs = [each for each in gone if adult.called and _reached(each) == _reached(adult)]
        instead = [key for each in theirs for key in (each.key, *each.instead) if key not in now]
        return replace(adult, instead=tuple(dict.fromkeys(instead)))
    called = fuller(adult.called, old.called) if adult.called and old.called else adult.called
    return replace(adult, called=called, instead=tuple(key for key in old.instead if key not in now))


def staff_of(
    addresses: Iterable[str], salt: str, families: Mapping[str, Sequence[Adult]] | None = None
) -> tuple[Adult, ...]:
    """Members of staff, who book for themselves: an adult for each address, of no pupil (`STAFF_REF`).

    A teacher who is also a parent here has one key for both, so that no two meetings of theirs are at one time.

    Args:
        addresses: e-mail addresses.
        salt: of the workbook.
        families: every pupil's adults by reference, and the staff as they were (under `STAFF_REF`): who is known keeps
            the key.
    """
    known: dict[str, str] = {}
    parents: dict[str, set[str]] = {}
    for ref, adults in (families or {}).items():
        for each in adults:
            if ref == STAFF_REF:
                known[each.email.casefold()] = each.key
            elif each.email:
                parents.setdefault(each.email.casefold(), set()).add(each.key)
    found: dict[str, str] = {}
    for email in filter(None, map(email_of, addresses)):
        theirs = parents.get(email.casefold(), set())
        own = next(iter(theirs)) if len(theirs) == 1 else adult_key(salt, "email", email.casefold())
        found[known.get(email.casefold(), own)] = email
    return tuple(Adult(key, STAFF_REF, email=email) for key, email in found.items())


def first_name(listed: str) -> str:
    """The first name in the roll's "surname, forename"; "" without a comma, for then nobody can tell which it is."""
    _, comma, forename = listed.rpartition(", ")
    return forename if comma else ""


def adult_key(salt: str, *identity: str) -> str:
    """The key of whoever is described by these words: 32 hexadecimal digits, which nobody without the salt can make."""
    return hmac.new(salt.encode(), "\0".join(identity).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[
        :_KEY_LENGTH
    ]


def email_of(text: str | None) -> str:
    """An e-mail address without what surrounds it; "" for what is none, such as `none` or two in one cell."""
    address = _clean(text)
    return address if _EMAIL.fullmatch(address) else ""


def _clean(text: str | None) -> str:
    return " ".join((text or "").split())


def _digits(phone: str) -> str:
    """The digits of a telephone number as dialled from within the country; "" for what is no number."""
    national = _ABROAD.sub("0", phone, count=1) if _ABROAD.match(phone) else phone
    digits = re.sub(r"[^0-9]", "", national)
    # "+44 (0)161": the trunk 0 is written although the country is.
    digits = re.sub(r"^00+", "0", digits)
    return digits if len(digits) >= _FEWEST_DIGITS else ""


def _joined(first: Adult, second: Adult) -> Adult:
    """Two contacts of one key: the one to be called first, with what only the other one has."""
    return replace(
        first,
        name=first.name or second.name,
        email=first.email or second.email,
        phone=first.phone or second.phone,
        order=second.order if first.order is None else first.order,
        responsible=True if second.responsible else first.responsible,
        people=tuple(sorted({*first.people, *second.people})),
        called=first.called if first.people == second.people else None,
    )
