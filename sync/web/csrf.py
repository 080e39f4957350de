"""Proof that a POST comes from a page of ours: a field beside a cookie that only our site can send.

Both are made from the link with the secret (HMAC-SHA-256), not from a random session, so any number of tabs of one link
agree, and no time-out can lose what a slow reader typed. The cookie is Strict and bound to the link's own path.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Request, Response

COOKIE = "csrf"
FIELD = "csrf"


def _value(secret: bytes, link: str, purpose: bytes) -> str:
    return hmac.digest(secret, purpose + link.encode(), "sha256").hex()


def field_value(secret: bytes, link: str) -> str:
    """What the form's hidden field holds."""
    return _value(secret, link, b"form:")


def give_cookie(response: Response, secret: bytes, link: str, *, path: str, secure: bool) -> None:
    """Sets the cookie of the link, for the link's own path alone, until the browser is closed."""
    response.set_cookie(
        COOKIE, _value(secret, link, b"cookie:"), path=path, secure=secure, httponly=True, samesite="Strict"
    )


def is_ours(request: Request, secret: bytes, link: str) -> bool:
    """Whether the POST carries both halves, and the browser does not say that it comes from elsewhere."""
    # `Origin` is "null" and `Referer` empty on our own forms, because of Referrer-Policy: no-referrer.
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    halves = ((request.form.get(FIELD, ""), b"form:"), (request.cookies.get(COOKIE, ""), b"cookie:"))
    return all(
        hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), _value(secret, link, purpose).encode())
        for sent, purpose in halves
    )
