"""What a person asked to have written and is not written: the same lines on every card that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addon.cards.parts import button, buttons, fact, paragraph, section
from sync.service.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addon.cards.parts import Json
    from sync.service.jobs import Job

MOST_ACTS: Final = 5
"""Beyond these the lines could take the place of a card's own buttons (`parts`)."""


def acts_section(acts: Sequence[Job], again: Json) -> Json | None:
    """What waits to be written or could not be; `again` is the action that shows this card as it is by then."""
    if not acts:
        return None
    return section([*act_lines(acts), buttons(button("Refresh", again))])


def act_lines(acts: Sequence[Job]) -> list[Json | None]:
    """A line for each of the newest acts, and how many more there are."""
    left = len(acts) - MOST_ACTS
    more = paragraph(f"And {left} more that wait or could not be written.") if left > 0 else None
    return [*(_act_line(job) for job in acts[:MOST_ACTS]), more]


def _act_line(job: Job) -> Json | None:
    ended = job.state in (JobState.REFUSED, JobState.FAILED)
    return fact("Not written" if ended else "Waits to be written", job.said or "It is written in a moment.")
