"""What people do in the sheet: each row of docs/what-happens-when.md."""

from __future__ import annotations

import pytest
from support.person import Person
from support.person import RefusedError as SheetRefusedError
from support.story import LOG, MAP, REGISTER, SENCO, TODO, Story, nothing_new, provision, upn

from sync.domain.errors import RefusedError
from sync.domain.records import StatusSpell
from sync.service.mirror import RESTORE

WORDS = {"Key adult": "Mx Example", "Strengths": "Drawing", "Notes": "Met the family in June"}


def write_words(story: Story, ref: str) -> None:
    for header, words in WORDS.items():
        story.senco.type(REGISTER, ref, header, words)


def words_of(row: dict[str, str]) -> dict[str, str]:
    return {header: row[header] for header in WORDS}


def test_words_in_her_columns_are_never_touched(story: Story) -> None:
    ref = story.ref(3)
    write_words(story, ref)
    assert nothing_new(story)
    story.change(3, registration_group="11B")
    story.sync()
    assert words_of(story.register()[ref]) == WORDS
    assert story.register()[ref]["Class"] == "11B"


def test_sorting_filtering_and_hiding_change_nothing(story: Story) -> None:
    ref = story.ref(3)
    write_words(story, ref)
    story.senco.sort(REGISTER, "Name", descending=True)
    story.senco.filter(REGISTER, 4, ["K"])
    story.senco.hide_rows(REGISTER, 2)
    order = [r["Name"] for r in story.register().values()]
    assert nothing_new(story)
    story.change(3, registration_group="11B")
    story.sync()
    register = story.register()
    assert [r["Name"] for r in register.values()] == order
    assert (words_of(register[ref]), register[ref]["Class"]) == (WORDS, "11B")
    assert order == sorted(order, reverse=True)


def test_a_new_row_below_a_filter_is_added_whole(story: Story) -> None:
    story.senco.filter(REGISTER, 4, ["K"])
    story.change(6, status_history=(StatusSpell("K"),))
    story.sync()
    assert story.register()[story.ref(6)]["Name"] == "Surname006, Forename006"


def test_a_blank_row_is_left_alone(story: Story) -> None:
    ref = story.ref(3)
    write_words(story, ref)
    row = story.senco.row_of(REGISTER, ref)
    story.senco.insert_rows(REGISTER, row)
    story.senco.insert_rows(REGISTER, 0)
    story.senco.type_at(REGISTER, 0, 19, "My register, autumn")
    grid = story.senco.grid(REGISTER)
    assert nothing_new(story)
    assert story.senco.grid(REGISTER) == grid
    assert words_of(story.register()[ref]) == WORDS


def test_a_look_up_typed_over_is_kept_and_put_back(story: Story) -> None:
    ref = story.ref(3)
    story.senco.type(REGISTER, ref, "Class", "She moved to 9Z")
    story.sync()
    assert story.register()[ref]["Class"] == "10A"
    line = story.senco.rows(LOG)[-1]
    assert (line["Ref"], line["What"], line["Was"]) == (ref, "Class", "She moved to 9Z")
    assert nothing_new(story)


def test_a_cleared_look_up_is_put_back(story: Story) -> None:
    ref = story.ref(3)
    story.senco.type(REGISTER, ref, "Name", "")
    lines = len(story.senco.rows(LOG))
    story.sync()
    assert story.register()[ref]["Name"] == "Surname003, Forename003"
    assert len(story.senco.rows(LOG)) == lines
    assert nothing_new(story)


def test_a_deleted_row_comes_back_with_its_words(story: Story) -> None:
    ref = story.ref(3)
    write_words(story, ref)
    story.sync()
    story.senco.delete_rows(REGISTER, story.senco.row_of(REGISTER, ref))
    story.sync()
    assert words_of(story.register()[ref]) == WORDS
    assert story.register()[ref]["Name"] == "Surname003, Forename003"
    assert nothing_new(story)


