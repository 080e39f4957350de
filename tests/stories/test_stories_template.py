"""A template that grows: set-up adds what is new and touches nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter
from support.story import REGISTER, TEMPLATE

from sync.plan.template import Column

if TYPE_CHECKING:
    from support.story import Story


def test_an_upgraded_template_adds_its_new_columns_and_touches_nothing_else(story: Story) -> None:
    ref = story.ref(3)
    story.senco.type(REGISTER, ref, "Notes", "Likes chess")
    story.senco.move_columns(REGISTER, story.senco.header_row(REGISTER, "Notes")[1], 2)
    story.sync()
    before = story.senco.grid(REGISTER, "FORMULA")
    new = Column(key="house", header="House", owner="senco")
    looked_up = Column(key="birth", header="Born", owner="mis", type="date", lookup="roll.dob")
    register = TEMPLATE.tab("register")
    grown = replace(register, columns=(*register.columns[:5], new, looked_up, *register.columns[5:]))
    template = replace(TEMPLATE, tabs=tuple(grown if t is register else t for t in TEMPLATE.tabs))
    story.desk.template = template
    assert sorted(story.set_up().added) == [
        "the column 'Born' of 'SEN register'",
        "the column 'House' of 'SEN register'",
    ]
    story.sync()
    after = story.senco.grid(REGISTER, "FORMULA")
    width = len(before[0])
    assert [row[:width] for row in after] == [row[:width] + [""] * (width - len(row)) for row in before]
    assert after[0][width:] == ["House", "Born"]
    assert story.register()[ref]["Born"] == "04/04/2012"
    assert story.set_up().added == []
    assert story.requests_of(story.sync) == (1, 0)


YELLOW = {"red": 252 / 255, "green": 232 / 255, "blue": 178 / 255}


def test_the_colour_of_a_rule_is_on_the_rows_that_a_sync_inserted_and_not_on_the_header(story: Story) -> None:
    row, column = story.senco.header_row(REGISTER, "Gaps")
    fields = "sheets.data.rowData.values(formattedValue,effectiveFormat.backgroundColor)"
    letter = get_column_letter(column + 1)
    (sheet,) = story.senco.get(ranges=f"'{REGISTER}'!{letter}{row + 1}:{letter}{row + 7}", fields=fields)["sheets"]
    cells = [line["values"][0] for line in sheet["data"][0]["rowData"]]
    found = [(cell.get("formattedValue"), cell["effectiveFormat"]["backgroundColor"] == YELLOW) for cell in cells]
    assert (found[0], sorted(found[1:-1]), found[-1]) == (
        ("Gaps", False),
        [*[("EHC plan without provision; No plan date", True)] * 2, *[("SEN support without provision", True)] * 3],
        (None, False),
    )
