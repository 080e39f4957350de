"""What the cards of the add-on read: the store, as the last sync left it. Google is not asked, so a card is quick.

Names are here, since cards show them; nothing of this is logged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sync.domain.meetings import MeetingKind
from sync.plan import guards
from sync.plan.cells import day_of, from_json, moment_of, text
from sync.plan.facts import is_ours, pupil_key
from sync.plan.names import words_of
from sync.plan.shown import SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from sync.domain.response_clock import SchoolHours
    from sync.store import Cells, Store

SEN = guards.SEN
_MOST_FOUND = 10


@dataclass(frozen=True, slots=True)
class Named:
    """A pupil as people tell one from another: `line` has year, class and reference beside the name."""

    ref: str
    name: str = field(repr=False)
    year: str
    group: str
    status: str

    @property
    def place(self) -> str:
        """Year and class."""
        return " · ".join(part for part in (f"Year {self.year}" if self.year else "", self.group) if part)

    @property
    def line(self) -> str:
        """For a list, and to be read again by `ref_of`: namesakes differ by what follows the name."""
        return " · ".join(part for part in (self.name, self.place, self.ref) if part)


@dataclass(frozen=True, slots=True)
class Meeting:
    """One row of *Meetings*, with what Sensync knows of it.

    Attributes:
        key: of the row; `M-` ones are Sensync's.
        choices: the proposed times, on the school's wall clock.
        typed: what people typed in the row, by column.
    """

    key: str
    ref: str
    kind: str
    due: date | None
    day: date | None
    time: str
    choices: tuple[datetime, ...]
    said: str
    typed: Mapping[str, Any] = field(repr=False)

    @property
    def happened(self) -> str:
        """What became of it, "" while nobody said."""
        return word(self.typed, "happened")

    @property
    def offered(self) -> bool:
        """Whether its times were offered to the family."""
        return bool(word(self.typed, "accept"))

    @property
    def held_on(self) -> date | None:
        """The day on which it was held, or is booked."""
        return day(self.typed, "held_on") or self.day

    @property
    def is_due(self) -> bool:
        """Whether it is a review whose times are Sensync's to propose, with no date and nothing said of it yet."""
        return is_ours(self.key) and self.due is not None and self.day is None and not self.happened

    @property
    def is_annual(self) -> bool:
        """Whether it reviews an EHC plan."""
        return self.kind.casefold() == MeetingKind.ANNUAL.casefold()


def word(cells: Mapping[str, Any], column: str) -> str:
    """A cell as text; "" for a blank one."""
    return text(from_json(cells.get(column))).strip()


def day(cells: Mapping[str, Any], column: str) -> date | None:
    """A cell that holds a date; None for any other."""
    return day_of(from_json(cells.get(column)))


def moment(cells: Mapping[str, Any], column: str) -> datetime | None:
    """A cell that holds a wall-clock time; None for any other."""
    return moment_of(from_json(cells.get(column)))


