from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.addon import AddonSchool, addon_settings

from local_workspace import LocalWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def ws() -> Iterator[LocalWorkspace]:
    with LocalWorkspace(accounts=[("senco@school.example", "Sally Senco")]) as running:
        yield running


@pytest.fixture
def school(ws: LocalWorkspace, tmp_path: Path) -> Iterator[AddonSchool]:
    made = AddonSchool(ws, addon_settings(tmp_path, ws.base_url))
    yield made
    made.store.close()
