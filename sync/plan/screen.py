"""Whether something in a free text should stop it: the safeguarding screen. Pure.

It looks for phrases (`sheets_templates/safeguarding_phrases.toml`, which a school can change) and understands nothing.
It never trusts a negation ("no sign of self-harm" is a hit: a person should read it). It cannot find what is told
in other words, in another language, or between the lines: it is a net under the form's first question, no replacement
for reading. docs/matching-and-screening.md says so to the school.

A phrase is words. `kick+` is the word with any regular ending (kicks, kicked, kicking); `suicid*` is any word that
begins so; `dad|father` is either; `<family>` is any word of a list; `...` stands for up to four other words;
`~suicide` allows one wrong letter. Capitals, accents, punctuation, repeated letters, figures for letters (s3lf h4rm)
and spaced letters (k i l l) make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from sync.domain.errors import ConfigError
from sync.plan.names import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_GAP: Final = "..."
_MOST_BETWEEN: Final = 4
_SHORTEST_LOOSE: Final = 6
_WORD: Final = re.compile(r"~?[a-z]+[+*]?(?:\|~?[a-z]+[+*]?)*", re.ASCII)
_LIST: Final = re.compile(r"<([a-z_]+)>", re.ASCII)
_VOWELS: Final = "aeiou"
_FIGURES: Final = str.maketrans({
    "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i", "|": "l",
    "*": "i", "\N{EURO SIGN}": "e", "\N{POUND SIGN}": "l",
})  # fmt: skip
# Letters of other alphabets that look like ours; NFKD leaves them alone.
_LOOK_ALIKES: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u043a\u043c\u0442\u0455\u0458\u03bf\u03b1\u03b5\u03b9\u03c1\u03c5",
    "aeopcxyikmtsjoaeipu",
)
_SIGNS_IN_WORDS: Final = re.compile(r"(?<=\w)[.\-_*'\u2019~\u00b7](?=\w)")
_SPACED: Final = re.compile(r"(?<!\S)(?:\S ){2,}\S(?!\S)")
_THREE: Final = re.compile(r"(.)\1{2,}")
_RUN: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Group:
    """Phrases of one kind, ready to be looked for.

    Attributes:
        key: of the group.
        hit: all its phrases at once.
        hits: each by itself, for a text that has something harmless too.
        harmless: each of what excuses a hit that lies wholly within it.
    """

    key: str
    hit: re.Pattern[str]
    hits: tuple[re.Pattern[str], ...]
    harmless: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """All groups, in the order of the file."""

    groups: tuple[Group, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any], where: str = "safeguarding_phrases.toml") -> Phrases:
        """The groups of a parsed file: each `[group.key]` has `phrases` and may have `harmless`.

        Raises:
            ConfigError: with every problem found; also where no phrase at all is left, which would be no screen.
        """
        problems = [
            f"{where}: '{key}' is not known; there are [words] and [group.…]."
            for key in told.keys() - {"group", "words"}
        ]
        lists = _word_lists(told.get("words", {}), where, problems)
        groups = []
        tables = told.get("group", {})
        for key, table in tables.items() if isinstance(tables, dict) else ():
            phrases, harmless = _told(table, lists, f"{where}: [group.{key}]", problems)
            if phrases:
                single = [tuple(_compiled([phrase]) for phrase in some) for some in (phrases, harmless)]
                groups.append(Group(key, _compiled(phrases), *single))
        if not groups and not problems:
            problems.append(f"{where}: it holds no phrases, so nothing would be screened.")
        if problems:
            raise ConfigError(
                *problems, next_step="Mend the file; the one that comes with Sensync says how phrases are written."
            )
        return cls(tuple(groups))


def screen(answers: Mapping[str, Sequence[str]], phrases: Phrases) -> tuple[str, ...]:
    """The keys of the groups that something in the answers hits, in the order of the file; () for none.

    Args:
        answers: by question key, as in `Response.answers`. Every one is looked at: a person can type anything anywhere.
        phrases: what to look for.
    """
    texts = [reading for values in answers.values() for value in values for reading in _readings(value)]
    return tuple(group.key for group in phrases.groups if any(_hits(group, text) for text in texts))


def _hits(group: Group, text: str) -> bool:
    if group.hit.search(text) is None:
        return False
    spans = sorted(found.span() for phrase in group.harmless for found in phrase.finditer(text))
    # How far what began before or with a span reaches at most.
    starts, reach = [start for start, _ in spans], list(accumulate((end for _, end in spans), max))
    # One by one: of phrases that begin alike, a long one may reach out of what is harmless where a short does not.
    return not spans or any(_hits_outside(phrase, text, starts, reach) for phrase in group.hits)


def _hits_outside(phrase: re.Pattern[str], text: str, starts: Sequence[int], reach: Sequence[int]) -> bool:
    """Whether a phrase stands anywhere but wholly within something harmless."""
    at = 0
    while found := phrase.search(text, at):
        before = bisect_right(starts, found.start())
        if not before or found.end() > reach[before - 1]:
            return True
        at = found.start() + 1
    return False


def _readings(text: str) -> set[str]:
    """A text as it may be meant: folded words with one blank around each, in several readings of odd signs."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_LOOK_ALIKES)
    visible = "".join(each for each in plain if unicodedata.category(each) != "Cf")
    figures = _RUN.sub(_figures_read, visible)
    several = {
        visible,
        figures,
        _SIGNS_IN_WORDS.sub("", visible),
        _SIGNS_IN_WORDS.sub("", figures),
        *(_SPACED.sub(lambda found: found[0].replace(" ", ""), each) for each in (visible, figures)),
    }
    words = {_words(each) for each in several}
    return words | {_THREE.sub(r"\1", each) for each in words} | {_THREE.sub(r"\1\1", each) for each in words}


