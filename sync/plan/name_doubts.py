"""What in the box for a pupil's name says that more, or somebody else, is meant than the name in it.

`Ben Turner's brother`, `not Ella, Ellie` and `Ben or Isla` hold a pupil's full name, and are about another. A machine
that took the name and left the rest would link the wrong child with the best of conscience. So any such word makes a
person look. It may be a name itself (Máté, Or, Her): what belongs to the pupil's own name is no doubt of it.
"""

from __future__ import annotations

import re
from typing import Final

from sync.plan.names import words_of

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
    his her hers their theirs who whose next beside behind
    """.split()  # noqa: SIM905 - as above
)
_WORDS: Final = _RELATIONS | _DENIALS | _ALTERNATIVES

_SIGNS: Final = re.compile(r"[&+;/\n]")
_BRACKETS: Final = re.compile(r"\([^()]*\)")
_DASH: Final = re.compile(r"\s[-\u2010-\u2015]+\s*(?=[^\W\d_])")
_STOP: Final = re.compile(r"\w{3,}\.\s+\w\w")
_POSSESSIVE: Final = re.compile(r"[^\W\d_]['\u2018\u2019`\u00b4\u02bc]s(?!\w)", re.IGNORECASE)


def doubts(name: str) -> frozenset[str]:
    """The words in a typed name, folded, that say that it is not simply a pupil's name."""
    return _WORDS.intersection(words_of(name))


def has_doubtful_sign(name: str) -> bool:
    """Whether signs in a typed name say so: between two names, or a possessive (`Ben Turner's`).

    A dash with a blank before it and letters after it stands between two names; `Smith-Jones` has none, and behind
    `Ben Turner - 7B` there is no name. `Benjamin (Ben/Benji) Turner` is one pupil.
    """
    outside = _BRACKETS.sub(" ", name).strip()
    return any(sign.search(outside) for sign in (_SIGNS, _DASH, _STOP)) or _POSSESSIVE.search(name) is not None
