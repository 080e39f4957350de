"""Collects what a person should know about a source, in sentences that never name a pupil.

A cell is quoted only when it is short and shares no word with a name in the same file, so that a column
that slipped (a surname under "FSM") cannot carry a name into a log or the Sync status tab.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sync.domain.records import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_QUOTE: Final = 24
_SHORTEST_NAME: Final = 2


@dataclass
class _Sighting:
    first_row: int
    field: str
    rest: str
    times: int = 1


class Notes:
    """Problems of one source.

    Args:
        source: the file's name as the reader of the messages knows it.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._names: set[str] = set()
        self._problems: list[Problem] = []
        self._codes: dict[tuple[str, str], _Sighting] = {}

    def hide(self, names: Iterable[str | None]) -> None:
        """Remember names of people; no later quotation shares a word with one of them."""
        for name in names:
            if name:
                self._names.update(word for word in _words(name) if len(word) >= _SHORTEST_NAME)

    def quote(self, text: str) -> str:
        """`'text'` where that gives nothing away, else how long the text is."""
        if len(text) <= _LONGEST_QUOTE and text.isprintable() and not self._names.intersection(_words(text)):
            return f"'{text}'"
        return f"a text of {len(text)} characters"

    def ref(self, upn: str | None, mis_id: str | None) -> str:
        """How a message calls a pupil: by UPN, else by MIS id, else not at all."""
        # A UPN or id without a digit is no such thing, but may well be a name in the wrong column.
        if upn and any(c.isdigit() for c in upn):
            return f"UPN {self.quote(upn)}"
        if mis_id and any(c.isdigit() for c in mis_id):
            return f"MIS id {self.quote(mis_id)}"
        return "the pupil of this row"

    def warn(self, row: int | None, field: str | None, reason: str) -> None:
        """Something odd that left nothing out."""
        self._problems.append(Problem(self.source, row, field, reason, Severity.WARNING))

    def error(self, row: int | None, field: str | None, reason: str) -> None:
        """A row or a value was left out."""
        self._problems.append(Problem(self.source, row, field, reason, Severity.ERROR))

    def code(self, row: int, field: str, code: str, rest: str) -> None:
        """A code outside the DfE's list, kept as it is; listed once a file with the number of times.

        Args:
            row: where it stands.
            field: whose code it is, e.g. `need`.
            code: the code, verbatim.
            rest: the end of the sentence that begins with the code.
        """
        seen = self._codes.get((field, code))
        if seen is None:
            self._codes[(field, code)] = _Sighting(row, field, rest)
        else:
            seen.times += 1

    def all(self) -> tuple[Problem, ...]:
        """Every problem, by row; those of the whole file first."""
        codes = [
            Problem(
                self.source,
                seen.first_row,
                seen.field,
                f"{self.quote(code)} {seen.rest}" + (f" ({seen.times} times)" if seen.times > 1 else ""),
            )
            for (_, code), seen in self._codes.items()
        ]
        return tuple(sorted([*self._problems, *codes], key=lambda problem: problem.row or 0))


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", text.casefold()) if word]
