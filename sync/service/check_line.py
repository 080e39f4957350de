"""One line of `sensync check`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.domain.errors import SensyncError


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One thing looked at: what, whether it is in order, what was found, and how to repair it."""

    name: str
    passed: bool
    found: str
    repair: str = ""


def failed(name: str, error: SensyncError) -> CheckLine:
    """The line for what failed with an error."""
    return CheckLine(name, passed=False, found=" ".join(error.problems), repair=error.next_step)
