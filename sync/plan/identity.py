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
_MOST_RECORDS = 2


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
    """Nothing says otherwise: the same date of birth, or else the same name, where both sides have one."""
    if pupil.dob and known.dob:
        return pupil.dob == known.dob
    names = _names(pupil)
    return not names or not (known.surname or known.forename) or _called(known) in names


def _called(known: Known) -> tuple[str, str]:
    return known.surname.casefold(), known.forename.casefold()


def _certainly(pupil: Pupil, known: Known) -> bool:
    """The same date of birth and the same name."""
    return bool(pupil.dob and pupil.dob == known.dob and _called(known) in _names(pupil))


class _Register:
    """The known pupils by each of their keys, and what the roll of today holds."""

    def __init__(self, known: Iterable[Known], pupils: Sequence[Pupil]) -> None:
        self.by_ref: dict[str, Known] = {}
        self.by_upn: dict[str, str] = {}
        self.by_former: dict[str, str] = {}
        self.by_mis: dict[str, str] = {}
        self.by_birth: dict[date, list[str]] = {}
        self.today = {p.upn: p for p in pupils if p.upn}
        self.mis_ids = {p.mis_id for p in pupils if p.mis_id}
        self.born: dict[date, list[Pupil]] = {}
        for pupil in pupils:
            if pupil.dob:
                self.born.setdefault(pupil.dob, []).append(pupil)
        for one in known:
            self.add(one)

    def add(self, known: Known) -> None:
        """One more known pupil; a key that another has already stays with the other."""
        self.by_ref[known.ref] = known
        if known.upn:
            self.by_upn.setdefault(known.upn, known.ref)
        for former in known.former_upns:
            self.by_former.setdefault(former, known.ref)
        if known.mis_id:
            self.by_mis.setdefault(known.mis_id, known.ref)
        if known.dob:
            self.by_birth.setdefault(known.dob, []).append(known.ref)

    def claimed(self, ref: str, pupil: Pupil) -> bool:
        """Whether another record of today's roll is this known pupil beyond doubt: UPN, name and date of birth."""
        known = self.by_ref[ref]
        rival = self.today.get(known.upn) if known.upn else None
        return rival is not None and rival is not pupil and _certainly(rival, known)

    def people(self, pupil: Pupil) -> list[str]:
        """The known pupils of the same name and date of birth."""
        return [r for r in self.by_birth.get(pupil.dob, []) if _certainly(pupil, self.by_ref[r])] if pupil.dob else []

    def person(self, pupil: Pupil) -> str | None:
        """The one known pupil of the same name and date of birth."""
        found = self.people(pupil)
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
    register = _Register(known, pupils)
    records: dict[str, list[Pupil]] = {}
    unclear: list[str] = []
    unclear_refs: set[str] = set()
    new: set[str] = set()

    def place(pupil: Pupil) -> bool:
        ref, complaint = _find(pupil, register)
        if complaint:
            unclear.append(complaint)
            unclear_refs.update(_meant(pupil, register))
        elif ref:
            records.setdefault(ref, []).append(pupil)
        return bool(ref or complaint)

    fresh = [pupil for pupil in pupils if not place(pupil)]
    # In an order of our own, so that a roll that is sorted otherwise gives the same references; each new pupil is
    # known to the next record, which may be the same child's.
    for pupil in sorted(fresh, key=_rank):
        if not place(pupil):
            ref = reference(salt, _identity(pupil), register.by_ref)
            new.add(ref)
            records[ref] = [pupil]
            register.add(_as_known(ref, pupil))
    given: dict[int, tuple[str, Pupil]] = {}
    for ref, found in records.items():
        kept, sentences = _one_record(ref, found, register.by_ref[ref].upn)
        given[id(kept)] = (ref, kept)
        unclear += sentences
    ordered = tuple(given[id(p)] for p in pupils if id(p) in given)
    return Identified(ordered, frozenset(new), tuple(sorted(unclear)), frozenset(unclear_refs))


def _meant(pupil: Pupil, register: _Register) -> list[str]:
    """The known pupils whom an unclear record may mean: nothing of them may change."""
    found = (register.by_upn.get(pupil.upn or ""), register.by_mis.get(pupil.mis_id or ""))
    return [ref for ref in found if ref]


