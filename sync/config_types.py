"""What the sections of the configuration are made of."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def email(text: str) -> str:
    """An e-mail address, as it was given."""
    if not EMAIL.fullmatch(text):
        msg = "it is not an e-mail address"
        raise ValueError(msg)
    return text


def base_url(text: str) -> str:
    """The address of a server, without a slash at its end."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        msg = "it is not the address of a server; use http://127.0.0.1:8765 or the like"
        raise ValueError(msg)
    return text.rstrip("/")


def _email_or_nothing(text: str) -> str:
    return email(text) if text else text


Email = Annotated[str, AfterValidator(email)]
EmailOrNothing = Annotated[str, AfterValidator(_email_or_nothing)]
BaseUrl = Annotated[str, AfterValidator(base_url)]


class Section(BaseModel):
    """One section: frozen, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