class School:
    """One school's store, as cards ask it.

    Args:
        store: migrated.
        workbook_id: whose.
        zone: of the school.
        now: the present, an aware instant.
        hours: of a school day, by which the clock of concerns runs; None where concerns are switched off.
    """

    def __init__(
        self, store: Store, workbook_id: int, zone: tzinfo, now: datetime, hours: SchoolHours | None = None
    ) -> None:
        self.store = store
        self.workbook_id = workbook_id
        self.now = now
        self.zone = zone
        self.hours = hours

    @property
    def today(self) -> date:
        """The school's day."""
        return self.now.astimezone(self.zone).date()

    def named(self, ref: str) -> Named | None:
        """A pupil whom the roll knows, those who left among them."""
        cells = self.store.row(self.workbook_id, "roll", ref)
        return None if cells is None else _named(ref, cells)

    def on_roll(self, ref: str) -> Named | None:
        """A pupil who is on roll; None for those who left, too."""
        cells = self.store.row(self.workbook_id, "roll", ref)
        return _named(ref, cells) if cells is not None and _is_on_roll(cells) else None

    def names(self) -> dict[str, Named]:
        """Everybody on roll, by reference."""
        roll = self.store.tab(self.workbook_id, "roll")
        return {ref: _named(ref, cells) for ref, cells in roll.items() if _is_on_roll(cells)}

    def find(self, typed: str, among: Iterable[Named]) -> list[Named]:
        """Who may be meant: each typed word begins a word of the name, is the class, or the year (`7`, `y7`).

        A line that was picked from the suggestions is the one pupil whose reference it ends with.
        """
        pupils = list(among)
        ref = ref_of(typed)
        if picked := [each for each in pupils if each.ref == ref and typed.strip() == each.line]:
            return picked
        wanted = _words(typed)
        if not wanted:
            return []
        found = [each for each in pupils if all(_has(each, part) for part in wanted)]
        found.sort(key=lambda each: (each.status not in SEN, each.name.casefold(), each.ref))
        return found[:_MOST_FOUND]

    def shown(self) -> Mapping[str, Mapping[str, Cells]]:
        """What the sheet's own formulas showed at the last sync (`plan.shown`)."""
        return self.store.document(self.workbook_id, SHOWN) or {}

    def meetings(self) -> list[Meeting]:
        """All rows of *Meetings*, the next first, then those without a date.

        A row of a person's own that asks for a review is left out once Sensync has one for it.
        """
        typed = self.store.tab(self.workbook_id, "meetings")
        known = self.store.tab(self.workbook_id, "meeting_status")
        found = [_meeting(key, typed.get(key, {}), known.get(key, {})) for key in {**known, **typed}]
        answered = {(each.ref, each.kind, each.due) for each in found if each.key in known and each.due}
        found = [each for each in found if each.key in known or (each.ref, each.kind, each.due) not in answered]
        return sorted(found, key=lambda each: (each.held_on or each.due or date.max, each.key))

    def meeting(self, key: str) -> Meeting | None:
        """One row of *Meetings*."""
        rows = self.store.rows_of(self.workbook_id, key, ("meetings", "meeting_status"))
        return _meeting(key, rows.get("meetings", {}), rows.get("meeting_status", {})) if rows else None


def ref_of(line: str) -> str:
    """The reference at the end of a line; "" if there is none."""
    return pupil_key(line)


def _is_on_roll(cells: Cells) -> bool:
    return word(cells, "on_roll") == "Yes"


def _named(ref: str, cells: Cells) -> Named:
    return Named(ref, word(cells, "name"), word(cells, "year"), word(cells, "group"), word(cells, "status"))


def _meeting(key: str, typed: Cells, known: Cells) -> Meeting:
    both = {**typed, **known}
    return Meeting(
        key=key,
        ref=word(known, "ref") or ref_of(word(typed, "pupil")),
        kind=word(both, "kind") or "Meeting",
        due=day(both, "due"),
        day=day(both, "date"),
        time=word(both, "time"),
        choices=tuple(at for name in ("choice_1", "choice_2", "choice_3") if (at := moment(both, name)) is not None),
        said=word(known, "said"),
        typed=typed,
    )


def _words(typed: str) -> list[str]:
    """What was typed, in words: letters as names are compared, and anything with a digit as it is."""
    parts = typed.casefold().replace("·", " ").replace(",", " ").split()
    return [
        folded
        for part in parts
        for folded in ((part,) if any(letter.isdigit() for letter in part) else words_of(part))
        if folded != "year"
    ]


def _has(pupil: Named, part: str) -> bool:
    names = (*words_of(pupil.name), *pupil.name.casefold().replace(",", " ").split())
    year, group = pupil.year.casefold(), pupil.group.casefold()
    return (
        any(each.startswith(part) for each in names)
        or part in (year, f"y{year}", pupil.ref.casefold())
        or (any(letter.isdigit() for letter in part) and group.startswith(part))
    )
