"""Names as a machine can compare them: folded, taken into words, and every way in which one may be written.

A *shape* is one way of writing a surname or the forenames, run together without blanks, with what it costs to assume
that somebody wrote it so (`sync.plan.matching` says what a cost is). `Smith-Jones` has the shapes `smithjones` at no
cost, and `smith`, `jones` and `jonessmith` at a small one.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from sync.domain.neutral import WITHOUT_MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

PART: Final = 1.0
"""One half of a double name, or the halves the other way round."""
BARE: Final = 0.5
"""A surname without its particle: Silva for da Silva."""
SECOND: Final = 1.5
"""The second of several forenames alone."""

_SHORTEST_PART: Final = 3
_APOSTROPHES: Final = re.compile("['`\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{ACUTE ACCENT}"
                                 "\N{MODIFIER LETTER APOSTROPHE}]")  # fmt: skip
_PARTICLES: Final = frozenset({
    "a", "al", "ap", "bin", "bint", "d", "da", "das", "de", "del", "della", "den", "der", "des", "di", "do", "dos",
    "du", "el", "ferch", "ibn", "la", "le", "mac", "mc", "ni", "o", "t", "ten", "ul", "van", "von", "y",
})  # fmt: skip

# How English ears and hands mix up sounds; each is applied in turn to a folded word.
_SOUNDS: Final = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^wh", "w"),
        (r"^x", "z"),
        (r"ph", "f"),
        (r"tch", "ch"),
        (r"sch", "sh"),
        (r"ck|q|kh", "k"),
        (r"c(?=[eiy])", "s"),
        (r"c(?!h)", "k"),
        (r"gh(?=t|$)", ""),
        (r"g(?=[ei])", "j"),
        (r"z", "s"),
        (r"(?<=[aeiou])h(?=[^aeiou]|$)", ""),
        (r"dg", "j"),
        (r"mb$", "m"),
        (r"(?:ie|ey|ee|ea|y|i)$", "i"),
        (r"[ea]i|ay|ey", "a"),
        (r"ee|ea|ie|y", "i"),
        (r"oo|ou|ow|au|aw", "o"),
        (r"(?<=.)e$", ""),
        (r"(.)\1+", r"\1"),
    )
)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name, folded: without case, accents and apostrophes, parted by whatever else is no letter.

    Letters of every script are kept, with the signs that Indian scripts cannot be read without.
    """
    # A letter may be a capital, or hold an apostrophe, only once it is taken apart; an acute accent is one only before.
    apart = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text))
    apart = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", apart.casefold())).translate(WITHOUT_MARKS)
    kept = "".join(each for each in apart if not unicodedata.combining(each) and unicodedata.category(each) != "Cf")
    return tuple("".join(each if unicodedata.category(each)[0] in "LM" else " " for each in kept).split())


def sound(word: str) -> str:
    """A rough spelling by ear of a folded word: words with the same one may have been mixed up."""
    for pattern, to in _SOUNDS:
        word = pattern.sub(to, word)
    return word


def surname_shapes(words: Sequence[str]) -> dict[str, float]:
    """The ways in which a surname may be written, by what each costs."""
    if not words:
        return {}
    core = [word for word in words if word not in _PARTICLES] or list(words)
    shapes = {"".join(words): 0.0}
    _add(shapes, "".join(core), BARE)
    if len(core) > 1:
        _add(shapes, "".join(reversed(core)), PART)
        for word in core:
            if len(word) >= _SHORTEST_PART:
                _add(shapes, word, PART)
    return shapes


def forename_shapes(words: Sequence[str]) -> dict[str, float]:
    """The ways in which the forenames may be written, by what each costs: all of them, the first, another."""
    if not words:
        return {}
    shapes = {"".join(words): 0.0}
    if len(words) > 1:
        _add(shapes, words[0], PART)
        for word in words[1:]:
            if len(word) >= _SHORTEST_PART:
                _add(shapes, word, SECOND)
    return shapes


def joined(*several: dict[str, float]) -> dict[str, float]:
    """The shapes of several names of one person, each at its lowest cost."""
    found: dict[str, float] = {}
    for shapes in several:
        for shape, cost in shapes.items():
            _add(found, shape, cost)
    return found


def _add(shapes: dict[str, float], shape: str, cost: float) -> None:
    shapes[shape] = min(cost, shapes.get(shape, cost))
