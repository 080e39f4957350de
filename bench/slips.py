"""How teachers write the name, year and class of a pupil: made-up forms with realistic mistakes, and who was meant.

The mistakes are models of their own and share no list with the matcher: the short forms are those of the made-up
school. Every kind is drawn with the weight below, and one form in twelve has a second mistake beside the first.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sync.domain.records import MisData, Pupil, School, Source
from sync.madeup import make_school
from sync.madeup.names import HERITAGES, SHORT_FORMS
from sync.plan.cells import Value, text
from sync.plan.identity import identify
from sync.plan.matching import Said
from sync.plan.mirror import wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from random import Random

WEIGHTS: Final[Mapping[str, float]] = {
    "no mistake": 34,
    "legal name": 3,
    "middle name added": 3,
    "other way round": 4,
    "accents and hyphens lost": 4,
    "short form": 8,
    "keyboard neighbour": 5,
    "letters swapped": 3,
    "letter dropped": 3,
    "letter doubled": 3,
    "spelt by ear": 5,
    "two slips": 1.5,
    "half a double surname": 2,
    "class missing": 4,
    "year missing": 3,
    "year and class missing": 3,
    "another class of the year": 3,
    "a class of another year": 0.5,
    "year wrong by one": 2,
    "year and class wrong by one": 1,
    "initial and surname": 1.5,
    "surname alone": 1,
    "forename alone": 1,
    "brother's or sister's name": 0.7,
    "not on roll": 3,
    "brother or sister not on roll": 1,
    "a leaver": 1.5,
}
SECOND_MISTAKE: Final = 1 / 12
TO_ADD: Final = ("keyboard neighbour", "letter dropped", "spelt by ear", "another class of the year", "class missing",
                 "year missing", "year wrong by one", "other way round", "short form")  # fmt: skip
HARD_SHARE: Final = 0.02
"""How often a form is about one of the near-namesakes, on top of their share of the roll."""

AROUND: Final = (
    "{name}'s brother", "{name}'s little sister", "{name} brother", "brother of {name}", "sister of {name}",
    "{name} (twin)", "{name} twin sister", "cousin of {name}", "{name}'s cousin", "mum of {name}", "{name}'s mum",
    "friend of {name}", "{name}'s friend", "not {name}", "not {name}, his brother", "{name} not {other}",
    "{name} or {other}", "{name} and {other}", "{name} / {other}", "{name}/{other}", "{name} - {other}",
    "{name} & {other}", "hit by {name}", "someone like {name}", "same as {name}", "opposite {name}", "replaced {name}",
    "works for {name}", "group around {name}", "{name} bullies him",
)  # fmt: skip
"""What stands around a full name in a form that is not, or not only, about that pupil: nobody is to be linked."""

_KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BY_EAR: Final = (
    ("ph", "f"), ("f", "ph"), ("ck", "k"), ("k", "ck"), ("c", "k"), ("k", "c"), ("s", "z"), ("z", "s"), ("ie", "y"),
    ("y", "ie"), ("ee", "ea"), ("ea", "ee"), ("ei", "ie"), ("ie", "ei"), ("th", "t"), ("ll", "l"), ("l", "ll"),
    ("nn", "n"), ("n", "nn"), ("tt", "t"), ("ss", "s"), ("ey", "y"), ("oo", "u"), ("ai", "ay"), ("gh", "g"),
    ("x", "ks"), ("a", "e"), ("e", "a"), ("o", "u"), ("i", "e"), ("er", "ar"), ("wh", "w"), ("qu", "kw"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """One made-up form: what was typed, whom it is about ("" for nobody on roll), and which mistakes it has.

    `well_formed` forms have all of a forename and a surname that the MIS knows, in either order, with or without
    accents and middle names, and the right class, or the right year and no class.
    """

    said: Said
    ref: str
    kind: str
    well_formed: bool


@dataclass(frozen=True, slots=True)
class Child:
    """A pupil as the forms need to know them."""

    ref: str
    forename: str
    surname: str
    legal_forename: str
    legal_surname: str
    middle: str
    year: str
    group: str


@dataclass(frozen=True, slots=True)
class MadeUpRoll:
    """A roll, and who is on it."""

    rows: tuple[Mapping[str, Value], ...]
    children: tuple[Child, ...]
    hard: tuple[Child, ...]
    leavers: tuple[Child, ...]
    strangers: tuple[Child, ...]
    groups: Mapping[str, tuple[str, ...]]


def make_roll(seed: int, pupils: int, today: date) -> MadeUpRoll:
    """A made-up school with namesakes, twins and leavers, and the names of another school's pupils."""
    made = list(make_school(seed, pupils + pupils // 20, today=today).pupils)
    leaving = made[:: len(made) // (pupils // 20)][: pupils // 20]
    gone = {id(pupil) for pupil in leaving}
    staying, hard_upns = _with_namesakes([pupil for pupil in made if id(pupil) not in gone])
    everybody = [*staying, *leaving]
    who = identify(everybody, (), f"bench {seed}")
    source = Source("roll", "ctf", None, len(everybody))
    roll = wanted(MisData(tuple(everybody), None, School(), (source,)), who, {}, today).roll
    left = {pupil.upn for pupil in leaving}
    rows = [{**row, "on_roll": "Left 01/09/2026"} if text(row["upn"]) in left else dict(row) for row in roll.values()]
    by_upn = {text(row["upn"]): row for row in rows}
    children = {pupil.upn: _child(pupil, by_upn) for pupil in everybody if str(pupil.upn) in by_upn}
    groups: dict[str, set[str]] = {}
    for pupil in staying:
        groups.setdefault(str(pupil.year_group), set()).add(str(pupil.registration_group))
    # Nobody could tell a stranger from a pupil of exactly the same name.
    there = {name for pupil in everybody for name in _called(pupil)}
    others = [
        pupil
        for pupil in make_school(seed + 100_000, pupils // 2, today=today).pupils
        if there.isdisjoint(_called(pupil))
    ]
    return MadeUpRoll(
        tuple(rows),
        tuple(children[pupil.upn] for pupil in staying if pupil.upn in children),
        tuple(children[upn] for upn in hard_upns if upn in children),
        tuple(children[pupil.upn] for pupil in leaving if pupil.upn in children),
        tuple(_child(pupil, {}) for pupil in others),
        {year: tuple(sorted(found)) for year, found in groups.items()},
    )


# Forename, surname, and which of the years (counted from the lowest) and of its classes they sit in.
NAMESAKES: Final = (
    ("Mohammed", "Ali", 0, 0), ("Mohammed", "Ali", 0, 1), ("Mohammed", "Ali", 1, 2), ("Muhammad", "Ali", 2, 3),
    ("Mohammed", "Ali", 4, 1), ("Ella", "Thornton", 0, 2), ("Ellie", "Thornton", 0, 2), ("Eva", "Khan", 1, 0),
    ("Ava", "Khan", 1, 1), ("Daniel", "Marsh", 2, 0), ("Danielle", "Marsh", 2, 0), ("Jayden", "Cole", 2, 1),
    ("Kayden", "Cole", 2, 1), ("Lucy", "Clark", 3, 0), ("Lucy", "Clarke", 3, 1), ("Olivia", "Smith", 0, 3),
    ("Olivia", "Smith", 1, 3), ("Olivia", "Smith", 4, 3), ("Jack", "Jones", 3, 2), ("Jack", "Jones", 3, 2),
    ("Ben", "Turner", 1, 4), ("Benjamin", "Turner", 1, 5), ("Ben", "Turner", 4, 4), ("Ella", "Hart-Smith", 2, 4),
    ("Ella", "Smith", 2, 5), ("Sarah", "Ahmed", 3, 3), ("Sara", "Ahmed", 3, 4), ("Alexander", "Wood", 4, 0),
    ("Alexandra", "Woods", 4, 0), ("Amelia", "Brown", 0, 4), ("Emilia", "Brown", 0, 5), ("Joe", "Pearson", 1, 1),
    ("Joseph", "Peterson", 1, 1), ("Erin", "Hall", 2, 2), ("Eric", "Hall", 2, 3), ("Jon", "Hill", 3, 5),
    ("Joan", "Hill", 4, 5), ("Huda", "Ali-Khan", 0, 0), ("Hudda", "Khan", 0, 1),
)  # fmt: skip


def _with_namesakes(pupils: Sequence[Pupil]) -> tuple[list[Pupil], list[str]]:
    """The same pupils, some of them renamed so that they are easily mixed up; and the UPNs of those."""
    years = sorted({str(pupil.year_group) for pupil in pupils}, key=int)
    found = list(pupils)
    free: dict[str, list[int]] = {}
    for index, pupil in enumerate(found):
        free.setdefault(str(pupil.registration_group), []).append(index)
    upns = []
    for forename, surname, year, letter in NAMESAKES:
        groups = sorted(group for group in free if group.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == years[year])
        index = free[groups[letter % len(groups)]].pop()
        found[index] = replace(
            found[index], legal_forename=forename, legal_surname=surname, middle_names=None,
            preferred_forename=None, preferred_surname=None,
        )  # fmt: skip
        upns.append(str(found[index].upn))
    return found, upns


def _called(pupil: Pupil) -> set[tuple[str | None, str | None]]:
    """Every surname with every forename that the pupil goes by."""
    return {
        (surname, forename)
        for surname in {pupil.legal_surname, pupil.preferred_surname or pupil.legal_surname}
        for forename in {pupil.legal_forename, pupil.preferred_forename or pupil.legal_forename}
    }


def _child(pupil: Pupil, rows: Mapping[str, Mapping[str, Value]]) -> Child:
    return Child(
        text(rows.get(str(pupil.upn), {}).get("ref")),
        pupil.preferred_forename or pupil.legal_forename or "",
        pupil.preferred_surname or pupil.legal_surname or "",
        pupil.legal_forename or "",
        pupil.legal_surname or "",
        pupil.middle_names or "",
        str(pupil.year_group),
        str(pupil.registration_group),
    )


@dataclass(slots=True)
class _Draft:
    """A form being filled in."""

    child: Child
    forename: str
    surname: str
    middle: str
    year: str
    group: str
    shape: str
    ref: str
    whole: bool = True
    place_right: bool = True
    around: str = "{name}"
    other: str = ""

    def name(self) -> str:
        return self.around.format(name=self._name(), other=self.other)

    def _name(self) -> str:
        first = " ".join(filter(None, [self.forename, self.middle]))
        if self.shape == "comma":
            return ", ".join(filter(None, [self.surname, first]))
        order = (self.surname, first) if self.shape == "reversed" else (first, self.surname)
        return " ".join(filter(None, order))


class Teacher:
    """Fills in forms about the pupils of a roll; the same seed, the same forms."""

    def __init__(self, rng: Random, roll: MadeUpRoll) -> None:
        self._rng = rng
        self._roll = roll
        self._families: dict[str, list[Child]] = {}
        for child in roll.children:
            self._families.setdefault(child.legal_surname, []).append(child)

    def form(self) -> Form:
        """The next form."""
        rng = self._rng
        kind = rng.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
        while True:
            child = rng.choice(self._roll.hard if rng.random() < HARD_SHARE else self._roll.children)
            draft = _Draft(
                child, child.forename, child.surname, "", child.year, child.group,
                rng.choices(("usual", "comma", "reversed"), weights=(92, 7, 1))[0], child.ref,
            )  # fmt: skip
            if not self._apply(kind, draft):
                continue
            second = rng.choice(TO_ADD) if rng.random() < SECOND_MISTAKE else ""
            both = bool(second) and second != kind and self._apply(second, draft)
            return self._finished(f"{kind} +" if both else kind, draft)

    def doubtful(self) -> Form:
        """The next form with a full name, the right class, and words that say that another pupil is meant."""
        child, second = self._rng.choice(self._roll.children), self._rng.choice(self._roll.children)
        draft = _Draft(child, child.forename, child.surname, "", child.year, child.group, "usual", "")
        draft.around, draft.other = self._rng.choice(AROUND), f"{second.forename} {second.surname}"
        return self._finished("somebody else's relation, or two", draft)

    def _finished(self, kind: str, draft: _Draft) -> Form:
        rng, name = self._rng, draft.name()
        if rng.random() < 0.3:
            name = rng.choice((name.lower(), name.upper(), name.title()))
        year = rng.choice((draft.year, f"Year {draft.year}", f"Y{draft.year}")) if draft.year else ""
        group = rng.choice((draft.group, draft.group.lower(), f"{draft.group[:-1]} {draft.group[-1]}")) if draft.group \
            else ""  # fmt: skip
        well = draft.whole and draft.place_right and bool(draft.year or draft.group) and bool(draft.ref)
        return Form(Said("", name, year, group), draft.ref, kind, well)

    def _apply(self, kind: str, draft: _Draft) -> bool:
        """Make one mistake; False where this pupil gives no occasion for it."""
        rng, child = self._rng, draft.child
        match kind:
            case "legal name":
                draft.forename, draft.surname = child.legal_forename, child.legal_surname
            case "middle name added":
                draft.middle = child.middle if rng.random() < 0.8 else child.middle[:1]
                return bool(child.middle)
            case "other way round":
                draft.shape = "reversed"
            case "accents and hyphens lost":
                before = draft.forename, draft.surname
                draft.forename, draft.surname = map(_plain, before)
                return before != (draft.forename, draft.surname)
            case "short form":
                short = SHORT_FORMS.get(child.legal_forename)
                if short is None or draft.forename != child.forename:
                    return False
                draft.forename = child.legal_forename if child.forename == short else short
                draft.whole = draft.whole and draft.forename == child.legal_forename
            case "two slips":
                return self._slip(draft, "keyboard neighbour") and self._slip(draft, "spelt by ear")
            case "half a double surname":
                halves = [half for half in draft.surname.replace("-", " ").split() if len(half) > 3]
                draft.surname, draft.whole = rng.choice(halves or [""]), False
                return len(halves) > 1
            case "initial and surname":
                draft.forename, draft.whole = draft.forename[:1], False
            case "surname alone":
                draft.forename, draft.whole = "", False
            case "forename alone":
                draft.surname, draft.whole = "", False
            case "brother's or sister's name":
                family = [each for each in self._families[child.legal_surname] if each.group != child.group]
                if not family:
                    return False
                other = rng.choice(family)
                draft.forename, draft.surname, draft.whole = other.forename, other.surname, False
            case "not on roll":
                stranger = rng.choice(self._roll.strangers)
                draft.forename, draft.surname, draft.ref = stranger.forename, stranger.surname, ""
            case "brother or sister not on roll":
                heritage = next((h for h in HERITAGES if child.surname in h.surnames), HERITAGES[0])
                forename = rng.choice(heritage.girls + heritage.boys)
                draft.forename, draft.ref = forename, ""
                # No family calls two children by one name.
                family = {_full(n) for e in self._families[child.legal_surname] for n in (e.forename, e.legal_forename)}
                return _full(forename) not in family
            case "a leaver":
                left = rng.choice(self._roll.leavers)
                draft.forename, draft.surname, draft.ref = left.forename, left.surname, ""
                draft.year, draft.group = left.year, left.group
            case _:
                return kind == "no mistake" or self._place(draft, kind) or self._slip(draft, kind)
        return True

    def _place(self, draft: _Draft, kind: str) -> bool:
        """A mistake in year or class."""
        rng, child, groups = self._rng, draft.child, self._roll.groups
        near = [year for year in (str(int(child.year) - 1), str(int(child.year) + 1)) if year in groups]
        match kind:
            case "class missing":
                draft.group = ""
            case "year missing":
                draft.year = ""
            case "year and class missing":
                draft.year = draft.group = ""
            case "another class of the year":
                draft.group = rng.choice([group for group in groups[child.year] if group != child.group])
            case "a class of another year":
                draft.group = rng.choice([g for year, found in groups.items() for g in found if year != child.year])
                draft.year = rng.choice((child.year, draft.group.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")))
            case "year wrong by one":
                draft.year = rng.choice(near)
            case "year and class wrong by one":
                draft.year = rng.choice(near)
                draft.group = draft.year + child.group[len(child.year) :]
            case _:
                return False
        draft.place_right = draft.place_right and kind.endswith("missing")
        return True

    def _slip(self, draft: _Draft, kind: str) -> bool:
        """A mistake in one word of the name."""
        slips: Mapping[str, Callable[[Random, str], str]] = {
            "keyboard neighbour": _neighbour,
            "letters swapped": _swapped,
            "letter dropped": _dropped,
            "letter doubled": _doubled,
            "spelt by ear": _by_ear,
        }
        in_surname = self._rng.random() < 0.5
        word = draft.surname if in_surname else draft.forename
        changed = slips[kind](self._rng, word) if word else word
        if changed == word:
            return False
        if in_surname:
            draft.surname = changed
        else:
            draft.forename = changed
        draft.whole = False
        return True


_FULL: Final = {short: full for full, short in SHORT_FORMS.items()}


def _full(forename: str) -> str:
    return _FULL.get(forename, forename)


def _plain(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L").replace("đ", "d"))
    kept = "".join(each for each in apart if not unicodedata.combining(each))
    return kept.replace("-", " ").replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")


def _neighbour(rng: Random, word: str) -> str:
    at = rng.randrange(len(word))
    row = next((row for row in _KEYS if word[at].lower() in row), "")
    if not row:
        return word
    place = row.index(word[at].lower())
    return word[:at] + rng.choice(row[max(0, place - 1) : place] + row[place + 1 : place + 2]) + word[at + 1 :]


def _swapped(rng: Random, word: str) -> str:
    if len(word) < 3:
        return word
    at = rng.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _dropped(rng: Random, word: str) -> str:
    at = rng.randrange(len(word))
    return word[:at] + word[at + 1 :] if len(word) > 3 else word


def _doubled(rng: Random, word: str) -> str:
    at = rng.randrange(len(word))
    return word[: at + 1] + word[at:] if word[at].isalpha() else word


def _by_ear(rng: Random, word: str) -> str:
    able = [(one, other) for one, other in _BY_EAR if one in word.lower()]
    if not able:
        return word
    one, other = rng.choice(able)
    changed = word.lower().replace(one, other, 1)
    return changed[:1].upper() + changed[1:]
