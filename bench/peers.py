"""The same mirror with other tools: gspread, gspread-dataframe and pygsheets, each as its own guide uses it.

Each function puts tables into the tabs of one spreadsheet, making a tab or enlarging it where it must, and
leaves the library as it is: only the transport below it sends the requests to another base address. Whoever
calls counts requests and bytes in the request log of the local workspace.

None of the three can do what Sensync does (they take over the whole tab, so what people wrote there is lost,
and there is no one request that changes several tabs); what they are compared in is the cost on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    from requests import PreparedRequest, Response

Cell = str | float | None
Tables = Mapping[str, Sequence[Sequence[Cell]]]
"""Tab title -> rows, all of one length, the first of them the headings; None is an empty cell."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool to compare with; `mirror(base, credentials, spreadsheet_id, tables)` does the whole once."""

    name: str
    mirror: Callable[[str, Credentials, str, Tables], None]


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
    return pd.DataFrame(values, columns=list(headings))


def _elsewhere(url: str, base: str) -> str:
    """The same path and query on another host."""
    there, asked = urlsplit(base), urlsplit(url)
    return urlunsplit((there.scheme, there.netloc, asked.path, asked.query, ""))


class _AdapterElsewhere(HTTPAdapter):
    """For requests (gspread): sends what is meant for Google to `base`."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        request.url = _elsewhere(str(request.url), self._base)
        return super().send(request, *args, **kwargs)


class _HttpElsewhere(httplib2.Http):
    """For httplib2 (pygsheets): sends what is meant for Google to `base`."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=60)
        self._base = base

    def request(self, uri: str, *args: Any, **kwargs: Any) -> tuple[httplib2.Response, bytes]:
        answer: tuple[httplib2.Response, bytes] = super().request(
            _elsewhere(uri, self._base), *args, **kwargs
        )
        return answer