def watch(story: Story, number: int) -> str:
    """The SENCO picks a pupil who is not on the register from the list."""
    ref = story.ref(number)
    label = next(r["Pupil"] for r in story.owner.rows("MIS roll") if r["Ref"] == ref)
    row = story.senco.add_row(REGISTER, {"Pupil": label})
    story.senco.type_at(REGISTER, row, story.senco.header_row(REGISTER, "Notes")[1], "Watching since June")
    story.sync()
    return ref


def test_a_watched_pupil_is_picked_from_the_list(story: Story) -> None:
    ref = watch(story, 7)
    row = story.register()[ref]
    assert (row["Name"], row["Status"], row["Notes"]) == ("Surname007, Forename007", "N", "Watching since June")
    assert nothing_new(story)


def test_the_list_offers_every_pupil_of_the_roll(story: Story) -> None:
    answer = story.senco.get(
        includeGridData="true", ranges="'SEN register'!A2:A2", fields="sheets.data.rowData.values.dataValidation"
    )
    rule = answer["sheets"][0]["data"][0]["rowData"][0]["values"][0]["dataValidation"]
    assert rule["condition"]["type"] == "ONE_OF_RANGE"
    assert rule["condition"]["values"] == [{"userEnteredValue": "='MIS roll'!$A$2:$B"}]


def test_a_deleted_watched_row_can_be_restored(story: Story) -> None:
    ref = watch(story, 7)
    story.senco.delete_rows(REGISTER, story.senco.row_of(REGISTER, "Surname007, Forename007"))
    story.sync()
    assert ref not in story.register()
    assert nothing_new(story)
    story.sync(restore=[ref])
    assert story.register()[ref]["Notes"] == "Watching since June"
    assert nothing_new(story)
    assert story.desk.store.seen(1).documents.get(RESTORE, []) == []


def test_a_cleared_key_is_given_back(story: Story) -> None:
    ref = story.ref(3)
    write_words(story, ref)
    story.sync()
    story.senco.type_at(REGISTER, story.senco.row_of(REGISTER, ref), 0, "")
    story.sync()
    assert words_of(story.register()[ref]) == WORDS
    assert len(story.senco.rows(REGISTER)) == 5
    assert nothing_new(story)


def test_an_orphan_key_is_reported(story: Story) -> None:
    row = story.senco.add_row(REGISTER, {"Pupil": "Somebody I know", "Notes": "Mine"})
    story.sync()
    assert story.senco.grid(REGISTER)[row][0] == "Somebody I know"
    assert "Mine" in story.senco.grid(REGISTER)[row]
    assert [a for a in story.attention() if "does not name a pupil" in a] != []
    assert nothing_new(story)


def test_a_duplicated_row_is_reported_and_kept(story: Story) -> None:
    ref = story.ref(3)
    write_words(story, ref)
    story.sync()
    end = len(story.senco.grid(REGISTER))
    story.senco.duplicate_row(REGISTER, story.senco.row_of(REGISTER, ref), end)
    story.sync()
    rows = [r for r in story.senco.rows(REGISTER) if r["Pupil"] == ref]
    assert [words_of(r) for r in rows] == [WORDS, WORDS]
    assert len([a for a in story.attention() if a.startswith(f"{ref} is also in row")]) == 1
    assert nothing_new(story)


def test_her_own_provision_gets_an_id_and_a_cost(story: Story) -> None:
    ref = story.ref(4)
    label = next(r["Pupil"] for r in story.owner.rows("MIS roll") if r["Ref"] == ref)
    typed = {
        "Pupil": label,
        "Provision": "Counselling",
        "Times a week": "1",
        "Start": "02/11/2026",
        "End": "13/11/2026",
        "Target": "Talks to an adult",
    }
    story.senco.add_row(MAP, typed)
    story.sync()
    [(key, row)] = story.map().items()
    assert key.startswith("P-")
    assert {h: row[h] for h in typed} == typed
    # Two weeks less two days (Monday to Friday week) at 50 minutes and 60 an hour, from the catalogue.
    assert (row["Ref"], row["Full-period cost"], row["Wave counted"]) == (ref, f"£{12 / 7 * 50:,.0f}", "Specialist")
    assert story.register()[ref]["Cost this year"] == f"£{12 / 7 * 50:,.0f}"
    assert nothing_new(story)


