"""The pages that a person sees: files, accounts, and a spreadsheet.

The pages are static: their scripts speak to the workspace through the same API as any other client, so what
a person sees and does is what the API says and allows. This module only hands out the files and says who is
signed in.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from html import escape
from importlib.resources import files
from pathlib import PurePosixPath
from string import Template
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
_SHEET_PATH = re.compile(r"/spreadsheets/d/([^/]+)/edit")


class Answer(NamedTuple):
    """One HTTP answer: status, content type, further headers, body."""

    status: int
    content_type: str
    headers: dict[str, str]
    body: bytes


class Person(Protocol):
    """An account of the workspace, as far as the pages need it."""

    @property
    def email(self) -> str:
        """E-mail address, which is also the account's key."""
        ...

    @property
    def name(self) -> str:
        """Name to show, or an empty text."""
        ...


class People(Protocol):
    """What the pages ask of a workspace: who has an account, the main one first."""

    def people(self) -> Sequence[Person]:
        """Every account, the main one first."""
        ...


def handle(
    path: str,
    query: Mapping[str, str],
    cookies: Mapping[str, str],
    workspace: People,
) -> Answer | None:
    """Answers a GET of a page or of one of its files.

    A visitor who has not chosen an account yet becomes the main one: its cookie comes with the page.

    Args:
        path: the request's path, still percent-encoded, without its query.
        query: the query; the pages use none.
        cookies: the request's cookies.
        workspace: says which accounts there are.

    Returns:
        The answer, or None when the path is not one of the pages.
    """
    del query
    if path.startswith("/static/"):
        return _static(path.removeprefix("/static/"))
    match = _SHEET_PATH.fullmatch(path)
    if path not in {"/", "/accounts"} and match is None:
        return None
    people = workspace.people()
    person = _signed_in(cookies, people)
    words = {"account_words": _account_words(person)}
    if match:
        answer = _page("sheet.html", {**words, "file": escape(unquote(match[1]))})
    elif path == "/accounts":
        rows = "\n".join(_account_row(one, chosen=one is person) for one in people)
        answer = _page("accounts.html", {**words, "accounts": rows})
    else:
        answer = _page("files.html", words)
    if person is not None:
        answer.headers["Set-Cookie"] = _cookie(person.email)
    return answer


def switch(body: bytes, workspace: People) -> Answer:
    """Answers POST /accounts/switch, whose body is ``{"account": "<e-mail address>"}``.

    The server has already refused a request without the workspace's own header, so that no other site can
    switch accounts.
    """
    try:
        wanted = json.loads(body)["account"]
    except (ValueError, KeyError, TypeError):
        wanted = None
    if not isinstance(wanted, str) or wanted not in {person.email for person in workspace.people()}:
        message = "There is no such account in this workspace. Choose one of the list."
        return _json(400, {"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}})
    answer = _json(200, {"account": wanted})
    answer.headers["Set-Cookie"] = _cookie(wanted)
    return answer


def _cookie(email: str) -> str:
    return f"{ACCOUNT_COOKIE}={quote(email, safe='@.+-_')}; Path=/; SameSite=Strict; HttpOnly"


def _json(status: int, content: Mapping[str, object]) -> Answer:
    body = (json.dumps(content, indent=2) + "\n").encode()
    return Answer(status, "application/json; charset=UTF-8", dict(SECURITY_HEADERS), body)


def _signed_in(cookies: Mapping[str, str], people: Sequence[Person]) -> Person | None:
    """The account whose eyes the pages look through: the one chosen, else the main one, else nobody."""
    chosen = unquote(cookies.get(ACCOUNT_COOKIE, ""))
    return next((person for person in people if person.email == chosen), people[0] if people else None)


def _account_words(person: Person | None) -> str:
    if person is None:
        return "There are no accounts yet."
    words = person.email if person.name in {"", person.email} else f"{person.name} ({person.email})"
    return escape(words)


def _account_row(person: Person, *, chosen: bool) -> str:
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


def _page(name: str, words: Mapping[str, str]) -> Answer:
    text = Template(_read(name).decode()).substitute(words)
    return Answer(200, _TYPES[".html"], dict(SECURITY_HEADERS), text.encode())


def _static(name: str) -> Answer:
    kind = _TYPES.get(PurePosixPath(name).suffix)
    # Only a plain name of a listed kind can be asked for, so no path leads out of the folder.
    if kind is None or not re.fullmatch(r"[a-z0-9_]+\.[a-z]+", name):
        return _missing()
    try:
        body = _read(name)
    except FileNotFoundError:
        return _missing()
    return Answer(200, kind, dict(SECURITY_HEADERS), body)


def _missing() -> Answer:
    return Answer(404, "text/plain; charset=utf-8", dict(SECURITY_HEADERS), b"There is no such page here.\n")


@lru_cache(maxsize=64)
def _read(name: str) -> bytes:
    return (files(__package__) / "pages_static" / name).read_bytes()
