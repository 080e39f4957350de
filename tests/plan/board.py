"""A small workbook in memory for the tests of the plan: it takes the requests that would go to Google.

Only what moves or writes cells is carried out (formats, charts and lists are passed over). It works out no formula:
a formula shows a text that depends on nothing but its own text. `Office` is a desk around it: it plans with the real
`make_plan`, sends the real requests, checks the real answer, and remembers what the store would.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sync.domain.records import MisData, Pupil, School, Source, StatusSpell
from sync.google import sheets, structure
from sync.plan.agenda import NO_AGENDA, Agenda
from sync.plan.cells import Formula, column_letter
from sync.plan.compare import Question, make_plan
from sync.plan.guards import Limits
from sync.plan.mending import RECOVERED, State
from sync.plan.snapshot import bind
from sync.plan.tracer import holds
from sync.service.templates import load_template

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sync.plan.actions import Plan
    from sync.plan.snapshot import BoundTab, Snapshot
    from sync.plan.template import Template

FILE = "the-workbook"
SALT = "a salt"
ROWS = 60
"""How many rows a tab has here: fewer than in Google, so that a read is quick."""
NOW = datetime(2026, 10, 5, 8, 30)  # noqa: DTZ001 - the school's wall clock
TEMPLATE = load_template()


@dataclass
class Sheet:
    """One tab: cells as the API's `userEnteredValue`, and the marks on columns."""

    id: int
    title: str
    columns: int
    cells: list[list[dict[str, Any] | None]]
    marks: list[list[dict[str, Any]]]
    own_marks: list[dict[str, Any]] = field(default_factory=list)

    def copy(self) -> Sheet:
        """As it stands; the cells themselves are never changed, only replaced."""
        rows, marks = [list(row) for row in self.cells], [list(m) for m in self.marks]
        return Sheet(self.id, self.title, self.columns, rows, marks, list(self.own_marks))


def _shown(value: dict[str, Any] | None) -> dict[str, Any] | None:
    if value and "formulaValue" in value:
        is_value, held = holds(Formula(value["formulaValue"]))
        return sheets.cell(held).get("userEnteredValue") if is_value else {"stringValue": f"<{value['formulaValue']}>"}
    return value


def _plain(value: dict[str, Any] | None) -> object:
    """What is in a cell; a marked value is the value, a formula is its text."""
    told = next(iter(value.values())) if value else None
    is_value, held = holds(Formula(told)) if value and "formulaValue" in value else (False, None)
    return held if is_value else told


