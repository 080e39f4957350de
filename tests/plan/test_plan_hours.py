from __future__ import annotations

from datetime import time

import pytest

from sync.plan.hours import Hours, hours_of, read_stretches
from sync.plan.proposals import SCHOOL_HOURS, Gap
from sync.plan.typed import CellError


@pytest.mark.parametrize(
    ("typed", "stretches"),
    [
        ("Mon-Fri 9:00-16:30", SCHOOL_HOURS),
        ("Monday to Friday 9 to 4.30pm", SCHOOL_HOURS),
        ("Thu 2-3pm, Tue 10-11am", (Gap(1, time(10), time(11)), Gap(3, time(14), time(15)))),
        ("wed 09:00-10:00; wed 11:00-12:00", (Gap(2, time(9), time(10)), Gap(2, time(11), time(12)))),
    ],
)
def test_stretches_of_weekdays_are_read_as_people_type_them(typed: str, stretches: tuple[Gap, ...]) -> None:
    assert read_stretches(typed) == stretches


@pytest.mark.parametrize(
    "typed", ["always", "Mon", "Mon 9", "Fri-Mon 9-10", "Mon 11-10", "Xyz 9-10", "9-10", "Mon, 9-10"]
)
def test_what_is_no_stretch_is_said_and_not_repeated(typed: str) -> None:
    with pytest.raises(CellError, match=r"^it is not understood: type stretches such as Mon-Fri 9:00-16:30"):
        read_stretches(typed)


def test_settings_give_her_hours_and_the_gaps_of_years() -> None:
    rows = [
        {"code": "meeting_hours", "value": "Tue 9-12"},
        {"code": "gaps_7", "value": "Tue 10-11"},
        {"code": "gaps_r", "value": "Fri 9-10"},
        {"code": "gaps_8", "value": "whenever"},
        {"code": "gaps_9", "value": None},
        {"code": "rate_ta", "value": 17.0},
    ]
    hours, problems = hours_of(rows)
    assert hours == Hours(
        (Gap(1, time(9), time(12)),),
        {"7": (Gap(1, time(10), time(11)),), "R": (Gap(4, time(9), time(10)),)},
    )
    assert [each.partition(":")[0] for each in problems] == ["Settings, 'gaps_8'"]
    assert (hours.of("7"), hours.of(" r "), hours.of("9")) == (hours.gaps["7"], hours.gaps["R"], None)
