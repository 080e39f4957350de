"""The tools that the benchmark compares with do mirror the tables, unmodified, in the local workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gspread
import pytest
from google.auth.transport.requests import AuthorizedSession
from google.auth.transport.requests import Request as Transport
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials

from bench.peers import PEERS, Cost, Peer, measure
from local_workspace.workspace import LocalWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterator

SENCO = "senco@school.example"
ROLL = [
    ["UPN", "Surname", "Attendance"],
    *([f"A{n:012}", "O'Zoë", 90.5 if n % 2 else None] for n in range(60)),
]
TABLES = {"MIS roll": ROLL, "New tab": ROLL[:5]}
SMALL_TAB = {"sheetId": 1, "title": "MIS roll", "gridProperties": {"rowCount": 10, "columnCount": 2}}


@pytest.fixture
def workspace() -> Iterator[LocalWorkspace]:
    with LocalWorkspace(accounts=[SENCO]) as workspace:
        workspace.create_spreadsheet(SENCO, {"sheets": [{"properties": SMALL_TAB}]}, "book")
        yield workspace


def shown(workspace: LocalWorkspace, title: str) -> list[list[str]]:
    session = AuthorizedSession(Credentials(token=workspace.token_for(SENCO)))  # type: ignore[no-untyped-call]
    url = f"{workspace.base_url}/v4/spreadsheets/book/values/{title}"
    answer = session.get(url, params={"valueRenderOption": "UNFORMATTED_VALUE"}, timeout=10)
    answer.raise_for_status()
    return gspread.utils.fill_gaps(answer.json()["values"], rows=None, cols=3)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_mirrors_tables_into_tabs_that_are_too_small_or_missing(workspace: LocalWorkspace, peer: Peer) -> None:
    credentials = Credentials(token=workspace.token_for(SENCO))  # type: ignore[no-untyped-call]
    peer.mirror(workspace.base_url, credentials, "book", TABLES)
    for title, rows in TABLES.items():
        assert shown(workspace, title) == [["" if cell is None else cell for cell in row] for row in rows]


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_costs_the_same_again_when_nothing_is_new(workspace: LocalWorkspace, peer: Peer) -> None:
    credentials = Credentials(token=workspace.token_for(SENCO))  # type: ignore[no-untyped-call]
    _, second, third = (
        measure(workspace, lambda: peer.mirror(workspace.base_url, credentials, "book", TABLES)) for _ in range(3)
    )
    assert (second.reads, second.writes, second.sent) == (third.reads, third.writes, third.sent)
    assert second.reads >= 1
    assert second.writes >= len(TABLES)
    assert second.sent > 1000


def test_fetching_a_token_is_not_counted(workspace: LocalWorkspace) -> None:
    key = workspace.service_account_key("robot@made-up.iam.gserviceaccount.com", None)
    robot = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
        key, scopes=["https://www.googleapis.com/auth/drive.file"], subject=SENCO
    )
    assert measure(workspace, lambda: robot.refresh(Transport())) == Cost(0, 0, 0, 0)
    assert robot.token
