"""The DfE's code sets for SEN status, type of need and area of need, and the words schools write for them.

Sources: Common Basic Data Set (CBDS) CS096 (SEN provision) and CS071 (SEN type); the four broad areas of
need are those of the SEND Code of Practice 2015, 6.28 to 6.35. No list here is closed: a code that is not
listed is kept as it was written and reported, never refused.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

STATUSES: Final[dict[str, str]] = {
    "N": "No special educational need",
    "K": "SEN support",
    "E": "Education, health and care plan",
}
"""Statuses in use today (CBDS CS096)."""

OLDER_STATUSES: Final[dict[str, str]] = {
    "S": "Statement",
    "A": "School or early years action",
    "P": "School or early years action plus",
    "Q": "School action plus and statutory assessment",
    "O": "Provision no longer needed",
    "X": "Severe educational disability",
}
"""Codes that were once valid and still lie in MISs; they are kept, and reported as no longer valid."""

NEEDS: Final[dict[str, str]] = {
    "SPLD": "Specific learning difficulty",
    "MLD": "Moderate learning difficulty",
    "SLD": "Severe learning difficulty",
    "PMLD": "Profound and multiple learning difficulty",
    "SEMH": "Social, emotional and mental health",
    "SLCN": "Speech, language and communication needs",
    "HI": "Hearing impairment",
    "VI": "Vision impairment",
    "MSI": "Multi-sensory impairment",
    "PD": "Physical disability",
    "ASD": "Autistic spectrum disorder",
    "DS": "Down syndrome",
    "OTH": "Other difficulty or disability",
    "NSA": "SEN support but no specialist assessment of type of need",
}
"""Types of need (CBDS CS071; `DS` since the January 2026 census)."""

COMMUNICATION: Final = "Communication and interaction"
COGNITION: Final = "Cognition and learning"
SEMH: Final = "Social, emotional and mental health"
SENSORY: Final = "Sensory and/or physical"

AREAS: Final[dict[str, str]] = {
    "SLCN": COMMUNICATION,
    "ASD": COMMUNICATION,
    "SPLD": COGNITION,
    "MLD": COGNITION,
    "SLD": COGNITION,
    "PMLD": COGNITION,
    "SEMH": SEMH,
    "HI": SENSORY,
    "VI": SENSORY,
    "MSI": SENSORY,
    "PD": SENSORY,
}
"""Broad area of each type of need. `DS`, `OTH` and `NSA` are in none: the Code of Practice does not place
them, and a guess would stand in the register as if the MIS had said it."""

_STATUS_WORDS: Final[dict[str, str]] = {
    "no special educational need": "N",
    "no special educational needs": "N",
    "no special educational provision": "N",
    "no specified special educational need": "N",
    "no sen": "N",
    "no sen provision": "N",
    "not sen": "N",
    "sen support": "K",
    "send support": "K",
    "special educational needs support": "K",
    "ehcp": "E",
    "ehc plan": "E",
    "education health and care plan": "E",
    "education health care plan": "E",
    "education health and care ehc plan": "E",
}

_NEED_WORDS: Final[dict[str, str]] = {
    "specific learning difficulties": "SPLD",
    "moderate learning difficulties": "MLD",
    "severe learning difficulties": "SLD",
    "profound and multiple learning difficulties": "PMLD",
    "profound multiple learning difficulty": "PMLD",
    "social emotional and mental health needs": "SEMH",
    "social emotional mental health": "SEMH",
    "social emotional and mental health difficulties": "SEMH",
    "speech language and communication": "SLCN",
    "speech language and communication need": "SLCN",
    "speech language or communication needs": "SLCN",
    "visual impairment": "VI",
    "multisensory impairment": "MSI",
    "autistic spectrum disorders": "ASD",
    "autism spectrum disorder": "ASD",
    "autism": "ASD",
    "downs syndrome": "DS",
    "down s syndrome": "DS",
    "other difficulty disability": "OTH",
    "other difficulty": "OTH",
    "no specialist assessment": "NSA",
    "sen support but no specialist assessment": "NSA",
}


def _words(text: str) -> str:
    """A label without case, punctuation and double spaces, so that spellings of one label meet."""
    return " ".join(re.sub(r"[^\w]+", " ", text.casefold()).split())


_STATUS_BY_WORDS: Final = {_words(label): code for code, label in STATUSES.items()} | _STATUS_WORDS
_NEED_BY_WORDS: Final = {_words(label): code for code, label in NEEDS.items()} | _NEED_WORDS

_LONGEST_LABEL: Final = 200
# "K - SEN Support", "K: SEN Support", "K (SEN Support)".
_CODE_FIRST: Final = re.compile(r"([A-Za-z]{1,4})\s*(?:[-\u2013\u2014:]\s*\S.*|\(.+\))", re.DOTALL)
# "SEN Support (K)", "SEN Support - K".
_CODE_LAST: Final = re.compile(r".*\S\s*(?:\(([A-Za-z]{1,4})\)|[-\u2013\u2014:]\s*([A-Za-z]{1,4}))", re.DOTALL)


def _look_up(text: str, codes: dict[str, str], words: dict[str, str]) -> str | None:
    """The code that a code, a label or both together mean; None when nothing known."""
    # No label is this long; the shapes below take quadratic time on a crafted text.
    if len(text) > _LONGEST_LABEL:
        return None
    if text.upper() in codes:
        return text.upper()
    if by_label := words.get(_words(text)):
        return by_label
    for shape in (_CODE_FIRST, _CODE_LAST):
        if found := shape.fullmatch(text):
            code = next(group for group in found.groups() if group).upper()
            if code in codes:
                return code
    return None


@lru_cache(maxsize=4096)
def status_code(text: str) -> str:
    """The status code that a text of the MIS means: `K - SEN Support`, `SEN support`, `k` -> `K`.

    Returns the text as it is when it means none of K, E and N; older codes come back in capitals.
    """
    stripped = text.strip()
    if stripped.upper() in OLDER_STATUSES:
        return stripped.upper()
    return _look_up(stripped, STATUSES, _STATUS_BY_WORDS) or stripped


@lru_cache(maxsize=4096)
def need_codes(text: str) -> tuple[str, ...]:
    """The need codes in a cell: `SLCN`, `SLCN - Speech, ...`, `ASD; SLCN`, `HI, VI`.

    A list is split only when every part is a known code or label, so that a label with commas of its own
    stays whole. Unknown text comes back as it is, as a single code; an empty text gives ().
    """
    stripped = text.strip()
    if not stripped:
        return ()
    if whole := _look_up(stripped, NEEDS, _NEED_BY_WORDS):
        # "ASD - a, SLCN - b" looks like one code and its label; a list of known parts is the better reading.
        return _parts(stripped) or (whole,)
    return _parts(stripped) or (stripped,)


def _parts(text: str) -> tuple[str, ...]:
    for separator in (";", "|", "\n", ",", "/"):
        parts = [part.strip() for part in text.split(separator) if part.strip()]
        codes = [_look_up(part, NEEDS, _NEED_BY_WORDS) for part in parts]
        if len(parts) > 1 and all(codes):
            return tuple(dict.fromkeys(code for code in codes if code))
    return ()


def area_of(need: str) -> str:
    """The broad area of a need code, or "" where the Code of Practice names none (`DS`, `OTH`, `NSA`)."""
    return AREAS.get(need.upper(), "")
