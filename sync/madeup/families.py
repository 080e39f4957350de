"""Made-up families: who lives where, who is called first, and who may decide for the child.

Addresses of mail end in example.org or example.com (RFC 2606) and telephone numbers are from Ofcom's ranges
for drama (07700 900000 to 900999 and 01632 960000 to 960999): none can reach anyone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync.domain.records import Contact
from sync.madeup.names import HERITAGES, TITLES, Heritage, ascii_slug

if TYPE_CHECKING:
    from random import Random

_KINDS = {
    "together": 58,
    "mother alone": 15,
    "father alone": 3,
    "separated": 15,
    "mother and step-parent": 6,
    "grandparent": 2,
    "nobody recorded": 1,
}


@dataclass(frozen=True, slots=True)
class Family:
    """Children who share a surname and adults.

    `hardship` (0 to 1) decides who is eligible for free school meals, so that brothers and sisters agree;
    `eal` and `contacts` hold for each child of the family.
    """

    heritage: Heritage
    surname: str
    hardship: float
    eal: bool
    contacts: tuple[Contact, ...]


def make_family(rng: Random, surname: str | None = None) -> Family:
    """A family with its adults; with `surname` given, one of that name."""
    heritage = rng.choices(HERITAGES, weights=[h.weight for h in HERITAGES])[0]
    name = surname or _family_name(rng, heritage)
    return Family(
        heritage=heritage,
        surname=name,
        hardship=rng.random(),
        eal=rng.random() < heritage.eal,
        contacts=_adults(rng, heritage, name),
    )


def _family_name(rng: Random, heritage: Heritage) -> str:
    name = rng.choice(heritage.surnames)
    if rng.random() >= 0.05 or " " in name or "-" in name:
        return name
    other = rng.choice(HERITAGES[0].surnames)
    return name if other == name else f"{name}-{other}"


def in_care(rng: Random, family: Family) -> tuple[Contact, ...]:
    """The adults of a looked-after child: a carer, the social worker who holds responsibility, a parent."""
    carer = _adult(rng, family.heritage, "F", "FOM", None, responsibility=False)
    worker = _adult(rng, HERITAGES[0], rng.choice("FM"), "SWR", None, responsibility=True)
    parents = tuple(c for c in family.contacts if c.relationship == "PAM")
    return _ordered((carer, worker, *parents))


def _adults(rng: Random, heritage: Heritage, surname: str) -> tuple[Contact, ...]:
    kind = rng.choices(list(_KINDS), weights=list(_KINDS.values()))[0]
    # A good many mothers have another surname than the children: a match by surname must not be trusted.
    mothers_name = surname if rng.random() < 0.75 else rng.choice(heritage.surnames)
    mother = _adult(rng, heritage, "F", "PAM", mothers_name, responsibility=True)
    father = _adult(rng, heritage, "M", "PAF", surname, responsibility=True)
    found: tuple[Contact, ...]
    match kind:
        case "together":
            found = (mother, father) if rng.random() < 0.85 else (father, mother)
        case "mother alone":
            found = (mother,)
        case "father alone":
            found = (father,)
        case "separated":
            # The parent without the usual home may have no say, or the school may not have asked.
            say = rng.choice((True, True, True, False, None))
            found = (mother, replace(father, parental_responsibility=say))
        case "mother and step-parent":
            step = _adult(rng, heritage, "M", "STF", None, responsibility=False)
            found = (mother, step, father)
        case "grandparent":
            found = (_adult(rng, heritage, "F", "REL", surname, responsibility=True), mother)
        case _:
            return ()
    if rng.random() < 0.22:
        other = rng.choice(("REL", "FAM", "OTH", "CHM"))
        found = (*found, _adult(rng, heritage, rng.choice("FM"), other, None, responsibility=False))
    return _ordered(found)


def _ordered(contacts: tuple[Contact, ...]) -> tuple[Contact, ...]:
    return tuple(replace(contact, order=order) for order, contact in enumerate(contacts, start=1))


def _adult(
    rng: Random,
    heritage: Heritage,
    sex: str,
    relationship: str,
    surname: str | None,
    *,
    responsibility: bool | None,
) -> Contact:
    forename = rng.choice(heritage.girls if sex == "F" else heritage.boys)
    family_name = surname or rng.choice(heritage.surnames)
    return Contact(
        title=rng.choice(TITLES[sex]) if rng.random() < 0.93 else None,
        forename=forename,
        surname=family_name,
        relationship=relationship,
        email=_email(rng, forename, family_name) if rng.random() < 0.9 else None,
        phone=_phone(rng),
        parental_responsibility=responsibility,
    )


def _email(rng: Random, forename: str, surname: str) -> str:
    # A number keeps namesakes from sharing an address: one family's letter must not reach another.
    local = ".".join(filter(None, (ascii_slug(forename), ascii_slug(surname)))) or "family"
    return f"{local}{rng.randint(10, 99999)}@example.{rng.choice(('org', 'com'))}"


def _phone(rng: Random) -> str | None:
    last = f"{rng.randint(0, 999):03d}"
    return rng.choices(
        (f"07700 900{last}", f"07700900{last}", f"+44 7700 900{last}", f"01632 960{last}", None),
        weights=(70, 12, 5, 10, 3),
    )[0]
