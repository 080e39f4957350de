"""Which pupil a teacher's concern is about: the whole roll, weighed; linked only where nobody could doubt it.

Every pupil who comes into question gets a *cost*: how much has to be assumed for somebody to have meant this pupil and
written that. Costs add up and are, roughly, decimal logarithms of odds: a short form of the name costs 1 (one in ten
writes it), a slip in a word 2.5, the class of another form of the year 2.3. A pupil is linked if the cost is small for
what speaks for the pupil, and nobody else on the roll, leavers included, comes within `GAP` of it (a thousand to one).
Whatever remains open waits for a person, with the three best. `bench/matching.py` measures how often that is right.

What is never enough by itself, because a wrong link costs a child more than a wait costs a teacher: a surname
alone, a forename alone, initials, the class where two of one name are in the same year, a leaver, two names one after
the other, and a name beside which a word or sign says that another may be meant (`sync.plan.name_doubts`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from sync.domain.concerns import Link
from sync.plan.cells import Value, text
from sync.plan.given_names import NO_GIVEN_NAMES, GivenNames
from sync.plan.name_cost import NameCost, Scale, TypedName
from sync.plan.name_doubts import doubts, has_doubtful_sign, rest_is_harmless
from sync.plan.names import forename_shapes, joined, sound, surname_shapes, words_of
from sync.plan.places import NOT_KNOWN, Classes, Place, Support, group_key, read_year

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

GAP: Final = 3.0
"""How much dearer the next pupil must be for the first to be sure: a thousand to one."""
WIDE_GAP: Final = 4.0
"""The same where the form contradicts itself or the roll, or nothing but year and class tells two pupils apart.

Where it contradicts, the name must be as on the roll, too.
"""
MOST: Final = 3.5
"""The most that name, year and class may cost together in a sure match."""
MOST_CONTRADICTED: Final = 2.5
"""The same where the form contradicts itself or the roll: another class of the year, a year off by one, not both."""
MOST_OF_NAME: Final = {Support.CLASS: 3.5, Support.YEAR: 2.5, Support.NONE: 1.0}
"""The most that the name may cost, by what speaks for the pupil beside it."""
CANDIDATES: Final = 3
_FAR: Final = 8.5
"""Whoever costs more is nobody's guess and is not offered."""
_LEAVER: Final = 2.0
_CONTRADICTS: Final = 1.0
"""How much better another pupil must fit what was typed to cast doubt on a reference."""

_SHORT: Final = 4
_LONG: Final = 7
_SHORTEST_BEGINNING: Final = 3
_NAME_WORDS: Final = 2
"""Words that name a pupil: a forename and a surname."""
_MOST_WORDS: Final = 8
_MOST_LETTERS: Final = 200
"""What is longer is no name, class or year: only its beginning is looked at, so that nobody can keep us busy."""
_MOST_TOGETHER: Final = 3
_MOST_TO_WEIGH: Final = 80
_WITH_DIGIT: Final = re.compile(r"\S*\d\S*")


@dataclass(frozen=True, slots=True)
class Said:
    """What a teacher's form says of who the concern is about; everything as typed, "" where it was left out.

    Attributes:
        ref: the reference of a pre-filled link.
        name: the pupil's name in any order and spelling.
        year: the year group.
        class_: the form or registration group.
    """

    ref: str = ""
    name: str = field(default="", repr=False)
    year: str = ""
    class_: str = ""

    @classmethod
    def of(cls, answers: Mapping[str, Sequence[str]]) -> Said:
        """From the answers of a concern, by question key (`Response.answers`)."""
        return cls(*(" ".join(answers.get(key, ())).strip() for key in ("ref", "name", "year", "class")))


