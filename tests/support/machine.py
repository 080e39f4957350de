"""No interleaving loses a word.

Hypothesis drives the real engine against the real local workspace over HTTP. People act, and the MIS changes, before a
run, after it, and between every two requests of it; a run is killed at any request or commit. After it settles, every
cell that a person typed is where and what it was, every look-up shows what the MIS says, and one more run writes
nothing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from support.person import RefusedError as SheetRefusedError
from support.story import LOG, MAP, REGISTER, Begun, Story, provision, pupil, upn, workspace
from sync.domain.errors import RefusedError, TryAgainError
from sync.domain.records import StatusSpell
from sync.google.sheets import COLUMN_MARK
from sync.plan.facts import pupil_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.service.desk import Desk

TABS = (REGISTER, MAP)
THOROUGH = os.environ.get("SENSYNC_HYPOTHESIS") == "thorough"
EXAMPLES = 5_000 if THOROUGH else 150
"""Of each half: 300 in `make test`; SENSYNC_HYPOTHESIS=thorough makes 10,000."""
STATUSES = ["E", "K", "K", "K", "N", "N"]


class Killed(BaseException):
    """The process ends here."""


@dataclass(frozen=True)
class View:
    """What a person would see of one tab: what is in each cell, and each column's mark."""

    cells: list[list[Any]]
    marks: list[str]

    def words(self) -> Counter[str]:
        return Counter(c for row in self.cells for c in row if isinstance(c, str) and c.startswith("w:"))

    def places(self) -> dict[str, list[tuple[int, int]]]:
        found: dict[str, list[tuple[int, int]]] = {}
        for r, row in enumerate(self.cells):
            for c, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("w:"):
                    found.setdefault(cell, []).append((r, c))
        return found

    def mark(self, column: int) -> str:
        return self.marks[column] if column < len(self.marks) else ""


@dataclass(frozen=True)
class Anchor:
    """Where a word stands: its column's mark, and the other words of its row."""

    tab: str
    mark: str
    mates: frozenset[str]


_begun: list[Begun[Story]] = []


def prepare() -> Iterator[None]:
    """What a test module needs around it: a workspace, and a workbook set up in it."""
    pupils = [pupil(n, s) for n, s in enumerate(STATUSES, start=1)]
    for running in workspace():
        with closing(Begun(Story, running, pupils, [provision(1, pupils[1])])) as begun:
            _begun[:] = [begun]
            yield
    _begun.clear()


ACTS = (
    "type", "type", "type", "clear", "paste", "sort", "sort part", "insert row", "delete row", "move row",
    "insert column", "move column", "delete column", "duplicate row", "filter", "watch", "own provision",
    "rename header",
)  # fmt: skip
TAKING = (
    "type", "clear", "paste", "delete row", "delete column", "duplicate row", "watch", "own provision", "rename header",
)  # fmt: skip
"""What may take away or write over the very cell that a covered word is owed to: then the log alone can have it."""
MOVES = (
    "sort", "sort part", "insert row", "delete row", "move row", "insert column", "move column", "move column", "type",
)  # fmt: skip
act = st.tuples(st.sampled_from(ACTS), st.sampled_from((0, 0, 1)), st.integers(0, 60), st.integers(0, 60))
EVENTS = ("group", "status", "join", "leave", "return", "new upn", "provision", "no provision")
event = st.tuples(st.sampled_from(EVENTS), st.integers(0, 9))
happening = st.one_of(act, act, event)
move = st.tuples(st.sampled_from(MOVES), st.sampled_from((0, 0, 1)), st.integers(0, 60), st.integers(0, 60))
meeting = st.tuples(st.lists(move, max_size=2), st.one_of(st.none(), st.integers(0, 9)))


