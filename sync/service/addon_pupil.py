"""What the card of one pupil shows, whole: the card leaves out what its reader must not see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sync.plan.cells import from_json
from sync.service.addon_acts import acts_of
from sync.service.addon_concerns import read_lines
from sync.service.addon_school import Named, ref_of, word
from sync.service.form_links import concern_link
from sync.store import Jobs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.service.addon_concerns import ConcernLine
    from sync.service.addon_school import Meeting, School
    from sync.store import Job


@dataclass(frozen=True, slots=True)
class GivenProvision:
    """One provision of a pupil. `cost` is of the whole period in pounds, None where the sheet reckons none."""

    key: str
    name: str
    details: str
    running: bool
    cost: float | None


@dataclass(frozen=True, slots=True)
class PupilFile:
    """Everything that cards say of one pupil.

    Attributes:
        roll: the cells of the roll, `register` what people typed in the register; by column.
        on_register: whether the register has a row for them.
        year_cost: what their provision costs this year in pounds, None where the sheet reckons none.
        meetings: of this pupil, those to come and due first.
        concerns: about them, those that are due first in front; closed ones too.
        concern_form: where a concern about them is raised; "" where none can be.
        acts: what the reader asked to have written about them, waiting or not done.
    """

    pupil: Named
    roll: Mapping[str, Any] = field(repr=False)
    register: Mapping[str, Any] = field(repr=False)
    on_register: bool
    provisions: tuple[GivenProvision, ...]
    year_cost: float | None
    overdue: str
    gaps: str
    meetings: tuple[Meeting, ...]
    concerns: tuple[ConcernLine, ...]
    concern_form: str
    acts: tuple[Job, ...]

    @property
    def met(self) -> int:
        """Meetings held this school year, of the three that are due (Code of Practice 6.65)."""
        return int(_number(self.roll.get("met")) or 0)

    @property
    def booked(self) -> int:
        """Meetings booked and to come."""
        return int(_number(self.roll.get("booked")) or 0)


def read_pupil(school: School, ref: str, who: str) -> PupilFile | None:
    """The file of a pupil on roll for a reader, by their address; None where nobody on roll has this reference."""
    pupil = school.on_roll(ref)
    if pupil is None:
        return None
    register = school.store.row(school.workbook_id, "register", ref)
    shown = school.shown()
    reckoned = shown.get("register", {}).get(ref, {})
    return PupilFile(
        pupil=pupil,
        roll=school.store.row(school.workbook_id, "roll", ref) or {},
        register=register or {},
        on_register=register is not None,
        provisions=_provisions(school, ref, shown.get("map", {})),
        year_cost=_number(reckoned.get("cost")),
        overdue=word(reckoned, "overdue"),
        gaps=word(reckoned, "gaps"),
        meetings=tuple(each for each in school.meetings() if each.ref == ref),
        concerns=tuple(read_lines(school, ref)),
        concern_form="" if school.hours is None else concern_link(school.store, school.workbook_id, ref),
        acts=acts_of(Jobs(school.store).newest(school.workbook_id), who, school.now, ref),
    )


def _provisions(school: School, ref: str, shown: Mapping[str, Mapping[str, Any]]) -> tuple[GivenProvision, ...]:
    """Of the MIS and of people's own rows, those that run now first."""
    mis = school.store.tab(school.workbook_id, "mis_provision")
    typed = school.store.tab(school.workbook_id, "map")
    rows = {key: cells for key, cells in mis.items() if word(cells, "ref") == ref and word(cells, "in_mis") == "Yes"}
    own = {key: cells for key, cells in typed.items() if key not in mis and ref_of(word(cells, "pupil")) == ref}
    found = []
    for key, cells in {**rows, **own}.items():
        reckoned = shown.get(key, {})
        name = word(cells, "name") or word(cells, "provision") or "Provision"
        running = word(reckoned, "active") in ("Yes", "")
        found.append(GivenProvision(key, name, _details(cells), running, _number(reckoned.get("cost_full"))))
    return tuple(sorted(found, key=lambda each: (not each.running, each.name.casefold(), each.key)))


def _details(cells: Mapping[str, Any]) -> str:
    minutes, times = word(cells, "minutes"), word(cells, "times_a_week") or word(cells, "times")
    how_often = f"{minutes} min, {times} a week" if minutes and times else ""
    return " · ".join(part for part in (word(cells, "wave"), how_often, word(cells, "delivered_by")) if part)


def _number(value: Any) -> float | None:
    found = from_json(value)
    return found if isinstance(found, float) and not isinstance(found, bool) else None
