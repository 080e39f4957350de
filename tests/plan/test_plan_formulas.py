"""Our formulas: the same in every row, and right."""

from __future__ import annotations

from datetime import date, timedelta

import formualizer
import pytest
from board import TEMPLATE
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.google.structure import fresh_places
from sync.plan.cells import column_letter, serial
from sync.plan.formulas import (
    MissingColumnError,
    Place,
    column_formula,
    expand,
    formulas_of,
    school_days,
    shape,
    whole_column,
)

PLACES = fresh_places(TEMPLATE)
REGISTER, MAP = TEMPLATE.tab("register"), TEMPLATE.tab("map")


def moved(**titles: str) -> dict[str, Place]:
    """Every tab with its columns turned round, some with other titles."""
    return {
        key: Place(titles.get(key, place.title), {c: len(place.columns) - i for c, i in place.columns.items()}, 1)
        for key, place in PLACES.items()
    }


def test_a_column_of_another_tab_is_written_whole() -> None:
    assert whole_column(PLACES, "roll", "name") == "'MIS roll'!$C:$C"
    assert whole_column(PLACES, "settings", "value") == "Settings!$C:$C"


def test_a_renamed_tab_is_quoted_as_a_sheet_quotes_it() -> None:
    places = {"roll": Place("Kids' list", {"ref": 25})}
    assert whole_column(places, "roll", "ref") == "'Kids'' list'!$Z:$Z"


@pytest.mark.parametrize(
    ("template", "formula"),
    [
        ("={name}", "=INDEX($B:$B, ROW())"),
        ("={key}", "=RIGHT(TRIM(INDEX($A:$A, ROW())), 5)"),
        ("=COUNT({roll.ref})", "=COUNT('MIS roll'!$A:$A)"),
        ("={setting:rate_ta}", '=IFNA(INDEX(Settings!$C:$C, MATCH("rate_ta", Settings!$A:$A, 0)), 0)'),
        ("={setting_from:year_start}", '=IFNA(INDEX(Settings!$D:$D, MATCH("year_start", Settings!$A:$A, 0)), 0)'),
        ("={setting_to:year_end}", '=IFNA(INDEX(Settings!$E:$E, MATCH("year_end", Settings!$A:$A, 0)), 0)'),
        ('=HYPERLINK("#gid={gid:map}")', f'=HYPERLINK("#gid={TEMPLATE.tab("map").sheet_id}")'),
    ],
)
def test_a_word_of_the_template_becomes_a_reference(template: str, formula: str) -> None:
    assert expand(template, PLACES, REGISTER) == formula


def test_the_key_of_a_provision_is_its_whole_cell() -> None:
    assert expand("={key}", PLACES, MAP) == "=INDEX($A:$A, ROW())"


@pytest.mark.parametrize("template", ["={nothing}", "={roll.nothing}", "={nothing.ref}", "={word:name}"])
def test_a_column_that_is_not_there_is_named(template: str) -> None:
    with pytest.raises(MissingColumnError):
        expand(template, PLACES, REGISTER)


def test_a_look_up_of_a_text_stays_text_and_of_a_number_stays_a_number() -> None:
    place = "INDEX($P:$P, ROW())"
    assert (
        column_formula(REGISTER.column("name"), REGISTER, PLACES) == f'=IFNA(INDEX(\'MIS roll\'!$C:$C, {place})&"", "")'
    )
    since = f"INDEX('MIS roll'!$G:$G, {place})"
    assert column_formula(REGISTER.column("since"), REGISTER, PLACES) == f'=IFNA(IF({since}="", "", {since}), "")'


def test_every_computed_column_has_a_formula_that_says_nothing_of_its_row() -> None:
    for tab in (REGISTER, MAP):
        found = formulas_of(tab, PLACES)
        assert list(found) == [c.key for c in tab.columns if c.computed]
        assert [f for f in found.values() if "{" in f] == []


def test_a_formula_whose_column_was_taken_away_is_left_out() -> None:
    columns = {k: i for k, i in PLACES["register"].columns.items() if k != "next_review"}
    found = formulas_of(REGISTER, {**PLACES, "register": Place("SEN register", columns)})
    assert set(formulas_of(REGISTER, PLACES)) - set(found) == {"overdue"}