class Workbook(RuleBasedStateMachine):
    """People, the MIS and runs, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.story = _begun[0].copy(self.folder)
        self.senco = self.story.senco
        self.seen: tuple[object, dict[str, View]] | None = None
        self.next_word = 0
        self.alive: Counter[str] = Counter()
        self.anchors: dict[str, list[Anchor]] = {}
        self.titles = dict.fromkeys(TABS, True)
        self.covered: set[str] = set()
        """Words that a write of ours covered in the instant, and were not yet back, when a person took cells away."""

    # What people do

    def word(self) -> str:
        self.next_word += 1
        return f"w:{self.next_word}"

    def view(self) -> dict[str, View]:
        # A spreadsheet never changes in place: as long as it is the same, so is what she sees.
        book = self.story.workspace.books[self.senco.spreadsheet_id]
        if self.seen is None or self.seen[0] is not book:
            self.seen = book, self._look()
        return self.seen[1]

    def _look(self) -> dict[str, View]:
        answer = self.senco.get(
            ranges=[f"'{t}'" for t in TABS],
            fields="sheets(properties(title),data(rowData(values(userEnteredValue)),"
            "columnMetadata(developerMetadata(metadataKey,metadataValue))))",
        )
        found = {}
        for sheet in answer["sheets"]:
            data = sheet["data"][0]
            cells = [
                [next(iter(v["userEnteredValue"].values())) if v.get("userEnteredValue") else None
                 for v in row.get("values", [])]
                for row in data.get("rowData", [])
            ]  # fmt: skip
            marks = [
                next(
                    (m["metadataValue"] for m in c.get("developerMetadata", []) if m["metadataKey"] == COLUMN_MARK), ""
                )
                for c in data.get("columnMetadata", [])
            ]
            found[sheet["properties"]["title"]] = View(cells, marks)
        return found

    def person(self, what: str, which: int, a: int, b: int) -> None:
        """Do one thing, and note what the person sees afterwards."""
        before = self.view()
        title = TABS[which]
        tab = before[title]
        rows = max(len(tab.cells), 1)
        width = max([len(r) for r in tab.cells] + [1])
        try:
            self._act(what, title, rows, width, a, b)
        except SheetRefusedError:
            return  # Sheets said no (a sort across merged cells, say); nothing was done
        after = self.view()
        if what in TAKING:
            self.covered |= set(self.alive) - set(_words(before))
        gone = _words(before) - _words(after)
        new = _words(after) - _words(before)
        self.alive = (self.alive - gone) + new
        for word in self.alive:
            places = [(t, p) for t, v in after.items() for p in v.places().get(word, [])]
            if places:
                self.anchors[word] = [self._anchor(after, t, *p) for t, p in places]

    def _anchor(self, views: dict[str, View], tab: str, row: int, column: int) -> Anchor:
        view = views[tab]
        mates = frozenset(
            c for i, c in enumerate(view.cells[row]) if i != column and isinstance(c, str) and c.startswith("w:")
        )
        return Anchor(tab, view.mark(column), mates)

    def _act(self, what: str, title: str, rows: int, width: int, a: int, b: int) -> None:
        senco, row, column = self.senco, a % (rows + 1), b % (width + 1)
        if what == "type":
            senco.type_at(title, row, column, self.word())
        elif what == "rename header":
            senco.type_at(title, 0, column % width, self.word())
        elif what == "clear":
            senco.type_at(title, row % rows, column % width, "")
        elif what == "paste":
            for r in range(2):
                for c in range(2):
                    senco.type_at(title, row + r, column + c, self.word())
        elif what == "sort":
            senco.sort_range(title, 1, rows, column % width, descending=bool(a % 2))
        elif what == "sort part":
            start = row % rows
            senco.sort_range(title, start, min(rows, start + 3), column % width, descending=bool(a % 2))
        elif what == "insert row":
            senco.insert_rows(title, row)
        elif what == "delete row":
            senco.delete_rows(title, row % rows)
        elif what == "move row":
            senco.move_rows(title, row % rows, b % (rows + 1))
        elif what == "insert column":
            senco.insert_columns(title, column)
        elif what == "move column":
            senco.move_columns(title, column % width, a % (width + 1))
        elif what == "delete column":
            senco.delete_columns(title, column % width)
        elif what == "duplicate row":
            senco.duplicate_row(title, row % rows, rows)
        elif what == "filter":
            senco.filter(title, 0, ["x"])
        elif what == "watch":
            self._watch(a)
        elif what == "own provision":
            self._own_provision()

    def _watch(self, a: int) -> None:
        view = self.view()[REGISTER]
        if "ref" not in view.marks:
            return
        roll = self.story.owner.rows("MIS roll")
        label = roll[a % len(roll)]["Pupil"]
        self.senco.type_at(REGISTER, len(view.cells), view.marks.index("ref"), label)
        if "notes" in view.marks:
            self.senco.type_at(REGISTER, len(view.cells), view.marks.index("notes"), self.word())

    def _own_provision(self) -> None:
        view = self.view()[MAP]
        if "provision" not in view.marks or "comment" not in view.marks:
            return
        self.senco.type_at(MAP, len(view.cells), view.marks.index("provision"), self.word())
        self.senco.type_at(MAP, len(view.cells), view.marks.index("comment"), self.word())

    # What the MIS does

    def mis(self, what: str, n: int) -> None:
        story = self.story
        number = 1 + n % len(STATUSES)
        mine = next((p for p in story.pupils if (p.legal_surname or "").endswith(f"{number:03d}")), None)
        if what == "group":
            story.change(number, registration_group=f"{7 + n}Z")
        elif what == "status":
            story.change(number, status_history=(StatusSpell("EKN"[n % 3], date(2026, 9, 1)),))
        elif what == "join" and len(story.pupils) < 9:
            taken = {p.upn for p in story.pupils}
            fresh = next(k for k in range(50, 90) if upn(k) not in taken)
            story.pupils.append(pupil(fresh, "KN"[n % 2]))
        elif what == "leave" and len(story.pupils) > 4:
            story.pupils = [p for p in story.pupils if p is not mine]
        elif what == "return" and mine is None:
            story.pupils.append(_begun[0].pupils[number - 1])
        elif what == "new upn" and mine is not None and mine.upn == upn(number):
            story.change(number, upn=upn(number + 200), former_upns=(upn(number),))
        elif what == "provision" and mine is not None:
            story.provisions = [*(story.provisions or []), replace(provision(n + 10, mine), mis_id=f"X{n}{number}")]
            story.provisions = list({p.mis_id: p for p in story.provisions}.values())
        elif what == "no provision":
            story.provisions = list(story.provisions or [])[1:]

    def happen(self, what: tuple[Any, ...]) -> None:
        if len(what) == 4:
            self.person(*what)
        else:
            self.mis(*what)

    # Rules

    @initialize(
        words=st.lists(st.tuples(st.integers(1, 5), st.sampled_from(("notes", "key_adult", "outcomes"))), max_size=6)
    )
    def she_has_written_before(self, words: list[tuple[int, str]]) -> None:
        view = self.view()[REGISTER]
        for row, column in words:
            self.person("type", 0, row, view.marks.index(column))

    @rule(what=happening)
    def something_happens(self, what: tuple[Any, ...]) -> None:
        self.happen(what)

    @rule(
        spoiled=st.lists(st.tuples(st.sampled_from((0, 0, 1)), st.integers(0, 9), st.integers(0, 60), st.booleans()),
                         min_size=1, max_size=3),
        meets=st.lists(meeting, max_size=3),
        killed_at=st.one_of(st.none(), st.none(), st.integers(1, 3)),
    )  # fmt: skip
    def a_repair_meets_an_edit(
        self,
        spoiled: list[tuple[int, int, int, bool]],
        meets: list[tuple[list[tuple[str, int, int, int]], int | None]],
        killed_at: int | None,
    ) -> None:
        """Look-ups and keys are typed over or cleared. In the instant of each mending write people move things.

        Args:
            spoiled: tab, row, which look-up, and whether it is cleared or typed over.
            meets: for each write in turn, what happens just before it; then which of her words (if any) is moved, by
                its row and its column, to the very cell that is being written.
            killed_at: after which write the process ends.
        """
        for which, row, column, cleared in spoiled:
            marks = self.view()[TABS[which]].marks
            tab = self.story.desk.template.tab("register" if which == 0 else "map")
            ours = {c.key for c in tab.columns if c.computed or c.owner == "sensync"}
            computed = [i for i, m in enumerate(marks) if m in ours]
            if computed:
                self.person("clear" if cleared else "type", which, row, computed[column % len(computed)])
        waiting = list(meets)
        writes = [0]
        desk = self.story.open()
        write: Callable[..., Any] = desk.door.sheets_batch_update

        def met(spreadsheet_id: str, body: dict[str, Any], **options: Any) -> Any:
            acts, word = waiting.pop(0) if waiting else ([], None)
            for act in acts:
                self.happen(act)
            target = self._written(body)
            if word is not None and target is not None:
                self.bring(*target, word)
            answer = write(spreadsheet_id, body, **options)
            writes[0] += 1
            if writes[0] == killed_at:
                raise Killed
            return answer

        desk.door.sheets_batch_update = met  # type: ignore[method-assign]
        self._run(desk)

    def _run(self, desk: Desk) -> None:
        """Syncs, and ends as a process does: killed, refused, cut off or done."""
        with closing(desk.store), suppress(Killed, RefusedError, TryAgainError):
            self.story.sync()

    def _written(self, body: dict[str, Any]) -> tuple[int, int, int] | None:
        """The first cell of a people's tab that a write is about to put something in: tab, row and column."""
        tabs = {p.get("sheetId", 0): TABS.index(t) for t, p in self.senco.tabs().items() if t in TABS}
        for request in body["requests"]:
            start = request.get("updateCells", {}).get("start", {})
            if start.get("sheetId") in tabs:
                return tabs[start["sheetId"]], start["rowIndex"], start["columnIndex"]
        return None

    def bring(self, which: int, row: int, column: int, word: int) -> None:
        """Move a word of hers, by its column and its row, to a cell."""
        title = TABS[which]
        view = self.view()[title]
        hers = sorted(
            place
            for places in view.places().values()
            for place in places
            if _is_hers(self.story, Anchor(title, view.mark(place[1]), frozenset()))
        )
        if not hers:
            return
        r, c = hers[word % len(hers)]
        self.person("move column", which, column if c > column else column + 1, c)
        self.person("move row", which, r, row if r > row else row + 1)

    @rule(
        between=st.lists(st.tuples(st.integers(0, 7), happening), max_size=4),
        killed_at=st.one_of(st.none(), st.none(), st.integers(1, 14)),
    )
    def a_run(self, between: list[tuple[int, tuple[Any, ...]]], killed_at: int | None) -> None:
        """A run, with people and the MIS at work between its requests, and perhaps killed."""
        desk = self.story.open()
        steps = [0]

        def step(*_: object) -> None:
            steps[0] += 1
            for when, what in between:
                if when + 1 == steps[0]:
                    self.happen(what)
            if steps[0] == killed_at:
                raise Killed

        desk.door.hooks.before.append(step)
        desk.door.hooks.after.append(step)
        commit: Callable[..., Any] = desk.store.commit

        def committed(*args: Any, **kwargs: Any) -> Any:
            step()
            done = commit(*args, **kwargs)
            step()
            return done

        desk.store.commit = committed  # type: ignore[method-assign]
        self._run(desk)

    def teardown(self) -> None:
        try:
            self.settle()
            self.check()
        finally:
            self.story.desk.store.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def settle(self) -> None:
        """Run until nothing is new; what a guard refuses is mended as its sentence says: by set-up."""
        for _ in range(8):
            self.story.open()
            try:
                if not self.story.sync().wrote:
                    return
            except RefusedError:
                self.story.set_up()
        raise AssertionError("it does not settle")

    def check(self) -> None:
        views = self.view()
        logged = {row["Was"] for row in self.story.owner.rows(LOG)}
        shown = _words(views)
        for word, count in self.alive.items():
            anchors = self.anchors[word]
            computed = [a for a in anchors if not _is_hers(self.story, a)]
            if word in logged and (computed or word in self.covered):
                continue
            assert shown[word] >= count - len(computed), f"{word} was typed {count} times and is there {shown[word]}"
            now = [self._anchor(views, t, *p) for t, v in views.items() for p in v.places().get(word, [])]
            for anchor in anchors:
                if anchor in computed:
                    continue
                assert anchor.mark in {n.mark for n in now if n.tab == anchor.tab}, f"{word} changed its column"
                kept = {m for m in anchor.mates if m in shown}
                assert any(kept <= n.mates for n in now), f"{word} was parted from {kept}"
        self._look_ups(views[REGISTER])
        self._look_ups_of_the_map(views[MAP])
        counter = self.story.desk.door.counter
        before = (counter.reads, counter.writes)
        self.story.sync()
        assert (counter.reads - before[0], counter.writes - before[1]) == (1, 0), "one more run wrote something"

    def _look_ups(self, view: View) -> None:
        roll = {r["Ref"]: r for r in self.story.owner.rows("MIS roll")}
        by_name = {f"{p.legal_surname}, {p.legal_forename}": p for p in self.story.pupils}
        grid = self.senco.grid(REGISTER)
        at = {key: view.marks.index(key) for key in ("ref", "name", "group", "status", "on_roll")}
        rows = {}
        for row in grid:
            ref = pupil_key(row[at["ref"]]) if len(row) > at["ref"] else ""
            if ref in roll:
                rows[ref] = {k: row[i] if i < len(row) else "" for k, i in at.items()}
        for ref, row in rows.items():
            assert row["name"] == roll[ref]["Name"]
            told = by_name.get(row["name"])
            if told is None:
                assert row["on_roll"].startswith("Left")
            else:
                assert told.status_history
                assert (row["group"], row["status"], row["on_roll"]) == (
                    told.registration_group, told.status_history[0].code, "Yes",
                )  # fmt: skip
        due = {n for n, p in by_name.items() if p.status_history and p.status_history[0].code in "KE"}
        assert due <= {r["name"] for r in rows.values()}

    def _look_ups_of_the_map(self, view: View) -> None:
        mirror = {r["ID"]: (r["Pupil"], r["Provision"], r["Minutes"]) for r in self.story.owner.rows("MIS provision")}
        at = [view.marks.index(key) for key in ("id", "pupil", "provision", "minutes")]
        for row in self.senco.grid(MAP):
            key, *shown = (row[i] if i < len(row) else "" for i in at)
            if key in mirror:
                assert tuple(shown) == mirror[key]


def _words(views: dict[str, View]) -> Counter[str]:
    total: Counter[str] = Counter()
    for view in views.values():
        total += view.words()
    return total


def _is_hers(story: Story, anchor: Anchor) -> bool:
    """Whether a cell of this column is a person's: no mark of ours, or a column of the SENCO's."""
    tab = story.desk.template.tab("register" if anchor.tab == REGISTER else "map")
    return not anchor.mark or tab.column(anchor.mark).owner == "senco"
