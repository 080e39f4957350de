"""What a person asked to have written, on the card that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from addon.cards.parts import button, buttons, fact, section
from sync.service.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addon.cards.parts import Json
    from sync.service.jobs import Job


def acts_section(acts: Sequence[Job], again: Json) -> Json | None:
    """What waits to be written or could not be; `again` is the action that shows this card as it is by then."""
    if not acts:
        return None
    return section([*map(_act_line, acts), buttons(button("Refresh", again))])


def _act_line(job: Job) -> Json | None:
    ended = job.state in (JobState.REFUSED, JobState.FAILED)
    return fact("Not written" if ended else "Waits to be written", job.said or "It is written in a moment.")
