"""What a file was taken for, before anything is written: the answer of `sensync mis preview`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sync.domain.errors import InputError
from sync.domain.in_force import current_needs, current_status
from sync.mis import csv_file, xlsx_file
from sync.mis.files import collect
from sync.mis.grid import find_layout
from sync.mis.registry import reader_for
from sync.mis.tabular import CsvReader, XlsxReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from sync.domain.records import Problem, Provision, Pupil, Source
    from sync.mis.base import RawFile, Reading
    from sync.mis.headings import HeadingMatch
    from sync.mis.options import ReadOptions

UNKNOWN: Final = "unknown"
"""How counts call what the file does not say."""


@dataclass(frozen=True)
class Preview:
    """One file, looked at.

    Attributes:
        name: the file's name.
        label: the format it was taken for; "" when none knows it.
        source: its kind, age and number of records; None when it was refused.
        refused: why it cannot be used, and what to do; empty when it can.
        encoding: how its text was read, "" where the format settles it.
        headings: for reports, what each heading was taken for.
        statuses: pupils by current status code.
        needs: pupils by current need code.
        years: pupils by year group.
        problems: what a person should know.
        rows: the first pupils or provisions, field -> text.
    """

    name: str
    label: str = ""
    source: Source | None = None
    refused: tuple[str, ...] = ()
    encoding: str = ""
    headings: tuple[HeadingMatch, ...] = ()
    statuses: Mapping[str, int] = field(default_factory=dict)
    needs: Mapping[str, int] = field(default_factory=dict)
    years: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    rows: tuple[Mapping[str, str], ...] = ()


def preview(path: Path, options: ReadOptions, *, today: date, rows: int = 5, mask: bool = False) -> Preview:
    """Look at one file.

    A file that cannot be used still shows what can be seen of it, with the reasons in `refused`.

    Args:
        path: a file, not a folder.
        options: the school's settings.
        today: the day to which "current" refers.
        rows: how many of the first records to show.
        mask: show references (UPN, MIS id) in place of names and dates of birth.

    Raises:
        InputError: there is no such file, or it cannot be opened.
    """
    if path.is_dir():
        raise InputError(f"{path.name}: is a folder.", next_step="Name the files in it, one by one.")
    found = collect([path])
    if found.refused:
        raise InputError(*found.refused)
    file = found.files[0]
    label = ""
    try:
        reader = reader_for(file)
        label = reader.label
        reading = reader.read(file, options, today=today)
    except InputError as error:
        return Preview(
            file.name,
            label=label,
            refused=tuple(f"{problem} {error.next_step}".strip() for problem in error.problems),
            headings=_headings(file, options, mask=mask),
        )
    return _of(reading, label, today=today, rows=rows, mask=mask)


def _headings(file: RawFile, options: ReadOptions, *, mask: bool) -> tuple[HeadingMatch, ...]:
    """What the likeliest heading row of a refused report holds, where that much can be read."""
    try:
        if CsvReader().sniff(file):
            layout = find_layout(csv_file.read_grid(file.data, file.name, options), options)
        elif XlsxReader().sniff(file):
            layout = find_layout(xlsx_file.read_grid(file.data, file.name, options), options)
        else:
            return ()
    except InputError:
        return ()
    matches = layout.suggested() if layout else []
    # In a file without headings, what stands in their place is the first pupil.
    return tuple(match for match in matches if not mask or match.field or match.nearest)


def _of(reading: Reading, label: str, *, today: date, rows: int, mask: bool) -> Preview:
    pupils = [one.pupil for one in reading.pupils]
    first: Iterable[Mapping[str, str]]
    if reading.provisions is None:
        first = (_pupil(pupil, today, mask=mask) for pupil in pupils[:rows])
    else:
        first = (_provision(one.provision) for one in reading.provisions[:rows])
    return Preview(
        name=reading.source.name,
        label=label,
        source=reading.source,
        encoding=reading.encoding,
        headings=reading.headings,
        statuses=_count(_status(pupil, today) for pupil in pupils),
        needs=_count(code for pupil in pupils for code in _needs(pupil, today)),
        years=_count(pupil.year_group or UNKNOWN for pupil in pupils),
        problems=reading.problems,
        rows=tuple(first),
    )


def _count(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda one: (-one[1], one[0])))


def _status(pupil: Pupil, today: date) -> str:
    spell = current_status(pupil.status_history, today)
    return spell.code if spell else UNKNOWN


def _needs(pupil: Pupil, today: date) -> list[str]:
    needs = current_needs(pupil.needs, today)
    return [UNKNOWN] if needs is None else [need.code for need in needs]


def _pupil(pupil: Pupil, today: date, *, mask: bool) -> dict[str, str]:
    spell = current_status(pupil.status_history, today)
    seen = {"UPN": pupil.upn or "", "MIS id": pupil.mis_id or ""}
    if not mask:
        seen |= {
            "Surname": pupil.preferred_surname or pupil.legal_surname or "",
            "Forename": pupil.preferred_forename or pupil.legal_forename or "",
            "Born": f"{pupil.dob:%d/%m/%Y}" if pupil.dob else "",
        }
    return seen | {
        "Year": pupil.year_group or "",
        "Reg": pupil.registration_group or "",
        "Status": spell.code if spell else UNKNOWN,
        "Since": f"{spell.start:%d/%m/%Y}" if spell and spell.start else "",
        "Needs": ", ".join(_needs(pupil, today)),
        "Contacts": UNKNOWN if pupil.contacts is None else str(len(pupil.contacts)),
    }


def _provision(provision: Provision) -> dict[str, str]:
    return {
        "UPN": provision.upn or "",
        "MIS id": provision.pupil_mis_id or "",
        "Provision": provision.name,
        "Wave": provision.wave or "",
        "Minutes": "" if provision.minutes is None else f"{provision.minutes:g}",
        "A week": "" if provision.times_a_week is None else f"{provision.times_a_week:g}",
        "Group": "" if provision.group_size is None else f"{provision.group_size:g}",
        "Start": f"{provision.start:%d/%m/%Y}" if provision.start else "",
        "End": f"{provision.end:%d/%m/%Y}" if provision.end else "",
    }
