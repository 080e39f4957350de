"""A person sorts, types or moves a column in the instant between our read and our write."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from board import TEMPLATE, Board, Office, formula, mis, pupil

from sync.google import sheets
from sync.plan import recovery
from sync.plan.actions import Cell, Put
from sync.plan.cells import Formula
from sync.plan.snapshot import RawTab
from sync.plan.tracer import mark_of

ROLL = mis(*(pupil(n) for n in range(1, 7)))


@pytest.fixture
def office() -> Office:
    """Six pupils on the register, each with words of her own."""
    office = Office()
    office.sync(ROLL)
    for n in range(1, 7):
        row = office.board.find("register", office.ref(f"UPN{n}"))
        office.board.type("register", row, "notes", f"words {n}")
        office.board.type("register", row, "strategies", f"strategy {n}")
    office.sync(ROLL)
    return office


def words(office: Office) -> dict[str, tuple[object, object]]:
    board = office.board
    return {
        f"UPN{n}": (
            board.value("register", board.find("register", office.ref(f"UPN{n}")), "notes"),
            board.value("register", board.find("register", office.ref(f"UPN{n}")), "strategies"),
        )
        for n in range(1, 7)
    }


ALL_WORDS = {f"UPN{n}": (f"words {n}", f"strategy {n}") for n in range(1, 7)}


def settled(office: Office) -> None:
    """A further run writes nothing, and every look-up is in its place."""
    batches = office.board.batches
    plan = office.sync(ROLL)
    assert list(plan.describe()) == ["Nothing to do: the workbook agrees with the MIS."]
    assert office.board.batches == batches


def turn(board: Board) -> None:
    """Sort the register by notes, last first."""
    where = board.column("register", "notes")
    order = {f"words {n}": -n for n in range(1, 7)}
    board.sort("register", lambda row: order.get((row[where] or {}).get("stringValue", ""), 0))


def test_a_sort_in_the_instant_of_a_write_displaces_no_word(office: Office) -> None:
    board = office.board
    board.type("register", board.find("register", office.ref("UPN2")), "status", "E please")
    plans = office.settle(ROLL, meanwhile=turn)
    assert [p.recovery for p in plans] == [False, False]
    assert words(office) == ALL_WORDS
    row = board.find("register", office.ref("UPN2"))
    assert formula(board, "register", row, "status") is not None
    assert [c.old for p in plans for c in p.changes if c.kind == "typed-over"] == ["E please", "E please"]
    settled(office)


def test_a_sort_while_a_key_is_given_back_gives_it_to_the_right_row(office: Office) -> None:
    board = office.board
    row = board.find("register", office.ref("UPN3"))
    board.type("register", row, "ref", None)
    office.settle(ROLL, meanwhile=turn)
    assert words(office) == ALL_WORDS
    settled(office)


def test_a_column_moved_in_the_instant_of_a_write_displaces_no_word(office: Office) -> None:
    board = office.board
    row = board.find("register", office.ref("UPN2"))
    board.type("register", row, "status", None)
    to = board.column("register", "status")
    office.settle(ROLL, meanwhile=lambda b: b.move_column("register", "notes", to))
    assert words(office) == ALL_WORDS
    assert formula(board, "register", row, "status") is not None
    settled(office)


def test_a_blank_row_inserted_in_the_instant_of_a_write_displaces_nothing(office: Office) -> None:
    board = office.board
    last = max(board.find("register", office.ref(f"UPN{n}")) for n in range(1, 7))
    key = board.value("register", last, "ref")
    board.type("register", last, "ref", None)
    office.settle(ROLL, meanwhile=lambda b: b.insert_row("register", last))
    assert words(office) == ALL_WORDS
    assert board.values("register", "ref").count(key) == 1
    settled(office)


def test_a_word_typed_over_a_look_up_in_the_instant_of_a_write_is_kept_in_the_log(office: Office) -> None:
    board = office.board
    row = board.find("register", office.ref("UPN2"))
    board.type("register", row, "status", None)
    plans = office.settle(ROLL, meanwhile=lambda b: b.type("register", row, "status", "typed just now"))
    assert [(c.kind, c.field, c.old) for p in plans for c in p.changes] == [("kept-text", "Status", "typed just now")]
    assert "typed just now" in board.values("log", "was")
    settled(office)


def test_an_outdated_look_up_is_replaced_without_a_word_in_the_log(office: Office) -> None:
    board = office.board
    row = board.find("register", office.ref("UPN2"))
    board.type("register", row, "status", "='MIS roll'!F2")
    board.type("register", row, "primary", '=IFNA(#REF!, "")')
    plans = office.settle(ROLL)
    assert [p.recovery for p in plans] == [False]
    assert [c.kind for c in plans[0].changes] == ["typed-over", "typed-over"]
    settled(office)


def test_a_mended_look_up_that_she_copied_into_her_own_column_is_hers(office: Office) -> None:
    board = office.board
    row = board.find("register", office.ref("UPN2"))
    board.type("register", row, "status", None)
    office.sync(ROLL)
    mended = formula(board, "register", row, "status")
    assert mended is not None
    assert mark_of(mended) == "501.0.0"
    board.type("register", row, "agencies", mended)
    assert [p.writes_workbook for p in office.settle(ROLL)] == [False]
    assert formula(board, "register", row, "agencies") == mended


def test_a_header_that_is_a_formula_is_no_edit(office: Office) -> None:
    board = office.board
    board.sheet("register").cells[0][len(TEMPLATE.tab("register").columns)] = {"formulaValue": '=TEXT(TODAY(), "mmm")'}
    board.type("register", board.find("register", office.ref("UPN2")), "status", None)
    assert [p.recovery for p in office.settle(ROLL)] == [False]


def test_a_person_who_keeps_moving_rows_loses_nothing(office: Office) -> None:
    board = office.board
    board.type("register", board.find("register", office.ref("UPN2")), "status", None)
    for _ in range(3):
        office.step(ROLL, meanwhile=turn)
        office.step(ROLL, meanwhile=lambda b: b.sort("register", lambda row: str(row[0])))
    office.settle(ROLL)
    assert words(office) == ALL_WORDS
    settled(office)


# The records themselves

LOOK_UP = Formula("=A")
STRAY = Formula("=B")


def put(**changes: object) -> Put:
    cells = (Cell(1, LOOK_UP, None), Cell(2, None, STRAY))
    usual = Put("register", 1, 4, 0, "K7F3K", cells, ((0, "key"),), ("H", "I", "J"))
    return replace(usual, **changes)


def safety(*rows: tuple[object, ...]) -> RawTab:
    entered = [["Record"], *[list(r) for r in rows]]
    return RawTab(9, "Safety copy", 10, 5, "safety", (), entered, entered)


def copies(header: tuple[object, ...], row: tuple[object, ...], formulas: tuple[object, ...]) -> RawTab:
    return safety((recovery.describe(put(), 77, 0), *header), (None, *row), (None, *formulas))


def test_a_record_reads_as_it_was_written() -> None:
    (record,) = recovery.left(copies(("H", "I", "J"), ("key", None, "shown"), (None, None, STRAY))).records
    assert (record.tab, record.key, record.header) == ("register", "K7F3K", ("H", "I", "J"))
    assert record.cells == (
        recovery.Touched(1, "77.0.0", True, False, True, None, None),
        recovery.Touched(2, "77.0.1", False, True, True, "shown", STRAY),
    )
    assert recovery.met_an_edit(record) is False


def test_the_copy_of_a_blank_row_at_the_foot_of_the_tab_is_still_a_record() -> None:
    (record,) = recovery.left(safety((recovery.describe(put(), 77, 0), "H", "I", "J"))).records
    assert [c.was for c in record.cells] == [None, None]
    assert recovery.met_an_edit(record) is True


def test_a_record_fits_into_a_cell_however_much_stands_in_the_row() -> None:
    long = put(
        typed=((0, "x" * 50_000), (3, '"' * 50_000)), cells=(Cell(1, '"' * 30_000, None), Cell(2, LOOK_UP, None))
    )
    assert len(recovery.describe(long, 77, 0)) < 1_000
    assert [isinstance(v, Formula) for v in recovery.written(long, 77, 0)] == [False, True]


def test_a_look_up_that_she_copied_into_her_own_column_is_hers(office: Office) -> None:
    board = office.board
    row = board.find("register", office.ref("UPN2"))
    copied = formula(board, "register", row, "status")
    board.type("register", row, "agencies", copied)
    assert [p.writes_workbook for p in office.settle(ROLL)] == [False]
    assert formula(board, "register", row, "agencies") == copied


def test_what_is_no_record_is_passed_over() -> None:
    nothing = recovery.Left()
    assert recovery.left(safety()) == nothing
    assert recovery.left(safety((None, "H"), (None, "x"))) == nothing
    assert recovery.left(safety(("typed here by somebody",), (None, "x"))) == nothing


@pytest.mark.parametrize(
    ("header", "row", "formulas", "met"),
    [
        (("H", "I", "J"), ("key", None, "shown"), (None, None, STRAY), False),
        (("H", "I", "J"), ("key", None, "shown"), (None, None, Formula("= b")), False),
        (("H", "I", "J"), ("key", None, "now another"), (None, None, STRAY), False),
        (("H", "I", "J"), ("key", "typed", "shown"), (None, None, STRAY), True),
        (("H", "I", "J"), ("key", "shown", "shown"), (None, LOOK_UP, STRAY), True),
        (("H", "I", "J"), ("another", None, "shown"), (None, None, STRAY), True),
        (("H", "I", "J"), ("key", None, "shown"), (), True),
        (("H", "I", "J"), ("key", None, "shown"), (None, None, Formula("=C")), True),
        (("I", "H", "J"), ("key", None, "shown"), (None, None, STRAY), True),
        (("H", "I", "J", "New"), ("key", None, "shown"), (None, None, STRAY), True),
        (("H", "I"), ("key", None, "shown"), (None, None, STRAY), True),
    ],
)
def test_an_edit_shows_in_the_copy(
    header: tuple[str, ...], row: tuple[object, ...], formulas: tuple[object, ...], met: bool
) -> None:
    (record,) = recovery.left(copies(header, row, formulas)).records
    assert recovery.met_an_edit(record) is met


def test_what_is_owed_is_remembered_as_it_was() -> None:
    owed = recovery.Owed("register", "K7F3K", "Notes", 45.0, logged=True)
    assert recovery.Owed.from_json(json.loads(json.dumps(owed.to_json()))) == owed


def test_the_copies_are_taken_before_anything_that_changes_what_a_cell_shows(office: Office) -> None:
    board = office.board
    board.type("register", board.find("register", office.ref("UPN2")), "status", None)
    changed = mis(*(pupil(n, "E" if n == 1 else "K") for n in range(1, 8)))
    snapshot = board.read()
    plan = office.plan(changed, snapshot=snapshot)
    kinds = [next(iter(r)) for r in sheets.requests_for(plan, snapshot, 77)]
    copies = [i for i, kind in enumerate(kinds) if kind == "copyPaste"]
    names = {t.sheet_id: t.tab_key for t in snapshot.tabs}
    written = [
        (i, names[r["updateCells"]["start"]["sheetId"]])
        for i, r in enumerate(sheets.requests_for(plan, snapshot, 77))
        if "start" in r.get("updateCells", {})
    ]
    assert kinds[0] == "createDeveloperMetadata"
    assert min(i for i, tab in written if tab != "safety") > max(copies)
    assert kinds.index("insertDimension") > max(i for i, tab in written if tab == "roll")
    puts = [i for i, tab in written if tab == "register"]
    assert puts[0] < kinds.index("insertDimension") < puts[-1]
