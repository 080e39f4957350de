"""What a reader is: the interface that a format or an API has to fill (docs/writing-a-reader.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from sync.domain.records import Problem, Provision, Pupil, School, Source

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from sync.mis.headings import HeadingMatch
    from sync.mis.options import ReadOptions


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file as it lies on the disk.

    Attributes:
        name: what messages call it (no folder, which may say more than it should).
        data: its bytes.
        modified: when it was last written, an instant in UTC.
        path: where it lies; None for bytes that never lay on a disk.
    """

    name: str
    data: bytes
    modified: datetime
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class PupilRow:
    """A pupil and the row (as a person counts) where the source begins to speak of them."""

    row: int
    pupil: Pupil


@dataclass(frozen=True, slots=True)
class ProvisionRow:
    """A provision and its row."""

    row: int
    provision: Provision


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source says, before it is merged with others.

    Attributes:
        source: its name, kind, age and number of records.
        school: the school it says it is from.
        pupils: in the source's order.
        provisions: None when the source does not speak of provisions.
        problems: everything a person should know, sentences without names.
        headings: for reports, what each heading was taken for.
        encoding: for text, how it was read; "" where the format settles it.
    """

    source: Source
    school: School = field(default_factory=School)
    pupils: tuple[PupilRow, ...] = ()
    provisions: tuple[ProvisionRow, ...] | None = None
    problems: tuple[Problem, ...] = ()
    headings: tuple[HeadingMatch, ...] = ()
    encoding: str = ""

    @property
    def names_pupils(self) -> bool:
        """Whether it can stand alone; a list of needs by id, say, only adds to pupils that another names."""
        return any(one.pupil.legal_surname or one.pupil.preferred_surname for one in self.pupils)


class Reader(Protocol):
    """One format or feed. Readers hold no state; `sync.mis.registry.READERS` lists them."""

    @property
    def label(self) -> str:
        """What `sensync mis preview` calls the format, e.g. "CTF (Common Transfer File)"."""

    def sniff(self, file: RawFile) -> bool:
        """Whether this reader is the one for the file. Quick, and never raises, whatever the bytes are."""

    def read(self, file: RawFile, options: ReadOptions, *, today: date) -> Reading:
        """Read it whole.

        Args:
            file: one for which `sniff` said yes.
            options: the school's settings.
            today: the day to which "current" refers (open FSM periods, dates of birth in the future).

        Raises:
            sync.domain.errors.InputError: the file as a whole cannot be used; one sentence a problem, each
                with the file's name. A bad row is no reason: it goes into `Reading.problems`.
        """
