"""Where Google calls us. Each address is an audience of its own for the tokens that Google signs."""

from __future__ import annotations

from dataclasses import dataclass

HOME, ACT, COMPLETE, GRANTED, EVENT = "/addon/home", "/addon/act", "/addon/complete", "/addon/granted", "/addon/event"
PREVIEW = "/addon/preview"
PUPIL = "/addon/p/"
"""What a link for a document begins with; a pupil's reference follows. The link itself shows nobody anything."""

PICTURE = "/addon/logo.png"
PATHS = (HOME, ACT, COMPLETE, GRANTED, EVENT, PREVIEW)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses under one public address, which has no slash at its end."""

    base: str

    @property
    def act(self) -> str:
        """Of every button."""
        return f"{self.base}{ACT}"

    def pupil(self, ref: str) -> str:
        """The link of a pupil for a document, by their reference."""
        return f"{self.base}{PUPIL}{ref}"

    @property
    def complete(self) -> str:
        """Of every suggestion while typing."""
        return f"{self.base}{COMPLETE}"
