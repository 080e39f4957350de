"""What the store forgets by itself, once it is of no more use. docs/privacy.md says the same to the school."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sync.store import Jobs, Links, Nudges, Outbox, Rates

if TYPE_CHECKING:
    from datetime import datetime

    from sync.store import Store

KEPT = timedelta(days=30)
"""For how long what was sent and what has ended can still be looked into, if somebody asks after a letter or a link."""

EVERY = timedelta(days=1)
"""How often to look whether there is something to forget."""


def forget(store: Store, now: datetime) -> None:
    """Forgets, for all workbooks of a store, what is over.

    Done work of the outbox, what the hooks told, what was asked for from the add-on, and links that expired or were
    revoked: after `KEPT`. Counters of requests: when their time is over. What was set aside waits for a person, and
    stays. Nothing is told or sent twice for it: whom we have written to about a surgery is kept apart from the outbox,
    and so is which response was taken; every other key there bears a version that grows.
    """
    Outbox(store).purge(now - KEPT)
    Links(store).purge(now - KEPT)
    Rates(store).purge(now)
    Nudges(store).purge(now - KEPT)
    Jobs(store).purge(now - KEPT)
