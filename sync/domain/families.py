"""The adults of a family, as Sensync knows them: by an opaque key, with what is needed to reach them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Called(NamedTuple):
    """What the MIS calls an adult, in small letters; "" for what it does not tell.

    The relationship is verbatim but for its case.
    """

    title: str
    forename: str
    surname: str
    relationship: str


@dataclass(frozen=True, slots=True)
class Adult:
    """One adult of one pupil.

    Attributes:
        key: ours, opaque; the same for the same adult of brothers and sisters.
        ref: the pupil's reference.
        name: title and surname, as a letter is addressed. Kept out of repr, like all that reaches the adult.
        email, phone: "" where the MIS has none.
        order: 1 is the first to call.
        responsible: whether the MIS says that they have parental responsibility; None where it does not say.
        who: a keyed hash of forename and surname: tells whether a contact with another address is the same person.
        first: a keyed hash of the forename alone, "" without one: a surname may change.
        people: the `who` of everybody who is reached so, sorted: two parents may share an address. None in what was
            stored before this was kept.
        called: their name, where they alone are reached so: names are compared when the MIS corrects one. None where
            several contacts of the pupil have the address, whether or not the school writes to them.
        instead: keys of those who had the address before and are gone, and perhaps are the same person.
    """

    key: str
    ref: str
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    order: int | None = None
    responsible: bool | None = None
    who: str = field(default="", repr=False)
    first: str = field(default="", repr=False)
    people: tuple[str, ...] = field(default=(), repr=False)
    called: Called | None = field(default=None, repr=False)
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that was found between two syncs and that a person should look at: where, and a sentence."""

    key: str
    where: str
    what: str
