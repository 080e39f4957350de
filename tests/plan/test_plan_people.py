"""People's tabs: what a person does there, and what a run makes of it."""

from __future__ import annotations

from datetime import date

import pytest
from board import TEMPLATE, Office, formula, mis, pupil

from sync.domain.records import Provision
from sync.plan.facts import pupil_key
from sync.plan.tracer import mark_of, untraced

NOTHING = ["Nothing to do: the workbook agrees with the MIS."]


PROVISIONS = (
    Provision("Reading", upn="UPN1", mis_id="p1", start=date(2026, 9, 1), minutes=30),
    Provision("Typing", upn="UPN2", mis_id="p2"),
)
ROLL = mis(*(pupil(n) for n in range(1, 5)), pupil(5, "N"), pupil(6, "N"), provisions=PROVISIONS)
STATUS = 4


@pytest.fixture
def office() -> Office:
    """Four pupils on the register, the first with words; two provisions from the MIS."""
    office = Office()
    office.sync(ROLL)
    row = office.board.find("register", office.ref("UPN1"))
    office.board.type("register", row, "notes", "her words")
    office.board.type("register", row, "next_review", 46000)
    office.sync(ROLL)
    return office


def row_of(office: Office, upn: str) -> int:
    return office.board.find("register", office.ref(upn))


def quiet(office: Office) -> None:
    batches = office.board.batches
    assert list(office.sync(ROLL).describe()) == NOTHING
    assert office.board.batches == batches


def test_a_first_sync_adds_a_row_for_each_pupil_with_sen_in_the_order_of_year_class_and_name(office: Office) -> None:
    assert office.board.values("register", "ref") == [office.ref(f"UPN{n}") for n in range(1, 5)]
    quiet(office)


def test_what_she_types_is_remembered_and_nothing_is_written(office: Office) -> None:
    quiet(office)
    assert office.seen["register"][office.ref("UPN1")] == {"notes": "her words", "next_review": 46000.0}


def test_a_deleted_row_comes_back_with_its_words(office: Office) -> None:
    ref = office.ref("UPN1")
    office.board.delete_row("register", row_of(office, "UPN1"))
    plan = office.sync(ROLL)
    row = row_of(office, "UPN1")
    assert (office.board.value("register", row, "notes"), office.board.value("register", row, "next_review")) == (
        "her words",
        46000,
    )
    assert [(c.kind, c.key, c.note) for c in plan.changes] == [
        ("put-back", ref, "The row was gone and was put back, with what was typed in it.")
    ]
    quiet(office)


def test_words_of_a_deleted_row_whose_column_has_another_name_now_are_kept_in_the_log(office: Office) -> None:
    board = office.board
    extra = len(TEMPLATE.tab("register").columns)
    board.sheet("register").cells[0][extra] = {"stringValue": "Taxi"}
    board.type("register", row_of(office, "UPN1"), "Taxi", "Tuesdays")
    office.sync(ROLL)
    board.delete_row("register", row_of(office, "UPN1"))
    board.sheet("register").cells[0][extra] = {"stringValue": "Transport"}
    plan = office.sync(ROLL)
    assert [(c.kind, c.field, c.old) for c in plan.changes] == [
        ("kept-text", "Taxi", "Tuesdays"),
        ("put-back", "SEN register", ""),
    ]
    quiet(office)


def test_a_cleared_key_is_given_back_to_the_row_with_those_words(office: Office) -> None:
    row, ref = row_of(office, "UPN1"), office.ref("UPN1")
    office.board.type("register", row, "ref", None)
    plan = office.sync(ROLL)
    assert [len(p.cells) for p in plan.puts] == [1]
    assert office.board.value("register", row, "ref") == ref
    quiet(office)


def test_cleared_keys_of_rows_without_a_word_are_given_back(office: Office) -> None:
    for upn in ("UPN2", "UPN3"):
        office.board.type("register", row_of(office, upn), "ref", None)
    office.sync(ROLL)
    assert sorted(map(str, office.board.values("register", "ref"))) == sorted(
        office.ref(f"UPN{n}") for n in range(1, 5)
    )
    quiet(office)


def test_two_rows_of_the_same_words_are_not_guessed_apart(office: Office) -> None:
    board = office.board
    for upn in ("UPN2", "UPN3"):
        board.type("register", row_of(office, upn), "notes", "the same")
    office.sync(ROLL)
    rows = [row_of(office, upn) for upn in ("UPN2", "UPN3")]
    for row in rows:
        board.type("register", row, "ref", None)
    office.sync(ROLL)
    assert [board.value("register", row, "notes") for row in rows] == ["the same", "the same"]
    assert [board.value("register", row, "ref") for row in rows] == [None, None]
    assert board.values("register", "ref").count(office.ref("UPN2")) == 1
    batches = board.batches
    plan = office.sync(ROLL)
    assert [(a.where, a.what.partition(",")[0]) for a in plan.attention] == [
        (f"SEN register, row {row + 1}", "This row has words but its key is gone") for row in sorted(rows)
    ]
    assert board.batches == batches


