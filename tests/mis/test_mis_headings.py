from __future__ import annotations

import re
from pathlib import Path

import pytest

from sync.mis.headings import PROVISIONS, PUPILS, Headings, known_fields, squash, table
from sync.mis.options import DEFAULT_PRECEDENCE

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("kind", [PUPILS, PROVISIONS])
def test_no_alias_stands_twice_in_one_field(kind: str) -> None:
    for field, headings in table(kind).items():
        squashed = [squash(heading) for heading in headings]
        assert (field, sorted(set(squashed))) == (field, sorted(squashed))


@pytest.mark.parametrize("kind", [PUPILS, PROVISIONS])
def test_every_shipped_heading_is_understood_alone(kind: str) -> None:
    headings = Headings(kind, {})
    for field, aliases in table(kind).items():
        for alias in aliases:
            (match,) = headings.match([alias])
            assert match.field is not None, (field, alias)


def test_case_spaces_and_underscores_do_not_count() -> None:
    spellings = ["SEN Status", "sen_status", "SenStatus", " SEN-STATUS "]
    assert {Headings(PUPILS, {}).match([one])[0].field for one in spellings} == {"status"}


def test_every_field_is_in_the_handbook() -> None:
    handbook = (DOCS / "mis-files.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+)`", handbook))
    assert (known_fields(PUPILS) | known_fields(PROVISIONS) | set(DEFAULT_PRECEDENCE)) - named == set()


def test_the_precedence_in_the_handbook_is_the_one_in_force() -> None:
    handbook = (DOCS / "mis-files.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \| (CTF|report) \|", handbook, re.MULTILINE)
    said = {
        field: {"CTF": "ctf", "report": "pupils"}[first]
        for fields, first in rows
        for field in re.findall(r"`([a-z_]+)`", fields)
    }
    assert said == {field: kinds[0] for field, kinds in DEFAULT_PRECEDENCE.items()}