def test_a_deleted_provision_of_the_mis_comes_back_and_her_own_stays_away(story: Story) -> None:
    third = next(p for p in story.pupils if p.upn == upn(3))
    story.provisions = [provision(1, third)]
    story.sync()
    [mis_key] = story.map()
    story.senco.type(MAP, mis_key, "Target", "Reads a page aloud")
    story.senco.add_row(MAP, {"Pupil": "x", "Provision": "Touch typing", "Comment": "Trial"})
    story.sync()
    own_key = next(k for k in story.map() if k != mis_key)
    for key in (mis_key, own_key):
        story.senco.delete_rows(MAP, story.senco.row_of(MAP, key))
    story.sync()
    assert {k: r["Target"] for k, r in story.map().items()} == {mis_key: "Reads a page aloud"}
    story.sync(restore=[own_key])
    assert story.map()[own_key]["Comment"] == "Trial"
    assert story.map()[own_key]["Provision"] == "Touch typing"
    assert nothing_new(story)


def test_a_proposal_waits_until_the_mis_agrees(story: Story) -> None:
    ref = story.ref(3)
    story.senco.type(REGISTER, ref, "Proposed status", "E")
    story.senco.type(REGISTER, ref, "Proposed need", "ASD")
    story.sync()
    assert [(r["UPN"], r["What to change"], r["MIS says"], r["SENCO says"]) for r in story.senco.rows(TODO)] == [
        (upn(3), "Primary need", "SLCN", "ASD"),
        (upn(3), "SEN status", "K", "E"),
    ]
    story.change(3, status_history=(StatusSpell("E"),))
    story.sync()
    assert [r["What to change"] for r in story.senco.rows(TODO)] == ["Primary need"]
    assert story.register()[ref]["Proposed status"] == "E"
    assert nothing_new(story)


def test_renamed_headers_and_tabs_are_followed(story: Story) -> None:
    ref = story.ref(3)
    row, column = story.senco.header_row(REGISTER, "Notes")
    story.senco.type_at(REGISTER, row, column, "My thoughts")
    row, column = story.senco.header_row(REGISTER, "Class")
    story.senco.type_at(REGISTER, row, column, "Tutor group")
    story.senco.rename_tab(REGISTER, "Kids' register")
    story.senco.type("Kids' register", ref, "My thoughts", "Likes chess")
    assert nothing_new(story)
    story.change(3, registration_group="11B")
    story.change(6, status_history=(StatusSpell("K"),))
    story.sync()
    rows = {r["Pupil"]: r for r in story.senco.rows("Kids' register")}
    assert (rows[ref]["Tutor group"], rows[ref]["My thoughts"]) == ("11B", "Likes chess")
    assert rows[story.ref(6)]["Name"] == "Surname006, Forename006"
    assert nothing_new(story)


def test_moved_and_added_columns_are_followed(story: Story) -> None:
    ref = story.ref(3)
    write_words(story, ref)
    senco = story.senco
    senco.move_columns(REGISTER, senco.header_row(REGISTER, "Notes")[1], 0)
    senco.move_columns(REGISTER, senco.header_row(REGISTER, "Name")[1], 12)
    senco.insert_columns(REGISTER, 3)
    row, _ = senco.header_row(REGISTER, "Name")
    senco.type_at(REGISTER, row, 3, "House")
    senco.type_at(REGISTER, senco.row_of(REGISTER, ref), 3, "Red")
    story.change(6, status_history=(StatusSpell("K"),))
    story.change(3, registration_group="11B")
    story.sync()
    register = story.register()
    assert (words_of(register[ref]), register[ref]["House"], register[ref]["Class"]) == (WORDS, "Red", "11B")
    assert register[story.ref(6)]["Name"] == "Surname006, Forename006"
    assert nothing_new(story)


def test_her_own_column_comes_back_with_a_deleted_row(story: Story) -> None:
    ref = story.ref(3)
    senco = story.senco
    senco.insert_columns(REGISTER, 3)
    senco.type_at(REGISTER, 0, 3, "House")
    senco.type(REGISTER, ref, "House", "Red")
    story.sync()
    senco.delete_rows(REGISTER, senco.row_of(REGISTER, ref))
    story.sync()
    assert story.register()[ref]["House"] == "Red"


