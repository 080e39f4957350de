"""How fast the readers are, beside a bare lxml iterparse of the same file as the peer.

Run from the root: python -m bench.readers [pupils]. Prints pupils a second and the ratio to the peer, as a
ratio holds on any machine.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
from lxml import etree

from sync.domain.upn import check_letter
from sync.mis import ReadOptions, read

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
PUPIL = """<Pupil><UPN>{upn}</UPN><Surname>Hen{n}</Surname><Forename>Zoe</Forename>
<DOB>2014-11-20</DOB><Sex>F</Sex>
<BasicDetails><PreferredForename>Zo</PreferredForename><NCyearActual>7</NCyearActual>
<Languages><Type><LanguageType>F</LanguageType><Language>ENG</Language></Type></Languages></BasicDetails>
<FSMhistory><FSMinstance><FSMstartDate>2024-09-02</FSMstartDate></FSMinstance></FSMhistory>
<LookedAfter><InCare>false</InCare></LookedAfter>
<SENhistory><SEN><StartDate>2022-09-05</StartDate><SENprovision>K</SENprovision></SEN>
<SENneeds><SENneed><NeedStartDate>2022-09-05</NeedStartDate><SENtypeRank>1</SENtypeRank><SENtype>ASD</SENtype></SENneed>
<SENneed><SENtypeRank>2</SENtypeRank><SENtype>SLCN</SENtype></SENneed></SENneeds></SENhistory>
<Contacts><Contact><Order>1</Order><Surname>Hen</Surname><Forename>Ann</Forename><Relationship>PAM</Relationship>
<Responsibility>true</Responsibility><Email>a{n}@example.org</Email></Contact>
<Contact><Order>2</Order><Surname>Doe</Surname><Relationship>PAF</Relationship></Contact></Contacts></Pupil>"""
HEADINGS = (
    "UPN,Adno,Surname,Forename,DOB,Year,Reg,SEN Status,SEN Status Start Date,SEN Need,SEN Need Rank,"
    "FSM,PP,EAL,Contact Name"
)

COMMON = "Zoe|20/11/2014|Year 7|7A|K|05/09/2022|ASD|1|Y|N|F|Ms Ann Hen".split("|")  # noqa: SIM905


def upn(n: int) -> str:
    """A valid UPN."""
    number = f"9991001{n:05d}"
    return check_letter(number) + number


def make(folder: Path, pupils: int) -> dict[str, Path]:
    """The same school as CTF, CSV and XLSX."""
    body = "".join(PUPIL.format(upn=upn(n), n=n) for n in range(pupils))
    header = "<Header><DocumentQualifier>full</DocumentQualifier></Header>"
    (folder / "a.xml").write_text(f"<CTfile>{header}<CTFpupilData>{body}</CTFpupilData></CTfile>", encoding="utf-8")
    rows = [
        [
            upn(n),
            f"{n:06d}",
            f"Hen{n}",
            *COMMON,
        ]
        for n in range(pupils)
    ]
    lines = [HEADINGS, *(",".join(row) for row in rows)]
    (folder / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in [HEADINGS.split(","), *rows]:
        sheet.append(row)
    book.save(folder / "a.xlsx")
    return {kind: folder / f"a.{kind}" for kind in ("xml", "csv", "xlsx")}


def peer(path: Path) -> int:
    """Count the pupils with lxml and nothing else."""
    return sum(1 for _ in etree.iterparse(path, tag="Pupil"))


def ours(path: Path) -> int:
    """Read them for use."""
    return len(read([path], ReadOptions(), today=date(2026, 1, 15)).pupils)


def best(work: Callable[[Path], int], path: Path, expected: int) -> float:
    """The best of several rounds, in seconds of this process' CPU."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        if work(path) != expected:
            raise SystemExit(f"{path.name}: not all {expected} pupils were read")
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print a line a format."""
    pupils = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as name:
        files = make(Path(name), pupils)
        floor = best(peer, files["xml"], pupils)
        print(f"{pupils} pupils; lxml iterparse: {floor:.3f} s CPU, {pupils / floor:,.0f} pupils/s")
        for kind, label in (("xml", "CTF"), ("csv", "report CSV"), ("xlsx", "report XLSX")):
            taken = best(ours, files[kind], pupils)
            print(f"{label:12} {taken:.3f} s CPU, {pupils / taken:,.0f} pupils/s, {taken / floor:.1f} x peer")


if __name__ == "__main__":
    main()
