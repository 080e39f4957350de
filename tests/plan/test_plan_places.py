from __future__ import annotations

import pytest

from sync.plan.places import (
    CLASS_AGAINST_YEAR,
    NOT_KNOWN,
    OFF_BY_MORE,
    OFF_BY_ONE,
    OTHER_CLASS,
    OTHER_CLASS_FAR,
    OTHER_CLASS_NEXT_YEAR,
    ROLLED_OVER,
    Classes,
    Place,
    Support,
    group_key,
    read_year,
)

CLASSES = Classes([("7", "7A"), ("7", "7B"), ("8", "8A"), ("8", "8B"), ("10", "10C"), ("1", "Oak"), ("2", "Oak")])


@pytest.mark.parametrize(
    ("said", "year"),
    [
        ("7", "7"), ("Year 7", "7"), ("yr7", "7"), ("Y7", "7"), ("y 7", "7"), ("Year seven", "7"), ("7B", "7"),
        ("12", "12"), ("Lower sixth", "12"), ("U6", "13"), ("Reception", "R"), ("R", "R"), ("N1", "N1"),
        ("nursery", "N"), ("", ""), ("?", ""), ("15", ""), ("107", ""), ("not sure", ""),
    ],
)  # fmt: skip
def test_a_year_is_read_as_people_write_it(said: str, year: str) -> None:
    assert read_year(said) == year


def test_a_class_is_compared_by_its_letters_and_digits() -> None:
    said = ("7B", "7b", "7 B", "7-B", "Form 7B", "class 7b", "Y7B", "Oak class", "")
    assert [group_key(each) for each in said] == ["7B", "7B", "7B", "7B", "7B", "7B", "7B", "OAK", ""]


@pytest.mark.parametrize(
    ("year", "class_", "place"),
    [
        ("7", "7B", Place("7", "7B")),
        ("7", "b", Place("7", "7B")),
        ("7B", "", Place("7", "7B")),
        ("", "7B", Place("", "7B")),
        ("", "7x/En3", Place("7")),
        ("8", "set 2", Place("8")),
        ("", "Oak", Place("", "OAK")),
        ("", "", Place()),
    ],
)
def test_year_and_class_are_read_together(year: str, class_: str, place: Place) -> None:
    assert CLASSES.read(year, class_) == place


@pytest.mark.parametrize(
    ("place", "cost"),
    [
        (Place("7", "7A"), (0.0, Support.CLASS)),
        (Place("", "7A"), (0.0, Support.CLASS)),
        (Place("7"), (0.0, Support.YEAR)),
        (Place(), (0.0, Support.NONE)),
        (Place("8", "7A"), (CLASS_AGAINST_YEAR, Support.CLASS)),
        (Place("7", "7B"), (OTHER_CLASS, Support.YEAR)),
        (Place("7", "8B"), (ROLLED_OVER, Support.YEAR)),
        (Place("8", "8A"), (ROLLED_OVER, Support.NONE)),
        (Place("8", "8B"), (OTHER_CLASS_NEXT_YEAR, Support.NONE)),
        (Place("10", "10C"), (OTHER_CLASS_FAR, Support.NONE)),
        (Place("8"), (OFF_BY_ONE, Support.NONE)),
        (Place("10"), (OFF_BY_MORE, Support.NONE)),
    ],
)
def test_what_a_place_costs_for_a_pupil_of_7a(place: Place, cost: tuple[float, Support]) -> None:
    assert CLASSES.weigh(place, "7", "7A") == cost


def test_a_class_of_two_years_fits_both() -> None:
    assert CLASSES.weigh(Place("2", "OAK"), "2", "OAK") == (0.0, Support.CLASS)


def test_a_pupil_without_year_and_class_is_neither_for_nor_against() -> None:
    assert CLASSES.weigh(Place("7", "7A"), "", "") == (NOT_KNOWN, Support.NONE)
    assert CLASSES.weigh(Place(), "", "") == (0.0, Support.NONE)
