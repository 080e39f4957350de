"""The use cases behind `sensync status` and `sensync history`: they read the store and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sync.domain.errors import UsageError
from sync.store import JournalEntry, LeaseRow, Outcome, RunRecord, Store, Workbook

if TYPE_CHECKING:
    from sync.config import Settings

_STALE = timedelta(days=3)
"""Longer than a weekend: a workbook that is never behind by more is what the school was promised."""

_LOOK_BACK = 1000

_PAGES = "https://docs.google.com"


@dataclass(frozen=True, slots=True)
class Status:
    """What the store knows of one school.

    `pages` is where people open spreadsheets (Google, or what stands in for it), `runs` come newest first,
    and `attention` are sentences.
    """

    school: str
    pages: str
    workbook: Workbook | None
    runs: tuple[RunRecord, ...] = ()
    leases: tuple[LeaseRow, ...] = ()
    attention: tuple[str, ...] = ()

    def newest(self, limit: int) -> Status:
        """The same with at most `limit` runs."""
        return replace(self, runs=self.runs[:limit])


def read_status(settings: Settings, now: datetime | None = None) -> Status:
    """Reads the status of the school in `settings`.

    Raises:
        ConfigError: the store cannot be opened.
        TryAgainError: the database is busy or away.
    """
    pages = settings.google.base_url or _PAGES
    with Store(settings.store.url) as store:
        store.migrate()
        workbook = store.workbook(settings.school.key)
        if workbook is None:
            missing = "There is no workbook yet; run `sensync setup`."
            return Status(settings.school.name, pages, None, attention=(missing,))
        runs = store.runs(workbook.id, _LOOK_BACK)
        leases = store.leases()
    attention = attention_of(runs, now or datetime.now(UTC))
    return Status(settings.school.name, pages, workbook, tuple(runs), tuple(leases), attention)


def attention_of(runs: list[RunRecord], now: datetime) -> tuple[str, ...]:
    """The sentences a person should read, from runs that are newest first. Pure."""
    if not runs:
        return ("No run has finished yet; run `sensync sync`.",)
    found = []
    newest = runs[0]
    if newest.outcome is Outcome.REFUSED:
        found.append("The last run refused to write anything; run `sensync plan` to look again.")
    elif newest.outcome is Outcome.FAILED:
        in_a_row = next((count for count, run in enumerate(runs) if run.outcome is not Outcome.FAILED), len(runs))
        found.append(f"The last {in_a_row} runs failed." if in_a_row > 1 else "The last run failed.")
    good = next((run for run in runs if run.outcome in {Outcome.OK, Outcome.NOTHING}), None)
    if good is None:
        found.append("No run has been good yet.")
    elif now - good.finished_at > _STALE:
        found.append(f"The workbook is {(now - good.finished_at).days} days behind: no good run since then.")
    for name in ("refused", "attention"):
        listed = newest.summary.get(name)
        found += [str(sentence) for sentence in listed] if isinstance(listed, list) else []
    return tuple(found)


def read_history(settings: Settings, key: str, limit: int) -> list[JournalEntry]:
    """The journal of one row key (reference, UPN or id), newest first.

    A UPN may be typed in small letters.

    Raises:
        UsageError: there is no workbook yet, or nothing is known under this key.
    """
    with Store(settings.store.url) as store:
        store.migrate()
        workbook = store.workbook(settings.school.key)
        if workbook is None:
            raise UsageError("There is no workbook yet.", next_step="Run `sensync setup`.")
        typed = key.strip()
        for candidate in dict.fromkeys((typed, typed.upper())):
            found = store.history(workbook.id, candidate, limit)
            if found:
                return found
    raise UsageError(
        f"Nothing is recorded under {typed!r}.",
        next_step="Copy the key from the sheet's first column, or give the pupil's UPN.",
    )
