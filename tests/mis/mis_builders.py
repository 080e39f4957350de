"""Files that tests make themselves, and the way to the shared samples."""

from __future__ import annotations

import csv
import io
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from lxml import etree

from sync.domain.upn import check_letter
from sync.mis import ReadOptions, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.domain.records import MisData, Pupil

TODAY = date(2026, 1, 15)


def samples() -> Path:
    """The shared samples: beside the clone, or where SENSYNC_SAMPLES says."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "samples"
    place = Path(os.environ.get("SENSYNC_SAMPLES", beside))
    if not (place / "ctf").is_dir():
        pytest.fail(
            f"The shared sample files are not in {place}; put the shared folder beside the clone, "
            "or set SENSYNC_SAMPLES to its samples folder."
        )
    return place


def upn(serial: int) -> str:
    """A valid UPN of the made-up school 999/1001."""
    number = f"9991001{serial:05d}"
    return check_letter(number) + number


def temporary_upn(serial: int) -> str:
    number = f"9991001{serial:04d}T"
    return check_letter(number) + number


def write_csv(path: Path, rows: Sequence[Sequence[str]], *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def write_sims_xml(path: Path, records: Sequence[Mapping[str, str]]) -> Path:
    root = etree.Element("SuperStarReport")
    for record in records:
        element = etree.SubElement(root, "Record")
        for heading, text in record.items():
            etree.SubElement(element, heading.replace(" ", "_x0020_")).text = text
    path.write_bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))
    return path


def ctf(
    pupils: str,
    *,
    version: str = "25.0",
    la: str = "999",
    estab: str = "1001",
    qualifier: str = "full",
    when: str = "2026-01-15T09:00:00",
    root: str = "CTfile",
    block: str = "CTFpupilData",
) -> str:
    return (
        f"<?xml version='1.0' encoding='utf-8'?><{root}><Header><CTFversion>{version}</CTFversion>"
        f"<DateTime>{when}</DateTime><DocumentQualifier>{qualifier}</DocumentQualifier>"
        f"<SourceSchool><LEA>{la}</LEA><Estab>{estab}</Estab>"
        "<SchoolName>School of Mock</SchoolName></SourceSchool>"
        f"<DestSchool><LEA>999</LEA><Estab>1001</Estab></DestSchool></Header>"
        f"<{block}>{pupils}</{block}></{root}>"
    )


def ctf_pupil(serial: int | str, inner: str = "", *, surname: str = "HEN", forename: str = "ZOE") -> str:
    number = serial if isinstance(serial, str) else upn(serial)
    return (
        f"<Pupil><UPN>{number}</UPN><Surname>{surname}</Surname><Forename>{forename}</Forename>"
        f"<DOB>2014-11-20</DOB><Sex>F</Sex>{inner}</Pupil>"
    )


def write_text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def read_ctf(tmp_path: Path, pupils: str, **header: str) -> MisData:
    return read([write_text(tmp_path / "a_ctf.xml", ctf(pupils, **header))], ReadOptions(), today=TODAY)


def read_rows(
    tmp_path: Path,
    rows: Sequence[Sequence[str]],
    options: ReadOptions | None = None,
    *,
    name: str = "report.csv",
) -> MisData:
    return read([write_csv(tmp_path / name, rows)], options or ReadOptions(), today=TODAY)


def only(data: MisData) -> Pupil:
    (pupil,) = data.pupils
    return pupil


def said(data: MisData) -> list[tuple[int | None, str | None, str]]:
    """Problems as (row, field, reason)."""
    return [(problem.row, problem.field, problem.reason) for problem in data.problems]
