"""The workspace of these tests, emptied for each. tests/conftest.py holds its answers against Google's documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workspace_kit import NOON, PARENT, SENCO, TEACHER, Book, Caller

from local_workspace import LocalWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def running() -> Iterator[LocalWorkspace]:
    with LocalWorkspace(
        accounts=[(SENCO, "Sally Senco"), (TEACHER, "Tom Teacher"), (PARENT, "")], clock=lambda: NOON, seed=7
    ) as workspace:
        yield workspace


@pytest.fixture
def ws(running: LocalWorkspace) -> LocalWorkspace:
    """The workspace, emptied."""
    running.reset()
    return running


@pytest.fixture
def call(ws: LocalWorkspace) -> Caller:
    return Caller(ws.base_url, ws.token_for(SENCO))


@pytest.fixture
def teacher(ws: LocalWorkspace) -> Caller:
    return Caller(ws.base_url, ws.token_for(TEACHER))


@pytest.fixture
def book(call: Caller) -> Book:
    return Book(call, properties={"title": "Register", "locale": "en_GB", "timeZone": "Europe/London"})
