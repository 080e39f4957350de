"""What a formula can come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_TYPES = {
    "Null": "NULL_VALUE",
    "Div": "DIVIDE_BY_ZERO",
    "Value": "VALUE",
    "Ref": "REF",
    "Name": "NAME",
    "Num": "NUM",
    "Na": "N_A",
    "Spill": "REF",
    "Circ": "REF",
}
ERROR_TEXTS = {
    "NULL_VALUE": "#NULL!",
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "VALUE": "#VALUE!",
    "REF": "#REF!",
    "NAME": "#NAME?",
    "NUM": "#NUM!",
    "N_A": "#N/A",
    "ERROR": "#ERROR!",
}
_MESSAGES = {
    "Div": "Function DIVIDE parameter 2 cannot be zero.",
    "Ref": "Reference does not exist.",
    "Na": "Did not find a value in the evaluation.",
    "Circ": "Circular dependency detected. To resolve with iterative calculation, see File > Settings.",
    "Spill": "Array result was not expanded because it would overwrite data.",
    "Name": "Unknown range name or function.",
    "Error": "Formula parse error.",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """An error value.

    Attributes:
        kind: the ErrorValue type, such as N_A.
        message: a sentence; Google's names the function and its arguments, which the engine does not tell.
    """

    kind: str
    message: str

    @property
    def text(self) -> str:
        """What the cell shows, such as `#N/A`."""
        return ERROR_TEXTS[self.kind]

    @staticmethod
    def of(engine_kind: str) -> Failure:
        """The error for what the engine calls it."""
        return Failure(_TYPES.get(engine_kind, "ERROR"), _MESSAGES.get(engine_kind, ""))


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed number that shows in a format of its own when its cell has none, such as a date.

    Attributes:
        shape: the NumberFormat; without a pattern it is the locale's usual one.
    """

    number: float
    shape: dict[str, Any]


Result = None | str | float | int | bool | Failure | Computed
