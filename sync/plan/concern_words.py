"""What teachers wrote, as a cell of the sheet can hold it and a SENCO can read it. Pure."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from sync.domain.concerns import Screen
from sync.domain.neutral import holds_name
from sync.domain.school_clock import say_instant
from sync.plan.given_names import NO_GIVEN_NAMES, SHORT
from sync.plan.mirror import MOST_CHARACTERS
from sync.plan.name_doubts import doubts
from sync.plan.names import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync.domain.concerns import Answers
    from sync.plan.casebook import Edition, Part
    from sync.plan.given_names import GivenNames

GIST: Final = 280
"""How much of what was seen stands in a row of *Concerns*: about six lines of its column."""
_SHORT: Final = 4
_NOT_YET: Final = " Not yet: "
_REST: Final = "… (the rest is in the form)"
HEADERS: Final = {
    "name": "Name", "year": "Year", "class": "Class", "where": "Where", "seen": "What was seen", "since": "Since",
    "often": "How often", "area": "Area", "tried": "Tried", "effect": "Effect", "parents": "Parents know",
    "parents_said": "Parents said", "view": "Pupil's view", "wanted": "Help wanted",
}  # fmt: skip
"""What of a response stands on *Concern inbox*, by the question's key, each with its header."""
_ROBIN: Final = {
    "share": "Shares the concern", "cognition": "Cognition", "memory": "Memory", "self_management": "Self-management",
    "attention": "Attention", "social": "Social", "communication": "Communication", "works": "What works",
}  # fmt: skip

_ORDINARY: Final = frozenset(
    """
    will may mark grace faith hope joy rose bill grant chase art pat sue ray drew gene rich jack dawn eve summer autumn
    sunny angel honey star sky river young long short small little white black brown green grey king day best good
    moody read page park hall wood wall cook hunt rush love price rice field marsh lane hill brook ford swift sharp
    con don nick rob win
    a an the and or
    """.split()  # noqa: SIM905 - one word a line would fill a page
)
"""Words of every letter that are names as well: in small letters they are taken for words."""


def said(answers: Answers, key: str) -> str:
    """What was answered to a question, several tick-boxes, which have commas, with "; " between; "" for none."""
    return legible("; ".join(answers.get(key, ())))


def legible(words: str) -> str:
    """The words with plain line ends and without what neither a person nor a cell can have: control signs, halves."""
    plain = words.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(c for c in plain if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"}).strip()


def fitted(words: str) -> str | None:
    """The words as far as one cell holds them, with where the rest is; None for none.

    Counted as Sheets' own editor counts, where a sign beyond the basic plane is two.
    """
    if not words:
        return None
    if len(words) * 2 <= MOST_CHARACTERS or _units(words) <= MOST_CHARACTERS:
        return words
    room = (MOST_CHARACTERS - len(_REST)) * 2
    return words.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + _REST


def _units(words: str) -> int:
    return len(words.encode("utf-16-le")) // 2


def gist(words: str, most: int = GIST) -> str:
    """The beginning of a text in one paragraph, cut between two words."""
    line = " ".join(words.split())
    if len(line) <= most:
        return line
    return re.sub(r"\s+\S*\Z", "", line[: most + 1]).rstrip(" ,;:.")[:most] + " …"


def whole_class(answers: Answers) -> str:
    """Whom the teacher wrote of: `“Jo Smth”, Year 7, 7B`."""
    name, year, group = (said(answers, key) for key in ("name", "year", "class"))
    year = f"Year {year}" if year.isdigit() else year
    return ", ".join(filter(None, (f"“{gist(name, 60)}”" if name else "", gist(year, 20), gist(group, 20))))


def earlier_words(editions: Sequence[Edition]) -> str:
    """What each edit changed, as it stood before; newest first."""
    told = []
    for old, new in pairwise(editions):
        if old.screen is Screen.HELD:
            told.append(f"Until {say_instant(new.submitted)}: held back, in the form.")
            continue
        changed = [key for key in HEADERS if said(old.answers, key) != said(new.answers, key)]
        words = "\n".join(f"{HEADERS[key]}: {said(old.answers, key) or '(nothing)'}" for key in changed)
        told.append(f"Until {say_instant(new.submitted)}:\n{words or 'the same words'}")
    return "\n\n".join(reversed(told))


def who_answered(parts: Sequence[Part], asked: Sequence[str] = ()) -> str:
    """How many have answered, and who has not; `asked` are asked only now."""
    # In one order, whoever was asked first: otherwise the next sync would write the same line anew.
    waiting = sorted([*(part.teacher for part in parts if part.submitted is None), *asked])
    answered = sum(part.submitted is not None for part in parts)
    if not waiting and not answered:
        return ""
    count = f"{answered} of {answered + len(waiting)} answered."
    return f"{count}{_NOT_YET}{', '.join(waiting)}." if waiting else count


def not_answered(told: str) -> tuple[str, ...]:
    """Who has not answered, read back from `who_answered`: the addresses."""
    return tuple(filter(None, told.partition(_NOT_YET)[2].removesuffix(".").split(", ")))


def colleagues(parts: Iterable[Part]) -> str:
    """What the other teachers say, one paragraph each."""
    return "\n\n".join(_part(part) for part in parts if part.submitted is not None)


def _part(part: Part) -> str:
    subject = said(part.answers, "subject")
    head = f"{part.teacher} ({gist(subject, 60)})" if subject else part.teacher
    if part.screen is Screen.HELD:
        return f"{head}: held back, the answer waits in the form. Speak to the DSL before you use it."
    if part.screen is Screen.RELEASED and not part.answers:
        return f"{head}: released, the answer arrives at the next sync."
    lines = [f"{_ROBIN[key]}: {words}" for key in _ROBIN if (words := said(part.answers, key))]
    return "\n".join([f"{head}:", *lines])


def names_the_child(words: str, names: Iterable[str], given: GivenNames = NO_GIVEN_NAMES) -> bool:
    """Whether a letter's words hold a part of a child's name; an ordinary word in small letters is none.

    Args:
        words: of the letter. `Amaras`, `A.M.A.R.A` and, between signs that need no blanks, 小龙 are found, too.
        names: of every child it may be about, as the MIS or a teacher writes them.
        given: which forenames belong together: Mo names Mohammed as well.
    """
    every = list(names)
    parts = {word for name in every for word in words_of(name)}
    known = {*every, *parts, *(other for part in parts for other in _nicknames(part, given))}
    kept = [word for word in words.split() if not _is_ordinary(word)]
    text = " ".join(kept)
    bare = " ".join("".join(sign for sign in word if sign.isalpha()) for word in kept)
    singular = " ".join(word[:-1] for word in bare.split() if len(word) > _SHORT and word[-1] in "sS")
    return any(holds_name(each, known) for each in (text, bare, singular)) or _runs_into(text, parts)


def names_alone(typed: str) -> str:
    """A typed name without the words that are none: with "his brother" in it, no letter could say "his"."""
    return " ".join(word for word in words_of(typed) if word not in doubts(typed))


def _is_ordinary(word: str) -> bool:
    bare = word.strip(".,;:!?()'\"")
    return bare in _ORDINARY or bare.removesuffix("s") in _ORDINARY


def _nicknames(part: str, given: GivenNames) -> Iterable[str]:
    return (other for other, cost in given.others(part).items() if cost <= SHORT)


def _runs_into(text: str, parts: Iterable[str]) -> bool:
    """Whether a name stands in a text of a script that puts no blanks between words."""
    there = "".join(text.split())
    return any(part in there for part in parts if len(part) > 1 and unicodedata.name(part[0], "").startswith("CJK"))
