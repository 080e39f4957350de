"""The teachers' workbook: a link for each pupil and class, without a name in it, and written only where it differs."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sync.plan.actions import TeachersTab
from sync.plan.cells import Formula
from sync.plan.teachers import ConcernLinks, TaughtPupil, classes_of, teachers_page

LINKS = ConcernLinks("https://forms.example/e/1/viewform", {"ref": "0000000a", "name": "0000000b", "class": "0000000c"})
ADA = TaughtPupil("B7F3K", "Kent, Ada", "7B", "K", "Sit in front")
BEN = TaughtPupil("C2D4M", "Ash, Ben", "7A", "", "")
PLAIN_ADA, PLAIN_BEN = ("Kent, Ada", "7B", "K", "Sit in front"), ("Ash, Ben", "7A", "", "")


def row(group: str, year: float = 7.0, on_roll: str = "Yes") -> dict[str, Any]:
    return {"group": group, "year_order": year, "on_roll": on_roll}


ROLL: dict[str, dict[str, Any]] = {"B7F3K": row("7B"), "C2D4M": row("7A"), "D9K2P": row("10C", 10.0)}


def link(text: str) -> Formula:
    return Formula(f'=HYPERLINK("https://forms.example/e/1/viewform?usp=pp_url&{text}", "Raise a concern")')


ADA_S, BEN_S = link("entry.10=B7F3K&entry.11=B7F3K"), link("entry.10=C2D4M&entry.11=C2D4M")


def test_without_a_form_there_are_four_columns_and_no_classes() -> None:
    page = teachers_page([ADA, BEN], ROLL, None, {})
    assert page is not None
    assert page.tabs == (TeachersTab("strategies", 4, (PLAIN_BEN, PLAIN_ADA)),)
    assert page.memory["rows"] == 2
    assert teachers_page([BEN, ADA], ROLL, None, page.memory) is None


def test_each_pupil_and_each_class_has_a_link() -> None:
    page = teachers_page([ADA, BEN], ROLL, LINKS, {})
    assert page is not None
    assert page.tabs == (
        TeachersTab("strategies", 5, ((*PLAIN_BEN, BEN_S), (*PLAIN_ADA, ADA_S))),
        TeachersTab(
            "classes",
            2,
            (("7A", link("entry.12=7A")), ("7B", link("entry.12=7B")), ("10C", link("entry.12=10C"))),
        ),
    )
    assert teachers_page([ADA, BEN], ROLL, LINKS, page.memory) is None


def test_another_form_writes_all_links_again() -> None:
    page = teachers_page([ADA], ROLL, LINKS, {})
    assert page is not None
    other = ConcernLinks("https://forms.example/e/2/viewform", LINKS.questions)
    assert teachers_page([ADA], ROLL, other, page.memory) is not None


def test_rows_that_are_no_more_are_cleared() -> None:
    page = teachers_page([ADA, BEN], ROLL, LINKS, {})
    assert page is not None
    fewer = teachers_page([], {"B7F3K": ROLL["B7F3K"]}, LINKS, page.memory)
    assert fewer is not None
    assert fewer.tabs == (
        TeachersTab("strategies", 5, (), clear=2),
        TeachersTab("classes", 2, (("7B", link("entry.12=7B")),), clear=2),
    )


def test_when_the_form_is_gone_its_links_are_wiped_once() -> None:
    page = teachers_page([ADA], ROLL, LINKS, {})
    assert page is not None
    without = teachers_page([ADA], ROLL, None, page.memory)
    assert without is not None
    assert without.tabs == (
        TeachersTab("strategies", 5, ((*PLAIN_ADA, ""),)),
        TeachersTab("classes", 2, (), clear=3),
    )
    assert teachers_page([ADA], ROLL, None, without.memory) is None


def test_a_workbook_from_before_there_were_links_is_not_written_again_without_them() -> None:
    page = teachers_page([ADA], ROLL, None, {})
    assert page is not None
    assert page.memory.keys() == {"digest", "rows"}


def test_classes_are_those_of_pupils_on_roll_by_year() -> None:
    roll = {**ROLL, "F3H5N": row("RS", 0.0), "G4J6P": row("", 7.0), "H5K7Q": row("11Z", 11.0, "No")}
    assert classes_of(roll) == ["RS", "7A", "7B", "10C"]


@given(st.text(min_size=1))
def test_no_class_whatever_it_is_called_breaks_out_of_its_formula(name: str) -> None:
    formula = LINKS.group(name)
    assert formula.count('"') == 4
    assert formula.startswith('=HYPERLINK("https://forms.example/e/1/viewform?usp=pp_url&entry.12=')
    assert formula.endswith('", "Raise a concern")')
