"""A mark that moves with a cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.plan.cells import Formula, same
from sync.plan.tracer import holds, mark_of, traced, untraced

values = st.one_of(
    st.none(),
    st.text(min_size=1),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(['"', '""', '", "")', "=1+1", "a\nb", 'x")', "12", "TRUE"]),
)


@given(values)
def test_a_value_is_shown_and_found_again_whatever_it_is(value: str | float | bool | None) -> None:
    formula = traced(value, "119868225.0.3")
    assert mark_of(formula) == "119868225.0.3"
    known, held = holds(formula)
    assert known
    assert same(held, value)
    assert type(held) is type(value)


def test_a_text_is_written_as_a_text() -> None:
    assert traced('say "no"\n=1', "5.0.0") == '=IF("sensync 5.0.0"="", "", "say ""no""\n=1")'
    assert traced(None, "5.0.0") == '=IF("sensync 5.0.0"="", "", "")'
    assert traced(45537.5, "5.0.0") == '=IF("sensync 5.0.0"="", "", 45537.5)'
    assert traced(True, "5.0.0") == '=IF("sensync 5.0.0"="", "", TRUE)'


def test_a_look_up_is_known_without_its_mark() -> None:
    look_up = Formula('=IFNA(INDEX(\'MIS roll\'!$L:$L, INDEX($AH:$AH, ROW()))&"", "")')
    formula = traced(look_up, "5.1.2")
    assert (mark_of(formula), untraced(formula), holds(formula)) == ("5.1.2", look_up, (False, None))


@pytest.mark.parametrize("formula", ["=A1", "=IF(A1, 2, 3)", '=IF("sensync ', '=IF("sensync x"="", "", 1)'])
def test_any_other_formula_carries_no_mark(formula: str) -> None:
    assert (mark_of(Formula(formula)), untraced(formula), holds(Formula(formula))) == ("", formula, (False, None))


def test_a_text_that_looks_like_a_marked_formula_carries_none() -> None:
    text = str(traced("word", "5.0.0"))
    assert (mark_of(text), holds(text)) == ("", (False, None))
