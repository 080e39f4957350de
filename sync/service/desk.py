"""What a run works with: the door to Google, the store, the templates, the clock; and the one way to write.

`mirror` and `setup` tell their stories with it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sync.clock import utc_now
from sync.domain.errors import Exit, RefusedError, SensyncError
from sync.google import sheets
from sync.google.errors import OutcomeUnknownError
from sync.plan.actions import Change, Plan, SeenRow
from sync.plan.given_names import NO_GIVEN_NAMES
from sync.plan.guards import Limits
from sync.plan.mending import RECOVERED, State
from sync.store import JournalEntry, LeaseLostError, Outcome, RowChange, RunRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import tzinfo

    from sync.google.door import Door
    from sync.plan.casebook import Starter
    from sync.plan.given_names import GivenNames
    from sync.plan.snapshot import Snapshot
    from sync.plan.template import Template
    from sync.store import Lease, Store, Workbook

_LOG = logging.getLogger(__name__)
PENDING = "pending"
LEASE_SECONDS = 180


def _silent(_what: str) -> None:
    """No progress display."""


@dataclass(slots=True)
class Desk:
    """Everything a run needs.

    Attributes:
        school: the school's key in the store (LA and establishment number).
        zone: the school's time zone; days and wall clocks are its own.
        now: the instant, in UTC.
        progress: told in a few words what is being done.
        calendars: whose busy times a plan minds (addresses).
        staff: who books staff drop-ins (addresses).
        responders: who may answer the forms for concerns, as in `[concerns]`.
        concern_clock: reckons when a teacher's concern is due; None where concerns are switched off.
        given_names: which forenames belong together.
    """

    door: Door
    store: Store
    template: Template
    teachers: Template
    school: str
    zone: tzinfo
    limits: Limits = field(default_factory=Limits)
    now: Callable[[], datetime] = utc_now
    progress: Callable[[str], None] = _silent
    calendars: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    concern_clock: Starter | None = None
    given_names: GivenNames = NO_GIVEN_NAMES
    responders: tuple[str, ...] = ()
    _since: datetime | None = field(default=None, init=False)
    _counted: int = field(default=0, init=False)

    def wall_clock(self) -> datetime:
        """The school's wall clock, without a zone: what a cell of the sheet holds."""
        return self.now().astimezone(self.zone).replace(tzinfo=None)

    def lease(self, workbook: Workbook) -> Lease:
        """The right to write the workbook, for one run at a time."""
        holder = f"sensync on {socket.gethostname()}, process {os.getpid()}"
        return self.store.lease(f"workbook:{workbook.spreadsheet_id}", holder, LEASE_SECONDS)

    @contextmanager
    def on_record(self, workbook: Workbook, lease: Lease) -> Iterator[None]:
        """Times a run, and remembers one that ends in an error with its sentences, so that `status` can tell of it.

        What a guard refuses is recorded where it is refused, with its plan.
        """
        self._since, self._counted = self.now(), self.door.counter.requests
        try:
            yield
        except (RefusedError, LeaseLostError):
            raise
        except SensyncError as error:
            outcome = Outcome.REFUSED if error.exit_code is Exit.REFUSED else Outcome.FAILED
            run = self._run(outcome, {"refused": [error.words]})
            # The error itself is what the person must see, even where the store is what is in trouble.
            with suppress(SensyncError):
                self._commit(workbook, lease.fence, run, (), {}, ())
            raise

    def _run(self, outcome: Outcome, summary: Mapping[str, Any], run_id: int = 0) -> RunRecord:
        at, requests = self.now(), self.door.counter.requests
        run = RunRecord(
            started_at=self._since or at,
            finished_at=at,
            outcome=outcome,
            summary=dict(summary),
            requests=requests - self._counted,
            marker=str(run_id or ""),
        )
        self._since, self._counted = at, requests
        return run

    def read(self, workbook: Workbook) -> Snapshot:
        """The whole workbook, in one request."""
        answer = self.door.sheets_get(workbook.spreadsheet_id, fields=sheets.READ_FIELDS)
        return sheets.parse(answer)

    def state(self, workbook: Workbook, snapshot: Snapshot, fence: int | None = None) -> State:
        """What we remember.

        Where a run was cut off after its write, what it meant to remember is taken over: the mark that it left in the
        workbook tells that the write was applied. With a `fence` that is put on record, too.
        """
        seen = self.store.seen(workbook.id)
        documents = dict(seen.documents)
        rows = {tab: dict(found) for tab, found in seen.rows.items()}
        absent = {tab: dict(found) for tab, found in self.store.absent_rows(workbook.id).items()}
        pending = documents.pop(PENDING, None) or {}
        if pending and pending["run_id"] in snapshot.run_marks:
            adopted = [SeenRow(**row) for row in pending["seen"]]
            for row in adopted:
                (rows if row.present else absent).setdefault(row.tab, {})[row.key] = row.cells
                (absent if row.present else rows).get(row.tab, {}).pop(row.key, None)
            documents |= pending["documents"]
            if fence is not None:
                changes = [Change(**{**c, "effective": _day(c["effective"])}) for c in pending["changes"]]
                plan = Plan(seen=tuple(adopted), documents=pending["documents"], changes=tuple(changes))
                self.commit(workbook, fence, plan, outcome=Outcome.OK, run_id=pending["run_id"])
        return State(salt=workbook.salt, seen=rows, absent=absent, documents=documents)

    def write(self, workbook: Workbook, fence: int, plan: Plan, snapshot: Snapshot) -> bool:
        """Carry out a plan: what we mean to remember first, then the one write, then what we remember.

        Returns:
            Whether everything went where it was meant to go. False asks for another step: read again and mend.
        """
        run_id = sheets.next_run_id(snapshot, _first_id(workbook.salt))
        self._intend(workbook, fence, plan, run_id)
        body = sheets.batch(plan, snapshot, run_id)
        try:
            answer = self.door.sheets_batch_update(workbook.spreadsheet_id, body, fields=sheets.WRITE_FIELDS)
        except OutcomeUnknownError:
            _LOG.warning("the outcome of run %s is not known; reading again", run_id)
            return False
        settled = sheets.verify(answer, plan, snapshot, run_id)
        if not settled:
            _LOG.info("run %s met an edit of a person, or is half done; reading again", run_id)
        elif plan.puts or plan.inserts:
            plan = replace(plan, documents={**plan.documents, RECOVERED: run_id})
        self.commit(workbook, fence, plan, outcome=Outcome.OK, run_id=run_id)
        return settled

    def _intend(self, workbook: Workbook, fence: int, plan: Plan, run_id: int) -> None:
        pending = {
            "run_id": run_id,
            "seen": [{"tab": s.tab, "key": s.key, "cells": s.cells, "present": s.present} for s in plan.seen],
            "documents": _without_teachers(plan.documents),
            "changes": [_change_json(c) for c in plan.changes],
        }
        self._commit(workbook, fence, None, (), {PENDING: pending}, ())

    def commit(self, workbook: Workbook, fence: int, plan: Plan, *, outcome: Outcome, run_id: int = 0) -> None:
        """Remember what a plan leads to, in one transaction."""
        at = self.now()
        summary = {
            **plan.summary,
            "attention": [f"{a.where}: {a.what}" for a in plan.attention],
            "refused": [f"{r.what} {r.next_step}" for r in plan.refusals],
        }
        run = self._run(outcome, summary, run_id)
        rows = [RowChange(s.tab, s.key, s.cells, present=s.present) for s in plan.seen]
        journal = [
            JournalEntry(at, c.tab, c.key, c.field, _quoted(c.old), _quoted(c.new), c.effective, c.kind, c.note)
            for c in plan.changes
        ]
        documents = {**_without_teachers(plan.documents), PENDING: None}
        self._commit(workbook, fence, run, rows, documents, journal)

    def remember(self, workbook: Workbook, fence: int, documents: Mapping[str, Any]) -> None:
        """Remember named values and nothing else."""
        self._commit(workbook, fence, None, (), documents, ())

    def _commit(
        self,
        workbook: Workbook,
        fence: int,
        run: RunRecord | None,
        rows: Iterable[RowChange],
        documents: Mapping[str, Any],
        journal: Iterable[JournalEntry],
    ) -> None:
        self.store.commit(workbook.id, fence=fence, run=run, rows=rows, documents=documents, journal=journal)


def _quoted(text: str) -> str | None:
    """A journal's old and new are JSON texts, so that the word "null" stays a word."""
    return json.dumps(text, ensure_ascii=False) if text else None


def _without_teachers(documents: Mapping[str, Any]) -> dict[str, Any]:
    """The teachers' page is remembered only once it was written: after the workbook, and by itself."""
    return {k: v for k, v in documents.items() if k != "teachers"}


def _first_id(salt: str) -> int:
    """Where run marks begin in a workbook: away from the small numbers that others may choose."""
    return 100_000_000 + int.from_bytes(hashlib.sha256(salt.encode()).digest()[:3], "big") * 64


def _change_json(change: Change) -> dict[str, Any]:
    told = {name: getattr(change, name) for name in Change.__slots__}
    return {**told, "effective": change.effective.isoformat() if change.effective else None}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
