"""The same mirror with other tools: gspread, gspread-dataframe and pygsheets, each as its own guide uses it.

Each function puts tables into the tabs of one spreadsheet, making a tab or enlarging it where it must, and
leaves the library as it is: only the transport below it sends the requests to another base address. `cost`
counts requests and bytes in the request log of the local workspace, so a tool cannot count in its own favour.

None of the three can do what Sensync does (they take over the whole tab, so what people wrote there is lost,
and there is no one request that changes several tabs); what they are compared in is the cost on the wire.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import gspread
import httplib2
import pandas as pd
import pygsheets
from google.auth.transport.requests import AuthorizedSession
from gspread_dataframe import set_with_dataframe
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from google.oauth2.credentials import Credentials
    from requests import PreparedRequest
    from requests import Response as Answer

    from local_workspace.http.wire import Request, Response
    from local_workspace.workspace import LocalWorkspace, Logged

Cell = str | float | None
Tables = Mapping[str, Sequence[Sequence[Cell]]]
"""Tab title -> rows, all of one length, the first of them the headings; None is an empty cell."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool to compare with; `mirror(base, credentials, spreadsheet_id, tables)` does the whole once."""

    name: str
    mirror: Callable[[str, Credentials, str, Tables], None]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a mirror cost on the wire: `sent` and `received` are bytes of bodies, as the client sees them."""

    reads: int
    writes: int
    sent: int
    received: int


def cost(requests: Iterable[Logged]) -> Cost:
    """The cost of logged requests; fetching a token costs no quota and is left out."""
    counted = [request for request in requests if urlsplit(request.path).path != "/token"]
    reads = sum(request.method == "GET" for request in counted)
    return Cost(
        reads=reads,
        writes=len(counted) - reads,
        sent=sum(request.bytes_in for request in counted),
        received=sum(request.bytes_out for request in counted),
    )


def measure(workspace: LocalWorkspace, work: Callable[[], object]) -> Cost:
    """Does the work and gives its cost, by the workspace's own log.

    The workspace may write a line of its log after the client has its answer, so the log is waited for until
    it holds every request that began. All work on the workspace has to come this way, one at a time.

    Raises:
        TimeoutError: a request that began was not logged within five seconds.
    """
    begun: list[str] = []

    def note(moment: str, request: Request, _response: Response | None) -> None:
        if moment == "before":
            begun.append(request.method)

    before = len(workspace.requests)
    workspace.hooks.append(note)
    try:
        work()
        deadline = time.monotonic() + 5
        while len(workspace.requests) < before + len(begun):
            if time.monotonic() > deadline:
                raise TimeoutError("The workspace did not log every request; its log cannot be counted.")
            time.sleep(0.001)
    finally:
        workspace.hooks.remove(note)
    return cost(list(workspace.requests)[before:])


def with_gspread(base: str, credentials: Credentials, spreadsheet_id: str, tables: Tables) -> None:
    """`worksheet.clear()` and `worksheet.update(values, raw=True)`, a tab at a time.

    Args:
        base: where the workspace answers, e.g. `http://127.0.0.1:8765`.
        credentials: any with a valid access token.
        spreadsheet_id: the spreadsheet to write.
        tables: what to write.
    """
    for worksheet, rows in _worksheets(base, credentials, spreadsheet_id, tables):
        worksheet.clear()
        if len(rows) > worksheet.row_count or len(rows[0]) > worksheet.col_count:
            worksheet.resize(len(rows), len(rows[0]))
        worksheet.update([["" if cell is None else cell for cell in row] for row in rows], raw=True)


def with_gspread_dataframe(base: str, credentials: Credentials, spreadsheet_id: str, tables: Tables) -> None:
    """`set_with_dataframe(worksheet, frame, resize=True)` a tab; arguments as in `with_gspread`."""
    for worksheet, rows in _worksheets(base, credentials, spreadsheet_id, tables):
        set_with_dataframe(worksheet, _frame(rows), resize=True)


def with_pygsheets(base: str, credentials: Credentials, spreadsheet_id: str, tables: Tables) -> None:
    """`worksheet.set_dataframe(frame, "A1", fit=True)` a tab; arguments as in `with_gspread`."""
    client = pygsheets.authorize(custom_credentials=credentials, http=_HttpElsewhere(base))
    spreadsheet = client.open_by_key(spreadsheet_id)
    there = {worksheet.title: worksheet for worksheet in spreadsheet.worksheets()}
    for title, rows in tables.items():
        worksheet = there.get(title) or spreadsheet.add_worksheet(title, len(rows), len(rows[0]))
        worksheet.set_dataframe(_frame(rows), "A1", fit=True, nan="")


PEERS = (
    Peer("gspread clear + update", with_gspread),
    Peer("gspread-dataframe set_with_dataframe", with_gspread_dataframe),
    Peer("pygsheets set_dataframe", with_pygsheets),
)


def _worksheets(
    base: str, credentials: Credentials, spreadsheet_id: str, tables: Tables
) -> list[tuple[gspread.Worksheet, Sequence[Sequence[Cell]]]]:
    session = AuthorizedSession(credentials)
    session.mount("https://", _AdapterElsewhere(base))
    spreadsheet = gspread.Client(credentials, session=session).open_by_key(spreadsheet_id)
    # One look at all tabs: `spreadsheet.worksheet(title)` would ask again for each.
    there = {worksheet.title: worksheet for worksheet in spreadsheet.worksheets()}
    return [
        (there.get(title) or spreadsheet.add_worksheet(title, len(rows), len(rows[0])), rows)
        for title, rows in tables.items()
    ]


def _frame(rows: Sequence[Sequence[Cell]]) -> pd.DataFrame:
    headings, *values = rows
    # As objects, so that a number in a column with gaps stays what it is.
    return pd.DataFrame(values, columns=list(headings), dtype=object)


def _elsewhere(url: str, base: str) -> str:
    """The same path and query on another host."""
    there, asked = urlsplit(base), urlsplit(url)
    return urlunsplit((there.scheme, there.netloc, asked.path, asked.query, ""))


class _AdapterElsewhere(HTTPAdapter):
    """For requests (gspread): sends what is meant for Google to `base`."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Answer:
        request.url = _elsewhere(str(request.url), self._base)
        return super().send(request, *args, **kwargs)


class _HttpElsewhere(httplib2.Http):
    """For httplib2 (pygsheets): sends what is meant for Google to `base`."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=60)
        self._base = base

    def request(self, uri: str, *args: Any, **kwargs: Any) -> tuple[httplib2.Response, bytes]:
        answer: tuple[httplib2.Response, bytes] = super().request(_elsewhere(uri, self._base), *args, **kwargs)
        return answer