def _rank(pupil: Pupil) -> tuple[int, str, str, str, str, str]:
    """Permanent UPNs first, then temporary ones, then none; within these, by what does not change."""
    kind = 2 if not pupil.upn else int(upns.is_temporary(pupil.upn))
    names = (pupil.legal_surname or "", pupil.legal_forename or "")
    return kind, pupil.upn or "", pupil.mis_id or "", *names, str(pupil.dob or "")


def _as_known(ref: str, pupil: Pupil) -> Known:
    return Known(
        ref=ref,
        upn=pupil.upn or "",
        former_upns=pupil.former_upns,
        mis_id=pupil.mis_id or "",
        dob=pupil.dob,
        surname=pupil.legal_surname or "",
        forename=pupil.legal_forename or "",
    )


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
        if by_mis == by_upn or not (pupil.dob and known.dob) or _certainly(pupil, known):
            return by_upn, ""
        # Twins share a date of birth: where the name is the other's, so is the record, unless the other has one too.
        other = register.person(pupil)
        if other and other != by_upn and not register.claimed(other, pupil):
            return other, ""
        if pupil.dob == known.dob or _called(known) in _names(pupil):
            return by_upn, ""  # a name that changed, or a date of birth that was put right
        return None, (
            f"UPN {upn} now carries another name and another date of birth than reference {by_upn}. "
            "Nothing of it was changed. Check the UPN in the MIS."
        )
    for former in (upn, *pupil.former_upns):
        ref = register.by_upn.get(former) or register.by_former.get(former)
        if ref and _same_person(pupil, register.by_ref[ref]):
            return ref, ""
    if by_mis and _same_person(pupil, register.by_ref[by_mis]):
        known = register.by_ref[by_mis]
        if _certainly(pupil, known) or not register.claimed(by_mis, pupil):
            return by_mis, ""
    return _by_person(pupil, register), ""


def _by_person(pupil: Pupil, register: _Register) -> str | None:
    """The one known pupil of the same name and date of birth whose numbers do not say that they are two children."""
    found = [ref for ref in register.people(pupil) if _may_be_one(pupil, register.by_ref[ref], register)]
    if len(found) != 1:
        return None
    # A child may have two records; three of one name and birthday are more than one child, and nobody can say whose.
    namesakes = [p for p in register.born[pupil.dob] if _names(p) & _names(pupil)] if pupil.dob else []
    return found[0] if len(namesakes) <= _MOST_RECORDS else None


def _may_be_one(pupil: Pupil, known: Known, register: _Register) -> bool:
    if known.upn and pupil.upn:
        return upns.is_temporary(known.upn) or upns.is_temporary(pupil.upn)
    # Namesakes without UPNs are two children if the MIS holds both of their ids today.
    two_ids = pupil.mis_id and known.mis_id and pupil.mis_id != known.mis_id
    return not (two_ids and known.mis_id in register.mis_ids)


def _disputed(pupil: Pupil, by_upn: str, by_mis: str, register: _Register) -> tuple[str | None, str]:
    """UPN and MIS id point at two pupils: the person decides; if it cannot, nobody is changed."""
    for fits in (_certainly, _same_person):
        upn_fits, mis_fits = (fits(pupil, register.by_ref[ref]) for ref in (by_upn, by_mis))
        if upn_fits != mis_fits:
            return (by_upn if upn_fits else by_mis), ""
    return None, (
        f"UPN {pupil.upn} belongs to reference {by_upn}, but its MIS id to reference {by_mis}. "
        "Nothing of either was changed. Check both in the MIS."
    )


def _one_record(ref: str, found: Sequence[Pupil], known_upn: str) -> tuple[Pupil, list[str]]:
    """Of several records of the MIS for one pupil, the one to use, whatever their order; the others are named.

    A permanent UPN comes before a temporary one, and the UPN that we know before one that we do not.
    """

    def order(pupil: Pupil) -> tuple[int, bool, tuple[int, str, str, str, str, str]]:
        rank = _rank(pupil)
        return rank[0], pupil.upn != known_upn, rank

    kept, *left = sorted(found, key=order)
    return kept, [
        f"Reference {ref} has two records in the MIS, UPN {kept.upn or 'none'} and UPN {other.upn or 'none'}; "
        "the first was used. Join them in the MIS."
        for other in left
    ]


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
