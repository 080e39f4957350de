"""Who signed a push of Pub/Sub.

Google signs such a token for any service account and any audience that its owner asks for. So the audience alone shows
nothing: the address of our own service account is what tells our subscription from everybody else's.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sync.google.id_tokens import IdTokens

if TYPE_CHECKING:
    from sync.google.id_tokens import Certificates


class Signed(StrEnum):
    """What a token shows: our subscription, somebody else whom Google knows, or nothing."""

    OURS = "ours"
    ANOTHER = "another"
    NOT = "not"


class PushTokens:
    """Verifies the tokens of one push subscription.

    Args:
        base_url: a server that stands in for Google; None for Google itself.
        audience: as it was set in the subscription.
        email: of the service account that the subscription signs with.
        certificates: Google's; made here where none are given.
    """

    def __init__(
        self, base_url: str | None, audience: str, email: str, *, certificates: Certificates | None = None
    ) -> None:
        self._tokens = IdTokens(base_url, certificates=certificates)
        self._audience = audience
        self._email = email.casefold()

    def verify(self, token: str) -> Signed:
        """Who signed this, which is what stood behind `Bearer`.

        Raises:
            GoogleBusyError: the certificates cannot be had now.
        """
        claims = self._tokens.claims(token, self._audience)
        if claims is None:
            return Signed.NOT
        ours = str(claims.get("email", "")).casefold() == self._email and claims.get("email_verified") is True
        return Signed.OURS if ours else Signed.ANOTHER
