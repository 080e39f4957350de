from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.story import Story, pupil

if TYPE_CHECKING:
    from pathlib import Path

    from local_workspace import LocalWorkspace


@pytest.fixture
def story(story_workspace: LocalWorkspace, tmp_path: Path) -> Story:
    """Eight pupils: two with EHC plans, three at SEN support, three without SEN; set up and synced."""
    statuses = ["E", "E", "K", "K", "K", "N", "N", "N"]
    pupils = [pupil(n, status) for n, status in enumerate(statuses, start=1)]
    return Story(story_workspace, tmp_path, pupils).begin()