def test_a_duplicated_row_is_reported_and_kept(office: Office) -> None:
    sheet, row = office.board.sheet("register"), row_of(office, "UPN1")
    sheet.cells.insert(row + 1, list(sheet.cells[row]))
    plan = office.sync(ROLL)
    assert [(a.where, a.what.partition(".")[0]) for a in plan.attention] == [
        (f"SEN register, row {row + 2}", f"{office.ref('UPN1')} is also in row {row + 1}")
    ]
    assert (plan.inserts, plan.puts) == ((), ())
    assert office.board.values("register", "notes") == ["her words", "her words"]
    quiet_but_for_the_report = office.sync(ROLL)
    assert quiet_but_for_the_report.writes_workbook is False


def test_the_first_of_two_equal_rows_may_be_deleted(office: Office) -> None:
    sheet, row = office.board.sheet("register"), row_of(office, "UPN1")
    sheet.cells.insert(row + 1, list(sheet.cells[row]))
    office.board.type("register", row + 1, "notes", "other words")
    office.sync(ROLL)
    office.board.delete_row("register", row)
    plan = office.sync(ROLL)
    assert (plan.inserts, plan.attention) == ((), ())
    assert office.board.values("register", "notes") == ["other words"]
    quiet(office)


def test_a_key_that_names_nobody_is_reported_and_its_row_left_alone(office: Office) -> None:
    row = 6
    office.board.type("register", row, "ref", "ZZZZ9")
    office.board.type("register", row, "notes", "whose?")
    plan = office.sync(ROLL)
    assert [(a.where, a.what) for a in plan.attention] == [
        ("SEN register, row 7", "ZZZZ9 is no longer known to Sensync. Nothing was changed in this row.")
    ]
    assert plan.puts == ()


def test_a_text_that_is_no_pupil_is_reported_and_its_row_left_alone(office: Office) -> None:
    office.board.type("register", 6, "ref", "ask mum")
    plan = office.sync(ROLL)
    assert [a.what for a in plan.attention] == [
        "The first column does not name a pupil. Pick one from its list; your words stay."
    ]
    assert plan.puts == ()


def test_a_look_up_typed_over_is_kept_in_the_log_and_put_back(office: Office) -> None:
    row = row_of(office, "UPN1")
    before = formula(office.board, "register", row, "status")
    office.board.type("register", row, "status", "E, surely")
    plan = office.sync(ROLL)
    assert [(c.kind, c.key, c.field, c.old) for c in plan.changes] == [
        ("typed-over", office.ref("UPN1"), "Status", "E, surely")
    ]
    after = formula(office.board, "register", row, "status")
    assert after is not None
    assert (untraced(after), mark_of(after)) == (before, "501.0.0")
    assert office.board.values("log", "was") == ["E, surely"]
    quiet(office)


def test_a_cleared_look_up_is_put_back_without_a_line_in_the_log(office: Office) -> None:
    row = row_of(office, "UPN1")
    office.board.type("register", row, "status", None)
    plan = office.sync(ROLL)
    assert plan.changes == ()
    assert formula(office.board, "register", row, "status") is not None
    quiet(office)


def test_a_formula_of_her_own_in_her_own_column_is_hers(office: Office) -> None:
    row = row_of(office, "UPN1")
    office.board.type("register", row, "documents", '=HYPERLINK("x", A2)')
    plan = office.sync(ROLL)
    assert (plan.puts, plan.changes) == ((), ())
    assert office.seen["register"][office.ref("UPN1")]["documents"] == {"f": '=HYPERLINK("x", A2)'}
    quiet(office)


def test_a_watched_pupil_is_picked_as_a_line_of_the_roll(office: Office) -> None:
    label = str(office.roll("UPN5")["label"])
    office.board.type("register", 5, "ref", label)
    office.board.type("register", 5, "notes", "watch")
    office.sync(ROLL)
    assert office.board.value("register", 5, "ref") == label
    assert [c.key for c in TEMPLATE.tab("register").columns if c.computed] == [
        c.key for c in TEMPLATE.tab("register").columns if formula(office.board, "register", 5, c.key)
    ]
    assert office.seen["register"][office.ref("UPN5")] == {"notes": "watch"}
    quiet(office)


