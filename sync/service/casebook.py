"""What a sync needs to know of teachers' concerns before it plans, and what it leaves for the store afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.concerns import Link
from sync.plan.casebook import Casebook
from sync.store import Concerns, Families, Feedbacks, Robins

if TYPE_CHECKING:
    from sync.plan.casebook import Decided
    from sync.service.desk import Desk
    from sync.store import Workbook


def read_casebook(desk: Desk, workbook: Workbook) -> Casebook | None:
    """What the store keeps of concerns; None where they are switched off."""
    if desk.concern_clock is None:
        return None
    store = desk.store
    concerns = Concerns(store)
    adults = (adult for family in Families(store).all(workbook.id).values() for adult in family)
    return Casebook(
        clock=desk.concern_clock,
        concerns=concerns.all(workbook.id),
        editions=concerns.editions(workbook.id),
        feedback=Feedbacks(store).newest(workbook.id),
        robins=Robins(store).all(workbook.id),
        responders=desk.responders,
        families=frozenset(adult.email.casefold() for adult in adults if adult.email) - _staff(desk),
        given=desk.given_names,
    )


def _staff(desk: Desk) -> frozenset[str]:
    """A teacher whose own child is in the school is a teacher."""
    return frozenset(address.casefold() for address in desk.staff)


def keep_decisions(desk: Desk, workbook: Workbook, decided: Decided) -> None:
    """Take over what the SENCO decided, and put the letters that follow into the outbox.

    Done again it changes nothing, so a run that was cut off before it is made good by the next one.

    Args:
        desk: what the run works with.
        workbook: whose.
        decided: by a settled plan.
    """
    store, now = desk.store, desk.now()
    concerns = Concerns(store)
    for key in decided.unlinked:
        concerns.link(workbook.id, key, "", Link.NONE, now)
    for key, (match, version) in decided.matched.items():
        concerns.match_anew(workbook.id, key, version, match)
    for key, ref in decided.linked.items():
        concerns.link(workbook.id, key, ref, Link.PERSON, now)
    for key, version in decided.released.items():
        concerns.ask_release(workbook.id, key, version, now)
    feedback = Feedbacks(store)
    for key in decided.cleared:
        feedback.clear(workbook.id, key)
    for key, (words, tick) in decided.feedback.items():
        feedback.send(workbook.id, key, words, tick, now)
    robins = Robins(store)
    for key, teachers in decided.asked.items():
        robins.ask(workbook.id, key, teachers, now)
    for key, parts in decided.parts.items():
        for teacher, submitted in parts.items():
            robins.ask_release(workbook.id, key, teacher, submitted)
    for key, teachers in decided.recalled.items():
        robins.ask(workbook.id, key, teachers, now, letter=False)
