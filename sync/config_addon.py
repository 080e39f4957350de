"""`[addon]`: the settings of the Workspace add-on."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from sync.config_types import EMAIL, EmailOrNothing, Section, base_url, email


def public_url(text: str) -> str:
    """An address that Google can call; without TLS only on this computer, where the local workspace plays Google."""
    url = base_url(text)
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        msg = "it must begin with https://, since Google calls nothing else"
        raise ValueError(msg)
    return url


def _member(text: str) -> str:
    """An address, or `@` and a domain for everybody there; Google gives addresses in any case."""
    if not EMAIL.fullmatch(f"x{text}" if text.startswith("@") else text):
        msg = "it is neither an e-mail address nor @ and a domain"
        raise ValueError(msg)
    return text.casefold()


Address = Annotated[str, AfterValidator(email), AfterValidator(str.casefold)]
Member = Annotated[str, AfterValidator(_member)]


class RoleSettings(Section):
    """`[addon.roles]`: who sees what in the add-on, by address. Teachers may be named as `@domain`, too."""

    senco: tuple[Address, ...] = ()
    deputy: tuple[Address, ...] = ()
    head: tuple[Address, ...] = ()
    teacher: tuple[Member, ...] = ()


class AddonSettings(Section):
    """`[addon]`: the Workspace add-on. `service_account` and `client_id` are what Google shows for the project.

    `base_url` is the public address of this server, [booking] address where it is left out. `domain` is the school's
    Workspace domain: accounts of any other are refused, whatever the roles say.
    """

    enabled: bool = False
    base_url: Annotated[str, AfterValidator(public_url)] | None = None
    service_account: EmailOrNothing = ""
    client_id: str = ""
    domain: Annotated[str, AfterValidator(str.casefold)] = ""
    roles: RoleSettings = Field(default_factory=RoleSettings)
