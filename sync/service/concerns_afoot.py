"""How teachers' concerns stand, for `sensync status`. Asks nobody but the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.domain.concerns import FormKey, Screen
from sync.domain.wording import counted
from sync.service.concern_cases import hours_of, read_cases
from sync.store import Forms, FormState

if TYPE_CHECKING:
    from datetime import datetime

    from sync.config import ConcernSettings
    from sync.store import Store


@dataclass(frozen=True, slots=True)
class ConcernsAfoot:
    """Concerns of one workbook as the last sync saw them decided, and whether more can come in.

    Attributes:
        to_decide: without an outcome, and not closed.
        overdue: of those, over their 24 hours.
        held: of those, waiting in the form until a person has read them there.
        open: decided, and not closed.
        form: the concern form's state; None before it is made.
        listed_at: when all its responses were last gone through; None before the first time.
    """

    to_decide: int
    overdue: int
    held: int
    open: int
    form: FormState | None
    listed_at: datetime | None


def read_concerns_afoot(
    store: Store, workbook_id: int, concerns: ConcernSettings, now: datetime
) -> ConcernsAfoot | None:
    """How concerns stand in a workbook; None where they are switched off."""
    if not concerns.enabled:
        return None
    cases = [each for each in read_cases(store, workbook_id, hours_of(concerns)) if not each.closed]
    waiting = [each for each in cases if not each.outcome]
    form = Forms(store).find(workbook_id, FormKey.CONCERN)
    return ConcernsAfoot(
        to_decide=len(waiting),
        overdue=sum(each.clock.is_late(now) for each in waiting),
        held=sum(each.concern.screen is Screen.HELD and each.concern.gone is None for each in waiting),
        open=len(cases) - len(waiting),
        form=form.state if form else None,
        listed_at=form.listed_at if form else None,
    )


def attention_to_concerns(found: ConcernsAfoot | None) -> tuple[str, ...]:
    """The sentences a person should read about concerns; what is held, the run that saw it has said. Pure."""
    if found is None:
        return ()
    said = []
    if found.form is None:
        said.append("The forms for teachers' concerns are not made yet; run `sensync setup`.")
    elif found.form is not FormState.OPEN:
        said.append("The concern form takes no answers; `sensync form` says why.")
    if found.overdue:
        said.append(f"{counted(found.overdue, 'concern is', 'concerns are')} overdue on 'Concerns'.")
    return tuple(said)
