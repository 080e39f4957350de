"""The main job: mirror the MIS into the SENCO's workbook.

Read the MIS, read the workbook (one request), plan, pass the guards, write (one request), verify from the answer,
remember, and keep what the plan made of surgeries and families. Where a person's edit met the write, the next step
mends it; a second run with nothing new writes nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.domain.errors import RefusedError, TryAgainError, UsageError
from sync.google.errors import GoogleRefusedRequestError
from sync.plan import guards
from sync.plan.compare import Question, make_plan
from sync.service.agenda import keep_meetings, read_agenda, read_busy
from sync.service.casebook import keep_decisions, read_casebook
from sync.service.teachers import concern_links, write_teachers
from sync.store import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sync.domain.records import MisData
    from sync.plan.actions import Plan
    from sync.plan.snapshot import Snapshot
    from sync.service.agenda import BusyTimes
    from sync.service.desk import Desk
    from sync.store import Workbook

_LOG = logging.getLogger(__name__)
MOST_STEPS = 12
_MOST_REFUSED = 2
RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did.

    Attributes:
        plan: its last one.
        steps: how many it took.
        wrote: whether it wrote anything.
        summary: the last plan's counts, those of work done summed over all steps.
    """

    plan: Plan
    steps: int
    wrote: bool
    summary: Mapping[str, int]


def require_workbook(desk: Desk) -> Workbook:
    """The school's workbook.

    Raises:
        UsageError: none was made yet.
    """
    workbook = desk.store.workbook(desk.school)
    if workbook is None:
        raise UsageError(f"There is no workbook for school {desk.school} yet.", next_step="Run `sensync setup` first.")
    return workbook


def plan_only(desk: Desk, read_mis: Callable[[], MisData], accepted: Collection[str] = ()) -> Plan:
    """The plan that `sync` would carry out now. Writes nothing anywhere."""
    workbook = require_workbook(desk)
    desk.progress("Reading the MIS files")
    mis = read_mis()
    desk.progress("Reading the workbook")
    snapshot = desk.read(workbook)
    return make_plan(_question(desk, workbook, snapshot, mis, read_busy(desk), accepted))


def _question(
    desk: Desk,
    workbook: Workbook,
    snapshot: Snapshot,
    mis: MisData,
    busy: BusyTimes,
    accepted: Collection[str],
    restore: Collection[str] = (),
    fence: int | None = None,
) -> Question:
    state = desk.state(workbook, snapshot, fence)
    asked = {*restore, *state.documents.get(RESTORE, ())}
    agenda = read_agenda(desk, workbook, busy)
    return Question(
        mis,
        snapshot,
        desk.template,
        state,
        desk.wall_clock(),
        desk.limits,
        accepted,
        sorted(asked),
        agenda,
        read_casebook(desk, workbook),
        concern_links(desk, workbook),
    )


def sync(
    desk: Desk,
    read_mis: Callable[[], MisData],
    *,
    accepted: Collection[str] = (),
    restore: Collection[str] = (),
) -> Report:
    """Carry out a run.

    Args:
        desk: what the run works with.
        read_mis: reads the MIS; called once, under the lease.
        accepted: words of guards that a person lets pass this time.
        restore: keys of rows that a person asked to have back.

    Raises:
        RefusedError: a guard refused; nothing was written.
        InputError: the MIS files cannot be used; nothing was written.
        TryAgainError: another run is at work, Google is busy, or people edited faster than we could mend.
    """
    workbook = require_workbook(desk)
    with desk.lease(workbook) as lease, desk.on_record(workbook, lease):
        desk.progress("Reading the MIS files")
        mis = read_mis()
        before = desk.door.counter.requests
        busy = read_busy(desk)
        plans: list[Plan] = []
        wrote = False
        refused = 0
        for step in range(1, MOST_STEPS + 1):
            lease.renew()
            desk.progress("Reading the workbook")
            snapshot = desk.read(workbook)
            desk.progress("Comparing")
            plan = make_plan(_question(desk, workbook, snapshot, mis, busy, accepted, restore, lease.fence))
            if plan.refusals:
                desk.commit(workbook, lease.fence, plan, outcome=Outcome.REFUSED)
                raise RefusedError(
                    *guards.sentences(plan.refusals),
                    next_step="Do as said above, then run it again. Nothing was changed.",
                )
            settled = True
            if plan.writes_workbook:
                desk.progress("Writing the workbook")
                try:
                    settled = desk.write(workbook, lease.fence, plan, snapshot)
                except GoogleRefusedRequestError:
                    # Rows or tabs may have gone between our read and our write; a second look tells.
                    refused += 1
                    if refused == _MOST_REFUSED:
                        raise
                    _LOG.warning("Google refused the write; reading again")
                    continue
                plans.append(plan)
                wrote = True
            else:
                desk.commit(workbook, lease.fence, plan, outcome=Outcome.OK if plan.teachers else Outcome.NOTHING)
            if plan.teachers and settled:
                wrote = True
                write_teachers(desk, workbook, lease.fence, plan.teachers)
            if settled and not plan.recovery:
                if restore or desk.store.seen(workbook.id).documents.get(RESTORE):
                    desk.remember(workbook, lease.fence, {RESTORE: []})
                keep_meetings(desk, workbook, plan.made or (), plan.families, plan.cancelled)
                keep_decisions(desk, workbook, plan.decided)
                report = Report(plan, step, wrote, _summed(plan, plans))
                _log_end(desk, workbook, report, desk.door.counter.requests - before)
                return report
    raise TryAgainError(
        f"The workbook was edited while it was being mended, {MOST_STEPS} times in a row. Nothing is lost.",
        next_step="Run it again in a minute.",
    )


_WORK = (
    "rows_added", "meetings_added", "concerns_added", "rows_mended", "changes", "typed_over", "new_pupils",
)  # fmt: skip


def _summed(last: Plan, written: Sequence[Plan]) -> dict[str, int]:
    """The counts of a run: what was done in any of its steps, and how many pupils there are at its end."""
    return {**last.summary, **{name: sum(plan.summary.get(name, 0) for plan in written) for name in _WORK}}


def _log_end(desk: Desk, workbook: Workbook, report: Report, requests: int) -> None:
    """One line a run, so that an empty log means that nothing ran."""
    (run,) = desk.store.runs(workbook.id, 1)
    _LOG.info(
        "run %s %s: rows added %s, rows mended %s, changes %s, requests %s",
        run.id,
        "wrote" if report.wrote else "found nothing new",
        *(report.summary[name] for name in ("rows_added", "rows_mended", "changes")),
        requests,
    )
