"""How often a concern finds the right pupil: made-up forms with mistakes, on made-up rolls.

Run from the root: python -m bench.matching [--rolls N] [--forms N] [--pupils N] [--seed N]. Prints a line for each
kind of mistake. Ends with 1 if more than one automatic link in 10,000 is wrong, if fewer than 95 % of well-formed
forms are linked, or if a match takes 20 ms or more on average.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from random import Random
from typing import Final

from bench.slips import Form, Teacher, make_roll
from sync.domain.concerns import Link
from sync.plan.matching import Match, Roll
from sync.service.wordlists import load_given_names

TODAY: Final = date(2026, 11, 23)
WRONG_IN_10_000: Final = 1.0
WELL_FORMED_LINKED: Final = 0.95
MOST_MS: Final = 20.0
DOUBTFUL: Final = 50
"""One form more for so many is one of which nobody may be linked (`bench.slips.AROUND`)."""


@dataclass(slots=True)
class Tally:
    """What was counted; kinds of mistakes end with " +" where a second one came with them."""

    forms: Counter[str] = field(default_factory=Counter)
    linked: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    offered: Counter[str] = field(default_factory=Counter)
    well_formed: int = 0
    well_formed_linked: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    mistakes: list[tuple[Form, str]] = field(default_factory=list)

    def add(self, form: Form, match: Match, seconds: float) -> None:
        """Count one form."""
        linked = match.link is not Link.NONE
        wrong = linked and match.ref != form.ref
        self.forms[form.kind] += 1
        self.linked[form.kind] += linked
        self.wrong[form.kind] += wrong
        self.offered[form.kind] += form.ref in match.candidates
        self.well_formed += form.well_formed
        self.well_formed_linked += form.well_formed and linked and not wrong
        self.seconds += seconds
        self.slowest = max(self.slowest, seconds)
        if wrong:
            self.mistakes.append((form, match.ref))

    @property
    def wrong_in_10_000(self) -> float:
        """Wrong links in 10,000 automatic ones."""
        return 10_000 * self.wrong.total() / max(1, self.linked.total())

    @property
    def well_formed_share(self) -> float:
        """The share of well-formed forms that were linked to the right pupil."""
        return self.well_formed_linked / max(1, self.well_formed)

    @property
    def mean_ms(self) -> float:
        """Milliseconds a match, on average."""
        return 1000 * self.seconds / max(1, self.forms.total())


def run(tally: Tally, seed: int, pupils: int, forms: int) -> None:
    """One roll and its forms."""
    made = make_roll(seed, pupils, TODAY)
    roll = Roll.of(made.rows, load_given_names())
    teacher = Teacher(Random(f"forms {seed}"), made)
    # Drawn apart, so that the other forms of a seed are those of every measurement before.
    doubtful = Teacher(Random(f"doubtful {seed}"), made)
    drawn = chain((teacher.form() for _ in range(forms)), (doubtful.doubtful() for _ in range(forms // DOUBTFUL)))
    for form in drawn:
        begin = time.process_time()
        match = roll.match(form.said)
        tally.add(form, match, time.process_time() - begin)


def table(tally: Tally) -> str:
    """A line a kind: how many forms, the shares linked and offered, how many links were wrong."""
    lines = [f"{'kind of mistake':36}{'forms':>8}{'linked':>9}{'offered':>9}{'wrong':>7}"]
    for kind in sorted(tally.forms, key=lambda each: (each.endswith("+"), each)):
        count = tally.forms[kind]
        linked, offered = (f"{100 * part[kind] / count:.1f} %" for part in (tally.linked, tally.offered))
        lines.append(f"{kind:36}{count:>8}{linked:>9}{offered:>9}{tally.wrong[kind]:>7}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print the table and what it comes to; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rolls", type=int, default=12, help="how many schools (default 12)")
    parser.add_argument("--forms", type=int, default=5000, help="how many forms for each (default 5,000)")
    parser.add_argument("--pupils", type=int, default=2000, help="how many on each roll (default 2,000)")
    parser.add_argument("--seed", type=int, default=1, help="of the first roll")
    chosen = parser.parse_args(arguments)
    tally = Tally()
    for seed in range(chosen.seed, chosen.seed + chosen.rolls):
        run(tally, seed, chosen.pupils, chosen.forms)
    print(table(tally))
    print(
        f"\n{tally.linked.total():,} automatic links of {tally.forms.total():,} forms on {chosen.rolls} rolls; wrong: "
        f"{tally.wrong.total()}, {tally.wrong_in_10_000:.2f} in 10,000 (at most {WRONG_IN_10_000:g})"
    )
    print(f"well-formed names linked: {100 * tally.well_formed_share:.2f} % of {tally.well_formed:,} (at least 95 %)")
    print(f"CPU of a match: {tally.mean_ms:.2f} ms (below {MOST_MS:g} ms), the slowest {1000 * tally.slowest:.1f} ms")
    for form, ref in tally.mistakes:
        print(f"wrong: {form} was linked to {ref}")
    met = tally.wrong_in_10_000 <= WRONG_IN_10_000 and tally.well_formed_share >= WELL_FORMED_LINKED
    return 0 if met and tally.mean_ms < MOST_MS else 1


if __name__ == "__main__":
    sys.exit(main())
