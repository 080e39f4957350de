"""The bearer tokens of a workspace: who acts by each, until when, and what with."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .store import Store
    from .workspace import LocalWorkspace


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. `expires` None: never."""

    email: str
    expires: dt.datetime | None
    scopes: frozenset[str] | None = None


class Tokens:
    """Everybody's tokens. Callers hold the workspace's lock."""

    def __init__(self, ws: LocalWorkspace) -> None:
        self._ws = ws
        self._known: dict[str, Token] = {}

    def load(self, store: Store) -> None:
        """Take up what the state file has."""
        for text, body in store.things("token"):
            expires = body["expires"] and dt.datetime.fromisoformat(body["expires"])
            scopes = None if body["scopes"] is None else frozenset(body["scopes"])
            self._known[text] = Token(body["email"], expires, scopes)

    def give(self, text: str, email: str) -> None:
        """Let a text that was chosen elsewhere act as an account; it is in no state file."""
        self._known[text] = Token(email, None)

    def issue(self, email: str, seconds: int | None = None, scopes: frozenset[str] | None = None) -> str:
        """A new token for an account; without `seconds` it does not expire, without `scopes` it may do everything."""
        text = f"ya29.{secrets.token_urlsafe(48)}"
        expires = None if seconds is None else self._ws.now() + dt.timedelta(seconds=seconds)
        self._known[text] = Token(email, expires, scopes)
        if self._ws.store is not None:
            body = {
                "email": email,
                "expires": expires and expires.isoformat(),
                "scopes": None if scopes is None else sorted(scopes),
            }
            self._ws.store.put("token", text, body)
        return text

    def get(self, text: str) -> Token | None:
        """The token, expired or not; None where it is unknown."""
        return self._known.get(text)

    def check(self, text: str) -> Token | None:
        """The token, unless it is unknown, expired or its account was revoked."""
        token = self._known.get(text)
        account = None if token is None else self._ws.accounts.get(token.email)
        if token is None or account is None or account.revoked:
            return None
        return None if token.expires is not None and token.expires <= self._ws.now() else token

    def revoke(self, text: str) -> bool:
        """Revoke an access token, or an account by its refresh token; whether there was one."""
        if self._known.pop(text, None) is not None:
            if self._ws.store is not None:
                self._ws.store.drop("token", text)
            return True
        for account in self._ws.accounts.values():
            if account.refresh_token == text:
                account.revoked = True
                self._ws.save_account(account)
                return True
        return False
