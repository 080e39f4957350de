"""The pages that a person sees: files, accounts, a spreadsheet, a form, the calendar and the mail.

The pages are static: their scripts speak to the workspace through the same API as any other client, so what
a person sees and does is what the API says and allows. This module only hands out the files and says who is
signed in.

A page is a line in `PAGES` and, in `pages_static`, its content `<name>.html` and its script `<name>.js`. The head, the
bar that says this is not Google, and the way to the other pages are the frame's (`frame.html`), the same for all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from importlib.resources import files
from pathlib import PurePosixPath
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from .http.router import Route
from .http.wire import ApiError, Request, Response, bad_request
from .sheets.conditions import hidden_rows, view_order

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


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Attributes:
        name: of its content and its script in `pages_static`.
        title: for the browser's tab.
        place: what the way to it is called in the bar of every page; "" for a page that needs more than its path.
        styles: its style sheets beside `page.css`, which all pages have.
        look: the class of its body.
        frames: whether it shows answers of this workspace in frames, each of which has a policy of its own.
    """

    name: str
    title: str
    place: str = ""
    styles: tuple[str, ...] = ("lists", "menus")
    look: str = "plain-page"
    frames: bool = False


_ADDONS = ("addons", "addon_cards")
"""The style sheets of pages that show add-ons."""

PAGES: dict[str, Page] = {
    "/": Page("files", "Files", "Files"),
    "/calendar": Page("calendar", "Calendar", "Calendar", ("calendar", "menus", *_ADDONS), "calendar-page"),
    "/mail": Page("outbox", "Mail", "Mail", ("lists", "outbox"), "plain-page mail-page", frames=True),
    "/accounts": Page("accounts", "Accounts", "Accounts"),
}
"""The pages that their path alone names, in the order of the bar."""

_SHEET = Page("sheet", "Sheet", "", ("sheet", "grid", "marks", "over", "menus", "tabs", *_ADDONS), "sheet-page")
_FILE_PAGES = (
    (re.compile(r"/spreadsheets/d/([^/]+)/edit"), _SHEET),
    (re.compile(r"/forms/d/e/([^/]+)/viewform"), Page("form", "Form", "", ("form",), "form-page")),
    (re.compile(r"/forms/d/([^/]+)/edit"), Page("form_answers", "Responses", "", ("lists", "form"))),
)
"""The pages of one file each, whose id their path holds."""
_COOKIE_SAFE = "@.+-_'!#$&*/=?^`{|}~"
_EVENT_PATH = "/calendar/event"
"""Where an event's `htmlLink` leads: the calendar page, which opens the event that the query names."""


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
    page, file = _page_at(path)
    if page is None:
        return None
    people = _people(workspace)
    person = _signed_in(cookies, people)
    words = {"accounts": "\n".join(_account_row(one, chosen=one is person) for one in people)}
    answer = _framed(page, person, words, file=unquote(file))
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
    if wanted not in [person.email for person in _people(workspace)]:
        raise bad_request("There is no such account in this workspace. Choose one of the list.")
    return Response(data={"account": wanted}, headers={**SECURITY_HEADERS, "Set-Cookie": _cookie(wanted)})


def filter_view(workspace: LocalWorkspace, request: Request, args: dict[str, str]) -> Response:
    """Answers GET /spreadsheets/d/{id}/filter-view?filterView=ID: what a filter view shows, and in which order.

    A filter view belongs to the one who looks, so Google's API never says which rows it hides nor how it sorts; the
    page asks here, where its formulas can be computed.

    Returns:
        ``{"hidden": [0-based row, ...], "top": row, "order": [row, ...]}``: from the row `top` on, the rows stand in
        the order given, hidden ones among them; `order` is empty for a view that does not sort.

    Raises:
        ApiError: 404 or 403 for the file, 400 for a view that is not there.
    """
    book = workspace.book(args["id"], request.account)
    wanted = request.param("filterView")
    for sheet in book.sheets:
        for view in sheet.items("filterViews"):
            if str(view.get("filterViewId")) == wanted:
                engine = workspace.engine(book.id)
                order = view_order(book, engine, sheet, view)
                data = {
                    "hidden": sorted(hidden_rows(book, engine, sheet, view)),
                    "top": min(order, default=0),
                    "order": order,
                }
                return Response(data=data, headers=dict(SECURITY_HEADERS))
    raise bad_request("This filter view is no longer there. Reload the page.")


