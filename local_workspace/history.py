"""What the pages can undo: the earlier values of spreadsheets, whole, because a committed value never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .sheets.model import Spreadsheet

MOST_STEPS = 100


class Step(NamedTuple):
    """One change of a spreadsheet that a page made, by its number."""

    number: int
    before: Spreadsheet
    after: Spreadsheet


class History:
    """The steps of one spreadsheet that lead, without a gap, to the value that stands now."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._stands: Spreadsheet | None = None

    def note(self, step: Step) -> None:
        """Take a step; after a change that no page made, those before it can no longer be undone."""
        if step.after is self._stands:
            return
        if step.before is not self._stands:
            self._done.clear()
        self._done = [*self._done[1 - MOST_STEPS :], step]
        self._undone.clear()
        self._stands = step.after

    def value(self, now: Spreadsheet, numbers: Sequence[int], *, again: bool) -> Spreadsheet | None:
        """The value that undoing these changes, or doing them again, puts back; None when others came after them."""
        count = len(numbers)
        steps = self._undone[-count:][::-1] if again else self._done[-count:]
        if not count or now is not self._stands or [step.number for step in steps] != list(numbers):
            return None
        return steps[-1].after if again else steps[0].before

    def moved(self, now: Spreadsheet, count: int, *, again: bool) -> None:
        """Note that the latest steps were undone, or done again, and that `now` stands since."""
        source, goal = (self._undone, self._done) if again else (self._done, self._undone)
        goal.extend(reversed(source[-count:]))
        del source[-count:]
        self._stands = now


class Histories:
    """The histories by the spreadsheets' ids, in memory only: a restart forgets them."""

    def __init__(self) -> None:
        self._files: dict[str, History] = {}

    def of(self, file_id: str) -> History:
        """The history of a spreadsheet."""
        return self._files.setdefault(file_id, History())

    def compare(self, before: Mapping[str, Spreadsheet], after: Mapping[str, Spreadsheet], number: int) -> bool:
        """Note what one request of a page changed, under the number given; whether it changed anything."""
        changed = [name for name, book in before.items() if name in after and after[name] is not book]
        for name in changed:
            self.of(name).note(Step(number, before[name], after[name]))
        return bool(changed)

    def forget(self, file_id: str) -> None:
        """Forget a spreadsheet that is gone."""
        self._files.pop(file_id, None)
