"""The concern form as a school has it: from set-up to the link that a teacher clicks in the teachers' workbook."""

from __future__ import annotations

import csv
import re
from codecs import BOM_UTF8
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest
from endtoend_school import SCHOOL, CliSchool
from support.story import ROBOT

from sync.madeup.files import write_folder
from sync.plan.form_ids import QUESTION, form_id

if TYPE_CHECKING:
    from pathlib import Path

    from local_workspace import LocalWorkspace

CONCERNS = """
[concerns]
enabled = true
dsl_name = "Ms Adeyemi"
dsl_phone = "01632 960 199"
responders = ["school.example"]
"""
_LINK = re.compile(r'=HYPERLINK\("([^"]*)", ?"Raise a concern"\)')


@pytest.fixture
def school(story_workspace: LocalWorkspace, tmp_path: Path) -> CliSchool:
    made = CliSchool(story_workspace, tmp_path / "school")
    write_folder(SCHOOL, made.mis)
    return made


def switch_on(school: CliSchool) -> None:
    school.config.write_text(school.config.read_text(encoding="utf-8") + CONCERNS, encoding="utf-8")


def entry(key: str) -> str:
    return f"entry.{int(form_id(QUESTION, key), 16)}"


def shown(school: CliSchool, tab: str) -> list[list[str]]:
    return school.hands(ROBOT, teachers=True).grid(tab)


def links(school: CliSchool, tab: str) -> list[str]:
    """The addresses behind the last column."""
    rows = school.hands(ROBOT, teachers=True).grid(tab, "FORMULA")[1:]
    return [found[1] for row in rows if (found := _LINK.fullmatch(str(row[-1])))]


def filled_in(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def refs(school: CliSchool) -> dict[str, str]:
    """The pupils of the roll by reference."""
    return {str(row["Ref"]): str(row["Name"]) for row in school.robot.rows("MIS roll")}


def close(school: CliSchool) -> str:
    """Somebody closes the concern form in Google Forms; its id."""
    form = school.ok("form", "--json").json["forms"]["concern"]["form_id"]
    with school.workspace.lock:
        found = school.workspace.forms.get(form)
        assert found is not None
        draft = found.draft()
        draft.accepting = False
        school.workspace.forms.commit(draft, ROBOT)
    return form


def test_from_set_up_to_the_links_of_pupils_and_classes(school: CliSchool) -> None:
    switch_on(school)
    made = school.ok("setup", "--json").json
    assert made.keys() == {"created", "added", "workbook", "teachers", "concern_form", "robin_form"}
    assert school.ok("setup").out.startswith("Everything was there already; nothing was changed.\n")

    told = school.ok("sync", "--json").json
    assert told["forms"] == {"concern": "open", "robin": "open"}
    pupils = refs(school)
    on_register = shown(school, "Strategies")
    assert on_register[0] == ["Name", "Class", "Status", "Strategies", "Raise a concern"]
    assert {row[4] for row in on_register[1:]} == {"Raise a concern"}
    addresses = links(school, "Strategies")
    assert len(addresses) == len(on_register) - 1
    for row, address in zip(on_register[1:], addresses, strict=True):
        assert address.startswith(f"{made['concern_form']}?")
        found = filled_in(address)
        assert pupils[found[entry("ref")]] == row[0]
        assert found == {"usp": "pp_url", entry("ref"): found[entry("ref")], entry("name"): found[entry("ref")]}

    groups = sorted({str(pupil.registration_group) for pupil in SCHOOL.pupils if pupil.registration_group})
    assert sorted(row[0] for row in shown(school, "Classes")[1:]) == groups
    assert sorted(filled_in(each)[entry("class")] for each in links(school, "Classes")) == groups

    names = {name for pupil in SCHOOL.pupils for name in (pupil.legal_surname, pupil.legal_forename)}
    assert [name for name in names if any(name in each for each in addresses)] == []

    before, asked = school.workbooks(), len(school.workspace.requests)
    assert school.ok("sync", "--json").json["wrote"] is False
    # What a sync that finds nothing new costs: the workbook, and what was sent with each form.
    made = [
        f"{each.method} {each.path.split('?')[0].rpartition('/')[2]}"
        for each in list(school.workspace.requests)[asked:]
    ]
    assert [each for each in made if each != "POST token"] == [
        "GET responses",
        "GET responses",
        f"GET {school.ids[0]}",
    ]
    assert school.workbooks() == before


def test_a_teachers_workbook_from_before_is_given_the_column_and_the_tab(school: CliSchool) -> None:
    school.ok("setup")
    school.ok("sync")
    assert shown(school, "Strategies")[0] == ["Name", "Class", "Status", "Strategies"]
    switch_on(school)
    school.ok("setup")
    school.ok("sync")
    assert shown(school, "Strategies")[0] == ["Name", "Class", "Status", "Strategies", "Raise a concern"]
    assert shown(school, "Classes")[0] == ["Class", "Raise a concern"]
    assert len(links(school, "Strategies")) == len(shown(school, "Strategies")) - 1


def test_a_tab_that_somebody_deleted_from_the_teachers_workbook_comes_back(school: CliSchool) -> None:
    switch_on(school)
    school.ok("setup")
    school.ok("sync")
    school.hands(ROBOT, teachers=True).delete_tab("Classes")
    write_folder(SCHOOL, school.mis)
    form = close(school)
    school.workspace.files[form].trashed = True
    school.ok("form", "--again")
    school.ok("sync")
    assert len(links(school, "Classes")) == len(shown(school, "Classes")) - 1 > 0


def test_the_form_s_state_and_the_links_of_classes_are_told(school: CliSchool) -> None:
    switch_on(school)
    early = school.sensync("form")
    assert (early.code, early.err.splitlines()[-1]) == (2, "What to do: Run `sensync setup`.")
    link = school.ok("setup", "--json").json["concern_form"]
    school.ok("sync")
    assert school.ok("form").out.startswith(f"Concern form: takes answers\n  {link}\nRound robin: takes answers\n")

    file = school.folder / "links.csv"
    assert f", in {file}." in school.ok("form", "--classes", str(file)).out
    assert file.stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["Link"] for row in rows] == links(school, "Classes")
    assert school.ok("form", "--classes", "-").out.encode() == file.read_bytes().removeprefix(BOM_UTF8)

    close(school)
    # A sync looks once a day, a set-up at once.
    school.ok("setup")
    assert school.ok("sync", "--json").json["forms"] == {"concern": "closed", "robin": "open"}
    assert school.ok("form").out.startswith("Concern form: closed: takes no answers.")
    assert any("The concern form takes no answers" in str(row) for row in school.robot.rows("Sync status"))
    assert school.ok("form", "--open").out.startswith("Concern form: opened again.\nConcern form: takes answers\n")


def test_where_concerns_are_off_there_is_no_form(school: CliSchool) -> None:
    ended = school.sensync("form")
    assert (ended.code, ended.err) == (
        2,
        "Teachers' concerns are switched off.\nWhat to do: Set [concerns] enabled = true in sensync.toml.\n",
    )