@dataclass(frozen=True, slots=True)
class Match:
    """Who it is, or who it may be.

    Attributes:
        ref: the pupil's reference if it is sure, else "".
        link: how it was found; `Link.NONE` if it was not.
        candidates: where it is not sure, references of the pupils it may be, best first, at most three.
    """

    ref: str = ""
    link: Link = Link.NONE
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    """One row of the roll, prepared; the names in their shapes (`sync.plan.names`)."""

    ref: str
    on_roll: bool
    year: str
    group: str
    surnames: Mapping[str, float]
    forenames: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A pupil with what it costs to assume that this pupil was meant."""

    pupil: _Known
    name: NameCost
    place: float
    support: Support

    @property
    def total(self) -> float:
        """What name and place cost together; of a leaver somewhat more, because fewer are written about."""
        return self.name.cost + self.place + (0.0 if self.pupil.on_roll else _LEAVER)


class Roll:
    """The roll, prepared once for many matches; made by `Roll.of`.

    Args:
        pupils: the rows, prepared.
        given: which forenames belong together.
    """

    def __init__(self, pupils: Sequence[_Known], given: GivenNames) -> None:
        self._pupils = {pupil.ref: pupil for pupil in pupils}
        self._given = given
        self._classes = Classes((pupil.year, pupil.group) for pupil in pupils if pupil.on_roll)
        self._scale = Scale(given, ((pupil.surnames, pupil.forenames) for pupil in pupils))
        self._by_shape: dict[str, set[str]] = defaultdict(set)
        for pupil in pupils:
            for shape in (*pupil.surnames, *pupil.forenames, *_whole(pupil)):
                self._by_shape[shape].add(pupil.ref)
        self._shapes = sorted({shape for pupil in pupils for shape in (*pupil.surnames, *pupil.forenames)})
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for shape in self._shapes:
            self._by_sound[sound(shape)].append(shape)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Value]], given: GivenNames = NO_GIVEN_NAMES) -> Roll:
        """From rows of the MIS roll: `ref`, `name`, `legal_surname`, `legal_forename`, `year`, `group`, `on_roll`.

        Args:
            rows: one a pupil, leavers too; a row without a reference is left out.
            given: which forenames belong together.
        """
        return cls([_known(row) for row in rows if text(row.get("ref"))], given)

    def match(self, said: Said) -> Match:
        """Find the pupil whom a concern is about.

        The reference of a pupil on roll is believed unless the typed name is another one, or somebody else fits what
        was typed better, or where no name was typed, year or class is another's. Without such a reference it is decided
        as the module says.
        """
        name, year, class_ = (each[:_MOST_LETTERS] for each in (said.name, said.year, said.class_))
        typed = _typed(name)
        doubtful = has_doubtful_sign(_WITH_DIGIT.sub(" ", name)) or len(said.name) > _MOST_LETTERS
        odd = doubts(name)
        # Year and class may stand behind the name: "Ben Smith 7B".
        behind = " ".join(_WITH_DIGIT.findall(name)).strip("().,;")
        place = self._classes.read(year or behind, class_ or behind)
        weighed = self._weigh(typed, place)
        meant = self._pupils.get(said.ref.strip().upper())
        if pair := self._two_named(typed, place, meant):
            return Match(candidates=_best(weighed, *pair))
        if meant is not None:
            plain = not doubtful and _is_own(odd, meant)
            if meant.on_roll and plain and self._agrees(meant, typed, place, weighed):
                return Match(meant.ref, Link.REFERENCE)
            return Match(candidates=_best(weighed, meant.ref))
        plain = bool(weighed) and not doubtful and _is_own(odd, weighed[0].pupil)
        if plain and _is_sure(weighed) and self._is_all(weighed[0].pupil, name, said):
            return Match(weighed[0].pupil.ref, Link.NAME)
        return Match(candidates=_best(weighed))

    def _agrees(self, meant: _Known, typed: TypedName, place: Place, weighed: Sequence[_Weighed]) -> bool:
        """Whether what was typed does not speak against the pupil whom the reference names."""
        cost, _ = self._classes.weigh(place, meant.year, meant.group)
        if not typed.words:
            return cost <= NOT_KNOWN
        name = self._scale.weigher(typed)(meant.surnames, meant.forenames)
        if name is None or name.is_wrong:
            return False
        own = name.cost + cost
        return all(own - each.total < _CONTRADICTS for each in weighed if each.pupil.ref != meant.ref)

    def _is_all(self, pupil: _Known, name: str, said: Said) -> bool:
        """Whether nothing was typed beside the pupil's name that may be about somebody else."""
        words = words_of(_WITH_DIGIT.sub(" ", name))
        if len(words) <= _NAME_WORDS:
            # Both parts of the name were found, and there is nothing else.
            return True
        whole = set(_whole(pupil))
        own = {
            at
            for places, reading in _readings(words)
            if reading in whole
            or self._scale.stands_for(reading, pupil.surnames, pupil.forenames, exactly=len(places) > 1)
            for at in places
        }
        place = {*words_of(said.year), *words_of(said.class_)}
        return len(words) <= _MOST_WORDS and rest_is_harmless(
            words, own, lambda word: word in place or group_key(word) == pupil.group or self._scale.is_name(word)
        )

    def _two_named(self, typed: TypedName, place: Place, meant: _Known | None) -> tuple[str, ...]:
        """The references of two pupils whose names stand one after the other; () where it may be one pupil's.

        `Tom Green Ben Smith` has the whole name of a pupil and of another. Somebody who has all these words is one.
        """
        words = typed.words
        if len(words) < 2 * _NAME_WORDS or any(
            each.name.cost == 0 for each in self._weigh(typed, place) if meant is None or each.pupil == meant
        ):
            return ()
        for cut in range(_NAME_WORDS, len(words) - _NAME_WORDS + 1):
            halves = [self._named(half, place) for half in (words[:cut], words[cut:])]
            for first, second in product(*halves):
                if first.pupil != second.pupil and (first.name.is_whole or second.name.is_whole):
                    return first.pupil.ref, second.pupil.ref
        return ()

    def _named(self, words: tuple[str, ...], place: Place) -> list[_Weighed]:
        """The pupils whose name these words are, an initial for a part of it allowed; best first."""
        found = self._weigh(TypedName(words), place)
        return [each for each in found if each.name.is_complete and each.name.cost <= MOST_OF_NAME[Support.CLASS]]

    def _weigh(self, typed: TypedName, place: Place) -> list[_Weighed]:
        """Everybody who comes into question, best first."""
        weigh = self._scale.weigher(typed)
        found = []
        for pupil in self._in_question(typed, place):
            name = weigh(pupil.surnames, pupil.forenames)
            if name is not None:
                found.append(_Weighed(pupil, name, *self._classes.weigh(place, pupil.year, pupil.group)))
        near = [each for each in found if each.total <= _FAR]
        return sorted(near, key=lambda each: (each.total, not each.pupil.on_roll, each.pupil.ref))

    def _in_question(self, typed: TypedName, place: Place) -> list[_Known]:
        """All pupils of whom two words are met, and of those with one word as many as can matter, nearest class first.

        Weighing everybody would be as right and too slow.
        """
        hits: dict[str, set[int]] = defaultdict(set)
        for places, reading in _readings(typed.words):
            for shape in self._near(reading):
                for ref in self._by_shape[shape]:
                    hits[ref].update(places)
        pupils = sorted(
            (self._pupils[ref] for ref in hits),
            key=lambda each: (-len(hits[each.ref]), self._classes.weigh(place, each.year, each.group)[0], each.ref),
        )
        sure = sum(len(hits[each.ref]) > 1 for each in pupils)
        return pupils[: max(sure, _MOST_TO_WEIGH)]

    def _near(self, reading: str) -> set[str]:
        """The shapes on the roll that something typed may stand for."""
        found = {other for other in self._given.others(reading) if other in self._by_shape}
        if reading in self._by_shape:
            found.add(reading)
        if len(reading) >= _SHORTEST_BEGINNING:
            found.update(self._beginning_with(reading))
            most = 2 if len(reading) >= _LONG else 1
            alike = process.extract_iter(reading, self._shapes, scorer=OSA.distance, score_cutoff=most)
            found.update(shape for shape, _, _ in alike)
        if len(reading) >= _SHORT:
            found.update(self._by_sound.get(sound(reading), ()))
        return found

    def _beginning_with(self, reading: str) -> Iterator[str]:
        at = bisect_left(self._shapes, reading)
        while at < len(self._shapes) and self._shapes[at].startswith(reading):
            yield self._shapes[at]
            at += 1


