"""For whom a card is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from addon.paths import Addresses
    from addon.roles import Right


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a card.

    Attributes:
        to: where its buttons lead.
        rights: what they may see and do.
        once: goes with every button that has something written, so that a press that is sent twice counts once.
    """

    to: Addresses
    rights: frozenset[Right]
    once: str

    def may(self, right: Right) -> bool:
        """Whether they may."""
        return right in self.rights
