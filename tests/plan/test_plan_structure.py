"""What is sent to Google, held against Google's own description of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from board import FILE, TEMPLATE, Board, Office, mis
from discovery import faults

from sync.domain.records import Provision, Pupil, StatusSpell
from sync.google import sheets, structure
from sync.google.views import chart_requests
from sync.plan.actions import Insert, Plan, TeachersPage, TeachersTab, Write
from sync.plan.cells import Formula, Value, column_letter
from sync.plan.snapshot import bind
from sync.plan.template import FEATURES
from sync.plan.tracer import untraced
from sync.service.templates import load_teachers_template, load_template


def pupil(n: int, surname: str = "S", status: str = "K") -> Pupil:
    spells = (StatusSpell(status, date(2024, 9, 1)),)
    return Pupil(f"UPN{n}", legal_surname=surname, legal_forename="F", dob=date(2012, 1, n), status_history=spells)


def test_the_check_itself_finds_what_is_wrong() -> None:
    wrong = {"requests": [{"updateCells": {"start": {"rowIndex": "1", "sheet": 1}, "fields": True}}, {"nothing": {}}]}
    assert faults(wrong, "BatchUpdateSpreadsheetRequest") == [
        "BatchUpdateSpreadsheetRequest.requests[0].updateCells.start.rowIndex: '1' is no integer",
        "BatchUpdateSpreadsheetRequest.requests[0].updateCells.start.sheet: is not a field",
        "BatchUpdateSpreadsheetRequest.requests[0].updateCells.fields: True is no string",
        "BatchUpdateSpreadsheetRequest.requests[1].nothing: is not a field",
    ]
    assert faults({"pasteType": "PASTE_ALL"}, "CopyPasteRequest") == [
        "CopyPasteRequest.pasteType: 'PASTE_ALL' is not one of the values"
    ]


@pytest.mark.parametrize(
    "template",
    [TEMPLATE, load_template(features=FEATURES), load_teachers_template(features=FEATURES)],
    ids=["senco", "senco with all", "teachers"],
)
def test_every_request_of_set_up_is_one_that_google_describes(template: Any) -> None:
    body = structure.create_body(template, locale="en_GB", time_zone="Europe/London", title="A title")
    requests = [structure.workbook_mark(FILE, "000/0000")]
    requests += structure.build(template, template.tabs, structure.fresh_places(template))
    assert faults(body, "Spreadsheet") == []
    assert faults({"requests": requests}, "BatchUpdateSpreadsheetRequest") == []


def test_the_clocks_of_a_workbook_turn_while_nobody_types() -> None:
    body = structure.create_body(TEMPLATE, locale="en_GB", time_zone="Europe/London")
    assert body["properties"]["autoRecalc"] == "MINUTE"
    properties = structure.furnish(body, [0])[0]["updateSpreadsheetProperties"]
    assert (properties["properties"]["autoRecalc"], properties["fields"]) == (
        "MINUTE", "title,locale,timeZone,autoRecalc",
    )  # fmt: skip


def test_an_older_workbook_is_made_to_turn_and_what_a_person_chose_stays() -> None:
    requests = structure.recalculated({"properties": {"autoRecalc": "ON_CHANGE"}, "sheets": []})
    assert requests == [
        {"updateSpreadsheetProperties": {"properties": {"autoRecalc": "MINUTE"}, "fields": "autoRecalc"}}
    ]
    assert faults({"requests": requests}, "BatchUpdateSpreadsheetRequest") == []
    assert [structure.recalculated({"properties": {"autoRecalc": each}}) for each in ("HOUR", "MINUTE")] == [[], []]


def test_every_request_of_a_sync_is_one_that_google_describes() -> None:
    office = Office()
    office.sync(mis(*(pupil(n) for n in range(1, 5)), provisions=(Provision("a", upn="UPN1", minutes=30),)))
    office.board.type("register", 1, "status", "over")
    office.board.type("register", 2, "status", True)
    office.board.type("register", 3, "status", 4.5)
    del office.board.sheet("roll").cells[5:]
    snapshot = office.board.read()
    plan = office.plan(mis(*(pupil(n, "T") for n in range(1, 8))), snapshot=snapshot)
    assert (len(plan.puts), len(plan.inserts), len(plan.grows)) == (3, 1, 1)
    assert faults(sheets.batch(plan, snapshot, 7), "BatchUpdateSpreadsheetRequest") == []
    page = TeachersPage((TeachersTab("strategies", 4, (("n", "g", "K", "s"),), 2),), {})
    assert faults(sheets.teachers_batch(page), "BatchUpdateSpreadsheetRequest") == []


def test_every_request_of_an_upgrade_is_one_that_google_describes() -> None:
    board = Board()
    smaller = replace(
        TEMPLATE, tabs=tuple(_without(t, {"notes", "documents"}) for t in TEMPLATE.tabs if t.key != "safety")
    )
    old = Board(smaller)
    requests = structure.upgrade(TEMPLATE, bind(old.read(), TEMPLATE), {})
    assert faults({"requests": requests}, "BatchUpdateSpreadsheetRequest") == []
    old.batch_update({"requests": requests})
    bound = bind(old.read(), TEMPLATE)
    assert (bound.missing_tabs, bound.missing_columns) == ((), ())
    assert structure.upgrade(TEMPLATE, bound, {}) == []
    assert structure.upgrade(TEMPLATE, bind(board.read(), TEMPLATE), {}) == []


def test_switching_a_feature_on_is_an_upgrade_that_google_describes_and_is_whole() -> None:
    board, whole = Board(), load_template(features=FEATURES)
    requests = structure.upgrade(whole, bind(board.read(), whole), {})
    assert faults({"requests": requests}, "BatchUpdateSpreadsheetRequest") == []
    board.batch_update({"requests": requests})
    bound = bind(board.read(), whole)
    assert (bound.missing_tabs, bound.missing_columns) == ((), ())
    assert structure.upgrade(whole, bound, {}) == []


def test_a_list_of_the_rows_own_cells_is_relative_in_its_row_alone() -> None:
    whole = load_template(features=FEATURES)
    requests = structure.build(whole, [whole.tab("concerns")], structure.fresh_places(whole))
    rules = [each["setDataValidation"] for each in requests if "setDataValidation" in each]
    (rule,) = [each for each in rules if each["rule"]["condition"]["type"] == "ONE_OF_RANGE"]
    assert rule["range"]["startRowIndex"] == 1
    assert rule["rule"]["condition"]["values"] == [{"userEnteredValue": "=Concerns!$Y2:$AA2"}]


def test_a_list_of_the_rows_own_cells_is_put_back_with_its_columns() -> None:
    whole = load_template(features=FEATURES)
    board = Board(whole)
    _drop(board, "concerns", "candidate_1")
    requests = structure.upgrade(whole, bind(board.read(), whole), {})
    board.batch_update({"requests": requests})
    first, last = (column_letter(board.column("concerns", f"candidate_{n}")) for n in (1, 3))
    rules = [each["setDataValidation"] for each in requests if "setDataValidation" in each]
    (rule,) = [each for each in rules if each["range"]["startColumnIndex"] == board.column("concerns", "chosen")]
    assert rule["rule"]["condition"]["values"] == [{"userEnteredValue": f"=Concerns!${first}2:${last}2"}]


def _drop(board: Board, tab: str, key: str) -> None:
    """As a person deletes a column."""
    sheet, at = board.sheet(tab), board.column(tab, key)
    for row in sheet.cells:
        del row[at]
    del sheet.marks[at]
    sheet.columns -= 1


def _without(tab: Any, keys: set[str]) -> Any:
    return replace(tab, columns=tuple(c for c in tab.columns if c.key not in keys))


def test_a_column_that_set_up_puts_back_has_its_header_in_the_header_row() -> None:
    board = Board()
    sheet = board.sheet("register")
    _drop(board, "register", "notes")
    board.insert_row("register", 0)
    board.insert_row("register", 0)
    sheet.cells[0][1] = {"stringValue": "Confidential"}
    bound = bind(board.read(), TEMPLATE)
    assert (bound.tabs["register"].header_row, bound.missing_columns) == (2, (("register", "notes"),))
    board.batch_update({"requests": structure.upgrade(TEMPLATE, bound, {})})
    assert [i for i, row in enumerate(sheet.cells) if row[board.column("register", "notes")]] == [2]


def test_a_header_row_that_was_deleted_is_put_back_as_it_read() -> None:
    board = Board()
    board.delete_row("register", 0)
    board.type("register", 0, "notes", "words")
    bound = bind(board.read(), TEMPLATE)
    assert bound.tabs["register"].header_row == -1
    board.batch_update({"requests": structure.upgrade(TEMPLATE, bound, {"register": {"notes": "My notes"}})})
    assert (board.value("register", 0, "notes"), board.value("register", 0, "status")) == ("My notes", "Status")
    assert board.value("register", 1, "notes") == "words"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("SEN register", "SEN_register"),
        ("Kids' list", "Kids__list"),
        ("2026", "Tab_2026"),
        ("A1", "Tab_A1"),
        ("R1C1", "Tab_R1C1"),
        ("True", "Tab_True"),
        ("Größe", "Gr__e"),
    ],
)
def test_a_title_becomes_a_name_that_sheets_takes(title: str, name: str) -> None:
    assert structure.range_name(title) == name


def test_the_names_of_the_ranges_differ() -> None:
    names = [structure.range_name(t.title) for t in TEMPLATE.tabs]
    assert len(set(names)) == len(names)


def test_the_dashboard_has_charts_over_its_own_tables() -> None:
    tab = TEMPLATE.tab("dashboard")
    charts = chart_requests(tab)
    assert len(charts) >= 4
    for chart in tab.charts:
        first = int("".join(c for c in chart.domain.partition(":")[0] if c.isdigit()))
        last = int("".join(c for c in chart.domain.partition(":")[2] if c.isdigit()))
        assert last <= len(tab.rows)
        assert [r for r in tab.rows[first - 1 : last] if not r.cells] == []


# Text is never a formula

NASTY = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=IMPORTDATA("x")', "=cmd|' /C calc'!A0", "'=1", "\uff1d1+1", "")


@pytest.mark.parametrize("text", NASTY)
def test_a_text_travels_as_a_text(text: str) -> None:
    assert sheets.cell(text) == ({"userEnteredValue": {"stringValue": text}} if text else {})


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, {}),
        (Formula("=A1"), {"userEnteredValue": {"formulaValue": "=A1"}}),
        (True, {"userEnteredValue": {"boolValue": True}}),
        (2.5, {"userEnteredValue": {"numberValue": 2.5}}),
        ("0012", {"userEnteredValue": {"stringValue": "0012"}}),
    ],
)
def test_a_value_travels_as_its_own_type(value: Value, cell: dict[str, Any]) -> None:
    assert sheets.cell(value) == cell


def _formulas(value: object) -> list[str]:
    if isinstance(value, dict):
        mine = [value["formulaValue"]] if "formulaValue" in value else []
        return mine + [f for one in value.values() for f in _formulas(one)]
    return [f for one in value for f in _formulas(one)] if isinstance(value, list | tuple) else []


@pytest.mark.parametrize("text", [t for t in NASTY if t])
def test_no_text_of_the_mis_or_of_a_person_becomes_a_formula(text: str) -> None:
    nasty = replace(
        pupil(1, text), legal_forename=text, year_group=text, registration_group=text, mis_id=text, sex=text,
        status_history=(StatusSpell("K"), StatusSpell(text, date(2030, 1, 1))),
    )  # fmt: skip
    data = mis(nasty, provisions=(Provision(text, upn="UPN1", wave=text, area=text, target=text, delivered_by=text),))
    office = Office()
    snapshot = office.board.read()
    first = office.plan(data, snapshot=snapshot)
    sent = _formulas(sheets.batch(first, snapshot, 1))
    clean = Office()
    other = clean.plan(
        mis(replace(pupil(1), mis_id="1"), provisions=(Provision("a", upn="UPN1"),)), snapshot=clean.board.read()
    )
    assert sorted(sent) == sorted(_formulas(sheets.batch(other, clean.board.read(), 1)))
    office.sync(data)
    office.board.sheet("register").cells[1][office.board.column("register", "notes")] = {"stringValue": text}
    office.board.sheet("register").cells[1][office.board.column("register", "status")] = {"stringValue": text}
    snapshot = office.board.read()
    mended = office.plan(data, snapshot=snapshot)
    put_back = [untraced(f) for f in _formulas(sheets.batch(mended, snapshot, 2))]
    assert [f for f in put_back if not f.startswith("=IFNA(INDEX('MIS roll'")] == []
    office.sync(data)
    office.board.delete_row("register", 1)
    office.sync(data)
    assert office.board.value("register", 1, "notes") == text


# One answer, checked


def test_an_answer_is_good_only_if_every_row_stands_where_it_was_put() -> None:
    office = Office()
    snapshot = office.board.read()
    plan = office.plan(mis(pupil(1), pupil(2)), snapshot=snapshot)
    answer = office.board.batch_update(sheets.batch(plan, snapshot, 9))
    assert sheets.verify(answer, plan, snapshot, 9) is True
    assert sheets.verify(answer, plan, snapshot, 10) is False
    assert sheets.verify({}, plan, snapshot, 9) is False
    assert sheets.verify({**answer, "updatedSpreadsheet": {}}, plan, snapshot, 9) is False
    rows = answer["updatedSpreadsheet"]["sheets"][0]["data"][0]["rowData"]
    rows[1]["values"][0] = {"userEnteredValue": {"stringValue": "other"}}
    assert sheets.verify(answer, plan, snapshot, 9) is False


def test_a_batch_that_arrives_twice_is_refused_as_a_whole() -> None:
    office = Office()
    snapshot = office.board.read()
    body = sheets.batch(office.plan(mis(pupil(1)), snapshot=snapshot), snapshot, 9)
    office.board.batch_update(body)
    with pytest.raises(ValueError, match="in use"):
        office.board.batch_update(body)
    assert len(office.board.values("register", "ref")) == 1


def test_each_run_leaves_the_next_mark_and_only_the_last_ones_stay() -> None:
    office = Office()
    for n in range(12):
        office.sync(mis(*(pupil(k) for k in range(1, 3 + n))))
    marks = office.board.read().run_marks
    assert marks == tuple(range(512 - 1 - sheets.KEPT_MARKS, 512))
    assert sheets.next_run_id(office.board.read(), 500) == 512


def test_a_formula_that_is_the_same_in_every_new_row_is_sent_once() -> None:
    rows = tuple((f"K{n}", Formula("=A"), Formula(f"=B{n}"), None) for n in range(3))
    insert = Insert("register", TEMPLATE.tab("register").sheet_id, 1, ("a", "b", "c"), rows, header_row=0)
    requests = sheets.requests_for(Plan(inserts=(insert,)), Board().read(), 1)
    assert [next(iter(r)) for r in requests if "copyPaste" not in r][-3:] == [
        "insertDimension", "updateCells", "repeatCell",
    ]  # fmt: skip
    assert _formulas(requests) == ["=B0", "=B1", "=B2", "=A"]


def test_a_single_new_row_is_sent_as_it_is() -> None:
    insert = Insert("register", TEMPLATE.tab("register").sheet_id, 1, ("a",), (("K", Formula("=A")),), header_row=0)
    requests = sheets.requests_for(Plan(inserts=(insert,)), Board().read(), 1)
    assert [next(iter(r)) for r in requests] == [
        "createDeveloperMetadata", "appendDimension", "updateCells", "updateCells", "copyPaste", "insertDimension",
        "updateCells",
    ]  # fmt: skip


def test_a_plan_without_people_asks_for_no_rows_back() -> None:
    write = Write("roll", TEMPLATE.tab("roll").sheet_id, 1, 0, (("x",),))
    assert list(sheets.batch(Plan(writes=(write,)), Board().read(), 1)) == ["requests"]


def test_an_answer_of_google_is_read_cell_by_cell() -> None:
    snapshot = sheets.parse(
        {
            "spreadsheetId": "x",
            "developerMetadata": [{"metadataId": 4, "metadataKey": "k", "metadataValue": "v"}],
            "sheets": [
                {
                    "properties": {"title": "T", "gridProperties": {"rowCount": 5, "columnCount": 3}},
                    "data": [
                        {
                            "rowData": [
                                {},
                                {
                                    "values": [
                                        {"userEnteredValue": {"numberValue": 1}, "effectiveValue": {"numberValue": 1}},
                                        {},
                                        {
                                            "userEnteredValue": {"formulaValue": "=1/0"},
                                            "effectiveValue": {"errorValue": {"type": "DIVIDE_BY_ZERO"}},
                                        },
                                        {"userEnteredValue": {"boolValue": False}},
                                    ]
                                },
                            ],
                            "columnMetadata": [
                                {},
                                {"developerMetadata": [{"metadataKey": sheets.COLUMN_MARK, "metadataValue": "key"}]},
                            ],
                        }
                    ],
                }
            ],
        }
    )
    (tab,) = snapshot.tabs
    assert (snapshot.metadata, snapshot.run_marks) == ({"k": (4, "v")}, ())
    assert (tab.sheet_id, tab.row_count, tab.column_keys) == (0, 5, ("", "key"))
    assert [tab.at(1, i) for i in range(5)] == [1.0, None, Formula("=1/0"), False, None]
    assert (tab.shown_at(1, 2), tab.at(0, 0), tab.at(9, 9)) == ("#DIVIDE_BY_ZERO", None, None)
