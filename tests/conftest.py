from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from support.conformance import Conformance
from support.story import workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local_workspace import LocalWorkspace

# `make test` runs 300 examples of the state machine; SENSYNC_HYPOTHESIS=thorough runs 10,000.
_RELAXED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
settings.register_profile("default", deadline=None, suppress_health_check=_RELAXED, print_blob=True)
settings.register_profile("thorough", deadline=None, suppress_health_check=_RELAXED, max_examples=10_000)
settings.load_profile(os.environ.get("SENSYNC_HYPOTHESIS", "default"))


# A shell that starts us in the background makes us, and all that we start, deaf to Ctrl-C; some tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: a file goes to one worker, and the last one should not have to wait for it."""
    items.sort(key=lambda item: "stateful" not in item.path.parts)


@pytest.fixture(scope="session", autouse=True)
def conformance() -> Iterator[Conformance]:
    """Every answer of the local workspace in the whole run agrees with the discovery documents."""
    watch = Conformance()
    with watch.watching():
        yield watch
    assert watch.faults == []


@pytest.fixture(scope="module")
def story_workspace() -> Iterator[LocalWorkspace]:
    yield from workspace()
