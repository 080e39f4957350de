"""What a workspace holds of calendars: drafts are opened and committed here, and channels told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .channels import Messenger
from .model import KINDS, Draft, Tables, primary_calendar

if TYPE_CHECKING:
    from local_workspace.store import Store
    from local_workspace.workspace import LocalWorkspace


class Calendars:
    """The calendars of one workspace. Callers hold the workspace's lock."""

    def __init__(self, ws: LocalWorkspace) -> None:
        self._ws = ws
        self.tables = Tables()
        self.messenger = Messenger()

    def load(self, store: Store) -> None:
        """Take up what the state file holds."""
        self.tables.load(store)

    def now(self) -> int:
        """The present in milliseconds since 1970, by the workspace's clock."""
        return int(self._ws.now().timestamp() * 1000)

    def draft(self) -> Draft:
        """A draft over what is kept."""
        return Draft(self.tables, self.now(), self.tables.change)

    def commit(self, draft: Draft) -> None:
        """Keep a draft: in the state file first, in one transaction with the mails it sends."""
        if draft.empty:
            return
        store = self._ws.store
        if store is None:
            draft.apply()
            self._send(draft)
        else:
            with store.together():
                draft.write(store)
                self._send(draft)
            draft.apply()
        self.messenger.tell(draft, self.now())

    def _send(self, draft: Draft) -> None:
        for sender, raw in draft.mails:
            self._ws.mail.send(sender, raw, by_calendar=True)

    def add_primary(self, email: str, time_zone: str = "") -> None:
        """Give an account its own calendar."""
        draft = self.draft()
        primary_calendar(draft, email, time_zone)
        self.commit(draft)

    def expire_sync_tokens(self) -> None:
        """Let every sync token given so far answer 410, as Calendar does now and then."""
        self.tables.change += 1
        self.tables.oldest_sync = self.tables.change
        if self._ws.store is not None:
            self._ws.store.put("calendarChange", "last", self.tables.numbers(self.tables.change))

    def reset(self) -> None:
        """Forget everything."""
        if self._ws.store is not None:
            for kind in KINDS:
                self._ws.store.clear(kind)
        change = self.tables.change
        self.tables = Tables()
        # Tokens of before must not be taken for tokens of what comes.
        self.tables.change = self.tables.oldest_sync = change + 1

    def close(self) -> None:
        """Stop telling channels."""
        self.messenger.close()
