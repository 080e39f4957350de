"""Whom the demo's surgery is for: somebody who can be written to, in a school of any size."""

from __future__ import annotations

from typing import Any

from sync.cli.demo_meetings import an_audience
from sync.domain.families import Adult


def roll(*pupils: tuple[str, str, str]) -> dict[str, dict[str, Any]]:
    return {ref: {"ref": ref, "year": year, "status": status, "on_roll": "Yes"} for ref, year, status in pupils}


def family(ref: str, email: str = "a@home.example") -> dict[str, list[Adult]]:
    return {ref: [Adult(f"of {ref}", ref, email=email)]}


def test_the_first_year_with_a_few_families_who_have_an_address_is_chosen() -> None:
    pupils = roll(("B2222", "7", "E"), *((f"C222{n}", "9", "E") for n in range(3)))
    assert an_audience(pupils, family("B2222") | family("C2220") | family("C2221") | family("C2222")) == (
        "Year 9, EHC plans"
    )


def test_families_without_an_address_count_for_nothing() -> None:
    pupils = roll(*((f"B222{n}", "7", "E") for n in range(3)), ("C2222", "8", "K"))
    without = family("B2220", "") | family("B2221", "") | family("B2222", "")
    assert an_audience(pupils, without | family("C2222")) == "Year 8, SEN support"


def test_a_small_school_is_asked_whole_where_no_year_has_a_few() -> None:
    pupils = roll(("B2222", "7", "E"), ("C2222", "8", "E"), ("D2222", "9", "K"))
    assert an_audience(pupils, family("B2222") | family("C2222") | family("D2222")) == "On the register"
