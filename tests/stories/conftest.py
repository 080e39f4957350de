from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from support.families import contact
from support.story import Begun, Story, pupil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_workspace import LocalWorkspace


@pytest.fixture(scope="module")
def _begun(story_workspace: LocalWorkspace) -> Iterator[Begun[Story]]:
    statuses = ["E", "E", "K", "K", "K", "N", "N", "N"]
    with closing(
        Begun(Story, story_workspace, [pupil(n, status) for n, status in enumerate(statuses, start=1)])
    ) as begun:
        yield begun


@pytest.fixture
def story(_begun: Begun[Story], tmp_path: Path) -> Story:
    """Eight pupils: two with EHC plans, three at SEN support, three without SEN; set up and synced."""
    return _begun.copy(tmp_path)


@pytest.fixture
def school(story: Story) -> Story:
    """Pupil 3 has a mother with an address."""
    story.change(3, contacts=(contact(3),))
    story.sync()
    return story
