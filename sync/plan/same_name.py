"""Whether two names that the MIS gave at different times may be one person's: slips, initials, titles, a marriage.

It is asked only where everything else speaks for it (one pupil, one address, nobody else came or went); so it has to
tell apart those who share a mailbox, a mother and a father above all, and not the whole school. No name is looked up in
a list: Mark and Mary are one letter apart and two people, so a slip that could be either counts only where the titles
or the relationships say that both are men, or both women.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rapidfuzz.distance import OSA

from sync.plan.names import words_of

if TYPE_CHECKING:
    from sync.domain.families import Called

# Titles, relationships in words, and CBDS codes: PAM and PAF of mother and father, FOM and FOF of foster parents, STM
# and STF of step-parents.
_MEN: Final = frozenset({
    "mr", "sir", "lord", "master", "paf", "fof", "stf", "father", "dad", "stepfather", "stepdad", "grandfather",
    "grandad", "granddad", "grandpa", "uncle", "brother", "stepbrother",
})  # fmt: skip
_WOMEN: Final = frozenset({
    "mrs", "miss", "ms", "lady", "dame", "madam", "pam", "fom", "stm", "mother", "mum", "stepmother", "stepmum",
    "grandmother", "grandma", "gran", "granny", "nan", "nana", "aunt", "auntie", "sister", "stepsister",
})  # fmt: skip
_GRANDPARENTS: Final = frozenset({"gran", "granny", "nan", "nana"})
"""Beside all words that hold `grand`."""
_PARENTS: Final = frozenset({
    "pam", "paf", "fom", "fof", "stm", "stf", "mother", "mum", "father", "dad", "parent", "stepmother", "stepmum",
    "stepfather", "stepdad", "stepparent",
})  # fmt: skip
_CHILDREN: Final = frozenset({"brother", "sister", "sibling", "stepbrother", "stepsister"})
_ONE_OF_A_KIND: Final = frozenset({"pam", "paf", "mother", "mum", "father", "dad"})
"""Relationships that a pupil has one of, nearly always; PAM and PAF are the CBDS codes of mother and father."""

_SHORTEST_SLIP: Final = 4
_TWO_SLIPS: Final = 8
_SHORTEST_STEM: Final = 3


def may_be_one(new: Called, old: Called, *, of_one_pupil: bool = True) -> bool:
    """Whether two names may be of one person, if only one person can be meant.

    Neither may be a man and the other a woman, nor, for one pupil, a parent and the other a grandparent. Else one full
    forename is enough, for surnames and titles change. Where a forename is missing, an initial, shorter or written
    otherwise, the surname has to be the same but for a slip.

    Args:
        new: as the MIS has it now.
        old: as it had it before.
        of_one_pupil: both are contacts of one pupil; who is a mother to one may be another's grandmother.
    """
    if are_two(new, old, of_one_pupil=of_one_pupil):
        return False
    one, other = words_of(new.forename), words_of(old.forename)
    if one == other and any(len(word) > 1 for word in one):
        return True
    if not _one_surname(new.surname, old.surname):
        return False
    men = {_is_man(new), _is_man(old)}
    certain = len(men) == 1 and None not in men
    if not one and not other:
        return certain or new.title == old.title or not (new.title and old.title)
    return not one or not other or _one_forename(one, other, certain=certain)


def are_two(new: Called, old: Called, *, of_one_pupil: bool = True) -> bool:
    """Whether titles or relationships say that these are two people: a man and a woman, or people of two generations.

    The generation counts among the contacts of one pupil alone, as in `may_be_one`.
    """
    said = (
        {_is_man(new), _is_man(old)},
        {_sex(new.title), _sex(old.title)},
        {_sex(new.relationship), _sex(old.relationship)},
    )
    if {True, False} in said:
        return True
    generations = {_generation(new.relationship), _generation(old.relationship)} - {None}
    return of_one_pupil and len(generations) > 1


def one_of_a_kind(new: Called, old: Called) -> bool:
    """Whether both have one relationship to the pupil, and one that two contacts hardly share, as mother or father."""
    return new.relationship == old.relationship and new.relationship in _ONE_OF_A_KIND


def fuller(new: Called, old: Called) -> Called:
    """The new name, with what only the old one told: who was Mary, is an initial now and Martha later, is two people.

    Both must be of one person.
    """
    initials = all(len(word) == 1 for word in words_of(new.forename))
    return new._replace(
        title=new.title or old.title,
        forename=old.forename if initials and len(old.forename) > len(new.forename) else new.forename,
        relationship=new.relationship or old.relationship,
    )


def _is_man(name: Called) -> bool | None:
    """None where neither title nor relationship says; the title goes before."""
    title = _sex(name.title)
    return _sex(name.relationship) if title is None else title


def _sex(said: str) -> bool | None:
    """Whether a title or a relationship is a man's; None where it does not say, as *mother and father*."""
    words = _joined(said)
    return None if bool(words & _MEN) == bool(words & _WOMEN) else bool(words & _MEN)


def _generation(relationship: str) -> int | None:
    """How many generations before the pupil's own; None where the relationship does not say."""
    words = _joined(relationship)
    if words & _GRANDPARENTS or any("grand" in word for word in words):
        return 2
    found = {1 for _ in words & _PARENTS} | {0 for _ in words & _CHILDREN}
    return found.pop() if len(found) == 1 else None


def _joined(said: str) -> set[str]:
    return {"".join(words_of(word)) for word in said.split()}


def _one_surname(one: str, other: str) -> bool:
    """Whether two surnames are one but for a slip, accents, hyphens, or the second half of a double one."""
    first, second = words_of(one), words_of(other)
    if not first or not second:
        return first == second
    together = "".join(first), "".join(second)
    return together[0] == together[1] or set(first) <= set(second) or set(second) <= set(first) or _slip(*together)


def _one_forename(one: tuple[str, ...], other: tuple[str, ...], *, certain: bool) -> bool:
    """Whether forenames are one but for a slip, initials, and those that only one has; `certain`: of one sex."""
    if all(a == b or (1 in (len(a), len(b)) and a[0] == b[0]) for a, b in zip(one, other, strict=False)):
        return True
    first, second = "".join(one), "".join(other)
    if not _slip(first, second):
        # Alex and Alexander; but also Paul and Paula.
        shorter, longer = sorted((first, second), key=len)
        return certain and len(shorter) >= _SHORTEST_STEM and longer.startswith(shorter)
    # Mark and Mary, Carl and Carla, Maria and Mario differ in a letter that stands for another or ends the name.
    return certain or (first[-1] == second[-1] and (len(first) != len(second) or sorted(first) == sorted(second)))


def _slip(one: str, other: str) -> bool:
    """Whether two words are a keystroke apart (two in a long word), with one first letter."""
    shortest = min(len(one), len(other))
    if shortest < _SHORTEST_SLIP or one[0] != other[0]:
        return False
    most = 2 if shortest >= _TWO_SLIPS else 1
    return OSA.distance(one, other, score_cutoff=most) <= most
