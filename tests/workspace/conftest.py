"""The workspace of the whole run. Every answer of every test is held against Google's discovery document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workspace_kit import NOON, PARENT, SENCO, TEACHER, Book, Caller, Conformance

from local_workspace import LocalWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def running() -> Iterator[LocalWorkspace]:
    conformance = Conformance()
    with LocalWorkspace(
        accounts=[(SENCO, "Sally Senco"), (TEACHER, "Tom Teacher"), (PARENT, "")], clock=lambda: NOON, seed=7
    ) as workspace:
        workspace.conformance = conformance  # type: ignore[attr-defined]
        yield workspace
    assert conformance.faults == []


@pytest.fixture
def ws(running: LocalWorkspace) -> LocalWorkspace:
    """The workspace of the whole run, emptied; every answer of every test is held against the document."""
    running.reset()
    running.hooks.append(running.conformance)  # type: ignore[attr-defined]
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
