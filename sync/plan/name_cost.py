"""What it costs to assume that a typed name was written for a pupil; `sync.plan.matching` says what a cost is.

The order of the words is not trusted: each way of parting them into forenames and surname is tried, both ways round,
and the cheapest counts. What was written before a comma is the surname.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from rapidfuzz.distance import OSA

from sync.plan.names import PART, SECOND, surname_shapes
from sync.plan.names import sound as sound_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sync.plan.given_names import GivenNames

SLIP: Final = 2.5
SLIP_IN_SHORT: Final = 3.5
TWO_SLIPS: Final = 3.5
TWO_SLIPS_IN_SHORT: Final = 4.5
"""Too dear to be linked by; it is there so that Jayden's twin Kayden is not sure to be the Keyden that was typed."""
ANOTHER_NAME: Final = 1.5
"""On top of a slip, where what was written is a name of its own: Jane is hardly a slip for Jade."""
ANOTHER_BUT_ALIKE: Final = 1.0
BEGINNING: Final = 1.5
INITIAL: Final = 3.0
MIDDLE_NAME: Final = 0.5
MORE_OF_SURNAME: Final = 1.5
OF_THE_FAMILY: Final = 3.5
"""Another of the same surname was written: brothers and sisters are mixed up."""
WRONG: Final = 5.5
NOT_WRITTEN: Final = 3.0
NOT_AMONG_WORDS: Final = 5.0
"""Nothing was written of one part, and yet several words of the other: more likely, one of them was meant for it."""
AT_ONCE: Final = 2.0
"""On top, where one part of the name is both misspelt (or a short form) and only half of it."""
RUN_TOGETHER: Final = 0.5
OTHER_WAY_ROUND: Final = 1.0
"""Forename before the comma; without a comma either order is as good."""

_LONG: Final = 7
_SHORT: Final = 4
_SHORTEST: Final = 3
_MOST_EDITS: Final = 3
_TWO: Final = 2


class Fit(Enum):
    """What became of one part of a name: found, found as an initial, not written, or another one was written."""

    FOUND = auto()
    INITIAL = auto()
    NOT_WRITTEN = auto()
    WRONG = auto()


@dataclass(frozen=True, slots=True)
class NameCost:
    """What the name costs, and how each part of it fits."""

    cost: float
    forename: Fit
    surname: Fit

    @property
    def is_whole(self) -> bool:
        """Whether both parts were found, neither as an initial."""
        return self.forename is Fit.FOUND and self.surname is Fit.FOUND

    @property
    def is_complete(self) -> bool:
        """Whether both parts were found, one of them as an initial perhaps."""
        return {self.forename, self.surname} in ({Fit.FOUND}, {Fit.FOUND, Fit.INITIAL})

    @property
    def is_wrong(self) -> bool:
        """Whether a part of it is somebody else's."""
        return Fit.WRONG in {self.forename, self.surname}


@dataclass(frozen=True, slots=True)
class TypedName:
    """A typed name taken apart: its folded words, and how many of them stand before a comma (0: there is none)."""

    words: tuple[str, ...] = ()
    comma: int = 0


