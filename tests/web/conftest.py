"""A school with a Tuesday surgery of three slots, on a real store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from support.parents import Parent, School, open_school, surgery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TUESDAY = datetime(2026, 12, 8, 16, tzinfo=UTC)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    school = open_school(tmp_path)
    school.has(surgery("tue", TUESDAY))
    yield school
    school.store.close()


@pytest.fixture
def parent(school: School) -> Parent:
    return school.parent(school.link())
