"""The one place where a person's own act (a button of the add-on) is written into the workbook.

Under the workbook's lease, so never beside a sync; by key, the row found again at once before the write; journalled
with who and when. Done again it changes nothing, so an act that was cut off is simply carried out again; and what
somebody changed after it had been written stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync.domain.errors import RefusedError, TryAgainError
from sync.plan.own_act import next_step
from sync.service.mirror import MOST_STEPS, require_workbook
from sync.store import ACT, Outcome

if TYPE_CHECKING:
    from sync.plan.actions import Plan
    from sync.plan.own_act import Act
    from sync.service.desk import Desk


SAVED = "Saved in the workbook."
CHANGED = "Saved in the workbook. Somebody changed it there afterwards, and that stands."


def carry_out(desk: Desk, act: Act) -> str:
    """Writes what a person wants written, and remembers it as the next sync would.

    Returns:
        What became of it, in a sentence.

    Raises:
        RefusedError: it is not a person's to write, the row is gone, or a cell is no longer as they left it; no word
            of anybody was written over.
        TryAgainError: a sync is at work, Google is busy, or people edited faster than we could mend.
    """
    workbook = require_workbook(desk)
    with desk.lease(workbook) as lease:
        for _ in range(MOST_STEPS):
            lease.renew()
            snapshot = desk.read(workbook)
            step = next_step(
                act, snapshot, desk.template, desk.state(workbook, snapshot, lease.fence), desk.wall_clock()
            )
            if step.refusal:
                raise RefusedError(step.refusal, next_step="Nothing was written now.")
            plan = _marked(step.plan)
            if step.done:
                desk.commit(workbook, lease.fence, plan, outcome=Outcome.OK)
                return CHANGED if step.changed else SAVED
            desk.write(workbook, lease.fence, plan, snapshot)
    raise TryAgainError(
        f"The workbook was edited while this was being written, {MOST_STEPS} times in a row. Nothing is lost.",
        next_step="Try again in a minute.",
    )


def _marked(plan: Plan) -> Plan:
    return replace(plan, summary={**plan.summary, ACT: 1})