def _figures_read(found: re.Match[str]) -> str:
    """A run of signs with its figures read as letters, if it has a letter: a date or a mark in a test has none."""
    run = found[0]
    return run.translate(_FIGURES) if any(sign.isalpha() for sign in run) else run


def _words(text: str) -> str:
    return f" {' '.join(words_of(text))} "


def _word_lists(told: object, where: str, problems: list[str]) -> dict[str, str]:
    """The lists under [words]; what is wrong with them goes to `problems`."""
    if not isinstance(told, dict):
        problems.append(f"{where}: [words] must hold lists such as family = 'mum|dad'.")
        return {}
    good = {name: words for name, words in told.items() if isinstance(words, str) and _WORD.fullmatch(words)}
    problems += [f"{where}: [words], '{name}': it must be words with | between them." for name in told.keys() - good]
    return good


def _told(
    table: object, lists: Mapping[str, str], where: str, problems: list[str]
) -> tuple[list[list[str]], list[list[str]]]:
    """The phrases of a group and its harmless ones, each as its words; what is wrong goes to `problems`."""
    if not isinstance(table, dict) or not table.get("phrases"):
        problems.append(f"{where} has no phrases; take the group out to stop looking for it.")
        return [], []
    problems += [f"{where}: '{key}' is not known." for key in table.keys() - {"phrases", "harmless", "about"}]
    found: dict[str, list[list[str]]] = {"phrases": [], "harmless": []}
    for name, kept in found.items():
        told = table.get(name, [])
        if not isinstance(told, list):
            problems.append(f"{where}: '{name}' must be a list of phrases.")
            continue
        for number, phrase in enumerate(told, start=1):
            words = _LIST.sub(lambda m: lists.get(m[1], m[0]), phrase).split() if isinstance(phrase, str) else []
            trouble = _trouble(words)
            if trouble:
                problems.append(f"{where}, {name}, number {number}: {trouble}.")
            else:
                kept.append(words)
    return found["phrases"], found["harmless"]


def _trouble(words: Sequence[str]) -> str:
    """What is wrong with a phrase, as the end of a sentence; "" for nothing."""
    if not words:
        return "it must be words between quotes"
    if _GAP in (words[0], words[-1]):
        return "it must not begin or end with '...'"
    for word in words:
        if word.startswith("<"):
            return f"there is no list {word} under [words]"
        if word != _GAP and not _WORD.fullmatch(word):
            return "a word is small letters, with |, + or * behind it or ~ before it as the top of the file says"
        if any(each.startswith("~") and len(each.strip("~+*")) < _SHORTEST_LOOSE for each in word.split("|")):
            return f"~ needs a word of at least {_SHORTEST_LOOSE} letters"
    return ""


def _compiled(phrases: Sequence[Sequence[str]]) -> re.Pattern[str]:
    """One pattern for many phrases, to be looked for in words with one blank around each."""
    return re.compile(f"(?<= )(?:{'|'.join(_phrase(words) for words in phrases)})(?= )")


def _phrase(words: Sequence[str]) -> str:
    between = rf"(?:[^ ]+ ){{0,{_MOST_BETWEEN}}}?"
    parts = [between if word == _GAP else f"(?:{'|'.join(_word(each) for each in word.split('|'))}) " for word in words]
    return "".join(parts).removesuffix(" ")


def _word(word: str) -> str:
    stem, sign = word.lstrip("~").rstrip("+*"), word[-1]
    kinds = _loose(stem) if word.startswith("~") else [stem]
    if sign == "*":
        return "|".join(f"{kind}[^ ]*" for kind in kinds)
    return "|".join(each for kind in kinds for each in (_endings(kind) if sign == "+" else [kind]))


def _loose(word: str) -> Iterable[str]:
    """The word, and patterns of it with one letter wrong, missing or too many, or two swapped, but for the first."""
    found = [word]
    for at in range(1, len(word)):
        found += [f"{word[:at]}[^ ]?{word[at + 1 :]}", f"{word[:at]}[^ ]{word[at:]}"]
        found.append(word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :] if at > 1 else word)
    return dict.fromkeys(found)


def _endings(stem: str) -> list[str]:
    """The regular forms of an English verb or noun."""
    if stem.endswith("e"):
        return [stem, f"{stem}s", f"{stem}d", f"{stem}r", f"{stem[:-1]}ing"]
    if stem.endswith("y") and stem[-2] not in _VOWELS:
        return [stem, f"{stem[:-1]}ies", f"{stem[:-1]}ied", f"{stem}ing"]
    doubled = stem + stem[-1] if stem[-1] not in "wxy" + _VOWELS and stem[-2] in _VOWELS else stem
    return [stem, f"{stem}s", f"{stem}es", *(f"{base}{end}" for base in {stem, doubled} for end in ("ed", "ing", "er"))]
