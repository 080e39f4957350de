"""Writes a made-up school as an MIS would export it: CTF, report files, a report of provisions.

The only module of the room that touches a disk. Each file is written beside its place and then moved there,
so that a sync that is watching the folder never reads half of one.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, Literal

from lxml import etree
from openpyxl import Workbook

from sync.domain.in_force import current_status
from sync.madeup.ctf import ctf_document
from sync.madeup.needs import needs_on, status_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from sync.domain.records import Contact, Need, Provision, Pupil
    from sync.madeup.school import MadeUpSchool

Encoding = Literal["cp1252", "utf-8-sig", "utf-8"]
Layout = Literal["pupil", "pupil_need_contact"]


@dataclass(frozen=True, slots=True)
class _Line:
    """What one line of the pupil report speaks of."""

    pupil: Pupil
    need: Need | None
    contact: Contact | None
    today: date


def _status_start(line: _Line) -> object:
    spell = current_status(line.pupil.status_history, line.today)
    return spell and spell.start


_PUPIL_COLUMNS: dict[str, Callable[[_Line], object]] = {
    "UPN": lambda line: line.pupil.upn,
    "Adno": lambda line: line.pupil.mis_id,
    "Legal Surname": lambda line: line.pupil.legal_surname,
    "Legal Forename": lambda line: line.pupil.legal_forename,
    "Preferred Surname": lambda line: line.pupil.preferred_surname,
    "Preferred Forename": lambda line: line.pupil.preferred_forename,
    "DOB": lambda line: line.pupil.dob,
    "Sex": lambda line: line.pupil.sex,
    "Year": lambda line: line.pupil.year_group,
    "Reg": lambda line: line.pupil.registration_group,
    "SEN Status": lambda line: status_on(line.pupil, line.today),
    "SEN Status Start Date": _status_start,
    "SEN Need": lambda line: line.need and line.need.code,
    "SEN Need Rank": lambda line: line.need and line.need.rank,
    "Next Review Date": lambda line: line.pupil.next_review,
    "FSM": lambda line: line.pupil.fsm,
    "PP": lambda line: line.pupil.pp,
    "EAL": lambda line: line.pupil.eal,
    "In Care": lambda line: line.pupil.looked_after,
    "Attendance": lambda line: line.pupil.attendance,
    "Contact Name": lambda line: line.contact and _full_name(line.contact),
    "Relationship": lambda line: line.contact and line.contact.relationship,
    "Priority": lambda line: line.contact and line.contact.order,
    "Contact Email": lambda line: line.contact and line.contact.email,
    "Parental Responsibility": lambda line: line.contact and line.contact.parental_responsibility,
}

_PROVISION_COLUMNS: dict[str, Callable[[Provision], object]] = {
    "UPN": lambda p: p.upn,
    "Adno": lambda p: p.pupil_mis_id,
    "Provision": lambda p: p.name,
    "Wave": lambda p: p.wave and p.wave.capitalize(),
    "Area of Need": lambda p: p.area,
    "Delivered By": lambda p: p.delivered_by,
    "Minutes": lambda p: p.minutes,
    "Times a Week": lambda p: p.times_a_week,
    "Group Size": lambda p: p.group_size,
    "Start Date": lambda p: p.start,
    "End Date": lambda p: p.end,
    "Entry Measure": lambda p: p.entry_measure,
    "Target": lambda p: p.target,
    "Exit Measure": lambda p: p.exit_measure,
    "Stage": lambda p: p.stage,
    "Review Date": lambda p: p.review,
    "Cost": lambda p: p.cost,
    "Provision ID": lambda p: p.mis_id,
}


def write_folder(school: MadeUpSchool, folder: Path) -> tuple[Path, ...]:
    """Writes what a SENCO's export folder holds: a CTF, the report of pupils, the report of provisions.

    The CTF has names, status history, needs and contacts; the report has what a CTF cannot say (registration
    group, pupil premium, attendance, next review). Files of an earlier day are replaced.

    Returns:
        The paths of the three files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = f"{school.school.la}{school.school.estab}"
    ctf = folder / f"{number}_CTF_{number}_001.xml"
    report = folder / "SEN report.csv"
    provisions = folder / "Provision report.csv"
    write_ctf(school, ctf)
    write_report_csv(school, report, encoding="utf-8-sig")
    write_provision_report(school, provisions)
    return ctf, report, provisions