def test_a_watched_row_that_was_deleted_stays_away_until_it_is_asked_back(office: Office) -> None:
    ref = office.ref("UPN5")
    office.board.type("register", 5, "ref", str(office.roll("UPN5")["label"]))
    office.board.type("register", 5, "strategies", "seat at the front")
    office.sync(ROLL)
    office.board.delete_row("register", 5)
    assert office.sync(ROLL).inserts == ()
    assert office.absent["register"] == {ref: {"strategies": "seat at the front"}}
    plan = office.sync(ROLL, restore=[ref])
    assert [i.keys for i in plan.inserts] == [(ref,)]
    assert plan.teachers is not None
    assert ("S5, F", "7A", "", "seat at the front") in plan.teachers.tabs[0].rows
    assert office.board.value("register", row_of(office, "UPN5"), "strategies") == "seat at the front"
    quiet(office)


def test_the_memory_of_a_second_row_cannot_be_asked_back_as_a_row(office: Office) -> None:
    sheet, row = office.board.sheet("register"), row_of(office, "UPN1")
    sheet.cells.insert(row + 1, list(sheet.cells[row]))
    office.sync(ROLL)
    office.board.delete_row("register", row + 1)
    office.sync(ROLL)
    key = f"{office.ref('UPN1')}#2"
    assert set(office.absent["register"]) == {key}
    assert office.sync(ROLL, restore=[key]).inserts == ()


def test_columns_of_her_own_are_remembered_by_their_header(office: Office) -> None:
    extra = len(TEMPLATE.tab("register").columns)
    header = office.board.sheet("register").cells[0]
    header[extra], header[extra + 1] = {"stringValue": "Taxi"}, {"stringValue": "Taxi"}
    cells = office.board.sheet("register").cells[row_of(office, "UPN1")]
    cells[extra : extra + 3] = [{"stringValue": "a"}, {"stringValue": "b"}, {"stringValue": "c"}]
    office.sync(ROLL)
    assert office.seen["register"][office.ref("UPN1")] == {
        "notes": "her words",
        "next_review": 46000.0,
        "*Taxi": "a",
        "*Taxi#2": "b",
        f"*#{extra + 2}": "c",
    }
    office.board.delete_row("register", row_of(office, "UPN1"))
    office.sync(ROLL)
    again = office.board.sheet("register").cells[row_of(office, "UPN1")]
    assert again[extra : extra + 3] == [{"stringValue": "a"}, {"stringValue": "b"}, {"stringValue": "c"}]


def test_blank_rows_and_rows_without_a_key_are_left_alone(office: Office) -> None:
    office.board.insert_row("register", 2)
    office.board.insert_row("register", 1)
    office.board.type("register", 1, "notes", "Autumn")
    quiet(office)
    assert office.board.value("register", 1, "notes") == "Autumn"


def test_a_renamed_header_and_tab_are_followed(office: Office) -> None:
    board = office.board
    board.sheet("register").cells[0][board.column("register", "notes")] = {"stringValue": "My notes"}
    board.rename_tab("register", "Kids' list")
    board.rename_tab("roll", "Tom's data")
    assert office.sync(ROLL).writes_workbook is False
    office.board.delete_row("register", row_of(office, "UPN1"))
    office.sync(ROLL)
    row = row_of(office, "UPN1")
    assert board.value("register", row, "notes") == "her words"
    assert str(formula(board, "register", row, "name")).startswith("=IFNA(INDEX('Tom''s data'!$C:$C")
    quiet(office)


def test_moved_columns_are_followed(office: Office) -> None:
    board = office.board
    board.move_column("register", "notes", 1)
    board.move_column("roll", "status", 12)
    assert office.sync(ROLL).writes_workbook is False
    board.delete_row("register", row_of(office, "UPN1"))
    board.type("register", row_of(office, "UPN2"), "status", "over")
    office.sync(ROLL)
    assert board.value("register", row_of(office, "UPN1"), "notes") == "her words"
    quiet(office)


def test_sorting_and_inserting_above_the_header_change_nothing(office: Office) -> None:
    office.board.sort("register", lambda row: str(row[0]))
    office.board.insert_row("register", 0)
    office.board.type("register", 0, "notes", "Please do not print")
    assert office.sync(ROLL).writes_workbook is False


def test_a_look_up_that_she_copied_into_a_row_without_a_key_is_hers(office: Office) -> None:
    copied = formula(office.board, "register", 1, "status")
    office.board.type("register", 8, "notes", copied)
    office.sync(ROLL)
    assert formula(office.board, "register", 8, "notes") == copied
    quiet(office)


