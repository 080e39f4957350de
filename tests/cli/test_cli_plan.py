"""What `sensync plan` says first."""

from __future__ import annotations

from sync.cli.plan import headline
from sync.plan.actions import Flatten, Insert, Plan, Refusal

TOLD = {"on_roll": 6, "rows_added": 1, "rows_mended": 0, "changes": 2}


def test_a_plan_that_only_mends_the_last_write_says_so() -> None:
    plan = Plan(flattens=(Flatten("register", 1, 2, 3),), recovery=True)
    assert headline(plan) == (
        "People moved something in the very moment of the last write. A sync would mend that first, and then go on:"
    )
    assert list(plan.describe()) == ["register: make a cell plain that was put back"]


def test_one_is_one_and_two_are_two() -> None:
    insert = Insert("register", 1, 4, ("K",), (("K",),), header_row=0)
    assert headline(Plan(inserts=(insert,), summary=TOLD)) == (
        "A sync would add 1 row, mend 0 rows and note 2 changes in the MIS (6 pupils on roll):"
    )


def test_a_plan_that_writes_nothing_says_so() -> None:
    assert headline(Plan(summary={**TOLD, "on_roll": 1})) == (
        "A sync would write nothing: the workbook agrees with the MIS (1 pupil on roll)."
    )


def test_a_refused_plan_says_so() -> None:
    assert headline(Plan(refusals=(Refusal("empty", "a", "b"),))) == "A sync would refuse to write anything:"