class Board:
    """A workbook: carries out `batchUpdate` bodies as a whole, or (on an error) not at all."""

    _made: ClassVar[dict[int, Board]] = {}

    def __init__(self, template: Template = TEMPLATE) -> None:
        self.template = template
        self.sheets: list[Sheet] = []
        self.marks: dict[int, tuple[str, str]] = {}
        self.batches = 0
        made = self._made.get(id(template))
        if made is None:
            self._set_up()
            made = self._made[id(template)] = Board.__new__(Board)
            made.template, made.sheets, made.marks = template, [s.copy() for s in self.sheets], dict(self.marks)
        self.sheets, self.marks = [s.copy() for s in made.sheets], dict(made.marks)

    def _set_up(self) -> None:
        body = structure.create_body(self.template, locale="en_GB", time_zone="Europe/London")
        for one in body["sheets"]:
            self._add(one["properties"])
        requests = [structure.workbook_mark(FILE, "000/0000")]
        requests += structure.build(self.template, self.template.tabs, structure.fresh_places(self.template))
        self.batch_update({"requests": requests})
        self.batches = 0

    def _add(self, properties: dict[str, Any]) -> None:
        grid = properties["gridProperties"]
        # A page of numbers is longer, and is written whole.
        rows, columns = min(grid["rowCount"], 2 * ROWS if grid.get("hideGridlines") else ROWS), grid["columnCount"]
        cells: list[list[dict[str, Any] | None]] = [[None] * columns for _ in range(rows)]
        self.sheets.append(
            Sheet(properties["sheetId"], properties["title"], columns, cells, [[] for _ in range(columns)])
        )

    def sheet(self, key: int | str) -> Sheet:
        """A tab by sheet id, tab key or title."""
        for one in self.sheets:
            marks = {m["metadataValue"] for m in one.own_marks if m["metadataKey"] == sheets.TAB_MARK}
            if key in (one.id, one.title) or key in marks:
                return one
        raise KeyError(key)

    def batch_update(self, body: dict[str, Any]) -> dict[str, Any]:
        """Carry out a body; the answer holds what `sheets.WRITE_FIELDS` asks for."""
        before = [s.copy() for s in self.sheets], dict(self.marks)
        try:
            replies = [self._one(request) for request in body["requests"]]
        except Exception:
            self.sheets, self.marks = before
            raise
        self.batches += 1
        answer: dict[str, Any] = {"replies": replies}
        if body.get("includeSpreadsheetInResponse"):
            answer["updatedSpreadsheet"] = {"sheets": [self._part(r) for r in body["responseRanges"]]}
        return answer

    def _part(self, a1: str) -> dict[str, Any]:
        title, _, span = a1.rpartition("!")
        if not title:
            title, span = a1, ""
        sheet = self.sheet(title[1:-1].replace("''", "'"))
        first, last = 0, len(sheet.cells)
        if span:
            start, _, end = span.partition(":")
            first, last = (int("".join(c for c in part if c.isdigit())) for part in (start, end))
            first -= 1
        rows = [self._row(row, entered_only=True) for row in sheet.cells[first:last]]
        while rows and not any(rows[-1].get("values", ())):
            rows.pop()
        return {"properties": {"sheetId": sheet.id}, "data": [{"startRow": first, "rowData": rows}]}

    def _row(self, row: Sequence[dict[str, Any] | None], *, entered_only: bool = False) -> dict[str, Any]:
        if not any(row):
            return {}
        cells: list[dict[str, Any]] = []
        for value in row:
            if value is None:
                cells.append({})
            elif entered_only:
                cells.append({"userEnteredValue": value})
            else:
                cells.append({"userEnteredValue": value, "effectiveValue": _shown(value)})
        while cells and not cells[-1]:
            cells.pop()
        return {"values": cells} if cells else {}

    def _one(self, request: dict[str, Any]) -> dict[str, Any]:
        (kind, what), *_ = request.items()
        return getattr(self, f"_{kind}", self._nothing)(what) or {}

    def _nothing(self, _what: dict[str, Any]) -> None:
        """Formats, lists, charts, filters: not a cell moves."""

    def _addSheet(self, what: dict[str, Any]) -> None:  # noqa: N802 - the API's word
        self._add(what["properties"])

    def _createDeveloperMetadata(self, what: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        mark = what["developerMetadata"]
        where = mark["location"]
        if where.get("spreadsheet"):
            number = mark.get("metadataId") or max(self.marks, default=0) + 1
            if number in self.marks:
                raise ValueError(f"metadata id {number} is in use")
            self.marks[number] = (mark["metadataKey"], mark["metadataValue"])
            return {"createDeveloperMetadata": {"developerMetadata": {"metadataId": number}}}
        if "sheetId" in where:
            self.sheet(where["sheetId"]).own_marks.append(mark)
        else:
            span = where["dimensionRange"]
            self.sheet(span["sheetId"]).marks[span["startIndex"]].append(mark)
        return {"createDeveloperMetadata": {"developerMetadata": {"metadataId": 1}}}

    def _deleteDeveloperMetadata(self, what: dict[str, Any]) -> None:  # noqa: N802
        del self.marks[what["dataFilter"]["developerMetadataLookup"]["metadataId"]]

    def _updateCells(self, what: dict[str, Any]) -> None:  # noqa: N802
        if "range" in what:
            span = what["range"]
            sheet = self.sheet(span["sheetId"])
            for row in sheet.cells[span.get("startRowIndex", 0) :]:
                row[:] = [None] * len(row)
            return
        start = what["start"]
        sheet = self.sheet(start["sheetId"])
        for r, row in enumerate(what["rows"]):
            for c, cell in enumerate(row["values"]):
                target = sheet.cells[start["rowIndex"] + r]
                if start["columnIndex"] + c >= len(target):
                    raise ValueError("beyond the grid")
                target[start["columnIndex"] + c] = cell.get("userEnteredValue")

    def _repeatCell(self, what: dict[str, Any]) -> None:  # noqa: N802
        if what["fields"] != "userEnteredValue":
            return
        span = what["range"]
        for row in self.sheet(span["sheetId"]).cells[span["startRowIndex"] : span["endRowIndex"]]:
            for column in range(span["startColumnIndex"], span["endColumnIndex"]):
                row[column] = what["cell"].get("userEnteredValue")

    def _copyPaste(self, what: dict[str, Any]) -> None:  # noqa: N802
        show = {"PASTE_VALUES": _shown, "PASTE_FORMULA": lambda v: v}[what["pasteType"]]
        source, target = what["source"], what["destination"]
        row = self.sheet(source["sheetId"]).cells[source["startRowIndex"]]
        values = [show(v) for v in row[source["startColumnIndex"] : source["endColumnIndex"]]]
        there = self.sheet(target["sheetId"]).cells[target["startRowIndex"]]
        there[target["startColumnIndex"] : target["startColumnIndex"] + len(values)] = values

    def _appendDimension(self, what: dict[str, Any]) -> None:  # noqa: N802
        sheet = self.sheet(what["sheetId"])
        if what["dimension"] == "ROWS":
            sheet.cells += [[None] * sheet.columns for _ in range(what["length"])]
        else:
            self._widen(sheet, sheet.columns, what["length"])

    def _insertDimension(self, what: dict[str, Any]) -> None:  # noqa: N802
        span = what["range"]
        sheet = self.sheet(span["sheetId"])
        count = span["endIndex"] - span["startIndex"]
        size = len(sheet.cells) if span["dimension"] == "ROWS" else sheet.columns
        if span["startIndex"] >= size:
            raise ValueError("startIndex must be less than the grid size")
        if span["dimension"] == "ROWS":
            at = span["startIndex"]
            sheet.cells[at:at] = [[None] * sheet.columns for _ in range(count)]
        else:
            self._widen(sheet, span["startIndex"], count)

    def _widen(self, sheet: Sheet, at: int, count: int) -> None:
        for row in sheet.cells:
            row[at:at] = [None] * count
        sheet.marks[at:at] = [[] for _ in range(count)]
        sheet.columns += count

    # What a person does.

    def answer(self) -> dict[str, Any]:
        """What `spreadsheets.get` answers with `sheets.READ_FIELDS`."""
        return {
            "spreadsheetId": FILE,
            "properties": {"title": "A workbook", "locale": "en_GB", "timeZone": "Europe/London"},
            "developerMetadata": [
                {"metadataId": i, "metadataKey": k, "metadataValue": v} for i, (k, v) in self.marks.items()
            ],
            "sheets": [self._whole(s) for s in self.sheets],
        }

    def _whole(self, sheet: Sheet) -> dict[str, Any]:
        rows = [self._row(row) for row in sheet.cells]
        while rows and not rows[-1]:
            rows.pop()
        grid = {"rowCount": len(sheet.cells), "columnCount": sheet.columns}
        return {
            "properties": {"sheetId": sheet.id, "title": sheet.title, "gridProperties": grid},
            "developerMetadata": sheet.own_marks,
            "data": [{"rowData": rows, "columnMetadata": [{"developerMetadata": m} for m in sheet.marks]}],
        }

    def read(self) -> Snapshot:
        return sheets.parse(self.answer())

    def tab(self, key: str) -> BoundTab:
        return bind(self.read(), self.template).tabs[key]

    def column(self, tab: str, key: str) -> int:
        """Where a column is: by its mark, or (a column of her own) by its header."""
        sheet = self.sheet(tab)
        for index, marks in enumerate(sheet.marks):
            if any(m["metadataValue"] == key for m in marks):
                return index
        return next(i for i, v in enumerate(sheet.cells[0]) if v == {"stringValue": key})

    def find(self, tab: str, key: str) -> int:
        """The first row of a tab whose first (key) cell holds `key`."""
        column = self.column(tab, self.template.tab(tab).key_column.key)
        return next(i for i, row in enumerate(self.sheet(tab).cells) if _shown(row[column]) == {"stringValue": key})

    def type(self, tab: str, row: int, column: str, value: object) -> None:
        """A person types; a text that begins with = is a formula, None clears."""
        entered: dict[str, Any] | None
        if value is None:
            entered = None
        elif isinstance(value, str) and value.startswith("="):
            entered = {"formulaValue": value}
        elif isinstance(value, bool):
            entered = {"boolValue": value}
        elif isinstance(value, str):
            entered = {"stringValue": value}
        else:
            entered = {"numberValue": value}
        self.sheet(tab).cells[row][self.column(tab, column)] = entered

    def value(self, tab: str, row: int, column: str) -> object:
        return _plain(self.sheet(tab).cells[row][self.column(tab, column)])

    def values(self, tab: str, column: str) -> list[object]:
        """Everything in a column below the header, without blanks."""
        where = self.column(tab, column)
        cells = [row[where] for row in self.sheet(tab).cells[1:]]
        return [_plain(c) for c in cells if _plain(c) is not None]

    def delete_row(self, tab: str, row: int) -> None:
        del self.sheet(tab).cells[row]

    def insert_row(self, tab: str, row: int) -> None:
        sheet = self.sheet(tab)
        sheet.cells.insert(row, [None] * sheet.columns)

    def sort(self, tab: str, order: Callable[[list[dict[str, Any] | None]], Any]) -> None:
        """Sort every row below the header that holds anything."""
        sheet = self.sheet(tab)
        full = [r for r in sheet.cells[1:] if any(r)]
        rest = [r for r in sheet.cells[1:] if not any(r)]
        sheet.cells[1:] = sorted(full, key=order) + rest

    def move_column(self, tab: str, key: str, to: int) -> None:
        """Move a column; every formula follows, as in Sheets."""
        sheet = self.sheet(tab)
        order = list(range(sheet.columns))
        order.insert(to, order.pop(self.column(tab, key)))
        for row in sheet.cells:
            row[:] = [row[i] for i in order]
        sheet.marks[:] = [sheet.marks[i] for i in order]
        letters = {column_letter(old): column_letter(new) for new, old in enumerate(order)}
        self._rewrite(sheet, letters)

    def _rewrite(self, moved: Sheet, letters: dict[str, str]) -> None:
        from sync.plan.cells import quoted  # noqa: PLC0415

        for sheet in self.sheets:
            prefix = "" if sheet is moved else quoted(moved.title) + "!"
            for row in sheet.cells:
                for index, value in enumerate(row):
                    if value and "formulaValue" in value:
                        row[index] = {"formulaValue": _moved(value["formulaValue"], prefix, letters)}

    def rename_tab(self, tab: str, title: str) -> None:
        """Rename a tab; every formula follows."""
        from sync.plan.cells import quoted  # noqa: PLC0415

        sheet = self.sheet(tab)
        old, new = quoted(sheet.title) + "!", quoted(title) + "!"
        sheet.title = title
        for one in self.sheets:
            for row in one.cells:
                for index, value in enumerate(row):
                    if value and "formulaValue" in value:
                        row[index] = {"formulaValue": value["formulaValue"].replace(old, new)}


def _moved(formula: str, prefix: str, letters: dict[str, str]) -> str:
    import re  # noqa: PLC0415

    before = r"(?<![!A-Za-z0-9_'])" if not prefix else re.escape(prefix)

    def swap(match: re.Match[str]) -> str:
        return f"{prefix}${letters[match.group(1)]}:${letters[match.group(2)]}"

    return re.sub(before + r"\$([A-Z]+):\$([A-Z]+)", swap, formula)


@dataclass
class Office:
    """A desk without network or store: plans, writes, checks and remembers as `sync.service.desk` does."""

    board: Board = field(default_factory=Board)
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    absent: dict[str, dict[str, Any]] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)
    now: datetime = NOW
    limits: Limits = field(default_factory=Limits)
    agenda: Callable[[], Agenda] = lambda: NO_AGENDA

    def state(self) -> State:
        return State(SALT, copy.deepcopy(self.seen), copy.deepcopy(self.absent), copy.deepcopy(self.documents))

    def plan(
        self,
        mis: MisData,
        accepted: Collection[str] = (),
        restore: Collection[str] = (),
        snapshot: Snapshot | None = None,
    ) -> Plan:
        read = snapshot or self.board.read()
        return make_plan(
            Question(
                mis, read, self.board.template, self.state(), self.now, self.limits, accepted, restore, self.agenda()
            )
        )

    def step(
        self,
        mis: MisData,
        accepted: Collection[str] = (),
        restore: Collection[str] = (),
        meanwhile: Callable[[Board], None] = lambda _: None,
    ) -> tuple[Plan, bool]:
        """One read, one plan, one write, with what a person does between the read and the write."""
        snapshot = self.board.read()
        plan = self.plan(mis, accepted, restore, snapshot)
        settled = True
        meanwhile(self.board)
        if not plan.refusals:
            if plan.writes_workbook:
                run_id = sheets.next_run_id(snapshot, 500)
                answer = json.loads(json.dumps(self.board.batch_update(sheets.batch(plan, snapshot, run_id))))
                settled = sheets.verify(answer, plan, snapshot, run_id)
                if settled and (plan.puts or plan.inserts):
                    plan = replace(plan, documents={**plan.documents, RECOVERED: run_id})
            self.remember(plan)
        return plan, settled

    def sync(self, mis: MisData, accepted: Collection[str] = (), restore: Collection[str] = ()) -> Plan:
        """Steps until it is settled; the last whole plan."""
        return self.settle(mis, accepted=accepted, restore=restore)[-1]

    def settle(self, mis: MisData, **how: Any) -> list[Plan]:
        plans: list[Plan] = []
        for _ in range(12):
            plan, settled = self.step(mis, **how)
            how.pop("meanwhile", None)
            plans.append(plan)
            if settled and not plan.recovery:
                return plans
        raise AssertionError("it does not settle")

    def remember(self, plan: Plan) -> None:
        for row in plan.seen:
            here, there = (self.seen, self.absent) if row.present else (self.absent, self.seen)
            here.setdefault(row.tab, {})[row.key] = json.loads(json.dumps(row.cells))
            there.get(row.tab, {}).pop(row.key, None)
        self.documents |= json.loads(json.dumps(dict(plan.documents)))

    def ref(self, upn: str) -> str:
        """The reference of the pupil with this UPN on the MIS roll."""
        roll = self.board.tab("roll")
        return next(str(roll.at(r, "ref")) for r in roll.data_rows if roll.at(r, "upn") == upn)

    def roll(self, upn: str) -> dict[str, object]:
        """A row of the MIS roll, by column key."""
        roll = self.board.tab("roll")
        row = next(r for r in roll.data_rows if roll.at(r, "upn") == upn)
        return {key: roll.at(row, key) for key in roll.columns}


def pupil(n: int, status: str = "K") -> Pupil:
    """A made-up pupil; the number makes the name."""
    return Pupil(
        f"UPN{n}",
        mis_id=str(n),
        legal_surname=f"S{n}",
        legal_forename="F",
        dob=date(2012, 1, n),
        year_group="7",
        registration_group="7A",
        status_history=(StatusSpell(status, date(2024, 9, 1)),),
    )


def mis(*pupils: Pupil, full: bool = True, **more: Any) -> MisData:
    """A full roll of these pupils, as one CTF would give it."""
    source = Source("roll.xml", "ctf", datetime(2026, 10, 5, 7), len(pupils), full_roll=full)  # noqa: DTZ001
    return MisData(tuple(pupils), school=School("000", "0000"), sources=(source,), **more)


def formula(board: Board, tab: str, row: int, column: str) -> Formula | None:
    """The formula in a cell, or None."""
    entered = board.sheet(tab).cells[row][board.column(tab, column)]
    return Formula(entered["formulaValue"]) if entered and "formulaValue" in entered else None