def test_rows_go_below_what_is_there_though_the_grid_is_full(office: Office) -> None:
    sheet = office.board.sheet("register")
    del sheet.cells[5:]
    more = mis(*(pupil(n) for n in range(1, 5)), pupil(5), pupil(6), provisions=PROVISIONS)
    snapshot_rows = len(sheet.cells)
    plan = office.sync(more)
    assert [(i.at, i.append) for i in plan.inserts] == [(snapshot_rows, True)]
    assert office.board.values("register", "ref") == [office.ref(f"UPN{n}") for n in range(1, 7)]


def test_a_row_that_a_person_adds_below_a_full_grid_in_the_same_moment_is_not_written_over(office: Office) -> None:
    sheet = office.board.sheet("register")
    del sheet.cells[5:]
    more = mis(*(pupil(n) for n in range(1, 6)), pupil(6, "N"), provisions=PROVISIONS)

    def add_a_row(_: object) -> None:
        sheet = office.board.sheet("register")
        sheet.cells.append([None] * sheet.columns)
        office.board.type("register", 5, "notes", "typed at once")

    office.settle(more, meanwhile=add_a_row)
    assert office.board.values("register", "notes") == ["her words", "typed at once"]
    assert office.board.value("register", row_of(office, "UPN5"), "notes") is None


# The provision map


def test_rows_from_the_mis_and_rows_of_her_own_stand_side_by_side(office: Office) -> None:
    board = office.board
    assert [str(v)[:2] for v in board.values("map", "id")] == ["M-", "M-"]
    board.type("map", 3, "pupil", str(office.roll("UPN3")["label"]))
    board.type("map", 3, "provision", "Mentoring")
    board.type("map", 3, "minutes", 40)
    plan = office.sync(ROLL)
    key = str(board.value("map", 3, "id"))
    assert key.startswith("P-")
    assert [p.key for p in plan.puts] == [key]
    assert board.value("map", 3, "provision") == "Mentoring"
    assert formula(board, "map", 3, "cost_full") is not None
    assert office.seen["map"][key]["minutes"] == 40.0
    quiet(office)


def test_a_row_of_her_own_needs_a_pupil_or_a_provision_before_it_gets_a_key(office: Office) -> None:
    office.board.type("map", 3, "comment", "Spring")
    quiet(office)
    assert office.board.value("map", 3, "id") is None


def test_two_rows_of_her_own_with_the_same_words_get_two_keys(office: Office) -> None:
    for row in (3, 4):
        office.board.type("map", row, "provision", "Mentoring")
    office.sync(ROLL)
    keys = [office.board.value("map", row, "id") for row in (3, 4)]
    assert len({*keys, None}) == 3
    quiet(office)


def test_a_row_of_her_own_that_was_deleted_can_be_asked_back_whole(office: Office) -> None:
    board = office.board
    board.type("map", 3, "provision", "Mentoring")
    board.type("map", 3, "target", "attend daily")
    office.sync(ROLL)
    key = str(board.value("map", 3, "id"))
    board.delete_row("map", 3)
    assert office.sync(ROLL).inserts == ()
    office.sync(ROLL, restore=[key])
    row = board.find("map", key)
    assert (board.value("map", row, "provision"), board.value("map", row, "target")) == ("Mentoring", "attend daily")
    quiet(office)


def test_her_words_beside_a_provision_of_the_mis_come_back_with_its_row(office: Office) -> None:
    board = office.board
    key = str(board.value("map", 1, "id"))
    board.type("map", 1, "target", "read to her brother")
    office.sync(ROLL)
    board.delete_row("map", 1)
    office.sync(ROLL)
    assert board.value("map", board.find("map", key), "target") == "read to her brother"
    quiet(office)


def test_a_provision_the_mis_no_longer_lists_keeps_its_row_and_words(office: Office) -> None:
    board = office.board
    key = str(board.value("map", 1, "id"))
    board.type("map", 1, "target", "read")
    fewer = mis(*ROLL.pupils, provisions=PROVISIONS[1:])
    office.sync(fewer)
    assert board.value("map", board.find("map", key), "target") == "read"
    provision = board.tab("mis_provision")
    assert [provision.at(r, "in_mis") for r in provision.data_rows] == ["No", "Yes"]


@pytest.mark.parametrize(
    ("typed", "key"),
    [("K7F3K", "K7F3K"), ("Lee, Ann (7A) · K7F3K", "K7F3K"), (" K7F3K ", "K7F3K"), ("", ""), (None, ""),
     ("Ann Lee", ""), (12345.0, ""), ("k7f3k", ""), ("7F3K", "")],
)  # fmt: skip
def test_a_reference_is_found_alone_or_at_the_end_of_a_line(typed: str | float | None, key: str) -> None:
    assert pupil_key(typed) == key
