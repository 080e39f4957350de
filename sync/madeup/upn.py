"""UPNs for made-up pupils: valid check letters, all of authority 999, which exists only in test data."""

from __future__ import annotations

from dataclasses import dataclass, field

from sync.domain.upn import LETTERS, check_letter, is_temporary


@dataclass(slots=True)
class UpnIssuer:
    """Gives each pupil a UPN that no other has, as schools do: authority, school, year, serial."""

    la: str
    _given: dict[str, int] = field(default_factory=dict)

    def permanent(self, estab: str, year: int) -> str:
        """A permanent UPN issued by the school `estab` in the calendar year `year`."""
        base = f"{self.la}{estab}{year % 100:02d}"
        rest = f"{base}{self._next(base, 999):03d}"
        return check_letter(rest) + rest

    def temporary(self, estab: str, year: int) -> str:
        """A temporary UPN: the last character is a letter."""
        base = f"{self.la}{estab}{year % 100:02d}"
        number = self._next(f"{base}-temporary", 99 * len(LETTERS)) - 1
        rest = f"{base}{number // len(LETTERS) + 1:02d}{LETTERS[number % len(LETTERS)]}"
        return check_letter(rest) + rest

    def taken(self, upn: str) -> None:
        """Notes a UPN that was given elsewhere, so that none is given twice."""
        rest = upn[1:]
        if is_temporary(upn):
            number = (int(rest[-3:-1]) - 1) * len(LETTERS) + LETTERS.index(rest[-1]) + 1
            base = f"{rest[:-3]}-temporary"
        else:
            number = int(rest[-3:])
            base = rest[:-3]
        self._given[base] = max(self._given.get(base, 0), number)

    def _next(self, base: str, most: int) -> int:
        number = self._given.get(base, 0) + 1
        if number > most:
            raise ValueError(f"School and year {base} have given all {most} of their UPNs.")
        self._given[base] = number
        return number
