"""Does in the background what people asked for from the add-on: a sync, a plan, an act of their own.

Any number of processes may have one of these: the store hands each job to one of them, in the order asked. What became
of it is a sentence in the store, which the card shows when it is refreshed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sync.clock import utc_now
from sync.domain.errors import RefusedError, SensyncError, TryAgainError
from sync.log import where
from sync.plan.own_act import Act
from sync.service.background import Background
from sync.service.mirror import plan_only
from sync.service.opening import mis_reader, open_desk
from sync.service.own_act import carry_out
from sync.service.said import sentence
from sync.service.which import known_workbook
from sync.service.whole import whole_sync
from sync.store import Job, JobKind, Jobs, JobState, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.config import Settings
    from sync.service.desk import Desk

__all__ = ["Job", "JobKind", "JobState", "JobWorker", "act_payload", "do_job", "work_jobs"]

_LOG = logging.getLogger(__name__)

PAUSE = 0.5
"""Seconds between two looks for a job; each is a cheap question to the store."""

_AGAIN_AFTER = timedelta(seconds=15)
_MOST_ATTEMPTS = 8
"""Of a job that could not be done now, with `_AGAIN_AFTER` between them: as long as a sync may take."""

_AFTER_TROUBLE = 30.0
_MOST_LINES = 60
THEN_SYNC = "then_sync"
"""In an act's payload: what it wrote means something only once a sync has read it."""


def everybody(_who: str) -> bool:
    """That whoever could ask for an act may still have it done."""
    return True


@dataclass(frozen=True, slots=True)
class _Ended:
    """What became of a job."""

    said: str
    lines: tuple[str, ...] = ()
    state: JobState = JobState.DONE


def act_payload(act: Act, *, then_sync: bool = False) -> dict[str, Any]:
    """An act as a job keeps it."""
    return {
        "tab": act.tab,
        "key": act.key,
        "cells": dict(act.cells),
        "expected": None if act.expected is None else dict(act.expected),
        "own": {name: list(words) for name, words in act.own.items()},
        THEN_SYNC: then_sync,
    }


def do_job(
    settings: Settings,
    jobs: Jobs,
    workbook_id: int,
    job: Job,
    now: Callable[[], datetime] = utc_now,
    may_write: Callable[[str], bool] = everybody,
) -> None:
    """Does one job that was taken, and says what became of it. It raises nothing of what goes wrong with the job.

    Raises:
        TryAgainError: the store does not answer.
    """
    try:
        if job.kind is JobKind.ACT:
            _refuse_unless(may_write(job.asked_by))
        with open_desk(settings, progress=lambda what: jobs.say(job, what, now())) as desk:
            desk.now = now
            ended = _DEEDS[job.kind](settings, desk, job)
    except RefusedError as error:
        ended = _Ended(error.words, state=JobState.REFUSED)
    except TryAgainError as error:
        if job.attempts < _MOST_ATTEMPTS:
            jobs.later(job, error.words, now() + _AGAIN_AFTER)
            return
        ended = _Ended(error.words, state=JobState.FAILED)
    except SensyncError as error:
        ended = _Ended(error.words, state=JobState.FAILED)
    except Exception as error:  # noqa: BLE001 - the text may hold anything
        _LOG.error("job %s (%s) failed: %s", job.id, job.kind.value, where(error))
        ended = _Ended(
            "Something went wrong that Sensync did not expect. Ask your technician to look into the log.",
            state=JobState.FAILED,
        )
    if ended.state is JobState.DONE and job.payload.get(THEN_SYNC) and not _sync_waits(jobs, workbook_id):
        jobs.put(workbook_id, JobKind.SYNC, f"after:{job.id}", now(), asked_by=job.asked_by)
    jobs.end(job, ended.state, ended.said, now(), ended.lines[:_MOST_LINES])


def _refuse_unless(may: bool) -> None:
    if not may:
        raise RefusedError(
            "Whoever asked for this may not write in the workbook any more.", next_step="Nothing was written now."
        )


def _sync_waits(jobs: Jobs, workbook_id: int) -> bool:
    """Whether a sync is still to come that reads what was written now: jobs go in order, so it was asked for later."""
    return any(each.state is JobState.WAITING for each in jobs.afoot(workbook_id, JobKind.SYNC))


def _sync(settings: Settings, desk: Desk, _job: Job) -> _Ended:
    whole = whole_sync(desk, settings, mis_reader(settings, desk))
    return _Ended(sentence(whole.report), tuple(f"{each.where}: {each.what}" for each in whole.report.plan.attention))


def _plan(settings: Settings, desk: Desk, _job: Job) -> _Ended:
    lines: Sequence[str] = plan_only(desk, mis_reader(settings, desk)).describe()
    left = len(lines) - _MOST_LINES
    shown = (*lines[: _MOST_LINES - 1], f"... and {left + 1} more.") if left > 0 else tuple(lines)
    return _Ended("This is what a sync would do now. Nothing was written.", shown)


def _act(_settings: Settings, desk: Desk, job: Job) -> _Ended:
    told = job.payload
    # An older Sensync put none, and an act may wait over an upgrade.
    own = told.get("own", {})
    return _Ended(carry_out(desk, Act(told["tab"], told["key"], told["cells"], told["expected"], job.asked_by, own)))


_DEEDS: dict[JobKind, Callable[[Settings, Desk, Job], _Ended]] = {
    JobKind.SYNC: _sync,
    JobKind.PLAN: _plan,
    JobKind.ACT: _act,
}


def work_jobs(
    settings: Settings,
    store: Store,
    *,
    now: Callable[[], datetime] = utc_now,
    is_over: Callable[[], bool] = lambda: False,
    may_write: Callable[[str], bool] = everybody,
) -> int:
    """Does the jobs that are due, one after another, and counts them; none before there is a workbook.

    Args:
        settings: the configuration.
        store: migrated.
        now: the clock, giving aware instants.
        is_over: says that no further one may be begun.
        may_write: whether an address may write in the workbook now: a role may have been withdrawn since it asked.
    """
    workbook = known_workbook(store, settings)
    if workbook is None:
        return 0
    jobs, done = Jobs(store), 0
    while not is_over() and (job := jobs.take(workbook.id, now())) is not None:
        do_job(settings, jobs, workbook.id, job, now, may_write)
        done += 1
    return done


class JobWorker(Background):
    """A thread that does jobs until it is stopped; one that was cut off is taken anew.

    Args:
        settings: the configuration.
        pause: seconds between two looks.
        now: the clock, giving aware instants.
        may_write: as for `work_jobs`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        pause: float = PAUSE,
        now: Callable[[], datetime] = utc_now,
        may_write: Callable[[str], bool] = everybody,
    ) -> None:
        super().__init__("sensync jobs")
        self._may_write = may_write
        self._settings = settings
        self._pause = pause
        self._now = now

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                with Store(self._settings.store.url, now=self._now) as store:
                    store.migrate()
                    while not self._end.is_set():
                        work_jobs(
                            self._settings,
                            store,
                            now=self._now,
                            is_over=self._end.is_set,
                            may_write=self._may_write,
                        )
                        self._succeeded()
                        self._end.wait(self._pause)
            except Exception as error:  # noqa: BLE001 - the thread goes on; the text may hold anything
                _LOG.error("the jobs stopped and begin anew: %s", where(error))
                self._failed()
                self._end.wait(_AFTER_TROUBLE)
