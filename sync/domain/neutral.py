"""Whether a text could tell a stranger about a child. Pure.

Event titles, places and the subjects of letters are seen on lock screens, by other guests and by administrators, so
they never hold a name, a need or a status (design page, rule 9). The one thing that is certain
about any text is which words it holds; so that is what is looked at, letter by letter as a person would read it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ADDRESS = re.compile(r"\S@\S|https?:|www\.", re.IGNORECASE)
_PHONE = re.compile(r"(?:\d[\s().-]*){7,}")

_TELLING = frozenset(
    """
    sen send senco sendco ehc ehcp ehcna iep idp lac cla cin cp pep camhs cypmhs salt ep eps dsl aut autism
    autistic asd asc adhd add semh slcn mld sld pmld spld dyslexia dyslexic dyspraxia dyscalculia hi vi pd msi
    hearing sight impairment disability disabled disorder diagnosis diagnosed needs special statement
    safeguarding protection looked fostered adopted psychologist therapist therapy medication behaviour
    exclusion excluded suspension
    """.split()  # noqa: SIM905 - one word a line would fill a page
)
"""Words that say why a family meets the school, or which service is involved (sen-domain.md, section 9)."""


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that let a text read in another order than it is stored."""

_APOSTROPHES = re.compile("['`\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}]")


WITHOUT_MARKS = str.maketrans(
    {
        "\N{LATIN SMALL LETTER L WITH STROKE}": "l",
        "\N{LATIN SMALL LETTER O WITH STROKE}": "o",
        "\N{LATIN SMALL LETTER D WITH STROKE}": "d",
        "\N{LATIN SMALL LETTER H WITH STROKE}": "h",
        "\N{LATIN SMALL LETTER ETH}": "d",
        "\N{LATIN SMALL LETTER THORN}": "th",
        "\N{LATIN SMALL LETTER AE}": "ae",
        "\N{LATIN SMALL LIGATURE OE}": "oe",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)
"""Letters that people write plainly, and that Unicode does not take apart."""


def _readings(text: str) -> tuple[list[str], ...]:
    """The words of a text as people may read it, folded: without case, accents or digits.

    An apostrophe may part ("Anya's", "SENCO's") or belong to a name ("O'Neill", also written ONeill), and a capital
    inside a word may begin another ("AnyaKhan").
    """
    humps = _HUMP.sub(" ", text)
    return (
        _folded(text).split(),
        _folded(humps).split(),
        _folded(_APOSTROPHES.sub(" ", humps)).split(),
    )


def betrays(text: str, names: Iterable[str] = ()) -> str:
    """What kind of telling thing a text holds, in words that may be logged; "" where it holds none.

    Args:
        text: any text.
        names: of people who may not be told of, each in as many words as it has.
    """
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} or letter in _TURNING for letter in text):
        return "a character that cannot be seen"
    if _ADDRESS.search(text):
        return "an address"
    if _PHONE.search(text):
        return "a number as long as a telephone's"
    if any(not _TELLING.isdisjoint(held) for held in _readings(text)):
        return "a word about a child's needs or status"
    if holds_name(text, names):
        return "a person's name"
    return ""


def holds_name(text: str, names: Iterable[str]) -> bool:
    """Whether any word of a name stands in the text, as a word or with its parts run together.

    A part of one letter counts only where it is the whole name: "Room E" names nobody.
    """
    whole, parts = _words_of(tuple(names))
    readings = _readings(text)
    once = {word for held in readings for word in held}
    together = {a + b for held in readings for a, b in pairwise(held)}
    return not (whole.isdisjoint(once | together) and parts.isdisjoint(once))


@lru_cache(maxsize=8)
def _words_of(names: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Each name run together, and the parts of them that give it away: a roll is read once for hundreds of texts."""
    whole = {"".join(_readings(name)[0]) for name in names} - {""}
    parts = {part for name in names for held in _readings(name) for part in held if len(part) > 1}
    return frozenset(whole), frozenset(parts)


def _folded(text: str) -> str:
    """Letters and blanks alone, without case, accents and what cannot be seen, wide and raised letters made plain."""
    apart = _APOSTROPHES.sub("", "".join(map(_apart, text.casefold()))).translate(WITHOUT_MARKS)
    kept = "".join(each for each in apart if not unicodedata.combining(each) and unicodedata.category(each) != "Cf")
    plain = unicodedata.normalize("NFKC", kept).casefold()
    # Letters make words, with the vowels that Indian scripts write as marks; digits and signs of any script part them.
    return "".join(each if unicodedata.category(each)[0] in "LM" else " " for each in plain)


@lru_cache(maxsize=4096)
def _apart(letter: str) -> str:
    """A character taken apart. What a letter holds that is none, such as the dot of an Ŀ, parts no word."""
    parts = unicodedata.normalize("NFKD", letter)
    if unicodedata.category(letter)[0] != "L":
        return parts
    return "".join(each for each in parts if unicodedata.category(each)[0] in "LM")