class Scale:
    """Weighs words against the names of one roll.

    Args:
        given: which forenames belong together.
        people: the surname shapes and forename shapes of everybody on it.
    """

    def __init__(self, given: GivenNames, people: Iterable[tuple[Mapping[str, float], Mapping[str, float]]]) -> None:
        self._given = given
        self._forenames: set[str] = set()
        self._surnames: set[str] = set()
        self._families: dict[str, set[str]] = {}
        for surnames, forenames in people:
            self._surnames.update(surnames)
            self._forenames.update(forenames)
            for surname in _full(surnames):
                self._families.setdefault(surname, set()).update(forenames)

    def weigher(self, typed: TypedName) -> Callable[[Mapping[str, float], Mapping[str, float]], NameCost | None]:
        """For one typed name, a function of a pupil's surname shapes and forename shapes; it remembers words.

        The function gives None where neither part of the name fits.
        """
        memory: dict[tuple[str, str, bool], float | None] = {}
        partings = [
            (_forename_readings(forenames), _surname_readings(surname), extra)
            for forenames, surname, extra in _partings(typed)
        ]
        whole = "".join(typed.words)

        def word(one: str, known: str, *, forename: bool) -> float | None:
            key = (one, known, forename)
            if key not in memory:
                memory[key] = self._forename(one, known) if forename else self._surname(one, known)
            return memory[key]

        def part(readings: Mapping[str, float], shapes: Mapping[str, float], *, forename: bool) -> tuple[float, Fit]:
            if not readings:
                return (NOT_WRITTEN if len(typed.words) == 1 else NOT_AMONG_WORDS), Fit.NOT_WRITTEN
            best, fit = WRONG, Fit.WRONG
            for reading, more in readings.items():
                for shape, less_usual in shapes.items():
                    cost = word(reading, shape, forename=forename)
                    if cost is None:
                        continue
                    cost += more + less_usual + (AT_ONCE if cost and more + less_usual >= PART else 0.0)
                    if cost < best:
                        best = cost
                        fit = Fit.INITIAL if len(reading) == 1 and reading != shape else Fit.FOUND
            return best, fit

        def weigh(surnames: Mapping[str, float], forenames: Mapping[str, float]) -> NameCost | None:
            if _run_together(whole, surnames, forenames):
                return NameCost(0.0 if len(typed.words) > 1 else RUN_TOGETHER, Fit.FOUND, Fit.FOUND)
            found: NameCost | None = None
            family = {name for surname in _full(surnames) for name in self._families.get(surname, ())}
            for given, last, extra in partings:
                first_cost, first_fit = part(given, forenames, forename=True)
                last_cost, last_fit = part(last, surnames, forename=False)
                if not {first_fit, last_fit} & {Fit.FOUND, Fit.INITIAL}:
                    continue
                if first_cost > OF_THE_FAMILY and not family.isdisjoint(given):
                    first_cost, first_fit = OF_THE_FAMILY, Fit.WRONG
                if found is None or first_cost + last_cost + extra < found.cost:
                    found = NameCost(first_cost + last_cost + extra, first_fit, last_fit)
            return found

        return weigh

    def is_name(self, word: str) -> bool:
        """Whether a folded word is a name that anybody on the roll or in the lists has."""
        return word in self._forenames or word in self._surnames or word in self._given

    def stands_for(
        self, typed: str, surnames: Mapping[str, float], forenames: Mapping[str, float], *, exactly: bool
    ) -> bool:
        """Whether something typed can stand for a part of this name.

        Args:
            typed: a folded word, or several run together.
            surnames: the shapes of the pupil's surname.
            forenames: the same of the forenames.
            exactly: without a slip; a short word never has one here: `for` is not Ford.
        """
        costs = [self._forename(typed, each) for each in forenames] + [self._surname(typed, each) for each in surnames]
        slips = not exactly and len(typed) >= _SHORT
        return any(cost is not None and (slips or cost < SLIP) for cost in costs)

    def _forename(self, typed: str, known: str) -> float | None:
        if typed == known:
            return 0.0
        belongs = self._given.others(typed).get(known)
        if belongs is not None:
            return belongs
        another = typed in self._forenames or typed in self._given
        if len(typed) >= _SHORTEST and known.startswith(typed):
            return BEGINNING + (ANOTHER_NAME if another else 0.0)
        return _slip(typed, known, another=another)

    def _surname(self, typed: str, known: str) -> float | None:
        if typed == known:
            return 0.0
        return _slip(typed, known, another=typed in self._surnames)


def _full(surnames: Mapping[str, float]) -> list[str]:
    """The surnames themselves, without their parts."""
    return [surname for surname, cost in surnames.items() if not cost]


def _slip(typed: str, known: str, *, another: bool) -> float | None:
    """An initial, slips of the hand, or a spelling by ear; None where it is another word."""
    if len(typed) == 1:
        return INITIAL if known.startswith(typed) else None
    shorter = min(len(typed), len(known))
    if shorter < _SHORTEST:
        return None
    edits = OSA.distance(typed, known, score_cutoff=_MOST_EDITS)
    if edits > _MOST_EDITS:
        return None
    alike = shorter >= _SHORT and sound_of(typed) == sound_of(known)
    more = (ANOTHER_BUT_ALIKE if alike else ANOTHER_NAME) if another else 0.0
    if edits == 1 or alike:
        return (SLIP if shorter >= _SHORT else SLIP_IN_SHORT) + more
    if edits > _TWO or shorter <= _SHORT:
        return None
    return (TWO_SLIPS if shorter >= _LONG else TWO_SLIPS_IN_SHORT) + more


def _partings(typed: TypedName) -> Iterator[tuple[Sequence[str], Sequence[str], float]]:
    """Each way to part the words into forenames and surname, with what it costs to believe it."""
    words = typed.words
    if typed.comma:
        before, after = words[: typed.comma], words[typed.comma :]
        yield after, before, 0.0
        yield before, after, OTHER_WAY_ROUND
        return
    for cut in range(len(words) + 1):
        yield words[:cut], words[cut:], 0.0
        if 0 < cut < len(words):
            yield words[cut:], words[:cut], 0.0


def _forename_readings(words: Sequence[str]) -> dict[str, float]:
    """What of the typed forenames may be the one that the roll has: all, the first one or two, another."""
    count = len(words)
    found = dict.fromkeys(words[1:], SECOND + MIDDLE_NAME * (count - _TWO))
    for taken in (1, 2):
        if taken < count:
            found["".join(words[:taken])] = MIDDLE_NAME * (count - taken)
    if words:
        found["".join(words)] = 0.0
    return found


def _surname_readings(words: Sequence[str]) -> dict[str, float]:
    """What of the typed surname may be the one that the roll has: all, without particles, one half of a double one."""
    return {
        shape: (MORE_OF_SURNAME if cost == PART and shape in words else cost)
        for shape, cost in surname_shapes(words).items()
    }


def _run_together(whole: str, surnames: Mapping[str, float], forenames: Mapping[str, float]) -> bool:
    """Whether the typed words, blanks apart, are exactly a surname and a forename, in one order or the other."""
    for surname, cost in surnames.items():
        if cost or surname not in whole:
            continue
        rest = whole.replace(surname, "", 1)
        if rest and forenames.get(rest) == 0 and whole in {surname + rest, rest + surname}:
            return True
    return False
