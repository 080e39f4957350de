"""The use cases behind `sensync status` and `sensync history`: they read the store and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sync.domain.errors import UsageError
from sync.domain.wording import counted
from sync.service.afoot import Afoot, read_afoot
from sync.service.concerns_afoot import ConcernsAfoot, attention_to_concerns, read_concerns_afoot
from sync.service.which import known_workbook
from sync.store import JournalEntry, LeaseRow, Outcome, RunRecord, Store, Workbook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.config import Settings

_STALE = timedelta(days=3)
"""Longer than a weekend: a workbook that is never behind by more is what the school was promised."""

_NOT_FOLLOWED = timedelta(days=1)
"""A reminder goes a day before: a meeting moved longer ago than that has its family at the wrong door."""

_LOOK_BACK = 1000


@dataclass(frozen=True, slots=True)
class Status:
    """What the store knows of one school.

    `pages` is where people open spreadsheets (Google, or what stands in for it), `afoot` is None where nobody has
    used surgeries or reviews yet, `concerns` where they are off, `runs` come newest first, and `attention` are
    sentences.
    """

    school: str
    pages: str
    workbook: Workbook | None
    afoot: Afoot | None = None
    runs: tuple[RunRecord, ...] = ()
    leases: tuple[LeaseRow, ...] = ()
    attention: tuple[str, ...] = ()
    concerns: ConcernsAfoot | None = None

    def newest(self, limit: int) -> Status:
        """The same with at most `limit` runs."""
        return replace(self, runs=self.runs[:limit])


def read_status(settings: Settings, now: datetime | None = None) -> Status:
    """Reads the status of the school in `settings`.

    Raises:
        ConfigError: the store cannot be opened.
        RefusedError: sensync.toml names another workbook than the store.
        TryAgainError: the database is busy or away.
    """
    pages = settings.google.pages
    with Store(settings.store.url) as store:
        store.migrate()
        workbook = known_workbook(store, settings)
        if workbook is None:
            missing = "There is no workbook yet; run `sensync setup`."
            return Status(settings.school.name, pages, None, attention=(missing,))
        runs = store.runs(workbook.id, _LOOK_BACK, acts=False)
        leases = store.leases()
        present = now or datetime.now(UTC)
        afoot = read_afoot(store, workbook.id, present)
        concerns = read_concerns_afoot(store, workbook.id, settings.concerns, present)
    attention = (*attention_of(runs, present), *attention_to(afoot, present), *attention_to_concerns(concerns))
    return Status(settings.school.name, pages, workbook, afoot, tuple(runs), tuple(leases), attention, concerns)


def attention_to(afoot: Afoot | None, now: datetime) -> tuple[str, ...]:
    """The sentences a person should read about letters, events and the calendar. Pure."""
    if afoot is None:
        return ()
    found = []
    if afoot.aside:
        found.append(f"{counted(len(afoot.aside), 'letter or event was', 'letters or events were')} set aside: mend "
                     "the cause, then run `sensync deliver --again`.")  # fmt: skip
        reasons = Counter((each.kind, each.why) for each in afoot.aside)
        found += [f"{_times(count)}{kind}: {why}" for (kind, why), count in reasons.items()]
    if afoot.has_calendar and afoot.slots and (afoot.followed_at is None or now - afoot.followed_at > _NOT_FOLLOWED):
        found.append(
            "Calendar has not been followed for a day: run `sensync serve`, or `sensync deliver` from a timer, or "
            "what is moved or deleted there reaches nobody."
        )
    return tuple(found)


def _times(count: int) -> str:
    return "" if count == 1 else f"{count} x "


def attention_of(
    runs: list[RunRecord], now: datetime, *, sync: str = "run `sensync sync`", plan: str = "run `sensync plan`"
) -> tuple[str, ...]:
    """The sentences a person should read, from runs that are newest first. Pure.

    Args:
        runs: newest first.
        now: the present.
        sync: what this person does to have one; a card has a button for it.
        plan: the same of a plan.
    """
    if not runs:
        return (f"No run has finished yet; {sync}.",)
    found = []
    newest = runs[0]
    if newest.outcome is Outcome.REFUSED:
        found.append(f"The last run refused to write anything; {plan} to look again.")
    elif newest.outcome is Outcome.FAILED:
        in_a_row = next((count for count, run in enumerate(runs) if run.outcome is not Outcome.FAILED), len(runs))
        found.append(f"The last {in_a_row} runs failed." if in_a_row > 1 else "The last run failed.")
    good = next((run for run in runs if run.outcome in {Outcome.OK, Outcome.NOTHING}), None)
    if good is None:
        found.append("No run has been good yet.")
    elif now - good.finished_at > _STALE:
        found.append(f"The workbook is {counted((now - good.finished_at).days, 'day')} behind: no good run since then.")
    for name in ("refused", "attention"):
        listed = newest.summary.get(name)
        found += [str(sentence) for sentence in listed] if isinstance(listed, list) else []
    return tuple(found)


def read_history(settings: Settings, key: str, limit: int) -> list[JournalEntry]:
    """The journal of one row key (reference or id) or of the pupil with this UPN, newest first.

    A UPN, current or former, may be typed in small letters. Nothing comes back for a key that is known and
    under which nothing has changed.

    Raises:
        RefusedError: sensync.toml names another workbook than the store.
        UsageError: there is no workbook yet, or this key is not known.
    """
    with Store(settings.store.url) as store:
        store.migrate()
        workbook = known_workbook(store, settings)
        if workbook is None:
            raise UsageError("There is no workbook yet.", next_step="Run `sensync setup`.")
        typed = key.strip()
        spelt = tuple(dict.fromkeys((typed, typed.upper())))
        # Those who left keep their history: the sheet no longer has their rows, the store does.
        present, absent = store.seen(workbook.id).rows, store.absent_rows(workbook.id)
        roll = {**absent.get("roll", {}), **present.get("roll", {})}
        for candidate in dict.fromkeys((*spelt, *references_of(typed.upper(), roll))):
            found = store.history(workbook.id, candidate, limit)
            if found:
                return found
        known = {row for rows in (present, absent) for tab in rows.values() for row in tab}
    if known.intersection(spelt) or references_of(typed.upper(), roll):
        return []
    raise UsageError(
        f"Nothing is recorded under {typed!r}.",
        next_step="Copy the key from the sheet's first column, or give the pupil's UPN.",
    )


def references_of(upn: str, roll: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The references of the pupils who have or had this UPN; whoever has it now comes first. Pure.

    Args:
        upn: in capitals.
        roll: reference to the cells of a row of the MIS roll; `former_upns` are separated by commas.
    """
    now = [reference for reference, cells in roll.items() if cells.get("upn") == upn]
    once = [
        reference
        for reference, cells in roll.items()
        if upn in str(cells.get("former_upns") or "").replace(",", " ").split()
    ]
    return [*now, *once]
