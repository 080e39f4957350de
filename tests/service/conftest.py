"""A school's office on a real store, a real Calendar and Gmail on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.concern_desk import Staffroom
from support.config import CONCERNS
from support.delivery import NOW, SENCO, TEACHER, Office, settings_of

from local_workspace import LocalWorkspace
from sync.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

CLOCK: list[datetime] = [NOW]
"""The one clock of a test: of the school, and of Google."""


@pytest.fixture(scope="session")
def workspace() -> Iterator[LocalWorkspace]:
    with LocalWorkspace(
        accounts=[(SENCO, "Sally Senco"), (TEACHER, "Tom Teacher")], clock=lambda: CLOCK[0], seed=7
    ) as running:
        yield running


@pytest.fixture
def open_office(workspace: LocalWorkspace, tmp_path: Path) -> Iterator[Callable[..., Office]]:
    """Opens an office, the last one forgotten; sections of the configuration may be given."""
    opened: list[Store] = []

    def start(*, in_memory: bool = False, **sections: Any) -> Office:
        workspace.reset()
        CLOCK[0] = NOW
        url = "sqlite://" if in_memory else f"sqlite:///{tmp_path / f'sensync-{len(opened)}.sqlite3'}"
        store = Store(url, now=lambda: CLOCK[0])
        store.migrate()
        opened.append(store)
        office = Office(workspace, store, settings_of(workspace.base_url, tmp_path, url, **sections), CLOCK)
        office.enrol()
        return office

    yield start
    for each in opened:
        each.close()


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    """With a Tuesday surgery of three slots."""
    made = open_office()
    made.has()
    return made


@pytest.fixture
def room(open_office: Callable[..., Office]) -> Staffroom:
    """Where teachers send concerns from."""
    return Staffroom(open_office(concerns=CONCERNS))