def test_a_deleted_column_is_refused_and_set_up_gives_it_back(story: Story) -> None:
    ref = story.ref(3)
    write_words(story, ref)
    story.sync()
    senco = story.senco
    senco.delete_columns(REGISTER, senco.header_row(REGISTER, "Notes")[1])
    senco.delete_columns(REGISTER, senco.header_row(REGISTER, "Class")[1])
    grid = senco.grid(REGISTER)
    with pytest.raises(RefusedError) as refused:
        story.sync()
    assert sorted(p.split(" of the tab")[0] for p in refused.value.problems) == [
        "The column 'Class'",
        "The column 'Notes'",
    ]
    assert senco.grid(REGISTER) == grid
    story.set_up()
    story.sync()
    row = story.register()[ref]
    assert (words_of(row), row["Class"]) == (WORDS, "10A")
    assert nothing_new(story)


def test_going_on_without_a_column_is_a_choice(story: Story) -> None:
    senco = story.senco
    senco.delete_columns(REGISTER, senco.header_row(REGISTER, "Agencies")[1])
    with pytest.raises(RefusedError):
        story.sync()
    story.sync(accepted=["columns"])
    assert nothing_new(story)


def test_a_deleted_tab_is_refused_and_set_up_gives_it_back(story: Story) -> None:
    watched = watch(story, 7)
    ref = story.ref(3)
    write_words(story, ref)
    story.sync()
    story.senco.delete_tab(REGISTER)
    with pytest.raises(RefusedError, match="The tab 'SEN register' is not in the workbook"):
        story.sync()
    story.set_up()
    story.sync()
    register = story.register()
    assert words_of(register[ref]) == WORDS
    assert register[watched]["Notes"] == "Watching since June"
    assert len(register) == 6
    assert nothing_new(story)


def test_a_deleted_machine_tab_is_put_back_and_everything_reads_it_again(story: Story) -> None:
    senco_words = story.ref(3)
    write_words(story, senco_words)
    story.sync()
    before = {title: story.owner.grid(title) for title in ("Dashboard", REGISTER)}
    story.owner.delete_tab("MIS roll")
    with pytest.raises(RefusedError, match="The tab 'MIS roll' is not in the workbook"):
        story.sync()
    story.set_up()
    story.sync()
    assert {title: story.owner.grid(title) for title in before} == before
    test_the_list_offers_every_pupil_of_the_roll(story)
    assert nothing_new(story)


def test_a_deleted_header_row_is_put_back_by_set_up(story: Story) -> None:
    ref = story.ref(3)
    write_words(story, ref)
    story.sync()
    row, _ = story.senco.header_row(REGISTER, "Notes")
    story.senco.delete_rows(REGISTER, row)
    with pytest.raises(RefusedError, match="header row of the tab 'SEN register' is gone"):
        story.sync()
    story.set_up()
    story.sync()
    assert words_of(story.register()[ref]) == WORDS
    assert nothing_new(story)


def test_words_in_a_machine_tab_are_kept_and_put_right(story: Story) -> None:
    ref = story.ref(3)
    story.owner.type("MIS roll", ref, "Class", "Typed by hand")
    end = len(story.owner.grid("MIS roll"))
    story.owner.type_at("MIS roll", end + 1, 2, "A stray word")
    story.sync()
    assert story.register()[ref]["Class"] == "10A"
    assert [r["Was"] for r in story.senco.rows(LOG)[-2:]] == ["Typed by hand", "A stray word"]
    assert nothing_new(story)


def test_machine_tabs_refuse_everyone_but_their_owner(story: Story) -> None:
    with pytest.raises(SheetRefusedError, match="protected"):
        story.senco.type("MIS roll", story.ref(3), "Class", "Typed by hand")