def _is_sure(weighed: Sequence[_Weighed]) -> bool:
    """Whether the first of them is meant beyond doubt."""
    best = weighed[0]
    contradicted = best.place > NOT_KNOWN
    return (
        best.pupil.on_roll
        and best.name.is_whole
        and best.name.cost <= (0.0 if contradicted else MOST_OF_NAME[best.support])
        and best.total <= (MOST_CONTRADICTED if contradicted else MOST)
        and all(
            each.total - best.total >= (WIDE_GAP if contradicted or each.name.cost <= best.name.cost else GAP)
            for each in weighed[1:]
        )
    )


def _best(weighed: Sequence[_Weighed], *first: str) -> tuple[str, ...]:
    """The references to offer; `first` before all others."""
    refs = dict.fromkeys([*first, *(each.pupil.ref for each in weighed)])
    return tuple(refs)[:CANDIDATES]


def _known(row: Mapping[str, Value]) -> _Known:
    surname, comma, forename = text(row.get("name")).partition(",")
    legal = words_of(text(row.get("legal_surname"))), words_of(text(row.get("legal_forename")))
    # A name of one part, without a comma, may be either.
    preferred = words_of(surname), words_of(forename if comma else surname)
    return _Known(
        ref=text(row.get("ref")),
        on_roll=text(row.get("on_roll")) == "Yes",
        year=read_year(text(row.get("year"))),
        group=group_key(text(row.get("group"))),
        surnames=joined(surname_shapes(preferred[0]), surname_shapes(legal[0])),
        forenames=joined(forename_shapes(preferred[1]), forename_shapes(legal[1])),
    )


def _whole(pupil: _Known) -> Iterator[str]:
    """Surname and forename run together in both orders, as scripts without blanks have them."""
    for surname, one in pupil.surnames.items():
        for forename, other in pupil.forenames.items():
            if not one and not other:
                yield surname + forename
                yield forename + surname


def _is_own(odd: frozenset[str], pupil: _Known) -> bool:
    """Whether words that would cast doubt on a name are parts of this pupil's."""
    return all(word in pupil.surnames or word in pupil.forenames for word in odd)


def _typed(name: str) -> TypedName:
    """The typed name taken apart."""
    before, comma, after = _WITH_DIGIT.sub(" ", name).partition(",")
    first, rest = words_of(before), words_of(after)
    return TypedName((first + rest)[:_MOST_WORDS], len(first) if comma and first and rest else 0)


def _readings(words: Sequence[str]) -> Iterator[tuple[range, str]]:
    """What of a typed name may be one word on the roll: each run of up to three words, and all of it."""
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + _MOST_TOGETHER) + 1):
            yield range(start, end), "".join(words[start:end])
    if len(words) > _MOST_TOGETHER:
        yield range(len(words)), "".join(words)
