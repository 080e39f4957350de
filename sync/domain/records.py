"""What the MIS knows, as plain records. Every reader in `sync.mis` gives these and nothing else.

`None` always means "the source does not say" (unknown), never "no". Text is verbatim but for padding;
codes are verbatim and never a closed list. All dates are calendar dates in the school's own time zone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


class Severity(StrEnum):
    """How bad a `Problem` is: a `WARNING` changed nothing, an `ERROR` left a row or value out."""

    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a source that a person should know.

    `reason` is a sentence that quotes codes and dates, never a pupil's name. `row` counts as a person
    counts: 1 is the first line of the file (for XML, the number of the record, from 1). `disputed` is a UPN that two
    records quarrel over, so that it was left out: whoever had it has not left the school.
    """

    source: str
    row: int | None
    field: str | None
    reason: str
    severity: Severity = Severity.WARNING
    disputed: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """A type of need (DfE CBDS CS071): `code` verbatim (`SLCN`), `rank` 1 is primary."""

    code: str
    rank: int | None = None
    start: date | None = None
    end: date | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class StatusSpell:
    """One line of SEN history (DfE CBDS CS096): `code` verbatim (`K`, `E`, `N`, ...), in force from `start`."""

    code: str
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """An adult of a pupil. `order` 1 is the first to call; `relationship` verbatim (CBDS: PAM, PAF, ...)."""

    order: int | None = None
    title: str | None = None
    forename: str | None = None
    surname: str | None = None
    relationship: str | None = None
    email: str | None = None
    phone: str | None = None
    parental_responsibility: bool | None = None


@dataclass(frozen=True, slots=True)
class Pupil:
    """One pupil as the MIS has them today.

    `status_history` and `needs` are None when the source has no SEN block for the pupil: unknown, not "N".
    `attendance` is a percentage, 0 to 100. `year_group` is the national-curriculum year as the MIS writes it
    (`R`, `1` .. `14`, `N1`, ...). `former_upns` holds earlier UPNs, the temporary ones among them.
    """

    upn: str | None
    mis_id: str | None = None
    former_upns: tuple[str, ...] = ()
    legal_surname: str | None = None
    legal_forename: str | None = None
    middle_names: str | None = None
    preferred_surname: str | None = None
    preferred_forename: str | None = None
    dob: date | None = None
    sex: str | None = None
    year_group: str | None = None
    registration_group: str | None = None
    status_history: tuple[StatusSpell, ...] | None = None
    needs: tuple[Need, ...] | None = None
    fsm: bool | None = None
    pp: bool | None = None
    eal: bool | None = None
    looked_after: bool | None = None
    attendance: float | None = None
    next_review: date | None = None
    contacts: tuple[Contact, ...] | None = None


@dataclass(frozen=True, slots=True)
class Provision:
    """A provision that the MIS (or a provision report) records for one pupil.

    `wave` is universal, targeted or specialist where we know the word, else verbatim. `minutes` is one
    session's length; `cost` is in pounds for the whole period, where the MIS states it.
    """

    name: str
    upn: str | None = None
    pupil_mis_id: str | None = None
    mis_id: str | None = None
    wave: str | None = None
    area: str | None = None
    delivered_by: str | None = None
    minutes: float | None = None
    times_a_week: float | None = None
    group_size: float | None = None
    start: date | None = None
    end: date | None = None
    entry_measure: str | None = None
    target: str | None = None
    exit_measure: str | None = None
    stage: str | None = None
    review: date | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class School:
    """The school a source says it is from; `la` and `estab` are three and four digits, zeros kept."""

    la: str | None = None
    estab: str | None = None
    urn: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file (or feed) that was read: `kind` is ctf, pupils or provisions; `as_of` is when it was made."""

    name: str
    kind: str
    as_of: datetime | None = None
    records: int = 0
    full_roll: bool = True


@dataclass(frozen=True, slots=True)
class MisData:
    """All that one run reads from the MIS, merged.

    `provisions` is None when no source speaks of provisions (then the map's MIS rows stay as they are).
    """

    pupils: tuple[Pupil, ...]
    provisions: tuple[Provision, ...] | None = None
    school: School = field(default_factory=School)
    sources: tuple[Source, ...] = ()
    problems: tuple[Problem, ...] = ()
