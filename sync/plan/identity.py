"""Who is who: each pupil of the MIS to the reference that the workbook knows the pupil by.

Identity is the UPN, then the MIS's own id, then (for a UPN that changed without notice) name with date of birth.
A reference is five letters and digits, opaque, and never changes: it is what stands in the people's tabs, in event
titles and in logs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sync.domain import upn as upns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.domain.records import Pupil

# No vowels, so that no word can appear; no 0, 1, O, I, and no E, so that none reads as a number.
_LETTERS = "BCDFGHJKLMNPQRTVWXYZ"
_ALPHABET = "23456789" + _LETTERS
LENGTH = 5


@dataclass(frozen=True, slots=True)
class Known:
    """A pupil whom the workbook already has."""

    ref: str
    upn: str = ""
    former_upns: tuple[str, ...] = ()
    mis_id: str = ""
    dob: date | None = None
    surname: str = ""
    forename: str = ""


@dataclass(frozen=True, slots=True)
class Identified:
    """The result of `identify`.

    Attributes:
        pupils: each pupil with its reference, in the order of the MIS.
        new: the references that are new.
        unclear: sentences about pupils who could not be told apart; they are left as they were.
        unclear_refs: the references that these sentences are about.
    """

    pupils: tuple[tuple[str, Pupil], ...]
    new: frozenset[str]
    unclear: tuple[str, ...] = ()
    unclear_refs: frozenset[str] = frozenset()


def reference(salt: str, identity: str, taken: Iterable[str]) -> str:
    """A new reference: five characters that say nothing of the pupil, the same for the same salt and identity."""
    used = taken if isinstance(taken, set | frozenset | dict) else set(taken)
    attempt = 0
    while True:
        digest = hashlib.sha256(f"{salt}\0{identity}\0{attempt}".encode()).digest()
        number = int.from_bytes(digest[:8], "big")
        number, first = divmod(number, len(_LETTERS))
        ref = _LETTERS[first]
        for _ in range(LENGTH - 1):
            number, digit = divmod(number, len(_ALPHABET))
            ref += _ALPHABET[digit]
        if ref not in used:
            return ref
        attempt += 1


def is_reference(text: str) -> bool:
    """Whether a text has the form of a reference."""
    return len(text) == LENGTH and text[0] in _LETTERS and all(c in _ALPHABET for c in text)


def _names(pupil: Pupil) -> set[tuple[str, str]]:
    surnames = {s.casefold() for s in (pupil.legal_surname, pupil.preferred_surname) if s}
    forenames = {f.casefold() for f in (pupil.legal_forename, pupil.preferred_forename) if f}
    return {(s, f) for s in surnames for f in forenames}


def _same_person(pupil: Pupil, known: Known) -> bool:
    """The same date of birth, or (where one is not known) the same name: enough to confirm, not to find."""
    if pupil.dob and known.dob:
        return pupil.dob == known.dob
    return (known.surname.casefold(), known.forename.casefold()) in _names(pupil)


def _certainly(pupil: Pupil, known: Known) -> bool:
    """The same date of birth and the same name."""
    return bool(
        pupil.dob and pupil.dob == known.dob and (known.surname.casefold(), known.forename.casefold()) in _names(pupil)
    )


class _Register:
    """The known pupils by each of their keys."""

    def __init__(self, known: Sequence[Known]) -> None:
        self.by_ref = {k.ref: k for k in known}
        self.by_upn: dict[str, str] = {}
        self.by_former: dict[str, str] = {}
        self.by_mis: dict[str, str] = {}
        self.by_birth: dict[date, list[str]] = {}
        for k in known:
            if k.upn:
                self.by_upn.setdefault(k.upn, k.ref)
            for former in k.former_upns:
                self.by_former.setdefault(former, k.ref)
            if k.mis_id:
                self.by_mis.setdefault(k.mis_id, k.ref)
            if k.dob:
                self.by_birth.setdefault(k.dob, []).append(k.ref)

    def person(self, pupil: Pupil) -> str | None:
        """The one known pupil of the same name and date of birth."""
        if not pupil.dob:
            return None
        found = [r for r in self.by_birth.get(pupil.dob, []) if _certainly(pupil, self.by_ref[r])]
        return found[0] if len(found) == 1 else None


def identify(pupils: Sequence[Pupil], known: Sequence[Known], salt: str) -> Identified:
    """Give each pupil its reference.

    The same UPN is the same pupil, unless the MIS id and the person both say otherwise (UPNs that were swapped
    follow the person). A former UPN, a MIS id confirmed by the person, or a temporary UPN with the same name and date
    of birth keep the reference. Anyone else is new.

    Args:
        pupils: as the MIS has them today.
        known: as the workbook has them.
        salt: the workbook's secret, so that a reference cannot be worked out from a UPN.
    """
    register = _Register(known)
    given: dict[str, Pupil] = {}
    unclear: list[str] = []
    unclear_refs: set[str] = set()
    fresh: list[Pupil] = []
    for pupil in pupils:
        ref, complaint = _find(pupil, register)
        if complaint:
            unclear.append(complaint)
            unclear_refs.update(r for r in (register.by_upn.get(pupil.upn or ""), ref) if r)
        elif ref is None:
            fresh.append(pupil)
        elif ref in given:
            given[ref], sentence = _two_records(ref, given[ref], pupil)
            unclear.append(sentence)
        else:
            given[ref] = pupil
    taken = set(register.by_ref)
    new = set()
    for pupil in fresh:
        ref = reference(salt, _identity(pupil), taken)
        taken.add(ref)
        new.add(ref)
        given[ref] = pupil
    return Identified(tuple(given.items()), frozenset(new), tuple(unclear), frozenset(unclear_refs))


def _identity(pupil: Pupil) -> str:
    if pupil.upn:
        return pupil.upn
    if pupil.mis_id:
        return f"mis:{pupil.mis_id}"
    return f"person:{pupil.legal_surname}\0{pupil.legal_forename}\0{pupil.dob}"


def _find(pupil: Pupil, register: _Register) -> tuple[str | None, str]:
    """The reference of a known pupil, or a sentence if it cannot be told."""
    upn = pupil.upn or ""
    by_upn = register.by_upn.get(upn) if upn else None
    by_mis = register.by_mis.get(pupil.mis_id) if pupil.mis_id else None
    if by_upn and by_mis and by_upn != by_mis:
        return _disputed(pupil, by_upn, by_mis, register)
    if by_upn:
        known = register.by_ref[by_upn]
        if by_mis == by_upn or _same_person(pupil, known) or not (pupil.dob and known.dob):
            return by_upn, ""
        other = register.person(pupil)
        if other and other != by_upn:
            return other, ""
        if (known.surname.casefold(), known.forename.casefold()) in _names(pupil):
            return by_upn, ""  # a date of birth that was put right
        return None, (
            f"UPN {upn} now carries another name and another date of birth than reference {by_upn}. "
            "Nothing of it was changed. Check the UPN in the MIS."
        )
    for former in (upn, *pupil.former_upns):
        ref = register.by_upn.get(former) or register.by_former.get(former)
        if ref and _same_person(pupil, register.by_ref[ref]):
            return ref, ""
    if by_mis and _same_person(pupil, register.by_ref[by_mis]):
        return by_mis, ""
    person = register.person(pupil)
    if person:
        known_upn = register.by_ref[person].upn
        if not known_upn or not upn or upns.is_temporary(known_upn) or upns.is_temporary(upn):
            return person, ""
    return None, ""


def _disputed(pupil: Pupil, by_upn: str, by_mis: str, register: _Register) -> tuple[str | None, str]:
    """UPN and MIS id point at two pupils: the person decides; if it cannot, nobody is changed."""
    upn_fits = _same_person(pupil, register.by_ref[by_upn])
    mis_fits = _same_person(pupil, register.by_ref[by_mis])
    if upn_fits and not mis_fits:
        return by_upn, ""
    if mis_fits and not upn_fits:
        return by_mis, ""
    return None, (
        f"UPN {pupil.upn} belongs to reference {by_upn}, but its MIS id to reference {by_mis}. "
        "Nothing of either was changed. Check both in the MIS."
    )


def _two_records(ref: str, first: Pupil, second: Pupil) -> tuple[Pupil, str]:
    """Two records of the MIS for one pupil: the one with a permanent UPN is kept, the other is named."""
    kept, left = first, second
    if (not kept.upn or upns.is_temporary(kept.upn)) and left.upn and not upns.is_temporary(left.upn):
        kept, left = left, kept
    return kept, (
        f"Reference {ref} has two records in the MIS, UPN {kept.upn or 'none'} and UPN {left.upn or 'none'}; "
        "the first was used. Join them in the MIS."
    )


def known_from_rows(rows: Iterable[Mapping[str, object]]) -> list[Known]:
    """The known pupils from rows of the MIS roll tab (texts; `dob` a date or None)."""
    found = []
    for row in rows:
        dob = row.get("dob")
        found.append(
            Known(
                ref=str(row.get("ref") or ""),
                upn=str(row.get("upn") or ""),
                former_upns=tuple(part for part in str(row.get("former_upns") or "").replace(",", " ").split() if part),
                mis_id=str(row.get("mis_id") or ""),
                dob=dob if isinstance(dob, date) else None,
                surname=str(row.get("legal_surname") or ""),
                forename=str(row.get("legal_forename") or ""),
            )
        )
    return found
