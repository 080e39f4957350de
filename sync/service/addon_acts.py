"""What became of a person's own acts, for the cards."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sync.store import JobKind, JobState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sync.store import Job


_SAID = timedelta(days=1)
"""For how long it is said that something could not be written: who asked may be in class until the afternoon."""


def acts_of(jobs: Iterable[Job], who: str, now: datetime, subject: str = "") -> tuple[Job, ...]:
    """Of a person's acts those that are not written yet, and those of the last day that could not be.

    The latter until something that they asked for later about the same pupil, or row, was written.
    """
    acts = [job for job in jobs if job.kind is JobKind.ACT and job.asked_by == who]
    written: dict[str, int] = {}
    for job in acts:
        if job.state is JobState.DONE:
            written[job.subject] = max(job.id, written.get(job.subject, 0))
    return tuple(
        job
        for job in acts
        if subject in ("", job.subject)
        and (
            job.ended_at is None
            or (job.state is not JobState.DONE and now - job.ended_at < _SAID and job.id > written.get(job.subject, 0))
        )
    )
