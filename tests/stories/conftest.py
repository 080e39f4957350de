from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from support.cases import Cases
from support.story import Begun, Story, pupil
from support.story_families import contact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_workspace import LocalWorkspace


PUPILS = [pupil(n, status) for n, status in enumerate("EEKKKNNN", start=1)]


@pytest.fixture(scope="module")
def _begun(story_workspace: LocalWorkspace) -> Iterator[Begun[Story]]:
    with closing(Begun(Story, story_workspace, PUPILS)) as begun:
        yield begun


@pytest.fixture(scope="module")
def _begun_with_concerns(story_workspace: LocalWorkspace) -> Iterator[Begun[Cases]]:
    with closing(Begun(Cases, story_workspace, PUPILS)) as begun:
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


@pytest.fixture
def cases(_begun_with_concerns: Begun[Cases], tmp_path: Path) -> Cases:
    """The same eight pupils, of whom 6, 7 and 8 have no SEN; concerns are on."""
    return _begun_with_concerns.copy(tmp_path)
