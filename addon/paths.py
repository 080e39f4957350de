"""Where Google calls us. Each address is an audience of its own for the tokens that Google signs."""

from __future__ import annotations

from dataclasses import dataclass

HOME, ACT, COMPLETE, GRANTED, EVENT = "/addon/home", "/addon/act", "/addon/complete", "/addon/granted", "/addon/event"
PICTURE = "/addon/logo.png"
PATHS = (HOME, ACT, COMPLETE, GRANTED, EVENT)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses under one public address, which has no slash at its end."""

    base: str

    @property
    def act(self) -> str:
        """Of every button."""
        return f"{self.base}{ACT}"

    @property
    def complete(self) -> str:
        """Of every suggestion while typing."""
        return f"{self.base}{COMPLETE}"
