"""The headers of every answer, errors too: nothing kept, nothing indexed, nothing loaded from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Response

_A_YEAR = 31_536_000
_RESOURCE_POLICY = "Cross-Origin-Resource-Policy"

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
}

FOR_BACK = "private, no-cache"
"""`Cache-Control` of the answer to a form: nobody but this browser may keep it, and it asks before it shows it anew.

The back button asks for a page again, but not for the answer to a form: a browser that may not keep it shows an error
of its own instead.
"""


def add_headers(response: Response, *, secure: bool) -> Response:
    """Puts them on an answer; what a page gave `FOR_BACK` may be kept so.

    HSTS only where the school's address is https, since it would lock http out.
    """
    open_to_all = response.headers.get(_RESOURCE_POLICY)
    for name, value in HEADERS.items():
        if name != "Cache-Control" or response.headers.get(name) != FOR_BACK:
            response.headers[name] = value
    if open_to_all:
        # The add-on's picture is shown on Google's pages; nothing else of ours says so.
        response.headers[_RESOURCE_POLICY] = open_to_all
    if secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_A_YEAR}"
    response.headers.pop("Server", None)
    return response
