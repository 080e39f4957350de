"""Are two records one pupil? Pure, and careful: what is not known is no evidence either way."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.domain.records import Pupil


def plain(name: str | None) -> str:
    """A name for comparing only: no accents, case, spaces or hyphens (`Zoë-May` -> `zoemay`)."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name or "") if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "", bare.casefold())


def different_people(one: Pupil, other: Pupil) -> bool:
    """Whether two records that share a UPN or an MIS id are plainly two pupils.

    They are when forename and date of birth both differ; or, where their MIS ids differ too, when either
    does (twins have one date of birth, and a retyped UPN joins them). Legal and preferred forenames count
    alike. A surname alone is no evidence: surnames change.
    """
    born = one.dob is not None and other.dob is not None and one.dob != other.dob
    mine, theirs = _forenames(one), _forenames(other)
    named = bool(mine and theirs and not mine & theirs)
    numbered = one.mis_id is not None and other.mis_id is not None and one.mis_id != other.mis_id
    return (born and named) or (numbered and (born or named))


def _forenames(pupil: Pupil) -> set[str]:
    return {name for name in (plain(pupil.legal_forename), plain(pupil.preferred_forename)) if name}