def write_ctf(school: MadeUpSchool, path: Path, *, version: str = "25.0") -> None:
    """Writes the whole roll as a Common Transfer File (see `sync.madeup.ctf`)."""
    _save(path, _xml(ctf_document(school, version)))


def write_report_csv(school: MadeUpSchool, path: Path, encoding: Encoding = "cp1252", layout: Layout = "pupil") -> None:
    """Writes the pupil report as CSV.

    In Windows-1252, which SIMS writes, a letter that the encoding lacks becomes `?`, as it does there.

    Args:
        school: the school to write.
        path: the file to write.
        encoding: of the file; `utf-8-sig` begins with a byte order mark.
        layout: `pupil` has one row a pupil, with the first need and the first contact;
            `pupil_need_contact` has one row for every need of a pupil with every contact.
    """
    _save(path, _csv(_PUPIL_COLUMNS, _pupil_rows(school, layout), encoding))


def write_report_xlsx(school: MadeUpSchool, path: Path, layout: Layout = "pupil") -> None:
    """Writes the pupil report as a workbook: real dates, attendance a number, UPN and Adno text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("SEN report")
    sheet.append(list(_PUPIL_COLUMNS))
    for row in _pupil_rows(school, layout):
        sheet.append([_yes_no(value) if isinstance(value, bool) else value for value in row])
    held = io.BytesIO()
    book.save(held)
    _save(path, held.getvalue())


def write_sims_xml(school: MadeUpSchool, path: Path, layout: Layout = "pupil_need_contact") -> None:
    """Writes the pupil report as SIMS's report engine does: `SuperStarReport/Record`, spaces as `_x0020_`.

    An empty value has no element. Booleans are `T` and `F`.
    """
    root = etree.Element("SuperStarReport")
    tags = [heading.replace(" ", "_x0020_") for heading in _PUPIL_COLUMNS]
    for number, row in enumerate(_pupil_rows(school, layout), start=1):
        record = etree.SubElement(root, "Record")
        etree.SubElement(record, "primary_id").text = str(number)
        for tag, value in zip(tags, row, strict=True):
            if value is not None:
                text = ("F", "T")[value] if isinstance(value, bool) else _text(value)
                etree.SubElement(record, tag).text = text
    _save(path, _xml(root))


def write_provision_report(school: MadeUpSchool, path: Path, encoding: Encoding = "utf-8-sig") -> None:
    """Writes the report of provisions as CSV, one row a provision."""
    rows = ([column(p) for column in _PROVISION_COLUMNS.values()] for p in school.provisions)
    _save(path, _csv(_PROVISION_COLUMNS, rows, encoding))


def _pupil_rows(school: MadeUpSchool, layout: Layout) -> Iterable[list[object]]:
    for pupil in school.pupils:
        needs: Sequence[Need | None] = needs_on(pupil, school.today) or (None,)
        contacts: Sequence[Contact | None] = pupil.contacts or (None,)
        pairs = product(needs, contacts) if layout == "pupil_need_contact" else [(needs[0], contacts[0])]
        for need, contact in pairs:
            line = _Line(pupil, need, contact, school.today)
            yield [column(line) for column in _PUPIL_COLUMNS.values()]


def _full_name(contact: Contact) -> str:
    return " ".join(filter(None, (contact.title, contact.forename, contact.surname)))


def _yes_no(value: bool) -> str:
    return "Y" if value else "N"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _yes_no(value)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)


def _csv(headings: Iterable[str], rows: Iterable[Sequence[object]], encoding: Encoding) -> bytes:
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_text(value) for value in row] for row in rows)
    return held.getvalue().encode(encoding, errors="replace")


def _xml(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _save(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