def test_a_copied_workbook_is_refused(story: Story) -> None:
    book = story.desk.store.workbook("9991001")
    assert book is not None
    drive = story.workspace.base_url + "/drive/v3"
    copy = story.owner.http.post(f"{drive}/files/{book.spreadsheet_id}/copy", json={"name": "Copy"}, timeout=30).json()
    story.desk.store.save_workbook("9991001", copy["id"], book.teachers_spreadsheet_id)
    with pytest.raises(RefusedError, match="is a copy of the workbook"):
        story.sync()
    story.set_up(adopt=True)
    story.sync()
    assert nothing_new(story)


def copy_of(story: Story) -> str:
    drive = story.workspace.base_url + "/drive/v3"
    answer = story.owner.http.post(f"{drive}/files/{story.spreadsheet_id}/copy", json={"name": "Copy"}, timeout=30)
    return str(answer.json()["id"])


def test_set_up_takes_another_workbook_only_to_adopt_it(story: Story) -> None:
    first, copy = story.spreadsheet_id, copy_of(story)
    with pytest.raises(RefusedError) as refused:
        story.set_up(spreadsheet_id=copy)
    assert refused.value.problems == (
        f"sensync.toml names the workbook {copy}, but Sensync keeps {first} for this school.",
    )
    assert story.spreadsheet_id == first
    story.set_up(spreadsheet_id=copy, adopt=True)
    assert story.spreadsheet_id == copy
    story.sync()
    assert nothing_new(story)


def test_with_a_new_store_set_up_takes_the_workbook_in_the_configuration_if_its_mark_is_right(story: Story) -> None:
    first, teachers, copy = story.spreadsheet_id, story.teachers.url.rsplit("/", 1)[1], copy_of(story)
    sheets = story.workspace.base_url + "/v4/spreadsheets"
    foreign = story.owner.http.post(sheets, json={"properties": {"title": "Minutes"}}, timeout=30).json()
    story.store_url = f"sqlite:///{story.folder}/new.sqlite3"
    desk = story.open()
    with pytest.raises(RefusedError, match="is a copy of the workbook"):
        story.set_up(spreadsheet_id=copy)
    with pytest.raises(RefusedError, match="was not made by Sensync"):
        story.set_up(spreadsheet_id=foreign["spreadsheetId"])
    with pytest.raises(RefusedError, match="was not made by Sensync"):
        story.set_up(spreadsheet_id=foreign["spreadsheetId"], adopt=True)
    assert desk.store.workbook("9991001") is None
    made = story.set_up(spreadsheet_id=first, teachers_spreadsheet_id=teachers)
    assert (made.created, made.added, story.spreadsheet_id) == (False, [], first)


def test_two_people_typing_lose_nothing(story: Story) -> None:
    third, fourth = story.ref(3), story.ref(4)
    other = Person(story.workspace.base_url, story.workspace.token_for(SENCO), story.spreadsheet_id)

    def both_type(_method: str, url: str) -> None:
        if url.endswith(":batchUpdate"):
            story.senco.type(REGISTER, third, "Notes", "From the first")
            other.type(REGISTER, fourth, "Notes", "From the second")

    story.desk.door.hooks.before.append(both_type)
    story.change(3, registration_group="11B")
    story.sync()
    story.desk.door.hooks.before.clear()
    register = story.register()
    assert (register[third]["Notes"], register[fourth]["Notes"]) == ("From the first", "From the second")
    assert register[third]["Class"] == "11B"


def test_the_teachers_workbook_holds_name_class_status_and_strategies_only(story: Story) -> None:
    ref = story.ref(3)
    story.senco.type(REGISTER, ref, "Strategies for teachers", "Seat near the front")
    story.senco.type(REGISTER, ref, "Barriers", "Not for teachers")
    story.sync()
    rows = story.teachers.rows("Strategies")
    assert list(rows[0]) == ["Name", "Class", "Status", "Strategies"]
    assert [r["Strategies"] for r in rows if r["Name"] == "Surname003, Forename003"] == ["Seat near the front"]
    everything = str(story.teachers.get(includeGridData="true"))
    assert "Not for teachers" not in everything
    assert "SLCN" not in everything
    with pytest.raises(SheetRefusedError):
        Person(story.workspace.base_url, story.workspace.token_for(SENCO), story.teachers.url.rsplit("/", 1)[1]).tabs()
