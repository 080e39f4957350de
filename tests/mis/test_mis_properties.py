from __future__ import annotations

import contextlib
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mis_builders import TODAY, ctf, ctf_pupil, upn, write_csv, write_sims_xml, write_text, write_xlsx

from sync.domain.errors import InputError
from sync.mis import ReadOptions, preview, read
from sync.mis.base import RawFile
from sync.mis.registry import READERS

if TYPE_CHECKING:
    from sync.domain.records import Problem

# What XML and XLSX can hold: no surrogates and no control characters.
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40)
surnames = texts.filter(lambda text: text.strip() and "_x" not in text)
HARD = [
    "NA",
    "Null",
    "True",
    "None",
    "nan",
    "=SUM(A1)",
    "@x",
    "-1",
    "#N/A",
    "1e5",
    "00042",
    'a"b',
    "a,b;c\td",
    "'quoted'",
    "\u202eabc",
    "شيماء",
    "张",
    "\U0001f414",
    "O\u2019Neil",
]


def _surname(path: Path) -> str | None:
    (pupil,) = read([path], ReadOptions(), today=TODAY).pupils
    return pupil.legal_surname


def _in_every_format(surname: str) -> list[str | None]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [["UPN", "Surname", "Reg"], [upn(1), surname, "7A"]]
        files = [
            write_csv(folder / "a.csv", rows),
            write_csv(folder / "b.csv", rows, encoding="utf-8-sig", delimiter=";"),
            write_xlsx(folder / "c.xlsx", []),
            write_sims_xml(folder / "d.xml", [{"UPN": upn(1), "Surname": surname}]),
            write_text(folder / "e.xml", ctf(ctf_pupil(1, surname=_escaped(surname)))),
        ]
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        # openpyxl would take "=1" for a formula and "#N/A" for an error; a person's text is text.
        book.active["B2"].data_type = "s"
        book.save(files[2])
        return [_surname(path) for path in files]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize("surname", HARD)
def test_a_hard_surname_survives_every_format(surname: str) -> None:
    assert _in_every_format(surname) == [surname] * 5


@settings(max_examples=30, deadline=None)
@given(surnames)
def test_any_surname_survives_every_format(surname: str) -> None:
    assert _in_every_format(surname) == [surname.strip()] * 5


@given(texts.filter(str.strip))
@settings(deadline=None)
def test_a_surname_of_several_lines_survives_a_csv(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        surname = f"{text}\nx\r\ny".strip()
        assert _surname(write_csv(Path(name) / "a.csv", [["UPN", "Surname"], [upn(1), surname]])) == surname


def _read_bytes(name: str, data: bytes) -> None:
    file = RawFile(name, data, datetime(2026, 1, 1, tzinfo=UTC))
    for reader in READERS:
        if reader.sniff(file):
            with contextlib.suppress(InputError):
                reader.read(file, ReadOptions(la="999", estab="1001"), today=TODAY)


WHOLE = {
    "a.csv": f"UPN,Surname,DOB,SEN Status,SEN Need,FSM\n{upn(1)},Hen,20/11/2014,K,ASD,Y\n".encode(),
    "a.xml": ctf(ctf_pupil(1, "<SENhistory><SEN><SENprovision>K</SENprovision></SEN></SENhistory>")).encode(),
    "b.xml": b"<SuperStarReport><Record><UPN>1</UPN><Surname>Hen</Surname></Record></SuperStarReport>",
}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["a.csv", "a.xlsx", "a.xml", "a"]), st.binary(max_size=400))
@example("a.csv", b"UPN,Surname\n\r\x1c,\xff")
@example("a.xml", b"<CTfile")
@example("a.csv", b'UPN,Surname\n"')
def test_no_bytes_raise_anything_but_an_input_error(name: str, data: bytes) -> None:
    _read_bytes(name, data)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 600), st.integers(0, 30), st.binary(max_size=12))
def test_no_damage_to_a_good_file_raises_anything_but_an_input_error(
    name: str, start: int, length: int, new: bytes
) -> None:
    data = WHOLE[name]
    _read_bytes(name, data[:start] + new + data[start + length :])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 6000), st.binary(min_size=1, max_size=12))
def test_no_damage_to_a_workbook_raises_anything_but_an_input_error(tmp_path: Path, start: int, new: bytes) -> None:
    path = tmp_path / "whole.xlsx"
    if not path.exists():
        write_xlsx(path, [["UPN", "Surname", "DOB"], [upn(1), "Hen", "20/11/2014"]])
    data = path.read_bytes()
    _read_bytes("a.xlsx", data[:start] + new + data[start + len(new) :])


def _problems(surname: str) -> list[Problem]:
    """Every kind of row problem, with the surname in its own and in the wrong columns."""
    headings = [
        "UPN",
        "Adno",
        "Surname",
        "Forename",
        "DOB",
        "SEN Status",
        "SEN Need",
        "SEN Need Rank",
        "FSM",
        "Attendance",
        "Contact Name",
        "Reg",
    ]
    rows = [
        [
            upn(1),
            "1",
            surname,
            "Zoe",
            "31/02/2014",
            surname,
            surname,
            surname,
            surname,
            surname,
            f"Ms Ann {surname}",
            "7A",
        ],
        [upn(1), "1", surname, "Zoe", "20/11/2014", "Amber", "XYZ", "0", "N", "1", f"Mr Bo {surname}", "7B"],
        [upn(1), "2", surname, "Max", "01/02/2012", "K", "ASD", "1", "N", "1", surname, "7B"],
        [surname, "", surname, "Max", surname, "K", "ASD", "1", "N", "1", surname, "7B"],
        ["", "", surname, "Max", surname, "K", "ASD", "1", "N", "1", surname, "7B"],
    ]
    inner = (
        f"<SENhistory><SEN><StartDate>{surname}</StartDate><SENprovision>{surname}</SENprovision></SEN>"
        f"<SENneeds><SENneed><SENtype>{surname}</SENtype></SENneed></SENneeds></SENhistory>"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report = write_csv(folder / "a.csv", [headings, *rows])
        transfer = write_text(
            folder / "b.xml", ctf(ctf_pupil(5, inner, surname=surname) + ctf_pupil(surname, surname=surname))
        )
        return [problem for path in (report, transfer) for problem in read([path], ReadOptions(), today=TODAY).problems]


@settings(max_examples=25, deadline=None)
@given(st.from_regex(r"\A[A-Z][a-z]{4,9}([ '-][A-Z][a-z]{4,9})?\Z"))
def test_no_problem_names_a_pupil(surname: str) -> None:
    stranger = _problems("Qzxwvqzx")
    problems = _problems(surname)
    # The sentences are those that any other surname would have given, so nothing of this one is in them.
    assert len(problems) >= 20
    assert [(p.row, p.field) for p in problems] == [(p.row, p.field) for p in stranger]
    for problem, other in zip(problems, stranger, strict=True):
        same = problem.reason.replace(str(len(surname)), "#") == other.reason.replace("8", "#")
        assert same or surname.casefold() not in problem.reason.casefold()


def test_the_preview_with_a_mask_holds_no_name_and_no_birthday(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.xml", ctf(ctf_pupil(1, surname="Rooster", forename="Albert")))
    assert "Rooster" in str(preview(path, ReadOptions(), today=TODAY).rows)
    assert not any(
        word in str(preview(path, ReadOptions(), today=TODAY, mask=True))
        for word in ("Rooster", "Albert", "20/11/2014")
    )
