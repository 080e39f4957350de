"""Who calls, and for whom: nothing is answered before both tokens were verified.

The *system token* says that Google calls for this add-on: its audience is the one address that was called, and its
address the add-on's own service account (Google signs for any audience that anybody asks for, so that alone tells our
add-on from others). It says nothing of the person. The *user token* says who that is: its audience is the add-on's
client id, and `hd` the Workspace domain.
(developers.google.com/workspace/add-ons/guides/alternate-runtimes)
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from addon.roles import RIGHTS, Right, Role, role_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sync.config_addon import AddonSettings, RoleSettings

    Claims = Callable[[str, str], Mapping[str, Any] | None]
    """What a token claims, if Google signed it for this audience; None for any other."""


class Refused(Enum):
    """Why a call is not answered. NO_USER is no attack: the person has not agreed to say who they are yet."""

    NOT_GOOGLE = "not signed by Google for this add-on and address"
    NOT_OURS = "not an account of this school"
    NO_USER = "no user token"


@dataclass(frozen=True, slots=True)
class Caller:
    """A person whom Google vouches for. `address` is in small letters, and in no log."""

    address: str
    role: Role

    @property
    def rights(self) -> frozenset[Right]:
        """What they may see and do."""
        return RIGHTS[self.role]


class Doorkeeper:
    """Verifies both tokens of a call.

    Args:
        claims: reads a token; it may raise where certificates cannot be had.
        base: the public address, as configured. What a request says of its own host proves nothing.
        settings: `[addon]`.
        roles: who sees what, as it is now; None where it stays as `settings` has it.
    """

    def __init__(
        self, claims: Claims, base: str, settings: AddonSettings, roles: Callable[[], RoleSettings] | None = None
    ) -> None:
        self._claims = claims
        self._base = base
        self._settings = settings
        self._roles = roles or (lambda: settings.roles)

    def admit(self, path: str, system: Iterable[str], user: str) -> Caller | Refused:
        """Who calls, or why nobody is answered.

        Args:
            path: that was called.
            system: where the system token may be: in the header, which a proxy may take away, and in the body.
            user: the user token; "" where there is none.

        Raises:
            GoogleBusyError: the certificates cannot be had now.
        """
        if not any(self._is_google(token, f"{self._base}{path}") for token in dict.fromkeys(system) if token):
            return Refused.NOT_GOOGLE
        if not user:
            return Refused.NO_USER
        claims = self._claims(user, self._settings.client_id)
        if claims is None:
            return Refused.NOT_GOOGLE
        address = str(claims.get("email") or "").casefold()
        domain = str(claims.get("hd") or "").casefold()
        if claims.get("email_verified") is not True or not address or domain != self._settings.domain:
            return Refused.NOT_OURS
        return Caller(address, role_of(self._roles(), address))

    def _is_google(self, token: str, audience: str) -> bool:
        claims = self._claims(token, audience)
        if claims is None or claims.get("email_verified") is not True:
            return False
        address = str(claims.get("email") or "").casefold().encode()
        return hmac.compare_digest(address, self._settings.service_account.casefold().encode())
