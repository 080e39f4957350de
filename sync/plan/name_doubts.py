"""What in the box for a pupil's name says that more, or somebody else, is meant than the name in it.

`Ben Turner's brother`, `not Ella, Ellie` and `Ben or Isla` hold a pupil's full name, and are about another. A machine
that took the name and left the rest would link the wrong child with the best of conscience. So any such word makes a
person look. It may be a name itself (Máté, Or, Her): what belongs to the pupil's own name is no doubt of it.

No list holds every word that a teacher may put beside a name (`hit by`, `opposite`, `replaced`). So what is left over
once the name is taken out must be harmless (`rest_is_harmless`), or a person looks as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sync.plan.names import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

_RELATIONS: Final = frozenset(
    """
    brother brothers bro sister sisters sis sibling siblings twin twins triplet triplets cousin cousins mum mums mummy
    mom mam mother mothers dad dads daddy father fathers parent parents carer guardian family son daughter child
    children kid uncle aunt auntie aunty nephew niece gran granny nan nana nanny grandma grandad granddad grandmother
    grandfather grandparent stepbrother stepsister stepson stepdaughter stepmum stepdad stepmother stepfather friend
    friends mate mates bestie boyfriend girlfriend partner boy girl lad pupil student mr mrs ms miss teacher of
    """.split()  # noqa: SIM905 - one word a line would fill a page
)
_DENIALS: Final = frozenset(
    """
    no not nor neither never isnt wasnt arent dont rather instead except but than unlike
    """.split()  # noqa: SIM905 - as above
)
_ALTERNATIVES: Final = frozenset(
    """
    or and plus with also both either maybe perhaps possibly probably unsure think guess vs versus others whole
    his her hers their theirs who whose next beside behind by like as opposite for around near hit hits about
    someone somebody everyone everybody anyone unknown
    """.split()  # noqa: SIM905 - as above
)
_WORDS: Final = _RELATIONS | _DENIALS | _ALTERNATIVES

_WITH_A_NAME: Final = frozenset(
    """
    class form tutor group set year yr reception nursery key stage the
    """.split()  # noqa: SIM905 - as above
)
_AFTER_A_NAME: Final = frozenset({"in", "from"})

_SIGNS: Final = re.compile(r"[&+;/\n]")
_BRACKETS: Final = re.compile(r"\([^()]*\)")
_DASH: Final = re.compile(r"\s[-\u2010-\u2015]+\s*(?=[^\W\d_])")
_STOP: Final = re.compile(r"\w{3,}\.\s+\w\w")
_POSSESSIVE: Final = re.compile(r"[^\W\d_]['\u2018\u2019`\u00b4\u02bc]s(?!\w)", re.IGNORECASE)


def doubts(name: str) -> frozenset[str]:
    """The words in a typed name, folded, that say that it is not simply a pupil's name."""
    return _WORDS.intersection(words_of(name))


def rest_is_harmless(words: Sequence[str], own: Collection[int], is_name: Callable[[str], bool]) -> bool:
    """Whether the words that are no part of a pupil's name leave no doubt that the pupil is meant.

    Another name is mostly a middle name, and whatever stands within the name is; an initial says nothing.

    Args:
        words: all that was typed, folded.
        own: the places of those that stand for a part of the name.
        is_name: whether a word is anybody's name.
    """
    first, last = min(own, default=0), max(own, default=0)
    return all(
        at in own
        or first < at < last
        or len(word) == 1
        or word in _WITH_A_NAME
        or (at > last and word in _AFTER_A_NAME)
        or is_name(word)
        for at, word in enumerate(words)
    )


def has_doubtful_sign(name: str) -> bool:
    """Whether signs in a typed name say so: between two names, or a possessive (`Ben Turner's`).

    A dash with a blank before it and letters after it stands between two names; `Smith-Jones` has none, and behind
    `Ben Turner - 7B` there is no name. `Benjamin (Ben/Benji) Turner` is one pupil.
    """
    outside = _BRACKETS.sub(" ", name).strip()
    return any(sign.search(outside) for sign in (_SIGNS, _DASH, _STOP)) or _POSSESSIVE.search(name) is not None
