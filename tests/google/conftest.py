"""A door to a server of our own on loopback, and one to a mocked Google."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses
from calendar_story import HEAD, NOON, SENCO, TEACHER, Diary
from google.oauth2.credentials import Credentials
from google_server import UNHURRIED, FakeTime, RawServer

from local_workspace import LocalWorkspace
from sync.google.door import Door, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def server() -> Iterator[RawServer]:
    opened = RawServer()
    yield opened
    opened.close()


@pytest.fixture
def door(time: FakeTime) -> Iterator[Door]:
    """A door to the real Google's addresses, for use with `google`; its waits take no time."""
    with Door(
        Credentials("token-1"), limits=UNHURRIED, clock=time.clock, sleep=time.sleep, jitter=lambda: 1.0
    ) as opened:
        yield opened


@pytest.fixture
def local(server: RawServer, time: FakeTime) -> Iterator[Door]:
    """A door to `server`."""
    with Door(
        Credentials("token-1"),
        base_url=server.url,
        limits=Limits(read=0.3, reads_per_minute=None, writes_per_minute=None),
        clock=time.clock,
        sleep=time.sleep,
        jitter=lambda: 1.0,
    ) as opened:
        yield opened


@pytest.fixture
def google() -> Iterator[responses.RequestsMock]:
    """Google, mocked: anything that was not arranged fails as if there were no network."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture(scope="session")
def workspace() -> Iterator[LocalWorkspace]:
    with LocalWorkspace(
        accounts=[(SENCO, "Sally Senco"), (TEACHER, "Tom Teacher"), (HEAD, "Hilda Head")], clock=lambda: NOON, seed=7
    ) as running:
        yield running


@pytest.fixture
def ws(workspace: LocalWorkspace) -> LocalWorkspace:
    """The workspace, emptied."""
    workspace.reset()
    return workspace


@pytest.fixture
def diary(ws: LocalWorkspace) -> Iterator[Diary]:
    made = Diary(ws)
    yield made
    made.door.close()
    made.phone.close()
