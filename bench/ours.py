"""Sensync's side of the benchmark: a made-up school, the real engine, and the same facts as plain tables."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from google.oauth2.credentials import Credentials

from bench.wire import SENCO
from sync.domain.in_force import current_status
from sync.domain.records import MisData, Source
from sync.google.door import Door, Limits
from sync.madeup import make_school
from sync.plan.cells import blank
from sync.plan.compare import Question, make_plan
from sync.plan.snapshot import bind
from sync.service.desk import Desk
from sync.service.mirror import require_workbook, sync
from sync.service.setup import Wish, set_up
from sync.service.templates import load_teachers_template, load_template
from sync.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.peers import Cell
    from bench.wire import Wire
    from local_workspace.http.wire import Logged
    from sync.domain.records import Pupil
    from sync.plan.snapshot import BoundTab

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
JOINERS = 50
MIRRORED = ("roll", "needs", "mis_provision", "register", "map")
_KEY = "9994321"
_CREATE = "/v4/spreadsheets"
# The benchmark is about cost, not patience: with Google's own 60 a minute the peers would wait most of the time.
_NO_QUOTA = Limits(reads_per_minute=None, writes_per_minute=None)


@dataclass(frozen=True, slots=True)
class School:
    """The same school on four mornings, as the MIS tells it."""

    first: MisData
    five_cells: MisData
    joined: MisData


def made_up(pupils: int) -> School:
    """A school of that many pupils; then with one cell changed of five pupils; then with fifty more pupils."""
    bigger = make_school(pupils=pupils + JOINERS, today=TODAY)
    early = bigger.pupils[:pupils]
    upns = {p.upn for p in early}
    provisions = tuple(p for p in bigger.provisions if p.upn in upns)

    def told(now: Sequence[Pupil]) -> MisData:
        everything = bigger.provisions if len(now) > pupils else provisions
        source = Source("export.xml", "ctf", datetime(2026, 11, 23, 7, 0), len(now))  # noqa: DTZ001 - the school's clock
        return MisData(tuple(now), everything, bigger.school, (source,))

    changed = _with_five_cells_changed(early)
    return School(told(early), told(changed), told((*changed, *bigger.pupils[pupils:])))


def _with_five_cells_changed(pupils: Sequence[Pupil]) -> list[Pupil]:
    """Five pupils of the register, a field each: fields that fill one cell of the MIS roll and no other."""
    changes: tuple[Callable[[Pupil], Pupil], ...] = (
        lambda p: replace(p, attendance=(p.attendance or 95.0) - 1.5),
        lambda p: replace(p, fsm=not p.fsm),
        lambda p: replace(p, eal=not p.eal),
        lambda p: replace(p, pp=not p.pp),
        lambda p: replace(p, looked_after=not p.looked_after),
    )
    there = list(pupils)
    on_register = [i for i, p in enumerate(there) if _status(p) in ("K", "E")]
    for index, change in zip(on_register, changes, strict=False):
        there[index] = change(there[index])
    return there


def _status(pupil: Pupil) -> str:
    spell = current_status(pupil.status_history, TODAY)
    return spell.code if spell else ""


class Ours:
    """One school's runs over one wire."""

    def __init__(self, wire: Wire, folder: Path) -> None:
        self._wire = wire
        self._store = Store(f"sqlite:///{folder}/sensync.sqlite3")
        self._store.migrate()
        self._template, self._teachers = load_template(), load_teachers_template()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def set_up(self) -> None:
        """Make both workbooks and share one with the SENCO."""
        set_up(self._desk(self._wire.base_url), Wish(share_with=(SENCO,)))

    def sync(self, mis: MisData) -> None:
        """One run, with a new connection, as a scheduled run would have it."""
        sync(self._desk(self._wire.base_url), lambda: mis)

    def teachers_part(self, requests: Sequence[Logged]) -> list[Logged]:
        """Those of the requests that were for the teachers' workbook."""
        workbook = require_workbook(self._desk(self._wire.direct_url))
        # A file has no id before it is made; the SENCO's is made first.
        made = [i for i, r in enumerate(requests) if urlsplit(r.path).path == _CREATE]
        teachers = str(workbook.teachers_spreadsheet_id)
        return [r for i, r in enumerate(requests) if i in made[1:] or teachers in r.path]

    def planning_cpu(self, mis: MisData) -> float:
        """Seconds of CPU to make the plan of a run from here, the median of five."""
        desk = self._desk(self._wire.direct_url)
        workbook = require_workbook(desk)
        snapshot = desk.read(workbook)
        question = Question(mis, snapshot, desk.template, desk.state(workbook, snapshot), desk.wall_clock())
        taken = []
        for _ in range(5):
            start = time.process_time()
            make_plan(question)
            taken.append(time.process_time() - start)
        return statistics.median(taken)

    def tables(self) -> dict[str, list[list[Cell]]]:
        """What stands in the mirrored tabs now, as plain values: what another tool would have to write.

        Of the people's tabs only the key and the columns that show what the MIS says: neither what the SENCO types nor
        what Sensync reckons, so the other tools have less to carry than we.
        """
        desk = self._desk(self._wire.direct_url)
        bound = bind(desk.read(require_workbook(desk)), desk.template)
        return {bound.tabs[key].raw.title: _table(bound.tabs[key]) for key in MIRRORED}

    def _desk(self, base_url: str) -> Desk:
        door = Door(Credentials(self._wire.token), base_url=base_url, limits=_NO_QUOTA)  # type: ignore[no-untyped-call]
        return Desk(
            door=door,
            store=self._store,
            template=self._template,
            teachers=self._teachers,
            school=_KEY,
            zone=ZoneInfo("Europe/London"),
            now=lambda: NOW,
        )


def _table(bound: BoundTab) -> list[list[Cell]]:
    tab = bound.tab
    shown = [c for c in tab.columns if tab.kind == "machine" or c is tab.key_column or c.owner == "mis"]
    rows: list[list[Cell]] = [[c.header for c in shown]]
    rows += [[_plain(bound.shown_at(row, c.key)) for c in shown] for row in bound.data_rows]
    return rows


def _plain(value: object) -> Cell:
    if blank(value):  # type: ignore[arg-type]
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value  # type: ignore[return-value]
