"""Adults who are a pupil's no more, and who come back: what a sync stores of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.families import Adult
from sync.store import Families, Links, keep_families

if TYPE_CHECKING:
    from datetime import datetime

    from sync.store import Store


def leaves(store: Store, workbook: int, adult: str, ref: str, now: datetime) -> None:
    """The MIS has this adult of the pupil no more; all others who are known or have a link stay."""
    known = _known(store, workbook, now)
    known.pop((adult, ref), None)
    keep_families(store, workbook, known.values(), {ref}, now)


def returns(store: Store, workbook: int, adult: str, ref: str, now: datetime, email: str = "") -> None:
    """The MIS has this adult of the pupil again, with this address."""
    known = _known(store, workbook, now)
    known[adult, ref] = Adult(adult, ref, email=email)
    keep_families(store, workbook, known.values(), {ref}, now)


def _known(store: Store, workbook: int, now: datetime) -> dict[tuple[str, str], Adult]:
    stored = (each for adults in Families(store).all(workbook).values() for each in adults)
    holders = {(adult, ref): Adult(adult, ref) for adult, ref, _ in Links(store).holders(workbook, now)}
    return holders | {(each.key, each.ref): each for each in stored}
