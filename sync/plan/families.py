"""The adults of each pupil, from the contacts that the MIS has, each under a key that tells nothing.

The key is a keyed hash of what makes an adult the same person: the e-mail address, else the telephone number with the
surname, else the name together with the pupil. So brothers and sisters share their adults. Whose address changes in the
MIS keeps the key that they had (`with_known_keys`), as long as it is certain that they are the same.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sync.domain.families import Adult
from sync.domain.meetings import STAFF_REF

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    say (many files and APIs do not), the contact is an adult like the others. Two contacts of one pupil who come to
    one key are one adult: they read the same mail, or answer the same telephone under the same name.

    Args:
        pupils: references with the pupils as the MIS has them. Unknown contacts (None) are none.
        salt: of the workbook; with another one every key is another.
    """
    found: dict[tuple[str, str], Adult] = {}
    for ref, pupil in pupils:
        contacts = sorted(pupil.contacts or (), key=lambda each: _LAST if each.order is None else each.order)
        for contact in contacts:
            adult = None if contact.parental_responsibility is False else _adult(contact, ref, salt)
            if adult is not None:
                known = found.get((ref, adult.key))
                found[ref, adult.key] = adult if known is None else _joined(known, adult)
    return tuple(found.values())


def _adult(contact: Contact, ref: str, salt: str) -> Adult | None:
    """One contact as an adult; None for one who is nobody."""
    first, last = _clean(contact.forename), _clean(contact.surname)
    # A letter addresses "Mrs Khan"; without a title, or a surname, the forename has to do.
    name = " ".join(filter(None, (_clean(contact.title) or first, last) if last else (first,)))
    email, phone = email_of(contact.email), _clean(contact.phone)
    digits = _digits(phone)
    identity: tuple[str, ...]
    if email:
        identity = ("email", email.casefold())
    elif digits:
        identity = ("phone", digits, last.casefold())
    elif name:
        identity = ("name", name.casefold(), first.casefold(), ref)
    else:
        return None
    return Adult(
        key=adult_key(salt, *identity),
        ref=ref,
        name=name,
        email=email,
        phone=phone if digits else "",
        order=contact.order,
        responsible=contact.parental_responsibility,
        who=adult_key(salt, "who", first.casefold(), last.casefold()),
    )


def with_known_keys(
    told: Mapping[str, Sequence[Adult]], known: Mapping[str, Sequence[Adult]]
) -> dict[str, tuple[Adult, ...]]:
    """The adults that the MIS tells, each under the key that the same adult had before.

    An adult under a new key is the one whose key is gone if, for the same pupil, they have the same e-mail address, or
    the same name and place in the order of calls, and nobody else of those who came or went does. A brother or sister
    who comes later gets the key that the others have.

    Args:
        told: by reference, as `adults_of` gives them.
        known: by reference, as they are stored.
    """
    of_pupil = {ref: _same(adults, known.get(ref, ())) for ref, adults in told.items()}
    pairs = {pair for found in of_pupil.values() for pair in found.items()}
    news, olds = Counter(new for new, _ in pairs), Counter(old for _, old in pairs)
    shared = {new: old for new, old in pairs if news[new] == olds[old] == 1}
    return {
        ref: _renamed(adults, {**_strangers(adults, known.get(ref, ()), shared), **of_pupil[ref]})
        for ref, adults in told.items()
    }


def _same(told: Sequence[Adult], known: Sequence[Adult]) -> dict[str, str]:
    """Keys of those who came with the keys of those who went and are the same adult."""
    before, now = {each.key for each in known}, {each.key for each in told}
    came = [each for each in told if each.key not in before]
    went = [each for each in known if each.key not in now]
    found: dict[str, str] = {}
    for alike in (_one_address, _one_person):
        left = [each for each in went if each.key not in found.values()]
        for each in came:
            theirs = [old for old in left if alike(each, old)]
            others = [new for new in came if new is not each and any(alike(new, old) for old in theirs)]
            if each.key not in found and len(theirs) == 1 and not others:
                found[each.key] = theirs[0].key
    return found


def _one_address(new: Adult, old: Adult) -> bool:
    return bool(new.email) and new.email.casefold() == old.email.casefold()


def _one_person(new: Adult, old: Adult) -> bool:
    """Whether two have one name and place; `who` is not known of those who were stored long ago."""
    named = bool(new.name) and new.name.casefold() == old.name.casefold() and new.order == old.order
    return named and (not old.who or new.who == old.who)


def _strangers(told: Sequence[Adult], known: Sequence[Adult], shared: Mapping[str, str]) -> dict[str, str]:
    """For adults who are new to a pupil: the key under which they are known with a brother or sister."""
    taken = {each.key for each in (*told, *known)}
    before = {each.key for each in known}
    return {
        each.key: shared[each.key]
        for each in told
        if each.key in shared and each.key not in before and shared[each.key] not in taken
    }


def _renamed(adults: Sequence[Adult], keys: Mapping[str, str]) -> tuple[Adult, ...]:
    return tuple(replace(each, key=keys.get(each.key, each.key)) for each in adults)


def staff_of(addresses: Iterable[str], salt: str) -> tuple[Adult, ...]:
    """Members of staff, who book for themselves: an adult for each address, of no pupil (`STAFF_REF`).

    A teacher who is also a parent here has one key for both, so that no two meetings of theirs are at one time.
    """
    keys = {adult_key(salt, "email", email.casefold()): email for email in map(email_of, addresses) if email}
    return tuple(Adult(key, STAFF_REF, email=email) for key, email in keys.items())


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
    )
