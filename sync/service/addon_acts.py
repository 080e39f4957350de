"""What became of a person's own acts, for the cards."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sync.store import JobKind, JobState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sync.store import Job


def acts_of(jobs: Iterable[Job], who: str, now: datetime, subject: str = "") -> tuple[Job, ...]:
    """Of a person's acts those that are not written yet, and those of the last hour that could not be."""
    return tuple(
        job
        for job in jobs
        if job.kind is JobKind.ACT
        and job.asked_by == who
        and subject in ("", job.subject)
        and (job.ended_at is None or (job.state is not JobState.DONE and now - job.ended_at < timedelta(hours=1)))
    )