def undo(workspace: LocalWorkspace, request: Request, args: dict[str, str]) -> Response:
    """Answers POST /spreadsheets/d/{id}/undo: undoes changes that a page made, or does them again.

    The body is ``{"changes": [number, ...], "again": false}``, the numbers being those of `X-Local-Change` in the
    answers to the changes, in their order.

    Raises:
        ApiError: 400 for another body, 404 or 403 for the file, 412 when somebody else has changed it since.
    """
    body = request.json()
    numbers, again = body.get("changes"), body.get("again", False)
    whole = isinstance(numbers, list) and all(type(number) is int for number in numbers)
    if not whole or not isinstance(again, bool):
        raise bad_request('An undo names the changes: {"changes": [number, ...], "again": false}.')
    workspace.turn_back(args["id"], request.account, numbers, again=again)
    return Response(data={}, headers=dict(SECURITY_HEADERS))


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
    if person.name in {"", person.email}:
        return escape(person.email)
    return f'{escape(person.name)} <span class="address">({escape(person.email)})</span>'


def _account_row(person: Account, *, chosen: bool) -> str:
    name = person.name or person.email
    action = (
        "<strong>Chosen now</strong>"
        if chosen
        else f'<button type="button" data-account="{escape(person.email)}">'
        f'Choose<span class="visually-hidden"> {escape(name)}</span></button>'
    )
    about = "" if name == person.email else f'<div class="about">{escape(person.email)}</div>'
    return (
        f'<li><span class="badge" aria-hidden="true">{escape(_initial(name))}</span>'
        f'<div><div class="name">{escape(name)}</div>{about}</div>{action}</li>'
    )


def _initial(name: str) -> str:
    """The letter on an account's badge; "The head" is known by the H."""
    return re.sub(r"(?i)^(the|an?) ", "", name)[:1].upper()


def _page_at(path: str) -> tuple[Page | None, str]:
    """The page of a path, and the id of the file that it shows."""
    for pattern, page in _FILE_PAGES:
        match = pattern.fullmatch(path)
        if match:
            return page, match[1]
    return PAGES.get("/calendar" if path == _EVENT_PATH else path), ""


def _framed(page: Page, person: Account | None, words: Mapping[str, str], file: str) -> Response:
    """A page's content inside the frame that all pages share."""
    sheets = ("page", *page.styles)
    text = Template(_read("frame.html").decode()).substitute(
        title=page.title,
        name=page.name,
        look=page.look,
        styles="\n".join(f'<link rel="stylesheet" href="/static/{name}.css">' for name in sheets),
        data=_data("viewer", person.email if person else "") + _data("file", file),
        places="\n".join(_place(to, one.place, here=one is page) for to, one in PAGES.items()),
        account=_account_words(person),
        content=Template(_read(f"{page.name}.html").decode()).substitute(words).rstrip(),
    )
    headers = dict(SECURITY_HEADERS)
    if page.frames:
        headers["Content-Security-Policy"] += "; frame-src 'self'"
    return Response(body=text.encode(), content_type=_TYPES[".html"], headers=headers)


def _data(name: str, value: str) -> str:
    return f' data-{name}="{escape(value)}"' if value else ""


def _place(path: str, word: str, *, here: bool) -> str:
    current = ' aria-current="page"' if here else ""
    return f'<a href="{path}"{current}>{escape(word)}</a>'


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
    Route("GET", "/spreadsheets/d/(?P<id>[^/]+)/filter-view", filter_view),
    Route("POST", "/spreadsheets/d/(?P<id>[^/]+)/undo", undo),
]