@pytest.mark.parametrize("title", ["Kids' list", "Roll", "2026", "Schüler", "Größe 7"])
def test_the_shape_of_a_formula_survives_moved_columns_and_renamed_tabs(title: str) -> None:
    for tab in (REGISTER, MAP):
        there = formulas_of(tab, PLACES)
        here = formulas_of(tab, moved(roll=title, mis_provision=title, settings=title, catalogue=title, map=title))
        assert [shape(f) for f in here.values()] == [shape(f) for f in there.values()]


def test_the_shape_of_a_formula_survives_a_deleted_column() -> None:
    formula = column_formula(REGISTER.column("name"), REGISTER, PLACES)
    for broken in ("'MIS roll'!#REF!", "#REF!"):
        assert shape(formula.replace("'MIS roll'!$C:$C", broken)) == shape(formula)


def test_a_formula_of_hers_has_another_shape_than_ours() -> None:
    ours = {shape(f) for tab in (REGISTER, MAP) for f in formulas_of(tab, PLACES).values()}
    for hers in ("=A1", "=SUM($A:$A)", "=TODAY()", "=VLOOKUP($A2,'MIS roll'!$A:$C,3,0)", "='MIS roll'!$C:$C"):
        assert shape(hers) not in ours


# School days, against a plain count

DAY = st.dates(date(2026, 8, 1), date(2027, 8, 31))


@st.composite
def half_terms(draw: st.DrawFn) -> list[tuple[date, date]]:
    edges = sorted(draw(st.lists(DAY, min_size=0, max_size=12, unique=True)))
    return list(zip(edges[::2], edges[1::2], strict=False))


def counted(terms: list[tuple[date, date]], day: date) -> int:
    """The days that lie in a half term and not after `day`, one by one."""
    return sum(1 for start, end in terms for n in range((end - start).days + 1) if start + timedelta(n) <= day)


def worked_out(formula: str, terms: list[tuple[date, date]], day: date) -> object:
    """The formula, by the spreadsheet engine, in row 2 of the map with `day` as until when it is counted."""
    book = formualizer.Workbook()
    book.add_sheet("Settings")
    book.add_sheet("Provision map")
    for column, name in enumerate(("Code", "Setting", "Value", "From", "To"), start=1):
        book.set_value("Settings", 1, column, name)
    rows: list[tuple[str, float | None, float | None]] = [
        ("rate_ta", None, None),
        ("year_start", serial(date(2026, 9, 1)), None),
        ("year_end", None, serial(date(2027, 7, 21))),
        *(("term", serial(start), serial(end)) for start, end in terms),
    ]
    for row, (code, start, end) in enumerate(rows, start=2):
        book.set_value("Settings", row, 1, code)
        if start is not None:
            book.set_value("Settings", row, 4, start)
        if end is not None:
            book.set_value("Settings", row, 5, end)
    place = PLACES["map"].columns
    book.set_value("Provision map", 2, place["until_used"] + 1, serial(day))
    book.set_formula("Provision map", 2, place["days_until"] + 1, formula)
    return book.evaluate_cell("Provision map", 2, place["days_until"] + 1)


@settings(max_examples=150, deadline=None)
@given(half_terms(), DAY)
def test_the_school_days_up_to_a_date_are_those_of_a_plain_count(terms: list[tuple[date, date]], day: date) -> None:
    formula = "=" + school_days(PLACES, MAP, "until_used")
    assert worked_out(formula, terms, day) == counted(terms, day)


@settings(max_examples=100, deadline=None)
@given(half_terms(), DAY)
def test_the_school_days_before_a_date_leave_the_date_out(terms: list[tuple[date, date]], day: date) -> None:
    formula = "=" + school_days(PLACES, MAP, "until_used", before=True)
    assert worked_out(formula, terms, day) == counted(terms, day - timedelta(1))


def test_the_whole_year_of_the_settings_is_counted_to_the_day() -> None:
    rows = TEMPLATE.tab("settings").seed_rows
    terms = [(date.fromisoformat(str(r[3])), date.fromisoformat(str(r[4]))) for r in rows if r[3] and r[4]]
    formula = "=" + school_days(PLACES, MAP, "until_used")
    assert len(terms) == 6
    assert worked_out(formula, terms, date(2027, 7, 21)) == sum((end - start).days + 1 for start, end in terms)
    assert column_letter(PLACES["map"].columns["until_used"]) in formula
