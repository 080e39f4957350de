"""The pages that a person sees: files, accounts, a spreadsheet, the calendar and the mail.

The pages are static: their scripts speak to the workspace through the same API as any other client, so what
a person sees and does is what the API says and allows. This module only hands out the files and says who is
signed in.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from importlib.resources import files
from pathlib import PurePosixPath
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from .http.router import Route
from .http.wire import ApiError, Request, Response, bad_request
from .sheets.conditions import hidden_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .accounts import Account
    from .workspace import LocalWorkspace

ACCOUNT_COOKIE = "account"
"""Name of the cookie that says whose eyes the pages look through."""

SECURITY_HEADERS: Mapping[str, str] = {
    # No inline script or style anywhere: a cell's text can never become code, whatever it holds.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_COOKIE_SAFE = "@.+-_'!#$&*/=?^`{|}~"
_PLAIN_PAGES = {
    "/": "files.html",
    "/calendar": "calendar.html",
    "/calendar/event": "calendar.html",
    "/mail": "outbox.html",
}
_SHEET_PATH = re.compile(r"/spreadsheets/d/([^/]+)/edit")


def handle(
    path: str,
    query: Mapping[str, Sequence[str]],
    cookies: Mapping[str, str],
    workspace: LocalWorkspace,
) -> Response | None:
    """Answers a GET of a page or of one of its files.

    A visitor who has not chosen an account yet becomes the main one: its cookie comes with the page.

    Args:
        path: the request's path, still percent-encoded, without its query.
        query: the query; the pages use none.
        cookies: the request's cookies.
        workspace: says who has an account, the main one first.

    Returns:
        The answer, or None when the path is not one of the pages.
    """
    del query
    if path.startswith("/static/"):
        return _static(path.removeprefix("/static/"))
    match = _SHEET_PATH.fullmatch(path)
    if path not in {*_PLAIN_PAGES, "/accounts"} and match is None:
        return None
    people = _people(workspace)
    person = _signed_in(cookies, people)
    words = {"account_words": _account_words(person)}
    if match:
        answer = _page("sheet.html", {**words, "file": escape(unquote(match[1]))})
    elif path == "/accounts":
        rows = "\n".join(_account_row(one, chosen=one is person) for one in people)
        answer = _page("accounts.html", {**words, "accounts": rows})
    else:
        answer = _page(_PLAIN_PAGES[path], words)
    if path == "/mail":
        # A mail's HTML stands in a frame of its own, which has a policy of its own.
        policy = SECURITY_HEADERS["Content-Security-Policy"] + "; frame-src 'self'"
        answer.headers["Content-Security-Policy"] = policy
    if person is not None:
        answer.headers["Set-Cookie"] = _cookie(person.email)
    return answer


def switch(workspace: LocalWorkspace, request: Request, _args: dict[str, str]) -> Response:
    """Answers POST /accounts/switch, whose body is ``{"account": "<e-mail address>"}``.

    Raises:
        ApiError: 403 without the header that no other site can add, 400 for an account that is not there.
    """
    if request.headers.get("x-local-workspace") != "1":
        raise ApiError(403, "A change from a page needs the header X-Local-Workspace: 1.")
    wanted = request.json().get("account")
    if wanted not in {person.email for person in _people(workspace)}:
        raise bad_request("There is no such account in this workspace. Choose one of the list.")
    return Response(data={"account": wanted}, headers={**SECURITY_HEADERS, "Set-Cookie": _cookie(wanted)})


def rows_hidden_by_view(workspace: LocalWorkspace, request: Request, args: dict[str, str]) -> Response:
    """Answers GET /spreadsheets/d/{id}/hidden-rows?filterView=ID with ``{"rows": [0-based, ...]}``.

    A filter view belongs to the one who looks, so Google's API never says which rows it hides; the page asks
    here, where its formulas can be computed.

    Raises:
        ApiError: 404 or 403 for the file, 400 for a view that is not there.
    """
    book = workspace.book(args["id"], request.account)
    wanted = request.param("filterView")
    for sheet in book.sheets:
        for view in sheet.items("filterViews"):
            if str(view.get("filterViewId")) == wanted:
                hidden = hidden_rows(book, workspace.engine(book.id), sheet, view)
                return Response(data={"rows": sorted(hidden)}, headers=dict(SECURITY_HEADERS))
    raise bad_request("This filter view is no longer there. Reload the page.")


def _cookie(email: str) -> str:
    return f"{ACCOUNT_COOKIE}={quote(email, safe=_COOKIE_SAFE)}; Path=/; SameSite=Strict; HttpOnly"


def _people(workspace: LocalWorkspace) -> list[Account]:
    """Everybody with an account; a service account has no eyes to look through."""
    return [account for account in workspace.accounts.values() if not account.is_service]


def _signed_in(cookies: Mapping[str, str], people: Sequence[Account]) -> Account | None:
    """The account whose eyes the pages look through: the one chosen, else the main one, else nobody."""
    chosen = unquote(cookies.get(ACCOUNT_COOKIE, ""))
    return next((person for person in people if person.email == chosen), people[0] if people else None)


def _account_words(person: Account | None) -> str:
    if person is None:
        return "There are no accounts yet."
    words = person.email if person.name in {"", person.email} else f"{person.name} ({person.email})"
    return escape(words)


def _account_row(person: Account, *, chosen: bool) -> str:
    name = person.name or person.email
    action = (
        "<strong>Chosen now</strong>"
        if chosen
        else f'<button type="button" data-account="{escape(person.email)}">Look as {escape(name)}</button>'
    )
    about = "" if name == person.email else f'<div class="about">{escape(person.email)}</div>'
    return (
        f'<li><span class="badge" aria-hidden="true">{escape(name[:1].upper())}</span>'
        f'<div><div class="name">{escape(name)}</div>{about}</div>{action}</li>'
    )


def _page(name: str, words: Mapping[str, str]) -> Response:
    text = Template(_read(name).decode()).substitute(words)
    return Response(body=text.encode(), content_type=_TYPES[".html"], headers=dict(SECURITY_HEADERS))


def _static(name: str) -> Response:
    kind = _TYPES.get(PurePosixPath(name).suffix)
    # Only a plain name of a listed kind can be asked for, so no path leads out of the folder.
    if kind is None or not re.fullmatch(r"[a-z0-9_]+\.[a-z]+", name):
        return _missing()
    try:
        body = _read(name)
    except FileNotFoundError:
        return _missing()
    return Response(body=body, content_type=kind, headers=dict(SECURITY_HEADERS))


def _missing() -> Response:
    return Response(
        404,
        body=b"There is no such page here.\n",
        content_type="text/plain; charset=utf-8",
        headers=dict(SECURITY_HEADERS),
    )


@lru_cache(maxsize=64)
def _read(name: str) -> bytes:
    return (files(__package__) / "pages_static" / name).read_bytes()


ROUTES = [
    # Whoever switches may not have an account yet; the handler asks for the pages' own header instead.
    Route("POST", "/accounts/switch", switch, open=True),
    Route("GET", "/spreadsheets/d/(?P<id>[^/]+)/hidden-rows", rows_hidden_by_view),
]
