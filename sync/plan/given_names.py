"""Which forenames belong together, from `sheets_templates/nicknames.toml`: short forms, and spellings of one name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sync.domain.errors import ConfigError
from sync.plan.names import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SPELLING: Final = 0.5
SHORT: Final = 1.0
BOTH_SHORT: Final = 4.0
"""What it costs to assume that a name was written for another of its list; see `sync.plan.matching`.

Two short forms of one name, Charlie and Lottie, are mostly two children: too dear to be linked by.
"""


class GivenNames:
    """The lists, by each folded name in them.

    Args:
        costs: for each name the others that it may stand for, with what that costs; it is the same both ways.
    """

    def __init__(self, costs: Mapping[str, Mapping[str, float]]) -> None:
        self._costs = costs

    @classmethod
    def of(cls, told: Mapping[str, Any], where: str = "nicknames.toml") -> GivenNames:
        """The lists of a parsed file: `same` is lists of spellings, `short` gives each full name its short forms.

        Raises:
            ConfigError: something else stands there; every such place is named.
        """
        same, short = told.get("same", []), told.get("short", {})
        problems = [
            f"{where}: '{key}' is not known; there are 'same' and 'short'." for key in told.keys() - {"same", "short"}
        ]
        if not isinstance(same, list):
            problems.append(f"{where}: 'same' must be a list of lists of names.")
            same = []
        if not isinstance(short, dict):
            problems.append(f"{where}: [short] must give each full name a list of short forms.")
            short = {}
        lists = {f"list {n} of 'same'": names for n, names in enumerate(same, start=1)} | {
            f"'{full}' in [short]": names for full, names in short.items()
        }
        problems += [f"{where}: {place} must be names, each between quotes." for place, names in lists.items()
                     if not _is_names(names)]  # fmt: skip
        if problems:
            raise ConfigError(*problems, next_step="Mend the file and try again.")
        costs: dict[str, dict[str, float]] = {}
        for names in same:
            _together(costs, names, SPELLING)
        for full, names in short.items():
            for name in names:
                _together(costs, (full, name), SHORT)
            _together(costs, names, BOTH_SHORT)
        return cls(costs)

    def others(self, name: str) -> Mapping[str, float]:
        """The names that a folded name may stand for, with what that costs; not the name itself."""
        return self._costs.get(name, {})

    def __contains__(self, name: object) -> bool:
        return name in self._costs


NO_GIVEN_NAMES: Final = GivenNames({})


def _is_names(names: object) -> bool:
    return isinstance(names, list) and all(isinstance(name, str) and words_of(name) for name in names)


def _together(costs: dict[str, dict[str, float]], names: tuple[str, ...] | list[str], cost: float) -> None:
    folded = ["".join(words_of(name)) for name in names]
    for one in folded:
        for other in folded:
            if one != other:
                known = costs.setdefault(one, {})
                known[other] = min(cost, known.get(other, cost))
